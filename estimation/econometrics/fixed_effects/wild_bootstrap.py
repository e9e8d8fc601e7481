"""Restricted wild cluster bootstrap of one coefficient.

Its weights are enumerated where they can be, else drawn until the Monte Carlo error cannot move
the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from estimation.econometrics.arguments import Count, Positive, Seed, Shape, Share, check_arguments
from estimation.econometrics.fixed_effects.covariances import cluster_sums
from estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    WithinFit,
    demean,
    least_squares,
)

TIE = 1e-9  # relative: t* closer than this to t is a tie, which counts
LEVELS = (0.01, 0.05, 0.10)  # where a p-value changes a verdict
MOST_DRAWS = 400_000  # a p-value of .05 is then known to .0003
ENOUGH = 2_000  # draws that find about where a confidence set ends
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

    weights: Floats
    enumerated: bool
    seed: int = 0
    most: int | None = None

    @property
    def step(self) -> float:
        """Smallest distance between two attainable p-values, of the first part."""
        return 1.0 / (len(self.weights) + (0 if self.enumerated else 1))

    @check_arguments
    def more(self, part: int) -> Floats:
        """The part after the `part`-th, shape (B, G): the same for every coefficient."""
        generator = np.random.default_rng([self.seed, part])
        return _drawn(generator, self.weights.shape)


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
    """

    estimate: float
    std_error: float
    numerator: Floats
    squared_scores: Floats
    draws: WildDraws

    @check_arguments
    def p_value(self, null: float = 0.0) -> float:
        """Share of |t*| >= |t| under b = null, ties and the observed draw counted."""
        return float(self._p_values(np.array([null], dtype=np.float64))[0])

    def _p_values(self, nulls: Floats) -> Floats:
        """p-values of several nulls."""
        delta = self.estimate - nulls[:, None]
        top = (self.numerator[0] + delta * self.numerator[1]) ** 2
        bottom = (
            self.squared_scores[0]
            + delta * self.squared_scores[1]
            + delta**2 * self.squared_scores[2]
        )
        observed = (delta / self.std_error) ** 2
        # a draw that reproduces its own scores exactly has t* without bound: it counts
        count = np.count_nonzero(top >= observed * (1 - TIE) * np.maximum(bottom, 0.0), axis=1)
        total: int = self.numerator.shape[1]
        if self.draws.enumerated:
            return np.asarray(count / total, dtype=np.float64)
        return np.asarray((1 + count) / (1 + total), dtype=np.float64)

    @property
    def size(self) -> int:
        """Draws taken, or all 2^G where they are enumerated."""
        return int(self.numerator.shape[1]) * (2 if self.draws.enumerated else 1)

    @check_arguments
    def p_error(self, null: float = 0.0) -> float:
        """Monte Carlo standard error of the p-value of b = null; 0 where enumerated."""
        return 0.0 if self.draws.enumerated else monte_carlo_error(self.p_value(null), self.size)

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
        return self._end(level, -1.0), self._end(level, 1.0)

    def _end(self, level: float, side: float) -> float:
        alpha = 1.0 - level

        def kept(test: WildTest, step: float) -> bool:
            return test.p_value(self.estimate + side * step * self.std_error) >= alpha - 1e-12

        # geometric steps up to 1,000 standard errors; beyond, the set is taken as unbounded
        steps = np.concatenate([np.linspace(0.0, 8.0, 81), np.geomspace(8.4, 1000.0, 60)])
        # some of the draws find the place, all of them the end
        first = self._some()
        p = first._p_values(self.estimate + side * steps * self.std_error)
        last = int(np.flatnonzero(p >= alpha - 1e-12).max(initial=0))
        while last < steps.size - 1 and kept(self, steps[last + 1]):
            last += 1
        while last > 0 and not kept(self, steps[last]):
            last -= 1
        if last == steps.size - 1:
            return side * np.inf
        low, high = steps[last], steps[last + 1]
        while high - low >= 1e-10:
            middle = (low + high) / 2
            low, high = (middle, high) if kept(self, middle) else (low, middle)
        return float(self.estimate + side * (low + high) / 2 * self.std_error)

    def _some(self) -> WildTest:
        """About `ENOUGH` of the draws, evenly spread: an odd step also mixes enumerated signs."""
        step = (self.numerator.shape[1] // ENOUGH) | 1
        return replace(
            self,
            numerator=self.numerator[:, ::step].copy(),
            squared_scores=self.squared_scores[:, ::step].copy(),
        )


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
        codes = np.arange(2 ** (groups - 1))[:, None] >> np.arange(groups)[None, :]
        signs = 1.0 - 2.0 * (codes & 1)
        return WildDraws(signs.astype(np.float64), True)
    generator = np.random.default_rng(seed)
    return WildDraws(_drawn(generator, (draws, groups)), False, seed)


def _drawn(generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return generator.choice(np.array([-1.0, 1.0]), size=shape)


@check_arguments
def wild_test(
    fit: WithinFit,
    cluster: Annotated[Ints, Shape("n")],
    term: Count,
    draws: WildDraws,
    nulls: Sequence[float] = (),
) -> WildTest:
    """Bootstrap distribution of one coefficient with the null imposed.

    y* = fitted under the null + v_g ũ_g is demeaned both ways again and regressed on all regressors. t* is
    studentised by CR1 (Cameron, Gelbach and Miller 2008; Djogbenou, MacKinnon and Nielsen 2019).

    Parameters
    ----------
    fit : WithinFit
        The demeaned regression.
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
    own = _responses(fit, cluster, net, fit.residuals)
    null = _responses(fit, cluster, net, net)
    return test_of_responses(float(fit.params[term]), float(net @ net), own, null, draws, nulls)


@check_arguments
def test_of_responses(
    estimate: float,
    scale: float,
    own: tuple[Floats, Floats],
    null: tuple[Floats, Floats],
    draws: WildDraws,
    nulls: Sequence[float] = (),
) -> WildTest:
    """The test from scores (G,) and responses (G, G) of û (`own`) and of r (`null`).

    More draws are taken if the first ones do not settle on which side of one of `LEVELS` a p-value lies (of zero or of
    another of `nulls`). Their number doubles at each look, up to `MOST_DRAWS`.

    Parameters
    ----------
    estimate : float
        The coefficient.
    scale : float
        Squared length of the regressor net of the others.
    own : tuple
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

    def quadratics(v: Floats) -> Floats:
        first, second = v @ own[1].T, v @ null[1].T
        return np.stack(
            [
                v @ own[0],
                v @ null[0],
                np.einsum("bg,bg->b", first, first),
                2 * np.einsum("bg,bg->b", first, second),
                np.einsum("bg,bg->b", second, second),
            ]
        )

    def made(found: Floats) -> WildTest:
        return WildTest(estimate, std_error, found[:2], found[2:], draws)

    std_error = float(np.sqrt(own[0] @ own[0])) / scale
    parts = [quadratics(draws.weights)]
    test = made(parts[0])
    most = (draws.most or MOST_DRAWS) // draws.weights.shape[0]
    while len(parts) < most and any(map(test.is_undecided, (0.0, *nulls))):
        more = range(len(parts), min(2 * len(parts), most))
        parts += [quadratics(draws.more(part)) for part in more]
        test = made(np.concatenate(parts, axis=1))
    return test


@check_arguments
def notes(tests: Mapping[str, WildTest]) -> list[str]:
    """Notes to print with bootstrap p-values by term: coarse steps, unsettled verdicts."""
    said = []
    step = max((test.draws.step for test in tests.values()), default=0.0)
    if step > 0.005:  # 1/200 and finer needs no word
        said.append(f"bootstrap p-values come in steps of 1/{round(1 / step)}")
    return said + unsettled_notes(tests)


@check_arguments
def unsettled_notes(tests: Mapping[str, WildTest]) -> list[str]:
    """Notes on terms whose Monte Carlo error leaves open on which side of a level p lies."""
    return [
        f"{term}: bootstrap p {test.p_value():.4f} with a Monte Carlo error of {test.p_error():.4f} after "
        f"{test.size:,} draws: on which side of a level it lies is not settled"
        for term, test in tests.items()
        if test.is_undecided()
    ]


def _responses(
    fit: WithinFit, cluster: Ints, net: Floats, residual: Floats
) -> tuple[Floats, Floats]:
    """r_g'ũ_g, shape (G,), and r_h' of row block h of (I - H) applied to ũ on block g, (G, G)."""
    groups = int(cluster.max()) + 1
    blocks = np.zeros((cluster.size, groups))
    blocks[np.arange(cluster.size), cluster] = residual
    refitted = demean(fit.effects, blocks)
    refitted = refitted - fit.x @ (fit.bread @ (fit.x.T @ blocks))
    response = cluster_sums(net[:, None] * refitted, cluster)
    return cluster_sums((net * residual)[:, None], cluster)[:, 0], response
