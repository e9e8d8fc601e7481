"""The validators' environment: made once for a lock, by pip with hashes; without an index an error says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.orchestration.commands.validators import LOCK, STAMP, install_validators
from tests.refusals import refuses


@pytest.mark.long
def test_an_environment_is_made_once_for_a_lock(tmp_path: Path) -> None:
    lock, environment = tmp_path / "empty.lock", tmp_path / "environment"
    lock.write_text("", encoding="utf-8")
    assert install_validators(environment, lock) and not install_validators(environment, lock)
    assert (environment / "bin" / "python").exists()
    lock.write_text("# another lock\n", encoding="utf-8")
    assert install_validators(environment, lock)


@pytest.mark.long
def test_without_an_index_nothing_counts_as_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with refuses(ValueError, Code.NOT_INSTALLED):
        install_validators(tmp_path / "environment")
    assert not (tmp_path / "environment" / STAMP).exists()
    assert LOCK.is_file()
