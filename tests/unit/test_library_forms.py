"""Forms of models that applied panel papers use: which ones the library takes, and which it refuses by code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import living_panel.econometrics as lp
from living_panel.problems import ProblemError

KEYS = {"unit": "unit", "time": "year"}


def supply() -> pd.DataFrame:
    """Hours, wages and children of 60 workers in ten years, simulated."""
    draw = np.random.default_rng(5)
    frame = pd.MultiIndex.from_product([range(60), range(1979, 1989)], names=["unit", "year"])
    data = frame.to_frame(index=False)
    n = len(data)
    data["age"] = 25 + data["unit"] % 20 + data["year"] - 1979 + draw.integers(0, 3, n)
    data["kids"] = draw.integers(0, 4, n)
    data["visits"] = draw.negative_binomial(1.5, 0.4, n)
    data["disab"] = draw.integers(0, 2, n)
    data["lat"], data["lon"] = 30 + data["unit"] * 0.1, 100 + data["unit"] % 7 * 0.5
    data["lnwg"] = 0.01 * data["age"] + 0.2 * data["disab"] + draw.normal(size=n)
    data["lnhr"] = 7 + 0.1 * data["lnwg"] - 0.05 * data["kids"] + draw.normal(size=n) / 4
    return data


DATA = supply()


def of(call: Callable[..., Any], formula: str, **options: Any) -> Callable[[], Any]:
    return lambda: call(formula, DATA, **KEYS, **options)


LINE = "lnhr ~ lnwg | unit"
FORMS = {
    "two-way FE, cluster": of(lp.two_way, "lnhr ~ lnwg + kids | unit + year"),
    "two-way clusters": of(lp.two_way, "lnhr ~ lnwg | unit + year", cluster=["unit", "year"]),
    "three FE": of(lp.ols, "lnhr ~ lnwg | unit + year + kids"),
    "FE by a variable": of(lp.ols, "lnhr ~ lnwg | age + year"),
    "combined FE": of(lp.ols, "lnhr ~ lnwg | unit + kids^year"),
    "interaction": of(lp.ols, "lnhr ~ lnwg*disab | unit + year"),
    "factor": of(lp.ols, "lnhr ~ lnwg + C(kids) | unit"),
    "factor with a reference": of(lp.ols, "lnhr ~ lnwg + i(kids, ref=0) | unit"),
    "factor as in Stata": of(lp.ols, "lnhr ~ lnwg + i.kids | unit"),
    "square": of(lp.ols, "lnhr ~ lnwg + age + I(age**2) | unit"),
    "square as in R": of(lp.ols, "lnhr ~ lnwg + age + I(age^2) | unit"),
    "polynomial": of(lp.ols, "lnhr ~ lnwg + poly(age, 2) | unit"),
    "lag": of(lp.ols, "lnhr ~ l(lnwg, 1) | unit"),
    "lag as in Stata": of(lp.ols, "lnhr ~ L.lnwg | unit"),
    "difference": of(lp.ols, "d(lnhr) ~ d(lnwg) | year"),
    "trends by unit": of(lp.ols, "lnhr ~ lnwg | unit[year]"),
    "trends by dummies": of(lp.ols, "lnhr ~ lnwg + C(unit):year | unit"),
    "HC3": of(lp.ols, LINE, vcov="HC3"),
    "Driscoll-Kraay": of(lp.ols, LINE, vcov="driscoll_kraay"),
    "Conley": of(lp.ols, LINE, vcov="conley", location=("lat", "lon"), cutoff=60),
    "wild bootstrap": of(lp.ols, LINE, vcov="wild", draws=99),
    "block bootstrap": of(lp.ols, LINE, vcov="bootstrap", draws=99),
    "2SLS with FE": of(lp.iv, "lnhr ~ kids | unit + year | lnwg ~ age + disab"),
    "LIML": of(lp.iv, "lnhr ~ kids | unit | lnwg ~ age + disab", method="liml"),
    "IV-GMM": of(lp.iv_gmm, "lnhr ~ kids | unit | lnwg ~ age + disab"),
    "Arellano-Bond": of(lp.arellano_bond, "lnhr ~ l(lnhr, 1) + lnwg"),
    "Poisson, three FE": of(lp.poisson, "kids ~ lnwg | unit + year + age"),
    "negative binomial": of(lp.negative_binomial, "visits ~ lnwg"),
    "conditional logit": of(lp.logit, "disab ~ lnwg + kids | unit"),
    "pooled logit": of(lp.logit, "disab ~ lnwg + kids"),
    "probit": of(lp.probit, "disab ~ lnwg + kids"),
    "quantile": of(lp.quantile, "lnhr ~ lnwg"),
    "random effects, clustered": of(lp.random_effects, "lnhr ~ lnwg + kids", vcov="clustered"),
    "random effects by ML": of(lp.random_effects, "lnhr ~ lnwg", components="maximum_likelihood"),
    "Mundlak's means": of(lp.random_effects, "lnhr ~ lnwg + mean(lnwg)"),
    "first differences": of(lp.first_differences, "lnhr ~ lnwg"),
    "weights in a column": of(lp.ols, LINE, weights="age"),
    "rows by a condition": lambda: lp.ols(LINE, DATA[DATA["disab"] == 1], **KEYS),
    "rows by a range": lambda: lp.ols(LINE, DATA[DATA["age"].between(30, 40)], **KEYS),
    "clusters of a variable": of(lp.ols, LINE, vcov="clustered", cluster="age"),
    "logarithm in the formula": of(lp.ols, "lnhr ~ log(age) | unit"),
}
MORE = {
    "system GMM": of(lp.blundell_bond, "lnhr ~ l(lnhr, 1) + lnwg", two_steps=True, collapse=True),
    "CR3": of(lp.ols, LINE, vcov="cr3"),
    "dummies times a variable": of(lp.ols, "lnhr ~ i(kids, lnwg, ref=1) | unit"),
    "several lags and a lead": of(lp.ols, "lnhr ~ l(lnwg, 0:2) + f(lnwg) | unit + year"),
    "margins": lambda: lp.margins(lp.probit("disab ~ lnwg", DATA, **KEYS)),
    "lag in two_way": of(lp.two_way, "lnhr ~ l(lnwg, 1)"),
    "Poisson, combined FE": of(lp.poisson, "kids ~ lnwg | unit + disab^year", vcov="clustered"),
    "local projections": of(lp.local_projections, "lnhr ~ lnwg", horizons=2),
}
POISSON_IV = (of(lp.poisson, "kids ~ age | unit | lnwg ~ disab"), "LP-MODEL")
REFUSED = {
    "Poisson with instruments": POISSON_IV,
    "counts without overdispersion": (of(lp.negative_binomial, "kids ~ lnwg"), "LP-NOT-CONVERGED"),
    "Stata c.lnwg#c.age": (of(lp.ols, "lnhr ~ c.lnwg#c.age | unit"), "LP-FORMULA-FORM"),
    "weights of zero": (of(lp.ols, LINE, weights="disab"), "LP-WEIGHTS"),
    "no such reference": (of(lp.ols, "lnhr ~ i(kids, ref=9)"), "LP-DATA-TYPE"),
    "Conley without places": (of(lp.ols, LINE, vcov="conley", cutoff=60), "LP-WEIGHTS"),
    "no degrees": (
        of(lp.ols, LINE, vcov="conley", location=("year", "lon"), cutoff=60), "LP-WEIGHTS",
    ),
    "two clusters of CR3": (of(lp.ols, LINE, vcov="cr3", cluster=["unit", "year"]), "LP-COVARIANCE"),
    "two clusters of CR3 with instruments": (
        of(lp.iv, "lnhr ~ 1 | unit | lnwg ~ age", vcov="cr3", cluster=["unit", "year"]), "LP-COVARIANCE",
    ),
    "two clusters of GMM": (
        of(lp.iv_gmm, "lnhr ~ 1 | unit | lnwg ~ age", vcov="clustered", cluster=["unit", "year"]),
        "LP-COVARIANCE",
    ),
    "draws of HC1": (of(lp.ols, LINE, vcov="HC1", draws=9), "LP-ARGUMENT"),
    "factor of CR3": (of(lp.ols, LINE, vcov="cr3", correction="reghdfe"), "LP-ARGUMENT"),
    "wild bootstrap of 2SLS": (of(lp.iv, "lnhr ~ 1 | unit | lnwg ~ age", vcov="wild"), "LP-MODEL"),
    "margins of least squares": (lambda: lp.margins(lp.ols(LINE, DATA, **KEYS)), "LP-FIT"),
    "a lag of dummies": (of(lp.ols, "lnhr ~ l(C(kids), 1)"), "LP-FORMULA-FORM"),
    "a lag of a text": (
        lambda: lp.ols("lnhr ~ l(t, 1)", DATA.assign(t="a"), **KEYS), "LP-DATA-TYPE",
    ),
    "too many values of effects": (
        lambda: lp.ols("y ~ x | a + b + c", pd.DataFrame(dict.fromkeys("yxabc", range(3_100)))),
        "LP-SAMPLE-LIMIT",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", [*FORMS, *MORE])
def test_a_form_that_works_gives_finite_numbers(form: str) -> None:
    fit = {**FORMS, **MORE}[form]()
    assert np.isfinite(fit.params).all() and np.isfinite(fit.p_values).all()


@pytest.mark.parametrize("form", REFUSED)
def test_a_form_that_is_not_taken_is_refused_by_code(form: str) -> None:
    call, code = REFUSED[form]
    with pytest.raises(ProblemError) as error:
        call()
    assert error.value.codes[0] == code


def test_the_table_of_forms_is_that_of_the_tests() -> None:
    """42 forms of applied papers: 41 work, and one has a reason."""
    text = (Path(__file__).parents[2] / "docs" / "estimators.md").read_text(encoding="utf-8")
    table = text.partition("## Forms of models")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| `.+` \| ([^|]+?) \|$", table, re.MULTILINE)
    works = [form for form, state in rows if state == "works"]
    assert works == [*FORMS] and len(works) == 41
    assert [form for form, state in rows if state != "works"] == ["Poisson with instruments"]
