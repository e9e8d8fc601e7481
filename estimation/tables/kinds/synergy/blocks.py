"""Blocks under a synergy regression: effects over ranges, influence, leads, a threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from living_panel.estimation.econometrics.robustness.synergy import (
    FORMS,
    NEW_DEFINITION,
    Form,
    SynergyFit,
    estimate_synergy,
    leads_test,
    leave_one_unit_out,
    marginal_effects,
)
from living_panel.estimation.econometrics.robustness.threshold import ThresholdFit, panel_threshold
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.panel.content_cache import by_content
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.tables import influence
from living_panel.estimation.tables.builder import Points, named
from living_panel.estimation.tables.facts import inference_text
from living_panel.estimation.tables.kinds.synergy.options import FEWEST_DRAWS, Marginal, Threshold
from living_panel.estimation.tables.regressions import (
    LEVEL,
    Case,
    Detectable,
    InferenceOptions,
    RegressionBlock,
    regression,
    slopes,
)
from living_panel.estimation.tables.result import Picture
from living_panel.estimation.tables.texts import interval_text, p_text

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
POINTS_ALONE = {
    "cov": "clustered",
    "cluster": ["unit"],
    "correction": "reghdfe",
    "df": "t(G-1)",
}
BOTH: tuple[Form, ...] = FORMS  # type: ignore[assignment]

REGIMES = ("low", "high")
"""Regimes of a threshold, as its regressors name them."""


@dataclass(frozen=True)
class Pair(Case[RegressionBlock]):
    """A regression with the product of two of its regressors."""

    pair: tuple[str, str]

    @property
    def product(self) -> str:
        """How the product is called."""
        return " × ".join(self.labels[p] for p in self.pair)

    def hold(self, *roles: str) -> None:
        """Refuse what needs a role that has no values here."""
        if lost := [problem for r in roles for problem in self.refusals.get(r, ())]:
            raise NotEstimable(*lost)

    def breaks(self, roles: Sequence[str]) -> pd.DataFrame:
        """Documented breaks of the measures that play the roles."""
        self.hold(*roles)
        measures = [self.sample.choices[r].measure for r in roles]
        known = self.table.release.series_breaks
        return known.loc[known["measure"].isin(measures), ["province_code", "year"]]


def add_effects(case: Pair, way: Mapping[str, Any], how: Marginal, title: str) -> None:
    """Effect of each of the pair over the sample's range of the other, with its figure."""
    figure = Figure(figsize=(10, 7), layout=ConstrainedLayoutEngine(hspace=0.08, wspace=0.05))
    axes = figure.subplots(2, 2)
    rows: list[tuple[str, ...]] = []
    for column, form in enumerate(BOTH):
        fit = estimate_synergy(case.y, case.x, pair=case.pair, form=form, way=way)
        for line, of in enumerate(case.pair):
            effects = marginal_effects(fit, of, points=how.points, level=how.level)
            other = case.pair[1 - line]
            _plot_effects(
                axes[line, column], effects, fit, other, case.labels[of], case.labels[other]
            )
            rows += _effect_rows(case, form, of, other, effects)
            surely = {
                Statistic("share_of_range_positive", of): (effects["band_low"] > 0).mean(),
                Statistic("share_of_range_negative", of): (effects["band_high"] < 0).mean(),
            }
            case.table.add_numbers(f"{case.block.id}.{form}", surely)
    header = (
        "Effect of", "where (share of the sample below)", "Effect", "SE",
        f"{how.level:.0%} pointwise", f"{how.level:.0%} at all points",
    )  # fmt: skip
    note = (
        "The demeaned form's moderator is the deviation from {unit} and {period} means. Standard errors and "
        f"bands: {inference_text(fit.result.label)}; the second band covers all points jointly (Scheffé)."
    )
    first, second = (case.labels[p] for p in case.pair)
    alt = (
        f"{case.block.title}: effect of {first} over {second} and of the second over the first. "
        "Forms: centred and two-way demeaned. Bands: pointwise and simultaneous"
    )
    rules = range(0, len(rows), len(SHARES))
    case.table.grid(title, header, rows, [note], rules)
    case.table.add_picture(Picture(f"effects_{case.block.id}", alt, figure))


def _effect_rows(
    case: Pair, form: str, of: str, other: str, effects: pd.DataFrame
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for share in SHARES:
        nearest = (effects["share_below"] - share).abs().idxmin()
        at = effects.loc[nearest] if share else effects.iloc[0]
        rows.append(
            (
                "" if share else f"{case.labels[of]}, {form}",
                f"{case.labels[other]} = {at['moderator']:.2f} ({share:.0%})",
                f"{at['effect']:.3f}",
                f"({at['std_error']:.3f})",
                interval_text(at["low"], at["high"]),
                interval_text(at["band_low"], at["band_high"]),
            )
        )
        names = ("moderator", "effect", "std_error", "low", "high")
        numbers = {Statistic(f"{name}_at_share_{share:g}", of): at[name] for name in names}
        case.table.add_numbers(f"{case.block.id}.{form}", numbers)
    return rows


def add_influence(case: Pair, way: Mapping[str, Any], shown: int, title: str) -> None:
    """The product without each unit: the most influential in rows, all in the figure."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    names = case.table.provinces
    rows: list[tuple[str, ...]] = []
    for axes, form in zip(figure.subplots(1, 2), BOTH, strict=True):
        out = leave_one_unit_out(
            case.y, case.x, terms=["synergy"], way=way, pair=case.pair, form=form
        )
        full, without = influence.split(out)
        rows.append((f"{form}: nobody", *influence.cells(full)))
        for _, row in without.head(shown).iterrows():
            rows.append((f"  {names[row['left_out']]}", *influence.cells(row)))
        influence.say_without(case.table, f"{case.block.id}.{form}", without)
        influence.draw(axes, full, without, names)
        axes.set_xlabel(case.table.worded("product without the {unit}, ± 1.96 SE"))
        axes.set_title(form, fontsize=10)
    label = f"{way['cov']}, {way['correction']}, {way['df']}"
    note = (
        f"The rows are the {shown} {{units}} whose exclusion changes the product most. The figure and the "
        f"stored statistics show all {len(without)}. Conventional standard errors ({label}) decide the order; "
        "they get no stars."
    )
    header = ("Without", "Product", "SE", "p", "Change in SE")
    case.table.grid(title, header, rows, [note], (0, len(rows) // 2))
    product = f"{case.block.title}: estimates of the product {case.product}"
    alt = f"{product} leaving out one {{unit}} at a time"
    case.table.add_picture(Picture(f"influence_{case.block.id}", alt, figure))


def add_leads(
    case: Pair, of: Sequence[str], way: Mapping[str, Any], how: Detectable, title: str
) -> None:
    """Leads as a test of strict exogeneity, with what it could have seen."""
    model, table, labels = f"{case.block.id}.leads", case.table, case.labels
    power = {"level": how.level, "power": how.power}
    test = leads_test(case.y, case.x, of=of, way=way, breaks=case.breaks(of), **power)
    table.estimates(model, test.result.rows(LEVEL), case.status)
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
    rows.append(("Together", f"F = {test.joint.statistic:.2f}", "", p_text(test.joint.p_value), ""))
    broken = test.lost.count(NEW_DEFINITION)
    least = test.leads.set_index("term")["minimum_detectable"]
    table.add_numbers(
        model,
        {
            "joint": (test.joint.statistic, test.joint.p_value),
            "n_obs": test.result.n_obs,
            "lost_without_a_lead": len(test.lost) - broken,
            "lost_at_a_break": broken,
            **{Statistic("minimum_detectable", term): value for term, value in least.items()},
        },
    )
    note = (
        f"The test uses {test.result.n_obs} rows. {len(test.lost)} rows are dropped: {len(test.lost) - broken} "
        f"have no following {{period}}, and for {broken} the definition changes in the next {{period}}. "
        f"{inference_text(test.result.label)}. Detectable: the smallest effect that the test finds with "
        f"{how.power:.0%} power. If it is large, a test that does not reject says little."
    )
    header = ("Lead", "Estimate", "SE", "p", "Detectable")
    table.grid(title, header, rows, [note], (0, len(rows) - 1))


def lead_points(case: Pair, of: Sequence[str]) -> Points:
    """Slopes of the regression with leads; raises where it is infeasible."""
    if of:
        coefficients = _lead_slopes(case.y, case.x, list(of), case.breaks(of))
        yield from named(f"{case.block.id}.leads", coefficients)


@by_content
def _lead_slopes(
    y: pd.Series, x: pd.DataFrame, of: Sequence[str], breaks: pd.DataFrame
) -> pd.Series:
    test = leads_test(y, x, of=of, way=POINTS_ALONE, breaks=breaks, level=0.05, power=0.8)
    return test.result.params


def threshold_points(case: Pair, how: Threshold | None, *, constant: bool) -> Points:
    """Slopes in both regimes of the estimated threshold; raises where there is no split."""
    if how is not None:
        split = _threshold(case, how, FEWEST_DRAWS).split
        coefficients = slopes(case.y, split, constant=constant)
        yield from named(f"{case.block.id}.threshold", coefficients)


def _threshold(case: Pair, how: Threshold, draws: int) -> ThresholdFit:
    case.hold(how.switching, how.regime)
    return by_content(panel_threshold)(
        case.y, case.x, switching=how.switching, regime=case.x[how.regime], draws=draws,
        seed=how.seed, trim=how.trim, level=how.level,
    )  # fmt: skip


def add_threshold(case: Pair, how: Threshold, ways: InferenceOptions, title: str) -> None:
    """Hansen's threshold with its test, interval, slopes and likelihood-ratio profile."""
    model, table = f"{case.block.id}.threshold", case.table
    fit = _threshold(case, how, how.draws)
    fitted = regression(model, case.y, fit.split, ways)
    table.estimates(model, fitted.rows, case.status)
    table.add_numbers(
        model,
        {
            **{n: getattr(fit, n) for n in ("threshold", "f_statistic", "p_value", "n_obs")},
            "interval_low": fit.interval[0],
            "interval_high": fit.interval[1],
            "share_low": fit.n_low / fit.n_obs,
            "candidates": len(fit.profile),
        },
    )
    rows = [*_where(case, how, fit)]
    rules = (0, len(rows), len(rows) + 3)
    rows += [
        ("F of one threshold against none", f"{fit.f_statistic:.2f}"),
        (f"p, bootstrap of {{units}} ({how.draws:,} draws)", p_text(fit.p_value)),
        ("Share of rows in the low regime", f"{fit.n_low / fit.n_obs:.0%}"),
        *(
            (
                f"Slope of {case.labels[how.switching]}, {regime} regime",
                f"{r['estimate']:.3f} ({r['std_error']:.3f})",
            )
            for regime in REGIMES
            for r in fitted.rows
            if r["inference"] == ways.brackets and r["term"] == f"{how.switching} ({regime})"
        ),
        ("Observations", f"{fit.n_obs}"),
    ]
    note = (
        "Method: Hansen (1999). {Period} effects are partialled out at every candidate threshold, and each "
        f"regime has at least {how.trim:.0%} of the rows. Standard errors of the slopes "
        f"({inference_text(ways.brackets)}) treat the threshold as known. They are therefore too small, and "
        "there are no stars."
    )
    table.grid(title, ("", "result"), rows, [note], rules)
    alt = f"{title} Likelihood ratio of every candidate with the critical value of the interval"
    table.add_picture(
        Picture(f"threshold_{case.block.id}", alt, _profile(fit, case.labels[how.regime]))
    )


def _where(case: Pair, how: Threshold, fit: ThresholdFit) -> Iterator[tuple[str, str]]:
    """Where the threshold lies, also in the measure's units where the regression has its logarithm."""
    logged = case.table.spec.variables[how.regime].log
    unit = ", logs" if logged else ""
    yield f"Threshold{unit}", f"{fit.threshold:.3f}"
    if logged:
        level = float(np.exp(fit.threshold))
        shown = f"{level:,.0f}" if level >= 10 else f"{level:.2g}"  # a share is below one
        yield "Threshold, in the measure's units", shown
    holes = "; some values inside are rejected" if fit.interval_has_holes else ""
    interval = f"{interval_text(*fit.interval)}{holes}"
    yield f"{how.level:.0%} interval by likelihood ratio{unit}", interval


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
    axes: Axes, effects: pd.DataFrame, fit: SynergyFit, other: str, of: str, over: str
) -> None:
    """Line, both bands and where the sample of the other lies; labels of both."""
    x = effects["moderator"]
    drawn: dict[str, Any] = {"color": "C0", "linewidth": 0}
    axes.fill_between(
        x, effects["band_low"], effects["band_high"], alpha=0.15, label="simultaneous band", **drawn
    )
    axes.fill_between(
        x, effects["low"], effects["high"], alpha=0.3, label="pointwise band", **drawn
    )
    axes.plot(x, effects["effect"], color="C0")
    axes.axhline(0, color="k", linewidth=0.6)
    seen = fit.parts[other] + fit.centres[other]
    axes.plot(
        seen, np.full(len(seen), 0.02), "|", color="0.3", alpha=0.4, markersize=8,
        transform=axes.get_xaxis_transform(),
    )  # fmt: skip
    unit = "within deviation of " if fit.form == "demeaned" else ""
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(f"{unit}{over}")
    axes.set_ylabel(f"effect of {of}")
    axes.set_title(fit.form, fontsize=10)
    axes.legend(fontsize=7, frameon=False)
