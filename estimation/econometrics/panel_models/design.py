"""From a formula and rows to the arrays of a linear model, effects taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    TwoWayEffects,
    demean,
    two_way_effects,
)
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT, columns_of
from living_panel.estimation.econometrics.panel_models.covariance import codes_of
from living_panel.estimation.econometrics.panel_models.formula import CONSTANT_TERM, Model
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT

MOST_EFFECTS = 2
_IN_DIRECTION = 1e-6  # share of a column in a combination that is zero
_ABSORBED = 1e-9


@dataclass(frozen=True)
class ModelDesign:
    """Rows of a model, sorted by unit and period.

    Attributes
    ----------
    model : Model
    y : pandas.Series
        Outcome.
    exogenous, endogenous, instruments : pandas.DataFrame
        Regressors that are their own instruments, those that are not, and the excluded instruments.
    keys : pandas.DataFrame
        Labels of unit, period and other columns, for effects and clusters.
    """

    model: Model
    y: pd.Series
    exogenous: pd.DataFrame
    endogenous: pd.DataFrame
    instruments: pd.DataFrame
    keys: pd.DataFrame

    @property
    def x(self) -> pd.DataFrame:
        """Exogenous, then endogenous regressors."""
        return self.exogenous.join(self.endogenous)

    @property
    def unit(self) -> Ints:
        """Codes of the units."""
        return codes_of(self.keys[UNIT])

    @property
    def period(self) -> Ints:
        """Codes of the periods."""
        return codes_of(self.keys[PERIOD])


@check_arguments
def design_of(model: Model, frame: pd.DataFrame) -> ModelDesign:
    """Rows of a model, with what the formula makes of its variables.

    Parameters
    ----------
    model : Model
        From `read_model`.
    frame : pandas.DataFrame
        Variables over a MultiIndex of unit and period, which may repeat. `unit` and `year` name the index, in addition
        to its own names and the columns: in effects, clusters and dummies such as `C(year)`.

    Returns
    -------
    ModelDesign

    Raises
    ------
    InvalidData
        For rows without values, names that are not there, no row.
    """
    if not isinstance(frame.index, pd.MultiIndex) or frame.index.nlevels != 2 or frame.empty:
        raise InvalidData(
            codes.ROWS_OVER(text=model.text, n_rows=len(frame), names=list(frame.index.names))
        )
    frame = frame.iloc[frame.index.argsort()] if not frame.index.is_monotonic_increasing else frame
    numbered = frame.reset_index(drop=True)
    index = frame.index
    levels = {str(name): index.get_level_values(i) for i, name in enumerate(index.names)}
    levels |= {UNIT: index.get_level_values(0), PERIOD: index.get_level_values(1)}
    keys = numbered.assign(**levels)
    y = columns_of((model.outcome,), keys, model.text)
    exogenous = columns_of(model.regressors, keys, model.text)
    if model.effects:
        exogenous = exogenous.drop(columns=CONSTANT, errors="ignore")
    parts = []
    for side in (model.endogenous, model.instruments):
        variables = tuple(term for term in side if term != CONSTANT_TERM)
        parts.append(columns_of(variables, keys, model.text))
    endogenous, instruments = parts
    columns = [*exogenous, *endogenous, *instruments]
    if twice := sorted({str(name) for name in columns if columns.count(name) > 1}):
        raise InvalidData(codes.STANDS_TWICE(text=model.text, twice=[*twice]))
    if y.shape[1] != 1:
        raise InvalidData(codes.OUTCOMES(text=model.text, n_outcomes=y.shape[1]))
    return ModelDesign(model, y.iloc[:, 0], exogenous, endogenous, instruments, keys)


@dataclass(frozen=True)
class Absorbed:
    """Effects of a model, and the arrays without them.

    Attributes
    ----------
    codes : sequence of ndarray
        Of each effect.
    layout : TwoWayEffects or None
        None without effects.
    parameters : int
        Dimension of the effects.
    """

    codes: Sequence[Ints]
    layout: TwoWayEffects | None
    parameters: int

    @check_arguments
    def net(self, values: Floats) -> Floats:
        """Residuals of columns (n, m) on the effects."""
        return values if self.layout is None else demean(self.layout, values)


@check_arguments
def absorb(design: ModelDesign) -> Absorbed:
    """Effects of a model's rows.

    Raises
    ------
    InvalidOption
        For more than two effects.
    InvalidData
        For an effect that is no column.
    """
    names = design.model.effects
    if len(names) > MOST_EFFECTS:
        raise InvalidOption(
            codes.EFFECTS(text=design.model.text, n_names=len(names), most_effects=MOST_EFFECTS)
        )
    unit_codes = [codes_of(key_of(design, name)) for name in names]
    if not unit_codes:
        return Absorbed([], None, 0)
    if len(unit_codes) == 1:
        layout = two_way_effects(unit_codes[0], np.zeros(unit_codes[0].size, dtype=np.int64))
        return Absorbed(unit_codes, layout, int(unit_codes[0].max()) + 1)
    larger, smaller = sorted(unit_codes, key=lambda code: -int(code.max()))
    layout = two_way_effects(larger, smaller)
    return Absorbed(unit_codes, layout, layout.absorbed)


@check_arguments
def key_of(design: ModelDesign, name: str) -> pd.Series:
    """Labels of an effect or a cluster.

    Raises
    ------
    InvalidData
        For a name that is no column, or a label that is missing.
    """
    if name not in design.keys:
        raise InvalidData(codes.NO_COLUMN(text=design.model.text, name=name, keys=[*design.keys]))
    values = design.keys[name]
    if values.isna().any():
        raise InvalidData(
            codes.MISSING_ROWS(
                text=design.model.text, name=name, n_missing=int(values.isna().sum())
            )
        )
    return values


@check_arguments
def require_rank(x: pd.DataFrame, net: Floats, model: Model) -> None:
    """Refuse columns that the effects absorb, or that depend on each other.

    Parameters
    ----------
    x : pandas.DataFrame
        Columns before the effects are taken out.
    net : ndarray
        The same columns without the effects.
    model : Model
        For the message.

    Raises
    ------
    InvalidData
        Naming the columns.
    Infeasible
        For more columns than rows.
    """
    n, k = net.shape
    if n <= k:
        raise Infeasible(codes.ROWS_COEFFICIENTS(text=model.text, n=n, k=k))
    size = np.sqrt((x.to_numpy() ** 2).sum(axis=0))
    left = np.sqrt((net**2).sum(axis=0))
    gone = left <= _ABSORBED * np.where(size > 0, size, 1.0)
    if gone.any():
        names = ", ".join(map(str, x.columns[gone]))
        raise InvalidData(codes.NOTHING_WITHIN_EFFECTS(text=model.text, names=names))
    if not k:
        return
    _, sizes, directions = np.linalg.svd(net / left, full_matrices=False)
    if (null := directions[sizes <= _ABSORBED * sizes[0]]).size:
        columns = x.columns[(np.abs(null) > _IN_DIRECTION).any(axis=0)]
        raise InvalidData(codes.COLLINEAR_COLUMNS(text=model.text, columns=[*columns]))
