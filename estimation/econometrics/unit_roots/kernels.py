"""The panel unit-root statistics as array functions: levels (T, draws, N) in, (draws,) out.

Numbers only: the public tests call these with one draw, the simulations with thousands, so
that both use the same formulas. No p-values, labels or checks of the frame belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from estimation.econometrics.critical_values.tables import ips_moments, llc_moments
from estimation.econometrics.kernels import long_run_variance
from estimation.econometrics.unit_roots.adf import AdfSums

Floats = NDArray[np.float64]
Statistics = dict[str, Floats]

# Pesaran (2007), section 5.1: bounds (-K1, K2) on each unit's t-ratio.
CIPS_BOUNDS = {"c": (-6.19, 2.61), "ct": (-6.42, 1.70)}


def sweep_deterministics(y: Floats, trend: str) -> Floats:
    """Residual of each series on a constant, or a constant and a trend."""
    residual: Floats = y - y.mean(axis=0)
    if trend == "ct":
        t = y.shape[0]
        time = np.arange(t) - (t - 1) / 2
        slope = np.tensordot(time, residual, axes=(0, 0)) / (time @ time)
        residual = residual - time.reshape(-1, *([1] * (y.ndim - 1))) * slope
    return residual


def llc_bandwidth(t: int, convention: str) -> int:
    """Levin, Lin and Chu's 3.21 T^(1/3): truncated (Stata, gretl) or rounded (plm)."""
    value = 3.21 * t ** (1 / 3)
    return int(np.floor(value) if convention == "stata" else np.round(value))


def llc(
    y: Floats, sums: AdfSums, trend: str, bandwidth: int, kernel: str, convention: str
) -> Statistics:
    """Levin, Lin and Chu (2002), steps 1 to 3.

    With e, v the differences and lagged levels of each unit net of its lags and
    deterministics, divided by s_i = sqrt(RSS_i/n_i):
    delta = sum ve / sum vv; t = delta/se; S = mean of omega_i/s_i; T~ = T - p - 1;
    t* = (t - N T~ S se mu*/s2_e) / sigma*, with s2_e = RSS/(N T~) in se too.
    mu*, sigma* are read at T under "plm" and at T~ under "stata", held at the ends of the table
    (T = 25 and 500).
    """
    t, _, units = y.shape
    s2 = sums.rss / sums.n
    vv, ve, ee = ((x / s2).sum(axis=1) for x in (sums.vv, sums.ve, sums.ee))
    rows = units * sums.n
    delta = ve / vv
    rss = ee - delta * ve
    se = np.sqrt(rss / rows / vv)
    diff = sweep_deterministics(np.diff(y, axis=0), trend)
    long_run = long_run_variance(np.moveaxis(diff, 0, -1), kernel, bandwidth)
    ratio = np.sqrt(long_run / s2).mean(axis=1)
    mu, sigma = llc_moments(trend, t if convention == "plm" else sums.n)
    unadjusted = delta / se
    adjusted = (unadjusted - rows * ratio * se * mu / (rss / rows)) / sigma
    return {"statistic": adjusted, "unadjusted_t": unadjusted, "s_bar": ratio}


def ht(y: Floats, trend: str, periods: str) -> Statistics:
    """Harris and Tzavalis (1999), theorems 1 to 3: z = sqrt(N)(rho - 1 - B)/sqrt(C).

    With T the number of periods (`periods="T"`) or of transitions (`"T-1"`, for which the
    moments are exact under normal errors):
    c: B = -3/(T+1), C = 3(17T^2-20T+17)/(5(T-1)(T+1)^3);
    ct: B = -15/(2(T+2)), C = 15(193T^2-728T+1147)/(112(T+2)^3(T-2)).
    """
    t_all, _, units = y.shape
    lagged = sweep_deterministics(y[:-1], trend)
    current = sweep_deterministics(y[1:], trend)
    rho = np.einsum("tdn,tdn->d", lagged, current) / np.einsum("tdn,tdn->d", lagged, lagged)
    t = float(t_all if periods == "T" else t_all - 1)
    if trend == "c":
        bias = -3 / (t + 1)
        variance = 3 * (17 * t**2 - 20 * t + 17) / (5 * (t - 1) * (t + 1) ** 3)
    else:
        bias = -15 / (2 * (t + 2))
        variance = 15 * (193 * t**2 - 728 * t + 1147) / (112 * (t + 2) ** 3 * (t - 2))
    z = np.sqrt(units) * (rho - 1 - bias) / np.sqrt(variance)
    return {"statistic": z, "rho": rho}


def ips(sums: AdfSums, t: int, trend: str, convention: str) -> Statistics:
    """Im, Pesaran and Shin (2003), equation 4.10: W = sqrt(N) (t_bar - E[t]) / sqrt(Var[t]).

    The moments come from their Table 3 by lag order at T ("stata") or at T - p - 1 ("plm").
    """
    mean, var = ips_moments(trend, sums.lags, t if convention == "stata" else sums.n)
    t_bar = sums.t(corrected=True).mean(axis=1)
    return {"statistic": np.sqrt(sums.vv.shape[1]) * (t_bar - mean) / np.sqrt(var), "t_bar": t_bar}


def maddala_wu(p: Floats) -> Floats:
    """P = -2 sum log p ~ chi2(2N) from p-values (..., N); large values reject."""
    return np.asarray(-2 * np.log(p).sum(axis=-1), dtype=np.float64)


def cips(sums: AdfSums, trend: str) -> Statistics:
    """Pesaran (2007), equation 65: mean of the units' CADF t-ratios, truncated and not."""
    t_ratio = sums.t(corrected=True)
    low, high = CIPS_BOUNDS[trend]
    truncated = np.clip(t_ratio, low, high)
    return {"statistic": truncated.mean(axis=1), "cips_untruncated": t_ratio.mean(axis=1)}
