"""What carried the change of one coefficient between two editions: the variables, and the units one by one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from living_panel.estimation.artifacts.drift import (
    Mixtures,
    Moved,
    State,
    changed_cells,
    changed_texts,
    shapley,
)
from living_panel.estimation.econometrics.kernels import rule_bandwidth
from living_panel.estimation.findings.steps import PairedTest, paired_test
from living_panel.estimation.panel.by_sample import columns_by_sample
from living_panel.estimation.panel.content_cache import content_cache
from living_panel.estimation.panel.errors import NotEstimable, NotRead
from living_panel.estimation.panel.release import Release, narrowed
from living_panel.estimation.panel.spec import Spec, Unit
from living_panel.estimation.tables.builder import REFUSED
from living_panel.estimation.tables.estimate import (
    gives_points_without_units,
    influences,
    points,
    points_without_units,
)

UNITS, PERIODS, QUALITY, SPECIFICATION = "provinces", "years", "quality", "spec"
VALUES, CONCEPT, RESCALED = "values", "concept", "rescaled"
SAME_FACTOR = (
    1e-6  # relative distance of the factors of a rescaled measure; printed values have 8 digits
)
WORD = re.compile(r"[A-Za-z_]\w*")
NAMED = 3
DIGITS = 3
NO_INFLUENCE = pd.Series(dtype="float64")


@dataclass(frozen=True)
class Carriers:
    """Parts of the change of one coefficient, which add up to it, and the units that carry most of it.

    Attributes
    ----------
    old, new : float
        Estimates of the two sides.
    parts : mapping of str to float
        By part: `provinces` (units that came or left), `years`, `quality`, `spec`, and for each measure
        `values <measure>` or, where its unit or its series is another one, `concept <measure>`: a revision is not
        told apart from it. `rescaled <measure>` where all its values changed by one factor.
    without : pandas.Series
        Change that remains when a unit is left out of both sides, by unit; the one that differs most comes first.
    came, left : tuple of str
        Units that are in the sample of one side only.
    """

    old: float
    new: float
    parts: dict[str, float]
    without: pd.Series
    came: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def change(self) -> float:
        """Whole change."""
        return self.new - self.old


def carriers(
    old: tuple[Spec, Release], new: tuple[Spec, Release], model: str, term: str
) -> Carriers:
    """Split the change of a coefficient between two releases, and leave each unit out in turn.

    Parameters
    ----------
    old, new : tuple of Spec and Release
        The two sides; a spec may be the same on both.
    model, term : str
        The coefficient.

    Returns
    -------
    Carriers
        Without parts where a state in between has no estimate.
    """
    return ReleasePath([old, new], {model: [term]}).carriers(0, 1)[model, term]


class ReleasePath:
    """Coefficients of one table over several releases, each estimated once.

    Parameters
    ----------
    sides : sequence of Spec and Release
        The releases in their order.
    wanted : mapping of str to sequence of str
        Terms of each model.
    """

    def __init__(
        self, sides: Sequence[tuple[Spec, Release]], wanted: Mapping[str, Sequence[str]]
    ) -> None:
        measures = frozenset().union(*(spec.measures for spec, _ in sides))
        nothing = pd.Series(dtype="float64")
        self._states = [
            State(narrowed(release, measures), spec, nothing, {}) for spec, release in sides
        ]
        self._wanted = wanted
        self._ends = {
            model: [_End(_spec(side), side.release, model, terms) for side in self._states]
            for model, terms in wanted.items()
        }
        self._influences: dict[tuple[str, int], pd.DataFrame] = {}

    def carriers(
        self, old: int, new: int, models: Collection[str] | None = None
    ) -> dict[tuple[str, str], Carriers]:
        """Split the change between two of the releases, by model and term, of all models or of some.

        The cells that differ are found once, and each state in between is estimated once a model.
        """
        step = _step(self._states[old], self._states[new])
        return {
            (model, term): number
            for model, terms in self._wanted.items()
            if models is None or model in models
            for term, number in zip(
                terms, _of_model(step, self._pair(model, old, new), model, terms), strict=True
            )
        }

    def tests(self, old: int, new: int) -> dict[tuple[str, str], PairedTest]:
        """Test the change between two of the releases, by model and term.

        The influence of a unit is that of the model's estimator, where the kind of table gives it; else the change of
        the estimate without the unit (the jackknife).
        """
        tests = {}
        for model, terms in self._wanted.items():
            before, after = self._pair(model, old, new)
            by_term = [self._influence(model, place) for place in (old, new)]
            for place, term in enumerate(terms):
                pair = [found.get(term, NO_INFLUENCE).dropna() for found in by_term]
                values = before.whole[place], after.whole[place]
                if all(map(len, pair)) and np.isfinite(values).all():
                    is_series = all(isinstance(p.index, pd.MultiIndex) for p in pair)
                    width = rule_bandwidth(max(map(len, pair))) if is_series else None
                    tests[model, term] = paired_test(*values, *pair, bandwidth=width)
        return tests

    def _influence(self, model: str, place: int) -> pd.DataFrame:
        """Influences in one release, found at the first test that needs them: comparisons alone do without."""
        known = self._influences.get((model, place))
        if known is None:
            side, end = self._states[place], self._ends[model][place]
            known = _influence(of_models(_spec(side), [model]), side.release, model, end)
            self._influences[model, place] = known
        return known

    def _pair(self, model: str, old: int, new: int) -> tuple[_End, _End]:
        return self._ends[model][old], self._ends[model][new]


class _Step(NamedTuple):
    """Two sides of a table, the cells and the marks that differ, and the states in between."""

    old: State
    new: State
    cells: pd.DataFrame
    marks: pd.DataFrame
    mixtures: Mixtures


def _step(old: State, new: State) -> _Step:
    cells = _by_variable(changed_cells(old.release, new.release), old.release, new.release)
    marks = changed_texts(old.release, new.release, ["quality", "status"])
    every = sorted(set(cells["part"]) | {UNITS, PERIODS})
    return _Step(old, new, cells, marks, Mixtures(old, new, cells, every))


def _of_model(
    step: _Step, ends: Sequence[_End], model: str, terms: Sequence[str]
) -> list[Carriers]:
    """What carried the change of some terms of one model."""
    specs = [of_models(_spec(side), [model]) for side in (step.old, step.new)]
    without = _without(*ends)
    players = _players(step, specs, without.index)
    everything = frozenset(players)

    @cache
    def worth(moved: Moved) -> np.ndarray:
        if not moved or moved == everything:
            return ends[bool(moved)].whole
        _, release = step.mixtures.state(moved | {"interpolation"})
        return _estimates(specs[SPECIFICATION in moved], release, model, terms)

    coalitions = [frozenset(c) for n in range(len(players) + 1) for c in combinations(players, n)]
    # as one question to all coalitions, so that a state in between without an estimate is seen
    is_split = np.isfinite(np.array([worth(c) for c in coalitions])).all(axis=0).tolist()
    values = shapley(players, worth)
    begin, end = (side.whole for side in ends)
    before, after = (side.each.index for side in ends)
    came, left = (tuple(map(str, a.difference(b))) for a, b in ((after, before), (before, after)))
    return [
        Carriers(
            float(begin[i]),
            float(end[i]),
            {p: float(v[i]) for p, v in values.items()} if is_split[i] else {},
            _most_different(without[term], float(end[i] - begin[i])),
            came,
            left,
        )
        for i, term in enumerate(terms)
    ]


def of_models(spec: Spec, models: Collection[str]) -> Spec:
    """Return a spec with the columns of some models and the variables that they name, where the kind has columns."""
    columns = columns_by_sample(spec.options)
    kept = [c for c in columns if isinstance(c, dict) and c.get("id") in models]
    if not kept:
        return spec
    options = {**spec.options, "columns": kept}
    options.pop("samples", None)  # the columns have them now
    texts = [str(c.get(key, "")) for c in (*kept, options) for key in ("model", "where", "vcov")]
    words = set(WORD.findall(" ".join(texts)))
    variables = {name: v for name, v in spec.variables.items() if name in words}
    return spec.model_copy(update={"options": options, "variables": variables})


def leave_one_out(spec: Spec, release: Release, model: str, term: str) -> pd.Series:
    """Estimates of a coefficient without each unit of its sample in turn; the most different one comes first."""
    spec = of_models(spec, [model])
    release = narrowed(release, spec.measures)
    whole = float(_estimates(spec, release, model, [term])[0])
    each = _each_without(spec, release, model, [term])
    return _most_different(each[term], whole)


def without_unit(release: Release, unit: str) -> Release:
    """Return a release without one unit."""
    panel = release.panel
    others = panel.index.get_level_values("province_code") != unit
    frames = {
        name: frame[frame["province_code"] != unit]
        for name in ("observations", "provinces", "series_breaks")
        for frame in [getattr(release, name)]
    }
    return replace(release, panel=panel[others], **frames)


def carrier_sentences(
    of: Carriers, old: Release, new: Release, unit: Unit, digits: int = DIGITS
) -> list[str]:
    """The change in words: the whole, its parts by size, and the units that carry most of it."""
    whole = f"{of.old:.{digits}f} to {of.new:.{digits}f}, a change of {of.change:+.{digits}f}."
    told = [
        f"{part_words(part, of, new, unit)} {value:+.{digits}f}"
        for part, value in largest_parts(of, digits)
    ]
    texts = [whole]
    if told:
        texts.append(f"Parts: {', '.join(told)}.")
    shown = of.without.head(NAMED)
    if len(shown):
        names = {**old.unit_names, **new.unit_names}
        rest = [f"without {names.get(u, u)} {v:+.{digits}f}" for u, v in shown.items()]
        texts.append(f"The change if one {unit.name} is left out: {', '.join(rest)}.")
    return texts


def largest_parts(of: Carriers, digits: int = DIGITS) -> list[tuple[str, float]]:
    """Parts that reach half of the last digit, the largest first."""
    by_size = sorted(of.parts.items(), key=lambda item: -abs(item[1]))
    return [(part, value) for part, value in by_size if abs(value) >= 10**-digits / 2]


def part_words(part: str, of: Carriers, release: Release, unit: Unit) -> str:
    """What a part is called: `countries that came (12) or left (3)`, `values of population`."""
    kind, _, measure = part.partition(" ")
    names = {
        UNITS: f"{unit.plural} that came ({len(of.came)}) or left ({len(of.left)})",
        PERIODS: f"{unit.period}s that came or left",
        QUALITY: "quality marks or status",
        SPECIFICATION: "the specification",
    }
    if not measure:
        return names.get(kind, kind)
    words = {
        CONCEPT: "revision, or another concept or base, of",
        RESCALED: "rescaling of",
        VALUES: "revision of",
    }
    return f"{words[kind]} {release.words(measure)}"


def _by_variable(cells: pd.DataFrame, old: Release, new: Release) -> pd.DataFrame:
    """Changed cells whose part names the measure, but for units and periods that came or left."""
    kind = np.where(cells["part"] == "rule", CONCEPT, VALUES)
    rescaled = [m for m in set(cells.loc[kind == CONCEPT, "measure"]) if _is_rescaled(m, old, new)]
    kind = np.where(cells["measure"].isin(rescaled) & (kind == CONCEPT), RESCALED, kind)
    named = pd.Series(kind, cells.index) + " " + cells["measure"]
    return cells.assign(part=cells["part"].where(cells["part"].isin([UNITS, PERIODS]), named))


def _is_rescaled(measure: str, old: Release, new: Release) -> bool:
    """Whether every value that both releases have changed by one factor."""
    before, after = (r.panel[measure].dropna() for r in (old, new))
    before, after = before.align(after, join="inner")
    factor = (after / before.where(before != 0)).dropna()
    return len(factor) > 1 and bool(factor.max() / factor.min() - 1 < SAME_FACTOR)


def _players(step: _Step, specs: Sequence[Spec], units: pd.Index) -> list[str]:
    """Parts that have anything to move: cells of the model's measures and of the units of either sample."""
    measures = specs[0].measures | specs[1].measures
    cells, marks = (
        f[f["measure"].isin(measures) & f["province_code"].isin(units)]
        for f in (step.cells, step.marks)
    )
    parts = set(cells["part"])
    panels = [side.release.panel.index for side in (step.old, step.new)]
    if any(len(units.difference(index.unique(0))) for index in panels):
        parts.add(UNITS)
    if set(panels[0].unique(1)) != set(panels[1].unique(1)):
        parts.add(PERIODS)
    if len(marks):
        parts.add(QUALITY)
    if specs[0].sha256 != specs[1].sha256:
        parts.add(SPECIFICATION)
    return sorted(parts)


def _spec(side: State) -> Spec:
    assert side.spec is not None, "both sides have a spec"
    return side.spec


def _estimates(spec: Spec, release: Release, model: str, terms: Sequence[str]) -> np.ndarray:
    """Estimates of some terms; not a number where the data do not allow them."""
    try:
        with content_cache():
            estimates = points(spec, release)
    except (*REFUSED, NotRead, NotEstimable, ValueError):
        return np.full(len(terms), np.nan)
    return np.array([estimates.get((model, term), np.nan) for term in terms], dtype="float64")


class _End:
    """Estimates of some terms of a model on one side, found where they are asked for."""

    def __init__(self, spec: Spec, release: Release, model: str, terms: Sequence[str]) -> None:
        self._question = of_models(spec, [model]), release, model, terms

    @cached_property
    def whole(self) -> np.ndarray:
        return _estimates(*self._question)

    @cached_property
    def each(self) -> pd.DataFrame:
        """Those without each unit: a row a unit, a column a term."""
        return _each_without(*self._question)


def _influence(spec: Spec, release: Release, model: str, end: _End) -> pd.DataFrame:
    """Influence of each unit, a column a term; of one unit alone that of each period, under unit and period."""
    with content_cache():
        rows = influences(spec, release).get(model)
    if rows is None:
        n = len(end.each)
        # so that n/(n-1) times the sum of squares is the variance of the jackknife
        return (end.whole - end.each) * ((n - 1) / n if n else 1.0)
    units = rows.groupby(level=0, sort=True).sum()
    return units if len(units) > 1 else rows


def _each_without(spec: Spec, release: Release, model: str, terms: Sequence[str]) -> pd.DataFrame:
    if gives_points_without_units(spec.kind):
        with content_cache():
            estimates = points_without_units(spec, release).get(model, pd.DataFrame())
        return estimates.reindex(columns=list(terms))
    units = release.observations["province_code"].dropna().unique()
    rows = {
        u: _estimates(spec, without_unit(release, u), model, terms) for u in sorted(map(str, units))
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(terms))


def _without(old: _End, new: _End) -> pd.DataFrame:
    """Change without each unit of either side; one that a side lacks leaves that side as it is."""
    units = old.each.index.union(new.each.index)
    before, after = (
        np.where(
            units.isin(end.each.index)[:, None],
            end.each.reindex(units).to_numpy("float64"),
            end.whole,
        )
        for end in (old, new)
    )
    return pd.DataFrame(after - before, units, old.each.columns)


def _most_different(estimates: pd.Series, whole: float) -> pd.Series:
    """Values in the order of their distance from the whole, the farthest first."""
    estimates = estimates.dropna()
    return estimates.iloc[np.argsort(-(estimates - whole).abs().to_numpy(), kind="stable")]
