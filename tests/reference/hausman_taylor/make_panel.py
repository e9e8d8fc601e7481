"""A panel of wages in which schooling and experience correlate with the units' effects; writes panel.csv."""

from pathlib import Path

import numpy as np
import pandas as pd

N, T = 60, 7
rng = np.random.default_rng(1981)
unit, year = np.repeat(np.arange(1, N + 1), T), np.tile(np.arange(1976, 1976 + T), N)
effect = rng.normal(size=N)
z1, z2 = rng.integers(0, 2, N).astype(float), np.round(12 + 2 * effect + rng.normal(size=N), 3)
x1a = np.round(rng.normal(size=N * T) + 0.8 * z2[unit - 1] + rng.normal(size=N)[unit - 1], 3)
x1b = np.round(rng.normal(size=N * T) + rng.normal(size=N)[unit - 1], 3)
x2 = np.round(rng.normal(size=N * T) + effect[unit - 1], 3)
y = 1 + 0.5 * x1a - 0.3 * x1b + 0.7 * x2 + 0.2 * z1[unit - 1] + 0.1 * z2[unit - 1]
y = np.round(y + effect[unit - 1] + rng.normal(size=N * T), 4)
frame = pd.DataFrame(
    {
        "unit": unit, "year": year, "y": y, "x1a": x1a, "x1b": x1b, "x2": x2, "z1": z1[unit - 1],
        "z2": z2[unit - 1],
    }
)  # fmt: skip
frame.to_csv(Path(__file__).with_name("panel.csv"), index=False)
