"""DuckDB as an engine with a memory limit and a spill folder that never outlives the computation."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import ibis
import pandas as pd

from living_panel.codes import Code
from living_panel.problems import Missing, Place, ProblemError

PREFIX = "living-panel-spill-"
PATIENCE = 2.0  # seconds after which a scan is reported


class EngineFailure(ProblemError, RuntimeError):
    """The engine stopped in the middle of a scan; the text has the scan and its words."""


@contextmanager
def duckdb_engine(
    *,
    memory_limit: str = "3GB",
    threads: int | None = None,
    temp_directory: Path | None = None,
) -> Iterator[Any]:
    """An in-memory DuckDB that spills to a folder of its own; both are gone afterwards.

    SIGTERM and Ctrl-C end the computation at its next step while the engine is open, so that the
    folder goes then too, unless the caller has handlers of its own. A folder left by a process
    that was killed outright is removed by the next engine.

    Parameters
    ----------
    memory_limit : str
        Of DuckDB's buffers; the process needs some 0.3 GB more.
    threads : int, optional
    temp_directory : Path, optional
        Where the spill folder is made; the system's temporary folder if not given.

    Yields
    ------
    ibis backend
    """
    parent = Path(temp_directory or tempfile.gettempdir())
    if not parent.is_dir():
        raise Missing(
            Code.ENGINE(
                "the folder for temporary files does not exist",
                "create this folder, or name another one as temp_directory",
                Place(file=str(parent)),
            )
        )
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    options: dict[str, Any] = {"memory_limit": memory_limit, "temp_directory": str(folder)}
    if threads:
        options["threads"] = threads
    connection = None
    try:
        with _signals_end_it():
            connection = ibis.duckdb.connect(**options)
            # aggregates do not depend on the order of rows, and keeping it costs memory
            connection.con.execute("SET preserve_insertion_order = false")
            yield connection
    finally:
        if connection is not None:
            connection.disconnect()
        shutil.rmtree(folder, ignore_errors=True)


def execute(expression: Any, scan: str) -> pd.DataFrame:
    """Run an expression; small results only.

    Raises
    ------
    EngineFailure
        Whatever the engine raised, with the scan's name.
    """
    return _guarded(lambda: expression.execute(), scan)


@dataclass(frozen=True)
class Kept:
    """Rows that stay in the engine until `release`: a temporary table, or a cached frame of Spark."""

    table: Any
    name: str = ""

    def release(self) -> None:
        """Let the engine drop the rows; an engine that is already gone has dropped them."""
        connection = self.table.get_backend()
        with suppress(Exception):
            if connection.name == "pyspark":
                self.table.release()
                return
            connection.raw_sql(f'DROP TABLE IF EXISTS "{self.name}"')
        _asked.end()


def keep(expression: Any, scan: str) -> Kept:
    """Compute an expression and keep its rows in the engine; raises as `execute`."""
    connection = expression.get_backend()

    name = ibis.util.gen_name("sums")

    def work() -> Any:
        if connection.name == "pyspark":
            table = expression.cache()
            table.count().execute()  # Spark computes when first asked
            return table
        return connection.create_table(name, expression, temp=True)

    return Kept(_guarded(work, scan), name)


def _guarded(work: Callable[[], Any], scan: str) -> Any:
    """Do the work; report a slow scan on stderr."""
    timer = threading.Timer(PATIENCE, print, (f"push-down: {scan}",), {"file": sys.stderr})
    timer.daemon = True
    timer.start()
    try:
        result = work()
    except (KeyboardInterrupt, SystemExit):
        _asked.forget()
        raise
    except Exception as error:
        _asked.end()
        words = str(error).strip().splitlines() or [repr(error)]
        raise EngineFailure(
            Code.ENGINE(
                "{scan}: the engine stopped ({kind}: {words}). It stored no result",
                "correct the cause in the message; if memory is short, raise memory_limit or free disk space in "
                "the spill folder",
                scan=scan,
                kind=type(error).__name__,
                words=words[0],
            )
        ) from error
    finally:
        timer.cancel()
    _asked.end()
    return result


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Asked:
    """A signal's wish to end the computation, until it is fulfilled.

    Raising in the handler is not enough: DuckDB turns what is raised during a query into an error
    of its own, and Python drops what is raised in a finalizer.
    """

    def __init__(self) -> None:
        self._wish: BaseException | None = None

    def note(self, number: int, frame: FrameType | None) -> None:
        """The handler: remember the wish, and try to fulfil it at once."""
        interrupted = number == signal.SIGINT
        self._wish = KeyboardInterrupt() if interrupted else SystemExit(128 + number)
        raise self._wish

    def end(self) -> None:
        """End the computation if a signal has asked for it."""
        wish, self._wish = self._wish, None
        if wish is not None:
            raise wish

    def forget(self) -> None:
        """The handler's exception is on its way."""
        self._wish = None


_asked = _Asked()


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """SIGTERM and SIGINT end the block where they would do what Python does by default."""
    default: dict[signal.Signals, Any] = {
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGINT: signal.default_int_handler,
    }
    in_main = threading.current_thread() is threading.main_thread()
    ours = [number for number, does in default.items() if signal.getsignal(number) is does]
    if not in_main or not ours:
        yield
        return
    for number in ours:
        signal.signal(number, _asked.note)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, default[number])
        _asked.end()  # whatever error the engine has made of it
