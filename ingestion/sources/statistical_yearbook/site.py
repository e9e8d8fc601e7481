"""Downloads of the Bureau's data site, as CSV or .xls, in Chinese or English.

Three forms: one indicator of all regions by years, one year of all regions by indicators, and the
indicators of one region by years. Today's files do not say everything: what is not printed has been
asked when the receipt was written, and is taken from there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, FailureCase, refusal
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.formats.csv import read_csv_grids
from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.provenance.catalog import source
from living_panel.ingestion.provinces import OutsidePanel, UnknownProvince, province_code
from living_panel.ingestion.text import NotANumber, plain_label, printed_value, split_unit
from living_panel.ingestion.units import unit_of

_YEAR = re.compile(r"([0-9]{4})年?")
_AFTER = ("注", "数据来源", "资料来源", "Note", "Data Source", "Source")
_REMEDY = "Download the table of yearly values of provinces again, as CSV or Excel."
_INDICATOR = re.compile(r"(?:指标|Indicators?)[:：](.+)", re.IGNORECASE)
_REGION = re.compile(r"(?:地区|Regions?|Area)[:：](.+)", re.IGNORECASE)
_DATABASE = re.compile(r"(?:数据库|Database)\s*[:：]", re.IGNORECASE)
_TIME = re.compile(r"(?:时间|Time)[:：]\s*([0-9]{4})年?\s*$", re.IGNORECASE)
_REGIONS = {"地区", "region", "regions", "area", "province"}
_INDICATORS = {"指标", "indicator", "indicators"}
_HEAD_LINES = 12
_UNITS_OF_THE_SITE = {"unit": "户"}
"""Units whose English word means another Chinese one elsewhere."""


@dataclass(frozen=True)
class _Form:
    """Content of the lines above the values."""

    header: int
    by_region: bool
    heads: tuple[str, ...]
    indicator: str
    region: str
    year: int | None

    @property
    def years(self) -> bool:
        """Whether the columns are years."""
        return all(_YEAR.fullmatch(head) for head in self.heads)


def read_site(
    content: bytes, file: str, edition: int, stated: Mapping[str, str] | None = None
) -> tuple[list[Figure], list[FailureCase]]:
    """Read one downloaded table. An empty cell has no value and gives no row.

    Hong Kong, Macao and Taiwan are omitted. With many indicators, those in the catalog are read.

    Parameters
    ----------
    stated
        Indicator, unit and region, as far as the file does not print them, from the receipt.

    Raises
    ------
    ExtractionError
        If the file has another form or lacks a required indicator, region or year. If it prints another indicator, unit
        or region than the receipt states.
    """
    grid = _grid(content, file)
    form = _form(grid, file)
    statement = _Statement(form, file, dict(stated or {}))
    columns = statement.columns() if form.by_region else []
    region, code = statement.region() if not form.by_region else ("", "")
    values: list[Figure] = []
    faults: list[FailureCase] = []
    for row in _rows(grid, form):
        cells, place = grid.cells[row], f"row {row + 1}"
        # a blank last cell counts: without it a lost header cell would shift the years
        width = len(grid.cells[form.header])
        if len(cells) != width:
            wanted = f"{width - 1} values, found {len(cells) - 1}"
            faults.append(
                FailureCase(file, place, "", ",".join(cells), wanted, _REMEDY, Code.READ_ROW)
            )
            continue
        name = cells[0].strip()
        if form.by_region:
            try:
                region, code = name, province_code(name)
            except OutsidePanel:
                continue
            except UnknownProvince as error:
                faults.append(
                    FailureCase(
                        file, place, "地区", name, error.expectation, _REMEDY, Code.READ_REGION
                    )
                )
                continue
        else:
            label, unit = _named(name)
            columns = [(label, unit, _year(head)) for head in form.heads] if label else []
        for (label, unit, year), printed in zip(columns, cells[1:], strict=False):
            if not label or not printed.strip():
                continue
            try:
                value = printed_value(printed.strip())
            except NotANumber as error:
                fault = FailureCase(
                    file,
                    place,
                    f"{year}年",
                    printed,
                    error.expectation,
                    _REMEDY,
                    Code.READ_NUMBER,
                )
                faults.append(fault)
                continue
            values.append(Figure(place, label, unit, region, code, year, printed.strip(), value))
    if not values and not faults:
        names = [grid.text(row, 0).strip() for row in _rows(grid, form)]
        statement.refuse(
            Code.READ_CONTRADICTION, "指标", ", ".join(names[:3]), "values of an indicator that the catalog lists",
            "Download another table, or add the series to the source's catalog.yml.",
        )  # fmt: skip
    return values, faults


def list_omissions(content: bytes, file: str) -> list[str] | None:
    """Return what a download does not print and its receipt has to state: indicator, unit, region.

    None for a file from another origin.
    """
    try:
        grid = _grid(content, file)
        form = _form(grid, file)
    except ExtractionError:
        return None
    if not _DATABASE.match(unicodedata.normalize("NFKC", grid.text(0, 0))):
        return None
    if form.by_region and form.years:
        unit = _named(form.indicator)[1]
        return [
            name for name, known in (("indicator", form.indicator), ("unit", unit)) if not known
        ]
    return ["region"] if not form.by_region and not form.region else []


class _Statement:
    """Subject of a download: as it prints, else as its receipt states."""

    def __init__(self, form: _Form, file: str, stated: dict[str, str]) -> None:
        self.form, self.file, self.stated = form, file, stated

    def columns(self) -> list[tuple[str, str, int]]:
        """Return label, unit and year of each column; no label where the catalog has none."""
        if self.form.years:
            label, unit = self._indicator()
            return [(label, unit, _year(head)) for head in self.form.heads]
        year = self.form.year
        if year is None:
            self.refuse(
                Code.READ_YEAR, "时间", "", "a line 时间：<year> above indicators by regions"
            )
        return [(*_named(head), year) for head in self.form.heads]

    def region(self) -> tuple[str, str]:
        """Return the one region of the file, and its code."""
        if not self.form.years:
            self.refuse(Code.READ_HEADER, "header", ",".join(self.form.heads), "指标,2022年,…")
        printed, stated = self.form.region, self.stated.get("region", "")
        name = printed or stated or self._missing("region", "地区")
        try:
            code = province_code(name)
            if printed and stated and province_code(stated) != code:
                self.refuse(
                    Code.READ_CONTRADICTION, "region", printed, f"{stated}, as the receipt states"
                )
        except UnknownProvince as error:
            self.refuse(Code.READ_REGION, "region", name, error.expectation)
        return name, code

    def _indicator(self) -> tuple[str, str]:
        printed, (label, unit) = self.form.indicator, _named(self.form.indicator)
        stated = {key: plain_label(text) for key, text in self.stated.items()}
        if (
            printed
            and not label
            and stated.get("indicator", split_unit(printed)[0]) != split_unit(printed)[0]
        ):
            self.refuse(
                Code.READ_CONTRADICTION,
                "indicator",
                printed,
                f"{stated['indicator']}, as the receipt states",
            )
        if printed and not label:
            # the schema names the nearest series
            return split_unit(printed)[0], unit or stated.get("unit") or self._missing(
                "unit", "unit"
            )
        if label and stated.get("indicator", label) != label:
            self.refuse(
                Code.READ_CONTRADICTION,
                "indicator",
                printed,
                f"{stated['indicator']}, as the receipt states",
            )
        if unit and stated.get("unit", unit) != unit:
            self.refuse(
                Code.READ_CONTRADICTION, "unit", unit, f"{stated['unit']}, as the receipt states"
            )
        label = label or stated.get("indicator") or self._missing("indicator", "指标")
        return label, unit or stated.get("unit") or self._missing("unit", "unit")

    def _missing(self, what: str, words: str) -> NoReturn:
        self.refuse(
            Code.READ_NOT_STATED, what, "", f"its {words}, which the file does not print",
            f"Answer it when `make receipt FILE=…` asks ({what}).",
        )  # fmt: skip

    def refuse(
        self,
        code: Code,
        column: str,
        value: str,
        expectation: str,
        remedy: str = _REMEDY,
    ) -> NoReturn:
        """Refuse the file as a whole."""
        place = f"row {self.form.header + 1}"
        raise refusal(code, self.file, place, value, expectation, remedy, column)


def _named(printed: str) -> tuple[str, str]:
    """Return the catalog's label of a printed indicator, and its unit; empty where unknown."""
    label, unit = split_unit(printed)
    unit = _UNITS_OF_THE_SITE.get(unit.casefold()) or unit_of(unit) or unit
    for series in source("statistical_yearbook").series:
        for known in (series.label, *series.aliases):
            # an index keeps its base in the label
            if plain_label(known).casefold() in {label.casefold(), plain_label(printed).casefold()}:
                return series.label, unit
    return "", unit


def _year(head: str) -> int:
    match = _YEAR.fullmatch(head)
    return int(match.group(1)) if match else 0


def _rows(grid: Grid, form: _Form) -> Iterator[int]:
    """Yield the rows below the header that hold something, until the notes."""
    for row in range(form.header + 1, len(grid.cells)):
        if grid.text(row, 0).strip().startswith(_AFTER):
            return
        if any(cell.strip() for cell in grid.cells[row]):
            yield row


def _grid(content: bytes, file: str) -> Grid:
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        # imported here: CSV downloads need no parser of workbooks
        from living_panel.ingestion.formats.workbook import read_workbook

        return read_workbook(content, file)[0]
    return read_csv_grids(content, file)[0]


def _form(grid: Grid, file: str) -> _Form:
    """Return the content of the lines above the values."""
    names_by_key: dict[str, str] = {}
    for row, cells in enumerate(grid.cells[:_HEAD_LINES]):
        first = plain_label(cells[0]).casefold() if cells else ""
        # a comma in the indicator's name splits the line into cells
        line = ",".join(cells).strip().rstrip(",")
        for name, pattern in (("指标", _INDICATOR), ("地区", _REGION), ("时间", _TIME)):
            match = pattern.match(unicodedata.normalize("NFKC", line))
            if match and name not in names_by_key:
                names_by_key[name] = match.group(1).strip()
        if first not in _REGIONS | _INDICATORS:
            continue
        heads = [cell.strip() for cell in cells[1:]]
        while heads and not heads[-1]:
            heads.pop()
        if not heads or not all(heads):
            raise refusal(
                Code.READ_HEADER, file, f"row {row + 1}", ",".join(cells), "地区,2022年,…", _REMEDY
            )
        if any(map(_YEAR.fullmatch, heads)) and not all(map(_YEAR.fullmatch, heads)):
            raise refusal(
                Code.READ_HEADER, file, f"row {row + 1}", ",".join(cells), "地区,2022年,…", _REMEDY
            )
        year = int(names_by_key["时间"]) if "时间" in names_by_key else None
        return _Form(
            row,
            first in _REGIONS,
            tuple(heads),
            names_by_key.get("指标", ""),
            names_by_key.get("地区", ""),
            year,
        )
    raise refusal(Code.READ_HEADER, file, "row 4", "", "a header line 地区,2022年,…", _REMEDY)
