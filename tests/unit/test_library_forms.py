"""Forms of models that applied panel papers use: which ones the library takes, and which it refuses by code."""

from __future__ import annotations

from collections.abc import Callable
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
    data["lnwg"] = 0.01 * data["age"] + 0.2 * data["disab"] + draw.normal(size=n)
    data["lnhr"] = 7 + 0.1 * data["lnwg"] - 0.05 * data["kids"] + draw.normal(size=n) / 4
    return data


DATA = supply()


def of(call: Callable[..., Any], formula: str, **options: Any) -> Callable[[], Any]:
    return lambda: call(formula, DATA, **KEYS, **options)


LINE = "lnhr ~ lnwg | unit"
WORKS = {
    "two-way FE, cluster": of(lp.two_way, "lnhr ~ lnwg + kids | unit + year"),
    "two-way clusters": of(lp.two_way, "lnhr ~ lnwg | unit + year", cluster=["unit", "year"]),
    "FE by variable (age)": of(lp.ols, "lnhr ~ lnwg | age + year"),
    "interaction lnwg*disab": of(lp.ols, "lnhr ~ lnwg*disab | unit + year"),
    "factor C(kids)": of(lp.ols, "lnhr ~ lnwg + C(kids) | unit"),
    "square I(age**2)": of(lp.ols, "lnhr ~ lnwg + age + I(age**2) | unit"),
    "square I(age^2) as in R": of(lp.ols, "lnhr ~ lnwg + age + I(age^2) | unit"),
    "unit trends C(unit):year": of(lp.ols, "lnhr ~ lnwg + C(unit):year | unit"),
    "HC3": of(lp.ols, LINE, vcov="HC3"),
    "Driscoll-Kraay": of(lp.ols, LINE, vcov="driscoll_kraay"),
    "wild bootstrap of a formula": of(lp.two_way, "lnhr ~ lnwg*disab + C(kids)", vcov="wild", draws=99),
    "CR3 of a formula": of(lp.two_way, "lnhr ~ lnwg*disab + C(kids)", vcov="cr3"),
    "2SLS FE": of(lp.iv, "lnhr ~ kids | unit + year | lnwg ~ age + disab"),
    "LIML": of(lp.iv, "lnhr ~ kids | unit | lnwg ~ age + disab", method="liml"),
    "Poisson 3 FE": of(lp.poisson, "kids ~ lnwg | unit + year + age"),
    "negative binomial": of(lp.negative_binomial, "visits ~ lnwg"),
    "logit conditional": of(lp.logit, "disab ~ lnwg + kids | unit"),
    "probit": of(lp.probit, "disab ~ lnwg + kids"),
    "quantile": of(lp.quantile, "lnhr ~ lnwg"),
    "random effects, clustered": of(lp.random_effects, "lnhr ~ lnwg + kids", vcov="clustered"),
    "first differences": of(lp.first_differences, "lnhr ~ lnwg"),
    "cluster by variable": of(lp.ols, LINE, vcov="clustered", cluster="age"),
    "log() in the formula": of(lp.ols, "lnhr ~ log(age) | unit"),
    "subsample": lambda: lp.ols(LINE, DATA[DATA["age"].between(30, 40)], **KEYS),
    "three FE": of(lp.ols, "lnhr ~ lnwg | unit + year + kids"),
    "combined FE kids^year": of(lp.ols, "lnhr ~ lnwg | unit + kids^year"),
    "fixest i(kids, ref=0)": of(lp.ols, "lnhr ~ lnwg + i(kids, ref=0) | unit"),
    "Stata i.kids": of(lp.ols, "lnhr ~ lnwg + i.kids | unit"),
    "poly(age,2)": of(lp.ols, "lnhr ~ lnwg + poly(age,2) | unit"),
    "lag l(lnwg,1)": of(lp.ols, "lnhr ~ l(lnwg,1) | unit"),
    "lag L.lnwg": of(lp.ols, "lnhr ~ L.lnwg | unit"),
    "difference d(lnhr)": of(lp.ols, "d(lnhr) ~ d(lnwg) | year"),
    "unit trends unit[year]": of(lp.ols, "lnhr ~ lnwg | unit[year]"),
    "Mundlak mean(lnwg)": of(lp.random_effects, "lnhr ~ lnwg + mean(lnwg)"),
    "weights in a formula column": of(lp.ols, LINE, weights="age"),
    "local projections": of(lp.local_projections, "lnhr ~ lnwg", horizons=2),
}  # fmt: skip
REFUSED = {
    "counts without overdispersion": (of(lp.negative_binomial, "kids ~ lnwg"), "LP-LIBRARY-034"),
    "Poisson and IV": (of(lp.poisson, "kids ~ age | unit | lnwg ~ disab"), "LP-OPTION-017"),
    "Stata c.lnwg#c.age": (of(lp.ols, "lnhr ~ c.lnwg#c.age | unit"), "LP-FORMULA-001"),
    "weights of zero": (of(lp.ols, LINE, weights="disab"), "LP-DATA-066"),
    "no such reference": (of(lp.ols, "lnhr ~ i(kids, ref=9)"), "LP-FORMULA-010"),
}


@pytest.mark.parametrize("form", WORKS)
def test_a_form_that_works_gives_finite_numbers(form: str) -> None:
    fit = WORKS[form]()
    assert np.isfinite(fit.params).all() and np.isfinite(fit.p_values).all()


@pytest.mark.parametrize("form", REFUSED)
def test_a_form_that_is_not_taken_is_refused_by_code(form: str) -> None:
    call, code = REFUSED[form]
    with pytest.raises(ProblemError) as error:
        call()
    assert error.value.codes[0] == code
