"""Rules on form: rows printed empty, tables missing, one variable under two names."""

from __future__ import annotations

import re

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, rule
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import PrintedPaper

FAMILY = "form"
DECORATION = re.compile(
    r"^(?:Δ|d\.)?\s*(?:ln|log)?\s*[._]?\s*\(?\s*([^()]*?)\s*\)?$", re.IGNORECASE
)


@rule(FAMILY)
def empty_row(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A row printed without a single number.

    A label without numbers suggests that a variable was estimated and its result left out.
    """
    for table in filter(paper.is_whole, paper.tables.values()):
        for row in dict.fromkeys(c.row for c in table.cells):
            cells = [c for c in table.cells if c.row == row]
            yield 1
            if all(c.empty for c in cells):
                message = f"row '{row}' is empty in all {len(cells)} columns"
                term = {"term": cells[0].term}
                inconsistency = Inconsistency(cells[0].row_place, "contradiction", message, term)
                yield inconsistency.assuming(f"not any({[c.text.strip() for c in cells]})")


@rule(FAMILY)
def missing_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A table missing from the sequence.

    Tables are numbered from 1 without a gap; a gap suggests a removed table.
    """
    numbers = [int(n) for n in paper.tables if n.isdigit()] if paper.is_whole() else []
    yield len(numbers)
    for n in sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers)):
        message = f"there is no table {n}"
        inconsistency = Inconsistency(f"Table {n}", "contradiction", message, {"number": n})
        yield inconsistency.assuming(f"{n} not in {sorted(numbers)}", transcription="all tables")


def form_inconsistency(cell: Cell, message: str) -> Inconsistency:
    """An inconsistency of form about the row of a cell's variable."""
    inconsistency = Inconsistency(cell.row_place, "form", message, {"term": cell.term})
    return inconsistency.assuming(f"{cell.row!r} != {cell.term!r}")


def bare_symbol(label: str) -> str:
    """A row label without ln, differences and parentheses: 'Δ ln(Lab)' gives 'lab'."""
    match = DECORATION.match(label.strip())
    return (match[1] if match else label).strip().lower()


@rule(FAMILY)
def symbol_differs(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """One variable under two names.

    A row of a variable must have the symbol that the paper defines for the variable.
    """
    cells = [c for t in paper.tables.values() for c in t.cells if c.term in paper.variables]
    rows = {(c.table, c.row): c for c in cells}
    for c in rows.values():
        yield 1
        symbol = paper.variables[c.term].symbol
        if bare_symbol(c.row) != bare_symbol(symbol) and c.row.strip() != symbol:
            yield form_inconsistency(c, f"'{c.row}' stands for {symbol}")
