"""Unit-root tests with one autoregressive root for all units: LLC and Harris-Tzavalis."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import pandas as pd
from scipy.stats import norm

from estimation.econometrics.critical_values import simulated
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.kernels import KERNELS
from estimation.econometrics.unit_roots import kernels, mackinnon
from estimation.econometrics.unit_roots.adf import DETERMINISTICS, adf_sums
from estimation.econometrics.unit_roots.options import (
    Given,
    Shared,
    finite_sample_note,
    per_unit,
    result,
    scalars,
)
from estimation.econometrics.unit_roots.panel import (
    check_choice,
    read_panel,
)
from estimation.econometrics.unit_roots.result import UnitRootResult


def llc(
    y: pd.DataFrame,
    *,
    trend: str,
    lags: int | str,
    bandwidth: int | str,
    kernel: str = "bartlett",
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Levin, Lin and Chu's pooled test: H0 every unit has a unit root, one common root.

    Parameters
    ----------
    y : DataFrame (T, N)
        Balanced; rows = periods in order, columns = units.
    trend : {"n", "c", "ct"}
        Deterministics of each unit.
    lags, max_lags, demean
        As in `options.Given`.
    bandwidth : int or "llc"
        Of the long-run variance of the differences; there is no default because the test's
        size hangs on it (at N=29, T=18: 9.5 % with 0, 75 % with "llc"). "llc" is
        3.21 T^(1/3), truncated under "stata", rounded under "plm".
    kernel : {"bartlett", "parzen", "quadratic-spectral"}
    convention : {"stata", "plm"}
        mu*, sigma* read at T - mean(p) - 1, or at T. The pooled regression's variance is
        RSS/(N T~) and the units' own are RSS/n under both.
    critical_values : {"asymptotic", "finite_sample"}
        N(0,1), or the statistic's simulated distribution at this N, T, trend, lags, bandwidth.

    Returns
    -------
    UnitRootResult
        `details`: unadjusted_t, rho, s_bar, mu_star, sigma_star, bandwidth, moments_held (T is
        below the table's first, 25), unit_t, unit_p.

    Raises
    ------
    Infeasible
        Unbalanced panel, too few degrees of freedom (4 for the ADF regressions, 5 for the
        long-run variance), constant series.

    References
    ----------
    Levin, A., Lin, C.-F. and Chu, C.-S. J. (2002), Journal of Econometrics 108, 1-24,
    equations 1 to 12 and Table 2.
    """
    given = Given("llc", trend, lags, **options)
    check_choice("llc", "kernel", kernel, KERNELS)
    panel = read_panel(y, test="llc", demean=given.demean)
    t, n = panel.values.shape
    convention, most = given.convention, given.max_lags
    width = _bandwidth(bandwidth, t, convention, DETERMINISTICS[trend])
    corrected = convention == "stata"
    levels = panel.values[:, None, :]
    names = list(panel.units)
    sums = adf_sums(
        levels, trend, lags, max_lags=most, corrected=corrected, names=names, test="llc"
    )
    found = kernels.llc(levels, sums, trend, width, kernel, convention)
    unit_t = sums.t(corrected)[0]
    p_of = mackinnon.p_1994 if convention == "stata" else mackinnon.p_1996
    details: dict[str, Any] = {
        "trend": trend,
        "lag_rule": lags,
        "demean": given.demean,
        "bandwidth": width,
        "kernel": kernel,
        **scalars(found),
        "moments_held": bool(t - (sums.lags.mean() + 1) * (convention == "stata") < 25),
        "unit_t": per_unit(unit_t, panel),
        "unit_p": per_unit(p_of(unit_t, trend), panel),
    }
    statistic = float(found["statistic"][0])
    question = simulated.Question(
        "llc", n, t, trend, lags, most, given.demean, convention, width, kernel
    )
    p = _left_p(statistic, question, given, details)
    return result(given, panel, statistic, p, sums.lags[0], details)


def ht(
    y: pd.DataFrame,
    *,
    trend: str,
    periods: str,
    lags: int = 0,
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Harris and Tzavalis' fixed-T test: H0 every unit has a unit root, one common root.

    Parameters
    ----------
    y : DataFrame (T, N)
        Balanced.
    trend : {"n", "c", "ct"}
    periods : {"T", "T-1"}
        What the moments call T: the number of periods (Stata's default), or of transitions
        (Stata's `altt`; exact under normal errors).
    lags : int
        The test has none: 0 is the only value.
    demean : bool
        Subtract each period's cross-section mean first.
    convention : {"stata", "plm"}
        Carried along; `periods` is the whole difference.
    critical_values : {"asymptotic", "finite_sample"}
        N(0,1) as N grows with T fixed, or simulated at this N and T.

    Returns
    -------
    UnitRootResult
        `details`: rho, periods.

    Raises
    ------
    Infeasible
        Unbalanced panel, or fewer than 4 transitions beyond the root and the deterministics.

    References
    ----------
    Harris, R. D. F. and Tzavalis, E. (1999), Journal of Econometrics 91, 201-226.
    """
    given = Given("ht", trend, lags, **options)
    check_choice("ht", "periods", periods, ("T", "T-1"))
    if lags != 0:
        raise ValueError(f"ht: lags={lags!r}; the Harris-Tzavalis test has no lags, give 0")
    panel = read_panel(y, test="ht", demean=given.demean)
    t, n = panel.values.shape
    _require_periods("ht", t, 1 + DETERMINISTICS[trend])
    found = kernels.ht(panel.values[:, None, :], trend, periods)
    details: dict[str, Any] = {
        "trend": trend,
        "demean": given.demean,
        "periods": periods,
        **scalars(found),
    }
    statistic = float(found["statistic"][0])
    question = simulated.Question("ht", n, t, trend, demean=given.demean, periods=periods)
    p = _left_p(statistic, question, given, details)
    return result(given, panel, statistic, p, np.zeros(n, dtype=int), details)


def _bandwidth(bandwidth: int | str, t: int, convention: str, deterministics: int) -> int:
    if bandwidth == "llc":
        width = kernels.llc_bandwidth(t, convention)
    elif isinstance(bandwidth, int | np.integer) and not isinstance(bandwidth, bool):
        width = int(bandwidth)
    else:
        raise ValueError(f"llc: bandwidth={bandwidth!r}; expected a whole number or 'llc'")
    if width < 0:
        raise ValueError(f"llc: bandwidth={width}; expected 0 or more")
    df = t - 1 - deterministics
    if df < 5:
        raise Infeasible(
            f"llc: {t - 1} differences less {deterministics} deterministics leave {df} degrees "
            "of freedom for each unit's long-run variance, at least 5 are needed; use a longer "
            "window"
        )
    if width > t - 2:
        raise Infeasible(
            f"llc: bandwidth {width} needs more than {t - 1} differences; at most {t - 2}"
        )
    return width


def _require_periods(test: str, t: int, parameters: int) -> None:
    rows = t - 1
    if rows - parameters < 4:
        raise Infeasible(
            f"{test}: {rows} usable transitions less {parameters} parameters leave "
            f"{rows - parameters} degrees of freedom per unit, at least 4 are needed; use a "
            "longer window, fewer lags or fewer deterministics"
        )


def _left_p(
    statistic: float, question: simulated.Question, given: Given, details: dict[str, Any]
) -> float:
    """P-value in the left tail, and its origin written to `details`."""
    if given.asymptotic:
        details["critical_values"] = "asymptotic: N(0,1)"
        return float(norm.cdf(statistic))
    details["critical_values"] = finite_sample_note(question)
    return float(simulated.lower_tail(question, statistic))
