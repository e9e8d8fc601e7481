"""Finite-sample null distributions of the unit-root statistics, stored or simulated.

The null is a Gaussian random walk per unit, independent over units, of exactly the panel's shape, lag
rule and options. A case outside the stored table is simulated from a seed that depends on the case
alone, so the same case always has the same distribution.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
from scipy.special import ndtr, ndtri

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Shape, Share, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.unit_roots import kernels
from living_panel.estimation.econometrics.unit_roots.adf import adf_sums

STORED = Path(__file__).resolve().parent / "null_distributions.npz"
SEED = 20250101
CHUNK_CELLS = 600_000  # values drawn at a time
PIECES = 6  # of a chunk: the arrays of one fit in the processor's cache
ROW_BUDGET = 10_000_000  # values simulated in all for one distribution
MOST_CELLS = 100_000_000
# Probabilities kept, evenly spaced on the normal scale so that both tails are resolved.
PROBABILITIES = ndtr(np.linspace(-4.2, 4.2, 337))


@dataclass(frozen=True)
class NullCase:
    """One null distribution: which statistic, of what panel, with which options.

    `test` is "adf" (one unit's t, n = 1) or a panel test's name; `demean` takes each period's mean off
    the draws too; `bandwidth` is LLC's.
    """

    test: str
    n: int
    t: int
    trend: str
    lags: int = 0
    demean: bool = False
    bandwidth: int | None = None

    def key(self) -> str:
        """The question as text, the same for every run and machine."""
        # what is gone stays in the text, which is the seed of every distribution
        gone: dict[str, object] = dict.fromkeys(("max_lags", "robust", "windows"))
        gone["convention"] = "stata"
        gone["kernel"] = "bartlett" if self.test == "llc" else None
        gone["periods"] = "T" if self.test == "ht" else None
        return json.dumps({**asdict(self), **gone}, sort_keys=True)

    def draws(self) -> int:
        """Draws simulated: many for one unit, fewer the larger the panel."""
        if self.test == "adf":
            return int(np.clip(8_000_000 // self.t, 100_000, 400_000))
        cells = self.n * self.t
        draws = int(np.clip(ROW_BUDGET // cells, 1_000, 20_000))
        return min(draws, MOST_CELLS // cells)


@check_arguments
def statistic(question: NullCase, y: Annotated[Floats, Shape("T D N")]) -> Floats:
    """The question's statistic of every draw in y (T, D, N): array (D,)."""
    q = question
    if q.demean:
        y = y - y.mean(axis=2, keepdims=True)
    if q.test == "ht":
        return kernels.ht(y, q.trend)
    sums = adf_sums(y, q.trend, q.lags, augmented=q.test == "cips", test=q.test)
    if q.test == "adf":
        return sums.t(corrected=True)[:, 0]
    if q.test == "ips":
        return kernels.ips(sums, q.t, q.trend)
    if q.test == "cips":
        return kernels.cips(sums, q.trend)
    return kernels.llc(y, sums, q.trend, int(q.bandwidth or 0))


@check_arguments
def note(question: NullCase) -> str:
    """Where a simulated null distribution came from, in words."""
    _, draws, origin = null_quantiles(question)
    return (
        f"finite sample: {origin}, {draws} draws of {question.n} independent Gaussian units, "
        f"T={question.t}, seed {SEED}"
    )


@check_arguments
def simulate(question: NullCase) -> tuple[Floats, int]:
    """Quantiles of the null distribution at `PROBABILITIES`, and the number of draws."""
    draws = question.draws()
    if draws < 200:
        raise Infeasible(
            codes.SIMULATION_TOO_LARGE(
                test=question.test, n=question.n, t=question.t, most_cells=MOST_CELLS
            )
        )
    rng = np.random.default_rng([SEED, zlib.crc32(question.key().encode())])
    step = max(1, CHUNK_CELLS // (question.n * question.t))
    parts = []
    for start in range(0, draws, step):
        shape = (question.t, min(step, draws - start), question.n)
        walks = rng.standard_normal(shape)
        for earlier, later in pairwise(walks):  # faster than a cumulated sum over the first axis
            later += earlier
        pieces = np.array_split(walks, min(PIECES, shape[1]), axis=1)
        parts += [statistic(question, piece) for piece in pieces]
    return np.quantile(np.concatenate(parts), PROBABILITIES), draws


@cache
def _stored() -> dict[str, tuple[Floats, int]]:
    with np.load(STORED) as stored:
        key, draws, quantiles = (stored[name] for name in ("key", "draws", "quantiles"))
    return {str(k): (q, int(n)) for k, n, q in zip(key, draws, quantiles, strict=True)}


@lru_cache(maxsize=256)
@check_arguments
def null_quantiles(question: NullCase) -> tuple[Floats, int, str]:
    """Quantiles at `PROBABILITIES`, draws, and where they came from.

    Returns
    -------
    (quantiles, draws, origin)
        origin is "simulated, stored" or "simulated on the fly".
    """
    quantiles = _stored().get(question.key())
    if quantiles is not None:
        return *quantiles, "simulated, stored"
    return *simulate(question), "simulated on the fly"


@check_arguments
def lower_tail(question: NullCase, value: Floats | float) -> Floats:
    """P(statistic <= value) under the null, linear on the normal scale between quantiles.

    Never closer to 0 or 1 than the draws and the stored quantiles resolve: at least
    1/(draws + 1), and 1.3e-5.
    """
    quantiles, draws, _ = null_quantiles(question)
    z = np.interp(value, quantiles, ndtri(PROBABILITIES))
    floor = 1 / (draws + 1)
    return np.asarray(np.clip(ndtr(z), floor, 1 - floor), dtype=np.float64)


@check_arguments
def critical_value(question: NullCase, level: Share) -> float:
    """The value below which the statistic falls with probability `level` under the null."""
    quantiles, _, _ = null_quantiles(question)
    return float(np.interp(ndtri(level), ndtri(PROBABILITIES), quantiles))
