"""The pages of a paper: their sections in order, put into the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.audit.reproduction import agreement
from living_panel.estimation.findings.declared import Printed
from living_panel.estimation.report.choice_table import (
    HEADER,
    choice_cells,
    findings_page,
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
    column_names,
    contents,
    link_across,
    page_file,
    printed_key,
    table_file,
    table_name,
)
from living_panel.estimation.report.data_pages import FOLDER as DATA_PAGES
from living_panel.estimation.report.elements import e, joined, render_page, sections
from living_panel.estimation.report.finding import markdown_of
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
    printed_cell,
    reproduction_section,
)
from living_panel.estimation.report.result_pictures import draw_sizes, finding_bars, sizes_csv
from living_panel.estimation.report.stored import printed_value
from living_panel.estimation.report.strips import editions_section
from living_panel.estimation.tables.texts import minus, places_to_show

MOST_UNITS = 300
MOST_ROWS = 120
"""Rows of a table that is shown unfolded."""
FOOTER = (
    "The page shows stored results and computes no number. Click a number to see the origin of its table: "
    "artifact, data release and every source file. The page loads nothing from the internet."
)
COMPARED = ("Printed cell", "Printed", "Ours for this cell", "Status", "The finding's number")
# figures that say what a whole table is about come first, by kind of table
HEADLINE_KINDS = ("staggered_adoption", "curve", "synergy", "robustness", "planted")


def build_pages(inputs: Inputs, identity: str = "") -> dict[str, str]:
    """Pages of a paper as HTML by file; the first one has the findings, and its head the identity of all.

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
        _page("", PAPER, "Findings", "", _first(inputs, compared)),
        _page("numbers", PAPER, "Printed numbers", "Printed numbers and ours", [
            ("reproduction", "How many printed numbers are reproduced", reproduction_section(inputs, numbers)),
            ("beside", "How far printed tables and ours agree", beside_section(inputs, compared)),
        ]),
        _page(EDITIONS, PAPER, "Editions", "The findings over the editions of the data", [
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


def _first(
    inputs: Inputs, compared: Mapping[str, pd.DataFrame]
) -> Sequence[tuple[str, str, Markup]]:
    """The page that a reader of a paper sees first: findings, comparison with print, and last what it rests on."""
    about = sections.head(
        inputs.paper,
        inputs.release.release_id,
        _done(inputs),
        [*_reproduced(inputs.reproduction), *_facts(inputs, compared)],
        [] if inputs.release.simulated else inputs.paper.remarks,
    )
    cite = Markup(sections.citation(inputs.paper, inputs.release.release_id, "", ""))
    return [
        ("findings", "", _findings(inputs)),
        ("comparison", "Printed numbers and ours", _comparison(inputs)),
        ("head", "Tables and data behind this page", Markup(about)),
        ("cite", "How to cite this page", cite),
    ]


def _findings(inputs: Inputs) -> Markup:
    """Each finding with its state, its chart, its sentences and its choices."""
    parts = [
        (f, finding_bars(f) if f.points else None, choice_cells(f), version_text(f))
        for f in inputs.findings
    ]
    return Markup(sections.findings(parts, HEADER, inputs.names))


def _comparison(inputs: Inputs) -> Markup:
    """The printed numbers of each finding beside ours for the same cells, and beside the number of today's data."""
    paper, rows, seen = inputs.paper, list[list[str]](), set[Printed]()
    for finding in inputs.findings:
        printed = getattr(finding.declared, "printed", None)
        if printed is None:
            continue
        names = column_names(paper, printed.table)
        file = page_file(paper.id, printed_key(printed.table))
        for model in filter(None, (printed.model, printed.minus)):
            of = printed.model_copy(update={"model": model, "minus": None})
            if of in seen and printed.minus:
                continue
            seen.add(of)
            cell, number = printed_cell(inputs.reproduction, of), printed_value(of, paper)
            ours, status = "", ""
            if cell is not None:
                places = places_to_show(cell["ours"], int(cell["decimals"]))
                ours, status = minus(cell["ours"], places), str(cell["status"])
            words = f"{table_name(printed.table)}, {names[model]}, {paper.name_of(printed.term)}"
            figure = "" if printed.minus else finding.figure
            rows.append([e.link(words, file), number.text if number else "", ours, status, figure])
    if not rows:
        return Markup()
    shown = [e.table("The printed numbers of the findings", COMPARED, rows, left=[3])]
    for value, words, link in _reproduced(inputs.reproduction):
        shown.append(Markup("<p>{}: {}.</p>").format(e.link(f"{value}", link), words))
    return joined(shown)


def _done(inputs: Inputs) -> str:
    """What was done with the paper: its audit where one is published, the comparison of its printed numbers."""
    if inputs.reproduction.empty:
        return "estimated on"
    return f"{'checked for consistency and ' if inputs.of_kind(AUDIT) else ''}compared with"


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
    first = f"#table-{inputs.tables[0].table_id}" if inputs.tables else "#panel"
    facts.append((f"{estimated}", "tables estimated on this release", first))
    return facts


def findings_by_table(inputs: Inputs) -> dict[str, list[str]]:
    """The paper's findings as Markdown, by the table whose numbers they rest on."""
    texts: dict[str, list[str]] = {}
    for finding in inputs.findings:
        texts.setdefault(finding.table_id, []).append(markdown_of(finding))
    return texts


def findings_markdown(inputs: Inputs) -> str:
    """Findings with all declared choices as Markdown: the part of one paper in docs/findings.md."""
    return findings_page(inputs.paper, inputs.findings)


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
        rows.append([file, of, source["edition"], source["vintage"], e.hash(source["sha256"])])
    return rows
