"""Rendering of a table: the same blocks as Markdown, LaTeX, HTML, Word, Excel and CSV.

Belongs here: escaping for each format and the banner that no rendering lacks. Not here: what stands
in a cell. Text from sources is data: nothing in it is executed, whatever opens the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime

import pandas as pd
from jinja2 import Environment
from tabulate import tabulate

from estimation.results import Block, TableResult

# Office files carry a date; a fixed one keeps the bytes of one table the same.
_EPOCH = datetime(2025, 1, 1)

_HTML = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<article class="living-table{{ ' simulated' if 'simulated' in table.figures_status }}" \
id="{{ table.table_id }}">
<h2>{{ table.title }}</h2>
<div class="banner" role="note"><ul>
{% for line in table.banner %}<li>{{ line }}</li>
{% endfor %}</ul></div>
{% for block in table.blocks %}
<div class="scroll" tabindex="0" role="region" aria-label="{{ block.title }}"><table>
<caption>{{ block.title }}</caption>
<thead><tr>{% for cell in block.columns %}<th scope="col">{{ cell }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in block.rows %}
<tr{{ ' class="rule"' | safe if loop.index0 in block.rules }}><th scope="row">{{ row[0] }}</th>\
{% for cell in row[1:] %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody></table></div>
{% for note in block.notes %}<p class="note">{{ note }}</p>
{% endfor %}
{% endfor %}
{% for note in table.notes %}<p class="note">{{ note }}</p>
{% endfor %}
</article>
"""
)

_HTML_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1.5rem 0 .5rem; }}
caption {{ text-align: left; font-weight: 600; padding-bottom: .4rem; }}
th, td {{ padding: .15rem .7rem; text-align: right; white-space: nowrap; }}
th[scope=row], thead th:first-child {{ text-align: left; font-weight: 500; }}
thead tr {{ border-top: 2px solid; border-bottom: 1px solid; }}
tbody tr:last-child {{ border-bottom: 2px solid; }}
tr.rule {{ border-top: 1px solid; }}
.banner {{ border-left: .4rem solid #b58900; background: #b5890022; padding: .3rem .8rem; }}
.simulated .banner {{ border-color: #c0392b; background: #c0392b33; font-weight: 600; }}
.note {{ font-size: .875rem; max-width: 60rem; margin: .3rem 0; }}
</style></head><body>{body}</body></html>
"""

_LATEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "−": r"$-$",
        "×": r"$\times$",
        "²": r"$^2$",
        "Δ": r"$\Delta$",
        "≤": r"$\le$",
        "≥": r"$\ge$",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "·": r"$\cdot$",
        "–": "--",
        "…": r"\ldots{}",
        "χ": r"$\chi$",
        "ρ": r"$\rho$",
    }
)


def to_html(table: TableResult) -> str:
    """Self-contained HTML page of the table; every text is escaped."""
    return _HTML_PAGE.format(title=_escape_html(table.title), body=to_html_fragment(table))


def to_html_fragment(table: TableResult) -> str:
    """Only the table's own element, for a page that brings its own style."""
    return _HTML.render(table=table)


def to_markdown(table: TableResult) -> str:
    """Markdown with the banner as a quotation and one pipe table a block."""
    parts = [f"## {escape_markdown(table.title)}", ""]
    parts += [f"> **{escape_markdown(line)}**  " for line in table.banner]
    for block in table.blocks:
        rows = [[escape_markdown(cell) for cell in row] for row in block.rows]
        header = [escape_markdown(cell) for cell in block.columns]
        align = ["left"] + ["right"] * (len(header) - 1)
        grid = tabulate(rows, header, tablefmt="pipe", colalign=align, disable_numparse=True)
        parts += ["", f"**{escape_markdown(block.title)}**", "", grid, ""]
        parts += [f"*{escape_markdown(note)}*  " for note in block.notes]
    parts += ["", *(f"{escape_markdown(note)}  " for note in table.notes)]
    return "\n".join(parts).rstrip() + "\n"


def to_latex(table: TableResult) -> str:
    """LaTeX with booktabs rules; needs \\usepackage{booktabs} and, for Chinese, a CJK engine."""
    parts = [f"% {line}" for line in map(_one_line, table.banner)]
    for block in table.blocks:
        parts += [
            r"\begin{table}[htbp]",
            r"\centering\small",
            rf"\caption{{{_escape_latex(block.title)}}}",
            rf"\begin{{tabular}}{{l{'r' * (len(block.columns) - 1)}}}",
            r"\toprule",
            _latex_row(block.columns),
            r"\midrule",
        ]
        for number, row in enumerate(block.rows):
            if number in block.rules and number:
                parts.append(r"\midrule")
            parts.append(_latex_row(row))
        parts += [r"\bottomrule", r"\end{tabular}"]
        footnotes = [*table.banner, *block.notes, *table.notes]
        parts += [rf"\par\footnotesize {_escape_latex(_one_line(n))}" for n in footnotes]
        parts += [r"\end{table}", ""]
    return "\n".join(parts)


def to_csv(table: TableResult) -> str:
    """CSV of the rendered cells; text that a spreadsheet would run as a formula is defused."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in _sheet_rows(table):
        writer.writerow(row)
    return buffer.getvalue()


def to_xlsx(table: TableResult) -> bytes:
    """Excel workbook, one sheet; every cell is text, so nothing can be a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = table.table_id[:31]
    for line, row in enumerate(_sheet_rows(table), start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(line, column, text)
            cell.data_type = "s"
            if line <= len(table.banner) + 1:
                cell.font = Font(bold=True)
    sheet.column_dimensions["A"].width = 34
    buffer = io.BytesIO()
    book.properties.created = book.properties.modified = _EPOCH
    book.save(buffer)
    return buffer.getvalue()


def to_docx(table: TableResult) -> bytes:
    """Word document with real tables and the banner above them."""
    from docx import Document
    from docx.shared import Pt

    document = Document()
    document.core_properties.created = document.core_properties.modified = _EPOCH
    document.add_heading(table.title, level=1)
    for line in table.banner:
        document.add_paragraph(style="Intense Quote").add_run(_printable(line))
    for block in table.blocks:
        document.add_heading(_printable(block.title), level=2)
        grid = document.add_table(rows=1, cols=len(block.columns), style="Light List")
        for row in [block.columns, *block.rows]:
            cells = grid.rows[0].cells if row is block.columns else grid.add_row().cells
            for cell, text in zip(cells, row, strict=True):
                run = cell.paragraphs[0].add_run(_printable(text))
                run.font.size = Pt(8)
        for note in block.notes:
            document.add_paragraph(_printable(note)).runs[0].font.size = Pt(8)
    for note in table.notes:
        document.add_paragraph(_printable(note)).runs[0].font.size = Pt(8)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


RENDERINGS: dict[str, Callable[[TableResult], str | bytes]] = {
    "table.md": to_markdown,
    "table.tex": to_latex,
    "table.html": to_html,
    "table.csv": to_csv,
    "table.xlsx": to_xlsx,
    "table.docx": to_docx,
}


def _sheet_rows(table: TableResult) -> list[list[str]]:
    rows = [[table.title], *([line] for line in table.banner)]
    for block in table.blocks:
        rows += [[], [block.title], list(block.columns), *(list(r) for r in block.rows)]
        rows += [[note] for note in block.notes]
    rows += [[note] for note in table.notes]
    return [[_defused(cell) for cell in row] for row in rows]


def _defused(text: str) -> str:
    text = _printable(text)
    looks_like_formula = text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if looks_like_formula and not _is_number(text) else text


def _is_number(text: str) -> bool:
    bare = text.rstrip("*").replace(",", "")
    try:
        float(bare)
    except ValueError:
        return False
    return True


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


def _latex_row(cells: tuple[str, ...]) -> str:
    return " & ".join(_escape_latex(_one_line(cell)) for cell in cells) + r" \\"


def _escape_latex(text: str) -> str:
    return _printable(text).translate(_LATEX_ESCAPES)


def escape_markdown(text: str) -> str:
    """Text as Markdown shows it, on one line, with nothing read as markup."""
    text = _one_line(_printable(text))
    for character in "\\`*_[]|<>":
        text = text.replace(character, "\\" + character)
    return text


def _escape_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def block_from_frame(title: str, frame: pd.DataFrame, notes: tuple[str, ...] = ()) -> Block:
    """Block of a frame of strings whose first column heads the rows."""
    rows = tuple(tuple(str(c) for c in row) for row in frame.itertuples(index=False))
    return Block(title, tuple(map(str, frame.columns)), rows, notes)
