"""Results of a long-run estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.long_run.moments import MomentEstimate, std_errors
from living_panel.estimation.econometrics.wide_panel import Window


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
    slopes : ndarray (N or 1, k)
        Of each unit under "group_mean", or the pooled ones.
    residual_df : float
        Residual degrees of freedom per unit.
    omega : float
        Mean long-run variance.
    constant, constant_std_error : float
        Grand-mean intercept mean(y) - mean(x)'b in the units of the frames, by the delta method.
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
    slopes: Floats
    residual_df: float
    omega: float
    constant: float
    constant_std_error: float

    @property
    def p_values(self) -> pd.Series:
        """Two-sided standard normal p-values of `t_stats`."""
        values = 2 * stats.norm.sf(np.abs(self.t_stats.to_numpy(dtype=float)))
        return pd.Series(values, index=self.t_stats.index, name="p_value")


@check_arguments
def assemble(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    window: Window,
    fit: MomentEstimate,
    rows: slice,
    residual_df: float,
) -> LongRunResult:
    """The result with names, of the frames as given and the panel as estimated, over the rows used.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    x : mapping of str to pandas.DataFrame
        Regressors by name.
    window : Window
        The same panel as arrays.
    fit : MomentEstimate
        The estimate on arrays.
    rows : slice
        Periods that are used.
    residual_df : float
        Residual degrees of freedom per unit.

    Returns
    -------
    LongRunResult
    """
    names, units = list(x), list(y.columns)
    omega = float(fit.omega.mean())
    means = np.array([frame.to_numpy(dtype=float).mean() for frame in x.values()])
    levels = window.y[:, rows]
    total = float(((levels - levels.mean(axis=1, keepdims=True)) ** 2).sum())
    normal = stats.jarque_bera(fit.residuals.ravel())
    return LongRunResult(
        params=pd.Series(fit.b, index=names, name="estimate"),
        cov=pd.DataFrame(fit.cov, index=names, columns=names),
        std_errors=pd.Series(std_errors(fit.cov), index=names, name="std_error"),
        t_stats=pd.Series(fit.t, index=names, name="t_stat"),
        residuals=pd.DataFrame(fit.residuals.T, index=y.index[rows], columns=units),
        r_squared=1 - float((fit.residuals**2).sum()) / total,
        jarque_bera=(float(normal.statistic), float(normal.pvalue)),
        n_units=len(units),
        n_periods=len(y),
        n_obs=fit.residuals.size,
        slopes=fit.slopes,
        residual_df=residual_df,
        omega=omega,
        constant=float(y.to_numpy(dtype=float).mean() - means @ fit.b),
        constant_std_error=float((means @ fit.cov @ means + omega / y.size) ** 0.5),
    )
