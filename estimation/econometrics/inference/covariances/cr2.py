"""CR2: bias-reduced linearisation with Satterthwaite's degrees of freedom (Bell and McCaffrey 2002)."""

from __future__ import annotations

import numpy as np

from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.inference.covariance import (
    LEAST_SQUARES,
    Covariance,
    Estimate,
    Inference,
)
from living_panel.estimation.econometrics.inference.covariances.clustered import require_clusters
from living_panel.estimation.econometrics.inference.covariances.cr3 import EIGENVALUE_FLOOR
from living_panel.estimation.econometrics.inference.regression_arrays import Regression


@check_arguments
def on_arrays(regression: Regression, way: Inference) -> Estimate:
    r"""Clustered sandwich with residuals A_g e_g, A_g the symmetric root of the pseudo-inverse of (I - H)_gg.

    The degrees of freedom of coefficient j are tr(Ω)²/tr(Ω²) with Ω_gh = a_g'(I - H)_gh a_h and a_g = A_g X_g (X'X)^-1
    e_j: independent errors of one variance are the working model.

    References
    ----------
    Bell and McCaffrey (2002), Survey Methodology 28, 169-181; Pustejovsky and Tipton (2018), Journal of Business &
    Economic Statistics 36, 672-683.
    """
    groups, key = require_clusters(regression, way), regression.keys[0]
    adjusted = adjusted_regressors(regression, key, groups)
    sums = np.zeros((groups, adjusted.shape[1]))
    np.add.at(sums, key, adjusted * regression.residuals[:, None])
    cov = regression.bordered(sums.T @ sums)
    if way.df != "satterthwaite":
        return Estimate(cov, groups, way.degrees(regression.counts(groups), groups))
    degrees = [satterthwaite(regression, key, groups, column) for column in adjusted.T]
    return Estimate(cov, groups, np.array(degrees))


@check_arguments
def adjusted_regressors(regression: Regression, key: Ints, groups: int) -> Floats:
    """A_g X_g (X'X)^-1 of each cluster.

    Parameters
    ----------
    regression : Regression
        With n rows and k regressors.
    key : ndarray, shape (n,)
        Cluster of each row, codes from 0.
    groups : int
        Number of clusters.

    Returns
    -------
    ndarray, shape (n, k)
    """
    influence = regression.x @ regression.bread
    out = np.empty_like(influence)
    for g in range(groups):
        rows = np.flatnonzero(key == g)
        values, vectors = np.linalg.eigh(regression.annihilator(rows))
        keep = values > EIGENVALUE_FLOOR
        root = np.where(keep, 1.0 / np.sqrt(np.where(keep, values, 1.0)), 0.0)
        out[rows] = vectors @ (root[:, None] * (vectors.T @ influence[rows]))
    return out


@check_arguments
def satterthwaite(regression: Regression, key: Ints, groups: int, column: Floats) -> float:
    """Degrees of freedom of one coefficient.

    Parameters
    ----------
    regression : Regression
        With n rows.
    key : ndarray, shape (n,)
        Cluster of each row, codes from 0.
    groups : int
        Number of clusters.
    column : ndarray, shape (n,)
        The coefficient's column of `adjusted_regressors`.

    Returns
    -------
    float
    """
    blocks = np.zeros((len(key), groups))
    blocks[np.arange(len(key)), key] = column
    left = regression.net(blocks)
    left = left - regression.x @ (regression.bread @ (regression.x.T @ blocks))
    omega = left.T @ left
    return float(np.trace(omega) ** 2 / (omega**2).sum())


COVARIANCES = (
    Covariance(
        "cr2", "CR2", ("none",), ("satterthwaite", "t(G-1)"), on_arrays, sentences.NEEDS_ROWS, "clusters", 1,
        printed_as="clustered", estimators=LEAST_SQUARES,
    ),
)  # fmt: skip
