"""A server ends with the command that started it, and so does all that the server started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.e2e.served import wait

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
COMMAND = """
import sys
from pathlib import Path
from living_panel.orchestration.commands.serving import run_until_stopped
sys.exit(run_until_stopped([sys.executable, "-c", sys.argv[1]], Path()))
"""


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_nothing_is_left_behind(by: signal.Signals) -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND, SERVER], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert command.stdout is not None
    started = [int(command.stdout.readline())]
    started += [p.pid for p in psutil.Process(command.pid).children(recursive=True)]
    command.send_signal(by)
    assert command.wait(timeout=60) == 130
    wait(lambda: not any(_lives(pid) for pid in started), "the end of all that was started", 60)


TOGETHER = """
import sys
from pathlib import Path
from living_panel.orchestration.commands.serving import run_until_stopped
python, ready = sys.executable, Path(sys.argv[1])
first = [python, "-c", f"import pathlib, time; time.sleep(1); pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"]
ends = [python, "-c", f"import pathlib, sys; sys.exit(7 if pathlib.Path({str(ready)!r}).exists() else 8)"]
stays = [python, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]
sys.exit(run_until_stopped(first, Path(), others=[stays, ends], ready=ready))
"""


def test_servers_start_when_the_first_is_ready_and_end_with_any_of_them(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER, str(tmp_path / "ready")], cwd=REPOSITORY, check=False,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    assert not done.stdout or not _lives(int(done.stdout))


def test_the_others_do_not_start_where_the_first_ends_at_once(tmp_path: Path) -> None:
    called = COMMAND.replace(
        "Path())", f"Path(), others=[['false']], ready=Path({str(tmp_path / 'x')!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", called, "import sys; sys.exit(5)"], cwd=REPOSITORY, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 5


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
