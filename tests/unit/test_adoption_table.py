"""Table of staggered adoption: planted effects come out, the rule of years holds, gaps are reported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec, load_spec
from living_panel.estimation.tables.estimate import build, estimate, points
from living_panel.estimation.tables.facts import JACKKNIFE as CR3
from living_panel.estimation.tables.result import TableResult
from living_panel.estimation.tables.texts import error_text
from tests.paths import SPECS
from tests.unit.reading import block_of, coefficients, hold_points, numbers, shipped
from tests.unit.table_release_fixture import EXCLUDED, planted_release

TINY = 1e-7
COHORTS = {2015: 1, 2016: 10, 2018: 15, 2019: 5}  # as designated; those of 2019 count from 2020


def release(effect: float, slope: float, noise: float, moved: int = 2020) -> Release:
    """31 provinces with parallel trends and designations as the real ones; effects on trade alone.

    `slope` is what an effect gains by the log of FDI over GDP. `moved` is the year from which the
    designations of 2019 raise trade.
    """
    base = planted_release()
    panel = base.panel.copy()
    rng = np.random.default_rng(4)
    codes = panel.index.levels[0]
    year = np.repeat(list(COHORTS), list(COHORTS.values()))
    first = pd.Series(rng.permutation(year), codes)
    starts = first.replace(2019, moved)
    provinces, years = (panel.index.get_level_values(i) for i in (0, 1))
    intensity = np.log(panel["fdi_cny_100m"] / panel["gdp_cny_100m"])
    early = (years >= 2012) & (years <= 2014)
    trait = intensity[early].groupby(level=0).mean()
    trait = trait.loc[provinces].to_numpy() - trait.drop(list(EXCLUDED)).mean()
    treated = years >= starts.loc[provinces].to_numpy()
    level = rng.normal(6, 1, len(codes))[codes.get_indexer(provinces)] + 0.1 * (years - 2005)
    y = level + treated * (effect + slope * trait) + noise * rng.standard_normal(len(panel))
    panel["trade_cny_100m"] = np.exp(y)
    panel[["exports_cny_100m", "exports_origin_cny_100m"]] = np.nan
    panel["pilot_zones_new"] = (years == first.loc[provinces].to_numpy()) * 1.0
    titled = pd.DataFrame({"measure": panel.columns, "title": panel.columns})
    return replace(base, panel=panel, indicators=titled)


def spec(*named: str, **changes: object) -> Spec:
    """The shipped spec with some of its studies and few draws."""
    every = load_spec(SPECS / "x_pilot_zones.yml").options["studies"]
    kept = [s for s in every if s["id"] in named]
    few = {"randomisation": {"draws": 19, "seed": 1}, "studies": kept}
    return shipped("x_pilot_zones", **few | changes)


def row(table: TableResult, model: str, term: str) -> pd.Series:
    return coefficients(table).loc[(model, term, CR3)]


def test_planted_effects_come_out_of_every_estimator() -> None:
    """Without noise the three averages are the planted one, and the product its slope; the placebo is none."""
    table = build(spec("trade"), release(0.2, 0.5, TINY))
    for model, term, truth in (
        ("interaction", "treated", 0.2),
        ("interaction", "treated x trait", 0.5),
        ("imputation", "slope on trait", 0.5),
    ):
        found = row(table, f"trade.{model}", term)["estimate"]
        assert found == pytest.approx(truth, abs=1e-5)
    for model in ("group_time", "interaction", "imputation"):
        rows = coefficients(table).loc[f"trade.placebo.{model}"]
        assert np.abs(rows["estimate"]).max() < 1e-5
    flat = build(spec("trade"), release(0.2, 0.0, TINY))
    for model in ("group_time", "imputation", "two_way"):
        assert row(flat, f"trade.{model}", "treated")["estimate"] == pytest.approx(0.2, abs=1e-5)


def test_designations_count_from_the_year_that_the_spec_says() -> None:
    """Trade that moves in the year of designation looks late by the rule 2019: 2020, and on time without it."""
    figures = release(0.2, 0.0, TINY, moved=2019)
    window = spec("to_2019").options["studies"][0] | {"latest": 0, "dependent": "ex_trade"}
    window["sample"] = window["sample"] | {"last_year": 2020}
    found = []
    for changes in ({}, {"adoption": {"enter": "zones", "count_from": {}}}):
        one = spec(**{"studies": [window], **changes})
        found.append(row(build(one, figures), "to_2019.two_way", "treated")["estimate"])
    assert found[1] == pytest.approx(0.2, abs=1e-5) and abs(found[0] - 0.2) > 0.01


def test_the_page_says_the_rule_and_what_could_be_found() -> None:
    table = build(spec("trade"), release(0.0, 0.0, 0.1))
    notes = " ".join(table.page[0].notes)
    assert "those of 2019 from 2020" in notes and "Power: the test misses" in notes
    error = row(table, "trade.group_time", "treated")["std_error"]
    least = (2.048407 + 0.854647) * error  # t(28)
    by_year = {r[0]: r[1:] for r in block_of(table, "by years since adoption").rows}
    b, e = row(table, "trade.group_time", "event 0")[["estimate", "std_error"]]
    interval = f"[{b - 2.048407 * e:.3f}, {b + 2.048407 * e:.3f}]"
    assert by_year["+0"] == (f"{b:.3f}", error_text(e), interval)
    weights = [float(r[-1][:-1]) for r in block_of(table, "regression compares").rows]
    assert weights == sorted(weights, reverse=True) and len(set(weights)) > 1
    found = numbers(table)["trade.group_time", "minimum_detectable treated"]
    assert found == pytest.approx(least, rel=1e-5)
    assert table.choices["adoption"]["count_from"] == {"2019": 2020}


def test_every_line_of_the_page_states_its_estimator_and_sizes() -> None:
    planted = release(0.0, 0.0, 0.1)
    table = build(spec("trade"), planted)
    facts = block_of(table, "what each line states")
    assert [r[0] for r in facts.rows] == [r[0] for r in table.page[0].rows]
    stated = dict(zip(facts.columns, zip(*facts.rows, strict=True), strict=True))
    assert stated["Observations"] == tuple(r[-2] for r in table.page[0].rows)
    assert {"imputation", "OLS"} < {*stated["Estimator"]}
    note = " ".join(facts.notes)
    assert "standard errors: CR3 jackknife; clustered by: province; clusters: 29" in note
    assert "degrees of freedom of t: 28" in note


def test_cells_with_gaps_leave_two_way_regressions_and_say_what_is_compared() -> None:
    figures = release(0.2, 0.0, TINY)
    trade = figures.panel["trade_cny_100m"]
    kept = np.random.default_rng(1).random(len(trade)) < 0.5
    figures.panel["exports_cny_100m"] = trade.where(kept)
    both_studies = {study["id"]: study for study in spec("trade", "exports").options["studies"]}
    window = {"first_year": 2014, "last_year": 2018, "minimum_coverage": 0.2}
    gaps = both_studies["exports"] | {"placebo": None}
    gaps["sample"] = gaps["sample"] | window
    table = build(spec(studies=[both_studies["trade"], gaps]), figures)
    assert row(table, "exports.two_way", "treated")["estimate"] == pytest.approx(0.2, abs=1e-5)
    assert not (table.coefficients["model"] == "exports.group_time").any()
    notes = " ".join(block_of(table, "Every estimator under").notes)
    first = pd.Series(figures.panel["pilot_zones_new"]).unstack().idxmax(axis=1)
    seen = figures.panel["exports_cny_100m"].unstack().loc[:, 2014:2018].notna()
    seen, first = seen.drop(list(EXCLUDED)), first.drop(list(EXCLUDED))
    both = seen.loc[:, :2015].any(axis=1) & seen.loc[:, 2016:].any(axis=1)
    later = seen.loc[:, :2015].any(axis=1) & (
        seen.loc[:, 2016:2017].any(axis=1) | ((first == 2019) & seen[2018])
    )
    expected = (
        f"2016: {int((both & (first == 2016)).sum())} against {int((later & (first > 2016)).sum())}"
    )
    assert expected in notes


def test_what_the_page_prints_is_what_points_give_again() -> None:
    figures, one = release(0.1, 0.1, 0.1), spec("trade", "to_2019")
    table, again = build(one, figures), points(one, figures)
    hold_points(again, table)


def test_unit_trends_leave_the_planted_effect_and_take_out_planted_trends() -> None:
    """A dummy regression is biased by trends of provinces, and without them it is exact."""
    figures = release(0.2, 0.0, TINY)
    provinces, years = (figures.panel.index.get_level_values(i) for i in (0, 1))
    first = figures.panel["pilot_zones_new"].unstack().idxmax(axis=1)
    slope = 0.05 * (first.loc[provinces].to_numpy() == 2016)
    figures.panel["trade_cny_100m"] *= np.exp(slope * (years - 2005))
    figures.panel["exports_origin_cny_100m"] = figures.panel["trade_cny_100m"]
    table = build(spec("trade", "exports", "province_trends"), figures)
    biased = row(table, "exports.two_way", "treated")["estimate"]
    exact = row(table, "province_trends.two_way", "treated")["estimate"]
    assert abs(biased - 0.2) > 0.02 and exact == pytest.approx(0.2, abs=1e-5)
    assert not (table.coefficients["model"] == "province_trends.group_time").any()


def test_the_base_is_the_mean_of_the_years_that_the_spec_says() -> None:
    figures = release(0.2, 0.0, TINY)
    figures.panel["exports_origin_cny_100m"] = figures.panel["trade_cny_100m"]
    provinces, years = (figures.panel.index.get_level_values(i) for i in (0, 1))
    first = figures.panel["pilot_zones_new"].unstack().idxmax(axis=1).loc[provinces].to_numpy()
    dip = np.where(years == first - 1, np.exp(-0.3), 1.0)  # the year before adoption alone is low
    figures.panel["exports_origin_cny_100m"] *= dip
    table = build(spec("exports", "base_3"), figures)
    one, three = (
        row(table, f"{s}.group_time", "treated")["estimate"] for s in ("exports", "base_3")
    )
    assert one > 0.2 + 0.05 and three < one - 0.05


def test_without_zones_the_table_says_so() -> None:
    figures = release(0.1, 0.0, 0.1)
    figures.panel["pilot_zones_new"] = np.nan
    assert "new pilot zones" in (estimate(spec("trade"), figures).reason or "")
    with pytest.raises(NotEstimable):
        points(spec("trade"), figures)
    figures.panel["pilot_zones_new"] = 0.0
    assert "no unit has a value by 2017" in (estimate(spec("trade"), figures).reason or "")


def test_a_rule_is_drawn_before_each_part_of_a_page_that_lacks_some_lines() -> None:
    figures = release(0.1, 0.1, 0.1)
    gaps = np.random.default_rng(1).random(len(figures.panel)) < 0.1
    figures.panel.loc[gaps, "trade_cny_100m"] = np.nan
    (study,) = spec("trade").options["studies"]
    study = study | {"sample": study["sample"] | {"minimum_coverage": 0.5}}
    table = build(spec(studies=[study]), figures)
    block = table.page[0]
    starts = [block.rows[number][0].split()[0] for number in sorted(block.rules)]
    assert starts == ["Two-way", "Times", "Placebo,"]
