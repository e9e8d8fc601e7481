"""Draw the panel that R and this project estimate: unbalanced at one end, w endogenous."""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


def main() -> None:
    """Write panel.csv."""
    rng = np.random.default_rng(20_26)
    n, t = 24, 9
    unit, year = (part.ravel() for part in np.meshgrid(range(n), range(t), indexing="ij"))
    a, d = rng.normal(size=n)[unit], np.linspace(0, 1, t)[year] + rng.normal(0, 0.2, t)[year]
    z1, z2 = rng.normal(size=(2, n * t))
    common = rng.normal(size=n * t)
    x = 0.5 * a + rng.normal(size=n * t)
    w = 0.7 * z1 + 0.3 * z2 + 0.4 * x + 0.6 * common + 0.3 * a + rng.normal(size=n * t)
    e = np.zeros(n * t)
    shock = rng.normal(size=n * t)
    for row in range(n * t):
        e[row] = shock[row] + (0.5 * e[row - 1] if year[row] else 0.0)
    y = 1 + 0.8 * x - 0.5 * w + a + d + 0.7 * common + e
    frame = pd.DataFrame({
        "unit": unit + 1, "year": 2000 + year, "region": unit % 6 + 1, "y": y, "x": x, "w": w,
        "z1": z1, "z2": z2,
        "count": rng.poisson(np.exp(0.3 * x + 0.3 * a + 0.5 * d)),
        "one": (0.6 * x + a + rng.logistic(size=n * t) > 0).astype(int),
    })  # fmt: skip
    balanced = frame["unit"] <= 12
    ends = frame["year"].isin([2000, 2001]) & (frame["unit"] % 3 == 0)  # gaps at an end only
    frame.assign(balanced=balanced.astype(int))[balanced | ~ends].round(6).to_csv(
        HERE / "panel.csv", index=False
    )


if __name__ == "__main__":
    main()
