"""Changes of a release that are no values: marks, breaks, definitions, base years, corrections, units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from living_panel.estimation.artifacts.drift import changed_texts
from living_panel.estimation.panel.periods import period_text
from living_panel.estimation.panel.release import Release

OF_CELLS = {
    "quality": "quality mark",
    "status": "status",
    "unit": "unit of measurement or base year",
    "note": "correction",
}
"""Texts of a cell that a sample or a reader may turn on, and what each is called."""
OF_MEASURES = ("title", "unit", "concept", "proxy_for", "description")
DEFINITION, BREAK, UNITS = "definition", "break of a series", "list of units"
SHOWN = 3


class InputChange(NamedTuple):
    """One changed input: what it is, of which measure, in how many places, and some of them."""

    what: str
    measure: str
    number: int
    places: tuple[str, ...]


def changed_inputs(old: Release, new: Release) -> list[InputChange]:
    """Inputs of a release other than values that differ between two releases.

    Cells and measures that only one side has are no change here: they are parts of their own. Neither are edition,
    file and hash, which differ by version alone.
    """
    return [
        *_cell_changes(old, new),
        *_definition_changes(old, new),
        *_break_changes(old, new),
        *_unit_changes(old, new),
    ]


def input_sentences(changes: list[InputChange], new: Release) -> list[str]:
    """One sentence a changed input."""
    return [_sentence(change, new) for change in changes]


def _sentence(change: InputChange, new: Release) -> str:
    of = f" of {new.words(change.measure)}" if change.measure else ""
    where = "; ".join(change.places[:SHOWN])
    more = f" and {change.number - SHOWN} more" if change.number > SHOWN else ""
    return f"Changed {change.what}{of}: {where}{more}."


def _cell_changes(old: Release, new: Release) -> Iterator[InputChange]:
    for column, what in OF_CELLS.items():
        changes = changed_texts(old, new, [column])
        for measure, rows in changes.groupby("measure"):
            places = tuple(
                f"{new.unit_name(r.province_code)} {period_text(int(r.year))}"
                for r in rows.head(SHOWN).itertuples()
            )
            yield InputChange(what, str(measure), len(rows), places)


def _definition_changes(old: Release, new: Release) -> Iterator[InputChange]:
    left, right = (
        r.indicators.reindex(columns=["measure", *OF_MEASURES]).fillna("").astype(str)
        for r in (old, new)
    )
    both = left.merge(right, on="measure", suffixes=("_old", "_new"))
    for row in both.to_dict("records"):
        changed = [c for c in OF_MEASURES if row[f"{c}_old"] != row[f"{c}_new"]]
        if changed:
            texts = tuple(f"{c} {row[f'{c}_old']!r} to {row[f'{c}_new']!r}" for c in changed)
            yield InputChange(DEFINITION, row["measure"], len(changed), texts)


def _break_changes(old: Release, new: Release) -> Iterator[InputChange]:
    keys = ["measure", "province_code", "year"]
    sides = [
        set(r.series_breaks[keys].fillna("").astype(str).itertuples(index=False, name=None))
        for r in (old, new)
    ]
    differing = pd.DataFrame(sorted(sides[0] ^ sides[1]), columns=keys, dtype="str")
    for measure, rows in differing.groupby("measure"):
        places = tuple(
            f"{new.unit_name(unit) or 'all units'} {year}"
            for unit, year in zip(rows["province_code"], rows["year"], strict=True)
        )
        yield InputChange(BREAK, str(measure), len(rows), places)


def _unit_changes(old: Release, new: Release) -> Iterator[InputChange]:
    """Units of both sides whose name or group is another one."""
    columns = [c for c in old.provinces.columns if c in new.provinces.columns]
    both = old.provinces[columns].merge(
        new.provinces[columns], on="province_code", suffixes=("_old", "_new")
    )
    others = [c for c in columns if c != "province_code"]
    differs = both[[]].assign(any=False)["any"]
    for column in others:
        texts = [both[f"{column}_{side}"].fillna("").astype(str) for side in ("old", "new")]
        differs = differs | texts[0].ne(texts[1])
    if differs.any():
        named = tuple(both.loc[differs, "province_code"])
        yield InputChange(UNITS, "", len(named), named)
