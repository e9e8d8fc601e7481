"""Long-run covariances by Bartlett's kernel, batched over any leading dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from estimation.econometrics.arguments import Count, Shape, check_arguments
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
            f"bandwidth {bandwidth!r} on {rows} rows: choose 0 to {rows - 1}, a few at these lengths"
        )
    return 1 - np.arange(bandwidth + 1) / (bandwidth + 1)


@check_arguments
def long_run_covariance(
    series: Annotated[Floats, Shape("... n m")], bandwidth: Count
) -> LongRunCovariance:
    """Kernel estimate of the long-run covariance, neither centred nor adjusted for degrees.

    Gamma_j = n^-1 sum_t e_t e_{t-j}' of rows in time order (..., n, m), weights by `bartlett_weights`.
    Every product divides by n, the number of rows given; leading dimensions are independent series.
    """
    n = series.shape[-2]
    transposed = np.swapaxes(series, -1, -2)
    short_run = transposed @ series / n
    one_sided = short_run.copy()
    for lag, weight in enumerate(bartlett_weights(bandwidth, n)[1:], start=1):
        one_sided += weight / n * (transposed[..., lag:] @ series[..., : n - lag, :])
    long_run = one_sided + np.swapaxes(one_sided, -1, -2) - short_run
    return LongRunCovariance(long_run, one_sided, short_run)


@check_arguments
def long_run_variance(series: Annotated[Floats, Shape("... n")], bandwidth: Count) -> Floats:
    """Long-run variance (...) of scalar series (..., n), rows in time order; as `long_run_covariance`."""
    n = series.shape[-1]
    total = np.einsum("...t,...t->...", series, series)
    for lag, weight in enumerate(bartlett_weights(bandwidth, n)[1:], start=1):
        products = np.einsum("...t,...t->...", series[..., lag:], series[..., : n - lag])
        total = total + 2 * weight * products
    return np.asarray(total / n, dtype=np.float64)
