"""A printed table as rows of text cells, whichever file it came from.

The common shape between workbooks, web pages and PDF on one side, and the layouts on the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from living_panel.ingestion import codes
from living_panel.ingestion.errors import ExtractionError, refusal
from living_panel.ingestion.evidence import Said
from living_panel.ingestion.provinces import alias_key, province_code, region_of

MOST_ROWS = 4_000
MOST_COLUMNS = 256
MOST_CELLS = 200_000


@dataclass(frozen=True)
class Grid:
    """One sheet, or one table of a page with the lines above it.

    `cells[r][c]` is the text of a cell. `headings` is the same with merged cells
    filled, for titles and headers only: a value never spreads over the rows that a cell covers.
    """

    name: str
    cells: list[list[str]]
    headings: list[list[str]]
    follows: bool = False
    """Whether nothing but a page's end stands between the table before and this one."""
    turned: tuple[int, int] | None = None
    """The rows, from the first to before the last, that are columns in the file."""
    left: int = 0
    """Number of columns of the file before the first: those of other tables next to this one."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Spellings of regions that a person has confirmed: key of the label -> name of the region."""
    said: tuple[Said, ...] = ()
    """Texts outside of the cells: name of the sheet, comments, header of the printed page."""

    def text(self, row: int, column: int) -> str:
        """Return the text of a cell, empty outside the table."""
        if 0 <= row < len(self.cells) and 0 <= column < len(self.cells[row]):
            return self.cells[row][column]
        return ""

    def region(self, label: str) -> str | None:
        """Return the code of the region that a label names, by itself or as a confirmed spelling."""
        if (code := region_of(label)) is not None or not self.aliases:
            return code
        name = self.aliases.get(alias_key(label)) if label.strip() else None
        return province_code(name) if name else None

    def heading(self, row: int, column: int) -> str:
        """Return the text that heads a place, taken from a merged cell where one covers it."""
        if 0 <= row < len(self.headings) and 0 <= column < len(self.headings[row]):
            return self.headings[row][column]
        return ""

    def place(self, row: int, column: int) -> str:
        """Return how a person finds the cell in the file: `sheet 1 cell C5`."""
        if self.turned and self.turned[0] <= row < self.turned[1]:
            row, column = self.turned[0] + column, row - self.turned[0]
        return f"{self.name} cell {self.letters(column)}{row + 1}"

    def letters(self, column: int) -> str:
        """Return the letters that a column has in the file."""
        return column_letters(self.left + column)


def column_letters(column: int) -> str:
    """Return the letters of a column counted from zero: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def check_size(rows: int, columns: int, file: str, name: str) -> None:
    """Refuse a table that is larger than any printed one, before it is held in memory.

    Raises
    ------
    ExtractionError
        With its size and the limits.
    """
    if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise too_large(file, name, f"{rows} rows by {columns} columns")


def too_large(file: str, name: str, size: str) -> ExtractionError:
    """Return the error of a table beyond the limits."""
    return refusal(
        codes.TOO_LARGE, file, name, size,
        f"a table of at most {MOST_ROWS} rows, {MOST_COLUMNS} columns and {MOST_CELLS} cells",
        "Keep only the table itself in the file.",
    )  # fmt: skip


def marked(text: str) -> str:
    """Return raised text as a footnote mark: a raised 1 behind a value is not one of its digits."""
    return f"[{text.strip(' []')}]" if text.strip() else text


def filled(cells: list[list[str]], areas: list[tuple[int, int, int, int]]) -> list[list[str]]:
    """Return a copy in which each area (top, bottom, left, right) carries its first cell's text."""
    copy = [list(row) for row in cells]
    for top, bottom, left, right in areas:
        for row in range(top, min(bottom, len(copy))):
            for column in range(left, min(right, len(copy[row]))):
                copy[row][column] = cells[top][left]
    return copy
