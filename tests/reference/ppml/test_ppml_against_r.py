"""PPML against glm() with dummies and sandwich (driver.R, stored output)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import living_panel.econometrics as lp

HERE = Path(__file__).parent


N, G, K, T = 232, 24, 2, 10
FACTOR = G / (G - 1) * (N - 1) / (N - K - T)  # of reghdfe: effects nested in provinces do not count


def test_slopes_and_errors_equal_glm() -> None:
    frame = pd.read_csv(HERE / "panel.csv", dtype={"province_code": str})
    stored = pd.read_csv(HERE / "output.csv").set_index("term")
    fit = lp.ppml("y ~ x1 + x2", frame, unit="province_code", time="year")
    assert fit.n_obs == N
    np.testing.assert_allclose(fit.params[stored.index], stored["estimate"], rtol=1e-9)
    errors = stored["std_error"] * np.sqrt(FACTOR)
    np.testing.assert_allclose(fit.std_errors[stored.index], errors, rtol=1e-8)
