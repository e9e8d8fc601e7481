"""Kao's (1999) residual-based tests of no cointegration."""

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
from estimation.econometrics.cointegration.results import CointegrationResult
from estimation.econometrics.kernels import Floats, check_kernel, long_run_covariance
from estimation.econometrics.long_run.moments import solve
from estimation.econometrics.long_run.wide_panel import (
    check_choice,
    check_count,
    off_deterministics,
    read_panel,
    require_df,
)

KAO = ("DF_rho", "DF_t", "DF_rho_star", "DF_t_star", "ADF_t")


def kao(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    lags: int,
    bandwidth: float,
    kernel: str = "bartlett",
    demean: bool = False,
    critical_values: str = "asymptotic",
) -> CointegrationResult:
    """Kao's (1999) five statistics on the residuals of one fixed-effects regression.

    e_it are residuals of y on x with unit constants and common slopes; rho is the pooled slope
    of e_t on e_{t-1}. With w = (dy, dx) net of unit means, Sigma its covariance and Omega its
    long-run covariance averaged over units, sigma_v² and sigma_0v² are the variances of dy given
    dx from Sigma and Omega:

    DF_rho = (√N T (rho-1) + 3√N) / √10.2;  DF_t = √1.25 t + √(1.875 N);
    DF_rho* = (√N T (rho-1) + 3√N σ_v²/σ_0v²) / √(3 + 36σ_v⁴/(5σ_0v⁴));
    DF_t* and ADF_t = (t + √(6N) σ_v/(2σ_0v)) / √(σ_0v²/(2σ_v²) + 3σ_v²/(10σ_0v²))
    (Kao 1999, eqs. 13-20). T counts the rows of the pooled regression in one unit.

    No source prints values for public data: the tests compare with an independent script and
    with Monte Carlo size and power.

    Parameters
    ----------
    y, x
        Balanced panel; rows are periods in order, columns are units.
    lags : int
        Lagged differences in ADF_t.
    bandwidth, kernel
        Of Omega.
    demean : bool
        Subtract each period's mean over units.
    critical_values : {"asymptotic", "finite_sample"}
        Standard normal p-values, or from 2,000 seeded panels of independent random walks of this
        very N, T and options. Dependence between units is not in that null.

    Returns
    -------
    CointegrationResult
        Left tail.

    Raises
    ------
    Infeasible
        Too few rows, with the counts; ragged, gapped or degenerate panels.
    """
    check_count("lags", lags)
    check_choice("critical_values", critical_values, CRITICAL_VALUES)
    window = read_panel(y, x, trend="c", demean=demean, ragged=False, collinearity_by_unit=False)[0]
    n_units, periods = window.y.shape
    k = window.x.shape[-1]
    require_df(
        periods - 1,
        1 + k,
        f"Kao's test over {window.periods[0]}-{window.periods[-1]} ({k} regressors, a constant)",
        f"Lengthen the window to {k + 7} periods or use fewer regressors.",
    )
    require_df(
        periods - 1 - lags,
        1 + lags,
        "Kao's ADF",
        "Use fewer lags or a longer window.",
        needed=MIN_ADF_DF,
        purpose="an ADF regression",
    )
    check_kernel(kernel, bandwidth, periods - 1)
    values, details = kao_statistics(
        window.y, window.x, lags=lags, kernel=kernel, bandwidth=bandwidth
    )
    statistics = pd.Series(values, index=KAO, name="statistic")
    p_values = stats.norm.cdf(values)
    if critical_values == "finite_sample":
        null = _kao_null(n_units, periods, k, demean, lags, kernel, float(bandwidth))
        p_values = lower_tail_p(null, values)
    return CointegrationResult(
        test="kao",
        null=NULL,
        alternative="cointegration with the same slopes in every unit",
        trend="c",
        statistics=statistics,
        p_values=pd.Series(p_values, index=KAO),
        n_units=n_units,
        n_periods=periods,
        details={
            "raw": pd.Series(
                [details[key] for key in ("rho", "t", "rho", "t", "t_adf")], index=KAO
            ),
            **{key: float(value) for key, value in details.items()},
            "lags": lags,
            "bandwidth": bandwidth,
            "kernel": kernel,
            "demean": demean,
            "critical_values": critical_values,
            "oracle": "none printed; independent script, Monte Carlo",
        },
    )


def kao_statistics(
    y: Floats, x: Floats, *, lags: int, kernel: str, bandwidth: float
) -> tuple[Floats, dict[str, Floats]]:
    """Kao's statistics on (..., N, T) and (..., N, T, k); see `kao`.

    Returns
    -------
    ndarray (..., 5)
        In the order of `KAO`.
    dict
        rho, t, t_adf, sigma_v, sigma_0v, each (...).
    """
    n_units = y.shape[-2]
    xd = off_deterministics(x, "c")
    yd = off_deterministics(y[..., None], "c")
    transposed = np.swapaxes(xd, -1, -2)
    b = solve((transposed @ xd).sum(axis=-3), (transposed @ yd).sum(axis=-3)[..., 0])
    e = (yd - xd @ b[..., None, :, None])[..., 0]
    rho, t, rows = _pooled_ar(e, 0)
    _, t_adf, _ = _pooled_ar(e, lags)
    steps = np.diff(np.concatenate([y[..., None], x], axis=-1), axis=-2)
    moments = long_run_covariance(off_deterministics(steps, "c"), kernel, bandwidth)
    short = _conditional(moments.short_run.mean(axis=-3))
    long = _conditional(moments.long_run.mean(axis=-3))
    ratio = short / long
    root = np.sqrt(n_units)
    level = root * rows * (rho - 1)
    shift = np.sqrt(6 * n_units) * np.sqrt(ratio) / 2
    spread = np.sqrt(1 / (2 * ratio) + 3 * ratio / 10)
    values = np.stack(
        [
            (level + 3 * root) / np.sqrt(10.2),
            np.sqrt(1.25) * t + np.sqrt(1.875 * n_units),
            (level + 3 * root * ratio) / np.sqrt(3 + 7.2 * ratio**2),
            (t + shift) / spread,
            (t_adf + shift) / spread,
        ],
        axis=-1,
    )
    details = {
        "rho": rho,
        "t": t,
        "t_adf": t_adf,
        "sigma_v": np.sqrt(short),
        "sigma_0v": np.sqrt(long),
    }
    return values, details


def _conditional(covariance: Floats) -> Floats:
    """Variance of the first component given the others."""
    projection = np.linalg.solve(covariance[..., 1:, 1:], covariance[..., 1:, :1])
    return covariance[..., 0, 0] - (covariance[..., :1, 1:] @ projection)[..., 0, 0]


def _pooled_ar(e: Floats, lags: int) -> tuple[Floats, Floats, int]:
    """(rho, t of rho = 1, rows per unit) of the pooled regression of e on its lag."""
    de = np.diff(e, axis=-1)
    rows = de.shape[-1] - lags
    level = e[..., lags : lags + rows]
    change = de[..., lags:]
    if lags:
        past = np.stack([de[..., lags - j : lags - j + rows] for j in range(1, lags + 1)], axis=-1)
        flat = past.reshape(*past.shape[:-3], -1, lags)
        pair = np.stack([level, change], axis=-1).reshape(*flat.shape[:-1], 2)
        q, _ = np.linalg.qr(flat)
        pair = pair - q @ (np.swapaxes(q, -1, -2) @ pair)
        level, change = pair[..., 0], pair[..., 1]
    else:
        level = level.reshape(*level.shape[:-2], -1)
        change = change.reshape(*change.shape[:-2], -1)
    square = (level**2).sum(axis=-1)
    slope = (level * change).sum(axis=-1) / square
    s2 = ((change - slope[..., None] * level) ** 2).mean(axis=-1)
    return 1 + slope, slope * np.sqrt(square / s2), rows


@lru_cache(maxsize=16)
def _kao_null(
    n_units: int, periods: int, k: int, demean: bool, lags: int, kernel: str, bandwidth: float
) -> Floats:
    def statistics(y: Floats, x: Floats) -> Floats:
        return kao_statistics(y, x, lags=lags, kernel=kernel, bandwidth=bandwidth)[0]

    return null_of(statistics, n_units, periods, k, demean)
