"""Measuring words: dimension, size, and what is proposed for a unit that a series does not have."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from living_panel.estimation.panel.spec import plural_of
from living_panel.ingestion.units import WORDS, proposal, size_of, unit_kind, unit_of

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "units.csv"


@pytest.mark.parametrize(
    ("unit", "dimension", "size"),
    [
        ("万部", "部", 1e4), ("万份", "份", 1e4), ("箱", "箱", 1.0), ("万件", "件", 1e4), ("亿元", "元", 1e8),
        ("百万美元", "美元", 1e6), ("万吨", "mass, kg", 1e7), ("公斤", "mass, kg", 1.0), ("千公顷", "area, m2", 1e7),
        ("平方公里", "area, m2", 1e6), ("万标准箱", "containers, TEU", 1e4), ("亿吨公里", "freight, tkm", 1e8),
        ("%", "share, %", 1.0), ("‰", "share, %", 0.1), ("亩", "area, m2", 2000 / 3), ("毫米", "length, m", 0.001),
        ("厘米", "length, m", 0.01), ("海里", "length, m", 1852.0), ("升", "volume, m3", 0.001),
        ("克", "mass, kg", 0.001), ("兆瓦", "power, W", 1e6), ("马力", "power, W", 735.49875),
        ("百公里", "length, m", 1e5), ("十亿元", "元", 1e9), ("千万吨", "mass, kg", 1e10),
        ("元/人", "元/人", 1.0), ("上年=100", "上年=100", 1.0), ("furlong", "furlong", 1.0),
    ],
)  # fmt: skip
def test_size_of_a_unit(unit: str, dimension: str, size: float) -> None:
    assert size_of(unit) == (dimension, size)


def test_every_word_is_read_as_a_unit_with_any_multiple() -> None:
    for word in WORDS:
        for multiple in ("", "万", "亿", "百万"):
            dimension, size = size_of(multiple + word)
            assert dimension == WORDS[word][0] and unit_kind(multiple + word)
            assert size == pytest.approx(size_of(multiple + "件")[1] * WORDS[word][1])
            assert unit_of(f"({multiple}{word})") == multiple + word


def test_sizes_agree_with_the_units_of_the_warehouse() -> None:
    """Of two units of one dimension in the seed, the quotient of sizes is that of its multiples."""
    with SEED.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for one in rows:
        for other in rows:
            dimensions = {size_of(row["unit"])[0] for row in (one, other)}
            if one["dimension"] == other["dimension"] and len(dimensions) == 1:
                quotient = size_of(one["unit"])[1] / size_of(other["unit"])[1]
                assert quotient == pytest.approx(float(one["multiple"]) / float(other["multiple"]))


def test_proposals_for_a_unit_that_a_series_has_not() -> None:
    assert "1 万元 is 0.0001 亿元" in proposal("万元", ("亿元",))
    assert "1 ‰ is 0.1 %" in proposal("‰", ("%",))
    assert "another series" in proposal("万份", ("亿元",))
    assert "no known unit" in proposal("furlong", ("亿元",))


@pytest.mark.parametrize(
    ("name", "plural"),
    [("firm", "firms"), ("country", "countries"), ("survey", "surveys"), ("branch", "branches")],
)
def test_a_unit_without_a_stated_plural_has_that_of_english(name: str, plural: str) -> None:
    assert plural_of(name) == plural
