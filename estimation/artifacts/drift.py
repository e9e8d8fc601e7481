"""How a coefficient moved between two releases, and why: an exact Shapley decomposition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations, product
from math import factorial
from typing import TypeVar

import numpy as np
import pandas as pd

from living_panel.estimation.artifacts.respecified import Change
from living_panel.estimation.econometrics.statistic import block_of
from living_panel.estimation.panel.canonical import SIGNIFICANT_DIGITS, ZERO_BELOW, content_hash
from living_panel.estimation.panel.content_cache import content_cache
from living_panel.estimation.panel.errors import NotEstimable, NotRead
from living_panel.estimation.panel.release import Release, narrowed
from living_panel.estimation.panel.spec import PROVINCE, Spec, Unit
from living_panel.estimation.tables.builder import REFUSED

CELL_PARTS = ("restated", "filled_in", "removed", "rule", "years", "provinces")
PARTS = (*CELL_PARTS, "interpolation", "quality", "spec")
"""Parts of a movement; `code` is added to them."""

PRINTED = ("sha256", "location", "value_printed")
"""Equal where two cells are one printed value."""
SERIES = ("source", "indicator_label", "unit")

DRIFT_COLUMNS = [
    "table_id", "model", "term", "old", "new", "change", "std_error", *PARTS, "code", "old_stars", "new_stars",
    "stars_undecided", "status", "reason",
]  # fmt: skip
DRIFT_NUMBERS = ("old", "new", "change", "std_error", *PARTS, "code")
MOVED, UNCHANGED, APPEARED, GONE, NOT_DECOMPOSED = (
    "moved", "unchanged", "appeared", "gone", "not decomposed",
)  # fmt: skip
"""Values of `status`."""

Points = Callable[[Spec, Release], pd.Series]
Moved = frozenset[str]
Worth = TypeVar("Worth", float, np.ndarray)

Edition = tuple[str, int, str]
"""Source, edition and vintage of what an authority published."""
Key = tuple[str, str]
"""Model and term of a coefficient."""


@dataclass(frozen=True)
class State:
    """One side of a comparison: a release, the spec used on it, and what was stored then.

    Attributes
    ----------
    spec : Spec or None
        None if today's code cannot read it.
    stored : pandas.Series
        Estimates by (model, term).
    stars : mapping
        Stars by (model, term).
    std_errors : mapping
        Standard errors by (model, term), under the table's primary inference.
    undecided : frozenset
        Coefficients whose p-value lies within the Monte Carlo error of a level of the stars.
    refusals : mapping
        Why a model, or a block of models, has no estimate.
    absent : str
        Why the whole table has no estimate; "" where it has.
    """

    release: Release
    spec: Spec | None
    stored: pd.Series
    stars: Mapping[Key, str]
    std_errors: Mapping[Key, float] = field(default_factory=dict)
    undecided: frozenset[Key] = frozenset()
    refusals: Mapping[str, str] = field(default_factory=dict)
    absent: str = ""

    def reason_without(self, model: str) -> str:
        """Why this side has no estimate of a coefficient of a model."""
        block = block_of(model)
        if why := self.absent or self.refusals.get(model) or self.refusals.get(block):
            return why
        known = set(self.stored.index.get_level_values(0))
        return f"no such {'term' if model in known else 'column'}"


def absent_state(release: Release, why: str) -> State:
    """The side of a comparison on which a table is not there at all."""
    return State(release, None, pd.Series(dtype="float64", index=NO_TERMS), {}, absent=why)


NO_TERMS = pd.MultiIndex.from_tuples([], names=["model", "term"])


@dataclass(frozen=True)
class Comparison:
    """Two releases compared, the older first, with the tables on them; `paper` is whose tables they are.

    `cells` are those of `changed_cells`, `drift` those of `decompose` of all tables, `kinds` the kind of
    values of each table of the newer state that has an estimate. `offered` are the editions that each
    side knew, as (source, edition, vintage), whether a cell of theirs is used or not; None for a side without it.
    `curves` are the tables that are specification curves. `spec_changes` are those of `respecified`. `unit` is what a
    row of the panel describes. `carried` says what carried each followed coefficient.
    `same_numbers` are the tables with another artifact and equal numbers: only the version of the code changed.
    """

    paper: str
    releases: tuple[Release, Release]
    cells: pd.DataFrame
    drift: pd.DataFrame
    kinds: Mapping[str, str]
    offered: tuple[frozenset[Edition], frozenset[Edition]] | None = None
    curves: frozenset[str] = frozenset()
    spec_changes: tuple[Change, ...] = ()
    same_numbers: frozenset[str] = frozenset()
    unit: Unit = PROVINCE
    carried: tuple[str, ...] = ()

    @property
    def slopes(self) -> pd.DataFrame:
        """Movements of all coefficients but the constants, whose size is that of the outcome."""
        return self.drift[self.drift["term"] != "constant"]

    def linked(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame with the ids of the two releases in each row."""
        old, new = self.releases
        return frame.assign(from_release=old.release_id, to_release=new.release_id)


def changed_cells(old: Release, new: Release) -> pd.DataFrame:
    """Every cell of the panel that differs between two releases, with the kind of its difference.

    Returns
    -------
    pandas.DataFrame
        measure, province_code, year, part, old, new, source, edition, indicator_label of the newer winner (of the older
        where the cell was removed). The same of the older winner with the prefix old_. same_print: whether both sides
        are one printed value of one file.

    Notes
    -----
    years: outside the years the measure has on the other side, whether they come or leave. provinces:
    the measure has no value for the unit on the other side. filled_in, removed: otherwise missing
    on one side. rule: the same printed value of the same file read otherwise, or another series won.
    restated: the rest.
    """
    key = ["measure", "province_code", "year"]
    origin = ["source", "edition", "indicator_label"]
    keep = ["value", *origin, *PRINTED, *SERIES[2:]]
    left, right = (r.observations.reindex(columns=[*key, *keep]) for r in (old, new))
    both = left.merge(right, on=key, how="outer", suffixes=("_old", "_new"))
    was, is_now = (both[f"value_{side}"].astype(float) for side in ("old", "new"))
    both = both[~np.isclose(was, is_now, rtol=1e-12, atol=0, equal_nan=True)]
    newer = {c: both[f"{c}_new"].where(both["value_new"].notna(), both[f"{c}_old"]) for c in origin}
    part = _kinds(both, left, right)
    older = {f"old_{c}": both[f"{c}_old"] for c in origin}
    out = both.assign(
        part=part, old=both["value_old"], new=both["value_new"], **newer, **older,
        same_print=_equal(both, PRINTED),
    )  # fmt: skip
    columns = [*key, "part", "old", "new", *origin, *older, "same_print"]
    return out[columns].sort_values(key, ignore_index=True)


def release_diff(changed: pd.DataFrame) -> pd.DataFrame:
    """Counts of `changed_cells` by source, indicator, measure and part, with the largest change."""
    cells = changed.assign(relative=relative_change(changed).abs())
    grouped = cells.groupby(["source", "indicator_label", "measure", "part"], dropna=False)
    return grouped.agg(
        cells=("year", "size"),
        first_year=("year", "min"),
        last_year=("year", "max"),
        provinces=("province_code", "nunique"),
        largest_relative_change=("relative", "max"),
    ).reset_index()


def relative_change(cells: pd.DataFrame) -> pd.Series:
    """Changes of cells, relative to the old values; missing where these were zero."""
    return cells["new"] / cells["old"].where(cells["old"] != 0) - 1


def decompose(
    table_id: str,
    old: State,
    new: State,
    points: Points | None,
    cells: pd.DataFrame,
) -> pd.DataFrame:
    """Movement of every stored coefficient of a table, by part.

    Parameters
    ----------
    points : callable or None
        Point estimates by (model, term) of a spec on a release; None where the kind gives none.
    cells : pandas.DataFrame
        `changed_cells` of the two releases.

    Returns
    -------
    pandas.DataFrame
        `DRIFT_COLUMNS`. `status` is moved, unchanged (by less than the last stored digit), appeared,
        gone or not decomposed; `reason` says why it appeared, is gone or has no parts. `std_error` is
        of the newer side, of the older where it is gone. Where parts are given, they and `code` add up
        to `change`, exactly.

    Notes
    -----
    Shapley (1953) value of a game: its players are the parts, its worth is the estimate after those parts changed. The
    value of a part is the mean, over all orders, of the change that it adds. `code` is the stored
    old estimate against its re-estimate on the old release by today's code, and likewise the new.
    """
    index = old.stored.index.union(new.stored.index)
    frame = pd.DataFrame({"old": old.stored.reindex(index), "new": new.stored.reindex(index)})
    frame["change"] = frame["new"] - frame["old"]
    for name, side in (("old_stars", old), ("new_stars", new)):
        frame[name] = [side.stars.get(key, "") for key in index]
    errors = [new.std_errors.get(key, old.std_errors.get(key, np.nan)) for key in index]
    frame["std_error"] = pd.Series(errors, index, dtype="float64")
    frame["stars_undecided"] = [key in old.undecided | new.undecided for key in index]
    size = frame[["old", "new"]].abs().max(axis=1)
    parts, why = _parts(frame, old, new, points, cells)
    frame[[*PARTS, "code"]] = parts
    frame["reason"] = why
    frame["status"] = np.where(why == "", MOVED, NOT_DECOMPOSED)
    same = frame["change"].abs() < last_digit(size)
    frame.loc[same, ["status", "reason"]] = [UNCHANGED, ""]
    for status, side, missing in ((APPEARED, old, "old"), (GONE, new, "new")):
        lacks = frame[missing].isna()
        frame.loc[lacks, "status"] = status
        models = index.get_level_values(0)[lacks]
        frame.loc[lacks, "reason"] = [side.reason_without(str(model)) for model in models]
    frame = frame.rename_axis(["model", "term"]).reset_index().assign(table_id=table_id)
    return frame[DRIFT_COLUMNS]


def is_same_state(old: State, new: State) -> bool:
    """Whether both rest on one release and one spec and store equal numbers: no part can have moved them."""
    same_inputs = old.release.release_id == new.release.release_id and old.spec == new.spec
    return same_inputs and old.stored.sort_index().equals(new.stored.sort_index())


def last_digit(size: pd.Series) -> pd.Series:
    """Worth of the last digit that is stored of numbers of this size."""
    exponent = np.floor(np.log10(size.clip(lower=ZERO_BELOW))) + 1 - SIGNIFICANT_DIGITS
    return (10.0**exponent).clip(lower=ZERO_BELOW)


def _parts(
    frame: pd.DataFrame,
    old: State,
    new: State,
    points: Points | None,
    cells: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.Series]:
    """Parts of every coefficient, and why it has none ("" where it has)."""
    none = pd.DataFrame(np.nan, frame.index, [*PARTS, "code"])
    if old.absent or new.absent:
        return none, pd.Series("", frame.index)
    if points is None:
        return none, pd.Series(
            "this kind of table has no point estimates to re-estimate", frame.index
        )
    if old.spec is None or new.spec is None:
        return none, pd.Series("today's code does not read the older spec", frame.index)
    if is_same_state(old, new):
        return none.fillna(0.0), pd.Series("", frame.index)
    # what a table does not name cannot move it
    measures = old.spec.measures | new.spec.measures
    cells = cells[cells["measure"].isin(measures)]
    old, new = (replace(s, release=narrowed(s.release, measures)) for s in (old, new))
    assert old.spec is not None and new.spec is not None
    players = _players(cells, old, new)
    coalitions = [frozenset(c) for n in range(len(players) + 1) for c in combinations(players, n)]
    mixtures = Mixtures(old, new, cells)
    by_coalition = map(partial(_worth, points, mixtures, coalitions[-1]), coalitions)
    worths = {
        s: worth.reindex(frame.index).to_numpy()
        for s, worth in zip(coalitions, by_coalition, strict=True)
    }
    start, finish = worths[frozenset()], worths[frozenset(players)]
    values = pd.DataFrame(shapley(players, worths.__getitem__), frame.index)
    parts = values.reindex(columns=[*PARTS], fill_value=0.0)
    # a stored new estimate that today's code does not give back is the code's doing as well
    parts["code"] = (start - frame["old"]) + (frame["new"] - finish)
    why = np.full(len(frame), "", dtype=object)
    for coalition in sorted(worths, key=lambda s: (-len(s), sorted(s))):  # print the shortest
        reason = f"not estimable if only {', '.join(sorted(coalition))} changes"
        why[np.isnan(worths[coalition])] = reason
    why[np.isnan(finish)] = "today's code gives no estimate on the newer release"
    why[np.isnan(start)] = "today's code gives no estimate on the older release"
    reasons = pd.Series(why, frame.index, dtype="str")
    return parts.where(reasons == "").where(frame["change"].notna()), reasons


def _worth(points: Points, mixtures: Mixtures, everything: Moved, moved: Moved) -> pd.Series:
    """Estimates of a table when some parts have moved; none where it cannot be estimated so."""
    end = {frozenset(): mixtures.old, everything: mixtures.new}.get(moved)
    spec, release = (end.spec, end.release) if end else mixtures.state(moved)
    assert spec is not None, "a state without its spec is not re-estimated"
    # a state in between may lack what one side's spec names, such as a unit
    refused = (*REFUSED, NotRead) if end else (NotEstimable, ValueError)
    try:
        with content_cache():
            return points(spec, release)
    except refused:
        return pd.Series(dtype="float64", index=NO_TERMS)


class Mixtures:
    """The states between two releases: the older one with some parts moved to the newer.

    Parameters
    ----------
    old, new : State
    cells : pandas.DataFrame
        `changed_cells` of the two releases.
    cell_parts : sequence of str
        Every part that `cells` may name.
    """

    def __init__(
        self,
        old: State,
        new: State,
        cells: pd.DataFrame,
        cell_parts: Sequence[str] = CELL_PARTS,
    ) -> None:
        self.old, self.new = old, new
        every = frozenset(cell_parts)
        left, right = old.release.panel, new.release.panel
        self._index = left.index.union(right.index)
        self._columns = left.columns.union(right.columns, sort=False)
        self._values = left.reindex(index=self._index, columns=self._columns).to_numpy(dtype=float)
        rows = self._index.get_indexer(pd.MultiIndex.from_frame(cells[["province_code", "year"]]))
        self._places = rows, self._columns.get_indexer(cells["measure"])
        self._parts, self._moved_to = cells["part"].to_numpy(), cells["new"].to_numpy(dtype=float)
        those_of = {
            (level, has_moved): self._index.get_level_values(level).isin(
                side.panel.index.get_level_values(level)
            )
            for level in self._index.names
            for has_moved, side in ((False, old.release), (True, new.release))
        }
        # by whether provinces and years have moved; pandas finds places soon in an index that it has seen
        self._there = {
            moved: (there, self._index[there])
            for moved in product((False, True), repeat=2)
            for there in [those_of["province_code", moved[0]] & those_of["year", moved[1]]]
        }
        self._marks_changed = has_changed_marks(old.release, new.release)
        self._before = self._panel(frozenset(), every)
        self._after = self._panel(every, every)

    def state(self, moved: Moved) -> tuple[Spec | None, Release]:
        """Spec and release after some parts have moved."""
        old, new = self.old, self.new
        # a break decides what may be interpolated, and nothing else
        fills = new if "interpolation" in moved else old
        # the marks of cells come with years and units, unless marks of cells on both sides changed
        marked_by = {"quality"} if self._marks_changed else {"years", "provinces"}
        release = replace(
            new.release if moved & marked_by else old.release,
            panel=self._panel(moved, moved),
            interpolate_from=self._after if "interpolation" in moved else self._before,
            provinces=(new if "provinces" in moved else old).release.provinces,
            series_breaks=fills.release.series_breaks,
        )
        return (new if "spec" in moved else old).spec, release

    def _panel(self, moved: Moved, rows: Moved) -> pd.DataFrame:
        """Old panel with the cells of the moved parts set to the new, in the rows that these parts give."""
        values, mine = self._values.copy(), np.isin(self._parts, [*moved])
        places, measures = self._places
        values[places[mine], measures[mine]] = self._moved_to[mine]
        there, index = self._there["provinces" in rows, "years" in rows]
        return pd.DataFrame(values[there], index, self._columns)


def shapley(players: Sequence[str], worth: Callable[[frozenset[str]], Worth]) -> dict[str, Worth]:
    """Shapley value of each player, exactly, from the worth of every coalition.

    Parameters
    ----------
    worth : callable
        From a set of players to a number, or to many at once.
    """
    n = len(players)
    value: dict[str, Worth] = {}
    for player in players:
        others = [p for p in players if p != player]
        total = 0.0 * worth(frozenset())
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for before in map(frozenset, combinations(others, size)):
                total = total + weight * (worth(before | {player}) - worth(before))
        value[player] = total
    return value


def _players(cells: pd.DataFrame, old: State, new: State) -> list[str]:
    """Parts that have anything to move; the others are zero by definition."""
    parts = set(cells["part"])
    left, right = old.release, new.release
    if set(left.panel.index.get_level_values(1)) != set(right.panel.index.get_level_values(1)):
        parts.add("years")  # an open window ends with the panel, whether a cell moved or not
    # what one side alone says of them moves nothing; `equals` would also compare how pandas stores them
    both = [c for c in left.provinces if c in right.provinces]
    if content_hash(left.provinces[both]) != content_hash(right.provinces[both]):
        parts.add("provinces")
    players = [p for p in CELL_PARTS if p in parts]
    if players or not _breaks(left).equals(_breaks(right)):
        players.append("interpolation")
    if has_changed_marks(left, right):
        players.append("quality")
    assert old.spec is not None and new.spec is not None
    if old.spec.sha256 != new.spec.sha256:
        players.append("spec")
    return players


def has_changed_marks(old: Release, new: Release) -> bool:
    """Whether quality or status of a cell that both releases have is another one: samples may turn on it."""
    return not changed_texts(old, new, ["quality", "status"]).empty


def changed_texts(old: Release, new: Release, columns: Sequence[str]) -> pd.DataFrame:
    """Cells of both releases of which one of some columns differs, with these columns of both sides.

    Columns are measure, province_code, year, and for each of `columns` the old and the new text.
    """
    key = ["measure", "province_code", "year"]
    sides = [r.observations.reindex(columns=[*key, *columns]) for r in (old, new)]
    if sides[0].equals(sides[1]):
        return sides[0].head(0)
    both = sides[0].merge(sides[1], on=key, suffixes=("_old", "_new"))
    texts = {c: both[c].fillna("").astype(str) for c in both.columns if c not in key}
    differs = [texts[f"{c}_old"].ne(texts[f"{c}_new"]) for c in columns]
    return both[np.logical_or.reduce(differs)] if len(both) else both


def _breaks(release: Release) -> pd.DataFrame:
    """Where series break, apart from the words for it."""
    columns = ["measure", "province_code", "year"]
    return (
        release.series_breaks[columns]
        .fillna("")
        .sort_values(columns, ignore_index=True)
        .astype(str)
    )


def _kinds(both: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> np.ndarray:
    """Kind of each difference."""
    printed, series = _equal(both, PRINTED), _equal(both, SERIES)
    return np.select(
        [both["value_new"].isna(), both["value_old"].isna(), printed | ~series],
        [_lacking(both, new, "removed"), _lacking(both, old, "filled_in"), "rule"],
        "restated",
    )


def _equal(both: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Whether two sides agree in every one of some columns."""
    return np.all([both[f"{c}_old"] == both[f"{c}_new"] for c in columns], axis=0)


def _lacking(cells: pd.DataFrame, there: pd.DataFrame, alone: str) -> np.ndarray:
    """The part that a side lacks: the cell's year, its unit, or only the cell."""
    span = there.groupby("measure")["year"].agg(["min", "max"]).reindex(cells["measure"])
    years = (cells["year"] < span["min"].to_numpy()) | (cells["year"] > span["max"].to_numpy())
    measured = ["measure", "province_code"]
    provinces = ~pd.MultiIndex.from_frame(cells[measured]).isin(
        pd.MultiIndex.from_frame(there[measured])
    )
    unknown = span["min"].isna().to_numpy()
    return np.select([unknown, years, provinces], [alone, "years", "provinces"], alone)
