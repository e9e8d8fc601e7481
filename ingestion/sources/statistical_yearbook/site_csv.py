"""The CSV that the Bureau's data site offers for download: one indicator, regions by years.

Lines `数据库：`, `指标：`, `时间：`, a header `地区,2022年,…`, one line a region, then notes.
"""

from __future__ import annotations

import csv
import io
import re

from ingestion.errors import FailureCase, refusal
from ingestion.figures import Figure
from ingestion.provinces import UnknownProvince, province_code
from ingestion.text import MISSING_MARKS, NotANumber, parse_number, split_unit

_YEAR = re.compile(r"([0-9]{4})年?")
_AFTER = ("注", "数据来源", "资料来源")
_REMEDY = "Download the table again as CSV: provincial years, one indicator."
_MOST_LINES = 2_000


def read_site_csv(
    content: bytes, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read one downloaded table. An empty cell has no figure and gives no row.

    Raises
    ------
    ExtractionError
        If the file is not this form: another encoding, a web page, no indicator or header line.
    """
    lines = _lines(content, file)
    label, unit = _indicator(lines, file)
    start, years = _header(lines, file)
    figures: list[Figure] = []
    faults: list[FailureCase] = []
    for number, cells in enumerate(lines[start + 1 :], start + 2):
        first = cells[0].strip() if cells else ""
        if not any(cell.strip() for cell in cells):
            continue
        if first.startswith(_AFTER):
            break
        found, wrong = _row(cells, number, years, label, unit, file)
        figures += found
        faults += wrong
    if not figures and not faults:
        raise refusal(file, "file", "", "figures below the header", _REMEDY)
    return figures, faults


def _lines(content: bytes, file: str) -> list[list[str]]:
    text = None
    for encoding in ("utf-8-sig", "gbk"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\0" in text:
        raise refusal(file, "file", "unreadable bytes", "text in UTF-8 or GBK", _REMEDY)
    if text.lstrip()[:1] == "<":
        raise refusal(file, "row 1", text[:40], "a CSV table, not a web page", _REMEDY)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise refusal(file, "file", error, "quoted cells that are closed", _REMEDY) from None
    if len(lines) > _MOST_LINES:
        raise refusal(file, "file", f"{len(lines)} lines", f"at most {_MOST_LINES}", _REMEDY)
    return lines


def _indicator(lines: list[list[str]], file: str) -> tuple[str, str]:
    for cells in lines[:6]:
        first = cells[0].strip() if cells else ""
        if first.startswith(("指标：", "指标:")):
            # a comma in the indicator's name splits the line into cells
            return split_unit(",".join(cells).strip().rstrip(",")[3:])
    raise refusal(file, "row 2", "", "a line 指标：<name>(<unit>)", _REMEDY)


def _header(lines: list[list[str]], file: str) -> tuple[int, list[int]]:
    for i, cells in enumerate(lines[:8]):
        if cells and cells[0].strip() == "地区":
            years = [_YEAR.fullmatch(cell.strip()) for cell in cells[1:]]
            if not years or not all(years):
                raise refusal(file, f"row {i + 1}", ",".join(cells), "地区,2022年,…", _REMEDY)
            return i, [int(year.group(1)) for year in years if year]
    raise refusal(file, "row 4", "", "a header line 地区,2022年,…", _REMEDY)


def _row(
    cells: list[str], number: int, years: list[int], label: str, unit: str, file: str
) -> tuple[list[Figure], list[FailureCase]]:
    place = f"row {number}"
    name = cells[0].strip()
    try:
        code = province_code(name)
    except UnknownProvince as error:
        return [], [FailureCase(file, place, "地区", name, str(error), _REMEDY)]
    values = [cell.strip() for cell in cells[1:]]
    # a blank last cell counts: without it a lost header cell would shift the years
    if len(values) != len(years):
        expected = f"{len(years)} values, found {len(values)}"
        return [], [FailureCase(file, place, "", ",".join(cells), expected, _REMEDY)]
    figures: list[Figure] = []
    faults: list[FailureCase] = []
    for year, printed in zip(years, values, strict=True):
        if not printed:
            continue
        value = None
        if printed not in MISSING_MARKS:
            try:
                value = parse_number(printed)
            except NotANumber as error:
                faults.append(FailureCase(file, place, f"{year}年", printed, str(error), _REMEDY))
                continue
        figures.append(Figure(place, label, unit, name, code, year, printed, value))
    return figures, faults
