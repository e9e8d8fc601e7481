"""Common correlated effects for one or two regressors, pooled and as a mean of groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    PanelArrays,
    balanced_cube,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.regression_data import ABSORBED
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import Covariance, Inference
from living_panel.estimation.econometrics.wide_panel import full_column_rank

MAX_REGRESSORS = 2
MIN_RESIDUAL_DF = 5


PESARAN = Inference(
    Covariance(
        "pesaran", "Pesaran", ("none",), ("normal",), codes.OF_ITS_ESTIMATOR, codes.OF_ITS_ESTIMATOR,
        "units",
    ),
    "none", "normal",
)  # fmt: skip
"""The covariance that CCE makes itself from the spread of the units' slopes; no spec can ask for it elsewhere."""


@check_arguments
def pooled_cce(y: pd.Series, x: pd.DataFrame) -> RegressionFit:
    r"""Pooled CCE with equal weights.

    With M the residual maker of a constant and the cross-section averages of y and x,

    .. math:: b = \Big(\sum_i X_i'MX_i\Big)^{-1} \sum_i X_i'My_i

    (Pesaran 2006, eq. 65), with the non-parametric variance of his eqs. 67-69 from the spread of
    unit slopes around their mean, valid when slopes differ.

    x has at most two columns; the panel is balanced.

    Returns
    -------
    RegressionFit
        With each unit's own slopes given the averages; the statistic `residual_df` is per unit, T - (1 + (k+1) + k).

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
    return RegressionFit(
        way=PESARAN,
        params=pd.Series(params, data.names),
        cov=pd.DataFrame(cov, data.names, data.names),
        df=pd.Series(np.inf, data.names),
        n_clusters=n,
        n_obs=outcome.size,
        n_units=n,
        n_periods=t,
        r_squared={},
        outcome_mean=float(outcome.mean()),
        statistics={"residual_df": float(residual_df)},
        residuals=pd.Series(residuals.ravel(), data.index),
        unit_slopes=pd.DataFrame(
            slopes, pd.Index(data.units, name=data.index.names[0]), data.names
        ),
    )


@check_arguments
def mean_group_cce(pooled: RegressionFit) -> RegressionFit:
    """Mean of the units' own slopes of `pooled_cce`, with their spread as its covariance (Pesaran 2006, eq. 58).

    Residuals stay those of the pooled slopes.
    """
    slopes = pooled.unit_slopes
    assert slopes is not None  # of pooled_cce
    n, names = len(slopes), slopes.columns
    cov = np.atleast_2d(np.cov(slopes.to_numpy().T)) / n
    errors = (slopes.std(ddof=1) / np.sqrt(n)).to_numpy()
    np.fill_diagonal(cov, errors**2)  # the stored errors, to the last bit
    return replace(pooled, params=slopes.mean(), cov=pd.DataFrame(cov, names, names))


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
    named = [p for p, is_chosen in zip(data.units, chosen, strict=True) if is_chosen]
    return "" if chosen.all() else f" in {', '.join(named)}"
