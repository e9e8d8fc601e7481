"""What carried a change between two editions: parts that add up, and the units by leaving each out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.artifacts.carriers import (
    carrier_sentences,
    carriers,
    leave_one_out,
    of_models,
    part_words,
    without_unit,
)
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, Spec, load_spec
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.tables.estimate import points

PAPER = "growth_editions_2026"
VOLATILITY, POPULATION = ("own_volatility", "volatility"), ("own_population", "population")


@cache
def release(edition: str) -> Release:
    frames = release_frames(PAPERS / PAPER / "data", edition)
    panel = frames["panel"].set_index(["province_code", "year"]).sort_index()
    others = {name: frame for name, frame in frames.items() if name != "panel"}
    return Release(edition, panel, **others, manifest={"sources": []})


@cache
def spec() -> Spec:
    return load_spec(PAPERS / PAPER / "specs" / f"{PAPER}_slopes.yml")


def changed(found: Release, unit: str, measure: str, factor: float) -> Release:
    """A release in which one unit's measure is another one, as a later edition prints it."""
    panel, cells = found.panel.copy(), found.observations.copy()
    rows = panel.index.get_level_values("province_code") == unit
    panel.loc[rows, measure] *= factor
    mine = (cells["province_code"] == unit) & (cells["measure"] == measure)
    cells.loc[mine, "value"] *= factor
    cells.loc[mine, ["sha256", "value_printed"]] = ["b" * 64, "another"]
    return replace(found, release_id="changed", panel=panel, observations=cells)


def test_a_planted_revision_is_found_with_its_variable_and_its_unit() -> None:
    old = release("6.1")
    found = carriers((spec(), old), (spec(), changed(old, "BRA", "volatility", 4.0)), *VOLATILITY)
    assert [p for p, v in found.parts.items() if abs(v) > 1e-12] == ["values volatility"]
    assert found.parts["values volatility"] == pytest.approx(found.change, abs=1e-12)
    assert found.without.index[0] == "BRA" and abs(found.without.iloc[0]) < 1e-12
    texts = carrier_sentences(found, old, old, spec().unit)
    assert "standard deviation of annual growth" in texts[1] and "without Brazil" in texts[2]


def test_a_part_is_called_by_what_the_release_knows() -> None:
    """Where a base or concept is declared, a revision is not told apart; one factor for all values is a rescaling."""
    old = release("6.1")
    panel, cells = old.panel.copy(), old.observations.copy()
    panel["volatility"] *= 1000
    mine = cells["measure"] == "volatility"
    cells.loc[mine, "value"] *= 1000
    cells.loc[mine, "indicator_label"] = "in thousandths"
    new = replace(old, release_id="rescaled", panel=panel, observations=cells)
    found = carriers((spec(), old), (spec(), new), *VOLATILITY)
    assert [p for p, v in found.parts.items() if v] == ["rescaled volatility"]
    words = part_words("rescaled volatility", found, new, spec().unit)
    assert words.startswith("rescaling of standard deviation")
    panel.loc[panel.index[panel["volatility"].notna()][0], "volatility"] *= 1.01
    cells = cells.set_index(["measure", "province_code", "year"])
    first = ("volatility", *panel.index[panel["volatility"].notna()][0])
    cells.loc[first, "value"] = panel.loc[first[1:], "volatility"]
    revised = replace(new, release_id="revised", panel=panel, observations=cells.reset_index())
    found = carriers((spec(), old), (spec(), revised), *VOLATILITY)
    assert [p for p, v in found.parts.items() if v] == ["concept volatility"]
    assert part_words("concept volatility", found, new, spec().unit).startswith(
        "revision, or another"
    )


def test_the_parts_of_a_step_add_up_and_name_units_that_came() -> None:
    found = carriers((spec(), release("6.1")), (spec(), release("6.2")), *VOLATILITY)
    assert sum(found.parts.values()) == pytest.approx(found.change, abs=1e-12)
    assert {p for p, v in found.parts.items() if v} == {
        "provinces",
        "values growth_mean",
        "values volatility",
    }
    assert found.without.index[0] == "GHA"


def test_one_model_has_its_estimate_alone() -> None:
    whole, alone = (points(s, release("6.2")) for s in (spec(), of_models(spec(), [VOLATILITY[0]])))
    assert set(alone.index.get_level_values(0)) == {VOLATILITY[0]}
    assert alone[VOLATILITY] == whole[VOLATILITY]


@pytest.mark.parametrize(
    ("edition", "key", "unit"),
    [
        ("6.2", VOLATILITY, "GHA"),
        ("6.2", POPULATION, "GNQ"),
        ("7.1", POPULATION, "GNQ"),
    ],
)
def test_leaving_one_unit_out_finds_the_break(
    edition: str, key: tuple[str, str], unit: str
) -> None:
    found = leave_one_out(spec(), release(edition), *key)
    assert found.index[0] == unit


def test_jordan_carries_edition_5_6_among_the_same_countries() -> None:
    """Its population falls by a third in 1971.

    Among the edition's own countries Nigeria (.058) and Burundi (.049) move the slope more than Jordan (.047). Among
    the countries that every edition has it is the first, .098 before Nigeria's .075.
    """
    found = leave_one_out(spec(), release("5.6"), *POPULATION)
    assert found.index[:3].tolist() == ["NGA", "BDI", "JOR"]
    common = ("common_population", POPULATION[1])
    found = leave_one_out(spec(), release("5.6"), *common)
    assert found.index[0] == "JOR"
    whole = points(of_models(spec(), [common[0]]), release("5.6"))[common]
    shifts = (found - whole).abs()
    np.testing.assert_allclose(shifts[["JOR", "NGA"]], [0.0978, 0.0752], atol=5e-4)


@pytest.mark.parametrize("key", [VOLATILITY, POPULATION])
def test_sums_without_a_unit_give_what_an_estimate_without_it_gives(key: tuple[str, str]) -> None:
    found = leave_one_out(spec(), release("5.6"), *key)
    for unit in [*found.index[:3], found.index[-1]]:
        again = points(of_models(spec(), [key[0]]), without_unit(release("5.6"), unit))[key]
        assert found[unit] == pytest.approx(again, abs=1e-11)


def test_without_ghana_the_slope_is_another_one() -> None:
    """The published sensitivity: -.074 becomes -.166."""
    whole, without = (
        points(of_models(spec(), [VOLATILITY[0]]), r)[VOLATILITY]
        for r in (release("6.2"), without_unit(release("6.2"), "GHA"))
    )
    np.testing.assert_allclose([whole, without], [-0.0737, -0.1661], atol=5e-5)
    assert isinstance(without_unit(release("6.2"), "GHA").panel, pd.DataFrame)
