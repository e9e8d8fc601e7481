"""Yearbook tables in Excel files: `.xls` by xlrd, `.xlsx` by openpyxl, web pages named `.xls`.

Bytes to grids, with the limits that hostile files need. Which cells mean what is the layouts'.
"""

from __future__ import annotations

import io
import math
import re
import zipfile

import openpyxl
import xlrd
from openpyxl.utils import column_index_from_string

from ingestion.errors import ExtractionError, refusal
from ingestion.formats.grid import Grid, check_size, filled, printed_number
from ingestion.formats.html import read_html_grids

MOST_SHEETS = 60
MOST_UNPACKED = 32 * 1024 * 1024
MOST_RATIO = 200
_AREA = re.compile(
    rb'ref\s*=\s*["\']\$?([A-Za-z]{1,3})\$?([0-9]{1,7}):\$?([A-Za-z]{1,3})\$?([0-9]{1,7})'
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REMEDY = "Open the file, save the table as a new workbook, and land that."


def read_workbook(content: bytes, file: str) -> list[Grid]:
    """Return the sheets of a workbook, merged cells filled.

    Raises
    ------
    ExtractionError
        If it is no workbook, damaged, encrypted, a zip bomb, or larger than any printed table.
    """
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        # sites hand out web tables under the name .xls
        return read_html_grids(content, file)
    if not content:
        raise refusal(file, "file", "0 bytes", "a workbook", "Copy the file again.")
    try:
        if content.startswith(_OLE):
            return _xls(content, file)
        if content.startswith(b"PK"):
            return _xlsx(content, file)
    except ExtractionError:
        raise
    except Exception as error:  # the libraries fail in many ways on damaged files
        cause = f"{type(error).__name__}: {' '.join(str(error).split())[:100]}"
        raise refusal(file, "file", cause, "a workbook that can be read", _REMEDY) from error
    raise refusal(file, "byte 0", content[:8].hex(" "), "an .xls or .xlsx workbook", _REMEDY)


def _xls(content: bytes, file: str) -> list[Grid]:
    log = io.StringIO()
    book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=log)
    if book.nsheets > MOST_SHEETS:
        raise refusal(file, "file", f"{book.nsheets} sheets", f"at most {MOST_SHEETS}", _REMEDY)
    grids = []
    for number, sheet in enumerate(book.sheets(), 1):
        name = f"sheet {number}"
        check_size(sheet.nrows, sheet.ncols, file, name)
        cells = [[""] * sheet.ncols for _ in range(sheet.nrows)]
        for row in range(sheet.nrows):
            for column in range(min(sheet.ncols, sheet.row_len(row))):
                cell = sheet.cell(row, column)
                cells[row][column] = _xls_text(cell, file, f"{name} row {row + 1}")
        grids.append(Grid(name, cells, filled(cells, list(sheet.merged_cells))))
    return grids


def _xls_text(cell: xlrd.sheet.Cell, file: str, place: str) -> str:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return _number(cell.value, file, place)
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    return f"#{cell.ctype}"  # a date, truth value or error: never a figure


def _xlsx(content: bytes, file: str) -> list[Grid]:
    _refuse_bombs(content, file)
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
    sheets = book.worksheets
    if len(sheets) > MOST_SHEETS:
        raise refusal(file, "file", f"{len(sheets)} sheets", f"at most {MOST_SHEETS}", _REMEDY)
    grids = []
    for number, sheet in enumerate(sheets, 1):
        name = f"sheet {number}"
        rows, columns = sheet.max_row, sheet.max_column
        check_size(rows, columns, file, name)
        cells = [[""] * columns for _ in range(rows)]
        for row in sheet.iter_rows(max_row=rows, max_col=columns):
            for cell in row:
                value = cell.value
                if value is None:
                    continue
                place = f"{name} row {cell.row}"
                plain = isinstance(value, int | float) and not isinstance(value, bool)
                text = _number(value, file, place) if plain else str(value)
                cells[cell.row - 1][cell.column - 1] = text
        areas = [
            (area.min_row - 1, area.max_row, area.min_col - 1, area.max_col)
            for area in sheet.merged_cells.ranges
        ]
        grids.append(Grid(name, cells, filled(cells, areas)))
    return grids


def _number(value: float, file: str, place: str) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise refusal(file, place, value, "a finite number", _REMEDY)
    return printed_number(value)


def _refuse_bombs(content: bytes, file: str) -> None:
    """Refuse archives that unpack to far more than they weigh, and parts that declare entities.

    Before openpyxl sees them: no workbook needs a document type, and bombs are made of them.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = [(entry.file_size, entry.compress_size) for entry in archive.infolist()]
        unpacked = sum(size for size, _ in sizes)
        packed = max(sum(size for _, size in sizes), 1)
        if len(sizes) > 2_000 or unpacked > MOST_UNPACKED or unpacked > packed * MOST_RATIO + 2**20:
            raise refusal(
                file, "file", f"{len(sizes)} parts, {unpacked} bytes from {packed}",
                f"a workbook of at most {MOST_UNPACKED} bytes unpacked", _REMEDY,
            )  # fmt: skip
        for entry in archive.infolist():
            if entry.filename.endswith((".xml", ".rels", ".vml")):
                part = archive.read(entry).replace(b"\0", b"")
                if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
                    raise refusal(
                        file, entry.filename, "a document type with entities",
                        "plain XML as spreadsheet programs write it", _REMEDY,
                    )  # fmt: skip
                for area in _AREA.finditer(part):
                    _check_area(area, file, entry.filename)


def _check_area(area: re.Match[bytes], file: str, name: str) -> None:
    """Refuse a merged or linked area of millions of cells: each would be made one by one."""
    left, top, right, bottom = (text.decode("ascii") for text in area.groups())
    columns = column_index_from_string(right) - column_index_from_string(left) + 1
    check_size(
        int(bottom) - int(top) + 1, columns, file, f"{name} area {left}{top}:{right}{bottom}"
    )
