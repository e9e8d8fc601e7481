"""Stata files whose bytes depend on their content alone, and the parts of them that panels share."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

VERSION = 118
"""Stata 14, the first with Unicode."""
WRITTEN = datetime(2025, 1, 1)
"""Time in a file, fixed so that equal content gives equal bytes."""
LONGEST_LABEL = 80


def stata_bytes(frame: pd.DataFrame, **options: Any) -> bytes:
    """Return a frame as a Stata 14 file, with the options of `write_stata`."""
    buffer = io.BytesIO()
    write_stata(frame, buffer, **options)
    return buffer.getvalue()


def write_stata(
    frame: pd.DataFrame,
    target: Path | BinaryIO,
    *,
    variable_labels: Mapping[str, str],
    value_labels: Mapping[str, Mapping[int, str]],
    title: str | None = None,
    written: datetime = WRITTEN,
) -> None:
    """Write a frame as a Stata 14 file.

    Parameters
    ----------
    frame : DataFrame
        Columns of the file; the index is dropped.
    target : Path or binary file
        Place of the file, or an open file.
    variable_labels : mapping
        Label by column.
    value_labels : mapping
        Text by number, by column.
    title : str, optional
        Label of the file.
    written : datetime
        Time that the file states.
    """
    frame.to_stata(
        target,
        write_index=False,
        version=VERSION,
        time_stamp=written,
        data_label=title,
        variable_labels=dict(variable_labels),
        value_labels={column: dict(texts) for column, texts in value_labels.items()},
    )


def number_units(codes: Iterable[str]) -> dict[str, int]:
    """Number the units from 1 on, in the order of their codes, as `xtset` needs numbers."""
    return {code: number for number, code in enumerate(sorted(set(codes)), start=1)}


def measure_label(title: str, unit: str) -> str:
    """Label of a measure: title and unit, cut at Stata's limit."""
    return f"{title}, {unit}"[:LONGEST_LABEL]


def measure_labels(indicators: pd.DataFrame, columns: Collection[str]) -> dict[str, str]:
    """Label of each measure that is a column, by the titles and units of `indicators`."""
    return {
        row.measure: measure_label(row.title, row.unit)
        for row in indicators.itertuples()
        if row.measure in columns
    }
