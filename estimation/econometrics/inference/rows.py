"""Columns of a coefficient's row under one inference, and the fewest clusters of an error and of a p-value."""

from __future__ import annotations

FEWEST_FOR_ERROR = 3
"""Clusters of any covariance: scores add up to zero, so that two clusters have the same and one has none."""
MINIMUM_CLUSTERS = 6
"""Clusters of a p-value: five have 32 sign vectors, whose smallest p-value, 2/32, is above 5 %."""
INFERENCE_COLUMNS = [
    "term",
    "inference",
    "estimate",
    "std_error",
    "statistic",
    "df",
    "p_value",
    "p_mc_error",
    "ci_low",
    "ci_high",
    "n_obs",
    "n_clusters",
]
