"""The library: any frame in, the estimators' own numbers out, one form of result, refusals by code."""

from __future__ import annotations

import csv
import importlib
import inspect
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from linearmodels.datasets import jobtraining, munnell, wage_panel
from linearmodels.panel import PanelOLS, RandomEffects
from statsmodels.datasets import grunfeld
from statsmodels.formula import api as formulas

import living_panel.econometrics as lp
from living_panel.estimation.econometrics import MOVED
from living_panel.estimation.econometrics.library import citations
from living_panel.estimation.econometrics.library.data import number_periods
from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.estimators._by_name import fit_model
from living_panel.estimation.estimators._two_way import two_way
from living_panel.problems import ProblemError
from tests.conftest import REPOSITORY

FORMULA = "invest ~ value + capital"
FIRM = {"unit": "firm", "time": "year"}


@pytest.fixture(scope="module")
def firms() -> pd.DataFrame:
    """Grunfeld's investments: firms by name, years as floats."""
    return grunfeld.load_pandas().data


@pytest.fixture(scope="module")
def states() -> pd.DataFrame:
    """Munnell's states: units by name, years."""
    data = munnell.load()
    return data.assign(y=np.log(data["GSP"]), k=np.log(data["P_CAP"]), l=np.log(data["EMP"]))


@pytest.fixture(scope="module")
def workers() -> pd.DataFrame:
    """The wage panel of young men: numbers as units, years as dates."""
    data = wage_panel.load()
    return data.assign(date=pd.to_datetime(data["year"].astype(str) + "-12-31"))


def wide(data: pd.DataFrame, name: str, unit: str, time: str) -> pd.DataFrame:
    found = data.pivot(index=time, columns=unit, values=name).astype(float)
    return found.set_axis(range(int(found.index[0]), int(found.index[0]) + len(found)))


def indexed(data: pd.DataFrame, unit: str, time: str) -> pd.DataFrame:
    keys = [data[unit].astype(str), data[time].astype(int)]
    index = pd.MultiIndex.from_arrays(keys, names=["province_code", "year"])
    return data.set_axis(index).sort_index()


def same(fit: lp.Fit, params: Any, errors: Any, exactly: bool = True) -> None:
    tolerance = 0 if exactly else 1e-9
    np.testing.assert_allclose(fit.params, params, rtol=tolerance)
    np.testing.assert_allclose(fit.std_errors, errors, rtol=tolerance)


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("clustered", {"cov": "clustered", "correction": "reghdfe", "df": "t(G-1)"}),
        ("cr3", {"cov": "cr3:jackknife", "correction": "none", "df": "t(G-1)"}),
        (
            "wild",
            {"cov": "wild_cluster_bootstrap:rademacher", "correction": "reghdfe", "df": "none",
             "draws": 999, "seed": 7},
        ),
    ],
)  # fmt: skip
def test_two_way_has_the_numbers_of_the_estimator(
    firms: pd.DataFrame, kind: str, way: dict[str, Any]
) -> None:
    data = indexed(firms, "firm", "year")
    found = two_way(data["invest"], data[["value", "capital"]], cluster="province_code", **way)
    drawn = {"draws": 999, "seed": 7} if kind == "wild" else {}
    first = lp.two_way(FORMULA, firms, **FIRM)
    fits = (lp.two_way(FORMULA, firms, **FIRM, vcov=kind, **drawn), first.vcov(kind, **drawn))
    for fit in fits:
        same(fit, found.params, found.std_errors)
        np.testing.assert_array_equal(fit.p_values, found.p_values)
        np.testing.assert_array_equal(fit.conf_int(0.9), found.conf_int(0.9))
    if kind != "wild":
        joint, theirs = fits[0].wald(), found.wald()
        assert (joint.statistic, joint.p_value) == pytest.approx(tuple(vars(theirs).values()))


def test_two_keys_and_a_column_as_clusters(workers: pd.DataFrame) -> None:
    keys = {"unit": "nr", "time": "date"}
    data = indexed(workers, "nr", "year")
    way = {"cov": "clustered", "correction": "reghdfe", "df": "t(G-1)"}
    both = two_way(data["lwage"], data[["union"]], cluster=["province_code", "year"], **way)
    fit = lp.two_way("lwage ~ union | nr + date", workers, **keys, cluster=["nr", "date"])
    same(fit, both.params, both.std_errors)
    assert fit.inference == "clustered(nr+date):reghdfe:t(G-1)"
    jobs = two_way(data["lwage"], data[["union"]], cluster=data["occupation"], **way)
    fit = lp.two_way("lwage ~ union", workers, **keys, cluster="occupation")
    same(fit, jobs.params, jobs.std_errors)


MODELS: dict[str, tuple[Callable[..., lp.Fit], str, dict[str, Any]]] = {
    "first_differences": (lp.first_differences, "t(n-k)", {}),
    "between": (lp.between, "t(n-k)", {}),
    "swamy_arora": (lp.random_effects, "normal", {}),
    "amemiya": (lp.random_effects, "normal", {"components": "amemiya"}),
}


@pytest.mark.parametrize("estimator", MODELS)
def test_models_have_the_numbers_of_the_estimator(states: pd.DataFrame, estimator: str) -> None:
    call, df, options = MODELS[estimator]
    way = read_vcov({"cov": "classical", "correction": "n-k", "df": df})
    data = states.assign(YR=states["YR"].astype(int)).set_index(["ST_ABB", "YR"])
    found = fit_model(read_model("y ~ k + l"), data, estimator, way)
    fit = call("y ~ k + l", states, unit="ST_ABB", time="YR", **options)
    same(fit, found.params, found.std_errors)
    np.testing.assert_array_equal(fit.p_values, found.p_values)
    np.testing.assert_array_equal(fit.conf_int(0.95), found.conf_int(0.95))


@pytest.mark.long
def test_a_covariance_afterwards_is_that_of_a_new_fit(states: pd.DataFrame) -> None:
    keys = {"unit": "ST_ABB", "time": "YR"}
    first = lp.ols("y ~ k + l | ST_ABB + YR", states, **keys)
    with_options = {"wild": {"draws": 99}, "bootstrap": {"draws": 99}}
    kinds = [kind for kind in first.kinds if kind != "conley"]  # the states have no places here
    for kind in kinds:
        options = with_options.get(kind, {})
        again = first.vcov(kind, **options)
        new = lp.ols("y ~ k + l | ST_ABB + YR", states, **keys, vcov=kind, **options)
        same(again, new.params, new.std_errors)
        assert again.inference == new.inference
        np.testing.assert_equal(np.asarray(again.df), np.asarray(new.df))
    errors = {first.vcov(kind, **with_options.get(kind, {})).std_errors["k"] for kind in kinds}
    assert (
        len(errors) == len(kinds) - 1
    )  # the bootstrap studentises its test by the clustered error
    wider = first.vcov("driscoll_kraay", bandwidth=5)
    assert wider.choices["bandwidth"] == 5 and wider.inference == "driscoll_kraay(5):none:t(T-1)"


def test_long_run_relations_print_their_defaults_and_take_both_forms(firms: pd.DataFrame) -> None:
    frames = {n: wide(firms, n, "firm", "year") for n in ("invest", "value", "capital")}
    common = {"method": "group_mean", "trend": "c", "bandwidth": 2, "demean": False}
    dynamics = {"leads": 1, "lags": 1, "common_dynamics": False}
    for call, chosen in ((lp.fmols, common), (lp.dols, common | dynamics)):
        fit = call(FORMULA, firms, **FIRM)
        found = call(FORMULA, frames, **chosen, kernel="bartlett")
        same(fit, found.params, found.std_errors)
        np.testing.assert_array_equal(fit.p_values, found.p_values)
        assert chosen.items() <= {(k, v) for k, v in fit.choices.items() if k != "sample"}
    pooled = lp.fmols(FORMULA, firms, **FIRM, method="pooled", trend="ct")
    assert (pooled.params != lp.fmols(FORMULA, firms, **FIRM, trend="ct").params).all()


def test_blocks_of_periods_are_a_covariance_of_long_run_relations(firms: pd.DataFrame) -> None:
    fit = lp.fmols(FORMULA, firms, **FIRM)
    blocks = fit.vcov("bootstrap", draws=199)
    assert (blocks.params == fit.params).all() and (blocks.std_errors != fit.std_errors).all()
    assert blocks.choices["block_length"] == 2  # the third root of 20, its whole part
    assert blocks.inference == "bootstrap:blocks_of_years:percentile_t"
    table = blocks.coef_table
    outside = (table["ci_low"] > 0) | (table["ci_high"] < 0)
    assert (outside == (table["p_value"] < 0.05)).all()
    wider = blocks.conf_int(0.99)
    assert (wider["low"] < table["ci_low"]).all() and (wider["high"] > table["ci_high"]).all()
    again = blocks.vcov("bootstrap", draws=199, block_length=2, seed=1)
    pd.testing.assert_frame_equal(again.table, blocks.table)
    pd.testing.assert_frame_equal(blocks.vcov("long_run").table, fit.table)


def test_common_shocks_and_dynamics_have_the_errors_of_their_raw_numbers(
    firms: pd.DataFrame,
) -> None:
    fit = lp.cce(FORMULA, firms, **FIRM, method="mean_group")
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov)), fit.std_errors, rtol=1e-12)
    fit = lp.interactive_effects(FORMULA, firms, **FIRM, factors=1)
    shifts = fit.raw.resampled - fit.params
    np.testing.assert_allclose(fit.std_errors, np.sqrt(10 / 11 * (shifts**2).sum()), rtol=1e-9)
    fit = lp.half_panel_jackknife(FORMULA, firms, **FIRM, method="within")
    same(fit, fit.raw.params["within"], fit.raw.std_errors["within"])
    fit = lp.ppml(FORMULA, firms, **FIRM)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov)), fit.std_errors, rtol=1e-12)


UNIT_ROOTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "llc": ({}, {"trend": "c", "lags": 1, "bandwidth": 8, "demean": False, "finite_sample": False}),
    "ht": ({}, {"trend": "c", "demean": False, "finite_sample": False}),
    "ips": ({}, {"trend": "c", "lags": 0, "demean": False, "finite_sample": False}),
    "fisher": (
        {"lags": 1},
        {"trend": "c", "lags": 1, "drift": False, "demean": False, "finite_sample": False},
    ),
    "breitung": ({}, {"trend": "c", "lags": 0, "robust": False, "demean": False}),
    "cips": ({"lags": 1}, {"trend": "c", "lags": 1, "finite_sample": False}),
    "hadri": ({}, {"trend": "c", "heteroskedastic": False, "demean": False}),
}


@pytest.mark.parametrize("name", UNIT_ROOTS)
def test_unit_roots_print_their_defaults_and_take_both_forms(
    firms: pd.DataFrame, name: str
) -> None:
    given, chosen = UNIT_ROOTS[name]
    frame = wide(firms, "invest", "firm", "year")
    found = getattr(lp, name)(frame, **chosen)
    for test in (
        getattr(lp, name)("invest", firms, **FIRM, **given),
        getattr(lp, name)(frame, **given),
    ):
        assert (test.statistic, test.p_value) == (found.statistic, found.p_value)
        assert chosen.items() - {("finite_sample", False)} <= {
            (k, v) for k, v in test.choices.items() if not isinstance(v, dict)
        }
        assert test.null and test.alternative and "Reference: " in test.summary()


def test_a_wide_frame_may_have_its_units_and_periods_in_any_order(firms: pd.DataFrame) -> None:
    frame = wide(firms, "invest", "firm", "year")
    in_order, mixed = (lp.ips(f) for f in (frame, frame.iloc[::-1, ::-1]))
    assert mixed.statistic == pytest.approx(in_order.statistic, rel=1e-12)
    assert mixed.choices["sample"] == in_order.choices["sample"]
    assert (
        in_order.choices["sample"].items()
        >= {"rows": 220, "units": 11, "first": "1935", "last": "1954"}.items()
    )
    pd.testing.assert_frame_equal(mixed.units, in_order.units, rtol=1e-9)


def test_lags_by_criterion_and_panic(firms: pd.DataFrame) -> None:
    for name in ("ips", "fisher"):
        call = getattr(lp, name)
        chosen = call("invest", firms, **FIRM, lags="aic")
        assert chosen.choices["most_lags"] == 2 and {*chosen.units["lags"]} == {0, 1, 2}
        none, same = (
            call("invest", firms, **FIRM, **o)
            for o in ({"lags": 0}, {"lags": "bic", "most_lags": 0})
        )
        assert none.statistic == pytest.approx(same.statistic, rel=1e-12)
        alone = call("invest", firms[firms["firm"] == "IBM"], **FIRM, lags="aic").units
        pd.testing.assert_series_equal(alone.loc["IBM"], chosen.units.loc["IBM"])
    test = lp.panic("invest", firms, **FIRM, factors=1, draws=200)
    assert test.choices["lags"] == 2 and 0 < test.raw.sum() < 1
    p = test.units["p_value"]
    assert test.statistic == pytest.approx(
        (-2 * np.log(p).sum() - 2 * len(p)) / np.sqrt(4 * len(p))
    )


def test_fisher_without_a_constant_takes_common_lags_and_chosen_ones(firms: pd.DataFrame) -> None:
    common = lp.fisher("invest", firms, **FIRM, trend="n", lags=1)
    chosen = lp.fisher("invest", firms, **FIRM, trend="n", lags="aic", most_lags=1)
    same = chosen.units.index[chosen.units["lags"] == 1]
    assert 0 < len(same) < len(chosen.units)
    for column in ("statistic", "p_value"):
        np.testing.assert_allclose(
            common.units[column][same], chosen.units[column][same], rtol=1e-12
        )
    assert common.statistic == pytest.approx(-2 * np.log(common.units["p_value"]).sum())
    own = lp.fisher("invest", firms, **FIRM, trend="n", lags=1, finite_sample=True)
    assert own.statistic == pytest.approx(common.statistic, rel=0.2)
    assert own.statistic != common.statistic
    level = firms.set_index(["firm", "year"])["invest"]["IBM"].to_numpy()
    x = np.column_stack([level[1:-1], np.diff(level)[:-1]])
    b, (rss,), *_ = np.linalg.lstsq(x, np.diff(level)[1:], rcond=None)
    error = np.sqrt(rss / (len(x) - 2) * np.linalg.inv(x.T @ x)[0, 0])
    assert common.units.loc["IBM", "statistic"] == pytest.approx(b[0] / error)


def test_cointegration_prints_its_defaults_and_takes_both_forms(firms: pd.DataFrame) -> None:
    y, x = (wide(firms, name, "firm", "year") for name in ("invest", "value"))
    kernel = {"bandwidth": 2, "demean": False}
    cases = {
        "kao": {"lags": 1, **kernel},
        "pedroni": {"trend": "c", "lags": 1, **kernel},
        "westerlund": {"trend": "c", "lags": 1, "leads": 0, **kernel},
        "hansen_lc": {"trend": "c", **kernel},
    }
    for name, options in cases.items():
        found = getattr(lp, name)("invest ~ value", {"invest": y, "value": x}, **options)
        test = getattr(lp, name)("invest ~ value", firms, **FIRM)
        np.testing.assert_array_equal(test.statistics, found.statistics)
        np.testing.assert_array_equal(test.p_values, found.p_values)
        assert options.items() <= {(k, v) for k, v in test.choices.items() if k != "sample"}
    one, other = (
        lp.westerlund("invest ~ value", firms, **FIRM, finite_sample=True, draws=99, seed=seed)
        for seed in (1, 2)
    )
    assert (one.statistics == other.statistics).all() and (one.p_values != other.p_values).any()
    residuals = lp.ols("invest ~ value | firm", firms, **FIRM).residuals
    assert residuals is not None
    dependence = lp.pesaran_cd(residuals.unstack(0))
    assert lp.pesaran_cd(residuals).statistic == pytest.approx(dependence.statistic, rel=1e-12)
    low = np.tril_indices(11, -1)
    assert dependence.raw == pytest.approx(residuals.unstack(0).corr().to_numpy()[low].mean())


def test_adoption_takes_dates_and_gives_another_covariance() -> None:
    data = pd.read_csv(REPOSITORY / "tests/reference/adoption/panel.csv")
    keys = {"unit": "unit", "time": "year", "first": "first"}
    fit = lp.group_time("y", data, **keys)
    assert fit.plot("path").svg.count("h0") >= len(fit.params)
    other, direct = fit.vcov("jackknife"), lp.group_time("y", data, **keys, vcov="jackknife")
    same(other, fit.params, direct.std_errors)
    assert (other.std_errors != fit.std_errors).all()
    assert lp.honest_bounds(fit, draws=500).to_frame()["set_low"].is_monotonic_decreasing
    dated = data.assign(
        date=pd.to_datetime(data["year"].astype(str) + "-01-01"),
        begun=pd.to_datetime(
            data["first"].replace(0, np.nan).astype("Int64").astype(str), errors="coerce"
        ),
    )
    again = lp.group_time("y", dated, unit="unit", time="date", first="begun")
    same(again, fit.params, fit.std_errors)


def forms(firms: pd.DataFrame) -> dict[str, tuple[Any, dict[str, str]]]:
    """The same panel in other forms."""
    year = firms["year"].astype(int)
    quarters = pd.PeriodIndex.from_ordinals(year.to_numpy(), freq="Q")
    named = {"unit": "company", "time": "when"}
    plain = firms.rename(columns={"firm": "company", "year": "when"})
    return {
        "dates": (plain.assign(when=pd.to_datetime(year.astype(str) + "-06-30")), named),
        "zones": (
            plain.assign(when=pd.to_datetime(year.astype(str) + "-06-30").dt.tz_localize("UTC")),
            named,
        ),
        "texts": (plain.assign(when=year.astype(str)), named),
        "quarters": (plain.assign(when=quarters), named),
        "quarters as text": (plain.assign(when=quarters.astype(str)), named),
        "months as text": (
            plain.assign(when=pd.PeriodIndex.from_ordinals(year.to_numpy(), freq="M").astype(str)),
            named,
        ),
        "waves": (
            plain.assign(when=pd.Categorical(year, ordered=True), company=plain["company"].astype("category")),
            named,
        ),
        "nullable": (plain.astype({"when": "Int64", "invest": "Float64"}), named),
        "objects": (plain.astype({"invest": object, "when": object}), named),
        "codes": (plain.assign(company=pd.factorize(plain["company"])[0].astype(float)), named),
        "shuffled": (plain.sample(frac=1, random_state=1), named),
        "index": (firms.set_index(["firm", "year"]), {}),
        "levels": (firms.set_index(["year", "firm"]), FIRM),
        "index without names": (firms.set_index(["firm", "year"]).rename_axis([None, None]), {}),
        "wide": ({n: firms.pivot(index="year", columns="firm", values=n) for n in ("invest", "value", "capital")}, {}),
    }  # fmt: skip


def test_names_and_types_of_unit_and_time_do_not_matter(firms: pd.DataFrame) -> None:
    calls = (lp.two_way, lp.fmols, lp.first_differences, lp.cce)
    wanted = [call(FORMULA, firms, **FIRM) for call in calls]
    for name, (data, keys) in forms(firms).items():
        for call, fit in zip(calls, wanted, strict=True):
            found = call(FORMULA, data, **keys)
            np.testing.assert_allclose(found.params, fit.params, rtol=1e-9, err_msg=name)
            np.testing.assert_allclose(found.std_errors, fit.std_errors, rtol=1e-9, err_msg=name)


def test_rows_without_values_are_left_out_and_counted() -> None:
    jobs = jobtraining.load()
    fit = lp.two_way("lscrap ~ grant", jobs, unit="fcode", time="year")
    kept = jobs.dropna(subset=["lscrap", "grant"]).set_index(["fcode", "year"])
    other = PanelOLS.from_formula("lscrap ~ grant + EntityEffects + TimeEffects", kept).fit()
    assert fit.params["grant"] == pytest.approx(other.params["grant"], rel=1e-9)
    sample = fit.choices["sample"]
    assert (sample["rows"], sample["left_out_for_missing_values"]) == (162, len(jobs) - 162)
    gap = jobs[~((jobs["fcode"] == jobs["fcode"].iloc[0]) & (jobs["year"] == 1988))]
    assert lp.two_way("lscrap ~ grant", gap, unit="fcode", time="year").n_obs <= 162


def broken(firms: pd.DataFrame) -> dict[str, tuple[Callable[[], Any], str]]:
    text = firms.assign(invest=firms["invest"].astype(str))
    twice = pd.concat([firms, firms.iloc[:2]])
    hole = firms[~((firms["firm"] == "IBM") & (firms["year"] == 1940))]
    dated = hole.assign(year=pd.to_datetime(hole["year"].astype(int).astype(str)))
    large = 1 * (firms["invest"] > 100)
    begun = firms.assign(f=1940 * (firms["firm"] == "IBM"))
    fit = lp.two_way(FORMULA, firms, **FIRM)
    return {
        "no column": (lambda: lp.two_way("invest ~ nothing", firms, **FIRM), "LP-COLUMN-MISSING"),
        "no unit": (lambda: lp.ips("invest", firms, unit="company", time="year"), "LP-COLUMN-MISSING"),
        "no keys": (lambda: lp.fmols(FORMULA, firms), "LP-DATA-KEYS"),
        "no cluster": (lambda: lp.two_way(FORMULA, firms, **FIRM, cluster="x"), "LP-COLUMN-MISSING"),
        "missing key": (lambda: lp.two_way(FORMULA, firms.assign(year=np.nan), **FIRM), "LP-DATA-KEYS"),
        "twice": (lambda: lp.two_way(FORMULA, twice, **FIRM), "LP-DATA-KEYS"),
        "no order": (lambda: lp.ips("invest", firms.assign(year="spring"), **FIRM), "LP-DATA-KEYS"),
        "halves": (lambda: lp.ips("invest", firms.assign(year=firms["year"] / 2), **FIRM), "LP-DATA-KEYS"),
        "alike": (lambda: lp.two_way(FORMULA, firms.assign(firm=[1, "1"] * 110), **FIRM), "LP-DATA-KEYS"),
        "no rows": (lambda: lp.two_way(FORMULA, firms.assign(value=np.nan), **FIRM), "LP-DATA-EMPTY"),
        "no frame": (lambda: lp.two_way(FORMULA, [1, 2], **FIRM), "LP-DATA-TYPE"),
        "columns": (lambda: lp.ols(FORMULA, pd.concat([firms, firms], axis=1)), "LP-DATA-KEYS"),
        "text": (lambda: lp.two_way(FORMULA, text, **FIRM), "LP-DATA-TYPE"),
        "text of a model": (lambda: lp.random_effects(FORMULA, text, **FIRM), "LP-DATA-TYPE"),
        "text of a test": (lambda: lp.ips("firm", firms, **FIRM), "LP-DATA-TYPE"),
        "reserved": (lambda: lp.ols("invest ~ value | unit", firms.assign(unit=1), **FIRM), "LP-DATA-KEYS"),
        "no series": (lambda: lp.ips("invest"), "LP-DATA-KEYS"),
        "empty frame": (lambda: lp.ips(pd.DataFrame(columns=["a"])), "LP-DATA-EMPTY"),
        "most lags": (lambda: lp.ips("invest", firms, **FIRM, most_lags=1), "LP-ARGUMENT"),
        "chosen lags": (lambda: lp.ips("invest", firms, **FIRM, lags="aic", finite_sample=True), "LP-ARGUMENT"),
        "effects": (lambda: lp.fmols("invest ~ value | firm", firms, **FIRM), "LP-MODEL"),
        "blocks": (lambda: lp.dols(FORMULA, firms, **FIRM).vcov("bootstrap", block_length=20), "LP-SAMPLE-SMALL"),
        "vcov": (lambda: lp.ppml(FORMULA, firms, **FIRM).vcov("HC3"), "LP-COVARIANCE"),
        "wald": (lambda: fit.vcov("wild", draws=99).wald(), "LP-COVARIANCE"),
        "terms": (lambda: fit.wald(["price"]), "LP-FIT"),
        "shape": (lambda: fit.wald([[1.0, 0.0, 0.0]]), "LP-FIT"),
        "plot": (lambda: lp.ips("invest", firms, **FIRM).plot(), "LP-FIT"),
        "path": (lambda: fit.plot("path"), "LP-ADOPTION"),
        "treatment": (lambda: lp.group_time("invest", firms, **FIRM, first="value"), "LP-ADOPTION"),
        "draws": (lambda: lp.two_way(FORMULA, firms, **FIRM, draws=99), "LP-ARGUMENT"),
        "option": (lambda: fit.vcov("cr3", bogus=1), "LP-ARGUMENT"),
        "unequal rows": (lambda: fit.wald([[1.0], [1.0, 2.0]]), "LP-FIT"),
        "events": (lambda: lp.group_time("invest", begun, **FIRM, first="f", earliest=50), "LP-ADOPTION"),
        "horizon": (lambda: lp.local_projections(FORMULA, firms, **FIRM, lags=25), "LP-SAMPLE-SMALL"),
        "units": (lambda: lp.local_projections(FORMULA, firms.iloc[:80], **FIRM, horizons=1), "LP-SAMPLE-SMALL"),
        "collinear": (lambda: lp.quantile("invest ~ value + I(2 * value)", firms), "LP-COLLINEAR"),
        "outcome": (lambda: lp.probit(FORMULA, firms), "LP-OUTCOME-RANGE"),
        "separated": (lambda: lp.probit("large ~ invest", firms.assign(large=large)), "LP-NOT-CONVERGED"),
        "bounds": (lambda: lp.honest_bounds(fit), "LP-ADOPTION"),
        "instruments": (lambda: lp.fmols("invest ~ 1 | 0 | value ~ capital", firms, **FIRM), "LP-MODEL"),
        "period": (lambda: lp.long_difference(FORMULA, firms, **FIRM, first=1900, last=1954), "LP-ARGUMENT"),
        "gap": (lambda: lp.ips("invest", hole, **FIRM), "LP-UNBALANCED"),
        "gap of a formula": (lambda: lp.pedroni(FORMULA, hole, **FIRM), "LP-UNBALANCED"),
        "gap of dates": (lambda: lp.ips("invest", dated, **FIRM), "LP-UNBALANCED"),
        "unbalanced": (lambda: lp.cce(FORMULA, hole, **FIRM), "LP-UNBALANCED"),
        "a missing year": (lambda: lp.ips("invest", firms[firms["year"] != 1940], **FIRM), "LP-GAPS"),
        "word": (lambda: lp.ips("invest", firms, **FIRM, trend="x"), "LP-ARGUMENT"),
        "no fit": (lambda: lp.compare(fit, firms), "LP-FIT"),
        "suffix": (lambda: lp.export(fit, "table.pdf"), "LP-ARGUMENT"),
    }  # fmt: skip


def test_what_cannot_be_read_is_refused_by_code(firms: pd.DataFrame) -> None:
    found = {}
    cases = broken(firms)
    for name, (call, _) in cases.items():
        try:
            call()
        except ProblemError as error:
            found[name] = error.codes[0]
    assert found == {name: code for name, (_, code) in cases.items()}


def test_an_error_says_which_date_a_number_is(firms: pd.DataFrame) -> None:
    quarters = pd.PeriodIndex.from_ordinals(firms["year"].astype(int).to_numpy(), freq="Q")
    hole = firms.assign(year=quarters)[firms["year"] != 1940]
    with pytest.raises(ProblemError) as error:
        lp.ips("invest", hole, **FIRM)
    assert error.value.codes == ["LP-GAPS", "LP-DATA-KEYS"]
    assert error.value.problems[1].fields["first_label"] == str(quarters[0])


def test_dates_are_numbered_by_the_longest_frequency_that_tells_them_apart() -> None:
    def steps(*dates: str) -> list[int]:
        numbers = number_periods(pd.Series(pd.to_datetime([*dates])), "date")
        return np.diff(numbers).tolist()

    assert steps("2001-01-01", "2002-01-01", "2004-01-01") == [1, 2]
    assert steps("2001-01-31", "2001-04-30", "2002-01-31") == [1, 3]
    assert steps("2001-01-31", "2001-02-28", "2001-04-30") == [1, 2]
    assert steps("2001-01-01", "2001-01-02", "2001-01-05") == [1, 3]


def test_every_result_can_be_read(firms: pd.DataFrame) -> None:
    fits = [
        lp.two_way(FORMULA, firms, **FIRM), lp.ols(FORMULA, firms), lp.mean_group(FORMULA, firms, **FIRM),
        lp.fmols(FORMULA, firms, **FIRM), lp.cce("invest ~ value", firms, **FIRM),
    ]  # fmt: skip
    for fit in fits:
        assert repr(fit) == fit.summary() and fit.formula in fit.summary()
        assert "<table" in fit._repr_html_() and "value" in fit._repr_html_()
        frame = fit.to_frame(0.9)
        assert {"estimate", "std_error", "p_value", "ci_low", "ci_high"} <= {*frame}
        assert (frame["ci_high"] < fit.to_frame(0.99)["ci_high"]).all()
        assert [*fit.coef_table.index] == [*fit.params.index]
        assert fit.plot()._repr_svg_().startswith("<svg") and "value" in fit.plot().svg
        assert json.loads(json.dumps(fit.choices)) == dict(fit.choices)
        assert fit.choices["sample"]["rows"] == 220
        row = [(fit.params.index == "value").astype(float)]
        assert fit.wald(["value"]).p_value == pytest.approx(fit.wald(row).p_value)
        for key in fit.references:
            assert citations.REFERENCES[key] in fit.cite()
    test = lp.pedroni("invest ~ value", firms, **FIRM)
    assert "H0: no cointegration" in repr(test) and "group_adf" in test._repr_html_()


def test_a_joint_test_of_restrictions_is_that_of_statsmodels(firms: pd.DataFrame) -> None:
    other = formulas.ols(FORMULA, firms).fit()
    fit = lp.ols(FORMULA, firms)
    restrictions, values = [[0.0, 1.0, -0.5], [0.0, 0.0, 1.0]], [0.0, 0.25]
    theirs = other.f_test((np.array(restrictions), np.array(values)))
    found = fit.wald(restrictions, values)
    assert found.statistic == pytest.approx(float(theirs.fvalue), rel=1e-9)
    assert found.p_value == pytest.approx(float(theirs.pvalue), rel=1e-9)
    assert found.distribution == "F(2, 217)"


def of_package(other: Any) -> tuple[Any, Any, Any]:
    """Coefficients, errors and 90 % intervals as the package gives them."""
    package = type(other).__module__.partition(".")[0]
    if package == "pyfixest":
        return other.coef(), other.se(), other.confint(alpha=0.1)
    if package == "linearmodels":
        return other.params, other.std_errors, other.conf_int(0.9)
    return other.params, other.bse, other.conf_int(0.1)


def test_fits_of_other_packages_stand_beside_ours(firms: pd.DataFrame) -> None:
    pyfixest = pytest.importorskip("pyfixest")
    data = firms.set_index(["firm", "year"])
    ours = lp.two_way(FORMULA, firms, **FIRM)
    panel = PanelOLS.from_formula(f"{FORMULA} + EntityEffects + TimeEffects", data)
    others = [
        panel.fit(cov_type="clustered", cluster_entity=True),
        RandomEffects.from_formula(FORMULA, data).fit(),
        formulas.ols(FORMULA, firms).fit(cov_type="HC1"),
        formulas.ols(FORMULA, firms).fit(),
        formulas.logit("big ~ value", firms.assign(big=1 * (firms["invest"] > 100))).fit(
            disp=False
        ),
        pyfixest.feols(f"{FORMULA} | firm + year", firms, vcov={"CRV1": "firm"}),
    ]
    for other in others:
        fit = lp.read_fit(other)
        params, errors, ends = of_package(other)
        ends = np.asarray(ends)
        same(fit, params, errors)
        np.testing.assert_allclose(fit.conf_int(0.9), ends[:, :2], rtol=1e-12)
        # the distribution of t that is read gives the interval of the package
        own = lp.Fit(title="", table=fit.table, df=fit.df).conf_int(0.9)
        np.testing.assert_allclose(own, ends[:, :2], rtol=1e-6)
        assert fit.wald(["value"]).statistic == pytest.approx(
            fit.statistics["value"] ** 2, rel=1e-6
        )
    table = lp.compare(ours, ours.vcov("wild", draws=99), *others)
    assert table.to_frame().loc[("(1)", "value"), "estimate"] == ours.params["value"]
    low, high = ours.vcov("wild", draws=99).conf_int(0.95).loc["value"]
    assert table.table.iloc[1, 1] == f"[{low:.4f}, {high:.4f}]"
    assert table.table.iloc[1, 0] == f"({ours.std_errors['value']:.4f})"
    assert "pyfixest.Feols" in repr(table) and "<table" in table._repr_html_()


@pytest.mark.parametrize("suffix", ["md", "tex", "html", "csv", "xlsx", "docx"])
def test_results_are_written_in_six_formats(
    firms: pd.DataFrame, tmp_path: Path, suffix: str
) -> None:
    fit = lp.two_way(FORMULA, firms, **FIRM)
    path = tmp_path / f"table.{suffix}"
    lp.export(lp.compare(fit, fit.vcov("cr3")), str(path))
    assert path.stat().st_size > 200
    if suffix in ("md", "tex", "html", "csv"):
        assert "0.1167" in path.read_text(encoding="utf-8")


def pasted(fits: lp.Comparison, path: Path, **options: Any) -> list[list[str]]:
    lp.export(fits, str(path), **options)
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if row]


def test_a_table_to_paste_has_the_terms_digits_and_style_that_are_asked_for(
    firms: pd.DataFrame, tmp_path: Path
) -> None:
    fit = lp.two_way(FORMULA, firms, **FIRM)
    both, path = lp.compare(fit, fit.vcov("cr3")), tmp_path / "table.csv"
    rows = pasted(both, path, keep=["capital"], digits=2, style="aer")
    at = rows.index(["", "(1)", "(2)"])
    estimate, p_value = fit.params["capital"], fit.coef_table.loc["capital", "p_value"]
    assert p_value < 0.01 and rows[at + 1][:2] == ["capital", f"{estimate:.2f}***"]
    assert rows[at + 2][1] == f"({fit.std_errors['capital']:.2f})"
    assert not any(row[0] in ("value", "method", "rows") for row in rows[at:])
    text = path.read_text(encoding="utf-8")
    assert (
        "Method: " in text and "*** p < 0.01" in text and "Standard errors in parentheses." in text
    )
    plain = pasted(both, path, drop=["capital"], digits=3)
    assert ["value", *[f"{fit.params['value']:.3f}"] * 2] in plain
    assert not [row for row in plain if row[0] == "capital"] and "p < 0.01" not in path.read_text(
        "utf-8"
    )
    wild = pasted(lp.compare(fit.vcov("wild", draws=99)), path, style="aer")
    assert any("95 % intervals in square brackets." in row[0] for row in wild)


@pytest.mark.parametrize(
    ("options", "code"),
    [({"keep": ["nothing"]}, "LP-FIT"), ({"style": "qje"}, "LP-ARGUMENT")],
)
def test_an_option_of_export_that_means_nothing_is_refused(
    firms: pd.DataFrame, tmp_path: Path, options: dict[str, Any], code: str
) -> None:
    fit = lp.two_way(FORMULA, firms, **FIRM)
    with pytest.raises(ValueError) as refused:
        lp.export(lp.compare(fit), str(tmp_path / "t.md"), **options)
    assert refused.value.codes == [code]
    with pytest.raises(ValueError) as refused:
        lp.export(fit, str(tmp_path / "t.md"), digits=2)
    assert refused.value.codes == ["LP-ARGUMENT"] and not (tmp_path / "t.md").exists()


def test_each_default_is_in_its_docstring() -> None:
    """A choice that has a default is described with it."""
    functions = {n: getattr(lp, n) for n in lp.__all__ if inspect.isfunction(getattr(lp, n))}
    plumbing = {"data", "unit", "time", "names", "fit", "series", "first"}
    short = set()
    for name, function in functions.items():
        for argument, given in inspect.signature(function).parameters.items():
            if given.default is given.empty or argument in plumbing:
                continue
            text = inspect.getdoc(function) or ""
            part = re.search(
                rf"^[\w, ]*\b{argument}\b[\w, ]* : .*\n((?:    .*\n?)+)", text, re.MULTILINE
            )
            if part is None or not re.search(r"[Dd]efault|As in", part[0]):
                short.add((name, argument))
    assert len(functions) > 30 and short == set()


def test_a_fit_travels_between_processes(firms: pd.DataFrame) -> None:
    data = pd.read_csv(REPOSITORY / "tests/reference/adoption/panel.csv")
    for fit, kind in (
        (lp.two_way(FORMULA, firms, **FIRM), "cr3"),
        (lp.ols(FORMULA, firms, **FIRM), "clustered"),
        (lp.interactive_effects(FORMULA, firms, **FIRM, factors=1), "jackknife"),
        (lp.group_time("y", data, unit="unit", time="year", first="first"), "jackknife"),
    ):
        again = pickle.loads(pickle.dumps(fit))
        assert again.summary() == fit.summary()
        same(again.vcov(kind), fit.params, fit.vcov(kind).std_errors)


def test_defaults_of_clusters_are_those_of_stata(firms: pd.DataFrame) -> None:
    """Without effects `regress`, as statsmodels has it; with effects reghdfe, as fixest has it."""
    pyfixest = pytest.importorskip("pyfixest")
    groups = pd.factorize(firms["firm"])[0]
    other = formulas.ols(FORMULA, firms).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    fit = lp.ols(FORMULA, firms, **FIRM, vcov="clustered")
    np.testing.assert_allclose(fit.std_errors, other.bse, rtol=1e-9)
    np.testing.assert_allclose(fit.p_values, other.pvalues, rtol=1e-6)
    other = pyfixest.feols(f"{FORMULA} | firm + year", firms, vcov={"CRV1": "firm"})
    fit = lp.ols(f"{FORMULA} | firm + year", firms, **FIRM, vcov="clustered")
    np.testing.assert_allclose(fit.std_errors, other.se(), rtol=1e-9)
    wild = lp.two_way(FORMULA, firms, **FIRM, vcov="wild").choices
    assert (wild["draws"], wild["seed"]) == (9_999, 1)
    rates = pd.read_csv(
        REPOSITORY / "tests/reference/breitung/inputs/real_exchange_rates.csv", index_col=0
    )
    assert lp.llc(rates).choices["bandwidth"] == 10  # as Stata's manual prints


def test_the_software_is_cited_as_in_its_file() -> None:
    text = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f'title: "{citations.SOFTWARE_TITLE}"' in text
    assert f'- name: "{citations.SOFTWARE_AUTHORS}"' in text
    assert f"date-released: {citations.SOFTWARE_YEAR}-" in text


def test_the_import_loads_no_estimator() -> None:
    """It costs little more than numpy and pandas; the estimators come with the first call."""
    heavy = (
        "scipy.stats",
        "linearmodels",
        "statsmodels",
        "pyfixest",
        "duckdb",
        "dagster",
        "matplotlib",
    )
    said = f"import sys, living_panel.econometrics; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("former", MOVED)
def test_the_import_of_a_former_function_names_what_is_called_now(former: str) -> None:
    new = MOVED[former].partition(" ")[0]
    module, _, name = former.rpartition(".")
    with pytest.raises(ImportError, match=re.escape(f"{former} is now {new}")):
        getattr(importlib.import_module(f"living_panel.estimation.econometrics.{module}"), name)
    package, _, name = new.rpartition(".")
    assert hasattr(importlib.import_module(package), name)
    assert name in lp.__all__
