"""Simulated null distributions: right, reproducible, stored or made on the fly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.panel_tests import unit_roots
from living_panel.estimation.panel_tests.unit_roots import _adf_sums, _NullCase
from tests.refusals import refuses
from tests.unit.time_series_fixture import UNIT_ROOTS, random_walks, unit_root
from tools.simulate.null_distributions import questions


def test_everything_the_script_lists_is_stored():
    stored = set(unit_roots._stored())
    assert stored == {q.key() for q in questions()}


@pytest.mark.parametrize(
    "question",
    [
        _NullCase("adf", 1, 12, "c", 1),
        _NullCase("ips", 29, 9, "c", 1),
        _NullCase("ht", 29, 8, "ct"),
    ],
)
def test_stored_tables_are_what_the_seeded_script_makes(question):
    quantiles, draws, origin = unit_roots._null_quantiles(question)
    assert origin == "simulated, stored"
    again, same = unit_roots._simulate(question)
    assert same == draws
    np.testing.assert_allclose(quantiles, again, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("t", "trend", "lags"), [(9, "c", 1), (18, "ct", 1), (30, "c", 0)])
def test_unit_p_values_are_uniform_under_the_null_and_mackinnons_are_not(t, trend, lags):
    y = np.random.default_rng(77).standard_normal((t, 1, 20_000)).cumsum(axis=0)
    tau = _adf_sums(y, trend, lags).t()[0]
    p = unit_roots._lower_tail(_NullCase("adf", 1, t, trend, lags), tau)
    assert kstest(p, "uniform").statistic < 0.012
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.006)
    if t < 20:
        assert (unit_roots._p_1994(tau, trend) < 0.05).mean() > 0.06


@pytest.mark.parametrize("test", list(UNIT_ROOTS))
def test_finite_sample_p_values_are_reproducible_and_leave_the_statistic_alone(test):
    y = random_walks(15, 9, seed=3)
    asymptotic = unit_root(test, y)
    first = unit_root(test, y, finite_sample=True)
    unit_roots._null_quantiles.cache_clear()
    second = unit_root(test, y, finite_sample=True)
    assert first.p_value == second.p_value
    assert 0 < first.p_value < 1
    assert test == "fisher" or "on the fly" in first.choices["critical_values"]
    if test == "ht":
        stored = unit_root("ht", random_walks(8, 29), trend="ct", finite_sample=True)
        assert "simulated, stored" in stored.choices["critical_values"]
    if test != "fisher":  # whose statistic is made of the p-values
        assert first.statistic == asymptotic.statistic


def test_a_panel_too_large_to_simulate_is_an_error_with_the_remedy():
    question = _NullCase("ips", 100_000, 30, "c", 1)
    with refuses(Infeasible, Code.SAMPLE_LIMIT):
        unit_roots._simulate(question)


def test_p_values_never_pass_what_the_draws_resolve():
    question = _NullCase("adf", 1, 18, "c", 1)
    assert unit_roots._lower_tail(question, -1e9) == pytest.approx(
        unit_roots._probabilities()[0][0]
    )
    assert unit_roots._lower_tail(question, 1e9) == pytest.approx(
        unit_roots._probabilities()[0][-1]
    )
    few = _NullCase("ips", 400, 25, "c", 1)  # 1,000 draws
    assert few.draws() == 1000
    assert unit_roots._lower_tail(few, -1e9) == pytest.approx(1 / 1001)
    assert unit_roots._lower_tail(few, 1e9) == pytest.approx(1 - 1 / 1001)


def test_cips_reproduces_pesarans_printed_critical_values():
    """Table II at N = 20, T = 20 (constant -2.20 and trend -2.72 at 5 %), simulated anew."""
    for trend, printed in (("c", -2.20), ("ct", -2.72)):
        value = unit_roots._critical_value(_NullCase("cips", 20, 21, trend, 0), 0.05)
        assert value == pytest.approx(printed, abs=0.03)


def test_ips_moments_reproduce_the_printed_table():
    y = np.random.default_rng(6).standard_normal((22, 1, 60_000)).cumsum(axis=0)
    t = _adf_sums(y, "c", 1).t()[0]  # 22 periods, one lag: 20 rows
    assert t.mean() == pytest.approx(-1.516, abs=0.012)
    assert t.var() == pytest.approx(0.915, rel=0.02)
    sums = _adf_sums(y.reshape(22, 3000, 20), "c", 1)
    w = unit_roots._ips(sums, 20, "c")
    assert abs(w.mean()) < 0.06 and w.std() == pytest.approx(1, abs=0.04)
