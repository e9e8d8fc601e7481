"""Restricted wild cluster bootstrap of one coefficient.

Its weights are enumerated where they can be, else drawn until the Monte Carlo error cannot move
the significance.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from living_panel.estimation.econometrics.arguments import (
    Count,
    Positive,
    Seed,
    Shape,
    Share,
    check_arguments,
)
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    least_squares,
)
from living_panel.estimation.econometrics.inference.covariance import Inference
from living_panel.estimation.econometrics.inference.regression_arrays import LeastSquares
from living_panel.estimation.econometrics.inference.sums import cluster_sums

Bools = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.int8] | Floats

TIE = 1e-9  # relative: t* closer than this to t is a tie, which counts
LEVELS = (0.01, 0.05, 0.10)  # where a p-value changes the stars
MOST_DRAWS = 400_000  # a p-value of .05 is then known to .0003
ENOUGH = 2_000  # draws that find about where a confidence set ends
FEW = 8  # open draws that are cheaper to count than to bound
# standard errors from the estimate: where a confidence set is looked for; beyond, it is taken as unbounded
STEPS = np.concatenate([np.linspace(0.0, 8.0, 81), np.geomspace(8.4, 1000.0, 60)])
NEAR = 2  # of those steps by which some of the draws may miss the end that all of them find
NARROW = 1e-10  # standard errors between which an end is not searched further
CHEAP = 75_000  # comparisons that are cheaper to make than to bound
PIECE = 10_000  # draws whose numbers fit in the processor's cache
ROUNDING = 1e-12  # relative; far above the error of the sums it stands for
TINY = 1e-300  # in place of a zero that is divided by
SURE = 2.576  # Monte Carlo standard errors from every level: 99 % sure of the side


@check_arguments
def monte_carlo_error(p: float, draws: Positive) -> float:
    """Standard error of a p-value that is a share of `draws` draws."""
    return float(np.sqrt(p * (1 - p) / draws))


@check_arguments
def undecided(p: float, error: float) -> bool:
    """Whether a p-value lies within `SURE` Monte Carlo errors of a level."""
    return any(abs(p - level) < SURE * error for level in LEVELS)


@dataclass(frozen=True)
class WildDraws:
    """Weights of a bootstrap, in parts of which a test takes as many as it needs.

    `most` draws are taken, `MOST_DRAWS` where it is None.
    `weights` (B, G) are the first part; where they are enumerated, half of the 2^G vectors, since v
    and -v give the same |t*|.
    """

    weights: Weights
    enumerated: bool
    seed: int = 0
    most: int | None = None

    @property
    def step(self) -> float:
        """Smallest distance between two attainable p-values, of the first part."""
        return 1.0 / (len(self.weights) + (0 if self.enumerated else 1))

    @check_arguments
    def more(self, part: int) -> Weights:
        """The part after the `part`-th, shape (B, G): the same for every coefficient."""
        return _signs((self.seed, part), self.weights.shape)


Responses = tuple[Floats, Floats]
"""Scores (G,) and responses (G, G) to the weights of one vector of residuals."""


@dataclass(frozen=True)
class Exact:
    """What was counted over all sign vectors: p-values by null, ends by level and side (-1.0 or 1.0)."""

    p_values: Mapping[float, float] = field(default_factory=dict)
    ends: Mapping[tuple[float, float], float] = field(default_factory=dict)


@dataclass(frozen=True)
class WildTest:
    """Bootstrap distribution of one coefficient, for every null value at once.

    With δ = b - b0, the restricted residual is û + δ r, r the regressor net of the others. Numerator and squared
    denominator of each t* are then quadratics in δ.

    Attributes
    ----------
    std_error : float
        CR1 without small-sample factor, which cancels between t* and t.
    numerator : ndarray, shape (2, B)
        Coefficients of δ⁰ and δ¹ of r'(v∘ũ).
    squared_scores : ndarray, shape (3, B)
        Coefficients of δ⁰, δ¹, δ² of Σ_g (r_g'û*_g)².
    draws : WildDraws
    responses : tuple of Responses, optional
        Those of û and of r, from which all sign vectors can be counted.
    exact : Exact
        What was counted over all sign vectors; it takes the place of what was drawn.
    wider : mapping of float to WildTest
        The test with more draws, by the null values that need more than zero does.
    """

    estimate: float
    std_error: float
    numerator: Floats
    squared_scores: Floats
    draws: WildDraws
    responses: tuple[Responses, Responses] | None = None
    exact: Exact = field(default_factory=Exact)
    wider: Mapping[float, WildTest] = field(default_factory=dict)

    @check_arguments
    def p_value(self, null: float = 0.0) -> float:
        """Share of |t*| >= |t| under b = null, ties and the observed draw counted."""
        if null in self.exact.p_values:
            return self.exact.p_values[null]
        if null in self.wider:
            return self.wider[null].p_value(null)
        if null not in self._known:
            count = self._count(np.array([self.estimate - null], dtype=np.float64))
            self._known[null] = float(self._share(count[0]))
        return self._known[null]

    @cached_property
    def _known(self) -> dict[float, float]:
        """p-values that were computed, by null."""
        return {}

    def _count(self, delta: Floats) -> Ints:
        """Draws with |t*| >= |t|, for each δ (nulls,)."""
        powers = np.column_stack([np.ones_like(delta), delta, delta**2])
        observed = (delta / self.std_error) ** 2 * (1 - TIE)
        top = (powers[:, :2] @ self.numerator) ** 2
        bottom = (powers * observed[:, None]) @ self.squared_scores
        # a draw that reproduces its own scores exactly has t* without bound: it counts, as it does where
        # rounding makes the sum of squares negative
        bits = np.packbits(top >= bottom, axis=1)  # summed faster than truths
        return np.asarray(np.bitwise_count(bits).sum(axis=1, dtype=np.int64))

    def _share(self, count: Any) -> Any:
        """p-value of a number of draws with |t*| >= |t|, or of several numbers."""
        total: int = self.numerator.shape[1]
        return count / total if self.draws.enumerated else (1 + count) / (1 + total)

    @property
    def size(self) -> int:
        """Draws taken, or all 2^G where they are enumerated."""
        return int(self.numerator.shape[1]) * (2 if self.draws.enumerated else 1)

    @check_arguments
    def p_error(self, null: float = 0.0) -> float:
        """Monte Carlo standard error of the p-value of b = null; 0 where all signs were counted."""
        if self.draws.enumerated or null in self.exact.p_values:
            return 0.0
        return monte_carlo_error(self.p_value(null), self.wider.get(null, self).size)

    @check_arguments
    def is_undecided(self, null: float = 0.0) -> bool:
        """Whether the Monte Carlo error leaves open on which side of a level the p-value lies."""
        return undecided(self.p_value(null), self.p_error(null))

    @check_arguments
    def interval(self, level: Share) -> tuple[float, float]:
        """Null values not rejected at 1 - level: the smallest interval that holds them all.

        A null value with a p-value of exactly 1 - level is not rejected, as stars are earned below a
        level. Infinite on a side where the attainable p-values never fall below 1 - level.
        """
        return self.end(level, -1.0), self.end(level, 1.0)

    @check_arguments
    def end(self, level: Share, side: float) -> float:
        """Lower (side -1) or upper (side 1) end of `interval`."""
        if (level, side) in self.exact.ends:
            return self.exact.ends[level, side]
        alpha = 1.0 - level - 1e-12
        some, every = (OpenDraws(test, test._needed(alpha)) for test in (self._some(), self))
        return self._end(some, every, side)

    def _needed(self, alpha: float) -> int:
        """Fewest draws with |t*| >= |t| of a p-value of at least alpha."""
        return bisect_left(range(self.numerator.shape[1] + 1), alpha, key=self._share)

    def _end(self, some: OpenDraws, every: OpenDraws, side: float) -> float:
        def delta(step: Any) -> Any:
            return self.estimate - (self.estimate + side * step * self.std_error)

        last, inner = _located(some, every, delta(STEPS))
        if last == STEPS.size - 1:
            return side * np.inf
        return self.end_between(inner, side, float(STEPS[last]), float(STEPS[last + 1]))

    @check_arguments
    def end_between(self, inner: OpenDraws, side: float, low: float, high: float) -> float:
        """End of a confidence set between two steps, in standard errors from the estimate.

        Parameters
        ----------
        inner : OpenDraws
            The draws that are open between them.
        side : {-1.0, 1.0}
            Lower or upper end.
        low, high : float
            The null is kept at the first step and rejected at the second.

        Returns
        -------
        float
        """

        def delta(step: float) -> float:
            return self.estimate - (self.estimate + side * step * self.std_error)

        while high - low >= NARROW:
            if inner.size > FEW:
                inner = inner._between(delta(low), delta(high))
            middle = (low + high) / 2
            low, high = (middle, high) if inner._keeps(delta(middle)) else (low, middle)
        return self.estimate + side * (low + high) / 2 * self.std_error

    def _count_one(self, delta: float) -> int:
        """As `_count` of one δ; a few draws are counted faster without arrays."""
        if self.numerator.shape[1] > FEW:
            return int(self._count(np.array([delta]))[0])
        observed = (delta / self.std_error) * (delta / self.std_error) * (1 - TIE)
        square, count = delta * delta, 0
        for numerator, null, constant, slope, curve in self._rows:
            top = numerator + delta * null
            count += top * top >= observed * (constant + delta * slope + square * curve)
        return count

    @cached_property
    def _rows(self) -> list[list[float]]:
        """Both numerators and the three squared scores of each draw."""
        rows: list[list[float]] = np.vstack([self.numerator, self.squared_scores]).T.tolist()
        return rows

    def _some(self) -> WildTest:
        """About `ENOUGH` of the draws, evenly spread: an odd step also mixes enumerated signs."""
        return self._taken(slice(None, None, (self.numerator.shape[1] // ENOUGH) | 1))

    def _settled(self, low: float, high: float) -> tuple[Bools, Bools]:
        """Which draws count for every δ from `low` to `high`, of one sign, and which for none."""
        starts = range(0, max(self.numerator.shape[1], 1), PIECE)
        parts = [self._settled_of(slice(at, at + PIECE), low, high) for at in starts]
        counted, never = map(np.concatenate, zip(*parts, strict=True))
        return counted, never

    def _settled_of(self, rows: slice, low: float, high: float) -> tuple[Bools, Bools]:
        """As `_settled`, of some of the draws.

        Both sides of |t*| >= |t| are divided by δ². The numerator is then linear in 1/δ, the
        denominator convex in δ: their bounds are at the ends and at the lowest point.
        """
        numerator, null = self.numerator[:, rows]
        first, second = numerator / low + null, numerator / high + null
        slack = ROUNDING * (np.abs(numerator) * max(abs(1 / low), abs(1 / high)) + np.abs(null))
        least, most = np.minimum(first, second) - slack, np.maximum(first, second) + slack

        constant, slope, curve = self.squared_scores[:, rows]

        def bottom(at: Any) -> Floats:
            return np.asarray(constant + at * (slope + at * curve))

        lowest = np.clip(-slope / np.maximum(2 * curve, TINY), low, high)
        far = max(-low, high)
        slack = ROUNDING * (constant + far * np.abs(slope) + far**2 * curve)
        unit = (1 - TIE) / self.std_error**2
        largest = np.maximum(bottom(low), bottom(high)) + slack
        smallest = np.maximum(bottom(lowest) - slack, 0.0)
        counted = np.maximum(np.maximum(least, -most), 0.0) ** 2 >= unit * largest
        never = np.maximum(-least, most) ** 2 < unit * smallest
        return counted, never

    def _taken(self, which: slice | Bools) -> WildTest:
        """The test with these draws alone."""
        return replace(
            self,
            numerator=self.numerator[:, which].copy(),
            squared_scores=self.squared_scores[:, which].copy(),
        )


@dataclass(frozen=True)
class OpenDraws:
    """The draws whose count is not settled for all δ of an interval, and the number of those that count.

    The p-value falls from kept to rejected where one draw stops to count. Few draws are unsettled where
    the end of a confidence set is already known to about a tenth of a standard error.
    """

    test: WildTest
    needed: int
    known: int = 0

    @property
    def size(self) -> int:
        """Open draws."""
        return int(self.test.numerator.shape[1])

    def _between(self, first: float, second: float) -> OpenDraws:
        """Those that are open between two values of δ of one sign."""
        if first == 0.0:
            return self
        counted, never = self.test._settled(*sorted((first, second)))
        rest = self.test._taken(~(counted | never))
        return OpenDraws(rest, self.needed, self.known + int(np.count_nonzero(counted)))

    @check_arguments
    def keeps(self, delta: float) -> bool:
        """Whether the null at δ is not rejected: as many draws count as are needed."""
        return self._keeps(delta)

    def _keeps(self, delta: float) -> bool:
        return self.known + self.test._count_one(delta) >= self.needed

    def _last_kept(self, deltas: Floats) -> int:
        """Place of the last δ whose null is not rejected, or -1; the δ move away from zero."""
        if self.known + self.size < self.needed:
            return -1
        if deltas.size * self.size <= CHEAP:
            inside = self.known + self.test._count(deltas) >= self.needed
            return int(np.flatnonzero(inside).max(initial=-1))
        half = deltas.size // 2
        for start, part in ((half, deltas[half:]), (0, deltas[:half])):
            place = self._between(part[0], part[-1])._last_kept(part)
            if place >= 0:
                return start + place
        return -1


def _located(some: OpenDraws, every: OpenDraws, deltas: Floats) -> tuple[int, OpenDraws]:
    """Place of the last δ whose null is not rejected, and draws that are open from it to the next.

    Some of the draws find about where it is; all of them move it by a few places.
    """
    place, end = max(some._last_kept(deltas), 0), deltas.size - 1
    first, last, near = max(place - NEAR, 1), min(place + 1 + NEAR, end), every
    if every.size > PIECE:
        near = every._between(deltas[first], deltas[last])

    def keeps(at: int) -> bool:
        return (near if first <= at <= last else every).keeps(deltas[at])

    while place < end and keeps(place + 1):
        place += 1
    while place > 0 and not keeps(place):
        place -= 1
    return place, near if first <= place < last else every


@check_arguments
def wild_draws(
    groups: Positive, draws: Positive, seed: Seed, *, enumerable: int = MOST_DRAWS
) -> WildDraws:
    """Rademacher weights of the draws, enumerated where 2^G allows.

    `draws` are of one part; up to `enumerable` vectors, v and -v counted once, are enumerated, and
    then no seed is needed.

    Parameters
    ----------
    groups : int
        Clusters.
    draws : int
        Draws of one part.
    seed : int
        Of the generator; not used where all signs are enumerated.
    enumerable : int
        Most sign vectors that are enumerated, v and -v counted once.

    Returns
    -------
    WildDraws
    """
    if 2 ** (groups - 1) <= enumerable:
        return WildDraws(_every_sign(groups), True)
    return WildDraws(_signs((seed,), (draws, groups)), False, seed)


@lru_cache(maxsize=4)
def _every_sign(groups: int) -> npt.NDArray[np.int8]:
    """All vectors of signs, v and -v counted once, shape (2^(G - 1), G)."""
    numbers = np.arange(2 ** (groups - 1), dtype=np.int32)[:, None]
    return (1 - 2 * ((numbers >> np.arange(groups)) & 1)).astype(np.int8)


@lru_cache(maxsize=512)  # all parts of a test: every coefficient takes the same ones
def _signs(seeds: tuple[int, ...], shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    return np.random.default_rng(seeds).choice(np.array([-1.0, 1.0]), size=shape).astype(np.int8)


@check_arguments
def wild_test(
    fit: LeastSquares,
    cluster: Annotated[Ints, Shape("n")],
    term: Count,
    draws: WildDraws,
    nulls: Sequence[float] = (),
) -> WildTest:
    """Bootstrap distribution of one coefficient with the null imposed.

    y* = fitted under the null + v_g ũ_g loses the effects again and is regressed on all regressors. t* is
    studentised by CR1 (Cameron, Gelbach and Miller 2008; Djogbenou, MacKinnon and Nielsen 2019).

    Parameters
    ----------
    fit : WithinFit or Regression
        The regression without its effects.
    cluster : ndarray, shape (n,)
        Cluster of each row, codes from 0.
    term : int
        Column of the regressor tested.
    draws : WildDraws
        From `wild_draws`.
    nulls : sequence of float
        Values tested besides zero, for which enough draws are taken too.

    Returns
    -------
    WildTest
    """
    x = fit.x[:, term]
    others = np.delete(fit.x, term, axis=1)
    net = x - others @ least_squares(others, x) if others.size else x
    responses = _responses(fit, cluster, net, fit.residuals)
    null = _responses(fit, cluster, net, net)
    return test_of_responses(
        float(fit.params[term]), float(net @ net), responses, null, draws, nulls
    )


@check_arguments
def wild_tests(
    fit: LeastSquares,
    cluster: Annotated[Ints, Shape("n")],
    terms: Sequence[str],
    way: Inference,
    nulls: Mapping[str, Sequence[float]] = {},
) -> dict[str, WildTest]:
    """`wild_test` of every coefficient by term, with the draws of an inference.

    Parameters
    ----------
    fit : WithinFit or Regression
        The regression without its effects.
    cluster : ndarray, shape (n,)
        Cluster of each row, codes from 0.
    terms : sequence of str
        Names of the regressors.
    way : Inference
        A bootstrap: its draws and seed.
    nulls : mapping of term to values
        Values tested besides zero.

    Returns
    -------
    dict of str to WildTest
    """
    assert way.draws is not None and way.seed is not None
    draws = wild_draws(int(cluster.max()) + 1, way.draws, way.seed)
    return {
        term: wild_test(fit, cluster, j, draws, nulls.get(term, ())) for j, term in enumerate(terms)
    }


@check_arguments
def test_of_responses(
    estimate: float,
    scale: float,
    responses: Responses,
    null: Responses,
    draws: WildDraws,
    nulls: Sequence[float] = (),
) -> WildTest:
    """The test from scores (G,) and responses (G, G) of û (`responses`) and of r (`null`).

    More draws are taken if the first ones do not settle on which side of one of `LEVELS` the p-value of zero lies.
    Their number doubles at each look, up to `MOST_DRAWS`. Another of `nulls` may need more: only its own p-value rests
    on them, so that p-value and interval of an estimate do not depend on what it is compared with.

    Parameters
    ----------
    estimate : float
        The coefficient.
    scale : float
        Squared length of the regressor net of the others.
    responses : tuple
        Scores (G,) and responses (G, G) of the residuals.
    null : tuple
        The same of the regressor net of the others.
    draws : WildDraws
        From `wild_draws`.
    nulls : sequence of float
        Values tested besides zero.

    Returns
    -------
    WildTest
    """

    def settled(test: WildTest, value: float) -> WildTest:
        """The test with as many draws as the p-value of a null value needs."""
        taken = test.numerator.shape[1] // draws.weights.shape[0]
        while taken < most and test.is_undecided(value):
            taken = min(2 * taken, most)
            more = range(len(parts), taken)
            parts.extend(quadratics(responses, null, draws.more(part)) for part in more)
            test = made(np.concatenate(parts[:taken], axis=1))
        return test

    def made(sums: Floats) -> WildTest:
        return WildTest(estimate, std_error, sums[:2], sums[2:], draws, (responses, null))

    std_error = float(np.sqrt(responses[0] @ responses[0])) / scale
    parts = [quadratics(responses, null, draws.weights)]
    most = (draws.most or MOST_DRAWS) // draws.weights.shape[0]
    test = settled(made(parts[0]), 0.0)
    others = {value: settled(test, value) for value in nulls}
    return replace(test, wider={value: of for value, of in others.items() if of.size > test.size})


@check_arguments
def quadratics(responses: Responses, null: Responses, weights: Weights) -> Floats:
    """Both numerators and the three squared scores of `WildTest` for each row of weights, shape (5, B).

    Parameters
    ----------
    responses, null : Responses
        Those of the residuals and of the regressor net of the others.
    weights : ndarray, shape (B, G)
        Signs of the clusters.

    Returns
    -------
    ndarray, shape (5, B)
    """
    groups = len(responses[0])
    rows = np.vstack([responses[1], null[1], responses[0], null[0]])
    sums = np.empty((5, len(weights)))
    for start in range(0, len(weights), PIECE):
        part = slice(start, start + PIECE)
        products = rows @ weights[part].astype(np.float64).T
        first, second = products[:groups], products[groups : 2 * groups]
        sums[:2, part] = products[2 * groups :]
        np.einsum("gb,gb->b", first, first, out=sums[2, part])
        np.einsum("gb,gb->b", first, second, out=sums[3, part])
        np.einsum("gb,gb->b", second, second, out=sums[4, part])
    sums[3] *= 2
    return sums


@check_arguments
def notes(tests: Mapping[str, WildTest]) -> list[str]:
    """Notes to print with bootstrap p-values by term: coarse steps, unsettled significance."""
    texts = []
    step = max((test.draws.step for test in tests.values()), default=0.0)
    if step > 0.005:  # 1/200 and finer needs no word
        texts.append(f"bootstrap p-values come in steps of 1/{round(1 / step)}")
    return texts + unsettled_notes(tests)


@check_arguments
def unsettled_notes(tests: Mapping[str, WildTest]) -> list[str]:
    """Notes on terms whose Monte Carlo error leaves open on which side of a level p lies."""
    return [
        f"{term}: bootstrap p {test.p_value():.4f} is too close to a significance level to say on which side "
        f"it lies (Monte Carlo error {test.p_error():.4f} after {test.size:,} draws)"
        for term, test in tests.items()
        if test.is_undecided()
    ]


def _responses(fit: LeastSquares, cluster: Ints, net: Floats, residual: Floats) -> Responses:
    """r_g'ũ_g, shape (G,), and r_h' of row block h of (I - H) applied to ũ on block g, (G, G)."""
    groups = int(cluster.max()) + 1
    blocks = np.zeros((cluster.size, groups))
    blocks[np.arange(cluster.size), cluster] = residual
    refitted = fit.net(blocks)
    refitted = refitted - fit.x @ (fit.bread @ (fit.x.T @ blocks))
    response = cluster_sums(net[:, None] * refitted, cluster)
    return cluster_sums((net * residual)[:, None], cluster)[:, 0], response
