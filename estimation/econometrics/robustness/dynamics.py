"""Differences and a lagged dependent variable: the regression in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.covariances import (
    clustered_meat,
)
from estimation.econometrics.fixed_effects.panel_arrays import balanced_cube, panel_arrays
from estimation.econometrics.fixed_effects.regression_data import (
    check_frame,
    codes,
)
from estimation.econometrics.fixed_effects.within import Floats

MIN_HALF = 4


@dataclass(frozen=True, slots=True)
class DifferenceFit:
    """A regression in differences.

    Attributes
    ----------
    params : pandas.Series, length k
    cov : pandas.DataFrame, shape (k, k)
    residuals : pandas.Series
    n_obs, n_clusters : int
    lost : list of dict
        Differences not taken: province_code, year, reason.
    """

    params: pd.Series
    cov: pd.DataFrame
    residuals: pd.Series
    n_obs: int
    n_clusters: int
    lost: list[dict[str, object]]

    @property
    def std_errors(self) -> pd.Series:
        """Square roots of the diagonal of `cov`."""
        return pd.Series(np.sqrt(np.diag(self.cov)), self.params.index)


@dataclass(frozen=True, slots=True)
class HalfPanelJackknife:
    """Lagged dependent variable with and without the bias correction.

    Attributes
    ----------
    params : pandas.DataFrame, shape (k + 1, 2)
        Rows `<y> (lag)` and the regressors; columns `within` and `jackknife`.
    std_errors : pandas.DataFrame, same shape
        Delete-one-province jackknife of either estimator.
    long_run : pandas.DataFrame, shape (k, 2)
        Corrected slope/(1 - lag) and its delete-one-province standard error.
    long_run_identified : bool
        False where the corrected lag is not two standard errors below one: the long run divides by
        something that may be zero, and is not to be read.
    n_obs, n_units, n_periods : int
        After the first year is lost to the lag.
    """

    params: pd.DataFrame
    std_errors: pd.DataFrame
    long_run: pd.DataFrame
    long_run_identified: bool
    n_obs: int
    n_units: int
    n_periods: int


def first_differences(
    y: pd.Series,
    x: pd.DataFrame,
    *,
    correction: Literal["none", "groups", "linearmodels"],
    breaks: pd.DataFrame | None = None,
) -> DifferenceFit:
    """Annual differences on annual differences and year effects, clustered by province.

    Differences are taken between neighbouring years only: a gap is never closed up.

    Parameters
    ----------
    y, x
        In logs or levels, (province_code, year) MultiIndex.
    correction : {"none", "groups", "linearmodels"}
        Factor on the clustered sandwich: 1; G/(G-1); n/(n-k-T).
    breaks : pandas.DataFrame, optional
        province_code ("" = every province) and year, the first of a new definition: the difference
        into that year is not taken, and listed.

    Raises
    ------
    InvalidData, Infeasible
    """
    if correction not in ("none", "groups", "linearmodels"):
        raise ValueError(f"correction={correction!r}: 'none', 'groups' or 'linearmodels'")
    check_frame(y, x)
    data = x.assign(**{"\0y": y}).sort_index()
    broken = _broken(pd.MultiIndex.from_tuples(data.index, names=data.index.names), breaks)
    previous = pd.MultiIndex.from_arrays(
        [data.index.get_level_values(0), data.index.get_level_values(1) - 1],
        names=data.index.names,
    )
    before = data.reindex(previous).to_numpy()
    difference = pd.DataFrame(data.to_numpy() - before, data.index, data.columns)
    gap = difference.isna().any(axis=1).to_numpy()
    first = ~data.index.get_level_values(0).duplicated()
    lost = [
        {"province_code": key[0], "year": int(key[1]), "reason": reason}
        for key, is_gap, is_first, is_broken in zip(data.index, gap, first, broken, strict=True)
        if (reason := _reason(bool(is_gap), bool(is_first), bool(is_broken)))
    ]
    kept = difference[~gap & ~broken]
    if kept.empty:
        raise InvalidData("no two neighbouring years are in the sample. Remedy: fewer gaps.")
    unit, time = codes(kept.index)
    values = kept.to_numpy()
    means = pd.DataFrame(values).groupby(time).transform("mean").to_numpy()
    values = values - means
    n, k, t, g = len(values), x.shape[1], int(time.max()) + 1, int(unit.max()) + 1
    factor = {"none": 1.0, "groups": g / max(g - 1, 1), "linearmodels": n / max(n - k - t, 1)}
    params, bread = _least_squares(values[:, -1], values[:, :-1], list(x.columns), n - t)
    residual = values[:, -1] - values[:, :-1] @ params
    meat = clustered_meat(values[:, :-1] * residual[:, None], unit)
    cov = factor[correction] * bread @ meat @ bread
    return _difference_fit(params, cov, residual, kept.index, x, g, lost)


def long_difference(
    y: pd.Series,
    x: pd.DataFrame,
    *,
    first: int,
    last: int,
    cov: Literal["hc1", "hc3"],
    breaks: pd.DataFrame | None = None,
) -> DifferenceFit:
    """Change between two years on changes and a constant: one row a province.

    Parameters
    ----------
    y, x
    first, last : int
    cov : {"hc1", "hc3"}
        n/(n-k-1) on the sandwich; residuals over one minus leverage.
    breaks : pandas.DataFrame, optional
        As in `first_differences`; a province with a break in (first, last] is left out and listed.

    Raises
    ------
    InvalidData, Infeasible
    """
    if cov not in ("hc1", "hc3"):
        raise ValueError(f"cov={cov!r}: 'hc1' or 'hc3'")
    check_frame(y, x)
    data = x.assign(**{"\0y": y})
    years = set(data.index.get_level_values(1))
    if first >= last or not {first, last} <= years:
        raise InvalidData(f"years {first} and {last}: both must be in the sample, in this order")
    start, end = data.xs(first, level=1), data.xs(last, level=1)
    kept, lost = [], []
    provinces = sorted(set(data.index.get_level_values(0)))
    span = pd.MultiIndex.from_product([provinces, range(first + 1, last + 1)])
    crossed = set(span[_broken(span, breaks)].get_level_values(0))
    for province in provinces:
        reason = ""
        if province not in start.index or province not in end.index:
            reason = f"no figure in {first} or {last}"
        elif province in crossed:
            reason = f"a series break in {first + 1}-{last}"
        if reason:
            lost.append({"province_code": province, "year": last, "reason": reason})
        else:
            kept.append(province)
    values = (end.loc[kept] - start.loc[kept]).to_numpy()
    n, k = len(values), x.shape[1]
    if n - k - 1 < 1:
        raise Infeasible(f"long difference: {n} provinces for {k} slopes and a constant")
    centred = values - values.mean(axis=0)
    params, bread = _least_squares(centred[:, -1], centred[:, :-1], list(x.columns), n - 1)
    residual = centred[:, -1] - centred[:, :-1] @ params
    weight = residual
    if cov == "hc3":
        hat = 1 / n + np.einsum("ij,jk,ik->i", centred[:, :-1], bread, centred[:, :-1])
        weight = residual / (1 - hat)
    scores = centred[:, :-1] * weight[:, None]
    scale = n / (n - k - 1) if cov == "hc1" else 1.0
    index = pd.MultiIndex.from_product([kept, [last]], names=["province_code", "year"])
    matrix = scale * bread @ scores.T @ scores @ bread
    return _difference_fit(params, matrix, residual, index, x, n, lost)


def half_panel_jackknife(y: pd.Series, x: pd.DataFrame) -> HalfPanelJackknife:
    r"""Two-way within estimator with y's lag, corrected by halves of the panel.

    .. math:: \tilde\theta = 2\hat\theta - \tfrac12(\hat\theta_1 + \hat\theta_2)

    removes the O(1/T) part of the Nickell bias (Dhaene and Jochmans 2015, eq. 1.3); with an odd
    number of usable years the two ways of halving are averaged. Both effects are estimated anew in
    each half.

    Parameters
    ----------
    y, x
        Balanced, consecutive years.

    Raises
    ------
    Unbalanced, InvalidData
        For holes or a gap between years.
    Infeasible
        If a half would have fewer than four years, or too few degrees of freedom.
    """
    data = panel_arrays(y, x)
    outcome, regressors = balanced_cube(data, "the half-panel jackknife")
    holes = sorted(set(range(data.years[0], data.years[-1] + 1)) - set(data.years))
    if holes:
        raise InvalidData(f"the lag crosses missing years {holes}. Remedy: a window without gaps.")
    design = np.concatenate([outcome[:, :-1, None], regressors[:, 1:]], axis=2)
    response = outcome[:, 1:]
    n, t, k = design.shape
    if t // 2 < MIN_HALF or (n - 1) * (t // 2 - 1) - k < 1:
        raise Infeasible(
            f"half-panel jackknife: {t} usable years make halves of {t // 2}, {MIN_HALF} are needed"
            f" ({n} provinces, {k} slopes)"
        )
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
        t,
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
    return _least_squares(flat[:, -1], flat[:, :-1], names, len(flat))[0]


def _least_squares(y: Floats, x: Floats, names: list[str], df: int) -> tuple[Floats, Floats]:
    """Slopes and (X'X)^-1 of centred data, refusing what is absorbed or collinear."""
    if df - x.shape[1] < 1:
        raise Infeasible(f"{df} degrees of freedom for {x.shape[1]} slopes. Remedy: more rows.")
    scale = np.sqrt((x**2).sum(axis=0))
    if (scale <= 1e-12).any():
        raise InvalidData(f"{names[int(scale.argmin())]} does not vary once the effects are out")
    unit = x / scale  # least squares drops columns by their size
    if np.linalg.cond(unit) > 1e8:
        raise InvalidData(f"{', '.join(map(str, names))} are collinear once the effects are out")
    slopes = np.linalg.lstsq(unit, y, rcond=None)[0] / scale
    bread = np.linalg.inv(unit.T @ unit) / np.outer(scale, scale)
    return np.asarray(slopes, dtype=np.float64), np.asarray(bread, dtype=np.float64)


def _difference_fit(
    params: Floats,
    cov: Floats,
    residual: Floats,
    index: pd.MultiIndex,
    x: pd.DataFrame,
    groups: int,
    lost: list[dict[str, object]],
) -> DifferenceFit:
    return DifferenceFit(
        pd.Series(params, x.columns),
        pd.DataFrame(cov, x.columns, x.columns),
        pd.Series(residual, index),
        len(residual),
        groups,
        lost,
    )


def _broken(index: pd.MultiIndex, breaks: pd.DataFrame | None) -> np.ndarray:
    """Which rows are the first of a new definition, shape (n,)."""
    out = np.zeros(len(index), bool)
    if breaks is None:
        return out
    missing = {"province_code", "year"} - set(breaks.columns)
    if missing:
        raise InvalidData(f"breaks has no column {sorted(missing)}")
    for province, year in zip(breaks["province_code"].fillna(""), breaks["year"], strict=True):
        here = index.get_level_values(1) == year
        out |= here if province == "" else here & (index.get_level_values(0) == province)
    return out


def _reason(gap: bool, first: bool, broken: bool) -> str:
    if first:
        return "first year of the province"
    if gap:
        return "no figure in the year before"
    return "first year of a new definition" if broken else ""
