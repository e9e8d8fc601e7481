"""Elements and sections of the page: Jinja macros for Python to call, which escape every text they are given."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from estimation.report.gather import StoredTable

NUMBER_CELL = re.compile(r"<td(?P<attributes>[^>]*)>(?P<text>[^<]*\d[^<]*)</td>")
PER_CENT = re.compile(r"(?<=\d) ?%(?![0-9A-Fa-f]{2})")


def reading(table: StoredTable) -> Markup:
    """A stored table's element as part of the page: every number leads to its lineage."""
    opening = f'<a class="n" tabindex="-1" href="{escape(table.lineage)}">'
    text = table.fragment.replace(f'id="{table.table_id}"', f'id="read-{table.table_id}"', 1)
    text = (
        text.replace("<h2>", "<h3>").replace("</h2>", "</h3>").replace(" %", "\N{NO-BREAK SPACE}%")
    )
    return Markup(
        NUMBER_CELL.sub(lambda m: f"<td{m['attributes']}>{opening}{m['text']}</a></td>", text)
    )


def unbroken(value: Any) -> Any:
    """A text whose per cent signs stay on the line of their numbers."""
    plain = isinstance(value, str) and not isinstance(value, Markup)
    return PER_CENT.sub("\N{NO-BREAK SPACE}%", value) if plain else value


TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=unbroken,
)
TEMPLATES.filters["reading"] = reading
e: Any = TEMPLATES.get_template("page.elements.html.j2").module
sections: Any = TEMPLATES.get_template("page.sections.html.j2").module


def joined(parts: Iterable[str]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def yes_no(value: Any) -> Markup:
    """Agreement in a word, coloured; a dash where there is nothing to compare."""
    return Markup(e.verdict(None if pd.isna(value) else bool(value)))
