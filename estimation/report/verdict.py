"""The answer to each question of a paper, in sentences made from stored numbers.

A sentence follows its numbers: the estimate, its tests, the printed value and what the estimate is
under other choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import scipy

from estimation.econometrics.robustness.omitted_variables import wanted_strength
from estimation.tables.facts import SHORT
from estimation.tables.texts import bound_text, minus

LEVEL = 0.05
POWER = 0.80
Outcome = Literal["positive", "negative", "not significant", "inferences disagree"]


@dataclass(frozen=True)
class Tested:
    """Tests of one stored coefficient by one inference.

    `p_printed` is of the hypothesis that the coefficient is as printed; None without a test.
    """

    inference: str
    p_value: float
    low: float
    high: float
    p_printed: float | None = None


@dataclass(frozen=True)
class AnswerEstimate:
    """One stored coefficient.

    Attributes
    ----------
    value, std_error, df : float
        Estimate, and the standard error in brackets with the df of its t distribution.
    tests : tuple of Tested
        By the primary inference, then by that of the errors where it is another; empty where the
        primary inference is t with `df`.
    """

    value: float
    std_error: float
    df: float
    tests: tuple[Tested, ...] = ()

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval by the primary inference."""
        if self.tests:
            return self.tests[0].low, self.tests[0].high
        half = float(scipy.stats.t.ppf(1 - LEVEL / 2, self.df)) * self.std_error
        return self.value - half, self.value + half

    @property
    def p_value(self) -> float:
        """Two-sided p-value of zero by the primary inference."""
        if self.tests:
            return self.tests[0].p_value
        return float(2 * scipy.stats.t.sf(abs(self.value / self.std_error), self.df))

    @property
    def detectable(self) -> float:
        """Minimum detectable effect of a two-sided 5 % test at 80 % power (Bloom 1995).

        (t(1 - level/2) + t(power)) times the standard error, both at the estimate's df.
        """
        quantiles = scipy.stats.t.ppf([1 - LEVEL / 2, POWER], self.df)
        return float(quantiles.sum()) * self.std_error

    def against(self, printed: float) -> tuple[float, float | None]:
        """Statistic t and two-sided p-value of the hypothesis that the truth is `printed`.

        The p-value is by the primary inference; None if it lacks a test of the printed value.
        """
        t = (self.value - printed) / self.std_error
        if self.tests:
            return t, self.tests[0].p_printed
        return t, float(2 * scipy.stats.t.sf(abs(t), self.df))

    @property
    def differs_from_zero(self) -> bool:
        """Whether zero is rejected at 5 % by the primary inference."""
        return self.p_value < LEVEL

    @property
    def disagree_on_zero(self) -> bool:
        """Whether one inference rejects zero at 5 % and another does not."""
        return _disagree([test.p_value for test in self.tests])

    @property
    def disagree_on_printed(self) -> bool:
        """Whether one inference rejects the printed value at 5 % and another does not."""
        return _disagree([t.p_printed for t in self.tests if t.p_printed is not None])

    @property
    def outcome(self) -> Outcome:
        """Sign where zero is rejected at 5 %, or that it is not, or that the inferences disagree."""
        if self.disagree_on_zero:
            return "inferences disagree"
        if not self.differs_from_zero:
            return "not significant"
        return "positive" if self.value > 0 else "negative"


Variants = Sequence[tuple[str, AnswerEstimate]]
"""Other choices in words, each with its estimate."""


def changed(found: AnswerEstimate, variants: Variants) -> Variants:
    """Choices under which another outcome is found."""
    return [v for v in variants if v[1].outcome != found.outcome]


def describe_slope(
    what: str,
    found: AnswerEstimate,
    printed: float | None,
    variants: Variants = (),
    sample: str = "",
) -> str:
    """Sentences on one slope, which `what` names as they begin: "The elasticity of exports ..."."""
    sentences = [
        f"{what} is {shown(found, sample)}.",
        describe_test(found, changed(found, variants)),
    ]
    if printed is not None:
        sentences.append(describe_printed(found, printed))
    return " ".join(sentences)


def describe_test(found: AnswerEstimate, others: Variants) -> str:
    """Whether the slope is significant, and under which of the `others` it is not, or is."""
    p = f"p {p_words(found.p_value)}"
    if found.disagree_on_zero:
        return f"Inconclusive: the inferences disagree at 5 % ({_p_by(found)})."
    if found.differs_from_zero:
        if not others:
            return f"It is significant at 5 % ({p})."
        listed = f"Under other choices it is not significant: {_listed(others)}."
        return f"It is significant at 5 % ({p}), but the evidence is inconclusive. {listed}"
    power = f"The design has 80 % power for an effect of {number(found.detectable)}."
    if not others:
        return f"It is not significant at 5 % ({p}). {power}"
    listed = f"Under other choices it is significant: {_listed(others)}."
    return f"It is not significant at 5 % ({p}), but the evidence is inconclusive. {listed} {power}"


def brief_test(found: AnswerEstimate, variants: Variants = ()) -> str:
    """Outcome in few words: significance, and how many other choices give another outcome."""
    others = len(changed(found, variants))
    if found.disagree_on_zero:
        return "inconclusive: the inferences disagree at 5 %"
    verdict = "significant at 5 %" if found.differs_from_zero else "not significant at 5 %"
    if not others:
        return verdict
    contrary = "not significant" if found.differs_from_zero else "significant"
    return (
        f"inconclusive: {verdict}, but {contrary} under {others} of {len(variants)} other choices"
    )


def brief_printed(found: AnswerEstimate, printed: float) -> str:
    """Outcome of the test of the printed value in few words."""
    _, p = found.against(printed)
    value = f"printed {number(printed)}"
    if p is None:
        return f"{value}: not tested"
    if found.disagree_on_printed:
        return f"{value}: the inferences disagree"
    return f"{value}: {'rejected' if p < LEVEL else 'not rejected'} at 5 %"


def describe_difference(
    what: str, found: AnswerEstimate, printed: float | None, sample: str = ""
) -> str:
    """Sentences on a difference of two slopes, and on the printed difference."""
    sentences = [f"{what} is {shown(found, sample)}."]
    p = f"p {p_words(found.p_value)}"
    sentences.append(
        f"The difference is significant at 5 % ({p})."
        if found.differs_from_zero
        else f"The difference is not significant at 5 % ({p}; minimum detectable difference at 80 % "
        f"power: {number(found.detectable)})."
    )
    if printed is not None:
        sentences.append(describe_printed(found, printed, "difference of "))
    return " ".join(sentences)


def describe_printed(found: AnswerEstimate, printed: float, kind: str = "") -> str:
    """Whether the printed value is rejected at 5 %, with each inference's p-value."""
    _, p = found.against(printed)
    value = f"The printed {kind}{number(printed)}"
    if p is None:
        return f"{value} was not tested."
    p_values = _p_by(found, printed=True) or f"p {p_words(p)}"
    if found.disagree_on_printed:
        return f"{value}: the inferences disagree at 5 % ({p_values})."
    return f"{value} {'is rejected' if p < LEVEL else 'is not rejected'} at 5 % ({p_values})."


def describe_unchanged(found: AnswerEstimate, variants: Variants) -> str:
    """Other choices under which the outcome is the same."""
    same = [v for v in variants if v[1].outcome == found.outcome]
    return f"The same holds {_listed(same)}." if same else ""


def describe_omitted(
    found: AnswerEstimate,
    r2: float,
    printed: float | None,
    benchmark: str,
    times: float,
    left: float,
) -> str:
    """Sentences on an omitted control (Cinelli and Hazlett 2020).

    Parameters
    ----------
    found : AnswerEstimate
    r2 : float
        Partial R-squared of the regressor with the outcome.
    printed : float or None
    benchmark, times
        A control in the regression, and how many times as strong the omitted one is taken to be.
    left : float
        The coefficient with the omitted control in the regression.
    """
    to_zero = wanted_strength(found.value, 0.0, r2)
    sentences = [
        "An omitted control would bring the coefficient to zero if it explained "
        f"{to_zero:.0%} of the remaining variation of both regressor and outcome."
    ]
    if printed is not None:
        strength = wanted_strength(found.value, printed, r2)
        sentences.append(f"With {strength:.0%} it could make it as printed.")
    strong = "as strong as" if times == 1 else f"{times:g} times as strong as"
    sign = " and change its sign" if (left > 0) != (found.value > 0) else ""
    sentences.append(
        f"One {strong} {benchmark} would change the coefficient to {number(left)}{sign}."
    )
    return " ".join(sentences)


def shown(found: AnswerEstimate, sample: str = "") -> str:
    """Estimate, interval and its inference, and the sample."""
    low, high = found.interval
    by = (
        f" by the {SHORT.get(found.tests[0].inference, found.tests[0].inference)}"
        if found.tests
        else ""
    )
    return f"{number(found.value)} (95 % interval {bound(low)} to {bound(high)}{by}{sample and '; '}{sample})"


def short(found: AnswerEstimate) -> str:
    """Estimate and the ends of its interval, in few characters."""
    low, high = found.interval
    return f"{number(found.value)}, {bound(low)} to {bound(high)}"


def number(value: float) -> str:
    """Two decimals, or three where two would show nothing; a true minus sign."""
    enough = abs(value) >= 0.1 or round(value, 3) == round(value, 2)
    return minus(value, 2 if enough else 3)


def bound(value: float) -> str:
    """End of an interval: as `number`, but never zero where it is not."""
    return (
        bound_text(value, 2).replace("-", "\N{MINUS SIGN}")
        if round(value, 3) == 0
        else number(value)
    )


def p_words(p: float) -> str:
    """A p-value in a sentence; a digit more where three would hide on which side of 5 % it is."""
    if p < 0.001:
        return "below .001"
    close = round(p, 3) == LEVEL
    return f"{p:.{4 if close else 3}f}".lstrip("0")


def _p_by(found: AnswerEstimate, *, printed: bool = False) -> str:
    """p-values of zero, or of the printed value, each with its inference."""
    named = ((t.inference, t.p_printed if printed else t.p_value) for t in found.tests)
    return "; ".join(f"p {p_words(p)} by {SHORT.get(by, by)}" for by, p in named if p is not None)


def _disagree(p_values: Iterable[float]) -> bool:
    return len({p < LEVEL for p in p_values}) > 1


def _listed(variants: Variants) -> str:
    items = [f"{words} ({number(v.value)})" for words, v in variants]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
