"""What the figures say about each question of a paper, in sentences made from stored numbers.

A sentence follows its numbers: the estimate, its inferences and the printed value alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from estimation.econometrics.robustness.omitted_variables import wanted_strength
from estimation.tables.regressions import SHORT
from estimation.tables.texts import minus

LEVEL = 0.05
POWER = 0.80


@dataclass(frozen=True)
class Tested:
    """Tests of one stored coefficient by one inference.

    `p_printed` is of the hypothesis that the coefficient is as printed; None where it was not tested.
    """

    inference: str
    p_value: float
    low: float
    high: float
    p_printed: float | None = None


@dataclass(frozen=True)
class Estimate:
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
        half = float(stats.t.ppf(1 - LEVEL / 2, self.df)) * self.std_error
        return self.value - half, self.value + half

    @property
    def detectable(self) -> float:
        """Effect that a two-sided 5 % test finds in four samples of five (Bloom 1995).

        (t(1 - level/2) + t(power)) times the standard error, both at the estimate's df.
        """
        quantiles = stats.t.ppf([1 - LEVEL / 2, POWER], self.df)
        return float(quantiles.sum()) * self.std_error

    def against(self, printed: float) -> tuple[float, float | None]:
        """Statistic t and two-sided p-value of the hypothesis that the truth is `printed`.

        The p-value is by the primary inference; None where that did not test the printed value.
        """
        t = (self.value - printed) / self.std_error
        if self.tests:
            return t, self.tests[0].p_printed
        return t, float(2 * stats.t.sf(abs(t), self.df))

    @property
    def differs_from_zero(self) -> bool:
        """Whether zero is rejected at 5 % by the primary inference."""
        if self.tests:
            return self.tests[0].p_value < LEVEL
        low, high = self.interval
        return low > 0 or high < 0

    @property
    def disagree_on_zero(self) -> bool:
        """Whether one inference rejects zero at 5 % and another does not."""
        return _disagree([test.p_value for test in self.tests])

    @property
    def disagree_on_printed(self) -> bool:
        """Whether one inference rejects the printed value at 5 % and another does not."""
        return _disagree([t.p_printed for t in self.tests if t.p_printed is not None])


def slope(what: str, found: Estimate, printed: float | None) -> str:
    """Sentences on one elasticity, which `what` names as they begin: "The elasticity of trade …"."""
    sentences = [f"{what} is {shown(found)}.", told(found, printed)]
    if printed is not None:
        sentences.append(_printed(found, printed))
    return " ".join(sentences)


def difference(what: str, found: Estimate, printed: float | None) -> str:
    """Sentences on a difference of two slopes, and on the printed order that it implies."""
    sentences = [f"{what} is {shown(found)}."]
    if found.differs_from_zero:
        sentences.append("The slopes differ.")
    else:
        sentences.append(
            f"That they differ cannot be told: only a difference of {number(found.detectable)} or more "
            "would have been found in four samples of five."
        )
    if printed is None:
        return " ".join(sentences)
    same_sign = (found.value > 0) == (printed > 0)
    p = found.against(printed)[1]
    if p is not None and p < LEVEL:
        sentences.append(_printed(found, printed))
    elif found.differs_from_zero and same_sign:
        sentences.append(f"The printed order, {number(printed)} apart, is confirmed.")
    else:
        sentences.append(
            f"The printed order, {number(printed)} apart, can be neither confirmed nor rejected."
        )
    return " ".join(sentences)


def told(found: Estimate, printed: float | None) -> str:
    """Whether the figures can tell the effect from none."""
    if found.differs_from_zero:
        return "It differs from zero."
    if printed is not None and found.detectable <= abs(printed):
        return (
            f"It cannot be told from zero, though an effect of {number(found.detectable)} would have been "
            "found in four samples of five."
        )
    return (
        f"The figures cannot tell: only an effect of {number(found.detectable)} or more would have been "
        "found in four samples of five."
    )


def hangs_on(found: Estimate, variants: Sequence[tuple[str, Estimate]]) -> str:
    """Which other choices leave the verdict as it is, and which turn it; each in words, with its number."""
    parts = []
    for turned, words in ((True, "The verdict turns"), (False, "It is the same")):
        alike = [v for v in variants if (_verdict(v[1]) != _verdict(found)) == turned]
        if alike:
            listed = _joined([f"{choice} ({short(other)})" for choice, other in alike])
            parts.append(f"{words} {listed}.")
    return " ".join(parts)


def omitted(
    found: Estimate, r2: float, printed: float | None, benchmark: str, times: float, left: float
) -> str:
    """Sentence on a control that is not there (Cinelli and Hazlett 2020).

    Parameters
    ----------
    r2 : float
        Partial R-squared of the regressor with the outcome.
    benchmark, times
        A control that is in, and how many times as strong the one left out is taken to be.
    left : float
        The coefficient with it in.
    """
    to_zero = wanted_strength(found.value, 0.0, r2)
    parts = [
        f"A control left out that explains {to_zero:.0%} of what is left of regressor and outcome would "
        "bring it to zero"
    ]
    if printed is not None:
        parts.append(
            f"one that explains {wanted_strength(found.value, printed, r2):.0%} could make it as printed"
        )
    strength = "as strong as" if times == 1 else f"{times:g} times as strong as"
    turned = (left > 0) != (found.value > 0)
    outcome = f"would turn its sign, to {number(left)}" if turned else f"would leave {number(left)}"
    return f"{'; '.join(parts)}; one {strength} {benchmark} {outcome}."


def shown(found: Estimate) -> str:
    """Estimate and interval."""
    low, high = found.interval
    return f"{number(found.value)} (95 % interval {number(low)} to {number(high)})"


def short(found: Estimate) -> str:
    """Estimate and the ends of its interval, in few characters."""
    low, high = found.interval
    return f"{number(found.value)}, {number(low)} to {number(high)}"


def number(value: float) -> str:
    """Two decimals, or three where two would show nothing; a true minus sign."""
    enough = abs(value) >= 0.1 or round(value, 3) == round(value, 2)
    return minus(value, 2 if enough else 3)


def _printed(found: Estimate, printed: float) -> str:
    _, p = found.against(printed)
    if p is None:
        return f"The printed {number(printed)} was not tested."
    verdict = "is rejected" if p < LEVEL else "is not rejected"
    named = [(t.inference, t.p_printed) for t in found.tests if t.p_printed is not None]
    said = "; ".join(
        f"p {p_words(each)}{f' by {SHORT.get(label, label)}' if len(named) > 1 else ''}"
        for label, each in (named or [("", p)])
    )
    ends = "; the inferences disagree" if found.disagree_on_printed else ""
    return f"The printed {number(printed)} {verdict} ({said}{ends})."


def p_words(p: float) -> str:
    """A p-value in a sentence."""
    return "below .001" if p < 0.001 else f"{p:.3f}".lstrip("0")


def _disagree(p_values: Sequence[float]) -> bool:
    return len({p < LEVEL for p in p_values}) > 1


def _verdict(found: Estimate) -> int:
    return 0 if not found.differs_from_zero else (1 if found.value > 0 else -1)


def _joined(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
