"""Rendering of a table: the same blocks as Markdown, LaTeX, HTML, Word, Excel and CSV.

Belongs here: escaping for each format and the banner that no rendering lacks. Not here: what stands
in a cell. Text from sources is data: nothing in it is executed, whatever opens the file.
"""

from __future__ import annotations

import base64
import csv
import html
import io
from collections.abc import Callable, Iterable
from datetime import datetime

import pandas as pd
from jinja2 import Environment
from tabulate import tabulate

from estimation.tables.result import Block, Picture, TableResult

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
{% for cell in row[1:] %}<td{{ ' class="words"' | safe if loop.index in words_in(block) }}>{{ cell }}</td>\
{% endfor %}</tr>
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
td.words {{ text-align: left; white-space: normal; min-width: 20rem; }}
.banner {{ border-left: .4rem solid #b58900; background: #b5890022; padding: .3rem .8rem; }}
.simulated .banner {{ border-color: #c0392b; background: #c0392b33; font-weight: 600; }}
figure {{ margin: 1.5rem 0; }} img {{ max-width: 100%; height: auto; background: white; }}
.note {{ font-size: .875rem; max-width: 60rem; margin: .3rem 0; }}
</style></head><body>{body}</body></html>
"""

LINE = 88  # characters of a table that fit a line of LaTeX's article, in \\small
WIDE_WORD = 6  # columns; a wider table turns the Word page on its side
PAGE = 40  # rows of a table that fit its page
TINY = 76  # characters beside each other above which a long grid needs the smallest type
LONGEST_NOTES = 900  # characters of notes that a page still takes under a grid
LONGEST_NAME = 44  # characters; a longer cell is a sentence

_LATEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_\allowbreak{}",
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
        "λ": r"$\lambda$",
        "α": r"$\alpha$",
        "β": r"$\beta$",
        "δ": r"$\delta$",
        "σ": r"$\sigma$",
        "→": r"$\rightarrow$",
        "≠": r"$\ne$",
        "≈": r"$\approx$",
        "±": r"$\pm$",
        "’": "'",
        "“": "``",
        "”": "''",
        "—": "---",
    }
)


def to_html(table: TableResult) -> str:
    """Self-contained HTML page of the table; every text is escaped."""
    body = to_html_fragment(table) + "".join(map(_figure, table.pictures))
    return _HTML_PAGE.format(title=_escape_html(table.title), body=body)


def to_html_fragment(table: TableResult) -> str:
    """Only the table's own element, for a page that brings its own style."""
    return _HTML.render(table=table, words_in=columns_of_words)


def to_markdown(table: TableResult) -> str:
    """Markdown with the banner as a quotation and one pipe table a block."""
    parts = [f"## {escape_markdown(table.title)}", ""]
    parts += [f"> **{escape_markdown(line)}**  " for line in table.banner]
    for block in table.blocks:
        rows = [[escape_markdown(cell) for cell in row] for row in block.rows]
        header = [escape_markdown(cell) for cell in block.columns]
        words = columns_of_words(block)
        align = ["left" if n == 0 or n in words else "right" for n in range(len(header))]
        grid = tabulate(rows, header, tablefmt="pipe", colalign=align, disable_numparse=True)
        parts += ["", f"**{escape_markdown(block.title)}**", "", grid, ""]
        parts += [f"*{escape_markdown(note)}*  " for note in block.notes]
    parts += ["", *(f"{escape_markdown(note)}  " for note in table.notes)]
    return "\n".join(parts).rstrip() + "\n"


def to_latex(table: TableResult) -> str:
    """LaTeX with booktabs rules, one floating table a block, or a longtable where a page is too short.

    A grid wider than the text is scaled to it; columns of words are set as paragraphs. The packages it
    needs stand in its first line: booktabs always, graphicx, longtable and array where used.
    """
    grids = [_latex_grid(block) for block in table.blocks]
    packages = ["booktabs", *sorted({p for _, needed in grids for p in needed})]
    parts = [
        rf"% \usepackage{{{','.join(packages)}}}",
        "% Chinese text needs XeLaTeX or LuaLaTeX and a font that has it.",
    ]
    parts += [f"% {line}" for line in map(_one_line, table.banner)]
    banner = list(table.banner)
    if sum(map(len, banner)) > LONGEST_NOTES:
        # said once before the tables; in each of them would leave no room for the grid
        parts += [*_latex_notes(banner), r"\par\medskip", ""]
        banner = [_first_words(table)]
    for block, (lines, needed) in zip(table.blocks, grids, strict=True):
        inside, after = _latex_notes([*banner, *block.notes]), []
        if sum(map(len, block.notes)) > LONGEST_NOTES:
            inside, after = _latex_notes(banner), _latex_notes(block.notes)
        if "longtable" in needed:
            parts += [r"\begingroup\footnotesize", *lines, *inside, *after, r"\par\endgroup", ""]
            continue
        caption = rf"\caption{{{_escape_latex(block.title)}}}"
        parts += [r"\begin{table}[htbp]", r"\centering\small", caption, *lines, *inside]
        parts += [r"\end{table}", *after, ""]
    return "\n".join([*parts, *_latex_notes(table.notes)]).rstrip() + "\n"


def _latex_notes(notes: Iterable[str]) -> list[str]:
    return [rf"\par{{\footnotesize {_escape_latex(_one_line(note))}\par}}" for note in notes]


def _first_words(table: TableResult) -> str:
    """What each grid says of its figures where the banner is too long for it."""
    return f"{table.banner[0].split('.')[0]}. Figures: {table.figures_status}; see the note before the tables."


def columns_of_words(block: Block) -> frozenset[int]:
    """Columns, the first left out, that hold sentences rather than numbers or names."""
    return frozenset(n for n in range(1, len(block.columns)) if _longest(block, n) > LONGEST_NAME)


def _latex_grid(block: Block) -> tuple[list[str], set[str]]:
    """Lines of a tabular, one scaled to the text, or a longtable; and the packages it needs."""
    lengths = [_longest(block, n) for n in range(len(block.columns))]
    # a first column of long labels is set as a paragraph where it would push the numbers off the page
    words = {n for n in range(len(lengths)) if lengths[n] > LONGEST_NAME}
    line = sum(lengths) + 2 * len(lengths)
    wide = line > LINE
    characters = sum(len(cell) for row in block.rows for cell in row)
    # scaling a wide grid makes it shorter as well
    rows_needed = len(block.rows) * min(1.0, LINE / line if not words else 1.0)
    long = rows_needed > PAGE or (bool(words) and characters > LINE * PAGE)
    kinds = ["l", *"r" * (len(lengths) - 1)]
    needed = set()
    if words and (wide or long):
        needed |= {"array"}
        rest = LINE - sum(
            min(length + 2, LINE // 3) for n, length in enumerate(lengths) if n not in words
        )
        whole = sum(lengths[n] for n in words)
        for n in words:
            share = max(0.12, 0.92 * max(rest, LINE // 3) / LINE * lengths[n] / whole)
            kinds[n] = rf">{{\raggedright\arraybackslash}}p{{{min(share, 0.8):.2f}\linewidth}}"
    form = "".join(kinds)
    rows = [
        line for number, row in enumerate(block.rows) for line in _latex_body(block, number, row)
    ]
    head = [r"\toprule", _latex_row(block.columns), r"\midrule"]
    if long:
        caption = rf"\caption{{{_escape_latex(block.title)}}}\\"
        size = r"\tiny" if sum(lengths) > TINY else r"\scriptsize"
        narrow = [rf"\setlength{{\tabcolsep}}{{2.5pt}}{size}"] if wide else []
        lines = [
            *narrow,
            rf"\begin{{longtable}}{{{form}}}",
            caption,
            *head,
            r"\endfirsthead",
            *head,
            r"\endhead",
        ]
        return [*lines, *rows, r"\bottomrule", r"\end{longtable}"], needed | {"longtable"}
    lines = [rf"\begin{{tabular}}{{{form}}}", *head, *rows, r"\bottomrule", r"\end{tabular}"]
    if not wide:
        return lines, needed
    # to the width of the text where it is wider, else as it is
    fit = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
    return [fit, *lines, "}"], needed | {"graphicx"}


def _latex_body(block: Block, number: int, row: tuple[str, ...]) -> list[str]:
    rule = [r"\midrule"] if number in block.rules and number else []
    return [*rule, _latex_row(row)]


def _longest(block: Block, column: int) -> int:
    return max((len(row[column]) for row in (block.columns, *block.rows)), default=0)


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
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = table.table_id[:31]
    for line, row in enumerate(_sheet_rows(table), start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(line, column, text)
            cell.data_type = "s"
            if line <= len(table.banner) + 1:
                cell.font = Font(bold=True)
            elif column > 1 and len(text) > LONGEST_NAME:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 34
    for column in range(1, max(len(block.columns) for block in table.blocks)):
        words = any(column in columns_of_words(b) for b in table.blocks)
        sheet.column_dimensions[get_column_letter(column + 1)].width = 60 if words else 16
    buffer = io.BytesIO()
    book.properties.created = book.properties.modified = _EPOCH
    book.save(buffer)
    return buffer.getvalue()


def to_docx(table: TableResult) -> bytes:
    """Word document with real tables and the banner above them."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt

    document = Document()
    document.core_properties.created = document.core_properties.modified = _EPOCH
    if any(len(block.columns) > WIDE_WORD for block in table.blocks):
        page = document.sections[0]
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = page.page_height, page.page_width
    for page in document.sections:
        page.left_margin = page.right_margin = Cm(1.8)
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


def _figure(picture: Picture) -> str:
    """Plot inside the page itself, so that the page needs no file beside it."""
    data = base64.b64encode(picture.png).decode()
    alt = html.escape(picture.alt, quote=True)
    return f'<figure><img alt="{alt}" src="data:image/png;base64,{data}"></figure>'


def _escape_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def block_from_frame(title: str, frame: pd.DataFrame, notes: tuple[str, ...] = ()) -> Block:
    """Block of a frame of strings whose first column heads the rows."""
    rows = tuple(tuple(str(c) for c in row) for row in frame.itertuples(index=False))
    return Block(title, tuple(map(str, frame.columns)), rows, notes)
