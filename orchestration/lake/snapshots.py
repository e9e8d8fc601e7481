"""Publish a finished warehouse file as one snapshot of a lake; list and verify snapshots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from living_panel.codes import Code
from living_panel.estimation.panel.digest import (
    FORM,
    Column,
    Description,
    describe_tables,
    digest_table,
)
from living_panel.estimation.panel.sql import literal, quoted, quoted_path
from living_panel.orchestration.lake import sentences
from living_panel.orchestration.lake.connection import (
    AT_DATA,
    NAME,
    attach_lake,
    explain,
    hold_publication,
)
from living_panel.orchestration.lake.location import Location
from living_panel.orchestration.lake.sentences import LakeFailure
from living_panel.orchestration.root.build_copy import SCHEMAS

PUBLISHED = "published"
SOURCE = "own"
"""Name under which the finished file is attached."""
ORPHAN_DAYS = 1
"""Age at which files of a publisher that was killed are removed from the storage."""

LOG = "results.publications"
"""Table that differs in each published file, of whatever content."""


@dataclass(frozen=True)
class Snapshot:
    """One state of a lake; `select … at (version => number)` reads it.

    `digest` is the form of the digests of `tables`; None for a snapshot of an earlier version.
    """

    number: int
    happened_at: datetime
    author: str | None
    message: str | None
    release: str | None
    edition: str | None
    event: str | None
    tables: dict[str, str]
    digest: str | None = None


def publish_snapshot(
    location: Location,
    file: Path,
    *,
    release: str,
    edition: str,
    author: str,
    event: str = PUBLISHED,
    predecessor: Mapping[str, str] | None = None,
    over: int | None = None,
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
    predecessor : mapping, optional
        Digests of the tables that the publisher published before, empty if it published nothing. A lake whose
        newest publication has other content is refused. Whatever is there is replaced without it.
    over : int, optional
        Number of the newest publication, which somebody confirmed to replace.

    Raises
    ------
    LakeFailure
        Whatever stops it; the lake is as before.
    """
    with hold_publication(location), attach_lake(location, writing=True) as connection:
        connection.execute(f"attach {literal(file)} as {SOURCE} (read_only)")
        described = {d.name: d for d in _described(connection, SOURCE)}
        wanted = {name: _digest(connection, SOURCE, d) for name, d in described.items()}
        snapshots = _snapshots(connection)
        newest = snapshots[-1]
        if newest.tables == wanted:
            return newest
        if predecessor is not None:
            _refuse_other_predecessor(snapshots, predecessor, wanted, over)
        connection.execute("begin transaction")
        try:
            _write(connection, described, wanted, newest.tables)
            facts = {
                "release": release,
                "edition": edition,
                "event": event,
                "digest": FORM,
                "tables": wanted,
            }
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


def _refuse_other_predecessor(
    snapshots: list[Snapshot],
    predecessor: Mapping[str, str],
    wanted: Mapping[str, str],
    over: int | None,
) -> None:
    """Refuse to replace a publication that the publisher did not publish before, or make just now.

    The log of publications differs in each file, so it does not count.
    """
    published = [snapshot for snapshot in snapshots if snapshot.tables]
    if not published or published[-1].number == over:
        return
    newest = published[-1]
    content, *ours = (
        {k: v for k, v in tables.items() if k != LOG}
        for tables in (newest.tables, predecessor, wanted)
    )
    if newest.digest == FORM and content in ours:
        return
    raise LakeFailure(
        Code.LAKE_CONFLICT(
            "this data root does not know the newest publication in the lake: snapshot {number}, release "
            "{release}, by {author} at {at}",
            "compare the two publications; to replace the newest, run again with LIVING_PANEL_REPLACE={number}",
            AT_DATA,
            number=newest.number,
            release=newest.release,
            author=newest.author,
            at=f"{newest.happened_at:%Y-%m-%d %H:%M}",
        )
    )


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
        there = _snapshots(connection)
        snapshots = [s for s in there if number in (None, s.number)]
        if not snapshots:
            raise LakeFailure(
                Code.UNKNOWN_STATE(
                    "the lake has no snapshot {number}; it has {first} to {last}, and older ones may have expired",
                    "choose a snapshot that `make snapshots` lists",
                    number=number,
                    first=there[0].number,
                    last=there[-1].number,
                )
            )
        snapshot = snapshots[-1]
        if not snapshot.tables:
            raise LakeFailure(
                sentences.NO_PUBLICATION(number="newest" if number is None else number)
            )
        if snapshot.digest != FORM:
            raise LakeFailure(
                Code.VERIFY_WAREHOUSE(
                    "an earlier version made the digests of snapshot {number}, so they cannot be compared",
                    "run `make run`, which publishes again",
                    number=snapshot.number,
                )
            )
        try:
            have = {
                d.name: _digest(connection, NAME, d, snapshot.number)
                for d in _described_at(connection, snapshot.number)
            }
        except duckdb.Error as error:
            explain(error, location, writing=False)
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
        facts = json.loads(extra or "")
        if isinstance(facts, dict) and facts.keys() >= known.keys():
            digest = facts.get("digest")
            if digest is None:  # of an earlier version: number of rows, and 64 bits
                tables = {name: f"{rows}:{bits}" for name, (rows, bits) in facts["tables"].items()}
            else:
                tables = {str(name): str(value) for name, value in facts["tables"].items()}
            known |= {key: facts[key] for key in known} | {"tables": tables, "digest": digest}
    return known


def _write(
    connection: duckdb.DuckDBPyConnection,
    described: Mapping[str, Description],
    wanted: Mapping[str, str],
    before: Mapping[str, str],
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
        _describe(connection, table)
        if _digest(connection, NAME, described[table]) != digest:
            raise LakeFailure(
                Code.VERIFY_WAREHOUSE(
                    "the rows read back from {table} differ from the rows written",
                    "run `make run`; check the object storage if this happens twice",
                    table=table,
                )
            )


def _describe(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Give a lake's table the comments of the file's, where they differ."""
    schema, name = table.split(".", 1)
    query = (
        "select comment from duckdb_tables() where database_name = ? and schema_name = ? "
        "and table_name = ?"
    )
    have, want = (connection.execute(query, [d, schema, name]).fetchone() for d in (NAME, SOURCE))
    if want and want != have:
        text = "null" if want[0] is None else literal(want[0])
        connection.execute(f"comment on table {quoted_path(NAME, table)} is {text}")
    described, wanted = (_comments(connection, d, table) for d in (NAME, SOURCE))
    for column in {**described, **wanted}:
        if described.get(column) != wanted.get(column):
            place = f"{quoted_path(NAME, table)}.{quoted(column)}"
            text = literal(wanted[column]) if column in wanted else "null"
            connection.execute(f"comment on column {place} is {text}")


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


def _described(connection: duckdb.DuckDBPyConnection, database: str) -> list[Description]:
    """Describe the tables of a finished file; a lake takes no views."""
    descriptions = describe_tables(connection, ("marts", "results"), database)
    return [description for description in descriptions if not description.definition]


def _described_at(connection: duckdb.DuckDBPyConnection, number: int) -> list[Description]:
    """Describe the tables of a state, with its comments, from the catalog's own history."""
    meta = f"__ducklake_metadata_{NAME}"
    within = "{0}.begin_snapshot <= $1 and ({0}.end_snapshot is null or {0}.end_snapshot > $1)"
    table_then = within.format(quoted("t"))
    schema_then = within.format(quoted("s"))
    column_then = within.format(quoted("c"))
    comment_then = within.format(quoted("g"))
    tables = connection.execute(
        f"""
        select t.table_id, s.schema_name || '.' || t.table_name, g.value
        from {meta}.ducklake_table t join {meta}.ducklake_schema s using (schema_id)
        left join {meta}.ducklake_tag g on g.object_id = t.table_id and g.key = 'comment'
            and {comment_then}
        where {table_then} and {schema_then}
            and s.schema_name in ('marts', 'results')
        order by 2
        """,
        [number],
    ).fetchall()
    comments = {
        (table, column): text
        for table, column, text in connection.execute(
            f"""
            select c.table_id, c.column_name, g.value
            from {meta}.ducklake_column c join {meta}.ducklake_column_tag g
                on g.table_id = c.table_id and g.column_id = c.column_id and g.key = 'comment'
            where {column_then} and {comment_then} and c.parent_column is null
            """,
            [number],
        ).fetchall()
    }
    descriptions = []
    for identity, name, comment in tables:
        at = f"{quoted_path(NAME, name)} at (version => {int(number)})"
        columns = connection.execute(f"describe from {at}").fetchall()
        typed = (Column(c[0], c[1], comments.get((identity, c[0]))) for c in columns)
        descriptions.append(Description(name, tuple(typed), comment))
    return descriptions


def _digest(
    connection: duckdb.DuckDBPyConnection,
    database: str,
    description: Description,
    version: int | None = None,
) -> str:
    """Digest of a table with this description and the rows of a database, or of a state of the lake."""
    place = (database, *description.name.split(".", 1))
    return digest_table(connection, description, place, version)


def _remove_orphans(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove files that no snapshot knows; a failure here leaves only files that cost space."""
    with suppress(duckdb.Error):
        connection.execute(
            f"call ducklake_delete_orphaned_files('{NAME}', "
            f"older_than => now() - interval {ORPHAN_DAYS} day)"
        )
