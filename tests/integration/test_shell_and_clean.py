"""`make sql` opens the published file for reading only; `make clean` keeps the data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from orchestration.assets.verification import verify
from orchestration.root.settings import Settings
from tests.fixtures import small_root
from tests.integration.roots import REPOSITORY, command, copy_root


def copy(refreshed_small: Path, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    root = copy_root(refreshed_small, tmp_path / "data")
    return root, small_root.environment(root)


def test_a_file_reopened_in_the_shell_is_not_changed_unseen(
    refreshed_small: Path, tmp_path: Path
) -> None:
    """`.open` of DuckDB's shell opens for writing; only root can, and `make verify` names the table."""
    root, own = copy(refreshed_small, tmp_path)
    file = (root / "warehouse.duckdb").resolve()
    before = file.read_bytes()
    typed = f'.open "{file}"\nupdate results.coefficients set p_value = 0.0001;\ncheckpoint;\n'
    subprocess.run(
        [sys.executable, "-m", "orchestration", "sql"], input=typed, text=True, check=False,
        cwd=REPOSITORY, env=own, capture_output=True, timeout=120,
    )  # fmt: skip
    found = verify(Settings(root=root, state=tmp_path / "state"), print)
    if file.read_bytes() == before and not file.with_name(file.name + ".wal").exists():
        assert found == []
    else:
        assert file.name in "".join(map(str, found))


def test_clean_removes_what_a_run_rebuilds_and_claims_nothing_else(
    refreshed_small: Path, tmp_path: Path
) -> None:
    """That a run rebuilds it, the same, is tested on all tables, in `test_commands`."""
    empty = tmp_path / "empty"
    empty.mkdir()
    done = command(empty, "clean", **small_root.environment(empty))
    assert done.returncode == 0 and "Removed" not in done.stdout
    root, own = copy(refreshed_small, tmp_path)
    kept = {p: p.stat().st_mtime_ns for f in ("archive", "releases", "artifacts")
            for p in (root / f).rglob("*") if p.is_file()}  # fmt: skip
    assert command(root, "clean", **own).returncode == 0
    assert not (root / "warehouse").exists() and not (root / "extracted").exists()
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
