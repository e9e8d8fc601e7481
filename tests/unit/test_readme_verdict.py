"""The README's answers are put between its marks, and nothing else of it changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.assets.report import ANSWERS, answers, verdict_path
from orchestration.commands import codes
from orchestration.commands.docs import VERDICT, with_verdict
from orchestration.root.settings import Settings
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
