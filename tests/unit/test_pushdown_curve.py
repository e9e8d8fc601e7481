"""Specification curve, its joint test and the bootstrap by push-down, against those in memory."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from estimation.econometrics.fixed_effects import regression as fixed_effects
from estimation.econometrics.fixed_effects.regression_data import InvalidData
from estimation.econometrics.robustness import curve as in_memory
from estimation.econometrics.robustness.curve import CHOICES, Choices, EmptyCurve, UnknownColumn
from estimation.pushdown import cluster_moments, joint_test, run_curve, two_way

EQUAL = 1e-8


@pytest.fixture
def engine():
    connection = ibis.duckdb.connect()
    ibis.set_backend(connection)
    yield connection
    connection.disconnect()


def frames() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(4)
    index = pd.MultiIndex.from_product(
        [[f"{i:02d}" for i in range(14)], range(2005, 2017)], names=["province_code", "year"]
    )
    base = rng.normal(10, 2, (14, 1)) + rng.normal(0, 0.5, (14, 12)).cumsum(axis=1)
    frame = pd.DataFrame(index=index)
    for name in ("fdi", "ce", "lab", "tec", "kn"):
        frame[name] = (0.5 * base + rng.normal(0, 0.4, base.shape).cumsum(axis=1)).ravel()
    frame["ex"] = 0.3 * frame["fdi"] + rng.normal(0, 0.4, base.shape).cumsum(axis=1).ravel()
    frame["twice"] = 2 * frame["fdi"]  # collinear with fdi
    frame["era"] = frame.index.get_level_values("year").to_numpy(float)  # absorbed
    gaps = frame.copy()
    gaps.loc[(slice(None), [2008, 2013]), "tec"] = np.nan
    gaps.loc[(["03", "07"], 2010), "fdi"] = np.nan
    gaps.loc[(slice(None), slice(2005, 2008)), "kn"] = np.nan
    return {"none": gaps, "linear": gaps.groupby(level=0).transform(pd.Series.interpolate)}


CHOSEN = Choices(
    outcomes=["ex"],
    focal=["fdi", "ce", "era"],
    controls={"lab": ["lab"], "tec": ["tec", "twice"], "kn": ["kn"]},
    windows=[(2005, 2016), (2008, 2014), (2005, 2008), (2015, 2016), (1990, 1995)],
    exclusions={"all": [], "two out": ["01", "05"], "five left": [f"{i:02d}" for i in range(9)]},
    without_years=[2011],
)


def tables(data):
    return {name: ibis.memtable(frame.reset_index()) for name, frame in data.items()}


def test_every_specification_equals_the_in_memory_curve(engine):
    data = frames()
    expected, found = in_memory.run_curve(data, CHOSEN), run_curve(tables(data), CHOSEN)
    assert len(expected.estimates) > 150 and len(expected.duplicates) > 50
    pd.testing.assert_frame_equal(found.estimates[CHOICES], expected.estimates[CHOICES])
    pd.testing.assert_frame_equal(found.duplicates, expected.duplicates)
    key = ["outcome", "focal", "window", "exclusion", "interpolation", "controls"]
    assert set(map(tuple, found.infeasible[key].values)) == set(
        map(tuple, expected.infeasible[key].values)
    )
    counts = ["n_obs", "n_clusters", "n_singletons", "first_year", "last_year", "df"]
    pd.testing.assert_frame_equal(
        found.estimates[counts], expected.estimates[counts], check_dtype=False
    )
    scale = expected.estimates["std_error"]
    for column in ("estimate", "std_error", "ci_low", "ci_high"):
        gap = (found.estimates[column] - expected.estimates[column]).abs() / scale
        assert gap.max() < EQUAL, column
        assert (found.estimates[column].isna() == expected.estimates[column].isna()).all()


def test_the_unit_of_a_control_changes_nothing(engine):
    data = frames()
    kinder = {name: frame.assign(lab=frame["lab"] * 2.0**30) for name, frame in data.items()}
    expected, found = run_curve(tables(data), CHOSEN), run_curve(tables(kinder), CHOSEN)
    pd.testing.assert_frame_equal(found.infeasible, expected.infeasible)
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(found.estimates[column], expected.estimates[column], rtol=1e-9)


def test_joint_test_of_the_curve_draws_the_same_worlds(engine):
    data = frames()
    expected = in_memory.joint_test(in_memory.run_curve(data, CHOSEN), draws=99, seed=8)
    found = joint_test(run_curve(tables(data), CHOSEN), draws=99, seed=8)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-7)


def test_one_scan_for_all_specifications(engine, monkeypatch):
    seen = []
    guarded = cluster_moments.engine._guarded
    monkeypatch.setattr(
        cluster_moments.engine,
        "_guarded",
        lambda work, scan, p: (seen.append(scan), guarded(work, scan, p))[1],
    )
    run_curve({"none": tables(frames())["none"]}, CHOSEN)
    assert [s for s in seen if "scan" in s] == ["one scan for all samples and clusters"]


def test_clusters_larger_than_units(engine):
    """Firms within provinces: the column of a curve equals the regression on that sample."""
    rng = np.random.default_rng(6)
    firms = pd.DataFrame(
        {"firm": np.repeat(np.arange(120), 6), "year": np.tile(range(2010, 2016), 120)}
    )
    firms["province"] = firms.firm % 9
    firms["fdi"], firms["lab"] = rng.normal(size=(2, len(firms)))
    shock = rng.normal(size=(9, 6))[firms.province, firms.year - 2010]
    firms["ex"] = 0.2 * firms.fdi + shock + rng.normal(size=len(firms))
    firms = firms[rng.random(len(firms)) < 0.85].reset_index(drop=True)
    choices = Choices(
        outcomes=["ex"], focal=["fdi"], controls={"lab": ["lab"]}, windows=[(2010, 2015)],
        exclusions={"all": [], "one out": [4]},
    )  # fmt: skip
    found = run_curve(
        {"none": ibis.memtable(firms)}, choices, unit="firm", time="year", cluster="province"
    )
    for row in found.estimates.itertuples():
        x = ["fdi"] if row.controls == "none" else ["fdi", "lab"]
        part = firms if row.exclusion == "all" else firms[firms.province != 4]
        frame = part.rename(columns={"firm": "province_code"}).set_index(["province_code", "year"])
        expected = fixed_effects.two_way(
            frame["ex"], frame[x], cov="clustered", cluster=frame["province"],
            correction="reghdfe", df="t(G-1)",
        )  # fmt: skip
        assert abs(row.estimate - expected.params["fdi"]) / expected.std_errors["fdi"] < EQUAL
        assert row.std_error == pytest.approx(expected.std_errors["fdi"], rel=EQUAL)


def test_bootstrap_intervals_and_distribution(engine):
    """Not only p-values at zero: the whole distribution at several nulls, and the inversion."""
    frame = frames()["linear"].dropna()
    way = {"cov": "wild_cluster_bootstrap:rademacher", "cluster": "province_code",
           "correction": "none", "df": "none", "draws": 799, "seed": 2}  # fmt: skip
    x = ["fdi", "ce", "lab"]
    expected = fixed_effects.two_way(frame["ex"], frame[x], **way)
    found = two_way(ibis.memtable(frame.reset_index()), "ex", x, **way)
    for term in x:
        own, other = found.details["tests"][term], expected.details["tests"][term]
        for null in (0.0, 0.3, -2.0):
            np.testing.assert_allclose(own.t_stars(null), other.t_stars(null), rtol=1e-7, atol=1e-9)
            assert own.p_value(null) == other.p_value(null)
    gap = (found.conf_int() - expected.conf_int()).abs()
    assert (gap.div(expected.std_errors, axis=0) < 1e-7).all(axis=None)


def test_bad_input_of_a_curve(engine):
    data = frames()
    with pytest.raises(UnknownColumn, match="no column"):
        run_curve(tables({"none": data["none"].drop(columns="kn")}), CHOSEN)
    with pytest.raises(EmptyCurve):
        run_curve({}, CHOSEN)
    strange = Choices(
        outcomes=["ex"], focal=["fdi"], controls={}, windows=[(2005, 2016)],
        exclusions={"gone": ["99"]},
    )  # fmt: skip
    with pytest.raises(UnknownColumn, match="99"):
        run_curve(tables(data), strange)
    flat = data["none"].reset_index()
    with pytest.raises(InvalidData, match="occur more than once"):
        run_curve({"none": ibis.memtable(pd.concat([flat, flat.iloc[[40]]]))}, CHOSEN)
    flat.loc[5, "province_code"] = None
    with pytest.raises(InvalidData, match="key province_code is missing"):
        run_curve({"none": ibis.memtable(flat)}, CHOSEN)
