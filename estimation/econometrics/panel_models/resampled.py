"""Inference of a solved formula by samples of clusters, and by neighbours in space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Positive, Seed, Shape, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.inference.covariances.cr3 import cr3
from living_panel.estimation.econometrics.inference.rows import FEWEST_FOR_ERROR
from living_panel.estimation.econometrics.panel_models.covariance import codes_of
from living_panel.estimation.econometrics.panel_models.design import ModelDesign, key_of
from living_panel.estimation.econometrics.panel_models.estimators import (
    LinearSolution,
    solve_design,
)

EARTH = 6_371.0
"""Mean radius in kilometres."""


@dataclass(frozen=True)
class Clusters:
    """Codes (n,) of a cluster over the rows of a model, and their number."""

    codes: Ints
    number: int


@check_arguments
def clusters_of(solution: LinearSolution, name: str) -> Clusters:
    """Clusters of the rows of a model, which are given as one column.

    Raises
    ------
    Infeasible
        For fewer than three.
    InvalidOption
        For an estimator that moves the rows.
    """
    design = solution.design
    if len(solution.moved.y) != len(design.y):
        raise InvalidOption(
            codes.WRONG_MODEL(text=design.model.text, wrong=f"{solution.estimator} moves the rows")
        )
    found = codes_of(key_of(design, name))
    if (number := int(found.max()) + 1) < FEWEST_FOR_ERROR:
        raise Infeasible(
            codes.FEW_CLUSTERS(groups=number, cluster=name, minimum_clusters=FEWEST_FOR_ERROR)
        )
    return Clusters(found, number)


@check_arguments
def jackknife(solution: LinearSolution, clusters: Clusters) -> Floats:
    """(G-1)/G times the sum of squares of b without each cluster around b, of regressions with instruments.

    Of least squares it is the covariance `cr3:jackknife` of the registry.
    """
    found = [
        solve_design(_rows(solution.design, clusters.codes != g), solution.estimator).params
        for g in range(clusters.number)
    ]
    return cr3(np.array(found) - solution.params)


@check_arguments
def block_bootstrap(
    solution: LinearSolution, clusters: Clusters, draws: Positive, seed: Seed
) -> Floats:
    """Covariance of the coefficients over samples of whole clusters, drawn with replacement.

    A cluster drawn twice has the weight 2. Samples that do not identify every coefficient are drawn again, up to as
    many as there are draws.

    Parameters
    ----------
    solution : LinearSolution
        Of k coefficients.
    clusters : Clusters
        From `clusters_of`.
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
        Where more samples than that identify no coefficient.
    """
    return np.atleast_2d(np.cov(np.array([*_drawn(solution, clusters, draws, seed)]).T))


def _drawn(solution: LinearSolution, clusters: Clusters, draws: int, seed: int) -> Iterator[Floats]:
    design, random, failed = solution.design, np.random.default_rng(seed), 0
    own = np.ones(len(design.y)) if design.weights is None else design.weights
    for _ in range(draws):
        while True:
            drawn = np.bincount(
                random.integers(0, clusters.number, clusters.number), minlength=clusters.number
            )
            times = drawn[clusters.codes]
            kept = replace(_rows(design, times > 0), weights=(own * times)[times > 0])
            try:
                yield solve_design(kept, solution.estimator).params
                break
            except (InvalidData, Infeasible):
                failed += 1
                if failed > draws:
                    raise


def _rows(design: ModelDesign, kept: np.ndarray) -> ModelDesign:
    """A design with some of its rows."""
    exogenous, endogenous, instruments, keys = (
        part[kept].reset_index(drop=True)
        for part in (design.exogenous, design.endogenous, design.instruments, design.keys)
    )
    weights = None if design.weights is None else design.weights[kept]
    y = design.y[kept].reset_index(drop=True)
    return ModelDesign(design.model, y, exogenous, endogenous, instruments, keys, weights)


@check_arguments
def conley(solution: LinearSolution, latitude: str, longitude: str, cutoff: Positive) -> Floats:
    """Covariance that lets rows of one period depend on each other up to a distance (Conley 1999).

    Rows nearer than the cutoff have the weight 1, as in R's fixest; distances are those of great circles.

    Parameters
    ----------
    solution : LinearSolution
        Of any linear estimator that keeps the rows.
    latitude, longitude : str
        Columns in degrees.
    cutoff : int
        Kilometres.

    Returns
    -------
    ndarray, shape (k, k)

    Raises
    ------
    InvalidData
        For places that are not on the globe.
    Infeasible
        For a variance that is not positive.
    """
    design, degrees = solution.design, []
    for name, most in ((latitude, 90.0), (longitude, 360.0)):
        values = pd.to_numeric(key_of(design, name), errors="coerce").to_numpy(dtype=np.float64)
        if (bad := ~(np.abs(values) <= most)).any():
            value = values[int(np.argmax(bad))]
            raise InvalidData(codes.NO_PLACE(text=design.model.text, name=name, value=value))
        degrees.append(np.radians(values))
    scores = solution.projected * solution.residuals[:, None]
    meat = np.zeros((scores.shape[1], scores.shape[1]))
    period = solution.moved.period
    for time in range(int(period.max()) + 1):
        rows = np.flatnonzero(period == time)
        near = _kilometres(degrees[0][rows], degrees[1][rows]) <= cutoff
        meat += scores[rows].T @ near @ scores[rows]
    cov = solution.bread @ meat @ solution.bread
    if (np.diag(cov) <= 0).any():
        raise Infeasible(codes.NO_POSITIVE_VARIANCE(text=design.model.text, cutoff=cutoff))
    return np.asarray(cov)


def _kilometres(
    latitude: Annotated[Floats, Shape("n")], longitude: Annotated[Floats, Shape("n")]
) -> Floats:
    """Great-circle distances (n, n) by the haversine formula, of radians."""
    a = np.sin((latitude[:, None] - latitude) / 2) ** 2
    b = np.sin((longitude[:, None] - longitude) / 2) ** 2
    inside = a + np.cos(latitude)[:, None] * np.cos(latitude) * b
    return np.asarray(2 * EARTH * np.arcsin(np.sqrt(np.clip(inside, 0.0, 1.0))))
