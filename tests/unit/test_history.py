"""Gaps of a new edition, named by the editions that have the cells, whatever their unit."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.ingestion.editions.history import find_gaps, gap_problems
from living_panel.ingestion.provinces import CODES

SOURCE, EXPORTS = "statistical_yearbook", "经营单位所在地出口总额"
TIBET = "540000"
EVERY = sorted(CODES)


def rows(
    edition: int,
    years: Iterable[int],
    unit: str = "千美元",
    without: Iterable[tuple[str, int]] = (),
    label: str = EXPORTS,
) -> pd.DataFrame:
    out = set(without)
    cells = [(code, year) for year in years for code in EVERY if (code, year) not in out]
    frame = pd.DataFrame(cells, columns=["province_code", "year"])
    return frame.assign(
        edition=edition, vintage="2026-01-01", indicator_label=label, unit=unit, value=1.0
    )


def said(edition: int, new: pd.DataFrame, *before: pd.DataFrame, whole: bool = False) -> list[str]:
    history = pd.concat(before) if before else new.iloc[:0]
    gaps = find_gaps(SOURCE, edition, new, history, completes=not whole)
    return [
        f"{p.code} {p.fields['missing']} {p.fields.get('edition', '')}".strip()
        for p in gap_problems(SOURCE, edition, gaps)
    ]


OF, IN, AFTER = Code.HISTORY_LOST, Code.HISTORY_GAP, Code.HISTORY_GAP


@pytest.mark.parametrize(
    ("new", "before", "expected"),
    [
        (rows(2024, [2023]), [rows(2023, [2022])], []),
        (rows(2024, [2023], without=[(TIBET, 2023)]), [rows(2023, [2022])], [f"{AFTER} 2023 西藏 2023"]),
        (rows(2024, [2023], without=[(TIBET, 2023)]), [rows(2023, [2022], "亿元")], [f"{AFTER} 2023 西藏 2023"]),
        (rows(2024, [2022, 2023], without=[(TIBET, 2022)]), [rows(2023, [2022], "亿美元")], [f"{OF} 2022 西藏 2023"]),
        (rows(2024, [2023], without=[(TIBET, 2023)]),
         [rows(2023, [2022], "亿美元", label="货物出口总额")], [f"{AFTER} 2023 西藏 2023"]),
        (rows(2024, [2022]), [rows(2023, [2022])], []),  # one edition says nothing about the next year
        (rows(2024, [2005, *range(2007, 2024)]), [], []),  # no edition says how it prints
        (rows(2024, range(2005, 2024), without=[("110000", 2010)]), [], [f"{IN} 2010 北京"]),
        (rows(2024, [2022, 2023]), [rows(2023, range(2005, 2023))], []),  # now its last years alone
        (rows(2024, range(2005, 2024)), [rows(2023, range(2005, 2023))], []),
        (rows(2024, range(2005, 2024)), [rows(2025, range(2000, 2025))], []),
    ],
)  # fmt: skip
def test_each_gap_is_named_with_the_edition_that_has_it(new, before, expected) -> None:
    assert said(2024, new, *before) == expected


def test_a_gap_that_the_edition_before_has_too_is_none() -> None:
    years = [y for y in range(2005, 2023) if y != 2010]
    assert said(2024, rows(2024, [*years, 2023]), rows(2023, years)) == []


def test_files_of_one_edition_complete_one_another_and_answers_do_not() -> None:
    half = rows(2024, [2023], without=[(code, 2023) for code in EVERY[:15]])
    rest = rows(2024, [2023], without=[(code, 2023) for code in EVERY[15:]])
    assert said(2024, half, rest, rows(2023, [2022])) == []
    (gap,) = said(2024, rows(2024, [2023], without=[(TIBET, 2023)]), rows(2024, [2023]), whole=True)
    assert gap == f"{OF} 2023 西藏 2024"
