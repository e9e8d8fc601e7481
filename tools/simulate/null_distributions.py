"""Null distributions of every unit-root statistic for the windows the tables use.

Beside them, moments of the Dickey-Fuller t and t~ with a trend, which Im, Pesaran and Shin print
for a constant only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics.critical_values import simulated
from estimation.econometrics.critical_values.simulated import Question
from estimation.econometrics.unit_roots.adf import DETERMINISTICS, MIN_DF, adf_sums

# provinces of the paper's panel, and the windows of its series: periods, and one less (differences)
N_UNITS = 29
WINDOWS = (9, 12, 13, 14, 18, 20)
PERIODS = tuple(sorted({t for w in WINDOWS for t in (w, w - 1)}))
TRENDS = ("c", "ct")
UNIT_PERIODS = range(8, 31)  # one unit's ADF t, for Fisher's p-values
MOMENT_PERIODS = (7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 100, 200)


def enough(t: int, trend: str, lags: int, augmented: bool = False) -> bool:
    """Whether the (C)ADF regression keeps 4 residual degrees of freedom."""
    parameters = 1 + DETERMINISTICS[trend] + lags + (2 + lags if augmented else 0)
    return (t - 1 - lags) - parameters >= MIN_DF


def questions() -> list[Question]:
    """Every distribution that is stored."""
    out = [
        Question("adf", 1, t, trend, lags)
        for t in UNIT_PERIODS
        for trend in ("n", "c", "ct")
        for lags in (0, 1, 2)
        if enough(t, trend, lags)
    ]
    for t in PERIODS:
        for trend in TRENDS:
            out += panel_questions(N_UNITS, t, trend)
    return out


def panel_questions(n: int, t: int, trend: str) -> list[Question]:
    """The panel statistics of one window, raw and demeaned, lags 0 and 1."""
    out = []
    for demean in (False, True):
        for lags in (0, 1):
            if not enough(t, trend, lags):
                continue
            common: dict[str, Any] = {
                "n": n,
                "t": t,
                "trend": trend,
                "lags": lags,
                "demean": demean,
            }
            out += [
                Question("llc", **common, bandwidth=2, kernel="bartlett"),
                Question("ips", **common),
            ]
            if not demean and enough(t, trend, lags, augmented=True):
                out.append(Question("cips", n, t, trend, lags))
        out += [Question("ht", n, t, trend, demean=demean, periods=p) for p in ("T", "T-1")]
    return out


def trend_moments(draws: int = 400_000) -> pd.DataFrame:
    """Mean and variance of t and t~ with constant and trend, no lags, by T.

    T counts rows of the regression, as in Im, Pesaran and Shin's Table 1.
    """
    rows = []
    for t in MOMENT_PERIODS:
        rng = np.random.default_rng([simulated.SEED, t])
        parts = []
        step = max(1, 3_000_000 // t)
        for start in range(0, draws, step):
            count = min(step, draws - start)
            y = rng.standard_normal((t + 1, 1, count)).cumsum(axis=0)
            sums = adf_sums(y, "ct", 0)
            tilde = sums.ve / np.sqrt(sums.vv * sums.ee / (sums.n - DETERMINISTICS["ct"]))
            parts.append(np.stack([sums.t(corrected=True)[0], tilde[0]]))
        values = np.concatenate(parts, axis=1)
        mean, var = values.mean(axis=1), values.var(axis=1)
        rows.append((t, mean[0], var[0], mean[1], var[1]))
    columns = ["t", "mean_t", "var_t", "mean_tilde", "var_tilde"]
    return pd.DataFrame(rows, columns=columns).round(4)


def table() -> pd.DataFrame:
    """`null_distributions.parquet`."""
    rows = []
    for question in questions():
        quantiles, draws = simulated.simulate(question)
        rows.append((question.key(), draws, quantiles.astype(np.float32)))
    return pd.DataFrame(rows, columns=["key", "draws", "quantiles"])
