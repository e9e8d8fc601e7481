"""Elements of the page: Jinja macros for Python to call, which escape every text they are given."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

NUMBER_CELL = re.compile(r"<td(?P<attributes>[^>]*)>(?P<text>[^<]*\d[^<]*)</td>")
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
e: Any = TEMPLATES.get_template("page.elements.html.j2").module


def joined(parts: Iterable[str]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def yes_no(value: Any) -> Markup:
    """Agreement in a word, coloured; a dash where there is nothing to compare."""
    return Markup(e.verdict(None if pd.isna(value) else bool(value)))


def linked(fragment: str, href: str) -> Markup:
    """A stored table's element whose every number leads to its lineage."""
    opening = f'<a class="n" tabindex="-1" href="{escape(href)}">'
    return Markup(
        NUMBER_CELL.sub(lambda m: f"<td{m['attributes']}>{opening}{m['text']}</a></td>", fragment)
    )
