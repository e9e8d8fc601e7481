"""Pooled CCE: what it removes, its covariances, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.estimators.factors import cce
from tests.refusals import refuses
from tests.unit.panels import rows


def drawn(seed: int, n: int = 40, t: int = 16):
    """One factor in x and y with loadings that move together."""
    rng = np.random.default_rng(seed)
    index = rows(n, t, 2005)
    factor = rng.normal(size=t).cumsum()
    load = 1 + 0.8 * rng.normal(size=(n, 1))
    x = load * factor + rng.normal(size=(n, t))
    y = 0.5 * x + load * factor + 0.5 * rng.normal(size=(n, t)) + rng.normal(size=(n, 1))
    return pd.Series(y.ravel(), index), pd.DataFrame({"x": x.ravel()}, index)


def pooled(y: pd.Series, x: pd.DataFrame) -> Fit:
    return cce(f"y ~ {' + '.join(x)}", x.assign(y=y))


def test_multiples_of_the_averages_change_nothing() -> None:
    y, x = drawn(4)
    fit = pooled(y, x)
    mean_y = y.groupby(level=1).transform("mean")
    mean_x = x.groupby(level=1).transform("mean")
    other = pooled(y + 2 * mean_y - 3 * mean_x["x"], x + mean_x)
    np.testing.assert_allclose(other.params, fit.params, rtol=1e-9)
    np.testing.assert_allclose(other.std_errors, fit.std_errors, rtol=1e-9)
    assert fit.fit_statistics["residual df of a unit"] == 16 - 4
    np.testing.assert_allclose(fit.residuals.groupby(level=0).sum(), 0, atol=1e-9)


def test_refusals() -> None:
    y, x = drawn(5, n=6, t=12)
    three = pd.concat([x, x + 1, x * 2], axis=1, keys=None)
    three.columns = ["a", "b", "c"]
    with refuses(Infeasible, Code.SAMPLE_SMALL, regressors=3):
        pooled(y, three)
    with refuses(InvalidData, Code.UNBALANCED, n_missing=1, n=72):
        pooled(y[1:], x[1:])
    short = y.index.get_level_values(1) < 2013
    with refuses(Infeasible, Code.SAMPLE_SMALL, t=8, residual_df=4):
        pooled(y[short], x[short])
    common = x.assign(x=x["x"].groupby(level=1).transform("mean"))
    for absorbed in (common, common * 0 + 7.3, common * 0):
        with refuses(InvalidData, Code.ABSORBED, name="x"):
            pooled(y, absorbed)
    # rounding would be a slope of 1e12 in that province, and so in the mean of all
    still = x.copy()
    still.loc["112000"] = 3.8
    with refuses(InvalidData, Code.ABSORBED, name="x", where=" in 112000"):
        pooled(y, still)
    two = x.assign(z=np.random.default_rng(1).normal(size=len(x)))
    two.loc["113000", "z"] = 2 * two.loc["113000", "x"].to_numpy()
    with refuses(InvalidData, Code.COLLINEAR, names=["x", "z"], where=" in 113000"):
        pooled(y, two)
