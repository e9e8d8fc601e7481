"""LaTeX with booktabs rules and siunitx: the main table alone, the appendix in another file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from living_panel.estimation.tables.render.parts import (
    PARAGRAPH,
    Page,
    head_lines,
    line_of,
    parts,
    said_once,
    text_lines,
    widths,
)
from living_panel.estimation.tables.render.plain import LONGEST_NAME, NUMBER, one_line, printable
from living_panel.estimation.tables.result import Block, TableResult

NUMBERED = re.compile(r"^Table [\w.]*\w\. ")
SMALLEST = 0.75  # to which a grid is scaled before the page is turned or the grid is split
UPRIGHT, TURNED = Page(78, 46), Page(116, 27)
"""Room of a page of LaTeX's article at 11 pt, in \\footnotesize."""
AROUND, FEWEST = 7, 7
"""Lines of a caption, a head and the rules; fewest lines of a part, whatever its notes need."""
NOTES = 0.35
"""Part of a page above which notes follow the grid as text."""
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
    it, and the page turned where that would be illegible. A grid that is longer than a page is split into parts with
    a caption each. Notes are as wide as the grid. The packages it needs are in its first line.
    """
    main = [replace(block, notes=(*block.notes, *table.notes)) for block in table.page[:1]]
    captions = [_caption(table, block) for block in main]
    if sum(map(len, table.banner)) > LONGEST_NOTES:
        return _document(table, main, captions, [_first_words(table)], ())
    return _document(table, main, captions, list(table.banner), ())


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
    floats: list[str] = []
    packages: set[str] = set()
    for number, (block, caption) in enumerate(zip(blocks, captions, strict=True), start=first):
        for lines, needed in _floats(block, caption, _label(table, number), banner):
            floats += lines
            packages |= needed
    return (
        "\n".join(
            [
                rf"% \usepackage{{{','.join(['booktabs', *sorted(packages)])}}}",
                "% Chinese text needs XeLaTeX or LuaLaTeX and a font that has it.",
                *(f"% {line}" for line in map(one_line, table.banner)),
                *floats,
                *_latex_notes(notes),
            ]
        ).rstrip()
        + "\n"
    )


def _label(table: TableResult, number: int) -> str:
    """Name by which a text refers to a grid: `tab:<table>`, then `tab:<table>:2`."""
    return f"tab:{table.table_id}" + (f":{number}" if number > 1 else "")


def _floats(
    block: Block, caption: str, label: str, banner: list[str]
) -> Iterator[tuple[list[str], set[str]]]:
    """Yield each part of a grid as a float of at most one page, with the packages it needs; long notes follow."""
    whole = said_once(block)
    page = UPRIGHT if line_of(widths(whole)) <= UPRIGHT.characters / SMALLEST else TURNED
    after = list(whole.notes) if _is_long([*banner, *whole.notes], page) else []
    inside = banner if after else [*banner, *whole.notes]
    used = AROUND + text_lines(inside, page.characters)
    scale = max(min(1.0, page.characters / line_of(widths(whole))), SMALLEST)
    room = Page(int(page.characters / SMALLEST), int(max(page.lines - used, FEWEST) / scale))
    pieces = parts(whole, room)
    for number, part in enumerate(pieces, start=1):
        name = label if number == 1 else f"{label}-{number}"
        title = caption if len(pieces) == 1 else f"{caption} (part {number} of {len(pieces)})"
        lines, needed = _latex_grid(part, page.characters)
        notes = banner if after else [*banner, *part.notes]
        shown = [r"\begin{table}[htbp]", r"\centering\footnotesize"]
        shown += [rf"\caption{{{_escape_latex(title)}}}\label{{{name}}}", *lines]
        shown += [*_notes_as_wide(notes), r"\end{table}"]
        if page is TURNED:
            shown = [r"\begin{landscape}", *shown, r"\end{landscape}"]
            needed = needed | {"pdflscape"}
        if number == len(pieces):
            shown += _latex_notes(after)
        yield [*shown, ""], needed


def _is_long(notes: Sequence[str], page: Page) -> bool:
    """Whether notes leave a grid too little of its page."""
    return text_lines(notes, page.characters) > NOTES * page.lines


def _notes_as_wide(notes: Sequence[str]) -> list[str]:
    r"""Notes in a box as wide as the grid above them, which is in box 0, but not as narrow as a column."""
    if not notes:
        return []
    lines = [rf"{_escape_latex(one_line(note))}\par" for note in notes]
    width = r"\dimen0=\wd0 \ifdim\dimen0<.6\linewidth \dimen0=.6\linewidth \fi"
    return [
        *[r"\par\smallskip", width, r"\parbox{\dimen0}{\footnotesize\raggedright"],
        *lines,
        "}",
    ]


def _latex_notes(notes: Iterable[str]) -> list[str]:
    return [
        rf"\par{{\footnotesize\raggedright {_escape_latex(one_line(note))}\par}}" for note in notes
    ]


def _first_words(table: TableResult) -> str:
    """Note of each grid on its values if the banner is too long for it."""
    first = table.statements[0].sentences[0].rstrip(".")
    return f"{first}. Values: {table.figures_status}; see the note before the tables."


def _latex_grid(block: Block, characters: int) -> tuple[list[str], set[str]]:
    """Lines of a tabular, in box 0, scaled to the text where it is wider; and the packages it needs."""
    lengths = widths(block)
    words = {n for n in range(len(lengths)) if lengths[n] > LONGEST_NAME}
    numbers = {n for n in range(1, len(lengths)) if n not in words and _decimals(block, n)}
    kinds = ["l", *(_aligned(block, n) if n in numbers else "r" for n in range(1, len(lengths)))]
    needed = {"siunitx"} if numbers else set[str]()
    rest = characters - sum(length + 2 for n, length in enumerate(lengths) if n not in words)
    whole = sum(lengths[n] for n in words)
    for n in words:
        share = 0.85 * max(rest, characters // 3) / characters * lengths[n] / whole
        if len(words) == 1:  # as `parts` counted its lines
            share = max(share, min(lengths[n], PARAGRAPH) / characters)
        share = max(share, 0.12)
        kinds[n] = rf">{{\raggedright\arraybackslash}}p{{{min(share, 0.8):.2f}\linewidth}}"
        needed |= {"array"}
    rows: list[str] = []
    for number, row in enumerate(block.rows):
        rows += [r"\addlinespace"] if number in block.rules - {0} else []
        rows.append(_latex_row(row, numbers))
    heads = [head_lines(head, lengths[n]) for n, head in enumerate(block.columns)]
    lines = [
        rf"\begin{{tabular}}{{{''.join(kinds)}}}",
        *[r"\toprule", _latex_head(heads, numbers), r"\midrule"],
        *rows,
        *[r"\bottomrule", r"\end{tabular}"],
    ]
    boxed = [r"\setbox0\hbox{\setlength{\tabcolsep}{4pt}%", *lines, "}%"]
    if line_of(lengths) <= 0.9 * characters:
        return [*boxed, r"\leavevmode\copy0"], needed
    # to the width of the text where it is wider, else as it is
    fitted = [r"\ifdim\wd0>\linewidth", r"\setbox0\hbox{\resizebox{\linewidth}{!}{\box0}}\fi"]
    return [*boxed, *fitted, r"\leavevmode\copy0"], needed | {"graphicx"}


def _latex_row(cells: tuple[str, ...], numbers: Collection[int]) -> str:
    """Return a row, the cells of aligned columns as siunitx reads them."""
    shown = (
        _aligned_cell(cell) if n in numbers else _escape_latex(one_line(cell))
        for n, cell in enumerate(cells)
    )
    return " & ".join(shown) + r" \\"


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
    matches = (NUMBER.match(row[column]) for row in block.rows)
    return [m for m in matches if m and m[3] and not m[6] and "," not in m[2]]


def _aligned(block: Block, column: int) -> str:
    """Return a column of siunitx: width of its numbers, with space for brackets and stars."""
    matches = _decimals(block, column)
    whole = max(len(m[2].partition(".")[0].lstrip("+-")) for m in matches)
    sign = "-" if any(m[2][0] in "+-" for m in matches) else ""
    places, mark = max(len(m[3]) for m in matches), max((m[5] for m in matches), key=len)
    pre, post = ("{(}" if any(m[1] for m in matches) else ""), mark or ")"
    return (
        f"S[table-format={pre}{sign}{whole}.{places}{{{post}}},"
        "table-align-text-before=false,table-align-text-after=false]"
    )


def _aligned_cell(cell: str) -> str:
    """Return a number as siunitx reads it, its brackets and stars as text; anything else in braces."""
    match = NUMBER.match(cell)
    if match is None or not match[3] or match[6] or "," in match[2]:
        return f"{{{_escape_latex(one_line(cell))}}}" if cell else ""
    before, after = ("{(}" if match[1] else ""), match[4] + match[5]
    return f"{before}{match[2]}{f'{{{after}}}' if after else ''}"


def _escape_latex(text: str) -> str:
    return printable(text).translate(_LATEX_ESCAPES)
