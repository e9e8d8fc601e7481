"""The specification curve: equality with single regressions, bookkeeping, joint test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.regression_data import row_codes
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import WildDraws, wild_test
from living_panel.estimation.econometrics.fixed_effects.within import fit_within, two_way_effects
from living_panel.estimation.econometrics.robustness.curve import (
    CHOICES,
    Choices,
    run_curve,
)
from living_panel.estimation.econometrics.robustness.curve_joint import (
    joint_test,
    null_draws,
    rank_p_values,
    wild_inference,
)
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.tables.kinds.curve.picture import draw_curve
from tests.refusals import refuses
from tests.unit.panels import CLUSTERED, dummies, net_of, rows


def panel(seed: int = 1, n: int = 12, t: int = 9, slope: float = 0.5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    index = rows(n, t, 2010)
    a = rng.normal(size=n).repeat(t)
    frame = pd.DataFrame(rng.normal(size=(n * t, 5)), index, ["f", "c1", "c2", "c3", "y"])
    frame["f"] += a
    frame["y"] += slope * frame["f"] + 0.3 * frame["c1"] + a
    frame["z"] = frame["y"] * 0.5 + rng.normal(size=n * t)
    return frame


def small(frame: pd.DataFrame, windows=((2010, 2018),), **controls: list[str]):
    """The curve of y on f with the controls named, nobody left out."""
    return run_curve({"none": frame}, Choices(["y"], ["f"], controls, windows, {"nobody": []}))


@pytest.fixture(scope="module")
def gaps() -> pd.DataFrame:
    frame = panel()
    frame.loc[(slice(None), 2013), "c1"] = np.nan
    frame.loc[("113000", [2011, 2015]), "f"] = np.nan
    frame.loc[(slice(None), [2010, 2011, 2012]), "c3"] = np.nan
    frame.loc[("115000", [y for y in range(2010, 2019) if y != 2015]), "c2"] = np.nan
    return frame


@pytest.fixture(scope="module")
def choices() -> Choices:
    return Choices(
        outcomes=["y", "z"],
        focal=["f"],
        controls={"one": ["c1", "c2"], "three": ["c3"]},
        windows=[(2010, 2018), (2012, 2017), (2010, 2012)],
        exclusions={"nobody": [], "the one with gaps": ["113000"]},
    )


@pytest.fixture(scope="module")
def curve(gaps, choices):
    filled = gaps.groupby(level=0).transform(lambda s: s.interpolate(limit_area="inside"))
    return run_curve({"none": gaps, "linear": filled}, choices)


def test_every_specification_is_listed_once(curve, choices) -> None:
    parts = [curve.estimates, curve.infeasible, curve.duplicates]
    labels = pd.concat([p[CHOICES] for p in parts])
    # windows that come down to the same years are one specification
    assert len(labels) <= 2 * 1 * (3 * 2) * 3 * 2 * 2
    assert not labels.duplicated().any()


def whole(data: pd.DataFrame) -> pd.DataFrame:
    """Rows that are not alone in their province or year, found repeatedly."""
    while True:
        alone = [data.groupby(level=i)["f"].transform("size") == 1 for i in (0, 1)]
        if not (alone[0] | alone[1]).any():
            return data
        data = data[~(alone[0] | alone[1])]


def years_of(window: str) -> list[int]:
    first, _, rest = window.partition("-")
    last, _, gone = rest.partition(" without ")
    out = set(map(int, gone.split(", "))) if gone else set()
    return [y for y in range(int(first), int(last) + 1) if y not in out]


def test_a_window_is_named_after_the_years_that_it_has(curve) -> None:
    windows = set(curve.estimates["window"])
    assert {"2010-2018", "2010-2018 without 2013", "2013-2018"} <= windows
    for row in curve.estimates.itertuples():
        years = years_of(row.window)
        assert (row.first_year, row.last_year) == (years[0], years[-1])


def test_a_year_that_one_province_has_adds_no_specification() -> None:
    frame = panel()
    frame.loc[(slice("111000", None), 2018), "c1"] = np.nan  # one province remains in 2018
    got = small(frame, windows=[(2010, 2017), (2010, 2018)], c=["c1"])
    with_c1 = got.estimates[got.estimates["controls"].map(lambda c: c == ("c1",))]
    assert with_c1["window"].tolist() == ["2010-2017"]


def test_few_provinces_and_few_degrees_of_freedom_are_not_in_the_curve() -> None:
    frame = panel(n=12, t=9)
    asked = Choices(
        ["y"], ["f"], {"c": ["c1"]}, [(2010, 2018), (2016, 2017)],
        {"nobody": [], "three": ["110000", "111000", "112000"]}, min_clusters=10, min_df=10,
    )  # fmt: skip
    got = run_curve({"none": frame}, asked)
    assert set(got.estimates["exclusion"]) == {"nobody"}
    reasons = got.infeasible.set_index(["window", "exclusion"])["reason"]
    assert "10 units, 2 years are needed" in reasons.loc[("2010-2018", "three")].iloc[0]
    assert got.estimates["n_clusters"].min() == 12
    short = got.infeasible.query("window == '2016-2017' and exclusion == 'nobody'")
    assert short["reason"].str.contains("10 residual degrees").all() and len(short)


def test_estimates_equal_single_regressions_on_unbalanced_samples(curve, gaps, choices) -> None:
    filled = gaps.groupby(level=0).transform(lambda s: s.interpolate(limit_area="inside"))
    frames = {"none": gaps, "linear": filled}
    for row in curve.estimates.iloc[::5].itertuples():
        inside = years_of(row.window)
        names = ["f", *row.controls]
        frame = frames[row.interpolation]
        frame = frame[frame.index.get_level_values(1).isin(inside)]
        codes = frame.index.get_level_values(0)
        data = frame[~codes.isin(choices.exclusions[row.exclusion])][[row.outcome, *names]].dropna()
        data = whole(data)
        fit = two_way(data[row.outcome], data[names], **CLUSTERED)
        assert abs(row.estimate - fit.params["f"]) < 1e-10 * fit.std_errors["f"]
        np.testing.assert_allclose(row.std_error, fit.std_errors["f"], rtol=1e-10)
        np.testing.assert_allclose(row.p_value, fit.p_values["f"], rtol=1e-8)
        np.testing.assert_allclose(
            [row.ci_low, row.ci_high], fit.conf_int(0.95).loc["f"], rtol=1e-8, atol=1e-12
        )
        assert row.n_obs == len(data)
        size, years = data.groupby(level=0).size(), data.index.get_level_values(1)
        assert row.n_clusters == len(size)
        assert (row.first_year, row.last_year) == (years.min(), years.max())
        assert sorted(set(years)) == inside


def test_infeasible_names_the_series_without_figures(curve) -> None:
    lost = curve.infeasible[curve.infeasible["window"] == "2010-2012"]
    assert lost["controls"].map(lambda c: "c3" in c).all()
    assert lost["reason"].str.contains("no value inside the window for c3").all()


def test_duplicates_use_the_same_cells_as_what_they_point_to(curve) -> None:
    assert len(curve.duplicates)
    for row in curve.duplicates.itertuples():
        kept = curve.estimates.loc[row.same_as]
        assert (kept["outcome"], kept["controls"]) == (row.outcome, row.controls)
    distinct = curve.estimates[["outcome", "estimate", "std_error", "n_obs"]].round(14)
    assert not distinct.duplicated().any()


def test_absorbed_and_collinear_regressors_are_infeasible_not_numbers() -> None:
    frame = panel()
    frame["fixed"] = frame.groupby(level=0)["f"].transform("mean")
    frame["copy"], frame["level"] = 2 * frame["f"], 7.3
    got = small(frame, a=["fixed", "level"], b=["copy"])
    assert len(got.estimates) == 1
    reasons = dict(zip(got.infeasible["controls"], got.infeasible["reason"], strict=True))
    assert "fixed does not vary" in reasons["fixed",]
    assert "level does not vary" in reasons["level",]
    assert "collinear" in reasons["copy",]


def test_a_control_that_moves_by_a_millionth_of_its_level_is_not_absorbed() -> None:
    frame = panel()
    slow = 1e3 * frame.groupby(level=0)["f"].transform("mean")
    frame["slow"] = slow + 1e-3 * frame["c1"]
    row = next(
        r for _, r in small(frame, a=["slow"]).estimates.iterrows() if r["controls"] == ("slow",)
    )
    fit = two_way(frame["y"], frame[["f", "c1"]], **CLUSTERED)
    np.testing.assert_allclose(row["estimate"], fit.params["f"], rtol=1e-6)
    np.testing.assert_allclose(row["std_error"], fit.std_errors["f"], rtol=1e-6)


def test_every_estimate_has_the_bootstrap_of_its_own_regression(curve, gaps, choices) -> None:
    """The same draws give the p-value and interval of the regression's own bootstrap."""
    found = wild_inference(curve, draws=199, seed=5, level=0.05)
    weights = np.random.default_rng(5).choice([-1.0, 1.0], (len(curve.units), 199))
    for row in found[found["interpolation"] == "none"].iloc[::7].itertuples():
        names = ["f", *row.controls]
        data = gaps[gaps.index.get_level_values(1).isin(years_of(row.window))]
        data = data[~data.index.get_level_values(0).isin(choices.exclusions[row.exclusion])]
        data = whole(data[[row.outcome, *names]].dropna())
        effects = two_way_effects(*row_codes(data.index))
        fit = fit_within(effects, data[row.outcome].to_numpy(), data[names].to_numpy())
        there = np.isin(curve.units, data.index.get_level_values(0))
        draws = WildDraws(weights[there].T.copy(), False, most=199)
        alone = wild_test(fit, effects.unit, 0, draws)
        assert row.p_value == pytest.approx(alone.p_value(), abs=1e-12)
        assert (row.ci_low, row.ci_high) == pytest.approx(alone.interval(0.95), abs=1e-6)


def test_ranks_are_p_values_among_all_draws() -> None:
    t = np.array([[1.0, -3.0, 2.0, 3.0]])
    assert rank_p_values(t).tolist() == [[1.0, 0.5, 0.75, 0.5]]


def test_few_clusters_give_an_estimate_without_a_p_value() -> None:
    got = small(panel(n=5))
    row = got.estimates.iloc[0]
    assert np.isfinite(row["estimate"]) and np.isfinite(row["std_error"])
    assert np.isnan(row["p_value"]) and np.isnan(row["ci_low"])
    with refuses(Infeasible, Code.SAMPLE_CLUSTERS):
        joint_test(got, draws=99, seed=1, level=0.05)


def test_an_exclusion_of_provinces_that_are_not_there_is_named(choices) -> None:
    wrong = replace(choices, exclusions={"x": ["999999"]})
    with refuses(InvalidData, Code.SPEC_SAMPLE):
        run_curve({"none": panel()}, wrong)


def test_no_degree_of_freedom_is_infeasible_and_one_is_enough() -> None:
    # three provinces over two years: six rows less 3 + 2 - 1 effects leave two for slopes
    got = small(panel(n=3, t=2), [(2010, 2011)], c=["c1"])
    assert got.estimates["controls"].to_list() == [()]
    assert got.infeasible["controls"].to_list() == [("c1",)]
    assert "6 rows for 2 slopes and 4 effects" in got.infeasible["reason"].iloc[0]


def test_nothing_to_estimate_is_an_error() -> None:
    with refuses(Infeasible, Code.TABLE_NO_MODEL):
        small(panel(), [(1990, 1995)])


def test_unit_weights_give_the_observed_curve_back(curve) -> None:
    # with every weight one, the data of the null world are the observed data
    ones = np.ones((len(curve.units), 1))
    estimates, errors = null_draws(curve, range(len(curve.samples)), ones)
    np.testing.assert_allclose(estimates[:, 0], curve.estimates["estimate"], rtol=1e-9)
    np.testing.assert_allclose(errors[:, 0], curve.estimates["std_error"], rtol=1e-9)


def test_joint_test_equals_a_brute_force_bootstrap(gaps) -> None:
    frame = whole(gaps[["f", "c2", "y"]].dropna())
    curve = small(frame, c=["c2"])
    provinces = pd.factorize(frame.index.get_level_values(0), sort=True)[0]
    weights = np.random.default_rng(7).choice([-1.0, 1.0], (provinces.max() + 1, 99))
    b, t = np.empty((2, 99)), np.empty((2, 99))
    for s, names in enumerate([["f"], ["f", "c2"]]):
        x = frame[names].to_numpy()
        residual = net_of(frame["y"], x[:, 1:])
        for draw in range(99):
            drawn = residual * weights[provinces, draw]
            b[s, draw], error = _ols(drawn, x, dummies(frame.index), provinces)
            t[s, draw] = b[s, draw] / error
    observed = curve.estimates
    got = joint_test(curve, draws=99, seed=7, level=0.05).set_index("statistic")
    for name, null, seen in (
        ("median", np.median(b, axis=0), observed["estimate"].median()),
        ("mean_t", t.mean(axis=0), observed["t"].mean()),
    ):
        np.testing.assert_allclose(got.loc[name, "null_95"], np.quantile(np.abs(null), 0.95))
        larger = (np.abs(null) >= abs(seen) * (1 - 1e-12)).sum()
        assert got.loc[name, "p_value"] == (1 + larger) / 100


def _ols(y, x, effects, provinces) -> tuple[float, float]:
    """First slope and its CR1 error (reghdfe) from the regression with all dummies."""
    design = np.column_stack([x, effects])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    bread = np.linalg.pinv(design.T @ design)
    groups = provinces.max() + 1
    scores = np.zeros((groups, design.shape[1]))
    np.add.at(scores, provinces, design * (y - design @ beta)[:, None])
    n, k, years = len(y), x.shape[1], 9
    factor = groups / (groups - 1) * (n - 1) / (n - k - years)
    return beta[0], np.sqrt(factor * ((scores @ bread)[:, 0] ** 2).sum())


@pytest.mark.slow
def test_joint_test_keeps_its_size_and_finds_an_effect() -> None:

    def p_values(seed: int, slope: float, draws: int) -> pd.Series:
        frame, windows = panel(seed, slope=slope), [(2010, 2018), (2012, 2018)]
        found = joint_test(
            small(frame, windows, a=["c1"], b=["c2"]), draws=draws, seed=seed, level=0.05
        )
        return found.set_index("statistic")["p_value"]

    rejected = [p_values(s, 0.0, 99) <= 0.05 for s in range(100)]
    # 100 replications at 5 %: three binomial standard errors are 6.5 points
    assert (np.mean(rejected, axis=0) < 0.115).all()
    # the share takes four values over four specifications and ties count, so it is coarser
    p = p_values(3, 0.8, 199)
    assert p["median"] == p["mean_t"] == 1 / 200 and p["share_significant"] < 0.05


def test_a_share_of_nothing_is_tied_by_every_draw() -> None:
    # no estimate is significant at this level, and no draw can have a smaller share than none
    curve = small(panel(slope=0.0), a=["c1"])
    got = joint_test(curve, draws=99, seed=1, level=1e-9).set_index("statistic")
    assert got.loc["share_significant", "observed"] == 0
    assert got.loc["share_significant", "p_value"] == 1


def test_picture_shows_every_estimate_and_choice(curve) -> None:
    figure = draw_curve(curve, "y", title="slope of f")
    upper, lower = figure.axes
    expected = (curve.estimates["outcome"] == "y").sum()
    shown = sum(len(points.get_offsets()) for points in upper.collections)
    assert shown == expected
    labels = [tick.get_text() for tick in lower.get_yticklabels()]
    assert "window: 2012-2017" in labels and "control: c3" in labels


def test_one_interval_out_of_all_proportion_does_not_hide_the_others(curve) -> None:
    estimates = curve.estimates.copy()
    estimates.loc[estimates.index[estimates["outcome"] == "y"][0], "ci_high"] = 1e6
    upper = draw_curve(replace(curve, estimates=estimates), "y", title="").axes[0]
    assert upper.get_ylim()[1] < 10 and "of their intervals are cut off" in upper.get_title()


def test_legend_of_the_picture_says_how_many_are_significant() -> None:
    got = small(panel(slope=0.15), [(2010, 2018), (2014, 2015)], a=["c1"], b=["c2"])
    share = (got.estimates["p_value"] < 0.05).mean()
    assert 0 < share < 1
    legend = draw_curve(got, "y", title="").axes[0].get_legend()
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == [f"p >= .05: {1 - share:.0%}", f"p < .05: {share:.0%}"]
