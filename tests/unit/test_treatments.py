"""Other treatments of a slope equal the estimators in their names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.robustness import treatments
from living_panel.estimation.econometrics.robustness.treatments import (
    TreatmentDesign,
    treated_slope,
)
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.estimators.dynamic import _annual_differences
from living_panel.estimation.estimators.factors import _interactive, _pooled_cce
from tests.refusals import refuses
from tests.unit.panels import WILD, rows

NO_BREAKS = pd.DataFrame({"province_code": [], "year": []})


@pytest.fixture(scope="module")
def data() -> tuple[pd.Series, pd.DataFrame]:
    rng = np.random.default_rng(11)
    index = rows(12, 12)
    x = pd.DataFrame(rng.normal(size=(len(index), 2)), index, ["a", "b"])
    factor = np.tile(rng.normal(size=12), 12) * rng.normal(size=12).repeat(12)
    y = 0.4 * x["a"] - 0.2 * x["b"] + factor + 0.3 * rng.normal(size=len(index))
    return y.rename("y"), x


def slope(design: TreatmentDesign) -> float:
    return treated_slope(design, draws=99, seed=1).estimate


def by_dummies(y: pd.Series, x: pd.DataFrame, *dummies: np.ndarray) -> float:
    return float(np.linalg.lstsq(np.column_stack([x, *dummies]), y, rcond=None)[0][0])


def kinds(index: pd.MultiIndex) -> list[np.ndarray]:
    return [pd.get_dummies(index.get_level_values(i), dtype=float).to_numpy() for i in (0, 1)]


def test_without_a_break_it_is_the_two_way_regression_with_its_bootstrap(data) -> None:
    y, x = data
    found = treated_slope(treatments.split_effects(y, x, NO_BREAKS), draws=999, seed=1)
    alone = two_way(y, x, **WILD)
    assert found.estimate == pytest.approx(alone.params["a"], rel=1e-9)
    assert found.test.p_value() == pytest.approx(alone.p_values["a"], abs=1e-12)
    assert (found.n_obs, found.n_clusters, found.residual_df) == (144, 12, 144 - 2 - 23)


def test_split_effects_are_dummies_of_each_regime(data) -> None:
    y, x = data
    first = y.index.get_level_values(1).min()
    code = y.index.get_level_values(0)[0]
    breaks = pd.DataFrame({"province_code": ["", code], "year": [first + 4, first + 7]})
    province, year = (np.asarray(y.index.get_level_values(i)) for i in (0, 1))
    regime = (year >= first + 4).astype(int) + ((year >= first + 7) & (province == code))
    own = pd.get_dummies(pd.Series([f"{p}:{r}" for p, r in zip(province, regime, strict=True)]))
    expected = by_dummies(y, x, own.to_numpy(float), kinds(y.index)[1])
    assert slope(treatments.split_effects(y, x, breaks)) == pytest.approx(expected, rel=1e-8)


def test_province_trends_are_dummies_times_years(data) -> None:
    y, x = data
    units, years = kinds(y.index)
    trend = units * (y.index.get_level_values(1).to_numpy(float) - 2010)[:, None]
    expected = by_dummies(y, x, units, years, trend)
    assert slope(treatments.unit_trends(y, x)) == pytest.approx(expected, rel=1e-8)


def test_first_differences_are_those_of_the_robustness_table(data) -> None:
    y, x = data
    gone = y.index.get_level_values(1) != y.index.get_level_values(1).min() + 5  # a gap
    y, x = y[gone], x[gone]
    alone = _annual_differences(y, x, breaks=NO_BREAKS)
    found = treated_slope(treatments.differences(y, x, lag=1), draws=99, seed=1)
    assert found.estimate == pytest.approx(alone.params["a"], rel=1e-8)
    assert found.n_obs == len(alone.used)


def test_longer_differences_use_all_pairs_of_years(data) -> None:
    y, x = data
    wide = pd.concat([y, x], axis=1)
    change = (wide - wide.groupby(level=0).shift(3)).dropna()
    years = pd.get_dummies(change.index.get_level_values(1), dtype=float).to_numpy()
    expected = by_dummies(change["y"], change[["a", "b"]], years)
    assert slope(treatments.differences(y, x, lag=3)) == pytest.approx(expected, rel=1e-8)
    with refuses(Infeasible, Code.GAPS, lag=20):
        treatments.differences(y, x, lag=20)


@pytest.mark.parametrize("factors", [1, 2])
def test_common_factors_give_the_interactive_estimate(data, factors: int) -> None:
    y, x = data
    how = {"factors": factors, "starts": 3, "seed": 1}
    alone = _interactive(y, x, **how).params["a"]
    assert slope(treatments.common_factors(y, x, **how)) == pytest.approx(alone, abs=1e-5)


def test_common_averages_give_the_pooled_estimate_of_whole_provinces(data) -> None:
    y, x = data
    alone = _pooled_cce(y, x).params["a"]
    assert slope(treatments.common_averages(y, x)) == pytest.approx(alone, rel=1e-8)
    first = y.index.get_level_values(0)[0]
    holed = treated_slope(treatments.common_averages(y.iloc[1:], x.iloc[1:]), draws=99, seed=1)
    whole = y.index.get_level_values(0) != first
    assert holed.n_clusters == 11
    assert holed.estimate == pytest.approx(_pooled_cce(y[whole], x[whole]).params["a"], rel=1e-8)
