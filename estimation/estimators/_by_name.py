"""Estimators of formulas by the names that specs have, over frames of unit and period: fits, or coefficients alone.

The public functions are in the file of each family. Tables write the covariance out, draw their own rows and estimate
them again without each unit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.panel_models.covariance import Vcov
from living_panel.estimation.econometrics.panel_models.formula import Model
from living_panel.estimation.econometrics.panel_models.grammar import Call, Effect
from living_panel.estimation.econometrics.row_names import UNIT
from living_panel.estimation.estimators import _models, discrete, dynamic, iv, linear, panel
from living_panel.estimation.estimators._design import (
    ModelDesign,
    absorb,
    design_of,
    effect_codes,
)
from living_panel.estimation.estimators._models import Estimator, Linear
from living_panel.estimation.estimators.dynamic import MomentChoice

ESTIMATORS: dict[str, Estimator] = {
    **linear.LINEAR,
    **iv.LINEAR,
    **panel.LINEAR,
    **panel.WHOLE,
    **discrete.WHOLE,
    **iv.WHOLE,
    **{name: Estimator(name, effects=True, covariances=("robust",)) for name in dynamic.METHODS},
}
SINGULAR = 1e-11
"""Share of the largest eigenvalue below which a direction is one that a unit alone identified."""
MOST_AT_ONCE = 1 << 22  # cells of cross products


def check_model(
    model: Model,
    estimator: str,
    vcov: Vcov,
    weights: str | None = None,
    moments: MomentChoice | None = None,
) -> None:
    """Refuse a formula, a covariance or instruments that an estimator does not have; no data are needed."""
    _models.check_model(model, ESTIMATORS[estimator], vcov, weights)
    dynamic._check_moments(model, estimator, vcov, moments)


def fit_model(
    model: Model,
    frame: pd.DataFrame,
    estimator: str,
    vcov: Vcov,
    weights: str | None = None,
    moments: MomentChoice | None = None,
) -> RegressionFit:
    """One model under one covariance, over a frame of variables by unit and period.

    `weights` is a column, of `least_squares`, `2sls` and `liml`; `moments` are of difference and system GMM.
    """
    check_model(model, estimator, vcov, weights, moments)
    if moments is not None:
        return dynamic._fit_dynamic(model, frame, estimator, vcov, moments)[0]
    design, chosen = design_of(model, frame, weights), ESTIMATORS[estimator]
    if isinstance(chosen, Linear):
        return _models.solve(design, chosen).under(vcov)
    assert chosen.fit is not None
    return chosen.fit(design, vcov)


def coefficients(
    model: Model,
    frame: pd.DataFrame,
    estimator: str,
    vcov: Vcov,
    weights: str | None = None,
    moments: MomentChoice | None = None,
) -> pd.Series:
    """Coefficients of `fit_model` by term, without their covariance where it is not needed for them."""
    chosen = ESTIMATORS[estimator]
    if not isinstance(chosen, Linear):
        return fit_model(model, frame, estimator, vcov, moments=moments).params
    check_model(model, estimator, vcov, weights)
    solution = _models.solve(design_of(model, frame, weights), chosen)
    return pd.Series(solution.params, list(map(str, solution.moved.x.columns)))


def influences_of(
    model: Model,
    frame: pd.DataFrame,
    estimator: str,
    vcov: Vcov,
    weights: str | None = None,
    moments: MomentChoice | None = None,
) -> pd.DataFrame | None:
    """Influence of each row on the coefficients of a linear estimator, a column a term; None for the others."""
    of = ESTIMATORS[estimator]
    if not isinstance(of, Linear):
        return None
    _models.check_model(model, of, vcov, weights)
    return _models.solve(design_of(model, frame, weights), of).influences


def coefficients_without_units(
    model: Model,
    frame: pd.DataFrame,
    estimator: str,
    vcov: Vcov,
    weights: str | None = None,
    moments: MomentChoice | None = None,
) -> pd.DataFrame:
    """Coefficients without each unit in turn, a row a unit; missing where the rest does not identify one.

    Least squares without unit g is b_(g) = (A - A_g)^+ (c - c_g) with A_g = W_g'W_g and c_g = W_g'y_g. W are the
    regressors with the dummies of all effects but the unit's own, which is taken out unit by unit: so no unit's
    rows depend on another one's (Frisch-Waugh-Lovell). Other estimators are estimated once a unit.
    """
    is_plain = weights is None and len(model.absorbed) <= 2 and not _has_more(model)
    if estimator != "least_squares" or not is_plain:
        chosen = (estimator, vcov, weights, moments)
        return _estimated_again(frame, lambda rows: coefficients(model, rows, *chosen))
    design = design_of(model, frame)
    effects, x, unit = absorb(design), design.x, design.unit
    net = effects.net(x.to_numpy())
    w = np.column_stack([net, *_other_dummies(design)])
    y = effects.net(design.y.to_numpy())
    if any(_is_units(design, effect) for effect in model.absorbed):
        w = w - _unit_means(w, unit)
        y = y - _unit_means(y[:, None], unit)[:, 0]
    labels = pd.Index(design.keys[UNIT].drop_duplicates())
    slopes = _updated(w / _sizes(w), y, unit, net.shape[1]) / _sizes(w)[: net.shape[1]]
    return pd.DataFrame(slopes, labels, list(map(str, x.columns)))


def _updated(w: Floats, y: Floats, unit: Ints, k: int) -> Floats:
    """First `k` coefficients without each unit; the units are sorted."""
    begins = np.flatnonzero(np.diff(unit, prepend=-1))
    parts = np.split(np.arange(len(y)), begins[1:])
    cross, total, moments = w.T @ w, w.T @ y, np.empty((len(parts), k))
    size = max(MOST_AT_ONCE // cross.size, 1)
    for first in range(0, len(parts), size):
        some = parts[first : first + size]
        without = np.array([cross - w[rows].T @ w[rows] for rows in some])
        right = np.array([total - w[rows].T @ y[rows] for rows in some])
        values, vectors = np.linalg.eigh(without)
        is_there = values > SINGULAR * values[:, -1:]
        inverse = np.where(is_there, 1.0 / np.where(is_there, values, 1.0), 0.0)
        solved = (
            vectors @ (inverse * (vectors.transpose(0, 2, 1) @ right[..., None])[..., 0])[..., None]
        )
        lost = (np.abs(vectors[:, :k, :]) > 1e-6) & ~is_there[:, None, :]
        moments[first : first + size] = np.where(lost.any(axis=2), np.nan, solved[:, :k, 0])
    return moments


def _other_dummies(design: ModelDesign) -> list[Floats]:
    """Dummies of every effect but the units' own."""
    effects = [effect for effect in design.model.absorbed if not _is_units(design, effect)]
    labels = [effect_codes(design, effect) for effect in effects]
    return [np.eye(int(label.max()) + 1)[label] for label in labels]


def _has_more(model: Model) -> bool:
    """Whether a formula has slopes by group, or numbers of a row that other rows of the sample change."""
    kinds = {factor.kind for term in model.terms for factor in term if isinstance(factor, Call)}
    return "poly" in kinds or any(effect.slopes for effect in model.absorbed)


def _is_units(design: ModelDesign, effect: Effect) -> bool:
    """Whether an effect is that of the units, whatever it is called."""
    return np.array_equal(effect_codes(design, effect), design.unit)


def _unit_means(values: Floats, unit: Ints) -> Floats:
    sums = np.zeros((int(unit.max()) + 1, values.shape[1]))
    np.add.at(sums, unit, values)
    means: Floats = (sums / np.bincount(unit)[:, None])[unit]
    return means


def _sizes(columns: Floats) -> Floats:
    size = np.sqrt((columns**2).sum(axis=0))
    return np.where(size > 0, size, 1.0)


def _estimated_again(
    frame: pd.DataFrame, estimated: Callable[[pd.DataFrame], pd.Series]
) -> pd.DataFrame:
    """The same by one estimate a unit."""
    units = frame.index.get_level_values(0)
    slopes = {}
    for unit in units.unique():
        try:
            slopes[unit] = estimated(frame[units != unit])
        except (Infeasible, InvalidData):
            continue
    return pd.DataFrame(slopes).T.reindex(units.unique())
