"""What each test is worth at a panel's own N and T: look-ups in the stored Monte Carlo.

The files are written by `python -m tools.simulate`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
TESTS = ("fmols", "dols", "kao", "pedroni", "westerlund", "hansen_lc", "pesaran_cd")
NOMINAL = 0.05


@cache
def _stored(name: str) -> pd.DataFrame:
    types = {"bandwidth": "Int64", "periods": "string"} if name == "sizes.csv" else None
    return pd.read_csv(HERE / name, dtype=types)  # type: ignore[arg-type]


def true_size(
    test: str,
    n: int,
    t: int,
    trend: str,
    lags: int,
    demean: bool,
    bandwidth: int | None = None,
    *,
    periods: str | None = None,
    critical_values: str = "asymptotic",
) -> pd.Series:
    """Stored size and power of a nominal 5 % test at one window.

    Parameters
    ----------
    test : str
        "llc", "ht", "ips", "fisher" (P), "fisher_z", "fisher_l", "fisher_pm", "cips",
    n, t, trend, lags, demean
        As in the test; `lags` is ignored for "ht".
    bandwidth : int, optional
        For "llc" (as a number: see the result's details).
    periods : {"T", "T-1"}, optional
        For "ht"; "T" without it.
    critical_values : {"asymptotic", "finite_sample"}
        Against which values the test decides ("asymptotic" is Pesaran's table for CIPS).

    Returns
    -------
    Series
        size_independent, size_one_factor, power_independent, power_one_factor (rates in
        0 to 1, root .8), draws, and the key.

    Raises
    ------
    LookupError
        Not stored; the message says how to simulate it.
    """
    table = _stored("sizes.csv")
    without_lags = test == "ht"
    wanted: dict[str, object] = {
        "test": test,
        "n": n,
        "t": t,
        "trend": trend,
        "lags": 0 if without_lags else lags,
        "demean": demean,
        "critical_values": critical_values,
    }
    if test == "llc":
        wanted["bandwidth"] = bandwidth
    if test == "ht":
        wanted["periods"] = periods or "T"
    chosen = np.ones(len(table), dtype=bool)
    for column, value in wanted.items():
        chosen &= (table[column] == value).fillna(False).to_numpy(dtype=bool)
    if chosen.sum() != 1:
        raise LookupError(
            f"sizes.csv has {int(chosen.sum())} rows for {wanted}. For another window call "
            "tools.simulate.unit_root_sizes.rates(n, t, trend, lags, demean)"
        )
    return table[chosen].iloc[0]


def size_table(
    test: str,
    *,
    n_units: int,
    n_periods: int,
    regressors: int | None = None,
    trend: str | None = None,
    statistic: str | None = None,
    options: str | None = None,
    design: str | None = None,
    measure: str | None = None,
) -> pd.DataFrame:
    """Stored rates of one method at one N and T.

    Parameters
    ----------
    test : {"fmols", "dols", "kao", "pedroni", "westerlund", "hansen_lc", "pesaran_cd"}
        Method. For "fmols" and "dols" `statistic` is the way of combining units.
    n_units, n_periods : int
        Window, matched exactly.
    regressors, trend, statistic, options, design, measure
        Further filters; left out, everything.

    Returns
    -------
    DataFrame
        Columns test, statistic, options, n_units, n_periods, regressors, trend, design, measure
        ("size", "power" or "coverage"), nominal, rate, mc_error, draws, seed. Empty where the
        window was not simulated.

    Raises
    ------
    ValueError
        An unknown test.
    """
    if test not in TESTS:
        raise ValueError(f"test {test!r}: expected one of {', '.join(TESTS)}")
    table = _stored("long_run_sizes.csv")
    wanted = {
        "test": test,
        "n_units": n_units,
        "n_periods": n_periods,
        "regressors": regressors,
        "trend": trend,
        "statistic": statistic,
        "options": options,
        "design": design,
        "measure": measure,
    }
    for column, value in wanted.items():
        if value is not None:
            table = table[table[column] == value]
    return table.reset_index(drop=True)


def own_rate(
    family: str,
    statistic: str,
    *,
    options: str,
    n_units: int,
    n_periods: int,
    regressors: int,
    trend: str,
    design: str,
    measure: str,
) -> float | None:
    """One stored rate, None where it was not simulated.

    Parameters
    ----------
    family, statistic, options, n_units, n_periods, regressors, trend, design, measure
        As in the columns of the file, matched exactly.
    """
    wanted = {
        "test": family, "statistic": statistic, "options": options, "n_units": n_units,
        "n_periods": n_periods, "regressors": regressors, "trend": trend, "design": design,
        "measure": measure,
    }  # fmt: skip
    table = _stored("cointegration_sizes.csv")
    for column, value in wanted.items():
        table = table[table[column] == value]
    return None if table.empty else float(table["rate"].iloc[0])


def dependence_size(correction: str, two_way: bool, n_units: int, n_periods: int) -> float | None:
    """Rejection rate of the nominal 5 % test without dependence; None where not simulated.

    Parameters
    ----------
    correction : {"none", "bias", "weighted"}
    two_way : bool
        Whether year means were taken out as well as unit means.
    n_units, n_periods : int
        Matched exactly.
    """
    table = _stored("dependence_sizes.csv")
    rows = table[
        (table["options"] == f"correction={correction}")
        & (table["design"] == f"white noise, {'two-way effects' if two_way else 'unit means'}")
        & (table["n_units"] == n_units)
        & (table["n_periods"] == n_periods)
    ]
    return None if rows.empty else float(rows["rate"].iloc[0])


def in_words(rate: float | None, measure: str) -> str:
    """A sentence on a size or coverage, blunt where it is far from nominal.

    Parameters
    ----------
    rate : float or None
        As from `size_table`.
    measure : {"size", "coverage"}
        Which.

    Returns
    -------
    str
    """
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
