"""Text functions for every format: one line, printable characters, columns of sentences."""

from __future__ import annotations

import re

from living_panel.estimation.tables.result import Block

LONGEST_NAME = 44  # characters; a longer cell is a sentence
NUMBER = re.compile(r"^(\(?)([-+]?\d[\d,]*(?:\.(\d+))?)(\)?)(\*{0,3})(%?)$")


def printable(text: str) -> str:
    """Text without characters that control a terminal or turn its direction."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


def one_line(text: str) -> str:
    """Text on one line."""
    return " ".join(text.split())


def columns_of_words(block: Block) -> frozenset[int]:
    """Columns, the first left out, that hold sentences rather than numbers or names."""
    columns = zip(block.columns, *block.rows, strict=True)
    longest = [max(map(len, cells)) for cells in columns]
    return frozenset(n for n, length in enumerate(longest) if n and length > LONGEST_NAME)


def defused(text: str) -> str:
    """Text that a spreadsheet does not run as a formula."""
    text = printable(text)
    looks_like_formula = text[:1] in ("=", "+", "-", "@", "\t", "\r")
    is_number = NUMBER.match(text) and not text.startswith("+")
    return f"'{text}" if looks_like_formula and not is_number else text
