"""A process that may read and write little: limits of time, memory, disk and processes, in bubblewrap where it is.

The process sees no variable of the caller. In bubblewrap it also sees no other file, process or network.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import psutil

MEGABYTE = 1024**2
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/sbin",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
)
"""Programs and libraries of the machine, which every process may read."""
SMALL_MEGABYTES = 64
"""Size of each folder in memory: /tmp and /dev/shm."""
ISOLATED = (
    "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534",
    "--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv",
)  # fmt: skip
LOOK_SECONDS = 0.2
DISK_SECONDS = 2.0
KEPT_CHARACTERS = 2000
Limit = Literal["time", "memory", "disk", "processes"]


@dataclass(frozen=True)
class Limits:
    """The most that a process and those it starts may take together.

    Attributes
    ----------
    seconds : int
        Wall time; each process may take as much of a processor.
    megabytes : int
        Resident memory of all processes.
    disk_megabytes : int
        Size of the folder that it may write.
    processes : int
        Processes and their threads are counted apart: processes alone.
    """

    seconds: int = 3600
    megabytes: int = 8192
    disk_megabytes: int = 8192
    processes: int = 64


@dataclass(frozen=True)
class Outcome:
    """How a process ended.

    Attributes
    ----------
    code : int
        Exit code; negative for a signal.
    stopped : str
        The limit at which it was stopped; "" if it ended itself.
    output : str
        End of what it printed, without control characters.
    """

    code: int
    stopped: Limit | Literal[""]
    seconds: float
    megabytes: int
    output: str


@cache
def why_no_sandbox() -> str:
    """Return the reason why bubblewrap cannot be used here; "" if it can."""
    program = shutil.which("bwrap")
    if program is None:
        return "no program bwrap is installed"
    command = _wrapped(["/usr/bin/env", "true"], Path("/"), (), {"PATH": "/usr/bin:/bin"}, None)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it fails"])[-1]


def run_confined(
    command: Sequence[str],
    folder: Path,
    *,
    readable: Iterable[Path],
    environment: Mapping[str, str],
    limits: Limits,
    output: Path,
    says: Callable[[str], None] | None = None,
    in_sandbox: bool = True,
) -> Outcome:
    """Run a program within limits, in bubblewrap if asked to.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    folder : Path
        Working folder, the only one that it may write.
    readable : iterable of Path
        What it may read besides the programs and libraries of the machine.
    environment : mapping
        All of its variables.
    limits : Limits
        When it is stopped.
    output : Path
        File outside of the folder that receives what it prints.
    says : callable, optional
        Receives every line that it prints, without control characters.
    in_sandbox : bool
        False runs it with its limits and variables alone.
    """
    words = _wrapped(command, folder, readable, environment, folder) if in_sandbox else [*command]
    begun = time.monotonic()
    with output.open("wb") as stream:
        child = subprocess.Popen(
            words, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=stream,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=lambda: _limit(limits),
        )  # fmt: skip
        stopped, peak = _watch(child, folder, limits, begun, _Lines(output, says))
    return Outcome(
        child.returncode, stopped, time.monotonic() - begun, peak, printable(_end_of(output))
    )


def own_places() -> list[Path]:
    """Return the folders of this interpreter and its libraries, also those that a `.pth` file adds."""
    libraries = [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.realpath(sys.prefix))
    return sorted({Path(place) for place in (*prefixes, *libraries)})


def printable(text: str) -> str:
    """Return a text of a stranger's program without what steers a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _wrapped(
    command: Sequence[str],
    folder: Path,
    readable: Iterable[Path],
    environment: Mapping[str, str],
    writable: Path | None,
) -> list[str]:
    """The command line of bubblewrap for a command."""
    words = [shutil.which("bwrap") or "bwrap", *ISOLATED]
    for name in SYSTEM:
        words += ["--ro-bind-try", name, name]
    words += ["--proc", "/proc", "--dev", "/dev", *_in_memory("/dev/shm"), "--remount-ro", "/dev"]
    words += _in_memory("/tmp")  # before folders below it
    for place in readable:
        words += ["--ro-bind", str(place), str(place)]
    if writable is not None:
        words += ["--bind", str(writable), str(writable), "--chdir", str(folder)]
    for name, value in environment.items():
        words += ["--setenv", name, value]
    return [*words, "--remount-ro", "/", "--", *command]


def _in_memory(place: str) -> list[str]:
    return ["--size", str(SMALL_MEGABYTES * MEGABYTE), "--tmpfs", place]


def _limit(limits: Limits) -> None:
    """Set the limits that the system holds for each process."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.disk_megabytes * MEGABYTE),
        (resource.RLIMIT_AS, 2 * limits.megabytes * MEGABYTE),  # more is reserved than used
    ):
        with suppress(ValueError, OSError):  # a system without this limit, or with a lower one
            resource.setrlimit(kind, (most, most))


def _watch(
    child: subprocess.Popen[bytes], folder: Path, limits: Limits, begun: float, lines: _Lines
) -> tuple[Limit | Literal[""], int]:
    """Wait for the end, or stop everything at a limit; the limit, and the most memory in MB."""
    peak, looked_at_disk = 0, time.monotonic()
    while True:
        try:
            child.wait(LOOK_SECONDS)
            _stop(child)  # what it left running
            lines.pass_on()
            return "", peak
        except subprocess.TimeoutExpired:
            lines.pass_on()
        number, used = _memory(child.pid)
        peak = max(peak, used)
        now, stopped = time.monotonic(), ""
        if now - looked_at_disk > DISK_SECONDS:
            looked_at_disk = now
            stopped = "disk" if _size(folder) > limits.disk_megabytes * MEGABYTE else ""
        for limit, beyond in (
            ("time", now - begun > limits.seconds),
            ("memory", used > limits.megabytes),
            ("processes", number > limits.processes),
        ):
            stopped = limit if beyond else stopped
        if stopped:
            _stop(child)
            child.wait()
            return stopped, peak  # type: ignore[return-value]


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started; in bubblewrap they end with it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _memory(pid: int) -> tuple[int, int]:
    """Number of processes below one, with it, and their resident memory in MB."""
    try:
        first = psutil.Process(pid)
        family = [first, *first.children(recursive=True)]
    except psutil.Error:
        return 0, 0
    total = 0
    for process in family:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return len(family), total // MEGABYTE


def _size(folder: Path) -> int:
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                yield os.lstat(os.path.join(place, name)).st_blocks * 512


def _end_of(file: Path) -> str:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - 4 * KEPT_CHARACTERS))
        return stream.read().decode("utf-8", "replace")[-KEPT_CHARACTERS:]


class _Lines:
    """Passes on the lines of a growing file."""

    def __init__(self, file: Path, says: Callable[[str], None] | None) -> None:
        self._file, self._says, self._place = file, says, 0

    def pass_on(self) -> None:
        if self._says is None:
            return
        with self._file.open("rb") as stream:
            stream.seek(self._place)
            whole, newline, _ = stream.read(MEGABYTE).rpartition(b"\n")
        self._place += len(whole) + len(newline)
        for line in whole.decode("utf-8", "replace").split("\n") if newline else ():
            self._says(printable(line))
