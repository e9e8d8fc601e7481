"""The rules of a finding: its state by the claim, and its grade by the declared choices; numbers in, data out.

One rule of grades for slopes and differences of slopes, one for the count of cointegration tests. No other module
says how a claim fares.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

State = Literal["holds", "undecided", "does not hold"]
Comparison = Literal["above", "below", "not", "within"]
"""What a claim says of a number: above a value, below it, not that value, or within a bound around it."""
Grade = Literal["holds", "depends on choices", "no support", "not identified"]

ChoiceKind = Literal[
    "other windows", "newest years", "other controls", "trends", "factors", "differences", "lags and leads",
    "one unit less", "other units", "other groups", "split effects", "other cells", "other measures",
    "other forms", "other estimators", "other inference",
]  # fmt: skip
"""Every kind of choice, as `docs/findings_rule.md` describes them."""
CHOICE_KINDS: tuple[ChoiceKind, ...] = get_args(ChoiceKind)

LEVEL = 0.05
"""Level of every test."""
SIGNIFICANT_SHARE = 0.8
"""Share of choices that must be significant with the sign of the main estimate, for "holds".

Every choice is defensible, so that a number which a fifth of them changes depends on them. A lower share
gains little power, since the estimates are of the same panel and move together.
"""
SIGN_SHARE = 0.9
"""Share of choices that must have the sign of the main estimate, for "holds".

A choice that loses precision may lose significance. A choice that turns the sign contradicts the number.
"""
KIND_SHARE = 0.5
"""Share of the choices of each declared kind that must be significant with the sign of the main estimate, for "holds".

One is not enough: with a common factor and correlated loadings, one of four models of factors is often significant.
"""
FEW_SHARE = 0.2
"""Below this share of significant choices an insignificant main estimate has "no support".

Chance makes 2.5 % of independent choices significant with one sign. Choices on one panel are correlated, so that
chance often gives several at once: a fifth is eight times the expected number.
"""
FEWEST_CHOICES = 10
"""Choices that a number needs for "holds": a share of fewer says little, and few are easily picked."""
SLACK = 1e-9  # a share of a whole number is whole but for rounding
MOST_CHANGING = 2
"""Choices that the text of a finding names."""

TestKind = Literal["placebo", "falsification"]
ReasonCode = Literal[
    "significant", "not significant", "share significant", "share of signs", "significant with the other sign",
    "few choices", "placebo passed", "placebo failed", "falsification passed", "falsification failed",
    "test missing", "count",
]  # fmt: skip


@dataclass(frozen=True)
class DesignTest:
    """A test of the design; `p_value` is None or NaN where it is declared but not stored.

    A `placebo` compares the estimate with those of exchanged regressors: it passes if p is below `LEVEL`. A
    `falsification` tests an effect that must be absent (trends before, leads, a false date): it passes if p is not.
    With `by_range` the p-value is 1 inside the range of 95 % of the placebos and 0 outside.
    """

    kind: TestKind
    p_value: float | None
    words: str = ""
    by_range: bool = False

    @property
    def is_stored(self) -> bool:
        """Whether there is a p-value."""
        return self.p_value is not None and not math.isnan(self.p_value)

    @property
    def passes(self) -> bool:
        """Whether the design stands by this test; a missing test does not pass."""
        if self.p_value is None or math.isnan(self.p_value):
            return False
        return (self.p_value < LEVEL) == (self.kind == "placebo")


@dataclass(frozen=True)
class Choice:
    """The estimate under one declared choice, on the scale of the main estimate.

    Attributes
    ----------
    value : float
        Estimate minus the value of the hypothesis, which is 0 or the printed value; NaN where it was not estimated.
    p_value : float
        Two-sided p-value of the hypothesis by the choice's own inference.
    words : str
        The choice in words; the rule does not read them.
    compares : bool
        Whether the estimate has the unit of the main one, so that its change has a size.
    kind : str
        One of `CHOICE_KINDS`; "" has no kind.
    tests : sequence of DesignTest
        Tests of this choice's own design.
    """

    value: float
    p_value: float
    words: str = ""
    compares: bool = True
    kind: str = ""
    tests: Sequence[DesignTest] = ()

    @property
    def is_estimated(self) -> bool:
        """Whether there is an estimate."""
        return not math.isnan(self.value)

    @property
    def is_significant(self) -> bool:
        """Whether the hypothesis is rejected, and every test of the choice's own design passes."""
        return self.p_value < LEVEL and all(test.passes for test in self.tests)

    def has_sign_of(self, value: float) -> bool:
        """Whether it lies on the same side of the hypothesis."""
        return self.value * value > 0


@dataclass(frozen=True)
class Evidence:
    """All that the rule reads of one slope or difference.

    Attributes
    ----------
    value : float
        Main estimate minus the value of the hypothesis.
    p_value : float
        Two-sided p-value that grades it, by the primary inference: its own, or that of a joint test.
    choices : sequence of Choice
        Every declared choice, estimated or not; the main estimate is not among them.
    tests : sequence of DesignTest
        Every declared test of the design.
    """

    value: float
    p_value: float
    choices: Sequence[Choice] = ()
    tests: Sequence[DesignTest] = ()


@dataclass(frozen=True)
class ExchangedCount:
    """Count of tests that reject, and the counts with each unit's regressors exchanged with another unit's.

    Attributes
    ----------
    count, judged : int
        Tests that reject, and tests that were counted.
    p_value : float
        Share of counts at least as large, the observed one among them.
    mean, low, high : float
        Mean, smallest and largest count of the exchanges.
    """

    count: int
    judged: int
    p_value: float
    mean: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Reason:
    """One fact that led to a grade: a code with its numbers."""

    code: ReasonCode
    count: int = 0
    of: int = 0
    p_value: float | None = None
    words: str = ""


@dataclass(frozen=True)
class Verdict:
    """A grade, its reasons, and the counts of choices.

    Attributes
    ----------
    n_declared : int
        Declared choices.
    n_choices, n_same_sign, n_significant, n_opposite : int
        Choices with an estimate; those with the sign of the main estimate; those of them that are significant; those
        significant with the other sign.
    changing : tuple of int
        Positions of the choices that change the estimate most, the largest change first.
    silent, divided : tuple of str
        Kinds of choices of which none is significant with the sign of the main estimate, and kinds of which some are,
        but fewer than `KIND_SHARE`; the largest change first.
    not_estimated : tuple of str
        Kinds of choices of which none has an estimate.
    """

    grade: Grade
    reasons: tuple[Reason, ...] = ()
    n_declared: int = 0
    n_choices: int = 0
    n_same_sign: int = 0
    n_significant: int = 0
    n_opposite: int = 0
    changing: tuple[int, ...] = ()
    silent: tuple[str, ...] = ()
    divided: tuple[str, ...] = ()
    not_estimated: tuple[str, ...] = ()


def state_of(
    comparison: Comparison,
    null: float,
    value: float,
    interval: tuple[float, float],
    inner: tuple[float, float] = (math.nan, math.nan),
    bound: float = math.nan,
    *,
    rejects: bool | None = None,
) -> State:
    """State of a claim about one number.

    *holds*: the claim is met. A claim of `above`, `below` or `not` is met where the value of the hypothesis is
    rejected at 5 %, with the sign that the claim says. A claim of `within` is met where the whole 90 % interval lies
    within the bound: two one-sided tests at 5 % (Schuirmann 1987). *does not hold*: the 95 % interval excludes every
    value that meets the claim. *undecided*: all else.

    Parameters
    ----------
    comparison : {"above", "below", "not", "within"}
        What the claim says of the number.
    null : float
        The value with which the number is compared.
    value : float
        The estimate.
    interval, inner : tuple of float
        Ends of the 95 % and of the 90 % interval; only `within` reads the second.
    bound : float
        Largest distance from `null` for a claim of `within`.
    rejects : bool, optional
        Whether the test of `null` rejects at 5 %; by default whether the 95 % interval excludes it.

    Returns
    -------
    {"holds", "undecided", "does not hold"}
    """
    low, high = interval
    if comparison == "within":
        if null - bound <= inner[0] and inner[1] <= null + bound:
            return "holds"
        return "does not hold" if high < null - bound or low > null + bound else "undecided"
    if rejects is None:
        rejects = high < null or low > null
    if not rejects:
        return "undecided"
    is_met = comparison == "not" or (value > null) == (comparison == "above")
    return "holds" if is_met else "does not hold"


def grade(evidence: Evidence) -> Verdict:
    """Grade a slope or a difference of slopes.

    *not identified*: a falsification test of the design rejects.

    *holds*: the main estimate is significant; at least `FEWEST_CHOICES` choices are estimated, `SIGN_SHARE` of them
    have its sign and `SIGNIFICANT_SHARE` are significant with it; none is significant with the other sign; each
    declared kind has an estimate, and `KIND_SHARE` of its choices are significant with that sign; a placebo is
    declared; every test is stored and passes.

    *no support*: the main estimate is not significant, or its placebo fails, and fewer than `FEW_SHARE` of the choices
    are significant with its sign.

    *depends on choices*: all else.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    Verdict
    """
    counts = count_choices(evidence)
    silent, divided = silent_kinds(evidence), divided_kinds(evidence)
    not_estimated = kinds_not_estimated(evidence)
    return Verdict(
        _grade(evidence, counts, all_agree=not (silent or divided or not_estimated)),
        (*_reasons(evidence, counts),),
        len(evidence.choices),
        *counts,
        most_changing(evidence),
        silent,
        divided,
        not_estimated,
    )


class Counts(NamedTuple):
    """Choices with an estimate, and how many of them agree with the main one: see `Verdict`."""

    estimated: int
    same_sign: int
    significant: int
    opposite: int


def count_choices(evidence: Evidence) -> Counts:
    """Count the choices by their sign and their significance."""
    estimated = [c for c in evidence.choices if c.is_estimated]
    same = [c for c in estimated if c.has_sign_of(evidence.value)]
    significant = sum(c.is_significant for c in same)
    return Counts(
        len(estimated),
        len(same),
        significant,
        sum(c.is_significant for c in estimated) - significant,
    )


def adjusted_p(p_value: float, others: Iterable[float]) -> float:
    """Return Holm's p-value of one comparison among all that are declared with it.

    A declared comparison without a p-value is counted as one that does not reject, so that a missing one never makes
    the result smaller.

    Parameters
    ----------
    p_value : float
        Of the comparison itself.
    others : iterable of float
        Of the other comparisons; NaN where one is not stored.

    Returns
    -------
    float
        NaN if the comparison itself has none.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    if math.isnan(p_value):
        return p_value
    family = sorted([p_value, *(1.0 if math.isnan(p) else p for p in others)])
    steps = ((len(family) - i) * p for i, p in enumerate(family) if p <= p_value)
    return min(1.0, max(steps))


def grade_count(count: ExchangedCount) -> Verdict:
    """Grade a count of tests by its p-value among counts with exchanged units.

    *holds*: the p-value is below `LEVEL` and at least half of the tests reject. *depends on choices*: it is below
    `LEVEL`, but most tests do not reject. *no support*: other units' regressors give counts as large.

    Parameters
    ----------
    count : ExchangedCount

    Returns
    -------
    Verdict
    """
    passes = DesignTest("placebo", count.p_value).passes
    most = 2 * count.count >= count.judged > 0
    reason = Reason("placebo passed" if passes else "placebo failed", p_value=count.p_value)
    given: Grade = "no support" if not passes else "holds" if most else "depends on choices"
    return Verdict(given, (Reason("count", count.count, count.judged), reason))


def most_changing(evidence: Evidence, number: int = MOST_CHANGING) -> tuple[int, ...]:
    """Return positions of the choices whose estimates differ most from the main one, the largest change first.

    All changes have the main estimate's interval as their unit, so that their order is that of the estimates. Choices
    on another scale, and those that leave the estimate as it is, are not named. Ties keep the declared order.
    """
    changes = _changes(evidence)
    order = sorted(range(len(changes)), key=lambda place: -changes[place])
    return tuple(place for place in order[:number] if changes[place] > 0)


def silent_kinds(evidence: Evidence) -> tuple[str, ...]:
    """Return estimated kinds without a choice that is significant with the main sign, the largest change first."""
    return tuple(kind for kind, shares in _shares_by_kind(evidence).items() if not shares)


def divided_kinds(evidence: Evidence) -> tuple[str, ...]:
    """Return kinds of which some choices are significant with the main sign, but fewer than `KIND_SHARE`."""
    shares = _shares_by_kind(evidence)
    return tuple(kind for kind, share in shares.items() if 0 < share < KIND_SHARE)


def _shares_by_kind(evidence: Evidence) -> dict[str, float]:
    """Share of the estimated choices of each kind that agree significantly; the kind with the largest change first."""
    largest: dict[str, float] = {}
    agree: dict[str, list[bool]] = {}
    for choice, change in zip(evidence.choices, _changes(evidence), strict=True):
        if choice.is_estimated and choice.kind:
            largest[choice.kind] = max(change, largest.get(choice.kind, 0.0))
            agrees = choice.is_significant and choice.has_sign_of(evidence.value)
            agree.setdefault(choice.kind, []).append(agrees)
    order = sorted(largest, key=lambda kind: -largest[kind])
    return {kind: sum(agree[kind]) / len(agree[kind]) for kind in order}


def kinds_not_estimated(evidence: Evidence) -> tuple[str, ...]:
    """Return declared kinds of which no choice has an estimate, in the declared order."""
    estimated = {c.kind for c in evidence.choices if c.is_estimated}
    return tuple(dict.fromkeys(c.kind for c in evidence.choices if c.kind not in {"", *estimated}))


def kinds_not_declared(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of the closed list that a list of choices does not have: the rule cannot see them."""
    declared = set(kinds)
    return tuple(kind for kind in CHOICE_KINDS if kind not in declared)


def _changes(evidence: Evidence) -> list[float]:
    """Distance of each choice from the main estimate; 0 where it has another unit, or no estimate."""
    return [
        abs(c.value - evidence.value) if c.compares and c.is_estimated else 0.0
        for c in evidence.choices
    ]


def _grade(evidence: Evidence, counts: Counts, *, all_agree: bool) -> Grade:
    n, tests = counts.estimated, evidence.tests
    is_significant = evidence.p_value < LEVEL
    placebos = [test for test in tests if test.kind == "placebo"]
    if any(t.is_stored and not t.passes for t in tests if t.kind == "falsification"):
        return "not identified"
    agrees = (
        n >= FEWEST_CHOICES and _reaches(counts.same_sign, SIGN_SHARE, n) and not counts.opposite
    )
    robust = agrees and all_agree and _reaches(counts.significant, SIGNIFICANT_SHARE, n)
    if is_significant and robust and placebos and all(test.passes for test in tests):
        return "holds"
    is_supported = is_significant and not any(t.is_stored and not t.passes for t in placebos)
    if not is_supported and not _reaches(counts.significant, FEW_SHARE, max(n, 1)):
        return "no support"
    return "depends on choices"


def _reaches(count: int, share: float, of: int) -> bool:
    return count >= share * of - SLACK


def _reasons(evidence: Evidence, counts: Counts) -> list[Reason]:
    n = counts.estimated
    first: ReasonCode = "significant" if evidence.p_value < LEVEL else "not significant"
    reasons = [Reason(first, p_value=evidence.p_value)]
    if n:
        reasons.append(Reason("share of signs", counts.same_sign, n))
        reasons.append(Reason("share significant", counts.significant, n))
    if counts.opposite:
        reasons.append(Reason("significant with the other sign", counts.opposite, n))
    if n < FEWEST_CHOICES:
        reasons.append(Reason("few choices", n, FEWEST_CHOICES))
    return reasons + [_reason(test) for test in evidence.tests]


def _reason(test: DesignTest) -> Reason:
    if not test.is_stored:
        return Reason("test missing", words=test.words)
    if test.kind == "placebo":
        code: ReasonCode = "placebo passed" if test.passes else "placebo failed"
    else:
        code = "falsification passed" if test.passes else "falsification failed"
    return Reason(code, p_value=None if test.by_range else test.p_value, words=test.words)
