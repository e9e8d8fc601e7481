"""Null distributions of residual-based statistics at a panel's own N and T."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from estimation.econometrics.kernels import Floats

NULL = "no cointegration in any unit"
CRITICAL_VALUES = ("asymptotic", "finite_sample")
# Residual degrees of freedom of a unit's ADF regression.
MIN_ADF_DF = 4
DRAWS = 2_000
SEED = 19_990_001
_BATCH = 100


def null_of(
    statistics: Callable[[Floats, Floats], Floats],
    n_units: int,
    periods: int,
    regressors: int,
    demean: bool,
) -> Floats:
    """Statistics of panels without cointegration: independent normal random walks.

    Parameters
    ----------
    statistics : callable
        From y (R, N, T) and x (R, N, T, k) to (R, m).
    n_units, periods, regressors : int
        N, T and k.
    demean : bool
        Subtract each period's mean over units, as was done to the panel.

    Returns
    -------
    ndarray (DRAWS, m)
        The same at every call.
    """
    rng = np.random.default_rng(SEED)
    parts = []
    for start in range(0, DRAWS, _BATCH):
        size = min(_BATCH, DRAWS - start)
        walks = np.cumsum(rng.standard_normal((size, n_units, periods, 1 + regressors)), axis=2)
        if demean:
            walks = walks - walks.mean(axis=1, keepdims=True)
        parts.append(statistics(walks[..., 0], walks[..., 1:]))
    return np.concatenate(parts)


def lower_tail_p(null: Floats, observed: Floats) -> Floats:
    """(1 + #{null <= observed}) / (1 + draws), column by column."""
    return np.asarray((1 + (null <= observed).sum(axis=0)) / (1 + len(null)), dtype=float)
