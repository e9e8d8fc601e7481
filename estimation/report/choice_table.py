"""All declared choices of a finding as a table: for its page, and for the page of findings in docs/."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from living_panel.estimation.findings.rule import DesignTest, kinds_not_declared
from living_panel.estimation.findings.words import number, p_words
from living_panel.estimation.panel_tests.critical_values import HERE
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.estimate import StoredEstimate, interval_words
from living_panel.estimation.report.finding import MAIN, Finding, markdown_head
from living_panel.estimation.report.stored import ChoiceRow

HEADER = ("Choice", "Estimate", "95 % interval", "p", "N", "Sample", "Inference", "Reason")
NONE = "n.e."
TITLE = "# Findings with all declared choices"
LIMITS_TITLE = "## What the rule can and cannot see"
WRITTEN = "Written by `make docs` from the stored numbers of the published report."


def choice_cells(finding: Finding) -> list[tuple[str, ...]]:
    """Rows of the table of choices: the main estimate, each choice, and under it the test of its own design."""
    if not finding.rows or finding.main is None:
        return []
    rows = [_cells(finding.main, MAIN)]
    for row in finding.rows:
        rows.append(_cells(row, row.words))
        rows += [_test_cells(test, row.tested) for test in row.tests]
    return rows


def _cells(row: ChoiceRow, words: str) -> tuple[str, ...]:
    estimate = row.estimate
    if estimate is None:
        return (words, NONE, "", "", "", "", "", row.reason)
    size = "" if row.n_obs is None else f"{row.n_obs:.0f}"
    return (words, *_numbers(estimate), size, row.sample, row.inference, row.reason)


def _numbers(estimate: StoredEstimate) -> tuple[str, str, str]:
    alone = f" ({p_words(estimate.p_value)} alone)" if estimate.others else ""
    return number(estimate.value), interval_words(estimate), p_words(estimate.family_p) + alone


def _test_cells(test: DesignTest, estimate: StoredEstimate | None) -> tuple[str, ...]:
    """A test of a choice's own design, which decides whether the choice counts as significant."""
    p = p_words(test.p_value) if test.p_value is not None else NONE
    numbers = ("", "", p) if estimate is None else _numbers(estimate)
    verb = "passes" if test.passes else "fails"
    return (f"test of its design: {test.words}", *numbers, "", "", "", f"the design {verb}")


def version_text(finding: Finding) -> str:
    """Versions of the list of choices, the newest with its content id."""
    if not finding.versions:
        return ""
    newest, *older = reversed(finding.versions)
    sentence = f"Version {newest.version} of the list of choices: {newest.says} ({newest.choices})."
    return " ".join([sentence, *(f"Version {v.version}: {v.says}." for v in older)])


def limits_text() -> str:
    """What the rule can and cannot see, with its error rate on simulated panels."""
    sizes = pd.read_csv(HERE / "verdict_rule_sizes.csv")
    n = sizes["n_choices"].max()
    null = sizes[(sizes["slope"] == 0) & (sizes["n_choices"] == n)]
    largest = null["holds"].max()
    return (
        "The rule compares declared choices. For a robust number, half of the choices of each declared kind must be "
        "significant with the main sign. A kind without an estimate does not agree. The rule cannot see an error that "
        "all declared choices share. It cannot see what a kind without a declared choice would show: these kinds "
        f"stand under each table. We tried it on simulated panels without an effect, with a list of {n} choices. "
        f"A number is robust on at most {100 * largest:.1f} % of the panels of each of {len(null)} designs. In one "
        "design a common factor hits the units, with loadings correlated with those of the regressor. "
        "[How a finding is graded](findings_rule.md) has all rates, and those of a short list."
    )


def not_declared_text(finding: Finding) -> str:
    """Kinds of choices that a finding does not declare; "" where the rule does not apply."""
    kinds = kinds_not_declared(row.kind for row in finding.rows)
    return f"Kinds without a declared choice: {', '.join(kinds)}." if finding.rows and kinds else ""


def findings_page(paper: PrintedPaper, findings: Sequence[Finding]) -> str:
    """Every finding of a paper with its choices, as Markdown."""
    parts = [f"## {', '.join(paper.authors)} ({paper.year}): {paper.title}"] if findings else []
    for finding in findings:
        parts += [f"### {finding.claim}", markdown_head(finding), finding.says]
        if rows := choice_cells(finding):
            parts.append("\n".join(_markdown(rows)))
        texts = (not_declared_text(finding), version_text(finding), finding.more)
        parts += [text for text in texts if text]
    return "\n\n".join(parts) + "\n"


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [HEADER, ("---",) * len(HEADER), *rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines]
