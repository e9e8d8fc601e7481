"""`publish: ducklake` on a real PostgreSQL and an S3 server that checks signatures and rights."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path

import duckdb
import pytest
import yaml

from living_panel.codes import Code
from living_panel.orchestration import lake
from living_panel.orchestration.assets import publication
from living_panel.orchestration.lake import connection as lake_connection
from living_panel.orchestration.lake import target
from living_panel.orchestration.root.readers import published_rows
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Problem
from tests.e2e.served import free_port, wait
from tests.integration.database import HOST, PASSWORD, Database, running_postgres
from tests.integration.roots import build_file
from tests.integration.s3_server import BUCKET

pytestmark = [pytest.mark.postgres, pytest.mark.lake]

REPOSITORY = Path(__file__).resolve().parents[2]
NUMBERS = count(1)


@dataclass
class Storage:
    """The S3 server: its port, the keys of its users, and its prescribed answers."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def keys(self, user: str) -> dict[str, str]:
        key, secret = json.loads((self.folder / "keys.json").read_text())[user]
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}

    @contextmanager
    def answering(self, status: int, code: str) -> Iterator[None]:
        """Every write is answered so while the block lasts."""
        path = self.folder / "answer.json"
        path.write_text(json.dumps({"status": status, "code": code}))
        try:
            yield
        finally:
            path.unlink()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Every write waits while the block lasts."""
        hold, held = self.folder / "hold", self.folder / "held"
        hold.touch()
        try:
            yield
        finally:
            hold.unlink()
            held.unlink(missing_ok=True)

    def wait_for_write(self, lives: Callable[[], bool]) -> None:
        """Wait until a write is held; who writes must live on."""
        wait(lambda: (self.folder / "held").exists() or not lives(), "a held write", 120)
        assert (self.folder / "held").exists(), "it ended without a write"


@contextmanager
def running_storage(folder: Path) -> Iterator[Storage]:
    port = free_port()
    log = (folder / "server.log").open("wb")
    command = [sys.executable, "-m", "tests.integration.s3_server", str(port), str(folder)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log)
    try:
        keys = folder / "keys.json"
        wait(lambda: keys.exists() or process.poll() is not None, "the storage's keys", 240)
        assert process.poll() is None, (folder / "server.log").read_text()
        yield Storage(port, folder, process)
    finally:
        process.kill()
        process.wait()
        log.close()


@pytest.fixture(scope="module")
def storage(tmp_path_factory) -> Iterator[Storage]:
    with running_storage(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with running_postgres("team") as server:
        server.sql(f"create role publisher login password '{PASSWORD}'")
        server.sql(f"create role reader login password '{PASSWORD}'")
        yield server


@pytest.fixture
def place(database, storage, monkeypatch) -> lake.Location:
    """An empty lake, and this process as its publisher."""
    name = f"lake_{next(NUMBERS)}"
    database.sql(f"create database {name} owner publisher")
    grants = (
        "grant select on tables to reader",
        "grant usage on schemas to reader",
    )
    for grant in grants:
        database.sql(f"alter default privileges for role publisher {grant}", name)
    for variable, value in storage.keys("publisher").items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return location(database, storage, name)


def location(database: Database, storage: Storage, name: str, **more: object) -> lake.Location:
    given = {
        "publish": "ducklake",
        "catalog": f"host={HOST} port={database.port} dbname={name} user=publisher",
        "data": f"s3://{BUCKET}/{name}/",
        "endpoint": f"{HOST}:{storage.port}",
        "use_ssl": False,
    }
    return lake.Location.model_validate(given | more)


def finished(folder: Path, name: str, value: float, rows: int = 40) -> Path:
    """A finished warehouse file; its coefficient is `value`, its provinces never change."""
    file = folder / f"{name}.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema results")
        connection.execute("create table marts.provinces (code varchar primary key, name varchar)")
        connection.execute("insert into marts.provinces select range, '省' from range(40)")
        connection.execute(
            "create table marts.panel as select range::varchar as code, 2001 + range % 20 as year, "
            f"range * {value!r} as gdp from range({rows})"
        )
        connection.execute(
            "create table results.coefficients as select 'fdi' as term, "
            f"{value!r}::double as estimate, [{{'file': 'a.csv', 'edition': 2026}}] as sources"
        )
        connection.execute("comment on table marts.panel is 'one row a province and year'")
        connection.execute("comment on column marts.panel.gdp is 'the province''s GDP'")
    return file


def publish(place: lake.Location, file: Path, release: str, **more: str) -> lake.Snapshot:
    return lake.publish_snapshot(
        place, file, release=release, edition="2026", author="wang", **more
    )


def files_of(place: lake.Location, table: str) -> list[str]:
    """Objects that hold a table now."""
    with lake.attach_lake(place) as connection:
        found = f"select data_file from ducklake_list_files('lake', '{table}', schema => 'marts')"
        return [path for (path,) in connection.execute(found).fetchall()]


def test_each_publication_is_one_snapshot(place, tmp_path):
    one = publish(place, finished(tmp_path, "one", 0.5), "r1")
    unchanged, changed = files_of(place, "provinces"), files_of(place, "panel")
    two = publish(place, finished(tmp_path, "two", 0.75), "r2")
    # a table that has not changed is not written again
    assert files_of(place, "provinces") == unchanged != []
    assert files_of(place, "panel") != changed
    found = lake.list_snapshots(place)
    assert [s.number for s in found] == [0, one.number, two.number]
    assert two.number == one.number + 1
    assert [(s.author, s.release, s.edition, s.event) for s in found[1:]] == [
        ("wang", "r1", "2026", "published"),
        ("wang", "r2", "2026", "published"),
    ]
    assert all(part in str(two.message) for part in ("r2", "2026"))
    query = "select estimate, sources[1].edition from lake.results.coefficients"
    with lake.attach_lake(place) as connection:
        assert connection.execute(query).fetchall() == [(0.75, 2026)]
        at = f"{query} at (version => {one.number})"
        assert connection.execute(at).fetchall() == [(0.5, 2026)]
        comment = "select comment from duckdb_columns() where database_name = 'lake' and column_name = 'gdp'"
        assert connection.execute(comment).fetchall() == [("the province's GDP",)]
    assert lake.verify_snapshot(place) == lake.verify_snapshot(place, one.number) == []


def test_the_same_rows_make_no_new_snapshot(place, tmp_path):
    one = publish(place, finished(tmp_path, "one", 0.5), "r1")
    assert publish(place, finished(tmp_path, "copy", 0.5), "r1") == one
    assert len(lake.list_snapshots(place)) == 2


SWAPPED = "update marts.panel set gdp = 21.5 - gdp where code in ('20', '23')"
CHANGES = {
    "two cells exchanged in the last column": (SWAPPED, "marts.panel"),
    "a comment of a column": ("comment on column marts.panel.year is 'calendar'", "marts.panel"),
    "a comment of a table": ("comment on table marts.panel is null", "marts.panel"),
    "a row doubled": ("insert into marts.panel from marts.panel limit 1", "marts.panel"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_of_a_table_is_published(place, tmp_path, change):
    statement, table = CHANGES[change]
    file = finished(tmp_path, "one", 0.5)
    first = publish(place, file, "r1")
    with duckdb.connect(str(file)) as connection:
        connection.execute(statement)
    second = publish(place, file, "r1")
    changed = {name for name, _ in first.tables.items() ^ second.tables.items()}
    assert (second.number, changed) == (first.number + 1, {table})
    assert lake.verify_snapshot(place) == lake.verify_snapshot(place, first.number) == []


def test_verify_names_a_comment_that_somebody_changed(place, tmp_path):
    published = publish(place, finished(tmp_path, "one", 0.5), "r1")
    facts = {"release": "r1", "edition": "2026", "event": "published", "digest": published.digest}
    with lake.attach_lake(place, writing=True) as connection:
        connection.execute("begin transaction")
        connection.execute("comment on column lake.marts.panel.gdp is 'millions'")
        connection.execute(
            "call lake.set_commit_message('wang', 'forged', extra_info => ?)",
            [json.dumps(facts | {"tables": published.tables})],
        )
        connection.execute("commit")
    assert lake.verify_snapshot(place) == ["marts.panel"]


def test_a_snapshot_of_an_earlier_version_is_named_as_such(place, tmp_path):
    published = publish(place, finished(tmp_path, "one", 0.5), "r1")
    facts = {"release": "r1", "edition": "2026", "event": "published"}
    facts["tables"] = {name: [40, "12345"] for name in published.tables}
    with lake.attach_lake(place, writing=True) as connection:
        connection.execute("begin transaction")
        connection.execute("update lake.results.coefficients set estimate = 0.5")
        connection.execute(
            "call lake.set_commit_message('wang', 'older', extra_info => ?)", [json.dumps(facts)]
        )
        connection.execute("commit")
    with pytest.raises(lake.LakeFailure) as caught:
        lake.verify_snapshot(place)
    assert one(caught.value).code == Code.VERIFY_WAREHOUSE
    publish(place, finished(tmp_path, "one", 0.5), "r1")
    assert lake.verify_snapshot(place) == []


def test_a_reader_of_an_expired_snapshot_is_told_so(place, tmp_path):
    first = publish(place, finished(tmp_path, "one", 0.5), "r1").number
    publish(place, finished(tmp_path, "two", 0.75), "r2")
    with lake.attach_lake(place, writing=True) as connection:
        connection.execute(f"call ducklake_expire_snapshots('lake', versions => [{first}])")
    with pytest.raises(lake.LakeFailure) as caught:
        lake.verify_snapshot(place, first)
    problem = one(caught.value)
    assert (problem.code, problem.fields["number"]) == (Code.UNKNOWN_STATE, first)
    with pytest.raises(lake.LakeFailure) as reading, lake.attach_lake(place) as connection:
        connection.execute(f"select * from lake.marts.panel at (version => {first})").fetchall()
    assert one(reading.value).code == Code.LAKE_FAILED
    assert "published" not in one(reading.value).text


def test_going_back_is_a_snapshot_of_its_own(place, tmp_path):
    file = finished(tmp_path, "one", 0.5)
    first = publish(place, file, "r1")
    publish(place, finished(tmp_path, "two", 0.75), "r2")
    back = publish(place, file, "r1", event="rolled back to")
    assert (back.number, back.event, back.tables) == (3, "rolled back to", first.tables)
    with lake.attach_lake(place) as connection:
        query = "select estimate from lake.results.coefficients"
        assert connection.execute(query).fetchall() == [(0.5,)]


def test_columns_and_tables_may_come_and_go(place, tmp_path):
    file = finished(tmp_path, "one", 0.5)
    publish(place, file, "r1")
    with duckdb.connect(str(file)) as connection:
        connection.execute("alter table marts.panel add column fdi double")
        connection.execute("drop table marts.provinces")
        connection.execute("create table results.audit as select 1 as finding")
    publish(place, file, "r2")
    with lake.attach_lake(place) as connection:
        assert connection.execute("select fdi from lake.marts.panel limit 1").fetchall() == [
            (None,)
        ]
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'lake'"
        )
        assert sorted(name for (name,) in tables.fetchall()) == ["audit", "coefficients", "panel"]
    assert lake.verify_snapshot(place) == lake.verify_snapshot(place, 1) == []


def test_verify_names_the_table_that_somebody_changed(place, tmp_path):
    published = publish(place, finished(tmp_path, "one", 0.5), "r1")
    with lake.attach_lake(place, writing=True) as connection:
        connection.execute("update lake.results.coefficients set estimate = 9")
    assert lake.verify_snapshot(place, published.number) == []
    with pytest.raises(lake.LakeFailure) as caught:
        lake.verify_snapshot(place)  # the newest is nobody's publication
    assert one(caught.value).code == Code.UNKNOWN_STATE
    # the next publication finds the change, although its own tables have not changed
    again = publish(place, finished(tmp_path, "one", 0.5), "r1")
    assert again.number == published.number + 2
    assert lake.verify_snapshot(place) == []


def test_verify_finds_an_object_that_is_gone(place, tmp_path, storage):
    publish(place, finished(tmp_path, "one", 0.5, rows=5000), "r1")
    path = files_of(place, "panel")[0]
    bucket(storage).delete_object(Bucket=BUCKET, Key=path.removeprefix(f"s3://{BUCKET}/"))
    with pytest.raises(lake.LakeFailure) as caught:
        lake.verify_snapshot(place)
    assert (one(caught.value).code, one(caught.value).fields["status"]) == (
        Code.LAKE_STORAGE,
        404,
    )


def bucket(storage: Storage):
    import boto3

    keys = storage.keys("publisher")
    return boto3.client(
        "s3",
        endpoint_url=f"http://{HOST}:{storage.port}",
        region_name="us-east-1",
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )


PUBLISHER = """
import sys, yaml
from pathlib import Path
from living_panel.orchestration import lake
place = lake.Location.model_validate(yaml.safe_load(Path(sys.argv[1]).read_text()))
print("ready", flush=True)
print(lake.publish_snapshot(place, Path(sys.argv[2]), release=sys.argv[3], edition="2026",
                            author=sys.argv[3]).number)
"""


def publisher(place: lake.Location, file: Path, release: str) -> subprocess.Popen[str]:
    """A publication in a process of its own."""
    settings = file.with_suffix(".yml")
    settings.write_text(yaml.safe_dump(place.model_dump()))
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, str(settings), str(file), release],
        cwd=REPOSITORY, env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_two_publishers_at_once(place, tmp_path):
    files = [finished(tmp_path, name, value, 20_000) for name, value in (("a", 0.1), ("b", 0.2))]
    started = [publisher(place, file, file.stem) for file in files]
    for process in started:
        out, problem = process.communicate(timeout=120)
        assert process.returncode == 0, problem
        assert re.search(r"\d", out)
    found = lake.list_snapshots(place)
    assert [s.number for s in found] == [0, 1, 2]
    assert sorted(str(s.release) for s in found[1:]) == ["a", "b"]
    for snapshot in found[1:]:  # neither is half of one and half of the other
        assert lake.verify_snapshot(place, snapshot.number) == []


@pytest.mark.parametrize("moment", ["it begins", "a file is on its way", "a file is there"])
def test_a_killed_publisher_leaves_no_half_snapshot(place, tmp_path, storage, moment):
    publish(place, finished(tmp_path, "one", 0.5), "r1")
    before = lake.list_snapshots(place)
    client, prefix = bucket(storage), place.data.removeprefix(f"s3://{BUCKET}/")

    def objects() -> int:
        return len(client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", []))

    count = objects()
    big = finished(tmp_path, "big", 0.7, 2_000_000)
    with storage.holding() if moment == "a file is on its way" else nullcontext():
        process = publisher(place, big, "r2")
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        if moment == "a file is on its way":
            storage.wait_for_write(lambda: process.poll() is None)
        if moment == "a file is there":
            wait(lambda: objects() > count or process.poll() is not None, "a file", 120, every=0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    after = lake.list_snapshots(place)
    assert after[: len(before)] == before and len(after) - len(before) in (0, 1)
    assert lake.verify_snapshot(place) == []
    # nothing waits for the dead: the next one publishes
    assert publish(place, finished(tmp_path, "three", 0.9), "r3").number == after[-1].number + 1


def test_readers_have_only_read_rights(place, tmp_path, storage, monkeypatch):
    number = publish(place, finished(tmp_path, "one", 0.5), "r1").number
    publish(place, finished(tmp_path, "two", 0.75), "r2")
    rights = storage.keys("reader") | {"PGPASSWORD": PASSWORD, "PYTHONPATH": str(REPOSITORY)}
    environment = os.environ | rights
    query = f"select estimate from lake.results.coefficients at (version => {number})"
    as_reader = place.model_copy(update={"catalog": place.catalog.replace("publisher", "reader")})
    program = (
        "import sys, json; from living_panel.orchestration import lake; "
        "place = lake.Location.model_validate(json.loads(sys.argv[1]))\n"
        "with lake.attach_lake(place) as c: print(c.execute(sys.argv[2]).fetchall())"
    )
    command = [sys.executable, "-c", program, as_reader.model_dump_json(), query]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[(0.5,)]"

    with monkeypatch.context() as other:
        for variable, value in rights.items():
            other.setenv(variable, value)
        script = "\n".join(lake.reader_script(as_reader))
    assert not any(secret in script for secret in storage.keys("reader").values())
    (tmp_path / "lake.sql").write_text(script)
    shell = str(Path(sys.executable).parent / "duckdb")
    command = [shell, "-csv", "-noheader", "-init", str(tmp_path / "lake.sql"), "-c", query]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split()[-1:] == ["0.5"], done.stderr

    if shutil.which("Rscript"):
        program = REPOSITORY / "docs" / "read_lake.R"
        command = ["Rscript", str(program), shell, str(tmp_path / "lake.sql"), query]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.stdout.split()[-1:] == ["0.5"], done.stderr

    attach = lake_connection.setup_statements(as_reader, storage.keys("reader"), writing=True)
    with duckdb.connect(config=lake_connection.OFFLINE) as connection:
        for statement in attach:
            connection.execute(statement)
        with pytest.raises(duckdb.Error):
            connection.execute("create table lake.marts.other as select range from range(5000)")
    assert len(lake.list_snapshots(place)) == 3


# -- failures: each has a code, and what was published stays


@pytest.fixture
def published(place, tmp_path) -> lake.Location:
    publish(place, finished(tmp_path, "one", 0.5), "r1")
    return place


def one(error: lake.LakeFailure) -> Problem:
    (problem,) = error.problems
    return problem


def refused(place: lake.Location, file: Path) -> Problem:
    """Why nothing can be published."""
    with pytest.raises(lake.LakeFailure) as caught:
        publish(place, file, "r2")
    assert PASSWORD not in str(caught.value)
    assert one(caught.value).fix
    return one(caught.value)


@pytest.fixture
def unchanged(published) -> Iterator[None]:
    before = lake.list_snapshots(published)
    yield
    assert lake.list_snapshots(published) == before
    assert lake.verify_snapshot(published) == []


def test_a_full_bucket(published, unchanged, storage, tmp_path):
    with storage.answering(507, "XMinioStorageFull"):
        failure = refused(published, finished(tmp_path, "two", 0.75, 5000))
    assert failure.code == Code.LAKE_STORAGE
    assert failure.fields == {"status": 507, "s3_code": "XMinioStorageFull"}


@pytest.mark.parametrize("code, status", [("ExpiredToken", 400), ("AccessDenied", 403)])
def test_an_expired_credential(published, unchanged, storage, tmp_path, code, status):
    with storage.answering(status, code):
        failure = refused(published, finished(tmp_path, "two", 0.75, 5000))
    assert (failure.code, failure.fields["s3_code"]) == (Code.LAKE_STORAGE, code)


def test_a_revoked_key(published, storage, tmp_path, monkeypatch):
    before = lake.list_snapshots(published)
    with monkeypatch.context() as other:
        other.setenv("AWS_ACCESS_KEY_ID", "revoked")
        failure = refused(published, finished(tmp_path, "two", 0.75, 5000))
    assert failure.code == Code.LAKE_STORAGE
    assert failure.fields == {"status": 403, "s3_code": "InvalidAccessKeyId"}
    assert lake.list_snapshots(published) == before


def test_a_key_that_may_only_read(published, storage, tmp_path, monkeypatch):
    before = lake.list_snapshots(published)
    with monkeypatch.context() as other:
        for variable, value in storage.keys("reader").items():
            other.setenv(variable, value)
        failure = refused(published, finished(tmp_path, "two", 0.75, 5000))
    assert (failure.code, failure.fields["s3_code"]) == (Code.LAKE_STORAGE, "AccessDenied")
    assert lake.list_snapshots(published) == before


def test_keys_that_are_not_set(published, tmp_path, monkeypatch):
    with monkeypatch.context() as other:
        other.delenv("AWS_SECRET_ACCESS_KEY")
        failure = refused(published, finished(tmp_path, "two", 0.75))
    assert failure.code == Code.LAKE_SETTINGS
    assert failure.fields == {"variables": ["AWS_SECRET_ACCESS_KEY"]}


def test_nobody_at_the_storage(published, unchanged, tmp_path):
    port = free_port()
    elsewhere = published.model_copy(update={"endpoint": f"{HOST}:{port}"})
    failure = refused(elsewhere, finished(tmp_path, "two", 0.75, 5000))
    assert (failure.code, failure.fields["port"]) == (Code.LAKE_STORAGE, port)


def test_nobody_at_the_catalog(published, unchanged, tmp_path):
    port = free_port()
    catalog = re.sub(r"port=\d+", f"port={port}", published.catalog)
    failure = refused(
        published.model_copy(update={"catalog": catalog}), finished(tmp_path, "two", 0.75)
    )
    assert (failure.code, failure.fields["port"]) == (Code.LAKE_CATALOG, port)


def test_a_wrong_password(published, unchanged, tmp_path, monkeypatch):
    with monkeypatch.context() as other:
        other.setenv("PGPASSWORD", "wrong")
        failure = refused(published, finished(tmp_path, "two", 0.75))
    assert failure.code == Code.LAKE_CATALOG


def test_a_lost_catalog_is_not_begun_anew(published, database, storage, tmp_path):
    database.sql("create database emptied owner publisher")
    catalog = re.sub(r"dbname=\w+", "dbname=emptied", published.catalog)
    lost = published.model_copy(update={"catalog": catalog})
    failure = refused(lost, finished(tmp_path, "two", 0.75))
    assert failure.code == Code.LAKE_CATALOG
    assert failure.fields["example"].startswith(published.data)
    with pytest.raises(lake.LakeFailure) as caught:
        lake.list_snapshots(lost)
    assert one(caught.value).code == Code.LAKE_CATALOG


def test_the_catalog_goes_away_in_the_middle(published, database, storage, tmp_path):
    before = lake.list_snapshots(published)
    problems: list[Problem] = []

    def work() -> None:
        problems.append(refused(published, finished(tmp_path, "big", 0.75, 30_000)))

    thread = threading.Thread(target=work)
    with storage.holding():
        thread.start()
        storage.wait_for_write(thread.is_alive)
        database.server("stop")
    try:
        thread.join(timeout=120)
    finally:
        database.server("start")
    assert [problem.code for problem in problems] == [Code.LAKE_CATALOG]
    assert lake.list_snapshots(published) == before
    assert lake.verify_snapshot(published) == []


def test_a_catalog_that_is_stopping(published, database, tmp_path):
    session = lake_connection.open_session(published)
    stop = threading.Thread(target=lambda: database.server("stop", "--mode=smart"))
    stop.start()
    try:
        wait(lambda: lake_connection.refusal_state(*published.catalog_address), "its stop", 60)
        failure = refused(published, finished(tmp_path, "two", 0.75))
        assert failure.code == Code.LAKE_CATALOG
    finally:
        session.close()  # a smart stop waits for the last session
        stop.join()
        database.server("start")


def test_another_version_of_the_engine(published, unchanged, tmp_path, monkeypatch):
    with monkeypatch.context() as other:
        other.setattr(duckdb, "__version__", "9.9.9")
        failure = refused(published, finished(tmp_path, "two", 0.75))
    assert failure.code == Code.NOT_INSTALLED
    assert (failure.fields["extension"], failure.fields["engine"]) == (version("duckdb"), "9.9.9")


def test_a_catalog_of_another_format(published, database, tmp_path):
    name = published.keywords["dbname"]
    update = "update ducklake_metadata set value = '{}' where key = 'version'"
    database.sql(update.format("0.1"), name)
    failure = refused(published, finished(tmp_path, "two", 0.75))
    assert failure.code == Code.LAKE_CATALOG and failure.fields["found"] == "0.1"
    database.sql(update.format(failure.fields["expected"]), name)
    assert lake.verify_snapshot(published) == []


@pytest.mark.parametrize(
    "change, key, code",
    [
        ({"catalog": "dbname=lake password=x"}, "catalog", Code.LAKE_SETTINGS),
        ({"catalog": "host=h"}, "catalog", Code.LAKE_SETTINGS),
        ({"catalog": "lake"}, "catalog", Code.LAKE_SETTINGS),
        ({"data": "bucket"}, "data", Code.LAKE_SETTINGS),
        ({"publish": "iceberg"}, "publish", Code.LAKE_SETTINGS),
        ({"bucket": "b"}, "bucket", Code.LAKE_SETTINGS),
    ],
)
def test_settings_that_are_not_understood(tmp_path, change, key, code):
    content = {"publish": "ducklake", "catalog": "dbname=lake", "data": "s3://b/"} | change
    (tmp_path / "publish.yml").write_text(yaml.safe_dump(content))
    with pytest.raises(lake.LakeFailure) as caught:
        lake.load_location(tmp_path)
    problem = one(caught.value)
    assert (problem.code, problem.place.key) == (code, key)


def test_the_file_is_the_default(tmp_path):
    assert lake.load_location(tmp_path) is None


# -- a data root that publishes to a lake


@pytest.fixture
def root(settings: Settings, place: lake.Location) -> Settings:
    """A data root with `publish: ducklake`."""
    settings.root.mkdir(parents=True, exist_ok=True)
    (settings.root / "publish.yml").write_text(yaml.safe_dump(place.model_dump()))
    return settings


def test_a_root_publishes_goes_back_and_verifies(root, place):
    first = publication.publish(root, build_file(root, 1), "r1")
    publication.publish(root, build_file(root, 2), "r2")
    query = "select v from lake.marts.panel"
    with lake.attach_lake(place) as connection:
        assert connection.execute(query).fetchall() == [(2,)]
    back = publication.rollback(root)
    assert back.name.startswith(first.stem)
    found = lake.list_snapshots(place)
    assert [(s.release, s.event) for s in found[1:]] == [
        ("r1", "published"),
        ("r2", "published"),
        ("r1", "rolled back to"),
    ]
    with lake.attach_lake(place) as connection:
        assert connection.execute(query).fetchall() == [(1,)]
    assert target.lake_problems(root) == []
    assert [line.split()[0] for line in target.snapshot_lines(root)] == ["0", "1", "2", "3"]
    with lake.attach_lake(place, writing=True) as connection:
        connection.execute("update lake.marts.panel set v = 9")
    (problem,) = target.lake_problems(root)
    assert Code.UNKNOWN_STATE == problem.code


def test_an_older_root_replaces_the_newest_publication_only_if_somebody_confirms(
    root, place, tmp_path, monkeypatch
):
    publication.publish(root, build_file(root, 1), "r1")
    older = Settings(root=tmp_path / "older", state=tmp_path / "older-state")
    shutil.copytree(root.root, older.root, symlinks=True)
    newest = publication.publish(root, build_file(root, 2), "r2")
    before, shown = lake.list_snapshots(place), older.published.resolve()
    with pytest.raises(lake.LakeFailure) as caught:
        publication.publish(older, build_file(older, 3), "r3")
    problem = one(caught.value)
    assert (problem.code, problem.fields["number"]) == (Code.LAKE_CONFLICT, 2)
    assert problem.fields["release"] == "r2" and newest.exists()
    assert lake.list_snapshots(place) == before and older.published.resolve() == shown
    assert len(list(older.warehouse.glob("*"))) == 1, "nothing of the refused one is left"
    for written in ("1", "yes"):
        monkeypatch.setenv("LIVING_PANEL_REPLACE", written)
        with pytest.raises(lake.LakeFailure) as again:
            publication.publish(older, build_file(older, 3), "r3")
        expected = Code.ENVIRONMENT if written == "yes" else Code.LAKE_CONFLICT
        assert one(again.value).code == expected
    monkeypatch.setenv("LIVING_PANEL_REPLACE", "2")
    publication.publish(older, build_file(older, 3), "r3")
    monkeypatch.delenv("LIVING_PANEL_REPLACE")
    publication.publish(older, build_file(older, 4), "r4")  # now it is its own predecessor
    with pytest.raises(lake.LakeFailure):
        publication.rollback(root)
    fresh = Settings(root=tmp_path / "fresh", state=tmp_path / "fresh-state")
    fresh.root.mkdir()
    shutil.copy(root.root / "publish.yml", fresh.root)
    with pytest.raises(lake.LakeFailure):
        publication.publish(fresh, build_file(fresh, 5), "r5")


def test_a_publication_that_was_stopped_after_the_lake_is_no_other_root_s(root, place, monkeypatch):
    publication.publish(root, build_file(root, 1), "r1")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(publication, "_point", stop)
        publication.publish(root, build_file(root, 2), "r2")
    publication.publish(root, build_file(root, 2), "r2")
    assert target.lake_problems(root) == []


def test_a_lake_that_refuses_leaves_the_link(root, storage):
    publication.publish(root, build_file(root, 1), "r1")
    before = root.published.resolve()
    file = build_file(root, 2)
    with duckdb.connect(str(file)) as connection:  # few rows would be kept in the catalog
        connection.execute("create table marts.prints as select range from range(5000)")
    with storage.answering(507, "XMinioStorageFull"), pytest.raises(lake.LakeFailure) as caught:
        publication.publish(root, file, "r2")
    assert one(caught.value).code == Code.LAKE_STORAGE
    assert root.published.resolve() == before
    assert published_rows(root)["marts.panel"] == 1
    publication.publish(root, build_file(root, 2), "r2")
    assert target.lake_problems(root) == []
