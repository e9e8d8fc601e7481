"""Size and power of each test at a panel's own N and T, read from the stored Monte Carlo.

The files are written by `python -m tools.simulate`. Where a window was never simulated there is no rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.panel_tests.critical_values import HERE

NOMINAL = 0.05


@cache
def _stored(name: str) -> pd.DataFrame:
    types = {"bandwidth": "Int64"} if name == "sizes.csv" else None
    return pd.read_csv(HERE / name, dtype=types)  # type: ignore[arg-type]


@cache
def _columns(name: str) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of a file as arrays of objects, which are compared faster than those of a frame."""
    return {str(c): v.to_numpy(object, na_value=None) for c, v in _stored(name).items()}


def _rows(name: str, wanted: Mapping[str, object]) -> pd.DataFrame:
    """Rows of a file that are equal to what is wanted, where something is."""
    columns = _columns(name)
    equal = [columns[c] == value for c, value in wanted.items() if value is not None]
    chosen = np.flatnonzero(np.all(equal, axis=0))
    return _stored(name).iloc[chosen].reset_index(drop=True)


def true_size(
    test: str,
    n: int,
    t: int,
    trend: str,
    lags: int,
    demean: bool,
    bandwidth: int | None = None,
    *,
    finite_sample: bool,
) -> dict[str, Any]:
    """Row of a nominal 5 % unit-root test in `sizes.csv`, power at a root of .8; empty if not simulated.

    `finite_sample`: the test decides against simulated values, not asymptotic ones (CIPS: Pesaran's table).
    """
    wanted = {
        "test": test, "n": n, "t": t, "trend": trend, "lags": 0 if test == "ht" else lags,
        "demean": demean,
        "critical_values": "finite_sample" if finite_sample else "asymptotic",
        "bandwidth": bandwidth if test == "llc" else None,
    }  # fmt: skip
    rows = _rows("sizes.csv", wanted)
    return rows.iloc[0].to_dict() if len(rows) == 1 else {}


def size_table(test: str, **wanted: object) -> pd.DataFrame:
    """Rows of one method in `long_run_sizes.csv`, matched exactly; under FMOLS and DOLS `statistic` is the method."""
    return _rows("long_run_sizes.csv", {"test": test, **wanted})


def rate_of(name: str, **wanted: object) -> float | None:
    """One stored rate of a file, columns matched exactly."""
    rows = _rows(name, wanted)
    return None if rows.empty else float(rows["rate"].iloc[0])


def critical_value_of(test: str, statistic: str, design: str, **wanted: object) -> float | None:
    """Stored 5 % critical value of a standardised cointegration statistic in panels of one design."""
    asked = {"test": test, "statistic": statistic, "design": design, **wanted}
    rows = _rows("cointegration_critical_values.csv", asked)
    return None if rows.empty else float(rows["value"].iloc[0])


def dependence_size(correction: str, two_way: bool, n_units: int, n_periods: int) -> float | None:
    """Rejection rate of CD's nominal 5 % test without dependence, after unit means or two-way effects."""
    design = f"white noise, {'two-way effects' if two_way else 'unit means'}"
    options = f"correction={correction}"
    return rate_of(
        "dependence_sizes.csv", options=options, design=design, n_units=n_units, n_periods=n_periods
    )


def in_words(rate: float | None, measure: str) -> str:
    """A sentence on a size or coverage, blunt where it is far from nominal."""
    if rate is None:
        return "not simulated at this N and T"
    if measure == "coverage":
        text = f"a nominal 95 % interval covers {100 * rate:.0f} % in simulation"
        # twice nominal: misses more than one time in ten
        return text + ("; too narrow to rely on" if 1 - rate > 2 * NOMINAL else "")
    text = f"a nominal 5 % test rejects {100 * rate:.1f} % of true nulls in simulation"
    if rate > 2 * NOMINAL:
        return text + "; over twice nominal, a rejection is weak evidence"
    if rate < NOMINAL / 2:
        return text + "; it hardly ever rejects at this size"
    return text
