"""All declared choices of an answer as a table: for its page, and for the page of answers in docs/."""

from __future__ import annotations

from collections.abc import Sequence

from living_panel.estimation.report.answers import MAIN, Answer
from living_panel.estimation.report.stored_choices import ChoiceRow
from living_panel.estimation.report.verdict import AnswerEstimate, interval_words
from living_panel.estimation.verdicts.rule import DesignTest
from living_panel.estimation.verdicts.words import number, p_words

HEADER = ("Choice", "Estimate", "95 % interval", "p", "N", "Sample", "Inference", "Reason")
NONE = "n.e."
TITLE = "# Answers with all declared choices"
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


def answers_page(answers: Sequence[Answer]) -> str:
    """Every answer with its choices, as Markdown."""
    parts = [TITLE, WRITTEN]
    for answer in answers:
        parts += [f"## {answer.asks}", answer.says]
        if rows := choice_cells(answer):
            parts.append("\n".join(_markdown(rows)))
        parts += [text for text in (version_text(answer), answer.more) if text]
    return "\n\n".join(parts) + "\n"


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [HEADER, ("---",) * len(HEADER), *rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines]
