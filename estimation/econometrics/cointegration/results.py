"""Result, moments and simulated tails, shared by the tests of no cointegration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    OneOf,
    Positive,
    Shape,
    Trend,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.panel_tests.critical_values.tables import printed


@dataclass(frozen=True)
class CointegrationResult:
    """Statistics of one family of tests of no cointegration in any unit.

    Attributes
    ----------
    statistics : Series
        Standardised statistics by name, standard normal under the null as T, then N, grow.
    p_values : Series
        Asymptotic, one-sided.
    raw : Series
        Before they were standardised.
    simulate : callable
        Gives the p-values `p_own` labels.
    """

    statistics: pd.Series
    p_values: pd.Series
    raw: pd.Series
    simulate: Callable[[], Floats]

    def p_own(self) -> pd.Series:
        """P-values of this very N and T: simulated (Kao, Pedroni) or bootstrapped (Westerlund)."""
        return pd.Series(self.simulate(), index=self.statistics.index)


@check_arguments
def result_of(
    names: Sequence[str],
    z: Annotated[Floats, Shape("m")],
    raw: Annotated[Floats, Shape("m")],
    simulate: Callable[[], Floats],
    signs: Floats | float = 1.0,
) -> CointegrationResult:
    """The result by name; a sign of -1 marks a statistic that rejects on the right.

    Parameters
    ----------
    names : sequence of str
        Names of the statistics.
    z : ndarray, shape (m,)
        Standardised statistics.
    raw : ndarray, shape (m,)
        Statistics before they are standardised.
    simulate : callable
        Gives p-values for this panel's N and T.
    signs : ndarray or float
        -1 for a statistic that rejects on the right.

    Returns
    -------
    CointegrationResult
    """
    statistics, p_values, before = (
        pd.Series(values, names) for values in (z, stats.norm.cdf(signs * z), raw)
    )
    return CointegrationResult(statistics, p_values, before, simulate)


@check_arguments
def standardised(
    test: Annotated[str, OneOf(("pedroni", "westerlund"))],
    names: Sequence[str],
    raw: Annotated[Floats, Shape("... m")],
    n_units: Positive,
    regressors: Positive,
    trend: Trend,
) -> Floats:
    """(raw - mean √N)/√variance of statistics (..., m), by the moments of `names`.

    Parameters
    ----------
    test : {"pedroni", "westerlund"}
        Whose table of moments is read.
    names : sequence of str
        Statistics, as the table names them.
    raw : ndarray, shape (..., m)
        Statistics before they are standardised.
    n_units : int
        Units.
    regressors : int
        Number of regressors.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.

    Returns
    -------
    ndarray, shape (..., m)
        Standard normal under the null.
    """
    table = moments(test, regressors, trend).loc[list(names)]
    mean, variance = table["mean"].to_numpy(), table["variance"].to_numpy()
    return np.asarray((raw - mean * np.sqrt(n_units)) / np.sqrt(variance))


@check_arguments
def lower_tail_p(null: Floats, observed: Floats) -> Floats:
    """(1 + #{null <= observed}) / (1 + draws), column by column."""
    return np.asarray((1 + (null <= observed).sum(axis=0)) / (1 + len(null)), dtype=float)


@check_arguments
def moments(
    test: Annotated[str, OneOf(("pedroni", "westerlund"))], regressors: Positive, trend: Trend
) -> pd.DataFrame:
    """Mean and variance of a test's statistics: Pedroni (1999, Table 2), Westerlund (2007, Table 1).

    Pedroni's printed table begins at two regressors. One regressor has the values he gives in
    his 2004 paper for a constant, and simulated ones with a trend.

    Parameters
    ----------
    test : {"pedroni", "westerlund"}
        Whose table is read.
    regressors : int
        Number of regressors.
    trend : {"c", "ct"}
        Deterministics of each unit: constants, or constants and linear trends.

    Returns
    -------
    pandas.DataFrame
        Columns mean and variance, a row for each statistic.

    Raises
    ------
    Infeasible
        More regressors than the table has.
    """
    tables = printed(f"{test}_moments", "regressors", "trend")
    if (regressors, trend) not in tables:
        raise Infeasible(
            codes.NO_MOMENTS(regressors=regressors, author=test.capitalize(), tables=max(tables)[0])
        )
    return tables[regressors, trend].set_index("statistic")[["mean", "variance"]]
