"""The post bureau's articles: annual notices with their tables, and the communiqué's sentences.

Only a whole year counts: a notice of January to July has cumulated values that look like annual
ones. The year comes from the article's title, never from the address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

from living_panel.codes import Code, NoFix
from living_panel.ingestion.errors import FailureCase, refusal
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.formats.html import page_grids, read_page
from living_panel.ingestion.formats.layouts import layouts
from living_panel.ingestion.formats.pieces import matching
from living_panel.ingestion.formats.tables import read_tables
from living_panel.ingestion.limited_yaml import YamlLoader
from living_panel.ingestion.provinces import NATIONAL, UnknownProvince, province_code
from living_panel.ingestion.text import (
    ENUMERATION,
    NotANumber,
    parse_number,
    part_of_year,
    plain_label,
)

_ANNUAL = re.compile(
    r"(?P<before>.*?)(?P<year>[0-9]{4})年度?(?P<within>[^0-9年月]*?)"
    r"邮政行业(?:经济)?(?:运行情况|发展统计公报|发展情况|统计公报)(?P<after>.*)"
)
_NOT_OF_A_YEAR = re.compile(r"季度|半年|解读")
"""Words of titles of a part of a year, and of articles that only explain a communiqué."""
_OFFICE = re.compile(r"([^-_|·:>\s]{2,9}?)邮政(?:管理)?局")
_SAID_BY_ALL = re.compile(
    r"国家邮政局|邮政管理局|邮政局|全国|公布|发布|印发|通报|公告|关于|[的:《》「」“”]"
)
_VERB = r"(?:累计)?(?:完成|实现|达到|达|为)?"
_GROWTH = r"(?:[,;](?:同比|比上年|较上年)?(?:增长|下降|减少)[0-9.]+%)?"
_AMOUNT = r"(?P<{0}>[0-9]+(?:\.[0-9]+)?)(?P<{0}_unit>{1})"
_SENTENCE = re.compile(
    r"国际(?P<join>[/及])港澳台(?:快递)?"
    r"(?:业务收入" + _VERB + _AMOUNT.format("only", "亿元|万元") + "|"
    r"业务量"
    + _VERB
    + _AMOUNT.format("volume", "亿件|万件")
    + "(?:"
    + _GROWTH
    + "[,;](?:实现|完成)?"
    r"业务收入" + _VERB + _AMOUNT.format("revenue", "亿元|万元") + ")?)"
)
_SIZE = {"亿": 1e8, "万": 1e4}
_INTRODUCTIONS = ("其中:", "其中")
_REMEDY = "Put the annual notice or communiqué into landing/, or type its values into a CSV file (data/README.md)."


@dataclass(frozen=True)
class Subject:
    """Subject of an annual notice or communiqué: a year, and the country or one province."""

    year: int
    region: str
    code: str


def subject(title: str, *offices: str) -> Subject | None:
    """Return what an annual title is about; None for the title of some months, or of another kind.

    `offices` are whom else the page names as its author or site; only post offices are looked at.

    Raises
    ------
    UnknownProvince
        If title or office name anything but the State Post Bureau and one of the 31 provinces.
    """
    match = _ANNUAL.search(plain_label(title))
    if match is None or _NOT_OF_A_YEAR.search(match["within"] + match["after"]):
        return None
    named = [_SAID_BY_ALL.sub("", match[part]) for part in ("before", "within")]
    for text in (match["after"], *map(plain_label, offices)):
        named += [_SAID_BY_ALL.sub("", name) for name in _OFFICE.findall(text) if name != "国家"]
    regions = {province_code(name): name for name in named if name} or {NATIONAL: "全国"}
    if len(regions) != 1:
        raise UnknownProvince(
            Code.READ_REGION(
                "one region, not {regions}", NoFix.PART, regions=" and ".join(regions.values())
            )
        )
    ((code, region),) = regions.items()
    return Subject(int(match["year"]), region, code)


def page_title(page: BeautifulSoup) -> str:
    """Return the article's title: from its meta entry, its heading, or the page's title."""
    for name in ("ArticleTitle", "og:title"):
        if text := _meta(page, name):
            return text
    for tag in ("h1", "title"):
        element = page.find(tag)
        if element is not None and element.get_text().strip():
            return element.get_text().strip()
    return ""


def _meta(page: BeautifulSoup, name: str) -> str:
    element = page.find("meta", attrs={"name": name}) or page.find("meta", attrs={"property": name})
    return str(element.get("content") or "").strip() if element is not None else ""


def read_article(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    """Read an annual notice or communiqué: its tables, and its sentence on international parcels.

    Raises
    ------
    ExtractionError
        If the article is about another year than that before the edition. If its office is neither the State Post
        Bureau nor a province's. If it has neither a known table nor a known sentence.
    """
    page = read_page(content, file)
    title = page_title(page)
    try:
        about = subject(title, *(_meta(page, name) for name in ("SiteName", "ContentSource")))
    except UnknownProvince as error:
        raise refusal(
            Code.READ_REGION, file, "title", title,
            f"a notice of the State Post Bureau or of one province: {error.expectation}",
            "Remove the file: the panel has no values of cities or of other authorities.",
        ) from error  # fmt: skip
    if about is None:
        raise refusal(
            Code.READ_YEAR, file, "title", title, "an annual title, such as 2024年邮政行业运行情况; a notice "
            "about some months has cumulated values", _REMEDY,
        )  # fmt: skip
    if about.year != edition - 1:
        raise refusal(
            Code.READ_YEAR, file, "title", title, f"an article about {edition - 1}, the year of edition {edition}",
            f"Put it under edition {about.year + 1}.",
        )  # fmt: skip
    grids = page_grids(page, file)
    values, faults = _totals(grids, file, about)
    if matching(grids, layouts("postal_express", edition, file)):
        rows, wrong = read_tables(grids, "postal_express", file, edition)
        # the national line of this table repeats the national table, in another rounding
        cells = {(figure.indicator_label, figure.province_code) for figure in values}
        values += [row for row in rows if (row.indicator_label, row.province_code) not in cells]
        faults += wrong
    stated, wrong = _beside(_sentences(page, file, about), values, file)
    values += stated
    faults += wrong
    if not values and not faults:
        raise refusal(
            Code.READ_TABLE, file, "body", title, "the national or provincial table, or the sentence on "
            "国际/港澳台 revenue", _REMEDY,
        )  # fmt: skip
    return values, faults


@cache
def _row_layouts() -> dict[tuple[str, str], dict[str, str]]:
    """Return the series of the national table by its section and row, in every wording."""
    text = Path(__file__).resolve().with_name("national_table.yml").read_text(encoding="utf-8")
    return {
        (section, row): layout
        for layout in yaml.load(text, Loader=YamlLoader)
        for section in layout["section"].split("|")
        for row in layout["row"].split("|")
    }


def _totals(grids: list[Grid], file: str, about: Subject) -> tuple[list[Figure], list[FailureCase]]:
    values: list[Figure] = []
    faults: list[FailureCase] = []
    for grid in grids:
        for head in range(len(grid.cells)):
            if plain_label(grid.text(head, 0)) == "指标名称":
                totals, wrong = _total_rows(grid, head, file, about)
                values += totals
                faults += wrong
                break
    return values, faults


def _total_rows(
    grid: Grid, head: int, file: str, about: Subject
) -> tuple[list[Figure], list[FailureCase]]:
    """Read indicators by rows: section lines open with 一、, their items stand below them."""
    column = _cumulated(grid, head)
    if column is None:
        path = [grid.heading(head, c) for c in range(len(grid.headings[head]))]
        return [], [
            FailureCase(
                file,
                grid.name,
                "header",
                " ".join(path),
                "one column 累计",
                _REMEDY,
                Code.READ_HEADER,
            )
        ]
    values: list[Figure] = []
    faults: list[FailureCase] = []
    section = ""
    width = len(grid.headings[head])
    for row in range(head + 1, len(grid.cells)):
        name = plain_label(grid.text(row, 0))
        if re.match(r"^[一二三四五六七八九十]+、", name):
            section = _bare(name)
        layout = _row_layouts().get((section, _bare(name)))
        if layout is None:
            continue
        unit, printed = plain_label(grid.text(row, 1)), grid.text(row, column).strip()
        place, cells = grid.place(row, column), len(grid.cells[row])
        if cells != width:
            code, odd, wanted = Code.READ_ROW, f"{cells} cells", f"{width}, as the header has"
        elif unit != layout["unit"]:
            code, odd, wanted = Code.READ_UNIT, unit, layout["unit"]
        else:
            try:
                value, note = parse_number(printed), f"printed as {name}"
            except NotANumber as error:
                code, odd, wanted = Code.READ_NUMBER, printed, error.expectation
            else:
                whom = about.region, about.code, about.year
                values.append(
                    Figure(place, layout["label"], unit, *whom, printed, value, note=note)
                )
                continue
        faults.append(FailureCase(file, place, name, odd, wanted, _REMEDY, code))
    return values, faults


def _cumulated(grid: Grid, head: int) -> int | None:
    """Return the one column that is headed 累计 and is no growth rate."""
    columns: list[int] = []
    if len({len(row) for row in grid.headings[head : head + 2]}) != 1:
        return None
    for column in range(2, max(len(row) for row in grid.headings)):
        words = [plain_label(grid.heading(head + step, column)) for step in range(2)]
        path = ">".join(words)
        if "累计" in path and not re.search("增长|同比|比去年|%", path):
            columns.append(column)
    return columns[0] if len(columns) == 1 else None


def _bare(name: str) -> str:
    name = ENUMERATION.sub("", name)
    for introduction in _INTRODUCTIONS:
        name = name.removeprefix(introduction)
    return name.strip(":")


def _sentences(page: BeautifulSoup, file: str, about: Subject) -> list[Figure]:
    """Read international parcels and revenue from the text; two different amounts are refused."""
    body = page.select_one(".detail-news, .article-content") or page
    text = plain_label(body.get_text())
    values: dict[str, Figure] = {}
    for match in _SENTENCE.finditer(text):
        if _is_of_another_time(re.split("[。;]", text[: match.start()])[-1], about.year):
            continue
        for kind, group in (("收入", "only"), ("量", "volume"), ("收入", "revenue")):
            if (printed := match[group]) is None:
                continue
            label, unit = f"国际{match['join']}港澳台快递业务{kind}", match[f"{group}_unit"]
            earlier = values.get(kind)
            if earlier and (earlier.value_printed, earlier.unit) != (printed, unit):
                raise refusal(
                    Code.READ_CONTRADICTION, file, "body", f"{earlier.value_printed}{earlier.unit}; {printed}{unit}",
                    f"one amount of {label}", _REMEDY,
                )  # fmt: skip
            values[kind] = Figure(
                "sentence in the body", label, unit, about.region, about.code, about.year,
                printed, parse_number(printed),
            )  # fmt: skip
    return list(values.values())


def _is_of_another_time(before: str, year: int) -> bool:
    """Whether what stands before an amount in its sentence is a month, a quarter or another year."""
    years = set(map(int, re.findall(r"(?<![0-9])(20[0-9]{2})年", before)))
    return bool(part_of_year(before) or re.search("(?<![比较])[上去]年", before) or years - {year})


def _beside(
    stated: list[Figure], tabled: list[Figure], file: str
) -> tuple[list[Figure], list[FailureCase]]:
    """Return what the text adds to the tables; where both speak, they have to agree."""
    added: list[Figure] = []
    faults: list[FailureCase] = []
    for figure in stated:
        kind = figure.indicator_label[-2:]
        same = [
            row
            for row in tabled
            if row.indicator_label.startswith("国际")
            and row.indicator_label.endswith(kind)
            and row.province_code == figure.province_code
        ]
        if not same:
            added.append(figure)
        elif not _agree(figure, same[0]):
            table = f"{same[0].value_printed}{same[0].unit} as in {same[0].location}"
            stated_here = f"{figure.value_printed}{figure.unit}"
            faults.append(
                FailureCase(
                    file,
                    figure.location,
                    figure.indicator_label,
                    stated_here,
                    table,
                    _REMEDY,
                    Code.READ_CONTRADICTION,
                )
            )
    return added, faults


def _agree(one: Figure, other: Figure) -> bool:
    """Whether two printed values can be the same amount, each rounded to its own last digit."""
    half = [
        10.0 ** -len(figure.value_printed.partition(".")[2]) * _SIZE[figure.unit[0]] / 2
        for figure in (one, other)
    ]
    values = [(figure.value or 0.0) * _SIZE[figure.unit[0]] for figure in (one, other)]
    return abs(values[0] - values[1]) <= sum(half) * (1 + 1e-9)
