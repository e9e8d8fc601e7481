"""Rules on descriptive statistics against each other: order and the bounds of the deviation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, rule
from living_panel.estimation.papers.rows import SLACK, Cell, PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper, Table

FAMILY = "descriptive statistics"
WHOLE = ("binary", "counts")


@dataclass(frozen=True)
class Line:
    """One variable's printed descriptive statistics."""

    term: str
    place: str
    n: float
    mean: PrintedNumber
    sd: PrintedNumber
    low: PrintedNumber
    high: PrintedNumber


def lines(paper: PrintedPaper) -> dict[str, Line]:
    """Complete lines of the descriptive tables by variable."""
    by_term = {}
    for table in paper.of_content("descriptives"):
        if table.weighted or table.other_sample:
            continue
        for term in dict.fromkeys(c.term for c in table.cells):
            cells = {c.statistic: c for c in table.cells if c.term == term and c.estimate}
            if {"n_obs", "mean", "sd", "min", "max"} <= cells.keys():
                numbers = (cells[s].number for s in ("mean", "sd", "min", "max"))
                row = cells["mean"].row_place
                by_term[term] = Line(term, row, cells["n_obs"].value, *numbers)
    return by_term


@rule(FAMILY)
def mean_outside_extremes(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Mean outside minimum and maximum.

    A mean lies between the smallest and the largest value.
    """
    for term, x in lines(paper).items():
        yield 1
        if not x.low.low <= x.mean.high or not x.mean.low <= x.high.high:
            message = f"{term}: mean {x.mean.text} outside its extremes"
            inconsistency = Inconsistency(x.place, "impossible", message)
            yield inconsistency.assuming(
                f"not {x.low.low} <= {x.mean.high} or not {x.mean.low} <= {x.high.high}"
            )


@rule(FAMILY)
def sd_against_extremes(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A standard deviation that the extremes do not allow.

    With n values of the printed mean between the printed extremes, the variance is at most (max-mean)(mean-min)
    n/(n-1), and at least the variance that one value at each extreme implies.
    """
    for term, x in lines(paper).items():
        yield 1
        up, down = x.high.high - x.mean.low, x.mean.high - x.low.low
        most = math.sqrt(max(up * down, 0.0) * x.n / max(x.n - 1, 1))
        up, down = x.high.low - x.mean.high, x.mean.low - x.low.high
        forced = up**2 + down**2 + (up - down) ** 2 / max(x.n - 2, 1)
        # the divisor may have been n, as in numpy
        least = math.sqrt(forced / x.n) if min(up, down) > 0 else 0.0
        if not least <= x.sd.high or not x.sd.low <= most:
            message = (
                f"{term}: standard deviation {x.sd.text}; possible are {least:.4g} to {most:.4g}"
            )
            inconsistency = Inconsistency(
                x.place, "impossible", message, {"least": least, "most": most}
            )
            yield inconsistency.assuming(
                f"not {least} <= {x.sd.high} or not {x.sd.low} <= {most}",
                n=x.n, weights="none", bounds="of n values with this mean between these extremes",
            )  # fmt: skip


def _whole_numbers(paper: PrintedPaper) -> Iterator[tuple[Table, Cell, float]]:
    """Means of variables declared as whole numbers, each with its table and number of rows."""
    for table in paper.of_content("descriptives"):
        for cell in table.cells if not table.weighted else ():
            if cell.statistic == "mean" and cell.estimate and cell.term in table.values:
                rows = _of_variable(table, cell, "n_obs")
                if rows is not None and rows.value >= 1 and table.values[cell.term] in WHOLE:
                    yield table, cell, rows.value


def _of_variable(table: Table, cell: Cell, statistic: str) -> Cell | None:
    """Another statistic of the variable and group of a cell."""
    wanted = (cell.term, cell.model, statistic)
    alike = (c for c in table.cells if (c.term, c.model, c.statistic) == wanted)
    return next((c for c in alike if c.estimate), None)


@rule(FAMILY)
def mean_of_no_whole_numbers(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A mean that no whole numbers can have (GRIM).

    The sum of n whole numbers is whole: the mean times n is a whole number up to rounding (Brown and Heathers
    2017). The rule applies where the table declares the values as counts or binary.
    """
    for _, cell, n in _whole_numbers(paper):
        yield 1
        if math.floor(cell.high * n + SLACK) < math.ceil(cell.low * n - SLACK):
            message = f"{cell.row}: no {n:g} whole numbers have a mean of {cell.text}"
            inconsistency = Inconsistency(cell.place, "impossible", message, {"n": n})
            yield inconsistency.assuming(
                f"math.floor({cell.high} * {n:g} + {SLACK}) < math.ceil({cell.low} * {n:g} - {SLACK})",
                values="whole numbers", weights="none",
            )  # fmt: skip


@rule(FAMILY)
def sd_of_no_binary_variable(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A standard deviation that no binary variable of this mean has (DEBIT).

    A variable of zeros and ones with mean m has variance m(1-m), times n/(n-1) in a sample (Heathers and Brown 2019).
    """
    for table, cell, n in _whole_numbers(paper):
        sd = _of_variable(table, cell, "sd")
        if table.values[cell.term] != "binary" or sd is None or n < 2:
            continue
        yield 1
        low, high = max(cell.low, 0.0), min(cell.high, 1.0)
        spreads = [max(m * (1 - m), 0.0) for m in (low, high, min(max(0.5, low), high))]
        least = math.sqrt(min(spreads))  # the divisor may have been n
        most = math.sqrt(max(spreads) * n / (n - 1))
        if high < low or sd.high < least or sd.low > most:
            message = (
                f"{cell.row}: mean {cell.text} of zeros and ones, standard deviation {sd.text};"
            )
            message += f" possible are {least:.4g} to {most:.4g}"
            inconsistency = Inconsistency(
                sd.place, "impossible", message, {"least": least, "most": most}
            )
            yield inconsistency.assuming(
                f"{high} < {low} or {sd.high} < {least} or {sd.low} > {most}",
                values="zeros and ones",
            )


@rule(FAMILY)
def units_not_printed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Variables without units.

    Without the unit of a level, readers cannot compare the level with any source.
    """
    described = lines(paper).keys()
    for name, variable in paper.variables.items():
        yield int(name in described)
        if name in described and not variable.unit:
            inconsistency = Inconsistency(
                variable.place, "form", f"{variable.symbol}: no unit is printed"
            )
            yield inconsistency.assuming(f"not {variable.unit!r}")
