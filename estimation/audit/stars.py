"""Rules on stars: against b/se or t, each legend and each number of degrees of freedom.

Stars of coefficients only; those of test statistics are in `statistics_of_tests`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from estimation.audit.registry import Evidence, Finding, Outcome, rule
from estimation.audit.significance import (
    Range,
    bracketed,
    critical,
    degrees,
    fits,
    level_of,
    next_level,
    revealed,
    starred,
    weaker,
    wrong_label,
)
from estimation.papers.rows import Cell
from estimation.papers.schema import Brackets, PrintedPaper, Table

FAMILY = "stars"
# Legends seen in print, tried on a table when its own does not fit.
LEGENDS: dict[str, tuple[float, float, float]] = {
    "10/5/1 %": (0.10, 0.05, 0.01),
    "5/1/0.1 %": (0.05, 0.01, 0.001),
    "1/5/10 %, reversed": (0.01, 0.05, 0.10),
}
DEGREES = (*range(1, 31), 40, 60, 120, math.inf)


def _cells(paper: PrintedPaper, reading: str) -> Iterator[tuple[Table, Cell, Range]]:
    """Bracketed cells of starred tables under the reading `called` or `revealed`."""
    for table in starred(paper.tables.values()):
        chosen: Brackets = table.brackets if reading == "called" else revealed(table)
        if reading == "revealed" and chosen == table.brackets:
            continue
        for cell, reach in bracketed(table, chosen):
            yield table, cell, reach


def _too_many(table: Table, cell: Cell, reach: Range, fact: str = "") -> Finding | None:
    level = level_of(cell.stars, table.stars)
    if level is None or level >= 1 or reach.high >= critical(level, math.inf):
        return None
    return Finding(
        cell.place,
        "impossible",
        f"{cell.row}, {cell.column}: '{cell.text}' claims the {level:.0%} level, but |t| is at most"
        f" {reach.high:.3f} and even the normal needs {critical(level, math.inf):.3f}",
        {"abs_t": reach.value, "abs_t_high": reach.high, "needed": critical(level, math.inf)},
        fact=fact,
    )


def _too_few(table: Table, cell: Cell, reach: Range, dfs: dict[str, float]) -> Finding | None:
    denied = next_level(cell.stars, table.stars)
    if denied is None or level_of(cell.stars, table.stars) is None:
        return None
    needed = {name: critical(denied, df) for name, df in dfs.items()}
    if reach.low <= max(needed.values()):
        return None
    return Finding(
        cell.place,
        "contradiction",
        f"{cell.row}, {cell.column}: '{cell.text}' has |t| of at least {reach.low:.3f}, beyond the"
        f" {denied:.0%} value under every df considered ({max(needed.values()):.3f}), yet its stars"
        " deny that level",
        {"abs_t": reach.value, "abs_t_low": reach.low, "needed": needed},
    )


@rule(FAMILY)
def stars_beyond_reach(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars that the printed bracket does not reach.

    With the bracket read as the note calls it, the normal's critical value is the smallest any
    df gives: a cell below it, rounding allowed, cannot carry its stars.
    """
    cells = [x for x in _cells(paper, "called") if x[1].stars]
    yield len(cells)
    yield from (_too_many(t, c, r, fact=wrong_label(t)) for t, c, r in cells)


@rule(FAMILY)
def stars_short_of_reach(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Fewer stars than the printed bracket earns.

    A cell whose |t| passes the next level under every df in question (normal, rows, units less
    one) must carry that level's stars if the legend is applied evenly.
    """
    cells = list(_cells(paper, "called"))
    yield len(cells)
    yield from (_too_few(t, c, r, degrees(paper, t, c.model, evidence)) for t, c, r in cells)


@rule(FAMILY)
def stars_fail_as_revealed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars that fail even when the bracket is read as what it must be.

    Where the stars show that the brackets are another thing than the note says, the stars must
    at least fit that other reading.
    """
    cells = list(_cells(paper, "revealed"))
    yield len(cells)
    for table, cell, reach in cells:
        dfs = degrees(paper, table, cell.model, evidence)
        yield from [_too_many(table, cell, reach), _too_few(table, cell, reach, dfs)]


def _outranked(
    pairs: list[tuple[Cell, Range]],
    table: Table,
    smaller: Callable[[Range, Range], bool],
    words: Callable[[Cell, Range, Cell, Range], str],
) -> Iterator[Finding]:
    """Cells with fewer stars than one whose |t| is smaller, beside the smallest of those."""
    for cell, reach in pairs:
        over = [(c, r) for c, r in pairs if smaller(r, reach) and weaker(cell, c, table.stars)]
        if over:
            other, least = min(over, key=lambda pair: pair[1].value)
            seen = {"abs_t": reach.value, "other": other.place, "other_abs_t": least.value}
            message = words(cell, reach, other, least)
            yield Finding(cell.place, "contradiction", message, seen)


@rule(FAMILY)
def stars_not_monotone(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """More stars on a smaller |t| of the same column.

    Within one column all cells share their degrees of freedom, so whatever the legend, a larger
    |t| cannot have fewer stars.
    """

    def words(cell: Cell, reach: Range, other: Cell, least: Range) -> str:
        return (
            f"{cell.row}, {cell.column}: |t| {reach.value:.3f} has '{cell.stars}' while {other.row}"
            f" with {least.value:.3f} has '{other.stars}'"
        )

    for table in starred(paper.tables.values()):
        pairs = bracketed(table, revealed(table))
        for model in table.models:
            column = [(c, r) for c, r in pairs if c.model == model]
            if len(column) > 1:
                yield len(column)
                yield from _outranked(column, table, lambda r, own: r.high < own.low, words)


@rule(FAMILY)
def stars_differ_at_equal_t(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """The same |t| with different stars in one table.

    Columns of one table with the same number of rows have nearly the same degrees of freedom: a
    cell with fewer stars than a cell of smaller |t| elsewhere in its row contradicts the
    legend.
    """

    def words(cell: Cell, reach: Range, other: Cell, least: Range) -> str:
        return (
            f"{cell.row}: |t| {reach.value:.3f} in {cell.column} has '{cell.stars}' while"
            f" {least.value:.3f} in {other.column} has '{other.stars}'"
        )

    for table in starred(paper.tables.values()):
        counts = {n.value for m in table.models if (n := table.get(m, "n_obs"))}
        if len(counts) != 1:
            continue
        pairs = bracketed(table, revealed(table))
        for row in dict.fromkeys(c.row for c, _ in pairs):
            across = [(c, r) for c, r in pairs if c.row == row]
            if len(across) > 1:
                yield len(across)
                yield from _outranked(across, table, lambda r, own: r.value < own.value, words)


def _fitting_legends(cells: list[tuple[Cell, Range]], own: dict[str, float]) -> list[str]:
    legends = {"as printed": own}
    marks = sorted(own, key=len)
    if len(marks) == 3:
        legends |= {name: dict(zip(marks, v, strict=True)) for name, v in LEGENDS.items()}
    return [
        f"{name}, {sides}-sided, df {df:g}"
        for name, legend in legends.items()
        for sides in (2, 1)
        for df in DEGREES
        if all(fits(c, r, legend, df, sides) for c, r in cells)
    ]


def _no_legend(place: str, cells: list[tuple[Cell, Range]], table: Table) -> Finding | None:
    if _fitting_legends(cells, table.stars):
        return None
    return Finding(
        place,
        "contradiction",
        f"no legend ({', '.join(LEGENDS)}, or as printed), one- or two-sided, with any degrees of"
        f" freedom gives the stars of these {len(cells)} cells",
        {"cells": len(cells), "reading": revealed(table)},
    )


@rule(FAMILY)
def no_legend_fits_column(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A column that no legend fits.

    A column has one legend, one number of sides and one df; if none of those in use gives all
    its stars, the stars were not computed from the numbers beside them.
    """
    for table in starred(paper.tables.values()):
        pairs = bracketed(table, revealed(table))
        for model in table.models:
            column = [(c, r) for c, r in pairs if c.model == model]
            yield len(column)
            if column:
                yield _no_legend(f"{table.place}, {column[0][0].column}", column, table)


@rule(FAMILY)
def no_legend_fits_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A table that no legend fits.

    The legend stands once under a table. Degrees of freedom may differ by column, so a table is
    only judged where all its columns have the same number of rows or units.
    """
    for table in starred(paper.tables.values()):
        if table.groups_of is not None:
            continue
        pairs = bracketed(table, revealed(table))
        yield len(pairs)
        if pairs:
            yield _no_legend(table.place, pairs, table)


@rule(FAMILY)
def unknown_mark(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A mark the legend does not explain.

    Every mark beside a number must be in the note.
    """
    cells = [(t, c) for t in paper.tables.values() for c in t.cells if c.stars]
    yield len(cells)
    yield from [
        Finding(c.place, "form", f"'{c.text}': no note explains '{c.stars}'", {"stars": c.stars})
        for t, c in cells
        if c.stars not in t.stars
    ]
