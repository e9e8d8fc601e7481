"""Read anybody's frame: long or wide, with any names and types of unit and period."""

from __future__ import annotations

import numbers
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from living_panel.codes import Code, NoFix
from living_panel.estimation.econometrics import sentences as estimators
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.library import sentences
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.problems import ProblemError

LEVELS = [UNIT, PERIOD]
"""Names of the index that the two-way estimators demand."""
LEVELS_OF_WIDE = ("unit", "time")
"""Names of the keys of wide frames and of an index without names."""
ROWS = ("row", "none")
"""Names of the keys of a cross-section, whose rows are units of their own."""
_WHOLE = re.compile(r"[+-]?[0-9]+")
_QUARTER = re.compile(r"([0-9]{4})[-: ]?[Qq]([1-4])")
_MONTH = re.compile(r"([0-9]{4})[-/Mm](0?[1-9]|1[0-2])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
_FREQUENCIES = ("Y", "Q", "M", "W", "D")


@dataclass(frozen=True)
class PanelData:
    """Rows of a panel, sorted by unit and period.

    Attributes
    ----------
    frame : pandas.DataFrame
        The columns as given, over an index of units as text and periods as whole numbers.
    unit, time : str
        Names of the two keys.
    labels : mapping of str to object
        Units as given, by their text.
    periods : mapping of int to object
        Periods as given, by their number.
    dropped : int
        Rows that were left out for missing values.
    """

    frame: pd.DataFrame
    unit: str
    time: str
    labels: Mapping[str, Any]
    periods: Mapping[int, Any]
    dropped: int = 0

    @property
    def sample(self) -> dict[str, Any]:
        """Rows, units and periods that are used, and the rows left out."""
        units, periods = (_used(self.frame.index, place) for place in (0, 1))
        n_units, n_periods = len(units), len(periods)
        if (self.unit, self.time) == ROWS:
            return {"rows": len(self.frame), "left_out_for_missing_values": self.dropped}
        return {
            "rows": len(self.frame),
            "units": n_units,
            "periods": n_periods,
            "first": label_of(self.periods[int(periods.min())]),
            "last": label_of(self.periods[int(periods.max())]),
            "balanced": len(self.frame) == n_units * n_periods,
            "left_out_for_missing_values": self.dropped,
            "unit": self.unit,
            "time": self.time,
        }

    @check_arguments
    def named(self, index: pd.MultiIndex) -> pd.MultiIndex:
        """Rows of an estimate with units and periods as they were given."""
        if any(len(_used(index, place)) < len(index.levels[place]) for place in (0, 1)):
            index = index.remove_unused_levels()
        units, periods = index.levels
        labels = pd.Index([*map(self.labels.__getitem__, units.to_numpy(dtype=object))])
        numbered = pd.Index([*map(self.periods.__getitem__, periods.tolist())])
        return pd.MultiIndex.from_arrays(
            [labels.take(index.codes[0]), numbered.take(index.codes[1])],
            names=[self.unit, self.time],
        )

    @check_arguments
    def wide(self, values: pd.Series) -> pd.DataFrame:
        """A series over the rows as a frame of periods by units; cells without a row are missing."""
        table: pd.DataFrame = values.unstack(level=0)
        table.index.name, table.columns.name = None, None
        return table.astype(float)


@check_arguments
def read_data(data: Any, unit: str | None, time: str | None) -> PanelData:
    """Rows of long data or of wide frames by name.

    Parameters
    ----------
    data : DataFrame or mapping of str to DataFrame
        Long: a row for each unit and period. Wide: a frame of periods (rows) by units (columns) for each name.
    unit, time : str or None
        Columns or levels of the index. None for data over an index of unit and period, and for wide frames.

    Returns
    -------
    PanelData

    Raises
    ------
    InvalidData
        Naming the column or row: no such column, a missing or repeated key, periods without order.
    """
    frame = _as_frame(data)
    if unit is None and time is None and frame.index.nlevels == 2:
        unit, time = (str(n or d) for n, d in zip(frame.index.names, LEVELS_OF_WIDE, strict=True))
        keys = [frame.index.get_level_values(place) for place in (0, 1)]
    elif unit is None or time is None:
        raise InvalidOption(
            Code.DATA_KEYS(
                "unit={unit!r} and time={time!r} must name the units and periods of the data",
                "give both columns, or data with an index of unit and period",
                unit=unit,
                time=time,
            )
        )
    else:
        keys = [_key(frame, unit), _key(frame, time)]
    units, periods = (pd.Series(key).reset_index(drop=True) for key in keys)
    for name, values in ((unit, units), (time, periods)):
        if values.isna().any():
            raise InvalidData(sentences.MISSING_KEY(name=name, count=int(values.isna().sum())))
    if not len(frame):
        raise InvalidData(sentences.NO_COMPLETE_ROWS(names=[unit, time]))
    (unit_codes, labels), numbered = _texts_of_units(units, unit), number_periods(periods, time)
    period_codes, numbers_used = pd.factorize(numbered, sort=True)
    index = pd.MultiIndex([[*labels], numbers_used], [unit_codes, period_codes], names=[unit, time])
    if index.has_duplicates:
        twice = index.duplicated()
        row = int(twice.argmax())
        raise InvalidData(
            Code.DATA_KEYS(
                "unit {unit} has two rows for period {period} ({count} rows have this problem)",
                "keep one row for each unit and period",
                unit=str(units[row]),
                period=str(periods[row]),
                count=int(twice.sum()),
            )
        )
    last = ~pd.Series(numbered).duplicated(keep="last").to_numpy()
    names = dict(zip(numbered[last].tolist(), periods[last], strict=True))
    rows = frame.set_axis(index)
    rows = rows if index.is_monotonic_increasing else rows.iloc[index.argsort()]
    return PanelData(rows, unit, time, labels, names)


@check_arguments
def read_rows(data: Any, unit: str | None, time: str | None) -> PanelData:
    """As `read_data`; without keys each row is a unit of its own, as in a cross-section.

    Parameters
    ----------
    data : DataFrame or mapping of str to DataFrame
        As in `read_data`.
    unit, time : str or None
        As in `read_data`.

    Returns
    -------
    PanelData
    """
    frame = _as_frame(data)
    if unit is None and time is None and frame.index.nlevels == 1:
        index = pd.MultiIndex.from_arrays(
            [[str(i).zfill(9) for i in range(len(frame))], np.zeros(len(frame), dtype=np.int64)],
            names=ROWS,
        )
        labels = dict(zip(index.get_level_values(0), frame.index, strict=True))
        return PanelData(frame.set_axis(index), *ROWS, labels, {0: "-"})
    return read_data(frame, unit, time)


@check_arguments
def read_series(
    series: Any, data: Any, unit: str | None, time: str | None
) -> tuple[pd.DataFrame, PanelData, str]:
    """One variable as a frame of periods by units, with the data that it comes from and its name.

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame; a Series over an index of unit and period is taken too.
    data : DataFrame or None
        Long data; None with a wide frame.
    unit, time : str or None
        As in `read_data`.

    Returns
    -------
    tuple
        Wide frame, data, name.

    Raises
    ------
    InvalidData
        For a column that is not there, or text in it.
    InvalidOption
        For anything else than a column or a frame.
    Infeasible
        For a frame without periods or units.
    """
    if isinstance(series, pd.DataFrame) and data is None:
        if series.empty:
            raise Infeasible(estimators.EMPTY_PANEL(periods=series.shape[0], units=series.shape[1]))
        if _is_plain(series):
            bare = series.rename_axis(index=None, columns=None)
            return bare, _plain_panel(bare), "series"
        panel, name = read_data({"series": series}, None, None), "series"
    elif isinstance(series, pd.Series) and data is None and series.index.nlevels == 2:
        name = str(series.name or "series")
        panel = read_data(series.rename(name).to_frame(), None, None)
    elif isinstance(series, str) and data is not None:
        panel, name = read_data(data, unit, time), series
    else:
        value = repr(series) if isinstance(series, str) else type(series).__name__
        raise InvalidOption(
            Code.DATA_KEYS(
                "series {value} is neither a column of the data nor a wide frame",
                "give a column name with data, unit and time, or a frame of periods by units",
                value=value,
            )
        )
    panel = complete(panel, [name])
    values = panel.frame[name]
    if not pd.api.types.is_numeric_dtype(values):
        raise InvalidData(sentences.TEXT_VALUES(name=name, value=repr(values.iloc[0])))
    return panel.wide(values), panel, name


def _is_plain(wide: pd.DataFrame) -> bool:
    """Whether a wide frame is what `PanelData.wide` would make of it: complete, with keys of its form in order."""
    index, columns = wide.index, wide.columns
    return (
        index.dtype == np.int64
        and all(isinstance(label, str) for label in columns)
        and all(
            ordered.is_monotonic_increasing and ordered.is_unique for ordered in (index, columns)
        )
        and (values := wide.to_numpy()).dtype == np.float64
        and not np.isnan(values).any()
    )


def _plain_panel(wide: pd.DataFrame) -> PanelData:
    """The rows of a plain wide frame, without its values, which no one reads."""
    periods, units = wide.shape
    places = [np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)]
    rows = pd.MultiIndex(
        [wide.columns, wide.index], places, names=LEVELS_OF_WIDE, verify_integrity=False
    )
    labels, numbered = ({key: key for key in keys} for keys in (wide.columns, wide.index.tolist()))
    return PanelData(pd.DataFrame(index=rows), *LEVELS_OF_WIDE, labels, numbered)


@check_arguments
def complete(panel: PanelData, names: Sequence[str]) -> PanelData:
    """Rows with a value of each column, of which there is one at least; columns of numbers are numbers.

    Raises
    ------
    InvalidData
        For a column that is not there, or no such row.
    """
    names = list(dict.fromkeys(names))
    keys = (panel.unit, panel.time)
    for name in names:
        if name not in panel.frame and name not in keys:
            raise InvalidData(
                sentences.UNKNOWN_KEY(name=name, columns=[*map(str, panel.frame.columns)])
            )
    used = panel.frame[[name for name in names if name in panel.frame]]
    is_complete = used.notna().all(axis=1).to_numpy()
    if not is_complete.any():
        raise InvalidData(sentences.NO_COMPLETE_ROWS(names=names))
    frame = panel.frame.copy(deep=False)
    if not is_complete.all():
        frame = panel.frame[is_complete].copy()
        frame.index = frame.index.remove_unused_levels()
    for name in used:
        frame[name] = _numbers(frame[name])
    return replace(panel, frame=frame, dropped=int((~is_complete).sum()))


@check_arguments
def refuse_reserved(panel: PanelData, names: Sequence[str]) -> None:
    """Refuse a name that formulas read as a key while the data have another column of this name.

    Raises
    ------
    InvalidData
        Naming it.
    """
    for name, key in ((UNIT, panel.unit), (PERIOD, panel.time)):
        if name in names and name in panel.frame and name != key:
            raise InvalidData(
                Code.DATA_KEYS(
                    "formulas use the name {name} for the key {key}, but the data have another column of this name",
                    "rename the column {name}",
                    name=name,
                    key=key,
                )
            )


@check_arguments
def label_of(period: Any) -> str:
    """A period as text: whole numbers without a point, dates without a time."""
    if isinstance(period, float) and period.is_integer():
        return str(int(period))
    if isinstance(period, pd.Timestamp) and period == period.normalize():
        return str(period.date())
    return str(period)


@check_arguments
@contextmanager
def named_periods(panel: PanelData) -> Iterator[None]:
    """Say in an error which period a number is, where periods were not numbers."""
    try:
        yield
    except ProblemError as error:
        first, last = min(panel.periods), max(panel.periods)
        labels = [label_of(panel.periods[number]) for number in (first, last)]
        if labels == [str(first), str(last)]:
            raise
        problem = Code.DATA_KEYS(
            "the periods are numbered: {first} means {first_label}, {last} means {last_label}",
            NoFix.PART,
            first=first,
            first_label=labels[0],
            last=last,
            last_label=labels[1],
        )
        raise type(error)(*error.problems, problem) from error


@check_arguments
def number_periods(values: pd.Series, name: str) -> NDArray[np.int64]:
    """Periods as whole numbers, neighbours one apart.

    Whole numbers stay. Dates are numbered by the longest of year, quarter, month, week and day that tells them
    apart; a year keeps its number. Ordered categories are numbered in their order.

    Parameters
    ----------
    values : pandas.Series
        Without missing values.
    name : str
        Of the column, for the message.

    Returns
    -------
    ndarray of int

    Raises
    ------
    InvalidData
        For values without an order.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        if values.dtype.ordered:
            return np.asarray(values.cat.codes, dtype=np.int64)
        values = values.astype(values.cat.categories.dtype)
    if isinstance(values.dtype, pd.PeriodDtype):
        return _ordinals(values)
    if pd.api.types.is_datetime64_any_dtype(values):
        return _numbered_dates(values, name)
    values = _numbers(values)
    if pd.api.types.is_bool_dtype(values):
        raise _without_order(values, name)
    if pd.api.types.is_numeric_dtype(values):
        integers = values.to_numpy(dtype=np.float64)
        if not np.isfinite(integers).all() or (integers != np.round(integers)).any():
            at = int(np.argmax(~np.isfinite(integers) | (integers != np.round(integers))))
            raise _without_order(values.iloc[[at]], name)
        return np.asarray(integers, dtype=np.int64)
    return _numbered_texts(values, name)


@check_arguments
def period_numbers(values: pd.Series, panel: PanelData, name: str) -> NDArray[np.int64]:
    """Numbers of periods that another column or frame names, in the numbering of the data.

    Parameters
    ----------
    values : pandas.Series
        Periods as the data have them; whole numbers may lie outside the data where its periods are such numbers.
    panel : PanelData
        The data.
    name : str
        Of the column, for the message.

    Returns
    -------
    ndarray of int

    Raises
    ------
    InvalidData
        For a period that the data do not have.
    """
    known = {label: number for number, label in panel.periods.items()}
    if all(value in known for value in values):
        return np.array([known[value] for value in values], dtype=np.int64)
    if all(number == label for number, label in panel.periods.items()):
        return number_periods(values, name)
    unknown = next(value for value in values if value not in known)
    periods = [*panel.periods.values()]
    raise InvalidData(
        sentences.UNKNOWN_PERIOD(period=str(unknown), first=str(periods[0]), last=str(periods[-1]))
    )


def _as_frame(data: Any) -> pd.DataFrame:
    """Long data; wide frames by name are stacked, and cells without a value stay out."""
    if not isinstance(data, pd.DataFrame) and hasattr(data, "to_pandas"):
        data = data.to_pandas()
    if isinstance(data, Mapping) and all(isinstance(f, pd.DataFrame) for f in data.values()):
        stacked = {str(name): _stacked(frame) for name, frame in data.items()}
        data = pd.DataFrame(stacked)
    if not isinstance(data, pd.DataFrame):
        raise InvalidOption(
            Code.DATA_TYPE(
                "the data are of type {kind}",
                "give a DataFrame, or a mapping of names to wide frames",
                kind=type(data).__name__,
            )
        )
    if not data.columns.is_unique:
        twice = sorted({str(name) for name in data.columns[data.columns.duplicated()]})
        raise InvalidData(sentences.COLUMN_TWICE(names=twice))
    return data


def _stacked(frame: pd.DataFrame) -> pd.Series:
    """Cells of a frame of periods by units, over unit and period."""
    for axis, labels in (("periods", frame.index), ("units", frame.columns)):
        if not labels.is_unique:
            twice = sorted({str(label) for label in labels[labels.duplicated()]})
            raise InvalidData(sentences.COLUMN_TWICE(names=[f"{axis}: {', '.join(twice)}"]))
    index = pd.MultiIndex.from_product([frame.columns, frame.index], names=LEVELS_OF_WIDE)
    return pd.Series(frame.to_numpy().T.ravel(), index)


def _key(frame: pd.DataFrame, name: str) -> Any:
    if name in frame:
        return frame[name]
    if name in frame.index.names:
        return frame.index.get_level_values(name)
    known = [*map(str, frame.columns), *(str(n) for n in frame.index.names if n is not None)]
    raise InvalidData(sentences.UNKNOWN_KEY(name=name, columns=known))


def _used(index: pd.MultiIndex, place: int) -> pd.Index:
    """Values of a level that a row has."""
    return index.levels[place][np.bincount(index.codes[place]) > 0]


def _texts_of_units(units: pd.Series, name: str) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """Codes of the units in the order of their texts, and the units by text in that order."""
    unit_codes, values = pd.factorize(units)
    written = values
    if pd.api.types.is_float_dtype(units) and (units == np.round(units)).all():
        written = values.astype(np.int64)
    texts = [str(value) for value in written]
    if len({*texts}) < len(texts):
        alike = next(text for text in texts if texts.count(text) > 1)
        raise InvalidData(
            Code.DATA_KEYS(
                "column {name} has different units with the same label: {label}",
                "use labels of one type, such as text",
                name=name,
                label=alike,
            )
        )
    order = sorted(range(len(texts)), key=texts.__getitem__)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    given = [*values]
    return places[unit_codes], {texts[place]: given[place] for place in order}


def _numbers(values: pd.Series) -> pd.Series:
    """The values as numbers, where each of them is one."""
    if pd.api.types.is_object_dtype(values):
        if all(isinstance(v, numbers.Number | Decimal) for v in values):
            return values.astype(float)
    return values


def _without_order(values: pd.Series, name: str) -> InvalidData:
    return InvalidData(sentences.PERIODS_WITHOUT_ORDER(name=name, value=repr(values.iloc[0])))


def _ordinals(periods: pd.Series) -> NDArray[np.int64]:
    numbered = np.array([period.ordinal for period in periods], dtype=np.int64)
    annual = str(periods.dtype).startswith(("period[Y", "period[A"))
    return numbered + 1970 if annual else numbered


def _numbered_dates(dates: pd.Series, name: str) -> NDArray[np.int64]:
    plain = dates.dt.tz_localize(None) if getattr(dates.dt, "tz", None) is not None else dates
    for frequency in _FREQUENCIES:
        periods = plain.dt.to_period(frequency)
        if periods.nunique() == plain.nunique():
            return _ordinals(periods)
    raise _without_order(dates, name)


def _numbered_texts(values: pd.Series, name: str) -> NDArray[np.int64]:
    texts = [str(value).strip() for value in values]
    if all(_WHOLE.fullmatch(text) for text in texts):
        return np.array([int(text) for text in texts], dtype=np.int64)
    for form, periods in ((_QUARTER, 4), (_MONTH, 12)):
        matches = [form.fullmatch(text) for text in texts]
        parts = [(int(hit[1]), int(hit[2])) for hit in matches if hit is not None]
        if len(parts) == len(texts):
            return np.array([year * periods + part - 1 for year, part in parts], dtype=np.int64)
    wrong = [text for text in texts if not _DATE.fullmatch(text)]
    dates = pd.to_datetime(pd.Series(texts), errors="coerce") if not wrong else None
    if dates is None or dates.isna().any():
        text = wrong[0] if wrong else texts[0]
        raise InvalidData(sentences.PERIODS_WITHOUT_ORDER(name=name, value=repr(text)))
    return _numbered_dates(dates, name)
