"""Kernel weights and long-run covariances, batched over any leading dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimation.econometrics.errors import Infeasible

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LongRunCovariance:
    """Second moments of a vector series of m components.

    Attributes
    ----------
    long_run : ndarray (..., m, m)
        Two-sided Omega = Gamma_0 + sum_j w_j (Gamma_j + Gamma_j').
    one_sided : ndarray (..., m, m)
        Lambda = Gamma_0 + sum_j w_j Gamma_j, lag 0 included.
    short_run : ndarray (..., m, m)
        Contemporaneous Gamma_0.
    """

    long_run: Floats
    one_sided: Floats
    short_run: Floats


def check_bandwidth(kernel: str, bandwidth: float, n: int) -> None:
    """Refuse a bandwidth of Bartlett's or Parzen's kernel that `n` rows cannot carry."""
    if kernel != "quadratic-spectral" and bandwidth >= n:
        raise Infeasible(
            f"bandwidth {bandwidth!r} on {n} rows: choose at most {n - 1}, a few at these lengths"
        )


def kernel_weights(kernel: str, bandwidth: float, n: int) -> Floats:
    """Weights of lags 0, 1, ... of one kernel.

    Bartlett 1 - j/(bw+1); Parzen on z = j/(bw+1): 1 - 6z²(1-z) up to one half, 2(1-z)³ beyond;
    quadratic spectral 3/z²(sin z / z - cos z) with z = 6πj/(5 bw) over all lags (Andrews 1991,
    eq. 2.7). A bandwidth of 0 leaves lag 0 alone, whose weight is 1; it is whole for Bartlett and Parzen.

    Parameters
    ----------
    kernel : {"bartlett", "parzen", "quadratic-spectral"}
    bandwidth : float
    n : int
        Rows of the series the weights are for.
    """
    check_bandwidth(kernel, bandwidth, n)
    if kernel == "quadratic-spectral":
        weights = np.zeros(n)
        weights[0] = 1.0
        if bandwidth > 0:
            z = 6 * np.pi * np.arange(1, n) / (5 * bandwidth)
            weights[1:] = 3 / z**2 * (np.sin(z) / z - np.cos(z))
        return weights
    z = np.arange(int(bandwidth) + 1) / (bandwidth + 1)
    if kernel == "bartlett":
        return 1 - z
    if kernel != "parzen":
        raise ValueError(f"kernel {kernel!r}: bartlett, parzen or quadratic-spectral")
    return np.where(z <= 0.5, 1 - 6 * z**2 * (1 - z), 2 * (1 - z) ** 3)


def long_run_covariance(series: Floats, kernel: str, bandwidth: float) -> LongRunCovariance:
    """Kernel estimate of the long-run covariance, neither centred nor adjusted for degrees.

    Gamma_j = n^-1 sum_t e_t e_{t-j}' of rows in time order (..., n, m), weights by `kernel_weights`.
    Every product divides by n, the number of rows given; leading dimensions are independent series.
    """
    n = series.shape[-2]
    weights = kernel_weights(kernel, bandwidth, n)
    transposed = np.swapaxes(series, -1, -2)
    short_run = transposed @ series / n
    one_sided = short_run.copy()
    for lag, weight in enumerate(weights[1:], start=1):
        one_sided += weight / n * (transposed[..., lag:] @ series[..., : n - lag, :])
    long_run = one_sided + np.swapaxes(one_sided, -1, -2) - short_run
    return LongRunCovariance(long_run, one_sided, short_run)


def long_run_variance(series: Floats, kernel: str, bandwidth: float) -> Floats:
    """Long-run variance (...) of scalar series (..., n), rows in time order; as `long_run_covariance`."""
    n = series.shape[-1]
    total = np.einsum("...t,...t->...", series, series)
    for lag, weight in enumerate(kernel_weights(kernel, bandwidth, n)[1:], start=1):
        products = np.einsum("...t,...t->...", series[..., lag:], series[..., : n - lag])
        total = total + 2 * weight * products
    return np.asarray(total / n, dtype=np.float64)
