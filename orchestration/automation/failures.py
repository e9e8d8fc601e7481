"""Message of a failed step: the project's own error text, or else the innermost cause."""

from __future__ import annotations

from typing import Any, NamedTuple

from living_panel.codes import Code
from living_panel.orchestration.root import sentences as root_sentences
from living_panel.orchestration.root.failure import PROBLEMS
from living_panel.orchestration.root.limits import MEMORY_VARIABLE


class Explanation(NamedTuple):
    """Reason why a step failed; the step is "" if the run as a whole failed."""

    step: str
    text: str
    problems: tuple[dict[str, Any], ...] = ()
    """The problems of the step with code, place and fields, where it has any."""

    def __str__(self) -> str:
        return f"{self.step}: {self.text}" if self.step else self.text


def explanation(event: Any) -> Explanation | None:
    """Words of a Dagster event that reports a failed step or run.

    None where it has none, and for a run that failed because a step did: the step's own event says why.
    """
    if event.event_type_value == "PIPELINE_FAILURE":
        data, step = event.event_specific_data, ""
        if data.first_step_failure_event is not None:
            return None
        error = data.error
    else:
        data, step = event.step_failure_data, event.step_key
        if data.user_failure_data and data.user_failure_data.description:
            held = data.user_failure_data.metadata.get(PROBLEMS)
            problems = tuple(held.value) if held else ()
            return Explanation(step, data.user_failure_data.description, problems)
        error = data.error
    return Explanation(step, _innermost(error)) if error else None


def _innermost(error: Any) -> str:
    """Message of the innermost cause."""
    while (
        error.cause and error.cause.cls_name != "_RemoteTraceback"
    ):  # a worker's own lines of code
        error = error.cause
    if error.cls_name == "DagsterExecutionInterruptedError":
        return Code.PUBLISH("the run stopped before its end", "start it again").sentence
    if error.cls_name == "ChildProcessCrashException":
        return root_sentences.WORKER_DIED(variable=MEMORY_VARIABLE).sentence
    return str(error.message).strip()
