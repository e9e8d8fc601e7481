"""The 31 provinces by their GB/T 2260 code, from every spelling that the sources use.

Only names and codes. Regions, and which provinces a sample keeps, are facts of the warehouse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from living_panel.ingestion import codes
from living_panel.ingestion.text import forbidden_character, without_blanks, without_mark
from living_panel.problems import Unexpected

NATIONAL = "000000"


class UnknownProvince(Unexpected):
    """A label that names none of the 31 provinces, nor the country."""

    general = codes.PROVINCE


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
_TWO_LANGUAGES = re.compile(
    r"([^A-Za-z]*[\u4e00-\u9fff])[\s/(（]*([A-Za-z][A-Za-z\s'’.\-]*?)[)）\s]*"
)
_CODE = re.compile(r"([0-9]{6})(?:000000)?")


def _key(label: str) -> str:
    """Reduce a name to what distinguishes it: no blanks, no case, no hyphen or apostrophe."""
    return re.sub(r"['’\-.]", "", without_blanks(label)).casefold()


def _names() -> dict[str, str]:
    names: dict[str, str] = {_key(name): NATIONAL for name in _NATIONAL_NAMES}
    for province in PROVINCES:
        spellings = [province.short, province.full, province.english]
        suffix = "Municipality" if province.full.endswith("市") else "Province"
        spellings.append(f"{province.english} {suffix}")
        names.update({_key(spelling): province.code for spelling in spellings})
    names.update({_key(name): code for name, code in _OTHER_NAMES.items()})
    return names


_BY_NAME = _names()
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
        raise UnknownProvince(codes.INVISIBLE(bad=bad))
    parts = _TWO_LANGUAGES.fullmatch(label.strip())
    if parts:
        # a name and its translation in one cell: both have to mean the same
        meant = {province_code(part) for part in parts.groups()}
        if len(meant) > 1:
            raise UnknownProvince(codes.TRANSLATION())
        return meant.pop()
    code = _CODE.fullmatch(label.strip())
    key = code.group(1) if code and label.isascii() else _key(label)
    if key in KNOWN_CODES:
        return key
    if key in _OUTSIDE_KEYS:
        raise OutsidePanel(codes.OUTSIDE())
    try:
        return _BY_NAME[key]
    except KeyError:
        raise UnknownProvince(codes.NO_PROVINCE()) from None


@lru_cache(maxsize=4096)  # each cell of a table is looked at many times
def region_of(cell: str) -> str | None:
    """Return the code of the region that a cell names, with a footnote mark or without; None for other text."""
    try:
        return province_code(without_mark(cell)[0]) if cell.strip() else None
    except UnknownProvince:
        return None
