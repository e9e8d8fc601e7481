"""Findings as they stand: stored numbers looked up, the state by the claim's rule, the fragility, and the sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from living_panel.estimation.audit import SEVERITIES, distinct_facts
from living_panel.estimation.audit.reproduction import StoredResults
from living_panel.estimation.econometrics.statistic import Statistic, more_of
from living_panel.estimation.findings.declared import (
    PRINTED,
    Audit,
    Count,
    Declared,
    Difference,
    Fact,
    Omitted,
    Rule,
    Slope,
    Version,
)
from living_panel.estimation.findings.rule import (
    LEVEL,
    ExchangedCount,
    State,
    Verdict,
    grade,
    grade_count,
    state_of,
)
from living_panel.estimation.findings.words import (
    brief_reason,
    changing_sentence,
    design_sentence,
    fragility_of,
    grade_sentences,
    joint_sentence,
    p_words,
    rule_words,
    state_sentence,
)
from living_panel.estimation.panel.figures import status_words
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report import estimate as estimates
from living_panel.estimation.report.estimate import StoredEstimate
from living_panel.estimation.report.stored import (
    ChoiceRow,
    PrintedValue,
    Tables,
    choice_rows,
    estimate,
    joint_p,
    less,
    outcomes_of,
    printed_value,
    read_evidence,
    sample_words,
    status_of,
    with_sample,
)
from living_panel.estimation.tables.kinds.audit import inconsistencies_of

FURTHER: Mapping[str, Callable[[int], str]] = {
    "contradiction": lambda n: (
        f"{_facts(n)} {'contradicts' if n == 1 else 'contradict'} another printed statement or the data."
    ),
    "doubtful": lambda n: f"{_facts(n)} {'is' if n == 1 else 'are'} doubtful.",
    "form": lambda n: f"{_facts(n)} {'is a question' if n == 1 else 'are questions'} of form.",
}
MAIN = "main estimate"
COLUMNS = {
    "paper": "varchar", "finding": "varchar", "position": "integer", "claim": "varchar", "kind": "varchar",
    "place": "varchar", "printed_table": "varchar", "printed_model": "varchar", "printed_term": "varchar",
    "printed": "double", "rule": "varchar", "table_id": "varchar", "artifact_id": "varchar", "model": "varchar",
    "term": "varchar", "inference": "varchar", "estimate": "double", "ci_low": "double", "ci_high": "double",
    "p_value": "double", "sample": "varchar", "state": "varchar", "fragility": "varchar", "choices": "integer",
    "choices_agree": "integer", "figures_status": "varchar", "last_period": "integer", "data_date": "varchar",
    "says": "varchar",
}  # fmt: skip
"""Columns of `results.findings` that are stored, with their types; the counts of reproduced numbers are joined."""


@dataclass(frozen=True)
class Finding:
    """A declared finding with its numbers, its state and its sentences.

    `figure` is the number with its interval, `says` the text and `more` what else belongs to it. `points` are the
    number and the choices that change it most, for a chart. `rule` are the values that meet the claim, in words.
    `main` and `rows` are the lines of the number and of all choices. `verdict` is the grade of the choices, None where
    none are declared. `state` is None without an estimate.
    """

    declared: Declared
    says: str
    more: str
    table_id: str
    figures_status: str
    state: State | None = None
    points: tuple[tuple[str, StoredEstimate], ...] = ()
    printed: float | None = None
    printed_text: str = ""
    rule: str = ""
    figure: str = ""
    why: str = ""
    verdict: Verdict | None = None
    main: ChoiceRow | None = None
    rows: tuple[ChoiceRow, ...] = ()
    last_period: int | None = None
    data_date: str = ""
    artifact_id: str = ""

    @property
    def claim(self) -> str:
        """The claim in one sentence."""
        return self.declared.claim

    @property
    def values(self) -> str:
        """Kind of the values behind the number, in words."""
        return status_words(self.figures_status)

    @property
    def versions(self) -> tuple[Version, ...]:
        """Versions of the list of choices, oldest first."""
        return tuple(getattr(self.declared, "versions", ()))

    @property
    def fragility(self) -> str:
        """How far the number depends on the declared choices; "" where none are declared."""
        return fragility_of(self.verdict)

    @property
    def estimate(self) -> StoredEstimate | None:
        """The number the claim is about; None for a count."""
        return self.points[0][1] if self.points else None

    @property
    def interval(self) -> str:
        """The 95 % interval of the number; "" for a count."""
        return estimates.interval_words(self.points[0][1]) if self.points else ""

    def row(self, paper: str, position: int) -> dict[str, Any]:
        """Row of `results.findings`, without what dbt joins; `COLUMNS` lists it."""
        declared, number = self.declared, self.estimate
        of = getattr(declared, "estimate", None)
        printed = getattr(declared, "printed", None)
        low, high = number.interval if number else (math.nan, math.nan)
        return {
            "paper": paper, "finding": declared.id, "position": position, "claim": declared.claim,
            "kind": declared.kind, "place": declared.place,
            "printed_table": printed.table if printed else "",
            "printed_model": printed.model if printed else "", "printed_term": printed.term if printed else "",
            "printed": self.printed, "rule": self.rule,
            "table_id": self.table_id, "artifact_id": self.artifact_id,
            "model": getattr(of, "model", ""), "term": getattr(of, "term", ""),
            "inference": self.main.inference if self.main else "",
            "estimate": number.value if number else None, "ci_low": low, "ci_high": high,
            "p_value": number.p_value if number else None, "sample": self.main.sample if self.main else "",
            "state": self.state or "", "fragility": self.fragility,
            "choices": self.verdict.n_choices if self.verdict else 0,
            "choices_agree": self.verdict.n_significant if self.verdict else 0,
            "figures_status": self.figures_status, "last_period": self.last_period,
            "data_date": self.data_date, "says": self.says,
        }  # fmt: skip


def find(
    findings: Sequence[Declared],
    paper: PrintedPaper,
    tables: Tables,
    names: Mapping[str, str] = {},
) -> list[Finding]:
    """Find every declared finding in stored tables; a sentence without a table says that it is missing.

    `names` are those of units by their codes.
    """
    return [_find(declared, paper, tables, names) for declared in findings]


def _find(
    declared: Declared, paper: PrintedPaper, tables: Tables, names: Mapping[str, str]
) -> Finding:
    name = declared.tables[0]
    missing = [table for table in declared.tables if table not in tables]
    if missing:
        why = f"The table {missing[0]} has not been estimated."
        return Finding(declared, why, "", name, "", why=why)
    table = tables[name]
    declared = _worded(declared, table)
    found = Finding(
        declared, "", "", name, str(table.manifest["figures_status"]),
        last_period=table.manifest["sample"].get("last_year"), artifact_id=str(table.manifest["artifact_id"]),
        data_date=max((str(s["vintage"]) for s in table.manifest["sources"]), default=""),
    )  # fmt: skip
    if isinstance(declared, Audit):
        return _find_audit(found, declared, tables)
    if isinstance(declared, Count):
        return _find_count(found, declared, tables)
    return _find_number(found, declared, paper, tables, names)


def _find_audit(found: Finding, declared: Audit, tables: Tables) -> Finding:
    inconsistencies = inconsistencies_of(tables[declared.table].statistics)
    says, *rest = audit_sentences(inconsistencies)
    counts = {s: distinct_facts(inconsistencies, s) for s in SEVERITIES}
    cells = int((inconsistencies["severity"] == "impossible").sum())
    return replace(
        found,
        says=says,
        more=_joined(*rest, declared.note),
        figure=f"{cells} impossible {'number' if cells == 1 else 'numbers'}",
        why=f"{counts['contradiction']} contradict other statements",
        state="holds" if cells else "does not hold",
    )


def _find_count(found: Finding, declared: Count, tables: Tables) -> Finding:
    """A count with the counts of its placebos; the table's own words where it stores no placebo."""
    table = tables[declared.table]
    says, *rest = texts_of(table.statistics, declared)
    found = replace(found, says=says, more=_joined(*rest, declared.note))
    names = ("count_rejecting", "count_judged", "permutation_p")
    numbers = table.numbers(declared.model, *names)
    if numbers is None:
        return replace(found, why="no placebo is stored")
    ends = table.numbers(
        declared.model, "placebo_count_mean", "placebo_count_low", "placebo_count_high"
    )
    counted = ExchangedCount(int(numbers[0]), int(numbers[1]), numbers[2], *(ends or ()))
    given = grade_count(counted)
    why = f"placebo: {counted.mean:.1f}; p {p_words(counted.p_value)}" if ends else ""
    return replace(
        found,
        state="holds" if given.grade == "holds" else "undecided",
        figure=f"{counted.count} of {counted.judged} reject",
        why=why,
    )


def _find_number(
    found: Finding,
    declared: Slope | Difference,
    paper: PrintedPaper,
    tables: Tables,
    names: Mapping[str, str],
) -> Finding:
    number = estimate(declared.estimate, tables)
    if number is not None and declared.minus is not None:
        number = less(number, estimate(declared.minus, tables))
    if number is None:
        why = "The table has no estimate of this number with these data."
        return replace(found, says=why, more=declared.note, why=why)
    printed = None if declared.printed is None else printed_value(declared.printed, paper)
    sample = sample_words(declared.estimate, tables)
    line = ChoiceRow(MAIN, "", "", number, None, "", "")
    found = replace(
        found,
        figures_status=status_of(declared.estimate, tables) or found.figures_status,
        points=((MAIN, number),),
        printed=None if printed is None else printed.value,
        printed_text="" if printed is None else printed.text,
        figure=f"{estimates.number(number.value)} ({estimates.interval_words(number)})",
        main=with_sample(line, declared.estimate, tables),
        state=_state(declared.rule, number, printed),
        rule=rule_words(
            declared.rule, printed.number if printed else "", _bound(declared.rule, printed)
        ),
    )
    is_difference = isinstance(declared, Difference)
    describe = estimates.describe_difference if is_difference else estimates.describe_slope
    sentences = [
        describe(declared.what, number, sample),
        state_sentence(found.state, declared.rule.estimate, found.rule) if found.state else "",
    ]
    evidence = None
    if declared.choices:
        rows = choice_rows(declared, tables, names)
        null = _null(declared.rule, printed)
        evidence = read_evidence(declared, number, null, rows, tables)
        given = grade(evidence)
        named = [(rows[i].words, rows[i].estimate) for i in given.changing]
        points = [(words, other) for words, other in named if other is not None]
        against = f"the printed {estimates.number(null)}" if null else ""
        sentences += [
            *grade_sentences(given, evidence, against),
            changing_sentence(
                [(words, other.value) for words, other in points],
                all_compared=all(choice.compares for choice in evidence.choices),
            ),
            *(design_sentence(test) for test in evidence.tests),
        ]
        found = replace(found, verdict=given, rows=tuple(rows), points=(*found.points, *points))
        joint = joint_p(declared, tables)
        sentences += [] if joint is None else [joint_sentence(joint)]
    if printed is not None:
        of = "difference of " if is_difference else ""
        sentences.append(
            f"The printed {of}{printed.number} is our number rounded."
            if number.is_as_printed(printed.value, printed.places)
            else estimates.describe_printed(number, printed.value, of, printed.number)
        )
        if declared.rule.value == PRINTED and declared.printed is not None:
            ours, theirs = outcomes_of(declared, declared.printed, paper, tables)
            sentences.append(f"Our outcome is {ours}; the printed outcome is {theirs}.")
    facts = [_fact(fact, tables) for fact in declared.facts]
    return replace(
        found,
        says=_joined(*sentences, *facts),
        why=brief_reason(found.verdict) if found.verdict else "",
        more=_joined(_omitted(declared, number, printed, tables), declared.note),
    )


def _null(rule: Rule, printed: PrintedValue | None) -> float:
    """Value with which the claim's rule compares the number."""
    if rule.value == PRINTED:
        return printed.value if printed is not None else math.nan
    return float(rule.value)


def path_state(
    finding: Slope | Difference, row: Mapping[str, Any], paper: PrintedPaper
) -> State | None:
    """State of a claim by the estimate of one edition, a row of stored coefficients; None without an inference."""
    if pd.isna(row["p_value"]):
        return None
    tested = estimates.Tested(str(row["inference"]), row["p_value"], row["ci_low"], row["ci_high"])
    number = StoredEstimate(row["estimate"], row["std_error"], row["df"], (tested,))
    printed = printed_value(finding.printed, paper) if finding.printed else None
    return _state(finding.rule, number, printed)


def _state(rule: Rule, number: StoredEstimate, printed: PrintedValue | None) -> State:
    """State of a claim by its rule: a sign by the test of the value, an equality by the two one-sided tests."""
    null = _null(rule, printed)
    if rule.estimate == "within":
        inner, bound = number.inner_interval, _bound(rule, printed)
        return state_of(rule.estimate, null, number.value, number.interval, inner, bound)
    p = number.family_p if not null else number.against(null)[1]
    low, high = number.interval
    rejects = p < LEVEL if p is not None else not low <= null <= high
    return state_of(rule.estimate, null, number.value, number.interval, rejects=rejects)


def _bound(rule: Rule, printed: PrintedValue | None) -> float:
    """Distance that a claim of `within` allows: as declared, or half the width of the printed 95 % interval."""
    return rule.bound or (printed.half_width if printed is not None else math.nan)


def _fact(fact: Fact, tables: Tables) -> str:
    """Sentence on a stored p-value; none if it is missing or above its limit."""
    numbers = fact.table in tables and tables[fact.table].numbers(fact.model, fact.key)
    if not numbers or (fact.below is not None and not numbers[0] < fact.below):
        return ""
    return fact.words.format(p=p_words(numbers[0]))


def _joined(*sentences: str) -> str:
    return " ".join(s for s in sentences if s)


def markdown_head(finding: Finding) -> str:
    """State, fragility, number and printed number of a finding, as one line of Markdown."""
    parts = [finding.state or "", finding.fragility, finding.figure]
    parts += [f"printed {finding.printed_text}"] if finding.printed_text else []
    return f"**{'; '.join(filter(None, parts))}**"


def markdown_of(finding: Finding) -> str:
    """One finding with its table and the kind of its values, in Markdown."""
    state = f" *{finding.state}*:" if finding.state else ""
    values = f"; {finding.values}" if finding.values else ""
    return f"**{finding.claim}**{state} {finding.says} *({finding.table_id}{values})*"


def _worded(declared: Declared, table: StoredResults) -> Declared:
    """The finding with each `{role}` read as what measures it in its table."""
    words = table.manifest["sample"].get("words")
    fields = {key: getattr(declared, key, "") for key in ("claim", "what", "note")}
    return declared.model_copy(
        update={key: table.spec.in_words(text, words) for key, text in fields.items() if text}
    )


def texts_of(statistics: pd.DataFrame, declared: Count) -> list[str]:
    """Return the text that a table stores for a finding: its first sentence, and the others where there are any."""
    texts = statistics[statistics["model"] == declared.model].set_index("statistic")["text"]
    names = (declared.name, more_of(declared.name))
    return [str(texts[name]) for name in names if name in texts.index] or [
        "The table does not say."
    ]


def _omitted(
    declared: Slope | Difference,
    number: StoredEstimate,
    printed: PrintedValue | None,
    tables: Tables,
) -> str:
    """Sentence on missing controls; none without them in the table."""
    omitted: Omitted | None = getattr(declared, "omitted", None)
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
    return estimates.describe_omitted(number, numbers[0], value, label, omitted.times, numbers[1])


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
