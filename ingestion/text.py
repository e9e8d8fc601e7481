"""Characters allowed in printed text: blanks are tolerated; invisible and direction-changing marks are refused.

Used for labels, units, notes and file names. Nothing here knows what a label means.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

from living_panel.codes import Code, NoFix
from living_panel.problems import Unexpected

LONGEST_LABEL = 300

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+\.[0-9]+|[0-9]{1,3}(?: [0-9]{3}){2,}")
_LAST_PARENTHESIS = re.compile(r"(.+)\(([^()]+)\)")
LONGEST_NUMBER = 24
LARGEST_FIGURE = 1e15
"""No value of the authorities reaches this in any unit that the catalog lists."""

_RAISED = r"[\u2460-\u2473*＊†‡]|\[[^\[\]]{1,6}\]"
_FIGURE_MARK = re.compile(rf"(?:\s*(?:{_RAISED})|\s+[0-9a-z][)）])+$")
_LABEL_MARK = re.compile(rf"(?:\s*(?:{_RAISED}|(?<![0-9A-Za-z])[(（]?[0-9a-z][)）]))+$")
_RAISED_END = re.compile(
    "[\u00b9\u00b2\u00b3\u2070\u2074-\u2079\u207a-\u207e#△▲☆★※◎○●:：。,，、.·]+$"
)
_NO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0e\ufe0f\u180e"))
_WIDE = str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+")

_UNIT_AT_END = re.compile(r"[(（]?\s*(?:计量|计算)?单位\s*[:：]")
ENUMERATION = re.compile(r"^(?:[一二三四五六七八九十]+、|[0-9]+[、.](?![0-9]))")
"""The number before a name in a list: `三、` or `2.`, and no `2.5`."""
_PART_OF_YEAR = re.compile(
    r"(?:(?P<first>[0-9]{1,2})月?[-—–~至到])?(?P<last>[0-9]{1,2})月份?(?![0-9])"
    r"|[一二三四五六七八九十]+(?:月份|[-—–~至到][一二三四五六七八九十]+月)|前[0-9一二三四五六七八九十]+个月|[当本]月"
    r"|(?<=[0-9]{4}年)(?:上|中)$|中期$|(?<=(?:19|20)[0-9]{2})[.(]0?1-(?:0?[2-9]|1[01])(?![0-9])"
    r"|[第前]?[一二三四1-4]?季度|[上下]?半年"
)
_MONTH_OF_YEAR = re.compile(
    r"(?<![0-9.])(?:19|20)(?P<year>[0-9]{2})(?:[-./]?(?P<two>0[1-9]|1[0-2])|[-./](?P<one>[1-9]))(?![0-9亿万千百元%年.]|[-./][0-9])"
)
"""`2022-09`, `2022.9`, `202209`; `2005-10` may be the years from 2005 to 2010."""
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_ENGLISH_PART = re.compile(
    rf"(?P<first>{_MONTH})\.?\s*(?:[-–—~]|to)\s*(?P<last>{_MONTH})(?![a-z])"
    rf"|(?<![a-z])(?P<month>{_MONTH})(?![a-z])"
    r"|(?:first|second|third|fourth|last|1st|2nd|3rd|4th)\s*-?(?:quarter|half|(?:three|two)\s*quarters)"
    r"|(?<![a-z])(?:(?<![0-9])|(?<=[0-9]{4}))(?:[qh][1-4](?![0-9a-z])|quarterly|monthly|half-?year)"
    r"|(?<![0-9])(?:[0-9]{2})?[0-9]{2}[qh][1-4](?![0-9a-z])"
    r"|(?<![0-9a-z])(?:[1-9]m|1[01]m|[12]h|[1-4]q)[ -]?(?:(?:19|20)[0-9]{2}|[0-9]{2})(?![0-9])"
    r"|(?<![a-z])(?:ytd|year-?to-?date|interim)(?![a-z])",
    re.IGNORECASE,
)
_END_OF_YEAR = re.compile(r"end\s*of|year-?\s*end|31(?:st)?(?![0-9])", re.IGNORECASE)
_CHINESE_YEAR = re.compile("[〇○零一二三四五六七八九]{4}(?=年)")
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_YEAR_BEFORE = re.compile(
    "(?<![比较为与])(?:上年|去年|前年|上一年|上期|同期)(?!=)|(?<!over)(?:previous|preceding|last)year(?!=)",
    re.IGNORECASE,
)
_SHORT_YEAR = re.compile("['’]?[0-9]{2}年度?|['’][0-9]{2}")
_Y = "(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])年?"
_END = r"(?=$|[()（）,、;:计算的])"
_BASE_YEAR = re.compile(
    rf"(?P<prices>(?:按|以|用)?{_Y}(?:为(?:基期|基年|1(?:00)?)|=1(?:00)?(?![0-9])|基期|基年|不变价格?|可比价格?|固定价格?|价格?{_END})"
    rf"|(?:at|in)?constant(?:prices?)?(?:of|in)?{_Y}(?:prices?)?|(?:at|in)?{_Y}(?:constant)?prices?|{_Y}-?base(?:year|d)?)"
    rf"|[自从]?{_Y}(?:起|以来|以后|之后|开始|及以前|以前|之前)",
    re.IGNORECASE,
)
_OF_PUBLICATION = re.compile(
    r"(?:年鉴|公报|摘要|手册|年报|资料汇编|汇编|yearbook|abstract|bulletin|almanac)[-—–,:《》()]*(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])(?:[-—–/](?:19|20)?[0-9]{2})?年?版?"
    r"|(?<![0-9])(?:19|20)[0-9]{2}年?(?:版|edition|(?:年)?(?:出版|发布|公布|印刷|印制|编印|修订|更新))"
    r"|(?<![0-9])(?:19|20)[0-9]{2}年?[\u4e00-\u9fff《]{0,8}(?:年鉴|摘要|手册|汇编)"
    r"|(?<![0-9])(?:19|20)[0-9]{2}[a-z]{0,20}(?:yearbook|abstract|almanac)"
    r"|(?:出版|发布|公布|印刷|更新|published|released|issued)(?:时间|日期|年份|于|in|on|[:])*(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])年?",
    re.IGNORECASE,
)
"""The year of a book or of its publication: its values are of another year."""
_OF_A_PERIOD = re.compile(r"(?:19|20)[0-9]{2}|年度?|时间|年份|累计|[():,、\-—–~至末底]")

MISSING_MARKS = frozenset({"无", "…", "……", "..", "...", "-", "--", "—", "——", "N/A"})
"""How the sources print that there is no value. An empty cell is judged by each form itself."""


class NotANumber(Unexpected):
    """A printed value that is not a plain finite decimal number."""


def forbidden_character(text: str) -> str | None:
    """Return the name of the first invisible, control or bidirectional character, or None.

    Tab, line feed and carriage return count as forbidden too: a label has one line.
    """
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            return f"U+{ord(character):04X} {unicodedata.name(character, 'control character')}"
    return None


def without_blanks(text: str) -> str:
    """Return `text` without any blank, the ideographic and the non-breaking one included."""
    return "".join(text.split())


def plain_label(text: str) -> str:
    """Return a printed label in one width and without blanks, as the catalog spells labels."""
    return without_blanks(unicodedata.normalize("NFKC", text))


def split_unit(text: str) -> tuple[str, str]:
    """Split `经营单位所在地出口总额 (千美元) ` into label and unit.

    An index keeps its base in the label: `地区生产总值指数(上年=100)` has the unit `上年=100` too.
    Without a last parenthesis the unit is empty.
    """
    label = plain_label(text)
    match = _LAST_PARENTHESIS.fullmatch(label)
    if not match:
        return label, ""
    if "=" in match.group(2):
        return label, match.group(2)
    return match.group(1), match.group(2)


def visible(text: str) -> str:
    """Return a text without blanks of no width, which nobody sees in print.

    A mark that changes the direction of writing stays, so that it is refused.
    """
    return text.translate(_NO_WIDTH)


def without_mark(text: str, figure: bool = False, raised: bool = False) -> tuple[str, str]:
    """Split a footnote mark off the end of a label or value: `西藏①` is `西藏` and `①`.

    Behind a value, `1)` is a mark only after a blank: in `121)` nobody knows where it begins.
    With `raised`, raised digits and signs at the end are marks too: no name of a region has one.
    """
    text = text.strip()
    if raised and (sign := _RAISED_END.search(text)) and sign.start():
        rest, mark = without_mark(text[: sign.start()])
        return rest, f"{mark}{sign.group()}"
    match = (_FIGURE_MARK if figure else _LABEL_MARK).search(text)
    if not match or match.start() == 0:
        return text, ""
    return text[: match.start()], match.group().strip()


def without_unit(text: str) -> str:
    """Return a line without the unit that it may end in: `3-9 地区生产总值 单位:亿元`."""
    match = _UNIT_AT_END.search(text)
    return (text[: match.start()] if match else text).strip()


def without_base_years(text: str) -> str:
    """Return a text without blanks and without the years of prices, of a definition or of a publication.

    Such are `2015年不变价`, `2015=100`, `2013年起` and `中国统计年鉴2023`.
    """
    plain = _BASE_YEAR.sub("", with_digits(plain_label(text)))
    return _OF_PUBLICATION.sub("", plain)


def publication_years(text: str) -> set[int]:
    """Return the years of publications that a text names: 2023 of `中国统计年鉴2023`."""
    matches = _OF_PUBLICATION.finditer(with_digits(plain_label(text)))
    return {int(year) for part in matches for year in re.findall("(?:19|20)[0-9]{2}", part.group())}


def with_digits(text: str) -> str:
    """Return a text with years in digits: `二〇二二年` is `2022年`."""
    return _CHINESE_YEAR.sub(lambda match: match.group().translate(_DIGITS), text)


def unclear_year(words: list[str]) -> str:
    """Return the header word that names a year without its four digits: `上年`, `21年`; else nothing."""
    plain = (plain_label(word) for word in words)
    return next((w for w in plain if _YEAR_BEFORE.search(w) or _SHORT_YEAR.fullmatch(w)), "")


def has_constant_prices(text: str) -> bool:
    """Whether a text speaks of prices of one year, or of an index with a base year."""
    return any(match["prices"] for match in _BASE_YEAR.finditer(plain_label(text)))


def part_of_year(text: str) -> str:
    """Return the months, quarter or half of a year that a text speaks of; nothing for a whole year."""
    plain = plain_label(text)
    for match in _PART_OF_YEAR.finditer(plain):
        ends = match["last"] == "12" and re.match("[末底]", plain[match.end() :])
        whole = match["last"] == "12" and (match["first"] in {"1", "01"} or "累计" in plain)
        if not ends and not whole:
            return match.group()
    for match in _MONTH_OF_YEAR.finditer(plain):
        if match["one"] or match["year"] >= match["two"]:
            return match.group()
    return _english_part(unicodedata.normalize("NFKC", text))


def _english_part(text: str) -> str:
    for match in _ENGLISH_PART.finditer(text):
        first, last = (str(match[name] or "").casefold()[:3] for name in ("first", "last"))
        whole = (first, last) == ("jan", "dec")
        ends = (match["month"] or "")[:3].casefold() == "dec" and _END_OF_YEAR.search(text)
        if not whole and not ends:
            return match.group()
    return ""


def is_period(text: str) -> bool:
    """Whether a text is nothing but a year or a part of one: `(2022年)`, `2022年1-6月`."""
    plain = plain_label(text)
    is_dated = any(c.isdigit() for c in plain) or part_of_year(plain)
    return bool(is_dated) and not _OF_A_PERIOD.sub("", _PART_OF_YEAR.sub("", plain))


def narrow_digits(text: str) -> str:
    """Return a value with full-width digits, point and sign in ASCII; nothing else changes."""
    return text.translate(_WIDE)


def without_grouping_blanks(text: str) -> str:
    """Return a value whose digits are grouped by blanks, as books print them, without these: `3 358 813.52`.

    `123 456` stays: it may be two values in one cell.
    """
    return text.replace(" ", "") if _GROUPED.fullmatch(text) else text


def decoded(content: bytes, *encodings: str) -> str:
    """Return the text in the first encoding that fits; where none does, raise as the last one."""
    for encoding in encodings[:-1]:
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return content.decode(encodings[-1])


def printed_value(printed: str) -> float | None:
    """Return the number that is printed, None for a mark that there is none; see `parse_number`."""
    return None if printed in MISSING_MARKS else parse_number(printed)


def parse_number(printed: str) -> float:
    """Return the number that `printed` spells in plain ASCII decimal notation.

    Raises
    ------
    NotANumber
        If it is empty, has separators, an exponent, full-width digits, `nan` or `inf`, is too long,
        or is larger than any value can be. The text says which.
    """
    text = printed.strip(" ")
    if not text:
        raise NotANumber(Code.READ_NUMBER("a number, not an empty cell", NoFix.PART))
    if len(text) > LONGEST_NUMBER:
        raise NotANumber(
            Code.READ_NUMBER(
                "a number of at most {characters} characters", NoFix.PART, characters=LONGEST_NUMBER
            )
        )
    if any(c.isdigit() and not c.isascii() for c in text):
        raise NotANumber(
            Code.READ_NUMBER(
                "a number in ASCII digits, without full-width or other digits", NoFix.PART
            )
        )
    if "," in text or "，" in text:
        raise NotANumber(Code.READ_NUMBER("a number without thousands separators", NoFix.PART))
    if not _NUMBER.fullmatch(text):
        raise NotANumber(Code.READ_NUMBER("a plain decimal number such as 1234.5", NoFix.PART))
    number = float(text)
    if abs(number) >= LARGEST_FIGURE:
        raise NotANumber(
            Code.READ_NUMBER("a number below {limit:.0e}", NoFix.PART, limit=LARGEST_FIGURE)
        )
    return number
