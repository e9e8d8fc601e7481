"""The questions of `teach` and `receipt`, in English or Chinese, each with an example of an answer.

`LIVING_PANEL_LANGUAGE` is `en` or `zh`; without it the questions are in English.
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.provenance import catalog
from living_panel.problems import Refused

LANGUAGE_VARIABLE = "LIVING_PANEL_LANGUAGE"
LANGUAGES = ("en", "zh")
EXAMPLE = {"en": "for example {}", "zh": "例如：{}"}

QUESTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "source": ("Source: the folder whose catalog lists the series", "{a_source}"),
        "edition": ("Edition: the year of the publication", "2024"),
        "table": ("Number of the table to read (1 to {count})", "1"),
        "title": ("Title of the table without number and year, or - for none", "地区生产总值"),
        "subtitle": ("A line that another table of this title does not have, or -", "按经营单位所在地分"),
        "series": ("Series of column {column} ({words}), - to leave it out, or new", "地区生产总值"),
        "unit": ("Unit of {label}, which is not printed", "亿元"),
        "new_unit": ("{label} has no unit {words} yet. Add it? yes or no", "yes"),
        "year": ("Year of column {column}, which is not printed", "2022"),
        "provinces": ("Number of provinces in the whole table ({count} in this file)", "31"),
        "row": ("Province of the row labelled {words}, or - if it is none", "新疆"),
        "name": ("Name of the layout", "gdp_by_region"),
        "replace": ("{path} exists. Replace it? yes or no", "no"),
        "new_label": ("New series: its label, exactly as printed", "地区生产总值"),
        "new_title": ("New series: its name in English", "Gross regional product"),
        "new_units": ("New series: the units it may have, separated by commas", "亿元, 万元"),
        "new_measure": ("New series: the measure of the panel that it feeds, - for none, or new", "gdp_cny_100m"),
        "measure_name": ("New measure: the name of its column", "services_cny_100m"),
        "measure_unit": ("New measure: its unit, as printed", "亿元"),
        "measure_concept": ("New measure: what it measures, the same for measures that may replace it", "services"),
        "new_reason": ("New series: the reason for this choice", "the only series"),
        "vintage": ("Date on which you obtained this file", "2026-11-25"),
        "format": ("Format of the file", "table"),
        "producer": ("Producer: the authority that publishes the values", "National Bureau of Statistics"),
        "publication": ("Publication: its title", "China Statistical Yearbook 2024"),
        "obtained_by": ("How was it obtained? Book and page, address, or person", "yearbook 2024, page 312"),
        "licence_note": ("Licence of the values", "Official statistics, cited with attribution"),
        "figures": ("Kind of values: official (of an authority) or simulated", "official"),
        "doubts": ("Are these values right as printed? yes or no", "no"),
        "coverage": ("Add these lines to the expected coverage? yes or no", "yes"),
        "unit_of_file": ("Unit, which the file does not print", "亿元"),
        "indicator": ("Indicator, which the file does not print", "地区生产总值"),
        "region": ("Region, which the file does not print", "陕西"),
    },
    "zh": {
        "source": ("数据来源：目录中列有该指标的文件夹", "{a_source}"),
        "edition": ("版次：出版年份", "2024"),
        "table": ("读取第几张表（1 至 {count}）", "1"),
        "title": ("表名，不含表号和年份；没有表名则填 -", "地区生产总值"),
        "subtitle": ("同名的另一张表所没有的一行文字；没有则填 -", "按经营单位所在地分"),
        "series": ("第 {column} 列（{words}）是哪个指标；不读填 -，新指标填 new", "地区生产总值"),
        "unit": ("{label} 计量单位，表中未印出", "亿元"),
        "new_unit": ("{label} 还没有计量单位 {words}，是否加入？填 yes 或 no", "yes"),
        "year": ("第 {column} 列的年份，表中未印出", "2022"),
        "provinces": ("整张表有多少个省份（本文件有 {count} 个）", "31"),
        "row": ("标为 {words} 的一行是哪个省份；不是省份则填 -", "新疆"),
        "name": ("版式文件的名称", "gdp_by_region"),
        "replace": ("{path} 已存在，是否替换？填 yes 或 no", "no"),
        "new_label": ("新指标：名称，与印出的完全一致", "地区生产总值"),
        "new_title": ("新指标：英文名称", "Gross regional product"),
        "new_units": ("新指标：可用的计量单位，用逗号分隔", "亿元, 万元"),
        "new_measure": ("新指标：对应面板中的哪个变量；没有则填 -，新变量填 new", "gdp_cny_100m"),
        "measure_name": ("新变量：列名", "services_cny_100m"),
        "measure_unit": ("新变量：计量单位", "亿元"),
        "measure_concept": ("新变量：所度量的概念，可互相替代的变量相同", "services"),
        "new_reason": ("新指标：这样选择的理由", "the only series"),
        "vintage": ("取得该文件的日期", "2026-11-25"),
        "format": ("文件格式", "table"),
        "producer": ("发布数据的机构", "国家统计局"),
        "publication": ("出版物名称", "中国统计年鉴 2024"),
        "obtained_by": ("如何取得：书名和页码、网址或提供人", "统计年鉴 2024，第 312 页"),
        "licence_note": ("数据的使用许可", "Official statistics, cited with attribution"),
        "figures": ("数据性质：official 为官方，simulated 为模拟", "official"),
        "doubts": ("这些数值与印出的一致吗？填 yes 或 no", "no"),
        "coverage": ("是否将这些行加入预期覆盖范围？填 yes 或 no", "yes"),
        "unit_of_file": ("计量单位，文件中未印出", "亿元"),
        "indicator": ("指标名称，文件中未印出", "地区生产总值"),
        "region": ("地区名称，文件中未印出", "陕西"),
    },
}  # fmt: skip


def language() -> str:
    """Return the language of the questions.

    Raises
    ------
    ValueError
        If the setting is none of the languages.
    """
    chosen = os.environ.get(LANGUAGE_VARIABLE) or "en"
    if chosen not in LANGUAGES:
        raise Refused(
            Code.COMMAND(
                "{language_variable}: {chosen!r} is not one of {languages}",
                "set it to one of {languages}",
                language_variable=LANGUAGE_VARIABLE,
                chosen=chosen,
                languages=[*LANGUAGES],
            )
        )
    return chosen


def question(kind: str, **fields: Any) -> str:
    """Return one question with an example of an answer."""
    chosen = language()
    text, example = QUESTIONS[chosen][kind]
    known: defaultdict[str, Any] = defaultdict(str, fields)
    shown = example.format(a_source=next(reversed(catalog.names()), "-"))
    return f"{text.format_map(known)} ({EXAMPLE[chosen].format(shown)})"
