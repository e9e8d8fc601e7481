"""The estimation layer's files as tables of Spark's schema `artifacts`.

They are the files that DuckDB reads by the macros of dbt_project/macros/artifact_files.sql: a JSON document is a row
with its text, a Parquet table has the ids of its folder.
"""

from __future__ import annotations

import re
from functools import reduce
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

SCHEMA = "artifacts"
DOCUMENTS = {
    "manifests": ("artifacts/*/*/manifest.json", "whole"),
    "releases": ("releases/*/manifest.json", "whole"),
    "ledger": ("ledger.jsonl", "lines"),
    "current_index": ("state/{index}", "elements"),
}
"""Files of each kind of document; a file is one document, one a line, or one an element of its list."""
TABLES = {
    "coefficients": "artifacts/*/*/coefficients.parquet",
    "statistics": "artifacts/*/*/statistics.parquet",
    "sample_cells": "artifacts/*/*/sample_cells.parquet",
    "coefficient_lineage": "artifacts/*/*/coefficient_lineage.parquet",
    "specifications": "artifacts/*/*/specifications.parquet",
    "coefficient_drift": "artifacts/drift/*/coefficient_drift.parquet",
    "release_diff": "artifacts/drift/*/release_diff.parquet",
    "reproduction": "build/reproduction.parquet",
    "reproduction_causes": "build/reproduction_causes.parquet",
    "findings": "build/findings.parquet",
}
"""Files of each kind of Parquet table."""
FOLDERS = r".*/([^/]+)/([^/]+)/[^/]+$"


def register_artifacts(session: SparkSession, data: Path, index: str) -> None:
    """Make the tables, and the function of JSON that the models call.

    Parameters
    ----------
    data : Path
        Absolute data root; every worker sees it under this path.
    index : str
        The list of artifacts that count as current, in the folder `state`.
    """
    session.sql(f"create database if not exists {SCHEMA}")
    session.sql(
        "create or replace temporary function json_extract_string(document string, path string) "
        "returns string return get_json_object(document, path)"
    )
    for name, (pattern, unit) in DOCUMENTS.items():
        _save(_documents(session, _files(data, pattern.format(index=index)), unit), name)
    for name, pattern in TABLES.items():
        frame = _rows(session, _files(data, pattern), ids=pattern.startswith("artifacts/*/*/"))
        _save(frame, name)


def _save(frame: DataFrame, name: str) -> None:
    frame.write.mode("overwrite").saveAsTable(f"{SCHEMA}.{name}")


def _files(data: Path, pattern: str) -> list[str]:
    """Files of a pattern; half-written folders begin with a dot, and comparisons are no tables."""
    paths = (path for path in data.glob(pattern) if path.is_file())
    drift = pattern.startswith("artifacts/drift/")
    return sorted(
        str(path)
        for path in paths
        if not any(part.startswith(".") for part in path.relative_to(data).parts)
        and (drift or "drift" not in path.relative_to(data).parts)
    )


def _documents(session: SparkSession, files: list[str], unit: str) -> DataFrame:
    """Columns `number` and `text`: the documents of one kind, in their order in the file."""
    if not files:
        return _empty(session, number="int", text="string")
    whole = session.read.text([_literal(file) for file in files], wholetext=True)
    parts = {
        "whole": F.array("value"),
        "lines": F.split("value", "\n"),
        "elements": F.from_json("value", "array<string>"),
    }[unit]
    return whole.select(F.posexplode(parts).alias("number", "text"))


def _rows(session: SparkSession, files: list[str], *, ids: bool) -> DataFrame:
    """The Parquet tables below each other, by name; with `ids`, table_id and artifact_id of their folders.

    A column without any value has no type in its file, which omits it.
    """
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for file in files:
        schema = pq.read_schema(file)
        kinds = tuple((f.name, str(f.type)) for f in schema if str(f.type) != "null")
        alike.setdefault(kinds, []).append(_literal(file))
    if not alike:
        return _empty(session, table_id="string", artifact_id="string")
    frames = [
        session.read.parquet(*group).select(
            *(f"`{name}`" for name, _ in kinds), *(_ids() if ids else ())
        )
        for kinds, group in alike.items()
    ]
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames)


def _empty(session: SparkSession, **columns: str) -> DataFrame:
    """A table without rows, made by no Python process of a worker."""
    nulls = (f"cast(null as {kind}) as {name}" for name, kind in columns.items())
    return session.sql(f"select {', '.join(nulls)} where false")


def _ids() -> list[object]:
    path = F.col("_metadata.file_path")
    return [
        F.regexp_extract(path, FOLDERS, n).alias(a)
        for n, a in ((1, "table_id"), (2, "artifact_id"))
    ]


def _literal(path: str) -> str:
    """A path in which nothing is a pattern to Spark."""
    return re.sub(r"([*?\[\]{}\\])", r"\\\1", path)
