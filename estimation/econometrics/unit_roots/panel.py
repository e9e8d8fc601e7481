"""The wide frame a panel unit-root test is given, checked and turned into an array.

Missing years, infinities, constant and empty series are refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from estimation.econometrics.errors import Infeasible

Floats = NDArray[np.float64]

TRENDS = ("n", "c", "ct")
CONVENTIONS = ("stata", "plm")
CRITICAL_VALUES = ("asymptotic", "finite_sample")


@dataclass(frozen=True)
class Panel:
    """A checked panel.

    Attributes
    ----------
    values : array (T, N)
        Observations.
    units, periods : Index
        Labels of columns and rows.
    """

    values: Floats
    units: pd.Index
    periods: pd.Index


def read_panel(y: pd.DataFrame, *, test: str, demean: bool) -> Panel:
    """Check a wide frame and return it as a `Panel`.

    Parameters
    ----------
    y : DataFrame (T, N)
        Rows are periods in order, columns are units.
    test : str
        Name used in error messages.
    demean : bool
        Subtract each period's mean over units.

    Raises
    ------
    TypeError
        `y` is not a DataFrame of numbers.
    Infeasible
        Missing figures, infinities, constant or empty series, rows out of order; units and
        periods are named.
    """
    if not isinstance(y, pd.DataFrame):
        raise TypeError(
            f"{test}: y must be a DataFrame with rows = periods and columns = units, "
            f"not {type(y).__name__}"
        )
    _check_labels(y, test)
    text = [kind for kind in y.dtypes.unique() if not pd.api.types.is_numeric_dtype(kind)]
    if text:
        wrong = y.columns[y.dtypes.isin(text).to_numpy()].tolist()
        raise TypeError(f"{test}: columns {wrong[:10]} are not numbers: convert them first")
    values = y.to_numpy(dtype=float, na_value=np.nan, copy=True)
    _refuse_unobserved(values, y, test)
    if demean:
        if values.shape[1] < 2:
            raise Infeasible(f"{test}: demean=True needs at least 2 units, there is 1")
        values -= values.mean(axis=1, keepdims=True)
    _refuse_constant(values, y, test, demean)
    return Panel(values, y.columns, y.index)


def longest_window(y: pd.DataFrame) -> tuple[Any, Any]:
    """Longest run of consecutive rows in which every unit is observed.

    Parameters
    ----------
    y : DataFrame (T, N)
        Rows are periods in order, columns are units; NaN marks a missing figure.

    Returns
    -------
    (first, last)
        Row labels, both included: `y.loc[first:last]` is balanced and keeps all units. Of
        several windows equally long, the latest.

    Raises
    ------
    Infeasible
        No period has all units; the units with most missing periods are named.
    """
    complete = y.notna().all(axis=1).to_numpy()
    if not complete.any():
        missing = y.isna().sum().sort_values(ascending=False)
        worst = ", ".join(f"{unit} ({count})" for unit, count in missing.head(5).items())
        raise Infeasible(
            f"no period of {len(y)} has all {y.shape[1]} units; missing periods per unit: "
            f"{worst}. Leave out those units"
        )
    follows = _follows(y.index)
    run = np.zeros(len(complete), dtype=int)
    for row in np.flatnonzero(complete):  # a loop over years, not over units
        run[row] = 1 + (run[row - 1] if follows[row] else 0)
    last = len(run) - 1 - int(np.argmax(run[::-1]))
    return y.index[last - run[last] + 1], y.index[last]


def check_choice(test: str, name: str, value: object, allowed: tuple[object, ...]) -> None:
    """Raise ValueError unless `value` is one of `allowed`."""
    if value not in allowed:
        listed = ", ".join(repr(a) for a in allowed)
        raise ValueError(f"{test}: {name}={value!r}; expected one of {listed}")


def _check_labels(y: pd.DataFrame, test: str) -> None:
    if y.shape[0] == 0 or y.shape[1] == 0:
        raise Infeasible(f"{test}: the frame is empty, {y.shape[0]} periods x {y.shape[1]} units")
    if y.columns.has_duplicates:
        doubled = y.columns[y.columns.duplicated()].unique().tolist()
        raise Infeasible(f"{test}: units given more than once: {doubled}")
    if not y.index.is_monotonic_increasing or y.index.has_duplicates:
        raise Infeasible(f"{test}: periods must be increasing and unique: sort the rows")
    skips = ~_follows(y.index)[1:]
    if skips.any():
        after = y.index[int(np.argmax(skips))]
        raise Infeasible(
            f"{test}: the rows skip periods after {after}: an interior gap is never closed up; "
            "take one side of it, see longest_window"
        )


def _follows(index: pd.Index) -> NDArray[np.bool_]:
    """Per row, whether the row before is the period before (years: no step is skipped)."""
    out = np.ones(len(index), dtype=bool)
    out[0] = False
    if pd.api.types.is_integer_dtype(index.dtype) and len(index) > 1:
        steps = np.diff(index.to_numpy())
        out[1:] = steps == steps.min()
    return out


def _refuse_unobserved(values: Floats, y: pd.DataFrame, test: str) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise Infeasible(
            f"{test}: {int(infinite.sum())} infinite values, first {y.columns[column]} in "
            f"{y.index[row]} ({values[row, column]}): the log of zero? Treat zeros explicitly"
        )
    missing = np.isnan(values)
    empty = np.asarray(missing.all(axis=0))
    if empty.any():
        raise Infeasible(
            f"{test}: {int(empty.sum())} of {len(empty)} units have no observation: "
            f"{y.columns[empty].tolist()[:10]}; leave them out"
        )
    if not missing.any():
        return
    units = y.columns[np.asarray(missing.any(axis=0))].tolist()
    periods = y.index[np.asarray(missing.any(axis=1))].tolist()
    raise Infeasible(
        f"{test} takes complete series only: {len(units)} of {y.shape[1]} units have gaps, which "
        f"are never closed up. Leave out the units {units[:10]}{'...' if len(units) > 10 else ''}, "
        f"or the periods {periods[:10]}{'...' if len(periods) > 10 else ''} (see longest_window)"
    )


def _refuse_constant(values: Floats, y: pd.DataFrame, test: str, demean: bool) -> None:
    top, bottom = values.max(axis=0), values.min(axis=0)
    size = np.maximum(np.abs(top), np.abs(bottom))
    constant = (top - bottom) <= 1e-12 * np.where(size > 0, size, 1.0)
    if constant.any():
        after = " after demeaning" if demean else ""
        raise Infeasible(
            f"{test}: {int(constant.sum())} of {len(constant)} series are constant{after}: "
            f"{y.columns[constant].tolist()[:10]}; leave these units out"
        )
