"""Errors that depend on each other up to a distance, within a period (Conley 1999)."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import Shape, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import (
    Covariance,
    Estimate,
    Inference,
)
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.inference.sums import sandwich

EARTH = 6_371.0
"""Mean radius in kilometres."""


@check_arguments
def on_arrays(regression: Regression, way: Inference) -> Estimate:
    """Rows of one period no further apart than the cutoff have the weight 1; distances are those of great circles.

    Raises
    ------
    InvalidOption
        For a regression without places.
    Infeasible
        For a variance that is not positive.
    """
    if regression.places is None or way.cutoff is None:
        raise InvalidOption(sentences.OF_FORMULAS(label=way.label))
    scores, n = regression.scores, len(regression.scores)
    meat = np.zeros((scores.shape[1], scores.shape[1]))
    for time in range(regression.n_periods):
        rows = np.flatnonzero(regression.period == time)
        near = _kilometres(*regression.places[rows].T) <= way.cutoff
        meat += scores[rows].T @ near @ scores[rows]
    cov = sandwich(regression.design_bread, meat)
    if (np.diag(cov) <= 0).any():
        raise Infeasible(
            Code.WEIGHTS(
                "{text}: with a cutoff of {cutoff} km, a variance is not positive",
                "use another cutoff",
                text=way.label,
                cutoff=way.cutoff,
            )
        )
    return Estimate(cov, n, np.inf)


def _kilometres(
    latitude: Annotated[Floats, Shape("n")], longitude: Annotated[Floats, Shape("n")]
) -> Floats:
    """Great-circle distances (n, n) by the haversine formula, of radians."""
    a = np.sin((latitude[:, None] - latitude) / 2) ** 2
    b = np.sin((longitude[:, None] - longitude) / 2) ** 2
    inside = a + np.cos(latitude)[:, None] * np.cos(latitude) * b
    return np.asarray(2 * EARTH * np.arcsin(np.sqrt(np.clip(inside, 0.0, 1.0))))


COVARIANCES = (
    Covariance(
        "conley", "Conley", ("none",), ("normal",), on_arrays, sentences.NEEDS_ROWS, needs=("location", "cutoff"),
        estimators=("least_squares", "2sls", "liml"),
    ),
)  # fmt: skip
