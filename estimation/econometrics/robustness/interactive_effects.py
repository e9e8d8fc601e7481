"""Interactive fixed effects: common shocks that hit each unit with a weight of its own (Bai 2009)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Count, Positive, Seed, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    balanced_cube,
    check_regression,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.regression_data import ABSORBED
from living_panel.estimation.econometrics.fixed_effects.within import Floats

CLOSE, CLOSE_RESAMPLED = 1e-12, 1e-7
"""Largest step of a coefficient at which the search ends: of the estimate, of a resample."""
STEPS = 5000


@dataclass(frozen=True, slots=True)
class InteractiveFit:
    """Coefficients with r factors.

    `minima` are the sums of squares that the starts ended at, each once, from the smallest.
    """

    params: pd.Series
    residuals: pd.Series
    ssr: float
    minima: tuple[float, ...]
    n_units: int
    n_periods: int


@check_arguments
def interactive_effects(
    y: pd.Series, x: pd.DataFrame, *, factors: Count, starts: Positive, seed: Seed
) -> InteractiveFit:
    r"""Least squares of y_it = x_it'b + a_i + d_t + l_i'f_t + u_it.

    The factors are the first r eigenvectors of the residuals' second moments over time, the coefficients are
    least squares net of the factors. Both steps repeat until neither changes (Bai 2009, eqs. 11-12, with
    additive effects, section 8). The sum of squares may have several minima: the search begins at the two-way
    estimate and at `starts` - 1 places around it, and the smallest is kept.

    The panel is balanced; no factors give the two-way estimate.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period). Balanced.
    x : pandas.DataFrame
        Regressors over the same rows.
    factors : int
        Number of factors, at least 0.
    starts : int
        Places from which the search begins, at least 1.
    seed : int
        Of the generator: the same seed gives the same numbers.

    Returns
    -------
    InteractiveFit

    Raises
    ------
    InvalidData
        For missing cells; for an absorbed or collinear regressor.
    Infeasible
        Where factors leave no degree of freedom, or the search does not end.
    """
    names, z, index = _cube(y, x)
    n, t = z.shape[1:]
    free = (n - 1 - factors) * (t - 1 - factors) - x.shape[1]
    if factors < 0 or free < 1 or factors > min(n, t) - 2:
        raise Infeasible(codes.TOO_MANY_FACTORS(factors=factors, n=n, t=t))
    moments = _moments(z, np.ones((1, n)))
    zero = _search(moments, np.zeros((1, len(names))), 0, CLOSE)[0]
    places = np.random.default_rng(seed).normal(size=(starts, len(names)))
    places[0] = 0.0
    begin = zero + places * np.maximum(np.abs(zero), 1.0)
    coefficients, ssr = _search(np.repeat(moments, starts, axis=0), begin, factors, CLOSE)
    best = int(ssr.argmin())
    minima = sorted({float(f"{s:.8g}") for s in ssr})
    residuals = _residuals(z, coefficients[best], factors)
    return InteractiveFit(
        pd.Series(coefficients[best], names), pd.Series(residuals.ravel(), index), float(ssr[best]),
        tuple(minima), n, t,
    )  # fmt: skip


@check_arguments
def left_out(y: pd.Series, x: pd.DataFrame, fit: InteractiveFit, *, factors: Count) -> pd.DataFrame:
    """Coefficients without each unit, factors estimated anew; rows units, columns regressors.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period). Balanced.
    x : pandas.DataFrame
        Regressors over the same rows.
    fit : InteractiveFit
        The fit on all units.
    factors : int
        Number of factors, at least 0.

    Returns
    -------
    pandas.DataFrame
        Rows are units, columns are regressors.
    """
    names, z, index = _cube(y, x)
    weights = 1.0 - np.eye(z.shape[1])
    coefficients = _resampled(z, weights, fit, factors)
    return pd.DataFrame(coefficients, index.get_level_values(0).unique(), names)


@check_arguments
def bootstrapped(
    y: pd.Series,
    x: pd.DataFrame,
    fit: InteractiveFit,
    *,
    factors: Count,
    draws: Positive,
    seed: Seed,
) -> pd.DataFrame:
    """Coefficients on units drawn with replacement, factors estimated anew; one row a draw.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period). Balanced.
    x : pandas.DataFrame
        Regressors over the same rows.
    fit : InteractiveFit
        The fit on all units.
    factors : int
        Number of factors, at least 0.
    draws : int
        Resamples of units, at least 1.
    seed : int
        Of the generator: the same seed gives the same numbers.

    Returns
    -------
    pandas.DataFrame
        A row for each draw, columns are regressors.
    """
    names, z, _ = _cube(y, x)
    n = z.shape[1]
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)
    return pd.DataFrame(_resampled(z, weights.astype(float), fit, factors), columns=names)


@check_arguments
def number_of_factors(
    y: pd.Series, x: pd.DataFrame, *, most: Count, starts: Positive, seed: Seed
) -> pd.DataFrame:
    r"""Bai's criterion for 0 to `most` factors: factors, ssr, ic, share.

    .. math:: IC(r) = \ln(SSR_r/NT) + (r(N+T)-r^2)\,\ln(NT)/NT

    (Bai 2009, supplement); the smallest is chosen. `share` is the part of the two-way residuals' sum
    of squares that the factors take up.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period). Balanced.
    x : pandas.DataFrame
        Regressors over the same rows.
    most : int
        Largest number of factors.
    starts : int
        Places from which the search begins, at least 1.
    seed : int
        Of the generator: the same seed gives the same numbers.

    Returns
    -------
    pandas.DataFrame
        Columns factors, ssr, ic, share.
    """
    fits = [interactive_effects(y, x, factors=r, starts=starts, seed=seed) for r in range(most + 1)]
    n, t = fits[0].n_units, fits[0].n_periods
    ssr = np.array([fit.ssr for fit in fits])
    r = np.arange(most + 1)
    ic = np.log(ssr / (n * t)) + (r * (n + t) - r**2) * np.log(n * t) / (n * t)
    return pd.DataFrame({"factors": r, "ssr": ssr, "ic": ic, "share": 1 - ssr / ssr[0]})


def _cube(y: pd.Series, x: pd.DataFrame) -> tuple[list[str], Floats, pd.MultiIndex]:
    """Outcome and regressors (1 + k, N, T)."""
    data = panel_arrays(y, x)
    outcome, regressors = balanced_cube(data, "interactive effects")
    check_regression(data, y, x)
    z = np.concatenate([outcome[None], np.moveaxis(regressors, 2, 0)])
    return list(map(str, data.names)), z, data.index


def _moments(z: Floats, weights: Floats) -> Floats:
    """Second moments over time of every pair, both effects out, by set of weights on units.

    Shape (B, 1 + k, 1 + k, T, T): all that the search needs of the panel.
    """
    z = z - z.mean(axis=2, keepdims=True)
    means = np.einsum("bi,ait->bat", weights, z)
    total = weights.sum(axis=1)[:, None, None, None, None]
    raw = np.einsum("bi,ait,cis->bacts", weights, z, z, optimize=True)
    return np.asarray(raw - np.einsum("bat,bcs->bacts", means, means) / total)


def _search(moments: Floats, begin: Floats, factors: int, close: float) -> tuple[Floats, Floats]:
    """Coefficients (B, k) and sums of squares (B,), every set until its coefficients converge."""
    beta, ssr = begin.copy(), np.empty(len(begin))
    going = np.arange(len(begin))
    for _ in range(STEPS):
        m = moments[going]
        left = _off_factors(m, beta[going], factors)
        new = np.linalg.solve(left[:, 1:, 1:], left[:, 1:, :1])[..., 0]
        contrast = np.column_stack([np.ones(len(new)), -new])
        ssr[going] = np.einsum("ba,bc,bac->b", contrast, contrast, left)
        moved = np.abs(new - beta[going]).max(axis=1)
        beta[going] = new
        going = going[moved > close]
        if not len(going):
            return beta, ssr
    raise Infeasible(codes.FACTORS_NOT_FOUND(factors=factors, steps=STEPS))


def _off_factors(moments: Floats, beta: Floats, factors: int) -> Floats:
    """Sums of products of every pair once the residuals' factors are out, shape (B, 1 + k, 1 + k)."""
    contrast = np.column_stack([np.ones(len(beta)), -beta])
    residual = np.einsum("ba,bc,bacts->bts", contrast, contrast, moments, optimize=True)
    sets, pairs, t = len(moments), moments.shape[1:3], residual.shape[1]
    first = np.linalg.eigh(residual)[1][:, :, t - factors :]
    keep = np.eye(t) - first @ first.transpose(0, 2, 1)
    sums = moments.reshape(sets, -1, t * t) @ keep.reshape(sets, t * t, 1)
    return np.asarray(sums.reshape(sets, *pairs))


def _residuals(z: Floats, beta: Floats, factors: int) -> Floats:
    z = z - z.mean(axis=2, keepdims=True)
    z = z - z.mean(axis=1, keepdims=True)
    w = z[0] - np.tensordot(beta, z[1:], 1)
    first = np.linalg.eigh(w.T @ w)[1][:, w.shape[1] - factors :]
    return np.asarray(w - w @ first @ first.T)


def _resampled(z: Floats, weights: Floats, fit: InteractiveFit, factors: int) -> Floats:
    begin = np.repeat(fit.params.to_numpy()[None], len(weights), axis=0)
    moments = _moments(z, weights)
    left = np.einsum("baatt->ba", moments)[:, 1:]
    still = (left <= ABSORBED**2 * (z[1:] ** 2).sum(axis=(1, 2))).any(axis=0)
    if still.any():
        names = ", ".join(fit.params.index[still])
        raise Infeasible(codes.NOTHING_WITHOUT_UNITS(names=names))
    return _search(moments, begin, factors, CLOSE_RESAMPLED)[0]
