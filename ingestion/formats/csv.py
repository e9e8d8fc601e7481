"""CSV files, in UTF-8 or GBK: records with their lines, and any shape of them as one grid."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator

from living_panel.codes import Code
from living_panel.ingestion.errors import refusal
from living_panel.ingestion.formats.grid import Grid, check_size
from living_panel.ingestion.text import decoded

_REMEDY = "Save the table again as CSV in UTF-8, not as a workbook or UTF-16 text."
LARGEST = 16 * 1024 * 1024


def csv_records(content: bytes, file: str, largest: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its cells.

    Raises
    ------
    ExtractionError
        If the file is empty, too large, in another encoding, a web page, or has an open quote.
    """
    yield from _records(_text(content, file, largest), file, ",")


def _records(text: str, file: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            wanted = "CSV cells whose quotes are closed"
            raise refusal(Code.READ_DAMAGED, file, f"row {line}", error, wanted, _REMEDY) from None
        if cells is None:
            return
        yield line, cells
        line = reader.line_num + 1


def read_csv_grids(content: bytes, file: str) -> list[Grid]:
    """Return the file as a grid whose rows are its records, within the limits of a printed table."""
    check_size(content.count(b"\n"), 1, file, "file")
    cells = []
    text = _text(content, file, LARGEST)
    for _, record in _records(text, file, delimiter_of(text)):
        check_size(1, len(record), file, "file")
        cells.append([cell.strip() for cell in record])
    check_size(len(cells), max(map(len, cells), default=0), file, "file")
    return [Grid("file", cells, cells)]


def delimiter_of(text: str) -> str:
    """Return what separates the cells of a text: a tab or semicolon where most lines have as many.

    The Bureau's site writes a tab before each comma, so a tab that a comma follows separates nothing.
    """
    lines = [line for line in text.splitlines() if line.strip()][:200]
    for delimiter in "\t", ";":
        if f"{delimiter}," in text:
            continue
        counts = Counter(n for line in lines if (n := line.count(delimiter)))
        commas = Counter(n for line in lines if (n := line.count(",")))
        if counts and max(counts.values()) > max(len(lines) // 2, max(commas.values(), default=0)):
            return delimiter
    return ","


def _text(content: bytes, file: str, largest: int) -> str:
    if len(content) > largest:
        size = f"{len(content)} bytes"
        raise refusal(
            Code.READ_LIMIT,
            file,
            "file",
            size,
            f"at most {largest} bytes",
            "Split the file by indicator.",
        )
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        size = f"{len(content)} bytes"
        raise refusal(
            Code.READ_EMPTY,
            file,
            "file",
            size,
            "a filled CSV file",
            "Copy the file into landing/ again.",
        )
    if b"\x00" in content:
        raise refusal(
            Code.READ_FORM, file, "file", "NUL bytes", "a text file in UTF-8 or GBK", _REMEDY
        )
    try:
        text = decoded(content, "utf-8-sig", "gb18030").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        odd = content[error.start : error.start + 4].hex(" ")
        wanted = "text in UTF-8 or GBK, one encoding for the whole file"
        raise refusal(
            Code.READ_ENCODING, file, f"byte {error.start}", odd, wanted, _REMEDY
        ) from None
    start = text[:2000].lstrip("\ufeff \t\r\n").lower()
    if start.startswith("<") or "<html" in start or "<!doctype" in start:
        remedy = "Download the table itself, or copy its values into the form."
        raise refusal(
            Code.READ_FORM, file, "row 1", text[:40], "a CSV table, not a web page", remedy
        )
    return text
