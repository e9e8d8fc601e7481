"""Writes the simulated input panels of this folder (seeded) as wide CSV, rows = periods.

The others come from R (`make_reference.R` writes plm's data sets) or are small extracts of
published provincial values, in logs, kept here so that nothing else is needed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent / "inputs"


def _write(name: str, values: np.ndarray, first: int) -> None:
    frame = pd.DataFrame(
        values.round(6),
        index=pd.RangeIndex(first, first + len(values), name="period"),
        columns=[f"u{j + 1}" for j in range(values.shape[1])],
    )
    frame.to_csv(HERE / f"{name}.csv")


def main() -> None:
    rng = np.random.default_rng(7)
    _write("sim_walk_t30", rng.standard_normal((30, 12)).cumsum(axis=0), 1990)
    factor = rng.standard_normal((40, 1)).cumsum(axis=0)
    own = rng.standard_normal((40, 15)).cumsum(axis=0)
    _write("sim_factor_t40", factor * rng.uniform(0.5, 1.5, 15) + own, 1980)
    shocks = rng.standard_normal((80, 10))
    ar = np.zeros_like(shocks)
    for t in range(1, 80):
        growth = ar[t - 1] * np.linspace(0.5, 0.95, 10)
        ar[t] = growth + shocks[t] + 0.3 * shocks[t - 1]
    _write("sim_stationary_t60", ar[20:] + 0.05 * np.arange(60)[:, None], 1960)


if __name__ == "__main__":
    main()
