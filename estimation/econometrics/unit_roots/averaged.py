"""Unit-root tests that average or combine one regression per unit: IPS, Fisher, CIPS.

Each unit has its own root.
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm
from scipy.stats import t as student

from estimation.econometrics.critical_values import simulated
from estimation.econometrics.critical_values.tables import cips_critical_values
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.unit_roots import kernels, mackinnon
from estimation.econometrics.unit_roots.adf import AdfSums, adf_sums, default_max_lags
from estimation.econometrics.unit_roots.options import (
    Given,
    Shared,
    finite_sample_note,
    per_unit,
    result,
    scalars,
)
from estimation.econometrics.unit_roots.panel import (
    Panel,
    read_panel,
)
from estimation.econometrics.unit_roots.result import UnitRootResult


def ips(
    y: pd.DataFrame,
    *,
    trend: str,
    lags: int | str,
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Im, Pesaran and Shin's W: H0 every unit has a unit root, H1 some are stationary.

    Parameters
    ----------
    y : DataFrame (T, N)
        Rows = periods in order, columns = units.
    trend : {"c", "ct"}
        The test is not defined without a constant.
    lags, max_lags, demean
        As in `options.Given`.
    convention : {"stata", "plm"}
        Moments of Table 3 read at T, or at T - p_i - 1 (the rows of the regression, as
        the table was simulated). sigma2 = RSS/(n-k) under both.
    critical_values : {"asymptotic", "finite_sample"}
        N(0,1), or W's simulated distribution at this N, T, trend and lags.

    Returns
    -------
    UnitRootResult
        `details`: t_bar; t_tilde_bar, z_t_tilde_bar, z_t_bar (NaN with lags); mean_t, var_t
        (the moments used); moments_held (T is below the table's first, 10); unit_t, unit_p.

    Raises
    ------
    Infeasible, ValueError
        Too few degrees of freedom; lag orders for which Table 3 has no moments.

    References
    ----------
    Im, K. S., Pesaran, M. H. and Shin, Y. (2003), Journal of Econometrics 115, 53-74.
    """
    given = Given("ips", trend, lags, **options)
    if trend == "n":
        raise ValueError("ips: trend='n'; the test is not defined without a constant")
    panel = read_panel(y, test="ips", demean=given.demean)
    sums = _regressions(panel, given)
    try:
        found = kernels.ips(sums, len(y), trend, given.convention)
    except ValueError as error:
        raise Infeasible(f"ips: {error}") from error
    details = _shared_details(panel, sums, given)
    for name in ("t_tilde_bar", "z_t_tilde_bar", "z_t_bar"):
        details[name] = float("nan")  # defined without lags only
    details |= scalars(found)
    shortest = len(y) - (0 if given.convention == "stata" else int(sums.lags.max()) + 1)
    details["moments_held"] = shortest < 10  # Table 3 begins at T = 10
    statistic = float(found["statistic"][0])
    if given.asymptotic:
        details["critical_values"] = "asymptotic: N(0,1), moments of IPS Table 3"
        p = float(norm.cdf(statistic))
    else:
        question = _question(given, panel)
        details["critical_values"] = finite_sample_note(question)
        p = float(simulated.lower_tail(question, statistic))
    return result(given, panel, statistic, p, sums.lags[0], details)


def fisher(
    y: pd.DataFrame,
    *,
    trend: str,
    lags: int | str,
    drift: bool = False,
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Fisher combinations of the units' ADF p-values: Maddala-Wu's P, Choi's Z, L* and Pm.

    Parameters
    ----------
    y : DataFrame (T, N)
        Rows = periods in order, columns = units.
    trend : {"n", "c", "ct"}
    lags, max_lags, demean
        As in `options.Given`.
    convention : {"stata", "plm"}
        P-values from MacKinnon (1994) or (1996). Tau is clamped to where the approximation
        holds, so that no statistic is infinite.
    critical_values : {"asymptotic", "finite_sample"}
        Per-unit p-values from MacKinnon's asymptotic distribution, or from the distribution
        of one unit's t simulated at its T, trend and lags. The reference distributions of P,
        Z, L* and Pm are the same.
    drift : bool
        The null is a walk with drift: with `trend="c"` each unit's t is then Student's with its
        n - K degrees of freedom (Stata's `dfuller, drift`), at any T, so that both kinds of
        critical values are one.

    Returns
    -------
    UnitRootResult
        `statistic` is P. `details`: P, Z, L, Pm, their p-values P_p, Z_p, L_p, Pm_p, L_df,
        unit_t, unit_p.

    Raises
    ------
    Infeasible
        Fewer than 4 residual degrees of freedom in a unit.

    References
    ----------
    Maddala, G. S. and Wu, S. (1999), Oxford Bulletin of Economics and Statistics 61, 631-652.
    Choi, I. (2001), Journal of International Money and Finance 20, 249-272, equations 8 to 18.
    """
    given = Given("fisher", trend, lags, **options)
    if drift and trend != "c":
        raise ValueError(f"fisher: drift=True goes with trend='c', not {trend!r}")
    panel = read_panel(y, test="fisher", demean=given.demean)
    sums = _regressions(panel, given)
    details = _shared_details(panel, sums, given)
    unit_t = sums.t(corrected=True)[0]
    if drift:
        unit_p = student.cdf(unit_t, (sums.n - sums.k)[0])
        details["critical_values"] = "unit p-values: Student's t with n - K degrees (drift)"
        details["unit_p"] = per_unit(unit_p, panel)
    elif given.asymptotic:
        generation = "1994" if given.convention == "stata" else "1996"
        details["critical_values"] = f"asymptotic: MacKinnon ({generation}) p-values"
        unit_p = details["unit_p"].to_numpy()
    else:
        unit_p, note = _finite_sample_p(panel, unit_t, given)
        details["critical_values"] = note
        details["unit_p"] = per_unit(unit_p, panel)
    found = {k: float(v) for k, v in kernels.combine_p(unit_p).items()}
    n = len(unit_p)
    details |= found
    details |= {
        "P_p": float(chi2.sf(found["P"], 2 * n)),
        "Z_p": float(norm.cdf(found["Z"])),
        "L_p": float(student.cdf(found["L"], 5 * n + 4)),
        "Pm_p": float(norm.sf(found["Pm"])),
        "L_df": 5 * n + 4,
    }
    return result(given, panel, found["P"], details["P_p"], sums.lags[0], details)


def cips(
    y: pd.DataFrame,
    *,
    trend: str,
    lags: int | str,
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Pesaran's CIPS, valid under one common factor: H0 every unit has a unit root.

    Each unit's ADF regression is augmented by the cross-section means of the lagged level,
    the difference and its lags.

    Parameters
    ----------
    y : DataFrame (T, N)
        Rows = periods in order, columns = units.
    trend : {"n", "c", "ct"}
    lags : int or {"aic", "bic", "t-stat"}
        0 is allowed.
    max_lags : int, optional
    demean : bool
        Must be False: demeaned, the cross-section means are zero.
    convention : {"stata", "plm"}
        The statistic is the same; Table II is read at T, or at T - p - 1, the longest
        regression's rows.
    critical_values : {"asymptotic", "finite_sample"}
        Pesaran's Table II, which bounds p between .01 and .10, or the simulated distribution
        at this N, T, trend and lags.

    Returns
    -------
    UnitRootResult
        `statistic` is the truncated CIPS. `details`: cips_untruncated, n_truncated,
        p_value_bound ("=", "<" or ">": p is a bound where the table ends; NaN p and "none"
        below N or T = 10), cv_1, cv_5, cv_10, unit_t.

    Raises
    ------
    Infeasible
        Fewer than 4 residual degrees of freedom in a unit, fewer than 3 units.

    References
    ----------
    Pesaran, M. H. (2007), Journal of Applied Econometrics 22, 265-312.
    """
    given = Given("cips", trend, lags, **options)
    if given.demean:
        raise ValueError(
            "cips: demean=True removes the cross-section means the test is built on; use False"
        )
    panel = read_panel(y, test="cips", demean=False)
    t, n = panel.values.shape
    if n < 3:
        raise Infeasible(f"cips: {n} units; cross-section means need at least 3")
    sums = _regressions(panel, given, augmented=True)
    found = kernels.cips(sums, trend)
    details: dict[str, Any] = {
        "trend": trend,
        "lag_rule": lags,
        **scalars(found),
        "unit_t": per_unit(sums.t(corrected=True)[0], panel),
    }
    details["n_truncated"] = int(details["n_truncated"])
    statistic = float(found["statistic"][0])
    if given.asymptotic:
        at = t if given.convention == "stata" else int(t - sums.lags.min() - 1)
        values = cips_critical_values(trend, n, at, truncated=True)
        p, details["p_value_bound"] = _table_p(statistic, values)
        details["critical_values"] = "table: Pesaran (2007), Table II, truncated"
        if np.isnan(p):
            details["critical_values"] += "; none below N or T = 10, use finite_sample"
    else:
        question = _question(given, panel)
        values = np.array([simulated.critical_value(question, a) for a in (0.01, 0.05, 0.10)])
        p, details["p_value_bound"] = float(simulated.lower_tail(question, statistic)), "="
        details["critical_values"] = finite_sample_note(question)
    details |= dict(zip(("cv_1", "cv_5", "cv_10"), values.tolist(), strict=True))
    return result(given, panel, statistic, p, sums.lags[0], details)


def _regressions(panel: Panel, given: Given, augmented: bool = False) -> AdfSums:
    return adf_sums(
        panel.values[:, None, :],
        given.trend,
        given.lags,
        max_lags=given.max_lags,
        augmented=augmented,
        names=list(panel.units),
        test=given.test,
    )


def _shared_details(panel: Panel, sums: AdfSums, given: Given) -> dict[str, Any]:
    unit_t = sums.t(corrected=True)[0]
    p_of = mackinnon.p_1994 if given.convention == "stata" else mackinnon.p_1996
    return {
        "trend": given.trend,
        "lag_rule": given.lags,
        "demean": given.demean,
        "unit_t": per_unit(unit_t, panel),
        "unit_p": per_unit(p_of(unit_t, given.trend), panel),
    }


def _most_lags(given: Given, panel: Panel) -> int | None:
    if isinstance(given.lags, str) and given.max_lags is None:
        return default_max_lags(len(panel.periods))
    return given.max_lags


def _question(given: Given, panel: Panel) -> simulated.Question:
    t, n = panel.values.shape
    # CIPS is one statistic under both conventions: one stored distribution serves both
    named = "stata" if given.test == "cips" else given.convention
    most = _most_lags(given, panel)
    return simulated.Question(given.test, n, t, given.trend, given.lags, most, given.demean, named)


def _finite_sample_p(
    panel: Panel, unit_t: NDArray[np.float64], given: Given
) -> tuple[NDArray[np.float64], str]:
    """Each unit's p-value at this T."""
    most = _most_lags(given, panel)
    question = simulated.Question("adf", 1, len(panel.periods), given.trend, given.lags, most)
    note = f"{finite_sample_note(question)}; per-unit p-values of the ADF t at each unit's T"
    return np.asarray(simulated.lower_tail(question, unit_t)), note


def _table_p(statistic: float, values: NDArray[np.float64]) -> tuple[float, str]:
    """P between the 1, 5 and 10 % critical values; a bound outside them."""
    if np.isnan(values).any():
        return float("nan"), "none"
    if statistic < values[0]:
        return 0.01, "<"
    if statistic > values[-1]:
        return 0.10, ">"
    return float(np.interp(statistic, values, (0.01, 0.05, 0.10))), "="
