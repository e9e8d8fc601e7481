"""The 31 provinces by their GB/T 2260 code, from every spelling that the sources use.

Only names and codes. Regions, and which provinces a sample keeps, are facts of the warehouse.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from living_panel.codes import Code, NoFix
from living_panel.ingestion.text import (
    forbidden_character,
    visible,
    without_blanks,
    without_mark,
)
from living_panel.problems import Unexpected

NATIONAL = "000000"


class UnknownProvince(Unexpected):
    """A label that names none of the 31 provinces, nor the country."""


class OutsidePanel(UnknownProvince):
    """Hong Kong, Macao or Taiwan: listed by some sources, and never part of the panel."""


@dataclass(frozen=True)
class Province:
    """One province: its code, the short and the full Chinese name, and the English one."""

    code: str
    short: str
    full: str
    english: str


PROVINCES: tuple[Province, ...] = tuple(
    Province(*row)
    for row in (
        ("110000", "北京", "北京市", "Beijing"),
        ("120000", "天津", "天津市", "Tianjin"),
        ("130000", "河北", "河北省", "Hebei"),
        ("140000", "山西", "山西省", "Shanxi"),
        ("150000", "内蒙古", "内蒙古自治区", "Inner Mongolia"),
        ("210000", "辽宁", "辽宁省", "Liaoning"),
        ("220000", "吉林", "吉林省", "Jilin"),
        ("230000", "黑龙江", "黑龙江省", "Heilongjiang"),
        ("310000", "上海", "上海市", "Shanghai"),
        ("320000", "江苏", "江苏省", "Jiangsu"),
        ("330000", "浙江", "浙江省", "Zhejiang"),
        ("340000", "安徽", "安徽省", "Anhui"),
        ("350000", "福建", "福建省", "Fujian"),
        ("360000", "江西", "江西省", "Jiangxi"),
        ("370000", "山东", "山东省", "Shandong"),
        ("410000", "河南", "河南省", "Henan"),
        ("420000", "湖北", "湖北省", "Hubei"),
        ("430000", "湖南", "湖南省", "Hunan"),
        ("440000", "广东", "广东省", "Guangdong"),
        ("450000", "广西", "广西壮族自治区", "Guangxi"),
        ("460000", "海南", "海南省", "Hainan"),
        ("500000", "重庆", "重庆市", "Chongqing"),
        ("510000", "四川", "四川省", "Sichuan"),
        ("520000", "贵州", "贵州省", "Guizhou"),
        ("530000", "云南", "云南省", "Yunnan"),
        ("540000", "西藏", "西藏自治区", "Tibet"),
        ("610000", "陕西", "陕西省", "Shaanxi"),
        ("620000", "甘肃", "甘肃省", "Gansu"),
        ("630000", "青海", "青海省", "Qinghai"),
        ("640000", "宁夏", "宁夏回族自治区", "Ningxia"),
        ("650000", "新疆", "新疆维吾尔自治区", "Xinjiang"),
    )
)

CODES: frozenset[str] = frozenset(province.code for province in PROVINCES)
KNOWN_CODES: frozenset[str] = CODES | {NATIONAL}

_NATIONAL_NAMES = (
    *(
        "全国",
        "全国总计",
        "全国合计",
        "总计",
        "National",
        "National Total",
        "China",
        "Nation",
        "Total",
    ),
    *("Nationwide", "Whole Country"),
)
_OTHER_NAMES = {
    "广西自治区": "450000",
    "宁夏自治区": "640000",
    "新疆自治区": "650000",
    "Neimenggu": "150000",
    "Nei Mongol": "150000",
    "Inner Mongolia Autonomous Region": "150000",
    "Guangxi Zhuang Autonomous Region": "450000",
    "Guangxi Zhuangzu": "450000",
    "Xizang": "540000",
    "Xizang Autonomous Region": "540000",
    "Tibet Autonomous Region": "540000",
    "Ningxia Hui Autonomous Region": "640000",
    "Ningxia Hui": "640000",
    "Xinjiang Uygur Autonomous Region": "650000",
    "Xinjiang Uyghur Autonomous Region": "650000",
    "Xinjiang Uygur": "650000",
}
_OUTSIDE = {
    *("台湾", "台湾省", "香港", "香港特别行政区", "澳门", "澳门特别行政区"),
    *("Taiwan", "Hong Kong", "Macao", "Macau", "710000", "810000", "820000"),
}
_ENDS = {"省": ("省",), "市": ("市", "直辖市"), "区": ("区", "自治区")}
"""Ends of a printed name by the last character of the full one: 吉林省 is a province, 吉林市 a city."""
_VARIANTS = str.maketrans(
    "陝陜內遼寧甯寕龍竜蘇廣東慶貴雲肅粛爾維壯區黒晉滬淛臺總計國縣",
    "陕陕内辽宁宁宁龙龙苏广东庆贵云肃肃尔维壮区黑晋沪浙台总计国县",
)
"""Traditional and variant forms of the characters in the names, as mainland print has them."""
_WITHOUT = re.compile(
    r"[(（]?(?:不含|不包括|不包含|未含|未包括|除|excluding|except|without)[^()（）]*(?:[)）]|外|$)",
    re.IGNORECASE,
)
_TWO_LANGUAGES = re.compile(
    r"([^A-Za-z]*[\u4e00-\u9fff])[\s/(（]*([A-Za-z][A-Za-z\s'’.\-]*?)[)）\s]*"
)
_CODE = re.compile(r"([0-9]{6})(?:000000)?")


def _key(label: str) -> str:
    """Reduce a name to what distinguishes it: no blanks, no case, no hyphen or apostrophe."""
    narrow = unicodedata.normalize("NFKC", label).translate(_VARIANTS)
    return re.sub(r"['’\-.]", "", without_blanks(narrow)).casefold()


def _names() -> dict[str, str]:
    names: dict[str, str] = {_key(name): NATIONAL for name in _NATIONAL_NAMES}
    for province in PROVINCES:
        spellings = [province.short, province.full, province.english]
        suffix = "Municipality" if province.full.endswith("市") else "Province"
        spellings.append(f"{province.english} {suffix}")
        spellings += [f"{province.short}{end}" for end in _ENDS[province.full[-1]]]
        names.update({_key(spelling): province.code for spelling in spellings})
    names.update({_key(name): code for name, code in _OTHER_NAMES.items()})
    return names


_BY_NAME = _names()
_IN_LABELS = {
    key: code
    for key, code in _BY_NAME.items()
    if code != NATIONAL and (not key.isascii() or len(key) >= 5)
}
_OUTSIDE_KEYS = {_key(name) for name in _OUTSIDE}


def province_code(label: str) -> str:
    """Return the six-digit GB/T 2260 code of a printed province label; 000000 is the country.

    Accepts short and full Chinese names with padding of any blank (`北 京`, `全　国`), English
    names, six-digit codes and the twelve-digit codes of the Bureau's current interface.

    Raises
    ------
    OutsidePanel
        For Hong Kong, Macao and Taiwan.
    UnknownProvince
        For anything else, and for a label with an invisible or bidirectional character.
    """
    bad = forbidden_character(label)
    if bad is not None:
        raise UnknownProvince(
            Code.READ_REGION(
                "a province label without invisible characters (this label contains {bad})",
                NoFix.PART,
                bad=bad,
            )
        )
    parts = _TWO_LANGUAGES.fullmatch(label.strip())
    if parts:
        # a name and its translation in one cell: both have to mean the same
        meant = {province_code(part) for part in parts.groups()}
        if len(meant) > 1:
            raise UnknownProvince(
                Code.READ_REGION(
                    "a province with its own English name; this English name belongs to another province",
                    NoFix.PART,
                )
            )
        return meant.pop()
    code = _CODE.fullmatch(label.strip())
    key = code.group(1) if code and label.isascii() else _key(label)
    if code and label.isascii() and key in KNOWN_CODES:
        return key
    if key in _OUTSIDE_KEYS:
        raise OutsidePanel(
            Code.READ_REGION(
                "one of the 31 provinces or 全国; the panel does not include Hong Kong, Macao and Taiwan",
                NoFix.PART,
            )
        )
    try:
        return _BY_NAME[key]
    except KeyError:
        raise UnknownProvince(
            Code.READ_REGION("one of the 31 provinces, such as 北京 or 内蒙古, or 全国", NoFix.PART)
        ) from None


@lru_cache(maxsize=4096)  # each cell of a table is looked at many times
def region_of(cell: str) -> str | None:
    """Return the code of the region that a cell names, with a footnote mark or without; None for other text."""
    try:
        return province_code(region_label(cell)) if cell.strip() else None
    except UnknownProvince:
        return None


def region_label(cell: str) -> str:
    """Return a printed label of a region as a person sees it, without its footnote marks."""
    return without_mark(visible(cell), raised=True)[0]


def alias_key(label: str) -> str:
    """Return what two printed spellings of one label have in common: no blanks, marks, case or variants."""
    return _key(region_label(label))


@lru_cache(maxsize=4096)
def regions_in(label: str) -> frozenset[str]:
    """Return the codes of the provinces whose names a label contains, `新疆(含兵团)`; none for a sum.

    A province that a sum leaves out, `全国(不含西藏)`, is not among them.
    """
    key = _key(visible(label))
    left_out = _key(_WITHOUT.sub("", visible(label)))
    if left_out in _BY_NAME and _BY_NAME[left_out] == NATIONAL:
        key = left_out
    names = "|".join(map(re.escape, sorted(_IN_LABELS, key=len, reverse=True)))
    return frozenset(_IN_LABELS[name] for name in re.findall(names, key))


def nearest_province(label: str, among: frozenset[str] | set[str]) -> str:
    """Return the code of the province that a torn or mistyped label may be; empty where none is near.

    Parameters
    ----------
    among : set of str
        Codes of the provinces that have no row of their own.
    """
    key = _key(visible(region_label(label)))
    bare = re.sub("(?:省|市|自治区|区)$", "", key)
    for province in PROVINCES:
        if province.code not in among:
            continue
        for name in (_key(province.short), _key(province.english)):
            if _is_near(bare, name):
                return province.code
    return ""


def _is_near(text: str, name: str) -> bool:
    if not text:
        return False
    if name.isascii():
        return text.isascii() and text[:1] == name[:1] and _differ(text, name) <= len(name) // 4
    same = sum(a == b for a, b in zip(text, name, strict=False))
    return abs(len(text) - len(name)) <= 1 and same >= 1 and same * 2 >= len(name)


def _differ(text: str, name: str) -> int:
    """Return how many characters have to change, be added or be left out between two words."""
    row = list(range(len(name) + 1))
    for i, a in enumerate(text, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(name, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
