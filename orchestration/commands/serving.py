"""Run a server until it ends or somebody stops this command; all processes that it started end too."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import psutil

STOP_SECONDS = 20.0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(Exception):
    """A signal asked this command to end."""


def run_until_stopped(command: Sequence[str], folder: Path) -> int:
    """Run a server and return its exit code; Ctrl-C, SIGTERM and SIGHUP end it and all that it started."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _Stopped

    # SIGINT too: a shell that starts this in the background has it ignored
    before = {name: signal.signal(name, stop) for name in STOPPING}
    server = psutil.Popen(command, cwd=folder)
    try:
        return int(server.wait())
    except _Stopped:
        return 130
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        _end(server)


def _end(server: psutil.Popen) -> None:
    """Ask a server to end, and after a while end its remaining processes."""
    started: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        started = server.children(recursive=True)
        server.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired, psutil.TimeoutExpired, KeyboardInterrupt):
        server.wait(timeout=STOP_SECONDS)
    for process in [server, *started]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
