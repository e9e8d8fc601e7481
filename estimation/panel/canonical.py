"""The canonical form in which numbers are hashed, the same on every machine.

Rounding to the stated precision and hashing frames and documents. Floating-point results differ in
their last bits between processors and library versions, so identity is defined at 10 significant
digits, and anything below 1e-12 in magnitude is zero.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from living_panel.estimation.panel.texts import TEXT, word
from living_panel.ingestion.digests import sha256_of_bytes, sha256_of_parts

SIGNIFICANT_DIGITS = 10
ZERO_BELOW = 1e-12
BLOCK = 100_000
"""Rows whose text is made at once."""


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
    """The canonical text of a frame, made by column, once for the hashes of several of its parts.

    A column with one text has it once. Lines exist only block by block, in the order of their hash.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._n_rows = len(frame) if len(frame.columns) else 0
        self._columns = {name: _once(_as_text(frame[name])) for name in sorted(frame.columns)}

    def hash(self, columns: Collection[str] | None = None, rows: np.ndarray | None = None) -> str:
        """sha256 of the frame, or of some of its columns and of the rows at some positions."""
        names = [name for name in self._columns if columns is None or name in columns]
        order = self._order if columns is None else self._sort(names)
        if rows is not None:
            is_part = np.zeros(self._n_rows, dtype=bool)
            is_part[rows] = True
            order = order[is_part[order]]
        return sha256_of_parts(chain(["\x1f".join(names).encode()], self._lines(names, order)))

    @cached_property
    def _order(self) -> np.ndarray:
        return self._sort([*self._columns])

    def _sort(self, names: Sequence[str]) -> np.ndarray:
        """Rows in the order of their lines, by the bytes of UTF-8, which is that of the characters."""
        if not self._n_rows:
            return np.empty(0, dtype=np.uint64)
        columns = [self._columns[name] for name in names]
        varying = [column for column in columns if isinstance(column, pa.Array)]
        if not varying:
            return np.arange(self._n_rows)
        if not any(re.search(b"\x1f", _content(column)) for column in varying):
            # no text runs into the next column, so that a text of all rows decides nothing
            end = [] if varying[-1] is columns[-1] else [word("")]
            columns = [*varying, *end]
        return pc.array_sort_indices(_joined(columns)).to_numpy()

    def _lines(self, names: Sequence[str], order: np.ndarray) -> Iterator[memoryview]:
        """Lines of rows in this order, each behind its line feed."""
        for start in range(0, len(order), BLOCK):
            block = pa.array(order[start : start + BLOCK])
            first, *others = (
                column.take(block) if isinstance(column, pa.Array) else column
                for column in (self._columns[name] for name in names)
            )
            if isinstance(first, pa.Scalar):
                first = pa.repeat(first, len(block))
            first = pc.binary_join_element_wise(word("\n"), first, word(""))
            yield _content(_joined([first, *others]))


def document_hash(document: Any) -> str:
    """sha256 of a JSON-like document, keys sorted, floats canonical."""
    text = json.dumps(_plain(document), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256_of_bytes(text.encode())


def _joined(columns: Sequence[pa.LargeStringArray | pa.Scalar]) -> pa.LargeStringArray:
    return pc.binary_join_element_wise(*columns, word("\x1f"))


def _content(texts: pa.LargeStringArray) -> memoryview:
    """Bytes of all texts, one after the other."""
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset :][: len(texts) + 1]
    return memoryview(content)[ends[0] : ends[-1]]


def _once(texts: pa.LargeStringArray | pa.ChunkedArray) -> pa.LargeStringArray | pa.Scalar:
    """The one text of all rows, or the texts as one array."""
    if len(texts) and pc.all(pc.equal(texts, texts[0])).as_py():
        return texts[0]
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _as_text(column: pd.Series) -> pa.LargeStringArray | pa.ChunkedArray:
    if pd.api.types.is_float_dtype(column):
        numbers = column.to_numpy("float64", na_value=np.nan)
        return pa.concat_arrays([pa.array([], TEXT), *_number_texts(numbers)])
    if isinstance(column.dtype, pd.StringDtype):
        return pa.array(column, TEXT).fill_null("")  # in several chunks where the column is
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":  # never missing
        return pa.array(column.to_numpy()).cast(TEXT)
    texts = [str(v) if isinstance(v, list) else "" if pd.isna(v) else str(v) for v in column]
    return pa.array(texts, TEXT)


def _number_texts(numbers: np.ndarray) -> Iterator[pa.LargeStringArray]:
    """Texts of many numbers, each that of `canonical_number`, formatted together in blocks."""
    for start in range(0, len(numbers), BLOCK):
        block = numbers[start : start + BLOCK]
        block = np.where(np.abs(block) < ZERO_BELOW, 0.0, block)
        lines = f"%.{SIGNIFICANT_DIGITS}g\n" * len(block) % tuple(block.tolist())
        content = np.frombuffer(lines.encode(), dtype=np.uint8)
        is_end = content == ord("\n")
        ends = np.flatnonzero(is_end) - np.arange(len(block))
        offsets = np.concatenate([[0], ends]).astype(np.int64)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content[~is_end].tobytes())]
        yield pa.Array.from_buffers(TEXT, len(block), buffers)


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
