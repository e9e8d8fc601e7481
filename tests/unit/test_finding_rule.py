"""The rule for verdicts: each grade, each bound, and the choices that change an estimate most."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from living_panel.estimation.econometrics.robustness.multiple_tests import holm
from living_panel.estimation.findings.rule import (
    Choice,
    DesignTest,
    Evidence,
    ExchangedCount,
    adjusted_p,
    grade,
    grade_count,
    kinds_not_declared,
    most_changing,
)

PLACEBO = DesignTest("placebo", 0.01)
WEAK, FACTORS = Choice(0.1, 0.5, kind="factors"), Choice(0.2, 0.04, kind="factors")
MISSING = Choice(math.nan, math.nan, kind="factors")
STRONG = Evidence(0.3, 0.001, [Choice(0.3, 0.01)] * 20, [PLACEBO, DesignTest("falsification", 0.4)])


def with_choices(n_significant: int, n_same: int, n: int = 20) -> Evidence:
    """`n_significant` choices are significant with the main sign, `n_same` have it at all."""
    chosen = [Choice(0.3, 0.01)] * n_significant + [Choice(0.1, 0.5)] * (n_same - n_significant)
    return replace(STRONG, choices=[*chosen, *[Choice(-0.1, 0.5)] * (n - n_same)])


def test_all_that_is_wanted_holds() -> None:
    found = grade(STRONG)
    assert found.grade == "holds"
    assert (found.n_choices, found.n_same_sign, found.n_significant) == (20, 20, 20)


@pytest.mark.parametrize(
    ("significant", "same", "wanted"),
    [
        (16, 18, "holds"),
        (15, 18, "depends on choices"),
        (16, 17, "depends on choices"),
    ],
)
def test_the_bounds_of_the_shares(significant: int, same: int, wanted: str) -> None:
    assert grade(with_choices(significant, same)).grade == wanted


@pytest.mark.parametrize(
    "changed",
    [
        {"p_value": 0.05},
        {"choices": [*STRONG.choices, Choice(-0.3, 0.01)]},
        {"choices": STRONG.choices[:9]},
        {"tests": []},
        {"tests": [DesignTest("placebo", 0.05)]},
        {"tests": [DesignTest("placebo", None)]},
        {"tests": [DesignTest("placebo", float("nan"))]},
        {"tests": [PLACEBO, DesignTest("falsification", None)]},
    ],
)
def test_without_any_one_of_them_it_depends(changed: dict[str, object]) -> None:
    assert grade(replace(STRONG, **changed)).grade == "depends on choices"  # type: ignore[arg-type]


def test_a_falsification_that_rejects_identifies_nothing() -> None:
    failed = replace(STRONG, tests=[PLACEBO, DesignTest("falsification", 0.049)])
    assert grade(failed).grade == "not identified"
    assert grade(replace(failed, p_value=0.9, choices=())).grade == "not identified"


@pytest.mark.parametrize(("significant", "wanted"), [(3, "no support"), (4, "depends on choices")])
def test_few_significant_choices_do_not_support_an_insignificant_estimate(
    significant: int, wanted: str
) -> None:
    weak = replace(with_choices(significant, 20), p_value=0.2)
    assert grade(weak).grade == wanted
    beaten = replace(
        with_choices(significant, 20), p_value=0.01, tests=[DesignTest("placebo", 0.3)]
    )
    assert grade(beaten).grade == wanted


def test_significance_alone_depends_on_choices() -> None:
    assert grade(with_choices(0, 20)).grade == "depends on choices"
    assert grade(Evidence(0.3, 0.2)).grade == "no support"


def test_a_turned_sign_counts_against() -> None:
    negative = replace(STRONG, value=-0.3)
    found = grade(negative)
    assert (found.n_same_sign, found.n_opposite) == (0, 20)
    assert found.grade == "depends on choices"


def test_the_choices_that_change_it_most_are_found_by_size() -> None:
    other_unit = Choice(9.0, 1, compares=False)
    chosen = [Choice(0.2, 1), Choice(-0.1, 1), other_unit, Choice(0.3, 1), Choice(0.6, 1)]
    assert most_changing(Evidence(0.3, 0.01, chosen)) == (1, 4)
    assert most_changing(Evidence(0.3, 0.01, [Choice(0.3, 1)])) == ()


@pytest.mark.parametrize(
    ("count", "p", "wanted"),
    [
        (18, 0.01, "holds"),
        (17, 0.01, "holds"),  # half of the tests
        (16, 0.01, "depends on choices"),
        (18, 0.05, "no support"),
    ],
)
def test_a_count_is_graded_by_its_exchanges(count: int, p: float, wanted: str) -> None:
    assert grade_count(ExchangedCount(count, 34, p)).grade == wanted


def test_a_choice_whose_own_design_fails_is_not_significant() -> None:
    failing = DesignTest("falsification", 0.037)
    chosen = [*STRONG.choices[:15], *[Choice(0.3, 0.01, tests=[failing])] * 5]
    found = grade(replace(STRONG, choices=chosen))
    assert (found.n_significant, found.grade) == (15, "depends on choices")


def test_kinds_without_support_come_by_the_size_of_their_change() -> None:
    chosen = [
        Choice(0.2, 0.5, kind="other windows"),
        Choice(0.3, 0.01, kind="other controls"),
        Choice(-0.1, 0.01, kind="factors"),
        Choice(0.1, 0.5, kind="other controls"),
    ]
    assert grade(Evidence(0.3, 0.01, chosen)).silent == ("factors", "other windows")
    assert "trends" in kinds_not_declared(c.kind for c in chosen)
    assert not {"factors", "other windows"} & {*kinds_not_declared(c.kind for c in chosen)}


@pytest.mark.parametrize(
    ("few", "wanted", "silent", "divided", "not_estimated"),
    [
        ([WEAK] * 2, "depends on choices", ("factors",), (), ()),
        ([WEAK, WEAK, FACTORS], "depends on choices", (), ("factors",), ()),
        ([WEAK, FACTORS], "holds", (), (), ()),
        ([MISSING] * 2, "depends on choices", (), (), ("factors",)),
        ([MISSING, FACTORS], "holds", (), (), ()),
    ],
)
def test_a_kind_that_does_not_agree_or_is_not_estimated_forbids_to_hold(
    few: list[Choice],
    wanted: str,
    silent: tuple[str, ...],
    divided: tuple[str, ...],
    not_estimated: tuple[str, ...],
) -> None:
    """18 other choices agree, which is enough for the shares."""
    found = grade(replace(STRONG, choices=[*[Choice(0.3, 0.01, kind="trends")] * 18, *few]))
    assert found.grade == wanted
    assert (found.silent, found.divided, found.not_estimated) == (silent, divided, not_estimated)
    assert found.n_declared == 18 + len(few)
    assert found.n_choices == 18 + sum(choice.is_estimated for choice in few)


def test_the_p_value_of_a_pair_counts_every_declared_pair() -> None:
    assert adjusted_p(0.035, []) == 0.035
    assert adjusted_p(0.035, [0.56, 0.27]) == pytest.approx(0.105)
    assert adjusted_p(0.04, [0.01, 0.9]) == pytest.approx(0.08)
    assert adjusted_p(0.035, [math.nan, 0.27]) == pytest.approx(0.105), "a missing pair counts"
    assert math.isnan(adjusted_p(math.nan, [0.01]))
    family = pd.Series([0.5, 0.02, 0.02, 0.6, 0.001])
    ours = [adjusted_p(p, family.drop(place)) for place, p in family.items()]
    assert ours == pytest.approx(holm(family).tolist())


def test_the_reasons_are_data() -> None:
    codes = [reason.code for reason in grade(STRONG).reasons]
    assert codes == [
        "significant", "share of signs", "share significant", "placebo passed", "falsification passed",
    ]  # fmt: skip
    missing = grade(replace(STRONG, tests=[DesignTest("placebo", None)])).reasons[-1]
    assert missing.code == "test missing"
