"""PANIC: is it the common factors or what they leave that has a unit root? (Bai and Ng 2004)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Count, Positive, Seed, check_arguments
from living_panel.estimation.econometrics.cointegration.results import lower_tail_p
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.unit_roots.adf import adf_sums
from living_panel.estimation.econometrics.wide_panel import checked


@dataclass(frozen=True, slots=True)
class Panic:
    """Unit roots of factors and of what they leave.

    Attributes
    ----------
    pooled, p_value : float
        The units' p-values taken together, standard normal under a unit root in every unit, large
        against it; its upper tail.
    statistics, factor_statistics : ndarray
        Dickey-Fuller t, of the remainder of each unit and of each factor.
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


@check_arguments
def panic(
    wide: pd.DataFrame, *, factors: Positive, lags: Count, draws: Positive, seed: Seed
) -> Panic:
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
        Lagged differences of the Dickey-Fuller regressions, at least 0.
    draws : int
        Random walks behind the p-values.
    seed : int
        Of the generator: the same seed gives the same numbers.

    Returns
    -------
    Panic

    Raises
    ------
    Infeasible
        For missing cells or years, a unit that changes by the same every year, or too few years.
    """
    change = np.diff(checked({"the series": wide}, demean=False)[..., 0], axis=0)
    t, n = change.shape
    if not 1 <= factors < min(t, n):
        raise Infeasible(codes.PANIC_TOO_FEW_CHANGES(factors=factors, t=t, n=n))
    scale = change.std(axis=0)
    same = scale <= 1e-9 * np.abs(change).max(axis=0)
    if same.any():
        raise Infeasible(codes.CHANGES_ARE_CONSTANT(columns=wide.columns[same].tolist()))
    standard = (change - change.mean(axis=0)) / scale
    u, s, v = np.linalg.svd(standard, full_matrices=False)
    common = u[:, :factors] * s[:factors]
    of_units = _dickey_fuller(np.cumsum(standard - common @ v[:factors], axis=0), "n", lags)
    of_factors = _dickey_fuller(np.cumsum(common, axis=0), "ct", lags)
    walks = np.random.default_rng(seed).normal(size=(t, draws))
    walks = np.cumsum(walks - walks.mean(axis=0), axis=0)
    p = lower_tail_p(_dickey_fuller(walks, "n", lags)[:, None], of_units)
    pooled = float((-2 * np.log(p).sum() - 2 * n) / np.sqrt(4 * n))
    of_walks = _dickey_fuller(walks, "ct", lags)[:, None]
    return Panic(
        pooled, float(stats.norm.sf(pooled)), of_units, of_factors, lower_tail_p(of_walks, of_factors),
        s[:factors] ** 2 / (s @ s),
    )  # fmt: skip


def _dickey_fuller(series: Floats, trend: str, lags: int) -> Floats:
    """T of the level, for each column."""
    sums = adf_sums(series[:, None, :], trend, lags, test="PANIC", min_df=1, augmented=False)
    return np.asarray(sums.t(corrected=True)[0])
