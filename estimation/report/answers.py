"""Answers to a paper's questions: stored numbers looked up, and put into the verdict's sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from estimation.audit import SEVERITIES, distinct_facts
from estimation.panel.spec import Spec
from estimation.papers.questions import (
    Audit,
    Difference,
    LeftOut,
    Omitted,
    Printed,
    Question,
    Stored,
    Words,
)
from estimation.papers.schema import PrintedPaper
from estimation.report import verdict
from estimation.report.gather import StoredTable
from estimation.tables.audit import findings_of

Tables = Mapping[str, StoredTable]
FURTHER = {
    "contradiction": "contradict the paper itself",
    "doubtful": "are doubtful",
    "form": "are matters of form",
}


@dataclass(frozen=True)
class Answer:
    """One question with its answer, the table it comes from and the kind of figures it stands on.

    `more` is what the answer hangs on; `points` are the number and its variants, for a picture, and
    empty for an answer in words.
    """

    asks: str
    says: str
    more: str
    table_id: str
    figures_status: str
    points: tuple[tuple[str, verdict.Estimate], ...] = ()
    printed: float | None = None


def answers(questions: Sequence[Question], paper: PrintedPaper, tables: Tables) -> list[Answer]:
    """Answer every question from stored tables; what no table holds is said to be missing."""
    return [_answer(question, paper, tables) for question in questions]


def _answer(question: Question, paper: PrintedPaper, tables: Tables) -> Answer:
    name = question.table if isinstance(question, Words | Audit) else question.estimate.table
    if name not in tables:
        return Answer(question.asks, f"{name} is not among the current tables.", "", name, "")
    question = _worded(question, tables[name])
    status = str(tables[name].manifest["figures_status"])
    if isinstance(question, Words | Audit):
        told = _words(question, tables) if isinstance(question, Words) else _audit(tables[name])
        says, *rest = re.split(r"(?<=\.) ", told, maxsplit=1)
        return Answer(question.asks, says, _joined(*rest, question.note), name, status)
    own = estimate(question.estimate, tables)
    if own is None:
        why = f"{name} has no such number on these figures."
        return Answer(question.asks, why, question.note, name, status)
    printed = None if question.printed is None else _printed(question.printed, paper)
    variants: list[verdict.Variant] = []
    more = ""
    if isinstance(question, Difference):
        says = verdict.difference(question.what, own, printed)
    else:
        looked_up = [(v.words, estimate(v.of, tables)) for v in question.variants]
        variants = [verdict.Variant(words, other) for words, other in looked_up if other]
        says = verdict.slope(question.what, own, printed)
        left_out = question.omitted and _omitted(question.omitted, own, printed, tables)
        more = _joined(verdict.hangs_on(own, variants), left_out or "")
    points = (("main estimate", own), *((v.words, v.estimate) for v in variants))
    more = _joined(more, question.note)
    return Answer(question.asks, says, more, name, status, points, printed)


def _joined(*sentences: str) -> str:
    return " ".join(s for s in sentences if s)


def to_markdown(found: Sequence[Answer]) -> str:
    """Answers, without what they hang on, as a list that a README or an asset's page shows."""
    return "\n".join(
        f"* **{a.asks}** {a.says} *({a.table_id}{_on(a.figures_status)})*" for a in found
    )


def _worded(question: Question, table: StoredTable) -> Question:
    """The question with each `{role}` read as what measures it in the table that answers."""
    spec, words = Spec.model_validate(table.manifest["spec"]), table.manifest["sample"].get("words")
    fields = {key: getattr(question, key, "") for key in ("asks", "what", "note")}
    return question.model_copy(
        update={key: spec.in_words(text, words) for key, text in fields.items() if text}
    )


def _on(status: str) -> str:
    return f", figures: {status}" if status else ""


def _words(question: Words, tables: Tables) -> str:
    statistics = tables[question.table].statistics
    text = statistics.loc[
        (statistics["model"] == question.model) & (statistics["name"] == question.name), "text"
    ]
    return str(text.iloc[0]) if len(text) else "The table does not say."


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


def _omitted(
    omitted: Omitted, found: verdict.Estimate, printed: float | None, tables: Tables
) -> str:
    """Sentence on controls that are not there; none where the table does not say."""
    table = tables.get(omitted.table)
    if table is None:
        return ""
    part = table.statistics[table.statistics["model"] == omitted.model]
    values = part.set_index("name")["value"]
    names = (f"omitted.r2.{omitted.term}", f"omitted.{omitted.benchmark}.{omitted.times:g}")
    if not all(name in values.index for name in names):
        return ""
    r2, left = (float(values[name]) for name in names)
    label = str(table.manifest["spec"]["variables"][omitted.benchmark]["label"])
    return verdict.omitted(found, r2, printed, label, omitted.times, left)


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
    counts = {s: distinct_facts(frame, s) for s in SEVERITIES}
    impossible = counts.pop("impossible")
    things = "1 thing" if impossible == 1 else f"{impossible} things"
    cells = int((frame["severity"] == "impossible").sum())
    places = f" (in {cells} places)" if cells > impossible else ""
    said = f"{things} in print{places} cannot be true whatever the data"
    rest = [f"{n} {FURTHER[s]}" for s, n in counts.items() if n]
    return f"{said}; of further findings {', '.join(rest)}." if rest else f"{said}."
