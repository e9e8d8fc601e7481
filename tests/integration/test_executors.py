"""A whole refresh on each executor: equal numbers, one lock, a record of a killed run that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from living_panel.estimation.artifacts import artifact
from living_panel.orchestration.root import codes, state
from living_panel.orchestration.root.executor import executor_name
from living_panel.problems import Refused
from tests.e2e.served import wait
from tests.fixtures import small_root
from tests.integration.roots import REPOSITORY
from tests.refusals import refuses


def refresh(root: Path, executor: str) -> subprocess.Popen:
    """A refresh from a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "living_panel", "run"], cwd=REPOSITORY, text=True,
        env=small_root.environment(root) | {"LIVING_PANEL_EXECUTOR": executor},
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


def test_another_name_is_no_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVING_PANEL_EXECUTOR", "kubernetes")
    with refuses(Refused, codes.EXECUTOR, written="'kubernetes'"):
        executor_name()


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
