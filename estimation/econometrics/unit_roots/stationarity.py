"""Hadri's test, whose null hypothesis is the other way round: every unit is stationary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from estimation.econometrics.critical_values import simulated
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.unit_roots import kernels
from estimation.econometrics.unit_roots.options import (
    check_options,
    finite_sample_note,
    per_unit,
    scalars,
)
from estimation.econometrics.unit_roots.panel import (
    read_panel,
)
from estimation.econometrics.unit_roots.result import UnitRootResult


def hadri(
    y: pd.DataFrame,
    *,
    trend: str,
    robust: bool,
    lags: int = 0,
    max_lags: int | None = None,
    demean: bool = False,
    convention: str = "stata",
    critical_values: str = "asymptotic",
) -> UnitRootResult:
    """Hadri's LM test: H0 every unit is stationary, H1 some have a unit root.

    Parameters
    ----------
    y : DataFrame (T, N)
        Balanced.
    trend : {"c", "ct"}
        Stationary about a level or about a trend.
    robust : bool
        Each unit's own error variance (heteroskedasticity-consistent), or one for all.
    lags : int
        Errors are taken as serially uncorrelated: 0 is the only value.
    demean : bool
        Subtract each period's cross-section mean first.
    convention : {"stata", "plm"}
        Carried along: no degrees-of-freedom correction under either.
    critical_values : {"asymptotic", "finite_sample"}
        N(0,1), or simulated white noise at this N and T. The test rejects in the right tail.

    Returns
    -------
    UnitRootResult
        `details`: lm, robust, unit_lm.

    Raises
    ------
    Infeasible
        Unbalanced panel, or fewer than 4 degrees of freedom.

    References
    ----------
    Hadri, K. (2000), Econometrics Journal 3, 148-161.
    """
    check_options("hadri", trend, lags, max_lags, convention, critical_values)
    if trend == "n":
        raise ValueError("hadri: trend='n'; the test is not defined without a constant")
    if lags != 0:
        raise ValueError(f"hadri: lags={lags!r}; errors are taken as white noise here, give 0")
    panel = read_panel(y, test="hadri", balanced=True, demean=demean)
    t, n = panel.values.shape
    parameters = 1 if trend == "c" else 2
    if t - parameters < 4:
        raise Infeasible(
            f"hadri: T={t} less {parameters} parameters leaves {t - parameters} degrees of "
            "freedom, at least 4 are needed; use a longer window"
        )
    found = kernels.hadri(panel.values[:, None, :], trend, robust)
    details: dict[str, Any] = {
        "trend": trend,
        "demean": demean,
        "robust": robust,
        **scalars(found),
        "unit_lm": per_unit(found["unit_lm"][0], panel),
    }
    statistic = float(found["statistic"][0])
    if critical_values == "asymptotic":
        details["critical_values"] = "asymptotic: N(0,1), right tail"
        p = float(norm.sf(statistic))
    else:
        question = simulated.Question("hadri", n, t, trend, demean=demean, robust=robust)
        details["critical_values"] = finite_sample_note(question)
        p = float(1 - simulated.lower_tail(question, statistic))
    zeros = per_unit(np.zeros(n, dtype=int), panel)
    return UnitRootResult("hadri", statistic, p, zeros, n, t, convention, details)
