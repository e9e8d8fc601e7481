"""Estimate a panel model: least squares, instruments, differences, means, random effects, counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import OneOf, Shape, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import wild_tests
from living_panel.estimation.econometrics.fixed_effects.within import Floats, least_squares
from living_panel.estimation.econometrics.inference.engines import covariance_on_arrays
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.optional import needed_for
from living_panel.estimation.econometrics.panel_models import (
    counts,
    dynamic,
    first_stage,
    gmm,
    hausman_taylor,
    random_effects,
)
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT
from living_panel.estimation.econometrics.panel_models.covariance import (
    Vcov,
    codes_of,
)
from living_panel.estimation.econometrics.panel_models.design import (
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
from living_panel.estimation.econometrics.panel_models.formula import Model
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.econometrics.statistic import Name

LINEAR = ("least_squares", "2sls", "liml", "first_differences", "between")
ESTIMATORS = (
    *LINEAR, *random_effects.METHODS, "hausman_taylor", "mean_group", *counts.METHODS, gmm.METHOD,
    *dynamic.METHODS,
)  # fmt: skip

WEIGHTED = ("least_squares", "2sls", "liml")
WITH_PARTS = (*LINEAR, *random_effects.METHODS, "hausman_taylor")
"""Estimators whose covariance is chosen after the coefficients."""
ALONE = ("block_bootstrap", "conley")
"""Covariances of the coefficients alone, which the tests of a first stage do not have."""


OWN = {
    "mean_group": ("mean_group",),
    gmm.METHOD: gmm.COVARIANCES,
    **dict.fromkeys(dynamic.METHODS, ("robust",)),
}
"""Covariances of estimators that have few."""


@dataclass(frozen=True, slots=True)
class LinearSolution:
    """Coefficients of a linear model, before any covariance is chosen.

    Attributes
    ----------
    moved, design : ModelDesign
        Rows as the estimator transforms them, and as they are given.
    estimator : str
    effects : Absorbed
        Effects of the transformed rows.
    outcome : ndarray, shape (n,)
        Outcome of the transformed rows without the effects.
    params : ndarray, shape (k,)
    projected : ndarray, shape (n, k)
        Regressors without the effects; of instrumental variables their projection.
    bread : ndarray, shape (k, k)
    residuals : ndarray, shape (n,)
    statistics : mapping of str or Statistic to float
        Numbers that rest on no covariance.
    """

    moved: ModelDesign
    design: ModelDesign
    estimator: str
    effects: Absorbed
    outcome: Floats
    params: Floats
    projected: Floats
    bread: Floats
    residuals: Floats
    statistics: Mapping[Name, float]

    @check_arguments
    def under(self, vcov: Vcov) -> RegressionFit:
        """The fit under one covariance.

        Raises
        ------
        InvalidOption
            For a covariance that the estimator does not have.
        Infeasible
            For one that the sample cannot carry.
        """
        check_model(self.design.model, self.estimator, vcov)
        moved, residuals = self.moved, self.residuals
        regression = self.regression(vcov.names, vcov.location)
        estimate = covariance_on_arrays(regression, vcov)
        statistics = dict(self.statistics)
        if self.estimator in ("2sls", "liml") and vcov.family not in ALONE:
            statistics |= first_stage.numbers(moved, self.effects, regression, vcov)
        names = list(map(str, moved.x.columns))
        tests = {}
        if vcov.rule.is_bootstrap:
            tests = wild_tests(regression, regression.keys[0], names, vcov)
        named = pd.Series(self.params, names)
        r_squared = _r_squared(self.design, named, self.outcome, residuals, self.estimator)
        return RegressionFit(
            way=vcov,
            params=named,
            cov=pd.DataFrame(estimate.cov, names, names),
            df=pd.Series(estimate.df, names),
            n_clusters=estimate.groups,
            n_obs=len(moved.y),
            n_units=int(moved.unit.max()) + 1,
            n_periods=int(self.design.period.max()) + 1,
            r_squared=r_squared,
            outcome_mean=float(self.design.y.mean()),
            statistics=statistics,
            residuals=pd.Series(residuals, pd.MultiIndex.from_frame(moved.keys[[UNIT, PERIOD]])),
            tests=tests,
        )

    @check_arguments
    def regression(self, clusters: Sequence[str], location: Sequence[str] = ()) -> Regression:
        """The transformed rows as a covariance reads them.

        Raises
        ------
        InvalidData
            For a name that is no column, and for places that are not on the globe.
        """
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
        values = (self.projected * self.residuals[:, None]) @ self.bread
        rows = pd.MultiIndex.from_frame(self.moved.keys[[UNIT, PERIOD]])
        return pd.DataFrame(values, rows, list(map(str, self.moved.x.columns)))

    @check_arguments
    def again(self, times: Annotated[Floats, Shape("n")]) -> Floats:
        """Coefficients with each row repeated this often, shape (k,); the estimator keeps the rows."""
        design = rows_of(self.design, times > 0)
        if (times > 1).any():
            weights = 1.0 if design.weights is None else design.weights
            design = replace(design, weights=weights * times[times > 0])
        return solve_design(design, self.estimator).params


@check_arguments
def fit_model(
    model: Model,
    frame: pd.DataFrame,
    estimator: Annotated[str, OneOf(ESTIMATORS)],
    vcov: Vcov,
    weights: str | None = None,
    moments: dynamic.MomentChoice | None = None,
) -> RegressionFit:
    """Estimate one model under one covariance.

    Parameters
    ----------
    model : Model
        From `read_model`. Only `least_squares`, `2sls`, `liml`, `gmm`, `poisson` and `logit` take effects, and
        `difference_gmm` and `system_gmm` that of periods; `2sls`, `liml`, `gmm` and `hausman_taylor` alone take a
        part with endogenous regressors.
    frame : pandas.DataFrame
        Variables over a MultiIndex of unit and period; missing cells are refused.
    estimator : str
        `least_squares` within the effects (LSDV); `2sls` and `liml` within the effects;
        `first_differences` of neighbouring periods, with the constant in the differenced equation.
        `between` unit means; `hausman_taylor` with endogenous regressors and `~ 1`. Random effects by
        `swamy_arora`, `wallace_hussain` or `amemiya` (the last two also `_unbiased`); `mean_group` of each
        unit's own regression; `poisson`, and conditional `logit` by unit; `gmm` with instruments, in two steps;
        `difference_gmm` and `system_gmm` of models with lags of the outcome.
    vcov : Inference
        From `read_vcov`.
    weights : str, optional
        As in `solve_model`.
    moments : MomentChoice, optional
        Of `difference_gmm` and `system_gmm` alone.

    Returns
    -------
    RegressionFit

    Raises
    ------
    InvalidOption
        A part of the formula or a covariance that the estimator does not have.
    InvalidData, Infeasible
        Rows that no estimate can use.
    """
    check_model(model, estimator, vcov, weights, moments)
    if moments is not None:
        return dynamic.fit_dynamic(model, frame, estimator, vcov, moments).fit
    design = design_of(model, frame, weights)
    if estimator in counts.METHODS:
        return counts.fit_counts(design, estimator, vcov)
    if estimator == "mean_group":
        return _mean_group(design, vcov)
    if estimator == gmm.METHOD:
        return gmm.fit_gmm(design, vcov)
    return solve_design(design, estimator).under(vcov)


@check_arguments
def solve_model(
    model: Model,
    frame: pd.DataFrame,
    estimator: Annotated[str, OneOf(WITH_PARTS)],
    vcov: Vcov,
    weights: str | None = None,
) -> LinearSolution:
    """Estimate the coefficients of a linear model, for any number of covariances afterwards.

    Parameters
    ----------
    model : Model
        From `read_model`.
    frame : pandas.DataFrame
        As in `fit_model`.
    estimator : str
        A linear one of `fit_model`.
    vcov : Inference
        The first covariance, which the estimator must have.
    weights : str, optional
        A column; `least_squares`, `2sls` and `liml` take weights.

    Returns
    -------
    LinearSolution
    """
    check_model(model, estimator, vcov, weights)
    return solve_design(design_of(model, frame, weights), estimator)


@check_arguments
def solve_design(
    design: ModelDesign, estimator: Annotated[str, OneOf(WITH_PARTS)]
) -> LinearSolution:
    """Coefficients of a linear estimator, on rows transformed as it demands."""
    statistics: Mapping[str, float] = {}
    moved = weighted(design)
    if estimator in random_effects.METHODS:
        moved, statistics = random_effects.quasi_demean(design, estimator)
    elif estimator == "hausman_taylor":
        moved, statistics = hausman_taylor.instrument(design)
    elif estimator == "first_differences":
        moved = _differenced(design)
    elif estimator == "between":
        moved = _unit_means(design)
    return _linear(moved, design, estimator, statistics)


@check_arguments
def check_model(
    model: Model,
    estimator: Annotated[str, OneOf(ESTIMATORS)],
    vcov: Vcov,
    weights: str | None = None,
    moments: dynamic.MomentChoice | None = None,
) -> None:
    """Refuse a formula or a covariance that an estimator does not have; no data are needed.

    Parameters
    ----------
    model : Model
        From `read_model`.
    estimator : str
        As in `fit_model`.
    vcov : Inference
        From `read_vcov`.
    weights : str, optional
        As in `solve_model`.
    moments : MomentChoice, optional
        As in `fit_model`.

    Raises
    ------
    InvalidOption
        Saying what the estimator has.
    """
    with_effects = (*WEIGHTED, gmm.METHOD, *counts.METHODS, *dynamic.METHODS)
    instrumented = estimator in ("2sls", "liml", "hausman_taylor", gmm.METHOD)
    inside = estimator == "hausman_taylor"
    wrong = ""
    if model.effects and estimator not in with_effects:
        wrong = f"{estimator} allows no effects after |"
    elif bool(model.instruments) != instrumented:
        wrong = f"{estimator} {'needs' if instrumented else 'takes no'} instruments, | w ~ z"
    elif instrumented and (model.instruments == hausman_taylor.INSIDE) != inside:
        wrong = f"{estimator} has {'| w ~ 1' if inside else 'instruments after | w ~'}"
    elif vcov.rule.estimators and estimator not in vcov.rule.estimators:
        wrong = f"{vcov.cov} is for {', '.join(vcov.rule.estimators)}, not {estimator}"
    elif vcov.cov not in OWN.get(estimator, (vcov.cov,)):
        wrong = f"{estimator} does not have the covariance {vcov.cov}"
    elif estimator == gmm.METHOD and (vcov.correction, vcov.df) != ("none", "normal"):
        wrong = "gmm needs correction none and df normal"
    elif vcov.rule.except_instruments and instrumented:
        wrong = f"{vcov.cov} is for least squares, not {estimator}"
    elif weights is not None and estimator not in WEIGHTED:
        wrong = f"{estimator} does not allow weights"
    if wrong:
        raise InvalidOption(codes.WRONG_MODEL(text=model.text, wrong=wrong))
    dynamic.check_moments(model, estimator, vcov, moments)


def _linear(
    moved: ModelDesign, design: ModelDesign, estimator: str, statistics: Mapping[str, float]
) -> LinearSolution:
    """A linear estimator on transformed rows `moved` of the model `design`."""
    effects = absorb(moved)
    x, y = moved.x, effects.net(moved.y.to_numpy())
    net = effects.net(x.to_numpy())
    require_rank(x, net, moved.model)
    if len(x) - x.shape[1] - effects.parameters < 1:
        raise Infeasible(
            codes.ROWS_FOR_EFFECTS(
                text=moved.model.text,
                n_rows=len(x),
                n_slopes=x.shape[1],
                parameters=effects.parameters,
            )
        )
    numbers: dict[Name, float] = {name: value for name, value in statistics.items()}
    if moved.model.instruments:
        params, projected, bread = _instrumented(moved, effects, y, net, estimator, numbers)
    else:
        params, projected = least_squares(net, y), net
        bread = np.asarray(np.linalg.inv(net.T @ net), dtype=np.float64)
    residuals = y - net @ params
    if estimator == "least_squares":
        numbers |= _adjusted(moved, residuals, x.shape[1] + effects.parameters)
    return LinearSolution(
        moved, design, estimator, effects, y, params, projected, bread, residuals, numbers
    )


def _instrumented(
    moved: ModelDesign,
    effects: Absorbed,
    y: Floats,
    net: Floats,
    estimator: str,
    numbers: dict[Name, float],
) -> tuple[Floats, Floats, Floats]:
    """Coefficients by linearmodels, regressors projected on the instruments, and the bread."""
    with needed_for(estimator, "linearmodels"):
        from linearmodels.iv import IV2SLS, IVLIML

    z = effects.net(moved.instruments.to_numpy())
    inside = moved.exogenous.shape[1]
    both = pd.concat([moved.exogenous, moved.instruments], axis=1)
    every = np.column_stack([net[:, :inside], z])
    require_rank(both, every, moved.model)
    if z.shape[1] < net.shape[1] - inside:
        raise InvalidOption(
            codes.TOO_FEW_INSTRUMENTS(
                text=moved.model.text, instruments=z.shape[1], endogenous=net.shape[1] - inside
            )
        )
    kind = IVLIML if estimator == "liml" else IV2SLS
    exog = net[:, :inside] if inside else None
    fitted: Any = kind(y, exog, net[:, inside:], z).fit(cov_type="unadjusted")
    kappa = float(fitted.kappa) if estimator == "liml" else 1.0
    projected = np.asarray(every @ least_squares(every, net), dtype=np.float64)
    bread = np.linalg.inv(net.T @ net - kappa * (net.T @ (net - projected)))
    if estimator == "liml":
        numbers["kappa"] = kappa
    if z.shape[1] > net.shape[1] - inside:
        numbers["sargan"] = float(fitted.sargan.stat)
        numbers["sargan_p_value"] = float(fitted.sargan.pval)
    return (
        np.asarray(fitted.params, dtype=np.float64),
        projected,
        np.asarray(bread, dtype=np.float64),
    )


def _differenced(design: ModelDesign) -> ModelDesign:
    """Differences of neighbouring periods of a unit; a gap is never closed up."""
    keys = design.keys
    if keys[[UNIT, PERIOD]].duplicated().any():
        raise Infeasible(codes.PERIOD_TWICE(text=design.model.text))
    unit, period = keys[UNIT].to_numpy(), keys[PERIOD].to_numpy()
    next_to = np.append(False, (unit[1:] == unit[:-1]) & (np.diff(period) == 1))
    if not next_to.any():
        raise Infeasible(codes.NO_NEIGHBOURING_PERIODS(text=design.model.text))
    change = design.exogenous.diff()
    if CONSTANT in change:
        change[CONSTANT] = 1.0
    return _kept(design, design.y.diff()[next_to], change[next_to], keys[next_to])


def _unit_means(design: ModelDesign) -> ModelDesign:
    unit = design.keys[UNIT]
    means = design.exogenous.groupby(unit.to_numpy()).mean()
    keys = design.keys.groupby(unit.to_numpy()).first()
    y = design.y.groupby(unit.to_numpy()).mean()
    return _kept(design, y, means, keys)


def _kept(design: ModelDesign, y: pd.Series, x: pd.DataFrame, keys: pd.DataFrame) -> ModelDesign:
    none = pd.DataFrame(index=range(len(y)))
    numbered = (part.reset_index(drop=True) for part in (y, x, keys))
    moved_y, moved_x, moved_keys = numbered
    return ModelDesign(design.model, moved_y, moved_x, none, none, moved_keys)


def _mean_group(design: ModelDesign, vcov: Vcov) -> RegressionFit:
    """Mean of each unit's own least squares, with the spread between units (Pesaran and Smith 1995)."""
    x, y, unit = design.x, design.y.to_numpy(), design.unit
    each, residuals = [], np.empty(len(y))
    for number in range(int(unit.max()) + 1):
        rows = np.flatnonzero(unit == number)
        regressors = x.iloc[rows]
        require_rank(regressors, regressors.to_numpy(), design.model)
        slopes = least_squares(regressors.to_numpy(), y[rows])
        residuals[rows] = y[rows] - regressors.to_numpy() @ slopes
        each.append(slopes)
    slopes, n = np.array(each), len(each)
    if n < 2:
        raise Infeasible(codes.NO_SPREAD_BETWEEN_UNITS(text=design.model.text))
    names = list(map(str, x.columns))
    cov = pd.DataFrame(np.atleast_2d(np.cov(slopes.T)) / n, names, names)
    df = float("inf") if vcov.df == "normal" else n - 1.0
    return RegressionFit(
        way=vcov,
        params=pd.Series(slopes.mean(axis=0), names),
        cov=cov,
        df=pd.Series(df, names),
        n_clusters=n,
        n_obs=len(y),
        n_units=n,
        n_periods=int(design.period.max()) + 1,
        r_squared={},
        outcome_mean=float(y.mean()),
        residuals=pd.Series(residuals, pd.MultiIndex.from_frame(design.keys[[UNIT, PERIOD]])),
    )


def _adjusted(design: ModelDesign, residuals: Floats, parameters: int) -> dict[Name, float]:
    """Adjusted R² of least squares: 1 - RSS/(n-K) / (TSS/(n-1)), K with the constant and the effects.

    None without a constant and without effects: R² is then of another kind.
    """
    y = design.y.to_numpy()
    if not design.model.effects and CONSTANT not in design.x.columns:
        return {}
    centred, n = _centred(design), len(y)
    if not float(centred @ centred) > 0:
        return {}
    share = float(residuals @ residuals) / (n - parameters)
    return {"r_squared_adjusted": 1 - share / (float(centred @ centred) / (n - 1))}


def _centred(design: ModelDesign) -> Floats:
    """Outcome of `weighted` rows less its mean."""
    y = design.y.to_numpy()
    if design.weights is None:
        return np.asarray(y - y.mean())
    root = np.sqrt(design.weights)
    return np.asarray(y - root * (root @ y) / (root @ root))


def _r_squared(
    design: ModelDesign, params: pd.Series, moved: Floats, residuals: Floats, estimator: str
) -> dict[str, float]:
    """R² on the rows before any transformation, as Stata's xtreg; `lsdv` of the dummies' regression.

    `own` of random effects and first differences is the squared correlation of the transformed y, `moved`, with its
    fit, as in R's plm.

    `lsdv` of a model with effects, `between` where a unit has several rows. within, between and
    overall are squared correlations of y and x'b, in deviations from unit means,
    in unit means and in levels. With instruments `structural`, 1 - RSS/TSS of the model, which may be
    negative; of a model with effects it is within them.
    """
    transformed = {}
    if estimator in (*random_effects.METHODS, "first_differences"):
        transformed["own"] = float(np.corrcoef(moved, moved - residuals)[0, 1] ** 2)
    if estimator == "first_differences":
        return transformed
    if estimator in ("2sls", "liml"):
        if design.weights is not None:
            net = absorb(design).net(_centred(weighted(design)))
        else:
            net = absorb(design).net(design.y.to_numpy())
            net = net - net.mean()
        return {"structural": 1 - float(residuals @ residuals / (net @ net))}
    if design.weights is not None:
        centred = _centred(weighted(design))
        name = "lsdv" if design.model.effects else "overall"
        return {name: 1 - float(residuals @ residuals / (centred @ centred))}
    y, fitted = design.y.to_numpy(), design.x.to_numpy() @ params.to_numpy()
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
    if estimator == "least_squares" and design.model.effects:
        centred = y - y.mean()
        measures["lsdv"] = 1 - float(residuals @ residuals / (centred @ centred))
    return measures | transformed
