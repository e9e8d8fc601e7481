"""Panel unit-root tests whose lags each unit chooses by AIC or BIC, and Hadri's test of stationarity.

They have asymptotic p-values alone: the simulated ones of the other tests hold at a common lag order.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    Count,
    OneOf,
    Trend,
    TrendOrNone,
    check_arguments,
)
from living_panel.estimation.econometrics.critical_values.tables import ips_moments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.optional import needed_for
from living_panel.estimation.econometrics.unit_roots.adf import DETERMINISTICS, adf_sums
from living_panel.estimation.econometrics.unit_roots.kernels import maddala_wu
from living_panel.estimation.econometrics.unit_roots.mackinnon import LARGEST_P, SMALLEST_P, p_1994
from living_panel.estimation.econometrics.unit_roots.panel_tests import UnitRootResult
from living_panel.estimation.econometrics.wide_panel import checked

CRITERIA = ("aic", "bic")
Criterion = Annotated[str, OneOf(CRITERIA)]
_HADRI = {"c": (1 / 6, 1 / 45), "ct": (1 / 15, 11 / 6300)}
"""Mean and variance of a unit's statistic under stationarity (Hadri 2000, theorems 1 and 2)."""


@check_arguments
def choose_lags(
    y: pd.DataFrame, *, trend: TrendOrNone, criterion: Criterion, most: Count, demean: bool
) -> pd.Series:
    """Lagged differences of each unit that minimise log(RSS/n) + K c/n, c = 2 (aic) or log n (bic).

    All orders are compared on the rows that the largest one leaves.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"n", "c", "ct"}
        Deterministics of each unit.
    criterion : {"aic", "bic"}
        Criterion of Akaike or of Schwarz.
    most : int
        Largest number of lagged differences.
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    pandas.Series
        Lags by unit.

    Raises
    ------
    Infeasible
        Where the largest order leaves fewer than 4 degrees of freedom.
    """
    levels = checked({"y": y}, demean=demean).transpose(0, 2, 1)
    scores = []
    for lags in range(most + 1):
        sums = adf_sums(
            levels[most - lags :], trend, lags, names=list(y.columns), test="choose_lags", augmented=False
        )  # fmt: skip
        penalty = 2.0 if criterion == "aic" else np.log(sums.n)
        scores.append(np.log(sums.rss[0] / sums.n) + penalty * sums.k / sums.n)
    return pd.Series(np.argmin(np.array(scores), axis=0), y.columns)


@check_arguments
def ips_by_unit(
    y: pd.DataFrame, *, trend: Trend, criterion: Criterion, most: Count, demean: bool
) -> UnitRootResult:
    """Im, Pesaran and Shin's W with lags of each unit's own, its moments read at each.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"c", "ct"}
        Deterministics of each unit.
    criterion : {"aic", "bic"}
        What chooses the lags, as in `choose_lags`.
    most : int
        Largest number of lagged differences.
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    UnitRootResult

    References
    ----------
    Im, K. S., Pesaran, M. H. and Shin, Y. (2003), Journal of Econometrics 115, 53-74, equation 4.10.
    """
    lags = choose_lags(y, trend=trend, criterion=criterion, most=most, demean=demean)
    t = _unit_t(y, trend, lags, demean)
    moments = np.array([ips_moments(trend, int(p), len(y)) for p in lags])
    mean, variance = moments.mean(axis=0)
    value = float(np.sqrt(len(t)) * (t.mean() - mean) / np.sqrt(variance))
    origin = f"asymptotic: N(0,1), moments of IPS Table 3 at each unit's lags ({criterion})"
    return UnitRootResult(
        value, float(norm.cdf(value)), len(t), len(y), origin, moments_held=len(y) < 10, unit_t=t
    )


@check_arguments
def fisher_by_unit(
    y: pd.DataFrame, *, trend: TrendOrNone, criterion: Criterion, most: Count, demean: bool
) -> UnitRootResult:
    """Maddala and Wu's P with lags of each unit's own, also without a constant.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"n", "c", "ct"}
        Deterministics of each unit; none with "n".
    criterion : {"aic", "bic"}
        What chooses the lags, as in `choose_lags`.
    most : int
        Largest number of lagged differences.
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    UnitRootResult

    References
    ----------
    Maddala, G. S. and Wu, S. (1999), Oxford Bulletin of Economics and Statistics 61, 631-652; MacKinnon, J. G.
    (1994), Journal of Business and Economic Statistics 12, 167-176.
    """
    lags = choose_lags(y, trend=trend, criterion=criterion, most=most, demean=demean)
    t = _unit_t(y, trend, lags, demean)
    if trend == "n":
        with needed_for("a Fisher test without deterministics", "statsmodels"):
            from statsmodels.tsa.adfvalues import mackinnonp

        p = np.clip([mackinnonp(value, "n") for value in t], SMALLEST_P, LARGEST_P)
    else:
        p = p_1994(t.to_numpy(), trend)
    statistic = float(maddala_wu(p))
    origin = f"asymptotic: MacKinnon (1994) p-values at each unit's lags ({criterion})"
    return UnitRootResult(
        statistic, float(chi2.sf(statistic, 2 * len(t))), len(t), len(y), origin, unit_t=t,
        unit_p=pd.Series(p, y.columns),
    )  # fmt: skip


@check_arguments
def hadri(y: pd.DataFrame, *, trend: Trend, heteroskedastic: bool, demean: bool) -> UnitRootResult:
    """Hadri's LM test: H0 every unit is stationary around its deterministics, H1 some have a unit root.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"c", "ct"}
        Deterministics of each unit.
    heteroskedastic : bool
        Each unit's partial sums are divided by its own variance, and not by the common one.
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    UnitRootResult
        Its p-value is that of the right tail: a small one rejects stationarity.

    References
    ----------
    Hadri, K. (2000), Econometrics Journal 3, 148-161, equations 14 and 21.
    """
    levels: Floats = checked({"y": y}, demean=demean)[:, :, 0]
    periods = len(levels)
    powers = np.arange(1.0, periods + 1)[:, None] ** np.arange(DETERMINISTICS[trend])
    residuals = levels - powers @ np.linalg.lstsq(powers, levels, rcond=None)[0]
    sums = (residuals.cumsum(axis=0) ** 2).sum(axis=0) / periods**2
    mean_squares = (residuals**2).mean(axis=0)
    if (mean_squares <= 1e-20 * (levels**2).mean(axis=0)).any():
        raise Infeasible(codes.HADRI_NO_VARIATION())
    statistic = (
        (sums / mean_squares).mean() if heteroskedastic else sums.mean() / mean_squares.mean()
    )
    mean, variance = _HADRI[trend]
    z = float(np.sqrt(levels.shape[1]) * (statistic - mean) / np.sqrt(variance))
    return UnitRootResult(
        z, float(norm.sf(z)), levels.shape[1], periods, "asymptotic: N(0,1), right tail"
    )


def _unit_t(y: pd.DataFrame, trend: str, lags: pd.Series, demean: bool) -> pd.Series:
    """Each unit's ADF t at its own lags."""
    levels = checked({"y": y}, demean=demean).transpose(0, 2, 1)
    statistics = pd.Series(index=y.columns, dtype=float)
    for order in sorted(set(lags)):
        mine = (lags == order).to_numpy()
        names = list(y.columns[mine])
        sums = adf_sums(levels[:, :, mine], trend, order, names=names, test="adf", augmented=False)
        statistics[mine] = sums.t(corrected=True)[0]
    return statistics
