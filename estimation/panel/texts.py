"""Texts of many rows at once, in Arrow: labels that repeat share their memory."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa

TEXT = pa.large_string()
BLOCK = 65_536
"""Rows of a chunk."""


def word(text: str) -> pa.LargeStringScalar:
    """Return a text as Arrow takes it."""
    return pa.scalar(text, TEXT)


def repeat_texts(texts: Iterable[str], counts: Iterable[int]) -> pd.api.extensions.ExtensionArray:
    """Return each text as often as its count, one after the other; the rows of a text share memory.

    Parameters
    ----------
    texts : iterable of str
    counts : iterable of int
        Number of rows of each text.

    Returns
    -------
    ExtensionArray
        Column of pandas of type `str`.
    """
    chunks = []
    for text, count in zip(texts, counts, strict=True):
        block = pa.repeat(word(text), min(count, BLOCK))
        chunks += [block] * (count // BLOCK) + [block[: count % BLOCK]]
    return pd.array(pa.chunked_array(chunks, TEXT), dtype="str")
