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
    units = [str(u) for u in release.panel.index.get_level_values(0).unique()]
    taken = sample.get("units")
    if taken == "all" and len(units) <= MOST_UNITS:
        changes += [(f"without {unit}", {"units": {"without": [unit]}}) for unit in units]
    if isinstance(taken, dict) and "without" in taken:
        changes.append(("every unit", {"units": "all"}))
    for words, change in changes:
        options = {**spec.options, "sample": {**sample, **change}}
        if (found := _stored(spec.model_copy(update={"options": options}), release)) is not None:
            yield Other("other_sample", words, [found])


def other_edition(spec: Spec, release: Release, name: str) -> Other | None:
    """The table of a spec on another release."""
    found = _stored(spec, release)
    return Other("other_edition", name, [found]) if found else None


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
