"""Closed-form demeaning, blocks of the hat matrix and the errors of simulated regressions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.panel import PanelOLS

from living_panel.estimation.econometrics.fixed_effects.within import (
    demean,
    fit_within,
    two_way_effects,
)
from living_panel.estimation.econometrics.inference.covariances.cr3 import leave_one_out
from living_panel.estimation.estimators._two_way import fit_two_way, two_way
from tools.simulate.planted_study import CR1, CR3, errors_of


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


@pytest.mark.parametrize("share", [1.0, 0.7])
@pytest.mark.parametrize("scale", [[1, 100, 0.01], [1e6, 1, 1e-6]])
def test_coefficients_are_those_of_linearmodels(share: float, scale: list[float]) -> None:
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([range(12), range(7)], names=["province_code", "year"])
    index = index[rng.random(len(index)) < share]
    x = pd.DataFrame(rng.normal(size=(len(index), 3)) * scale, index, list("abc"))
    y = (x / scale).sum(axis=1) + rng.normal(size=len(index))
    found = fit_two_way(y, x).within
    peer = PanelOLS(y, x / scale, entity_effects=True, time_effects=True).fit()
    np.testing.assert_allclose(found.params, peer.params / scale, rtol=1e-9)
    np.testing.assert_allclose(found.residuals, peer.resids, atol=1e-9)


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
    effects = two_way_effects(np.repeat(range(4), 3), np.array([0, 1, 2] * 2 + [3, 4, 5] * 2))
    assert (effects.blocks, effects.absorbed) == (2, 4 + 6 - 2)


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_errors_of_the_simulations_are_those_of_the_regression(share: float) -> None:
    effects, rng = layout(11, 9, 6, share)
    index = pd.MultiIndex.from_arrays(
        [[f"{u:06d}" for u in effects.unit], 2000 + effects.time], names=["province_code", "year"]
    )
    frame = pd.DataFrame(rng.normal(size=(effects.n_obs, 3)), index, ["y", "a", "b"])
    y, x = frame["y"], frame[["a", "b"]]
    options = {"cluster": "province_code", "df": "t(G-1)"}
    ways = {
        CR1: two_way(y, x, cov="clustered", correction="reghdfe", **options),
        CR3: two_way(y, x, cov="cr3:jackknife", correction="none", **options),
    }
    found = errors_of(fit_within(effects, y.to_numpy(), x.to_numpy()))
    for way, result in ways.items():
        np.testing.assert_allclose(found[way][0], result.std_errors, rtol=1e-9)
        assert found[way][1] == 8
    design = np.column_stack([x, dummies(effects)])
    b = np.linalg.lstsq(design, y, rcond=None)[0]
    rss = float(((y - design @ b) ** 2).sum())
    classical, df = found["classical, t(n-k-K)"]
    assert df == effects.n_obs - np.linalg.matrix_rank(design)
    expected = rss / df * np.diag(np.linalg.pinv(design.T @ design))[:2]
    np.testing.assert_allclose(classical**2, expected, rtol=1e-8)
