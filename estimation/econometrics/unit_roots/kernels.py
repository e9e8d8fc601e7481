"""The panel unit-root statistics as array functions: levels (T, draws, N) in, (draws,) out.

Numbers only: the public tests call these with one draw, the simulations with thousands, so
that both use the same formulas. No p-values, labels or checks of the frame belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log1p, ndtri

from estimation.econometrics.critical_values.tables import ips_moments, ips_z_moments, llc_moments
from estimation.econometrics.kernels import long_run_variance
from estimation.econometrics.unit_roots.adf import DETERMINISTICS, AdfSums

Floats = NDArray[np.float64]
Statistics = dict[str, Floats]

# Pesaran (2007), section 5.1: bounds (-K1, K2) on each unit's t-ratio.
CIPS_BOUNDS = {"n": (-6.12, 4.16), "c": (-6.19, 2.61), "ct": (-6.42, 1.70)}


def sweep_deterministics(y: Floats, trend: str) -> Floats:
    """Residual of each series on nothing, a constant, or a constant and a trend."""
    if trend == "n":
        return y
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
    delta = sum ve / sum vv; t = delta/se; S = mean of omega_i/s_i; T~ = T - mean(p) - 1;
    t* = (t - N T~ S se mu*/s2_e) / sigma*, with s2_e = RSS/(N T~) in se too.
    mu*, sigma* are read at T under "plm" and at T~ under "stata", held at the ends of the table
    (T = 25 and 500).
    """
    t, _, units = y.shape
    s2 = sums.rss / sums.n
    vv, ve, ee = ((x / s2).sum(axis=1) for x in (sums.vv, sums.ve, sums.ee))
    t_tilde = t - sums.lags.mean(axis=1) - 1
    rows = units * t_tilde
    delta = ve / vv
    rss = ee - delta * ve
    se = np.sqrt(rss / rows / vv)
    diff = sweep_deterministics(np.diff(y, axis=0), trend)
    long_run = long_run_variance(np.moveaxis(diff, 0, -1), kernel, bandwidth)
    ratio = np.sqrt(long_run / s2).mean(axis=1)
    mu, sigma = llc_moments(trend, np.full_like(t_tilde, t) if convention == "plm" else t_tilde)
    unadjusted = delta / se
    adjusted = (unadjusted - rows * ratio * se * mu / (rss / rows)) / sigma
    return {
        "statistic": adjusted,
        "unadjusted_t": unadjusted,
        "rho": delta,
        "s_bar": ratio,
        "mu_star": mu,
        "sigma_star": sigma,
    }


def ht(y: Floats, trend: str, periods: str) -> Statistics:
    """Harris and Tzavalis (1999), theorems 1 to 3: z = sqrt(N)(rho - 1 - B)/sqrt(C).

    With T the number of periods (`periods="T"`) or of transitions (`"T-1"`, for which the
    moments are exact under normal errors):
    n: B = 0, C = 2/(T(T-1));
    c: B = -3/(T+1), C = 3(17T^2-20T+17)/(5(T-1)(T+1)^3);
    ct: B = -15/(2(T+2)), C = 15(193T^2-728T+1147)/(112(T+2)^3(T-2)).
    """
    t_all, _, units = y.shape
    lagged = sweep_deterministics(y[:-1], trend)
    current = sweep_deterministics(y[1:], trend)
    rho = np.einsum("tdn,tdn->d", lagged, current) / np.einsum("tdn,tdn->d", lagged, lagged)
    t = float(t_all if periods == "T" else t_all - 1)
    if trend == "n":
        bias, variance = 0.0, 2 / (t * (t - 1))
    elif trend == "c":
        bias = -3 / (t + 1)
        variance = 3 * (17 * t**2 - 20 * t + 17) / (5 * (t - 1) * (t + 1) ** 3)
    else:
        bias = -15 / (2 * (t + 2))
        variance = 15 * (193 * t**2 - 728 * t + 1147) / (112 * (t + 2) ** 3 * (t - 2))
    z = np.sqrt(units) * (rho - 1 - bias) / np.sqrt(variance)
    return {"statistic": z, "rho": rho}


def ips(sums: AdfSums, t: int, trend: str, convention: str) -> Statistics:
    """Im, Pesaran and Shin (2003), equation 4.10 and, without lags, 3.10 and 3.13.

    W = sqrt(N) (t_bar - mean E[t_i]) / sqrt(mean Var[t_i]); the moments come from their
    Table 3 by lag order at T ("stata") or at T - p_i - 1 ("plm"). Without lags also
    t~ = e'v/sqrt(v'v s~2), s~2 = e'e/(n - deterministics), standardised by their Table 1
    (constant) or by moments simulated here (trend).
    """
    t_ratio = sums.t(corrected=True)
    units = t_ratio.shape[1]
    at = np.full_like(sums.lags, t) if convention == "stata" else t - sums.lags - 1
    mean, var = ips_moments(trend, sums.lags, at)
    t_bar = t_ratio.mean(axis=1)
    root = np.sqrt(units)
    out = {
        "statistic": root * (t_bar - mean.mean(axis=1)) / np.sqrt(var.mean(axis=1)),
        "t_bar": t_bar,
        "mean_t": mean.mean(axis=1),
        "var_t": var.mean(axis=1),
    }
    if (sums.lags == 0).all():
        out |= _ips_without_lags(sums, at, trend, t_bar)
    return out


def _ips_without_lags(
    sums: AdfSums, at: NDArray[np.int64], trend: str, t_bar: Floats
) -> Statistics:
    free = sums.n - DETERMINISTICS[trend]
    t_tilde = (sums.ve / np.sqrt(sums.vv * sums.ee / free)).mean(axis=1)
    root = np.sqrt(at.shape[1])
    z = {}
    for name, bar in (("t", t_bar), ("tilde", t_tilde)):
        mean, var = ips_z_moments(name, trend, at)
        z[name] = root * (bar - mean.mean(axis=1)) / np.sqrt(var.mean(axis=1))
    return {"t_tilde_bar": t_tilde, "z_t_bar": z["t"], "z_t_tilde_bar": z["tilde"]}


def combine_p(p: Floats) -> Statistics:
    """Maddala and Wu's P and Choi's (2001) Z, L* and Pm from p-values (..., N).

    P = -2 sum log p ~ chi2(2N); Z = sum Phi^-1(p)/sqrt(N) ~ N(0,1);
    L* = sqrt(3(5N+4)/(pi^2 N(5N+2))) sum log(p/(1-p)) ~ t(5N+4);
    Pm = (P - 2N)/(2 sqrt(N)) ~ N(0,1). P and Pm reject in the right tail, Z and L* left.
    """
    n = p.shape[-1]
    logs = np.log(p).sum(axis=-1)
    scale = np.sqrt(3 * (5 * n + 4) / (np.pi**2 * n * (5 * n + 2)))
    return {
        "P": -2 * logs,
        "Z": ndtri(p).sum(axis=-1) / np.sqrt(n),
        "L": scale * (np.log(p) - log1p(-p)).sum(axis=-1),
        "Pm": (-2 * logs - 2 * n) / (2 * np.sqrt(n)),
    }


def cips(sums: AdfSums, trend: str) -> Statistics:
    """Pesaran (2007), equation 65: mean of the units' CADF t-ratios, truncated and not."""
    t_ratio = sums.t(corrected=True)
    low, high = CIPS_BOUNDS[trend]
    truncated = np.clip(t_ratio, low, high)
    return {
        "statistic": truncated.mean(axis=1),
        "cips_untruncated": t_ratio.mean(axis=1),
        "n_truncated": (truncated != t_ratio).sum(axis=1).astype(float),
    }
