"""What a rule is, what it hands back, and the list of all rules.

The decorator that registers a rule, results and findings, evidence from our figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from estimation.panel.release import Release
from estimation.papers.schema import PrintedPaper

Severity = Literal["impossible", "contradiction", "doubtful", "form"]
RATE = "cny_per_usd"
SEVERITIES: tuple[Severity, ...] = ("impossible", "contradiction", "doubtful", "form")


@dataclass(frozen=True)
class Finding:
    """One thing a rule found.

    `impossible`: cannot be true whatever the data; `contradiction`: two printed things cannot both
    hold, or the stated sample and the figures cannot; `doubtful`: would need unusual conditions,
    which the message names; `form`: the reader is left without something needed. `fact` names what
    several findings have in common (one wrong number printed in many cells): facts are counted, not
    cells. Empty: the finding is a fact of its own.
    """

    place: str
    severity: Severity
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)
    fact: str = ""


@dataclass(frozen=True)
class Evidence:
    """Figures of ours that some rules hold the paper against. Every part may be missing.

    Attributes
    ----------
    cells : pandas.DataFrame or None
        Long: province_code, year, measure, value; several editions of a cell may stand side by
        side. Units as the measure's name says.
    groups : mapping
        Name of a group to the codes of its units.
    names : mapping
        Code of a unit to its name.
    rates : mapping
        Year to the annual mean of currency units per dollar.
    """

    cells: pd.DataFrame | None = None
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    rates: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        panel: pd.DataFrame | None = None,
        provinces: pd.DataFrame | None = None,
        rates: dict[int, float] | None = None,
        observations: pd.DataFrame | None = None,
    ) -> Evidence:
        """Gather evidence from a release's frames.

        Parameters
        ----------
        panel : pandas.DataFrame, optional
            (province_code, year) index or columns, one column a measure.
        provinces : pandas.DataFrame, optional
            province_code, province, region_three.
        rates : dict, optional
            Year to currency units per dollar.
        observations : pandas.DataFrame, optional
            Long cells; takes the panel's place where given (it may hold several editions).
        """
        cells = observations if observations is not None else _long(panel)
        if cells is not None:
            cells = cells[["province_code", "year", "measure", "value"]].dropna()
        groups: dict[str, tuple[str, ...]] = {}
        names: dict[str, str] = {}
        if provinces is not None:
            names = dict(zip(provinces["province_code"], provinces["province"], strict=True))
            for group, part in provinces.groupby("region_three"):
                groups[str(group)] = tuple(part["province_code"])
        return cls(cells=cells, groups=groups, names=names, rates=dict(rates or {}))

    @classmethod
    def from_release(cls, release: Release) -> Evidence:
        """Evidence from a frozen release; simulated figures are none, only its lists are taken."""
        national = release.national
        rates = national[national["measure"] == RATE].dropna(subset=["value"])
        return cls.of(
            observations=None if release.simulated else release.observations,
            provinces=release.provinces,
            rates=dict(zip(rates["year"].astype(int), rates["value"].astype(float), strict=True)),
        )


def _long(panel: pd.DataFrame | None) -> pd.DataFrame | None:
    if panel is None:
        return None
    flat = panel if "province_code" in panel.columns else panel.reset_index()
    return flat.melt(["province_code", "year"], var_name="measure", value_name="value")


@dataclass(frozen=True)
class RuleResult:
    """What a rule hands back: to how many cells it applied, and what it found there."""

    rule: str
    family: str
    title: str
    reason: str
    applicable: int
    findings: tuple[Finding, ...]
    lacking: str = ""

    @property
    def status(self) -> str:
        """found, silent, not applicable, or no evidence (which names what is lacking)."""
        if self.lacking:
            return f"no evidence: {self.lacking}"
        if self.findings:
            return "found"
        return "silent" if self.applicable else "not applicable"


Outcome = Iterator[int | Finding | None]
"""What a rule yields: numbers of cells that it applied to, and what it found there, if anything."""
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
        lacking = ", ".join(n for n in self.needs if _lacks(given, n))
        said = [] if lacking else list(self.check(paper, given))
        applicable = sum(x for x in said if isinstance(x, int))
        found = tuple(x for x in said if isinstance(x, Finding))
        if found and not applicable:
            raise AssertionError(f"rule {self.id} found something where it applied to nothing")
        return RuleResult(self.id, self.family, self.title, self.reason, applicable, found, lacking)


def _lacks(evidence: Evidence, name: str) -> bool:
    value = getattr(evidence, name)
    return value is None or len(value) == 0


RULES: dict[str, Rule] = {}


def rule(family: str, *, needs: tuple[str, ...] = ()) -> Callable[[Check], Rule]:
    """Register a function as a rule.

    Its name is the id, its docstring's first line the title and the rest the reason. It takes a
    paper and evidence and yields the numbers of cells it applied to and its findings.
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
