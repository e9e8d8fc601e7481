"""Folders that dbt and Dagster could not work in are refused with words, not met half-way."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from living_panel.codes import Code
from living_panel.orchestration.__main__ import READER_GONE
from living_panel.orchestration.root.settings import (
    PREFIX,
    REPOSITORY,
    VARIABLES,
    Settings,
    UnknownVariable,
    dagster_home,
    prepare_environment,
    refuse_unknown_variables,
)
from tests.fixtures import small_root
from tests.integration.loaded_program import run_command
from tests.refusals import refuses


@pytest.mark.parametrize("sign", "#?%")
def test_a_folder_in_which_no_database_could_be_opened_is_named(tmp_path: Path, sign: str) -> None:
    odd = tmp_path / f"panel {sign}1"
    for settings in (Settings(root=odd, state=tmp_path), Settings(root=tmp_path, state=odd)):
        with refuses(ValueError, Code.ROOT):
            prepare_environment(settings)
    assert not odd.exists()


@pytest.mark.long
def test_a_terminal_that_knows_no_chinese_is_told_what_it_can_show(tmp_path: Path) -> None:
    root = tmp_path / "北京"
    root.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "living_panel", "status"], capture_output=True, text=True, check=False,
        env=small_root.environment(root) | {"PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert r"\u5317\u4eac" in done.stdout and "Failures    none" in done.stdout


@pytest.mark.long
def test_a_reader_that_ends_first_hears_no_complaint(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "living_panel", "status"]
    with subprocess.Popen(
        command,
        env=small_root.environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (READER_GONE, b"")


def test_dagster_s_file_names_the_folder_whatever_its_name_is(tmp_path: Path) -> None:
    state = tmp_path / 'mine: "北京" #1'
    read = yaml.safe_load(
        (dagster_home(Settings(root=tmp_path, state=state)) / "dagster.yaml").read_text("utf-8")
    )
    assert read["storage"]["sqlite"]["base_dir"] == str(state)


def test_a_variable_that_nothing_reads_is_refused_with_one_that_is_similar() -> None:
    named = {f"{PREFIX}DATA": "/data", "OTHER": "1"}
    refuse_unknown_variables(named)
    with pytest.raises(UnknownVariable) as error:
        refuse_unknown_variables(
            named | {f"{PREFIX}STORAGE": "postgres", f"{PREFIX}NOTIFI": "mail"}
        )
    assert error.value.codes == [Code.ENVIRONMENT] * 2
    assert [p.fields["name"] for p in error.value.problems] == [
        f"{PREFIX}NOTIFI",
        f"{PREFIX}STORAGE",
    ]
    assert [p.fields["near"] for p in error.value.problems] == [f"{PREFIX}NOTIFY", "none"]


def test_every_command_refuses_an_unknown_variable_of_a_settings_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "living_panel", "status"], capture_output=True, text=True, check=False,
        env=small_root.environment(tmp_path) | {f"{PREFIX}STORAGE": "postgres"},
    )  # fmt: skip
    assert done.returncode == 1 and Code.ENVIRONMENT in done.stderr, done.stderr
    assert not any(tmp_path.iterdir())


def test_the_list_holds_every_variable_that_the_project_names() -> None:
    files = subprocess.run(
        ["git", "grep", "-hoE", f"{PREFIX}[A-Z]+[A-Z_]*[A-Z]", "--", ".", ":!tests/unit/test_settings.py",
         ":!docs/errors"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    named = {name for name in files.stdout.split() if not re.fullmatch(f"{PREFIX}PG", name)}
    assert named == VARIABLES


@pytest.mark.long
def test_a_data_root_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    root = tmp_path / "misspelt"
    for command in ("run", "status", "verify", "dev", "accept"):
        done = run_command(
            [command, *(["x"] if command == "accept" else [])],
            REPOSITORY,
            small_root.environment(root),
        )
        assert done.returncode == 1 and Code.ROOT in done.stderr, (command, done.stderr)
        assert not any(tmp_path.iterdir())
    loaded = subprocess.run(
        [sys.executable, "-c", "import living_panel.orchestration.definitions"], cwd=REPOSITORY,
        capture_output=True, text=True, check=False, env=small_root.environment(root),
    )  # fmt: skip
    assert Code.ROOT in loaded.stderr and not any(tmp_path.iterdir())
