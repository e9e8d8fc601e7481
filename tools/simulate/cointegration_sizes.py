"""True size and power of the cointegration tests by the p-values of a panel's own N and T, and critical values.

Kao's and Pedroni's p-values are simulated, Westerlund's bootstrapped; sizes by asymptotic p-values are in
`long_run_sizes`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.panel_tests import cointegration
from living_panel.estimation.panel_tests.cointegration import REJECTS_RIGHT, STATISTICS
from tools.simulate.long_run_sizes import (
    CASES,
    NO_COINTEGRATION,
    NOMINAL,
    Design,
    Label,
    Rows,
    labelled,
    rates,
    seeded,
    westerlund_rejections,
)

SEED = 20_250_410
DRAWS = 2_000
OUTER, INNER = 1_000, 199
WINDOW = (29, 13, 2)
CRITICAL_DRAWS, BATCH = 20_000, 200
RESIDUAL: dict[str, Any] = {"lags": 1, "bandwidth": 2}
ERROR_CORRECTION: dict[str, Any] = {"lags": 0, "leads": 0, "bandwidth": 2}
DESIGNS = (*CASES, Design("one common factor, demeaned by year, u AR(.4)", 0.4, 0.0, True, True))


def residual_based(
    family: str, names: tuple[str, ...], statistics: Callable[[Floats, Floats], Floats], trend: str
) -> Rows:
    """Rates of one family of tests, which reject on the left, by simulated p-values."""

    @cache
    def cut(demean: bool) -> Floats:
        return np.quantile(cointegration._null_of(statistics, *WINDOW, demean), NOMINAL, axis=0)

    def rejected(design: Design, rng: np.random.Generator, size: int) -> dict[Label, Any]:
        below = statistics(*design.drawn(rng, size, WINDOW)) <= cut(design.demean)
        label = "lags=1,bandwidth=2,finite_sample"
        return {(family, name, label): below[:, i] for i, name in enumerate(names)}

    designs = seeded(DESIGNS, SEED, len(trend))
    return rates(WINDOW, trend, NO_COINTEGRATION, designs, rejected, DRAWS, 200)


def bootstrapped(trend: str, outer: int) -> Rows:
    """Rates of Westerlund's statistics by bootstrap p-values."""
    designs = seeded(DESIGNS, SEED, 10 + len(trend))
    hits = westerlund_rejections(WINDOW, trend, INNER)
    return rates(WINDOW, trend, NO_COINTEGRATION, designs, hits, outer)


def critical_values(trend: str, draws: int) -> Rows:
    """Critical values of every standardised statistic without cointegration, by design."""
    n_units, periods, k = WINDOW
    rows: Rows = []
    for design, rng in seeded(DESIGNS, SEED, 20 + len(trend)):
        if design.autocorrelation is not None:
            continue
        parts = []
        for _ in range(draws // BATCH):
            panels = design.drawn(rng, BATCH, WINDOW)
            parts.append(
                [
                    cointegration._statistics_of(t, *panels, trend=trend, **how)
                    for t, how in tests_of(trend)
                ]
            )
        for place, (test, how) in enumerate(tests_of(trend)):
            values = np.concatenate([part[place] for part in parts])
            for name, right, column in zip(
                STATISTICS[test], REJECTS_RIGHT[test], values.T, strict=True
            ):
                share = 1 - NOMINAL if right else NOMINAL
                rows.append(
                    {
                        "test": test, "statistic": name, "options": labelled(**how),
                        "n_units": n_units, "n_periods": periods, "regressors": k, "trend": trend,
                        "design": design.name, "level": NOMINAL,
                        "value": round(float(np.quantile(column, share)), 4),
                        "draws": len(column), "seed": SEED,
                    }
                )  # fmt: skip
    return rows


def tests_of(trend: str) -> list[tuple[str, dict[str, Any]]]:
    """Tests and options of the cointegration table; Kao's are of a constant only."""
    kao = [("kao", RESIDUAL)] if trend == "c" else []
    return [*kao, ("pedroni", RESIDUAL), ("westerlund", ERROR_CORRECTION)]


def critical_value_table() -> pd.DataFrame:
    """`cointegration_critical_values.csv`."""
    return pd.DataFrame(
        [row for trend in ("c", "ct") for row in critical_values(trend, CRITICAL_DRAWS)]
    )


def table() -> pd.DataFrame:
    """`cointegration_sizes.csv`; Kao's tests are of a constant only."""
    rows: Rows = []
    for trend in ("c", "ct"):
        rows += residual_based("pedroni", STATISTICS["pedroni"], partial(_pedroni, trend), trend)
        if trend == "c":
            rows += residual_based(
                "kao", STATISTICS["kao"], partial(cointegration._kao_statistics, **RESIDUAL), trend
            )
        rows += bootstrapped(trend, OUTER)
    return pd.DataFrame(rows).assign(seed=SEED)


def _pedroni(trend: str, y: Floats, x: Floats) -> Floats:
    statistics = cointegration._pedroni_statistics(y, x, trend=trend, **RESIDUAL)
    return cointegration._SIGNS * statistics
