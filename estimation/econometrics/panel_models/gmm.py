"""Two-step efficient GMM of a formula with instruments, by linearmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.optional import needed_for
from living_panel.estimation.econometrics.panel_models.covariance import Vcov, codes_of
from living_panel.estimation.econometrics.panel_models.design import (
    ModelDesign,
    absorb,
    key_of,
    require_rank,
)
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.econometrics.statistic import Name

METHOD = "gmm"
COVARIANCES = ("HC0", "clustered")
"""What the weights and the errors may allow."""


@check_arguments
def fit_gmm(design: ModelDesign, vcov: Vcov) -> RegressionFit:
    """Two-step GMM whose weights and covariance allow heteroskedasticity, or dependence within clusters.

    Effects are taken out of every variable first.

    Parameters
    ----------
    design : ModelDesign
        Rows of a model with endogenous regressors and instruments.
    vcov : Inference
        Clustered by one column, or by none for heteroskedasticity alone.

    Returns
    -------
    RegressionFit
        Statistics `hansen` and its p-value where there are more instruments than endogenous regressors.
    """
    with needed_for("gmm", "linearmodels"):
        from linearmodels.iv import IVGMM

    model, effects, clusters = design.model, absorb(design), vcov.names
    if len(clusters) > 1:
        raise InvalidOption(codes.WRONG_MODEL(text=model.text, wrong="gmm allows one cluster key"))
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
    if clusters:
        groups["clusters"] = codes_of(key_of(design, clusters[0]))
    weights = "clustered" if clusters else "robust"
    exog = net[:, :inside] if inside else None
    way = IVGMM(y, exog, net[:, inside:], z, weight_type=weights, **groups)
    fit: Any = way.fit(iter_limit=2, cov_type=weights, **groups)
    names = list(map(str, x.columns))
    statistics: dict[Name, float] = {}
    if z.shape[1] > net.shape[1] - inside:
        statistics = {
            "hansen": float(fit.j_stat.stat),
            "hansen_p_value": float(fit.j_stat.pval),
        }
    params = np.asarray(fit.params, dtype=np.float64)
    index = pd.MultiIndex.from_frame(design.keys[[UNIT, PERIOD]])
    number = int(groups["clusters"].max()) + 1 if groups else len(y)
    return RegressionFit(
        way=vcov,
        params=pd.Series(params, names),
        cov=pd.DataFrame(np.asarray(fit.cov), names, names),
        df=pd.Series(np.inf, names),
        n_clusters=number,
        n_obs=len(y),
        n_units=int(design.unit.max()) + 1,
        n_periods=int(design.period.max()) + 1,
        r_squared={},
        outcome_mean=float(design.y.mean()),
        statistics=statistics,
        residuals=pd.Series(y - net @ params, index),
    )
