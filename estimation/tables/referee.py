"""The referee's block beside the baseline: one elasticity, many estimators (kind `referee`).

Belongs here: the lines as rows, dynamics, leaving out one province, the pictures. Not here: how a
line is estimated (`referee_lines`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict, model_validator

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.diagnostics import partial_leverage
from estimation.econometrics.fixed_effects.inference import resolve_mapping
from estimation.econometrics.robustness.ppml import NotConverged
from estimation.econometrics.robustness.synergy import leave_one_province_out
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import joined
from estimation.panel.release import Release
from estimation.panel.sample import Estimable
from estimation.panel.spec import Spec
from estimation.tables.banner import banner, fine_print
from estimation.tables.pictures import picture
from estimation.tables.referee_lines import (
    JACKKNIFE,
    Estimated,
    Line,
    estimate_line,
    line_sample,
    point_estimates,
)
from estimation.tables.result import (
    Block,
    Picture,
    TableResult,
    coefficient_frame,
    stars,
    statistic_frame,
)
from estimation.tables.texts import p_text

Rows = list[dict[str, Any]]
REFUSALS = (Infeasible, InvalidData, NotConverged)
"""What an estimator raises when the sample cannot carry it; anything else is an error."""


class LeaveOneOut(BaseModel):
    """Lines that are estimated again without each province, and how many rows are shown."""

    model_config = ConfigDict(extra="forbid")

    lines: list[str]
    shown: int
    inference: str


class Options(BaseModel):
    """Options of a referee's block; `primary`, `bootstrap` are labels of `inference`."""

    model_config = ConfigDict(extra="forbid")

    inference: list[dict[str, Any]]
    primary: str
    bootstrap: str
    lines: list[Line]
    leave_one_out: LeaveOneOut

    @model_validator(mode="after")
    def _consistent(self) -> Options:
        ids = [line.id for line in self.lines]
        double = sorted({i for i in ids if ids.count(i) > 1})
        unknown = sorted(set(self.leave_one_out.lines) - set(ids))
        if double or unknown:
            raise ValueError(f"lines named twice: {double}; leave_one_out names unknown {unknown}")
        for line in self.lines:
            if line.focal not in line.enter:
                raise ValueError(f"line {line.id}: focal {line.focal!r} is not in enter")
        return self


def estimate(spec: Spec, release: Release) -> TableResult:
    """Robustness lines, each a named result; a line the figures do not allow says why.

    Raises
    ------
    NotEstimable
        When no line can be estimated.
    """
    options = Options.model_validate(spec.options)
    labels = [resolve_mapping(way).label for way in options.inference]
    wanted = {options.primary, options.bootstrap, options.leave_one_out.inference}
    if wanted - set(labels):
        raise ValueError(f"{spec.table}: {sorted(wanted - set(labels))} not among: {labels}")
    if options.primary != JACKKNIFE:
        raise ValueError(f"{spec.table}: primary must be {JACKKNIFE}, the one way every line has")
    samples: dict[str, Estimable] = {}
    found: dict[str, Estimated] = {}
    reasons: dict[str, str] = {}
    for line in options.lines:
        try:
            samples[line.id] = line_sample(spec, release, line)
            found[line.id] = estimate_line(line, samples[line.id], options.inference)
        except (NotEstimable, *REFUSALS) as why:
            samples.pop(line.id, None)
            reasons[line.id] = str(why)
    if not found:
        raise NotEstimable("; ".join(f"{i}: {r}" for i, r in reasons.items()))
    coefficients = [
        {**row, "model": name, "figures_status": samples[name].figures_status}
        for name, one in found.items()
        for row in one.rows
    ]
    statistics: Rows = [
        {"model": name, "name": "not_estimable", "value": None, "text": why}
        for name, why in reasons.items()
    ]
    for name, one in found.items():
        numbers = {"n_obs": one.n_obs, "n_provinces": one.n_provinces, **one.numbers}
        statistics += [
            {"model": name, "name": k, "value": float(v), "text": None} for k, v in numbers.items()
        ]
        if one.note:
            statistics.append({"model": name, "name": "note", "value": None, "text": one.note})
    blocks = [_lines_block(spec, options, found, reasons)]
    blocks += [b for b in [_dynamics_block(spec, options, found)] if b is not None]
    pictures = [_forest(spec, options, found)]
    names = release.provinces.set_index("province_code")["province"]
    for line in options.lines:
        if line.id in options.leave_one_out.lines and line.id in found:
            part = _leave_one_out(spec, options, line, samples[line.id], names)
            blocks.append(part[0])
            statistics += part[1]
            pictures.append(part[2])
    first = next(iter(found))
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame(coefficients),
        statistics=statistic_frame(statistics),
        blocks=tuple(blocks),
        banner=banner(release, spec.variables, list(samples.values())),
        fine_print=fine_print(release, list(samples.values())),
        choices={
            "inference": labels,
            "primary": options.primary,
            "lines": {line.id: line.method for line in options.lines},
        },
        sample={
            **samples[first].record(),
            "blocks": {name: sample.record() for name, sample in samples.items()},
        },
        figures_status=joined(s.figures_status for s in samples.values()),
        notes=(
            "Each line changes one thing against the headline unless its title says more. CR3 is "
            "the delete-one-province jackknife of the line's own estimator, t(G-1).",
        ),
        pictures=tuple(pictures),
    )


def points(spec: Spec, release: Release) -> pd.Series:
    """Slopes of every line, by (model, term)."""
    options = Options.model_validate(spec.options)
    values: dict[tuple[str, str], float] = {}
    for line in options.lines:
        try:
            slopes = point_estimates(line, line_sample(spec, release, line))
        except (NotEstimable, *REFUSALS):
            continue
        values |= {(line.id, str(term)): float(v) for term, v in slopes.items()}
    if not values:
        raise NotEstimable("no line can be estimated")
    index = pd.MultiIndex.from_tuples(list(values), names=["model", "term"])
    return pd.Series(list(values.values()), index=index, dtype="float64")


def _lines_block(
    spec: Spec, options: Options, found: Mapping[str, Estimated], reasons: Mapping[str, str]
) -> Block:
    rows: list[tuple[str, ...]] = []
    same: dict[str, list[str]] = {}
    remarks: list[str] = []
    for line in options.lines:
        if line.id in reasons:
            rows.append((line.title, "n.e.", *[""] * 7))
            same.setdefault(reasons[line.id], []).append(line.title)
            continue
        one = found[line.id]
        by = {r["inference"]: r for r in one.rows if r["term"] == line.focal}
        ways = (options.primary, options.bootstrap, one.conventional)
        main = by.get(options.primary)
        own = by.get(one.conventional)
        shown = main or own
        assert shown is not None
        mark = stars(main["p_value"], spec.stars) if main else ""
        rows.append(
            (
                line.title,
                f"{shown['estimate']:.3f}{mark}",
                f"({shown['std_error']:.3f})",
                *(_p(by.get(way)) for way in ways),
                f"{one.n_obs}",
                f"{one.n_provinces}",
                f"{one.years[0]}-{one.years[1]}",
            )
        )
        if one.note:
            remarks.append(f"{line.title}: {one.note}")
    focal = spec.variables[options.lines[0].focal].label
    header = (
        "", focal, "SE", "p, CR3", "p, bootstrap", "p, conventional", "Obs", "Provinces", "Years",
    )  # fmt: skip
    marks = ", ".join(f"{mark} p < {level:g}" for mark, level in spec.stars.items())
    notes = [f"{'; '.join(titles)}: not estimable: {why}." for why, titles in same.items()]
    notes += [f"{'; '.join(remarks)}."] if remarks else []
    notes.append(
        f"SE: {options.primary} where the line has it, else the estimator's own. {marks}, by "
        f"{options.primary}. Conventional: the estimator's own clustered errors; HC3 for long "
        "differences, Pesaran's (2006) for pooled CCE."
    )
    title = f"The elasticity of {spec.variables[options.lines[0].dependent].label} to {focal}"
    return Block(title, header, tuple(rows), tuple(notes), frozenset({0, 1}))


def _p(row: Mapping[str, Any] | None) -> str:
    return "" if row is None else p_text(row["p_value"])


def _dynamics_block(spec: Spec, options: Options, found: Mapping[str, Estimated]) -> Block | None:
    """Lagged dependent variable: within, corrected, and the long run where it is identified."""
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    for line in options.lines:
        fit = found[line.id].dynamics if line.id in found else None
        if fit is None:
            continue
        rules.append(len(rows))
        for term in fit.params.index:
            label = spec.variables[term].label if term in spec.variables else str(term)
            if term == fit.params.index[0]:
                label = f"{spec.variables[line.dependent].label}, lag"
            if term not in fit.long_run.index:
                long_run = ""
            elif fit.long_run_identified:
                row = fit.long_run.loc[term]
                long_run = f"{row['estimate']:.3f} ({row['std_error']:.3f})"
            else:
                long_run = "not identified"
            rows.append(
                (
                    line.title if term == fit.params.index[0] else "",
                    label,
                    f"{fit.params.loc[term, 'within']:.3f}",
                    f"({fit.std_errors.loc[term, 'within']:.3f})",
                    f"{fit.params.loc[term, 'jackknife']:.3f}",
                    f"({fit.std_errors.loc[term, 'jackknife']:.3f})",
                    long_run,
                )
            )
    if not rows:
        return None
    header = ("", "Term", "Within", "SE", "Half-panel jackknife", "SE", "Long run")
    note = (
        "Within is biased in short panels (Nickell 1981); the half-panel jackknife removes the "
        "part of order 1/T. The long run divides by one minus the lag: it is not identified where "
        "the corrected lag is not two standard errors below one, and no number is printed then."
    )
    title = "Lagged dependent variable"
    return Block(title, header, tuple(rows), (note,), frozenset(rules), appendix=True)


def _leave_one_out(
    spec: Spec, options: Options, line: Line, sample: Estimable, names: pd.Series
) -> tuple[Block, Rows, Picture]:
    how = options.leave_one_out
    way = next(w for w in options.inference if resolve_mapping(w).label == how.inference)
    y, x = sample.frame[line.dependent], sample.frame[line.enter]
    out = leave_one_province_out(y, x, terms=[line.focal], way=way)
    share = partial_leverage(y, x)[line.focal]
    full, without = out[out["left_out"] == ""].iloc[0], out[out["left_out"] != ""]
    low, high = (without.loc[getattr(without["estimate"], f)()] for f in ("idxmin", "idxmax"))
    shown = [("nobody", full)]
    shown += [(str(names[r["left_out"]]), r) for _, r in without.head(how.shown).iterrows()]
    shown += [(f"smallest: {names[low['left_out']]}", low)]
    shown += [(f"largest: {names[high['left_out']]}", high)]
    rows = tuple(
        (
            label,
            f"{r['estimate']:.3f}",
            f"({r['std_error']:.3f})",
            p_text(r["p_value"]),
            "" if r["left_out"] == "" else f"{r['change']:+.2f}",
            "" if r["left_out"] == "" else f"{share[r['left_out']]:.0%}",
        )
        for label, r in shown
    )
    statistics: Rows = [
        {
            "model": line.id,
            "name": f"without.{r['left_out']}.{k}",
            "value": float(r[k]),
            "text": None,
        }
        for _, r in without.iterrows()
        for k in ("estimate", "std_error", "p_value")
    ]
    label = spec.variables[line.focal].label
    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes = figure.subplots()
    ordered = without.sort_values("estimate")
    at = np.arange(len(ordered))
    axes.errorbar(
        ordered["estimate"], at, xerr=1.96 * ordered["std_error"], fmt="o", markersize=3,
        color="C0", ecolor="0.8", elinewidth=1,
    )  # fmt: skip
    axes.axvline(0, color="k", linewidth=0.6)
    axes.axvline(full["estimate"], color="C1", linewidth=0.8, label="all provinces")
    axes.set_yticks(at, [names[c] for c in ordered["left_out"]], fontsize=7)
    axes.set_xlabel(f"{label} without the province, ± 1.96 conventional SE")
    axes.legend(fontsize=7, frameon=False)
    title = f"{line.title}: {label} without each province"
    note = (
        f"Conventional standard errors ({how.inference}); change in units of the full sample's. "
        "Leverage: the province's share of the variation that identifies the coefficient. All "
        f"{len(without)} are in the picture."
    )
    header = ("Without", "Estimate", "SE", "p", "Change in SE", "Leverage")
    rules = frozenset({0, 1, 1 + how.shown})
    alt = f"{title}: estimates with intervals, sorted"
    return (
        Block(title, header, rows, (note,), rules, appendix=True),
        statistics,
        picture(f"leave_one_out_{line.id}", alt, figure),
    )


def _forest(spec: Spec, options: Options, found: Mapping[str, Estimated]) -> Picture:
    """All lines on one axis with the interval of the primary way, or of the line's own."""
    labels, centres, lows, highs = [], [], [], []
    for line in options.lines:
        if line.id not in found:
            continue
        one = found[line.id]
        by = {r["inference"]: r for r in one.rows if r["term"] == line.focal}
        row = by.get(options.primary) or by[one.conventional]
        labels.append(line.title)
        centres.append(row["estimate"])
        lows.append(row["estimate"] - (row["ci_low"] if row["ci_low"] is not None else np.nan))
        highs.append((row["ci_high"] if row["ci_high"] is not None else np.nan) - row["estimate"])
    figure = Figure(figsize=(9, 1 + 0.32 * len(labels)), layout="constrained")
    axes = figure.subplots()
    at = np.arange(len(labels))[::-1]
    axes.errorbar(
        centres, at, xerr=np.array([lows, highs]), fmt="o", markersize=4, color="C0",
        ecolor="0.6", elinewidth=1,
    )  # fmt: skip
    axes.axvline(0, color="k", linewidth=0.6)
    axes.axvline(centres[0], color="C1", linewidth=0.8, linestyle=":")
    axes.set_yticks(at, labels, fontsize=8)
    focal = spec.variables[options.lines[0].focal].label
    axes.set_xlabel(f"{focal}, 95 % interval")
    alt = f"Estimates of {focal} in every line with 95 % intervals; dotted: {labels[0]}"
    return picture("lines", alt, figure)
