"""Identity: equal content gives equal hashes, whatever the last bits and the order of rows."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from living_panel.estimation.panel import canonical
from living_panel.estimation.panel.canonical import canonical_number, content_hash, document_hash

FRAME = pd.DataFrame({"k": ["a", "b"], "v": [1.0, 2.5]})


def test_rows_and_columns_may_proxy_any_order() -> None:
    assert content_hash(FRAME) == content_hash(FRAME.iloc[::-1][["v", "k"]])


def test_last_bits_do_not_count_and_the_tenth_digit_does() -> None:
    assert content_hash(FRAME) == content_hash(FRAME.assign(v=[1.0 + 1e-13, 2.5]))
    assert content_hash(FRAME) != content_hash(FRAME.assign(v=[1.0 + 1e-8, 2.5]))


def test_a_missing_value_is_not_a_zero_and_not_an_empty_text() -> None:
    assert content_hash(FRAME) != content_hash(FRAME.assign(v=[float("nan"), 2.5]))
    assert content_hash(FRAME.assign(v=[0.0, 2.5])) != content_hash(
        FRAME.assign(v=[float("nan"), 2.5])
    )


def test_texts_cannot_run_into_each_other() -> None:
    left = pd.DataFrame({"a": ["x1"], "b": ["2"]})
    right = pd.DataFrame({"a": ["x"], "b": ["12"]})
    assert content_hash(left) != content_hash(right)


def test_the_precision_is_ten_significant_digits() -> None:
    assert canonical_number(0.1 + 0.2) == canonical_number(0.3)
    assert canonical_number(1.0000000001) == "1"
    assert canonical_number(1.000000001) == "1.000000001"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_canonical_numbers_keep_ten_digits(value: float) -> None:
    back = float(canonical_number(value))
    assert back == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_documents_hash_by_content_not_by_key_order() -> None:
    assert document_hash({"a": 1, "b": [1.0, None]}) == document_hash({"b": [1.0, None], "a": 1})
    assert document_hash({"a": 1}) != document_hash({"a": 2})


def _reference_hash(frame: pd.DataFrame) -> str:
    """The definition, one value at a time."""

    def text(value: object) -> str:
        if isinstance(value, float):
            return canonical_number(value)
        return "" if value is None else str(value)

    names = sorted(frame.columns)
    rows = zip(*(frame[name].tolist() for name in names), strict=True)
    lines = sorted("\x1f".join(map(text, row)) for row in rows)
    return hashlib.sha256("\n".join(["\x1f".join(names), *lines]).encode()).hexdigest()


NUMBERS = st.one_of(
    st.floats(),  # subnormal numbers, infinities, NaN and -0.0 among them
    st.integers(-(2**53), 2**53).map(float),
    st.integers(-(10**9), 10**9).map(lambda cents: cents / 100),
    st.floats(-2e-12, 2e-12),
    st.floats(1e9, 1e17),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@given(st.lists(st.tuples(NUMBERS, TEXTS, st.integers(-(2**31), 2**31)), max_size=30))
@example([(v, "", 0) for v in (5e-324, -5e-324, -0.0, float("nan"), -float("nan"))])
@example(
    [(v, "\n\x1f\x00中", 1) for v in (float("inf"), -float("inf"), 9999999999.5, 1e-12, 1e300)]
)
def test_hash_by_column_is_the_hash_by_value(rows: list[tuple[float, str, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["number", "text", "count"])
    frame = frame.astype({"number": "float64", "text": "str", "count": "int64"})
    assert content_hash(frame) == _reference_hash(frame)


def test_many_blocks_hash_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(1).normal(size=1_000) * 10.0 ** np.linspace(-300, 300, 1_000)
    frame = pd.DataFrame({"number": numbers, "text": [f"é{n % 7}" for n in range(1_000)]})
    monkeypatch.setattr(canonical, "BLOCK", 64)
    assert content_hash(frame) == _reference_hash(frame)
    marked = (frame["text"] == "é3").tolist()
    part = frame[marked].reset_index(drop=True)
    texts = canonical.CanonicalText(frame)
    assert texts.hash(rows=np.flatnonzero(marked)) == _reference_hash(part)


@given(
    st.lists(st.text("a\x1f\t z", max_size=3), min_size=1, max_size=9),
    st.text("\x1f z", max_size=2),
)
@example(["x", "x\t"], "")
def test_texts_that_all_rows_share_hash_as_any_other(texts: list[str], shared: str) -> None:
    frame = pd.DataFrame({"b": texts, "d": texts[::-1]}, dtype="str")
    frame = frame.assign(a=shared, c=shared, e=shared)
    assert content_hash(frame) == _reference_hash(frame)
    assert content_hash(frame[["a", "b"]]) == _reference_hash(frame[["a", "b"]])
    part = frame[["c", "d", "e"]]
    assert canonical.CanonicalText(frame).hash({"c", "d", "e"}) == _reference_hash(part)


def test_text_in_several_chunks_hashes_as_one() -> None:
    parts = [pd.DataFrame({"a": ["x", None]}, dtype="str"), pd.DataFrame({"a": ["y"]}, dtype="str")]
    assert content_hash(pd.concat(parts)) == content_hash(pd.DataFrame({"a": ["x", "", "y"]}))


def test_missing_texts_and_other_types_hash_as_their_words() -> None:
    frame = pd.DataFrame({"a": ["x", None], "b": [True, False], "c": [[1, 2], [3]]})
    as_text = pd.DataFrame({"a": ["x", ""], "b": ["True", "False"], "c": ["[1, 2]", "[3]"]})
    assert content_hash(frame) == content_hash(as_text)
    assert content_hash(pd.DataFrame()) == hashlib.sha256(b"").hexdigest()
