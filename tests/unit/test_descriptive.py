"""Descriptive table: statistics by hand, extremes in their place, what the printed ones become."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.release import Release
from living_panel.estimation.papers.printed import descriptives
from living_panel.estimation.tables.estimate import build as estimate
from living_panel.estimation.tables.kinds import descriptive
from living_panel.estimation.tables.kinds.descriptive import _shown, describe
from living_panel.estimation.tables.result import Block, TableResult
from tests.refusals import refuses
from tests.unit.reading import numbers, shipped, texts, with_options
from tests.unit.table_release_fixture import planted_release

SPEC = shipped("t01_descriptive")


def drawn(status: str = "simulated") -> Release:
    release = planted_release(status=status)
    release.panel["patents_granted"] = np.nan
    return release


@pytest.fixture(scope="module")
def made() -> tuple[Release, TableResult]:
    release = drawn()
    release.panel.loc[("320000", 2010), "fdi_cny_100m"] = np.nan
    return release, estimate(SPEC, release)


def test_describe_by_hand() -> None:
    index = pd.MultiIndex.from_product([["110000", "120000"], [2008, 2009, 2010]])
    found = describe(pd.Series([2.0, 4.0, np.nan, 4.0, 5.0, 10.0], index))
    # mean 25 / 5; squares of the deviations 9 + 1 + 1 + 0 + 25 over 5 - 1
    assert found == {
        "n_obs": 5.0, "mean": 5.0, "sd": 3.0, "min": 2.0, "max": 10.0,
        "min_at": "110000 2008", "max_at": "120000 2010",
    }  # fmt: skip


def test_panels_differ_by_their_sample(made) -> None:
    release, table = made
    named = numbers(table)
    codes = release.panel.index.get_level_values("province_code")
    years = release.panel.index.get_level_values("year")
    paper = ~codes.isin(["540000", "650000"])
    complete = release.panel["fdi_cny_100m"].notna().to_numpy()
    baseline = paper & (years >= 2005) & (years <= 2021) & complete
    for panel, rows, lost in (
        ("a_all_provinces", np.ones(len(codes), bool), 1),
        ("b_paper_provinces", paper, 1),
        ("c_baseline_sample", baseline, 0),
    ):
        for measure, missing in (("fdi_cny_100m", lost), ("gdp_cny_100m", 0)):
            values = release.panel.loc[rows, measure].to_numpy()
            values = values[np.isfinite(values)]
            assert len(values) == rows.sum() - missing
            found = named[panel]
            assert found[f"n_obs {measure}"] == len(values)
            assert found[f"mean {measure}"] == pytest.approx(values.sum() / len(values))
            spread = ((values - values.mean()) ** 2).sum() / (len(values) - 1)
            assert found[f"sd {measure}"] == pytest.approx(np.sqrt(spread))
            assert found[f"min {measure}"] == values.min()
            assert found[f"max {measure}"] == values.max()


def test_ours_over_printed_is_in_the_printed_unit(made) -> None:
    release, table = made
    named = numbers(table, "b_paper_provinces")
    printed = descriptives("bi_2025").loc["fdi"]
    block = table.blocks[1]
    at = next(i for i, row in enumerate(block.rows) if row[0] == "fdi: fdi_cny_100m")
    ours, theirs, gaps = block.rows[at : at + 3]
    where = release.panel["fdi_cny_100m"].drop(index=["540000", "650000"], level=0).idxmax()
    assert ours[-1] == f"Province {where[0]} {where[1]}"
    assert theirs[:3] == ("  printed fdi", f"{printed['n_obs']:.0f}", f"{printed['mean']:,.2f}")
    # a hundred million yuan here, ten thousand yuan there
    for column, name in ((2, "mean"), (3, "sd"), (4, "min"), (5, "max")):
        share = 1e4 * named[f"{name} fdi_cny_100m"] / printed[name] - 1
        assert gaps[column] == f"{share:+.1%}"
    assert gaps[0] == "  ours over printed" and gaps[1] == ""
    assert block.rules == frozenset(i for i, r in enumerate(block.rows) if ": " in r[0])


def test_nothing_is_compared_with_a_printed_zero_or_what_is_not_printed(monkeypatch) -> None:
    printed = descriptives("bi_2025").assign(n_obs=np.nan, sd=np.nan, min=0.0)
    monkeypatch.setattr(descriptive, "descriptives", lambda paper: printed)
    rows = estimate(SPEC, drawn()).blocks[1].rows
    gaps = [row for row in rows if row[0] == "  ours over printed"]
    assert gaps and all(row[3:5] == ("", "") and row[2].endswith("%") for row in gaps)
    theirs = [row for row in rows if row[0].startswith("  printed ")]
    assert all((row[1], row[3], row[4]) == ("", "", "0") and row[2] for row in theirs)


def test_another_papers_table_has_no_figure_of_this_one_beside_it() -> None:
    for paper in ("innovation_2026", ""):
        table = estimate(SPEC.model_copy(update={"paper": paper}), drawn())
        assert not [row for b in table.blocks for row in b.rows if "printed" in row[0]]


def test_measures_without_figures_are_left_out_and_panels_without_any_say_so(made) -> None:
    _, table = made
    assert not (table.statistics["term"] == "trade_cny_100m").any()
    release = drawn()
    release.panel["schooling_years"] = np.nan
    found = estimate(SPEC, release)
    reasons = texts(found, "not_estimable")
    assert list(reasons.index) == ["c_baseline_sample"]
    assert "average years of schooling" in reasons["c_baseline_sample"]
    release.panel[:] = np.nan
    with refuses(NotEstimable, Code.TABLE_NO_VALUES):
        estimate(SPEC, release)


def test_factors_are_left_out_where_units_cannot_be_compared() -> None:
    factors = {k: v for k, v in SPEC.options["printed_factor"].items() if k != "gdp_cny_100m"}
    table = estimate(with_options(SPEC, printed_factor=factors), drawn())
    rows = [row[0] for row in table.blocks[0].rows]
    assert "gdp: gdp_cny_100m" in rows and "  printed gdp" not in rows
    assert "  printed fdi" in rows


def test_official_figures_name_stand_ins_and_low_quality() -> None:
    release = drawn("official")
    release.panel["trade_cny_100m"] = release.panel["exports_cny_100m"]
    low = release.observations["measure"] == "gdp_cny_100m"
    low &= release.observations["year"] == 2010
    quality = release.observations["quality"].mask(low, "low")
    release = replace(release, observations=release.observations.assign(quality=quality))
    table = estimate(SPEC, release)
    words = " ".join(table.banner)
    assert words.startswith("Official values: ")
    assert "trade_cny_100m for exports by province (100 million yuan)" in words.split("Proxies")[1]
    assert "Cells used: 31 of low quality" in words
    assert "gdp_cny_100m: Province 110000 2010" in " ".join(table.fine_print)
    assert "simulated" not in words.lower()
    assert table.figures_status == "proxy"
    assert planted_release().simulated


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-3.0, "-3"), (2521.0, "2521"), (1e6, "1,000,000.00"), (9.0125, "9.01"),
        (0.1, "0.10"), (-0.25, "-0.25"), (0.00249, "0.00249"), (-0.0999, "-0.09990"),
    ],
)  # fmt: skip
def test_figures_below_a_tenth_keep_five_decimals(value: float, text: str) -> None:
    assert _shown(value) == text


def test_a_page_that_is_no_panel_and_a_row_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match=Code.SPEC_OPTIONS):
        descriptive.Options.model_validate(SPEC.options | {"page": "nothing"})
    with refuses(ValueError, Code.KIND_CODE, title="Sizes", n_columns=2):
        Block("Sizes", ("a", "b"), (("1", "2"), ("3",)))
