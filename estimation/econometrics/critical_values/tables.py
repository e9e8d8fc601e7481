"""The published moments and critical values behind the panel unit-root tests, read from CSV.

Only printed tables and their interpolation rules belong here; what this project simulated
itself is read by `living_panel.estimation.econometrics.critical_values.simulated`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    Count,
    Trend,
    TrendOrNone,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats

HERE = Path(__file__).resolve().parent


@cache
@check_arguments
def printed(name: str, *keys: str) -> dict[tuple[object, ...], pd.DataFrame]:
    """Rows of a printed table by its keys."""
    groups = pd.read_csv(HERE / f"{name}.csv").groupby(list(keys))
    return {key if isinstance(key, tuple) else (key,): rows for key, rows in groups}


def _at(t: float, rows: pd.DataFrame, *columns: str) -> list[float]:
    """Columns at T, linear between the T printed and held at their ends."""
    return [float(np.interp(t, rows["t"], rows[column])) for column in columns]


@check_arguments
def llc_moments(trend: TrendOrNone, t: float) -> tuple[float, float]:
    """Levin, Lin and Chu (2002), Table 2: mu*, sigma* at `t`, linear, held at T = 25 and 500."""
    mu, sigma = _at(t, printed("llc_moments", "trend")[(trend,)], "mu", "sigma")
    return mu, sigma


@check_arguments
def ips_moments(trend: Trend, lags: Count, t: int) -> tuple[float, float]:
    """Im, Pesaran and Shin (2003), Table 3: E and Var of the ADF t by lag order and T.

    Linear in T between printed columns, held at T = 10 and 100.

    Parameters
    ----------
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    lags : int
        Lagged differences, at least 0.
    t : int
        Periods.

    Returns
    -------
    tuple of float
        Mean and variance.

    Raises
    ------
    Infeasible
        The table has no value: more than 8 lags, or too many for T (over 4 below T = 20, over
        5 below T = 25). Values are never carried over to another lag order.
    """
    rows = printed("ips_moments", "trend", "lags").get((trend, lags))
    if rows is None:
        raise Infeasible(codes.IPS_TOO_MANY_LAGS(lags=lags))
    mean, var = _at(t, rows, "mean", "var")
    if np.isnan(mean):
        first = int(rows.dropna()["t"].min())
        raise Infeasible(codes.IPS_TOO_FEW_PERIODS(lags=lags, first=first, t=t))
    return mean, var


@check_arguments
def cips_critical_values(trend: Trend, n: float, t: float) -> Floats:
    """Pesaran (2007), Table II: truncated CIPS critical values at 1, 5, 10 %, bilinear in N and T.

    Held at N, T = 200; NaN below N or T = 10, where the table does not reach.

    Parameters
    ----------
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.
    n : float
        Units.
    t : float
        Periods.

    Returns
    -------
    ndarray, shape (3,)
        At 1, 5 and 10 %.
    """
    if n < 10 or t < 10:
        return np.full(3, np.nan)
    out = []
    for level in (0.01, 0.05, 0.10):
        rows = printed("cips_critical_values", "trend", "level")[trend, level]
        grid = rows.pivot(index="n", columns="t", values="value")
        by_t = [np.interp(n, grid.index, grid[column]) for column in grid]
        out.append(float(np.interp(t, grid.columns, by_t)))
    return np.array(out)
