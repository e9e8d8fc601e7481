"""Panel unit-root tests: one root for all units (LLC, Harris-Tzavalis) or each its own (IPS, Fisher, CIPS).

Every test takes a balanced frame `y` (T, N), rows = periods in order, columns = units. `trend` {"c", "ct"}
are the deterministics of each unit; `lags` the lagged differences. `demean` subtracts each period's
cross-section mean first. With `finite_sample` p comes from the distribution simulated at this N, T and
options, instead of the limit or a printed table. Where packages differ the convention is Stata's. Each raises
`Infeasible` for an unbalanced panel, constant series and too few degrees of freedom: 4 of each unit's
regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm
from scipy.stats import t as student

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    Count,
    Trend,
    TrendOrNone,
    check_arguments,
)
from living_panel.estimation.econometrics.critical_values import simulated
from living_panel.estimation.econometrics.critical_values.tables import cips_critical_values
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.unit_roots import kernels
from living_panel.estimation.econometrics.unit_roots.adf import DETERMINISTICS, MIN_DF, adf_sums
from living_panel.estimation.econometrics.unit_roots.mackinnon import p_1994
from living_panel.estimation.econometrics.wide_panel import checked


@dataclass(frozen=True)
class UnitRootResult:
    """Outcome of one panel unit-root test.

    Attributes
    ----------
    statistic : float
        Adjusted t* (LLC), z (HT), W-t-bar (IPS), P (Fisher), truncated CIPS.
    p_value : float
    n_units, n_periods : int
    critical_values : str
        Where the p-value comes from, in words.
    bound : str
        "=", "<" or ">": CIPS' p is a bound where the table ends; NaN p and "none" below N or T = 10.
    moments_held : bool
        T is below the first of the printed table of moments (LLC, IPS), which are held there.
    unit_t, unit_p : Series or None
        Each unit's t (Fisher, CIPS) and p-value (Fisher).
    """

    statistic: float
    p_value: float
    n_units: int
    n_periods: int
    critical_values: str
    bound: str = "="
    moments_held: bool = False
    unit_t: pd.Series | None = None
    unit_p: pd.Series | None = None


@check_arguments
def llc(
    y: pd.DataFrame,
    *,
    trend: TrendOrNone,
    lags: Count,
    bandwidth: Count,
    demean: bool,
    finite_sample: bool,
) -> UnitRootResult:
    """Levin, Lin and Chu's pooled test: H0 every unit has a unit root, one common root.

    Moments of their Table 2 at T - p - 1; the pooled regression's variance is RSS/(N T~), the units'
    own RSS/n. `bandwidth` is of the long-run variance of the differences and has no default because
    the test's size hangs on it (at N=29, T=18: 9.5 % with 0, 41 % with 4).

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"n", "c", "ct"}
        Deterministics of each unit: none, constants, or constants and linear trends.
    lags : int
        Lagged differences, at least 0.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).
    demean : bool
        Subtract each period's mean over units first.
    finite_sample : bool
        Take p from the distribution simulated at this N, T and these options, and not from the
        limit or a printed table.

    Returns
    -------
    UnitRootResult

    References
    ----------
    Levin, A., Lin, C.-F. and Chu, C.-S. J. (2002), Journal of Econometrics 108, 1-24,
    equations 1 to 12 and Table 2.
    """
    if trend == "n" and finite_sample:
        raise Infeasible(codes.LLC_WITHOUT_CONSTANT())
    levels = _levels(y, demean)
    sums = adf_sums(levels, trend, lags, names=list(y.columns), test="llc", augmented=False)
    question = _question("llc", y, trend, lags, demean, bandwidth)
    value = kernels.llc(levels, sums, trend, bandwidth)
    return _result(question, value, finite_sample, "N(0,1)", len(y) - lags - 1 < 25)


@check_arguments
def ht(y: pd.DataFrame, *, trend: Trend, demean: bool, finite_sample: bool) -> UnitRootResult:
    """Harris and Tzavalis' fixed-T test: H0 every unit has a unit root, one common root.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    demean : bool
        Subtract each period's mean over units first.
    finite_sample : bool
        Take p from the distribution simulated at this N, T and these options, and not from the
        limit or a printed table.

    Returns
    -------
    UnitRootResult

    References
    ----------
    Harris, R. D. F. and Tzavalis, E. (1999), Journal of Econometrics 91, 201-226.
    """
    levels = _levels(y, demean)
    rows, parameters = len(y) - 1, 1 + DETERMINISTICS[trend]
    if rows - parameters < MIN_DF:
        raise Infeasible(
            codes.HT_TOO_FEW_TRANSITIONS(
                rows=rows, parameters=parameters, residual_df=rows - parameters
            )
        )
    question = _question("ht", y, trend, 0, demean)
    return _result(question, kernels.ht(levels, trend), finite_sample, "N(0,1)")


@check_arguments
def ips(
    y: pd.DataFrame, *, trend: Trend, lags: Count, demean: bool, finite_sample: bool
) -> UnitRootResult:
    """Im, Pesaran and Shin's W: H0 every unit has a unit root, H1 some are stationary.

    Moments of their Table 3 at T; lag orders for which it has none are refused.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    lags : int
        Lagged differences, at least 0.
    demean : bool
        Subtract each period's mean over units first.
    finite_sample : bool
        Take p from the distribution simulated at this N, T and these options, and not from the
        limit or a printed table.

    Returns
    -------
    UnitRootResult

    References
    ----------
    Im, K. S., Pesaran, M. H. and Shin, Y. (2003), Journal of Econometrics 115, 53-74.
    """
    sums = adf_sums(
        _levels(y, demean), trend, lags, names=list(y.columns), test="ips", augmented=False
    )
    question = _question("ips", y, trend, lags, demean)
    value = kernels.ips(sums, len(y), trend)
    limit = "N(0,1), moments of IPS Table 3"
    return _result(question, value, finite_sample, limit, len(y) < 10)


@check_arguments
def fisher(
    y: pd.DataFrame,
    *,
    trend: Trend,
    lags: Count,
    drift: bool,
    demean: bool,
    finite_sample: bool,
) -> UnitRootResult:
    """Maddala and Wu's combination of the units' ADF p-values, P ~ chi2(2N).

    Per-unit p-values come from MacKinnon (1994) or from the distribution of one unit's t simulated at its T,
    trend and lags. tau is clamped to the range of MacKinnon's approximation, so that every statistic is
    finite. With `drift` the null is a random walk with drift: with `trend="c"` each unit's t is then
    Student's with its n - K degrees of freedom (Stata's `dfuller, drift`), at any T.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    lags : int
        Lagged differences, at least 0.
    drift : bool
        The null is a random walk with drift; with `trend="c"` alone.
    demean : bool
        Subtract each period's mean over units first.
    finite_sample : bool
        Take p from the distribution simulated at this N, T and these options, and not from the
        limit or a printed table.

    Returns
    -------
    UnitRootResult

    References
    ----------
    Maddala, G. S. and Wu, S. (1999), Oxford Bulletin of Economics and Statistics 61, 631-652.
    """
    if drift and trend != "c":
        raise Infeasible(codes.FISHER_DRIFT(trend=trend))
    sums = adf_sums(
        _levels(y, demean), trend, lags, names=list(y.columns), test="fisher", augmented=False
    )
    t = sums.t(corrected=True)[0]
    if drift:
        p, origin = (
            student.cdf(t, sums.n - sums.k),
            "unit p-values: Student's t with n - K degrees (drift)",
        )
    elif not finite_sample:
        p, origin = p_1994(t, trend), "asymptotic: MacKinnon (1994) p-values"
    else:
        question = simulated.NullCase("adf", 1, len(y), trend, lags)
        p = simulated.lower_tail(question, t)
        origin = f"{simulated.note(question)}; per-unit p-values of the ADF t at each unit's T"
    statistic, n = float(kernels.maddala_wu(p)), y.shape[1]
    return UnitRootResult(
        statistic, float(chi2.sf(statistic, 2 * n)), n, len(y), origin,
        unit_t=pd.Series(t, y.columns), unit_p=pd.Series(p, y.columns),
    )  # fmt: skip


@check_arguments
def cips(y: pd.DataFrame, *, trend: Trend, lags: Count, finite_sample: bool) -> UnitRootResult:
    """Pesaran's CIPS, valid under one common factor: H0 every unit has a unit root.

    Each unit's ADF regression is augmented by the cross-section means of the lagged level, the
    difference and its lags, so that there is no demeaning. Table II, which bounds p between .01 and
    .10, is read at T.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    lags : int
        Lagged differences, at least 0.
    finite_sample : bool
        Take p from the distribution simulated at this N, T and these options, and not from the
        limit or a printed table.

    Returns
    -------
    UnitRootResult

    References
    ----------
    Pesaran, M. H. (2007), Journal of Applied Econometrics 22, 265-312.
    """
    t, n = y.shape
    if n < 3:
        raise Infeasible(codes.CIPS_TOO_FEW_UNITS(n=n))
    levels, names = _levels(y, demean=False), list(y.columns)
    sums = adf_sums(levels, trend, lags, augmented=True, names=names, test="cips")
    statistic = float(kernels.cips(sums, trend)[0])
    if not finite_sample:
        p, bound = _table_p(statistic, cips_critical_values(trend, n, t))
        origin = "table: Pesaran (2007), Table II, truncated"
        if np.isnan(p):
            origin += "; none below N or T = 10, use finite_sample"
    else:
        question = simulated.NullCase("cips", n, t, trend, lags)
        p, bound = float(simulated.lower_tail(question, statistic)), "="
        origin = simulated.note(question)
    unit_t = pd.Series(sums.t(corrected=True)[0], y.columns)
    return UnitRootResult(statistic, p, n, t, origin, bound, unit_t=unit_t)


def _levels(y: pd.DataFrame, demean: bool) -> Floats:
    """The checked frame as one draw, shape (T, 1, N)."""
    return checked({"y": y}, demean=demean).transpose(0, 2, 1)


def _question(
    test: str, y: pd.DataFrame, trend: str, lags: int, demean: bool, bandwidth: int | None = None
) -> simulated.NullCase:
    return simulated.NullCase(test, y.shape[1], len(y), trend, lags, demean, bandwidth)


def _result(
    question: simulated.NullCase,
    statistic: Floats,
    finite_sample: bool,
    limit: str,
    moments_held: bool = False,
) -> UnitRootResult:
    """A statistic with its p-value in the left tail of N(0,1) or of the simulated null."""
    value = float(statistic[0])
    p, origin = float(norm.cdf(value)), f"asymptotic: {limit}"
    if finite_sample:
        p, origin = float(simulated.lower_tail(question, value)), simulated.note(question)
    return UnitRootResult(value, p, question.n, question.t, origin, moments_held=moments_held)


def _table_p(statistic: float, values: Floats) -> tuple[float, str]:
    """P between the 1, 5 and 10 % critical values; a bound outside them."""
    if np.isnan(values).any():
        return float("nan"), "none"
    if statistic < values[0]:
        return 0.01, "<"
    if statistic > values[-1]:
        return 0.10, ">"
    return float(np.interp(statistic, values, (0.01, 0.05, 0.10))), "="
