"""docs/findings.md and the files of findings that a report writes beside its pages."""

from __future__ import annotations

import json
from pathlib import Path

from living_panel.codes import Code
from living_panel.estimation.findings.declared import Difference, Slope, load_findings
from living_panel.estimation.panel.spec import PAPERS
from living_panel.orchestration.assets.report import (
    BY_TABLE,
    findings_of_table,
    findings_path,
    summary_of,
)
from living_panel.orchestration.commands.docs import FINDINGS_PAGE, write_docs
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Refused
from tests.refusals import refuses

STATES = ("holds", "undecided", "does not hold")


def test_findings_that_were_not_made_are_asked_for(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    settings.build_file(None).parent.mkdir(parents=True)
    settings.build_file(None).touch()
    with refuses(Refused, Code.NOT_BUILT):
        write_docs(settings)


def test_a_table_s_page_shows_the_findings_that_rest_on_it(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    assert findings_of_table(settings, "t04") == []
    by_table = {"t04": ["**It is so.** Yes.", "**There.** Yes."], "t04_other": ["**Else.** No."]}
    path = findings_path(settings).with_name(BY_TABLE)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(by_table), encoding="utf-8")
    assert findings_of_table(settings, "t04") == by_table["t04"]
    assert findings_of_table(settings, "t05") == []


def test_the_page_lists_every_finding_with_its_state_and_every_declared_choice() -> None:
    page = FINDINGS_PAGE.read_text(encoding="utf-8")
    declared = [f for file in PAPERS.glob("*/findings.yml") for f in load_findings(file.parent)]
    heads = summary_of(page).splitlines()
    assert len(heads) == len(declared)
    assert all(any(f"**{state}" in head for state in STATES) for head in heads), heads
    numbers = [f for f in declared if isinstance(f, Slope | Difference) and f.choices]
    lines = sum(len(f.choices) + 1 + sum(c.test is not None for c in f.choices) for f in numbers)
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert len(tables) == lines + 2 * len(numbers)
    for finding in numbers:
        assert finding.versions[-1].choices in page
