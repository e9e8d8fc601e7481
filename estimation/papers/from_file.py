"""A paper's own data from one data file: reading it, and proposing unit, period and measures."""

from __future__ import annotations

import datetime as dt
import keyword
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from living_panel.estimation.econometrics.row_names import ROW_NAMES
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.periods import (
    QUARTER,
    READERS,
    Frequency,
    frequency_of_dates,
    numbers_of,
)
from living_panel.estimation.papers import codes
from living_panel.estimation.papers.from_r import read_rds
from living_panel.problems import Place, words_of

SUFFIXES = (".dta", ".csv", ".parquet", ".rds", ".xlsx")
PERIODS = ("year", "yr", "date", "period", "time", "t", "wave", "quarter", "month")
UNITS = ("id", "unit", "code", "firm", "state", "country", "county", "province", "nr", "person")
WRITTEN: tuple[Frequency, ...] = ("quarters", "months", "dates")
YEARS = (1000, 2999)
"""Whole numbers that are taken for years."""
FEWEST_PERIODS, MOST_PERIODS = 2, 4000


@dataclass(frozen=True)
class Proposal:
    """A data file as a panel of a paper's own.

    Attributes
    ----------
    unit, period
        Column of each in the file; without a unit each row is one, without a period too they are a cross-section.
    frequency
        Of the periods.
    panel
        unit, year and the measures.
    labels
        Title of each measure.
    omitted
        Columns of the file that are no measure.
    """

    unit: str
    period: str
    frequency: Frequency
    panel: pd.DataFrame
    units: pd.DataFrame
    labels: dict[str, str]
    omitted: tuple[str, ...]


def read_file(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of a data file, and the labels of its columns where it has any.

    Raises
    ------
    InvalidSpec
        For a file that is missing, of another kind, or cannot be read.
    """
    place = Place(file=str(path))
    if not path.is_file():
        raise InvalidSpec(codes.DATA_MISSING(place))
    if path.suffix not in SUFFIXES:
        raise InvalidSpec(codes.DATA_KIND(place, suffix=path.suffix, known=[*SUFFIXES]))
    try:
        if path.suffix == ".dta":
            with pd.read_stata(path, iterator=True, convert_categoricals=False) as reader:
                return _labelled_periods(path, reader.read()), dict(reader.variable_labels())
        if path.suffix == ".rds":
            return read_rds(path)
        readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".xlsx": pd.read_excel}
        return readers[path.suffix](path), {}
    # a damaged Stata file ends in struct.error
    except (ValueError, OSError, struct.error, pd.errors.ParserError) as error:
        raise InvalidSpec(codes.DATA_UNREADABLE(place, problem=words_of(error))) from error


def _labelled_periods(path: Path, data: pd.DataFrame) -> pd.DataFrame:
    """Data of a Stata file whose value-labelled periods are their labels: 1981 and not 1.

    Only a column of a period's name whose labels are all periods; other labelled columns stay numbers.
    """
    wanted = [c for c in data.columns if str(c).lower() in PERIODS]
    if not wanted:
        return data
    try:
        labelled = pd.read_stata(path, columns=wanted, convert_categoricals=True)
    except ValueError:  # a label that two values share
        return data
    for column in wanted:
        values = labelled[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            texts = values.astype("str").where(values.notna())
            whole = texts.dropna().str.fullmatch(r"\d{4}").all()
            read = any(texts.dropna().map(r).notna().all() for r in map(_reads, WRITTEN))
            if whole or read:
                data = data.assign(**{str(column): texts.astype("Int64") if whole else texts})
    return data


def _reads(frequency: Frequency) -> Callable[[str], object]:
    """Reader of a written period, None for another text."""
    return lambda text: None if numbers_of(pd.Series([text]), frequency).isna().all() else text


def propose(path: Path) -> Proposal:
    """Unit, period and measures of a data file.

    The period is a column of whole numbers, dates, quarters or months, and the unit another column, that together
    name each row once; usual names come first. Where no two columns do, each row is a unit, with the period that
    a usual name says. Measures that vary within units come first. A column of two texts becomes one of 0 and 1.
    Other columns that are no numbers are `omitted`, and so is a first column without a name that numbers the rows.

    Raises
    ------
    InvalidSpec
        As `read_file`; for a file without two columns of numbers.
    """
    data, labels = read_file(path)
    data = _with_times(_without_row_numbers(data))
    unit, period = _keys(data)
    data, labels = _with_two_texts(data, labels, (unit, period))
    numeric = [c for c in data.columns if c not in (unit, period) and _is_numeric(data[c])]
    if len(numeric) < 2:
        raise InvalidSpec(codes.DATA_NO_NUMBERS(Place(file=str(path)), columns=[*data.columns]))
    if not unit:  # a unit of several rows is a measure, by its number
        texts = [c for c in data.columns if c != period and data[c].dtype.kind in "OUT"]
        repeated = [c for c in texts if 1 < data[c].nunique() < len(data) and data[c].notna().all()]
        data = data.assign(**{str(c): pd.factorize(data[c])[0] + 1 for c in repeated})
        labels = {**{c: f"{c}, numbered" for c in repeated}, **labels}
        numeric += repeated
    varying = [c for c in numeric if _varies_within(data, c, unit)]
    numeric = varying + [c for c in numeric if c not in varying]
    names = _names(numeric)
    unit_texts = data[unit].map(_text) if unit else pd.Series(range(1, len(data) + 1)).map(str)
    frequency, year = _periods(data[period]) if period else ("numbers", pd.Series(1, data.index))
    panel = data[numeric].astype("float64").rename(columns=names)
    panel.insert(0, "unit", unit_texts.to_numpy())
    panel.insert(1, "year", year.to_numpy())
    listed = pd.DataFrame({"unit": panel["unit"].unique()})
    units = listed.assign(name=listed["unit"], group="all")
    titles = {names[c]: labels.get(str(c)) or str(c) for c in numeric}
    omitted = [str(c) for c in data.columns if c not in (unit, period, *numeric)]
    return Proposal(unit, period, frequency, panel, units, titles, tuple(omitted))


def _varies_within(data: pd.DataFrame, column: str, unit: str) -> bool:
    """Whether a column has several values in a unit, or over the rows where each row is one."""
    if not unit:
        return data[column].nunique() > 1
    return bool((data.groupby(unit, observed=True)[column].nunique() > 1).any())


def _without_row_numbers(data: pd.DataFrame) -> pd.DataFrame:
    """Without the first column that R's write.csv and pandas' to_csv add."""
    first = data.columns[0] if len(data.columns) else ""
    numbers = pd.Series(range(len(data)), data.index)
    named = not str(first).startswith("Unnamed:") and str(first) != ""
    if named or not _is_whole(data[first]):
        return data
    return data.drop(columns=first) if (data[first] - numbers).nunique() == 1 else data


def _with_two_texts(
    data: pd.DataFrame, labels: dict[str, str], keys: tuple[str, str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Columns of two texts as 0 and 1, in the order of the alphabet, which their labels say."""
    columns, named = {}, {}
    for column in (c for c in data.columns if c not in keys and not _is_numeric(data[c])):
        texts = data[column].map(str).where(data[column].notna())
        kinds = sorted(texts.dropna().unique())
        if len(kinds) == 2 and data[column].dtype.kind in "OUT":
            columns[str(column)] = texts.map({kinds[0]: 0.0, kinds[1]: 1.0})
            title = labels.get(str(column)) or str(column)
            named[str(column)] = f"{title} (1: {kinds[1]}, 0: {kinds[0]})"
    return data.assign(**columns), {**labels, **named}


def _with_times(data: pd.DataFrame) -> pd.DataFrame:
    """Columns of dates, as R and Parquet hold them, as points of time."""
    candidates = [
        c
        for c in data.columns
        if data[c].dtype.kind == "O" and data[c].map(lambda v: isinstance(v, dt.date)).all()
    ]
    return data.assign(**{str(c): pd.to_datetime(data[c]) for c in candidates})


def _periods(column: pd.Series) -> tuple[Frequency, pd.Series]:
    """Frequency of a column of periods, and each as `panel.csv` has it."""
    if pd.api.types.is_datetime64_any_dtype(column):
        frequency = frequency_of_dates(column)
        if frequency == "years":
            return frequency, column.dt.year
        return frequency, column.map(READERS[frequency])
    if _is_whole(column):
        years = column.between(*YEARS).all()
        return "years" if years else "numbers", column.astype("int64")
    return next(f for f in WRITTEN if numbers_of(column, f).notna().all()), column


def _is_period(column: pd.Series) -> bool:
    """Whether every cell is a period: a whole number, a date, a quarter or a month."""
    if column.isna().any() or not len(column):
        return False
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    if _is_numeric(column):
        return _is_whole(column) and bool((column.abs() < QUARTER).all())
    return any(numbers_of(column, f).notna().all() for f in WRITTEN)


def _keys(data: pd.DataFrame) -> tuple[str, str]:
    """Columns of unit and period; empty ones for a cross-section."""
    whole = [c for c in data.columns if _is_whole(data[c])]
    few = [c for c in data.columns if _is_period(data[c])]
    few = [c for c in few if FEWEST_PERIODS <= data[c].nunique() <= MOST_PERIODS]
    periods = sorted(few, key=lambda c: (_rank(c, PERIODS), data[c].nunique()))
    named = [c for c in data.columns if data[c].dtype.kind in "OUT" or c in whole]
    named += [c for c in data.columns if c not in named and not _is_numeric(data[c])]
    units = sorted(named, key=lambda c: (_rank(c, UNITS), -data[c].nunique()))
    for period in periods:
        for unit in units:
            pair = data[[unit, period]] if unit != period else None
            if pair is None or pair.isna().any().any() or not 1 < data[unit].nunique() < len(data):
                continue
            if not pair.duplicated().any():
                return str(unit), str(period)
    named = [c for c in periods if str(c).lower() in PERIODS and len(str(c)) > 1]
    return "", str(named[0]) if named else ""


def _rank(name: object, usual: tuple[str, ...]) -> int:
    """Place of a column among usual names; after them where it is none."""
    lower = str(name).lower()
    if lower in usual:
        return usual.index(lower)
    part = next((n for n, word in enumerate(usual) if len(word) > 2 and word in lower), None)
    return len(usual) + (len(usual) if part is None else part)


def _is_numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column)) and bool(column.notna().any())


def _is_whole(column: pd.Series) -> bool:
    if not pd.api.types.is_numeric_dtype(column) or column.isna().any() or not len(column):
        return False
    return bool((column % 1 == 0).all())


def _names(columns: list[str]) -> dict[str, str]:
    """Columns as names that a formula takes, each once."""
    names: dict[str, str] = {}
    for column in columns:
        name = re.sub(r"\W+", "_", str(column).lower()).strip("_") or "x"
        if name[0].isdigit() or keyword.iskeyword(name) or name in ROW_NAMES:
            name = f"x_{name}"
        while name in names.values():
            name += "_2"
        names[column] = name
    return names


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
