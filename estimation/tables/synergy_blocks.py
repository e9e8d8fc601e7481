"""What stands under a synergy regression: effects over ranges, influence, leads, a threshold.

Belongs here: turning those results into blocks, rows and pictures. Not here: computing them
(`synergy`, `threshold`), the columns of the regression itself (`synergy_table`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict

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
from estimation.panel.sample import Estimable
from estimation.tables.fixed_effects import WaysOfInference, regression, slopes
from estimation.tables.pictures import picture
from estimation.tables.regression_grid import p_text
from estimation.tables.result import Block, Picture

Rows = list[dict[str, Any]]
Where = tuple[str, str]
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
POINTS_ALONE = {
    "cov": "clustered",
    "cluster": ["province_code"],
    "correction": "reghdfe",
    "df": "t(G-1)",
}
FEWEST_DRAWS = 99  # the slopes need none


class Marginal(BaseModel):
    """Marginal effects: grid points from the smallest to the largest value, level of the bands."""

    model_config = ConfigDict(extra="forbid")

    points: int
    level: float


class Leads(BaseModel):
    """Level and power of minimum detectable effects."""

    model_config = ConfigDict(extra="forbid")

    level: float
    power: float


class Threshold(BaseModel):
    """Hansen's (1999) threshold: which slope switches, on which regressor."""

    model_config = ConfigDict(extra="forbid")

    switching: str
    regime: str
    draws: int
    seed: int
    trim: float
    level: float


@dataclass
class Extras:
    """What one part adds to a table."""

    blocks: list[Block]
    coefficients: Rows
    statistics: Rows
    pictures: list[Picture] = field(default_factory=list)

    @staticmethod
    def joined(parts: Sequence[Extras]) -> Extras:
        """All parts, in order."""
        return Extras(
            [b for p in parts for b in p.blocks],
            [r for p in parts for r in p.coefficients],
            [r for p in parts for r in p.statistics],
            [i for p in parts for i in p.pictures],
        )


def effects_block(
    where: Where,
    y: pd.Series,
    x: pd.DataFrame,
    pair: tuple[str, str],
    way: Mapping[str, Any],
    how: Marginal,
    labels: Mapping[str, str],
) -> Extras:
    """Effect of each of the pair over the sample's range of the other, with its picture."""
    name, title = where
    figure = Figure(figsize=(10, 7), layout="constrained")
    grid = figure.subplots(2, 2)
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    statistics: Rows = []
    forms: tuple[Form, ...] = FORMS  # type: ignore[assignment]
    for column, form in enumerate(forms):
        fit = estimate_synergy(y, x, pair=pair, form=form, way=way)
        for line, of in enumerate(pair):
            effects = marginal_effects(fit, of, points=how.points, level=how.level)
            _plot_effects(grid[line, column], effects, fit, of=of, labels=labels, title=form)
            other = pair[1 - line]
            rules.append(len(rows))
            for share in SHARES:
                at = effects.loc[(effects["share_below"] - share).abs().idxmin()]
                if share == 0:
                    at = effects.iloc[0]
                rows.append(
                    (
                        f"{labels[of]}, {form}" if share == 0 else "",
                        f"{labels[other]} = {at['moderator']:.2f} ({share:.0%})",
                        f"{at['effect']:.3f}",
                        f"({at['std_error']:.3f})",
                        f"[{at['low']:.3f}, {at['high']:.3f}]",
                        f"[{at['band_low']:.3f}, {at['band_high']:.3f}]",
                    )
                )
                statistics += [
                    {
                        "model": f"{name}.{form}",
                        "name": f"effect.{of}.at_share_{share:g}.{part}",
                        "value": float(at[part]),
                        "text": None,
                    }
                    for part in ("moderator", "effect", "std_error", "low", "high")
                ]
            positive = effects["band_low"] > 0
            negative = effects["band_high"] < 0
            for sign, there in (("positive", positive), ("negative", negative)):
                statistics.append(
                    {
                        "model": f"{name}.{form}",
                        "name": f"effect.{of}.share_of_range_{sign}",
                        "value": float(there.mean()),
                        "text": None,
                    }
                )
    header = (
        "Effect of", "where (share of the sample below)", "Effect", "SE",
        f"{how.level:.0%} pointwise", f"{how.level:.0%} at all points",
    )  # fmt: skip
    note = (
        "The demeaned form's moderator is the deviation from province and year means. Standard "
        f"errors and bands: {fit.result.label}; the second band holds at all points (Scheffé)."
    )
    alt = (
        f"{title}: effect of {labels[pair[0]]} over {labels[pair[1]]} and of the second over the "
        "first, centred and two-way demeaned, with pointwise and simultaneous bands"
    )
    block = Block(f"{title}: marginal effects", header, tuple(rows), (note,), frozenset(rules))
    return Extras([block], [], statistics, [picture(f"effects_{name}", alt, figure)])


def influence_block(
    where: Where,
    y: pd.Series,
    x: pd.DataFrame,
    pair: tuple[str, str],
    way: Mapping[str, Any],
    shown: int,
    names: pd.Series,
    labels: Mapping[str, str],
) -> Extras:
    """The product without each province: the most influential in rows, all in the picture."""
    name, title = where
    figure = Figure(figsize=(10, 5), layout="constrained")
    panels = figure.subplots(1, 2)
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    statistics: Rows = []
    forms: tuple[Form, ...] = FORMS  # type: ignore[assignment]
    for axes, form in zip(panels, forms, strict=True):
        out = leave_one_province_out(y, x, terms=["synergy"], way=way, pair=pair, form=form)
        full, without = out[out["left_out"] == ""].iloc[0], out[out["left_out"] != ""]
        rules.append(len(rows))
        rows.append(_influence_row(f"{form}: nobody", full))
        rows += [
            _influence_row(f"  {names[r['left_out']]}", r)
            for _, r in without.head(shown).iterrows()
        ]
        statistics += [
            {
                "model": f"{name}.{form}",
                "name": f"without.{r['left_out']}.{part}",
                "value": float(r[part]),
                "text": None,
            }
            for _, r in without.iterrows()
            for part in ("estimate", "std_error", "p_value")
        ]
        ordered = without.sort_values("estimate")
        at = np.arange(len(ordered))
        axes.errorbar(
            ordered["estimate"], at, xerr=1.96 * ordered["std_error"], fmt="o", markersize=3,
            color="C0", ecolor="0.8", elinewidth=1,
        )  # fmt: skip
        axes.axvline(0, color="k", linewidth=0.6)
        axes.axvline(full["estimate"], color="C1", linewidth=0.8, label="all provinces")
        axes.set_yticks(at, [names[c] for c in ordered["left_out"]], fontsize=6)
        axes.set_xlabel("product without the province, ± 1.96 SE")
        axes.set_title(form, fontsize=10)
        axes.legend(fontsize=7, frameon=False)
    header = ("Without", "Product", "SE", "p", "Change in SE")
    product = f"{labels[pair[0]]} × {labels[pair[1]]}"
    note = (
        f"The {shown} provinces whose absence moves the product most; all {len(without)} are in "
        f"the picture and the stored statistics. Conventional standard errors ({_label(way)}) "
        "order the provinces and earn no stars."
    )
    block = Block(
        f"{title}: {product} without each province", header, tuple(rows), (note,), frozenset(rules)
    )
    alt = f"{title}: estimates of the product {product} leaving out one province at a time"
    return Extras([block], [], statistics, [picture(f"influence_{name}", alt, figure)])


def leads_block(
    where: Where,
    y: pd.Series,
    x: pd.DataFrame,
    of: Sequence[str],
    way: Mapping[str, Any],
    how: Leads,
    breaks: pd.DataFrame,
    labels: Mapping[str, str],
    status: str,
) -> Extras:
    """Leads as a test of strict exogeneity, with what it could have seen."""
    name, title = where
    title = f"{title}: next year's regressors, a test of strict exogeneity"
    model = f"{name}.leads"
    try:
        test = leads_test(y, x, of=of, way=way, breaks=breaks, level=how.level, power=how.power)
    except (Infeasible, InvalidData) as why:
        text = {"model": model, "name": "not_estimable", "value": None, "text": str(why)}
        return Extras([Block(title, ("", "result"), (("not estimable", str(why)),))], [], [text])
    coefficients = [
        {**row, "model": model, "figures_status": status}
        for row in test.result.to_frame(0.95).to_dict("records")
    ]
    rows = [
        (
            f"{labels[role]}, lead",
            f"{r.estimate:.3f}",
            f"({r.std_error:.3f})",
            p_text(r.p_value),
            "none" if pd.isna(r.minimum_detectable) else f"{r.minimum_detectable:.3f}",
        )
        for role, r in zip(of, test.leads.itertuples(), strict=True)
    ]
    joint = f"F = {test.statistic:.2f}"
    rows.append(("Together", joint, "", p_text(test.p_value), ""))
    broken = sum("definition" in str(r["reason"]) for r in test.lost)
    statistics: Rows = [
        {"model": model, "name": n, "value": v, "text": None}
        for n, v in {
            "joint.statistic": test.statistic,
            "joint.p_value": test.p_value,
            "n_obs": float(test.result.n_obs),
            "lost_without_a_lead": float(len(test.lost) - broken),
            "lost_at_a_break": float(broken),
            **{
                f"minimum_detectable.{t}": v
                for t, v in test.leads.set_index("term")["minimum_detectable"].items()
            },
        }.items()
    ]
    note = (
        f"{test.result.n_obs} rows: {len(test.lost) - broken} have no following year, {broken} are "
        f"followed by a new definition. {test.result.label}. Detectable: at {how.power:.0%} power; "
        "not rejecting says little where it is large."
    )
    header = ("Lead", "Estimate", "SE", "p", "Detectable")
    block = Block(title, header, tuple(rows), (note,), frozenset({0, len(rows) - 1}))
    return Extras([block], coefficients, statistics)


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


def threshold_block(
    where: Where,
    y: pd.Series,
    x: pd.DataFrame,
    how: Threshold,
    options: WaysOfInference,
    sample: Estimable,
    labels: Mapping[str, str],
    primary: str,
) -> Extras:
    """Hansen's threshold with its test, interval, slopes and likelihood-ratio profile."""
    name, title = where
    title = (
        f"{title}: does the slope of {labels[how.switching]} switch at a threshold of "
        f"{labels[how.regime]}?"
    )
    model = f"{name}.threshold"
    try:
        fit = panel_threshold(
            y, x, switching=how.switching, regime=x[how.regime], draws=how.draws, seed=how.seed,
            trim=how.trim, level=how.level,
        )  # fmt: skip
        split = replace(sample, frame=fit.split.assign(**{"\0y": y}))
        coefficients, _ = regression(split, "\0y", list(fit.split.columns), options, model)
    except ValueError as why:
        text = {"model": model, "name": "not_estimable", "value": None, "text": str(why)}
        return Extras([Block(title, ("", "result"), (("not estimable", str(why)),))], [], [text])
    by = {(r["term"], r["inference"]): r for r in coefficients}
    low, high = (by[f"{how.switching} ({side})", primary] for side in ("low", "high"))
    numbers = {
        "threshold": fit.threshold,
        "interval_low": fit.interval[0],
        "interval_high": fit.interval[1],
        "f_statistic": fit.f_statistic,
        "p_value": fit.p_value,
        "share_low": fit.n_low / fit.n_obs,
        "n_obs": float(fit.n_obs),
        "candidates": float(len(fit.profile)),
    }
    statistics = [{"model": model, "name": n, "value": v, "text": None} for n, v in numbers.items()]
    slope_rows = tuple(
        (f"Slope of {labels[how.switching]}, {side} regime", f"{b:.3f} ({e:.3f})")
        for side, b, e in (
            ("low", low["estimate"], low["std_error"]),
            ("high", high["estimate"], high["std_error"]),
        )
    )
    holes = "; some values inside are rejected" if fit.interval_has_holes else ""
    rows = (
        ("Threshold, logs", f"{fit.threshold:.3f}"),
        ("Threshold, in the measure's units", f"{np.exp(fit.threshold):,.0f}"),
        (
            f"{how.level:.0%} interval by likelihood ratio, logs",
            f"[{fit.interval[0]:.3f}, {fit.interval[1]:.3f}]{holes}",
        ),
        ("F of one threshold against none", f"{fit.f_statistic:.2f}"),
        (f"p, bootstrap of provinces ({how.draws:,} draws)", p_text(fit.p_value)),
        ("Share of rows in the low regime", f"{fit.n_low / fit.n_obs:.0%}"),
        *slope_rows,
        ("Observations", f"{fit.n_obs}"),
    )  # fmt: skip
    note = (
        f"Hansen (1999) with year effects partialled out at every candidate, {how.trim:.0%} of the "
        f"rows at least in either regime. Errors of the slopes ({primary}) take the threshold for "
        "known, so they are too small; no stars."
    )
    alt = f"{title} Likelihood ratio of every candidate with the critical value of the interval"
    return Extras(
        [Block(title, ("", "result"), rows, (note,), frozenset({0, 3, 6}))],
        coefficients,
        statistics,
        [picture(f"threshold_{name}", alt, _profile(fit, labels[how.regime]))],
    )


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


def _influence_row(label: str, row: pd.Series) -> tuple[str, ...]:
    change = "" if row["left_out"] == "" else f"{row['change']:+.2f}"
    return (
        label,
        f"{row['estimate']:.3f}",
        f"({row['std_error']:.3f})",
        p_text(row["p_value"]),
        change,
    )


def _label(way: Mapping[str, Any]) -> str:
    return f"{way['cov']}, {way['correction']}, {way['df']}"
