"""Tables of cities: their rows, or a column of theirs, name capitals, so that they hold nothing about provinces."""

from __future__ import annotations

import re

from living_panel.ingestion.formats.pieces import Piece, is_note
from living_panel.ingestion.provinces import NATIONAL, PROVINCES, alias_key
from living_panel.ingestion.text import plain_label

_CAPITALS = """
130000 石家庄 Shijiazhuang, 140000 太原 Taiyuan, 150000 呼和浩特 Hohhot, 210000 沈阳 Shenyang,
210000 大连 Dalian, 220000 长春 Changchun, 230000 哈尔滨 Harbin, 320000 南京 Nanjing, 330000 杭州 Hangzhou,
330000 宁波 Ningbo, 340000 合肥 Hefei, 350000 福州 Fuzhou, 350000 厦门 Xiamen, 360000 南昌 Nanchang,
370000 济南 Jinan, 370000 青岛 Qingdao, 410000 郑州 Zhengzhou, 420000 武汉 Wuhan, 430000 长沙 Changsha,
440000 广州 Guangzhou, 440000 深圳 Shenzhen, 450000 南宁 Nanning, 460000 海口 Haikou, 510000 成都 Chengdu,
520000 贵阳 Guiyang, 530000 昆明 Kunming, 540000 拉萨 Lhasa, 610000 西安 Xi'an, 620000 兰州 Lanzhou,
630000 西宁 Xining, 640000 银川 Yinchuan, 650000 乌鲁木齐 Urumqi, 320000 苏州 Suzhou, 320000 无锡 Wuxi
"""
"""Capitals, the cities with plans of their own, and the two largest others: every list of main cities has them."""
CITIES = {
    alias_key(name): code
    for code, *names in (entry.split() for entry in _CAPITALS.replace("\n", " ").split(","))
    for name in (names[0], f"{names[0]}市", " ".join(names[1:]))
}
CITY_HEADS = frozenset(
    (
        "城市 市 城市名称 城市名 城市city 市别 主要城市 地级市 地市 市州 省会 省会城市 市县 city cities"
        " city市 nameofcity"
    ).split()
)
_MAIN = re.compile(
    r"主要城市|大中城市|中心城市|省会(?:城市|和|及|与|、)|重点城市|样本城市|百城|计划单列市|[0-9]{2,3}个?(?:大中)?城市"
    r"|(?:main|major|capital|key|principal|large|selected|big)(?:and[a-z]+)?cities|provincialcapitals",
    re.IGNORECASE,
)
_OF_CITIES = re.compile(
    "地级(?:及以上)?(?:城)?市|县级市|各市(?!场|区|辖)|分市(?!场)|分城市|各城市|bycity",
    re.IGNORECASE,
)


def city_evidence(piece: Piece, names: tuple[str, ...] = ()) -> str:
    """Return what in a piece says that its rows are cities; empty for a table of provinces.

    Parameters
    ----------
    piece : Piece
        A table with rows of regions.
    names : tuple of str
        Names of the series: `主要城市房价` may be printed for cities.
    """
    if any(_MAIN.search(plain_label(name)) for name in names):
        return ""
    rows = [row for row in range(piece.start, piece.bottom) if piece.code(row) is not None]
    provinces = {piece.code(row) for row in rows if piece.has_values(row)} - {NATIONAL}
    for line in piece.lines():
        match = _MAIN.search(plain_label(line))
        if match is None and len(provinces) < len(PROVINCES):
            match = _OF_CITIES.search(plain_label(line))
        if match and not is_note(line):
            return line.strip()
    width = max((len(piece.grid.cells[row]) for row in rows), default=0)
    for column in range(width):
        head = [word.casefold() for word in piece.words(column)]
        words = [text for row in rows if (text := piece.grid.text(row, column).strip())]
        if any(any(c.isdigit() for c in text) for text in words):
            continue
        if CITY_HEADS & set(head) and words:
            return " > ".join(piece.words(column))
        if column != piece.region:
            cities = [text for text in words if alias_key(text) in CITIES]
            if len(cities) >= 3:
                return cities[0]
    for row in range(piece.start, piece.bottom):
        label = piece.grid.text(row, piece.region)
        code = CITIES.get(alias_key(label)) if label.strip() else None
        if code and code not in provinces and piece.code(row) is None and piece.has_values(row):
            return label.strip()
    return ""
