"""Correct tables of known truth: simulated data, estimated by statsmodels and linearmodels, printed with rounding.

`tables(seed)` draws data, dimensions, digits and legends from the seed. Every form that a column may have is drawn
several times: effects added column by column, subsamples, halves, clusters, ratios, margins, intervals, text.
`TUNED` is the seed on which the rules were written, `HELD_OUT` one that they never saw.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.iv import IV2SLS
from linearmodels.panel import FirstDifferenceOLS, PanelOLS, RandomEffects
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent))
from clean_paper import cell_of, claim
from correct_tables import LEGEND, STRICT, _cell, marks, paper

from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import PrintedPaper, Table

TUNED, HELD_OUT = 20261130, 51_000_051
EACH = 8
"""Tables of each form."""
Fit = Any
X = ["x", "z", "w"]


@dataclass
class Drawn:
    """One draw: its generator, its panel, and how numbers are printed."""

    rng: np.random.Generator
    data: pd.DataFrame
    units: int
    periods: int
    digits: int
    legend: Mapping[str, float]

    def text(self, value: float, digits: int | None = None) -> str:
        return f"{value:.{self.digits if digits is None else digits}f}"

    @property
    def sample(self) -> dict[str, object]:
        last = 1999 + self.periods
        return {"units": self.units, "first_year": 2000, "last_year": last, "balanced": True}


def draw(rng: np.random.Generator) -> Drawn:
    """A balanced panel of firms in four regions, with a binary and a counted outcome."""
    units, periods = int(rng.integers(6, 15)) * 4, int(rng.integers(4, 13))
    index = pd.MultiIndex.from_product(
        [range(units), range(2000, 2000 + periods)], names=["unit", "year"]
    )
    n = len(index)
    unit, year = (np.asarray(index.get_level_values(k)) for k in (0, 1))
    a, t = rng.normal(0, 1, units), rng.normal(0, 0.5, periods)
    x = rng.normal(0, 1, n) + 0.5 * a[unit]
    z = rng.normal(0, 1, n) + 0.3 * x
    w = rng.normal(2, 1, n)
    slopes = rng.normal(0, 0.25, 3)
    e = rng.normal(0, 1, n) + rng.normal(0, 0.4, units)[unit]
    y = 1.5 + np.column_stack([x, z, w]) @ slopes + a[unit] + t[year - 2000] + e
    index_ = 0.3 * x + slopes[1] * z + 0.1 * w - 0.2
    data = pd.DataFrame(
        {
            "y": y, "x": x, "z": z, "w": w, "const": 1.0, "iv": x + rng.normal(0, 1, n),
            "iv2": x - rng.normal(0, 1, n), "region": unit % 4, "unit": unit, "year": year,
            "binary": (rng.logistic(0, 1, n) < index_).astype(float),
            "count": rng.poisson(np.exp(np.clip(index_, -3, 2))),
        },
        index=index,
    )  # fmt: skip
    legend = [LEGEND, STRICT][int(rng.integers(2))]
    return Drawn(rng, data, units, periods, int(rng.integers(2, 5)), legend)


def printed(
    d: Drawn, model: str, b: Mapping[str, float], se: Mapping[str, float], *, df: float = np.inf, bracket: str = "se",
    sides: int = 2, stars: bool = True, extra: Mapping[str, str] = {},
) -> list[Cell]:  # fmt: skip
    """The printed column of estimates and errors, stars by t with `df`."""
    made = []
    for term in b:
        t = float(b[term] / se[term])
        p = sides * float(stats.norm.sf(abs(t)) if np.isinf(df) else stats.t.sf(abs(t), df))
        star = marks(p, d.legend) if stars else ""
        size = {"se": se[term], "t": t, "abs_t": abs(t), "p": p}[bracket]
        made.append(_cell(f"{d.text(b[term])}{star} ({d.text(size)})", term, model, "estimate"))
    made += [_cell(text, statistic, model, statistic) for statistic, text in extra.items()]
    return made


def of(fit: Fit, terms: list[str] = X) -> tuple[dict[str, float], dict[str, float]]:
    se = getattr(fit, "std_errors", getattr(fit, "bse", None))
    return {t: float(fit.params[t]) for t in terms}, {t: float(se[t]) for t in terms}


def ols(data: pd.DataFrame, terms: list[str] = X, **kind: object) -> Fit:
    return sm.OLS(data["y"], data[["const", *terms]]).fit(**kind)


def n_of(data: pd.DataFrame) -> dict[str, str]:
    return {"n_obs": f"{len(data)}"}


# -- forms ---------------------------------------------------------------------------------------
def least_squares(d: Drawn) -> PrintedPaper:
    """Nested columns with R², its adjusted form and F, classical errors."""
    rows = []
    for k in (1, 2, 3):
        fit = ols(d.data, X[:k])
        extra = {**n_of(d.data), "r_squared": f"{fit.rsquared:.4f}", "f_statistic": f"{fit.fvalue:.2f}",
                 "r_squared_adjusted": f"{fit.rsquared_adj:.4f}"}  # fmt: skip
        rows += printed(d, f"{k}", *of(fit, [*X[:k], "const"]), df=fit.df_resid, extra=extra)
    rows = [c if c.term != "const" else renamed(c) for c in rows]
    columns = {f"{k}": {"model": f"y ~ {' + '.join(X[:k])}", "estimator": "ols"} for k in (1, 2, 3)}
    return paper("least_squares", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="classical",
                 r_squared="overall", nested=["1", "2", "3"],
                 columns={"*": {"where": "", "scale": "raw"}, **columns})  # fmt: skip


def renamed(cell: Cell) -> Cell:
    """The cell as that of the constant."""
    return replace(cell, term="constant", row="Constant")


def effects_one_by_one(d: Drawn) -> PrintedPaper:
    """No effects, effects of units, then of years too: R² within falls, clusters of units."""
    rows, y, clusters = [], d.data["y"], {"cov_type": "clustered", "cluster_entity": True}
    kinds = {
        "1": {},
        "2": {"entity_effects": True},
        "3": {"entity_effects": True, "time_effects": True},
    }
    yes = d.rng.random() < 0.5
    for model, kind in kinds.items():
        x = d.data[X] if kind else d.data[["const", *X]]
        fit = PanelOLS(y, x, **kind).fit(**clusters)
        extra = {
            **n_of(d.data),
            "r_squared": f"{fit.rsquared_within:.3f}",
            "n_groups": f"{d.units}",
        }
        if kind or not yes:
            extra["flag:entity_effects"] = "Yes" if kind else "No"
        if yes and len(kind) == 2:
            extra["flag:time_effects"] = "Yes"
        rows += printed(d, model, *of(fit), df=d.units - 1, extra=extra)
    effects = {"1": [], "2": ["entity"], "3": ["entity", "time"]}
    columns = {
        m: {"effects": e, "estimator": "fixed_effects" if e else "ols"} for m, e in effects.items()
    }
    made = paper("effects_one_by_one", rows, d.sample, brackets="standard_error", stars=d.legend, r_squared="within",
                 covariance="clustered", regressors="printed", dependent="y", nested=["1", "2", "3"],
                 columns={"*": {"cluster": ["unit"], "where": ""}, **columns})  # fmt: skip
    return two_way(made)


def two_way(made: PrintedPaper) -> PrintedPaper:
    """The paper with an equation that has both effects."""
    own = made.equation.model_copy(update={"effects": ["entity", "time"]})
    return made.model_copy(update={"equation": own})


def effects_in_the_note(d: Drawn) -> PrintedPaper:
    """Rows for effects of units only; the note has the years of every column (as in Acemoglu et al. 2008)."""
    rows = []
    for model, terms in (("1", ["x"]), ("2", X)):
        fit = PanelOLS(d.data["y"], d.data[terms], entity_effects=True, time_effects=True).fit(
            cov_type="clustered", cluster_entity=True
        )
        extra = {
            **n_of(d.data),
            "flag:entity_effects": "Yes",
            "r_squared": f"{fit.rsquared_inclusive:.2f}",
        }
        rows += printed(d, model, *of(fit, terms), df=d.units - 1, extra=extra)
    return two_way(paper("effects_in_the_note", rows, d.sample, brackets="standard_error", stars=d.legend,
                         covariance="clustered", estimators=dict.fromkeys("12", "fixed_effects"), regressors="printed",
                         dependent="y", nested=["1", "2"], columns={"*": {"cluster": ["unit"]}}))  # fmt: skip


def subsamples(d: Drawn) -> PrintedPaper:
    """A balanced panel whole, its early years, its positive x: the last is no rectangle."""
    conditions = {"1": "", "2": "year <= 2001", "3": "x > 0"}
    rows = []
    for model, condition in conditions.items():
        part = d.data.query(condition.replace("year", "`year`")) if condition == "x > 0" else d.data
        part = d.data[d.data["year"] <= 2001] if "year" in condition else part
        fit = ols(part, cov_type="HC1")
        extra = {
            **n_of(part),
            "n_groups": f"{part['unit'].nunique()}",
            "n_periods": f"{part['year'].nunique()}",
        }
        rows += printed(d, model, *of(fit), extra=extra)
    return paper("subsamples", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="robust",
                 estimators=dict.fromkeys("123", "ols"), effects=[], regressors="printed", dependent="y",
                 columns={m: {"where": c} for m, c in conditions.items()})  # fmt: skip


def halves(d: Drawn) -> PrintedPaper:
    """Two halves of equal size, the same regressors, classical errors."""
    rows, half = [], d.units // 2
    for model, keep in (("1", d.data["unit"] < half), ("2", d.data["unit"] >= half)):
        fit = ols(d.data[keep])
        extra = {**n_of(d.data[keep]), "r_squared": f"{fit.rsquared:.3f}"}
        rows += printed(d, model, *of(fit), df=fit.df_resid, bracket="abs_t", extra=extra)
    return paper("halves", rows, d.sample, brackets="abs_t_statistic", stars=d.legend, covariance="classical",
                 estimators=dict.fromkeys("12", "ols"), effects=[], regressors="printed", dependent="y",
                 r_squared="overall",
                 columns={"1": {"where": f"unit < {half}"}, "2": {"where": f"unit >= {half}"}})  # fmt: skip


def other_clusters(d: Drawn) -> PrintedPaper:
    """Columns that differ in clustering alone: by unit, by year, by four regions."""
    rows, columns = [], {}
    for model, key in (("1", "unit"), ("2", "year"), ("3", "region")):
        fit = ols(
            d.data, cov_type="cluster", cov_kwds={"groups": d.data[key].to_numpy()}, use_t=True
        )
        groups = d.data[key].nunique()
        rows += printed(d, model, *of(fit), df=groups - 1, extra=n_of(d.data))
        columns[model] = {"cluster": [key], "clusters": groups}
    return paper("other_clusters", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="clustered",
                 estimators=dict.fromkeys("123", "ols"), effects=[], regressors="printed", dependent="y",
                 columns={"*": {"where": ""}, **columns})  # fmt: skip


def four_clusters(d: Drawn) -> PrintedPaper:
    """Stars by t(3), the number of clusters printed or not."""
    fit = ols(
        d.data, cov_type="cluster", cov_kwds={"groups": d.data["region"].to_numpy()}, use_t=True
    )
    number = {"n_clusters": "4"} if d.rng.random() < 0.5 else {}
    rows = printed(d, "1", *of(fit), df=3, extra={**n_of(d.data), **number})
    return paper("four_clusters", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="clustered",
                 estimators={"1": "ols"}, effects=[], regressors="printed", dependent="y")  # fmt: skip


def ratios(d: Drawn, fit: Fit, name: str, estimator: str, covariance: str) -> PrintedPaper:
    """exp(b) with the error by the delta method, that of b, z, or an interval."""
    form = ("delta", "of_b", "z", "interval")[int(d.rng.integers(4))]
    rows, (b, se) = [], of(fit)
    for term in X:
        z = b[term] / se[term]
        star, ratio = marks(2 * stats.norm.sf(abs(z)), d.legend), np.exp(b[term])
        inside = {"delta": ratio * se[term], "of_b": se[term], "z": z, "interval": None}[form]
        text = f"{d.text(ratio)}{star}" + ("" if inside is None else f" ({d.text(inside)})")
        rows.append(_cell(text, term, "1", "estimate"))
        if form == "interval":
            for statistic, sign in (("ci_low", -1), ("ci_high", 1)):
                end = np.exp(b[term] + sign * stats.norm.isf(0.025) * se[term])
                rows.append(_cell(d.text(end), term, "1", statistic))
    rows.append(_cell(f"{len(d.data)}", "n_obs", "1", "n_obs"))
    brackets = {"z": "t_statistic", "interval": "none"}.get(form, "standard_error")
    return paper(name, rows, d.sample, brackets=brackets, stars=d.legend, covariance=covariance,
                 estimators={"1": estimator}, regressors="printed", dependent="y",
                 columns={"*": {"scale": "exponentiated"}})  # fmt: skip


def odds_ratios(d: Drawn) -> PrintedPaper:
    """Odds ratios of a logit."""
    fit = sm.Logit(d.data["binary"], d.data[["const", *X]]).fit(disp=0)
    return ratios(d, fit, "odds_ratios", "logit", "classical")


def incidence_ratios(d: Drawn) -> PrintedPaper:
    """Incidence rate ratios of a Poisson regression with robust errors."""
    fit = sm.Poisson(d.data["count"], d.data[["const", *X]]).fit(disp=0, cov_type="HC0")
    return ratios(d, fit, "incidence_ratios", "poisson", "robust")


def marginal_effects(d: Drawn) -> PrintedPaper:
    """Average marginal effects of a probit; stars by the delta method or by the coefficients."""
    fit = sm.Probit(d.data["binary"], d.data[["const", *X]]).fit(disp=0)
    margins = fit.get_margeff()
    by_coefficients, rows = d.rng.random() < 0.5, []
    for n, term in enumerate(X):
        p = fit.pvalues[term] if by_coefficients else margins.pvalues[n]
        text = f"{d.text(margins.margeff[n])}{marks(p, d.legend)} ({d.text(margins.margeff_se[n])})"
        rows.append(_cell(text, term, "1", "estimate"))
    return paper("marginal_effects", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="classical",
                 estimators={"1": "probit"}, regressors="printed", dependent="y",
                 columns={"*": {"scale": "marginal_effects"}})  # fmt: skip


def standardised(d: Drawn) -> PrintedPaper:
    """Standardised coefficients with t, or with the errors of the raw ones."""
    fit, rows = ols(d.data), []
    raw = d.rng.random() < 0.5
    b, se = of(fit)
    for term in X:
        beta = b[term] * d.data[term].std() / d.data["y"].std()
        p = 2 * stats.t.sf(abs(b[term] / se[term]), fit.df_resid)
        inside = se[term] if raw else b[term] / se[term]
        rows.append(
            _cell(f"{d.text(beta)}{marks(p, d.legend)} ({d.text(inside)})", term, "1", "estimate")
        )
    rows += [
        _cell(v, k, "1", k) for k, v in {**n_of(d.data), "r_squared": f"{fit.rsquared:.3f}"}.items()
    ]
    return paper("standardised", rows, d.sample, brackets="standard_error" if raw else "t_statistic", stars=d.legend,
                 covariance="classical", estimators={"1": "ols"}, effects=[], regressors="printed", dependent="y",
                 r_squared="overall", columns={"*": {"scale": "standardised", "where": ""}})  # fmt: skip


def percentile_intervals(d: Drawn) -> PrintedPaper:
    """Percentile intervals of a bootstrap beside robust errors, of skewed draws."""
    fit, rows = ols(d.data, cov_type="HC1"), []
    b, se = of(fit)
    draws = d.rng.chisquare(3, (199, 3)) - 3
    for n, term in enumerate(X):
        ends = np.quantile(b[term] + se[term] * draws[:, n] / np.sqrt(6), [0.025, 0.975])
        rows += printed(d, "1", {term: b[term]}, {term: se[term]})
        rows += [
            _cell(d.text(e), term, "1", k) for e, k in zip(ends, ("ci_low", "ci_high"), strict=True)
        ]
    return paper("percentile_intervals", rows, d.sample, brackets="standard_error", stars=d.legend,
                 covariance="other", estimators={"1": "ols"}, effects=[], regressors="printed", dependent="y",
                 columns={"*": {"interval": "percentile"}})  # fmt: skip


def symmetric_intervals(d: Drawn) -> PrintedPaper:
    """Estimate, error, t, p and 95 % interval with stars."""
    fit, rows = ols(d.data), []
    b, se = of(fit)
    df = fit.df_resid
    for term in X:
        rows += printed(d, "1", {term: b[term]}, {term: se[term]}, df=df)
        half = se[term] * stats.t.isf(0.025, df)
        p = 2 * stats.t.sf(abs(b[term] / se[term]), df)
        parts = {
            "t_statistic": b[term] / se[term],
            "p_value": p,
            "ci_low": b[term] - half,
            "ci_high": b[term] + half,
        }
        rows += [_cell(d.text(v, 3), term, "1", k) for k, v in parts.items()]
    extra = {**n_of(d.data), "r_squared": f"{fit.rsquared:.4f}", "f_statistic": f"{fit.fvalue:.2f}"}
    rows += [_cell(v, k, "1", k) for k, v in extra.items()]
    return paper("symmetric_intervals", rows, d.sample, brackets="standard_error", stars=d.legend,
                 covariance="classical", r_squared="overall",
                 columns={"1": {"model": "y ~ x + z + w", "estimator": "ols", "interval": "symmetric",
                                "where": ""}})  # fmt: skip


def first_differences(d: Drawn) -> PrintedPaper:
    """Levels with units' effects beside first differences, with fewer rows."""
    levels = PanelOLS(d.data["y"], d.data[X], entity_effects=True).fit(
        cov_type="clustered", cluster_entity=True
    )
    changes = FirstDifferenceOLS(d.data["y"], d.data[X]).fit(
        cov_type="clustered", cluster_entity=True
    )
    rows = printed(
        d, "1", *of(levels), df=d.units - 1, extra={**n_of(d.data), "n_groups": f"{d.units}"}
    )
    n = f"{d.units * (d.periods - 1)}"
    rows += printed(
        d, "2", *of(changes), df=d.units - 1, extra={"n_obs": n, "n_groups": f"{d.units}"}
    )
    return paper("first_differences", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="clustered",
                 estimators={"1": "fixed_effects", "2": "first_differences"}, effects={"1": ["entity"], "2": []},
                 regressors="printed", dependent="y", columns={"*": {"cluster": ["unit"], "where": ""}})  # fmt: skip


def instruments(d: Drawn) -> PrintedPaper:
    """OLS beside 2SLS of one list of regressors, robust."""
    rows = []
    for model, z in (("1", None), ("2", ["iv"]), ("3", ["iv", "iv2"])):
        w = d.data[["const", "z", "w"]]
        if z is None:
            fit = IV2SLS(d.data["y"], d.data[["const", *X]], None, None).fit(cov_type="robust")
        else:
            fit = IV2SLS(d.data["y"], w, d.data["x"], d.data[z]).fit(cov_type="robust")
        extra = {**n_of(d.data), "r_squared": f"{fit.rsquared:.3f}"}
        rows += printed(d, model, *of(fit), bracket="t", extra=extra)
    kinds = {"1": "ols", "2": "two_stage_least_squares", "3": "two_stage_least_squares"}
    models = {
        "1": "y ~ x + z + w",
        "2": "y ~ z + w | 0 | x ~ iv",
        "3": "y ~ z + w | 0 | x ~ iv + iv2",
    }
    columns = {m: {"estimator": k, "model": models[m]} for m, k in kinds.items()}
    return paper("instruments", rows, d.sample, brackets="t_statistic", stars=d.legend, covariance="robust",
                 columns={"*": {"where": ""}, **columns})  # fmt: skip


def random_effects(d: Drawn) -> PrintedPaper:
    """Random beside fixed effects, p-values in brackets."""
    random = RandomEffects(d.data["y"], d.data[["const", *X]]).fit()
    fixed = PanelOLS(d.data["y"], d.data[X], entity_effects=True).fit()
    rows = printed(
        d,
        "re",
        *of(random),
        bracket="p",
        extra={**n_of(d.data), "r_squared": f"{random.rsquared:.3f}"},
    )
    extra = {**n_of(d.data), "r_squared": f"{fixed.rsquared:.3f}"}
    rows += printed(d, "fe", *of(fixed), df=fixed.df_resid, bracket="p", extra=extra)
    return paper("random_effects", rows, d.sample, brackets="p_value", stars=d.legend, covariance="classical",
                 estimators={"re": "random_effects", "fe": "fixed_effects"}, effects={"re": [], "fe": ["entity"]},
                 regressors="printed", dependent="y", r_squared="within",
                 columns={"*": {"where": ""}, "re": {"r_squared": "unnamed"}})  # fmt: skip


def one_sided(d: Drawn) -> PrintedPaper:
    """One-sided tests of half the columns, as the note says."""
    fit, rows = ols(d.data, cov_type="HC1"), []
    for model, sides in (("1", 1), ("2", 2)):
        rows += printed(d, model, *of(fit), sides=sides, extra=n_of(d.data))
    return paper("one_sided", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="robust", sides=1,
                 estimators=dict.fromkeys("12", "ols"), effects=[], regressors="printed", dependent="y",
                 columns={"2": {"sides": 2}, "*": {"where": ""}})  # fmt: skip


def negative_in_the_text(d: Drawn) -> PrintedPaper:
    """A text that quotes negative elasticities without their minus: value, range, size, order, trend."""
    made = d.data.assign(y=d.data["y"] - 3 * d.data["x"])
    rows, values = [], []
    for model, terms in (("1", ["x"]), ("2", X)):
        fit = ols(made, terms, cov_type="HC1")
        rows += printed(d, model, *of(fit, terms), extra=n_of(made))
        values.append(float(d.text(fit.params["x"])))
    sizes = [abs(v) for v in values]
    order = ("1", "2") if sizes[0] >= sizes[1] else ("2", "1")
    ten = d.text(10 * sizes[0], max(d.digits - 1, 1))
    claims = (
        claim("a", "value", "1", models=("1",), terms=("x",), values=(d.text(sizes[0]),)),
        claim(
            "b",
            "range",
            "1",
            models=("1", "2"),
            terms=("x",),
            values=(d.text(min(sizes)), d.text(max(sizes))),
        ),
        claim("c", "size", "1", models=("1",), terms=("x",), values=("10", ten)),
        claim("d", "order", "1", models=order, terms=("x",), relation="larger"),
        claim("e", "trend", "1", models=order, terms=("x",), relation="falling"),
        claim("f", "sign", "1", models=("1", "2"), terms=("x",), relation="negative"),
    )
    return paper("negative_in_the_text", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="robust",
                 estimators=dict.fromkeys("12", "ols"), effects=[], regressors="some", dependent="y",
                 claims=claims)  # fmt: skip


def difference_column(d: Drawn) -> PrintedPaper:
    """Two groups and the column of their difference."""
    rows, fits = [], []
    for model, keep in (("1", d.data["region"] < 2), ("2", d.data["region"] >= 2)):
        fits.append(ols(d.data[keep], cov_type="HC1"))
        rows += printed(d, model, *of(fits[-1]), extra=n_of(d.data[keep]))
    b = {t: float(fits[0].params[t] - fits[1].params[t]) for t in X}
    se = {t: float(np.hypot(fits[0].bse[t], fits[1].bse[t])) for t in X}
    rows += printed(d, "3", b, se)
    return paper("difference_column", rows, d.sample, brackets="standard_error", stars=d.legend, covariance="robust",
                 estimators={"1": "ols", "2": "ols"}, effects=[], regressors="printed", dependent="y",
                 columns={"1": {"where": "region < 2"}, "2": {"where": "region >= 2"},
                          "3": {"difference_of": ["1", "2"], "samples": "independent"}})  # fmt: skip


def described(d: Drawn) -> PrintedPaper:
    """Descriptive statistics of a measured, a counted and a binary variable, whole and by one group."""
    rows: list[Cell] = []
    keep = d.data[d.data["unit"] < int(d.rng.integers(5, d.units))]
    for name in ("y", "count", "binary"):
        x, digits = keep[name].astype(float), int(d.rng.integers(2, 4))
        numbers = {"n_obs": f"{len(x)}", "mean": f"{x.mean():.{digits}f}", "sd": f"{x.std():.{digits}f}",
                   "min": f"{x.min():.{digits}f}", "max": f"{x.max():.{digits}f}"}  # fmt: skip
        rows += [
            cell_of(text, table="2", row=name, column=k, term=name, transform="level", statistic=k)
            for k, text in numbers.items()
        ]
    kinds = {"count": "counts", "binary": "binary"}
    table = Table(
        number="2",
        title="Data",
        content="descriptives",
        place="Table 2",
        cells=tuple(rows),
        values=kinds,
    )
    fit = ols(d.data, cov_type="HC1")
    return paper("described", printed(d, "1", *of(fit), extra=n_of(d.data)), d.sample, brackets="standard_error",
                 stars=d.legend, covariance="robust", estimators={"1": "ols"}, effects=[], regressors="printed",
                 dependent="y", tables={"2": table})  # fmt: skip


def groups(d: Drawn) -> PrintedPaper:
    """Two regions and the whole, effects of units, clusters of units."""
    parts = {"1": d.data, "2": d.data[d.data["region"] < 2], "3": d.data[d.data["region"] >= 2]}
    whole, own = [], []
    for model, part in parts.items():
        units = part["unit"].nunique()
        fit = PanelOLS(part["y"], part[X], entity_effects=True).fit(
            cov_type="clustered", cluster_entity=True
        )
        extra = {**n_of(part), "n_groups": f"{units}", "r_squared": f"{fit.rsquared_within:.3f}"}
        made = printed(d, model, *of(fit), df=units - 1, extra=extra)
        (whole if model == "1" else own).extend(made)
    form = {"brackets": "standard_error", "stars": d.legend, "covariance": "clustered", "r_squared": "within",
            "regressors": "printed", "dependent": "y", "effects": ["entity"]}  # fmt: skip
    second = Table.model_validate(
        {"number": "2", "title": "Groups", "content": "regression", "place": "Table 2", "cells": tuple(own),
         "estimators": dict.fromkeys("23", "fixed_effects"), "groups_of": {"table": "1", "model": "1"},
         "columns": {"*": {"cluster": ["unit"]}}, **form}
    )  # fmt: skip
    halves = {m: {"name": name, "units": d.units // 2} for m, name in (("2", "A"), ("3", "B"))}
    return paper("groups", whole, d.sample, **form, estimators={"1": "fixed_effects"}, tables={"2": second},
                 columns={"*": {"cluster": ["unit"], "where": ""}}, groups=halves)  # fmt: skip


FORMS: tuple[Callable[[Drawn], PrintedPaper], ...] = (
    least_squares, effects_one_by_one, effects_in_the_note, subsamples, halves, other_clusters, four_clusters,
    odds_ratios, incidence_ratios, marginal_effects, standardised, percentile_intervals, symmetric_intervals,
    first_differences, instruments, random_effects, one_sided, negative_in_the_text, difference_column, described,
    groups,
)  # fmt: skip


def _held(table: Table) -> dict[str, object]:
    """That coefficients are standardised says what the brackets hold."""
    scale = table.column("*").scale
    return {"columns": {"*": {"scale": scale}}} if scale == "standardised" else {}


BARE = ("number", "title", "content", "place", "cells", "brackets", "stars", "sides", "stars_by")


def bare(made: PrintedPaper) -> PrintedPaper:
    """The paper with nothing declared but what the brackets, stars and sides of the tests are."""
    tables = {
        n: Table.model_validate({k: getattr(t, k) for k in BARE} | _held(t))
        for n, t in made.tables.items()
    }
    return made.model_copy(update={"tables": tables})


def of_form(seed: int, name: str, each: int = EACH) -> Iterator[PrintedPaper]:
    """Papers of one form."""
    number = [form.__name__ for form in FORMS].index(name)
    for again in range(each):
        yield FORMS[number](draw(np.random.default_rng([seed, number, again])))


def tables(seed: int, each: int = EACH) -> Iterator[tuple[str, PrintedPaper]]:
    """Papers of every form, `each` times, with their names."""
    for form in FORMS:
        for again, made in enumerate(of_form(seed, form.__name__, each)):
            yield f"{form.__name__}_{again}", made
