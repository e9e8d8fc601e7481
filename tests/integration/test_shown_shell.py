"""The shell of README and docs runs as it stands, in a clone: only paths of the machine and a size are replaced."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, copy_checkout

ELSEWHERE = {
    "docs/audit.md living-panel audit": "test_audit_alone calls it on the table that the page shows",
    "docs/deployment.md apt-get install": "it installs onto a machine, as root; test_postgres_team starts its services",
    "docs/scaling.md python spark/build.py": "test_spark_dbt runs the program with these options on a cluster",
    "docs/scaling.md python -m": "test_lake runs these clients on a lake of its own",
    "docs/deployment.md python -m": "test_executors, with two workers and a Redis of its own",
    "docs/deployment.md chgrp -R": "run once with two users, as the page says: a test may make no users",
}
"""Blocks that do not run here, by document and first words, and what runs instead."""
TUTORIAL = "tutorial.md"
"""Its blocks are one story: test_installed_program runs them with the installed program."""
RUN_BELOW = {
    "README.md cat >",
    "README.md make new-paper",
    "README.md sed -i",
    "README.md make -s",
    "docs/cookbook.md (echo .mode",
    "docs/yearly.md held=$(mktemp -d)",
    "docs/deployment.md make backup",
    "docs/scaling.md make run",
    "CONTRIBUTING.md make dev-environment",
}


def shell_blocks() -> dict[str, str]:
    """Every block of shell by its document and first two words."""
    found: dict[str, str] = {}
    docs = sorted((REPOSITORY / "docs").glob("*.md"))
    documents = [
        REPOSITORY / "README.md",
        REPOSITORY / "CONTRIBUTING.md",
        *(d for d in docs if d.name != TUTORIAL),
    ]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            name = f"{document.relative_to(REPOSITORY)} {' '.join(block.split()[:2])}"
            assert name not in found
            found[name] = block
    return found


BLOCKS = shell_blocks()


def run_block(block: str, folder: Path, scratch: Path) -> str:
    """Run a block as a person would who came into the folder, stopping at the first failure."""
    ours = ("LIVING_PANEL_", "DAGSTER_", "DBT_", "MAKE", "MFLAGS")  # a make inside make prints more
    clean = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    done = subprocess.run(
        ["bash", "-e", "-c", block], cwd=folder, env=clean | {"TMPDIR": str(scratch)},
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_every_block_runs_below_or_says_what_runs_instead() -> None:
    assert set(BLOCKS) == RUN_BELOW | set(ELSEWHERE)


@pytest.fixture(scope="module")
def clone(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(checkout, tmp_path_factory.mktemp("shell") / "clone")


@pytest.fixture(scope="module")
def jobs(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(checkout, tmp_path_factory.mktemp("jobs") / "living-panel")


README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SHOWN = dict(
    re.findall(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
)
"""What README shows below each block; a line with … alone is output that it leaves out."""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("words", ["cat >", "make new-paper", "sed -i", "make -s"])
def test_the_jobs_of_the_readme_print_what_it_shows(jobs: Path, tmp_path: Path, words: str) -> None:
    """In the order of README: the third block publishes the paper of the second."""
    block = BLOCKS[f"README.md {words}"]
    end = " || test $? = 2" if "make audit" in block else ""  # README says that make ends with 2
    said = run_block(block.rstrip() + end, jobs, tmp_path)
    for part in SHOWN[block].split("…\n"):
        assert part in said


@pytest.mark.timeout(1800)
def test_the_shell_of_contributing_runs_one_test_file(clone: Path, tmp_path: Path) -> None:
    assert " passed" in run_block(BLOCKS["CONTRIBUTING.md make dev-environment"], clone, tmp_path)


def current(folder: Path) -> list[dict[str, str]]:
    return json.loads((folder / "data" / "state" / "current.json").read_text(encoding="utf-8"))


@pytest.mark.timeout(1800)
def test_the_shell_on_backups_writes_a_file_and_restores_it(clone: Path, tmp_path: Path) -> None:
    block = BLOCKS["docs/deployment.md make backup"].replace("/mnt/backups", str(tmp_path))
    first, second = block.splitlines()
    run_block(first, clone, tmp_path)
    before, data = current(clone), clone / "data"
    data.rename(clone / "lost")
    data.mkdir()
    for name in (".gitignore", "README.md"):
        (data / name).write_bytes((clone / "lost" / name).read_bytes())
    run_block(second, clone, tmp_path)
    assert current(clone) == before


@pytest.mark.timeout(1800)
def test_the_shell_on_checksums_accepts_the_archived_files(clone: Path, tmp_path: Path) -> None:
    said = run_block(BLOCKS["docs/cookbook.md (echo .mode"], clone, tmp_path)
    assert re.search(r"^data/archive/\S+: OK$", said, re.MULTILINE) and "FAILED" not in said


@pytest.mark.timeout(1800)
def test_the_shell_on_firms_tries_a_table_on_what_it_made(clone: Path, tmp_path: Path) -> None:
    said = run_block(BLOCKS["docs/scaling.md make run"].replace("1e7", "1e4"), clone, tmp_path)
    assert re.search(r"firms\.parquet: [0-9a-f]{64}", said) and "SIMULATED: planted firms" in said


@pytest.mark.skipif(
    "shell" not in os.environ.get("LIVING_PANEL_REQUIRE", ""),
    reason="three whole refreshes and a comparison: LIVING_PANEL_REQUIRE=shell",
)
@pytest.mark.timeout(3600)
def test_the_shell_of_the_yearly_refresh_brings_an_edition_back(
    clone: Path, tmp_path: Path
) -> None:
    before = current(clone)
    said = run_block(BLOCKS["docs/yearly.md held=$(mktemp -d)"], clone, tmp_path)
    assert "succeeded, as of 2024" in said
    assert current(clone) == before, "the same artifacts again"
