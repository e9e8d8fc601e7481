"""A refresh is skipped only where every byte that it reads or left is as the last one left it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from living_panel.orchestration.root import last_refresh, state
from living_panel.orchestration.root.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A root as a refresh left it, over a little code of its own."""
    code, root = tmp_path / "code", tmp_path / "data"
    for path, text in {
        code / "estimation" / "module.py": "x = 1",
        root / "archive" / "s" / "2024" / "v" / "a.csv": "1",
        root / "artifacts" / "t" / "i" / "table.md": "0.109",
        root / "landing" / "s" / "2024" / ".keep": "",
        root / "state" / "current.json": "[]",
        root / "warehouse" / "one.duckdb": "bytes",
        root / "build" / "warehouse.duckdb": "bytes",
        root / "build" / "refresh.log": "",
        root / "demo" / "archive" / "a.csv": "of another root",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "warehouse.duckdb").symlink_to("warehouse/one.duckdb")
    monkeypatch.setattr(last_refresh, "REPOSITORY", code)
    found = Settings(root=root, state=tmp_path / "dagster")
    last_refresh.remember(found, "as it was")
    assert last_refresh.unchanged_message(found) == "as it was"
    return found


def test_looking_again_changes_nothing(settings: Settings) -> None:
    (settings.build / "refresh.log").write_text("a line more")
    (settings.root / "demo" / "archive" / "a.csv").write_text("it has its own refresh")
    (last_refresh.REPOSITORY / "estimation" / "__pycache__").mkdir()
    assert (
        last_refresh.unchanged_message(settings)
        == last_refresh.unchanged_message(settings)
        == "as it was"
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda root, code: (code / "estimation" / "module.py").write_text("x = 2"),
        lambda root, code: (root / "landing" / "s" / "2024" / "new.csv").write_text(""),
        lambda root, code: os.mkfifo(root / "landing" / "s" / "2024" / "pipe"),
        lambda root, code: (root / "artifacts" / "t" / "i" / "table.md").write_text("0.310"),
        lambda root, code: (root / "artifacts" / "t" / "i" / "table.md").unlink(),
        lambda root, code: (root / "archive" / "s" / "2024" / "w").mkdir(),
        lambda root, code: (root / "state" / "failures.json").write_text("[]"),
        lambda root, code: (root / "build" / "made" / "refresh.json").write_text('{"made_by"'),
        lambda root, code: (root / "warehouse" / "one.duckdb").write_text("other"),
        lambda root, code: (root / "build" / "warehouse.duckdb").unlink(),
        lambda root, code: (root / "build" / "warehouse.duckdb.wal").write_text(""),
        lambda root, code: (root / "warehouse.duckdb").unlink(),
        lambda root, code: state.write(root, "holder", {"pid": 1}),
    ],
)
def test_whatever_changes_is_looked_into(settings: Settings, change) -> None:
    change(settings.root, last_refresh.REPOSITORY)
    assert last_refresh.unchanged_message(settings) is None


def test_other_settings_libraries_or_folders_of_ones_own_are_looked_into(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "layouts"
    own.mkdir()
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(own))
    assert last_refresh.unchanged_message(settings) is None
    last_refresh.remember(settings, "with layouts")
    assert last_refresh.unchanged_message(settings) == "with layouts"
    (own / "mine.yml").write_text("source: s")
    assert last_refresh.unchanged_message(settings) is None
    (own / "mine.yml").unlink()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", "layouts")
    last_refresh.remember(settings, "with layouts named from here")
    assert last_refresh.unchanged_message(settings) == "with layouts named from here"
    (own / "mine.yml").write_text("source: s")
    assert last_refresh.unchanged_message(settings) is None
    site = tmp_path / "site"
    (site / "numpy-9.dist-info").mkdir(parents=True)
    monkeypatch.setattr(last_refresh.sysconfig, "get_path", lambda _: str(site))
    assert last_refresh.unchanged_message(settings) is None


def test_a_setting_that_names_no_folder_is_looked_into(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVING_PANEL_COVERAGE", "fixture")
    assert last_refresh.unchanged_message(settings) is None
    assert not last_refresh.is_ingested(settings)
    last_refresh.remember(settings, "with a setting")
    monkeypatch.setenv("LIVING_PANEL_COVERAGE", "demo")
    assert last_refresh.unchanged_message(settings) is None
    monkeypatch.setenv("LIVING_PANEL_COVERAGE", "fixture")
    assert last_refresh.unchanged_message(settings) == "with a setting"
    assert last_refresh.unchanged_message(replace(settings, state=settings.root.parent)) is None


def test_a_root_that_another_refresh_works_on_is_not_noted(settings: Settings) -> None:
    with last_refresh.refresh_lock(settings.root, "other", say=print):
        last_refresh.remember(settings, "half of it")
    assert last_refresh.unchanged_message(settings) == "as it was"


def test_as_long_as_a_file_waits_each_refresh_says_what_it_lacks(settings: Settings) -> None:
    (settings.landing / "s" / "2024" / "half.csv").write_text("")
    last_refresh.remember(settings, "with a file that waits")
    assert last_refresh.unchanged_message(settings) is None


def test_nothing_heavy_is_loaded_to_find_nothing_new() -> None:
    heavy = "{'dagster', 'dbt', 'duckdb', 'numpy', 'pandas', 'living_panel.estimation'} & set(sys.modules)"
    names = ("living_panel.orchestration.__main__", "living_panel.orchestration.root.last_refresh")
    imports = f"import sys, {', '.join(names)}"
    script = f"{imports}; assert not {heavy}, {heavy}"
    subprocess.run([sys.executable, "-c", script], check=True)
