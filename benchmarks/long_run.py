"""Time FMOLS, DOLS and the cointegration tests against arch: `python -m benchmarks.long_run`.

Timings of this machine, best of three, with their ratio to arch in the same run.
"""

from __future__ import annotations

from functools import partial
from timeit import repeat

import numpy as np
import pandas as pd
from arch.unitroot.cointegration import DynamicOLS, FullyModifiedOLS

from living_panel.estimation.estimators.long_run import dols, fmols
from living_panel.estimation.panel_tests.cointegration import kao, pedroni, westerlund

ARCH_UNITS = 100
FORMULA = "y ~ x0 + x1"


def panel(n_units: int, periods: int, k: int) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.standard_normal((k, periods, n_units)), axis=1)
    y = pd.DataFrame(x.sum(axis=0) + rng.standard_normal((periods, n_units)))
    return y, {f"x{j}": pd.DataFrame(x[j]) for j in range(k)}


def arch_loop(y: pd.DataFrame, x: dict[str, pd.DataFrame], estimator: str) -> None:
    for unit in y.columns[:ARCH_UNITS]:
        matrix = pd.DataFrame({name: frame[unit] for name, frame in x.items()})
        if estimator == "fmols":
            FullyModifiedOLS(y[unit], matrix, trend="c").fit(bandwidth=2)
        else:
            DynamicOLS(y[unit], matrix, trend="c", leads=1, lags=1).fit(bandwidth=2)


def main() -> None:
    y, x = panel(3000, 30, 2)
    group = {"method": "group_mean", "trend": "c", "bandwidth": 2}
    pooled = {**group, "method": "pooled"}
    arch = {
        name: min(repeat(partial(arch_loop, y, x, name), number=1, repeat=3))
        for name in ("fmols", "dols")
    }
    ours = {
        "fmols": min(repeat(lambda: fmols(FORMULA, {"y": y, **x}, **group), number=1, repeat=3)),
        "dols": min(
            repeat(
                lambda: dols(FORMULA, {"y": y, **x}, **group),
                number=1,
                repeat=3,
            )
        ),
    }
    print("group mean, N=3000, T=30, k=2 (arch: 100 units, times 30)")
    for name, seconds in ours.items():
        peer = arch[name] * 3000 / ARCH_UNITS
        print(f"  {name:<6} {seconds:8.3f} s   arch {peer:8.2f} s   ratio {peer / seconds:6.0f}")
    small, regressors = panel(29, 13, 2)
    jobs = {
        "pooled fmols, N=3000, T=30": lambda: fmols(FORMULA, {"y": y, **x}, **pooled),
        "kao, N=3000, T=30": lambda: kao(FORMULA, {"y": y, **x}, bandwidth=2),
        "pedroni, N=3000, T=30": lambda: pedroni(FORMULA, {"y": y, **x}, bandwidth=2),
        "westerlund, N=3000, T=30": lambda: westerlund(FORMULA, {"y": y, **x}, bandwidth=2),
        "fmols bootstrap, 999 draws, N=29, T=13": lambda: fmols(
            FORMULA, {"y": small, **regressors}, **pooled
        ).vcov("bootstrap", block_length=2, draws=999),
        "westerlund bootstrap, 999 draws, N=29, T=13": lambda: westerlund(
            FORMULA, {"y": small, **regressors}, lags=0, bandwidth=2, draws=999, finite_sample=True
        ),
    }
    for name, run in jobs.items():
        print(f"  {name:<45} {min(repeat(run, number=1, repeat=3)):8.3f} s")


if __name__ == "__main__":
    main()
