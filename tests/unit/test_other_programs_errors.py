"""Errors as linearmodels and statsmodels print them by default, against these packages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import FirstDifferenceOLS, PanelOLS

from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.estimators._by_name import fit_model

X = ["x", "z"]


def panel() -> pd.DataFrame:
    rng = np.random.default_rng(91)
    index = pd.MultiIndex.from_product(
        [range(14), range(2000, 2006)], names=["province_code", "year"]
    )
    unit = np.asarray(index.get_level_values(0))
    x, z = rng.normal(0, 1, (2, len(index)))
    y = x - 0.5 * z + 0.3 * unit + rng.normal(0, 1, len(index)) + rng.normal(0, 1, 14)[unit]
    count = rng.poisson(np.exp(0.3 * x - 0.2 * z + 0.1))
    return pd.DataFrame({"y": y, "x": x, "z": z, "count": count, "region": unit % 5}, index)


@pytest.mark.parametrize(
    ("effects", "options"),
    [
        ("", {}),
        (" | unit", {"entity_effects": True}),
        (" | unit + year", {"entity_effects": True, "time_effects": True}),
    ],
)
@pytest.mark.parametrize("key", ["unit", "region"])
def test_clustered_errors_of_linearmodels(effects: str, options: dict, key: str) -> None:
    data = panel()
    right = data[X] if effects else data[X].assign(const=1.0)
    by = {"cluster_entity": True} if key == "unit" else {"clusters": data[["region"]].astype("int")}
    expected = PanelOLS(data["y"], right, **options).fit(cov_type="clustered", **by)
    vcov = read_vcov(
        {"cov": "clustered", "correction": "linearmodels", "df": "t(G-1)", "cluster": key}
    )
    fit = fit_model(read_model(f"y ~ x + z{effects}"), data, "least_squares", vcov)
    assert fit.std_errors[X].tolist() == pytest.approx(expected.std_errors[X].tolist(), rel=1e-9)


def test_clustered_errors_of_first_differences() -> None:
    data = panel()
    expected = FirstDifferenceOLS(data["y"], data[X]).fit(cov_type="clustered", cluster_entity=True)
    vcov = read_vcov(
        {"cov": "clustered", "correction": "linearmodels", "df": "t(G-1)", "cluster": "unit"}
    )
    fit = fit_model(read_model("y ~ 0 + x + z"), data, "first_differences", vcov)
    assert fit.std_errors[X].tolist() == pytest.approx(expected.std_errors.tolist(), rel=1e-9)


def test_robust_errors_of_a_poisson_regression_of_statsmodels() -> None:
    data = panel()
    expected = sm.Poisson(data["count"], sm.add_constant(data[X])).fit(
        disp=0, cov_type="HC0", maxiter=200, tol=1e-12
    )
    vcov = read_vcov({"cov": "HC0", "correction": "none", "df": "normal"})
    fit = fit_model(read_model("count ~ x + z"), data, "poisson", vcov)
    assert fit.params[X].tolist() == pytest.approx(expected.params[X].tolist(), rel=1e-6)
    assert fit.std_errors[X].tolist() == pytest.approx(expected.bse[X].tolist(), rel=1e-6)
