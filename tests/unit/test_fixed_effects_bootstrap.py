"""The wild bootstrap against a re-estimation of every draw, and what its p-values can be."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.fixed_effects import wild_bootstrap
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.estimators._two_way import (
    fit_two_way,
    infer,
    two_way,
)
from tests.unit.panels import WILD, dummies, rows


def panel(units: int, periods: int, seed: int = 0, slope: float = 0.3):
    rng = np.random.default_rng(seed)
    index = rows(units, periods)
    keep = rng.random(len(index)) > 0.1
    x = pd.DataFrame(rng.normal(size=(len(index), 2)), index, ["a", "b"])
    noise = rng.normal(size=len(index)) + np.repeat(rng.normal(size=units), periods) * x["a"]
    y = (slope * x["a"] + noise).rename("y")
    return y[keep], x[keep]


def by_hand(y: pd.Series, x: pd.DataFrame, term: str, null: float) -> float:
    """p-value from 2^G regressions with dummies, written without the package's own pieces."""
    clusters = pd.factorize(y.index.get_level_values(0))[0]
    groups = clusters.max() + 1
    own = x[term].to_numpy()
    rest = np.column_stack([x.drop(columns=term), np.delete(dummies(y.index), groups, axis=1)])
    full = np.column_stack([own, rest])

    def t_statistic(outcome: np.ndarray) -> float:
        b = np.linalg.lstsq(full, outcome, rcond=None)[0]
        bread = np.linalg.inv(full.T @ full)
        scores = full * (outcome - full @ b)[:, None]
        sums = np.array([scores[clusters == g].sum(axis=0) for g in range(groups)])
        return (b[0] - null) / np.sqrt((bread @ sums.T @ sums @ bread)[0, 0])

    restricted = y.to_numpy() - null * own
    fitted = rest @ np.linalg.lstsq(rest, restricted, rcond=None)[0] + null * own
    residual = y.to_numpy() - fitted
    observed = abs(t_statistic(y.to_numpy()))
    stars = [
        abs(t_statistic(fitted + np.array(v)[clusters] * residual))
        for v in product([-1.0, 1.0], repeat=groups)
    ]
    return float(np.mean(np.array(stars) >= observed * (1 - 1e-9)))


@pytest.mark.parametrize("null", [0.0, 0.25, -0.4])
@pytest.mark.parametrize("term", ["a", "b"])
def test_enumerated_p_value_equals_every_draw_re_estimated(term: str, null: float) -> None:
    y, x = panel(7, 6)
    result = two_way(y, x, **WILD)
    assert result.tests[term].p_value(null) == by_hand(y, x, term, null)
    if null == 0.0:
        assert result.p_values[term] == by_hand(y, x, term, 0.0)


def test_eight_clusters_give_steps_of_one_in_128_and_say_so() -> None:
    y, x = panel(8, 6)
    result = two_way(y, x, **{**WILD, "draws": 99})  # enumerated however few are asked for
    for test in result.tests.values():
        assert test.draws.enumerated and test.p_error() == 0
        assert test.size == 256 and test.draws.step == 1 / 128
    assert all((p * 128) % 1 == 0 and p > 0 for p in result.p_values)
    assert any("1/128" in note for note in result.notes)


def test_interval_holds_exactly_the_null_values_that_are_not_rejected() -> None:
    y, x = panel(9, 8)
    result = two_way(y, x, **WILD)
    for level in (0.9, 0.95):
        interval = result.conf_int(level)
        for term, test in result.tests.items():
            low, high = interval.loc[term]
            width = high - low
            assert low < result.params[term] < high
            for end, inward in ((low, 1), (high, -1)):
                assert test.p_value(end + inward * 1e-6 * width) > 1 - level
                assert test.p_value(end - inward * 1e-6 * width) <= 1 - level


def test_interval_is_unbounded_where_no_p_value_can_reject() -> None:
    # six clusters: the smallest p is 1/32, so a 99 % interval cannot end
    y, x = panel(6, 6)
    interval = two_way(y, x, **WILD).conf_int(0.99)
    assert np.isinf(interval.to_numpy()).all()


def test_drawn_weights_are_seeded_and_count_the_observed_draw() -> None:
    y, x = panel(20, 6)
    first, again, other = (
        two_way(y, x, **WILD | {"draws": 9999, "seed": seed}) for seed in (4, 4, 5)
    )
    assert all(not t.draws.enumerated and t.draws.step == 1e-4 for t in first.tests.values())
    assert first.p_values.equals(again.p_values)
    assert not first.p_values.equals(other.p_values)
    assert all(round(p * 10_000, 6) % 1 == 0 and p >= 1e-4 for p in first.p_values)
    assert not any("steps" in note for note in first.notes)


def test_draws_are_added_until_the_verdict_stands_and_a_cap_is_said(monkeypatch) -> None:
    """A p-value near a level takes more draws than one far from it; a cap is reported."""
    y, x = panel(24, 6, seed=4, slope=0.2)
    result = two_way(y, x, **{**WILD, "draws": 199})
    tests = result.tests
    assert max(t.size for t in tests.values()) > 199
    for test in tests.values():
        p = test.p_value()
        if test.size < 400_000 - 199:
            assert all(
                abs(p - a) >= 2.5 * np.sqrt(p * (1 - p) / test.size) for a in (0.01, 0.05, 0.1)
            )
    # the same p from draws of another seed, within the error that is returned
    other = two_way(y, x, **{**WILD, "draws": 99_999, "seed": 9}).tests
    for term, test in tests.items():
        assert (
            abs(test.p_value() - other[term].p_value())
            < 4 * test.p_error() + 4 * other[term].p_error()
        )
    monkeypatch.setattr(wild_bootstrap, "MOST_DRAWS", 400)
    for term, (low, high) in result.conf_int(0.95).iterrows():  # inverts the test of all draws
        for end, inward in ((low, 1), (high, -1)):
            assert tests[term].p_value(end + inward * 1e-6 * (high - low)) >= 0.05
            assert tests[term].p_value(end - inward * 1e-6 * (high - low)) < 0.05
    cut = two_way(y, x, **{**WILD, "draws": 199})
    near = [t for t, test in cut.tests.items() if test.size > 199]
    assert near and all(cut.tests[t].size == 398 for t in near)
    assert any(
        f"{t}: bootstrap p" in n and "too close to a significance level" in n
        for t in near
        for n in cut.notes
    )


def test_p_value_and_interval_of_an_estimate_ignore_what_it_is_compared_with() -> None:
    y, x = panel(24, 6, seed=4, slope=0.2)
    fit, way = fit_two_way(y, x), resolve_mapping({**WILD, "draws": 199})
    alone, term = infer(fit, way, exact=None), x.columns[-1]
    low, high = alone.tests[term].interval(0.95)
    near = alone.tests[term].estimate + 0.999 * (high - alone.tests[term].estimate)  # p near 5 %
    beside = infer(fit, way, {term: [near]}, exact=None)
    assert beside.tests[term].interval(0.95) == (low, high)
    assert beside.tests[term].size == alone.tests[term].size
    assert beside.p_value_of(term, 0.0) == alone.p_value_of(term, 0.0)
    assert beside.tests[term].p_error(near) < alone.tests[term].p_error(near)


def test_correction_scales_the_printed_error_and_not_the_p_value() -> None:
    y, x = panel(8, 6)
    plain = two_way(y, x, **{**WILD, "correction": "none"})
    scaled = two_way(y, x, **WILD)
    assert (scaled.std_errors > plain.std_errors).all()
    assert scaled.p_values.equals(plain.p_values)
    pd.testing.assert_frame_equal(scaled.conf_int(0.95), plain.conf_int(0.95))


def test_single_regressor_has_a_bootstrap_too() -> None:
    y, x = panel(8, 6)
    assert two_way(y, x[["a"]], **WILD).p_values["a"] == by_hand(y, x[["a"]], "a", 0.0)


def test_the_error_of_a_share_is_the_binomial_one() -> None:
    shares = np.random.default_rng(1).binomial(400, 0.3, size=100_000) / 400
    assert wild_bootstrap.monte_carlo_error(0.3, 400) == pytest.approx(shares.std(), rel=0.01)
