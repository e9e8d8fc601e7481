"""Two-way within transformation in closed form, for balanced and unbalanced panels alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TwoWayEffects:
    """Layout of unit and time effects over n rows.

    Attributes
    ----------
    unit, time : ndarray, shape (n,)
        Codes 0..N-1 and 0..T-1, every code in use.
    unit_size : ndarray, shape (N,)
        Rows of each unit.
    unit_shares : ndarray, shape (N, T)
        Share of a unit's rows in each period: the unit means of the period dummies.
    period_inverse : ndarray, shape (T, T)
        Pseudo-inverse of the cross-product of the unit-demeaned period dummies.
    sum_by_unit, sum_by_time : sparse matrix, shapes (N, n) and (T, n)
        Indicator matrices that add rows up.
    blocks : int
        Connected blocks of the unit-period graph; 1 unless parts of the panel never meet.
    """

    unit: Ints
    time: Ints
    unit_size: Floats
    unit_shares: Floats
    period_inverse: Floats
    sum_by_unit: sparse.csr_array
    sum_by_time: sparse.csr_array
    blocks: int

    @property
    def n_obs(self) -> int:
        """Rows."""
        return int(self.unit.size)

    @property
    def n_units(self) -> int:
        """Units N."""
        return int(self.unit_size.size)

    @property
    def n_periods(self) -> int:
        """Periods T."""
        return int(self.period_inverse.shape[0])

    @property
    def absorbed(self) -> int:
        """Dimension of the effects, K_abs: N + T - 1 where the panel is connected."""
        return self.n_units + self.n_periods - self.blocks


@dataclass(frozen=True)
class WithinFit:
    """Least squares on data demeaned both ways.

    Attributes
    ----------
    effects : TwoWayEffects
    y : ndarray, shape (n,)
        Demeaned outcome.
    x : ndarray, shape (n, k)
        Demeaned regressors.
    params : ndarray, shape (k,)
    residuals : ndarray, shape (n,)
    bread : ndarray, shape (k, k)
        (X'X)^-1 of the demeaned regressors.
    """

    effects: TwoWayEffects
    y: Floats
    x: Floats
    params: Floats
    residuals: Floats
    bread: Floats


def two_way_effects(unit: Ints, time: Ints) -> TwoWayEffects:
    """Layout of the effects of rows with the given codes.

    Parameters
    ----------
    unit, time : ndarray, shape (n,)
        Codes 0..N-1 and 0..T-1 without holes.

    Returns
    -------
    TwoWayEffects
    """
    unit, time = np.asarray(unit, dtype=np.int64), np.asarray(time, dtype=np.int64)
    n, rows, ones = unit.size, np.arange(unit.size), np.ones(unit.size)
    n_units, n_periods = int(unit.max()) + 1, int(time.max()) + 1
    by_unit = sparse.csr_array((ones, (unit, rows)), shape=(n_units, n))
    by_time = sparse.csr_array((ones, (time, rows)), shape=(n_periods, n))
    incidence = np.asarray((by_unit @ by_time.T).todense())
    size = incidence.sum(axis=1)
    shares = incidence / size[:, None]
    gram = np.diag(incidence.sum(axis=0)) - incidence.T @ shares
    graph = np.block(
        [
            [np.zeros((n_units, n_units)), incidence],
            [incidence.T, np.zeros((n_periods, n_periods))],
        ]
    )
    blocks = int(connected_components(sparse.csr_array(graph), directed=False)[0])
    inverse = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
    return TwoWayEffects(unit, time, size, shares, inverse, by_unit, by_time, blocks)


def demean(effects: TwoWayEffects, z: Floats) -> Floats:
    """Residual of each column from unit and time effects, exactly and without iterating.

    Unit means are taken off, then the projection on the unit-demeaned period dummies D:
    z - z̄_i - D (D'D)^+ D'(z - z̄_i), which needs one T x T inverse however unbalanced the panel
    (Frisch-Waugh-Lovell; Wansbeek and Kapteyn 1989).

    Parameters
    ----------
    effects : TwoWayEffects
    z : ndarray, shape (n,) or (n, m)

    Returns
    -------
    ndarray, same shape
    """
    columns = z[:, None] if z.ndim == 1 else z
    unit_means = (effects.sum_by_unit @ columns) / effects.unit_size[:, None]
    within = columns - unit_means[effects.unit]
    period = effects.period_inverse @ (effects.sum_by_time @ within)
    centred = effects.unit_shares @ period
    out = within - period[effects.time] + centred[effects.unit]
    return out[:, 0] if z.ndim == 1 else out


def demean_by_unit(effects: TwoWayEffects, z: Floats) -> Floats:
    """Deviations of each column from unit means; shapes as in `demean`."""
    columns = z[:, None] if z.ndim == 1 else z
    means = (effects.sum_by_unit @ columns) / effects.unit_size[:, None]
    out = columns - means[effects.unit]
    return out[:, 0] if z.ndim == 1 else out


def effects_annihilator_block(effects: TwoWayEffects, rows: Ints) -> Floats:
    """Rows and columns `rows` of I - P, P the projector on both effects; shape (m, m)."""
    unit = effects.unit[rows]
    same_unit = (unit[:, None] == unit[None, :]) / effects.unit_size[unit][:, None]
    dummies = -effects.unit_shares[unit]
    dummies[np.arange(rows.size), effects.time[rows]] += 1.0
    return np.eye(rows.size) - same_unit - dummies @ effects.period_inverse @ dummies.T


def annihilator_block(fit: WithinFit, rows: Ints) -> Floats:
    """Rows and columns `rows` of I - H, H the hat matrix of regressors and effects together."""
    x = fit.x[rows]
    return effects_annihilator_block(fit.effects, rows) - x @ fit.bread @ x.T


def leverages(fit: WithinFit, *, with_effects: bool) -> Floats:
    """Diagonal of the hat matrix, shape (n,).

    Parameters
    ----------
    fit : WithinFit
    with_effects : bool
        True: of the regression with all its dummies; False: of the demeaned regressors alone
        (what plm uses).
    """
    own = np.einsum("ij,jk,ik->i", fit.x, fit.bread, fit.x)
    if not with_effects:
        return own
    effects = fit.effects
    dummies = -effects.unit_shares[effects.unit]
    dummies[np.arange(effects.n_obs), effects.time] += 1.0
    by_time = np.einsum("ij,jk,ik->i", dummies, effects.period_inverse, dummies)
    return own + 1.0 / effects.unit_size[effects.unit] + by_time


def fit_within(
    effects: TwoWayEffects, y: Floats, x: Floats, params: Floats | None = None
) -> WithinFit:
    """Least squares of demeaned y on demeaned x.

    Parameters
    ----------
    effects : TwoWayEffects
    y : ndarray, shape (n,)
        In levels; demeaned here.
    x : ndarray, shape (n, k)
        In levels; demeaned here.
    params : ndarray, shape (k,), optional
        Coefficients estimated elsewhere, for which residuals are to be taken.

    Returns
    -------
    WithinFit
    """
    both = demean(effects, np.column_stack([y, x]))
    y_within, x_within = both[:, 0], np.ascontiguousarray(both[:, 1:])
    bread = np.linalg.inv(x_within.T @ x_within)
    bread = (bread + bread.T) / 2
    if params is None:
        slopes = np.asarray(np.linalg.lstsq(x_within, y_within, rcond=None)[0], dtype=np.float64)
    else:
        slopes = params
    return WithinFit(effects, y_within, x_within, slopes, y_within - x_within @ slopes, bread)


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
