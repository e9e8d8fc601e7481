"""The dbt rules changed one at a time: which test stops the build.

Each entry of dbt_mutants.yml is made in a copy of the tree. The build runs on the archive's own values with every test
and unit test. If it passes, tests/integration/test_dbt_project.py runs. Results:
tools/mutants/dbt_results.jsonl.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.reading.extract import extract_edition
from living_panel.ingestion.storage import archive
from tools.results import add_results, read_results

REPOSITORY = Path(__file__).resolve().parents[2]
MUTANTS = Path(__file__).resolve().with_name("dbt_mutants.yml")
RESULTS = Path(__file__).resolve().with_name("dbt_results.jsonl")
DBT = Path(sys.executable).parent / "dbt"


def prepared_root(folder: Path) -> Path:
    """A data root with the archive's values extracted."""
    root = folder / "data"
    shutil.copytree(REPOSITORY / "data" / "archive", root / "archive")
    for source in catalog.names():
        for edition in catalog.all_editions():
            extract_edition(root, source, edition)
    (root / "build").mkdir()
    assert not archive.verify(root)
    return root


def build(tree: Path, root: Path) -> str:
    """Output of a build; empty if it passes."""
    target = root / "build" / "warehouse.duckdb"
    target.unlink(missing_ok=True)
    project = str(tree / "dbt_project")
    done = subprocess.run(
        [str(DBT), "--no-partial-parse", "build", "--project-dir", project, "--profiles-dir", project],
        env=os.environ | {"LIVING_PANEL_DATA": str(root), "LIVING_PANEL_BUILD": str(target),
                          "DBT_TARGET_PATH": str(root / "build" / "dbt"),
                          "DBT_LOG_PATH": str(root / "build" / "dbt")},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return done.stdout if done.returncode else ""


def project_tests(tree: Path) -> str:
    """Output of the dbt project's own tests; empty if they pass."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "tests/integration/test_dbt_project.py"],
        cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)}, capture_output=True, text=True,
        check=False, timeout=400,
    )  # fmt: skip
    return done.stdout if done.returncode else ""


def stopped_by(output: str) -> list[str]:
    """Names of the tests that failed."""
    rules = re.findall(
        r"(?:Failure in (?:unit_)?test|FAILED .*::|in (?:test|model)) ([\w:]+)", output
    )
    rules += re.findall(r"FAILED [^ ]*::(\w+)", output) + re.findall(r"FAIL \d+ (\w+)", output)
    return sorted(dict.fromkeys(rules))[:8]


def main() -> int:
    """Try every entry that was not tried yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    before = read_results(RESULTS, "mutant")
    tried = {row["mutant"] for row in before}
    if options.list:
        killed = sum(row["outcome"] == "killed" for row in before)
        print(f"{len(before)} dbt mutants, {killed} killed")
        for row in before:
            print(f"{row['outcome']}: {row['mutant']} ({', '.join(row['by'])})")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="living-panel-dbt-mutants-"))
    try:
        root, tree = prepared_root(folder), folder / "tree"
        tree.mkdir()
        for part in (
            "dbt_project",
            "tests",
            "ingestion",
            "estimation",
            "orchestration",
            "living_panel",
        ):
            shutil.copytree(REPOSITORY / part, tree / part, symlinks=True,
                            ignore=shutil.ignore_patterns("target", "logs"))  # fmt: skip
        shutil.copy(REPOSITORY / "pyproject.toml", tree)
        if output := build(tree, root):
            raise SystemExit(f"the unchanged project does not build:\n{output[-3000:]}")
        for entry in yaml.safe_load(MUTANTS.read_text(encoding="utf-8")):
            name = f"{entry['file']}: {entry['old']} -> {entry['new']}".replace("\n", " ")
            if name in tried:
                continue
            file = tree / "dbt_project" / entry["file"]
            text = file.read_text(encoding="utf-8")
            if entry["old"] not in text:
                print(f"not there any more: {name}", flush=True)
                continue
            file.write_text(text.replace(entry["old"], entry["new"], 1), encoding="utf-8")
            try:
                output = build(tree, root) or project_tests(tree)
            finally:
                file.write_text(text, encoding="utf-8")
            by = stopped_by(output)
            row = {
                "mutant": name,
                "outcome": "killed" if output else "survived",
                "by": by,
                "expected": bool(re.search(entry["test"], " ".join(by))),
            }
            print(row, flush=True)
            add_results(RESULTS, [row])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
