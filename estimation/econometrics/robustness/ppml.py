"""Poisson pseudo-maximum likelihood in levels with unit and year effects."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.covariances import cluster_factor
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    PanelArrays,
    check_regression,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.econometrics.inference.sums import cluster_sums
from living_panel.estimation.econometrics.row_names import UNIT

TOLERANCE = 1e-8  # change of every log mean at which the search ends: the next is its square
STEPS = 100


@check_arguments
def ppml(
    y: pd.Series, x: pd.DataFrame, *, df: Annotated[str, OneOf(("t(G-1)", "normal"))]
) -> RegressionFit:
    r"""Estimate E[y | x] = exp(x'b + unit + year) by the Poisson score equations.

    Santos Silva and Tenreyro (2006), eq. 9, with both effects as dummies. Iteratively reweighted
    least squares; the two dummy sets are in the regression, so nothing depends on inner iterations.
    Clustered by unit with G/(G-1) (n-1)/(n-k-T), which leaves out the effects nested in the cluster.

    Parameters
    ----------
    y : pandas.Series
        Outcome in levels, not negative.
    x : pandas.DataFrame
        Regressors over the same rows; slopes are elasticities where they are logs.
    df : {"t(G-1)", "normal"}
        Distribution of t.

    Returns
    -------
    RegressionFit
        Clustered by unit, over the rows used. `dropped` names the units and periods left out because all their
        outcomes are zero. Residuals are y less its conditional mean.

    Raises
    ------
    InvalidData
        For a negative outcome (named), an absorbed or collinear regressor, or zeros that some
        combination of the regressors separates, so that no finite estimate exists.
    Infeasible
        If no degree of freedom remains, or the iterations run out: the likelihood has no interior maximum, or the scale
        is extreme.
    """
    data = panel_arrays(y, x)
    if (data.y < 0).any():
        at = data.index[int(np.argmax(data.y < 0))]
        raise InvalidData(codes.NEGATIVE_LEVEL(at=at, y=data.y[data.y < 0][0]))
    data, dropped = _without_zeros(y, x, data)
    effects = data.effects
    n, k = data.x.shape
    check_regression(data, y, x)
    size = data.x.std(axis=0)
    design = _design(data, size)
    _refuse_separation(data, design)
    beta, mean = _iterate(data.y, design)
    # net of the dummies, which depend on each other where parts of the panel never meet
    root = np.sqrt(mean)[:, None]
    regressors, dummies = design[:, :k], design[:, k:]
    net = regressors - dummies @ np.linalg.lstsq(dummies * root, regressors * root, rcond=None)[0]
    scores = cluster_sums(net * (data.y - mean)[:, None], data.unit)
    influence = scores @ np.linalg.inv(net.T @ (net * mean[:, None]))
    parameters = k + effects.absorbed - effects.n_units + 1
    factor = cluster_factor("reghdfe", n, parameters, effects.n_units)
    errors = np.sqrt(factor * (influence**2).sum(axis=0))
    slopes, errors = (pd.Series(v / size, data.names) for v in (beta[:k], errors))
    cov = factor * (influence.T @ influence) / np.outer(size, size)
    np.fill_diagonal(cov, errors**2)  # of the errors as they are stored, to the last bit
    groups = effects.n_units
    way = resolve(cov="clustered", correction="reghdfe", df=df, cluster=UNIT, usual=(UNIT,))
    return RegressionFit(
        way=way,
        params=slopes,
        cov=pd.DataFrame(cov, data.names, data.names),
        df=pd.Series(np.inf if df == "normal" else groups - 1.0, data.names),
        n_clusters=groups,
        n_obs=n,
        n_units=groups,
        n_periods=len(data.years),
        r_squared={},
        outcome_mean=float(data.y.mean()),
        residuals=pd.Series(data.y - mean, data.index),
        dropped=tuple(dropped),
    )


def _without_zeros(
    y: pd.Series, x: pd.DataFrame, data: PanelArrays
) -> tuple[PanelArrays, list[str]]:
    """Drop units and years with only zeros: their effect is minus infinity, their score nil."""
    dropped: list[str] = []
    while True:
        keep = np.ones(data.y.size, bool)
        for unit_codes, labels in ((data.unit, data.units), (data.time, data.years)):
            empty = np.bincount(unit_codes, data.y) == 0
            keep &= ~empty[unit_codes]
            dropped += [str(label) for label, gone in zip(labels, empty, strict=True) if gone]
        if keep.all():
            return data, dropped
        index = data.index[keep]
        data = panel_arrays(y.loc[index], x.loc[index])


def _design(data: PanelArrays, size: Floats) -> Floats:
    """Standardised regressors first, then all unit dummies, then year dummies without the first."""
    units = np.eye(len(data.units))[data.unit]
    years = np.eye(len(data.years))[data.time][:, 1:]
    return np.hstack([(data.x - data.x.mean(axis=0)) / size, units, years])


def _refuse_separation(data: PanelArrays, design: Floats) -> None:
    """Refuse data whose likelihood rises without end (Correia, Guimaraes and Zylkin 2019).

    That is so where some combination of all columns is zero wherever y is positive, and not
    positive, somewhere negative, where y is zero; a linear programme finds it.
    """
    zero = data.y == 0
    if not zero.any():
        return
    solution = linprog(
        design[zero].sum(axis=0),
        A_eq=design[~zero],
        b_eq=np.zeros(int((~zero).sum())),
        A_ub=np.vstack([design[zero], -design[zero]]),
        b_ub=np.concatenate([np.zeros(int(zero.sum())), np.ones(int(zero.sum()))]),
        bounds=(None, None),
        method="highs",
    )
    if solution.status == 0 and solution.fun < -1e-6:
        lost = design[zero] @ solution.x < -1e-7
        slopes = solution.x[: len(data.names)]
        named = [n for n, s in zip(data.names, slopes, strict=True) if abs(s) > 1e-7]
        rows = data.index[np.flatnonzero(zero)[lost]]
        raise InvalidData(
            codes.SEPARATED_ZEROS(
                n_rows=len(rows), rows=rows[0], named=", ".join(named) or "the effects"
            )
        )


def _iterate(y: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Coefficients and conditional means at which the means have converged."""
    mean = (y + y.mean()) / 2
    eta = np.log(mean)
    for _ in range(STEPS):
        root = np.sqrt(mean)
        working = eta + (y - mean) / mean
        beta = np.linalg.lstsq(design * root[:, None], working * root, rcond=None)[0]
        before, eta = eta, design @ beta
        if np.abs(eta).max() > 500:
            break
        mean = np.exp(eta)
        if np.abs(eta - before).max() <= TOLERANCE:
            return beta, mean
    raise Infeasible(codes.PPML_NOT_CONVERGED(steps=STEPS))
