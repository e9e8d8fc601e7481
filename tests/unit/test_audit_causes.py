"""Causes of numbers that differ: planted ones of known cause are found, and the cause is right in 80 %.

Numbers of ours are drawn from a seed; one fault a draw is printed in a table that is right otherwise.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.audit.causes import ORDER, Other, agrees, find_causes, in_words
from living_panel.estimation.audit.reproduction import StoredResults, reproduce
from living_panel.estimation.papers.rows import PrintedNumber
from living_panel.estimation.papers.schema import Beside, PrintedPaper
from tests.unit.test_audit_false_alarms import paper, table

TUNED, HELD_OUT = 510, 51_051
DRAWS = 8
SHARE = 0.80
LABELS = ("classical:n-k:t(n-k)", "HC1:t(n-k)", "clustered(unit):stata:t(G-1)")
TERMS, MODELS = ("x", "z", "constant"), ("1", "2", "3")
PAIR = {"1": Beside(table="t", models={m: [f"m{m}"] for m in MODELS})}
Texts = dict[tuple[str, str], list[str]]


def drawn(rng: np.random.Generator) -> pd.DataFrame:
    """Coefficients of three models by three inferences."""
    rows = []
    for model in MODELS:
        for term in TERMS:
            b, se = rng.normal(0, 2), rng.uniform(0.05, 0.6)
            for label, factor in zip(
                LABELS, (1.0, rng.uniform(1.1, 1.4), rng.uniform(1.5, 2.5)), strict=True
            ):
                own = se * factor
                rows.append(
                    {"model": f"m{model}", "term": term, "inference": label, "estimate": b, "std_error": own,
                     "statistic": b / own, "df": 80.0, "p_value": 0.04, "ci_low": b - 2 * own, "ci_high": b + 2 * own,
                     "n_obs": 90.0, "n_clusters": np.nan, "figures_status": "authors"}
                )  # fmt: skip
    return pd.DataFrame(rows)


def stored(coefficients: pd.DataFrame) -> StoredResults:
    manifest = {"table_id": "t", "artifact_id": "a", "status": "estimated",
                "spec": {"options": {"primary": LABELS[0]}}}  # fmt: skip
    statistics = pd.DataFrame(columns=["model", "term", "statistic", "inference", "value", "text"])
    return StoredResults(manifest, coefficients, statistics)


def texts_of(coefficients: pd.DataFrame, label: str = LABELS[0]) -> Texts:
    own = coefficients[coefficients["inference"] == label]
    return {
        (r.model.removeprefix("m"), r.term): [f"{r.estimate:.3f}", f"{r.std_error:.3f}"]
        for r in own.itertuples()
    }


def printed(texts: Texts) -> PrintedPaper:
    rows = {m: {t: "{} ({})".format(*texts[m, t]) for t in TERMS} for m in MODELS}
    return paper(table("1", rows, stars={}))


def plant(
    cause: str, coefficients: pd.DataFrame, other: pd.DataFrame, rng: np.random.Generator
) -> tuple[Texts, tuple]:
    """A table with one fault, and its cell: model, term, part."""
    texts, model, term = texts_of(coefficients), str(rng.choice(MODELS)), str(rng.choice(TERMS))
    part = int(rng.integers(2))
    text = texts[model, term][part]
    if cause == "sign":
        part = 0
        text = texts[model, term][0]
        texts[model, term][0] = text[1:] if text.startswith("-") else f"-{text}"
    elif cause == "swapped_digits":
        spots = [
            n for n in range(len(text) - 1) if text[n : n + 2].isdigit() and text[n] != text[n + 1]
        ]
        at = int(rng.choice(spots)) if spots else None
        if at is not None:
            texts[model, term][part] = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    elif cause == "one_digit":
        spots = [n for n in range(len(text)) if text[n].isdigit()]
        at = int(rng.choice(spots))
        digit = str(rng.choice([d for d in "0123456789" if d != text[at]]))
        texts[model, term][part] = text[:at] + digit + text[at + 1 :]
    elif cause == "neighbouring_row":
        near = str(rng.choice([t for t in TERMS if t != term]))
        texts[model, term][part] = texts[model, near][part]
    elif cause == "neighbouring_column":
        near = str(rng.choice([m for m in MODELS if m != model]))
        texts[model, term][part] = texts[near, term][part]
    elif cause == "units":
        part = 0
        row = coefficients[
            (coefficients["model"] == f"m{model}") & (coefficients["term"] == term)
        ].iloc[0]
        texts[model, term] = [f"{100 * row['estimate']:.2f}", f"{100 * row['std_error']:.2f}"]
    elif cause == "other_errors":
        part, wrong = 1, texts_of(coefficients, LABELS[2])
        for t in TERMS:
            texts[model, t][1] = wrong[model, t][1]
    elif cause == "other_sample":
        wrong = texts_of(other)
        for t in TERMS:
            texts[model, t] = wrong[model, t]
    elif cause == "rounding":
        value = PrintedNumber(text)
        texts[model, term][part] = f"{value.value + 10.0**-value.decimals:.3f}"
    return texts, (model, term, ("estimate", "bracket")[part])


PLANTED = (
    "sign", "swapped_digits", "one_digit", "neighbouring_row", "neighbouring_column", "units", "other_errors",
    "other_sample", "rounding",
)  # fmt: skip


@cache
def outcome(seed: int) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Plants tried, found, and found with the right cause first, by cause."""
    tried, found, right = Counter[str](), Counter[str](), Counter[str]()
    for number, cause in enumerate(PLANTED):
        for again in range(DRAWS):
            rng = np.random.default_rng([seed, number, again])
            coefficients = drawn(rng)
            other = coefficients.assign(
                estimate=coefficients["estimate"] + rng.normal(0, 0.3, len(coefficients)),
                std_error=coefficients["std_error"] * rng.uniform(0.8, 0.95, len(coefficients)),
            )
            texts, (model, term, part) = plant(cause, coefficients, other, rng)
            if texts == texts_of(coefficients):
                continue
            tried[cause] += 1
            others = [Other("other_sample", "without A", [stored(other)])]
            causes = find_causes(printed(texts), PAIR, [stored(coefficients)], others)
            cells = reproduce(printed(texts), PAIR, [stored(coefficients)])
            keys = {"model": model, "term": term, "part": part}
            here = cells[(cells[[*keys]] == [*keys.values()]).all(axis=1)]
            found[cause] += (
                here["status"].iloc[0] not in ("reproduced", "rounding") or cause == "rounding"
            )
            own = causes[(causes[[*keys]] == [*keys.values()]).all(axis=1) & (causes["rank"] == 1)]
            right[cause] += list(own["cause"]) == [cause]
    return tried, found, right


@pytest.mark.parametrize("seed", [TUNED, pytest.param(HELD_OUT, marks=pytest.mark.slow)])
def test_the_cause_of_a_planted_fault_is_right_in_most(seed: int) -> None:
    tried, found, right = outcome(seed)
    assert sum(tried.values()) > 60
    assert right.total() / tried.total() >= SHARE, (tried, right)
    assert found["one_digit"] / tried["one_digit"] >= 0.85
    assert found.total() / tried.total() >= 0.85


def test_a_right_table_has_no_cause() -> None:
    coefficients = drawn(np.random.default_rng(1))
    assert find_causes(printed(texts_of(coefficients)), PAIR, [stored(coefficients)]).empty


def test_a_cause_says_how_much_of_its_column_it_explains() -> None:
    rng = np.random.default_rng(3)
    coefficients = drawn(rng)
    texts = texts_of(coefficients)
    wrong = texts_of(coefficients, LABELS[1])
    for term in TERMS:
        texts["2", term][1] = wrong["2", term][1]
    causes = find_causes(printed(texts), PAIR, [stored(coefficients)])
    first = causes[causes["rank"] == 1]
    assert {*first["cause"]} == {"other_errors"} and {*first["detail"]} == {LABELS[1]}
    assert {*first["explains"]} == {6} == {*first["of"]}
    assert in_words(first.iloc[0].to_dict()).startswith("possible cause: other errors")


def test_the_cause_that_explains_more_of_a_column_comes_first() -> None:
    """Two errors of a column are robust ones; one of these is also one digit away from ours."""
    coefficients = drawn(np.random.default_rng(3))
    of_column, robust = coefficients["model"] == "m1", coefficients["inference"] == LABELS[1]
    for term, own, other in (("x", 0.100, 0.110), ("z", 0.200, 0.234), ("constant", 0.3, 0.3)):
        here = of_column & (coefficients["term"] == term)
        coefficients.loc[here, "std_error"] = own
        coefficients.loc[here & robust, "std_error"] = other
    texts = texts_of(coefficients)
    for term in TERMS:
        texts["1", term] = texts_of(coefficients, LABELS[1])["1", term]
    causes = find_causes(printed(texts), PAIR, [stored(coefficients)])
    of_x = causes[causes["term"] == "x"].sort_values("rank")
    assert [*zip(of_x["cause"], of_x["explains"], strict=True)] == [
        ("other_errors", 6),
        ("one_digit", 5),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_no_single_number_is_the_cause_where_most_of_a_column_differ(seed: int) -> None:
    """Data that differ a little change most numbers of every column; some of them by one digit."""
    rng = np.random.default_rng([63, seed])
    coefficients = drawn(rng)
    revised = coefficients.assign(
        estimate=coefficients["estimate"] + rng.normal(0, 0.02, len(coefficients)),
        std_error=coefficients["std_error"] * rng.uniform(0.9, 1.1, len(coefficients)),
    )
    causes = find_causes(printed(texts_of(revised)), PAIR, [stored(coefficients)])
    assert {*causes["cause"]} == {"other_data"}
    words = in_words(causes.iloc[0].to_dict())
    assert words.startswith("possible cause: other data; ") and words.endswith(
        "numbers of the column differ"
    )


def test_a_cause_of_every_number_that_differs_stays_where_most_differ() -> None:
    coefficients = drawn(np.random.default_rng(7))
    texts = texts_of(coefficients)
    for term in TERMS:
        texts["2", term].reverse()
    causes = find_causes(printed(texts), PAIR, [stored(coefficients)])
    assert {*causes["cause"]} == {"estimate_and_bracket"}


def test_every_cause_has_its_place_in_the_order() -> None:
    assert {*PLANTED} <= {*ORDER}
    assert agrees("-.31", -0.3149) and not agrees("0.31", 0.3161)
