"""From the rows of a sample to the files of its cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.panel.by_identity import by_identity
from living_panel.estimation.panel.sample import Estimable

FILE_COLUMNS = ["source", "edition", "vintage", "file", "sha256"]
_KEY = ["measure", "province_code", "year"]


def files_behind(sample: Estimable, roles: Iterable[str]) -> pd.DataFrame:
    """Files of the cells that the rows of a sample use.

    A filled cell rests on the cells it is filled from. A variable per head or deflated rests on the cells of its
    divisor too. A cell that several variables use counts once.

    Parameters
    ----------
    sample : Estimable
    roles : iterable of str
        The variables used.

    Returns
    -------
    pandas.DataFrame
        `FILE_COLUMNS` and `cells`, the number of observed values that enter.
    """
    keys = dict.fromkeys(key for role in roles for key in _cells_of(sample, role))
    observations = sample.release.observations
    places = _places(observations).get_indexer(pd.MultiIndex.from_tuples(keys, names=_KEY))
    used = observations.iloc[np.unique(places[places >= 0])]
    return used.groupby(FILE_COLUMNS, dropna=False).size().rename("cells").reset_index()


def _cells_of(sample: Estimable, role: str) -> Iterable[tuple[str, str, int]]:
    """Measure, unit and year of each observed value behind a variable."""
    choice = sample.choices[role]
    filled = {
        (cell["province_code"], cell["year"]): cell["from_years"]
        for cell in sample.filled
        if cell["variable"] == role
    }
    for unit, year in sample.frame.index:
        measured = year - choice.lag
        for from_year in filled.get((unit, measured), [measured]):
            yield choice.measure, unit, from_year
        for divisor in choice.divided_by:
            yield divisor, unit, measured


@by_identity
def _places(observations: pd.DataFrame) -> pd.MultiIndex:
    """Keys of observations, in their order."""
    return pd.MultiIndex.from_frame(observations[_KEY])


def lineage_frame(parts: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Files by model, typed."""
    frames = [files.assign(model=model) for model, files in parts]
    columns: list[Any] = ["model", *FILE_COLUMNS, "cells"]
    found = pd.concat(frames) if frames else pd.DataFrame(columns=columns)
    types = {c: "string" for c in columns} | {"edition": "Int32", "cells": "Int64"}
    return found.reindex(columns=columns).astype(types).reset_index(drop=True)
