"""The count of rejections, judged by exchanges: equal to a plain loop, blind to another unit's series, sized."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from living_panel.codes import Code
from living_panel.estimation.econometrics.robustness.placebos import derangements
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel_tests.cointegration import (
    REJECTS_RIGHT,
    STATISTICS,
    JudgedStatistic,
    _rejections,
    _statistics_of,
)
from living_panel.estimation.panel_tests.critical_values.rates import critical_value_of
from living_panel.estimation.tables.estimate import build, estimate
from living_panel.estimation.tables.kinds import cointegration as kind
from living_panel.estimation.tables.result import TableResult
from tests.unit.reading import block_of, numbers, shipped, value
from tests.unit.time_series_fixture import PAPER, cointegrated, noise, release_of, walks
from tools.simulate import cointegration_sizes

YEARS = range(2008, 2021)
OPTIONS: dict[str, dict[str, Any]] = {
    "kao": {"lags": 1, "bandwidth": 2},
    "pedroni": {"lags": 1, "bandwidth": 2},
    "westerlund": {"lags": 0, "leads": 0, "bandwidth": 2},
}
FEW = {"lags": 0, "leads": 0, "bandwidth": 2, "draws": 199, "seed": 1}


def spec_on_trade(**options: Any) -> Any:
    """The shipped spec on total trade, with few draws."""
    spec = shipped("t03_cointegration", **{"westerlund": FEW, **options})
    trade = spec.variables["ex"].model_copy(update={"measures": ["trade_cny_100m"]})
    return spec.model_copy(update={"variables": {**spec.variables, "ex": trade}})


def related(fdi_of: list[str] | None = None) -> Release:
    """ln trade = .5 ln FDI + ln GDP + noise; with `fdi_of`, the FDI stored is that of these provinces."""
    fdi, gdp = walks(21, YEARS, 0.3), walks(22, YEARS, 0.2)
    trade = fdi**0.5 * gdp * noise(23, YEARS) ** 0.1
    if fdi_of is not None:
        fdi = fdi[fdi_of].set_axis(PAPER, axis=1).combine_first(fdi)
    return release_of(YEARS, trade_cny_100m=trade, fdi_cny_100m=fdi, gdp_cny_100m=gdp)


@pytest.fixture(scope="module")
def table() -> TableResult:
    return estimate(spec_on_trade(), related())


def test_statistics_of_many_panels_are_those_of_each_test() -> None:
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=(3, 9, 18)).cumsum(-1), rng.normal(size=(3, 9, 18, 2)).cumsum(-2)
    wide = (
        pd.DataFrame(y[1].T),
        {"a": pd.DataFrame(x[1, :, :, 0].T), "b": pd.DataFrame(x[1, :, :, 1].T)},
    )
    for trend in ("c", "ct"):
        direct = {
            "kao": cointegrated("kao", *wide, **OPTIONS["kao"]),
            **{
                test: cointegrated(test, *wide, trend=trend, **OPTIONS[test])
                for test in ("pedroni", "westerlund")
            },
        }
        for test, result in direct.items():
            found = _statistics_of(test, y, x, trend=trend, **OPTIONS[test])[1]
            assert list(result.statistics.index) == list(STATISTICS[test])
            np.testing.assert_allclose(found, result.statistics, rtol=1e-9)
            # where a statistic is large in the direction of rejection, its p-value is small
            for z, p, right in zip(found, result.p_values, REJECTS_RIGHT[test], strict=True):
                assert (p < 0.5) == (z > 0 if right else z < 0)


def test_rejections_compare_demeaned_statistics_with_their_own_critical_value() -> None:
    rng = np.random.default_rng(2)
    y, x = rng.normal(size=(40, 9, 18)).cumsum(-1), rng.normal(size=(40, 9, 18, 2)).cumsum(-2)
    for demean in (False, True):
        own_y, own_x = (z - z.mean(axis=1, keepdims=True) if demean else z for z in (y, x))
        values = _statistics_of("pedroni", own_y, own_x, trend="c", **OPTIONS["pedroni"])
        cut = np.quantile(values, 0.3, axis=0)
        judged = [
            JudgedStatistic("pedroni", name, "c", demean, OPTIONS["pedroni"], float(c))
            for name, c in zip(STATISTICS["pedroni"], cut, strict=True)
        ]
        found = _rejections(y, x, judged)
        expected = values <= cut
        expected[:, 0] = values[:, 0] >= cut[0]
        np.testing.assert_array_equal(found, expected)
        assert found[:, 1].mean() == pytest.approx(0.3, abs=0.03)


@pytest.mark.long
def test_stored_critical_values_reject_five_percent_of_new_panels() -> None:
    """In every design on its own; by the harder one a test keeps its size in both."""
    rng = np.random.default_rng(77)
    for design in cointegration_sizes.DESIGNS:
        if design.autocorrelation is not None:
            continue
        y, x = design.drawn(rng, 1_500, cointegration_sizes.WINDOW)
        for trend in ("c", "ct"):
            for test, options in cointegration_sizes.tests_of(trend):
                values = _statistics_of(test, y, x, trend=trend, **options)
                label = ",".join(f"{k}={v}" for k, v in options.items())
                place: dict[str, Any] = {"n_units": 29, "n_periods": 13, "regressors": 2}
                for name, right, column in zip(
                    STATISTICS[test], REJECTS_RIGHT[test], values.T, strict=True
                ):
                    cut = critical_value_of(
                        test, name, design.name, trend=trend, options=label, **place
                    )
                    assert cut is not None
                    rate = (column >= cut if right else column <= cut).mean()
                    assert rate == pytest.approx(0.05, abs=4.5 * np.sqrt(0.05 * 0.95 / 1_500))


@pytest.mark.long
def test_the_count_and_its_placebos_equal_a_plain_loop(table: TableResult) -> None:
    """Each exchange by the public tests, one panel and one statistic at a time."""
    logs = {
        role: np.log(related().panel[m].unstack("province_code")[PAPER])
        for role, m in {
            "ex": "trade_cny_100m",
            "fdi": "fdi_cny_100m",
            "gdp": "gdp_cny_100m",
        }.items()
    }
    found = numbers(table, "sample")
    stored = {
        (row.model, row.term): row.value
        for row in table.statistics.itertuples()
        if row.statistic == "critical_value"
    }
    sizes = table.statistics[table.statistics["statistic"].str.startswith("size_")]
    own = sizes[sizes["inference"].isin(["simulated", "bootstrap"])]
    worst = own.groupby(["model", "term"])["value"].agg(["min", "max"])
    sound = set(worst[(worst["max"] <= 0.10)].index)
    assert len(sound) == found["count_judged"] == 34

    def count(x: dict[str, pd.DataFrame]) -> int:
        total = 0
        for model, term in sound:
            kept, trend = model.split(".")
            test, name = term.split(" ")
            how: dict[str, Any] = {**OPTIONS[test], "demean": kept == "demeaned"}
            how |= {} if test == "kao" else {"trend": trend}
            z = cointegrated(test, logs["ex"], x, **how).statistics[name]
            cut = stored[model, term]
            total += bool(z >= cut if name == "panel_v" else z <= cut)
        return total

    place: dict[str, Any] = {
        "n_units": 29, "n_periods": 13, "regressors": 2, "trend": "c", "options": "lags=1,bandwidth=2",
    }  # fmt: skip
    for name, harder in (("panel_v", max), ("panel_rho", min)):
        cuts = [critical_value_of("pedroni", name, d, **place) for d in kind.SIZE_DESIGNS[False]]
        assert stored["raw.c", f"pedroni {name}"] == harder(cuts)

    own_x = {"fdi": logs["fdi"], "gdp": logs["gdp"]}
    assert count(own_x) == found["count_rejecting"]
    options = kind.Options.model_validate(spec_on_trade().options)
    assert options.placebo is not None
    orders = derangements(29, 99, options.placebo.seed)
    settings = [
        kind._setting(logs["ex"], own_x, trend, demean, options)
        for trend in options.trends
        for demean in options.demean
    ]
    counted = kind._counts(logs["ex"], own_x, settings, options, options.placebo)
    for place in (0, 98):
        other = {r: f.iloc[:, orders[place]].set_axis(PAPER, axis=1) for r, f in own_x.items()}
        assert counted["fdi"].draws[place] == count({**own_x, "fdi": other["fdi"]})
        assert counted["all"].draws[place] == count(other)
    draws = counted["fdi"].draws
    at_least = (draws >= found["count_rejecting"]).sum()
    assert found["permutation_p"] == (1 + at_least) / 100
    assert found["placebo_count_mean"] == draws.mean()
    assert (found["placebo_count_low"], found["placebo_count_high"]) == (draws.min(), draws.max())
    assert found["placebo_draws"] == 99
    both = numbers(table, "sample")["placebo_count_mean fdi, gdp"]
    assert both == counted["all"].draws.mean() != draws.mean()


@pytest.mark.long
def test_a_true_relation_has_support_and_that_of_another_province_has_none(
    table: TableResult,
) -> None:
    assert value(table, "sample", "permutation_p") == 0.01
    assert value(table, "sample", "agreement").startswith("Support: ")
    order = derangements(29, 1, 5)[0]
    exchanged = estimate(spec_on_trade(), related([PAPER[place] for place in order]))
    assert value(exchanged, "sample", "permutation_p") > 0.05
    text = value(exchanged, "sample", "agreement")
    found = numbers(exchanged, "sample")
    assert text == (
        f"No support: {found['count_rejecting']:.0f} of 34 statistics reject the null of no cointegration, "
        "not significantly more than in a placebo test. "
        f"With another province's ln FDI, {found['placebo_count_mean']:.1f} reject on average "
        f"(placebo p {found['permutation_p']:.3f})."
    )
    more = value(exchanged, "sample", "agreement_more")
    assert "The tests therefore do not show a long-run relation" in more
    page = next(b for b in exchanged.page if b.title == "Do they agree?")
    assert page.notes[0].startswith("No support")
    grid = block_of(exchanged, "Placebo: another province's series")
    assert [row[0] for row in grid.rows] == ["ln FDI", "All regressors"]


@pytest.mark.long
def test_without_placebo_or_stored_values_the_count_is_not_judged() -> None:
    spec = spec_on_trade(placebo=None)
    text = value(estimate(spec, related()), "sample", "agreement")
    assert text.startswith("Not judged: ")
    sample = {**spec.options["sample"], "first_year": 2010}
    short = estimate(spec_on_trade(sample=sample, trends=["c"], demean=[True]), related())
    assert value(short, "sample", "agreement").startswith("Inconclusive")
    assert ("sample", "permutation_p") not in numbers(short).index


def test_a_placebo_of_a_series_that_is_no_regressor_is_refused() -> None:
    other = {"term": "ex", "exchanges": 99, "seed": 1}
    with pytest.raises(ValidationError, match=Code.SPEC_ROLE):
        kind.Options.model_validate(spec_on_trade(placebo=other).options)


def test_the_seed_alone_decides_the_placebos(table: TableResult) -> None:
    again = build(spec_on_trade(), replace(related()))
    pd.testing.assert_frame_equal(again.statistics, table.statistics)
