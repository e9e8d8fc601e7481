"""Staggered adoption against csdid, diff-diff, did-imputation, pybacondecomp and honestdid (`driver.py`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.adoption.bounds import relative_magnitudes
from living_panel.estimation.econometrics.adoption.group_time import group_time
from living_panel.estimation.econometrics.adoption.imputation import impute, pre_trends
from living_panel.estimation.econometrics.adoption.staggered import Staggered, staggered
from living_panel.estimation.econometrics.adoption.two_way_weights import bacon
from living_panel.estimation.econometrics.fixed_effects.regression import two_way

HERE = Path(__file__).parent
# did-imputation demeans by iterating
TOLERANCE = {"csdid": 1e-6, "diff-diff": 1e-6, "diff-diff imputation": 1e-6, "did-imputation": 1e-5}
EXPECTED = pd.read_csv(HERE / "expected.csv").set_index(["peer", "what"])


@pytest.fixture(scope="module")
def outcome() -> tuple[pd.Series, pd.Series]:
    long = pd.read_csv(HERE / "panel.csv", dtype={"unit": str})
    y = long.set_index(["unit", "year"])["y"].rename_axis(["province_code", "year"])
    first = long.drop_duplicates("unit").set_index("unit")["first"]
    return y, first.where(first > 0)


@pytest.fixture(scope="module")
def data(outcome: tuple[pd.Series, pd.Series]) -> Staggered:
    return staggered(*outcome)


@pytest.mark.parametrize("peer", ["csdid", "diff-diff"])
def test_group_time_effects_and_their_averages(data: Staggered, peer: str) -> None:
    """csdid's panel includes the base year, whose effect is zero by construction."""
    fit = group_time(data, base_years=1)
    values = {f"att {r.cohort} {r.year}": (r.estimate, r.std_error) for r in fit.table.itertuples()}
    for effects in (fit.event_study(-9, 9), fit.overall(99)):
        for name, b, se in zip(
            effects.estimates.index, effects.estimates, effects.std_errors, strict=True
        ):
            values["overall" if name == "overall" else f"event {name}"] = (b, se)
    theirs = EXPECTED.loc[peer]
    shared = [k for k in theirs.index if k in values and np.isfinite(theirs.loc[k, "first"])]
    assert len(shared) > 40
    found = np.array([values[k] for k in shared])
    np.testing.assert_allclose(found[:, 0], theirs.loc[shared, "first"], rtol=1e-6, atol=1e-9)
    known = theirs.loc[shared, "second"].notna().to_numpy()
    assert known.sum() > 30
    np.testing.assert_allclose(
        found[known, 1], theirs.loc[shared, "second"][known], rtol=TOLERANCE[peer]
    )


@pytest.mark.parametrize("peer", ["did-imputation", "diff-diff imputation"])
def test_imputed_effects_by_years_since_adoption(data: Staggered, peer: str) -> None:
    means = impute(data, 7).groupby("event")["effect"].mean()
    theirs = EXPECTED.loc[[(peer, f"event {event}") for event in means.index], "first"]
    assert len(means) == 8
    np.testing.assert_allclose(means, theirs, rtol=TOLERANCE[peer])


def test_pre_trends_on_untreated_cells(outcome: tuple[pd.Series, pd.Series]) -> None:
    """The imputation estimator's leads: a two-way regression on the untreated cells alone."""
    fit = pre_trends(*outcome, leads=3, cov="clustered", correction="reghdfe", df="t(G-1)")
    theirs = EXPECTED.loc["did-imputation"].loc[["pre 1", "pre 2", "pre 3"]]
    np.testing.assert_allclose(fit.params, theirs["first"], rtol=1e-6)
    np.testing.assert_allclose(fit.std_errors, theirs["second"], rtol=0.06)  # another factor


def test_two_way_weights(data: Staggered, outcome: tuple[pd.Series, pd.Series]) -> None:
    found = bacon(data)
    for row in found.itertuples():
        control = "Never" if np.isnan(row.control) else f"{row.control:.0f}"
        theirs = EXPECTED.loc[("pybacondecomp", f"{row.treated:.0f} {control}")]
        np.testing.assert_allclose((row.estimate, row.weight), theirs, rtol=1e-6)
    y, _ = outcome
    dummy = pd.DataFrame({"zone": data.treated.ravel() * 1.0}, y.sort_index().index)
    fit = two_way(
        y.sort_index(),
        dummy,
        cov="clustered",
        cluster="province_code",
        correction="none",
        df="t(G-1)",
    )
    assert found["weight"] @ found["estimate"] == pytest.approx(fit.params["zone"], rel=1e-10)


def test_relative_magnitudes_hold_the_conditional_interval() -> None:
    """By projection: never shorter than honestdid's conditional interval, equal in order of size."""
    table = pd.read_csv(HERE / "event_study.csv").to_numpy()
    events = [-5, -4, -3, -2, 0, 1, 2]
    beta = pd.Series(table[:, 0], events)
    cov = pd.DataFrame(table[:, 1:], events, events)
    found = relative_magnitudes(
        beta, cov, average_of=[0, 1, 2], magnitudes=[0, 0.25, 0.5, 1], level=0.95, draws=20000, seed=1
    )  # fmt: skip
    for row in found.table.itertuples():
        low, high = EXPECTED.loc[("honestdid", f"interval {row.m:g}"), ["first", "second"]]
        assert row.low <= low + 0.003 and row.high >= high - 0.003  # their grid
        assert row.high - row.low < 2 * (high - low)
    # by hand: largest step before is -4 to -3 against -5 to -4, |-.05|; mean of k+1 is 2
    assert found.table.loc[2, ["set_low", "set_high"]].tolist() == pytest.approx(
        [0.12 - 0.5 * 2 * 0.05, 0.12 + 0.5 * 2 * 0.05]
    )
