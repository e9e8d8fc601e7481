"""A whole refresh with wrong files: the good ones are published, and the run fails with the names of the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from living_panel.orchestration.assets import codes
from tests.fixtures import small_root
from tests.fixtures.landed import land
from tests.integration.roots import command, run_small

pytestmark = pytest.mark.slow
SOURCE = "statistical_yearbook"


def values(root: Path, edition: int) -> int:
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from marts.observations where edition = ?", [edition]
        ).fetchone()
    assert found
    return int(found[0])


def test_a_vintage_without_a_good_file_does_not_stop_the_publication(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    before = (root / "published").resolve()
    small_root.next_edition(root)
    head = "indicator_label,unit,province_label,year,value,quality,compiled_from,note\n"
    wrong = f"{head}地区生产总值,亿元,火星,2023,5.0,high,book,\n".encode()
    land(root, (SOURCE, 2026), wrong, "wrong.csv", figures="simulated", vintage="2026-03-01")
    done = run_small(root)
    assert done.returncode == 1, done.stderr[-3000:]
    assert "All parts that do not depend on it were published" in done.stderr
    assert f"{SOURCE}/2026/2026-03-01/wrong.csv" in done.stderr and "火星" in done.stderr
    assert codes.FILE_LEFT_OUT.name in done.stderr
    assert (root / "published").resolve() != before
    assert values(root, 2024) > 0 and values(root, 2026) == 0
    status = command(root, "status", **small_root.environment(root)).stdout
    assert "1 not mended" in status and "火星" in status
