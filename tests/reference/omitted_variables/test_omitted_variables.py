"""Omitted-variable bounds against PySensemakr, and against the values printed for its Darfur example."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.robustness.omitted_variables import (
    adjusted,
    as_strong_as,
    partial_r2,
    robustness_value,
    wanted_strength,
)
from living_panel.estimation.panel.spec import load_spec
from living_panel.estimation.tables.estimate import build
from tests.paths import SPECS
from tests.unit.table_release_fixture import planted_release

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv")
COLUMNS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def demeaned() -> tuple[np.ndarray, np.ndarray, int]:
    data = pd.read_csv(HERE.parent / "fixed_effects" / "inputs" / "produc.csv")
    wide = data[["y", *COLUMNS]]
    means = [wide.groupby(data[k]).transform("mean") for k in ("unit", "year")]
    values = (wide - means[0] - means[1] + wide.mean()).to_numpy()
    df = len(data) - data["unit"].nunique() - data["year"].nunique() + 1 - len(COLUMNS)
    return values[:, 0], values[:, 1:], df


@pytest.mark.parametrize("row", EXPECTED.query("benchmark != 'robustness_value'").itertuples())
def test_bounds_equal_sensemakr(row, demeaned) -> None:
    y, x, df = demeaned
    got = as_strong_as(
        y, x, column=0, benchmark=COLUMNS.index(row.benchmark), times=row.times, df=df
    )
    for name in ("r2_with_regressor", "r2_with_outcome", "estimate", "std_error"):
        assert getattr(got, name) == pytest.approx(getattr(row, name), rel=1e-8), name


@pytest.mark.parametrize("row", EXPECTED.query("benchmark == 'robustness_value'").itertuples())
def test_robustness_value_equals_sensemakr(row, demeaned) -> None:
    y, x, df = demeaned
    assert robustness_value(partial_r2(y, x, df)[0], row.times) == pytest.approx(row.estimate)


def test_the_printed_darfur_example() -> None:
    """Cinelli and Hazlett (2020), Table 1 and their discussion of gender as the benchmark."""
    r2 = 4.18445**2 / (4.18445**2 + 783)
    assert r2 == pytest.approx(0.022, abs=5e-4)
    assert robustness_value(r2, 1.0) == pytest.approx(0.139, abs=5e-4)
    once = adjusted(0.09731582, 0.02325654, 783, 0.00916, 0.1246)
    assert once.estimate == pytest.approx(0.0752, abs=5e-5)
    assert once.std_error == pytest.approx(0.0219, abs=5e-5)
    thrice = adjusted(0.09731582, 0.02325654, 783, 0.0275, 0.3741)
    assert thrice.estimate == pytest.approx(0.0304, abs=5e-5)
    assert thrice.std_error == pytest.approx(0.0187, abs=5e-5)


def test_a_variable_of_the_wanted_strength_moves_the_estimate_there() -> None:
    estimate, error, df = 0.06, 0.03, 250
    r2 = (estimate / error) ** 2 / ((estimate / error) ** 2 + df)
    strength = wanted_strength(estimate, 0.31, r2)
    moved = adjusted(estimate, error, df, strength, strength)
    assert abs(moved.estimate - estimate) == pytest.approx(0.25)


def test_a_variable_that_cannot_exist_is_refused(demeaned) -> None:
    y, x, df = demeaned
    with pytest.raises(ValueError, match="explain all of column 0"):
        as_strong_as(y, x, column=0, benchmark=2, times=1e6, df=df)


def test_the_table_bounds_its_last_column_by_every_control_named() -> None:
    """Demeaned here by hand; degrees of freedom of 29 provinces and 10 years counted here."""
    full = load_spec(SPECS / "t04_baseline.yml")
    options = {**full.options, "diagnostics": None, "changes": [], "placebos": [], "exact": []}
    enter = ["fdi", "lab", "gdp"]
    sample = full.options["blocks"][0]["sample"] | {"without_rows": [], "without_years": [2010]}
    sample |= {"first_year": 2008, "last_year": 2018}
    options["blocks"] = [{**full.options["blocks"][0], "enter": enter, "sample": sample}]
    few = [w | {"draws": 99} if "draws" in w else w for w in options["inference"]]
    options["inference"] = [w for w in few if not w["cov"].startswith("clustered")]
    options |= {"beside": {}, "omitted": {"roles": ["gdp"], "times": [2]}}
    release = planted_release()
    table = build(full.model_copy(update={"options": options}), release)
    names = ["exports_cny_100m", "fdi_cny_100m", "employed_10k", "gdp_cny_100m"]
    codes, years = (release.panel.index.get_level_values(i) for i in (0, 1))
    inside = ~codes.isin(["540000", "650000"]) & (years >= 2008) & (years <= 2018) & (years != 2010)
    logs = np.log(release.panel.loc[inside, names])
    within = logs - sum(logs.groupby(level=i).transform("mean") for i in (0, 1)) + logs.mean()
    y, x = within.iloc[:, 0].to_numpy(), within.iloc[:, 1:].to_numpy()
    df = 290 - 3 - (29 + 10 - 1)
    bound = as_strong_as(y, x, column=0, benchmark=2, times=2, df=df)
    named = table.statistics.query("model == 'headline.3'")
    named = named.set_index(["statistic", "term"])["value"]
    assert named["omitted_times_2", "gdp"] == pytest.approx(bound.estimate, rel=1e-8)
    assert named["omitted_r2", "fdi"] == pytest.approx(partial_r2(y, x, df)[0], rel=1e-8)
