"""What the unit-root tests of one series say together, and how often such a vote rejects at its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from estimation.econometrics.critical_values.rates import VOTERS_LAGS, rejection_rate, vote_rate
from estimation.panel.sample import Estimable
from estimation.panel.series_windows import Window
from estimation.tables.unit_root_outcomes import FIRST_GENERATION, Outcome, TestOptions

WORDS = {"c": "a constant", "ct": "a constant and a trend"}
LEAST_POWER = 0.2  # below it, a test has no vote
FAIR_POWER = 0.5  # below it, not rejecting says nothing
FEWEST = 2  # tests behind a verdict, in levels and in differences
ROOTS = {"levels": 0.8, "differences": 0.5}  # the alternatives that matter
SHOWN_ROOTS = {"levels": (0.9, 0.8), "differences": (0.8, 0.5)}


@dataclass(frozen=True)
class Series:
    """One series, tested; `cd` as `unit_root_outcomes.dependence` returns it."""

    role: str
    sample: Estimable
    window: Window
    longest: str
    label: str
    tests: tuple[Outcome, ...]
    cd: Mapping[str, tuple[float, float, float, float | None]]

    @property
    def measure(self) -> str:
        """The measure that plays the role."""
        return self.sample.choices[self.role].measure

    @property
    def years(self) -> str:
        """Its window."""
        return f"{self.window.first_year}-{self.window.last_year}"

    @property
    def shape(self) -> tuple[int, int]:
        """Provinces and years."""
        frame = self.sample.frame
        return frame.index.get_level_values(0).nunique(), frame.index.get_level_values(1).nunique()

    def trends(self, form: str) -> list[str]:
        """Deterministics under which a form is tested, in order."""
        return list(dict.fromkeys(t.trend for t in self.tests if t.form == form))

    def of(self, form: str, trend: str, demean: bool | None = None) -> list[Outcome]:
        """Outcomes of one form and trend, in order."""
        mine = [t for t in self.tests if (t.form, t.trend) == (form, trend)]
        return [t for t in mine if demean is None or t.demean == demean]

    def counts(self, form: str, trend: str) -> dict[bool, tuple[int, int]]:
        """How many of the first generation of tests reject, of how many; raw and demeaned by year."""
        found = {}
        for demean in (False, True):
            mine = [t for t in self.of(form, trend, demean) if t.test in FIRST_GENERATION]
            there = [t.rejects for t in mine if not t.reason]
            if there:
                found[demean] = (sum(there), len(there))
        return found

    def cips(self, form: str, trend: str) -> Outcome | None:
        """The one test that models a common factor."""
        return next((t for t in self.of(form, trend) if t.test == "cips"), None)


@dataclass(frozen=True)
class Vote:
    """What the tests of one form say together, each with power at the root that matters.

    `power` by root: how often more than half of the voters reject there; empty where not simulated.
    """

    form: str
    root: float
    voters: tuple[Outcome, ...]
    power: Mapping[float, float]

    @property
    def majority(self) -> int:
        """1 if more than half reject, 0 if fewer than half, -1 if just half."""
        twice = 2 * sum(t.rejects for t in self.voters)
        return -1 if twice == len(self.voters) else int(twice > len(self.voters))

    @property
    def tells(self) -> bool:
        """Whether not rejecting counts: enough voters, and more often than not they would reject."""
        return len(self.voters) >= FEWEST and self.power.get(self.root, 0.0) >= FAIR_POWER

    @property
    def words(self) -> str:
        """Who votes, and with what power."""
        if not self.voters:
            return "none of them has a simulated size and enough simulated power"
        rates = ", ".join(
            f"{100 * r:.0f} % at a root of {root:g}" for root, r in self.power.items()
        )
        rejecting = sum(t.rejects for t in self.voters)
        return f"{rejecting} of {len(self.voters)} votes reject; power of the vote: {rates}"


@dataclass(frozen=True)
class Reading:
    """Verdict in a word or two, the whole reading of one series, and the votes behind it."""

    verdict: str
    text: str
    votes: Mapping[str, Vote]


def reading(series: Series, options: TestOptions) -> Reading:
    """How a series reads.

    Notes
    -----
    The verdict rests on what a trend and a common factor allow for: the tests demeaned by year with
    the richest deterministics of the window, and CIPS, among them those that have power.
    """
    richest = "ct" if "ct" in series.window.trends else "c"
    levels = _vote(series, "levels", richest, options)
    differences = _vote(series, "differences", "c", options)
    verdict, sentence = _verdict(levels, differences)
    if verdict in ("I(1)", "stationary"):
        sentence += _dissent(levels, differences, verdict)
    parts = [
        f"levels with {WORDS[t]}: {_counts(series, 'levels', t)}" for t in series.window.trends
    ]
    parts.append(f"first differences: {_counts(series, 'differences', 'c')}")
    parts[0] = parts[0][0].upper() + parts[0][1:]
    n, t = series.shape
    text = (
        f"{series.label} ({series.measure}, {n} x {t}, {series.years}). {'; '.join(parts)}. "
        f"Levels: {levels.words}. First differences: {differences.words}. {sentence}"
    )
    return Reading(verdict, text, {"levels": levels, "differences": differences})


def _vote(series: Series, form: str, trend: str, options: TestOptions) -> Vote:
    """The tests that may vote on one form: demeaned by year, and CIPS, each with enough power.

    The alternative that matters is a root of .8 in levels and of .5 in first differences, under one
    common factor; power is known for the options that were simulated and for no others.
    """
    root = ROOTS[form]
    n, t = series.shape
    t -= form == "differences"
    robust = [o for o in series.of(form, trend) if not o.reason and (o.demean or o.test == "cips")]
    may = [
        o
        for o in (robust if _simulated(options) else ())
        if (rejection_rate(o.test, n, t, trend, root) or 0.0) >= LEAST_POWER
    ]
    names = [o.test for o in may]
    shown = {r: vote_rate(names, n, t, trend, r) for r in SHOWN_ROOTS[form]}
    return Vote(form, root, tuple(may), {r: rate for r, rate in shown.items() if rate is not None})


def _simulated(options: TestOptions) -> bool:
    lags = {options.llc.lags, options.ips.lags, options.fisher.lags, options.cips.lags}
    return lags == {VOTERS_LAGS} and options.llc.bandwidth == 2 and not options.fisher.drift


def _dissent(levels: Vote, differences: Vote, verdict: str) -> str:
    """What CIPS, the one test that models a common factor, says against the majority."""
    cips = {v.form: o.rejects for v in (levels, differences) for o in v.voters if o.test == "cips"}
    against = []
    if cips.get("levels", verdict != "I(1)") != (verdict != "I(1)"):
        against.append(f"{'rejects' if cips['levels'] else 'keeps'} a unit root in levels")
    if not cips.get("differences", True):
        against.append("keeps one in first differences")
    return f" CIPS disagrees: it {' and '.join(against)}." if against else ""


def _verdict(levels: Vote, differences: Vote) -> tuple[str, str]:
    """A rejection by the majority counts; not rejecting only where the vote had the power to."""
    enough = min(len(levels.voters), len(differences.voters)) >= FEWEST
    if enough and levels.majority == 1 and differences.majority >= 0:
        return (
            "stationary",
            "Reads as stationary around its deterministics: levels have no unit root.",
        )
    if enough and levels.majority == 0 and levels.tells and differences.majority == 1:
        return "I(1)", "Reads as I(1): levels keep a unit root, first differences do not."
    if enough and levels.tells and differences.tells and differences.majority == 0:
        return "unclear", "No clear reading: even first differences keep a unit root."
    if enough and -1 in (levels.majority, differences.majority):
        return "conflict", "The tests conflict, and no reading is better than another."
    weak = differences if levels.tells else levels
    return "cannot tell", (
        f"Cannot tell: fewer than {FEWEST} tests vote, or the vote would miss a root of "
        f"{weak.root:g} in {weak.form} more often than it finds one."
    )


def _counts(series: Series, form: str, trend: str) -> str:
    how = {False: "raw", True: "demeaned by year"}
    found = series.counts(form, trend).items()
    texts = [f"{reject} of {there} reject {how[demean]}" for demean, (reject, there) in found]
    if cips := series.cips(form, trend):
        says = "rejects" if cips.rejects else "does not"
        texts.append("CIPS not estimable" if cips.reason else f"CIPS {says}")
    return ", ".join(texts) or "no test is estimable"
