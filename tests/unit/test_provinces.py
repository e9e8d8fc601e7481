"""Province labels of every spelling, and the ones that must not pass."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from living_panel.ingestion.provinces import (
    CODES,
    NATIONAL,
    PROVINCES,
    OutsidePanel,
    UnknownProvince,
    nearest_province,
    province_code,
    region_of,
)

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "regions.csv"


def test_the_provinces_are_those_of_the_warehouse() -> None:
    with SEED.open(encoding="utf-8") as file:
        seeded = {(row["province_code"], row["province_zh"]) for row in csv.DictReader(file)}
    assert {(p.code, p.short) for p in PROVINCES} == seeded and len(PROVINCES) == 31
    assert len({p.full for p in PROVINCES} | {p.english for p in PROVINCES}) == 62
    assert all(p.full.startswith(p.short) for p in PROVINCES)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("北京", "110000"),
        ("北京市", "110000"),
        ("北 京", "110000"),
        ("北　　京", "110000"),
        ("\u00a0天\u00a0津 ", "120000"),
        ("内蒙古", "150000"),
        ("内蒙古自治区", "150000"),
        ("广西壮族自治区", "450000"),
        ("新疆维吾尔自治区", "650000"),
        ("Inner Mongolia", "150000"),
        ("inner-mongolia", "150000"),
        ("Shanxi", "140000"),
        ("Shaanxi", "610000"),
        ("Xizang", "540000"),
        ("Chongqing Municipality", "500000"),
        ("440000", "440000"),
        ("440000000000", "440000"),
        ("全国", NATIONAL),
        ("全 国", NATIONAL),
        ("总 计", NATIONAL),
        ("000000", NATIONAL),
    ],
)
def test_every_spelling_of_the_sources(label: str, code: str) -> None:
    assert province_code(label) == code


@pytest.mark.parametrize(
    "label",
    [
        "",
        " ",
        "部门合计",
        "深圳",
        "新疆生产建设兵团",
        "990000",
        "110101",
        "４４００００",
        "44000",
        "山",
    ],
)
def test_what_is_no_province_is_refused(label: str) -> None:
    with pytest.raises(UnknownProvince):
        province_code(label)


@pytest.mark.parametrize("label", ["香港", "澳门特别行政区", "Taiwan", "710000", "820000000000"])
def test_the_three_outside_the_panel_are_told_apart(label: str) -> None:
    with pytest.raises(OutsidePanel):
        province_code(label)


@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\ufeff", "\u2066", "\u00ad", "\x00"])
def test_invisible_and_bidirectional_characters_are_refused(mark: str) -> None:
    with pytest.raises(UnknownProvince, match=f"U\\+{ord(mark):04X}"):
        province_code(f"北{mark}京")


@given(st.sampled_from(PROVINCES), st.text(alphabet=" \u3000\u00a0\u2003", max_size=4), st.data())
def test_padding_anywhere_never_changes_the_province(province, blanks, data) -> None:
    name = data.draw(st.sampled_from([province.short, province.full, province.english]))
    at = data.draw(st.integers(0, len(name)))
    assert province_code(name[:at] + blanks + name[at:]) == province.code


@given(st.text(max_size=8))
def test_any_text_is_a_known_code_or_refused(label: str) -> None:
    try:
        assert province_code(label) in CODES | {NATIONAL}
    except UnknownProvince:
        pass


def test_a_cell_names_a_region_with_a_footnote_mark_or_names_none() -> None:
    cells = ["西藏①", "全 国", "台湾", "平均每人", " ", "西藏①"]
    assert [region_of(cell) for cell in cells] == ["540000", NATIONAL, None, None, None, "540000"]


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("黑龙红", "230000"),
        ("黑龙江省", "230000"),
        ("广冻省", "440000"),
        ("某某", ""),
        ("", ""),
        ("Hainam", "460000"),
    ],
)
def test_a_mistyped_label_is_near_a_province_with_most_of_its_letters(
    label: str, code: str
) -> None:
    assert nearest_province(label, {"230000", "440000", "460000"}) == code
