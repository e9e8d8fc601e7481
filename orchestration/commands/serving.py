"""Run servers until one ends or somebody stops this command; all processes that they started end too."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import psutil

from living_panel.orchestration.root.instance import LOCATION

STOP_SECONDS = 20.0
LOOK_SECONDS = 0.2
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


WORKSPACE = """load_from:
  - grpc_server:
      socket: {socket}
      location_name: {name}
"""


class _Stopped(Exception):
    """A signal asked this command to end."""


def serve_ui(port: int, folder: Path) -> int:
    """Serve the UI to this machine until somebody stops it, as `deploy/` serves it to a team.

    The processes are those that `dagster dev` starts, with a guard in front of its web server.
    """
    with tempfile.TemporaryDirectory(prefix="living-panel-") as place:
        socket = Path(place) / "code.sock"
        workspace = Path(place) / "workspace.yaml"
        workspace.write_text(WORKSPACE.format(socket=socket, name=LOCATION), encoding="utf-8")
        first, *others = ui_commands(port, socket, workspace)
        return run_until_stopped(first, folder, others=others, ready=socket)


def ui_commands(port: int, socket: Path, workspace: Path) -> list[list[str]]:
    """Commands of the code server, the web server behind its guard, and the daemon."""
    python, programs = sys.executable, Path(sys.executable).parent
    quiet = ["--log-level", "warning"]
    return [
        [str(programs / "dagster"), "code-server", "start", "-s", str(socket), "-m", LOCATION]
        + [*quiet, "--location-name", LOCATION],
        [
            python,
            "-m",
            "living_panel.orchestration.commands.webserver",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
        ]
        + ["-w", str(workspace)],
        [str(programs / "dagster-daemon"), "run", "-w", str(workspace)],
    ]


def run_until_stopped(
    command: Sequence[str],
    folder: Path,
    *,
    others: Sequence[Sequence[str]] = (),
    ready: Path | None = None,
) -> int:
    """Run servers and return the exit code of the one that ends first.

    Ctrl-C, SIGTERM and SIGHUP end all of them and all that they started.

    Parameters
    ----------
    command : sequence of str
        Command of the first server.
    folder : Path
        Folder in which all of them run.
    others : sequence of commands
        Commands of the servers that need the first one.
    ready : Path, optional
        File that the first server makes when it answers; the others start then.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _Stopped

    # SIGINT too: a shell that starts this in the background has it ignored
    before = {name: signal.signal(name, stop) for name in STOPPING}
    servers: list[psutil.Popen] = []
    try:
        servers.append(psutil.Popen(command, cwd=folder))
        while ready is not None and not ready.exists() and servers[0].poll() is None:
            time.sleep(LOOK_SECONDS)
        if servers[0].poll() is None:
            servers.extend(psutil.Popen(other, cwd=folder) for other in others)
        while all(server.poll() is None for server in servers):
            time.sleep(LOOK_SECONDS)
        return next(int(code) for s in servers if (code := s.poll()) is not None)
    except _Stopped:
        return 130
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        _end(servers)


def _end(servers: Sequence[psutil.Popen]) -> None:
    """Ask servers to end, the last one first, and after a while end the processes that remain."""
    started: list[psutil.Process] = []
    for server in servers:
        with suppress(psutil.NoSuchProcess):
            started += server.children(recursive=True)
    end = time.monotonic() + STOP_SECONDS
    for server in reversed(servers):
        with suppress(psutil.NoSuchProcess):
            server.send_signal(signal.SIGINT)
    for server in servers:
        with suppress(subprocess.TimeoutExpired, psutil.TimeoutExpired, KeyboardInterrupt):
            server.wait(timeout=max(0.1, end - time.monotonic()))
    for process in [*servers, *started]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
