"""Two-way regressions of many simulated outcomes at once, without a loop over draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from estimation.econometrics.fixed_effects.within import (
    Floats,
    TwoWayEffects,
    demean,
    demean_by_unit,
)


@dataclass(frozen=True)
class ManyFits:
    """Many regressions on one layout.

    Attributes
    ----------
    params : ndarray, shape (draws, k)
    residuals : ndarray, shape (draws, n)
    classical, clustered : ndarray, shape (draws, k)
        Standard errors: RSS/(n-k-K_abs); and CR1 by unit, with the reghdfe factor
        G/(G-1) (n-1)/(n-k-T).
    jackknife : ndarray, shape (draws, k)
        Standard errors by CR3, (G-1)/G Σ(b_(g)-b)(b_(g)-b)', units left out one at a time.
    """

    params: Floats
    residuals: Floats
    classical: Floats
    clustered: Floats
    jackknife: Floats


def two_way_many(effects: TwoWayEffects, y: Floats, x: Floats) -> ManyFits:
    """Fit many outcomes and regressor sets on the same rows, for simulations.

    Parameters
    ----------
    effects : TwoWayEffects
    y : ndarray, shape (draws, n)
    x : ndarray, shape (draws, n, k), or (n, k) where the regressors do not vary

    Returns
    -------
    ManyFits
        Equal to one `fit_within` a draw, with no loop over draws.

    Notes
    -----
    Leaving unit g out uses X'X - X_g'X_g on unit-demeaned data with the period dummies in:
    unit effects are nested in the unit, so nothing else changes.
    """
    draws, n = y.shape
    if x.ndim == 2:
        x = np.broadcast_to(x, (draws, *x.shape))
    k = x.shape[2]
    stacked = np.concatenate([y[:, :, None], x], axis=2)
    flat = np.moveaxis(stacked, 1, 0).reshape(n, -1)
    flat = np.ascontiguousarray(flat)
    within = np.moveaxis(demean(effects, flat).reshape(n, draws, k + 1), 0, 1)
    yw, xw = within[:, :, 0], within[:, :, 1:]
    bread = np.linalg.inv(np.einsum("bni,bnj->bij", xw, xw))
    params = np.einsum("bij,bnj,bn->bi", bread, xw, yw, optimize=True)
    residuals = yw - np.einsum("bnk,bk->bn", xw, params)
    rss = np.einsum("bn,bn->b", residuals, residuals)
    diagonal = np.einsum("bii->bi", bread)
    classical = np.sqrt(rss[:, None] / (n - k - effects.absorbed) * diagonal)
    clustered = np.sqrt(_clustered_variances(effects, xw, residuals, bread))
    jackknife = np.sqrt(_jackknife_variances(effects, flat, draws, k, params))
    return ManyFits(params, residuals, classical, clustered, jackknife)


def _clustered_variances(
    effects: TwoWayEffects, x: Floats, residuals: Floats, bread: Floats
) -> Floats:
    draws, n, k = x.shape
    scores = np.moveaxis(x * residuals[:, :, None], 1, 0).reshape(n, -1)
    by_unit = (effects.sum_by_unit @ scores).reshape(-1, draws, k)
    influence = np.einsum("gbi,bij->gbj", by_unit, bread)
    groups = effects.n_units
    factor = groups / (groups - 1) * (n - 1) / (n - k - effects.n_periods)
    return factor * (influence**2).sum(axis=0)


def _jackknife_variances(
    effects: TwoWayEffects, flat: Floats, draws: int, k: int, params: Floats
) -> Floats:
    groups, periods = effects.n_units, effects.n_periods
    within = demean_by_unit(effects, flat)
    sums = np.stack(  # per unit, the unit-demeaned columns' sums by period: (N, T, draws*(k+1))
        [_by_period(effects, within, g) for g in range(groups)]
    )
    out = np.zeros((draws, k))
    total_cross = np.zeros((draws, k + 1, k + 1))
    crosses = np.empty((groups, draws, k + 1, k + 1))
    for g in range(groups):
        rows = effects.unit == g
        z = within[rows].reshape(-1, draws, k + 1)
        crosses[g] = np.einsum("tbi,tbj->bij", z, z)
        total_cross += crosses[g]
    total_sums = sums.sum(axis=0)
    incidence = effects.unit_shares * effects.unit_size[:, None]
    for g in range(groups):
        others = np.arange(groups) != g
        count = incidence[others]
        gram = np.diag(count.sum(axis=0)) - count.T @ effects.unit_shares[others]
        inverse = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
        left = (total_sums - sums[g]).reshape(periods, draws, k + 1)
        cross = total_cross - crosses[g] - np.einsum("tbi,ts,sbj->bij", left, inverse, left)
        without = np.linalg.solve(cross[:, 1:, 1:], cross[:, 1:, :1])[:, :, 0]
        out += (without - params) ** 2
    return (groups - 1) / groups * out


def _by_period(effects: TwoWayEffects, within: Floats, unit: int) -> Floats:
    rows = np.flatnonzero(effects.unit == unit)
    out = np.zeros((effects.n_periods, within.shape[1]))
    out[effects.time[rows]] = within[rows]
    return out
