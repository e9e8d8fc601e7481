"""The specification curve: equality with single regressions, bookkeeping, joint test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.regression import two_way
from estimation.econometrics.robustness.curve import (
    CHOICES,
    Choices,
    run_curve,
)
from estimation.econometrics.robustness.curve_joint import joint_test, null_draws
from estimation.tables.curve_picture import draw_curve
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


def test_every_specification_is_accounted_for_once(curve, choices) -> None:
    total = 2 * 1 * (3 * 2) * 3 * 2 * 2
    parts = [curve.estimates, curve.infeasible, curve.duplicates]
    labels = pd.concat([p[CHOICES] for p in parts])
    assert len(labels) == total
    assert not labels.duplicated().any()


def test_estimates_equal_single_regressions_on_unbalanced_samples(curve, gaps, choices) -> None:
    filled = gaps.groupby(level=0).transform(lambda s: s.interpolate(limit_area="inside"))
    frames = {"none": gaps, "linear": filled}
    alone = 0
    for row in curve.estimates.iloc[::5].itertuples():
        first, last = map(int, row.window.split("-"))
        names = ["f"] + ([] if row.controls == "none" else row.controls.split(" + "))
        frame = frames[row.interpolation].loc[(slice(None), slice(first, last)), :]
        codes = frame.index.get_level_values(0)
        data = frame[~codes.isin(choices.exclusions[row.exclusion])][[row.outcome, *names]].dropna()
        fit = two_way(data[row.outcome], data[names], **CLUSTERED)
        assert abs(row.estimate - fit.params["f"]) < 1e-10 * fit.std_errors["f"]
        np.testing.assert_allclose(row.std_error, fit.std_errors["f"], rtol=1e-10)
        np.testing.assert_allclose(row.p_value, fit.p_values["f"], rtol=1e-8)
        np.testing.assert_allclose(
            [row.ci_low, row.ci_high], fit.conf_int(0.95).loc["f"], rtol=1e-8, atol=1e-12
        )
        assert row.n_obs == len(data)
        size, years = data.groupby(level=0).size(), data.index.get_level_values(1)
        assert (row.n_clusters, row.n_singletons) == (len(size), (size == 1).sum())
        assert (row.first_year, row.last_year) == (years.min(), years.max())
        alone += row.n_singletons
    assert alone


def test_infeasible_names_the_series_without_figures(curve) -> None:
    lost = curve.infeasible[curve.infeasible["window"] == "2010-2012"]
    assert (lost["controls"].str.contains("c3")).all()
    assert lost["reason"].str.contains("no figure inside the window for c3").all()


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
    reasons = got.infeasible.set_index("controls")["reason"]
    assert "fixed does not vary" in reasons["fixed"]
    assert "level does not vary" in reasons["level"]
    assert "collinear" in reasons["copy"]


def test_a_control_that_moves_by_a_millionth_of_its_level_is_not_absorbed() -> None:
    frame = panel()
    slow = 1e3 * frame.groupby(level=0)["f"].transform("mean")
    frame["slow"] = slow + 1e-3 * frame["c1"]
    row = small(frame, a=["slow"]).estimates.set_index("controls").loc["slow"]
    fit = two_way(frame["y"], frame[["f", "c1"]], **CLUSTERED)
    np.testing.assert_allclose(row["estimate"], fit.params["f"], rtol=1e-6)
    np.testing.assert_allclose(row["std_error"], fit.std_errors["f"], rtol=1e-6)


@pytest.mark.parametrize("others", [0.0, 1.7])
def test_a_slope_that_one_province_identifies_has_no_jackknife_error(others: float) -> None:
    frame = panel()
    alone = frame.index.get_level_values(0) == "113000"
    frame["f"] = frame["f"].where(alone, others)
    row = small(frame).estimates.iloc[0]
    assert np.isfinite(row["std_error"]) and np.isnan(row["std_error_cr3"])


def test_few_clusters_give_an_estimate_without_a_p_value() -> None:
    got = small(panel(n=5))
    row = got.estimates.iloc[0]
    assert np.isfinite(row["estimate"]) and np.isfinite(row["std_error"])
    assert np.isnan(row["p_value"]) and np.isnan(row["ci_low"])
    with pytest.raises(Infeasible, match="six clusters"):
        joint_test(got, draws=99, seed=1, level=0.05)


def test_an_exclusion_of_provinces_that_are_not_there_is_named(choices) -> None:
    wrong = replace(choices, exclusions={"x": ["999999"]})
    with pytest.raises(InvalidData, match="999999"):
        run_curve({"none": panel()}, wrong)


def test_no_degree_of_freedom_is_infeasible_and_one_is_enough() -> None:
    # three provinces over two years: six rows less 3 + 2 - 1 effects leave two for slopes
    got = small(panel(n=3, t=2), [(2010, 2011)], c=["c1"])
    assert got.estimates["controls"].to_list() == ["none"]
    assert got.infeasible["controls"].to_list() == ["c1"]
    assert "6 rows for 2 slopes and 4 effects" in got.infeasible["reason"].iloc[0]


def test_nothing_to_estimate_is_an_error() -> None:
    with pytest.raises(Infeasible, match="no year in the data"):
        small(panel(), [(1990, 1995)])


def test_unit_weights_give_the_observed_curve_back(curve) -> None:
    # with every weight one, the data of the null world are the observed data
    ones = np.ones((len(curve.provinces), 1))
    estimates, errors = null_draws(curve, range(len(curve.samples)), ones)
    np.testing.assert_allclose(estimates[:, 0], curve.estimates["estimate"], rtol=1e-9)
    np.testing.assert_allclose(errors[:, 0], curve.estimates["std_error"], rtol=1e-9)


def test_joint_test_equals_a_brute_force_bootstrap(gaps) -> None:
    frame = gaps[["f", "c2", "y"]].dropna()
    curve = small(frame, c=["c2"])
    provinces = pd.factorize(frame.index.get_level_values(0), sort=True)[0]
    weights = np.random.default_rng(7).choice([-1.0, 1.0], (12, 99))
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
    scores = np.zeros((12, design.shape[1]))
    np.add.at(scores, provinces, design * (y - design @ beta)[:, None])
    n, k, years = len(y), x.shape[1], 9
    factor = 12 / 11 * (n - 1) / (n - k - years)
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
    assert upper.get_ylim()[1] < 10 and "of their intervals run out" in upper.get_title()


def test_legend_of_the_picture_says_how_many_are_significant() -> None:
    got = small(panel(slope=0.15), [(2010, 2018), (2014, 2015)], a=["c1"], b=["c2"])
    share = (got.estimates["p_value"] < 0.05).mean()
    assert 0 < share < 1
    legend = draw_curve(got, "y", title="").axes[0].get_legend()
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == [f"p >= .05: {1 - share:.0%}", f"p < .05: {share:.0%}"]
