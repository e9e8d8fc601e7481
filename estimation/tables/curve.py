"""The specification curve of a release: every defensible version of one regression (kind `curve`).

Belongs here: frames and choices from a spec, estimates as rows under readable ids, the summary and
the pictures. Not here: enumerating, estimating and testing (`curve`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, model_validator
from scipy import stats

from estimation.econometrics.fixed_effects.inference import MINIMUM_CLUSTERS
from estimation.econometrics.robustness.curve import (
    CHOICES,
    Choices,
    Curve,
    EmptyCurve,
    joint_test,
    run_curve,
)
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import joined, simulated_mark, simulated_measures
from estimation.panel.release import Release
from estimation.panel.sample import fill as filled_series
from estimation.panel.spec import Interpolation, Spec
from estimation.tables.curve_picture import draw_curve
from estimation.tables.pictures import picture
from estimation.tables.regressions import PRIMARY
from estimation.tables.result import (
    COEFFICIENT_COLUMNS,
    Block,
    Picture,
    TableResult,
    coefficient_frame,
    statistic_frame,
)
from estimation.tables.texts import p_text

Rows = list[dict[str, Any]]
INFERENCE = PRIMARY
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
LISTED = 12  # reasons of infeasible specifications shown; all are stored


class Exclusion(BaseModel):
    """Provinces an exclusion leaves out: named, or those where a role's measure has a break.

    `breaks_of` takes the documented breaks of single provinces inside any window of the curve.
    """

    model_config = ConfigDict(extra="forbid")

    provinces: list[str] = []
    breaks_of: list[str] = []

    @model_validator(mode="after")
    def _one(self) -> Exclusion:
        if self.provinces and self.breaks_of:
            raise ValueError("an exclusion names provinces or breaks_of, not both")
        return self


class Options(BaseModel):
    """The dimensions of the curve. Roles are keys of the spec's variables."""

    model_config = ConfigDict(extra="forbid")

    outcome: str
    focal: str
    always: list[str]
    controls: list[str]
    provinces: list[str]
    without_provinces: list[str]
    windows: list[tuple[int, int]]
    without_years: list[int]
    exclusions: dict[str, Exclusion]
    interpolations: dict[str, Interpolation]
    level: float
    draws: int
    seed: int

    @model_validator(mode="after")
    def _windows(self) -> Options:
        for first, last in self.windows:
            if last <= first:
                raise ValueError(f"window {first}-{last}: the last year must be after the first")
        return self


def estimate(spec: Spec, release: Release) -> TableResult:
    """Specification curve with its joint test, one panel a dependent variable.

    Every distinct estimate is a row of the coefficients: its model is
    `outcome | focal | window | exclusion | interpolation | controls`, its term the focal measure.

    Raises
    ------
    NotEstimable
        When no specification can be estimated.
    """
    options = Options.model_validate(spec.options)
    curve, choices, filled = _curve(spec, release, options)
    test = joint_test(curve, draws=options.draws, seed=options.seed, level=options.level)
    status = _Status(spec, release, options, filled)
    curve = replace(curve, estimates=_jackknifed(curve.estimates))
    estimates = curve.estimates.assign(model=_ids(curve.estimates))
    estimates["figures_status"] = [status.of(row) for row in estimates.to_dict("records")]
    summary = _summary(estimates, test, options)
    coefficients = _coefficients(estimates) + summary[0]
    blocks = [summary[1], _by_choice(estimates), _infeasible(curve)]
    pictures: list[Picture] = []
    for outcome in dict.fromkeys(estimates["outcome"]):
        figure = draw_curve(
            curve, outcome, title=f"{outcome} on {spec.variables[options.focal].label}"
        )
        alt = f"Estimates of {outcome} sorted with their 95 % intervals, and their choices below"
        pictures.append(picture(f"curve_{outcome}", alt, figure))
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame(coefficients),
        statistics=statistic_frame(_statistics(curve, estimates, test, options)),
        blocks=tuple(blocks),
        banner=_banner(spec, release, options, estimates, filled),
        choices={
            "specification": " | ".join(CHOICES),
            "inference": INFERENCE,
            "outcomes": list(choices.outcomes),
            "focal": list(choices.focal),
            "always": list(choices.always),
            "controls": {k: list(v) for k, v in choices.controls.items()},
            "windows": [f"{a}-{b}" for a, b in choices.windows],
            "exclusions": {k: list(v) for k, v in choices.exclusions.items()},
            "interpolations": {k: v.model_dump() for k, v in options.interpolations.items()},
            "joint_test": {"draws": options.draws, "seed": options.seed, "level": options.level},
        },
        sample={
            "n_obs": int(estimates["n_obs"].max()),
            "n_provinces": int(estimates["n_clusters"].max()),
            "first_year": int(estimates["first_year"].min()),
            "last_year": int(estimates["last_year"].max()),
            "dropped": [],
            "filled": filled,
        },
        figures_status=joined(estimates["figures_status"]),
        notes=(
            "A specification is a choice of measures, window, provinces, interpolation and "
            "controls; the covariance is none. Estimates resting on the same rows and figures "
            "count once. Rows with a missing cell are left out of the specifications that use it, "
            "and only there.",
            f"Joint test: the focal slope is zero in every specification; {options.draws} draws of "
            "one Rademacher weight a province through all of them, so that their dependence is "
            "kept.",
            "Series breaks: interpolation never crosses one, an exclusion leaves out the provinces "
            "whose series breaks, and a break common to all provinces is absorbed by the year "
            "effects as far as it is proportional.",
        ),
        pictures=tuple(pictures),
    )


def _jackknifed(estimates: pd.DataFrame) -> pd.DataFrame:
    """Estimates under the inference of every table: CR3 with t(G-1)."""
    out = estimates.assign(std_error=estimates["std_error_cr3"])
    enough = out["n_clusters"] >= MINIMUM_CLUSTERS
    out["t"] = (out["estimate"] / out["std_error"]).where(enough)
    out["p_value"] = 2 * stats.t.sf(out["t"].abs(), out["df"])
    reach = stats.t.ppf(0.975, out["df"]) * out["std_error"]
    out["ci_low"] = (out["estimate"] - reach).where(enough)
    out["ci_high"] = (out["estimate"] + reach).where(enough)
    return out


def points(spec: Spec, release: Release) -> pd.Series:
    """Every estimate of the curve and its medians by dependent variable, by (model, term).

    A repetition has the value of what it repeats: which of the two is stored depends on the figures.
    """
    options = Options.model_validate(spec.options)
    curve, _, _ = _curve(spec, release, options)
    repeated = curve.duplicates.drop(columns="same_as").assign(
        estimate=curve.estimates["estimate"].to_numpy()[curve.duplicates["same_as"].astype(int)]
    )
    every = pd.concat([curve.estimates[[*CHOICES, "estimate"]], repeated], ignore_index=True)
    medians = curve.estimates.groupby("outcome", sort=False)["estimate"].median()
    names = [
        *zip(_ids(every), every["focal"], strict=True),
        *((f"median.{outcome}", "median") for outcome in medians.index),
    ]
    index = pd.MultiIndex.from_tuples(names, names=["model", "term"])
    return pd.Series([*every["estimate"], *medians], index=index, dtype="float64")


def _curve(spec: Spec, release: Release, options: Options) -> tuple[Curve, Choices, Rows]:
    roles = [options.outcome, options.focal, *options.always, *options.controls]
    unknown = sorted(set(roles) - set(spec.variables))
    if unknown:
        raise ValueError(f"{spec.table}: options name {unknown}, not among the variables")
    strangers = {r for rule in options.interpolations.values() for r in rule.years} - set(roles)
    if strangers:
        raise ValueError(
            f"{spec.table}: interpolation fills {sorted(strangers)}, which the curve does not use"
        )
    measures = {role: spec.variables[role].measures for role in roles}
    every = [m for names in measures.values() for m in names]
    strange = sorted(set(every) - set(release.panel.columns))
    if strange:
        raise ValueError(
            f"{spec.table}: unknown measures {strange}. Known: {', '.join(release.panel.columns)}"
        )
    for role in options.always:
        if len(measures[role]) != 1:
            raise ValueError(f"{spec.table}: {role!r} is in every specification, so one measure")
    provinces = _provinces(release, options)
    inside = release.panel.index.get_level_values("province_code").isin(provinces)
    panel = release.panel.loc[inside, list(dict.fromkeys(every))]
    first = min(a for a, _ in options.windows)
    last = max(b for _, b in options.windows)
    frames: dict[str, pd.DataFrame] = {}
    filled: Rows = []
    logs = {m for role in roles for m in measures[role] if spec.variables[role].log}
    for name, rule in options.interpolations.items():
        levels, cells = _filled(release, panel, measures, rule)
        years = levels.index.get_level_values("year")
        levels = levels[(years >= first) & (years <= last)]
        filled += [{"interpolation": name, **c} for c in cells if first <= c["year"] <= last]
        frames[name] = _transformed(levels, logs)
    choices = Choices(
        outcomes=measures[options.outcome],
        focal=measures[options.focal],
        always=[measures[role][0] for role in options.always],
        controls={role: measures[role] for role in options.controls},
        windows=options.windows,
        without_years=options.without_years,
        exclusions={
            name: _excluded(release, options, measures, rule, provinces)
            for name, rule in options.exclusions.items()
        },
    )
    try:
        return run_curve(frames, choices), choices, filled
    except EmptyCurve as reason:
        raise NotEstimable(str(reason)) from reason


def _provinces(release: Release, options: Options) -> list[str]:
    known = release.provinces
    if options.provinces == ["paper"]:
        found = known.loc[known["in_paper"].astype(bool), "province_code"].tolist()
    elif options.provinces == ["all"]:
        found = known["province_code"].tolist()
    else:
        found = list(options.provinces)
    wrong = sorted((set(found) | set(options.without_provinces)) - set(known["province_code"]))
    if wrong:
        raise ValueError(f"unknown province codes {wrong}. Remedy: GB/T 2260 codes.")
    return sorted(set(found) - set(options.without_provinces))


def _excluded(
    release: Release,
    options: Options,
    measures: Mapping[str, Sequence[str]],
    rule: Exclusion,
    provinces: Sequence[str],
) -> list[str]:
    if not rule.breaks_of:
        return [p for p in rule.provinces if p in provinces]
    wanted = [m for role in rule.breaks_of for m in measures[role]]
    table = release.series_breaks
    first, last = min(a for a, _ in options.windows), max(b for _, b in options.windows)
    mine = table[table["measure"].isin(wanted) & table["year"].between(first + 1, last)]
    return sorted(set(mine["province_code"].fillna("")) & set(provinces))


def _filled(
    release: Release,
    panel: pd.DataFrame,
    measures: Mapping[str, Sequence[str]],
    rule: Interpolation,
) -> tuple[pd.DataFrame, Rows]:
    """Levels with the cells a rule allows filled, never across a documented break."""
    out, cells = panel.copy(), []
    for role in rule.years:
        for measure in measures[role]:
            series, found = filled_series(release, measure, rule, role)
            out[measure] = series.reindex(out.index)
            cells += [
                {"measure": measure, **c}
                for c in found
                if (c["province_code"], c["year"]) in out.index
            ]
    return out, cells


def _transformed(levels: pd.DataFrame, logs: set[str]) -> pd.DataFrame:
    out = levels.astype(float).copy()
    for measure in logs:
        wrong = out.index[out[measure] <= 0]
        if len(wrong):
            province, year = wrong[0]
            raise ValueError(
                f"{measure} {province} {year}: logarithm of {out.loc[wrong[0], measure]:g}. "
                "Remedy: leave the province or the measure out; log(1+x) is never taken."
            )
        out[measure] = np.log(out[measure])
    return out


class _Status:
    """What kind of figures an estimate rests on, by its measures and cells."""

    def __init__(self, spec: Spec, release: Release, options: Options, filled: Rows) -> None:
        self.simulated = set(simulated_measures(release))
        roles = [options.outcome, options.focal, *options.always, *options.controls]
        self.stand_ins = {m for role in roles for m in spec.variables[role].stands_in}
        self.always = {spec.variables[role].measures[0] for role in options.always}
        self.filled = {(f["interpolation"], f["measure"]) for f in filled}

    def of(self, row: Mapping[str, Any]) -> str:
        controls = set(str(row["controls"]).split(" + ")) - {"none"}
        used = {row["outcome"], row["focal"], *self.always, *controls}
        parts = ["simulated"] if used & self.simulated else []
        parts += ["stand-in"] if used & self.stand_ins else []
        parts += (
            ["interpolated"] if any((row["interpolation"], m) in self.filled for m in used) else []
        )
        return joined(parts)


def _ids(frame: pd.DataFrame) -> pd.Series:
    return frame[CHOICES].astype(str).agg(" | ".join, axis=1)


def _coefficients(estimates: pd.DataFrame) -> Rows:
    frame = estimates.rename(columns={"focal": "term", "t": "statistic"}).assign(
        inference=INFERENCE
    )
    return frame[COEFFICIENT_COLUMNS].to_dict("records")


def _statistics(
    curve: Curve, estimates: pd.DataFrame, test: pd.DataFrame, options: Options
) -> Rows:
    """Choices of every estimate, the infeasible with their reasons, counts and joint tests."""
    rows: Rows = []
    for record in estimates.to_dict("records"):
        rows += [
            {"model": record["model"], "name": f"choice.{c}", "value": None, "text": str(record[c])}
            for c in CHOICES
        ]
    lost = curve.infeasible
    rows += [
        {"model": model, "name": "not_estimable", "value": None, "text": reason}
        for model, reason in zip(_ids(lost), lost["reason"], strict=True)
    ] if len(lost) else []  # fmt: skip
    counts = {
        "distinct_estimates": len(estimates),
        "infeasible": len(lost),
        "duplicates": len(curve.duplicates),
    }
    rows += [
        {"model": "curve", "name": k, "value": float(v), "text": None} for k, v in counts.items()
    ]
    for record in test.to_dict("records"):
        for part in ("observed", "null_median", "null_95", "p_value"):
            name = f"joint.{record['statistic']}.{part}"
            model = f"median.{record['outcome']}"
            rows.append({"model": model, "name": name, "value": record[part], "text": None})
    for outcome, part in estimates.groupby("outcome", sort=False):
        significant = part["p_value"] < options.level
        numbers = {
            "n_estimates": len(part),
            "share_positive": (part["estimate"] > 0).mean(),
            "share_significant_positive": (significant & (part["estimate"] > 0)).mean(),
            "share_significant_negative": (significant & (part["estimate"] < 0)).mean(),
            **{f"quantile_{q:g}": part["estimate"].quantile(q) for q in SHARES},
        }
        rows += [
            {"model": f"median.{outcome}", "name": k, "value": float(v), "text": None}
            for k, v in numbers.items()
        ]
    return rows


def _summary(estimates: pd.DataFrame, test: pd.DataFrame, options: Options) -> tuple[Rows, Block]:
    """Panel by dependent variable: how many, where they lie, what the joint test says."""
    rows: list[tuple[str, ...]] = []
    coefficients: Rows = []
    joint = test.set_index(["outcome", "statistic"])
    for outcome, part in estimates.groupby("outcome", sort=False):
        significant = part["p_value"] < options.level
        median = joint.loc[(outcome, "median")]
        coefficients.append(
            {
                "model": f"median.{outcome}", "term": "median",
                "inference": "wild_cluster_bootstrap:rademacher:joint",
                "estimate": float(part["estimate"].median()), "p_value": median["p_value"],
                "n_obs": part["n_obs"].max(), "n_clusters": part["n_clusters"].max(),
                "figures_status": joined(part["figures_status"]),
            }
        )  # fmt: skip
        rows.append(
            (
                str(outcome),
                f"{len(part):,}",
                f"{part['estimate'].median():.3f}",
                f"[{part['estimate'].quantile(0.05):.3f}, {part['estimate'].quantile(0.95):.3f}]",
                f"{(part['estimate'] > 0).mean():.0%}",
                f"{(significant & (part['estimate'] > 0)).mean():.0%}",
                f"{(significant & (part['estimate'] < 0)).mean():.0%}",
                f"±{median['null_95']:.3f}",
                *(
                    p_text(joint.loc[(outcome, s), "p_value"])
                    for s in ("median", "mean_t", "share_significant")
                ),
            )
        )
    header = (
        "Dependent variable", "Distinct estimates", "Median", "5 to 95 %", "Positive",
        f"Positive, p < {options.level:g}", f"Negative, p < {options.level:g}",
        "Median under the null, 95 %", "p, median", "p, mean t", "p, share significant",
    )  # fmt: skip
    return coefficients, Block("The curve", header, tuple(rows), (), frozenset({0}))


def _by_choice(estimates: pd.DataFrame) -> Block:
    """Median by every value of every choice: which one moves the curve."""
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    outcomes = list(dict.fromkeys(estimates["outcome"]))

    def line(label: str, chosen: pd.Series) -> None:
        cells: list[str] = []
        for outcome in outcomes:
            part = estimates[chosen & (estimates["outcome"] == outcome)]["estimate"]
            cells += [f"{part.median():.3f}", f"{len(part):,}"] if len(part) else ["", "0"]
        rows.append((label, *cells))

    for choice in ("focal", "window", "exclusion", "interpolation"):
        rules.append(len(rows))
        for value in dict.fromkeys(estimates[choice]):
            line(f"{choice}: {value}", estimates[choice] == value)
    rules.append(len(rows))
    taken = estimates["controls"].str.split(" + ", regex=False)
    for control in sorted({c for row in taken for c in row}):
        line(f"control: {control}", taken.map(lambda row, c=control: c in row))
    header = ("Choice", *(h for o in outcomes for h in (f"Median, {o}", "Estimates")))
    note = (
        "Estimates are counted under the first rule or window that gives them: interpolation "
        "'linear' holds those a filled cell changes."
    )
    return Block("Medians by choice", header, tuple(rows), (note,), frozenset(rules))


def _infeasible(curve: Curve) -> Block:
    counts = curve.infeasible["reason"].value_counts()
    rows = [(str(reason), f"{n:,}") for reason, n in counts.head(LISTED).items()]
    more = counts.iloc[LISTED:]
    if len(more):
        rows.append((f"{len(more)} other reasons", f"{more.sum():,}"))
    rows.append(("Infeasible, together", f"{len(curve.infeasible):,}"))
    rows.append(("Repetitions of an estimate already there", f"{len(curve.duplicates):,}"))
    rules = frozenset({0, len(rows) - 2})
    note = "Every infeasible specification is stored with its reason."
    header = ("Reason", "Specifications")
    return Block("Not estimated", header, tuple(rows), (note,), rules, appendix=True)


def _banner(
    spec: Spec, release: Release, options: Options, estimates: pd.DataFrame, filled: Rows
) -> tuple[str, ...]:
    controls = {c for row in estimates["controls"] for c in str(row).split(" + ")}
    used = {*estimates["outcome"], *estimates["focal"], *controls}
    used |= {spec.variables[role].measures[0] for role in options.always}
    mark = simulated_mark(release, used)
    lines = [mark] if mark else []
    roles = [options.outcome, options.focal, *options.always, *options.controls]
    stand_ins = [
        (m, spec.variables[role].concept)
        for role in roles
        for m in spec.variables[role].measures
        if m in spec.variables[role].stands_in and m in used
    ]
    simulated = set(simulated_measures(release, used))
    official = sorted(used - {m for m, _ in stand_ins} - simulated - {"none"})
    if official:
        lines.append(f"Official figures: {', '.join(official)}.")
    lines += [f"Stand-in: {measure} for {concept}." for measure, concept in sorted(stand_ins)]
    counts: dict[tuple[str, int], int] = {}
    for cell in filled:
        key = (cell["measure"], cell["year"])
        counts[key] = counts.get(key, 0) + 1
    if counts:
        named = "; ".join(f"{m} {y} ({n} cells)" for (m, y), n in sorted(counts.items()))
        lines.append(f"Interpolated in some specifications, every cell in the manifest: {named}.")
    low = release.observations
    first, last = int(estimates["first_year"].min()), int(estimates["last_year"].max())
    inside = low["measure"].isin(used) & low["year"].between(first, last)
    cells = low[inside & (low["quality"] == "low")].groupby("measure").size()
    if len(cells):
        named = ", ".join(f"{m} {n}" for m, n in cells.items())
        lines.append(f"Low-quality cells among the years used: {named}.")
    table = release.series_breaks
    breaks = table[table["measure"].isin(used) & table["year"].between(first + 1, last)]
    if len(breaks):
        names = dict(
            zip(release.provinces["province_code"], release.provinces["province"], strict=True)
        )
        named = "; ".join(
            f"{b.measure} {names.get(b.province_code, 'all provinces')} from {b.year}"
            for b in breaks.sort_values(["measure", "province_code", "year"]).itertuples()
        )
        lines.append(f"Documented breaks inside the windows: {named}.")
    return tuple(lines)
