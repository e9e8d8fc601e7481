"""Text that a number cell of a workbook shows: the digits that its number format keeps.

A printed value is what a reader of the sheet sees, so it is rounded as the cell rounds it. A format that
shows anything but a plain number (a date, a percentage, a word) is kept in the text. The text is then no
number, and is refused where a value is expected.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from living_panel.ingestion.evidence import HIDDEN, SCALED

_GENERAL = {"", "general", "@", "g/通用格式", "general;general"}
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<blank>_.)|\*.|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<bracket>[^\]]*)\]|(?P<plain>.)"
)
_DIGITS = re.compile(r"[#0?]*(?:,[#0?]+)*(?P<scale>,*)(?:\.(?P<decimals>[#0?]*))?")
_COLOURS = re.compile(r"(?:black|blue|cyan|green|magenta|red|white|yellow|color ?[0-9]+)", re.I)
_SIGNS = " +-()￥¥$"


def shown(value: float | int, number_format: str) -> str:
    """Return the digits that a cell shows, without grouping commas and currency signs.

    The format is as Excel writes it, such as `0.0`, `#,##0.00` or `General`.
    """
    if number_format.strip().lower() in _GENERAL:
        return general(value)
    sections = _sections(number_format)
    number = Decimal(f"{value:.15g}")  # Excel, too, rounds from fifteen digits
    at = 1 if number < 0 and len(sections) > 1 else 2 if number == 0 and len(sections) > 2 else 0
    literal, core, known = sections[at]
    if core.lower() == "general":
        return literal[0] + general(value) + literal[1]
    match = _DIGITS.fullmatch(core)
    if not known or match is None:
        return f"{plain(value)} shown as {number_format}"
    if not core:
        # a dash for zero is how accountants write it; another value that shows nothing is hidden
        dash = number == 0 and "-" in number_format.split(";")[at]
        return "0" if dash else "".join(literal) or (plain(value) + HIDDEN if number else "")
    text = _rounded(abs(number).scaleb(-3 * len(match["scale"])), match["decimals"] or "")
    minus = "-" if number < 0 and text.strip("0.") else ""
    is_scaled = match["scale"] or any(map(str.isdigit, "".join(literal)))
    return f"{minus}{literal[0]}{text}{literal[1]}{SCALED if is_scaled else ''}"


def general(value: float | int) -> str:
    """Return a number as the format General shows it in a wide cell: at most eleven characters."""
    if isinstance(value, float) and 1e-4 < abs(value) < 1e11:
        decimals = max(10 - len(str(int(abs(value)))), 0)
        return plain(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
    return plain(value)


def plain(value: float | int | Decimal) -> str:
    """Return a stored number in full: shortest digits, no exponent, no `.0`."""
    text = format(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(number: Decimal, decimals: str) -> str:
    text = format(number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP), "f")
    optional = len(decimals) - len(decimals.rstrip("#?"))
    for _ in range(optional):
        text = text[:-1] if text.endswith("0") and "." in text else text
    return text.removesuffix(".")


@cache
def _sections(number_format: str) -> tuple[tuple[tuple[str, str], str, bool], ...]:
    """Return for each sign: literal text before and after, the digits' pattern, whether known."""
    parts: list[tuple[tuple[str, str], str, bool]] = []
    before, core, after, known = "", "", "", True
    for piece in _PIECE.finditer(number_format):
        plain_text, bracket = piece["plain"], piece["bracket"]
        if plain_text == ";":
            parts.append(((before, after), core, known))
            before, core, after, known = "", "", "", True
        elif bracket is not None:
            known = known and _COLOURS.fullmatch(bracket) is not None
        elif plain_text and (plain_text in "#0?.,%/" or plain_text.isalpha()):
            known = known and not after.strip(_SIGNS)
            core += plain_text
        else:
            text = plain_text or piece["quoted"] or piece["escaped"] or piece["currency"] or ""
            text = "".join(c for c in text if c not in _SIGNS) if text.strip(_SIGNS) else ""
            before, after = (before, after + text) if core else (before + text, after)
    parts.append(((before, after), core, known))
    return tuple(parts)
