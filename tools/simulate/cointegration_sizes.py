"""True size and power of the cointegration tests by the p-values of a panel's own N and T.

Kao's and Pedroni's are simulated, Westerlund's bootstrapped; sizes by asymptotic p-values are in
`long_run_sizes`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics.cointegration.residuals import (
    KAO,
    PEDRONI,
    SIGNS,
    kao_statistics,
    null_of,
    pedroni_statistics,
)
from estimation.econometrics.kernels import Floats
from tools.simulate.long_run_sizes import (
    CASES,
    NO_COINTEGRATION,
    NOMINAL,
    Design,
    Label,
    Rows,
    rates,
    seeded,
    westerlund_rejections,
)

SEED = 20_250_410
DRAWS = 2_000
OUTER, INNER = 1_000, 199
WINDOW = (29, 13, 2)
RESIDUAL: dict[str, Any] = {"lags": 1, "bandwidth": 2}
DESIGNS = (*CASES, Design("one common factor, demeaned by year, u AR(.4)", 0.4, 0.0, True, True))


def residual_based(
    family: str, names: tuple[str, ...], statistics: Callable[[Floats, Floats], Floats], trend: str
) -> Rows:
    """Rates of one family of tests, which reject on the left, by simulated p-values."""

    @cache
    def cut(demean: bool) -> Floats:
        return np.quantile(null_of(statistics, *WINDOW, demean), NOMINAL, axis=0)

    def rejected(design: Design, rng: np.random.Generator, size: int) -> dict[Label, Any]:
        found = statistics(*design.drawn(rng, size, WINDOW)) <= cut(design.demean)
        label = "lags=1,bandwidth=2,finite_sample"
        return {(family, name, label): found[:, i] for i, name in enumerate(names)}

    designs = seeded(DESIGNS, SEED, len(trend))
    return rates(WINDOW, trend, NO_COINTEGRATION, designs, rejected, DRAWS, 200)


def bootstrapped(trend: str, outer: int) -> Rows:
    """Rates of Westerlund's statistics by bootstrap p-values."""
    designs = seeded(DESIGNS, SEED, 10 + len(trend))
    hits = westerlund_rejections(WINDOW, trend, INNER)
    return rates(WINDOW, trend, NO_COINTEGRATION, designs, hits, outer)


def table() -> pd.DataFrame:
    """`cointegration_sizes.csv`; Kao's tests are of a constant only."""
    rows: Rows = []
    for trend in ("c", "ct"):
        rows += residual_based("pedroni", PEDRONI, partial(_pedroni, trend), trend)
        if trend == "c":
            rows += residual_based("kao", KAO, partial(kao_statistics, **RESIDUAL), trend)
        rows += bootstrapped(trend, OUTER)
    return pd.DataFrame(rows).assign(seed=SEED)


def _pedroni(trend: str, y: Floats, x: Floats) -> Floats:
    return SIGNS * pedroni_statistics(y, x, trend=trend, **RESIDUAL)
