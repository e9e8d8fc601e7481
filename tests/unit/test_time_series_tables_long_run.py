"""The cointegration and long-run tables: numbers of the tests, refusals in the code's own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, norm

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.statistic import Statistic, starless
from living_panel.estimation.estimators.long_run import _bootstrap_std_errors, _dols, _fmols
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PROVINCE, Spec
from living_panel.estimation.panel_tests.critical_values.rates import rate_of, size_table
from living_panel.estimation.tables.estimate import estimate, points
from living_panel.estimation.tables.kinds.cointegration import (
    CointegrationOutcome,
    Setting,
    agreement_sentences,
)
from living_panel.estimation.tables.kinds.long_run import ASYMPTOTIC, BOOTSTRAP, WAYS
from living_panel.estimation.tables.result import TableResult
from living_panel.estimation.tables.texts import p_text
from living_panel.problems import words_of
from tests.refusals import refuses
from tests.unit.reading import block_of, coefficients, hold_points, shipped, value
from tests.unit.time_series_fixture import PAPER, TIBET, cointegrated, noise, release_of, walks

YEARS = range(2008, 2021)
BANDWIDTH = {"bandwidth": 2}


def related(**more: pd.DataFrame) -> Release:
    """ln trade = .5 ln FDI + ln GDP + noise, on every province."""
    fdi, gdp = walks(21, YEARS, 0.3), walks(22, YEARS, 0.2)
    trade = fdi**0.5 * gdp * noise(23, YEARS) ** 0.1
    return release_of(YEARS, trade_cny_100m=trade, fdi_cny_100m=fdi, gdp_cny_100m=gdp, **more)


def spec_of(name: str, **options: Any) -> Spec:
    """A shipped spec with few draws, on trade."""
    few = {"bootstrap": {"block_length": 2, "draws": 99, "seed": 4}} if "long_run" in name else {}
    spec = shipped(name, **few | options)
    trade = spec.variables["ex"].model_copy(update={"measures": ["trade_cny_100m"]})
    return spec.model_copy(update={"variables": {**spec.variables, "ex": trade}})


@pytest.fixture(scope="module")
def release() -> Release:
    return related()


@pytest.fixture(scope="module")
def logs(release: Release) -> dict[str, pd.DataFrame]:
    names = {"ex": "trade_cny_100m", "fdi": "fdi_cny_100m", "gdp": "gdp_cny_100m"}
    return {r: np.log(release.panel[m].unstack("province_code")[PAPER]) for r, m in names.items()}


@pytest.fixture(scope="module")
def cointegration(release: Release) -> TableResult:
    return estimate(spec_of("t03_cointegration", demean=[True]), release)


@pytest.fixture(scope="module")
def long_run(release: Release) -> TableResult:
    tried = shipped("t05_long_run").options["tried"]
    kept = [v for v in tried if v["regressors"] == ["fdi", "gdp"]]
    boot = {"block_length": 2, "draws": 199, "seed": 4}
    return estimate(spec_of("t05_long_run", tried=kept, bootstrap=boot), release)


@pytest.mark.long
def test_every_statistic_equals_the_test_called_directly(
    cointegration: TableResult, logs: dict[str, pd.DataFrame]
) -> None:
    y, x = logs["ex"], {"fdi": logs["fdi"], "gdp": logs["gdp"]}
    direct = cointegrated("kao", y, x, demean=True, **BANDWIDTH)
    own = cointegrated("kao", y, x, demean=True, finite_sample=True, **BANDWIDTH).p_values
    for name in direct.statistics.index:
        assert (
            value(cointegration, "demeaned.c", f"statistic kao {name}") == direct.statistics[name]
        )
        assert (
            value(cointegration, "demeaned.c", f"p_value kao {name} asymptotic")
            == direct.p_values[name]
        )
        assert value(cointegration, "demeaned.c", f"p_value kao {name} simulated") == own[name]
    for trend in ("c", "ct"):
        found = cointegrated("pedroni", y, x, trend=trend, demean=True, **BANDWIDTH)
        assert len(found.statistics) == 7
        for name, expected in found.statistics.items():
            shown = value(cointegration, f"demeaned.{trend}", f"statistic pedroni {name}")
            assert shown == expected
    found = cointegrated(
        "westerlund", y, x, trend="ct", lags=0, draws=1999, seed=20250403, demean=True,
        finite_sample=True, **BANDWIDTH,
    )  # fmt: skip
    for name, p in found.p_values.items():
        assert value(cointegration, "demeaned.ct", f"p_value westerlund {name} bootstrap") == p
    assert cointegration.sample["n_obs"] == 29 * 13
    assert cointegration.figures_status == "official"
    assert TIBET not in logs["ex"]


def test_each_statistic_carries_its_stored_size(cointegration: TableResult) -> None:
    """Asymptotic p-values reject far too often here, simulated ones keep their size."""
    place: dict[str, Any] = {
        "n_units": 29, "n_periods": 13, "regressors": 2, "trend": "c",
        "design": "one common factor, demeaned by year",
    }  # fmt: skip
    options = "lags=1,bandwidth=2"
    size = size_table("pedroni", statistic="panel_pp", options=options, **place)["rate"].item()
    own = rate_of(
        "cointegration_sizes.csv", test="pedroni", statistic="panel_pp", measure="size",
        options=f"{options},finite_sample", **place,
    )  # fmt: skip
    assert size > 0.10 and own == pytest.approx(0.05, abs=0.02)
    row = next(r for r in block_of(cointegration, "Constant, demeaned").rows if "panel PP" in r[0])
    assert (row[3], row[5]) == (f"{100 * size:.0f} %, oversized", f"{100 * own:.0f} %")


def family_words(*p_values: float) -> str:
    """What Kao's and Pedroni's tests say without a placebo; Pedroni's is oversized under a common factor."""
    sizes = ((0.05, 0.05), (0.05, 0.30))
    tests = zip(("kao", "pedroni"), p_values, sizes, strict=True)
    outcomes = tuple(
        CointegrationOutcome(family, "x", -1.0, p, p, worth, worth) for family, p, worth in tests
    )
    setting = Setting("c", False, tuple(replace(o, p_asymptotic=0.01) for o in outcomes), {})
    assert {setting.count(o.family, asymptotic=True) for o in outcomes} == {"1 of 1"}
    return " ".join(agreement_sentences([Setting("c", False, outcomes, {})], None))


def test_a_count_without_a_placebo_is_not_judged() -> None:
    for pair in ((0.01, 0.01), (0.20, 0.20)):
        assert family_words(*pair).startswith("Not judged: ")
    text = family_words(0.20, 0.01)
    assert "Kao 0 of 1, Pedroni 1 of 1" in text
    assert "0 of 1 statistics with a true size of at most twice 5 % reject the null" in text


def test_a_missing_cell_makes_both_tables_not_estimable(release: Release) -> None:
    panel = release.panel.copy()
    panel.loc[(PAPER[3], 2014), "fdi_cny_100m"] = np.nan
    for name, rest in (("t03_cointegration", {}), ("t05_long_run", {"tried": []})):
        table = estimate(spec_of(name, **rest), replace(release, panel=panel))
        assert table.status == "not_estimable"
        assert f"first missing Province {PAPER[3]} 2014" in str(table.reason)


def test_a_window_too_short_for_westerlund_keeps_the_others(release: Release) -> None:
    sample = shipped("t03_cointegration").options["sample"] | {"first_year": 2010}
    spec = spec_of("t03_cointegration", sample=sample, trends=["c"], demean=[False])
    table = estimate(spec, release)
    assert "residual degrees of freedom" in value(table, "raw.c", "not_estimable westerlund")
    rows = {r[0]: r for r in block_of(table, "Constant, raw").rows}
    assert rows["Westerlund"][1] == "n.e."
    assert rows["Kao ADF t"][3] == "not simulated", "T = 11 is not in the stored Monte Carlo"


def test_columns_equal_the_estimators_called_directly(
    long_run: TableResult, logs: dict[str, pd.DataFrame]
) -> None:
    y, x = logs["ex"], {"fdi": logs["fdi"], "gdp": logs["gdp"]}
    common: dict[str, Any] = {"method": "pooled", "trend": "c", "demean": True, **BANDWIDTH}
    direct = {
        "fmols": _fmols(y, x, **common),
        "dols_0_0": _dols(y, x, leads=0, lags=0, **common, common_dynamics=False),
        "dols_0_1": _dols(y, x, leads=0, lags=1, **common, common_dynamics=False),
        "fmols_group": _fmols(y, x, **common | {"method": "group_mean"}),
        "dols_0_0_group": _dols(
            y, x, leads=0, lags=0, **common | {"method": "group_mean"}, common_dynamics=False
        ),
    }
    rows = coefficients(long_run)
    first = {"fmols": 1, "dols_0_0": 1, "dols_0_1": 2, "fmols_group": 1, "dols_0_0_group": 1}
    for model, result in direct.items():
        used = {
            name: frame.iloc[first[model] :].to_numpy() for name, frame in {"y": y, **x}.items()
        }
        counted = [value(long_run, model, n) for n in ("n_obs", "n_years", "outcome_mean")]
        assert counted == [used["y"].size, len(used["y"]), used["y"].mean()]
        for term in x:
            row = rows.loc[(model, term, ASYMPTOTIC)]
            assert row["estimate"] == pytest.approx(result.params[term])
            assert row["std_error"] == pytest.approx(result.std_errors[term])
            assert row["statistic"] == pytest.approx(row["estimate"] / row["std_error"])
            if model.endswith("group"):  # Pedroni's t is another statistic
                t = value(long_run, model, f"pedroni_t {term}")
                assert (
                    t
                    == pytest.approx(result.statistics[Statistic("pedroni_t", term)])
                    != row["statistic"]
                )
        constant = used["y"].mean() - sum(result.params[t] * used[t].mean() for t in x)
        assert rows.loc[(model, "constant", ASYMPTOTIC), "estimate"] == pytest.approx(constant)
        assert value(long_run, model, "r_squared") == result.r_squared["within"]
        assert (
            value(long_run, model, "jarque_bera_p_value")
            == result.statistics["jarque_bera_p_value"]
        )
    assert rows.loc[("fmols", "fdi", ASYMPTOTIC), "estimate"] == pytest.approx(0.5, abs=0.1)
    boot = _bootstrap_std_errors("fmols", y, x, block_length=2, draws=199, seed=4, **common)
    row = rows.loc[("fmols", "fdi", BOOTSTRAP)]
    names = ["std_error", "p_value", "ci_low", "ci_high"]
    assert row[names].to_list() == boot.loc["fdi", names].to_list()
    plain = long_run.coefficients.query("inference == @ASYMPTOTIC")
    low, high = norm.interval(0.95, plain["estimate"], plain["std_error"])
    np.testing.assert_allclose(plain["ci_low"], low, rtol=1e-9)
    np.testing.assert_allclose(plain["ci_high"], high, rtol=1e-9)
    t = plain["estimate"] / plain["std_error"]
    np.testing.assert_allclose(plain["p_value"], chi2.sf(t**2, 1), rtol=1e-9)
    lc = cointegrated("hansen_lc", y, x, demean=True, **BANDWIDTH)
    assert value(long_run, "hansen_lc", "statistic") == lc.statistic
    assert value(long_run, "hansen_lc", "p_value") == lc.p_value
    rejecting = sum(p < 0.05 for p in lc.units["p_value"])
    assert value(long_run, "hansen_lc", "provinces_rejecting_5") == rejecting


def test_the_grid_shows_lc_under_fmols_only_and_what_is_left_to_each_column(
    long_run: TableResult, logs: dict[str, pd.DataFrame]
) -> None:
    block = block_of(long_run, "Estimates")
    groups = ("FMOLS, group mean", "DOLS (0,0), group mean")
    assert block.columns[1:6] == ("FMOLS", "DOLS (0,0)", "DOLS (0,1)", *groups)
    rows = {r[0].strip(): r[1:4] for r in block.rows}
    x = {"fdi": logs["fdi"], "gdp": logs["gdp"]}
    lc = cointegrated("hansen_lc", logs["ex"], x, demean=True, **BANDWIDTH)
    assert rows["Hansen's Lc, mean over provinces"] == (f"{lc.statistic:.3f}", "", "")
    assert rows["p (null: cointegration, stable)"][1:] == ("", "")
    assert float(rows["p (null: cointegration, stable)"][0]) == pytest.approx(lc.p_value, abs=1e-3)
    # 12 differences; a constant, two slopes (common ones: 1/29 each), two or four differences
    assert rows["Residual df per province"] == ("9.0", "8.9", "5.9")
    # FMOLS loses the first year to the difference
    assert rows["Observations"] == tuple(str(29 * n) for n in (12, 12, 11))


def test_a_third_regressor_leaves_lc_and_the_longer_dols_without_a_value() -> None:
    boot = {"block_length": 2, "draws": 999, "seed": 20250405}  # some draw too few distinct rows
    spec = spec_of("t05_long_run", regressors=["fdi", "gdp", "tec"], tried=[], bootstrap=boot)
    table = estimate(spec, related(rd_intramural_cny_10k=walks(24, YEARS)))
    rows = {r[0].strip(): r[1:4] for r in block_of(table, "Estimates").rows}
    assert rows["Hansen's Lc, mean over provinces"] == ("n.e.", "", "")
    assert "p (null: cointegration, stable)" not in rows
    assert rows["ln Tec"][2] == "n.e." and rows["Residual df per province"] == ("8.0", "7.9", "")
    assert "residual degrees of freedom" in value(table, "dols_0_1", "not_estimable")
    assert "fewer distinct rows" in value(table, "dols_0_0_group", "not_estimable")


def test_the_page_prints_one_p_and_the_appendix_one_for_each_way(long_run: TableResult) -> None:
    p = long_run.coefficients.query("term == 'gdp'").set_index(["inference", "model"])["p_value"]
    page = next(b for b in long_run.page if b.title == "Estimates")
    rows = [row for row in page.rows if row[0].strip() == "p"]
    assert [row[1:6] for row in rows][1] == tuple(map(p_text, p[BOOTSTRAP]))
    assert not [row for row in page.rows if row[0].startswith(("  SE", "  p, "))]
    rows = block_of(long_run, "Estimates").rows
    start = next(i for i, row in enumerate(rows) if row[0] == "ln GDP")
    under = {row[0]: row[1:6] for row in rows[start + 1 : start + 5]}
    for way, name in ((ASYMPTOTIC, "normal"), (BOOTSTRAP, "bootstrap")):
        assert under[f"  p, {name}"] == tuple(map(p_text, p[way]))


def test_points_are_the_estimates_of_the_table(long_run: TableResult, release: Release) -> None:
    hold_points(points(spec_of("t05_long_run"), release), long_run)


def test_refused_variants_stand_there_with_the_reason_the_code_raises(
    long_run: TableResult, logs: dict[str, pd.DataFrame]
) -> None:
    y, x = logs["ex"], {"fdi": logs["fdi"], "gdp": logs["gdp"]}
    with pytest.raises(Infeasible) as raised:
        _dols(
            y,
            x,
            method="pooled",
            trend="c",
            demean=True,
            leads=1,
            lags=1,
            **BANDWIDTH,
            common_dynamics=False,
        )
    (problem,) = raised.value.problems
    assert problem.fields["value"] == 10 and "9 parameters" in problem.text
    assert value(long_run, "dols_1_1", "not_estimable") == words_of(raised.value)
    block = block_of(long_run, "Other variants")
    row = next(r for r in block.rows if r[0] == "DOLS (1,1)")
    assert row[2] == "refused"
    assert block.notes[0] == f"(1) {words_of(raised.value)}"


def test_a_variant_is_estimable_on_figures_or_on_filled_ones_unless_a_break_is_in_the_way() -> None:
    tried = shipped("t05_long_run").options["tried"]
    by_id = {v["column"]["id"]: v for v in tried}
    tec = walks(24, YEARS)
    spec = spec_of("t05_long_run", tried=[by_id["fmols_tec"]])
    table = estimate(spec, related(rd_industry_cny_10k=tec, rd_intramural_cny_10k=tec))
    assert "estimable on these data" in value(table, "fmols_tec", "tried")
    assert block_of(table, "Other variants").rows[0][2] == "estimable"
    tec.loc[2010] = np.nan
    made = related(rd_industry_cny_10k=tec, rd_intramural_cny_10k=tec)
    spec = spec_of("t05_long_run", tried=[by_id["fmols_tec_filled"]])
    assert "estimable" in value(estimate(spec, made), "fmols_tec_filled", "tried")
    line = {
        "measure": ["rd_intramural_cny_10k", "rd_industry_cny_10k"],
        "province_code": "",
        "year": 2010,
        "reason": "new",
    }
    broken = replace(made, series_breaks=pd.DataFrame(line))
    text = value(estimate(spec, broken), "fmols_tec_filled", "not_estimable")
    assert "29 of 377 cells missing" in text and "the series breaks in 2010" in text


def test_coverage_of_this_window_stands_beside_and_is_named(long_run: TableResult) -> None:
    rate = size_table(
        "fmols", statistic="pooled", options="bandwidth=2", n_units=29, n_periods=13, regressors=2,
        trend="c", design="AR(.4), corr(e, dx) = .4",
    )["rate"].item()  # fmt: skip
    assert rate < 0.9
    assert value(long_run, "fmols", f"coverage_ar_4_corr_e_dx_4 {ASYMPTOTIC}") == rate
    rows = {r[0]: r for r in block_of(long_run, "True coverage").rows}
    assert rows["AR(.4), corr(e, dx) = .4, normal"][1] == f"{100 * rate:.0f} %, too narrow"


def test_the_printed_table_stands_beside(long_run: TableResult) -> None:
    block = block_of(long_run, "Estimates")
    assert block.columns[-2:] == ("printed FMOLS", "printed DOLS")
    rows = {r[0]: r[-2:] for r in block.rows}
    assert rows["ln FDI"] == ("0.351***", "0.368***")
    assert rows["Hansen's Lc, mean over provinces"] == ("0.061***", "0.075***")
    assert rows["Constant"] == ("-2.461**", "-2.505*")


@pytest.mark.parametrize(
    ("number", "change", "why"),
    [
        (1, {"leads": -1}, Code.SPEC_VALUE),
        (0, {"lags": 1}, Code.SPEC_VALUE),
        (4, {"common_dynamics": True}, Code.SPEC_VALUE),
        (0, {"estimator": "dols"}, Code.SPEC_VALUE),
    ],
)
def test_a_column_says_what_its_estimator_takes(
    release: Release, number: int, change: dict[str, Any], why: Code
) -> None:
    columns = [dict(column) for column in shipped("t05_long_run").options["columns"]]
    columns[number] |= change
    with refuses(ValueError, why):
        estimate(spec_of("t05_long_run", columns=columns), release)


@pytest.mark.slow
def test_the_shipped_specs_run_on_a_complete_simulated_root() -> None:
    years = range(2005, 2023)
    complete = (
        "exports_cny_100m", "fdi_cny_100m", "express_international_cny_100m", "employed_10k",
        "rd_industry_cny_10k", "rd_intramural_cny_10k", "patent_applications", "schooling_years", "gdp_cny_100m",
    )  # fmt: skip
    made = release_of(years, **{m: walks(30 + i, years) for i, m in enumerate(complete)})
    empty = ["trade_cny_100m", "export_delivery_cny_100m", "express_parcels_10k"]
    panel = made.panel.assign(**dict.fromkeys([*empty, "patent_invention_applications"], np.nan))
    made = replace(made, panel=panel, observations=made.observations.assign(status="simulated"))
    tables = {
        name: estimate(shipped(name), made)
        for name in ("t02_unit_roots", "t03_cointegration", "t05_long_run")
    }
    assert {t.status for t in tables.values()} == {"estimated"}
    assert {t.figures_status for t in tables.values()} == {"simulated"}
    assert all("SIMULATED" in t.banner[0] for t in tables.values())
    series = tables["t02_unit_roots"].sample["blocks"]
    spans = {r: (s["first_year"], s["last_year"]) for r, s in series.items()}
    assert spans["ex"] == spans["ce"] == spans["kn"] == spans["gdp"] == (2005, 2022)
    assert (spans["fdi"], spans["tec"], spans["ed"]) == ((2008, 2020), (2010, 2022), (2011, 2019))
    reasons = tables["t02_unit_roots"].statistics.query(
        "statistic == 'not_estimable' and term == ''"
    )
    assert set(reasons["model"]) == {"ex_delivery"}
    assert tables["t05_long_run"].sample["measures"]["ex"] == "exports_cny_100m"


def test_a_star_needs_intervals_that_cover(long_run: TableResult) -> None:
    """The bootstrap's simulated intervals cover far less than they say: nothing it gives is starred."""
    block = block_of(long_run, "Estimates")
    rows = [row for row in block.rows if row[0].startswith("ln ")]
    assert rows and not any("*" in cell for row in rows for cell in row[1:4])
    (why,) = (note for note in block.notes if "No stars for any of our columns: " in note)
    assert [*starless(long_run.statistics)] == [
        c["id"] for c in shipped("t05_long_run").options["columns"]
    ]
    worth = block_of(long_run, "True coverage")
    rows = [row[1:] for row in worth.rows if row[0].endswith(", bootstrap")]
    rates = [int(c.split(" ")[0]) for row in rows for c in row if c != "not simulated"]
    assert f"by {PROVINCE.fill(WAYS[BOOTSTRAP])} is {min(rates)} to {max(rates)} %" in why
    columns = zip(worth.columns[1:], zip(*rows, strict=True), strict=True)
    unknown = [name for name, cells in columns if set(cells) == {"not simulated"}]
    assert (
        f"The coverage of the bootstrap has not been simulated for: {'; '.join(unknown)}."
        in worth.notes
    )


def test_the_order_of_demeaning_is_stated_by_column(long_run: TableResult) -> None:
    """Time means come last in pooled DOLS, and first elsewhere."""
    said = " ".join(long_run.fine_print)
    early, late = "FMOLS; FMOLS, group mean; DOLS (0,0), group mean", "DOLS (0,0); DOLS (0,1)"
    assert f"Year means are subtracted first in: {early}." in said
    assert f"are removed before year means (Mark and Sul 2003) in: {late}." in said
