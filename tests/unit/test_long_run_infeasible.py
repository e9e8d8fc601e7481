"""What FMOLS and DOLS refuse, and whether the refusal says what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from estimation.econometrics.errors import Infeasible
from estimation.econometrics.long_run import (
    bootstrap_std_errors,
    dols,
    fmols,
)
from tests.unit.time_series_fixture import panel

POOLED = {"method": "pooled", "trend": "c", "bandwidth": 1}


def test_thirteen_years_two_regressors_take_one_lag_but_not_a_lead_and_a_lag() -> None:
    y, x = panel(29, 13, 2)
    dols(y, x, **POOLED, leads=0, lags=0)
    dols(y, x, **POOLED, leads=0, lags=1)
    with pytest.raises(Infeasible, match=r"9 parameters .* on 10 rows.*5 are needed.*fewer leads"):
        dols(y, x, **POOLED, leads=1, lags=1)


def test_seven_regressors_at_eighteen_years_need_common_dynamics() -> None:
    y, x = panel(29, 18, 7)
    with pytest.raises(Infeasible, match=r"29 parameters .* on 15 rows.*common_dynamics=True"):
        dols(y, x, **POOLED, leads=1, lags=1)
    got = dols(y, x, **POOLED, leads=1, lags=1, common_dynamics=True)
    assert got.n_obs == 29 * 15


@pytest.mark.parametrize("method", ["pooled", "weighted", "group_mean"])
def test_nine_years_with_a_trend_are_too_few(method: str) -> None:
    y, x = panel(29, 9, 2)
    options = {"method": method, "trend": "ct", "bandwidth": 1}
    with pytest.raises(Infeasible, match=r"4 parameters on 8 rows leave 4 .*trend='c'"):
        fmols(y, x, **options)
    with pytest.raises(Infeasible, match="residual degrees of freedom"):
        dols(y, x, **options, leads=0, lags=0)


@pytest.mark.parametrize("method", ["pooled", "group_mean"])
def test_two_years_have_no_differences_to_count_and_three_are_refused_by_count(method: str) -> None:
    options = {"method": method, "trend": "c", "bandwidth": 1}
    with pytest.raises(Infeasible, match="P00, P01, P02: 2 periods; drop or lengthen"):
        fmols(*panel(3, 2, 1), **options)
    with pytest.raises(
        Infeasible, match=r"2 parameters on 2 rows leave 0 .*Lengthen .* 8 periods\.$"
    ):
        fmols(*panel(3, 3, 1), **options)
    assert fmols(*panel(3, 8, 1), **options).details["residual_df"] == 5


def test_the_group_mean_counts_every_slope_of_a_unit() -> None:
    y, x = panel(29, 13, 2)
    with pytest.raises(Infeasible, match="7 parameters on 11 rows leave 4 ") as refusal:
        dols(y, x, method="group_mean", trend="c", bandwidth=1, leads=0, lags=1)
    assert "common_dynamics" not in str(refusal.value), "a remedy that group_mean does not have"


@pytest.mark.parametrize("run", ["fmols", "dols"])
class TestDegenerate:
    def refused(self, run: str, y: pd.DataFrame, x: dict[str, pd.DataFrame], match: str) -> None:
        with pytest.raises(Infeasible, match=match):
            if run == "fmols":
                fmols(y, x, **POOLED)
            else:
                dols(y, x, **POOLED, leads=0, lags=0)

    def test_log_of_zero(self, run: str) -> None:
        y, x = panel(6, 20, 2)
        x["x1"].loc[2011, "P03"] = -np.inf
        self.refused(run, y, x, r"x1 is infinite in P03 \(2011\).*zero")

    def test_interior_gap(self, run: str) -> None:
        y, x = panel(6, 20, 2)
        y.loc[2015, "P02"] = np.nan
        self.refused(run, y, x, r"unbalanced.*P02 \(2015\).*never closed up")

    def test_absent_year(self, run: str) -> None:
        y, x = panel(6, 20, 2)
        cut = {name: frame.drop(index=2016) for name, frame in x.items()}
        self.refused(run, y.drop(index=2016), cut, "periods 2016 are absent")

    def test_ragged_edge(self, run: str) -> None:
        y, x = panel(6, 20, 2)
        x["x0"].loc[:2009, "P04"] = np.nan
        self.refused(run, y, x, r"unbalanced.*P04 \(2008, 2009\).*drop P04, or keep .* 2010-2027")

    def test_unit_without_a_value(self, run: str) -> None:
        y, x = panel(6, 20, 2)
        x["x0"]["P05"] = np.nan
        self.refused(run, y, x, "x0 is missing in every period for P05")

    def test_constant_series(self, run: str) -> None:
        y, x = panel(6, 20, 2)
        x["x1"]["P01"] = 7.3
        self.refused(run, y, x, "x1 is constant in P01")

    def test_collinear_regressors(self, run: str) -> None:
        y, x = panel(6, 20, 2)
        x["double"] = 2 * x["x0"] - 3 * x["x1"] + 4
        self.refused(run, y, x, "x0, x1, double are collinear")

    def test_y_made_of_the_regressors(self, run: str) -> None:
        y, x = panel(6, 20, 2)
        self.refused(
            run, 2 * x["x0"] - x["x1"] + 1, x, "y is an exact linear combination of x0, x1"
        )

    def test_no_units(self, run: str) -> None:
        y, x = panel(6, 20, 1)
        with pytest.raises(Infeasible, match="20 periods and 0 units"):
            fmols(y.iloc[:, :0], {"x0": x["x0"].iloc[:, :0]}, **POOLED)

    def test_regressor_common_to_all_units_after_demeaning(self, run: str) -> None:
        y, x = panel(6, 20, 1)
        x["national"] = pd.DataFrame({u: x["x0"]["P00"] for u in y.columns})
        with pytest.raises(Infeasible, match="national is constant after demeaning by period"):
            fmols(y, x, **POOLED, demean=True)


def test_collinearity_in_one_unit_matters_where_units_stand_alone() -> None:
    y, x = panel(6, 20, 2)
    x["x1"]["P02"] = 5 - 2 * x["x0"]["P02"]
    with pytest.raises(Infeasible, match="collinear in P02"):
        fmols(y, x, method="group_mean", trend="c", bandwidth=1)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_a_straight_line_is_refused_under_a_trend_in_any_unit(unit: float) -> None:
    options = {"method": "pooled", "trend": "ct", "bandwidth": 1}
    y, x = panel(6, 20, 2)
    crooked = {**x, "x0": unit * x["x0"]}
    assert (fmols(y, crooked, **options).std_errors > 0).all()
    x["x0"]["P03"] = 2.0 * np.arange(20) + 1
    with pytest.raises(Infeasible, match="x0 is an exact linear trend in P03"):
        fmols(y, {**x, "x0": unit * x["x0"]}, **options)


def test_choices_have_no_defaults() -> None:
    y, x = panel(6, 20, 2)
    for missing in ("method", "trend", "bandwidth"):
        with pytest.raises(TypeError, match=missing):
            fmols(y, x, **{k: v for k, v in POOLED.items() if k != missing})
    with pytest.raises(TypeError, match="leads"):
        dols(y, x, **POOLED, lags=0)


def test_frames_must_match() -> None:
    y, x = panel(6, 20, 2)
    with pytest.raises(Infeasible, match="x1.*differ from those of y"):
        fmols(y, {**x, "x1": x["x1"].iloc[1:]}, **POOLED)


def test_blocks_longer_than_the_series_are_refused() -> None:
    y, x = panel(6, 20, 2)
    with pytest.raises(Infeasible, match="block_length 20"):
        bootstrap_std_errors("fmols", y, x, block_length=20, draws=99, seed=1, **POOLED)
