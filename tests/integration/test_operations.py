"""Jobs of the UI other than a refresh: verify, rollback, and a comparison by name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import duckdb
import pytest

from living_panel.codes import Code
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provenance.receipts import read_receipt, receipt_path
from living_panel.ingestion.storage import archive, inbox
from living_panel.orchestration import automation
from living_panel.orchestration.assets import sources
from living_panel.orchestration.assets.comparisons import drift_asset
from living_panel.orchestration.assets.publication import publish
from living_panel.orchestration.assets.registry import registered_automation
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.sides import accept
from living_panel.orchestration.assets.sources import EDITIONS, archive_asset, extracted_asset
from living_panel.orchestration.automation.failures import explanation
from living_panel.orchestration.automation.jobs import edition_range
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.root import ledger, state
from living_panel.orchestration.root.readers import rolled_back
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import small_root
from tests.fixtures.landed import land
from tests.fixtures.sources.documents import xlsx
from tests.fixtures.sources.taught import trade_rows


@pytest.fixture
def settings(refreshed_small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shutil.copytree(refreshed_small, tmp_path / "data", symlinks=True)
    for name, value in small_root.environment(tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    return Settings(root=tmp_path / "data", state=tmp_path / "state")


def start(settings: Settings, name: str, /, **config: Any) -> tuple[bool, str]:
    """Run a job of the UI; whether it succeeded, and what it said."""
    (job,) = (job for job in registered_automation(automation) if job.name == name)
    (node,) = job.nodes
    with dg.instance_for_test() as instance:
        result = job.execute_in_process(
            instance=instance,
            resources={
                "workplace": Workplace.of(settings),
                "unlocked_workplace": Workplace.of(settings, locked=False),
            },
            run_config={"ops": {node.name: {"config": config}}} if config else None,
            raise_on_error=False,
        )
        said = [e.user_message for e in instance.all_logs(result.run_id)]
        said += [
            e.step_failure_data.user_failure_data.description or ""
            for e in result.all_events
            if e.is_step_failure and e.step_failure_data.user_failure_data
        ]
        said += [
            str(value.value)
            for e in result.all_events
            if e.is_successful_output
            for value in e.step_output_data.metadata.values()
        ]
    return result.success, "\n".join(said)


def test_verify_says_that_all_is_well_and_fails_with_what_is_not(settings: Settings) -> None:
    assert start(settings, "verify")[0]
    settings.published.resolve().chmod(0o644)
    with duckdb.connect(str(settings.published.resolve())) as connection:
        connection.execute("update results.coefficients set estimate = estimate + 1")
    done, said = start(settings, "verify")
    assert not done and "LP-PUBLISH-CHANGED" in said


def test_rollback_needs_a_file_before_and_then_says_which(settings: Settings) -> None:
    first = settings.published.resolve().stem
    done, said = start(settings, "rollback")
    assert not done and "was published before" in said
    other = settings.root / "other.duckdb"
    shutil.copy(settings.build_file(None), other)
    with duckdb.connect(str(other)) as connection:
        connection.execute("comment on table marts.panel is 'another'")
        connection.execute("update results.artifacts set title = 'another'")
    publish(settings, other, first.split("-")[0])
    done, said = start(settings, "rollback")
    assert done and f"The published file is now {first}-back.duckdb" in said
    assert rolled_back(settings)


SOURCE = "statistical_yearbook"


@contextmanager
def taken(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """A run of the first stages of the yearbook, over all editions."""
    assets = [archive_asset(SOURCE), extracted_asset(SOURCE)]
    job = dg.define_asset_job("j", selection="*", executor_def=dg.in_process_executor)
    resources = {"workplace": Workplace.of(settings)}
    with dg.instance_for_test() as instance:
        made = dg.Definitions(assets=assets, jobs=[job], resources=resources).resolve_job_def("j")
        assert made.execute_in_process(instance=instance, tags=edition_range()).success
        yield instance


def test_a_file_that_comes_while_others_are_taken_waits_and_no_receipt_is_accused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It belongs to an existing vintage, whose receipt is in the ledger."""

    def looked(root: Path) -> list[inbox.Pending]:
        found = inbox.pending(root)
        small_root.next_edition(root)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(sources, "inbox", SimpleNamespace(**vars(inbox) | {"pending": looked}))
        with taken(settings):
            assert ledger.check(settings.root, ("receipt",)) == []
    assert len(inbox.pending(settings.root)) == 3
    with taken(settings):
        assert ledger.check(settings.root, ("receipt",)) == []
    assert not inbox.pending(settings.root)


@pytest.fixture
def unrefreshed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A root with files in landing and nothing else: these tests need no refresh before them."""
    for name, value in small_root.environment(tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    return Settings(root=tmp_path / "data", state=tmp_path / "state")


@pytest.mark.parametrize("over", ["assets", "the job"])
def test_a_backfill_over_assets_says_what_to_press_instead(
    unrefreshed: Settings, over: str
) -> None:
    """One over the job goes on; the other is stopped before it takes anything from landing."""
    settings = unrefreshed
    landed = small_root.next_edition(settings.root)
    assets = [archive_asset(SOURCE), extracted_asset(SOURCE)]
    job = dg.define_asset_job("refresh", selection="*", executor_def=dg.in_process_executor)
    resources = {"workplace": Workplace.of(settings)}
    made = dg.Definitions(assets=assets, jobs=[job], resources=resources)
    chosen = (
        made.resolve_implicit_global_asset_job_def()
        if over == "assets"
        else made.resolve_job_def("refresh")
    )
    with dg.instance_for_test() as instance:
        result = chosen.execute_in_process(
            instance=instance,
            tags={**edition_range(), "dagster/backfill": "abc"},
            raise_on_error=False,
        )
        said = "".join(str(explanation(e)) for e in result.all_events if e.is_step_failure)
    if over == "the job":
        assert result.success and not any(file.exists() for file in landed)
        return
    assert not result.success and "LP-PUBLISH" in said, said
    assert all(file.exists() for file in landed)


@pytest.mark.parametrize("with_publication", [False, True], ids=["one asset", "to publication"])
def test_one_partition_of_an_archive_asset_obeys_the_same_rule(
    unrefreshed: Settings, with_publication: bool
) -> None:
    """*Materialize selected* takes nothing from landing, unless it goes on to the publication."""
    settings = unrefreshed
    landed = small_root.next_edition(settings.root)
    key, published = dg.AssetKey(["archive", SOURCE]), dg.AssetKey(["warehouse", "published"])

    @dg.asset(key=published, deps=[key])
    def publishes() -> None:
        """Stand for the publication, which needs a whole refresh."""

    made = dg.Definitions(
        assets=[archive_asset(SOURCE), publishes],
        resources={"workplace": Workplace.of(settings)},
        executor=dg.in_process_executor,
    )
    with dg.instance_for_test() as instance:
        result = made.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            partition_key="2024",
            asset_selection=[key, published] if with_publication else [key],
            raise_on_error=False,
        )
        said = "".join(str(explanation(e)) for e in result.all_events if e.is_step_failure)
    waiting = [file for file in landed if "/2024/" in str(file)]
    assert waiting
    if with_publication:
        assert result.success and not any(file.exists() for file in waiting), said
        return
    assert not result.success and Code.PUBLISH in said, said
    assert all(file.exists() for file in landed)


def test_a_wrong_vintage_and_a_wrong_landed_file_hold_back_no_other(unrefreshed: Settings) -> None:
    """The stages go on with the good files; the run fails at its end, and names the wrong ones."""
    settings = unrefreshed
    good, _, changed = small_root.next_edition(settings.root)
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    alone = land(settings.root, (SOURCE, 2018), b"x", "alone.csv")
    alone.write_bytes(b"y")  # its edition has no other file
    cut = b"\xe5\x9c\xb0\xe5\x8c\xba\n"
    land(settings.root, (SOURCE, 2026), cut, "wrong.csv", vintage="2026-03-01")
    stray = settings.landing / "nowhere" / "a.csv"
    stray.parent.mkdir()
    stray.touch()
    first = catalog.names()[0]
    project = SimpleNamespace(specs=())
    assets = [
        one
        for one in sources.ingestion_assets(project)
        if {key.path[1] for key in one.keys | {k.asset_key for k in one.check_keys}}
        <= {SOURCE, first}
    ]
    job = dg.define_asset_job("j", selection="*", executor_def=dg.in_process_executor)
    resources = {
        "workplace": Workplace.of(settings),
        "unlocked_workplace": Workplace.of(settings, locked=False),
    }
    with dg.instance_for_test() as instance:
        made = dg.Definitions(assets=assets, jobs=[job], resources=resources).resolve_job_def("j")
        result = made.execute_in_process(
            instance=instance, tags=edition_range(), raise_on_error=False
        )
        said = {e.step_key: str(explanation(e)) for e in result.all_events if e.is_step_failure}
        held = _metadata(instance, dg.AssetKey(["extracted", SOURCE]), "2024")
    assert set(said) == {
        f"archive__{SOURCE}_files_taken",
        f"archive__{first}_files_taken",
        f"extracted__{SOURCE}_files_read",
    }
    assert changed.name in said[f"archive__{SOURCE}_files_taken"] and changed.exists()
    assert alone.name in said[f"archive__{SOURCE}_files_taken"] and alone.exists()
    assert "nowhere" in said[f"archive__{first}_files_taken"]
    assert f"{SOURCE}/2026/2026-03-01/wrong.csv" in said[f"extracted__{SOURCE}_files_read"]
    assert Code.WITHDRAWN in said[f"extracted__{SOURCE}_files_read"]
    assert not good.exists() and held["dagster/row_count"].value == 31 * 19


def test_status_names_what_is_archived_and_not_published(settings: Settings) -> None:
    small_root.next_edition(settings.root)
    with taken(settings):
        pass
    said = " ".join(status(settings).split())
    assert f"not in the published state: {SOURCE}/2024/2026-02-01" in said, said


def test_an_edition_that_a_source_lacks_is_shown_as_such(settings: Settings) -> None:
    """Neither failed nor missing: materialised, with no row, and in words."""
    with taken(settings) as instance:
        for stage in ("archive", "extracted"):
            key = dg.AssetKey([stage, SOURCE])
            assert instance.get_materialized_partitions(key) == {*EDITIONS.get_partition_keys()}
            noted = {e: _metadata(instance, key, e) for e in ("2023", "2024")}
            assert noted["2024"]["dagster/row_count"].value == 0
            assert noted["2024"]["held"].value == "nothing published in 2024"
        assert noted["2023"]["dagster/row_count"].value == 31 * 2 * 18


def _metadata(instance: dg.DagsterInstance, key: dg.AssetKey, edition: str) -> dict[str, Any]:
    record = instance.get_latest_data_version_record(key, partition_key=edition)
    assert record.asset_materialization.tags["dagster/data_version"]
    return record.asset_materialization.metadata


def test_a_bad_file_fails_its_own_edition_and_no_edition_that_the_source_lacks(
    settings: Settings,
) -> None:
    order = sources._absent_first(settings.root, SOURCE, ["2021", "2023", "2024"])
    assert order == [2021, 2024, 2023]


def test_accept_keeps_the_report_and_names_the_state(settings: Settings) -> None:
    done, said = start(settings, "accept", name="first look")
    assert done and "'first look'" in said
    (record,) = state.read(settings.root, "accepted")
    assert record["name"] == "first look"


def test_a_receipt_is_written_from_the_launchpad_and_the_check_turns_green(
    settings: Settings,
) -> None:
    small_root.next_edition(settings.root)
    file, *_ = (f for f in inbox.landed(settings.root))
    receipt_path(file).unlink()
    found = _waiting_check(settings)
    assert not found.passed and file.name in found.metadata["remedy"].value
    place = file.relative_to(settings.landing).as_posix()
    done, said = start(settings, "receipt", file=place)
    assert not done and Code.ANSWER in said and "obtained_by" in said
    assert not receipt_path(file).exists()
    answers = {"obtained_by": "typed from the book, page 7"}
    assert start(settings, "receipt", file=place, answers=answers)[0]
    assert read_receipt(receipt_path(file)).obtained_by == answers["obtained_by"]
    assert _waiting_check(settings).passed
    done, said = start(settings, "receipt", file="../outside.csv", answers=answers)
    assert not done and Code.FILE_PLACE in said


def test_a_table_is_taught_from_the_launchpad(
    unrefreshed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first attempt names every open question; the next edition has none."""
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(tmp_path / "layouts"))
    file = unrefreshed.landing / "statistical_yearbook" / "2024" / "own.xlsx"
    file.parent.mkdir(parents=True)
    head = [["8-8 货物(2023年)"], ["单位:千美元"], ["地区", "出口合计", "进口合计"]]
    file.write_bytes(xlsx([*head, *trade_rows(1, 2)]))
    place = file.relative_to(unrefreshed.landing).as_posix()
    done, said = start(unrefreshed, "teach", file=place, answers={"column_B": "no such series"})
    assert not done and Code.ANSWER in said and "column_B" in said
    answers = {"column_B": "经营单位所在地出口总额", "column_C": "经营单位所在地进口总额"}
    done, said = start(unrefreshed, "teach", file=place, answers=answers, name="goods")
    assert done and "62 values" in said and (tmp_path / "layouts" / "goods.yml").is_file()
    done, said = start(unrefreshed, "teach", file=place)
    assert done and "Nothing had to be written" in said
    done, said = start(unrefreshed, "teach", file=place, table=2)
    assert not done and Code.READ_TABLE in said
    done, said = start(unrefreshed, "teach", file="../own.xlsx")
    assert not done and Code.FILE_PLACE in said


def _waiting_check(settings: Settings) -> dg.AssetCheckResult:
    check = sources.receipts_complete(SOURCE)
    return check(unlocked_workplace=Workplace.of(settings, locked=False))


@pytest.fixture
def catalogs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sources, which a test may change."""
    folder = tmp_path / "sources"
    shutil.copytree(catalog.catalog_folder(), folder)
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(folder))
    return folder


def test_an_edition_is_listed_from_the_launchpad(unrefreshed: Settings, catalogs: Path) -> None:
    asked = {"source": SOURCE, "edition": 2027, "title": "Yearbook 2027"}
    done, said = start(unrefreshed, "add_edition", **asked)
    assert done and "Reload" in said
    assert catalog.source(SOURCE).editions[2027] == "Yearbook 2027"
    done, said = start(unrefreshed, "add_edition", **asked)
    assert not done and "LP-CATALOG-ENTRY" in said


def test_a_series_is_listed_from_the_launchpad(unrefreshed: Settings, catalogs: Path) -> None:
    asked = {
        "source": SOURCE, "label": "第三产业增加值", "title": "Value added of services", "units": ["亿元"],
        "reason": "not used yet",
    }  # fmt: skip
    assert start(unrefreshed, "add_series", **asked)[0]
    assert catalog.source(SOURCE).by_label()[asked["label"]].units == ("亿元",)
    done, said = start(unrefreshed, "add_series", **asked)
    assert not done and "LP-CATALOG-ENTRY" in said
    before = (catalogs / SOURCE / "catalog.yml").read_bytes()
    for wrong in ({"units": ["furlongs"]}, {"measure": "no_such_measure"}):
        done, said = start(unrefreshed, "add_series", **asked | {"label": "另一个"} | wrong)
        assert not done and Code.SEED in said
    assert (catalogs / SOURCE / "catalog.yml").read_bytes() == before


def test_an_archived_file_is_withdrawn_from_the_launchpad(unrefreshed: Settings) -> None:
    land(unrefreshed.root, (SOURCE, 2025), b"wrong", "own.csv")
    inbox.take(unrefreshed.root, SOURCE, 2025)
    name = f"{SOURCE}/2025/2026-11-25/own.csv"
    done, said = start(unrefreshed, "withdraw", kind="file", name=name)
    assert not done and Code.ANSWER in said
    assert start(unrefreshed, "withdraw", kind="file", name=name, reason="wrong column")[0]
    (vintage,) = archive.vintages(unrefreshed.root, SOURCE, 2025)
    assert vintage.state == "withdrawn"


def test_what_is_there_is_not_withdrawn(settings: Settings) -> None:
    name = next(iter(ledger.known(settings.root, "release")))
    done, said = start(settings, "withdraw", kind="release", name=name)
    assert not done and Code.UNKNOWN_ENTRY in said
    shutil.rmtree(settings.releases / name)
    assert start(settings, "withdraw", kind="release", name=name)[0]
    assert not [p for p in ledger.check(settings.root, ("release",)) if name in str(p)]


def test_a_refresh_after_the_first_state_was_accepted_has_nothing_to_compare(
    settings: Settings,
) -> None:
    accept(settings, "first look")
    place = {"workplace": Workplace.of(settings)}
    for current in (state.read(settings.root, "current"), []):  # or every spec is wrong
        state.write(settings.root, "next", current)
        with dg.instance_for_test() as instance:
            assert dg.materialize([drift_asset()], resources=place, instance=instance).success


def test_a_comparison_is_shown_on_its_run_and_an_unknown_name_is_words(settings: Settings) -> None:
    done, said = start(settings, "diff", old="current", new="current")
    assert done and "current state" in said
    done, said = start(settings, "diff", old="1066", new="current")
    assert not done and Code.UNKNOWN_STATE in said and "'1066'" in said
