"""The published moments and critical values behind the panel unit-root tests, read from CSV.

Only printed tables and their interpolation rules belong here; what this project simulated
itself is read by `estimation.econometrics.critical_values.simulated`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from estimation.econometrics.errors import Infeasible
from estimation.econometrics.kernels import Floats

Columns = tuple[Floats, Floats, Floats]

HERE = Path(__file__).parent


def _columns(rows: pd.DataFrame, x: str, first: str, second: str) -> Columns:
    """A grid and two columns on it, as arrays."""
    a, b, c = (rows[name].to_numpy(dtype=float) for name in (x, first, second))
    return a, b, c


@cache
def _llc() -> dict[str, Columns]:
    table = pd.read_csv(HERE / "llc_moments.csv", keep_default_na=False)
    return {
        str(trend): _columns(rows, "t", "mu", "sigma") for trend, rows in table.groupby("trend")
    }


def llc_moments(trend: str, t: float) -> tuple[float, float]:
    """Levin, Lin and Chu (2002), Table 2: mu*, sigma* at `t`, linear, held at T = 25 and 500."""
    grid, mu, sigma = _llc()[trend]
    return float(np.interp(t, grid, mu)), float(np.interp(t, grid, sigma))


@cache
def _ips() -> dict[tuple[str, int], Columns]:
    table = pd.read_csv(HERE / "ips_moments.csv")
    return {
        (str(trend), int(lags)): _columns(rows, "t", "mean", "var")
        for (trend, lags), rows in table.groupby(["trend", "lags"])
    }


def ips_moments(trend: str, lags: int, t: int) -> tuple[float, float]:
    """Im, Pesaran and Shin (2003), Table 3: E and Var of the ADF t by lag order and T.

    Linear in T between printed columns, held at T = 10 and 100.

    Raises
    ------
    Infeasible
        The table has no value: more than 8 lags, or too many for T (over 4 below T = 20, over
        5 below T = 25). Values are never carried over to another lag order.
    """
    if (trend, lags) not in _ips():
        raise Infeasible(
            f"ips: the moments of Im, Pesaran and Shin end at 8 lags; {lags} asked for"
        )
    grid, means, variances = _ips()[trend, lags]
    mean, var = float(np.interp(t, grid, means)), float(np.interp(t, grid, variances))
    if np.isnan(mean):
        first = int(grid[~np.isnan(means)][0])
        raise Infeasible(
            f"ips: the moments of Im, Pesaran and Shin for {lags} lags begin at T={first}, read here "
            f"at T={t}; use fewer lags"
        )
    return mean, var


@cache
def _cips() -> pd.DataFrame:
    return pd.read_csv(HERE / "cips_critical_values.csv", keep_default_na=False)


def cips_critical_values(trend: str, n: float, t: float) -> Floats:
    """Pesaran (2007), Table II: truncated CIPS critical values at 1, 5, 10 %, bilinear in N and T.

    Held at N, T = 200; NaN below N or T = 10, where the table does not reach.
    """
    if n < 10 or t < 10:
        return np.full(3, np.nan)
    table = _cips()
    chosen = table[table["trend"] == trend]
    out = []
    for level in (0.01, 0.05, 0.10):
        grid = chosen[chosen["level"] == level].pivot(index="n", columns="t", values="value")
        axis = grid.index.to_numpy(dtype=float)
        by_t = [np.interp(n, axis, grid[column].to_numpy(dtype=float)) for column in grid]
        out.append(float(np.interp(t, axis, by_t)))
    return np.array(out)
