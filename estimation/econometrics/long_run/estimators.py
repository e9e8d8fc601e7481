"""FMOLS and DOLS of a panel given as wide frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    Count,
    Estimator,
    Method,
    Trend,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.kernels import Bandwidth, Floats
from living_panel.estimation.econometrics.long_run.dynamic import dynamic, dynamics
from living_panel.estimation.econometrics.long_run.fully_modified import fully_modified
from living_panel.estimation.econometrics.long_run.moments import MomentEstimate
from living_panel.estimation.econometrics.long_run.results import assemble
from living_panel.estimation.econometrics.wide_panel import (
    Window,
    full_column_rank,
    named,
    off_deterministics,
    open_panel,
    read_panel,
    require_df,
)


@check_arguments
def fmols(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    method: Method,
    trend: Trend,
    bandwidth: Bandwidth,
    demean: bool,
) -> RegressionFit:
    """Fully modified OLS of a cointegrating vector on a panel.

    First-stage OLS on T rows net of unit deterministics (pooled slopes, or each unit's own under
    "group_mean"). Residuals and differences of the detrended regressors on T-1 rows give Omega and the
    one-sided Lambda, both divided by T-1. "pooled" averages them over units, V = omega_{u.v} (sum xx')^-1
    (Phillips and Moon 1999; Kao and Chiang 2000). "group_mean" averages unit estimates (Pedroni 2000), where
    `std_errors` = sqrt(sum V_i)/N and the statistic `pedroni_t` = sum t_i / sqrt(N). The bias term is (T-1) lambda as
    in arch; cointReg of R uses T. One unit equals arch under every method; the panel versions have no printed
    oracle and are compared with an independent script.

    Nominal 95 % intervals cover far less at short T: see `critical_values.rates`, and use
    `bootstrap_std_errors` together with these standard errors.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    x : mapping of str to pandas.DataFrame
        Regressors.
    method : {"pooled", "group_mean"}
        How units are combined.
    trend : {"c", "ct"}
        Unit constants, or constants and linear trends.
    bandwidth : int or Smoothing
        Of the long-run covariance.
    demean : bool
        Subtract each period's mean over units.

    Returns
    -------
    RegressionFit

    Raises
    ------
    Infeasible
        For fewer than 5 residual degrees of freedom per unit on T-1 rows. For gaps, raggedness, infinities, constants,
        collinearity. With the counts, the units and the remedy.
    """
    by_unit = method == "group_mean"
    window = open_panel(y, x, test="FMOLS", trend=trend, demean=demean, by_unit=by_unit)
    residual_df = len(y) - 1 - len(x) - len(trend)
    options: dict[str, Any] = {"method": method, "trend": trend, "bandwidth": bandwidth}
    options |= {"demean": demean}
    rows, used = slice(0, len(y)), slice(1, len(y))
    return _estimated("fmols", y, x, window, rows, used, residual_df, **options)


@check_arguments
def dols(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    method: Method,
    trend: Trend,
    bandwidth: Bandwidth,
    demean: bool,
    leads: Count,
    lags: Count,
    common_dynamics: bool,
) -> RegressionFit:
    """Dynamic OLS of a cointegrating vector on a panel.

    y on x, unit deterministics and dx_{t-lags}, ..., dx_{t+leads}, whose coefficients are each
    unit's own and partialled out unit by unit (or common to all, `common_dynamics`). "pooled":
    V = mean(omega_i) (sum xx')^-1 with omega_i the kernel long-run variance of the residuals of
    unit i. "group_mean" averages unit estimates (Pedroni 2001). One unit equals arch under every
    method; the panel versions have no printed oracle and are compared with an independent script.

    Parameters
    ----------
    y : pandas.DataFrame
        Rows are periods in order, columns are units.
    x : mapping of str to pandas.DataFrame
        Regressors by name, same rows and columns as `y`.
    method : {"pooled", "group_mean"}
        How units are combined.
    trend : {"c", "ct"}
        Unit constants, or constants and linear trends.
    bandwidth : int or Smoothing
        Of the long-run variance of the residuals.
    demean : bool
        Common time effects: each period's mean over units is subtracted after leads and lags are partialled out (Mark
        and Sul 2003). Each unit's own leads and lags then absorb part of a shock common to a year. Under "group_mean"
        it is subtracted from the data (Pedroni 2001).
    leads : int
        Leads of the differenced regressors.
    lags : int
        Lags of the differenced regressors; lag 0 is always there.
    common_dynamics : bool
        One set of lead and lag coefficients for all units ("pooled").

    Returns
    -------
    RegressionFit
        Residuals on the T-1-leads-lags rows used.

    Raises
    ------
    Infeasible
        Fewer than 5 residual degrees of freedom per unit, where common slopes count 1/N of a
        parameter each, and everything `fmols` refuses.
    """
    window = read_panel(y, x, trend=trend, demean=demean, by_unit=method == "group_mean")
    options: dict[str, Any] = {
        "method": method, "trend": trend, "leads": leads, "lags": lags,
        "common_dynamics": common_dynamics,
    }  # fmt: skip
    residual_df = _residual_df(window, **options)
    _refuse_collinear_dynamics(window, **options)
    stretch = slice(lags + 1, len(y) - leads)
    options |= {"bandwidth": bandwidth, "demean": demean}
    return _estimated("dols", y, x, window, stretch, stretch, residual_df, **options)


def _residual_df(
    window: Window, *, method: str, trend: str, leads: int, lags: int, common_dynamics: bool
) -> float:
    """Residual degrees of freedom of DOLS per unit, refused where they are too few."""
    n_units, periods, k = window.x.shape
    terms = leads + lags + 1
    rows = periods - terms
    # a unit's own parameters, and those common to all units
    of_unit, shared = len(trend) + k * terms, k
    if method == "group_mean" or n_units == 1:
        of_unit, shared = of_unit + k, 0
    elif common_dynamics:
        of_unit, shared = len(trend), k * (1 + terms)
    what = (
        f"DOLS({leads},{lags}) of {named(window)}: a unit's regression has "
        f"{len(trend) + k * (1 + terms)} parameters ({k} slopes, {k * terms} of leads and lags, "
        f"{len(trend)} deterministic) on {max(rows, 0)} rows"
    )
    if shared:
        what += f"; {shared} parameters are common to all units and count as {shared / n_units:.2g} for each"
    remedy = "use fewer leads and lags or fewer regressors, a longer window"
    if not common_dynamics and method != "group_mean":
        remedy += ", or common_dynamics=True"
    require_df(rows, of_unit + shared / n_units, what, remedy)
    return float(rows - of_unit - shared / n_units)


@check_arguments
def on_arrays(
    estimator: Estimator, *, demean: bool, **options: Any
) -> tuple[Callable[[Floats, Floats], MomentEstimate], bool]:
    """FMOLS or DOLS on arrays, and whether time means come off the data before it.

    Pooled DOLS takes them off what leads and lags leave.

    Parameters
    ----------
    estimator : {"fmols", "dols"}
        Which estimate.
    demean : bool
        Subtract each period's mean over units.
    **options
        What the estimator on arrays takes.

    Returns
    -------
    tuple
        The estimator of (y, x), and whether period means come off the data before it.
    """
    if estimator == "fmols":
        return partial(fully_modified, **options), demean
    last = demean and options["method"] == "pooled"
    return partial(dynamic, **options, time_means=last), demean and not last


def _estimated(
    estimator: str,
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    window: Window,
    rows: slice,
    used: slice,
    residual_df: float,
    **options: Any,
) -> RegressionFit:
    """The estimate on a checked panel, from the periods `used`, with residuals of the periods `rows`."""
    run, first = on_arrays(estimator, **options)
    data = window
    if options["demean"] and not first:
        data = read_panel(y, x, trend=options["trend"], demean=False, by_unit=False)
    try:
        fit = run(data.y, data.x)
    except np.linalg.LinAlgError as error:
        raise Infeasible(codes.SINGULAR_MOMENT(named=named(window))) from error
    by_unit = options["method"] == "group_mean"
    return assemble(y, x, window, fit, rows, used, residual_df, by_unit)


def _refuse_collinear_dynamics(
    window: Window, *, method: str, trend: str, leads: int, lags: int, common_dynamics: bool
) -> None:
    stretch = slice(lags + 1, window.x.shape[-2] - leads)
    w = off_deterministics(dynamics(window.x, leads, lags), trend)
    both = np.concatenate([off_deterministics(window.x[:, stretch], trend), w], axis=-1)
    if common_dynamics:
        blocks = both.reshape(1, -1, both.shape[-1])
        where = ["the pool"]
    else:
        blocks = both if method == "group_mean" else w
        where = [str(unit) for unit in window.units]
    bad = [name for name, good in zip(where, full_column_rank(blocks), strict=True) if not good]
    if bad:
        raise Infeasible(
            codes.DOLS_COLLINEAR(
                leads=leads,
                lags=lags,
                bad=[*bad[:8]],
                n_bad_words=f" and {len(bad) - 8} more" if len(bad) > 8 else "",
            )
        )
