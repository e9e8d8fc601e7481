"""Sentences of a finding's state and grade, from their data; and numbers as a sentence shows them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from living_panel.estimation.findings.rule import (
    FEWEST_CHOICES,
    LEVEL,
    SIGNIFICANT_SHARE,
    Comparison,
    DesignTest,
    Evidence,
    Grade,
    Reason,
    State,
    Verdict,
)

if TYPE_CHECKING:
    from living_panel.estimation.findings.declared import Rule

GRADE_SENTENCES: Mapping[Grade, str] = {
    "holds": "The number is robust to the declared choices.",
    "depends on choices": "The number depends on choices.",
    "no support": "Few declared choices support the claim.",
    "not identified": "The effect is not identified.",
}
FRAGILITIES: Mapping[Grade, str] = {
    "holds": "robust to choices",
    "depends on choices": "depends on choices",
    "no support": "few choices agree",
    "not identified": "not identified",
}
FEW_DECLARED = "few choices declared"
"""Fragility of a number with which most choices agree, where too few are declared."""
STATE_WORDS: Mapping[State, str] = {
    "holds": "The claim holds",
    "undecided": "The claim is undecided",
    "does not hold": "The claim does not hold",
}
NAMED_KINDS = 3
"""Kinds of choices that a brief reason names."""


def number(value: float) -> str:
    """Two decimals, or three where two would show nothing; a true minus sign."""
    enough = abs(value) >= 0.1 or round(value, 3) == round(value, 2)
    places = 2 if enough else 3
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "\N{MINUS SIGN}")


def p_words(p: float) -> str:
    """A p-value in a sentence; a digit more where three would hide on which side of 5 % it is."""
    if p < 0.001:
        return "below .001"
    close = round(p, 3) == LEVEL
    return f"{p:.{4 if close else 3}f}".lstrip("0")


def fragility_of(verdict: Verdict | None) -> str:
    """Return how far a number depends on its declared choices, in few words; "" where none are declared."""
    if verdict is None:
        return ""
    agrees = verdict.n_significant >= SIGNIFICANT_SHARE * verdict.n_choices
    if verdict.grade == "depends on choices" and agrees and verdict.n_choices < FEWEST_CHOICES:
        return FEW_DECLARED
    return FRAGILITIES[verdict.grade]


def rule_words(rule: Rule, printed: str, bound: float) -> str:
    """Return the values that meet a claim, in words: `above 0`, `within 0.07 of 0`.

    `printed` is the text of the printed number, `bound` the distance that a claim of `within` allows.
    """
    value = f"the printed {printed}" if rule.value == "printed" else f"{float(rule.value):g}"
    if rule.estimate == "within":
        half = " (half the printed 95 % interval)" if rule.bound is None else ""
        return f"within {bound:.2g} of {value}{half}"
    return f"{'different from' if rule.estimate == 'not' else rule.estimate} {value}"


def state_sentence(state: State, comparison: Comparison, words: str) -> str:
    """Return a claim's state with the rule that gives it, whose `words` are those of `rule_words`."""
    if comparison == "within":
        found = {
            "holds": f"the whole 90 % interval lies {words}",
            "undecided": f"not the whole 90 % interval lies {words}",
            "does not hold": f"the 95 % interval has no value {words}",
        }
    else:
        found = {
            "holds": f"the estimate is significantly {words} at 5 %",
            "undecided": f"the estimate is not significantly {words} at 5 %",
            "does not hold": f"the 95 % interval has no value {words}",
        }
    return f"{STATE_WORDS[state]}: {found[state]}."


def grade_sentences(verdict: Verdict, evidence: Evidence, against: str = "") -> list[str]:
    """Return the grade, the counts of choices, and the choices that change the estimate most.

    Parameters
    ----------
    verdict : Verdict
        Of `grade`.
    evidence : Evidence
        What it was given for.
    against : str
        The printed value, where that is the hypothesis: "the printed 0.45".

    Returns
    -------
    list of str
    """
    sentences = [GRADE_SENTENCES[verdict.grade]]
    n, declared = verdict.n_choices, verdict.n_declared
    if declared:
        side = (
            f"lie on the same side of {against}"
            if against
            else "have the sign of the main estimate"
        )
        one = "lies" if against else "has"
        side = side if verdict.n_same_sign != 1 else f"{one}{side[side.index(' ') :]}"
        estimated = "" if n == declared else f"{n} {'is' if n == 1 else 'are'} estimated; "
        sentences.append(
            f"Of {declared} declared {'choice' if declared == 1 else 'choices'}, {estimated}"
            f"{verdict.n_same_sign} {side}; "
            f"{verdict.n_significant} of these {'is' if verdict.n_significant == 1 else 'are'} significant at "
            "5 %."
        )
    if verdict.grade == "depends on choices" and n < FEWEST_CHOICES:
        sentences.append(f"A robust number needs at least {FEWEST_CHOICES} declared choices.")
    if verdict.n_opposite:
        verb = "is" if verdict.n_opposite == 1 else "are"
        where = "on the other side" if against else "with the other sign"
        sentences.append(f"{verdict.n_opposite} {verb} significant {where}.")
    if verdict.silent:
        where = "on this side" if against else "with this sign"
        sentences.append(
            f"No choice of these kinds is significant {where}: {', '.join(verdict.silent)}."
        )
    if verdict.divided:
        where = "on this side" if against else "with this sign"
        kinds = ", ".join(verdict.divided)
        sentences.append(
            f"Under half of the choices of these kinds are significant {where}: {kinds}."
        )
    if verdict.not_estimated:
        sentences.append(
            f"No choice of these kinds is estimated: {', '.join(verdict.not_estimated)}."
        )
    return sentences


def joint_sentence(p_value: float) -> str:
    """Return the result of the joint test that grades the choices; NaN is a test that is not stored."""
    if math.isnan(p_value):
        return (
            "The joint test that all slopes are equal is missing. Without this test, the number cannot count as "
            "robust."
        )
    verb = "is" if p_value < LEVEL else "is not"
    found = f"The joint test that all slopes are equal {verb} significant at 5 % (p {p_words(p_value)})."
    return f"{found} It grades the choices."


def changing_sentence(named: Sequence[tuple[str, float]], *, all_compared: bool = True) -> str:
    """Return which choices change the estimate most, each with its estimate; none without a choice.

    `all_compared` is whether every choice has the unit of the main estimate.
    """
    listed = " and ".join(f"{words} (to {number(value)})" for words, value in named)
    rest = "" if all_compared else " Choices in another unit are not compared in size."
    return f"The estimate changes most {listed}.{rest}" if listed else ""


def design_sentence(test: DesignTest) -> str:
    """Return what a test of the design found."""
    if test.p_value is None or not test.is_stored:
        return f"The test with {test.words} is missing. Without this test, the number cannot count as robust."
    p = f"p {p_words(test.p_value)}"
    if test.by_range:
        place = "outside" if test.passes else "inside"
        range_of = f"the central 95 % of placebo estimates with {test.words}"
        return f"Our estimate's distance from the printed value lies {place} {range_of}."
    if test.kind == "placebo":
        gives = "gives smaller estimates" if test.passes else "gives estimates that are as large"
        return f"In a placebo test, {test.words} {gives} ({p})."
    if test.passes:
        return f"The design passes a test: {test.words} should show no effect, and this is not rejected ({p})."
    return (
        f"The design fails a test: {test.words} should show no effect, but this is rejected ({p})."
    )


def brief_reason(verdict: Verdict) -> str:
    """Return the reasons of a grade, in few words."""
    failed = [r for r in verdict.reasons if r.code == "falsification failed"]
    if failed:
        return f"{failed[0].words}: p {p_words(failed[0].p_value or 0.0)}"
    by_code = {reason.code: reason for reason in verdict.reasons}
    counted = _counted(by_code.get("share significant"))
    if verdict.divided and not verdict.silent:
        counted = f"{counted}, under half with {', '.join(verdict.divided[:NAMED_KINDS])}"
    if verdict.silent and verdict.n_significant:
        none = f"none with {', '.join(verdict.silent[:NAMED_KINDS])}"
        counted = f"{counted}, {none}" if counted else none
    parts = [counted]
    if verdict.not_estimated:
        parts.append(f"not estimated: {', '.join(verdict.not_estimated)}")
    if verdict.grade == "depends on choices" and "few choices" in by_code:
        parts.append(f"fewer than {FEWEST_CHOICES} choices")
    placebo = by_code.get("placebo passed") or by_code.get("placebo failed")
    if placebo is not None and placebo.p_value is not None:
        parts.append(f"placebo p {p_words(placebo.p_value)}")
    return "; ".join(filter(None, parts))


def _counted(reason: Reason | None) -> str:
    return f"{reason.count} of {reason.of} choices agree significantly" if reason else ""
