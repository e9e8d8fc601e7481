"""The page: its sections in order, put into the template."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment

from estimation.report import elements as e
from estimation.report.answers import Answer, answers, to_markdown
from estimation.report.gather import Inputs, StoredTable
from estimation.report.panel_sections import movement_section, panel_section
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

HERE = Path(__file__).parent
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


def build_page(inputs: Inputs, identity: str = "") -> str:
    """The whole page as one string of HTML that needs no other file.

    Parameters
    ----------
    inputs : Inputs
    identity : str, optional
        What the page was made from, kept in its head: the same inputs need no second page.
    """
    compared = comparisons_of(inputs)
    html = {
        "verdict": _verdict(inputs),
        "beside": beside_section(inputs, compared),
        "audit": audit_section(inputs),
        "results": _results(inputs),
        "panel": panel_section(inputs),
        "movement": movement_section(inputs),
        "tables": _tables(inputs),
        "lineage": _lineage(inputs),
    }
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        (HERE / "page.html.j2").read_text(encoding="utf-8")
    )
    return template.render(
        title=inputs.paper.heading or inputs.paper.title,
        pages=inputs.pages,
        css=(HERE / "page.css").read_text(encoding="utf-8"),
        paper=inputs.paper,
        release_id=inputs.release.release_id,
        simulated=inputs.release.simulated,
        facts=_facts(inputs, compared),
        sections=[
            (part, [(k, short) for p, k, short, _ in SECTIONS if p == part])
            for part in dict.fromkeys(s[0] for s in SECTIONS)
        ],
        bodies=[
            {"id": key, "part": part, "title": title, "html": html[key]}
            for part, key, _, title in SECTIONS
        ],
        identity=identity,
    )


def _facts(inputs: Inputs, compared: Mapping[str, pd.DataFrame]) -> list[dict[str, str]]:
    impossible, findings, cells = audit_counts(inputs)
    counts = [agreement(f) for f in compared.values() if len(f)]
    facts = []
    if findings:
        facts += [
            _fact(impossible, "printed things that cannot be true whatever the data", "#audit-impossible"),
            _fact(f"{findings:,}", f"facts found by the audit, its rules applied to {cells:,} cells", "#audit"),
        ]  # fmt: skip
    if counts:
        whole = pd.concat(counts)
        own = whole[whole["series"] == RELEASED]
        if len(own):
            n, estimable = int(own["printed"].sum()), int(own["estimated"].sum())
            facts += [
                _fact(f"{estimable} of {n}", "printed slopes that figures or stand-ins can be set beside", "#beside"),
                _fact(f"{int(own['stars'].sum())} of {estimable}", "of those that carry the printed stars", "#beside"),
            ]  # fmt: skip
    used = inputs.release.panel.notna().sum().sum()
    facts.append(
        {"value": f"{int(used):,}", "label": "cells with a figure in the panel", "href": "#panel"}
    )
    facts.append(
        {
            "value": str(len(inputs.tables)),
            "label": "tables estimated on this release",
            "href": "#tables",
        }
    )
    return facts


def _fact(value: object, label: str, href: str) -> dict[str, str]:
    return {"value": str(value), "label": label, "href": href}


def verdict_markdown(inputs: Inputs) -> str:
    """Answers to the paper's questions as a Markdown list."""
    return to_markdown(_answers(inputs)) + "\n"


def _answers(inputs: Inputs) -> list[Answer]:
    return answers(inputs.questions, inputs.paper, {t.table_id: t for t in inputs.tables})


def _verdict(inputs: Inputs) -> str:
    found = _answers(inputs)
    drawn = [answer for answer in found if answer.points]
    parts = []
    if drawn:
        key = [("one", "our estimate, 95 % interval"), ("muted", "under one other choice"),
               ("two", "the printed value, dashed")]  # fmt: skip
        parts += [e.legend(key), e.figure(draw_answers(drawn), wide=True)]
    for answer in found:
        source = f'<a href="#table-{e.escape(answer.table_id)}">{e.escape(answer.table_id)}</a>'
        parts += [
            f"<h3>{e.escape(answer.asks)}</h3>",
            e.paragraph(answer.says),
            f'<p class="note">From {source}; figures: {e.escape(answer.figures_status)}.</p>',
        ]
    return "".join(parts) or e.paragraph("This paper's folder asks no questions.", "note")


def _results(inputs: Inputs) -> str:
    parts = []
    for table in inputs.of_kind("unit_roots"):
        sizes = draw_sizes(table.statistics)
        if sizes:
            caption = "A mark is one series, form and choice of deterministics; from the table's own sizes."
            parts += [
                "<h3>Do the unit-root tests keep their size here?</h3>",
                e.figure(sizes, caption, wide=True),
            ]
            parts.append(_from(table))
    shown = [t for kind in HEADLINE_KINDS for t in inputs.of_kind(kind)]
    shown += [t for t in inputs.tables if t not in shown and t.pictures()]
    for table in shown:
        parts.append(_pictures(table))
    for wanted, what in (("curve", "specification curve"), ("synergy", "synergy surface")):
        if not inputs.of_kind(wanted):
            text = f"The {what} comes with a table of kind “{wanted}”, which is not among the current artifacts."
            parts.append(e.paragraph(text, "note"))
    return "".join(parts) or e.paragraph("No current table brings a picture.", "note")


def _pictures(table: StoredTable) -> str:
    parts = [e.paragraph(str(table.manifest.get("question", "")))]
    if table.manifest["status"] != "estimated":
        parts.append(e.paragraph(f"Not estimable: {table.manifest['reason']}", "note"))
    figures = [
        e.figure(
            e.image(address, f"{table.manifest['title']}: {name.replace('_', ' ')}"),
            f"{name.replace('_', ' ')}; figures: {table.manifest['figures_status']}",
            wide=True,
        )
        for name, address in table.pictures().items()
    ]
    parts += [*figures, _from(table)]
    what = f"{len(figures)} of {table.table_id}"
    return e.details(f"Pictures of {table.manifest['title']}", what, "".join(parts))


def _from(table: StoredTable) -> str:
    href = lineage_href(table.table_id, table.series)
    return (
        f'<p class="note">From <a href="#table-{e.escape(table.table_id)}">{e.escape(table.table_id)}</a>; '
        f'<a href="{href}">lineage</a>.</p>'
    )


def _tables(inputs: Inputs) -> str:
    parts = [
        e.paragraph(
            "Unfold a table to read it. The files beside it hold the same cells for LaTeX (booktabs), Word, "
            "Excel and text."
        )
    ]
    for table in inputs.tables:
        parts.append(_table(inputs, table))
    return "".join(parts)


def _table(inputs: Inputs, table: StoredTable) -> str:
    manifest = table.manifest
    href = lineage_href(table.table_id, table.series)
    fragment = table.fragment.replace(f'id="{table.table_id}"', f'id="read-{table.table_id}"', 1)
    fragment = fragment.replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    what = f"{table.table_id}; {manifest['figures_status']}; {manifest['status'].replace('_', ' ')}"
    inside = _take_away(inputs, table) + e.linked(fragment, href)
    return e.details(str(manifest["title"]), what, inside, identity=f"table-{table.table_id}")


def _take_away(inputs: Inputs, table: StoredTable) -> str:
    links = [
        f'<li><a href="{e.escape(inputs.link(table.folder / name))}">{name.removeprefix("table")}</a></li>'
        for name in table.files()
    ]
    return f'<ul class="take"><li>Take away:</li>{"".join(links)}</ul>'


def _lineage(inputs: Inputs) -> str:
    text = (
        "Each table is one artifact: a folder named by the hash of its spec, its release and its code. Its "
        "manifest names every choice, every dropped and filled cell, and the sha256 of every source file. In "
        "SQL: results.lineage, and the cookbook under docs/."
    )
    parts = [e.paragraph(text)]
    if inputs.published:
        parts.append(e.paragraph(f"Published warehouse: {inputs.published}.", "note"))
    parts += [_lineage_of(inputs, t) for t in (*inputs.tables, *inputs.demo)]
    return "".join(parts)


def _lineage_of(inputs: Inputs, table: StoredTable) -> str:
    manifest = table.manifest
    folder = e.escape(inputs.link(table.folder))
    code = manifest["code"]
    lines = [
        f'Artifact <a href="{folder}/manifest.json"><code>{e.escape(manifest["artifact_id"])}</code></a> '
        f'(<a href="{folder}/table.html">its own page</a>, <a href="{folder}/">its folder</a>)',
        f'Release <code>{e.escape(manifest["release_id"])}</code>, figures: {e.escape(manifest["figures_status"])}',
        f'Spec sha256 <code>{e.escape(manifest["spec_sha256"])}</code>',
        f'Code version <code>{e.escape(code["code_version"])}</code>, '
        f'commit <code>{e.escape(str(code.get("commit", ""))[:12])}</code>'
        + (" with uncommitted changes" if code.get("dirty") else ""),
        f'Result hash <code>{e.escape(manifest["result_hash"])}</code>',
    ]  # fmt: skip
    items = "".join(f"<li>{line}</li>" for line in lines)
    rows = [
        [_source(inputs, table, s), e.escape(s["source"]), e.escape(s["edition"]), e.escape(s["vintage"]),
         f"<code>{e.escape(s['sha256'])}</code>"]
        for s in manifest["sources"]
    ]  # fmt: skip
    header = ("File", "Source", "Edition", "Vintage", "sha256")
    sources = e.table(f"Source files of {table.table_id}", header, rows, left=[1, 4])
    name = lineage_href(table.table_id, table.series)[1:]
    what = "" if table.series == RELEASED else table.series
    inside = f'<div class="lineage"><ul>{items}</ul>{sources}</div>'
    return e.details(table.table_id, what, inside, identity=name)


def _source(inputs: Inputs, table: StoredTable, source: Mapping[str, Any]) -> str:
    """A source file's name, leading to its bytes where they lie in this data root."""
    name = e.escape(source["file"])
    if table.series != RELEASED:
        return name
    return f'<a href="{e.escape(inputs.source_link(source))}">{name}</a>'
