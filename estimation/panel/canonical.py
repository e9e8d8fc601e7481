"""The canonical form in which numbers are hashed, the same on every machine.

Rounding to the stated precision and hashing frames and documents. Floating-point results differ in
their last bits between processors and library versions, so identity is defined at 10 significant
digits, and anything below 1e-12 in magnitude is zero.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

SIGNIFICANT_DIGITS = 10
ZERO_BELOW = 1e-12


def canonical_number(value: float) -> str:
    """Number at 10 significant digits; NaN and infinities by name."""
    if value is None or value != value:
        return "nan"
    if abs(value) < ZERO_BELOW:
        return "0"
    return f"{value:.{SIGNIFICANT_DIGITS}g}"


def content_hash(frame: pd.DataFrame) -> str:
    """sha256 of a frame's content: columns by name, rows sorted, numbers canonical."""
    return CanonicalText(frame).hash()


class CanonicalText:
    """The canonical text of a frame, made once for the hashes of several of its parts."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._columns = {name: _as_text(frame[name]) for name in sorted(frame.columns)}

    def hash(
        self, columns: Collection[str] | None = None, rows: Sequence[bool] | None = None
    ) -> str:
        """sha256 of the frame, or of some of its columns and of the rows that are marked true."""
        names = [name for name in self._columns if columns is None or name in columns]
        lines = self._lines if columns is None else self._joined(names)
        chosen = lines if rows is None else compress(lines, rows)
        header = "\x1f".join(names)
        return hashlib.sha256("\n".join([header, *sorted(chosen)]).encode()).hexdigest()

    @cached_property
    def _lines(self) -> list[str]:
        return self._joined(self._columns)

    def _joined(self, names: Collection[str]) -> list[str]:
        columns = (self._columns[name] for name in names)
        return list(map("\x1f".join, zip(*columns, strict=True)))


def document_hash(document: Any) -> str:
    """sha256 of a JSON-like document, keys sorted, floats canonical."""
    text = json.dumps(_plain(document), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _as_text(column: pd.Series) -> list[str]:
    if pd.api.types.is_float_dtype(column):
        numbers = column.to_numpy("float64", na_value=np.nan).tolist()
        return [canonical_number(v) for v in numbers]
    if isinstance(column.dtype, pd.StringDtype):  # a text often repeats: each is looked at once
        codes, texts = pd.factorize(column)
        known = [*np.asarray(texts, dtype=object).tolist(), ""]  # code -1: missing
        return [known[code] for code in codes.tolist()]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub":  # never missing
        return list(map(str, column.tolist()))
    return [str(v) if isinstance(v, list) else "" if pd.isna(v) else str(v) for v in column]


def _plain(document: Any) -> Any:
    if isinstance(document, dict):
        return {str(k): _plain(v) for k, v in document.items()}
    if isinstance(document, (list, tuple)):
        return [_plain(v) for v in document]
    if isinstance(document, (float, np.floating)):
        return canonical_number(float(document))
    if isinstance(document, np.generic):
        return document.item()
    return document
