"""`make mutants`: a seeded sample of mutants, each against the tests that run its lines.

Works on a copy of the tree, never in it. Results: tools/mutants/results.jsonl, one line a mutant,
added to by every run; a mutant tried before is not tried again. Survivors are given their reason in
tools/mutants/survivors.yml.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from tools.mutants.mutants import Mutant, mutants_of, runs_on_import
from tools.mutants.reach import NEAR, Reach, map_reach
from tools.results import add_results, read_results

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).resolve().with_name("results.jsonl")
REASONS = Path(__file__).resolve().with_name("survivors.yml")
USAGE = 4  # pytest's exit status
# simulations whose output is stored, drawing, and the report's pages
LEFT_OUT = ("critical_values/", "report/", "_picture.py", "pictures.py")
IMPORTED_ONCE = (
    "pandas", "scipy.stats", "scipy.optimize", "scipy.linalg", "statsmodels.api", "linearmodels",
    "linearmodels.panel", "arch.unitroot", "pyarrow.parquet", "hypothesis", "pytest", "openpyxl",
    "xlrd", "pdfplumber", "bs4", "lxml.etree", "pandera.pandas", "duckdb", "jinja2", "docx",
    "requests", "pydantic", "yaml", "pytest_timeout", "matplotlib.pyplot", "ibis",
)  # fmt: skip


def modules(tree: Path) -> list[Path]:
    """Modules that are mutated."""
    return sorted(
        file
        for package in ("estimation", "ingestion")
        for file in (tree / package).rglob("*.py")
        if not any(part in str(file.relative_to(tree)) for part in LEFT_OUT)
    )


def _in_child(work: Callable[[], int], seconds: float) -> int | None:
    """Exit status of work done in a fork; None when it took longer than allowed."""
    child = multiprocessing.get_context("fork").Process(target=_quietly, args=(work,))
    child.start()
    child.join(seconds)
    if not child.is_alive():
        return child.exitcode
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid or 0, signal.SIGKILL)
    child.join()
    return None


def _quietly(work: Callable[[], int]) -> None:
    """Work in a process group of its own, so that what it starts ends with it."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(nothing, target)
    sys.exit(int(work()))


def run_tests(tree: Path, tests: list[str], seconds: float) -> int | None:
    """Run tests in a fork whose project modules come from the copied tree."""

    def work() -> int:
        import pytest

        os.chdir(tree)
        os.environ["CI"] = "true"  # hypothesis draws the same examples every time
        sys.dont_write_bytecode = True  # a stale one could stand for the mutant
        sys.path.insert(0, str(tree))
        return pytest.main(
            ["-x", "-q", "-m", NEAR, "--no-header", "--no-cov", f"--rootdir={tree}", *tests]
        )

    return _in_child(work, seconds)


def summary(results: list[dict]) -> str:
    """Counts by package, and the survivors with the reason that was written for them."""
    reasons = yaml.safe_load(REASONS.read_text(encoding="utf-8")) if REASONS.exists() else {}
    lines = ["| package | mutants | killed | survived | killed, % |", "|---|---:|---:|---:|---:|"]
    for package in ("estimation", "ingestion", ""):
        rows = [r for r in results if r["mutant"].startswith(package)]
        killed = sum(r["outcome"] != "survived" for r in rows)
        share = 100 * killed / len(rows) if rows else 0.0
        name = package or "both"
        lines.append(f"| {name} | {len(rows)} | {killed} | {len(rows) - killed} | {share:.1f} |")
    lines += ["", "Survivors:", ""]
    for row in results:
        if row["outcome"] == "survived":
            reason = (reasons or {}).get(row["mutant"], "not explained yet")
            lines.append(f"- {row['mutant']}: {reason}")
    return "\n".join(lines)


def main() -> int:
    """Try mutants until the count or the time is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--seconds", type=float, default=90.0, help="of tests for one mutant")
    parser.add_argument("--again", action="store_true", help="try the survivors anew")
    parser.add_argument("--list", action="store_true", help="print the summary and end")
    options = parser.parse_args()
    if options.list:
        print(summary(read_results(RESULTS, "mutant")))
        return 0
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="living-panel-mutants-"))
    tree = folder / "tree"
    shutil.copytree(
        REPOSITORY, tree, symlinks=True,
        ignore=shutil.ignore_patterns(".venv*", ".dagster", ".git", "results.jsonl",
                                      "build", "warehouse", "*_cache", ".hypothesis"),
    )  # fmt: skip
    everything = [m for file in modules(tree) for m in mutants_of(tree, file)]
    sample = random.Random(options.seed).sample(everything, min(options.count, len(everything)))
    before = read_results(RESULTS, "mutant")
    tried = {r["mutant"] for r in before}
    if options.again:
        alive = {r["mutant"] for r in before if r["outcome"] == "survived"}
        sample, tried = [m for m in everything if m.name in alive], set()
    sample = [m for m in sample if m.name not in tried]
    print(f"{len(everything)} mutants are possible, {len(sample)} are to be tried", flush=True)
    print("which tests run which line? (some minutes) …", flush=True)
    reach = map_reach(tree, folder)
    for name in IMPORTED_ONCE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    sys.path[:] = [p for p in sys.path if p not in ("", str(REPOSITORY))]
    for name in [n for n in sys.modules if n.split(".")[0] in ("tests", "living_panel")]:
        del sys.modules[name]
    try:
        for mutant in sample:
            if time.monotonic() - started > options.minutes * 60:
                break
            _try(tree, mutant, reach, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(summary(read_results(RESULTS, "mutant")))
    return 0


def _try(tree: Path, mutant: Mutant, reach: Reach, options: argparse.Namespace) -> None:
    """One mutant against the tests that run its lines."""
    target = tree / mutant.file
    text = target.read_text(encoding="utf-8")
    tests = reach.tests(
        mutant.file, mutant.line, mutant.end_line, options.seconds,
        on_import=runs_on_import(text, mutant.line),
    )  # fmt: skip
    usual = sum(reach.seconds[test] for test in tests)
    begun = time.monotonic()
    try:
        target.write_text(mutant.applied(text), encoding="utf-8")
        code = run_tests(tree, tests, 3 * usual + 30) if tests else None
        if code == USAGE:  # a name pytest cannot take, or a test file the mutant keeps from loading
            files = sorted({test.split("::")[0] for test in tests})
            code = run_tests(tree, files, 3 * options.seconds + 30)
    finally:
        target.write_text(text, encoding="utf-8")
    if code == USAGE:
        raise SystemExit(f"pytest cannot be run on {tests[:3]}: nothing would be learnt")
    if not tests:
        outcome = "survived"  # no test runs it
    else:
        outcome = "timed out" if code is None else "survived" if code in (0, 5) else "killed"
    row = {
        "mutant": mutant.name,
        "outcome": outcome,
        "tests": len(tests),
        "seconds": round(time.monotonic() - begun, 1),
        "seed": options.seed,
    }
    print(f"{outcome:>9} {row['seconds']:6.1f} s  {len(tests):4d} tests  {mutant.name}", flush=True)
    add_results(RESULTS, [row])


if __name__ == "__main__":
    sys.exit(main())
