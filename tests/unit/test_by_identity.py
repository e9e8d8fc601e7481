"""Results kept by identity: once for an object, anew for an equal one, and never another object's."""

from __future__ import annotations

import pandas as pd

from living_panel.estimation.panel.by_identity import HELD, by_identity


def test_a_result_belongs_to_its_object_and_to_the_value_of_a_number() -> None:
    asked: list[tuple[pd.Index, int]] = []

    @by_identity
    def first(index: pd.Index, lag: int) -> int:
        asked.append((index, lag))
        return int(index[0]) + lag

    one, equal = pd.Index([2010, 2011]), pd.Index([2010, 2011])
    assert [first(one, 300), first(one, 100 + 200), first(one, 1)] == [2310, 2310, 2011]
    assert first(equal, 300) == 2310
    assert [(index is one, lag) for index, lag in asked] == [(True, 300), (True, 1), (False, 300)]


def test_the_results_used_last_are_kept_and_no_new_object_gets_that_of_one_gone() -> None:
    asked: list[int] = []

    @by_identity
    def number(frame: pd.DataFrame) -> int:
        asked.append(int(frame.iat[0, 0]))
        return asked[-1]

    kept = pd.DataFrame([[-1]])
    for n in range(3 * HELD):  # a frame that is gone may leave its id to a later one
        assert number(pd.DataFrame([[n]])) == n
        assert number(kept) == -1
    assert asked.count(-1) == 1
