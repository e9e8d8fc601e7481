"""The conversation of `make receipt`: each answer is checked when it is given."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.ingestion.provenance.receipts import (
    ReceiptQuestion,
    read_receipt,
    receipt_path,
    wrong_with,
)
from living_panel.ingestion.provinces import CODES
from living_panel.ingestion.reading.schema import empty_rows
from living_panel.orchestration.assets import landing
from living_panel.orchestration.commands import receipt
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.dbt.coverage import COVERAGE, missing_coverage, uncovered
from living_panel.orchestration.dbt.generated_files import check_series
from living_panel.orchestration.root.settings import Settings
from tests.refusals import refuses


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "landing" / "postal_express" / "2025" / "own.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"indicator_label\n")
    monkeypatch.setattr(
        landing, "read_before_receipt", lambda *_: empty_rows()
    )  # of the values, not of answers
    return path


def answer(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]]) -> None:
    """A person at a terminal: answers in turn by the beginning of the question, else just Enter."""

    def spoken(prompt: str) -> str:
        mine = next((a for start, a in answers.items() if prompt.startswith(start)), [])
        return mine.pop(0) if mine else ""

    monkeypatch.setattr("builtins.input", spoken)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)


def test_a_wrong_answer_is_named_at_once_and_asked_for_again(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {
        "Date": ["25/11/2026", "2026-02-30", "2026-11-25"],
        "Format": ["xls", "landing_csv"],
        "How was it": ["", "x", "Book, page 7"],
        "Kind of values": ["true", "official"],
    }
    answer(monkeypatch, given)
    settings = Settings(root=tmp_path, state=tmp_path)
    (inner := file.parent / "scans").mkdir()
    (inner / "page.csv").write_text("x")
    (blank := file.with_name("my $book.csv")).touch()
    said = status(settings)
    assert f"`make receipt FILE='{blank}'` first" in said
    blank.unlink()
    assert (
        f"{inner}: this folder lies within the folder of an edition. Fix: move its files up into {file.parent}."
        in said
    )
    assert f"FILE={inner}" not in said, "a folder gets no receipt"
    assert f"Waiting     {file}: `make receipt FILE={file}` first" in said
    assert receipt.ask_and_write(settings, file) == 0
    assert f"Waiting     {file}: `make run` takes it" in status(settings)
    plain = receipt_path(file).read_text("utf-8")
    edition = int(file.parent.name)
    receipt_path(file).write_text(plain.replace(f"edition: {edition}", f"edition: {edition - 1}"))
    said = status(settings)
    assert "LP-FILE-PLACE" in said and "takes it" not in said, "a run would refuse it"
    receipt_path(file).write_text(plain)
    said = capsys.readouterr().out
    assert said.count("Once more:") == 6
    assert (
        "'xls' is none of landing_csv, table" in said
        and "'true' is none of official, simulated" in said
    )
    written = read_receipt(receipt_path(file))
    assert (written.vintage, written.obtained_by) == (date(2026, 11, 25), "Book, page 7")


def test_a_wrong_answer_of_a_script_is_an_error_that_names_its_variable(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(root=tmp_path, state=tmp_path)
    monkeypatch.setenv("RECEIPT_VINTAGE", "yesterday")
    with refuses(ValueError, Code.ANSWER, variable="RECEIPT_VINTAGE"):
        receipt.ask_and_write(settings, file)
    with refuses(ValueError, Code.FILE_MISSING):
        receipt.ask_and_write(settings, file.with_name("other.csv"))
    assert not receipt_path(file).exists()


def test_a_terminal_that_ends_is_an_error_that_names_the_question(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(_: str) -> str:
        raise EOFError

    answer(monkeypatch, {})
    monkeypatch.setattr("builtins.input", end)
    with refuses(ValueError, Code.ANSWER, field="vintage"):
        receipt.ask_and_write(Settings(root=tmp_path, state=tmp_path), file)


@pytest.mark.parametrize("edition", ["next year", "20255", "1900"])
def test_an_edition_is_a_year_of_this_age(edition: str) -> None:
    assert wrong_with(ReceiptQuestion("edition", "Edition", None), edition)
    assert wrong_with(ReceiptQuestion("edition", "Edition", None), "2025") is None


def test_a_series_without_feeds_is_refused_before_the_receipt(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame({"indicator_label": ["快递业务量"], "unit": ["吨"]})
    with refuses(ValueError, Code.SEED, label="快递业务量", unit="吨"):
        check_series("postal_express", rows)
    check_series("postal_express", rows.assign(unit="万件"))


def test_series_without_expected_coverage_are_named_with_their_lines() -> None:
    rows = pd.DataFrame(
        {
            "indicator_label": "快递业务量",
            "unit": "万件",
            "year": [2030, 2031] * 30,
            "province_code": [code for code in sorted(CODES)[:30] for _ in range(2)],
        }
    )
    (line,) = missing_coverage("postal_express", 2032, rows)
    absent = sorted(CODES)[30]
    assert str(line) == f"official,postal_express,2032,快递业务量,万件,province,2030,2031,{absent}"
    header = COVERAGE.read_text(encoding="utf-8").splitlines()[0]
    assert len(str(line).split(",")) == len(header.split(","))


def test_a_line_of_coverage_spans_the_years_with_the_same_provinces() -> None:
    years = {2030: CODES, 2031: CODES, 2032: CODES - {"110000"}, 2034: CODES - {"110000"}}
    cells = [(code, year) for year, here in years.items() for code in here]
    rows = pd.DataFrame(cells, columns=["province_code", "year"])
    lines = missing_coverage("postal_express", 2040, rows.assign(indicator_label="x", unit="万件"))
    spans = [(line.first_year, line.last_year, line.missing) for line in lines]
    assert spans == [(2030, 2031, ""), (2032, 2032, "110000"), (2034, 2034, "110000")]


def test_archived_editions_without_expected_coverage_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the refresh and by `make status`, with the lines to add; drawn values have no such list."""
    monkeypatch.delenv("LIVING_PANEL_COVERAGE", raising=False)
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    assert uncovered(settings) == []
    folder = tmp_path / "extracted/postal_express/edition=2040/vintage=2041-01-01"
    folder.mkdir(parents=True)
    rows = pd.DataFrame({"province_code": sorted(CODES), "year": 2039, "value": 1.5})
    place = {"source": "postal_express", "edition": 2040, "indicator_label": "快递业务量"}
    place |= dict.fromkeys(("vintage", "value_printed", "location", "sha256"), "")
    rows.assign(unit="万件", **place).to_parquet(folder / "part.parquet")
    (problem,) = uncovered(settings)
    assert problem.code == Code.HISTORY_GAP and problem.place.file == "postal_express/2040"
    assert problem.fields["lines"].split(",")[-3:] == ["2039", "2039", ""]
    assert "LP-HISTORY-GAP" in status(settings)
    monkeypatch.setenv("LIVING_PANEL_COVERAGE", "fixture")
    assert uncovered(settings) == []
