"""One lock around a data root, held by a run or by a command.

The note `holder` says who has it: a run by its id, a command by an id of its own. Processes of one run share it, also
on another host with the same disk. Each of them holds the file `working.lock` as long as it works, which the operating
system frees when it dies. Others wait until Dagster's record says that the run has ended, or no process is left.
"""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from filelock import FileLock, Timeout

from living_panel.codes import Code
from living_panel.orchestration.root import state
from living_panel.orchestration.root.disk import disk_problem
from living_panel.orchestration.root.executor import has_step_processes
from living_panel.orchestration.root.leftovers import remove_leftovers
from living_panel.problems import Place, ProblemError

WAIT_SECONDS = 1800.0
POLL_SECONDS, TELL_SECONDS = 1.0, 30.0
PULSE_SECONDS = 20.0
SILENT_SECONDS = 120
"""After so long without a touch the note of another host counts for nothing."""
BETWEEN_STEPS_SECONDS = 60
"""So long may a run be without a process where each step has one of its own."""
TAKEN_OVER = "No process of this run was at work any more; {purpose} took over its data root."


class Busy(ProblemError, RuntimeError):
    """The bounded wait for another refresh has ended."""


@contextmanager
def refresh_lock(
    root: Path,
    purpose: str,
    *,
    run_id: str | None = None,
    begin: Callable[[], None] = lambda: None,
    wait_seconds: float = WAIT_SECONDS,
    say: Callable[[str], None],
) -> Iterator[None]:
    """Hold the data root's one lock; those who wait are shown `purpose`, at once and every 30 seconds.

    Processes with the same `run_id` hold it together. The first of them removes what stopped commands left and calls
    `begin`. Where each step has a process of its own, a run keeps the lock between its steps.

    Raises
    ------
    Busy
        After `wait_seconds`, naming the holder and the remedy; at once for a holder on another host of which the
        record of runs here knows nothing.
    """
    me = {
        "purpose": purpose,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "id": run_id or uuid4().hex,
        "run_id": run_id or "",
        "alone_seconds": BETWEEN_STEPS_SECONDS if run_id and has_step_processes() else 0,
    }
    with _wait_for_entry(root, me, begin, wait_seconds, say), _pulse(state.path(root, "holder")):
        try:
            yield
        finally:
            if not me["alone_seconds"]:
                release_lock(root, str(me["id"]))


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


def release_lock(root: Path, identity: str) -> None:
    """Take away the note of a holder that has ended, if it is still the holder."""
    with suppress(OSError, state.Damaged):
        if state.read(root, "holder").get("id") == identity:
            state.forget(root, "holder")


def holder(root: Path) -> dict[str, Any] | None:
    """Description that the holder wrote of itself; None where nobody holds the lock, or its processes are gone."""
    who: dict[str, Any] = state.read(root, "holder")
    return who if who and not _is_free(root, who) else None


def _guard(root: Path) -> FileLock:
    """The lock around reading and writing the note, held for a moment."""
    return FileLock(root / "build" / "refresh.lock")


def _wait_for_entry(
    root: Path,
    me: dict[str, Any],
    begin: Callable[[], None],
    wait_seconds: float,
    say: Callable[[str], None],
) -> IO[str]:
    """Return the open file whose lock says that this process works."""
    guard, deadline, told = _guard(root), time.monotonic() + wait_seconds, -TELL_SECONDS
    (root / "build").mkdir(parents=True, exist_ok=True)
    while True:
        seconds_left = max(deadline - time.monotonic(), 0.0)
        with suppress(Timeout), guard.acquire(timeout=min(POLL_SECONDS, seconds_left)):
            if work := _enter(root, me, begin):
                return work
        _refuse_other_host(root)
        if time.monotonic() >= deadline:
            file = root / "build" / "refresh.lock"
            raise Busy(
                Code.BUSY(
                    "{named} has locked {file}; the program waited {wait_seconds:.0f} s and changed nothing",
                    "wait for that run or stop it, then start again",
                    file=file,
                    named=_named(root),
                    wait_seconds=wait_seconds,
                )
            )
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            say(f"Waiting for {_named(root)} on {root}")
        time.sleep(min(POLL_SECONDS, max(deadline - time.monotonic(), 0.0)))


def _enter(root: Path, me: dict[str, Any], begin: Callable[[], None]) -> IO[str] | None:
    """Join the holder's processes, or become the holder; None while another one holds the lock."""
    who = _noted(root)
    if who.get("id") != me["id"]:
        if not _is_free(root, who):
            return None
        _recorded(root, who, TAKEN_OVER.format(purpose=me["purpose"]))
        remove_leftovers(root)
        begin()
        state.write(root, "holder", me)
    work = _working(root).open("a")
    try:
        fcntl.flock(work, fcntl.LOCK_SH)
    except BaseException:
        work.close()
        raise
    return work


def _working(root: Path) -> Path:
    return root / "build" / "working.lock"


def _noted(root: Path) -> dict[str, Any]:
    """The note of the holder; empty where there is none, or a damaged one, which the next holder replaces."""
    try:
        who: dict[str, Any] = state.read(root, "holder")
    except state.Damaged:
        return {}
    return who


def _is_free(root: Path, who: dict[str, Any]) -> bool:
    """Whether the noted holder has ended: no process works, and the record of the run or its silence says so."""
    if _is_a_process_working(root):
        return False
    if not who:
        return True
    here = who["host"] == socket.gethostname()
    patience = who.get("alone_seconds", 0) if here else SILENT_SECONDS
    if not patience or _silent_seconds(root) >= patience:
        return True
    run = _recorded(root, who)
    return run is not None and bool(run.is_finished)


def _is_a_process_working(root: Path) -> bool:
    """Whether a process that works holds the file: on this host, or on any where the disk carries locks."""
    try:
        with _working(root).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _silent_seconds(root: Path) -> float:
    """Seconds since the holder's note was touched, by the clock of the disk: hosts may disagree."""
    clock = root / "build" / "refresh.lock"
    try:
        os.utime(clock)
        return clock.stat().st_mtime - state.path(root, "holder").stat().st_mtime
    except FileNotFoundError:  # released meanwhile
        return float("inf")
    except OSError:  # a disk that only reads
        return time.time() - state.path(root, "holder").stat().st_mtime


def _recorded(root: Path, who: dict[str, Any], end_because: str = "") -> Any:
    """Dagster's record of the holder's run; None where it has none, or cannot be asked.

    With `end_because` a run that it believes to go on is recorded as canceled: its processes were killed.
    """
    if not who.get("run_id") or "DAGSTER_HOME" not in os.environ:
        return None
    from living_panel.orchestration.root.instance import open_instance
    from living_panel.orchestration.root.settings import Settings

    settings = Settings(root=root, state=Path(os.environ["DAGSTER_HOME"]))
    with suppress(Exception), open_instance(settings) as instance:  # a database may be away
        run = instance.get_run_by_id(who["run_id"])
        if end_because and run is not None and not run.is_finished:
            instance.report_run_canceled(run, end_because)
        return run
    return None


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
        with suppress(OSError):
            os.utime(note)


def _refuse_other_host(root: Path) -> None:
    """Stop where another host is at work, unless the record that both hosts have says how long its run goes on."""
    who = _noted(root)
    if who and who["host"] != socket.gethostname() and _recorded(root, who) is None:
        raise Busy(
            Code.BUSY(
                "{purpose} on host {host} uses this data root, but the record of runs here does not list it",
                "work on that host, or give both hosts one database of runs (docs/deployment.md); if that host "
                "no longer exists, wait {seconds} s",
                Place(str(root)),
                host=who["host"],
                purpose=who["purpose"],
                seconds=SILENT_SECONDS,
            )
        )


def _named(root: Path) -> str:
    try:
        who = holder(root)
    except (state.Damaged, OSError):
        who = None
    if who is None:  # it says who it is only after it took the lock
        return "a process that has just taken it"
    return f"{who['purpose']} (process {who['pid']} on {who['host']}, since {who['since']})"
