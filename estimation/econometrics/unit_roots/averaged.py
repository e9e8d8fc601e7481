"""Unit-root tests that average or combine one regression per unit: IPS, Fisher, CIPS.

Each unit has its own root.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import t as student

from estimation.econometrics.critical_values import simulated
from estimation.econometrics.critical_values.tables import cips_critical_values
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.unit_roots import kernels
from estimation.econometrics.unit_roots.adf import adf_sums
from estimation.econometrics.unit_roots.result import (
    Asked,
    Shared,
    UnitRootResult,
    by_unit,
    left_p,
    levels_of,
)


def ips(
    y: pd.DataFrame,
    *,
    trend: str,
    lags: int,
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Im, Pesaran and Shin's W: H0 every unit has a unit root, H1 some are stationary.

    Parameters
    ----------
    y : DataFrame (T, N)
        Rows = periods in order, columns = units.
    trend : {"c", "ct"}
        Deterministics of each unit.
    lags : int
        Lagged differences.
    **options
        As in `result.Asked`. Convention: moments of Table 3 read at T ("stata"), or at T - p - 1 (the
        rows of the regression, as the table was simulated). sigma2 = RSS/(n-k) under both.

    Returns
    -------
    UnitRootResult
        `details`: t_bar; moments_held (T is below the table's first, 10); unit_t, unit_p.

    Raises
    ------
    Infeasible
        Too few degrees of freedom; lag orders for which Table 3 has no moments.

    References
    ----------
    Im, K. S., Pesaran, M. H. and Shin, Y. (2003), Journal of Econometrics 115, 53-74.
    """
    asked = Asked(**options)
    sums = adf_sums(levels_of(y, asked.demean), trend, lags, names=list(y.columns), test="ips")
    t, n = y.shape
    try:
        found = kernels.ips(sums, t, trend, asked.convention)
    except ValueError as error:
        raise Infeasible(f"ips: {error}") from error
    statistic = float(found["statistic"][0])
    question = simulated.Question(
        "ips", n, t, trend, lags, demean=asked.demean, convention=asked.convention
    )
    p, origin = left_p(statistic, question, asked.critical_values, "N(0,1), moments of IPS Table 3")
    details = {
        "t_bar": float(found["t_bar"][0]),
        "moments_held": t - (lags + 1) * (asked.convention == "plm")
        < 10,  # Table 3 begins at T = 10
        "critical_values": origin,
        **by_unit(sums, y.columns, trend, asked.convention),
    }
    return UnitRootResult("ips", statistic, p, n, t, asked.convention, details)


def fisher(
    y: pd.DataFrame,
    *,
    trend: str,
    lags: int,
    drift: bool = False,
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Maddala and Wu's combination of the units' ADF p-values, P ~ chi2(2N).

    Parameters
    ----------
    y, trend, lags
        As in `ips`.
    drift : bool
        The null is a walk with drift: with `trend="c"` each unit's t is then Student's with its
        n - K degrees of freedom (Stata's `dfuller, drift`), at any T, so that both kinds of
        critical values are one.
    **options
        As in `result.Asked`. Per-unit p-values come from MacKinnon (1994, "stata", or 1996; tau is
        clamped to where the approximation holds, so that no statistic is infinite), or from the
        distribution of one unit's t simulated at its T, trend and lags.

    Returns
    -------
    UnitRootResult
        `details`: unit_t, unit_p.

    Raises
    ------
    Infeasible
        Fewer than 4 residual degrees of freedom in a unit.

    References
    ----------
    Maddala, G. S. and Wu, S. (1999), Oxford Bulletin of Economics and Statistics 61, 631-652.
    """
    asked = Asked(**options)
    if drift and trend != "c":
        raise ValueError(f"fisher: drift=True goes with trend='c', not {trend!r}")
    sums = adf_sums(levels_of(y, asked.demean), trend, lags, names=list(y.columns), test="fisher")
    t, n = y.shape
    units = by_unit(sums, y.columns, trend, asked.convention)
    if drift:
        origin = "unit p-values: Student's t with n - K degrees (drift)"
        units["unit_p"] = pd.Series(student.cdf(units["unit_t"], sums.n - sums.k), y.columns)
    elif asked.critical_values == "asymptotic":
        generation = "1994" if asked.convention == "stata" else "1996"
        origin = f"asymptotic: MacKinnon ({generation}) p-values"
    else:
        question = simulated.Question("adf", 1, t, trend, lags)
        units["unit_p"] = pd.Series(simulated.lower_tail(question, units["unit_t"]), y.columns)
        origin = f"{simulated.note(question)}; per-unit p-values of the ADF t at each unit's T"
    statistic = float(kernels.maddala_wu(units["unit_p"].to_numpy()))
    p, details = float(chi2.sf(statistic, 2 * n)), {"critical_values": origin, **units}
    return UnitRootResult("fisher", statistic, p, n, t, asked.convention, details)


def cips(
    y: pd.DataFrame,
    *,
    trend: str,
    lags: int,
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Pesaran's CIPS, valid under one common factor: H0 every unit has a unit root.

    Each unit's ADF regression is augmented by the cross-section means of the lagged level,
    the difference and its lags.

    Parameters
    ----------
    y, trend, lags
        As in `ips`.
    **options
        As in `result.Asked`, without demeaning: it would leave cross-section means of zero. The
        statistic is one under both conventions; Table II, which bounds p between .01 and .10, is read
        at T ("stata"), or at T - p - 1, the regression's rows.

    Returns
    -------
    UnitRootResult
        `details`: cips_untruncated, p_value_bound ("=", "<" or ">": p is a bound where the table
        ends; NaN p and "none" below N or T = 10), cv_1, cv_5, cv_10, unit_t.

    Raises
    ------
    Infeasible
        Fewer than 4 residual degrees of freedom in a unit, fewer than 3 units.

    References
    ----------
    Pesaran, M. H. (2007), Journal of Applied Econometrics 22, 265-312.
    """
    asked = Asked(**options)
    if asked.demean:
        raise ValueError(
            "cips: demean=True removes the cross-section means the test is built on; use False"
        )
    t, n = y.shape
    if n < 3:
        raise Infeasible(f"cips: {n} units; cross-section means need at least 3")
    levels, names = levels_of(y, demean=False), list(y.columns)
    sums = adf_sums(levels, trend, lags, augmented=True, names=names, test="cips")
    found = kernels.cips(sums, trend)
    statistic = float(found["statistic"][0])
    if asked.critical_values == "asymptotic":
        at = t if asked.convention == "stata" else sums.n
        values = cips_critical_values(trend, n, at, truncated=True)
        p, bound = _table_p(statistic, values)
        origin = "table: Pesaran (2007), Table II, truncated"
        if np.isnan(p):
            origin += "; none below N or T = 10, use finite_sample"
    else:
        # one statistic under both conventions: one stored distribution serves both
        question = simulated.Question("cips", n, t, trend, lags)
        values = np.array([simulated.critical_value(question, a) for a in (0.01, 0.05, 0.10)])
        p, bound = float(simulated.lower_tail(question, statistic)), "="
        origin = simulated.note(question)
    details = {
        "cips_untruncated": float(found["cips_untruncated"][0]),
        "p_value_bound": bound,
        **dict(zip(("cv_1", "cv_5", "cv_10"), values.tolist(), strict=True)),
        "critical_values": origin,
        "unit_t": pd.Series(sums.t(corrected=True)[0], y.columns),
    }
    return UnitRootResult("cips", statistic, p, n, t, asked.convention, details)


def _table_p(statistic: float, values: kernels.Floats) -> tuple[float, str]:
    """P between the 1, 5 and 10 % critical values; a bound outside them."""
    if np.isnan(values).any():
        return float("nan"), "none"
    if statistic < values[0]:
        return 0.01, "<"
    if statistic > values[-1]:
        return 0.10, ">"
    return float(np.interp(statistic, values, (0.01, 0.05, 0.10))), "="
