"""Designations of pilot zones, one row a city, as zones by province and year.

Header `province_label,city,batch,document_number,approved,standing,ended`. The list is taken as
whole: a province and year without a row has no new zone, and that is a zero, not a gap. `approved`
and `ended` are a day, a month or a year; what is `recalled` makes the counts it enters doubtful.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, FailureCase, refusal
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.formats.csv import csv_records
from living_panel.ingestion.provinces import NATIONAL, PROVINCES, UnknownProvince, province_code
from living_panel.ingestion.reading.readers import Reader
from living_panel.ingestion.text import forbidden_character

HEADER = ("province_label", "city", "batch", "document_number", "approved", "standing", "ended")
QUALITY = {"sourced": "high", "recalled day": "medium", "recalled city": "low"}
"""A recalled day leaves the year as it is; a recalled city is in doubt altogether."""

FIRST_YEAR = 2005
LARGEST = 4 * 1024 * 1024
NEW, STANDING = "新设跨境电子商务综合试验区", "跨境电子商务综合试验区"
_DATE = re.compile(r"((?:19|20)[0-9]{2})(?:-[0-9]{2}){0,2}")
_REMEDY = "Correct the row, or remove it."


@dataclass(frozen=True)
class _Zone:
    row: int
    code: str
    city: str
    first: int
    last: int
    quality: str
    reply: str


def read_designations(
    content: bytes, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read the list of designations into zones set up, and zones standing at year end.

    Raises
    ------
    ExtractionError
        If the file is no CSV, too large, or has another header.
    """
    lines = [cells for _, cells in csv_records(content, file, LARGEST)]
    if not lines or tuple(lines[0]) != HEADER:
        raise refusal(
            Code.READ_HEADER, file, "row 1", lines[:1], f"the header {','.join(HEADER)}", _REMEDY
        )
    zones: list[_Zone] = []
    faults: list[FailureCase] = []
    for number, cells in enumerate(lines[1:], 2):
        try:
            zones.append(_zone(number, cells, file, edition))
        except ExtractionError as error:
            faults += error.cases
    seen: dict[tuple[str, str], int] = {}
    for zone in zones:
        first = seen.setdefault((zone.code, zone.city), zone.row)
        if first != zone.row:
            place, wanted = f"row {zone.row}", f"one row for each city: row {first} already has it"
            faults.append(
                FailureCase(
                    file, place, "city", zone.city, wanted, _REMEDY, Code.READ_CONTRADICTION
                )
            )
    return ([], faults) if faults else (_values(zones, edition), [])


def _zone(number: int, cells: list[str], file: str, edition: int) -> _Zone:
    place = f"row {number}"
    if len(cells) != len(HEADER):
        raise refusal(
            Code.READ_ROW, file, place, f"{len(cells)} cells", f"{len(HEADER)} cells", _REMEDY
        )
    row = dict(zip(HEADER, cells, strict=True))
    try:
        code = province_code(row["province_label"])
    except UnknownProvince as error:
        raise refusal(
            Code.READ_REGION, file, place, row["province_label"], error.expectation, _REMEDY
        ) from None
    bad = forbidden_character(row["city"] + row["document_number"])
    if code == NATIONAL or bad or not row["city"].strip():
        raise refusal(
            Code.READ_ROW, file, place, row["city"], "a city of a province", _REMEDY, "city"
        )
    if row["standing"] not in QUALITY:
        raise refusal(
            Code.READ_ROW, file, place, row["standing"], " or ".join(QUALITY), _REMEDY, "standing"
        )
    years = []
    for column in ("approved", "ended"):
        match = _DATE.fullmatch(row[column])
        if not match and (row[column] or column == "approved"):
            raise refusal(
                Code.READ_YEAR,
                file,
                place,
                row[column],
                "a date such as 2015-03-07",
                _REMEDY,
                column,
            )
        years.append(int(match[1]) if match else edition + 1)
    wanted = f"{FIRST_YEAR} to {edition}"
    if not FIRST_YEAR <= years[0] <= edition:
        raise refusal(Code.READ_YEAR, file, place, row["approved"], wanted, _REMEDY, "approved")
    if years[1] < years[0]:
        raise refusal(
            Code.READ_YEAR, file, place, row["ended"], f"{years[0]} or later", _REMEDY, "ended"
        )
    city = row["city"] + (" (recalled)" if row["standing"] == "recalled city" else "")
    reply = f"{row['document_number']} {row['approved']}".strip()
    return _Zone(number, code, city, years[0], years[1], QUALITY[row["standing"]], reply)


def _values(zones: list[_Zone], edition: int) -> list[Figure]:
    values = []
    for province in PROVINCES:
        zones_here = [zone for zone in zones if zone.code == province.code]
        for year in range(FIRST_YEAR, edition + 1):
            new = [zone for zone in zones_here if zone.first == year]
            standing = [zone for zone in zones_here if zone.first <= year < zone.last]
            known = [zone for zone in zones_here if zone.first <= year]
            for label, counted, entered in ((NEW, new, new), (STANDING, standing, known)):
                values.append(
                    Figure(
                        location="rows " + " ".join(str(z.row) for z in entered)
                        if entered
                        else "no row",
                        indicator_label=label,
                        unit="座",
                        province_label=province.short,
                        province_code=province.code,
                        year=year,
                        value_printed=str(len(counted)),
                        value=float(len(counted)),
                        quality=_worst(entered),
                        note=_told(new),
                    )
                )
    return values


def _told(zones: list[_Zone]) -> str:
    replies = dict.fromkeys(zone.reply for zone in zones)
    return "; ".join(
        f"{reply}: {', '.join(zone.city for zone in zones if zone.reply == reply)}"
        for reply in replies
    )


def _worst(zones: list[_Zone]) -> str:
    qualities = {zone.quality for zone in zones}
    return next((quality for quality in ("low", "medium") if quality in qualities), "high")


READERS: dict[str, Reader] = {"designations_csv": read_designations}
