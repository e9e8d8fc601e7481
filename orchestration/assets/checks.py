"""Conditions on an artifact before anything is built on it.

The validator of the stage artifacts. Each other stage has its own, where its data is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimation.artifacts.artifact import read_statistics, verify_files
from estimation.tables.result import COEFFICIENT_COLUMNS, STATISTIC_COLUMNS


def artifact_faults(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Everything wrong with an artifact, in words; empty when it is sane.

    Its files must be those of the manifest. Standard errors must be positive, p-values inside [0, 1], the ends of an
    interval in order. An estimated table must hold numbers and a banner.
    """
    try:
        verify_files(folder)
    except ValueError as error:
        return [str(error)]
    coefficients = pd.read_parquet(folder / "coefficients.parquet")
    statistics = read_statistics(folder)
    faults = []
    if (
        list(coefficients.columns) != COEFFICIENT_COLUMNS
        or list(statistics.columns) != STATISTIC_COLUMNS
    ):
        return [f"{folder}: columns differ from the schema"]
    if manifest["status"] == "estimated":
        if coefficients.empty and statistics.empty:
            faults.append("estimated, but without a number")
        if not manifest["banner"]:
            faults.append("no banner says what kind of figures these are")
    for row in coefficients.itertuples():
        place = f"{row.model}, {row.term}, {row.inference}"
        if not np.isfinite(row.estimate):
            faults.append(f"{place}: estimate {row.estimate}")
        if pd.notna(row.std_error) and not row.std_error > 0:
            faults.append(f"{place}: standard error {row.std_error}")
        if pd.notna(row.p_value) and not 0 <= row.p_value <= 1:
            faults.append(f"{place}: p-value {row.p_value}")
        if pd.notna(row.ci_low) and pd.notna(row.ci_high) and not row.ci_low <= row.ci_high:
            faults.append(f"{place}: interval {row.ci_low} to {row.ci_high}")
    return faults
