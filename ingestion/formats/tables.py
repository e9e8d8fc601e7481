"""Printed tables of provinces by columns: found by title, read by the layout of their edition.

Layouts are data, `sources/<source>/layouts/tables.csv` and `columns.csv`: one column an edition, -1 where
a table or a column does not exist. A column counts only if its printed header says what the layout
expects, so a table that has moved fails instead of giving another column's figures.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingestion.catalog import source
from ingestion.errors import ExtractionError, FailureCase, refusal
from ingestion.figures import Figure
from ingestion.formats.grid import Grid
from ingestion.provinces import PROVINCES, OutsidePanel, UnknownProvince, province_code
from ingestion.text import MISSING_MARKS, NotANumber, parse_number, plain_label

SOURCES = Path(__file__).parents[1] / "sources"
ABSENT = "-1"

_NUMBERING = re.compile(
    r"^(?:表?[0-9]{1,2}[-.][0-9]{1,2}(?:-[0-9]{1,2})?|[(（][一二三四五六七八九十]+[)）]|附?表[0-9]{1,2})"
)
_YEAR_NOTE = re.compile(r"[(（]?(?:19|20)[0-9]{2}年?[)）]?$")
_UNIT_LINE = re.compile(r"(?:计量)?单位[:：](.+?)(?:[(（].*)?$")
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_NOTES = ("注", "资料来源", "数据来源", "说明", "本表", "*", "Note", "Source", "a)", "①")
_TITLE_ROWS = 12


@dataclass(frozen=True)
class Column:
    """One column of a table that is read: its series, its place and its printed header."""

    label: str
    index: int
    header: tuple[frozenset[str], ...]
    """One set of accepted wordings a header row that matters, from top to bottom."""
    year: str


@dataclass(frozen=True)
class Table:
    """One table as one edition prints it."""

    name: str
    title: str
    header_rows: int
    region_column: int
    provinces: str
    skip: frozenset[str]
    columns: tuple[Column, ...]


def layouts(source_name: str, edition: int, file: str) -> list[Table]:
    """Return the tables that the layouts of an edition describe.

    Raises
    ------
    ExtractionError
        If the layouts have no column for that edition.
    """
    folder = SOURCES / source_name / "layouts"
    fields, columns = _read(folder / "tables.csv"), _read(folder / "columns.csv")
    key = str(edition)
    known = sorted(name for name in fields[0] if name.isdigit())
    if key not in known:
        raise refusal(
            file, "layout", key, f"an edition with a layout: {', '.join(known)}",
            f"Add a column {key} to ingestion/sources/{source_name}/layouts/tables.csv and columns.csv, "
            "or land the figures in the CSV form.",
        )  # fmt: skip
    found: dict[str, dict[str, str]] = {}
    for row in fields:
        if row[key] != ABSENT:
            found.setdefault(row["table"], {})[row["field"]] = row[key]
    return [
        Table(
            name=name,
            title=plain_label(table["title"]),
            header_rows=int(table["header_rows"]),
            region_column=int(table.get("region_column", "0")),
            provinces=table.get("provinces", "all"),
            skip=frozenset(plain_label(text) for text in table.get("skip", "").split(";") if text),
            columns=tuple(
                Column(
                    label=row["label"],
                    index=int(row[key]),
                    header=tuple(
                        frozenset(map(plain_label, words.split("|")))
                        for words in row["header"].split(">")
                    ),
                    year=row["year"],
                )
                for row in columns
                if row["table"] == name and row[key] != ABSENT
            ),
        )
        for name, table in found.items()
        if "title" in table
    ]


@cache
def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def title_of(text: str) -> str:
    """Return a printed title without number, blanks and the year it ends with."""
    title = _NUMBERING.sub("", plain_label(text))
    return _YEAR_NOTE.sub("", title)


def matching(grids: list[Grid], tables: list[Table]) -> list[tuple[Grid, Table]]:
    """Return each grid with the table whose title opens one of its first rows.

    Only the first text of a row can be a title: a header cell may read the same.
    """
    found = []
    for grid in grids:
        openings = (
            next((text for text in row if text.strip()), "") for row in grid.cells[:_TITLE_ROWS]
        )
        titles = {title_of(text) for text in openings}
        found += [(grid, table) for table in tables if table.title in titles]
    return found


def read_tables(
    grids: list[Grid], source_name: str, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read every grid whose title a layout of the edition knows.

    Raises
    ------
    ExtractionError
        If no grid has a known title, or the layouts do not know the edition.
    """
    tables = layouts(source_name, edition, file)
    found = matching(grids, tables)
    if not found:
        titles = ", ".join(table.title for table in tables)
        raise refusal(
            file, "title", _first_title(grids), f"a table titled {titles}",
            "Land the file that holds the table, or describe its title in "
            f"ingestion/sources/{source_name}/layouts/tables.csv.",
        )  # fmt: skip
    figures: list[Figure] = []
    faults: list[FailureCase] = []
    for grid, table in found:
        try:
            rows, wrong = _read_table(grid, table, source_name, file, edition)
        except ExtractionError as error:
            faults += error.cases
            continue
        figures += rows
        faults += wrong
    return figures, faults


def _first_title(grids: list[Grid]) -> str:
    for grid in grids:
        for row in grid.cells[:_TITLE_ROWS]:
            for text in row:
                if text.strip():
                    return text.strip()
    return "no table"


def _read_table(
    grid: Grid, table: Table, source_name: str, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    start = _first_region(grid, table, file)
    corner, note = _corner(grid, start)
    columns = [
        (column, *_checked_header(grid, table, column, start, source_name, corner, file, edition))
        for column in table.columns
    ]
    figures: list[Figure] = []
    faults: list[FailureCase] = []
    seen: set[str] = set()
    width = _header_width(grid, table, start, file)
    for row, label, code in _regions(grid, table, start, file, faults):
        seen.add(code)
        if len(grid.cells[row]) != width:
            # a cell too few, and every figure behind it would stand under another header
            faults.append(
                FailureCase(
                    file,
                    grid.place(row, table.region_column),
                    label,
                    f"{len(grid.cells[row])} cells",
                    f"{width} cells, as the header has",
                    "Land the table whole.",
                )  # fmt: skip
            )
            continue
        for column, unit, year in columns:
            found = _cell(grid, row, column, file)
            if isinstance(found, FailureCase):
                faults.append(found)
            elif found is not None:
                printed, value = found
                place = grid.place(row, column.index)
                figures.append(
                    Figure(place, column.label, unit, label, code, year, printed, value, note=note)
                )
    lacking = [province.short for province in PROVINCES if province.code not in seen]
    if lacking and table.provinces == "all":
        faults.append(
            FailureCase(
                file,
                grid.name,
                table.title,
                ", ".join(lacking),
                "a row for each of 31 provinces",
                "The table may be cut, or only its first half: land the whole table.",
            )  # fmt: skip
        )
    return figures, faults


def _header_width(grid: Grid, table: Table, start: int, file: str) -> int:
    """Return the number of cells of the header rows, which have to agree."""
    widths = [len(row) for row in grid.headings[max(start - table.header_rows, 0) : start]]
    if len(set(widths)) != 1:
        raise refusal(
            file, grid.name, widths, "header rows of the same number of cells",
            "Land the table whole.", "header",
        )  # fmt: skip
    return widths[0]


def _first_region(grid: Grid, table: Table, file: str) -> int:
    for row in range(len(grid.cells)):
        label = grid.text(row, table.region_column)
        try:
            province_code(label)
        except UnknownProvince:
            # a subtotal may stand above the first province, and is no header
            if plain_label(label) not in table.skip:
                continue
        return row
    raise refusal(
        file, grid.name, table.title, "rows of provinces below the header",
        "Land the table itself.",
    )  # fmt: skip


def _corner(grid: Grid, start: int) -> tuple[str, str]:
    """Return the unit printed in a corner above the table, and the note on sampling, if any."""
    unit = note = ""
    for row in grid.cells[:start]:
        for text in row:
            found = _UNIT_LINE.search(plain_label(text))
            if found and not unit:
                unit = found.group(1)
            if "抽样比" in text and not note:
                note = text.strip()
    return unit, note


def _checked_header(
    grid: Grid,
    table: Table,
    column: Column,
    start: int,
    source_name: str,
    corner: str,
    file: str,
    edition: int,
) -> tuple[str, int]:
    """Return unit and year of a column after comparing its printed header with the layout."""
    words = [
        plain_label(grid.heading(row, column.index))
        for row in range(max(start - table.header_rows, 0), start)
    ]
    path = ">".join(dict.fromkeys(word for word in words if word))
    place = f"{grid.name} column {column.index + 1}"
    layout = f"ingestion/sources/{source_name}/layouts/columns.csv"
    if not _heads(column.header, words):
        expected = " > ".join("|".join(sorted(part)) for part in column.header)
        raise refusal(
            file, place, path, f"the header {expected} ({column.label})",
            f"The table has another layout than edition {edition} in {layout}; correct it there, "
            "or land the figures in the CSV form.", "header",
        )  # fmt: skip
    if column.year != "header":
        year = edition + int(column.year)
        stated = {int(text) for text in _YEAR.findall(path)}
        if stated and year not in stated:
            raise refusal(file, place, path, f"figures of {year}", f"Correct {layout}.", "header")
    else:
        years = _YEAR.findall(path)
        if len(set(years)) != 1:
            raise refusal(
                file, place, path, "one year in the header", f"Correct {layout}.", "header"
            )
        year = int(years[0])
    return _unit(path, corner, column, source_name, file, place), year


def _heads(expected: tuple[frozenset[str], ...], words: list[str]) -> bool:
    """Whether the expected wordings stand in the header cells, whole and in this order."""
    bare = iter([_YEAR.sub("", re.sub(r"\([^()]*\)", "", word)).rstrip("年") for word in words])
    return all(any(word in wordings for word in bare) for wordings in expected)


def _unit(path: str, corner: str, column: Column, source_name: str, file: str, place: str) -> str:
    """Return the unit in the column's header, else the one in the corner of the table."""
    series = source(source_name).by_label().get(column.label)
    known = series.units if series else ()
    in_header = [text for text in re.findall(r"\(([^()]+)\)", path) if text in known]
    if in_header:
        return in_header[-1]
    if not corner:
        raise refusal(
            file, place, path, f"a printed unit, one of {', '.join(known)}",
            "Land the table with the line that states its unit.", "unit",
        )  # fmt: skip
    return corner


def _regions(
    grid: Grid, table: Table, start: int, file: str, faults: list[FailureCase]
) -> Iterator[tuple[int, str, str]]:
    """Yield row, printed label and code of each region, until the notes begin."""
    for row in range(start, len(grid.cells)):
        label = grid.text(row, table.region_column)
        plain = plain_label(label)
        if not plain:
            if any(grid.text(row, column.index).strip() for column in table.columns):
                faults.append(
                    FailureCase(
                        file,
                        grid.place(row, table.region_column),
                        "region",
                        "",
                        "a region in front of figures",
                        "Complete the row, or remove it.",
                    )  # fmt: skip
                )
            continue
        if plain in table.skip:
            continue
        if label.strip().startswith(_NOTES):
            return
        try:
            yield row, label.strip(), province_code(label)
        except OutsidePanel:
            continue
        except UnknownProvince as error:
            faults.append(
                FailureCase(
                    file,
                    grid.place(row, table.region_column),
                    "region",
                    label,
                    str(error),
                    "If this is no province, add it to `skip` in the layout's tables.csv.",
                )  # fmt: skip
            )


def _cell(
    grid: Grid, row: int, column: Column, file: str
) -> tuple[str, float | None] | FailureCase | None:
    printed = grid.text(row, column.index).strip()
    if not printed:
        return None
    if printed in MISSING_MARKS:
        return printed, None
    try:
        return printed, parse_number(printed)
    except NotANumber as error:
        return FailureCase(
            file, grid.place(row, column.index), column.label, printed, str(error),
            "Correct the cell, or land the figure in the CSV form.",
        )  # fmt: skip
