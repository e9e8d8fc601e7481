"""Specifications behind declared choices: slopes under treatments, and differences of slopes between regions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.fixed_effects.exact_wild import ExactRule
from living_panel.estimation.econometrics.robustness.regions import (
    difference_design,
    differences_without,
    interacted,
    pairwise_differences,
)
from living_panel.estimation.econometrics.robustness.treatments import (
    treated_slope,
    unit_trends,
)
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.tables.kinds.robustness.lines import ESTIMATED_FIRST, Treated
from tests.unit.panels import CLUSTERED, dummies, rows

SIZES = {"level": 0.05, "power": 0.8}


@pytest.fixture
def data() -> tuple[pd.Series, pd.DataFrame]:
    index, rng = rows(14, 9), np.random.default_rng(5)
    x = pd.DataFrame(rng.standard_normal((len(index), 2)), index, ["fdi", "gdp"])
    x = x.groupby(level=0).cumsum()
    y = 0.3 * x["fdi"] + x["gdp"] + pd.Series(rng.standard_normal(len(index)), index)
    return y[:-2], x[:-2]


@pytest.fixture
def region(data: tuple[pd.Series, pd.DataFrame]) -> pd.Series:
    units = data[0].index.get_level_values(0).unique()
    return pd.Series(["East"] * 7 + ["West"] * 7, units)


def test_the_first_slope_of_a_design_of_regions_is_the_difference_of_slopes(
    data: tuple[pd.Series, pd.DataFrame], region: pd.Series
) -> None:
    fit = interacted(*data, region)
    found = pairwise_differences(fit, "cr1", **SIZES).set_index("term")
    design = difference_design(fit, "gdp", "East", "West")
    slope = treated_slope(design, draws=99, seed=1)
    assert slope.estimate == pytest.approx(found.loc["gdp", "difference"], abs=1e-10)
    # by hand: each region on its own, errors without a small-sample factor
    own = [two_way(*(part[part.index.get_level_values(0).isin(region.index[region == r])] for part in data),
                   **CLUSTERED | {"correction": "none"}) for r in ("East", "West")]  # fmt: skip
    error = np.sqrt(sum(fit.std_errors["gdp"] ** 2 for fit in own))
    assert slope.std_error == pytest.approx(error, rel=1e-9)
    n, k = len(data[0]), 2 * 2 + 2 * 9
    factor = np.sqrt(14 / 13 * (n - 1) / (n - k))
    assert slope.corrected_error(design, "reghdfe") == pytest.approx(error * factor, rel=1e-9)


def test_differences_without_a_unit_are_those_of_the_other_units(
    data: tuple[pd.Series, pd.DataFrame], region: pd.Series
) -> None:
    y, x = data
    found = differences_without(y, x, region, "cr3", term="fdi", **SIZES)
    assert list(found["left_out"]) == list(region.index)
    left = region.index[3]
    kept = y.index.get_level_values(0) != left
    fit = interacted(y[kept], x[kept], region.drop(left))
    wanted = pairwise_differences(fit, "cr3", **SIZES).set_index("term").loc["fdi"]
    row = found.set_index("left_out").loc[left]
    assert row["estimate"] == wanted["difference"] and row["p_value"] == wanted["p_value"]
    assert row["df"] == 5


def line(method: str, **more: object) -> Treated:
    sample = {
        "units": "paper",
        "first_year": 2008,
        "last_year": 2016,
        "without_years": [],
        "minimum_coverage": 1,
    }
    return Treated.model_validate(
        {
            "id": "x", "title": "x", "method": "treated", "dependent": "y", "focal": "fdi", "enter": ["fdi", "gdp"],
            "sample": sample, "interpolation": {"method": "none"}, "without_broken": [],
            "treatment": {"method": method, **more},
        }
    )  # fmt: skip


def test_a_slope_with_trends_is_least_squares_with_every_trend(
    data: tuple[pd.Series, pd.DataFrame],
) -> None:
    y, x = data
    units = pd.get_dummies(y.index.get_level_values(0), dtype=float).to_numpy()
    trends = units * y.index.get_level_values(1).to_numpy()[:, None]
    design = np.column_stack([x, trends, dummies(y.index)])
    wanted = np.linalg.lstsq(design, y.to_numpy(), rcond=None)[0][0]
    nothing = pd.DataFrame({"province_code": [], "year": []})
    assert line("province_trends").fit(y, x, nothing).params["fdi"] == pytest.approx(wanted)


def test_a_line_has_the_bootstrap_unless_its_regressors_are_estimated(
    data: tuple[pd.Series, pd.DataFrame],
) -> None:
    y, x = data
    way = {"cov": "wild_cluster_bootstrap:rademacher", "draws": 199, "seed": 1}
    sample = pd.concat([y.rename("y"), x], axis=1)

    class Sample:
        frame, choices, breaks = sample, {}, ()

    trends = line("province_trends").estimated(Sample(), [way], ExactRule())  # type: ignore[arg-type]
    labels = [row["inference"] for row in trends.rows]
    assert labels[-1] == way["cov"] and labels[0] == "cr3:jackknife:t(G-1)"
    by_hand = treated_slope(unit_trends(y, x), draws=199, seed=1)
    assert trends.rows[-1]["p_value"] == by_hand.test.p_value()
    assert "common_averages" in ESTIMATED_FIRST
    averages = line("common_averages").estimated(Sample(), [way], ExactRule())  # type: ignore[arg-type]
    assert way["cov"] not in [row["inference"] for row in averages.rows]


def test_the_jackknife_of_a_line_estimates_it_again_without_each_unit(
    data: tuple[pd.Series, pd.DataFrame],
) -> None:
    y, x = data
    sample = pd.concat([y.rename("y"), x], axis=1)

    class Sample:
        frame, choices, breaks = sample, {}, ()

    found = line("differences", lag=2).estimated(Sample(), [], ExactRule())  # type: ignore[arg-type]
    nothing = pd.DataFrame({"province_code": [], "year": []})
    units = y.index.get_level_values(0)
    slopes = np.array([
        line("differences", lag=2).fit(y[units != u], x[units != u], nothing).params["fdi"] for u in units.unique()
    ])  # fmt: skip
    full = line("differences", lag=2).fit(y, x, nothing).params["fdi"]
    error = np.sqrt(13 / 14 * ((slopes - full) ** 2).sum())
    assert found.rows[0]["std_error"] == pytest.approx(error)
