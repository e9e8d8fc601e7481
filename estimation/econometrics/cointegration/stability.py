"""Hansen's (1992) Lc: parameter stability of a cointegrating regression, or cointegration itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import (
    Count,
    Positive,
    Shape,
    Trend,
    check_arguments,
)
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.long_run.fully_modified import modified
from living_panel.estimation.econometrics.long_run.moments import cross
from living_panel.estimation.econometrics.wide_panel import (
    deterministics,
    off_deterministics,
    open_panel,
)

MAX_COMBINED_REGRESSORS = 2
# Draws and seed behind every simulated p-value of this module.
DRAWS = 20_000
SEED = 19_920_700
_BATCH = 5_000


@dataclass(frozen=True)
class HansenLcResult:
    """Lc by unit and combined; the null is cointegration with stable parameters.

    Attributes
    ----------
    unit_statistics, unit_p_values : Series (N,)
        By unit. Large values reject.
    statistic, p_value : float or None
        Mean of the unit statistics, and its p from means of N independent draws under the null;
        None with more than two regressors.
    n_units, n_periods : int
        Size of the panel.
    """

    unit_statistics: pd.Series
    unit_p_values: pd.Series
    statistic: float | None
    p_value: float | None
    n_units: int
    n_periods: int


@check_arguments
def hansen_lc(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: Trend,
    bandwidth: Count,
    demean: bool,
) -> HansenLcResult:
    """Hansen's (1992, eq. 11) Lc of each unit's FMOLS regression, and its mean over units.

    With z_t = (d_t', x_t')', s_t = z_t u+_t - (0', lambda+')', S_t partial sums on the n = T-1 rows of the
    modified regression. Then Lc = n^-1 Σ S_t' (Σ z z')^-1 S_t / omega_{u.v}. The null is stable parameters of
    a cointegrated relation; rejection also means no cointegration.

    Asymptotic p-values fail at short T: at T=18 and seven regressors they reject nearly always. So p-values
    come from the null with independent normal u and dx at the panel's own T, number of regressors, trend and
    bandwidth (20,000 draws, fixed seed). Autocorrelated errors are not in that null. Lc is a single-equation
    statistic: this project combines units by their mean, against means of N independent draws. No printed
    oracle exists for it. Units that depend on each other reject too often.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units; balanced.
    x : mapping of str to pandas.DataFrame
        Regressors by name, same rows and columns as `y`.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).
    demean : bool
        Subtract each period's mean over units first.

    Returns
    -------
    HansenLcResult
    """
    window = open_panel(y, x, test="Hansen's Lc", trend=trend, demean=demean, by_unit=True)
    n_units, periods = window.y.shape
    k = window.x.shape[-1]
    values = lc_statistics(window.y, window.x, trend=trend, bandwidth=bandwidth)
    null = finite_sample_lc(periods, k, trend, bandwidth)
    statistic = p_value = None
    if k <= MAX_COMBINED_REGRESSORS:
        statistic = float(values.mean())
        p_value = float(_upper_p(_means_of(null, n_units), statistic))
    return HansenLcResult(
        pd.Series(values, list(window.units)), pd.Series(_upper_p(null, values), list(window.units)),
        statistic, p_value, n_units, periods,
    )  # fmt: skip


@check_arguments
def lc_statistics(
    y: Annotated[Floats, Shape("... N T")],
    x: Annotated[Floats, Shape("... N T k")],
    *,
    trend: Trend,
    bandwidth: Count,
) -> Floats:
    """Lc of each unit (..., N) for y (..., N, T) and x (..., N, T, k); see `hansen_lc`.

    Parameters
    ----------
    y : ndarray, shape (..., N, T)
        Dependent variable.
    x : ndarray, shape (..., N, T, k)
        Regressors.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).

    Returns
    -------
    ndarray, shape (..., N)
        Lc of each unit.
    """
    plus, bias, conditional = modified(y, x, method="group_mean", trend=trend, bandwidth=bandwidth)
    n = plus.shape[-2]
    fixed = np.broadcast_to(deterministics(y.shape[-1], trend)[1:], (*y.shape[:-1], n, len(trend)))
    # net of its unit mean, x spans the same regression and keeps the moment matrix well scaled
    z = np.concatenate([fixed, off_deterministics(x, "c")[..., 1:, :]], axis=-1)
    shift = np.concatenate([np.zeros((*bias.shape[:-1], len(trend))), bias], axis=-1)
    zz = cross(z)
    zy = np.swapaxes(z, -1, -2) @ plus - n * shift[..., None]
    residual = plus - z @ np.linalg.solve(zz, zy)
    partial = np.cumsum(z * residual - shift[..., None, :], axis=-2)
    inner = np.linalg.solve(zz, cross(partial))
    statistics: Floats = np.trace(inner, axis1=-2, axis2=-1) / (n * conditional)
    return statistics


@lru_cache(maxsize=64)
@check_arguments
def finite_sample_lc(
    periods: Positive, regressors: Positive, trend: Trend, bandwidth: Count
) -> Floats:
    """Sorted draws of Lc under y = u, x a random walk, both with independent normal innovations.

    Parameters
    ----------
    periods : int
        Periods.
    regressors : int
        Number of regressors.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).

    Returns
    -------
    ndarray, shape (DRAWS,)
        Sorted draws.
    """
    rng, parts = np.random.default_rng(SEED), []
    for _ in range(DRAWS // _BATCH):
        u = rng.standard_normal((_BATCH, periods))
        x = np.cumsum(rng.standard_normal((_BATCH, periods, regressors)), axis=-2)
        parts.append(lc_statistics(u, x, trend=trend, bandwidth=bandwidth))
    draws = np.sort(np.concatenate(parts))
    draws.flags.writeable = False
    return draws


def _means_of(null: Floats, n_units: int) -> Floats:
    """Sorted means of `n_units` independent draws."""
    rng = np.random.default_rng(SEED + 1)
    picked = rng.integers(0, len(null), size=(len(null), n_units), dtype=np.int32)
    return np.sort(null[picked].mean(axis=1))


def _upper_p(null: Floats, values: Floats | float) -> Floats:
    """(1 + #{null >= value}) / (1 + draws), `null` sorted."""
    above = len(null) - np.searchsorted(null, values, side="left")
    return np.asarray((1 + above) / (1 + len(null)), dtype=float)
