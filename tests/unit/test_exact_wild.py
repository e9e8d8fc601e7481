"""Counts over all sign vectors against enumeration, re-estimated regressions, and twenty seeds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.fixed_effects import all_signs
from living_panel.estimation.econometrics.fixed_effects.all_signs import (
    count_not_negative,
    count_singular,
    halves,
    settle_between,
)
from living_panel.estimation.econometrics.fixed_effects.exact_wild import (
    ExactRule,
    apply_rule,
    count_interval,
    count_p_values,
)
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    WildTest,
    wild_draws,
    wild_test,
)
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    test_of_responses as of_responses,
)
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.econometrics.robustness.regions import (
    bootstrap_equality,
    can_count_equality,
    exact_equality,
    interacted,
)
from living_panel.estimation.estimators._two_way import fit_two_way, infer
from tests.unit.panels import WILD
from tests.unit.test_fixed_effects_bootstrap import by_hand, panel
from tests.unit.test_regions import drawn as regional_panel

GROUPS = 20


def some_test(groups: int, seed: int, *, enumerated: bool, whole: bool = False) -> WildTest:
    """Test of random scores and responses; whole numbers make ties and sums of zero."""
    generator = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        found = generator.normal(size=shape)
        return np.round(found * 2) if whole else found

    own, null = numbers(groups) * 2, np.abs(numbers(groups)) + 1.0
    parts = (own, numbers(groups, groups)), (null, numbers(groups, groups) / 4)
    draws = wild_draws(groups, 999, seed, enumerable=2**groups if enumerated else 0)
    return of_responses(float(generator.normal()), float(null.sum()), *parts, draws)


def panel_test(groups: int, term: str, seed: int = 1, draws: int = 999) -> WildTest:
    y, x = panel(groups, 6)
    cluster = pd.factorize(y.index.get_level_values(0))[0]
    place = list(x.columns).index(term)
    weights = wild_draws(groups, draws, seed, enumerable=0)
    return wild_test(fit_two_way(y, x).within, cluster, place, weights)


@pytest.mark.parametrize("null", [0.0, 0.25, -0.4])
@pytest.mark.parametrize("term", ["a", "b"])
def test_p_value_equals_that_of_every_outcome_re_estimated(term: str, null: float) -> None:
    test = count_p_values(panel_test(9, term), [null])
    assert test.p_value(null) == by_hand(*panel(9, 6), term, null)
    assert test.p_error(null) == 0.0


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("groups", [6, 7, 12, 13])
def test_counts_equal_enumeration(groups: int, whole: bool) -> None:
    for seed in range(6):
        drawn, every = (some_test(groups, seed, enumerated=e, whole=whole) for e in (False, True))
        nulls = [0.0, every.estimate, every.estimate + 0.3, every.estimate - 1.5]
        counted = count_p_values(drawn, nulls)
        assert [counted.p_value(n) for n in nulls] == [every.p_value(n) for n in nulls]


@pytest.mark.parametrize("groups", [7, 11, 14])
def test_ends_equal_those_of_enumeration(groups: int) -> None:
    for seed in range(3):
        drawn, every = (some_test(groups, seed, enumerated=e) for e in (False, True))
        for level in (0.9, 0.95):
            found = count_interval(drawn, level).interval(level)
            np.testing.assert_allclose(found, every.interval(level), rtol=1e-8)


def test_an_end_is_infinite_where_no_p_value_can_reject() -> None:
    """Five clusters have sixteen vectors: no p-value is below one sixteenth."""
    found = count_interval(panel_test(5, "a"), 0.95).interval(0.95)
    assert found == (-np.inf, np.inf)


def test_twenty_clusters_agree_with_half_a_million_vectors() -> None:
    y, x = panel(GROUPS, 6)
    cluster = pd.factorize(y.index.get_level_values(0))[0]
    every = wild_draws(GROUPS, 999, 1, enumerable=2**GROUPS)
    enumerated = wild_test(fit_two_way(y, x).within, cluster, 0, every)
    test = count_interval(count_p_values(panel_test(GROUPS, "a"), [0.0]), 0.95)
    assert test.p_value() == enumerated.p_value()
    np.testing.assert_allclose(test.interval(0.95), enumerated.interval(0.95), rtol=1e-8)


@pytest.mark.long
def test_twenty_seeds_give_one_p_value_and_one_interval() -> None:
    y, x = panel(GROUPS, 6)
    rule = ExactRule(frozenset({"a"}))
    found = {
        (result.p_values["a"], *result.tests["a"].interval(0.95))
        for seed in range(20)
        for result in [infer(fit_two_way(y, x), resolve(**{**WILD, "seed": seed}), exact=rule)]
    }
    assert len(found) == 1


def test_without_a_rule_many_clusters_are_drawn() -> None:
    y, x = panel(GROUPS, 6)
    result = infer(fit_two_way(y, x), resolve(**WILD), exact=None)
    assert (result.p_errors > 0).all()
    assert result.to_frame(0.95)["p_mc_error"].tolist() == result.p_errors.tolist()


def test_few_clusters_have_no_error_and_too_few_no_p_value() -> None:
    enumerated = infer(fit_two_way(*panel(8, 6)), resolve(**WILD), exact=None)
    assert (enumerated.p_errors == 0).all()
    assert infer(fit_two_way(*panel(5, 6)), resolve(**WILD), exact=None).p_errors.isna().all()


def test_a_close_p_value_is_counted_and_an_end_that_contradicts_it() -> None:
    drawn = panel_test(GROUPS, "a")
    exact = count_interval(drawn, 0.95).interval(0.95)
    for side, null in enumerate((drawn.interval(0.95)[i] + exact[i]) / 2 for i in (0, 1)):
        test = apply_rule(drawn, "a", ExactRule(), (0.0, null))
        assert test.p_error(null) == 0.0 and test.p_error(0.0) > 0.0
        low, high = test.interval(0.95)
        assert (low <= null <= high) == (test.p_value(null) >= 0.05)
        assert test.interval(0.95)[side] == exact[side]
        assert test.interval(0.95)[1 - side] == drawn.interval(0.95)[1 - side]


def test_a_distant_p_value_stays_as_it_was_drawn() -> None:
    drawn = panel_test(GROUPS, "a")
    assert abs(drawn.p_value() - 0.05) > 4 * drawn.p_error()
    assert apply_rule(drawn, "a", ExactRule()).exact == drawn.exact


def test_more_clusters_than_can_be_counted_stay_drawn() -> None:
    drawn = panel_test(32, "a")
    assert apply_rule(drawn, "a", ExactRule(frozenset({"a"}))).p_error() > 0.0


@pytest.mark.parametrize("q", [1, 2, 3])
def test_determinants_of_forms_equal_those_of_each_vector(q: int) -> None:
    generator, groups = np.random.default_rng(q), 11
    factors = generator.normal(size=(4, q, groups))
    means = generator.normal(size=(q, groups))
    forms = np.einsum("hig,hjk->ijgk", factors, factors) - np.einsum("ig,jk->ijgk", means, means)
    forms = (forms + np.swapaxes(forms, 2, 3)) / 2
    signs = np.array(list(product([-1.0, 1.0], repeat=groups)))
    matrices = np.einsum("bg,ijgk,bk->bij", signs, forms, signs)
    wanted = int((np.linalg.det(matrices) <= 0).sum()) // 2
    assert 0 < wanted < 2 ** (groups - 1)
    assert count_singular(forms) == wanted


def test_vectors_that_change_between_two_values_are_all_found() -> None:
    generator, groups = np.random.default_rng(3), 10
    first, last = (m + m.T for m in generator.normal(size=(2, groups, groups)))
    found = settle_between(first, last, 0.0)
    assert found.open is not None
    for form in (first, last):
        values = np.einsum("bi,ij,bj->b", found.open, form, found.open)
        assert found.counted + int((values >= 0).sum()) == count_not_negative(form)
    wider = settle_between(first, last, 5.0)
    assert wider.open is not None and len(wider.open) > len(found.open)


@pytest.mark.parametrize("seed", range(6))
def test_blocks_left_out_hold_no_vector_that_counts(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator, groups = np.random.default_rng(seed), 11
    top, bottom = generator.normal(size=groups), generator.normal(size=(groups, groups)) / groups
    form = np.outer(top, top) - (seed + 1) * bottom.T @ bottom * groups
    signs = np.array(list(product([-1.0, 1.0], repeat=groups)))
    values = np.einsum("bi,ij,bj->b", signs, form, signs)
    monkeypatch.setattr(all_signs, "COLUMNS", 4)
    monkeypatch.setattr(all_signs, "ROWS", 3)
    assert count_not_negative(form) == (values >= 0).sum() // 2
    blocks = all_signs._blocks([form], np.float64, 0.0)
    assert sum(rows.size for (rows, _), _ in blocks) < 32 * 8


def test_halves_hold_each_vector_once_without_its_negative() -> None:
    pairs = halves(7)
    signs = pairs.vectors(np.arange(pairs.size))
    both = {tuple(v) for v in signs} | {tuple(-v) for v in signs}
    assert pairs.size == 64 and len(both) == 128


@pytest.mark.parametrize("terms", [["fdi"], ["fdi", "gdp"]])
@pytest.mark.parametrize("sizes", [{"A": 6, "B": 7}, {"A": 6, "B": 6, "C": 6}])
def test_joint_test_equals_that_of_every_vector(terms: list[str], sizes: dict[str, int]) -> None:
    y, x, region = regional_panel(5, slopes=(0.5,) * len(sizes), sizes=sizes)
    fit = interacted(y, x, region)
    if not can_count_equality(fit, terms):
        assert (len(sizes) - 1) * len(terms) == 4  # one restriction more than can be counted
        return
    every = bootstrap_equality(fit, terms, draws=2 ** sum(sizes.values()), seed=1, near=None)
    assert every.p_mc_error == 0.0
    assert exact_equality(fit, terms) == every.p_value


def test_joint_test_near_its_level_is_counted() -> None:
    y, x, region = regional_panel(5, slopes=(0.5, 0.5), sizes={"A": 6, "B": 7})
    fit = interacted(y, x, region)
    drawn = bootstrap_equality(fit, ["fdi"], draws=199, seed=3, near=None)
    near = bootstrap_equality(fit, ["fdi"], draws=199, seed=3, near=drawn.p_value)
    far = bootstrap_equality(fit, ["fdi"], draws=199, seed=3, near=min(drawn.p_value / 9, 0.01))
    assert near.p_value == exact_equality(fit, ["fdi"]) and near.p_mc_error == 0.0
    assert far.p_value == drawn.p_value and far.p_mc_error > 0.0
