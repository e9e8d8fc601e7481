"""Metadata of a dbt build in the UI: rows, columns, their origin, offending cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import duckdb
import pandas as pd
import sqlglot
from dagster_dbt import DagsterDbtTranslator
from sqlglot import MappingSchema, exp
from sqlglot.errors import SqlglotError
from sqlglot.expressions import normalize_table_name
from sqlglot.lineage import Node, lineage

from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.tables.render import escape_markdown
from living_panel.orchestration.dbt.runs import rows_in_words
from living_panel.orchestration.root.made import MadeByCode
from living_panel.orchestration.root.settings import DBT_PROJECT

# What dbt's own tests say; the project's say it in the comment that opens their file.
DBT_TESTS = {
    "not_null": "{column} is never empty.",
    "unique": "No two rows have the same {column}.",
    "accepted_values": "{column} is one of: {values}.",
    "relationships": "Every {column} is in {to}.",
}
KEPT = MadeByCode(
    "column_lineage.json", document_hash([Path(__file__).read_text("utf-8"), sqlglot.__version__])
)
"""Lineage that earlier builds read, by model."""
SHOWN_ROWS = 50
OPENING = re.compile(r"\{#-?\s*(.*?)\s*-?#\}", re.DOTALL)


@dataclass(frozen=True)
class ModelTable:
    """A built table: its rows, and name, type and description of its columns."""

    rows: int
    columns: tuple[tuple[str, str, str | None], ...]

    @property
    def metadata(self) -> dict[str, Any]:
        """As Dagster's pages show it."""
        columns = [dg.TableColumn(name, kind, text) for name, kind, text in self.columns]
        return {
            "dagster/row_count": self.rows,
            "dagster/column_schema": dg.TableSchema(columns=columns),
        }


def tables_of(build_file: Path) -> dict[tuple[str, str], ModelTable]:
    """Every table of a build, by schema and name; none where the file cannot be opened."""
    try:
        connection = duckdb.connect(str(build_file), read_only=True)
    except duckdb.Error:
        return {}
    with connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name, data_type, comment "
            "from duckdb_columns() where not internal order by table_oid, column_index"
        ).df()
        return {
            key: ModelTable(
                connection.execute('select count(*) from "{}"."{}"'.format(*key)).fetchall()[0][0],
                tuple((c, t, None if pd.isna(d) else d) for c, t, d in part.iloc[:, 2:].to_numpy()),
            )
            for key, part in columns.groupby(["schema_name", "table_name"], sort=False)
        }


def column_lineage(
    node: Mapping[str, Any],
    manifest: Mapping[str, Any],
    tables: Mapping[tuple[str, str], ModelTable],
    folder: Path,
    translator: DagsterDbtTranslator,
) -> dict[str, Any]:
    """Which columns of the tables before it each column of a model is made from, by its compiled SQL.

    dagster-dbt offers this only with a connection of its own to the file that dbt writes. A model that reads files
    instead of tables has no such columns.
    """
    before = {
        n["relation_name"]: (translator.get_asset_key(n), table)
        for name in node["depends_on"]["nodes"]
        if (n := manifest["nodes"].get(name)) and (table := tables.get((n["schema"], n["alias"])))
    }
    columns = tables.get((node["schema"], node["alias"]))
    if not columns or not before:
        return {}
    sql = folder / "compiled" / node["package_name"] / node["original_file_path"]
    try:
        question = Question(
            sql.read_text(encoding="utf-8"),
            [name for name, _, _ in columns.columns],
            {
                relation: {name: kind for name, kind, _ in table.columns}
                for relation, (_, table) in before.items()
            },
        )
    except OSError:
        return {}
    name, made_from = ".".join((node["schema"], node["alias"])), document_hash(question._asdict())
    read = KEPT.of(name, made_from, partial(read_lineage, question))
    deps = {
        column: [dg.TableColumnDep(before[relation][0], there) for relation, there in ends]
        for column, ends in read.items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps_by_column=deps)} if deps else {}


class Question(NamedTuple):
    """The compiled SQL of a model, its columns, and those of the tables it reads with their types, by relation."""

    sql: str
    columns: list[str]
    before: dict[str, dict[str, str]]


def read_lineage(question: Question) -> dict[str, list[tuple[str, str]]]:
    """Return the relations and columns that each column of a model is made from; empty for SQL that cannot be read."""
    schema = MappingSchema(dialect="duckdb")
    for relation, types in question.before.items():
        schema.add_table(relation, types, dialect="duckdb")
    try:
        columns = lineage(None, question.sql, schema, dialect="duckdb", trim_selects=False)
    except SqlglotError:
        return {}  # SQL that it cannot read costs its lineage, not a build
    assert isinstance(columns, dict)  # as it is for all columns at once
    relations = {normalize_table_name(r, dialect="duckdb"): r for r in question.before}
    return {
        name: _read_from(columns[name], relations) if name in columns else []
        for name in question.columns
    }


def _read_from(column: Node, relations: Mapping[str, str]) -> list[tuple[str, str]]:
    """The columns of other relations at which a column's way back ends."""
    ends = set()
    for end in column.walk():
        table = None if end.downstream else end.expression.find(exp.Table)
        relation = table and relations.get(normalize_table_name(table, dialect="duckdb"))
        if relation:
            ends.add((relation, exp.to_column(end.name).name))
    return sorted(ends)


def with_facts(
    context: dg.AssetExecutionContext,
    events: Iterable[Any],
    tables: Mapping[tuple[str, str], ModelTable],
    offending: Mapping[str, pd.DataFrame],
    lineage: Callable[[dg.AssetKey], dict[str, Any]],
) -> Iterator[Any]:
    """Dagster's events of a build, each with what its page should show."""
    for event in events:
        if isinstance(event, dg.Output):
            key = context.asset_key_for_output(event.output_name)
            table = tables.get((key.path[0], key.path[-1]))
            more = {**table.metadata, **lineage(key)} if table else {}
            yield dg.Output(None, event.output_name, metadata={**event.metadata, **more})
        elif isinstance(event, dg.AssetCheckResult):
            if _metadata_text(event, "status") != "skipped":  # which dagster-dbt calls failed
                yield event._replace(
                    metadata={**(event.metadata or {}), **_cells(event, offending)}
                )
        else:
            yield event


def _cells(
    event: dg.AssetCheckResult, offending: Mapping[str, pd.DataFrame]
) -> dict[str, dg.MetadataValue]:
    rows = offending.get(_metadata_text(event, "unique_id"))
    if rows is None:
        return {}
    # one line a row, which wraps: a table of all columns is wider than the page, the remedy last
    shown = rows_in_words(rows.head(SHOWN_ROWS))
    lines = [f"* {escape_markdown(line.strip())}" for line in shown]
    return {"offending cells": dg.MetadataValue.md("\n".join(lines))}


def _metadata_text(event: dg.AssetCheckResult, key: str) -> str:
    value: Any = (event.metadata or {}).get(key)
    return str(getattr(value, "value", value))


def described(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with a description for every test, where Dagster looks for it."""
    manifest_described = deepcopy(dict(manifest))
    for node in manifest_described["nodes"].values():
        if node["resource_type"] == "test":
            node["meta"] = {
                "description": describe_test(node, manifest_described["macros"]),
                **node["meta"],
            }
    return manifest_described


def describe_test(node: Mapping[str, Any], macros: Mapping[str, Any]) -> str:
    """The condition of a test, in words."""
    name, arguments = node["test_metadata"]["name"], node["test_metadata"]["kwargs"]
    if name in DBT_TESTS:
        return DBT_TESTS[name].format(
            column=f"`{arguments.get('column_name')}`",
            values=", ".join(map(str, arguments.get("values", []))),
            to=re.sub(r"\W*ref\W+(\w+)\W*", r"`\1`", str(arguments.get("to"))),
        )
    file = DBT_PROJECT / macros[f"macro.{node['package_name']}.test_{name}"]["original_file_path"]
    opening = OPENING.match(file.read_text(encoding="utf-8"))
    opening_text = " ".join(opening[1].split()) if opening else ""
    given = {k: v for k, v in arguments.items() if k != "model"}
    shown = "; ".join(
        f"{k}: {', '.join(v) if isinstance(v, list) else v}" for k, v in given.items()
    )
    return f"{opening_text} ({shown})" if shown else opening_text
