"""Numbers of panel models from their formulas, with every dummy written out, and from statsmodels."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import linalg, stats

from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.estimators._by_name import fit_model
from tests.reference.panel_models.test_panel_models_against_r import EXPECTED, rows

CLASSICAL = {"cov": "classical", "correction": "n-k", "df": "t(n-k)"}
ROBUST = {"cov": "HC0", "correction": "none", "df": "normal"}
TWO_ENDOGENOUS = {
    "pooled": "y ~ x | w + v ~ z1 + z2 + z3",
    "unit": "y ~ x | unit | w + v ~ z1 + z2 + z3",
    "both": "y ~ x | unit + year | w + v ~ z1 + z2 + z3",
}


@cache
def data() -> pd.DataFrame:
    """The panel of the R references, with a second endogenous regressor and a third instrument."""
    frame = rows("iv_pooled").sort_index()
    rng = np.random.default_rng(4)
    frame["z3"] = rng.normal(size=len(frame)).round(6)
    frame["v"] = (
        0.4 * frame["z3"] + 0.3 * frame["z1"] + 0.3 * frame["w"] + rng.normal(size=len(frame))
    )
    return frame


def fitted(formula: str, estimator: str, vcov: dict = ROBUST, **options: object) -> RegressionFit:
    return fit_model(read_model(formula), data(), estimator, read_vcov(vcov | options))


def dummies(effects: str) -> np.ndarray:
    """A constant and the dummies of all effects, of full rank."""
    levels = {"pooled": [], "unit": [0], "both": [0, 1]}[effects]
    parts = [np.ones((len(data()), 1))]
    for level in levels:
        codes = data().index.get_level_values(level)
        parts.append(pd.get_dummies(codes, drop_first=True).to_numpy(dtype=float))
    return np.hstack(parts)


def net_of(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Residuals of a regression on others."""
    return values - others @ np.linalg.lstsq(others, values, rcond=None)[0]


def instruments(effects: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exogenous columns with all dummies, endogenous columns, excluded instruments."""
    exogenous = np.column_stack([dummies(effects), data()["x"]])
    return exogenous, data()[["w", "v"]].to_numpy(), data()[["z1", "z2", "z3"]].to_numpy()


@pytest.mark.parametrize("effects", TWO_ENDOGENOUS)
def test_cragg_and_donalds_statistic_is_the_least_root(effects: str) -> None:
    """Stock and Yogo (2005), equation 2.6: the least root of |W'P W - g q S|, S with n - K degrees of freedom."""
    exogenous, endogenous, excluded = instruments(effects)
    every = np.hstack([exogenous, excluded])
    w, residual = net_of(endogenous, exogenous), net_of(endogenous, every)
    free = len(w) - every.shape[1]
    assert np.linalg.matrix_rank(every) == every.shape[1]
    roots = linalg.eigh(w.T @ w - residual.T @ residual, residual.T @ residual / free)[0]
    found = fitted(TWO_ENDOGENOUS[effects], "2sls").statistics["cragg_donald"]
    assert found == pytest.approx(roots[0] / excluded.shape[1], rel=1e-9)


@pytest.mark.parametrize("model", ["iv_two_way", "iv_pooled"])
def test_of_one_endogenous_regressor_cragg_and_donalds_is_the_first_stages_f_in_r(
    model: str,
) -> None:
    effects = " | unit + year" if model == "iv_two_way" else ""
    (wanted,) = EXPECTED.query("model == @model and term == 'first_stage.w.f_classical'")[
        "estimate"
    ]
    found = fitted(f"y ~ x{effects} | w ~ z1 + z2", "2sls").statistics
    assert found["cragg_donald"] == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize("effects", TWO_ENDOGENOUS)
def test_the_first_stage_is_that_of_a_regression_with_dummies(effects: str) -> None:
    exogenous, _, excluded = instruments(effects)
    whole = sm.OLS(data()["v"].to_numpy(), np.hstack([exogenous, excluded])).fit()
    short = sm.OLS(data()["v"].to_numpy(), exogenous).fit()
    f, _, _ = whole.compare_f_test(short)
    found = fitted(TWO_ENDOGENOUS[effects], "2sls").statistics
    assert found[Statistic("first_stage_f_classical", "v")] == pytest.approx(f, rel=1e-8)
    share = 1 - whole.ssr / short.ssr
    assert found[Statistic("first_stage_partial_r2", "v")] == pytest.approx(share, rel=1e-9)
    where = np.eye(whole.params.size)[-3:]
    robust = sm.OLS(data()["v"].to_numpy(), whole.model.exog).fit(cov_type="HC0")
    wald = float(robust.wald_test(where, use_f=False, scalar=True).statistic)
    assert found[Statistic("first_stage_f", "v")] == pytest.approx(wald / 3, rel=1e-8)


@pytest.mark.parametrize("effects", TWO_ENDOGENOUS)
def test_anderson_and_rubins_test_is_that_of_the_reduced_form(effects: str) -> None:
    exogenous, _, excluded = instruments(effects)
    reduced = sm.OLS(data()["y"].to_numpy(), np.hstack([exogenous, excluded])).fit(cov_type="HC0")
    where = np.eye(reduced.params.size)[-3:]
    wanted = reduced.wald_test(where, use_f=False, scalar=True)
    found = fitted(TWO_ENDOGENOUS[effects], "2sls").statistics
    assert found["anderson_rubin"] == pytest.approx(float(wanted.statistic), rel=1e-8)
    assert found["anderson_rubin_p_value"] == pytest.approx(float(wanted.pvalue), rel=1e-7)


@pytest.mark.parametrize("effects", TWO_ENDOGENOUS)
def test_sargans_test_is_n_times_the_share_that_instruments_explain(effects: str) -> None:
    exogenous, endogenous, excluded = instruments(effects)
    every = np.hstack([exogenous, excluded])
    projected = np.hstack([exogenous, endogenous - net_of(endogenous, every)])
    y = data()["y"].to_numpy()
    slopes = np.linalg.lstsq(projected, y, rcond=None)[0]
    residual = y - np.hstack([exogenous, endogenous]) @ slopes
    wanted = len(y) * (
        1 - net_of(residual, every) @ net_of(residual, every) / (residual @ residual)
    )
    found = fitted(TWO_ENDOGENOUS[effects], "2sls")
    assert found.statistics["sargan"] == pytest.approx(wanted, rel=1e-8)
    assert found.statistics["sargan_p_value"] == pytest.approx(stats.chi2.sf(wanted, 1), rel=1e-7)
    centred = net_of(y, dummies(effects))
    structural = 1 - residual @ residual / (centred @ centred)
    assert found.r_squared["structural"] == pytest.approx(structural, rel=1e-9)


def test_hansens_test_is_that_of_two_steps_by_hand() -> None:
    """Moments weighted by the inverse of their variance at 2SLS; without effects."""
    exogenous, endogenous, excluded = instruments("pooled")
    y, x = data()["y"].to_numpy(), np.hstack([exogenous, endogenous])
    z = np.hstack([exogenous, excluded])

    def step(weight: np.ndarray) -> np.ndarray:
        left = x.T @ z @ weight @ z.T
        return np.linalg.solve(left @ x, left @ y)

    first = y - x @ step(np.linalg.inv(z.T @ z))
    weight = np.linalg.inv((z * first[:, None] ** 2).T @ z)
    moments = z.T @ (y - x @ step(weight))
    wanted = float(moments @ weight @ moments)
    found = fitted(TWO_ENDOGENOUS["pooled"], "gmm").statistics
    assert found["hansen"] == pytest.approx(wanted, rel=1e-6)
    assert found["hansen_p_value"] == pytest.approx(stats.chi2.sf(wanted, 1), rel=1e-5)


@pytest.mark.parametrize(
    ("effects", "formula"),
    [("pooled", "y ~ x + w"), ("unit", "y ~ x + w | unit"), ("both", "y ~ x + w | unit + year")],
)
def test_kinds_of_r_squared_are_correlations_with_the_index(effects: str, formula: str) -> None:
    """Of y and x'b: in deviations from unit means, in unit means, in levels; and of all dummies."""
    whole = sm.OLS(
        data()["y"].to_numpy(), np.column_stack([data()[["x", "w"]], dummies(effects)])
    ).fit()
    slopes = pd.Series(whole.params[:2], ["x", "w"])
    both = pd.DataFrame({"y": data()["y"], "index": data()[["x", "w"]] @ slopes})
    means = both.groupby(level="unit")
    wanted = {
        "overall": both.corr().iloc[0, 1] ** 2,
        "between": means.mean().corr().iloc[0, 1] ** 2,
        "within": (both - means.transform("mean")).corr().iloc[0, 1] ** 2,
    }
    if effects != "pooled":
        wanted["lsdv"] = whole.rsquared
    fit = fitted(formula, "least_squares", CLASSICAL)
    assert fit.r_squared == pytest.approx(wanted, rel=1e-9)
    adjusted = fit.statistics["r_squared_adjusted"]
    assert adjusted == pytest.approx(whole.rsquared_adj, rel=1e-9)
    assert fit.outcome_mean == pytest.approx(data()["y"].mean(), rel=1e-12)


def test_the_f_test_is_that_of_all_slopes() -> None:
    whole = sm.OLS(data()["y"].to_numpy(), sm.add_constant(data()[["x", "w"]].to_numpy())).fit()
    found = fitted("y ~ x + w", "least_squares", CLASSICAL).f_test()
    assert found == pytest.approx((whole.fvalue, whole.f_pvalue), rel=1e-8)


def test_theta_is_the_share_of_unit_means_that_random_effects_subtract() -> None:
    fit = fitted("y ~ x + w", "swamy_arora", CLASSICAL)
    numbers, sizes = fit.statistics, data().groupby(level="unit").size()
    within, between = numbers["variance_residual"], numbers["variance_effects"]
    each = 1 - np.sqrt(within / (within + sizes * between))
    assert numbers["theta"] == pytest.approx(each.mean(), rel=1e-9)


def test_the_log_likelihood_of_a_logit_is_that_of_statsmodels() -> None:
    from statsmodels.discrete.conditional_models import ConditionalLogit

    varies = data().groupby(level="unit")["one"].transform("nunique") > 1
    frame = data()[varies]
    model = ConditionalLogit(
        frame["one"].to_numpy(),
        frame[["x", "w"]].to_numpy(),
        groups=frame.index.get_level_values(0),
    )
    fit = fitted("one ~ x + w | unit", "logit", ROBUST | {"cov": "classical"})
    wanted = model.loglike(fit.params[["x", "w"]].to_numpy())
    assert fit.statistics["log_likelihood"] == pytest.approx(wanted, rel=1e-8)
    assert fit.statistics["dropped"] == (~varies).sum()
