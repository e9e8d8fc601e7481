"""What each long-run method is worth at a panel's own N and T: reading the stored Monte Carlo.

Belongs here: look-ups in `long_run_sizes.csv` and the sentence a table prints under a statistic.
Not here: the simulation (`estimation.econometrics.critical_values.long_run_sizes`, run by `make sizes`).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd

TESTS = ("fmols", "dols", "kao", "pedroni", "westerlund", "hansen_lc", "pesaran_cd")
NOMINAL = 0.05


@cache
def _stored() -> pd.DataFrame:
    path = files("estimation.econometrics.critical_values") / "long_run_sizes.csv"
    with path.open("r", encoding="utf-8") as stream:
        return pd.read_csv(stream)


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
        window was not simulated: `python -m estimation.econometrics.critical_values.long_run_sizes --window`.

    Raises
    ------
    ValueError
        An unknown test.
    """
    if test not in TESTS:
        raise ValueError(f"test {test!r}: expected one of {', '.join(TESTS)}")
    table = _stored()
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


def true_rate(
    test: str,
    statistic: str,
    *,
    options: str,
    n_units: int,
    n_periods: int,
    regressors: int,
    trend: str,
    design: str,
) -> float | None:
    """One stored size or coverage, None where it was not simulated.

    Parameters
    ----------
    test, statistic, options, n_units, n_periods, regressors, trend, design
        As in the columns of `size_table`.

    Returns
    -------
    float or None
    """
    rows = size_table(
        test,
        n_units=n_units,
        n_periods=n_periods,
        regressors=regressors,
        trend=trend,
        statistic=statistic,
        options=options,
        design=design,
    )
    return None if rows.empty else float(rows["rate"].iloc[0])


def in_words(rate: float | None, measure: str) -> str:
    """A sentence on a size or coverage, blunt where it is far from nominal.

    Parameters
    ----------
    rate : float or None
        As from `true_rate`.
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
