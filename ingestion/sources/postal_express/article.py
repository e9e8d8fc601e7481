"""The post bureau's articles: annual notices with their tables, and the communiqué's sentences.

Only a whole year counts: a notice of January to July has cumulated figures that look like annual
ones. The year comes from the article's title, never from the address.
"""

from __future__ import annotations

import csv
import re
from functools import cache

from bs4 import BeautifulSoup

from ingestion.errors import FailureCase, refusal
from ingestion.figures import Figure
from ingestion.formats.grid import Grid
from ingestion.formats.html import page_grids, read_page
from ingestion.formats.layouts import SHIPPED, layouts
from ingestion.formats.tables import matching, read_tables
from ingestion.provinces import NATIONAL
from ingestion.text import NotANumber, parse_number, plain_label

_ANNUAL = re.compile(
    r"([0-9]{4})年(?:度)?(?:全国)?邮政行业(?:经济)?(?:运行情况|发展统计公报|发展情况|统计公报)"
)
_SENTENCE = re.compile(
    r"国际(?P<join>[/及])港澳台(?:快递)?业务收入(?:累计)?(?:完成|实现|达到|达|为)?"
    r"(?P<value>[0-9]+(?:\.[0-9]+)?)(?P<unit>亿元|万元)"
)
_INTRODUCTIONS = ("其中:", "其中")
_ENUMERATION = re.compile(r"^(?:[一二三四五六七八九十]+、|[0-9]+[、.])")
_REMEDY = "Land the annual notice or communiqué, or its figures in the CSV form."


def annual_year(title: str) -> int | None:
    """Return the year that an annual notice or communiqué is about; None for any other title."""
    found = _ANNUAL.search(plain_label(title))
    return int(found.group(1)) if found else None


def page_title(page: BeautifulSoup) -> str:
    """Return the article's title: from its meta entry, its heading, or the page's title."""
    for name in ("ArticleTitle", "og:title"):
        meta = page.find("meta", attrs={"name": name}) or page.find(
            "meta", attrs={"property": name}
        )
        if meta is not None and str(meta.get("content") or "").strip():
            return str(meta.get("content")).strip()
    for tag in ("h1", "title"):
        found = page.find(tag)
        if found is not None and found.get_text().strip():
            return found.get_text().strip()
    return ""


def read_article(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    """Read an annual notice (national and provincial table) or a communiqué (its sentences).

    Raises
    ------
    ExtractionError
        If the article is not about the year before the edition, or holds neither a known table nor
        a known sentence.
    """
    page = read_page(content, file)
    title = page_title(page)
    year = annual_year(title)
    if year is None:
        raise refusal(
            file, "title", title, "an annual title, such as 2024年邮政行业运行情况; a notice of "
            "some months holds cumulated figures", _REMEDY,
        )  # fmt: skip
    if year != edition - 1:
        raise refusal(
            file, "title", title, f"an article about {edition - 1}, the year of edition {edition}",
            f"Land it under edition {year + 1}.",
        )  # fmt: skip
    grids = page_grids(page, file)
    figures, faults = _national(grids, file, year)
    if matching(grids, layouts("postal_express", edition, file)):
        rows, wrong = read_tables(grids, "postal_express", file, edition)
        # the national line of this table repeats the national table, in another rounding
        figures += [row for row in rows if row.province_code != NATIONAL or not figures]
        faults += wrong
    if not figures:
        # a notice with tables states the same amounts again in its text
        figures = _sentences(page, file, year)
    if not figures and not faults:
        raise refusal(
            file, "body", title, "the national or provincial table, or the sentence on "
            "国际/港澳台 revenue", _REMEDY,
        )  # fmt: skip
    return figures, faults


@cache
def _row_layouts() -> list[dict[str, str]]:
    with (SHIPPED / "postal_express" / "layouts" / "rows.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        return list(csv.DictReader(stream))


def _national(grids: list[Grid], file: str, year: int) -> tuple[list[Figure], list[FailureCase]]:
    figures: list[Figure] = []
    faults: list[FailureCase] = []
    for grid in grids:
        for head in range(min(len(grid.cells), 12)):
            if plain_label(grid.text(head, 0)) == "指标名称":
                found, wrong = _national_rows(grid, head, file, year)
                figures += found
                faults += wrong
                break
    return figures, faults


def _national_rows(
    grid: Grid, head: int, file: str, year: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read indicators by rows: section lines open with 一、, their items stand below them."""
    column = _cumulated(grid, head)
    if column is None:
        path = [grid.heading(head, c) for c in range(len(grid.headings[head]))]
        return [], [
            FailureCase(file, grid.name, "header", " ".join(path), "one column 累计", _REMEDY)
        ]
    figures: list[Figure] = []
    faults: list[FailureCase] = []
    section = ""
    for row in range(head + 1, len(grid.cells)):
        name = plain_label(grid.text(row, 0))
        if re.match(r"^[一二三四五六七八九十]+、", name):
            section = _bare(name)
        for layout in _row_layouts():
            if section not in layout["section"].split("|") or _bare(name) not in layout[
                "row"
            ].split("|"):
                continue
            unit, printed = plain_label(grid.text(row, 1)), grid.text(row, column).strip()
            place = grid.place(row, column)
            if len(grid.cells[row]) != len(grid.headings[head]):
                cells = f"{len(grid.cells[row])} cells"
                wanted = f"{len(grid.headings[head])}, as the header has"
                faults.append(FailureCase(file, place, name, cells, wanted, _REMEDY))
                continue
            if unit != layout["unit"]:
                faults.append(FailureCase(file, place, name, unit, layout["unit"], _REMEDY))
                continue
            try:
                value = parse_number(printed)
            except NotANumber as error:
                faults.append(FailureCase(file, place, name, printed, str(error), _REMEDY))
                continue
            figures.append(
                Figure(
                    place,
                    layout["label"],
                    unit,
                    "全国",
                    NATIONAL,
                    year,
                    printed,
                    value,
                    note=f"printed as {name}",
                )  # fmt: skip
            )
    return figures, faults


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
    name = _ENUMERATION.sub("", name)
    for introduction in _INTRODUCTIONS:
        name = name.removeprefix(introduction)
    return name.strip(":")


def _sentences(page: BeautifulSoup, file: str, year: int) -> list[Figure]:
    """Read international revenue from the text; two different amounts are refused."""
    body = page.select_one(".detail-news, .article-content") or page
    text = plain_label(body.get_text())
    found = {(m["join"], m["value"], m["unit"]) for m in _SENTENCE.finditer(text)}
    if len(found) > 1:
        raise refusal(
            file, "body", "; ".join(f"{value}{unit}" for _, value, unit in sorted(found)),
            "one amount of international revenue", _REMEDY,
        )  # fmt: skip
    figures = []
    for join, printed, unit in found:
        label = f"国际{join}港澳台快递业务收入"
        figures.append(
            Figure(
                "sentence in the body",
                label,
                unit,
                "全国",
                NATIONAL,
                year,
                printed,
                parse_number(printed),
            )  # fmt: skip
        )
    return figures
