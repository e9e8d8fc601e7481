"""Variables of a formula over the rows of a panel, for estimators that take series and not formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences as estimators
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidData, InvalidOption
from living_panel.estimation.econometrics.kernels import rule_bandwidth
from living_panel.estimation.econometrics.library import sentences
from living_panel.estimation.econometrics.library.data import (
    LEVELS,
    PanelData,
    complete,
    named_periods,
    read_data,
)


@dataclass(frozen=True)
class Equation:
    """An outcome and regressors over the same rows.

    Attributes
    ----------
    text : str
        The formula.
    y : pandas.Series
        Outcome over an index that the two-way estimators take.
    x : pandas.DataFrame
        Regressors without a constant.
    panel : PanelData
        The rows that have every variable.
    """

    text: str
    y: pd.Series
    x: pd.DataFrame
    panel: PanelData

    @property
    def wide_y(self) -> pd.DataFrame:
        """Outcome as a frame of periods by units."""
        return self.panel.wide(self.y)

    @property
    def wide_x(self) -> dict[str, pd.DataFrame]:
        """Regressors by name as frames of periods by units."""
        return {str(name): self.panel.wide(self.x[name]) for name in self.x}


@check_arguments
def read_equation(
    formula: str, panel: PanelData, *, estimator: str, also: Sequence[str], effects: bool
) -> Equation:
    """Variables of `y ~ x1 + x2` over the rows that have them all.

    Parameters
    ----------
    formula : str
        Outcome and regressors.
    panel : PanelData
        From `read_data`.
    estimator : str
        For messages.
    also : sequence of str
        Further columns without which a row is left out: clusters.
    effects : bool
        Whether the effects of unit and time may be written after |.

    Returns
    -------
    Equation

    Raises
    ------
    InvalidOption
        For other effects, or instruments.
    InvalidData
        For text as an outcome, unknown columns, values that are not finite.
    """
    from living_panel.estimation.econometrics.panel_models.columns import (
        CONSTANT,
        columns_of,
        with_shifts,
    )
    from living_panel.estimation.econometrics.panel_models.formula import read_model

    model = read_model(formula)
    if model.instruments:
        raise InvalidOption(sentences.NO_FORMULA(text=formula, estimator=estimator))
    if model.effects and not (effects and {*model.effects} == {panel.unit, panel.time}):
        raise InvalidOption(
            Code.MODEL(
                "{text}: {estimator} already includes its own effects",
                "remove the part after the sign |, or use ols",
                text=formula,
                estimator=estimator,
            )
        )
    outcome = [name for factor in model.outcome for name in _names_of(factor)]
    with named_periods(panel):
        panel = replace(panel, frame=with_shifts(model.terms, panel.frame, formula))
    names = [name for name in model.needed if name not in model.effect_names or name in model.names]
    panel = complete(panel, [*names, *also])
    refuse_text(panel, outcome)
    keys = {
        name: panel.frame.index.get_level_values(place)
        for place, name in enumerate((panel.unit, panel.time))
        if name not in panel.frame
    }
    frame = panel.frame.assign(**keys)
    frame.index = frame.index.set_names(LEVELS)
    y = columns_of((model.outcome,), frame, formula)
    x = columns_of(model.regressors, frame, formula).drop(columns=CONSTANT, errors="ignore")
    if y.shape[1] != 1:
        raise InvalidData(estimators.OUTCOMES(text=formula, n_outcomes=y.shape[1]))
    if not x.shape[1]:
        raise InvalidOption(
            estimators.FORMULA_TERM(
                text=formula, found=formula.partition("~")[2].strip(), expected="a regressor"
            )
        )
    return Equation(formula, y.iloc[:, 0], x, panel)


@check_arguments
def read_plain_equation(
    estimator: str, formula: str, data: Any, unit: str | None, time: str | None
) -> Equation:
    """Variables of a formula without effects, from a panel.

    Parameters
    ----------
    estimator : str
        For messages.
    formula : str
        Outcome and regressors.
    data : DataFrame or mapping of str to DataFrame
        As in `read_data`.
    unit, time : str or None
        As in `read_data`.

    Returns
    -------
    Equation
    """
    panel = read_data(data, unit, time)
    return read_equation(formula, panel, estimator=estimator, also=(), effects=False)


@check_arguments
def bandwidth_of(equation: Equation, bandwidth: int | None) -> int:
    """The bandwidth that is given; without one `rule_bandwidth` of the equation's periods."""
    return rule_bandwidth(len(equation.wide_y)) if bandwidth is None else bandwidth


@check_arguments
def refuse_text(panel: PanelData, names: list[str]) -> None:
    """Refuse columns of text where numbers are needed.

    Raises
    ------
    InvalidData
        Naming the first one.
    """
    for name in names:
        if name in panel.frame and not pd.api.types.is_numeric_dtype(panel.frame[name]):
            value = repr(panel.frame[name].iloc[0])
            raise InvalidData(sentences.TEXT_VALUES(name=name, value=value))


def _names_of(factor: object) -> list[str]:
    from living_panel.estimation.econometrics.panel_models.grammar import Call, Name, names_of

    assert isinstance(factor, Name | Call)
    return list(names_of(factor))
