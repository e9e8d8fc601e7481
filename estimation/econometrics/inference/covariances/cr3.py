"""CR3: the jackknife over clusters (MacKinnon, Nielsen and Webb 2023, CV3)."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import Shape, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.inference.covariance import (
    LEAST_SQUARES,
    Covariance,
    Estimate,
    Inference,
    Moments,
)
from living_panel.estimation.econometrics.inference.covariances.clustered import require_clusters
from living_panel.estimation.econometrics.inference.regression_arrays import (
    LeastSquares,
    Regression,
)

EIGENVALUE_FLOOR = 1e-12  # below it a direction of I - H is absorbed, as in clubSandwich


@check_arguments
def leave_one_out(fit: LeastSquares, cluster: Annotated[Ints, Shape("n")]) -> Floats:
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
        values, vectors = np.linalg.eigh(fit.annihilator(rows))
        keep = values > EIGENVALUE_FLOOR
        x_rotated = vectors.T @ fit.x[rows]
        if (np.abs(x_rotated[~keep]) > 1e-7 * np.abs(fit.x).max(axis=0)).any():
            raise Infeasible(
                Code.SAMPLE_LEAVE_OUT(
                    "cr3 omits one cluster at a time; without cluster {g} of {groups} the slopes are not identified",
                    "use fewer regressors, other clusters, or cov='clustered'",
                    g=g + 1,
                    groups=groups,
                )
            )
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


@check_arguments
def on_arrays(regression: Regression, way: Inference) -> Estimate:
    """Compute it from the shifts without each cluster.

    A regressor made from the sample is made anew without the unit. Estimators with instruments are repeated.
    """
    groups, key = require_clusters(regression, way), regression.keys[0]
    if regression.left_out is not None and np.array_equal(key, regression.unit):
        shifts = regression.left_out
    elif regression.has_instruments and regression.again is not None:
        without = [regression.again((key != g).astype(np.float64)) for g in range(groups)]
        shifts = np.array(without) - regression.params
    else:
        shifts = leave_one_out(regression, key)
    cov = regression.bordered(cr3(shifts))
    return Estimate(cov, groups, way.degrees(regression.counts(groups), groups))


@check_arguments
def on_moments(moments: Moments, way: Inference) -> Estimate:
    """The same of shifts that the engine's sums give."""
    shifts = moments.leave_one_out()
    groups = len(shifts)
    return Estimate(cr3(shifts), groups, way.degrees(moments.counts(groups), groups))


COVARIANCES = (
    Covariance(
        "cr3:jackknife", "CR3 jackknife", ("none",), ("t(G-1)",), on_arrays, on_moments, "clusters", 1,
        printed_as="clustered", estimators=(*LEAST_SQUARES, "2sls", "liml", "hausman_taylor"),
    ),
)  # fmt: skip
