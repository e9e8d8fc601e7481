"""One refresh at a time: the second waits, saying for whom, and gives up naming the holder."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.lock import Busy, refresh_lock

HOLD = """
import sys, time
from pathlib import Path
from orchestration.lock import refresh_lock
with refresh_lock(Path(sys.argv[1]), "run abc123", say=print):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(root: Path, seconds: float) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline().strip() == "held"
    return process


def test_the_second_waits_for_the_first_by_name(tmp_path: Path) -> None:
    process, said = holder(tmp_path, 1.5), []
    started = time.monotonic()
    with refresh_lock(tmp_path, "me", wait_seconds=30, say=said.append):
        waited = time.monotonic() - started
    process.wait()
    assert waited > 0.3
    assert "Waiting for run abc123 (process" in said[0]


def test_bounded_waiting_ends_with_the_holder_s_name(tmp_path: Path) -> None:
    process = holder(tmp_path, 30)
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
    process = holder(tmp_path, 60)
    process.kill()
    process.wait()
    with refresh_lock(tmp_path, "me", wait_seconds=1, say=lambda text: None):
        pass


def test_roots_do_not_wait_for_each_other(tmp_path: Path) -> None:
    process = holder(tmp_path / "a", 30)
    try:
        with refresh_lock(tmp_path / "b", "me", wait_seconds=0.5, say=lambda text: None):
            pass
    finally:
        process.kill()
        process.wait()
