"""The page: its sections in order, put into the template."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from estimation.report.answers import Answer, answers, to_markdown
from estimation.report.elements import TEMPLATES, e, joined, linked
from estimation.report.gather import Inputs, StoredTable
from estimation.report.panel_sections import Each, movement_section, panel_section
from estimation.report.printed_sections import (
    RELEASED,
    audit_counts,
    audit_section,
    beside_section,
    comparisons_of,
    lineage_href,
)
from estimation.report.result_pictures import draw_answers, draw_sizes
from estimation.report.side_by_side import agreement

CSS = Path(__file__).with_name("page.css")
SECTIONS = (
    ("What the figures say", "verdict", "Verdict", "The answers, and how sure they are"),
    ("What the figures say", "results", "Pictures", "Pictures of the tables"),
    ("What the paper says", "audit", "Audit", "What in the paper cannot be true"),
    ("What the paper says", "beside", "Side by side", "Each printed table beside ours"),
    ("How we know", "panel", "Panel", "The panel"),
    ("How we know", "movement", "Revisions", "Revisions, and what they moved"),
    ("How we know", "tables", "Tables", "Every table, to read and to take away"),
    ("How we know", "lineage", "Lineage", "From a number to the bytes of its sources"),
)
# pictures that say what a whole section of the page is about, by kind of table
HEADLINE_KINDS = ("staggered_adoption", "curve", "synergy", "referee", "planted")


def build_page(inputs: Inputs, identity: str = "", each: Each = map) -> str:
    """The whole page as one string of HTML that needs no other file.

    Its head keeps the identity of what it was made from: the same inputs need no second page. `each`
    is called as `map`, on the measures that are drawn.
    """
    compared = comparisons_of(inputs)
    html = {
        "verdict": _verdict(inputs),
        "beside": beside_section(inputs, compared),
        "audit": audit_section(inputs),
        "results": _results(inputs),
        "panel": panel_section(inputs, each),
        "movement": movement_section(inputs),
        "tables": _tables(inputs),
        "lineage": _lineage(inputs),
    }
    there = [section for section in SECTIONS if html[section[1]]]
    return TEMPLATES.get_template("page.html.j2").render(
        title=inputs.paper.heading or inputs.paper.title,
        pages=inputs.pages,
        css=CSS.read_text(encoding="utf-8"),
        paper=inputs.paper,
        release_id=inputs.release.release_id,
        simulated=inputs.release.simulated,
        facts=_facts(inputs, compared),
        sections=[
            (part, [(k, short) for p, k, short, _ in there if p == part])
            for part in dict.fromkeys(s[0] for s in there)
        ],
        bodies=[
            {"id": key, "part": part, "title": title, "html": html[key]}
            for part, key, _, title in there
        ],
        identity=identity,
    )


def _facts(inputs: Inputs, compared: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Numbers at the head of the page: value, what it counts, where it comes from."""
    impossible, findings, cells = audit_counts(inputs)
    facts: list[tuple[str, str, str]] = []
    if findings:
        facts += [
            (f"{impossible}", "printed things that cannot be true whatever the data", "#audit-impossible"),
            (f"{findings:,}", f"facts found by the audit, its rules applied to {cells:,} cells", "#audit"),
        ]  # fmt: skip
    counts = [counted for f in compared.values() if len(counted := agreement(f))]
    own = [counted[counted["series"] == RELEASED] for counted in counts]
    if sum(map(len, own)):
        every = pd.concat(own)
        n, estimable = every[["printed", "estimated"]].sum()
        starred = every.dropna(subset="stars")
        what = "printed slopes that figures or stand-ins can be set beside"
        facts.append((f"{estimable} of {n}", what, "#beside"))
        if len(starred):
            same = f"{starred['stars'].sum():.0f} of {starred['estimated'].sum()}"
            facts.append((same, "of those that carry the printed stars", "#beside"))
    used = int(inputs.release.panel.notna().sum().sum())
    facts.append((f"{used:,}", "cells with a figure in the panel", "#panel"))
    facts.append((f"{len(inputs.tables)}", "tables estimated on this release", "#tables"))
    return facts


def verdict_markdown(inputs: Inputs) -> str:
    """Answers to the paper's questions as a Markdown list."""
    return to_markdown(_answers(inputs)) + "\n"


def _answers(inputs: Inputs) -> list[Answer]:
    return answers(inputs.questions, inputs.paper, {t.table_id: t for t in inputs.tables})


def _verdict(inputs: Inputs) -> Markup:
    found = _answers(inputs)
    drawn = [answer for answer in found if answer.points]
    parts = []
    if drawn:
        key = [("one", "our estimate, 95 % interval"), ("muted", "under one other choice")]
        if any(answer.printed is not None for answer in drawn):
            key.append(("two", "the printed value, dashed"))
        parts += [e.legend(key), e.figure(draw_answers(drawn), wide=True)]
    for answer in found:
        parts += [e.heading(answer.asks), e.paragraph(answer.says)]
        parts += [e.paragraph(answer.more, "note")] if answer.more else []
        parts.append(e.from_table(answer.table_id, f"figures: {answer.figures_status}"))
    return joined(parts) or e.paragraph("This paper's folder asks no questions.", "note")


def _results(inputs: Inputs) -> Markup:
    parts = []
    for table in inputs.of_kind("unit_roots"):
        sizes = draw_sizes(table.statistics)
        if sizes:
            caption = "A mark is one series, form and choice of deterministics; from the table's own sizes."
            parts.append(e.heading("Do the unit-root tests keep their size here?"))
            parts += [e.figure(sizes, caption, wide=True), _from(table)]
    shown = [t for kind in HEADLINE_KINDS for t in inputs.of_kind(kind)]
    shown += [t for t in inputs.tables if t.kind not in HEADLINE_KINDS and t.pictures]
    parts += map(_pictures, shown)
    return joined(parts)


def _pictures(table: StoredTable) -> Markup:
    manifest = table.manifest
    parts = [e.paragraph(manifest.get("question", ""))]
    if manifest["status"] != "estimated":
        parts.append(e.paragraph(f"Not estimable: {manifest['reason']}", "note"))
    for words, address in table.pictures:
        caption = f"{words}. Figures: {manifest['figures_status']}."
        parts.append(e.figure(e.image(address, words), caption, wide=True))
    what = f"{len(table.pictures)} of {table.table_id}"
    inside = joined([*parts, _from(table)])
    return Markup(e.details(manifest["title"], what, inside))


def _from(table: StoredTable) -> Markup:
    lineage = e.link("lineage", lineage_href(table.table_id, table.series))
    return Markup(e.from_table(table.table_id, lineage))


def _tables(inputs: Inputs) -> Markup:
    text = (
        "Unfold a table to read it. The files beside it hold the same cells for LaTeX (booktabs), Word, "
        "Excel and text."
    )
    return joined([e.paragraph(text), *(_table(inputs, table) for table in inputs.tables)])


def _table(inputs: Inputs, table: StoredTable) -> Markup:
    manifest = table.manifest
    href = lineage_href(table.table_id, table.series)
    fragment = table.fragment.replace(f'id="{table.table_id}"', f'id="read-{table.table_id}"', 1)
    fragment = fragment.replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    what = f"{table.table_id}; {manifest['figures_status']}; {manifest['status'].replace('_', ' ')}"
    links = [
        e.link(name.removeprefix("table"), inputs.link(table.folder / name))
        for name in table.files()
    ]
    inside = e.items(["Take away:", *links], "take") + linked(fragment, href)
    return Markup(e.details(manifest["title"], what, inside, f"table-{table.table_id}"))


def _lineage(inputs: Inputs) -> Markup:
    text = (
        "Each table is one artifact: a folder named by the hash of its spec, its release and its code. Its "
        "manifest names every choice, every dropped and filled cell, and the sha256 of every source file. In "
        "SQL: results.lineage, and the cookbook under docs/."
    )
    parts = [e.paragraph(text)]
    if inputs.published:
        parts.append(e.paragraph(f"Published warehouse: {inputs.published}.", "note"))
    return joined([*parts, *(_lineage_of(inputs, t) for t in (*inputs.tables, *inputs.demo))])


def _lineage_of(inputs: Inputs, table: StoredTable) -> Markup:
    rows = [
        [_source(inputs, table, s), s["source"], s["edition"], s["vintage"], e.code(s["sha256"])]
        for s in table.manifest["sources"]
    ]
    header = ("File", "Source", "Edition", "Vintage", "sha256")
    sources = e.table(f"Source files of {table.table_id}", header, rows, left=[1, 4])
    what = "" if table.series == RELEASED else table.series
    inside = e.lineage(table, inputs.link(table.folder), sources)
    name = lineage_href(table.table_id, table.series)[1:]
    return Markup(e.details(table.table_id, what, inside, name))


def _source(inputs: Inputs, table: StoredTable, source: Mapping[str, Any]) -> str:
    """A source file's name, leading to its bytes where they lie in this data root."""
    name = str(source["file"])
    return e.link(name, inputs.source_link(source)) if table.series == RELEASED else name
