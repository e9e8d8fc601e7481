"""Dagster's instance: opened, and its runs from a terminal made to look like any other.

Its storage is made by one process at a time: Dagster creates and stamps its tables without a lock of its
own, so that two commands started at once in a new folder would spoil them for both.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from orchestration.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

WAIT_SECONDS = 120.0
LOCATION = "orchestration.definitions"  # as pyproject.toml names it to Dagster


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
