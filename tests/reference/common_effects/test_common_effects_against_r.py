"""CCE against plm's pcce and pmg and a regression with dummies (driver.R, stored output)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import living_panel.econometrics as lp

HERE = Path(__file__).parent


@pytest.mark.parametrize("k", [1, 2])
def test_slopes_and_errors(k) -> None:
    panel = pd.read_csv(HERE / "panel.csv", dtype={"province_code": str})
    panel = panel.set_index(["province_code", "year"])
    stored = pd.read_csv(HERE / "output.csv").query("k == @k").set_index("term")
    formula = f"y ~ {' + '.join(stored.index)}"
    pesaran = lp.cce(formula, panel)
    np.testing.assert_allclose(pesaran.params, stored["byhand"], rtol=1e-9)
    np.testing.assert_allclose(pesaran.params, stored["pcce"], rtol=1e-9)
    np.testing.assert_allclose(pesaran.std_errors, stored["pcce_std_error"], rtol=1e-9)
    mean = lp.cce(formula, panel, method="mean_group")
    np.testing.assert_allclose(mean.params, stored["mean_group"], rtol=1e-9)
    np.testing.assert_allclose(mean.std_errors, stored["mean_group_std_error"], rtol=1e-9)
