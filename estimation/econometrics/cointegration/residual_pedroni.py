"""Pedroni's (1999, 2004) seven residual-based tests of no cointegration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.cointegration.finite_sample import (
    CRITICAL_VALUES,
    MIN_ADF_DF,
    NULL,
    lower_tail_p,
    null_of,
)
from estimation.econometrics.cointegration.moments import pedroni_moments
from estimation.econometrics.cointegration.results import CointegrationResult
from estimation.econometrics.kernels import Floats, check_kernel, long_run_covariance
from estimation.econometrics.long_run.wide_panel import (
    check_choice,
    check_count,
    check_trend,
    off_deterministics,
    read_panel,
    require_df,
)

PEDRONI = ("panel_v", "panel_rho", "panel_pp", "panel_adf", "group_rho", "group_pp", "group_adf")
_MOMENTS_OF = dict(
    zip(
        PEDRONI,
        ("panel_v", "panel_rho", "panel_t", "panel_t", "group_rho", "group_t", "group_t"),
        strict=True,
    )
)


def pedroni(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: str,
    lags: int,
    bandwidth: float,
    kernel: str = "bartlett",
    demean: bool = False,
    critical_values: str = "asymptotic",
) -> CointegrationResult:
    """Pedroni's seven statistics (Pedroni 1999, Table 1; 2004).

    e_it: residuals of each unit's own regression of y on x and deterministics. eta_it: residuals of
    dy on dx, L²_i their long-run variance. mu_it: residuals of e_t on e_{t-1}, s²_i their
    variance, lambda_i = sum_j w_j mean(mu_t mu_{t-j}), sigma²_i = s²_i + 2 lambda_i; all on T-1
    rows. With A_i = sum e²_{t-1}, B_i = sum (e_{t-1} de_t - lambda_i):

    panel_v T² N^{3/2} / Σ A/L²; panel_rho T √N Σ(B/L²)/Σ(A/L²);
    panel_pp Σ(B/L²)/√(mean(σ²/L²) Σ A/L²); group_rho T/√N Σ B/A; group_pp 1/√N Σ B/√(σ² A);
    panel_adf and group_adf the same with lambda = 0, e_{t-1} and de_t net of lagged differences,
    and s*² of the augmented regression for σ². The 1999 paper prints mean(s*²) without 1/L² in
    panel_adf, which would depend on the unit of measurement: here it is mean(s*²/L²).

    Standardised as (stat - μ√N)/√v; panel_v rejects on the right, the others on the left. R's
    pco raises L² to the power -2 and begins the moments one regressor late: no oracle. No source
    prints the seven for public data: the tests compare with an independent script and with
    Monte Carlo size and power.

    Parameters
    ----------
    y, x
        Balanced panel; rows are periods in order, columns are units. Up to seven regressors.
    trend : {"c", "ct"}
        Deterministics of each unit.
    lags : int
        Lagged differences in the ADF statistics.
    bandwidth, kernel
        Of the long-run variances.
    demean : bool
        Subtract each period's mean over units.
    critical_values : {"asymptotic", "finite_sample"}
        Standard normal p-values, or from 2,000 seeded panels of independent random walks of this
        very N, T and options. Dependence between units is not in that null.

    Returns
    -------
    CointegrationResult

    Raises
    ------
    Infeasible
        Too few rows, with the counts; ragged, gapped or degenerate panels.
    """
    check_count("lags", lags)
    check_choice("critical_values", critical_values, CRITICAL_VALUES)
    check_trend(trend)
    window = read_panel(y, x, trend=trend, demean=demean, ragged=False, collinearity_by_unit=True)[
        0
    ]
    n_units, periods = window.y.shape
    k = window.x.shape[-1]
    moments = pedroni_moments(k, trend).loc[list(_MOMENTS_OF.values())]
    require_df(
        periods - 1,
        k + len(trend),
        f"Pedroni's test over {window.periods[0]}-{window.periods[-1]} ({k} regressors, "
        f"{len(trend)} deterministic terms)",
        f"Lengthen the window to {k + len(trend) + 6} periods or use fewer regressors.",
    )
    require_df(
        periods - 1 - lags,
        1 + lags,
        "Pedroni's ADF",
        "Use fewer lags or a longer window.",
        needed=MIN_ADF_DF,
        purpose="an ADF regression",
    )
    check_kernel(kernel, bandwidth, periods - 1)
    raw = pedroni_statistics(
        window.y, window.x, trend=trend, lags=lags, kernel=kernel, bandwidth=bandwidth
    )
    z = standardise_pedroni(raw, n_units, k, trend)
    # panel_v rejects on the right
    sign = np.where(np.array(PEDRONI) == "panel_v", -1.0, 1.0)
    tails = stats.norm.cdf(sign * z)
    if critical_values == "finite_sample":
        null = _pedroni_null(n_units, periods, k, demean, trend, lags, kernel, float(bandwidth))
        tails = lower_tail_p(sign * null, sign * raw)
    return CointegrationResult(
        test="pedroni",
        null=NULL,
        alternative="cointegration (panel_*: common first-order root; group_*: unit roots differ)",
        trend=trend,
        statistics=pd.Series(z, index=PEDRONI, name="statistic"),
        p_values=pd.Series(tails, index=PEDRONI),
        n_units=n_units,
        n_periods=periods,
        details={
            "raw": pd.Series(raw, index=PEDRONI),
            "moments": moments,
            "lags": lags,
            "bandwidth": bandwidth,
            "kernel": kernel,
            "demean": demean,
            "critical_values": critical_values,
            "oracle": "none printed; independent script, Monte Carlo",
        },
    )


def standardise_pedroni(raw: Floats, n_units: int, regressors: int, trend: str) -> Floats:
    """(stat - mean √N)/√variance for statistics (..., 7) in the order of `PEDRONI`."""
    table = pedroni_moments(regressors, trend).loc[list(_MOMENTS_OF.values())]
    mean, variance = table["mean"].to_numpy(), table["variance"].to_numpy()
    return np.asarray((raw - mean * np.sqrt(n_units)) / np.sqrt(variance))


def pedroni_statistics(
    y: Floats, x: Floats, *, trend: str, lags: int, kernel: str, bandwidth: float
) -> Floats:
    """Pedroni's raw statistics on (..., N, T) and (..., N, T, k); see `pedroni`.

    Returns
    -------
    ndarray (..., 7)
        In the order of `PEDRONI`.
    """
    n_units, periods = y.shape[-2:]
    e = _own_residuals(off_deterministics(y[..., None], trend), off_deterministics(x, trend))
    eta = _own_residuals(np.diff(y, axis=-1)[..., None], np.diff(x, axis=-2))
    scale = long_run_covariance(eta[..., None], kernel, bandwidth).long_run[..., 0, 0]
    level, change = e[..., :-1], np.diff(e, axis=-1)
    square = (level**2).sum(axis=-1)
    cross = (level * change).sum(axis=-1)
    mu = change - (cross / square)[..., None] * level
    of_mu = long_run_covariance(mu[..., None], kernel, bandwidth)
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


def _own_residuals(y: Floats, x: Floats) -> Floats:
    """Residuals (..., N, T) of each unit's regression of y (..., N, T, 1) on x."""
    q, _ = np.linalg.qr(x)
    return (y - q @ (np.swapaxes(q, -1, -2) @ y))[..., 0]


def _augmented(e: Floats, lags: int) -> tuple[Floats, Floats, Floats]:
    """(sum level², sum level x change, residual variance) net of lagged differences, by unit."""
    de = np.diff(e, axis=-1)
    rows = de.shape[-1] - lags
    pair = np.stack([e[..., lags : lags + rows], de[..., lags:]], axis=-1)
    if lags:
        past = np.stack([de[..., lags - j : lags - j + rows] for j in range(1, lags + 1)], axis=-1)
        q, _ = np.linalg.qr(past)
        pair = pair - q @ (np.swapaxes(q, -1, -2) @ pair)
    level, change = pair[..., 0], pair[..., 1]
    square, cross = (level**2).sum(axis=-1), (level * change).sum(axis=-1)
    residual = change - (cross / square)[..., None] * level
    return square, cross, (residual**2).mean(axis=-1)


@lru_cache(maxsize=16)
def _pedroni_null(
    n_units: int,
    periods: int,
    k: int,
    demean: bool,
    trend: str,
    lags: int,
    kernel: str,
    bandwidth: float,
) -> Floats:
    def statistics(y: Floats, x: Floats) -> Floats:
        return pedroni_statistics(y, x, trend=trend, lags=lags, kernel=kernel, bandwidth=bandwidth)

    return null_of(statistics, n_units, periods, k, demean)
