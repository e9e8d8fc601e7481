"""Comparison of two folders of one table: its numbers, its printed files, its manifest.

`python -m living_panel.estimation.package.compared TABLE STATED FOUND` prints the outcome as JSON: a package's
main file asks so.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.artifacts.comparison import (
    RELATIVE,
    Cell,
    Comparison,
    Level,
    compare_numbers,
    joined,
    read_numbers,
)
from living_panel.estimation.artifacts.prints import compare_printed, read_printed
from living_panel.estimation.package import sentences
from living_panel.estimation.package.facts import WrongPackage
from living_panel.estimation.tables.result import COEFFICIENT_COLUMNS, STATISTIC_COLUMNS
from living_panel.problems import Place

MANIFEST = "manifest.json"
OF_THE_RUN = {
    "artifact_id", "code", "files", "manifest_schema", "result_hash", "run", "spec_sha256", "supersedes",
}  # fmt: skip
"""Keys of a manifest that name a run, its code and its files: they are compared as such, or not at all."""
LARGEST_MANIFEST = 64 * 1024**2
FORMS = {
    "coefficients": {name: name in COEFFICIENT_COLUMNS[3:-1] for name in COEFFICIENT_COLUMNS},
    "statistics": {name: name == "value" for name in STATISTIC_COLUMNS},
    "specifications": {"model": False, "estimate": True},
}
"""Columns that each table of numbers has, and whether a column holds numbers."""


@dataclass(frozen=True)
class TableComparison:
    """Outcome for one table.

    Attributes
    ----------
    level : {"same bytes", "same numbers", "different"}
        Of its numbers and digits.
    cells : tuple of Cell
        Cells that differ.
    words, figures : tuple of str
        Files with the same numbers and other words; figures with other bytes.
    ties : int
        Last digits that differ because a value is a tie.
    largest : float
        Largest relative difference of the numbers that count as the same.
    """

    table: str
    level: Level
    cells: tuple[Cell, ...] = field(default=())
    words: tuple[str, ...] = field(default=())
    figures: tuple[str, ...] = field(default=())
    ties: int = 0
    largest: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome for JSON; numbers that JSON lacks are texts."""
        content = asdict(self)
        for cell in content["cells"]:
            cell |= {side: _plain(cell[side]) for side in ("stated", "found")}
        return content


def _plain(value: float | str) -> float | str:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def compare_folders(table: str, stated: Path, estimated: Path) -> TableComparison:
    """Compare what two folders hold of a table.

    Raises
    ------
    WrongPackage
        If a file cannot be read as part of a result.
    """
    one, other = checked_numbers(stated), checked_numbers(estimated)
    numbers = compare_numbers(table, one, other)
    printed = compare_printed(table, read_printed(stated), read_printed(estimated), (one, other))
    cells, words = _compare_manifests(
        table, read_result_manifest(stated), read_result_manifest(estimated)
    )
    if cells or printed.cells:
        level: Level = "different"
    else:
        level = "same numbers" if printed or words else "same bytes"
    whole = joined(numbers, Comparison(level, (*printed.cells, *cells)))
    return TableComparison(
        table, whole.level, whole.cells, (*printed.words, *words), printed.figures,
        printed.ties, whole.largest,
    )  # fmt: skip


def checked_numbers(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of numbers of a folder, each in the form of a result.

    Raises
    ------
    WrongPackage
        If a file is missing, damaged or of another form.
    """
    try:
        numbers = read_numbers(folder)
    except (OSError, ValueError, KeyError, TypeError, MemoryError) as error:
        raise unreadable(folder, error) from error
    for name, frame in numbers.items():
        for column, is_number in FORMS[name].items():
            if column not in frame:
                raise unreadable(folder / f"{name}.parquet", f"it has no column {column}")
            if is_number != pd.api.types.is_numeric_dtype(frame[column]) and len(frame):
                kind = "numbers" if is_number else "texts"
                raise unreadable(folder / f"{name}.parquet", f"{column} does not hold {kind}")
    return numbers


def read_result_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a table's folder.

    Raises
    ------
    WrongPackage
        If it is missing or no JSON object.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise unreadable(path, f"more than {LARGEST_MANIFEST} bytes")
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict):
            raise unreadable(path, "no JSON object")
    except WrongPackage:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(path, error) from error
    return content


def unreadable(path: Path, reason: object) -> WrongPackage:
    """Return the error for a file of a result that cannot be used."""
    short = str(reason).splitlines()[0] if str(reason) else type(reason).__name__
    return WrongPackage(
        sentences.RESULT_UNREADABLE(Place(file="/".join(path.parts[-2:])), reason=short)
    )


def _compare_manifests(
    table: str, stated: Mapping[str, Any], estimated: Mapping[str, Any]
) -> tuple[list[Cell], list[str]]:
    """Numbers of two manifests that differ, and places of other words."""
    one, other = (
        dict(_flat({k: v for k, v in side.items() if k not in OF_THE_RUN}, MANIFEST))
        for side in (stated, estimated)
    )
    cells, words = [], []
    for place in sorted({*one, *other}):
        a, b = one.get(place, ""), other.get(place, "")
        if _is_number(a) and _is_number(b):
            if not math.isclose(a, b, rel_tol=RELATIVE, abs_tol=0.0):
                cells.append(Cell(table, "", "", "", place, a, b))
        elif a != b:
            words.append(place)
    return cells, words


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flat(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{place}:{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{place}:{number}")
    else:
        yield place, value


if __name__ == "__main__":
    _table, _stated, _found = sys.argv[1:]
    print(json.dumps(compare_folders(_table, Path(_stated), Path(_found)).to_dict()))
