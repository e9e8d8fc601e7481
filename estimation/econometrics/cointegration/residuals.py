"""Residual-based tests of no cointegration: Kao's (1999) five and Pedroni's (1999, 2004) seven."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import (
    Count,
    Positive,
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
from living_panel.estimation.econometrics.kernels import Floats, long_run_covariance
from living_panel.estimation.econometrics.long_run.moments import given_others, slopes_of
from living_panel.estimation.econometrics.wide_panel import (
    Window,
    net_of,
    off_deterministics,
    open_panel,
    require_df,
)

KAO = ("DF_rho", "DF_t", "DF_rho_star", "DF_t_star", "ADF_t")
PEDRONI = ("panel_v", "panel_rho", "panel_pp", "panel_adf", "group_rho", "group_pp", "group_adf")
MOMENTS_OF = ["panel_v", "panel_rho", "panel_t", "panel_t", "group_rho", "group_t", "group_t"]
# panel_v rejects on the right, the others on the left
SIGNS = np.array([-1.0] + [1.0] * 6)
# Residual degrees of freedom of a unit's ADF regression.
MIN_ADF_DF = 4
DRAWS = 2_000
SEED = 19_990_001
_BATCH = 100


@check_arguments
def kao(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    lags: Count,
    bandwidth: Count,
    demean: bool,
) -> CointegrationResult:
    """Kao's (1999) five statistics on the residuals of one fixed-effects regression.

    e_it are residuals of y on x with unit constants and common slopes; rho is the pooled slope
    of e_t on e_{t-1}. w = (dy, dx) is net of unit means, Sigma its covariance and Omega its long-run covariance
    averaged over units. sigma_v² and sigma_0v² are the variances of dy given dx from Sigma and Omega.

    DF_rho = (√N T (rho-1) + 3√N) / √10.2;  DF_t = √1.25 t + √(1.875 N);
    DF_rho* = (√N T (rho-1) + 3√N σ_v²/σ_0v²) / √(3 + 36σ_v⁴/(5σ_0v⁴));
    DF_t* and ADF_t = (t + √(6N) σ_v/(2σ_0v)) / √(σ_0v²/(2σ_v²) + 3σ_v²/(10σ_0v²))
    (Kao 1999, eqs. 13-20). T counts the rows of the pooled regression in one unit. No source
    prints values for public data: the tests compare with an independent script and with Monte
    Carlo size and power.

    `lags` are lagged differences in ADF_t, `bandwidth` is Omega's. `p_own` comes from 2,000 seeded
    panels of independent random walks of this very N, T and options; dependence between units is not
    in that null.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units; balanced.
    x : mapping of str to pandas.DataFrame
        Regressors by name, same rows and columns as `y`.
    lags : int
        Lagged differences, at least 0.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    CointegrationResult
        Statistics in the order of `KAO`.
    """
    window = _opened("Kao's test", y, x, lags, trend="c", demean=demean, by_unit=False)
    options = {"lags": lags, "bandwidth": bandwidth}
    values = kao_statistics(window.y, window.x, **options)
    size = (len(window.units), len(y), len(x), demean)

    def simulate() -> Floats:
        return lower_tail_p(_null(kao_statistics, *size, **options), values)

    return result_of(KAO, values, values, simulate)


@check_arguments
def pedroni(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: Trend,
    lags: Count,
    bandwidth: Count,
    demean: bool,
) -> CointegrationResult:
    """Pedroni's seven statistics (Pedroni 1999, Table 1; 2004).

    e_it: residuals of each unit's own regression of y on x and deterministics. eta_it: residuals of
    dy on dx, L²_i their long-run variance. mu_it: residuals of e_t on e_{t-1}, s²_i their
    variance, lambda_i = sum_j w_j mean(mu_t mu_{t-j}), sigma²_i = s²_i + 2 lambda_i; all on T-1
    rows. With A_i = sum e²_{t-1}, B_i = sum (e_{t-1} de_t - lambda_i):

    panel_v T² N^{3/2} / Σ A/L²; panel_rho T √N Σ(B/L²)/Σ(A/L²);
    panel_pp Σ(B/L²)/√(mean(σ²/L²) Σ A/L²); group_rho T/√N Σ B/A; group_pp 1/√N Σ B/√(σ² A);
    panel_adf and group_adf use the same formulas with lambda = 0, e_{t-1} and de_t net of lagged differences,
    and s*² of the augmented regression for σ². The 1999 paper prints mean(s*²) without 1/L² in
    panel_adf, which would depend on the unit of measurement: here it is mean(s*²/L²).

    Standardised as (stat - μ√N)/√v; panel_v rejects on the right, the others on the left. R's
    pco raises L² to the power -2 and begins the moments one regressor late: no oracle. No source
    prints the seven for public data: as `kao`.

    `lags` are lagged differences in the ADF statistics; up to seven regressors; `p_own` as in `kao`.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units; balanced.
    x : mapping of str to pandas.DataFrame
        Regressors by name, same rows and columns as `y`.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    lags : int
        Lagged differences, at least 0.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    CointegrationResult
        Statistics in the order of `PEDRONI`.
    """
    window = _opened("Pedroni's test", y, x, lags, trend=trend, demean=demean, by_unit=True)
    k = len(x)
    options: dict[str, Any] = {"trend": trend, "lags": lags, "bandwidth": bandwidth}
    raw = pedroni_statistics(window.y, window.x, **options)
    z = standardise_pedroni(raw, len(window.units), k, trend)
    size = (len(window.units), len(y), k, demean)

    def simulate() -> Floats:
        return lower_tail_p(SIGNS * _null(pedroni_statistics, *size, **options), SIGNS * raw)

    return result_of(PEDRONI, z, raw, simulate, SIGNS)


def _opened(
    test: str, y: pd.DataFrame, x: Mapping[str, pd.DataFrame], lags: int, **options: Any
) -> Window:
    """The panel, refused where a unit's regressions have too few rows."""
    window = open_panel(y, x, test=test, **options)
    require_df(
        len(y) - 1 - lags,
        1 + lags,
        f"ADF regression of {test}",
        "use fewer lags or a longer window",
        needed=MIN_ADF_DF,
        purpose="an ADF regression",
    )
    return window


@check_arguments
def kao_statistics(
    y: Annotated[Floats, Shape("... N T")],
    x: Annotated[Floats, Shape("... N T k")],
    *,
    lags: Count,
    bandwidth: Count,
) -> Floats:
    """The five (..., 5) in the order of `KAO`, on (..., N, T) and (..., N, T, k); see `kao`.

    Parameters
    ----------
    y : ndarray, shape (..., N, T)
        Dependent variable.
    x : ndarray, shape (..., N, T, k)
        Regressors.
    lags : int
        Lagged differences, at least 0.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).

    Returns
    -------
    ndarray, shape (..., 5)
        In the order of `KAO`.
    """
    n_units = y.shape[-2]
    xd, yd = off_deterministics(x, "c"), off_deterministics(y[..., None], "c")
    slopes = slopes_of(xd, (np.swapaxes(xd, -1, -2) @ yd)[..., 0], "pooled")
    e = (yd - xd @ slopes[..., None])[..., 0]
    rho, t, rows = _pooled_ar(e, 0)
    _, t_adf, _ = _pooled_ar(e, lags)
    steps = np.diff(np.concatenate([y[..., None], x], axis=-1), axis=-2)
    of_steps = long_run_covariance(off_deterministics(steps, "c"), bandwidth)
    short = given_others(of_steps.short_run.mean(axis=-3))[1]
    ratio = short / given_others(of_steps.long_run.mean(axis=-3))[1]
    root = np.sqrt(n_units)
    level = root * rows * (rho - 1)
    shift = np.sqrt(6 * n_units) * np.sqrt(ratio) / 2
    spread = np.sqrt(1 / (2 * ratio) + 3 * ratio / 10)
    return np.stack(
        [
            (level + 3 * root) / np.sqrt(10.2),
            np.sqrt(1.25) * t + np.sqrt(1.875 * n_units),
            (level + 3 * root * ratio) / np.sqrt(3 + 7.2 * ratio**2),
            (t + shift) / spread,
            (t_adf + shift) / spread,
        ],
        axis=-1,
    )


def _dickey_fuller(e: Floats, lags: int) -> tuple[Floats, Floats]:
    """Lagged level with change (..., N, rows, 2), and past changes (..., N, rows, lags)."""
    de = np.diff(e, axis=-1)
    rows = de.shape[-1] - lags
    pair = np.stack([e[..., lags : lags + rows], de[..., lags:]], axis=-1)
    past = [de[..., lags - j : lags - j + rows, None] for j in range(1, lags + 1)]
    return pair, np.concatenate(past, axis=-1) if past else np.empty((*pair.shape[:-1], 0))


def _pooled_ar(e: Floats, lags: int) -> tuple[Floats, Floats, int]:
    """(rho, t of rho = 1, rows per unit) of the pooled regression of e on its lag."""
    pair, past = _dickey_fuller(e, lags)
    units, rows = pair.shape[-3:-1]
    together = (*pair.shape[:-3], units * rows)
    pair = net_of(pair.reshape(*together, 2), past.reshape(*together, lags))
    level, change = pair[..., 0], pair[..., 1]
    square = (level**2).sum(axis=-1)
    slope = (level * change).sum(axis=-1) / square
    s2 = ((change - slope[..., None] * level) ** 2).mean(axis=-1)
    return 1 + slope, slope * np.sqrt(square / s2), rows


@check_arguments
def standardise_pedroni(
    raw: Annotated[Floats, Shape("... m")], n_units: Positive, regressors: Positive, trend: Trend
) -> Floats:
    """(stat - mean √N)/√variance for statistics (..., 7) in the order of `PEDRONI`.

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
    ndarray, shape (..., 7)
        Standard normal under the null.
    """
    return standardised("pedroni", MOMENTS_OF, raw, n_units, regressors, trend)


@check_arguments
def pedroni_statistics(
    y: Annotated[Floats, Shape("... N T")],
    x: Annotated[Floats, Shape("... N T k")],
    *,
    trend: Trend,
    lags: Count,
    bandwidth: Count,
) -> Floats:
    """The raw seven (..., 7) in the order of `PEDRONI`; arguments as in `kao_statistics`.

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
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).

    Returns
    -------
    ndarray, shape (..., 7)
        In the order of `PEDRONI`.
    """
    n_units, periods = y.shape[-2:]
    y = y[..., None]
    e = net_of(off_deterministics(y, trend), off_deterministics(x, trend))[..., 0]
    eta = net_of(np.diff(y, axis=-2), np.diff(x, axis=-2))
    scale = long_run_covariance(eta, bandwidth).long_run[..., 0, 0]
    level, change = e[..., :-1], np.diff(e, axis=-1)
    square = (level**2).sum(axis=-1)
    cross = (level * change).sum(axis=-1)
    mu = change - (cross / square)[..., None] * level
    of_mu = long_run_covariance(mu[..., None], bandwidth)
    s2 = of_mu.short_run[..., 0, 0]
    lam = of_mu.one_sided[..., 0, 0] - s2
    sigma2 = s2 + 2 * lam
    corrected = cross - (periods - 1) * lam
    a_star, b_star, s2_star = _augmented(e, lags)
    root = np.sqrt(n_units)
    a, b = (square / scale).sum(axis=-1), (corrected / scale).sum(axis=-1)
    pooled_a, pooled_b = (a_star / scale).sum(axis=-1), (b_star / scale).sum(axis=-1)
    return np.stack(
        [
            periods**2 * n_units * root / a,
            periods * root * b / a,
            b / np.sqrt((sigma2 / scale).mean(axis=-1) * a),
            pooled_b / np.sqrt((s2_star / scale).mean(axis=-1) * pooled_a),
            periods / root * (corrected / square).sum(axis=-1),
            (corrected / np.sqrt(sigma2 * square)).sum(axis=-1) / root,
            (b_star / np.sqrt(s2_star * a_star)).sum(axis=-1) / root,
        ],
        axis=-1,
    )


def _augmented(e: Floats, lags: int) -> tuple[Floats, Floats, Floats]:
    """(sum level², sum level x change, residual variance) net of lagged differences, by unit."""
    pair = net_of(*_dickey_fuller(e, lags))
    level, change = pair[..., 0], pair[..., 1]
    square, cross = (level**2).sum(axis=-1), (level * change).sum(axis=-1)
    residual = change - (cross / square)[..., None] * level
    return square, cross, (residual**2).mean(axis=-1)


@lru_cache(maxsize=16)
def _null(
    statistics: Callable[..., Floats],
    n_units: int,
    periods: int,
    regressors: int,
    demean: bool,
    **options: Any,
) -> Floats:
    """Statistics (DRAWS, m) of independent normal random walks, the same at every call."""
    return null_of(lambda y, x: statistics(y, x, **options), n_units, periods, regressors, demean)


@check_arguments
def null_of(
    statistics: Callable[[Floats, Floats], Floats],
    n_units: Positive,
    periods: Positive,
    regressors: Positive,
    demean: bool,
) -> Floats:
    """Statistics (DRAWS, m) of panels without cointegration, made from y (R, N, T) and x (R, N, T, k).

    The panels are independent normal random walks, demeaned by period if the data were.

    Parameters
    ----------
    statistics : callable
        Gives statistics (R, m) of y (R, N, T) and x (R, N, T, k).
    n_units : int
        Units.
    periods : int
        Periods.
    regressors : int
        Number of regressors.
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    ndarray, shape (DRAWS, m)
        Statistics under the null.
    """
    rng = np.random.default_rng(SEED)
    parts = []
    for _ in range(DRAWS // _BATCH):
        walks = np.cumsum(rng.standard_normal((_BATCH, n_units, periods, 1 + regressors)), axis=2)
        if demean:
            walks = walks - walks.mean(axis=1, keepdims=True)
        parts.append(statistics(walks[..., 0], walks[..., 1:]))
    return np.concatenate(parts)
