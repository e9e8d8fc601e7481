"""Rules on brackets: whether they can be what the note under the table calls them."""

from __future__ import annotations

from estimation.audit.registry import Evidence, Finding, Outcome, rule
from estimation.audit.significance import misfits, revealed, starred, wrong_label
from estimation.papers.rows import Cell
from estimation.papers.schema import PrintedPaper, Table

FAMILY = "brackets"
NAMES = {
    "standard_error": "standard errors",
    "t_statistic": "t statistics",
    "p_value": "p-values",
}


def _called(paper: PrintedPaper, name: str) -> list[tuple[Table, Cell]]:
    return [
        (t, c)
        for t in paper.of_content("regression")
        if t.brackets == name
        for c in t.estimates()
        if c.bracket is not None
    ]


@rule(FAMILY)
def negative_standard_error(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A negative standard error.

    A standard error is the root of a variance and cannot be negative.
    """
    cells = _called(paper, "standard_error")
    yield len(cells)
    yield from [
        Finding(
            c.place,
            "impossible",
            f"{c.row}, {c.column}: '{c.text}', the bracket is called a standard error",
            {"bracket": c.bracket.value},  # type: ignore[union-attr]
            fact=wrong_label(t),
        )
        for t, c in cells
        if c.bracket.value < 0  # type: ignore[union-attr]
    ]


@rule(FAMILY)
def t_with_wrong_sign(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A t statistic with the wrong sign.

    A t statistic against zero has the sign of its coefficient.
    """
    cells = [
        c
        for t in starred(paper.tables.values())
        if revealed(t) == "t_statistic"
        for c in t.estimates()
        if c.bracket is not None
    ]
    yield len(cells)
    yield from [
        Finding(c.place, "impossible", f"{c.row}, {c.column}: '{c.text}', signs differ", {})
        for c in cells
        if c.bracket.value * c.value < 0  # type: ignore[union-attr]
    ]


@rule(FAMILY)
def p_value_out_of_range(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A p-value outside 0 to 1.

    A probability lies between 0 and 1.
    """
    cells = _called(paper, "p_value")
    yield len(cells)
    yield from [
        Finding(c.place, "impossible", f"{c.row}, {c.column}: '{c.text}' is called a p-value", {})
        for _, c in cells
        if not 0 <= c.bracket.value <= 1  # type: ignore[union-attr]
    ]


@rule(FAMILY)
def brackets_misnamed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Brackets that are another thing than the note says.

    The stars say what the brackets are: where they fail under the note's reading and fit under
    another, the note is wrong and every reader who divides is misled.
    """
    for table in starred(paper.tables.values()):
        cells = [c for c in table.estimates() if c.bracket is not None]
        yield len(cells)
        best = revealed(table)
        if best == table.brackets:
            continue
        as_called, as_best = misfits(table, table.brackets), misfits(table, best)
        yield Finding(
            table.place,
            "contradiction",
            f"brackets are called {NAMES[table.brackets]}, under which the stars of {as_called}"
            f" of {len(cells)} cells do not fit; as {NAMES[best]} {as_best} do not",
            {"called": table.brackets, "revealed": best, "misfits": as_called},
            fact=wrong_label(table),
        )


@rule(FAMILY)
def odd_precision(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """One number of a row printed at another precision.

    A row that software wrote has one number of decimals; a single exception was typed.
    """
    for table in paper.of_content("regression"):
        for row in dict.fromkeys(c.row for c in table.estimates()):
            cells = [c for c in table.estimates() if c.row == row]
            if len(cells) < 3:
                continue
            yield len(cells)
            for part in ("estimate", "bracket"):
                yield from _odd_ones(cells, part)


def _odd_ones(cells: list[Cell], part: str) -> list[Finding]:
    printed = [(c, getattr(c, part)) for c in cells if getattr(c, part) is not None]
    decimals = [n.decimals for _, n in printed]
    usual = max(set(decimals), key=decimals.count) if decimals else 0
    odd = [(c, n) for c, n in printed if n.decimals != usual]
    if len(odd) != 1 or len(printed) < 3:
        return []
    cell, number = odd[0]
    message = f"{cell.row}, {cell.column}: {part} {number.text} has {number.decimals} decimals"
    return [Finding(cell.place, "form", f"{message}, the rest of the row {usual}", {})]
