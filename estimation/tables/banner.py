"""The banner: what a reader must know before the first number, in two or three lines.

Which measures are official, which stand in and for what, which are simulated, how many cells are
filled or of low quality. The appendix of a table lists every such cell and every documented break.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from estimation.panel.figures import simulated_mark
from estimation.panel.release import Release
from estimation.panel.sample import Estimable
from estimation.panel.spec import Variable


def banner(
    release: Release, variables: Mapping[str, Variable], samples: Sequence[Estimable]
) -> tuple[str, ...]:
    """Lines of the banner for the samples a table rests on."""
    simulated = {m for s in samples for m in s.simulated}
    choices = [(role, choice) for s in samples for role, choice in s.choices.items()]
    stand_ins = {(role, c.measure) for role, c in choices if c.stands_in}
    used = {m for _, c in choices for m in c.measures}
    official = used - simulated - {m for _, m in stand_ins}
    lines = [simulated_mark(release, simulated)] if simulated else []
    if official:
        lines.append(f"Official figures: {', '.join(release.words(m) for m in sorted(official))}.")
    lines.append(_stand_ins(release, variables, stand_ins))
    lines.append(_counted(samples))
    return tuple(line for line in lines if line)


def fine_print(release: Release, samples: Sequence[Estimable]) -> tuple[str, ...]:
    """Every filled cell by year, every cell of low quality, every documented break."""
    names = dict(
        zip(release.provinces["province_code"], release.provinces["province"], strict=True)
    )
    filled = Counter((measure, year) for measure, year, _ in _filled(samples))
    low: dict[str, list[str]] = {}
    for measure, p, year in sorted(_low(samples)):
        low.setdefault(measure, []).append(f"{names[p]} {year}")
    breaks = {(b["measure"], b["province_code"], b["year"]) for s in samples for b in s.breaks}
    lines = {
        "Interpolated, every cell in the manifest": (
            f"{m} {y} ({n} cells)" for (m, y), n in sorted(filled.items())
        ),
        "Low-quality cells used": (f"{m}: {', '.join(c)}" for m, c in low.items()),
        "Documented breaks inside the samples": (
            f"{m} {names.get(p, 'all provinces')} from {y}" for m, p, y in sorted(breaks)
        ),
    }
    said = ((title, "; ".join(parts)) for title, parts in lines.items())
    return tuple(f"{title}: {text}." for title, text in said if text)


def _filled(samples: Iterable[Estimable]) -> set[tuple[str, int, str]]:
    return {(f["measure"], f["year"], f["province_code"]) for s in samples for f in s.filled}


def _low(samples: Iterable[Estimable]) -> set[tuple[str, str, int]]:
    return {(q["measure"], q["province_code"], q["year"]) for s in samples for q in s.low_quality}


def _stand_ins(
    release: Release, variables: Mapping[str, Variable], pairs: Iterable[tuple[str, str]]
) -> str:
    """Two roles may name one concept; a remark of the spec follows what it is about."""
    said: dict[str, None] = {}
    remarks: dict[str, None] = {}
    for role, measure in sorted(pairs):
        said[f"{release.words(measure)} for {variables[role].concept}"] = None
        if measure in variables[role].remarks:
            remarks[variables[role].remarks[measure]] = None
    if not said:
        return ""
    return " ".join([f"Stand-ins: {'; '.join(said)}.", *remarks])


def _counted(samples: Sequence[Estimable]) -> str:
    counts = {"interpolated": len(_filled(samples)), "of low quality": len(_low(samples))}
    parts = [f"{n} {what}" for what, n in counts.items() if n]
    return f"Cells used: {', '.join(parts)}; listed in the appendix." if parts else ""
