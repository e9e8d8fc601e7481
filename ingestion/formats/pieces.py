"""Which rows of which grids are which table: found by title, in pieces where it is continued (续表)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import groupby, pairwise

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, refusal
from living_panel.ingestion.evidence import Role, Said, years_in
from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.formats.headers import header_path
from living_panel.ingestion.formats.layouts import (
    LayoutTable,
    file_title,
    is_continued,
    is_numbered,
    title_of,
)
from living_panel.ingestion.provinces import NATIONAL, PROVINCES
from living_panel.ingestion.text import is_period, plain_label, without_mark, without_unit
from living_panel.ingestion.units import (
    LONGEST_LINE,
    is_same_loosely,
    unit_of,
    units_above,
    units_in,
)

REGION_HEADS = frozenset(
    {
        "地区",
        "地区名称",
        "省份",
        "省市",
        "省(区、市)",
        "省、区、市",
        "地区Region",
        "Region",
        "Province",
        "Area",
    }
)
"""Header above the names of regions, often alone in its row of the header."""
YEAR_HEADS = frozenset(
    {"年份", "年度", "年", "时间", "统计年度", "年份year", "year", "years", "time"}
)
UNIT_HEADS = frozenset({"单位", "计量单位", "计算单位", "单位unit", "unit", "units"})
_YEAR_CELL = re.compile(r"((?:19|20)[0-9]{2})(?:年|年度|\.0)?")
_REGION_COLUMNS = 4
NOTES = (
    *("注", "资料来源", "数据来源", "说明", "本表", "摘编自", "摘自", "引自"),
    *("*", "Note", "Source", "a)", "①", "[1]"),
)
_SUMS = ("合计", "总计", "小计")
"""Rows of values that may stand below the header: a sum of 2019 is no year."""


@dataclass
class Piece:
    """The rows of a grid that belong to one table: from its title, or 续表, to the next title."""

    grid: Grid
    top: int
    bottom: int
    start: int = -1
    """The first row of a region, -1 without one."""
    region: int = 0
    header: list[int] = field(default_factory=list)
    cities: set[int] = field(default_factory=set)
    """Rows of cities that are called as their province is."""
    _words: dict[int, list[str]] | None = None
    """Header of each column, once it is looked up."""

    def __post_init__(self) -> None:
        """Find the column of regions, the first region and the rows of the header."""
        best = 0
        for column in range(_REGION_COLUMNS):
            rows = [r for r in range(self.top, self.bottom) if self.code(r, column) is not None]
            if len(rows) > best:
                best, self.region, self.start = len(rows), column, rows[0]
        self.cities = self._cities() if best else set()
        above = self.start if best else self.bottom
        for row in range(above - 1, self.top - 1, -1):
            texts = [(c, text) for c, text in enumerate(self.grid.cells[row]) if text.strip()]
            if not texts and (not self.header or self._is_in_header(row)):
                continue
            if self._is_sum(row):
                continue
            alone = len(texts) == 1 and texts[0][0] == 0
            named = alone and self.header and plain_label(texts[0][1]) in REGION_HEADS
            if not texts or (alone and not named) or any(units_in(text) for _, text in texts):
                break
            self.header.insert(0, row)
        while self.header and self._is_unit_alone(self.header[0]):
            # above all words it is the unit of the whole table, below them that of its column
            del self.header[0]

    def _is_in_header(self, row: int) -> bool:
        """Whether an empty row parts a header: words stand over several columns in the row above it."""
        above = self.grid.cells[row - 1] if row > self.top else []
        texts = [text for text in above[1:] if text.strip()]
        return len(texts) > 2 and not any(unit_of(text) for text in texts)

    def _cities(self) -> set[int]:
        """Return the rows of cities called as their province is: 吉林 below 吉林省."""
        full = {province.full: province.code for province in PROVINCES}
        labels = {
            row: plain_label(self.grid.text(row, self.region))
            for row in range(self.start, self.bottom)
            if self.code(row) is not None
        }
        named = {full[label] for label in labels.values() if label in full}
        return {
            row
            for row, label in labels.items()
            if label not in full and self.code(row) in named and self.code(row) != NATIONAL
        }

    def code(self, row: int, column: int | None = None) -> str | None:
        """Return the code of the region that a row is about, None for any other row."""
        if column is None and row in self.cities:
            return None
        return self.grid.region(self.grid.text(row, self.region if column is None else column))

    def value_columns(self) -> list[int]:
        """Return the columns with digits in rows of regions, apart from names, years and units."""
        without = {self.year_column(), self.unit_column()}
        return [index for index in self._columns_of_digits() if index not in without]

    def _columns_of_digits(self) -> list[int]:
        if self.start < 0:
            return []
        rows = [row for row in range(self.start, self.bottom) if self.code(row) is not None]
        without = {self.region, *self.region_columns()}
        return [
            index
            for index in range(max(len(self.grid.cells[row]) for row in rows))
            if index not in without
            and any(c.isdigit() for row in rows for c in self.grid.text(row, index))
        ]

    def has_values(self, row: int) -> bool:
        """Whether a row has a digit in another column than that of regions."""
        cells = enumerate(self.grid.cells[row])
        return any(c.isdigit() for index, text in cells if index != self.region for c in text)

    def said(self) -> list[Said]:
        """Return every text about the table: its title, lines and notes, and those outside of the cells."""
        lines = self.lines()
        title = title_line(lines)
        said = list(self.grid.said)
        for row, cells in enumerate(self.grid.cells[self.top : self.bottom], self.top):
            if self.start <= row <= self.last() or self._is_sum(row):
                continue
            for column, cell in enumerate(cells):
                text = cell.strip()
                is_head = row in self.header and column != self.region and text not in lines
                if not text or is_head or not any(map(str.isalpha, text)) and not is_period(text):
                    continue
                role: Role = "title" if text == title else "line"
                if is_long(text) or row > self.start:
                    role = "note"
                said.append(Said(text, role, self.grid.place(row, column)))
        return said

    def heads(self, column: int) -> frozenset[str]:
        """Return the places of the cells over a column, of a merged one where it begins."""
        places = set()
        for row in self.header:
            begins = column
            while (
                begins
                and not self.grid.text(row, begins).strip()
                and self.grid.heading(row, begins)
                and self.grid.heading(row, begins) == self.grid.heading(row, begins - 1)
            ):
                begins -= 1
            places.add(self.grid.place(row, begins))
        return frozenset(places)

    def _is_unit_alone(self, row: int) -> bool:
        texts = [text for text in self.grid.cells[row] if text.strip()]
        return len(texts) == 1 and bool(unit_of(texts[0]))

    def last(self) -> int:
        """Return the last row of a region."""
        rows = [row for row in range(self.start, self.bottom) if self.code(row) is not None]
        return rows[-1] if rows else self.start

    def column_of(self, heads: frozenset[str], is_such: Callable[[str], bool]) -> int | None:
        """Return the column under one of these words that says in every row of a region what is such."""
        rows = [row for row in range(self.start, self.bottom) if self.code(row) is not None]
        for index in range(max((len(self.grid.cells[row]) for row in rows), default=0)):
            words = self.words(index)
            if index == self.region or not words or not heads & {word.casefold() for word in words}:
                continue
            texts = [text for row in rows if (text := self.grid.text(row, index).strip())]
            if texts and all(map(is_such, texts)):
                return index
        return None

    def year_column(self) -> int | None:
        """Return the column that prints the year of each row, None without one."""
        return self.column_of(YEAR_HEADS, lambda text: year_of(text) is not None)

    def unit_column(self) -> int | None:
        """Return the column that prints the unit of each row, None without one."""
        return self.column_of(
            UNIT_HEADS, lambda text: not any(c.isdigit() for c in text) or bool(unit_of(text))
        )

    def region_columns(self) -> list[int]:
        """Return the other columns that name regions, in most rows of a region."""
        rows = [row for row in range(self.start, self.bottom) if self.code(row) is not None]
        width = max((len(self.grid.cells[row]) for row in rows), default=0)
        return [
            column
            for column in range(width)
            if column != self.region
            and sum(self.code(row, column) is not None for row in rows) > len(rows) / 2
        ]

    def units_above(self) -> list[str]:
        """Return the units printed above the header or over the regions: in lines, the title, a cell."""
        texts = [
            text
            for row in range(self.top, self.start)
            for text in (
                [self.grid.text(row, self.region)] if row in self.header else self.grid.cells[row]
            )
        ]
        return [unit for text in texts for unit in units_above(text)]

    def units_below(self) -> list[str]:
        """Return the units that notes below the table print: `注：本表单位为万元`."""
        rows = range(self.last() + 1, self.bottom)
        return [unit for row in rows for text in self.grid.cells[row] for unit in units_in(text)]

    def units(self) -> list[str]:
        """Return the units that the table prints for all its columns, or for some of them.

        A title in (美元) names the currency, the corner its size; a translated 件 is any count.
        """
        units = list(dict.fromkeys(self.units_above() or self.units_below()))
        return [
            u for u in units if not any(is_same_loosely(u, v) for v in units if v != u)
        ] or units

    def _is_sum(self, row: int) -> bool:
        return plain_label(self.grid.text(row, self.region)).endswith(_SUMS)

    def words(self, column: int) -> list[str]:
        """Return the header of a column from top to bottom, a word that spans rows once."""
        if self._words is None:
            self._words = {}
            columns = range(max((len(self.grid.headings[row]) for row in self.header), default=0))
            rows = [
                [plain_label(without_mark(self.grid.heading(row, c))[0]) for c in columns]
                for row in self.header
            ]
            of_values = [c for c in self._columns_of_digits() if c in columns]
            is_dated = any(is_period(row[c]) for row in rows for c in of_values)
            if not is_dated and len({tuple(row[c] for row in rows) for c in of_values}) < len(
                of_values
            ):
                rows = self._spread(rows, of_values)
            self._words = {
                c: [word for word, _ in groupby(filter(None, (row[c] for row in rows)))]
                for c in columns
            }
        return list(self._words.get(column, []))

    def _spread(self, rows: list[list[str]], columns: list[int]) -> list[list[str]]:
        """Return rows of a header without merged cells, each word over a group spread to the right.

        A word that does not stand over the first column of its group spreads nowhere: its group may begin before it.
        """
        spread = [list(row) for row in rows]
        for number, row in enumerate(rows[:-1]):
            cells = self.grid.cells[self.header[number]]
            if any(
                row[b] == row[c] and not cells[c].strip() and row[c] for b, c in pairwise(columns)
            ):
                continue  # merged cells say where each group ends
            begins = None
            for before, column in pairwise([-1, *columns]):
                if before < 0 or any(other[column] != other[before] for other in spread[:number]):
                    begins = None
                if not any(other[column] for other in rows[number:]):
                    continue
                begins = bool(row[column]) if begins is None else begins
                if (
                    begins
                    and not row[column]
                    and any(other[column] for other in rows[number + 1 :])
                ):
                    spread[number][column] = spread[number][before]
        return spread

    def width(self) -> int:
        """Return the number of cells of every header row, 0 where they differ."""
        widths = {len(self.grid.headings[row]) for row in self.header}
        return widths.pop() if len(widths) == 1 else 0

    def above(self) -> Iterator[str]:
        """Yield the texts over the first region: title, unit, notes, header."""
        for row in range(self.top, self.start if self.start >= 0 else self.bottom):
            if not self._is_sum(row):
                yield from (text for text in self.grid.cells[row] if text.strip())

    def lines(self) -> list[str]:
        """Return the texts above the header, and those next to it that are no words of it."""
        in_header = {text.strip() for row in self.header for text in self.grid.cells[row]}
        return [text.strip() for text in self.above() if text.strip() not in in_header]

    def has_years_alone(self, column: int) -> bool:
        """Whether a year stands over a column, and no other words stand over any column of values.

        A word over the first of some years, unmerged, may hold for all of them: then nobody knows.
        """
        words = self.words(column)
        if header_path(words, False) or len(years_in(words)) != 1:
            return False
        rows = [row for row in self.header if not years_in([self.grid.heading(row, column)])]
        width = max((len(self.grid.headings[row]) for row in rows), default=0)
        return not any(
            header_path([plain_label(self.grid.heading(row, index))], False)
            for row in rows
            for index in range(width)
            if index != self.region and any(c.isdigit() for c in self.grid.text(self.start, index))
        )

    def periods(self) -> list[str]:
        """Return the texts above the header, or alone in its rows, that are nothing but a period."""
        periods = []
        for row in range(self.top, self.start):
            texts = [text for text in self.grid.cells[row] if text.strip()]
            if not self._is_sum(row) and (row not in self.header or len(texts) == 1):
                periods += [text.strip() for text in texts if is_period(text)]
        return periods


def year_of(text: str) -> int | None:
    """Return the year that a cell prints and nothing else, None for any other text."""
    match = _YEAR_CELL.fullmatch(plain_label(without_mark(text)[0]))
    return int(match[1]) if match else None


def matching(
    grids: list[Grid], tables: list[LayoutTable], file: str = ""
) -> list[tuple[LayoutTable, list[Piece]]]:
    """Return each table that the grids hold, with its pieces in the order of the file.

    A table without a title is known by the name of its file, and only where none is printed.
    """
    pieces_by_table: dict[int, list[Piece]] = {}
    last: int | None = None
    for grid in grids:
        starts = _starts(grid, tables)
        if not starts and (untitled := _untitled(grid, tables, file)) is not None:
            pieces_by_table.setdefault(untitled, []).append(Piece(grid, 0, len(grid.cells)))
            continue
        if grid.follows and (not starts or starts[0][0] > 0):
            starts = [(0, "", True), *starts]
        rows = [row for row, _, _ in starts] + [len(grid.cells)]
        for (row, title, goes_on), (_, bottom) in zip(starts, pairwise(rows), strict=True):
            piece = Piece(grid, row, bottom)
            if title or not goes_on:
                last = _table_of(piece, title, tables)
            if last is not None:
                pieces_by_table.setdefault(last, []).append(piece)
    return [(tables[number], pieces) for number, pieces in pieces_by_table.items()]


def _starts(grid: Grid, tables: list[LayoutTable]) -> list[tuple[int, str, bool]]:
    """Return where tables begin: row, title without number and year, whether it says 续表.

    A title is in the first column, or alone in its row: a header cell may have the same text.
    """
    known = {title for table in tables for title in table.titles}
    starts = []
    for row, cells in enumerate(grid.cells):
        texts = [text for cell in cells if (text := without_unit(cell))]
        if not texts or (len(texts) > 1 and not cells[0].strip()):
            continue
        title, goes_on = title_of(texts[0]), is_continued(texts[0])
        if title in known or goes_on or (is_numbered(texts[0]) and len(texts) == 1):
            starts.append((row, "" if goes_on and title not in known else title or "?", goes_on))
    return starts


def _untitled(grid: Grid, tables: list[LayoutTable], file: str) -> int | None:
    """Return the number of the table without a title that a file of this name holds."""
    for number, table in enumerate(tables):
        layout = table.layout
        if not layout.file or file_title(layout.file) != file_title(file):
            continue
        if layout.sheet in {"", grid.name} and not title_line(
            Piece(grid, 0, len(grid.cells)).lines()
        ):
            return number
    return None


def title_line(lines: list[str]) -> str:
    """Return the line that is the title of a table: the first with a number, else the first of words."""
    numbered = next(filter(is_numbered, lines), "")
    return numbered or next((line for line in lines if title_of(line) and not is_note(line)), "")


def is_long(text: str) -> bool:
    """Whether a line is a note or a sentence, not a title or a few words about the table."""
    return is_note(text) or len(plain_label(text)) > LONGEST_LINE or "。" in text


def is_note(text: str) -> bool:
    """Whether a line is a note on a table."""
    return text.strip().startswith(NOTES)


def _table_of(piece: Piece, title: str, tables: list[LayoutTable]) -> int | None:
    """Return the number of the table that a title, and the line below it, belong to."""
    above = [plain_label(text) for text in piece.above()]
    for number, table in enumerate(tables):
        wanted = plain_label(table.layout.subtitle)
        if title in table.titles and (not wanted or any(wanted in text for text in above)):
            return number
    return None


def no_table(grids: list[Grid], tables: list[LayoutTable], file: str) -> ExtractionError:
    """Return the refusal of a file without a known table: what comes nearest, and what differs."""
    printed = [
        text
        for grid in grids
        for row, cells in enumerate(grid.cells)
        for text in [next((cell for cell in cells if cell.strip()), "")]
        if text and (row < 12 or is_numbered(text))
    ]
    by_title = {title: table for table in tables for title in table.titles}
    for text in printed:
        table = by_title.get(title_of(text))
        if table is not None:
            return refusal(
                Code.READ_TABLE, file, "title", text.strip(), f"the line {table.layout.subtitle} below the title",
                f"This is not the table of {table.line('subtitle')}: put the right file into landing/, "
                "or draft a layout with `make teach FILE=…`.", "subtitle",
            )  # fmt: skip
    near = [
        (text, match[0])
        for text in printed
        if (match := get_close_matches(title_of(text), by_title, n=1, cutoff=0.6))
    ]
    shown, table = (
        (near[0][0], by_title[near[0][1]]) if near else (next(iter(printed), "no table"), None)
    )
    expected = near[0][1] if near else ", ".join(by_title)
    where = f"the title is in {table.line('titles')}" if table else "no layout has its title"
    return refusal(
        Code.READ_TABLE, file, "title", shown.strip(), f"a table titled {expected}",
        f"Put the file with the table into landing/; {where}. `make teach FILE=…` drafts a layout.",
    )  # fmt: skip
