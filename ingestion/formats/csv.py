"""A CSV file of any shape as one grid, in UTF-8 or GBK, with the limits of a printed table."""

from __future__ import annotations

import csv
import io

from ingestion.errors import refusal
from ingestion.formats.grid import Grid, check_size
from ingestion.text import decoded

_REMEDY = "Save the table again as CSV in UTF-8."
LARGEST = 16 * 1024 * 1024


def read_csv_grids(content: bytes, file: str) -> list[Grid]:
    """Return the file as a grid whose rows are its lines.

    Raises
    ------
    ExtractionError
        If it is in another encoding, a web page, larger than a printed table, or has an open quote.
    """
    if len(content) > LARGEST:
        raise refusal(file, "file", f"{len(content)} bytes", f"at most {LARGEST}", _REMEDY)
    try:
        text = decoded(content, "utf-8-sig", "gb18030")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise refusal(file, "file", "unreadable bytes", "text in UTF-8 or GBK", _REMEDY)
    if text.lstrip("\ufeff \t\r\n")[:1] in {"<", ""}:
        raise refusal(file, "row 1", text[:40], "a CSV table, not a web page or nothing", _REMEDY)
    check_size(text.count("\n"), 1, file, "file")
    try:
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise refusal(file, "file", error, "quoted cells that are closed", _REMEDY) from None
    check_size(len(rows), max(map(len, rows)), file, "file")
    cells = [[cell.strip() for cell in row] for row in rows]
    return [Grid("file", cells, cells)]
