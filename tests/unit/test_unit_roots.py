"""Options, errors and hand-derivable relations of the panel unit-root tests."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, norm
from scipy.stats import t as student

from estimation.econometrics import unit_roots
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.unit_roots import (
    longest_window,
)
from estimation.econometrics.unit_roots.adf import adf_sums, choose_lags, default_max_lags


def walks(t: int = 20, n: int = 8, seed: int = 1, rho: float = 1.0) -> pd.DataFrame:
    shocks = np.random.default_rng(seed).standard_normal((t, n))
    y = shocks.copy()
    for row in range(1, t):
        y[row] += rho * y[row - 1]
    return pd.DataFrame(y, index=range(2000, 2000 + t), columns=[f"p{j}" for j in range(n)])


CALLS = {
    "llc": {"lags": 1, "bandwidth": 2},
    "ht": {"periods": "T"},
    "ips": {"lags": 1},
    "fisher": {"lags": 1},
    "cips": {"lags": 1},
}


def run(test: str, y: pd.DataFrame, **options) -> unit_roots.UnitRootResult:
    return getattr(unit_roots, test)(y, **({"trend": "c"} | CALLS[test] | options))


def by_hand(y: np.ndarray, trend: str, lags: int) -> tuple[float, float, float, int, int]:
    """One ADF regression by ordinary least squares: rho, its t, RSS, rows, parameters."""
    d = np.diff(y)
    rows = len(d) - lags
    x = [y[lags : len(y) - 1]] + [d[lags - j : len(d) - j] for j in range(1, lags + 1)]
    if trend != "n":
        x.append(np.ones(rows))
    if trend == "ct":
        x.append(np.arange(rows, dtype=float))
    design = np.column_stack(x)
    beta, *_ = np.linalg.lstsq(design, d[lags:], rcond=None)
    rss = float(((d[lags:] - design @ beta) ** 2).sum())
    cov = rss / (rows - design.shape[1]) * np.linalg.inv(design.T @ design)
    return beta[0], beta[0] / np.sqrt(cov[0, 0]), rss, rows, design.shape[1]


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("lags", [0, 1, 2])
def test_batched_regressions_equal_one_least_squares_per_unit(trend, lags):
    y = walks(25, 5).to_numpy() + 1000.0  # a level that would cost naive normal equations digits
    sums = adf_sums(y[:, None, :], trend, lags)
    for unit in range(5):
        rho, t, rss, rows, k = by_hand(y[:, unit], trend, lags)
        assert sums.rho[0, unit] == pytest.approx(rho, rel=1e-7)
        assert sums.t(True)[0, unit] == pytest.approx(t, rel=1e-7)
        assert sums.rss[0, unit] == pytest.approx(rss, rel=1e-9)
        assert (sums.n[0, unit], sums.k[0, unit]) == (rows, k)


@pytest.mark.parametrize("rule", ["aic", "bic", "t-stat"])
def test_lag_rules_per_unit_on_the_common_sample(rule):
    y = walks(30, 12, seed=4).to_numpy(copy=True)
    y[:, :6] += 0.8 * np.vstack([np.zeros((1, 6)), y[:-1, :6]])  # so that lags matter
    most = 4
    chosen = choose_lags(y[:, None, :], "c", rule, most)[0]
    for unit in range(12):
        series = y[:, unit]
        criteria, ratios = [], []
        for p in range(most + 1):
            d = np.diff(series)[most:]
            full = np.diff(series)
            x = [np.ones(len(d)), series[most : len(series) - 1]]
            x += [full[most - j : len(full) - j] for j in range(1, p + 1)]
            design = np.column_stack(x)
            beta, *_ = np.linalg.lstsq(design, d, rcond=None)
            rss = ((d - design @ beta) ** 2).sum()
            n, k = design.shape
            penalty = 2 if rule == "aic" else np.log(n)
            criteria.append(np.log(rss / n) + k * penalty / n)
            variance = rss / (n - k) * np.linalg.inv(design.T @ design)
            ratios.append(abs(beta[-1]) / np.sqrt(variance[-1, -1]))
        if rule == "t-stat":
            expected = max([p for p in range(1, most + 1) if ratios[p] >= 1.96], default=0)
        else:
            expected = int(np.argmin(criteria))
        assert chosen[unit] == expected
    assert len(set(chosen.tolist())) > 1


def test_units_with_different_lags_are_each_regressed_with_their_own():
    y = walks(30, 12, seed=4)
    y.iloc[:, :6] += 0.8 * y.iloc[:, :6].shift(1, fill_value=0.0)
    result = run("fisher", y, lags="aic", max_lags=4)
    for unit in y.columns:
        _, t, *_ = by_hand(y[unit].to_numpy(), "c", int(result.lags[unit]))
        assert result.details["unit_t"][unit] == pytest.approx(t, rel=1e-8)


def test_default_most_lags_leaves_two_or_three_at_eighteen_years():
    assert default_max_lags(18) in (2, 3)
    assert default_max_lags(9) == 1
    assert default_max_lags(100) == 12


def test_fisher_combinations_follow_from_the_units_p_values():
    result = run("fisher", walks())
    p = result.details["unit_p"].to_numpy()
    d, n = result.details, len(p)
    assert result.statistic == d["P"] == pytest.approx(-2 * np.log(p).sum())
    assert result.p_value == d["P_p"] == pytest.approx(chi2.sf(d["P"], 2 * n))
    assert d["Z"] == pytest.approx(norm.ppf(p).sum() / np.sqrt(n))
    assert d["Pm"] == pytest.approx((d["P"] - 2 * n) / (2 * np.sqrt(n)))
    assert d["L_df"] == 5 * n + 4
    k = 3 * (5 * n + 4) / (np.pi**2 * n * (5 * n + 2))
    assert d["L"] == pytest.approx(np.sqrt(k) * np.log(p / (1 - p)).sum())


def test_ht_moments_at_both_meanings_of_t():
    y = walks(20, 8)
    centred = y - y.iloc[:-1].mean()
    lagged = centred.iloc[:-1].to_numpy()
    current = (y - y.iloc[1:].mean()).iloc[1:].to_numpy()
    rho = (lagged * current).sum() / (lagged**2).sum()
    for periods, t in (("T", 20), ("T-1", 19)):
        result = run("ht", y, periods=periods)
        assert result.details["rho"] == pytest.approx(rho)
        variance = 3 * (17 * t**2 - 20 * t + 17) / (5 * (t - 1) * (t + 1) ** 3)
        z = np.sqrt(8) * (rho - 1 + 3 / (t + 1)) / np.sqrt(variance)
        assert result.statistic == pytest.approx(z)


@pytest.mark.parametrize(
    ("trend", "bias", "variance"),
    [("n", 0, 2 / 90), ("c", -3 / 11, 4551 / 59895), ("ct", -15 / 24, 197505 / 1548288)],
)
def test_ht_moments_at_ten_transitions(trend, bias, variance):
    """The three theorems' fractions worked out at T = 10."""
    result = run("ht", walks(11, 8), trend=trend, periods="T-1")
    z = np.sqrt(8) * (result.details["rho"] - 1 - bias) / np.sqrt(variance)
    assert result.statistic == pytest.approx(z, rel=1e-12)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_ht_is_standard_normal_with_t_minus_one_in_wide_panels(trend):
    from estimation.econometrics.unit_roots.kernels import ht

    y = np.random.default_rng(8).standard_normal((12, 1500, 200)).cumsum(axis=0)
    if trend == "n":
        y = y - y[:1]  # the moments without a constant take the first level as zero
    z = ht(y, trend, "T-1")["statistic"]
    assert abs(z.mean()) < 0.15
    assert z.std() == pytest.approx(1, abs=0.07)


def test_llc_bandwidth_is_required_and_llc_means_truncation_or_rounding():
    y = walks(20, 8)
    with pytest.raises(TypeError, match="bandwidth"):
        unit_roots.llc(y, trend="c", lags=1)
    # 3.21 * 20^(1/3) = 8.71
    assert run("llc", y, bandwidth="llc").details["bandwidth"] == 8
    assert run("llc", y, bandwidth="llc", convention="plm").details["bandwidth"] == 9
    assert run("llc", y, bandwidth=8).statistic == run("llc", y, bandwidth="llc").statistic


def test_llc_with_bandwidth_zero_uses_the_plain_variance_of_the_differences():
    y = walks(40, 6)
    result = run("llc", y, lags=0, bandwidth=0, convention="plm")
    d = y.diff().dropna()
    omega2 = ((d - d.mean()) ** 2).mean()
    s2 = pd.Series({u: by_hand(y[u].to_numpy(), "c", 0)[2] / 39 for u in y})
    assert result.details["s_bar"] == pytest.approx(np.sqrt(omega2 / s2).mean())


@pytest.mark.parametrize("kernel", ["parzen", "quadratic-spectral"])
def test_llc_kernels_are_those_of_the_textbook(kernel):
    from estimation.econometrics.kernels import long_run_variance

    u = np.random.default_rng(2).standard_normal((30, 3))
    n, bandwidth = 30, 4
    expected = (u * u).sum(axis=0) / n
    for j in range(1, n):
        if kernel == "parzen":
            x = j / (bandwidth + 1)
            w = 1 - 6 * x**2 + 6 * x**3 if x <= 0.5 else 2 * max(1 - x, 0) ** 3
        else:
            z = 6 * np.pi * j / (5 * bandwidth)
            w = 3 / z**2 * (np.sin(z) / z - np.cos(z))
        expected = expected + 2 * w * (u[j:] * u[:-j]).sum(axis=0) / n
    np.testing.assert_allclose(
        long_run_variance(np.moveaxis(u, 0, -1), kernel, bandwidth), expected, rtol=1e-12
    )


def test_ips_without_lags_reports_the_other_averages():
    y = walks(25, 10)
    d = run("ips", y, lags=0, convention="plm").details
    tilde = []
    for unit in y:
        v = y[unit].to_numpy()
        e = np.diff(v) - np.diff(v).mean()
        level = v[:-1] - v[:-1].mean()
        tilde.append(e @ level / np.sqrt((level @ level) * (e @ e) / (len(e) - 1)))
    assert d["t_tilde_bar"] == pytest.approx(np.mean(tilde))
    # Table 1 at 24 rows, between T = 20 (-1.395, .592) and T = 25 (-1.423, .609)
    mean, var = -1.395 - 0.8 * 0.028, 0.592 + 0.8 * 0.017
    expected = np.sqrt(10) * (np.mean(tilde) - mean) / np.sqrt(var)
    assert d["z_t_tilde_bar"] == pytest.approx(expected)
    assert np.isnan(run("ips", y, lags=1).details["z_t_tilde_bar"])


def test_demeaning_equals_demeaned_data():
    y = walks()
    centred = y.sub(y.mean(axis=1), axis=0)
    for test in ("llc", "ht", "ips", "fisher"):
        assert run(test, y, demean=True).statistic == pytest.approx(run(test, centred).statistic)


def test_cips_without_lags_and_its_truncation():
    y = walks(20, 12, seed=3)
    result = run("cips", y, lags=0)
    mean = y.mean(axis=1).to_numpy()
    ratios = []
    for unit in y:
        v = y[unit].to_numpy()
        x = np.column_stack([v[:-1], np.ones(19), mean[:-1], np.diff(mean)])
        beta, *_ = np.linalg.lstsq(x, np.diff(v), rcond=None)
        s2 = ((np.diff(v) - x @ beta) ** 2).sum() / (19 - 4)
        ratios.append(beta[0] / np.sqrt(s2 * np.linalg.inv(x.T @ x)[0, 0]))
    np.testing.assert_allclose(result.details["unit_t"], ratios, rtol=1e-8)
    assert result.statistic == pytest.approx(np.clip(ratios, -6.19, 2.61).mean())


@pytest.mark.parametrize(
    ("trend", "low", "high"), [("n", -6.12, 4.16), ("c", -6.19, 2.61), ("ct", -6.42, 1.70)]
)
def test_cips_truncates_at_pesarans_printed_bounds(trend, low, high):
    """Pesaran (2007), section 5.1; noise lies below the lower bound, explosion above the other."""
    calm = walks(90, 6, rho=0.0)
    growing = walks(90, 6, seed=2, rho=1.1).add_prefix("growing ")
    result = run("cips", pd.concat([calm, growing], axis=1), trend=trend, lags=0)
    t = result.details["unit_t"]
    assert t.min() < low and t.max() > high
    assert result.statistic == pytest.approx(t.clip(low, high).mean(), rel=1e-12)
    assert result.details["n_truncated"] == ((t < low) | (t > high)).sum()


def test_cips_with_lags_by_a_rule_augments_each_unit_by_its_own_lags():
    y = walks(30, 12, seed=4)
    y.iloc[:, :6] += 0.8 * y.iloc[:, :6].shift(1, fill_value=0.0)
    result = run("cips", y, lags="aic", max_lags=3)
    assert result.lags.nunique() > 2
    mean = y.mean(axis=1).to_numpy()
    for unit in y:
        p, v = int(result.lags[unit]), y[unit].to_numpy()
        own, shared = np.diff(v), np.diff(mean)
        rows = len(own) - p
        columns = [v[p:-1], np.ones(rows), mean[p:-1], shared[p:]]
        for j in range(1, p + 1):
            columns += [own[p - j : len(own) - j], shared[p - j : len(own) - j]]
        x = np.column_stack(columns)
        beta, *_ = np.linalg.lstsq(x, own[p:], rcond=None)
        s2 = ((own[p:] - x @ beta) ** 2).sum() / (rows - x.shape[1])
        t = beta[0] / np.sqrt(s2 * np.linalg.inv(x.T @ x)[0, 0])
        assert result.details["unit_t"][unit] == pytest.approx(t, rel=1e-8)


def test_cips_takes_three_units_and_no_fewer():
    assert run("cips", walks(20, 3), lags=0).n_units == 3
    with pytest.raises(Infeasible, match="2 units; cross-section means need at least 3"):
        run("cips", walks(20, 2), lags=0)


def test_cips_says_where_the_printed_table_ends():
    calm = run("cips", walks(30, 12, seed=5))
    assert calm.details["p_value_bound"] == ">" and calm.p_value == 0.10
    sure = run("cips", walks(30, 12, seed=5, rho=0.0), lags=0)
    assert sure.details["p_value_bound"] == "<" and sure.p_value == 0.01
    short = run("cips", walks(9, 12), lags=0)
    assert np.isnan(short.p_value) and short.details["p_value_bound"] == "none"


def test_results_are_frozen_and_go_to_frames():
    for test in CALLS:
        result = run(test, walks())
        assert result.test == test and result.n_units == 8 and result.n_periods == 20
        assert list(result.lags.index) == [f"p{j}" for j in range(8)]
        with pytest.raises(dataclasses.FrozenInstanceError):
            result.statistic = 0.0
        row = result.to_frame()
        assert len(row) == 1
        assert row["statistic"].iloc[0] == result.statistic
        assert "critical_values" in row
        assert len(result.unit_frame()) == 8


@pytest.mark.parametrize("test", list(CALLS))
def test_unknown_options_name_the_value_and_the_choice(test):
    y = walks()
    with pytest.raises(ValueError, match="trend='quadratic'.*'ct'"):
        run(test, y, trend="quadratic")
    with pytest.raises(ValueError, match="convention='eviews'.*'plm'"):
        run(test, y, convention="eviews")
    with pytest.raises(ValueError, match="critical_values='exact'"):
        run(test, y, critical_values="exact")
    with pytest.raises(ValueError, match="lags"):
        run(test, y, lags=-1)


def test_a_unit_that_grows_by_the_same_step_has_collinear_lags_and_is_named():
    y = walks()
    y["p5"] = 0.25 * np.arange(len(y))
    with pytest.raises(Infeasible, match=r"constant or collinear .*\(1 cases\), units \['p5'\]"):
        run("ips", y, lags=1)


def test_tests_without_a_constant_or_lags_refuse_them():
    y = walks()
    with pytest.raises(ValueError, match="not defined without a constant"):
        run("ips", y, trend="n")
    with pytest.raises(ValueError, match="lags=1"):
        run("ht", y, lags=1)
    with pytest.raises(ValueError, match="demean=True removes"):
        run("cips", y, demean=True)


@pytest.mark.parametrize("test", list(CALLS))
class TestData:
    def test_interior_gap(self, test):
        y = walks()
        y.loc[2007, "p3"] = np.nan
        with pytest.raises(Infeasible, match=r"p3.*2007"):
            run(test, y)

    def test_skipped_row(self, test):
        with pytest.raises(Infeasible, match="skip periods after 2006"):
            run(test, walks().drop(index=2007))

    def test_log_of_zero(self, test):
        y = walks()
        y.loc[2003, "p1"] = -np.inf
        with pytest.raises(Infeasible, match=r"p1 in 2003.*log of zero"):
            run(test, y)

    def test_empty_unit(self, test):
        y = walks()
        y["p2"] = np.nan
        with pytest.raises(Infeasible, match=r"no observation: \['p2'\]"):
            run(test, y)

    def test_constant_unit(self, test):
        y = walks()
        y["p5"] = 3.7
        with pytest.raises(Infeasible, match=r"constant.*\['p5'\]"):
            run(test, y)

    def test_a_unit_that_starts_late(self, test):
        y = walks()
        y.loc[:2002, "p4"] = np.nan
        with pytest.raises(Infeasible, match=r"complete series.*\['p4'\].*2000, 2001, 2002"):
            run(test, y)

    def test_unsorted_and_doubled(self, test):
        with pytest.raises(Infeasible, match="increasing"):
            run(test, walks().iloc[::-1])
        y = walks()
        y.columns = ["a", "a", *y.columns[2:]]
        with pytest.raises(Infeasible, match=r"more than once: \['a'\]"):
            run(test, y)

    def test_not_a_frame(self, test):
        with pytest.raises(TypeError, match="DataFrame"):
            run(test, walks().to_numpy())

    def test_text_in_a_column(self, test):
        y = walks()
        y["p1"] = y["p1"].astype(str)
        with pytest.raises(TypeError, match="p1"):
            run(test, y)

    def test_too_short(self, test):
        with pytest.raises(Infeasible, match="degrees of freedom"):
            run(test, walks(5), trend="ct")

    def test_the_frame_is_not_changed(self, test):
        y = walks()
        before = y.copy()
        run(test, y)
        pd.testing.assert_frame_equal(y, before)


def test_trend_at_nine_periods_with_a_lag_is_refused_with_the_counts():
    for test in ("llc", "ips", "fisher"):
        with pytest.raises(Infeasible, match=r"7 rows, 4 parameters, 3 left with T=9"):
            run(test, walks(9), trend="ct")
    with pytest.raises(Infeasible, match=r"10 rows, 7 parameters, 3 left with T=12"):
        run("cips", walks(12), trend="ct")
    assert np.isfinite(run("ips", walks(9)).statistic)


@pytest.mark.parametrize("level", [1e-9, 1.0, 1e9])
def test_constant_but_for_rounding_is_constant_and_a_billionth_of_the_level_is_not(level):
    y = level * walks()
    y["p5"] = level * (1 + 1e-9 * walks()["p5"])
    assert np.isfinite(run("ht", y).statistic)
    y["p5"] = level
    y.loc[2003, "p5"] = np.nextafter(y.loc[2003, "p5"], 0)
    with pytest.raises(Infeasible, match=r"1 of 8 series are constant: \['p5'\]"):
        run("ht", y)


@pytest.mark.parametrize(("trend", "shortest"), [("n", 6), ("c", 7), ("ct", 8)])
def test_the_shortest_panel_leaves_four_degrees_of_freedom_and_one_period_less_three(
    trend, shortest
):
    """A difference costs a period; the root is a parameter, and so is every deterministic."""
    assert np.isfinite(run("ht", walks(shortest), trend=trend).statistic)
    parameters = shortest - 5
    counts = f"{shortest - 2} usable transitions less {parameters} parameters leave 3 "
    with pytest.raises(Infeasible, match=counts):
        run("ht", walks(shortest - 1), trend=trend)


def test_llc_needs_five_degrees_of_freedom_and_a_bandwidth_shorter_than_the_differences():
    assert np.isfinite(run("llc", walks(7), lags=0, bandwidth=5).statistic)
    with pytest.raises(Infeasible, match="bandwidth 6 needs more than 6 differences; at most 5"):
        run("llc", walks(7), lags=0, bandwidth=6)
    with pytest.raises(Infeasible, match="5 differences less 1 deterministics leave 4 degrees"):
        run("llc", walks(6), lags=0, bandwidth=0)


def test_a_straight_line_is_refused():
    y = walks()
    y["p0"] = np.arange(20.0)
    with pytest.raises(Infeasible, match="p0"):
        run("ips", y, trend="c", lags=0)


def test_ips_refuses_lag_orders_its_table_does_not_have():
    with pytest.raises(Infeasible, match="9 asked for"):
        run("ips", walks(60), lags=9)
    with pytest.raises(Infeasible, match="6 lags begin at T=25"):
        run("ips", walks(22), lags=6)


def test_moments_read_below_the_printed_tables_are_marked():
    assert run("llc", walks(26), convention="stata").details["moments_held"]
    assert not run("llc", walks(26), convention="plm").details["moments_held"]
    assert not run("ips", walks(11), convention="stata").details["moments_held"]
    assert run("ips", walks(11), convention="plm").details["moments_held"]


class TestLongestWindow:
    def test_keeps_every_unit(self):
        y = walks(15, 3)
        y.loc[2004, "p1"] = np.nan
        y.loc[2013:, "p2"] = np.nan
        assert longest_window(y) == (2005, 2012)
        assert y.loc[2005:2012].notna().all(axis=None)

    def test_the_latest_of_equals(self):
        y = walks(9, 3)
        y.loc[2004, "p1"] = np.nan
        assert longest_window(y) == (2005, 2008)

    def test_a_year_without_a_row_ends_a_window(self):
        assert longest_window(walks(12, 3).drop(index=2003)) == (2004, 2011)

    def test_a_complete_frame_is_its_own_window(self):
        assert longest_window(walks(9, 3)) == (2000, 2008)

    def test_no_common_period(self):
        y = walks(4, 2)
        y.iloc[:2, 0] = np.nan
        y.iloc[2:, 1] = np.nan
        with pytest.raises(Infeasible, match=r"no period of 4 has all 2 units.*p0 \(2\)"):
            longest_window(y)


def test_fisher_with_drift_takes_students_t_with_the_rows_less_the_parameters():
    y = walks(20) + 0.5 * np.arange(20)[:, None]
    result = unit_roots.fisher(y, trend="c", lags=1, drift=True)
    p = []
    for unit in y:
        level = y[unit].to_numpy()
        steps = np.diff(level)
        x = np.column_stack([level[1:-1], steps[:-1], np.ones(18)])
        b, (rss,), *_ = np.linalg.lstsq(x, steps[1:], rcond=None)
        error = np.sqrt(rss / 15 * np.linalg.inv(x.T @ x)[0, 0])
        p.append(student.cdf(b[0] / error, 15))
    np.testing.assert_allclose(result.details["unit_p"], p, rtol=1e-9)
    assert result.statistic == pytest.approx(-2 * np.log(p).sum())
    with pytest.raises(ValueError, match="drift=True goes with trend='c'"):
        unit_roots.fisher(y, trend="ct", lags=1, drift=True)
