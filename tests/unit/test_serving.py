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
from orchestration.commands.serving import run_until_stopped
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


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
