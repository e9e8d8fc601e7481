"""Settings of the lake: none, a file without a lake, and one that is not YAML."""

from __future__ import annotations

from pathlib import Path

from living_panel.codes import Code
from living_panel.orchestration.lake.location import FILE, LakeFailure, load_location
from tests.refusals import refuses


def test_without_settings_or_with_a_file_there_is_no_lake(tmp_path: Path) -> None:
    assert load_location(tmp_path) is None
    (tmp_path / FILE).write_text("publish: file\n", encoding="utf-8")
    assert load_location(tmp_path) is None


def test_settings_that_are_no_yaml_are_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("publish: [ducklake\n", encoding="utf-8")
    with refuses(LakeFailure, Code.LAKE_SETTINGS):
        load_location(tmp_path)
