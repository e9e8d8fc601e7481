"""Formulas, covariances and refusals of panel models."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import living_panel.econometrics as lp
from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import (
    Infeasible,
    InvalidArgument,
    InvalidData,
    InvalidOption,
)
from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model, text_of
from living_panel.estimation.estimators._by_name import fit_model
from tests.refusals import refuses

REPOSITORY = Path(__file__).resolve().parents[2]
CLASSICAL = {"cov": "classical", "correction": "n-k", "df": "t(n-k)"}
CLUSTERED = {"cov": "clustered", "correction": "reghdfe", "df": "t(G-1)", "cluster": ["unit"]}


def panel(n: int = 12, t: int = 6, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(n), range(2000, 2000 + t)], names=["unit", "year"])
    frame = pd.DataFrame(rng.normal(size=(n * t, 4)), index, ["y", "x", "w", "z"])
    frame["w"] += frame["z"]
    return frame.assign(region=np.repeat(np.arange(n) % 4, t))


def test_a_formula_is_split_into_its_parts() -> None:
    model = read_model("log(y) ~ x + I(x**2) | unit + year | w ~ z1 + z2")
    assert text_of(model.outcome) == "log(y)"
    assert [text_of(term) for term in model.regressors] == ["", "x", "I(x ** 2)"]
    assert model.effects == ("unit", "year")
    assert [text_of(term) for term in model.endogenous] == ["w"]
    assert [text_of(term) for term in model.instruments] == ["z1", "z2"]
    assert model.names == ["y", "x", "w", "z1", "z2"]
    assert read_model("y ~ x | w ~ z").effects == ()
    assert read_model("y ~ x | 0 | w ~ z") == replace(
        read_model("y ~ x | w ~ z"), text="y ~ x | 0 | w ~ z"
    )


def test_a_variable_may_have_the_name_of_a_function() -> None:
    data = panel().rename(columns={"x": "exp", "w": "log"})
    fits = [
        fit_model(read_model(text), frame, "least_squares", read_vcov(CLASSICAL)).params
        for text, frame in (
            ("y ~ exp + log + exp:log + I(z**2) | unit", data),
            ("y ~ x + w + x:w + I(z**2) | unit", panel()),
        )
    ]
    np.testing.assert_allclose(*fits, rtol=1e-12)
    assert read_model("exp ~ log + log(y)").names == ["exp", "log", "y"]


@pytest.mark.parametrize(
    "text",
    [
        "y", "y ~", "~ x", "y ~ x ~ z", "y ~ x | unit | year", "y ~ x | unit | w ~ z | v ~ z",
        "y ~ x | log(unit)", "y ~ __import__('os')", "y ~ x.mean", "y ~ x[0]", "y ~ {x}",
        "y ~ (x", "y ~ `x`", "y ~ x | unit | w ~",
    ],
)  # fmt: skip
def test_another_form_of_formula_is_refused(text: str) -> None:
    with pytest.raises((InvalidArgument, InvalidData)):
        fit_model(read_model(text), panel(), "least_squares", read_vcov(CLASSICAL))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cov": "HC9"}, Code.ARGUMENT), ({"correction": "reghdfe"}, Code.ARGUMENT),
        ({"df": "t(G-1)"}, Code.ARGUMENT), ({"cluster": ["unit"]}, Code.COVARIANCE),
        ({"bandwidth": 1}, Code.COVARIANCE), ({"kernel": "parzen"}, Code.COVARIANCE),
        (CLUSTERED | {"cluster": []}, Code.COVARIANCE),
        (CLUSTERED | {"cluster": ["a", "a"]}, Code.COVARIANCE),
        (CLUSTERED | {"cluster": ["a", "b", "c"]}, Code.COVARIANCE),
        ({"cov": "newey_west"}, Code.COVARIANCE),
        ({"cov": "newey_west", "bandwidth": -1}, Code.ARGUMENT),
    ],
)  # fmt: skip
def test_a_covariance_that_is_not_written_out_is_refused(change: dict, code: Code) -> None:
    with refuses(InvalidOption, code):
        read_vcov(CLASSICAL | change)


@pytest.mark.parametrize(
    ("formula", "estimator", "error"),
    [
        ("y ~ x | unit", "between", InvalidOption),
        ("y ~ x", "2sls", InvalidOption),
        ("y ~ x | w ~ z", "least_squares", InvalidOption),
        ("y ~ x + w | unit | w ~ z", "2sls", InvalidData),
        ("y ~ region | unit", "least_squares", InvalidData),
        ("y ~ missing | unit", "least_squares", InvalidData),
        ("y ~ x | nowhere", "least_squares", InvalidData),
        ("y ~ log(x)", "least_squares", InvalidData),
        ("y ~ x", "logit", InvalidOption),
        ("y ~ x | unit", "poisson", InvalidOption),
        ("y ~ x | 0 | x ~ z", "2sls", InvalidData),
    ],
)
def test_what_an_estimator_cannot_use_is_refused(formula, estimator, error) -> None:
    with pytest.raises(error):
        fit_model(read_model(formula), panel(), estimator, read_vcov(CLASSICAL))


def test_refusals_by_rows() -> None:
    vcov = read_vcov({"cov": "newey_west", "correction": "none", "df": "normal", "bandwidth": 1})
    gap = panel().drop(index=[(3, 2002)])
    with pytest.raises(Infeasible):
        fit_model(read_model("y ~ x"), gap, "least_squares", vcov)
    with pytest.raises(Infeasible):
        fit_model(read_model("y ~ x"), gap, "amemiya", read_vcov(CLASSICAL))
    with pytest.raises(Infeasible):
        few = read_vcov(CLUSTERED | {"cluster": ["year"]})
        fit_model(read_model("y ~ x"), panel(t=2), "least_squares", few)


def test_first_differences_do_not_close_a_gap() -> None:
    gap = panel().drop(index=[(3, 2002)])
    fit = fit_model(read_model("y ~ x"), gap, "first_differences", read_vcov(CLASSICAL))
    assert fit.n_obs == 12 * 5 - 2


def test_rows_may_repeat_a_unit_and_period_where_nothing_needs_one() -> None:
    """Several rows a unit and period, as of persons in a state: least squares, 2SLS, clusters."""
    twice = pd.concat([panel(), panel(seed=2)])
    for formula, estimator in (
        ("y ~ x | unit + year", "least_squares"),
        ("y ~ x | unit | w ~ z", "2sls"),
    ):
        assert fit_model(read_model(formula), twice, estimator, read_vcov(CLUSTERED)).n_obs == 144
    with pytest.raises(Infeasible):
        fit_model(read_model("y ~ x"), twice, "first_differences", read_vcov(CLASSICAL))


def test_the_order_of_rows_and_the_names_of_the_index_do_not_matter() -> None:
    data = panel()
    model, vcov = read_model("y ~ x | state + unit"), read_vcov(CLUSTERED | {"cluster": ["state"]})
    named = data.rename_axis(["state", "quarter"])
    with pytest.raises(InvalidData):
        fit_model(read_model("y ~ x | unit + quarters"), named, "least_squares", vcov)
    whole = fit_model(read_model("y ~ x | unit + year"), named, "least_squares", vcov)
    mixed = named.sample(frac=1, random_state=0)
    found = fit_model(read_model("y ~ x | state + quarter"), mixed, "least_squares", vcov)
    pd.testing.assert_series_equal(found.std_errors, whole.std_errors, rtol=1e-12)
    assert model.effects == ("state", "unit")


def test_twenty_thousand_units_take_seconds() -> None:
    data = panel(20_000, 5)
    fit = fit_model(
        read_model("y ~ x + w | unit + year"), data, "least_squares", read_vcov(CLUSTERED)
    )
    assert fit.n_obs == 100_000 and fit.n_clusters == 20_000


def test_only_the_columns_that_depend_on_each_other_are_named() -> None:
    data = panel().assign(sum=lambda d: d["x"] + 2 * d["z"])
    with refuses(InvalidData, Code.COLLINEAR):
        fit_model(read_model("y ~ x + w + z + sum"), data, "least_squares", read_vcov(CLASSICAL))


POISSON = """
import numpy as np, pandas as pd
from living_panel import econometrics as lp
rng = np.random.default_rng(0)
index = pd.MultiIndex.from_product([range(60), range(9)], names=["unit", "year"])
data = pd.DataFrame({"x": rng.normal(size=540), "n": rng.poisson(3, 540)}, index).reset_index()
fit = lp.poisson("n ~ x | unit + year", data, unit="unit", time="year", vcov="clustered")
print(fit.params["x"].hex(), fit.std_errors["x"].hex())
"""


@pytest.mark.long
def test_a_poisson_regression_has_the_same_digits_in_every_process() -> None:
    """pyfixest takes effects from a set: with seeds 0 and 5 their order was another one."""
    printed = [
        subprocess.run(
            [sys.executable, "-c", POISSON], capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "5")
    ]  # fmt: skip
    assert printed[0] == printed[1] != ""


def drawn() -> pd.DataFrame:
    """Units in the order that they have as texts, so that sums agree to the last bit."""
    data = panel().rename(index="{:02}".format, level="unit")
    rng = np.random.default_rng(5)
    return data.assign(n=rng.poisson(3, len(data)), fixed=np.repeat(rng.normal(size=12), 6))


WAYS: dict[str, tuple[Callable[..., lp.Fit], str, str, dict[str, Any], dict[str, Any]]] = {
    "poisson HC0": (lp.poisson, "n ~ x | unit", "poisson", {"vcov": "HC0"}, {"cov": "HC0", "correction": "none"}),
    "poisson t": (
        lp.poisson, "n ~ x | unit + year", "poisson",
        {"vcov": "clustered", "cluster": "region", "correction": "groups", "df": "t(G-1)"},
        {"cov": "clustered", "cluster": ["region"], "correction": "groups", "df": "t(G-1)"},
    ),
    "mean group": (
        lp.mean_group, "y ~ x", "mean_group", {"df": "t(N-1)"},
        {"cov": "mean_group", "correction": "none", "df": "t(N-1)"},
    ),
    "between": (
        lp.between, "y ~ x", "between", {"vcov": "clustered", "cluster": "region", "correction": "groups"},
        {"cov": "clustered", "cluster": ["region"], "correction": "groups", "df": "t(G-1)"},
    ),
    "hausman taylor": (
        lp.hausman_taylor, "y ~ x + w | 0 | fixed ~ 1", "hausman_taylor",
        {"vcov": "driscoll_kraay", "bandwidth": 1, "df": "t(T-1)"},
        {"cov": "driscoll_kraay", "correction": "none", "bandwidth": 1, "df": "t(T-1)"},
    ),
    "differences": (
        lp.first_differences, "y ~ x", "first_differences", {"vcov": "wild", "draws": 99, "seed": 3},
        {"cov": "wild_cluster_bootstrap:rademacher", "cluster": ["unit"], "correction": "stata", "df": "none",
         "draws": 99, "seed": 3},
    ),
    "random effects": (
        lp.random_effects, "y ~ x", "swamy_arora", {"vcov": "driscoll_kraay", "bandwidth": 1},
        {"cov": "driscoll_kraay", "correction": "none", "bandwidth": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WAYS)
def test_the_library_has_each_covariance_of_a_specs_estimator(case: str) -> None:
    call, formula, estimator, options, way = WAYS[case]
    vcov = read_vcov({"df": "normal", **way})
    wanted = fit_model(read_model(formula), drawn(), estimator, vcov)
    fit = call(formula, drawn().reset_index(), unit="unit", time="year", **options)
    np.testing.assert_array_equal(fit.params, wanted.params)
    np.testing.assert_array_equal(fit.std_errors, wanted.std_errors)
    np.testing.assert_array_equal(fit.p_values, wanted.p_values)


def test_two_way_poisson_has_the_distribution_of_the_tables() -> None:
    keys = {"unit": "unit", "time": "year"}
    normal, t = (
        lp.ppml("n ~ x", drawn().reset_index(), **keys, df=df) for df in ("normal", "t(G-1)")
    )
    np.testing.assert_array_equal(t.std_errors, normal.std_errors)
    wanted = 2 * stats.t.sf(abs(normal.statistics), 11)
    np.testing.assert_allclose(t.p_values, wanted, rtol=1e-12)
    assert (t.inference, t.df) == ("clustered(unit):reghdfe:t(G-1)", 11)
    assert t.choices["distribution"] == "t(G-1)"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"cluster": "region"}, Code.COVARIANCE),
        ({"correction": "groups"}, Code.ARGUMENT),
        ({"df": "t(G-1)"}, Code.ARGUMENT),
    ],
)
def test_an_option_of_clusters_is_refused_without_them(options: dict, code: Code) -> None:
    with refuses(InvalidOption, code):
        lp.poisson("n ~ x | unit", drawn().reset_index(), unit="unit", time="year", **options)


def test_a_former_name_names_the_new_one() -> None:
    place = "living_panel.estimation.econometrics.panel_models"
    former = importlib.import_module(place)
    for name in former.MOVED:
        with pytest.raises(ImportError, match="Fix: use "):
            getattr(former, name)
    assert not hasattr(former, "never_there")
