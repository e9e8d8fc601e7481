"""The cause of a failed run is reported once, in our words where we wrote them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from living_panel.orchestration.commands.refresh import RunOutcome, _read_events

REASON = "bad.csv, row 5: 火星 is no province"


def error(message: str, cause: Any = None) -> Any:
    return SimpleNamespace(message=message, cause=cause, cls_name=message.split(":")[0])


def step(key: str, description: str | None, because: Any = None) -> Any:
    said = SimpleNamespace(description=description, metadata={}) if description else None
    data = SimpleNamespace(user_failure_data=said, error=because)
    return SimpleNamespace(event_type_value="STEP_FAILURE", step_key=key, step_failure_data=data)


def run(first_step: Any, because: Any = None) -> Any:
    data = SimpleNamespace(first_step_failure_event=first_step, error=because)
    return SimpleNamespace(event_type_value="PIPELINE_FAILURE", event_specific_data=data)


def test_a_run_that_fails_outside_of_its_steps_says_why() -> None:
    outcome = RunOutcome(success=False, run_id="r")
    _read_events([run(None, error("DagsterError: outer", error("OSError: no space")))], outcome)
    assert outcome.failures == ["OSError: no space"]


def test_a_reason_is_told_once_whoever_repeats_it() -> None:
    outcome = RunOutcome(success=False, run_id="r")
    in_a_worker = error("ValueError: no receipt", error("_RemoteTraceback: lines of code"))
    described = step("extracted__a", f"{REASON}\nNothing was written.")
    repeated = step("extracted__b", f"{REASON}\nNothing was written.")
    others = [step("marts", None, error("disk full")), step("artifacts__x", None, in_a_worker)]
    _read_events([described, repeated, *others, run(first_step=described)], outcome)
    assert outcome.failures == [
        f"extracted__a: {REASON}\nNothing was written.",
        "marts: disk full",
        "artifacts__x: ValueError: no receipt",
    ]


def test_a_run_that_is_stopped_from_outside_says_so_and_what_to_do() -> None:
    outcome = RunOutcome(success=False, run_id="r")
    why = error("DagsterExecutionInterruptedError: step interrupted")
    _read_events([step("artifacts__drift", None, why)], outcome)
    assert outcome.failures == [
        "artifacts__drift: the run stopped before its end. Fix: start it again."
    ]
