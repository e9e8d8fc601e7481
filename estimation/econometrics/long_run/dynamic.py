"""Dynamic OLS on arrays, batched over units and over any leading dimensions."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from living_panel.estimation.econometrics.arguments import (
    Count,
    Method,
    Shape,
    Trend,
    check_arguments,
)
from living_panel.estimation.econometrics.kernels import Bandwidth, Floats, long_run_variance
from living_panel.estimation.econometrics.long_run.moments import (
    MomentEstimate,
    combined,
    slopes_of,
)
from living_panel.estimation.econometrics.wide_panel import net_of, off_deterministics


@check_arguments
def dynamics(x: Annotated[Floats, Shape("... T k")], leads: Count, lags: Count) -> Floats:
    """Differences dx_{t-lags}, ..., dx_{t+leads} for the rows that have them all.

    From (..., T, k) to (..., T-1-leads-lags, k (1+leads+lags)).

    Parameters
    ----------
    x : ndarray, shape (..., T, k)
        Regressors.
    leads : int
        Leads of the differences, at least 0.
    lags : int
        Lags of the differences, at least 0.

    Returns
    -------
    ndarray, shape (..., T-1-leads-lags, k (1+leads+lags))
    """
    dx = np.diff(x, axis=-2)
    rows = dx.shape[-2] - leads - lags
    return np.concatenate([dx[..., s : s + rows, :] for s in range(leads + lags + 1)], axis=-1)


@check_arguments
def dynamic(
    y: Annotated[Floats, Shape("... N T")],
    x: Annotated[Floats, Shape("... N T k")],
    *,
    method: Method,
    trend: Trend,
    leads: Count,
    lags: Count,
    bandwidth: Bandwidth,
    common_dynamics: bool,
    time_means: bool,
) -> MomentEstimate:
    """DOLS of a balanced panel, or of a batch of them (Saikkonen 1991; Mark and Sul 2003).

    Parameters
    ----------
    y : ndarray, shape (..., N, T)
        Dependent variable.
    x : ndarray, shape (..., N, T, k)
        Regressors.
    method : {"pooled", "group_mean"}
        How units are combined.
    trend : {"c", "ct"}
        Deterministics of each unit.
    leads : int
        Leads of the differenced regressors.
    lags : int
        Lags of the differenced regressors.
    bandwidth : int or Smoothing
        Of the long-run variance of the residuals.
    common_dynamics : bool
        One set of lead and lag coefficients for all units.
    time_means : bool
        Subtract each period's mean over units from y and x net of deterministics, leads and lags (Mark and Sul 2003,
        section 3); "pooled".

    Returns
    -------
    MomentEstimate
        Residuals (..., N, T-1-leads-lags).
    """
    w = off_deterministics(dynamics(x, leads, lags), trend)
    rows = slice(lags + 1, x.shape[-2] - leads)
    pair = np.concatenate([x[..., rows, :], y[..., rows, None]], axis=-1)
    pair = off_deterministics(pair, trend)
    if common_dynamics:
        transposed = np.swapaxes(w, -1, -2)
        ww, wp = ((transposed @ columns).sum(axis=-3) for columns in (w, pair))
        left = pair - w @ np.linalg.solve(ww, wp)[..., None, :, :]
    else:
        left = net_of(pair, w)
    if time_means:
        left = left - left.mean(axis=-3, keepdims=True)
    x, y = left[..., :-1], left[..., -1:]
    slopes = slopes_of(x, (np.swapaxes(x, -1, -2) @ y)[..., 0], method)
    residuals = (y - x @ slopes[..., None])[..., 0]
    return combined(x, slopes, long_run_variance(residuals, bandwidth), residuals, method)
