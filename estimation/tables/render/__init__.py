"""A table in six formats, one module each: the same cells, the banner on all; appendices are files of their own.

Text from sources is data: nothing in it is executed, whatever opens the file.
"""

from __future__ import annotations

from collections.abc import Callable

from living_panel.estimation.tables.render.html import to_html, to_html_fragment
from living_panel.estimation.tables.render.latex import to_latex, to_latex_appendix
from living_panel.estimation.tables.render.markdown import escape_markdown, to_appendix, to_markdown
from living_panel.estimation.tables.render.sheets import to_csv, to_xlsx
from living_panel.estimation.tables.render.word import to_docx, to_docx_appendix
from living_panel.estimation.tables.result import TableResult

__all__ = [
    "RENDERINGS",
    "escape_markdown",
    "to_appendix",
    "to_csv",
    "to_docx",
    "to_docx_appendix",
    "to_html",
    "to_html_fragment",
    "to_latex",
    "to_latex_appendix",
    "to_markdown",
    "to_xlsx",
]

RENDERINGS: dict[str, Callable[[TableResult], str | bytes]] = {
    "table.md": to_markdown,
    "appendix.md": to_appendix,
    "table.tex": to_latex,
    "appendix.tex": to_latex_appendix,
    "table.html": to_html,
    "table.csv": to_csv,
    "table.xlsx": to_xlsx,
    "table.docx": to_docx,
    "appendix.docx": to_docx_appendix,
}
