"""Data files of CSV, Stata, R, Parquet and Excel: reading them, and proposing unit, period and measures."""

from __future__ import annotations

import datetime as dt
import keyword
import re
import struct
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.row_names import ROW_NAMES
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.periods import (
    QUARTER,
    READERS,
    Frequency,
    frequency_of_dates,
    numbers_of,
)
from living_panel.problems import Place, Refused, words_of

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


def read_file(path: Path, *, as_printed: bool = False) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of a data file, and the labels of its columns where it has any.

    `as_printed` leaves each cell of a CSV or Excel file as text, and each value of a Stata file as a number.

    Raises
    ------
    InvalidSpec
        For a file that is missing, of another kind, or cannot be read.
    """
    place = Place(file=str(path))
    if not path.is_file():
        raise InvalidSpec(
            Code.FILE_MISSING(
                "the data file does not exist", "write the path of an existing file", place
            )
        )
    if path.suffix not in SUFFIXES:
        raise InvalidSpec(
            Code.PAPER_DATA(
                "{suffix!r} is not a supported data format",
                "name a file that ends with one of {known}",
                place,
                suffix=path.suffix,
                known=[*SUFFIXES],
            )
        )
    texts: dict[str, Any] = {"dtype": "str"} if as_printed else {}
    gaps: dict[str, Any] = {"keep_default_na": False, "na_values": [""]} if as_printed else {}
    try:
        if path.suffix == ".dta":
            with pd.read_stata(path, iterator=True, convert_categoricals=False) as reader:
                data = reader.read()
                data = data if as_printed else _labelled_periods(path, data)
                return data, dict(reader.variable_labels())
        if path.suffix == ".rds":
            return _read_rds(path)
        if path.suffix == ".parquet":
            return pd.read_parquet(path), {}
        if path.suffix == ".xlsx":
            return pd.read_excel(path, **texts), {}
        return pd.read_csv(path, **texts, **gaps), {}
    # a damaged Stata file ends in struct.error
    except (ValueError, OSError, struct.error, pd.errors.ParserError) as error:
        raise InvalidSpec(
            Code.PAPER_DATA(
                "the file cannot be read: {problem}",
                "open it in the program that wrote it, and save it again",
                place,
                problem=words_of(error),
            )
        ) from error


def _read_rds(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of a saved data frame, tibble or pdata.frame, and its columns' attributes `label`.

    Raises
    ------
    ValueError
        For a file that R did not save, and one that holds no data frame.
    """
    import rdata  # xarray comes with it, which takes a second

    times: dict[str | bytes, Any] = {"Date": _times("D"), "POSIXct": _times("s")}
    try:
        parsed = rdata.parser.parse_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # classes of columns that are not needed
            content = rdata.conversion.convert(
                parsed, {**rdata.conversion.DEFAULT_CLASS_MAP, **times}
            )
    except (NotImplementedError, EOFError, LookupError) as error:
        raise Refused(
            Code.PAPER_DATA(
                "the file was not saved by R ({reason})",
                "save it with saveRDS()",
                reason=str(error) or "it has another header",
            )
        ) from error
    if not isinstance(content, pd.DataFrame):
        raise Refused(
            Code.PAPER_DATA(
                "the file contains a {kind}, not a data frame",
                "save a data frame with saveRDS()",
                kind=type(content).__name__,
            )
        )
    names = list(map(str, content.columns))
    labels = dict(zip(names, map(_label_of, parsed.object.value), strict=True))
    frame = content.reset_index(drop=True).set_axis(names, axis=1)
    return _plain(frame), {name: label for name, label in labels.items() if label}


def _times(unit: Any) -> Any:
    def column(values: Any, _: Mapping[str, Any]) -> Any:
        return pd.to_datetime(values, unit=unit).to_numpy()

    return column


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Factors as their labels, as numbers where each is one; whole numbers with gaps as floats."""
    plain = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            texts = column.astype("object")
            numbers = pd.to_numeric(texts, errors="coerce")
            column = numbers if numbers.notna().equals(texts.notna()) else texts
        elif pd.api.types.is_extension_array_dtype(column.dtype) and pd.api.types.is_numeric_dtype(
            column.dtype
        ):
            column = column.astype("float64" if column.isna().any() else column.dtype.numpy_dtype)
        plain[str(name)] = column
    return pd.DataFrame(plain)


def _label_of(column: Any) -> str:
    """Attribute `label` of a column, as R's haven and Hmisc write it."""
    attributes = dict(_attributes(column.attributes))
    value = attributes["label"].value if "label" in attributes else []
    texts = [part.value for part in value] if isinstance(value, list) else []
    return texts[0].decode("utf-8", "replace") if texts and texts[0] else ""


def _attributes(pairs: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of R's attributes, a linked list."""
    while pairs is not None and pairs.info.type.name == "LIST":
        tag = pairs.tag
        if tag is not None and tag.info.type.name == "REF":
            tag = tag.referenced_object
        if tag is not None:
            yield tag.value.value.decode(), pairs.value[0]
        pairs = pairs.value[1]


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
        raise InvalidSpec(
            Code.PAPER_DATA(
                "the file has fewer than two columns of numbers among {columns}",
                "name a file with two or more such columns",
                Place(file=str(path)),
                columns=[*data.columns],
            )
        )
    if not unit:  # a unit of several rows is a measure, by its number
        texts = [c for c in data.columns if c != period and data[c].dtype.kind in "OUT"]
        repeated = [c for c in texts if 1 < data[c].nunique() < len(data) and data[c].notna().all()]
        data = data.assign(**{str(c): pd.factorize(data[c])[0] + 1 for c in repeated})
        labels = {**{c: f"{c}, numbered" for c in repeated}, **labels}
        numeric += repeated
    varying = [c for c in numeric if _varies_within(data, c, unit)]
    numeric = varying + [c for c in numeric if c not in varying]
    names = _names(numeric)
    unit_texts = data[unit].map(text_of) if unit else pd.Series(range(1, len(data) + 1)).map(str)
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


def text_of(value: object) -> str:
    """A unit or group as text: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
