"""Means and variances that standardise Pedroni's and Westerlund's statistics."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd

from estimation.econometrics.errors import Infeasible


@cache
def _table(name: str) -> pd.DataFrame:
    with (files("estimation.econometrics.critical_values") / name).open(
        "r", encoding="utf-8"
    ) as stream:
        return pd.read_csv(stream)


def pedroni_moments(regressors: int, trend: str) -> pd.DataFrame:
    """Mean and variance of Pedroni's statistics (Pedroni 1999, Table 2).

    The printed table begins at two regressors. One regressor has the values Pedroni gives in
    his 2004 paper for a constant, and simulated ones with a trend (`source`).

    Parameters
    ----------
    regressors : int
        1 to 7.
    trend : {"c", "ct"}
        Deterministics of the cointegrating regression.

    Returns
    -------
    DataFrame
        Index panel_v, panel_rho, panel_t, group_rho, group_t; columns mean, variance, source.

    Raises
    ------
    Infeasible
        More than seven regressors.
    """
    table = _table("pedroni_moments.csv")
    rows = table[(table["regressors"] == regressors) & (table["trend"] == trend)]
    if rows.empty:
        raise Infeasible(f"{regressors} regressors: Pedroni's moments exist for 1 to 7")
    return rows.set_index("statistic")[["mean", "variance", "source"]]


def westerlund_moments(regressors: int, trend: str) -> pd.DataFrame:
    """Mean and variance of the four statistics (Westerlund 2007, Table 1).

    Parameters
    ----------
    regressors : int
        1 to 6.
    trend : {"c", "ct"}
        Deterministics of the error-correction model.

    Returns
    -------
    DataFrame
        Index g_tau, g_alpha, p_tau, p_alpha; columns mean, variance.

    Raises
    ------
    Infeasible
        More than six regressors.
    """
    table = _table("westerlund_moments.csv")
    rows = table[(table["regressors"] == regressors) & (table["trend"] == trend)]
    if rows.empty:
        raise Infeasible(f"{regressors} regressors: Westerlund's moments exist for 1 to 6")
    return rows.set_index("statistic")[["mean", "variance"]]
