"""Size and power of each test at a panel's own N and T, read from the stored Monte Carlo.

The files are written by `python -m tools.simulate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import (
    Count,
    OneOf,
    Trend,
    UnitRootTest,
    check_arguments,
)

HERE = Path(__file__).resolve().parent
NOMINAL = 0.05


@cache
def _stored(name: str) -> pd.DataFrame:
    types = {"bandwidth": "Int64"} if name == "sizes.csv" else None
    return pd.read_csv(HERE / name, dtype=types)  # type: ignore[arg-type]


@cache
def _columns(name: str) -> dict[str, np.ndarray]:
    """Columns of a file as arrays of objects, which are compared faster than those of a frame."""
    return {str(c): v.to_numpy(object, na_value=None) for c, v in _stored(name).items()}


def _rows(name: str, wanted: Mapping[str, object]) -> pd.DataFrame:
    """Rows of a file that are equal to what is wanted, where something is."""
    columns = _columns(name)
    equal = [columns[c] == value for c, value in wanted.items() if value is not None]
    chosen = np.flatnonzero(np.all(equal, axis=0))
    return _stored(name).iloc[chosen].reset_index(drop=True)


@check_arguments
def true_size(
    test: UnitRootTest,
    n: int,
    t: int,
    trend: Trend,
    lags: Count,
    demean: bool,
    bandwidth: Count | None = None,
    *,
    finite_sample: bool,
) -> dict[str, Any]:
    """Stored size and power of a nominal 5 % unit-root test at one window; empty if not simulated.

    Parameters
    ----------
    test : {"llc", "ht", "ips", "fisher", "cips"}
        Name of the test.
    n : int
        Units.
    t : int
        Periods.
    trend : {"c", "ct"}
        As in the test.
    lags : int
        As in the test; ignored for "ht".
    demean : bool
        As in the test.
    bandwidth : int, optional
        For "llc".
    finite_sample : bool
        Whether the test decides against simulated values, or asymptotic ones (CIPS: Pesaran's
        table).

    Returns
    -------
    dict
        size_independent, size_one_factor, power_independent, power_one_factor (rates in
        0 to 1, root .8), draws, and the key.
    """
    wanted = {
        "test": test, "n": n, "t": t, "trend": trend, "lags": 0 if test == "ht" else lags,
        "demean": demean,
        "critical_values": "finite_sample" if finite_sample else "asymptotic",
        "bandwidth": bandwidth if test == "llc" else None,
    }  # fmt: skip
    rows = _rows("sizes.csv", wanted)
    return rows.iloc[0].to_dict() if len(rows) == 1 else {}


@check_arguments
def size_table(test: str, **wanted: object) -> pd.DataFrame:
    """Stored rates of one long-run method: rows of long_run_sizes.csv, or an empty frame.

    Parameters
    ----------
    test : {"fmols", "dols", "kao", "pedroni", "westerlund", "hansen_lc", "pesaran_cd"}
        Method. For "fmols" and "dols" `statistic` is the way of combining units.
    **wanted
        Values of further columns, matched exactly: n_units, n_periods, regressors, trend, statistic,
        options, design, measure ("size", "power" or "coverage").

    Returns
    -------
    DataFrame
        Those columns, and nominal, rate, mc_error, draws, seed.
    """
    return _rows("long_run_sizes.csv", {"test": test, **wanted})


@check_arguments
def rate_of(name: str, **wanted: object) -> float | None:
    """One stored rate of a file, columns as in `size_table`; None without a simulation."""
    rows = _rows(name, wanted)
    return None if rows.empty else float(rows["rate"].iloc[0])


@check_arguments
def critical_value_of(test: str, statistic: str, design: str, **wanted: object) -> float | None:
    """Stored 5 % critical value of a standardised cointegration statistic; None without a simulation.

    Parameters
    ----------
    test : {"kao", "pedroni", "westerlund"}
        Whose statistic it is.
    statistic : str
        Its name.
    design : str
        Panels without cointegration that were drawn.
    **wanted : object
        Values of the columns n_units, n_periods, regressors, trend and options, matched exactly.

    Returns
    -------
    float or None
    """
    asked = {"test": test, "statistic": statistic, "design": design, **wanted}
    rows = _rows("cointegration_critical_values.csv", asked)
    return None if rows.empty else float(rows["value"].iloc[0])


@check_arguments
def dependence_size(
    correction: Annotated[str, OneOf(("none", "weighted"))],
    two_way: bool,
    n_units: Count,
    n_periods: Count,
) -> float | None:
    """Rejection rate of CD's nominal 5 % test without dependence; None without a simulation.

    `two_way` says whether year means were taken out as well as unit means.

    Parameters
    ----------
    correction : {"none", "weighted"}
        Version of the test.
    two_way : bool
        Whether period means were subtracted as well as unit means.
    n_units : int
        Units.
    n_periods : int
        Periods.

    Returns
    -------
    float or None
        Share of rejections; None if it was never simulated.
    """
    design = f"white noise, {'two-way effects' if two_way else 'unit means'}"
    options = f"correction={correction}"
    return rate_of(
        "dependence_sizes.csv", options=options, design=design, n_units=n_units, n_periods=n_periods
    )


@check_arguments
def in_words(rate: float | None, measure: Annotated[str, OneOf(("size", "coverage"))]) -> str:
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
