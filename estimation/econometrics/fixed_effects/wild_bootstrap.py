"""Restricted wild cluster bootstrap of one coefficient, exact where it can be enumerated.

Belongs here: weights, the bootstrap distribution as a function of the null value, p-values and
intervals by inversion. Not here: choosing among ways of inference, joint hypotheses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from estimation.econometrics.fixed_effects.covariances import cluster_sums
from estimation.econometrics.fixed_effects.within import Floats, Ints, WithinFit, demean

WEIGHTS = ("rademacher", "webb")
TIE = 1e-9  # relative: t* closer than this to t is a tie, which counts


@dataclass(frozen=True)
class WildDraws:
    """Weights of every draw.

    Attributes
    ----------
    weights : ndarray, shape (B, G)
        Enumerated Rademacher: half of the 2^G vectors, since v and -v give the same |t*|.
    enumerated : bool
    kind : {"rademacher", "webb"}
    """

    weights: Floats
    enumerated: bool
    kind: str

    @property
    def step(self) -> float:
        """Smallest distance between two attainable p-values."""
        return 1.0 / (self.weights.shape[0] + (0 if self.enumerated else 1))


@dataclass(frozen=True)
class WildTest:
    """Bootstrap distribution of one coefficient, for every null value at once.

    With δ = b - b0, the restricted residual is û + δ r (r: the regressor net of the others), so
    numerator and squared denominator of each t* are quadratics in δ.

    Attributes
    ----------
    estimate : float
    std_error : float
        CR1 without small-sample factor, which cancels between t* and t.
    numerator : ndarray, shape (2, B)
        Coefficients of δ⁰ and δ¹ of r'(v∘ũ).
    squared_scores : ndarray, shape (3, B)
        Coefficients of δ⁰, δ¹, δ² of Σ_g (r_g'û*_g)².
    scale : float
        r'r.
    draws : WildDraws
    """

    estimate: float
    std_error: float
    numerator: Floats
    squared_scores: Floats
    scale: float
    draws: WildDraws

    def p_value(self, null: float = 0.0) -> float:
        """Share of |t*| >= |t| under b = null, ties and the observed draw counted."""
        delta = self.estimate - null
        top = (self.numerator[0] + delta * self.numerator[1]) ** 2
        bottom = (
            self.squared_scores[0]
            + delta * self.squared_scores[1]
            + delta**2 * self.squared_scores[2]
        )
        observed = (delta / self.std_error) ** 2
        # a draw that reproduces its own scores exactly has t* without bound: it counts
        count = int(np.count_nonzero(top >= observed * (1 - TIE) * np.maximum(bottom, 0.0)))
        total = self.numerator.shape[1]
        if self.draws.enumerated:
            return count / total
        return (1 + count) / (1 + total)

    def t_stars(self, null: float = 0.0) -> Floats:
        """Bootstrap t statistics under b = null, no small-sample factor; shape (B,)."""
        delta = self.estimate - null
        top = self.numerator[0] + delta * self.numerator[1]
        bottom = np.array([1.0, delta, delta**2]) @ self.squared_scores
        with np.errstate(divide="ignore", invalid="ignore"):
            return top / np.sqrt(np.maximum(bottom, 0.0))

    def interval(self, level: float) -> tuple[float, float]:
        """Null values not rejected at 1 - level: the smallest interval that holds them all.

        Infinite on a side where the attainable p-values never reach 1 - level.
        """
        return self._end(level, -1.0), self._end(level, 1.0)

    def _end(self, level: float, side: float) -> float:
        alpha = 1.0 - level
        # geometric steps up to 1,000 standard errors; beyond, the set is taken as unbounded
        steps = np.concatenate([np.linspace(0.0, 8.0, 81), np.geomspace(8.4, 1000.0, 60)])
        kept = [
            self.p_value(self.estimate + side * s * self.std_error) > alpha + 1e-12 for s in steps
        ]
        last = max((i for i, inside in enumerate(kept) if inside), default=0)
        if last == steps.size - 1:
            return side * np.inf
        low, high = steps[last], steps[last + 1]
        for _ in range(60):
            middle = (low + high) / 2
            inside = self.p_value(self.estimate + side * middle * self.std_error) > alpha + 1e-12
            low, high = (middle, high) if inside else (low, middle)
            if high - low < 1e-10:
                break
        return float(self.estimate + side * (low + high) / 2 * self.std_error)


def wild_draws(groups: int, kind: str, draws: int, seed: int) -> WildDraws:
    """Weights of the draws: Rademacher enumerated when 2^G <= draws, else drawn; Webb drawn.

    Parameters
    ----------
    groups : int
        G.
    kind : {"rademacher", "webb"}
        Webb's six points are ±√1.5, ±1, ±√0.5, each with probability 1/6 (Webb 2023).
    draws : int
    seed : int
        Of the generator; unused where the weights are enumerated.

    Returns
    -------
    WildDraws
    """
    if kind == "rademacher" and 2**groups <= draws:
        codes = np.arange(2 ** (groups - 1))[:, None] >> np.arange(groups)[None, :]
        signs = 1.0 - 2.0 * (codes & 1)
        return WildDraws(signs.astype(np.float64), True, kind)
    generator = np.random.default_rng(seed)
    points = np.array([-1.0, 1.0])
    if kind == "webb":
        points = np.array([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5])
        points = np.sign(points) * np.sqrt(np.abs(points))
    return WildDraws(generator.choice(points, size=(draws, groups)), False, kind)


def wild_test(fit: WithinFit, cluster: Ints, term: int, draws: WildDraws) -> WildTest:
    """Bootstrap distribution of one coefficient with the null imposed.

    y* = fitted under the null + v_g ũ_g is demeaned both ways again and regressed on all
    regressors; t* is studentised by CR1 (Cameron, Gelbach and Miller 2008; Djogbenou,
    MacKinnon and Nielsen 2019).

    Parameters
    ----------
    fit : WithinFit
    cluster : ndarray, shape (n,)
    term : int
        Column of the regressor tested.
    draws : WildDraws

    Returns
    -------
    WildTest
    """
    x = fit.x[:, term]
    others = np.delete(fit.x, term, axis=1)
    net = x - others @ np.linalg.lstsq(others, x, rcond=None)[0] if others.size else x
    scale = float(net @ net)
    own, own_response = _responses(fit, cluster, net, fit.residuals)
    null, null_response = _responses(fit, cluster, net, net)
    v = draws.weights
    first, second = v @ own_response.T, v @ null_response.T
    squared = np.stack(
        [
            np.einsum("bg,bg->b", first, first),
            2 * np.einsum("bg,bg->b", first, second),
            np.einsum("bg,bg->b", second, second),
        ]
    )
    observed = cluster_sums((net * fit.residuals)[:, None], cluster)[:, 0]
    std_error = float(np.sqrt(observed @ observed)) / scale
    return WildTest(
        float(fit.params[term]), std_error, np.stack([v @ own, v @ null]), squared, scale, draws
    )


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
