"""LaTeX with booktabs rules and siunitx: the main table alone, the appendix in another file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from math import ceil
from textwrap import wrap

from living_panel.estimation.tables.render.plain import LONGEST_NAME, NUMBER, one_line, printable
from living_panel.estimation.tables.result import Block, TableResult

NUMBERED = re.compile(r"^Table [\w.]*\w\. ")
LINE = 88  # characters of a table that fit a line of LaTeX's article, in \\small
SMALLEST = 0.75  # to which a grid is scaled before the page is turned: 9 pt become 7
PAGE = 40  # rows of a table that fit its page
PARAGRAPH = 40  # characters of one line of a paragraph in a table
SHORTEST_LINE = 12  # characters of a head that are not broken
WIDEST = 2 * LINE  # characters of a row above which intervals are broken into lines as well
LONGEST_INTERVAL = 16  # characters of an interval that stay on one line there
TINY = 76  # characters in a row above which a long grid needs the smallest type
LONGEST_NOTES = 900  # characters of notes that a page still takes under a grid

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


def to_latex(table: TableResult) -> str:
    r"""Return the main table alone, to be read by `\input`: its first grid as a float with a label.

    Estimates, standard errors and stars are aligned by siunitx. A grid wider than the text is scaled to
    it, and the page turned where that would be illegible; a grid longer than a page is a longtable. The packages it
    needs are in its first line.
    """
    main = table.page[:1]
    captions = [_caption(table, block) for block in main]
    if sum(map(len, table.banner)) > LONGEST_NOTES:
        return _document(table, main, captions, [_first_words(table)], ())
    return _document(table, main, captions, list(table.banner), table.notes)


def to_latex_appendix(table: TableResult) -> str:
    """Return every other grid of the page, then those of the appendix, with all that the notes say."""
    blocks = (*table.page[1:], *table.appendix)
    captions = [block.title for block in blocks]
    notes = (*table.banner, *table.notes, *table.fine_print)
    return _document(table, blocks, captions, [_first_words(table)], notes, first=2)


def _caption(table: TableResult, block: Block) -> str:
    """Title of a grid; LaTeX numbers tables itself, so a number of the title is left out."""
    title = NUMBERED.sub("", table.title.rstrip("."))
    return title if block.title in ("", table.title) else f"{title}. {block.title}"


def _document(
    table: TableResult,
    blocks: Sequence[Block],
    captions: Sequence[str],
    banner: list[str],
    notes: Iterable[str],
    first: int = 1,
) -> str:
    """Grids below each other under the line that names their packages, notes after them."""
    grids = [
        _latex_grid(block, caption, _label(table, number))
        for number, (block, caption) in enumerate(zip(blocks, captions, strict=True), start=first)
    ]
    packages = ["booktabs", *sorted({p for _, needed in grids for p in needed})]
    parts = [
        rf"% \usepackage{{{','.join(packages)}}}",
        "% Chinese text needs XeLaTeX or LuaLaTeX and a font that has it.",
        *(f"% {line}" for line in map(one_line, table.banner)),
    ]
    for block, caption, number, (lines, needed) in zip(
        blocks, captions, range(first, first + len(grids)), grids, strict=True
    ):
        parts += _float(block, caption, _label(table, number), lines, needed, banner)
    parts += _latex_notes(notes)
    return "\n".join(parts).rstrip() + "\n"


def _label(table: TableResult, number: int) -> str:
    """Name by which a text refers to a grid: `tab:<table>`, then `tab:<table>:2`."""
    return f"tab:{table.table_id}" + (f":{number}" if number > 1 else "")


def _float(
    block: Block, caption: str, label: str, lines: list[str], needed: set[str], banner: list[str]
) -> list[str]:
    inside, after = _latex_notes([*banner, *block.notes]), []
    if sum(map(len, block.notes)) > LONGEST_NOTES:
        inside, after = _latex_notes(banner), _latex_notes(block.notes)
    if "longtable" in needed:  # no float, so that its notes follow it on the same page
        table = [r"\begingroup\footnotesize", *lines, *inside, *after, r"\par\endgroup"]
        after = []
    else:
        head = rf"\caption{{{_escape_latex(caption)}}}\label{{{label}}}"
        table = [r"\begin{table}[htbp]", r"\centering\small", head, *lines, *inside]
        table += [r"\end{table}"]
    if "pdflscape" in needed:
        table = [r"\begin{landscape}", *table, r"\end{landscape}"]
    return [*table, *after, ""]


def _latex_notes(notes: Iterable[str]) -> list[str]:
    return [
        rf"\par{{\footnotesize\raggedright {_escape_latex(one_line(note))}\par}}" for note in notes
    ]


def _first_words(table: TableResult) -> str:
    """Note of each grid on its values if the banner is too long for it."""
    first = table.statements[0].sentences[0].rstrip(".")
    return f"{first}. Values: {table.figures_status}; see the note before the tables."


def _latex_grid(block: Block, caption: str, label: str) -> tuple[list[str], set[str]]:
    """Lines of a tabular, one scaled to the text, or a longtable; and the packages it needs."""
    body = [max((len(row[n]) for row in block.rows), default=0) for n in range(len(block.columns))]
    heads = [_head_lines(head, body[n] if n else LINE) for n, head in enumerate(block.columns)]
    lengths = [max(body[n], *map(len, lines)) for n, lines in enumerate(heads)]
    # a first column of long labels is set as a paragraph where it would push the numbers off the page
    words = {n for n in range(len(lengths)) if lengths[n] > LONGEST_NAME}
    line = sum(lengths) + 2 * len(lengths)
    wide = line > LINE
    characters = sum(len(cell) for row in block.rows for cell in row)
    # scaling a wide grid makes it shorter as well; a paragraph takes several lines
    needs = (max([1, *(ceil(len(row[n]) / PARAGRAPH) for n in words)]) for row in block.rows)
    rows_needed = sum(needs) * min(1.0, LINE / line if not words else 1.0)
    # a very wide grid turns the page, on which far fewer rows stand below each other
    turned = line > LINE / SMALLEST
    long = rows_needed > PAGE / (2.7 if turned else 1) or (bool(words) and characters > LINE * PAGE)
    numbers = {n for n in range(1, len(lengths)) if n not in words and _decimals(block, n)}
    kinds = ["l", *(_aligned(block, n) if n in numbers else "r" for n in range(1, len(lengths)))]
    needed = ({"pdflscape"} if turned else set()) | ({"siunitx"} if numbers else set())
    if words and (wide or long):
        needed |= {"array"}
        narrowest = 0.12
        if long and line > WIDEST:
            others = set(range(1, len(lengths))) - numbers
            words |= {n for n in others if lengths[n] > LONGEST_INTERVAL}
            narrowest = 0.08
        rest = LINE - sum(
            min(length + 2, LINE // 3) for n, length in enumerate(lengths) if n not in words
        )
        whole = sum(lengths[n] for n in words)
        for n in words:
            share = max(narrowest, 0.85 * max(rest, LINE // 3) / LINE * lengths[n] / whole)
            kinds[n] = rf">{{\raggedright\arraybackslash}}p{{{min(share, 0.8):.2f}\linewidth}}"
    form = "".join(kinds)
    rows: list[str] = []
    for number, row in enumerate(block.rows):
        rows += [r"\addlinespace"] if number in block.rules - {0} else []
        rows.append(_latex_row(row, numbers))
    head = [r"\toprule", _latex_head(heads, numbers), r"\midrule"]
    if long:
        title = rf"\caption{{{_escape_latex(caption)}}}\label{{{label}}}\\"
        size = r"\tiny" if sum(lengths) > TINY * (1.4 if turned else 1) else r"\scriptsize"
        narrow = [rf"\setlength{{\tabcolsep}}{{1.5pt}}{size}"] if wide else []
        lines = [
            *narrow,
            rf"\begin{{longtable}}{{{form}}}",
            title,
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


def _latex_row(cells: tuple[str, ...], numbers: Collection[int]) -> str:
    """Return a row, the cells of aligned columns as siunitx reads them."""
    shown = (
        _aligned_cell(cell) if n in numbers else _escape_latex(one_line(cell))
        for n, cell in enumerate(cells)
    )
    return " & ".join(shown) + r" \\"


def _head_lines(text: str, width: int) -> list[str]:
    """Return the head of a column in lines about as long as its cells."""
    return wrap(one_line(text), max(width, SHORTEST_LINE), break_long_words=False) or [""]


def _latex_head(heads: Sequence[Sequence[str]], numbers: Collection[int]) -> str:
    """Return the row of the heads, those of several lines stacked."""
    cells = []
    for n, lines in enumerate(heads):
        text = r"\\".join(map(_escape_latex, lines))
        text = text if len(lines) == 1 else rf"\shortstack{{{text}}}"
        cells.append(f"{{{text}}}" if n in numbers else text)
    return " & ".join(cells) + r" \\"


def _decimals(block: Block, column: int) -> list[re.Match[str]]:
    """Return the cells of a column that are numbers with decimals, which are aligned."""
    found = (NUMBER.match(row[column]) for row in block.rows)
    return [m for m in found if m and m[3] and not m[6] and "," not in m[2]]


def _aligned(block: Block, column: int) -> str:
    """Return a column of siunitx: width of its numbers, with space for brackets and stars."""
    found = _decimals(block, column)
    whole = max(len(m[2].partition(".")[0].lstrip("+-")) for m in found)
    sign = "-" if any(m[2][0] in "+-" for m in found) else ""
    places, mark = max(len(m[3]) for m in found), max((m[5] for m in found), key=len)
    pre, post = ("{(}" if any(m[1] for m in found) else ""), mark or ")"
    return (
        f"S[table-format={pre}{sign}{whole}.{places}{{{post}}},"
        "table-align-text-before=false,table-align-text-after=false]"
    )


def _aligned_cell(cell: str) -> str:
    """Return a number as siunitx reads it, its brackets and stars as text; anything else in braces."""
    found = NUMBER.match(cell)
    if found is None or not found[3] or found[6] or "," in found[2]:
        return f"{{{_escape_latex(one_line(cell))}}}" if cell else ""
    before, after = ("{(}" if found[1] else ""), found[4] + found[5]
    return f"{before}{found[2]}{f'{{{after}}}' if after else ''}"


def _escape_latex(text: str) -> str:
    return printable(text).translate(_LATEX_ESCAPES)
