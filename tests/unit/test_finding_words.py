"""Sentences of a finding: its state, its counts of choices, and its fragility in few words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from living_panel.estimation.findings.declared import Rule
from living_panel.estimation.findings.rule import (
    Choice,
    DesignTest,
    Evidence,
    Grade,
    Verdict,
    grade,
)
from living_panel.estimation.findings.words import (
    brief_reason,
    changing_sentence,
    design_sentence,
    fragility_of,
    grade_sentences,
    joint_sentence,
    p_words,
    rule_words,
    state_sentence,
)

PLACEBO = DesignTest("placebo", 0.012, "another province's FDI")
LEADS = DesignTest("falsification", 0.4, "later FDI")
CHOICES = [
    *[Choice(0.3, 0.01, "with a control", kind="other controls")] * 8,
    Choice(0.3, 0.2, "with another control", kind="other controls"),
    Choice(-0.1, 0.2, "with trends", kind="trends"),
    Choice(-0.2, 0.6, "with factors", kind="factors"),
]
EVIDENCE = Evidence(0.3, 0.01, CHOICES, [PLACEBO, LEADS])


def test_counts_and_kinds_are_said() -> None:
    found = grade(EVIDENCE)
    assert grade_sentences(found, EVIDENCE) == [
        "The number depends on choices.",
        "Of 11 declared choices, 9 have the sign of the main estimate; 8 of these are significant at 5 %.",
        "No choice of these kinds is significant with this sign: factors, trends.",
    ]
    assert found.silent == ("factors", "trends")
    assert brief_reason(found) == (
        "8 of 11 choices agree significantly, none with factors, trends; placebo p .012"
    )
    named = [(CHOICES[i].words, CHOICES[i].value) for i in found.changing]
    said = "The estimate changes most with factors (to −0.20) and with trends (to −0.10)."
    assert changing_sentence(named) == said and changing_sentence([]) == ""
    rest = "Choices in another unit are not compared in size."
    assert changing_sentence(named, all_compared=False) == f"{said} {rest}"


def test_choices_without_an_estimate_are_said() -> None:
    missing = [Choice(math.nan, math.nan, "in differences", kind="differences")] * 2
    short = replace(EVIDENCE, choices=[*CHOICES[:8], *missing])
    found = grade(short)
    assert grade_sentences(found, short)[1:] == [
        "Of 10 declared choices, 8 are estimated; 8 have the sign of the main estimate; "
        "8 of these are significant at 5 %.",
        "A robust number needs at least 10 declared choices.",
        "No choice of these kinds is estimated: differences.",
    ]
    assert "; not estimated: differences;" in brief_reason(found)


def test_kinds_of_which_few_choices_agree_are_said() -> None:
    others = [Choice(0.3, 0.2, "in other years", kind="other windows")] * 2
    some = replace(EVIDENCE, choices=[*CHOICES[:8], *others, replace(others[0], p_value=0.01)])
    assert grade_sentences(grade(some), some)[-1] == (
        "Under half of the choices of these kinds are significant with this sign: other windows."
    )
    assert "9 of 11 choices agree significantly, under half with other windows;" in brief_reason(
        grade(some)
    )


def test_the_joint_test_is_said() -> None:
    assert joint_sentence(0.085).startswith(
        "The joint test that all slopes are equal is not significant at 5 % (p .085)."
    )
    assert "is significant" in joint_sentence(0.01) and "is missing" in joint_sentence(math.nan)


def test_significance_with_the_other_sign_is_said() -> None:
    turned = replace(EVIDENCE, choices=[*CHOICES, Choice(-0.3, 0.01)])
    said = grade_sentences(grade(turned), turned)
    assert said[-2] == "1 is significant with the other sign."


def test_against_a_printed_value_sides_are_counted() -> None:
    one = replace(EVIDENCE, choices=CHOICES[:1])
    said = grade_sentences(grade(one), one, "the printed 0.45")
    assert said[1] == (
        "Of 1 declared choice, 1 lies on the same side of the printed 0.45; 1 of these is significant at 5 %."
    )
    assert said[2] == "A robust number needs at least 10 declared choices."


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (PLACEBO, "In a placebo test, another province's FDI gives smaller estimates (p .012)."),
        (replace(PLACEBO, p_value=0.3), "gives estimates that are as large (p .300)."),
        (LEADS, "The design passes a test: later FDI should show no effect, and this is not rejected (p .400)."),
        (replace(LEADS, p_value=0.003), "should show no effect, but this is rejected (p .003)."),
        (replace(LEADS, p_value=None), "is missing. Without this test, the number cannot count as robust."),
        (replace(PLACEBO, p_value=0.0, by_range=True), "lies outside the central 95 % of placebo estimates"),
    ],
)  # fmt: skip
def test_each_test_of_the_design_is_said(test: DesignTest, words: str) -> None:
    assert design_sentence(test).endswith(words) or words in design_sentence(test)
    assert len(design_sentence(test).split()) <= 21


@pytest.mark.parametrize(
    ("given", "n", "agree", "words"),
    [
        ("holds", 11, 11, "robust to choices"),
        ("depends on choices", 11, 8, "depends on choices"),
        ("depends on choices", 9, 9, "few choices declared"),
        ("depends on choices", 9, 4, "depends on choices"),
        ("no support", 11, 1, "few choices agree"),
        ("not identified", 11, 11, "not identified"),
    ],
)
def test_the_fragility_is_a_few_words(given: Grade, n: int, agree: int, words: str) -> None:
    assert fragility_of(Verdict(given, n_choices=n, n_significant=agree)) == words


def test_a_number_without_choices_has_no_fragility() -> None:
    assert fragility_of(None) == ""


@pytest.mark.parametrize(
    ("rule", "words", "found"),
    [
        ({"estimate": "above"}, "above 0", "significantly above 0 at 5 %"),
        ({"estimate": "below", "value": "printed"}, "below the printed 0.45", "significantly below the printed 0.45"),
        ({"estimate": "not"}, "different from 0", "significantly different from 0"),
        ({"estimate": "within", "bound": 0.05}, "within 0.07 of 0", "the whole 90 % interval lies within 0.07 of 0"),
        ({"estimate": "within"}, "within 0.07 of 0 (half the printed 95 % interval)", "the whole 90 % interval"),
    ],
)  # fmt: skip
def test_the_state_says_the_rule(rule: dict[str, object], words: str, found: str) -> None:
    declared = Rule.model_validate(rule)
    said = rule_words(declared, "0.45", 0.07)
    assert said == words
    holds = state_sentence("holds", declared.estimate, said)
    assert holds.startswith("The claim holds: ") and found in holds
    assert ": not the whole" in state_sentence("undecided", "within", said)
    assert "is not significantly" in state_sentence("undecided", "above", said)
    assert "has no value" in state_sentence("does not hold", declared.estimate, said)


def test_a_failed_design_is_the_reason() -> None:
    failed = replace(EVIDENCE, tests=[replace(LEADS, p_value=0.003)])
    assert brief_reason(grade(failed)) == "later FDI: p .003"


def test_a_p_value_close_to_a_level_has_a_digit_more() -> None:
    assert [p_words(p) for p in (0.0493, 0.0503, 0.0002)] == [".049", ".0503", "below .001"]
