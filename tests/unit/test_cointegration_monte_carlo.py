"""Moments, sizes, power and coverage: simulated again and held against what is printed or stored.

Kao, Pedroni, Westerlund and the combined Lc have no printed oracle; these and the R scripts are
their tests. Tolerances are four Monte Carlo standard errors of both sides.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.estimation.panel_tests.cointegration import (
    STATISTICS,
    _lc_statistics,
    _moments,
    _null_draws,
    _null_of,
    _upper_p,
)
from living_panel.estimation.panel_tests.critical_values.rates import in_words, size_table
from living_panel.estimation.panel_tests.critical_values.tables import lower_tail_p
from living_panel.estimation.panel_tests.dependence import pesaran_cd
from tests.unit.time_series_fixture import cointegrated
from tools.simulate import CRITICAL_VALUES, long_run_sizes
from tools.simulate import pedroni_moments as simulated

WINDOW = (29, 13, 2)
PEDRONI = STATISTICS["pedroni"]
KEYS = ["test", "statistic", "options", "trend", "design", "measure"]


FRESH = {
    "coverage": (WINDOW, lambda: long_run_sizes.coverage(WINDOW, "c", 400)),
    "no cointegration, c": (WINDOW, lambda: long_run_sizes.no_cointegration(WINDOW, "c", 200)),
    "no cointegration, ct": (WINDOW, lambda: long_run_sizes.no_cointegration(WINDOW, "ct", 200)),
    "stability": (WINDOW, lambda: long_run_sizes.stability(WINDOW, "c", 60)),
    "dependence": ((29, 13, 1), lambda: long_run_sizes.dependence((29, 13, 1), 300)),
}


@pytest.mark.slow
@pytest.mark.parametrize("study", list(FRESH))
def test_stored_rates_are_what_the_code_gives(study: str) -> None:
    window, simulate = FRESH[study]
    stored = pd.read_csv(CRITICAL_VALUES / "long_run_sizes.csv")
    here = ["n_units", "n_periods", "regressors"]
    stored = stored[(stored[here] == list(window)).all(axis=1)].set_index(KEYS)
    fresh = pd.DataFrame(simulate())
    for row in fresh.itertuples():
        kept = stored.loc[tuple(getattr(row, key) for key in KEYS)]
        p = kept.rate
        error = np.sqrt((p * (1 - p) + 1e-3) * (1 / row.draws + 1 / kept.draws))
        assert abs(row.rate - p) < 4 * error, (row, p)
    # one lead and one lag are refused at this window
    assert not fresh["options"].str.contains("leads=1").any()


@pytest.mark.slow
def test_long_panels_bring_pooled_intervals_near_nominal() -> None:
    rows = pd.DataFrame(long_run_sizes.coverage((10, 300, 1), "c", 400))
    clean = rows[(rows["design"] == "white noise, exogenous") & (rows["statistic"] == "pooled")]
    assert len(clean) > 3
    assert (clean["rate"] > 0.90).all(), clean


@pytest.mark.slow
def test_long_panels_bring_tests_of_no_cointegration_near_nominal() -> None:
    rows = pd.DataFrame(long_run_sizes.no_cointegration((15, 250, 1), "c", 240))
    table = rows[rows["design"] == "independent units"].set_index(["test", "statistic", "options"])
    assert (table["rate"] < 0.16).all(), table["rate"]
    power = rows[rows["measure"] == "power"]
    assert (power["rate"] > 0.99).all()


@pytest.mark.parametrize(
    ("regressors", "trend"), [(1, "c"), (2, "c"), (2, "ct"), (4, "c"), (7, "ct")]
)
def test_pedronis_moments_belong_to_that_number_of_regressors(regressors: int, trend: str) -> None:
    """R's pco reads them one regressor late: its first row is this table's second."""
    printed = _moments("pedroni", regressors, trend)
    again = simulated.simulate(regressors, trend, draws=4_000, steps=400, seed=3)
    again = again.loc[printed.index]
    np.testing.assert_allclose(again["mean"], printed["mean"], rtol=0.05)
    np.testing.assert_allclose(again["variance"], printed["variance"], rtol=0.20)
    if regressors < 7:
        late = _moments("pedroni", regressors + 1, trend)["mean"]
        gap = np.abs(again["mean"] / late - 1)
        assert (gap > 0.05).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("regressors", "printed"), [(1, 0.564), (2, 0.692), (3, 0.833), (4, 0.958)]
)
def test_lc_of_long_series_has_the_known_five_percent_points(
    regressors: int, printed: float
) -> None:
    """Hansen (1992), Table 3: the limit, reached here by series of 600 periods."""
    rng, parts = np.random.default_rng(19), []
    for _ in range(20):
        u = rng.standard_normal((400, 600))
        x = np.cumsum(rng.standard_normal((400, 600, regressors)), axis=-2)
        parts.append(_lc_statistics(u, x, trend="c", bandwidth=0))
    draws = np.concatenate(parts)
    value = np.quantile(draws, 0.95)
    density = 0.02 / (np.quantile(draws, 0.96) - np.quantile(draws, 0.94))
    error = np.sqrt(0.05 * 0.95 / draws.size) / density
    # the printed points are simulated too, from no more draws than ours
    assert abs(value - printed) < 3 * np.sqrt(2) * error


def test_finite_sample_lc_has_its_size_and_the_combination_too() -> None:
    rng = np.random.default_rng(11)
    unit, combined = [], []
    for _ in range(60):
        x = np.cumsum(rng.standard_normal((16, 10)), axis=0)
        y = pd.DataFrame(x + rng.standard_normal((16, 10)))
        got = cointegrated("hansen_lc", y, {"x": pd.DataFrame(x)}, bandwidth=2)
        unit.append((got.units["p_value"] <= 0.10).mean())
        combined.append(got.p_value)
    assert 0.06 < np.mean(unit) < 0.14
    assert np.mean(np.array(combined) <= 0.2) < 0.4
    assert np.mean(np.array(combined) <= 0.8) > 0.6


def test_p_values_of_draws_count_ties_and_the_panel_itself() -> None:
    null, seen = np.array([1.0, 2.0, 2.0, 3.0]), np.array([0.0, 2.0, 4.0])
    assert _upper_p(null, seen).tolist() == [1.0, 0.8, 0.2]
    assert lower_tail_p(null[:, None], seen).tolist() == [0.2, 0.8, 1.0]


@pytest.mark.parametrize("demean", [False, True])
def test_nulls_are_demeaned_by_period_where_the_data_were(demean: bool) -> None:
    for means in (lambda y, x: y.mean(axis=1), lambda y, x: x.mean(axis=1)):
        found = _null_of(means, 3, 5, 2, demean)
        assert len(found) == 2000
        assert np.allclose(found, 0, atol=1e-12) == demean


def walks(rng: np.random.Generator, periods: int = 13, n: int = 29) -> pd.DataFrame:
    return pd.DataFrame(np.cumsum(rng.standard_normal((periods, n)), axis=0))


def test_statistics_are_standardised_by_their_own_moments_and_panel_v_rejects_on_the_right() -> (
    None
):
    rng = np.random.default_rng(6)
    y, x = walks(rng, 20, 9), {"a": walks(rng, 20, 9), "b": walks(rng, 20, 9)}
    how = {"trend": "c", "lags": 0, "bandwidth": 2}
    seven = cointegrated("pedroni", y, x, **how)
    four = cointegrated("westerlund", y, x, **how)
    of = {name: name.replace("_pp", "_t").replace("_adf", "_t") for name in PEDRONI}
    for found, table, names in (
        (seven, _moments("pedroni", 2, "c"), of),
        (four, _moments("westerlund", 2, "c"), {name: name for name in four.raw.index}),
    ):
        for name, of_moments in names.items():
            mean, variance = table.loc[of_moments]
            # Westerlund's p_tau grows with the root of N, his others are means or rates
            scale = 3 if found is four and name != "p_tau" else 1
            z = (scale * found.raw[name] - 3 * mean) / np.sqrt(variance)
            assert found.statistics[name] == pytest.approx(z)
            tail = stats.norm.sf if name == "panel_v" else stats.norm.cdf
            assert found.p_values[name] == pytest.approx(tail(z))


def test_finite_sample_p_values_restore_pedronis_size() -> None:
    rng = np.random.default_rng(5)
    panels = [(walks(rng), {"a": walks(rng), "b": walks(rng)}) for _ in range(12)]
    wrong, right = (
        (
            pd.DataFrame(
                [
                    cointegrated("pedroni", *p, lags=0, bandwidth=2, finite_sample=own).p_values
                    for p in panels
                ]
            )
            <= 0.05
        ).mean()
        for own in (False, True)
    )
    assert wrong["panel_pp"] > 0.4 and wrong["group_pp"] > 0.4
    assert (right[list(PEDRONI)] <= 0.34).all()


def test_westerlunds_bootstrap_sees_error_correction_and_a_common_factor() -> None:
    rng = np.random.default_rng(8)
    options = {"lags": 0, "bandwidth": 2, "draws": 199, "finite_sample": True}
    x = walks(rng)
    error = pd.DataFrame(rng.standard_normal((13, 29)))
    tied = cointegrated("westerlund", x + error, {"x": x}, **options).p_values
    assert (tied <= 0.05).all()
    shock = np.cumsum(rng.standard_normal((13, 1)), axis=0)
    loose = [
        cointegrated("westerlund", walks(rng) + shock, {"x": walks(rng)}, **options).p_values
        for _ in range(10)
    ]
    assert (pd.DataFrame(loose) <= 0.05).mean().max() <= 0.4
    again = cointegrated("westerlund", x + error, {"x": x}, **options).p_values
    pd.testing.assert_series_equal(tied, again)


def test_westerlunds_bootstrap_makes_as_many_panels_as_asked_for() -> None:
    """Each p-value is one of 1/151, .., 151/151: the sample's own statistic and 150 draws."""
    rng = np.random.default_rng(5)
    y, x = (walks(rng, 20, 4).to_numpy().T for _ in range(2))
    options = {"trend": "c", "lags": 0, "leads": 0, "bandwidth": 2}
    null = _null_draws(y, x[..., None], 150, np.random.default_rng(3), **options)
    assert null.shape == (150, 4)
    frames = pd.DataFrame(y.T), {"x": pd.DataFrame(x.T)}
    got = cointegrated("westerlund", *frames, **options, draws=150, seed=3, finite_sample=True)
    # standardising is increasing, so that raw statistics can be counted
    expected = (1 + (null <= got.raw.to_numpy()).sum(axis=0)) / 151
    np.testing.assert_allclose(got.p_values, expected, rtol=1e-12)
    # a drift of x goes with the constant of the regression and the mean of the steps
    drifting = x[..., None] + 0.7 * np.arange(20)[:, None]
    again = _null_draws(y, drifting, 150, np.random.default_rng(3), **options)
    np.testing.assert_allclose(again, null, rtol=1e-6)


def test_westerlunds_bootstrap_draws_years_jointly_for_all_units() -> None:
    """Copies of one unit add no information: every bootstrap p-value is the unit's own."""
    rng = np.random.default_rng(4)
    y, x = walks(rng, 25, 1), walks(rng, 25, 1)
    options = {"bandwidth": 2, "draws": 199, "seed": 2, "finite_sample": True}
    one = cointegrated("westerlund", y, {"x": x}, **options).p_values
    many = [pd.concat([f] * 5, axis=1, keys=range(5)).droplevel(1, axis=1) for f in (y, x)]
    five = cointegrated("westerlund", many[0], {"x": many[1]}, **options).p_values
    np.testing.assert_allclose(five, one, atol=1e-12)
    assert 0.02 < one["g_tau"] < 1


# Stata's xtwest with its `westerlund` option, as rebuilt in the Python package westerlund 0.1.2.
@pytest.mark.parametrize(
    ("lags", "expected"),
    [
        (0, (-3.361931653195768, -12.50190834538604, -7.164811662108601, -11.026107142406302)),
        (1, (-2.9690215734291683, -12.495741819875866, -5.973440883370872, -9.904894768638615)),
    ],
)
def test_westerlund_agrees_with_a_second_opinion(lags: int, expected: tuple[float, ...]) -> None:
    path = CRITICAL_VALUES.parents[2] / "tests/reference/cointegration/panels.csv"
    data = pd.read_csv(path).query("panel == 1")
    y, x = (data.pivot(index="period", columns="unit", values=v) for v in ("y", "x1"))
    got = cointegrated("westerlund", y, {"x1": x}, lags=lags, bandwidth=2)
    np.testing.assert_allclose(got.raw, expected, rtol=1e-10)


def test_cd_after_two_way_effects_is_about_minus_the_root_of_half_t() -> None:
    rng = np.random.default_rng(2)
    e = rng.standard_normal((40, 60))
    e = e - e.mean(axis=0)
    e = pd.DataFrame(e - e.mean(axis=1, keepdims=True))
    assert pesaran_cd(e).statistic == pytest.approx(-np.sqrt(20), abs=0.3)
    assert abs(pesaran_cd(e, weighted=True).statistic) < 3


def test_sizes_are_looked_up_by_window_and_said_in_words() -> None:
    where = {"n_units": 29, "n_periods": 13}
    table = size_table("pedroni", **where, regressors=2, trend="c", measure="size")
    assert set(table["statistic"]) == set(PEDRONI)
    rate = size_table(
        "pedroni",
        options="lags=0,bandwidth=2",
        **where,
        regressors=2,
        trend="c",
        statistic="panel_pp",
        design="independent units",
    )["rate"].item()
    assert rate > 0.5
    assert "over twice nominal" in in_words(rate, "size")
    assert "too narrow" in in_words(0.75, "coverage")
    assert "too narrow" not in in_words(0.93, "coverage")
    assert "not simulated" in in_words(None, "size")
    assert size_table("kao", n_units=3, n_periods=13).empty
