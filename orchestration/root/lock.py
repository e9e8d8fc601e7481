"""One lock around a whole refresh, and who holds it.

Taking the lock of a data root with a bounded wait that says for whom it waits. The operating system
frees the lock of a process that died.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from living_panel.orchestration.root import codes, state
from living_panel.orchestration.root.disk import disk_problem
from living_panel.orchestration.root.leftovers import remove_leftovers
from living_panel.problems import Place, ProblemError

WAIT_SECONDS = 1800.0
PULSE_SECONDS = 20.0
SILENT_SECONDS = 120
"""After so long without a touch the note of another host counts for nothing."""


class Busy(ProblemError, RuntimeError):
    """The bounded wait for another refresh has ended."""

    general = codes.LOCK


@contextmanager
def refresh_lock(
    root: Path, purpose: str, *, wait_seconds: float = WAIT_SECONDS, say: Callable[[str], None]
) -> Iterator[None]:
    """Hold the data root's one lock; those who wait are shown `purpose`, at once and every 30 seconds.

    What stopped commands left is removed first.

    Raises
    ------
    Busy
        After `wait_seconds`, naming the holder and the remedy; at once for a holder on another host.
    """
    file = root / "build" / "refresh.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    deadline = time.monotonic() + wait_seconds
    patience = 0.0
    while True:
        try:
            lock.acquire(timeout=patience)
            break
        except Timeout:
            seconds_left = deadline - time.monotonic()
            if seconds_left <= 0:
                raise Busy(
                    codes.LOCK_HELD(file=file, named=_named(root), wait_seconds=wait_seconds)
                ) from None
            say(f"Waiting for {_named(root)} on {root}")
            patience = min(30.0, seconds_left)
    try:
        _refuse_other_host(root, file)
        state.write(root, "holder", _me(purpose))
        remove_leftovers(root)
        with _pulse(state.path(root, "holder")):
            yield
    finally:
        if _is_ours(root):
            state.forget(root, "holder")
        lock.release()


@contextmanager
def reader_lock(root: Path, purpose: str, *, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock as `refresh_lock` does, for a command that changes nothing.

    Where the disk takes no lock or no note, the command goes on without it: nobody publishes there.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(refresh_lock(root, purpose, say=say))
        except OSError as error:
            if disk_problem(error) is None:
                raise
        yield


def _refuse_other_host(root: Path, file: Path) -> None:
    """Stop where a process on another host is at work: its lock may not reach this host.

    Its note is touched while it works. One that was not touched for long is of a host that is gone.
    """
    try:
        who = state.read(root, "holder")
        note = state.path(root, "holder").stat().st_mtime
    except (state.Damaged, OSError):
        return
    if not who or who["host"] == socket.gethostname():
        return
    os.utime(file)  # by the clock of the disk, as the note: hosts may disagree
    if file.stat().st_mtime - note < SILENT_SECONDS:
        raise Busy(
            codes.OTHER_HOST(
                Place(str(root)), host=who["host"], purpose=who["purpose"], seconds=SILENT_SECONDS
            )
        )


def _is_ours(root: Path) -> bool:
    try:
        who = state.read(root, "holder")
    except state.Damaged:
        return True
    return not who or (who["host"], who["pid"]) == (socket.gethostname(), os.getpid())


@contextmanager
def _pulse(note: Path) -> Iterator[None]:
    """Touch a note now and then, so that another host sees that its writer lives."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(PULSE_SECONDS):
            with suppress(OSError):  # a disk that is full or gone ends the work, not this
                os.utime(note)

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _me(purpose: str) -> dict[str, str | int]:
    return {
        "purpose": purpose,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def holder(root: Path) -> dict[str, Any] | None:
    """Description that the process with the lock wrote of itself; None where nobody does, or it is gone.

    Of a process on another host it is known only what it wrote.
    """
    who = state.read(root, "holder")
    if who and who["host"] == socket.gethostname() and not psutil.pid_exists(int(who["pid"])):
        return None
    return who or None


def _named(root: Path) -> str:
    try:
        who = holder(root)
    except state.Damaged:
        who = None
    if who is None:  # it says who it is only after it took the lock
        return "a process that has just taken it"
    return f"{who['purpose']} (process {who['pid']} on {who['host']}, since {who['since']})"
