"""What a long-run estimate reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.kernels import Floats


@dataclass(frozen=True, slots=True)
class JarqueBera:
    """Test of normal residuals.

    Attributes
    ----------
    statistic : float
        n/6 (skewness² + (kurtosis - 3)²/4) over all residuals.
    p_value : float
        From chi-squared with 2 degrees of freedom.
    null : str
        The hypothesis tested, in words.
    """

    statistic: float
    p_value: float
    null: str = "residuals are normally distributed"


def jarque_bera_of(residuals: Floats) -> JarqueBera:
    """Jarque and Bera (1987) on the finite entries of an array of residuals."""
    values = np.asarray(residuals, dtype=float).ravel()
    test = stats.jarque_bera(values[np.isfinite(values)])
    return JarqueBera(float(test.statistic), float(test.pvalue))


@dataclass(frozen=True)
class LongRunResult:
    """A cointegrating vector estimated on a panel.

    Attributes
    ----------
    estimator, method, trend : str
        "fmols" or "dols"; "pooled", "weighted" or "group_mean"; "c" or "ct".
    params, std_errors, t_stats : Series (k,)
        By regressor name. Under "group_mean" a t statistic is sum(t_i)/sqrt(N), not b/se.
    cov : DataFrame (k, k)
        Covariance of `params`.
    residuals : DataFrame (periods, units)
        Net of unit deterministics (and of leads and lags under DOLS).
    r_squared : float
        Within units: 1 - residual sum of squares / sum of squares about unit means.
    jarque_bera : JarqueBera
        Of the pooled residuals.
    n_units, n_periods, n_obs : int
        Units, periods of the frame, residuals.
    details : dict
        Kernel, bandwidth, long-run variances by unit, unit estimates, the constant, and the rest.
    """

    estimator: str
    method: str
    trend: str
    params: pd.Series
    cov: pd.DataFrame
    std_errors: pd.Series
    t_stats: pd.Series
    residuals: pd.DataFrame
    r_squared: float
    jarque_bera: JarqueBera
    n_units: int
    n_periods: int
    n_obs: int
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def p_values(self) -> pd.Series:
        """Two-sided standard normal p-values of `t_stats`."""
        values = 2 * stats.norm.sf(np.abs(self.t_stats.to_numpy(dtype=float)))
        return pd.Series(values, index=self.t_stats.index, name="p_value")

    def to_frame(self) -> pd.DataFrame:
        """One row per regressor: estimate, std_error, t_stat, p_value."""
        return pd.DataFrame(
            {
                "estimate": self.params,
                "std_error": self.std_errors,
                "t_stat": self.t_stats,
                "p_value": self.p_values,
            }
        )
