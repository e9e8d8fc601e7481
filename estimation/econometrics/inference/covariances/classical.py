"""Homoskedastic errors without correlation: the residual variance times the inverse of X'X."""

from __future__ import annotations

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import (
    Covariance,
    Estimate,
    Inference,
    Moments,
)
from living_panel.estimation.econometrics.inference.factors import Counts
from living_panel.estimation.econometrics.inference.regression_arrays import Regression


def _estimate(
    variance: float, bread: Floats, way: Inference, counts: Counts, groups: int
) -> Estimate:
    return Estimate(variance * way.factor(counts) * bread, groups, way.degrees(counts, groups))


@check_arguments
def on_arrays(regression: Regression, way: Inference) -> Estimate:
    """RSS/n times the factor; `n-k` divides by n-K instead."""
    residuals = regression.residuals
    variance = float(residuals @ residuals / residuals.size)
    counts = regression.counts(residuals.size)
    return _estimate(variance, regression.design_bread, way, counts, residuals.size)


@check_arguments
def on_moments(moments: Moments, way: Inference) -> Estimate:
    """The same from the sums of the engine."""
    n = moments.n_obs
    return _estimate(moments.residual_sum / n, moments.bread, way, moments.counts(n), n)


COVARIANCES = (
    Covariance(
        "classical", "classical", ("none", "n-k"), ("t(n-k)", "normal"), on_arrays, on_moments,
        printed_as="classical", shows_correction=True,
    ),
)  # fmt: skip
