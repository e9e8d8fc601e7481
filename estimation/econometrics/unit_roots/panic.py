"""PANIC: is it the common factors or what they leave that has a unit root? (Bai and Ng 2004)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from estimation.econometrics.errors import Infeasible

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Panic:
    """Unit roots of factors and of what they leave.

    Attributes
    ----------
    pooled, p_value : float
        The units' p-values taken together, standard normal under a unit root in every unit, large
        against it; its upper tail.
    statistics, factor_statistics : ndarray
        Dickey-Fuller t, of what is left in each unit and of each factor.
    factor_p_values : ndarray
    shares : ndarray
        Part of the standardised differences' variance that each factor takes up.
    """

    pooled: float
    p_value: float
    statistics: Floats
    factor_statistics: Floats
    factor_p_values: Floats
    shares: Floats


def panic(wide: pd.DataFrame, *, factors: int, lags: int, draws: int, seed: int) -> Panic:
    r"""Principal components of standardised differences, cumulated, and what they leave.

    .. math:: P = \frac{-2\sum_i \ln p_i - 2N}{\sqrt{4N}}

    with p_i of a Dickey-Fuller regression without deterministics on each cumulated remainder, series
    with a trend of their own (Bai and Ng 2004, eq. 19 and section 2.4). Factors are tested one by
    one, with constant and trend. p-values are the shares of `draws` random walks of the same length,
    treated alike, whose statistic is as small.

    Parameters
    ----------
    wide : pandas.DataFrame
        Rows = years in order, columns = units, no gap.
    factors : int
        At least one.
    lags : int
        Of the Dickey-Fuller regressions.
    draws, seed : int

    Raises
    ------
    Infeasible
        For missing cells, a unit that changes by the same every year, or too few years.
    """
    values = wide.to_numpy(float)
    if np.isnan(values).any():
        raise Infeasible("PANIC needs every unit in every year")
    change = np.diff(values, axis=0)
    t, n = change.shape
    if not 1 <= factors < min(t, n) or t - 1 - lags - (lags + 3) < 1:
        raise Infeasible(f"PANIC with {factors} factors and {lags} lags: {t} changes are too few")
    scale = change.std(axis=0)
    if (scale == 0).any():
        raise Infeasible(f"{wide.columns[scale == 0].tolist()} change by the same every year")
    standard = (change - change.mean(axis=0)) / scale
    u, s, v = np.linalg.svd(standard, full_matrices=False)
    own = np.cumsum(standard - (u[:, :factors] * s[:factors]) @ v[:factors], axis=0)
    found = dickey_fuller(own, lags, trend=False)
    of_factors = dickey_fuller(np.cumsum(u[:, :factors] * s[:factors], axis=0), lags, trend=True)
    walks = np.random.default_rng(seed).normal(size=(t, draws))
    walks = np.cumsum(walks - walks.mean(axis=0), axis=0)
    p = _lower_tail(found, dickey_fuller(walks, lags, trend=False))
    pooled = float((-2 * np.log(p).sum() - 2 * n) / np.sqrt(4 * n))
    of_walks = dickey_fuller(walks, lags, trend=True)
    return Panic(
        pooled, float(stats.norm.sf(pooled)), found, of_factors, _lower_tail(of_factors, of_walks),
        s[:factors] ** 2 / (s @ s),
    )  # fmt: skip


def dickey_fuller(series: Floats, lags: int, *, trend: bool) -> Floats:
    """T of the level in a regression of the change on it and lagged changes, for each column.

    With `trend`, constant and trend are in the regression; without, nothing is.
    """
    change = np.diff(series, axis=0)
    t = len(change) - lags
    x = [series[lags:-1], *(change[lags - k : len(change) - k] for k in range(1, lags + 1))]
    if trend:
        x += [np.ones_like(x[0]), np.broadcast_to(np.arange(t)[:, None], x[0].shape)]
    design, y = np.stack(x, axis=-1).transpose(1, 0, 2), change[lags:].T
    inverse = np.linalg.inv(design.transpose(0, 2, 1) @ design)
    b = np.einsum("mjk,mtk,mt->mj", inverse, design, y)
    residual = y - np.einsum("mtk,mk->mt", design, b)
    variance = (residual**2).sum(axis=1) / (t - design.shape[2])
    return np.asarray(b[:, 0] / np.sqrt(variance * inverse[:, 0, 0]))


def _lower_tail(found: Floats, null: Floats) -> Floats:
    at = np.searchsorted(np.sort(null), found, side="right")
    return np.asarray((1.0 + at) / (1.0 + len(null)))
