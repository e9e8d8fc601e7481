"""The simulated error rate of the rule of grades: stored for the declared choices, and made as the tables are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.findings.declared import Slope, load_findings
from living_panel.estimation.findings.rule import grade
from living_panel.estimation.tables.estimate import build
from living_panel.estimation.tables.kinds.robustness import Options
from tests.paths import SPECS
from tests.unit.reading import coefficients, shipped
from tests.unit.table_release_fixture import planted_release
from tools.simulate import CRITICAL_VALUES
from tools.simulate.verdict_rule import (
    DESIGNS,
    NULL_PANELS,
    TWELVE,
    NullProcess,
    Study,
    make_study,
    null_process,
    rows,
)

MOST = 0.07
"""Largest share of panels without an effect with a better grade than *depends on choices*."""


def headline() -> Slope:
    """The finding whose rule is simulated."""
    finding = load_findings(SPECS.parent)[0]
    assert isinstance(finding, Slope)
    return finding


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    return pd.read_csv(CRITICAL_VALUES / "verdict_rule_sizes.csv", dtype={"choices": str})


@pytest.fixture(scope="module")
def study() -> Study:
    """A few choices of each method on the simulated release of the planted process."""
    release = planted_release()
    panel = release.panel.assign(exports_origin_cny_100m=release.panel["exports_cny_100m"])
    finding = headline()
    wanted = {
        "split_fdi", "trends", "factors_1", "first_differences", "differences_3", "leads", "lagged_fdi",
    }  # fmt: skip
    kept = [c for c in finding.choices if c.of.table == "x_robustness" and c.of.model in wanted] + [
        c for c in finding.choices if c.of.table == "t04_baseline"
    ][:2]
    specs = {name: shipped(name) for name in ("t04_baseline", "x_robustness")}
    few = finding.model_copy(update={"choices": kept})
    return make_study(replace(release, panel=panel), few, specs)


SIZES = (39, len(TWELVE))
"""Lengths of the two lists of choices."""


def test_at_most_seven_percent_of_the_null_panels_of_each_design_hold(stored: pd.DataFrame) -> None:
    null = stored[(stored["slope"] == 0) & (stored["n_choices"] == SIZES[0])]
    assert null["design"].tolist() == [design.name for design in DESIGNS]
    assert null["panels"].eq(NULL_PANELS).all() and null["panels"].sum() == 900
    assert null["holds"].max() <= MOST


@pytest.mark.parametrize("size", SIZES)
def test_kinds_lower_the_error_rate_more_than_the_power(stored: pd.DataFrame, size: int) -> None:
    listed = stored[stored["n_choices"] == size]
    assert (listed["holds"] <= listed["by_shares"]).all()
    null = listed[listed["slope"] == 0].set_index("design")
    worst = null.loc["a common factor, correlated loadings"]
    assert worst["by_shares"] > MOST, "counts of choices alone do not see it"
    power = listed[listed["slope"] == 0.5].iloc[0]
    assert power["holds"] / power["by_shares"] > worst["holds"] / worst["by_shares"]


def test_what_is_stored_is_of_the_choices_that_are_declared(stored: pd.DataFrame) -> None:
    """Another list of choices needs `python -m tools.simulate verdict_rule_sizes.csv`."""
    assert stored["choices"].unique().tolist() == [headline().choices_id]
    assert stored["n_choices"].unique().tolist() == [*SIZES] == [len(headline().choices), 12]


def test_the_short_list_is_twelve_declared_choices_of_seven_kinds() -> None:
    kinds = [c.kind for c in headline().choices if (c.of.table, c.of.model) in TWELVE]
    assert (len(kinds), len(set(kinds))) == (12, 7)


def test_a_common_factor_is_a_walk_whose_loadings_are_correlated() -> None:
    rng = np.random.default_rng(2)
    years, units = list(range(2000, 2015)), [str(i) for i in range(400)]
    process = NullProcess(units, years, 0.4, rng.standard_normal((15, 400)))
    for correlation in (0.0, 0.8):
        fdi, outcome = (
            added.unstack().to_numpy() for added in process.draw_common(rng, correlation)
        )
        assert np.linalg.matrix_rank(fdi) == 1
        slopes = [added[:, -1] / fdi[0, -1] for added in (fdi, outcome)]
        assert np.corrcoef(*slopes)[0, 1] == pytest.approx(correlation, abs=0.1)


def test_designs_differ_in_persistence_correlation_and_trends() -> None:
    rng = np.random.default_rng(3)
    shared = rng.standard_normal((15, 1)) @ np.ones((1, 30))
    process = NullProcess([str(i) for i in range(30)], list(range(2000, 2020)), 0.0, shared, 2.0)
    drawn = {d.name: process.draw(rng, d).to_numpy().reshape(30, 20) for d in DESIGNS[:4]}
    walks, independent, stationary, trends = drawn.values()
    assert np.corrcoef(np.diff(walks)).min() > 0.99
    assert abs(np.corrcoef(np.diff(independent)).mean()) < 0.2
    assert stationary.std() < walks.std()
    assert np.diff(trends).mean(axis=1).std() == pytest.approx(2, rel=0.5)


def test_walks_have_the_outcomes_correlation_between_provinces_and_its_memory() -> None:
    rng = np.random.default_rng(1)
    innovations = rng.standard_normal((15, 4)) @ rng.standard_normal((4, 4))
    process = NullProcess(list("abcd"), list(range(2000, 2010)), 0.4, innovations)
    panels = np.stack([process.draw(rng).to_numpy().reshape(4, 10) for _ in range(4_000)])
    changes = np.diff(panels, axis=2)
    covariance = innovations.T @ innovations / 15 / (1 - 0.4**2)
    found = np.einsum("rit,rjt->ij", changes, changes) / (4_000 * 9)
    assert abs(found / covariance - 1).max() < 0.15 + 0.05 / abs(np.corrcoef(innovations.T)).min()
    lagged = (changes[..., 1:] * changes[..., :-1]).sum() / (changes[..., :-1] ** 2).sum()
    assert lagged == pytest.approx(0.4, abs=0.02)
    # a walk: the spread of its level grows with time
    spread = panels.std(axis=0).mean(axis=0)
    assert spread[-1] > 2.5 * spread[0]


def test_the_process_is_estimated_from_the_outcome_net_of_both_effects(study: Study) -> None:
    release = study.estimators.tables["t04_baseline"].release
    wide = np.log(release.panel["exports_origin_cny_100m"].unstack("province_code"))
    shifted = release.panel.copy()
    trend = pd.Series(np.linspace(1, 4, wide.shape[1]), wide.columns)
    moved = np.exp(wide.add(trend).add(np.sin(wide.index.to_numpy()), axis=0))
    shifted["exports_origin_cny_100m"] = moved.stack().swaplevel().reindex(shifted.index)
    again = null_process(replace(release, panel=shifted))
    assert again.memory == pytest.approx(study.process.memory, abs=1e-9)
    np.testing.assert_allclose(again.innovations, study.process.innovations, atol=1e-9)


@pytest.mark.long
def test_choices_on_the_data_themselves_are_those_of_the_table(study: Study) -> None:
    """Nothing drawn: estimates are the stored ones, and p-values but for fewer draws."""
    spec = shipped("x_robustness")
    wanted = {c.of.model for c in study.finding.choices} & {
        line["id"] for line in spec.options["lines"]
    }
    lines = [line for line in spec.options["lines"] if line["id"] in wanted | {"headline"}]
    leave = spec.options["leave_one_out"] | {"lines": ["headline"]}
    few = shipped("x_robustness", lines=lines, leave_one_out=leave)
    for way in few.options["inference"]:
        way |= {"draws": 999} if "draws" in way else {}
    assert Options.model_validate(few.options)
    found = coefficients(build(few, study.estimators.tables["x_robustness"].release))
    nothing = np.zeros(len(study.actual))
    for choice in study.finding.choices:
        if choice.of.table != "x_robustness":
            continue
        value, p_value = study.estimators.slope(choice.of, nothing, nothing, exact=True)
        row = found.loc[choice.of.model, choice.of.term]
        row = row[row.index.str.startswith(choice.of.inference)].iloc[0]
        assert value == pytest.approx(row["estimate"], rel=1e-7)
        close = 0.03 if choice.of.inference.startswith("wild") else 1e-7
        assert p_value == pytest.approx(row["p_value"], abs=close)


@pytest.mark.long
def test_a_planted_slope_is_found_and_three_panels_are_counted(study: Study) -> None:
    counted = pd.DataFrame(rows(study, [(DESIGNS[5], 0.0, 2), (DESIGNS[0], 5.0, 1)]))
    assert counted["panels"].tolist() == [2, 2, 1, 1] and counted["holds"].between(0, 1).all()
    null, effect = (study.evidence(0, slope, whole=True) for slope in (0.0, 5.0))
    assert effect.value == pytest.approx(5 + null.value, rel=1e-6)
    assert effect.p_value < 0.05
    logs = [c for c in study.finding.choices if c.of.model not in ("factors_1",)]
    for place, choice in enumerate(study.finding.choices):
        if choice in logs and choice.of.model != "lagged_fdi":
            moved = effect.choices[place].value - null.choices[place].value
            assert moved == pytest.approx(5, rel=1e-6)
    assert grade(study.evidence(0, 0.0)).grade != "holds"
    assert [t.kind for t in null.tests] == ["placebo", "falsification"]
