"""Rows of a provincial panel, its dummies, and the ways of inference that tests ask for."""

from __future__ import annotations

import numpy as np
import pandas as pd

CLUSTERED = {
    "cov": "clustered",
    "correction": "reghdfe",
    "df": "t(G-1)",
    "cluster": "province_code",
}
JACKKNIFE = {**CLUSTERED, "cov": "cr3:jackknife", "correction": "none"}
WILD = {
    **CLUSTERED,
    "cov": "wild_cluster_bootstrap:rademacher",
    "df": "none",
    "draws": 999,
    "seed": 1,
}


def rows(units: int, years: int, first: int = 2008) -> pd.MultiIndex:
    """Every province, 110000, 111000 and so on, in every year."""
    codes = [f"{110000 + 1000 * i}" for i in range(units)]
    names = ["province_code", "year"]
    return pd.MultiIndex.from_product([codes, range(first, first + years)], names=names)


def dummies(index: pd.MultiIndex) -> np.ndarray:
    """One column a province, then one a year."""
    levels = (index.get_level_values(level) for level in (0, 1))
    return np.column_stack([pd.get_dummies(values, dtype=float) for values in levels])


def net_of(z: pd.DataFrame | pd.Series, *others: object) -> np.ndarray:
    """Residual of z from least squares on other columns and all dummies."""
    design = np.column_stack([*others, dummies(z.index)])
    return z.to_numpy() - design @ np.linalg.lstsq(design, z.to_numpy(), rcond=None)[0]
