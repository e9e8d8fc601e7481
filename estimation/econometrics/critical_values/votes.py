"""How often a vote of panel unit-root tests rejects, by the true root: stored joint rejections.

`tools.simulate.votes` writes votes.csv with one lagged difference, LLC's bandwidth 2 and simulated
critical values, on panels with one common factor; LLC, HT, IPS and Fisher demeaned by year, CIPS raw.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

import pandas as pd

STORED = Path(__file__).parent / "votes.csv"
TESTS = ("llc", "ht", "ips", "fisher", "cips")
LAGS = 1
ROOTS = (1.0, 0.9, 0.8, 0.5)


@cache
def _table() -> pd.DataFrame:
    return pd.read_csv(STORED, keep_default_na=False)


def _window(n: int, t: int, trend: str, root: float) -> pd.DataFrame:
    table = _table()
    mine = (table["n"] == n) & (table["t"] == t) & (table["trend"] == trend)
    return table[mine & (table["root"] == root)]


def rejection_rate(test: str, n: int, t: int, trend: str, root: float) -> float | None:
    """How often one test rejects a unit root at 5 % where the root is `root`; None if not stored."""
    rows = _window(n, t, trend, root)
    if rows.empty:
        return None
    return float(rows.loc[[test in r.split("+") for r in rows["tests"]], "rate"].sum())


def vote_rate(voters: Collection[str], n: int, t: int, trend: str, root: float) -> float | None:
    """How often more than half of the voters reject where the root is `root`; None if not stored."""
    rows = _window(n, t, trend, root)
    if rows.empty or not voters:
        return None
    votes = [len(set(r.split("+")) & set(voters)) for r in rows["tests"]]
    return float(rows.loc[[2 * v > len(voters) for v in votes], "rate"].sum())
