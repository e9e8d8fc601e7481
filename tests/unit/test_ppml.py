"""PPML: planted slopes, zeros, refusals."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.estimators.discrete import _two_way_poisson
from tests.refusals import refuses
from tests.unit.panels import rows

ppml = partial(_two_way_poisson, df="t(G-1)")


def drawn(seed: int, n: int = 20, t: int = 10):
    """Multiplicative errors whose variance depends on x: log-linear least squares would be off."""
    rng = np.random.default_rng(seed)
    index = rows(n, t, 2010)
    a, d = rng.normal(size=n).repeat(t), np.tile(rng.normal(size=t), n)
    x = pd.DataFrame(rng.normal(size=(n * t, 2)) + a[:, None] / 2, index, ["x1", "x2"])
    mean = np.exp(a + d + 0.5 * x["x1"] - 0.3 * x["x2"])
    spread = 0.4 * np.exp(0.5 * x["x1"].clip(-1.5, 1.5))
    error = np.exp(spread * rng.normal(size=n * t) - spread**2 / 2)
    return mean * error, x


def test_units_of_the_data_do_not_matter() -> None:
    y, x = drawn(2)
    units = np.array([1e12, 1e-6])
    plain, scaled = ppml(y, x), ppml(1e4 * y, x * units)
    np.testing.assert_allclose(scaled.params * units, plain.params, rtol=1e-9)
    np.testing.assert_allclose(scaled.std_errors * units, plain.std_errors, rtol=1e-8)


def test_zeros_stay_and_provinces_of_zeros_are_named() -> None:
    y, x = drawn(3)
    y.iloc[::7] = 0.0
    kept = ppml(y, x)
    assert kept.n_obs == len(y) and not kept.dropped
    y.loc["113000"] = 0.0
    fit = ppml(y, x)
    rest = y.index.get_level_values(0) != "113000"
    assert fit.dropped == ("113000",) and fit.n_obs == rest.sum()
    assert (fit.n_units, fit.n_periods, fit.label) == (19, 10, "clustered:reghdfe:t(G-1)")
    again = ppml(y[rest], x[rest])
    np.testing.assert_allclose(fit.params, again.params, rtol=1e-12)


def test_parts_that_never_meet_share_slopes_and_nothing_else() -> None:
    """As least squares with one more dummy gone; the cross-product of all of them has no inverse."""
    y, x = drawn(6, n=12, t=10)
    codes, years = (np.unique(y.index.get_level_values(n), return_inverse=True)[1] for n in (0, 1))
    kept = (codes < 6) == (years < 5)
    fit = ppml(y[kept], x[kept])
    units, times = np.eye(12)[codes][kept], np.eye(10)[years][kept]
    design = np.column_stack([x[kept], units, times[:, 1:5], times[:, 6:]])
    mean = (y[kept] - fit.residuals).to_numpy()
    assert np.abs(design.T @ (y[kept].to_numpy() - mean)).max() < 1e-6 * y.sum()
    scores = units.T @ (design * (y[kept].to_numpy() - mean)[:, None])
    influence = scores @ np.linalg.inv(design.T @ (design * mean[:, None]))
    n, absorbed = kept.sum(), 2 + 10 - 2 + 1
    factor = 12 / 11 * (n - 1) / (n - absorbed)
    expected = np.sqrt(factor * (influence**2).sum(axis=0))[:2]
    np.testing.assert_allclose(fit.std_errors, expected, rtol=1e-8)


def test_refusals(monkeypatch) -> None:
    y, x = drawn(4)
    negative = y.copy()
    negative.loc[("112000", 2013)] = -1.0
    with refuses(InvalidData, Code.OUTCOME_RANGE):
        ppml(negative, x)
    with refuses(InvalidData, Code.ABSORBED, named="x1 is constant within every unit"):
        ppml(y, x.assign(x1=x["x1"].groupby(level=0).transform("mean")))
    with refuses(Infeasible, Code.SAMPLE_SMALL, n=4):
        few = y.index.isin(y.index[[0, 1, 10, 11]])
        ppml(y[few], x[few])
    monkeypatch.setattr("living_panel.estimation.estimators.discrete._STEPS", 3)
    with refuses(Infeasible, Code.NOT_CONVERGED, steps=3):
        ppml(y, x)


def test_a_separating_regressor_does_not_come_back_as_a_number() -> None:
    y, x = drawn(5)
    flag = np.zeros(len(y))
    flag[3:40:9] = 1.0
    y = y.where(flag == 0, 0.0)
    with refuses(InvalidData, Code.NOT_CONVERGED, named="flag"):
        ppml(y, x.assign(flag=flag))
    # one positive outcome under the flag and a finite estimate exists again
    y.iloc[3] = 1.0
    assert np.isfinite(ppml(y, x.assign(flag=flag)).params["flag"])
