"""The jackknife over clusters of a solved formula, of instrumental variables too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.inference.covariances.cr3 import cr3
from living_panel.estimation.econometrics.inference.rows import FEWEST_FOR_ERROR
from living_panel.estimation.econometrics.panel_models.covariance import codes_of
from living_panel.estimation.econometrics.panel_models.design import key_of, rows_of
from living_panel.estimation.econometrics.panel_models.estimators import (
    LinearSolution,
    solve_design,
)


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
        solve_design(rows_of(solution.design, clusters.codes != g), solution.estimator).params
        for g in range(clusters.number)
    ]
    return cr3(np.array(found) - solution.params)
