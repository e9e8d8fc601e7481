"""Closed-form demeaning, blocks of the hat matrix and many regressions at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimation.econometrics.fixed_effects.covariances import leave_one_out
from estimation.econometrics.fixed_effects.regression import fit_two_way, two_way
from estimation.econometrics.fixed_effects.within import (
    annihilator_block,
    demean,
    fit_within,
    two_way_effects,
)
from tools.simulate.many_fits import two_way_many


def layout(seed: int, units: int, periods: int, share: float):
    rng = np.random.default_rng(seed)
    keep = rng.random((units, periods)) < share
    keep[np.arange(units), rng.integers(0, periods, units)] = True
    keep[rng.integers(0, units, periods), np.arange(periods)] = True
    unit, time = np.nonzero(keep)
    return two_way_effects(unit, time), rng


def dummies(effects) -> np.ndarray:
    return np.hstack(
        [np.eye(effects.n_units)[effects.unit], np.eye(effects.n_periods)[effects.time]]
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(2, 8), st.floats(0.2, 1.0))
def test_demeaning_is_the_residual_from_all_dummies(seed, units, periods, share) -> None:
    effects, rng = layout(seed, units, periods, share)
    z = rng.normal(size=(effects.n_obs, 3)) * [1, 1e3, 1e-3] + [0, 1e5, 1]
    d = dummies(effects)
    expected = z - d @ np.linalg.lstsq(d, z, rcond=None)[0]
    np.testing.assert_allclose(demean(effects, z), expected, atol=1e-8, rtol=1e-8)
    np.testing.assert_allclose(demean(effects, z[:, 0]), expected[:, 0], atol=1e-9)
    assert effects.absorbed == np.linalg.matrix_rank(d)


def test_blocks_are_those_of_the_regression_with_dummies() -> None:
    effects, rng = layout(3, 8, 6, 0.8)
    x = rng.normal(size=(effects.n_obs, 2))
    fit = fit_within(effects, rng.normal(size=effects.n_obs), x)
    full = np.hstack([x, dummies(effects)])
    hat = full @ np.linalg.pinv(full)
    rows = np.array([0, 3, 4, 11, 20])
    expected = (np.eye(effects.n_obs) - hat)[np.ix_(rows, rows)]
    np.testing.assert_allclose(annihilator_block(fit, rows), expected, atol=1e-10)


def test_a_part_of_a_sample_fitted_again_has_the_coefficients_of_linearmodels() -> None:
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([range(12), range(7)], names=["province_code", "year"])[3:]
    x = pd.DataFrame(rng.normal(size=(len(index), 3)) * [1, 100, 0.01], index, list("abc"))
    y = x.sum(axis=1) + rng.normal(size=len(index))
    whole, again = fit_two_way(y, x), fit_two_way(y, x, again=True)
    np.testing.assert_allclose(again.within.params, whole.within.params, rtol=1e-9)
    np.testing.assert_allclose(again.within.residuals, whole.within.residuals, atol=1e-9)


@pytest.mark.parametrize("by", ["unit", "time", "other"])
def test_leaving_a_cluster_out_equals_estimating_without_it(by: str) -> None:
    effects, rng = layout(5, 12, 7, 0.85)
    x, y = rng.normal(size=(effects.n_obs, 2)), rng.normal(size=effects.n_obs)
    other = np.arange(effects.n_obs) % 5
    key = {"unit": effects.unit, "time": effects.time, "other": other}[by]
    fit = fit_within(effects, y, x)
    shifts = leave_one_out(fit, key)
    for g in range(key.max() + 1):
        rest = key != g
        unit = np.unique(effects.unit[rest], return_inverse=True)[1]
        time = np.unique(effects.time[rest], return_inverse=True)[1]
        without = fit_within(two_way_effects(unit, time), y[rest], x[rest]).params
        np.testing.assert_allclose(fit.params + shifts[g], without, atol=1e-10)


def test_two_blocks_that_never_meet_absorb_one_effect_less() -> None:
    unit = np.repeat([0, 1, 2, 3], 3)
    time = np.array([0, 1, 2] * 2 + [3, 4, 5] * 2)
    effects = two_way_effects(unit, time)
    assert effects.blocks == 2
    assert effects.absorbed == 4 + 6 - 2


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_many_regressions_equal_one_at_a_time(share: float) -> None:
    effects, rng = layout(11, 9, 6, share)
    y = rng.normal(size=(4, effects.n_obs))
    x = rng.normal(size=(4, effects.n_obs, 2))
    many = two_way_many(effects, y, x)
    index = pd.MultiIndex.from_arrays(
        [[f"{u:06d}" for u in effects.unit], 2000 + effects.time], names=["province_code", "year"]
    )
    for b in range(4):
        frame = pd.DataFrame(x[b], index, ["a", "b"])
        outcome = pd.Series(y[b], index)
        options = {"cluster": "province_code", "df": "t(G-1)"}
        clustered = two_way(outcome, frame, cov="clustered", correction="reghdfe", **options)
        jackknife = two_way(outcome, frame, cov="cr3:jackknife", correction="none", **options)
        fit = fit_within(effects, y[b], x[b])
        free = effects.n_obs - 2 - effects.absorbed
        classical = np.sqrt(np.diag(fit.bread) * (fit.residuals @ fit.residuals) / free)
        np.testing.assert_allclose(many.params[b], clustered.params, rtol=1e-9)
        np.testing.assert_allclose(many.residuals[b], fit.residuals, atol=1e-10)
        np.testing.assert_allclose(many.clustered[b], clustered.std_errors, rtol=1e-9)
        np.testing.assert_allclose(many.jackknife[b], jackknife.std_errors, rtol=1e-9)
        np.testing.assert_allclose(many.classical[b], classical, rtol=1e-9)


def test_jackknife_holds_its_size_with_ten_clusters_where_classical_does_not() -> None:
    # errors and regressors autocorrelated within units, slope zero
    rng = np.random.default_rng(8)
    draws, units, periods = 1500, 10, 11
    unit, time = np.divmod(np.arange(units * periods), periods)
    effects = two_way_effects(unit, time)

    def walks() -> np.ndarray:
        return rng.normal(size=(draws, units, periods)).cumsum(axis=2).reshape(draws, -1)

    many = two_way_many(effects, walks(), walks()[:, :, None])
    critical = 2.262  # t(9)
    assert np.mean(np.abs(many.params / many.classical) > critical) > 0.25
    assert 0.02 < np.mean(np.abs(many.params / many.jackknife) > critical) < 0.08
