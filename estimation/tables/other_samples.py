"""The same table on other samples: without the first or last period, without a unit, on complete units alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from living_panel.estimation.audit.causes import Other
from living_panel.estimation.audit.reproduction import StoredResults
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.estimate import estimate

MOST_UNITS = 60
"""Units above which none is left out in turn."""


def other_samples(spec: Spec, release: Release) -> Iterator[Other]:
    """The table of a spec on samples that differ from its own in one choice; those that fail are left out."""
    sample = spec.options.get("sample")
    if not isinstance(sample, dict):
        return
    first, last = sample["first_year"], sample["last_year"]
    numbers = isinstance(first, int) and isinstance(last, int)
    changes: list[tuple[str, dict[str, Any]]] = []
    if numbers and last - first > 1:
        changes += [
            (f"from {first + 1}", {"first_year": first + 1}),
            (f"to {last - 1}", {"last_year": last - 1}),
        ]
    taken = sample.get("units")
    there = [str(unit) for unit in release.panel.index.get_level_values(0).unique()]
    names = there if taken == "all" else [*map(str, taken)] if isinstance(taken, list) else []
    if 2 < len(names) <= MOST_UNITS:
        changes += [(f"without {name}", {"units": _others(names, [name])}) for name in names]
    if (short := _incomplete(spec, release, first, last)) and _others(names, short):
        changes.append(("complete units alone", {"units": _others(names, short)}))
    if isinstance(taken, dict) and "without" in taken:
        changes.append(("every unit", {"units": "all"}))
    for words, change in changes:
        options = {**spec.options, "sample": {**sample, **change}}
        if (result := _stored(spec.model_copy(update={"options": options}), release)) is not None:
            yield Other("other_sample", words, [result])


def _others(names: list[str], out: list[str]) -> list[str]:
    return [name for name in names if name not in out]


def _incomplete(spec: Spec, release: Release, first: Any, last: Any) -> list[str]:
    """Units that have the table's variables in some periods, and in fewer than another unit."""
    measures = [variable.measures[0] for variable in spec.variables.values()]
    periods = release.panel.index.get_level_values(1)
    values = release.panel.loc[(periods >= first) & (periods <= last), measures]
    whole = values.dropna().groupby(level=0).size()
    return [str(unit) for unit in whole.index[whole < whole.max()]]


def _stored(spec: Spec, release: Release) -> StoredResults | None:
    try:
        made = estimate(spec, release)
    except ValueError:
        return None
    if made.status != "estimated":
        return None
    manifest = {"table_id": spec.table, "artifact_id": "", "status": made.status,
                "spec": {"options": spec.options}}  # fmt: skip
    return StoredResults(manifest, made.coefficients, made.statistics)
