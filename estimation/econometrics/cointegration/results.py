"""What the tests of no cointegration share: their result, their moments, their simulated tails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.critical_values.tables import printed
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.kernels import Floats


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
    own : callable
        Gives the p-values `p_own` labels.
    """

    statistics: pd.Series
    p_values: pd.Series
    raw: pd.Series
    own: Callable[[], Floats]

    def p_own(self) -> pd.Series:
        """P-values of this very N and T: simulated (Kao, Pedroni) or bootstrapped (Westerlund)."""
        return pd.Series(self.own(), index=self.statistics.index)


def result_of(
    names: Sequence[str],
    z: Floats,
    raw: Floats,
    own: Callable[[], Floats],
    signs: Floats | float = 1.0,
) -> CointegrationResult:
    """The result by name; a sign of -1 marks a statistic that rejects on the right."""
    statistics, p_values, before = (
        pd.Series(values, names) for values in (z, stats.norm.cdf(signs * z), raw)
    )
    return CointegrationResult(statistics, p_values, before, own)


def standardised(
    test: str, names: Sequence[str], raw: Floats, n_units: int, regressors: int, trend: str
) -> Floats:
    """(raw - mean √N)/√variance of statistics (..., m), by the moments of `names`."""
    table = moments(test, regressors, trend).loc[list(names)]
    mean, variance = table["mean"].to_numpy(), table["variance"].to_numpy()
    return np.asarray((raw - mean * np.sqrt(n_units)) / np.sqrt(variance))


def lower_tail_p(null: Floats, observed: Floats) -> Floats:
    """(1 + #{null <= observed}) / (1 + draws), column by column."""
    return np.asarray((1 + (null <= observed).sum(axis=0)) / (1 + len(null)), dtype=float)


def moments(test: str, regressors: int, trend: str) -> pd.DataFrame:
    """Mean and variance of a test's statistics: Pedroni (1999, Table 2), Westerlund (2007, Table 1).

    Pedroni's printed table begins at two regressors. One regressor has the values he gives in
    his 2004 paper for a constant, and simulated ones with a trend.

    Raises
    ------
    Infeasible
        More regressors than the table has.
    """
    tables = printed(f"{test}_moments", "regressors", "trend")
    if (regressors, trend) not in tables:
        raise Infeasible(
            f"{regressors} regressors: {test.capitalize()}'s moments exist for 1 to {max(tables)[0]}"
        )
    return tables[regressors, trend].set_index("statistic")[["mean", "variance"]]
