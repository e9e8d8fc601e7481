"""What nothing rests on is listed, and removed on request; what a person can go back to stays."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from living_panel.orchestration.commands import tidy
from living_panel.orchestration.outputs import store
from living_panel.orchestration.root import ledger, state
from living_panel.orchestration.root.settings import Settings


@dg.op
def do_nothing() -> None: ...


@dg.job
def nothing() -> None:
    do_nothing()


def write(settings: Settings, kind: str, name: str, **about: str) -> None:
    manifest = json.dumps({"release_id": "r0", **about}).encode()
    files = {"manifest.json": manifest, "panel.csv": b"0" * 1_000_000}
    store.put(settings.root, kind, name, files)


def entry(artifact: str, release: str) -> dict[str, str]:
    return {"table_id": "t", "artifact_id": artifact, "release_id": release}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A root of nine artifacts on releases of their own; the last pair is nobody's."""
    settings = Settings(root=tmp_path / "data", state=tmp_path / "dagster")
    for number in range(9):
        write(settings, "release", f"r{number}")
        write(settings, "artifact", f"t/a{number}", release_id=f"r{number}")
    root = settings.root
    state.write(root, "release", {"current": "r0", "as_of_2020": "r6"})
    state.write(root, "as_of_2020", [entry("a1", "r1")])
    accepted = {"name": "first", "on": "2026-01-01", "entries": [entry("a2", "r2")]}
    state.write(root, "accepted", [accepted])
    of_set = {"data_set": "s", "edition": "1"}
    state.write(root, "editions", [of_set | entry("a3", "r3")])
    for name, artifact in (("tables.json", "a4"), ("previous.json", "a5")):
        folder = settings.states / "one"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps([entry(artifact, f"r{artifact[1]}")]), "utf-8")
    (folder / "state.json").write_text('{"release_id": "r7"}', encoding="utf-8")
    return settings


def test_only_what_no_list_names_is_removed(settings: Settings) -> None:
    things = tidy.unneeded_things(settings)
    assert [(t.kind, t.name) for t in things] == [
        ("release", "r8"), ("artifact", "t/a0"), ("artifact", "t/a6"), ("artifact", "t/a7"),
        ("artifact", "t/a8"),
    ]  # fmt: skip
    assert tidy.describe(things)[:2] == ["releases: 1, 1.0 MB", "artifacts: 4, 4.0 MB"]
    tidy.remove_things(settings, things)
    assert tidy.unneeded_things(settings) == []
    assert not (settings.releases / "r8").exists() and (settings.artifacts / "t/a5").exists()
    gone = {
        n
        for n, line in ledger.known(settings.root, "artifact").items()
        if line["event"] == "pruned"
    }
    assert gone == {"t/a0", "t/a6", "t/a7", "t/a8"}


def test_a_list_that_cannot_be_read_stops_the_command(settings: Settings) -> None:
    (settings.states / "one" / "tables.json").write_text("[{", encoding="utf-8")
    with pytest.raises(ValueError):
        tidy.unneeded_things(settings)


@pytest.mark.slow
def test_the_newest_runs_stay_in_the_record_of_dagster(settings: Settings) -> None:
    home = settings.state
    home.mkdir()
    storage = {"sqlite": {"base_dir": str(home)}}
    (home / "dagster.yaml").write_text(f"storage: {json.dumps(storage)}\n", encoding="utf-8")
    instance = dg.DagsterInstance.from_config(str(home))
    runs = [nothing.execute_in_process(instance=instance).run_id for _ in range(tidy.KEPT_RUNS + 3)]
    open_run = instance.create_run_for_job(job_def=nothing)
    old = tidy.unneeded_runs(settings, instance)
    assert [run.name for run in old] == runs[2::-1] and all(run.size_bytes for run in old)
    tidy.remove_runs(settings, instance, old)
    kept = [run.run_id for run in instance.get_runs()]
    assert kept == [open_run.run_id, *runs[:2:-1]]
    stored = {path.stem for path in (home / "history" / "runs").glob("*.db")} - {"index"}
    assert stored == set(runs[3:])
    with sqlite3.connect(home / "history" / "runs" / "index.db") as index:
        known = {run for (run,) in index.execute("select distinct run_id from event_logs")}
    assert known.isdisjoint(runs[:3])
    instance.dispose()
