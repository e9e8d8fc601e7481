"""The banner: what a reader must know before the first number.

Belongs here: saying in plain words which figures are official, stand-ins, interpolated, simulated,
and which cells are of low quality. Every rendering of every table carries it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from estimation.panel.release import Release
from estimation.panel.sample import Estimable
from estimation.panel.spec import Variable

SIMULATED = (
    "SIMULATED FIGURES. This table is estimated on a planted process, not on official statistics. "
    "It shows what the estimators do, and says nothing about China."
)


def banner(
    release: Release, variables: Mapping[str, Variable], samples: Sequence[Estimable]
) -> tuple[str, ...]:
    """Lines of the banner for the samples a table rests on."""
    lines = [SIMULATED] if release.simulated else []
    stand_ins = {
        (role, choice.measure)
        for s in samples
        for role, choice in s.choices.items()
        if choice.stands_in
    }
    official = {
        choice.measure for s in samples for choice in s.choices.values() if not choice.stands_in
    }
    if official and not release.simulated:
        lines.append(f"Official figures: {', '.join(sorted(official))}.")
    replaced = [f"Stand-in: {m} for {variables[role].concept}." for role, m in sorted(stand_ins)]
    lines += dict.fromkeys(replaced)  # two roles may name one concept
    names = dict(
        zip(release.provinces["province_code"], release.provinces["province"], strict=True)
    )
    lines.append(_filled(samples))
    lines.append(_low_quality(samples, names))
    breaks = {(b["measure"], b["province_code"], b["year"]) for s in samples for b in s.breaks}
    if breaks:
        named = "; ".join(
            f"{m} {names.get(p, 'all provinces')} from {y}" for m, p, y in sorted(breaks)
        )
        lines.append(f"Documented breaks inside the samples: {named}.")
    return tuple(line for line in lines if line)


def _filled(samples: Sequence[Estimable]) -> str:
    cells = {(f["measure"], f["year"], f["province_code"]) for s in samples for f in s.filled}
    if not cells:
        return ""
    counts: dict[tuple[str, int], int] = {}
    for measure, year, _ in cells:
        counts[measure, year] = counts.get((measure, year), 0) + 1
    named = "; ".join(f"{m} {y} ({n} cells)" for (m, y), n in sorted(counts.items()))
    return f"Interpolated, every cell in the manifest: {named}."


def _low_quality(samples: Sequence[Estimable], names: Mapping[str, str]) -> str:
    cells = {(q["measure"], q["province_code"], q["year"]) for s in samples for q in s.low_quality}
    if not cells:
        return ""
    by_measure: dict[str, list[str]] = {}
    for measure, province, year in sorted(cells):
        by_measure.setdefault(measure, []).append(f"{names[province]} {year}")
    named = "; ".join(
        f"{m}: {', '.join(c[:8])}{f' and {len(c) - 8} more' if len(c) > 8 else ''}"
        for m, c in by_measure.items()
    )
    return f"Low-quality cells used ({len(cells)}): {named}."
