"""The unit-root table: windows kept or refused, numbers of the tests with their size and power."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.panel_tests.critical_values.rates import true_size
from living_panel.estimation.panel_tests.unit_roots import (
    breitung,
    cips,
    fisher,
    hadri,
    ht,
    ips,
    llc,
)
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.result import TableResult
from living_panel.estimation.tables.texts import p_text
from tests.refusals import refuses
from tests.unit.reading import block_of, names_of, shipped, value, with_options
from tests.unit.time_series_fixture import PAPER, noise, release_of, walks

YEARS = range(2008, 2021)
WINDOW = {"first_year": 2008, "last_year": 2020, "clip_to_newest": False, "trends": ["c", "ct"]}


def spec_of(series: list[str], windows: dict[str, Any]) -> Spec:
    """The shipped spec with other series and windows."""
    return shipped("t02_unit_roots", series=series, windows=windows)


def one_series(role: str, years: range, trends: list[str], **measure: pd.DataFrame) -> TableResult:
    """Table of one series over all its years."""
    window = {"first_year": years[0], "last_year": years[-1], "clip_to_newest": False}
    windows = dict.fromkeys(measure, window | {"trends": trends})
    return estimate(spec_of([role], windows), release_of(years, **measure))


@pytest.fixture(scope="module")
def release() -> Release:
    """Trade complete, exports with one hole inside, FDI white noise."""
    exports = walks(1, YEARS)
    exports.loc[2013, PAPER[4]] = np.nan
    return release_of(
        YEARS,
        exports_cny_100m=exports,
        exports_origin_cny_100m=walks(2, YEARS),
        fdi_cny_100m=noise(3, YEARS),
    )


@pytest.fixture(scope="module")
def table(release: Release) -> TableResult:
    windows = dict.fromkeys(["exports_cny_100m", "exports_origin_cny_100m", "fdi_cny_100m"], WINDOW)
    return estimate(spec_of(["ex", "fdi"], windows), release)


def test_the_first_complete_measure_of_the_list_is_taken(table: TableResult) -> None:
    record = table.sample["blocks"]["ex"]
    assert record["measures"] == {"ex": "exports_origin_cny_100m"}
    assert (record["n_provinces"], record["first_year"], record["last_year"]) == (29, 2008, 2020)
    assert value(table, "ex", "measure") == "exports_origin_cny_100m"
    assert table.figures_status == "official", "exports by place of origin are no proxy"


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("demean", [False, True])
def test_levels_equal_the_tests_called_directly(
    table: TableResult, release: Release, trend: str, demean: bool
) -> None:
    y = np.log(release.panel["exports_origin_cny_100m"].unstack("province_code")[PAPER])
    own: dict[str, Any] = {
        "llc": (llc, {"lags": 1, "bandwidth": 2}),
        "ht": (ht, {}),
        "ips": (ips, {"lags": 1}),
        "fisher": (fisher, {"lags": 1, "drift": False}),
    }
    own = {n: (f, {**options, "trend": trend, "demean": demean}) for n, (f, options) in own.items()}
    if not demean:
        own["cips"] = (cips, {"lags": 1, "trend": trend})
    for name, (function, options) in own.items():
        model = f"ex.levels.{trend}.{'demeaned' if demean else 'raw'}"
        direct = function(y, **options, finite_sample=False)
        simulated = function(y, **options, finite_sample=True)
        assert value(table, model, f"statistic {name} asymptotic") == pytest.approx(
            direct.statistic
        )
        assert value(table, model, f"p_value {name} asymptotic") == pytest.approx(direct.p_value)
        assert value(table, model, f"p_value {name} simulated") == pytest.approx(simulated.p_value)
        assert value(table, model, f"convention {name}") == "stata"
    assert (f"ex.levels.{trend}.demeaned", "statistic cips asymptotic") not in names_of(table)


def test_differences_are_of_logs_and_one_year_shorter(table: TableResult, release: Release) -> None:
    y = np.log(release.panel["fdi_cny_100m"].unstack("province_code")[PAPER])
    direct = ips(y.diff().iloc[1:], trend="c", lags=1, demean=True, finite_sample=False)
    assert direct.choices["sample"]["periods"] == 12
    assert value(table, "fdi.differences.c.demeaned", "statistic ips asymptotic") == pytest.approx(
        direct.statistic
    )


def test_true_sizes_of_this_very_window_are_printed_and_named(table: TableResult) -> None:
    stored = true_size("llc", 29, 13, "c", 1, False, 2, finite_sample=False)
    assert stored["size_independent"] > 0.10, "a case far from nominal"
    for size in ("size_independent", "size_one_factor"):
        assert value(table, "ex.levels.c.raw", f"{size} llc asymptotic") == stored[size]
    rows = block_of(table, "ln Ex").rows
    first = next(r for r in rows if r[0].strip().startswith("Levin"))
    shown = "{:.0f} / {:.0f} %".format(
        100 * stored["size_independent"], 100 * stored["size_one_factor"]
    )
    assert first[3] == f"{shown}, oversized"
    demeaned = true_size("ips", 29, 13, "c", 1, True, finite_sample=False)
    assert max(demeaned["size_independent"], demeaned["size_one_factor"]) < 0.10
    start = next(i for i, r in enumerate(rows) if r[0] == "Levels, constant, demeaned")
    ips_row = next(r for r in rows[start:] if r[0].strip().startswith("Im-"))
    assert "oversized" not in ips_row[3]


def test_the_page_shows_p_true_size_and_power_of_two_tests(table: TableResult) -> None:
    """CIPS and IPS demeaned by year, with the richest deterministics; power in levels only."""
    rows = block_of(table, "Unit roots").rows
    start = next(i for i, row in enumerate(rows) if row[0] == "ln FDI")
    for row, form, trend, years in (
        (rows[start], "levels", "ct", 13),
        (rows[start + 1], "differences", "c", 12),
    ):
        assert row[4].endswith(f", {trend}")
        for place, (test, how) in ((5, ("cips", "raw")), (8, ("ips", "demeaned"))):
            p = value(table, f"fdi.{form}.{trend}.{how}", f"p_value {test} simulated")
            rates = true_size(test, 29, years, trend, 1, how == "demeaned", finite_sample=True)
            size, power = rates["size_one_factor"], rates["power_one_factor"]
            shown = f"{100 * power:.0f} %" if form == "levels" else ""
            assert row[place : place + 3] == (p_text(p), f"{100 * size:.0f} %", shown)


def test_a_null_with_drift_has_no_stored_size() -> None:
    tests = shipped("t02_unit_roots").options["tests"]
    drifting = tests | {"fisher": tests["fisher"] | {"drift": True}}
    window = {"first_year": 2005, "last_year": 2024, "clip_to_newest": False, "trends": ["c"]}
    spec = spec_of(["gdp"], {"gdp_cny_100m": window})
    made = release_of(range(2005, 2025), gdp_cny_100m=walks(6, range(2005, 2025)))
    table = estimate(with_options(spec, tests=drifting), made)
    names = {name for model, name in names_of(table) if model == "gdp.levels.c.raw"}
    assert "p_value fisher simulated" in names
    assert not any("fisher" in name and "size" in name for name in names)


def test_stored_sizes_are_small_and_power_grows_with_the_window() -> None:
    for trend in ("c", "ct"):
        rates = [true_size("ips", 29, t, trend, 1, True, finite_sample=True) for t in (13, 18, 20)]
        assert all(0.01 < rate["size_one_factor"] < 0.1 for rate in rates)
        powers = [rate["power_one_factor"] for rate in rates]
        assert powers == sorted(powers)


def test_printed_cells_stand_under_ours(table: TableResult) -> None:
    rows = block_of(table, "Compared with").rows
    labels = [r[0] for r in rows if not r[0].startswith(" ")]
    assert {label.startswith("Δ ") for label in labels if label.endswith(", ct")} == {False}
    assert (
        sum(label.startswith("Δ ") for label in labels)
        == len({x.split(", ")[0] for x in labels}) // 2
    )
    assert ("  printed: ln Ex", "-4.78***", "-4.12***", "-3.89***", "85.76***", "") in rows
    assert ("  printed: ln FDI", "-4.10***", "-3.95***", "-3.76***", "78.23***", "") in rows


SERIES = {
    "noise": (noise(5, range(2005, 2025)), (True, True)),
    "walk": (walks(6, range(2005, 2025)), (False, True)),
    "walk of walks": (
        np.exp(np.log(walks(6, range(2005, 2025)) / np.exp(3)).cumsum()),
        (False, False),
    ),
}


@pytest.mark.parametrize("name", list(SERIES))
def test_noise_walks_and_walks_of_walks_are_told_apart(name: str) -> None:
    """Whether IPS rejects a unit root in levels and in first differences."""
    series, rejected = SERIES[name]
    table = one_series("gdp", range(2005, 2025), ["c"], gdp_cny_100m=series)
    p = [
        value(table, f"gdp.{f}.c.demeaned", "p_value ips simulated")
        for f in ("levels", "differences")
    ]
    assert tuple(one < 0.05 for one in p) == rejected


def test_a_series_in_levels_is_named_and_what_is_not_printed_is_not_called_so() -> None:
    spec = spec_of(["gdp"], {"gdp_cny_100m": WINDOW})
    levels = {"gdp": spec.variables["gdp"].model_copy(update={"log": False})}
    own = spec.model_copy(update={"variables": levels, "paper": ""})
    table = estimate(own, release_of(YEARS, gdp_cny_100m=walks(8, YEARS)))
    assert "Natural logs, but ln GDP in levels" in table.notes[-1]
    assert not any("printed" in block.title for block in table.blocks)


def test_a_hole_is_named_and_never_closed_up() -> None:
    fdi = walks(7, YEARS)
    fdi.loc[2012, PAPER[2]] = np.nan
    made = release_of(YEARS, fdi_cny_100m=fdi, gdp_cny_100m=walks(8, YEARS))
    windows = dict.fromkeys(["fdi_cny_100m", "gdp_cny_100m"], WINDOW)
    table = estimate(spec_of(["fdi", "gdp"], windows), made)
    reason = value(table, "fdi", "not_estimable")
    assert f"first missing Province {PAPER[2]} 2012" in reason and "2008-2020" in reason
    assert not [m for m, _ in names_of(table) if m.startswith("fdi.")], "no number of that series"
    summary = {r[0]: r[-1] for r in block_of(table, "Unit roots").rows}
    assert summary["ln FDI"] == "n.e." and summary["ln GDP"] != "n.e."


def test_a_window_is_clipped_only_where_the_spec_lets_it() -> None:
    short = range(2008, 2019)
    made = release_of(short, fdi_cny_100m=walks(9, short), gdp_cny_100m=walks(10, short))
    windows = {"fdi_cny_100m": WINDOW, "gdp_cny_100m": {**WINDOW, "clip_to_newest": True}}
    table = estimate(spec_of(["fdi", "gdp"], windows), made)
    assert value(table, "gdp", "last_year") == 2018
    assert "2008-2020" in value(table, "fdi", "not_estimable")
    late = {"gdp_cny_100m": {**WINDOW, "first_year": 2019, "clip_to_newest": True}}
    nothing = estimate(spec_of(["gdp"], late), made)
    assert nothing.status == "not_estimable"
    assert "ends in 2018" in str(nothing.reason)
    late["gdp_cny_100m"]["first_year"] = 2018
    assert "ends in 2018" not in str(estimate(spec_of(["gdp"], late), made).reason)


def test_a_window_too_short_for_a_test_says_so() -> None:
    short = range(2011, 2020)
    table = one_series("ed", short, ["c"], schooling_years=walks(11, short))
    text = value(table, "ed.differences.c.raw", "not_estimable llc")
    assert "only 3 residual degrees of freedom (6 rows less 3 parameters" in text
    assert ("ed.differences.c.raw", "statistic llc asymptotic") not in names_of(table)
    assert ("ed.differences.c.raw", "statistic ht asymptotic") in names_of(table)
    levels, differences = block_of(table, "Unit roots").rows
    assert levels[0] == "ln Ed" and levels[5:8] == ("n.e.", "", "")
    assert differences[5:] == ("n.e.", "", "") * 2
    rows = block_of(table, "ln Ed").rows
    start = next(i for i, r in enumerate(rows) if r[0].startswith("Differences"))
    assert rows[start + 1][1] == "n.e."


def test_common_shocks_show_in_cd_and_vanish_by_year() -> None:
    shared = walks(12, YEARS)
    shock = np.random.default_rng(13).normal(0, 0.3, len(YEARS)).cumsum()
    table = one_series("gdp", YEARS, ["c"], gdp_cny_100m=shared.mul(np.exp(shock), axis=0))
    assert value(table, "gdp.differences", "cd_mean_correlation raw") > 0.5
    assert value(table, "gdp.differences", "cd_p_value raw") < 0.001
    assert abs(value(table, "gdp.differences", "cd_mean_correlation demeaned")) < 0.1


def test_a_measure_without_a_window_and_an_unknown_option_are_refused(release: Release) -> None:
    with refuses(ValueError, Code.SPEC_MEASURE, role="ex", measure="exports_origin_cny_100m"):
        estimate(spec_of(["ex"], {"exports_cny_100m": WINDOW}), release)
    with refuses(ValueError, Code.SPEC_VALUE):
        spec = spec_of(["fdi"], {"fdi_cny_100m": WINDOW})
        estimate(with_options(spec, bandwidth=3), release)


def test_the_shipped_spec_has_a_window_for_every_measure_it_may_choose() -> None:
    spec = shipped("t02_unit_roots")
    wanted = {m for role in spec.options["series"] for m in spec.variables[role].measures}
    assert wanted == set(spec.options["windows"])


@pytest.mark.parametrize("last", [2008, 2009, 2010])
def test_a_release_of_hardly_any_years_has_reasons_and_no_numbers(last: int) -> None:
    few = range(2008, last + 1)
    made = release_of(few, gdp_cny_100m=walks(14, few))
    window = {"gdp_cny_100m": {**WINDOW, "clip_to_newest": True}}
    table = estimate(spec_of(["gdp"], window), made)
    names = {name for _, name in names_of(table)}
    assert not [n for n in names if n.startswith("statistic ")]


def test_lags_by_unit_no_constant_breitung_and_hadri_have_a_grid_of_their_own(
    release: Release,
) -> None:
    spec = spec_of(["fdi"], {"fdi_cny_100m": {
        "first_year": 2008, "last_year": 2020, "clip_to_newest": False, "trends": ["c"],
    }})  # fmt: skip
    tests = spec.options["tests"]
    more = {
        "by_unit": {"criterion": "aic", "most": 1},
        "hadri": {"heteroskedastic": True},
        "llc_no_constant": {"lags": 1, "bandwidth": 2, "kernel": "bartlett"},
        "breitung": {"lags": 1, "robust": False},
    }
    table = estimate(with_options(spec, tests={**tests, **more}), release)
    block = block_of(table, "More tests, with asymptotic p-values")
    tests = ("LLC, t* (p)", "Breitung, λ (p)", "IPS, W (p)", "Fisher, P (p)", "Hadri, z (p)")
    assert block.columns == ("", *tests)
    rows = {row[0]: row[1:] for row in block.rows}
    assert rows["ln FDI, n"][2] == rows["ln FDI, n"][4] == "" != rows["ln FDI, n"][3]
    levels = table.samples["fdi"].frame["fdi"].unstack("province_code").sort_index()
    z = hadri(levels, trend="c", heteroskedastic=True, demean=False)
    assert rows["ln FDI, c"][4] == f"{z.statistic:.2f} ({p_text(z.p_value)})"
    assert value(table, "fdi.levels", "hadri c") == z.statistic
    for trend in ("n", "c"):
        root = breitung(levels, trend=trend, lags=1, robust=False, demean=False)
        assert rows[f"ln FDI, {trend}"][1] == f"{root.statistic:.2f} ({p_text(root.p_value)})"
        assert value(table, "fdi.levels", f"breitung {trend}") == root.statistic
    assert "Breitung: lags 1" in " ".join(block.notes)
    bare = llc(levels, trend="n", lags=1, bandwidth=2, demean=False, finite_sample=False)
    assert rows["ln FDI, n"][0] == f"{bare.statistic:.2f} ({p_text(bare.p_value)})"
    assert value(table, "fdi.levels", "llc n") == bare.statistic
