"""Message of a failed step: our words where we wrote them, else the innermost cause."""

from __future__ import annotations

from typing import Any


def explanation(event: Any) -> str:
    """Words of a Dagster event that reports a failed step or run; empty where it has none."""
    if event.event_type_value == "PIPELINE_FAILURE":
        error = getattr(event.event_specific_data, "error", None)
        return _innermost(error) if error else ""
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return f"{event.step_key}: {data.user_failure_data.description}"
    return f"{event.step_key}: {_innermost(data.error)}" if data.error else ""


def _innermost(error: Any) -> str:
    while (
        error.cause and error.cause.cls_name != "_RemoteTraceback"
    ):  # a worker's own lines of code
        error = error.cause
    if error.cls_name == "DagsterExecutionInterruptedError":
        return "stopped before it ended. Remedy: start it again."
    return str(error.message).strip()
