"""Discrete outcomes and quantiles: logit, probit, counts, margins, by statsmodels, pyfixest and two-way PPML."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences as estimators
from living_panel.estimation.econometrics.arguments import Between, OneOf, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
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
from living_panel.estimation.econometrics.library import sentences
from living_panel.estimation.econometrics.library.data import (
    named_periods,
    read_data,
    read_rows,
)
from living_panel.estimation.econometrics.library.equations import read_equation
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table
from living_panel.estimation.econometrics.library.ways import Cluster, Way
from living_panel.estimation.econometrics.optional import needed_for
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT
from living_panel.estimation.econometrics.panel_models.covariance import Vcov, codes_of
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.estimators._design import (
    ModelDesign,
    effect_codes,
    key_of,
)
from living_panel.estimation.estimators._models import Estimator, whole_fit

NORMAL = float("inf")
Quantile = Annotated[float, Between(0, 1)]
Likelihood = Annotated[str, OneOf(("classical", "HC0", "clustered"))]
PoissonVcov = Annotated[str, OneOf(("clustered", "HC0", "HC1"))]
ClusteredDf = Annotated[str, OneOf(("normal", "t(G-1)"))]
_FACTORS = {"HC0": "none", "HC1": "n-k", "clustered": "reghdfe"}
_TOLERANCE = 1e-8  # change of every log mean at which the search ends: the next is its square
_STEPS = 100


@check_arguments
def logit(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: Likelihood = "classical",
) -> Fit:
    """Logit of pooled rows, or with an effect after `|` conditional on its totals, by statsmodels.

    Defaults are those of Stata's `logit` ([R] logit) and `xtlogit, fe` ([XT] xtlogit): the covariance of maximum
    likelihood and the normal distribution. With an effect, units whose outcome never changes leave the sample.

    Parameters
    ----------
    formula : str
        `y ~ x` or `y ~ x | unit`, with y of 0 and 1.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        As in `ols`.
    vcov : {"classical", "HC0", "clustered"}
        As in `probit`; default `classical`, the only one with an effect.

    Returns
    -------
    Fit
    """
    if not read_model(formula).effects:
        return _likelihood("logit", "Logit", formula, data, unit, time, vcov)
    if vcov != "classical":
        raise InvalidOption(
            sentences.OPTION_WITHOUT_MEANING(option="vcov", given="an effect after |")
        )
    way = {"cov": "classical", "correction": "none", "df": "normal"}
    panel = read_data(data, unit, time)
    return whole_fit("logit", "Conditional logit", WHOLE["logit"], formula, panel, way)


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
    return _likelihood("probit", "Probit", formula, data, unit, time, vcov)


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
    return _likelihood(
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
        raise InvalidOption(
            Code.FIT(
                "{method} does not compute marginal effects",
                "give a fit of logit without effects, probit or negative_binomial",
                method=fit.method,
            )
        )
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


@check_arguments
def poisson(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: PoissonVcov = "HC1",
    cluster: Cluster = None,
    correction: str | None = None,
    df: ClusteredDf = "normal",
) -> Fit:
    """Poisson pseudo-maximum likelihood with any effects after `|`, by pyfixest.

    Robust errors and the normal distribution are the defaults of Stata's `ppmlhdfe` (SSC). The factors are those of R's
    `fepois`: n/(n-K), and G/(G-1) (n-1)/(n-K) of clusters. ppmlhdfe has n/(n-1) and G/(G-1).

    Parameters
    ----------
    formula : str
        `y ~ x | unit + time`, with any number of effects.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        As in `ols`.
    vcov : {"clustered", "HC0", "HC1"}
        Default `HC1`.
    cluster : str or sequence of str, optional
        One or two columns for `clustered`. Default: the units.
    correction : {"none", "groups", "reghdfe"}, optional
        Factor of `clustered`. Default `reghdfe`.
    df : {"normal", "t(G-1)"}
        Distribution of t; `t(G-1)` for `clustered` alone. Default `normal`.

    Returns
    -------
    Fit
    """
    panel = read_rows(data, unit, time)
    way: dict[str, Any] = {"cov": vcov, "correction": correction or _FACTORS[vcov], "df": df}
    if vcov == "clustered" or cluster is not None:
        way["cluster"] = Way(vcov, cluster).names(panel)
    title = "Poisson pseudo-maximum likelihood"
    return whole_fit("poisson", title, WHOLE["poisson"], formula, panel, way)


@check_arguments
def ppml(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    df: ClusteredDf = "normal",
) -> Fit:
    """Poisson pseudo-maximum likelihood with unit and period effects; elasticities where regressors are logs.

    As Stata's `ppmlhdfe y x, absorb(unit time) vce(cluster unit)` (SSC) it has clusters of units and the normal
    distribution. The factor G/(G-1) (n-1)/(n-K) is that of R's `fepois`; ppmlhdfe has G/(G-1). Zeros without a finite
    estimate are refused; ppmlhdfe drops them.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`, y in levels and not negative.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    df : {"normal", "t(G-1)"}
        Distribution of t. Default `normal`.

    Returns
    -------
    Fit
    """
    panel = read_data(data, unit, time)
    equation = read_equation(formula, panel, estimator="ppml", also=(), effects=True)
    with named_periods(panel):
        result = _two_way_poisson(equation.y, equation.x, df)
    left_out = f"left out, all outcomes are zero: {', '.join(result.dropped)}"
    residuals, free = result.residuals, float(result.df.iloc[0])
    assert residuals is not None
    return Fit(
        title="Poisson pseudo-maximum likelihood with unit and period effects",
        table=coefficient_table(result.params, result.std_errors, free),
        choices={
            "effects": [panel.unit, panel.time],
            "covariance": "clustered",
            "cluster": [panel.unit],
            "correction": "reghdfe: G/(G-1) (n-1)/(n-K)",
            "distribution": df,
            "sample": equation.panel.sample,
        },
        notes=(left_out,) if result.dropped else (),
        references=("ppml", "clustered"),
        raw=result,
        method="ppml",
        formula=formula,
        inference=f"clustered({panel.unit}):reghdfe:{df}",
        df=free,
        cov=result.cov,
        residuals=residuals.set_axis(equation.panel.named(residuals.index)),
        kinds=("clustered",),
    )


def _read(
    name: str, formula: str, data: Any, unit: str | None, time: str | None
) -> tuple[pd.Series, pd.DataFrame, Any]:
    panel = read_rows(data, unit, time)
    equation = read_equation(formula, panel, estimator=name, also=(), effects=False)
    x = equation.x.copy()
    x.insert(0, "constant", 1.0)
    if np.linalg.matrix_rank(x.to_numpy() / np.sqrt((x.to_numpy() ** 2).sum(axis=0))) < x.shape[1]:
        raise InvalidData(
            Code.COLLINEAR(
                "{text}: columns {columns} are collinear",
                "leave one of them out",
                text=formula,
                columns=[*map(str, x.columns)],
            )
        )
    return equation.y, x, equation.panel


def _likelihood(
    name: str,
    title: str,
    formula: str,
    data: Any,
    unit: str | None,
    time: str | None,
    vcov: str,
) -> Fit:
    """A pooled model by maximum likelihood; clusters are the units."""
    y, x, panel = _read(name, formula, data, unit, time)
    with needed_for(name, "statsmodels"):
        from statsmodels.discrete import discrete_model as models

    binary = {"probit": models.Probit, "logit": models.Logit}
    if (y < 0).any() or (name in binary and not y.isin([0.0, 1.0]).all()):
        allowed = "0 and 1" if name in binary else "0 or more"
        raise InvalidData(
            Code.OUTCOME_RANGE(
                "{text}: the outcome of {estimator} must be {allowed}",
                "use another outcome, or another estimator",
                text=formula,
                estimator=name,
                allowed=allowed,
            )
        )
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
        raise Infeasible(sentences.NO_MAXIMUM(text=formula, estimator=name)) from error
    inside = name != "negative_binomial" or float(np.asarray(result.params)[-1]) > 1e-6
    if not (inside and np.isfinite(result.bse).all()):
        raise Infeasible(sentences.NO_MAXIMUM(text=formula, estimator=name))
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


def _fit_poisson(design: ModelDesign, vcov: Vcov) -> RegressionFit:
    """Poisson with any effects by pyfixest's `fepois`; HC0, HC1, or clusters with none, `groups` or `reghdfe`."""
    with needed_for("poisson", "pyfixest"):
        import pyfixest  # seconds of compilation that no other model needs

    named = _names_of_keys(design.model.effects, vcov.names)
    ways: dict[str, Any] = {
        "HC0": "HC1",
        "HC1": "HC1",
        "clustered": {"CRV1": "+".join(named[name] for name in vcov.names)},
    }
    if vcov.cov not in ways or vcov.correction in ("stata", "linearmodels"):
        raise InvalidOption(
            Code.COVARIANCE(
                "poisson has no covariance {label}",
                "use HC0, HC1, or clustered with correction none, groups or reghdfe",
                label=vcov.label,
            )
        )
    y = design.y
    if (y < 0).any():
        at = int(np.argmax(y < 0))
        raise InvalidData(
            Code.OUTCOME_RANGE(
                "{text}: the outcome in row {at} is {value:g}, which is below 0",
                "leave this row out of the sample, or use another estimator",
                text=design.model.text,
                value=y.iloc[at],
                at=at,
            )
        )
    x = design.exogenous.drop(columns=CONSTANT, errors="ignore")
    frame = pd.concat(
        [y.rename("y"), x.set_axis([f"x{j}" for j in range(x.shape[1])], axis=1)], axis=1
    )
    if any(effect.slopes for effect in design.model.absorbed):
        raise InvalidOption(
            estimators.WRONG_MODEL(
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


def _names_of_keys(effects: Sequence[str], clusters: Sequence[str]) -> dict[str, str]:
    """Columns that pyfixest reads as one name each, by key.

    pyfixest takes the effects in the order of a set. That order differs between processes, and with it the last digits
    of every estimate. So the names are such that their set has the order of the effects.
    """
    tries = (
        {key: f"k{start}_{key.replace('^', '__')}" for key in (*effects, *clusters)}
        for start in itertools.count()
    )
    return next(n for n in tries if [*{n[e] for e in effects}] == [n[e] for e in effects])


def _fit_logit(design: ModelDesign, vcov: Vcov) -> RegressionFit:
    """Logit conditional on totals by statsmodels (Chamberlain 1980); groups whose outcome never changes leave."""
    with needed_for("conditional logit", "statsmodels"):
        from statsmodels.discrete.conditional_models import ConditionalLogit
        from statsmodels.tools.numdiff import approx_fprime

    if len(design.model.absorbed) != 1 or design.model.absorbed[0].slopes:
        raise InvalidOption(
            Code.MODEL(
                "{text}: logit conditions on exactly one effect",
                "write one effect, such as | unit",
                text=design.model.text,
            )
        )
    if vcov.cov != "classical" or vcov.df != "normal" or vcov.correction != "none":
        raise InvalidOption(
            Code.COVARIANCE(
                "logit has no covariance {label}",
                "write cov: classical, correction: none, df: normal",
                label=vcov.label,
            )
        )
    y = design.y
    if not y.isin([0.0, 1.0]).all():
        raise InvalidData(
            Code.OUTCOME_RANGE(
                "{text}: the outcome of logit must be 0 or 1",
                "code the outcome as 0 and 1, or use another estimator",
                text=design.model.text,
            )
        )
    groups = effect_codes(design, design.model.absorbed[0])
    total, size = np.bincount(groups, y), np.bincount(groups)
    rows = ((total > 0) & (total < size))[groups]
    if not rows.any():
        raise Infeasible(
            Code.OUTCOME_EXPLAINED(
                "{text}: the outcome is constant within every unit",
                "use a longer window, or another estimator",
                text=design.model.text,
            )
        )
    x = design.exogenous[rows]
    fit = ConditionalLogit(y[rows].to_numpy(), x.to_numpy(), groups=groups[rows])
    fit = fit.fit(method="newton", tol=1e-12, disp=False)
    names = list(map(str, x.columns))
    # statsmodels takes a one-sided difference of the score, whose rounding shows in the seventh digit
    slope = approx_fprime(fit.params, fit.model.score, centered=True)
    cov = pd.DataFrame(np.linalg.inv(-(slope + slope.T) / 2), names, names)
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


def _two_way_poisson(y: pd.Series, x: pd.DataFrame, df: str) -> RegressionFit:
    """E[y | x] = exp(x'b + unit + year) by its score equations (Santos Silva and Tenreyro 2006, eq. 9).

    Iteratively reweighted least squares with both sets of dummies in the regression, so nothing depends on inner
    iterations. Clustered by unit with G/(G-1) (n-1)/(n-k-T), without the effects nested in the cluster. `dropped`
    names units and periods whose outcomes are all zero. Residuals are y less its conditional mean.
    """
    data = panel_arrays(y, x)
    if (data.y < 0).any():
        at = data.index[int(np.argmax(data.y < 0))]
        raise InvalidData(
            Code.OUTCOME_RANGE(
                "the outcome at {at} is {y:g}, but PPML needs values of 0 or more",
                "leave the rows below 0 out of the sample, or use another estimator",
                at=at,
                y=data.y[data.y < 0][0],
            )
        )
    data, dropped = _without_zeros(y, x, data)
    effects = data.effects
    n, k = data.x.shape
    check_regression(data, y, x)
    size = data.x.std(axis=0)
    design = _with_dummies(data, size)
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


def _with_dummies(data: PanelArrays, size: Floats) -> Floats:
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
    solution = scipy.optimize.linprog(
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
            Code.NOT_CONVERGED(
                "{named} separates {n_rows} zeros, first {rows}, from the other rows: no finite PPML estimate exists",
                "leave those rows or that regressor out",
                n_rows=len(rows),
                rows=rows[0],
                named=", ".join(named) or "the effects",
            )
        )


def _iterate(y: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Coefficients and conditional means at which the means have converged."""
    mean = (y + y.mean()) / 2
    eta = np.log(mean)
    for _ in range(_STEPS):
        root = np.sqrt(mean)
        working = eta + (y - mean) / mean
        beta = np.linalg.lstsq(design * root[:, None], working * root, rcond=None)[0]
        before, eta = eta, design @ beta
        if np.abs(eta).max() > 500:
            break
        mean = np.exp(eta)
        if np.abs(eta - before).max() <= _TOLERANCE:
            return beta, mean
    raise Infeasible(
        Code.NOT_CONVERGED(
            "PPML did not converge in {steps} iterations",
            "leave out a regressor that separates zeros from other values, or rescale the outcome",
            steps=_STEPS,
        )
    )


WHOLE = {
    "poisson": Estimator("poisson", _fit_poisson, ("ppml",), effects=True),
    "logit": Estimator("logit", _fit_logit, ("logit",), effects=True),
}
