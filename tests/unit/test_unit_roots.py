"""Options, errors and hand-derivable relations of the panel unit-root tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.panel_tests import unit_roots
from tests.refusals import refuses
from tests.unit.time_series_fixture import random_walks as walks
from tests.unit.time_series_fixture import unit_root


def by_hand(y: np.ndarray, trend: str, lags: int) -> tuple[float, float, int, int]:
    """One ADF regression by ordinary least squares: t of the root, RSS, rows, parameters."""
    d = np.diff(y)
    rows = len(d) - lags
    x = [y[lags : len(y) - 1]] + [d[lags - j : len(d) - j] for j in range(1, lags + 1)]
    x.append(np.ones(rows))
    if trend == "ct":
        x.append(np.arange(rows, dtype=float))
    design = np.column_stack(x)
    beta, *_ = np.linalg.lstsq(design, d[lags:], rcond=None)
    rss = float(((d[lags:] - design @ beta) ** 2).sum())
    cov = rss / (rows - design.shape[1]) * np.linalg.inv(design.T @ design)
    return beta[0] / np.sqrt(cov[0, 0]), rss, rows, design.shape[1]


@pytest.mark.parametrize(
    ("trend", "bias", "variance"),
    [("c", -3 / 11, 4551 / 59895), ("ct", -15 / 24, 197505 / 1548288)],
)
def test_ht_is_the_pooled_root_with_the_theorems_moments_at_ten_periods(trend, bias, variance):
    """The theorems' fractions worked out at T = 10."""
    y = walks(10, 8).to_numpy()
    line = np.vander(np.arange(9.0), len(trend))
    lagged, current = (
        part - line @ np.linalg.lstsq(line, part, rcond=None)[0] for part in (y[:-1], y[1:])
    )
    rho = (lagged * current).sum() / (lagged**2).sum()
    z = np.sqrt(8) * (rho - 1 - bias) / np.sqrt(variance)
    assert unit_root("ht", walks(10, 8), trend=trend).statistic == pytest.approx(z, rel=1e-9)


def test_llc_by_hand_without_lags_and_with_the_plain_variance_of_the_differences():
    """Bandwidth 0, which plm cannot compute; Table 2 at T~ = 40."""
    y = walks(41, 6)
    d, level = y.diff().dropna(), y.iloc[:-1].set_axis(y.index[1:])
    d, level = d - d.mean(), level - level.mean()
    s = np.sqrt(pd.Series({u: by_hand(y[u].to_numpy(), "c", 0)[1] / 40 for u in y}))
    e, v = (d / s).to_numpy().ravel(), (level / s).to_numpy().ravel()
    delta = (v @ e) / (v @ v)
    variance = ((e - delta * v) ** 2).mean()
    se = np.sqrt(variance / (v @ v))
    ratio = (d.std(ddof=0) / s).mean()
    expected = (delta / se - 240 * ratio * se * -0.537 / variance) / 0.850
    found = unit_root("llc", y, lags=0, bandwidth=0)
    assert found.statistic == pytest.approx(expected, rel=1e-9)


def test_demeaning_equals_demeaned_data():
    y = walks()
    centred = y.sub(y.mean(axis=1), axis=0)
    for test in ("llc", "ht", "ips", "fisher"):
        assert unit_root(test, y, demean=True).statistic == pytest.approx(
            unit_root(test, centred).statistic
        )


def test_cips_without_lags_and_its_truncation():
    y = walks(20, 12, seed=3)
    result = unit_root("cips", y, lags=0)
    mean = y.mean(axis=1).to_numpy()
    ratios = []
    for unit in y:
        v = y[unit].to_numpy()
        x = np.column_stack([v[:-1], np.ones(19), mean[:-1], np.diff(mean)])
        beta, *_ = np.linalg.lstsq(x, np.diff(v), rcond=None)
        s2 = ((np.diff(v) - x @ beta) ** 2).sum() / (19 - 4)
        ratios.append(beta[0] / np.sqrt(s2 * np.linalg.inv(x.T @ x)[0, 0]))
    np.testing.assert_allclose(result.units["statistic"][list(y)], ratios, rtol=1e-8)
    assert result.statistic == pytest.approx(np.clip(ratios, -6.19, 2.61).mean())


@pytest.mark.parametrize(("trend", "low", "high"), [("c", -6.19, 2.61), ("ct", -6.42, 1.70)])
def test_cips_truncates_at_pesarans_printed_bounds(trend, low, high):
    """Pesaran (2007), section 5.1; noise lies below the lower bound, explosion above the other."""
    calm = walks(90, 6, rho=0.0)
    growing = walks(90, 6, seed=2, rho=1.1).add_prefix("growing ")
    result = unit_root("cips", pd.concat([calm, growing], axis=1), trend=trend, lags=0)
    t = result.units["statistic"]
    assert t.min() < low and t.max() > high
    assert result.statistic == pytest.approx(t.clip(low, high).mean(), rel=1e-12)


def test_cips_takes_three_units_and_no_fewer():
    assert len(unit_root("cips", walks(20, 3), lags=0).units) == 3
    with refuses(Infeasible, Code.SAMPLE_SMALL, n=2):
        unit_root("cips", walks(20, 2), lags=0)


def test_cips_says_where_the_printed_table_ends():
    calm = unit_root("cips", walks(30, 12, seed=5))
    assert calm.bound == ">" and calm.p_value == 0.10
    sure = unit_root("cips", walks(30, 12, seed=5, rho=0.0), lags=0)
    assert sure.bound == "<" and sure.p_value == 0.01
    printed = np.array([-2.5, -2.3, -2.1])
    for statistic, told in (
        (-2.51, (0.01, "<")), (-2.5, (0.01, "=")), (-2.4, (0.03, "=")), (-2.1, (0.1, "=")),
        (-2.09, (0.1, ">")),
    ):  # fmt: skip
        p, bound = unit_roots._table_p(statistic, printed)
        assert (pytest.approx(p), bound) == told
    short = unit_root("cips", walks(9, 12), lags=0)
    assert np.isnan(short.p_value) and short.bound == "none"


@pytest.mark.parametrize(
    ("lags", "message"),
    [(0, Code.OUTCOME_EXPLAINED), (1, Code.COLLINEAR)],
)
def test_a_unit_that_grows_by_the_same_step_is_named(lags: int, message: Code):
    y = walks()
    y["p5"] = 0.25 * np.arange(len(y))
    with refuses(Infeasible, message):
        unit_root("ips", y, lags=lags)


def test_trend_at_nine_periods_with_a_lag_is_refused_with_the_counts():
    for test in ("llc", "ips", "fisher"):
        with refuses(Infeasible, Code.SAMPLE_SMALL, min_df=4, value=7, k=4, n=3, t=9):
            unit_root(test, walks(9), trend="ct")
    with refuses(Infeasible, Code.SAMPLE_SMALL, value=10, k=7, n=3, t=12):
        unit_root("cips", walks(12), trend="ct")
    assert np.isfinite(unit_root("ips", walks(9)).statistic)


@pytest.mark.parametrize(("trend", "shortest"), [("c", 7), ("ct", 8)])
def test_the_shortest_panel_leaves_four_degrees_of_freedom_and_one_period_less_three(
    trend, shortest
):
    """A difference costs a period; the root is a parameter, and so is every deterministic."""
    assert np.isfinite(unit_root("ht", walks(shortest), trend=trend).statistic)
    parameters = shortest - 5
    counts = f"{shortest - 2} usable transitions less {parameters} parameters leave 3 "
    with pytest.raises(Infeasible, match=counts):
        unit_root("ht", walks(shortest - 1), trend=trend)


def test_llc_needs_a_bandwidth_shorter_than_the_differences():
    assert np.isfinite(unit_root("llc", walks(7), lags=0, bandwidth=5).statistic)
    with refuses(Infeasible, Code.SAMPLE_SMALL, bandwidth=6, rows=6, largest=5):
        unit_root("llc", walks(7), lags=0, bandwidth=6)


def test_ips_refuses_lag_orders_its_table_does_not_have():
    with refuses(Infeasible, Code.SAMPLE_SMALL, lags=9):
        unit_root("ips", walks(60), lags=9)
    with refuses(Infeasible, Code.SAMPLE_SMALL, lags=6, first=25):
        unit_root("ips", walks(22), lags=6)


def test_moments_read_below_the_printed_tables_are_marked():
    for test, lags, first in (("llc", 1, 27), ("ips", 1, 10)):
        assert unit_root(test, walks(first - 1), lags=lags).notes == (unit_roots.MOMENTS_HELD,)
        assert unit_root(test, walks(first), lags=lags).notes == ()


def test_fisher_with_drift_takes_students_t_with_the_rows_less_the_parameters():
    y = walks(20) + 0.5 * np.arange(20)[:, None]
    result = unit_roots.fisher(y, trend="c", lags=1, drift=True, demean=False, finite_sample=False)
    p = []
    for unit in y:
        level = y[unit].to_numpy()
        steps = np.diff(level)
        x = np.column_stack([level[1:-1], steps[:-1], np.ones(18)])
        b, (rss,), *_ = np.linalg.lstsq(x, steps[1:], rcond=None)
        error = np.sqrt(rss / 15 * np.linalg.inv(x.T @ x)[0, 0])
        p.append(student.cdf(b[0] / error, 15))
    np.testing.assert_allclose(result.units["p_value"], p, rtol=1e-9)
    assert result.statistic == pytest.approx(-2 * np.log(p).sum())
    with refuses(Infeasible, Code.TEST_OPTIONS):
        unit_roots.fisher(y, trend="ct", lags=1, drift=True, demean=False, finite_sample=False)
