"""The stored size and power table against what is known of these tests, and its look-up."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.panel_tests.critical_values import rates
from living_panel.estimation.panel_tests.critical_values.rates import true_size
from tools.simulate import unit_root_sizes as sizes
from tools.simulate.null_distributions import PERIODS, enough

# Measured independently at N = 29, T = 18, constant, no lags: (independent, one factor, demeaned).
KNOWN = {
    ("llc", 0): (0.095, None, None),
    ("llc", 1): (0.15, None, None),
    ("llc", 2): (0.23, None, None),
    ("llc", 4): (0.41, None, None),
    ("ips", None): (0.046, 0.25, 0.050),
    ("ht", None): (0.13, 0.42, 0.14),
    ("fisher", None): (0.135, 0.26, 0.14),
    ("cips", None): (0.062, 0.043, None),
}


@pytest.mark.parametrize("key", list(KNOWN), ids=str)
def test_known_sizes_at_29_provinces_and_18_years(key):
    test, bandwidth = key
    independent, factor, demeaned = KNOWN[key]
    raw = true_size(test, 29, 18, "c", 0, False, bandwidth, finite_sample=False)
    assert raw["size_independent"] == pytest.approx(independent, abs=0.03)
    if factor is not None:  # the loadings are a choice: less exact
        assert raw["size_one_factor"] == pytest.approx(factor, abs=0.05)
    if demeaned is not None:
        row = true_size(test, 29, 18, "c", 0, True, bandwidth, finite_sample=False)
        assert row["size_independent"] == pytest.approx(demeaned, abs=0.03)


def test_every_window_lag_and_trend_is_there_once_and_no_other():
    table = rates._stored("sizes.csv")
    assert not table.duplicated(sizes.KEY).any()
    windows = table[table["lags"] == 0].groupby(["t", "trend", "demean"])["test"].agg(set)
    for (t, trend, demean), tests in windows.items():
        wanted = {"ht", "llc", "ips", "fisher"} if enough(t, trend, 0) else {"ht"}
        if not demean and enough(t, trend, 0, augmented=True):
            wanted.add("cips")
        assert tests == wanted, (t, trend, demean)
    assert {t for t, _, _ in windows.index} == set(PERIODS)
    for t in PERIODS:
        for trend, demean in product(("c", "ct"), (False, True)):
            found = true_size("ips", 29, t, trend, 1, demean, finite_sample=False)
            assert bool(found) == enough(t, trend, 1)
    assert set(table.query("test == 'llc'")["bandwidth"]) == {0, 1, 2, 4}
    assert not true_size("ips", 31, 18, "c", 1, False, finite_sample=False)
    assert not true_size("llc", 29, 18, "c", 1, False, finite_sample=False), "no bandwidth named"


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
        raw = true_size(test, 29, 18, "c", 0, False, finite_sample=False)
        mended = true_size(test, 29, 18, "c", 0, True, finite_sample=False)
        assert raw["size_one_factor"] > 2 * 0.05 + 0.05
        assert mended["size_one_factor"] < raw["size_one_factor"] - 0.05
    assert true_size("cips", 29, 18, "c", 1, False, finite_sample=False)["size_one_factor"] < 0.08


def test_the_stored_table_is_what_the_seeded_simulation_makes():
    quick = sizes.rates(29, 9, "c", 1, False, draws=1000)
    for row in quick.itertuples():
        width = None if pd.isna(row.bandwidth) else int(row.bandwidth)
        simulated = row.critical_values == "finite_sample"
        stored = true_size(row.test, 29, 9, "c", 1, False, width, finite_sample=simulated)
        for column in ("size_independent", "size_one_factor", "power_independent"):
            error = np.sqrt(max(stored[column] * (1 - stored[column]), 0.01) / 500)
            assert abs(getattr(row, column) - stored[column]) < 4 * error, (row, column)
