"""Differences and a lagged dependent variable: the regression in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    balanced_cube,
    first_of_definition,
    neighbours,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.regression_data import (
    ABSORBED,
    check_frame,
    row_codes,
)
from living_panel.estimation.econometrics.fixed_effects.within import Floats, least_squares, lengths
from living_panel.estimation.econometrics.inference.sums import clustered_meat, sandwich
from living_panel.estimation.econometrics.wide_panel import absent_years

MIN_HALF = 4
NEW_DEFINITION = "first year of a new definition"


@dataclass(frozen=True, slots=True)
class DifferenceFit:
    """A regression in differences.

    `used` are unit and later year of the differences taken; `lost` those that are not, with the
    reason.
    """

    params: pd.Series
    std_errors: pd.Series
    used: pd.MultiIndex
    lost: pd.Series


@dataclass(frozen=True, slots=True)
class HalfPanelJackknife:
    """Lagged dependent variable with and without the bias correction.

    Attributes
    ----------
    params : pandas.DataFrame, shape (k + 1, 2)
        Rows `<y> (lag)` and the regressors; columns `within` and `jackknife`.
    std_errors : pandas.DataFrame, same shape
        Delete-one-unit jackknife of either estimator.
    long_run : pandas.DataFrame, shape (k, 2)
        Corrected slope/(1 - lag) and its delete-one-unit standard error.
    long_run_identified : bool
        False where the corrected lag is less than two standard errors below one. The long run then divides by a number
        that may be zero: do not read it.
    n_obs, n_units : int
        After the first year is lost to the lag.
    """

    params: pd.DataFrame
    std_errors: pd.DataFrame
    long_run: pd.DataFrame
    long_run_identified: bool
    n_obs: int
    n_units: int


@check_arguments
def first_differences(
    y: pd.Series, x: pd.DataFrame, *, breaks: pd.DataFrame | None = None
) -> DifferenceFit:
    """Annual differences on annual differences and year effects, clustered by unit, G/(G-1).

    Differences are taken between neighbouring years only: a gap is never closed up.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows.
    breaks : pandas.DataFrame, optional
        First years of new definitions: columns of the unit ("" for every unit) and the
        period, named as the index. The
        difference into that year is not taken, and listed.

    Returns
    -------
    DifferenceFit

    Raises
    ------
    InvalidData, Infeasible
    """
    check_frame(y, x)
    data = x.assign(**{"\0y": y}).sort_index()
    index = pd.MultiIndex.from_tuples(data.index, names=data.index.names)
    difference = data - neighbours(data, -1)
    gap = difference.isna().any(axis=1).to_numpy()
    first = ~index.get_level_values(0).duplicated()
    broken = first_of_definition(index, breaks)
    reasons = np.select(
        [first, gap, broken],
        ["first year of the unit", "no value in the year before", NEW_DEFINITION],
        default="",
    )
    complete = difference[reasons == ""]
    if complete.empty:
        raise InvalidData(codes.NO_NEIGHBOURING_YEARS())
    unit, time = row_codes(complete.index)
    values = complete.to_numpy()
    values = values - pd.DataFrame(values).groupby(time).transform("mean").to_numpy()
    t, g = int(time.max()) + 1, int(unit.max()) + 1
    z = values[:, :-1]
    size = lengths(complete.to_numpy()[:, :-1])
    params, bread = _least_squares(values[:, -1], z, size, list(x.columns), len(values) - t)
    residual = values[:, -1] - z @ params
    cov = g / max(g - 1, 1) * sandwich(bread, clustered_meat(z * residual[:, None], unit))
    return _difference_fit(params, cov, x, index, reasons)


@check_arguments
def long_difference(
    y: pd.Series,
    x: pd.DataFrame,
    *,
    first: int,
    last: int,
    breaks: pd.DataFrame | None = None,
) -> DifferenceFit:
    """Change between two years on changes and a constant, one row a unit; HC3 errors.

    `breaks` as in `first_differences`; a unit with a break in (first, last] is omitted and listed.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows.
    first : int
        First year.
    last : int
        Last year.
    breaks : pandas.DataFrame, optional
        As in `first_differences`; a unit with a break in (first, last] is omitted and listed.

    Returns
    -------
    DifferenceFit

    Raises
    ------
    InvalidData, Infeasible
    """
    check_frame(y, x)
    data = x.assign(**{"\0y": y})
    years = set(data.index.get_level_values(1))
    if first >= last or not {first, last} <= years:
        raise InvalidData(codes.YEARS_OF_DIFFERENCE(first=first, last=last))
    units, names = sorted(set(data.index.get_level_values(0))), data.index.names
    span = pd.MultiIndex.from_product([units, range(first + 1, last + 1)], names=names)
    crossed = set(span[first_of_definition(span, breaks)].get_level_values(0))
    change = data.xs(last, level=1).reindex(units) - data.xs(first, level=1).reindex(units)
    ends = pd.MultiIndex.from_product([units, [last]], names=names)
    reasons = np.select(
        [change.isna().any(axis=1).to_numpy(), [u in crossed for u in units]],
        [f"no value in {first} or {last}", f"a series break in {first + 1}-{last}"],
        default="",
    )
    values = change[reasons == ""].to_numpy()
    n, k = len(values), x.shape[1]
    if n - k - 1 < 1:
        raise Infeasible(codes.LONG_DIFFERENCE_UNITS(n=n, k=k))
    centred = values - values.mean(axis=0)
    z = centred[:, :-1]
    size = lengths(values[:, :-1])
    params, bread = _least_squares(centred[:, -1], z, size, list(x.columns), n - 1)
    hat = 1 / n + np.einsum("ij,jk,ik->i", z, bread, z)
    if (alone := 1 - hat <= 1e-9).any():
        raise Infeasible(codes.LONG_DIFFERENCE_LOST(unit=change.index[reasons == ""][alone][0]))
    scores = z * ((centred[:, -1] - z @ params) / (1 - hat))[:, None]
    cov = sandwich(bread, scores.T @ scores)
    return _difference_fit(params, cov, x, ends, reasons)


@check_arguments
def half_panel_jackknife(y: pd.Series, x: pd.DataFrame) -> HalfPanelJackknife:
    r"""Two-way within estimator with y's lag, corrected by halves of the panel.

    .. math:: \tilde\theta = 2\hat\theta - \tfrac12(\hat\theta_1 + \hat\theta_2)

    removes the O(1/T) part of the Nickell bias (Dhaene and Jochmans 2015, eq. 1.3); with an odd
    number of usable years the two ways of halving are averaged. Both effects are estimated anew in
    each half. y and x are balanced over consecutive years.

    Raises
    ------
    InvalidData
        For holes or a gap between years.
    Infeasible
        If a half would have fewer than four years, or too few degrees of freedom.
    """
    data = panel_arrays(y, x)
    outcome, regressors = balanced_cube(data, "the half-panel jackknife")
    if holes := absent_years(data.years):
        raise InvalidData(codes.LAG_CROSSES_GAP(holes=holes))
    design = np.concatenate([outcome[:, :-1, None], regressors[:, 1:]], axis=2)
    response = outcome[:, 1:]
    n, t, k = design.shape
    if t // 2 < MIN_HALF:
        raise Infeasible(codes.HALVES_TOO_SHORT(t=t, half=t // 2, min_half=MIN_HALF))
    # every unit is omitted once
    if (n - 2) * (t // 2 - 1) - k < 1:
        raise Infeasible(codes.HALVES_TOO_SMALL(t=t // 2, n=n, k=k))
    names = [f"{y.name or 'y'} (lag)", *data.names]
    within, corrected = _jackknifed(response, design, names)
    without = [np.delete(np.arange(n), i) for i in range(n)]
    pairs = np.array([_jackknifed(response[rows], design[rows], names) for rows in without])
    errors = np.sqrt((n - 1) / n * ((pairs - np.array([within, corrected])) ** 2).sum(axis=0))
    long_run = corrected[1:] / (1 - corrected[0])
    shifted = pairs[:, 1, 1:] / (1 - pairs[:, 1, :1])
    spread = np.sqrt((n - 1) / n * ((shifted - long_run) ** 2).sum(axis=0))
    columns = ["within", "jackknife"]
    return HalfPanelJackknife(
        pd.DataFrame(np.column_stack([within, corrected]), names, columns),
        pd.DataFrame(errors.T, names, columns),
        pd.DataFrame({"estimate": long_run, "std_error": spread}, data.names),
        bool(corrected[0] + 2 * errors[1, 0] < 1),
        n * t,
        n,
    )


def _jackknifed(response: Floats, design: Floats, names: list[str]) -> tuple[Floats, Floats]:
    """Within and corrected estimates, each (k,)."""
    t = response.shape[1]
    full = _within(response, design, names)
    cuts = {t // 2, t - t // 2}
    halves = [
        _within(response[:, part], design[:, part], names)
        for cut in cuts
        for part in (slice(0, cut), slice(cut, t))
    ]
    return full, 2 * full - np.mean(halves, axis=0)


def _within(response: Floats, design: Floats, names: list[str]) -> Floats:
    z = np.concatenate([design, response[:, :, None]], axis=2)
    z = z - z.mean(axis=0) - z.mean(axis=1, keepdims=True) + z.mean(axis=(0, 1))
    flat = z.reshape(-1, z.shape[2])
    size = np.sqrt((design**2).sum(axis=(0, 1)))
    return _least_squares(flat[:, -1], flat[:, :-1], size, names, len(flat))[0]


def _least_squares(
    y: Floats, x: Floats, size: Floats, names: list[str], df: int
) -> tuple[Floats, Floats]:
    """Slopes and (X'X)^-1 of centred data, refusing columns that are absorbed (against their `size`) or collinear."""
    if df - x.shape[1] < 1:
        raise Infeasible(codes.FEW_DEGREES_OF_FREEDOM(df=df, n_slopes=x.shape[1]))
    scale = lengths(x)
    if (gone := scale <= np.maximum(ABSORBED * size, 1e-300)).any():
        raise InvalidData(codes.NOTHING_WITHIN(names=names[int(gone.argmax())]))
    unit = x / scale
    if np.linalg.cond(unit) > 1e8:
        raise InvalidData(codes.ALL_COLLINEAR_WITHIN(names=[*names]))
    bread = np.linalg.inv(unit.T @ unit) / np.outer(scale, scale)
    return least_squares(x, y), np.asarray(bread, dtype=np.float64)


def _difference_fit(
    params: Floats, cov: Floats, x: pd.DataFrame, rows: pd.MultiIndex, reasons: np.ndarray
) -> DifferenceFit:
    """The fit on the rows without a reason to leave them out."""
    errors = pd.Series(np.sqrt(np.diag(cov)), x.columns)
    lost = pd.Series(reasons, rows)[reasons != ""]
    return DifferenceFit(pd.Series(params, x.columns), errors, rows[reasons == ""], lost)
