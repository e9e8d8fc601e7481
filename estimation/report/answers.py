"""Answers to a paper's questions: stored numbers looked up, and put into the verdict's sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from estimation.papers.questions import Audit, Difference, LeftOut, Printed, Question, Stored, Words
from estimation.papers.schema import PrintedPaper
from estimation.report import verdict
from estimation.report.gather import StoredTable
from estimation.tables.audit import findings_of

Tables = Mapping[str, StoredTable]


@dataclass(frozen=True)
class Answer:
    """One question with its answer; `table_id` is where the number comes from."""

    asks: str
    says: str
    table_id: str
    figures_status: str


def answers(questions: Sequence[Question], paper: PrintedPaper, tables: Tables) -> list[Answer]:
    """Answer every question from stored tables; what no table holds is said to be missing."""
    found = []
    for question in questions:
        name = question.estimate.table if hasattr(question, "estimate") else question.table
        table = tables.get(name)
        says = f"{name} is not among the current tables." if table is None else None
        if table is not None:
            says = _says(question, paper, tables) or f"{name} has no such number on these figures."
        status = str(table.manifest["figures_status"]) if table else ""
        text = " ".join(part for part in (says, question.note) if part)
        found.append(Answer(question.asks, text, name, status))
    return found


def to_markdown(found: Sequence[Answer]) -> str:
    """Answers as a list that a page, a README or an asset's page shows."""
    return "\n".join(
        f"* **{a.asks}** {a.says} *({a.table_id}{_on(a.figures_status)})*" for a in found
    )


def _on(status: str) -> str:
    return f", figures: {status}" if status else ""


def _says(question: Question, paper: PrintedPaper, tables: Tables) -> str | None:
    if isinstance(question, Words):
        statistics = tables[question.table].statistics
        text = statistics.loc[
            (statistics["model"] == question.model) & (statistics["name"] == question.name), "text"
        ]
        return None if text.empty else str(text.iloc[0])
    if isinstance(question, Audit):
        return _audit(tables[question.table])
    own = estimate(question.estimate, tables)
    if own is None:
        return None
    printed = None if question.printed is None else _printed(question.printed, paper)
    if isinstance(question, Difference):
        return verdict.difference(question.what, own, printed)
    looked_up = [(v.words, estimate(v.of, tables)) for v in question.variants]
    variants = [verdict.Variant(words, other) for words, other in looked_up if other is not None]
    return verdict.slope(question.what, own, printed, variants)


def estimate(stored: Stored | LeftOut, tables: Tables) -> verdict.Estimate | None:
    """A stored coefficient; None where the table or the coefficient is not there."""
    table = tables.get(stored.table)
    if table is None:
        return None
    if isinstance(stored, LeftOut):
        return _left_out(stored, table)
    rows = table.coefficients
    rows = rows[
        (rows["model"] == stored.model)
        & (rows["term"] == stored.term)
        & rows["inference"].str.startswith(stored.inference)
    ].dropna(subset=["estimate", "std_error", "df"])
    if rows.empty:
        return None
    row = rows.iloc[0]
    return verdict.Estimate(float(row["estimate"]), float(row["std_error"]), float(row["df"]))


def _left_out(stored: LeftOut, table: StoredTable) -> verdict.Estimate | None:
    part = table.statistics[table.statistics["model"] == stored.model]
    values = part.set_index("name")["value"]
    names = [f"without.{stored.without}.{what}" for what in ("estimate", "std_error")]
    if not all(name in values.index for name in names) or "n_provinces" not in values.index:
        return None
    value, error = (float(values[name]) for name in names)
    # One unit is left out, and t(G - 1) has one degree less than units that are left.
    return verdict.Estimate(value, error, float(values["n_provinces"]) - 2)


def _printed(printed: Printed, paper: PrintedPaper) -> float | None:
    table = paper.tables[printed.table]
    cells = [table.get(m, "estimate", printed.term) for m in (printed.model, printed.minus) if m]
    if any(cell is None for cell in cells):
        return None
    values = [cell.value for cell in cells if cell is not None]
    return values[0] - (values[1] if printed.minus else 0.0)


def _audit(table: StoredTable) -> str:
    frame = findings_of(table.statistics)
    counts = frame.dropna(subset=["finding"])["severity"].value_counts()
    impossible = frame[frame["severity"] == "impossible"]
    said = f"{_facts(impossible)} in print cannot be true whatever the data"
    rest = [f"{counts[s]} {s}" for s in counts.index if s != "impossible"]
    return f"{said}; further findings: {', '.join(rest)}." if rest else f"{said}."


def _facts(part: pd.DataFrame) -> str:
    return "1 thing" if len(part) == 1 else f"{len(part)} things"
