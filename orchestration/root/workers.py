"""Estimating tables in as many processes as there are cores.

A table depends on its release alone, so that no number depends on the order. A worker writes an artifact
as ever, whole or not at all. Workers leave Ctrl-C to the process that started them, and end when that one
is gone, however it went.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import psutil

from living_panel.estimation.tables import kinds
from living_panel.orchestration.root import codes
from living_panel.orchestration.root.limits import MEMORY_VARIABLE
from living_panel.problems import ProblemError

# Loaded once; the workers are forked with it. The libraries are loaded by a table that needs them.
PRELOADED = [
    "living_panel.orchestration.outputs.release_files",
    "living_panel.orchestration.outputs.table_artifact",
    "living_panel.orchestration.outputs.data_files",
    "living_panel.orchestration.outputs.reproduction_cells",
    "scipy.stats",
    "linearmodels.panel",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "openpyxl",
    *(f"{kinds.__name__}.{module.name}" for module in iter_modules(kinds.__path__)),
]


TOLD_SECONDS = 5.0
NICE = 10
SERVER_SECONDS = 5
STARTING = "a worker starts"
"""Name of the thread in which a pool starts its first worker."""


class Pace:
    """Says now and then how far tables are, which take long together."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._begun = self._told = time.monotonic()

    def tell(self, done: int, of: int, say: Callable[[str], None], current: str = "") -> None:
        """Say it, with the table that is worked on, if that was not said a moment ago."""
        now = time.monotonic()
        if now - self._told >= TOLD_SECONDS:
            self._told = now
            at = f", now {current}" if current else ""
            say(f"… {self._doing} {of} tables: {done} done{at}, {now - self._begun:.0f} s so far")


def warm_workers() -> None:
    """Begin to load what the workers of any pool need, while something else is going on."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOADED)
    multiprocessing.forkserver.ensure_running()
    atexit.unregister(_end_server)
    atexit.register(_end_server)


def _end_server() -> None:
    """End the process that forks workers: it would first load, and write compiled modules, for nobody."""
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if multiprocessing.forkserver.__name__ in " ".join(child.cmdline()):
                child.terminate()
                child.wait(SERVER_SECONDS)


class WorkerDied(ProblemError, RuntimeError):
    """A process of the pool ended abruptly, and so did the one that took its place."""


class TablePool:
    """Processes that estimate, started when first needed.

    If one dies, all are started anew once, with the open requests. `doing` is the progress line for all tables
    while somebody waits; it is empty where each table has a step of its own.
    """

    def __init__(self, doing: str = "") -> None:
        self._doing = doing
        self._executor: ProcessPoolExecutor | None = None
        self._asked: dict[Any, Future[Any]] = {}
        self._questions: dict[Any, tuple[Callable[..., Any], tuple[Any, ...]]] = {}
        self._started_anew = False
        self._starting: threading.Thread | None = None
        self._lock = threading.Lock()
        self.looked_for: dict[str, Path] = {}  # artifacts that are whole or being made, by table
        self.released: set[Any] = set()  # keys of releases that were made for this pool's run
        self._pace = Pace(self._doing)

    def ask(self, key: Any, function: Callable[..., Any], *arguments: Any) -> None:
        """Put a question to the workers."""
        if not self._asked:
            self._pace = Pace(self._doing)
        self._questions[key] = (function, arguments)
        try:
            self._asked[key] = self._workers().submit(function, *arguments)
        except BrokenProcessPool as error:
            self._start_anew(error)

    def is_ready(self) -> bool:
        """Whether a question can be put without waiting for what workers load; begins that if nobody did."""
        if self._starting is None:
            self._starting = threading.Thread(target=self._start_one, name=STARTING, daemon=True)
            self._starting.start()
        return not self._starting.is_alive()

    def _start_one(self) -> None:
        with suppress(Exception):  # the first question finds the same, and says so
            self._workers().submit(os.getpid)

    def has_asked(self, key: Any) -> bool:
        """Whether this question was put."""
        return key in self._asked

    def succeeded(self, key: Any) -> bool:
        """Whether this question has an answer, not a failure, by now."""
        future = self._asked.get(key)
        return future is not None and future.done() and not future.exception()

    def open_questions(self) -> int:
        """Number of questions that have no answer by now."""
        return sum(not future.done() for future in self._asked.values())

    def answer(
        self,
        key: Any,
        say: Callable[[str], None] = lambda _: None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Any:
        """Wait for the answer, saying how far all are; None if nobody asked.

        `meanwhile` is called at the beginning and every second, to put further questions.

        Raises
        ------
        WorkerDied
            If processes end abruptly a second time.
        """
        if key not in self._asked:
            return None
        meanwhile()
        while True:
            while wait([self._asked[key]], timeout=1).not_done:
                meanwhile()
                if self._doing:
                    done = sum(future.done() for future in self._asked.values())
                    self._pace.tell(done, len(self._asked), say)
            try:
                return self._asked[key].result()
            except BrokenProcessPool as error:
                self._start_anew(error)
                say("a process ended abruptly; what it was at is tried once more")

    def each(
        self,
        function: Callable[[Any], Any],
        items: Sequence[Any],
        tick: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> Iterable[Any]:
        """As `map`, several items at once; raises as `answer` does. `tick` receives the number of finished ones."""
        size = max(1, len(items) // (4 * cores()))
        while True:
            try:
                found = []
                for result in self._workers().map(function, items, chunksize=size):
                    found.append(result)
                    tick(len(found), len(items))
                return found
            except BrokenProcessPool as error:
                self._start_anew(error)

    def _start_anew(self, error: BrokenProcessPool) -> None:
        """Start the processes again with what was not answered; refuse to do so twice."""
        if self._started_anew:
            raise WorkerDied(codes.WORKER_DIED(variable=MEMORY_VARIABLE)) from error
        self._started_anew = True
        if self._executor is not None:
            _kill_workers()
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
        for key, (function, arguments) in self._questions.items():
            future = self._asked.get(key)
            if future is None or not future.done() or future.cancelled() or _is_broken(future):
                self._asked[key] = self._workers().submit(function, *arguments)

    def close(self) -> None:
        """End the workers, in the middle of a table if need be: what is half written is not there."""
        if self._starting is not None:
            self._starting.join()
        if self._executor is None:
            return
        _kill_workers()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor, self._starting, self._asked, self._questions = None, None, {}, {}

    def _workers(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._executor is None:
                warm_workers()
                self._executor = ProcessPoolExecutor(
                    cores(),
                    mp_context=multiprocessing.get_context("forkserver"),
                    initializer=_begin,
                )
            return self._executor


def _kill_workers() -> None:
    """End all workers at once, by a signal that none ignores.

    A run of Dagster leaves SIGTERM ignored, and workers inherit that. One that lives on would wait for ever for a lock
    that a dead one holds, and the pool for that one.
    """
    for worker in multiprocessing.active_children():
        worker.kill()


def _is_broken(future: Future[Any]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin() -> None:
    """Leave Ctrl-C to the parent, end when it does, and take the processor when others leave it."""
    os.nice(NICE)  # dbt and the program, for which others wait, go first
    gc.freeze()  # what was loaded before the fork is no garbage
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
