"""From a formula and rows to the arrays of a linear model, effects taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
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
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT

_IN_DIRECTION = 1e-6  # share of a column in a combination that is zero
_ABSORBED = 1e-9
_MOST_LEVELS = 3_000  # columns of all effects but the one with the most values: one dense matrix
_NOTHING = 1e-10  # share of a column that is left within a group


@dataclass(frozen=True)
class ModelDesign:
    """Rows of a model, sorted by unit and period; `keys` has the labels of effects and clusters."""

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


def design_of(model: Model, frame: pd.DataFrame, weights: str | None = None) -> ModelDesign:
    """Rows of a model over unit and period, which may repeat; without those whose lag, lead or difference is missing.

    `unit` and `year` name the index, in addition to its own names and the columns.
    """
    if not isinstance(frame.index, pd.MultiIndex) or frame.index.nlevels != 2 or frame.empty:
        raise InvalidData(
            Code.DATA_KEYS(
                "{text}: the {n_rows} rows have the index {names}",
                "give the rows an index of unit and period",
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
        raise InvalidData(
            Code.FORMULA_FORM(
                "{text}: {twice} occurs twice",
                "write it once: either before or after the sign |",
                text=model.text,
                twice=[*twice],
            )
        )
    if y.shape[1] != 1:
        raise InvalidData(sentences.OUTCOMES(text=model.text, n_outcomes=y.shape[1]))
    design = ModelDesign(model, y.iloc[:, 0], exogenous, endogenous, instruments, keys)
    return design if weights is None else replace(design, weights=_weights(design, weights))


def _weights(design: ModelDesign, name: str) -> Floats:
    """Positive weights of the rows, whose mean is 1."""
    values = key_of(design, name)
    weights = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    if (bad := ~(np.isfinite(weights) & (weights > 0))).any():
        at = int(np.argmax(bad))
        raise InvalidData(
            Code.WEIGHTS(
                "{text}: weight {name} is {value} in row {row}",
                "give positive weights, or leave this row out",
                text=design.model.text,
                name=name,
                value=values.iloc[at],
                row=at,
            )
        )
    return np.asarray(weights / weights.mean())


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
        raise Infeasible(sentences.NO_NEIGHBOURING_PERIODS(text=model.text))
    return complete


@dataclass(frozen=True)
class Absorbed:
    """Effects of a model in closed form, None without effects; their codes and their dimension."""

    codes: Sequence[Ints]
    layout: TwoWayEffects | ManyEffects | None
    parameters: int

    def net(self, values: Floats) -> Floats:
        """Residuals of columns (n, m) on the effects."""
        if isinstance(self.layout, ManyEffects):
            return self.layout.net(values)
        return values if self.layout is None else demean(self.layout, values)


def absorb(design: ModelDesign) -> Absorbed:
    """Effects of a model's rows."""
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
    if (levels := sum(sizes[:-1])) > _MOST_LEVELS:
        raise Infeasible(
            Code.SAMPLE_LIMIT(
                "{text}: all effects except the largest have {levels} values together; the limit is {most}",
                "write fewer effects, or effects with fewer values",
                text=design.model.text,
                levels=levels,
                most=_MOST_LEVELS,
            )
        )
    layout = many_effects(grouped)
    repeated = [g.group for g in grouped for _ in range(g.columns.shape[1])]
    return Absorbed(repeated, layout, layout.parameters)


def _slope(design: ModelDesign, name: str) -> Floats:
    """Values of a variable that has a slope for each value of an effect."""
    values = key_of(design, name)
    if not pd.api.types.is_numeric_dtype(values):
        raise InvalidData(
            sentences.FORMULA_TEXT(text=design.model.text, name=name, function=f"[{name}]")
        )
    return np.asarray(values, dtype=np.float64)


def effect_codes(design: ModelDesign, effect: Effect) -> Ints:
    """Codes of the combinations of values of an effect's names."""
    labels = [codes_of(key_of(design, name)) for name in effect.names]
    numbers = labels[0]
    for label in labels[1:]:
        numbers = codes_of(pd.Series(numbers * (int(label.max()) + 1) + label))
    return numbers


def key_of(design: ModelDesign, name: str) -> pd.Series:
    """Labels of an effect or a cluster, each there."""
    if name not in design.keys:
        raise InvalidData(
            Code.COLUMN_MISSING(
                "{text}: the data have no column {name}",
                "write one of {keys}",
                text=design.model.text,
                name=name,
                keys=[*design.keys],
            )
        )
    values = design.keys[name]
    if values.isna().any():
        raise InvalidData(
            Code.DATA_MISSING(
                "{text}: {name} is missing in {n_missing} rows",
                "fill this column, or leave these rows out of the sample",
                text=design.model.text,
                name=name,
                n_missing=int(values.isna().sum()),
            )
        )
    return values


def places_of(design: ModelDesign, location: Sequence[str]) -> Floats:
    """Latitude and longitude of the rows in radians, shape (n, 2)."""
    radians = []
    for name, most in zip(location, (90.0, 360.0), strict=True):
        values = pd.to_numeric(key_of(design, name), errors="coerce").to_numpy(dtype=np.float64)
        if (bad := ~(np.abs(values) <= most)).any():
            value = values[int(np.argmax(bad))]
            raise InvalidData(
                Code.WEIGHTS(
                    "{text}: {name} is {value}, which is not a valid latitude or longitude",
                    "give latitudes from -90 to 90, longitudes from -180 to 180 or 0 to 360",
                    text=design.model.text,
                    name=name,
                    value=value,
                )
            )
        radians.append(np.radians(values))
    return np.column_stack(radians)


def rows_of(design: ModelDesign, mask: np.ndarray) -> ModelDesign:
    """A design with some of its rows."""
    exogenous, endogenous, instruments, keys = (
        part[mask].reset_index(drop=True)
        for part in (design.exogenous, design.endogenous, design.instruments, design.keys)
    )
    weights = None if design.weights is None else design.weights[mask]
    y = design.y[mask].reset_index(drop=True)
    return ModelDesign(design.model, y, exogenous, endogenous, instruments, keys, weights)


def require_rank(x: pd.DataFrame, net: Floats, model: Model) -> None:
    """Refuse columns `x` that the effects absorb, or that depend on each other; `net` are those without the effects."""
    n, k = net.shape
    if n <= k:
        raise Infeasible(sentences.ROWS_COEFFICIENTS(text=model.text, n=n, k=k))
    size = np.sqrt((x.to_numpy() ** 2).sum(axis=0))
    left = np.sqrt((net**2).sum(axis=0))
    gone = left <= _ABSORBED * np.where(size > 0, size, 1.0)
    if gone.any():
        names = ", ".join(map(str, x.columns[gone]))
        raise InvalidData(
            Code.ABSORBED(
                "{text}: {names} does not vary within the effects",
                "leave this regressor out",
                text=model.text,
                names=names,
            )
        )
    if not k:
        return
    _, sizes, directions = np.linalg.svd(net / left, full_matrices=False)
    if (null := directions[sizes <= _ABSORBED * sizes[0]]).size:
        columns = x.columns[(np.abs(null) > _IN_DIRECTION).any(axis=0)]
        raise InvalidData(
            Code.COLLINEAR(
                "{text}: {columns} are collinear",
                "leave one of them out",
                text=model.text,
                columns=[*columns],
            )
        )


@dataclass(frozen=True)
class Grouped:
    """Codes of one effect (n,), and its columns (n, p): the root of the weights, then that times each slope."""

    group: Ints
    columns: Floats

    @property
    def levels(self) -> int:
        """Values of the effect."""
        return int(self.group.max()) + 1


@dataclass(frozen=True)
class ManyEffects:
    """The largest effect group by group, and the dummies D of the others net of it: D (D'MD)^+ D'M.

    `columns` of the largest are orthogonal within each group, of length 1 or 0; `parameters` is the dimension of all.
    """

    group: Ints
    columns: Floats
    others: scipy.sparse.csr_array
    inverse: Floats
    parameters: int

    def net(self, values: Floats) -> Floats:
        """Residuals of columns (n,) or (n, m) on the effects."""
        v = self._within(values[:, None] if values.ndim == 1 else values)
        if self.others.shape[1]:
            v = v - self._within(self.others @ (self.inverse @ (self.others.T @ v)))
        return np.asarray(v[:, 0] if values.ndim == 1 else v)

    def leverage(self) -> Floats:
        """Diagonal (n,) of the projection on the effects."""
        squares = (self.columns**2).sum(axis=1)
        if not self.others.shape[1]:
            return np.asarray(squares)
        net = self._within(self.others.toarray())
        return np.asarray(squares + np.einsum("ij,jk,ik->i", net, self.inverse, net, optimize=True))

    def _within(self, v: Floats) -> Floats:
        for column in self.columns.T:
            sums = _sums(self.group, column[:, None] * v)
            v = v - column[:, None] * sums[self.group]
        return v


def many_effects(effects: Sequence[Grouped]) -> ManyEffects:
    """Layout of effects, of which there is one at least."""
    first, *rest = sorted(effects, key=lambda effect: -effect.levels * effect.columns.shape[1])
    n, dimension = len(first.group), 0
    columns: list[Floats] = []
    for column in first.columns.T:
        left, size = column, _sums(first.group, column[:, None] ** 2)[:, 0]
        for _ in range(2):  # twice: the second round takes what rounding leaves
            for vector in columns:
                left = (
                    left - vector * _sums(first.group, (vector * left)[:, None])[:, 0][first.group]
                )
        squares = _sums(first.group, left[:, None] ** 2)[:, 0]
        is_there = squares > _NOTHING**2 * np.where(size > 0, size, 1.0)
        dimension += int(is_there.sum())
        scale = np.where(is_there, 1 / np.sqrt(np.where(is_there, squares, 1.0)), 0.0)
        columns.append(left * scale[first.group])
    blocks = [
        scipy.sparse.csr_array((column, (np.arange(n), effect.group)), shape=(n, effect.levels))
        for effect in rest
        for column in effect.columns.T
    ]
    projection = ManyEffects(
        first.group,
        np.column_stack(columns),
        scipy.sparse.hstack(blocks, format="csr") if blocks else scipy.sparse.csr_array((n, 0)),
        np.zeros((0, 0)),
        dimension,
    )
    if not blocks:
        return projection
    inverse, rank = _inverse(projection, first.levels)
    return ManyEffects(
        projection.group, projection.columns, projection.others, inverse, dimension + rank
    )


def _inverse(effects: ManyEffects, levels: int) -> tuple[Floats, int]:
    """Pseudo-inverse of the other effects' cross-product net of the largest effect, and its rank."""
    n, others = len(effects.group), effects.others
    gram = (others.T @ others).toarray()
    for column in effects.columns.T:
        by_group = scipy.sparse.csr_array(
            (column, (effects.group, np.arange(n))), shape=(levels, n)
        )
        shared = by_group @ others
        gram = gram - (shared.T @ shared).toarray()
    size = np.sqrt(np.maximum((others.multiply(others)).sum(axis=0), 1e-300))
    values, vectors = np.linalg.eigh(gram / np.outer(size, size))
    is_there = values > _NOTHING * max(float(values[-1]), 1e-300)
    scaled = vectors[:, is_there] / size[:, None]
    return np.asarray(scaled / values[is_there] @ scaled.T), int(is_there.sum())


def _sums(group: Ints, values: Floats) -> Floats:
    """Sums of rows (n, m) by group."""
    sums = np.empty((int(group.max()) + 1, values.shape[1]))
    for j, column in enumerate(values.T):
        sums[:, j] = np.bincount(group, column, sums.shape[0])
    return sums
