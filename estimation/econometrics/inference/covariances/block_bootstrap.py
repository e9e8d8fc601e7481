"""Samples of whole clusters, drawn with replacement: the covariance of their coefficients."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import Positive, Seed, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import (
    Covariance,
    Estimate,
    Inference,
)
from living_panel.estimation.econometrics.inference.covariances.clustered import require_clusters
from living_panel.estimation.econometrics.inference.regression_arrays import Regression


@check_arguments
def on_arrays(regression: Regression, way: Inference) -> Estimate:
    """Of the draws and the seed that the inference names.

    Raises
    ------
    InvalidOption
        For an estimator that cannot be repeated on other rows.
    """
    if regression.again is None or way.draws is None or way.seed is None:
        raise InvalidOption(sentences.OF_FORMULAS(label=way.label))
    groups = require_clusters(regression, way)
    return Estimate(block_bootstrap(regression, way.draws, way.seed), groups, np.inf)


@check_arguments
def block_bootstrap(regression: Regression, draws: Positive, seed: Seed) -> Floats:
    """Covariance of the coefficients over samples of whole clusters.

    A cluster drawn twice has the weight 2. Samples that do not identify every coefficient are drawn again, up to as
    many as there are draws.

    Parameters
    ----------
    regression : Regression
        Of k coefficients and one cluster key, with `again`.
    draws : int
        Samples.
    seed : int
        Of the random numbers.

    Returns
    -------
    ndarray, shape (k, k)

    Raises
    ------
    Infeasible
        Where more samples than that do not identify every coefficient.
    """
    return np.atleast_2d(np.cov(np.array([*_drawn(regression, draws, seed)]).T))


def _drawn(regression: Regression, draws: int, seed: int) -> Iterator[Floats]:
    key, groups, random, failed = (
        regression.keys[0],
        regression.groups,
        np.random.default_rng(seed),
        0,
    )
    assert regression.again is not None
    for _ in range(draws):
        while True:
            times = np.bincount(random.integers(0, groups, groups), minlength=groups)
            try:
                yield regression.again(times[key].astype(np.float64))
                break
            except (InvalidData, Infeasible):
                failed += 1
                if failed > draws:
                    raise


COVARIANCES = (
    Covariance(
        "block_bootstrap", "block bootstrap", ("none",), ("normal",), on_arrays, sentences.NEEDS_ROWS, "clusters", 1,
        ("draws", "seed"), printed_as="clustered", estimators=("least_squares", "2sls", "liml"),
    ),
)  # fmt: skip
