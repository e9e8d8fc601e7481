"""A workspace: its settings, what it names in the environment, and papers on data of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ingestion.problems import WITHOUT_MAKE, ProblemError, name_commands
from orchestration.assets.verification import NO_PROBLEM
from orchestration.commands.init import make_workspace
from orchestration.root import codes
from orchestration.root.settings import WORKSPACE_FILE, find_workspace
from orchestration.root.workspace import WrongWorkspace, enter_workspace, read_workspace

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = REPOSITORY / "estimation" / "papers" / "munnell_1990" / "data" / "panel.csv"


def call(folder: Path, *arguments: str, python: str = sys.executable) -> str:
    """Call a command in a folder, as a person does whose shell names nothing of this project."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIVING_PANEL_", "DAGSTER_"))}
    code = clean | ({"PYTHONPATH": str(REPOSITORY)} if python == sys.executable else {})
    done = subprocess.run(
        [python, "-m", "orchestration", *arguments], cwd=folder, env=code, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_a_workspace_is_found_from_every_folder_below(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "my-study")
    assert find_workspace(folder / "papers") == folder
    assert find_workspace(tmp_path) is None
    assert read_workspace(folder).name == "my-study"
    assert (folder / ".git").is_dir()


def test_a_folder_with_something_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(WrongWorkspace) as error:
        make_workspace(tmp_path)
    assert error.value.codes == [codes.WORKSPACE_EXISTS.name]
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
    assert error.value.codes == [codes.WORKSPACE_FORM.name]


def files_of_git(*arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-z", *arguments], cwd=REPOSITORY, capture_output=True, check=True
    )
    names = done.stdout.decode().split("\0")
    return [name for name in names if name and (REPOSITORY / name).is_file()]


def built_wheel(folder: Path) -> Path:
    """The wheel of this checkout, built in a copy: a build leaves files next to its sources."""
    copy = folder / "copy"
    for name in files_of_git("--cached", "--others", "--exclude-standard"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, copy / name)
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "build", "--wheel", "-q", "-o", folder, copy], check=True)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_installed_wheel_works_in_an_empty_folder(tmp_path: Path) -> None:
    """All but the dependencies, which are those of this environment."""
    wheel = built_wheel(tmp_path / "dist")
    tracked = files_of_git("ingestion", "estimation", "orchestration")
    assert set(tracked) <= set(zipfile.ZipFile(wheel).namelist())
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    site = next(environment.glob("lib/*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    others = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "dependencies.pth").write_text(others)
    for name in ("dbt", "dagster"):
        (environment / "bin" / name).symlink_to(Path(sys.executable).parent / name)
    python = str(environment / "bin" / "python")
    folder = tmp_path / "my-study"
    call(tmp_path, "init", "my-study", python=python)
    call(folder, "new-paper", "states_2026", "--data", str(DATA), python=python)
    assert r"public\_capital" in call(folder, "try", "states_2026_first", python=python)
    assert "succeeded" in call(folder, "run", python=python)
    assert NO_PROBLEM in call(folder, "verify", python=python)
    assert (folder / "data" / "report" / "index.html").is_file()
    said = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=folder, capture_output=True
    )
    assert b"data/" not in said.stdout.replace(b"states_2026/data/", b"")
