"""Checks of an artifact (stored result of a table) before later stages use it.

The validator of the stage artifacts. Each other stage has its own, where its data is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.artifacts import sentences
from living_panel.estimation.artifacts.artifact import read_statistics, verify_files
from living_panel.estimation.tables.result import COEFFICIENT_COLUMNS, STATISTIC_COLUMNS
from living_panel.problems import Place, Problem, ProblemError


def artifact_faults(folder: Path, manifest: dict[str, Any]) -> list[Problem]:
    """Return all faults of an artifact (stored result of a table); empty if it has none.

    Its files must match the manifest. Standard errors must be positive, p-values in [0, 1], and the ends of
    an interval in order. An estimated table must have numbers and a banner.
    """
    try:
        verify_files(folder)
    except ProblemError as error:
        return list(error.problems)
    coefficients = pd.read_parquet(folder / "coefficients.parquet")
    statistics = read_statistics(folder)
    whole = Place(file=str(folder))
    if (
        list(coefficients.columns) != COEFFICIENT_COLUMNS
        or list(statistics.columns) != STATISTIC_COLUMNS
    ):
        return [sentences.OTHER_COLUMNS(whole)]
    problems = []
    if manifest["status"] == "estimated":
        if coefficients.empty and statistics.empty:
            problems.append(sentences.NO_NUMBER(whole))
        if not manifest["banner"]:
            problems.append(sentences.NO_BANNER(whole))
    return [*problems, *(p for row in coefficients.itertuples() for p in _impossible(folder, row))]


def _impossible(folder: Path, row: Any) -> Iterator[Problem]:
    """Numbers of one coefficient that no estimate can have."""
    place = Place(file=str(folder), table=row.model, column=row.inference, cell=row.term)
    if not np.isfinite(row.estimate):
        yield sentences.ESTIMATE(place, value=row.estimate)
    if pd.notna(row.std_error) and not row.std_error > 0:
        yield sentences.STD_ERROR(place, value=row.std_error)
    if pd.notna(row.p_value) and not 0 <= row.p_value <= 1:
        yield sentences.P_VALUE(place, value=row.p_value)
    if pd.notna(row.ci_low) and pd.notna(row.ci_high) and not row.ci_low <= row.ci_high:
        yield sentences.INTERVAL(place, low=row.ci_low, high=row.ci_high)
