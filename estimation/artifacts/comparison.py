"""Comparison of two results of one table by value: same bytes, same numbers, or different, with the cells.

Hashes are an identity within one environment. Between environments the last bits differ, and a value at the
edge of its tenth digit changes its hash: so numbers are compared, with the tolerances stated here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from living_panel.estimation.panel.canonical import ZERO_BELOW
from living_panel.estimation.tables.result import STATISTIC_KEY, TableResult

RELATIVE = 1e-8
"""Largest relative difference of the same number."""
OF_STANDARD_ERROR = 1e-10
"""Largest difference of the same number, as a share of its standard error."""
OF_P_VALUE = 1e-7
"""Largest difference of the same p-value."""
Level = Literal["same bytes", "same numbers", "different"]
LEVELS: tuple[Level, ...] = get_args(Level)
KEYS = {
    "coefficients": ["model", "term", "inference"],
    "statistics": STATISTIC_KEY,
    "specifications": ["model"],
}
"""Tables of numbers of an artifact, by file stem, with the key of a row."""
NEEDED = ("coefficients", "statistics")
ROW = ["frame", "model", "term", "inference", "statistic", "row"]
NEAR_THE_ESTIMATE = {"estimate", "ci_low", "ci_high"}
ADJUSTED_P_VALUES = {"equality_holm", "equality_romano_wolf"}
NO_ROW = "no such row"
Numbers = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Cell:
    """A number or a text that two results of a table do not share.

    Attributes
    ----------
    table, model, term, inference, statistic : str
        The place; of a printed file the statistic is its name.
    stated, found : float or str
        Both values; a text where there is no number.
    """

    table: str
    model: str
    term: str
    inference: str
    statistic: str
    stated: float | str
    found: float | str

    @property
    def name(self) -> str:
        """Model, term, inference and statistic in one line."""
        parts = (self.model, self.term, self.inference, self.statistic)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Comparison:
    """Outcome of a comparison.

    Attributes
    ----------
    level : {"same bytes", "same numbers", "different"}
    cells : tuple of Cell
        The cells that differ beyond the tolerances.
    largest : float
        Largest relative difference of the numbers that count as the same.
    """

    level: Level
    cells: tuple[Cell, ...] = field(default=())
    largest: float = 0.0


def joined(*comparisons: Comparison) -> Comparison:
    """Return the comparison of the whole from those of its parts."""
    return Comparison(
        max((c.level for c in comparisons), key=LEVELS.index, default="same bytes"),
        tuple(cell for c in comparisons for cell in c.cells),
        max((c.largest for c in comparisons), default=0.0),
    )


def numbers_of(result: TableResult) -> dict[str, pd.DataFrame]:
    """Return the tables of numbers of an estimated table, by file stem."""
    frames = {name: getattr(result, name) for name in KEYS}
    return {name: frame for name, frame in frames.items() if frame is not None}


def read_numbers(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of numbers of a stored table, in the form in which they were estimated."""
    files = {name: folder / f"{name}.parquet" for name in KEYS}
    return {n: _read(f) for n, f in files.items() if n in NEEDED or f.is_file()}


def _read(file: Path) -> pd.DataFrame:
    """A table of a file, in which a cell that holds a list is one: Parquet gives it as an array."""
    frame = pd.read_parquet(file)
    for name in frame.columns[frame.dtypes == "object"]:
        frame[name] = [v.tolist() if isinstance(v, np.ndarray) else v for v in frame[name]]
    return frame


def compare_numbers(table: str, stated: Numbers, estimated: Numbers) -> Comparison:
    """Compare the numbers of two results of a table, cell by cell.

    Parameters
    ----------
    table : str
        Name of the table, for the cells.
    stated, found : mapping of str to pandas.DataFrame
        Tables of numbers by the names of `KEYS`.

    Returns
    -------
    Comparison
        Missing values equal missing values. Values below 1e-12 are zero, as in every hash. Texts must be
        equal, and so must infinite values.
    """
    return compare_cells(table, cells_of(stated), cells_of(estimated))


def compare_cells(table: str, stated: pd.DataFrame, estimated: pd.DataFrame) -> Comparison:
    """Compare two results of a table whose numbers are in the form of `cells_of`, as `compare_numbers` does."""
    both = stated.merge(estimated, on=ROW, how="outer", suffixes=("_stated", "_found"), sort=False)
    in_old, in_new = (both[f"text_{side}"].notna().to_numpy() for side in ("stated", "found"))
    a, b = (both[f"value_{side}"].to_numpy("float64") for side in ("stated", "found"))
    texts = (both["text_stated"] == both["text_found"]).to_numpy()
    with np.errstate(invalid="ignore"):
        gap = np.abs(a - b)
        close = gap <= _allowed(both, a, b)
    missing = np.isnan(a) & np.isnan(b)
    same = texts & (missing | (a == b) | (np.isfinite(gap) & close))
    bits = texts & (a.view("int64") == b.view("int64"))
    compared = same & ~missing & (gap > 0)
    relative = gap[compared] / np.maximum(np.abs(a), np.abs(b))[compared]
    largest = float(relative.max()) if relative.size else 0.0
    if same.all():
        # missing values have bits of their own, which no file keeps
        return Comparison("same bytes" if (bits | missing).all() else "same numbers", (), largest)
    wrong = both[~same].assign(has_stated=in_old[~same], has_found=in_new[~same])
    return Comparison("different", tuple(_cells(table, wrong)), largest)


def _allowed(both: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Largest difference of each row that counts as none."""
    of_value = RELATIVE * np.maximum(np.abs(a), np.abs(b))
    of_error = OF_STANDARD_ERROR * both["std_error_found"].fillna(0.0).to_numpy("float64")
    of_p = np.where(_is_p_value(both["statistic"]), OF_P_VALUE, 0.0)
    zero = (np.abs(a) < ZERO_BELOW) & (np.abs(b) < ZERO_BELOW)
    allowed: np.ndarray = np.where(zero, 2 * ZERO_BELOW, np.fmax.reduce([of_value, of_error, of_p]))
    return allowed


def _is_p_value(names: pd.Series) -> np.ndarray:
    mask = names.str.contains("p_value", regex=False) | names.isin(ADJUSTED_P_VALUES)
    return mask.to_numpy(bool)


def cells_of(numbers: Numbers) -> pd.DataFrame:
    """Return one row for each cell: its key, its number or text, and the standard error it is measured by."""
    empty = pd.DataFrame(columns=[*ROW, "value", "text", "std_error"])
    parts = [part for name, frame in numbers.items() for part in _columns(name, frame)]
    long = pd.concat(parts, ignore_index=True) if parts else empty
    long["row"] = long.groupby(ROW[:-1]).cumcount()  # rows with one key are told apart by order
    types = {"value": "float64", "std_error": "float64", "row": "int64"}
    return long.astype({**dict.fromkeys([*ROW[:-1], "text"], "str"), **types})


def _columns(name: str, frame: pd.DataFrame) -> Iterable[pd.DataFrame]:
    """The cells of a table of numbers, one column after the other."""
    keys = {k: _texts(frame[k]) if k in frame else "" for k in ("model", "term", "inference")}
    if name == "statistics":
        yield pd.DataFrame(
            {
                "frame": name, **keys, "statistic": _texts(frame["statistic"]),
                "value": _floats(frame["value"]), "text": _texts(frame["text"]), "std_error": np.nan,
            },
            index=range(len(frame)),
        )  # fmt: skip
        return
    errors = _floats(frame["std_error"]) if "std_error" in frame else np.nan
    for column in (c for c in frame.columns if c not in KEYS[name]):
        is_number = pd.api.types.is_numeric_dtype(frame[column])
        measured = (
            1.0 if column == "statistic" else errors
        )  # which is a multiple of the standard error
        yield pd.DataFrame(
            {
                "frame": name,
                **keys,
                "statistic": column,
                "value": _floats(frame[column]) if is_number else np.nan,
                "text": "" if is_number else _texts(frame[column]),
                "std_error": measured if column in NEAR_THE_ESTIMATE | {"statistic"} else np.nan,
            },
            index=range(len(frame)),
        )


def _floats(column: pd.Series) -> np.ndarray:
    return column.to_numpy("float64", na_value=np.nan)


def _texts(column: pd.Series) -> list[str]:
    return [_text(value) for value in column]


def _text(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(map(str, value))
    return "" if pd.isna(value) else str(value)


def _cells(table: str, wrong: pd.DataFrame) -> Iterable[Cell]:
    for row in wrong.to_dict("records"):
        values = (
            (row[f"text_{side}"] or row[f"value_{side}"]) if row[f"has_{side}"] else NO_ROW
            for side in ("stated", "found")
        )
        yield Cell(table, row["model"], row["term"], row["inference"], row["statistic"], *values)


def known_values(numbers: Numbers) -> np.ndarray:
    """Return every number of a result, for the ties of what is printed."""
    values = np.abs(cells_of(numbers)["value"].to_numpy("float64"))
    finite: np.ndarray = np.unique(values[np.isfinite(values)])
    return finite


def is_tie(stated: str, estimated: str, values: np.ndarray) -> bool:
    """Return whether two prints of a number differ by rounding a value that lies between them.

    Parameters
    ----------
    stated, found : str
        Unsigned decimal numbers as printed.
    values : numpy.ndarray
        Sorted magnitudes of the numbers of the table; one may be printed in per cent.
    """
    decimals = len(stated.partition(".")[2])
    if decimals != len(estimated.partition(".")[2]):
        return False
    unit = 10.0**-decimals
    a, b = float(stated), float(estimated)
    if not math.isclose(abs(a - b), unit, rel_tol=1e-6):
        return False
    middle = (a + b) / 2
    return any(has_value(values, middle / scale) for scale in (1.0, 100.0))


def has_value(values: np.ndarray, wanted: float) -> bool:
    """Return whether sorted numbers hold one, within the tolerance."""
    place = int(np.searchsorted(values, wanted))
    near: Sequence[float] = values[max(place - 1, 0) : place + 1].tolist()
    return any(abs(value - wanted) <= 2 * RELATIVE * abs(wanted) for value in near)
