"""Everybody at once on one root: readers, a shell that writes, refreshes, a range, an archiver.

No reader sees a torn state, a lock is waited for, and a waiting process reports the holder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from living_panel.ingestion.storage import archive
from living_panel.orchestration.root.lock import refresh_lock
from tests.fixtures import small_root
from tests.integration.roots import REPOSITORY, copy_root, run_small

READER = """
import sys, time, duckdb
from pathlib import Path
from living_panel.orchestration.assets.publication import content_digest
link, stop, reads = Path(sys.argv[1]), Path(sys.argv[2]), 0
names = "select path from duckdb_databases() where not internal"
while not stop.exists() or reads < 4:
    try:
        connection = duckdb.connect(str(link.resolve()), read_only=True)
    except duckdb.IOException as error:
        # DuckDB's own rule: while somebody writes into a file, nobody else opens that file
        assert "Conflicting lock" in str(error) and "PID" in str(error), error
        time.sleep(0.2)
        continue
    with connection:
        path = connection.execute(names).fetchall()[0][0]
        digest = content_digest(connection)
        connection.execute("select max(year), count(*) from marts.panel").fetchall()
    promised = Path(path).stem.split("-")[1]
    assert digest.startswith(promised), f"torn: {path} holds {digest}"
    reads += 1
    time.sleep(0.2)
"""

SHELL = """
import sys, time, duckdb
from pathlib import Path
Path(sys.argv[1]).resolve().chmod(0o644)
connection = duckdb.connect(sys.argv[1])
connection.execute("create table scribble as select 42 as x")
connection.execute("update marts.panel set gdp_cny_100m = -1")
print("writing", flush=True)
while not Path(sys.argv[2]).exists():
    time.sleep(0.1)
"""

ARCHIVER = """
import sys, time, shutil
from pathlib import Path
from living_panel.ingestion.storage import archive
from living_panel.ingestion.provenance.receipts import read_receipt, receipt_path
root, stored = Path(sys.argv[1]), 0
for file in map(Path, sys.argv[2:]):
    assert archive.store(root, read_receipt(receipt_path(file)), file.parent)
    time.sleep(0.5)
    assert archive.store(root, read_receipt(receipt_path(file)), file.parent) is None
    stored += 1
print(stored)
"""


def start(root: Path, *command: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *command], cwd=REPOSITORY, env=small_root.environment(root), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen, what: str) -> tuple[str, str]:
    said = process.communicate(timeout=400)
    assert process.returncode == 0, f"{what}: {said[0][-1500:]}{said[1][-3000:]}"
    return said


def read_until(process: subprocess.Popen, words: str) -> str:
    """Line of the errors and progress of a process in which words come."""
    assert process.stderr is not None
    before = []
    for line in process.stderr:
        if words in line:
            return line
        before.append(line)
    raise AssertionError(f"never said {words!r}: {before[-20:]}")


@pytest.mark.timeout(900)
def test_readers_a_writer_three_runs_and_a_fetch_at_once(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root, stop = copy_root(refreshed_small, tmp_path / "data"), tmp_path / "stop"
    before = os.path.realpath(root / "warehouse.duckdb")
    elsewhere = tmp_path / "elsewhere"
    fetched = small_root.land(
        elsewhere, 2023, (small_root.LATER,), range(2005, 2023), growth=0.01, vintage="2026-01-03"
    )
    link = str(root / "warehouse.duckdb")
    shell = start(root, "-c", SHELL, link, str(stop))
    assert shell.stdout is not None and shell.stdout.readline().strip() == "writing"
    people = [start(root, "-c", READER, link, str(stop)) for _ in range(2)]
    small_root.land(
        root, 2024, small_root.SERIES, range(2005, 2024), growth=0.081, vintage="2026-02-01"
    )
    with refresh_lock(root, "run of this test", say=print):
        runs = {
            "a refresh": start(root, "-m", "living_panel", "run"),
            "another refresh": start(root, "-m", "living_panel", "run"),
            "a backfill": start(
                root, "-m", "living_panel", "run", "--first", "2023", "--last", "2024"
            ),
        }
        for run in runs.values():
            line = read_until(run, "Waiting for ")
            assert f"run of this test (process {os.getpid()} on " in line
    archiver = start(root, "-c", ARCHIVER, str(root), *map(str, fetched))
    for what, run in runs.items():
        finish(run, what)
    assert finish(archiver, "a fetch")[0].strip() == "1"
    stop.touch()
    for process in people:
        finish(process, "a reader")
    shell.communicate(timeout=60)

    assert archive.verify(root) == []
    assert os.path.realpath(root / "warehouse.duckdb") != before
    assert run_small(root).returncode == 0
    with duckdb.connect(link, read_only=True) as connection:
        names = {
            r[0] for r in connection.execute("select table_name from duckdb_tables()").fetchall()
        }
        worst, last, people_known = connection.execute(
            "select min(gdp_cny_100m), max(year), count(population_10k) from marts.panel"
        ).fetchall()[0]
    assert "scribble" not in names and worst > 0, "what a shell wrote must never be published"
    assert (last, people_known) == (2023, 31 * 18)


OPEN = """
from living_panel.orchestration.root.instance import open_instance
from living_panel.orchestration.root.settings import load_settings, prepare_environment
settings = load_settings()
prepare_environment(settings)
print(len(open_instance(settings).get_runs()))
"""


def test_commands_started_at_once_in_a_new_folder_share_dagster_s_storage(tmp_path: Path) -> None:
    started = [start(tmp_path / "data", "-c", OPEN) for _ in range(4)]
    assert [finish(process, "opening")[0].strip() for process in started] == ["0"] * 4
