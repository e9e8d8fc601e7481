"""A refreshed data root that tests copy instead of each making their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import shared_folder
from tests.integration.rooms import command, copy_root


@pytest.fixture(scope="session")
def refreshed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clone's data root, refreshed once with the few tables; only copied, never written into."""
    shared = shared_folder(tmp_path_factory)
    root, done = shared / "refreshed" / "data", shared / "refreshed" / "done"
    with FileLock(shared / "refreshed.lock"):
        if not done.exists():
            copy_root(checkout / "data", root)
            said = command(root, "run")
            assert said.returncode == 0, said.stdout[-2000:] + said.stderr[-3000:]
            done.touch()
    return root
