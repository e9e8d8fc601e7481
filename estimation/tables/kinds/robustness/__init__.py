"""The block of robustness with the baseline: one elasticity, many estimators (kind `robustness`).

The page has one line an estimator with its primary inference; the appendix every inference, dynamics,
and the estimates without each unit.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import model_validator

from living_panel.codes import Code, NoFix
from living_panel.estimation.econometrics.fixed_effects.diagnostics import leverage_of
from living_panel.estimation.econometrics.robustness.synergy import leave_one_unit_out
from living_panel.estimation.econometrics.shown import has_error
from living_panel.estimation.estimators._two_way import fit_two_way
from living_panel.estimation.panel import content_cache
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.tables import influence
from living_panel.estimation.tables.builder import REFUSED, Builder, Points, by_reason, named
from living_panel.estimation.tables.facts import inference_text
from living_panel.estimation.tables.kinds.robustness.lines import (
    Estimated,
    Line,
    line_sample,
    read_by_line,
)
from living_panel.estimation.tables.regressions import UNSETTLED, Inferred, shown_row
from living_panel.estimation.tables.result import Picture
from living_panel.estimation.tables.texts import (
    NONE,
    bracket_words,
    legend_text,
    p_text,
    result_cells,
)

DYNAMICS_NOTE = (
    "The within estimator is biased in short panels (Nickell 1981); the half-panel jackknife removes the bias "
    "of order 1/T. The long-run effect divides by one minus the coefficient of the lag. The table omits the "
    "long-run effect if this coefficient is less than two standard errors below one."
)
CONVENTIONAL_NOTE = (
    "Conventional: the estimator's usual clustered errors; HC3 for long differences; errors of Pesaran (2006) "
    "for pooled common correlated effects (CCE)."
)
Found = dict[str, Estimated]


class LeaveOneOut(Strict):
    """Lines that are estimated again without each unit in turn."""

    lines: list[str]
    """Lines to estimate again, by their id."""
    shown: int
    """Number of most influential units that the list shows."""
    inference: str
    """Label of the inference in these rows."""


class Options(Inferred):
    """Options of a table of robustness checks."""

    labels_without_effect = frozenset({"bootstrap"})  # specs of 0.3 have it
    lines: list[Line]
    """Lines of the table, each another estimator or sample."""
    leave_one_out: LeaveOneOut
    """Lines to estimate again without each unit."""

    @property
    def named(self) -> set[str]:
        """Labels of the ways that the options name."""
        return {self.primary, self.brackets, self.leave_one_out.inference}

    @model_validator(mode="after")
    def _consistent(self) -> Options:
        ids = [line.id for line in self.lines]
        if unknown := sorted(set(self.leave_one_out.lines) - set(ids)):
            raise InvalidSpec(
                Code.SPEC_OPTIONS(
                    "leave_one_out names lines that do not exist: {unknown}",
                    "write ids of lines of this table",
                    unknown=unknown,
                )
            )
        for line in self.lines:
            for role in (line.focal, *getattr(line, "leads", ())):
                if role not in line.enter:
                    raise InvalidSpec(
                        Code.SPEC_ROLE(
                            "line {id}: `enter` does not list the variable {focal!r} of `focal`",
                            "add it to `enter`, or name another variable",
                            id=line.id,
                            focal=role,
                        )
                    )
        return self


def fill(table: Builder, options: Options) -> None:
    """One elasticity, a line an estimator or a sample; a line that the data do not allow says why."""
    estimates: Found = {}
    for line in options.lines:
        with table.refusing(line.id):
            sample = line_sample(table, line)
            estimates[line.id] = one = line.estimated(
                sample, options.inference, options.exact_rule(line.id)
            )
            table.add_sample(line.id, sample)
            table.estimates(line.id, one.rows, sample.figures_status)
            table.add_numbers(line.id, {**one.numbers, "note": one.note or None})
    if not estimates:
        raise NotEstimable(
            *(
                Code.TABLE_NO_MODEL("{id}: {reason}", NoFix.SUMMARY, id=line, reason=why)
                for line, why in table.reasons.items()
            )
        )
    _lines(table, options, estimates)
    _dynamics(table, options, estimates)
    _forest(table, options, estimates)
    for line in options.lines:
        if line.id in options.leave_one_out.lines and line.id in estimates:
            _leave_one_out(table, options, line)
    table.add_notes(
        "Each line changes one thing relative to the headline estimate, unless its title names more changes. "
        "CR3 is the delete-one-{unit} jackknife of the line's own estimator, with t(G-1)."
    )


def points(table: Builder, options: Options) -> Points:
    """Slopes of every line."""
    for line in options.lines:
        with suppress(*REFUSED):
            content = ("robustness", line.model_dump_json(), read_by_line(table, line))
            coefficients = content_cache.keep(content, partial(_line_points, table, line))
            yield from named(line.id, coefficients)


def _line_points(table: Builder, line: Line) -> pd.Series:
    return line.points(line_sample(table, line))


def _lines(table: Builder, options: Options, estimates: Found) -> None:
    rows: list[tuple[str, ...]] = []
    remarks: list[str] = []
    for line in options.lines:
        if line.id not in estimates:
            rows.append((line.title, NONE))
            continue
        one = estimates[line.id]
        ways = (options.primary, options.brackets, one.conventional)
        by = [table.row(line.id, line.focal, way) for way in ways]
        shown = shown_row({r["inference"]: r for r in by if r is not None}, options)
        legend = table.spec.stars if by[0] else {}
        tests = ("" if row is None else p_text(row["p_value"]) for row in by)
        sizes = (f"{one.numbers[name]:.0f}" for name in ("n_obs", "n_provinces"))
        years = f"{one.years[0]}-{one.years[1]}"
        lead = p_text(shown["p_value"]) if by[0] else f"{p_text(shown['p_value'])} †"
        rows.append((line.title, *result_cells(shown, legend)[:2], *tests, lead, *sizes, years))
        texts = (one.note, one.numbers.get(UNSETTLED))
        remarks += [f"{line.title}: {text}" for text in texts if text]
    first = options.lines[0]
    focal, dependent = table.label(first.focal), table.label(first.dependent)
    titles = {line.id: line.title for line in options.lines}
    refused = {titles[i]: why for i, why in table.refusals.items() if i in titles}
    notes = [
        f"{'; '.join(those)}: not estimable: {why.rstrip('.')}."
        for why, those in by_reason(refused).items()
    ]
    notes += [" ".join(f"{remark}." for remark in remarks)] if remarks else []
    how = (
        f"{bracket_words(options.primary, options.brackets)} p: {inference_text(options.primary)}. †: the "
        "estimator has no bootstrap, so p comes from the standard error and there are no stars. "
        f"{legend_text(table.spec.stars, options.primary)}"
    )
    logged = all(table.spec.variables[r].log for r in (first.focal, first.dependent))
    title = f"The {'elasticity' if logged else 'response'} of {dependent} to {focal}"
    size = ("Obs", "{Units}", "Years")
    aside = "n.e.: not estimable; the appendix gives the reasons." if refused else ""
    page = [(*row[:3], *row[6:]) for row in rows]
    bracket = "SE" if has_error(options.primary) else "95 % interval or SE"
    table.grid(title, ("", focal, bracket, "p", *size), page, [how, aside], (0, 1), appendix=False)
    header = ("", focal, bracket, "p, bootstrap", "p, CR3", "p, conventional", *size)
    appendix = [(*row[:6], *row[7:]) for row in rows]
    table.grid(title, header, appendix, [*notes, how, CONVENTIONAL_NOTE], (0, 1))


def _dynamics(table: Builder, options: Options, estimates: Found) -> None:
    """Lagged dependent variable: within, corrected, and the long run where it is identified."""
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    for line in options.lines:
        fit = estimates[line.id].dynamics if line.id in estimates else None
        if fit is None:
            continue
        rules.append(len(rows))
        lag = fit.params.index[0]
        for term in fit.params.index:
            long_run = ""
            if term in fit.long_run.index:
                far = fit.long_run.loc[term]
                known = f"{far['estimate']:.3f} ({far['std_error']:.3f})"
                long_run = known if fit.long_run_identified else "not identified"
            label = f"{table.label(line.dependent)}, lag" if term == lag else table.label(term)
            pairs = (
                cell
                for kind in ("within", "jackknife")
                for cell in (
                    f"{fit.params.loc[term, kind]:.3f}",
                    f"({fit.std_errors.loc[term, kind]:.3f})",
                )
            )
            rows.append((line.title if term == lag else "", label, *pairs, long_run))
    if rows:
        header = ("", "Term", "Within", "SE", "Half-panel jackknife", "SE", "Long run")
        table.grid("Lagged dependent variable", header, rows, [DYNAMICS_NOTE], rules)


def _leave_one_out(table: Builder, options: Options, line: Line) -> None:
    how, names = options.leave_one_out, table.provinces
    y, x = line.data(table.samples[line.id])
    out = leave_one_unit_out(y, x, terms=[line.focal], way=options.way(how.inference))
    share = leverage_of(fit_two_way(y, x))[line.focal]
    full, without = influence.split(out)
    low, high = (without.loc[getattr(without["estimate"], f)()] for f in ("idxmin", "idxmax"))
    shown = [("nobody", full)]
    shown += [(names[r["left_out"]], r) for _, r in without.head(how.shown).iterrows()]
    shown.append((f"smallest: {names[low['left_out']]}", low))
    shown.append((f"largest: {names[high['left_out']]}", high))
    rows = [
        (label, *influence.cells(r), f"{share[r['left_out']]:.0%}" if r["left_out"] else "")
        for label, r in shown
    ]
    influence.say_without(table, line.id, without)
    label = table.label(line.focal)
    title = f"{line.title}: coefficient of {label}, leaving out one {{unit}} at a time"
    note = (
        f"Standard errors: {inference_text(how.inference)}. Change in SE: change of the estimate, in standard "
        "errors of the full sample. Leverage: the {unit}'s share of the variation that identifies the "
        f"coefficient. The figure shows all {len(without)} {{units}}."
    )
    header = ("Without", "Estimate", "SE", "p", "Change in SE", "Leverage")
    table.grid(title, header, rows, [note], (0, 1, 1 + how.shown))
    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes = figure.subplots()
    influence.draw(axes, full, without, names)
    axes.set_xlabel(table.worded(f"{label} without the {{unit}}, ± 1.96 SE"))
    alt = f"{title}: estimates with intervals, sorted"
    table.add_picture(Picture(f"leave_one_out_{line.id}", alt, figure))


def _forest(table: Builder, options: Options, estimates: Found) -> None:
    """All lines on one axis with the interval of the primary way, or of the line's own."""
    there = [line for line in reversed(options.lines) if line.id in estimates]
    rows = []
    for line in there:
        ways = (options.primary, options.brackets, estimates[line.id].conventional)
        rows.append(next(filter(None, (table.row(line.id, line.focal, way) for way in ways))))
    ends = pd.DataFrame(rows)[["estimate", "ci_low", "ci_high"]].astype(float)
    reach = np.abs(ends[["ci_low", "ci_high"]].sub(ends["estimate"], axis=0).to_numpy().T)
    figure = Figure(figsize=(9, 1 + 0.32 * len(there)), layout="constrained")
    axes = figure.subplots()
    influence.intervals(axes, ends["estimate"], reach, [line.title for line in there])
    axes.axvline(ends["estimate"].iloc[-1], color="C1", linewidth=0.8, linestyle=":")
    focal = table.label(options.lines[0].focal)
    axes.set_xlabel(f"{focal}, 95 % interval")
    alt = f"Estimates of {focal} in every line with 95 % intervals; dotted: {there[-1].title}"
    table.add_picture(Picture("lines", alt, figure))
