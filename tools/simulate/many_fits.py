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
    """Fit many outcomes (draws, n) and regressor sets (draws, n, k) on the same rows.

    Equal to one `fit_within` a draw. Leaving unit g out uses X'X - X_g'X_g on unit-demeaned data
    with the period dummies in: unit effects are nested in the unit, so nothing else changes.
    """
    (draws, n), k = y.shape, x.shape[2]
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
    z = within.reshape(-1, draws, k + 1)
    blocks = [effects.unit == g for g in range(groups)]
    crosses = np.stack([np.einsum("tbi,tbj->bij", z[rows], z[rows]) for rows in blocks])
    sums = np.zeros((groups, periods, within.shape[1]))  # unit-demeaned columns' sums by period
    sums[effects.unit, effects.time] = within
    total_cross, total_sums = crosses.sum(axis=0), sums.sum(axis=0)
    incidence = effects.unit_shares * effects.unit_size[:, None]
    out = np.zeros((draws, k))
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
