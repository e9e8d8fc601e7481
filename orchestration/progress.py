"""What a person sees while a refresh runs: one line a step, room by room.

Belongs here: turning Dagster's events into lines. Not here: logging for machines, which Dagster keeps.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import dagster as dg

ROOMS = (
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
# What dagster-dbt says of its own doings, which no reader asks for.
DBT_CHATTER = ("Finished dbt", "Running dbt", "Copying `", "A dbt subsetted", "Overriding default")


class _Rooms(logging.Handler):
    """Prints a line when a room is entered, and each step's messages and time under it."""

    def __init__(self) -> None:
        super().__init__()
        self.room = ""
        self.started: dict[str, float] = {}
        self.seen: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Print what a person wants to know of one event, and pass over the rest."""
        meta: dict[str, Any] = getattr(record, "dagster_meta", {}) or {}
        event = meta.get("dagster_event")
        if event is None:
            message = str(meta.get("orig_message", record.getMessage()))
            if record.levelno >= logging.INFO and not message.startswith(DBT_CHATTER):
                self._say(f"    {message}")
            return
        kind, step = event.event_type_value, event.step_key or ""
        if kind == "STEP_START":
            self.started[step] = time.monotonic()
            self._enter(step)
        elif kind == "ASSET_MATERIALIZATION" and step.startswith(("dbt", "warehouse_build")):
            self._enter("__".join(event.asset_key.path))
        elif kind == "STEP_SUCCESS" and time.monotonic() - self.started[step] > 1:
            self._say(
                f"    {step.replace('__', '/')}: {time.monotonic() - self.started[step]:.1f} s"
            )
        elif kind == "STEP_FAILURE":
            self._say(f"    {step}: FAILED")

    def _enter(self, step: str) -> None:
        room = step.split("__")[0]
        if room in ROOMS and room not in self.seen:
            self.seen.add(room)
            self._say(f"[{ROOMS.index(room) + 1}/{len(ROOMS)}] {room}")
        elif room.startswith("dbt"):
            self._say("    dbt builds …")
        elif room == "warehouse" and room not in self.seen:
            self.seen.add(room)
            self._say("[=>] published warehouse")

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


@dg.logger({}, description="One line a step, for people at a terminal.")
def rooms_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    """Logger that prints progress room by room."""
    logger = logging.getLogger(f"rooms.{id(init_context)}")
    logger.setLevel(logging.DEBUG)  # the events of a step are debug messages
    logger.propagate = False
    logger.handlers = [_Rooms()]
    return logger
