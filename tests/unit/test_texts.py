"""Texts of many rows at once are those that one row at a time gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from living_panel.estimation.panel import texts
from living_panel.estimation.panel.texts import csv_blocks, number_texts, repeat_texts

NUMBERS = st.one_of(
    st.floats(),
    st.floats(1e-5, 1e-3),
    st.floats(1e9, 1e11),
    st.floats(1e15, 1e17),
    st.integers(-(10**12), 10**12).map(float),
    st.integers(-(10**9), 10**9).map(lambda cents: cents / 100),
)
EDGES = [1e-4, 9.999e-5, 1e10, 9999999999.5, 1e16, 0.0, -0.0, 5e-324, 2.0**-13, float("inf")]
WORDS = st.one_of(st.none(), st.text('a,"\n\x1f é', max_size=4))


@given(st.lists(NUMBERS, max_size=30))
@example([*EDGES, *(-number for number in EDGES), float("nan")])
@example((2.0 ** np.arange(-60, 80)).tolist())
def test_texts_of_numbers_are_those_of_python(numbers: list[float]) -> None:
    assert number_texts(np.array(numbers, dtype="float64")).to_pylist() == [*map(repr, numbers)]


def test_texts_repeat_in_their_order_and_share_memory() -> None:
    counts = [3, 0, 2 * texts.BLOCK + 5]
    column = pd.Series(repeat_texts(["a", "b", "c" * 64], counts))
    assert column.dtype == "str"
    assert column.tolist() == ["a"] * 3 + ["c" * 64] * counts[2]
    chunks = [chunk for chunk in column.array.__arrow_array__().chunks if len(chunk) > 3]
    assert len(chunks) == 3 and len({chunk.buffers()[2].address for chunk in chunks}) == 1


@given(
    st.lists(st.tuples(WORDS, NUMBERS, st.integers(-(2**31), 2**31), st.booleans()), max_size=30)
)
@example([])
def test_csv_by_block_has_the_bytes_of_pandas(rows: list[tuple]) -> None:
    frame = pd.DataFrame(rows, columns=["a,b", "number", "count", "is_it"])
    frame = frame.astype({"a,b": "str", "number": "float64", "count": "int64"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "BLOCK", 4)
        content = b"".join(csv_blocks(frame))
    assert content == frame.to_csv(index=False, lineterminator="\n").encode()


def test_a_carriage_return_stays_inside_its_cell() -> None:
    """Python's writer quotes it in later versions alone."""
    frame = pd.DataFrame({"a": ["x\ry"], "b": [1]})
    assert b"".join(csv_blocks(frame)) == b'a,b\n"x\ry",1\n'
