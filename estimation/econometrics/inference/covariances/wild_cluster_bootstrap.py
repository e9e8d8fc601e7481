"""The restricted wild cluster bootstrap: its stored standard error studentises a test of `wild_bootstrap`."""

from __future__ import annotations

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.inference.covariance import (
    LEAST_SQUARES,
    Covariance,
    Estimate,
    Inference,
    Moments,
)
from living_panel.estimation.econometrics.inference.covariances import clustered
from living_panel.estimation.econometrics.inference.sums import sandwich


@check_arguments
def on_moments(moments: Moments, way: Inference) -> Estimate:
    """The clustered sandwich of scores that the engine sums up by cluster."""
    scores = moments.cluster_scores()
    groups = len(scores)
    counts = moments.counts(groups)
    cov = sandwich(moments.bread, scores.T @ scores) * way.factor(counts)
    return Estimate(cov, groups, way.degrees(counts, groups))


COVARIANCES = (
    Covariance(
        "wild_cluster_bootstrap:rademacher", "wild bootstrap", ("none", "groups", "stata", "reghdfe"),
        ("none",), clustered.on_arrays, on_moments, "clusters", 1, ("draws", "seed"),
        printed_as="clustered", estimators=LEAST_SQUARES,
    ),
)  # fmt: skip
