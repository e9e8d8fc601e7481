"""Models of a formula: what each estimator's file states, the linear solution, and the way from a call to a fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import wild_tests
from living_panel.estimation.econometrics.fixed_effects.within import Floats, least_squares
from living_panel.estimation.econometrics.inference.engines import covariance_on_arrays
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.library.data import (
    PanelData,
    complete,
    named_periods,
    refuse_reserved,
)
from living_panel.estimation.econometrics.library.equations import refuse_text
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.econometrics.library.ways import Cluster, Way, fit_under, kinds_of
from living_panel.estimation.econometrics.panel_models.columns import with_shifts
from living_panel.estimation.econometrics.panel_models.covariance import Vcov, codes_of, read_vcov
from living_panel.estimation.econometrics.panel_models.formula import (
    CONSTANT_TERM,
    Model,
    read_model,
)
from living_panel.estimation.econometrics.panel_models.grammar import names_of
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.econometrics.statistic import Name, statistic
from living_panel.estimation.estimators._design import (
    Absorbed,
    ModelDesign,
    absorb,
    design_of,
    key_of,
    places_of,
    require_rank,
    rows_of,
    weighted,
)

INSIDE = (CONSTANT_TERM,)
"""Right side of the last part of a formula whose instruments come from the model itself."""
Numbers = dict[Name, float]
Solved = tuple[Floats, Floats, Floats, Numbers]
"""Coefficients (k,), regressors without the effects or their projection (n, k), bread (k, k), other numbers."""


@dataclass(frozen=True)
class Estimator:
    """An estimator by its name in specs, and what it allows.

    `instruments` are "excluded" ones, those "inside" the model, or none. `covariances` are the few that it has; without
    them it has those of the registry. `is_plain`: with no factor and the normal distribution alone.
    """

    name: str
    fit: Callable[[ModelDesign, Vcov], RegressionFit] | None = None
    references: tuple[str, ...] = ("classical",)
    effects: bool = False
    weights: bool = False
    instruments: str = ""
    covariances: tuple[str, ...] = ()
    is_plain: bool = False


def _no_numbers(solution: LinearSolution, regression: Regression, vcov: Vcov) -> Numbers:
    return {}


def _as_weighted(design: ModelDesign) -> tuple[ModelDesign, Numbers]:
    return weighted(design), {}


def solve_least_squares(moved: ModelDesign, effects: Absorbed, y: Floats, net: Floats) -> Solved:
    """Coefficients by least squares of rows without their effects."""
    bread = np.asarray(np.linalg.inv(net.T @ net), dtype=np.float64)
    return least_squares(net, y), net, bread, {}


def r_squared_by_means(solution: LinearSolution) -> dict[str, float]:
    """R² within, between and overall on the rows before any transformation, as Stata's xtreg.

    They are squared correlations of y and x'b in deviations from unit means, in unit means and in levels; `between`
    where a unit has several rows.
    """
    design = solution.design
    y, fitted = design.y.to_numpy(), design.x.to_numpy() @ solution.params
    unit = design.unit
    means = pd.DataFrame({"y": y, "f": fitted}).groupby(unit).mean()
    pairs = {
        "within": (y - means["y"].to_numpy()[unit], fitted - means["f"].to_numpy()[unit]),
        "between": (means["y"].to_numpy(), means["f"].to_numpy()),
        "overall": (y, fitted),
    }
    measures = {}
    for name, (observed, theirs) in pairs.items():
        if (
            np.ptp(observed) > 1e-12 * np.abs(y).max()
            and np.ptp(theirs) > 1e-12 * np.abs(fitted).max()
        ):
            measures[name] = float(np.corrcoef(observed, theirs)[0, 1] ** 2)
    if len(means) == len(y):  # a cross-section: means are the rows themselves
        measures.pop("between", None)
    return measures


def own_r_squared(solution: LinearSolution) -> dict[str, float]:
    """Squared correlation of the transformed y with its fit, as in R's plm."""
    fitted = solution.outcome - solution.residuals
    return {"own": float(np.corrcoef(solution.outcome, fitted)[0, 1] ** 2)}


def centred_outcome(design: ModelDesign) -> Floats:
    """Outcome of `weighted` rows less its mean."""
    y = design.y.to_numpy()
    if design.weights is None:
        return np.asarray(y - y.mean())
    root = np.sqrt(design.weights)
    return np.asarray(y - root * (root @ y) / (root @ root))


@dataclass(frozen=True)
class Linear(Estimator):
    """An estimator whose covariance is chosen after the coefficients.

    `transform` gives the rows as the estimator takes them; `solve` their coefficients; `numbers` those that rest on a
    covariance or on the residuals.
    """

    transform: Callable[[ModelDesign], tuple[ModelDesign, Numbers]] = _as_weighted
    solve: Callable[[ModelDesign, Absorbed, Floats, Floats], Solved] = solve_least_squares
    numbers: Callable[[LinearSolution, Regression, Vcov], Numbers] = _no_numbers
    r_squared: Callable[[LinearSolution], dict[str, float]] = r_squared_by_means


@dataclass(frozen=True, slots=True)
class LinearSolution:
    """Coefficients of a linear model, before any covariance is chosen; `moved` are the transformed rows."""

    moved: ModelDesign
    design: ModelDesign
    estimator: Linear
    effects: Absorbed  # of the transformed rows
    outcome: Floats  # (n,), transformed and without the effects
    params: Floats  # (k,)
    projected: Floats  # (n, k)
    bread: Floats  # (k, k)
    residuals: Floats  # (n,)
    statistics: Mapping[Name, float]

    def under(self, vcov: Vcov) -> RegressionFit:
        """The fit under one covariance, which the estimator must have."""
        check_model(self.design.model, self.estimator, vcov)
        moved = self.moved
        regression = self.regression(vcov.names, vcov.location)
        estimate = covariance_on_arrays(regression, vcov)
        names = list(map(str, moved.x.columns))
        tests = {}
        if vcov.rule.is_bootstrap:
            tests = wild_tests(regression, regression.keys[0], names, vcov)
        return RegressionFit(
            way=vcov,
            params=pd.Series(self.params, names),
            cov=pd.DataFrame(estimate.cov, names, names),
            df=pd.Series(estimate.df, names),
            n_clusters=estimate.groups,
            n_obs=len(moved.y),
            n_units=int(moved.unit.max()) + 1,
            n_periods=int(self.design.period.max()) + 1,
            r_squared=self.estimator.r_squared(self),
            outcome_mean=float(self.design.y.mean()),
            statistics={**self.statistics, **self.estimator.numbers(self, regression, vcov)},
            residuals=pd.Series(self.residuals, pd.MultiIndex.from_frame(moved.keys[[UNIT, PERIOD]])),
            tests=tests,
        )  # fmt: skip

    def regression(self, clusters: Sequence[str], location: Sequence[str] = ()) -> Regression:
        """The transformed rows as a covariance reads them."""
        moved, effects = self.moved, self.effects
        keys = [codes_of(key_of(moved, name)) for name in clusters]
        labels = [int(label) for label in sorted(set(moved.keys[PERIOD]))]
        return Regression(
            self.projected, self.params, self.residuals, self.bread, effects.layout, effects.codes,
            effects.parameters, moved.unit, moved.period, labels, keys,
            places=places_of(moved, location) if location else None, again=self.again,
            has_instruments=bool(moved.model.instruments),
        )  # fmt: skip

    @property
    def influences(self) -> pd.DataFrame:
        """Influence of each transformed row on the coefficients, bread times score: unit and period by term."""
        rows = pd.MultiIndex.from_frame(self.moved.keys[[UNIT, PERIOD]])
        return pd.DataFrame(
            self.regression(()).influences, rows, list(map(str, self.moved.x.columns))
        )

    def again(self, times: Floats) -> Floats:
        """Coefficients with each row repeated this often, shape (k,); the estimator keeps the rows."""
        design = rows_of(self.design, times > 0)
        if (times > 1).any():
            weights = 1.0 if design.weights is None else design.weights
            design = replace(design, weights=weights * times[times > 0])
        return solve(design, self.estimator).params


def solve(design: ModelDesign, estimator: Linear) -> LinearSolution:
    """Coefficients of a linear estimator, on rows transformed as it demands."""
    moved, statistics = estimator.transform(design)
    effects = absorb(moved)
    x, y = moved.x, effects.net(moved.y.to_numpy())
    net = effects.net(x.to_numpy())
    require_rank(x, net, moved.model)
    if len(x) - x.shape[1] - effects.parameters < 1:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{text}: {n_rows} rows are too few for {n_slopes} coefficients and {parameters} effects",
                "use a larger sample, fewer regressors or fewer effects",
                text=moved.model.text,
                n_rows=len(x),
                n_slopes=x.shape[1],
                parameters=effects.parameters,
            )
        )
    params, projected, bread, numbers = estimator.solve(moved, effects, y, net)
    return LinearSolution(
        moved, design, estimator, effects, y, params, projected, bread, y - net @ params,
        {**statistics, **numbers},
    )  # fmt: skip


def check_model(model: Model, estimator: Estimator, vcov: Vcov, weights: str | None = None) -> None:
    """Refuse a formula or a covariance that an estimator does not have; no data are needed."""
    name, inside = estimator.name, estimator.instruments == "inside"
    wrong = ""
    if model.effects and not estimator.effects:
        wrong = f"{name} allows no effects after |"
    elif bool(model.instruments) != bool(estimator.instruments):
        has = "needs" if estimator.instruments else "takes no"
        wrong = f"{name} {has} instruments, | w ~ z"
    elif estimator.instruments and (model.instruments == INSIDE) != inside:
        wrong = f"{name} has {'| w ~ 1' if inside else 'instruments after | w ~'}"
    elif vcov.rule.estimators and name not in vcov.rule.estimators:
        wrong = f"{vcov.cov} is for {', '.join(vcov.rule.estimators)}, not {name}"
    elif estimator.covariances and vcov.cov not in estimator.covariances:
        wrong = f"{name} does not have the covariance {vcov.cov}"
    elif estimator.is_plain and (vcov.correction, vcov.df) != ("none", "normal"):
        wrong = f"{name} needs correction none and df normal"
    elif vcov.rule.except_instruments and estimator.instruments:
        wrong = f"{vcov.cov} is for least squares, not {name}"
    elif weights is not None and not estimator.weights:
        wrong = f"{name} does not allow weights"
    if wrong:
        raise InvalidOption(sentences.WRONG_MODEL(text=model.text, wrong=wrong))


def linear_fit(
    method: str,
    title: str,
    estimator: Linear,
    formula: str,
    panel: PanelData,
    way: Way,
    chosen: Mapping[str, Any] | None = None,
    weights: str | None = None,
) -> Fit:
    """A linear model, solved once and then under one covariance."""
    way.refuse_options()
    also = [*way.columns(panel), *([] if weights is None else [weights])]
    model, panel = read_sample(formula, panel, also)
    with named_periods(panel):
        vcov = read_vcov(way.mapping(panel, bool(model.effects)))
        check_model(model, estimator, vcov, weights)
        solution = solve(design_of(model, panel.frame, weights), estimator)
    chosen = {**(chosen or {}), **({} if weights is None else {"weights": weights})}
    described = {"method": method, "title": title, "formula": formula, "chosen": chosen}
    return _covered(solution, panel, described, way)


def _under(
    solution: LinearSolution,
    panel: PanelData,
    described: dict[str, Any],
    large: bool,
    factor: str | None,
    kind: str,
    *,
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    location: tuple[str, str] | None = None,
    cutoff: int | None = None,
) -> Fit:
    """Another covariance of the same coefficients; `Fit.vcov` reads its options from this signature."""
    way = Way(
        kind, cluster, correction, df, bandwidth, draws, seed, location, cutoff, large, factor
    )
    way.refuse_options()
    return _covered(solution, panel, described, way)


def _covered(
    solution: LinearSolution, panel: PanelData, described: dict[str, Any], way: Way
) -> Fit:
    model, estimator = solution.design.model, solution.estimator
    kinds = kinds_of(estimator.name, bool(model.instruments))
    again = partial(_under, solution, panel, described, way.large, way.factor)
    vcov = read_vcov(way.mapping(panel, bool(model.effects)))
    with named_periods(panel):
        result = solution.under(vcov)
        return _as_fit(result, described, panel, model, estimator, kinds, again)


def whole_fit(
    method: str,
    title: str,
    estimator: Estimator,
    formula: str,
    panel: PanelData,
    way: Mapping[str, Any],
    chosen: Mapping[str, Any] | None = None,
) -> Fit:
    """A model whose estimator makes its own covariance, as a spec writes it."""
    assert estimator.fit is not None
    model, panel = read_sample(formula, panel, way.get("cluster", []))
    with named_periods(panel):
        vcov = read_vcov(way)
        check_model(model, estimator, vcov)
        result = estimator.fit(design_of(model, panel.frame), vcov)
    described = {"method": method, "title": title, "formula": formula, "chosen": chosen or {}}
    return _as_fit(result, described, panel, model, estimator, (vcov.cov,), None)


def read_sample(formula: str, panel: PanelData, clusters: Sequence[str]) -> tuple[Model, PanelData]:
    """A formula, and the rows that have each of its variables, effects and clusters."""
    model = read_model(formula)
    refuse_reserved(panel, [*model.names, *model.effect_names, *clusters])
    with named_periods(panel):
        panel = replace(panel, frame=with_shifts(model.terms, panel.frame, formula))
    generic = {"unit", "year"} - {*panel.frame.columns}
    names = [*model.needed, *clusters]
    panel = complete(panel, [name for name in names if name not in generic])
    outcome = [name for factor in model.outcome for name in names_of(factor)]
    refuse_text(panel, outcome)
    return model, panel


def _as_fit(
    result: RegressionFit,
    described: Mapping[str, Any],
    panel: PanelData,
    model: Model,
    estimator: Estimator,
    kinds: Sequence[str],
    again: Any,
) -> Fit:
    """A fit of a formula in the library's form."""
    numbers = {}
    for name, value in result.statistics.items():
        parts = statistic(name)
        numbers[f"{parts.name} {parts.term}".strip()] = float(value)
    residuals = result.residuals
    if residuals is not None and residuals.index.nlevels == 2:
        residuals = residuals.set_axis(panel.named(residuals.index))
    return fit_under(
        result,
        result.way,
        result.way.names,
        chosen={**described["chosen"], "effects": [*model.effects] or None},
        sample=panel.sample,
        references=estimator.references,
        fit_statistics=numbers,
        residuals=residuals,
        kinds=kinds,
        again=again,
        title=described["title"],
        method=described["method"],
        formula=described["formula"],
    )
