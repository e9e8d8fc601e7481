"""The words over a column of a printed table: which series, unit and year they say.

A column is known by its words alone. So the reader must notice every other meaning: a growth rate, a share, a
part of a year, or an unknown unit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from living_panel.ingestion.evidence import years_in
from living_panel.ingestion.formats.layouts import ENGLISH_TAIL
from living_panel.ingestion.text import (
    has_constant_prices,
    part_of_year,
    plain_label,
)
from living_panel.ingestion.units import unit_kind, unit_of, units_of_words

_YEAR_WORD = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])年?度?")
_OTHER_FIGURE = re.compile(
    "增长|增速|增幅|同比|环比|比上年(?!=)|比去年|比重|占比|位次|排名|排序"
    "|growth|increase(?:over)?|yoy|rateofchange|proportion|percentage|ranking|overpre(?:ced|v)ious?(?:ing)?year",
    re.IGNORECASE,
)
"""Words that make values under the same header different from those of the series."""
_PARENTHESIS = re.compile(r"\(([^()]+)\)")
_LIKE_A_UNIT = re.compile(
    r"[十百千万亿]+[^十百千万亿]{0,3}|[0-9]+[^0-9=年]{1,3}|.*(?:yuan|dollar|usd|us\$|rmb|persons|tons|units|pieces).*",
    re.IGNORECASE,
)


def is_headed(expected: tuple[str, ...], words: list[str], whole: bool = False) -> bool:
    """Whether header words end in the last expected wording, and hold the others above it in order.

    A wording may be cut over rows. Years, parentheses and a translation at the end do not count unless the layout names
    them. A growth rate, a share, a rank, constant prices or a part of a year is another series, unless the layout names
    it.

    Parameters
    ----------
    expected
        One wording a row of the header; none at all for a year that stands alone.
    whole
        Whether the header has to be these words and no others.
    """
    if other_values(words) - other_values(expected):
        return False
    if not expected:
        return not header_path(words, chinese=False) and len(years_in(words)) == 1
    wanted = [{plain_label(text) for text in part.split("|")} for part in expected]
    variants = [header_path(words, any(map(_has_chinese, wanted[-1]))), header_path(words, False)]
    variants.append([plain_label(word) for word in words])
    if whole:
        return any(
            len(bare) == len(wanted)
            and all(word in part for word, part in zip(bare, wanted, strict=True))
            for bare in variants
        )
    for bare in variants:
        if all(len(part) == 1 for part in wanted) and "".join(bare) == "".join(map(min, wanted)):
            return True  # the same words, cut over rows in another way
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
    units = units_of_words(words, tuple(known))
    inside = [text for word in words for text in _PARENTHESIS.findall(word)]
    strange = [
        text
        for text in inside
        if _LIKE_A_UNIT.fullmatch(text) and not (text in units or unit_of(text))
    ]
    return units, strange


def other_values(words: Collection[str]) -> set[str]:
    """Return the words that make values different from those of the series."""
    header = ">".join(map(plain_label, words))
    constant = {"constant prices"} if any(map(has_constant_prices, words)) else set()
    texts = {text.casefold() for text in _OTHER_FIGURE.findall(header)}
    return (constant | texts | {part_of_year(header)}) - {""}


def _bare(word: str, chinese: bool) -> str:
    """Return a header word without parentheses, years and translation; a unit alone is nothing."""
    text = _YEAR_WORD.sub("", re.sub(r"\([^()]*\)", "", word))
    if chinese:
        text = ENGLISH_TAIL.sub("", text) if _has_chinese(text) else ""
    return "" if unit_kind(text) is not None else text.strip(":,.")


def _has_chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)
