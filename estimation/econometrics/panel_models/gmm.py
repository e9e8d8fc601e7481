"""Two-step efficient GMM of a formula with instruments, by linearmodels."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import pandas as pd
from linearmodels.iv import IVGMM

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.panel_models.covariance import codes_of, read_vcov
from living_panel.estimation.econometrics.panel_models.design import (
    absorb,
    design_of,
    key_of,
    require_rank,
)
from living_panel.estimation.econometrics.panel_models.formula import Model
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.econometrics.statistic import Name

WEIGHTS = ("robust", "clustered")


@check_arguments
def fit_gmm(
    model: Model, frame: pd.DataFrame, weights: Annotated[str, OneOf(WEIGHTS)], cluster: str | None
) -> RegressionFit:
    """Two-step GMM whose weights and covariance allow heteroskedasticity, or dependence within clusters.

    Effects are taken out of every variable first.

    Parameters
    ----------
    model : Model
        With endogenous regressors and instruments.
    frame : pandas.DataFrame
        As in `fit_model`.
    weights : {"robust", "clustered"}
        What the weights and the errors allow.
    cluster : str or None
        A column, of `clustered`.

    Returns
    -------
    RegressionFit
        Statistics `hansen` and its p-value where there are more instruments than endogenous regressors.
    """
    if not model.instruments:
        raise InvalidOption(
            codes.WRONG_MODEL(text=model.text, wrong="gmm needs instruments, | w ~ z")
        )
    design = design_of(model, frame)
    effects = absorb(design)
    x, y = design.x, effects.net(design.y.to_numpy())
    net, z = effects.net(x.to_numpy()), effects.net(design.instruments.to_numpy())
    require_rank(x, net, model)
    inside = design.exogenous.shape[1]
    both = pd.concat([design.exogenous, design.instruments], axis=1)
    require_rank(both, np.column_stack([net[:, :inside], z]), model)
    if z.shape[1] < net.shape[1] - inside:
        raise InvalidOption(
            codes.TOO_FEW_INSTRUMENTS(
                text=model.text, instruments=z.shape[1], endogenous=net.shape[1] - inside
            )
        )
    groups: dict[str, Any] = {}
    if cluster is not None:
        groups["clusters"] = codes_of(key_of(design, cluster))
    exog = net[:, :inside] if inside else None
    way = IVGMM(y, exog, net[:, inside:], z, weight_type=weights, **groups)
    fit: Any = way.fit(iter_limit=2, cov_type=weights, **groups)
    names = list(map(str, x.columns))
    found: dict[Name, float] = {}
    if z.shape[1] > net.shape[1] - inside:
        found = {
            "hansen": float(fit.j_stat.stat), "hansen_p_value": float(fit.j_stat.pval),
        }  # fmt: skip
    params = np.asarray(fit.params, dtype=np.float64)
    index = pd.MultiIndex.from_frame(design.keys[[UNIT, PERIOD]])
    number = int(groups["clusters"].max()) + 1 if groups else len(y)
    by: dict[str, Any] = (
        {"cov": "HC0"} if cluster is None else {"cov": "clustered", "cluster": [cluster]}
    )
    return RegressionFit(
        way=read_vcov({**by, "correction": "none", "df": "normal"}),
        params=pd.Series(params, names),
        cov=pd.DataFrame(np.asarray(fit.cov), names, names),
        df=pd.Series(np.inf, names),
        n_clusters=number,
        n_obs=len(y),
        n_units=int(design.unit.max()) + 1,
        n_periods=int(design.period.max()) + 1,
        r_squared={},
        outcome_mean=float(design.y.mean()),
        statistics=found,
        residuals=pd.Series(y - net @ params, index),
    )
