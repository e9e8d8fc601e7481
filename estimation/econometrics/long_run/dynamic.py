"""Dynamic OLS on arrays, batched over units and over any leading dimensions."""

from __future__ import annotations

import numpy as np

from estimation.econometrics.kernels import Floats, long_run_variance
from estimation.econometrics.long_run.moments import (
    Estimate,
    UnitMoments,
    group_mean,
    pool,
    pool_weighted,
)
from estimation.econometrics.wide_panel import off_deterministics


def dynamics(x: Floats, leads: int, lags: int) -> Floats:
    """dx_{t-lags}, ..., dx_{t+leads} for the rows that have them all.

    From (..., T, k) to (..., T-1-leads-lags, k (1+leads+lags)).
    """
    dx = np.diff(x, axis=-2)
    rows = dx.shape[-2] - leads - lags
    return np.concatenate([dx[..., s : s + rows, :] for s in range(leads + lags + 1)], axis=-1)


def dynamic(
    y: Floats,
    x: Floats,
    *,
    method: str,
    trend: str,
    leads: int,
    lags: int,
    kernel: str,
    bandwidth: float,
    common_dynamics: bool,
    sandwich: bool,
    time_means: bool = False,
) -> Estimate:
    """DOLS of a balanced panel, or of a batch of them (Saikkonen 1991; Mark and Sul 2003).

    Parameters
    ----------
    y : ndarray (..., N, T)
        Dependent variable.
    x : ndarray (..., N, T, k)
        Regressors.
    method : {"pooled", "weighted", "group_mean"}
        How units are combined.
    trend : {"c", "ct"}
        Deterministics of each unit.
    leads, lags : int
        Of the differenced regressors.
    kernel, bandwidth
        Long-run variance of the residuals; see `estimation.econometrics.kernels.kernel_weights`.
    common_dynamics : bool
        One set of lead and lag coefficients for all units.
    sandwich : bool
        Mark and Sul's sandwich, for "pooled".
    time_means : bool
        Take each period's mean over units off what is left of y and x once deterministics, leads
        and lags are out (Mark and Sul 2003, section 3); "pooled" and "weighted".

    Returns
    -------
    Estimate
        Moments net of deterministics and dynamics; residuals (..., N, T-1-leads-lags).
    """
    w = off_deterministics(dynamics(x, leads, lags), trend)
    rows = slice(lags + 1, x.shape[-2] - leads)
    pair = np.concatenate([x[..., rows, :], y[..., rows, None]], axis=-1)
    pair = off_deterministics(pair, trend)
    if common_dynamics:
        first = _off_common(pair, w, np.ones(pair.shape[:-2]))
    else:
        first = _off_own(pair, w)
    if time_means:
        first = first - first.mean(axis=-3, keepdims=True)
    if method == "group_mean":
        return _finish(first, kernel, bandwidth, method, sandwich, weights=None)
    result = _finish(first, kernel, bandwidth, "pooled", sandwich, weights=None)
    if method == "pooled":
        return result
    preliminary = result.moments.omega
    if common_dynamics:
        first = _off_common(pair, w, preliminary**-0.5)
        if time_means:
            first = first - first.mean(axis=-3, keepdims=True)
    return _finish(first, kernel, bandwidth, method, sandwich, weights=preliminary)


def _finish(
    pair: Floats,
    kernel: str,
    bandwidth: float,
    method: str,
    sandwich: bool,
    weights: Floats | None,
) -> Estimate:
    """The estimate of regressors and y left in `pair`, units scaled by 1/`weights` where given."""
    x, y = pair[..., :-1], pair[..., -1:]
    xx = np.swapaxes(x, -1, -2) @ x
    xy = (np.swapaxes(x, -1, -2) @ y)[..., 0]
    if method == "group_mean":
        slopes = np.linalg.solve(xx, xy[..., None])
    else:
        scale = 1.0 if weights is None else 1 / weights[..., None]
        a, c = (np.expand_dims(scale, -1) * xx).sum(axis=-3), (scale * xy).sum(axis=-2)
        slopes = np.linalg.solve(a, c[..., None])[..., None, :, :]
    residuals = (y - x @ slopes)[..., 0]
    omega = long_run_variance(residuals, kernel, bandwidth) if weights is None else weights
    moments = UnitMoments(xx, xy, omega)
    if method == "group_mean":
        vector = group_mean(moments)
    elif weights is None:
        vector = pool(moments, sandwich=sandwich)
    else:
        vector = pool_weighted(moments)
    return Estimate(vector, moments, residuals)


def _off_own(pair: Floats, w: Floats) -> Floats:
    q, _ = np.linalg.qr(w)
    return pair - q @ (np.swapaxes(q, -1, -2) @ pair)


def _off_common(pair: Floats, w: Floats, scale: Floats) -> Floats:
    factor = scale[..., None, None]
    sw, sp = factor * w, factor * pair
    ww = (np.swapaxes(sw, -1, -2) @ sw).sum(axis=-3)
    wp = (np.swapaxes(sw, -1, -2) @ sp).sum(axis=-3)
    return pair - w @ np.linalg.solve(ww, wp)[..., None, :, :]
