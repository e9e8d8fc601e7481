"""Covariances against linearmodels and pyfixest, run side by side on the same panels."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pyfixest
import pytest
from linearmodels.panel import PanelOLS
from scipy import stats

from estimation.econometrics.fixed_effects.regression import two_way
from tests.reference.fixed_effects.panels import SMALL, TERMS, columns, distance, panel

TOLERANCE = 1e-8


def estimate(name: str, **options):
    return two_way(*columns(name), **options)


ONE = {"cov": "clustered", "correction": "none", "df": "t(G-1)", "cluster": "province_code"}
KEYS = [("province_code",), ("year",), ("province_code", "year")]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("keys", KEYS, ids="+".join)
def test_clustered_covariance_equals_linearmodels(name: str, keys: tuple[str, ...]) -> None:
    data = panel(name)
    codes = [pd.factorize(data.index.get_level_values(key))[0] for key in keys]
    fit = PanelOLS(data["y"], data[TERMS[name]], entity_effects=True, time_effects=True).fit(
        cov_type="clustered",
        clusters=pd.DataFrame(np.column_stack(codes), data.index),
        debiased=True,
        auto_df=False,
        count_effects=True,
    )
    result = estimate(name, **{**ONE, "cluster": list(keys)})
    absorbed = result.n_units + result.n_periods - 1
    factor = len(data) / (len(data) - len(TERMS[name]) - absorbed)  # its own: n/(n-k-K)
    assert distance(result.cov * factor, fit.cov.to_numpy()) < TOLERANCE


@pytest.mark.parametrize("name", SMALL)
def test_r_squared_equal_linearmodels(name: str) -> None:
    data = panel(name)
    fit = PanelOLS(data["y"], data[TERMS[name]], entity_effects=True, time_effects=True).fit()
    ours = estimate(name, **ONE).r_squared
    assert ours["within_two_way"] == pytest.approx(fit.rsquared, abs=1e-12)
    assert ours["inclusive"] == pytest.approx(fit.rsquared_inclusive, abs=1e-12)
    assert ours["overall_uncentred"] == pytest.approx(fit.rsquared_overall, abs=1e-12)


@cache
def by_pyfixest(name: str):
    data = panel(name).reset_index()
    formula = f"y ~ {' + '.join(TERMS[name])} | province_code + year"
    return pyfixest.feols(formula, data, fixef_tol=1e-11)


def vcov(name: str, kind):
    fit = by_pyfixest(name)
    fit.vcov(kind)
    return fit._vcov, fit.pvalue()


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("keys", KEYS, ids="+".join)
def test_covariance_equals_pyfixest(name: str, keys: tuple[str, ...]) -> None:
    reference, p_values = vcov(name, {"CRV1": " + ".join(keys)})
    result = estimate(name, **{**ONE, "correction": "reghdfe", "cluster": list(keys)})
    assert distance(result.cov, reference) < TOLERANCE
    np.testing.assert_allclose(result.p_values, p_values, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("name", ["produc", "unbalanced"])
def test_clusters_that_nest_nothing_count_every_effect(name: str) -> None:
    # a key that cuts through provinces and years: K' = k + N + T - 1
    data = panel(name)
    key = pd.Series(np.arange(len(data)) % 13, data.index, name="key")
    frame = data.assign(key=key).reset_index()
    formula = f"y ~ {' + '.join(TERMS[name])} | province_code + year"
    reference = pyfixest.feols(formula, frame, vcov={"CRV1": "key"}, fixef_tol=1e-11)._vcov
    result = estimate(name, cov="clustered", correction="reghdfe", df="t(G-1)", cluster=key)
    assert distance(result.cov, reference) < TOLERANCE


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("key", ["province_code", "year"])
def test_cr3_equals_pyfixest(name: str, key: str) -> None:
    """pyfixest scales by G/(G-1) (n-1)/(n-K'), the jackknife by (G-1)/G."""
    reference, p_values = vcov(name, {"CRV3": key})
    options = {"df": "t(G-1)", "cluster": key}
    result = estimate(name, cov="cr3:jackknife", correction="none", **options)
    plain, scaled = (
        estimate(name, cov="clustered", correction=c, **options).cov for c in ("none", "reghdfe")
    )
    factor = scaled.iloc[0, 0] / plain.iloc[0, 0] * result.n_clusters / (result.n_clusters - 1)
    assert distance(result.cov * factor, reference) < 1e-6
    ours = 2 * stats.t.sf(np.abs(result.t_stats) / np.sqrt(factor), result.n_clusters - 1)
    np.testing.assert_allclose(ours, p_values, rtol=1e-7, atol=1e-10)
