"""LaTeX with booktabs rules: one floating table a grid, legible on the page, the appendix after it."""

from __future__ import annotations

from collections.abc import Iterable

from estimation.tables.render.plain import LONGEST_NAME, longest, one_line, printable
from estimation.tables.result import Block, TableResult

LINE = 88  # characters of a table that fit a line of LaTeX's article, in \\small
SMALLEST = 0.75  # to which a grid is scaled before the page is turned: 9 pt become 7
PAGE = 40  # rows of a table that fit its page
TINY = 76  # characters beside each other above which a long grid needs the smallest type
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
    """LaTeX with booktabs rules, one floating table a grid, or a longtable where a page is too short.

    A grid wider than the text is scaled to it, and the page turned where that would be illegible;
    columns of words are set as paragraphs. The packages it needs stand in its first line.
    """
    grids = [(block, *_latex_grid(block)) for block in (*table.page, *table.appendix)]
    packages = ["booktabs", *sorted({p for _, _, needed in grids for p in needed})]
    parts = [
        rf"% \usepackage{{{','.join(packages)}}}",
        "% Chinese text needs XeLaTeX or LuaLaTeX and a font that has it.",
    ]
    parts += [f"% {line}" for line in map(one_line, table.banner)]
    banner = list(table.banner)
    if sum(map(len, banner)) > LONGEST_NOTES:
        # said once before the tables; in each of them would leave no room for the grid
        parts += [*_latex_notes(banner), r"\par\medskip", ""]
        banner = [_first_words(table)]
    for block, lines, needed in grids[: len(table.page)]:
        parts += _float(block, lines, needed, banner)
    parts += _latex_notes(table.notes)
    if len(grids) > len(table.page) or table.fine_print:
        parts += ["", r"\clearpage\section*{Appendix}", *_latex_notes(table.fine_print), ""]
    for block, lines, needed in grids[len(table.page) :]:
        parts += _float(block, lines, needed, [_first_words(table)])
    return "\n".join(parts).rstrip() + "\n"


def _float(block: Block, lines: list[str], needed: set[str], banner: list[str]) -> list[str]:
    inside, after = _latex_notes([*banner, *block.notes]), []
    if sum(map(len, block.notes)) > LONGEST_NOTES:
        inside, after = _latex_notes(banner), _latex_notes(block.notes)
    if "longtable" in needed:  # no float, so that its notes follow it on the same page
        table = [r"\begingroup\footnotesize", *lines, *inside, *after, r"\par\endgroup"]
        after = []
    else:
        caption = rf"\caption{{{_escape_latex(block.title)}}}"
        table = [r"\begin{table}[htbp]", r"\centering\small", caption, *lines, *inside]
        table += [r"\end{table}"]
    if "pdflscape" in needed:
        table = [r"\begin{landscape}", *table, r"\end{landscape}"]
    return [*table, *after, ""]


def _latex_notes(notes: Iterable[str]) -> list[str]:
    return [
        rf"\par{{\footnotesize\raggedright {_escape_latex(one_line(note))}\par}}" for note in notes
    ]


def _first_words(table: TableResult) -> str:
    """What each grid says of its figures where the banner is too long for it."""
    return f"{table.banner[0].split('.')[0]}. Figures: {table.figures_status}; see the note before the tables."


def _latex_grid(block: Block) -> tuple[list[str], set[str]]:
    """Lines of a tabular, one scaled to the text, or a longtable; and the packages it needs."""
    lengths = [longest(block, n) for n in range(len(block.columns))]
    # a first column of long labels is set as a paragraph where it would push the numbers off the page
    words = {n for n in range(len(lengths)) if lengths[n] > LONGEST_NAME}
    line = sum(lengths) + 2 * len(lengths)
    wide = line > LINE
    characters = sum(len(cell) for row in block.rows for cell in row)
    # scaling a wide grid makes it shorter as well
    rows_needed = len(block.rows) * min(1.0, LINE / line if not words else 1.0)
    # a very wide grid turns the page, on which far fewer rows stand below each other
    turned = line > LINE / SMALLEST
    long = rows_needed > PAGE / (2.5 if turned else 1) or (bool(words) and characters > LINE * PAGE)
    kinds = ["l", *"r" * (len(lengths) - 1)]
    needed = {"pdflscape"} if turned else set()
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
    rows: list[str] = []
    for number, row in enumerate(block.rows):
        rows += [r"\addlinespace"] if number in block.rules - {0} else []
        rows.append(_latex_row(row))
    head = [r"\toprule", _latex_row(block.columns), r"\midrule"]
    if long:
        caption = rf"\caption{{{_escape_latex(block.title)}}}\\"
        size = r"\tiny" if sum(lengths) > TINY * (1.4 if turned else 1) else r"\scriptsize"
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


def _latex_row(cells: tuple[str, ...]) -> str:
    return " & ".join(_escape_latex(one_line(cell)) for cell in cells) + r" \\"


def _escape_latex(text: str) -> str:
    return printable(text).translate(_LATEX_ESCAPES)
