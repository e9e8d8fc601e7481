"""Markdown: the page of a table, and its appendix in a file next to it."""

from __future__ import annotations

from collections.abc import Iterable

from tabulate import tabulate

from living_panel.estimation.tables.render.plain import columns_of_words, one_line, printable
from living_panel.estimation.tables.result import Block, TableResult


def to_markdown(table: TableResult) -> str:
    """The page: banner as a quotation, one pipe table a grid, notes."""
    parts = [f"## {escape_markdown(table.title)}", ""]
    parts += [f"> **{escape_markdown(line)}**  " for line in table.banner]
    parts += _grids(table.page, table.title)
    parts += ["", *(f"{escape_markdown(note)}  " for note in table.notes)]
    if table.appendix or table.fine_print:
        parts.append(
            "More, with every inference, diagnostic and note: appendix.md next to this file.  "
        )
    return "\n".join(parts).rstrip() + "\n"


def to_appendix(table: TableResult) -> str:
    """Parts read only on request."""
    parts = [f"## {escape_markdown(table.title)}: appendix", ""]
    parts += [f"> **{escape_markdown(line)}**  " for line in table.banner]
    parts += [f"> {escape_markdown(line)}  " for line in table.fine_print]
    parts += _grids(table.appendix, table.title)
    return "\n".join(parts).rstrip() + "\n"


def _grids(blocks: Iterable[Block], title: str) -> list[str]:
    """Pipe tables with their titles; one that is the table's is not said twice."""
    parts: list[str] = []
    for block in blocks:
        rows = [[escape_markdown(cell) for cell in row] for row in block.rows]
        header = [escape_markdown(cell) for cell in block.columns]
        words = columns_of_words(block)
        align = ["left" if n == 0 or n in words else "right" for n in range(len(header))]
        grid = tabulate(rows, header, tablefmt="pipe", colalign=align, disable_numparse=True)
        heading = (
            [f"**{escape_markdown(block.title)}**", ""] if block.title not in ("", title) else []
        )
        parts += ["", *heading, grid, ""]
        parts += [f"*{escape_markdown(note)}*  " for note in block.notes]
    return parts


def escape_markdown(text: str) -> str:
    """Text as Markdown shows it, on one line, with nothing read as markup."""
    text = one_line(printable(text))
    for character in "\\`*_[]|<>":
        text = text.replace(character, "\\" + character)
    return text
