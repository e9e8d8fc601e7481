"""Correct tables of many forms: estimated by statsmodels and linearmodels on the data they carry.

Every number follows from an estimate by one of the two packages, printed with rounding, stars and notes
in one of the forms that journals use. What a table does not print is not declared either. Examples that
the packages' documentation prints: the wage panel, Card's and Mroz's instruments (linearmodels), Longley,
Spector, extramarital affairs and RAND (statsmodels).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.datasets import birthweight, card, fringe, jobtraining, mroz, munnell, wage_panel
from linearmodels.iv import IV2SLS, IVGMM, IVLIML
from linearmodels.panel import FirstDifferenceOLS, PanelOLS, PooledOLS, RandomEffects
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent))
from clean_paper import cell_of, claim

from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper, Table

LEGEND = {"*": 0.10, "**": 0.05, "***": 0.01}
STRICT = {"*": 0.05, "**": 0.01, "***": 0.001}
SAMPLE = {"unit": "unit", "units": 1000000, "first_year": 2000, "last_year": 2000, "excluded": {},
          "place": "text"}  # fmt: skip
Fit = Any


def marks(p: float, legend: Mapping[str, float]) -> str:
    """Stars of a p-value."""
    earned = [mark for mark, level in legend.items() if p < level]
    return max(earned, key=len, default="")


def cells(
    fit: Fit, model: str, terms: Mapping[str, str], *, bracket: str = "se", digits: int = 3,
    legend: Mapping[str, float] | None = None, df: float = np.inf, sides: int = 2, extra: Mapping[str, str] = {},
) -> list[Cell]:  # fmt: skip
    """The printed column of a fit.

    `terms` names the fit's parameters by printed term; `extra` are further rows: statistic to text.
    """
    b, se = fit.params, getattr(fit, "std_errors", getattr(fit, "bse", None))
    made = []
    for term, name in terms.items():
        t = float(b[name] / se[name])
        p = sides * float(stats.norm.sf(abs(t)) if np.isinf(df) else stats.t.sf(abs(t), df))
        star = marks(p, legend or {})
        size = {"se": se[name], "t": t, "abs_t": abs(t), "p": p}.get(bracket)
        inside = "" if size is None else f" ({size:.{digits}f})"
        made.append(_cell(f"{b[name]:.{digits}f}{star}{inside}", term, model, "estimate"))
        if bracket == "all":
            half = se[name] * (stats.norm.isf(0.025) if np.isinf(df) else stats.t.isf(0.025, df))
            parts = {"std_error": se[name], "t_statistic": t, "p_value": p,
                     "ci_low": b[name] - half, "ci_high": b[name] + half}  # fmt: skip
            made += [_cell(f"{v:.{digits}f}", term, model, k) for k, v in parts.items()]
    made += [_cell(text, statistic, model, statistic) for statistic, text in extra.items()]
    return made


def _cell(text: str, term: str, model: str, statistic: str) -> Cell:
    own = term if statistic in OF_TERMS else ""
    return cell_of(text, table="1", row=term, column=f"({model})", model=model, term=own,
                   transform="level" if own else "", statistic=statistic,
                   place=f"Table 1, {term}, {statistic}, ({model})")  # fmt: skip


OF_TERMS = ("estimate", "std_error", "t_statistic", "p_value", "ci_low", "ci_high")


def paper(
    name: str, rows: list[Cell], sample: Mapping[str, object] = {}, **form: object
) -> PrintedPaper:
    """A paper of one table of regressions, of which the transcription has that table alone."""
    more = {k: form.pop(k) for k in ("claims", "tables", "groups") if k in form}
    made = Table.model_validate(
        {"number": "1", "title": name, "content": "regression", "place": "Table 1", "cells": tuple(rows), **form}
    )  # fmt: skip
    return PrintedPaper(
        paper=name, authors=["A"], year=2000, title=name, sample={**SAMPLE, **sample}, variables={},
        equation={"lhs": "y", "regressors": [], "place": "text"},
        **{"claims": (), **more, "tables": {"1": made, **more.get("tables", {})}},
    )  # fmt: skip


@cache
def _wages() -> pd.DataFrame:
    data = wage_panel.load().set_index(["nr", "year"], drop=False)
    return data.assign(const=1.0)


def absolute_t_with_stars() -> PrintedPaper:
    """Pooled, random and fixed effects of the wage panel, |t| in brackets, effects in the heading."""
    data, names = _wages(), ["expersq", "married", "union"]
    pooled = PooledOLS(data["lwage"], data[["const", "black", *names]]).fit()
    random = RandomEffects(data["lwage"], data[["const", "black", *names]]).fit()
    fixed = PanelOLS(data["lwage"], data[names], entity_effects=True).fit()
    rows, n = [], {"n_obs": "4,360", "n_groups": "545"}
    for model, fit in {"pooled": pooled, "random": random, "fixed": fixed}.items():
        terms = {k: k for k in fit.params.index if k != "const"}
        extra = {**n, "r_squared": f"{fit.rsquared:.3f}"}
        rows += cells(fit, model, terms, bracket="abs_t", digits=2, legend=LEGEND, extra=extra)
    return paper(
        "absolute_t_with_stars", rows, {"units": 545, "first_year": 1980, "last_year": 1987, "balanced": True},
        brackets="abs_t_statistic", stars=LEGEND, covariance="classical",
        estimators={"pooled": "ols", "random": "random_effects", "fixed": "fixed_effects"},
        effects={"pooled": [], "random": [], "fixed": ["entity"]}, regressors="printed", dependent="lwage",
        claims=(
            claim("a", "sign", "1", models=("pooled", "fixed"), terms=("union",), relation="positive"),
            claim("b", "sign", "1", models=("pooled",), terms=("black",), relation="negative"),
            claim("c", "method", "1", models=("random",), values=("random_effects",)),
            claim("d", "value", "1", models=("fixed",), terms=("union",), values=(f"{fixed.params['union']:.2f}",)),
        ),
    )  # fmt: skip


@cache
def _card() -> pd.DataFrame:
    names = ["lwage", "educ", "exper", "expersq", "black", "smsa", "south", "nearc4", "nearc2"]
    return card.load()[names].dropna().assign(const=1.0)


def same_regressors_other_estimators() -> PrintedPaper:
    """Card's return to schooling by OLS, 2SLS, LIML and GMM: one list of regressors, controls not printed."""
    data = _card()
    x, own = data[["const", "exper", "expersq", "black", "smsa", "south"]], data["educ"]
    z = data[["nearc4", "nearc2"]]
    fits = {
        "1": IV2SLS(data["lwage"], pd.concat([x, own], axis=1), None, None).fit(cov_type="robust"),
        "2": IV2SLS(data["lwage"], x, own, z).fit(cov_type="robust"),
        "3": IVLIML(data["lwage"], x, own, z).fit(cov_type="robust"),
        "4": IVGMM(data["lwage"], x, own, z).fit(cov_type="robust"),
    }
    rows = []
    for model, fit in fits.items():
        extra = {"n_obs": "3010", "flag:controls": "Yes"}
        rows += cells(fit, model, {"educ": "educ", "black": "black"}, legend=LEGEND, extra=extra)
    return paper(
        "same_regressors_other_estimators", rows, brackets="standard_error", stars=LEGEND,
        covariance="robust", regressors="some", dependent="lwage",
        estimators={"1": "ols", "2": "two_stage_least_squares", "3": "liml", "4": "gmm"},
        claims=(claim("a", "method", "1", models=("2",), values=("two_stage_least_squares", "2SLS")),
                claim("b", "sign", "1", models=("2",), terms=("educ",), relation="positive")),
    )  # fmt: skip


def same_estimator_other_instruments() -> PrintedPaper:
    """Mroz's return to schooling by 2SLS with two sets of instruments; the columns differ in nothing printed."""
    data = mroz.load().dropna(subset=["lwage"]).assign(const=1.0)
    x, rows = data[["const", "exper", "expersq"]], []
    for model, z in {"1": ["fatheduc"], "2": ["fatheduc", "motheduc"]}.items():
        fit = IV2SLS(data["lwage"], x, data["educ"], data[z]).fit(cov_type="unadjusted")
        terms = {"educ": "educ", "exper": "exper", "expersq": "expersq", "constant": "const"}
        extra = {"n_obs": "428", "r_squared": f"{fit.rsquared:.3f}"}
        rows += cells(fit, model, terms, digits=4, legend=LEGEND, extra=extra)
    return paper(
        "same_estimator_other_instruments", rows, brackets="standard_error", stars=LEGEND,
        covariance="classical", regressors="printed", dependent="lwage",
        estimator="two_stage_least_squares", estimators=dict.fromkeys("12", "two_stage_least_squares"),
    )  # fmt: skip


def no_stars_partly_transcribed() -> PrintedPaper:
    """Munnell's pooled and within columns, without stars, the only table transcribed of several."""
    data = munnell.load().set_index(["ST_ABB", "YR"])
    y = np.log(data["GSP"])
    x = np.log(data[["P_CAP", "PC", "EMP"]]).assign(unemp=data["UNEMP"], const=1.0)
    pooled = PooledOLS(y, x).fit()
    within = PanelOLS(y, x.drop(columns="const"), entity_effects=True).fit()
    names = {"pcap": "P_CAP", "pc": "PC", "emp": "EMP", "unemp": "unemp"}
    rows = []
    for model, fit, r2 in (("1", pooled, pooled.rsquared), ("2", within, within.rsquared_within)):
        extra = {"n_obs": "816", "n_groups": "48", "n_periods": "17", "r_squared": f"{r2:.3f}"}
        rows += cells(fit, model, names, extra=extra)
    return paper(
        "no_stars_partly_transcribed", rows, {"units": 48, "first_year": 1970, "last_year": 1986, "balanced": True},
        brackets="standard_error", covariance="classical", r_squared="unnamed", regressors="printed",
        dependent="gsp", estimators={"1": "ols", "2": "fixed_effects"}, effects={"1": [], "2": ["entity"]},
        claims=(claim("a", "value", "1", models=("1",), terms=("pcap",), values=(f"{pooled.params['P_CAP']:.3f}",)),
                claim("b", "sign", "1", models=("2",), terms=("emp",), relation="positive"),
                claim("d", "size", "1", models=("1",), terms=("pc",),
                      values=("20", f"{20 * round(float(pooled.params['PC']), 3):.2f}")),
                claim("c", "size", "1", models=("1",), terms=("emp",),
                      values=("10", f"{10 * round(float(pooled.params['EMP']), 3):.2f}"))),
    )  # fmt: skip


def groups_and_the_whole() -> PrintedPaper:
    """Grunfeld's firms in two groups and together, p-values in brackets."""
    data = sm.datasets.grunfeld.load_pandas().data
    data = data[data["firm"] != "American Steel"].assign(const=1.0)
    large = data["firm"].isin(
        ["General Motors", "US Steel", "General Electric", "Chrysler", "Westinghouse"]
    )
    parts = {"1": data, "2": data[large], "3": data[~large]}
    whole, groups = [], []
    for model, part in parts.items():
        fit = sm.OLS(part["invest"], part[["const", "value", "capital"]]).fit()
        extra = {
            "n_obs": f"{len(part)}",
            "r_squared": f"{fit.rsquared:.3f}",
            "f_statistic": f"{fit.fvalue:.2f}",
        }
        terms = {"value": "value", "capital": "capital", "constant": "const"}
        made = cells(
            fit, model, terms, bracket="p", digits=4, legend=LEGEND, df=fit.df_resid, extra=extra
        )
        (whole if model == "1" else groups).extend(made)
    form = {"brackets": "p_value", "stars": LEGEND, "covariance": "classical", "r_squared": "overall",
            "regressors": "printed", "dependent": "invest", "effects": []}  # fmt: skip
    second = Table.model_validate(
        {"number": "2", "title": "Groups", "content": "regression", "place": "Table 2", "cells": tuple(groups),
         "estimators": {"2": "ols", "3": "ols"}, "groups_of": {"table": "1", "model": "1"}, **form}
    )  # fmt: skip
    return paper(
        "groups_and_the_whole", whole, {"units": 10, "first_year": 1935, "last_year": 1954, "balanced": True},
        **form, estimators={"1": "ols"}, tables={"2": second},
        groups={"2": {"name": "Large", "units": 5}, "3": {"name": "Small", "units": 5}},
    )  # fmt: skip


def everything_of_a_coefficient() -> PrintedPaper:
    """Longley's regression as statsmodels prints it: estimate, error, t, p and interval."""
    data = sm.datasets.longley.load_pandas()
    fit = sm.OLS(data.endog, sm.add_constant(data.exog)).fit()
    terms = {k.lower(): k for k in data.exog.columns}
    extra = {"n_obs": "16", "r_squared": f"{fit.rsquared:.3f}", "f_statistic": f"{fit.fvalue:.1f}"}
    rows = cells(
        fit, "1", terms, bracket="all", digits=4, legend=LEGEND, df=fit.df_resid, extra=extra
    )
    return paper(
        "everything_of_a_coefficient", rows, stars=LEGEND, covariance="classical", r_squared="overall",
        regressors="printed", dependent="totemp", estimators={"1": "ols"}, effects=[],
    )  # fmt: skip


def logit_with_z() -> PrintedPaper:
    """Spector's logit, z in brackets, a pseudo R²."""
    data = sm.datasets.spector.load_pandas()
    fit = sm.Logit(data.endog, sm.add_constant(data.exog)).fit(disp=0)
    terms = {"gpa": "GPA", "tuce": "TUCE", "psi": "PSI", "constant": "const"}
    extra = {"n_obs": "32", "r_squared": f"{fit.prsquared:.3f}"}
    rows = cells(fit, "1", terms, bracket="t", legend=LEGEND, extra=extra)
    return paper(
        "logit_with_z", rows, brackets="t_statistic", stars=LEGEND, covariance="classical",
        r_squared="pseudo", estimators={"1": "logit"}, regressors="printed", dependent="grade",
        claims=(claim("a", "sign", "1", models=("1",), terms=("psi",), relation="positive"),),
    )  # fmt: skip


def poisson_with_intervals() -> PrintedPaper:
    """Visits to a doctor by Poisson with robust errors: estimate and error, another legend."""
    data = sm.datasets.randhie.load_pandas()
    names = ["lncoins", "idp", "physlm", "disea"]
    fit = sm.Poisson(data.endog, sm.add_constant(data.exog[names])).fit(disp=0, cov_type="HC0")
    rows = cells(
        fit,
        "1",
        {n: n for n in names},
        digits=4,
        legend=STRICT,
        extra={"n_obs": f"{len(data.endog)}"},
    )
    return paper(
        "poisson_with_intervals", rows, brackets="standard_error", stars=STRICT, covariance="robust",
        estimators={"1": "poisson"}, regressors="printed", dependent="mdvis",
    )  # fmt: skip


def unbalanced_and_prime() -> PrintedPaper:
    """Scrap rates by first differences and within, rows that make no rectangle, clusters of firms."""
    data = (
        jobtraining.load()
        .dropna(subset=["lscrap", "hrsemp", "employ"])
        .set_index(["fcode", "year"])
    )
    data = data.iloc[:-1] if len(data) % 2 == 0 else data
    x = data[["hrsemp"]].assign(lemploy=np.log(data["employ"]))
    within = PanelOLS(data["lscrap"], x, entity_effects=True).fit(
        cov_type="clustered", cluster_entity=True
    )
    units = data.index.get_level_values(0).nunique()
    first = FirstDifferenceOLS(data["lscrap"], x).fit(cov_type="robust")
    terms = {"hrsemp": "hrsemp", "lemploy": "lemploy"}
    rows = cells(within, "1", terms, digits=4, legend=LEGEND, df=units - 1,
                 extra={"n_obs": f"{len(data)}", "n_groups": f"{units}"})  # fmt: skip
    rows += cells(
        first, "2", terms, digits=4, legend=LEGEND, df=np.inf, extra={"n_obs": f"{int(first.nobs)}"}
    )
    return paper(
        "unbalanced_and_prime", rows, {"units": int(units), "first_year": 1987, "last_year": 1989},
        brackets="standard_error", stars=LEGEND, covariance="clustered", clusters=int(units),
        estimators={"1": "fixed_effects", "2": "first_differences"}, effects={"1": ["entity"], "2": []},
        regressors="printed", dependent="lscrap",
    )  # fmt: skip


def other_dependent_variables() -> PrintedPaper:
    """Two outcomes on the same regressors and rows, errors robust to heteroskedasticity."""
    data = fringe.load().assign(const=1.0)
    names, rows = ["educ", "exper", "tenure", "married"], []
    for model, y in {"1": "hrearn", "2": "hrbens"}.items():
        fit = sm.OLS(data[y], data[["const", *names]]).fit(cov_type="HC1")
        extra = {"n_obs": f"{len(data)}", "r_squared": f"{fit.rsquared:.3f}", "group": y}
        rows += cells(
            fit, model, {n: n for n in names} | {"constant": "const"}, legend=LEGEND, extra=extra
        )
    return paper(
        "other_dependent_variables", rows, brackets="standard_error", stars=LEGEND, covariance="robust",
        estimators={"1": "ols", "2": "ols"}, effects=[], r_squared="overall", regressors="printed",
        dependent={"1": "hrearn", "2": "hrbens"},
    )  # fmt: skip


def adjusted_fit_of_nested_columns() -> PrintedPaper:
    """Birth weights, regressors entering one by one, the adjusted R², a legend of 5, 1 and .1 %."""
    data = (
        birthweight.load()
        .dropna(subset=["lbwght", "packs", "faminc", "parity", "male"])
        .assign(const=1.0)
    )
    names, rows = ["packs", "faminc", "male", "parity"], []
    for n in range(1, 5):
        fit = sm.OLS(data["lbwght"], data[["const", *names[:n]]]).fit()
        extra = {"n_obs": f"{len(data)}", "r_squared": f"{fit.rsquared_adj:.4f}"}
        terms = {x: x for x in names[:n]} | {"constant": "const"}
        rows += cells(fit, f"{n}", terms, digits=4, legend=STRICT, df=fit.df_resid, extra=extra)
    return paper(
        "adjusted_fit_of_nested_columns", rows, brackets="standard_error", stars=STRICT, covariance="classical",
        estimators=dict.fromkeys("1234", "ols"), effects=[], r_squared="adjusted", regressors="printed",
        dependent="lbwght", nested=list("1234"),
    )  # fmt: skip


def fit_of_nested_columns() -> PrintedPaper:
    """The same with the plain R², F and no transcription of what the errors are."""
    data = _card()
    names, rows = ["educ", "exper", "expersq", "black"], []
    for n in range(1, 5):
        fit = sm.OLS(data["lwage"], data[["const", *names[:n]]]).fit()
        extra = {
            "n_obs": "3010",
            "r_squared": f"{fit.rsquared:.4f}",
            "f_statistic": f"{fit.fvalue:.1f}",
        }
        terms = {x: x for x in names[:n]} | {"constant": "const"}
        rows += cells(fit, f"{n}", terms, digits=4, legend=LEGEND, df=fit.df_resid, extra=extra)
    return paper(
        "fit_of_nested_columns", rows, brackets="standard_error", stars=LEGEND, covariance="classical",
        estimators=dict.fromkeys("1234", "ols"), effects=[], r_squared="overall", regressors="printed",
        dependent="lwage", nested=list("1234"),
    )  # fmt: skip


def few_clusters() -> PrintedPaper:
    """Clusters of eight years: stars by t(7), where |t| of 2.1 has none."""
    data, names = _wages(), ["expersq", "married", "union", "hours"]
    fit = PanelOLS(data["lwage"], data[names], entity_effects=True).fit(
        cov_type="clustered", clusters=data[["year"]]
    )
    rows = cells(fit, "1", {n: n for n in names}, digits=5, legend=LEGEND, df=7,
                 extra={"n_obs": "4360", "flag:entity_effects": "Yes", "n_clusters": "8"})  # fmt: skip
    return paper(
        "few_clusters", rows, {"units": 545, "first_year": 1980, "last_year": 1987},
        brackets="standard_error", stars=LEGEND, covariance="clustered", estimators={"1": "fixed_effects"},
        regressors="printed", dependent="lwage",
    )  # fmt: skip


def one_sided() -> PrintedPaper:
    """One-sided tests, as the note says."""
    data = _card()
    names = ["educ", "exper", "black", "smsa", "south"]
    fit = sm.OLS(data["lwage"], data[["const", *names]]).fit(cov_type="HC3")
    rows = cells(fit, "1", {n: n for n in names}, legend=LEGEND, sides=1, extra={"n_obs": "3010"})
    return paper(
        "one_sided", rows, brackets="standard_error", stars=LEGEND, covariance="robust", sides=1,
        estimators={"1": "ols"}, effects=[], regressors="printed", dependent="lwage",
    )  # fmt: skip


def stars_of_a_bootstrap() -> PrintedPaper:
    """Stars by the p-values of a bootstrap, which the brackets do not give."""
    data, names = _wages(), ["married", "union"]
    fit = PanelOLS(data["lwage"], data[names], entity_effects=True, time_effects=True).fit()
    rows = []
    for name, star in {"married": "*", "union": "**"}.items():
        text = f"{fit.params[name]:.3f}{star} ({fit.std_errors[name]:.3f})"
        rows.append(_cell(text, name, "1", "estimate"))
    return paper(
        "stars_of_a_bootstrap", rows, brackets="standard_error", stars=LEGEND, covariance="clustered",
        stars_by="other", estimators={"1": "fixed_effects"}, effects=["entity", "time"], dependent="lwage",
    )  # fmt: skip


def with_descriptives() -> PrintedPaper:
    """Grunfeld's data described, and a pooled regression with its constant."""
    data = sm.datasets.grunfeld.load_pandas().data.assign(const=1.0)
    described = []
    for name in ("invest", "value", "capital"):
        x = data[name]
        numbers = {"n_obs": f"{len(x)}", "mean": f"{x.mean():.2f}", "sd": f"{x.std():.2f}",
                   "min": f"{x.min():.2f}", "max": f"{x.max():.2f}"}  # fmt: skip
        described += [
            cell_of(text, table="2", row=name, column=k, term=name, transform="level", statistic=k)
            for k, text in numbers.items()
        ]
    first = Table(
        number="2", title="Data", content="descriptives", place="Table 2", cells=tuple(described)
    )
    fit = sm.OLS(data["invest"], data[["const", "value", "capital"]]).fit()
    extra = {"n_obs": "220", "r_squared": f"{fit.rsquared:.4f}", "f_statistic": f"{fit.fvalue:.2f}"}
    terms = {"value": "value", "capital": "capital", "constant": "const"}
    rows = cells(fit, "1", terms, digits=4, legend=LEGEND, df=fit.df_resid, extra=extra)
    made = paper(
        "with_descriptives", rows, {"units": 11, "first_year": 1935, "last_year": 1954, "balanced": True},
        brackets="standard_error", stars=LEGEND, covariance="classical", estimators={"1": "ols"}, effects=[],
        r_squared="overall", regressors="printed", dependent="invest", tables={"2": first},
    )  # fmt: skip
    return made.model_copy(update={"equation": made.equation.model_copy(update={"lhs": "invest"})})


FORMS: tuple[Callable[[], PrintedPaper], ...] = (
    absolute_t_with_stars,
    same_regressors_other_estimators,
    same_estimator_other_instruments,
    no_stars_partly_transcribed,
    groups_and_the_whole,
    everything_of_a_coefficient,
    logit_with_z,
    poisson_with_intervals,
    unbalanced_and_prime,
    other_dependent_variables,
    adjusted_fit_of_nested_columns,
    fit_of_nested_columns,
    few_clusters,
    one_sided,
    stars_of_a_bootstrap,
    with_descriptives,
)


@cache
def correct() -> dict[str, PrintedPaper]:
    """Every paper by its name."""
    return {form.__name__: form() for form in FORMS}


__all__ = ["FORMS", "PrintedNumber", "correct"]
