"""Pesaran's CD test of cross-section dependence, with Juodis and Reese's corrections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.errors import Infeasible
from estimation.econometrics.kernels import Floats
from estimation.econometrics.long_run.wide_panel import (
    check_choice,
)

CORRECTIONS = ("none", "bias", "weighted")
# Independent sets of random signs behind the weighted statistic.
_SIGN_SETS = 30


@dataclass(frozen=True)
class CrossSectionResult:
    """A test of no dependence between units.

    Attributes
    ----------
    statistic, p_value : float
        Standard normal under the null, two-sided.
    correction : str
        "none", "bias" or "weighted".
    mean_correlation, mean_abs_correlation : float
        Over pairs of units.
    n_units, n_pairs : int
        Units, and pairs with at least three common periods.
    details : dict
        The uncorrected statistic, the bias and scale taken out, the seed of the signs.
    """

    statistic: float
    p_value: float
    correction: str
    mean_correlation: float
    mean_abs_correlation: float
    n_units: int
    n_pairs: int
    details: dict[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        names = ("statistic", "p_value", "mean_correlation", "mean_abs_correlation", "n_pairs")
        return pd.DataFrame({n: [getattr(self, n)] for n in names}, index=[self.correction])


def pesaran_cd(
    residuals: pd.DataFrame, *, correction: str, seed: int | None = None
) -> CrossSectionResult:
    """CD = sqrt(1/M) Σ_{i<j} sqrt(T_ij) r_ij over the M pairs (Pesaran 2004; plm's pcdtest).

    Residuals of a regression with year effects sum to about zero over units in every year: CD
    is then near -sqrt(T/2) whatever the truth (Juodis and Reese 2022). "bias": with
    m_1 = mean(1/σ_i) and Ω = 1 - 2 m_1 mean(σ_i) + m_1² mean(σ_i²), CD is centred at
    -sqrt(T/2)(1 - Ω) with standard deviation Ω, so (CD + sqrt(T/2)(1 - Ω))/Ω. Its power vanishes
    as the σ_i become equal, where it is refused. "weighted": residuals over their σ_i times random
    signs, sqrt(2/(T N (N-1))) Σ_t Σ_{i<j} w_i e_it w_j e_jt, summed over 30 sets of signs
    and divided by sqrt(30).

    Parameters
    ----------
    residuals : DataFrame (T, N)
        Rows are periods, columns are units. "none" takes gaps; the corrections need balance.
    correction : {"none", "bias", "weighted"}
        "none" for series and one-way residuals, one of the others after two-way effects.
    seed : int
        Of the signs; required with "weighted".

    Returns
    -------
    CrossSectionResult

    Raises
    ------
    Infeasible
        Constant or empty columns, no pair with three common periods, an unbalanced panel with a
        correction, equal variances with "bias".
    """
    check_choice("correction", correction, CORRECTIONS)
    if correction == "weighted" and seed is None:
        raise ValueError("correction='weighted' draws random signs: pass seed=")
    values = residuals.to_numpy(dtype=float)
    _refuse(values, residuals, correction)
    correlations, common = _pairs(values)
    statistic = float((np.sqrt(common) * correlations).sum() / np.sqrt(len(common)))
    details: dict[str, Any] = {"uncorrected": statistic}
    if correction == "bias":
        sigma = values.std(axis=0)
        omega = (
            1
            - 2 * (1 / sigma).mean() * sigma.mean()
            + (1 / sigma).mean() ** 2 * ((sigma**2).mean())
        )
        if omega < 1e-6:
            raise Infeasible(
                "correction='bias': all units have the same variance, the corrected CD is 0/0; "
                "use correction='weighted'"
            )
        shift = np.sqrt(len(values) / 2) * (1 - omega)
        details |= {"bias": -float(shift), "scale": float(omega)}
        statistic = float((statistic + shift) / omega)
    elif correction == "weighted":
        details |= {"seed": seed, "sign_sets": _SIGN_SETS}
        statistic = _weighted(values, np.random.default_rng(seed))
    return CrossSectionResult(
        statistic=statistic,
        p_value=float(2 * stats.norm.sf(abs(statistic))),
        correction=correction,
        mean_correlation=float(correlations.mean()),
        mean_abs_correlation=float(np.abs(correlations).mean()),
        n_units=values.shape[1],
        n_pairs=len(common),
        details=details,
    )


def _refuse(values: Floats, frame: pd.DataFrame, correction: str) -> None:
    if values.shape[1] < 2:
        raise Infeasible(f"{values.shape[1]} units: dependence needs at least 2")
    if np.isinf(values).any():
        raise Infeasible(f"infinite residuals in {_units(frame, np.isinf(values).any(axis=0))}")
    empty = np.isnan(values).all(axis=0)
    if empty.any():
        raise Infeasible(f"no residual at all in {_units(frame, empty)}: drop these units")
    spread = np.nanmax(values, axis=0) - np.nanmin(values, axis=0)
    flat = spread <= 1e-12 * np.nanmax(np.abs(values), axis=0)
    if flat.any():
        raise Infeasible(f"constant in {_units(frame, flat)}: drop these units")
    if correction != "none" and np.isnan(values).any():
        raise Infeasible(
            f"correction={correction!r} needs a balanced panel; missing in "
            f"{_units(frame, np.isnan(values).any(axis=0))}"
        )


def _units(frame: pd.DataFrame, mask: Any) -> str:
    return ", ".join(str(u) for u in frame.columns[np.asarray(mask)])


def _pairs(values: Floats) -> tuple[Floats, Floats]:
    """Correlations over common periods, and their numbers, of pairs with at least three."""
    seen = ~np.isnan(values)
    filled = np.where(seen, values, 0.0)
    mask = seen.astype(float)
    common = mask.T @ mask
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = filled.T @ mask
        cross = filled.T @ filled - sums * sums.T / common
        squares = (filled**2).T @ mask - sums**2 / common
        correlations = cross / np.sqrt(squares * squares.T)
    lower = np.tril_indices(values.shape[1], -1)
    keep = (common[lower] >= 3) & np.isfinite(correlations[lower])
    if not keep.any():
        raise Infeasible("no pair of units has three periods in common: use a longer window")
    return correlations[lower][keep], common[lower][keep]


def _weighted(values: Floats, rng: np.random.Generator) -> float:
    periods, n_units = values.shape
    z = values - values.mean(axis=0)
    z = z / z.std(axis=0)
    signs = rng.choice([-1.0, 1.0], size=(_SIGN_SETS, n_units))
    totals = ((z @ signs.T) ** 2).sum(axis=0) - (z**2).sum()
    each = totals / np.sqrt(2.0 * periods * n_units * (n_units - 1))
    return float(each.sum() / np.sqrt(_SIGN_SETS))
