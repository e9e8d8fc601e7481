"""Elements of the page: tables with captions and scopes, figures, links from numbers to their lineage."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

NUMBER_CELL = re.compile(r"<td(?P<attributes>[^>]*)>(?P<text>[^<]*\d[^<]*)</td>")


def escape(text: object) -> str:
    """Text as HTML shows it."""
    return html.escape(str(text), quote=True)


def number(text: object, href: str) -> str:
    """A number that leads to its lineage; out of the order of the tab key, there being thousands."""
    return f'<a class="n" tabindex="-1" href="{escape(href)}">{escape(text)}</a>'


def linked(fragment: str, href: str) -> str:
    """A stored table's element whose every number leads to its lineage."""
    return NUMBER_CELL.sub(
        lambda m: (
            f'<td{m["attributes"]}><a class="n" tabindex="-1" href="{escape(href)}">{m["text"]}</a></td>'
        ),
        fragment,
    )


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    words: Iterable[int] = (),
    left: Iterable[int] = (),
) -> str:
    """Table in its own scrolling region; cells are HTML already, captions and headers are text."""
    classes = {n: ' class="words"' for n in words} | {n: ' class="left"' for n in left}
    head = "".join(
        f'<th scope="col"{classes.get(n, "")}>{escape(c)}</th>' for n, c in enumerate(columns)
    )
    lines = []
    for row in rows:
        first, *rest = row
        cells = "".join(f"<td{classes.get(n, '')}>{c}</td>" for n, c in enumerate(rest, start=1))
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def figure(content: str, caption: str = "", *, title: str = "", wide: bool = False) -> str:
    """Figure with a title above and words below; a wide one scrolls by itself on a narrow screen."""
    above = f"<b>{escape(title)}</b>" if title else ""
    under = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    opening = '<figure class="wide" tabindex="0">' if wide else "<figure>"
    return f"{opening}{above}{content}{under}</figure>"


def image(address: str, alt: str) -> str:
    """Picture that a table stored, on a light ground in both schemes."""
    return f'<img src="{address}" alt="{escape(alt)}">'


def paragraph(text: str, kind: str = "") -> str:
    """Paragraph of plain text."""
    return f"<p{f' class={kind}' if kind else ''}>{escape(text)}</p>"


def details(title: str, what: str, inside: str, *, identity: str = "", opened: bool = False) -> str:
    """Part that a reader unfolds."""
    name = f' id="{escape(identity)}"' if identity else ""
    return (
        f"<details{name}{' open' if opened else ''}><summary>{escape(title)} "
        f'<span class="what">{escape(what)}</span></summary><div class="inside">{inside}</div></details>'
    )


def yes_no(value: Any) -> str:
    """Agreement in a word, coloured; a dash where there is nothing to compare."""
    if pd.isna(value):
        return '<span class="none">–</span>'
    return '<span class="yes">yes</span>' if bool(value) else '<span class="no">no</span>'


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """Legend of colours: (name of a page colour, words)."""
    items = "".join(
        f'<li><i style="background:var(--{escape(colour)})"></i>{escape(text)}</li>'
        for colour, text in entries
    )
    return f'<ul class="legend">{items}</ul>'
