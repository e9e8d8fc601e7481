"""A workspace: its settings, what it names in the environment, and papers on data of their own."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.orchestration.__main__ import command_list
from living_panel.orchestration.commands.init import make_workspace, workspace_files
from living_panel.orchestration.root.settings import WORKSPACE_FILE, find_workspace
from living_panel.orchestration.root.workspace import (
    WrongWorkspace,
    enter_workspace,
    read_workspace,
)
from living_panel.problems import WITHOUT_MAKE, ProblemError, name_commands


def test_a_workspace_is_found_from_every_folder_below(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "my-study")
    assert find_workspace(folder / "papers") == folder
    assert find_workspace(tmp_path) is None
    assert read_workspace(folder).name == "my-study"
    assert (folder / ".git").is_dir()


def test_the_files_of_a_workspace_name_no_command_of_make() -> None:
    files = workspace_files("my-study", "none")
    commands = "|".join(command_list().commands.keys() - {"docs"})
    for name, content in files.items():
        text = content.decode()
        assert not re.search(rf"\bmake ({commands})\b", text), name
        assert name.endswith(".json") or "estimation/papers" not in text, name
    guide = files["docs/papers.md"].decode()
    assert "\nliving-panel try papers/growth_2026/specs/growth_2026_first.yml" in guide
    assert "\nliving-panel run --paper growth_2026 " in guide


def test_a_folder_with_something_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(WrongWorkspace) as error:
        make_workspace(tmp_path)
    assert error.value.codes == [Code.NAME_TAKEN]
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_entering_names_folders_and_respects_what_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PAPERS", "CATALOG"):
        monkeypatch.setenv(f"LIVING_PANEL_{name}", "")
        monkeypatch.delenv(f"LIVING_PANEL_{name}")
    monkeypatch.setenv("DAGSTER_STATE", "")
    monkeypatch.delenv("DAGSTER_STATE")
    monkeypatch.setenv("LIVING_PANEL_DATA", "/elsewhere")
    monkeypatch.setenv(WITHOUT_MAKE, "")
    folder = make_workspace(tmp_path / "my-study")
    enter_workspace(folder)
    assert os.environ["LIVING_PANEL_PAPERS"] == str(folder / "papers")
    assert os.environ["LIVING_PANEL_DATA"] == "/elsewhere"
    assert not Path(os.environ["LIVING_PANEL_CATALOG"]).exists()
    assert name_commands("`make run`") == "`living-panel run`"


@pytest.mark.parametrize("text", ["workspace: 2\nname: x", "workspace: 1", "workspace: [", "a: b"])
def test_wrong_settings_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / WORKSPACE_FILE).write_text(text)
    with pytest.raises(ProblemError) as error:
        read_workspace(tmp_path)
    assert error.value.codes == [Code.WORKSPACE]
