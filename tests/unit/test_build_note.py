"""A build that is not needed: when that is, and what it then says of its checks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from living_panel.orchestration.assets.dbt_models import _answers, _unchanged
from living_panel.orchestration.dbt import build_note, project, project_files
from living_panel.orchestration.root import made
from living_panel.orchestration.root.settings import Settings

PANEL = dg.AssetKey(["marts", "panel"])
MADE = {
    "inputs": "abc",
    "run": "1f0e",
    "at": "2026-11-26T10:00:00+00:00",
    "checks": {"marts/panel: bounds": True, "marts/panel: growth": False},
}


def context(*checks: str) -> Any:
    return SimpleNamespace(
        assets_def=SimpleNamespace(asset_deps={PANEL: set()}),
        selected_asset_keys={PANEL},
        selected_asset_check_keys={dg.AssetCheckKey(PANEL, name) for name in checks},
    )


def test_a_check_of_a_skipped_build_is_as_the_run_that_made_it_found_it() -> None:
    table, *checks = _unchanged(context("bounds", "growth"), MADE)
    assert table.asset_key == PANEL
    assert {c.check_name: c.passed for c in checks} == {"bounds": True, "growth": False}
    for event in (table, *checks):
        assert event.metadata["since run"].run_id == "1f0e"
        assert "2026-11-26T10:00:00" in str(event.metadata["of"])


def test_a_build_whose_note_does_not_know_a_check_is_made_anew() -> None:
    assert _answers(context("bounds"), MADE)
    assert not _answers(context("bounds", "coverage"), MADE)
    assert not _answers(context("bounds"), {"inputs": "abc"})


@pytest.mark.parametrize("note", [{"marts": "abc"}, {"marts": {**MADE, "inputs": "abd"}}, {}])
def test_other_inputs_or_a_note_of_an_older_form_are_no_build(tmp_path: Path, note: Any) -> None:
    file = tmp_path / "build" / "warehouse.duckdb"
    file.parent.mkdir()
    file.touch()
    build_note.remember(tmp_path, file, note)
    assert build_note.made_from(tmp_path, file, "marts", "abc") is None
    build_note.remember(tmp_path, file, {"marts": MADE})
    assert build_note.made_from(tmp_path, file, "marts", "abc") == MADE
    assert build_note.made_from(tmp_path, file, "marts", "abc", "others") is None


def test_a_new_comparison_leaves_the_other_inputs_of_the_results_as_they_are(
    tmp_path: Path,
) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")

    def hashes() -> list[str]:
        asked = (build_note.inputs_of_results, build_note.inputs_of_others)
        return [build_note.fingerprint(of(settings), {}, settings.root) for of in asked]

    def manifest(place: str) -> None:
        path = settings.artifacts / place / "manifest.json"
        path.parent.mkdir(parents=True)
        path.write_text("{}", encoding="utf-8")

    manifest("t04_baseline/a1")
    whole, others = hashes()
    manifest("drift/b2")
    compared, same = hashes()
    assert compared != whole and same == others
    manifest("t05_long_run/c3")
    assert hashes()[1] != others


class Parses:
    """A dbt project of one file, whose parses are counted and write what dbt would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.kept, self._patch = folder / "project", folder / "kept", monkeypatch
        self.folder.mkdir()
        (self.folder / "panel.sql").write_text("select 1", encoding="utf-8")
        self.went_on: list[bool] = []
        monkeypatch.setattr(project.generated_files, "write", lambda: None)
        monkeypatch.setattr(project, "parse", self.parse)
        monkeypatch.setattr("sys.dont_write_bytecode", False)
        self.use(self.folder, self.kept)

    def use(self, folder: Path, kept: Path) -> None:
        """Have the project in this folder, with these kept parses."""
        for module in (project, project_files):
            self._patch.setattr(module, "DBT_PROJECT", folder)
        self._patch.setattr(made, "FOLDER", kept)

    def parse(self, settings: Settings) -> None:
        partial = settings.dbt_target / project.PARTIAL_PARSE
        self.went_on.append(partial.exists())
        partial.write_text(f"of {project.DBT_PROJECT}", encoding="utf-8")
        (settings.dbt_target / "manifest.json").write_text('{"nodes": {}}', encoding="utf-8")

    def prepare(self, root: Path) -> int:
        """Number of parses that preparing a root takes."""
        before = len(self.went_on)
        project.prepare(Settings(root, root))
        return len(self.went_on) - before


@pytest.fixture
def parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parses:
    return Parses(tmp_path, monkeypatch)


def test_a_manifest_of_another_project_is_made_anew_however_new_it_is(
    tmp_path: Path, parses: Parses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older commit checked out under it."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)  # nothing is kept
    root, sql = tmp_path / "data", parses.folder / "panel.sql"
    manifest = root / "build" / "dbt" / "manifest.json"
    assert parses.prepare(root) == 1
    sql.touch()
    assert parses.prepare(root) == 0, "touched, and the same"
    sql.write_text("select 2", encoding="utf-8")
    os.utime(sql, (0, 0))
    assert parses.prepare(root) == 1, "older than its manifest, and another"
    for damaged in ("{", "[]"):
        manifest.write_text(damaged, encoding="utf-8")
        assert parses.prepare(root) == 1
    manifest.unlink()
    assert parses.prepare(root) == 1
    assert parses.went_on == [False, True, True, True, True], "dbt parses what has changed"


def test_another_root_takes_the_parse_over(tmp_path: Path, parses: Parses) -> None:
    one, other, third = (tmp_path / name for name in ("one", "other", "third"))
    assert [parses.prepare(root) for root in (one, other, other)] == [1, 0, 0]
    manifests = [root / "build" / "dbt" / "manifest.json" for root in (one, other)]
    assert manifests[0].read_bytes() == manifests[1].read_bytes()
    next(parses.kept.glob("*.json")).write_text("{", encoding="utf-8")
    assert parses.prepare(third) == 1
    (parses.folder / "panel.sql").write_text("select 2", encoding="utf-8")
    assert [parses.prepare(root) for root in (one, other, third)] == [1, 0, 0]
    (file,) = parses.kept.glob("*.json")
    assert len(json.loads(file.read_bytes())["results"]) == 1, "nothing older is kept"


def test_a_copied_checkout_is_parsed_in_its_own_place(tmp_path: Path, parses: Parses) -> None:
    """In a manifest of the other place dbt would look for the seeds there."""
    root, copy = tmp_path / "data", tmp_path / "copy"
    assert parses.prepare(root) == 1
    for name in ("project", "kept", "data"):
        shutil.copytree(tmp_path / name, copy / name)
    parses.use(copy / "project", copy / "kept")
    assert parses.prepare(copy / "data") == 1
    assert parses.went_on == [False, False], "nothing of the other place is gone on from"
    assert parses.prepare(copy / "another") == 0


PREPARE = """
import sys
from pathlib import Path
from living_panel.orchestration.dbt import project
from living_panel.orchestration.root import made
from living_panel.orchestration.root.settings import Settings
settings = Settings(Path(sys.argv[1]), Path(sys.argv[1]))
manifest = settings.dbt_target / "manifest.json"
made.FOLDER = settings.root / "kept"
def parse(_):
    manifest.write_text("half")
    print("parsing", flush=True)
    sys.stdin.readline()
    manifest.write_text('{"nodes": {}}')
project.parse, project.generated_files.write = parse, lambda: None
project.prepare(settings)
print(manifest.read_text())
"""


@pytest.mark.long
def test_of_commands_that_start_at_once_one_parses_and_the_others_wait_for_it(
    tmp_path: Path,
) -> None:
    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PREPARE, str(tmp_path)],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    first = start()
    assert first.stdout.readline() == "parsing\n"
    second = start()
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(3)
    for process in (first, second):
        assert process.communicate("\n")[0] == '{"nodes": {}}\n'
