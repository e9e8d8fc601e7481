"""Printed moments and critical values, read from CSV, and p-values of draws."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.panel_tests.critical_values import HERE


@cache
def printed(name: str, *keys: str) -> dict[tuple[object, ...], pd.DataFrame]:
    """Rows of a printed table by its keys."""
    groups = pd.read_csv(HERE / f"{name}.csv").groupby(list(keys))
    return {key if isinstance(key, tuple) else (key,): rows for key, rows in groups}


def _at(t: float, rows: pd.DataFrame, *columns: str) -> list[float]:
    """Columns at T, linear between the T printed and held at their ends."""
    return [float(np.interp(t, rows["t"], rows[column])) for column in columns]


def llc_moments(trend: str, t: float) -> tuple[float, float]:
    """Levin, Lin and Chu (2002), Table 2: mu*, sigma* at `t`, linear, held at T = 25 and 500."""
    mu, sigma = _at(t, printed("llc_moments", "trend")[(trend,)], "mu", "sigma")
    return mu, sigma


def ips_moments(trend: str, lags: int, t: int) -> tuple[float, float]:
    """Im, Pesaran and Shin (2003), Table 3: E and Var of the ADF t, linear, held at T = 10 and 100.

    The table has at most 8 lags, 4 below T = 20 and 5 below T = 25. A value is never taken from another lag order.
    """
    rows = printed("ips_moments", "trend", "lags").get((trend, lags))
    if rows is None:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "ips: the moments of Im, Pesaran and Shin cover at most 8 lags, but the test has {lags}",
                "use at most 8 lags",
                lags=lags,
            )
        )
    mean, var = _at(t, rows, "mean", "var")
    if np.isnan(mean):
        first = int(rows.dropna()["t"].min())
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "ips: with {lags} lags, the moments of Im, Pesaran and Shin begin at "
                "T={first}; this sample needs T={t}",
                "use fewer lags, or a longer window",
                lags=lags,
                first=first,
                t=t,
            )
        )
    return mean, var


def cips_critical_values(trend: str, n: float, t: float) -> Floats:
    """Pesaran (2007), Table II: truncated CIPS at 1, 5, 10 %, bilinear in N and T.

    Held at N, T = 200; NaN below N or T = 10, where the table does not reach.
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


def lower_tail_p(null: Floats, observed: Floats) -> Floats:
    """(1 + #{null <= observed}) / (1 + draws), column by column."""
    return np.asarray((1 + (null <= observed).sum(axis=0)) / (1 + len(null)), dtype=float)
