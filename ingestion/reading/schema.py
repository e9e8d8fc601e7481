"""The one validator of the stage extracted: the tidy long shape that every source ends in.

Columns, their order, and what a row may say, checked lazily by pandera against the catalog. Whether
the values are plausible, or cover what is expected, is the warehouse's question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd
import pandera.pandas as pa
import pyarrow
from pandera.errors import SchemaErrors

from living_panel.codes import Code
from living_panel.ingestion.errors import FailureCase
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provenance.catalog import Source, source
from living_panel.ingestion.provinces import KNOWN_CODES, NATIONAL
from living_panel.ingestion.text import LARGEST_FIGURE, LONGEST_LABEL, forbidden_character

COLUMNS = {
    "source": "str",
    "edition": "int32",
    "vintage": "str",
    "file": "str",
    "sha256": "str",
    "location": "str",
    "indicator_label": "str",
    "unit": "str",
    "province_label": "str",
    "province_code": "str",
    "year": "int32",
    "value_printed": "str",
    "value": "float64",
    "quality": "str",
    "status": "str",
    "compiled_from": "str",
    "note": "str",
}
"""Column names and types of `part.parquet`, in this order. Text as printed; a value is null where none is."""

_ARROW = {"str": pyarrow.string(), "int32": pyarrow.int32(), "float64": pyarrow.float64()}
ARROW_SCHEMA = pyarrow.schema([(name, _ARROW[kind]) for name, kind in COLUMNS.items()])
CELL = ["source", "edition", "vintage", "indicator_label", "unit", "province_code", "year"]
"""Key of one value of one vintage."""

QUALITIES = ("high", "medium", "low")
FIRST_YEAR = 1949
_TEXT = ["indicator_label", "unit", "province_label", "value_printed", "compiled_from", "note"]


@dataclass(frozen=True)
class RowRule:
    """Rules for every row, with the message for a violation: column, expectation, remedy."""

    column: str
    holds: Callable[[pd.DataFrame], Iterable[bool]]
    expectation: Callable[[Mapping[str, object], Source], str]
    remedy: str


def _series(rows: pd.DataFrame) -> list[catalog.Series | None]:
    """Return the series of each row's printed label, None where its source's catalog has none."""
    known = {
        (entry.source, series.label): series
        for entry in catalog.all_sources()
        for series in entry.series
    }
    labels = zip(rows["source"], rows["indicator_label"], strict=True)
    return [known.get(label) for label in labels]


def _known_unit(rows: pd.DataFrame) -> Iterable[bool]:
    pairs = zip(_series(rows), rows["unit"], strict=True)
    return [series is None or unit in series.units for series, unit in pairs]


def _in_scope(rows: pd.DataFrame) -> Iterable[bool]:
    pairs = zip(_series(rows), rows["province_code"], strict=True)
    return [
        code == NATIONAL or series is None or series.scope != "national" for series, code in pairs
    ]


def _not_negative(rows: pd.DataFrame) -> Iterable[bool]:
    pairs = zip(_series(rows), rows["value"], strict=True)
    return [not value < 0 or (series is not None and series.signed) for series, value in pairs]


def _readable(text: str) -> bool:
    return len(text) <= LONGEST_LABEL and forbidden_character(text) is None


def _closest(row: Mapping[str, object], entry: Source) -> str:
    labels = [series.label for series in entry.series]
    near = get_close_matches(str(row["indicator_label"]), labels, n=1, cutoff=0.4)
    hint = f", such as {near[0]}" if near else ""
    return f"an indicator label of {entry.source} as the catalog lists it{hint}"


def _units(row: Mapping[str, object], entry: Source) -> str:
    known = entry.by_label().get(str(row["indicator_label"]))
    listed = ", ".join(known.units) if known else "none"
    return f"a unit that the catalog lists for {row['indicator_label']}: {listed}"


_CATALOG_REMEDY = (
    "Correct the file, or add it under `series` in ingestion/sources/<source>/catalog.yml"
)

RULES: dict[str, RowRule] = {
    "known_indicator": RowRule(
        "indicator_label",
        lambda rows: [series is not None for series in _series(rows)],
        _closest,
        _CATALOG_REMEDY,
    ),
    "known_unit": RowRule("unit", _known_unit, _units, _CATALOG_REMEDY),
    "scope": RowRule(
        "province_label",
        _in_scope,
        lambda row, entry: "全国: the catalog lists this series for the country only",
        "Correct label or province, or change `scope` in the catalog",
    ),
    "year_range": RowRule(
        "year",
        lambda rows: (rows["year"] >= FIRST_YEAR) & (rows["year"] <= rows["edition"]),
        lambda row, entry: f"a year from {FIRST_YEAR} to the edition, {row['edition']}",
        "Correct the year, or put the file under the edition that prints it",
    ),
    "not_negative": RowRule(
        "value",
        _not_negative,
        lambda row, entry: "a value of zero or more: this series cannot be negative",
        "Correct the value, or set `signed: true` for the series in the catalog",
    ),
    "unique_cell": RowRule(
        "value",
        lambda rows: ~rows.duplicated(CELL, keep="first"),
        lambda row, entry: "one row for each indicator, unit, province and year of a vintage",
        "Delete one of the two rows; if they lie in two files, withdraw the wrong file",
    ),
    "quality_word": RowRule(
        "quality",
        lambda rows: rows["quality"].isin(QUALITIES),
        lambda row, entry: "high, medium or low",
        "Write high (checked against another copy), medium (one copy) or low (doubtful)",
    ),
    "readable_text": RowRule(
        "text",
        lambda rows: rows[_TEXT].map(_readable).all(axis=1),
        lambda row, entry: f"text of at most {LONGEST_LABEL} characters, none of them invisible",
        "Type the text again by hand",
    ),
}

_OF_ONE_COLUMN = {
    "source": pa.Check(lambda column: column.isin(catalog.names()), name="known_source"),
    "edition": pa.Check.ge(FIRST_YEAR),
    "vintage": pa.Check.str_matches(r"^(\d{4}-\d{2}-\d{2}|none)$"),
    "file": pa.Check.str_length(min_value=1),
    "sha256": pa.Check.str_matches(r"^[0-9a-f]{64}$"),
    "location": pa.Check.str_length(min_value=1),
    "province_code": pa.Check.isin(KNOWN_CODES),
    "value": pa.Check.in_range(-LARGEST_FIGURE, LARGEST_FIGURE),
    "status": pa.Check.isin(["official", "simulated"]),
}
"""Rules that only a defect can break: the program writes these columns, or has refused other values."""


def _check(name: str, rule: RowRule) -> pa.Check:
    return pa.Check(
        lambda rows: pd.Series(rule.holds(rows), index=rows.index, dtype=bool), name=name
    )


SCHEMA = pa.DataFrameSchema(
    {
        name: pa.Column(kind, _OF_ONE_COLUMN.get(name), nullable=name == "value")
        for name, kind in COLUMNS.items()
    },
    checks=[_check(name, rule) for name, rule in RULES.items()],
    strict=True,
    ordered=True,
)
"""One row for one printed value: exactly these columns, in this order, with these types."""


def empty_rows() -> pd.DataFrame:
    """Return the extracted shape without a row."""
    return typed(pd.DataFrame({name: [] for name in COLUMNS}))


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return `rows` with exactly the columns and types of the extracted shape."""
    return rows.loc[:, list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)


def failures(rows: pd.DataFrame) -> list[FailureCase]:
    """Return every way in which `rows` breaks the extracted shape, in the order of the file."""
    try:
        SCHEMA.validate(rows, lazy=True)
    except SchemaErrors as error:
        failed = error.failure_cases
        positions = {
            (-1 if pd.isna(index) else int(index), str(check))
            for check, index in zip(failed["check"], failed["index"], strict=True)
        }
        return [_case(rows, position, check) for position, check in sorted(positions)]
    return []


def _case(rows: pd.DataFrame, position: int, check: str) -> FailureCase:
    """Return what a failed check says of a row; of the frame as a whole at position -1."""
    row = {} if position < 0 else {str(k): v for k, v in rows.iloc[position].items()}
    place = str(row.get("file", "")), str(row.get("location", ""))
    rule = RULES.get(check)
    if rule is None or not row or row["source"] not in catalog.names():
        return FailureCase(
            *place, check, "", "the extracted shape", "Report this as a defect", Code.READ_ROW
        )
    column = shown = rule.column
    if check == "readable_text":
        column = shown = next(name for name in _TEXT if not _readable(str(row[name])))
    elif column == "value":
        shown = "value_printed"
    value = _pair(rows, position) if check == "unique_cell" else str(row[shown])
    entry = source(str(row["source"]))
    remedy = f"{rule.remedy}.".replace("<source>", entry.source)
    return FailureCase(*place, column, value, rule.expectation(row, entry), remedy, Code.READ_ROW)


def _pair(rows: pd.DataFrame, position: int) -> str:
    """Say which two rows state the same cell, and whether they agree."""
    row = rows.iloc[position]
    same = rows[(rows[CELL] == row[CELL]).all(axis=1)].iloc[0]
    relation = "again" if same["value_printed"] == row["value_printed"] else "but"
    where = f"{same['location']} of {same['file']}"
    return (
        f"{row['indicator_label']}, {row['province_label']}, {row['year']}: {row['value_printed']} "
        f"here, {relation} {same['value_printed']} at {where}"
    )
