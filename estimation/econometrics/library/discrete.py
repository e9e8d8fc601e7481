"""Logit, probit, negative binomial and quantile regression of pooled rows, and margins, by statsmodels."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import Between, OneOf, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.data import read_rows
from living_panel.estimation.econometrics.library.equations import read_equation
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table
from living_panel.estimation.econometrics.optional import needed_for

NORMAL = float("inf")
Quantile = Annotated[float, Between(0, 1)]
Likelihood = Annotated[str, OneOf(("classical", "HC0", "clustered"))]


@check_arguments
def probit(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: Likelihood = "classical",
) -> Fit:
    """Probit of pooled rows by maximum likelihood.

    Defaults are those of Stata's `probit` ([R] probit): the covariance of maximum likelihood and the normal
    distribution.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`, with y of 0 and 1; a constant is added.
    data : DataFrame or mapping of str to DataFrame
        Long data, or rows of a cross-section.
    unit, time : str, optional
        As in `ols`.
    vcov : {"classical", "HC0", "clustered"}
        Default `classical`. `clustered` is by units, with the factor G/(G-1).

    Returns
    -------
    Fit
        `margins` gives marginal effects.
    """
    return likelihood("probit", "Probit", formula, data, unit, time, vcov)


@check_arguments
def negative_binomial(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: Likelihood = "classical",
) -> Fit:
    """Negative binomial regression of pooled rows, variance mu + alpha mu^2 (NB2), by maximum likelihood.

    Defaults are those of Stata's `nbreg` ([R] nbreg): mean dispersion, the covariance of maximum likelihood, and the
    normal distribution. The term `alpha` is the dispersion itself; Stata prints its logarithm too.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`, with y not negative; a constant is added.
    data : DataFrame or mapping of str to DataFrame
        Long data, or rows of a cross-section.
    unit, time : str, optional
        As in `ols`.
    vcov : {"classical", "HC0", "clustered"}
        As in `probit`; default `classical`.

    Returns
    -------
    Fit
    """
    return likelihood(
        "negative_binomial", "Negative binomial (NB2)", formula, data, unit, time, vcov
    )


@check_arguments
def quantile(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    q: Quantile = 0.5,
    vcov: Annotated[str, OneOf(("robust", "iid"))] = "iid",
) -> Fit:
    """Quantile regression of pooled rows.

    The median and errors of independent and identical residuals are the defaults of Stata's `qreg` ([R] qreg), as is
    Hall and Sheather's bandwidth. The sparsity is estimated with the Epanechnikov kernel, qreg's option `kernel`; its
    default takes fitted values. t has n-k degrees.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`; a constant is added.
    data : DataFrame or mapping of str to DataFrame
        Long data, or rows of a cross-section.
    unit, time : str, optional
        As in `ols`.
    q : float
        The quantile. Default 0.5.
    vcov : {"robust", "iid"}
        Default `iid`.

    Returns
    -------
    Fit
    """
    y, x, panel = _read("quantile", formula, data, unit, time)
    with needed_for("quantile", "statsmodels"):
        from statsmodels.regression.quantile_regression import QuantReg

    result = QuantReg(y, x).fit(
        q=q, vcov=vcov, kernel="epa", bandwidth="hsheather", max_iter=10_000
    )
    df = float(len(y) - x.shape[1])
    chosen = {"quantile": q, "covariance": vcov, "kernel": "epanechnikov",
              "bandwidth": "Hall and Sheather", "distribution": "t(n-k)"}  # fmt: skip
    return _fit(
        "quantile", f"Quantile regression at {q:g}", formula, panel, result, df, f"{vcov}:t(n-k)",
        chosen, {"R² pseudo": float(result.prsquared)}, "quantile", "quantile",
    )  # fmt: skip


@check_arguments
def margins(
    fit: Fit, *, at: Annotated[str, OneOf(("overall", "mean"))] = "overall", dummy: bool = False
) -> Fit:
    """Marginal effects of `logit`, `probit` or `negative_binomial` of pooled rows, by statsmodels' `get_margeff`.

    Defaults are those of Stata's `margins, dydx(*)` ([R] margins): the mean of each row's derivative, errors by the
    delta method under the covariance of the fit, and the normal distribution.

    Parameters
    ----------
    fit : Fit
        From one of these functions.
    at : {"overall", "mean"}
        Mean over the rows, or at the means of the regressors. Default `overall`.
    dummy : bool
        Differences from 0 to 1 for regressors of 0 and 1, as Stata has them for factor variables. Default False.

    Returns
    -------
    Fit

    Raises
    ------
    InvalidOption
        For another fit.
    """
    if not hasattr(fit.raw, "get_margeff") or fit.cov is None:
        raise InvalidOption(codes.NO_MARGINS(method=fit.method))
    result = fit.raw.get_margeff(at=at, dummy=dummy)
    plain = np.asarray(fit.raw.cov_params(), float)
    factor = float(fit.cov.to_numpy()[0, 0] / plain[0, 0])
    terms = [t for t in map(str, fit.params.index) if t not in ("constant", "alpha")]
    effects = pd.Series(np.asarray(result.margeff, float), terms)
    errors = pd.Series(np.sqrt(factor) * np.asarray(result.margeff_se, float), terms)
    left = {k: v for k, v in fit.choices.items() if k != "sample"}
    return replace(
        fit,
        title=f"{fit.title}: marginal effects",
        table=coefficient_table(effects, errors, NORMAL),
        choices={**left, "margins": at, "dummy": dummy, "sample": fit.choices["sample"]},
        cov=pd.DataFrame(factor * np.asarray(result.margeff_cov, float), terms, terms),
        raw=result,
        method="margins",
        fit_statistics={},
    )


def _read(
    name: str, formula: str, data: Any, unit: str | None, time: str | None
) -> tuple[pd.Series, pd.DataFrame, Any]:
    panel = read_rows(data, unit, time)
    equation = read_equation(formula, panel, estimator=name, also=(), effects=False)
    x = equation.x.copy()
    x.insert(0, "constant", 1.0)
    if np.linalg.matrix_rank(x.to_numpy() / np.sqrt((x.to_numpy() ** 2).sum(axis=0))) < x.shape[1]:
        raise InvalidData(codes.COLLINEAR(text=formula, columns=[*map(str, x.columns)]))
    return equation.y, x, equation.panel


@check_arguments
def likelihood(
    name: str,
    title: str,
    formula: str,
    data: Any,
    unit: str | None,
    time: str | None,
    vcov: str,
) -> Fit:
    """A pooled model by maximum likelihood.

    Parameters
    ----------
    name, title : str
        Of the function and of the result.
    formula : str
        `y ~ x`.
    data : DataFrame or mapping of str to DataFrame
        As in `read_rows`.
    unit, time : str or None
        As in `read_rows`.
    vcov : {"classical", "HC0", "clustered"}
        Clusters are the units.

    Returns
    -------
    Fit
    """
    y, x, panel = _read(name, formula, data, unit, time)
    with needed_for(name, "statsmodels"):
        from statsmodels.discrete import discrete_model as models

    binary = {"probit": models.Probit, "logit": models.Logit}
    if (y < 0).any() or (name in binary and not y.isin([0.0, 1.0]).all()):
        allowed = "0 and 1" if name in binary else "0 or more"
        raise InvalidData(codes.OUTCOME_RANGE(text=formula, estimator=name, allowed=allowed))
    model = binary.get(name, models.NegativeBinomial)(y, x)
    options: dict[str, Any] = {"cov_type": "HC0" if vcov == "HC0" else "nonrobust"}
    if vcov == "clustered":
        groups = pd.factorize(y.index.get_level_values(0))[0]
        small = {"groups": groups, "use_correction": False}
        options = {"cov_type": "cluster", "cov_kwds": small}
    result = _maximised(model, formula, name, options)
    clusters = int(groups.max()) + 1 if vcov == "clustered" else 0
    factor = clusters / (clusters - 1) if clusters > 1 else 1.0
    chosen = {"covariance": vcov, "cluster": [panel.unit] if clusters else None,
              "correction": "groups: G/(G-1)" if clusters else "none", "distribution": "normal"}  # fmt: skip
    label = f"{vcov}{f'({panel.unit}):groups' if clusters else ''}:normal"
    numbers = {"R² pseudo": float(result.prsquared), "log likelihood": float(result.llf)}
    return _fit(
        name, title, formula, panel, result, NORMAL, label, chosen, numbers, name, vcov, factor
    )


def _maximised(model: Any, formula: str, name: str, options: dict[str, Any]) -> Any:
    """The maximum of a likelihood by Newton's method; counts begin at that of a slower search."""
    import warnings

    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationError

    begin: dict[str, Any] = {}
    try:
        with warnings.catch_warnings():
            if name == "negative_binomial":
                warnings.simplefilter("ignore")
                begin["start_params"] = model.fit(method="bfgs", maxiter=1_000, disp=0).params
            warnings.simplefilter("error", ConvergenceWarning)
            result = model.fit(method="newton", tol=1e-12, maxiter=200, disp=0, **begin, **options)
    except (ConvergenceWarning, PerfectSeparationError, np.linalg.LinAlgError) as error:
        raise Infeasible(codes.NO_MAXIMUM(text=formula, estimator=name)) from error
    inside = name != "negative_binomial" or float(np.asarray(result.params)[-1]) > 1e-6
    if not (inside and np.isfinite(result.bse).all()):
        raise Infeasible(codes.NO_MAXIMUM(text=formula, estimator=name))
    return result


def _fit(
    name: str,
    title: str,
    formula: str,
    panel: Any,
    result: Any,
    df: float,
    inference: str,
    chosen: dict[str, Any],
    numbers: dict[str, float],
    reference: str,
    kind: str,
    factor: float = 1.0,
) -> Fit:
    params = pd.Series(np.asarray(result.params, float), [*map(str, result.params.index)])
    cov = pd.DataFrame(factor * np.asarray(result.cov_params(), float), params.index, params.index)
    errors = pd.Series(np.sqrt(np.diag(cov)), params.index)
    return Fit(
        title=title,
        table=coefficient_table(params, errors, df),
        choices={**chosen, "sample": panel.sample},
        references=(reference,),
        raw=result,
        method=name,
        formula=formula,
        inference=inference,
        df=df,
        cov=cov,
        fit_statistics=numbers,
        kinds=(kind,),
    )
