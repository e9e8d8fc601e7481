"""Simulated quantiles of Hansen's Lc, asymptotic and at the panels' own T.

P-values are simulated on demand by `estimation.econometrics.cointegration.hansen_lc`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from estimation.econometrics.cointegration.stability import (
    DRAWS,
    SEED,
    asymptotic_lc,
    finite_sample_lc,
)
from estimation.econometrics.long_run.wide_panel import MIN_RESIDUAL_DF

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.975, 0.99)
PERIODS = (10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 25, 30, 40)
BANDWIDTHS = (0, 1, 2, 3, 4)


def table() -> pd.DataFrame:
    """Quantiles by T (0 for the limit), regressors, trend and Bartlett bandwidth.

    Returns
    -------
    DataFrame
        One row per case and level.
    """
    rows: list[dict[str, object]] = []
    for trend in ("c", "ct"):
        for k in range(1, 8):
            _add(rows, asymptotic_lc(k, trend), 0, k, trend, None)
            for periods in PERIODS:
                if periods - 1 - k - len(trend) < MIN_RESIDUAL_DF:
                    continue
                for bandwidth in BANDWIDTHS if k <= 2 else (2,):
                    draws = finite_sample_lc(periods, k, trend, "bartlett", float(bandwidth))
                    _add(rows, draws, periods, k, trend, bandwidth)
    return pd.DataFrame(rows).astype({"bandwidth": "Int64"})


def _add(
    rows: list[dict[str, object]],
    draws: np.ndarray,
    periods: int,
    regressors: int,
    trend: str,
    bandwidth: int | None,
) -> None:
    for level in LEVELS:
        rows.append(
            {
                "n_periods": periods,
                "regressors": regressors,
                "trend": trend,
                "bandwidth": bandwidth,
                "level": level,
                "quantile": round(float(np.quantile(draws, level)), 5),
                "draws": DRAWS,
                "seed": SEED,
            }
        )
