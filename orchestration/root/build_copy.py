"""Marts and results of a build, copied into a file that can be published. Loads no Dagster: workers run this."""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.root.sql import literal, quoted

SCHEMAS = ("marts", "results")


def copy_tables(build_file: Path, target: Path) -> Path:
    """Copy marts and results with their keys and comments into a new file, and return it."""
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"attach {literal(build_file)} as build (read_only)")
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists {quoted(schema)}")
        tables = connection.execute(
            "select schema_name, table_name, sql, comment from duckdb_tables() "
            "where database_name = 'build' and list_contains(?, schema_name) order by 1, 2",
            [list(SCHEMAS)],
        ).fetchall()
        for schema, table, statement, comment in tables:
            here = f"{quoted(schema)}.{quoted(table)}"
            connection.execute(statement)
            connection.execute(f"insert into {here} select * from build.{here}")
            if comment:
                connection.execute(f"comment on table {here} is {literal(comment)}")
            columns = connection.execute(
                "select column_name, comment from duckdb_columns() where database_name = 'build' "
                "and schema_name = ? and table_name = ? and comment is not null",
                [schema, table],
            ).fetchall()
            for column, text in columns:
                connection.execute(f"comment on column {here}.{quoted(column)} is {literal(text)}")
        connection.execute("detach build")
        connection.execute("checkpoint")
    return target
