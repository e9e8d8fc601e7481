"""True size and power of the cointegration tests by the p-values of a panel's own N and T.

Kao's and Pedroni's are simulated, Westerlund's bootstrapped; sizes by asymptotic p-values are in
`long_run_sizes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics.cointegration.error_correction import (
    WESTERLUND,
    null_draws,
    standardise_westerlund,
    westerlund_statistics,
)
from estimation.econometrics.cointegration.residuals import (
    KAO,
    PEDRONI,
    kao_statistics,
    null_of,
    pedroni_statistics,
)
from estimation.econometrics.kernels import Floats
from tools.simulate.long_run_sizes import cointegrated, independent_walks, rate_row

SEED = 20_250_410
NOMINAL = 0.05
DRAWS = 2_000
OUTER, INNER = 1_000, 199
WINDOW = (29, 13, 2)
RESIDUAL: dict[str, Any] = {"lags": 1, "bandwidth": 2, "kernel": "bartlett"}
CORRECTION: dict[str, Any] = {"lags": 0, "leads": 0, "bandwidth": 2}
# (design, measure, one common factor, demeaned by year)
CASES = (
    ("independent units", "size", False, False),
    ("one common factor", "size", True, False),
    ("one common factor, demeaned by year", "size", True, True),
    ("independent units, u AR(.4)", "power", False, False),
    ("one common factor, demeaned by year, u AR(.4)", "power", True, True),
)


def draw(
    rng: np.random.Generator, size: int, measure: str, factor: bool, demean: bool
) -> tuple[Floats, Floats]:
    """Panels without cointegration (size) or with it (power): (size, N, T) and (size, N, T, k)."""
    if measure == "size":
        y, x = independent_walks(rng, size, *WINDOW, factor)
    else:
        y, x = cointegrated(rng, size, *WINDOW, 0.4, 0.0, factor)
    if demean:
        y, x = y - y.mean(axis=1, keepdims=True), x - x.mean(axis=1, keepdims=True)
    return y, x


def _kao(y: Floats, x: Floats, trend: str) -> Floats:
    return kao_statistics(y, x, **RESIDUAL)[0]


def _pedroni(y: Floats, x: Floats, trend: str) -> Floats:
    # panel v, the first, rejects on the right
    raw = pedroni_statistics(y, x, trend=trend, **RESIDUAL)
    return raw * np.array([-1.0] + [1.0] * (len(PEDRONI) - 1))


def residual_based(trend: str) -> list[dict[str, object]]:
    """Rates of Kao's (constant only) and Pedroni's tests by simulated p-values."""
    rows = []
    families: list[tuple[str, tuple[str, ...], Callable[..., Floats]]] = [
        ("pedroni", PEDRONI, _pedroni)
    ]
    if trend == "c":
        families.append(("kao", KAO, _kao))
    n, t, k = WINDOW
    for family, names, statistics in families:
        for position, (design, measure, factor, demean) in enumerate(CASES):
            null = null_of(lambda y, x: statistics(y, x, trend), n, t, k, demean)  # noqa: B023
            cut = np.quantile(null, NOMINAL, axis=0)
            rng = np.random.default_rng([SEED, len(trend), position])
            hits = []
            for _ in range(DRAWS // 200):
                hits.append(statistics(*draw(rng, 200, measure, factor, demean), trend) <= cut)
            label = "lags=1,bandwidth=2,finite_sample"
            shares = np.concatenate(hits)
            rows += [
                _row(family, name, label, trend, design, measure, shares[:, i])
                for i, name in enumerate(names)
            ]
    return rows


def bootstrapped(trend: str, outer: int) -> list[dict[str, object]]:
    """Rates of Westerlund's statistics by bootstrap p-values."""
    n, _, k = WINDOW
    options = {"trend": trend, **CORRECTION}
    rows = []
    for position, (design, measure, factor, demean) in enumerate(CASES):
        rng = np.random.default_rng([SEED, 10 + len(trend), position])
        p = np.empty((outer, len(WESTERLUND)))
        for number in range(outer):
            y, x = draw(rng, 1, measure, factor, demean)
            observed = standardise_westerlund(
                westerlund_statistics(y[0], x[0], **options), n, k, trend
            )
            null = standardise_westerlund(
                null_draws(y[0], x[0], INNER, rng, **options), n, k, trend
            )
            p[number] = (1 + (null <= observed).sum(axis=0)) / (1 + INNER)
        label = "lags=0,leads=0,bandwidth=2,bootstrap"
        rows += [
            _row("westerlund", name, label, trend, design, measure, p[:, i] <= NOMINAL)
            for i, name in enumerate(WESTERLUND)
        ]
    return rows


def _row(
    family: str, name: str, label: str, trend: str, design: str, measure: str, hits: np.ndarray
) -> dict[str, object]:
    row = rate_row(family, name, label, WINDOW, trend, design, measure, hits)
    return {**row, "nominal": NOMINAL, "seed": SEED}


def table() -> pd.DataFrame:
    """`cointegration_sizes.csv`."""
    parts = [residual_based(trend) + bootstrapped(trend, OUTER) for trend in ("c", "ct")]
    return pd.DataFrame([row for part in parts for row in part])
