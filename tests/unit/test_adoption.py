"""Staggered adoption: panels worked by hand, planted panels, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.library.result import PanelTest
from living_panel.estimation.estimators import did
from tests.refusals import refuses

COHORTS = {2015: 1, 2016: 10, 2018: 15, 2020: 3}  # as the pilot zones came to 29 provinces


def series(outcome: np.ndarray, first_year: int) -> pd.Series:
    names = [f"{i:02d}" for i in range(len(outcome))]
    years = range(first_year, first_year + outcome.shape[1])
    index = pd.MultiIndex.from_product([names, years], names=["province_code", "year"])
    return pd.Series(outcome.ravel(), index)


def long(data: did._Layout) -> pd.DataFrame:
    """A layout as a user's frame."""
    first = pd.Series([*data.years, np.nan])[data.first].to_numpy()
    index = pd.MultiIndex.from_product([data.units, data.years], names=["unit", "year"])
    columns = {"y": data.outcome.ravel(), "first": np.repeat(first, len(data.years))}
    return pd.DataFrame(columns, index)


def planted(seed: int, effect: float, slope: float = 0.0) -> tuple[did._Layout, np.ndarray]:
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
    return did._lay_out(series(y, 2007), pd.Series(first, names)), trait


def test_imputed_effects_are_those_of_dummies_of_full_rank() -> None:
    """Both sets of dummies add up to one: where rounding hid it, the effects were anything."""
    generator = np.random.default_rng(1)
    for _ in range(60):
        n, t = int(generator.integers(6, 32)), int(generator.integers(5, 20))
        first = np.append(generator.integers(1, t, n - 1), t)
        data = did._Layout(generator.normal(5, 1, (n, t)), first, [], list(range(t)))
        dummies = np.hstack(
            [np.kron(np.eye(n), np.ones((t, 1))), np.tile(np.eye(t), (n, 1))[:, 1:]]
        )
        y, untreated = data.outcome.ravel(), ~data.treated.ravel()
        kept = dummies[untreated]
        expected = y - dummies @ np.linalg.solve(kept.T @ kept, kept.T @ y[untreated])
        np.testing.assert_allclose(did._impute(data, t)["effect"], expected[~untreated], atol=1e-9)


def test_a_year_without_untreated_units_has_no_imputed_effects() -> None:
    y = np.arange(8.0).reshape(2, 4) ** 1.5
    data = did._lay_out(series(y, 2010), pd.Series([2012, 2013], ["00", "01"]))
    assert did._impute(data, 9)[["unit", "year"]].to_numpy().tolist() == [[0, 2012]]
    together = did._Layout(data.outcome, np.array([2, 2]), data.units, data.years)
    with refuses(Infeasible, Code.ADOPTION, latest=9):
        did._impute(together, 9)


def test_exact_effects_are_recovered_without_noise() -> None:
    y = np.add.outer(np.arange(6.0), np.array([0, 3, 1, 4, 2, 5.0]))
    first = np.array([2012, 2012, 2013, 2013, np.nan, np.nan])
    y[:2, 2:] += 1.0
    y[2:4, 3:] += 2.0
    data = did._lay_out(series(y, 2010), pd.Series(first, [f"{i:02d}" for i in range(6)]))
    frame, keys = long(data), {"first": "first"}
    effects = did.group_time("y", frame, **keys, earliest=-3, latest=1)
    # event 0: cohorts of equal size, 1 and 2; base year left out
    assert effects.params.to_dict() == pytest.approx({-3: 0, -2: 0, 0: 1.5, 1: 1.5}, abs=1e-12)
    cells = did.imputation("y", frame, **keys).raw
    assert sorted(cells["effect"]) == pytest.approx([1.0] * 8 + [2.0] * 6)
    assert did._impute(data, 0)["year"].tolist() == [2012, 2012, 2013, 2013]
    frame["size"] = np.repeat([1, 1, 5, 5, 0, 0.0], 6)
    slope = did.imputation("y", frame, **keys, trait="size")
    assert slope.params.to_dict() == pytest.approx({"slope on size": 0.25})
    assert slope.choices["aggregate"] == "slope"
    frame.iloc[0, -1] = 2.0
    with refuses(InvalidData, Code.ADOPTION, name="size", units=["00"]):
        did.imputation("y", frame, **keys, trait="size")
    with refuses(InvalidOption, Code.ARGUMENT, option="aggregate", given="trait"):
        did.imputation("y", frame, **keys, trait="size", aggregate="overall")


def test_bounds_widen_with_the_violation_and_break_down() -> None:
    events = [-3, -2, 0, 1]
    beta = pd.Series([0.02, -0.01, 0.5, 0.6], events)
    cov = pd.DataFrame(np.eye(4) * 1e-4, events, events)
    found = did.honest_bounds(beta, cov=cov, magnitudes=[0.0, 1.0, 2.0], draws=5000)
    # largest step before: .03; at m the set of event 0 is .5 +- m .03
    assert found.table["set_low"].tolist() == pytest.approx([0.5, 0.47, 0.44])
    assert (found.table["high"] - found.table["low"]).is_monotonic_increasing
    assert found.table.loc[0, "low"] == pytest.approx(0.5 - 1.959964 * 0.01, abs=1e-6)
    assert found.raw["breakdown"] == 3.0
    near = did.honest_bounds(beta - 0.4, cov=cov, magnitudes=[1.0, 2.0], draws=5000)
    # the lower end falls by the same with every step of m
    first, second = near.table["low"]
    assert near.raw["breakdown"] == pytest.approx(
        np.floor(100 * (1 + first / (first - second))) / 100
    )
    with refuses(Infeasible, Code.GAPS):
        did.honest_bounds(beta.drop(-2), cov=cov.drop(-2), magnitudes=[1.0], draws=9)
    with refuses(InvalidOption, Code.ADOPTION, title="a series of estimates"):
        did.honest_bounds(beta)
    with refuses(InvalidOption, Code.ADOPTION, title="a series of estimates"):
        did.honest_bounds(beta.set_axis(["a", "b", "c", "d"]), cov=cov)
    study = did.group_time("y", long(planted(1, 0.0)[0]), first="first")
    with refuses(InvalidOption, Code.ARGUMENT, option="cov", given="a fit"):
        did.honest_bounds(study, cov=study.cov)


@pytest.mark.parametrize(
    ("years", "first", "message"),
    [
        ([2010, 2011, 2012, 2013], {"00": 2010, "01": np.nan}, Code.ADOPTION),
        ([2010, 2011, 2012, 2013], {"00": 2011}, Code.ADOPTION),
        ([2010, 2011, 2012, 2013], {"00": 2011, "01": 2011}, Code.ADOPTION),
        ([2010, 2011, 2013], {"00": 2011, "01": np.nan}, Code.GAPS),
    ],
)
def test_refusals_name_the_cell_or_the_unit(years, first, message: Code) -> None:
    y = series(np.arange(8.0).reshape(2, 4), 2010)
    with refuses(InvalidData, message):
        did._lay_out(y[y.index.get_level_values(1).isin(years)], pd.Series(first))


def test_an_effect_that_hangs_on_one_unit_has_no_jackknife() -> None:
    data = planted(1, 0.0)[0]

    def by_cohort(part: did._Layout) -> pd.Series:
        return (
            did._group_time(part, base_years=1)
            .table.query("event == 0")
            .set_index("cohort")["estimate"]
        )

    with refuses(Infeasible, Code.SAMPLE_LEAVE_OUT, name="00"):
        did._jackknife(data, by_cohort)


def test_jackknife_of_a_mean_is_its_textbook_error() -> None:
    data = planted(4, 0.0)[0]
    found = did._jackknife(data, lambda d: pd.Series({"mean": d.outcome[:, 0].mean()}))
    assert np.sqrt(found[1].loc["mean", "mean"]) == pytest.approx(
        data.outcome[:, 0].std(ddof=1) / np.sqrt(29)
    )


def test_randomisation_finds_a_large_effect_and_is_reproducible() -> None:
    def test(seed: int, effect: float) -> PanelTest:
        return did.randomisation_test(
            "y", long(planted(seed, effect)[0]), first="first", latest=2, draws=39, seed=3
        )

    found = test(2, 0.6)
    assert [found.p_value, test(2, 0.6).p_value] == [1 / 40, 1 / 40]
    average = did.group_time(
        "y", long(planted(2, 0.6)[0]), first="first", aggregate="overall", latest=2
    )
    assert found.statistic == pytest.approx(abs(average.statistics["overall"]), rel=1e-12)
    nothing = [test(seed, 0.0).p_value for seed in range(4)]
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

        def averages(part: did._Layout) -> pd.Series:
            cells = did._impute(part, 3)
            overall = did._group_time(part, base_years=1).averages(0, 3)[0]
            slope = did._slope_on(by_name[part.units].to_numpy(), cells)  # noqa: B023
            return pd.Series([overall, cells["effect"].mean(), slope], names)

        found = did._jackknife(data, averages)
        level = 0.1 + 0.05 * trait[did._impute(data, 3)["unit"]].mean()
        estimates, cov = found
        distance = (estimates - [level, level, 0.05]).abs()
        hits[:3] += distance < stats.t.ppf(0.975, 28) * np.sqrt(np.diag(cov))
        first = pd.Series(data.years[0] + data.first, data.units).where(data.first < 13)
        pre = did._pre_trends(
            series(data.outcome, 2007), first, leads=3, cov="cr3:jackknife", correction="none",
            df="t(G-1)",
        )  # fmt: skip
        hits[3] += pre.wald(list(pre.params.index)).p_value >= 0.05
    rates = hits / draws
    # three standard errors of 150 draws below .95, and no more than that above
    assert (rates >= 0.895).all() and (rates[:3] < 1).all(), rates
