"""Least squares of a formula, with any effects, and with unit and period effects for few clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import Count, OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidData
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.library import sentences
from living_panel.estimation.econometrics.library.data import (
    LEVELS,
    named_periods,
    read_data,
    read_rows,
)
from living_panel.estimation.econometrics.library.equations import Equation, read_equation
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.econometrics.library.ways import KINDS, RULES, Cluster, Way, fit_under
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT
from living_panel.estimation.econometrics.panel_models.covariance import Vcov
from living_panel.estimation.estimators import _two_way
from living_panel.estimation.estimators._design import weighted
from living_panel.estimation.estimators._models import (
    Linear,
    LinearSolution,
    Numbers,
    centred_outcome,
    linear_fit,
    r_squared_by_means,
)

FormulaVcov = Annotated[str, OneOf(tuple(RULES))]
TwoWayVcov = Annotated[str, OneOf(tuple(KINDS))]


@check_arguments
def ols(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: FormulaVcov = "classical",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: Count | None = None,
    weights: str | None = None,
    draws: int | None = None,
    seed: int | None = None,
    location: tuple[str, str] | None = None,
    cutoff: int | None = None,
) -> Fit:
    """Least squares of a formula, with any effects after `|`.

    Defaults are those of Stata's `regress` ([R] regress), `xtreg, fe` ([XT] xtreg) and `reghdfe` (SSC): the classical
    covariance, divided by n-K, and t with n-K degrees, where K counts the effects. `two_way` has inference for few
    clusters.

    Parameters
    ----------
    formula : str
        `y ~ x1 + l(x2, 1:2) + i(x3, ref=0) + x1:x4 | unit + a^b + c[time]` in the syntax of fixest.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index. Without them each row is a unit of its own.
    vcov : str
        `classical` (default), `HC0` to `HC3`, `clustered`, `driscoll_kraay`, `newey_west`; `cr2` of Bell and
        McCaffrey with Satterthwaite's degrees; `cr3`, the jackknife over clusters; `wild`, the restricted wild cluster
        bootstrap; `bootstrap` of whole clusters; `conley` by distance.
    cluster : str or sequence of str, optional
        One or two columns for `clustered`, one for `cr2`, `cr3`, `wild` and `bootstrap`. Default: the units.
    correction : {"none", "n-k", "groups", "stata", "reghdfe"}, optional
        Small-sample factor. Default: that of Stata for this covariance (n-k; stata without effects, reghdfe with them;
        none for HC0, HC2 and HC3). None for Driscoll-Kraay, as `xtscc` (SSC) with its option `ase`. Without that option
        xtscc has T/(T-1) (n-1)/(n-K).
    df : {"t(n-k)", "t(G-1)", "t(T-1)", "t(N-1)", "satterthwaite", "normal"}, optional
        Distribution of t. Default: t(n-k); t(G-1) of clusters; t(T-1) of Driscoll-Kraay, as xtscc since version 1.2;
        Satterthwaite's degrees by coefficient of CR2.
    bandwidth : int, optional
        Lags of Bartlett's kernel. Default: 4 (T/100)^(2/9), as xtscc.
    weights : str, optional
        A column of positive numbers, as Stata's analytic weights ([U] weights). Default: none.
    draws : int, optional
        Of a bootstrap. Default: 9,999 for `wild`, 999 for `bootstrap`.
    seed : int, optional
        Of a bootstrap. Default 1.
    location : (str, str), optional
        Columns of latitude and longitude in degrees, for `conley`. Default: none.
    cutoff : int, optional
        Kilometres within which rows of one period depend on each other, for `conley`. Default: none.

    Returns
    -------
    Fit
        `vcov` gives the other covariances of the same coefficients.
    """
    way = Way(vcov, cluster, correction, df, bandwidth, draws, seed, location, cutoff)
    panel, estimator = read_rows(data, unit, time), LINEAR["least_squares"]
    return linear_fit("ols", "Least squares", estimator, formula, panel, way, weights=weights)


@check_arguments
def two_way(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: TwoWayVcov = "clustered",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: Count | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> Fit:
    """Least squares with unit and period effects, with inference that holds for few clusters.

    Defaults are those of Stata's `reghdfe y x, absorb(unit time) vce(cluster unit)` (SSC): clusters of units, factor
    G/(G-1) (n-1)/(n-K), t with G-1 degrees. Rows alone in their unit or period are kept; reghdfe drops them.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`; `| unit + time` may follow. Dummies, logs and products as in `ols`.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    vcov : str
        Default `clustered`. `cr2` of Bell and McCaffrey has Satterthwaite's degrees by coefficient, `cr3` is the
        jackknife over clusters, `wild` the restricted wild cluster bootstrap with Rademacher weights. Further
        `classical`, `HC0` to `HC3`, `driscoll_kraay` and `newey_west`.
    cluster : str or sequence of str, optional
        Columns; two for `clustered`. Default: the units.
    correction : str, optional
        Small-sample factor. Default `reghdfe`; `n-k` of `classical`, `HC1` and `newey_west`; none for others.
    df : str, optional
        Distribution of t. Default: as in `ols`.
    bandwidth : int, optional
        Lags of Bartlett's kernel. Default: as in `ols`.
    draws : int, optional
        Of the bootstrap. Default 9,999; all sign vectors are counted where they are not more.
    seed : int, optional
        Of the bootstrap. Default 1.

    Returns
    -------
    Fit
        `vcov` gives the other covariances of the same coefficients.
    """
    way = Way(vcov, cluster, correction, df, bandwidth, draws, seed)
    way.refuse_options()
    panel = read_data(data, unit, time)
    names = way.names(panel)
    also = tuple(name for name in names if name not in (panel.unit, panel.time))
    equation = read_equation(formula, panel, estimator="two_way", also=also, effects=True)
    with named_periods(panel):
        fitted = _two_way.fit_two_way(equation.y, equation.x)
    return _inferred(fitted, equation, way)


def _again(
    fitted: _two_way.FixedEffectsFit,
    equation: Equation,
    first: Sequence[str],
    kind: str,
    *,
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> Fit:
    """Another covariance of the same coefficients; clusters are those of the first fit where none are given."""
    if cluster is None and KINDS[kind].clusters:
        cluster = [*first] or None
    way = Way(kind, cluster, correction, df, bandwidth, draws, seed)
    way.refuse_options()
    return _inferred(fitted, equation, way)


def _inferred(fitted: _two_way.FixedEffectsFit, equation: Equation, way: Way) -> Fit:
    """One covariance of a two-way fit."""
    panel = equation.panel
    asked = way.mapping(panel, True)
    names = asked.pop("cluster", [])
    keys = [_cluster_key(name, equation) for name in names] or None
    inference = resolve(**asked, cluster=keys)
    with named_periods(panel):
        result = _two_way.infer(fitted, inference, exact=None)
    return fit_under(
        result,
        replace(inference, cluster=tuple(names)),
        names,
        chosen={"effects": [panel.unit, panel.time]},
        sample=panel.sample,
        references=[],
        fit_statistics={},
        residuals=pd.Series(fitted.within.residuals, panel.named(fitted.y.index)),
        kinds=tuple(KINDS),
        again=partial(_again, fitted, equation, names),
        title="Least squares with unit and period effects",
        method="two_way",
        formula=equation.text,
    )


def _cluster_key(name: str, equation: Equation) -> str | pd.Series:
    """A cluster as the estimator takes it: a level of its index, or a series over the rows."""
    panel = equation.panel
    if name in (panel.unit, panel.time):
        return LEVELS[name != panel.unit]
    values = panel.frame[name].set_axis(equation.y.index)
    if values.isna().any():
        raise InvalidData(sentences.MISSING_KEY(name=name, count=int(values.isna().sum())))
    return pd.Series(np.unique(values.astype(str), return_inverse=True)[1], values.index, name=name)


def _adjusted(solution: LinearSolution, regression: Regression, vcov: Vcov) -> Numbers:
    """Adjusted R²: 1 - RSS/(n-K) / (TSS/(n-1)), K with the constant and the effects.

    None without a constant and without effects: R² is then of another kind.
    """
    moved, residuals = solution.moved, solution.residuals
    if not moved.model.effects and CONSTANT not in moved.x.columns:
        return {}
    centred, n = centred_outcome(moved), len(moved.y)
    if not float(centred @ centred) > 0:
        return {}
    parameters = moved.x.shape[1] + solution.effects.parameters
    share = float(residuals @ residuals) / (n - parameters)
    return {"r_squared_adjusted": 1 - share / (float(centred @ centred) / (n - 1))}


def _r_squared(solution: LinearSolution) -> dict[str, float]:
    """R² by means of units; `lsdv` of the dummies' regression with effects, and with weights alone."""
    design, residuals = solution.design, solution.residuals
    if design.weights is not None:
        centred = centred_outcome(weighted(design))
        name = "lsdv" if design.model.effects else "overall"
        return {name: 1 - float(residuals @ residuals / (centred @ centred))}
    measures = r_squared_by_means(solution)
    if design.model.effects:
        centred = centred_outcome(design)
        measures["lsdv"] = 1 - float(residuals @ residuals / (centred @ centred))
    return measures


LINEAR = {
    "least_squares": Linear(
        "least_squares", effects=True, weights=True, numbers=_adjusted, r_squared=_r_squared
    )
}
