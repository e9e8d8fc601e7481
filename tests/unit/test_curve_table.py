"""Specification curve as a table: rows are regressions, ids are choices, the status is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.estimate import build as estimate
from living_panel.estimation.tables.estimate import points
from living_panel.estimation.tables.facts import PRIMARY
from living_panel.estimation.tables.kinds.curve import Options
from tests.refusals import refuses
from tests.unit.panels import CLUSTERED, JACKKNIFE
from tests.unit.reading import block_of, numbers, shipped
from tests.unit.table_release_fixture import planted_release

NO_RULE = {"none": {"method": "none"}}
MEASURES = {
    "ex": ["exports_cny_100m", "trade_cny_100m", "export_delivery_cny_100m"],
    "fdi": ["fdi_cny_100m", "fie_investment_usd_1m"],
    "ce": ["express_international_cny_100m"],
}


def small_spec(**changes: object) -> Spec:
    few = {
        "controls": ["ce", "ed", "gdp"],
        "windows": [[2008, 2016], [2005, 2022]],
        "draws": 99,
        "interpolations": NO_RULE | {"linear": {"method": "linear", "years": {"ed": [2010, 2020]}}},
        "exclusions": {
            "none": {},
            "municipalities": {"provinces": ["110000", "120000", "310000", "500000"]},
            "broken FDI series": {"breaks_of": ["fdi"]},
        },
        "treatments": None,
    }
    spec = shipped("x_curve", **few | changes)
    own = {
        role: spec.variables[role].model_copy(update={"measures": measures, "proxies": []})
        for role, measures in MEASURES.items()
    }
    return spec.model_copy(update={"variables": spec.variables | own})


@pytest.fixture(scope="module")
def made():
    release = planted_release()
    release.panel.loc[("110000", 2010), "schooling_years"] = np.nan
    return release, estimate(small_spec(), release)


def test_a_row_is_the_regression_its_id_says(made) -> None:
    release, table = made
    model = (
        "exports_cny_100m | fdi_cny_100m | 2008-2016 | municipalities | none | "
        "express_international_cny_100m + gdp_cny_100m"
    )
    row = table.coefficients.set_index("model").loc[model]
    codes = release.panel.index.get_level_values("province_code")
    years = release.panel.index.get_level_values("year")
    out = ["110000", "120000", "310000", "500000", "540000", "650000"]
    logs = np.log(release.panel[(years >= 2008) & (years <= 2016) & ~codes.isin(out)])
    alone = two_way(
        logs["exports_cny_100m"],
        logs[["fdi_cny_100m", "express_international_cny_100m", "gdp_cny_100m"]],
        **CLUSTERED,
    )
    assert row["estimate"] == pytest.approx(alone.params["fdi_cny_100m"], rel=1e-9)
    assert row["std_error"] == pytest.approx(alone.std_errors["fdi_cny_100m"], rel=1e-8)
    assert row["inference"] == PRIMARY
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert (row["p_value"] < 0.05) == (row["ci_low"] > 0 or row["ci_high"] < 0)


def test_a_measure_that_its_role_divides_enters_divided() -> None:
    spec, release = small_spec(controls=["gdp"], interpolations=NO_RULE), planted_release()
    per = spec.variables["gdp"].model_copy(
        update={"measures": ["trade_cny_100m"], "per": "gdp_cny_100m"}
    )
    release.panel["trade_cny_100m"] = release.panel["exports_cny_100m"] ** 0.5
    spec = spec.model_copy(update={"variables": {**spec.variables, "gdp": per}})
    model = "exports_cny_100m | fdi_cny_100m | 2008-2016 | none | none | trade_cny_100m"
    logs = np.log(release.panel)
    codes, years = (logs.index.get_level_values(n) for n in ("province_code", "year"))
    logs = logs[(years >= 2008) & (years <= 2016) & ~codes.isin(["540000", "650000"])]
    share = (logs["trade_cny_100m"] - logs["gdp_cny_100m"]).rename("share")
    x = pd.concat([logs["fdi_cny_100m"], share], axis=1)
    alone = two_way(logs["exports_cny_100m"], x, **JACKKNIFE).params["fdi_cny_100m"]
    assert points(spec, release)[model, "fdi_cny_100m"] == pytest.approx(alone, rel=1e-9)


def test_interpolated_estimates_say_so(made) -> None:
    _, table = made
    linear = table.coefficients[table.coefficients["model"].str.contains(r"\| linear \|")]
    assert len(linear) and linear["model"].str.contains("schooling_years").all()
    assert linear["figures_status"].str.contains("interpolated").all()
    others = table.coefficients.drop(linear.index)
    others = others[~others["model"].str.startswith("median.")]
    assert not others["figures_status"].str.contains("interpolated").any()


def test_broken_series_are_an_exclusion(made) -> None:
    _, table = made
    assert table.choices["exclusions"]["broken FDI series"] == ["210000", "350000"]


def test_a_break_in_a_first_year_or_outside_excludes_nobody() -> None:
    """FDI breaks in 2012 and 2015: a window that opens with the new definition is whole."""
    for window, broken in (([2012, 2015], ["210000"]), ([2011, 2014], ["350000"])):
        spec = small_spec(controls=["gdp"], interpolations=NO_RULE, windows=[window])
        found = estimate(spec, planted_release()).choices["exclusions"]["broken FDI series"]
        assert found == broken


def test_a_curve_without_a_rule_of_filling_names_none(made) -> None:
    _, table = made
    alone = small_spec(controls=["gdp"], interpolations=NO_RULE, windows=[[2008, 2016]])
    for which, named in ((table, True), (estimate(alone, planted_release()), False)):
        (note,) = block_of(which, "Medians by choice").notes
        assert ("'linear'" in note) == named


def test_the_curve_states_what_every_estimate_is(made) -> None:
    _, table = made
    (note,) = block_of(table, "The curve").notes
    curve = table.coefficients.query("inference == 'wild_cluster_bootstrap:rademacher'")
    for name, words in (("n_obs", "observations"), ("n_clusters", "clusters")):
        ends = dict.fromkeys((f"{curve[name].min():.0f}", f"{curve[name].max():.0f}"))
        assert f"{words}: {' to '.join(ends)};" in note
    means = block_of(table, "Means of the dependent variables").rows
    assert all(float(row[1]) and int(row[2]) for row in means)


def test_infeasible_and_duplicates_are_counted(made) -> None:
    _, table = made
    named = numbers(table, "curve")
    rows = table.coefficients[~table.coefficients["model"].str.startswith("median.")]
    assert named["distinct_estimates"] == len(rows) == rows["model"].nunique()
    grid = 3 * 2 * 2 * 3 * 2 * 8  # outcomes, focal, windows, exclusions, rules, subsets
    assert named.sum() <= grid, "windows that come down to the same years are one specification"
    stored = table.specifications
    refused = stored["reason"].notna()
    assert refused.sum() == named["infeasible"] > 0 and stored["model"].is_unique
    assert stored.loc[~refused, "model"].tolist() == rows["model"].tolist()
    assert stored.loc[~refused, "estimate"].tolist() == rows["estimate"].tolist()
    assert stored.loc[refused, "estimate"].isna().all()
    assert not table.statistics["model"].isin(stored["model"]).any()
    assert [b.title for b in table.page] == ["The curve", "Medians by choice"]
    assert (table.sample["first_year"], table.sample["last_year"]) == (2005, 2022)


def test_differences_rest_on_the_files_of_both_their_years() -> None:
    release = planted_release()
    cells = release.observations
    release = replace(release, observations=cells.assign(file=cells["year"].astype(str)))
    treatments = {
        "draws": 99, "windows": [[2005, 2014]], "columns": {"alone": []},
        "each": {"over_3": {"title": "Over 3", "method": "differences", "lag": 3}},
    }  # fmt: skip
    few = {"controls": ["ce"], "windows": [[2005, 2016]], "interpolations": NO_RULE}
    lineage = estimate(small_spec(**few, treatments=treatments), release).lineage
    files = lineage.loc[lineage["model"] == "treatment | over_3 | 2005-2014 | alone", "file"]
    assert [*files] == [str(year) for year in range(2005, 2015)]


def test_points_are_every_stored_estimate_repetitions_and_medians(made) -> None:
    release, table = made
    found = points(small_spec(), release)
    stored = table.coefficients.set_index(["model", "term"])["estimate"]
    np.testing.assert_allclose(found.reindex(stored.index), stored, rtol=1e-12)
    named = numbers(table, "curve")
    medians = stored.index.get_level_values("term") == "median"
    assert len(found) == named["distinct_estimates"] + named["duplicates"] + medians.sum()
    rows = table.coefficients[table.coefficients["term"] == "fdi_cny_100m"]
    assert found["median.exports_cny_100m", "median"] == pytest.approx(rows["estimate"].median())


def test_bad_choices_are_named() -> None:
    options = small_spec().options
    for window, named in (([2016, 2008], "2016-2008"), ([2016, 2016], "2016-2016")):
        with pytest.raises(ValueError, match=named):
            Options.model_validate(options | {"windows": [window]})
    with pytest.raises(ValueError, match=Code.SPEC_SAMPLE):
        Options.model_validate(
            options | {"exclusions": {"x": {"units": ["110000"], "breaks_of": ["fdi"]}}}
        )
    for wrong in ({"units": ["11000"]}, {"exclusions": {"x": {"units": ["11000"]}}}):
        with refuses(ValueError, Code.SPEC_SAMPLE):
            points(small_spec(**wrong), planted_release())
