"""Tables built at random from known values: an unedited draft reads each of them right, or refuses it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import openpyxl
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from living_panel.ingestion.provinces import PROVINCES
from tests.fixtures.sources.documents import Rows, html_table, page, xlsx
from tests.fixtures.sources.taught import (
    EXPORTS,
    IMPORTS,
    TRADE,
    Taught,
    Truth,
    outcome,
    padded,
    read_by,
    text_file,
)

WORDS = {TRADE: "进出口", EXPORTS: "出口", IMPORTS: "进口"}
ENGLISH_WORDS = {TRADE: "Total", EXPORTS: "Exports", IMPORTS: "Imports"}
UNITS = {"千美元": "1000 US dollars", "万美元": "USD 10 000", "亿美元": "100 million US dollars"}
SUMS = (["东部地区"], ["Eastern Region"], ["大连"], ["宁波"])
NOTES = (["注：本表按当年价格计算。"], ["资料来源：海关总署"], ["Note: a)"])
HARMLESS = ("none", "same header", "same unit", "sum", "blank")
TRAPS = ("swapped header", "other unit", "other unit aside", "year", "year in figures", "series")
EXAMPLES = int(os.environ.get("LIVING_PANEL_EXAMPLES", "100"))


@dataclass(frozen=True)
class Design:
    """How one table is printed."""

    series: tuple[str, ...]
    years: tuple[int, ...]
    unit: str
    unit_at: str
    header: str
    region: str
    middle: str
    at: int
    notes: tuple[list[str], ...]
    split: str
    form: str
    seed: int

    @property
    def may_be_refused(self) -> bool:
        """Whether a row in the middle says anything that the lines above the table do not."""
        again = self.middle == "same unit" and self.unit_at in {
            "header",
            "behind",
            "column",
            "nowhere",
        }
        return again or self.middle in TRAPS

    @property
    def has_to_be_refused(self) -> bool:
        """Whether a row in the middle changes what the figures below it mean."""
        alone = len(columns(self)) == 1
        return self.middle in TRAPS and not (self.middle == "swapped header" and alone)

    def value(self, label: str, province: int, year: int) -> int:
        place = list(WORDS).index(label) * 1_000 + province * 10 + (year - 2015)
        return 100_000 + (self.seed * 7_919 + place * 104_729) % 8_999_999

    def truth(self) -> Truth:
        return {
            (label, province.short, year): (float(self.value(label, i, year)), self.unit)
            for label in self.series
            for i, province in enumerate(PROVINCES)
            for year in self.years
        }


@st.composite
def designs(draw: st.DrawFn) -> Design:
    """Draw a table whose parts fit together: where a year stands decides how many there may be."""
    header = draw(
        st.sampled_from(
            ["title year", "year in word", "years over words", "words over years", "years alone", "rows"]
        )
    )  # fmt: skip
    few = 1 if header == "years alone" else 3
    series = draw(st.permutations(list(WORDS)))[: draw(st.integers(1, few))]
    most = 1 if header == "title year" else 3
    years = draw(st.permutations(range(2018, 2023)))[: draw(st.integers(1, most))]
    unit_at = draw(
        st.sampled_from(
            ["corner", "title", "alone", "English", "header", "behind", "column", "nowhere"]
        )
    )
    form = draw(st.sampled_from(["xlsx", "csv", "tab", "page"]))
    split = draw(st.sampled_from(["none", "none", "same sheet", "other sheet"]))
    if header == "years alone" and unit_at in {"header", "behind"}:
        unit_at = "corner"
    if form in {"csv", "tab"} and header in {"years over words", "words over years"}:
        form = "xlsx"  # a text has no merged cells
    if split == "other sheet" and form != "xlsx":
        split = "same sheet" if form != "page" else "none"
    if form == "page":
        split = "none"
    return Design(
        tuple(series), tuple(years), draw(st.sampled_from(list(UNITS))), unit_at, header,
        draw(st.sampled_from(["padded", "full", "bilingual", "English"])),
        draw(st.sampled_from([*HARMLESS, *TRAPS])), draw(st.integers(1, 16)),
        tuple(draw(st.lists(st.sampled_from(NOTES), max_size=2))), split, form,
        draw(st.integers(0, 10_000)),
    )  # fmt: skip


# -- printing --------------------------------------------------------------------------------------


def columns(design: Design) -> list[tuple[str, int]]:
    if design.header in {"rows", "title year"}:
        return [(label, design.years[0]) for label in design.series]
    if design.header == "years over words":
        return [(label, year) for year in design.years for label in design.series]
    return [(label, year) for label in design.series for year in design.years]


def head(design: Design) -> tuple[Rows, list[tuple[int, int, int, int]]]:
    """The rows of the header, and what is merged in them."""
    tail = {"header": f"({design.unit})", "behind": design.unit}.get(design.unit_at, "")
    word = {label: WORDS[label] + tail for label in design.series}
    lead = [
        "地区",
        *(["年份"] if design.header == "rows" else []),
        *(["单位"] if design.unit_at == "column" else []),
    ]
    blank = [""] * len(lead)
    cells = columns(design)
    if design.header == "years alone":
        return [[*lead, *(year for _, year in cells)]], []
    if design.header == "year in word":
        return [
            [
                *lead,
                *(
                    f"{word[label]}{year}年" if not tail else f"{year}年{word[label]}"
                    for label, year in cells
                ),
            ]
        ], []
    if design.header in {"title year", "rows"}:
        return [[*lead, *(word[label] for label, _ in cells)]], []
    outer = [
        f"{year}年" if design.header == "years over words" else word[label] for label, year in cells
    ]
    inner = [
        word[label] if design.header == "years over words" else f"{year}年" for label, year in cells
    ]
    width = len(design.series) if design.header == "years over words" else len(design.years)
    first = [text if i % width == 0 else "" for i, text in enumerate(outer)]
    areas = [
        (0, 0, len(lead) + i, len(lead) + i + width - 1)
        for i in range(0, len(cells), width)
        if width > 1
    ]
    return [[*lead, *first], [*blank, *inner]], areas


def body(design: Design) -> Rows:
    names = {
        "padded": lambda p: padded(p.short),
        "full": lambda p: p.full,
        "English": lambda p: p.english,
        "bilingual": lambda p: f"{padded(p.short)} {p.english}",
    }
    rows: Rows = []
    for i, province in enumerate(PROVINCES):
        for year in design.years if design.header == "rows" else (None,):
            lead = [names[design.region](province), *([year] if year else [])]
            lead += [design.unit] if design.unit_at == "column" else []
            rows.append([*lead, *(design.value(l, i, year or y) for l, y in columns(design))])
    return rows


def middle(design: Design) -> Rows:
    """Separator between two regions."""
    header, _ = head(design)
    width = len(header[0])
    figures = width - len(columns(design))
    other = next(unit for unit in UNITS if unit != design.unit)
    lead = [""] * (figures - 1)
    if design.middle == "same header":
        return header
    if design.middle == "swapped header":
        return [[*row[:figures], *reversed(row[figures:])] for row in header]
    if design.middle == "same unit":
        return [[f"单位:{design.unit}"]]
    if design.middle == "other unit":
        return [[f"单位：{other}"]]
    if design.middle == "other unit aside":
        return [["", *lead, f"({other})"]]
    if design.middle == "year":
        return [["2017年"]]
    if design.middle == "year in figures":
        return [["年", *lead, *([2017] * len(columns(design)))]]
    if design.middle == "series":
        return [["其中：加工贸易"]]
    if design.middle == "sum":
        label = list(SUMS[design.seed % len(SUMS)])
        years = [design.years[0]] if design.header == "rows" else []
        units = [design.unit] if design.unit_at == "column" else []
        return [[*label, *years, *units, *(11 for _ in columns(design))]]
    return [[]] if design.middle == "blank" else []


def printed(design: Design) -> bytes:
    year = f"({design.years[0]}年)" if design.header == "title year" else ""
    inside = f"({design.unit})" if design.unit_at == "title" else ""
    lines: Rows = [[f"11-8 货物进出口{inside}{year}"]]
    lines += {
        "corner": [[f"单位：{design.unit}"]],
        "alone": [["", f"({design.unit})"]],
        "English": [[f"Unit: {UNITS[design.unit]}"]],
    }.get(design.unit_at, [])
    header, areas = head(design)
    rows = body(design)
    per = len(design.years) if design.header == "rows" else 1
    at = design.at * per
    rows = [*rows[:at], *middle(design), *rows[at:]]
    cut = 20 * per + len(middle(design))
    parts = [rows] if design.split == "none" else [rows[:cut], rows[cut:]]
    lines_again: Rows = [["11-8 续表"], *lines[1:]]
    first: Rows = [*lines, *header, *parts[0]]
    second: Rows = [*lines_again, *header, *parts[1]] if len(parts) > 1 else []
    tops = [len(lines)]
    if design.form == "page":
        return as_page(lines, header, areas, [*rows, *design.notes])
    if design.split == "same sheet":
        tops.append(len(first) + len(lines_again))
        first, second = [*first, *second], []
    if design.form in {"csv", "tab"}:
        width = max(map(len, first))
        padded_rows = [[*row, *[""] * (width - len(row))] for row in [*first, *design.notes]]
        return text_file(padded_rows, "\t" if design.form == "tab" else ",")

    def merge(book: openpyxl.Workbook) -> None:
        for sheet, starts in zip(book.worksheets, [tops, [len(lines_again)]], strict=False):
            for top in starts:
                for first_row, last_row, left, right in areas:
                    sheet.merge_cells(
                        start_row=top + first_row + 1,
                        end_row=top + last_row + 1,
                        start_column=left + 1,
                        end_column=right + 1,
                    )

    sheets = [[*first, *design.notes]] + ([second] if second else [])
    return xlsx(*sheets, edit=merge)


def as_page(lines: Rows, header: Rows, areas: list[tuple[int, int, int, int]], rows: Rows) -> bytes:
    spans = {(top, left): right - left + 1 for top, _, left, right in areas}
    table = ""
    for r, row in enumerate(header):
        table += "<tr>"
        c = 0
        while c < len(row):
            wide = spans.get((r, c), 1)
            table += f'<td colspan="{wide}">{row[c]}</td>'
            c += wide
        table += "</tr>"
    whole = html_table(rows).replace("<table>", f"<table>{table}", 1)
    return page("".join(f"<p>{' '.join(map(str, line))}</p>" for line in lines) + whole)


def answers(design: Design) -> dict[str, str]:
    """Answers of a person who knows the table, by its columns."""
    from living_panel.ingestion.formats.grid import column_letters

    first = len(head(design)[0][0]) - len(columns(design))
    found = {}
    for offset, (label, _) in enumerate(columns(design)):
        letter = column_letters(first + offset)
        found |= {f"column_{letter}": label, f"unit_{letter}": design.unit}
    return found


@pytest.mark.long
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(designs())
def test_a_random_table_is_read_right_or_refused(design: Design) -> None:
    shape = Taught("random", lambda: printed(design), answers(design))
    figures, faults = outcome(shape)
    event("refused" if faults else "read")
    if faults:
        assert design.may_be_refused, faults
        return
    assert not design.has_to_be_refused
    assert read_by(figures) == design.truth(), design
