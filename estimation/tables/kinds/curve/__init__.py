"""The specification curve of a release: every defensible version of one regression (kind `curve`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import model_validator

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import monte_carlo_error
from living_panel.estimation.econometrics.robustness.curve import (
    CHOICES,
    Choices,
    Curve,
    run_curve,
)
from living_panel.estimation.econometrics.robustness.curve_joint import joint_test, wild_inference
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.panel.content_cache import by_content
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.figures import joined
from living_panel.estimation.panel.lineage import CellFiles
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.roles import Entering, Role
from living_panel.estimation.panel.sample import grid, units_of
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict, Units
from living_panel.estimation.tables.builder import Builder, Points
from living_panel.estimation.tables.curve_treatments import (
    CurveParts,
    Series,
    Treatments,
    add_treatments,
    treatment_points,
)
from living_panel.estimation.tables.facts import NOT_THERE, PRIMARY, errors_text, mean_text
from living_panel.estimation.tables.kinds.curve.picture import choices_taken, draw_curve
from living_panel.estimation.tables.result import COEFFICIENT_COLUMNS, Picture, specification_frame
from living_panel.estimation.tables.texts import interval_text, p_text

JOINT = "wild_cluster_bootstrap:rademacher:joint"
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
LISTED = 12  # reasons of infeasible specifications shown; all are stored
ANY = 1e-9  # of the cells a measure must have: one value
NOTES = (
    "A specification is a choice of measures, window, {units}, interpolation and controls. "
    "Specifications with the same rows and values count once. The name of a window gives the {periods} of its rows. "
    "Rows with a missing cell are excluded from the specifications that use it. Each specification also excludes rows "
    "that are alone in their {unit} or {period} in its sample.",
    "Interpolation never crosses a series break, and some specifications exclude the {units} whose series has "
    "a break. The {period} effects absorb a break common to all {units} if it changes all values by the same "
    "proportion.",
)


class Exclusion(Strict):
    """Units to leave out: named units, and units in which a role's measure has a break."""

    units: list[str] = []
    """Codes of the units to leave out."""
    breaks_of: list[Role] = []
    """Variables whose measures break: units with a documented break inside any window are left out."""

    @model_validator(mode="after")
    def _one(self) -> Exclusion:
        if self.units and self.breaks_of:
            raise InvalidSpec(
                Code.SPEC_SAMPLE(
                    "an exclusion names both `units` and `breaks_of`", "write only one of them"
                )
            )
        return self


class Options(Strict):
    """The choices that the specification curve varies. A role is a key of the spec's `variables`."""

    outcome: Entering
    """Dependent variable; each of its measures is a choice."""
    focal: Entering
    """Variable whose slope the curve shows; each of its measures is a choice."""
    always: list[Entering]
    """Regressors of every specification; each has one measure."""
    controls: list[Entering]
    """Controls: each is left out, or enters by one of its measures."""
    units: Units
    """Units of the curve, before exclusions."""
    windows: list[tuple[int, int]]
    """First and last year of each window."""
    without_years: list[int]
    """Years to leave out of every window."""
    exclusions: dict[str, Exclusion]
    """Sets of units to leave out, by name; an empty one leaves out none."""
    interpolations: dict[str, Interpolation]
    """Rules of interpolation, by name."""
    level: float
    """Level of tests, usually 0.05. The coverage of intervals is one minus this level."""
    draws: int
    """Draws of the wild cluster bootstrap, shared by all specifications; usually 499."""
    seed: int
    """Seed of the bootstrap."""
    min_clusters: int = 2
    """Smallest number of units that an estimate needs."""
    min_df: int = 1
    """Smallest number of residual degrees of freedom that an estimate needs."""
    treatments: Treatments | None = None
    """Other estimators of the same slope; none without it."""

    @model_validator(mode="after")
    def _windows(self) -> Options:
        for first, last in self.windows:
            if last <= first:
                raise InvalidSpec(
                    Code.SPEC_VALUE(
                        "the window {first}-{last} ends before it begins",
                        "exchange the two years",
                        first=first,
                        last=last,
                    )
                )
        return self

    @property
    def roles(self) -> list[str]:
        """Every variable of the curve and of its treatments."""
        asked = self.treatments.columns.values() if self.treatments else ()
        treated = (role for roles in asked for role in roles)
        return list(
            dict.fromkeys([self.outcome, self.focal, *self.always, *self.controls, *treated])
        )

    def whole(self, release: Release) -> Sample:
        """Units and years of all windows together."""
        return Sample(
            units=sorted(units_of(release, self.units)),
            first_year=min(first for first, _ in self.windows),
            last_year=max(last for _, last in self.windows),
            without_years=[],
            minimum_coverage=ANY,
        )


def fill(table: Builder, options: Options) -> None:
    """Every distinct estimate with its joint test, one panel a dependent variable.

    The model of a row is `outcome | focal | window | exclusion | interpolation | controls`, its term
    the focal measure.
    """
    curve, choices, series = _curve(table, options)
    draws, seed, level = options.draws, options.seed, options.level
    test = joint_test(curve, draws=draws, seed=seed, level=level)
    estimates = wild_inference(curve, draws=draws, seed=seed, level=level)
    curve = replace(curve, estimates=estimates)
    estimates = curve.estimates.assign(model=_ids(curve.estimates))
    estimates["figures_status"] = list(_statuses(estimates, series, choices))
    _add_estimates(table, curve, estimates)
    _panels(table, options, estimates, test, _outcome_series(series, choices))
    _by_choice(table, options, estimates)
    treated = {}
    if options.treatments is not None:
        treated = add_treatments(table, options.treatments, _asked(table, options, choices), series)
    table.add_files(_files(table, curve, estimates, (series, choices), treated))
    _infeasible(table, curve)
    words = _words(table)
    for outcome in dict.fromkeys(estimates["outcome"]):
        called = words(outcome)
        title = f"{called[:1].upper()}{called[1:]} on {table.label(options.focal)}"
        alt = f"Estimates of {called} sorted with their 95 % intervals, and their choices below"
        figure = draw_curve(curve, outcome, title=title, words=words)
        table.add_picture(Picture(f"curve_{outcome}", alt, figure))
    used = {m for row in estimates.to_dict("records") for m in _measures(row, choices)}
    table.add_parts(*(sample for (_, measure), sample in series.items() if measure in used))
    table.describe_values(status=joined(estimates["figures_status"]))
    table.choose(exclusions={name: list(out) for name, out in choices.exclusions.items()})
    table.describe_sample(_record(estimates, series))
    table.add_notes(
        NOTES[0],
        f"p-values and intervals of every estimate: wild cluster bootstrap, {options.draws} draws. The joint "
        "test that the slope is zero in every specification uses the same draws. Each {unit} has one "
        "Rademacher weight in all specifications, which preserves their dependence.",
        f"Every estimate has at least {options.min_clusters} {{units}} and {options.min_df} residual "
        "degrees of freedom.",
        NOTES[1],
    )


def points(table: Builder, options: Options) -> Points:
    """Every estimate of the curve and its medians by dependent variable.

    A repetition has the value of what it repeats: which of the two is stored depends on the data.
    """
    curve, choices, series = _curve(table, options)
    repeated = curve.duplicates.drop(columns="same_as").assign(
        estimate=curve.estimates["estimate"].to_numpy()[curve.duplicates["same_as"].astype(int)]
    )
    every = pd.concat([curve.estimates[[*CHOICES, "estimate"]], repeated], ignore_index=True)
    medians = curve.estimates.groupby("outcome", sort=False)["estimate"].median()
    yield from zip(zip(_ids(every), every["focal"], strict=True), every["estimate"], strict=True)
    yield from (((f"median.{outcome}", "median"), m) for outcome, m in medians.items())
    if options.treatments is not None:
        yield from treatment_points(
            table, options.treatments, _asked(table, options, choices), series
        )


def _curve(table: Builder, options: Options) -> tuple[Curve, Choices, Series]:
    spec, release = table.spec, table.release
    measures = {role: v.measures for role, v in spec.playing(options.roles).items()}
    for role in options.always:
        if len(measures[role]) != 1:
            raise InvalidSpec(
                Code.SPEC_ROLE(
                    "{table}: {role!r} is in every specification, but lists several measures",
                    "write one measure",
                    table=spec.table,
                    role=role,
                )
            )
    whole = options.whole(release)
    series = _series(table, options, whole)
    cells = grid(release, whole)
    cells = cells[cells.isin(release.panel.index)]
    columns = list(dict.fromkeys(m for names in measures.values() for m in names))
    frames = {
        rule: pd.DataFrame({m: s.frame.iloc[:, 0] for (r, m), s in series.items() if r == rule})
        for rule in options.interpolations
    }
    frames = {r: f.reindex(index=cells, columns=columns).astype(float) for r, f in frames.items()}
    choices = Choices(
        outcomes=measures[options.outcome],
        focal=measures[options.focal],
        always=[measures[role][0] for role in options.always],
        controls={role: measures[role] for role in options.controls},
        windows=options.windows,
        without_years=options.without_years,
        exclusions={
            name: _excluded(table, rule, whole) for name, rule in options.exclusions.items()
        },
        min_clusters=options.min_clusters,
        min_df=options.min_df,
    )
    try:
        return by_content(run_curve)(frames, choices), choices, series
    except Infeasible as reason:
        raise NotEstimable(*reason.problems) from reason


def _asked(table: Builder, options: Options, choices: Choices) -> CurveParts:
    """Parts of the curve that the treatments take."""
    controls = {role: v.measures[0] for role, v in table.spec.variables.items()}
    return CurveParts(
        choices.outcomes[0], choices.focal[0], controls, options.seed, options.level,
        options.min_clusters, options.min_df,
    )  # fmt: skip


def _series(table: Builder, options: Options, whole: Sample) -> Series:
    """Logs where the spec takes them, with the cells a rule allows filled, never across a break."""
    samples: Series = {}
    for name, rule in options.interpolations.items():
        for role in options.roles:
            for measure, sample in table.measured(role, whole, rule.of([role])):
                samples[name, measure] = sample
    return samples


def _excluded(table: Builder, rule: Exclusion, whole: Sample) -> list[str]:
    if not rule.breaks_of:
        return [p for p in units_of(table.release, rule.units) if p in whole.units]
    broken = {m for v in table.spec.playing(rule.breaks_of).values() for m in v.measures}
    breaks = table.release.series_breaks
    years = breaks["year"].between(whole.first_year + 1, int(whole.last_year))
    mine = breaks[breaks["measure"].isin(broken) & years]
    return sorted(set(mine["province_code"].fillna("")) & set(whole.units))


def _ids(frame: pd.DataFrame) -> pd.Series:
    parts = frame[CHOICES].assign(controls=[" + ".join(c) or "none" for c in frame["controls"]])
    columns = [parts[c].astype(str).to_numpy(object) for c in CHOICES]
    return pd.Series(list(map(" | ".join, zip(*columns, strict=True))), frame.index, dtype="str")


def _words(table: Builder) -> Callable[[str], str]:
    """A choice's value in words: a measure as its role calls it, else by its title; the rest as they are."""
    called = {m: w for v in table.spec.variables.values() for m, w in v.words.items()}
    known = set(table.release.indicators["measure"])
    return lambda value: (
        called.get(value) or (table.release.words(value) if value in known else value)
    )


def _measures(row: Mapping[str, Any], choices: Choices) -> list[str]:
    return [row["outcome"], row["focal"], *choices.always, *row["controls"]]


def _statuses(estimates: pd.DataFrame, series: Series, choices: Choices) -> Iterator[str]:
    """Kind of values behind each estimate, by its measures and rule."""
    for row in estimates.to_dict("records"):
        rule = row["interpolation"]
        yield joined(series[rule, m].figures_status for m in _measures(row, choices))


def _files(
    table: Builder,
    curve: Curve,
    estimates: pd.DataFrame,
    data: tuple[Series, Choices],
    treated: Mapping[str, tuple[list[str], pd.MultiIndex]],
) -> pd.DataFrame:
    """Files behind every estimate, every median (those of all its estimates) and every treatment."""
    series, choices = data
    some = curve.samples[0].cells.grid
    rows = pd.MultiIndex.from_product([some.units, some.years])
    variables = {key: (s, next(iter(s.choices))) for key, s in series.items()}
    files = CellFiles(table.release.observations, rows, variables)
    used: dict[str, np.ndarray] = {}
    for row, member in zip(estimates.to_dict("records"), curve.samples, strict=True):
        keys = [(row["interpolation"], measure) for measure in _measures(row, choices)]
        marks = used[row["model"]] = files.used(keys, member.cells.mask.ravel())
        median = f"median.{row['outcome']}"
        used[median] = used[median] | marks if median in used else marks
    for model, (measures, index) in treated.items():
        used[model] = files.used([("none", m) for m in measures], rows.isin(index))
    return files.frame(used)


def _record(estimates: pd.DataFrame, series: Series) -> dict[str, Any]:
    return {
        "n_obs": int(estimates["n_obs"].max()),
        "n_provinces": int(estimates["n_clusters"].max()),
        "first_year": int(estimates["first_year"].min()),
        "last_year": int(estimates["last_year"].max()),
        "dropped": [],
        "filled": [
            {"interpolation": rule, **cell}
            for (rule, _), sample in series.items()
            for cell in sample.filled
        ],
    }


def _add_estimates(table: Builder, curve: Curve, estimates: pd.DataFrame) -> None:
    """Every estimate with its choices, the infeasible with their reasons, counts."""
    rows = estimates.rename(columns={"focal": "term", "t": "statistic"}).assign(inference=PRIMARY)
    for row in rows[COEFFICIENT_COLUMNS].to_dict("records"):
        table.estimates(row["model"], [row], row["figures_status"])
    lost = curve.infeasible.assign(model=_ids(curve.infeasible))
    table.add_specifications(specification_frame(estimates, lost))
    counts = {"infeasible": len(lost), "duplicates": len(curve.duplicates)}
    table.add_numbers("curve", {"distinct_estimates": len(estimates), **counts})


def _outcome_series(series: Series, choices: Choices) -> dict[str, pd.Series]:
    """Values of each dependent variable over all windows, as the first interpolation rule gives them."""
    outcomes: dict[str, pd.Series] = {}
    for (_, measure), sample in series.items():
        if measure in choices.outcomes:
            outcomes.setdefault(measure, sample.frame.iloc[:, 0].dropna())
    return outcomes


def _panels(
    table: Builder, options: Options, estimates: pd.DataFrame, test: pd.DataFrame,
    outcomes: Mapping[str, pd.Series],
) -> None:  # fmt: skip
    """Panel by dependent variable: how many, where they lie, what the joint test says."""
    joint = test.set_index(["outcome", "statistic"])
    for (outcome, statistic), row in joint.iterrows():
        parts = ("observed", "null_median", "null_95", "p_value")
        table.add_numbers(
            f"median.{outcome}",
            {Statistic(f"joint_{part}", str(statistic)): row[part] for part in parts},
        )
    words = _words(table)
    rows: list[tuple[str, ...]] = []
    for outcome, part in estimates.groupby("outcome", sort=False):
        model, values, significant = f"median.{outcome}", part["estimate"], part["p_value"]
        significant = significant < options.level
        shares = {
            "share_positive": (values > 0).mean(),
            "share_significant_positive": (significant & (values > 0)).mean(),
            "share_significant_negative": (significant & (values < 0)).mean(),
        }
        quantiles = {q: values.quantile(q) for q in SHARES}
        named = {f"quantile_{q:g}": value for q, value in quantiles.items()}
        table.add_numbers(model, {"n_estimates": len(part), **shares, **named})
        median = joint.loc[(outcome, "median")]
        row = {
            "term": "median", "inference": JOINT, "estimate": float(values.median()),
            "p_value": median["p_value"],
            "p_mc_error": monte_carlo_error(float(median["p_value"]), options.draws), "n_obs": part["n_obs"].max(),
            "n_clusters": part["n_clusters"].max(),
        }  # fmt: skip
        table.estimates(model, [row], joined(part["figures_status"]))
        statistics = ("median", "mean_t", "share_significant")
        rows.append(
            (
                words(str(outcome)),
                f"{len(part):,}",
                f"{values.median():.3f}",
                interval_text(quantiles[0.05], quantiles[0.95]),
                *(f"{share:.0%}" for share in shares.values()),
                f"±{median['null_95']:.3f}",
                *(p_text(joint.loc[(outcome, s), "p_value"]) for s in statistics),
            )
        )
    header = (
        "Dependent variable", "Distinct estimates", "Median", "5 to 95 %", "Positive",
        f"Positive, p < {options.level:g}", f"Negative, p < {options.level:g}",
        "Median under the null, 95 %", "p, median", "p, mean t", "p, share significant",
    )  # fmt: skip
    table.grid("The curve", header, rows, [_facts(estimates)], appendix=False)
    means = [(words(o), mean_text(float(y.mean())), str(len(y))) for o, y in outcomes.items()]
    cells = ("Dependent variable", "Mean", "Cells of all windows")
    table.grid("Means of the dependent variables", cells, means)


def _facts(estimates: pd.DataFrame) -> str:
    """Facts of every estimate of the curve, as ranges."""
    rows, units = (_range(estimates[name]) for name in ("n_obs", "n_clusters"))
    years = _range(estimates["last_year"] - estimates["first_year"] + 1)
    return (
        f"Every estimate: estimator: OLS; {{unit}} effects: yes; {{period}} effects: yes; standard errors: "
        f"{errors_text(PRIMARY)}; clustered by: {{unit}}; clusters: {units}; degrees of freedom of t: bootstrap; "
        f"observations: {rows}; {{units}}: {units}; {{periods}}: {years}; R²: {NOT_THERE}."
    )


def _range(values: pd.Series) -> str:
    return " to ".join(dict.fromkeys((f"{values.min():.0f}", f"{values.max():.0f}")))


def _by_choice(table: Builder, options: Options, estimates: pd.DataFrame) -> None:
    """Median by every value of every choice: which one moves the curve."""
    outcomes = list(dict.fromkeys(estimates["outcome"]))
    words = _words(table)
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    for choice, taken in choices_taken(estimates).items():
        rules.append(len(rows))
        for value, mask in taken.items():
            parts = [
                estimates.loc[mask & (estimates["outcome"] == o), "estimate"] for o in outcomes
            ]
            cells = ((f"{p.median():.3f}" if len(p) else "", f"{len(p):,}") for p in parts)
            label = f"{choice}: {words(value)}"
            rows.append((label, *(cell for pair in cells for cell in pair)))
    header = ("Choice", *(h for o in outcomes for h in (f"Median, {words(o)}", "Estimates")))
    note = (
        "Each estimate is counted once, under the first interpolation rule and window that give it"
    )
    if later := [f"'{name}'" for name in list(options.interpolations)[1:]]:
        note += f". Interpolation {', '.join(later)} lists only the estimates that a filled cell changes"
    note += "."
    table.grid("Medians by choice", header, rows, [note], rules, appendix=False)


def _infeasible(table: Builder, curve: Curve) -> None:
    counts = curve.infeasible["reason"].value_counts()
    rows = [(str(reason), f"{n:,}") for reason, n in counts.head(LISTED).items()]
    more = counts.iloc[LISTED:]
    if len(more):
        rows.append((f"{len(more)} other reasons", f"{more.sum():,}"))
    rows.append(("Infeasible, together", f"{len(curve.infeasible):,}"))
    rows.append(("Repetitions of another estimate", f"{len(curve.duplicates):,}"))
    note = "Every infeasible specification is stored with its reason."
    header = ("Reason", "Specifications")
    table.grid("Not estimated", header, rows, [note], (0, len(rows) - 2))
