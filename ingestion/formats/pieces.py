"""Which rows of which grids are which table: found by title, in pieces where it is continued (续表)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise

from ingestion.errors import ExtractionError, refusal
from ingestion.formats.grid import Grid
from ingestion.formats.layouts import Table, is_continued, is_numbered, title_of
from ingestion.provinces import UnknownProvince, province_code
from ingestion.text import is_period, plain_label, units_in, without_mark, without_unit

_REGION_COLUMNS = 4
_SUMS = ("合计", "总计", "小计")
"""Rows of figures that may stand below the header: a sum of 2019 is no year."""


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

    def __post_init__(self) -> None:
        """Find the column of regions, the first region and the rows of the header."""
        best = 0
        for column in range(_REGION_COLUMNS):
            rows = [r for r in range(self.top, self.bottom) if self.code(r, column) is not None]
            if len(rows) > best:
                best, self.region, self.start = len(rows), column, rows[0]
        above = self.start if best else self.bottom
        for row in range(above - 1, self.top - 1, -1):
            texts = [(c, text) for c, text in enumerate(self.grid.cells[row]) if text.strip()]
            if not texts and not self.header:
                continue
            if self._is_sum(row):
                continue
            alone = len(texts) == 1 and texts[0][0] == 0
            if not texts or alone or any(units_in(text) for _, text in texts):
                break
            self.header.insert(0, row)

    def code(self, row: int, column: int | None = None) -> str | None:
        """Return the code of the region that a row is about, None for any other row."""
        label = self.grid.text(row, self.region if column is None else column)
        try:
            return province_code(without_mark(label)[0]) if label.strip() else None
        except UnknownProvince:
            return None

    def _is_sum(self, row: int) -> bool:
        return plain_label(self.grid.text(row, self.region)).endswith(_SUMS)

    def words(self, column: int) -> list[str]:
        """Return the header of a column from top to bottom, a word that spans rows once."""
        found: list[str] = []
        for row in self.header:
            word = plain_label(without_mark(self.grid.heading(row, column))[0])
            if word and (not found or found[-1] != word):
                found.append(word)
        return found

    def width(self) -> int:
        """Return the number of cells of every header row, 0 where they differ."""
        widths = {len(self.grid.headings[row]) for row in self.header}
        return widths.pop() if len(widths) == 1 else 0

    def above(self) -> Iterator[str]:
        """Yield the texts over the first region: title, unit, notes, header."""
        for row in range(self.top, self.start if self.start >= 0 else self.bottom):
            yield from (text for text in self.grid.cells[row] if text.strip())

    def periods(self) -> list[str]:
        """Return the texts above the header, or alone in its rows, that are nothing but a period."""
        found = []
        for row in range(self.top, self.start):
            texts = [text for text in self.grid.cells[row] if text.strip()]
            if not self._is_sum(row) and (row not in self.header or len(texts) == 1):
                found += [text.strip() for text in texts if is_period(text)]
        return found


def matching(grids: list[Grid], tables: list[Table]) -> list[tuple[Table, list[Piece]]]:
    """Return each table that the grids hold, with its pieces in the order of the file."""
    found: dict[int, list[Piece]] = {}
    last: int | None = None
    for grid in grids:
        starts = _starts(grid, tables)
        if grid.follows and (not starts or starts[0][0] > 0):
            starts = [(0, "", True), *starts]
        rows = [row for row, _, _ in starts] + [len(grid.cells)]
        for (row, title, goes_on), (_, bottom) in zip(starts, pairwise(rows), strict=True):
            piece = Piece(grid, row, bottom)
            if title or not goes_on:
                last = _table_of(piece, title, tables)
            if last is not None:
                found.setdefault(last, []).append(piece)
    return [(tables[number], pieces) for number, pieces in found.items()]


def _starts(grid: Grid, tables: list[Table]) -> list[tuple[int, str, bool]]:
    """Return where tables begin: row, title without number and year, whether it says 续表.

    A title stands in the first column, or alone in its row: a header cell may read the same.
    """
    known = {title for table in tables for title in table.titles}
    found = []
    for row, cells in enumerate(grid.cells):
        texts = [text for cell in cells if (text := without_unit(cell))]
        if not texts or (len(texts) > 1 and not cells[0].strip()):
            continue
        title, goes_on = title_of(texts[0]), is_continued(texts[0])
        if title in known or goes_on or (is_numbered(texts[0]) and len(texts) == 1):
            found.append((row, "" if goes_on and title not in known else title or "?", goes_on))
    return found


def _table_of(piece: Piece, title: str, tables: list[Table]) -> int | None:
    """Return the number of the table that a title, and the line below it, belong to."""
    above = [plain_label(text) for text in piece.above()]
    for number, table in enumerate(tables):
        wanted = plain_label(table.layout.subtitle)
        if title in table.titles and (not wanted or any(wanted in text for text in above)):
            return number
    return None


def no_table(grids: list[Grid], tables: list[Table], file: str) -> ExtractionError:
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
                file, "title", text.strip(), f"the line {table.layout.subtitle} below the title",
                f"It is another table than that of {table.line('subtitle')}: land the right one, "
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
    where = f"the title stands in {table.line('titles')}" if table else "no layout has its title"
    return refusal(
        file, "title", shown.strip(), f"a table titled {expected}",
        f"Land the file that holds the table; {where}. `make teach FILE=…` drafts a layout.",
    )  # fmt: skip
