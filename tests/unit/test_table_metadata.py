"""The UI and the report agree on a table: the same coefficient, instead of the first one stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.estimation.findings.declared import Slope
from living_panel.estimation.report.gather import StoredTable
from living_panel.orchestration.assets import table_metadata
from tests.unit.report_fixture import audit, baseline, inputs

NUMBER = {"table": "t04_baseline", "model": "headline.1", "term": "fdi"}


@pytest.fixture
def tables(tmp_path: Path) -> list[StoredTable]:
    return list(inputs(tmp_path, baseline(), audit()).tables)


def finding(table: StoredTable) -> str:
    return str(table_metadata.table_metadata(table.folder, dict(table.manifest))["finding"])


def test_the_finding_is_the_coefficient_that_it_is_declared_on(
    tables: list[StoredTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = Slope(
        id="fdi", claim="FDI raises exports.", what="The slope", rule={"estimate": "above"}, estimate=NUMBER,
    )  # fmt: skip
    monkeypatch.setattr(table_metadata, "load_findings", lambda _: [declared])
    said = finding(tables[0])
    assert said.startswith("fdi in headline.1: 0.11 (95 % interval ") and "p .036" in said


def test_an_audit_says_what_it_found(tables: list[StoredTable]) -> None:
    said = finding(tables[1])
    assert said.startswith("1 printed number is impossible by arithmetic alone.")


def test_metadata_leads_to_the_lineage_of_the_table(tables: list[StoredTable]) -> None:
    found = table_metadata.table_metadata(tables[0].folder, dict(tables[0].manifest))
    assert found["lineage"].value.endswith("/pages/bi_2025.table-4.html#lineage-t04-baseline")
