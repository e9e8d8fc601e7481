"""Sums that covariances are made of: scores by cluster, meats, Bartlett's kernel, the sandwich."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from living_panel.estimation.econometrics.arguments import Shape, check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints


@check_arguments
def sandwich(
    bread: Annotated[Floats, Shape("k k")], meat: Annotated[Floats, Shape("k k")]
) -> Floats:
    """Symmetrised bread · meat · bread, shape (k, k)."""
    out = bread @ meat @ bread
    return (out + out.T) / 2


@check_arguments
def cluster_sums(
    scores: Annotated[Floats, Shape("n k")], cluster: Annotated[Ints, Shape("n")]
) -> Floats:
    """Scores added up within clusters, shape (G, k)."""
    groups = int(cluster.max()) + 1
    sums = [np.bincount(cluster, column, groups) for column in scores.T]
    return np.column_stack(sums) if sums else np.zeros((groups, 0))


@check_arguments
def clustered_meat(
    scores: Annotated[Floats, Shape("n k")], cluster: Annotated[Ints, Shape("n")]
) -> Floats:
    """Σ_g s_g s_g', s_g the cluster's summed scores (Liang and Zeger 1986)."""
    sums = cluster_sums(scores, cluster)
    return sums.T @ sums


@check_arguments
def intersection(first: Annotated[Ints, Shape("n")], second: Annotated[Ints, Shape("n")]) -> Ints:
    """Codes of the pairs of two cluster keys, shape (n,)."""
    pairs = first.astype(np.int64) * (int(second.max()) + 1) + second
    labels: Ints = np.unique(pairs, return_inverse=True)[1].astype(np.int64).ravel()
    return labels


@check_arguments
def nested(effect: Annotated[Ints, Shape("n")], cluster: Annotated[Ints, Shape("n")]) -> bool:
    """Whether every level of an effect lies in one cluster."""
    one = np.empty(int(effect.max()) + 1, dtype=np.int64)
    one[effect] = cluster  # of each level, that of any of its rows
    return bool((one[effect] == cluster).all())


@check_arguments
def nearest_psd(cov: Annotated[Floats, Shape("k k")]) -> tuple[Floats, bool]:
    """Negative eigenvalues set to zero, with whether there were any (Cameron et al. 2011)."""
    values, vectors = np.linalg.eigh(cov)
    if values.min() >= -1e-14 * max(values.max(), 0.0):
        return cov, False
    return (vectors * np.clip(values, 0.0, None)) @ vectors.T, True


@check_arguments
def bartlett_meat(scores: Annotated[Floats, Shape("n k")], lags: int) -> Floats:
    """Σ_l w_l (Γ_l + Γ_l') of rows in order of time, w_l = 1 - l/(lags+1) (Newey and West 1987)."""
    total: Floats = scores.T @ scores
    for lag in range(1, lags + 1):
        product = scores[lag:].T @ scores[:-lag]
        total = total + bartlett_weight(lag, lags) * (product + product.T)
    return total


@check_arguments
def bartlett_weight(lag: int, lags: int) -> float:
    """Weight of a lag."""
    return 1.0 - lag / (lags + 1.0)
