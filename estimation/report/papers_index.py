"""The front page: what the site is, one line a paper, what the newest edition changed, search, citation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from living_panel import __version__
from living_panel.estimation.report import verdict
from living_panel.estimation.report.contents import EDITIONS, Section, page_file
from living_panel.estimation.report.elements import render_page, sections
from living_panel.estimation.report.gather import RELEASED
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.report.printed_sections import comparisons_of
from living_panel.estimation.report.reproduction_section import paper_counts
from living_panel.estimation.report.result_pictures import Bars, answer_bars, scale_bars
from living_panel.estimation.report.search import Found, search_entries
from living_panel.estimation.report.strips import editions_index, moved_conclusions
from living_panel.estimation.verdicts.words import number

TITLE = "Printed regression tables, estimated again"
LEAD = (
    "Each paper's printed numbers stand next to estimates from source files. Every number links to its table, "
    "its data and its source files."
)
MOST = 0.75
"""Share of printed numbers above which most are reproduced."""
FOOTER = "The pages work offline and load nothing from the internet."


@dataclass(frozen=True)
class PaperEntry:
    """One paper's line on the front page, and what the search finds of it.

    `words` is the verdict in few words, `figure` our number with its interval, `strip` both on one scale with the
    printed value.
    """

    paper: str
    file: str
    authors: str
    title: str
    year: int
    question: str
    words: str
    figure: str
    printed: float | None
    strip: Bars | None
    counts: dict[str, Any] | None
    last_change: str
    release_id: str = ""
    simulated: bool = False
    data_of: str = ""
    found: tuple[Found, ...] = ()


def entry_of(inputs: Inputs, file: str) -> PaperEntry:
    """The line of a paper from what its pages show."""
    paper = inputs.paper
    dates = [str(t.manifest["run"].get("created_at", ""))[:10] for t in inputs.tables]
    counts = paper_counts(inputs.reproduction)
    words, figure, printed, strip = _first_answer(inputs) or _first_slope(inputs)
    return PaperEntry(
        paper=paper.id,
        file=file,
        authors=", ".join(paper.authors),
        title=paper.title if paper.data_of else inputs.heading,
        year=paper.year,
        data_of=paper.data_of,
        question=paper.question,
        words=words or _in_three_words(counts) or conclusions_held(inputs.edition_path, paper.id),
        figure=figure,
        printed=printed,
        strip=strip,
        counts=counts,
        last_change=max(dates, default=""),
        release_id=inputs.release.release_id,
        simulated=inputs.release.simulated,
        found=tuple(search_entries(inputs)),
    )


Line = tuple[str, str, float | None, Bars | None]


def _first_answer(inputs: Inputs) -> Line | None:
    """The first answer: in words, with its number, its printed value and both on one scale."""
    if not inputs.answers:
        return None
    first = inputs.answers[0]
    drawn = answer_bars(first) if first.points else None
    strip = drawn if drawn and drawn.rows else None
    return first.in_words or first.brief, first.figure, first.printed, strip


def _first_slope(inputs: Inputs) -> Line:
    """The first printed slope with one of ours, for a paper that asks no question."""
    for frame in comparisons_of(inputs).values():
        ours = frame[(frame["series"] == RELEASED) & (frame["term"] != "constant")]
        for row in ours.dropna(subset=["estimate", "ci_low", "ci_high"]).to_dict("records")[:1]:
            ends = (row["ci_low"], row["ci_high"])
            interval = " to ".join(map(verdict.bound, ends))
            figure = f"{row['label']}: {number(row['estimate'])} ({interval})"
            printed = float(row["printed_estimate"])
            points = [("", figure, *ends, row["estimate"])]
            return "", figure, printed, scale_bars(points, printed)
    return "", "", None, None


def build_index(
    entries: Sequence[PaperEntry],
    identity: str = "",
    data_pages: str = "",
    edition_path: pd.DataFrame | None = None,
    search: str = "",
) -> str:
    """The front page as one string of HTML.

    `data_pages` and `search` are the addresses of the data pages and of the search index; `edition_path` are the
    followed conclusions of all papers by edition.
    """
    files = {x.paper: f"{page_file(x.paper, EDITIONS)}#editions" for x in entries}
    names = {entry.paper: f"{entry.authors} ({entry.year})" for entry in entries}
    path = pd.DataFrame() if edition_path is None else edition_path
    newest = Markup(moved_conclusions(path, files, names)) + editions_index(path, files, names)
    day = max((entry.last_change for entry in entries), default="")
    release = entries[0].release_id if entries else ""
    shown = [
        Section("search", "", Markup(sections.seek(search)) if search else Markup()),
        Section("papers", "Papers", Markup(sections.papers([(x, _share(x)) for x in entries]))),
        Section("editions", "Changes in the newest edition", newest),
        Section("cite", "How to cite", Markup(sections.about_site(__version__, release, day))),
    ]
    return render_page(
        TITLE,
        [section for section in shown if section.html],
        identity,
        lead=LEAD,
        crumbs=[("Data pages", data_pages)] if data_pages else [],
        simulated=any(entry.simulated for entry in entries),
        footer=FOOTER,
    )


def _in_three_words(counts: dict[str, Any] | None) -> str:
    """How many printed numbers are reproduced, for a paper that asks no question."""
    if not counts or not counts["printed"]:
        return ""
    share = counts["reproduced"] / counts["printed"]
    some = "All" if share == 1 else "Most" if share >= MOST else "Some" if share else "No"
    return f"{some} numbers reproduced"


def conclusions_held(path: pd.DataFrame, paper: str) -> str:
    """How many followed conclusions of a paper hold in its newest edition, each by its first path."""
    mine = path[path["paper"] == paper] if len(path) else path
    if mine.empty:
        return ""
    newest = mine[mine["edition"] == mine["edition"].iloc[-1]]
    first = newest.drop_duplicates(["table_id", "conclusion"])
    return f"{int(first['holds'].sum())} of {len(first)} conclusions hold"


def _share(entry: PaperEntry) -> tuple[str, float, str]:
    """How many printed numbers are reproduced: in words, in per cent, and its class."""
    counts = entry.counts
    if not counts or not counts["printed"]:
        return "", 0.0, ""
    words = "agree" if counts["design"] == "comparison" else "reproduced"
    text = f"{counts['reproduced']} of {counts['printed']} printed numbers {words}"
    return text, round(100 * counts["reproduced"] / counts["printed"], 1), str(counts["class"])
