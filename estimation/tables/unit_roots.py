"""Panel unit-root tests of every series, each weighed at its own N and T (kind `unit_roots`, t02).

Belongs here: options of such a table, its grids, the reading in plain words. Not here: the tests
(`unit_roots`), their sizes (`unit_root_outcomes`), choosing windows (`series_windows`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from estimation.econometrics.critical_values import votes
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import joined
from estimation.panel.release import Release
from estimation.panel.sample import Estimable
from estimation.panel.series_windows import (
    OVERSIZED_NOTE,
    Trend,
    Window,
    far_from_nominal,
    frame_of,
    longest_in,
    on_own_window,
    p_text,
    size_text,
    statistic_rows,
)
from estimation.panel.spec import Spec
from estimation.papers.printed import table_2
from estimation.tables.banner import banner, fine_print
from estimation.tables.result import Block, TableResult, coefficient_frame, stars, statistic_frame
from estimation.tables.texts import rates_text
from estimation.tables.unit_root_outcomes import (
    LABELS,
    PAPER_TESTS,
    DependenceOptions,
    Outcome,
    TestOptions,
    dependence,
    outcomes,
)

WORDS = {"c": "a constant", "ct": "a constant and a trend"}
LEAST_POWER = 0.2  # below it, a test has no vote
FAIR_POWER = 0.5  # below it, not rejecting says nothing
FEWEST = 2  # tests behind a verdict, in levels and in differences
ROOTS = {"levels": 0.8, "differences": 0.5}  # the alternatives that matter
SHOWN_ROOTS = {"levels": (0.9, 0.8), "differences": (0.8, 0.5)}
SHORT = {"c": "constant", "ct": "constant and trend"}
FORMS = {"levels": "Levels", "differences": "Differences"}


class Options(BaseModel):
    """Options of a unit-root table. `series` are variables, `windows` belong to measures."""

    model_config = ConfigDict(extra="forbid")

    provinces: Literal["all", "paper"] | list[str]
    series: list[str] = Field(min_length=1)
    windows: dict[str, Window]
    difference_trends: list[Trend]
    demean: list[bool]
    tests: TestOptions
    convention: Literal["stata", "plm"]
    dependence: DependenceOptions
    beside_printed: list[str]

    @model_validator(mode="after")
    def _known(self) -> Options:
        unknown = sorted(set(self.beside_printed) - set(self.series))
        if unknown:
            raise ValueError(f"beside_printed names {unknown}, which are not among the series")
        return self


@dataclass(frozen=True)
class _Series:
    """One series, tested."""

    role: str
    sample: Estimable
    window: Window
    longest: str
    label: str
    tests: tuple[Outcome, ...]
    cd: Mapping[str, tuple[float, float, float, float | None]]

    @property
    def measure(self) -> str:
        return self.sample.choices[self.role].measure

    @property
    def years(self) -> str:
        return f"{self.window.first_year}-{self.window.last_year}"

    @property
    def shape(self) -> tuple[int, int]:
        frame = self.sample.frame
        return frame.index.get_level_values(0).nunique(), frame.index.get_level_values(1).nunique()

    def of(self, form: str, trend: str, demean: bool | None = None) -> list[Outcome]:
        """Outcomes of one form and trend, in order."""
        return [
            t
            for t in self.tests
            if (t.form, t.trend) == (form, trend) and (demean is None or t.demean == demean)
        ]


def estimate(spec: Spec, release: Release) -> TableResult:
    """Unit-root table: H0 of every test, a unit root in every province.

    Raises
    ------
    NotEstimable
        When no series is complete on its window.
    """
    options = Options.model_validate(spec.options)
    unknown = sorted(set(options.series) - set(spec.variables))
    if unknown:
        raise ValueError(f"{spec.table}: series {unknown} are not among the variables")
    done: list[_Series] = []
    refused: dict[str, str] = {}
    for role in options.series:
        try:
            done.append(_series(spec, release, options, role))
        except NotEstimable as reason:
            refused[role] = str(reason)
    if not done:
        raise NotEstimable("no series is complete on its window: " + "; ".join(refused.values()))
    statistics = [row for series in done for row in _statistics(series, options.tests)]
    statistics += [
        {"model": role, "name": "not_estimable", "value": None, "text": reason}
        for role, reason in refused.items()
    ]
    samples = [series.sample for series in done]
    records = {s.role: {**s.sample.record(), "longest_gap_free": s.longest} for s in done}
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame([]),
        statistics=statistic_frame(statistics),
        blocks=(
            *_summary(spec, done, refused, options.tests),
            _beside(spec, options, done),
            *(_detail(s, options) for s in done),
        ),
        banner=banner(release, spec.variables, samples),
        choices=options.model_dump(mode="json"),
        sample={**_whole(done), "series": records, "not_estimable": refused},
        figures_status=joined(s.figures_status for s in samples),
        notes=(
            "Null of every test: a unit root in every province. Natural logs; nothing is interpolated.",
        ),
        fine_print=(*fine_print(release, samples), *_notes(options)),
    )


def _series(spec: Spec, release: Release, options: Options, role: str) -> _Series:
    sample, window = on_own_window(
        release, role, spec.variables[role], options.windows, options.provinces
    )
    levels = frame_of(sample, role)
    differences = levels.diff().iloc[1:]
    tests = outcomes(
        levels, "levels", window.trends, options.demean, options.tests, options.convention
    )
    tests += outcomes(
        differences, "differences", options.difference_trends, options.demean, options.tests,
        options.convention,
    )  # fmt: skip
    return _Series(
        role=role,
        sample=sample,
        window=window,
        longest=longest_in(release, sample.choices[role].measure, sample),
        label=spec.variables[role].label,
        tests=tuple(tests),
        cd=dependence(differences, options.dependence),
    )


@dataclass(frozen=True)
class Vote:
    """What the tests of one form say together, and how often such a vote rejects at this size.

    Attributes
    ----------
    voters, silent : tuple of Outcome
        Tests with a power of at least `LEAST_POWER` at the alternative that matters, and the others.
    power : mapping of root to rate
        How often more than half of the voters reject where the root is that; empty where it is not
        simulated for this window.
    """

    form: str
    root: float
    voters: tuple[Outcome, ...]
    silent: tuple[Outcome, ...]
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
            return "no test of them has the power to vote"
        votes = f"{sum(t.rejects for t in self.voters)} of {len(self.voters)} votes reject"
        rates = ", ".join(
            f"{100 * rate:.0f} % at a root of {root:g}" for root, rate in self.power.items()
        )
        return f"{votes}; power of the vote: {rates}"


def vote(series: _Series, form: str, trend: str, options: TestOptions) -> Vote:
    """The tests that may vote on one form: demeaned by year, and CIPS, each with enough power.

    The alternative that matters is a root of .8 in levels and of .5 in first differences, under one
    common factor; power is known for the options that were simulated and for no others.
    """
    root = ROOTS[form]
    n, t = series.shape
    t -= form == "differences"
    tests = _robust(series, form, trend)
    known = _simulated(options)
    power = {
        o.test: votes.rejection_rate(o.test, n, t, trend, root) if known else None for o in tests
    }
    may = [o for o in tests if (power[o.test] or 0.0) >= LEAST_POWER]
    names = [o.test for o in may]
    shown = {r: votes.vote_rate(names, n, t, trend, r) for r in SHOWN_ROOTS[form]}
    return Vote(
        form, root, tuple(may), tuple(o for o in tests if o not in may),
        {r: rate for r, rate in shown.items() if rate is not None},
    )  # fmt: skip


def _simulated(options: TestOptions) -> bool:
    lags = {options.llc.lags, options.ips.lags, options.fisher.lags, options.cips.lags}
    same = lags == {votes.LAGS} and not options.fisher.drift
    return same and options.llc.bandwidth == 2 and options.ht.periods == "T"


def reading(series: _Series, options: TestOptions) -> tuple[str, str, dict[str, Vote]]:
    """Verdict in a word or two, the whole reading of one series, and the votes behind it.

    Notes
    -----
    The verdict rests on what a trend and a common factor allow for: the tests demeaned by year with
    the richest deterministics of the window, and CIPS, among them those that have power.
    """
    richest = "ct" if "ct" in series.window.trends else "c"
    of_differences = sorted({t.trend for t in series.tests if t.form == "differences"})
    levels = vote(series, "levels", richest, options)
    differences = vote(series, "differences", of_differences[0], options)
    verdict, sentence = _verdict(levels, differences)
    if verdict in ("I(1)", "stationary"):
        sentence += _dissent(levels, differences, verdict)
    parts = [
        f"levels with {WORDS[t]}: {_counts(series, 'levels', t)}" for t in series.window.trends
    ]
    parts += [f"first differences: {_counts(series, 'differences', t)}" for t in of_differences]
    n, t = series.shape
    text = (
        f"{series.label} ({series.measure}, {n} x {t}, {series.years}). "
        + "; ".join([parts[0][0].upper() + parts[0][1:], *parts[1:]])
        + f". Levels: {levels.words}. First differences: {differences.words}. {sentence}"
    )
    return verdict, text, {"levels": levels, "differences": differences}


def _robust(series: _Series, form: str, trend: str) -> list[Outcome]:
    """Tests that take out what provinces share: demeaned by year, or CIPS."""
    return [t for t in series.of(form, trend) if not t.reason and (t.demean or t.test == "cips")]


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
    return "cannot tell", (
        f"Cannot tell: fewer than {FEWEST} tests vote, or the vote would miss a root of "
        f"{levels.root:g} in levels more often than it finds one."
    )


def _counts(series: _Series, form: str, trend: str) -> str:
    texts = []
    for name, demean in (("raw", False), ("demeaned by year", True)):
        mine = [t for t in series.of(form, trend, demean) if t.test in PAPER_TESTS and not t.reason]
        if mine:
            texts.append(f"{sum(t.rejects for t in mine)} of {len(mine)} reject {name}")
    for t in series.of(form, trend):
        if t.test == "cips":
            texts.append(
                "CIPS not estimable"
                if t.reason
                else f"CIPS {'rejects' if t.rejects else 'does not'}"
            )
    return ", ".join(texts) or "no test is estimable"


def _short(series: _Series, form: str, trend: str) -> str:
    cells = []
    for demean in (False, True):
        mine = [t for t in series.of(form, trend, demean) if t.test in PAPER_TESTS and not t.reason]
        cells.append(f"{sum(t.rejects for t in mine)}/{len(mine)}" if mine else "–")
    cips = [t for t in series.of(form, trend) if t.test == "cips" and not t.reason]
    cells.append(("yes" if cips[0].rejects else "no") if cips else "–")
    return " · ".join(cells)


def _summary(
    spec: Spec, done: Sequence[_Series], refused: Mapping[str, str], tests: TestOptions
) -> tuple[Block, Block]:
    of_differences = list(dict.fromkeys(t.trend for t in done[0].tests if t.form == "differences"))
    header = (
        "Variable",
        "Years",
        "N x T",
        "CD of differences",
        "Levels, c",
        "Levels, ct",
        *(f"Differences, {trend}" for trend in of_differences),
        "Power of the vote",
        "Reads as",
    )
    rows, notes = [], []
    for series in done:
        verdict, text, heard = reading(series, tests)
        n, t = series.shape
        cd = series.cd.get("raw")
        rows.append(
            (
                series.label,
                series.years,
                f"{n} x {t}",
                "" if cd is None else f"{cd[0]:.1f} (r = {cd[2]:.2f})",
                *(
                    _short(series, "levels", trend)
                    if trend in series.window.trends
                    else "too short"
                    for trend in ("c", "ct")
                ),
                *(_short(series, "differences", trend) for trend in of_differences),
                rates_text(*(v.power.get(v.root) for v in heard.values())),
                verdict,
            )
        )
        notes.append(text)
    for role, reason in refused.items():
        rows.append((spec.variables[role].label, *[""] * (len(header) - 2), "n.e."))
        notes.append(f"{spec.variables[role].label}: not estimable: {reason}.")
    key = (
        "Cells: how many of LLC, HT, IPS and Fisher reject a unit root at 5 % by simulated "
        "p-values, raw · demeaned by year · whether CIPS rejects. CD: Pesaran's statistic of "
        "cross-section dependence, normal under independence, and the mean correlation between "
        "provinces. Reads as: the majority of the tests demeaned by year, with the richest "
        "deterministics, and CIPS."
    )
    power = (
        f"Power of the vote: how often it rejects where the root is {ROOTS['levels']:g} in levels / "
        f"{ROOTS['differences']:g} in first differences, under one common factor. A test with a power "
        f"below {100 * LEAST_POWER:.0f} % there has no vote; where the vote would reject less often than "
        "not, not rejecting says nothing."
    )
    title = "What the tests say, series by series"
    page = Block(title, header, tuple(rows), (key, power))
    read = Block(
        "The readings", ("Variable", "Reading"),
        tuple((row[0], note) for row, note in zip(rows, notes, strict=True)), appendix=True,
    )  # fmt: skip
    return page, read


def _beside(spec: Spec, options: Options, done: Sequence[_Series]) -> Block:
    """Grid in the form of the printed table, the printed cells under ours."""
    printed = table_2()
    theirs = {
        (str(row.term), str(row.column)): (str(row.text), str(row.row))
        for row in printed.itertuples()
    }
    names = {"llc": "LLC", "ht": "HT", "ips": "IPS", "fisher": "AFC"}
    rows: list[tuple[str, ...]] = []
    rules = []
    for series in done:
        rules.append(len(rows))
        for form in FORMS:
            mark = "Δ " if form == "differences" else ""
            for trend in dict.fromkeys(t.trend for t in series.tests if t.form == form):
                cells = {t.test: t for t in series.of(form, trend, False)}
                rows.append(
                    (
                        f"{mark}{series.label}, {trend}",
                        *(_starred(cells[test], spec.stars) for test in LABELS),
                    )
                )
        found = [theirs.get((series.role, names.get(test, "")), ("", "")) for test in LABELS]
        if series.role in options.beside_printed and any(text for text, _ in found):
            label = next(row for _, row in found if row)
            rows.append((f"  printed: {label}", *(text for text, _ in found)))
    marks = ", ".join(f"{mark} p < {level:g}" for mark, level in spec.stars.items())
    notes = (
        f"Raw figures. {marks}, by simulated p-values, and only where the test keeps its size under a "
        "common factor too. c: constant; ct: constant and trend. "
        "Fisher: P of MacKinnon's p-values, starred by P of simulated ones.",
        "The printed table states neither deterministics, lags, bandwidth nor how its p-values "
        "were found; its positive LLC, HT and IPS with three stars cannot reject in a "
        "left-tailed test.",
    )
    header = ("", "LLC", "HT", "IPS", "Fisher (A-F-C)", "CIPS")
    return Block(
        "Beside the printed Table 2", header, tuple(rows), notes, frozenset(rules), appendix=True
    )


def _starred(outcome: Outcome, legend: Mapping[str, float]) -> str:
    if outcome.statistic is None:
        return "n.e."
    p = outcome.p_simulated
    if p is None or far_from_nominal(*outcome.sizes_simulated):
        return f"{outcome.statistic:.2f}"
    return f"{outcome.statistic:.2f}{stars(p, legend)}"


def _detail(series: _Series, options: Options) -> Block:
    header = (
        "Test",
        "Statistic",
        "p, asymptotic",
        "true size of that",
        "p, simulated",
        "true size of this",
    )
    rows: list[tuple[str, ...]] = []
    rules = []
    reasons: dict[str, list[str]] = {}
    for form, name in FORMS.items():
        for trend in dict.fromkeys(t.trend for t in series.tests if t.form == form):
            for demean in options.demean:
                rules.append(len(rows))
                how = "demeaned" if demean else "raw"
                rows.append((f"{name}, {SHORT[trend]}, {how}", *[""] * 5))
                for outcome in series.of(form, trend, demean):
                    rows += _outcome_rows(outcome)
                    if outcome.reason:
                        place = f"{name.lower()}, {trend}, {how}"
                        reasons.setdefault(_without_units(outcome.reason), []).append(place)
    rules.append(len(rows))
    for how, (value, p, r, size) in series.cd.items():
        label = f"CD of differences, {how}"
        rows.append((f"{label} (r = {r:.2f})", f"{value:.2f}", p_text(p), size_text(size), "", ""))
    n, t = series.shape
    notes = [f"{n} provinces x {t} years, {series.measure}."]
    if series.longest != series.years:
        notes[0] += f" The longest gap-free window of this release is {series.longest}."
    notes += [f"n.e.: {reason} ({'; '.join(places)})." for reason, places in reasons.items()]
    for origin, name in (
        ("sizes_asymptotic", "with asymptotic critical values"),
        ("sizes_simulated", "with simulated critical values"),
    ):
        far = {t.test for t in series.tests if far_from_nominal(*getattr(t, origin))}
        if far:
            named = "; ".join(LABELS[test] for test in LABELS if test in far)
            notes.append(f"True size over twice nominal {name}: {named}.")
    return Block(
        f"{series.label}, {series.years}", header, tuple(rows), tuple(notes), frozenset(rules),
        appendix=True,
    )  # fmt: skip


def _without_units(reason: str) -> str:
    """A test's reason without its list of provinces; the whole stands in the long frame."""
    return re.sub(r", units \[[^\]]*\]", "", reason)


def _outcome_rows(outcome: Outcome) -> list[tuple[str, ...]]:
    label = f"  {LABELS[outcome.test]}"
    if outcome.statistic is None:
        return [(label, "n.e.", "", "", "", "")]
    ours = (
        f"{outcome.statistic:.2f}",
        p_text(outcome.p_asymptotic, outcome.bound),
        size_text(*outcome.sizes_asymptotic),
    )
    simulated = (p_text(outcome.p_simulated), size_text(*outcome.sizes_simulated))
    if outcome.test != "fisher":
        return [(label, *ours, *simulated)]
    other = (f"{label} of simulated unit p", f"{outcome.statistic_simulated:.2f}")
    return [(label, *ours, "", ""), (*other, "", "", *simulated)]


def _statistics(series: _Series, tests: TestOptions) -> list[dict[str, Any]]:
    n, t = series.shape
    verdict, text, heard = reading(series, tests)
    rows = statistic_rows(
        series.role,
        {
            "measure": series.measure,
            "n_provinces": n,
            "n_years": t,
            "first_year": series.window.first_year,
            "last_year": series.window.last_year,
            "longest_gap_free": series.longest,
            "verdict": verdict,
            "reading": text,
            **{f"vote.{form}.voters": len(v.voters) for form, v in heard.items()},
            **{
                f"vote.{form}.power_at_{root:g}": rate
                for form, v in heard.items()
                for root, rate in v.power.items()
            },
        },
    )
    for form in FORMS:
        numbers: dict[str, Any] = {}
        for outcome in series.tests:
            if outcome.form == form:
                numbers |= outcome.numbers()
        rows += statistic_rows(f"{series.role}.{form}", numbers)
    for how, (value, p, r, size) in series.cd.items():
        rows += statistic_rows(
            f"{series.role}.differences",
            {
                f"cd.{how}.statistic": value,
                f"cd.{how}.p_value": p,
                f"cd.{how}.mean_correlation": r,
                f"cd.{how}.size": size,
            },
        )
    return rows


def _whole(done: Sequence[_Series]) -> dict[str, Any]:
    """Span of all series together; each has its own record beside."""
    frame = pd.concat([s.sample.frame[s.role].rename("value") for s in done])
    years = frame.index.get_level_values("year")
    return {
        "n_obs": len(frame),
        "n_provinces": int(frame.index.get_level_values("province_code").nunique()),
        "first_year": int(years.min()),
        "last_year": int(years.max()),
        "dropped": [],
        "filled": [],
    }


def _notes(options: Options) -> tuple[str, ...]:
    tests = options.tests
    return (
        "Null of every test: a unit root in every province. Natural logs; a window with a "
        "missing cell is not estimable, never closed up; nothing is interpolated.",
        f"Convention: {options.convention}. Lagged differences: LLC {tests.llc.lags}, IPS "
        f"{tests.ips.lags}, Fisher {tests.fisher.lags}, CIPS {tests.cips.lags}, HT has none. LLC: "
        f"{tests.llc.kernel} bandwidth {tests.llc.bandwidth}. HT: moments at {tests.ht.periods}.",
        "p, asymptotic: the normal distribution (LLC, HT, IPS), chi-squared over MacKinnon's "
        "p-values (Fisher), Pesaran's Table II, which only bounds it (CIPS). p, simulated: from "
        "the statistic's own distribution under independent Gaussian random walks of this N, T, "
        "deterministics and lags. The origin of every critical value stands in the long frame of "
        "statistics.",
        "True size: how often the nominal 5 % test rejects a true unit root at this window's own "
        "N, T and lags, with independent provinces / with one common factor, by a seeded Monte "
        "Carlo. The printed figures are raw; provinces share much, so that the second number is "
        "the one to look at there.",
        OVERSIZED_NOTE,
        "CIPS models the common factor itself and is not demeaned.",
    )
