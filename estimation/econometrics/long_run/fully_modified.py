"""Fully modified OLS on arrays, batched over units and over any leading dimensions."""

from __future__ import annotations

import numpy as np

from estimation.econometrics.kernels import Floats, long_run_covariance
from estimation.econometrics.long_run.moments import (
    Estimate,
    UnitMoments,
    given_others,
    group_mean,
    one_sided_bias,
    pool,
    pool_weighted,
    solve,
)
from estimation.econometrics.wide_panel import deterministics, off_deterministics


def innovations(y: Floats, x: Floats, trend: str, *, common_slopes: bool) -> Floats:
    """First-stage residual beside the differences of the detrended regressors: (u_t, dx_t'), t = 2..T.

    Shape (..., N, T-1, 1+k); `common_slopes` takes one OLS vector for all units, or one for each.
    """
    xd = off_deterministics(x, trend)
    yd = off_deterministics(y[..., None], trend)
    xx = np.swapaxes(xd, -1, -2) @ xd
    xy = (np.swapaxes(xd, -1, -2) @ yd)[..., 0]
    if common_slopes:
        b = solve(xx.sum(axis=-3), xy.sum(axis=-2))[..., None, :]
    else:
        b = solve(xx, xy)
    u = yd - xd @ b[..., None]
    return np.concatenate([u[..., 1:, :], np.diff(xd, axis=-2)], axis=-1)


def fully_modified(
    y: Floats, x: Floats, *, method: str, trend: str, kernel: str, bandwidth: float
) -> Estimate:
    """FMOLS of a balanced panel, or of a batch of them.

    With Omega, Lambda of (u, dx): y+ = y - omega_12 Omega_22^-1 dx,
    lambda+ = lambda_12 - omega_12 Omega_22^-1 Lambda_22, xy_i = sum_t x y+ - (T-1) lambda+,
    omega_{u.v} = omega_11 - omega_12 Omega_22^-1 omega_21 (Phillips and Hansen 1990). "pooled" puts
    the averages over units in place of each unit's own.

    Parameters
    ----------
    y, x, method, trend, kernel, bandwidth
        As in `dynamic.dynamic`; kernel and bandwidth of the long-run covariance.

    Returns
    -------
    Estimate
        Moments on T-1 rows, `omega` conditional on the regressors' innovations; residuals (..., N, T)
        y - d'delta_i - x'b with delta_i from the modified regression of unit i.
    """
    eta = innovations(y, x, trend, common_slopes=method != "group_mean")
    moments_of_eta = long_run_covariance(eta, kernel, bandwidth)
    omega, one_sided = moments_of_eta.long_run, moments_of_eta.one_sided
    if method == "pooled":
        omega = np.broadcast_to(omega.mean(axis=-3, keepdims=True), omega.shape)
        one_sided = np.broadcast_to(one_sided.mean(axis=-3, keepdims=True), one_sided.shape)
    rows = eta.shape[-2]
    projection, conditional = given_others(omega)
    modified = y[..., 1:, None] - eta[..., 1:] @ projection
    later = off_deterministics(x[..., 1:, :], trend)
    moments = UnitMoments(
        xx=np.swapaxes(later, -1, -2) @ later,
        xy=(np.swapaxes(later, -1, -2) @ modified)[..., 0]
        - rows * one_sided_bias(one_sided, projection),
        omega=conditional,
    )
    if method == "pooled":
        vector = pool(moments, conditional[..., 0])
    elif method == "weighted":
        vector = pool_weighted(moments)
    else:
        vector = group_mean(moments)
    slopes = vector.b[..., None, :] if vector.unit_b is None else vector.unit_b
    residuals = _residuals(y, x, modified[..., 0], slopes, trend)
    return Estimate(vector, moments, residuals)


def _residuals(y: Floats, x: Floats, modified: Floats, slopes: Floats, trend: str) -> Floats:
    fitted = (x @ slopes[..., None])[..., 0]
    basis = deterministics(y.shape[-1], trend)
    coefficients = np.linalg.pinv(basis[1:]) @ (modified - fitted[..., 1:])[..., None]
    return y - fitted - (basis @ coefficients)[..., 0]
