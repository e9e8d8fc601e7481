"""The pages of a paper: their sections in order, put into the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.report.answers import markdown_of, to_markdown
from living_panel.estimation.report.choice_table import (
    HEADER,
    answers_page,
    choice_cells,
    version_text,
)
from living_panel.estimation.report.contents import (
    AUDIT,
    DATA,
    EDITIONS,
    OWN,
    PAPER,
    PRINTED,
    Page,
    Section,
    contents,
    link_across,
    page_file,
    table_file,
)
from living_panel.estimation.report.data_pages import FOLDER as DATA_PAGES
from living_panel.estimation.report.elements import e, joined, render_page, sections
from living_panel.estimation.report.gather import RELEASED, StoredTable
from living_panel.estimation.report.inputs import Inputs, ShownTables, table_pages
from living_panel.estimation.report.panel_sections import movement_section, panel_section
from living_panel.estimation.report.printed_sections import (
    audit_counts,
    audit_section,
    beside_section,
    comparisons_of,
    printed_section,
)
from living_panel.estimation.report.reproduction_section import (
    paper_counts,
    reproduction_section,
)
from living_panel.estimation.report.result_pictures import answer_bars, draw_sizes, sizes_csv
from living_panel.estimation.report.side_by_side import agreement
from living_panel.estimation.report.strips import editions_section

MOST_UNITS = 300
MOST_ROWS = 120
"""Rows of a table that is shown unfolded."""
FOOTER = (
    "The page shows stored results and computes no number. Click a number to see the origin of its table: "
    "artifact, data release and every source file. The page loads nothing from the internet."
)
# figures that say what a whole table is about come first, by kind of table
HEADLINE_KINDS = ("staggered_adoption", "curve", "synergy", "robustness", "planted")


def build_pages(inputs: Inputs, identity: str = "") -> dict[str, str]:
    """Pages of a paper as HTML by file; the first one has the answers, and its head the identity of all.

    A page needs no other file; its links lead to the other pages.
    """
    pages = _pages(inputs)
    made = {
        page_file(inputs.paper.id, page.key): _render(inputs, page, pages, identity)
        for page in pages
    }
    return link_across(made)


def _pages(inputs: Inputs) -> list[Page]:
    """Every page of a paper that has something to show."""
    compared, numbers = comparisons_of(inputs), inputs.reproduction
    pages = [
        _page("", PAPER, "Answers", "", _answers(inputs, compared)),
        _page("numbers", PAPER, "Printed numbers", "Printed numbers and ours", [
            ("reproduction", "How many printed numbers are reproduced", reproduction_section(inputs, numbers)),
            ("beside", "How far printed tables and ours agree", beside_section(inputs, compared)),
        ]),
        _page(EDITIONS, PAPER, "Editions", "The conclusions over the editions of the data", [
            ("editions", "", editions_section(
                inputs.paper, inputs.edition_path, inputs.edition_steps, inputs.names
            )),
        ]),
        _page("changes", PAPER, "Changes", "Revisions and their effects", [
            ("movement", "", movement_section(inputs)),
        ]),
        *(_audit_page(inputs, table) for table in inputs.of_kind(AUDIT)),
        *(_table_page(inputs, compared, shown) for shown in table_pages(inputs)),
        _page("data", DATA, "The panel", "The panel", [
            ("panel", "", panel_section(inputs, is_drawn=_is_drawn(inputs)))
        ]),
    ]  # fmt: skip
    return [page for page in pages if page.sections]


def _page(
    key: str, group: str, name: str, title: str, sections: Sequence[tuple[str, str, Markup]]
) -> Page:
    """A page of the sections that have something to show."""
    return Page(key, group, name, title, tuple(Section(*one) for one in sections if one[2]))


def _answers(
    inputs: Inputs, compared: Mapping[str, pd.DataFrame]
) -> Sequence[tuple[str, str, Markup]]:
    """The page that a reader of a paper sees first."""
    head = Markup(
        sections.head(
            inputs.paper,
            inputs.release.release_id,
            e.cards(inputs.answers) if inputs.answers else "",
            [*_reproduced(inputs.reproduction), *_facts(inputs, compared)],
            [] if inputs.release.simulated else inputs.paper.remarks,
        )
    )
    cite = Markup(sections.citation(inputs.paper, inputs.release.release_id, "", ""))
    return [
        ("head", "", head),
        ("verdict", "The answers", _verdict(inputs)),
        ("cite", "How to cite this page", cite),
    ]


def _table_page(inputs: Inputs, compared: Mapping[str, pd.DataFrame], shown: ShownTables) -> Page:
    """A printed table with ours, or one of ours alone: comparison, figures, table, files, citation, sources."""
    body = []
    if shown.number is not None:
        beside = printed_section(inputs, shown.number, compared.get(shown.number))
        body.append((f"printed-{shown.number}", "", beside))
    for table in shown.own:
        body.append(
            (f"table-{table.table_id}", _own_title(table, shown), _own_table(inputs, table))
        )
    for table in (*shown.own, *shown.demo):
        body.append((table.lineage[1:], _sources_title(table), _lineage(inputs, table)))
    return _page(shown.key, PRINTED if shown.number else OWN, shown.name, shown.title, body)


def _audit_page(inputs: Inputs, table: StoredTable) -> Page:
    """The inconsistencies of an audit, and its table."""
    return _page(AUDIT, PAPER, "Audit", "Audit of the printed paper", [
        ("audit", "", audit_section(table)),
        (f"table-{table.table_id}", "The table with its files", _own_table(inputs, table)),
        (table.lineage[1:], _sources_title(table), _lineage(inputs, table)),
    ])  # fmt: skip


def _own_title(table: StoredTable, shown: ShownTables) -> str:
    return "" if shown.number is None else f"Ours: {table.manifest['title']}"


def _sources_title(table: StoredTable) -> str:
    of = f" ({table.series})" if table.simulated else ""
    return f"From a number to its source files{of}"


def _own_table(inputs: Inputs, table: StoredTable) -> Markup:
    """One of our tables: its figures, its cells, its files and how to cite it."""
    sizes = draw_sizes(table.statistics) if table.kind == "unit_roots" else None
    values = sizes_csv(table.statistics) if sizes else ""
    folder = inputs.link(table.folder)
    units = inputs.paper.sample.units_words
    drawn = Markup(sections.figures(table, sizes, values, units, folder))
    markup = Markup(sections.table(table, inputs, table.rows <= MOST_ROWS))
    artifact = f"{table.table_id}/{table.manifest['artifact_id']}"
    file = table_file(inputs.paper.id, table.table_id, table.kind)
    cite = sections.citation(inputs.paper, inputs.release.release_id, artifact, file)
    parts = (drawn, markup) if table.kind in HEADLINE_KINDS else (markup, drawn)
    return joined([*parts, Markup(cite)])


def _lineage(inputs: Inputs, table: StoredTable) -> Markup:
    sources, measures = _sources(inputs, table), _measures(inputs, table)
    return Markup(sections.lineage(inputs, table, sources, measures))


def _render(inputs: Inputs, page: Page, pages: Sequence[Page], identity: str) -> str:
    paper = inputs.paper
    heading, home = inputs.heading, page_file(paper.id)
    crumbs = [("All papers", "index.html"), *([(heading, home)] if page.key else [])]
    crumbs += [("Data pages", f"{DATA_PAGES}/index.html")] if inputs.has_data_pages else []
    return render_page(
        page.title or heading,
        page.sections,
        identity,
        of=heading if page.key else "",
        crumbs=crumbs,
        simulated=inputs.release.simulated,
        contents=contents(paper.id, pages),
        here=page_file(paper.id, page.key),
        footer=FOOTER,
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
    impossible, inconsistencies, cells = audit_counts(inputs)
    facts: list[tuple[str, str, str]] = []
    if impossible:
        what = "facts in print that are arithmetically impossible"
        facts.append((f"{impossible}", what, "#audit-impossible"))
    if inconsistencies:
        what = f"facts found by the audit; its rules applied to {cells:,} printed cells"
        facts.append((f"{inconsistencies:,}", what, "#audit"))
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
            facts.append((same, "compared slopes that have the printed stars", "#beside"))
    used = int(inputs.release.panel.notna().sum().sum())
    facts.append((f"{used:,}", "cells with a value in the panel", "#panel"))
    estimated = sum(t.manifest["status"] == "estimated" for t in inputs.tables)
    first = f"#table-{inputs.tables[0].table_id}"
    facts.append((f"{estimated}", "tables estimated on this release", first))
    return facts


def verdict_markdown(inputs: Inputs) -> str:
    """Answers to the paper's questions as a Markdown table."""
    return to_markdown(inputs.answers) + "\n"


def answers_markdown(inputs: Inputs) -> str:
    """Answers with all declared choices as a Markdown page."""
    return answers_page(inputs.answers)


def answers_by_table(inputs: Inputs) -> dict[str, list[str]]:
    """Answers to the paper's questions as Markdown, by the table whose numbers they rest on."""
    texts: dict[str, list[str]] = {}
    for answer in inputs.answers:
        texts.setdefault(answer.table_id, []).append(markdown_of(answer))
    return texts


def _verdict(inputs: Inputs) -> Markup:
    parts = [
        (a, answer_bars(a) if a.points else None, choice_cells(a), version_text(a))
        for a in inputs.answers
    ]
    return Markup(sections.verdict(parts, HEADER, inputs.names))


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
        file = e.link(name, inputs.link(inputs.source_file(source))) if is_linked else e.code(name)
        of = str(source["source"]).replace("_", " ")
        rows.append([file, of, source["edition"], source["vintage"], e.code(source["sha256"])])
    return rows
