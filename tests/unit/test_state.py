"""The notes of a data root: read whole, named when damaged, set aside by the next refresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.orchestration.root import state
from tests.refusals import refuses

ENTRY = {"table_id": "t04_baseline", "artifact_id": "a" * 16, "release_id": "b" * 16}


def test_a_note_is_read_as_it_was_written_and_is_empty_before(tmp_path: Path) -> None:
    assert state.read(tmp_path, "current") == [] and state.read(tmp_path, "release") == {}
    state.write(tmp_path, "as_of_2023", [ENTRY])
    assert state.read(tmp_path, "as_of_2023") == [ENTRY]
    assert state.vantages(tmp_path) == ["as_of_2023"]


@pytest.mark.parametrize("content", ["[{", "", "{}", '[{"table_id": "t"}]', "[1]", "null", "\xff"])
def test_a_damaged_note_is_named_with_its_remedy_and_set_aside(
    tmp_path: Path, content: str
) -> None:
    file = state.path(tmp_path, "current")
    file.parent.mkdir()
    file.write_bytes(content.encode("latin-1"))
    with refuses(state.Damaged, Code.DAMAGED):
        state.read(tmp_path, "current")
    said: list[str] = []
    state.mend(tmp_path, said.append)
    assert "current.json" in said[0]
    assert state.read(tmp_path, "current") == []
    assert file.with_suffix(".damaged").read_bytes() == content.encode("latin-1")
