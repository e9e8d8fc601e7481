"""What carried the change of one coefficient between two editions: the variables, and the units one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
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
from living_panel.estimation.panel.content_cache import content_cache
from living_panel.estimation.panel.errors import NotEstimable, NotRead
from living_panel.estimation.panel.release import Release, narrowed
from living_panel.estimation.panel.spec import Spec, Unit
from living_panel.estimation.tables.builder import REFUSED
from living_panel.estimation.tables.estimate import (
    gives_points_without_units,
    points,
    points_without_units,
)

UNITS, PERIODS, QUALITY, SPECIFICATION = "provinces", "years", "quality", "spec"
VALUES, CONCEPT = "values", "concept"
WORD = re.compile(r"[A-Za-z_]\w*")
NAMED = 3
DIGITS = 3


@dataclass(frozen=True)
class Carriers:
    """Parts of the change of one coefficient, which add up to it, and the units that carry most of it.

    Attributes
    ----------
    old, new : float
        Estimates of the two sides.
    parts : mapping of str to float
        By part: `provinces` (units that came or left), `years`, `quality`, `spec`, and for each measure
        `values <measure>` or, where its unit or its series is another one, `concept <measure>`.
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
    return path_carriers([old, new], {model: [term]})[0][model, term]


def path_carriers(
    sides: Sequence[tuple[Spec, Release]], wanted: Mapping[str, Sequence[str]]
) -> list[dict[tuple[str, str], Carriers]]:
    """`carriers` of several coefficients of a table for each step of a path of releases, by model and term.

    Parameters
    ----------
    sides : sequence of Spec and Release
        The releases in their order.
    wanted : mapping of str to sequence of str
        Terms of each model.

    Notes
    -----
    The cells that differ are found once a step, and each state in between is estimated once a model.
    """
    measures = frozenset().union(*(spec.measures for spec, _ in sides))
    nothing = pd.Series(dtype="float64")
    states = [State(narrowed(release, measures), spec, nothing, {}) for spec, release in sides]
    ends = {
        model: [_end(_spec(side), side.release, model, terms) for side in states]
        for model, terms in wanted.items()
    }
    return [
        {
            (model, term): number
            for model, terms in wanted.items()
            for term, number in zip(
                terms, _of_model(step, ends[model][i : i + 2], model, terms), strict=True
            )
        }
        for i, step in enumerate(map(_step, states, states[1:]))
    ]


class _Step(NamedTuple):
    """Two sides of a table, the cells and the marks that differ, and the states in between."""

    old: State
    new: State
    cells: pd.DataFrame
    marks: pd.DataFrame
    mixtures: Mixtures


def _step(old: State, new: State) -> _Step:
    cells = _by_variable(changed_cells(old.release, new.release))
    marks = changed_texts(old.release, new.release, ["quality", "status"])
    every = sorted(set(cells["part"]) | {UNITS, PERIODS})
    return _Step(old, new, cells, marks, Mixtures(old, new, cells, every))


def _of_model(
    step: _Step, ends: Sequence[_End], model: str, terms: Sequence[str]
) -> list[Carriers]:
    """What carried the change of some terms of one model."""
    specs = [one_model(_spec(side), model) for side in (step.old, step.new)]
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


def one_model(spec: Spec, model: str) -> Spec:
    """Return a spec with the one column of a model and the variables that it names, where the kind has columns."""
    columns = spec.options.get("columns")
    of_model = [c for c in columns or [] if isinstance(c, dict) and c.get("id") == model]
    if not of_model:
        return spec
    options = {**spec.options, "columns": of_model}
    texts = [
        str(c.get(key, "")) for c in (*of_model, options) for key in ("model", "where", "vcov")
    ]
    words = set(WORD.findall(" ".join(texts)))
    variables = {name: v for name, v in spec.variables.items() if name in words}
    return spec.model_copy(update={"options": options, "variables": variables})


def leave_one_out(spec: Spec, release: Release, model: str, term: str) -> pd.Series:
    """Estimates of a coefficient without each unit of its sample in turn; the most different one comes first."""
    spec = one_model(spec, model)
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
    return f"{'another concept or base of' if kind == CONCEPT else 'values of'} {release.words(measure)}"


def _by_variable(cells: pd.DataFrame) -> pd.DataFrame:
    """Changed cells whose part names the measure, but for units and periods that came or left."""
    kind = np.where(cells["part"] == "rule", CONCEPT, VALUES)
    named = pd.Series(kind, cells.index) + " " + cells["measure"]
    return cells.assign(part=cells["part"].where(cells["part"].isin([UNITS, PERIODS]), named))


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


class _End(NamedTuple):
    """Estimates of some terms on one side, and those without each unit: a row a unit, a column a term."""

    whole: np.ndarray
    each: pd.DataFrame


def _end(spec: Spec, release: Release, model: str, terms: Sequence[str]) -> _End:
    spec = one_model(spec, model)
    whole = _estimates(spec, release, model, terms)
    return _End(whole, _each_without(spec, release, model, terms))


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
