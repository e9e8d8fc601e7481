"""Rules between columns: constants, identical regressors, the whole against its groups."""

from __future__ import annotations

import math

from estimation.audit.descriptive import Line, lines
from estimation.audit.registry import Evidence, Finding, Outcome, Severity, rule
from estimation.audit.significance import revealed, standard_error
from estimation.papers.rows import Cell, Number
from estimation.papers.schema import PrintedPaper, Table

FAMILY = "columns"
Interval = tuple[float, float]


def log_mean_bounds(line: Line) -> Interval:
    """Sharp bounds of the mean of ln x given the mean, sd, minimum and maximum of x > 0.

    ln has a positive third derivative, so among distributions with two given moments on
    [min, max] the mean of ln x is least for two points one of which is the minimum, and greatest
    for two points one of which is the maximum (Chebyshev-Markov). Rounding is negligible but for
    the minimum, which is taken at its least.
    """
    mean, variance = line.mean.value, line.sd.value**2
    low, high = max(line.low.low, line.low.value * 0.5), line.high.high
    if not 0 < low < mean < high:
        raise ValueError(f"{line.place}: no logarithm between {low} and {high}")
    share = variance / (variance + (mean - low) ** 2)
    least = share * math.log(low) + (1 - share) * math.log(mean + variance / (mean - low))
    share = variance / (variance + (high - mean) ** 2)
    other = max(mean - variance / (high - mean), low)
    most = share * math.log(high) + (1 - share) * math.log(other)
    return least, most


def _mean_bounds(line: Line, transform: str) -> Interval | None:
    if transform == "level":
        return line.mean.low, line.mean.high
    if transform == "log" and line.low.value > 0:
        return log_mean_bounds(line)
    return None


def _times(number: Number, interval: Interval) -> Interval:
    ends = [b * x for b in (number.low, number.high) for x in interval]
    return min(ends), max(ends)


def _constant_bounds(paper: PrintedPaper, table: Table, model: str) -> Interval | None:
    """mean(y) - sum of b mean(x), as far as the printed descriptive statistics fix it."""
    described = lines(paper)
    lhs = described.get(paper.equation.lhs)
    total = _mean_bounds(lhs, paper.equation.transform_of(paper.equation.lhs)) if lhs else None
    if total is None:
        return None
    for cell in table.estimates(model):
        if cell.term == "constant":
            continue
        line = described.get(cell.term)
        mean = _mean_bounds(line, cell.transform) if line else None
        if mean is None or cell.estimate is None:
            return None
        part = _times(cell.estimate, mean)
        total = (total[0] - part[1], total[1] - part[0])
    return total


def _severity(table: Table, model: str) -> Severity:
    """Without effects the constant is an identity; with them its normalisation is a choice."""
    effects = table.has_flag(model, "entity_effects") or table.has_flag(model, "time_effects")
    return "doubtful" if effects else "impossible"


def _own_mean_columns(paper: PrintedPaper) -> list[tuple[Table, str, Cell]]:
    """Columns on the whole sample by least squares with a printed constant."""
    return [
        (t, m, c)
        for t in paper.of_content("regression")
        if t.groups_of is None
        for m in t.models
        if t.estimators.get(m, "") in ("fixed_effects", "ols")
        and (c := t.get(m, "estimate", "constant"))
    ]


@rule(FAMILY)
def constant_against_means(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A constant that cannot follow from the printed means.

    Least squares passes through the means: the constant is mean(y) minus the sum of slopes
    times mean(x). Means of logs are bounded sharply by mean, sd, minimum and maximum. With
    effects this holds for the grand-mean constant; another normalisation would have to be said.
    """
    for table, model, cell in _own_mean_columns(paper):
        bounds = _constant_bounds(paper, table, model)
        if bounds is None or cell.estimate is None:
            continue
        yield 1
        if cell.estimate.high < bounds[0] or cell.estimate.low > bounds[1]:
            message = (
                f"{cell.column}: constant {cell.estimate.text}; the printed slopes and descriptive"
                f" statistics allow {bounds[0]:.2f} to {bounds[1]:.2f}"
            )
            yield Finding(cell.place, _severity(table, model), message, {"bounds": list(bounds)})


@rule(FAMILY)
def constant_steps(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A change of constant that cannot follow from the change of slopes.

    Between nested columns on the same rows the mean of y cancels: the constant moves by the sum
    of (old slope - new slope) times mean(x), a narrower check than the constant itself.
    """
    for table in paper.of_content("regression"):
        for before, after in zip(table.nested, table.nested[1:], strict=False):
            old, new = (table.get(m, "estimate", "constant") for m in (before, after))
            bounds = _step_bounds(paper, table, before, after)
            if not old or not new or bounds is None or not old.estimate or not new.estimate:
                continue
            yield 1
            least = new.estimate.low - old.estimate.high
            most = new.estimate.high - old.estimate.low
            if most < bounds[0] or least > bounds[1]:
                message = (
                    f"{old.column} to {new.column}: the constant moves by"
                    f" {new.value - old.value:+.3f}; slopes and descriptive statistics allow"
                    f" {bounds[0]:+.2f} to {bounds[1]:+.2f}"
                )
                yield Finding(new.place, _severity(table, after), message, {"bounds": list(bounds)})


def _step_bounds(paper: PrintedPaper, table: Table, before: str, after: str) -> Interval | None:
    described = lines(paper)
    total = (0.0, 0.0)
    for term in dict.fromkeys((*table.terms(before), *table.terms(after))):
        line = described.get(term)
        ends = [table.get(m, "estimate", term) for m in (before, after)]
        known = next(c for c in ends if c)
        mean = _mean_bounds(line, known.transform) if line else None
        if mean is None:
            return None
        old, new = (c.estimate if c else None for c in ends)
        low = (old.low if old else 0.0) - (new.high if new else 0.0)
        high = (old.high if old else 0.0) - (new.low if new else 0.0)
        products = [b * x for b in (low, high) for x in mean]
        total = (total[0] + min(products), total[1] + max(products))
    return total


@rule(FAMILY)
def same_regressors_different_estimates(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Identical regressors, different estimates.

    Two columns with the same estimator, rows, effects and printed regressors are one
    regression; different numbers mean that something in them is not printed.
    """
    for table in paper.of_content("regression"):
        if table.groups_of is not None:
            continue
        models = table.models
        for i, first in enumerate(models):
            for second in models[i + 1 :]:
                yield 1
                if _signature(table, first) != _signature(table, second):
                    continue
                moved = _moved(table, first, second)
                if moved:
                    message = (
                        f"models {first} and {second} print the same regressors"
                        f" ({', '.join(table.terms(first))}), rows and effects, but"
                        f" {len(moved)} estimates differ"
                    )
                    yield Finding(table.place, "contradiction", message, {"terms": moved})


def _signature(table: Table, model: str) -> tuple[object, ...]:
    said = {
        c.statistic: c.text
        for c in table.cells
        if c.model == model and c.statistic.startswith(("flag", "group", "n_obs"))
    }
    return (frozenset(table.terms(model)), table.estimators.get(model), tuple(sorted(said.items())))


def _moved(table: Table, first: str, second: str) -> list[str]:
    return [
        c.term
        for c in table.estimates(first)
        if (d := table.get(second, "estimate", c.term)) and d.value != c.value
    ]


@rule(FAMILY)
def pooled_slope_outside_groups(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A pooled slope outside the range of the groups' slopes.

    A pooled slope is an average of the groups' slopes (matrix-weighted with several regressors,
    plus what the shared year effects add): one outside their range needs strong variation
    between groups or strongly correlated regressors, and most of them outside is hardly an
    average.
    """
    for table in paper.of_content("regression"):
        if table.groups_of is None:
            continue
        model = table.groups_of.model
        for cell in paper.tables[table.groups_of.table].estimates(model):
            parts = [c for m in table.models if (c := table.get(m, "estimate", cell.term))]
            if cell.term == "constant" or len(parts) < 2 or cell.estimate is None:
                continue
            yield 1
            low = min(p.estimate.low for p in parts if p.estimate)
            high = max(p.estimate.high for p in parts if p.estimate)
            if cell.estimate.high < low or cell.estimate.low > high:
                names = ", ".join(p.text for p in parts)
                message = f"{cell.row}: pooled {cell.text}, groups {names}"
                yield Finding(cell.place, "doubtful", message, {"low": low, "high": high})


@rule(FAMILY)
def pooled_error_against_groups(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A pooled error far below what the groups' errors pool to.

    Groups that divide the sample hold its information: under equal slopes the pooled error is
    about 1/sqrt(sum of 1/se²). Variation between groups can lower it somewhat; less than half
    is a question of what the pooled sample was.
    """
    for table in paper.of_content("regression"):
        if table.groups_of is None:
            continue
        model = table.groups_of.model
        whole = paper.tables[table.groups_of.table]
        for cell in whole.estimates(model):
            own = standard_error(cell, revealed(whole))
            parts = [
                standard_error(c, revealed(table))
                for m in table.models
                if (c := table.get(m, "estimate", cell.term))
            ]
            errors = [p for p in parts if p]
            if cell.term == "constant" or not own or len(errors) < 2 or len(errors) < len(parts):
                continue
            yield 1
            pooled = 1 / math.sqrt(sum(e**-2 for e in errors))
            if own < pooled / 2:
                message = (
                    f"{cell.row}: pooled standard error {own:.3f}; the groups' pool to {pooled:.3f}"
                )
                yield Finding(cell.place, "doubtful", message, {"ratio": own / pooled})
