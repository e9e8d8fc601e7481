"""Hansen's (1992) Lc: parameter stability of a cointegrating regression, or cointegration itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics.kernels import Floats, check_kernel, long_run_covariance
from estimation.econometrics.long_run.fully_modified import innovations
from estimation.econometrics.long_run.moments import given_others, one_sided_bias
from estimation.econometrics.long_run.wide_panel import (
    check_choice,
    deterministics,
    off_deterministics,
    read_panel,
    require_df,
)

MAX_COMBINED_REGRESSORS = 2
# Draws and seed behind every simulated p-value of this module.
DRAWS = 20_000
SEED = 19_920_700


@dataclass(frozen=True)
class HansenLcResult:
    """Lc by unit and combined.

    Attributes
    ----------
    unit_statistics, unit_p_values : Series (N,)
        By unit. Large values reject.
    statistic : float or None
        Mean of the unit statistics; None with more than two regressors.
    p_value : float or None
        Of the mean, from means of N independent draws under the null.
    null : str
        In words.
    trend : str
        "c" or "ct".
    critical_values : str
        "finite_sample" or "asymptotic".
    n_units, n_periods : int
        Size of the panel.
    details : dict
        Options, the critical values at 10, 5 and 1 %, why a combination is missing.
    """

    unit_statistics: pd.Series
    unit_p_values: pd.Series
    statistic: float | None
    p_value: float | None
    null: str
    trend: str
    critical_values: str
    n_units: int
    n_periods: int
    details: dict[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """One row per unit and, where there is one, a last row for the combination."""
        frame = pd.DataFrame({"statistic": self.unit_statistics, "p_value": self.unit_p_values})
        if self.statistic is not None:
            frame.loc["combined"] = [self.statistic, self.p_value]
        return frame


def hansen_lc(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: str,
    bandwidth: float,
    kernel: str = "bartlett",
    demean: bool = False,
    critical_values: str = "finite_sample",
) -> HansenLcResult:
    """Hansen's (1992, eq. 11) Lc of each unit's FMOLS regression, and its mean over units.

    With z_t = (d_t', x_t')', s_t = z_t u+_t - (0', lambda+')', S_t partial sums on the n = T-1
    rows of the modified regression: Lc = n^-1 Σ S_t' (Σ z z')^-1 S_t / omega_{u.v}. The null is
    stable parameters of a cointegrated relation; rejection also means no cointegration.

    Asymptotic p-values fail at short T (at T=18 and seven regressors they reject nearly always).
    The default simulates the null with independent normal u and dx at the panel's own T, number of
    regressors, trend, kernel and bandwidth (20,000 draws, fixed seed). Autocorrelated errors are
    not in that null. Lc is a single-equation statistic: the combination, the mean over units
    against means of N independent draws, is this project's own and has no printed oracle; units
    that depend on each other reject too often.

    Parameters
    ----------
    y, x
        Balanced panel; rows are periods in order, columns are units.
    trend : {"c", "ct"}
        Deterministics of each unit.
    bandwidth, kernel
        Of the long-run covariance.
    demean : bool
        Subtract each period's mean over units.
    critical_values : {"finite_sample", "asymptotic"}
        Where p-values come from.

    Returns
    -------
    HansenLcResult

    Raises
    ------
    Infeasible
        Fewer than 5 residual degrees of freedom per unit, with the counts; ragged, gapped or
        degenerate panels.
    """
    check_choice("critical_values", critical_values, ("finite_sample", "asymptotic"))
    window = read_panel(y, x, trend=trend, demean=demean, collinearity_by_unit=True)
    n_units, periods = window.y.shape
    k = window.x.shape[-1]
    require_df(
        periods - 1,
        k + len(trend),
        f"Hansen's Lc over {window.periods[0]}-{window.periods[-1]} ({k} regressors, {len(trend)} "
        "deterministic terms)",
        f"Lengthen the window to {k + len(trend) + 6} periods or use fewer regressors.",
    )
    check_kernel(kernel, bandwidth, periods - 1)
    values = lc_statistics(window.y, window.x, trend=trend, kernel=kernel, bandwidth=bandwidth)
    if critical_values == "asymptotic":
        null = asymptotic_lc(k, trend)
    else:
        null = finite_sample_lc(periods, k, trend, kernel, float(bandwidth))
    details: dict[str, Any] = {
        "kernel": kernel,
        "bandwidth": bandwidth,
        "demean": demean,
        "draws": DRAWS,
        "seed": SEED,
        "critical": {q: float(np.quantile(null, 1 - q)) for q in (0.10, 0.05, 0.01)},
    }
    statistic = p_value = None
    if k <= MAX_COMBINED_REGRESSORS:
        statistic = float(values.mean())
        means = _means_of(null, n_units)
        p_value = _upper_p(means, np.array([statistic]))[0]
        details["combined_critical"] = {
            q: float(np.quantile(means, 1 - q)) for q in (0.10, 0.05, 0.01)
        }
    else:
        details["not_combined"] = (
            f"{k} regressors: the combination is offered for at most {MAX_COMBINED_REGRESSORS}"
        )
    return HansenLcResult(
        unit_statistics=pd.Series(values, index=list(window.units), name="statistic"),
        unit_p_values=pd.Series(_upper_p(null, values), index=list(window.units)),
        statistic=statistic,
        p_value=None if p_value is None else float(p_value),
        null="cointegration with stable parameters",
        trend=trend,
        critical_values=critical_values,
        n_units=n_units,
        n_periods=periods,
        details=details,
    )


def lc_statistics(y: Floats, x: Floats, *, trend: str, kernel: str, bandwidth: float) -> Floats:
    """Lc of each unit for y (..., N, T) and x (..., N, T, k); see `hansen_lc`.

    Returns
    -------
    ndarray (..., N)
    """
    eta = innovations(y, x, trend, common_slopes=False)
    covariance = long_run_covariance(eta, kernel, bandwidth)
    omega, one_sided = covariance.long_run, covariance.one_sided
    projection, conditional = given_others(omega)
    bias = one_sided_bias(one_sided, projection)
    modified = y[..., 1:, None] - eta[..., 1:] @ projection
    n = eta.shape[-2]
    fixed = np.broadcast_to(deterministics(y.shape[-1], trend)[1:], (*y.shape[:-1], n, len(trend)))
    # net of its unit mean, x spans the same regression and keeps the moment matrix well scaled
    z = np.concatenate([fixed, off_deterministics(x, "c")[..., 1:, :]], axis=-1)
    shift = np.concatenate([np.zeros((*bias.shape[:-1], len(trend))), bias], axis=-1)
    zz = np.swapaxes(z, -1, -2) @ z
    zy = np.swapaxes(z, -1, -2) @ modified - n * shift[..., None]
    residual = modified - z @ np.linalg.solve(zz, zy)
    found: Floats = _wald(z * residual - shift[..., None, :], zz) / (n * conditional)
    return found


def _wald(scores: Floats, zz: Floats) -> Floats:
    """Σ_t S_t' (Σ z z')^-1 S_t, S_t the partial sums of the scores."""
    partial = np.cumsum(scores, axis=-2)
    inner = np.linalg.solve(zz, np.swapaxes(partial, -1, -2) @ partial)
    return np.asarray(np.trace(inner, axis1=-2, axis2=-1), dtype=np.float64)


@lru_cache(maxsize=64)
def finite_sample_lc(
    periods: int,
    regressors: int,
    trend: str,
    kernel: str,
    bandwidth: float,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Floats:
    """Sorted draws of Lc under y = u, x a random walk, both with independent normal innovations.

    Parameters
    ----------
    periods, regressors : int
        T and k.
    trend : {"c", "ct"}
        Deterministics.
    kernel, bandwidth
        Of the long-run covariance.
    draws, seed : int
        Of the simulation.

    Returns
    -------
    ndarray (draws,)
        Read-only.
    """
    rng = np.random.default_rng(seed)

    def some(size: int) -> Floats:
        u = rng.standard_normal((size, periods))
        x = np.cumsum(rng.standard_normal((size, periods, regressors)), axis=-2)
        return lc_statistics(u, x, trend=trend, kernel=kernel, bandwidth=bandwidth)

    return _drawn(some, draws, 5_000)


@lru_cache(maxsize=32)
def asymptotic_lc(
    regressors: int, trend: str, draws: int = DRAWS, seed: int = SEED, steps: int = 500
) -> Floats:
    """Sorted draws of the limit of Lc (Hansen 1992, Theorem 2), by random walks of many steps.

    ∫ S*' (∫ X X')^-1 S*, with X the deterministics and k Brownian motions and S* the partial sums
    of X dW net of their projection, W independent of X.

    Parameters
    ----------
    regressors : int
        k.
    trend : {"c", "ct"}
        Deterministics.
    draws, seed, steps : int
        Of the simulation.

    Returns
    -------
    ndarray (draws,)
        Read-only.
    """
    rng = np.random.default_rng(seed)
    fixed = deterministics(steps, trend)

    def some(size: int) -> Floats:
        walk = np.cumsum(rng.standard_normal((size, steps, regressors)), axis=-2) / steps
        z = np.concatenate([np.broadcast_to(fixed, (size, *fixed.shape)), walk], axis=-1)
        w = rng.standard_normal((size, steps, 1))
        zz = np.swapaxes(z, -1, -2) @ z
        residual = w - z @ np.linalg.solve(zz, np.swapaxes(z, -1, -2) @ w)
        return _wald(z * residual, zz) / steps

    return _drawn(some, draws, 1_000)


def _drawn(some: Callable[[int], Floats], draws: int, batch: int) -> Floats:
    """Sorted, read-only, made a batch at a time."""
    parts = [some(min(batch, draws - start)) for start in range(0, draws, batch)]
    found = np.sort(np.concatenate(parts))
    found.flags.writeable = False
    return found


def _means_of(null: Floats, n_units: int) -> Floats:
    """Sorted means of `n_units` independent draws."""
    rng = np.random.default_rng(SEED + 1)
    picked = rng.integers(0, len(null), size=(len(null), n_units), dtype=np.int32)
    return np.sort(null[picked].mean(axis=1))


def _upper_p(null: Floats, values: Floats) -> Floats:
    """(1 + #{null >= value}) / (1 + draws), `null` sorted."""
    above = len(null) - np.searchsorted(null, values, side="left")
    return np.asarray((1 + above) / (1 + len(null)), dtype=float)
