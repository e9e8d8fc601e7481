"""True size and power of the panel unit-root tests, at each window's own N and T.

Only the nominal 5 % level is covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import chi2

from living_panel.estimation.panel_tests import unit_roots
from living_panel.estimation.panel_tests.critical_values.tables import cips_critical_values
from living_panel.estimation.panel_tests.unit_roots import _adf_sums, _NullCase
from tools.simulate.null_distributions import N_UNITS, PERIODS, TRENDS, enough

Floats = NDArray[np.float64]
Hits = dict[tuple[Any, ...], NDArray[np.bool_]]
Shares = dict[tuple[Any, ...], float]

SEED = 20250102
DRAWS = 10_000
LEVEL = 0.05
ALTERNATIVE_RHO = 0.8
BURN_IN = 60
BANDWIDTHS = (0, 1, 2, 4)
CHUNK_CELLS = 400_000
KEY = ["test", "n", "t", "trend", "lags", "demean", "bandwidth", "critical_values"]
DESIGNS = ("independent", "one_factor")


def draw_panels(
    rng: np.random.Generator, t: int, draws: int, n: int, design: str, rho: float
) -> Floats:
    """Panels (t, draws, n) with autoregressive root `rho` (1: unit root).

    independent: unit Gaussian shocks. one_factor: shocks g_i f_t + e_it with g_i uniform on
    (.5, 1.5) and Gaussian f, e of variance 1, so that half of a shock's variance is shared.
    """
    rows = t if rho == 1 else t + BURN_IN
    shocks = rng.standard_normal((rows, draws, n))
    if design == "one_factor":
        loadings = rng.uniform(0.5, 1.5, (1, draws, n))
        shocks += loadings * rng.standard_normal((rows, draws, 1))
    if rho == 1:
        return np.cumsum(shocks, axis=0)
    for row in range(1, rows):
        shocks[row] += rho * shocks[row - 1]
    return shocks[-t:]


def rejections(y: Floats, trend: str, lags: int, demean: bool) -> Hits:
    """Rejections at 5 % of every test in every draw of y (T, D, N).

    Returns
    -------
    dict
        (test, bandwidth, critical_values) -> boolean array (D,).
    """
    t, _, n = y.shape
    if demean:
        y = y - y.mean(axis=2, keepdims=True)
    out: Hits = {}

    def add(question: _NullCase, values: Floats, asymptotic: float = float(ndtri(LEVEL))) -> None:
        """Compare with N(0,1) or a table, and with the simulated null where it is stored."""
        label = (question.test, question.bandwidth)
        if not np.isnan(asymptotic):
            out[*label, "asymptotic"] = values < asymptotic
        if question.test != "llc" or question.bandwidth == 2:
            out[*label, "finite_sample"] = values < unit_roots._critical_value(question, LEVEL)

    add(_NullCase("ht", n, t, trend, demean=demean), unit_roots._ht(y, trend))
    if not enough(t, trend, lags):
        return out
    sums, place = _adf_sums(y, trend, lags), (n, t, trend, lags, demean)
    for width in BANDWIDTHS:
        add(_NullCase("llc", *place, width), unit_roots._llc(y, sums, trend, width))
    add(_NullCase("ips", *place), unit_roots._ips(sums, t, trend))
    unit_t = sums.t()
    p_values = {
        "asymptotic": unit_roots._p_1994(unit_t, trend),
        "finite_sample": unit_roots._lower_tail(_NullCase("adf", 1, t, trend, lags), unit_t),
    }
    for origin, p in p_values.items():
        out["fisher", None, origin] = chi2.sf(unit_roots._maddala_wu(p), 2 * n) < LEVEL
    if not demean and enough(t, trend, lags, augmented=True):
        values = unit_roots._cips(_adf_sums(y, trend, lags, augmented=True), trend)
        add(_NullCase("cips", *place), values, float(cips_critical_values(trend, n, t)[1]))
    return out


def rates(n: int, t: int, trend: str, lags: int, demean: bool, draws: int = DRAWS) -> pd.DataFrame:
    """Size and power of every test at one window.

    Returns
    -------
    DataFrame
        The columns of sizes.csv: the key, then size_<design> and power_<design> (power at
        root .8 against the same critical values, so not adjusted for size), and the draws.
        Sizes take all draws, powers half of them.
    """
    columns: dict[str, Shares] = {}
    for design in DESIGNS:
        setting = (n, t, trend, lags, demean, design)
        columns[f"size_{design}"] = _shares(*setting, 1.0, draws)
        columns[f"power_{design}"] = _shares(*setting, ALTERNATIVE_RHO, draws // 2)
    names = ("test", "bandwidth", "critical_values")
    labels = list(columns["size_independent"])
    frame = pd.DataFrame(
        [dict(zip(names, k, strict=True)) | {c: columns[c][k] for c in columns} for k in labels]
    )
    frame = frame.assign(n=n, t=t, trend=trend, lags=lags, demean=demean, draws=draws)
    if lags:  # the same at every lag order: kept once, with lags 0
        frame = frame[frame["test"] != "ht"]
    return frame[[*KEY, *columns, "draws"]]


def _shares(
    n: int, t: int, trend: str, lags: int, demean: bool, design: str, rho: float, draws: int
) -> Shares:
    """Rejection rates of all tests."""
    rng = np.random.default_rng([SEED, n, t, DESIGNS.index(design), int(100 * rho)])
    step = max(1, CHUNK_CELLS // (n * t))
    hits: dict[tuple[Any, ...], int] = {}
    for start in range(0, draws, step):
        y = draw_panels(rng, t, min(step, draws - start), n, design, rho)
        for label, hit in rejections(y, trend, lags, demean).items():
            hits[label] = hits.get(label, 0) + int(hit.sum())
    return {label: count / draws for label, count in hits.items()}


def windows() -> Iterator[tuple[int, int, str, int, bool]]:
    """Every (n, t, trend, lags, demean) that is stored."""
    for t in PERIODS:
        for trend in TRENDS:
            for lags in (0, 1):
                for demean in (False, True):
                    if lags == 0 or enough(t, trend, lags):
                        yield N_UNITS, t, trend, lags, demean


def table() -> pd.DataFrame:
    """`sizes.csv`."""
    sizes = pd.concat([rates(*window) for window in windows()], ignore_index=True)
    return sizes.astype({"bandwidth": "Int64"}).round(5)
