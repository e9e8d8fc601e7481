"""The next edition of a table is read by the layout of the one before; only what differs is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.ingestion.editions.alignment import align
from living_panel.ingestion.editions.comparison import compare, missing_tables
from living_panel.ingestion.editions.history import find_gaps, gap_problems
from living_panel.ingestion.formats.answers import AnswerRequest, layout_of, written
from living_panel.ingestion.formats.layouts import read_layout
from living_panel.ingestion.formats.teach import drafts
from living_panel.ingestion.provinces import PROVINCES
from living_panel.orchestration.assets.teaching import aligned_with, draft_layout, write_layout
from tests.fixtures.sources.documents import Rows, xlsx
from tests.fixtures.sources.taught import NAMES, levels

SOURCE = "statistical_yearbook"
GDP, EXPORTS, IMPORTS, TRADE = (
    "地区生产总值", "经营单位所在地出口总额", "经营单位所在地进口总额", "经营单位所在地进出口总额",
)  # fmt: skip
EMPLOYED, INVESTMENT, FIRMS, RD, PATENTS, GRANTED, SALES, PURCHASES = (
    "就业人员", "外商投资企业投资总额", "外商投资企业数", "规模以上工业企业R&D经费", "国内专利申请受理量",
    "国内专利授权量", "电子商务销售额", "电子商务采购额",
)  # fmt: skip
Table = tuple[str, str, tuple[tuple[str, str], tuple[str, str]], str, float]
TABLES: tuple[Table, ...] = (
    ("3-9 地区生产总值", "亿元", ((GDP, "生产总值"), ("", "其他")), "", 1),
    ("11-8 货物进出口", "千美元", ((EXPORTS, "出口额"), (IMPORTS, "进口额")), "万美元", 0.1),
    ("11-9 进出口", "千美元", ((TRADE, "进出口"), (EXPORTS, "出口")), "亿美元", 1e-5),
    ("4-1 就业人员", "万人", ((EMPLOYED, "就业人数"), ("", "其他")), "", 1),
    ("11-20 外商投资企业登记", "百万美元", ((INVESTMENT, "投资总额"), ("", "其他")), "亿美元", 0.01),
    ("20-1 研发", "万元", ((RD, "研发经费"), ("", "其他")), "亿元", 1e-4),
    ("20-2 国内专利", "件", ((PATENTS, "受理数"), (GRANTED, "授权数")), "项", 1),
    ("15-1 电子商务", "亿元", ((SALES, "销售"), (PURCHASES, "采购")), "", 1),
    ("15-2 企业电商", "亿元", ((PURCHASES, "采购额"), (SALES, "销售额")), "", 1),
    ("11-21 企业户数", "户", ((FIRMS, "企业数"), ("", "其他")), "家", 1),
)  # fmt: skip


def book(
    table: Table, year: int, *, head: str = "", unit: str = "", times: float = 1.0, added: str = "",
    without: str = "", revised: bool = False, years: int = 2,
) -> bytes:  # fmt: skip
    """A table of two series in two years each: the edition's own year and the one before."""
    title, of, ((_, first), (_, second)), *_ = table
    spans = list(range(year - years + 1, year + 1))
    words = [head or first, second]
    heads = [f"{word}({y}年)" for word in words for y in spans]
    rows: Rows = []
    for i, name in enumerate(NAMES):
        if name == without:
            continue
        cells = [
            round(levels(y)[name] * (1 + number) * times, 6)
            + (0.9 * times if revised and i == 3 and y == year - 1 else 0)
            for number in range(2)
            for y in spans
        ]
        rows.append([name, *cells, *([i + 1.5] if added else [])])
    return xlsx(
        [
            [f"{title}({year}年)"],
            [f"单位:{unit or of}"],
            ["地区", *heads, *([added] if added else [])],
            *rows,
        ]
    )


def answers_of(table: Table) -> Callable[[AnswerRequest], str]:
    labels = [label or "-" for label, _ in table[2]]

    def answer(asked: AnswerRequest) -> str:
        if asked.kind == "series":
            return labels[0 if asked.column == "B" else 1]
        assert asked.default is not None, asked
        return asked.default

    return answer


def frame(figures: list[tuple[Any, ...]], edition: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "edition": edition, "vintage": f"{edition}-10-01", "indicator_label": f[1], "unit": f[2],
                "province_code": f[4], "year": f[5], "value_printed": f[6], "value": f[7], "location": f[0],
            }
            for f in figures
        ]
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(tmp_path / "layouts"))
    (tmp_path / "layouts").mkdir()
    return tmp_path


def first_edition(folder: Path, table: Table) -> pd.DataFrame:
    """Teach the edition of 2021, and return its values as history."""
    file = folder / "table.xlsx"
    file.write_bytes(book(table, 2020))
    (draft,) = drafts(file.read_bytes(), file.name, SOURCE)
    drafted = draft_layout(file, SOURCE, 2021, draft, None, answers_of(table))
    assert drafted.read["faults"] == []
    write_layout(drafted, folder / "layouts" / "first.yml", 2021)
    return frame(drafted.read["figures"], 2021)


def next_edition(
    folder: Path, content: bytes, answer: Callable[[AnswerRequest], str]
) -> tuple[pd.DataFrame, list[AnswerRequest], list[str]]:
    """Read the edition of 2022 by what is known; return its values, the questions, and the differences."""
    file = folder / "table.xlsx"
    file.write_bytes(content)
    (draft,) = drafts(content, file.name, SOURCE)
    aligned = aligned_with(draft, SOURCE, 2022)
    assert aligned is not None
    questions: list[AnswerRequest] = []

    def ask(asked: AnswerRequest) -> str:
        if asked.default is not None:
            return asked.default
        questions.append(asked)
        return answer(asked)

    drafted = draft_layout(file, SOURCE, 2022, draft, aligned, ask)
    assert drafted.read["faults"] == []
    if drafted.is_needed:
        write_layout(drafted, folder / "layouts" / "second.yml", 2022)
    return frame(drafted.read["figures"], 2022), questions, [p.code for p in aligned.differences]


@pytest.mark.long
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table[0])
def test_an_unchanged_table_is_read_without_a_question(folder: Path, table: Table) -> None:
    history = first_edition(folder, table)
    rows, questions, differences = next_edition(folder, book(table, 2021), answers_of(table))
    assert (questions, differences) == ([], [])
    compared = compare(SOURCE, 2022, rows, history)
    assert (compared.doubts, compared.revisions) == ([], [])
    assert all(both == same == 31 for both, same in compared.overlap.values())
    assert not gap_problems(SOURCE, 2022, find_gaps(SOURCE, 2022, rows, history))
    assert not (folder / "layouts" / "second.yml").exists()


@pytest.mark.long
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table[0])
def test_only_the_five_differences_are_asked_or_named(folder: Path, table: Table) -> None:
    """One renamed and one new column, one missing province, one revised value, another unit."""
    history = first_edition(folder, table)
    _, _, ((label, first), _), unit, times = table
    content = book(
        table, 2021, head=f"{first}合计", added="附加指标", without="西藏", revised=True, unit=unit, times=times,
    )  # fmt: skip

    def answer(asked: AnswerRequest) -> str:
        if asked.kind == "provinces":
            return "30"
        if asked.kind == "series" and asked.words == "附加指标":
            return "-"
        assert asked.kind == "series" and asked.near[0] == label
        return label

    rows, questions, differences = next_edition(folder, content, answer)
    assert [asked.kind for asked in questions] == ["series", "series", "provinces"]
    renamed, added, fewer = (
        Code.ALIGN_DIFFERS,
        Code.ALIGN_DIFFERS,
        Code.ALIGN_DIFFERS,
    )
    assert sorted(differences) == sorted([renamed, added, fewer])
    compared = compare(SOURCE, 2022, rows, history)
    series = {label for label, _ in table[2] if label}
    assert [p.code for p in compared.doubts] == ([Code.HISTORY_DOUBT] * len(series) if unit else [])
    assert {p.code for p in compared.revisions} <= {Code.HISTORY_REVISED}
    if not unit:
        assert compared.revisions and all(p.fields["count"] == 1 for p in compared.revisions)
    named = [
        p.fields["missing"]
        for p in gap_problems(SOURCE, 2022, find_gaps(SOURCE, 2022, rows, history))
    ]
    assert named and all("西藏" in text for text in named)
    closed = read_layout(folder / "layouts" / "first.yml").layout
    assert closed.editions == (2021,)
    assert read_layout(folder / "layouts" / "second.yml").layout.editions == ("2022-",)


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ("六、出口额", "五、出口额", []),
        ("2.出口额", "3.出口额", []),
        ("出口货物数量", "出口货物", []),
        ("出口额", "六、出口额", []),
        ("出口额", "出口额合计", ["B"]),
        ("出口额", "出口额增长", ["B", "C"]),
        ("出口额", "出口额占比", ["B", "C"]),
        ("出口额", "六、出口额(比重)", ["B", "C"]),
        ("出口额", "出口数", ["B"]),
    ],
)
def test_a_header_in_another_form_is_the_same_column(
    folder: Path, before: str, after: str, asked: list[str]
) -> None:
    title, unit, (_, second), *_ = TABLES[1]
    table = (title, unit, ((EXPORTS, before), second), "", 1.0)
    rows = first_edition(folder, table)
    (draft,) = drafts(book(table, 2021, head=after), "table.xlsx", SOURCE)
    aligned = aligned_with(draft, SOURCE, 2022)
    assert aligned is not None and not aligned.is_same
    if asked:
        assert [*aligned.renamed, *aligned.added] == asked
        return
    assert [p.code for p in aligned.differences] == [Code.ALIGN_MOVED]
    later, questions, _ = next_edition(folder, book(table, 2021, head=after), answers_of(table))
    assert questions == [] and set(later["indicator_label"]) == set(rows["indicator_label"])


def test_two_columns_with_the_same_words_in_another_form_are_asked_for(folder: Path) -> None:
    title, unit, (_, second), *_ = TABLES[1]
    table = (title, unit, ((EXPORTS, "一、出口额"), second), "", 1.0)
    first_edition(folder, table)
    content = book(table, 2021, head="二、出口额", added="三、出口额")
    (draft,) = drafts(content, "table.xlsx", SOURCE)
    aligned = aligned_with(draft, SOURCE, 2022)
    assert aligned is not None and aligned.reworded == [] and len(aligned.renamed) == 1


@pytest.mark.long
def test_moved_and_missing_columns_are_named(folder: Path) -> None:
    first_edition(folder, TABLES[1])
    title, unit, ((_, first), (_, second)), *_ = TABLES[1]
    swapped = (title, unit, (("", second), ("", first)), "", 1.0)
    _, questions, differences = next_edition(folder, book(swapped, 2021), answers_of(TABLES[1]))
    assert questions == [] and differences == [Code.ALIGN_MOVED]


@pytest.mark.long
def test_a_slip_of_ten_and_a_rare_factor_are_doubts(folder: Path) -> None:
    history = first_edition(folder, TABLES[3])
    rows, *_ = next_edition(folder, book(TABLES[3], 2021), answers_of(TABLES[3]))
    for factor in (10.0, 0.1, 10_000.0):
        one = rows.assign(value=rows["value"].where(rows.index != 1, rows["value"] * factor))
        (doubt,) = compare(SOURCE, 2022, one, history).doubts
        assert doubt.code == Code.HISTORY_DOUBT and doubt.fields["count"] == 1
        every = rows.assign(value=rows["value"] * factor)
        assert compare(SOURCE, 2022, every, history).doubts


def employed(edition: int, value: float, vintage: str = "10-01") -> pd.DataFrame:
    """One value of one province in 2020, as an edition prints it."""
    row = ("row 2", EMPLOYED, "万人", "", "110000", 2020, str(value), value)
    return frame([row], edition).assign(vintage=f"{edition}-{vintage}")


def test_a_layout_matches_from_the_edition_in_which_it_begins(folder: Path) -> None:
    (draft,) = drafts(book(TABLES[0], 2020), "table.xlsx", SOURCE)
    layout = layout_of(draft, SOURCE, 2021, "table.xlsx", answers_of(TABLES[0]))
    path = folder / "layouts" / "own.yml"
    path.write_text(written(layout), encoding="utf-8")
    found = {year: align(draft, [read_layout(path)], year) for year in (2020, 2021, 2022)}
    assert found.pop(2020) is None
    assert all(aligned is not None and aligned.is_same for aligned in found.values())


def test_a_file_is_compared_with_the_newest_print_that_is_no_later_edition() -> None:
    """Not with an older vintage, an older edition or an edition that came later."""
    prints = [
        employed(2020, 90.0),
        employed(2021, 99.0, "12-01"),
        employed(2021, 98.0),
        employed(2023, 97.0),
    ]
    for history in (pd.concat(prints), pd.concat(prints[::-1])):
        compared = compare(SOURCE, 2022, employed(2022, 99.0), history)
        assert compared.overlap == {EMPLOYED: (1, 1)} and not compared.revisions
        (revised,) = compare(SOURCE, 2022, employed(2022, 100.0), history).revisions
        assert revised.fields["edition"] == 2021 and "before 99.0" in revised.fields["cells"]
    assert compare(SOURCE, 2022, employed(2022, 99.0), prints[-1]).overlap == {}


@pytest.mark.long
def test_a_layout_of_another_table_is_not_taken(folder: Path) -> None:
    first_edition(folder, TABLES[1])
    (draft,) = drafts(book(TABLES[3], 2021), "x.xlsx", SOURCE)
    tables = [read_layout(path) for path in (folder / "layouts").glob("*.yml")]
    assert align(draft, tables, 2022) is None
    assert align(draft, tables, 2020) is None


def moved(rows: pd.DataFrame, history: pd.DataFrame) -> dict[str, dict[str, object]]:
    """What is said of rows and tables, by code."""
    found = compare(SOURCE, 2022, rows, history).moved
    return {problem.code: dict(problem.fields) for problem in found}


@pytest.mark.long
def test_new_missing_and_moved_rows_are_named_once(folder: Path) -> None:
    history = first_edition(folder, TABLES[0])
    rows, *_ = next_edition(folder, book(TABLES[0], 2021), answers_of(TABLES[0]))
    assert moved(rows, history) == {}
    tibet = rows["province_code"] == "540000"
    assert moved(rows[~tibet], history) == {}
    (gap,) = gap_problems(SOURCE, 2022, find_gaps(SOURCE, 2022, rows[~tibet], history))
    assert gap.code == Code.HISTORY_GAP and "2021 西藏" in gap.fields["missing"].replace(
        "2020-", ""
    )
    said = moved(rows, history[history["province_code"] != "540000"])
    assert set(said) == {Code.ALIGN_MOVED} and said[Code.ALIGN_MOVED]["provinces"] == "西藏"
    last = pd.concat([rows[~tibet], rows[tibet]], ignore_index=True)
    said = moved(last, history)
    assert set(said) == {Code.ALIGN_MOVED}
    assert said[Code.ALIGN_MOVED]["provinces"] == "西藏"


@pytest.mark.long
def test_moved_new_and_missing_tables_are_named(folder: Path) -> None:
    """One problem for all series with the same difference; the title tells a table, not its place."""
    history = first_edition(folder, TABLES[1])
    rows, *_ = next_edition(folder, book(TABLES[1], 2021), answers_of(TABLES[1]))
    assert missing_tables(SOURCE, 2022, rows["indicator_label"], history) == []
    elsewhere = rows.assign(location=rows["location"].str.replace("sheet 1", "sheet 3"))
    assert not elsewhere["location"].equals(rows["location"])
    said = moved(elsewhere, history)
    assert set(said) == {Code.ALIGN_MOVED}
    assert said[Code.ALIGN_MOVED]["labels"] == [EXPORTS, IMPORTS]
    assert said[Code.ALIGN_MOVED]["sheet"] == "sheet 3"
    (gone,) = missing_tables(SOURCE, 2022, [GDP, EXPORTS], history)
    assert gone.code == Code.ALIGN_TABLES
    assert (gone.fields["labels"], gone.fields["edition"]) == ([IMPORTS], 2021)
    assert missing_tables(SOURCE, 2021, [], history) == []


def prints(edition: int, years: range, provinces: list[str], label: str = EMPLOYED) -> pd.DataFrame:
    """One value of each province in each year, as an edition prints a series."""
    return pd.DataFrame(
        [
            {"edition": edition, "indicator_label": label, "unit": "万人", "value": 1.0}
            | {"province_code": code, "year": year}
            for code in provinces
            for year in years
        ]
    )


ALL = [province.code for province in PROVINCES]
NO_TIBET = [code for code in ALL if code != "540000"]
OTHER = "年末常住人口"
ANNUAL = [prints(edition, range(edition - 1, edition), ALL) for edition in (2020, 2021)]
LONG = prints(2019, range(2005, 2019), ALL)


@pytest.mark.parametrize(
    ("rows", "before", "missing"),
    [
        ([prints(2022, range(2021, 2022), NO_TIBET)], ANNUAL, ["2021 西藏"]),
        # one line for all series and years
        (
            [prints(2022, range(2020, 2022), NO_TIBET, name) for name in (EMPLOYED, OTHER)],
            [prints(2021, range(2019, 2021), ALL, name) for name in (EMPLOYED, OTHER)],
            ["2020-2021 西藏"],
        ),
        # an edition before it did not have Tibet either
        ([prints(2022, range(2021, 2022), NO_TIBET)], [*ANNUAL, prints(2018, range(2017, 2018), NO_TIBET)], []),
        # once printed from its beginning, since then with its last year alone
        ([prints(2022, range(2021, 2022), ALL)], [LONG, *ANNUAL], []),
        # a series that ended: one edition tells nothing about the next year
        ([prints(2022, range(2005, 2019), ALL), prints(2022, range(2021, 2022), ALL, OTHER)], [LONG], []),
        # a year that the publication always reaches, and reaches with another series
        (
            [prints(2022, range(2020, 2021), ALL), prints(2022, range(2021, 2022), ALL, OTHER)],
            ANNUAL,
            ["2021"],
        ),
        ([prints(2022, range(2020, 2021), ALL)], ANNUAL, []),
        # a hole that each edition around it has not, and one that none has
        ([prints(2022, range(2005, 2010), ALL), prints(2022, range(2011, 2022), ALL)], [LONG], ["2010"]),
        ([prints(2022, range(2005, 2010), ALL), prints(2022, range(2019, 2022), ALL)], [LONG], ["2010-2018"]),
        ([prints(2022, range(2010, 2011), ALL), prints(2022, range(2020, 2021), ALL)], [], []),
    ],
)  # fmt: skip
def test_gaps_are_judged_by_how_the_publication_prints(
    rows: list[pd.DataFrame], before: list[pd.DataFrame], missing: list[str]
) -> None:
    past = pd.concat(before) if before else rows[0].iloc[:0]
    problems = gap_problems(SOURCE, 2022, find_gaps(SOURCE, 2022, pd.concat(rows), past))
    assert [problem.fields["missing"] for problem in problems] == missing
