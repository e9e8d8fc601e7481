"""Answers to a paper's questions: stored numbers looked up, and put into the verdict's sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from estimation.audit import SEVERITIES, distinct_facts
from estimation.econometrics.inference_label import is_asked
from estimation.econometrics.statistic import Statistic, block_of, more_of
from estimation.panel.figures import status_words
from estimation.panel.periods import span_text
from estimation.panel.spec import Unit
from estimation.papers.questions import (
    Audit,
    Difference,
    Fact,
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
from estimation.report.verdict import AnswerEstimate, Tested
from estimation.tables.kinds.audit import findings_of

Tables = Mapping[str, StoredTable]
FURTHER: Mapping[str, Callable[[int], str]] = {
    "contradiction": lambda n: (
        f"{_facts(n)} {'contradicts' if n == 1 else 'contradict'} another printed statement or the data"
    ),
    "doubtful": lambda n: f"{_facts(n)} {'is' if n == 1 else 'are'} doubtful",
    "form": lambda n: f"{n} {'is a matter' if n == 1 else 'are matters'} of form",
}


@dataclass(frozen=True)
class Answer:
    """One question with its answer, its table and the kind of values behind its number.

    `brief` is the answer in few words; `more` is what else it depends on; `points` are the number and
    its variants, for a chart, and empty for an answer in words.
    """

    asks: str
    says: str
    more: str
    table_id: str
    figures_status: str
    points: tuple[tuple[str, AnswerEstimate], ...] = ()
    printed: float | None = None
    brief: str = ""

    @property
    def values(self) -> str:
        """Kind of the values behind the number, in words."""
        return status_words(self.figures_status)

    @property
    def number(self) -> str:
        """The main estimate; "" for an answer in words."""
        return verdict.number(self.points[0][1].value) if self.points else ""

    @property
    def interval(self) -> str:
        """The 95 % interval of the main estimate; "" for an answer in words."""
        if not self.points:
            return ""
        low, high = self.points[0][1].interval
        return f"{verdict.bound(low)} to {verdict.bound(high)}"


def answers(questions: Sequence[Question], paper: PrintedPaper, tables: Tables) -> list[Answer]:
    """Answer every question from stored tables; a sentence without a table says that it is missing."""
    return [_answer(question, paper, tables) for question in questions]


def _answer(question: Question, paper: PrintedPaper, tables: Tables) -> Answer:
    name = question.table if isinstance(question, Words | Audit) else question.estimate.table
    if name not in tables:
        why = f"{name} is not among the current tables."
        return Answer(question.asks, why, "", name, "", brief=why)
    question = _worded(question, tables[name])
    status = str(tables[name].manifest["figures_status"])
    if isinstance(question, Words | Audit):
        says, *rest = (
            texts_of(tables[name].statistics, question)
            if isinstance(question, Words)
            else audit_sentences(tables[name].findings)
        )
        more = _joined(*rest, question.note)
        return Answer(question.asks, says, more, name, status, brief=says)
    estimated = estimate(question.estimate, tables)
    if estimated is None:
        why = f"{name} has no such estimate with these data."
        return Answer(question.asks, why, question.note, name, status, brief=why)
    printed = None if question.printed is None else _printed(question.printed, paper)
    status = _status(question.estimate, tables) or status
    sample = _sample(question.estimate, tables)
    variants: list[tuple[str, AnswerEstimate]] = []
    more = ""
    if isinstance(question, Difference):
        says = verdict.describe_difference(question.what, estimated, printed, sample)
    else:
        looked_up = [(v.words, estimate(v.of, tables)) for v in question.variants]
        variants = [(words, other) for words, other in looked_up if other]
        says = verdict.describe_slope(question.what, estimated, printed, variants, sample)
        omitted = question.omitted and _omitted(question.omitted, estimated, printed, tables)
        more = _joined(verdict.describe_unchanged(estimated, variants), omitted or "")
    facts = [_fact(fact, tables) for fact in question.facts]
    points = (("main estimate", estimated), *variants)
    brief = [verdict.brief_test(estimated, variants)]
    brief += [] if printed is None else [verdict.brief_printed(estimated, printed)]
    return Answer(
        question.asks, _joined(says, *facts), _joined(more, question.note), name, status, points, printed,
        _joined(_sentence("; ".join(brief)), *facts),
    )  # fmt: skip


def _fact(fact: Fact, tables: Tables) -> str:
    """Sentence on a stored p-value; none if it is missing or above its limit."""
    found = fact.table in tables and tables[fact.table].numbers(fact.model, fact.key)
    if not found or (fact.below is not None and not found[0] < fact.below):
        return ""
    return fact.words.format(p=verdict.p_words(found[0]))


def _status(stored: Stored | LeftOut, tables: Tables) -> str:
    """Kind of the values behind one number; "" where its table does not store it by number."""
    if isinstance(stored, LeftOut):
        return ""
    rows = tables[stored.table].coefficients
    rows = rows[(rows["model"] == stored.model) & (rows["term"] == stored.term)]
    return "" if rows.empty or "figures_status" not in rows else str(rows["figures_status"].iloc[0])


def _sample(stored: Stored | LeftOut, tables: Tables) -> str:
    """Units, years and observations of the sample behind a number; "" where it is not stored."""
    manifest = tables[stored.table].manifest
    block = (manifest["sample"].get("blocks") or {}).get(block_of(stored.model))
    if not block:
        return ""
    unit = Unit.model_validate(manifest["spec"].get("unit", {}))
    return (
        f"{block['n_provinces']} {unit.plural}, {span_text(block['first_year'], block['last_year'])}, "
        f"N {block['n_obs']}"
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _joined(*sentences: str) -> str:
    return " ".join(s for s in sentences if s)


def to_markdown(found: Sequence[Answer]) -> str:
    """Answers, without what else they depend on, as a list for a README or an asset's page."""
    return "\n".join(f"* {markdown_of(answer)}" for answer in found)


def markdown_of(answer: Answer) -> str:
    """One answer with its table and the kind of its values, in Markdown."""
    values = status_words(answer.figures_status)
    return f"**{answer.asks}** {answer.says} *({answer.table_id}{values and '; '}{values})*"


def _worded(question: Question, table: StoredTable) -> Question:
    """The question with each `{role}` read as what measures it in the table that answers."""
    words = table.manifest["sample"].get("words")
    fields = {key: getattr(question, key, "") for key in ("asks", "what", "note")}
    return question.model_copy(
        update={key: table.spec.in_words(text, words) for key, text in fields.items() if text}
    )


def texts_of(statistics: pd.DataFrame, question: Words) -> list[str]:
    """Return the answer that a table stores to a question: its first sentence, and the others where there are any."""
    texts = statistics[statistics["model"] == question.model].set_index("statistic")["text"]
    names = (question.name, more_of(question.name))
    return [str(texts[name]) for name in names if name in texts.index] or [
        "The table does not say."
    ]


def estimate(stored: Stored | LeftOut, tables: Tables) -> AnswerEstimate | None:
    """A stored coefficient; None if the table or the coefficient is missing."""
    table = tables.get(stored.table)
    if table is None:
        return None
    if isinstance(stored, LeftOut):
        names = (Statistic(f"{n}_without_unit", stored.without) for n in ("estimate", "std_error"))
        found = table.numbers(stored.model, *names, "n_provinces")
        # One unit is excluded, and t(G - 1) has one degree less than the remaining units.
        return AnswerEstimate(found[0], found[1], found[2] - 2) if found else None
    rows = table.coefficients
    rows = rows[(rows["model"] == stored.model) & (rows["term"] == stored.term)]
    is_wanted = [is_asked(label, stored.inference) for label in rows["inference"]]
    primary = rows.loc[is_wanted].dropna(subset="std_error")
    if primary.empty:
        return None
    first = primary.iloc[0]
    errors = rows[rows["inference"] == table.manifest["spec"]["options"].get("errors")]
    shown = first if errors.empty else errors.iloc[0]
    numbers = (float(first["estimate"]), float(shown["std_error"]), float(shown["df"]))
    both = [first] if errors.empty or shown["inference"] == first["inference"] else [first, shown]
    tests = tuple(_tested(row, table) for row in both if pd.notna(row["p_value"]))
    if np.isnan(numbers[2]) and not tests:
        return None
    return AnswerEstimate(*numbers, tests if len(both) > 1 or np.isnan(first["df"]) else ())


def _tested(row: pd.Series, table: StoredTable) -> Tested:
    """Tests of one stored coefficient by one inference."""
    name = Statistic("printed_p_value", str(row["term"]), str(row["inference"]))
    printed = table.numbers(str(row["model"]), name)
    ends = float(row["ci_low"]), float(row["ci_high"])
    return Tested(
        str(row["inference"]), float(row["p_value"]), *ends, printed[0] if printed else None
    )


def _omitted(omitted: Omitted, found: AnswerEstimate, printed: float | None, tables: Tables) -> str:
    """Sentence on missing controls; none without them in the table."""
    table = tables.get(omitted.table)
    names = (
        Statistic("omitted_r2", omitted.term),
        Statistic(f"omitted_times_{omitted.times:g}", omitted.benchmark),
    )
    numbers = table and table.numbers(omitted.model, *names)
    if not table or not numbers:
        return ""
    label = table.spec.variables[omitted.benchmark].label
    return verdict.describe_omitted(found, numbers[0], printed, label, omitted.times, numbers[1])


def _printed(printed: Printed, paper: PrintedPaper) -> float | None:
    table = paper.tables[printed.table]
    cells = [table.get(m, "estimate", printed.term) for m in (printed.model, printed.minus) if m]
    values = [cell.value for cell in cells if cell is not None]
    if len(values) < len(cells):
        return None
    return values[0] - (values[1] if printed.minus else 0.0)


def audit_in_words(statistics: pd.DataFrame) -> str:
    """Findings of an audit in one text, from its stored statistics."""
    return " ".join(audit_sentences(findings_of(statistics)))


def audit_sentences(findings: pd.DataFrame) -> list[str]:
    """Sentences on the findings of an audit, by what each finding presupposes."""
    counts = {s: distinct_facts(findings, s) for s in SEVERITIES}
    impossible = counts.pop("impossible")
    cells = int((findings["severity"] == "impossible").sum())
    if not impossible:
        first = "Arithmetic alone rules no printed number out"
    elif cells == 1:
        first = "Arithmetic alone rules 1 printed number out"
    else:
        first = f"Arithmetic alone rules {cells} printed numbers out ({_facts(impossible)})"
    rest = [FURTHER[s](n) for s, n in counts.items() if n]
    addition = f"; {', '.join(rest)}" if rest else ""
    assumed = ["Each finding states what it assumes."] if rest else []
    return [f"{first}{addition}.", *assumed]


def _facts(n: int) -> str:
    return f"{n} {'fact' if n == 1 else 'facts'}"
