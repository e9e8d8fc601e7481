"""PPML against glm() with dummies and sandwich (driver.R, stored output), and statsmodels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from estimation.econometrics.robustness.ppml import ppml

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    frame = pd.read_csv(HERE / "panel.csv", dtype={"province_code": str})
    return frame.set_index(["province_code", "year"])


@pytest.mark.parametrize("correction", ["none", "groups", "all_parameters"])
def test_slopes_errors_covariance_and_deviance_equal_glm(panel, correction) -> None:
    stored = pd.read_csv(HERE / "output.csv").query("correction == @correction").set_index("term")
    fit = ppml(panel["y"], panel[["x1", "x2"]], correction=correction)
    np.testing.assert_allclose(fit.params[stored.index], stored["estimate"], rtol=1e-9)
    np.testing.assert_allclose(fit.std_errors[stored.index], stored["std_error"], rtol=1e-8)
    np.testing.assert_allclose(fit.cov.loc["x1", "x2"], stored["covariance"].iloc[0], rtol=1e-8)
    np.testing.assert_allclose(fit.deviance, stored["deviance"].iloc[0], rtol=1e-9)


def test_reghdfe_correction_counts_slopes_and_years_only(panel) -> None:
    base = ppml(panel["y"], panel[["x1", "x2"]], correction="none")
    fit = ppml(panel["y"], panel[["x1", "x2"]], correction="reghdfe")
    n, g, k, t = 232, 24, 2, 10
    assert (fit.n_obs, fit.n_clusters) == (n, g)
    factor = g / (g - 1) * (n - 1) / (n - k - t)
    np.testing.assert_allclose(fit.cov, base.cov * factor, rtol=1e-12)


def test_statsmodels_agrees(panel) -> None:
    dummies = pd.get_dummies(
        panel.reset_index()[["province_code", "year"]].astype(str), drop_first=True, dtype=float
    )
    design = np.column_stack([panel[["x1", "x2"]], np.ones(len(panel)), dummies])
    groups = pd.factorize(panel.index.get_level_values(0))[0]
    peer = sm.GLM(panel["y"].to_numpy(), design, family=sm.families.Poisson()).fit(
        tol=1e-13,
        maxiter=200,
        cov_type="cluster",
        cov_kwds={"groups": groups, "use_correction": False},
    )
    fit = ppml(panel["y"], panel[["x1", "x2"]], correction="none")
    np.testing.assert_allclose(fit.params, peer.params[:2], rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors, peer.bse[:2], rtol=1e-8)
    np.testing.assert_allclose(fit.fitted, peer.fittedvalues, rtol=1e-7)
