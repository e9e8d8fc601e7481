"""What a long-run estimate reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.long_run.moments import Estimate
from estimation.econometrics.wide_panel import Window


@dataclass(frozen=True)
class LongRunResult:
    """A cointegrating vector estimated on a panel.

    Attributes
    ----------
    params, std_errors, t_stats : Series (k,)
        By regressor name. Under "group_mean" a t statistic is sum(t_i)/sqrt(N), not b/se.
    cov : DataFrame (k, k)
        Covariance of `params`.
    residuals : DataFrame (periods, units)
        Net of unit deterministics (and of leads and lags under DOLS).
    r_squared : float
        Within units: 1 - residual sum of squares / sum of squares about unit means.
    jarque_bera : (float, float)
        Statistic and p-value of normal residuals, pooled (Jarque and Bera 1987).
    n_units, n_periods, n_obs : int
        Units, periods of the frame, residuals.
    details : dict
        residual_df, omega (mean long-run variance), constant and constant_std_error (grand-mean
        intercept mean(y) - mean(x)'b in the units of the frames, by the delta method); and under
        "group_mean" unit_params, std_errors_empirical.
    """

    params: pd.Series
    cov: pd.DataFrame
    std_errors: pd.Series
    t_stats: pd.Series
    residuals: pd.DataFrame
    r_squared: float
    jarque_bera: tuple[float, float]
    n_units: int
    n_periods: int
    n_obs: int
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def p_values(self) -> pd.Series:
        """Two-sided standard normal p-values of `t_stats`."""
        values = 2 * stats.norm.sf(np.abs(self.t_stats.to_numpy(dtype=float)))
        return pd.Series(values, index=self.t_stats.index, name="p_value")


def assemble(
    window: Window, given: Window, names: list[str], fit: Estimate, rows: slice, residual_df: float
) -> LongRunResult:
    """The result with names, of the panel as estimated and as `given`, over the periods `rows`."""
    vector, residuals, units = fit.vector, fit.residuals, list(given.units)
    omega = float(pd.Series(fit.moments.omega, index=units).mean())
    means = given.x.mean(axis=(0, 1))
    variance = float(means @ vector.cov @ means) + omega / given.y.size
    details: dict[str, Any] = {
        "residual_df": residual_df,
        "omega": omega,
        "constant": float(given.y.mean() - means @ vector.b),
        "constant_std_error": variance**0.5,
    }
    if vector.unit_b is not None:
        unit_b = pd.DataFrame(vector.unit_b, index=units, columns=names)
        details["unit_params"] = unit_b
        details["std_errors_empirical"] = unit_b.std(ddof=1) / np.sqrt(len(units))
    levels = window.y[:, rows]
    total = float(((levels - levels.mean(axis=1, keepdims=True)) ** 2).sum())
    normal = stats.jarque_bera(residuals.ravel())
    return LongRunResult(
        params=pd.Series(vector.b, index=names, name="estimate"),
        cov=pd.DataFrame(vector.cov, index=names, columns=names),
        std_errors=pd.Series(np.sqrt(np.diagonal(vector.cov)), index=names, name="std_error"),
        t_stats=pd.Series(vector.t, index=names, name="t_stat"),
        residuals=pd.DataFrame(residuals.T, index=given.periods[rows], columns=units),
        r_squared=1 - float((residuals**2).sum()) / total,
        jarque_bera=(float(normal.statistic), float(normal.pvalue)),
        n_units=len(units),
        n_periods=len(given.periods),
        n_obs=residuals.size,
        details=details,
    )
