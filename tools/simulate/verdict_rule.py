"""Error rate of the rule of fragility, on panels whose FDI has no effect on the outcome.

`python -m tools.simulate verdict_rule_sizes.csv` estimates every declared choice of a finding on each panel and
grades it, by all choices and by twelve of them. Panels are of six designs; in one a common factor hits FDI and
outcome with correlated loadings. It reads the release in `data/releases` that holds exports by origin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics.fixed_effects.regression_data import (
    checked_fit,
    row_codes,
)
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import wild_draws, wild_test
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    WithinFit,
    two_way_effects,
)
from living_panel.estimation.econometrics.inference.engines import two_way_covariance
from living_panel.estimation.econometrics.robustness import treatments
from living_panel.estimation.econometrics.robustness.joint_bootstrap import joint_wild_p
from living_panel.estimation.econometrics.robustness.placebos import exchanged_slopes
from living_panel.estimation.econometrics.robustness.treatments import TreatmentDesign
from living_panel.estimation.econometrics.statistic import block_of, column_of
from living_panel.estimation.estimators.discrete import _two_way_poisson
from living_panel.estimation.findings.declared import (
    DeclaredChoice,
    LeftOut,
    Slope,
    Stored,
    StoredStatistic,
    load_findings,
)
from living_panel.estimation.findings.rule import (
    LEVEL,
    Choice,
    DesignTest,
    Evidence,
    grade,
)
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.spec import PAPERS, load_specs
from living_panel.estimation.tables.builder import Builder, options_of
from living_panel.estimation.tables.kinds import fixed_effects, robustness
from living_panel.estimation.tables.kinds.robustness.lines import (
    ESTIMATED_FIRST,
    FirstDifferences,
    LongDifference,
    Ppml,
    Treated,
    TwoWay,
    breaks_of,
    line_sample,
    regimes,
)
from living_panel.estimation.tables.regressions import block_sample
from tools.simulate.primary_inference import FDI, OUTCOME, WINDOW, newest_release

PAPER, FINDING = "bi_2025", 0
SEED, DRAWS, EXCHANGES = 20_261_130, 999, 199
NULL_PANELS = 150
"""Panels of each design without an effect, which give the error rate."""
POWER_PANELS = {0.2: 100, 0.5: 100}
"""Panels of the first design by true elasticity, which give power."""
BURN_IN = 20
TWELVE = {
    ("t04_baseline", "from_2008.7"), ("t04_baseline", "from_2010.7"), ("x_robustness", "to_2014"),
    ("t04_baseline", "headline.1"), ("t04_baseline", "alone.2"), ("x_robustness", "trends"),
    ("x_robustness", "factors_1"), ("x_robustness", "factors_2"), ("x_robustness", "differences_1"),
    ("x_robustness", "differences_3"), ("x_robustness", "headline"), ("t04_baseline", "headline.7"),
}  # fmt: skip
"""Table and model of twelve choices of seven kinds, for a rule with a short list."""
KINDS: dict[str, Any] = {"fixed_effects": fixed_effects, "robustness": robustness}


@dataclass(frozen=True)
class Design:
    """How FDI moves, and what it shares with the outcome, where it has no effect.

    Attributes
    ----------
    name : str
        Words of the design.
    is_correlated : bool
        Whether shocks have the outcome's correlation between units.
    root : float
        Largest autoregressive root of the levels; 1 is a walk.
    trend : float
        Standard deviation of unit trends, as a multiple of that of the outcome's trends.
    loadings : float or None
        Correlation of the loadings of FDI and outcome on a common factor; None without a factor.
    """

    name: str
    is_correlated: bool = True
    root: float = 1.0
    trend: float = 0.0
    loadings: float | None = None


DESIGNS = (
    Design("unit roots, correlated provinces"),
    Design("unit roots, independent provinces", is_correlated=False),
    Design("stationary series", root=0.5),
    Design("unit roots and province trends", trend=1.0),
    Design("a common factor, independent loadings", loadings=0.0),
    Design("a common factor, correlated loadings", loadings=0.8),
)


@dataclass(frozen=True)
class NullProcess:
    """Random walks that have the outcome's persistence and its correlation between units.

    Changes of the outcome, net of both effects, follow an AR(1) with coefficient `memory`; `innovations` (S, N) are
    its residuals. A drawn shock is their combination with normal weights, so that its covariance between units is
    theirs, whatever their number. `drift` is the standard deviation of the units' mean changes.
    """

    units: list[str]
    years: list[int]
    memory: float
    innovations: Floats
    drift: float = 0.0

    @cached_property
    def index(self) -> pd.MultiIndex:
        """Cells of a drawn panel."""
        return pd.MultiIndex.from_product([self.units, self.years])

    def draw(self, rng: np.random.Generator, design: Design = DESIGNS[0]) -> pd.Series:
        """One panel in logarithms, over unit and year, without a common factor."""
        number, length = len(self.innovations), len(self.years) + BURN_IN
        if design.is_correlated:
            shocks = rng.standard_normal((length, number)) @ self.innovations / np.sqrt(number)
        else:
            shocks = rng.standard_normal((length, len(self.units))) * self._scale
        levels = self._accumulated(shocks, design.root)
        drifts = design.trend * self.drift * rng.standard_normal(len(self.units))
        levels += drifts * np.arange(len(levels))[:, None]
        return pd.Series(levels.T.ravel(), self.index)

    def draw_common(
        self, rng: np.random.Generator, correlation: float
    ) -> tuple[pd.Series, pd.Series]:
        """What one common factor adds to FDI and to the outcome: a walk, times loadings around one."""
        length, units = len(self.years) + BURN_IN, len(self.units)
        shocks = rng.standard_normal((length, 1)) * np.sqrt((self._scale**2).mean())
        factor = self._accumulated(shocks, 1.0)
        ours, other = rng.standard_normal((2, units))
        theirs = correlation * ours + np.sqrt(1 - correlation**2) * other
        added = ((factor * (1 + loadings)).T.ravel() for loadings in (ours, theirs))
        fdi, outcome = (pd.Series(values, self.index) for values in added)
        return fdi, outcome

    @property
    def _scale(self) -> Floats:
        """Standard deviation of each unit's shocks, shape (units,)."""
        return np.asarray(np.sqrt((self.innovations**2).mean(axis=0)))

    def _accumulated(self, shocks: Floats, root: float) -> Floats:
        """Levels whose changes net of the root follow the AR(1), the burn-in left out."""
        for t in range(1, len(shocks)):
            shocks[t] += self.memory * shocks[t - 1]
        levels = shocks if root < 1 else shocks[BURN_IN:].cumsum(axis=0)
        if root < 1:
            for t in range(1, len(levels)):
                levels[t] += root * levels[t - 1]
            levels = levels[BURN_IN:]
        return levels


def null_process(release: Release) -> NullProcess:
    """The process of a release's outcome; drawn for every unit and year of its panel."""
    wide = np.log(release.panel[OUTCOME].unstack("province_code"))
    changes = wide.loc[WINDOW[0] : WINDOW[1]].diff().iloc[1:].dropna(axis=1)
    values = changes.to_numpy()
    drift = float(values.mean(axis=0).std())
    values = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    before, after = values[:-1], values[1:]
    memory = float((before * after).sum() / (before**2).sum())
    years = [int(y) for y in wide.index]
    return NullProcess(list(changes), years, memory, after - memory * before, drift)


def tested(
    y: pd.Series, x: pd.DataFrame, focal: str, inference: str, index: pd.MultiIndex | None = None
) -> tuple[float, float]:
    """Slope and p-value of a two-way regression, clustered by unit, by a few draws where it is a bootstrap.

    `index` has other unit effects than the units.
    """
    effects = two_way_effects(*row_codes(y.index if index is None else index))
    fit = checked_fit(effects, y, x)
    return of_fit(fit, row_codes(y.index)[0], list(x).index(focal), inference)


def of_fit(fit: WithinFit, cluster: Any, place: int, inference: str) -> tuple[float, float]:
    """Slope and p-value of one regressor by a kind of inference."""
    groups = int(cluster.max()) + 1
    estimate = float(fit.params[place])
    if inference.startswith("wild"):
        draws = replace(wild_draws(groups, DRAWS, SEED), most=DRAWS)
        return estimate, wild_test(fit, cluster, place, draws).p_value()
    if inference.startswith("cr3"):
        cov = two_way_covariance(fit, cluster, "cr3:jackknife", "none")
    else:
        cov = two_way_covariance(fit, cluster, "clustered", "reghdfe")
    return estimate, t_p(estimate, float(np.sqrt(cov[place, place])), groups)


def t_p(estimate: float, error: float, groups: int) -> float:
    """Two-sided p-value under t(G-1)."""
    return float(2 * stats.t.sf(abs(estimate / error), groups - 1))


def of_design(design: TreatmentDesign, inference: str) -> tuple[float, float]:
    """Slope and p-value of a treatment: every design is a regression with more effects or regressors."""
    names = [f"added {i}" for i in range(design.added.shape[1])]
    every = pd.concat([design.x, pd.DataFrame(design.added, design.y.index, names)], axis=1)
    fit = checked_fit(design.effects, design.y, every)
    return of_fit(fit, row_codes(design.y.index)[0], 0, inference)


@dataclass(frozen=True)
class Data:
    """Outcome and regressors of one choice, and the places of their cells in a drawn panel.

    `places` are those of the rows, `replaced` those of each regressor made of the drawn series, its lag taken off.
    `level` says that the outcome is no logarithm.
    """

    sample: Estimable
    y: pd.Series
    x: pd.DataFrame
    places: Ints
    replaced: Mapping[str, Ints]
    level: bool

    def drawn(self, shift: Floats, effect: Floats) -> tuple[pd.Series, pd.DataFrame]:
        """Data with the logarithm of the series moved by `shift`, and the outcome's by `effect`."""
        moved = {role: self.x[role] + shift[places] for role, places in self.replaced.items()}
        added = effect[self.places]
        y = self.y * np.exp(added) if self.level else self.y + added
        return y, self.x.assign(**moved)


class Estimators:
    """The models of a paper's tables as functions of drawn data; samples are built once."""

    def __init__(self, release: Release, specs: Mapping[str, Any], cells: pd.MultiIndex) -> None:
        self.tables = {name: Builder(spec, release) for name, spec in specs.items()}
        self.cells = cells
        self.data: dict[tuple[str, str], Data] = {}
        self.options: dict[str, Any] = {}

    def options_of(self, table: str) -> Any:
        """Options of a table's kind."""
        if table not in self.options:
            spec = self.tables[table].spec
            self.options[table] = options_of(spec, KINDS[spec.kind].Options)
        return self.options[table]

    def _made(
        self, table: str, sample: Estimable, y: pd.Series, x: pd.DataFrame, level: bool
    ) -> Data:
        spec = self.tables[table].spec
        unit, year = (y.index.get_level_values(i) for i in (0, 1))

        def places(lag: int) -> Ints:
            positions = self.cells.get_indexer(pd.MultiIndex.from_arrays([unit, year - lag]))
            assert (positions >= 0).all(), f"{table}: a row has no drawn cell"
            return np.asarray(positions, dtype=np.int64)

        made_of = [r for r in x if sample.choices[r].measure == FDI]
        replaced = {role: places(spec.variables[role].lag) for role in made_of}
        return Data(sample, y, x, places(0), replaced, level)

    def of(self, table: str, model: str) -> Data:
        """Data of a model; they do not change between panels."""
        if (table, model) not in self.data:
            builder = self.tables[table]
            if builder.spec.kind == "fixed_effects":
                block = next(b for b in self.options_of(table).blocks if b.id == block_of(model))
                sample, refused = block_sample(builder.spec, builder.release, block)
                entered = block.enter[: int(column_of(model))]
                there = [role for role in entered if role not in refused]
                frame = sample.frame
                data = self._made(table, sample, frame[block.dependent], frame[there], False)
            else:
                line = self.line(table, model)
                sample = line_sample(builder, line)
                y, x = line.data(sample)
                data = self._made(table, sample, y, x, isinstance(line, Ppml))
            self.data[table, model] = data
        return self.data[table, model]

    def line(self, table: str, model: str) -> Any:
        """A line of a table of kind `robustness`."""
        return next(line for line in self.options_of(table).lines if line.id == model)

    def slope(
        self, asked: Stored | LeftOut, shift: Floats, effect: Floats, *, exact: bool
    ) -> tuple[float, float]:
        """Estimate and p-value of a stored coefficient on drawn data; `exact` as in `of_line`."""
        data = self.of(asked.table, asked.model)
        y, x = data.drawn(shift, effect)
        kind = self.tables[asked.table].spec.kind
        if isinstance(asked, LeftOut):
            return least_favourable(y, x, self.line(asked.table, asked.model).focal)
        if kind == "fixed_effects":
            return tested(y, x, asked.term, asked.inference)
        line = self.line(asked.table, asked.model)
        return of_line(line, data.sample, y, x, asked, exact=exact)


def of_line(
    line: Any, sample: Estimable, y: pd.Series, x: pd.DataFrame, asked: Stored, *, exact: bool
) -> tuple[float, float]:
    """Estimate and p-value of a line of kind `robustness`.

    Without `exact`, common factors and averages are taken as known and Poisson regressions have clustered errors:
    the jackknife of the table, which estimates them again without each unit, takes ten times as long.
    """
    x = x[[line.focal, *(role for role in x if role != line.focal)]]
    cuts = breaks_of(sample, list(sample.choices))
    match line:
        case TwoWay():
            breaks = breaks_of(sample, line.split_at_breaks_of)
            index = regimes(y.index, breaks) if line.split_at_breaks_of else None
            return tested(y, x, asked.term, asked.inference, index)
        case Treated() | Ppml() if exact and asked.inference.startswith("cr3"):
            rows = line._inferred(y, x, line._breaks(sample) if isinstance(line, Treated) else cuts)
            row = next(r for r in rows.rows if r["inference"].startswith("cr3"))
            return float(row["estimate"]), float(row["p_value"])
        case Treated():
            design = line.treatment.design(y, x, line._breaks(sample))
            known = line.treatment.method in ESTIMATED_FIRST
            return of_design(design, "wild" if known else asked.inference)
        case Ppml():
            fit = _two_way_poisson(y, x, df="t(G-1)")
            estimate, error = float(fit.params[asked.term]), float(fit.std_errors[asked.term])
            return estimate, t_p(estimate, error, y.index.get_level_values(0).nunique())
        case FirstDifferences():
            changes = treatments.differences(y, x, lag=1)
            return of_design(rows_of(changes, not_broken(changes.y.index, cuts)), asked.inference)
        case LongDifference():
            span = [year in (line.first, line.last) for year in y.index.get_level_values(1)]
            changes = treatments.differences(y[span], x[span], lag=line.last - line.first)
            inside = cuts["year"].between(line.first + 1, line.last)
            broken = set(cuts.loc[inside, "province_code"])
            units = changes.y.index.get_level_values(0)
            whole = np.array([not broken & {unit, ""} for unit in units])
            return of_design(rows_of(changes, whole), asked.inference)
    raise NotImplementedError(f"{line.id}: no simulation of method {line.method}")


def not_broken(index: pd.MultiIndex, cuts: pd.DataFrame) -> np.ndarray:
    """Whether no break of a series begins in a row, shape (n,)."""
    broken = np.zeros(len(index), dtype=bool)
    units, years = (np.asarray(index.get_level_values(i)) for i in (0, 1))
    for cut in cuts.itertuples():
        broken |= (years == cut.year) & ((units == cut.province_code) | (cut.province_code == ""))
    return ~broken


def rows_of(design: TreatmentDesign, mask: np.ndarray) -> TreatmentDesign:
    """Some rows of a design of differences."""
    time = row_codes(design.y.index[mask])[1]
    return TreatmentDesign(
        design.y[mask], design.x[mask], design.added[mask], design.unit[mask], time
    )


def least_favourable(y: pd.Series, x: pd.DataFrame, focal: str) -> tuple[float, float]:
    """Estimate without the unit whose loss gives the largest p-value, by CR3."""
    units = y.index.get_level_values(0)
    candidates = [
        tested(y[units != unit], x[units != unit], focal, "cr3") for unit in dict.fromkeys(units)
    ]
    return max(candidates, key=lambda pair: pair[1])


@dataclass(frozen=True)
class Study:
    """One finding with the estimators of its tables, and the process of its null."""

    finding: Slope
    estimators: Estimators
    process: NullProcess
    actual: Floats

    def evidence(
        self, number: int, slope: float, design: Design = DESIGNS[0], *, whole: bool = False
    ) -> Evidence:
        """What the rule reads of one drawn panel of a design whose true slope is `slope`.

        Choices are estimated where the main estimate is significant and every test passes, as nothing else can hold;
        with `whole` on every panel. The slow choices are as exact as in the tables where a list holds by its shares
        without that: their quick p-values are too small, so that no other panel holds.
        """
        rng = np.random.default_rng([SEED, number])
        fdi = self.process.draw(rng, design).to_numpy()
        shared = np.zeros_like(fdi)
        if design.loadings is not None:
            added, common = self.process.draw_common(rng, design.loadings)
            fdi, shared = fdi + added.to_numpy(), common.to_numpy()
        shift, effect = fdi - self.actual, slope * fdi + shared
        value, p_value = self.estimators.slope(self.finding.estimate, shift, effect, exact=True)
        tests = [
            DesignTest(t.kind, self._design_test(t.of, shift, effect)) for t in self.finding.tests
        ]
        if not whole and not (p_value < LEVEL and all(test.passes for test in tests)):
            return Evidence(value, p_value, (), tests)

        def found(*, exact: bool) -> Evidence:
            asked = self.finding.choices
            choices = [self._choice(choice, shift, effect, exact) for choice in asked]
            return Evidence(value, p_value, choices, tests)

        quick = found(exact=False)
        may_hold = any(holds_by_shares(e) for e in (quick, self.shortened(quick)))
        return found(exact=True) if may_hold else quick

    def shortened(self, evidence: Evidence) -> Evidence:
        """The same evidence with twelve of the declared choices."""
        pairs = zip(self.finding.choices, evidence.choices, strict=bool(evidence.choices))
        return replace(
            evidence, choices=[c for d, c in pairs if (d.of.table, d.of.model) in TWELVE]
        )

    def _choice(self, choice: DeclaredChoice, shift: Floats, effect: Floats, exact: bool) -> Choice:
        value, p_value = self.estimators.slope(choice.of, shift, effect, exact=exact)
        return Choice(value, p_value, choice.words, choice.compares, choice.kind)

    def _design_test(self, of: StoredStatistic | Stored, shift: Floats, effect: Floats) -> float:
        name = of.name if isinstance(of, StoredStatistic) else ""
        data = self.estimators.of(of.table, of.model)
        y, x = data.drawn(shift, effect)
        if name == "placebo_p":
            return exchanged_slopes(y, x, of.term, exchanges=EXCHANGES, seed=SEED).p_value
        if name == "leads_p_value":
            line = self.estimators.line(of.table, of.model)
            fit = checked_fit(two_way_effects(*row_codes(y.index)), y, x)
            unit = row_codes(y.index)[0]
            places = [list(x).index(role) for role in line.leads]
            return joint_wild_p(fit, unit, places, wild_draws(int(unit.max()) + 1, DRAWS, SEED))
        raise NotImplementedError(f"no simulation of the design test {name}")


def make_study(release: Release, finding: Slope, specs: Mapping[str, Any]) -> Study:
    """A finding on one release."""
    process = null_process(release)
    actual = np.log(release.panel[FDI]).reindex(process.index).to_numpy()
    return Study(finding, Estimators(release, specs, process.index), process, actual)


def shipped_study() -> Study:
    """The headline finding of the shipped paper on the newest release that holds exports by origin."""
    finding = load_findings(PAPERS / PAPER)[FINDING]
    assert isinstance(finding, Slope)
    return make_study(newest_release(), finding, load_specs(PAPERS))


def rejects(evidence: Evidence, kind: str) -> bool:
    """Whether any test of the design of one kind rejects."""
    return any(
        t.p_value is not None and t.p_value < LEVEL for t in evidence.tests if t.kind == kind
    )


def holds_by_shares(evidence: Evidence) -> bool:
    """Whether a rule holds that counts choices and reads no kinds."""
    choices = [replace(choice, kind="") for choice in evidence.choices]
    return grade(replace(evidence, choices=choices)).grade == "holds"


def rows(study: Study, panels: Sequence[tuple[Design, float, int]]) -> Iterator[dict[str, Any]]:
    """One row a design, true slope and list: the share of panels that hold, and what the parts of the rule find.

    `by_shares` is the share that holds by the counts of choices, whatever their kinds.
    """
    declared = [(choice.of.table, choice.of.model) for choice in study.finding.choices]
    for design, slope, number in panels:
        every = [study.evidence(panel, slope, design) for panel in range(number)]
        short = [study.shortened(evidence) for evidence in every]
        sizes = len(declared), sum(choice in TWELVE for choice in declared)
        for size, listed in zip(sizes, (every, short), strict=True):
            parts = {
                "holds": [grade(e).grade == "holds" for e in listed],
                "by_shares": [holds_by_shares(e) for e in listed],
                "significant": [e.p_value < LEVEL for e in listed],
                "placebo_rejects": [rejects(e, "placebo") for e in listed],
                "falsification_rejects": [rejects(e, "falsification") for e in listed],
            }
            yield {
                "choices": study.finding.choices_id, "n_choices": size, "memory": round(study.process.memory, 4),
                "design": design.name, "slope": slope, "panels": number,
                **{part: round(float(np.mean(hits)), 4) for part, hits in parts.items()},
                "draws": DRAWS, "seed": SEED,
            }  # fmt: skip


def table() -> pd.DataFrame:
    """`verdict_rule_sizes.csv`."""
    panels = [(design, 0.0, NULL_PANELS) for design in DESIGNS]
    panels += [(DESIGNS[0], slope, number) for slope, number in POWER_PANELS.items()]
    return pd.DataFrame(rows(shipped_study(), panels))
