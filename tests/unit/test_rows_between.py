"""Rows between regions: each rule of `Between.change` by itself, and the rows that it keeps."""

from __future__ import annotations

import pytest

from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.formats.pieces import Piece
from living_panel.ingestion.formats.tables import RowsBetween, is_passed_over
from living_panel.ingestion.provinces import PROVINCES

NAMES = [province.short for province in PROVINCES]
SKIPPED = "部门合计"
AT = 4


def between(
    row: list[str],
    head: tuple[str, ...] = ("地区", "出口总额", "进口总额"),
    cells: tuple[str, ...] = (),
) -> tuple[Piece, RowsBetween]:
    """A table of two columns with one row behind its fourth region; `cells` stand behind each name."""
    lines = [["11-8 货物(2022年)", "", ""], ["单位:千美元", "", ""], list(head)]
    regions = [[name, *cells, "41.5", "20.5"] for name in NAMES]
    every = [*lines, *regions[:AT], row, *regions[AT:]]
    piece = Piece(Grid("sheet 1", every, every), 0, len(every))
    assert piece.start == len(lines)
    return piece, RowsBetween(piece, ("出口",), {SKIPPED})


@pytest.mark.parametrize(
    ("row", "change"),
    [
        (["单位:万元", "", ""], "a unit"),
        (["", "", "(万元)"], "a unit"),
        (["单位:千美元", "", ""], ""),
        (["2021年", "", ""], "a period"),
        (["合计", "2021年1-6月", "3.5"], "a period"),
        (["地区", "1.5", "2.5"], "words of the header"),
        (["出口", "1.5", "2.5"], "words of the header"),
        (["省份", "1.5", "2.5"], "words of the header"),
        (["其他", "12.5亿元", "3.5"], ""),
        (["其他", "进口", "3.5"], "words in a column of values"),
        (["其他", "进口", "出口"], "words in a column of values"),
        (["其他", "2021", "2022"], "years"),
        (["其他", "2021", "2022.5"], ""),
        (["东部地区", "2021", "2022"], ""),
        ([SKIPPED, "2021", "2022"], ""),
        (["东部地区", "41.5", "20.5"], ""),
        (["其他", "…", "20.5"], ""),
        (["其他", "12.5①", "20.5"], ""),
    ],
)
def test_a_row_says_what_it_changes(row: list[str], change: str) -> None:
    piece, rules = between(row)
    assert rules.change(piece.start + AT) == change


def test_years_and_units_of_a_row_in_columns_of_their_own_change_nothing() -> None:
    head = ("地区", "年份", "单位", "出口总额", "进口总额")
    piece, rules = between(["部分", "2021", "万元", "1.5", "2.5"], head, ("2022", "千美元"))
    assert (rules.year_column, rules.unit_column) == (1, 2)
    assert rules.figured == [3, 4] and rules.change(piece.start + AT) == ""


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        (["计划单列市", "41.5", "20.5"], True),
        (["东部地区", "41.5", "20.5"], False),
        (["按隶属关系分", "", ""], False),
        (["其他", "2021", "2022"], False),
    ],
)
def test_only_a_sum_with_values_may_be_passed_over(row: list[str], passed: bool) -> None:
    """A group of regions needs no line in a layout; a row that changes others must not have one."""
    piece, rules = between(row)
    assert is_passed_over(piece, piece.start + AT, rules) is passed


@pytest.mark.parametrize(
    ("row", "repeated"),
    [
        (["单位:千美元", "", ""], True),
        (["单位:千美元", "", "(千美元)"], True),
        (["单位:千美元", "", "其他"], False),
        (["", "", ""], False),
    ],
)
def test_a_row_that_repeats_the_unit_holds_nothing_else(row: list[str], repeated: bool) -> None:
    piece, rules = between(row)
    assert rules.repeats(piece.start + AT) is repeated
