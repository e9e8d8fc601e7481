"""The findings in a terminal: one line each, from the published warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.orchestration.commands.findings import list_findings
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Refused
from tests.refusals import refuses

ROWS = """
create schema results;
create table results.findings as select * from (values
    ('munnell', 1, 'Capital raises it.', 'holds', 3.1e-1, 1.8e-1, 3e-4, 2.8e-1, 'depends on choices', 12, 39, 2, 226),
    ('munnell', 2, 'Claims are impossible.', 'holds', null, null, null, null, '', 0, 0, 2, 226),
    ('card', 1, 'Schooling raises wages.', '', 1.32e-1, null, 'nan'::double, 'nan'::double, '', 0, 0, null, null)
) as f(paper, finding_order, claim, state, printed, estimate, ci_low, ci_high, fragility, choices_agree, choices,
    numbers_reproduced, numbers_printed)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(root=tmp_path, state=tmp_path / "state")


def test_a_line_has_claim_numbers_state_fragility_and_reproduction(settings: Settings) -> None:
    with duckdb.connect(str(settings.published)) as connection:
        connection.execute(ROWS)
    lines = list_findings(settings).splitlines()
    assert [line.split()[0] for line in lines] == ["paper", "card", "munnell", "munnell"]
    cells = [[cell for cell in line.split("  ") if cell] for line in lines]
    found = [[cell.strip() for cell in line] for line in cells[1:]]
    assert found == [
        ["card", "-", "0.132", "-", "-", "-", "Schooling raises wages."],
        ["munnell", "holds", "0.31", "0.18 (0.0003 to 0.28)", "depends on choices (12 of 39)", "2 of 226",
         "Capital raises it."],
        ["munnell", "holds", "-", "-", "-", "2 of 226", "Claims are impossible."],
    ]  # fmt: skip
    assert len(list_findings(settings, "card").splitlines()) == 2
    with refuses(InvalidSpec, Code.UNKNOWN_TABLE, paper="munel", choices=["munnell"]):
        list_findings(settings, "munel")


def test_findings_that_are_not_published_are_asked_for(settings: Settings) -> None:
    """Before the first run, and in a warehouse that an earlier version published."""
    with refuses(Refused, Code.NOT_BUILT, published=settings.published):
        list_findings(settings)
    duckdb.connect(str(settings.published)).close()
    with refuses(Refused, Code.NOT_BUILT, published="results.findings"):
        list_findings(settings)
