"""Rules between columns: constants, identical regressors, the whole against its groups."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import get_args

from living_panel.estimation.audit.descriptive import Line, lines
from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, Severity, rule
from living_panel.estimation.audit.significance import revealed, scale_of, standard_error
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import Effect, PrintedPaper, Table

FAMILY = "columns"
Interval = tuple[float, float]


def log_mean_bounds(line: Line) -> Interval | None:
    """Sharp bounds of the mean of ln x given the mean, sd, minimum and maximum of x > 0.

    ln has a positive third derivative. Among distributions with two given moments on [min, max] the mean of
    ln x is least for two points of which one is the minimum. It is greatest for two points of which one is
    the maximum (Chebyshev-Markov). Mean and sd are taken at both ends of their rounding. None where the mean
    is outside of the extremes.
    """
    low, high = max(line.low.low, line.low.value * 0.5), line.high.high
    if not 0 < low < line.mean.low <= line.mean.high < high:
        return None
    ends = [
        _two_points(mean, sd**2, low, high)
        for mean in (line.mean.low, line.mean.high)
        for sd in (max(line.sd.low, 0.0), line.sd.high)
    ]
    return min(least for least, _ in ends), max(most for _, most in ends)


def _two_points(mean: float, variance: float, low: float, high: float) -> Interval:
    share = variance / (variance + (mean - low) ** 2)
    least = share * math.log(low) + (1 - share) * math.log(mean + variance / (mean - low))
    share = variance / (variance + (high - mean) ** 2)
    other = max(mean - variance / (high - mean), low)
    return least, share * math.log(high) + (1 - share) * math.log(other)


def _described(paper: PrintedPaper, table: Table, model: str) -> dict[str, Line]:
    """Descriptive statistics of the rows of a model, as far as counts of rows are printed."""
    rows = table.get(model, "n_obs")
    return {t: line for t, line in lines(paper).items() if not rows or rows.value == line.n}


def _mean_bounds(line: Line | None, transform: str) -> Interval | None:
    """Bounds of the mean of a variable as it enters; None where nothing printed gives them."""
    if line is not None and transform == "level":
        return line.mean.low, line.mean.high
    return log_mean_bounds(line) if line is not None and transform == "log" else None


def _plus(total: Interval, slope: Interval, mean: Interval) -> Interval:
    """The sum of an interval and the product of two others."""
    ends = [b * x for b in slope for x in mean]
    return total[0] + min(ends), total[1] + max(ends)


def _constant_bounds(paper: PrintedPaper, table: Table, model: str) -> Interval | None:
    """mean(y) - sum of b mean(x), as far as the printed descriptive statistics fix it."""
    described, lhs = _described(paper, table, model), paper.equation.lhs
    total = _mean_bounds(described.get(lhs), paper.equation.transform_of(lhs))
    for cell in table.estimates(model):
        if cell.term == "constant":
            continue
        mean = _mean_bounds(described.get(cell.term), cell.transform)
        if mean is None or total is None:
            return None
        total = _plus(total, (-cell.high, -cell.low), mean)
    return total


CHOICE = "; this holds if the constant is the mean of the effects, which the paper does not say"


def _severity(table: Table, model: str) -> Severity:
    """Without effects the constant is an identity; with them its normalisation is a choice."""
    return "form" if table.has_effects(model) else "contradiction"


def _is_identity(table: Table, model: str) -> bool:
    """Whether least squares passes through the means of what is printed."""
    known = table.is_disclosed(model) and table.are_effects_known(model)
    return table.by_least_squares(model) and known and not table.other_sample


@rule(FAMILY)
def constant_against_means(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A constant that cannot follow from the printed means.

    Least squares passes through the means: the constant is mean(y) minus the sum of slopes times mean(x). Mean, sd,
    minimum and maximum give sharp bounds for means of logs. With effects this holds for the grand-mean constant;
    the paper would have to state another normalisation.
    """
    for table, model in paper.columns():
        cell = table.get(model, "estimate", "constant")
        if table.groups_of or not _is_identity(table, model) or cell is None:
            continue  # means are those of the whole sample
        bounds = _constant_bounds(paper, table, model)
        if bounds is None:
            continue
        yield 1
        if cell.high < bounds[0] or cell.low > bounds[1]:
            message = (
                f"{cell.column}: constant {cell.number.text}; the printed slopes and descriptive"
                f" statistics allow {bounds[0]:.2f} to {bounds[1]:.2f}"
            )
            yield _constant_inconsistency(cell, table, message, bounds, cell.low, cell.high)


@rule(FAMILY)
def constant_steps(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A change of constant that cannot follow from the change of slopes.

    Between nested columns on the same rows the mean of y cancels: the constant moves by the sum of (old slope - new
    slope) times mean(x). This check has narrower bounds than the check of the constant itself.
    """
    for table, before, after in paper.steps():
        if not (_is_identity(table, after) and (not before or _is_identity(table, before))):
            continue
        if before and not table.have_same_effects(before, after):
            continue
        old, new = (table.get(m, "estimate", "constant") for m in (before, after))
        bounds = _step_bounds(paper, table, before, after)
        if not old or not new or bounds is None:
            continue
        yield 1
        if new.high - old.low < bounds[0] or new.low - old.high > bounds[1]:
            message = (
                f"{old.column} to {new.column}: the constant moves by"
                f" {new.value - old.value:+.3f}; slopes and descriptive statistics allow"
                f" {bounds[0]:+.2f} to {bounds[1]:+.2f}"
            )
            least, most = new.low - old.high, new.high - old.low
            yield _constant_inconsistency(new, table, message, bounds, least, most)


def _constant_inconsistency(
    cell: Cell, table: Table, message: str, bounds: Interval, least: float, most: float
) -> Inconsistency:
    severity = _severity(table, cell.model)
    message += CHOICE if severity == "form" else ""
    fact = f"{table.place}: constants do not follow from the means" if severity == "form" else ""
    inconsistency = Inconsistency(cell.place, severity, message, {"bounds": list(bounds)}, fact)
    return inconsistency.assuming(
        f"{most} < {bounds[0]} or {least} > {bounds[1]}",
        estimator="least squares with all regressors printed", rounding=[least, most],
        means_of_logs="bounded by mean, sd, minimum and maximum",
    )  # fmt: skip


def _step_bounds(paper: PrintedPaper, table: Table, before: str, after: str) -> Interval | None:
    described = _described(paper, table, after)
    total = (0.0, 0.0)
    for term in dict.fromkeys((*table.terms(before), *table.terms(after))):
        old, new = (table.get(m, "estimate", term) for m in (before, after))
        printed = old or new
        mean = _mean_bounds(described.get(term), printed.transform if printed else "")
        if mean is None:
            return None
        low = (old.low if old else 0.0) - (new.high if new else 0.0)
        high = (old.high if old else 0.0) - (new.low if new else 0.0)
        total = _plus(total, (low, high), mean)
    return total


@rule(FAMILY)
def same_regressors_different_estimates(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Identical regressors, different estimates.

    Two columns of least squares with the same dependent variable, rows, effects and regressors are one regression;
    different numbers mean that the table does not print some difference between them. The transcription must say
    that every regressor is printed, name the dependent variable, and say that the rows are the same. Equal numbers
    of rows are not enough: two halves of a sample may have them.
    """
    for table in paper.of_content("regression"):
        for first, second in () if table.groups_of else combinations(table.models, 2):
            same = table.rest_on_the_same_rows(first, second)
            if not (same and _is_told(table, first) and _is_told(table, second)):
                continue
            yield 1
            if _signature(table, first) != _signature(table, second):
                continue
            moved = [
                c.term
                for c in table.estimates(first)
                if (d := table.get(second, "estimate", c.term)) and d.value != c.value
            ]
            if moved:
                message = (
                    f"models {first} and {second} print the same regressors"
                    f" ({', '.join(table.terms(first))}), rows and effects, but"
                    f" {len(moved)} estimates differ"
                )
                inconsistency = Inconsistency(
                    table.place, "contradiction", message, {"terms": moved}
                )
                texts = [
                    tuple(
                        c.number.text for m in (first, second) if (c := table.get(m, "estimate", t))
                    )
                    for t in moved
                ]
                yield inconsistency.assuming(
                    f"any(a != b for a, b in {texts})", rows="the same in both"
                )


def _is_told(table: Table, model: str) -> bool:
    """Whether the transcription says all that makes a regression of least squares what it is."""
    is_disclosed = table.is_disclosed(model) and bool(table.dependent_of(model))
    is_disclosed = is_disclosed and table.are_effects_known(model)
    return is_disclosed and table.by_least_squares(model) and table.get(model, "n_obs") is not None


def _signature(table: Table, model: str) -> tuple[object, ...]:
    statements = {
        (c.statistic, c.text)
        for c in table.cells
        if c.model == model and c.statistic.startswith(("flag", "group", "n_obs", "n_groups"))
    }
    effects = tuple(table.has_effect(model, kind) for kind in get_args(Effect))
    estimator = (table.estimator_of(model), table.subtype_of(model))
    formula = table.formula_of(model)
    others = (formula.names, formula.other_effects) if formula else ()
    statement = (table.column(model).where, others, statements)
    return set(table.terms(model)), table.dependent_of(model), estimator, effects, statement


def _pooled(paper: PrintedPaper) -> Iterator[tuple[Table, Table, Cell, list[Cell]]]:
    """Tables by groups, that of the whole, a slope of the whole and those of two groups or more."""
    for table, whole, model in paper.by_group():
        for cell in whole.estimates(model):
            parts = [c for m in table.models if (c := table.get(m, "estimate", cell.term))]
            if cell.term != "constant" and len(parts) > 1:
                yield table, whole, cell, parts


@rule(FAMILY)
def pooled_slope_outside_groups(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A pooled slope outside the range of the groups' slopes.

    A pooled slope is an average of the groups' slopes (matrix-weighted with several regressors, plus the part of
    shared year effects). A slope outside their range needs strong variation between groups or strongly correlated
    regressors. If most slopes, and at least three, lie outside, the pooled column is hardly an average. If fewer
    do, this is a question of form.
    """
    for table, pairs in _by_table(paper):
        yield len(pairs)
        outside = [
            (cell, parts)
            for cell, parts in pairs
            if cell.high < min(p.low for p in parts) or cell.low > max(p.high for p in parts)
        ]
        most = len(outside) >= FEWEST_SLOPES and 2 * len(outside) > len(pairs)
        severity: Severity = "doubtful" if most else "form"
        for cell, parts in outside:
            names = ", ".join(p.text for p in parts)
            low, high = min(p.low for p in parts), max(p.high for p in parts)
            message = (
                f"{cell.row}: pooled {cell.text}, groups {names}; {len(outside)} of {len(pairs)} slopes"
                " lie outside, which needs strong variation between groups or other regressors"
            )
            fact = f"{table.place}: pooled slopes outside of the groups'"
            inconsistency = Inconsistency(
                cell.place, severity, message, {"low": low, "high": high}, fact
            )
            yield inconsistency.assuming(
                f"{cell.high} < {low} or {cell.low} > {high}",
                groups="they divide the pooled sample", regressors="the same in both",
            )  # fmt: skip


FEWEST_SLOPES = 3
Compared = list[tuple[Cell, list[Cell]]]


def _by_table(paper: PrintedPaper) -> Iterator[tuple[Table, Compared]]:
    """Tables by groups with each slope of the whole and those of the groups."""
    by_number: dict[str, tuple[Table, Compared]] = {}
    for table, _, cell, parts in _pooled(paper):
        by_number.setdefault(table.number, (table, []))[1].append((cell, parts))
    yield from by_number.values()


@rule(FAMILY)
def pooled_error_against_groups(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A pooled error far below the error that the groups imply.

    The groups together have the information of the whole sample: under equal slopes the pooled error is about
    1/sqrt(sum of 1/se²). Variation between groups can lower it somewhat. If the pooled error is less than half of
    this for two or more regressors, the pooled sample is in question. For one regressor, this is a question of
    form.
    """
    inconsistencies_by_table: dict[str, list[Inconsistency]] = {}
    for table, whole, cell, parts in _pooled(paper):
        pooled_error = standard_error(cell, revealed(whole), scale_of(whole))
        errors = [e for c in parts if (e := standard_error(c, revealed(table), scale_of(table)))]
        if not pooled_error or len(errors) < len(parts):
            continue
        yield 1
        pooled = 1 / math.sqrt(sum(e**-2 for e in errors))
        if pooled_error < pooled / 2:
            message = (
                f"{cell.row}: pooled standard error {pooled_error:.3f}; the groups' pool to {pooled:.3f}; this"
                " needs most variation between groups, or other errors or rows in the pooled column"
            )
            fact = f"{table.place}: pooled errors below the groups'"
            inconsistency = Inconsistency(
                cell.place, "doubtful", message, {"ratio": pooled_error / pooled}, fact
            )
            inconsistencies_by_table.setdefault(table.number, []).append(
                inconsistency.assuming(
                    f"{pooled_error} < 1 / math.sqrt(sum(e**-2 for e in {errors})) / 2",
                    groups="they divide the pooled sample",
                    covariance="the same in both",
                    slopes="equal",
                )  # fmt: skip
            )
    for inconsistencies in inconsistencies_by_table.values():
        severity: Severity = "doubtful" if len(inconsistencies) > 1 else "form"
        yield from (replace(inconsistency, severity=severity) for inconsistency in inconsistencies)
