"""Wide frames into arrays, and every reason to refuse one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import Positive, Shape, Trend, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, invalid_argument
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.problems import Problem

MIN_RESIDUAL_DF = 5
_SHOWN = 8
# Relative size of the smallest singular value below which columns count as collinear.
_RANK_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Window:
    """A balanced panel as arrays.

    Attributes
    ----------
    units : tuple
        Column labels.
    periods : pandas.Index
        The T periods.
    y : ndarray (N, T)
        Dependent variable.
    x : ndarray (N, T, k)
        Regressors.
    """

    units: tuple[object, ...]
    periods: pd.Index
    y: Floats
    x: Floats


@check_arguments
def require_df(
    rows: int,
    parameters: float,
    what: str,
    remedy: str,
    *,
    needed: int = MIN_RESIDUAL_DF,
    purpose: str = "a long-run variance",
) -> None:
    """Demand residual degrees of freedom per unit: five, or what the purpose needs.

    `rows` are usable ones of a unit; of `parameters`, common ones count 1/N each.

    Parameters
    ----------
    rows : int
        Usable rows of one unit.
    parameters : float
        Parameters of one unit; common ones count 1/N each.
    what : str
        The regression, for the message.
    remedy : str
        What to do, for the message.
    needed : int
        Least residual degrees of freedom.
    purpose : str
        What they are needed for, for the message.

    Raises
    ------
    Infeasible
        With the counts and the remedy.
    """
    left = rows - parameters
    if left < needed - 1e-9:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{what}: {value} rows less {parameters:.3g} parameters leave {left:.3g} residual degrees of "
                "freedom for each unit; at least {needed} are needed for {purpose}",
                "{remedy}",
                what=what,
                parameters=parameters,
                value=max(rows, 0),
                left=left,
                needed=needed,
                purpose=purpose,
                remedy=remedy,
            )
        )


@check_arguments
def deterministics(periods: Positive, trend: Trend) -> Floats:
    """Orthonormal basis (periods, 1 or 2) of the constant, or of constant and linear trend."""
    if trend not in ("c", "ct"):
        raise invalid_argument(
            "deterministics", "trend", repr(trend), "'c' (unit constants) or 'ct' (and trends)"
        )
    columns = [np.full(periods, periods**-0.5)]
    if trend == "ct":
        line = np.arange(periods) - (periods - 1) / 2
        columns.append(line / np.sqrt(line @ line))
    return np.column_stack(columns)


@check_arguments
def off_deterministics(series: Annotated[Floats, Shape("... T m")], trend: Trend) -> Floats:
    """Residuals of each column of (..., T, m) on its own deterministics."""
    basis = deterministics(series.shape[-2], trend)
    return series - basis @ (basis.T @ series)


@check_arguments
def net_of(
    columns: Annotated[Floats, Shape("... n k")], others: Annotated[Floats, Shape("... n l")]
) -> Floats:
    """Residuals of (..., n, m) on (..., n, l)."""
    if not others.shape[-1]:
        return columns
    q, _ = np.linalg.qr(others)
    return np.asarray(columns - q @ (np.swapaxes(q, -1, -2) @ columns))


@check_arguments
def named(window: Window) -> str:
    """Units and periods of a window, for a message."""
    units = f"{len(window.units)} units" if len(window.units) > 3 else _some(window.units)
    return f"{units} over {window.periods[0]}-{window.periods[-1]}"


@check_arguments
def read_panel(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: Trend,
    demean: bool,
    by_unit: bool,
) -> Window:
    """Check a panel and turn it into arrays.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    x : mapping of str to pandas.DataFrame
        Regressors by name, same rows and columns as `y`.
    trend : {"c", "ct"}
        Terms a regressor may not be a combination of.
    demean : bool
        Subtract each period's mean over units first.
    by_unit : bool
        Demand independent regressors in every unit, not only in the pool.

    Returns
    -------
    Window

    Raises
    ------
    Infeasible
        Naming the units and periods at fault and what to do.
    """
    frames = {"y": y, **x}
    block = checked(frames, demean=demean).transpose(1, 0, 2)
    block = np.ascontiguousarray(block)
    window = Window(tuple(y.columns), y.index, block[..., 0], block[..., 1:])
    _refuse_degenerate(window, list(frames), trend, by_unit)
    return window


@check_arguments
def open_panel(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    test: str,
    trend: Trend,
    demean: bool,
    by_unit: bool,
) -> Window:
    """`read_panel` for a regression on T - 1 rows, whose residual degrees of freedom are demanded.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    x : mapping of str to pandas.DataFrame
        Regressors by name, same rows and columns as `y`.
    test : str
        Name of the test, for error messages.
    trend : {"c", "ct"}
        Terms a regressor may not be a combination of.
    demean : bool
        Subtract each period's mean over units first.
    by_unit : bool
        Demand independent regressors in every unit, and not only in the pool.

    Returns
    -------
    Window
    """
    window = read_panel(y, x, trend=trend, demean=demean, by_unit=by_unit)
    k, counted = len(x), len(x) + len(trend)
    require_df(
        len(y) - 1,
        counted,
        f"{test} of {named(window)} ({k} regressors, {len(trend)} deterministic terms)",
        f"lengthen the window to {counted + 6} periods"
        + (", use trend='c'" if trend == "ct" else "")
        + (" or use fewer regressors" if k > 1 else ""),
    )
    return window


@check_arguments
def checked(frames: Mapping[str, pd.DataFrame], *, demean: bool) -> Floats:
    """Wide frames over the same periods and units as one array (T, N, m).

    Demeaned by period where asked for.

    Raises
    ------
    Infeasible
        Frames that differ in rows or columns, are empty, out of order or lack a period: a gap is never closed up. Cells
        that are missing, infinite or constant in a unit.
    """
    first = next(iter(frames.values()))
    _refuse_labels(frames, first)
    stack = np.stack([f.to_numpy(dtype=float) for f in frames.values()], axis=-1)
    _refuse_unobserved(stack, first, list(frames))
    left = stack - stack.mean(axis=1, keepdims=True) if demean else stack
    # the remainder of a series must exceed the rounding of its original levels
    size = np.sqrt(((left - left.mean(axis=0)) ** 2).sum(axis=0))
    flat = size <= 1e-11 * np.sqrt((stack**2).sum(axis=0))
    for name, units in zip(frames, flat.T, strict=True):
        if units.any():
            after = " after demeaning by period" if demean else ""
            named_units = _some(first.columns[units])
            raise Infeasible(
                Code.ABSORBED(
                    "{name} is constant{after} in {named_units}",
                    "drop this variable or these units",
                    name=name,
                    after=after,
                    named_units=named_units,
                )
            )
    return left


@check_arguments
def longest_window(y: pd.DataFrame) -> tuple[Any, Any]:
    """First and last row label of the longest run of years in which every unit is observed.

    Of several windows equally long, the latest.

    Raises
    ------
    Infeasible
        No period has all units; the message lists the units with most missing periods.
    """
    complete = y.notna().all(axis=1).to_numpy()
    if not complete.any():
        missing = y.isna().sum().sort_values(ascending=False)
        worst = ", ".join(f"{unit} ({count})" for unit, count in missing.head(5).items())
        raise Infeasible(
            Code.UNBALANCED(
                "none of the {n_periods} periods has all {n_units} units; missing periods per unit: {worst}",
                "leave out those units",
                n_periods=len(y),
                n_units=y.shape[1],
                worst=worst,
            )
        )
    years = y.index[complete]
    stretch = (np.diff(years, prepend=years[0] - 1) != 1).cumsum()
    spans = years.to_series().groupby(stretch).agg(["first", "last", "size"]).iloc[::-1]
    first, last, _ = spans.loc[spans["size"].idxmax()]
    return first, last


@check_arguments
def absent_years(years: Iterable[int]) -> list[int]:
    """Years between the first and the last that are not there."""
    there = {int(year) for year in years}
    return sorted(set(range(min(there), max(there))) - there)


def _refuse_labels(frames: Mapping[str, pd.DataFrame], first: pd.DataFrame) -> None:
    for name, frame in frames.items():
        if not frame.index.equals(first.index) or not frame.columns.equals(first.columns):
            raise Infeasible(
                Code.DATA_KEYS(
                    "the rows and columns of {name} differ from those of y",
                    "reindex it to the rows and columns of y",
                    name=name,
                )
            )
    index = first.index
    if first.empty:
        raise Infeasible(sentences.EMPTY_PANEL(periods=first.shape[0], units=first.shape[1]))
    if not index.is_monotonic_increasing or not index.is_unique or not first.columns.is_unique:
        raise Infeasible(
            Code.DATA_KEYS(
                "the periods are not in increasing order, or a period or unit occurs twice",
                "sort the periods, and keep each period and unit once",
            )
        )
    if missing := absent_years(index):
        raise Infeasible(
            Code.GAPS(
                "the periods {some} between {first} and {last} are missing",
                "use only the years before or after the gap",
                some=_some(missing),
                first=index[0],
                last=index[-1],
            )
        )


def _refuse_unobserved(stack: Floats, y: pd.DataFrame, names: list[str]) -> None:
    for name, values in zip(names, np.moveaxis(stack, -1, 0), strict=True):
        if (infinite := np.isinf(values)).any():
            raise Infeasible(
                Code.DATA_MISSING(
                    "{name} is infinite in {cells}, for example as the logarithm of zero",
                    "drop the unit, or use a variable without zeros",
                    name=name,
                    cells=_cells(infinite, y),
                )
            )
        if (empty := np.isnan(values).all(axis=0)).any():
            raise Infeasible(
                Code.DATA_MISSING(
                    "{name} is missing in every period for units {some}",
                    "drop these units",
                    name=name,
                    some=_some(y.columns[empty]),
                )
            )
    present = np.asarray(~np.isnan(stack).any(axis=-1))
    if not present.all():
        raise Infeasible(_gaps(present, y))


def _gaps(present: np.ndarray, y: pd.DataFrame) -> Problem:
    short = np.asarray(~present.all(axis=0))
    full = np.flatnonzero(present.all(axis=1))
    remedy = f"drop {_some(y.columns[short])}"
    if full.size and (np.diff(full) == 1).all():
        remedy += (
            f", or keep all units over {y.index[full[0]]}-{y.index[full[-1]]} ({full.size} of "
            f"{len(y)} periods)"
        )
    return Code.UNBALANCED(
        "the panel is not balanced: {cells} are missing. This method needs every unit in every period",
        "{remedy}",
        cells=_cells(~present, y),
        remedy=remedy,
    )


def _refuse_degenerate(window: Window, names: list[str], trend: str, by_unit: bool) -> None:
    series = np.concatenate([window.y[..., None], window.x], axis=-1)
    if series.shape[1] < 3:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{some}: {n_periods} periods are not enough",
                "use a window of three or more periods",
                some=_some(window.units),
                n_periods=series.shape[1],
            )
        )
    if trend == "ct":
        size = np.sqrt((off_deterministics(series, "c") ** 2).sum(axis=1))
        left = np.sqrt((off_deterministics(series, "ct") ** 2).sum(axis=1))
        for name, straight in zip(names, (left <= 1e-9 * size).T, strict=True):
            if straight.any():
                raise Infeasible(
                    Code.COLLINEAR(
                        "{name} is an exact linear trend in {units}, so it is collinear with trend='ct'",
                        "use trend='c', or drop this variable",
                        name=name,
                        units=_list_chosen(window.units, straight),
                    )
                )
    flat = off_deterministics(series[..., [*range(1, len(names)), 0]], trend)
    if by_unit:
        _refuse_collinear(flat, [str(u) for u in window.units], names[1:], "these units")
    else:
        where = f"the pool of {len(window.units)} units"
        _refuse_collinear(flat.reshape(1, -1, len(names)), [where], names[1:], "a variable")


def _refuse_collinear(columns: Floats, where: list[str], names: list[str], droppable: str) -> None:
    """Refuse matrices (g, n, k+1) of regressors, then y, whose columns depend on each other."""
    bad = ~full_column_rank(columns[..., :-1])
    if bad.any():
        raise Infeasible(
            Code.COLLINEAR(
                "regressors {names} are collinear in {units}",
                "drop a regressor or {droppable}",
                names=[*names],
                units=_list_chosen(where, bad),
                droppable=droppable,
            )
        )
    exact = ~full_column_rank(columns)
    if exact.any():
        raise Infeasible(
            Code.OUTCOME_EXPLAINED(
                "y is an exact linear combination of {names} in {units}: the residual is zero",
                "drop the regressor that defines y or {droppable}",
                names=[*names],
                units=_list_chosen(where, exact),
                droppable=droppable,
            )
        )


@check_arguments
def full_column_rank(columns: Annotated[Floats, Shape("... n k")]) -> np.ndarray:
    """Whether each matrix of (..., n, k) has independent columns, after scaling them."""
    norms = np.sqrt((columns**2).sum(axis=-2, keepdims=True))
    scaled = columns / np.where(norms > 0, norms, 1.0)
    rank = np.linalg.matrix_rank(scaled, rtol=_RANK_TOLERANCE)
    return np.asarray(rank == columns.shape[-1])


def _list_chosen(labels: Iterable[object], chosen: np.ndarray) -> str:
    return _some(itertools.compress(labels, chosen))


def _some(labels: Iterable[object]) -> str:
    items = [str(label) for label in labels]
    if len(items) <= _SHOWN:
        return ", ".join(items)
    return ", ".join(items[:_SHOWN]) + f" and {len(items) - _SHOWN} more"


def _cells(mask: np.ndarray, y: pd.DataFrame) -> str:
    parts = []
    for column in np.flatnonzero(mask.any(axis=0)):
        parts.append(f"{y.columns[int(column)]} ({_some(y.index[mask[:, column]])})")
    return _some(parts)
