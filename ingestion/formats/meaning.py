"""Meaning of printed words: growth, a share, constant prices, an average. The file decides, and no answer overrides it.

A series whose own names say the same may have such values. Every other series is refused them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from living_panel.ingestion.text import has_constant_prices, plain_label, with_digits
from living_panel.ingestion.units import unit_kind, units_of_words

GROWTH, SHARE, RANK, INDEX = "growth", "a share", "a rank", "an index"
CONSTANT, PER_HEAD, PLANNED = "constant prices", "values per head", "planned values"
CUMULATIVE, MEAN, PERIOD = "cumulative values", "a mean of years", "several years"

_WORDS: dict[str, str] = {
    GROWTH: (
        "增长|增速|增幅|增减|增加(?!值)|减少|下降|上升|涨幅|降幅|跌幅|升降|涨跌|变动|变化|同比|环比|±|\\+/-"
        "|[比较](?:上|去|前)一?年(?!=)|[比较](?:上年)?同期|上年同期(?!=)|增量|净增|拉动|[为于]上年的?%|上年的%"
        "|growth|increas|decreas|yoy|y/y|y-o-y|rateofchange|changeover|changefrom|%change"
        "|over(?:the)?(?:previous|pre[cv]eding|last)year"
    ),
    SHARE: (
        "比重|比例|占比|构成|结构(?!性)|贡献率|份额|所占|百分比|占[^,;:、()]{0,10}(?:%|比|重)"
        "|proportion|share|percentage|composition|percent(?:of|in)"
    ),
    RANK: "位次|排名|排序|排位|名次|位居|居全国|第几位|rank",
    INDEX: "指数|定基|发展速度|=100|index(?!ed)|indices",
    PER_HEAD: (
        "人均|户均|劳均|亩均|地均|平均每(?!年)|按人口平均|每(?:一|十|百|千|万|十万|百万|亿)?(?:个)?(?:人|户|家|平方公里|亩|公顷)"
        "|percapita|perhead|perperson|per-capita|perinhabitant"
    ),
    PLANNED: (
        "计划(?!单列|生育)|规划|预算|预测|预计|预期|预估|展望|目标|任务数|估算|planned|forecast|budget|projected|projection|expected|targets?(?![a-z])"
    ),
    CUMULATIVE: "累计|累积|历年|以来合计|cumulative|cumulated|accumulat",
    MEAN: (
        "年均|(?<![0-9])[0-9]{1,2}年(?:来|间)?的?(?:算术|几何|移动)?平均"
        "|[二两三四五六七八九十]年(?:来|间)?的?(?:算术|几何|移动)?平均"
        "|[-—–~至到][0-9]{2,4}年?的?(?:算术|几何|移动|年度|年)?平均|时期(?:年)?平均|期间(?:年)?平均|移动平均|平均增|多年平均|历年平均|平均每年|每年平均"
        "|[0-9]-?yearaverage|(?:two|three|four|five|ten)-?yearaverage|movingaverage|averageof(?:the)?years"
        "|averageannual|annualaverage(?:of|from|over|,)[0-9]{4}[-—–~to]"
        "|period-?average"
    ),
    PERIOD: (
        '十[一二三四五六七八九]["”’』」]?五|["“‘『「][一二三四五六七八九]五["”’』」]|(?<!第)(?<!十)[一二三四五六七八九]五["”’』」]?(?=时期|规划|计划|期间)'
        '|["“‘『「]十五["”’』」]|十五(?=时期|规划|计划|期间)'
        "|五年(?:规划|计划)|five-?yearplan|[0-9]{1,2}thfive"
    ),
}
_PATTERNS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _WORDS.items()}
_CONSTANT = re.compile(
    "(?:不变|可比|固定|基期)价|(?:剔除|扣除)(?:了)?(?:价格|物价|通货膨胀)"
    "|constantprices?|comparableprices?|fixedprices?|realterms|constant(?:19|20)[0-9]{2}",
    re.IGNORECASE,
)
_ACCOUNTS = re.compile(
    "(?<!年初)(?:一般公共|公共财政|一般|政府性基金|国有资本经营|社会保险基金)预算"
    "(?!数|(?:收入|支出|收支)?(?:安排|草案|调整))|预算[内外]"
    "|general(?:public)?budget(?:ary)?|(?:extra|in|off|non)-?budgetary",
    re.IGNORECASE,
)
"""Names of public accounts: their values are those of the year, unless other words say that they are planned."""
_FINAL = re.compile("决算|finalaccounts?", re.IGNORECASE)
_NOT_CONSTANT = re.compile("(?:不是|并非|未按|没有按|非)(?:按)?(?:不变|可比|固定)价")
_OF_GROWTH = re.compile(
    "指数|增长|增速|增幅|发展速度|速度|index|indices|growth|rate", re.IGNORECASE
)
_SPAN = re.compile(
    r"(?<![0-9])(?P<first>(?:19|20)[0-9]{2})年?(?:度)?(?:[-—–~∼−‐‑/至到]+|to)(?P<last>(?:19|20)?[0-9]{2})(?![0-9]|月)年?",
    re.IGNORECASE,
)
_WHOLE_YEAR = re.compile(
    "(?<![0-9])0?1月?[-—–~至到]12月|全年|january-december|jan\\.?-dec", re.IGNORECASE
)
_SEVERAL = re.compile("[和及与、,，&/]|以及|\\band\\b", re.IGNORECASE)
_CLAUSES = re.compile("[,;。:]")
_SAYS = re.compile(
    r"(?:本表|表中|表内|数据|数字|数值|数额|指标|figures|values|data)[^,;。]{0,8}?(?:均?为|皆为|都是|均?是|均?系|均?按|均?指|are|is|in)(?P<what>[^,;。]*)",
    re.IGNORECASE,
)
_AMOUNTS = (GROWTH, SHARE, RANK, INDEX)
"""Kinds that a unit of amounts contradicts."""


def kinds_of(text: str) -> set[str]:
    """Return what words make of the values under them, apart from plain yearly amounts.

    Years alone are no such words: `2016-2020` is a period, `2022` is not.
    """
    plain = plain_label(with_digits(text))
    kinds = {kind for kind, pattern in _PATTERNS.items() if pattern.search(_but_known(kind, plain))}
    if has_constant_prices(text) or (_CONSTANT.search(plain) and not _NOT_CONSTANT.search(plain)):
        kinds.add(CONSTANT)
    if spans_in(plain):
        kinds.add(PERIOD)
    if CUMULATIVE in kinds and _WHOLE_YEAR.search(plain):
        kinds.discard(CUMULATIVE)
    return kinds


def _but_known(kind: str, plain: str) -> str:
    """Return a text without words that have the form of a kind and another meaning."""
    if kind == GROWTH:
        # an index names the year that it compares with
        return re.sub("(?:以)?上年(?:同期)?(?:为100)?=100|增加值|新增|增值", "", plain)
    if kind == SHARE:
        return re.sub("比例尺|按构成分", "", plain)
    if kind == PLANNED:
        return _ACCOUNTS.sub("", plain)
    return plain


def spans_in(text: str) -> list[tuple[int, int]]:
    """Return the spans of several years that a text prints: `2016-2020`, `2016至20年`."""
    spans = []
    for span in _SPAN.finditer(plain_label(with_digits(text))):
        first, last = int(span["first"]), span["last"]
        end = int(last) if len(last) == 4 else first // 100 * 100 + int(last)
        if end > first:
            spans.append((first, end))
    return spans


def kinds_of_note(text: str) -> set[str]:
    """Return what a note says about the values of its table: a clause about all of them.

    A clause about an index or a growth rate says nothing about amounts.
    """
    meanings: set[str] = set()
    for clause in _CLAUSES.split(plain_label(text)):
        kinds = kinds_of(clause)
        if CONSTANT in kinds and not _OF_GROWTH.search(clause):
            meanings.add(CONSTANT)
        for match in _SAYS.finditer(clause):
            meanings |= kinds_of(match["what"]) - {CONSTANT, PERIOD, INDEX, GROWTH}
            what = plain_label(match["what"])
            if re.match("(?:.{0,8})(?:增长|指数|增速|同比)", what):
                meanings |= kinds_of(what) & {INDEX, GROWTH}
    return meanings


def other_meaning(
    words: Sequence[str],
    names: Iterable[str],
    titles: Iterable[str],
    notes: Iterable[str],
    others: Iterable[Collection[str]],
) -> str:
    """Return what a file makes of a column, where no name of the series says so; else nothing.

    Parameters
    ----------
    words : sequence of str
        Words over the column, from top to bottom.
    names : iterable of str
        Label, aliases and title of the series.
    titles : iterable of str
        Title and short lines above the table. They speak of every column, unless they name several
        things and another column is what they name.
    notes : iterable of str
        Notes and sentences about the table.
    others : iterable of collections of str
        Words over the other columns of values.
    """
    # a name may be cut over rows
    of_column = kinds_of(">".join(words)) & kinds_of("".join(words))
    allowed = {kind for name in names for kind in kinds_of(name)}
    elsewhere = {kind for column in others for kind in kinds_of(">".join(column))}
    is_amount = any(
        unit_kind(unit) not in {None, "%", "‰", "百分点", "=100"}
        for unit in units_of_words(list(words), ())
    )
    above: set[str] = set()
    whole_year = False
    for title in titles:
        kinds = kinds_of(title)
        whole_year = whole_year or bool(_WHOLE_YEAR.search(plain_label(title)))
        # with a list of things in the title, each column may be another of them
        if _SEVERAL.search(plain_label(title)):
            kinds -= elsewhere - of_column
            kinds -= set(_AMOUNTS) if is_amount else set()
        above |= kinds - {PERIOD}
        # a span of years in a title is the span of columns or rows; a plan's period is none
        above |= {PERIOD} & kinds if not spans_in(title) else set()
    for note in notes:
        above |= kinds_of_note(note)
    if any(_FINAL.search(plain_label(word)) for word in words):
        above.discard(PLANNED)  # of the column next to it
    if CONSTANT in above and allowed & {INDEX, GROWTH}:
        above.discard(CONSTANT)
    meanings = of_column | above
    if CONSTANT in meanings and INDEX in allowed:
        meanings.discard(CONSTANT)
    if whole_year:
        meanings.discard(CUMULATIVE)
    return min(meanings - allowed, default="")
