"""Wild cluster bootstrap against wildboottest's stored t statistics (`oracle_wild.py`)."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.fixed_effects.exact_wild import count_p_values
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    WildDraws,
    WildTest,
    wild_draws,
    wild_test,
)
from living_panel.estimation.estimators._two_way import fit_two_way, two_way
from tests.reference.fixed_effects.panels import FOLDER, TERMS, columns
from tests.unit.panels import WILD

STORED = json.loads((FOLDER / "oracle_wild.json").read_text())


def t_stars(test: WildTest) -> np.ndarray:
    """Under a slope of zero."""
    b = test.estimate
    top, bottom = [1, b] @ test.numerator, [1, b, b**2] @ test.squared_scores
    return top / np.sqrt(np.maximum(bottom, 0.0))


@pytest.mark.parametrize(
    ("name", "term"), [(name, t) for name in ("grunfeld", "unbalanced") for t in TERMS[name]]
)
def test_t_statistics_equal_for_the_same_weights(name: str, term: str) -> None:
    stored = STORED[f"{name}_webb"]
    fit = fit_two_way(*columns(name))
    cluster = pd.factorize(fit.y.index.get_level_values(0), sort=True)[0]
    draws = WildDraws(np.array(stored["weights"]), enumerated=False)
    test = wild_test(fit.within, cluster, TERMS[name].index(term), draws)
    assert test.estimate / test.std_error == pytest.approx(stored[term]["t"], rel=1e-8)
    first = t_stars(test)[: len(draws.weights)]  # further draws follow where p is near a level
    np.testing.assert_allclose(first, stored[term]["t_stars"], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("term", ["a", "b"])
def test_enumeration_is_the_whole_distribution(term: str) -> None:
    stored = STORED["grunfeld_enumerated"][term]
    result = two_way(*columns("grunfeld"), **WILD)
    test = result.tests[term]
    assert test.draws.enumerated and test.size == 1024
    # ours keeps one of each pair v, -v, whose |t*| are the same
    ours = np.sort(np.repeat(np.abs(t_stars(test)), 2))
    np.testing.assert_allclose(ours, np.sort(np.abs(stored["t_stars"])), rtol=1e-8, atol=1e-8)
    tied = np.abs(stored["t_stars"]) >= abs(stored["t"]) * (1 - 1e-9)
    assert result.p_values[term] == pytest.approx(tied.mean(), abs=1e-15)


@pytest.mark.parametrize("term", ["a", "b"])
def test_a_count_over_all_signs_is_the_share_of_the_whole_distribution(term: str) -> None:
    """The halves of the signs give what wildboottest enumerates."""
    stored = STORED["grunfeld_enumerated"][term]
    fit = fit_two_way(*columns("grunfeld"))
    cluster = pd.factorize(fit.y.index.get_level_values(0), sort=True)[0]
    drawn = wild_draws(10, 99, 1, enumerable=0)
    test = wild_test(fit.within, cluster, TERMS["grunfeld"].index(term), drawn)
    tied = np.abs(stored["t_stars"]) >= abs(stored["t"]) * (1 - 1e-9)
    assert count_p_values(test, [0.0]).p_value() == pytest.approx(tied.mean(), abs=1e-15)
