"""Sentences on one stored number: the estimate, its test, its power and the printed value.

The state of a finding and how far it depends on choices are those of `rule`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import scipy

from living_panel.estimation.econometrics.robustness.omitted_variables import wanted_strength
from living_panel.estimation.findings.rule import LEVEL, adjusted_p
from living_panel.estimation.findings.words import number, p_words
from living_panel.estimation.tables.facts import SHORT, errors_text
from living_panel.estimation.tables.texts import bound_text

POWER = 0.80
ROUNDING = 1e-9


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
class StoredEstimate:
    """One stored coefficient.

    Attributes
    ----------
    value, std_error, df : float
        Estimate, and the standard error in brackets with the df of its t distribution.
    tests : tuple of Tested
        By the primary inference, then by that of the errors where it is another; empty where the
        primary inference is t with `df`.
    is_bound : bool
        Whether the standard error is the largest that a difference of two estimates can have.
    others : tuple of float
        p-values of the other comparisons of its declared family; NaN where one is not stored.
    """

    value: float
    std_error: float
    df: float
    tests: tuple[Tested, ...] = ()
    is_bound: bool = False
    others: tuple[float, ...] = ()

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval by the primary inference."""
        if self.tests:
            return self.tests[0].low, self.tests[0].high
        half = float(scipy.stats.t.ppf(1 - LEVEL / 2, self.df)) * self.std_error
        return self.value - half, self.value + half

    @property
    def inner_interval(self) -> tuple[float, float]:
        """90 % interval by the standard error: two one-sided tests at 5 % hold it against a bound (Schuirmann 1987)."""
        half = float(scipy.stats.t.ppf(1 - LEVEL, self.df)) * self.std_error
        return self.value - half, self.value + half

    @property
    def p_value(self) -> float:
        """Two-sided p-value of zero by the primary inference, of this comparison alone."""
        if self.tests:
            return self.tests[0].p_value
        return float(2 * scipy.stats.t.sf(abs(self.value / self.std_error), self.df))

    @property
    def family_p(self) -> float:
        """The same by Holm over the declared family; without a family that of the comparison alone."""
        return adjusted_p(self.p_value, self.others)

    @property
    def detectable(self) -> float:
        """Minimum detectable effect of a two-sided 5 % test at 80 % power (Bloom 1995).

        (t(1 - level/2) + t(power)) times the standard error, both at the estimate's df. In a family the level is that
        of Holm's first step.
        """
        level = LEVEL / (1 + len(self.others))
        quantiles = scipy.stats.t.ppf([1 - level / 2, POWER], self.df)
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
        """Whether zero is rejected at 5 % by the primary inference, over the family where there is one."""
        return self.family_p < LEVEL

    @property
    def disagree_on_zero(self) -> bool:
        """Whether one inference rejects zero at 5 % and another does not."""
        return _disagree([test.p_value for test in self.tests])

    @property
    def disagree_on_printed(self) -> bool:
        """Whether one inference rejects the printed value at 5 % and another does not."""
        return _disagree([t.p_printed for t in self.tests if t.p_printed is not None])

    def is_as_printed(self, printed: float, places: int) -> bool:
        """Whether the estimate has the printed digits."""
        return abs(self.value - printed) <= 0.5 * 10.0**-places + ROUNDING


def describe_slope(what: str, estimate: StoredEstimate, sample: str = "") -> str:
    """Sentences on one slope, which `what` names as they begin: "The elasticity of exports ..."."""
    return f"{what} is {shown(estimate, sample)}. {describe_test(estimate)}"


def describe_test(estimate: StoredEstimate) -> str:
    """Whether the slope is significant by the primary inference, and the power where it is not."""
    p = f"p {family_words(estimate)}"
    if estimate.differs_from_zero:
        return f"It is significant at 5 % ({p})."
    return f"It is not significant at 5 % ({p}).{_power(estimate)}"


def family_words(estimate: StoredEstimate) -> str:
    """p-value of zero; in a family Holm's, and that of the comparison alone next to it."""
    if not estimate.others:
        return p_words(estimate.p_value)
    family = f"{p_words(estimate.family_p)} by Holm over {1 + len(estimate.others)} comparisons"
    return f"{family}, {p_words(estimate.p_value)} alone"


def brief_family(estimate: StoredEstimate) -> str:
    """Holm's p-value and that of the comparison alone, in few words."""
    return f"{p_words(estimate.family_p)} by Holm, {p_words(estimate.p_value)} alone"


def _power(estimate: StoredEstimate) -> str:
    if math.isnan(estimate.detectable):
        return ""
    return f" The design has 80 % power for an effect of {number(estimate.detectable)}."


def brief_test(estimate: StoredEstimate) -> str:
    """Significance in few words."""
    return "significant at 5 %" if estimate.differs_from_zero else "not significant at 5 %"


def brief_printed(estimate: StoredEstimate, printed: float) -> str:
    """Outcome of the test of the printed value in few words."""
    _, p = estimate.against(printed)
    value = f"printed {number(printed)}"
    if p is None:
        return f"{value}: {_inside(estimate, printed)}"
    if estimate.disagree_on_printed:
        return f"{value}: only some tests reject it"
    return f"{value}: {'rejected' if p < LEVEL else 'not rejected'} at 5 %"


def describe_difference(what: str, estimate: StoredEstimate, sample: str = "") -> str:
    """Sentences on a difference of two slopes."""
    p = f"p {family_words(estimate)}"
    test = f"The difference is significant at 5 % ({p})."
    if not estimate.differs_from_zero:
        power = (
            ""
            if math.isnan(estimate.detectable)
            else f"; minimum detectable difference at 80 % power: {number(estimate.detectable)}"
        )
        test = f"The difference is not significant at 5 % ({p}{power})."
    return f"{what} is {shown(estimate, sample)}. {test}"


def describe_printed(
    estimate: StoredEstimate, printed: float, kind: str = "", text: str = ""
) -> str:
    """Whether the printed value, of this text, is rejected at 5 %, with each inference's p-value."""
    _, p = estimate.against(printed)
    text = text or number(printed)
    value = f"The printed {kind}{text}"
    if p is None:
        return f"{value} is {_inside(estimate, printed)}."
    p_values = _p_by(estimate, printed=True) or f"p {p_words(p)}"
    if estimate.disagree_on_printed:
        return f"The tests of the printed {kind}{text} disagree at 5 % ({p_values})."
    return f"{value} {'is rejected' if p < LEVEL else 'is not rejected'} at 5 % ({p_values})."


def _inside(estimate: StoredEstimate, printed: float) -> str:
    """Where the printed value lies, if no test of it is stored."""
    low, high = estimate.interval
    if math.isnan(low):
        return "not tested"
    return f"{'inside' if low <= printed <= high else 'outside'} the 95 % interval"


def describe_omitted(
    estimate: StoredEstimate,
    r2: float,
    printed: float | None,
    benchmark: str,
    times: float,
    left: float,
) -> str:
    """Sentences on an omitted control (Cinelli and Hazlett 2020).

    Parameters
    ----------
    estimate : StoredEstimate
    r2 : float
        Partial R-squared of the regressor with the outcome.
    printed : float or None
    benchmark, times
        A control in the regression, and how many times as strong the omitted one is taken to be.
    left : float
        The coefficient with the omitted control in the regression.
    """
    to_zero = wanted_strength(estimate.value, 0.0, r2)
    sentences = [
        f"An omitted control that explains {to_zero:.0%} of the remaining variation of regressor and outcome "
        "would reduce the coefficient to zero."
    ]
    if printed is not None:
        strength = wanted_strength(estimate.value, printed, r2)
        sentences.append(
            f"An omitted control that explains {strength:.0%} could change the coefficient to the printed "
            "value."
        )
    strong = "as strong as" if times == 1 else f"{times:g} times as strong as"
    sign = " and change its sign" if (left > 0) != (estimate.value > 0) else ""
    sentences.append(
        f"An omitted control {strong} {benchmark} would change the coefficient to {number(left)}{sign}."
    )
    return " ".join(sentences)


def shown(estimate: StoredEstimate, sample: str = "") -> str:
    """Estimate, interval and its inference, and the sample."""
    low, high = estimate.interval
    by = f" by {inference_words(estimate.tests[0].inference)}" if estimate.tests else ""
    by = f"{by}, valid for any correlation of the two" if estimate.is_bound else by
    return f"{number(estimate.value)} (95 % interval {bound(low)} to {bound(high)}{by}{sample and '; '}{sample})"


def inference_words(label: str) -> str:
    """An inference in few words; the kind alone where degrees of freedom give its label another form."""
    if label in SHORT:
        return SHORT[label]
    words = errors_text(label)
    return words if words != label else errors_text(label.split(":")[0])


def short(estimate: StoredEstimate) -> str:
    """Estimate and the ends of its interval, in few characters."""
    return f"{number(estimate.value)}, {interval_words(estimate)}"


def interval_words(estimate: StoredEstimate) -> str:
    """Ends of the interval; "none" where the inference has none."""
    low, high = estimate.interval
    return "none" if math.isnan(low) else f"{bound(low)} to {bound(high)}"


def bound(value: float) -> str:
    """End of an interval: as `number`, but never zero where it is not."""
    return (
        bound_text(value, 2).replace("-", "\N{MINUS SIGN}")
        if round(value, 3) == 0
        else number(value)
    )


def _p_by(estimate: StoredEstimate, *, printed: bool = False) -> str:
    """p-values of zero, or of the printed value, each with its inference."""
    named = ((t.inference, t.p_printed if printed else t.p_value) for t in estimate.tests)
    return "; ".join(f"p {p_words(p)} by {inference_words(by)}" for by, p in named if p is not None)


def _disagree(p_values: Iterable[float]) -> bool:
    return len({p < LEVEL for p in p_values}) > 1
