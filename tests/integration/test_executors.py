"""A whole refresh on each executor: equal numbers, one lock, a record of a killed run that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest

from living_panel.estimation.artifacts import artifact
from living_panel.orchestration.root import state
from tests.e2e.served import free_port, stop, wait
from tests.fixtures import small_root
from tests.integration.roots import REPOSITORY

HAS_CELERY = find_spec("dagster_celery") is not None


def refresh(root: Path, executor: str, **more: str) -> subprocess.Popen:
    """A refresh from a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "living_panel", "run"], cwd=REPOSITORY, text=True,
        env=small_root.environment(root) | {"LIVING_PANEL_EXECUTOR": executor, **more},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def results(root: Path) -> dict[str, str]:
    """Hash of the numbers of each published table."""
    return {
        e["table_id"]: artifact.read_manifest(
            root / "artifacts" / e["table_id"] / e["artifact_id"]
        )["result_hash"]
        for e in state.read(root, "current")
    }


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_refresh_with_a_process_for_each_step_gives_equal_numbers(
    refreshed_small: Path, tmp_path: Path
) -> None:
    """The first run is killed between or in its steps: the next one takes its lock over, and publishes."""
    root = tmp_path / "data"
    small_root.first_edition(root)
    killed = refresh(root, "multiprocess")
    note = state.path(root, "holder")
    wait(note.exists, "the lock of the run", 300)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    os.utime(note, (0, 0))  # its silence
    done = refresh(root, "multiprocess")
    text, _ = done.communicate(timeout=1200)
    assert done.returncode == 0, text[-3000:]
    assert results(root) == results(refreshed_small)
    assert not state.read(root, "holder")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """Address of a Redis server of the test's own."""
    port = free_port()
    line = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir"]
    server = subprocess.Popen([*line, str(tmp_path)], stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}"
    stop(server)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.skipif(not HAS_CELERY, reason="no dagster-celery (pip install 'living-panel[celery]')")
@pytest.mark.skipif(not which("redis-server"), reason="no Redis (Debian: apt-get install redis)")
def test_a_refresh_in_two_workers_of_celery_gives_equal_numbers(
    refreshed_small: Path, tmp_path: Path, broker: str
) -> None:
    root = tmp_path / "data"
    small_root.first_edition(root)
    addresses = {
        "LIVING_PANEL_CELERY_BROKER": f"{broker}/0",
        "LIVING_PANEL_CELERY_BACKEND": f"{broker}/1",
    }
    own = small_root.environment(root) | {"LIVING_PANEL_EXECUTOR": "celery", **addresses}
    own["DAGSTER_HOME"] = own["DAGSTER_STATE"]
    programs = Path(sys.executable).parent
    own["PATH"] = f"{programs}:{own['PATH']}"
    subprocess.run([sys.executable, "-m", "living_panel", "status"], env=own, check=True)
    command = "dagster-celery worker start -A dagster_celery.app -y deploy/celery.yaml -n"
    logs = [tmp_path / name for name in ("one.log", "two.log")]
    with ExitStack() as stack:
        for log in logs:
            out = stack.enter_context(log.open("wb"))
            worker = subprocess.Popen(
                [programs / "dagster-celery", *command.split()[1:], log.stem], cwd=REPOSITORY,
                env=own, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
            stack.callback(stop, worker)
        for log in logs:
            wait(lambda log=log: " ready." in log.read_text(), f"the worker {log.stem}", 240)  # type: ignore[misc]
        done = refresh(root, "celery", **addresses)
        text, _ = done.communicate(timeout=1200)
    assert done.returncode == 0, text[-3000:]
    assert "artifacts/x_small: waits for a worker" in text
    assert results(root) == results(refreshed_small)
    assert not state.read(root, "holder")
    assert all("succeeded in" in log.read_text() for log in logs), "each worker took steps"
