"""The shell of the README runs as it stands, in a clone: an edition is taken out and arrives again."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, copy_checkout


@pytest.mark.skipif(
    "shell" not in os.environ.get("LIVING_PANEL_REQUIRE", ""),
    reason="three whole refreshes and a comparison: LIVING_PANEL_REQUIRE=shell",
)
@pytest.mark.timeout(3600)  # three refreshes and a comparison
def test_the_shell_of_the_readme_brings_an_edition_back(checkout: Path, tmp_path: Path) -> None:
    folder = copy_checkout(checkout, tmp_path / "clone")
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    ours = ("LIVING_PANEL_", "DAGSTER_", "DBT_")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    current = folder / "data" / "state" / "current.json"
    before = json.loads(current.read_text(encoding="utf-8"))
    done = subprocess.run(
        ["bash", "-e", "-c", block], cwd=folder, env=clean | {"TMPDIR": str(tmp_path)},
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "succeeded, as of 2024" in done.stdout
    assert json.loads(current.read_text(encoding="utf-8")) == before, "the same artifacts again"
