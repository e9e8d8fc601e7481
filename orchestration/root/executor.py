"""The one executor of all jobs, as LIVING_PANEL_EXECUTOR names it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from living_panel.codes import Code
from living_panel.problems import Refused

if TYPE_CHECKING:
    from dagster import ExecutorDefinition

VARIABLE = "LIVING_PANEL_EXECUTOR"
IN_PROCESS, MULTIPROCESS, CELERY = "in_process", "multiprocess", "celery"
NAMES = (IN_PROCESS, MULTIPROCESS, CELERY)
DEFAULT = IN_PROCESS
STEP_MODULES = (
    "dagster._core.executor.multiprocess",
    "dagster._core.storage.local_compute_log_manager",  # these two as dagster.yaml names them
    "dagster._core.storage.sqlite_storage",
    "living_panel.orchestration.step_definitions",
)
"""What the process of a step needs besides: Dagster, and the definitions with all jobs resolved."""
CELERY_VARIABLES = {
    "broker": "LIVING_PANEL_CELERY_BROKER",
    "backend": "LIVING_PANEL_CELERY_BACKEND",
}
"""Addresses of Celery's queue of steps and of its store of answers; `deploy/celery.yaml` names them to the workers."""


def executor_name() -> str:
    """The executor that the environment names, else the default.

    Raises
    ------
    Refused
        For another name, with the choices; for Celery without its package or without an address.
    """
    name = os.environ.get(VARIABLE) or DEFAULT
    if name not in NAMES:
        raise Refused(
            Code.ENVIRONMENT(
                "{variable}={written} is not a known executor",
                "write {choices:or}",
                variable=VARIABLE,
                written=repr(name),
                choices=[*NAMES],
            )
        )
    if name == CELERY:
        if missing := [v for v in CELERY_VARIABLES.values() if not os.environ.get(v)]:
            raise Refused(
                Code.ENVIRONMENT(
                    "{variable}=celery needs addresses in {variables}",
                    "set them; docs/deployment.md has an example with Redis",
                    variable=VARIABLE,
                    variables=missing,
                )
            )
        if find_spec("dagster_celery") is None:
            raise Refused(
                Code.NOT_INSTALLED(
                    "{variable}=celery needs the package dagster-celery, which is not installed",
                    "install the extra `celery`: `pip install 'living-panel[celery]'`",
                    variable=VARIABLE,
                )
            )
    return name


def has_step_processes() -> bool:
    """Whether steps run in other processes than the run, several at once."""
    return executor_name() != IN_PROCESS


def has_own_process() -> bool:
    """Whether a step has a process of its own, so that the limits of a table may end it."""
    return executor_name() == MULTIPROCESS


def load_executor() -> None:
    """Begin to load what the processes of a run need, while something else is going on."""
    from living_panel.orchestration.root.processes import load_ahead

    load_ahead(STEP_MODULES if has_own_process() else ())


def make_executor() -> ExecutorDefinition:
    """Return the executor for all jobs."""
    import dagster as dg

    from living_panel.orchestration.root.processes import PRELOADED, cores

    name = executor_name()
    if name == IN_PROCESS:
        return dg.in_process_executor
    if name == CELERY:
        from dagster_celery import celery_executor

        addresses = {key: {"env": variable} for key, variable in CELERY_VARIABLES.items()}
        return celery_executor.configured(addresses, name=CELERY)
    preload = {"preload_modules": [*PRELOADED, *STEP_MODULES]}
    settings = {"max_concurrent": cores(), "start_method": {"forkserver": preload}}
    return dg.multiprocess_executor.configured(settings, name=MULTIPROCESS)
