"""`make mutants`: a seeded sample of mutants, each against the tests of its module.

Works on a copy of the tree, never in it. Results: tests/mutation/results.jsonl, one line a mutant,
added to by every run; a mutant tried before is not tried again. Survivors are given their reason in
tests/mutation/survivors.yml.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import json
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

from tests.mutation.mutants import Mutant, mutants_of

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("results.jsonl")
REASONS = Path(__file__).with_name("survivors.yml")
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


def tests_of(tree: Path, module: str, most: int = 4) -> list[str]:
    """The test files nearest to a module by their imports, at most so many; a namesake first."""
    if not _DISTANCES:
        for file in sorted((tree / "tests").glob("*/test_*.py")):
            near = file.parent.name in ("unit", "reference") or "test_fetch" in file.name
            if near:
                _DISTANCES[str(file.relative_to(tree))] = _distances(tree, file)
    stem = Path(module).stem
    ranked = sorted(
        (f"test_{stem}" not in file, reached[module], file)
        for file, reached in _DISTANCES.items()
        if module in reached
    )
    return [file for _, _, file in ranked[:most]]


_DISTANCES: dict[str, dict[str, int]] = {}


def _distances(tree: Path, file: Path) -> dict[str, int]:
    """Project modules that a file draws on, by the number of imports between."""
    reached: dict[str, int] = {}
    waiting = [(file, 0)]
    while waiting:
        path, depth = waiting.pop(0)
        for name in _imports(path):
            for target in (f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}/__init__.py"):
                if (tree / target).exists() and target not in reached:
                    reached[target] = depth + 1
                    waiting.append((tree / target, depth + 1))
    if file.name.startswith("test_audit"):  # the audit finds its rules by name
        for path in (tree / "estimation" / "audit").glob("*.py"):
            reached.setdefault(str(path.relative_to(tree)), 3)
    return reached


def _imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [n for n in names if n.split(".")[0] in ("estimation", "ingestion", "tests")]


def _in_child(work: Callable[[], int], seconds: float) -> int | None:
    """Exit status of work done in a fork; None when it took longer than allowed."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for target in (0, 1, 2):
            os.dup2(nothing, target)
        code = 99
        try:
            code = int(work())
        finally:
            os._exit(code)
    deadline = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.02)


def run_tests(tree: Path, files: list[str], seconds: float) -> int | None:
    """Run test files in a fork whose project modules come from the copied tree."""

    def work() -> int:
        import pytest

        os.chdir(tree)
        sys.dont_write_bytecode = True  # a stale one could stand for the mutant
        sys.path.insert(0, str(tree))
        return pytest.main(
            ["-x", "-q", "-m", "not long and not browser and not postgres", "--no-header",
             "--hypothesis-seed=0", f"--rootdir={tree}", *files]
        )  # fmt: skip

    return _in_child(work, seconds)


def read_results() -> list[dict]:
    """Every mutant tried so far; of one tried again, what came last."""
    if not RESULTS.exists():
        return []
    rows = map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines())
    return list({row["mutant"]: row for row in rows}.values())


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
    parser.add_argument("--seconds", type=float, default=90.0, help="longest for one mutant")
    parser.add_argument("--share", default="1/1", help="this worker's part of the sample: 1/2, 2/2")
    parser.add_argument("--again", action="store_true", help="try the survivors anew")
    parser.add_argument("--list", action="store_true", help="print the summary and end")
    options = parser.parse_args()
    if options.list:
        print(summary(read_results()))
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
    part, parts = map(int, options.share.split("/"))
    before = read_results()
    if options.again:
        alive = {r["mutant"] for r in before if r["outcome"] == "survived"}
        sample = [m for m in everything if m.name in alive]
        tried: set[str] = set()
    else:
        tried = {r["mutant"] for r in before}
    sample = [m for m in sample[part - 1 :: parts] if m.name not in tried]
    print(f"{len(everything)} mutants are possible, {len(sample)} are to be tried", flush=True)
    for name in IMPORTED_ONCE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    sys.path[:] = [p for p in sys.path if p not in ("", str(REPOSITORY))]
    for name in [n for n in sys.modules if n.split(".")[0] in ("tests", "estimation", "ingestion")]:
        del sys.modules[name]
    known: dict[str, float] = {}
    try:
        for mutant in sample:
            if time.monotonic() - started > options.minutes * 60:
                break
            _try(tree, mutant, known, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(summary(read_results()))
    return 0


def _seconds_of(tree: Path, file: str, known: dict[str, float], longest: float) -> float:
    """Seconds a test file takes without a mutant; infinite if it fails then, or takes too long."""
    if file not in known:
        begun = time.monotonic()
        passed = run_tests(tree, [file], longest) == 0
        known[file] = time.monotonic() - begun if passed else float("inf")
        print(f"# {file}: {known[file]:.0f} s", flush=True)
    return known[file]


def _try(tree: Path, mutant: Mutant, known: dict, options: argparse.Namespace) -> None:
    """One mutant; files that fail or are slow without it are not held against it."""
    module = mutant.file
    timed = [(_seconds_of(tree, f, known, options.seconds), f) for f in tests_of(tree, module)]
    files = [file for seconds, file in sorted(timed) if seconds < float("inf")]
    usual = sum(known[file] for file in files)
    target = tree / module
    text = target.read_text(encoding="utf-8")
    begun = time.monotonic()
    try:
        target.write_text(mutant.applied(text), encoding="utf-8")
        code = run_tests(tree, files, 3 * usual + 20) if files else 5
    finally:
        target.write_text(text, encoding="utf-8")
    outcome = "timed out" if code is None else "survived" if code in (0, 5) else "killed"
    if not files:
        outcome = "survived"  # no test reaches it in the time
    seconds = round(time.monotonic() - begun, 1)
    print(f"{outcome:>9} {seconds:6.1f} s  {mutant.name}", flush=True)
    with RESULTS.open("a", encoding="utf-8") as stream:
        row = {"mutant": mutant.name, "outcome": outcome, "seconds": seconds, "seed": options.seed}
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
