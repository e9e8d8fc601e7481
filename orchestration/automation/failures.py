"""Message of a failed step: our words where we wrote them, else the innermost cause."""

from __future__ import annotations

from typing import Any, NamedTuple


class Explanation(NamedTuple):
    """Why a step failed: `text` as it is told, `reason` without the name of the error's class.

    The step is "" for the run as a whole.
    """

    step: str
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.step}: {self.text}" if self.step else self.text


def explanation(event: Any) -> Explanation | None:
    """Words of a Dagster event that reports a failed step or run; None where it has none."""
    if event.event_type_value == "PIPELINE_FAILURE":
        error, step = getattr(event.event_specific_data, "error", None), ""
    else:
        data, step = event.step_failure_data, event.step_key
        if data.user_failure_data and data.user_failure_data.description:
            description = data.user_failure_data.description
            return Explanation(step, description, description)
        error = data.error
    return Explanation(step, *_innermost(error)) if error else None


def _innermost(error: Any) -> tuple[str, str]:
    """Message of the innermost cause, and the same without the class that Dagster writes before it."""
    while (
        error.cause and error.cause.cls_name != "_RemoteTraceback"
    ):  # a worker's own lines of code
        error = error.cause
    if error.cls_name == "DagsterExecutionInterruptedError":
        text = "stopped before it ended. Remedy: start it again."
        return text, text
    text = str(error.message).strip()
    return text, text.partition(f"{error.cls_name}: ")[2] or text
