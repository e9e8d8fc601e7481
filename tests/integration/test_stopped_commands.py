"""A command that is stopped at any write, or meets a full or failing disk, leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.roots import REPOSITORY
from tools.faults import faults

needs_compiler = pytest.mark.skipif(
    not shutil.which("cc") or sys.platform != "linux",
    reason="no C compiler (Debian: apt-get install gcc)",
)


on_request = pytest.mark.skipif(
    "faults" not in os.environ.get("LIVING_PANEL_REQUIRE", ""),
    reason="351 faults take a quarter of an hour: LIVING_PANEL_REQUIRE=faults",
)


@on_request
@needs_compiler
def test_a_command_that_is_stopped_at_any_write_leaves_nothing_behind(tmp_path: Path) -> None:
    """Accept, backup, rollback: all or nothing, once the next command has taken the lock."""
    library = faults.build_library(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.fixtures.stopped_commands", str(tmp_path)],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=3000,
        env=os.environ | {"LD_PRELOAD": str(library), "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    cases = [json.loads(line[5:]) for line in done.stdout.splitlines() if line[:5] == "JSON "]
    assert [case for case in cases if case["problems"]] == []
    reached = Counter(case["command"] for case in cases if case["hit"])
    assert min(reached[name] for name in ("accept", "backup", "rollback")) > 20, reached
    assert all(case["status"] != 0 for case in cases if case["hit"] and "kill" in case["case"])
