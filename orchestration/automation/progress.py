"""Progress of a refresh: one line a step, stage by stage, and the progress of a long step."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import Any

import dagster as dg

from living_panel.orchestration.root.executor import CELERY, executor_name, has_step_processes

STAGES = (
    "landing",
    "archive",
    "extracted",
    "staging",
    "intermediate",
    "marts",
    "release",
    "artifacts",
    "results",
)
TICK_SECONDS = 5.0


def mark_library_record(record: logging.LogRecord) -> bool:
    """Mark a record as one that a library logged; a filter that lets every record pass.

    Libraries log with `dagster.get_dagster_logger()`, this project with the log of a step's context.
    """
    record.is_of_library = True
    return True


class _StageHandler(logging.Handler):
    """Prints a line when a stage begins, and below it the messages and time of each step."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = ""
        self.started: dict[str, float] = {}
        self.seen: set[str] = set()
        self.inside: dict[str, float] = {}
        threading.Thread(target=self._tick, daemon=True).start()

    def _tick(self) -> None:
        """Print that a long step is still running, with or without a terminal."""
        while True:
            time.sleep(TICK_SECONDS)
            for step, since in list(self.inside.items()):
                name, spent = step.replace("__", "/"), time.monotonic() - since
                often = spent < 60 or spent % 30 < TICK_SECONDS
                if spent >= TICK_SECONDS and often:
                    self._print_line(f"    … {name}: {spent:.0f} s so far")

    def emit(self, record: logging.LogRecord) -> None:
        """Print the line of an event if it concerns a person; omit other events."""
        meta: dict[str, Any] = getattr(record, "dagster_meta", {}) or {}
        event = meta.get("dagster_event")
        if event is None:
            # a message of a step that has not begun is Dagster's own, such as why it is skipped
            is_engines = meta.get("step_key") not in (None, *self.started)
            is_librarys = getattr(record, "is_of_library", False)
            if record.levelno >= logging.INFO and not is_engines and not is_librarys:
                self._print_line(f"    {meta.get('orig_message', record.getMessage())}")
            return
        kind, step = event.event_type_value, event.step_key or ""
        if kind in ("STEP_SUCCESS", "STEP_FAILURE") or kind.startswith("PIPELINE_"):
            self.inside.pop(step, None)
        if kind == "STEP_START":
            self.started[step] = self.inside[step] = time.monotonic()
            self._enter(step)
        elif kind == "ENGINE_EVENT" and step and executor_name() == CELERY:
            self._print_line(f"    {step.replace('__', '/')}: waits for a worker")
        elif kind == "ASSET_MATERIALIZATION" and step.startswith(("dbt", "warehouse_build")):
            self._enter("__".join(event.asset_key.path))
        elif kind == "STEP_SUCCESS":
            if (spent := time.monotonic() - self.started[step]) > 1:
                self._print_line(f"    {step.replace('__', '/')}: {spent:.1f} s")
        elif kind == "STEP_FAILURE":
            self._print_line(f"    {step}: FAILED")

    def _enter(self, step: str) -> None:
        stage = step.split("__")[0]
        if has_step_processes():  # which do not know of each other
            return
        if stage in STAGES and stage not in self.seen:
            self.seen.add(stage)
            self._print_line(f"[{STAGES.index(stage) + 1}/{len(STAGES)}] {stage}")
        elif stage.startswith("dbt"):
            self._print_line("    dbt builds …")
        elif stage == "warehouse" and stage not in self.seen:
            self.seen.add(stage)
            self._print_line("[=>] published warehouse")

    def _print_line(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


@dg.logger({}, description="Prints one line for each step in the terminal.")
def stages_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    """Logger that prints progress stage by stage."""
    logger = logging.getLogger(f"stages.{id(init_context)}")
    logger.setLevel(logging.DEBUG)  # the events of a step are debug messages
    logger.propagate = False
    dg.get_dagster_logger().addFilter(mark_library_record)
    logger.handlers = [_StageHandler()]
    return logger
