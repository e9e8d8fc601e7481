"""The parts of one printed coefficient against each other: estimate, error, t, p and interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import scipy

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Outcome, found, rule
from living_panel.estimation.audit.significance import critical, degrees
from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper, Table

FAMILY = "parts of a coefficient"
LEVELS = (0.10, 0.05, 0.01)
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

    def range_of(self, name: str) -> tuple[float, float] | None:
        """Least and greatest value that rounds to a part; None if absent."""
        number = self.numbers.get(name)
        return None if number is None else (number.low, number.high)

    @property
    def abs_t(self) -> tuple[float, float] | None:
        """Least and greatest |t| that estimate and error allow, else the printed t."""
        error = self.range_of("std_error")
        if error is not None and error[1] > 0:
            size, step = abs(self.cell.value), self.cell.number.half_unit
            high = (size + step) / error[0] if error[0] > 0 else math.inf
            return max(size - step, 0.0) / error[1], high
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
        for name in ("std_error", "t_statistic", "p_value", "ci_low", "ci_high"):
            if (other := table.get(cell.model, name, cell.term)) is not None:
                numbers[name] = other.number
        if numbers:
            yield Parts(cell, numbers)


def _each(paper: PrintedPaper) -> Iterator[tuple[Table, Parts]]:
    tables = (t for t in paper.of_content("regression") if t.stars_by == "brackets")
    return ((table, parts) for table in tables for parts in parts_of(table))


@rule(FAMILY)
def t_against_estimate_and_error(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A t that is not the estimate over its error.

    Where estimate, error and t are printed, t is their quotient up to the rounding of all three.
    """
    for _, parts in _each(paper):
        reach, printed = parts.abs_t, parts.numbers.get("t_statistic") or parts.numbers.get("abs_t")
        if "std_error" not in parts.numbers or printed is None or reach is None:
            continue
        yield 1
        size = abs(printed.value)
        low, high = size - printed.half_unit, size + printed.half_unit
        wrong_sign = printed.value * parts.cell.value < 0 and "t_statistic" in parts.numbers
        if high < reach[0] or low > reach[1] or wrong_sign:
            message = f"t {printed.text} is not {parts.cell.number.text} over its error"
            said = found(parts.cell, "contradiction", message)
            yield said.assuming(
                f"{high} < {reach[0]} or {low} > {reach[1]} or {wrong_sign}",
                null="zero", rounding=[*reach],
            )  # fmt: skip


@rule(FAMILY)
def p_against_t(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A p-value that t does not give under any degrees of freedom in question.

    Judged under the normal, rows less regressors and clusters less one.
    """
    for table, parts in _each(paper):
        printed, reach = parts.range_of("p_value"), parts.abs_t
        if printed is None or reach is None:
            continue
        yield 1
        dfs = [*degrees(paper, table, parts.cell.model, evidence, "standard_error").values()]
        least = min(_p(reach[1], df, table.sides) for df in dfs)
        most = max(_p(reach[0], df, table.sides) for df in dfs)
        if printed[1] < least or printed[0] > most:
            text = parts.numbers["p_value"].text
            message = f"p {text}; t gives {least:.4f} to {most:.4f}"
            said = found(parts.cell, "contradiction", message)
            yield said.assuming(
                f"{printed[1]} < min(stats.t.sf({reach[1]}, df) * {table.sides} for df in {dfs}) or"
                f" {printed[0]} > max(stats.t.sf({reach[0]}, df) * {table.sides} for df in {dfs})",
                distribution="t or normal", df=dfs, sides=table.sides, rounding=[*reach],
            )  # fmt: skip


def _p(t: float, df: float, sides: int) -> float:
    return sides * float(scipy.stats.norm.sf(t) if math.isinf(df) else scipy.stats.t.sf(t, df))


@rule(FAMILY)
def stars_against_p(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars that the printed p-value does not give.

    Where a p-value is printed too, the stars are those of its level.
    """
    for table, parts in _each(paper):
        printed = parts.range_of("p_value")
        if printed is None or not table.stars or parts.cell.term in table.unstarred:
            continue
        level = table.stars.get(parts.cell.stars) if parts.cell.stars else 1.0
        if level is None:
            continue
        yield 1
        stricter = [v for v in table.stars.values() if v < level]
        denied = max(stricter, default=0.0)
        if printed[0] > level or (printed[1] < denied):
            text = parts.numbers["p_value"].text
            message = f"'{parts.cell.stars}' beside p {text}"
            said = found(parts.cell, "contradiction", message)
            yield said.assuming(
                f"{printed[0]} > {level} or {printed[1]} < {denied}", legend=table.stars
            )


@rule(FAMILY)
def interval_against_estimate(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An interval that the estimate is not in, or not in the middle of.

    A confidence interval holds its estimate; that of a linear model has it in the middle.
    """
    for table, parts in _each(paper):
        low, high = parts.range_of("ci_low"), parts.range_of("ci_high")
        if low is None or high is None:
            continue
        yield 1
        b = parts.cell.number
        outside = b.high < low[0] or b.low > high[1]
        linear = table.estimators.get(parts.cell.model) not in (*NOT_LINEAR, None)
        middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
        uneven = linear and (b.high < middle[0] or b.low > middle[1])
        if outside or uneven or low[0] > high[1]:
            texts = [parts.numbers[name].text for name in ("ci_low", "ci_high")]
            message = f"{b.text} in [{', '.join(texts)}]"
            said = found(parts.cell, "contradiction", message)
            yield said.assuming(
                f"{b.high} < {low[0]} or {b.low} > {high[1]} or {low[0]} > {high[1]} or ({linear} and"
                f" ({b.high} < {middle[0]} or {b.low} > {middle[1]}))",
                interval="symmetric" if linear else "any",
            )  # fmt: skip


@rule(FAMILY)
def interval_against_error(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An interval whose width is of no level.

    Half of a 90, 95 or 99 % interval is the error times the critical value of that level. The value is that of the
    normal or of t with the degrees of freedom in question.
    """
    for table, parts in _each(paper):
        low, high = parts.range_of("ci_low"), parts.range_of("ci_high")
        error = parts.range_of("std_error")
        linear = table.estimators.get(parts.cell.model) not in (*NOT_LINEAR, None)
        if low is None or high is None or error is None or error[0] <= 0 or not linear:
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
            said = found(parts.cell, "contradiction", message)
            bounds = f"stats.t.isf(a / 2, df) for df in {dfs}"
            yield said.assuming(
                f"not any({ratio[1]} >= min({bounds}) and {ratio[0]} <= max({bounds})"
                f" for a in {[*LEVELS]})",
                levels=LEVELS, df=dfs, rounding=[*ratio],
            )  # fmt: skip
