"""One digest of tables: SHA-256 over rows in a stated order, with names, types and comments.

A digest of a table covers, in this order: `FORM`; whether it is a table or a view; its schema and name; its comment;
name, type and comment of each column, in the order of the columns; the number of rows; and one SHA-256 for each column
over its values, row by row.

**Order of rows.** Rows are sorted by all columns from the first to the last, missing values first. Texts are compared
by their bytes. Rows that compare equal hold the same values, so their order has no effect. The order in which a file
stores its rows has no effect either.

**Values.** The encoding of a column is injective: different columns have different bytes.

* Integers and booleans are 8 bytes, floating-point numbers are the 8 bytes of IEEE 754. Every NaN is the same NaN.
* All other values are texts in UTF-8, with the length of each text in bytes. Lists, structs and maps are written as
  JSON, bytes as hexadecimal digits, other types as DuckDB prints them.
* One byte a row says whether the value is missing. So a missing text differs from an empty one.

Presence, lengths and contents are three streams, each hashed alone. Nothing is rounded: this is the digest of what is
stored, not of what is the same number (`canonical.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np

from living_panel.estimation.panel.sql import quoted
from living_panel.ingestion.digests import sha256_of_bytes

FORM = "sha256-rows-1"
"""Name of this form of digest. A stored digest without it is of an earlier version and is never compared."""
INTEGERS = frozenset(
    {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
)
FLOATS = frozenset({"FLOAT", "DOUBLE"})
NESTED = ("STRUCT(", "MAP(", "UNION(")
BATCH = 100_000
"""Rows that are held in memory at once."""


@dataclass(frozen=True)
class Column:
    """Description of one column; `type` is DuckDB's name of it."""

    name: str
    type: str
    comment: str | None = None


@dataclass(frozen=True)
class Description:
    """Description of one table: all that a digest covers but its rows.

    Attributes
    ----------
    name : str
        Schema and name: `marts.panel`.
    columns : tuple of Column
    comment : str or None
    definition : str
        Empty for a table; the SQL of a view.
    """

    name: str
    columns: tuple[Column, ...]
    comment: str | None = None
    definition: str = ""


def describe_tables(
    connection: duckdb.DuckDBPyConnection,
    schemas: Sequence[str] | None = None,
    database: str | None = None,
) -> list[Description]:
    """Describe every table and view of a database, by name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    schemas : sequence of str, optional
        The schemas to read; all of them by default.
    database : str, optional
        Name of an attached database; the current one by default.
    """
    where = (
        "where database_name = coalesce($database, current_database()) and not internal "
        "and ($schemas is null or list_contains($schemas, schema_name))"
    )
    given = {"database": database, "schemas": None if schemas is None else list(schemas)}
    tables = connection.execute(
        f"""select schema_name, table_name, comment, '' from duckdb_tables() {where}
        union all select schema_name, view_name, comment, sql from duckdb_views() {where}
        order by 1, 2""",
        given,
    ).fetchall()
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, table, *told in connection.execute(
        f"""select schema_name, table_name, column_name, data_type, comment
        from duckdb_columns() {where} order by schema_name, table_name, column_index""",
        given,
    ).fetchall():
        columns.setdefault((schema, table), []).append(Column(*told))
    return [
        Description(f"{schema}.{table}", tuple(columns.get((schema, table), ())), comment, sql)
        for schema, table, comment, sql in tables
    ]


def digest_table(
    connection: duckdb.DuckDBPyConnection,
    description: Description,
    place: Sequence[str],
    version: int | None = None,
) -> str:
    """Digest of a table, as 64 hexadecimal digits.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    description : Description
        Its name, columns and comments.
    place : sequence of str
        Names that lead to its rows: table; schema and table; or database, schema and table.
    version : int, optional
        State of a lake's table; the current one by default.
    """
    rows, columns = _read(connection, description.columns, place, version)
    return digest_document(
        [
            "view" if description.definition else "table",
            description.name,
            description.comment,
            description.definition,
            [[column.name, column.type, column.comment] for column in description.columns],
            rows,
            columns,
        ]
    )


def digest_tables(digests: Mapping[str, str]) -> str:
    """Digest of several tables, from the digest of each by its name."""
    return digest_document(sorted(digests.items()))


def digest_document(document: Any) -> str:
    """SHA-256 of the form of this digest and a document of JSON."""
    text = json.dumps([FORM, document], ensure_ascii=True, separators=(",", ":"))
    return sha256_of_bytes(text.encode())


@dataclass
class _Streams:
    """The three streams of one column, hashed as its values come."""

    is_text: bool
    presence: Any = field(default_factory=hashlib.sha256)
    lengths: Any = field(default_factory=hashlib.sha256)
    content: Any = field(default_factory=hashlib.sha256)

    def add(self, values: Any) -> None:
        """Add the values of one batch, an array of pyarrow."""
        present = np.asarray(values.is_valid().to_numpy(zero_copy_only=False))
        self.presence.update(present.astype(np.uint8).tobytes())
        if self.is_text:
            self._add_texts(values, present)
            return
        numbers = np.asarray(values.fill_null(0).to_numpy(zero_copy_only=False))
        if numbers.dtype.kind == "f":
            numbers = np.where(np.isnan(numbers), np.nan, numbers)
            numbers = numbers.astype("<f8")
        self.content.update(numbers.astype(numbers.dtype.newbyteorder("<")).tobytes())

    def _add_texts(self, values: Any, present: np.ndarray) -> None:
        _, offsets, content = values.buffers()
        ends = np.frombuffer(offsets, dtype=np.int64)[values.offset :][: len(values) + 1]
        sizes = np.diff(ends)
        self.lengths.update(np.where(present, sizes, 0).astype("<i8").tobytes())
        if content is None:
            return
        if present.all() or not sizes[~present].any():
            self.content.update(memoryview(content)[ends[0] : ends[-1]])
        else:  # bytes below a missing value are nobody's
            for start, end in zip(ends[:-1][present], ends[1:][present], strict=True):
                self.content.update(memoryview(content)[start:end])

    def digests(self) -> list[str]:
        """Digest of each stream."""
        return [stream.hexdigest() for stream in (self.presence, self.lengths, self.content)]


def _read(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    place: Sequence[str],
    version: int | None,
) -> tuple[int, list[list[str]]]:
    """Count the rows of a table, and hash the values of each column in the order of the rows."""
    import pyarrow  # 0.2 s that a command which only looks does not need

    if not columns:
        return 0, []
    source = ".".join(quoted(name) for name in place)
    at = "" if version is None else f" at (version => {int(version)})"
    shown = ", ".join(
        f"{_value(quoted(column.name), column.type)} as {quoted(f'c{n}')}"
        for n, column in enumerate(columns)
    )
    order = ", ".join(
        f"{quoted(f'c{n}')} nulls first"
        + (f", signbit({quoted(f'c{n}')})" if column.type in FLOATS else "")
        for n, column in enumerate(columns)
    )
    reader = connection.execute(
        f"select * from (select {shown} from {source}{at}) order by {order}"
    ).to_arrow_reader(BATCH)
    streams = [_Streams(column.type not in INTEGERS | FLOATS) for column in columns]
    rows = 0
    for batch in reader:
        rows += batch.num_rows
        for stream, values in zip(streams, batch.columns, strict=True):
            stream.add(values.cast(pyarrow.large_string()) if stream.is_text else values)
    return rows, [stream.digests() for stream in streams]


def _value(name: str, kind: str) -> str:
    """SQL of the values of a quoted column in one of three forms: integer, number, text."""
    if kind in INTEGERS:
        return f"{name}::bigint"
    if kind in FLOATS:
        return f"{name}::double"
    if kind == "VARCHAR":
        return name
    if kind == "BLOB":
        return f"hex({name})"
    if kind.endswith("]") or kind.startswith(NESTED):
        return f"to_json({name})::varchar"
    return f"{name}::varchar"
