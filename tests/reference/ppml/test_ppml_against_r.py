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


N, G, K, T = 232, 24, 2, 10
FACTOR = G / (G - 1) * (N - 1) / (N - K - T)  # of reghdfe: effects nested in provinces do not count


def test_slopes_and_errors_equal_glm(panel) -> None:
    stored = pd.read_csv(HERE / "output.csv").query("correction == 'none'").set_index("term")
    fit = ppml(panel["y"], panel[["x1", "x2"]])
    assert len(fit.fitted) == N
    np.testing.assert_allclose(fit.params[stored.index], stored["estimate"], rtol=1e-9)
    errors = stored["std_error"] * np.sqrt(FACTOR)
    np.testing.assert_allclose(fit.std_errors[stored.index], errors, rtol=1e-8)


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
    fit = ppml(panel["y"], panel[["x1", "x2"]])
    np.testing.assert_allclose(fit.params, peer.params[:2], rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors, peer.bse[:2] * np.sqrt(FACTOR), rtol=1e-8)
    np.testing.assert_allclose(fit.fitted, peer.fittedvalues, rtol=1e-7)
