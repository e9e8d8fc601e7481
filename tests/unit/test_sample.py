"""Choosing measures, filling and dropping cells: every choice and loss is on record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from estimation.panel import sample as sample_module
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import joined, simulated_mark
from estimation.panel.sample import build_sample, interpolate
from estimation.panel.spec import Interpolation, Sample, Variable
from estimation.tables.banner import banner
from tests.unit.release_fixture import PROVINCES, YEARS, tiny_release

NONE = Interpolation(method="none")


def variable(*measures: str, stands_in: tuple[str, ...] = (), log: bool = True, **more) -> Variable:
    return Variable(
        measures=list(measures),
        stands_in=list(stands_in),
        label="x",
        log=log,
        concept="exports",
        **more,
    )


def sample(**changes) -> Sample:
    return Sample(
        **{"provinces": "all", "first_year": 2010, "last_year": 2015, "without_years": [],
           "minimum_coverage": 1.0} | changes
    )  # fmt: skip


EX = {"ex": variable("exports_cny_100m", "trade_cny_100m", stands_in=("trade_cny_100m",))}


def test_an_official_column_that_covers_the_sample_beats_the_stand_in() -> None:
    without = build_sample(tiny_release(), EX, sample(), NONE)
    assert without.choices["ex"].measure == "trade_cny_100m"
    assert without.figures_status == "stand-in"
    landed = {(p, y): 5.0 + y - 2010 for p in PROVINCES for y in YEARS}
    with_exports = build_sample(tiny_release(exports_cny_100m=landed), EX, sample(), NONE)
    assert with_exports.choices["ex"].measure == "exports_cny_100m"
    assert with_exports.figures_status == "official"
    assert with_exports.frame["ex"].iloc[0] == pytest.approx(np.log(5.0))


def test_an_incomplete_official_column_loses_and_the_record_says_why() -> None:
    landed = {(p, y): 5.0 for p in PROVINCES for y in YEARS if (p, y) != ("130000", 2012)}
    done = build_sample(tiny_release(exports_cny_100m=landed), EX, sample(), NONE)
    assert done.choices["ex"].measure == "trade_cny_100m"
    assert "first missing 130000 2012" in done.choices["ex"].passed_over[0]


def test_no_measure_that_covers_is_a_named_result() -> None:
    with pytest.raises(NotEstimable, match="exports: exports_cny_100m: no figures by province"):
        build_sample(tiny_release(), {"ex": variable("exports_cny_100m")}, sample(), NONE)


def test_rows_lost_below_full_coverage_are_listed_with_the_reason() -> None:
    cells = {(p, y): 2.0 for p in PROVINCES for y in YEARS if (p, y) != ("130000", 2012)}
    done = build_sample(
        tiny_release(lab=cells), {"lab": variable("lab")}, sample(minimum_coverage=0.9), NONE
    )
    assert len(done.frame) == 23
    assert done.dropped == (
        {"province_code": "130000", "year": 2012, "reason": "no figure for lab"},
    )


def test_the_logarithm_of_zero_is_an_error_that_names_the_cell() -> None:
    cells = {(p, y): 0.0 if (p, y) == ("120000", 2014) else 1.0 for p in PROVINCES for y in YEARS}
    with pytest.raises(ValueError, match=r"lab 120000 2014: logarithm of 0"):
        build_sample(tiny_release(lab=cells), {"lab": variable("lab")}, sample(), NONE)


def test_interpolation_is_linear_and_never_crosses_a_break() -> None:
    index = pd.MultiIndex.from_product([["110000", "120000"], [2010, 2013]])
    series = pd.Series([10.0, 40.0, 10.0, 40.0], index=index.set_names(["province_code", "year"]))
    breaks = pd.DataFrame({"province_code": ["120000"], "year": [2012]})
    filled, cells = interpolate(series, "linear", [2011, 2012], breaks)
    assert filled["110000", 2011] == pytest.approx(20.0)
    assert filled["110000", 2012] == pytest.approx(30.0)
    assert {c["province_code"] for c in cells} == {"110000"}
    assert ("120000", 2011) not in filled.index


@pytest.mark.parametrize("cut", [2011, 2012, 2013])
def test_a_break_anywhere_between_the_neighbours_stops_interpolation(cut: int) -> None:
    index = pd.MultiIndex.from_tuples(
        [("110000", 2010), ("110000", 2013)], names=["province_code", "year"]
    )
    breaks = pd.DataFrame({"province_code": [""], "year": [cut]})
    assert interpolate(pd.Series([1.0, 2.0], index=index), "linear", [2011, 2012], breaks)[1] == []


def test_a_break_at_the_first_known_year_does_not_stop_it() -> None:
    index = pd.MultiIndex.from_tuples(
        [("110000", 2010), ("110000", 2013)], names=["province_code", "year"]
    )
    breaks = pd.DataFrame({"province_code": [""], "year": [2010]})
    assert len(interpolate(pd.Series([1.0, 2.0], index=index), "linear", [2011], breaks)[1]) == 1


def test_filled_cells_are_listed_and_named_in_the_status() -> None:
    cells = {(p, y): 2.0 + y - 2010 for p in PROVINCES for y in YEARS if y != 2012}
    done = build_sample(
        tiny_release(ed=cells), {"ed": variable("ed")}, sample(),
        Interpolation(method="linear", years={"ed": [2012]}),
    )  # fmt: skip
    assert len(done.filled) == 4
    assert done.filled[0]["value"] == pytest.approx(4.0)
    assert done.figures_status == "interpolated"


def test_a_lag_reaches_into_the_year_before_the_sample() -> None:
    cells = {(p, y): float(y) for p in PROVINCES for y in YEARS}
    done = build_sample(
        tiny_release(lab=cells),
        {"lab": variable("lab", log=False, lag=1)},
        sample(first_year=2011),
        NONE,
    )
    assert done.frame["lab"].loc["110000", 2011] == 2010.0


def test_real_terms_divide_by_prices_cumulated_from_the_first_year() -> None:
    prices = {(p, y): 110.0 for p in PROVINCES for y in YEARS}
    value = {(p, y): 121.0 for p in PROVINCES for y in YEARS}
    done = build_sample(
        tiny_release(cpi=prices, v=value),
        {"v": variable("v", log=False, deflate_by="cpi")},
        sample(),
        NONE,
    )
    assert done.frame["v"].loc["110000", 2010] == pytest.approx(121.0)
    assert done.frame["v"].loc["110000", 2012] == pytest.approx(100.0)


def test_a_lag_of_real_terms_reaches_back_in_the_prices_of_the_first_year() -> None:
    nominal = {(p, y): 121.0 for p in PROVINCES for y in YEARS}
    prices = {(p, y): 110.0 for p in PROVINCES for y in YEARS}
    done = build_sample(
        tiny_release(v=nominal, cpi=prices),
        {"v": variable("v", log=False, deflate_by="cpi", lag=1)},
        sample(first_year=2012, last_year=2014),
        NONE,
    )
    values = done.frame["v"].loc["110000"]
    # 2011 in the prices of 2012, when prices had risen by a tenth; then 2012 and 2013
    assert values.index.tolist() == [2012, 2013, 2014]
    assert values.tolist() == pytest.approx([121.0 * 1.1, 121.0, 110.0])


def test_a_gap_in_the_prices_leaves_out_what_lies_beyond_it_on_either_side() -> None:
    nominal = {(p, y): 100.0 for p in PROVINCES for y in YEARS}
    prices = {(p, y): 110.0 for p in PROVINCES for y in YEARS if y not in (2011, 2015)}
    done = build_sample(
        tiny_release(v=nominal, cpi=prices),
        {"v": variable("v", log=False, deflate_by="cpi", lag=2)},
        sample(first_year=2013, last_year=2015),
        NONE,
    )
    # of 2011, 2012 and 2013 the prices of 2013 reach 2011; of 2010 they would not
    assert done.frame.loc["110000"].index.tolist() == [2013, 2014, 2015]
    early = build_sample(
        tiny_release(v=nominal, cpi=prices),
        {"v": variable("v", log=False, deflate_by="cpi", lag=2)},
        sample(first_year=2012, last_year=2014),
        NONE,
    )
    assert early.frame.loc["110000"].index.tolist() == [2013, 2014]
    assert "no figure for v" in early.dropped[0]["reason"]


def test_cells_of_low_quality_are_named_where_the_sample_uses_them() -> None:
    release = tiny_release()
    table = release.observations
    doubtful = (table["province_code"] == "110000") & (table["year"].isin([2010, 2012]))
    table.loc[doubtful & table["measure"].isin(["fdi_cny_100m", "gdp_cny_100m"]), "quality"] = "low"
    done = build_sample(release, {"fdi": variable("fdi_cny_100m")}, sample(first_year=2011), NONE)
    assert done.low_quality == (
        {"measure": "fdi_cny_100m", "province_code": "110000", "year": 2012, "note": ""},
    )


def test_unknown_provinces_measures_and_empty_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown province codes"):
        build_sample(tiny_release(), EX, sample(provinces=["999999"]), NONE)
    with pytest.raises(ValueError, match="unknown measure 'nonsense'"):
        build_sample(tiny_release(), {"x": variable("nonsense")}, sample(), NONE)
    with pytest.raises(ValueError, match="the sample is empty"):
        build_sample(tiny_release(), EX, sample(without_years=list(YEARS)), NONE)


def test_documented_breaks_inside_the_sample_are_reported() -> None:
    done = build_sample(tiny_release(), {"fdi": variable("fdi_cny_100m")}, sample(), NONE)
    assert [b["year"] for b in done.breaks] == [2013]
    narrow = build_sample(
        tiny_release(), {"fdi": variable("fdi_cny_100m")}, sample(first_year=2013), NONE
    )
    assert narrow.breaks == ()


def test_a_status_is_one_vocabulary_whatever_is_joined() -> None:
    assert joined(["official", "stand-in"]) == "stand-in"
    assert joined(["interpolated", "official", "stand-in+simulated"]) == (
        "simulated+stand-in+interpolated"
    )
    assert joined(["official"]) == joined([]) == "official"
    with pytest.raises(ValueError, match=r"planted.*not among official, simulated"):
        joined(["official+planted"])


def test_the_method_a_spec_names_is_the_method_that_fills(monkeypatch) -> None:
    """A second method is computed as itself, wherever the rule is passed on."""
    monkeypatch.setitem(sample_module.METHODS, "last", lambda low, high, year, a, b: a)
    cells = {(p, y): float(y) for p in PROVINCES for y in YEARS if y != 2012}
    rule = Interpolation.model_construct(method="last", years={"lab": [2012], "other": [2011]})
    done = build_sample(
        tiny_release(lab=cells), {"lab": variable("lab", log=False)}, sample(), rule.of(["lab"])
    )
    assert {f["value"] for f in done.filled} == {2011.0}
    assert done.figures_status == "interpolated"
    unknown = Interpolation.model_construct(method="cubic", years={"lab": [2012]})
    with pytest.raises(ValueError, match="'cubic' has no rule. Known: .*linear"):
        build_sample(tiny_release(lab=cells), {"lab": variable("lab")}, sample(), unknown)


def test_simulated_reaches_what_uses_it_and_nothing_else() -> None:
    """One simulated column marks the samples that use it, as a divisor too, and names itself."""
    cells = {(p, y): 5.0 + y for p in PROVINCES for y in YEARS}
    release = tiny_release(lab=cells, heads=cells, drawn=cells)
    drawn = release.observations["measure"] == "drawn"
    release.observations.loc[drawn, "status"] = "simulated"
    roles = {"lab": variable("lab")}
    plain = build_sample(release, roles, sample(), NONE)
    assert (plain.figures_status, plain.simulated) == ("official", ())
    assert not any("SIMULATED" in line for line in banner(release, roles, [plain]))
    for divisor in ({"per": "drawn"}, {"deflate_by": "drawn"}):
        roles = {"lab": variable("lab", **divisor)}
        marked = build_sample(release, roles, sample(), NONE)
        assert (marked.figures_status, marked.simulated) == ("simulated", ("drawn",))
        first = banner(release, roles, [marked])[0]
        assert "SIMULATED FIGURES: drawn is simulated" in first
        assert "planted process" not in first
    release.observations.loc[drawn, "note"] = "planted process demo"
    assert "drawn is drawn from a planted process" in simulated_mark(release)


def test_divisors_count_among_the_official_figures_of_the_banner() -> None:
    cells = {(p, y): 5.0 + y for p in PROVINCES for y in YEARS}
    roles = {"lab": variable("lab", per="heads")}
    release = tiny_release(lab=cells, heads=cells)
    lines = banner(release, roles, [build_sample(release, roles, sample(), NONE)])
    assert "Official figures: heads, lab." in lines


def test_rows_of_low_quality_are_left_out_where_a_sample_asks() -> None:
    cells = {(p, y): 5.0 + y for p in PROVINCES for y in YEARS}
    release = tiny_release(lab=cells)
    at = (release.observations["province_code"] == "120000") & (
        release.observations["year"] == 2013
    )
    release.observations.loc[at, "quality"] = "low"
    done = build_sample(release, {"lab": variable("lab")}, sample(without_low_quality=True), NONE)
    assert ("120000", 2013) not in done.frame.index
    assert done.dropped == (
        {"province_code": "120000", "year": 2013, "reason": "low quality: lab"},
    )
    assert len(build_sample(release, {"lab": variable("lab")}, sample(), NONE).dropped) == 0


def test_every_cell_asked_for_is_used_filled_or_dropped_with_the_reason() -> None:
    cells = {
        (p, y): 2.0 for p in PROVINCES for y in YEARS if y != 2012 and (p, y) != ("130000", 2014)
    }
    roles = {"lab": variable("lab", lag=1), "ex": variable("trade_cny_100m")}
    rule = Interpolation(method="linear", years={"lab": [2012]})
    asked = sample(first_year=2011, minimum_coverage=0.5)
    done = build_sample(tiny_release(lab=cells), roles, asked, rule)
    found = done.cells().set_index(["variable", "province_code", "year"])
    assert len(found) == len(found.index.unique()) == 2 * len(PROVINCES) * 5
    filled = found[found["state"] == "filled"]  # the figure of 2012 enters the row of 2013
    assert set(filled.index) == {("lab", p, 2013) for p in PROVINCES}
    assert set(filled["year_measured"]) == {2012} and set(filled["reason"]) == {
        "between 2011 and 2013"
    }
    dropped = found[found["state"] == "dropped"]
    assert set(dropped.index) == {(role, "130000", 2015) for role in roles}
    assert set(dropped["reason"]) == {"no figure for lab"}
    assert np.isnan(dropped.loc[("lab", "130000", 2015), "value"])
    used = found.loc[("ex", "110000", 2011)]
    assert used["state"] == "used" and pd.isna(used["reason"])
    assert used["value"] == tiny_release().panel.loc[("110000", 2011), "trade_cny_100m"]
