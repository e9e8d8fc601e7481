"""HC0 to HC3: errors of any variance, without correlation (White 1980; MacKinnon and White 1985)."""

from __future__ import annotations

import numpy as np

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.inference.covariance import (
    Covariance,
    Estimate,
    Inference,
)
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.inference.sums import sandwich

POWERS = {"HC0": 0.0, "HC1": 0.0, "HC2": 0.5, "HC3": 1.0}
"""Powers of one less the leverage by which residuals are divided."""


@check_arguments
def on_arrays(regression: Regression, way: Inference) -> Estimate:
    """Σ s_i s_i' of the scores, each divided by a power of one less its leverage.

    Raises
    ------
    Infeasible
        For rows that the fit follows exactly (HC2, HC3).
    """
    scores, n = regression.scores, regression.residuals.size
    if power := POWERS[way.cov]:
        left = 1 - regression.leverage
        if (left <= 1e-9).any():
            raise Infeasible(
                Code.OUTCOME_EXPLAINED(
                    "HC2 and HC3 divide by 1 - h (h is the leverage), which is zero in {n_rows} rows",
                    "use HC1, or leave out units with one row",
                    n_rows=int((left <= 1e-9).sum()),
                )
            )
        scores = scores / np.asarray(left**power)[:, None]
    counts = regression.counts(n)
    meat = scores.T @ scores
    cov = sandwich(regression.design_bread, way.factor(counts) * meat)
    return Estimate(cov, n, way.degrees(counts, n))


COVARIANCES = tuple(
    Covariance(
        name, f"robust, {name}", ("n-k" if name == "HC1" else "none",), ("t(n-k)", "normal"), on_arrays,
        sentences.NEEDS_ROWS, printed_as="robust", except_instruments=POWERS[name] > 0,
    )
    for name in POWERS
)  # fmt: skip
