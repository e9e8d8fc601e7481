"""One refresh at a time: the second waits, saying for whom, and gives up naming the holder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

from living_panel.codes import Code
from living_panel.orchestration.__main__ import main
from living_panel.orchestration.commands import waiting
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.root import state
from living_panel.orchestration.root.lock import SILENT_SECONDS, Busy, refresh_lock
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import problems_of
from tests.e2e.served import wait
from tests.fixtures import small_root
from tests.refusals import refuses

STARTED = dg.DagsterRunStatus.STARTED
HOLD = """
import sys
from pathlib import Path
from living_panel.orchestration.root.lock import refresh_lock
with refresh_lock(Path(sys.argv[1]), "run abc123", say=print):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(root: Path) -> subprocess.Popen:
    """A process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline().strip() == "held"
    return process


def test_the_second_waits_for_the_first_by_name(tmp_path: Path) -> None:
    process, said = holder(tmp_path), []

    def release_lock(text: str) -> None:
        said.append(text)
        process.stdin.close()

    with refresh_lock(tmp_path, "me", wait_seconds=30, say=release_lock):
        assert process.wait() == 0
    (only,) = said
    assert "Waiting for run abc123 (process" in only


def test_withdraw_waits_for_a_run_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that reads the archive would publish half of what it is told."""
    root = tmp_path / "data"
    (root / "landing").mkdir(parents=True)
    monkeypatch.setenv("LIVING_PANEL_DATA", str(root))
    monkeypatch.setenv("DAGSTER_STATE", str(tmp_path / "state"))
    process, said = holder(root), []

    def release_lock(text: str) -> None:
        said.append(text)
        process.stdin.close()

    monkeypatch.setattr(waiting, "say_waiting", release_lock)
    for kind, more in (("file", ["--reason", "a wrong column"]), ("release", [])):
        assert main(["withdraw", kind, "nothing", *more]) == 1
    process.stdin.close()
    assert process.wait() == 0 and said, "it did not wait"
    assert "Waiting for run abc123 (process" in said[0]
    assert "nothing" in capsys.readouterr().err


def test_bounded_waiting_ends_with_the_holder_s_name(tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        with (
            refuses(Busy, Code.BUSY, wait_seconds=0.5) as refused,
            refresh_lock(tmp_path, "me", wait_seconds=0.5, say=lambda text: None),
        ):
            pass
        (problem,) = problems_of(refused.value)
        assert str(problem.fields["named"]).startswith("run abc123 (process ")
    finally:
        process.kill()
        process.wait()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    process = holder(tmp_path)
    settings = Settings(root=tmp_path, state=tmp_path)
    assert f"Refreshing  run abc123, process {process.pid} on " in status(settings)
    process.kill()
    process.wait()
    assert "Refreshing  nobody" in status(settings)
    note = state.read(tmp_path, "holder")
    state.write(tmp_path, "holder", {**note, "host": "elsewhere"})
    assert f"process {process.pid} on elsewhere since" in status(settings)
    state.write(tmp_path, "holder", note)
    with refresh_lock(tmp_path, "me", wait_seconds=1, say=lambda text: None):
        pass


def test_nobody_waits_for_a_process_that_is_gone(tmp_path: Path) -> None:
    """Its note is there until the next holder, who has the lock already, writes its own."""
    process = holder(tmp_path)
    process.kill()
    process.wait()
    with (
        FileLock(tmp_path / "build" / "refresh.lock"),
        refuses(Busy, Code.BUSY, named="a process that has just taken it"),
        refresh_lock(tmp_path, "me", wait_seconds=0.1, say=lambda text: None),
    ):
        pass


@pytest.mark.long
@pytest.mark.parametrize("command", ["clean", "rollback", "verify"])
def test_what_a_refresh_would_disturb_or_be_disturbed_by_waits_for_it(
    tmp_path: Path, command: str
) -> None:
    root = tmp_path / "data"
    process = holder(root)
    waiting = subprocess.Popen(
        [sys.executable, "-m", "living_panel", command], env=small_root.environment(root),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert waiting.stderr.readline().startswith("Waiting for run abc123 (process")
        assert (root / "build").exists()
    finally:
        process.communicate("")
        waiting.communicate()
    assert (root / "build").exists() is (command != "clean")


def test_roots_do_not_wait_for_each_other(tmp_path: Path) -> None:
    process = holder(tmp_path / "a")
    try:
        with refresh_lock(tmp_path / "b", "me", wait_seconds=0.5, say=lambda text: None):
            pass
    finally:
        process.kill()
        process.wait()


def test_another_host_at_work_on_the_root_is_refused_by_name(tmp_path: Path) -> None:
    note = {"purpose": "run abc", "pid": 1, "host": "elsewhere", "since": "2026-01-01"}
    file = state.write(tmp_path, "holder", note)
    with (
        pytest.raises(Busy) as refused,
        refresh_lock(tmp_path, "me", wait_seconds=0.0, say=lambda _: None),
    ):
        pass
    (problem,) = refused.value.problems
    assert (problem.code, problem.fields["host"]) == (Code.BUSY, "elsewhere")
    assert state.read(tmp_path, "holder") == note
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime - SILENT_SECONDS - 10))
    with refresh_lock(tmp_path, "me", wait_seconds=0.0, say=lambda _: None):
        assert state.read(tmp_path, "holder")["purpose"] == "me"
    assert not state.read(tmp_path, "holder")


def test_who_works_touches_its_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("living_panel.orchestration.root.lock.PULSE_SECONDS", 0.05)
    with refresh_lock(tmp_path, "me", wait_seconds=0.0, say=lambda _: None):
        file = state.path(tmp_path, "holder")
        os.utime(file, (0, 0))
        wait(lambda: file.stat().st_mtime > 0, "a touch of the note", 60, every=0.05)


RUN = """
import sys
from pathlib import Path
from living_panel.orchestration.root.lock import refresh_lock
begin = lambda: print("begun", flush=True)
with refresh_lock(Path(sys.argv[1]), "run", run_id=sys.argv[2], begin=begin, wait_seconds=20, say=print):
    print("held", flush=True)
    sys.stdin.read()
"""


def step(root: Path, run_id: str) -> subprocess.Popen:
    """A process of a run."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(root), run_id],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.long
def test_processes_of_one_run_share_the_lock_and_the_first_begins_its_state(tmp_path: Path) -> None:
    first = step(tmp_path, "r1")
    assert [first.stdout.readline().strip() for _ in range(2)] == ["begun", "held"]
    second = step(tmp_path, "r1")
    assert second.stdout.readline().strip() == "held"
    other = step(tmp_path, "r2")
    assert other.stdout.readline().startswith("Waiting for run (process ")
    for process in (first, second):
        process.communicate("")
    assert [other.stdout.readline().strip() for _ in range(2)] == ["begun", "held"]
    other.communicate("")


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """Dagster's record, as a run finds it through its environment; each step has a process of its own."""
    with tempfile.TemporaryDirectory() as home:
        monkeypatch.setenv("DAGSTER_HOME", home)
        monkeypatch.setenv("LIVING_PANEL_EXECUTOR", "multiprocess")
        with dg.DagsterInstance.get() as instance:
            yield instance


def begun_run(instance: dg.DagsterInstance, root: Path) -> str:
    """Id of a run of which the record says that it goes on; it is between two steps."""
    run = instance.create_run_for_job(dg.GraphDefinition("g").to_job(), status=STARTED)
    with refresh_lock(root, "a run", run_id=run.run_id, say=print):
        pass
    assert state.read(root, "holder")["run_id"] == run.run_id
    return str(run.run_id)


def test_a_run_keeps_the_lock_between_steps_as_long_as_the_record_says(
    tmp_path: Path, recorded: dg.DagsterInstance
) -> None:
    run_id = begun_run(recorded, tmp_path)
    with (
        refuses(Busy, Code.BUSY, wait_seconds=0.1),
        refresh_lock(tmp_path, "me", wait_seconds=0.1, say=lambda _: None),
    ):
        pass
    with refresh_lock(tmp_path, "its step", run_id=run_id, wait_seconds=0.0, say=print):
        pass
    recorded.report_run_canceled(recorded.get_run_by_id(run_id))
    with refresh_lock(tmp_path, "me", wait_seconds=0.0, say=print):
        assert state.read(tmp_path, "holder")["purpose"] == "me"


@pytest.mark.parametrize("host", ["", "elsewhere"])
def test_a_killed_run_releases_the_lock_and_its_record_ends(
    tmp_path: Path, recorded: dg.DagsterInstance, host: str
) -> None:
    """No process of it is left, and none has touched its note."""
    run_id = begun_run(recorded, tmp_path)
    note = state.read(tmp_path, "holder")
    file = state.write(tmp_path, "holder", note | ({"host": host} if host else {}))
    with (
        refuses(Busy, Code.BUSY, wait_seconds=0.0),
        refresh_lock(tmp_path, "me", wait_seconds=0.0, say=lambda _: None),
    ):
        pass
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime - SILENT_SECONDS - 10))
    with refresh_lock(tmp_path, "me", wait_seconds=0.0, say=print):
        assert recorded.get_run_by_id(run_id).status == dg.DagsterRunStatus.CANCELED
