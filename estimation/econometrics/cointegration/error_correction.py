"""Westerlund's (2007) error-correction tests of no cointegration, with their bootstrap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    Count,
    Positive,
    Seed,
    Shape,
    Trend,
    check_arguments,
)
from living_panel.estimation.econometrics.cointegration.results import (
    CointegrationResult,
    lower_tail_p,
    result_of,
    standardised,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats, long_run_variance
from living_panel.estimation.econometrics.wide_panel import (
    deterministics,
    full_column_rank,
    named,
    read_panel,
    require_df,
)

WESTERLUND = ("g_tau", "g_alpha", "p_tau", "p_alpha")
_BATCH = 100


@check_arguments
def westerlund(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: Trend,
    lags: Count,
    leads: Count,
    bandwidth: Count,
    draws: Positive,
    seed: Seed,
    demean: bool,
) -> CointegrationResult:
    """The group and panel statistics of Westerlund (2007), eqs. 7-12.

    Each unit: dy_t = d_t'δ + α y_{t-1} + λ'x_{t-1} + Σ_{j=1..p} a_j dy_{t-j}
    + Σ_{j=-q..p} γ_j'dx_{t-j} + e_t on n = T-p-q-1 rows. α(1) = ω_u/ω_y, Bartlett long-run
    standard deviations of u = Σγ_j'dx_{t-j} + e and of dy (net of its mean under "ct").
    g_tau = mean t(α), g_alpha = mean n α/α(1); p_tau = α/se(α), p_alpha = n α with α pooled over
    units, weighted by 1/α(1). Variances divide by n. Standardised as √N(g - μ)/√v and
    (p_tau - √N μ)/√v, √N(p_alpha - μ)/√v.

    Bootstrap: e of the regression without levels and dx, both net of unit means, drawn with replacement by
    period. A draw takes all units jointly, which keeps their dependence. Panels are rebuilt under the null
    and the four statistics recomputed. No source prints values for public data: the tests compare with an
    independent script and with Monte Carlo size and power.

    `lags` and `leads` are p and q; up to six regressors; `p_own` comes from `draws` panels seeded by
    `seed`, (1 + #{z* <= z}) / (1 + draws). Levels, differences and deterministics that are collinear in
    a unit are refused too.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units; balanced.
    x : mapping of str to pandas.DataFrame
        Regressors by name, same rows and columns as `y`.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    lags : int
        Lagged differences (p of the equation).
    leads : int
        Leads of the differenced regressors (q of the equation).
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).
    draws : int
        Panels rebuilt under the null.
    seed : int
        Of the generator: the same seed gives the same numbers.
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    CointegrationResult
        Statistics in the order of `WESTERLUND`.
    """
    window = read_panel(y, x, trend=trend, demean=demean, by_unit=True)
    n_units, periods = window.y.shape
    k = window.x.shape[-1]
    rows = periods - lags - leads - 1
    counted = 1 + len(trend) + k + k * (lags + leads + 1) + lags
    require_df(
        rows,
        counted,
        f"Westerlund's error-correction model of {named(window)} "
        f"({k} regressors, {lags} lags, {leads} leads, {len(trend)} deterministic terms)",
        "use fewer lags, leads or regressors, or a longer window",
    )
    options: dict[str, Any] = {"trend": trend, "lags": lags, "leads": leads, "bandwidth": bandwidth}
    short_run = _design(window.y, window.x, trend, lags, leads)
    rank = full_column_rank(short_run.columns)
    if not rank.all():
        units = [str(u) for u, good in zip(window.units, rank, strict=True) if not good]
        raise Infeasible(codes.ERROR_CORRECTION_COLLINEAR(units=[*units[:8]]))
    raw = westerlund_statistics(window.y, window.x, **options)
    z = standardise_westerlund(raw, n_units, k, trend)

    def bootstrapped() -> Floats:
        try:
            null = null_draws(window.y, window.x, draws, np.random.default_rng(seed), **options)
        except np.linalg.LinAlgError as error:
            raise Infeasible(codes.REDRAWN_UNIT_STANDS_STILL()) from error
        return lower_tail_p(standardise_westerlund(null, n_units, k, trend), z)

    return result_of(WESTERLUND, z, raw, bootstrapped)


@check_arguments
def standardise_westerlund(
    raw: Annotated[Floats, Shape("... m")], n_units: Positive, regressors: Positive, trend: Trend
) -> Floats:
    """Standard normal versions of statistics (..., 4) in the order of `WESTERLUND`.

    Parameters
    ----------
    raw : ndarray, shape (..., m)
        Statistics before they are standardised.
    n_units : int
        Units.
    regressors : int
        Number of regressors.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.

    Returns
    -------
    ndarray, shape (..., 4)
        Standard normal under the null.
    """
    root = np.sqrt(n_units)
    scaled = raw * np.array([root, root, 1.0, root])
    return standardised("westerlund", WESTERLUND, scaled, n_units, regressors, trend)


@dataclass(frozen=True, slots=True)
class _Design:
    """Rows of the error-correction model: what is explained, the lagged level, everything else."""

    change: Floats
    level: Floats
    columns: Floats
    dx: slice


def _design(y: Floats, x: Floats, trend: str, lags: int, leads: int) -> _Design:
    dy, dx = np.diff(y, axis=-1), np.diff(x, axis=-2)
    rows = dy.shape[-1] - lags - leads
    moving = [dx[..., lags - j : lags - j + rows, :] for j in range(-leads, lags + 1)]
    past = [dy[..., lags - j : lags - j + rows, None] for j in range(1, lags + 1)]
    fixed = np.broadcast_to(deterministics(rows, trend), (*y.shape[:-1], rows, len(trend)))
    levels = x[..., lags : lags + rows, :]
    start = len(trend) + levels.shape[-1]
    width = sum(block.shape[-1] for block in moving)
    return _Design(
        change=dy[..., lags : lags + rows],
        level=y[..., lags : lags + rows],
        columns=np.concatenate([fixed, levels, *moving, *past], axis=-1),
        dx=slice(start, start + width),
    )


@check_arguments
def westerlund_statistics(
    y: Annotated[Floats, Shape("... N T")],
    x: Annotated[Floats, Shape("... N T k")],
    *,
    trend: Trend,
    lags: Count,
    leads: Count,
    bandwidth: Count,
) -> Floats:
    """The raw four (..., 4) in the order of `WESTERLUND`, on (..., N, T) and (..., N, T, k).

    Parameters
    ----------
    y : ndarray, shape (..., N, T)
        Dependent variable.
    x : ndarray, shape (..., N, T, k)
        Regressors.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    lags : int
        Lagged differences, at least 0.
    leads : int
        Leads of the differenced regressors, at least 0.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).

    Returns
    -------
    ndarray, shape (..., 4)
        In the order of `WESTERLUND`.
    """
    design = _design(y, x, trend, lags, leads)
    n = design.change.shape[-1]
    q, r = np.linalg.qr(design.columns)
    left = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    if (left <= 1e-9 * np.linalg.norm(design.columns, axis=-2)).any():
        raise np.linalg.LinAlgError("collinear columns")
    qt = np.swapaxes(q, -1, -2)
    pair = np.stack([design.level, design.change], axis=-1)
    inside = qt @ pair
    pair = pair - q @ inside
    level, change = pair[..., 0], pair[..., 1]
    square, cross = (level**2).sum(axis=-1), (level * change).sum(axis=-1)
    alpha = cross / square
    e = change - alpha[..., None] * level
    s2 = (e**2).mean(axis=-1)
    slopes = np.linalg.solve(r, inside[..., 1:] - alpha[..., None, None] * inside[..., :1])
    u = (design.columns[..., design.dx] @ slopes[..., design.dx, :])[..., 0] + e
    dy = design.change
    if trend == "ct":
        dy = dy - dy.mean(axis=-1, keepdims=True)
    one = np.sqrt(long_run_variance(u, bandwidth) / long_run_variance(dy, bandwidth))
    total = square.sum(axis=-1)
    pooled = (cross / one).sum(axis=-1) / total
    return np.stack(
        [
            (alpha * np.sqrt(square / s2)).mean(axis=-1),
            (n * alpha / one).mean(axis=-1),
            pooled * np.sqrt(total / (s2 / one**2).mean(axis=-1)),
            n * pooled,
        ],
        axis=-1,
    )


@check_arguments
def null_draws(
    y: Annotated[Floats, Shape("N T")],
    x: Annotated[Floats, Shape("N T k")],
    draws: Positive,
    rng: np.random.Generator,
    *,
    trend: Trend,
    lags: Count,
    leads: Count,
    bandwidth: Count,
) -> Floats:
    """Statistics (draws, 4) of panels rebuilt without error correction.

    Parameters
    ----------
    y : ndarray, shape (N, T)
        Dependent variable.
    x : ndarray, shape (N, T, k)
        Regressors.
    draws : int
        Panels that are rebuilt.
    rng : numpy.random.Generator
        Source of the draws.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    lags : int
        Lagged differences, at least 0.
    leads : int
        Leads of the differenced regressors, at least 0.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).

    Returns
    -------
    ndarray, shape (draws, 4)
        In the order of `WESTERLUND`.
    """
    k = x.shape[-1]
    design = _design(y, x, trend, lags, leads)
    keep = np.r_[0 : len(trend), design.dx.start : design.columns.shape[-1]]
    columns = design.columns[..., keep]
    q, r = np.linalg.qr(columns)
    inside = np.swapaxes(q, -1, -2) @ design.change[..., None]
    e = design.change - (q @ inside)[..., 0]
    slopes = np.linalg.solve(r, inside)[..., 0]
    moving = slopes[:, len(trend) : len(trend) + k * (lags + leads + 1)]
    past = slopes[:, len(trend) + k * (lags + leads + 1) :]
    rows = e.shape[-1]
    e = e - e.mean(axis=-1, keepdims=True)
    dx = np.diff(x, axis=-2)[:, lags : lags + rows]
    dx = dx - dx.mean(axis=-2, keepdims=True)
    results = []
    for start in range(0, draws, _BATCH):
        size = min(_BATCH, draws - start)
        picked = rng.integers(0, rows, size=(size, y.shape[-1] + lags + leads))
        es = np.moveaxis(e[:, picked], 1, 0)
        steps = np.moveaxis(dx[:, picked], 1, 0)
        ys, xs = _rebuild(es, steps, moving, past, lags, leads)
        results.append(
            westerlund_statistics(ys, xs, trend=trend, lags=lags, leads=leads, bandwidth=bandwidth)
        )
    return np.concatenate(results)


def _rebuild(
    e: Floats, dx: Floats, moving: Floats, past: Floats, lags: int, leads: int
) -> tuple[Floats, Floats]:
    """Levels (R, N, T) and (R, N, T, k) from innovations of T + lags + leads periods."""
    periods = e.shape[-1] - lags - leads
    stacked = np.concatenate(
        [dx[..., lags - j : lags - j + periods, :] for j in range(-leads, lags + 1)], axis=-1
    )
    dy = (stacked @ moving[..., None])[..., 0] + e[..., lags : lags + periods]
    for t in range(1, periods):
        for j in range(1, min(lags, t) + 1):
            dy[..., t] += past[:, j - 1] * dy[..., t - j]
    return np.cumsum(dy, axis=-1), np.cumsum(dx[..., lags : lags + periods, :], axis=-2)
