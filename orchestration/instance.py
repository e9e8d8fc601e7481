"""Dagster's instance: its storage is made by one process at a time.

Belongs here: opening the instance. Not here: where its folder is (settings), the lock of a refresh
(lock). Dagster creates and stamps its tables without a lock of its own, so that two commands started
at once in a new folder would spoil them for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from filelock import FileLock

from orchestration.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

WAIT_SECONDS = 120.0


def open_instance(settings: Settings) -> DagsterInstance:
    """Dagster's instance of this state folder, its tables made if they are not there.

    Raises
    ------
    filelock.Timeout
        Naming the lock file, after two minutes in which another process has not made the tables.
    """
    from dagster import DagsterInstance

    with FileLock(settings.state / "instance.lock", timeout=WAIT_SECONDS):
        return DagsterInstance.get()
