"""Parts of a grid that fit a page each: what all columns share said once, split where it is too wide or too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from textwrap import wrap
from typing import NamedTuple

from living_panel.estimation.tables.render.plain import one_line
from living_panel.estimation.tables.result import Block

PARAGRAPH = 40  # characters of a line of a cell that is a sentence
SHORTEST_LINE = 12  # characters of a head that are not broken
GAP = 2  # characters between two columns
RULE = 0.5  # lines that a rule takes


class Page(NamedTuple):
    """Room of a page for a grid: characters of a line, and lines."""

    characters: int
    lines: int


def said_once(block: Block) -> Block:
    """Return a grid whose facts that all columns share are a note and no rows.

    Columns that state nothing, since they are not estimable, do not count.
    """
    facts = sorted(block.facts)
    stating = {n for at in facts for n, cell in enumerate(block.rows[at]) if n and cell}
    if len(stating) < 2:
        return block
    values = {at: {block.rows[at][n] for n in stating} for at in facts}
    shared = {at: next(iter(texts)) for at, texts in values.items() if len(texts) == 1}
    if not shared:
        return block
    sentence = "; ".join(
        f"{_lowered(block.rows[at][0].strip())}: {cell}" for at, cell in shared.items()
    )
    places = [at for at in range(len(block.rows)) if at not in shared]
    whose = "Every column" if len(stating) == len(block.columns) - 1 else "Every estimated column"
    return replace(_rows(block, places), notes=(f"{whose}: {sentence}.", *block.notes))


def parts(block: Block, page: Page) -> list[Block]:
    """Return the parts of a grid that fit a page each, numbered in their titles; the last one has the notes."""
    pieces = [
        _rows(columns, rows)
        for columns in _by_columns(block, page.characters)
        for rows in _by_rows(columns, page.lines)
    ]
    if len(pieces) == 1:
        return [block]
    last, title = len(pieces), block.title.rstrip(".")
    return [
        replace(
            part,
            title=f"{title} (part {n} of {last})".lstrip(),
            notes=block.notes if n == last else (),
        )
        for n, part in enumerate(pieces, start=1)
    ]


def widths(block: Block) -> list[int]:
    """Characters of each column: of its longest line."""
    body = [max((len(row[n]) for row in block.rows), default=0) for n in range(len(block.columns))]
    heads = [head_lines(head, body[n]) for n, head in enumerate(block.columns)]
    return [max(body[n], *map(len, lines)) for n, lines in enumerate(heads)]


def line_of(lengths: Sequence[int]) -> int:
    """Characters of a row of columns as long as these, sentences in lines of their own."""
    return sum(min(length, PARAGRAPH) + GAP for length in lengths)


def head_lines(text: str, width: int) -> list[str]:
    """Return the head of a column in lines about as long as its cells."""
    return wrap(one_line(text), max(width, SHORTEST_LINE), break_long_words=False) or [""]


def text_lines(texts: Sequence[str], characters: int) -> int:
    """Lines of paragraphs."""
    return sum(ceil(len(text) / characters) for text in texts)


def _lowered(label: str) -> str:
    return label if label[1:2].isupper() or label[1:2] in "²," else label[:1].lower() + label[1:]


def _by_columns(block: Block, characters: int) -> Iterator[Block]:
    """Split columns into groups that fit a line, as even as they can be; each has the first column."""
    lengths = widths(block)
    room = max(characters - min(lengths[0], PARAGRAPH) - GAP, 1)
    needed = ceil(sum(min(length, PARAGRAPH) + GAP for length in lengths[1:]) / room)
    if needed <= 1:
        yield block
        return
    size = ceil((len(lengths) - 1) / needed)
    for first in range(1, len(lengths), size):
        chosen = [0, *range(first, min(first + size, len(lengths)))]
        rows = tuple(tuple(row[n] for n in chosen) for row in block.rows)
        yield replace(block, columns=tuple(block.columns[n] for n in chosen), rows=rows)


def _by_rows(block: Block, lines: int) -> Iterator[list[int]]:
    """Split rows into groups that fit the lines of a page, at rules where there are some; none splits a coefficient."""
    group: list[int] = []
    used = 0.0
    heights = [
        (max(ceil(len(cell) / PARAGRAPH) for cell in row) or 1) + RULE * (at in block.rules)
        for at, row in enumerate(block.rows)
    ]
    if sum(heights) <= lines:
        yield list(range(len(block.rows)))
        return
    for at, height in enumerate(heights):
        if group and used + height > lines:
            breaks = [n for n in group[1:] if n in block.rules and n > group[0] + len(group) // 2]
            begins = [
                n for n in group[1:] if block.rows[n][0].strip() and block.rows[n][0][0] != " "
            ]
            cut = breaks[-1] if breaks else at
            if not breaks and not _begins(block, at) and begins:
                cut = begins[-1]
            yield [n for n in group if n < cut]
            group = [n for n in group if n >= cut]
            used = sum(heights[n] for n in group)
        group.append(at)
        used += height
    yield group


def _begins(block: Block, at: int) -> bool:
    label = block.rows[at][0]
    return bool(label.strip()) and not label.startswith(" ")


def _rows(block: Block, rows: Sequence[int]) -> Block:
    """Return a grid of some rows of another one."""
    places = {old: new for new, old in enumerate(rows)}
    moved = {
        old: next((places[n] for n in range(old, len(block.rows)) if n in places), None)
        for old in block.rules
    }
    return replace(
        block,
        rows=tuple(block.rows[at] for at in rows),
        rules=frozenset(new for new in moved.values() if new is not None),
        facts=frozenset(places[at] for at in block.facts if at in places),
    )
