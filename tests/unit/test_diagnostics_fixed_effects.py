"""Diagnostics: what they sum to, what they find when it is there, when they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects import diagnostics
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.estimators._two_way import fit_two_way
from tests.refusals import refuses
from tests.unit.panels import net_of, rows


def panel(units=15, periods=9, seed=0, share=0.9, common=0.0):
    rng = np.random.default_rng(seed)
    index = rows(units, periods)
    level = np.repeat(rng.normal(size=units), periods)
    x = pd.DataFrame({"a": rng.normal(size=len(index)) + level, "b": rng.normal(size=len(index))})
    noise = rng.normal(size=(units, periods))
    noise += common * rng.normal(size=periods) * rng.uniform(0.5, 1.5, (units, 1))
    y = x["a"] + noise.ravel()
    keep = rng.random(len(index)) < share
    x.index = index
    return pd.Series(y.to_numpy(), index, name="y")[keep], x[keep]


def test_partial_leverage_is_the_share_of_the_variation_net_of_everything_else() -> None:
    y, x = panel()
    net = pd.Series(net_of(x["a"], x["b"]), x.index)
    expected = (net**2).groupby(level=0).sum() / (net**2).sum()
    np.testing.assert_allclose(diagnostics.leverage_of(fit_two_way(y, x))["a"], expected, rtol=1e-8)


def test_effective_clusters() -> None:
    shares = pd.Series([0.5, 0.3, 0.1, 0.1])
    # G/(1+Γ) is (Σγ)²/Σγ²
    assert diagnostics.effective_of(shares) == pytest.approx(1 / (0.25 + 0.09 + 0.01 + 0.01))


@pytest.mark.parametrize("lag", [1, 2])
def test_born_breitung_by_hand(lag: int) -> None:
    y, x = panel(units=8, periods=6)
    residual = pd.Series(net_of(y, x), y.index)
    z = {}
    for (province, year), e in residual.items():
        before = residual.get((province, year - lag))
        if before is not None:
            years = len(residual[province])
            z[province] = z.get(province, 0.0) + e * before + before**2 / (years - 1)
    total, squares = sum(z.values()), sum(v**2 for v in z.values())
    expected = total / np.sqrt(squares - total**2 / len(z))
    got = diagnostics.serial_correlation(fit_two_way(y, x), lag)
    assert got.statistic == pytest.approx(expected, rel=1e-9)
    assert got.p_value == pytest.approx(2 * (1 - stats.norm.cdf(abs(expected))), rel=1e-9)


@pytest.mark.parametrize("share", [0.8, 1.0])
def test_mundlak_does_not_depend_on_where_a_regressor_is_measured_from(share: float) -> None:
    """Logs of yuan lie far from zero: what means and year dummies share must not cost digits."""
    y, x = panel(share=share)
    near, far = (
        diagnostics.mundlak(fit_two_way(y, x)),
        diagnostics.mundlak(fit_two_way(y, x + 3000.0)),
    )
    assert far.statistic == pytest.approx(near.statistic, rel=1e-9)


def test_mundlak_of_means_that_are_collinear_is_refused() -> None:
    y, x = panel(share=1.0)
    a, b = (x[name].groupby(level=0).transform("mean") for name in ("a", "b"))
    with refuses(Infeasible, Code.COLLINEAR):
        diagnostics.mundlak(fit_two_way(y, x.assign(b=x["b"] - b + 2 * a)))


def test_cross_section_dependence_is_looked_for_before_year_effects() -> None:
    y, x = panel(units=20, periods=12, share=1.0, common=2.0)
    residuals = diagnostics.one_way_residuals(fit_two_way(y, x))
    assert residuals.shape == (12, 20)
    np.testing.assert_allclose(residuals.sum(axis=0), 0.0, atol=1e-10)
    assert np.abs(residuals.sum(axis=1)).max() > 1  # year effects still in
    dependent = diagnostics.cross_section_dependence(fit_two_way(y, x))
    independent = diagnostics.cross_section_dependence(
        fit_two_way(*panel(units=20, periods=12, share=1.0))
    )
    assert dependent.statistic > 5 and dependent.p_value < 1e-6
    assert independent.p_value > 0.01


def test_units_of_the_regressors_do_not_matter() -> None:
    y, x = panel(units=20)
    plain, scaled = (
        diagnostics.diagnostic_numbers(fit_two_way(y, z), [1]) for z in (x, x * [1e12, 1e-6])
    )
    assert scaled == pytest.approx(plain, rel=1e-8)


def test_lags_are_years_and_do_not_cross_a_gap() -> None:
    y, x = panel(share=1.0, periods=9)
    kept = y.index.get_level_values("year") % 2 == 0  # every second year: no lag of one
    with refuses(Infeasible, Code.SAMPLE_SMALL, lag=1):
        diagnostics.serial_correlation(fit_two_way(y[kept], x[kept]), 1)
    assert np.isfinite(diagnostics.serial_correlation(fit_two_way(y[kept], x[kept]), 2).statistic)
    with refuses(Infeasible, Code.SAMPLE_SMALL):
        diagnostics.first_difference_serial_correlation(fit_two_way(y[kept], x[kept]))


def test_too_few_provinces_are_refused_or_give_no_p_value() -> None:
    y, x = panel(units=5)
    with refuses(Infeasible, Code.SAMPLE_SMALL):
        diagnostics.serial_correlation(fit_two_way(y, x), 1)
    assert np.isnan(diagnostics.mundlak(fit_two_way(y, x)).p_value)
    with refuses(Infeasible, Code.SAMPLE_SMALL, k=2, n_units=4, most_means=1):
        diagnostics.mundlak(fit_two_way(*panel(units=4)))
    with refuses(InvalidData, Code.DATA_EMPTY):
        diagnostics.leverage_of(fit_two_way(y.iloc[:0], x.iloc[:0]))


def test_all_numbers_by_name_and_what_cannot_be_is_nan() -> None:
    y, x = panel(units=20)
    numbers = diagnostics.diagnostic_numbers(fit_two_way(y, x), [1, 2])
    assert numbers["mundlak_p_value"] == pytest.approx(
        diagnostics.mundlak(fit_two_way(y, x)).p_value
    )
    assert numbers["born_breitung_lag2"] == pytest.approx(
        diagnostics.serial_correlation(fit_two_way(y, x), 2).statistic
    )
    assert numbers["cd"] == diagnostics.cross_section_dependence(fit_two_way(y, x)).statistic
    assert all(np.isfinite(v) for v in numbers.values())
    few = diagnostics.diagnostic_numbers(fit_two_way(*panel(units=5)), [1])
    assert np.isnan(few["born_breitung_lag1"]) and np.isfinite(few[Statistic("vif", "a")])
