"""Differences and the half-panel jackknife: equality with peers, breaks, bias removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import PanelOLS

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.estimators import dynamic
from living_panel.estimation.estimators.dynamic import _annual_differences
from tests.refusals import refuses
from tests.unit.panels import rows


def drawn(seed: int, n: int = 25, t: int = 12, rho: float = 0.0):
    rng = np.random.default_rng(seed)
    index = rows(n, t, 2005)
    x = rng.normal(size=(n, t + 30, 2)).cumsum(axis=1) * 0.3
    a, d = rng.normal(size=n), rng.normal(size=t + 30)
    y = np.zeros((n, t + 30))
    for year in range(1, t + 30):
        y[:, year] = (
            rho * y[:, year - 1] + x[:, year] @ [0.5, -0.2] + a + d[year] + 0.5 * rng.normal(size=n)
        )
    return (
        pd.Series(y[:, 30:].ravel(), index, name="y"),
        pd.DataFrame(x[:, 30:].reshape(-1, 2), index, columns=["x1", "x2"]),
    )


def half_panel(y: pd.Series, x: pd.DataFrame) -> Any:
    """Both estimates with the long run."""
    return dynamic.half_panel_jackknife(f"y ~ {' + '.join(x)}", x.assign(y=y)).raw


def between(first: int, last: int, **options: Any) -> Callable[[pd.Series, pd.DataFrame], Fit]:
    def estimate(y: pd.Series, x: pd.DataFrame) -> Fit:
        frame, formula = x.assign(y=y), f"y ~ {' + '.join(x)}"
        return dynamic.long_difference(formula, frame, first=first, last=last, **options)

    return estimate


def differences(y, x):
    return y.groupby(level=0).diff().dropna(), x.groupby(level=0).diff().dropna()


def test_first_differences_equal_linearmodels_with_year_effects() -> None:
    y, x = drawn(1)
    fit = _annual_differences(y, x)
    dy, dx = differences(y, x)
    peer = PanelOLS(dy, dx, time_effects=True).fit(cov_type="clustered", cluster_entity=True)
    np.testing.assert_allclose(fit.params, peer.params, rtol=1e-10)
    n, k, t = len(dy), 2, 11  # linearmodels multiplies by n/(n-k-t), we by G/(G-1)
    factor = np.sqrt(25 / 24 * (n - k - t) / n)
    np.testing.assert_allclose(fit.std_errors, peer.std_errors * factor, rtol=1e-10)
    assert set(fit.lost) == {"first year of the unit"}


def test_gaps_are_not_closed_and_breaks_are_not_crossed() -> None:
    y, x = drawn(2, n=6, t=8)
    gap = ~((y.index.get_level_values(0) == "112000") & (y.index.get_level_values(1) == 2008))
    breaks = pd.DataFrame({"province_code": ["110000", ""], "year": [2007, 2010]})
    fit = _annual_differences(y[gap], x[gap], breaks=breaks)
    lost = fit.lost.to_dict()
    assert lost[("112000", 2009)] == "no value in the year before"
    assert ("112000", 2008) not in lost
    assert lost[("110000", 2007)] == "first year of a new definition"
    assert all(
        lost[(p, 2010)] == "first year of a new definition" for p in set(y.index.droplevel(1))
    )
    assert len(fit.used) == 6 * 7 - 2 - 1 - 6
    assert ("111000", 2007) in fit.used


def test_a_level_shift_at_a_break_does_not_move_the_slopes() -> None:
    y, x = drawn(3)
    moved = y.copy()
    late = (y.index.get_level_values(0) == "113000") & (y.index.get_level_values(1) >= 2010)
    moved[late] += 5.0
    breaks = pd.DataFrame({"province_code": ["113000"], "year": [2010]})
    honest = _annual_differences(moved, x, breaks=breaks)
    reference = _annual_differences(y, x, breaks=breaks)
    np.testing.assert_allclose(honest.params, reference.params, rtol=1e-9)
    blind = _annual_differences(moved, x)
    assert np.abs(blind.params - reference.params).max() > 1e-3


def test_units_of_the_regressors_do_not_matter() -> None:
    y, x = drawn(1, n=10)
    units = np.array([1e9, 1e-9])
    plain, scaled = (_annual_differences(y, z) for z in (x, x * units))
    np.testing.assert_allclose(scaled.params * units, plain.params, rtol=1e-9)
    np.testing.assert_allclose(scaled.std_errors * units, plain.std_errors, rtol=1e-9)


@pytest.mark.parametrize("n", [25, 4])
def test_long_difference_equals_statsmodels(n: int) -> None:
    y, x = drawn(4, n=n)
    fit = between(2005, 2016)(y, x)
    change = y.xs(2016, level=1) - y.xs(2005, level=1)
    changes = sm.add_constant(x.xs(2016, level=1) - x.xs(2005, level=1))
    peer = sm.OLS(change, changes).fit(cov_type="HC3")
    np.testing.assert_allclose(fit.params, peer.params[1:], rtol=1e-10)
    np.testing.assert_allclose(fit.std_errors, peer.bse[1:], rtol=1e-10)


def test_long_difference_leaves_out_provinces_with_a_break_inside() -> None:
    y, x = drawn(5, n=8)
    breaks = pd.DataFrame(
        {"province_code": ["110000", "111000", "112000"], "year": [2005, 2006, 2016]}
    )
    fit = between(2005, 2016, breaks=breaks)(y, x)
    assert fit.raw.lost.index.tolist() == [("111000", 2016), ("112000", 2016)]
    assert fit.n_obs == len(fit.raw.used) == 6
    assert fit.notes == ("units with a break between them: 2",)
    outside = breaks.assign(province_code=[None, "", "112000"], year=[2017, 2001, 2016])
    assert between(2005, 2016, breaks=outside)(y, x).n_obs == 7
    for everyone in (None, ""):
        with refuses(Infeasible, Code.SAMPLE_SMALL, n=0):
            between(2005, 2016, breaks=breaks.assign(province_code=everyone))(y, x)
    with refuses(InvalidData, Code.COLUMN_MISSING, name="province_code", columns=["unit", "year"]):
        between(2005, 2016, breaks=breaks.rename(columns={"province_code": "unit"}))(y, x)


def test_breaks_of_dated_panels_are_named_as_the_data_name_periods() -> None:
    y, x = drawn(5, n=8)
    frame = x.assign(y=y).reset_index()
    frame["day"] = pd.to_datetime(frame["year"].astype(str) + "-12-31")
    keys = {"unit": "province_code", "time": "day"}
    first, last, at = frame["day"].min(), frame["day"].max(), pd.Timestamp("2006-12-31")
    breaks = pd.DataFrame({"province_code": ["111000"], "day": [at]})
    ends: dict[str, Any] = {"first": first, "last": last, **keys}
    dated = dynamic.long_difference("y ~ x1 + x2", frame, **ends, breaks=breaks)
    plain = between(2005, 2016, breaks=pd.DataFrame({"province_code": ["111000"], "year": [2006]}))
    np.testing.assert_array_equal(dated.params, plain(y, x).params)
    begin = dynamic.long_difference("y ~ x1 + x2", frame, **ends, breaks=breaks.assign(day=first))
    assert (begin.n_obs, dated.n_obs) == (8, 7)
    never = breaks.assign(day=pd.Timestamp("2031-12-31"))
    with refuses(InvalidData, Code.ARGUMENT):
        dynamic.long_difference("y ~ x1 + x2", frame, **ends, breaks=never)


def test_long_difference_is_refused_where_one_province_alone_identifies_a_slope() -> None:
    y, x = drawn(5, n=8)
    only = x.assign(x2=0.0)
    only.loc[("113000", 2016), "x2"] = 1.3
    with refuses(Infeasible, Code.SAMPLE_LEAVE_OUT, unit="113000"):
        between(2005, 2016)(y, only)


@pytest.mark.parametrize("t", [11, 12])
def test_formula_for_even_and_odd_numbers_of_years(t) -> None:
    y, x = drawn(6, t=t, rho=0.3)
    fit = half_panel(y, x)
    data = x.assign(lag=y.groupby(level=0).shift()).assign(y=y).dropna()
    years = sorted(data.index.get_level_values(1).unique())

    def within(part):
        frame = data[data.index.get_level_values(1).isin(part)]
        model = PanelOLS(
            frame["y"], frame[["lag", "x1", "x2"]], entity_effects=True, time_effects=True
        )
        return model.fit().params.to_numpy()

    full, t = within(years), len(years)
    cuts = [t // 2] if t % 2 == 0 else [t // 2, t // 2 + 1]
    halves = [(within(years[:c]) + within(years[c:])) / 2 for c in cuts]
    np.testing.assert_allclose(fit.params["within"], full, rtol=1e-9)
    np.testing.assert_allclose(
        fit.params["jackknife"], 2 * full - np.mean(halves, axis=0), rtol=1e-8
    )
    assert fit.n_obs == 25 * t


def test_errors_are_those_of_leaving_provinces_out() -> None:
    y, x = drawn(7, n=8, t=10, rho=0.3)
    fit = half_panel(y, x)
    codes = y.index.get_level_values(0)
    without = [half_panel(y[codes != p], x[codes != p]).params for p in sorted(set(codes))]
    shifts = np.array([(w - fit.params).to_numpy() for w in without])
    np.testing.assert_allclose(fit.std_errors, np.sqrt(7 / 8 * (shifts**2).sum(axis=0)), rtol=1e-9)

    def long_run(params):
        own = params["jackknife"]
        return (own.drop("y (lag)") / (1 - own["y (lag)"])).to_numpy()

    np.testing.assert_allclose(fit.long_run["estimate"], long_run(fit.params), rtol=1e-12)
    moved = np.array([long_run(w) - long_run(fit.params) for w in without])
    spread = np.sqrt(7 / 8 * (moved**2).sum(axis=0))
    np.testing.assert_allclose(fit.long_run["std_error"], spread, rtol=1e-9)


def test_long_run_is_flagged_where_the_lag_is_near_one() -> None:
    calm = half_panel(*drawn(8, rho=0.2))
    assert calm.long_run_identified
    assert abs(calm.long_run.loc["x1", "estimate"] - 0.5 / 0.8) < 0.2
    assert not half_panel(*drawn(9, n=10, t=11, rho=0.98)).long_run_identified


@pytest.mark.parametrize(
    ("estimate", "kept", "error", "message"),
    [
        (
            half_panel,
            lambda p, t: p + str(t) != "1100002005",
            InvalidData,
            Code.UNBALANCED,
        ),
        (
            half_panel,
            lambda p, t: t != 2010,
            InvalidData,
            Code.GAPS,
        ),
        (
            half_panel,
            lambda p, t: t != 2006,
            InvalidData,
            Code.GAPS,
        ),
        (
            half_panel,
            lambda p, t: t < 2012,
            Infeasible,
            Code.SAMPLE_SMALL,
        ),
        # two provinces, one of the three left out, over four years have three degrees of freedom
        (
            half_panel,
            lambda p, t: p < "113000" and t < 2014,
            Infeasible,
            Code.SAMPLE_SMALL,
        ),
        (
            _annual_differences,
            lambda p, t: p < "112000" and t < 2008,
            Infeasible,
            Code.SAMPLE_SMALL,
        ),
        (
            between(2010, 2005),
            lambda p, t: True,
            InvalidData,
            Code.GAPS,
        ),
        (
            between(2005, 2010),
            lambda p, t: p < "113000",
            Infeasible,
            Code.SAMPLE_SMALL,
        ),
    ],
)
def test_samples_that_carry_no_estimate(estimate, kept, error, message: Code) -> None:
    y, x = drawn(10, n=6, t=12)
    inside = [kept(*row) for row in y.index]
    with refuses(error, message):
        estimate(y[inside], x[inside])
    few = y.index.get_level_values(0) < "113000"
    assert half_panel(y[few], x[few]).n_units == 3


@pytest.mark.parametrize("estimate", [_annual_differences, half_panel, between(2005, 2010)])
@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e6])
def test_an_absorbed_regressor_is_named_and_one_in_a_small_unit_is_none(estimate, unit) -> None:
    y, x = drawn(10, n=6, t=12)
    estimate(y, x.assign(x1=unit * x["x1"]))
    national = unit * np.log(x.index.get_level_values(1).astype(float))
    with refuses(InvalidData, Code.ABSORBED, names="national"):
        estimate(y, x.assign(national=national))
