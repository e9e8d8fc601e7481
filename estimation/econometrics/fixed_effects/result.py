"""A two-way regression's result from its parts, wherever they were computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy

from living_panel.estimation.econometrics.arguments import Shape, check_arguments
from living_panel.estimation.econometrics.fit import Constant, RegressionFit
from living_panel.estimation.econometrics.fixed_effects import wild_bootstrap
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import WildTest
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import Estimate, Inference
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.inference.sums import nearest_psd


@check_arguments
def assembled(
    way: Inference,
    params: pd.Series,
    means: Annotated[Floats, Shape("m")],
    covariance: Estimate,
    tests: Mapping[str, WildTest],
    *,
    singletons: int,
    blocks: int,
    **sizes: Any,
) -> RegressionFit:
    """The result from its parts, wherever they were computed.

    `covariance` is of the slopes and of the outcome's mean, m = k + 1. Whatever engine made the parts, the result is
    one.

    Parameters
    ----------
    way : Inference
        Covariance, degrees of freedom and clusters.
    params : pandas.Series
        Slopes by term.
    means : ndarray, shape (m,)
        Means of the outcome, then of the regressors.
    covariance : Estimate
        Covariance of the slopes and of the outcome's mean, not repaired; groups and degrees of freedom.
    tests : mapping of str to WildTest
        Tests of the bootstrap by term.
    singletons : int
        Rows alone in their unit or period, kept.
    blocks : int
        Disconnected components of the panel.
    **sizes : object
        The result's n_obs, n_units, n_periods, r_squared and residuals.

    Returns
    -------
    RegressionFit
    """
    terms, slopes = params.index, params.to_numpy()
    k, joint, groups = slopes.size, covariance.cov, covariance.groups
    cov, repaired = nearest_psd(joint[:k, :k])
    joint = nearest_psd(joint)[0]  # the constant's variance stays non-negative too
    border = np.append(-means[1:], 1.0)
    estimate = float(means[0] - means[1:] @ slopes)
    error = float(np.sqrt(max(float(border @ joint @ border), 0.0)))
    df = (
        covariance.df if np.ndim(covariance.df) == 0 else np.nan
    )  # the constant has none of its own
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.float64(estimate) / error)
    p_value = (
        float(2 * scipy.stats.t.sf(abs(statistic), df)) if groups >= MINIMUM_CLUSTERS else np.nan
    )
    notes = []
    if repaired:
        notes.append("the two-way covariance was not positive semi-definite and was repaired")
    if groups < MINIMUM_CLUSTERS:
        notes.append(
            f"{groups} {way.rule.groups}: too few for a p-value or an interval (six needed)"
        )
    else:
        notes += wild_bootstrap.notes(tests)
    if singletons:
        notes.append(f"{singletons} singleton row(s) kept")
    if blocks > 1:
        notes.append(f"the panel falls into {blocks} blocks that never meet")

    return RegressionFit(
        way=way,
        params=params.rename("estimate"),
        cov=pd.DataFrame(cov, index=terms, columns=terms),
        df=pd.Series(covariance.df, terms, dtype="float64", name="df"),
        n_clusters=groups,
        outcome_mean=float(means[0]),
        tests=tests,
        singletons=singletons,
        constant=Constant(estimate, error, statistic, float(df), p_value),
        minimum_clusters=MINIMUM_CLUSTERS,
        notes=tuple(notes),
        **sizes,
    )
