"""Data and options on which an estimator has no answer: each refusal by its code and fields."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.econometrics.robustness.omitted_variables import as_strong_as
from living_panel.estimation.econometrics.robustness.threshold import panel_threshold
from living_panel.estimation.estimators import did, dynamic, factors
from living_panel.estimation.estimators._by_name import fit_model
from living_panel.estimation.panel_tests import unit_roots
from living_panel.estimation.panel_tests.dependence import pesaran_cd
from living_panel.problems import ProblemError
from tests.refusals import refuses
from tests.unit.panels import rows

CLASSICAL = {"cov": "classical", "correction": "n-k", "df": "t(n-k)"}
OF_LOGIT = {"cov": "classical", "correction": "none", "df": "normal"}
ROBUST = {"cov": "HC1", "correction": "n-k", "df": "t(n-k)"}


def panel(n: int = 8, t: int = 5) -> pd.DataFrame:
    """Random values, a count, a yes or no, and a trait of each unit."""
    rng = np.random.default_rng(3)
    index = pd.MultiIndex.from_product([range(n), range(2000, 2000 + t)], names=["unit", "year"])
    frame = pd.DataFrame(rng.normal(size=(n * t, 3)), index, ["y", "x", "z"])
    yes = (rng.random(n * t) < 0.5).astype(float)
    trait = np.repeat(np.arange(n) % 3, t).astype(float)
    return frame.assign(count=rng.poisson(2, n * t), yes=yes, trait=trait, region=trait)


def at(frame: pd.DataFrame, column: str, value: float) -> pd.DataFrame:
    """One cell otherwise: that of row 3."""
    frame = frame.astype({column: float})
    frame.iloc[3, frame.columns.get_loc(column)] = value
    return frame


Case = tuple[str, str, dict, Callable[[pd.DataFrame], pd.DataFrame], Code, dict]
MODELS: list[Case] = [
    ("count ~ x | unit", "poisson", ROBUST, lambda f: at(f, "count", -1.0),
     Code.OUTCOME_RANGE, {"value": -1.0, "at": 3}),
    ("yes ~ x | unit", "logit", OF_LOGIT, lambda f: at(f, "yes", 2.0), Code.OUTCOME_RANGE, {}),
    ("trait ~ x | unit", "logit", OF_LOGIT, lambda f: f.assign(trait=f["trait"] > 0).astype(float),
     Code.OUTCOME_EXPLAINED, {"text": "trait ~ x | unit"}),
    ("yes ~ x | unit", "logit", CLASSICAL, lambda f: f, Code.COVARIANCE, {}),
    ("y ~ x", "least_squares", CLASSICAL, lambda f: f.reset_index(),
     Code.DATA_KEYS, {"n_rows": 40, "names": ["unnamed"]}),
    ("C(region) ~ x", "least_squares", CLASSICAL, lambda f: f, Code.FORMULA_FORM, {"n_outcomes": 3}),
    ("y ~ x | region", "least_squares", CLASSICAL, lambda f: at(f, "region", np.nan),
     Code.DATA_MISSING, {"name": "region", "n_missing": 1}),
    ("y ~ x | unit + year", "least_squares", CLASSICAL, lambda f: f.loc[:1, :].groupby(level=0).head(2),
     Code.SAMPLE_SMALL, {"n_rows": 4, "n_slopes": 1, "parameters": 3}),
    ("y ~ x", "first_differences", CLASSICAL, lambda f: f[f.index.get_level_values(1) % 2 == 0],
     Code.GAPS, {"text": "y ~ x"}),
    ("y ~ x", "mean_group", {"cov": "mean_group", "correction": "none", "df": "normal"}, lambda f: f.loc[:0],
     Code.SAMPLE_SMALL, {"text": "y ~ x"}),
    ("y ~ region | trait ~ 1", "hausman_taylor", CLASSICAL, lambda f: f,
     Code.ABSORBED, {}),
    ("y ~ x + z", "swamy_arora", CLASSICAL, lambda f: f.loc[:1],
     Code.SAMPLE_SMALL, {"n_units": 2, "n": 10, "k": 2}),
    ("y ~ x", "least_squares", {"cov": "driscoll_kraay", "correction": "none", "df": "normal", "bandwidth": 1},
     lambda f: f.drop(2002, level=1), Code.GAPS, {"holes": [2002]}),
    ("y ~ x | unit", "least_squares", {"cov": "HC3", "correction": "none", "df": "normal"},
     lambda f: f.drop([(0, year) for year in range(2001, 2005)]), Code.OUTCOME_EXPLAINED, {"n_rows": 1}),
    ("y ~ 1 | unit | x + z ~ count", "2sls", CLASSICAL, lambda f: f,
     Code.MODEL, {"instruments": 1, "endogenous": 2}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "estimator", "vcov", "change", "code", "fields"),
    MODELS,
    ids=[case[4].name for case in MODELS],
)
def test_a_panel_model_refuses(text, estimator, vcov, change, code, fields) -> None:
    with refuses(ProblemError, code, **fields):
        fit_model(read_model(text), change(panel()), estimator, read_vcov(vcov))


def adopted(first: list[int], years: int = 4) -> did._Layout:
    """Units that adopt in these positions of the years; `years` is never."""
    outcome = np.arange(len(first) * years, dtype=float).reshape(len(first), years) ** 2
    units = [f"{i:02d}" for i in range(len(first))]
    return did._Layout(outcome, np.array(first), units, list(range(2010, 2010 + years)))


def test_adoption_without_controls_or_years_before() -> None:
    with refuses(ProblemError, Code.ADOPTION, years=2011, g=1, base_years=2):
        did._group_time(adopted([1, 4]), base_years=2)
    with refuses(ProblemError, Code.ADOPTION):
        did._group_time(adopted([2, 2]), base_years=1)
    with refuses(ProblemError, Code.ADOPTION):
        did._bacon(adopted([2, 2]))


def test_bounds_of_an_event_time_that_is_not_estimated() -> None:
    times = [-3, -2, 0, 1]
    estimates, cov = pd.Series(0.1, times), pd.DataFrame(np.eye(4), times, times)
    with refuses(ProblemError, Code.TEST_OPTIONS, missing=[2]):
        did.honest_bounds(estimates, cov=cov, average_of=[0, 2], draws=9)


def test_residuals_of_one_unit_and_infinite_ones() -> None:
    residuals = pd.DataFrame(np.random.default_rng(1).normal(size=(6, 3)), columns=["a", "b", "c"])
    with refuses(ProblemError, Code.SAMPLE_SMALL, n_units=1):
        pesaran_cd(residuals[["a"]])
    residuals.loc[2, "b"] = np.inf
    with refuses(ProblemError, Code.OUTCOME_EXPLAINED, units="b"):
        pesaran_cd(residuals)


def series(n: int, t: int, seed: int = 1) -> pd.DataFrame:
    """Random walks: years in rows, units in columns."""
    walks = np.random.default_rng(seed).normal(size=(t, n)).cumsum(axis=0)
    return pd.DataFrame(walks, range(2000, 2000 + t), [f"P{i}" for i in range(n)])


def test_tests_of_unit_roots_on_series_without_room() -> None:
    line = series(4, 12).assign(P1=np.arange(12.0))
    with refuses(ProblemError, Code.OUTCOME_EXPLAINED):
        unit_roots.hadri(line, trend="ct", heteroskedastic=True, demean=False)
    with refuses(ProblemError, Code.TEST_OPTIONS):
        options = {"lags": 0, "bandwidth": 1, "demean": False, "finite_sample": True}
        unit_roots.llc(series(4, 12), trend="n", **options)
    with refuses(ProblemError, Code.SAMPLE_SMALL, factors=4, t=11, n=4):
        unit_roots.panic(series(4, 12), factors=4, lags=0, draws=9, seed=1)


def drawn(n: int, t: int) -> tuple[pd.Series, pd.DataFrame]:
    """An outcome and a regressor of n units and t years."""
    rng = np.random.default_rng(5)
    y, x = rng.normal(size=(2, n * t))
    return pd.Series(y, rows(n, t)), pd.DataFrame({"x": x}, rows(n, t))


def test_two_units_have_no_averages_for_pooled_cce() -> None:
    with refuses(ProblemError, Code.SAMPLE_SMALL, n=2):
        factors._pooled_cce(*drawn(2, 14))


def test_differences_need_two_neighbouring_years() -> None:
    y, x = drawn(4, 6)
    even = y.index.get_level_values(1) % 2 == 0
    with refuses(ProblemError, Code.GAPS):
        dynamic._annual_differences(y[even], x[even])


def test_a_benchmark_that_explains_the_regressor_bounds_nothing() -> None:
    rng = np.random.default_rng(1)
    benchmark = rng.normal(size=40)
    x = np.column_stack([benchmark + 0.1 * rng.normal(size=40), benchmark])
    with refuses(ProblemError, Code.FIT, times=2.0, benchmark=1, column=0):
        as_strong_as(
            x.sum(axis=1) + rng.normal(size=40), x, column=0, benchmark=1, times=2.0, df=38
        )


def test_a_regime_that_moves_only_where_the_regressor_stands_still_splits_nothing() -> None:
    y, x = drawn(8, 6)
    first = (np.arange(48) // 6 < 4).astype(float)
    options = {"switching": "x", "trim": 0.15, "draws": 9, "seed": 1, "level": 0.95}
    regime = pd.Series(np.where(first, 1.0, np.arange(48.0)), y.index)
    with refuses(ProblemError, Code.SAMPLE_SMALL):
        panel_threshold(y, x.mul(first, axis=0), regime=regime, **options)


def test_differences_of_two_regressors_that_are_one_are_refused() -> None:
    y, x = drawn(6, 8)
    twice = x.assign(twice=2 * x["x"])
    with refuses(ProblemError, Code.COLLINEAR, names=["x", "twice"]):
        dynamic._annual_differences(y, twice)
