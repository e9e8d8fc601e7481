"""The result of a long-run estimate, as every regression has it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.fit import Constant, RegressionFit
from living_panel.estimation.econometrics.inference.covariance import Covariance, Inference
from living_panel.estimation.econometrics.long_run.moments import MomentEstimate
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.econometrics.wide_panel import Window

LONG_RUN = Inference(
    Covariance(
        "long_run", "long-run variance", ("none",), ("normal",), codes.OF_ITS_ESTIMATOR,
        codes.OF_ITS_ESTIMATOR,
    ),
    "none", "normal",
)  # fmt: skip
"""The covariance that FMOLS and DOLS make themselves; no spec can ask for it elsewhere."""


@check_arguments
def t_tests(fit: RegressionFit) -> tuple[pd.Series, pd.Series]:
    """Return t statistics of a long-run estimate by regressor, and their two-sided standard normal p-values.

    Under "group_mean" t is that of Pedroni (2000), sum(t_i)/sqrt(N), and not b/se.
    """
    from scipy import stats

    names = fit.params.index
    t_values = [
        fit.statistics.get(Statistic("pedroni_t", name), fit.t_stats[name]) for name in names
    ]
    t = pd.Series(t_values, names, name="t_stat")
    return t, pd.Series(2 * stats.norm.sf(np.abs(t.to_numpy(float))), names, name="p_value")


@check_arguments
def assemble(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    window: Window,
    fit: MomentEstimate,
    rows: slice,
    used: slice,
    residual_df: float,
    by_unit: bool,
) -> RegressionFit:
    """The result with names, of the frames as given and the panel as estimated.

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
        Periods with a residual.
    used : slice
        Periods that the estimate uses: those that N, the means and the constant describe.
    residual_df : float
        Residual degrees of freedom per unit.
    by_unit : bool
        Whether the estimate is the mean of the units' own.

    Returns
    -------
    RegressionFit
        R² `within`: 1 - residual sum of squares / sum of squares about unit means. Statistics: `residual_df` per unit,
        `long_run_variance`, its mean over units, `jarque_bera` of the pooled residuals with its p-value (Jarque and
        Bera 1987), and under "group_mean" `pedroni_t` by regressor. The constant is mean(y) - mean(x)'b in the units
        of the frames. N, periods and means are those of the rows used. Residuals are net of unit deterministics, and of
        leads and lags under DOLS.
    """
    from scipy import stats

    names, units = list(x), list(y.columns)
    omega = float(fit.omega.mean())
    observed = y.iloc[used].to_numpy(dtype=float)
    means = np.array([frame.iloc[used].to_numpy(dtype=float).mean() for frame in x.values()])
    levels = window.y[:, rows]
    total = float(((levels - levels.mean(axis=1, keepdims=True)) ** 2).sum())
    normal = stats.jarque_bera(fit.residuals.ravel())
    constant = float(observed.mean() - means @ fit.b)
    error = float((means @ fit.cov @ means + omega / observed.size) ** 0.5)
    statistics: dict[Name, float] = {
        "residual_df": residual_df,
        "long_run_variance": omega,
        "jarque_bera": float(normal.statistic),
        "jarque_bera_p_value": float(normal.pvalue),
    }
    if by_unit:
        statistics |= {
            Statistic("pedroni_t", name): float(t) for name, t in zip(names, fit.t, strict=True)
        }
    residuals = pd.DataFrame(fit.residuals.T, index=y.index[rows], columns=units)
    return RegressionFit(
        way=LONG_RUN,
        params=pd.Series(fit.b, index=names, name="estimate"),
        cov=pd.DataFrame(fit.cov, index=names, columns=names),
        df=pd.Series(np.inf, names),
        n_clusters=observed.size,
        n_obs=observed.size,
        n_units=len(units),
        n_periods=len(observed),
        r_squared={"within": 1 - float((fit.residuals**2).sum()) / total},
        outcome_mean=float(observed.mean()),
        statistics=statistics,
        residuals=residuals.unstack(),
        constant=Constant(
            constant,
            error,
            constant / error,
            np.inf,
            float(2 * stats.norm.sf(abs(constant / error))),
        ),
        unit_slopes=pd.DataFrame(fit.slopes, units, names) if by_unit else None,
    )
