"""The panel unit-root statistics as array functions: levels (T, draws, N) in, (draws,) out.

Numbers only: the public tests call these with one draw, the simulations with thousands, so
that both use the same formulas. No p-values, labels or checks of the frame belong here.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from living_panel.estimation.econometrics.arguments import (
    Count,
    Shape,
    Trend,
    TrendOrNone,
    check_arguments,
)
from living_panel.estimation.econometrics.critical_values.tables import ips_moments, llc_moments
from living_panel.estimation.econometrics.kernels import Floats, long_run_variance
from living_panel.estimation.econometrics.unit_roots.adf import AdfSums
from living_panel.estimation.econometrics.wide_panel import off_deterministics

# Pesaran (2007), section 5.1: bounds (-K1, K2) on each unit's t-ratio.
CIPS_BOUNDS = {"c": (-6.19, 2.61), "ct": (-6.42, 1.70)}


@check_arguments
def llc(
    y: Annotated[Floats, Shape("T D N")], sums: AdfSums, trend: TrendOrNone, bandwidth: Count
) -> Floats:
    """Levin, Lin and Chu (2002), steps 1 to 3.

    e, v are the differences and lagged levels of each unit net of its lags and deterministics, divided by
    s_i = sqrt(RSS_i/n_i). Then delta = sum ve / sum vv; t = delta/se; S = mean of omega_i/s_i; T~ = T - p - 1;
    t* = (t - N T~ S se mu*/s2_e) / sigma*, with s2_e = RSS/(N T~) in se too.
    mu*, sigma* are read at T~, held at the ends of the table (T = 25 and 500).

    Parameters
    ----------
    y : ndarray, shape (T, D, N)
        Levels of T periods, D draws and N units.
    sums : AdfSums
        Sums of the units' ADF regressions.
    trend : {"n", "c", "ct"}
        Deterministics of each unit: none, constants, or constants and linear trends.
    bandwidth : int
        Last lag with a weight under Bartlett's kernel, weights 1 - j/(bandwidth + 1).

    Returns
    -------
    ndarray, shape (D,)
        t* of each draw.
    """
    s2 = sums.rss / sums.n
    vv, ve, ee = ((x / s2).sum(axis=1) for x in (sums.vv, sums.ve, sums.ee))
    rows = y.shape[2] * sums.n
    delta = ve / vv
    s2_e = (ee - delta * ve) / rows
    se = np.sqrt(s2_e / vv)
    steps = np.moveaxis(np.diff(y, axis=0), 0, -2)
    steps = steps if trend == "n" else off_deterministics(steps, trend)
    long_run = long_run_variance(np.moveaxis(steps, -2, -1), bandwidth)
    ratio = np.sqrt(long_run / s2).mean(axis=1)
    mu, sigma = llc_moments(trend, sums.n)
    return np.asarray((delta / se - rows * ratio * se * mu / s2_e) / sigma)


@check_arguments
def ht(y: Annotated[Floats, Shape("T D N")], trend: Trend) -> Floats:
    """Harris and Tzavalis (1999), theorems 1 to 3: z = sqrt(N)(rho - 1 - B)/sqrt(C).

    With T the number of periods, as in Stata without `altt` ([XT] xtunitroot):
    c: B = -3/(T+1), C = 3(17T^2-20T+17)/(5(T-1)(T+1)^3);
    ct: B = -15/(2(T+2)), C = 15(193T^2-728T+1147)/(112(T+2)^3(T-2)).
    """
    t, _, units = y.shape
    lagged, current = (
        off_deterministics(np.moveaxis(part, 0, -2), trend) for part in (y[:-1], y[1:])
    )
    rho = np.einsum("dtn,dtn->d", lagged, current) / np.einsum("dtn,dtn->d", lagged, lagged)
    if trend == "c":
        bias = -3 / (t + 1)
        variance = 3 * (17 * t**2 - 20 * t + 17) / (5 * (t - 1) * (t + 1) ** 3)
    else:
        bias = -15 / (2 * (t + 2))
        variance = 15 * (193 * t**2 - 728 * t + 1147) / (112 * (t + 2) ** 3 * (t - 2))
    return np.asarray(np.sqrt(units) * (rho - 1 - bias) / np.sqrt(variance))


@check_arguments
def ips(sums: AdfSums, t: int, trend: Trend) -> Floats:
    """Im, Pesaran and Shin (2003), equation 4.10: W = sqrt(N) (t_bar - E[t]) / sqrt(Var[t]).

    The moments come from their Table 3 by lag order at T.

    Parameters
    ----------
    sums : AdfSums
        Sums of the units' ADF regressions.
    t : int
        Periods.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.

    Returns
    -------
    ndarray, shape (D,)
        W of each draw.
    """
    mean, var = ips_moments(trend, sums.lags, t)
    t_bar = sums.t(corrected=True).mean(axis=1)
    return np.asarray(np.sqrt(sums.vv.shape[1]) * (t_bar - mean) / np.sqrt(var))


@check_arguments
def maddala_wu(p: Annotated[Floats, Shape("... N")]) -> Floats:
    """P = -2 sum log p ~ chi2(2N) from p-values (..., N); large values reject."""
    return np.asarray(-2 * np.log(p).sum(axis=-1), dtype=np.float64)


@check_arguments
def cips(sums: AdfSums, trend: Trend) -> Floats:
    """Pesaran (2007), equation 65: mean of the units' CADF t-ratios, truncated."""
    return np.asarray(np.clip(sums.t(corrected=True), *CIPS_BOUNDS[trend]).mean(axis=1))
