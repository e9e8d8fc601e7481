"""Effect of a treatment that units adopt at different times (kind `staggered_adoption`).

The page holds the average effect by several estimators, its differences by a trait of the units and by dose, and a
placebo before adoption. The appendix has every year, cohort, comparison and bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pydantic import Field
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.robustness.multiple_tests import minimum_detectable
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.estimators import did
from living_panel.estimation.panel.content_cache import by_content
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.roles import Regressor
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict
from living_panel.estimation.tables.builder import REFUSED, Builder, Points, named
from living_panel.estimation.tables.facts import JACKKNIFE, Facts, inference_text
from living_panel.estimation.tables.regressions import (
    LEVEL,
    Detectable,
    InferenceOptions,
    regression,
    slopes,
    t_rows,
    two_way_facts,
)
from living_panel.estimation.tables.result import Picture
from living_panel.estimation.tables.texts import (
    NONE,
    error_text,
    interval_text,
    legend_text,
    p_text,
    result_cells,
)

TREATED, PRODUCT, SLOPE, DOSE = "treated", "treated x trait", "slope on trait", "dose"
REGRESSIONS = {"two_way": [TREATED], "interaction": [TREATED, PRODUCT], "dose": [DOSE]}
ESTIMATORS = {
    "group_time": "cohorts, controls not treated yet",
    "imputation": "imputation",
}
HEADER = ("", "Estimate", "SE", "p", "95 % interval", "Detectable", "Obs", "{Units}")


class Adoption(Strict):
    """The treatment."""

    enter: Regressor
    """Variable with the number of new adoptions by unit and year; without logarithm."""
    count_from: dict[int, int]
    """First year in which an adoption counts, by year of adoption; by default the year of adoption."""


class Trait(Strict):
    """Trait by which effects may differ: a variable's mean over years before any adoption."""

    enter: Regressor
    """Variable whose mean is the trait."""
    first_year: int
    """First year of the mean."""
    last_year: int
    """Last year of the mean, before any adoption."""


class Randomised(Strict):
    """Randomisation test, which assigns adoption years to units at random."""

    draws: int
    """Number of random assignments; usually 499."""
    seed: int
    """Seed of the assignments."""


class Magnitudes(Strict):
    """Bounds under violations of parallel trends."""

    values: list[float]
    """Sizes of the violation, as multiples of the largest step before adoption: `[0, 0.5, 1]`."""
    draws: int
    """Simulation draws behind the bounds; usually 20000."""
    seed: int
    """Seed of the simulation."""


class Study(Strict):
    """An outcome over a window."""

    id: str
    """Name of the study in results."""
    title: str
    """Heading of the study."""
    dependent: Regressor
    """Dependent variable."""
    latest: int = Field(ge=0)
    """Last period after adoption in the averaged effect; 0 is the first year."""
    placebo: int | None
    """Years by which a placebo brings adoption forward, on years before any adoption; `null` for none."""
    base_years: int = Field(default=1, ge=1)
    """Years before adoption whose mean is the base of the effects."""
    unit_trends: bool = False
    """Whether each unit's linear trend is removed before the two-way regressions."""
    sample: Sample
    """Units and periods of the study."""
    interpolation: Interpolation
    """Cells that may be filled."""


class Options(InferenceOptions):
    """Options of a table of staggered adoption."""

    earned: ClassVar[str] = JACKKNIFE

    adoption: Adoption
    """The treatment and when it counts."""
    trait: Trait
    """Trait by which effects may differ."""
    earliest: int = Field(lt=-2)
    """First event time of the event study, below -2."""
    leads: int = Field(ge=1)
    """Number of periods before adoption in the joint pre-trend test."""
    randomisation: Randomised
    """Options of the randomisation test."""
    bounds: Magnitudes
    """Options of the bounds under violations of parallel trends."""
    detectable: Detectable
    """Level and power for the minimum detectable effect."""
    studies: list[Study] = Field(min_length=1)
    """Outcomes and windows; the first one is on the page."""


@dataclass(frozen=True)
class AdoptionDesign:
    """A study's data: outcome; first year and trait by unit; dose by unit and year."""

    sample: Estimable
    traits: Estimable
    y: pd.Series
    first: pd.Series
    trait: pd.Series
    dose: pd.Series

    @property
    def frame(self) -> pd.DataFrame:
        """Outcome and first year over unit and year, as the library takes them."""
        units = self.y.index.get_level_values(0)
        first = self.first.reindex(units).to_numpy()
        return pd.DataFrame({"y": self.y.to_numpy(), "first": first}, self.y.index)

    def earlier(self, years: int) -> AdoptionDesign:
        """The same with adoption moved ahead, on the years before anybody took up."""
        before = self.y.index.get_level_values("year") < self.first.min()
        return replace(self, y=self.y[before], first=self.first - years)

    def regressors(self, terms: list[str]) -> pd.DataFrame:
        """Columns of a two-way regression; the trait by year accompanies the product."""
        provinces, years = (self.y.index.get_level_values(i) for i in (0, 1))
        treated = (years >= self.first.reindex(provinces).to_numpy()) * 1.0
        trait = (self.trait - self.trait.mean()).reindex(provinces).to_numpy()
        dose = self.dose.reindex(self.y.index)
        known = {TREATED: treated, PRODUCT: treated * trait, DOSE: dose}
        columns = {term: known[term] for term in terms}
        if PRODUCT in terms:
            columns |= {f"trait in {t}": trait * (years == t) for t in sorted(set(years))[1:]}
        return pd.DataFrame(columns, index=self.y.index)


def fill(table: Builder, options: Options) -> None:
    """Effects of adoption on every study's outcome."""
    others: list[tuple[str, ...]] = []
    choices: list[tuple[str, ...]] = []
    notes: list[str] = []
    for number, study in enumerate(options.studies):
        with table.refusing(study.id, study.title, appendix=number > 0):
            design = _design(table, options, study)
        if study.id in table.refusals:
            continue
        table.add_sample(study.id, design.sample)
        table.add_sample(f"{study.id}.trait", design.traits)
        for prefix, part in _parts(study, design):
            _estimate(table, options, study, part, prefix)
        if number == 0:
            _page(table, options, study, design)
        else:
            shown = ("group_time", TREATED), ("two_way", TREATED), ("interaction", PRODUCT)
            texts = [_cells(table, options, study, *line) for line in shown]
            lines = [(f"  {cells[0]}", *cells[1:]) for cells in texts if cells]
            others += [(study.title,), *lines]
            choices.append(_choice(table, options, study))
            if f"{study.id}.group_time" in table.refusals and not study.unit_trends:
                notes.append(f"{study.title}: {_seen_on_both_sides(design)}")
    outcomes = dict.fromkeys(table.label(study.dependent) for study in options.studies)
    table.add_notes(f"Dependent variable: {', '.join(outcomes)}.")
    if choices:
        first = options.studies[0]
        header = ("Choice", "Estimate", "SE", "p", "Years before, jointly: p", "Obs", "{Units}")
        note = (
            "Each estimate averages the effects of the cohorts over the first years after adoption. With trends of "
            "{units}, the estimate comes from the two-way regression on a dummy."
        )
        rows = [_choice(table, options, first), *choices]
        table.grid("The effect under other choices", header, rows, [note], None, appendix=False)
        models = {study.title: _model_of(study) for study in options.studies}
        table.facts_grid("The effect under other choices: what each line states", models)
    if others:
        table.grid("Every estimator under other choices", HEADER, others, notes, None)


def points(table: Builder, options: Options) -> Points:
    """Average effects and two-way coefficients."""
    for study in options.studies:
        try:
            design = _design(table, options, study)
        except NotEstimable:
            continue
        for prefix, part in _parts(study, design):
            with suppress(*REFUSED):
                if study.unit_trends:
                    raise NotEstimable(
                        Code.SPEC_OPTIONS(
                            "unit trends are possible only in two-way regressions",
                            "set unit_trends to false in this study",
                        )
                    )
                averages = _average_points(
                    part.y, part.first, part.trait, options.earliest, study.latest, study.base_years
                )
                for (model, term), average in averages.items():
                    yield (f"{prefix}.{model}", term), average
            for name, terms in _regressions(prefix == study.id).items():
                with suppress(*REFUSED):
                    coefficients = slopes(*_regression_data(study, part, terms))[terms]
                    yield from named(f"{prefix}.{name}", coefficients)
        with suppress(*REFUSED):
            yield from named(f"{study.id}.before", _before(options, design).params)


def _parts(study: Study, design: AdoptionDesign) -> Iterator[tuple[str, AdoptionDesign]]:
    yield study.id, design
    if study.placebo is not None:
        yield f"{study.id}.placebo", design.earlier(study.placebo)


def _regressions(main: bool) -> dict[str, list[str]]:
    """Two-way regressions; before anybody took up there is no dose."""
    return {name: terms for name, terms in REGRESSIONS.items() if main or name != "dose"}


def _design(table: Builder, options: Options, study: Study) -> AdoptionDesign:
    taken, trait = options.adoption, options.trait
    roles = study.dependent, taken.enter
    sample = table.drawn(roles, study.sample, study.interpolation)
    window = {
        "first_year": trait.first_year,
        "last_year": trait.last_year,
        "without_years": [],
        "minimum_coverage": 1.0,
    }
    early = study.sample.model_copy(update=window)
    traits = table.drawn([trait.enter], early, Interpolation(method="none"))
    y = sample.frame[study.dependent]
    provinces = y.index.get_level_values(0).unique()
    new = table.release.panel[sample.choices[taken.enter].measure].unstack().reindex(provinces)
    if new.isna().all(axis=1).any():
        concept = table.spec.variables[taken.enter].concept
        raise NotEstimable(
            Code.TABLE_NO_VALUES(
                "{concept} has no values by unit",
                "name a measure with values for every unit",
                concept=concept,
            )
        )
    last = y.index.get_level_values("year").max()
    counted = new.T.groupby(lambda year: taken.count_from.get(year, year)).sum().T
    counted = counted.reindex(columns=new.columns.union(counted.columns), fill_value=0)
    first = counted.gt(0).idxmax(axis=1).astype(float).where(counted.gt(0).any(axis=1))
    if not (first <= last).any():
        raise NotEstimable(
            Code.TABLE_NO_VALUES(
                "{label}: no unit has a value by {last}",
                "end the sample later, or name another measure",
                label=table.label(taken.enter),
                last=last,
            )
        )
    dose = counted.cumsum(axis=1).rename_axis(columns="year").stack()
    mean = traits.frame[trait.enter].groupby(level=0).mean().reindex(provinces)
    return AdoptionDesign(sample, traits, y, first, mean, dose)


@by_content
def _average_points(
    y: pd.Series, first: pd.Series, trait: pd.Series, earliest: int, latest: int, base_years: int
) -> dict[tuple[str, str], float]:
    return _averages(did._lay_out(y, first), trait, earliest, latest, base_years)


def _averages(
    data: did._Layout, traits: pd.Series, earliest: int, latest: int, base_years: int
) -> dict[tuple[str, str], float]:
    """Average effects, the event study, and the slope of the imputed effects on the trait."""
    overall, events = did._group_time(data, base_years=base_years).averages(earliest, latest)
    cells = did._impute(data, latest)
    trait = traits.reindex(data.units).to_numpy()
    return {
        ("group_time", TREATED): overall,
        ("imputation", TREATED): cells["effect"].mean(),
        ("imputation", SLOPE): did._slope_on(trait, cells),
        **{("group_time", _event(event)): b for event, b in events.items()},
    }


def _estimate(
    table: Builder, options: Options, study: Study, part: AdoptionDesign, prefix: str
) -> None:
    """Every estimator of one design, into the table's frames."""
    status, main = part.sample.figures_status, prefix == study.id
    if not study.unit_trends:
        _group_effects(table, options, study, part, prefix)
    if main:
        with table.refusing(f"{study.id}.before"):
            _test_years_before(table, options, study, part)
    for name, terms in _regressions(main).items():
        model = f"{prefix}.{name}"
        with table.refusing(model):
            fitted = regression(model, *_regression_data(study, part, terms), options)
            table.estimates(model, [row for row in fitted.rows if row["term"] in terms], status)
            counts = ("n_obs", "n_provinces", "n_years")
            table.add_numbers(model, {k: fitted.numbers[k] for k in counts})
            facts = two_way_facts(table, fitted, options)
            facts = replace(
                facts,
                outcome=table.label(study.dependent),
                mean=float(part.y.mean()),
                estimator="OLS, {unit} trends removed" if study.unit_trends else facts.estimator,
            )
            table.add_facts(model, facts)


def _regression_data(
    study: Study, part: AdoptionDesign, terms: list[str]
) -> tuple[pd.Series, pd.DataFrame]:
    """Outcome and regressors of a two-way regression, without unit trends where the study asks so."""
    y, x = part.y, part.regressors(terms)
    if not study.unit_trends:
        return y, x
    columns = {str(c): without_unit_trends(v) for c, v in x.items()}
    return without_unit_trends(y), pd.DataFrame(columns)


def without_unit_trends(values: pd.Series) -> pd.Series:
    """Residuals of a linear trend of each unit.

    In a balanced panel the projections on trends and on year effects commute. A two-way regression on these residuals
    is then the one with unit trends (Frisch, Waugh and Lovell).
    """
    wide = values.unstack(0)
    if wide.isna().any().any():
        raise NotEstimable(
            Code.SPEC_OPTIONS(
                "unit trends need a balanced panel",
                "set unit_trends to false, or use units that have every period",
            )
        )
    design = np.column_stack([np.ones(len(wide)), wide.index.to_numpy(float)])
    design[:, 1] -= design[:, 1].mean()
    fitted = design @ np.linalg.lstsq(design, wide.to_numpy(float), rcond=None)[0]
    return (wide - fitted).stack().swaplevel().reindex(values.index)


def _group_effects(
    table: Builder, options: Options, study: Study, part: AdoptionDesign, prefix: str
) -> None:
    """Average effects by cohorts and by imputation, and for the main design the event study."""
    status, main = part.sample.figures_status, prefix == study.id
    with table.refusing(f"{prefix}.group_time"):
        data = did._lay_out(part.y, part.first)
        # one jackknife of all averages: the bounds need their joint covariance
        estimates, cov = did._jackknife(
            data,
            lambda d: _averages(d, part.trait, options.earliest, study.latest, study.base_years),
        )
        errors = pd.Series(np.sqrt(np.diag(cov)), cov.index)
        size = (data.outcome.size, len(data.units))
        for model in ("group_time", "imputation"):
            averages = estimates[model], errors[model]
            rows = t_rows(*averages, len(data.units) - 1.0, options.primary, *size)
            table.estimates(f"{prefix}.{model}", rows, status)
            facts = _facts(table, options, study, model, data)
            table.add_facts(f"{prefix}.{model}", facts)
        if main:
            _by_year(table, options, study, part, estimates, errors)
        if study is options.studies[0] and main:
            _believable(table, options, study, part, estimates, cov)


def _facts(table: Builder, options: Options, study: Study, model: str, data: did._Layout) -> Facts:
    """Facts of an average effect."""
    units, periods = len(data.units), len(data.years)
    return Facts(
        table.label(study.dependent), ESTIMATORS[model], ("{unit}", "{period}"), options.primary, ("{unit}",),
        units, units - 1.0, int(np.isfinite(data.outcome).sum()), units, periods, {}, float(np.nanmean(data.outcome)),
    )  # fmt: skip


def _labels(table: Builder, options: Options, study: Study) -> dict[tuple[str, str], str]:
    trait, what = table.label(options.trait.enter), table.label(options.adoption.enter)
    first = options.trait
    years = "the first {period}" if not study.latest else f"{{periods}} 0 to {study.latest}"
    product = f"Times {trait}, {first.first_year}-{first.last_year}"
    placebo = f"Placebo, {study.placebo} {{periods}} early"
    return {
        ("group_time", TREATED): f"Effect, {years}, controls not treated yet",
        ("imputation", TREATED): f"Effect, {years}, by imputation",
        ("two_way", TREATED): "Two-way regression on a dummy",
        ("interaction", PRODUCT): f"{product}, with {trait} by {{period}}",
        ("imputation", SLOPE): f"{product}, by imputation",
        ("dose", DOSE): f"Dose: each of the {what}",
        ("placebo.group_time", TREATED): f"{placebo}: effect",
        ("placebo.interaction", PRODUCT): f"{placebo}: times {trait}",
        ("placebo.imputation", SLOPE): f"{placebo}: times {trait}, by imputation",
    }


def _cells(
    table: Builder, options: Options, study: Study, model: str, term: str
) -> tuple[str, ...] | None:
    """A line of a grid; None without such an estimate."""
    row = table.row(f"{study.id}.{model}", term, options.primary)
    if row is None:
        return None
    error, how = row["std_error"], options.detectable
    least = minimum_detectable(error, row["df"], level=how.level, power=how.power)
    table.add_numbers(f"{study.id}.{model}", {Statistic("minimum_detectable", term): least})
    return (
        _labels(table, options, study)[model, term], *result_cells(row, table.spec.stars),
        interval_text(row["ci_low"], row["ci_high"], error), f"{least:.2f}",
        f"{row['n_obs']:.0f}", f"{row['n_clusters']:.0f}",
    )  # fmt: skip


def _model_of(study: Study) -> str:
    """Model of the effect of one study."""
    return f"{study.id}.{'two_way' if study.unit_trends else 'group_time'}"


def _choice(table: Builder, options: Options, study: Study) -> tuple[str, ...]:
    """The effect of one study in a line, with the joint test of the years before adoption."""
    row = table.row(_model_of(study), TREATED, options.primary)
    if row is None:
        return (study.title, NONE)
    p = table.numbers.get((f"{study.id}.before", "joint_p_value"))
    before = "" if study.unit_trends else p_text(p)
    sizes = f"{row['n_obs']:.0f}", f"{row['n_clusters']:.0f}"
    return (study.title, *result_cells(row, table.spec.stars), before, *sizes)


def _page(table: Builder, options: Options, study: Study, design: AdoptionDesign) -> None:
    """Grid of the first study with what decides how far to believe it."""
    lines = [_cells(table, options, study, *key) for key in _labels(table, options, study)]
    rows = [line for line in lines if line is not None]
    # averages, what they differ with, placebos
    rules = [sum(line is not None for line in lines[:at]) for at in (0, 3, 6)]
    if not rows:
        return
    numbers = table.numbers
    average, before = f"{study.id}.group_time", f"{study.id}.before"
    notes = [_first_years(table, options, design)]
    if (average, "randomisation_p_value") in numbers:
        notes.append(
            f"First line: p {p_text(numbers[average, 'randomisation_p_value'])} by a randomisation test, which "
            f"assigns the adoption {{periods}} to {{units}} at random ({options.randomisation.draws:,} draws)."
        )
        breakdown = numbers.get((average, "bounds_breakdown"))
        notes.append(
            "The effect is not significant at 5 % even with parallel trends."
            if breakdown is None
            else "The effect is significant at 5 % as long as trends differ by less than "
            f"{breakdown:.2f} times their largest yearly difference before adoption."
        )
    if (before, "joint_p_value") in numbers:
        notes.append(
            f"Joint test of the {options.leads} {{periods}} before adoption: "
            f"p {p_text(numbers[before, 'joint_p_value'])}."
        )
    if numbers.get((before, "joint_p_value"), 1.0) < options.detectable.level:
        notes.append(
            "The design fails: the outcome of later adopters already moved differently before adoption. The "
            "effect is therefore not identified, whatever its p-value."
        )
    compared = numbers.get(
        (f"{study.id}.two_way", Statistic("weight", "treated against untreated"))
    )
    if compared is not None:
        notes.append(
            f"{compared:.0%} of the weight of the two-way regression is on comparisons with {{units}} that do "
            "not adopt within the window."
        )
    least = numbers.get((average, Statistic("minimum_detectable", TREATED)))
    if least is not None and table.spec.variables[study.dependent].log:
        notes.append(
            f"Power: the test misses a gain below {np.expm1(least):.0%} in more than "
            f"{1 - options.detectable.power:.0%} of samples."
        )
    notes.append(
        f"SE and stars: {inference_text(options.primary)}. For averages over cohorts, the jackknife leaves out "
        "one {unit} at a time and repeats the whole estimator. "
        f"{legend_text(table.spec.stars, options.primary)}"
    )
    table.grid(study.title, HEADER, rows, notes, rules, appendix=False)
    shown = {label: f"{study.id}.{key[0]}" for key, label in _labels(table, options, study).items()}
    table.facts_grid(f"{study.title}: what each line states", shown, appendix=False)


def _seen_on_both_sides(design: AdoptionDesign) -> str:
    """Comparisons in an unbalanced panel: units observed before and after, treated and not yet treated."""
    seen = design.y.unstack().notna()
    first = design.first.reindex(seen.index).fillna(np.inf)
    still = seen & (seen.columns.to_numpy() < first.to_numpy()[:, None])
    compared = []
    for year in sorted(set(first[first <= seen.columns.max()])):
        before = seen.loc[:, : year - 1].any(axis=1)
        treated = before & (first == year) & seen.loc[:, year:].any(axis=1)
        controls = before & (first > year) & still.loc[:, year:].any(axis=1)
        compared.append(f"{year:.0f}: {treated.sum()} against {controls.sum()}")
    return (
        "the panel is not balanced, so the table has only two-way regressions. {Units} observed before and "
        f"after each adoption {{period}}, adopters against later adopters: {', '.join(compared)}."
    )


def _first_years(table: Builder, options: Options, design: AdoptionDesign) -> str:
    """Who took up when, by the rule of the spec; the appendix says what of it is recalled."""
    sizes = [f"{y:.0f}: {n}" for y, n in design.first.value_counts().sort_index().items()]
    never = int(design.first.isna().sum())
    moved = [f", those of {a} from {b}" for a, b in options.adoption.count_from.items()]
    measure = design.sample.choices[options.adoption.enter].measure
    last = design.y.index.get_level_values("year").max()
    cells = table.release.observations
    mine = cells[
        (cells["measure"] == measure) & (cells["value"] > 0) & (cells["quality"] != "high")
        & cells["province_code"].isin(design.first.index) & (cells["year"] <= last)
    ]  # fmt: skip
    recalled = [f"{table.provinces[r.province_code]} {r.year}: {r.note}" for r in mine.itertuples()]
    table.add_fine_print(
        f"{table.label(options.adoption.enter).capitalize()} in the first window whose date comes from memory, "
        f"without a source: {'; '.join(recalled) or 'none'}."
    )
    return (
        "Number of {units} by {period} of adoption: "
        f"{', '.join(sizes)}{f', never: {never}' if never else ''}. Each counts as treated from its own "
        f"{{period}}{''.join(moved)}."
    )


def _by_year(
    table: Builder,
    options: Options,
    study: Study,
    part: AdoptionDesign,
    estimates: pd.Series,
    std_errors: pd.Series,
) -> None:
    """Event study with its figure; effects by cohort and period."""
    model, title = f"{study.id}.group_time", study.title
    events, errors = (_events(options, study, v) for v in (estimates, std_errors))
    units = part.y.index.get_level_values(0).nunique()
    reach = stats.t.ppf((1 + LEVEL) / 2, units - 1) * errors
    rows: list[tuple[str, ...]] = [
        (f"{e:+d}", f"{b:.3f}", error_text(errors[e]), interval_text(b - reach[e], b + reach[e]))
        for e, b in events.items()
    ]
    note = (
        "{Period} 0 is the {period} of adoption; the {period} before is the base. Standard errors: "
        "jackknife over {units}, t(G-1)."
    )
    header: tuple[str, ...] = ("{Period}", "Effect", "SE", "95 % interval")
    table.grid(f"{study.title}: by {{periods}} since adoption", header, rows, [note])
    alt = f"{title}: effect by {{periods}} since adoption, 95 % intervals; before adoption it should be zero"
    if study.placebo is not None:  # a choice of the main study differs too little for a figure
        drawn = _event_study(events, reach, study.title, table.worded("{periods} since adoption"))
        table.add_picture(Picture(f"event_study_{study.id}", alt, drawn))
    fit = did.group_time("y", part.frame, first="first", base_years=study.base_years)
    cohorts = [*fit.raw.table.query("event >= 0").itertuples()]
    rows = [
        (f"{c.cohort}", f"{c.year}", f"{c.estimate:.3f}", error_text(c.std_error),
         f"{c.n_treated}", f"{c.n_controls}")
        for c in cohorts
    ]  # fmt: skip
    note = (
        "SE: by influence function. A cohort of one {unit} has no variation within the cohort, so its SE is "
        "too small."
    )
    header = ("Cohort", "{Period}", "Effect", "SE", "{Units}", "Controls")
    table.grid(f"{study.title}: by cohort and {{period}}", header, rows, [note])
    for c in cohorts:
        term = f"{c.cohort} in {c.year}"
        numbers = {
            Statistic("cohort_effect", term): c.estimate,
            Statistic("cohort_std_error", term): c.std_error,
        }
        table.add_numbers(model, numbers)


def _event(event: int) -> str:
    """Term of the effect at an event time."""
    return f"event {event}"


def _events(options: Options, study: Study, values: pd.Series) -> pd.Series:
    """The event study among the averages, by event time."""
    terms = {event: _event(event) for event in range(options.earliest, study.latest + 1)}
    mine = values["group_time"]
    return pd.Series({event: mine[term] for event, term in terms.items() if term in mine})


def _weights(table: Builder, study: Study, part: AdoptionDesign) -> None:
    weights = did.bacon("y", part.frame, first="first").to_frame()
    for kind, group in weights.groupby("kind"):
        total = group["weight"].sum()
        mean = group["weight"] @ group["estimate"] / total
        table.add_numbers(
            f"{study.id}.two_way",
            {Statistic("weight", kind): total, Statistic("estimate", kind): mean},
        )
    rows = [
        (r.kind, f"{r.treated:.0f}", "never" if np.isnan(r.control) else f"{r.control:.0f}",
         f"{r.estimate:.3f}", f"{r.weight:.1%}")
        for r in weights.sort_values("weight", ascending=False).itertuples()
    ]  # fmt: skip
    note = (
        "Method: Goodman-Bacon (2021). The weighted estimates add up to the two-way coefficient. Never: no "
        "adoption within the window."
    )
    header = ("Comparison", "Treated", "Control", "Estimate", "Weight")
    table.grid(f"{study.title}: what the two-way regression compares", header, rows, [note])


def _believable(
    table: Builder,
    options: Options,
    study: Study,
    part: AdoptionDesign,
    estimates: pd.Series,
    cov: pd.DataFrame,
) -> None:
    """Adoption times dealt out at random, years before adoption, trends that part, weights."""
    deal = options.randomisation
    test = did.randomisation_test(
        "y", part.frame, first="first", latest=study.latest, base_years=study.base_years,
        draws=deal.draws, seed=deal.seed,
    )  # fmt: skip
    numbers = {"randomisation_p_value": test.p_value, "randomisation_draws": deal.draws}
    table.add_numbers(f"{study.id}.group_time", numbers)
    for name, block in (
        ("bounds", lambda: _bounds(table, options, study, estimates, cov)),
        ("weights", lambda: _weights(table, study, part)),
    ):
        with table.refusing(f"{study.id}.{name}"):
            block()


def _test_years_before(
    table: Builder, options: Options, study: Study, part: AdoptionDesign
) -> None:
    """Joint test that outcomes of later adopters moved as the others' before adoption."""
    before = _before(options, part)
    joint = before.wald(list(before.params.index))
    rows = before.rows(LEVEL)
    table.estimates(f"{study.id}.before", rows, part.sample.figures_status)
    table.add_numbers(f"{study.id}.before", {"joint": (joint.statistic, joint.p_value)})
    note = (
        "Two-way regression on cells that are not treated yet (Borusyak, Jaravel and Spiess 2024); joint "
        f"test: F = {joint.statistic:.2f}, p {p_text(joint.p_value)}. A test that does not reject says little if "
        "the standard errors are as large as the effect."
    )
    lines = [(r["term"], f"{r['estimate']:.3f}", error_text(r["std_error"])) for r in rows]
    table.grid(f"{study.title}: {{periods}} before adoption", ("", "Estimate", "SE"), lines, [note])


def _before(options: Options, part: AdoptionDesign) -> RegressionFit:
    way = options.way(options.primary)
    how = {name: str(way[name]) for name in ("cov", "correction", "df")}
    return by_content(did._pre_trends)(part.y, part.first, leads=options.leads, **how)


def _bounds(
    table: Builder, options: Options, study: Study, estimates: pd.Series, cov: pd.DataFrame
) -> None:
    how, events = options.bounds, _events(options, study, estimates)
    names = [("group_time", _event(event)) for event in events.index]
    of_events = cov.loc[names, names].set_axis(events.index).set_axis(events.index, axis=1)
    bounds = did.honest_bounds(
        events, cov=of_events, average_of=range(study.latest + 1), magnitudes=how.values,
        level=LEVEL, draws=how.draws, seed=how.seed,
    )  # fmt: skip
    model = f"{study.id}.group_time"
    table.add_numbers(model, {"bounds_breakdown": bounds.raw["breakdown"]})
    for r in bounds.table.itertuples():
        term = f"{r.m:g}"
        ends = {Statistic("bounds_low", term): r.low, Statistic("bounds_high", term): r.high}
        table.add_numbers(model, ends)
    rows = [
        (f"{r.m:g}", interval_text(r.set_low, r.set_high), interval_text(r.low, r.high))
        for r in bounds.table.itertuples()
    ]
    note = (
        "Rambachan and Roth (2023), relative magnitudes: from one {period} to the next, trends diverge by at "
        "most m times the largest such change before adoption. The effect is the mean of {periods} 0 to "
        f"{study.latest}. The intervals come from projection and are wider than conditional intervals."
    )
    header = ("m", "Bounds", "95 % interval")
    table.grid(f"{study.title}: where trends are not parallel", header, rows, [note])


def _event_study(events: pd.Series, reach: pd.Series, title: str, time: str) -> Figure:
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    at = [*events.index, -1]
    axes.errorbar(
        at, [*events, 0.0], yerr=[*reach, 0.0], fmt="o", markersize=4, color="C0", ecolor="0.6",
        elinewidth=1,
    )  # fmt: skip
    axes.axhline(0, color="k", linewidth=0.6)
    axes.axvline(-0.5, color="C1", linewidth=0.8, linestyle="--")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(time)
    axes.set_ylabel("effect, 95 % interval")
    axes.set_title(title, fontsize=10)
    return figure
