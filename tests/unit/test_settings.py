"""Folders that dbt and Dagster could not work in are refused with words, not met half-way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from orchestration.root.settings import Settings, dagster_home, prepare_environment
from tests.fixtures import small_root


@pytest.mark.parametrize("sign", "#?%")
def test_a_folder_in_which_no_database_could_be_opened_is_named(tmp_path: Path, sign: str) -> None:
    odd = tmp_path / f"panel {sign}1"
    for settings in (Settings(root=odd, state=tmp_path), Settings(root=tmp_path, state=odd)):
        with pytest.raises(ValueError, match="panel .*LIVING_PANEL_DATA and DAGSTER_STATE"):
            prepare_environment(settings)
    assert not odd.exists()


def test_a_terminal_that_knows_no_chinese_is_told_what_it_can_show(tmp_path: Path) -> None:
    root = tmp_path / "北京"
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", "status"], capture_output=True, text=True, check=False,
        env=small_root.environment(root) | {"PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert r"\u5317\u4eac" in done.stdout and "Failures    none" in done.stdout


def test_dagster_s_file_names_the_folder_whatever_its_name_is(tmp_path: Path) -> None:
    state = tmp_path / 'mine: "北京" #1'
    read = yaml.safe_load(
        (dagster_home(Settings(root=tmp_path, state=state)) / "dagster.yaml").read_text("utf-8")
    )
    assert read["storage"]["sqlite"]["base_dir"] == str(state)
