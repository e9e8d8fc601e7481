"""Fully modified OLS on arrays, batched over units and over any leading dimensions."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from living_panel.estimation.econometrics.arguments import Method, Shape, Trend, check_arguments
from living_panel.estimation.econometrics.kernels import Bandwidth, Floats, long_run_covariance
from living_panel.estimation.econometrics.long_run.moments import (
    MomentEstimate,
    combined,
    given_others,
    slopes_of,
)
from living_panel.estimation.econometrics.wide_panel import deterministics, off_deterministics


@check_arguments
def modified(
    y: Annotated[Floats, Shape("... N T")],
    x: Annotated[Floats, Shape("... N T k")],
    *,
    method: Method,
    trend: Trend,
    bandwidth: Bandwidth,
) -> tuple[Floats, Floats, Floats]:
    """Give y+ (..., N, T-1, 1), its bias lambda+ (..., N, k) and omega_{u.v} (..., N).

    From u, the residual of first-stage OLS net of deterministics, and the differences of the detrended
    regressors, t = 2..T, take Omega, Lambda of (u, dx). Then y+ = y - omega_12 Omega_22^-1 dx,
    lambda+ = lambda_12 - omega_12 Omega_22^-1 Lambda_22,
    omega_{u.v} = omega_11 - omega_12 Omega_22^-1 omega_21 (Phillips and Hansen 1990). "pooled" puts
    the averages over units in place of each unit's own.

    Parameters
    ----------
    y : ndarray, shape (..., N, T)
        Dependent variable.
    x : ndarray, shape (..., N, T, k)
        Regressors.
    method : {"pooled", "group_mean"}
        How units are combined.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    bandwidth : int or Smoothing
        Of the long-run covariance.

    Returns
    -------
    tuple of ndarray
        y+ (..., N, T-1, 1), its bias (..., N, k) and omega_{u.v} (..., N).
    """
    xd, yd = off_deterministics(x, trend), off_deterministics(y[..., None], trend)
    b = slopes_of(xd, (np.swapaxes(xd, -1, -2) @ yd)[..., 0], method)
    u = yd - xd @ b[..., None]
    innovations = np.concatenate([u[..., 1:, :], np.diff(xd, axis=-2)], axis=-1)
    covariance = long_run_covariance(innovations, bandwidth)
    omega, one_sided = covariance.long_run, covariance.one_sided
    if method == "pooled":
        omega = np.broadcast_to(omega.mean(axis=-3, keepdims=True), omega.shape)
        one_sided = np.broadcast_to(one_sided.mean(axis=-3, keepdims=True), one_sided.shape)
    projection, conditional = given_others(omega)
    row = np.swapaxes(projection, -1, -2)
    bias = (one_sided[..., :1, 1:] - row @ one_sided[..., 1:, 1:])[..., 0, :]
    return y[..., 1:, None] - innovations[..., 1:] @ projection, bias, conditional


@check_arguments
def fully_modified(
    y: Annotated[Floats, Shape("... N T")],
    x: Annotated[Floats, Shape("... N T k")],
    *,
    method: Method,
    trend: Trend,
    bandwidth: Bandwidth,
) -> MomentEstimate:
    """FMOLS of a balanced panel, or of a batch of them: b = (sum x x')^-1 (sum x y+ - (T-1) lambda+).

    Parameters
    ----------
    y : ndarray, shape (..., N, T)
        Dependent variable.
    x : ndarray, shape (..., N, T, k)
        Regressors.
    method : {"pooled", "group_mean"}
        How units are combined.
    trend : {"c", "ct"}
        Deterministics of each unit.
    bandwidth : int or Smoothing
        Of the long-run covariance.

    Returns
    -------
    MomentEstimate
        `omega` conditional on the regressors' innovations; residuals (..., N, T)
        y - d'delta_i - x'b with delta_i from the modified regression of unit i.
    """
    plus, bias, conditional = modified(y, x, method=method, trend=trend, bandwidth=bandwidth)
    later = off_deterministics(x[..., 1:, :], trend)
    xy = (np.swapaxes(later, -1, -2) @ plus)[..., 0] - plus.shape[-2] * bias
    slopes = slopes_of(later, xy, method)
    residuals = _residuals(y, x, plus[..., 0], slopes, trend)
    return combined(later, slopes, conditional, residuals, method)


def _residuals(y: Floats, x: Floats, plus: Floats, slopes: Floats, trend: str) -> Floats:
    fitted = (x @ slopes[..., None])[..., 0]
    basis = deterministics(y.shape[-1], trend)
    coefficients = np.linalg.pinv(basis[1:]) @ (plus - fitted[..., 1:])[..., None]
    return y - fitted - (basis @ coefficients)[..., 0]
