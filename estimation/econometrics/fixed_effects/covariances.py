"""Covariances of two-way fixed-effects coefficients, each as a function of numbers only.

Meats, the small-sample correction, CR3, the repair of an indefinite matrix; which combination is
allowed is in `inference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    Correction,
    Positive,
    Shape,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    WithinFit,
    annihilator_block,
)

EIGENVALUE_FLOOR = 1e-12  # below it a direction of I - H is absorbed, as in clubSandwich


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
def reghdfe_parameters(fit: WithinFit, clusters: Sequence[Ints]) -> int:
    """Parameters counted by reghdfe and fixest: effects nested in any cluster count as one.

    k + T for clusters of whole units, k + N for years, k + 1 for both keys, k + K_abs where
    the clusters nest neither.
    """
    count: int = fit.x.shape[1] + fit.effects.absorbed
    for effect in (fit.effects.unit, fit.effects.time):
        if any(nested(effect, cluster) for cluster in clusters):
            count += 1 - (int(effect.max()) + 1)
    return count


@check_arguments
def cluster_factor(correction: Correction, n: int, parameters: int, groups: Positive) -> float:
    """Factor on a clustered sandwich: 1 for `none`, G/(G-1) (n-1)/(n-K') for `reghdfe`.

    K' are the `parameters` of `reghdfe_parameters`, G the clusters that the factor refers to.

    Parameters
    ----------
    correction : {"none", "reghdfe"}
        Small-sample factor.
    n : int
        Rows.
    parameters : int
        Parameters as `reghdfe_parameters` counts them.
    groups : int
        Clusters to which the factor refers.

    Returns
    -------
    float
    """
    if correction == "none":
        return 1.0
    return groups / (groups - 1) * (n - 1) / (n - parameters)


@check_arguments
def clustered(
    fit: WithinFit,
    scores: Annotated[Floats, Shape("n m")],
    bread: Annotated[Floats, Shape("m m")],
    clusters: Sequence[Ints],
    correction: Correction,
) -> Floats:
    """One- or two-way clustered covariance, V1 + V2 - V12 for two keys.

    `reghdfe` applies the smaller G to all three parts (Cameron, Gelbach and Miller 2011).

    Parameters
    ----------
    fit : WithinFit
        The demeaned regression.
    scores : ndarray, shape (n, m)
        Regressor times residual, row by row.
    bread : ndarray, shape (m, m)
        Inverse of X'X.
    clusters : sequence of ndarray
        One or two cluster keys, codes from 0.
    correction : {"none", "reghdfe"}
        Small-sample factor.

    Returns
    -------
    ndarray, shape (m, m)
        Symmetric; with two keys it may be indefinite.
    """
    parts: list[tuple[float, Ints]] = [(1.0, key) for key in clusters]
    if len(clusters) == 2:
        parts.append((-1.0, intersection(clusters[0], clusters[1])))
    smallest = min(int(key.max()) + 1 for key in clusters)
    parameters = reghdfe_parameters(fit, clusters)
    factor = cluster_factor(correction, fit.y.size, parameters, smallest)
    total = np.zeros_like(bread)
    for sign, key in parts:
        total += sign * factor * clustered_meat(scores, key)
    return sandwich(bread, total)


@check_arguments
def nearest_psd(cov: Annotated[Floats, Shape("k k")]) -> tuple[Floats, bool]:
    """Negative eigenvalues set to zero, with whether there were any (Cameron et al. 2011)."""
    values, vectors = np.linalg.eigh(cov)
    if values.min() >= -1e-14 * max(values.max(), 0.0):
        return cov, False
    return (vectors * np.clip(values, 0.0, None)) @ vectors.T, True


@check_arguments
def leave_one_out(fit: WithinFit, cluster: Annotated[Ints, Shape("n")]) -> Floats:
    """Shift b_(g) - b of each cluster, both effects estimated anew without it; shape (G, k).

    b - b_(g) = (X'X)^-1 X_g' [(I - H)_gg]^+ û_g: leaving rows out equals giving each a dummy.

    Raises
    ------
    Infeasible
        Where the slopes are not identified without one of the clusters.
    """
    groups = int(cluster.max()) + 1
    out = np.empty((groups, fit.x.shape[1]))
    for g in range(groups):
        rows = np.flatnonzero(cluster == g)
        values, vectors = np.linalg.eigh(annihilator_block(fit, rows))
        keep = values > EIGENVALUE_FLOOR
        x_rotated = vectors.T @ fit.x[rows]
        if (np.abs(x_rotated[~keep]) > 1e-7 * np.abs(fit.x).max(axis=0)).any():
            raise Infeasible(codes.LOST_WITHOUT_CLUSTER(g=g + 1, groups=groups))
        inverse = np.where(keep, 1.0 / np.where(keep, values, 1.0), 0.0)
        influence = x_rotated.T @ (inverse * (vectors.T @ fit.residuals[rows]))
        out[g] = -fit.bread @ influence
    return out


@check_arguments
def cr3(shifts: Annotated[Floats, Shape("G k")]) -> Floats:
    """Cluster jackknife, (G-1)/G Σ(b_(g)-b)(b_(g)-b)' (MacKinnon, Nielsen and Webb 2023, CV3).

    `shifts` (G, k) are b_(g) - b, such as those of `leave_one_out`.
    """
    groups = shifts.shape[0]
    return np.asarray((groups - 1) / groups * shifts.T @ shifts, dtype=np.float64)
