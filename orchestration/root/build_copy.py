"""Marts and results of a finished build, in a file of their own that can be published."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from living_panel.estimation.panel.sql import quoted

SCHEMAS = ("marts", "results", "papers", "data_sets", "main")
"""What a published file keeps: the last is DuckDB's own, and holds nothing."""


def copy_build(build_file: Path, target: Path) -> None:
    """Copy a build file, and leave marts and results in the copy, with their keys and comments.

    The bytes are copied, not the rows: that takes a twentieth of the time.
    """
    if build_file.with_name(build_file.name + ".wal").exists():
        duckdb.connect(str(build_file)).close()  # brings what the log holds into the file
    shutil.copyfile(build_file, target)
    with duckdb.connect(str(target)) as connection:
        schemas = connection.execute(
            "select schema_name from duckdb_schemas() "
            "where database_name = current_database() and not internal and not list_contains(?, schema_name)",
            [list(SCHEMAS)],
        ).fetchall()
        for (schema,) in schemas:
            connection.execute(f"drop schema {quoted(schema)} cascade")
        connection.execute("checkpoint")
