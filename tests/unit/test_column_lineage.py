"""Which columns a column of the warehouse is made from, as the UI shows it."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pandas as pd
from dagster_dbt import DagsterDbtTranslator

from living_panel.orchestration.dbt.metadata import ModelTable, column_lineage, with_facts


def node(name: str, *before: str) -> dict:
    return {
        "unique_id": f"model.p.{name}", "resource_type": "model", "package_name": "p", "name": name,
        "alias": name, "schema": "marts", "relation_name": f'"w"."marts"."{name}"', "config": {}, "meta": {},
        "original_file_path": f"models/{name}.sql", "fqn": ["p", name],
        "depends_on": {"nodes": [f"model.p.{b}" for b in before]},
    }  # fmt: skip


def test_a_column_leads_to_those_it_is_made_from_and_a_foreign_turn_to_none(tmp_path: Path) -> None:
    nodes = {n["unique_id"]: n for n in (node("figures"), node("panel", "figures"))}
    manifest = {"metadata": {"adapter_type": "duckdb"}, "nodes": nodes, "sources": {}}
    tables = {
        ("marts", "figures"): ModelTable(1, (("value", "DOUBLE", None), ("unit", "VARCHAR", None))),
        ("marts", "panel"): ModelTable(1, (("twice", "DOUBLE", None),)),
    }
    compiled = tmp_path / "compiled" / "p" / "models" / "panel.sql"
    compiled.parent.mkdir(parents=True)
    compiled.write_text(
        'with f as (select * from "w"."marts"."figures") select value * 2 as twice from f'
    )
    said = (nodes["model.p.panel"], manifest, tables, tmp_path, DagsterDbtTranslator())
    lineage = column_lineage(*said)["dagster/column_lineage"]
    assert [d.column_name for d in lineage.deps_by_column["twice"]] == ["value"]
    compiled.write_text("select nowhere.value as twice from nowhere where (((")
    assert column_lineage(*said) == {}
    assert column_lineage(nodes["model.p.figures"], *said[1:]) == {}, "it is made from files"
    assert isinstance(lineage, dg.TableColumnLineage)


def test_a_check_lists_its_cells_in_lines_and_one_that_was_skipped_did_not_fail() -> None:
    def check(name: str, status: str) -> dg.AssetCheckResult:
        said = {"unique_id": name, "status": status}
        return dg.AssetCheckResult(
            passed=status == "pass", check_name=name, asset_key=dg.AssetKey("a"), metadata=said
        )

    events = [check("bounds", "fail"), check("keys", "skipped"), check("unique", "pass")]
    rows = pd.DataFrame({"file": ["a*b.csv"], "value": [99999999.0], "remedy": ["mend it"]})
    context = dg.build_asset_context()
    found = list(with_facts(context, events, {}, {"bounds": rows}, lambda _: {}))
    assert [c.check_name for c in found] == ["bounds", "unique"]
    cells = found[0].metadata["offending cells"].value
    assert cells == r"* file=a\*b.csv, value=99999999.0, remedy=mend it"
    assert "offending cells" not in found[1].metadata
