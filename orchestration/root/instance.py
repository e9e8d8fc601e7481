"""Dagster's instance: opened, and its runs from a terminal made to look like any other.

Its storage is made by one process at a time: Dagster creates and stamps its tables without a lock of its own. Two
commands started at once in a new folder would spoil them for both.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from ingestion.problems import ProblemError
from orchestration.root import codes
from orchestration.root.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from sqlalchemy import Connection, Engine

WAIT_SECONDS = 120.0
BUSY_SECONDS = 30  # for a file that another process writes at this moment; as Dagster has it
STORES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
NO_ANSWER = ("OperationalError", "DagsterPostgresException")
"""Errors of libraries that are loaded for a team's settings only."""
FILES = "SqliteEventLogStorage"
"""Dagster's storage of events in SQLite files, a class that it does not export."""
PLACE = ("LIVING_PANEL_PG_HOST", "LIVING_PANEL_PG_PORT")
LOCATION = "orchestration.definitions"  # as pyproject.toml names it to Dagster


class Unreachable(ProblemError, RuntimeError):
    """The database of a team's settings does not answer."""


def open_instance(settings: Settings) -> DagsterInstance:
    """Dagster's instance of this state folder, its tables made if they are not there or damaged.

    Raises
    ------
    filelock.Timeout
        Naming the lock file, after two minutes in which another process has not made the tables.
    Unreachable
        If the database that a team's settings name cannot be reached.
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
    """Put a damaged file away: Dagster makes a new one, and no figure is in it."""
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
    for at SQLite's checkpoints: a crash of the machine may lose the last events, which hold no figure.
    """
    from sqlalchemy import create_engine, event

    engines: list[Engine] = []
    storage: Any = instance.event_log_storage
    if type(storage).__name__ != FILES:  # a team's database keeps its own
        yield
        return

    @cache
    def engine_of(shard: str) -> Engine:
        engine = create_engine(
            storage.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS}
        )
        event.listen(engine, "connect", lambda new, _: new.execute("pragma synchronous = normal"))
        engines.append(engine)
        return engine

    @contextmanager
    def connect(shard: str) -> Iterator[Connection]:
        if shard not in storage._initialized_dbs:
            with make_tables(shard):
                pass
        with storage._db_lock, engine_of(shard).begin() as connection:
            yield connection

    make_tables, own = (
        storage._connect,
        {"_connect": connect, "has_table": cache(storage.has_table)},
    )
    vars(storage).update(own)
    try:
        yield
    finally:
        for name in own:
            delattr(storage, name)
        for engine in engines:
            engine.dispose()
