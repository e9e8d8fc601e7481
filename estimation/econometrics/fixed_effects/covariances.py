"""Covariances of two-way fixed-effects coefficients, each as a function of numbers only.

Meats, small-sample corrections, CR2 with its degrees of freedom, CR3, the repair of an indefinite
matrix; which combination is allowed is in `inference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from estimation.econometrics.errors import Infeasible
from estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    WithinFit,
    annihilator_block,
    demean,
    leverages,
)
from estimation.econometrics.kernels import long_run_covariance

EIGENVALUE_FLOOR = 1e-12  # below it a direction of I - H is absorbed, as in clubSandwich


def sandwich(bread: Floats, meat: Floats) -> Floats:
    """Symmetrised bread · meat · bread, shape (k, k)."""
    out = bread @ meat @ bread
    return (out + out.T) / 2


def cluster_sums(scores: Floats, cluster: Ints) -> Floats:
    """Scores added up within clusters, shape (G, k)."""
    out = np.zeros((int(cluster.max()) + 1, scores.shape[1]))
    np.add.at(out, cluster, scores)
    return out


def clustered_meat(scores: Floats, cluster: Ints) -> Floats:
    """Σ_g s_g s_g', s_g the cluster's summed scores (Liang and Zeger 1986)."""
    sums = cluster_sums(scores, cluster)
    return sums.T @ sums


def intersection(first: Ints, second: Ints) -> Ints:
    """Codes of the pairs of two cluster keys, shape (n,)."""
    pairs = np.column_stack([first, second])
    return np.unique(pairs, axis=0, return_inverse=True)[1].astype(np.int64).ravel()


def driscoll_kraay_meat(by_period: Floats, kernel: str, bandwidth: float) -> Floats:
    """Kernel estimate on the scores summed by period (Driscoll and Kraay 1998), shape (k, k).

    Parameters
    ----------
    by_period : ndarray, shape (T, k)
        In the order of the periods, which follow each other without gaps.
    kernel, bandwidth
        See `kernels.kernel_weights`.
    """
    return len(by_period) * long_run_covariance(by_period, kernel, bandwidth).long_run


def hc3_residuals(fit: WithinFit, *, with_effects: bool) -> Floats:
    """Residuals over one minus leverage, shape (n,) (MacKinnon and White 1985).

    Raises
    ------
    Infeasible
        Where a row has leverage one, so that leaving it out is impossible.
    """
    remaining = 1.0 - leverages(fit, with_effects=with_effects)
    full = np.flatnonzero(remaining < 1e-10)
    if full.size:
        raise Infeasible(
            f"hc3 divides by one minus leverage, and {full.size} row(s) have leverage 1 (position "
            f"{full[:5].tolist()} in the sorted sample): a province or year seen once. Remedy: "
            "singletons='drop', or another covariance."
        )
    return fit.residuals / remaining


def nested(effect: Ints, cluster: Ints) -> bool:
    """Whether every level of an effect lies in one cluster."""
    return int(intersection(effect, cluster).max()) == int(effect.max())


def reghdfe_parameters(fit: WithinFit, clusters: Sequence[Ints]) -> int:
    """Parameters counted by reghdfe and fixest: effects nested in any cluster count as one.

    k + T for clusters of whole provinces, k + N for years, k + 1 for both keys, k + K_abs where
    the clusters nest neither.
    """
    count = fit.x.shape[1] + fit.effects.absorbed
    for effect in (fit.effects.unit, fit.effects.time):
        if any(nested(effect, cluster) for cluster in clusters):
            count += 1 - (int(effect.max()) + 1)
    return count


def cluster_factor(
    correction: str, fit: WithinFit, groups: int, clusters: Sequence[Ints], *, group_debias: bool
) -> float:
    """Factor on a clustered sandwich under a named small-sample convention.

    Parameters
    ----------
    correction : {"none", "linearmodels", "reghdfe", "plm_sss"}
        1; n/(n-k-K_abs), times G/(G-1) (n-1)/n with `group_debias`; G/(G-1) (n-1)/(n-k-K') with
        K' of `reghdfe_parameters`; G/(G-1) (n-1)/(n-k).
    fit : WithinFit
    groups : int
        G, the number of clusters the factor refers to.
    clusters : sequence of ndarray
        All cluster keys, which decide what is nested.
    group_debias : bool
        linearmodels' own switch.

    Returns
    -------
    float
    """
    n, k = fit.x.shape
    if correction == "linearmodels":
        scale = n / (n - k - fit.effects.absorbed)
        return scale * (groups / (groups - 1) * (n - 1) / n if group_debias else 1.0)
    if correction == "reghdfe":
        return groups / (groups - 1) * (n - 1) / (n - reghdfe_parameters(fit, clusters))
    if correction == "plm_sss":
        return groups / (groups - 1) * (n - 1) / (n - k)
    return 1.0


def clustered(
    fit: WithinFit,
    scores: Floats,
    bread: Floats,
    clusters: Sequence[Ints],
    correction: str,
    *,
    group_debias: bool,
) -> Floats:
    """One- or two-way clustered covariance, V1 + V2 - V12 for two keys.

    The `reghdfe` convention applies the smaller G to all three parts; `plm_sss` and
    `linearmodels` with `group_debias` give each part its own G, as those packages do
    (Cameron, Gelbach and Miller 2011).

    Parameters
    ----------
    fit : WithinFit
    scores : ndarray, shape (n, m)
        Regressor times residual, row by row.
    bread : ndarray, shape (m, m)
    clusters : sequence of one or two ndarray, shape (n,)
    correction, group_debias
        As in `cluster_factor`.

    Returns
    -------
    ndarray, shape (m, m), not repaired
    """
    parts: list[tuple[float, Ints]] = [(1.0, key) for key in clusters]
    if len(clusters) == 2:
        parts.append((-1.0, intersection(clusters[0], clusters[1])))
    smallest = min(int(key.max()) + 1 for key in clusters)
    total = np.zeros_like(bread)
    for sign, key in parts:
        groups = smallest if correction == "reghdfe" else int(key.max()) + 1
        factor = cluster_factor(correction, fit, groups, clusters, group_debias=group_debias)
        total += sign * factor * clustered_meat(scores, key)
    return sandwich(bread, total)


def nearest_psd(cov: Floats) -> tuple[Floats, bool]:
    """Negative eigenvalues set to zero, with whether there were any (Cameron et al. 2011)."""
    values, vectors = np.linalg.eigh(cov)
    if values.min() >= -1e-14 * max(values.max(), 0.0):
        return cov, False
    return (vectors * np.clip(values, 0.0, None)) @ vectors.T, True


@dataclass(frozen=True)
class Cr2:
    """CR2 and what its degrees of freedom need.

    Attributes
    ----------
    cov : ndarray, shape (k, k)
    adjusted : ndarray, shape (n, k)
        Rows of A_g X_g, A_g the symmetric square root of the pseudo-inverse of (I - H)_gg.
    """

    cov: Floats
    adjusted: Floats


def cr2(fit: WithinFit, cluster: Ints) -> Cr2:
    """Bias-reduced linearisation, CR2 (Bell and McCaffrey 2002).

    The hat matrix is that of regressors and both effects, the working model is homoskedastic,
    and absorbed directions get a pseudo-inverse (Pustejovsky and Tipton 2018).
    """
    adjusted = np.empty_like(fit.x)
    for rows in cluster_rows(cluster):
        values, vectors = np.linalg.eigh(annihilator_block(fit, rows))
        keep = values > EIGENVALUE_FLOOR
        root = np.where(keep, np.where(keep, values, 1.0) ** -0.5, 0.0)
        adjusted[rows] = (vectors * root) @ (vectors.T @ fit.x[rows])
    meat = clustered_meat(adjusted * fit.residuals[:, None], cluster)
    return Cr2(sandwich(fit.bread, meat), adjusted)


def satterthwaite_df(fit: WithinFit, adjusted: Floats, cluster: Ints, contrast: Floats) -> float:
    """Degrees of freedom of the CR2 variance of contrast'b.

    tr(P)²/tr(P²), P_gh = p_g'(I - H)p_h and p_g = A_g X_g (X'X)^-1 c on the rows of cluster g,
    zero elsewhere (Pustejovsky and Tipton 2018).
    """
    groups = int(cluster.max()) + 1
    p = np.zeros((cluster.size, groups))
    p[np.arange(cluster.size), cluster] = adjusted @ (fit.bread @ contrast)
    px = p.T @ fit.x
    matrix = p.T @ demean(fit.effects, p) - px @ fit.bread @ px.T
    return float(np.trace(matrix) ** 2 / np.sum(matrix**2))


def leave_one_out(fit: WithinFit, cluster: Ints) -> Floats:
    """b_(g) - b for every cluster, both effects re-estimated without it; shape (G, k).

    b - b_(g) = (X'X)^-1 X_g' [(I - H)_gg]^+ û_g: leaving rows out equals giving each a dummy.

    Raises
    ------
    Infeasible
        Where the slopes are not identified without one of the clusters.
    """
    rows_of = cluster_rows(cluster)
    out = np.empty((len(rows_of), fit.x.shape[1]))
    for g, rows in enumerate(rows_of):
        values, vectors = np.linalg.eigh(annihilator_block(fit, rows))
        keep = values > EIGENVALUE_FLOOR
        x_rotated = vectors.T @ fit.x[rows]
        if np.abs(x_rotated[~keep]).max(initial=0.0) > 1e-7 * np.abs(fit.x).max():
            raise Infeasible(
                f"cr3 leaves one cluster out at a time, and without cluster {g + 1} of "
                f"{len(rows_of)} the slopes are not identified. Remedy: fewer regressors, other "
                "clusters, or cov='clustered'."
            )
        inverse = np.where(keep, 1.0 / np.where(keep, values, 1.0), 0.0)
        influence = x_rotated.T @ (inverse * (vectors.T @ fit.residuals[rows]))
        out[g] = -fit.bread @ influence
    return out


def cr3(fit: WithinFit, cluster: Ints, form: str, *, shifts: Floats | None = None) -> Floats:
    """Cluster jackknife covariance in a named form.

    Parameters
    ----------
    fit : WithinFit
    cluster : ndarray, shape (n,)
    form : {"jackknife", "clubsandwich", "pyfixest"}
        (G-1)/G Σ(b_(g)-b)(b_(g)-b)' (MacKinnon, Nielsen and Webb 2023, CV3); the same without
        the factor; without it and times pyfixest's default G/(G-1) (n-1)/(n-k-K').
    shifts : ndarray, shape (G, k), optional
        b_(g) - b; those of `leave_one_out` where they are not given.

    Returns
    -------
    ndarray, shape (k, k)
    """
    if shifts is None:
        shifts = leave_one_out(fit, cluster)
    groups = shifts.shape[0]
    factor = 1.0
    if form == "jackknife":
        factor = (groups - 1) / groups
    elif form == "pyfixest":
        factor = cluster_factor("reghdfe", fit, groups, [cluster], group_debias=False)
    return factor * shifts.T @ shifts


def cluster_rows(cluster: Ints) -> list[Ints]:
    """Row numbers of each cluster in the order of the codes."""
    order = np.argsort(cluster, kind="stable")
    edges = np.flatnonzero(np.diff(cluster[order])) + 1
    return [rows.astype(np.int64) for rows in np.split(order, edges)]
