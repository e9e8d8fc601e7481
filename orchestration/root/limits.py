"""How long a table, or the release of a paper's own data, may run and how much memory it may take.

Beyond that it is stopped by name.
"""

from __future__ import annotations

import errno
import math
import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from living_panel.codes import Code
from living_panel.problems import Problem, ProblemError

TIMEOUT_VARIABLE, TIMEOUT_SECONDS = "LIVING_PANEL_TABLE_TIMEOUT", 3600
"""Seconds of processor: on a busy machine the same table takes several times longer by the clock."""
WALL_TIMES = 4
"""A table that waits, for another engine or a disk, may last this many times its limit by the clock."""
MEMORY_VARIABLE, MEMORY_MEGABYTES = "LIVING_PANEL_TABLE_MEMORY", 8192
"""Megabytes of address space; the libraries take about 1,500."""


class BeyondTableLimit(ProblemError, ValueError):
    """A table that was stopped; names table, limit and the variable that sets it."""


class _Alarm(BaseException):
    """The time is up; no handler of errors in between may take it for one of its own."""


@contextmanager
def table_limits(table: str) -> Iterator[None]:
    """Run one table within its time and memory; `table` is the name that an error gives.

    Outside of a process's main thread, where no signal arrives, only the memory is held. A lower limit of the system
    (`ulimit -v`) stays.

    Raises
    ------
    BeyondTableLimit
        Naming the table, the limit and the variable that sets it.
    """
    seconds = _number(TIMEOUT_VARIABLE, TIMEOUT_SECONDS)
    megabytes = _number(MEMORY_VARIABLE, MEMORY_MEGABYTES)
    system = _system_megabytes()
    alarms: list[int] = []
    stopped = Code.LIMIT(
        "{table} was stopped: it took more than {seconds} s of processor time, or several times that in total",
        "ask for fewer draws or specifications, or set {variable} (seconds)",
        table=table,
        seconds=seconds,
        variable=TIMEOUT_VARIABLE,
    )
    try:
        with _memory(megabytes), _time(seconds, alarms):
            yield
    except _Alarm:
        raise BeyondTableLimit(stopped) from None
    except RuntimeError:  # DuckDB has one of its own for a query that the alarm ended
        if not alarms:
            raise
        raise BeyondTableLimit(stopped) from None
    except Exception as error:
        if not _is_of_memory(error):
            raise
        limit = min(megabytes, system)
        needed = max(limit, _megabytes_of_array(error))
        if system < megabytes:
            problem = Code.LIMIT(
                "{table} was stopped: it needs more than {needed} MB of memory, but the system allows this "
                "process {megabytes} MB (`ulimit -v`)",
                "use fewer rows, draws or specifications, or raise this limit (kilobytes)",
                table=table,
                needed=needed,
                megabytes=limit,
            )
        else:
            problem = Code.LIMIT(
                "{table} was stopped: it needs more than {needed} MB of memory, but its limit is {megabytes} MB",
                "use fewer rows, draws or specifications, or set {variable} (megabytes)",
                table=table,
                needed=needed,
                megabytes=limit,
                variable=MEMORY_VARIABLE,
            )
        raise BeyondTableLimit(problem) from None


def memory_problem(error: Exception) -> Problem | None:
    """Return the problem of a command that needs too much memory, if an error says so; else None."""
    if not _is_of_memory(error):
        return None
    system = _system_megabytes()
    limit = (
        "this machine has free" if math.isinf(system) else f"the {system} MB that the system allows"
    )
    return Code.LIMIT(
        "the command needs more memory than {limit}; the published results are unchanged",
        "end other programs, or raise the limit (`ulimit -v`), then run again",
        limit=limit,
    )


def _is_of_memory(error: Exception) -> bool:
    """Whether an error says that there is no more memory: of Python, of the system, or of Arrow for a Python text."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or str(error).startswith("Unknown error: Wrapping ")


def _system_megabytes() -> float:
    """Megabytes of address space that the system allows this process."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return math.inf if limit == resource.RLIM_INFINITY else limit // 2**20


def _megabytes_of_array(error: Exception) -> int:
    """Megabytes of the array that numpy could not make; 0 where the error is of another origin."""
    shape, dtype = getattr(error, "shape", ()), getattr(error, "dtype", None)
    return math.prod(shape) * int(dtype.itemsize) // 2**20 if dtype is not None else 0


def _number(variable: str, default: int) -> int:
    written = os.environ.get(variable, "")
    if not written:
        return default
    if not (written.isascii() and written.isdigit() and 0 < int(written[:9]) and len(written) < 9):
        raise BeyondTableLimit(
            Code.ENVIRONMENT(
                "{variable}={written} is not a whole number above 0",
                "write a whole number, such as {default}",
                variable=variable,
                written=repr(written),
                default=default,
            )
        )
    return int(written)


@contextmanager
def _time(seconds: int, alarms: list[int]) -> Iterator[None]:
    """Raise `_Alarm` when the time is up, and note the signal."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signal_number: int, _frame: FrameType | None) -> None:
        alarms.append(signal_number)
        raise _Alarm

    timers = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),  # processor of this process, all threads
        (signal.ITIMER_REAL, signal.SIGALRM, WALL_TIMES * seconds),
    )
    before = [signal.signal(name, stop) for _, name, _ in timers]
    for timer, _, most in timers:
        signal.setitimer(timer, most)
    try:
        yield
    finally:
        for timer, _, _ in timers:
            signal.setitimer(timer, 0)
        for (_, name, _), handler in zip(timers, before, strict=True):
            signal.signal(name, handler)


@contextmanager
def _memory(megabytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes * 1024 * 1024
    known = [limit for limit in (wanted, soft, hard) if limit != resource.RLIM_INFINITY]
    with suppress(ValueError, OSError):  # a system without this limit
        resource.setrlimit(resource.RLIMIT_AS, (min(known), hard))
    try:
        yield
    finally:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
