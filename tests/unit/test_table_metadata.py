"""The UI and the report agree on a table: the same coefficient, instead of the first one stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.estimation.papers import questions
from living_panel.estimation.report.gather import StoredTable
from living_panel.orchestration.assets import table_metadata
from tests.unit.report_fixture import audit, baseline, inputs

ASKED = {"table": "t04_baseline", "model": "headline.1", "term": "fdi", "inference": "clustered"}


@pytest.fixture
def tables(tmp_path: Path) -> list[StoredTable]:
    return list(inputs(tmp_path, baseline(), audit()).tables)


def answer(table: StoredTable) -> str:
    return str(table_metadata.table_metadata(table.folder, dict(table.manifest))["answer"])


def test_the_answer_is_the_coefficient_that_the_question_asks_for(
    tables: list[StoredTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = questions.Slope(kind="slope", asks="?", what="The slope", estimate=ASKED)
    monkeypatch.setattr(table_metadata, "load_questions", lambda _: [asked])
    said = answer(tables[0])
    assert said.startswith("fdi in headline.1: 0.11 (95 % interval ") and "p .036" in said


def test_an_audit_says_what_it_found(tables: list[StoredTable]) -> None:
    said = answer(tables[1])
    assert said.startswith("1 printed number is impossible by arithmetic alone.")


def test_metadata_leads_to_the_lineage_of_the_table(tables: list[StoredTable]) -> None:
    found = table_metadata.table_metadata(tables[0].folder, dict(tables[0].manifest))
    assert found["lineage"].value.endswith("/pages/bi_2025.table-4.html#lineage-t04-baseline")
