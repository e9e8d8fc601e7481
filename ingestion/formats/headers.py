"""The words over a column of a printed table: which series, unit and year they say.

A column is known by its words alone, so whatever else they say must not be overheard: a growth rate,
a share, a part of a year, or a unit that nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingestion.formats.layouts import ENGLISH_TAIL
from ingestion.text import part_of_year, plain_label, unit_kind

_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_YEAR_WORD = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])年?度?")
_OTHER_FIGURE = re.compile("增长|增速|增幅|同比|环比|比上年(?!=)|比去年|比重|占比|位次|排名|排序")
"""What makes figures under the same words others than those of the series."""
_PARENTHESIS = re.compile(r"\(([^()]+)\)")
_LIKE_A_UNIT = re.compile(
    r"[十百千万亿]+[^十百千万亿]{0,3}|[0-9]+[^0-9=年]{1,3}|.*(?:yuan|dollar|usd|us\$|rmb|persons|tons|units|pieces).*",
    re.IGNORECASE,
)


def years_in(words: Iterable[str]) -> set[int]:
    """Return the years that words print."""
    return {int(text) for word in words for text in _YEAR.findall(word)}


def is_headed(expected: tuple[str, ...], words: list[str]) -> bool:
    """Whether header words end in the last expected wording, and hold the others above it in order.

    A wording may be cut over rows. Years, parentheses and a translation behind do not count; a growth
    rate, a share, a rank or a part of a year is another series, unless the layout names it.
    """
    if _other_figures(words) - _other_figures(expected):
        return False
    wanted = [{plain_label(text) for text in part.split("|")} for part in expected]
    bare = header_path(words, any(map(_has_chinese, wanted[-1])))
    for i in range(len(bare)):
        rest = iter(bare[:i])
        if "".join(bare[i:]) in wanted[-1] and all(
            any(word in part for word in rest) for part in wanted[:-1]
        ):
            return True
    return False


def header_path(words: list[str], chinese: bool = True) -> list[str]:
    """Return the words over a column that a layout names, from top to bottom."""
    return [text for text in (_bare(word, chinese) for word in words) if text]


def units_of(words: list[str], known: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the units that header words print, and what in parentheses may be one that nobody knows."""
    inside = [text for word in words for text in _PARENTHESIS.findall(word)]
    found = [text for text in inside + words if text in known or unit_kind(text) is not None]
    strange = [text for text in inside if text not in found and _LIKE_A_UNIT.fullmatch(text)]
    return list(dict.fromkeys(found)), strange


def _other_figures(words: Iterable[str]) -> set[str]:
    said = ">".join(words)
    return {*_OTHER_FIGURE.findall(said), part_of_year(said)} - {""}


def _bare(word: str, chinese: bool) -> str:
    """Return a header word without parentheses, years and translation; a unit alone is nothing."""
    text = _YEAR_WORD.sub("", re.sub(r"\([^()]*\)", "", word))
    if chinese:
        text = ENGLISH_TAIL.sub("", text) if _has_chinese(text) else ""
    return "" if unit_kind(text) is not None else text.strip(":,")


def _has_chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)
