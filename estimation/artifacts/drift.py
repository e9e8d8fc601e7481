"""How a coefficient moved between two releases, and why: an exact Shapley decomposition.

Belongs here: which cells differ and of what kind, hybrid releases in which some kinds have moved, the
decomposition, the words of it. Not here: choosing the two releases; drawing; writing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from estimation.panel.errors import NotEstimable
from estimation.panel.release import Release
from estimation.panel.spec import Spec

CELL_PARTS = ("restated", "filled_in", "removed", "rule", "years", "provinces")
PARTS = (*CELL_PARTS, "interpolation", "spec")
"""Parts of a movement; `code` comes beside them."""

WORDS = {
    "restated": "restated cells",
    "filled_in": "cells filled in",
    "removed": "cells removed",
    "rule": "another winner or unit rule",
    "years": "added years",
    "provinces": "added provinces",
    "interpolation": "interpolated cells",
    "spec": "the specification",
    "code": "the code",
}
DRIFT_COLUMNS = [
    "table_id", "model", "term", "old", "new", "change", *PARTS, "code", "old_stars", "new_stars", "status",
]  # fmt: skip

Points = Callable[[Spec, Release], pd.Series]


@dataclass(frozen=True)
class State:
    """One side of a comparison: a release, the spec used on it, and what was stored then.

    Attributes
    ----------
    stored : pandas.Series
        Stored estimates by (model, term); empty to take the re-estimates for them.
    stars : mapping
        Stars printed then, by (model, term).
    """

    release: Release
    spec: Spec
    stored: pd.Series
    stars: Mapping[tuple[str, str], str]


def changed_cells(old: Release, new: Release) -> pd.DataFrame:
    """Every cell of the panel that differs between two releases, with the kind of its difference.

    Returns
    -------
    pandas.DataFrame
        measure, province_code, year, part, old, new, and source, indicator_label of the newer winner
        (of the older where the cell was removed).

    Notes
    -----
    years: beyond the last year the measure had in the old release, or before its first. provinces: the
    measure had no figure for the province. filled_in, removed: missing on one side. rule: the same
    printed figure of the same file read otherwise, or another series won. restated: the rest.
    """
    key = ["measure", "province_code", "year"]
    keep = ["value", "source", "indicator_label", "unit", "sha256", "location", "value_printed"]
    left, right = (_with_columns(r.observations, key + keep)[key + keep] for r in (old, new))
    both = left.merge(right, on=key, how="outer", suffixes=("_old", "_new"))
    same = _close(both["value_old"], both["value_new"])
    both = both[~same].copy()
    span = left.groupby("measure")["year"].agg(["min", "max"])
    known = set(zip(left["measure"], left["province_code"], strict=True))
    both["part"] = [_part(row, span, known) for row in both.to_dict("records")]
    newer = both["source_new"].fillna(both["source_old"])
    label = both["indicator_label_new"].fillna(both["indicator_label_old"])
    out = both.assign(
        source=newer, indicator_label=label, old=both["value_old"], new=both["value_new"]
    )
    return out[[*key, "part", "old", "new", "source", "indicator_label"]].sort_values(
        key, ignore_index=True
    )


def release_diff(old: Release, new: Release) -> pd.DataFrame:
    """Counts of changed cells by source, indicator, measure and part, with the largest change."""
    cells = changed_cells(old, new)
    cells["relative"] = (cells["new"] / cells["old"] - 1).abs()
    grouped = cells.groupby(["source", "indicator_label", "measure", "part"], dropna=False)
    return grouped.agg(
        cells=("year", "size"),
        first_year=("year", "min"),
        last_year=("year", "max"),
        provinces=("province_code", "nunique"),
        largest_relative_change=("relative", "max"),
    ).reset_index()


def decompose(table_id: str, old: State, new: State, points: Points) -> pd.DataFrame:
    """Movement of every coefficient of a table, by part.

    Parameters
    ----------
    points : callable
        Point estimates by (model, term) of a spec on a release.

    Returns
    -------
    pandas.DataFrame
        `DRIFT_COLUMNS`. The parts and `code` add up to `change`, exactly. `status` is moved, unchanged,
        appeared, gone, or why a part could not be told apart.

    Notes
    -----
    Shapley (1953) value of the game whose players are the parts and whose worth is the estimate when
    those parts have moved: the mean, over all orders, of what moving a part adds. `code` is the stored
    old estimate against its re-estimate on the old release by today's code.
    """
    cells = changed_cells(old.release, new.release)
    players = _players(cells, old, new)
    start = _points(points, old.spec, old.release)
    finish = _points(points, new.spec, new.release)
    worths = {frozenset(): start, frozenset(players): finish}
    for size in range(1, len(players)):
        for some in combinations(players, size):
            worths[frozenset(some)] = _points(points, *hybrid(old, new, cells, frozenset(some)))
    names = sorted(
        set(start.index) | set(finish.index) | set(old.stored.index) | set(new.stored.index)
    )
    rows = [_row(table_id, name, players, worths, old, new) for name in names]
    return pd.DataFrame(rows, columns=DRIFT_COLUMNS)


def hybrid(
    old: State, new: State, cells: pd.DataFrame, moved: frozenset[str]
) -> tuple[Spec, Release]:
    """The old state with some parts moved to the new one."""
    panel = _panel(old.release, new.release, cells, moved & set(CELL_PARTS))
    everything = _panel(old.release, new.release, cells, frozenset(CELL_PARTS))
    before = old.release.panel.reindex(index=everything.index, columns=everything.columns)
    # a break decides what may be interpolated, and nothing else
    fills = new if "interpolation" in moved else old
    release = replace(
        new.release if moved & {"years", "provinces"} else old.release,
        panel=panel,
        interpolate_from=everything if "interpolation" in moved else before,
        provinces=new.release.provinces,
        series_breaks=fills.release.series_breaks,
    )
    return (new.spec if "spec" in moved else old.spec), release


def shapley(players: Sequence[str], worth: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Shapley value of each player, exactly, from the worth of every coalition.

    Parameters
    ----------
    worth : callable
        From a set of players to a number.
    """
    n = len(players)
    value = dict.fromkeys(players, 0.0)
    for player in players:
        others = [p for p in players if p != player]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for some in combinations(others, size):
                before = frozenset(some)
                value[player] += weight * (worth(before | {player}) - worth(before))
    return value


def in_words(row: Mapping[str, object], digits: int = 3) -> str:
    """One sentence of a drift row, largest part first, stars gained or lost by name."""
    name = f"{row['table_id']} {row['model']} {row['term']}"
    if row["status"] in ("appeared", "gone"):
        return f"{name}: {row['status']}"
    stars = ""
    if row["old_stars"] != row["new_stars"]:
        stars = f"; stars {row['old_stars'] or 'none'} -> {row['new_stars'] or 'none'}"
    whole = f"{name}: {row['old']:.{digits}f} -> {row['new']:.{digits}f}"
    if row["status"] not in ("moved", "unchanged"):
        return f"{whole} ({row['status']}){stars}"
    parts = {p: float(row[p]) for p in (*PARTS, "code") if pd.notna(row[p])}  # type: ignore[arg-type]
    shown = [
        f"{WORDS[p]} {v:+.{digits}f}"
        for p, v in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if abs(v) >= 0.5 * 10**-digits
    ]
    why = ", ".join(shown) or "less than the last digit"
    return f"{whole} ({why}){stars}"


def _players(cells: pd.DataFrame, old: State, new: State) -> list[str]:
    """Parts that have anything to move; the others are zero by definition."""
    players = [p for p in CELL_PARTS if (cells["part"] == p).any()]
    if players or not _breaks(old.release).equals(_breaks(new.release)):
        players.append("interpolation")
    if old.spec.sha256 != new.spec.sha256:
        players.append("spec")
    return players


def _breaks(release: Release) -> pd.DataFrame:
    """Where series break, apart from the words for it."""
    columns = ["measure", "province_code", "year"]
    return (
        release.series_breaks[columns]
        .fillna("")
        .sort_values(columns, ignore_index=True)
        .astype(str)
    )


def _panel(
    old: Release, new: Release, cells: pd.DataFrame, moved: frozenset[str] | set[str]
) -> pd.DataFrame:
    """Old panel with the cells of the moved parts set to the new; rows of both."""
    index = old.panel.index.union(new.panel.index)
    if "years" not in moved:
        index = old.panel.index
    columns = old.panel.columns.union(new.panel.columns, sort=False)
    panel = old.panel.reindex(index=index, columns=columns)
    for measure, part in cells[cells["part"].isin(moved)].groupby("measure"):
        at = pd.MultiIndex.from_frame(part[["province_code", "year"]])
        inside = at.isin(index)
        panel.loc[at[inside], measure] = part["new"].to_numpy()[inside]
    return panel


def _points(points: Points, spec: Spec, release: Release) -> pd.Series:
    try:
        return points(spec, release)
    except NotEstimable:
        return pd.Series(
            dtype="float64", index=pd.MultiIndex.from_tuples([], names=["model", "term"])
        )


def _row(
    table_id: str,
    name: tuple[str, str],
    players: Sequence[str],
    worths: Mapping[frozenset[str], pd.Series],
    old: State,
    new: State,
) -> dict[str, object]:
    model, term = name
    start, finish = worths[frozenset()].get(name), worths[frozenset(players)].get(name)
    stored_old = old.stored.get(name, start)
    stored_new = new.stored.get(name, finish)
    row: dict[str, object] = {
        "table_id": table_id, "model": model, "term": term, "old": stored_old, "new": stored_new,
        "change": None, **dict.fromkeys((*PARTS, "code")),
        "old_stars": old.stars.get(name, ""), "new_stars": new.stars.get(name, ""),
    }  # fmt: skip
    if start is None or finish is None:
        status = "unchanged" if start is finish else ("appeared" if start is None else "gone")
        return row | {"status": status}
    row["change"] = stored_new - stored_old
    missing = [sorted(s) for s, w in worths.items() if name not in w.index]
    if missing:
        return row | {
            "status": f"not estimable with only {', '.join(missing[0])} moved: no decomposition"
        }
    values = shapley(players, lambda some: float(worths[some][name]))
    row |= dict.fromkeys(PARTS, 0.0) | values
    # a stored new estimate that today's code does not give back is the code's doing as well
    row["code"] = (start - stored_old) + (stored_new - finish)
    parts = [float(row[p]) for p in (*PARTS, "code")]  # type: ignore[arg-type]
    moved = max(abs(v) for v in parts) > 1e-9 * max(1.0, abs(float(stored_old)))
    return row | {"status": "moved" if moved else "unchanged"}


def _part(row: Mapping[str, object], span: pd.DataFrame, known: set[tuple[object, object]]) -> str:
    measure = row["measure"]
    if pd.isna(row["value_new"]):
        return "removed"
    if pd.isna(row["value_old"]):
        if measure not in span.index:
            return "filled_in"
        first, last = span.loc[measure, ["min", "max"]]
        if not first <= row["year"] <= last:  # type: ignore[operator]
            return "years"
        return "filled_in" if (measure, row["province_code"]) in known else "provinces"
    printed = ("sha256", "location", "value_printed")
    if all(row[f"{c}_old"] == row[f"{c}_new"] for c in printed):
        return "rule"
    series = ("source", "indicator_label", "unit")
    return "restated" if all(row[f"{c}_old"] == row[f"{c}_new"] for c in series) else "rule"


def _close(left: pd.Series, right: pd.Series) -> np.ndarray:
    return np.isclose(left.astype(float), right.astype(float), rtol=1e-12, atol=0, equal_nan=True)


def _with_columns(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Frame with every column named; a release of tests may carry fewer."""
    return frame.reindex(columns=list(dict.fromkeys([*frame.columns, *columns])))
