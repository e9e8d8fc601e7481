"""The next command with the lock removes what a stopped one left, and nothing that somebody else made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.ingestion.digests import sha256_of
from living_panel.orchestration.root import accepted, ledger, state
from living_panel.orchestration.root.instance import Unreachable, open_instance
from living_panel.orchestration.root.leftovers import NOTE, OUTSIDE, unfinished_files
from living_panel.orchestration.root.lock import refresh_lock
from living_panel.orchestration.root.made import made_in
from living_panel.orchestration.root.settings import Settings, prepare_environment
from tests.refusals import refuses

ENTRIES = [{"table_id": "t", "artifact_id": "a", "release_id": "r"}]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data" / "warehouse").mkdir(parents=True)
    return Settings(root=tmp_path / "data", state=tmp_path / "state")


def next_command(settings: Settings) -> None:
    with refresh_lock(settings.root, "next", say=lambda _: None):
        pass


def test_a_note_removes_what_it_names_and_nothing_that_it_cannot_name(
    settings: Settings, tmp_path: Path
) -> None:
    """A stranger's root may name any file: only warehouse files and half backups go."""
    mine = [settings.warehouse / "r-c.duckdb", tmp_path / f".backup.tar.gz{OUTSIDE}"]
    others = [tmp_path / "thesis.tex", tmp_path / "r-c.duckdb", settings.root / "ledger.jsonl"]
    for file in (*mine, *others):
        file.write_text("")
    state.write(settings.root, NOTE, [str(file) for file in (*mine, *others)])
    next_command(settings)
    assert not any(file.exists() for file in mine) and all(file.exists() for file in others)
    assert not state.path(settings.root, NOTE).exists()


def test_files_of_a_failed_block_go_and_those_that_were_there_stay(settings: Settings) -> None:
    before, made = settings.warehouse / "a.duckdb", settings.warehouse / "b.duckdb"
    before.write_text("")
    with pytest.raises(ZeroDivisionError), unfinished_files(settings, before, made):
        made.write_text("")
        1 / 0  # noqa: B018
    assert before.exists() and not made.exists()
    with unfinished_files(settings, made):
        made.write_text("")
        assert state.read(settings.root, NOTE) == [str(made)]
    next_command(settings)
    assert made.exists() and state.read(settings.root, NOTE) == []


def test_the_published_file_stays_though_the_note_was_not_taken_away(settings: Settings) -> None:
    file = settings.warehouse / "r-c.duckdb"
    file.write_text("")
    (settings.states / "r-c").mkdir(parents=True)
    (settings.states / "r-c" / "warehouse.duckdb").symlink_to("../../warehouse/r-c.duckdb")
    settings.publication.symlink_to("states/r-c")
    settings.published.symlink_to("published/warehouse.duckdb")
    state.write(settings.root, NOTE, [str(file)])
    next_command(settings)
    assert file.exists() and settings.published.exists()


def test_what_is_written_aside_goes_with_its_writer(settings: Settings) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    root, hexadecimal = settings.root, "0a1b2c3d"
    gone = [
        root / "state" / f".next.json.{ended.pid}-{hexadecimal}.tmp",
        root / "accepted" / f".writing-{ended.pid}-x" / "index.html",
        root / "states" / f".writing-{os.getpid()}-x" / "state.json",
        root / "warehouse" / ".r-c.duckdb.writing",
        root / "build" / "as_of_2023" / "warehouse.duckdb",
        root / ".restoring" / "a",
    ]
    kept = [
        root / "state" / f".next.json.{os.getpid()}-{hexadecimal}.tmp",
        root / "accepted" / f".writing-{os.getpid()}-x" / "index.html",
        root / "build" / "as_of_2024" / "warehouse.duckdb",
        root / "accepted" / "r-c" / "index.html",
    ]
    made_in(root, "builds").put({"build/as_of_2024/warehouse.duckdb": ("", {})})
    for file in (*gone, *kept):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    (root / ".published.next").symlink_to("states/none")
    next_command(settings)
    assert [file for file in gone if file.exists()] == []
    assert [file for file in kept if not file.exists()] == []
    assert not (root / ".published.next").is_symlink()


@pytest.mark.parametrize("after_the_line", [False, True])
def test_an_acceptance_is_undone_before_its_line_and_finished_after_it(
    settings: Settings, after_the_line: bool
) -> None:
    accepted.accept_entries(settings, "first", ENTRIES)
    listed = state.path(settings.root, "accepted")
    before = listed.read_bytes()
    made = settings.root / "accepted" / ".next"
    (made / "r-c").mkdir(parents=True)
    (made / "r-c" / "index.html").write_text("page")
    content = json.dumps([*json.loads(before), {"name": "b", "on": "2026-01-01", "entries": []}])
    (made / "accepted.json").write_text(content)
    if after_the_line:
        sha256 = sha256_of(made / "accepted.json")[0]
        ledger.append(settings.root, "accepted", "accepted", "published", sha256)
    next_command(settings)
    assert listed.read_bytes() == (content.encode() if after_the_line else before)
    assert (settings.root / "accepted" / "r-c" / "index.html").exists() is after_the_line
    assert not made.exists() and ledger.check(settings.root, ("accepted",)) == []


def test_a_path_that_is_too_long_for_sqlite_is_named_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path
    while len(str(folder)) < 600:
        folder = folder / ("x" * 60)
    folder.mkdir(parents=True)
    for name in ("DAGSTER_HOME", "LIVING_PANEL_DATA"):  # set by the next line: put back afterwards
        monkeypatch.setenv(name, "")
    settings = Settings(root=folder / "data", state=folder / "state")
    prepare_environment(settings)
    with refuses(Unreachable, Code.DISK_ACCESS):
        open_instance(settings)
