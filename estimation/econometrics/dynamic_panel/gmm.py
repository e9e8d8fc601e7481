"""Difference and system GMM: instruments of each period, two steps, Windmeijer's correction, tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy import stats

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Shape, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.within import Floats

_NOTHING = 1e-12  # share of the largest eigenvalue, of columns of one size


@dataclass(frozen=True)
class LaggedInstrument:
    """A variable whose lags are instruments, one for each period.

    Attributes
    ----------
    values : ndarray, shape (N, T)
        NaN where missing.
    first, last : int
        Lags of the levels that are instruments of the differenced equation; the level equation has the difference of
        lag `first` less 1. `last` is None for all lags.
    """

    values: Floats
    first: int
    last: int | None


@dataclass(frozen=True)
class Moments:
    """Rows of all equations, with their instruments.

    Attributes
    ----------
    y : ndarray, shape (N, R)
        Outcome; R rows of each unit, zero where a row is missing.
    x : ndarray, shape (N, R, k)
    z : ndarray, shape (N, R, j)
    h : ndarray, shape (N, R, R)
        First-step covariance of the errors of a unit.
    differences : int
        The first of the R rows are differenced, the others are levels.
    rows : ndarray of bool, shape (N, R)
    """

    y: Floats
    x: Floats
    z: Floats
    h: Floats
    differences: int
    rows: np.ndarray


@dataclass(frozen=True)
class DynamicFit:
    """Estimates of difference or system GMM.

    Attributes
    ----------
    params : ndarray, shape (k,)
    cov : ndarray, shape (k, k)
        Robust; of two steps with Windmeijer's (2005) correction, or without it where that was asked for.
    residuals : ndarray, shape (N, R)
    n_obs, n_units, n_instruments : int
        Rows of the differenced equation, or of the level equation of a system.
    hansen, sargan : tuple of float
        Statistic and p-value of overidentification: with the two-step weights, which are robust; with the one-step
        weights and the variance of the errors.
    degrees : int
        Of both tests.
    autocorrelation : mapping of int to (float, float)
        Arellano and Bond's z of each order, with its p-value.
    """

    params: Floats
    cov: Floats
    residuals: Floats
    n_obs: int
    n_units: int
    n_instruments: int
    hansen: tuple[float, float]
    sargan: tuple[float, float]
    degrees: int
    autocorrelation: Mapping[int, tuple[float, float]]


@check_arguments
def moments(
    y: Annotated[Floats, Shape("n t")],
    x: Annotated[Floats, Shape("n t k")],
    lagged: Sequence[LaggedInstrument],
    plain: Annotated[Floats, Shape("n t m")],
    *,
    system: bool,
    collapse: bool,
    constant: bool,
) -> Moments:
    """Rows and instruments of the differenced equation, and of that in levels for a system.

    Parameters
    ----------
    y : ndarray, shape (N, T)
        Outcome over neighbouring periods, NaN where missing.
    x : ndarray, shape (N, T, k)
        Regressors, lags of the outcome and the constant of a system among them.
    lagged : sequence of LaggedInstrument
        Variables whose lags are instruments.
    plain : ndarray, shape (N, T, m)
        Further instruments: their differences in the differenced equation, themselves in the level equation.
    system : bool
        Whether the level equation is used too (Blundell and Bond 1998).
    collapse : bool
        One instrument for each lag instead of each lag and period.
    constant : bool
        Whether the level equation has the constant as an instrument.

    Returns
    -------
    Moments
    """
    n, t, k = x.shape
    complete = np.isfinite(y) & np.isfinite(x).all(axis=2) & np.isfinite(plain).all(axis=2)
    pair = complete[:, 1:] & complete[:, :-1]
    change = np.diff(np.eye(t), axis=0)  # (t - 1, t)
    down = [_lags(instrument, t, collapse) for instrument in lagged] + [np.diff(plain, axis=1)]
    z = np.concatenate(down, axis=2)
    rows, left, right, h = pair, np.diff(y, axis=1), np.diff(x, axis=1), change @ change.T
    if system:
        levels = [_changes(instrument, t, collapse) for instrument in lagged]
        levels.append(np.ones((n, t, int(constant))))
        both = np.concatenate(levels, axis=2)
        # plain instruments have one column for both equations
        m = plain.shape[2]
        upper = np.concatenate(
            [z[:, :, :-m] if m else z, np.zeros((n, t - 1, both.shape[2]))], axis=2
        )
        lower = np.concatenate([np.zeros((n, t, upper.shape[2] - both.shape[2])), both], axis=2)
        shared = np.concatenate([np.diff(plain, axis=1), plain], axis=1)
        z = np.concatenate([np.concatenate([upper, lower], axis=1), shared], axis=2)
        rows = np.concatenate([pair, complete], axis=1)
        left, right = (np.concatenate(p, axis=1) for p in ((left, y), (right, x)))
        h = np.block([[h, change], [change.T, np.eye(t)]])
    used = rows[:, :, None]
    z = np.where(used & np.isfinite(z), z, 0.0)
    z = z[:, :, np.abs(z).max(axis=(0, 1)) > 0]
    return Moments(
        np.where(rows, left, 0.0), np.where(used, right, 0.0), z,
        np.asarray(h * used * rows[:, None, :]), t - 1, rows,
    )  # fmt: skip


def _lags(instrument: LaggedInstrument, t: int, collapse: bool) -> Floats:
    """Levels of lag `first` to `last` at the rows of differences, shape (N, T-1, columns)."""
    columns = []
    for lag in range(
        instrument.first, min(t if instrument.last is None else instrument.last + 1, t)
    ):
        moved = np.full((len(instrument.values), t - 1), np.nan)
        for row in range(max(lag - 1, 0), t - 1):  # row r is period r + 1
            moved[:, row] = instrument.values[:, row + 1 - lag]
        columns += [moved[:, :, None]] if collapse else [_by_period(moved)]
    return np.concatenate([np.zeros((len(instrument.values), t - 1, 0)), *columns], axis=2)


def _changes(instrument: LaggedInstrument, t: int, collapse: bool) -> Floats:
    """The difference of lag `first` less 1 at the rows of levels, shape (N, T, columns)."""
    moved = np.full((len(instrument.values), t), np.nan)
    for period in range(instrument.first, t):
        at = period - instrument.first + 1
        moved[:, period] = instrument.values[:, at] - instrument.values[:, at - 1]
    return moved[:, :, None] if collapse else _by_period(moved)


def _by_period(values: Floats) -> Floats:
    """A column for each period (N, T, T)."""
    return np.asarray(values[:, :, None] * np.eye(values.shape[1]))


@check_arguments
def dynamic_gmm(
    rows: Moments,
    *,
    two_steps: bool,
    windmeijer: bool,
    orders: int,
) -> DynamicFit:
    r"""One-step or two-step GMM with its tests (Arellano and Bond 1991; Windmeijer 2005).

    .. math:: b = (X'Z A Z'X)^{-1} X'Z A Z'y, \quad A_1 = (\sum Z_i'H_iZ_i)^{-1}, A_2 = (\sum Z_i'e_ie_i'Z_i)^{-1}

    Parameters
    ----------
    rows : Moments
        From `moments`.
    two_steps : bool
        Whether the weights are those of the first step's residuals.
    windmeijer : bool
        Whether the covariance of two steps has Windmeijer's correction.
    orders : int
        Autocorrelations tested.

    Returns
    -------
    DynamicFit

    Raises
    ------
    Infeasible
        For fewer instruments than coefficients, or no rows.
    """
    k = rows.x.shape[2]
    zx = np.einsum("irj,irk->jk", rows.z, rows.x)
    zy = np.einsum("irj,ir->j", rows.z, rows.y)
    weights = np.einsum("irj,irs,isl->jl", rows.z, rows.h, rows.z, optimize=True)
    used = rows.rows[:, rows.differences :] if rows.rows.shape[1] > rows.differences else rows.rows
    if len(zy) < k or not used.any():
        raise Infeasible(codes.FEW_MOMENTS(instruments=len(zy), coefficients=k))
    first, n_instruments = _inverse(weights)
    if n_instruments < k:
        raise Infeasible(codes.FEW_MOMENTS(instruments=n_instruments, coefficients=k))
    b1, e1, bread1 = _solved(rows, zx, zy, first)
    scores1 = np.einsum("irj,ir->ij", rows.z, e1)
    inside = bread1 @ zx.T @ first
    cov1 = inside @ (scores1.T @ scores1) @ inside.T
    second, _ = _inverse(scores1.T @ scores1)
    b2, e2, bread2 = _solved(rows, zx, zy, second)
    score2 = np.einsum("irj,ir->j", rows.z, e2)
    params, residuals, cov, way, bread = b1, e1, cov1, first, bread1
    if two_steps:
        params, residuals, way, bread = b2, e2, second, bread2
        cov = bread2
        if windmeijer:
            cov = _corrected(rows, zx, second, bread2, score2, scores1, cov1)
    degrees = n_instruments - k
    score1 = scores1.sum(axis=0)
    differenced = e1[:, : rows.differences]
    count = int(rows.rows[:, : rows.differences].sum())
    variance = float((differenced**2).sum()) / (count - k) / 2
    return DynamicFit(
        params, cov, residuals, int(used.sum()), int(used.any(axis=1).sum()), n_instruments,
        _chi2(float(score2 @ second @ score2), degrees),
        _chi2(float(score1 @ first @ score1) / variance, degrees), degrees,
        {m: _autocorrelation(rows, residuals, zx, way, bread, cov, m) for m in range(1, orders + 1)},
    )  # fmt: skip


def _inverse(square: Floats) -> tuple[Floats, int]:
    """Pseudo-inverse of a matrix of cross-products, whatever the units of its columns, and its rank."""
    size = np.sqrt(np.maximum(np.diag(square), 1e-300))
    values, vectors = np.linalg.eigh(square / np.outer(size, size))
    is_there = values > _NOTHING * values[-1]
    scaled = vectors[:, is_there] / size[:, None]
    return np.asarray(scaled / values[is_there] @ scaled.T), int(is_there.sum())


def _solved(rows: Moments, zx: Floats, zy: Floats, way: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients, residuals and (X'Z A Z'X)^-1."""
    gram = zx.T @ way @ zx
    size = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    if np.linalg.eigvalsh(gram / np.outer(size, size)).min() < 1e-12:
        raise Infeasible(codes.FEW_MOMENTS(instruments=len(zy), coefficients=len(gram)))
    bread = np.linalg.inv(gram)
    b = bread @ zx.T @ way @ zy
    return np.asarray(b), np.asarray(rows.y - rows.x @ b), np.asarray((bread + bread.T) / 2)


def _corrected(
    rows: Moments, zx: Floats, way: Floats, bread: Floats, score: Floats, scores1: Floats, cov1: Floats
) -> Floats:  # fmt: skip
    """Windmeijer's covariance: V + DV + VD' + D V1 D', D the derivative of the second step by the first."""
    inside, right = bread @ zx.T @ way, way @ score
    slope = np.empty_like(bread)
    for j in range(len(bread)):
        moved = np.einsum("irj,ir->ij", rows.z, rows.x[:, :, j])
        change = moved.T @ scores1
        slope[:, j] = inside @ ((change + change.T) @ right)
    return np.asarray(bread + slope @ bread + bread @ slope.T + slope @ cov1 @ slope.T)


def _chi2(value: float, degrees: int) -> tuple[float, float]:
    return value, float(stats.chi2.sf(value, degrees)) if degrees else float("nan")


def _autocorrelation(
    rows: Moments, e: Floats, zx: Floats, way: Floats, bread: Floats, cov: Floats, order: int
) -> tuple[float, float]:
    """Arellano and Bond's test of the differenced errors against their own lag."""
    d = rows.differences
    if order >= d:
        return float("nan"), float("nan")
    lagged = np.zeros_like(e)
    lagged[:, order:d] = e[:, : d - order] * rows.rows[:, : d - order]
    lagged *= rows.rows
    each = (lagged * e).sum(axis=1)
    slope = np.einsum("ir,irk->k", lagged, rows.x)
    scores = np.einsum("irj,ir->ij", rows.z, e)
    variance = float(
        each @ each - 2 * slope @ bread @ zx.T @ way @ (scores.T @ each) + slope @ cov @ slope
    )
    if variance <= 0:
        return float("nan"), float("nan")
    z = float(each.sum() / np.sqrt(variance))
    return z, float(2 * stats.norm.sf(abs(z)))
