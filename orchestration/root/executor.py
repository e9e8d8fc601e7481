"""The one executor of all jobs, as LIVING_PANEL_EXECUTOR names it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from living_panel.orchestration.root import codes
from living_panel.problems import Refused

if TYPE_CHECKING:
    from dagster import ExecutorDefinition

VARIABLE = "LIVING_PANEL_EXECUTOR"
IN_PROCESS, MULTIPROCESS = "in_process", "multiprocess"
NAMES = (IN_PROCESS, MULTIPROCESS)
DEFAULT = IN_PROCESS
STEP_MODULES = (
    "dagster._core.executor.multiprocess",
    "dagster._core.storage.local_compute_log_manager",  # these two as dagster.yaml names them
    "dagster._core.storage.sqlite_storage",
    "living_panel.orchestration.step_definitions",
)
"""What the process of a step needs besides: Dagster, and the definitions with all jobs resolved."""


def executor_name() -> str:
    """The executor that the environment names, else the default.

    Raises
    ------
    ValueError
        For another name; names the choices.
    """
    name = os.environ.get(VARIABLE) or DEFAULT
    if name not in NAMES:
        raise Refused(codes.EXECUTOR(variable=VARIABLE, written=repr(name), choices=[*NAMES]))
    return name


def has_step_processes() -> bool:
    """Whether each step of a run has a process of its own."""
    return executor_name() != IN_PROCESS


def load_executor() -> None:
    """Begin to load what the processes of a run need, while something else is going on."""
    from living_panel.orchestration.root.processes import load_ahead

    load_ahead(STEP_MODULES if has_step_processes() else ())


def make_executor() -> ExecutorDefinition:
    """Return the executor for all jobs."""
    import dagster as dg

    from living_panel.orchestration.root.processes import PRELOADED, cores

    if not has_step_processes():
        return dg.in_process_executor
    preload = {"preload_modules": [*PRELOADED, *STEP_MODULES]}
    settings = {"max_concurrent": cores(), "start_method": {"forkserver": preload}}
    return dg.multiprocess_executor.configured(settings, name=MULTIPROCESS)
