"""Staggered adoption against csdid, diff-diff, did-imputation, pybacondecomp and honestdid (`driver.py`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import living_panel.econometrics as lp

HERE = Path(__file__).parent
# did-imputation demeans by iterating
TOLERANCE = {"csdid": 1e-6, "diff-diff": 1e-6, "diff-diff imputation": 1e-6, "did-imputation": 1e-5}
EXPECTED = pd.read_csv(HERE / "expected.csv").set_index(["peer", "what"])


KEYS = {"unit": "unit", "time": "year", "first": "first"}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(HERE / "panel.csv", dtype={"unit": str})


@pytest.mark.parametrize("peer", ["csdid", "diff-diff"])
def test_group_time_effects_and_their_averages(data: pd.DataFrame, peer: str) -> None:
    """csdid's panel includes the base year, whose effect is zero by construction."""
    fit = lp.group_time("y", data, **KEYS)
    rows = fit.raw.table.itertuples()
    values = {f"att {r.cohort} {r.year}": (r.estimate, r.std_error) for r in rows}
    for effects in (fit, lp.group_time("y", data, **KEYS, aggregate="overall")):
        for name, b, se in zip(
            effects.params.index, effects.params, effects.std_errors, strict=True
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
def test_imputed_effects_by_years_since_adoption(data: pd.DataFrame, peer: str) -> None:
    means = lp.imputation("y", data, **KEYS, latest=7).params
    theirs = EXPECTED.loc[[(peer, f"event {event}") for event in means.index], "first"]
    assert len(means) == 8
    np.testing.assert_allclose(means, theirs, rtol=TOLERANCE[peer])


def test_pre_trends_on_untreated_cells(data: pd.DataFrame) -> None:
    """The imputation estimator's leads: a two-way regression on the untreated cells alone."""
    fit = lp.pre_trends("y", data, **KEYS, leads=3)
    theirs = EXPECTED.loc["did-imputation"].loc[["pre 1", "pre 2", "pre 3"]]
    np.testing.assert_allclose(fit.params, theirs["first"], rtol=1e-6)
    np.testing.assert_allclose(fit.std_errors, theirs["second"], rtol=0.06)  # another factor


def test_two_way_weights(data: pd.DataFrame) -> None:
    found = lp.bacon("y", data, **KEYS).to_frame()
    for row in found.itertuples():
        control = "Never" if np.isnan(row.control) else f"{row.control:.0f}"
        theirs = EXPECTED.loc[("pybacondecomp", f"{row.treated:.0f} {control}")]
        np.testing.assert_allclose((row.estimate, row.weight), theirs, rtol=1e-6)
    zone = (data["first"] > 0) & (data["year"] >= data["first"])
    fit = lp.two_way("y ~ zone", data.assign(zone=zone * 1.0), unit="unit", time="year")
    assert found["weight"] @ found["estimate"] == pytest.approx(fit.params["zone"], rel=1e-10)


def test_relative_magnitudes_hold_the_conditional_interval() -> None:
    """By projection: never shorter than honestdid's conditional interval, equal in order of size."""
    table = pd.read_csv(HERE / "event_study.csv").to_numpy()
    events = [-5, -4, -3, -2, 0, 1, 2]
    beta = pd.Series(table[:, 0], events)
    cov = pd.DataFrame(table[:, 1:], events, events)
    found = lp.honest_bounds(
        beta, cov=cov, average_of=[0, 1, 2], magnitudes=[0.0, 0.25, 0.5, 1.0], draws=20000
    )
    for row in found.table.itertuples():
        low, high = EXPECTED.loc[("honestdid", f"interval {row.m:g}"), ["first", "second"]]
        assert row.low <= low + 0.003 and row.high >= high - 0.003  # their grid
        assert row.high - row.low < 2 * (high - low)
    # by hand: largest step before is -4 to -3 against -5 to -4, |-.05|; mean of k+1 is 2
    assert found.table.loc[2, ["set_low", "set_high"]].tolist() == pytest.approx(
        [0.12 - 0.5 * 2 * 0.05, 0.12 + 0.5 * 2 * 0.05]
    )
