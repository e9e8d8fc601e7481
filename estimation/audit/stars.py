"""Rules on stars: against b/se or t, each legend and each number of degrees of freedom.

Stars of coefficients only; those of test statistics are in `statistics_of_tests`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, Severity, found, rule
from living_panel.estimation.audit.significance import (
    Range,
    bracketed,
    constraints,
    critical,
    degrees,
    fits,
    has_own_degrees,
    level_of,
    next_level,
    revealed,
    rounded,
    starred,
    weaker,
    wrong_label,
)
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import Brackets, PrintedPaper, Table

FAMILY = "stars"
# Legends of printed tables, tried on a table when its own does not fit.
LEGENDS: dict[str, tuple[float, float, float]] = {
    "10/5/1 %": (0.10, 0.05, 0.01),
    "5/1/0.1 %": (0.05, 0.01, 0.001),
    "1/5/10 %, reversed": (0.01, 0.05, 0.10),
}
DEGREES = (*range(1, 201), 250, 300, 400, 600, 1000, math.inf)
Pair = tuple[Cell, Range]
FEW_CLUSTERS = 30
FEW_ROWS = 100
"""Rows less slopes below which a further slope moves a critical value of t."""


def _called(paper: PrintedPaper) -> Iterator[tuple[Table, Cell, Range]]:
    """Bracketed cells of starred tables as the note calls their brackets."""
    return ((t, c, r) for t in starred(paper) for c, r in bracketed(t, t.brackets))


def _too_many(
    table: Table, cell: Cell, reach: Range, reading: Brackets, fact: str = ""
) -> Inconsistency | None:
    level, sides = level_of(cell.stars, table.stars), table.sides
    if level is None or reach.high >= (needed := critical(level, math.inf, sides)):
        return None
    # one-sided tests need less: what they allow is a doubt
    severity: Severity = (
        "contradiction" if reach.high < critical(level, math.inf, 1) else "doubtful"
    )
    message = (
        f"'{cell.text}' claims the {level:.0%} level, but |t| is at most"
        f" {reach.high:.3f} and the normal distribution needs {needed:.3f}"
    )
    if severity == "doubtful":
        message += "; a one-sided test gives them"
    inconsistency = found(
        cell, severity, message, fact, abs_t=reach.value, abs_t_high=reach.high, needed=needed
    )
    return inconsistency.assuming(
        f"{reach.high} < stats.norm.isf({level} / {sides})",
        **rounded(reach, reading),
        distribution="normal",
        sides=sides,
    )


def _too_few(
    table: Table, cell: Cell, reach: Range, dfs: dict[str, float], reading: Brackets
) -> Inconsistency | None:
    denied = next_level(cell.stars, table.stars)
    if denied is None:
        return None
    needed = {name: critical(denied, df, table.sides) for name, df in dfs.items()}
    most = max(needed.values())
    if reach.low <= most:
        return None
    message = (
        f"'{cell.text}' has |t| of at least {reach.low:.3f}, beyond the {denied:.0%} value under"
        f" every df considered ({most:.3f}), but it lacks the stars of that level"
    )
    inconsistency = found(
        cell, "contradiction", message, abs_t=reach.value, abs_t_low=reach.low, needed=needed
    )
    return inconsistency.assuming(
        f"{reach.low} > max(stats.t.isf({denied} / {table.sides}, df) for df in {[*dfs.values()]})",
        **rounded(reach, reading), distribution="t", df=dfs, sides=table.sides,
    )  # fmt: skip


@rule(FAMILY)
def stars_beyond_reach(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars that the printed bracket does not reach.

    The rule reads the bracket as the note says. The normal's critical value is the smallest under any df: a cell
    below this value, rounding allowed, cannot have its stars.
    """
    for table, cell, reach in _called(paper):
        if cell.stars:
            yield 1
            yield _too_many(table, cell, reach, table.brackets, wrong_label(table))


@rule(FAMILY)
def stars_short_of_reach(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Fewer stars than the printed bracket earns.

    The |t| of a cell may pass the next level under every df in question (normal, rows, units less one). The cell
    must then have that level's stars, if the paper applies its legend everywhere.
    """
    for table, cell, reach in _called(paper):
        yield 1
        dfs = degrees(paper, table, cell.model, evidence, table.brackets)
        yield _too_few(table, cell, reach, dfs, table.brackets)


@rule(FAMILY)
def stars_fail_as_revealed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars that are wrong even under the kind of bracket that the stars imply.

    Stars can show that the brackets hold another statistic than the note says. The stars must then
    fit that statistic.
    """
    for table in starred(paper):
        reading = revealed(table)
        for cell, reach in bracketed(table, reading) if reading != table.brackets else ():
            yield 1
            yield _too_many(table, cell, reach, reading)
            dfs = degrees(paper, table, cell.model, evidence, reading)
            yield _too_few(table, cell, reach, dfs, reading)


@rule(FAMILY)
def stars_under_few_clusters(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars that few clusters do not give.

    With G printed clusters t has G-1 degrees of freedom. Some stars follow from the normal but not from t(G-1), so
    they assume many clusters. This is a contradiction if the column declares t(G-1), else doubtful.
    """
    for table, cell, reach in _called(paper):
        printed = table.get(cell.model, "n_clusters")
        level = level_of(cell.stars, table.stars)
        if printed is None or not cell.stars or level is None or table.brackets == "p_value":
            continue
        if not 2 <= printed.value <= FEW_CLUSTERS:
            continue
        yield 1
        needed = critical(level, printed.value - 1, table.sides)
        if critical(level, math.inf, table.sides) <= reach.high < needed:
            declared = table.column(cell.model).vcov.get("df") == "t(G-1)"
            severity: Severity = "contradiction" if declared else "doubtful"
            message = (
                f"'{cell.text}' claims the {level:.0%} level with {printed.text} clusters: |t| is at"
                f" most {reach.high:.3f}, t({printed.value - 1:g}) needs {needed:.3f}"
            )
            inconsistency = found(cell, severity, message, abs_t_high=reach.high, needed=needed)
            yield inconsistency.assuming(
                f"{reach.high} < stats.t.isf({level} / {table.sides}, {printed.value - 1:g})",
                **rounded(reach, table.brackets),
                distribution="t(clusters-1)",
                sides=table.sides,
            )


def _outranked(table: Table, along: str, across: str) -> Outcome:
    """Cells with fewer stars than one of smaller |t| in their row or column, rounding allowed."""
    groups: dict[str, list[Pair]] = {}
    for cell, reach in bracketed(table, revealed(table)):
        if has_own_degrees(table, cell.model):
            continue
        groups.setdefault(getattr(cell, along), []).append((cell, reach))
    for pairs in groups.values():
        yield len(pairs) if len(pairs) > 1 else 0
        for cell, reach in pairs:
            over = [(c, r) for c, r in pairs if r.high < reach.low and weaker(cell, c, table.stars)]
            if over:
                other, least = min(over, key=lambda pair: pair[1].value)
                has = f"'{cell.stars}'" if cell.stars else "no stars"
                message = (
                    f"|t| {reach.value:.3f} has {has} while {getattr(other, across)} with"
                    f" {least.value:.3f} has '{other.stars}'"
                )
                inconsistency = found(
                    cell, "contradiction", message,
                    abs_t=reach.value, other=other.place, other_abs_t=least.value,
                )  # fmt: skip
                levels = [level_of(c.stars, table.stars) for c in (cell, other)]
                yield inconsistency.assuming(
                    f"{least.high} < {reach.low} and {levels[0]} > {levels[1]}",
                    **rounded(reach, revealed(table)),
                    df="the same in both cells",
                )


@rule(FAMILY)
def stars_not_monotone(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """More stars on a smaller |t| of the same column.

    All cells of a column have the same degrees of freedom, except for Satterthwaite's. So under any legend a larger
    |t| cannot have fewer stars.
    """
    for table in starred(paper):
        yield from _outranked(table, "model", "row")


@rule(FAMILY)
def stars_differ_at_equal_t(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """More stars on a smaller |t| of the same row.

    Columns of one table with the same number of rows and the same estimator have nearly the same
    degrees of freedom. Two cells of a row contradict the legend if the one with the larger |t| has
    fewer stars, at every rounding of both.
    """
    for table in starred(paper):
        if _alike(table):
            yield from _outranked(table, "row", "column")


def _alike(table: Table) -> bool:
    """Whether all columns have the same degrees of freedom: rows, estimator, errors and clusters.

    Columns may differ in their clusters alone. So the kind of error is known, and of clusters their number; errors
    that the paper does not name are the same in every column.
    """
    printed = [table.get(m, "n_obs") for m in table.models]
    counts = {n.value for n in printed if n}
    estimators = {(table.estimator_of(m), table.subtype_of(m)) for m in table.models}
    clusters = {table.clusters_of(m) for m in table.models}
    named = {table.column(m).clustered_by for m in table.models}
    known = table.covariance in ("classical", "robust", "unnamed") or None not in clusters
    slopes = {table.slopes(m) for m in table.models}
    few = None in printed or min(counts, default=0) - max(slopes, default=0) < FEW_ROWS
    if few and table.covariance != "unnamed" and len(slopes) > 1:
        return False
    known = known and not any(has_own_degrees(table, m) for m in table.models)
    return known and len(counts) == len(estimators) == len(clusters) == len(named) == 1


def _legends(table: Table) -> list[dict[str, float]]:
    legends, marks = [table.stars], sorted(table.stars, key=lambda mark: -table.stars[mark])
    if len(marks) == 3:
        legends += [dict(zip(marks, levels, strict=True)) for levels in LEGENDS.values()]
    return legends


def _degrees_tried(table: Table) -> tuple[float, ...]:
    return DEGREES if revealed(table) != "p_value" else (math.inf,)


def _a_legend_fits(cells: list[Pair], table: Table) -> bool:
    return any(
        all(fits(c, r, legend, df, sides) for c, r in cells)
        for legend in _legends(table)
        for sides in (2, 1)
        for df in _degrees_tried(table)
    )


def _no_legend(place: str, cells: list[Pair], table: Table) -> Inconsistency | None:
    if _a_legend_fits(cells, table):
        return None
    legends = f"[{', '.join(constraints(cells, legend) for legend in _legends(table))}]"
    tried = [*_degrees_tried(table)]
    message = (
        f"no legend ({', '.join(LEGENDS)}, or as printed), one- or two-sided, with any degrees of"
        f" freedom gives the stars of these {len(cells)} cells"
    )
    seen = {"cells": len(cells), "reading": revealed(table)}
    inconsistency = Inconsistency(place, "contradiction", message, seen)
    return inconsistency.assuming(
        f"not any(all(stats.t.isf(a / s, df) <= hi and (not d or lo <= stats.t.isf(d / s, df))"
        f" for lo, hi, a, d in cells) for cells in {legends} for s in (1, 2) for df in {tried})",
        distribution="t or normal",
        df="1 to 1000 or infinite, one for all cells",
        sides="1 or 2",
    )


@rule(FAMILY)
def no_legend_fits_column(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A column that no legend fits.

    A column has one legend, one number of sides and one df. If no combination fits all stars, the stars come from
    other numbers than the printed ones.
    """
    for table in starred(paper):
        pairs = bracketed(table, revealed(table))
        for model in table.models:
            own = has_own_degrees(table, model)
            column = [] if own else [(c, r) for c, r in pairs if c.model == model]
            yield len(column)
            if column:
                yield _no_legend(f"{table.place}, {column[0][0].column}", column, table)


@rule(FAMILY)
def no_legend_fits_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A table that no legend fits.

    A table has one legend, but degrees of freedom may differ by column. The rule checks only tables whose columns
    all have the same rows, estimator and clusters.
    """
    for table in starred(paper):
        alike = table.groups_of is None and _alike(table)
        pairs = bracketed(table, revealed(table)) if alike else []
        yield len(pairs)
        yield _no_legend(table.place, pairs, table)


@rule(FAMILY)
def unknown_mark(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A mark that the legend does not explain.

    The note must explain every mark at a number.
    """
    for table in paper.tables.values():
        for c in table.cells:
            yield int(bool(c.stars))
            if c.stars and c.stars not in table.stars:
                message = f"'{c.text}': no note explains '{c.stars}'"
                inconsistency = Inconsistency(c.place, "form", message, {"stars": c.stars})
                yield inconsistency.assuming(f"{c.stars!r} not in {[*table.stars]}")
