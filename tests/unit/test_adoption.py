"""Staggered adoption: panels worked by hand, planted panels, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.adoption.bounds import relative_magnitudes
from living_panel.estimation.econometrics.adoption.group_time import group_time, randomisation_test
from living_panel.estimation.econometrics.adoption.imputation import impute, pre_trends, slope_on
from living_panel.estimation.econometrics.adoption.staggered import Staggered, jackknife, staggered
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.problems import ProblemCode
from tests.refusals import refuses

COHORTS = {2015: 1, 2016: 10, 2018: 15, 2020: 3}  # as the pilot zones came to 29 provinces


def series(outcome: np.ndarray, first_year: int) -> pd.Series:
    names = [f"{i:02d}" for i in range(len(outcome))]
    years = range(first_year, first_year + outcome.shape[1])
    index = pd.MultiIndex.from_product([names, years], names=["province_code", "year"])
    return pd.Series(outcome.ravel(), index)


def planted(seed: int, effect: float, slope: float = 0.0) -> tuple[Staggered, np.ndarray]:
    """29 provinces, 2007-2019, province and year effects, AR(.5) noise; effects grow with a trait."""
    generator = np.random.default_rng(seed)
    first = np.repeat(list(COHORTS), list(COHORTS.values())).astype(float)
    trait = generator.normal(size=29)
    noise = np.zeros((29, 14))
    for t in range(1, 14):
        noise[:, t] = 0.5 * noise[:, t - 1] + generator.normal(0, 0.1, 29)
    years = np.arange(2007, 2020)
    treated = years >= first[:, None]
    y = generator.normal(5, 1, 29)[:, None] + generator.normal(0, 0.2, 13) + noise[:, 1:]
    y = y + treated * (effect + slope * trait[:, None])
    names = [f"{i:02d}" for i in range(29)]
    return staggered(series(y, 2007), pd.Series(first, names)), trait


def test_imputed_effects_are_those_of_dummies_of_full_rank() -> None:
    """Both sets of dummies add up to one: where rounding hid it, the effects were anything."""
    generator = np.random.default_rng(1)
    for _ in range(60):
        n, t = int(generator.integers(6, 32)), int(generator.integers(5, 20))
        first = np.append(generator.integers(1, t, n - 1), t)
        data = Staggered(generator.normal(5, 1, (n, t)), first, [], list(range(t)))
        dummies = np.hstack(
            [np.kron(np.eye(n), np.ones((t, 1))), np.tile(np.eye(t), (n, 1))[:, 1:]]
        )
        y, untreated = data.outcome.ravel(), ~data.treated.ravel()
        kept = dummies[untreated]
        expected = y - dummies @ np.linalg.solve(kept.T @ kept, kept.T @ y[untreated])
        np.testing.assert_allclose(impute(data, t)["effect"], expected[~untreated], atol=1e-9)


def test_a_year_without_untreated_units_has_no_imputed_effects() -> None:
    y = np.arange(8.0).reshape(2, 4) ** 1.5
    data = staggered(series(y, 2010), pd.Series([2012, 2013], ["00", "01"]))
    assert impute(data, 9)[["unit", "year"]].to_numpy().tolist() == [[0, 2012]]
    together = Staggered(data.outcome, np.array([2, 2]), data.units, data.years)
    with refuses(Infeasible, codes.NOTHING_TO_IMPUTE, latest=9):
        impute(together, 9)


def test_exact_effects_are_recovered_without_noise() -> None:
    y = np.add.outer(np.arange(6.0), np.array([0, 3, 1, 4, 2, 5.0]))
    first = np.array([2012, 2012, 2013, 2013, np.nan, np.nan])
    y[:2, 2:] += 1.0
    y[2:4, 3:] += 2.0
    data = staggered(series(y, 2010), pd.Series(first, [f"{i:02d}" for i in range(6)]))
    effects = group_time(data, base_years=1).event_study(-3, 1)
    # event 0: cohorts of equal size, 1 and 2; base year left out
    assert effects.estimates.to_dict() == pytest.approx({-3: 0, -2: 0, 0: 1.5, 1: 1.5}, abs=1e-12)
    cells = impute(data, 9)
    assert sorted(cells["effect"]) == pytest.approx([1.0] * 8 + [2.0] * 6)
    assert slope_on(np.array([1, 1, 3, 3, 0, 0.0]), cells) == pytest.approx(0.5)
    assert impute(data, 0)["year"].tolist() == [2012, 2012, 2013, 2013]


def test_bounds_widen_with_the_violation_and_break_down() -> None:
    events = [-3, -2, 0, 1]
    beta = pd.Series([0.02, -0.01, 0.5, 0.6], events)
    cov = pd.DataFrame(np.eye(4) * 1e-4, events, events)
    found = relative_magnitudes(
        beta, cov, average_of=[0], magnitudes=[0, 1, 2], level=0.95, draws=5000, seed=1
    )
    # largest step before: .03; at m the set of event 0 is .5 +- m .03
    assert found.table["set_low"].tolist() == pytest.approx([0.5, 0.47, 0.44])
    assert (found.table["high"] - found.table["low"]).is_monotonic_increasing
    assert found.table.loc[0, "low"] == pytest.approx(0.5 - 1.959964 * 0.01, abs=1e-6)
    assert found.breakdown == 3.0
    near = relative_magnitudes(
        beta - 0.4, cov, average_of=[0], magnitudes=[1, 2], level=0.95, draws=5000, seed=1
    )
    # the lower end falls by the same with every step of m
    first, second = near.table["low"]
    assert near.breakdown == pytest.approx(np.floor(100 * (1 + first / (first - second))) / 100)
    with refuses(Infeasible, codes.NO_NEIGHBOURS_BEFORE):
        relative_magnitudes(
            beta.drop(-2), cov.drop(-2), average_of=[0], magnitudes=[1], level=0.95, draws=9, seed=1
        )


@pytest.mark.parametrize(
    ("years", "first", "message"),
    [
        ([2010, 2011, 2012, 2013], {"00": 2010, "01": np.nan}, codes.TREATED_FROM_THE_START),
        ([2010, 2011, 2012, 2013], {"00": 2011}, codes.NO_FIRST_YEAR),
        ([2010, 2011, 2012, 2013], {"00": 2011, "01": 2011}, codes.ONE_ADOPTION_TIME),
        ([2010, 2011, 2013], {"00": 2011, "01": np.nan}, codes.ADOPTION_GAP),
    ],
)
def test_refusals_name_the_cell_or_the_unit(years, first, message: ProblemCode) -> None:
    y = series(np.arange(8.0).reshape(2, 4), 2010)
    with refuses(InvalidData, message):
        staggered(y[y.index.get_level_values(1).isin(years)], pd.Series(first))


def test_an_effect_that_hangs_on_one_unit_has_no_jackknife() -> None:
    data = planted(1, 0.0)[0]

    def by_cohort(part: Staggered) -> pd.Series:
        return (
            group_time(part, base_years=1).table.query("event == 0").set_index("cohort")["estimate"]
        )

    with refuses(Infeasible, codes.LOST_WITHOUT_UNIT, name="00"):
        jackknife(data, by_cohort)


def test_jackknife_of_a_mean_is_its_textbook_error() -> None:
    data = planted(4, 0.0)[0]
    found = jackknife(data, lambda d: pd.Series({"mean": d.outcome[:, 0].mean()}))
    assert found.std_errors["mean"] == pytest.approx(data.outcome[:, 0].std(ddof=1) / np.sqrt(29))


def test_randomisation_finds_a_large_effect_and_is_reproducible() -> None:
    data, _ = planted(2, 0.6)
    found = [randomisation_test(data, latest=2, base_years=1, draws=39, seed=3) for _ in range(2)]
    assert found == [1 / 40, 1 / 40]
    nothing = [
        randomisation_test(planted(s, 0.0)[0], latest=2, base_years=1, draws=39, seed=3)
        for s in range(4)
    ]
    assert all(1 / 40 <= p <= 1 for p in nothing) and max(nothing) > 0.2


@pytest.mark.slow
def test_intervals_cover_planted_effects_at_the_rate_they_claim() -> None:
    """29 provinces adopting as the pilot zones did, true effect .1 and slope .05 on a trait.

    Influence functions cover 87 % here, and a joint test of group-time pre-trends with them rejects
    parallel trends in 30 %: hence the jackknife, and pre-trends on untreated cells.
    """

    names = ["group-time", "imputation", "slope"]
    draws, hits = 150, np.zeros(4)
    for seed in range(draws):
        data, trait = planted(seed, 0.1, 0.05)
        by_name = pd.Series(trait, data.units)

        def averages(part: Staggered) -> pd.Series:
            cells = impute(part, 3)
            overall = group_time(part, base_years=1).overall(3).estimates["overall"]
            slope = slope_on(by_name[part.units].to_numpy(), cells)  # noqa: B023
            return pd.Series([overall, cells["effect"].mean(), slope], names)

        found = jackknife(data, averages)
        level = 0.1 + 0.05 * trait[impute(data, 3)["unit"]].mean()
        distance = (found.estimates - [level, level, 0.05]).abs()
        hits[:3] += distance < stats.t.ppf(0.975, 28) * found.std_errors
        first = pd.Series(data.years[0] + data.first, data.units).where(data.first < 13)
        pre = pre_trends(
            series(data.outcome, 2007), first, leads=3, cov="cr3:jackknife", correction="none",
            df="t(G-1)",
        )  # fmt: skip
        hits[3] += pre.wald(list(pre.params.index)).p_value >= 0.05
    rates = hits / draws
    # three standard errors of 150 draws below .95, and no more than that above
    assert (rates >= 0.895).all() and (rates[:3] < 1).all(), rates
