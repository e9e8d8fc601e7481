"""CCE against plm's pcce and pmg and a regression with dummies (driver.R, stored output)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.robustness.common_effects import (
    mean_group_cce,
    pooled_cce,
)

HERE = Path(__file__).parent


@pytest.mark.parametrize("k", [1, 2])
def test_slopes_and_errors(k) -> None:
    panel = pd.read_csv(HERE / "panel.csv", dtype={"province_code": str})
    panel = panel.set_index(["province_code", "year"])
    stored = pd.read_csv(HERE / "output.csv").query("k == @k").set_index("term")
    x = panel[list(stored.index)]
    pesaran = pooled_cce(panel["y"], x)
    np.testing.assert_allclose(pesaran.params, stored["byhand"], rtol=1e-9)
    np.testing.assert_allclose(pesaran.params, stored["pcce"], rtol=1e-9)
    np.testing.assert_allclose(pesaran.std_errors, stored["pcce_std_error"], rtol=1e-9)
    mean = mean_group_cce(pesaran)
    np.testing.assert_allclose(mean.params, stored["mean_group"], rtol=1e-9)
    np.testing.assert_allclose(mean.std_errors, stored["mean_group_std_error"], rtol=1e-9)
