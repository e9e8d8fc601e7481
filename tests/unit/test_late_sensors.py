"""What the start page says of failures and of a refresh that goes on; links of the UI to the pages of its own root."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from living_panel.codes import Code
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.automation import sensors
from living_panel.orchestration.automation.sensors import (
    called,
    forget_failures,
    note_failure,
    record_failure,
)
from living_panel.orchestration.commands.refresh import RunOutcome, record_reasons
from living_panel.orchestration.commands.start_page import next_steps
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.root import state
from living_panel.orchestration.root.lock import refresh_lock
from living_panel.orchestration.root.settings import Settings
from tests.fixtures.landed import land

PLACE = ("postal_express", 2025)
FAILS = {"ops": {"work": {"config": {"fail": True}}}}
WORKS = {"ops": {"work": {"config": {"fail": False}}}}


@dg.op(config_schema={"fail": bool})
def work(context: dg.OpExecutionContext) -> None:
    if context.op_config["fail"]:
        raise ValueError("row 5 has no unit")


@dg.job
def fetch() -> None:
    work()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data" / "landing").mkdir(parents=True)
    return Settings(tmp_path / "data", tmp_path / "state")


def test_a_landed_file_that_is_replaced_under_its_name_asks_for_another_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "QUIET_SECONDS", 0)
    place = Workplace(root=str(settings.root), state=str(settings.state), locked=False)
    keys = []
    for content in (b"first", b"corrected", b"first"):
        land(settings.root, PLACE, content)
        with dg.build_sensor_context(resources={"unlocked_workplace": place}) as context:
            asked = sensors.landing_sensor(context)
        keys.append((asked.partition_key, asked.run_key))
    assert keys[0] == keys[2] != keys[1]
    assert {partition for partition, _ in keys} == {"2025"}


def late_failure(
    instance: dg.DagsterInstance, run: dg.ExecuteInProcessResult
) -> dg.RunFailureSensorContext:
    """What the failure sensor gets, after whatever happened meanwhile."""
    (event,) = [e for e in run.all_events if e.event_type_value == "PIPELINE_FAILURE"]
    return dg.build_run_status_sensor_context(
        sensor_name="failure_sensor", dagster_event=event, dagster_instance=instance, dagster_run=run.dagster_run
    ).for_run_failure()  # fmt: skip


@pytest.mark.parametrize(("runs", "is_said"), [("FS", False), ("SF", True), ("F", True)])
def test_a_failure_is_said_unless_a_later_run_succeeded(
    settings: Settings, runs: str, is_said: bool
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = [
            fetch.execute_in_process(FAILS if run == "F" else WORKS, instance, raise_on_error=False)
            for run in runs
        ]
        failed = next(run for run in done if not run.success)
        note_failure(settings, late_failure(instance, failed))
    assert [f["job"] for f in state.read(settings.root, "failures")] == ["fetch"] * is_said
    words = " ".join(step.words for step in next_steps(settings))
    assert ("The last run of fetch failed" in words) == is_said


def test_a_success_that_is_seen_late_forgets_no_later_failure(settings: Settings) -> None:
    record_failure(settings, "1f0e2d3c", called("fetch", None), "row 5 has no unit")
    forget_failures(settings, "fetch", datetime.now(UTC) - timedelta(minutes=1))
    assert state.read(settings.root, "failures")
    forget_failures(settings, "fetch", datetime.now(UTC) + timedelta(seconds=1))
    assert not state.read(settings.root, "failures")


def test_a_damaged_record_of_failures_hides_no_reason_of_a_run(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    monkeypatch.setenv("LIVING_PANEL_NOTIFY", f"tee {told}")
    note = state.path(settings.root, "failures")
    note.parent.mkdir()
    note.write_text("[{", encoding="utf-8")
    outcome = RunOutcome(success=False, run_id="1f0e2d3c", failures=["row 5 has no unit"])
    record_reasons(settings, "refresh", outcome)
    first, second = outcome.failures
    assert first == "row 5 has no unit" and str(note) in second and Code.DAMAGED in second
    assert "row 5 has no unit" in told.read_text(encoding="utf-8")


def test_a_refresh_that_goes_on_has_not_stopped(settings: Settings) -> None:
    state.write(settings.root, "next", [ENTRY])
    assert "a refresh was stopped" in status(settings)
    with refresh_lock(settings.root, "run 1f0e2d3c", say=lambda _: None):
        said = status(settings)
    assert "a refresh was stopped" not in said and "run 1f0e2d3c" in said


ENTRY = {"table_id": "t", "artifact_id": "a" * 16, "release_id": "r" * 16}
