"""Errors correlated within clusters, of one key or two (Liang and Zeger 1986; Cameron et al. 2011)."""

from __future__ import annotations

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.inference.covariance import (
    Covariance,
    Estimate,
    Inference,
    Moments,
)
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.inference.rows import FEWEST_FOR_ERROR
from living_panel.estimation.econometrics.inference.sums import (
    clustered_meat,
    intersection,
    sandwich,
)

FACTORS = ("none", "groups", "stata", "reghdfe", "linearmodels")


@check_arguments
def require_clusters(regression: Regression, way: Inference) -> int:
    """Number of clusters, the smaller of two keys.

    Raises
    ------
    Infeasible
        For fewer than three: scores add up to zero, and those of two are the same.
    """
    groups = regression.groups
    if groups < FEWEST_FOR_ERROR:
        cluster = " and ".join(way.names)
        few = Code.SAMPLE_CLUSTERS(
            "{cluster} has {groups} clusters, but at least {minimum_clusters} are needed",
            "cluster by a key with {minimum_clusters} or more values",
            groups=groups,
            cluster=cluster,
            minimum_clusters=FEWEST_FOR_ERROR,
        )
        raise Infeasible(few)
    return groups


@check_arguments
def on_arrays(regression: Regression, way: Inference) -> Estimate:
    """V1, or V1 + V2 - V12 of two keys, all with the factor of the smaller number of clusters."""
    groups = require_clusters(regression, way)
    keys, scores = regression.keys, regression.scores
    meat = clustered_meat(scores, keys[0])
    if len(keys) == 2:
        meat = meat + clustered_meat(scores, keys[1])
        meat = meat - clustered_meat(scores, intersection(keys[0], keys[1]))
    counts = regression.counts(groups)
    cov = sandwich(regression.design_bread, way.factor(counts) * meat)
    return Estimate(cov, groups, way.degrees(counts, groups))


@check_arguments
def on_moments(moments: Moments, way: Inference) -> Estimate:
    """The same of scores that the engine sums up."""
    cov, groups = moments.score_sandwich()
    counts = moments.counts(groups)
    return Estimate(way.factor(counts) * cov, groups, way.degrees(counts, groups))


COVARIANCES = (
    Covariance(
        "clustered", "clustered", FACTORS, ("t(G-1)", "normal"), on_arrays, on_moments, "clusters", 2,
        printed_as="clustered", shows_correction=True,
    ),
)  # fmt: skip
