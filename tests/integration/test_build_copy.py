"""A build file copied by its bytes: marts and results stay, all else goes, and nothing of a log is lost."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from living_panel.orchestration.assets.publication import build_digest
from living_panel.orchestration.root.build_copy import copy_build


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build with four schemas, a key, a comment and rows."""
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        for schema in ("seeds", "staging", "marts", "results"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table staging.printed as select range as v from range(100000)")
        connection.execute("create table seeds.units as select 'a' as unit")
        connection.execute("create table marts.panel (v integer primary key)")
        connection.execute("insert into marts.panel values (3), (1), (2)")
        connection.execute("comment on column marts.panel.v is 'a value'")
        connection.execute("create table results.artifacts as select 't' as table_id")
    return path


def test_marts_and_results_stay_with_keys_and_comments(build: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied.duckdb"
    before = build.read_bytes()
    copy_build(build, copied)
    with duckdb.connect(str(copied)) as connection:
        tables = "select schema_name || '.' || table_name from duckdb_tables() order by 1"
        assert connection.execute(tables).fetchall() == [("marts.panel",), ("results.artifacts",)]
        assert connection.execute("from marts.panel").fetchall() == [(3,), (1,), (2,)]
        comments = "select comment from duckdb_columns() where comment is not null"
        assert connection.execute(comments).fetchall() == [("a value",)]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("insert into marts.panel values (1)")
    assert build.read_bytes() == before


def test_rows_that_are_in_the_log_alone_are_copied(build: Path, tmp_path: Path) -> None:
    if (child := os.fork()) == 0:  # a process that is killed leaves its log
        connection = duckdb.connect(str(build))
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("insert into marts.panel values (4)")
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert build.with_name(build.name + ".wal").exists()
    copied = tmp_path / "copied.duckdb"
    copy_build(build, copied)
    with duckdb.connect(str(copied), read_only=True) as connection:
        assert connection.execute("select max(v) from marts.panel").fetchone() == (4,)


def test_the_digest_of_a_build_follows_its_content(build: Path) -> None:
    first = build_digest(build)
    assert build_digest(build) == first
    with duckdb.connect(str(build)) as connection:
        connection.execute("insert into staging.printed values (1)")
    assert build_digest(build) == first, "what is not published"
    with duckdb.connect(str(build)) as connection:
        connection.execute("update marts.panel set v = 5 where v = 3")
    assert build_digest(build) != first
