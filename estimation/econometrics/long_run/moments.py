"""The arithmetic that FMOLS and DOLS share: moments of each unit into a cointegrating vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from living_panel.estimation.econometrics.arguments import Method, Shape, check_arguments
from living_panel.estimation.econometrics.kernels import Floats


@dataclass(frozen=True, slots=True)
class MomentEstimate:
    """FMOLS or DOLS on arrays.

    Attributes
    ----------
    b : ndarray (..., k)
        Estimates.
    cov : ndarray (..., k, k)
        Covariance.
    t : ndarray (..., k)
        t statistics.
    slopes : ndarray (..., N or 1, k)
        Estimates of each unit under the group mean, or the pooled ones.
    omega : ndarray (..., N)
        Long-run variance of the error of each unit.
    residuals : ndarray (..., N, rows)
    """

    b: Floats
    cov: Floats
    t: Floats
    slopes: Floats
    omega: Floats
    residuals: Floats


@check_arguments
def slopes_of(
    x: Annotated[Floats, Shape("... N n k")],
    xy: Annotated[Floats, Shape("... N k")],
    method: Method,
) -> Floats:
    """Slopes (..., N or 1, k) of x (..., N, n, k), of each unit or pooled, from xy (..., N, k).

    Parameters
    ----------
    x : ndarray, shape (..., N, n, k)
        Regressors.
    xy : ndarray, shape (..., N, k)
        Cross products x'y.
    method : {"pooled", "group_mean"}
        How units are combined.

    Returns
    -------
    ndarray, shape (..., N or 1, k)
    """
    xx = cross(x)
    if method == "pooled":
        xx, xy = xx.sum(axis=-3, keepdims=True), xy.sum(axis=-2, keepdims=True)
    return np.asarray(np.linalg.solve(xx, xy[..., None])[..., 0], dtype=float)


@check_arguments
def combined(
    x: Annotated[Floats, Shape("... N n k")],
    slopes: Annotated[Floats, Shape("... M k")],
    omega: Annotated[Floats, Shape("... N")],
    residuals: Annotated[Floats, Shape("... N t")],
    method: Method,
) -> MomentEstimate:
    """The estimate with V = mean(omega) (sum_i xx_i)^-1, or the mean of unit estimates.

    Pooled: Phillips and Moon (1999), Kao and Chiang (2000) for FMOLS; Mark and Sul (2003) for DOLS.
    Group mean (Pedroni 2000, 2001): V = sum_i V_i / N², t = sum_i t_i / sqrt(N).

    Parameters
    ----------
    x : ndarray, shape (..., N, n, k)
        Regressors.
    slopes : ndarray, shape (..., M, k)
        Slopes of each unit, or the pooled ones.
    omega : ndarray, shape (..., N)
        Long-run variance of each unit.
    residuals : ndarray, shape (..., N, t)
        Residuals, stored in the result.
    method : {"pooled", "group_mean"}
        How units are combined.

    Returns
    -------
    MomentEstimate
    """
    xx, b = cross(x), slopes.mean(axis=-2)
    if method == "pooled":
        cov = omega.mean(axis=-1)[..., None, None] * np.linalg.inv(xx.sum(axis=-3))
        return MomentEstimate(b, cov, b / std_errors(cov), slopes, omega, residuals)
    each = omega[..., None, None] * np.linalg.inv(xx)
    n = slopes.shape[-2]
    t = (slopes / std_errors(each)).sum(axis=-2) / np.sqrt(n)
    return MomentEstimate(b, each.sum(axis=-3) / n**2, t, slopes, omega, residuals)


@check_arguments
def cross(x: Annotated[Floats, Shape("... n k")]) -> Floats:
    """Cross products x'x, shape (..., k, k)."""
    return np.asarray(np.swapaxes(x, -1, -2) @ x)


@check_arguments
def std_errors(cov: Annotated[Floats, Shape("... k k")]) -> Floats:
    """Roots of the diagonal of (..., k, k)."""
    return np.asarray(np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1)))


@check_arguments
def given_others(covariance: Annotated[Floats, Shape("... m m")]) -> tuple[Floats, Floats]:
    """Coefficients (..., k, 1) of the first component on the others, and its variance given them."""
    projection = np.asarray(
        np.linalg.solve(covariance[..., 1:, 1:], covariance[..., 1:, :1]), float
    )
    return projection, covariance[..., 0, 0] - (covariance[..., :1, 1:] @ projection)[..., 0, 0]
