"""Diagnostics against plm's and sandwich's answers stored by `oracle.R`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from living_panel.estimation.econometrics.fixed_effects import diagnostics
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.estimators._two_way import fit_two_way
from tests.reference.fixed_effects.panels import ORACLE, SMALL, columns


@pytest.mark.parametrize("name", SMALL)
def test_variance_inflation_of_demeaned_regressors(name: str) -> None:
    numbers = diagnostics.diagnostic_numbers(fit_two_way(*columns(name)), [])
    ours = [numbers[Statistic("vif", term)] for term in ORACLE[name]["terms"]]
    np.testing.assert_allclose(ours, ORACLE[name]["vif"], rtol=1e-8)


@pytest.mark.parametrize("name", ["grunfeld", "produc"])
def test_first_differences_equal_plm(name: str) -> None:
    statistic, p_value, _ = ORACLE[name]["wooldridge_fd"]
    ours = diagnostics.first_difference_serial_correlation(fit_two_way(*columns(name)))
    assert ours.statistic == pytest.approx(statistic, rel=1e-8)
    assert ours.p_value == pytest.approx(p_value, rel=1e-6)


@pytest.mark.parametrize("name", SMALL)
def test_mundlak_equals_an_augmented_regression(name: str) -> None:
    fit = fit_two_way(*columns(name))
    ours, f = diagnostics.mundlak(fit), ORACLE[name]["mundlak"]["f"]
    assert ours.statistic == pytest.approx(f, rel=1e-6)
    p_value = stats.f.sf(f, fit.x.shape[1], fit.y.index.unique(0).size - 1)
    assert ours.p_value == pytest.approx(p_value, rel=1e-5)
