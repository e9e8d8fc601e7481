"""Minimum detectable effects, and p-values adjusted over a family of tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics.arguments import Share, check_arguments
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import TIE


@check_arguments
def minimum_detectable(std_error: Any, df: float, *, level: Share, power: Share) -> Any:
    """Effect a two-sided t test finds with the given power: (t_{1-level/2} + t_power) se.

    Parameters
    ----------
    std_error : object
        Standard error, a number or an array.
    df : float
        Degrees of freedom of t.
    level : float
        Level of the two-sided test.
    power : float
        Power, between 0 and 1.

    Returns
    -------
    float or array
        Shape of `std_error`.
    """
    return (stats.t.ppf(1 - level / 2, df) + stats.t.ppf(power, df)) * std_error


@check_arguments
def holm(p_values: pd.Series) -> pd.Series:
    """Holm's (1979) adjusted p-values; missing ones stay missing and do not count."""
    known = p_values.dropna().sort_values(kind="stable")
    m = len(known)
    adjusted = np.minimum(np.maximum.accumulate((m - np.arange(m)) * known.to_numpy()), 1.0)
    return pd.Series(adjusted, known.index).reindex(p_values.index).rename("holm")


@check_arguments
def romano_wolf(statistics: pd.Series, distribution: pd.DataFrame) -> pd.Series:
    """Step-down adjusted p-values from joint draws (Romano and Wolf 2005, 2016).

    (1 + r)/(1 + draws) of the maximum over the hypotheses not yet passed, made monotone.

    Parameters
    ----------
    statistics : pandas.Series
        Large is evidence against; of one scale over the family (same q).
    distribution : pandas.DataFrame, shape (draws, family)
        Null draws, the same draw of weights or assignments in each row.
    """
    null = distribution.to_numpy(float)
    order = np.argsort(-statistics.to_numpy(float), kind="stable")
    # maximum over the hypotheses from each step on
    reversed_max = np.maximum.accumulate(null[:, order[::-1]], axis=1)[:, ::-1]
    observed = statistics.to_numpy(float)[order]
    larger = (reversed_max >= observed * (1 - TIE)).sum(axis=0)
    adjusted = np.maximum.accumulate((1 + larger) / (1 + len(null)))
    by_size = pd.Series(adjusted, statistics.index[order], name="romano_wolf")
    return by_size.reindex(statistics.index)
