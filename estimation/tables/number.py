"""A cell that is a number: the text that tables show, and the number itself at full precision."""

from __future__ import annotations

from typing import Self


class Number(str):
    """Text of a number as tables show it, with `value`, the number that it rounds.

    Excel takes the value, every other format the text. A text made from it by `replace` or in a sentence
    is a plain one.
    """

    value: float
    __slots__ = ("value",)

    def __new__(cls, text: str, value: float) -> Self:
        """Make a cell of a text and its number."""
        cell = super().__new__(cls, text)
        cell.value = float(value)
        return cell

    def __getnewargs__(self) -> tuple[str, float]:  # type: ignore[override]
        """Return what a copy is made from."""
        return str(self), self.value
