"""What carried the change of one coefficient between two editions: the variables, and the units one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd

from living_panel.estimation.artifacts.drift import (
    Mixtures,
    Moved,
    State,
    changed_cells,
    has_changed_marks,
    shapley,
)
from living_panel.estimation.panel.content_cache import content_cache
from living_panel.estimation.panel.errors import NotEstimable, NotRead
from living_panel.estimation.panel.release import Release, narrowed
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.builder import REFUSED
from living_panel.estimation.tables.estimate import points

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
    """

    old: float
    new: float
    parts: dict[str, float]
    without: pd.Series

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

    Raises
    ------
    NotEstimable
        Where a side has no estimate.
    """
    sides = [(one_model(spec, model), release) for spec, release in (old, new)]
    measures = sides[0][0].measures | sides[1][0].measures
    nothing = pd.Series(dtype="float64")
    left, right = (State(narrowed(release, measures), spec, nothing, {}) for spec, release in sides)
    cells = _by_variable(changed_cells(left.release, right.release))
    cell_parts = sorted(set(cells["part"]) | {UNITS, PERIODS})
    mixtures = Mixtures(left, right, cells, cell_parts)
    players = _players(left, right, cells)
    everything = frozenset(players)

    @cache
    def worth(moved: Moved) -> float:
        if not moved or moved == everything:
            side = right if moved else left
            return _estimate(side.spec, side.release, model, term)
        spec, release = mixtures.state(moved | ({"interpolation"} if moved else set()))
        return _estimate(spec, release, model, term)

    # as one question to all coalitions, so that a state in between without an estimate is seen
    worths = [
        worth(frozenset(c)) for n in range(len(players) + 1) for c in combinations(players, n)
    ]
    parts = shapley(players, worth) if players and np.isfinite(worths).all() else {}
    begin, end = worth(frozenset()), worth(everything)
    return Carriers(begin, end, parts, _without(left, right, model, term, end - begin))


def one_model(spec: Spec, model: str) -> Spec:
    """Return a spec with the one column of a model and the variables that it names, where the kind has columns."""
    columns = spec.options.get("columns")
    kept = [c for c in columns or [] if isinstance(c, dict) and c.get("id") == model]
    if not kept:
        return spec
    options = {**spec.options, "columns": kept}
    texts = [str(c.get(key, "")) for c in (*kept, options) for key in ("model", "where", "vcov")]
    words = set(WORD.findall(" ".join(texts)))
    variables = {name: v for name, v in spec.variables.items() if name in words}
    return spec.model_copy(update={"options": options, "variables": variables})


def leave_one_out(spec: Spec, release: Release, model: str, term: str) -> pd.Series:
    """Estimates of a coefficient without each unit in turn; the most different one comes first."""
    spec = one_model(spec, model)
    release = narrowed(release, spec.measures)
    whole = _estimate(spec, release, model, term)
    found = pd.Series(
        {
            unit: _estimate(spec, without_unit(release, unit), model, term)
            for unit in release.provinces["province_code"]
        },
        dtype="float64",
    )
    return found.iloc[np.argsort(-(found - whole).abs().fillna(-1.0).to_numpy(), kind="stable")]


def without_unit(release: Release, unit: str) -> Release:
    """Return a release without one unit."""
    panel = release.panel
    kept = panel.index.get_level_values("province_code") != unit
    frames = {
        name: frame[frame["province_code"] != unit]
        for name in ("observations", "provinces", "series_breaks")
        for frame in [getattr(release, name)]
    }
    return replace(release, panel=panel[kept], **frames)


def carrier_sentences(of: Carriers, old: Release, new: Release, digits: int = DIGITS) -> list[str]:
    """The change in words: the whole, its parts by size, and the units that carry most of it."""
    whole = f"{of.old:.{digits}f} to {of.new:.{digits}f}, a change of {of.change:+.{digits}f}."
    by_size = sorted(of.parts.items(), key=lambda item: -abs(item[1]))
    told = [
        f"{_part_name(p, new)} {v:+.{digits}f}" for p, v in by_size if abs(v) >= 10**-digits / 2
    ]
    texts = [whole]
    if told:
        texts.append(f"Parts: {', '.join(told)}.")
    shown = of.without.head(NAMED)
    if len(shown):
        names = {**old.unit_names, **new.unit_names}
        rest = [f"without {names.get(u, u)} {v:+.{digits}f}" for u, v in shown.items()]
        texts.append(f"The change leaving one unit out: {', '.join(rest)}.")
    return texts


def _part_name(part: str, release: Release) -> str:
    kind, _, measure = part.partition(" ")
    names = {
        UNITS: "units that came or left", PERIODS: "periods that came or left", QUALITY: "quality marks or status",
        SPECIFICATION: "the specification",
    }  # fmt: skip
    if not measure:
        return names.get(kind, kind)
    return f"{'another concept or base of' if kind == CONCEPT else 'values of'} {release.words(measure)}"


def _by_variable(cells: pd.DataFrame) -> pd.DataFrame:
    """Changed cells whose part names the measure, but for units and periods that came or left."""
    kind = np.where(cells["part"] == "rule", CONCEPT, VALUES)
    named = pd.Series(kind, cells.index) + " " + cells["measure"]
    return cells.assign(part=cells["part"].where(cells["part"].isin([UNITS, PERIODS]), named))


def _players(old: State, new: State, cells: pd.DataFrame) -> list[str]:
    """Parts that have anything to move."""
    parts = set(cells["part"])
    for level, name in ((0, UNITS), (1, PERIODS)):
        index = [s.release.panel.index.get_level_values(level) for s in (old, new)]
        if set(index[0]) != set(index[1]):
            parts.add(name)
    if has_changed_marks(old.release, new.release):
        parts.add(QUALITY)
    assert old.spec is not None and new.spec is not None
    if old.spec.sha256 != new.spec.sha256:
        parts.add(SPECIFICATION)
    return sorted(parts)


def _estimate(spec: Spec | None, release: Release, model: str, term: str) -> float:
    """One estimate; not a number where the data do not allow it."""
    assert spec is not None, "both sides have a spec"
    try:
        with content_cache():
            return float(points(spec, release).get((model, term), np.nan))
    except (*REFUSED, NotRead, NotEstimable, ValueError):
        return float("nan")


def _without(old: State, new: State, model: str, term: str, change: float) -> pd.Series:
    """Change without each unit that both sides have, the most different first."""
    units = _units_with_values(old, new)
    assert old.spec is not None and new.spec is not None
    found = {
        unit: _estimate(new.spec, without_unit(new.release, unit), model, term)
        - _estimate(old.spec, without_unit(old.release, unit), model, term)
        for unit in units
    }
    series = pd.Series(found, dtype="float64").dropna()
    return series.iloc[np.argsort(-(series - change).abs().to_numpy(), kind="stable")]


def _units_with_values(old: State, new: State) -> Sequence[str]:
    """Units that have a value on either side."""
    known: Iterable[str] = (
        unit
        for side in (old, new)
        for unit in side.release.observations["province_code"].dropna().unique()
    )
    return sorted(set(map(str, known)))
