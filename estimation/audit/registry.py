"""Rules, their results, and the list of all rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import scipy

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import PrintedPaper

Severity = Literal["impossible", "contradiction", "doubtful", "form"]
SEVERITIES: tuple[Severity, ...] = ("impossible", "contradiction", "doubtful", "form")


@dataclass(frozen=True)
class Inconsistency:
    """One thing a rule found.

    Attributes
    ----------
    severity
        `impossible`: arithmetic rules the printed number out, with nothing assumed but the name that
        the paper gives it. `contradiction`: two printed things cannot both hold, or the stated sample and
        the data cannot, under what `assumes` names. `doubtful`: it would need the conditions that the
        message names. `form`: the reader lacks something needed, or it depends on something that the
        paper does not say.
    fact
        What several inconsistencies have in common (one wrong number printed in many cells): facts are
        counted, not cells. Empty: the inconsistency is a fact of its own.
    assumes
        What the inconsistency takes for granted: rounding interval, distribution, df, sides, conditions.
    repeat
        A Python expression over `stats` (scipy) and `math` that is true where the inconsistency holds.
    """

    place: str
    severity: Severity
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)
    fact: str = ""
    assumes: Mapping[str, Any] = field(default_factory=dict)
    repeat: str = ""

    def assuming(self, repeat: str, **assumes: object) -> Inconsistency:
        """The inconsistency with what it takes for granted and the expression that repeats it."""
        return replace(self, repeat=repeat, assumes={**self.assumes, **assumes})


def holds(repeat: str) -> bool:
    """Whether the expression of an inconsistency is true; its names are `stats`, `math` and `inf`."""
    names = {"stats": scipy.stats, "math": math, "inf": math.inf, "nan": math.nan}
    return bool(eval(repeat, names))


def found(
    cell: Cell, severity: Severity, message: str, fact: str = "", **evidence: object
) -> Inconsistency:
    """An inconsistency about one printed cell, whose row and column the message begins with."""
    return Inconsistency(
        cell.place, severity, f"{cell.row}, {cell.column}: {message}", evidence, fact
    )


Outcome = Iterator[int | Inconsistency | None]
"""Values that a rule yields: numbers of cells that it applied to, and its inconsistencies there."""
Check = Callable[[PrintedPaper, Evidence], Outcome]


@dataclass(frozen=True)
class Rule:
    """A registered rule; call it on a paper."""

    id: str
    family: str
    title: str
    reason: str
    needs: tuple[str, ...]
    check: Check

    def __call__(self, paper: PrintedPaper, evidence: Evidence | None = None) -> RuleResult:
        """Apply the rule; evidence it needs and does not get makes it inapplicable."""
        given = evidence or Evidence()
        lacking = ", ".join(n for n in self.needs if not len(getattr(given, n)))
        outcomes = [] if lacking else list(self.check(paper, given))
        applicable = sum(x for x in outcomes if isinstance(x, int))
        inconsistencies = tuple(x for x in outcomes if isinstance(x, Inconsistency))
        if inconsistencies and not applicable:
            raise AssertionError(f"rule {self.id} found something where it applied to nothing")
        return RuleResult(self, applicable, inconsistencies, lacking)


@dataclass(frozen=True)
class RuleResult:
    """Result of a rule: the number of cells it applied to, and its inconsistencies there."""

    rule: Rule
    applicable: int
    inconsistencies: tuple[Inconsistency, ...]
    lacking: str = ""

    @property
    def status(self) -> str:
        """found, silent, not applicable, or no evidence (which names what is lacking)."""
        if self.lacking:
            return f"no evidence: {self.lacking}"
        if self.inconsistencies:
            return "found"
        return "silent" if self.applicable else "not applicable"


RULES: dict[str, Rule] = {}


def rule(family: str, *, needs: tuple[str, ...] = ()) -> Callable[[Check], Rule]:
    """Register a function as a rule.

    Its name is the id, its docstring's first line the title and the rest the reason. It takes a
    paper and evidence and yields the numbers of cells it applied to and its inconsistencies.
    """

    def register(check: Check) -> Rule:
        name = getattr(check, "__name__", "")
        if name in RULES:
            raise ValueError(f"two rules are called {name}")
        title, _, reason = (check.__doc__ or "").strip().partition("\n\n")
        if not title or not reason:
            raise ValueError(f"rule {name}: the docstring needs a title, a blank line and a reason")
        reason = " ".join(reason.split())
        RULES[name] = Rule(name, family, title.rstrip("."), reason, needs, check)
        return RULES[name]

    return register
