"""Rules on counts: rows against units times years, factors, groups, and counts not printed."""

from __future__ import annotations

from collections.abc import Iterator

from estimation.audit.figures import Evidence
from estimation.audit.registry import Finding, Outcome, rule
from estimation.audit.significance import units_of
from estimation.papers.rows import Cell
from estimation.papers.schema import PrintedPaper, Table

FAMILY = "counts"


def _counts(paper: PrintedPaper) -> Iterator[tuple[Table, Cell]]:
    for table in paper.tables.values():
        for cell in table.cells:
            if cell.statistic == "n_obs" and cell.estimate is not None:
                yield table, cell


def smallest_factor(n: int) -> int:
    """Smallest divisor of n above 1; n itself where n is prime."""
    return next((d for d in range(2, int(n**0.5) + 1) if n % d == 0), n)


@rule(FAMILY)
def more_rows_than_the_panel(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """More rows than units times years.

    A panel of one row a unit and year has at most units times years rows.
    """
    years = paper.sample.periods
    for table, cell in _counts(paper):
        units = units_of(paper, table, cell.model, evidence)
        if units is None:
            continue
        yield 1
        most = units * years
        if cell.value > most:
            where = f"{cell.row} {cell.column}: {cell.text} rows"
            message = f"{where}, but {units} units x {years} years = {most}"
            seen = {"rows": cell.value, "most": most, "ratio": cell.value / most}
            fact = f"{cell.text} rows in a panel of {most}"
            yield Finding(cell.place, "impossible", message, seen, fact)


@rule(FAMILY)
def count_of_no_complete_panel(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A count that no complete panel has.

    When every variable and column prints the same number of rows, the panel is taken as complete
    (tables by group apart): that number must be divisible by the stated units or years. A prime
    number of rows fits no panel of any size. Not applied where the counts differ or the paper says
    unbalanced.
    """
    cells = [c for t, c in _counts(paper) if t.groups_of is None]
    numbers = {int(c.value) for c in cells}
    if paper.sample.balanced is False or len(numbers) != 1 or len(cells) < 2:
        return
    yield len(cells)
    n = numbers.pop()
    units, periods = paper.sample.units, paper.sample.periods
    if n % units == 0 or n % periods == 0:
        return
    factor = smallest_factor(n)
    shape = "it is prime" if factor == n else f"its smallest factor is {factor}"
    message = (
        f"{n} rows in all {len(cells)} places: divisible neither by {units} units nor by {periods}"
        f" years; {shape}"
    )
    place = f"{cells[0].place} and {len(cells) - 1} more"
    yield Finding(place, "contradiction", message, {"rows": n, "factor": factor})


@rule(FAMILY)
def group_counts_do_not_add_up(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Groups that do not add up to the whole.

    Groups that divide the sample have counts that sum to the pooled count.
    """
    for table, whole, model in paper.by_group():
        pooled = whole.get(model, "n_obs")
        parts = [c.value for m in table.models if (c := table.get(m, "n_obs"))]
        if pooled is None or len(parts) < len(table.models):
            continue
        yield len(parts) + 1
        if sum(parts) != pooled.value:
            message = f"groups sum to {sum(parts):g} rows, the whole has {pooled.text}"
            yield Finding(table.place, "contradiction", message, {"sum": sum(parts)})


@rule(FAMILY)
def group_units_do_not_add_up(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Units of the groups that do not add up.

    Printed numbers of units by group sum to the stated number of units.
    """
    printed = [g.units for g in paper.groups.values() if g.units is not None]
    if not printed or len(printed) != len(paper.groups):
        return
    yield len(printed)
    total = sum(printed)
    if total != paper.sample.units:
        message = f"groups have {total} units, the sample {paper.sample.units}"
        yield Finding(paper.sample.place, "contradiction", message, {"sum": total})


@rule(FAMILY)
def count_not_printed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """No number of rows printed.

    Without the number of rows a reader can check neither F, nor R², nor the stars; a panel said to
    be balanced gives it.
    """
    for table, model in paper.columns():
        yield 1
        if table.get(model, "n_obs") is None and paper.sample.balanced is not True:
            message = f"model {model} prints no number of observations"
            yield Finding(f"{table.place}, {model}", "form", message)
