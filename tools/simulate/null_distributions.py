"""Null distributions of every unit-root statistic for the windows the tables use."""

from __future__ import annotations

from typing import Any

import pandas as pd

from living_panel.estimation.panel_tests.unit_roots import (
    _DETERMINISTICS,
    _MIN_DF,
    _NullCase,
    _simulate,
)

# provinces of the paper's panel, and the windows of its series: periods, and one less (differences)
N_UNITS = 29
WINDOWS = (9, 12, 13, 14, 18, 20)
PERIODS = tuple(sorted({t for w in WINDOWS for t in (w, w - 1)}))
SHORT = 10  # periods of the series that begin latest in the default tables, tested with a constant
TRENDS = ("c", "ct")
UNIT_PERIODS = range(8, 31)  # one unit's ADF t, for Fisher's p-values


def enough(t: int, trend: str, lags: int, augmented: bool = False) -> bool:
    """Whether the (C)ADF regression keeps 4 residual degrees of freedom."""
    parameters = 1 + _DETERMINISTICS[trend] + lags + (2 + lags if augmented else 0)
    return (t - 1 - lags) - parameters >= _MIN_DF


def questions() -> list[_NullCase]:
    """Every distribution that is stored."""
    out = [
        _NullCase("adf", 1, t, trend, lags)
        for t in UNIT_PERIODS
        for trend in TRENDS
        for lags in (0, 1, 2)
        if enough(t, trend, lags)
    ]
    for t in PERIODS:
        for trend in TRENDS:
            out += panel_questions(N_UNITS, t, trend)
    return out + panel_questions(N_UNITS, SHORT, "c")


def panel_questions(n: int, t: int, trend: str) -> list[_NullCase]:
    """The panel statistics of one window, raw and demeaned, lags 0 and 1."""
    out = []
    for demean in (False, True):
        for lags in (0, 1):
            if not enough(t, trend, lags):
                continue
            common: dict[str, Any] = {"trend": trend, "lags": lags, "demean": demean}
            out.append(_NullCase("llc", n, t, **common, bandwidth=2))
            out.append(_NullCase("ips", n, t, **common))
            if not demean and enough(t, trend, lags, augmented=True):
                out.append(_NullCase("cips", n, t, trend, lags))
        out.append(_NullCase("ht", n, t, trend, demean=demean))
    return out


def table() -> pd.DataFrame:
    """`null_distributions.npz`."""
    rows = []
    for question in questions():
        quantiles, draws = _simulate(question)
        rows.append((question.key(), draws, quantiles))
    return pd.DataFrame(rows, columns=["key", "draws", "quantiles"])
