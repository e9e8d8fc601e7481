"""Bootstrap standard errors of FMOLS and DOLS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    Estimator,
    Positive,
    Seed,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.long_run.estimators import dols, fmols, on_arrays
from living_panel.estimation.econometrics.long_run.moments import std_errors
from living_panel.estimation.econometrics.wide_panel import off_deterministics, read_panel

_BATCH = 200


@check_arguments
def bootstrap_std_errors(
    estimator: Estimator,
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    block_length: Positive,
    draws: Positive,
    seed: Seed,
    **options: Any,
) -> pd.DataFrame:
    """Standard errors from blocks of periods of (u, dx) resampled jointly over all units.

    The estimate gives u = y - d'delta_i - x'b; T-1 rows of (u, dx) over all units are cut into overlapping
    circular blocks. Blocks are drawn with replacement, x is cumulated from its first value and y rebuilt as
    x'b + u (unit deterministics drop out of every estimate). One draw of periods serves all units, so that
    dependence between units survives; resampling units would destroy it. Under "group_mean" y is
    rebuilt with each unit's own slopes.

    Read the percentile-t interval first. At T=13 with autocorrelated, endogenous errors it covers 74-81 %,
    whereas b ± 1.96 bootstrap standard errors covers 43-62 % and the asymptotic interval 40-63 % (stored in
    `long_run_sizes.csv`). Neither removes the estimator's bias.

    Parameters
    ----------
    estimator : {"fmols", "dols"}
        Which estimate.
    y : pandas.DataFrame
        Rows are periods in order, columns are units; balanced.
    x : mapping of str to pandas.DataFrame
        Regressors by name, same rows and columns as `y`.
    block_length : int
        Periods in a block, at least 1; about T^(1/3).
    draws : int
        Rebuilt panels, at least 99.
    seed : int
        Of the generator; same seed, same values.
    **options : Any
        Options of the estimator: method, trend, bandwidth, demean, and for DOLS leads, lags,
        common_dynamics.

    Returns
    -------
    DataFrame (k, 6)
        Columns: estimate, on the panel as given; std_error, standard deviation of the draws. ci_low, ci_high,
        95 % percentile-t interval b - q(.975) se, b - q(.025) se with the quantiles of (b* - b)/se*. p_value, twice the
        smaller share of (b* - b)/se* beyond b/se, the observed one counted: it agrees with the equal-tailed interval.
        bias, mean of the draws less the estimate.

    Raises
    ------
    Infeasible
        Whatever the estimator refuses; a block longer than the series; redrawn
        years on which a unit's own slopes are not identified.
    """
    if not 1 <= block_length <= len(y) - 1:
        raise Infeasible(codes.BLOCK_OF_ROWS(block_length=block_length, n_rows=len(y) - 1))
    point = (fmols if estimator == "fmols" else dols)(y, x, **options)
    run, first = on_arrays(estimator, **options)
    trend = options["trend"]
    window = read_panel(y, x, trend=trend, demean=first, by_unit=False)
    params = point.params if point.unit_slopes is None else point.unit_slopes
    slopes = np.broadcast_to(params.to_numpy(), (len(window.units), len(x)))
    u = off_deterministics(window.y[..., None] - window.x @ slopes[..., None], trend)[..., 0]
    rng = np.random.default_rng(seed)
    estimates, errors = [], []
    for start in range(0, draws, _BATCH):
        size = min(_BATCH, draws - start)
        ys, xs = _rebuilt(u, window.x, slopes, block_length, size, rng)
        if first:
            # x is cumulated from demeaned steps and has no time means
            ys = ys - ys.mean(axis=-2, keepdims=True)
        try:
            fit = run(ys, xs)
        except np.linalg.LinAlgError as error:
            raise Infeasible(
                codes.REDRAWN_TOO_FEW_ROWS(estimator=estimator, options=options["method"])
            ) from error
        estimates.append(fit.b)
        errors.append(std_errors(fit.cov))
    return _summary(point, np.concatenate(estimates), np.concatenate(errors))


def _rebuilt(
    u: Floats, x: Floats, slopes: Floats, block_length: int, size: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    periods = u.shape[-1]
    rows = periods - 1
    blocks = -(-periods // block_length)
    starts = rng.integers(0, rows, size=(size, blocks))
    picked = (starts[..., None] + np.arange(block_length)) % rows
    picked = picked.reshape(size, -1)[:, :periods]
    dx = np.diff(x, axis=-2)
    us = u[:, 1:] - u[:, 1:].mean(axis=1, keepdims=True)
    us = np.moveaxis(us[:, picked], 1, 0)
    steps = np.moveaxis(dx[:, picked], 1, 0)
    # the first row drawn gives u of the first period; its x is the panel's own
    steps[..., 0, :] = x[..., 0, :]
    xs = np.cumsum(steps, axis=-2)
    ys = (xs @ slopes[..., None])[..., 0] + us
    return ys, xs


def _summary(point: RegressionFit, estimates: Floats, errors: Floats) -> pd.DataFrame:
    b, se = point.params.to_numpy(), point.std_errors.to_numpy()
    t = (estimates - b) / errors
    low, high = np.quantile(t, [0.025, 0.975], axis=0)
    above = (1 + (t >= b / se).sum(axis=0)) / (1 + len(t))
    below = (1 + (t <= b / se).sum(axis=0)) / (1 + len(t))
    columns = {
        "estimate": b,
        "std_error": estimates.std(axis=0, ddof=1),
        "ci_low": b - high * se,
        "ci_high": b - low * se,
        "p_value": np.minimum(1.0, 2 * np.minimum(above, below)),
        "bias": estimates.mean(axis=0) - b,
    }
    return pd.DataFrame(columns, index=point.params.index)
