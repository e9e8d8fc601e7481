"""Adjusted R² of least squares with and without effects, against statsmodels' regression on dummies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.estimators._by_name import fit_model

CLASSICAL = {"cov": "classical", "correction": "n-k", "df": "t(n-k)"}


def panel() -> pd.DataFrame:
    rng = np.random.default_rng(51)
    index = pd.MultiIndex.from_product(
        [range(12), range(2000, 2007)], names=["province_code", "year"]
    )
    x, z = rng.normal(0, 1, (2, len(index)))
    unit = np.asarray(index.get_level_values(0))
    return pd.DataFrame({"y": x - z + unit + rng.normal(0, 1, len(index)), "x": x, "z": z}, index)


@pytest.mark.parametrize(
    ("model", "dummies"),
    [
        ("y ~ x + z", "y ~ x + z"),
        ("y ~ x + z | unit", "y ~ x + z + C(province_code)"),
        ("y ~ x + z | unit + year", "y ~ x + z + C(province_code) + C(year)"),
    ],
)
def test_adjusted_r_squared_is_that_of_the_dummies(model: str, dummies: str) -> None:
    data = panel()
    fit = fit_model(read_model(model), data, "least_squares", read_vcov(CLASSICAL))
    expected = smf.ols(dummies, data.reset_index()).fit().rsquared_adj
    assert fit.statistics["r_squared_adjusted"] == pytest.approx(expected, rel=1e-10)


def test_a_model_without_a_constant_has_none() -> None:
    fit = fit_model(read_model("y ~ 0 + x"), panel(), "least_squares", read_vcov(CLASSICAL))
    assert "r_squared_adjusted" not in fit.statistics
