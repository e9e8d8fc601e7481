"""Rows of the library: units and periods are read by their codes, and named as they were given."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import living_panel.econometrics as lp
from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import InvalidData
from living_panel.estimation.econometrics.library.data import complete, read_data
from tests.refusals import refuses

UNITS: dict[str, list[Any]] = {
    "numbers": [10, 2, 1, 33],
    "whole floats": [10.0, 2.0, 1.0, 33.0],
    "texts": ["b", "ä", "a", "10"],
    "dates": [*pd.to_datetime(["2001-05-01", "2000-01-01", "1999-12-31", "2010-01-01"])],
}


def frame(units: list[Any], periods: list[Any]) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([units, periods], names=["u", "t"])
    values = np.random.default_rng(7).normal(size=(len(index), 2))
    return pd.DataFrame(values, index, ["y", "x"]).reset_index().sample(frac=1, random_state=3)


@pytest.mark.parametrize("kind", UNITS)
def test_rows_are_sorted_by_the_text_of_units_and_keep_their_labels(kind: str) -> None:
    data = frame(UNITS[kind], [2003, 2001, 2002])
    panel = read_data(data, "u", "t")
    texts = panel.frame.index.get_level_values(0)
    assert panel.frame.index.is_monotonic_increasing and sorted(texts) == [*texts]
    assert set(panel.labels.values()) == set(UNITS[kind])
    named = panel.named(panel.frame.index)
    given = data.set_index(["u", "t"])["y"]
    pd.testing.assert_series_equal(
        panel.frame["y"].set_axis(named).sort_index(), given.sort_index(), check_names=False
    )
    assert panel.sample["units"] == 4 and panel.sample["periods"] == 3
    assert (panel.sample["first"], panel.sample["last"]) == ("2001", "2003")


def test_rows_that_leave_take_their_units_and_periods_along() -> None:
    data = frame(["a", "b", "c"], [1, 2, 3])
    gone = (data["u"] == "c") | (data["t"] == 3)
    panel = complete(read_data(data.assign(x=data["x"].mask(gone)), "u", "t"), ["y", "x"])
    assert panel.dropped == 5
    assert panel.sample == panel.sample | {"rows": 4, "units": 2, "periods": 2, "last": "2"}
    named = panel.named(panel.frame.index)
    assert named.levels[1].dtype == np.int64 and set(named.get_level_values(0)) == {"a", "b"}


def test_units_whose_texts_are_alike_are_refused() -> None:
    data = frame(["1", 1], [1, 2])
    with refuses(InvalidData, Code.DATA_KEYS, label="1"):
        lp.two_way("y ~ x", data, unit="u", time="t")
