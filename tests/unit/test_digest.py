"""The one digest of tables: each change of rows, types, names or comments changes it; the order of storage does not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
import pytest

from living_panel.estimation.panel.digest import Column, Description, describe_tables, digest_table
from living_panel.orchestration.lake import connection as lake_connection
from living_panel.orchestration.lake import snapshots
from living_panel.orchestration.lake.location import Location

TYPES = (
    "integer",
    "double",
    "varchar",
    "boolean",
    "date",
    "varchar[]",
    "struct(a integer)",
    "blob",
)


def digest(connection: duckdb.DuckDBPyConnection, name: str = "t") -> str:
    (found,) = [d for d in describe_tables(connection) if d.name == f"main.{name}"]
    return digest_table(connection, found, [name])


def drawn(draw: random.Random, kind: str) -> str:
    """A value in SQL; missing, empty and confusable ones are frequent."""
    if draw.random() < 0.2:
        return "null"
    number = draw.randrange(-3, 4)
    text = draw.choice(["", "a", "ab", "b", "1", "-", ":", "1:a", "null", "\x1f", "省", "'"])
    quoted = "'" + text.replace("'", "''") + "'"
    return {
        "integer": str(number),
        "double": draw.choice(
            [f"{number}.5::double", "'nan'::double", "'-0.0'::double", "0::double"]
        ),
        "varchar": quoted,
        "boolean": draw.choice(["true", "false"]),
        "date": f"date '2026-01-0{number + 4}'",
        "varchar[]": draw.choice(["[]", f"[{quoted}]", f"['a', {quoted}]", "[null]"]),
        "struct(a integer)": f"{{'a': {number}}}",
        "blob": f"encode({quoted})",
    }[kind]


def table(rows: list[list[str]], types: tuple[str, ...] = TYPES) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(types))
    connection.execute(f"create table t ({columns})")
    for row in rows:
        connection.execute(f"insert into t values ({', '.join(row)})")
    return connection


def contents(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Rows as texts, sorted: what a table holds, by another way than the digest's."""
    shown = ", ".join(
        f"case when c{n} is null then null else [c{n}::varchar] end" for n in range(len(TYPES))
    )
    return sorted(repr(row) for row in connection.execute(f"select {shown} from t").fetchall())


@pytest.mark.parametrize("seed", range(12))
def test_two_tables_have_one_digest_just_where_they_hold_the_same_rows(seed: int) -> None:
    """A changed cell, two exchanged cells of a column, a doubled and a removed row; and another order of rows."""
    draw = random.Random(seed)
    rows = [[drawn(draw, kind) for kind in TYPES] for _ in range(draw.randrange(2, 9))]
    before = table(rows)
    known, held = digest(before), contents(before)
    shuffled = draw.sample(rows, len(rows))
    assert digest(table(shuffled)) == known
    for _ in range(6):
        other, n, m = [list(row) for row in rows], *draw.sample(range(len(rows)), 2)
        column = draw.choice([draw.randrange(len(TYPES)), len(TYPES) - 1])
        change = draw.choice(["cell", "exchange", "double", "remove"])
        if change == "cell":
            other[n][column] = drawn(draw, TYPES[column])
        elif change == "exchange":
            other[n][column], other[m][column] = other[m][column], other[n][column]
        elif change == "double":
            other.append(list(other[n]))
        else:
            other.pop(n)
        after = table(other)
        assert (digest(after) == known) == (contents(after) == held), (change, column)


PANEL = """
create table t (province varchar, year integer, zones integer);
insert into t values ('Hebei', 2019, 0), ('Hebei', 2020, 1), ('Xinjiang', 2019, 0), ('Xinjiang', 2020, 2);
comment on table t is 'zones'; comment on column t.year is 'the year'
"""
CHANGES = {
    "a cell": "update t set zones = 3 where province = 'Hebei' and year = 2020",
    "two cells exchanged in the last column": "update t set zones = 3 - zones where year = 2020",
    "two cells exchanged in the first column": "update t set province = "
    "case province when 'Hebei' then 'Xinjiang' else 'Hebei' end where year = 2020",
    "a row doubled": "insert into t select * from t limit 1",
    "two rows, each doubled": "insert into t select * from t where year = 2020",
    "a row removed": "delete from t where year = 2020 and zones = 2",
    "a value missing": "update t set zones = null where zones = 2",
    "missing and empty": "update t set province = '' where zones = 2",
    "a type": "alter table t alter zones type bigint",
    "a name of a column": "alter table t rename zones to zone",
    "a column more": "alter table t add column note varchar",
    "order of columns": "alter table t drop year; alter table t add column year integer",
    "comment of the table": "comment on table t is 'zones of another kind'",
    "no comment of the table": "comment on table t is null",
    "comment of a column": "comment on column t.zones is 'their number'",
    "comment moved to another column": "comment on column t.year is null; "
    "comment on column t.zones is 'the year'",
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_of_a_table_changes_its_digest(change: str) -> None:
    connection = duckdb.connect()
    connection.execute(PANEL)
    before = digest(connection)
    connection.execute(CHANGES[change])
    assert digest(connection) != before


@pytest.mark.parametrize("kind, empty", [("varchar", "''"), ("integer", "0"), ("double", "0")])
def test_a_missing_value_is_no_empty_one(kind: str, empty: str) -> None:
    assert digest(table([["null"]], (kind,))) != digest(table([[empty]], (kind,)))


def test_the_order_in_which_rows_are_stored_has_no_effect() -> None:
    connection = duckdb.connect()
    connection.execute(PANEL)
    before = digest(connection)
    connection.execute("create table other as from t order by zones desc, province")
    connection.execute("delete from t; insert into t from other")
    assert digest(connection) == before


def test_many_rows_have_one_digest_whatever_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = duckdb.connect()
    connection.execute(
        "create table t as select range % 7 as a, case when range % 3 > 0 then range::varchar end as b, "
        "range / 3 as c from range(5000)"
    )
    before = digest(connection)
    monkeypatch.setattr("living_panel.estimation.panel.digest.BATCH", 2048)
    assert digest(connection) == before


def test_a_digest_is_the_sha256_of_the_documented_encoding() -> None:
    """Made here by hand from the docstring: another implementation gives the same."""
    import json
    import struct
    from hashlib import sha256

    connection = duckdb.connect()
    connection.execute("create table t (a integer, b varchar)")
    connection.execute("insert into t values (2, 'yz'), (null, ''), (2, null)")

    def column(presence: bytes, lengths: list[int], content: bytes) -> list[str]:
        sizes = b"".join(struct.pack("<q", n) for n in lengths)
        return [sha256(stream).hexdigest() for stream in (presence, sizes, content)]

    columns = [
        column(b"\0\1\1", [], struct.pack("<qqq", 0, 2, 2)),
        column(b"\1\0\1", [0, 0, 2], b"yz"),
    ]
    told = [
        "table",
        "main.t",
        None,
        "",
        [["a", "INTEGER", None], ["b", "VARCHAR", None]],
        3,
        columns,
    ]
    text = json.dumps(["sha256-rows-1", told], separators=(",", ":"))
    assert digest(connection) == sha256(text.encode()).hexdigest()


def test_a_view_and_a_table_of_the_same_rows_differ(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute("create table t as select 1 as a; create view v as from t")
    named = Description("main.x", (Column("a", "INTEGER"),))
    as_view = Description("main.x", (Column("a", "INTEGER"),), definition="create view …")
    assert digest_table(connection, named, ["t"]) != digest_table(connection, as_view, ["v"])
    assert {d.name for d in describe_tables(connection)} == {"main.t", "main.v"}


def test_each_state_of_a_lake_is_verified_by_its_own_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lake is one of DuckDB's own, with its catalog in a file; no server has to run."""
    pytest.importorskip("duckdb_extension_ducklake", reason="installed with `[lake]`")
    extension = lake_connection._extension_file("ducklake")
    attached = f"attach 'ducklake:{tmp_path}/catalog' as {lake_connection.NAME}"

    @contextmanager
    def attach(*_: object, **__: object) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(config=lake_connection.OFFLINE) as connection:
            connection.execute(f"load '{extension}'; {attached} (data_path '{tmp_path}/data/')")
            yield connection

    monkeypatch.setattr(snapshots, "attach_lake", attach)
    monkeypatch.setattr(snapshots, "hold_publication", nullcontext)
    lake = Location(publish="ducklake", catalog="dbname=none", data=str(tmp_path))
    states = []
    for value in (1, 2):
        with duckdb.connect(str(tmp_path / f"{value}.duckdb")) as connection:
            connection.execute(f"create schema marts; create table marts.t as select {value} as v")
        states.append(
            snapshots.publish_snapshot(
                lake, tmp_path / f"{value}.duckdb", release="r", edition="2026", author="A"
            )
        )
    assert states[0].tables != states[1].tables
    assert [snapshots.verify_snapshot(lake, state.number) for state in states] == [[], []]
