"""Only a refresh that finished is published, whatever stopped it and whoever comes after it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.ingestion.provinces import PROVINCES
from living_panel.orchestration.assets.verification import verify
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.simulated import firms
from tests.fixtures import small_root, stopped_refresh
from tests.integration.roots import REPOSITORY, copy_root, drop, figure, run_small


def with_next_edition(refreshed_small: Path, tmp_path: Path) -> Path:
    """A copy of the small root in which an edition waits."""
    root = copy_root(refreshed_small, tmp_path / "data")
    small_root.next_edition(root)
    return root


def test_as_of_publishes_no_refresh_that_was_stopped_at_any_stage(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root = with_next_edition(refreshed_small, tmp_path)
    before = stopped_refresh.seen_by_readers(root)
    done = subprocess.run(
        [sys.executable, "-m", "tests.fixtures.stopped_refresh"],
        cwd=REPOSITORY, env=small_root.environment(root), capture_output=True, text=True,
        check=False, timeout=1800,
    )  # fmt: skip
    lines = [json.loads(x[5:]) for x in done.stdout.splitlines() if x.startswith("JSON ")]
    assert [line["stage"] for line in lines] == list(stopped_refresh.STAGES), done.stderr[-3000:]
    expected = json.loads(json.dumps(before))
    for line in lines:
        assert line["succeeded"] == [True, True], line["stage"]
        for what, value in expected.items():
            assert line["seen"][what] == value, (line["stage"], what)
    assert run_small(root).returncode == 0
    assert stopped_refresh.seen_by_readers(root)["current"] != before["current"]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyspark") is not None, reason="PySpark is installed")
def test_a_table_whose_engine_is_missing_leaves_the_published_state(
    refreshed_small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy_root(refreshed_small, tmp_path / "data")
    monkeypatch.setattr(firms, "SHAPE", (12, 15, 6))
    on_cluster = "engine: spark\n  remote: sc://127.0.0.1:1"
    firms.plant_firms(root / "sets" / "firms", root / "specs" / "x_firms.yml", engine=on_cluster)
    before = stopped_refresh.seen_by_readers(root)
    done = run_small(root)
    assert done.returncode == 1 and Code.NOT_INSTALLED in done.stdout + done.stderr
    assert stopped_refresh.seen_by_readers(root) == before


def test_a_file_that_lands_during_any_stage_is_taken_now_or_next_time_and_never_lost(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root = with_next_edition(refreshed_small, tmp_path)
    settings = Settings(root=root, state=tmp_path / "state")
    process = subprocess.Popen(
        [sys.executable, "-m", "living_panel", "run"], cwd=REPOSITORY, text=True,
        env=small_root.environment(root), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    landed: list[str] = []
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if re.match(r"\[(\d+/\d+|=>)\]", line.strip()):
            year = 2005 + len(landed)
            rows = [
                figure("年末常住人口", "万人", province.short, year, 51.0 * (1 + n))
                for n, province in enumerate(PROVINCES)
            ]
            landed.append(drop(root, "statistical_yearbook", 2026, f"{year}.csv", rows).name)
    assert process.wait() == 0, "".join(said[-40:])
    assert len(landed) >= 8, "one file at the start of each stage"
    waiting = {path.name for path in (root / "landing").rglob("*.csv")}
    archived = {path.name for path in (root / "archive").rglob("*.csv")}
    assert not waiting & archived and set(landed) <= waiting | archived
    assert set(landed[2:]) <= waiting, "the archive was closed before these came"
    assert verify(settings, print) == []
    assert run_small(root).returncode == 0
    assert set(landed) <= {path.name for path in (root / "archive").rglob("*.csv")}
    assert not list((root / "landing").rglob("*.csv"))
    assert verify(settings, print) == []
