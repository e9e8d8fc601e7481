"""One panel unit-root test on one series, with the true size and power of each at this very window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import pandas as pd
from pydantic import Field

from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.library.result import PanelTest
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.panel.periods import span_text
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.series_windows import Kernel, SeriesWindow
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.panel_tests import unit_roots
from living_panel.estimation.panel_tests.critical_values.rates import dependence_size, true_size
from living_panel.estimation.panel_tests.dependence import pesaran_cd
from living_panel.problems import words_of

LABELS = {
    "llc": "Levin-Lin-Chu, adjusted t*",
    "ht": "Harris-Tzavalis, z",
    "ips": "Im-Pesaran-Shin, W-t-bar",
    "fisher": "Fisher ADF, P",
    "cips": "Pesaran CIPS, truncated",
}
ORIGINS = {"asymptotic": False, "simulated": True}  # of finite samples or not
DESIGNS = ("independent", "one_factor")


class LagOptions(Strict):
    """Options of a test whose only choice is the number of lagged differences."""

    lags: int = Field(ge=0)
    """Lagged differences in the test regression; usually 1."""


class LlcOptions(LagOptions):
    """Options of Levin, Lin and Chu's test. Its size depends on the bandwidth, so you must give one."""

    bandwidth: int = Field(ge=0)
    """Bandwidth of the long-run variance, in periods."""
    kernel: Kernel
    """Kernel of the long-run variance."""


class FisherOptions(LagOptions):
    """Maddala and Wu's test."""

    drift: bool
    """Whether the null is a random walk with drift, which goes with a constant alone."""


class ByUnitOptions(Strict):
    """Options of the IPS and Fisher tests with lags that are chosen for each unit."""

    criterion: Literal["aic", "bic"]
    """Information criterion that chooses the lags: AIC or BIC."""
    most: int = Field(ge=0)
    """Most lags that a unit may choose."""


class HadriOptions(Strict):
    """Hadri's test of stationarity."""

    heteroskedastic: bool
    """Whether each unit has a variance of its own."""


class BreitungOptions(LagOptions):
    """Breitung's test."""

    robust: bool
    """Whether the test allows for dependence between units (Breitung and Das 2005)."""


class TestOptions(Strict):
    """Options of the tests, by test."""

    __test__ = False

    llc: LlcOptions
    """Levin, Lin and Chu's test."""
    ips: LagOptions
    """Im, Pesaran and Shin's test."""
    fisher: FisherOptions
    """Fisher's test of Maddala and Wu."""
    cips: LagOptions
    """Pesaran's CIPS test, which allows for one common factor."""
    by_unit: ByUnitOptions | None = None
    """IPS and Fisher with lags that each unit chooses; computed where given."""
    llc_no_constant: LlcOptions | None = None
    """Levin, Lin and Chu's test without a constant; computed where given."""
    hadri: HadriOptions | None = None
    """Hadri's test, whose null is stationarity; computed where given."""
    breitung: BreitungOptions | None = None
    """Breitung's test of a unit root; computed where given."""

    def of(self, test: str) -> dict[str, int]:
        """Arguments of one test; Harris and Tzavalis' takes nothing, the kernel is Bartlett's."""
        return {} if test == "ht" else getattr(self, test).model_dump(exclude={"kernel"})


@dataclass(frozen=True)
class UnitRootOutcome:
    """One test of one form of a series, `levels` or `differences`.

    `results` by origin of the critical values, empty where the test is not estimable for the
    `reason`, which names units, and in `brief` without them; Fisher's statistics differ. `rates` by
    origin: stored true size and power (at a root of .8) by design, empty where not simulated.
    """

    test: str
    form: str
    trend: str
    demean: bool
    results: Mapping[str, PanelTest]
    rates: Mapping[str, Mapping[str, float]]
    reason: str = ""
    brief: str = ""

    @property
    def setting(self) -> str:
        """Form, deterministics and values of this test: its model, after the series."""
        return f"{self.form}.{self.trend}.{'demeaned' if self.demean else 'raw'}"

    @property
    def bound(self) -> str:
        """Less or greater, where a table only bounds the asymptotic p-value."""
        return self.results["asymptotic"].bound

    def sizes(self, origin: str) -> tuple[float | None, ...]:
        """True rejection rates of the nominal 5 % test: independent units, one common factor."""
        return tuple(self.rates[origin].get(f"size_{design}") for design in DESIGNS)

    def numbers(self) -> dict[Name, Any]:
        """Named numbers and texts of the long frame; the test is their term."""
        if self.reason:
            return {Statistic("not_estimable", self.test): self.reason}
        bound = self.bound if self.bound in ("<", ">") else None
        numbers: dict[Name, Any] = {
            Statistic("convention", self.test): "stata",
            Statistic("p_value_bound", self.test, "asymptotic"): bound,
        }
        for origin, result in self.results.items():
            rates = {
                "statistic": result.statistic,
                "p_value": result.p_value,
                "critical_values": _origin(result),
                **{f"size_{d}": self.rates[origin].get(f"size_{d}") for d in DESIGNS},
            }
            if origin == "simulated":
                rates |= {f"power_{d}": self.rates[origin].get(f"power_{d}") for d in DESIGNS}
            numbers |= {Statistic(name, self.test, origin): value for name, value in rates.items()}
        return numbers


@dataclass(frozen=True)
class TestedSeries:
    """One series, tested; `cd` as `dependence` returns it."""

    role: str
    sample: Estimable
    window: SeriesWindow
    longest: str
    label: str
    tests: tuple[UnitRootOutcome, ...]
    cd: Mapping[str, tuple[float, float, float, float | None]]

    @property
    def measure(self) -> str:
        """The measure that plays the role."""
        return self.sample.choices[self.role].measure

    @property
    def years(self) -> str:
        """Its window."""
        return span_text(self.window.first_year, self.window.last_year)

    @property
    def shape(self) -> tuple[int, int]:
        """Units and years."""
        frame = self.sample.frame
        return frame.index.get_level_values(0).nunique(), frame.index.get_level_values(1).nunique()

    def trends(self, form: str) -> list[str]:
        """Deterministics under which a form is tested, in order."""
        return list(dict.fromkeys(t.trend for t in self.tests if t.form == form))

    def of(self, form: str, trend: str, demean: bool | None = None) -> list[UnitRootOutcome]:
        """Outcomes of one form and trend, in order."""
        mine = [t for t in self.tests if (t.form, t.trend) == (form, trend)]
        return [t for t in mine if demean is None or t.demean == demean]

    def chosen(self, form: str, test: str) -> UnitRootOutcome:
        """The page's test of a form: the richest deterministics; by year demeaned, but for CIPS."""
        trend = self.trends(form)[-1]
        return next(t for t in self.of(form, trend, test != "cips") if t.test == test)


def outcomes(
    frame: pd.DataFrame, form: str, trends: Sequence[str], tests: TestOptions
) -> list[UnitRootOutcome]:
    """Every test on one form of a series (T, N) without a gap, raw and demeaned by year.

    CIPS on raw values only, as it models the common factor.
    """
    return [
        _outcome(frame, test, form, trend, by_year, tests.of(test))
        for trend in trends
        for by_year in (False, True)
        for test in LABELS
        if not (test == "cips" and by_year)
    ]


def more_outcomes(
    frame: pd.DataFrame, trends: Sequence[str], tests: TestOptions
) -> dict[tuple[str, str], PanelTest | str]:
    """Tests without simulated critical values, by name and deterministics; a reason where one is not estimable.

    `n` has no deterministics, which LLC, Fisher's and Breitung's take here.
    """
    asked: dict[tuple[str, str], Callable[[], PanelTest]] = {}
    chosen: dict[str, Any] = {}
    if tests.by_unit is not None:
        chosen = {"lags": tests.by_unit.criterion, "most_lags": tests.by_unit.most}
    for trend in trends:
        plain: dict[str, Any] = {"trend": trend, "demean": False}
        if tests.by_unit is not None:
            asked["ips", trend] = partial(unit_roots.ips, frame, **plain, **chosen)
            asked["fisher", trend] = partial(unit_roots.fisher, frame, **plain, **chosen)
        if tests.hadri is not None:
            asked["hadri", trend] = partial(
                unit_roots.hadri, frame, **plain, **tests.hadri.model_dump()
            )
        if tests.breitung is not None:
            asked["breitung", trend] = partial(
                unit_roots.breitung, frame, **plain, **tests.breitung.model_dump()
            )
    if tests.by_unit is not None:
        asked["fisher", "n"] = partial(unit_roots.fisher, frame, trend="n", demean=False, **chosen)
    if tests.breitung is not None:
        asked["breitung", "n"] = partial(
            unit_roots.breitung, frame, trend="n", demean=False, **tests.breitung.model_dump()
        )
    if tests.llc_no_constant is not None:
        options = tests.llc_no_constant.model_dump(exclude={"kernel"})
        asked["llc", "n"] = partial(
            unit_roots.llc, frame, trend="n", demean=False, finite_sample=False, **options
        )
    results: dict[tuple[str, str], PanelTest | str] = {}
    for key, test in asked.items():
        try:
            results[key] = test()
        except Infeasible as why:
            results[key] = words_of(why)
    return results


def dependence(
    differences: pd.DataFrame, signs: int
) -> dict[str, tuple[float, float, float, float | None]]:
    """Pesaran's CD of differences net of unit means: statistic, p, mean correlation, true size.

    `signs` seeds the random signs of the weighted statistic, of values demeaned by year.
    """
    tests = {}
    net = differences - differences.mean()
    for name, frame in (("raw", net), ("demeaned", net.sub(net.mean(axis=1), axis=0))):
        with suppress(Infeasible):
            two_way = name == "demeaned"
            correction = "weighted" if two_way else "none"
            size = dependence_size(correction, two_way, frame.shape[1], len(frame))
            test = pesaran_cd(frame, weighted=two_way, seed=signs)
            tests[name] = (test.statistic, test.p_value, test.raw, size)
    return tests


def _outcome(
    frame: pd.DataFrame, test: str, form: str, trend: str, demean: bool, how: Mapping[str, int]
) -> UnitRootOutcome:
    chosen = {"trend": trend, **how, **({} if test == "cips" else {"demean": demean})}
    try:
        results = {
            o: getattr(unit_roots, test)(frame, **chosen, finite_sample=v)
            for o, v in ORIGINS.items()
        }
    except Infeasible as why:
        return UnitRootOutcome(test, form, trend, demean, {}, {}, *_reasons(why))
    t, n = frame.shape
    place = (test, n, t, trend, how.get("lags", 0), demean, how.get("bandwidth"))
    stored = not how.get("drift")  # with it the size is not among the stored ones
    rates = {o: true_size(*place, finite_sample=v) if stored else {} for o, v in ORIGINS.items()}
    return UnitRootOutcome(test, form, trend, demean, results, rates)


def _reasons(error: Infeasible) -> tuple[str, str]:
    """Why a test is not estimable, in words: with the units that are the cause, and without them."""
    (problem,) = error.problems
    brief = problem
    if "where" in problem.fields:
        brief = problem.with_fields(where="")
    return problem.sentence.rstrip("."), brief.sentence.rstrip(".")


def _origin(result: PanelTest) -> str:
    text = str(result.choices["critical_values"])
    if unit_roots.MOMENTS_HELD in result.notes:
        text += (
            "; this window is shorter than the first of the printed table, whose moments are used"
        )
    return text
