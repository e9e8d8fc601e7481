"""What stands under a synergy regression: effects over ranges, influence, leads, a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.robustness.synergy import (
    FORMS,
    Form,
    SynergyFit,
    estimate_synergy,
    leads_test,
    leave_one_province_out,
    marginal_effects,
)
from estimation.econometrics.robustness.threshold import ThresholdFit, panel_threshold
from estimation.tables import influence
from estimation.tables.builder import Builder, Options
from estimation.tables.pictures import picture
from estimation.tables.regressions import Ways, regression, slopes
from estimation.tables.texts import p_text

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
POINTS_ALONE = {
    "cov": "clustered",
    "cluster": ["province_code"],
    "correction": "reghdfe",
    "df": "t(G-1)",
}
FEWEST_DRAWS = 99  # the slopes need none
BOTH: tuple[Form, ...] = FORMS  # type: ignore[assignment]


class Marginal(Options):
    """Marginal effects: grid points from the smallest to the largest value, level of the bands."""

    points: int
    level: float


class Leads(Options):
    """Level and power of minimum detectable effects."""

    level: float
    power: float


class Threshold(Options):
    """Hansen's (1999) threshold: which slope switches, on which regressor."""

    switching: str
    regime: str
    draws: int
    seed: int
    trim: float
    level: float


@dataclass(frozen=True)
class Pair:
    """A regression with the product of two regressors: its table, id, title, rows and labels."""

    table: Builder
    name: str
    title: str
    y: pd.Series
    x: pd.DataFrame
    pair: tuple[str, str]
    labels: Mapping[str, str]


def add_effects(part: Pair, way: Mapping[str, Any], how: Marginal) -> None:
    """Effect of each of the pair over the sample's range of the other, with its picture."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    axes = figure.subplots(2, 2)
    rows: list[tuple[str, ...]] = []
    for column, form in enumerate(BOTH):
        fit = estimate_synergy(part.y, part.x, pair=part.pair, form=form, way=way)
        for line, of in enumerate(part.pair):
            effects = marginal_effects(fit, of, points=how.points, level=how.level)
            _plot_effects(axes[line, column], effects, fit, of=of, labels=part.labels, title=form)
            rows += _effect_rows(part, form, of, part.pair[1 - line], effects)
            for sign, there in (
                ("positive", effects["band_low"] > 0),
                ("negative", effects["band_high"] < 0),
            ):
                name = f"effect.{of}.share_of_range_{sign}"
                part.table.say(f"{part.name}.{form}", {name: there.mean()})
    header = (
        "Effect of", "where (share of the sample below)", "Effect", "SE",
        f"{how.level:.0%} pointwise", f"{how.level:.0%} at all points",
    )  # fmt: skip
    note = (
        "The demeaned form's moderator is the deviation from province and year means. Standard "
        f"errors and bands: {fit.result.label}; the second band holds at all points (Scheffé)."
    )
    first, second = (part.labels[p] for p in part.pair)
    alt = (
        f"{part.title}: effect of {first} over {second} and of the second over the first, centred "
        "and two-way demeaned, with pointwise and simultaneous bands"
    )
    rules = range(0, len(rows), len(SHARES))
    part.table.grid(f"{part.title}: marginal effects", header, rows, [note], rules)
    part.table.pictures.append(picture(f"effects_{part.name}", alt, figure))


def _effect_rows(
    part: Pair, form: str, of: str, other: str, effects: pd.DataFrame
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for share in SHARES:
        nearest = (effects["share_below"] - share).abs().idxmin()
        at = effects.loc[nearest] if share else effects.iloc[0]
        rows.append(
            (
                "" if share else f"{part.labels[of]}, {form}",
                f"{part.labels[other]} = {at['moderator']:.2f} ({share:.0%})",
                f"{at['effect']:.3f}",
                f"({at['std_error']:.3f})",
                f"[{at['low']:.3f}, {at['high']:.3f}]",
                f"[{at['band_low']:.3f}, {at['band_high']:.3f}]",
            )
        )
        names = ("moderator", "effect", "std_error", "low", "high")
        numbers = {f"effect.{of}.at_share_{share:g}.{name}": at[name] for name in names}
        part.table.say(f"{part.name}.{form}", numbers)
    return rows


def add_influence(part: Pair, way: Mapping[str, Any], shown: int) -> None:
    """The product without each province: the most influential in rows, all in the picture."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    names = part.table.provinces
    rows: list[tuple[str, ...]] = []
    for axes, form in zip(figure.subplots(1, 2), BOTH, strict=True):
        out = leave_one_province_out(
            part.y, part.x, terms=["synergy"], way=way, pair=part.pair, form=form
        )
        full, without = influence.split(out)
        rows.append((f"{form}: nobody", *influence.cells(full)))
        for _, row in without.head(shown).iterrows():
            rows.append((f"  {names[row['left_out']]}", *influence.cells(row)))
        influence.say_without(part.table, f"{part.name}.{form}", without)
        influence.draw(axes, full, without, names)
        axes.set_xlabel("product without the province, ± 1.96 SE")
        axes.set_title(form, fontsize=10)
    product = " × ".join(part.labels[p] for p in part.pair)
    label = f"{way['cov']}, {way['correction']}, {way['df']}"
    note = (
        f"The {shown} provinces whose absence moves the product most; all {len(without)} are in "
        f"the picture and the stored statistics. Conventional standard errors ({label}) "
        "order the provinces and earn no stars."
    )
    header = ("Without", "Product", "SE", "p", "Change in SE")
    title = f"{part.title}: {product} without each province"
    part.table.grid(title, header, rows, [note], (0, 1 + shown))
    alt = f"{part.title}: estimates of the product {product} leaving out one province at a time"
    part.table.pictures.append(picture(f"influence_{part.name}", alt, figure))


def add_leads(
    part: Pair, of: Sequence[str], way: Mapping[str, Any], how: Leads, breaks: pd.DataFrame
) -> None:
    """Leads as a test of strict exogeneity, with what it could have seen."""
    title = f"{part.title}: next year's regressors, a test of strict exogeneity"
    model, table = f"{part.name}.leads", part.table
    try:
        test = leads_test(
            part.y, part.x, of=of, way=way, breaks=breaks, level=how.level, power=how.power
        )
    except (Infeasible, InvalidData) as why:
        table.refuse(model, why, title)
        return
    status = table.samples[part.name].figures_status
    table.estimates(model, test.result.to_frame(0.95).to_dict("records"), status)
    rows = [
        (
            f"{part.labels[role]}, lead",
            f"{r.estimate:.3f}",
            f"({r.std_error:.3f})",
            p_text(r.p_value),
            "none" if pd.isna(r.minimum_detectable) else f"{r.minimum_detectable:.3f}",
        )
        for role, r in zip(of, test.leads.itertuples(), strict=True)
    ]
    rows.append(("Together", f"F = {test.statistic:.2f}", "", p_text(test.p_value), ""))
    broken = sum("definition" in str(r["reason"]) for r in test.lost)
    least = test.leads.set_index("term")["minimum_detectable"]
    table.say(
        model,
        {
            "joint.statistic": test.statistic,
            "joint.p_value": test.p_value,
            "n_obs": test.result.n_obs,
            "lost_without_a_lead": len(test.lost) - broken,
            "lost_at_a_break": broken,
            **{f"minimum_detectable.{term}": value for term, value in least.items()},
        },
    )
    note = (
        f"{test.result.n_obs} rows: {len(test.lost) - broken} have no following year, {broken} are "
        f"followed by a new definition. {test.result.label}. Detectable: at {how.power:.0%} power; "
        "not rejecting says little where it is large."
    )
    header = ("Lead", "Estimate", "SE", "p", "Detectable")
    table.grid(title, header, rows, [note], (0, len(rows) - 1))


def lead_points(
    name: str, y: pd.Series, x: pd.DataFrame, of: Sequence[str], breaks: pd.DataFrame
) -> dict[tuple[str, str], float]:
    """Slopes of the regression with leads, by (model, term); none where it is infeasible."""
    if not of:
        return {}
    try:
        slopes = leads_test(y, x, of=of, way=POINTS_ALONE, breaks=breaks).result.params
    except (Infeasible, InvalidData):
        return {}
    return {(f"{name}.leads", str(term)): float(b) for term, b in slopes.items()}


def threshold_points(
    name: str, y: pd.Series, x: pd.DataFrame, how: Threshold, constant: bool
) -> dict[tuple[str, str], float]:
    """Slopes in both regimes of the estimated threshold; none where there is no split."""
    try:
        split = panel_threshold(
            y, x, switching=how.switching, regime=x[how.regime], draws=FEWEST_DRAWS, seed=how.seed,
            trim=how.trim, level=how.level,
        ).split  # fmt: skip
        values = slopes(y, split)
    except ValueError:
        return {}
    found = {
        (f"{name}.threshold", str(t)): float(b) for t, b in zip(split.columns, values, strict=True)
    }
    if constant:
        found[f"{name}.threshold", "constant"] = float(y.mean() - split.mean().to_numpy() @ values)
    return found


def add_threshold(part: Pair, how: Threshold, ways: Ways) -> None:
    """Hansen's threshold with its test, interval, slopes and likelihood-ratio profile."""
    switching, regime = part.labels[how.switching], part.labels[how.regime]
    title = f"{part.title}: does the slope of {switching} switch at a threshold of {regime}?"
    model, table, sample = f"{part.name}.threshold", part.table, part.table.samples[part.name]
    try:
        fit = panel_threshold(
            part.y, part.x, switching=how.switching, regime=part.x[how.regime], draws=how.draws,
            seed=how.seed, trim=how.trim, level=how.level,
        )  # fmt: skip
        split = replace(sample, frame=fit.split.assign(**{"\0y": part.y}))
        fitted = regression(model, split, "\0y", list(fit.split.columns), ways)
    except ValueError as why:
        table.refuse(model, why, title)
        return
    table.estimates(model, fitted.rows, sample.figures_status)
    table.say(
        model,
        {
            "threshold": fit.threshold,
            "interval_low": fit.interval[0],
            "interval_high": fit.interval[1],
            "f_statistic": fit.f_statistic,
            "p_value": fit.p_value,
            "share_low": fit.n_low / fit.n_obs,
            "n_obs": fit.n_obs,
            "candidates": len(fit.profile),
        },
    )
    by = {(r["term"], r["inference"]): r for r in fitted.rows}
    sides = {side: by[f"{how.switching} ({side})", ways.primary] for side in ("low", "high")}
    low, high = fit.interval
    holes = "; some values inside are rejected" if fit.interval_has_holes else ""
    rows = (
        ("Threshold, logs", f"{fit.threshold:.3f}"),
        ("Threshold, in the measure's units", f"{np.exp(fit.threshold):,.0f}"),
        (f"{how.level:.0%} interval by likelihood ratio, logs", f"[{low:.3f}, {high:.3f}]{holes}"),
        ("F of one threshold against none", f"{fit.f_statistic:.2f}"),
        (f"p, bootstrap of provinces ({how.draws:,} draws)", p_text(fit.p_value)),
        ("Share of rows in the low regime", f"{fit.n_low / fit.n_obs:.0%}"),
        *(
            (f"Slope of {switching}, {side} regime", f"{r['estimate']:.3f} ({r['std_error']:.3f})")
            for side, r in sides.items()
        ),
        ("Observations", f"{fit.n_obs}"),
    )
    note = (
        f"Hansen (1999) with year effects partialled out at every candidate, {how.trim:.0%} of the "
        f"rows at least in either regime. Errors of the slopes ({ways.primary}) take the threshold "
        "for known, so they are too small; no stars."
    )
    table.grid(title, ("", "result"), rows, [note], (0, 3, 6))
    alt = f"{title} Likelihood ratio of every candidate with the critical value of the interval"
    table.pictures.append(picture(f"threshold_{part.name}", alt, _profile(fit, regime)))


def _profile(fit: ThresholdFit, label: str) -> Figure:
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(fit.profile["threshold"], fit.profile["likelihood_ratio"], color="C0", linewidth=0.9)
    critical = -2 * np.log(1 - np.sqrt(fit.level))
    axes.axhline(critical, color="C1", linewidth=0.8, label=f"{fit.level:.0%} critical value")
    axes.set_xlabel(f"threshold of {label}")
    axes.set_ylabel("likelihood ratio")
    axes.legend(fontsize=8, frameon=False)
    return figure


def _plot_effects(
    axes: Axes,
    effects: pd.DataFrame,
    fit: SynergyFit,
    *,
    of: str,
    labels: Mapping[str, str],
    title: str,
) -> None:
    """Line, both bands and where the sample lies; `labels` renames regressors."""
    other = fit.pair[1] if of == fit.pair[0] else fit.pair[0]
    x = effects["moderator"]
    bands = (("band", "simultaneous band", 0.15), ("", "pointwise band", 0.3))
    for prefix, label, alpha in bands:
        low, high = (f"{prefix}_{end}".lstrip("_") for end in ("low", "high"))
        axes.fill_between(
            x, effects[low], effects[high], color="C0", alpha=alpha, label=label, linewidth=0
        )
    axes.plot(x, effects["effect"], color="C0")
    axes.axhline(0, color="k", linewidth=0.6)
    seen = fit.parts[other] + fit.centres[other]
    axes.plot(
        seen,
        np.zeros(len(seen)),
        "|",
        color="0.3",
        alpha=0.4,
        markersize=8,
        transform=axes.get_xaxis_transform(),
        clip_on=False,
    )
    unit = "within deviation of " if fit.form == "demeaned" else ""
    axes.set_xlabel(f"{unit}{labels.get(other, other)}")
    axes.set_ylabel(f"effect of {labels.get(of, of)}")
    axes.set_title(title, fontsize=10)
    axes.legend(fontsize=7, frameon=False)
