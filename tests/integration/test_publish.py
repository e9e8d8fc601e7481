"""Publish while others read and write: everyone sees an old file or a new one, whole, and the ledger says which."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import duckdb
import pytest

from living_panel.codes import Code
from living_panel.ingestion.files import swap_link
from living_panel.orchestration.assets.publication import (
    KEEP,
    KEPT_RUNS,
    _prune,
    publish,
    rollback,
    rolled_back,
)
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.root import ledger, published, state
from living_panel.orchestration.root.leftovers import remove_leftovers
from living_panel.orchestration.root.readers import published_rows
from living_panel.orchestration.root.settings import Settings
from tests.integration.roots import build_file
from tests.refusals import refuses


def value(settings: Settings) -> int:
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        return connection.execute("select v from marts.panel").fetchall()[0][0]


def test_marts_and_results_are_published_with_keys_and_comments(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    assert published_rows(settings) == {
        "marts.panel": 1,
        "results.artifacts": 1,
        "results.publications": 1,
    }
    settings.published.resolve().chmod(0o644)
    with duckdb.connect(str(settings.published)) as connection:
        said = "select comment from duckdb_{} where table_name = 'panel' and comment is not null"
        assert connection.execute(said.format("tables()")).fetchall() == [("it's a panel",)]
        assert connection.execute(said.format("columns()")).fetchall() == [("a value",)]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("insert into marts.panel values (1, 9)")


def test_the_same_content_again_changes_nothing_and_is_one_line(settings: Settings) -> None:
    first = publish(settings, build_file(settings, 1), "r1")
    stamp = first.stat().st_mtime_ns
    before = ledger.lines(settings.root / "ledger.jsonl")
    assert [line["kind"] for line in before] == ["warehouse", "state"]
    assert publish(settings, build_file(settings, 1), "r1") == first
    assert first.stat().st_mtime_ns == stamp
    assert len(list(settings.warehouse.glob("*.duckdb"))) == 1
    assert ledger.lines(settings.root / "ledger.jsonl") == before


def test_a_reader_keeps_its_file_and_the_next_sees_the_new_one(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    with duckdb.connect(str(settings.published), read_only=True) as reader:
        publish(settings, build_file(settings, 2), "r2")
        assert reader.execute("select v from marts.panel").fetchall() == [(1,)]
        assert value_elsewhere(settings) == 2


def value_elsewhere(settings: Settings) -> int:
    script = (
        "import duckdb,sys; c=duckdb.connect(sys.argv[1], read_only=True);"
        "print(c.execute('select v from marts.panel').fetchall()[0][0])"
    )
    command = [sys.executable, "-c", script, str(settings.published)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


WRITER = """
import duckdb, os, sys, time
os.chmod(os.path.realpath(sys.argv[1]), 0o644)
c = duckdb.connect(sys.argv[1])
c.execute("create table scribble as select 42 as x")
c.execute("update marts.panel set v = 666")
print("written", flush=True)
time.sleep(60)
"""


def test_a_writer_that_dies_leaves_nothing_in_the_next_file(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(settings.published)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline().strip() == "written"
    publish(settings, build_file(settings, 2), "r2")
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert value(settings) == 2
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        names = connection.execute("select name from (show all tables)").fetchall()
    assert ("panel",) in names and ("scribble",) not in names


@pytest.mark.parametrize(
    "written", ["update marts.panel set v = 666", "create table extra as select 1 as x"]
)
def test_a_file_that_somebody_wrote_into_is_never_published_again(
    settings: Settings, written: str
) -> None:
    """Other content, or the same content in other bytes."""
    first = publish(settings, build_file(settings, 1), "r1")
    first.chmod(0o644)
    with duckdb.connect(str(first)) as vandal:
        vandal.execute(written)
    assert publish(settings, build_file(settings, 1), "r1") != first
    assert value(settings) == 1


def test_a_changed_file_is_set_aside_and_nobody_is_led_back_to_it(settings: Settings) -> None:
    first = publish(settings, build_file(settings, 1), "r1")
    second = publish(settings, build_file(settings, 2), "r2")
    for file in (first, second):
        file.chmod(0o644)
        with duckdb.connect(str(file)) as connection:
            connection.execute("update marts.panel set v = 666")
    with refuses(FileNotFoundError, Code.UNKNOWN_STATE):
        rollback(settings)
    publish(settings, build_file(settings, 2), "r2")
    assert ledger.check(settings.root, ("warehouse",)) == []
    assert first.with_name(first.name + ".changed").exists()


def test_rollback_goes_back_one_file_at_a_time(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    with pytest.raises(FileNotFoundError, match="was published before"):
        rollback(settings)
    assert value(settings) == 1
    publish(settings, build_file(settings, 2), "r2")
    publish(settings, build_file(settings, 3), "r3")
    for earlier in (2, 1):
        rollback(settings)
        assert value(settings) == earlier
    publish(settings, build_file(settings, 3), "r3")
    assert value(settings) == 3


def test_a_rollback_is_told_until_a_later_run_ends_it(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    publish(settings, build_file(settings, 2), "r2")
    assert rolled_back(settings) is None
    old = rollback(settings)
    assert rolled_back(settings) is not None
    assert "an earlier file: rolled back on" in status(settings)
    assert ledger.known(settings.root, "warehouse")[old.name]["event"] == "rolled back to"
    assert publication_events(settings)[-1] == ("rolled back to", old.name)
    again = publish(settings, build_file(settings, 2), "r2")
    assert rolled_back(settings) is None and "an earlier file" not in status(settings)
    assert publication_events(settings)[-2:] == [
        ("rolled back to", old.name),
        ("published", again.name),
    ]
    assert rollback(settings).name.startswith("r1"), "the same content anew is no step back"


def test_a_published_file_that_is_gone_is_said(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1").unlink()
    assert "is missing. Remedy: `make run`" in status(settings)


def publication_events(settings: Settings) -> list[tuple[str, str]]:
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        log = "select event, file from results.publications order by number"
        return connection.execute(log).fetchall()


@pytest.mark.long
def test_old_files_are_pruned_by_the_stated_rule(settings: Settings) -> None:
    for number in range(KEEP + 4):
        publish(settings, build_file(settings, number), f"r{number}")
    assert len(list(settings.warehouse.glob("*.duckdb"))) == KEEP
    assert value(settings) == KEEP + 3


def test_pruning_leaves_the_file_to_which_readers_went_back(settings: Settings) -> None:
    """It is none of the newest by the ledger's order of publications."""
    for number in range(2):
        publish(settings, build_file(settings, number), f"r{number}")
    shown = rollback(settings)
    _prune(settings)
    assert shown.exists() and value(settings) == 0


def test_what_dbt_leaves_of_runs_does_not_grow_for_ever(settings: Settings) -> None:
    for number in range(KEPT_RUNS + 3):
        folder = settings.dbt_target / "runs" / str(number)
        folder.mkdir(parents=True)
        os.utime(folder, (number, number))
    publish(settings, build_file(settings, 1), "r1")
    left = {int(folder.name) for folder in (settings.dbt_target / "runs").iterdir()}
    assert left == set(range(3, KEPT_RUNS + 3))


def test_a_publication_cut_short_is_swept_and_never_seen(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    (settings.warehouse / ".r2-x.duckdb.writing").write_bytes(b"half")
    publish(settings, build_file(settings, 2), "r2")
    assert value(settings) == 2
    assert not list(settings.warehouse.glob(".*writing"))


def test_half_written_folders_go_when_their_writer_is_gone(settings: Settings) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    living = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        drift, tables = settings.artifacts / "drift", settings.artifacts / "t04_baseline"
        left = [drift / f".writing-{ended.pid}-a", tables / f".writing-{living.pid}-a"]
        left += [settings.releases / f".writing-{living.pid}-a"]  # ours: written under the lock
        kept, old = drift / f".writing-{living.pid}-a", drift / f".writing-{living.pid}-b"
        for folder in (*left, kept, old):
            folder.mkdir(parents=True)
        os.utime(old, (0, 0))
        publish(settings, build_file(settings, 1), "r1")
        assert kept.exists()  # a comparison somebody is writing now
        assert not any(folder.exists() for folder in (*left, old))
    finally:
        living.kill()
        living.wait()


OPEN = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('create table x as select 1')"


def test_a_published_file_cannot_be_written_into(settings: Settings) -> None:
    """Nor by `.open` in a shell that was started to read: the right to write is not there."""
    file = publish(settings, build_file(settings, 1), "r1")
    assert not file.stat().st_mode & 0o222
    if os.getuid() == 0:
        return  # this user may write whatever the rights are: `make verify` names it
    done = subprocess.run([sys.executable, "-c", OPEN, str(file)], capture_output=True, check=False)
    assert done.returncode


def test_a_state_is_swapped_whole(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped at any link, readers have the old file, list and report, or the new ones."""
    report, new = {"report/index.html": b"one"}, {"report/index.html": b"two"}
    publish(settings, build_file(settings, 1), "r1", report)
    before = settings.publication.readlink()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("living_panel.orchestration.root.published.swap_link", stop)
        publish(settings, build_file(settings, 2), "r2", new)
    assert (value(settings), settings.publication.readlink()) == (1, before)
    assert (settings.root / "report" / "index.html").read_bytes() == b"one"
    publish(settings, build_file(settings, 2), "r2", new)
    assert value(settings) == 2
    assert (settings.root / "report" / "index.html").read_bytes() == b"two"
    rollback(settings)
    assert value(settings) == 1
    assert (settings.root / "report" / "index.html").read_bytes() == b"one"


def test_readers_who_are_led_back_are_named_and_a_rollback_is_none(settings: Settings) -> None:
    """By the link to the state: to its file, or to other pages of the same file."""
    first, second = {"report/index.html": b"one"}, {"report/index.html": b"two"}
    publish(settings, build_file(settings, 1), "r1", first)
    states = [settings.publication.readlink()]
    publish(settings, build_file(settings, 2), "r2", first)
    states.append(settings.publication.readlink())
    publish(settings, build_file(settings, 2), "r2", second)
    assert published.unlike_ledger(settings) is None
    for link, kind in zip(states, ("warehouse", "state"), strict=True):
        swap_link(settings.publication, str(link))
        found = published.unlike_ledger(settings)
        assert found and (found.code, found.fields["kind"]) == (Code.LEDGER_PUBLISHED, kind)
        assert Code.LEDGER_PUBLISHED in status(settings)
    publish(settings, build_file(settings, 2), "r2", second)
    assert published.unlike_ledger(settings) is None
    rollback(settings)
    assert published.unlike_ledger(settings) is None and "LP-LEDGER" not in status(settings)


def test_a_publication_without_its_switch_is_unfinished_unless_its_end_was_noted(
    settings: Settings,
) -> None:
    """A process that is killed after its lines leaves the link and the archive's note as they were."""
    publish(settings, build_file(settings, 1), "r1")
    link, note = settings.publication.readlink(), ledger.witness(settings.root).read_bytes()
    newer = publish(settings, build_file(settings, 2), "r2")
    swap_link(settings.publication, str(link))
    ledger.witness(settings.root).write_bytes(note)
    found = published.unlike_ledger(settings)
    assert found and found.code == Code.PUBLISH and found.fields["last"] == newer.name
    named = published.unlike_ledger(settings, ledger.head(settings.root))
    assert named and named.code == Code.LEDGER_PUBLISHED
    state.write(settings.root, "unfinished", [str(newer)])
    remove_leftovers(settings.root)
    assert published.unlike_ledger(settings) is None


def test_a_ledger_that_is_newer_than_the_publication_says_so(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    (settings.root / "ledger.jsonl").unlink()
    ledger.begin(settings.root, lambda _: None)
    found = published.unlike_ledger(settings)
    assert found and found.code == Code.LEDGER_UNKNOWN
    publish(settings, build_file(settings, 1), "r1")
    assert published.unlike_ledger(settings) is None


def test_a_root_of_an_older_version_is_adopted(settings: Settings) -> None:
    first = publish(settings, build_file(settings, 1), "r1", {"report/index.html": b"one"})
    for name in ("warehouse.duckdb", "report", "state/current.json", "state/previous.json"):
        (settings.root / name).unlink()
    settings.publication.unlink()
    settings.published.symlink_to(f"warehouse/{first.name}")
    (settings.root / "report").mkdir()
    (settings.root / "report" / "index.html").write_bytes(b"older")
    (settings.root / "state" / "current.json").write_text("[]", encoding="utf-8")
    publish(settings, build_file(settings, 2), "r2")
    assert value(settings) == 2
    assert (settings.root / "report" / "index.html").read_bytes() == b"older"
    rollback(settings)
    assert value(settings) == 1
