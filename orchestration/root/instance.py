"""Dagster's instance, opened.

Its storage is made by one process at a time: Dagster creates and stamps its tables without a lock of its own. Two
commands started at once in a new folder would spoil them for both.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from living_panel.codes import Code
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, ProblemError

if TYPE_CHECKING:
    from dagster import DagsterInstance

WAIT_SECONDS = 120.0
STORES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
NO_ANSWER = ("OperationalError", "DagsterPostgresException")
"""Errors of libraries that are loaded for a team's settings only."""
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
                    Code.DISK_ACCESS(
                        "SQLite cannot open a file of Dagster in this folder: {reason}",
                        "make the folder writable; or set DAGSTER_STATE to a folder whose "
                        "path has at most 400 characters",
                        Place(str(settings.state)),
                        reason=error.orig,  # type: ignore[attr-defined]
                    )
                ) from error
            place = ":".join(os.environ.get(name, "?") for name in PLACE)
            reason = (str(error).strip().splitlines() or ["no answer"])[0]
            raise Unreachable(
                Code.DISK_ACCESS(
                    "PostgreSQL at {place} cannot be reached ({reason}); nothing was changed",
                    "start PostgreSQL, or correct LIVING_PANEL_PG_* (docs/deployment.md)",
                    place=place,
                    reason=reason,
                )
            ) from error


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
