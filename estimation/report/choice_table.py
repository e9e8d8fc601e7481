"""All declared choices of a finding as a table: for its page, and for the page of findings in docs/."""

from __future__ import annotations

from collections.abc import Sequence

from living_panel.estimation.findings.estimate import StoredEstimate, interval_words
from living_panel.estimation.findings.finding import MAIN, Finding, markdown_head
from living_panel.estimation.findings.rule import DesignTest
from living_panel.estimation.findings.stored import ChoiceRow
from living_panel.estimation.findings.words import number, p_words
from living_panel.estimation.papers.schema import PrintedPaper

HEADER = ("Choice", "Estimate", "95 % interval", "p", "N", "Sample", "Inference", "Reason")
NONE = "n.e."
TITLE = "# Findings with all declared choices"
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
    return number(estimate.value), interval_words(estimate), p_words(estimate.p_value)


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


def findings_page(paper: PrintedPaper, findings: Sequence[Finding]) -> str:
    """Every finding of a paper with its choices, as Markdown."""
    parts = [f"## {', '.join(paper.authors)} ({paper.year}): {paper.title}"] if findings else []
    for finding in findings:
        parts += [f"### {finding.claim}", markdown_head(finding), finding.says]
        if rows := choice_cells(finding):
            parts.append("\n".join(_markdown(rows)))
        parts += [text for text in (version_text(finding), finding.more) if text]
    return "\n\n".join(parts) + "\n"


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [HEADER, ("---",) * len(HEADER), *rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines]
