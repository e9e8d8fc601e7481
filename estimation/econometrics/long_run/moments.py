"""The arithmetic that FMOLS and DOLS share: pooling unit moments into a cointegrating vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from estimation.econometrics.kernels import Floats


@dataclass(frozen=True, slots=True)
class UnitMoments:
    """Cross products of each unit, from which every pooled or averaged estimate follows.

    Attributes
    ----------
    xx : ndarray (..., N, k, k)
        sum_t x x' of the regressors net of deterministics (and dynamics).
    xy : ndarray (..., N, k)
        sum_t x y, corrected for endogeneity and bias under FMOLS.
    omega : ndarray (..., N)
        Long-run variance of the error of each unit.
    """

    xx: Floats
    xy: Floats
    omega: Floats


@dataclass(frozen=True, slots=True)
class CointegratingVector:
    """An estimate with its covariance.

    Attributes
    ----------
    b : ndarray (..., k)
        Estimates.
    cov : ndarray (..., k, k)
        Covariance.
    t : ndarray (..., k)
        t statistics.
    unit_b : ndarray (..., N, k) or None
        Estimates of each unit, under the group mean.
    """

    b: Floats
    cov: Floats
    t: Floats
    unit_b: Floats | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """FMOLS or DOLS on arrays: the vector, what it was made of, and residuals (..., N, rows)."""

    vector: CointegratingVector
    moments: UnitMoments
    residuals: Floats


def solve(a: Floats, b: Floats) -> Floats:
    """Solve (..., k, k) against (..., k)."""
    return np.asarray(np.linalg.solve(a, b[..., None])[..., 0], dtype=float)


def given_others(covariance: Floats) -> tuple[Floats, Floats]:
    """Coefficients (..., k, 1) of the first component on the others, and its variance given them."""
    projection = np.asarray(
        np.linalg.solve(covariance[..., 1:, 1:], covariance[..., 1:, :1]), float
    )
    return projection, covariance[..., 0, 0] - (covariance[..., :1, 1:] @ projection)[..., 0, 0]


def one_sided_bias(one_sided: Floats, projection: Floats) -> Floats:
    """lambda_12 - omega_12 Omega_22^-1 Lambda_22, shape (..., k)."""
    row = np.swapaxes(projection, -1, -2)
    return (one_sided[..., :1, 1:] - row @ one_sided[..., 1:, 1:])[..., 0, :]


def pool(
    moments: UnitMoments, omega: Floats | None = None, *, sandwich: bool = False
) -> CointegratingVector:
    """Pooled estimate with V = omega (sum_i xx)^-1, or Mark and Sul's (2003, eq. 8) sandwich.

    `omega` (...,) is the variance common to all units, their mean where it is not given. Phillips
    and Moon (1999), Kao and Chiang (2000) for FMOLS; Mark and Sul (2003) for DOLS, whose sandwich is
    A^-1 (sum_i omega_i xx_i) A^-1.
    """
    bread = np.linalg.inv(moments.xx.sum(axis=-3))
    b = (bread @ moments.xy.sum(axis=-2)[..., None])[..., 0]
    if sandwich:
        meat = (moments.omega[..., None, None] * moments.xx).sum(axis=-3)
        return _with_t(b, bread @ meat @ bread)
    common = moments.omega.mean(axis=-1) if omega is None else omega
    return _with_t(b, common[..., None, None] * bread)


def pool_weighted(moments: UnitMoments) -> CointegratingVector:
    """Pooled estimate with each unit scaled by 1/omega_i; V = (sum_i xx_i / omega_i)^-1."""
    weight = 1 / moments.omega
    cov = np.linalg.inv((weight[..., None, None] * moments.xx).sum(axis=-3))
    b = (cov @ (weight[..., None] * moments.xy).sum(axis=-2)[..., None])[..., 0]
    return _with_t(b, cov)


def group_mean(moments: UnitMoments) -> CointegratingVector:
    """Mean of unit estimates (Pedroni 2000, 2001): V = sum_i V_i / N², t = sum_i t_i / sqrt(N)."""
    bread = np.linalg.inv(moments.xx)
    unit_b = (bread @ moments.xy[..., None])[..., 0]
    unit_v = moments.omega[..., None, None] * bread
    unit_se = np.sqrt(np.diagonal(unit_v, axis1=-2, axis2=-1))
    n = unit_b.shape[-2]
    t = (unit_b / unit_se).sum(axis=-2) / np.sqrt(n)
    return CointegratingVector(unit_b.mean(axis=-2), unit_v.sum(axis=-3) / n**2, t, unit_b)


def _with_t(b: Floats, cov: Floats) -> CointegratingVector:
    return CointegratingVector(b, cov, b / np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1)))
