"""Answers to a paper's questions: stored numbers looked up, graded by the rule, and put into sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from living_panel.estimation.audit import SEVERITIES, distinct_facts
from living_panel.estimation.econometrics.statistic import Statistic, more_of
from living_panel.estimation.panel.figures import status_words
from living_panel.estimation.papers.questions import (
    Audit,
    Count,
    Difference,
    Fact,
    Omitted,
    Question,
    Slope,
    Version,
    Words,
)
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report import verdict
from living_panel.estimation.report.gather import StoredTable
from living_panel.estimation.report.stored_choices import (
    ChoiceRow,
    PrintedValue,
    Tables,
    choice_rows,
    estimate,
    printed_value,
    read_evidence,
    sample_words,
    status_of,
    with_sample,
)
from living_panel.estimation.report.verdict import AnswerEstimate
from living_panel.estimation.tables.kinds.audit import inconsistencies_of
from living_panel.estimation.verdicts.rule import ExchangedCount, Verdict, grade, grade_count
from living_panel.estimation.verdicts.words import (
    SHORT_ANSWERS,
    brief_reason,
    changing_sentence,
    design_sentence,
    grade_sentences,
    p_words,
    short_answer,
)

FURTHER: Mapping[str, Callable[[int], str]] = {
    "contradiction": lambda n: (
        f"{_facts(n)} {'contradicts' if n == 1 else 'contradict'} another printed statement or the data."
    ),
    "doubtful": lambda n: f"{_facts(n)} {'is' if n == 1 else 'are'} doubtful.",
    "form": lambda n: f"{_facts(n)} {'is a question' if n == 1 else 'are questions'} of form.",
}
MAIN = "main estimate"


@dataclass(frozen=True)
class Answer:
    """One question with its answer, its table and the kind of values behind its number.

    `short` is the question in few words, `in_words` the answer in three, `figure` the number with its interval,
    `why` what it rests on. `brief` is the answer for a card, `more` what else belongs to it. `points` are the number
    and the choices that change it most, for a chart. `main` and `rows` are the lines of the number and of all
    choices. `verdict` is the grade, None where the rule does not apply.
    """

    asks: str
    says: str
    more: str
    table_id: str
    figures_status: str
    points: tuple[tuple[str, AnswerEstimate], ...] = ()
    printed: float | None = None
    brief: str = ""
    short: str = ""
    in_words: str = ""
    figure: str = ""
    why: str = ""
    unit: str = ""
    verdict: Verdict | None = None
    main: ChoiceRow | None = None
    rows: tuple[ChoiceRow, ...] = ()
    versions: tuple[Version, ...] = ()

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
        return verdict.interval_words(self.points[0][1]) if self.points else ""


def answers(
    questions: Sequence[Question],
    paper: PrintedPaper,
    tables: Tables,
    names: Mapping[str, str] = {},
) -> list[Answer]:
    """Answer every question from stored tables; a sentence without a table says that it is missing.

    `names` are those of units by their codes.
    """
    return [_answer(question, paper, tables, names) for question in questions]


def _answer(
    question: Question, paper: PrintedPaper, tables: Tables, names: Mapping[str, str]
) -> Answer:
    name = question.estimate.table if isinstance(question, Slope | Difference) else question.table
    short = question.short or question.asks
    if name not in tables:
        why = "The table that answers this question has not been estimated."
        return Answer(question.asks, why, "", name, "", brief=why, short=short, why=why)
    question = _worded(question, tables[name])
    answer = Answer(question.asks, "", "", name, str(tables[name].manifest["figures_status"]))
    answer = replace(answer, short=short)
    if isinstance(question, Audit):
        return _audit_answer(answer, question, tables)
    if isinstance(question, Words):
        return _words_answer(answer, question, tables)
    if isinstance(question, Count):
        return _count_answer(answer, question, tables)
    return _number_answer(answer, question, paper, tables, names)


def _audit_answer(answer: Answer, question: Audit, tables: Tables) -> Answer:
    inconsistencies = tables[question.table].inconsistencies
    says, *rest = audit_sentences(inconsistencies)
    cells = int((inconsistencies["severity"] == "impossible").sum())
    counts = {s: distinct_facts(inconsistencies, s) for s in SEVERITIES}
    return replace(
        answer,
        says=says,
        more=_joined(*rest, question.note),
        brief=says,
        in_words=f"{cells} {'is' if cells == 1 else 'are'} impossible",
        figure=_facts(counts["impossible"]),
        why=f"{counts['contradiction']} contradict other statements",
    )


def _words_answer(answer: Answer, question: Words, tables: Tables) -> Answer:
    table = tables[question.table]
    says, *rest = texts_of(table.statistics, question)
    answer = replace(answer, says=says, more=_joined(*rest, question.note), brief=says)
    if question.number is None:
        return answer
    asked = question.number
    names = (Statistic(n, asked.term) for n in (asked.name, asked.low, asked.high))
    numbers = table.numbers(asked.model, *names)
    if numbers is None:
        return answer
    value, low, high = numbers
    figure = f"{verdict.number(value)} ({verdict.bound(low)} to {verdict.bound(high)})"
    return replace(answer, in_words=asked.words, figure=figure)


def _count_answer(answer: Answer, question: Count, tables: Tables) -> Answer:
    """A count with the counts of its placebos; the table's own words where it stores no placebo."""
    table = tables[question.table]
    says, *rest = texts_of(table.statistics, question)
    answer = replace(answer, says=says, more=_joined(*rest, question.note), brief=says)
    names = ("count_rejecting", "count_judged", "permutation_p")
    numbers = table.numbers(question.model, *names)
    if numbers is None:
        return replace(answer, in_words="Not judged", why="no placebo is stored")
    ends = table.numbers(
        question.model, "placebo_count_mean", "placebo_count_low", "placebo_count_high"
    )
    counted = ExchangedCount(int(numbers[0]), int(numbers[1]), numbers[2], *(ends or ()))
    given = grade_count(counted)
    why = f"placebo: {counted.mean:.1f}; p {p_words(counted.p_value)}" if ends else ""
    return replace(
        answer,
        verdict=given,
        in_words=SHORT_ANSWERS[given.grade],
        figure=f"{counted.count} of {counted.judged} reject",
        why=why,
    )


def _number_answer(
    answer: Answer,
    question: Slope | Difference,
    paper: PrintedPaper,
    tables: Tables,
    names: Mapping[str, str],
) -> Answer:
    answer_estimate = estimate(question.estimate, tables)
    if answer_estimate is None:
        why = "The table has no estimate for this question with these data."
        return replace(answer, says=why, more=question.note, brief=why, why=why)
    printed = None if question.printed is None else printed_value(question.printed, paper)
    answer = replace(
        answer,
        figures_status=status_of(question.estimate, tables) or answer.figures_status,
        points=((MAIN, answer_estimate),),
        printed=None if printed is None else printed.value,
        figure=f"{verdict.number(answer_estimate.value)} ({verdict.interval_words(answer_estimate)})",
        unit=question.unit,
        versions=tuple(question.versions),
    )
    sample = sample_words(question.estimate, tables)
    is_difference = isinstance(question, Difference)
    describe = verdict.describe_difference if is_difference else verdict.describe_slope
    first = describe(question.what, answer_estimate, sample)
    facts = [_fact(fact, tables) for fact in question.facts]
    if question.choices:
        rows = choice_rows(question, tables, names)
        return _graded(answer, question, answer_estimate, printed, rows, first, facts, tables)
    if printed is not None:
        first = f"{question.what} is {verdict.shown(answer_estimate, sample)}."
    return _ungraded(answer, question, answer_estimate, printed, [first, *facts])


def _ungraded(
    answer: Answer,
    question: Slope | Difference,
    answer_estimate: AnswerEstimate,
    printed: PrintedValue | None,
    sentences: Sequence[str],
) -> Answer:
    """Without declared choices: whether the number is as printed, and nothing else."""
    if printed is None:
        brief = f"{verdict.brief_test(answer_estimate)}; no grade, because no choices are declared"
        return replace(
            answer, says=_joined(*sentences), more=question.note, brief=_sentence(brief),
            in_words="Not graded", why="no choices are declared",
        )  # fmt: skip
    is_same = answer_estimate.is_as_printed(printed.value, printed.places)
    words = "As printed" if is_same else "Not as printed"
    sentence = f"{words}: {verdict.number(printed.value)}."
    return replace(
        answer, says=_joined(*sentences, sentence), more=question.note, brief=f"{words}.",
        in_words=words, why=f"printed {verdict.number(printed.value)}",
    )  # fmt: skip


def _graded(
    answer: Answer,
    question: Slope | Difference,
    answer_estimate: AnswerEstimate,
    printed: PrintedValue | None,
    rows: Sequence[ChoiceRow],
    first: str,
    facts: Sequence[str],
    tables: Tables,
) -> Answer:
    """The grade by the rule, with what it rests on."""
    is_printed = question.hypothesis == "printed" and printed is not None
    null = printed.value if is_printed and printed else 0.0
    evidence = read_evidence(question, answer_estimate, null, rows, tables)
    given = grade(evidence)
    estimated = [row for row in rows if row.estimate is not None]
    named = [(estimated[i].words, estimated[i].estimate) for i in given.changing]
    points = [(words, other) for words, other in named if other is not None]
    against = f"the printed {verdict.number(null)}" if is_printed else ""
    is_difference = isinstance(question, Difference)
    tested = (
        [
            verdict.describe_printed(
                answer_estimate, printed.value, "difference of " if is_difference else ""
            )
        ]
        if printed is not None
        else []
    )
    sentences = [
        *grade_sentences(given, evidence, against),
        changing_sentence(
            [(words, other.value) for words, other in points],
            all_compared=all(choice.compares for choice in evidence.choices),
        ),
        *(design_sentence(test) for test in evidence.tests),
    ]
    words = short_answer(given, evidence.value, question.expects)
    brief = [f"{words}: {brief_reason(given)}"]
    brief += [verdict.brief_printed(answer_estimate, printed.value)] if printed is not None else []
    omitted = _omitted(question, answer_estimate, printed, tables)
    return replace(
        answer,
        says=_joined(first, *sentences, *tested, *facts),
        more=_joined(omitted, question.note),
        points=(*answer.points, *points),
        brief=_sentence("; ".join(brief)),
        in_words=words,
        why=brief_reason(given),
        verdict=given,
        main=with_sample(
            ChoiceRow(MAIN, "", "", answer_estimate, None, "", ""), question.estimate, tables
        ),
        rows=tuple(rows),
    )


def _fact(fact: Fact, tables: Tables) -> str:
    """Sentence on a stored p-value; none if it is missing or above its limit."""
    numbers = fact.table in tables and tables[fact.table].numbers(fact.model, fact.key)
    if not numbers or (fact.below is not None and not numbers[0] < fact.below):
        return ""
    return fact.words.format(p=p_words(numbers[0]))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _joined(*sentences: str) -> str:
    return " ".join(s for s in sentences if s)


def to_markdown(graded: Sequence[Answer]) -> str:
    """Answers as the table of a README: question, answer, number, how sure and why."""
    lines = [
        "| Question | Answer | Estimate (95 % interval) | Why |",
        "|---|---|---|---|",
    ]
    lines += [f"| {a.short} | {a.in_words} | {a.figure} | {a.why} |" for a in graded]
    return "\n".join(lines)


def markdown_of(answer: Answer) -> str:
    """One answer with its table and the kind of its values, in Markdown."""
    values = status_words(answer.figures_status)
    return f"**{answer.asks}** {answer.says} *({answer.table_id}{values and '; '}{values})*"


def _worded(question: Question, table: StoredTable) -> Question:
    """The question with each `{role}` read as what measures it in the table that answers."""
    words = table.manifest["sample"].get("words")
    fields = {key: getattr(question, key, "") for key in ("asks", "short", "what", "note")}
    return question.model_copy(
        update={key: table.spec.in_words(text, words) for key, text in fields.items() if text}
    )


def texts_of(statistics: pd.DataFrame, question: Words | Count) -> list[str]:
    """Return the answer that a table stores to a question: its first sentence, and the others where there are any."""
    texts = statistics[statistics["model"] == question.model].set_index("statistic")["text"]
    names = (question.name, more_of(question.name))
    return [str(texts[name]) for name in names if name in texts.index] or [
        "The table does not say."
    ]


def _omitted(
    question: Slope | Difference,
    answer_estimate: AnswerEstimate,
    printed: PrintedValue | None,
    tables: Tables,
) -> str:
    """Sentence on missing controls; none without them in the table."""
    omitted: Omitted | None = getattr(question, "omitted", None)
    table = tables.get(omitted.table) if omitted else None
    if omitted is None or table is None:
        return ""
    names = (
        Statistic("omitted_r2", omitted.term),
        Statistic(f"omitted_times_{omitted.times:g}", omitted.benchmark),
    )
    numbers = table.numbers(omitted.model, *names)
    if not numbers:
        return ""
    benchmark = table.spec.variables[omitted.benchmark]
    label = f"{benchmark.label} ({benchmark.concept})"
    value = None if printed is None else printed.value
    return verdict.describe_omitted(
        answer_estimate, numbers[0], value, label, omitted.times, numbers[1]
    )


def audit_in_words(statistics: pd.DataFrame) -> str:
    """Inconsistencies of an audit in one text, from its stored statistics."""
    return " ".join(audit_sentences(inconsistencies_of(statistics)))


def audit_sentences(inconsistencies: pd.DataFrame) -> list[str]:
    """Sentences on the inconsistencies of an audit, by what each presupposes."""
    counts = {s: distinct_facts(inconsistencies, s) for s in SEVERITIES}
    impossible = counts.pop("impossible")
    cells = int((inconsistencies["severity"] == "impossible").sum())
    if not impossible:
        first = "No printed number is impossible by arithmetic alone"
    elif cells == 1:
        first = "1 printed number is impossible by arithmetic alone"
    else:
        distinct = f"{impossible} distinct {'fact' if impossible == 1 else 'facts'}"
        first = f"{cells} printed numbers ({distinct}) are impossible by arithmetic alone"
    rest = [FURTHER[s](n) for s, n in counts.items() if n]
    first = " ".join([f"{first}.", *rest])
    assumed = ["Each inconsistency lists its assumptions."] if rest else []
    return [first, *assumed]


def _facts(n: int) -> str:
    return f"{n} {'fact' if n == 1 else 'facts'}"
