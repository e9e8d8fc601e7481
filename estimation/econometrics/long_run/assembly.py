"""From estimates on arrays to a result with names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics.kernels import Floats
from estimation.econometrics.long_run.moments import CointegratingVector, UnitMoments
from estimation.econometrics.long_run.results import LongRunResult, jarque_bera_of
from estimation.econometrics.long_run.wide_panel import Window


def assemble(
    estimator: str,
    method: str,
    trend: str,
    window: Window,
    given: Window,
    names: list[str],
    vector: CointegratingVector,
    moments: UnitMoments,
    residuals: Floats,
    rows: slice,
    details: dict[str, Any],
) -> LongRunResult:
    """The result of FMOLS or DOLS.

    Parameters
    ----------
    window, given : Window
        The panel as it was estimated, and in the units of its frames, for the constant.
    names : list of str
        Regressors.
    residuals : ndarray (N, rows)
    rows : slice
        The periods that they belong to.
    details : dict
        More of the result's details.
    """
    units = list(given.units)
    omega = pd.Series(moments.omega, index=units)
    details = {
        **details,
        "omega_by_unit": omega,
        "omega": float(omega.mean()),
        **_constant(given, vector, float(omega.mean())),
    }
    if vector.unit_b is not None and vector.unit_se is not None:
        unit_b = pd.DataFrame(vector.unit_b, index=units, columns=names)
        details["unit_params"] = unit_b
        details["unit_std_errors"] = pd.DataFrame(vector.unit_se, index=units, columns=names)
        details["std_errors_empirical"] = unit_b.std(ddof=1) / np.sqrt(len(units))
    levels = window.y[:, rows]
    total = float(((levels - levels.mean(axis=1, keepdims=True)) ** 2).sum())
    return LongRunResult(
        estimator=estimator,
        method=method,
        trend=trend,
        params=pd.Series(vector.b, index=names, name="estimate"),
        cov=pd.DataFrame(vector.cov, index=names, columns=names),
        std_errors=pd.Series(np.sqrt(np.diagonal(vector.cov)), index=names, name="std_error"),
        t_stats=pd.Series(vector.t, index=names, name="t_stat"),
        residuals=pd.DataFrame(residuals.T, index=given.periods[rows], columns=units),
        r_squared=1 - float((residuals**2).sum()) / total,
        jarque_bera=jarque_bera_of(residuals),
        n_units=len(units),
        n_periods=len(given.periods),
        n_obs=residuals.size,
        details=details,
    )


def _constant(given: Window, vector: CointegratingVector, omega: float) -> dict[str, float]:
    """Grand-mean intercept mean(y) - mean(x)'b in the units of the frames, by the delta method."""
    means = given.x.mean(axis=(0, 1))
    constant = float(given.y.mean() - means @ vector.b)
    variance = float(means @ vector.cov @ means) + omega / given.y.size
    return {"constant": constant, "constant_std_error": variance**0.5}
