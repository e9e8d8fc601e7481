"""Dagster's instance: opened, and its runs from a terminal made to look like any other.

Its storage is made by one process at a time: Dagster creates and stamps its tables without a lock of its own. Two
commands started at once in a new folder would spoil them for both.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from living_panel.orchestration.root import codes
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, ProblemError

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from sqlalchemy import Connection, Engine

WAIT_SECONDS = 120.0
BUSY_SECONDS = 30  # for a file that another process writes at this moment; as Dagster has it
STORES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
NO_ANSWER = ("OperationalError", "DagsterPostgresException")
"""Errors of libraries that are loaded for a team's settings only."""
INDEX = "index"
"""Dagster's name of the file that holds the asset events of all runs, as in `STORES`."""
PLACE = ("LIVING_PANEL_PG_HOST", "LIVING_PANEL_PG_PORT")
LOCATION = "living_panel.orchestration.definitions"  # as pyproject.toml names it to Dagster


class Unreachable(ProblemError, RuntimeError):
    """Dagster's database does not answer, or cannot be opened."""


def open_instance(settings: Settings) -> DagsterInstance:
    """Dagster's instance of this state folder, its tables made if they are not there or damaged.

    Raises
    ------
    filelock.Timeout
        Naming the lock file, after two minutes in which another process has not made the tables.
    Unreachable
        If the database that a team's settings name cannot be reached, or SQLite opens no file in this folder.
    """
    from dagster import DagsterInstance

    with FileLock(settings.state / "instance.lock", timeout=WAIT_SECONDS):
        for store in STORES:
            if not _is_readable(settings.state / store):
                _set_aside(settings.state / store)
        try:
            return DagsterInstance.get()
        except Exception as error:
            if type(error).__name__ not in NO_ANSWER:
                raise
            if isinstance(getattr(error, "orig", None), sqlite3.Error):
                raise Unreachable(
                    codes.INSTANCE_FILE(Place(str(settings.state)), reason=error.orig)  # type: ignore[attr-defined]
                ) from error
            place = ":".join(os.environ.get(name, "?") for name in PLACE)
            reason = (str(error).strip().splitlines() or ["no answer"])[0]
            raise Unreachable(codes.DATABASE(place=place, reason=reason)) from error


def _is_readable(store: Path) -> bool:
    """Whether a file of Dagster's can be read to its end; one that is not there yet, or held, is no harm."""
    if not store.exists():
        return True
    try:
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("pragma quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError:
        return store.is_file()
    except sqlite3.DatabaseError:
        return False


def _set_aside(store: Path) -> None:
    """Move a damaged file aside: Dagster makes a new one, and the file holds no value of the panel."""
    aside = store.with_name(f"{store.name}.damaged-{time.time_ns()}")
    print(
        f"{store}: Dagster's record of runs is damaged. It was set aside as {aside.name} and a new one is "
        "begun: the UI forgets earlier runs, the data lose nothing.",
        file=sys.stderr,
    )
    store.rename(aside)
    for more in ("-wal", "-shm"):
        store.with_name(store.name + more).unlink(missing_ok=True)


def shown_in_timeline(instance: DagsterInstance, job: str) -> DagsterInstance:
    """The instance, which now notes of each run it creates the code location that the job comes from.

    The Timeline and the page of a job list only runs that have this; a run in the process that asked
    for it has none otherwise.
    """
    from dagster import deserialize_value

    target = {"__class__": "LoadableTargetOrigin", "module_name": LOCATION}
    location = {
        "__class__": "ManagedGrpcPythonEnvRepositoryLocationOrigin",
        "loadable_target_origin": target,
        "location_name": LOCATION,
    }
    repository = {
        "__class__": "ExternalRepositoryOrigin",
        "repository_location_origin": location,
        "repository_name": "__repository__",
    }
    origin = {
        "__class__": "ExternalPipelineOrigin",
        "external_repository_origin": repository,
        "pipeline_name": job,
    }
    known: Any = deserialize_value(json.dumps(origin))
    create = partial(instance.create_run_for_job, remote_job_origin=known)
    setattr(instance, "create_run_for_job", create)  # noqa: B010
    return instance


@contextmanager
def kept_connections(instance: DagsterInstance) -> Iterator[None]:
    """Keep the connections to SQLite files open meanwhile, into which a run writes a thousand events.

    Dagster opens each file anew for each event, and waits each time until the disk has it. Here the disk is waited
    for at SQLite's checkpoints: a crash of the machine may lose the last events, which hold no value of the panel.

    Dagster exports no storage class to inherit from, and none has an option for this. So the public methods that
    give connections are replaced on the instance, for the time of one run in this process. The UI's processes, which
    see many runs, keep Dagster's own.
    """
    storage: Any = instance.event_log_storage
    if not hasattr(storage, "conn_string_for_shard"):  # a team's database keeps its own
        yield
        return
    with KeptConnections(storage) as kept:
        replaced = {
            "run_connection": kept.of_run,
            "index_connection": kept.of_index,
            "has_table": cache(storage.has_table),
        }
        vars(storage).update(replaced)
        try:
            yield
        finally:
            for name in replaced:
                delattr(storage, name)


class KeptConnections:
    """One connection for each SQLite file of a storage of events, opened once.

    Parameters
    ----------
    storage : dagster.EventLogStorage
        It opens each file first, which makes its tables.
    """

    def __init__(self, storage: Any) -> None:
        self._file = storage.conn_string_for_shard
        self._open_run, self._open_index = storage.run_connection, storage.index_connection
        self._engines: dict[str, Engine] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> KeptConnections:
        return self

    def __exit__(self, *_: object) -> None:
        for engine in self._engines.values():
            engine.dispose()

    def of_run(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        """Return a transaction on the file of a run."""
        return self._transaction(str(run_id), partial(self._open_run, run_id))

    def of_index(self) -> AbstractContextManager[Connection]:
        """Return a transaction on the file of all runs."""
        return self._transaction(INDEX, self._open_index)

    @contextmanager
    def _transaction(
        self, shard: str, open_first: Callable[[], AbstractContextManager[Connection]]
    ) -> Iterator[Connection]:
        with self._lock:
            if shard not in self._engines:
                with open_first():
                    pass
                self._engines[shard] = _engine(self._file(shard))
            with self._engines[shard].begin() as connection:
                yield connection


def _engine(file: str) -> Engine:
    from sqlalchemy import create_engine, event

    engine = create_engine(file, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", lambda new, _: new.execute("pragma synchronous = normal"))
    return engine
