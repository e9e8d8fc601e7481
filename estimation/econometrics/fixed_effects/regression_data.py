"""Rows and columns a two-way regression can use, checked by name before anything is computed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    TwoWayEffects,
    WithinFit,
    demean,
    demean_by_unit,
    fit_demeaned,
)
from living_panel.estimation.econometrics.inference.covariance import ClusterKey
from living_panel.estimation.econometrics.row_names import ROW_NAMES

ABSORBED = 1e-9  # share of a regressor's own size that must survive demeaning


@check_arguments
def row_codes(index: pd.MultiIndex) -> tuple[Ints, Ints]:
    """Codes of unit and year, each 0.. in sorted order, shape (n,)."""
    return _level_codes(index, 0), _level_codes(index, 1)


def _level_codes(index: pd.MultiIndex, level: int) -> Ints:
    if not index.levels[level].is_monotonic_increasing:
        values = index.get_level_values(level).to_numpy()
        return np.unique(values, return_inverse=True)[1].astype(np.int64)
    values = np.asarray(index.codes[level])
    used = np.bincount(values) > 0
    return np.asarray((np.cumsum(used) - 1)[values], dtype=np.int64)


@check_arguments
def singleton_rows(index: pd.MultiIndex) -> NDArray[np.bool_]:
    """Mask of rows alone in their unit or year, repeated until no such row remains."""
    unit, time = row_codes(index)
    alone = np.zeros(unit.size, dtype=bool)
    while True:
        mask = ~alone
        in_unit, in_year = (np.bincount(code, weights=mask)[code] for code in (unit, time))
        more = mask & ((in_unit == 1) | (in_year == 1))
        if not more.any():
            return alone
        alone |= more


@check_arguments
def cluster_codes(index: pd.MultiIndex, key: ClusterKey) -> Ints:
    """Codes 0..G-1 of a cluster key over the rows: `unit`, `year`, an index level's name, or a series.

    Raises
    ------
    InvalidOption
        For a name that is no index level.
    InvalidData
        For a series without a value at some row.
    """
    if isinstance(key, str):
        if key not in index.names and key in ROW_NAMES:
            return _level_codes(index, ROW_NAMES.index(key))
        if key not in index.names:
            raise InvalidOption(
                Code.COVARIANCE(
                    "cluster={key!r} is unknown",
                    "give {names}, or a Series with a value for each row of y",
                    key=key,
                    names=[*index.names],
                )
            )
        return _level_codes(index, index.names.index(key))
    if not key.index.is_unique or len(index.difference(key.index)):
        raise InvalidData(
            Code.DATA_KEYS(
                "cluster series {name!r} must have each row of y exactly once",
                "give the series the index of y, with each row once",
                name=key.name,
            )
        )
    aligned = key.reindex(index)
    if aligned.isna().any():
        row = aligned.index[aligned.isna()][0]
        raise InvalidData(
            Code.DATA_MISSING(
                "cluster series {name!r} has no value at {row}",
                "give this row a value",
                name=key.name,
                row=row,
            )
        )
    return np.asarray(pd.factorize(pd.Index(aligned), sort=True)[0], dtype=np.int64)


@check_arguments
def check_frame(y: pd.Series, x: pd.DataFrame) -> None:
    """Refuse frames that are empty, out of line, duplicate or not finite.

    Raises
    ------
    InvalidData
        Naming column, row, value and remedy.
    """
    wanted = list(y.index.names) if y.index.nlevels == 2 else list(ROW_NAMES)
    for name, data in (("y", y), ("x", x)):
        if data.index.nlevels != 2 or list(data.index.names) != wanted:
            names = list(data.index.names)
            differ = Code.DATA_KEYS(
                "{name} has index {names}; expected {index_names}",
                "call set_index({index_names}) on the frame",
                name=name,
                names=names,
                index_names=wanted,
            )
            raise InvalidData(differ)
    if not len(y):
        raise InvalidData(
            Code.DATA_EMPTY("y has no rows", "widen the sample, or correct its filters")
        )
    if y.index.has_duplicates:
        row = y.index[y.index.duplicated()][0]
        raise InvalidData(
            Code.DATA_KEYS(
                "y has two rows for {row}", "keep one row for each unit and year", row=row
            )
        )
    if not y.index.equals(x.index):
        missing = len(y.index.symmetric_difference(x.index))
        raise InvalidData(
            Code.DATA_KEYS(
                "the rows of y and x, or their order, differ ({missing} rows differ)",
                "drop or fill the missing rows, then call x.reindex(y.index)",
                missing=missing,
            )
        )
    values = [part.to_numpy(dtype=np.float64, na_value=np.nan) for part in (y, x)]
    numbers = np.column_stack(values)
    bad = ~np.isfinite(numbers)
    if bad.any():
        place = int(bad.any(axis=0).argmax())
        wrong = bad[:, place]
        raise InvalidData(
            Code.DATA_MISSING(
                "{column} is {numbers} at {row} ({bad} rows have this problem)",
                "leave these rows out of the sample yourself; the function drops no row",
                column=str([y.name or "y", *x.columns][place]),
                numbers=numbers[wrong, place][0],
                row=y.index[wrong][0],
                bad=int(wrong.sum()),
            )
        )


@check_arguments
def checked_fit(effects: TwoWayEffects, y: pd.Series, x: pd.DataFrame) -> WithinFit:
    """Two-way least squares of a sample that carries one.

    Parameters
    ----------
    effects : TwoWayEffects
        Layout of the unit and period effects.
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows.

    Returns
    -------
    WithinFit

    Raises
    ------
    Infeasible
        Without degrees of freedom; with the counts of rows and parameters.
    InvalidData
        Naming each absorbed or collinear regressor and why.
    """
    n, k = x.shape
    if n - k - effects.absorbed < 1:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{n} rows for {k} regressors and {absorbed} unit and year effects leave no degree of freedom",
                "use more years or fewer regressors",
                n=n,
                k=k,
                absorbed=effects.absorbed,
            )
        )
    values = np.column_stack([y.to_numpy(np.float64), x.to_numpy(np.float64)])
    within = demean(effects, values)
    left = np.sqrt((within**2).sum(axis=0))
    absorbed = left <= ABSORBED * np.maximum(np.sqrt((values**2).sum(axis=0)), 1e-300)
    if absorbed[1:].any():
        named = "; ".join(
            f"{x.columns[j]} {_why_absorbed(effects, values[:, j + 1])}"
            for j in np.flatnonzero(absorbed[1:]).tolist()
        )
        raise InvalidData(
            Code.ABSORBED(
                "the effects absorb these regressors: {named}", "leave them out", named=named
            )
        )
    if absorbed[0]:
        raise InvalidData(
            Code.OUTCOME_EXPLAINED(
                "the effects alone explain {name} completely, so the regression has nothing to explain",
                "use an outcome that varies within units and within periods",
                name=y.name or "y",
            )
        )
    _check_collinear(x, within[:, 1:] / left[1:])
    fit = fit_demeaned(effects, within[:, 0], within[:, 1:])
    if np.sqrt(fit.residuals @ fit.residuals) <= ABSORBED * left[0]:
        raise InvalidData(
            Code.OUTCOME_EXPLAINED(
                "after the effects are removed, {name} is an exact combination of {columns}: the residual is zero",
                "leave out the regressor that defines the outcome",
                name=y.name or "y",
                columns=[*x.columns],
            )
        )
    return fit


def _why_absorbed(effects: TwoWayEffects, column: Floats) -> str:
    scale = max(float(np.abs(column).max()), 1e-300)
    if np.ptp(column) <= ABSORBED * scale:
        return "is constant"
    if np.abs(demean_by_unit(effects, column)).max() <= ABSORBED * scale:
        return "is constant within every unit"
    means = (effects.sum_by_time @ column) / np.asarray(effects.sum_by_time.sum(axis=1)).ravel()
    if np.abs(column - means[effects.time]).max() <= ABSORBED * scale:
        return "is the same for all units in every year"
    return "is a sum of a unit and a year effect"


def _check_collinear(x: pd.DataFrame, unit_columns: Floats) -> None:
    # the diagonal of R is the length that each column has off those before it
    if np.abs(np.diag(np.linalg.qr(unit_columns, mode="r"))).min() > 1e-6:
        return
    for j in range(1, unit_columns.shape[1]):
        before = unit_columns[:, :j]
        weights = np.linalg.lstsq(before, unit_columns[:, j], rcond=None)[0]
        rest = unit_columns[:, j] - before @ weights
        if np.sqrt(rest @ rest) <= 1e-8:
            others = [str(x.columns[i]) for i in np.flatnonzero(np.abs(weights) > 1e-6).tolist()]
            raise InvalidData(
                Code.COLLINEAR(
                    "after the effects are removed, {columns} is collinear with {others}",
                    "leave one of them out",
                    columns=x.columns[j],
                    others=[*others],
                )
            )
