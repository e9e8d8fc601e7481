"""Evidence: what a file says of its values in any of its texts: period, unit, region, concept, status.

The file decides, and no answer overrides it. A text that contradicts the values refuses them, with the place of both.
A text that only a person can weigh puts a mark on the values; whoever writes the receipt confirms it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from living_panel.codes import Code
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.provinces import regions_in
from living_panel.ingestion.text import (
    has_constant_prices,
    part_of_year,
    plain_label,
    publication_years,
    with_digits,
    without_base_years,
)
from living_panel.ingestion.units import (
    CURRENCIES,
    LONGEST_LINE,
    unit_kind,
    unit_of,
    units_above,
    units_in,
    units_of_words,
)

GROWTH, SHARE, RANK, INDEX = "growth", "a share", "a rank", "an index"
CONSTANT, PER_HEAD, PLANNED = "constant prices", "values per head", "planned values"
CUMULATIVE, MEAN, PERIOD = "cumulative values", "a mean of years", "several years"
TRANSFORMED = "transformed values"

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
        "计划(?!单列|生育)|规划|预算|预测|预计|预期|预估|展望|目标|任务数|估算|planned|forecast|budget|projected|projection|(?<![a-z])plan(?![a-z])|expected|targets?(?![a-z])"
        "|(?<![0-9])(?:19|20)[0-9]{2}年?[(]?(?:[efb](?![a-z0-9])|预(?!算)|proj(?![a-z]))|[(][ef][)]"
    ),
    CUMULATIVE: "累计|累积|历年|以来合计|cumulative|cumulated|accumulat",
    MEAN: (
        "年均|(?<![0-9])[0-9]{1,2}年(?:来|间)?的?(?:算术|几何|移动)?平均"
        "|[二两三四五六七八九十]年(?:来|间)?的?(?:算术|几何|移动)?平均"
        "|[-—–~至到][0-9]{2,4}年?的?(?:算术|几何|移动|年度|年)?平均|时期(?:年)?平均|期间(?:年)?平均|移动平均|平均增|多年平均|历年平均|平均每年|每年平均"
        "|[0-9]-?yearaverage|(?:two|three|four|five|ten)-?yearaverage|movingaverage|averageof(?:the)?years"
        "|averageannual|annualaverage(?:of|from|over|,)[0-9]{4}[-—–~to]"
        "|period-?average|中位数|平均值|均值|(?<![a-z])(?:mean|median)(?![a-z])"
    ),
    TRANSFORMED: (
        "对数|(?<![a-z])(?:ln|log)s?(?=[(_)]|$|of|gdp)|标准化(?:值|后|处理|得分|的值|gdp|[)]|$)|z-?score|(?:normali|standardi)[sz]ed"
        "|差额|差值|缺口|离差|残差|residual"
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
    "|平减|实际(?=gdp|地区生产|国内生产)|(?<![a-z])real(?=gdp|grossdomestic)|deflated"
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
    r"(?:本表|表中|表内|数据|数字|数值|数额|指标|figures|values|data)[^,;。]{0,8}?(?:均?为|皆为|都是|均?是|均?系|均?按|均?指|均?已?取|均?已?经过?|are|is|in)(?P<what>[^,;。]*)",
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


# -- every text of a file --------------------------------------------------------------------------

Role = Literal[
    "file name", "sheet name", "print header", "text box", "comment", "title", "line", "header",
    "note",
]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One text of a file: its words, what it is, and where it stands."""

    text: str
    role: Role
    place: str


@dataclass(frozen=True)
class Values:
    """One column of values, as the reader takes them: what every text of the file is held against."""

    label: str
    names: tuple[str, ...]
    """Label, aliases and title of the series."""
    place: str
    words: list[str]
    """Words over the column, from top to bottom."""
    heads: frozenset[str]
    """Places of the cells over the column."""
    others: list[list[str]]
    """Words over the other columns of values."""
    unit: str
    years: frozenset[int]
    is_stated: bool
    """Whether the lines above the table date the column: neither its header nor its rows do."""
    edition: int


@dataclass(frozen=True)
class Fact:
    """What a text, or a clause of a note, says of values: of all, or of those of some regions."""

    regions: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    spans: tuple[tuple[int, int], ...] = ()
    part: str = ""
    """Months, a quarter or half of a year."""
    units: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    is_planned: bool = False
    is_before: bool = False
    """Values of the year before."""
    is_missing: bool = False
    of_years: frozenset[int] = frozenset()
    """Years that the clause speaks of; none for every year."""


STRUCK, NOT_CALCULATED, HIDDEN, SCALED = "[struck]", "[uncalc]", "[hidden]", "[scaled]"
"""Marks that a reader of workbooks and pages puts behind a number; no longer than a footnote mark."""
TYPED = "[typed]"
PRELIMINARY, ESTIMATED, COVERAGE = "[preliminary]", "[estimated]", "[coverage]"
ZERO, PLACEHOLDER, DRAFT = "[zero]", "[placeholder]", "[draft]"
MARKS = {
    STRUCK: "struck through",
    NOT_CALCULATED: "0 in cells with a formula, in a workbook that no program has calculated",
    HIDDEN: "in a hidden row, column or sheet, or in letters that nobody sees",
    SCALED: "divided by a thousand or a million by the number format of their cells",
    TYPED: "calculated by a formula with a number typed into it",
    PRELIMINARY: "preliminary, as the file says",
    ESTIMATED: "estimated, as the file says",
    COVERAGE: "of more or less than the region, as the file says",
    ZERO: "0, which the file uses for something else",
    PLACEHOLDER: "a number that often stands for no value",
    DRAFT: "in a draft or an obsolete table, as the file says",
}
"""What a mark in the note of a value says; a person confirms such values."""
_STATUS = {
    PRELIMINARY: re.compile(
        r"初步|快报|暂定|待核|未审|未经(?:审|核)|试算|摸底|preliminary|provisional|(?<![0-9])(?:19|20)[0-9]{2}年?[(]?p(?![a-z0-9])|[(]p[)]",
        re.I,
    ),
    ESTIMATED: re.compile(
        "估计|推算|推计|匡算|插值|插补|内插|外推|estimate|imputed|interpolat|extrapolat|(?<![a-z])est(?![a-z])",
        re.I,
    ),
    DRAFT: re.compile(
        "作废|废弃|草稿|草表|样表|样例|示例|虚拟数|虚构|模拟|仿真|随机生成|示意|初稿|征求意见稿|仅供参考|有误(?!差)"
        "|^旧[表版]?$|旧数据|旧口径|(?:修订|调整)前|obsolete|^draft|dummy|fictitious|simulated|synthetic",
        re.I,
    ),
}
_NAMED_DRAFT = re.compile(
    "(?<![a-z])(?:drafts?|old|tests?|samples?|examples?|demo|backup|wrong|copy)(?![a-z])|测试|副本|备份|旧$",
    re.I,
)
"""What names of files and sheets alone say; in a text, `old` or `test` is any word."""
_DAY = re.compile(
    r"(?:19|20)[0-9]{2}\s*[-/.年]\s*[0-9]{1,2}\s*[-/.月]\s*[0-9]{1,2}(?!\s*月|[0-9])\s*日?"
    r"|[0-9]{1,2}[./ -](?:[0-9]{1,2}|[A-Za-z]{3,9})[./, -]+(?:19|20)[0-9]{2}"
)
_SINCE = re.compile(
    r"(?:[自从]?(?:(?:19|20)[0-9]{2}年)?[0-9]{1,2}月份?(?:起|以来|开始|之?后|之?前)|[0-9]{1,2}月份?(?:底|末)?(?:出版|发布|公布|印|更新|下载|编))"
)
"""Months of a definition or of a publication, not of values."""
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_YEAR_IN_NOTE = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?=年|数|\.?\s*$)")
_BEING = re.compile(
    r"(?<![以作分称视成因])(?:均|皆|都)?(?:为|是|系|属)(?![了此])|截[至止]到?"
    r"|(?:暂用|沿用|采用|使用|借用)(?=(?:(?:19|20)[0-9]{2}|上|去)年的?(?:数|资料))"
    r"|\b(?:are|is|were|was|refers? to)\b"
)
_ALONE = re.compile(
    "(?:(?:these|all) )?(?:preliminary|provisional|estimated|draft)(?: (?:data|figures|values|results))?"
    "|(?:初步|快报|推算|估计|暂定|预计)(?:数据|数字|数)?",
    re.I,
)
"""A note with nothing but a status."""
_OF_YEAR_BEFORE = re.compile(
    "(?:[上去]一?年度?的?(?:数|资料|统计|年?[末底])|(?:(?:of|for|from)?the)?(?:previous|preceding|last)year)",
    re.I,
)
_UNIT_ALONE = re.compile(
    "(?:计量|计算)?单位|units?(?![a-z])|(?:(?:all)?(?:figures|data|values|amounts)(?:are)?)?in(?P<what>.+)",
    re.I,
)
"""A note with nothing but a unit."""

_TABLE = re.compile(
    "本表|表中|表内|此表|该表|数据|数字|数值|截[至止]|单位|figures|data|values", re.I
)
_MISSING = re.compile(
    "无(?:此项)?(?:数据|资料)|没有(?:数据|资料)|暂?缺|未(?:统计|公布|上报|报送)|不详|no data|not available",
    re.I,
)
_ZERO_IS = re.compile("(?<![0-9.])[\"“'‘「]?0[\"”'’」]?(?:表示|代表|代替|填充|填补|系|为|是)")
_OF_CITY = "市辖区|市区|城区|[省市]本级"
_PART_ALONE = re.compile(
    "(?:本表|表中|表内|此表|该表|数据)[^,]{0,6}?(?:不包括|不包含|不含|未包括|未含"
    f"|[只仅](?:包括|包含|含|为|统计)|[为是]全?(?={_OF_CITY}))(?P<what>.+)"
)
_PART_IN_HEADER = re.compile(f"不含|不包括|不包含|{_OF_CITY}|excluding", re.I)
_SURVEYED = re.compile("推算|推计|estimate", re.I)
_NO_PART = re.compile("港|澳|台湾|现役军人")
"""What no figure of a province has in it anyway."""
_EXTENT = re.compile("不?(?:包含|包括|含)|未(?:包含|包括|含)|excluding|including|without", re.I)
_PLACEHOLDER = re.compile(
    r"-?(?:9{4,}|9{3,}\.9+|([1-8])\1{5,}|10{9}|1234567(?:89?)?)(?:\.[089]+)?|-9{2,}"
)
_CHINESE = re.compile("[\u4e00-\u9fff]")
_EXCLUSIVE = [
    {"户籍": "户籍", "常住": "常住", "流动": "流动人口", "暂住": "暂住"},
    {"年末": "年末|年底|year-?end", "年平均": "年平均|年均|平均人口", "年初": "年初", "年中": "年中(?!国)"},
    {"进出口": "进出口", "出口": "(?<!进)出口", "进口": "进口(?!出)"},
    {"货物": "货物", "服务": "服务(?=贸易|进|出)"},
    {"城镇": "城镇|城市", "乡村": "农村|乡村"},
    {"国内外": "国内外", "国内": "国内(?!外)", "国外": "国外"},
    {"申请": "申请|受理", "授权": "授权", "有效": "有效"},
    {"经营单位": "经营单位", "境内": "境内(?:目的地|货源地)"},
    {"实际": "实际", "合同": "合同|协议|批准"},
    {"第一产业": "第一产业", "第二产业": "第二产业", "第三产业": "第三产业", "工业": "工业(?!品)", "建筑业": "建筑业"},
]  # fmt: skip
"""Words of which a series has one: another one in its place is another series."""
_OF_BOTH = re.compile("进出口(?!总|额|值)")
_RESTRICTING = frozenset(
    "户籍 流动 暂住 合同 服务 国外 授权 城镇 乡村 第一产业 第二产业 第三产业 工业 建筑业".split()
)
"""Words that no series has without naming them."""


def years_in(words: Iterable[str]) -> set[int]:
    """Return the years of the values that words print; a base year is the year of prices."""
    return {int(text) for word in words for text in _YEAR.findall(without_base_years(word))}


def facts_of(said: Said) -> list[Fact]:
    """Return what a text says of values: a note clause by clause, a short text as a whole."""
    text = with_digits(unicodedata.normalize("NFKC", said.text))
    is_note = said.role == "note" or (
        said.role in {"line", "comment", "print header", "text box"}
        and (regions_in(text) or len(plain_label(text)) > LONGEST_LINE)
    )
    if is_note:
        said_alone = _said_alone(text) if said.role == "note" else None
        clauses = map(_fact_of, re.split(r"[,;。:]|\.\s", text))
        return [fact for fact in (said_alone, *clauses) if fact]
    is_name = said.role in {"file name", "sheet name"}
    bare = _SINCE.sub("", _DAY.sub("", plain_label(text)))
    part = part_of_year(bare if said.role == "file name" or _CHINESE.search(text) else text)
    if said.role == "file name" and not (_CHINESE.search(part) or re.search("[qh]", part, re.I)):
        part = ""  # a month may be that of a download
    if is_name and re.fullmatch("[0-9]+[-/][0-9]+", part):
        part = ""  # a number behind the year
    return [
        Fact(
            years=frozenset(years_in([bare])),
            spans=tuple(spans_in(bare)),
            part=part,
            units=tuple(units_above(text) or (units_of_words([text], ()) if is_name else ())),
            marks=_marks_in(plain_label(text))
            or ((DRAFT,) if is_name and _NAMED_DRAFT.search(text.replace("_", " ")) else ()),
            # titles, lines and names of sheets are held against the names of the series
            is_planned=said.role not in {"title", "line", "sheet name"}
            and PLANNED in kinds_of(re.sub("[A-Za-z]{3,}", "", text)),
        )
    ]


def _marks_in(plain: str) -> tuple[str, ...]:
    return tuple(mark for mark, words in _STATUS.items() if words.search(plain))


def _said_alone(text: str) -> Fact | None:
    """Return what a note says that is nothing but a status or a unit; else None."""
    text = re.sub("^(?:notes?|注)[:：.]?", "", text.strip(), flags=re.I).strip(" .。*")
    plain = plain_label(text)
    if _ALONE.fullmatch(text):
        return Fact(marks=_marks_in(plain), is_planned=PLANNED in kinds_of(plain))
    if unit := _UNIT_ALONE.match(plain):
        return Fact(units=tuple(units_in(text) or filter(None, [unit_of(unit["what"] or "")])))
    return None


def _fact_of(clause: str) -> Fact | None:
    """Return what a clause of a note says; None if it is not about the values of its table."""
    clause = plain_label(clause) if _CHINESE.search(clause) else clause.strip()
    clause = _SINCE.sub("", clause)
    being = _BEING.search(clause)
    subject, what = (clause[: being.start()], clause[being.end() :]) if being else (clause, clause)
    extent = _EXTENT.search(clause)
    regions = regions_in(subject)
    if extent and regions_in(clause[: extent.start()]):
        return Fact(regions_in(clause[: extent.start()]), marks=(COVERAGE,))
    if _ZERO_IS.search(clause):
        return Fact(marks=(ZERO,))
    if _MISSING.search(clause) and regions:
        return Fact(regions, is_missing=True)
    part = _PART_ALONE.search(clause)
    if part and not regions_in(part["what"]) and not _NO_PART.search(part["what"]):
        return Fact(marks=(COVERAGE,))
    if being is None and not regions:
        if not _TABLE.search(clause):
            return None
        # how a survey is made is no status of its values
        left_out = {ESTIMATED} if _SURVEYED.search(clause) else set()
        marks = tuple(mark for mark in _marks_in(clause) if mark not in left_out)
        return Fact(marks=marks, units=tuple(units_in(clause)))
    of_years = {int(year) for year in _YEAR_IN_NOTE.findall(subject)} if being else set()
    is_about = bool(regions or of_years or _TABLE.search(clause))
    units = tuple(units_in(clause)) or tuple(
        filter(None, [unit_of(re.sub("^in ", "", what.strip()))])
    )
    for first, last in spans_in(subject) if being else ():
        of_years |= set(range(first, last + 1))
    dated = without_base_years(what)
    return Fact(
        regions,
        frozenset(map(int, _YEAR_IN_NOTE.findall(dated))) if is_about else frozenset(),
        tuple(spans_in(what)) if is_about else (),
        part_of_year(what) if is_about else "",
        units if is_about else (),
        _marks_in(what),
        (bool(regions or of_years) or not any(map(str.isalnum, subject)) or "标注" in subject)
        and PLANNED in kinds_of(what),
        is_about and bool(_OF_YEAR_BEFORE.match(plain_label(what))),
        of_years=frozenset(of_years),
    )


# -- the checks ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contradiction:
    """A text of the file that says something else than the values are taken for."""

    code: Code
    said: Said
    wanted: str
    fix: str


_OTHER_TABLE = "Put the table of whole years into landing/, or type the values into a CSV file (data/README.md)."
_FIND_OUT = "Find out which holds; correct the text or the answer, or type the values into a CSV file (data/README.md)."


def contradiction(values: Values, said: Sequence[Said]) -> Contradiction | None:
    """Return the first text that contradicts a column of values, or nothing.

    Parameters
    ----------
    values : Values
        The column, with the year, unit and series that it is taken for.
    said : sequence of Said
        Every text of the file that is about its table.
    """
    for text in said:
        if text.role == "comment" and text.place not in values.heads:
            continue
        for fact in facts_of(text):
            if not fact.regions and (found := _against(values, text, fact, said)):
                return found
    if odd := other_meaning(values, said):
        wanted = f"values of {values.label} at {values.place}, not {odd[0]}"
        return Contradiction(
            Code.READ_CONTRADICTION, odd[1], wanted,
            "Choose another series for the column, or add one to the source's catalog.yml.",
        )  # fmt: skip
    return None


def _against(values: Values, text: Said, fact: Fact, said: Sequence[Said]) -> Contradiction | None:
    if fact.of_years and not fact.of_years & values.years:
        return None
    shown = ", ".join(map(str, sorted(values.years)))
    if fact.part:
        return Contradiction(
            Code.READ_YEAR, text, f"values of a whole year at {values.place}", _OTHER_TABLE
        )
    if fact.is_before and values.years:
        wanted = f"values of {shown} at {values.place}"
        return Contradiction(Code.READ_YEAR, text, wanted, _OTHER_TABLE)
    if fact.is_planned:
        wanted = f"values of {values.label} at {values.place}, not planned values"
        return Contradiction(Code.READ_CONTRADICTION, text, wanted, _FIND_OUT)
    if _is_other_period(values, text, fact, said):
        wanted = f"values of {shown} at {values.place}"
        return Contradiction(Code.READ_YEAR, text, wanted, _FIND_OUT)
    if text.role == "title":
        return None  # the reader has chosen the unit among these
    kinds = {unit_kind(values.unit)} - {None}
    if text.role != "line" and kinds & {*CURRENCIES}:  # columns of a table may be in several
        kinds = {*CURRENCIES}
    if odd := [u for u in fact.units if u != values.unit and unit_kind(u) in kinds]:
        if values.unit not in fact.units:
            wanted = f"one unit, not {', '.join(odd)} beside {values.unit} at {values.place}"
            return Contradiction(Code.READ_UNIT, text, wanted, _FIND_OUT)
    return None


def _is_other_period(values: Values, text: Said, fact: Fact, said: Sequence[Said]) -> bool:
    """Whether a text dates a table otherwise than its column is read."""
    years, found = values.years, fact.years
    if not years:
        return False
    if (
        text.role in {"title", "line"}
        and (published := publication_years(text.text))
        and values.is_stated
        and max(years) >= max(published)
    ):
        return True
    if values.is_stated and text.role in {"title", "line"} and PERIOD in kinds_of(text.text):
        return True
    if not found or any(first <= year <= last for first, last in fact.spans for year in years):
        return False
    if text.role in {"file name", "sheet name"}:
        # a book and its files may be named by the year in which they appear
        is_printed = not values.is_stated or any(
            years_in([other.text]) & years for other in said if other.role in {"title", "line"}
        )
        near = {values.edition} if is_printed or text.role == "file name" else set()
        if text.role == "file name":
            near |= {year + step for year in years for step in ((-1, 1) if is_printed else (1,))}
        return not found & (years | near)
    if text.role == "title":
        return found != years if values.is_stated else not found & years
    return len(found) == 1 and not found & years


def other_meaning(values: Values, said: Sequence[Said]) -> tuple[str, Said] | None:
    """Return what a file makes of a column, where no name of the series says so, with the text; else nothing.

    Titles and lines speak of every column, unless they name several things and another column is what they name.
    """
    words, header = values.words, Said(" > ".join(values.words), "header", values.place)
    # a name may be cut over rows
    of_column = kinds_of(">".join(words)) & kinds_of("".join(words))
    allowed = {kind for name in values.names for kind in kinds_of(name)}
    elsewhere = {kind for column in values.others for kind in kinds_of(">".join(column))}
    is_amount = any(
        unit_kind(unit) not in {None, "%", "‰", "百分点", "=100"}
        for unit in units_of_words(words, ())
    )
    found = {kind: header for kind in of_column}
    whole_year = False
    # without a title, the name of the file stands in its place
    roles = {"title", "line", "sheet name", "text box"}
    roles |= {"file name"} - {"file name" for text in said if text.role == "title"}
    for text in said:
        if text.role == "note":
            kinds = kinds_of_note(text.text)
        elif text.role in roles or text.place in values.heads:
            plain = plain_label(text.text)
            kinds = kinds_of(text.text)
            whole_year = whole_year or bool(_WHOLE_YEAR.search(plain))
            # with a list of things in the title, each column may be another of them
            if _SEVERAL.search(plain):
                kinds -= elsewhere - of_column
                kinds -= set(_AMOUNTS) if is_amount else set()
            # a span of years in a title is the span of columns or rows; a plan's period is none
            kinds -= {PERIOD} if spans_in(text.text) else set()
        else:
            continue
        if any(_FINAL.search(plain_label(word)) for word in words):
            kinds -= {PLANNED}  # of the column next to it
        if allowed & {INDEX, GROWTH}:
            kinds -= {CONSTANT}
        found = {kind: text for kind in kinds} | found
    if INDEX in allowed:
        found.pop(CONSTANT, None)
    if whole_year:
        found.pop(CUMULATIVE, None)
    if odd := min(found.keys() - allowed, default=""):
        return odd, found[odd]
    texts = [header, *(s for s in said if s.role in {"title", "sheet name"})]
    for note in (s for s in said if s.role == "note"):
        clauses = map(_SAYS.match, _CLAUSES.split(plain_label(note.text)))
        texts += [replace(note, text=clause["what"]) for clause in clauses if clause]
    return _other_series(values, texts)


def _other_series(values: Values, said: Sequence[Said]) -> tuple[str, Said] | None:
    """Return a word for another series than that of the column, 户籍 for 常住; the words nearest to it count first."""
    names = ">".join(map(plain_label, values.names))
    # a table of 进出口 has columns of either
    said = [
        replace(text, text=_OF_BOTH.sub("", text.text)) if text.role != "header" else text
        for text in said
    ]
    if not any(_CHINESE.search(word.replace("年", "")) for word in values.words):
        said = [
            replace(text, role="header") for text in said
        ]  # years alone: the title names the values
    for group in _EXCLUSIVE:
        ours = {name for name, words in group.items() if re.search(words, names, re.I)}
        for text in said:
            for word in reversed(text.text.split(" > ")):
                theirs = {n for n, w in group.items() if re.search(w, plain_label(word), re.I)}
                if theirs:
                    break
            if not theirs:
                continue
            odd = theirs - ours
            if (ours and not theirs & ours) or (
                not ours and text.role in {"header", "note"} and odd & _RESTRICTING
            ):
                return min(odd), text
            break
    return None


def weigh(
    figure: Figure, values: Values, said: Sequence[Said], row: Collection[str]
) -> Figure | Contradiction:
    """Return a value with its marks, or the text that contradicts it.

    Parameters
    ----------
    row : collection of str
        Places of the names of its region, where a comment speaks of the whole row.
    """
    marks: dict[str, str] = {}
    here = replace(values, years=frozenset({figure.year}), unit=figure.unit, place=figure.location)
    for text in said:
        of_cell = text.role == "comment" and (text.place == figure.location or text.place in row)
        is_elsewhere = text.role == "comment" and not of_cell and text.place not in values.heads
        for fact in facts_of(text):
            if is_elsewhere and not fact.regions:
                continue
            if fact.regions and figure.province_code not in fact.regions:
                continue
            if fact.of_years and figure.year not in fact.of_years:
                continue
            if (fact.regions or of_cell) and (found := _against(here, text, fact, said)):
                return found
            if fact.is_missing and figure.value == 0:
                wanted = f"no value at {figure.location}, not {figure.value_printed}"
                return Contradiction(Code.READ_CONTRADICTION, text, wanted, _FIND_OUT)
            for mark in fact.marks:
                if mark != ZERO or figure.value == 0:
                    marks.setdefault(mark, text.place)
    header = plain_label(">".join(values.words))
    marks |= dict.fromkeys(_marks_in(header), values.place)
    if _PART_IN_HEADER.search(header) and not _PART_IN_HEADER.search(">".join(values.names)):
        marks[COVERAGE] = values.place
    if _PLACEHOLDER.fullmatch(figure.value_printed):
        marks.setdefault(PLACEHOLDER, "")
    note = "; ".join(filter(None, [figure.note, *(f"{m} {p}".strip() for m, p in marks.items())]))
    return replace(figure, note=note) if marks else figure
