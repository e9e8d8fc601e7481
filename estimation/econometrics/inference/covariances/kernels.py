"""Errors correlated over time: Driscoll and Kraay (1998), Newey and West (1987), with Bartlett's kernel."""

from __future__ import annotations

import numpy as np

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import (
    Covariance,
    Estimate,
    Inference,
)
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.inference.sums import (
    bartlett_meat,
    bartlett_weight,
    cluster_sums,
    sandwich,
)
from living_panel.estimation.econometrics.wide_panel import absent_years


@check_arguments
def driscoll_kraay(regression: Regression, way: Inference) -> Estimate:
    """Kernel over the scores summed within periods; `t(N-1)`, units less one, is that of xtscc before version 1.2."""
    _refuse_gaps(regression, way)
    meat = bartlett_meat(
        cluster_sums(regression.scores, regression.period), int(way.bandwidth or 0)
    )
    groups = regression.n_periods
    return _estimate(regression, way, meat, groups, regression.n_units)


@check_arguments
def newey_west(regression: Regression, way: Inference) -> Estimate:
    """Kernel within each unit, over rows sorted by unit and period.

    Raises
    ------
    Infeasible
        For a lag that would cross a gap.
    """
    _refuse_gaps(regression, way)
    if way.bandwidth:
        inside = regression.unit[1:] == regression.unit[:-1]
        if (np.diff(regression.period)[inside] != 1).any():
            raise Infeasible(
                Code.GAPS(
                    "{label}: a unit has a gap or two rows of one period, and lags may not cross a gap",
                    "cluster by unit, or use bandwidth 0",
                    label=way.label,
                )
            )
    n = len(regression.residuals)
    return _estimate(regression, way, _by_unit(regression, int(way.bandwidth or 0)), n, n)


def _by_unit(regression: Regression, bandwidth: int) -> Floats:
    scores, unit = regression.scores, regression.unit
    total: Floats = scores.T @ scores
    for lag in range(1, bandwidth + 1):
        same = unit[lag:] == unit[:-lag]
        product = scores[lag:][same].T @ scores[:-lag][same]
        total = total + bartlett_weight(lag, bandwidth) * (product + product.T)
    return total


def _estimate(
    regression: Regression, way: Inference, meat: Floats, groups: int, units: int
) -> Estimate:
    counts = regression.counts(groups)
    cov = sandwich(regression.design_bread, way.factor(counts) * meat)
    counted = units if way.df == "t(N-1)" else groups
    return Estimate(cov, groups, way.degrees(counts, counted))


def _refuse_gaps(regression: Regression, way: Inference) -> None:
    if way.bandwidth and (holes := absent_years(regression.periods)):
        raise Infeasible(
            Code.GAPS(
                "{label}: periods {holes} are missing, and lags may not cross a gap",
                "use a window without gaps, or bandwidth 0",
                label=way.label,
                holes=holes[:8],
            )
        )


COVARIANCES = (
    Covariance(
        "driscoll_kraay", "Driscoll-Kraay", ("none", "n-k"), ("t(T-1)", "t(N-1)", "normal"), driscoll_kraay,
        sentences.NEEDS_ROWS, "periods", needs=("bandwidth",), shows_correction=True,
    ),
    Covariance(
        "newey_west", "Newey-West", ("none", "n-k"), ("t(n-k)", "normal"), newey_west,
        sentences.NEEDS_ROWS, needs=("bandwidth",), shows_correction=True,
    ),
)  # fmt: skip
