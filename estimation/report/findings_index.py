"""The front page: one line a finding, with print, today's number, state, fragility and reproduction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from markupsafe import Markup

from living_panel import __version__
from living_panel.estimation.data_sets.data_set import DataSet, load_data_set
from living_panel.estimation.findings.declared import PANEL
from living_panel.estimation.findings.rule import Verdict
from living_panel.estimation.findings.steps import path_sentences
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers.source import SetEdition, find_data_folder, origin_of
from living_panel.estimation.report.contents import EDITIONS, Section, page_file
from living_panel.estimation.report.elements import e, render_page, sections
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.report.reproduction_section import paper_counts, printed_cell
from living_panel.estimation.report.result_pictures import Bars, finding_bars
from living_panel.estimation.report.search import Found, search_entries
from living_panel.estimation.report.strips import draw_small_strip

TITLE = "Findings"
LEAD = (
    "Claims of printed tables, the numbers of today's data, and how far they depend on choices. "
    "Each number leads to its table, its cells and its source files."
)
FOOTER = "The pages work offline and load nothing from the internet."
FRAGILE = ("depends on choices", "few choices agree", "not identified")
"""Fragilities that the filter of the index shows."""
AGREES = ("reproduced", "rounding")
"""Statuses of a printed number that our number for the same cell repeats."""


@dataclass(frozen=True)
class FindingLine:
    """One finding on the front page; `marks` are the filters that show it.

    `data_set` is that over whose `editions` the finding is followed; "" and 0 where it is not.
    """

    paper: str
    finding: str
    claim: str
    address: str
    source: str
    state: str
    fragility: str
    figure: str
    printed_text: str
    printed: float | None
    strip: Bars | None
    counted: str
    reproduced: str
    dated: str
    marks: tuple[str, ...]
    choices: int = 0
    data_set: str = ""
    editions: int = 0


@dataclass(frozen=True)
class PaperEntry:
    """What the front page and the search say of one paper; the main finding is the first line."""

    paper: str
    file: str
    authors: str
    year: int
    lines: tuple[FindingLine, ...]
    last_change: str
    release_id: str = ""
    simulated: bool = False
    found: tuple[Found, ...] = ()


def entry_of(inputs: Inputs, file: str) -> PaperEntry:
    """The lines of a paper from what its pages show."""
    paper = inputs.paper
    dates = [str(t.manifest["run"].get("created_at", ""))[:10] for t in inputs.tables]
    return PaperEntry(
        paper=paper.id,
        file=file,
        authors=", ".join(paper.authors),
        year=paper.year,
        lines=tuple(_lines(inputs, file)),
        last_change=max(dates, default=""),
        release_id=inputs.release.release_id,
        simulated=inputs.release.simulated,
        found=tuple(search_entries(inputs)),
    )


def _lines(inputs: Inputs, file: str) -> Iterator[FindingLine]:
    paper, counts = inputs.paper, paper_counts(inputs.reproduction)
    data = f", data of {paper.data_of}" if paper.data_of else ""
    data_set = _data_set_of(paper.id)
    if not inputs.findings:
        yield FindingLine(
            paper.id, "", inputs.heading, file, f"{', '.join(paper.authors)} ({paper.year}){data}",
            "", "", "No finding is declared", "", None, None, "", _reproduced(counts), "", (),
        )  # fmt: skip
    for finding in inputs.findings:
        declared, verdict = finding.declared, finding.verdict
        printed = getattr(declared, "printed", None)
        cell = None if printed is None else printed_cell(inputs.reproduction, printed)
        place = declared.place or ("" if printed else "none printed")
        source = f"{', '.join(paper.authors)} ({paper.year}){data}{', ' if place else ''}{place}"
        drawn = finding_bars(finding) if finding.points else None
        followed = getattr(declared, "editions", None) is not None
        marks = [
            ("editions", followed and data_set is not None),
            ("choices", finding.fragility in FRAGILE),
            ("differs", cell is not None and str(cell["status"]) not in AGREES),
        ]
        yield FindingLine(
            paper=paper.id,
            finding=declared.id,
            claim=finding.claim,
            address=f"{file}#finding-{declared.id}",
            source=source,
            state=finding.state or "",
            fragility=finding.fragility,
            figure=finding.figure,
            printed_text=finding.printed_text,
            printed=finding.printed,
            strip=drawn if drawn and drawn.rows else None,
            counted=_counted(verdict),
            reproduced=_reproduced(counts),
            dated=f"Data to {finding.last_period}" if finding.last_period else "",
            marks=tuple(mark for mark, is_marked in marks if is_marked),
            choices=verdict.n_choices if verdict else 0,
            data_set=data_set.form.title if data_set and followed else "",
            editions=len(data_set.editions) if data_set and followed else 0,
        )  # fmt: skip


def _data_set_of(paper: str) -> DataSet | None:
    """Data set with editions on which a paper rests; None for the panel and for data of its own."""
    folder = find_data_folder(PAPERS / paper)
    choice = origin_of(folder, SetEdition) if folder else None
    return load_data_set(choice.set) if choice else None


def _counted(verdict: Verdict | None) -> str:
    """How many declared choices agree; "" where none are declared."""
    if verdict is None or not verdict.n_choices:
        return ""
    return f"{verdict.n_significant} of {verdict.n_choices} choices agree"


def _reproduced(counts: dict[str, Any] | None) -> str:
    """How many printed numbers of the paper are reproduced; a comparison uses other data than the authors'."""
    if not counts or not counts["printed"]:
        return ""
    words = "agree on other data" if counts["design"] == "comparison" else "reproduced"
    return f"{counts['reproduced']} of {counts['printed']} printed numbers {words}"


def build_index(
    entries: Sequence[PaperEntry],
    identity: str = "",
    data_pages: str = "",
    paths: pd.DataFrame | None = None,
    search: str = "",
    notices: Sequence[str] = (),
) -> str:
    """The front page as one string of HTML; it opens with the notices.

    `data_pages` and `search` are the addresses of the data pages and of the search index; `paths` are the followed
    findings of all papers by edition, as `results.finding_paths` has them.
    """
    lines = [
        [_with_editions(line, paths) for line in entry.lines]
        for entry in sorted(entries, key=_order)
    ]
    main = [of[0] for of in lines if of]
    further = [line for of in lines for line in of[1:]]
    every = [*main, *further]

    has_paths = any(not _path_of(line, paths).empty for of in entries for line in of.lines)

    def count(mark: str) -> int:
        return sum(mark in line.marks for line, _ in every)

    filters = [
        ("all", "All", len(every)),
        ("editions", "Over editions", count("editions")),
        ("choices", "Depends on choices", count("choices")),
        ("differs", "Not reproduced", count("differs")),
    ]
    day = max((entry.last_change for entry in entries), default="")
    release = entries[0].release_id if entries else ""
    shown = [
        Section(
            "withdrawn",
            "Withdrawn by a run",
            Markup(sections.notices(notices)) if notices else Markup(),
        ),
        Section("search", "", Markup(sections.seek(search)) if search else Markup()),
        Section("papers", "", Markup(sections.index(filters, main, further, has_paths))),
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


def _order(entry: PaperEntry) -> tuple[int, int, str]:
    """Papers whose main finding has the most choices and editions behind it first, then the oldest."""
    main = entry.lines[0] if entry.lines else None
    return -(main.choices + main.editions if main else 0), entry.year, entry.paper


def _path_of(line: FindingLine, paths: pd.DataFrame | None) -> pd.DataFrame:
    """First path of a finding over editions; empty for one that is not followed, or has one edition alone."""
    if paths is None or paths.empty:
        return pd.DataFrame()
    mine = paths[(paths["paper"] == line.paper) & (paths["finding"] == line.finding)]
    first = mine[mine["path"] == mine["path"].iloc[0]] if len(mine) else mine
    return first if first["edition"].nunique() > 1 else pd.DataFrame()


def _with_editions(line: FindingLine, paths: pd.DataFrame | None) -> tuple[FindingLine, Markup]:
    """The line, and beside it the strip of its editions, or the words that there is one edition."""
    path = _path_of(line, paths)
    if path.empty:
        words = f"{line.data_set}: {line.editions} editions" if line.editions else "one edition"
        return line, Markup('<p class="note">{}</p>').format(words)
    drawn = draw_small_strip(path, line.printed, line.claim)
    is_panel = path["data_set"].iloc[0] == PANEL
    words = (
        f"{len(path)} states of the panel" if is_panel else f"{line.data_set}: {len(path)} editions"
    )
    link = e.link(words, f"{page_file(line.paper, EDITIONS)}#{EDITIONS}")
    said = path_sentences(path)[0]
    if "step" in path and path["step"].notna().any():
        moved = (path["step"] == "moved").sum()
        said += f" {moved or 'None'} of {path['step'].notna().sum()} steps moved."
    note = Markup('{}<p class="note">{}</p><p class="note">{}</p>').format(drawn, link, said)
    return replace(line, marks=tuple(dict.fromkeys((*line.marks, "editions")))), note
