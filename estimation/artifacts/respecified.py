"""How the specs of two states differ: other measures for a variable, other samples of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SHOWN = 6
"""Most samples that a sentence lists."""


@dataclass(frozen=True)
class OtherMeasure:
    """Another measure of a variable in a block of a table; `role` is the variable."""

    table: str
    block: str
    role: str
    before: str
    after: str


@dataclass(frozen=True)
class OtherSample:
    """Another sample of a block of a table, each side as (first year, last year, observations)."""

    table: str
    block: str
    before: tuple[int, int, int]
    after: tuple[int, int, int]


Change = OtherMeasure | OtherSample


def spec_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """Return what a changed spec did to the blocks that a table had before and has now.

    Parameters
    ----------
    before, after : mapping or None
        Manifests of the table's artifacts; None where a state lacks the table.

    Returns
    -------
    list
        Empty where the spec is the same: then only data can have changed a sample.
    """
    if before is None or after is None or before["spec"] == after["spec"]:
        return []
    old, new = ((m["sample"].get("blocks") or {}) for m in (before, after))
    table, changes = str(after["table_id"]), list[Change]()
    for block in [name for name in new if name in old]:
        was, is_now = (side[block].get("measures", {}) for side in (old, new))
        changes += [
            OtherMeasure(table, block, role, was[role], is_now[role])
            for role in is_now
            if role in was and was[role] != is_now[role]
        ]
        first, second = (_sample(side[block]) for side in (old, new))
        if first and second and first != second:
            changes.append(OtherSample(table, block, first, second))
    return changes


def change_sentences(changes: Iterable[Change], title: Callable[[str], str]) -> list[str]:
    """Return one sentence for each change of a measure and one for all samples; `title` names a measure."""
    tables: dict[tuple[str, str, str], list[str]] = {}
    samples = []
    for change in changes:
        if isinstance(change, OtherMeasure):
            where = tables.setdefault((change.role, change.before, change.after), [])
            if change.table not in where:
                where.append(change.table)
        else:
            old, new = (f"{a}-{b}, N {n}" for a, b, n in (change.before, change.after))
            samples.append(f"{change.table} {change.block}: {old} -> {new}")
    texts = [
        f"Specs changed: {role} is {title(after)} instead of {title(before)} in {', '.join(where)}."
        for (role, before, after), where in tables.items()
    ]
    if samples:
        more = f"; and {len(samples) - SHOWN} more" if len(samples) > SHOWN else ""
        texts.append(f"Specs changed samples: {'; '.join(samples[:SHOWN])}{more}.")
    return texts


def _sample(block: Mapping[str, Any]) -> tuple[int, int, int] | None:
    values = [block.get(name) for name in ("first_year", "last_year", "n_obs")]
    return None if None in values else (int(values[0]), int(values[1]), int(values[2]))  # type: ignore[arg-type]
