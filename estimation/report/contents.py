"""Pages of a paper: the file of each, and the contents that lead from one to the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from living_panel.estimation.papers.printed import pairs
from living_panel.estimation.papers.schema import PrintedPaper

AUDIT, EDITIONS = "audit", "editions"
PAPER, PRINTED, OWN, DATA = "The paper", "Printed tables", "Further tables", "Data"
_NAMED = re.compile(r'\sid="([^"]+)"')
_INSIDE = re.compile(r'href="#([^"]+)"')


def page_file(paper: str, key: str = "") -> str:
    """File of a page; the one of the findings has the paper's name alone."""
    return f"{paper}.{key}.html" if key else f"{paper}.html"


def paper_of(file: str) -> str:
    """Paper of a page's file."""
    return file.partition(".")[0]


def printed_key(number: str) -> str:
    """Key of the page of a printed table."""
    return "table-" + "".join(c if c.isalnum() else "-" for c in number)


def table_name(number: str) -> str:
    """Name of a printed table: `Table 14.1` of the number `14_1`."""
    return f"Table {number.replace('_', '.')}"


def column_names(paper: PrintedPaper, number: str) -> dict[str, str]:
    """Name of each printed column by model: its group of units, or the heading as printed."""
    groups = {model: group.name for model, group in paper.groups.items()}
    return {m: groups.get(m, name) for m, name in paper.tables[number].column_names.items()}


def number_beside(paper: str, table: str) -> str | None:
    """Number of the first printed table that stands beside one of ours; None for a table without one."""
    matched = pairs(paper).items() if paper else ()
    return next((n for n, pair in matched if any(p.table == table for p in pair.every)), None)


def table_file(paper: str, table: str, kind: str) -> str:
    """File of the page with one of our tables."""
    if kind == AUDIT:
        return page_file(paper, AUDIT)
    number = number_beside(paper, table)
    return page_file(paper, table if number is None else printed_key(number))


@dataclass(frozen=True)
class Section:
    """A part of a page with its anchor and title; "" shows none."""

    identity: str
    title: str
    html: Markup


@dataclass(frozen=True)
class Page:
    """A page of a paper: its key, its group and name in the contents, its title and its sections."""

    key: str
    group: str
    name: str
    title: str
    sections: tuple[Section, ...]


def contents(paper: str, pages: Iterable[Page]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of names with their files, in the order of the pages."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for page in pages:
        groups.setdefault(page.group, []).append((page.name, page_file(paper, page.key)))
    return [*groups.items()]


def link_across(pages: Mapping[str, str]) -> dict[str, str]:
    """Lead anchors that are on another page of the paper to that page.

    Sections name anchors alone, so that none of them has to know on which page another one is.
    """
    places: dict[str, str] = {}
    named = {file: set(_NAMED.findall(html)) for file, html in pages.items()}
    for file, names in named.items():
        places |= {name: file for name in names if name not in places}

    def spread(file: str, html: str) -> str:
        def lead(match: re.Match[str]) -> str:
            name = match[1]
            if name in named[file] or name not in places:
                return match[0]
            return f'href="{places[name]}#{name}"'

        return _INSIDE.sub(lead, html)

    return {file: spread(file, html) for file, html in pages.items()}
