"""What FMOLS and DOLS refuse, and whether the refusal says what to do."""

from __future__ import annotations

import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.estimators.long_run import _bootstrap_std_errors, _dols, _fmols
from tests.refusals import refuses
from tests.unit.time_series_fixture import panel

POOLED = {"method": "pooled", "trend": "c", "bandwidth": 1}


def test_thirteen_years_two_regressors_take_one_lag_but_not_a_lead_and_a_lag() -> None:
    y, x = panel(29, 13, 2)
    _dols(y, x, **POOLED, leads=0, lags=0, demean=False, common_dynamics=False)
    _dols(y, x, **POOLED, leads=0, lags=1, demean=False, common_dynamics=False)
    with refuses(Infeasible, Code.SAMPLE_SMALL, value=10, needed=5):
        _dols(y, x, **POOLED, leads=1, lags=1, demean=False, common_dynamics=False)


def test_seven_regressors_at_eighteen_years_need_common_dynamics() -> None:
    y, x = panel(29, 18, 7)
    with refuses(Infeasible, Code.SAMPLE_SMALL, value=15):
        _dols(y, x, **POOLED, leads=1, lags=1, demean=False, common_dynamics=False)
    got = _dols(y, x, **POOLED, leads=1, lags=1, common_dynamics=True, demean=False)
    assert got.n_obs == 29 * 15


@pytest.mark.parametrize("method", ["pooled", "group_mean"])
def test_nine_years_with_a_trend_are_too_few(method: str) -> None:
    y, x = panel(29, 9, 2)
    options = {"method": method, "trend": "ct", "bandwidth": 1}
    with refuses(Infeasible, Code.SAMPLE_SMALL, parameters=4, value=8, left=4):
        _fmols(y, x, **options, demean=False)
    with refuses(Infeasible, Code.SAMPLE_SMALL):
        _dols(y, x, **options, leads=0, lags=0, demean=False, common_dynamics=False)


@pytest.mark.parametrize("method", ["pooled", "group_mean"])
def test_two_years_have_no_differences_to_count_and_three_are_refused_by_count(method: str) -> None:
    options = {"method": method, "trend": "c", "bandwidth": 1}
    with refuses(Infeasible, Code.SAMPLE_SMALL, some="P00, P01, P02", n_periods=2):
        _fmols(*panel(3, 2, 1), **options, demean=False)
    with refuses(Infeasible, Code.SAMPLE_SMALL, parameters=2, value=2, left=0):
        _fmols(*panel(3, 3, 1), **options, demean=False)
    assert _fmols(*panel(3, 8, 1), **options, demean=False).statistics["residual_df"] == 5


def test_the_group_mean_counts_every_slope_of_a_unit() -> None:
    y, x = panel(29, 13, 2)
    with refuses(Infeasible, Code.SAMPLE_SMALL, value=11) as refusal:
        _dols(
            y,
            x,
            method="group_mean",
            trend="c",
            bandwidth=1,
            leads=0,
            lags=1,
            demean=False,
            common_dynamics=False,
        )
    assert "common_dynamics" not in str(refusal.value), "a remedy that group_mean does not have"


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"method": "group_mean", "common_dynamics": False}, "P02"),
        ({"method": "pooled", "common_dynamics": True}, "the pool"),
    ],
)
def test_levels_that_follow_from_differences_are_named(options: dict, where: str) -> None:
    """x1 is x0 of the year before: independent levels, whose gap is a difference."""
    y, x = panel(6, 30, 2)
    units = ["P02"] if where == "P02" else list(y)
    x["x1"].loc[2009:, units] = x["x0"][units].to_numpy()[:-1]
    with pytest.raises(
        Infeasible, match=f"differences are collinear in {where}. Fix: drop a regressor"
    ):
        _dols(y, x, trend="c", bandwidth=1, leads=0, lags=0, **options, demean=False)


def test_a_unit_whose_differences_move_together_has_no_dynamics_of_its_own() -> None:
    y, x = panel(6, 30, 2)
    x["x1"]["P02"] = 3 - 2 * x["x0"]["P02"]
    with refuses(Infeasible, Code.COLLINEAR):
        _dols(y, x, **POOLED, leads=0, lags=0, demean=False, common_dynamics=False)
    assert (
        _dols(y, x, **POOLED, leads=0, lags=0, common_dynamics=True, demean=False).n_obs == 6 * 29
    )


def test_moments_that_are_singular_are_refused() -> None:
    """Regressors that differ in the first year alone, which differencing takes."""
    y, x = panel(6, 30, 1)
    twin = x["x0"].copy()
    twin.iloc[0] += 1.0
    with refuses(Infeasible, Code.COLLINEAR, named="6 units over 2008-2037"):
        _fmols(y, {**x, "twin": twin}, **POOLED, demean=False)


def test_blocks_longer_than_the_series_are_refused() -> None:
    y, x = panel(6, 20, 2)
    _bootstrap_std_errors("fmols", y, x, block_length=19, draws=99, seed=1, **POOLED, demean=False)
    with refuses(Infeasible, Code.SAMPLE_SMALL, block_length=20, n_rows=19):
        _bootstrap_std_errors(
            "fmols", y, x, block_length=20, draws=99, seed=1, **POOLED, demean=False
        )
