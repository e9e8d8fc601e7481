"""Long-run covariances by kernels, batched over any leading dimensions; a bare bandwidth is Bartlett's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import Count, OneOf, Shape, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible

Floats = NDArray[np.float64]
KERNELS = ("bartlett", "parzen", "quadratic_spectral")
Kernel = Annotated[str, OneOf(KERNELS)]
"""Kernel of a long-run covariance."""


@dataclass(frozen=True, slots=True)
class Smoothing:
    """A kernel with its bandwidth; a whole number alone is the bandwidth of Bartlett's.

    Attributes
    ----------
    kernel : {"bartlett", "parzen", "quadratic_spectral"}
    bandwidth : int
        Last lag with a weight under the first two, the scale of the lags under the third.
    """

    kernel: Kernel
    bandwidth: Count


Bandwidth = Count | Smoothing
"""Bandwidth of Bartlett's kernel, or another kernel with its bandwidth."""


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


@check_arguments
def bartlett_weights(bandwidth: Count, rows: int) -> Floats:
    """Weights 1 - j/(bandwidth + 1) of lags j = 0, ..., bandwidth.

    Raises
    ------
    Infeasible
        A bandwidth that so many rows cannot carry.
    """
    if not 0 <= bandwidth < rows:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "a bandwidth of {bandwidth!r} is not possible with {rows} rows",
                "choose 0 to {largest}; a few lags are usual for so many rows",
                bandwidth=bandwidth,
                rows=rows,
                largest=rows - 1,
            )
        )
    return 1 - np.arange(bandwidth + 1) / (bandwidth + 1)


@check_arguments
def rule_bandwidth(periods: int) -> int:
    """Newey and West's (1994) rule of Bartlett's kernel: the whole part of 4 (T/100)^(2/9)."""
    return int(4 * (periods / 100) ** (2 / 9))


@check_arguments
def kernel_weights(kernel: Kernel, bandwidth: Count, rows: int) -> Floats:
    """Weights of lags j = 0, 1, ... of a kernel; those that are zero at the end are omitted.

    Bartlett and Parzen at j/(bandwidth + 1), the quadratic-spectral kernel at j/bandwidth over all lags; a
    bandwidth of 0 is no lag with each (Andrews 1991, section 2).

    Parameters
    ----------
    kernel : {"bartlett", "parzen", "quadratic_spectral"}
        Which kernel.
    bandwidth : int
        Last lag with a weight under the first two, the scale of the lags under the third.
    rows : int
        Length of the series.

    Returns
    -------
    ndarray

    Raises
    ------
    Infeasible
        A bandwidth that so many rows cannot carry.
    """
    linear = bartlett_weights(bandwidth, rows)
    if kernel == "bartlett" or bandwidth == 0:
        return linear
    if kernel == "parzen":
        x = 1 - linear
        inside = 1 - 6 * x**2 * (1 - x)
        return np.where(x <= 0.5, inside, 2 * (1 - x) ** 3)
    z = 6 * np.pi * np.arange(1, rows) / bandwidth / 5
    return np.append(1.0, 3 / z**2 * (np.sin(z) / z - np.cos(z)))


@check_arguments
def long_run_covariance(
    series: Annotated[Floats, Shape("... n m")], bandwidth: Bandwidth
) -> LongRunCovariance:
    """Kernel estimate of the long-run covariance, neither centred nor adjusted for degrees.

    Gamma_j = n^-1 sum_t e_t e_{t-j}' of rows in time order (..., n, m), weights by `kernel_weights`.
    Every product divides by n, the number of rows given; leading dimensions are independent series.
    """
    n = series.shape[-2]
    transposed = np.swapaxes(series, -1, -2)
    short_run = transposed @ series / n
    one_sided = short_run.copy()
    for lag, weight in enumerate(_weights(bandwidth, n)[1:], start=1):
        one_sided += weight / n * (transposed[..., lag:] @ series[..., : n - lag, :])
    long_run = one_sided + np.swapaxes(one_sided, -1, -2) - short_run
    return LongRunCovariance(long_run, one_sided, short_run)


@check_arguments
def long_run_variance(series: Annotated[Floats, Shape("... n")], bandwidth: Bandwidth) -> Floats:
    """Long-run variance (...) of scalar series (..., n), rows in time order; as `long_run_covariance`."""
    n = series.shape[-1]
    total = np.einsum("...t,...t->...", series, series)
    for lag, weight in enumerate(_weights(bandwidth, n)[1:], start=1):
        products = np.einsum("...t,...t->...", series[..., lag:], series[..., : n - lag])
        total = total + 2 * weight * products
    return np.asarray(total / n, dtype=np.float64)


def _weights(bandwidth: int | Smoothing, rows: int) -> Floats:
    if isinstance(bandwidth, Smoothing):
        return kernel_weights(bandwidth.kernel, bandwidth.bandwidth, rows)
    return bartlett_weights(bandwidth, rows)
