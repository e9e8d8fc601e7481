"""Several coefficients of one regression tested together by the wild cluster bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import Shape, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import TIE, WildDraws
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    WithinFit,
    demean,
    least_squares,
)
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.inference.sums import cluster_sums


@check_arguments
def joint_wild_p(
    fit: WithinFit,
    cluster: Annotated[Ints, Shape("n")],
    places: Sequence[int],
    draws: WildDraws,
) -> float:
    """Compute the p-value that some coefficients are all zero, with that null imposed on the draws.

    The statistic is the Wald statistic b'V^-1 b by CR1, whose small-sample factor cancels. Residuals ũ of the
    regression without these regressors are multiplied by one sign a cluster. Of one coefficient it is the test of
    `wild_test` on the same draws.

    Parameters
    ----------
    fit : WithinFit
        The demeaned regression.
    cluster : ndarray, shape (n,)
        Cluster of each row, codes from 0.
    places : sequence of int
        Columns of the regressors tested.
    draws : WildDraws
        From `wild_draws`; only its first part is taken.

    Returns
    -------
    float
        (1 + #{W* >= W}) / (1 + draws), or the share where signs are enumerated; ties are counted.

    Raises
    ------
    Infeasible
        With fewer than six clusters, or more than (G-1)/2 coefficients for G clusters.
    """
    groups, q = int(cluster.max()) + 1, len(places)
    if q > (groups - 1) / 2 or groups < MINIMUM_CLUSTERS:
        raise Infeasible(
            sentences.TOO_FEW_CLUSTERS_FOR_TEST(
                q=q, groups=groups, most_coefficients=(groups - 1) // 2
            )
        )
    tested = fit.x[:, list(places)]
    others = np.delete(fit.x, list(places), axis=1)
    net, restricted = tested, fit.y
    if others.size:
        net = tested - others @ least_squares(others, tested)
        restricted = fit.y - others @ least_squares(others, fit.y)
    blocks = np.zeros((cluster.size, groups))
    blocks[np.arange(cluster.size), cluster] = restricted
    refitted = demean(fit.effects, blocks) - fit.x @ (fit.bread @ (fit.x.T @ blocks))
    # scores of the whole sample, and of each cluster after the regression of a draw: linear in the signs
    total = cluster_sums(net * restricted[:, None], cluster).T
    inside = np.stack([cluster_sums(net[:, [j]] * refitted, cluster) for j in range(q)], axis=1)

    def statistics(weights: Floats) -> Floats:
        score = weights @ total.T
        moved = np.einsum("hjg,bg->bhj", inside, weights, optimize=True)
        meat = np.einsum("bhi,bhj->bij", moved, moved)
        return np.asarray((score * np.linalg.solve(meat, score[..., None])[..., 0]).sum(axis=1))

    observed = float(statistics(np.ones((1, groups)))[0])
    drawn = statistics(draws.weights.astype(np.float64))
    larger = int((drawn >= observed * (1 - TIE)).sum())
    extra = 0 if draws.enumerated else 1
    return (extra + larger) / (extra + drawn.size)
