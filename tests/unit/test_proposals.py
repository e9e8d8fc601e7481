"""What waits for a person: each proposal opens a job whose configuration is complete but for what only he knows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from living_panel.codes import Code
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provenance.receipts import receipt_path
from living_panel.ingestion.reading.extract import refused_files
from living_panel.ingestion.reading.landing_form import HEADER
from living_panel.ingestion.storage.inbox import take
from living_panel.orchestration import automation
from living_panel.orchestration.assets.landing import withdraw_archived, write_answered
from living_panel.orchestration.assets.proposals import Proposal, list_proposals
from living_panel.orchestration.assets.registry import registered_automation
from living_panel.orchestration.assets.teaching import teach_landed
from living_panel.orchestration.automation.sensors import record_failure
from living_panel.orchestration.commands.receipt_folder import ask_folder
from living_panel.orchestration.commands.start_page import OPS, start_page
from living_panel.orchestration.dbt import coverage, generated_files
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place
from tests.fixtures import landed, next_yearbook
from tests.fixtures.next_yearbook import SOURCE
from tests.fixtures.sources.documents import Rows, xlsx
from tests.refusals import refuses


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A root with the yearbook of 2026, and copies of catalogs, seeds and layouts that a test may change."""
    shutil.copytree(catalog.catalog_folder(), tmp_path / "sources")
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path / "sources"))
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(tmp_path / "layouts"))
    (tmp_path / "layouts").mkdir()
    for module, name in ((coverage, "COVERAGE"), (generated_files, "UNITS")):
        seed = tmp_path / getattr(module, name).name
        shutil.copyfile(getattr(module, name), seed)
        monkeypatch.setattr(module, name, seed)
    settings = Settings(tmp_path / "data", tmp_path / "state")
    (settings.root / "landing").mkdir(parents=True)
    next_yearbook.first_edition(settings.root, 2026)
    (uncovered,) = by_job(settings, "add_coverage")
    assert uncovered.config == {"source": SOURCE, "edition": 2026} and len(uncovered.confirms) > 4
    (edition,) = coverage.uncovered_editions(settings)
    coverage.add_coverage(edition.lines)
    return settings


def by_job(settings: Settings, job: str) -> list[Proposal]:
    return [proposal for proposal in list_proposals(settings) if proposal.job == job]


def confirm(settings: Settings, proposal: Proposal, **typed: str) -> None:
    """Do what the job does, with the configuration as the page fills it in, and what a person types."""
    config: dict[str, Any] = proposal.config
    assert set(typed) == set(proposal.typed)
    if proposal.job == "add_edition":
        catalog.add_edition(config["source"], config["edition"], config["title"])
    elif proposal.job == "teach":
        answers = config["answers"] | typed
        teach_landed(settings, Path(config["file"]), config.get("table", 1), answers, "", False)
    else:
        for name in [config["file"], *config.get("others", ())]:
            write_answered(settings, settings.landing / name, config["answers"] | typed)


@pytest.mark.long
def test_the_next_yearbook_is_finished_by_four_confirmations(settings: Settings) -> None:
    files = next_yearbook.next_edition(settings.root, 2027)
    (edition,) = list_proposals(settings)
    assert edition.config == {"source": SOURCE, "edition": 2027, "title": edition.config["title"]}
    assert "2027" in edition.config["title"]
    confirm(settings, edition)

    gdp, trade = by_job(settings, "teach")
    assert gdp.config["answers"] == {"new_unit_B": "yes"}
    assert "千万元" in gdp.confirms[0] and "0.1 亿元" in gdp.confirms[0]
    assert trade.config["answers"] == {
        "column_C": "经营单位所在地出口总额",
        "column_E": "-",
        "provinces": "30",
    }
    assert len(trade.confirms) == 3 and trade.typed == ()
    (receipt,) = by_job(settings, "receipt")
    assert receipt.config["file"].endswith("people.csv") and "others" not in receipt.config
    confirm(settings, gdp)
    confirm(settings, trade)
    assert "千万元" in catalog.source(SOURCE).by_label()["地区生产总值"].units
    assert "千万元,cny,10000000,0.1 亿元" in generated_files.UNITS.read_text(encoding="utf-8")

    (receipt,) = list_proposals(settings)
    assert receipt.job == "receipt" and receipt.typed == ("obtained_by", "doubts")
    assert {receipt.config["file"], *receipt.config["others"]} == {
        f"{SOURCE}/2027/{file.name}" for file in files
    }
    assert receipt.config["answers"] == {"obtained_by": "", "doubts": "", "coverage": "yes"}
    said = "\n".join((*receipt.confirms, *receipt.notes))
    for code in (Code.HISTORY_DOUBT, Code.HISTORY_REVISED, Code.HISTORY_GAP):
        assert code in said, code
    assert "西藏" in said and "factor that is rare" not in said
    with refuses(ValueError, Code.HISTORY_DOUBT):
        confirm(settings, receipt, obtained_by="typed by this test", doubts="")
    confirm(settings, receipt, obtained_by="typed by this test", doubts="yes")
    assert all(receipt_path(file).exists() for file in files)
    assert list_proposals(settings) == []


@pytest.mark.long
def test_a_file_that_cannot_be_read_waits_for_nobody_else(settings: Settings) -> None:
    folder = settings.landing / SOURCE / "2025"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_bytes(next_yearbook.population(2025))
    wrong = next_yearbook.population(2025).decode().replace("北京", "火星")
    (folder / "wrong.csv").write_text(wrong, encoding="utf-8")
    unread, receipt = list_proposals(settings)
    assert unread.job == "" and "火星" in unread.confirms[0]
    assert receipt.job == "receipt" and receipt.config["file"].endswith("people.csv")
    (folder / "wrong.csv").unlink()
    assert [proposal.job for proposal in list_proposals(settings)] == ["receipt"]


def test_a_file_is_looked_at_again_once_its_series_is_in_the_catalog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(catalog.catalog_folder(), tmp_path / "sources")
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path / "sources"))
    settings = Settings(tmp_path / "data", tmp_path / "state")
    file = settings.landing / "postal_express" / "2025" / "own.csv"
    file.parent.mkdir(parents=True)
    file.write_text(f"{','.join(HEADER)}\n新指标,万件,北京,2024,2,high,,\n", encoding="utf-8")
    jobs = [proposal.job for proposal in list_proposals(settings)]
    assert jobs == [""], "the file cannot be read"
    catalog.add_series("postal_express", "新指标", "New", ("万件",), "", "a test")
    jobs = [proposal.job for proposal in list_proposals(settings)]
    assert jobs == ["receipt"]


def fill_in(page: Path, **answers: str) -> str:
    """Write answers into a page as a person does, and return the page as it was."""
    text = page.read_text(encoding="utf-8")
    entries = yaml.safe_load(text)
    for entry in entries:
        entry["answers"] |= {k: v for k, v in answers.items() if entry["answers"].get(k) == ""}
    page.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    return text


@pytest.mark.long
def test_a_folder_is_asked_on_one_page(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    files = next_yearbook.next_edition(settings.root, 2027)
    (files[0].with_name("wrong.csv")).write_text("x")
    folder = files[0].parent
    assert ask_folder(settings, folder) == 0
    assert 2027 in catalog.source(SOURCE).editions
    page = settings.root / "answers" / f"{SOURCE}_2027.yml"
    assert str(page) in capsys.readouterr().out
    assert [e["job"] for e in yaml.safe_load(page.read_text("utf-8"))] == [
        "teach", "teach", "receipt", "",
    ]  # fmt: skip
    assert ask_folder(settings, folder) == 0
    taught = [path for path in (settings.root.parent / "layouts").iterdir()]
    assert len(taught) == 2 and not any(receipt_path(file).exists() for file in files)

    text = fill_in(page, obtained_by="typed by this test", doubts="yes")
    assert "西藏" in text and Code.HISTORY_DOUBT in text
    entries = yaml.safe_load(page.read_text("utf-8"))
    page.write_text(yaml.safe_dump([e | {"confirms": ["x"]} for e in entries]), encoding="utf-8")
    ask_folder(settings, folder)
    assert not any(receipt_path(file).exists() for file in files), "that was another question"
    fill_in(page, obtained_by="typed by this test", doubts="yes")
    capsys.readouterr()
    assert ask_folder(settings, folder) == 0
    assert all(receipt_path(file).exists() for file in files) and not page.exists()
    said = capsys.readouterr().out
    assert "No question is open" in said and "wrong.csv cannot be read" in said
    page.parent.mkdir(exist_ok=True)
    page.write_text("a: 1\n", encoding="utf-8")
    with refuses(ValueError, Code.RECEIPT_FORM):
        ask_folder(settings, folder)


@pytest.mark.long
def test_a_table_of_unknown_columns_opens_teach_with_its_columns(settings: Settings) -> None:
    folder = settings.landing / SOURCE / "2025"
    folder.mkdir(parents=True)
    rows: Rows = [[name, n + 1.5, 20.0 + n] for n, name in enumerate(next_yearbook.NAMES)]
    head: Rows = [
        ["12-9 分地区国际旅游情况(2024年)"],
        ["单位:万人"],
        ["地区", "入境游客", "出境游客"],
    ]
    (folder / "tourists.xlsx").write_bytes(xlsx([*head, *rows]))
    (proposal,) = list_proposals(settings)
    assert proposal.job == "teach" and "国际旅游" in proposal.title
    assert set(proposal.config["answers"]) == {"column_B", "column_C"} and proposal.typed
    answers = {"column_B": "年末常住人口", "column_C": "-"}
    assert answers.keys() >= set(proposal.typed)
    config = proposal.config["answers"] | {key: answers[key] for key in proposal.typed}
    config["column_B"] = answers["column_B"]
    _, path = teach_landed(settings, Path(proposal.config["file"]), 1, config, "", False)
    assert path.exists()
    assert [p.job for p in list_proposals(settings)] == ["receipt"]


@pytest.mark.long
def test_values_that_failed_a_test_may_be_withdrawn(settings: Settings) -> None:
    name = f"{SOURCE}/2026/2026-01-01/people.csv"
    fields = {"count": 2, "tests": ["growth_within_history"], "first": "year=2025", "name": name}
    problem = Code.FILE_IN_DOUBT(
        "{count} failing rows have values of this file: {tests}; the first row: {first}",
        "if the file is wrong, `make withdraw KIND=file NAME={name} REASON=…`, then `make run`",
        Place(file=name),
        **fields,
    )
    record_failure(settings, "1f0e", "refresh", str(problem), [problem.to_dict()])
    (proposal,) = list_proposals(settings)
    assert (proposal.job, proposal.config["name"]) == ("withdraw", name)
    assert "growth_within_history" in proposal.config["reason"]
    withdraw_archived(settings, name, proposal.config["reason"], by="run")
    (proposal,) = list_proposals(settings)
    assert proposal.job == "withdraw" and "a run withdrew" in proposal.title
    withdraw_archived(settings, name, "a person confirms it")
    assert list_proposals(settings) == []
    with refuses(ValueError, Code.WITHDRAWN):
        withdraw_archived(settings, name, "again")


@pytest.mark.long
def test_what_is_left_out_may_be_withdrawn(settings: Settings) -> None:
    from living_panel.ingestion.reading.extract import extract_edition

    landed.land(
        settings.root, (SOURCE, 2025), b"indicator_label\n", "bad.csv", format="landing_csv"
    )
    take(settings.root, SOURCE, 2025)
    extract_edition(settings.root, SOURCE, 2025)
    (name,) = refused_files(settings.root)
    (proposal,) = by_job(settings, "withdraw")
    assert proposal.config["name"] == name == f"{SOURCE}/2025/2026-11-25/bad.csv"
    assert len(proposal.config["reason"]) > 3


@pytest.mark.long
def test_each_proposal_opens_the_launchpad_of_a_job_that_takes_it(settings: Settings) -> None:
    from urllib.parse import parse_qs, urlsplit

    from bs4 import BeautifulSoup

    jobs = {job.name: job for job in registered_automation(automation)}
    for name, op in OPS.items():
        assert [node.name for node in jobs[name].nodes] == [op]
    next_yearbook.next_edition(settings.root, 2027)
    seen = set()
    for _ in range(2):
        page = BeautifulSoup(start_page(settings, 3000), "lxml")
        assert not page.find_all(["form", "script"]), "the page changes nothing itself"
        for link in page.select("ul a[href*='config=']"):
            place = urlsplit(link["href"])
            job = place.path.split("/")[-3]
            config = yaml.safe_load(parse_qs(place.query)["config"][0])
            assert dg.validate_run_config(jobs[job], config)
            seen.add(job)
        confirm(settings, list_proposals(settings)[0])
    assert {"add_edition", "teach", "receipt"} <= seen
