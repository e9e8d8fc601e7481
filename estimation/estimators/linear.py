"""Least squares of a formula, with any effects."""

from __future__ import annotations

from typing import Annotated, Any

from living_panel.estimation.econometrics.arguments import Count, OneOf, check_arguments
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.library.data import read_rows
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.econometrics.library.ways import RULES, Cluster, Way
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT
from living_panel.estimation.econometrics.panel_models.covariance import Vcov
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
