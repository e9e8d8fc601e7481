"""The Bureau's JSON and CSV forms: right figures from the fixtures, named faults from the rest."""

from __future__ import annotations

import json

import pytest

from living_panel.ingestion.formats.json import read_json
from living_panel.ingestion.sources.statistical_yearbook.easyquery import read_easyquery
from living_panel.ingestion.sources.statistical_yearbook.esdata import read_esdata, series_name
from living_panel.ingestion.sources.statistical_yearbook.fetch_database import _disjoint, _slice
from living_panel.ingestion.sources.statistical_yearbook.site import read_site
from tests.fixtures.sources import bundled, documents
from tests.fixtures.sources.outcome import refused

GDP = ("地区生产总值", "亿元")


def expected(*years: int) -> dict[tuple[str, int], str]:
    return {
        key: value
        for key, value in bundled.values("statistical_yearbook", 2023, *GDP).items()
        if key[1] in years
    }


def short(label: str) -> str:
    return next(name for name, full in bundled.FULL_NAMES.items() if full == label)


@pytest.mark.parametrize(
    ("shown", "unit_name", "label", "unit"),
    [
        ("地区生产总值 (亿元) ", "亿元", "地区生产总值", "亿元"),
        ("经营单位所在地出口总额（千美元）", "千美元", "经营单位所在地出口总额", "千美元"),
        ("居民消费价格指数 (上年=100) ", "", "居民消费价格指数(上年=100)", "上年=100"),
        ("地区生产总值指数(上年=100)", "上年=100", "地区生产总值指数(上年=100)", "上年=100"),
        ("6岁及6岁以上小学人口数 (人口抽样调查) (人) ", "人", "6岁及6岁以上小学人口数", "人"),
        ("快递量", "万件", "快递量", "万件"),
        ("R&D经费(内部)", "万元", "R&D经费(内部)", "万元"),
    ],
)
def test_label_and_unit_of_a_shown_name(shown, unit_name, label, unit) -> None:
    assert series_name(shown, unit_name) == (label, unit)


# -- current interface -----------------------------------------------------------------------------


def answer(**changed: object) -> dict:
    value = {
        "i_showname": "地区生产总值 (亿元) ",
        "du_name": "亿元",
        "value": "49670.2",
        "da": "110000000000",
        "da_name": "北京市",
    }
    return {
        "success": True,
        "data": [{"code": "2024YY", "name": "2024年", "values": [value | changed]}],
    }


def as_bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def test_a_value_of_the_current_interface() -> None:
    (figure,), faults = read_esdata(as_bytes(answer()), "own.json", 2026)
    assert faults == []
    assert (figure.indicator_label, figure.unit, figure.year) == (*GDP, 2024)
    assert (figure.province_code, figure.value, figure.value_printed) == (
        "110000",
        49670.2,
        "49670.2",
    )
    assert figure.location == "data[0].values[0]"


def test_blank_placeholders_have_no_row_and_a_printed_absence_is_null() -> None:
    assert read_esdata(as_bytes(answer(value="")), "own.json", 2026) == ([], [])
    assert read_esdata(as_bytes(answer(value=None)), "own.json", 2026) == ([], [])
    without = answer(value="")
    without["data"].append({"code": "2025YY", "name": "2025年"})
    assert read_esdata(as_bytes(without), "own.json", 2026) == ([], [])
    (figure,), _ = read_esdata(as_bytes(answer(value="无")), "own.json", 2026)
    assert figure.value is None and figure.value_printed == "无"


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"value": "12a"}, "plain decimal"),
        ({"value": True}, "text"),
        ({"da": "110100000000"}, "31 provinces"),
        ({"da_name": "天津市"}, "the region that the code 110000000000 stands for"),
        ({"da_name": "北京\u202e市"}, "U+202E"),
        ({"du_name": None}, "text"),
    ],
)
def test_a_wrong_value_object_is_named(changed, part) -> None:
    refused(part, read_esdata, as_bytes(answer(**changed)), "own", 2026)


@pytest.mark.parametrize(
    ("document", "part"),
    [
        ({"success": False, "data": [], "message": "系统异常"}, "系统异常"),
        ({"success": "true", "data": []}, "success: true"),
        ([], "a list of periods"),
        ({"returncode": 501, "returndata": "对不起"}, "a list of periods"),
        ({"success": True, "data": ["x"]}, "yearly period"),
        ({"success": True, "data": [{"code": "202401MM", "values": []}]}, "yearly period"),
        ({"success": True, "data": [{"code": "2024YY", "values": "无"}]}, "a list of values"),
        ({"success": True, "data": []}, "at least one value"),
        ({"success": True, "data": [{"code": "2024YY", "values": ["x"]}]}, "an object"),
    ],
)
def test_an_answer_that_is_not_of_the_form(document, part) -> None:
    refused(part, read_esdata, as_bytes(document), "own", 2026)


# -- retired interface -----------------------------------------------------------------------------


@pytest.fixture
def recording() -> dict:
    return documents.easyquery()


def test_a_recording_gives_the_bundled_figures_and_no_zero_for_missing_years(recording) -> None:
    figures, faults = read_easyquery(as_bytes(recording), "own.json", 2026)
    assert faults == []
    found = {(short(f.province_label), f.year): f.value_printed for f in figures}
    assert found == expected(2021, 2022)
    assert {(f.indicator_label, f.unit) for f in figures} == {GDP}
    hidden = [n for n in recording["returndata"]["datanodes"] if not n["data"]["hasdata"]]
    assert len(hidden) == 31 and {n["data"]["data"] for n in hidden} == {0.0}


def test_more_decimals_are_taken_from_data_and_have_to_agree(recording) -> None:
    data = recording["returndata"]["datanodes"][0]["data"]
    data.update(data=41045.6328, strdata="41045.63")
    figures, faults = read_easyquery(as_bytes(recording), "own.json", 2026)
    assert (figures[0].value, faults) == (41045.6328, [])
    data.update(strdata="41045.7")
    refused("rounded", read_easyquery, as_bytes(recording), "own", 2026)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda d: d.update(returncode=501, returndata="对不起，未能找到"), "对不起"),
        (lambda d: d.update(returndata=[]), "returncode 200 and an object"),
        (lambda d: d["returndata"].pop("wdnodes"), "both lists"),
        (lambda d: d["returndata"]["wdnodes"][0].update(nodes=[None]), "names of indicator"),
        (lambda d: d["returndata"]["datanodes"][0]["wds"].pop(), "one indicator"),
        (
            lambda d: d["returndata"]["datanodes"][0]["wds"].append(
                {"wdcode": "sj", "valuecode": "2021"}
            ),
            "one year",
        ),
        (lambda d: d["returndata"]["datanodes"][0]["wds"][2].update(wdcode="zb"), "one year"),
        (lambda d: d["returndata"]["datanodes"][0]["wds"][2].update(valuecode="202201"), "a year"),
        (lambda d: d["returndata"]["datanodes"][0]["data"].update(hasdata="yes"), "true or false"),
        (lambda d: d["returndata"]["datanodes"][0]["data"].update(data="无"), "plain decimal"),
        (
            lambda d: d["returndata"]["wdnodes"][1]["nodes"][0].update(cname="天津市"),
            "one province",
        ),
        (lambda d: d["returndata"]["datanodes"].insert(0, "x"), "one indicator"),
    ],
)
def test_a_recording_that_cannot_be_trusted(recording, change, part) -> None:
    change(recording)
    refused(part, read_easyquery, as_bytes(recording), "own", 2026)


# -- download of the site --------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig"])
def test_a_downloaded_table(encoding) -> None:
    text = documents.site_years("指标：地区生产总值(亿元)").decode("utf-8-sig")
    assert "\n注：" in text
    text = text.replace("\n注：", "\n台湾省,1,2,3\n香港特别行政区,,,\n注：")
    figures, faults = read_site(text.encode(encoding), "own.csv", 2026)
    assert faults == []
    found = {(short(f.province_label), f.year): f.value_printed for f in figures}
    wanted = expected(2020, 2021, 2022)
    del wanted["西藏", 2020]  # its cell is blank: no row, and no zero
    assert found == wanted
    assert {(f.indicator_label, f.unit) for f in figures} == {GDP}


def test_bytes_in_no_encoding() -> None:
    refused("UTF-8 or GBK", read_site, b"\xff\xfe\xff\xff", "own", 2026)


# -- JSON itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "an empty response"),
        (b" \r\n<!doctype html>", "web page"),
        (b'{"a": 1', "whole JSON"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1, "a": 2}', "twice"),
        ('{"a": "快"}'.encode("gbk"), "UTF-8"),
        (b'{"a": ' + b"[" * 200_000, "nested"),
    ],
)
def test_json_that_is_refused(content, part) -> None:
    refused(part, read_json, content, "own.json")


def test_each_year_is_asked_of_one_slice_of_a_catalogue() -> None:
    """Of slices that overlap the later one keeps the year, whatever their order."""
    names = ["GDP(2010-2015)", "GDP(2015-至今)", "GDP(-2011)"]
    parts = [_slice(name, "root", name, 2000, 2024) for name in names]
    for order in (parts, parts[::-1]):
        asked = {part.cid: (part.first, part.last) for part in _disjoint(order)}
        assert asked == dict(zip(names, [(2010, 2014), (2015, 2024), (2000, 2009)], strict=True))


def test_numbers_keep_their_digits() -> None:
    assert read_json(b'{"a": 1.10, "b": 12345678901234567890}', "f") == {
        "a": "1.10",
        "b": "12345678901234567890",
    }


def test_half_a_surrogate_pair_is_refused() -> None:
    refused(
        "half of a surrogate pair",
        read_esdata,
        b'{"success": true, "data": "\\ud800"}',
        "own",
        2026,
    )
