"""Identity: equal content gives equal hashes, whatever the last bits and the order of rows."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
