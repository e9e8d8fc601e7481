"""Tests of no cointegration between several series, side by side (kind `cointegration`, t03).

The page counts what rejects by the p-values of this N and T, and judges the count by placebos; the appendix has
every statistic, its asymptotic p-value and the true size of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.robustness.placebos import derangements, permutation_p
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.findings.rule import ExchangedCount, Grade, grade_count
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.periods import span_text
from living_panel.estimation.panel.roles import Regressor, Role
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.series_windows import Kernel, Trend, frame_of
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict
from living_panel.estimation.panel_tests import cointegration
from living_panel.estimation.panel_tests.critical_values.rates import critical_value_of, rate_of
from living_panel.estimation.panel_tests.dependence import pesaran_cd
from living_panel.estimation.tables import sentences
from living_panel.estimation.tables.builder import Builder, Refusal, distinct
from living_panel.estimation.tables.texts import (
    NOMINAL,
    NONE,
    OVERSIZED_NOTE,
    SIZE_HEADER,
    far_from_nominal,
    p_text,
    size_row,
)
from living_panel.problems import problem_words, problems_of, words_of

WORDS = {"c": "constant", "ct": "constant and trend"}
FAMILIES = {"kao": "Kao", "pedroni": "Pedroni", "westerlund": "Westerlund"}
NAMES = {
    "DF_rho": "DF rho", "DF_t": "DF t", "DF_rho_star": "DF rho*", "DF_t_star": "DF t*",
    "ADF_t": "ADF t", "panel_v": "panel v", "panel_rho": "panel rho", "panel_pp": "panel PP t",
    "panel_adf": "panel ADF t",
    "group_rho": "group rho", "group_pp": "group PP t", "group_adf": "group ADF t",
    "g_tau": "group tau", "g_alpha": "group alpha", "p_tau": "panel tau", "p_alpha": "panel alpha",
}  # fmt: skip
# by wide frames: a variable may have a name that no formula can have
TESTS: dict[str, Callable[..., tuple[pd.DataFrame, Callable[[], Floats]]]] = {
    "kao": cointegration._kao,
    "pedroni": cointegration._pedroni,
    "westerlund": cointegration._westerlund,
}
GRADE_WORDS: dict[Grade, str] = {
    "holds": "Support",
    "depends on choices": "Weak support",
    "no support": "No support",
    "not identified": "Not identified",
}
AGAINST_PLACEBO: dict[Grade, str] = {
    "holds": "more than in a placebo test",
    "depends on choices": "more than in a placebo test",
    "no support": "not significantly more than in a placebo test",
    "not identified": "without a placebo test",
}
MEANING: dict[Grade, str] = {
    "holds": "The tests support a long-run relation with {name}.",
    "depends on choices": "Most statistics do not reject, so the support for a long-run relation is weak.",
    "no support": "The tests therefore do not show a long-run relation. FMOLS and DOLS require one.",
    "not identified": "",
}
"""What each grade of the count means for the series that is exchanged."""
SIZE_DESIGNS = {
    False: ("independent units", "one common factor"),
    True: ("one common factor, demeaned by year",),
}


class ResidualOptions(Strict):
    """Kao's and Pedroni's tests."""

    lags: int = Field(ge=0)
    """Lagged differences of the ADF statistics; usually 1."""
    bandwidth: int = Field(ge=0)
    """Bandwidth of the long-run variances, in periods."""
    kernel: Kernel
    """Kernel of the long-run variances."""


class WesterlundOptions(Strict):
    """Westerlund's error-correction tests, whose p-values come from a bootstrap over years."""

    lags: int = Field(ge=0)
    """Lagged differences in the error-correction equation."""
    leads: int = Field(ge=0)
    """Leads of the differenced regressors in the error-correction equation."""
    bandwidth: int = Field(ge=0)
    """Bandwidth of the long-run variances, in periods."""
    draws: int = Field(ge=1)
    """Bootstrap panels behind the p-values; usually 1999."""
    seed: int = Field(ge=0)
    """Seed of the bootstrap."""


class CountPlacebo(Strict):
    """A placebo that exchanges one regressor between units.

    No unit keeps its own series. The count of rejections is compared with the counts after the exchanges.
    """

    term: Role
    """Regressor whose series are exchanged between units."""
    exchanges: int = Field(ge=99)
    """Number of random exchanges, at least 99."""
    seed: int = Field(ge=0)
    """Seed of the exchanges."""


class Relation(Strict):
    """A relation between series in levels, on rows that are complete in all of them."""

    dependent: Regressor
    """Variable on the left-hand side."""
    regressors: list[Regressor] = Field(min_length=1)
    """Variables on the right-hand side."""
    sample: Sample
    """Units and periods of the table."""
    interpolation: Interpolation
    """Cells that may be filled."""

    def frames(self, table: Builder) -> tuple[Estimable, pd.DataFrame, dict[str, pd.DataFrame]]:
        """The common sample; dependent variable and regressors, rows = years, columns = units."""
        roles = (self.dependent, *self.regressors)
        sample = table.drawn(roles, self.sample, self.interpolation)
        frames = {role: frame_of(sample, role) for role in roles}
        return sample, frames.pop(self.dependent), frames


class Options(Relation):
    """Options of a cointegration table."""

    trends: list[Trend]
    """Deterministic terms to test with: `c` a constant, `ct` a constant and a trend."""
    demean: list[bool]
    """Whether means by period are removed before the tests; `[false, true]` tests both."""
    kao: ResidualOptions
    """Options of Kao's tests."""
    pedroni: ResidualOptions
    """Options of Pedroni's tests."""
    westerlund: WesterlundOptions
    """Options of Westerlund's error-correction tests."""
    placebo: CountPlacebo | None = None
    """Placebo exchanges to compare the count of rejections with; by default no comparison."""

    @model_validator(mode="after")
    def _consistent(self) -> Options:
        if self.placebo is not None and self.placebo.term not in self.regressors:
            raise InvalidSpec(
                sentences.NOT_IN_REGRESSION(roles=[self.placebo.term], known=self.regressors)
            )
        return self


@dataclass(frozen=True)
class CointegrationOutcome:
    """One statistic in one setting, with both p-values and their true sizes by `SIZE_DESIGNS`.

    `p_own` is simulated at this N and T (Kao, Pedroni) or from the bootstrap (Westerlund). `critical` is the stored
    critical value of 5 % that keeps its size in all of `SIZE_DESIGNS`, if there is one.
    """

    family: str
    name: str
    statistic: float
    p_asymptotic: float
    p_own: float
    sizes_asymptotic: tuple[float | None, ...]
    sizes_own: tuple[float | None, ...]
    critical: float | None = None

    @property
    def is_sound(self) -> bool:
        """Whether the true size of its own p-value is within twice nominal."""
        return None not in self.sizes_own and not far_from_nominal(*self.sizes_own)

    @property
    def rejects(self) -> bool:
        """Whether the p-value of this N and T is below 5 %."""
        return self.p_own < NOMINAL

    @property
    def words(self) -> str:
        """Author and statistic."""
        return f"{FAMILIES[self.family]} {NAMES[self.name]}"

    def numbers(self, designs: Sequence[str]) -> dict[Name, Any]:
        """Named numbers of the long frame."""
        simulation = "bootstrap" if self.family == "westerlund" else "simulated"
        term = f"{self.family} {self.name}"
        numbers: dict[Name, Any] = {
            Statistic("statistic", term): self.statistic,
            Statistic("p_value", term, "asymptotic"): self.p_asymptotic,
            Statistic("p_value", term, simulation): self.p_own,
            Statistic("critical_value", term, "stored"): self.critical,
        }
        for origin, sizes in (("asymptotic", self.sizes_asymptotic), (simulation, self.sizes_own)):
            for design, rate in zip(designs, sizes, strict=True):
                size = f"size_{design.replace(', ', '_').replace(' ', '_')}"
                numbers[Statistic(size, term, origin)] = rate
        return numbers


@dataclass(frozen=True)
class Setting:
    """Deterministics and demeaning, with the outcomes and refusals under them."""

    trend: str
    demean: bool
    outcomes: tuple[CointegrationOutcome, ...]
    refused: Mapping[str, Refusal]

    @property
    def model(self) -> str:
        """Name in the long frame."""
        return f"{'demeaned' if self.demean else 'raw'}.{self.trend}"

    @property
    def words(self) -> str:
        """Name for a reader."""
        return f"{WORDS[self.trend]}, {'demeaned by {period}' if self.demean else 'raw'}"

    @property
    def short(self) -> str:
        """Head of a column."""
        return f"{self.trend}, {'by {period}' if self.demean else 'raw'}"

    def of(self, family: str) -> list[CointegrationOutcome]:
        """Outcomes of one author's tests."""
        return [o for o in self.outcomes if o.family == family]

    def count(self, family: str, *, asymptotic: bool = False) -> str:
        """How many of an author's statistics reject, `–` where the test is not defined."""
        mine = self.of(family)
        if not mine:
            return NONE if family in self.refused else "–"
        reject = [(o.p_asymptotic < NOMINAL) if asymptotic else o.rejects for o in mine]
        return f"{sum(reject)} of {len(mine)}"


def fill(table: Builder, options: Options) -> None:
    """H0 of every statistic: no cointegration in any unit."""
    sample, y, x = options.frames(table)
    settings = [
        _setting(y, x, trend, demean, options)
        for trend in options.trends
        for demean in options.demean
    ]
    if not any(s.outcomes for s in settings):
        raise NotEstimable(*distinct(why for s in settings for why in s.refused.values()))
    table.add_sample("sample", sample)
    counts = None if options.placebo is None else _counts(y, x, settings, options, options.placebo)
    agreement = agreement_sentences(settings, counts, table.label)
    for setting in settings:
        for outcome in setting.outcomes:
            table.add_numbers(setting.model, outcome.numbers(SIZE_DESIGNS[setting.demean]))
        refused = {
            Statistic("not_estimable", family): problem_words(why)
            for family, why in setting.refused.items()
        }
        table.add_numbers(setting.model, refused)
    sizes = {"n_provinces": y.shape[1], "n_years": y.shape[0], "n_obs": y.size}
    table.add_numbers("sample", sizes)
    table.add_sentences("sample", "agreement", agreement)
    for count in (counts or {}).values():
        table.add_numbers("sample", count.numbers)
    for role, frame in {options.dependent: y, **x}.items():
        table.add_numbers(f"dependence.{role}", _dependence(frame))
    _summary(table, settings, agreement, counts)
    for setting in settings:
        _detail(table, setting)
    page, *rest = _notes(table, options, sample)
    table.add_notes(page)
    table.add_fine_print(*rest)


def _setting(
    y: pd.DataFrame, x: Mapping[str, pd.DataFrame], trend: str, demean: bool, options: Options
) -> Setting:
    outcomes: list[CointegrationOutcome] = []
    refused: dict[str, Refusal] = {}
    for family, test in TESTS.items():
        if family == "kao" and trend != "c":
            continue  # the test is defined with unit constants alone
        chosen = getattr(options, family).model_dump(exclude={"kernel"})
        how = {**chosen, "demean": demean, **({} if family == "kao" else {"trend": trend})}
        try:
            statistics, own = test(y, x, **how)
        except Infeasible as reason:
            refused[family] = problems_of(reason)
        else:
            place = {
                "n_units": y.shape[1], "n_periods": len(y), "regressors": len(x), "trend": trend,
            }  # fmt: skip
            outcomes += _outcomes(
                family, statistics.assign(p_own=own()), chosen, place, SIZE_DESIGNS[demean]
            )
    return Setting(trend, demean, tuple(outcomes), refused)


def _outcomes(
    family: str,
    statistics: pd.DataFrame,
    how: Mapping[str, Any],
    place: Mapping[str, Any],
    designs: Sequence[str],
) -> list[CointegrationOutcome]:
    # how the stored Monte Carlo names these options
    names = ("lags", "leads", "bandwidth") if family == "westerlund" else ("lags", "bandwidth")
    label = ",".join(f"{name}={how[name]}" for name in names)
    own_label = f"{label},{'bootstrap' if family == 'westerlund' else 'finite_sample'}"
    files = (("long_run_sizes.csv", label), ("cointegration_sizes.csv", own_label))
    outcomes = []
    for row, right in zip(
        statistics.itertuples(), cointegration.REJECTS_RIGHT[family], strict=True
    ):
        name = str(row.Index)
        there = {**place, "test": family, "statistic": name, "measure": "size"}
        sizes, own_sizes = (
            tuple(rate_of(file, options=options, design=d, **there) for d in designs)
            for file, options in files
        )
        cuts = [critical_value_of(family, name, d, options=label, **place) for d in designs]
        known = [cut for cut in cuts if cut is not None]
        cut = (max(known) if right else min(known)) if known == cuts else None
        numbers = (row.statistic, row.p_value, row.p_own, sizes, own_sizes, cut)
        outcomes.append(CointegrationOutcome(family, name, *numbers))
    return outcomes


@dataclass(frozen=True)
class Counted:
    """How many of the judged statistics reject, and how many with some regressors of another unit.

    `term` names the regressors that were exchanged where they are not the ones that are judged by.
    """

    words: str
    term: str
    count: int
    judged: int
    draws: Floats

    @property
    def p_value(self) -> float:
        """Share of exchanges with a count at least as large, the observed one among them."""
        return permutation_p(float(self.count), self.draws, two_sided=False)

    @property
    def for_the_rule(self) -> ExchangedCount:
        """What the rule of grades reads."""
        ends = float(self.draws.min()), float(self.draws.max())
        return ExchangedCount(self.count, self.judged, self.p_value, self.mean, *ends)

    @property
    def mean(self) -> float:
        """Mean count of the exchanges."""
        return float(self.draws.mean())

    @property
    def numbers(self) -> dict[Name, float]:
        """Named numbers of the long frame."""
        numbers = {
            "permutation_p": self.p_value, "count_rejecting": float(self.count),
            "count_judged": float(self.judged), "placebo_count_mean": self.mean,
            "placebo_count_low": float(self.draws.min()),
            "placebo_count_high": float(self.draws.max()),
            "placebo_draws": float(self.draws.size),
        }  # fmt: skip
        return {Statistic(name, self.term): value for name, value in numbers.items()}


def _counts(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    settings: Sequence[Setting],
    options: Options,
    how: CountPlacebo,
) -> dict[str, Counted]:
    """Counts by stored critical values: with another unit's series of one regressor, and of all of them.

    The finding uses the first; empty where no statistic has a critical value.
    """
    judged = [
        cointegration.JudgedStatistic(
            o.family, o.name, s.trend, s.demean, _lags(options, o.family), o.critical
        )
        for s in settings
        for o in s.outcomes
        if o.is_sound and o.critical is not None
    ]
    if not judged:
        return {}
    outcome = y.to_numpy(float).T[None]
    regressors = np.stack([frame.to_numpy(float).T for frame in x.values()], axis=-1)[None]
    count = int(cointegration._rejections(outcome, regressors, judged).sum())
    orders = derangements(y.shape[1], how.exchanges, how.seed)
    outcomes = np.repeat(outcome, len(orders), axis=0)
    every = regressors[0][orders]
    one = np.repeat(regressors, len(orders), axis=0)
    place = [*x].index(how.term)
    one[..., place] = every[..., place]
    drawn = {how.term: one} | ({"all": every} if len(x) > 1 else {})
    return {
        name: Counted(
            name, "" if name == how.term else ", ".join(x), count, len(judged),
            cointegration._rejections(outcomes, panels, judged).sum(axis=1).astype(np.float64),
        )
        for name, panels in drawn.items()
    }  # fmt: skip


def _lags(options: Options, family: str) -> dict[str, int]:
    """Lags, leads and bandwidth of one author's tests."""
    excluded = {"kernel", "draws", "seed"}
    lags: dict[str, int] = getattr(options, family).model_dump(exclude=excluded)
    return lags


def agreement_sentences(
    settings: Sequence[Setting],
    counts: Mapping[str, Counted] | None,
    label: Callable[[str], str] = str,
) -> list[str]:
    """Whether there is a long-run relation, by the rule of grades, then the counts of each setting.

    Parameters
    ----------
    settings : sequence of Setting
    counts : mapping, optional
        Counts with exchanged regressors, the one that is judged by first; None without a placebo.
    label : callable
        How a regressor is called.
    """
    sound = [o for s in settings for o in s.outcomes if o.is_sound]
    parts = []
    for setting in settings:
        words = [
            f"{name} {setting.count(family)}"
            for family, name in FAMILIES.items()
            if setting.of(family)
        ]
        parts.append(f"{setting.words}: {', '.join(words)}")
    counted = (
        "Statistics that reject the null of no cointegration at 5 %, by simulated and bootstrap p-values: "
        f"{'; '.join(parts)}."
    )
    first = (
        _judged_sentences(next(iter(counts.values())), sound, label)
        if counts
        else _unjudged_sentences(sound)
    )
    return [*first, counted]


def _judged_sentences(
    count: Counted, sound: Sequence[CointegrationOutcome], label: Callable[[str], str]
) -> list[str]:
    """Grade of the count by its rule, and what it means."""
    name = label(count.words)
    grade = grade_count(count.for_the_rule).grade
    n_rejecting = sum(o.rejects for o in sound)
    return [
        f"{GRADE_WORDS[grade]}: {count.count} of {count.judged} statistics reject the null of no "
        f"cointegration, {AGAINST_PLACEBO[grade]}. With another {{unit}}'s {name}, {count.mean:.1f} reject on "
        f"average (placebo p {p_text(count.p_value)}).",
        MEANING[grade].format(name=name),
        "These counts use simulated 5 % critical values, and only statistics whose true size is at most twice "
        f"5 %. By simulated and bootstrap p-values, {n_rejecting} of these {len(sound)} statistics reject.",
    ]


def _unjudged_sentences(sound: Sequence[CointegrationOutcome]) -> list[str]:
    """Without a placebo nothing says how many rejections there would be without a relation."""
    if not sound:
        return [
            "Inconclusive: we know no statistic whose true size here is at most twice the nominal 5 %."
        ]
    reject = sum(o.rejects for o in sound)
    return [
        f"Not judged: {reject} of {len(sound)} statistics with a true size of at most twice 5 % reject the "
        "null of no cointegration.",
        "Without a placebo test, it is unknown how many statistics would reject without a long-run relation.",
    ]


def _summary(
    table: Builder,
    settings: Sequence[Setting],
    agreement: Sequence[str],
    counts: Mapping[str, Counted] | None,
) -> None:
    """The page counts by the p-values of this N and T alone; the appendix by both, and has the placebos."""
    note = (
        "c: constant; ct: constant and trend. Simulated p: for Westerlund's statistics, p comes from a "
        "bootstrap. Kao's tests are defined with a constant only."
    )
    header = ("Statistics that reject at 5 %", *(s.short for s in settings))
    rows = [
        (f"{name}, {how} p", *(s.count(family, asymptotic=how == "asymptotic") for s in settings))
        for family, name in FAMILIES.items()
        for how in ("simulated", "asymptotic")
    ]
    page = [(name, *row[1:]) for name, row in zip(FAMILIES.values(), rows[::2], strict=True)]
    sentence = " ".join(agreement[:-1])  # the counts are in the grid
    table.grid("Do they agree?", header, page, [sentence, note], (), appendix=False)
    table.grid("Do they agree, by either p-value?", header, rows, [note], (2, 4))
    if not counts:
        return
    lines = [
        (
            table.label(count.words) if not count.term else "All regressors",
            f"{count.count} of {count.judged}", f"{count.mean:.1f}",
            f"{count.draws.min():.0f} to {count.draws.max():.0f}", p_text(count.p_value),
            f"{count.draws.size}",
        )
        for count in counts.values()
    ]  # fmt: skip
    header = ("Series of another {unit}", "Reject", "Mean of exchanges", "Range", "p", "Exchanges")
    note = (
        "In each exchange, every {unit} gets the series of another {unit}. p: share of exchanges with at least as "
        "many rejections as the actual data. The actual data count as one of the exchanges. The finding "
        "uses the first row. The 5 % critical values are simulated under two nulls: independent "
        "random walks, and random walks with one common factor. The tests use the stricter critical value."
    )
    table.grid("Placebo: another {unit}'s series", header, lines, [note])


def _detail(table: Builder, setting: Setting) -> None:
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    for family, name in FAMILIES.items():
        if setting.of(family) or family in setting.refused:
            rules.append(len(rows))
        if family in setting.refused:
            rows.append((name, NONE))
        rows += [
            size_row(
                o.words,
                o.statistic,
                (p_text(o.p_asymptotic), o.sizes_asymptotic),
                (p_text(o.p_own), o.sizes_own),
            )
            for o in setting.of(family)
        ]
    designs = " / ".join(SIZE_DESIGNS[setting.demean])
    notes = [
        f"True size: rejection rate of a nominal 5 % test without cointegration ({designs}). {OVERSIZED_NOTE}"
    ]
    notes += [
        f"{FAMILIES[f]}: not estimable: {problem_words(why)}" for f, why in setting.refused.items()
    ]
    far = [o.words for o in setting.outcomes if far_from_nominal(*o.sizes_asymptotic)]
    if far:
        notes.append(
            "With asymptotic p-values, these statistics reject more than twice as often as they should, so "
            f"their rejections are weak evidence: {', '.join(far)}."
        )
    table.grid(setting.words[0].upper() + setting.words[1:], SIZE_HEADER, rows, notes, rules)


def _dependence(frame: pd.DataFrame) -> dict[str, Any]:
    """Pesaran's CD of first differences net of unit means."""
    differences = frame.diff().iloc[1:]
    try:
        result = pesaran_cd(differences - differences.mean())
    except Infeasible as reason:
        return {"not_estimable": words_of(reason)}
    return {
        "cd_statistic": result.statistic,
        "cd_p_value": result.p_value,
        "cd_mean_correlation": result.raw,
    }


def _notes(table: Builder, options: Options, sample: Estimable) -> tuple[str, ...]:
    names = ", ".join(table.label(r) for r in options.regressors)
    record = sample.record()
    k, p, w = options.kao, options.pedroni, options.westerlund
    return (
        f"{table.label(options.dependent)} on {names}; {record['n_provinces']} {{units}} x "
        f"{span_text(record['first_year'], record['last_year'])}, {record['n_obs']} observations, "
        f"interpolation: {options.interpolation.method}. Null of every statistic: no cointegration in any "
        "{unit}. Panel v rejects for large values; all other statistics reject for small values.",
        f"Settings: Kao (1999), lags {k.lags}, {k.kernel} bandwidth {k.bandwidth}. Pedroni (1999, 2004), lags "
        f"{p.lags}, {p.kernel} bandwidth {p.bandwidth}. Westerlund (2007), lags {w.lags}, leads {w.leads}, "
        f"bandwidth {w.bandwidth}.",
        "p, asymptotic: standard normal, after standardisation with the authors' moments. p, simulated (Kao, "
        "Pedroni): 2,000 simulated panels of independent random walks of this N and T. p, bootstrap "
        f"(Westerlund): {w.draws} panels, seed {w.seed}, {{periods}} drawn jointly for all {{units}}, which "
        "preserves the dependence between {units}.",
    )
