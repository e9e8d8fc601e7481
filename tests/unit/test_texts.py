"""Texts of many rows at once are those that one row at a time gives."""

from __future__ import annotations

import pandas as pd

from living_panel.estimation.panel import texts
from living_panel.estimation.panel.texts import repeat_texts


def test_texts_repeat_in_their_order_and_share_memory() -> None:
    counts = [3, 0, 2 * texts.BLOCK + 5]
    column = pd.Series(repeat_texts(["a", "b", "c" * 64], counts))
    assert column.dtype == "str"
    assert column.tolist() == ["a"] * 3 + ["c" * 64] * counts[2]
    chunks = [chunk for chunk in column.array.__arrow_array__().chunks if len(chunk) > 3]
    assert len(chunks) == 3 and len({chunk.buffers()[2].address for chunk in chunks}) == 1
