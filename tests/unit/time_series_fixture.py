"""A release of 29 provinces (and Tibet) with series of known nature, and how a table is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.library.result import PanelTest
from living_panel.estimation.estimators.long_run import _dols, _fmols
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel_tests import cointegration, unit_roots
from tests.unit.release_fixture import observations, release_with

Frames = dict[str, pd.DataFrame]
_LEVELS = {"demean": False, "finite_sample": False}
UNIT_ROOTS: dict[str, dict[str, int]] = {
    "llc": {"lags": 1, "bandwidth": 2, **_LEVELS},
    "ht": _LEVELS,
    "ips": {"lags": 1, **_LEVELS},
    "fisher": {"lags": 1, "drift": False, **_LEVELS},
    "cips": {"lags": 1, "finite_sample": False},
}


def unit_root(test: str, y: pd.DataFrame, **options: Any) -> PanelTest:
    """A unit-root test by name, with a constant and the least options."""
    return getattr(unit_roots, test)(y, **({"trend": "c"} | UNIT_ROOTS[test] | options))


def cointegrated(
    test: str, y: pd.DataFrame, x: dict[str, pd.DataFrame], **options: Any
) -> PanelTest:
    """A cointegration test by name, of wide frames."""
    formula = f"y ~ {' + '.join(x)}"
    return getattr(cointegration, test)(formula, {"y": y, **x}, **options)


def _of_unit_roots(test: str, y: pd.DataFrame, x: Any) -> PanelTest:
    return unit_root(test, y)


# Every time-series method on a panel, with the least options.
METHODS: dict[str, Callable[..., Any]] = {
    **{name: partial(_of_unit_roots, name) for name in UNIT_ROOTS},
    "kao": lambda y, x, **o: cointegrated("kao", y, x, **{"bandwidth": 1} | o),
    "pedroni": lambda y, x, **o: cointegrated("pedroni", y, x, **{"bandwidth": 1} | o),
    "westerlund": lambda y, x, **o: cointegrated(
        "westerlund", y, x, **{"lags": 0, "draws": 9, "bandwidth": 1} | o
    ),
    "hansen_lc": lambda y, x, **o: cointegrated("hansen_lc", y, x, **{"bandwidth": 1} | o),
    "fmols": lambda y, x: _fmols(y, x, method="pooled", trend="c", bandwidth=1, demean=False),
    "dols": lambda y, x: _dols(
        y,
        x,
        method="pooled",
        trend="c",
        bandwidth=1,
        leads=0,
        lags=0,
        demean=False,
        common_dynamics=False,
    ),
}
PAPER = [f"{code}0000" for code in range(11, 40)]
TIBET = "540000"


def walks(seed: int, years: range, step: float = 0.1) -> pd.DataFrame:
    """Positive levels whose logs are random walks: rows = years, columns = provinces."""
    draws = np.random.default_rng(seed).normal(0, step, (len(years), len(PAPER) + 1))
    return pd.DataFrame(np.exp(3 + draws.cumsum(axis=0)), index=years, columns=[*PAPER, TIBET])


def random_walks(t: int = 20, n: int = 8, seed: int = 1, rho: float = 1.0) -> pd.DataFrame:
    """Random walks, or autoregressions with another root, as a wide frame."""
    y = np.random.default_rng(seed).standard_normal((t, n))
    for row in range(1, t):
        y[row] += rho * y[row - 1]
    return pd.DataFrame(y, index=range(2000, 2000 + t), columns=[f"p{j}" for j in range(n)])


def panel(n_units: int, periods: int, k: int) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Independent random walks as wide frames: a dependent variable and k regressors."""
    rng = np.random.default_rng(7)
    years = pd.RangeIndex(2008, 2008 + periods)
    units = [f"P{i:02d}" for i in range(n_units)]
    made = [np.cumsum(rng.standard_normal((periods, n_units)), axis=0) for _ in range(k + 1)]
    frames = [pd.DataFrame(m, index=years, columns=units) for m in made]
    return frames[0], {f"x{j}": frame for j, frame in enumerate(frames[1:])}


def noise(seed: int, years: range) -> pd.DataFrame:
    """Positive levels whose logs are white noise."""
    draws = np.random.default_rng(seed).normal(3, 0.2, (len(years), len(PAPER) + 1))
    return pd.DataFrame(np.exp(draws), index=years, columns=[*PAPER, TIBET])


def release_of(years: range, **measures: pd.DataFrame) -> Release:
    """Release whose panel holds the measures over all of `years`; Tibet and Xinjiang are not the paper's."""
    index = pd.MultiIndex.from_product([[*PAPER, TIBET], years], names=["province_code", "year"])
    panel = pd.DataFrame(index=index)
    for name, frame in measures.items():
        long = frame.stack()
        long.index = pd.MultiIndex.from_tuples([(p, int(y)) for y, p in long.index])
        panel[name] = long.reindex(index)
    panel = panel.sort_index()
    provinces = pd.DataFrame(
        {
            "province_code": [*PAPER, TIBET, "650000"],
            "province": [f"Province {p}" for p in PAPER] + ["Tibet", "Xinjiang"],
            "region_three": "East",
            "region_nbs": "East",
        }
    )
    return release_with(panel, observations(panel, 2021), provinces)
