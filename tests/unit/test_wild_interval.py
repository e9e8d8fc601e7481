"""Ends of the bootstrap's confidence set: the search by bounds gives those of a search by all draws."""

from __future__ import annotations

import numpy as np
import pytest

from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    ENOUGH,
    PIECE,
    WildDraws,
    WildTest,
    test_of_responses,
)

test_of_responses.__test__ = False  # not a test case


def some_test(seed: int, draws: int, groups: int, *, enumerated: bool, whole: bool) -> WildTest:
    """A test of random scores and responses; whole numbers make ties and exact zeros."""
    generator = np.random.default_rng(seed)
    signs = generator.choice([-1.0, 1.0], size=(draws, groups))

    def drawn(*shape: int) -> np.ndarray:
        numbers = generator.normal(size=shape)
        return np.round(numbers * 2) if whole else numbers

    own, null = drawn(groups), np.abs(drawn(groups)) + 1.0
    first, second = signs @ drawn(groups, groups), signs @ drawn(groups, groups)
    first[: draws // 10] = second[: draws // 10] = 0.0  # t* without bound
    squares = [(first**2).sum(1), 2 * (first * second).sum(1), (second**2).sum(1)]
    error = float(np.sqrt(own @ own + 1.0) / null.sum())
    numerator = np.stack([signs @ own, signs @ null])
    return WildTest(
        float(generator.normal()), error, numerator, np.stack(squares), WildDraws(signs, enumerated)
    )


def ends_by_all_draws(test: WildTest, level: float) -> tuple[float, float]:
    """Both ends as the definition says: the last step that is kept by all draws, then halving."""

    def kept(step: float, side: float) -> bool:
        p = test.p_value(test.estimate + side * step * test.std_error)
        return p >= 1.0 - level - 1e-12

    def end(side: float) -> float:
        steps = [*np.linspace(0.0, 8.0, 81), *np.geomspace(8.4, 1000.0, 60)]
        last = max((n for n, step in enumerate(steps) if kept(step, side)), default=0)
        if last == len(steps) - 1:
            return side * np.inf
        low, high = steps[last], steps[last + 1]
        while high - low >= 1e-10:
            middle = (low + high) / 2
            low, high = (middle, high) if kept(middle, side) else (low, middle)
        return float(test.estimate + side * (low + high) / 2 * test.std_error)

    return end(-1.0), end(1.0)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("enumerated", [False, True])
@pytest.mark.parametrize("draws", [7, 99, 999, ENOUGH])
def test_ends_equal_those_of_all_draws(draws: int, enumerated: bool, whole: bool) -> None:
    for seed in range(5):
        test = some_test(seed, draws, 6 + seed, enumerated=enumerated, whole=whole)
        for level in (0.5, 0.8, 0.95):
            assert test.interval(level) == ends_by_all_draws(test, level)


@pytest.mark.parametrize("draws", [5 * ENOUGH, 2 * PIECE + 1])
def test_an_end_is_where_all_draws_change_from_kept_to_rejected(draws: int) -> None:
    """Beyond `ENOUGH` draws some of them find the place; the end is that of all."""
    for seed in range(6):
        test = some_test(seed, draws, 12, enumerated=False, whole=False)
        for end, side in zip(test.interval(0.8), (-1.0, 1.0), strict=True):
            if np.isfinite(end):
                near = [test.p_value(end + side * way * 2e-10 * test.std_error) for way in (-1, 1)]
                assert near[0] >= 0.2 - 1e-12 > near[1]


def test_many_draws_are_taken_piece_by_piece() -> None:
    generator = np.random.default_rng(1)
    signs = generator.choice(np.array([-1, 1], np.int8), size=(2 * PIECE + 1, 5))
    parts = [(generator.normal(size=5), generator.normal(size=(5, 5))) for _ in range(2)]
    test = test_of_responses(0.3, 2.0, *parts, WildDraws(signs, True, most=len(signs)))
    (own, first), (null, second) = ((signs @ a, signs @ b.T) for a, b in parts)
    np.testing.assert_allclose(test.numerator, [own, null], rtol=1e-12)
    squares = [first**2, 2 * first * second, second**2]
    np.testing.assert_allclose(test.squared_scores, [s.sum(axis=1) for s in squares], rtol=1e-9)
