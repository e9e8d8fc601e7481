"""Common correlated effects for one or two regressors, pooled and as a mean of groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    PanelArrays,
    balanced_cube,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.regression_data import ABSORBED
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.wide_panel import full_column_rank

MAX_REGRESSORS = 2
MIN_RESIDUAL_DF = 5


@dataclass(frozen=True, slots=True)
class CommonEffectsFit:
    """Pooled CCE.

    Attributes
    ----------
    params, std_errors : pandas.Series, length k
    unit_slopes : pandas.DataFrame, shape (N, k)
        Each unit's own slope given the cross-section averages.
    residuals : pandas.Series, length n
    residual_df : int
        Per unit: T - (1 + (k + 1) + k).
    cov : pandas.DataFrame, shape (k, k)
    """

    params: pd.Series
    std_errors: pd.Series
    unit_slopes: pd.DataFrame
    residuals: pd.Series
    residual_df: int
    cov: pd.DataFrame

    def mean_group(self) -> tuple[pd.Series, pd.Series]:
        """Mean of the units' own slopes, and its error from their spread (Pesaran 2006, eq. 58)."""
        n = len(self.unit_slopes)
        return self.unit_slopes.mean(), self.unit_slopes.std(ddof=1) / np.sqrt(n)


@check_arguments
def pooled_cce(y: pd.Series, x: pd.DataFrame) -> CommonEffectsFit:
    r"""Pooled CCE with equal weights.

    With M the residual maker of a constant and the cross-section averages of y and x,

    .. math:: b = \Big(\sum_i X_i'MX_i\Big)^{-1} \sum_i X_i'My_i

    (Pesaran 2006, eq. 65), with the non-parametric variance of his eqs. 67-69 from the spread of
    unit slopes around their mean, valid when slopes differ.

    x has at most two columns; the panel is balanced.

    Raises
    ------
    Infeasible
        For more than two regressors, or fewer than five residual degrees of freedom a unit.
    InvalidData
        For holes; for a regressor without variation beyond its averages, or one collinear with the
        other, in some unit.
    """
    if x.shape[1] > MAX_REGRESSORS:
        raise Infeasible(
            codes.CCE_TOO_MANY_REGRESSORS(
                regressors=x.shape[1],
                columns=[*x.columns],
                parameters=2 * x.shape[1] + 2,
                max_regressors=MAX_REGRESSORS,
            )
        )
    data = panel_arrays(y, x)
    outcome, regressors = balanced_cube(data, "pooled CCE")
    n, t, k = regressors.shape
    residual_df = t - (2 * k + 2)
    if residual_df < MIN_RESIDUAL_DF:
        raise Infeasible(
            codes.CCE_TOO_FEW_YEARS(
                t=t,
                residual_df=residual_df,
                averages=k + 1,
                slopes=k,
                min_residual_df=MIN_RESIDUAL_DF,
            )
        )
    if n < 3:
        raise Infeasible(codes.CCE_TOO_FEW_UNITS(n=n))
    averages = np.column_stack([np.ones(t), outcome.mean(axis=0), regressors.mean(axis=0)])
    basis = np.linalg.qr(averages)[0]
    xm = regressors - np.einsum("ts,isk->itk", basis @ basis.T, regressors)
    ym = outcome - outcome @ basis @ basis.T
    _check_variation(data, regressors, xm)
    cross = np.einsum("itj,itk->ijk", xm, xm)
    moment = np.einsum("itk,it->ik", xm, ym)
    slopes = np.linalg.solve(cross, moment[..., None])[..., 0]
    inverse = np.linalg.inv(cross.sum(axis=0))
    params = inverse @ moment.sum(axis=0)
    residuals = ym - xm @ params
    spread = np.einsum("ijk,ik->ij", cross, slopes - slopes.mean(axis=0))
    meat = n / (n - 1) * spread.T @ spread
    cov = inverse @ meat @ inverse
    return CommonEffectsFit(
        pd.Series(params, data.names),
        pd.Series(np.sqrt(np.diag(cov)), data.names),
        pd.DataFrame(slopes, pd.Index(data.units, name=data.index.names[0]), data.names),
        pd.Series(residuals.ravel(), data.index),
        residual_df,
        pd.DataFrame(cov, data.names, data.names),
    )


def _check_variation(data: PanelArrays, x: Floats, within: Floats) -> None:
    """Refuse a regressor that a constant and the averages explain: every unit has its own slope."""
    size, left = (np.sqrt((values**2).sum(axis=1)) for values in (x, within))
    for name, gone in zip(data.names, (left <= ABSORBED * size).T, strict=True):
        if gone.any():
            raise InvalidData(codes.NOTHING_BEYOND_AVERAGES(name=name, where=_where(data, gone)))
    together = ~full_column_rank(within)
    if together.any():
        raise InvalidData(
            codes.COLLINEAR_BEYOND_AVERAGES(names=[*data.names], where=_where(data, together))
        )


def _where(data: PanelArrays, chosen: np.ndarray) -> str:
    named = [p for p, own in zip(data.units, chosen, strict=True) if own]
    return "" if chosen.all() else f" in {', '.join(named)}"
