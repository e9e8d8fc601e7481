"""`make teach`: a drafted layout reads its file, by answers given ahead and at a terminal."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.formats.layouts import read_layout
from living_panel.ingestion.formats.teach import drafts
from living_panel.ingestion.reading.readers import readers
from living_panel.orchestration.commands.teach import teach
from tests.fixtures.sources import documents, shapes
from tests.refusals import refuses

INDEX = "地区生产总值指数(上年=100)"
CSV = "\n".join(
    ["3-9 地区生产总值,,", "单位:亿元,,", f"地区,地区生产总值(2022年),{INDEX[:-9]}(2022年)(上年=100)"]
    + [",".join(map(str, row)) for row in documents.gdp_rows()]
).encode("gbk")  # fmt: skip


@pytest.fixture
def layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of one's own layouts, and answers for the table of products."""
    folder = tmp_path / "layouts"
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(folder))
    for field, answer in {
        "SOURCE": "statistical_yearbook", "EDITION": "2022", "NAME": "gdp",
        "COLUMN_B": "地区生产总值", "COLUMN_C": INDEX, "YEAR_B": "2022", "YEAR_C": "2022",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"TEACH_{field}", answer)
    monkeypatch.setattr(sys, "stdin", open(os.devnull))
    return folder


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("own.xlsx", documents.xlsx(documents.gdp_sheet())),
        ("own.xls", documents.rc4_xls(documents.gdp_sheet(), "VelvetSweatshop")),
        ("own.html", documents.page(documents.TITLE_IN_SPANS + documents.page_table())),
        ("own.csv", CSV),
    ],
)
def test_a_drafted_layout_reads_its_file(
    layouts: Path, tmp_path: Path, name, content, capsys
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert teach(file) == 0
    assert "Read by this layout: 62 values, 0 faults." in capsys.readouterr().out
    figures, faults = readers("statistical_yearbook")["table"](content, name, 2030)
    assert faults == []
    found = {(f.indicator_label, f.province_code): f.value for f in figures}
    truth = {
        (label, province.code): float(value)
        for (label, short), value in shapes.gdp_truth().items()
        for province in shapes.PROVINCES
        if province.short == short
    }
    assert found == truth and {f.year for f in figures} == {2022}
    assert {f.unit for f in figures} == {"亿元", "上年=100"}


@pytest.mark.long
def test_the_table_of_a_pdf(layouts: Path, tmp_path: Path, monkeypatch) -> None:
    content = documents.bulletin([documents.BULLETIN_HEAD + documents.bulletin_rows()], ruled=False)
    file = tmp_path / "own.pdf"
    file.write_bytes(content)
    for field, answer in {
        "SOURCE": "commerce_fdi",
        "COLUMN_B": "新设立外商投资企业数",
        "COLUMN_C": "实际使用外资金额",
    }.items():
        monkeypatch.setenv(f"TEACH_{field}", answer)
    assert teach(file) == 0
    figures, _ = readers("commerce_fdi")["table"](content, "own.pdf", 2030)
    money = [f.value for f in figures if f.indicator_label == "实际使用外资金额" and f.value]
    assert sorted(money) == sorted(map(float, shapes.money_truth().values()))


@pytest.mark.long
def test_a_layout_that_no_longer_fits_says_which_line(layouts: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.xlsx"
    file.write_bytes(documents.xlsx(documents.gdp_sheet()))
    teach(file)
    read = readers("statistical_yearbook")["table"]
    lines = (layouts / "gdp.yml").read_text(encoding="utf-8").splitlines()
    _, faults = read(documents.xlsx(documents.gdp_sheet(C3="指数(上年=100)")), "own.xlsx", 2030)
    text = str(faults[0])
    found = re.search(r"gdp.yml line (\d+)", text)
    assert found and "地区生产总值指数" in lines[int(found[1]) - 1]
    assert "'指数(上年=100)' - expected the header 地区生产总值指数" in text


@pytest.mark.parametrize(
    ("field", "answer", "says"),
    [
        ("COLUMN_B", "地区生产总直", "is no series of the source.*such as 地区生产总值"),
        ("NAME", "../gdp", "is not a plain name"),
        ("TITLE", None, None),
        ("YEAR_B", None, "year_B is missing"),
        ("EDITION", None, "edition is missing"),
        ("EDITION", "next", "TEACH_EDITION is wrong: 'next' is no number"),
        ("YEAR_B", "-1", "TEACH_YEAR_B is wrong: '-1' is no number"),
    ],
)
def test_what_it_cannot_know_is_asked(layouts, tmp_path, monkeypatch, field, answer, says) -> None:
    file = tmp_path / "own.xlsx"
    file.write_bytes(documents.xlsx(documents.gdp_sheet(A1="3-9 地区生产总值")))
    monkeypatch.delenv(f"TEACH_{field}", raising=False)
    if answer:
        monkeypatch.setenv(f"TEACH_{field}", answer)
    if says is None:
        assert teach(file) == 0
        return
    with pytest.raises(ValueError, match=says):
        teach(file)
    assert not layouts.exists()


@pytest.mark.long
def test_a_torn_province_is_asked_and_kept_as_an_alias(
    layouts, tmp_path, monkeypatch, capsys
) -> None:
    file = tmp_path / "own.xlsx"
    file.write_bytes(documents.xlsx(documents.gdp_sheet(A17="江两①")))
    with refuses(ValueError, Code.ANSWER, field="region_1"):
        teach(file)
    monkeypatch.setenv("TEACH_REGION_1", "-")
    with refuses(ExtractionError, Code.READ_REGION, value="江两: -"):
        teach(file)
    monkeypatch.setenv("TEACH_REGION_1", "湖南")
    with refuses(ExtractionError, Code.READ_REGION):
        teach(file)
    monkeypatch.setenv("TEACH_REGION_1", "江西")
    assert teach(file) == 0
    said = capsys.readouterr().out
    assert (
        "no province as the project spells it:\n  | 江两①" in said and "62 values, 0 faults" in said
    )
    assert read_layout(layouts / "gdp.yml").layout.regions.aliases == {"江两": "江西"}


@pytest.mark.long
def test_a_confirmed_spelling_is_not_asked_again(layouts, tmp_path, monkeypatch) -> None:
    file = tmp_path / "first.xlsx"
    file.write_bytes(documents.xlsx(documents.gdp_sheet(A34="新疆(含兵团)")))
    monkeypatch.setenv("TEACH_REGION_1", "新疆")
    assert teach(file) == 0
    monkeypatch.delenv("TEACH_REGION_1")
    monkeypatch.setenv("TEACH_NAME", "second")
    other = documents.gdp_sheet(
        A34="新疆(含兵团)", A1="8-8 另一张表(2022年)", B3="产值", C3="产值指数(上年=100)"
    )
    file.write_bytes(documents.xlsx(other))
    assert teach(file) == 0
    regions = read_layout(layouts / "second.yml").layout.regions
    assert regions.expect == 31 and not regions.skip and not regions.aliases


@pytest.mark.long
def test_a_layout_is_not_replaced_unasked(layouts, tmp_path) -> None:
    file = tmp_path / "own.xlsx"
    file.write_bytes(documents.xlsx(documents.gdp_sheet()))
    assert teach(file) == 0
    before = (layouts / "gdp.yml").read_bytes()
    file.write_bytes(documents.xlsx(documents.gdp_sheet(C3="指数(上年=100)")))
    with refuses(ValueError, Code.NAME_TAKEN):
        teach(file)
    assert (layouts / "gdp.yml").read_bytes() == before


def test_a_second_table_of_a_sheet_begins_at_its_number(layouts) -> None:
    head = [["3-10  地区生产总值(2021年)"], ["（一）按当年价格计算"], documents.HEAD[2]]
    first, second = documents.halves(second_head=head)
    sheet = [["第三篇"], *first, ["注：甲"], [], *second]
    found = drafts(documents.xlsx(sheet), "own.xlsx", "statistical_yearbook")
    assert [draft["provinces"] for draft in found] == [18, 13]
    assert [draft["title"] for draft in found] == ["地区生产总值"] * 2
    assert [draft["title_year"] for draft in found] == [[2022], [2021]]


def test_a_title_without_number_is_told_from_the_line_of_the_unit(layouts) -> None:
    sheet = [["（单位：亿元）"], ["地区生产总值(2022年)"], *documents.gdp_sheet()[2:]]
    (found,) = drafts(documents.xlsx(sheet), "own.xlsx", "statistical_yearbook")
    assert (found["title"], found["unit"], found["provinces"]) == ("地区生产总值", "亿元", 31)


def test_a_file_without_provinces(layouts, tmp_path) -> None:
    file = tmp_path / "own.xlsx"
    file.write_bytes(
        documents.xlsx([["3-10 各市生产总值"], ["市", "总值"], ["郑州市", 1], ["开封市", 2]])
    )
    with refuses(ValueError, Code.READ_TABLE):
        teach(file)


@pytest.mark.long
def test_the_conversation_at_a_terminal(tmp_path: Path, monkeypatch, capsys) -> None:
    file = tmp_path / "landing" / "statistical_yearbook" / "2022" / "own.xlsx"
    file.parent.mkdir(parents=True)
    file.write_bytes(documents.xlsx(documents.gdp_sheet()))
    answers = {
        "Title": "", "A line": "", "Series of column B": "地区生产总值", "Series of column C": "",
        "Name": "gdp",
    }  # fmt: skip

    def spoken(prompt: str) -> str:
        start = next(start for start in answers if prompt.startswith(start))
        return answers.pop(start)

    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(tmp_path / "own"))
    monkeypatch.setattr("builtins.input", spoken)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert teach(file) == 0 and not answers
    assert "62 values, 0 faults" in capsys.readouterr().out
    layout = read_layout(tmp_path / "own" / "gdp.yml").layout
    assert layout.titles == ("地区生产总值",) and layout.editions == ("2022-",)
    assert [column.label for column in layout.columns] == ["地区生产总值", INDEX]
