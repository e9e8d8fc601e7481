"""A printed table as rows of text cells, whichever file it came from.

The common shape between workbooks, web pages and PDF on one side, and the layouts on the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, refusal
from living_panel.ingestion.evidence import Said
from living_panel.ingestion.provinces import alias_key, province_code, region_of

MOST_ROWS = 4_000
MOST_COLUMNS = 256
MOST_CELLS = 200_000
MOST_SHEETS = 60
_WHOLE = "Open the file, save the table as a new workbook, and put that file into landing."

Cells = Iterable[tuple[int, int, str]]
"""Row, column (from zero) and text of every cell that holds something."""
Channels = tuple[int, int, int]
"""Red, green and blue of a colour, each up to 255."""
Texts = tuple[Said, ...]
"""Texts of a sheet outside of its cells."""
Areas = list[tuple[int, int, int, int]]
"""Top, bottom, left, right of merged cells; bottom and right are the first outside."""


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
        Code.READ_LIMIT, file, name, size,
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


def sheets_as_grids(
    file: str, names: list[str], sheet: Callable[[int], tuple[Cells, Areas, Texts]]
) -> list[Grid]:
    """Return one grid a sheet, from the cells and merged areas that a library gives."""
    if len(names) > MOST_SHEETS:
        raise refusal(
            Code.READ_LIMIT, file, "file", f"{len(names)} sheets", f"at most {MOST_SHEETS}", _WHOLE
        )
    grids = []
    for number in range(1, len(names) + 1):
        name = f"sheet {number}"
        cells, areas, said = sheet(number - 1)
        texts = _rectangle(cells, file, name)
        covered = sum((bottom - top) * (right - left) for top, bottom, left, right in areas)
        if covered > MOST_CELLS:
            raise refusal(
                Code.READ_LIMIT, file, f"{name} merged cells", f"{len(areas)} areas over {covered} cells",
                f"merged areas that do not overlap, of at most {MOST_CELLS} cells", _WHOLE,
            )  # fmt: skip
        said = (Said(names[number - 1], "sheet name", name), *said)
        grids.append(Grid(name, texts, filled(texts, areas), said=said))
    return grids


def _rectangle(cells: Cells, file: str, name: str) -> list[list[str]]:
    """Return the texts as a rectangle up to the last cell that holds one: an extent is a claim."""
    values: dict[tuple[int, int], str] = {}
    rows = columns = 0
    for row, column, text in cells:
        if text:
            values[row, column] = text
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            check_size(rows, columns, file, name)
    return [[values.get((row, column), "") for column in range(columns)] for row in range(rows)]


def channels(colour: str) -> Channels | None:
    """Return the colour that six hexadecimal digits at the end of a text say; None for another text."""
    match = re.search("(?:[0-9A-Fa-f]{2}){3}$", colour)
    return (*bytes.fromhex(match.group()),) if match else None  # type: ignore[return-value]


def is_unseen(colour: Channels | None, ground: Channels | None, size: float) -> bool:
    """Whether letters have nearly the colour of their ground, or no size to be read.

    Without a colour letters are black; without one a ground is white.
    """
    ground = ground or (255, 255, 255)
    contrast = max(abs(a - b) for a, b in zip(colour or (0, 0, 0), ground, strict=True))
    return size < 2 or contrast < 32
