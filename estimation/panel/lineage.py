"""From the rows of a sample to the files of its cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    keys = dict.fromkeys(key for role in roles for _, key in _cells_of(sample, role))
    observations = sample.release.observations
    places = _places(observations).get_indexer(pd.MultiIndex.from_tuples(keys, names=_KEY))
    used = observations.iloc[np.unique(places[places >= 0])]
    return used.groupby(FILE_COLUMNS, dropna=False).size().rename("cells").reset_index()


class CellFiles:
    """Files behind any rows of several variables, for tables whose models have a sample each.

    Parameters
    ----------
    observations : pandas.DataFrame
        Those of the release.
    rows : pandas.MultiIndex
        Unit and year of every row that a model may use.
    variables : mapping
        A key of the caller's to the sample of a variable, and its role there.
    """

    def __init__(
        self,
        observations: pd.DataFrame,
        rows: pd.MultiIndex,
        variables: Mapping[Any, tuple[Estimable, str]],
    ) -> None:
        groups = observations.groupby(FILE_COLUMNS, dropna=False)
        self._file = groups.ngroup().to_numpy()
        self._files = groups.size().reset_index()[FILE_COLUMNS]
        self.rows = rows
        self._behind = {}
        for key, (sample, role) in variables.items():
            cells, keys = zip(*_cells_of(sample, role), strict=True)
            row = rows.get_indexer(pd.MultiIndex.from_tuples(cells))
            place = _places(observations).get_indexer(pd.MultiIndex.from_tuples(keys, names=_KEY))
            there = (row >= 0) & (place >= 0)
            self._behind[key] = row[there], place[there]

    def used(self, keys: Iterable[Any], rows: np.ndarray) -> np.ndarray:
        """Mark the observations behind some variables in some rows.

        Parameters
        ----------
        keys : iterable
            Keys of the variables.
        rows : numpy.ndarray of bool
            Shape (rows,): those that the model uses.

        Returns
        -------
        numpy.ndarray of bool
            Shape (observations,).
        """
        marks = np.zeros(len(self._file), dtype=bool)
        for key in keys:
            row, place = self._behind[key]
            marks[place[rows[row]]] = True
        return marks

    def frame(self, models: Mapping[str, np.ndarray]) -> pd.DataFrame:
        """Return the files of each model, given with the marks of its observations, as `lineage_frame` does."""
        counts = [np.bincount(self._file[m], minlength=len(self._files)) for m in models.values()]
        model, file = np.nonzero(np.reshape(counts, (len(models), len(self._files))))
        rows = self._files.iloc[file].assign(
            model=np.array(list(models), dtype=object)[model],
            cells=[counts[m][f] for m, f in zip(model, file, strict=True)],
        )
        return _typed(rows)


def _cells_of(
    sample: Estimable, role: str
) -> Iterable[tuple[tuple[str, int], tuple[str, str, int]]]:
    """Each row with measure, unit and year of each observed value behind its variable."""
    choice = sample.choices[role]
    filled = {
        (cell["province_code"], cell["year"]): cell["from_years"]
        for cell in sample.filled
        if cell["variable"] == role
    }
    for unit, year in sample.frame.index:
        measured = year - choice.lag
        for from_year in filled.get((unit, measured), [measured]):
            yield (unit, year), (choice.measure, unit, from_year)
        for divisor in choice.divided_by:
            yield (unit, year), (divisor, unit, measured)


@by_identity
def _places(observations: pd.DataFrame) -> pd.MultiIndex:
    """Keys of observations, in their order."""
    return pd.MultiIndex.from_frame(observations[_KEY])


def lineage_frame(parts: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Files by model, typed."""
    frames = [files.assign(model=model) for model, files in parts]
    return _typed(pd.concat(frames) if frames else pd.DataFrame())


def _typed(files: pd.DataFrame) -> pd.DataFrame:
    columns: list[Any] = ["model", *FILE_COLUMNS, "cells"]
    types = {c: "string" for c in columns} | {"edition": "Int32", "cells": "Int64"}
    return files.reindex(columns=columns).astype(types).reset_index(drop=True)
