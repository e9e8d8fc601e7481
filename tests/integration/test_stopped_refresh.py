"""Only a refresh that finished is published, whatever stopped it and whoever comes after it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from estimation.pushdown.codes import SPARK_MISSING
from tests.fixtures import small_root, stopped_refresh
from tests.integration.roots import REPOSITORY, run_small
from tools.simulate import firms


def test_as_of_publishes_no_refresh_that_was_stopped_at_any_stage(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    small_root.next_edition(root)
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
    root = tmp_path / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    monkeypatch.setattr(firms, "SHAPE", (12, 15, 6))
    on_cluster = "engine: spark\n  remote: sc://127.0.0.1:1"
    firms.plant_firms(root / "sets" / "firms", root / "specs" / "x_firms.yml", engine=on_cluster)
    before = stopped_refresh.seen_by_readers(root)
    done = run_small(root)
    assert done.returncode == 1 and SPARK_MISSING.name in done.stdout + done.stderr
    assert stopped_refresh.seen_by_readers(root) == before
