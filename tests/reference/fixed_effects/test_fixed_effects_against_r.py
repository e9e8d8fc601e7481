"""Covariances against R's plm, sandwich and clubSandwich; `oracle.R` made `oracle.json`."""

from __future__ import annotations

import numpy as np
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects import textbook
from living_panel.estimation.estimators._two_way import two_way
from tests.reference.fixed_effects.panels import ORACLE, PANELS, SMALL, columns, distance
from tests.refusals import refuses

TOLERANCE = 1e-8


def estimate(name: str, **options):
    return two_way(*columns(name), **options)


ONE = {"cov": "clustered", "cluster": "province_code", "correction": "none", "df": "t(G-1)"}
JACKKNIFE = {**ONE, "cov": "cr3:jackknife"}
SAME = [
    ("plm_hc_HC0_group", ONE),
    ("plm_hc_HC0_time", {**ONE, "cluster": "year"}),
    ("plm_dc_HC0", {**ONE, "cluster": ["province_code", "year"]}),
]


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize(("reference", "options"), SAME)
def test_covariance_equals_plm(name: str, reference: str, options: dict) -> None:
    result = estimate(name, **options)
    assert distance(result.cov, ORACLE[name][reference]) < TOLERANCE


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(
    ("effects", "theirs"), [("unit", "individual"), ("time", "time"), ("both", "twoways")]
)
def test_driscoll_kraay_equals_plm(name: str, effects: textbook.Effects, theirs: str) -> None:
    """linearmodels multiplies by n/(n-k), the effects among the k; plm's HC0 does not."""
    y, x = columns(name)
    way = textbook.TextbookInference("driscoll_kraay", "", bandwidth=2)
    fit = textbook.fits(y, x, effects, [way])[way]
    ours = fit.cov * fit.df_resid / fit.nobs
    assert distance(ours, ORACLE[name][f"plm_scc_{theirs}"]) < TOLERANCE


def test_lags_of_driscoll_and_kraay_do_not_cross_a_gap() -> None:
    y, x = columns("unbalanced")
    there = y.index.get_level_values(1) != 2010
    with refuses(Infeasible, Code.GAPS):
        textbook.fits(
            y[there], x[there], "both", [textbook.TextbookInference("driscoll_kraay", "", 2)]
        )
    textbook.fits(y[there], x[there], "both", [textbook.TextbookInference("driscoll_kraay", "", 0)])


@pytest.mark.parametrize("name", SMALL)
def test_jackknife_equals_leaving_out_by_hand_and_clubsandwich(name: str) -> None:
    """clubSandwich's CR3 has no factor, the jackknife (G-1)/G."""
    result = estimate(name, **JACKKNIFE)
    groups = result.n_clusters
    assert distance(result.cov, ORACLE[name]["jackknife_unit"]) < TOLERANCE
    assert distance(result.cov * groups / (groups - 1), ORACLE[name]["cr3_unit"]) < TOLERANCE


@pytest.mark.parametrize("name", PANELS)
def test_coefficients_equal_plm(name: str) -> None:
    result = estimate(name, **ONE)
    reference = np.atleast_1d(ORACLE[name]["coef"])
    gap = (result.params.to_numpy() - reference) / result.std_errors.to_numpy()
    assert np.abs(gap).max() < TOLERANCE
    assert result.n_obs == ORACLE[name]["n"]


@pytest.mark.parametrize("name", SMALL)
def test_r_squared_equal_their_regressions(name: str) -> None:
    ours = estimate(name, **ONE).r_squared
    reference = {
        "within_two_way": "r2_two_way",
        "within_xtreg": "r2_xtreg",
        "overall": "r2_overall",
        "inclusive": "r2_inclusive",
        "effects_alone": "r2_effects",
    }
    assert set(ours) == {*reference, "overall_uncentred"}
    for kind, stored in reference.items():
        assert ours[kind] == pytest.approx(ORACLE[name][stored], abs=1e-10), kind


@pytest.mark.parametrize("name", ["grunfeld", "produc", "petersen"])
def test_constant_equals_plm_within_intercept(name: str) -> None:
    constant = estimate(name, **ONE).constant
    assert constant.estimate == pytest.approx(ORACLE[name]["constant"], rel=1e-9)
    assert constant.std_error == pytest.approx(ORACLE[name]["constant_se_group"], rel=1e-8)
