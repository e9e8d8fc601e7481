"""Exact p-values and intervals of the wild cluster bootstrap, over all sign vectors up to 31 clusters.

With δ = b - b0, t*² >= t² says that v'A(δ)v >= 0, where A(δ) is the outer product of the scores less
t² times that of the studentising sums (`WildTest`). A tie, within `TIE` of t², counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from living_panel.estimation.econometrics.arguments import Share, check_arguments
from living_panel.estimation.econometrics.fixed_effects.all_signs import (
    MOST_CLUSTERS,
    count_not_negative,
    halves,
    settle_between,
)
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    STEPS,
    TIE,
    Exact,
    OpenDraws,
    Responses,
    WildDraws,
    WildTest,
    monte_carlo_error,
    quadratics,
    wild_draws,
)
from living_panel.estimation.econometrics.fixed_effects.within import Floats

CLOSE = 4  # Monte Carlo errors from a level within which a p-value is made exact
FIRST_DRAWS = 400_000  # draws that bracket an end
PART = 20_000  # of them that are drawn at a time
FIRST_SEED = 20261130  # of those draws: an exact end rests on no seed of a table
NEAREST = (
    1e-6  # standard errors: the smallest step, and how near to the estimate an end is looked for
)


@dataclass(frozen=True)
class ExactRule:
    """Which tests of a regression are made exact.

    Attributes
    ----------
    terms : frozenset of str
        Terms whose p-values and interval are exact whatever was drawn.
    near : float
        Level near which every drawn p-value is made exact.
    level : float
        Coverage of the intervals.
    """

    terms: frozenset[str] = field(default_factory=frozenset)
    near: float = 0.05
    level: float = 0.95


@check_arguments
def is_countable(test: WildTest) -> bool:
    """Whether all sign vectors of a drawn test can be counted."""
    return (
        not test.draws.enumerated
        and test.responses is not None
        and len(test.responses[0][0]) <= MOST_CLUSTERS
    )


@check_arguments
def apply_rule(
    test: WildTest, term: str, rule: ExactRule, nulls: Iterable[float] = (0.0,)
) -> WildTest:
    """Make exact what a rule asks of one test; a test that cannot be counted stays as drawn.

    Parameters
    ----------
    test : WildTest
        As drawn.
    term : str
        Its regressor.
    rule : ExactRule
        Tests that are counted over all sign vectors.
    nulls : iterable of float
        Values of the coefficient that are tested.

    Returns
    -------
    WildTest
    """
    nulls = tuple(nulls)
    if not is_countable(test):
        return test
    if term in rule.terms:
        return count_interval(count_p_values(test, nulls), rule.level)
    close = [
        null for null in nulls if abs(test.p_value(null) - rule.near) <= CLOSE * test.p_error(null)
    ]
    test = count_p_values(test, close)
    for null in dict.fromkeys((*close, *test.wider)):
        low, high = test.interval(rule.level)
        if (low <= null <= high) != (test.p_value(null) >= 1 - rule.level - 1e-12):
            test = _with_ends(test, rule.level, (-1.0 if null < test.estimate else 1.0,))
    return test


@check_arguments
def count_p_values(test: WildTest, nulls: Iterable[float]) -> WildTest:
    """Return the test with the p-values of some null values over all sign vectors.

    Parameters
    ----------
    test : WildTest
        With `responses`, of at most 31 clusters.
    nulls : iterable of float
        Values of the coefficient.

    Returns
    -------
    WildTest
    """
    p_values = {null: _share(test, test.estimate - null) for null in nulls}
    return replace(test, exact=replace(test.exact, p_values={**test.exact.p_values, **p_values}))


@check_arguments
def count_interval(test: WildTest, level: Share) -> WildTest:
    """Return the test with both ends of the interval over all sign vectors.

    Parameters
    ----------
    test : WildTest
        With `responses`, of at most 31 clusters.
    level : float
        Coverage.

    Returns
    -------
    WildTest
    """
    return _with_ends(test, level, (-1.0, 1.0))


def _with_ends(test: WildTest, level: float, sides: tuple[float, ...]) -> WildTest:
    drawn = _drawn(test)
    ends = {(level, side): _find_end(test, drawn, level, side) for side in sides}
    return replace(test, exact=replace(test.exact, ends={**test.exact.ends, **ends}))


def _parts(test: WildTest) -> tuple[Responses, Responses]:
    assert test.responses is not None
    return test.responses


def _share(test: WildTest, delta: float) -> float:
    form = _form(test, delta)
    return count_not_negative(form) / halves(len(form)).size


def _form(test: WildTest, delta: float) -> Floats:
    """A(δ), whose sign at v says whether the draw counts."""
    (scores, responses), (null_scores, null) = _parts(test)
    top, bottom = scores + delta * null_scores, responses + delta * null
    return np.outer(top, top) - (delta / test.std_error) ** 2 * (1 - TIE) * (bottom.T @ bottom)


def _curvature(test: WildTest, nearest: float) -> float:
    """Bound of the second derivative of v'A(δ)v / δ² by δ, for every v and every |δ| >= nearest."""
    (scores, _), (null_scores, null) = _parts(test)
    first, second = np.abs(scores).sum(), np.abs(null_scores).sum()
    bottom = len(scores) * np.linalg.norm(null, 2) ** 2 / test.std_error**2
    return float(6 * first**2 / nearest**4 + 4 * first * second / nearest**3 + 2 * bottom)


def _find_end(test: WildTest, drawn: WildTest, level: float, side: float) -> float:
    """End of the interval of the null values that all sign vectors together do not reject.

    Draws bracket it. One pass over the vectors sorts out those that count, or do not, all along the
    bracket; the others are few, and the end is found with them.
    """
    size = halves(len(_parts(test)[0][0])).size
    needed = bisect_left(range(size + 1), 1.0 - level - 1e-12, key=lambda count: count / size)
    low, high = _bracket(drawn, level, side)
    while True:
        further = max(2 * (high - low), NEAREST)
        inner = _open_vectors(test, side, low, high, needed)
        if inner is None:  # too many: one more look halves the bracket
            middle = (low + high) / 2
            is_inside = _share(test, _delta(test, side, middle)) * size >= needed
            low, high = (middle, high) if is_inside else (low, middle)
        elif not inner.keeps(_delta(test, side, low)):
            low, high = max(low - further, NEAREST), low
        elif not inner.keeps(_delta(test, side, high)):
            return test.end_between(inner, side, low, high)
        elif high >= STEPS[-1]:
            return side * np.inf
        else:
            low, high = high, min(high + further, float(STEPS[-1]))


def _delta(test: WildTest, side: float, step: float) -> float:
    return test.estimate - (test.estimate + side * step * test.std_error)


def _bracket(drawn: WildTest, level: float, side: float) -> tuple[float, float]:
    """Steps between which draws place an end: ends at p-values four Monte Carlo errors away."""
    alpha = 1 - level
    away = CLOSE * monte_carlo_error(alpha, FIRST_DRAWS)
    low, high = (
        side * (drawn.end(1 - p, side) - drawn.estimate) / drawn.std_error
        for p in (alpha + away, alpha - away)
    )
    last = float(STEPS[-1])
    return (max(low, NEAREST) if low < last else float(STEPS[-2])), min(high, last)


def _drawn(test: WildTest) -> WildTest:
    """The test by `FIRST_DRAWS` draws of a seed of their own."""
    responses, null = _parts(test)
    draws = _first_draws(len(responses[0]))
    parts = [draws.weights, *(draws.more(part) for part in range(1, FIRST_DRAWS // PART))]
    sums = np.concatenate([quadratics(responses, null, weights) for weights in parts], axis=1)
    return replace(test, numerator=sums[:2], squared_scores=sums[2:], draws=draws, exact=Exact())


@lru_cache(maxsize=2)
def _first_draws(groups: int) -> WildDraws:
    return wild_draws(groups, PART, FIRST_SEED, enumerable=0)


def _open_vectors(
    test: WildTest, side: float, low: float, high: float, needed: int
) -> OpenDraws | None:
    """The vectors that may change between two steps, beside the number of those that count at both."""
    ends = [_delta(test, side, step) for step in (low, high)]
    first, last = (_form(test, delta) / delta**2 for delta in ends)
    bound = _curvature(test, abs(ends[0])) * (ends[1] - ends[0]) ** 2 / 8
    between = settle_between(first, last, bound)
    if between.open is None:
        return None
    numbers = quadratics(*_parts(test), between.open)
    rest = replace(test, numerator=numbers[:2], squared_scores=numbers[2:])
    return OpenDraws(rest, needed, between.counted)
