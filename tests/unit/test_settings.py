"""Folders that dbt and Dagster could not work in are refused with words, not met half-way."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from orchestration.settings import Settings, dagster_home, prepare_environment


@pytest.mark.parametrize("sign", "#?%")
def test_a_folder_in_which_no_database_could_be_opened_is_named(tmp_path: Path, sign: str) -> None:
    odd = tmp_path / f"panel {sign}1"
    for settings in (Settings(root=odd, state=tmp_path), Settings(root=tmp_path, state=odd)):
        with pytest.raises(ValueError, match="panel .*LIVING_PANEL_DATA and DAGSTER_STATE"):
            prepare_environment(settings)
    assert not odd.exists()


def test_dagster_s_file_names_the_folder_whatever_its_name_is(tmp_path: Path) -> None:
    state = tmp_path / 'mine: "北京" #1'
    read = yaml.safe_load(
        (dagster_home(Settings(root=tmp_path, state=state)) / "dagster.yaml").read_text("utf-8")
    )
    assert read["storage"]["sqlite"]["base_dir"] == str(state)
