"""Models with lags of the outcome as formulas: the arrays of difference and system GMM, and their fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.dynamic_panel.gmm import (
    DynamicFit,
    LaggedInstrument,
    dynamic_gmm,
    moments,
)
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.panel_models.columns import (
    CONSTANT,
    columns_of,
    with_shifts,
)
from living_panel.estimation.econometrics.panel_models.covariance import Vcov
from living_panel.estimation.econometrics.panel_models.formula import (
    CONSTANT_TERM,
    Factor,
    Model,
    read_model,
    text_of,
)
from living_panel.estimation.econometrics.panel_models.grammar import columns_needed
from living_panel.estimation.econometrics.row_names import PERIOD
from living_panel.estimation.econometrics.statistic import Name

METHODS = ("difference_gmm", "system_gmm")
ORDERS = 2
"""Autocorrelations tested."""
Lags = tuple[int, int | None]


@dataclass(frozen=True)
class MomentChoice:
    """Instruments and steps of difference and system GMM.

    Attributes
    ----------
    lagged : mapping of str to (int, int or None)
        Variables with the first and the last lag that is an instrument of each period; None for all lags.
    plain : sequence of str
        Instruments as they are: their differences in the differenced equation.
    steps : int
        1, or 2 for weights from the residuals of the first step.
    collapse : bool
        One instrument for each lag instead of each lag and period.
    """

    lagged: Mapping[str, Lags]
    plain: Sequence[str]
    steps: int
    collapse: bool

    @property
    def names(self) -> list[str]:
        """Variables of the instruments, each once."""
        names = (name for text in (*self.lagged, *self.plain) for name in _read(text).names)
        return list(dict.fromkeys(names))


class DynamicModel(NamedTuple):
    """A fit, and the estimates behind it."""

    fit: RegressionFit
    gmm: DynamicFit


@check_arguments
def check_moments(
    model: Model, estimator: str, vcov: Vcov, chosen: MomentChoice | None = None
) -> None:
    """Refuse instruments that an estimator does not have, and difference and system GMM without them.

    Parameters
    ----------
    model : Model
        From `read_model`.
    estimator : str
        Of `ESTIMATORS`.
    vcov : Inference
        From `read_vcov`.
    chosen : MomentChoice, optional
        Of difference and system GMM alone.

    Raises
    ------
    InvalidOption
        Saying what is wrong.
    """
    wrong = ""
    if (chosen is None) == (estimator in METHODS):
        wrong = f"{estimator} {'has no moments' if chosen is None else 'takes no moments'}"
    elif chosen is None:
        return
    elif chosen.steps not in (1, 2):
        wrong = f"{chosen.steps} steps"
    elif vcov.correction == "windmeijer" and chosen.steps == 1:
        wrong = "windmeijer needs two steps"
    elif odd := [text for text, lags in chosen.lagged.items() if not _are_lags(lags)]:
        wrong = f"{odd[0]}: the lags {[*chosen.lagged[odd[0]]]} are not a first and a last one"
    if wrong:
        raise InvalidOption(codes.MOMENT_KEYS(text=model.text, wrong=wrong))


def _are_lags(lags: Lags) -> bool:
    first, last = lags
    return first >= 1 and (last is None or last >= first)


@check_arguments
def fit_dynamic(
    model: Model,
    frame: pd.DataFrame,
    estimator: Annotated[str, OneOf(METHODS)],
    vcov: Vcov,
    chosen: MomentChoice,
) -> DynamicModel:
    """Difference or system GMM of a formula.

    Parameters
    ----------
    model : Model
        Without instruments; the effect of periods may stand after `|`.
    frame : pandas.DataFrame
        Variables over a MultiIndex of unit and period; cells may be missing.
    estimator : {"difference_gmm", "system_gmm"}
        The system has a constant.
    vcov : Inference
        `robust`, with the correction `none` or `windmeijer`.
    chosen : MomentChoice
        Instruments and steps.

    Returns
    -------
    DynamicModel
        Statistics `hansen`, `sargan`, `ar1` and `ar2` with their p-values, `moment_degrees` and `instruments`.

    Raises
    ------
    InvalidOption
        For other effects than that of periods.
    InvalidData, Infeasible
        Rows that no estimate can use.
    """
    if not {*model.effects} <= {str(frame.index.names[1]), PERIOD}:
        raise InvalidOption(
            codes.WRONG_MODEL(
                text=model.text, wrong=f"{estimator} allows only the effect of periods"
            )
        )
    is_system = estimator == "system_gmm"
    columns = _Grid(model, frame)
    regressors = [term for term in model.regressors if term != CONSTANT_TERM]
    has_constant = is_system and len(regressors) < len(model.regressors)
    names, x = columns.of(regressors)
    y = columns.of([model.outcome])[1][:, :, 0]
    plain = columns.of([term for text in chosen.plain for term in _terms(text)])[1]
    present = np.isfinite(y) & np.isfinite(x).all(axis=2)
    dummies = _period_dummies(present) if model.effects else np.zeros((*present.shape, 0))
    ones = np.where(present, 1.0, np.nan)[:, :, None]
    lagged = [
        LaggedInstrument(columns.of(_terms(text))[1][:, :, 0], *lags)
        for text, lags in chosen.lagged.items()
    ]
    estimate = dynamic_gmm(
        moments(
            y, np.concatenate([x, *([ones] if has_constant else []), dummies], axis=2), lagged,
            np.concatenate([plain, dummies], axis=2), system=is_system, collapse=chosen.collapse,
            constant=has_constant,
        ),
        two_steps=chosen.steps == 2, windmeijer=vcov.correction == "windmeijer", orders=ORDERS,
    )  # fmt: skip
    names = [*names, *([CONSTANT] if has_constant else [])]
    k = len(names)
    fit = RegressionFit(
        way=vcov,
        params=pd.Series(estimate.params[:k], names),
        cov=pd.DataFrame(estimate.cov[:k, :k], names, names),
        df=pd.Series(np.inf, names),
        n_clusters=estimate.n_units,
        n_obs=estimate.n_obs,
        n_units=estimate.n_units,
        n_periods=int(present.any(axis=0).sum()),
        r_squared={},
        outcome_mean=float(y[present].mean()),
        statistics=_statistics(estimate),
    )
    return DynamicModel(fit, estimate)


def _statistics(estimate: DynamicFit) -> dict[Name, float]:
    pairs = {"hansen": estimate.hansen, "sargan": estimate.sargan}
    pairs |= {f"ar{order}": pair for order, pair in estimate.autocorrelation.items()}
    numbers: dict[Name, float] = {
        "moment_degrees": float(estimate.degrees),
        "instruments": float(estimate.n_instruments),
    }
    for name, (value, p_value) in pairs.items():
        if np.isfinite(value) and np.isfinite(p_value):
            numbers |= {name: value, f"{name}_p_value": p_value}
    return numbers


class _Grid:
    """Columns of terms as arrays of units by periods, neighbouring periods one apart."""

    def __init__(self, model: Model, frame: pd.DataFrame) -> None:
        self.text, self.frame = model.text, frame
        units, periods = (frame.index.get_level_values(place) for place in (0, 1))
        self.units = units.unique()
        self.periods = range(int(periods.min()), int(periods.max()) + 1)

    @check_arguments
    def of(self, terms: Sequence[Sequence[Factor]]) -> tuple[list[str], Floats]:
        """Names, and values (N, T, columns); missing where a variable of the terms is."""
        frame = with_shifts(terms, self.frame, self.text)
        needed = {name for term in terms for factor in term for name in columns_needed(factor)}
        rows = frame[[*needed.intersection(frame.columns)]].notna().all(axis=1)
        columns = columns_of(terms, frame[rows], self.text).drop(columns=CONSTANT, errors="ignore")
        shape = (len(self.units), len(self.periods), 0)
        wide = [
            columns[name].unstack().reindex(index=self.units, columns=self.periods)
            for name in columns
        ]
        names = [*map(str, columns.columns)]
        return names, np.stack(wide, axis=2).astype(float) if wide else np.zeros(shape)


def _read(text: str) -> Model:
    """A variable of the instruments, read by the grammar of formulas."""
    return read_model(f"{text} ~ 1")


def _terms(text: str) -> list[tuple[Factor, ...]]:
    return [_read(text).outcome]


@check_arguments
def instruments_of(model: Model, lagged: Sequence[str]) -> list[str]:
    """Regressors that have no variable of the lagged instruments in them: usual plain instruments."""
    inside = {name for text in lagged for name in _read(text).names}
    plain = [text_of(term) for term in model.regressors if term != CONSTANT_TERM]
    return [text for text in plain if not inside & {*_read(text).names}]


def _period_dummies(present: np.ndarray) -> np.ndarray:
    """A dummy of each period with rows but the first, (N, T, periods)."""
    used = np.flatnonzero(present.any(axis=0))[1:]
    dummies = np.zeros((*present.shape, len(used)))
    for column, period in enumerate(used):
        dummies[:, period, column] = 1.0
    return np.where(present[:, :, None], dummies, np.nan)
