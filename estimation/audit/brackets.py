"""Rules on brackets: whether they can be what the note under the table calls them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, found, rule
from living_panel.estimation.audit.significance import (
    bracketed,
    constraints,
    count_misfits,
    degrees_tried,
    fits,
    revealed,
    scale_of,
    starred,
    wrong_label,
)
from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import Brackets, PrintedPaper, Table

FAMILY = "brackets"
NAMES: dict[Brackets, str] = {
    "standard_error": "standard errors",
    "t_statistic": "t statistics",
    "abs_t_statistic": "absolute t statistics",
    "p_value": "p-values",
}


def _bracketed(table: Table) -> Iterator[tuple[Cell, PrintedNumber]]:
    return ((c, c.bracket) for c in table.estimates() if c.bracket is not None)


def _called(paper: PrintedPaper, reading: Brackets) -> Iterator[tuple[Table, Cell, PrintedNumber]]:
    """Cells whose brackets the note calls this."""
    tables = (t for t in paper.regressions() if t.brackets == reading)
    return ((t, c, bracket) for t in tables for c, bracket in _bracketed(t))


def _own_cells(paper: PrintedPaper, statistic: str) -> Iterator[Cell]:
    """Cells that print a statistic of a coefficient by itself, in any row."""
    cells = (c for t in paper.regressions() for c in t.cells if c.estimate is not None)
    return (c for c in cells if c.statistic.partition(":")[0] == statistic)


@rule(FAMILY)
def negative_standard_error(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A negative standard error.

    A standard error is the root of a variance and cannot be negative.
    """
    for c in _own_cells(paper, "std_error"):
        yield 1
        if c.value < 0:
            inconsistency = found(c, "impossible", f"standard error {c.text}", bracket=c.value)
            yield inconsistency.assuming(f"{c.value} < 0")
    for table, c, bracket in _called(paper, "standard_error"):
        yield 1
        if bracket.value < 0:
            message = f"'{c.text}', the bracket is called a standard error"
            inconsistency = found(
                c, "impossible", message, wrong_label(table), bracket=bracket.value
            )
            yield inconsistency.assuming(
                f"{bracket.value} < 0", bracket="standard error, as the note says"
            )


@rule(FAMILY)
def t_with_wrong_sign(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A t statistic with the wrong sign.

    A t statistic against zero has the sign of its coefficient.
    """
    for table in starred(paper):
        for c, bracket in _bracketed(table) if revealed(table) == "t_statistic" else ():
            yield 1
            # of a ratio the test is against one
            null = 1.0 if scale_of(table) == "exponentiated" else 0.0
            may_be_ratio = scale_of(table) == "unknown" and c.value < 1
            beyond = abs(c.value - null) > c.number.half_unit
            if bracket.value * (c.value - null) < 0 and beyond and not may_be_ratio:
                inconsistency = found(c, "contradiction", f"'{c.text}', signs differ")
                yield inconsistency.assuming(
                    f"{bracket.value} * ({c.value} - {null}) < 0", null="one" if null else "zero"
                )


@rule(FAMILY)
def p_value_out_of_range(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A p-value outside 0 to 1.

    A probability lies between 0 and 1.
    """
    for c in _own_cells(paper, "p_value"):
        yield 1
        if not 0 <= c.value <= 1:
            inconsistency = found(c, "impossible", f"p-value {c.text}")
            yield inconsistency.assuming(f"not 0 <= {c.value} <= 1")
    for _, c, bracket in _called(paper, "p_value"):
        yield 1
        if not 0 <= bracket.value <= 1:
            inconsistency = found(c, "impossible", f"'{c.text}' is called a p-value")
            yield inconsistency.assuming(f"not 0 <= {bracket.value} <= 1", bracket="p-value")


@rule(FAMILY)
def brackets_misnamed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Brackets that hold another statistic than the note says.

    The stars show the kind of statistic in the brackets. If the stars contradict the note's reading and fit
    another, the note is wrong, and readers who compute t are misled.
    """
    for table in starred(paper):
        n, called, best = len(list(_bracketed(table))), table.brackets, revealed(table)
        yield n
        if best == called:
            continue
        as_called, as_best = count_misfits(table, called), count_misfits(table, best)
        message = (
            f"brackets are called {NAMES[called]}, under which the stars of {as_called}"
            f" of {n} cells do not fit; as {NAMES[best]} {as_best} do not"
        )
        seen = {"called": called, "revealed": best, "misfits": as_called}
        inconsistency = Inconsistency(
            table.place, "contradiction", message, seen, wrong_label(table)
        )
        yield inconsistency.assuming(
            f"{_misfits(table, called)} >= 2 * {_misfits(table, best)}",
            distribution="normal",
            sides=table.sides,
            legend=table.stars,
        )


def _misfits(table: Table, reading: Brackets) -> str:
    """The number of cells whose stars do not fit under a reading, as an expression."""
    pairs = bracketed(table, reading)
    tried = degrees_tried(table, reading)
    fitting = sum(any(fits(c, r, table.stars, df, table.sides) for df in tried) for c, r in pairs)
    unreadable = count_misfits(table, reading) - (len(pairs) - fitting)
    test = (
        f"any(stats.t.isf(a / {table.sides}, df) <= hi"
        f" and (not d or lo <= stats.t.isf(d / {table.sides}, df)) for df in {[*tried]})"
    )
    cells = constraints(pairs, table.stars)
    return f"({unreadable} + sum(not ({test}) for lo, hi, a, d in {cells}))"


@rule(FAMILY)
def odd_precision(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """One number of a row printed at another precision.

    Software writes all numbers of a row with the same decimals; a single exception was typed by hand.
    """
    for table in paper.of_content("regression"):
        for row in dict.fromkeys(c.row for c in table.estimates()):
            cells = [c for c in table.estimates() if c.row == row]
            if len(cells) < 3:
                continue
            yield len(cells)
            yield _odd_one(cells, "estimate")
            yield _odd_one(cells, "bracket")


def _odd_one(cells: list[Cell], part: str) -> Inconsistency | None:
    printed = [(c, n) for c in cells if (n := getattr(c, part))]
    usual = Counter(n.decimals for _, n in printed).most_common(1)
    odd = [(c, n) for c, n in printed if n.decimals != usual[0][0]]
    if len(odd) != 1 or len(printed) < 3:
        return None
    cell, number = odd[0]
    message = f"{part} {number.text} has {number.decimals} decimals, the rest of the row"
    inconsistency = found(cell, "form", f"{message} {usual[0][0]}")
    return inconsistency.assuming(f"{number.decimals} != {usual[0][0]}")
