"""Interactive effects and PANIC against other routes to the same numbers (`driver.py`)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import living_panel.econometrics as lp
from living_panel.estimation.panel_tests.unit_roots import panic

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv").set_index(["what", "factors", "name"])["value"]


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    frame = pd.read_csv(HERE / "panel.csv", dtype={"province_code": str})
    return frame.set_index(["province_code", "year"])


@pytest.mark.parametrize("factors", [1, 2])
def test_interactive_effects_are_the_least_of_all_squares(data: pd.DataFrame, factors: int) -> None:
    fit = lp.interactive_effects("y ~ x1 + x2", data, factors=factors)
    theirs = EXPECTED["interactive", factors]
    assert fit.fit_statistics["SSR"] == pytest.approx(theirs["ssr"], rel=1e-7)
    assert fit.params.to_dict() == pytest.approx(theirs[["x1", "x2"]].to_dict(), rel=1e-4)
    assert (fit.residuals**2).sum() == pytest.approx(fit.fit_statistics["SSR"])


@pytest.mark.parametrize("factors", [1, 2])
def test_panic_equals_components_and_tests_of_statsmodels(data: pd.DataFrame, factors: int) -> None:
    wide = data["y"].unstack("province_code")
    found = panic(wide, factors=factors, lags=1, draws=2000, seed=1)
    theirs = EXPECTED["panic", factors]
    units = [theirs[f"unit {unit}"] for unit in range(wide.shape[1])]
    assert found.units is not None and list(found.units.index) == list(wide)
    assert found.units["statistic"].to_numpy() == pytest.approx(units, rel=1e-6)
    expected = [theirs[f"factor {place}"] for place in range(1, factors + 1)]
    assert found.statistics.to_numpy()[1:] == pytest.approx(expected, rel=1e-6)
