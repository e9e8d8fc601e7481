"""The planted processes: what a draw looks like, what is true in it, and who finds it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from living_panel.estimation.econometrics.fixed_effects.regression_data import row_codes
from living_panel.estimation.econometrics.fixed_effects.within import fit_within, two_way_effects
from living_panel.estimation.papers.printed import frame, load_paper
from living_panel.orchestration.simulated import planted
from living_panel.orchestration.simulated.planted import (
    REGIONS,
    draw,
    load_process,
    regions,
    regression_frame,
    without_slopes,
)
from tools.simulate import planted_study, planted_tests

PRINTED = {number: frame(table) for number, table in load_paper("bi_2025").tables.items()}


def printed_slopes(table: str, model: str) -> dict[str, float]:
    rows = PRINTED[table].query(
        "model == @model and statistic == 'estimate' and term != 'constant'"
    )
    return rows.dropna(subset="estimate").set_index("term")["estimate"].to_dict()


@pytest.fixture(scope="module", params=["homogeneous", "regional"])
def process(request):
    return load_process(request.param)


def test_slopes_are_the_papers() -> None:
    one, two = load_process("homogeneous"), load_process("regional")
    for region in REGIONS:
        assert {**one.slopes[region], **printed_slopes("4", "7")} == one.slopes[region]
    for region, model in zip(REGIONS, ("8", "9", "10"), strict=True):
        assert dict(two.slopes[region]) == printed_slopes("6", model)
    assert one.synergy == 0 and two.synergy > 0
    assert one.slopes["East"]["gdp"] > 0


def test_a_draw_is_complete_positive_seeded_and_in_panel_form(process) -> None:
    panel = draw(process, 3)
    assert list(panel.columns) == ["province_code", "year", *process.measures]
    assert len(panel) == 31 * 18
    assert not panel.duplicated(["province_code", "year"]).any()
    assert sorted(panel["year"].unique()) == list(range(2005, 2023))
    values = panel[list(process.measures)].to_numpy()
    assert np.isfinite(values).all() and (values > 0).all()
    pd.testing.assert_frame_equal(panel, draw(process, 3))
    assert not np.allclose(values, draw(process, 4)[list(process.measures)])


def test_margins_are_near_table_1(process) -> None:
    printed = PRINTED["1"].pivot(index="term", columns="statistic", values="estimate")
    printed.loc["fdi"] /= 10_000  # yuan by ten thousands
    names = ["mean", "std", "min", "max"]
    drawn = [np.log(draw(process, seed)[list(process.measures)].agg(names)) for seed in range(25)]
    found = np.exp(sum(drawn) / 25).rename(index={"std": "sd"})
    for name, measure in process.measures.items():
        ratio = found[name] / printed.loc[measure.role]
        assert 0.8 < ratio["mean"] < 1.25, (name, ratio)
        assert 0.7 < ratio["sd"] < 1.4, (name, ratio)
        assert ratio[["min", "max"]].between(1 / 3, 3).all(), (name, ratio)


def test_regressors_are_random_walks_and_the_error_is_not(process) -> None:
    """Variance of differences over h years grows with h for x, and not for the error."""
    ratios = {"x": [], "u": []}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        logs, error = planted._draw_logs(process, rng)
        x = planted._two_way(logs["fdi_cny_100m"])
        u = planted._two_way(error)
        for name, series in (("x", x), ("u", u)):
            one = np.var(series[:, 1:] - series[:, :-1])
            ratios[name].append(np.var(series[:, 8:] - series[:, :-8]) / one)
    assert np.mean(ratios["x"]) > 5
    assert np.mean(ratios["u"]) < 2.5


def test_dependence_that_two_way_effects_leave_behind(process) -> None:
    """Mean squared correlation between provinces' errors, against a process without the factor."""

    def mean_square(p) -> float:
        out = []
        for seed in range(15):
            _, error = planted._draw_logs(p, np.random.default_rng(seed))
            correlation = np.corrcoef(planted._two_way(error))
            out.append((correlation[np.triu_indices(31, 1)] ** 2).mean())
        return float(np.mean(out))

    without = replace(process, error=replace(process.error, factor=0.0))
    assert mean_square(process) > 1.2 * mean_square(without)


def test_outcome_is_the_written_equation_when_the_error_is_switched_off() -> None:
    base = load_process("regional")
    silent = replace(base, error=replace(base.error, innovation=0.0, factor=0.0))
    frame = regression_frame(silent, draw(silent, 5))
    parts = {
        c: planted._two_way(frame[c].to_numpy().reshape(31, 18)).ravel() for c in ("fdi", "ce")
    }
    y = frame["ex"] - base.synergy * parts["fdi"] * parts["ce"]
    label = frame.index.get_level_values(0).map(regions(base))
    for region in REGIONS:
        rows = np.asarray(label == region)
        effects = two_way_effects(*row_codes(frame.index[rows]))
        fit = fit_within(effects, y[rows].to_numpy(), frame.loc[rows, base.roles].to_numpy())
        np.testing.assert_allclose(
            fit.params, [base.slopes[region][r] for r in base.roles], atol=1e-8
        )


def test_stress_switches_do_what_they_say() -> None:
    base = load_process("homogeneous")
    few = without_slopes(base, ["fdi"])
    assert few.slopes["West"] == {**dict.fromkeys(base.roles, 0.0), "fdi": 0.310}
    fed = replace(base, feedback=0.9)
    rows = []
    for process in (base, fed):
        logs, error = planted._draw_logs(process, np.random.default_rng(1))
        step = np.diff(planted._two_way(logs["fdi_cny_100m"]), axis=1).ravel()
        rows.append(np.corrcoef(step, planted._two_way(error)[:, 1:].ravel())[0, 1])
    assert abs(rows[0]) < 0.15 and rows[1] > 0.4


@pytest.mark.parametrize("name", ["A", "B"])
def test_stored_tables_come_from_this_code(name) -> None:
    """The first draw of every case, estimated again, is the stored first estimate."""
    stored = pd.read_csv(planted_study.STORED[name])
    cases = planted_study.list_a() if name == "A" else planted_study.list_b()
    again = planted_study.run(cases, 2)
    keys = ["process", "estimator", "region", "term"]
    pd.testing.assert_frame_equal(stored[keys], again[keys])
    np.testing.assert_array_equal(stored["planted"], again["planted"])
    np.testing.assert_allclose(stored["first_estimate"], again["first_estimate"], rtol=1e-6)
    assert (stored["draws"] >= 200).all()


def test_list_a_recovers_every_planted_value() -> None:
    stored = pd.read_csv(planted_study.STORED["A"])
    np.testing.assert_allclose(
        stored["z"], (stored["mean"] - stored["planted"]) / stored["mc_std_error"], rtol=1e-5
    )
    worst = stored.loc[stored["z"].abs().idxmax()]
    assert abs(worst["z"]) <= 3, worst
    found = stored[stored["process"] == "regional"].set_index(["region", "term"])["planted"]
    for region, slopes in load_process("regional").slopes.items():
        for role, planted_slope in slopes.items():
            assert (found.loc[(region, role)] == planted_slope).all(), (region, role)


def test_list_b_fails_where_it_is_said_to() -> None:
    stored = pd.read_csv(planted_study.STORED["B"]).set_index(["estimator", "term"])
    assert stored["bias"].notna().all()
    nickell = stored.loc[("within with lagged exports (Nickell)", "ex (lag)")]
    assert nickell["z"] < -10
    fed = stored.loc[("two-way within, regressor fed back from the error", "fdi")]
    assert fed["z"] > 10
    covered = stored.loc["pooled FMOLS, demeaned by year", "coverage: long run, normal"]
    # 95 % less three binomial standard errors of 400 draws
    assert covered.max() < 0.917


def test_the_one_way_study_has_the_errors_of_a_clustered_regression() -> None:
    process = load_process("homogeneous")
    frame = regression_frame(process, draw(process, 3))
    fit = PanelOLS(frame["ex"], frame[process.roles], entity_effects=True).fit(
        cov_type="clustered", cluster_entity=True, debiased=False, group_debias=True
    )
    n = len(frame)  # linearmodels multiplies G/(G-1) by (n-1)/n, CR1 with G/(G-1) does not
    estimates, found = planted_study._one_way(frame, process.roles)
    [(errors, df)] = found.values()
    np.testing.assert_allclose(estimates, fit.params, rtol=1e-9)
    np.testing.assert_allclose(errors, fit.std_errors * np.sqrt(n / (n - 1)), rtol=1e-9)
    assert df == 30


def test_stored_rejections_come_from_this_code_and_keep_their_size() -> None:
    stored = pd.read_csv(planted_tests.STORED)
    again = planted_tests.run(1)
    assert stored["test"].to_list() == again["test"].to_list()
    np.testing.assert_allclose(stored["first_p_value"], again["first_p_value"], rtol=1e-5)
    assert (stored["draws"] >= 200).all()
    # the ways put first in the tables: 5 % plus three binomial standard errors of 200 draws
    first = stored["test"].str.contains("CR3|bootstrap|randomisation")
    assert (stored.loc[stored["null"] & first, "rejected"] <= 0.097).all()
    planted_values = stored[~stored["null"] & stored["test"].str.contains("synergy|slopes")]
    assert (planted_values["rejected"] > 0.097).all()
