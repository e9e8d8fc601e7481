"""One refresh at a time: the second waits, saying for whom, and gives up naming the holder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from orchestration.commands.status import status
from orchestration.root import state
from orchestration.root.lock import Busy, refresh_lock
from orchestration.root.settings import Settings
from tests.fixtures import small_root

HOLD = """
import sys
from pathlib import Path
from orchestration.root.lock import refresh_lock
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

    def told(text: str) -> None:
        said.append(text)
        process.stdin.close()

    with refresh_lock(tmp_path, "me", wait_seconds=30, say=told):
        assert process.wait() == 0
    (only,) = said
    assert "Waiting for run abc123 (process" in only


def test_bounded_waiting_ends_with_the_holder_s_name(tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        with (
            pytest.raises(Busy, match=r"held by run abc123 \(process .*Remedy"),
            refresh_lock(tmp_path, "me", wait_seconds=0.5, say=lambda text: None),
        ):
            pass
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
    state.write(tmp_path, "holder", {**state.read(tmp_path, "holder"), "host": "elsewhere"})
    assert f"process {process.pid} on elsewhere since" in status(settings)
    with refresh_lock(tmp_path, "me", wait_seconds=1, say=lambda text: None):
        pass


def test_nobody_waits_for_a_process_that_is_gone(tmp_path: Path) -> None:
    """Its note is there until the next holder, who has the lock already, writes its own."""
    process = holder(tmp_path)
    process.kill()
    process.wait()
    with (
        FileLock(tmp_path / "build" / "refresh.lock"),
        pytest.raises(Busy, match="held by a process that has just taken it"),
        refresh_lock(tmp_path, "me", wait_seconds=0.1, say=lambda text: None),
    ):
        pass


@pytest.mark.parametrize("command", ["clean", "rollback", "verify"])
def test_what_a_refresh_would_disturb_or_be_disturbed_by_waits_for_it(
    tmp_path: Path, command: str
) -> None:
    root = tmp_path / "data"
    process = holder(root)
    waiting = subprocess.Popen(
        [sys.executable, "-m", "orchestration", command], env=small_root.environment(root),
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
