"""The documented CSV form in which a person lands figures that exist only in print.

Header `indicator_label,unit,province_label,year,value,quality,compiled_from,note`, one row a
figure, UTF-8 or GBK. Reads bytes into rows and collects every fault; what labels, units and years
may say is the schema's business.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ingestion.errors import FailureCase, refusal
from ingestion.figures import Figure
from ingestion.provinces import UnknownProvince, province_code
from ingestion.text import MISSING_MARKS, NotANumber, forbidden_character, parse_number

HEADER = (
    "indicator_label",
    "unit",
    "province_label",
    "year",
    "value",
    "quality",
    "compiled_from",
    "note",
)
LARGEST_FILE = 32 * 1024 * 1024
MOST_ROWS = 200_000
MOST_FAILURES = 1_000
"""A file with more faults than this is not read further: it is another kind of file."""


def read_landing_form(content: bytes, file: str) -> tuple[list[Figure], list[FailureCase]]:
    """Read a landing file.

    Parameters
    ----------
    content
        The file's bytes, at most `LARGEST_FILE`.
    file
        Its name, for the messages.

    Returns
    -------
    The figures in the order of the file, and every row that could not be read.

    Raises
    ------
    ExtractionError
        If the file as a whole is not this form: empty, cut off, a web page, an unknown encoding,
        another header, or too large.
    """
    if len(content) > LARGEST_FILE:
        _refuse(
            file,
            "file",
            f"{len(content)} bytes",
            f"at most {LARGEST_FILE} bytes",
            "Split the file by indicator.",
        )
    text = _decoded(content, file)
    _refuse_other_forms(text, file)
    figures: list[Figure] = []
    faults: list[FailureCase] = []
    for line, cells in _records(text, file):
        if len(figures) + len(faults) >= MOST_ROWS:
            _refuse(
                file,
                f"row {line}",
                "more rows",
                f"at most {MOST_ROWS} rows",
                "Split the file by indicator.",
            )
        if len(cells) != len(HEADER):
            faults.append(_wrong_width(file, line, cells))
        else:
            figure, wrong = _figure(file, line, cells)
            faults += wrong
            if figure is not None:
                figures.append(figure)
        if len(faults) > MOST_FAILURES:
            break
    if not figures and not faults:
        _refuse(file, "row 2", "", "at least one figure below the header", "Fill in the figures.")
    return figures, faults


def _decoded(content: bytes, file: str) -> str:
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        _refuse(file, "file", f"{len(content)} bytes", "a filled CSV file", "Copy the file again.")
    if b"\x00" in content:
        _refuse(
            file,
            "file",
            "NUL bytes",
            "a text file in UTF-8 or GBK",
            "Save the table as CSV, not as a workbook or UTF-16 text.",
        )
    for encoding in ("utf-8-sig", "gbk"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            last = error
    _refuse(
        file,
        f"byte {last.start}",
        content[last.start : last.start + 4].hex(" "),
        "text in UTF-8 or GBK, one encoding for the whole file",
        "Save the file as CSV UTF-8.",
    )
    raise AssertionError("unreachable")


def _refuse_other_forms(text: str, file: str) -> None:
    start = text[:2000].lstrip().lower()
    if start.startswith("<") or "<html" in start or "<!doctype" in start:
        _refuse(
            file,
            "row 1",
            text[:40],
            "a CSV header, not a web page",
            "Download the table itself, or copy its figures into the form.",
        )


def _records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its cells; check the header first."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, header_seen = 1, False
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _refuse(
                file,
                f"row {line}",
                str(error),
                "quoted cells that are closed, as CSV has them",
                "Save the file as CSV again.",
            )
        start, line = line, reader.line_num + 1
        if not header_seen:
            _check_header(cells, file)
            header_seen = True
        elif any(cell.strip() for cell in cells):
            yield start, cells


def _check_header(cells: list[str], file: str) -> None:
    found = tuple(cell.strip() for cell in cells)
    if found != HEADER:
        _refuse(
            file,
            "row 1",
            ",".join(cells),
            f"the header {','.join(HEADER)}",
            "Start from the form described in data/README.md.",
        )


def _wrong_width(file: str, line: int, cells: list[str]) -> FailureCase:
    return FailureCase(
        file,
        f"row {line}",
        "",
        ",".join(cells),
        f"{len(HEADER)} columns, found {len(cells)}",
        "Complete the row; put text that holds a comma in double quotes.",
    )


def _figure(file: str, line: int, cells: list[str]) -> tuple[Figure | None, list[FailureCase]]:
    row = {name: cell.strip() for name, cell in zip(HEADER, cells, strict=True)}
    place = f"row {line}"
    wrong: list[FailureCase] = []

    def fault(column: str, expectation: str, remedy: str) -> None:
        wrong.append(FailureCase(file, place, column, row[column], expectation, remedy))

    for column in HEADER:
        bad = forbidden_character(row[column])
        if bad is not None and column != "province_label":
            fault(
                column,
                f"text without invisible characters (it holds {bad})",
                "Type the cell again by hand.",
            )
    code = ""
    try:
        code = province_code(row["province_label"])
    except UnknownProvince as error:
        fault("province_label", str(error), "Correct the label, or leave the row out.")
    year = row["year"]
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        fault("year", "a year of four ASCII digits", "Write the year as 2024.")
    value: float | None = None
    if row["value"] not in MISSING_MARKS:
        try:
            value = parse_number(row["value"])
        except NotANumber as error:
            fault("value", str(error), "Write the figure as 1234.5, or 无 where none is printed.")
    if wrong:
        return None, wrong
    return Figure(
        location=place,
        indicator_label=row["indicator_label"],
        unit=row["unit"],
        province_label=row["province_label"],
        province_code=code,
        year=int(year),
        value_printed=row["value"],
        value=value,
        quality=row["quality"],
        compiled_from=row["compiled_from"],
        note=row["note"],
    ), []


def _refuse(file: str, location: str, value: str, expectation: str, remedy: str) -> None:
    raise refusal(file, location, value, expectation, remedy)
