"""From a formula and rows to the arrays of a linear model, effects taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    TwoWayEffects,
    demean,
    two_way_effects,
)
from living_panel.estimation.econometrics.panel_models.columns import (
    CONSTANT,
    columns_of,
    with_shifts,
)
from living_panel.estimation.econometrics.panel_models.covariance import codes_of
from living_panel.estimation.econometrics.panel_models.formula import CONSTANT_TERM, Model
from living_panel.estimation.econometrics.panel_models.grammar import Effect, shifts_of
from living_panel.estimation.econometrics.panel_models.many_effects import (
    MOST_LEVELS,
    Grouped,
    ManyEffects,
    many_effects,
)
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT

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
    weights : ndarray, shape (n,), or None
        Of the rows; None where each has the same.
    """

    model: Model
    y: pd.Series
    exogenous: pd.DataFrame
    endogenous: pd.DataFrame
    instruments: pd.DataFrame
    keys: pd.DataFrame
    weights: Floats | None = None

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
def design_of(model: Model, frame: pd.DataFrame, weights: str | None = None) -> ModelDesign:
    """Rows of a model, with what the formula makes of its variables.

    Parameters
    ----------
    model : Model
        From `read_model`.
    frame : pandas.DataFrame
        Variables over a MultiIndex of unit and period, which may repeat. `unit` and `year` name the index, in addition
        to its own names and the columns: in effects, clusters and dummies such as `C(year)`. Rows whose lag, lead or
        difference is missing are left out.
    weights : str, optional
        A column of positive numbers.

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
            codes.ROWS_OVER(
                text=model.text,
                n_rows=len(frame),
                names=[n or "unnamed" for n in frame.index.names],
            )
        )
    frame = _with_shifts(model, frame)
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
    design = ModelDesign(model, y.iloc[:, 0], exogenous, endogenous, instruments, keys)
    return design if weights is None else replace(design, weights=_weights(design, weights))


def _weights(design: ModelDesign, name: str) -> Floats:
    """Positive weights of the rows, whose mean is 1."""
    values = key_of(design, name)
    weights = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    if (bad := ~(np.isfinite(weights) & (weights > 0))).any():
        at = int(np.argmax(bad))
        raise InvalidData(
            codes.WEIGHTS(text=design.model.text, name=name, value=values.iloc[at], row=at)
        )
    return np.asarray(weights / weights.mean())


@check_arguments
def weighted(design: ModelDesign) -> ModelDesign:
    """Rows times the root of their weights, the constant among them; as given without weights."""
    if design.weights is None:
        return design
    root = np.sqrt(design.weights)
    parts = (design.exogenous, design.endogenous, design.instruments)
    exogenous, endogenous, instruments = (part.mul(root, axis=0) for part in parts)
    return replace(
        design, y=design.y * root, exogenous=exogenous, endogenous=endogenous, instruments=instruments
    )  # fmt: skip


def _with_shifts(model: Model, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that have each lag, lead and difference of the formula."""
    if not model.has_shifts:
        return frame
    shifts = {str(call) for term in model.terms for factor in term for call in shifts_of(factor)}
    shifted = with_shifts(model.terms, frame, model.text)
    complete = shifted[shifted[[*shifts]].notna().all(axis=1)]
    if complete.empty:
        raise Infeasible(codes.NO_NEIGHBOURING_PERIODS(text=model.text))
    return complete


@dataclass(frozen=True)
class Absorbed:
    """Effects of a model, and the arrays without them.

    Attributes
    ----------
    codes : sequence of ndarray
        Of each effect.
    layout : TwoWayEffects, ManyEffects or None
        In closed form for one or two effects; None without effects.
    parameters : int
        Dimension of the effects.
    """

    codes: Sequence[Ints]
    layout: TwoWayEffects | ManyEffects | None
    parameters: int

    @check_arguments
    def net(self, values: Floats) -> Floats:
        """Residuals of columns (n, m) on the effects."""
        if isinstance(self.layout, ManyEffects):
            return self.layout.net(values)
        return values if self.layout is None else demean(self.layout, values)


@check_arguments
def absorb(design: ModelDesign) -> Absorbed:
    """Effects of a model's rows.

    Raises
    ------
    Infeasible
        For more values of the smaller effects than one matrix holds.
    InvalidData
        For an effect that is no column.
    """
    effects = design.model.absorbed
    groups = [effect_codes(design, effect) for effect in effects]
    if not groups:
        return Absorbed([], None, 0)
    if design.weights is not None or len(groups) > 2 or any(effect.slopes for effect in effects):
        return _absorb_many(design, groups)
    if len(groups) == 1:
        layout = two_way_effects(groups[0], np.zeros(groups[0].size, dtype=np.int64))
        return Absorbed(groups, layout, int(groups[0].max()) + 1)
    larger, smaller = sorted(groups, key=lambda code: -int(code.max()))
    layout = two_way_effects(larger, smaller)
    return Absorbed(groups, layout, layout.absorbed)


def _absorb_many(design: ModelDesign, groups: Sequence[Ints]) -> Absorbed:
    n = len(design.y)
    root = np.ones(n) if design.weights is None else np.sqrt(design.weights)
    grouped = []
    for effect, group in zip(design.model.absorbed, groups, strict=True):
        slopes = [_slope(design, name) for name in effect.slopes]
        columns = [root, *(root * (slope - slope.mean()) for slope in slopes)]
        grouped.append(Grouped(group, np.column_stack(columns)))
    sizes = sorted(effect.levels * effect.columns.shape[1] for effect in grouped)
    if (levels := sum(sizes[:-1])) > MOST_LEVELS:
        raise Infeasible(
            codes.EFFECT_LEVELS(text=design.model.text, levels=levels, most=MOST_LEVELS)
        )
    layout = many_effects(grouped)
    repeated = [g.group for g in grouped for _ in range(g.columns.shape[1])]
    return Absorbed(repeated, layout, layout.parameters)


def _slope(design: ModelDesign, name: str) -> Floats:
    """Values of a variable that has a slope for each value of an effect."""
    values = key_of(design, name)
    if not pd.api.types.is_numeric_dtype(values):
        raise InvalidData(
            codes.FORMULA_TEXT(text=design.model.text, name=name, function=f"[{name}]")
        )
    return np.asarray(values, dtype=np.float64)


@check_arguments
def effect_codes(design: ModelDesign, effect: Effect) -> Ints:
    """Codes of the combinations of values of an effect's names."""
    labels = [codes_of(key_of(design, name)) for name in effect.names]
    numbers = labels[0]
    for label in labels[1:]:
        numbers = codes_of(pd.Series(numbers * (int(label.max()) + 1) + label))
    return numbers


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
def places_of(design: ModelDesign, location: Sequence[str]) -> Floats:
    """Latitude and longitude of the rows in radians, shape (n, 2).

    Raises
    ------
    InvalidData
        For a column that is not there, and for places that are not on the globe.
    """
    radians = []
    for name, most in zip(location, (90.0, 360.0), strict=True):
        values = pd.to_numeric(key_of(design, name), errors="coerce").to_numpy(dtype=np.float64)
        if (bad := ~(np.abs(values) <= most)).any():
            value = values[int(np.argmax(bad))]
            raise InvalidData(codes.NO_PLACE(text=design.model.text, name=name, value=value))
        radians.append(np.radians(values))
    return np.column_stack(radians)


@check_arguments
def rows_of(design: ModelDesign, mask: np.ndarray) -> ModelDesign:
    """A design with some of its rows."""
    exogenous, endogenous, instruments, keys = (
        part[mask].reset_index(drop=True)
        for part in (design.exogenous, design.endogenous, design.instruments, design.keys)
    )
    weights = None if design.weights is None else design.weights[mask]
    y = design.y[mask].reset_index(drop=True)
    return ModelDesign(design.model, y, exogenous, endogenous, instruments, keys, weights)


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
