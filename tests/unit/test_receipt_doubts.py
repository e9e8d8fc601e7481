"""A receipt beside earlier editions: doubts are confirmed, gaps named, and the expected coverage written."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
import xlwt
from openpyxl.styles import Font

from living_panel.codes import Code
from living_panel.ingestion.provenance.receipts import receipt_path
from living_panel.ingestion.provinces import PROVINCES
from living_panel.ingestion.reading.extract import extract_edition
from living_panel.ingestion.storage.archive import withdraw_file
from living_panel.ingestion.storage.inbox import take
from living_panel.orchestration.assets.landing import write_answered
from living_panel.orchestration.commands.receipt import ask_and_write
from living_panel.orchestration.dbt import coverage
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import landed
from tests.fixtures.sources.documents import gdp_sheet, in_sheet, parts, xls, xlsx
from tests.fixtures.sources.shapes import shared
from tests.refusals import refuses

HEAD = "indicator_label,unit,province_label,year,value,quality,compiled_from,note\n"
SOURCE = "postal_express"


def lines(year: int, times: float, without: str = "") -> bytes:
    rows = (
        f"快递业务量,万件,{p.short},{year},{round(100 * (i + 1) * times, 2)},high,,"
        for i, p in enumerate(PROVINCES)
        if p.short != without
    )
    return (HEAD + "\n".join(rows) + "\n").encode()


@pytest.mark.long
def test_doubts_gaps_and_coverage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = tmp_path / "expected_coverage.csv"
    shutil.copyfile(coverage.COVERAGE, seed)
    monkeypatch.setattr(coverage, "COVERAGE", seed)
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    landed.land(tmp_path, (SOURCE, 2025), lines(2023, 1.0))
    take(tmp_path, SOURCE, 2025)
    extract_edition(tmp_path, SOURCE, 2025)
    file = settings.landing / SOURCE / "2026" / "own.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(lines(2024, 10_000.0, without="西藏"))
    answers = {"obtained_by": "a book, page 7", "vintage": "2026-11-25"}
    with refuses(ValueError, Code.HISTORY_DOUBT):
        write_answered(settings, file, answers)
    assert not receipt_path(file).exists()
    answered = write_answered(settings, file, answers | {"doubts": "yes"})
    assert receipt_path(file).exists() and len(answered.lines) == 1
    (gap,) = answered.gaps
    assert gap.code == Code.HISTORY_GAP and "西藏" in gap.fields["missing"]
    before = seed.read_text(encoding="utf-8")
    answered = write_answered(settings, file, answers | {"doubts": "yes", "coverage": "yes"})
    assert answered.lines == []
    added = seed.read_text(encoding="utf-8").removeprefix(before.rstrip("\n")).strip()
    assert added == "official,postal_express,2026,快递业务量,万件,province,2024,2024,540000"
    seed.write_text(before, encoding="utf-8")
    for field, said in {"OBTAINED_BY": "a book, page 7", "DOUBTS": "yes", "COVERAGE": "no"}.items():
        monkeypatch.setenv(f"RECEIPT_{field}", said)
    assert ask_and_write(settings, file) == 0 and seed.read_text(encoding="utf-8") == before
    monkeypatch.setenv("RECEIPT_COVERAGE", "yes")
    assert ask_and_write(settings, file) == 0
    assert added in seed.read_text(encoding="utf-8"), "the command writes the same lines"
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "`make run` takes the file into the archive.", "the next step comes last"


def struck(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["B6"].font = Font(strike=True)


def struck_part() -> bytes:
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si>'
        b"<r><rPr><strike/></rPr><t>25642</t></r><r><t>.6</t></r></si></sst>"
    )
    content = xlsx(gdp_sheet(B6="struck"))
    return shared(content, b'<c r="B6" t="inlineStr"><is><t>struck</t></is></c>', strings)


def struck_xls() -> bytes:
    return xls(gdp_sheet(), styles={(5, 1): xlwt.easyxf("font: struck_out on")})


def with_formulas(*results: bytes, is_asked: bool) -> bytes:
    """A workbook with formulas from B6 on; `is_asked` whether it asks its reader to calculate them."""
    content = xlsx(gdp_sheet())
    for row, result in enumerate(results, 6):
        old = rb'<c r="B%d"[^>]*><v>[^<]*</v></c>' % row
        content = in_sheet(content, old, rb'<c r="B%d"><f>1+1</f><v>%s</v></c>' % (row, result))

    def without(name: str, part: bytes) -> bytes:
        return part if is_asked else part.replace(b' fullCalcOnLoad="1"', b"")

    return parts(content, without)


MARKED = {
    "a number that is struck through": lambda: xlsx(gdp_sheet(), edit=struck),
    "a part of a number that is struck through": struck_part,
    "the same in an .xls": struck_xls,
    "a 0 that a program left for the next one to calculate": lambda: with_formulas(
        b"0", is_asked=True
    ),
    "a 0 in each formula": lambda: with_formulas(b"0", b"0", is_asked=False),
}
READ = {
    "a 0 that is typed": lambda: xlsx(gdp_sheet(B6=0)),
    "a formula with the result 0 among others": lambda: with_formulas(b"0", b"7.5", is_asked=False),
    "a formula with its result": lambda: with_formulas(b"7.5", is_asked=True),
    "a word that is struck through": lambda: xlsx(
        gdp_sheet(), edit=lambda book: setattr(book.worksheets[0]["A1"], "font", Font(strike=True))
    ),
}


@pytest.mark.parametrize("what", [*MARKED, *READ])
def test_a_number_that_the_workbook_marks_is_asked_and_a_real_0_is_read(
    tmp_path: Path, what: str
) -> None:
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    name = "own.xls" if what.endswith(".xls") else "own.xlsx"
    file = settings.landing / "statistical_yearbook" / "2023" / name
    file.parent.mkdir(parents=True)
    file.write_bytes((MARKED | READ)[what]())
    answers = {"obtained_by": "a book, page 7", "vintage": "2026-11-25"}
    if what in MARKED:
        with refuses(ValueError, Code.HISTORY_DOUBT) as refused:
            write_answered(settings, file, answers)
        (problem,) = refused.value.problems
        assert "B6" in problem.fields["cells"]
        answers |= {"doubts": "yes"}
    write_answered(settings, file, answers)
    assert receipt_path(file).exists()


def test_values_of_a_withdrawn_file_raise_no_doubt(tmp_path: Path) -> None:
    """Though the refresh that removes them has not come yet."""
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    landed.land(tmp_path, (SOURCE, 2025), lines(2023, 10_000.0))
    take(tmp_path, SOURCE, 2025)
    extract_edition(tmp_path, SOURCE, 2025)
    file = settings.landing / SOURCE / "2025" / "corrected.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(lines(2023, 1.0))
    answers = {"obtained_by": "a book, page 7", "vintage": "2026-12-02"}
    with refuses(ValueError, Code.HISTORY_DOUBT):
        write_answered(settings, file, answers)
    withdraw_file(tmp_path, f"{SOURCE}/2025/2026-11-25/own.csv", "a slip of the unit")
    write_answered(settings, file, answers)
    assert receipt_path(file).exists()
