"""Rules on columns that print the difference of two others."""

from __future__ import annotations

import math
from collections.abc import Iterator

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Outcome, found, rule
from living_panel.estimation.audit.significance import error_range, revealed, scale_of
from living_panel.estimation.papers.rows import SLACK, Cell
from living_panel.estimation.papers.schema import PrintedPaper, Table

FAMILY = "columns"


def _differences(paper: PrintedPaper) -> Iterator[tuple[Table, Cell, Cell, Cell]]:
    """Declared differences: the table, the cell of the difference, and the two that it is of."""
    for table in paper.of_content("regression"):
        for model in table.models:
            of = table.column(model).difference_of
            for cell in table.estimates(model) if len(of) == 2 else ():
                first, second = (table.get(m, "estimate", cell.term) for m in of)
                if first is not None and second is not None:
                    yield table, cell, first, second


@rule(FAMILY)
def difference_of_columns(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A printed difference that its two columns do not give.

    A column declared as the difference of two others must equal the first less the second, up to the rounding of
    all three.
    """
    for _, cell, first, second in _differences(paper):
        yield 1
        low, high = first.low - second.high, first.high - second.low
        if cell.high < low - SLACK or cell.low > high + SLACK:
            message = f"{first.number.text} less {second.number.text} is not {cell.number.text}"
            inconsistency = found(cell, "contradiction", message, low=low, high=high)
            yield inconsistency.assuming(
                f"{cell.high} < {low} - {SLACK} or {cell.low} > {high} + {SLACK}",
                difference=f"{first.column} less {second.column}",
            )


@rule(FAMILY)
def error_of_difference(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An error of a difference that independent columns do not give.

    Estimates on different units are independent, so the squared error of their difference is the sum of their
    squared errors. The rule applies where the column declares independent samples.
    """
    for table, cell, first, second in _differences(paper):
        if table.column(cell.model).samples != "independent":
            continue
        parts = [(c, table.part_of(c.model)) for c in (cell, first, second)]
        errors = [e for c, p in parts if (e := error_range(c, revealed(p), scale_of(p)))]
        if len(errors) < len(parts):
            continue
        yield 1
        error, *others = errors
        low, high = math.hypot(*(e.low for e in others)), math.hypot(*(e.high for e in others))
        if error.high < low - SLACK or error.low > high + SLACK:
            message = f"the errors give {low:.4g} to {high:.4g}, printed is {error.value:g}"
            inconsistency = found(cell, "contradiction", message, low=low, high=high)
            yield inconsistency.assuming(
                f"{error.high} < {low} - {SLACK} or {error.low} > {high} + {SLACK}",
                samples="independent",
            )
