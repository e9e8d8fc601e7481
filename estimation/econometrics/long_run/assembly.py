"""From estimates on arrays to a result with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics.kernels import Floats
from estimation.econometrics.long_run.moments import CointegratingVector, UnitMoments, group_mean
from estimation.econometrics.long_run.results import LongRunResult, jarque_bera_of
from estimation.econometrics.long_run.wide_panel import Window


@dataclass(frozen=True, slots=True)
class WindowFit:
    """What was estimated on one window; `periods` are those of the residuals."""

    window: Window
    vector: CointegratingVector
    moments: UnitMoments
    residuals: Floats
    periods: pd.Index


def assemble(
    estimator: str,
    method: str,
    trend: str,
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    fits: Sequence[WindowFit],
    details: dict[str, Any],
) -> LongRunResult:
    """The result of FMOLS or DOLS from its windows, one unless edges are ragged."""
    names = list(x)
    units = [u for fit in fits for u in fit.window.units]
    vector = fits[0].vector if len(fits) == 1 else _combine(fits)
    se = np.sqrt(np.diagonal(vector.cov))
    residuals = pd.concat(
        [pd.DataFrame(f.residuals.T, index=f.periods, columns=list(f.window.units)) for f in fits],
        axis=1,
    ).sort_index()
    residuals = residuals.reindex(columns=y.columns)
    omega = pd.Series(np.concatenate([f.moments.omega for f in fits]), index=units)
    omega = omega.reindex(y.columns)
    details = {
        **details,
        "rows_per_unit": {u: len(f.periods) for f in fits for u in f.window.units},
        "omega_by_unit": omega,
        "omega": float(omega.mean()),
        **_constant(y, x, vector, float(omega.mean())),
    }
    if vector.unit_b is not None and vector.unit_se is not None:
        unit_b = pd.DataFrame(vector.unit_b, index=units, columns=names).reindex(y.columns)
        details["unit_params"] = unit_b
        details["unit_std_errors"] = pd.DataFrame(
            vector.unit_se, index=units, columns=names
        ).reindex(y.columns)
        details["std_errors_empirical"] = unit_b.std(ddof=1) / np.sqrt(len(units))
    return LongRunResult(
        estimator=estimator,
        method=method,
        trend=trend,
        params=pd.Series(vector.b, index=names, name="estimate"),
        cov=pd.DataFrame(vector.cov, index=names, columns=names),
        std_errors=pd.Series(se, index=names, name="std_error"),
        t_stats=pd.Series(vector.t, index=names, name="t_stat"),
        residuals=residuals,
        r_squared=_r_squared(fits),
        jarque_bera=jarque_bera_of(residuals.to_numpy()),
        n_units=len(units),
        n_periods=len(y),
        n_obs=int(residuals.notna().to_numpy().sum()),
        details=details,
    )


def _combine(fits: Sequence[WindowFit]) -> CointegratingVector:
    """Group mean over windows of unequal length."""
    return group_mean(
        UnitMoments(
            np.concatenate([f.moments.xx for f in fits]),
            np.concatenate([f.moments.xy for f in fits]),
            np.concatenate([f.moments.omega for f in fits]),
        )
    )


def _r_squared(fits: Sequence[WindowFit]) -> float:
    total = residual = 0.0
    for fit in fits:
        rows = np.flatnonzero(fit.window.periods.isin(fit.periods))
        levels = fit.window.y[:, rows]
        total += float(((levels - levels.mean(axis=1, keepdims=True)) ** 2).sum())
        residual += float((fit.residuals**2).sum())
    return 1 - residual / total


def _constant(
    y: pd.DataFrame, x: Mapping[str, pd.DataFrame], vector: CointegratingVector, omega: float
) -> dict[str, float]:
    """Grand-mean intercept mean(y) - mean(x)'b in the units of the frames, by the delta method."""
    used = y.notna()
    for frame in x.values():
        used &= frame.notna()
    keep = used.to_numpy()
    means = np.array([frame.to_numpy(dtype=float)[keep].mean() for frame in x.values()])
    constant = float(y.to_numpy(dtype=float)[keep].mean() - means @ vector.b)
    variance = float(means @ vector.cov @ means) + omega / int(keep.sum())
    return {"constant": constant, "constant_std_error": variance**0.5}
