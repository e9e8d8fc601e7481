"""Processes of dbt: one for each command, or a kept one that has loaded and parsed before it is asked.

Whoever builds keeps one for all builds. A refresh from a terminal begins with it: dbt loads while modules are imported.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from living_panel.orchestration.dbt.project_files import project_digest
from living_panel.orchestration.root.settings import DBT_PROJECT, IMPORTED_FROM

DBT = str(Path(sys.executable).parent / "dbt")
DIED = -int(signal.SIGKILL)


class KeptDbt:
    """A process in which dbt is loaded, and which runs commands in forks of itself."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        self._lock = threading.Lock()
        command = [
            sys.executable,
            "-m",
            "living_panel.orchestration.dbt.kept_program",
            str(theirs.fileno()),
        ]
        places = [str(IMPORTED_FROM), os.environ.get("PYTHONPATH", "")]
        with theirs:
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))},
            )
        self._answers = self._channel.makefile("rb")

    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def begin(self, arguments: Sequence[str], environment: Mapping[str, str]) -> KeptCommand:
        """Begin a command; the next one begins when this one has ended."""
        self._lock.acquire()
        request = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "project": project_digest(),
            "folder": str(DBT_PROJECT),
        }
        ours, theirs = os.pipe()
        with suppress(OSError):  # a process that is gone does not answer
            socket.send_fds(self._channel, [json.dumps(request).encode() + b"\n"], [theirs])
        os.close(theirs)
        return KeptCommand([DBT, *arguments], os.fdopen(ours, "rb"), self)

    def answer(self) -> dict[str, int]:
        """Wait for the next answer; an exit code of its own if the process is gone."""
        try:
            line = self._answers.readline()
        except OSError:  # it died while it was asked
            line = b""
        answer: dict[str, int] = json.loads(line) if line else {"code": DIED}
        return answer

    def end(self) -> None:
        """Let the next command begin."""
        self._lock.release()


class KeptCommand:
    """A command of a kept process, in the form of `subprocess.Popen`."""

    def __init__(self, args: Sequence[str], stdout: IO[bytes], process: KeptDbt) -> None:
        self.args, self.stdout, self._process = args, stdout, process
        self.returncode: int | None = None
        self._pid: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; return the exit code."""
        while self.returncode is None:
            self._hear()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send a signal to the fork; a command that ended, or never began, receives none."""
        if self._pid is None and self.returncode is None:
            self._hear()
        if self._pid is not None and self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, sig)

    def _hear(self) -> None:
        answer = self._process.answer()
        self._pid = answer.get("pid", self._pid)
        if "code" in answer:
            self.returncode = answer["code"]
            self._process.end()


_kept: KeptDbt | None = None


def keep_dbt() -> None:
    """Load dbt in a process of its own, for all commands of this process, unless there is one."""
    global _kept
    if _kept is None or not _kept.is_alive():
        _kept = KeptDbt()


def begin(
    arguments: Sequence[str], environment: Mapping[str, str], variables: str
) -> subprocess.Popen[bytes]:
    """Begin a dbt command on the project, whose output can be read."""
    command = [*arguments, "--vars", variables]
    if _kept is not None and _kept.is_alive():
        return cast("subprocess.Popen[bytes]", _kept.begin(command, environment))
    return subprocess.Popen(
        [DBT, *command],
        env=dict(environment),
        cwd=DBT_PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
