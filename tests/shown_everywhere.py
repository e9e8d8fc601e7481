"""How every current coefficient of a data root is shown: by SQL, comparisons, report and UI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from living_panel.estimation.audit import load_paper
from living_panel.estimation.audit.reproduction import coefficient, compare_slopes, reproduce
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers.printed import pairs
from living_panel.estimation.report.gather import RELEASED, StoredTable
from living_panel.orchestration.assets import table_metadata

NAMES = ("inference", "estimate", "std_error", "p_value", "ci_low", "ci_high")
Key = tuple[str, str, str]


def expected(rows: pd.DataFrame, options: dict[str, Any]) -> pd.Series:
    """The row of a coefficient by the rule, written without the project's own function."""
    order = [options.get("primary"), options.get("errors")]
    order += sorted(i for i in rows["inference"] if i.startswith("cr3"))
    order += sorted(rows["inference"])
    label = next(name for name in order if name in set(rows["inference"]))
    row = rows.set_index("inference", drop=False).loc[label].copy()
    if label.startswith("wild_cluster_bootstrap"):
        row["std_error"] = float("nan")
    return row


def stored_tables(root: Path) -> list[StoredTable]:
    """Current tables of a data root that have coefficients."""
    found = []
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        current = connection.sql(
            "select table_id, artifact_id from results.artifacts where is_current"
        ).fetchall()
    for table, identity in current:
        folder = root / "artifacts" / table / identity
        coefficients = pd.read_parquet(folder / "coefficients.parquet")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        statistics = pd.read_parquet(folder / "statistics.parquet")
        if len(coefficients):
            found.append(StoredTable(manifest, coefficients, statistics, RELEASED, folder, ""))
    return found


def of_sql(root: Path) -> dict[Key, pd.Series]:
    """Rows of `results.shown_coefficients`."""
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        frame = connection.sql("select * from results.shown_coefficients").df()
    rows = frame.set_index(["table_id", "model", "term"], drop=False)
    assert rows.index.is_unique
    return {key: row for key, row in rows.iterrows()}


def differences(root: Path) -> Iterator[tuple[str, Key, str, Any, Any]]:
    """Place, coefficient, quantity and both values wherever one is shown otherwise than by the rule."""
    tables, sql = stored_tables(root), of_sql(root)
    rule: dict[Key, pd.Series] = {}
    for table in tables:
        options = table.manifest["spec"]["options"]
        for (model, term), rows in table.coefficients.groupby(["model", "term"], sort=False):
            key = (table.table_id, str(model), str(term))
            rule[key] = wanted = expected(rows, options)
            yield from _differing(
                "report", key, wanted, coefficient(table, str(model), str(term), "")
            )
            yield from _differing("sql", key, wanted, sql.get(key))
        shown = table_metadata.headline(table.folder, dict(table.manifest), [])
        for row in shown.to_dict("records"):
            key = (table.table_id, row["model"], row["term"])
            yield from _differing("ui", key, rule[key], row)
    for name in sorted({t.paper for t in tables if (PAPERS / t.paper / "printed").is_dir()}):
        own = [t for t in tables if t.paper == name]
        yield from _in_comparisons(name, own, rule)


def _in_comparisons(
    name: str, tables: list[StoredTable], rule: dict[Key, pd.Series]
) -> Iterator[tuple[str, Key, str, Any, Any]]:
    paper, beside = load_paper(name), pairs(name)
    for number, pair in beside.items():
        if pair.models and number in paper.tables and paper.tables[number].content == "regression":
            for row in compare_slopes(paper, beside, number, tables).to_dict("records"):
                key = (row["table_id"], row["our_model"], row["term"])
                if key in rule:
                    yield from _differing("comparison", key, rule[key], row)
    compared = reproduce(paper, beside, tables)
    for row in compared[compared["our_name"] == "std_error"].to_dict("records"):
        pair = beside[row["printed_table"]]
        key = (row["table_id"], row["our_model"], pair.terms.get(row["term"], row["term"]))
        if pair.inference_of(row["model"]) or key not in rule:
            continue
        own = rule[key]
        if pd.notna(own["std_error"]) and row["our_inference"] != own["inference"]:
            yield "reproduction", key, "inference", own["inference"], row["our_inference"]
        if row["our_inference"].startswith("wild_cluster_bootstrap"):
            yield "reproduction", key, "std_error", None, row["ours"]


def _differing(
    place: str, key: Key, wanted: pd.Series, found: Any
) -> Iterator[tuple[str, Key, str, Any, Any]]:
    if found is None:
        yield place, key, "row", wanted["estimate"], None
        return
    for name in NAMES:
        one, other = wanted[name], found[name]
        if not (one == other or (pd.isna(one) and pd.isna(other))):
            yield place, key, name, one, other
