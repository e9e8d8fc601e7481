"""Sentences of a verdict, from its data; and numbers as a sentence shows them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from living_panel.estimation.verdicts.rule import (
    FEWEST_CHOICES,
    LEVEL,
    DesignTest,
    Evidence,
    Grade,
    Reason,
    Verdict,
)

Expected = Literal["positive", "negative", "either"]
GRADE_SENTENCES: Mapping[Grade, str] = {
    "holds": "The answer holds under the declared choices.",
    "depends on choices": "The answer depends on choices.",
    "no support": "The data give no support for a positive answer.",
    "not identified": "The effect is not identified.",
}
SHORT_ANSWERS: Mapping[Grade, str] = {
    "holds": "Yes, it holds",
    "depends on choices": "Depends on choices",
    "no support": "No support found",
    "not identified": "Not identified",
}
NAMED_KINDS = 3
"""Kinds of choices that a brief answer names."""


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


def short_answer(verdict: Verdict, value: float, expected: Expected) -> str:
    """Return the answer in at most three words; `expected` is the sign that the question asks for."""
    if (
        verdict.grade == "holds"
        and expected != "either"
        and (value > 0) != (expected == "positive")
    ):
        return "No, the opposite"
    return SHORT_ANSWERS[verdict.grade]


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
        sentences.append(f"The grade 'holds' needs at least {FEWEST_CHOICES} declared choices.")
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
    """Return the result of the joint test that grades a question; NaN is a test that is not stored."""
    if math.isnan(p_value):
        return "The joint test that all slopes are equal is missing. Without this test, the grade cannot be 'holds'."
    verb = "is" if p_value < LEVEL else "is not"
    found = f"The joint test that all slopes are equal {verb} significant at 5 % (p {p_words(p_value)})."
    return f"{found} It grades this answer."


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
        return f"The test with {test.words} is missing. Without this test, the grade cannot be 'holds'."
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
    """Return why an answer is as sure as it is, in few words."""
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
