"""The start page: the job to start now follows from what lies in landing and what failed."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from bs4 import BeautifulSoup

from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.assets.as_of import AS_OF, offer_editions
from living_panel.orchestration.commands import start_page as start
from living_panel.orchestration.commands.start_page import JOBS, next_steps, start_page
from living_panel.orchestration.definitions import defs
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings, is_automatic


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data" / "landing").mkdir(parents=True)
    return Settings(tmp_path / "data", tmp_path / "state")


@pytest.mark.long
def test_a_file_that_cannot_be_read_comes_first(settings: Settings) -> None:
    assert [step.job for step in next_steps(settings)] == ["refresh"]
    file = settings.landing / "statistical_yearbook" / "2026" / "<u>.csv"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    step, *_ = next_steps(settings)
    assert step.job == "" and "statistical_yearbook/2026/&lt;u&gt;.csv" in step.words
    page = BeautifulSoup(start_page(settings, 3000), "lxml")
    assert page.find("u") is None and "cannot be read" in page.get_text()


@pytest.mark.long
def test_a_reload_is_asked_for_while_files_of_an_unknown_edition_wait(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "EDITIONS", dg.StaticPartitionsDefinition(["2018"]))
    assert not [step for step in next_steps(settings) if step.page]
    file = settings.landing / "statistical_yearbook" / "2026" / "own.csv"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    (step,) = (step for step in next_steps(settings) if step.page)
    assert step.words.startswith("2026 ")


def test_a_failure_asks_for_another_start_of_its_job(settings: Settings) -> None:
    for job in ("refresh", "receipt", "as_of 2018"):
        failure = {"run_id": job, "job": job, "at": "2026-01-01", "message": "bad value"}
        state.write(settings.root, "failures", [*state.read(settings.root, "failures"), failure])
    assert [step.job for step in next_steps(settings)] == ["refresh", "receipt", "as_of"]


def test_every_job_of_the_page_exists() -> None:
    assert {*JOBS} <= {job.name for job in defs.jobs or ()}


def test_as_of_offers_every_edition_once() -> None:
    with dg.instance_for_test() as instance:
        offer_editions(instance)
        offer_editions(instance)
        assert sorted(instance.get_dynamic_partitions(AS_OF)) == [
            str(e) for e in catalog.all_editions()
        ]


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("0", False), ("", False)])
def test_one_switch_turns_sensor_and_schedule_on(
    monkeypatch: pytest.MonkeyPatch, value: str, wanted: bool
) -> None:
    monkeypatch.setenv("LIVING_PANEL_AUTOMATIC", value)
    assert is_automatic() is wanted
