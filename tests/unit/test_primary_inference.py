"""The primary inference of a table: tests against printed values, and where two inferences disagree."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.estimators.long_run import _summary
from living_panel.estimation.panel.spec import load_specs
from living_panel.estimation.panel_tests.critical_values import HERE
from living_panel.estimation.report.estimate import StoredEstimate, Tested, describe_printed
from living_panel.estimation.tables.facts import JACKKNIFE, PRIMARY
from living_panel.estimation.tables.kinds.fixed_effects import verdict_text
from living_panel.estimation.tables.regressions import InferenceOptions, agreement
from tests.unit.panels import JACKKNIFE as BY_JACKKNIFE
from tests.unit.panels import WILD
from tests.unit.test_fixed_effects_bootstrap import panel

WAYS = InferenceOptions(inference=[], primary=PRIMARY, errors=JACKKNIFE, beside={}, constant=False)


def test_one_estimate_has_the_same_draws_in_every_table_of_a_paper() -> None:
    drawn: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for spec in load_specs().values():
        for way in spec.options.get("inference", []):
            if "seed" in way:
                label = resolve_mapping(way).label
                drawn.setdefault((spec.paper, label), set()).add((way["draws"], way["seed"]))
    assert ("bi_2025", PRIMARY) in drawn
    assert not {paper: seeds for paper, seeds in drawn.items() if len(seeds) > 1}


@pytest.mark.parametrize("way", [WILD, BY_JACKKNIFE])
def test_a_value_is_tested_as_zero_is_when_it_is_taken_off_the_outcome(way: dict) -> None:
    y, x = panel(12, 6, seed=4, slope=0.2)  # every draw is enumerated
    term, value = x.columns[0], 0.31
    moved = two_way(y - value * x[term], x, **way)
    assert two_way(y, x, **way).p_value_of(term, value) == pytest.approx(
        float(moved.p_values[term]), abs=1e-12
    )


def test_a_value_at_the_end_of_an_interval_has_the_level_as_its_p_value() -> None:
    y, x = panel(24, 6, seed=4, slope=0.2)
    fit, term = two_way(y, x, **WILD), x.columns[0]
    low, high = fit.conf_int(0.95).loc[term]
    width = high - low
    for end, inward in ((low, 1), (high, -1)):
        assert fit.p_value_of(term, end + inward * 1e-5 * width) >= 0.05
        assert fit.p_value_of(term, end - inward * 1e-5 * width) < 0.05


def test_disagreement_is_stored_where_one_inference_rejects_and_the_other_does_not() -> None:
    y, x = panel(24, 6, seed=4, slope=0.2)
    results = {
        PRIMARY: two_way(y, x, **WILD),
        JACKKNIFE: two_way(y, x, **BY_JACKKNIFE),
    }
    term = x.columns[0]
    wild, jackknife = (results[w].conf_int(0.95).loc[term] for w in (PRIMARY, JACKKNIFE))
    between = (wild["high"] + jackknife["high"]) / 2  # inside one interval, outside the other
    found = agreement(results, WAYS, {term: between})
    assert found[Statistic("disagree_on_printed", term)] == 1
    p = [found[Statistic("printed_p_value", term, w)] for w in (PRIMARY, JACKKNIFE)]
    assert verdict_text(p) == "inferences disagree"
    far = agreement(results, WAYS, {term: wild["high"] + 10 * (wild["high"] - wild["low"])})
    assert far[Statistic("disagree_on_printed", term)] == 0
    assert Statistic("disagree_on_zero", term) in found
    assert Statistic("printed_value", x.columns[1]) not in found


def test_a_verdict_says_that_inferences_disagree_on_the_printed_value() -> None:
    wild = Tested(PRIMARY, 0.04, 0.01, 0.28, 0.014)
    found = StoredEstimate(0.18, 0.08, 28, (wild, Tested(JACKKNIFE, 0.03, 0.02, 0.34, 0.12)))
    assert found.interval == (0.01, 0.28) and found.disagree_on_printed
    assert not found.disagree_on_zero and found.differs_from_zero
    said = describe_printed(found, 0.31)
    assert ".014" in said and ".120" in said and "disagree" in said
    untested = StoredEstimate(0.18, 0.08, 28, (Tested(PRIMARY, 0.04, 0.01, 0.28),))
    assert untested.against(0.31)[1] is None


def test_stored_sizes_are_those_that_the_decision_rests_on() -> None:
    sizes = pd.read_csv(HERE / "inference_sizes.csv").query("slope == 0")
    by = sizes.groupby("inference")["rejected"]
    assert set(sizes["columns"]) == {"FDI", "FDI, GDP", "all but CE"}
    assert by.max()["wild cluster bootstrap"] < 0.065 < by.max()["CR3, t(G-1)"] < 0.10
    assert by.max()["CR1, t(G-1)"] > 0.15
    assert np.isclose(sizes["effective_clusters"].min(), 5.85, atol=0.1)


def test_p_values_of_the_block_bootstrap_agree_with_their_intervals() -> None:
    """Skewed draws: a symmetric p-value and an equal-tailed interval would contradict each other."""
    rng = np.random.default_rng(2)
    estimates = rng.gamma(1.5, 1.0, (999, 400)) - 1.0  # of 400 coefficients
    b = pd.Series(np.linspace(-3.0, 5.0, 400), [f"b{i}" for i in range(400)])
    point = SimpleNamespace(params=b, std_errors=pd.Series(1.0, b.index))
    found = _summary(point, estimates + b.to_numpy(), np.ones_like(estimates), 0.025)
    outside = (found["ci_low"] > 0) | (found["ci_high"] < 0)
    near = (found["p_value"] - 0.05).abs() < 0.005  # ends lie between two draws
    assert ((found["p_value"] < 0.05) == outside)[~near].all()
    assert outside.any() and not outside.all()
