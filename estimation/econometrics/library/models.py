"""Models written as formulas: least squares, instruments, differences, random effects, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from living_panel.estimation.econometrics.arguments import Count, OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.data import (
    PanelData,
    complete,
    named_periods,
    read_data,
    read_rows,
    refuse_reserved,
)
from living_panel.estimation.econometrics.library.discrete import Likelihood, likelihood
from living_panel.estimation.econometrics.library.equations import refuse_text
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.econometrics.library.ways import (
    KINDS,
    RULES,
    Cluster,
    Way,
    fit_under,
    kinds_of,
)

ROBUST = ("classical", "HC0", "HC1", "HC2", "HC3")
LinearVcov = Annotated[str, OneOf(tuple(KINDS))]
FormulaVcov = Annotated[str, OneOf(tuple(RULES))]
PoissonVcov = Annotated[str, OneOf(("clustered", "HC1"))]
Components = Annotated[
    str,
    OneOf((
        "swamy_arora", "wallace_hussain", "amemiya", "wallace_hussain_unbiased", "amemiya_unbiased",
        "maximum_likelihood",
    )),
]  # fmt: skip
Instrumental = Annotated[str, OneOf(("2sls", "liml"))]


@check_arguments
def ols(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
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
    """Least squares of a formula, with any effects after `|`.

    Defaults are those of Stata's `regress` ([R] regress), `xtreg, fe` ([XT] xtreg) and `reghdfe` (SSC): the classical
    covariance, divided by n-K, and t with n-K degrees, where K counts the effects. `two_way` has inference for few
    clusters.

    Parameters
    ----------
    formula : str
        `y ~ x1 + l(x2, 1:2) + i(x3, ref=0) + x1:x4 | unit + a^b + c[time]` in the syntax of fixest.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index. Without them each row is a unit of its own.
    vcov : str
        `classical` (default), `HC0` to `HC3`, `clustered`, `driscoll_kraay`, `newey_west`; `cr2` of Bell and
        McCaffrey with Satterthwaite's degrees; `cr3`, the jackknife over clusters; `wild`, the restricted wild cluster
        bootstrap; `bootstrap` of whole clusters; `conley` by distance.
    cluster : str or sequence of str, optional
        One or two columns for `clustered`, one for `cr2`, `cr3`, `wild` and `bootstrap`. Default: the units.
    correction : {"none", "n-k", "groups", "stata", "reghdfe"}, optional
        Small-sample factor. Default: that of Stata for this covariance (n-k; stata without effects, reghdfe with them;
        none for HC0, HC2 and HC3). None for Driscoll-Kraay, as `xtscc` (SSC) with its option `ase`. Without that option
        xtscc has T/(T-1) (n-1)/(n-K).
    df : {"t(n-k)", "t(G-1)", "t(T-1)", "t(N-1)", "satterthwaite", "normal"}, optional
        Distribution of t. Default: t(n-k); t(G-1) of clusters; t(T-1) of Driscoll-Kraay, as xtscc since version 1.2;
        Satterthwaite's degrees by coefficient of CR2.
    bandwidth : int, optional
        Lags of Bartlett's kernel. Default: 4 (T/100)^(2/9), as xtscc.
    weights : str, optional
        A column of positive numbers, as Stata's analytic weights ([U] weights). Default: none.
    draws : int, optional
        Of a bootstrap. Default: 9,999 for `wild`, 999 for `bootstrap`.
    seed : int, optional
        Of a bootstrap. Default 1.
    location : (str, str), optional
        Columns of latitude and longitude in degrees, for `conley`. Default: none.
    cutoff : int, optional
        Kilometres within which rows of one period depend on each other, for `conley`. Default: none.

    Returns
    -------
    Fit
        `vcov` gives the other covariances of the same coefficients.
    """
    way = Way(vcov, cluster, correction, df, bandwidth, draws, seed, location, cutoff)
    return _linear(
        "ols",
        "Least squares",
        "least_squares",
        formula,
        read_rows(data, unit, time),
        way,
        weights=weights,
    )


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
    return _linear("iv", title[method], method, formula, panel, way, weights=weights)


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
    from living_panel.estimation.econometrics.panel_models import fit_model, read_vcov

    panel = read_rows(data, unit, time)
    names = Way(vcov, cluster).names(panel)
    if len(names) > 1:
        raise InvalidOption(codes.ONE_CLUSTER(kind="iv_gmm", names=names))
    model, panel = _sample(formula, panel, names)
    by = {"cluster": names} if names else {}
    way = read_vcov({"cov": vcov, "correction": "none", "df": "normal", **by})
    with named_periods(panel):
        result = fit_model(model, panel.frame, "gmm", way)
    described = {
        "method": "iv_gmm",
        "title": "Two-step GMM",
        "formula": formula,
        "chosen": {"steps": 2},
    }
    return _fit(result, described, panel, model, ("gmm",), (vcov,), None)


@check_arguments
def first_differences(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: LinearVcov = "classical",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: Count | None = None,
) -> Fit:
    """Least squares of differences between neighbouring periods; a gap is never closed up.

    Defaults are those of Stata's `regress D.y D.x` ([R] regress) and of R's plm: the classical covariance divided by
    n-K, t(n-k).

    Parameters
    ----------
    formula : str
        `y ~ x` in levels.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    vcov : str
        As in `ols`.
    cluster : str or sequence of str, optional
        As in `ols`.
    correction : str, optional
        As in `ols`.
    df : str, optional
        As in `ols`.
    bandwidth : int, optional
        As in `ols`.

    Returns
    -------
    Fit
    """
    way = Way(vcov, cluster, correction, df, bandwidth)
    panel = read_data(data, unit, time)
    return _linear(
        "first_differences", "First differences", "first_differences", formula, panel, way
    )


@check_arguments
def between(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: Annotated[str, OneOf(ROBUST)] = "classical",
) -> Fit:
    """Least squares of unit means.

    Defaults are those of Stata's `xtreg, be` ([XT] xtreg): the classical covariance divided by n-K, and t(n-k).

    Parameters
    ----------
    formula : str
        `y ~ x`.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    vcov : str
        `classical` (default), or `HC0` to `HC3`.

    Returns
    -------
    Fit
    """
    way = Way(vcov)
    panel = read_data(data, unit, time)
    return _linear("between", "Between estimator", "between", formula, panel, way)


@check_arguments
def random_effects(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    components: Components = "swamy_arora",
    vcov: LinearVcov = "classical",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
) -> Fit:
    """Random effects of units by feasible generalised least squares.

    Defaults are those of Stata's `xtreg, re sa` ([XT] xtreg) and R's plm: components of Swamy and Arora, the classical
    covariance of the transformed rows divided by n-K, and the normal distribution. Without `sa` xtreg has other
    components.

    Parameters
    ----------
    formula : str
        `y ~ x`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name. Unbalanced panels with `swamy_arora` and `maximum_likelihood` only.
    unit, time : str, optional
        Columns, or levels of the index.
    components : str
        Variance components: `swamy_arora` (default), `wallace_hussain`, `amemiya`, or the last two `_unbiased`;
        `maximum_likelihood` of normal errors, whose classical covariance is that of the expected information.
    vcov : str
        As in `ols`.
    cluster : str or sequence of str, optional
        As in `ols`.
    correction : str, optional
        As in `ols`. Default: n-k; G/(G-1) of clusters.
    df : str, optional
        As in `ols`. Default: normal.

    Returns
    -------
    Fit
        `fit_statistics` has the variance components and theta.
    """
    factor = "none" if components == "maximum_likelihood" else "n-k"
    way = Way(vcov, cluster, correction, df, large=True, factor=factor)
    panel = read_data(data, unit, time)
    chosen = {"components": components}
    return _linear("random_effects", "Random effects", components, formula, panel, way, chosen)


@check_arguments
def hausman_taylor(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: Annotated[str, OneOf(("classical", "HC0", "HC1", "clustered"))] = "classical",
) -> Fit:
    """Hausman and Taylor's estimator: regressors that correlate with the effects, instruments of the model.

    Defaults are those of Stata's `xthtaylor` ([XT] xthtaylor) and R's plm: the classical covariance divided by n-K, and
    the normal distribution. The panel is balanced.

    Parameters
    ----------
    formula : str
        `y ~ x1 + z1 | 0 | x2 + z2 ~ 1`, where x2 and z2 correlate with the effects.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    vcov : str
        `classical` (default), `HC0`, `HC1`, or `clustered` by units.

    Returns
    -------
    Fit
    """
    way = Way(vcov, large=True, factor="n-k")
    panel = read_data(data, unit, time)
    return _linear("hausman_taylor", "Hausman and Taylor", "hausman_taylor", formula, panel, way)


@check_arguments
def mean_group(formula: str, data: Any, *, unit: str | None = None, time: str | None = None) -> Fit:
    """Mean of each unit's own least squares, with the spread between units.

    Defaults are those of Pesaran and Smith (1995) and of Stata's `xtmg` (SSC): the covariance between units over N, and
    the normal distribution.

    Parameters
    ----------
    formula : str
        `y ~ x`; each unit has a constant.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.

    Returns
    -------
    Fit
    """
    return _whole(
        "mean_group", "Mean group", "mean_group", formula, read_data(data, unit, time),
        {"cov": "mean_group", "correction": "none", "df": "normal"}, ("mean_group",),
    )  # fmt: skip


@check_arguments
def poisson(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: PoissonVcov = "HC1",
    cluster: Cluster = None,
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
    vcov : {"clustered", "HC1"}
        Default `HC1`.
    cluster : str or sequence of str, optional
        One or two columns for `clustered`. Default: the units.

    Returns
    -------
    Fit
    """
    panel = read_rows(data, unit, time)
    way: dict[str, Any] = {"cov": "HC1", "correction": "n-k", "df": "normal"}
    if vcov == "clustered":
        names = Way(vcov, cluster).names(panel)
        way = {"cov": vcov, "correction": "reghdfe", "df": "normal", "cluster": names}
    title = "Poisson pseudo-maximum likelihood"
    return _whole("poisson", title, "poisson", formula, panel, way, ("ppml",))


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
    from living_panel.estimation.econometrics.panel_models import read_model

    if not read_model(formula).effects:
        return likelihood("logit", "Logit", formula, data, unit, time, vcov)
    if vcov != "classical":
        raise InvalidOption(codes.OPTION_WITHOUT_MEANING(option="vcov", given="an effect after |"))
    way = {"cov": "classical", "correction": "none", "df": "normal"}
    panel = read_data(data, unit, time)
    return _whole("logit", "Conditional logit", "logit", formula, panel, way, ("logit",))


def _linear(
    method: str,
    title: str,
    estimator: str,
    formula: str,
    panel: PanelData,
    way: Way,
    chosen: dict[str, Any] | None = None,
    weights: str | None = None,
) -> Fit:
    """A linear model, solved once and then under one covariance."""
    from living_panel.estimation.econometrics.panel_models import read_vcov, solve_model

    way.refuse_options()
    also = [*way.columns(panel), *([] if weights is None else [weights])]
    model, panel = _sample(formula, panel, also)
    with named_periods(panel):
        vcov = read_vcov(way.mapping(panel, bool(model.effects)))
        solution = solve_model(model, panel.frame, estimator, vcov, weights)
    chosen = {**(chosen or {}), **({} if weights is None else {"weights": weights})}
    described = {"method": method, "title": title, "formula": formula, "chosen": chosen}
    return _covered(solution, panel, described, way)


def _under(
    solution: Any,
    panel: PanelData,
    described: dict[str, Any],
    large: bool,
    factor: str | None,
    kind: str,
    *,
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    location: tuple[str, str] | None = None,
    cutoff: int | None = None,
) -> Fit:
    """Another covariance of the same coefficients."""
    way = Way(
        kind, cluster, correction, df, bandwidth, draws, seed, location, cutoff, large, factor
    )
    way.refuse_options()
    return _covered(solution, panel, described, way)


def _covered(solution: Any, panel: PanelData, described: dict[str, Any], way: Way) -> Fit:
    from living_panel.estimation.econometrics.panel_models import read_vcov

    model = solution.design.model
    kinds = kinds_of(solution.estimator, bool(model.instruments))
    again = partial(_under, solution, panel, described, way.large, way.factor)
    vcov = read_vcov(way.mapping(panel, bool(model.effects)))
    with named_periods(panel):
        result = solution.under(vcov)
        return _fit(result, described, panel, model, (solution.estimator,), kinds, again)


def _whole(
    method: str,
    title: str,
    estimator: str,
    formula: str,
    panel: PanelData,
    way: dict[str, Any],
    references: tuple[str, ...],
) -> Fit:
    """A model whose estimator makes its own covariance."""
    from living_panel.estimation.econometrics.panel_models import fit_model, read_vcov

    model, panel = _sample(formula, panel, way.get("cluster", []))
    with named_periods(panel):
        vcov = read_vcov(way)
        result = fit_model(model, panel.frame, estimator, vcov)
    described = {"method": method, "title": title, "formula": formula, "chosen": {}}
    return _fit(result, described, panel, model, references, (vcov.cov,), None)


def _sample(formula: str, panel: PanelData, clusters: Sequence[str]) -> tuple[Any, PanelData]:
    """A formula, and the rows that have each of its variables, effects and clusters."""
    from living_panel.estimation.econometrics.panel_models import read_model
    from living_panel.estimation.econometrics.panel_models.columns import with_shifts
    from living_panel.estimation.econometrics.panel_models.grammar import names_of

    model = read_model(formula)
    refuse_reserved(panel, [*model.names, *model.effect_names, *clusters])
    with named_periods(panel):
        panel = replace(panel, frame=with_shifts(model.terms, panel.frame, formula))
    generic = {"unit", "year"} - {*panel.frame.columns}
    names = [*model.needed, *clusters]
    panel = complete(panel, [name for name in names if name not in generic])
    outcome = [name for factor in model.outcome for name in names_of(factor)]
    refuse_text(panel, outcome)
    return model, panel


def _fit(
    result: Any,
    described: dict[str, Any],
    panel: PanelData,
    model: Any,
    references: tuple[str, ...],
    kinds: tuple[str, ...],
    again: Any,
) -> Fit:
    """A fit of a formula in the library's form."""
    from living_panel.estimation.econometrics.statistic import statistic

    numbers = {}
    for name, value in result.statistics.items():
        parts = statistic(name)
        numbers[f"{parts.name} {parts.term}".strip()] = float(value)
    residuals = result.residuals
    if residuals is not None and residuals.index.nlevels == 2:
        residuals = residuals.set_axis(panel.named(residuals.index))
    known = {"swamy_arora", "wallace_hussain", "amemiya", "hausman_taylor"}
    stems = [name.removesuffix("_unbiased") for name in references]
    cited = [
        s
        for s in stems
        if s in known or s in ("mean_group", "ppml", "logit", "gmm", "maximum_likelihood")
    ]
    return fit_under(
        result,
        result.way,
        result.way.names,
        chosen={**described["chosen"], "effects": [*model.effects] or None},
        sample=panel.sample,
        references=cited or ["classical"],
        fit_statistics=numbers,
        residuals=residuals,
        kinds=kinds,
        again=again,
        title=described["title"],
        method=described["method"],
        formula=described["formula"],
    )
