"""The search index of the site: a line for each paper, table, finding, printed number, measure and unit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from living_panel.estimation.papers.printed import pairs
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.contents import page_file, printed_key, table_name
from living_panel.estimation.report.inputs import Inputs, table_pages
from living_panel.estimation.report.reproduction_section import row_name

FILE = "search.js"
Found = tuple[str, str, str] | tuple[str, str, str, str]
"""Kind of what is found, its words, its address from the front page, and further words that find it."""


def search_entries(inputs: Inputs) -> Iterator[Found]:
    """Yield what the search finds of a paper, and of the panel where the paper rests on it."""
    paper = inputs.paper
    who, home = f"{', '.join(paper.authors)} ({paper.year})", page_file(paper.id)
    if paper.data_of:
        who += f", data of {paper.data_of}"
    yield "paper", f"{who}: {inputs.heading}. {paper.question}", home, _more_words(paper)
    for finding in inputs.findings:
        address = f"{home}#finding-{finding.declared.id}"
        yield "finding", f"{finding.claim} {finding.figure} {who}", address
    for shown in table_pages(inputs):
        yield "table", f"{shown.title}, {who}", page_file(paper.id, shown.key)
    yield from _printed_numbers(inputs, who)
    if inputs.has_data_pages:
        yield from _panel(inputs)


def _more_words(paper: PrintedPaper) -> str:
    """Title, outcome and terms of a paper, by name and in words."""
    outcomes = [paper.equation.lhs]
    for table in paper.tables.values():
        by_column = table.dependent
        outcomes += by_column.values() if isinstance(by_column, dict) else [by_column]
    printed = [cell.term for table in paper.tables.values() for cell in table.cells]
    names = [*outcomes, *printed, *paper.variables, *paper.roles]
    labels = [variable.label for variable in paper.variables.values()]
    labels += [role.label for role in paper.roles.values()]
    words = (paper.title, *(paper.name_of(name) for name in names), *names, *labels)
    return " ".join(word for word in dict.fromkeys(words) if word)


def _printed_numbers(inputs: Inputs, who: str) -> Iterator[Found]:
    has_page = pairs(inputs.paper.id)
    for _, parts in inputs.reproduction.groupby("place", sort=False):
        row = parts.iloc[0]
        number = str(row["printed_table"])
        key = printed_key(number) if number in has_page else "numbers"
        printed = " ".join(parts["printed"])
        place = f"{table_name(number)}, {row_name(inputs.paper, row)}, {row['column']}"
        words = f"{printed}: {place}, {who}"
        yield "printed number", words, page_file(inputs.paper.id, key)


def _panel(inputs: Inputs) -> Iterator[Found]:
    release = inputs.release
    has_values = release.panel.notna().any()
    about = release.indicators.set_index("measure")
    for measure in has_values.index[has_values]:
        title, unit = about.loc[measure, ["title", "unit"]]
        yield "measure", f"{title}, {unit}", f"data/measure_{measure}.html"
    for code, name in release.unit_names.items():
        yield "unit", f"{name} {code}", f"data/province_{code}.html"


def search_script(entries: Iterable[Found], *, simulated: bool = False) -> str:
    """The index as a script, which a page from disk can load as one from a server does."""
    text = json.dumps([*dict.fromkeys(entries)], ensure_ascii=False, separators=(",", ":"))
    mark = "// SIMULATED VALUES\n" if simulated else ""
    return f"{mark}const searchIndex={text};\n"
