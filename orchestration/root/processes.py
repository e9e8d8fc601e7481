"""Independent computations in processes of their own, opened and closed within one step or command.

A process writes what it makes whole or not at all. It leaves Ctrl-C to the process that started it, and ends when
that one is gone, however it went.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pkgutil import iter_modules
from typing import TypeVar

from living_panel.codes import Code
from living_panel.estimation.tables import kinds
from living_panel.orchestration.root import sentences
from living_panel.orchestration.root.limits import MEMORY_VARIABLE
from living_panel.problems import ProblemError, Refused

PRELOADED = [
    "living_panel.orchestration.outputs.release_files",
    "living_panel.orchestration.outputs.table_artifact",
    "living_panel.orchestration.outputs.data_files",
    "living_panel.orchestration.outputs.finding_rows",
    "living_panel.orchestration.outputs.reproduction_cells",
    "scipy.stats",
    "linearmodels.panel",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "openpyxl",
    "pyarrow.dataset",
    *(f"{kinds.__name__}.{module.name}" for module in iter_modules(kinds.__path__)),
]
"""Loaded once; the processes are forked with it."""
TELL_SECONDS = 5.0
Result = TypeVar("Result")


class WorkerDied(ProblemError, RuntimeError):
    """A process ended abruptly, and so did the one that took its place."""


def load_ahead(modules: Sequence[str] = ()) -> None:
    """Begin to load what processes need, while something else is going on; further `modules` last."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([*PRELOADED, *modules])
    multiprocessing.forkserver.ensure_running()


def compute(
    calls: Sequence[Callable[[], Result]],
    doing: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Results of calls, in their order, computed in at most as many processes as there are cores.

    `say` is told every few seconds how far all are, where `doing` names it. Calls that a dead process leaves
    without a result are tried once more.

    Raises
    ------
    WorkerDied
        If processes end abruptly a second time.
    Refused
        In a process that may start no others, as those that a worker of Celery forks.
    """
    if multiprocessing.current_process().daemon:
        raise Refused(
            Code.ENVIRONMENT(
                "this worker of Celery forks its steps, and such a process may start no others",
                "start the worker with the settings in deploy/celery.yaml, which names the pool `solo`",
            )
        )
    results: dict[int, Result] = {}
    for is_last in (False, True):
        missing = [number for number in range(len(calls)) if number not in results]
        try:
            _compute_missing(calls, missing, results, doing, say)
            break
        except BrokenProcessPool as error:
            if is_last:
                raise WorkerDied(sentences.WORKER_DIED(variable=MEMORY_VARIABLE)) from error
            say("a process ended abruptly; what it was at is tried once more")
    return [results[number] for number in range(len(calls))]


def _compute_missing(
    calls: Sequence[Callable[[], Result]],
    missing: Sequence[int],
    results: dict[int, Result],
    doing: str,
    say: Callable[[str], None],
) -> None:
    """Add the missing results as they come."""
    load_ahead()
    begun = time.monotonic()
    forkserver = multiprocessing.get_context("forkserver")
    size = max(1, min(cores(), len(missing)))
    with ProcessPoolExecutor(size, mp_context=forkserver, initializer=_begin) as pool:
        open_calls: dict[Future[Result], int] = {pool.submit(calls[n]): n for n in missing}
        try:
            while open_calls:
                ended, _ = wait(open_calls, timeout=TELL_SECONDS, return_when="FIRST_COMPLETED")
                for future in sorted(ended, key=open_calls.__getitem__):
                    results[open_calls[future]] = future.result()
                    del open_calls[future]
                if doing and not ended:
                    spent = time.monotonic() - begun
                    say(f"… {doing} {len(calls)}: {len(results)} done, {spent:.0f} s so far")
        except BaseException:  # nobody waits for the others
            for process in multiprocessing.active_children():
                process.kill()
            raise


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin() -> None:
    """Leave Ctrl-C to the parent, end when it does, and when it says so: a run of Dagster ignores SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
