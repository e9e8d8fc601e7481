"""Files in which one text is another: each is refused in words."""

from __future__ import annotations

import pytest

from living_panel.ingestion.sources.state_council.reader import read_designations
from living_panel.ingestion.sources.statistical_yearbook.site import read_site
from tests.fixtures.sources import documents
from tests.fixtures.sources.outcome import article, outcome, refused
from tests.unit.test_state_council import LIST


def download(old: str, new: str):
    text = documents.site_years("指标：地区生产总值(亿元)").decode("utf-8-sig")
    assert old in text
    return read_site, text.replace(old, new, 1).encode(), "own", 2026


def zones(old: str, new: str):
    assert old in LIST
    return read_designations, LIST.replace(old, new, 1).encode(), "own.csv", 2019


def notice(old: str, new: str):
    return article, documents.notice(), old, new


@pytest.mark.parametrize(
    ("changed", "old", "new", "part"),
    [
        # a table as the Bureau's site hands it out
        (download, "指标：", "项目：", "its 指标, which the file does not print"),
        (download, "地区,2022年", "地方,2022年", "a header line"),
        (download, "2021年,2020年", "2021年,全部", "地区,2022年"),
        (download, "北京市,", "深圳市,", "31 provinces"),
        (download, "数据库：", "<html>", "not a web page"),
        (download, "天津市,", "天津市,1,", "3 values, found 4"),
        (download, "天津市,", "天津市,x", "plain decimal"),
        (download, "注：", '"注：', "closed"),
        # an annual notice of the postal bureau
        (notice, "2024年邮政行业运行情况", "2024年上半年邮政行业运行情况", "some months"),
        (notice, "2024年邮政行业运行情况", "2024年1-7月邮政行业运行情况", "some months"),
        (notice, "2024年邮政行业运行情况", "2023年邮政行业运行情况", "put it under edition 2024"),
        (
            notice,
            "<td>2、快递业务</td><td>万件</td>",
            "<td>2、快递业务</td><td>亿件</td>",
            "expected 万件",
        ),
        (notice, "快递业务量累计(万件)", "邮政业务量累计(万件)", "the header"),
        (notice, "快递业务量累计(万件)", "快递业务量累计", "a printed unit"),
        (
            notice,
            "<td>累计</td><td>当月</td><td>累计</td>",
            "<td>本年</td><td>当月</td><td>x</td>",
            "累计",
        ),
        (notice, "<tr><td>广东</td>", "<tr><td>广 东 省 份</td>", "31 provinces"),
        # a list of pilot zones
        (zones, "浙江,杭州", "浙,杭州", "31 provinces"),
        (zones, "浙江,杭州", "全国,杭州", "a city of a province"),
        (zones, "sourced,", "certain,", "sourced or recalled day"),
        (zones, "2015-03-07", "March 2015", "a date such as"),
        (zones, "2015-03-07", "2035-03-07", "2005 to 2019"),
        (zones, "2015-03-07", "2004-03-07", "2005 to 2019"),
        (zones, "2015-03-07", "", "'' - expected a date such as"),
        (zones, "2018\n", "soon\n", "'soon' - expected a date such as"),
        (zones, "2018\n", "2015\n", "'2015' - expected 2016 or later"),
        (zones, "山东,烟台", "山东,青岛", "row 3 already has it"),
        (zones, "2018\n", "2018,x\n", "7 cells"),
        (zones, "province_label", "province", "the header"),
    ],
)
def test_a_changed_text_is_refused(changed, old, new, part) -> None:
    refused(part, *changed(old, new))
    if changed is zones:  # a count that lacks a row would be another count
        assert outcome(*changed(old, new))[0] == []
