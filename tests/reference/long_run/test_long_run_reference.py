"""Panel FMOLS and DOLS against an independent R script (`long_run.R`, output stored beside)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.estimators.long_run import dols, fmols

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv")
CASE = ["panel", "estimator", "method", "trend", "bw", "leads", "lags", "common"]
TOLERANCE = 1e-8


def wide(panel: int) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    data = pd.read_csv(HERE / "panels.csv")
    data = data[data["panel"] == panel]
    names = ("y", "x1", "x2", "x3")
    frames = {v: data.pivot(index="period", columns="unit", values=v) for v in names}
    return frames["y"], {v: f for v, f in frames.items() if v != "y" and f.notna().all().all()}


@pytest.mark.parametrize("panel", [1, 2, 3, 4])
@pytest.mark.parametrize("estimator", ["fmols", "dols"])
def test_every_variant_equals_the_formulas_in_r(panel: int, estimator: str) -> None:
    y, x = wide(panel)
    rows = EXPECTED[(EXPECTED["panel"] == panel) & (EXPECTED["estimator"] == estimator)]
    compared = 0
    for case, want in rows.groupby(CASE):
        _, _, method, trend, bw, leads, lags, common = case
        options = {"method": method, "trend": trend, "bandwidth": int(bw), "demean": False}
        if estimator == "dols":
            options |= {"leads": int(leads), "lags": int(lags), "common_dynamics": bool(common)}
        formula = f"y ~ {' + '.join(x)}"
        got = (fmols if estimator == "fmols" else dols)(formula, {"y": y, **x}, **options)
        want = want.set_index("name")
        for ours, theirs in ((got.params, "b"), (got.std_errors, "se"), (got.statistics, "t")):
            np.testing.assert_allclose(
                ours, want.loc[ours.index, theirs], rtol=TOLERANCE, err_msg=f"{case} {theirs}"
            )
            compared += len(ours)
    assert compared == 3 * len(rows) > 0
