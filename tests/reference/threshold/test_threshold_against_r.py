"""The panel threshold against lm() with dummies at every candidate (driver.R, stored output)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.fixed_effects.panel_arrays import panel_arrays
from living_panel.estimation.econometrics.robustness.threshold import (
    _search,
    bootstrap_statistics,
    panel_threshold,
)
from living_panel.estimation.estimators._two_way import fit_two_way

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    frame = pd.read_csv(HERE / "panel.csv", dtype={"province_code": str})
    return frame.set_index(["province_code", "year"])


def fitted(panel, level: float):
    options = {
        "switching": "x",
        "regime": panel["q"],
        "draws": 99,
        "seed": 1,
        "trim": 0.15,
        "level": level,
    }
    return panel_threshold(panel["y"], panel[["x", "z"]], **options)


@pytest.fixture(scope="module")
def fit(panel):
    return fitted(panel, 0.95)


def test_every_candidate_has_the_same_sum_of_squares_and_likelihood_ratio(fit) -> None:
    stored = pd.read_csv(HERE / "search.csv")
    np.testing.assert_array_equal(fit.profile["threshold"], stored["threshold"])
    np.testing.assert_allclose(fit.profile["ssr"], stored["ssr"], rtol=1e-9)
    np.testing.assert_allclose(fit.profile["likelihood_ratio"], stored["lr"], rtol=1e-7, atol=1e-8)


def test_threshold_statistic_interval_and_slopes(panel, fit) -> None:
    stored = pd.read_csv(HERE / "summary.csv").iloc[0]
    assert fit.threshold == stored["threshold"]
    assert fit.interval == (stored["low"], stored["high"])
    slopes = fit_two_way(panel["y"], fit.split).within.params
    theirs = stored[["f", "slope_low", "slope_high", "slope_z"]].to_numpy(float)
    np.testing.assert_allclose([fit.f_statistic, *slopes], theirs, rtol=1e-9)


@pytest.mark.parametrize(("level", "printed"), [(0.90, 5.94), (0.95, 7.35), (0.99, 10.59)])
def test_interval_holds_what_hansens_critical_values_do_not_reject(panel, level, printed) -> None:
    """Hansen (1999), after eq. 16."""
    stored = pd.read_csv(HERE / "search.csv").query("lr <= @printed")["threshold"]
    assert fitted(panel, level).interval == (stored.min(), stored.max())


def test_bootstrap_statistics_on_the_same_draws(panel, fit) -> None:
    rows = pd.read_csv(HERE / "resamples.csv", header=None).to_numpy() - 1
    stored = pd.read_csv(HERE / "bootstrap.csv")["f"]
    data = panel_arrays(panel["y"], panel[["x", "z"]])
    q = panel.sort_index()["q"].to_numpy()
    search = _search(data, q, 0, 0.15)
    n, t = len(data.units), len(data.years)
    residual = search.residual(data.y)
    best = int(np.flatnonzero(search.candidates == fit.threshold)[0])
    net = search.net[:, best]
    errors = (residual - net * (net @ residual) / search.size[best]).reshape(n, t)
    ours = bootstrap_statistics(search, errors, rows, (n - 1) * (t - 1))
    np.testing.assert_allclose(ours, stored, rtol=1e-8)
