"""Pesaran's CD test of cross-section dependence, with Juodis and Reese's corrections."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Seed, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats

# Independent sets of random signs behind the weighted statistic.
_SIGN_SETS = 30


class CrossSectionResult(NamedTuple):
    """A test of no dependence between units.

    `statistic` is standard normal under the null, `p_value` two-sided; `mean_correlation` is over pairs
    of units with at least three common periods.
    """

    statistic: float
    p_value: float
    mean_correlation: float


@check_arguments
def pesaran_cd(residuals: pd.DataFrame, *, signs: Seed | None = None) -> CrossSectionResult:
    """CD = sqrt(1/M) Σ_{i<j} sqrt(T_ij) r_ij over the M pairs (Pesaran 2004; plm's pcdtest).

    Residuals of a regression with year effects sum to about zero over units in every year: CD is then near
    -sqrt(T/2) whatever the truth. After two-way effects take the weighted statistic. It multiplies residuals
    over their σ_i by random signs: sqrt(2/(T N (N-1))) Σ_t Σ_{i<j} w_i e_it w_j e_jt, summed over 30 sets of
    signs and divided by sqrt(30) (Juodis and Reese 2022).

    Parameters
    ----------
    residuals : DataFrame (T, N)
        Rows are periods, columns are units; gaps are taken, but not by the weighted statistic.
    signs : int, optional
        Seed of the signs of the weighted statistic; without it, the plain one.

    Raises
    ------
    Infeasible
        Constant or empty columns, no pair with three common periods, an unbalanced panel with
        `signs`.
    """
    values = residuals.to_numpy(dtype=float)
    _refuse(values, residuals, balanced=signs is not None)
    correlations, common = _pairs(residuals)
    statistic = float((np.sqrt(common) * correlations).sum() / np.sqrt(len(common)))
    if signs is not None:
        statistic = _weighted(values, np.random.default_rng(signs))
    p_value = float(2 * stats.norm.sf(abs(statistic)))
    return CrossSectionResult(statistic, p_value, float(correlations.mean()))


def _refuse(values: Floats, frame: pd.DataFrame, *, balanced: bool) -> None:
    if values.shape[1] < 2:
        raise Infeasible(codes.TOO_FEW_UNITS_FOR_DEPENDENCE(n_units=values.shape[1]))
    if np.isinf(values).any():
        raise Infeasible(
            codes.INFINITE_RESIDUALS(units=_units(frame, np.isinf(values).any(axis=0)))
        )
    empty = np.isnan(values).all(axis=0)
    if empty.any():
        raise Infeasible(codes.NO_RESIDUAL(units=_units(frame, empty)))
    spread = np.nanmax(values, axis=0) - np.nanmin(values, axis=0)
    flat = spread <= 1e-12 * np.nanmax(np.abs(values), axis=0)
    if flat.any():
        raise Infeasible(codes.CONSTANT_RESIDUAL(units=_units(frame, flat)))
    gaps = np.isnan(values).any(axis=0)
    if balanced and gaps.any():
        raise Infeasible(codes.UNBALANCED_FOR_WEIGHTS(units=_units(frame, gaps)))


def _units(frame: pd.DataFrame, mask: Any) -> str:
    return ", ".join(str(u) for u in frame.columns[np.asarray(mask)])


def _pairs(residuals: pd.DataFrame) -> tuple[Floats, Floats]:
    """Correlations over common periods, and their numbers, of pairs with at least three."""
    seen = residuals.notna().to_numpy(dtype=float)
    lower = np.tril_indices(residuals.shape[1], -1)
    correlations, common = residuals.corr(min_periods=3).to_numpy()[lower], (seen.T @ seen)[lower]
    keep = np.isfinite(correlations)
    if not keep.any():
        raise Infeasible(codes.NO_COMMON_PERIODS())
    return correlations[keep], common[keep]


def _weighted(values: Floats, rng: np.random.Generator) -> float:
    periods, n_units = values.shape
    z = values - values.mean(axis=0)
    z = z / z.std(axis=0)
    signs = rng.choice([-1.0, 1.0], size=(_SIGN_SETS, n_units))
    totals = ((z @ signs.T) ** 2).sum(axis=0) - (z**2).sum()
    each = totals / np.sqrt(2.0 * periods * n_units * (n_units - 1))
    return float(each.sum() / np.sqrt(_SIGN_SETS))
