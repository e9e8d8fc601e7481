"""Breitung's panel unit-root test, also robust to dependence between units (Breitung and Das).

One root for all units. Levels are transformed so that they have no covariance with the differences under the
null, and the statistic needs no tabulated moments. Its p-value is asymptotic. The convention is Stata's.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Count, TrendOrNone, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.unit_roots.adf import COLLINEAR, DETERMINISTICS, MIN_DF
from living_panel.estimation.econometrics.unit_roots.panel_tests import UnitRootResult
from living_panel.estimation.econometrics.wide_panel import checked


@check_arguments
def breitung(
    y: pd.DataFrame, *, trend: TrendOrNone, lags: Count, robust: bool, demean: bool
) -> UnitRootResult:
    """Breitung's lambda: H0 every unit has a unit root, H1 every unit is stationary with one root.

    lambda = sum x d / s_i^2 over sqrt(sum x^2 / s_i^2), over units and rows, of transformed differences d and
    levels x of each unit. With n = T - p - 1 rows, numbered s:

    - trend "n": d and x are the differences and the lagged levels, net of p lagged differences.
    - trend "c": the same, of levels less the first lagged level; s_i^2 = sum d^2/(n - 1).
    - trend "ct": a regression of the differences on a constant and p lagged differences gives the filter
      of differences and levels; s_i^2 is the variance of the filtered differences u. Then for s < n
      d_s = sqrt((n - s)/(n - s + 1)) (u_s - mean of u after s), x_s = level_s - level_1 - (s - 1) mean of u.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    trend : {"n", "c", "ct"}
        Deterministics of each unit.
    lags : int
        Lagged differences that the differences and levels are filtered by.
    robust : bool
        Breitung and Das: sum x_t'd_t over sqrt(sum x_t'Omega x_t), with Omega the covariances between the
        units' residuals, divisor n - 1.
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    UnitRootResult

    Raises
    ------
    Infeasible
        With fewer than 4 degrees of freedom, a unit without variation, or, where `robust`, more units than
        rows.

    References
    ----------
    Breitung, J. (2000), Advances in Econometrics 15, 161-177, equation 16 for the transformation with trends;
    Breitung, J. and Das, S. (2005), Statistica Neerlandica 59, 414-433, for `robust`. Prewhitening, divisors and
    rows are those of Stata's [XT] xtunitroot, Methods and formulas.
    """
    levels: Floats = checked({"y": y}, demean=demean)[:, :, 0]
    rows, units = len(levels) - 1 - lags, levels.shape[1]
    _check_rows(rows, DETERMINISTICS[trend] + lags, units if robust else 0, len(levels))
    steps, before, variance = (
        _off_trend(levels, lags) if trend == "ct" else _off_start(levels, lags, trend)
    )
    still = variance <= COLLINEAR * (np.diff(levels, axis=0) ** 2).sum(axis=0)
    if still.any():
        where = ": " + ", ".join(str(name) for name in y.columns[still])
        raise Infeasible(codes.EXACT_FIT(test="breitung", count=int(still.sum()), where=where))
    if robust:
        statistic = _robust(steps, before, variance, rows)
    else:
        statistic = (before * steps / variance).sum() / np.sqrt((before**2 / variance).sum())
    return UnitRootResult(
        float(statistic), float(norm.cdf(statistic)), units, len(levels), "asymptotic: N(0,1)"
    )


def _check_rows(rows: int, parameters: int, units: int, periods: int) -> None:
    """Refuse too short series; `units` is 0 where the test is not robust."""
    if rows - 1 - parameters < MIN_DF:
        raise Infeasible(
            codes.BREITUNG_TOO_FEW_ROWS(
                value=max(rows, 0),
                parameters=parameters + 1,
                rows=rows - 1 - parameters,
                periods=periods,
                min_df=MIN_DF,
            )
        )
    if rows < units:
        raise Infeasible(codes.BREITUNG_TOO_MANY_UNITS(units=units, rows=rows))


def _lagged(steps: Floats, lags: int) -> Floats:
    """Lagged differences of each unit, (units, rows, lags)."""
    rows = len(steps) - lags
    columns = [steps[lags - j : lags - j + rows].T for j in range(1, lags + 1)]
    return np.stack(columns, axis=-1) if columns else np.empty((steps.shape[1], rows, 0))


def _net(columns: Floats, others: Floats) -> Floats:
    """Residuals of each unit's column (rows, units) on its others (units, rows, lags)."""
    if not others.shape[-1]:
        return columns
    slopes = np.linalg.pinv(others) @ columns.T[:, :, None]
    return columns - (others @ slopes)[:, :, 0].T


def _off_start(levels: Floats, lags: int, trend: str) -> tuple[Floats, Floats, Floats]:
    """Differences, levels and variances without a trend; levels less the first lagged one with constants."""
    steps = np.diff(levels, axis=0)
    others = _lagged(steps, lags)
    before = levels[lags:-1] - (levels[lags] if trend == "c" else 0.0)
    net = _net(steps[lags:], others)
    return net, _net(before, others), (net**2).sum(axis=0) / (len(net) - 1)


def _off_trend(levels: Floats, lags: int) -> tuple[Floats, Floats, Floats]:
    """Differences, levels and variances with trends: forward means taken off, and the mean growth."""
    steps = np.diff(levels, axis=0)
    others, rows = _lagged(steps, lags), len(steps) - lags
    filtered, before = steps[lags:], levels[lags:-1]
    if lags:
        with_constant = np.concatenate([others, np.ones((*others.shape[:2], 1))], axis=-1)
        slopes = (np.linalg.pinv(with_constant) @ filtered.T[:, :, None])[:, :lags, 0]
        for j in range(1, lags + 1):
            filtered = filtered - slopes[:, j - 1] * steps[lags - j : lags - j + rows]
            before = before - slopes[:, j - 1] * levels[lags - j : lags - j + rows]
    growth = filtered.mean(axis=0)
    after = np.arange(rows - 1, 0, -1.0)[:, None]
    later = filtered[::-1].cumsum(axis=0)[::-1][1:] / after
    differences = np.sqrt(after / (after + 1)) * (filtered[:-1] - later)
    passed = np.arange(rows - 1.0)[:, None]
    return differences, before[:-1] - before[0] - passed * growth, filtered.var(axis=0, ddof=1)


def _robust(steps: Floats, before: Floats, variance: Floats, rows: int) -> float:
    """Statistic with covariances between the units' residuals at the weighted pooled root."""
    root = (before * steps / variance).sum() / (before**2 / variance).sum()
    residuals = steps - root * before
    covariances = residuals.T @ residuals / (rows - 1)
    return float((before * steps).sum() / np.sqrt(((before @ covariances) * before).sum()))
