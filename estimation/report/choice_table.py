"""All declared choices of an answer as a table: for its page, and for the page of answers in docs/."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from living_panel.estimation.econometrics.critical_values.rates import HERE
from living_panel.estimation.report.answers import MAIN, Answer
from living_panel.estimation.report.stored_choices import ChoiceRow
from living_panel.estimation.report.verdict import AnswerEstimate, interval_words
from living_panel.estimation.verdicts.rule import DesignTest, kinds_not_declared
from living_panel.estimation.verdicts.words import number, p_words

HEADER = ("Choice", "Estimate", "95 % interval", "p", "N", "Sample", "Inference", "Reason")
NONE = "n.e."
TITLE = "# Answers with all declared choices"
LIMITS_TITLE = "## What the rule can and cannot see"
WRITTEN = "Written by `make docs` from the stored numbers of the published report."


def choice_cells(answer: Answer) -> list[tuple[str, ...]]:
    """Rows of the table of choices: the main estimate, each choice, and under it the test of its own design."""
    if not answer.rows or answer.main is None:
        return []
    rows = [_cells(answer.main, MAIN)]
    for row in answer.rows:
        rows.append(_cells(row, row.words))
        rows += [_test_cells(test, row.tested) for test in row.tests]
    return rows


def _cells(row: ChoiceRow, words: str) -> tuple[str, ...]:
    estimate = row.estimate
    if estimate is None:
        return (words, NONE, "", "", "", "", "", row.reason)
    size = "" if row.n_obs is None else f"{row.n_obs:.0f}"
    return (words, *_numbers(estimate), size, row.sample, row.inference, row.reason)


def _numbers(estimate: AnswerEstimate) -> tuple[str, str, str]:
    alone = f" ({p_words(estimate.p_value)} alone)" if estimate.others else ""
    return number(estimate.value), interval_words(estimate), p_words(estimate.family_p) + alone


def _test_cells(test: DesignTest, estimate: AnswerEstimate | None) -> tuple[str, ...]:
    """A test of a choice's own design, which decides whether the choice counts as significant."""
    p = p_words(test.p_value) if test.p_value is not None else NONE
    numbers = ("", "", p) if estimate is None else _numbers(estimate)
    verb = "passes" if test.passes else "fails"
    return (f"test of its design: {test.words}", *numbers, "", "", "", f"the design {verb}")


def version_text(answer: Answer) -> str:
    """Versions of the list of choices, the newest with its content id."""
    if not answer.versions:
        return ""
    newest, *older = reversed(answer.versions)
    sentence = f"Version {newest.version} of the list of choices: {newest.says} ({newest.choices})."
    return " ".join([sentence, *(f"Version {v.version}: {v.says}." for v in older)])


def limits_text() -> str:
    """What the rule can and cannot see, with its error rate on simulated panels."""
    sizes = pd.read_csv(HERE / "verdict_rule_sizes.csv")
    n = sizes["n_choices"].max()
    null = sizes[(sizes["slope"] == 0) & (sizes["n_choices"] == n)]
    largest = null["holds"].max()
    return (
        "The rule compares declared choices. For 'holds', half of the choices of each declared kind must be "
        "significant with the main sign. A kind without an estimate does not agree. The rule cannot see an error that "
        "all declared choices share. It cannot see what a kind without a declared choice would show: these kinds "
        f"stand under each table. We tried it on simulated panels without an effect, with a list of {n} choices. "
        f"An answer holds on at most {100 * largest:.1f} % of the panels of each of {len(null)} designs. In one design "
        "a common factor hits the units, with loadings correlated with those of the regressor. "
        "[How an answer is graded](verdicts.md) has all rates, and those of a short list."
    )


def not_declared_text(answer: Answer) -> str:
    """Kinds of choices that a question does not declare; "" where the rule does not apply."""
    kinds = kinds_not_declared(row.kind for row in answer.rows)
    return f"Kinds without a declared choice: {', '.join(kinds)}." if answer.rows and kinds else ""


def answers_page(answers: Sequence[Answer]) -> str:
    """Every answer with its choices, as Markdown."""
    parts = [TITLE, WRITTEN, LIMITS_TITLE, limits_text()]
    for answer in answers:
        parts += [f"## {answer.asks}", answer.says]
        if rows := choice_cells(answer):
            parts.append("\n".join(_markdown(rows)))
        texts = (not_declared_text(answer), version_text(answer), answer.more)
        parts += [text for text in texts if text]
    return "\n\n".join(parts) + "\n"


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [HEADER, ("---",) * len(HEADER), *rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines]
