"""The README's answers are put between its marks, and nothing else of it changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from living_panel.estimation.findings.declared import Difference, Slope, load_questions
from living_panel.orchestration.assets.report import ANSWERS, answers, verdict_path
from living_panel.orchestration.commands import codes
from living_panel.orchestration.commands.docs import ANSWERS_PAGE, README, VERDICT, with_verdict
from living_panel.orchestration.root.settings import Settings
from tests.paths import BI
from tests.refusals import refuses


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = Settings(root=tmp_path, state=tmp_path / "state")
    verdict_path(given).parent.mkdir(parents=True)
    verdict_path(given).write_text("* **Is it so?** Yes.\n", encoding="utf-8")
    return given


def test_answers_are_replaced_and_the_rest_is_left(settings: Settings) -> None:
    text = f"before\n{VERDICT}\nold\n{VERDICT}\n\nafter\n"
    new = with_verdict(text, settings)
    assert new == f"before\n{VERDICT}\n* **Is it so?** Yes.\n{VERDICT}\n\nafter\n"
    assert with_verdict(new, settings) == new


def test_a_readme_without_marks_is_refused(settings: Settings) -> None:
    with refuses(ValueError, codes.NO_MARKS):
        with_verdict("no marks", settings)


def test_answers_that_were_not_made_are_asked_for(tmp_path: Path) -> None:
    with refuses(ValueError, codes.NO_REPORT):
        with_verdict("", Settings(root=tmp_path, state=tmp_path))


def test_a_table_s_page_says_the_answers_that_stand_on_it(settings: Settings) -> None:
    by_table = {"t04": ["**Is it so?** Yes.", "**Where?** There."], "t04_other": ["**Else?** No."]}
    path = verdict_path(settings).with_name(ANSWERS)
    path.write_text(json.dumps(by_table), encoding="utf-8")
    assert answers(settings, "t04") == by_table["t04"]
    assert answers(settings, "t05") == []


def test_the_readme_s_answers_are_a_short_table() -> None:
    """At most 210 words, with the choices that a reader must know of."""
    block = README.read_text(encoding="utf-8").split(VERDICT)[1]
    lines = block.strip().splitlines()
    assert all(line.startswith("|") and line.count("|") == 5 for line in lines)
    assert len(block.replace("|", " ").split()) <= 210
    for words in ("trends", "factors"):
        assert words in block
    for line in lines[2:]:
        question, answer, *_ = (cell.strip() for cell in line.strip("|").split("|"))
        assert question.endswith("?") and len(answer.split()) <= 3, line


def test_the_page_of_answers_lists_every_declared_choice() -> None:
    page = ANSWERS_PAGE.read_text(encoding="utf-8")
    numbers = [q for q in load_questions(BI) if isinstance(q, Slope | Difference)]
    lines = sum(len(q.choices) + 1 + sum(c.test is not None for c in q.choices) for q in numbers)
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert len(tables) == lines + 2 * len(numbers)
    for question in numbers:
        assert question.versions[-1].choices in page
