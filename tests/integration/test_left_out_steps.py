"""A refresh leaves out the steps up to the panel's release where nothing came in, and after any change runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from living_panel.orchestration.assets.in_store import find_panel
from living_panel.orchestration.root import last_refresh, state
from living_panel.orchestration.root.ledger import file_of
from living_panel.orchestration.root.published import ABOUT
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import small_root
from tests.integration.roots import copy_root, run_small
from tests.integration.test_ledger import flip, one

RECEIPT_LINE = re.compile(r'("kind": ?"receipt".*?"sha256": ?")[0-9a-f]')


@pytest.fixture
def noted(refreshed_small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of a refreshed root, noted as if its refresh had been made in this place."""
    root = copy_root(refreshed_small, tmp_path / "data")
    for name, value in small_root.environment(root).items():
        if name.startswith(("LIVING_PANEL_", "DAGSTER_")):
            monkeypatch.setenv(name, value)
    settings = Settings(root, Path(os.environ["DAGSTER_STATE"]))
    last_refresh.remember(settings, "as it was")
    assert find_panel(settings)
    return settings


def point_elsewhere(root: Path) -> None:
    """Say that another release is published."""
    about = root / "published" / ABOUT
    about.write_text(json.dumps(json.loads(about.read_text()) | {"release_id": "0" * 16}))


def alter_receipt_line(root: Path) -> None:
    """Change the sha256 that the ledger has of a receipt."""
    ledger = file_of(root, "receipt")
    text, number = RECEIPT_LINE.subn(r"\1x", ledger.read_text(encoding="utf-8"), count=1)
    assert number == 1
    ledger.write_text(text, encoding="utf-8")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file that came in": lambda r: (r / "landing" / "new.csv").write_text("x"),
    "a folder in the archive": lambda r: (r / "archive" / "customs" / "2031").mkdir(parents=True),
    "archived bytes": lambda r: flip(one(r, "archive/*/*/*/*.csv")),
    "an extracted part": lambda r: flip(one(r, "extracted/*/*/*/part.parquet")),
    "the build file": lambda r: os.utime(r / "build" / "warehouse.duckdb", (1, 1)),
    "no note of builds": lambda r: (r / "build" / "made" / "builds.json").unlink(),
    "no note of the refresh": lambda r: (r / "build" / "made" / "refresh.json").unlink(),
    "the panel of the release": lambda r: flip(one(r, "releases/[0-9a-f]*/panel.parquet")),
    "another published release": point_elsewhere,
    "a receipt in the ledger": alter_receipt_line,
    "a recorded failure": lambda r: state.write(
        r, "failures", [{"at": "", "run_id": "1", "job": "refresh", "message": ""}]
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_steps_of_the_panel_run_after_any_change(noted: Settings, change: str) -> None:
    CHANGES[change](noted.root)
    assert find_panel(noted) is None


def test_other_settings_run_the_steps_of_the_panel(
    noted: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", "elsewhere")
    assert find_panel(noted) is None


def test_a_lost_table_is_made_again_without_the_steps_before_it(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root = copy_root(refreshed_small, tmp_path / "data")
    assert run_small(root).returncode == 0  # notes this place
    shutil.rmtree(one(root, "artifacts/x_small/[0-9a-f]*"))
    done = run_small(root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.search(
        r"^\d+ of \d+ assets are unchanged: no step makes them again$", done.stderr, re.M
    )
    assert "made now" in done.stdout and "archive" not in done.stderr.split("unchanged")[1]
