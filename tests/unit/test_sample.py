"""Choosing measures, filling and dropping cells: every choice and loss is on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.figures import joined, simulated_mark
from living_panel.estimation.panel.filling import fill_years
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.sample import Estimable, build_sample, kept
from living_panel.estimation.panel.spec import Interpolation, Sample, Variable
from living_panel.estimation.tables.banner import banner, fine_print
from living_panel.estimation.tables.regressions import RegressionBlock
from tests.refusals import refuses
from tests.unit.release_fixture import PROVINCES, YEARS, tiny_release

NONE = Interpolation(method="none")
CELLS = [(p, y) for p in PROVINCES for y in YEARS]
RISING = {(p, y): 5.0 + y for p, y in CELLS}


def variable(*measures: str, log: bool = True, **more: Any) -> Variable:
    return Variable(measures=list(measures), label="x", log=log, concept="exports", **more)


def sample(**changes: Any) -> Sample:
    window = {"first_year": 2010, "last_year": 2015, "without_years": [], "minimum_coverage": 1.0}
    return Sample(**{"provinces": "all", **window, **changes})


EX = {"ex": variable("exports_cny_100m", "trade_cny_100m", proxies=["trade_cny_100m"])}


def lab(release: Release, rule: Interpolation = NONE, **changes: Any) -> Estimable:
    """The sample of one variable `lab`, whose options and those of the sample are given by name."""
    own = {k: changes.pop(k) for k in list(changes) if k in Variable.model_fields}
    return build_sample(release, {"lab": variable("lab", **own)}, sample(**changes), rule)


def test_an_official_column_that_covers_the_sample_beats_the_proxy() -> None:
    without = build_sample(tiny_release(), EX, sample(), NONE)
    assert without.choices["ex"].measure == "trade_cny_100m"
    assert without.figures_status == "proxy"
    landed = {(p, y): 5.0 + y - 2010 for p, y in CELLS}
    with_exports = build_sample(tiny_release(exports_cny_100m=landed), EX, sample(), NONE)
    assert with_exports.choices["ex"].measure == "exports_cny_100m"
    assert with_exports.figures_status == "official"
    assert with_exports.frame["ex"].iloc[0] == pytest.approx(np.log(5.0))


def test_an_incomplete_official_column_loses_and_the_record_says_why() -> None:
    landed = {cell: 5.0 for cell in CELLS if cell != ("130000", 2012)}
    done = build_sample(tiny_release(exports_cny_100m=landed), EX, sample(), NONE)
    assert done.choices["ex"].measure == "trade_cny_100m"
    assert "first missing Hebei 2012" in done.choices["ex"].passed_over[0]
    with refuses(NotEstimable, Code.TABLE_NO_VALUES):
        late = {"ex": variable("exports_cny_100m", lag=1)}
        build_sample(tiny_release(exports_cny_100m=landed), late, sample(first_year=2011), NONE)
    with refuses(NotEstimable, Code.TABLE_NO_VALUES, concept="exports"):
        build_sample(tiny_release(), {"ex": variable("exports_cny_100m")}, sample(), NONE)


def test_rows_lost_below_full_coverage_are_listed_with_the_reason() -> None:
    cells = {cell: 2.0 for cell in CELLS if cell != ("130000", 2012)}
    done = lab(tiny_release(lab=cells), minimum_coverage=0.9)
    assert len(done.frame) == 23
    lost = {"province_code": "130000", "year": 2012, "reason": "no value for lab"}
    assert done.dropped == (lost,)


def test_the_logarithm_of_zero_is_an_error_that_names_the_cell() -> None:
    cells = {cell: 0.0 if cell == ("120000", 2014) else 1.0 for cell in CELLS}
    for lag in (0, 1):
        with refuses(ValueError, Code.SPEC_SAMPLE, measure="lab", province="120000"):
            lab(tiny_release(lab=cells), lag=lag, first_year=2011)


@pytest.mark.parametrize(
    ("province", "cut", "filled"),
    [
        ("120000", 2012, {2011: 20.0, 2012: 30.0}),  # another province's break
        ("110000", 2010, {2011: 20.0, 2012: 30.0}),  # the first known year opens the definition
        *(("", cut, {}) for cut in (2011, 2012, 2013)),
        ("110000", 2012, {}),
    ],
)
def test_interpolation_is_linear_and_never_crosses_a_break(
    province: str, cut: int, filled: dict[int, float]
) -> None:
    index = pd.MultiIndex.from_product([["110000"], [2010, 2013]], names=["province_code", "year"])
    breaks = pd.DataFrame({"province_code": [province], "year": [cut]})
    series, cells, empty = fill_years(
        pd.Series([10.0, 40.0], index=index), "linear", [2011, 2012], breaks
    )
    assert {c["year"]: c["reason"] for c in empty} == (
        {} if filled else {2011: "series_break", 2012: "series_break"}
    )
    assert {c["year"]: c["value"] for c in cells} == pytest.approx(filled)
    assert series.loc["110000"].to_dict() == pytest.approx({2010: 10.0, **filled, 2013: 40.0})


def test_filled_cells_are_listed_and_named_in_the_status() -> None:
    cells = {(p, y): 2.0 + y - 2010 for p, y in CELLS if y != 2012}
    done = lab(tiny_release(lab=cells), Interpolation(method="linear", years={"lab": [2012]}))
    assert [f["value"] for f in done.filled] == pytest.approx([4.0] * 4)
    assert done.figures_status == "interpolated"


def test_a_lag_reaches_into_the_year_before_the_sample() -> None:
    done = lab(tiny_release(lab=RISING), log=False, lag=1, first_year=2011)
    assert done.frame["lab"].loc["110000", 2011] == RISING["110000", 2010]


@pytest.mark.parametrize(
    ("lag", "first", "values"),
    [
        (0, 2010, {2010: 121.0, 2011: 110.0, 2012: 100.0}),
        # 2011 in the prices of 2012, when prices had risen by a tenth; then 2012 and 2013
        (1, 2012, {2012: 121.0 * 1.1, 2013: 121.0, 2014: 110.0}),
    ],
)
def test_real_terms_divide_by_prices_cumulated_from_the_first_year(
    lag: int, first: int, values: dict[int, float]
) -> None:
    release = tiny_release(cpi=dict.fromkeys(CELLS, 110.0), lab=dict.fromkeys(CELLS, 121.0))
    window = {"first_year": first, "last_year": first + 2}
    done = lab(release, log=False, deflate_by="cpi", lag=lag, **window)
    assert done.frame["lab"].loc["110000"].to_dict() == pytest.approx(values)


@pytest.mark.parametrize(("first", "left"), [(2013, [2013, 2014, 2015]), (2012, [2013, 2014])])
def test_a_gap_in_the_prices_leaves_out_what_lies_beyond_it_on_either_side(
    first: int, left: list[int]
) -> None:
    """Two years before: the prices of 2013 reach 2011, a gap; those of 2012 do not reach 2010."""
    prices = {(p, y): 110.0 for p, y in CELLS if y not in (2011, 2015)}
    release = tiny_release(lab=dict.fromkeys(CELLS, 100.0), cpi=prices)
    window = {"first_year": first, "last_year": first + 2, "minimum_coverage": 0.5}
    done = lab(release, log=False, deflate_by="cpi", lag=2, **window)
    assert done.frame.loc["110000"].index.tolist() == left
    assert {d["reason"] for d in done.dropped} <= {"no value for lab"}


def test_a_year_that_the_panel_does_not_have_is_not_read_as_no_inflation() -> None:
    release = tiny_release(cpi=dict.fromkeys(CELLS, 110.0), lab=dict.fromkeys(CELLS, 100.0))
    without = replace(release, panel=release.panel.drop(2012, level="year"))
    done = lab(without, log=False, deflate_by="cpi", minimum_coverage=0.1)
    assert done.frame.loc["110000"].index.tolist() == [2010, 2011]


def test_a_measure_covers_no_more_than_what_it_is_divided_by() -> None:
    heads = {cell: 2.0 for cell in CELLS if cell != ("130000", 2012)}
    with refuses(NotEstimable, Code.TABLE_NO_VALUES):
        lab(tiny_release(lab=RISING, heads=heads), per="heads")


def test_a_year_to_be_filled_does_not_count_as_missing_a_lag_later() -> None:
    cells = {(p, y): 2.0 + y for p, y in CELLS if y != 2012}
    rule = Interpolation(method="linear", years={"lab": [2012]})
    done = lab(tiny_release(lab=cells), rule, log=False, lag=1, first_year=2011)
    assert done.frame["lab"].loc["110000", 2013] == 2014.0


def test_cells_of_low_quality_are_named_or_their_rows_left_out_where_a_sample_asks() -> None:
    release = tiny_release(lab=RISING)
    table = release.observations
    doubtful = (table["province_code"] == "110000") & (table["year"].isin([2010, 2012]))
    table.loc[doubtful & table["measure"].isin(["lab", "gdp_cny_100m"]), "quality"] = "low"
    done = lab(release, first_year=2011)
    place = {"province_code": "110000", "year": 2012}
    assert done.low_quality == ({"measure": "lab", **place, "note": ""},)
    assert done.dropped == ()
    without = lab(release, first_year=2011, without_low_quality=True)
    assert ("110000", 2012) not in without.frame.index
    assert without.dropped == ({**place, "reason": "low quality: lab"},)
    # the rows of 2011 and 2013 rest on the values of 2010 and 2012
    lagged = lab(release, first_year=2011, lag=1)
    assert [c["year"] for c in lagged.low_quality] == [2010, 2012]
    without = lab(release, first_year=2011, lag=1, without_low_quality=True)
    assert [d["year"] for d in without.dropped] == [2011, 2013]
    assert not without.low_quality


def test_unknown_provinces_measures_and_empty_samples_are_refused() -> None:
    with refuses(ValueError, Code.SPEC_SAMPLE):
        build_sample(tiny_release(), EX, sample(provinces=["999999"]), NONE)
    with refuses(ValueError, Code.SPEC_ROLE, unknown="nonsense"):
        build_sample(tiny_release(), {"x": variable("nonsense")}, sample(), NONE)
    for divisor in ("per", "deflate_by"):
        with refuses(ValueError, Code.SPEC_ROLE, unknown="nonsense"):
            lab(tiny_release(lab=RISING), **{divisor: "nonsense"})
    with refuses(ValueError, Code.SPEC_SAMPLE):
        build_sample(tiny_release(), EX, sample(without_years=list(YEARS)), NONE)
    with refuses(NotEstimable, Code.TABLE_NO_VALUES, first="2020", end="2015"):
        build_sample(tiny_release(), EX, sample(first_year=2020, last_year="newest"), NONE)
    with refuses(NotEstimable, Code.TABLE_NO_VALUES):
        build_sample(tiny_release(), EX, sample(last_year=2200), NONE)
    strange = [{"unit": "999999", "year": 2012, "reason": "a slip"}]
    with refuses(ValueError, Code.SPEC_SAMPLE, unit="999999", period_text="2012"):
        lab(tiny_release(lab=RISING), without_rows=strange)
    with refuses(NotEstimable, Code.TABLE_NO_VALUES):
        lab(tiny_release(lab=RISING), where="lab > 1000000")


@pytest.mark.parametrize(
    ("lag", "first", "last", "years"),
    [
        (0, 2010, 2015, [2013]),
        (0, 2013, 2015, []),
        # a year before: values of 2012 to 2014, then of 2011 and 2012, then of 2013 and 2014
        (1, 2013, 2015, [2013]),
        (1, 2012, 2013, []),
        (1, 2014, 2015, []),
    ],
)
def test_documented_breaks_inside_the_figures_used_are_reported(
    lag: int, first: int, last: int, years: list[int]
) -> None:
    roles = {"fdi": variable("fdi_cny_100m", lag=lag)}
    done = build_sample(tiny_release(), roles, sample(first_year=first, last_year=last), NONE)
    assert [b["year"] for b in done.breaks] == years


@pytest.mark.parametrize(
    ("statuses", "one"),
    [
        (["official", "proxy"], "proxy"),
        (["interpolated", "official", "proxy+simulated"], "simulated+proxy+interpolated"),
        (["official"], "official"),
        ([], "official"),
    ],
)
def test_a_status_is_one_vocabulary_whatever_is_joined(statuses: list[str], one: str) -> None:
    assert joined(statuses) == one
    with refuses(ValueError, Code.PAPER_TABLE):
        joined([*statuses, "official+planted"])


def test_simulated_reaches_what_uses_it_and_nothing_else() -> None:
    """One simulated column marks the samples that use it, as a divisor too, and names itself."""
    release = tiny_release(lab=RISING, heads=RISING, drawn=RISING)
    drawn = release.observations["measure"] == "drawn"
    release.observations.loc[drawn, "status"] = "simulated"
    roles = {"lab": variable("lab")}
    plain = build_sample(release, roles, sample(), NONE)
    assert (plain.figures_status, plain.simulated) == ("official", ())
    assert not any("SIMULATED" in str(line) for line in banner(release, roles, [plain]))
    for divisor in ({"per": "drawn"}, {"deflate_by": "drawn"}):
        roles = {"lab": variable("lab", **divisor)}
        marked = build_sample(release, roles, sample(), NONE)
        assert (marked.figures_status, marked.simulated) == ("simulated", ("drawn",))
        first = str(banner(release, roles, [marked])[0])
        assert "SIMULATED VALUES: drawn is simulated" in first
        assert "planted process" not in first
    release.observations.loc[drawn, "note"] = "planted process demo"
    assert "drawn is drawn from a planted process" in simulated_mark(release)
    roles = {"lab": variable("lab", per="heads")}
    lines = [*map(str, banner(release, roles, [build_sample(release, roles, sample(), NONE)]))]
    assert "Official values: heads; lab." in lines, "divisors count"


def test_every_cell_asked_for_is_used_filled_or_dropped_with_the_reason() -> None:
    cells = {(p, y): 2.0 for p, y in CELLS if y != 2012 and (p, y) != ("130000", 2014)}
    roles = {"lab": variable("lab", lag=1), "ex": variable("trade_cny_100m")}
    rule = Interpolation(method="linear", years={"lab": [2012]})
    asked = sample(first_year=2011, minimum_coverage=0.5)
    done = build_sample(tiny_release(lab=cells), roles, asked, rule)
    found = done.cells().set_index(["variable", "province_code", "year"])
    assert len(found) == len(found.index.unique()) == 2 * len(PROVINCES) * 5
    filled = found[found["state"] == "filled"]  # the value of 2012 enters the row of 2013
    assert set(filled.index) == {("lab", p, 2013) for p in PROVINCES}
    assert set(filled["year_measured"]) == {2012}
    assert set(filled["reason"]) == {"between 2011 and 2013"}
    dropped = found[found["state"] == "dropped"]
    assert set(dropped.index) == {(role, "130000", 2015) for role in roles}
    assert set(dropped["reason"]) == {"no value for lab"}
    assert np.isnan(dropped.loc[("lab", "130000", 2015), "value"])
    rest = kept(done, ["110000"]).record()
    assert rest["dropped"] == [] and len(done.dropped) == 1
    assert {f["province_code"] for f in rest["filled"]} == {"110000"}
    used = found.loc[("ex", "110000", 2011)]
    assert used["state"] == "used" and pd.isna(used["reason"])
    assert used["value"] == tiny_release().panel.loc[("110000", 2011), "trade_cny_100m"]


def test_an_open_window_ends_with_the_newest_year_that_every_variable_has() -> None:
    """A source that is a year ahead, or another province's value, ends no window of others."""
    ahead = tiny_release(
        lab={c: 1.0 for c in CELLS if c[1] < 2015}, other=dict.fromkeys(CELLS, 1.0)
    )
    alone = lab(ahead, last_year="newest")
    assert alone.record()["last_year"] == 2014
    assert alone.window_end == {"last_year": 2014, "ended_by": ["lab"], "longest_year": 2014}
    both = {"lab": variable("lab"), "ex": variable("trade_cny_100m")}
    roles = build_sample(ahead, both, sample(last_year="newest"), NONE)
    assert roles.record()["window_end"]["ended_by"] == ["lab"]
    assert any(
        "2014, the last year of lab; other variables go to 2015" in t
        for t in fine_print(ahead, [roles])
    )
    late = lab(ahead, last_year="newest", first_year=2011, lag=1)
    assert late.record()["last_year"] == 2015
    tibet = {c: 1.0 for c in CELLS if c[1] < 2015} | {("540000", 2015): 1.0}
    inland = lab(tiny_release(lab=tibet), last_year="newest", provinces={"without": ["540000"]})
    assert inland.record()["last_year"] == 2014
    assert lab(ahead, minimum_coverage=0.5).window_end == {}


def test_coverage_is_counted_after_filling() -> None:
    """A rule that needs a later value lists the years 2013 to 2015, which have none."""
    cells = {(p, y): 2.0 + y for p, y in CELLS if y < 2013}
    rule = Interpolation(method="linear", years={"lab": [2013, 2014, 2015]})
    release = tiny_release(lab=cells)
    with refuses(NotEstimable, Code.TABLE_NO_VALUES):
        lab(release, rule, minimum_coverage=0.9)
    half = lab(release, rule, minimum_coverage=0.5)
    assert len(half.frame) == 12 and half.figures_status == "official"
    assert {c["reason"] for c in half.unfilled} == {"no_later_value"}
    assert len(half.record()["unfilled"]) == 12
    lines = [*map(str, banner(release, {"lab": variable("lab")}, [half]))]
    assert any("12 cells could not be interpolated linearly" in line for line in lines)
    assert kept(half, ["110000"]).unfilled == half.unfilled[:3]


def test_a_value_carried_forward_is_named_so_and_reaches_past_the_newest_year() -> None:
    cells = {(p, y): 2.0 + y for p, y in CELLS if y < 2014}
    rule = Interpolation(method="forward", years={"lab": [2014, 2015, 2016]})
    release = tiny_release(lab=cells)
    done = lab(release, rule, log=False, last_year=2016)
    assert done.levels["lab"].loc["110000"].tolist()[-3:] == [2015.0] * 3
    assert done.figures_status == "carried-forward" and not done.unfilled
    assert {tuple(f["from_years"]) for f in done.filled} == {(2013,)}
    lines = [*map(str, banner(release, {"lab": variable("lab")}, [done]))]
    assert any("12 carried forward from the last year" in line for line in lines)
    assert not any("interpolated" in line for line in lines)
    cells = done.cells()
    assert set(cells.loc[cells["state"] == "filled", "reason"]) == {"carried from 2013"}


@pytest.mark.parametrize(
    ("method", "known", "cut", "reasons"),
    [
        ("linear", [2012, 2013], None, {2010: "no_earlier_value", 2014: "no_later_value"}),
        ("forward", [2012, 2013], None, {2010: "no_earlier_value"}),
        ("forward", [2010, 2013], 2014, {2014: "series_break"}),
        ("linear", [], None, {2010: "no_earlier_value", 2014: "no_earlier_value"}),
    ],
)
def test_a_cell_that_a_rule_cannot_fill_is_listed_with_the_reason(
    method: Any, known: list[int], cut: int | None, reasons: dict[int, str]
) -> None:
    index = pd.MultiIndex.from_product([["110000"], YEARS], names=["province_code", "year"])
    series = pd.Series({("110000", y): 1.0 for y in known}, dtype="float64").reindex(index)
    breaks = pd.DataFrame({"province_code": ["110000"] * bool(cut), "year": [cut] * bool(cut)})
    done = fill_years(series, method, [2010, 2014], breaks)
    assert {c["year"]: c["reason"] for c in done.unfilled} == reasons
    assert len(done.filled) + len(done.unfilled) == sum(y not in known for y in (2010, 2014))


def test_a_window_is_said_in_words() -> None:
    sample = Sample(
        provinces="all", first_year=2008, last_year=2020, without_years=[2012], minimum_coverage=1.0
    )
    block = RegressionBlock(
        id="b", title="B", dependent="y", enter=["x"], sample=sample, interpolation=NONE,
        beside_printed=False,
    )  # fmt: skip
    assert block.years == "2008-2020 without 2012"
    other = sample.model_copy(update={"without_years": [], "without_low_quality": True})
    careful = block.model_copy(update={"sample": other})
    assert careful.years == "2008-2020, without cells of low quality"
