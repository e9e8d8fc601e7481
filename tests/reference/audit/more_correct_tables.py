"""Correct tables of further forms, on which the audit's rules were not written: estimated as in `correct_tables`."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from correct_tables import LEGEND, STRICT, _cell, cells, marks, paper
from linearmodels.datasets import meps, munnell, wage_panel
from linearmodels.iv import IV2SLS, IVGMM, IVLIML
from linearmodels.panel import BetweenOLS, PanelOLS, PooledOLS, RandomEffects

from living_panel.estimation.papers.schema import PrintedPaper

STATES = {"units": 48, "first_year": 1970, "last_year": 1986, "balanced": True}
MEN = {"units": 545, "first_year": 1980, "last_year": 1987, "balanced": True}


def same(*names: str) -> dict[str, str]:
    """Printed terms that are called as the parameters are."""
    return {name: name for name in names}


def states() -> pd.DataFrame:
    data = munnell.load()
    columns = {name.lower(): name for name in data.columns}
    data = data.assign(
        lg=np.log(data[columns["gsp"]]),
        lp=np.log(data[columns["p_cap"]]),
        le=np.log(data[columns["emp"]]),
        unemp=data[columns["unemp"]],
    )
    return data.set_index([columns["st_abb"], columns["yr"]])


def absolute_t_of_driscoll_and_kraay() -> PrintedPaper:
    """|t| in brackets, partly transcribed, effects of firms in one of two columns."""
    data = sm.datasets.grunfeld.load_pandas().data
    time = {"time": (data["year"] - 1935).astype(int).to_numpy(), "maxlags": 2}
    pooled = smf.ols("invest ~ value + capital", data).fit(cov_type="hac-groupsum", cov_kwds=time)
    formula = "invest ~ value + capital + EntityEffects"
    inside = PanelOLS.from_formula(formula, data.set_index(["firm", "year"]))
    within = inside.fit(cov_type="kernel", bandwidth=2)
    rows = []
    for model, fit, df in (("a", pooled, np.inf), ("b", within, within.df_resid)):
        rows += cells(fit, model, same("value", "capital"), bracket="abs_t", digits=2, legend=LEGEND, df=df,
                      extra={"n_obs": "220"})  # fmt: skip
    return paper(
        "absolute_t_of_driscoll_and_kraay", rows,
        {"units": 11, "first_year": 1935, "last_year": 1954, "balanced": True},
        brackets="abs_t_statistic", stars=LEGEND, covariance="other", transcribed="part", dependent="invest",
        estimators={"a": "ols", "b": "fixed_effects"}, effects={"a": [], "b": ["entity"]},
    )  # fmt: skip


def p_values_in_brackets() -> PrintedPaper:
    """p in brackets with a strict legend, clusters of states, both effects in one column."""
    data, names = states(), ["lp", "le", "unemp"]
    clusters = {"cov_type": "clustered", "cluster_entity": True}
    pooled = PooledOLS(data["lg"], sm.add_constant(data[names])).fit(**clusters)
    both = PanelOLS(data["lg"], data[names], entity_effects=True, time_effects=True).fit(**clusters)
    rows = []
    for model, fit in (("1", pooled), ("2", both)):
        extra = {"n_obs": "816", "r_squared": f"{fit.rsquared:.2f}"}
        rows += cells(fit, model, same(*names), bracket="p", legend=STRICT, extra=extra)
    return paper(
        "p_values_in_brackets", rows, STATES, brackets="p_value", stars=STRICT, covariance="clustered",
        estimators={"1": "ols", "2": "fixed_effects"}, effects={"1": [], "2": ["entity", "time"]},
        regressors="printed", dependent="lg",
    )  # fmt: skip


def intervals_in_rows() -> PrintedPaper:
    """Estimates with stars and rows of interval ends, no brackets."""
    data = sm.datasets.fair.load_pandas().data
    names = ["rate_marriage", "age", "yrs_married", "religious"]
    fit = smf.poisson(f"affairs ~ {' + '.join(names)}", data).fit(disp=0, cov_type="HC1")
    rows = [_cell("6,366", "n_obs", "1", "n_obs")]
    for name, (low, high) in fit.conf_int().loc[names].iterrows():
        texts = {"estimate": f"{fit.params[name]:.3f}{marks(fit.pvalues[name], LEGEND)}",
                 "ci_low": f"{low:.3f}", "ci_high": f"{high:.3f}"}  # fmt: skip
        rows += [_cell(text, str(name), "1", kind) for kind, text in texts.items()]
    return paper(
        "intervals_in_rows", rows, brackets="none", stars=LEGEND, covariance="robust",
        estimators={"1": "poisson"}, regressors="printed", dependent="affairs",
    )  # fmt: skip


def odds_ratios() -> PrintedPaper:
    """Odds ratios with errors by the delta method, starred by the test of the coefficient."""
    data = sm.datasets.spector.load_pandas()
    fit = sm.Logit(data.endog, sm.add_constant(data.exog)).fit(disp=0)
    rows = [_cell("32", "n_obs", "1", "n_obs")]
    for name in ("GPA", "TUCE", "PSI"):
        ratio = np.exp(fit.params[name])
        text = f"{ratio:.3f}{marks(fit.pvalues[name], LEGEND)} ({ratio * fit.bse[name]:.3f})"
        rows.append(_cell(text, name.lower(), "1", "estimate"))
    return paper(
        "odds_ratios", rows, brackets="standard_error", stars=LEGEND, stars_by="other", covariance="classical",
        estimators={"1": "logit"}, regressors="printed", dependent="grade",
    )  # fmt: skip


def mean_group_and_cce() -> PrintedPaper:
    """Mean group and its augmentation by cross-section means: same regressors, other estimates."""
    data, names = states(), ["lp", "le"]
    means = data[["lg", *names]].groupby(level=1).mean().add_prefix("m_")

    def fitted(more: pd.DataFrame | None) -> SimpleNamespace:
        slopes = []
        for _, rows in data.groupby(level=0):
            x = rows[names].assign(one=1.0)
            x = x if more is None else x.join(more, on=data.index.names[1])
            slopes.append(np.linalg.lstsq(x.to_numpy(), rows["lg"].to_numpy(), rcond=None)[0][:2])
        each = pd.DataFrame(slopes, columns=names)
        return SimpleNamespace(params=each.mean(), bse=each.std(ddof=1) / np.sqrt(len(each)))

    rows = []
    for model, more in (("mg", None), ("cce", means)):
        extra = {"n_obs": "816", "n_groups": "48"}
        rows += cells(fitted(more), model, same(*names), legend=LEGEND, extra=extra)
    return paper(
        "mean_group_and_cce", rows, STATES, brackets="standard_error", stars=LEGEND, covariance="other",
        estimators={"mg": "mean_group", "cce": "mean_group"}, subtypes={"cce": "CCE"}, regressors="printed",
        dependent="lg",
    )  # fmt: skip


def three_instrumental_estimators() -> PrintedPaper:
    """2SLS, LIML and GMM of one equation with the same instruments, robust errors, four digits."""
    data = meps.load().dropna().assign(const=1.0)
    names = ["totchr", "age", "female", "blhisp", "linc"]
    parts = (
        data["ldrugexp"],
        data[["const", *names]],
        data["hi_empunion"],
        data[["ssiratio", "multlc"]],
    )
    fits = {
        "tsls": IV2SLS(*parts).fit(cov_type="robust"),
        "liml": IVLIML(*parts).fit(cov_type="robust"),
        "gmm": IVGMM(*parts).fit(),
    }
    rows = []
    for model, fit in fits.items():
        extra = {"n_obs": f"{int(fit.nobs):,}"}
        rows += cells(fit, model, same("hi_empunion", *names), digits=4, legend=LEGEND, extra=extra)
    return paper(
        "three_instrumental_estimators", rows, {"units": len(data)}, brackets="standard_error", stars=LEGEND,
        covariance="robust", regressors="printed", dependent="ldrugexp",
        estimators={"tsls": "two_stage_least_squares", "liml": "liml", "gmm": "gmm"},
    )  # fmt: skip


def random_effects_and_means() -> PrintedPaper:
    """Hours by random effects, z, and by unit means, t and F, with rows of other numbers."""
    data, names = (
        wage_panel.load().set_index(["nr", "year"]).assign(const=1.0),
        ["married", "union", "exper"],
    )
    random = RandomEffects(data["hours"], data[["const", *names]]).fit()
    means = BetweenOLS(data["hours"], data[["const", *names]]).fit()
    terms = {**same(*names), "constant": "const"}
    more: tuple[Mapping[str, str], ...] = (
        {"n_obs": "4,360", "r_squared": f"{random.rsquared:.4f}"},
        {"n_obs": "545", "r_squared": f"{means.rsquared:.4f}", "f_statistic": f"{means.f_statistic.stat:.2f}"},
    )  # fmt: skip
    rows = cells(random, "re", terms, digits=1, legend=LEGEND, extra=more[0])
    rows += cells(means, "be", terms, digits=1, legend=LEGEND, df=means.df_resid, extra=more[1])
    return paper(
        "random_effects_and_means", rows, MEN, brackets="standard_error", stars=LEGEND, covariance="classical",
        estimators={"re": "random_effects", "be": "between"}, regressors="printed", dependent="hours",
    )  # fmt: skip


def two_groups_without_the_whole() -> PrintedPaper:
    """Two groups by least squares, nothing else transcribed."""
    rows = []
    for model, condition in (("black", "black == 1"), ("other", "black == 0")):
        fit = smf.ols("lwage ~ educ + exper", wage_panel.load().query(condition)).fit()
        extra = {"n_obs": f"{int(fit.nobs):,}", "r_squared": f"{fit.rsquared:.3f}"}
        rows += cells(
            fit, model, same("educ", "exper"), legend=LEGEND, df=fit.df_resid, extra=extra
        )
    return paper(
        "two_groups_without_the_whole", rows, MEN, brackets="standard_error", stars=LEGEND, dependent="lwage"
    )  # fmt: skip


MORE_FORMS = (
    absolute_t_of_driscoll_and_kraay, p_values_in_brackets, intervals_in_rows, odds_ratios, mean_group_and_cce,
    three_instrumental_estimators, random_effects_and_means, two_groups_without_the_whole,
)  # fmt: skip
