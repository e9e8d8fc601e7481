"""Instrumental variables of a formula: two-stage least squares, LIML and two-step GMM, by linearmodels."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences as estimators
from living_panel.estimation.econometrics.arguments import Count, OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.within import Floats, least_squares
from living_panel.estimation.econometrics.inference.engines import covariance_on_arrays
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.library.data import read_rows
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.econometrics.library.ways import RULES, Cluster, Way
from living_panel.estimation.econometrics.optional import needed_for
from living_panel.estimation.econometrics.panel_models.covariance import Vcov, codes_of
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.estimators._design import (
    Absorbed,
    ModelDesign,
    absorb,
    key_of,
    require_rank,
    weighted,
)
from living_panel.estimation.estimators._models import (
    Estimator,
    Linear,
    LinearSolution,
    Numbers,
    Solved,
    centred_outcome,
    linear_fit,
    whole_fit,
)

FormulaVcov = Annotated[str, OneOf(tuple(RULES))]
Instrumental = Annotated[str, OneOf(("2sls", "liml"))]
_ALONE = ("block_bootstrap", "conley")
"""Covariances of the coefficients alone, which the tests of a first stage do not have."""


@check_arguments
def iv(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    method: Instrumental = "2sls",
    vcov: FormulaVcov = "classical",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: Count | None = None,
    weights: str | None = None,
    draws: int | None = None,
    seed: int | None = None,
    location: tuple[str, str] | None = None,
    cutoff: int | None = None,
) -> Fit:
    """Two-stage least squares or LIML: `y ~ x | effects | w ~ z1 + z2`.

    Defaults are those of Stata's `ivregress` ([R] ivregress): the classical covariance divided by n, and the normal
    distribution. `fit_statistics` has the first stage, Cragg and Donald's F, Anderson and Rubin's test and Sargan's.

    Parameters
    ----------
    formula : str
        With the endogenous regressors and their instruments in the last part.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        As in `ols`.
    method : {"2sls", "liml"}
        Default `2sls`.
    vcov : str
        As in `ols`, without HC2, HC3, `cr2` and `wild`.
    cluster : str or sequence of str, optional
        As in `ols`.
    correction : str, optional
        As in `ols`. Default: none; G/(G-1) of clusters.
    df : str, optional
        As in `ols`. Default: normal.
    bandwidth : int, optional
        As in `ols`.
    weights : str, optional
        As in `ols`.
    draws, seed : int, optional
        As in `ols`.
    location : (str, str), optional
        As in `ols`.
    cutoff : int, optional
        As in `ols`.

    Returns
    -------
    Fit
    """
    title = {"2sls": "Two-stage least squares", "liml": "Limited information maximum likelihood"}
    way = Way(vcov, cluster, correction, df, bandwidth, draws, seed, location, cutoff, large=True)
    panel = read_rows(data, unit, time)
    return linear_fit("iv", title[method], LINEAR[method], formula, panel, way, weights=weights)


@check_arguments
def iv_gmm(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: Annotated[str, OneOf(("clustered", "HC0"))] = "HC0",
    cluster: Cluster = None,
) -> Fit:
    """Two-step efficient GMM with instruments, by linearmodels: `y ~ x | effects | w ~ z1 + z2`.

    Defaults are those of Stata's `ivregress gmm` ([R] ivregress): weights and errors robust to heteroskedasticity, no
    small-sample factor, the normal distribution. Effects are taken out of each variable first.

    Parameters
    ----------
    formula : str
        With the endogenous regressors and their instruments in the last part.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        As in `ols`.
    vcov : {"HC0", "clustered"}
        Of the weights and of the errors. Default `HC0`.
    cluster : str, optional
        A column for `clustered`. Default: the units.

    Returns
    -------
    Fit
        `fit_statistics` has Hansen's test.
    """
    panel = read_rows(data, unit, time)
    names = Way(vcov, cluster).names(panel)
    if len(names) > 1:
        raise InvalidOption(
            Code.COVARIANCE(
                "{kind} allows one column of clusters, but {names} are given",
                "give one column of clusters",
                kind="iv_gmm",
                names=names,
            )
        )
    way: dict[str, Any] = {"cov": vcov, "correction": "none", "df": "normal"}
    if names:
        way["cluster"] = names
    return whole_fit("iv_gmm", "Two-step GMM", WHOLE["gmm"], formula, panel, way, {"steps": 2})


def _instrumented(
    moved: ModelDesign, effects: Absorbed, y: Floats, net: Floats, method: str
) -> Solved:
    """Coefficients by linearmodels, regressors projected on the instruments, and the bread; all but `liml` is 2SLS."""
    with needed_for(method, "linearmodels"):
        from linearmodels.iv import IV2SLS, IVLIML

    exog, z = _instruments(moved, effects, net)
    every = z if exog is None else np.column_stack([exog, z])
    inside = moved.exogenous.shape[1]
    kind = IVLIML if method == "liml" else IV2SLS
    fitted: Any = kind(y, exog, net[:, inside:], z).fit(cov_type="unadjusted")
    kappa = float(fitted.kappa) if method == "liml" else 1.0
    projected = np.asarray(every @ least_squares(every, net), dtype=np.float64)
    bread = np.linalg.inv(net.T @ net - kappa * (net.T @ (net - projected)))
    numbers: Numbers = {"kappa": kappa} if method == "liml" else {}
    if z.shape[1] > net.shape[1] - inside:
        numbers["sargan"] = float(fitted.sargan.stat)
        numbers["sargan_p_value"] = float(fitted.sargan.pval)
    params = np.asarray(fitted.params, dtype=np.float64)
    return params, projected, np.asarray(bread, dtype=np.float64), numbers


def _instruments(
    design: ModelDesign, effects: Absorbed, net: Floats
) -> tuple[Floats | None, Floats]:
    """Exogenous regressors, None without any, and excluded instruments, both without the effects."""
    z, inside = effects.net(design.instruments.to_numpy()), design.exogenous.shape[1]
    both = pd.concat([design.exogenous, design.instruments], axis=1)
    require_rank(both, np.column_stack([net[:, :inside], z]), design.model)
    if z.shape[1] < net.shape[1] - inside:
        raise InvalidOption(
            Code.MODEL(
                "{text}: {instruments} instruments are too few for {endogenous} endogenous regressors",
                "name at least as many instruments as endogenous regressors",
                text=design.model.text,
                instruments=z.shape[1],
                endogenous=net.shape[1] - inside,
            )
        )
    return net[:, :inside] if inside else None, z


def _strength(solution: LinearSolution, regression: Regression, vcov: Vcov) -> Numbers:
    """How strong the instruments are, by name.

    `first_stage_f` of the term w tests that the excluded instruments have no effect on w, under the model's own
    covariance; with one endogenous regressor this is Kleibergen and Paap's rk Wald F. `first_stage_f_classical` is the
    same under a classical covariance, `first_stage_partial_r2` the share of w that the excluded instruments explain.
    `cragg_donald` is the least eigenvalue of the first-stage F matrix, to be read with Stock and Yogo's table.
    `anderson_rubin` tests that the endogenous regressors have no effect, whatever the strength of the instruments.
    """
    if vcov.family in _ALONE:
        return {}
    design, effects = solution.moved, solution.effects
    exogenous = effects.net(design.exogenous.to_numpy())
    excluded = effects.net(design.instruments.to_numpy())
    endogenous = effects.net(design.endogenous.to_numpy())
    outcome = effects.net(design.y.to_numpy())
    every, q = np.column_stack([exogenous, excluded]), excluded.shape[1]
    bread = np.asarray(np.linalg.inv(every.T @ every), dtype=np.float64)
    classical = resolve(cov="classical", correction="n-k", df="t(n-k)")
    statistics: Numbers = {}

    def wald(response: Floats, way: Vcov) -> float:
        """Statistic of the excluded instruments in the regression of a response on all instruments."""
        slopes = least_squares(every, response)
        residuals = response - every @ slopes
        reduced_form = replace(
            regression, x=every, params=slopes, residuals=residuals, bread=bread, has_instruments=False
        )  # fmt: skip
        cov = covariance_on_arrays(reduced_form, way).cov[-q:, -q:]
        return float(slopes[-q:] @ np.linalg.solve(cov, slopes[-q:]))

    for name, column in zip(design.endogenous.columns, endogenous.T, strict=True):
        statistics[Statistic("first_stage_f", str(name))] = wald(column, vcov) / q
        statistics[Statistic("first_stage_f_classical", str(name))] = wald(column, classical) / q
        inner = column - exogenous @ least_squares(exogenous, column) if exogenous.size else column
        left = column - every @ least_squares(every, column)
        share = 1 - float(left @ left / (inner @ inner))
        statistics[Statistic("first_stage_partial_r2", str(name))] = share
    statistics["cragg_donald"] = _cragg_donald(exogenous, excluded, endogenous, effects.parameters)
    test = wald(outcome, vcov)
    statistics["anderson_rubin"] = test
    statistics["anderson_rubin_p_value"] = float(scipy.stats.chi2.sf(test, q))
    return statistics


def _cragg_donald(exogenous: Floats, excluded: Floats, endogenous: Floats, absorbed: int) -> float:
    """Least eigenvalue of S^-1/2 W'P W S^-1/2 / q, W and instruments net of the exogenous."""
    w, z = (
        values - exogenous @ least_squares(exogenous, values) if exogenous.size else values
        for values in (endogenous, excluded)
    )
    projected = z @ least_squares(z, w)
    left = w - projected
    free = len(w) - exogenous.shape[1] - z.shape[1] - absorbed
    root = np.linalg.cholesky(np.linalg.inv(left.T @ left / free))
    return float(np.linalg.eigvalsh(root.T @ (w.T @ projected) @ root)[0] / z.shape[1])


def _r_squared(solution: LinearSolution) -> dict[str, float]:
    """`structural`, 1 - RSS/TSS of the model within its effects; it may be negative."""
    design, residuals = solution.design, solution.residuals
    if design.weights is not None:
        net = absorb(design).net(centred_outcome(weighted(design)))
    else:
        net = absorb(design).net(design.y.to_numpy())
        net = net - net.mean()
    return {"structural": 1 - float(residuals @ residuals / (net @ net))}


def _fit_gmm(design: ModelDesign, vcov: Vcov) -> RegressionFit:
    """Two steps whose weights and covariance allow heteroskedasticity, or dependence within clusters.

    `hansen` is there with more instruments than endogenous regressors.
    """
    with needed_for("gmm", "linearmodels"):
        from linearmodels.iv import IVGMM

    model, effects, clusters = design.model, absorb(design), vcov.names
    if len(clusters) > 1:
        raise InvalidOption(
            estimators.WRONG_MODEL(text=model.text, wrong="gmm allows one cluster key")
        )
    x, y = design.x, effects.net(design.y.to_numpy())
    net, inside = effects.net(x.to_numpy()), design.exogenous.shape[1]
    require_rank(x, net, model)
    exog, z = _instruments(design, effects, net)
    groups: dict[str, Any] = {}
    if clusters:
        groups["clusters"] = codes_of(key_of(design, clusters[0]))
    weights = "clustered" if clusters else "robust"
    way = IVGMM(y, exog, net[:, inside:], z, weight_type=weights, **groups)
    fit: Any = way.fit(iter_limit=2, cov_type=weights, **groups)
    names = list(map(str, x.columns))
    statistics: Numbers = {}
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


LINEAR = {
    name: Linear(
        name, effects=True, weights=True, instruments="excluded", solve=partial(_instrumented, method=name),
        numbers=_strength, r_squared=_r_squared,
    )
    for name in ("2sls", "liml")
}  # fmt: skip
WHOLE = {
    "gmm": Estimator(
        "gmm", _fit_gmm, ("gmm",), effects=True, instruments="excluded", covariances=("HC0", "clustered"),
        is_plain=True,
    )
}  # fmt: skip
