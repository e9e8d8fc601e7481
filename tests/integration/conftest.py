"""A refreshed data root that tests copy instead of each making their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from living_panel.orchestration.root.settings import Settings
from tests.conftest import made_once
from tests.fixtures import small_root
from tests.integration.roots import command, copy_root, run_small


@pytest.fixture(scope="session")
def refreshed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clone's data root, refreshed once with the few tables; only copied, never written into."""

    def copy_and_run(folder: Path) -> None:
        root = copy_root(checkout / "data", folder / "data")
        done = command(root, "run")
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]

    return made_once(tmp_path_factory, "refreshed", copy_and_run) / "data"


@pytest.fixture(scope="session")
def refreshed_small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest root, refreshed once, in a folder of any name; only copied, never written into."""
    root = Path("o'brien's [2026]: 北京", "data")

    def make(folder: Path) -> None:
        small_root.first_edition(folder / root)
        done = run_small(folder / root)
        assert done.returncode == 0, done.stderr[-3000:]

    return made_once(tmp_path_factory, "small", make) / root


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of a small paper, as this code makes it."""
    # here: the environment of Spark has no library for packages
    from tests.fixtures.packed_paper import pack
    from tests.fixtures.stored_version import PAPER

    folder = made_once(tmp_path_factory, "packed", lambda folder: print(pack(PAPER, folder)))
    (file,) = (folder / "packages").glob("*.zip")
    return file


@pytest.fixture
def root(refreshed: Path, tmp_path: Path) -> Path:
    """A data root on which a refresh of the few tables has succeeded, to write into."""
    return copy_root(refreshed, tmp_path / "data")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(root=tmp_path / "data", state=tmp_path / "state")


@pytest.fixture(scope="module")
def warehouse(checkout: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The clone's published warehouse, to be read."""
    path = (checkout / "data" / "warehouse.duckdb").resolve()
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection
