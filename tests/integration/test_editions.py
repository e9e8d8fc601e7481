"""An edition arrives: what starts a refresh, how much it does, how a failed one is repaired.

The sensors and the schedule are evaluated by Dagster itself; refreshes run on copied data roots.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
import pytest

from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.assets.registry import Project
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.sources import (
    ingestion_assets,
    newest_edition,
    newest_figures,
)
from living_panel.orchestration.automation import sensors
from living_panel.orchestration.automation.jobs import refresh
from living_panel.orchestration.automation.schedules import yearly_refresh
from living_panel.orchestration.automation.sensors import landing_sensor, note_failure
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import load_settings
from tests.fixtures.landed import withdraw
from tests.integration.roots import (
    REPOSITORY,
    command,
    drop,
    environment,
    figure,
    figures,
    inventory,
)

GDP = ("地区生产总值", "亿元")


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data root that this process works on."""
    root = tmp_path / "data"
    (root / "landing").mkdir(parents=True)
    monkeypatch.setenv("LIVING_PANEL_DATA", str(root))
    monkeypatch.setenv("DAGSTER_STATE", str(tmp_path / "state"))
    return root


def unlocked_workplace(root: Path) -> Workplace:
    return Workplace(root=str(root), state=str(root.parent / "state"), locked=False)


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """The stages that editions reach first, with the trigger of their refresh."""
    place = unlocked_workplace(tmp_path_factory.mktemp("definitions") / "data")
    return dg.Definitions(
        assets=ingestion_assets(Project(load_settings(), [], {})),
        jobs=[refresh],
        schedules=[yearly_refresh],
        sensors=[landing_sensor],
        resources={"unlocked_workplace": place, "workplace": place},
    )


def requests(root: Path, defs: dg.Definitions) -> list[tuple[str | None, str | None]]:
    """Editions and run key of every run that the landing sensor asks for."""
    resources = {"unlocked_workplace": unlocked_workplace(root)}
    with (
        dg.instance_for_test() as instance,
        dg.build_sensor_context(
            instance=instance, resources=resources, definitions=defs
        ) as context,
    ):
        tick = landing_sensor.evaluate_tick(context)
    assert bool(tick.run_requests) != bool(tick.skip_message)
    return [(_editions(r), r.run_key) for r in tick.run_requests or []]


def _editions(request: dg.RunRequest) -> str:
    ends = [v for k, v in sorted(request.tags.items(), reverse=True) if "partition_range" in k]
    return request.partition_key or "...".join(ends)


def test_the_sensor_asks_once_for_all_that_arrived(
    inbox: Path, defs: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert requests(inbox, defs) == []
    file = drop(inbox, "statistical_yearbook", 2026, "a.csv", figures(*GDP, [2023], 100.0))
    assert requests(inbox, defs) == [], "files may still be arriving"
    yesterday = time.time() - 86400
    with monkeypatch.context() as patch:
        patch.setattr(sensors.time, "time", lambda: yesterday)
        assert requests(inbox, defs), "a clock that was set back holds up nothing"
    monkeypatch.setattr(sensors, "QUIET_SECONDS", 0)
    first = requests(inbox, defs)
    assert [edition for edition, _ in first] == ["2026"]
    assert requests(inbox, defs) == first, "the same content is the same run"
    content = file.read_bytes()
    file.unlink()
    assert requests(inbox, defs) != first
    file.write_bytes(content)
    assert requests(inbox, defs) == first, "dropped again, the same content is still the same run"
    drop(inbox, "statistical_yearbook", 2026, "a.csv", figures(*GDP, [2023], 200.0))
    other = requests(inbox, defs)
    assert [edition for edition, _ in other] == ["2026"] and other != first
    drop(inbox, "postal_express", 2026, "b.csv", figures("快递业务量", "万件", [2023], 5.0))
    drop(inbox, "statistical_yearbook", 2024, "c.csv", figures(*GDP, [2022], 1.0))
    assert [edition for edition, _ in requests(inbox, defs)] == ["2024...2026"], "one run for both"


def test_a_file_without_its_receipt_starts_nothing(
    inbox: Path, defs: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "QUIET_SECONDS", 0)
    file = drop(inbox, "commerce_fdi", 2022, "half.csv", figures(*GDP, [2021], 1.0))
    receipt = file.with_name(file.name + ".receipt.yml")
    whole = receipt.read_text(encoding="utf-8")
    receipt.write_text(whole[: len(whole) // 2], encoding="utf-8")
    assert requests(inbox, defs) == [], "a receipt that is still being written"
    receipt.unlink()
    assert requests(inbox, defs) == []


def test_the_schedule_asks_for_the_newest_edition_once_a_year(defs: dg.Definitions) -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    times = dg.TimeWindowPartitionsDefinition(
        start=datetime(2026, 11, 25),
        fmt="%Y-%m-%d %H",
        cron_schedule=str(yearly_refresh.cron_schedule),
        timezone=yearly_refresh.execution_timezone,
    ).get_partition_keys(current_time=datetime(2029, 12, 1, tzinfo=shanghai))
    assert times == ["2027-11-01 06", "2028-11-01 06"]
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2027, 11, 1, 6, tzinfo=shanghai),
            repository_def=defs.get_repository_def(),
        )
        tick = yearly_refresh.evaluate_tick(context)
    newest = str(max(catalog.all_editions()))
    assert [(r.partition_key, r.run_key) for r in tick.run_requests or []] == [
        (newest, "2027-11-01")
    ]


def test_freshness_is_of_the_newest_figures_not_of_the_last_run(tmp_path: Path) -> None:
    bundled = REPOSITORY / "data" / "archive" / "commerce_fdi"
    newer = shutil.ignore_patterns("2026")  # provinces end with the edition of 2022
    shutil.copytree(bundled, tmp_path / "archive" / "commerce_fdi", ignore=newer)
    old = newest_figures("commerce_fdi")(unlocked_workplace(tmp_path))
    newest = newest_edition(tmp_path, "commerce_fdi")
    assert newest is not None and newest < date.today().year - 2
    assert not old.passed and old.severity == dg.AssetCheckSeverity.WARN


def broken() -> dg.JobDefinition:
    @dg.op
    def stops() -> None:
        raise ValueError("row 5: 火星 is no province")

    @dg.job
    def refresh() -> None:
        stops()

    return refresh


@pytest.mark.parametrize("hook", ["tell.sh", "nobody.sh", "mail -s 'no end"])
def test_a_failed_run_is_told_once(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    works = tmp_path / "tell.sh"
    works.write_text(f'#!/bin/sh\ncat >> "{tmp_path}/told.txt"\n', encoding="utf-8")
    works.chmod(0o755)
    monkeypatch.setenv("LIVING_PANEL_NOTIFY", f"{tmp_path}/{hook}")
    with dg.instance_for_test() as instance:
        failed = broken().execute_in_process(instance=instance, raise_on_error=False)
        event = next(
            e for e in failed.all_events if e.event_type == dg.DagsterEventType.RUN_FAILURE
        )
        context = dg.build_run_status_sensor_context(
            "failure_sensor",
            dagster_event=event,
            dagster_instance=instance,
            dagster_run=failed.dagster_run,
        ).for_run_failure()
        note_failure(load_settings(), context)
        note_failure(load_settings(), context)
    known = state.read(load_settings().root, "failures")
    assert [entry["run_id"] for entry in known] == [failed.run_id]
    said = status(load_settings())
    assert "Failures    1 not mended" in said and failed.run_id[:8] in said
    if hook == works.name:
        assert known[0]["told"] == "ok"
        told = (tmp_path / "told.txt").read_text(encoding="utf-8")
        assert told.count("living-panel: refresh") == 1 and failed.run_id[:8] in told
        assert "火星 is no province" in told, "the hook gets the remedy"
    else:
        assert known[0]["told"].startswith("hook failed")


def parts(root: Path) -> dict[str, int]:
    """Every extracted part with the time it was written."""
    found = root.glob("extracted/*/*/*/part.parquet")
    return {str(p.relative_to(root / "extracted")): p.stat().st_mtime_ns for p in found}


def test_one_edition_from_dagster_s_own_command_line_does_no_more_than_it_must(
    root: Path,
) -> None:
    before, kept, link = parts(root), inventory(root), os.path.realpath(root / "warehouse.duckdb")
    own = environment(root)
    own |= {"DAGSTER_HOME": own["DAGSTER_STATE"]}
    assert command(root, "status").returncode == 0  # puts dagster.yaml into Dagster's home
    done = subprocess.run(
        [Path(sys.executable).parent / "dagster", "asset", "materialize",
         "-m", "living_panel.orchestration.definitions", "--partition", "2023",
         "--select", "not group:fetch and not group:as_of"],
        cwd=root.parent, env=own, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    written = {part.split("/")[1] for part, time in parts(root).items() if before[part] != time}
    assert written <= {"edition=2023"}
    assert inventory(root) == kept
    assert os.path.realpath(root / "warehouse.duckdb") == link


def test_a_new_edition_that_shrinks_stops_with_the_list_and_is_repaired(
    root: Path,
) -> None:
    """The edition's own partition is all that is refreshed, when it fails and when it is mended."""
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        published = connection.execute(
            "select p.province_zh, o.value from marts.observations o join marts.provinces p "
            "using (province_code) where measure = 'gdp_cny_100m' and year = 2024"
        ).fetchall()
    rows = [figure(*GDP, name, 2024, round(value * 1.01, 2)) for name, value in published]
    kept, link, before = inventory(root), os.path.realpath(root / "warehouse.duckdb"), parts(root)
    only = ("run", "--first", "2025", "--last", "2025")
    drop(root, "statistical_yearbook", 2025, "gdp.csv", rows[:20])
    done = command(root, *only)
    assert done.returncode == 1
    assert "expected_coverage" in done.stderr and "remedy=" in done.stderr
    assert {k: t for k, t in inventory(root).items() if k in kept} == kept
    assert os.path.realpath(root / "warehouse.duckdb") == link
    assert "1 not mended" in command(root, "status").stdout

    withdraw(
        root, "statistical_yearbook", 2025, "2026-11-25", "eleven missing", on=date(2026, 11, 26)
    )
    drop(root, "statistical_yearbook", 2025, "gdp.csv", rows, vintage="2026-11-26")
    done = command(root, *only)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Failures    none" in command(root, "status").stdout
    written = {p.rsplit("/", 1)[0] for p, t in parts(root).items() if before.get(p) != t}
    assert {w.split("/")[1] for w in written} == {"edition=2025"}
    after = inventory(root)
    # of comparisons only the newest is kept
    lasting = {k: t for k, t in kept.items() if not k.startswith("artifacts/drift/")}
    assert {k: after[k] for k in lasting} == lasting
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        origin = connection.execute(
            "select distinct edition from marts.observations where measure = 'gdp_cny_100m' and year = 2024"
        ).fetchall()
    assert origin == [(2026,)], (
        "the later edition still wins; the repaired one is there as a candidate"
    )
