"""Columns of formulas against formulaic's, equal to the last bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.panel_models.columns import CONSTANT, columns_of
from living_panel.estimation.econometrics.panel_models.formula import read_model

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "columns.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.read_csv(HERE / "frame.csv")


@pytest.mark.parametrize("side", EXPECTED)
def test_columns_are_those_of_formulaic(side: str, frame: pd.DataFrame) -> None:
    model = read_model(f"y ~ {side}")
    found = columns_of(model.regressors, frame, model.text).rename(columns={CONSTANT: "Intercept"})
    assert [*found] == [*EXPECTED[side]]
    for name, values in EXPECTED[side].items():
        known = [float(v) if isinstance(values, str) else float.fromhex(v) for v in values]
        # powers differ in the last bit between processors
        np.testing.assert_allclose(found[name].to_numpy(), known, rtol=4.5e-16, err_msg=name)


def test_there_are_enough_formulas() -> None:
    assert len(EXPECTED) > 70
