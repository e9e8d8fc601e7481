"""Small-sample factor and clustered covariance of a two-way fit, for estimators that sum scores themselves."""

from __future__ import annotations

from collections.abc import Sequence

from living_panel.estimation.econometrics.arguments import (
    Correction,
    Positive,
    check_arguments,
)
from living_panel.estimation.econometrics.fixed_effects.within import Ints, WithinFit
from living_panel.estimation.econometrics.inference.factors import FACTORS, Counts
from living_panel.estimation.econometrics.inference.regression_arrays import two_way_regression


@check_arguments
def reghdfe_parameters(fit: WithinFit, clusters: Sequence[Ints]) -> int:
    """Parameters counted by reghdfe and fixest: effects nested in any cluster count as one.

    k + T for clusters of whole units, k + N for years, k + 1 for both keys, k + K_abs where
    the clusters nest neither.
    """
    return two_way_regression(fit, clusters).counts(1).parameters_reghdfe


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
    return FACTORS[correction].value(Counts(n, parameters, 0, groups))
