"""Poisson and logit with effects, by pyfixest and statsmodels."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.optional import needed_for
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT
from living_panel.estimation.econometrics.panel_models.covariance import Vcov, codes_of
from living_panel.estimation.econometrics.panel_models.design import (
    ModelDesign,
    effect_codes,
    key_of,
)
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT

METHODS = ("poisson", "logit")


@check_arguments
def fit_counts(
    design: ModelDesign, method: Annotated[str, OneOf(METHODS)], vcov: Vcov
) -> RegressionFit:
    """Poisson pseudo-maximum likelihood with any effects, or logit conditional on unit totals.

    Parameters
    ----------
    design : ModelDesign
        Rows of the model; of `logit` with the effect `unit` alone and an outcome of 0 and 1.
    method : {"poisson", "logit"}
        Poisson by pyfixest's `fepois`; logit by statsmodels' `ConditionalLogit` (Chamberlain 1980),
        in which units whose outcome never changes tell nothing and leave.
    vcov : Inference
        HC0, HC1 or clustered (`none`, `groups` or `reghdfe`) for Poisson; classical for logit.

    Returns
    -------
    RegressionFit

    Raises
    ------
    InvalidOption
        For a covariance or effects that the method does not have.
    InvalidData
        For an outcome that is negative, or not 0 and 1.
    """
    return (_poisson if method == "poisson" else _logit)(design, vcov)


def _poisson(design: ModelDesign, vcov: Vcov) -> RegressionFit:
    with needed_for("poisson", "pyfixest"):
        import pyfixest  # seconds of compilation that no other model needs

    named = _names(design.model.effects, vcov.names)
    ways: dict[str, Any] = {
        "HC0": "HC1",
        "HC1": "HC1",
        "clustered": {"CRV1": "+".join(named[name] for name in vcov.names)},
    }
    if vcov.cov not in ways or vcov.correction in ("stata", "linearmodels"):
        raise InvalidOption(codes.NO_COVARIANCE_OF_POISSON(label=vcov.label))
    y = design.y
    if (y < 0).any():
        at = int(np.argmax(y < 0))
        raise InvalidData(codes.NEGATIVE_COUNT(text=design.model.text, value=y.iloc[at], at=at))
    x = design.exogenous.drop(columns=CONSTANT, errors="ignore")
    frame = pd.concat(
        [y.rename("y"), x.set_axis([f"x{j}" for j in range(x.shape[1])], axis=1)], axis=1
    )
    if any(effect.slopes for effect in design.model.absorbed):
        raise InvalidOption(
            codes.WRONG_MODEL(
                text=design.model.text, wrong="poisson does not estimate slopes by group"
            )
        )
    for effect in design.model.absorbed:
        frame[named[str(effect)]] = effect_codes(design, effect)
    for name in vcov.names:
        frame[named[name]] = codes_of(key_of(design, name))
    right = "+".join(f"x{j}" for j in range(x.shape[1]))
    effects = "+".join(named[name] for name in design.model.effects)
    ssc = pyfixest.ssc(
        k_adj=vcov.cov == "HC1" or vcov.correction == "reghdfe",
        k_fixef="nonnested",
        G_adj=vcov.correction in ("groups", "reghdfe"),
        G_df="min",
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "[0-9]+ observations removed", UserWarning)  # `dropped`
        fit = pyfixest.fepois(
            f"y ~ {right}" + (f" | {effects}" if effects else ""), frame, vcov=ways[vcov.cov],
            ssc=ssc, fixef_rm="none", iwls_tol=1e-10, fixef_tol=1e-10,
        )  # fmt: skip
    shown = {f"x{j}": str(name) for j, name in enumerate(x.columns)} | {"Intercept": CONSTANT}
    names = [shown[name] for name in fit._coefnames]
    groups = [int(frame[named[name]].max()) + 1 for name in vcov.names]
    n, left = int(fit._N), design.keys
    df = np.inf if vcov.df == "normal" else min(groups) - 1.0 if groups else n - len(names) - 1.0
    residuals = pd.Series(np.asarray(fit.resid()).ravel())
    return RegressionFit(
        way=vcov,
        params=pd.Series(np.asarray(fit.coef()), names),
        cov=pd.DataFrame(np.asarray(fit._vcov), names, names),
        df=pd.Series(df, names),
        n_clusters=min(groups) if groups else n,
        n_obs=n,
        n_units=left[UNIT].nunique(),
        n_periods=left[PERIOD].nunique(),
        r_squared={},
        outcome_mean=float(y.mean()),
        statistics={"dropped": float(len(y) - n)},
        residuals=residuals,
    )


def _names(effects: Sequence[str], clusters: Sequence[str]) -> dict[str, str]:
    """Columns that pyfixest reads as one name each, by key.

    pyfixest takes the effects in the order of a set. That order differs between processes, and with it the last digits
    of every estimate. So the names are such that their set has the order of the effects.
    """
    tries = (
        {key: f"k{start}_{key.replace('^', '__')}" for key in (*effects, *clusters)}
        for start in itertools.count()
    )
    return next(n for n in tries if [*{n[e] for e in effects}] == [n[e] for e in effects])


def _logit(design: ModelDesign, vcov: Vcov) -> RegressionFit:
    with needed_for("conditional logit", "statsmodels"):
        from statsmodels.discrete.conditional_models import ConditionalLogit

    if len(design.model.absorbed) != 1 or design.model.absorbed[0].slopes:
        raise InvalidOption(codes.LOGIT_EFFECTS(text=design.model.text))
    if vcov.cov != "classical" or vcov.df != "normal" or vcov.correction != "none":
        raise InvalidOption(codes.NO_COVARIANCE_OF_LOGIT(label=vcov.label))
    y = design.y
    if not y.isin([0.0, 1.0]).all():
        raise InvalidData(codes.LOGIT_OUTCOME(text=design.model.text))
    groups = effect_codes(design, design.model.absorbed[0])
    total, size = np.bincount(groups, y), np.bincount(groups)
    rows = ((total > 0) & (total < size))[groups]
    if not rows.any():
        raise Infeasible(codes.OUTCOME_NEVER_CHANGES(text=design.model.text))
    x = design.exogenous[rows]
    fit = ConditionalLogit(y[rows].to_numpy(), x.to_numpy(), groups=groups[rows])
    fit = fit.fit(method="newton", tol=1e-12, disp=False)
    names = list(map(str, x.columns))
    cov = pd.DataFrame(np.asarray(fit.cov_params()), names, names)
    left = design.keys[rows]
    return RegressionFit(
        way=vcov,
        params=pd.Series(np.asarray(fit.params), names),
        cov=cov,
        df=pd.Series(np.inf, names),
        n_clusters=int(rows.sum()),
        n_obs=int(rows.sum()),
        n_units=left[UNIT].nunique(),
        n_periods=left[PERIOD].nunique(),
        r_squared={},
        outcome_mean=float(design.y[rows].mean()),
        statistics={"log_likelihood": float(fit.llf), "dropped": float((~rows).sum())},
    )
