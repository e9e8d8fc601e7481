"""Covariances against linearmodels and pyfixest, run side by side on the same panels."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pyfixest
import pytest
from linearmodels.panel import PanelOLS

from living_panel.estimation.estimators._two_way import two_way
from tests.reference.fixed_effects.panels import SMALL, TERMS, columns, distance, panel

TOLERANCE = 1e-8


def estimate(name: str, **options):
    return two_way(*columns(name), **options)


ONE = {"cov": "clustered", "correction": "none", "df": "t(G-1)", "cluster": "province_code"}
KEYS = [("province_code",), ("year",), ("province_code", "year")]


@pytest.mark.parametrize("name", SMALL)
def test_overall_r_squared_equals_linearmodels(name: str) -> None:
    data = panel(name)
    fit = PanelOLS(data["y"], data[TERMS[name]], entity_effects=True, time_effects=True).fit()
    ours = estimate(name, **ONE).r_squared
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
