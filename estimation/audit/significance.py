"""Stars, brackets and critical values: what a printed cell can mean, given its rounding.

Ranges of |t| a cell allows, levels its stars claim, degrees of freedom in question.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import scipy

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.panel.declaration import Scale
from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import Brackets, PrintedPaper, Table

READINGS: tuple[Brackets, ...] = ("standard_error", "t_statistic", "p_value")
T_READINGS = ("t_statistic", "abs_t_statistic")
UNREADABLE = ("none", "confidence_interval")
# Where the number of clusters is not known, there may be two of them.
FEWEST_DEGREES = 1
MAY_BE_RATIOS = (None, "logit", "probit", "poisson", "other", "group_time")
"""Estimators whose coefficients a table may print exponentiated without saying so."""
NEAR_DELTA = 1.5
"""z of a marginal effect may be that of its coefficient, which differs from the delta method's by a factor."""
OTHER_DEGREES = (1, 2, 3, 5, 10, 30)
"""Degrees of freedom tried on a table whose number of clusters is not known."""


@dataclass(frozen=True)
class Range:
    """|t| or the error of a cell: as printed, and the least and most that rounding allows."""

    value: float
    low: float
    high: float


@lru_cache(maxsize=4096)  # every rule asks for the same cells
def t_range(cell: Cell, reading: Brackets, scale: Scale = "raw") -> Range | None:
    """|t| of a coefficient cell under a reading of its bracket; None where it makes sense nowhere.

    `scale` is that of the printed number: `unknown` may be raw or exponentiated.
    """
    b, bracket = cell.estimate, cell.bracket
    if b is None or bracket is None or reading in UNREADABLE:
        return None
    if reading in T_READINGS:
        size = abs(bracket.value)
        return Range(size, max(size - bracket.half_unit, 0.0), size + bracket.half_unit)
    if reading == "p_value":
        # p that prints as zero leaves |t| without an upper end
        ends = (max(bracket.value, 1e-300), bracket.high, max(bracket.low, 0.0))
        return Range(*(float(scipy.stats.norm.isf(min(p, 1.0) / 2)) for p in ends))
    return ratio_range(b, bracket, scale)


def ratio_range(b: PrintedNumber, error: PrintedNumber, scale: Scale = "raw") -> Range | None:
    """|t| of an estimate over its error, by the scale of the printed number; None where that gives no t.

    exponentiated: ln(b) over the error of ln(b), which is the printed error divided by b, or the printed one.
    marginal_effects: up to a factor. standardised: the printed error may be that of the raw coefficient.
    """
    if error.value < 0 or scale == "standardised" or (scale == "exponentiated" and b.high <= 0):
        return None
    size, step = abs(b.value), b.half_unit
    low = max(size - step, 0.0) / error.high
    high = (size + step) / error.low if error.low > 0 else math.inf
    raw = Range(size / (error.value or error.high), low, high)
    if scale == "marginal_effects":
        return Range(raw.value, raw.low / NEAR_DELTA, raw.high * NEAR_DELTA)
    if scale == "raw" or b.high <= 0:
        return raw
    ratio = _of_logarithm(b, error)
    if scale == "exponentiated":
        return ratio
    return Range(raw.value, min(raw.low, ratio.low), max(raw.high, ratio.high))


def _of_logarithm(b: PrintedNumber, error: PrintedNumber) -> Range:
    """|t| of ln(b), whose error is the printed one divided by b (delta method), or the printed one."""
    ends = [math.log(max(x, 1e-300)) for x in (b.low, b.high)]
    least = 0.0 if ends[0] <= 0 <= ends[1] else min(map(abs, ends))
    most = max(map(abs, ends))
    low = least * min(max(b.low, 0.0), 1.0) / error.high
    high = most * max(b.high, 1.0) / error.low if error.low > 0 else math.inf
    value = math.log(max(b.value, 1e-300)) * max(b.value, 0.0) / (error.value or error.high)
    return Range(abs(value), low, high)


def scale_of(table: Table) -> Scale:
    """Scale of a table's coefficients: as declared; `unknown` where they may be raw or exponentiated.

    A table with a negative number prints no ratios, and least squares has none.
    """
    if table.scale != "unknown":
        return table.scale
    may = all(table.estimator_of(m) in MAY_BE_RATIOS for m in table.models)
    return "unknown" if may and all(c.value >= 0 for c in table.estimates()) else "raw"


def reach_of(table: Table, cell: Cell, reading: Brackets) -> Range | None:
    """|t| of a cell of a table under a reading of its bracket and the scale of the table.

    A p-value beside stars of one-sided tests may itself be one- or two-sided.
    """
    reach = t_range(cell, reading, scale_of(table))
    if reach is None or reading != "p_value" or table.sides == 2 or cell.bracket is None:
        return reach
    return replace(reach, low=max(float(scipy.stats.norm.isf(min(cell.bracket.high, 1.0))), 0.0))


@cache
def critical(level: float, df: float, sides: int = 2) -> float:
    """Critical |t| at a level; df may be infinite (the normal)."""
    tail = level / sides
    return float(scipy.stats.norm.isf(tail) if math.isinf(df) else scipy.stats.t.isf(tail, df))


def level_of(stars: str, legend: dict[str, float]) -> float | None:
    """Level that a cell's stars claim; 1 without stars; None for a mark outside the legend."""
    return legend.get(stars) if stars else 1.0


def weaker(cell: Cell, other: Cell, legend: dict[str, float]) -> bool:
    """Whether a cell's mark claims less than another's, whatever the marks look like."""
    level, against = level_of(cell.stars, legend), level_of(other.stars, legend)
    return level is not None and against is not None and level > against


def next_level(stars: str, legend: dict[str, float]) -> float | None:
    """The next stricter level the cell's stars deny; None at the strictest, or for an unknown mark."""
    level = level_of(stars, legend)
    return max((v for v in legend.values() if level is not None and v < level), default=None)


def fits(cell: Cell, reach: Range, legend: dict[str, float], df: float, sides: int = 2) -> bool:
    """Whether the stars of a cell are what the legend gives for |t|, rounding allowed."""
    level = level_of(cell.stars, legend)
    if level is None:
        return False
    denied = next_level(cell.stars, legend)
    enough = reach.high >= critical(level, df, sides)
    not_more = denied is None or reach.low <= critical(denied, df, sides)
    return enough and not_more


def bracketed(table: Table, reading: Brackets) -> list[tuple[Cell, Range]]:
    """Coefficient cells of a table that may carry stars, with their |t| under a reading.

    A constant that no column stars, and terms declared `unstarred`, are omitted. So are cells without stars of
    one-sided tests: the coefficient may have the other sign.
    """
    without = set(table.unstarred)
    if not any(c.stars for c in table.estimates() if c.term == "constant"):
        without.add("constant")
    cells = (c for c in table.estimates() if c.term not in without)
    cells = (c for c in cells if table.sides == 2 or c.stars)
    return [(c, r) for c in cells if (r := reach_of(table, c, reading))]


def rounded(reach: Range, reading: Brackets) -> dict[str, Any]:
    """Assumptions of an inconsistency on one bracket: the reading, and |t| at both ends of rounding."""
    return {"bracket": reading, "abs_t_low": reach.low, "abs_t_high": reach.high}


def constraints(pairs: Iterable[tuple[Cell, Range]], legend: dict[str, float]) -> str:
    """Cells as an expression: (least |t|, greatest |t|, level claimed, next level denied).

    A mark that the legend does not have claims a level of 0, which nothing reaches.
    """
    rows = [
        (r.low, r.high, level_of(c.stars, legend), next_level(c.stars, legend)) for c, r in pairs
    ]
    return repr([tuple(round(float(x or 0.0), 10) for x in row) for row in rows])


def wrong_label(table: Table) -> str:
    """The fact that a table's note misnames its brackets; empty where stars and note agree."""
    return f"{table.place}: brackets misnamed" if revealed(table) != table.brackets else ""


def count_misfits(table: Table, reading: Brackets) -> int:
    """Cells whose stars do not fit under a reading, unreadable brackets among them."""
    brackets = [c.bracket.value for c in table.estimates() if c.bracket is not None]
    if reading == "p_value" and not all(0 <= b <= 1 for b in brackets):
        return len(brackets)
    pairs = bracketed(table, reading)
    readable = [c for c in table.estimates() if reach_of(table, c, reading)]
    tried = degrees_tried(table, reading)
    fitting = (any(fits(c, r, table.stars, df, table.sides) for df in tried) for c, r in pairs)
    return len(brackets) - len(readable) + len(pairs) - sum(fitting)


def degrees_tried(table: Table, reading: Brackets) -> tuple[float, ...]:
    """Degrees of freedom that the stars of a table may have under the reading its note names.

    Another reading is held to the normal, so that a table is not called misnamed for having few clusters.
    """
    known = table.covariance in ("classical", "robust", "unnamed")
    known = known and not any(has_own_degrees(table, m) for m in table.models)
    if known or reading != table.brackets:
        return (math.inf,)
    return (math.inf, *OTHER_DEGREES)


def revealed(table: Table) -> Brackets:
    """The reading of the brackets that the stars themselves support best.

    The reading the note names wins unless it leaves at least two misfits, and a third of the cells,
    and another leaves at most half as many.
    """
    called = table.brackets
    unread = called in UNREADABLE or table.scale == "standardised"
    if unread or not table.stars or table.stars_by == "other":
        return called
    counts = {r: count_misfits(table, r) for r in {*READINGS, called}}
    n = sum(c.bracket is not None for c in table.estimates())
    best = min(READINGS, key=lambda r: (counts[r], r != called))
    if best == "t_statistic" and called == "abs_t_statistic":
        return called
    enough = counts[called] >= max(2, n / 3)
    return best if enough and counts[best] * 2 <= counts[called] else called


def units_of(paper: PrintedPaper, table: Table, model: str, evidence: Evidence) -> int | None:
    """Number of units behind a model: the sample's, or its group's as printed or in our list."""
    group = paper.groups.get(model) if table.groups_of else None
    if group is None:
        return paper.sample.units
    if group.units is not None:
        return group.units
    codes = evidence.groups.get(group.name)
    return len(set(codes) - set(paper.sample.excluded)) if codes else None


def tested_by_f(
    paper: PrintedPaper, table: Table, model: str, evidence: Evidence
) -> tuple[int, ...]:
    """How many coefficients F may be of: the slopes printed, or those and the dummies of effects."""
    slopes = table.slopes(model)
    units = units_of(paper, table, model, evidence) or paper.sample.units
    years = (paper.sample.periods - 1) * table.has_effect(model, "time")
    every = (units - 1) * table.has_effect(model, "entity")
    # R² within has the units' means taken out of it already
    return slopes, slopes + years, slopes + years + every * (table.r_squared != "within")


def degrees(
    paper: PrintedPaper, table: Table, model: str, evidence: Evidence, reading: Brackets
) -> dict[str, float]:
    """Degrees of freedom an honest author may have used for a model, by name; p-values need none.

    Clusters whose number is not known may be as few as six, and so where the transcription does not
    say what the errors are.
    """
    dfs = {"normal": math.inf}
    if reading == "p_value":
        return dfs
    if has_own_degrees(table, model):
        return dfs | {f"t({FEWEST_DEGREES}), Satterthwaite": FEWEST_DEGREES}
    if n := table.get(model, "n_obs"):
        dfs["t(N-k-1)"] = max(n.value - max(table.slopes(model), len(table.terms(model))) - 1, 1)
    if (clusters := clusters_in(paper, table, model)) is not None:
        return dfs | {"t(clusters-1)": max(clusters - 1, 1)}
    if table.covariance in ("classical", "robust"):
        return dfs
    units = units_of(paper, table, model, evidence)
    if units is None or table.covariance != "unnamed":
        dfs[f"t({FEWEST_DEGREES}), clusters not known"] = FEWEST_DEGREES
    elif units > 1:
        dfs["t(units-1)"] = units - 1
    return dfs


def has_own_degrees(table: Table, model: str) -> bool:
    """Whether each coefficient of a column has degrees of freedom of its own, by Satterthwaite's formula."""
    return table.column(model).vcov.get("df") == "satterthwaite"


def clusters_in(paper: PrintedPaper, table: Table, model: str) -> int | None:
    """Number of clusters of a column: as printed or declared, else what the names of its clusters give."""
    if (clusters := table.clusters_of(model)) is not None:
        return clusters
    units, periods = table.get(model, "n_groups"), table.get(model, "n_periods")
    whole = table.rests_on_all_rows(model) and not table.other_sample
    known: dict[str, float | None] = {
        UNIT: units.value if units else paper.sample.units if whole else None,
        PERIOD: periods.value if periods else paper.sample.periods if whole else None,
    }
    counts = [known.get(name) for name in table.column(model).clustered_by]
    numbers = [int(n) for n in counts if n is not None]
    return min(numbers) if numbers and len(numbers) == len(counts) else None


def starred(paper: PrintedPaper) -> Iterator[Table]:
    """Tables of regressions with a legend and readable brackets that give the stars."""
    return (
        t
        for t in paper.regressions()
        if t.stars and t.brackets not in UNREADABLE and t.stars_by == "brackets"
    )


def error_range(cell: Cell, reading: Brackets, scale: Scale = "raw") -> Range | None:
    """Standard error of a cell under a reading of its bracket, and its least and most by rounding.

    None for a ratio and a standardised coefficient, whose t is that of another number.
    """
    if cell.estimate is None or cell.bracket is None or not cell.bracket.value:
        return None
    if scale not in ("raw", "marginal_effects"):
        return None
    if reading == "standard_error":
        size, step = abs(cell.bracket.value), cell.bracket.half_unit
        return Range(size, size - step, size + step)
    reach, step = t_range(cell, reading), cell.estimate.half_unit
    if not reach or not reach.value or math.isinf(reach.high):
        return None
    size = abs(cell.value)
    most = (size + step) / reach.low if reach.low else math.inf
    return Range(size / reach.value, max(size - step, 0.0) / reach.high, most)


def standard_error(cell: Cell, reading: Brackets, scale: Scale = "raw") -> float | None:
    """Standard error of a cell under a reading of its bracket."""
    error = error_range(cell, reading, scale)
    return error.value if error else None
