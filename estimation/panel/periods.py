"""Periods of a panel as whole numbers: years, quarters, months, dates, or plain numbers such as waves.

Neighbouring periods have neighbouring numbers, so that lags, differences and windows are those of years. A
number of ten thousand or more says of which frequency it is; a smaller one is a year, or a plain number.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, get_args

import numpy as np
import pandas as pd
from pydantic import BeforeValidator, WithJsonSchema

Frequency = Literal["years", "quarters", "months", "dates", "numbers"]
FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)
WORDS: dict[Frequency, str] = {
    "years": "year", "quarters": "quarter", "months": "month", "dates": "date", "numbers": "period",
}  # fmt: skip
"""How texts call one period of each frequency."""
FORMS: dict[Frequency, str] = {
    "years": "1990", "quarters": "1990Q1", "months": "1990M01 or 1990-01", "dates": "1990-01-31",
    "numbers": "a whole number",
}  # fmt: skip
"""How a period of each frequency is written."""
QUARTER, MONTH, DATE = 10_000, 100_000, 1_000_000
"""First numbers of quarters, months and dates; below are years and plain numbers."""
_QUARTER = re.compile(r"(\d{4})[- ]?[Qq]([1-4])")
_MONTH = re.compile(r"(\d{4})(?:[Mm]|-)(\d{1,2})")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def period_number(value: object) -> object:
    """Number of a period as written; anything that is no period is returned as it is.

    Parameters
    ----------
    value : int, str or datetime.date
        `1990`, `1990Q1`, `1990M01`, `1990-01` or `1990-01-31`.

    Examples
    --------
    >>> period_number("1990Q2") - period_number("1989Q4")
    2
    """
    if isinstance(value, dt.date):
        return DATE + value.toordinal()
    if not isinstance(value, str):
        return value
    text = value.strip()
    if match := _QUARTER.fullmatch(text):
        return QUARTER + 4 * int(match[1]) + int(match[2]) - 1
    if (match := _MONTH.fullmatch(text)) and 1 <= int(match[2]) <= 12:
        return MONTH + 12 * int(match[1]) + int(match[2]) - 1
    if match := _DATE.fullmatch(text):
        try:
            return DATE + dt.date(int(match[1]), int(match[2]), int(match[3])).toordinal()
        except ValueError:
            return value
    return value


def frequency_of(number: int) -> Frequency:
    """Frequency that the number of a period says; `numbers` for a year or a plain number."""
    if number >= DATE:
        return "dates"
    if number >= MONTH:
        return "months"
    return "quarters" if number >= QUARTER else "numbers"


def period_text(number: int) -> str:
    """How a period is written: 1990, 1990Q1, 1990M01 or 1990-01-31."""
    number, frequency = int(number), frequency_of(int(number))
    if frequency == "quarters":
        return f"{(number - QUARTER) // 4}Q{(number - QUARTER) % 4 + 1}"
    if frequency == "months":
        return f"{(number - MONTH) // 12}M{(number - MONTH) % 12 + 1:02d}"
    if frequency == "dates":
        return dt.date.fromordinal(number - DATE).isoformat()
    return str(number)


def span_text(first: int, last: int) -> str:
    """A window of periods in words: 1990-1999, 1990Q1-1999Q4, 1990-01-31 to 1999-12-31, or one period alone."""
    if first == last:
        return period_text(first)
    between = " to " if frequency_of(first) == "dates" or first < 0 else "-"
    return f"{period_text(first)}{between}{period_text(last)}"


def window_of(first: int, last: int, known: Iterable[int]) -> list[int]:
    """Periods of a window, both ends included; of dates those that the data know."""
    if frequency_of(first) == "dates":
        return sorted({int(n) for n in known if first <= n <= last})
    return list(range(first, last + 1))


def numbers_of(values: pd.Series, frequency: Frequency) -> pd.Series:
    """Numbers of the periods of a column; missing where a value is no period of this frequency."""
    distinct = {value: _of(value, frequency) for value in values.dropna().unique()}
    return values.map(distinct).astype("float64")


def _of(value: Any, frequency: Frequency) -> float:
    """Number of one period of a frequency; missing for another one."""
    if frequency in ("years", "numbers"):
        number = pd.to_numeric(value, errors="coerce")
        low, high = (1, QUARTER) if frequency == "years" else (-np.inf, QUARTER)
        return float(number) if number % 1 == 0 and low <= number < high else np.nan
    if isinstance(value, dt.datetime) and frequency != "dates":
        begins = value.day == 1 and (frequency == "months" or value.month in (1, 4, 7, 10))
        value = READERS[frequency](value) if begins else None
    period = period_number(value)
    return (
        float(period) if isinstance(period, int) and frequency_of(period) == frequency else np.nan
    )


READERS: dict[str, Callable[[dt.datetime], str]] = {
    "quarters": lambda day: f"{day.year}Q{(day.month + 2) // 3}",
    "months": lambda day: f"{day.year}M{day.month:02d}",
    "dates": lambda day: day.date().isoformat(),
}
"""How a point of time is written as a period of each frequency."""


def frequency_of_dates(days: pd.Series) -> Frequency:
    """Frequency of a column of points of time: years, quarters or months where all begin one, else dates."""
    known = pd.DatetimeIndex(days.dropna().unique())
    if not (known.day == 1).all():
        return "dates"
    if (known.month == 1).all():
        return "years"
    return "quarters" if known.month.isin([1, 4, 7, 10]).all() else "months"


Period = Annotated[
    int,
    BeforeValidator(period_number),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "format": "period"}]}),
]
"""A period of a spec: a whole number, or text such as 1990Q1."""
