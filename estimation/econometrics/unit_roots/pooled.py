"""Unit-root tests with one autoregressive root for all units: LLC and Harris-Tzavalis."""

from __future__ import annotations

from typing import Unpack

import pandas as pd

from estimation.econometrics.critical_values import simulated
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.unit_roots import kernels
from estimation.econometrics.unit_roots.adf import DETERMINISTICS, MIN_DF, adf_sums
from estimation.econometrics.unit_roots.result import (
    Asked,
    Shared,
    UnitRootResult,
    by_unit,
    left_p,
    levels_of,
)


def llc(
    y: pd.DataFrame,
    *,
    trend: str,
    lags: int,
    bandwidth: int | str,
    kernel: str = "bartlett",
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Levin, Lin and Chu's pooled test: H0 every unit has a unit root, one common root.

    Parameters
    ----------
    y : DataFrame (T, N)
        Balanced; rows = periods in order, columns = units.
    trend : {"c", "ct"}
        Deterministics of each unit.
    lags : int
        Lagged differences.
    bandwidth : int or "llc"
        Of the long-run variance of the differences; there is no default because the test's
        size hangs on it (at N=29, T=18: 9.5 % with 0, 75 % with "llc"). "llc" is
        3.21 T^(1/3), truncated under "stata", rounded under "plm".
    kernel : {"bartlett", "parzen", "quadratic-spectral"}
    **options
        As in `result.Asked`. Convention: mu*, sigma* read at T - p - 1 ("stata"), or at T. The pooled
        regression's variance is RSS/(N T~) and the units' own are RSS/n under both.

    Returns
    -------
    UnitRootResult
        `details`: unadjusted_t, s_bar, bandwidth, moments_held (T is below the table's first, 25),
        unit_t, unit_p.

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
    asked = Asked(**options)
    levels = levels_of(y, asked.demean)
    t, n = y.shape
    width = kernels.llc_bandwidth(t, asked.convention) if bandwidth == "llc" else int(bandwidth)
    df = t - 1 - DETERMINISTICS[trend]
    if df < 5:
        raise Infeasible(
            f"llc: {t - 1} differences less {DETERMINISTICS[trend]} deterministics leave {df} degrees "
            "of freedom for each unit's long-run variance, at least 5 are needed; use a longer "
            "window"
        )
    if width > t - 2:
        raise Infeasible(
            f"llc: bandwidth {width} needs more than {t - 1} differences; at most {t - 2}"
        )
    sums = adf_sums(levels, trend, lags, names=list(y.columns), test="llc")
    found = kernels.llc(levels, sums, trend, width, kernel, asked.convention)
    statistic = float(found.pop("statistic")[0])
    question = simulated.Question(
        "llc",
        n,
        t,
        trend,
        lags,
        demean=asked.demean,
        convention=asked.convention,
        bandwidth=width,
        kernel=kernel,
    )
    p, origin = left_p(statistic, question, asked.critical_values, "N(0,1)")
    details = {
        **{name: float(value[0]) for name, value in found.items()},
        "bandwidth": width,
        "moments_held": t - (lags + 1) * (asked.convention == "stata") < 25,
        "critical_values": origin,
        **by_unit(sums, y.columns, trend, asked.convention, corrected=asked.convention == "stata"),
    }
    return UnitRootResult("llc", statistic, p, n, t, asked.convention, details)


def ht(
    y: pd.DataFrame,
    *,
    trend: str,
    periods: str,
    **options: Unpack[Shared],
) -> UnitRootResult:
    """Harris and Tzavalis' fixed-T test: H0 every unit has a unit root, one common root.

    Parameters
    ----------
    y, trend
        As in `llc`.
    periods : {"T", "T-1"}
        What the moments call T: the number of periods (Stata's default), or of transitions
        (Stata's `altt`; exact under normal errors).
    **options
        As in `result.Asked`; `periods` is the whole difference of conventions.

    Returns
    -------
    UnitRootResult
        `details`: rho.

    Raises
    ------
    Infeasible
        Unbalanced panel, or fewer than 4 transitions beyond the root and the deterministics.

    References
    ----------
    Harris, R. D. F. and Tzavalis, E. (1999), Journal of Econometrics 91, 201-226.
    """
    asked = Asked(**options)
    levels = levels_of(y, asked.demean)
    t, n = y.shape
    rows, parameters = t - 1, 1 + DETERMINISTICS[trend]
    if rows - parameters < MIN_DF:
        raise Infeasible(
            f"ht: {rows} usable transitions less {parameters} parameters leave "
            f"{rows - parameters} degrees of freedom per unit, at least 4 are needed; use a "
            "longer window, fewer lags or fewer deterministics"
        )
    found = kernels.ht(levels, trend, periods)
    statistic = float(found["statistic"][0])
    question = simulated.Question("ht", n, t, trend, demean=asked.demean, periods=periods)
    p, origin = left_p(statistic, question, asked.critical_values, "N(0,1)")
    details = {"rho": float(found["rho"][0]), "critical_values": origin}
    return UnitRootResult("ht", statistic, p, n, t, asked.convention, details)
