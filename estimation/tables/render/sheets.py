"""CSV and Excel: numbers stay numbers, in Excel at full precision; no text is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from living_panel.estimation.tables.number import Number
from living_panel.estimation.tables.render.plain import (
    LONGEST_NAME,
    NUMBER,
    columns_of_words,
    defused,
    printable,
)
from living_panel.estimation.tables.result import Block, TableResult

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

EPOCH = datetime(2025, 1, 1)
"""Office files carry a date; a fixed one keeps the bytes of one table the same."""


def to_csv(table: TableResult) -> str:
    """CSV of the rendered cells, page and appendix."""
    buffer = io.StringIO()
    rows = _rows([table.title, *table.banner], table.blocks, (*table.notes, *table.fine_print))
    csv.writer(buffer, lineterminator="\n").writerows([[defused(c) for c in row] for row in rows])
    return buffer.getvalue()


def to_xlsx(table: TableResult) -> bytes:
    """Excel workbook: the page on its first sheet, every grid of the appendix on one of its own."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    page.title = table.table_id[:31]
    head = [table.title, *table.banner]
    _fill(page, head, table.page, table.notes)
    for number, block in enumerate(table.appendix, start=1):
        _fill(
            book.create_sheet(f"appendix {number}"), [table.title, *table.banner[:1]], [block], ()
        )
    if table.fine_print:
        _fill(book.create_sheet("notes"), [table.title], [], table.fine_print)
    book.properties.created = EPOCH
    buffer = io.BytesIO()
    book.save(buffer)
    return undated(buffer.getvalue())


def undated(office_file: bytes) -> bytes:
    """A Word or Excel file with `EPOCH` for the time of writing, in its parts and of its parts."""
    buffer = io.BytesIO()
    stamp = f"\\g<1>{EPOCH.isoformat()}Z<".encode()
    with ZipFile(io.BytesIO(office_file)) as old, ZipFile(buffer, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*<", stamp, old.read(name))
            new.writestr(ZipInfo(name, EPOCH.timetuple()[:6]), part, ZIP_DEFLATED)
    return buffer.getvalue()


def _rows(head: Iterable[str], blocks: Iterable[Block], notes: Iterable[str]) -> list[list[str]]:
    rows = [[line] for line in head]
    for block in blocks:
        rows += [[], [block.title], list(block.columns), *(list(r) for r in block.rows)]
        rows += [[note] for note in block.notes]
    return rows + [[note] for note in notes]


def _fill(sheet: Worksheet, head: list[str], blocks: Iterable[Block], notes: Iterable[str]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    blocks = list(blocks)
    for line, row in enumerate(_rows(head, blocks, notes), start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(line, column)
            _write(cell, text)
            if line <= len(head):
                cell.font = Font(bold=True)
            elif column > 1 and len(text) > LONGEST_NAME:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 34
    words = frozenset[int]().union(*map(columns_of_words, blocks))
    for column in range(1, max((len(block.columns) for block in blocks), default=1)):
        sheet.column_dimensions[get_column_letter(column + 1)].width = 60 if column in words else 16


def _write(cell: Cell, text: str) -> None:
    """A number at full precision with its digits, stars or brackets as its format; else text.

    Text is never a formula. A number that is shown as another text, such as <0.001, has that as format.
    """
    match = NUMBER.match(text)
    if isinstance(text, Number) and match is None:
        cell.value, cell.number_format = text.value, f'"{text}"'
        return
    if match is None or bool(match[1]) != bool(match[4]):
        cell.value = printable(text)
        cell.data_type = "s"  # so that Excel shows a text that begins with = and does not run it
        return
    places, percent = len(match[3] or ""), match[6]
    shown = float(match[2].replace(",", "")) / (100 if percent else 1)
    cell.value = text.value if isinstance(text, Number) else shown
    form = ("#,##0" if "," in match[2] else "0") + (f".{'0' * places}" if places else "") + percent
    if match[2].startswith("+"):
        form = f"+{form};-{form}"
    if match[1]:
        form = f'"("{form}")"'
    if match[5]:
        form += f'"{match[5]}"'
    cell.number_format = form
