"""Units as tables print them, in the catalog's spelling: `亿元` of `单位：亿元` and `(100 million yuan)`.

A unit that is printed anywhere in a table holds. So it has to be found at any place: in the corner, in the title, alone
in a cell, behind the words of a header, in English.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from living_panel.ingestion.text import plain_label

_MULTIPLE = {"十": 1e1, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}
_MULTIPLES = "".join(_MULTIPLE)
_DIMENSIONS: dict[str, dict[str, float]] = {
    "length, m": {"米": 1, "公里": 1e3, "千米": 1e3, "厘米": 1e-2, "毫米": 1e-3, "海里": 1852},
    "area, m2": {
        "平方米": 1, "公顷": 1e4, "亩": 10_000 / 15, "平方公里": 1e6, "平方千米": 1e6,
    },
    "volume, m3": {"立方米": 1, "升": 1e-3},
    "mass, kg": {"公斤": 1, "千克": 1, "克": 1e-3, "吨": 1e3},
    "standard coal, t": {"吨标准煤": 1},
    "freight, tkm": {"吨公里": 1},
    "passengers, pkm": {"人公里": 1},
    "power, W": {"千瓦": 1e3, "兆瓦": 1e6, "马力": 735.49875},
    "apparent power, VA": {"千伏安": 1e3},
    "energy, kWh": {"千瓦时": 1},
    "time, h": {"小时": 1},
    "containers, TEU": {"标准箱": 1, "TEU": 1},
    "share, %": {"%": 1, "‰": 0.1},
}  # fmt: skip
"""Measuring words that are converted into one another: dimension -> word -> size."""
CURRENCIES = "美元 港元 欧元 日元 英镑 卢布 韩元 元".split()
_COUNTS = (
    CURRENCIES
    + (
        "件 人年 人次 人 名 家 户 个 项 篇 所 座 部 套 张 份 册 种 辆 艘 架 台 "
        "床 头 只 株 箱 宗 起 块 百分点 条 根 桶 瓶 袋 双 匹 棵 盒 卷 栋 幢 间 场次 场 例 笔 票 枚 "
        "户次 架次 艘次 车次 台次 头次 亩次 台套 次 天 课时 学时 印张"
    ).split()
)
"""Measuring words without a conversion: a currency has a rate, and no count is another one."""
WORDS: dict[str, tuple[str, float]] = {word: (word, 1.0) for word in _COUNTS} | {
    word: (dimension, float(size))
    for dimension, sizes in _DIMENSIONS.items()
    for word, size in sizes.items()
}
"""Every measuring word: its dimension, and how many of the dimension's base unit one is."""
_COUNTED = "|".join(map(re.escape, sorted(WORDS, key=len, reverse=True)))
_UNIT = re.compile(rf"[{_MULTIPLES}]*(?P<kind>{_COUNTED})(?:[/·].+)?")
_BEHIND = re.compile(
    rf"(?:(?<![0-9.])(?P<large>[{_MULTIPLES}]+(?:{_COUNTED}))"
    rf"|[,:/·\-—](?P<small>[{_MULTIPLES}]*(?:{_COUNTED})))$"
)
"""A unit behind words without parentheses: `出口额亿元`, `出口额/元`; 500万元 is a threshold."""
_BRACKETS = str.maketrans("[]{}〔〕【】〈〉<>《》「」", "()()()()()()()()")
_INSIDE = re.compile(r"\(([^()]+)\)")
_UNIT_LINE = re.compile(r"(?:计量|计算|金额|货币)?单位:(?P<unit>[^A-Za-z()]*)")
_UNIT_LINE_ENGLISH = re.compile(r"(?<![a-z])units?(?:ofmeasure(?:ment)?)?:(?P<unit>[^()]+)", re.I)
_WITHOUT_COLON = re.compile(r"\(?(?:计量|计算|金额|货币)?单位(?P<unit>[^:()]+)\)?")
_UNIT_IS = re.compile(
    r"(?:单位(?:均?为|是)|以(?=[^,，。;；]{1,6}(?:计|为单位)))(?P<unit>[^A-Za-z()（），,。;；、计为]+)"
)
_NOTES = ("注", "资料来源", "数据来源", "说明", "本表", "*", "Note", "Source")
LONGEST_LINE = 60
"""Characters of a line that may be a title; a sentence in parentheses of a longer one is none."""

_ENGLISH = re.compile(
    r"(?:in)?(?P<before>rmb|cny|usd|us\$|\$)?(?P<number>[0-9]+(?:\.[0-9]+)?)?"
    r"(?P<words>(?:hundred|thousand|million|billion|trillion)*)(?:of)?(?P<noun>[a-z.$]+[0-9]?)?"
)
_WORDS = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NOUNS = {
    "元": ("yuan", "rmb", "rmbyuan", "yuanrmb", "yuan(rmb)", "cny"),
    "美元": ("usd", "us$", "$", "usdollar", "usdollars", "u.s.dollar", "u.s.dollars", "dollar", "dollars"),
    "人": ("person", "persons", "people"),
    "人年": ("man-year", "man-years", "person-years", "personyears", "manyears"),
    "吨": ("ton", "tons", "tonne", "tonnes"),
    "公里": ("km", "kilometer", "kilometers"),
    "平方公里": ("sq.km", "sqkm", "squarekilometers"),
    "公顷": ("hectare", "hectares"),
    "千瓦时": ("kwh", "kw.h"),
    "件": ("piece", "pieces"),
    "项": ("item", "items"),
    "户": ("household", "households"),
    "个": ("unit", "units"),
    "辆": ("vehicle", "vehicles"),
    "台": ("set", "sets"),
}  # fmt: skip
_OF_NOUN = {noun: unit for unit, nouns in _NOUNS.items() for noun in nouns}
COUNTS = frozenset("件项户个台家所座部套张份辆")
"""What `piece` and `unit` may be in Chinese: a translation does not tell these apart."""
_SIZES = {1: "", 100: "百", 10**3: "千", 10**4: "万", 10**6: "百万", 10**7: "千万"}
_SIZES |= {10**8: "亿", 10**9: "十亿"}


def unit_kind(text: str) -> str | None:
    """Return what a printed unit counts, `件` for `万件`; None for other text."""
    if text.endswith("=100"):
        return "=100"
    match = _UNIT.fullmatch(text)
    return match["kind"] if match else None


def size_of(unit: str) -> tuple[str, float]:
    """Return the dimension of a unit and how many of its base unit one is: 10,000 件 for `万件`, 1000 kg for 吨.

    A unit without a known word is its own dimension, so that nothing is converted into it.
    """
    match = _UNIT.fullmatch(unit)
    if match is None or unit != unit[: match.end("kind")]:
        return unit, 1.0
    dimension, size = WORDS[match["kind"]]
    for character in unit[: match.start("kind")]:
        size *= _MULTIPLE[character]
    return dimension, size


def like_unit(unit: str, known: tuple[str, ...]) -> tuple[str, float] | None:
    """Return a known unit that measures the same, and how many of it one `unit` is; None where none does."""
    dimension, size = size_of(unit)
    if unit_kind(unit) is None or unit in known:
        return None
    same = next((other for other in known if size_of(other)[0] == dimension), None)
    return (same, size / size_of(same)[1]) if same else None


def is_same_loosely(unit: str, other: str) -> bool:
    """Whether a unit says of another only its currency, or is a translation that any count has."""
    if unit in {"元", "美元"}:
        return unit_kind(other) == unit
    count, counts = unit[-1:], other[-1:]
    return unit[:-1] == other[:-1] and count in "件项个户" and counts in COUNTS and count != counts


def proposal(unit: str, known: tuple[str, ...]) -> str:
    """Return what a person may do about a unit that a series does not have; empty without an idea."""
    if size := like_unit(unit, known):
        return (
            f"1 {unit} is {size[1]:g} {size[0]}: answer `yes` to the question on the unit in `teach`, "
            "or add it to the units of the series and to dbt_project/seeds/units.csv"
        )
    if unit_kind(unit) is not None:
        dimension = size_of(unit)[0]
        return f"{unit} counts {dimension}, the series {', '.join(known)}: it may be another series"
    near = get_close_matches(unit, known, n=1, cutoff=0.3)
    return f"{unit} is no known unit{f'; it may be {near[0]}' if near else ''}"


def unit_of(text: str) -> str:
    """Return the unit that a text is as a whole, in Chinese; empty for any other text."""
    plain = _plain(text).strip("()")
    if unit_kind(plain) is not None:
        return _base(plain)
    return _from_english(plain)


def units_in(text: str) -> list[str]:
    """Return what a line says of the unit by its words: `亿元` of `单位：亿元`, `Unit: 100 million yuan`."""
    plain = _plain(text)
    units = [line["unit"] for line in _UNIT_LINE.finditer(plain) if line["unit"]]
    units += [line["unit"] for line in _UNIT_LINE_ENGLISH.finditer(plain)]
    whole = _WITHOUT_COLON.fullmatch(plain)
    if not units and whole and unit_of(whole["unit"]):
        units = [whole["unit"]]
    units += [line["unit"] for line in _UNIT_IS.finditer(plain) if unit_of(line["unit"])]
    parts = [re.split("[、,;]", unit) for unit in units]
    listed = [
        part
        for unit, among in zip(units, parts, strict=True)
        for part in (among if all(map(unit_of, among)) else [unit])
    ]
    return [unit_of(unit) or unit for unit in listed]


def units_above(text: str) -> list[str]:
    """Return the units that a line above a table prints: by its words, alone, or in parentheses.

    A sentence says more than the unit of its table, so of a note or a long line only its words count.
    """
    units = units_in(text)
    plain = _plain(text)
    if len(plain) > LONGEST_LINE or plain.startswith(_NOTES):
        return units
    if not units and (alone := unit_of(plain)):
        return [alone]
    inside = [unit for text in _INSIDE.findall(plain) if (unit := unit_of(text))]
    return list(dict.fromkeys([*units, *inside]))


def units_of_words(words: list[str], known: tuple[str, ...]) -> list[str]:
    """Return the units that header words print, from top to bottom: in parentheses, alone, or behind."""
    units: list[str] = []
    for word in map(_plain, words):
        for inside in _INSIDE.findall(word):
            whole = inside if inside in known else unit_of(inside)
            units += [whole] if whole else _last_unit(inside)
        bare = _INSIDE.sub("", word)
        if bare in known:
            units.append(bare)
        elif whole := unit_of(bare):
            units.append(whole)
        elif behind := _BEHIND.search(bare):
            units.append(behind["large"] or behind["small"])
    return list(dict.fromkeys(unit for unit in units if unit))


def _last_unit(text: str) -> list[str]:
    """Return the unit that more words in parentheses end in: `(2022年,亿元)`, `(比上年增长%)`."""
    last = unit_of(re.split("[,;、]", text)[-1])
    return [last] if last else [text[-1]] if text.endswith(("%", "‰")) else []


def _plain(text: str) -> str:
    return plain_label(text.translate(_BRACKETS))


def _base(text: str) -> str:
    """Return an index's base as the catalog spells it, any other unit as it is."""
    return "上年=100" if text in {"以上年为100=100", "上年同期=100"} else text


def _from_english(plain: str) -> str:
    text = re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", plain.casefold())
    if text in {"precedingyear=100", "previousyear=100", "lastyear=100"}:
        return "上年=100"
    match = _ENGLISH.fullmatch(text)
    if not match or not (match["before"] or match["noun"]):
        return ""
    noun = _OF_NOUN.get(match["noun"] or match["before"], "")
    size = float(match["number"] or 1)
    for word in re.findall("|".join(_WORDS), match["words"]):
        size *= _WORDS[word]
    return f"{_SIZES[int(size)]}{noun}" if noun and size in _SIZES else ""
