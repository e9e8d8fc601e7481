"""Columns of a table that are estimated once a sample: their ids, titles and conditions, from the key `samples`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from living_panel.estimation.panel.where import all_of


def model_name(sample: str, column: str) -> str:
    """Id of a column on a sample."""
    return f"{sample}_{column}"


def columns_by_sample(options: Mapping[str, Any]) -> list[Any]:
    """Columns of options as they are estimated; without `samples` these are the columns as written.

    Parameters
    ----------
    options : mapping
        Options of a table. `samples` has the condition on the rows of each sample, by its name.

    Returns
    -------
    list
        All columns on the first sample, then all on the next one.
    """
    columns = list(options.get("columns") or [])
    if not (samples := options.get("samples")):
        return columns
    return [
        {
            **column,
            "id": model_name(sample, column["id"]),
            "title": f"{column['title']}, {sample} sample",
            "where": all_of(condition, column.get("where", "")),
        }
        for sample, condition in samples.items()
        for column in columns
    ]
