"""Publish a finished warehouse file as one snapshot of a lake; list and verify snapshots."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.lake import codes
from orchestration.lake.codes import LakeFailure
from orchestration.lake.connection import NAME, attach_lake, explain, hold_publication
from orchestration.lake.location import Location
from orchestration.root.build_copy import SCHEMAS
from orchestration.root.sql import literal, quoted, quoted_path

PUBLISHED = "published"
SOURCE = "own"
"""Name under which the finished file is attached."""
ORPHAN_DAYS = 1
"""Age at which files of a publisher that was killed are removed from the storage."""

Digest = tuple[int, str]
"""Number of rows of a table, and a hash over them that does not depend on their order."""


@dataclass(frozen=True)
class Snapshot:
    """One state of a lake; `select … at (version => number)` reads it."""

    number: int
    happened_at: datetime
    author: str | None
    message: str | None
    release: str | None
    edition: str | None
    event: str | None
    tables: dict[str, Digest]


def publish_snapshot(
    location: Location,
    file: Path,
    *,
    release: str,
    edition: str,
    author: str,
    event: str = PUBLISHED,
) -> Snapshot:
    """Make the marts and results of a finished file the lake's newest snapshot.

    All tables change in one transaction, or none. A file whose rows are the newest snapshot's already
    makes no new one. Tables whose rows have not changed are not written again.

    Parameters
    ----------
    file : Path
        A finished DuckDB file with the schemas marts and results.
    release, edition, author, event : str
        Written into the snapshot's commit message.

    Raises
    ------
    LakeFailure
        Whatever stops it; the lake is as before.
    """
    with hold_publication(location), attach_lake(location, writing=True) as connection:
        connection.execute(f"attach {literal(file)} as {SOURCE} (read_only)")
        wanted = {
            table: _digest(connection, SOURCE, table) for table in _tables(connection, SOURCE)
        }
        newest = _snapshots(connection)[-1]
        if newest.tables == wanted:
            return newest
        connection.execute("begin transaction")
        try:
            _write(connection, wanted, newest.tables)
            facts = {"release": release, "edition": edition, "event": event, "tables": wanted}
            message = f"{event} release {release}, edition {edition}"
            connection.execute(
                f"call {NAME}.set_commit_message(?, ?, extra_info => ?)",
                [author, message, json.dumps(facts)],
            )
            connection.execute("commit")
        except BaseException:
            with suppress(duckdb.Error):
                connection.execute("rollback")
            raise
        _remove_orphans(connection)
        return _snapshots(connection)[-1]


def list_snapshots(location: Location) -> list[Snapshot]:
    """All states of a lake, oldest first."""
    with attach_lake(location) as connection:
        return _snapshots(connection)


def verify_snapshot(location: Location, number: int | None = None) -> list[str]:
    """Read every table of a snapshot anew and compare it with what was published.

    Parameters
    ----------
    number : int, optional
        The newest snapshot if not given.

    Returns
    -------
    list of str
        Tables that differ, are missing or were added; empty if all is well.

    Raises
    ------
    LakeFailure
        If the lake cannot be read, or has no such published snapshot.
    """
    with attach_lake(location) as connection:
        found = [s for s in _snapshots(connection) if number in (None, s.number)]
        if not found or not found[-1].tables:
            raise LakeFailure(codes.NO_PUBLICATION(number="newest" if number is None else number))
        snapshot = found[-1]
        try:
            tables = _tables_at(connection, snapshot.number)
            have = {t: _digest(connection, NAME, t, snapshot.number) for t in tables}
        except duckdb.Error as error:
            explain(error, location)
    want = snapshot.tables
    return sorted(t for t in have.keys() | want.keys() if have.get(t) != want.get(t))


def _snapshots(connection: duckdb.DuckDBPyConnection) -> list[Snapshot]:
    rows = connection.execute(
        "select snapshot_id, snapshot_time, author, commit_message, commit_extra_info "
        f"from {NAME}.snapshots() order by snapshot_id"
    ).fetchall()
    return [Snapshot(*row[:4], **_facts(row[4])) for row in rows]


def _facts(extra: str | None) -> dict[str, Any]:
    """Text that a publication wrote into its commit; empty for other writers."""
    known: dict[str, Any] = {"release": None, "edition": None, "event": None, "tables": {}}
    with suppress(ValueError):
        found = json.loads(extra or "")
        if isinstance(found, dict) and found.keys() >= known.keys():
            tables = {name: (int(n), str(h)) for name, (n, h) in found["tables"].items()}
            known |= {key: found[key] for key in known} | {"tables": tables}
    return known


def _write(
    connection: duckdb.DuckDBPyConnection, wanted: dict[str, Digest], before: dict[str, Digest]
) -> None:
    """Bring the lake's tables to the file's; called inside a transaction."""
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {NAME}.{schema}")
    present = _tables(connection, NAME)
    for table in present:
        if table not in wanted:
            connection.execute(f"drop table {quoted_path(NAME, table)}")
    for table, digest in wanted.items():
        if table in present and before.get(table) == digest:
            _describe(connection, table)
            continue
        if table in present and _columns(connection, NAME, table) == _columns(
            connection, SOURCE, table
        ):
            connection.execute(f"delete from {quoted_path(NAME, table)}")
        else:
            connection.execute(f"drop table if exists {quoted_path(NAME, table)}")
            connection.execute(
                f"create table {quoted_path(NAME, table)} as from {quoted_path(SOURCE, table)} limit 0"
            )
        connection.execute(
            f"insert into {quoted_path(NAME, table)} from {quoted_path(SOURCE, table)}"
        )
        if _digest(connection, NAME, table) != digest:
            raise LakeFailure(codes.ROWS_DIFFER(table=table))
        _describe(connection, table)


def _describe(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Give a lake's table the comments of the file's, where they differ."""
    schema, name = table.split(".", 1)
    query = (
        "select comment from duckdb_tables() where database_name = ? and schema_name = ? "
        "and table_name = ?"
    )
    have, want = (connection.execute(query, [d, schema, name]).fetchone() for d in (NAME, SOURCE))
    if want and want != have and want[0] is not None:
        connection.execute(f"comment on table {quoted_path(NAME, table)} is {literal(want[0])}")
    described = _comments(connection, NAME, table)
    for column, text in _comments(connection, SOURCE, table).items():
        if described.get(column) != text:
            place = f"{quoted_path(NAME, table)}.{quoted(column)}"
            connection.execute(f"comment on column {place} is {literal(text)}")


def _comments(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = ? "
        "and schema_name = ? and table_name = ? and comment is not null",
        [database, *table.split(".", 1)],
    ).fetchall()
    return dict(rows)


def _columns(
    connection: duckdb.DuckDBPyConnection, database: str, table: str
) -> list[tuple[str, str]]:
    return connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = ? "
        "and schema_name = ? and table_name = ? order by column_index",
        [database, *table.split(".", 1)],
    ).fetchall()


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    rows = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = ? "
        "and schema_name in ('marts', 'results') order by 1",
        [database],
    ).fetchall()
    return [name for (name,) in rows]


def _tables_at(connection: duckdb.DuckDBPyConnection, number: int) -> list[str]:
    """Tables of an earlier state, from the catalog's own history."""
    meta = f"__ducklake_metadata_{NAME}"
    rows = connection.execute(
        f"""
        select s.schema_name || '.' || t.table_name
        from {meta}.ducklake_table t join {meta}.ducklake_schema s using (schema_id)
        where t.begin_snapshot <= $1 and (t.end_snapshot is null or t.end_snapshot > $1)
            and s.begin_snapshot <= $1 and (s.end_snapshot is null or s.end_snapshot > $1)
            and s.schema_name in ('marts', 'results')
        order by 1
        """,
        [number],
    ).fetchall()
    return [name for (name,) in rows]


def _digest(
    connection: duckdb.DuckDBPyConnection, database: str, table: str, version: int | None = None
) -> Digest:
    at = "" if version is None else f" at (version => {int(version)})"
    row = connection.execute(
        f"select count(*), bit_xor(hash(t)) from (from {quoted_path(database, table)}{at}) as t"
    ).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def _remove_orphans(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove files that no snapshot knows; a failure here leaves only files that cost space."""
    with suppress(duckdb.Error):
        connection.execute(
            f"call ducklake_delete_orphaned_files('{NAME}', "
            f"older_than => now() - interval {ORPHAN_DAYS} day)"
        )
