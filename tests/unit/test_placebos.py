"""Exchanged series equal slow plain loops by linearmodels and dummies; p-values equal counts by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidArgument, InvalidData
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import wild_draws, wild_test
from living_panel.estimation.econometrics.robustness.joint_bootstrap import joint_wild_p
from living_panel.estimation.econometrics.robustness.placebos import (
    derangements,
    exchanged_slopes,
    permutation_p,
)
from living_panel.estimation.estimators._two_way import fit_two_way
from tests.refusals import refuses
from tests.unit.panels import dummies, net_of, rows

UNITS, YEARS, EXCHANGES, SEED = 9, 8, 25, 4


@pytest.fixture(scope="module")
def data() -> tuple[pd.Series, pd.DataFrame]:
    rng = np.random.default_rng(7)
    index = rows(UNITS, YEARS)
    walks = rng.normal(size=(UNITS, YEARS, 2)).cumsum(axis=1).reshape(-1, 2)
    x = pd.DataFrame(walks, index, ["fdi", "gdp"])
    y = 0.5 * x["fdi"] + x["gdp"] + rng.normal(size=len(index))
    return y.rename("y"), x


@pytest.fixture(scope="module")
def holed(data: tuple[pd.Series, pd.DataFrame]) -> tuple[pd.Series, pd.DataFrame]:
    y, x = data
    kept = np.ones(len(y), dtype=bool)
    kept[[0, 1, 13, 30, 31, 32, 55, 71]] = False
    return y[kept], x[kept]


def by_loop(y: pd.Series, x: pd.DataFrame, orders: np.ndarray) -> tuple[list[float], list[int]]:
    """Slopes by linearmodels, one exchange at a time, looked up cell by cell."""
    units = sorted(set(y.index.get_level_values(0)))
    slopes, sizes = [], []
    for order in orders:
        giver = {unit: units[place] for unit, place in zip(units, order, strict=True)}
        values = [x["fdi"].get((giver[unit], year), np.nan) for unit, year in y.index]
        frame = x.assign(fdi=values, y=y).dropna()
        model = PanelOLS(frame["y"], frame[list(x)], entity_effects=True, time_effects=True)
        slopes.append(float(model.fit().params["fdi"]))
        sizes.append(len(frame))
    return slopes, sizes


@pytest.mark.long
@pytest.mark.parametrize("name", ["data", "holed"])
def test_slopes_equal_a_plain_loop(name: str, request: pytest.FixtureRequest) -> None:
    y, x = request.getfixturevalue(name)
    found = exchanged_slopes(y, x, "fdi", exchanges=EXCHANGES, seed=SEED)
    slopes, sizes = by_loop(y, x, derangements(UNITS, EXCHANGES, SEED))
    np.testing.assert_allclose(found.slopes, slopes, rtol=1e-9)
    assert found.rows.tolist() == sizes
    assert (min(sizes) < len(y)) == (name == "holed")
    assert found.estimate == pytest.approx(fit_two_way(y, x).within.params[0], rel=1e-12)
    at_least = sum(abs(b) >= abs(found.estimate) for b in slopes)
    assert found.p_value == (1 + at_least) / (1 + EXCHANGES)
    assert found.mean == pytest.approx(np.mean(slopes), rel=1e-9)
    assert found.ends == pytest.approx(tuple(np.percentile(slopes, [2.5, 97.5])), rel=1e-9)


def test_the_order_of_rows_does_not_matter(holed: tuple[pd.Series, pd.DataFrame]) -> None:
    y, x = holed
    mixed = np.random.default_rng(1).permutation(len(y))
    first, second = (
        exchanged_slopes(y.iloc[place], x.iloc[place], "fdi", exchanges=9, seed=SEED).slopes
        for place in (np.arange(len(y)), mixed)
    )
    np.testing.assert_array_equal(first, second)


def test_more_exchanges_begin_with_the_same_ones_and_chunks_do_not_matter(
    data: tuple[pd.Series, pd.DataFrame],
) -> None:
    y, x = data
    found = exchanged_slopes(y, x[["fdi"]], "fdi", exchanges=230, seed=SEED)
    orders = derangements(UNITS, 230, SEED)
    slopes, _ = by_loop(y, x[["fdi"]], orders[[0, 99, 100, 229]])
    np.testing.assert_allclose(found.slopes[[0, 99, 100, 229]], slopes, rtol=1e-9)


def test_no_unit_keeps_its_series_and_every_derangement_is_as_likely() -> None:
    orders = derangements(4, 9_000, 3)
    assert (orders != np.arange(4)).all()
    assert (np.sort(orders, axis=1) == np.arange(4)).all()
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 9, "four units have nine derangements"
    assert abs(counts - 1_000).max() < 4 * np.sqrt(1_000)
    np.testing.assert_array_equal(orders, derangements(4, 9_000, 3))
    with pytest.raises(InvalidArgument):
        derangements(1, 9, 3)


def test_a_series_that_is_the_same_everywhere_is_refused(
    data: tuple[pd.Series, pd.DataFrame],
) -> None:
    y, x = data
    common = x.assign(fdi=x["fdi"].groupby(level=1).transform("mean"))
    with refuses(InvalidData, Code.ABSORBED):
        exchanged_slopes(y, common, "fdi", exchanges=9, seed=SEED)


def test_p_counts_ties_and_the_data() -> None:
    placebos = np.array([-2.0, 1.0, 3.0, 2.0])
    assert permutation_p(2.0, placebos, two_sided=False) == 3 / 5
    assert permutation_p(2.0, placebos, two_sided=True) == 4 / 5
    assert permutation_p(-2.0, placebos, two_sided=True) == 4 / 5
    assert permutation_p(4.0, placebos, two_sided=True) == 1 / 5


def test_one_coefficient_has_the_p_of_its_own_bootstrap(
    holed: tuple[pd.Series, pd.DataFrame],
) -> None:
    fit = fit_two_way(*holed).within
    for draws in (wild_draws(UNITS, 499, 5), wild_draws(UNITS, 499, 5, enumerable=1)):
        for place in (0, 1):
            test = wild_test(fit, fit.effects.unit, place, draws)
            some = test if draws.enumerated else test._taken(slice(499))
            assert joint_wild_p(fit, fit.effects.unit, [place], draws) == some.p_value()


@pytest.mark.long
def test_a_joint_p_equals_redrawn_regressions(holed: tuple[pd.Series, pd.DataFrame]) -> None:
    y, x = holed
    rng = np.random.default_rng(9)
    x = x.assign(third=rng.normal(size=len(y)))
    y = y - 0.9 * x["gdp"] - 0.4 * x["fdi"]
    fit, draws = fit_two_way(y, x).within, wild_draws(UNITS, 199, 5, enumerable=1)
    unit = fit.effects.unit

    def wald(outcome: np.ndarray) -> float:
        """By least squares on every dummy, and scores of each unit."""
        design = np.column_stack([x, dummies(y.index)])
        params = np.linalg.lstsq(design, outcome, rcond=None)[0]
        left = outcome - design @ params
        net = np.column_stack([net_of(x[name], x.drop(columns=name)) for name in x])
        slopes = np.column_stack([net[:, j] / (net[:, j] @ net[:, j]) for j in range(3)])
        influence = np.array(
            [(slopes * left[:, None])[unit == g].sum(axis=0) for g in range(UNITS)]
        )
        cov = (influence.T @ influence)[:2, :2]
        return float(params[:2] @ np.linalg.solve(cov, params[:2]))

    restricted = net_of(y, x["third"])
    observed = wald(y.to_numpy())
    drawn = [wald(signs[unit] * restricted) for signs in draws.weights]
    expected = (1 + sum(w >= observed * (1 - 1e-9) for w in drawn)) / (1 + len(drawn))
    assert 0.02 < expected < 0.9
    assert joint_wild_p(fit, unit, [0, 1], draws) == expected


def test_too_many_coefficients_for_the_clusters_are_refused(
    data: tuple[pd.Series, pd.DataFrame],
) -> None:
    y, x = data
    rng = np.random.default_rng(2)
    wider = pd.DataFrame(rng.normal(size=(len(y), 5)), y.index, list("abcde"))
    fit, draws = fit_two_way(y, wider).within, wild_draws(UNITS, 99, 5)
    joint_wild_p(fit, fit.effects.unit, [0, 1, 2, 3], draws)
    with refuses(Infeasible, Code.SAMPLE_CLUSTERS):
        joint_wild_p(fit, fit.effects.unit, [0, 1, 2, 3, 4], draws)
    with pytest.raises(Infeasible):
        joint_wild_p(fit, np.minimum(fit.effects.unit, 4), [0], draws)
