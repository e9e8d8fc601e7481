"""Columns of a coefficient's row under one inference, and the fewest clusters of a p-value."""

from __future__ import annotations

MINIMUM_CLUSTERS = 6
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
