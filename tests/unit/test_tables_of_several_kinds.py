"""Two of our tables of different kinds answer one printed table: mean group beside common correlated effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.audit.reproduction import StoredResults, reproduce
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.papers.schema import Beside
from living_panel.estimation.tables.estimate import build
from tests.unit.release_fixture import observations, release_with
from tests.unit.test_audit_false_alarms import paper, table

UNITS, PERIODS = 12, 20
CR3 = {"cov": "cr3:jackknife", "cluster": ["unit"], "correction": "none", "df": "t(G-1)"}


def panel() -> pd.DataFrame:
    """Slopes that differ between units, and one factor that y and x load on."""
    rng = np.random.default_rng(41)
    factor = rng.normal(0, 1, PERIODS).cumsum()
    x = rng.normal(0, 1, (UNITS, PERIODS)) + 0.5 * factor
    slopes, loads = rng.normal(0.8, 0.2, (UNITS, 1)), rng.normal(1, 0.4, (UNITS, 1))
    y = slopes * x + loads * factor + rng.normal(0, 0.5, (UNITS, PERIODS))
    units = [f"{n:02d}" for n in range(UNITS)]
    index = pd.MultiIndex.from_product(
        [units, range(2000, 2000 + PERIODS)], names=["province_code", "year"]
    )
    return pd.DataFrame({"y": y.ravel(), "x": x.ravel()}, index)


def release() -> Release:
    units = [f"{n:02d}" for n in range(UNITS)]
    codes = {"province_code": units, "province": units, "region_three": "all", "region_nbs": "all"}
    return release_with(panel(), observations(panel(), 2020), pd.DataFrame(codes))


def stored(name: str, kind: str, **options: Any) -> StoredResults:
    variables = {n: {"measures": [n], "label": n, "concept": n, "log": False} for n in ("y", "x")}
    sample = {"units": "all", "first_year": 2000, "last_year": 1999 + PERIODS, "without_years": [],
              "minimum_coverage": 1}  # fmt: skip
    own = {"sample": sample, "interpolation": {"method": "none"}} | options
    spec = Spec.model_validate(
        {"table": name, "kind": kind, "title": name, "question": "Is it the same?", "stars": {},
         "variables": variables, "options": own}
    )  # fmt: skip
    made = build(spec, release())
    manifest = {"table_id": name, "artifact_id": "a", "status": "estimated",
                "spec": {"options": spec.options}}  # fmt: skip
    return StoredResults(manifest, made.coefficients, made.statistics)


def tables() -> list[StoredResults]:
    mean = {"id": "mean", "title": "Mean group", "estimator": "mean_group", "model": "y ~ x",
            "vcov": {"cov": "mean_group", "correction": "none", "df": "normal"}}  # fmt: skip
    common = {
        "primary": "cr3:jackknife:t(G-1)", "inference": [CR3], "beside": {}, "constant": False,
        "dependent": "y", "enter": ["x"],
        "factors": {"numbers": [1], "most": 2, "starts": 1, "draws": 9, "seed": 1}, "bandwidth": 1, "signs": 1,
        "panic": {"factors": [1], "lags": 1, "draws": 9, "seed": 1},
        "westerlund": {"trend": "c", "lags": 0, "leads": 0, "bandwidth": 1, "draws": 9, "seed": 1},
    }  # fmt: skip
    return [
        stored("means", "panel_models", columns=[mean]),
        stored("common", "common_shocks", **common),
    ]


def by_hand(*, averages: bool) -> tuple[float, float]:
    """Mean of each unit's slope by least squares and its error; with the averages of all units, or without."""
    wide = {name: panel()[name].unstack("year").to_numpy() for name in ("y", "x")}
    means = [wide[name].mean(axis=0) for name in ("y", "x")] if averages else []
    slopes = []
    for y, x in zip(wide["y"], wide["x"], strict=True):
        design = np.column_stack([x, np.ones(PERIODS), *means])
        slopes.append(np.linalg.lstsq(design, y, rcond=None)[0][0])
    return float(np.mean(slopes)), float(np.std(slopes, ddof=1) / np.sqrt(UNITS))


def test_mean_group_stands_beside_common_correlated_effects() -> None:
    pair = Beside.model_validate(
        {"table": "means", "models": {"1": ["mean"]},
         "also": [{"table": "common", "models": {"2": ["cce.mean_group"]}}]}
    )  # fmt: skip
    own = {m: by_hand(averages=a) for m, a in (("1", False), ("2", True))}
    assert abs(own["1"][0] - own["2"][0]) > 0.05, "the factor moves the mean group"
    rows = {m: {"x": f"{b:.4f} ({se:.4f})"} for m, (b, se) in own.items()}
    cells = reproduce(paper(table("1", rows, stars={})), {"1": pair}, tables())
    assert cells["status"].tolist() == ["reproduced"] * 4, cells[["printed", "ours", "reason"]]
    assert cells["table_id"].tolist() == ["means"] * 2 + ["common"] * 2
