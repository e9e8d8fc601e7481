"""Elements and sections of the page: Jinja macros for Python to call, which escape every text they are given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from living_panel.estimation.report.contents import Section
from living_panel.estimation.report.gather import StoredTable
from living_panel.problems import name_commands

END_TAG = re.compile(r"</(?:td|th|tr)>\s*(?=<(?:td|th|tr|/tr|/thead|/tbody)\b)")
EMPTY_HEADER = re.compile(r'<th scope="\w+"></th>')
TEXT = re.compile(r"(?<=>)[^<>]+(?=<)")
FORMULA = re.compile(r"[\w.]+(?:\([^)]*\))? ~ .*?(?=\.?$)")
NAME = re.compile(r"(?<![\w./=#-])[A-Za-z]\w*_\w+(?![\w/#-]|\.\w)|\b[Idl]\([^()]*\)")
"""A name with underscores that is no part of an address or of a file's name, or a term such as `I(x * 0.05)`."""
PER_CENT = re.compile(r"(?<=\d) ?%(?![0-9A-Fa-f]{2})")


def named_in_words(text: str, titles: Mapping[str, str]) -> Markup:
    """A text with measures by their titles; other names with underscores, and formulas, are code."""
    escaped = unbroken(str(escape(text)))
    if formula := FORMULA.search(escaped):
        before, after = escaped[: formula.start()], escaped[formula.end() :]
        return joined(
            [Markup(before), Markup("<code>{}</code>").format(Markup(formula[0])), Markup(after)]
        )

    def name(match: re.Match[str]) -> str:
        return str(escape(titles[match[0]])) if match[0] in titles else f"<code>{match[0]}</code>"

    return Markup(NAME.sub(name, escaped))


def reading(table: StoredTable, titles: Mapping[str, str]) -> Markup:
    """A stored table's element as part of the page; the page's script leads its numbers to the lineage.

    `titles` are the words for the names of measures.
    """
    name = f'id="{table.table_id}"'
    leading = f'id="read-{table.table_id}" data-lineage="{escape(table.lineage[1:])}"'
    text = table.fragment.replace(name, leading, 1)
    text = text.replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    text = TEXT.sub(lambda part: named_in_words(Markup(part[0]), titles), text)
    text = EMPTY_HEADER.sub("<td></td>", text).replace('role="region"', 'role="group"')
    return Markup(text.replace(" %", "\N{NO-BREAK SPACE}%"))


def unbroken(value: Any) -> Any:
    """A text whose per cent signs stay on the line of their numbers."""
    plain = isinstance(value, str) and not isinstance(value, Markup)
    return PER_CENT.sub("\N{NO-BREAK SPACE}%", value) if plain else value


TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=unbroken,
)
TEMPLATES.filters["reading"] = reading
TEMPLATES.filters["signed"] = lambda value: str(value).replace("-", "\N{MINUS SIGN}")
TEMPLATES.filters["as_called"] = lambda command: name_commands(f"`{command}`").strip("`")
e: Any = TEMPLATES.get_template("page.elements.html.j2").module
sections: Any = TEMPLATES.get_template("page.sections.html.j2").module


def render(template: str, **values: Any) -> str:
    """Page of a template, without the end tags that HTML lets out: a tenth of a page of tables."""
    page = TEMPLATES.get_template(template).render(**values)
    return END_TAG.sub("", page)


def render_page(title: str, sections: Iterable[Section], identity: str, **values: Any) -> str:
    """A page of the site: its header, its contents at the side, its sections, its style and its script.

    `values` are crumbs, lead, contents, here, of, simulated, footer and script, as the template has them.
    """
    css, script = (Path(__file__).resolve().with_name(f"page.{end}") for end in ("css", "js"))
    return render(
        "page.html.j2",
        title=title,
        sections=sections,
        identity=identity,
        css=css.read_text(encoding="utf-8"),
        **{"script": script.read_text(encoding="utf-8"), **values},
    )


def looks() -> list[str]:
    """Return the text of every file that makes pages: modules, templates, styles, scripts.

    Pages of data are made again when one of them changes.
    """
    folder = Path(__file__).resolve().parent
    files = [path for end in ("py", "j2", "css", "js") for path in sorted(folder.glob(f"*.{end}"))]
    return [path.read_text(encoding="utf-8") for path in files]


def joined(parts: Iterable[str]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def yes_no(value: Any) -> Markup:
    """Agreement in a word, coloured; a dash where there is nothing to compare."""
    return Markup(e.verdict(None if pd.isna(value) else bool(value)))
