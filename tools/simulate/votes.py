"""Joint rejections of the panel unit-root tests, behind their vote (votes.csv).

A verdict on a series is a vote of tests that are far from independent of each other, so that its
power follows from their joint distribution alone. Per window: how often each set of tests rejects.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from estimation.econometrics.critical_values.rates import VOTERS, VOTERS_LAGS, VOTERS_ROOTS
from tools.simulate.null_distributions import N_UNITS, PERIODS, enough
from tools.simulate.unit_root_sizes import draw_panels, rejections

SEED = 20250106
DRAWS = 2_000


def patterns(t: int, trend: str, root: float, draws: int) -> Counter[str]:
    """Draws by the tests that reject in them, such as "ht+ips": one common factor, N units."""
    rng = np.random.default_rng([SEED, t, int(100 * root)])
    y = draw_panels(rng, t, draws, N_UNITS, "one_factor", root)
    raw, demeaned = (rejections(y, trend, VOTERS_LAGS, by_year) for by_year in (False, True))
    found: dict[str, np.ndarray] = {}
    for test in VOTERS:
        of = raw if test == "cips" else demeaned
        key = (test, 2 if test == "llc" else None, "finite_sample")
        if key in of:
            found[test] = of[key]
    table = pd.DataFrame(found)
    return Counter("+".join(c for c in table.columns if row[c]) for _, row in table.iterrows())


def table() -> pd.DataFrame:
    """`votes.csv`."""
    rows = [
        (N_UNITS, t, trend, root, tests, count / DRAWS, DRAWS)
        for t in PERIODS
        for trend in ("c", "ct")
        for root in VOTERS_ROOTS
        if enough(t, trend, VOTERS_LAGS)
        for tests, count in sorted(patterns(t, trend, root, DRAWS).items())
    ]
    return pd.DataFrame(rows, columns=["n", "t", "trend", "root", "tests", "rate", "draws"])
