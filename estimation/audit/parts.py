"""The parts of one printed coefficient against each other: estimate, error, t, p and interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import scipy

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, found, rule
from living_panel.estimation.audit.significance import (
    critical,
    degrees,
    level_of,
    next_level,
    ratio_range,
    scale_of,
)
from living_panel.estimation.panel.declaration import Scale
from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper, Table

FAMILY = "parts of a coefficient"
LEVELS = (0.10, 0.05, 0.01)
FEWEST_EVEN = 3
"""Intervals of a column that show it to have symmetric ones."""
NOT_LINEAR = ("logit", "probit", "poisson", "other")
OF_BRACKET = {
    "standard_error": "std_error",
    "t_statistic": "t_statistic",
    "abs_t_statistic": "abs_t",
    "p_value": "p_value",
}


@dataclass(frozen=True)
class Parts:
    """Printed statistics of one coefficient, by name: std_error, t_statistic, abs_t, p_value, ci_low, ci_high."""

    cell: Cell
    numbers: dict[str, PrintedNumber]
    scale: Scale = "raw"

    def range_of(self, name: str) -> tuple[float, float] | None:
        """Least and greatest value that rounds to a part; None if absent."""
        number = self.numbers.get(name)
        return None if number is None else (number.low, number.high)

    @property
    def abs_t(self) -> tuple[float, float] | None:
        """Least and greatest |t| that estimate and error allow, else the printed t."""
        error = self.numbers.get("std_error")
        if error is not None and error.high > 0:
            reach = ratio_range(self.cell.number, error, self.scale)
            return (reach.low, reach.high) if reach else None
        for name in ("abs_t", "t_statistic"):
            if (number := self.numbers.get(name)) is not None:
                size = abs(number.value)
                return max(size - number.half_unit, 0.0), size + number.half_unit
        return None


def parts_of(table: Table) -> Iterator[Parts]:
    """Coefficients with another printed number in addition to the estimate."""
    for cell in table.estimates():
        numbers: dict[str, PrintedNumber] = {}
        if cell.bracket is not None and table.brackets in OF_BRACKET:
            numbers[OF_BRACKET[table.brackets]] = cell.bracket
        for name in ("std_error", "t_statistic", "abs_t", "p_value", "ci_low", "ci_high"):
            if (other := table.get(cell.model, name, cell.term)) is not None:
                numbers[name] = other.number
        if numbers:
            yield Parts(cell, numbers, scale_of(table))


def _each(paper: PrintedPaper) -> Iterator[tuple[Table, Parts]]:
    tables = (t for t in paper.regressions() if t.stars_by == "brackets")
    return ((table, parts) for table in tables for parts in parts_of(table))


@rule(FAMILY)
def t_against_estimate_and_error(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A t that is not the estimate over its error.

    If estimate, error and t are printed, t must be estimate over error, up to the rounding of all three.
    """
    for _, parts in _each(paper):
        reach, printed = parts.abs_t, parts.numbers.get("t_statistic") or parts.numbers.get("abs_t")
        if "std_error" not in parts.numbers or printed is None or reach is None:
            continue
        yield 1
        size = abs(printed.value)
        low, high = size - printed.half_unit, size + printed.half_unit
        is_raw = parts.scale in ("raw", "standardised", "marginal_effects")
        wrong_sign = (
            printed.value * parts.cell.value < 0 and "t_statistic" in parts.numbers and is_raw
        )
        if high < reach[0] or low > reach[1] or wrong_sign:
            message = f"t {printed.text} is not {parts.cell.number.text} over its error"
            inconsistency = found(parts.cell, "contradiction", message)
            yield inconsistency.assuming(
                f"{high} < {reach[0]} or {low} > {reach[1]} or {wrong_sign}",
                null="zero", rounding=[*reach],
            )  # fmt: skip


@rule(FAMILY)
def p_against_t(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A p-value that t does not give under any degrees of freedom in question.

    The rule tries the normal, rows less regressors and clusters less one.
    """
    for table, parts in _each(paper):
        printed, reach = parts.range_of("p_value"), parts.abs_t
        if printed is None or reach is None:
            continue
        yield 1
        dfs = [*degrees(paper, table, parts.cell.model, evidence, "standard_error").values()]
        if table.sides == 1:
            printed = _one_sided(printed)
        least = min(_p(reach[1], df, table.sides) for df in dfs)
        most = max(_p(reach[0], df, table.sides) for df in dfs)
        if printed[1] < least or printed[0] > most:
            text = parts.numbers["p_value"].text
            message = f"p {text}; t gives {least:.4f} to {most:.4f}"
            inconsistency = found(parts.cell, "contradiction", message)
            yield inconsistency.assuming(
                f"{printed[1]} < min(stats.t.sf({reach[1]}, df) * {table.sides} for df in {dfs}) or"
                f" {printed[0]} > max(stats.t.sf({reach[0]}, df) * {table.sides} for df in {dfs})",
                distribution="t or normal", df=dfs, sides=table.sides, rounding=[*reach],
            )  # fmt: skip


def _one_sided(p: tuple[float, float]) -> tuple[float, float]:
    """Least and greatest p-value in the tail of t, of a printed one- or two-sided p-value."""
    if p[0] <= 0.5:
        return p[0] / 2, p[1]
    return min(p[0] / 2, 1 - p[1]), max(p[1] / 2, 1 - p[0])


def _p(t: float, df: float, sides: int) -> float:
    return sides * float(scipy.stats.norm.sf(t) if math.isinf(df) else scipy.stats.t.sf(t, df))


@rule(FAMILY)
def stars_against_p(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars that the printed p-value does not give.

    If a p-value is printed too, the stars must be those of its level.
    """
    for table, parts in _each(paper):
        printed = parts.range_of("p_value")
        if printed is None or not table.stars or parts.cell.term in table.unstarred:
            continue
        level = table.stars.get(parts.cell.stars) if parts.cell.stars else 1.0
        if level is None:
            continue
        if table.sides == 1 and not parts.cell.stars:  # the coefficient may have the other sign
            continue
        yield 1
        stricter = [v for v in table.stars.values() if v < level]
        denied = max(stricter, default=0.0)
        level *= 3 - table.sides  # stars of one-sided tests beside a two-sided p-value
        if printed[0] > level or (printed[1] < denied):
            text = parts.numbers["p_value"].text
            message = f"'{parts.cell.stars}' beside p {text}"
            inconsistency = found(parts.cell, "contradiction", message)
            yield inconsistency.assuming(
                f"{printed[0]} > {level} or {printed[1]} < {denied}", legend=table.stars
            )


def _interval(parts: Parts) -> tuple[PrintedNumber, PrintedNumber] | None:
    low, high = parts.numbers.get("ci_low"), parts.numbers.get("ci_high")
    return None if low is None or high is None else (low, high)


def _middle(parts: Parts) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Range of the estimate and of the middle of its interval, of a ratio in logarithms."""
    ends, b = _interval(parts), parts.cell.number
    if ends is None:
        return None
    low, high = ends
    if parts.scale != "exponentiated":
        return (b.low, b.high), ((low.low + high.low) / 2, (low.high + high.high) / 2)
    if min(b.low, low.low, high.low) <= 0:
        return None
    return (
        (math.log(b.low), math.log(b.high)),
        (math.log(low.low * high.low) / 2, math.log(low.high * high.high) / 2),
    )


def _is_uneven(parts: Parts) -> bool:
    """Whether an estimate cannot be in the middle of its interval."""
    middle = _middle(parts)
    return middle is not None and (middle[0][1] < middle[1][0] or middle[0][0] > middle[1][1])


def _has_symmetric(table: Table, model: str, every: list[Parts]) -> bool:
    """Whether the intervals of a column are symmetric: declared, of known errors, or as all but one of them are.

    Intervals of a bootstrap need not be. An undeclared column whose intervals are even, but for one, has no
    percentiles.
    """
    if table.interval != "unknown" or scale_of(table) == "unknown":
        return table.interval == "symmetric"
    linear = table.estimator_of(model) not in (*NOT_LINEAR, None)
    if linear and table.covariance in ("classical", "robust"):
        return True
    intervals = [p for p in every if p.cell.model == model and _middle(p)]
    return len(intervals) >= FEWEST_EVEN and sum(map(_is_uneven, intervals)) <= 1


@rule(FAMILY)
def interval_against_estimate(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An interval that the estimate is not in, or not in the middle of.

    A confidence interval contains its estimate. A symmetric interval has the estimate in the middle; for a ratio
    this holds in logarithms. A percentile interval of a bootstrap need satisfy neither condition.
    """
    for table in dict.fromkeys(t.number for t, _ in _each(paper)):
        every = [(t, p) for t, p in _each(paper) if t.number == table and _interval(p)]
        for own_table, parts in every:
            if own_table.interval == "percentile":
                continue
            yield 1
            alike = [p for t, p in every if t.models == own_table.models]
            yield _off_middle(parts, _has_symmetric(own_table, parts.cell.model, alike))


def _off_middle(parts: Parts, symmetric: bool) -> Inconsistency | None:
    ends, b = _interval(parts), parts.cell.number
    if ends is None:
        return None
    low, high = ends
    outside = b.high < low.low or b.low > high.high or low.low > high.high
    if not outside and not (symmetric and _is_uneven(parts)):
        return None
    inconsistency = found(parts.cell, "contradiction", f"{b.text} in [{low.text}, {high.text}]")
    (least, most), middle = _middle(parts) or ((0.0, 0.0), (0.0, 0.0))
    return inconsistency.assuming(
        f"{b.high} < {low.low} or {b.low} > {high.high} or {low.low} > {high.high} or ({symmetric} and"
        f" ({most} < {middle[0]} or {least} > {middle[1]}))",
        interval="symmetric" if symmetric else "any", scale=parts.scale,
    )  # fmt: skip


@rule(FAMILY)
def interval_against_stars(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An interval that contradicts the stars.

    A symmetric interval of level 1-a contains the value of no effect exactly if p is above a. If the level is not
    declared, the rule tries 90, 95 and 99 %, and reports only a result that all three give.
    """
    every = [(t, p) for t, p in _each(paper) if _interval(p) and t.stars and t.sides == 2]
    for table, parts in every:
        ends, level = _interval(parts), level_of(parts.cell.stars, table.stars)
        alike = [p for t, p in every if (t.number, t.models) == (table.number, table.models)]
        without = parts.cell.term in (*table.unstarred, "constant")
        symmetric = _has_symmetric(table, parts.cell.model, alike)
        if ends is None or level is None or without or not symmetric:
            continue
        yield 1
        low, high = ends
        null = 1.0 if parts.scale == "exponentiated" else 0.0
        declared = table.column(parts.cell.model).level
        levels = [round(1 - declared, 10)] if declared else [*LEVELS]
        denied = next_level(parts.cell.stars, table.stars) or 0.0
        inside = low.high < null < high.low  # whatever rounding has done
        outside = low.low > null or high.high < null
        if (inside and level <= min(levels)) or (outside and max(levels) <= denied):
            message = f"'{parts.cell.text}' with [{low.text}, {high.text}]"
            inconsistency = found(parts.cell, "contradiction", message)
            yield inconsistency.assuming(
                f"({low.high} < {null} < {high.low} and {level} <= min({levels}))"
                f" or (({low.low} > {null} or {high.high} < {null}) and max({levels}) <= {denied})",
                interval="symmetric", levels=levels, legend=table.stars,
            )  # fmt: skip


@rule(FAMILY)
def interval_against_error(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An interval whose width fits no level.

    Half of a 90, 95 or 99 % interval is the error times the critical value of that level. The value is that of the
    normal or of t with the degrees of freedom in question.
    """
    for table, parts in _each(paper):
        low, high = parts.range_of("ci_low"), parts.range_of("ci_high")
        error = parts.range_of("std_error")
        linear = table.estimator_of(parts.cell.model) not in (*NOT_LINEAR, None)
        known = table.interval == "symmetric" or table.covariance in ("classical", "robust")
        is_raw = scale_of(table) == "raw" and table.interval != "percentile"
        if low is None or high is None or error is None or error[0] <= 0:
            continue
        if not (linear and known and is_raw):
            continue
        yield 1
        dfs = [*degrees(paper, table, parts.cell.model, evidence, "standard_error").values()]
        ratio = ((high[0] - low[1]) / 2 / error[1], (high[1] - low[0]) / 2 / error[0])
        fit = [
            ratio[1] >= min(critical(level, df) for df in dfs)
            and ratio[0] <= max(critical(level, df) for df in dfs)
            for level in LEVELS
        ]
        if not any(fit):
            message = f"half the interval is {ratio[0]:.2f} to {ratio[1]:.2f} errors"
            inconsistency = found(parts.cell, "contradiction", message)
            bounds = f"stats.t.isf(a / 2, df) for df in {dfs}"
            yield inconsistency.assuming(
                f"not any({ratio[1]} >= min({bounds}) and {ratio[0]} <= max({bounds})"
                f" for a in {[*LEVELS]})",
                levels=LEVELS, df=dfs, rounding=[*ratio],
            )  # fmt: skip
