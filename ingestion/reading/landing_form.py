"""The documented CSV form in which a person lands values that are only printed.

Header `indicator_label,unit,province_label,year,value,quality,compiled_from,note`, one row a
value, UTF-8 or GBK. Reads bytes into rows and collects every fault; what labels, units and years
may say is the schema's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, FailureCase, refusal
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.formats.csv import csv_records
from living_panel.ingestion.provinces import UnknownProvince, province_code
from living_panel.ingestion.text import NotANumber, printed_value

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

_SPLIT = "Split the file by indicator."
_WIDTH = "Complete the row; put text that holds a comma in double quotes."


def read_landing_form(content: bytes, file: str) -> tuple[list[Figure], list[FailureCase]]:
    """Return the values of a landing file in its order, and every row that could not be read.

    Raises
    ------
    ExtractionError
        If the file as a whole is not this form: empty, cut off, a web page, an unknown encoding,
        another header, or too large.
    """
    values: list[Figure] = []
    faults: list[FailureCase] = []
    for line, cells in _records(content, file):
        if len(values) + len(faults) >= MOST_ROWS:
            most = f"at most {MOST_ROWS} rows"
            raise refusal(Code.READ_LIMIT, file, f"row {line}", "more rows", most, _SPLIT)
        if len(cells) != len(HEADER):
            wanted = f"{len(HEADER)} columns, found {len(cells)}"
            faults.append(
                FailureCase(file, f"row {line}", "", ",".join(cells), wanted, _WIDTH, Code.READ_ROW)
            )
        else:
            figure, wrong = _figure(file, line, cells)
            faults += wrong
            if figure is not None:
                values.append(figure)
        if len(faults) > MOST_FAILURES:
            break
    if not values and not faults:
        wanted = "at least one row of values below the header"
        raise refusal(Code.READ_EMPTY, file, "row 2", "", wanted, "Fill in the values.")
    return values, faults


def _records(content: bytes, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of each record that holds something, after checking the header."""
    for line, cells in csv_records(content, file, LARGEST_FILE):
        if line == 1 and tuple(cell.strip() for cell in cells) != HEADER:
            raise _other_header(file, cells)
        if line > 1 and any(cell.strip() for cell in cells):
            yield line, cells


def _other_header(file: str, cells: list[str]) -> ExtractionError:
    """Refuse a header; the message gives the separator if only that is wrong."""
    read = ",".join(cells)
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if tuple(cell.strip() for cell in read.split(sign)) == HEADER:
            wanted = f"columns separated by commas, not by {name}"
            return refusal(
                Code.READ_HEADER, file, "row 1", read, wanted, "Save the table as CSV with commas."
            )
    remedy = "Start from the form described in data/README.md."
    return refusal(Code.READ_HEADER, file, "row 1", read, f"the header {','.join(HEADER)}", remedy)


def _figure(file: str, line: int, cells: list[str]) -> tuple[Figure | None, list[FailureCase]]:
    row: dict[str, Any] = dict(zip(HEADER, map(str.strip, cells), strict=True))
    wrong: list[FailureCase] = []

    def fault(code: Code, column: str, expectation: str, remedy: str) -> None:
        place = f"row {line}"
        wrong.append(FailureCase(file, place, column, row[column], expectation, remedy, code))

    province = ""
    try:
        province = province_code(row["province_label"])
    except UnknownProvince as error:
        fault(
            Code.READ_REGION,
            "province_label",
            error.expectation,
            "Correct the label, or leave the row out.",
        )
    year = row["year"]
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        fault(
            Code.READ_YEAR,
            "year",
            "a year of four ASCII digits",
            "Write only the year, such as 2024.",
        )
    value = None
    try:
        value = printed_value(row["value"])
    except NotANumber as error:
        fault(
            Code.READ_NUMBER,
            "value",
            error.expectation,
            "Write the value as 1234.5, or 无 if no value is printed.",
        )
    if wrong:
        return None, wrong
    printed = row.pop("value")
    row |= {"year": int(year), "province_code": province, "value": value, "value_printed": printed}
    return Figure(location=f"row {line}", **row), []
