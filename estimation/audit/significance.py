"""Stars, brackets and critical values: what a printed cell can mean, given its rounding.

Ranges of |t| a cell allows, levels its stars claim, degrees of freedom in question.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from scipy import stats

from estimation.audit.registry import Evidence
from estimation.papers.rows import Cell
from estimation.papers.schema import Brackets, PrintedPaper, Table

READINGS: tuple[Brackets, ...] = ("standard_error", "t_statistic", "p_value")
# Where the number of clusters is not known, no one should print stars below six of them.
FEWEST_DEGREES = 5


@dataclass(frozen=True)
class Range:
    """|t| of a cell: as printed, and the least and most that rounding allows."""

    value: float
    low: float
    high: float


def t_range(cell: Cell, reading: Brackets) -> Range | None:
    """|t| of a coefficient cell under a reading of its bracket; None where it has no sense."""
    b, bracket = cell.estimate, cell.bracket
    if b is None or bracket is None or reading == "none":
        return None
    if reading == "t_statistic":
        size = abs(bracket.value)
        return Range(size, max(size - bracket.half_unit, 0.0), size + bracket.half_unit)
    if reading == "p_value":
        ends = [_t_of_p(p) for p in (bracket.value, bracket.high, bracket.low)]
        return Range(*ends)
    size, step = abs(b.value), b.half_unit
    if bracket.value <= 0:
        return None
    low = max(size - step, 0.0) / bracket.high
    high = (size + step) / bracket.low if bracket.low > 0 else math.inf
    return Range(size / bracket.value, low, high)


def _t_of_p(p: float) -> float:
    return float(stats.norm.isf(min(max(p, 1e-300), 1.0) / 2))


@cache
def critical(level: float, df: float, sides: int = 2) -> float:
    """Critical |t| at a level; df may be infinite (the normal)."""
    tail = level / sides
    return float(stats.norm.isf(tail) if math.isinf(df) else stats.t.isf(tail, df))


def level_of(stars: str, legend: dict[str, float]) -> float | None:
    """Level that a cell's stars claim; 1 without stars; None for a mark not in the legend."""
    return legend.get(stars) if stars else 1.0


def weaker(cell: Cell, other: Cell, legend: dict[str, float]) -> bool:
    """Whether a cell's mark claims less than another's, whatever the marks look like."""
    own, against = level_of(cell.stars, legend), level_of(other.stars, legend)
    return own is not None and against is not None and own > against


def next_level(stars: str, legend: dict[str, float]) -> float | None:
    """The next stricter level the cell's stars deny; None at the strictest."""
    own = level_of(stars, legend)
    stricter = [v for v in legend.values() if own is not None and v < own]
    return max(stricter, default=None)


def fits(cell: Cell, reach: Range, legend: dict[str, float], df: float, sides: int = 2) -> bool:
    """Whether the stars of a cell are what the legend gives for |t|, rounding allowed."""
    level = level_of(cell.stars, legend)
    if level is None:
        return False
    denied = next_level(cell.stars, legend)
    enough = level >= 1 or reach.high >= critical(level, df, sides)
    not_more = denied is None or reach.low <= critical(denied, df, sides)
    return enough and not_more


def bracketed(table: Table, reading: Brackets) -> list[tuple[Cell, Range]]:
    """Coefficient cells of a table with their |t| under a reading."""
    pairs = [(c, t_range(c, reading)) for c in table.estimates()]
    return [(c, r) for c, r in pairs if r is not None]


def wrong_label(table: Table) -> str:
    """The fact that a table's note misnames its brackets; empty where stars and note agree."""
    return f"{table.place}: brackets misnamed" if revealed(table) != table.brackets else ""


def misfits(table: Table, reading: Brackets, df: float = math.inf) -> int:
    """Cells whose stars do not fit under a reading, unreadable brackets among them."""
    with_brackets = [c for c in table.estimates() if c.bracket is not None]
    readable = {id(c): r for c, r in bracketed(table, reading)}
    if reading == "p_value" and any(not 0 <= c.bracket.value <= 1 for c in with_brackets):  # type: ignore[union-attr]
        return len(with_brackets)
    return sum(
        id(c) not in readable or not fits(c, readable[id(c)], table.stars, df)
        for c in with_brackets
    )


def revealed(table: Table) -> Brackets:
    """The reading of the brackets that the stars themselves support best.

    The reading the note names wins unless another leaves at most half as many misfits.
    """
    called = table.brackets
    if called == "none" or not table.stars:
        return called
    counts = {r: misfits(table, r) for r in READINGS}
    best = min(READINGS, key=lambda r: (counts[r], r != called))
    return best if counts[best] * 2 <= counts[called] and counts[called] > 0 else called


def units_of(paper: PrintedPaper, table: Table, model: str, evidence: Evidence) -> int | None:
    """Number of units behind a model: the sample's, or its group's as printed or in our list."""
    group = paper.groups.get(model) if table.groups_of else None
    if group is None:
        return paper.sample.units
    if group.units is not None:
        return group.units
    codes = evidence.groups.get(group.name)
    return len([c for c in codes if c not in paper.sample.excluded]) if codes else None


def degrees(paper: PrintedPaper, table: Table, model: str, evidence: Evidence) -> dict[str, float]:
    """Degrees of freedom an honest author may have used for a model, by name."""
    found = {"normal": math.inf}
    n = table.get(model, "n_obs")
    if n is not None:
        found["t(N-k-1)"] = max(n.value - len(table.terms(model)) - 1, 1)
    units = units_of(paper, table, model, evidence)
    if units is None:
        found[f"t({FEWEST_DEGREES}), units not known"] = FEWEST_DEGREES
    elif units > 1:
        found["t(units-1)"] = units - 1
    return found


def starred(tables: Iterable[Table]) -> Iterable[Table]:
    """Regression tables with a legend and readable brackets."""
    return (t for t in tables if t.content == "regression" and t.stars and t.brackets != "none")


def standard_error(cell: Cell, reading: Brackets) -> float | None:
    """Standard error of a cell under a reading of its bracket."""
    if cell.estimate is None or cell.bracket is None:
        return None
    if reading == "standard_error":
        return abs(cell.bracket.value)
    reach = t_range(cell, reading)
    return abs(cell.estimate.value) / reach.value if reach and reach.value > 0 else None
