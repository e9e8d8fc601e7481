"""True size and power of the cointegration tests by the p-values of a panel's own N and T.

Kao's and Pedroni's are simulated, Westerlund's bootstrapped; sizes by asymptotic p-values are in
`long_run_sizes`.
"""

from __future__ import annotations

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
from tools.simulate import long_run_sizes
from tools.simulate.long_run_sizes import Label, Rows, rates, tested, westerlund_rejections

SEED = 20_250_410
DRAWS = 2_000
OUTER, INNER = 1_000, 199
WINDOW = (29, 13, 2)
RESIDUAL: dict[str, Any] = {"lags": 1, "bandwidth": 2, "kernel": "bartlett"}
CASES = (
    *long_run_sizes.CASES,
    ("one common factor, demeaned by year, u AR(.4)", "power", True, True),
)


def _kao(y: Floats, x: Floats, trend: str) -> Floats:
    return kao_statistics(y, x, **RESIDUAL)


def _pedroni(y: Floats, x: Floats, trend: str) -> Floats:
    return SIGNS * pedroni_statistics(y, x, trend=trend, **RESIDUAL)


def residual_based(trend: str) -> Rows:
    """Rates of Kao's (constant only) and Pedroni's tests by simulated p-values."""
    rows: Rows = []
    families = [("pedroni", PEDRONI, _pedroni), ("kao", KAO, _kao)][: 2 if trend == "c" else 1]
    for family, names, statistics in families:
        for position, (design, measure, factor, demean) in enumerate(CASES):
            null = null_of(lambda y, x: statistics(y, x, trend), *WINDOW, demean)  # noqa: B023
            cut = np.quantile(null, long_run_sizes.NOMINAL, axis=0)
            rng = np.random.default_rng([SEED, len(trend), position])

            def rejected(y: Floats, x: Floats) -> dict[Label, Any]:
                found = statistics(y, x, trend) <= cut  # noqa: B023
                keys = [(family, n, "lags=1,bandwidth=2,finite_sample") for n in names]  # noqa: B023
                return {key: found[:, i] for i, key in enumerate(keys)}

            rows += rates(
                WINDOW, trend, design, measure, DRAWS, 200,
                lambda size: tested(rng, size, WINDOW, measure, factor, demean),  # noqa: B023
                rejected, SEED,
            )  # fmt: skip
    return rows


def bootstrapped(trend: str, outer: int) -> Rows:
    """Rates of Westerlund's statistics by bootstrap p-values."""
    rows: Rows = []
    for position, (design, measure, factor, demean) in enumerate(CASES):
        rng = np.random.default_rng([SEED, 10 + len(trend), position])
        rejected = westerlund_rejections(rng, INNER, trend=trend, lags=0, leads=0, bandwidth=2)
        rows += rates(
            WINDOW, trend, design, measure, outer, 1,
            lambda size: tested(rng, size, WINDOW, measure, factor, demean),  # noqa: B023
            rejected, SEED,
        )  # fmt: skip
    return rows


def table() -> pd.DataFrame:
    """`cointegration_sizes.csv`."""
    parts = [residual_based(trend) + bootstrapped(trend, OUTER) for trend in ("c", "ct")]
    return pd.DataFrame([row for part in parts for row in part])
