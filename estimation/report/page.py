"""The page: its sections in order, put into the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.report.answers import Answer, markdown_of, to_markdown
from living_panel.estimation.report.choice_table import (
    HEADER,
    answers_page,
    choice_cells,
    version_text,
)
from living_panel.estimation.report.data_pages import FOLDER as DATA_PAGES
from living_panel.estimation.report.elements import e, render, sections
from living_panel.estimation.report.gather import RELEASED, StoredTable
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.report.panel_sections import movement_section, panel_section
from living_panel.estimation.report.printed_sections import (
    audit_counts,
    audit_section,
    beside_section,
    comparisons_of,
)
from living_panel.estimation.report.reproduction_section import (
    paper_counts,
    reproduction_section,
)
from living_panel.estimation.report.result_pictures import answer_bars, draw_sizes
from living_panel.estimation.report.side_by_side import agreement
from living_panel.estimation.report.strips import editions_section

MOST_UNITS = 300
CSS = Path(__file__).resolve().with_name("page.css")
SCRIPT = Path(__file__).resolve().with_name("page.js")
SECTIONS = (
    ("Results", "verdict", "Answers", "The answers"),
    ("The paper", "reproduction", "Reproduction", "How many printed numbers are reproduced"),
    ("Results", "editions", "Editions", "The conclusions over the editions of the data"),
    ("The paper", "beside", "Printed tables", "Each printed table next to ours"),
    ("The paper", "audit", "Audit", "Audit of the printed paper"),
    ("Results", "results", "Figures", "Figures of the tables"),
    ("Data", "panel", "Panel", "The panel"),
    ("Data", "movement", "Revisions", "Revisions and their effects"),
    ("Results", "tables", "Tables", "Every table, with its files"),
    ("Data", "lineage", "Lineage", "From a number to its source files"),
)
# figures that say what a whole section of the page is about, by kind of table
HEADLINE_KINDS = ("staggered_adoption", "curve", "synergy", "robustness", "planted")


def build_page(inputs: Inputs, identity: str = "") -> str:
    """The whole page as one string of HTML that needs no other file.

    Its head keeps the identity of what it was made from: the same inputs need no second page.
    """
    compared, numbers = comparisons_of(inputs), inputs.reproduction
    html = {
        "reproduction": reproduction_section(inputs, numbers),
        "verdict": _verdict(inputs.answers),
        "editions": editions_section(inputs.paper, inputs.edition_path, inputs.edition_steps),
        "beside": beside_section(inputs, compared),
        "audit": audit_section(inputs),
        "results": _results(inputs),
        "panel": panel_section(inputs) if _is_drawn(inputs) else Markup(),
        "movement": movement_section(inputs),
        "tables": Markup(sections.tables(inputs)),
        "lineage": Markup(
            sections.lineage(
                inputs,
                [
                    (t, _sources(inputs, t), _measures(inputs, t))
                    for t in (*inputs.tables, *inputs.demo)
                ],
            )
        ),
    }
    there = [section for section in SECTIONS if html[section[1]]]
    return render(
        "page.html.j2",
        title=inputs.paper.heading or inputs.paper.title,
        css=CSS.read_text(encoding="utf-8"),
        script=SCRIPT.read_text(encoding="utf-8"),
        cards=e.cards(inputs.answers) if inputs.answers else "",
        paper=inputs.paper,
        release_id=inputs.release.release_id,
        simulated=inputs.release.simulated,
        drawn=_is_drawn(inputs),
        data_pages=f"{DATA_PAGES}/index.html" if inputs.has_data_pages else "",
        facts=[*_reproduced(numbers), *_facts(inputs, compared)],
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


def _is_drawn(inputs: Inputs) -> bool:
    """Whether the panel is drawn unit by unit: one of persons has no place on a page."""
    return inputs.release.panel.index.get_level_values(0).nunique() <= MOST_UNITS


def _reproduced(numbers: pd.DataFrame) -> list[tuple[str, str, str]]:
    """The first number of a page: how many printed numbers are reproduced."""
    counts = paper_counts(numbers)
    if counts is None:
        return []
    words = "printed numbers reproduced"
    known = {"reproduction": words, "tables": words, "comparison": (
        "printed numbers agree on other data: a comparison, not a reproduction")}  # fmt: skip
    value = f"{counts['reproduced']} of {counts['printed']}"
    return [(value, known[str(counts["design"])], "#reproduction")]


def _facts(inputs: Inputs, compared: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Numbers at the head of the page: value, what it counts, where it comes from."""
    impossible, findings, cells = audit_counts(inputs)
    facts: list[tuple[str, str, str]] = []
    if impossible:
        what = "printed facts that arithmetic rules out"
        facts.append((f"{impossible}", what, "#audit-impossible"))
    if findings:
        what = f"facts found by the audit, its rules applied to {cells:,} cells"
        facts.append((f"{findings:,}", what, "#audit"))
    counts = [counted for f in compared.values() if len(counted := agreement(f))]
    released = [counted[counted["series"] == RELEASED] for counted in counts]
    if sum(map(len, released)):
        every = pd.concat(released)
        n, estimable = every[["printed", "estimated"]].sum()
        starred = every.dropna(subset="stars")
        what = "printed slopes that can be compared with ours"
        facts.append((f"{estimable} of {n}", what, "#beside"))
        if len(starred):
            same = f"{starred['stars'].sum():.0f} of {starred['estimated'].sum()}"
            facts.append((same, "of those that carry the printed stars", "#beside"))
    used = int(inputs.release.panel.notna().sum().sum())
    place = "#panel" if _is_drawn(inputs) else "#tables"
    facts.append((f"{used:,}", "cells with a value in the panel", place))
    estimated = sum(t.manifest["status"] == "estimated" for t in inputs.tables)
    facts.append((f"{estimated}", "tables estimated on this release", "#tables"))
    return facts


def verdict_markdown(inputs: Inputs) -> str:
    """Answers to the paper's questions as a Markdown table."""
    return to_markdown(inputs.answers) + "\n"


def answers_markdown(inputs: Inputs) -> str:
    """Answers with all declared choices as a Markdown page."""
    return answers_page(inputs.answers)


def answers_by_table(inputs: Inputs) -> dict[str, list[str]]:
    """Answers to the paper's questions as Markdown, by the table whose numbers they rest on."""
    found: dict[str, list[str]] = {}
    for answer in inputs.answers:
        found.setdefault(answer.table_id, []).append(markdown_of(answer))
    return found


def _verdict(found: Sequence[Answer]) -> Markup:
    parts = [
        (a, answer_bars(a) if a.points else None, choice_cells(a), version_text(a)) for a in found
    ]
    return Markup(sections.verdict(parts, HEADER))


def _results(inputs: Inputs) -> Markup:
    sizes = [(table, draw_sizes(table.statistics)) for table in inputs.of_kind("unit_roots")]
    shown = [t for kind in HEADLINE_KINDS for t in inputs.of_kind(kind)]
    shown += [t for t in inputs.tables if t.kind not in HEADLINE_KINDS and t.pictures]
    drawn = [(table, plot) for table, plot in sizes if plot]
    return (
        Markup(sections.results(drawn, shown, inputs.paper.sample.units_words))
        if drawn or shown
        else Markup()
    )


def _measures(inputs: Inputs, table: StoredTable) -> list[tuple[str, str]]:
    """Measures of a table that have a data page, each with its title."""
    if table.simulated or not inputs.has_data_pages:
        return []
    has_values = inputs.release.panel.notna().any()
    titles = inputs.release.indicators.set_index("measure")["title"]
    return [(m, str(titles[m])) for m in has_values.index[has_values] if m in table.spec.measures]


def _sources(inputs: Inputs, table: StoredTable) -> list[list[str]]:
    """Rows of a table's source files; those of this data root lead to their bytes."""
    rows = []
    for source in table.manifest["sources"]:
        name = str(source["file"])
        is_linked = not table.simulated and inputs.source_file(source).exists()
        file = e.link(name, inputs.link(inputs.source_file(source))) if is_linked else name
        where = (source[part] for part in ("source", "edition", "vintage"))
        rows.append([file, *where, e.code(source["sha256"])])
    return rows
