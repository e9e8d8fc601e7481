"""The index of papers: who, when, what is asked, what is reproduced, what the audit found, last change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.audit.registry import SEVERITIES
from living_panel.estimation.report.answers import Answer
from living_panel.estimation.report.elements import e, render
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.report.printed_sections import severity_counts
from living_panel.estimation.report.reproduction_section import paper_counts
from living_panel.estimation.report.strips import editions_index

CSS = Path(__file__).resolve().with_name("page.css")
TITLE = "Papers"
HEADER = (
    "Paper", "Question", "First answer", "Reproduced", "Class", "Audit", "Tables", "Last change",
)  # fmt: skip


@dataclass(frozen=True)
class PaperEntry:
    """One paper's line in the index."""

    paper: str
    file: str
    authors: str
    title: str
    year: int
    question: str
    answer: str
    design: str
    counts: dict[str, Any] | None
    findings: dict[str, int] | None
    tables: int
    last_change: str
    data_of: str = ""


def entry_of(inputs: Inputs, file: str) -> PaperEntry:
    """The line of a paper from what its page shows."""
    paper = inputs.paper
    dates = [str(t.manifest["run"].get("created_at", ""))[:10] for t in inputs.tables]
    return PaperEntry(
        paper=paper.id,
        file=file,
        authors=", ".join(paper.authors),
        title=paper.title if paper.data_of else paper.heading or paper.title,
        year=paper.year,
        data_of=paper.data_of,
        question=paper.question,
        answer=_in_brief(inputs.answers[0]) if inputs.answers else "",
        design=paper.design,
        counts=paper_counts(inputs.reproduction),
        findings=severity_counts(inputs),
        tables=len(inputs.tables),
        last_change=max(dates, default=""),
    )


def build_index(
    entries: Sequence[PaperEntry],
    identity: str = "",
    data_pages: str = "",
    edition_path: pd.DataFrame | None = None,
) -> str:
    """The index as one string of HTML that needs no other file; `data_pages` is their address.

    `edition_path` are the followed conclusions of all papers by edition.
    """
    files = {entry.paper: f"{entry.file}#editions" for entry in entries}
    names = {entry.paper: f"{entry.authors} ({entry.year})" for entry in entries}
    editions = Markup() if edition_path is None else editions_index(edition_path, files, names)
    rows = [_row(entry) for entry in entries]
    table = e.table("Papers", HEADER, rows, words=range(1, 6), left=[7])
    return render(
        "index.html.j2",
        title=TITLE,
        css=CSS.read_text(encoding="utf-8"),
        identity=identity,
        table=table,
        editions=editions,
        data_pages=data_pages,
    )


def _in_brief(answer: Answer) -> str:
    """An answer in few words, after its number where it has one."""
    number = f"{answer.number} ({answer.interval}). " if answer.number else ""
    return f"{number}{answer.brief}"


def _row(entry: PaperEntry) -> list[str]:
    name = f"{entry.authors} ({entry.year}): {entry.title}".strip()
    link = e.link(f"{name}; data of {entry.data_of}" if entry.data_of else name, entry.file)
    return [
        link,
        entry.question,
        entry.answer,
        _reproduced(entry.counts),
        str(entry.counts["class"]) if entry.counts else "",
        _audited(entry.findings),
        str(entry.tables),
        entry.last_change,
    ]


def _reproduced(counts: dict[str, Any] | None) -> str:
    """Printed numbers by status, in words; "" for a paper that prints none."""
    if not counts:
        return ""
    others = [("differs", "differ"), ("not attempted", "not attempted")]
    parts = [f"{counts[key]} {words}" for key, words in others if counts[key]]
    return ", ".join([f"{counts['reproduced']} of {counts['printed']}", *parts])


def _audited(findings: dict[str, int] | None) -> str:
    """Facts that the audit found, by weight; "" for a paper without an audit."""
    if findings is None:
        return ""
    parts = [f"{findings[severity]} {severity}" for severity in SEVERITIES if findings[severity]]
    return ", ".join(parts) or "nothing"
