"""The banner: what a reader must know before the first number, in two or three lines.

Which measures are official, which are the authors' data, which are proxies and for what, which are
simulated, how many cells are filled or of low quality. The appendix of a table lists every such
cell and every documented break.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from living_panel.estimation.panel.figures import authors_measures, simulated_mark
from living_panel.estimation.panel.filling import RULES, words_of
from living_panel.estimation.panel.periods import period_text
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.spec import Variable
from living_panel.estimation.tables.result import Statement


def banner(
    release: Release, variables: Mapping[str, Variable], samples: Sequence[Estimable]
) -> tuple[Statement, ...]:
    """Lines of the banner for the samples a table rests on."""
    simulated = {m for s in samples for m in s.simulated}
    choices = [(role, choice) for s in samples for role, choice in s.choices.items()]
    proxies = {(role, c.measure) for role, c in choices if c.is_proxy}
    used = {m for _, c in choices for m in c.measures}
    authors = set(authors_measures(release, used))
    official = used - simulated - authors - {m for _, m in proxies}
    lines: dict[str, Sequence[str]] = {}
    if simulated:
        lines["simulated"] = [simulated_mark(release, simulated)]
    if official:
        named = "; ".join(release.words(m) for m in sorted(official))
        lines["official"] = [f"Official values: {named}."]
    if authors:
        named = "; ".join(release.words(m) for m in sorted(authors))
        lines["authors"] = [f"The authors' data: {named}."]
    named_by = [{(role, c.measure) for role, c in s.choices.items()} for s in samples]
    partial = {pair for pair in proxies if not all(pair in named for named in named_by)}
    lines["proxies"] = _proxies(release, variables, proxies, partial)
    lines["cells"] = _counted(samples)
    return tuple(Statement(kind, tuple(texts)) for kind, texts in lines.items() if texts)


def fine_print(release: Release, samples: Sequence[Estimable]) -> tuple[str, ...]:
    """Every filled cell by year, every cell of low quality, every documented break."""
    names = release.unit_names
    filled = Counter((words, measure, year) for words, measure, year, _ in _filled(samples))
    empty = Counter(
        (words, reason, measure, year) for words, reason, measure, year, _ in _unfilled(samples)
    )
    ends = {_window_words(release, s) for s in samples if s.window_end} - {""}
    low: dict[str, list[str]] = {}
    for measure, p, year in sorted(_low(samples)):
        low.setdefault(measure, []).append(f"{names[p]} {year}")
    breaks = {(b["measure"], b["province_code"], b["year"]) for s in samples for b in s.breaks}
    everywhere = "all {units}"
    lines = {
        "Filled cells (the file manifest.json lists each)": (
            f"{m} {y} {words} ({n} cells)" for (words, m, y), n in sorted(filled.items())
        ),
        "Cells that the interpolation rule names but could not fill": (
            f"{m} {y} not {words} ({n} cells: {reason})"
            for (words, reason, m, y), n in sorted(empty.items())
        ),
        "Open sample (no fixed last year)": sorted(ends),
        "Low-quality cells used": (f"{m}: {', '.join(c)}" for m, c in low.items()),
        "Documented breaks inside the samples": (
            f"{measure}: " + ", ".join(f"{names.get(p, everywhere)} from {y}" for _, p, y in group)
            for measure, group in groupby(sorted(breaks), key=itemgetter(0))
        ),
    }
    texts = ((title, "; ".join(parts)) for title, parts in lines.items())
    return tuple(f"{title}: {text}." for title, text in texts if text)


def _filled(samples: Iterable[Estimable]) -> set[tuple[str, str, int, str]]:
    return {
        (RULES[f["method"]].words, f["measure"], f["year"], f["province_code"])
        for s in samples
        for f in s.filled
    }


def _unfilled(samples: Iterable[Estimable]) -> set[tuple[str, str, str, int, str]]:
    return {
        (
            RULES[f["method"]].words,
            words_of(f),
            f["measure"],
            f["year"],
            f["province_code"],
        )
        for s in samples
        for f in s.unfilled
    }


def _window_words(release: Release, sample: Estimable) -> str:
    """Which measures end an open window before the panel ends; "" where none does."""
    end = sample.window_end
    if end["last_year"] == end["longest_year"]:
        return ""
    roles = [role for role in end["ended_by"] if role in sample.choices]
    names = sorted({release.words(m) for role in roles for m in sample.choices[role].measures})
    return (
        f"the sample ends in {period_text(end['last_year'])}, the last year of {', '.join(names)}; other "
        f"variables go to {period_text(end['longest_year'])}"
    )


def _low(samples: Iterable[Estimable]) -> set[tuple[str, str, int]]:
    return {(q["measure"], q["province_code"], q["year"]) for s in samples for q in s.low_quality}


def _proxies(
    release: Release,
    variables: Mapping[str, Variable],
    pairs: Iterable[tuple[str, str]],
    partial: Collection[tuple[str, str]],
) -> list[str]:
    """Proxies and the remarks of the spec on them; `partial` are those that only some samples use."""
    proxies: dict[str, None] = {}
    remarks: dict[str, None] = {}
    for role, measure in sorted(pairs):
        part = " (in parts of this table)" if (role, measure) in partial else ""
        proxies[f"{release.words(measure)} for {variables[role].concept}{part}"] = None
        if measure in variables[role].remarks:
            remarks[variables[role].remarks[measure]] = None
    return [f"Proxies: {'; '.join(proxies)}.", *remarks] if proxies else []


def _counted(samples: Sequence[Estimable]) -> list[str]:
    counts = Counter(words for words, *_ in sorted(_filled(samples)))
    counts["of low quality"] = len(_low(samples))
    parts = [f"{n} {what}" for what, n in counts.items() if n]
    sentences = [f"Cells used: {', '.join(parts)}; listed in the appendix."] if parts else []
    empty = Counter(words for words, *_ in sorted(_unfilled(samples)))
    sentences += [
        f"{n} cells could not be {words}: they are missing." for words, n in empty.items()
    ]
    return sentences
