"""The extracted room's one validator: the tidy long shape that every source ends in.

Columns, their order, and what a row may say, checked lazily by pandera against the catalog. Whether
the figures are plausible, or cover what is expected, is the warehouse's question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as pyarrow
from pandera.errors import SchemaErrors
from pandera.typing import DataFrame, Series

from ingestion.catalog import Source, names, source
from ingestion.errors import FailureCase
from ingestion.provinces import KNOWN_CODES, NATIONAL
from ingestion.text import LARGEST_FIGURE, LONGEST_LABEL, forbidden_character

COLUMNS: dict[str, pyarrow.DataType] = {
    "source": pyarrow.string(),
    "edition": pyarrow.int32(),
    "vintage": pyarrow.string(),
    "file": pyarrow.string(),
    "sha256": pyarrow.string(),
    "location": pyarrow.string(),
    "indicator_label": pyarrow.string(),
    "unit": pyarrow.string(),
    "province_label": pyarrow.string(),
    "province_code": pyarrow.string(),
    "year": pyarrow.int32(),
    "value_printed": pyarrow.string(),
    "value": pyarrow.float64(),
    "quality": pyarrow.string(),
    "status": pyarrow.string(),
    "compiled_from": pyarrow.string(),
    "note": pyarrow.string(),
}
"""Column names and Parquet types of `part.parquet`, in this order."""

ARROW_SCHEMA = pyarrow.schema(list(COLUMNS.items()))
CELL = ["source", "edition", "vintage", "indicator_label", "unit", "province_code", "year"]
"""What identifies one figure of one vintage."""

QUALITIES = ("high", "medium", "low")
FIRST_YEAR = 1949
_TEXT = ["indicator_label", "unit", "province_label", "value_printed", "compiled_from", "note"]


@dataclass(frozen=True)
class Rule:
    """How a failed check is told: its column, what was expected, and what mends it."""

    column: str
    expectation: Callable[[Mapping[str, object], Source], str]
    remedy: str


class Extracted(pa.DataFrameModel):
    """One row a printed figure. Text as printed; the value is null where none is printed."""

    source: Series[str]
    edition: Series[np.int32] = pa.Field(ge=FIRST_YEAR)
    vintage: Series[str] = pa.Field(str_matches=r"^(\d{4}-\d{2}-\d{2}|none)$")
    file: Series[str] = pa.Field(str_length={"min_value": 1})
    sha256: Series[str] = pa.Field(str_matches=r"^[0-9a-f]{64}$")
    location: Series[str] = pa.Field(str_length={"min_value": 1})
    indicator_label: Series[str]
    unit: Series[str]
    province_label: Series[str]
    province_code: Series[str]
    year: Series[np.int32]
    value_printed: Series[str]
    value: Series[np.float64] = pa.Field(nullable=True)
    quality: Series[str]
    status: Series[str] = pa.Field(isin=["official", "simulated"])
    compiled_from: Series[str]
    note: Series[str]

    class Config:
        """Exactly these columns, in this order, with these types."""

        strict = True
        ordered = True

    @pa.check("source", name="known_source")
    def known_source(cls, column: pd.Series) -> pd.Series:
        """Hold where the name is that of a source's folder."""
        return column.isin(names())

    @pa.dataframe_check(name="known_indicator")
    def known_indicator(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where the source's catalog lists the printed label."""
        return _for_each_source(
            rows,
            lambda entry, part: part["indicator_label"].isin(
                [series.label for series in entry.series]
            ),
        )

    @pa.dataframe_check(name="known_unit")
    def known_unit(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where the catalog lists the unit for that label, or does not know the label."""

        def listed(entry: Source, part: pd.DataFrame) -> pd.Series:
            known = entry.by_label()
            return pd.Series(
                [
                    label not in known or unit in known[label].units
                    for label, unit in zip(part["indicator_label"], part["unit"], strict=True)
                ],
                index=part.index,
                dtype=bool,
            )

        return _for_each_source(rows, listed)

    @pa.dataframe_check(name="known_province")
    def known_province(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where the code is one of the 31 provinces or the country."""
        return rows["province_code"].isin(KNOWN_CODES)

    @pa.dataframe_check(name="scope")
    def scope(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold unless a province carries a series that exists for the country only."""

        def fits(entry: Source, part: pd.DataFrame) -> pd.Series:
            national = [series.label for series in entry.series if series.scope == "national"]
            return (part["province_code"] == NATIONAL) | ~part["indicator_label"].isin(national)

        return _for_each_source(rows, fits)

    @pa.dataframe_check(name="year_range")
    def year_range(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where the year lies between 1949 and the edition."""
        return (rows["year"] >= FIRST_YEAR) & (rows["year"] <= rows["edition"])

    @pa.dataframe_check(name="finite")
    def finite(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where the value is null or a finite number below any possible figure."""
        return rows["value"].isna() | (rows["value"].abs() < LARGEST_FIGURE)

    @pa.dataframe_check(name="not_negative")
    def not_negative(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where the value is not negative, or the series can be."""

        def fits(entry: Source, part: pd.DataFrame) -> pd.Series:
            signed = [series.label for series in entry.series if series.signed]
            return (
                part["value"].isna() | (part["value"] >= 0) | part["indicator_label"].isin(signed)
            )

        return _for_each_source(rows, fits)

    @pa.dataframe_check(name="unique_cell")
    def unique_cell(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where no earlier row of the vintage states the same cell."""
        return ~rows.duplicated(CELL, keep="first")

    @pa.dataframe_check(name="quality_word")
    def quality_word(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where quality is high, medium or low."""
        return rows["quality"].isin(QUALITIES)

    @pa.dataframe_check(name="readable_text")
    def readable_text(cls, rows: pd.DataFrame) -> pd.Series:
        """Hold where no text is overlong or holds an invisible or bidirectional character."""
        good = pd.Series(True, index=rows.index)
        for column in _TEXT:
            good &= pd.Series(
                [_readable(text) for text in rows[column]], index=rows.index, dtype=bool
            )
        return good


def _readable(text: str) -> bool:
    return len(text) <= LONGEST_LABEL and forbidden_character(text) is None


def _closest(row: Mapping[str, object], entry: Source) -> str:
    import difflib

    labels = [series.label for series in entry.series]
    near = difflib.get_close_matches(str(row["indicator_label"]), labels, n=1, cutoff=0.4)
    hint = f", such as {near[0]}" if near else ""
    return f"an indicator label of {entry.source} as the catalog lists it{hint}"


def _units(row: Mapping[str, object], entry: Source) -> str:
    known = entry.by_label().get(str(row["indicator_label"]))
    listed = ", ".join(known.units) if known else "none"
    return f"a unit that the catalog lists for {row['indicator_label']}: {listed}"


_CATALOG_REMEDY = (
    "Correct the file, or add it under `series` in ingestion/sources/<source>/catalog.yml"
)

RULES: dict[str, Rule] = {
    "known_indicator": Rule("indicator_label", _closest, _CATALOG_REMEDY),
    "known_unit": Rule("unit", _units, _CATALOG_REMEDY),
    "known_province": Rule(
        "province_label",
        lambda row, entry: "one of the 31 provinces, such as 北京 or 内蒙古, or 全国",
        "Correct the label, or leave the row out",
    ),
    "scope": Rule(
        "province_label",
        lambda row, entry: "全国: the catalog lists this series for the country only",
        "Correct label or province, or change `scope` in the catalog",
    ),
    "year_range": Rule(
        "year",
        lambda row, entry: f"a year from {FIRST_YEAR} to the edition, {row['edition']}",
        "Correct the year, or land the file under the edition that carries it",
    ),
    "finite": Rule(
        "value",
        lambda row, entry: f"a finite number below {LARGEST_FIGURE:.0e}",
        "Correct the value, or leave the row out if there is no figure",
    ),
    "not_negative": Rule(
        "value",
        lambda row, entry: "a value of zero or more: this series cannot be negative",
        "Correct the value, or set `signed: true` for the series in the catalog",
    ),
    "unique_cell": Rule(
        "value",
        lambda row, entry: "one row for each indicator, unit, province and year of a vintage",
        "Delete one of the two rows; if they lie in two files, withdraw the wrong file",
    ),
    "quality_word": Rule(
        "quality",
        lambda row, entry: "high, medium or low",
        "Say high (checked against another copy), medium (one copy) or low (doubtful)",
    ),
    "readable_text": Rule(
        "text",
        lambda row, entry: f"text of at most {LONGEST_LABEL} characters, none of them invisible",
        "Type the text again by hand",
    ),
}


def empty_rows() -> pd.DataFrame:
    """Return the extracted shape without a row."""
    return typed(pd.DataFrame({name: [] for name in COLUMNS}))


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return `rows` with exactly the columns and types of the extracted shape."""
    kinds = {
        name: "str" if kind == pyarrow.string() else str(kind).replace("double", "float64")
        for name, kind in COLUMNS.items()
    }
    return rows.loc[:, list(COLUMNS)].astype(kinds).reset_index(drop=True)


def failures(rows: pd.DataFrame) -> list[FailureCase]:
    """Return every way in which `rows` breaks the extracted shape, in the order of the file.

    Parameters
    ----------
    rows
        A frame of the extracted shape (see `COLUMNS`), one row a figure.
    """
    try:
        Extracted.validate(cast(DataFrame[Extracted], rows), lazy=True)
    except SchemaErrors as error:
        return _cases(rows, error)
    return []


def _cases(rows: pd.DataFrame, error: SchemaErrors) -> list[FailureCase]:
    found: dict[tuple[int, str], FailureCase] = {}
    for check, index in zip(
        error.failure_cases["check"], error.failure_cases["index"], strict=True
    ):
        name = str(check)
        if index is None or pd.isna(index):
            case = FailureCase("", "", "", name, "the extracted shape", "Report this as a defect")
            found[(-1, name)] = case
            continue
        position = int(index)
        found[(position, name)] = _case(rows, position, name)
    return [found[key] for key in sorted(found)]


def _case(rows: pd.DataFrame, position: int, check: str) -> FailureCase:
    row = {str(key): value for key, value in rows.iloc[position].items()}
    rule = RULES.get(check)
    if rule is None:
        return FailureCase(
            str(row["file"]),
            str(row["location"]),
            check,
            "",
            "the extracted shape",
            "Report this as a defect",
        )
    column, value = rule.column, str(row.get(rule.column, ""))
    if check in {"finite", "not_negative"}:
        value = str(row["value_printed"])
    if check == "unique_cell":
        value = _pair(rows, position)
    if check == "readable_text":
        column = next(name for name in _TEXT if not _readable(str(row[name])))
        value = str(row[column])
    expectation = rule.expectation(row, source(str(row["source"])))
    return FailureCase(
        str(row["file"]),
        str(row["location"]),
        column,
        value,
        expectation,
        f"{rule.remedy}.".replace("<source>", str(row["source"])),
    )


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


def _for_each_source(
    rows: pd.DataFrame, rule: Callable[[Source, pd.DataFrame], pd.Series]
) -> pd.Series:
    """Apply a rule of each source's catalog entry to its rows; unknown sources pass here."""
    good = pd.Series(True, index=rows.index)
    for name in rows["source"].unique():
        if name in names():
            part = rows[rows["source"] == name]
            good.loc[part.index] = rule(source(name), part).astype(bool)
    return good
