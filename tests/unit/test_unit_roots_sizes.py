"""The stored size and power table against what is known of these tests, and its look-up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from estimation.econometrics.critical_values import rates
from estimation.econometrics.critical_values.rates import true_size
from tools.simulate import unit_root_sizes as sizes
from tools.simulate.null_distributions import PERIODS, enough

# Measured independently at N = 29, T = 18, constant, no lags: (independent, one factor, demeaned).
KNOWN = {
    ("llc", 8, None): (0.75, 0.69, 0.75),
    ("llc", 0, None): (0.095, None, None),
    ("llc", 1, None): (0.15, None, None),
    ("llc", 2, None): (0.23, None, None),
    ("llc", 4, None): (0.41, None, None),
    ("ips", None, None): (0.046, 0.25, 0.050),
    ("ht", None, "T"): (0.13, 0.42, 0.14),
    ("ht", None, "T-1"): (0.07, 0.36, 0.09),
    ("fisher", None, None): (0.135, 0.26, 0.14),
    ("cips", None, None): (0.062, 0.043, None),
}


@pytest.mark.parametrize("key", list(KNOWN), ids=str)
def test_known_sizes_at_29_provinces_and_18_years(key):
    test, bandwidth, periods = key
    independent, factor, demeaned = KNOWN[key]
    raw = true_size(test, 29, 18, "c", 0, False, bandwidth, periods=periods)
    assert raw["size_independent"] == pytest.approx(independent, abs=0.03)
    if factor is not None:  # the loadings are a choice: less exact
        assert raw["size_one_factor"] == pytest.approx(factor, abs=0.05)
    if demeaned is not None:
        row = true_size(test, 29, 18, "c", 0, True, bandwidth, periods=periods)
        assert row["size_independent"] == pytest.approx(demeaned, abs=0.03)


def test_llc_with_its_default_bandwidth_and_a_trend_always_rejects():
    assert true_size("llc", 29, 18, "ct", 0, False, 8)["size_independent"] > 0.97


def test_every_window_lag_and_trend_is_there():
    table = rates._stored("sizes.csv")
    for t in PERIODS:
        for trend in ("c", "ct"):
            for demean in (False, True):
                assert true_size("ht", 29, t, trend, 0, demean)["draws"] >= 4000
                for lags in (0, 1):
                    if not enough(t, trend, lags):
                        with pytest.raises(LookupError):
                            true_size("ips", 29, t, trend, lags, demean)
                        continue
                    for test in ("ips", "fisher"):
                        true_size(test, 29, t, trend, lags, demean)
                    for bandwidth in (0, 1, 2, 4):
                        true_size("llc", 29, t, trend, lags, demean, bandwidth)
                    if not demean and enough(t, trend, lags, augmented=True):
                        true_size(
                            "cips", 29, t, trend, lags, False, critical_values="finite_sample"
                        )
    assert not table.duplicated(sizes.KEY).any()


def test_finite_sample_critical_values_cure_the_size_with_independent_units():
    table = rates._stored("sizes.csv")
    cured = table[(table["critical_values"] == "finite_sample") & ~table["demean"]]
    # three standard errors and the quantile's own error
    assert (cured["size_independent"] - 0.05).abs().max() < 0.02
    fisher = (
        table[(table["test"] == "fisher") & ~table["demean"]]
        .set_index(["t", "trend", "lags", "critical_values"])["size_independent"]
        .unstack()
    )
    assert (fisher["asymptotic"] > fisher["finite_sample"] + 0.04).all()


def test_a_common_factor_distorts_all_but_cips_and_demeaning_mends_it():
    for test in ("ips", "fisher", "ht"):
        raw = true_size(test, 29, 18, "c", 0, False)
        mended = true_size(test, 29, 18, "c", 0, True)
        assert raw["size_one_factor"] > 2 * 0.05 + 0.05
        assert mended["size_one_factor"] < raw["size_one_factor"] - 0.05
    assert true_size("cips", 29, 18, "c", 1, False)["size_one_factor"] < 0.08


def test_power_is_above_size_where_size_is_right():
    row = true_size("ips", 29, 18, "c", 0, False, critical_values="finite_sample")
    assert row["power_independent"] > 0.5


def test_an_unknown_window_says_how_to_simulate_it():
    with pytest.raises(LookupError, match=r"rates\(n, t, trend, lags, demean\)"):
        true_size("ips", 31, 18, "c", 1, False)
    with pytest.raises(LookupError):
        true_size("llc", 29, 18, "c", 1, False)  # no bandwidth named


def test_the_stored_table_is_what_the_seeded_simulation_makes():
    quick = sizes.rates(29, 9, "c", 1, False, draws=1000)
    for row in quick[quick["critical_values"] == "asymptotic"].itertuples():
        width = None if pd.isna(row.bandwidth) else int(row.bandwidth)
        stored = true_size(row.test, 29, 9, "c", 1, False, width)
        for column in ("size_independent", "size_one_factor", "power_independent"):
            error = np.sqrt(max(stored[column] * (1 - stored[column]), 0.01) / 500)
            assert abs(getattr(row, column) - stored[column]) < 4 * error, (row.test, column)
