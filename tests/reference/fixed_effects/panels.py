"""Panels that R and Python peers estimated, the answers stored by `oracle.R`, and a distance from them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
ORACLE = json.loads((FOLDER / "oracle.json").read_text())
PANELS = ["grunfeld", "produc", "unbalanced", "petersen"]
SMALL = PANELS[:3]  # with all dummies and clubSandwich
TERMS = {name: list(np.atleast_1d(ORACLE[name]["terms"])) for name in PANELS}


@cache
def panel(name: str) -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / "inputs" / f"{name}.csv", dtype={"unit": str})
    return frame.rename(columns={"unit": "province_code"}).set_index(["province_code", "year"])


def columns(name: str) -> tuple[pd.Series, pd.DataFrame]:
    return panel(name)["y"], panel(name)[TERMS[name]]


def distance(ours: pd.DataFrame, reference: object) -> float:
    """Largest difference in units of the reference's standard errors."""
    reference = np.atleast_2d(np.array(reference))
    scale = np.sqrt(np.diag(reference))
    return float(np.abs((ours.to_numpy() - reference) / np.outer(scale, scale)).max())
