"""A build that is not needed: when that is, and what it then says of its checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from orchestration.assets.dbt_models import _answers, _unchanged
from orchestration.dbt import build_note, project, project_files
from orchestration.root.settings import Settings

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


def test_a_manifest_of_another_project_is_made_anew_however_new_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder copied from another clone, or an older commit checked out under it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "panel.sql").write_text("select 1", encoding="utf-8")
    monkeypatch.setattr(project_files, "DBT_PROJECT", folder)
    monkeypatch.setattr(project, "KEPT_PARSES", tmp_path / "kept")
    monkeypatch.setattr(project.generated_files, "write", lambda: None)
    manifest = tmp_path / "data" / "build" / "dbt" / "manifest.json"
    parsed: list[Settings] = []

    def parse(settings: Settings) -> None:
        parsed.append(settings)
        settings.dbt_target.mkdir(parents=True, exist_ok=True)
        manifest.write_text('{"nodes": {}}', encoding="utf-8")

    monkeypatch.setattr(project, "parse", parse)

    def prepare() -> int:
        before = len(parsed)
        project.prepare(manifest.parent)
        return len(parsed) - before

    assert prepare() == 1 and parsed[0].root == tmp_path / "data"
    (folder / "panel.sql").touch()
    assert prepare() == 0, "touched, and the same"
    (folder / "panel.sql").write_text("select 2", encoding="utf-8")
    os.utime(folder / "panel.sql", (0, 0))
    assert prepare() == 1, "older than its manifest, and another"
    for damaged in ("{", "[]"):
        manifest.write_text(damaged, encoding="utf-8")
        assert prepare() == 1
    manifest.unlink()
    assert prepare() == 1


PREPARE = """
import sys
from pathlib import Path
from orchestration.dbt import project
manifest = Path(sys.argv[1]) / "manifest.json"
def parse(_):
    manifest.write_text("half")
    print("parsing", flush=True)
    sys.stdin.readline()
    manifest.write_text('{"nodes": {}}')
project.parse, project.generated_files.write = parse, lambda: None
project.prepare(manifest.parent)
print(manifest.read_text())
"""


def test_of_commands_that_start_at_once_one_parses_and_the_others_wait_for_it(
    tmp_path: Path,
) -> None:
    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PREPARE, str(tmp_path / "dbt")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    first = start()
    assert first.stdout.readline() == "parsing\n"
    second = start()
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(3)
    for process in (first, second):
        assert process.communicate("\n")[0] == '{"nodes": {}}\n'
