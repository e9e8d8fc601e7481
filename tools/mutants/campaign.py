"""`make mutants`: a seeded sample of mutants of the last commit, each against the tests that run its lines.

Works in a clone, never in the checkout. results.jsonl has one line a try; docs/reliability.md has the score by folder.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import importlib
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tools.mutants.mutants import Mutant, mutants_of, runs_on_import
from tools.mutants.reach import FAST, Reach, map_reach
from tools.results import add_results

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).resolve().with_name("results.jsonl")
DOCS = REPOSITORY / "docs" / "reliability.md"
BLOCK = re.compile("(?<=<!-- mutants: begin -->\n).*(?=<!-- mutants: end -->)", re.DOTALL)
FOLDERS = ("estimation", "ingestion", "orchestration", "living_panel",
           "dbt_project/models", "dbt_project/macros")  # fmt: skip
FIRST_RUN = "tests/integration/test_first_run.py"
"""Fast test whose steps run in forks, which coverage does not see."""
SQL_TESTS = ("tests/integration/test_dbt_project.py", FIRST_RUN)
"""Fast tests that run the dbt project, with its unit tests."""
LEAST = 2
"""Mutants that every folder gets."""
GOOD = 80
"""Per cent of killed mutants below which a folder names its survivors."""
LOADED_ONCE = ("pandas", "scipy.stats", "scipy.optimize", "statsmodels.api", "linearmodels.panel",
               "pyarrow.parquet", "hypothesis", "pandera.pandas", "duckdb", "jinja2", "openpyxl",
               "pydantic", "bs4", "pdfplumber", "matplotlib.pyplot")  # fmt: skip
"""Libraries that every fork finds loaded."""


def git(*arguments: str) -> str:
    """Output of git in this repository."""
    done = subprocess.run(
        ["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def folder_of(file: str) -> str:
    """Folder whose score a file belongs to: the second level; of dbt models the third."""
    parts = file.split("/")[:-1]
    return "/".join(parts[: 3 if parts[:2] == ["dbt_project", "models"] else 2])


def changed_lines(commits: int) -> Counter[str]:
    """Lines added and removed in each file by the newest commits."""
    lines: Counter[str] = Counter()
    for row in git("log", f"-n{commits}", "--numstat", "--format=").splitlines():
        added, removed, file = row.split("\t", 2)
        if added.isdigit():
            file = re.sub(r"\{.* => (.*)\}|.* => (?=[^}]*$)", r"\1", file).replace("//", "/")
            lines[file] += int(added) + int(removed)
    return lines


def draw(
    candidates: dict[str, list[Mutant]], changed: Counter[str], count: int, seed: str
) -> list[Mutant]:
    """Sample of mutants: half from changed files, by changed lines, half from all; some of each folder.

    Parameters
    ----------
    candidates
        Mutants by file.
    changed
        Changed lines by file.
    count
        Size of the sample; more if folders alone need more.
    seed
        Seed of the sample.
    """
    generator = random.Random(seed)
    chosen: dict[str, Mutant] = {}

    def add(mutants: list[Mutant], enough: Callable[[], bool]) -> None:
        for mutant in generator.sample(mutants, len(mutants)):
            if enough():
                return
            chosen[mutant.name] = mutant

    files = sorted(file for file in candidates if candidates[file] and changed[file])
    for _ in range(count // 2 if files else 0):
        file = generator.choices(files, [changed[file] for file in files])[0]
        mutant = generator.choice(candidates[file])
        chosen[mutant.name] = mutant
    everything = [mutant for mutants in candidates.values() for mutant in mutants]
    for folder in sorted({folder_of(mutant.file) for mutant in everything}):
        inside = [mutant for mutant in everything if folder_of(mutant.file) == folder]
        add(inside, lambda: sum(folder_of(m.file) == folder for m in chosen.values()) >= LEAST)  # noqa: B023
    add(everything, lambda: len(chosen) >= count)
    return generator.sample(list(chosen.values()), len(chosen))


class Chosen:
    """Plugin of pytest: of the collected tests those chosen, and a note of those that fail."""

    def __init__(self, tests: list[str], note: Path):
        self.tests, self.note = set(tests), note
        self.files = list(dict.fromkeys(test.split("::")[0] for test in tests))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen tests, or all if only files are chosen, in the order of the chosen files."""
        items[:] = [item for item in items if item.nodeid in self.tests] or items
        items.sort(key=lambda item: self.files.index(item.nodeid.split("::")[0]))

    def pytest_runtest_logreport(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        """Note what failed, and the test of dbt's that failed in it."""
        if report.failed:
            inner = re.findall(r"Failure in (?:unit_)?test (\w+)", report.longreprtext)
            with self.note.open("a", encoding="utf-8") as stream:
                print(report.nodeid, *dict.fromkeys(inner[:2]), sep=" > ", file=stream)

    pytest_collectreport = pytest_runtest_logreport


def run_tests(tree: Path, tests: list[str], seconds: float, *options: str) -> tuple[str, list[str]]:
    """Outcome of tests in a fork that loads the project from a tree, and the tests that failed."""
    note = tree.parent / "failed.txt"
    note.unlink(missing_ok=True)

    def work() -> None:
        os.setpgid(0, 0)  # what it starts ends with it
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.chdir(tree)
        # hypothesis draws the same examples; no stored bytecode stands for a mutant
        os.environ |= {"CI": "true", "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
        sys.dont_write_bytecode = True
        sys.path[:] = [str(tree), *(p for p in sys.path if p not in ("", str(REPOSITORY)))]
        for name in [
            n for n in sys.modules if n.split(".")[0] in ("living_panel", "tests", "tools")
        ]:
            del sys.modules[name]
        chosen = Chosen(tests, note)
        usual = ["-q", "-n0", "-m", FAST, f"--rootdir={tree}", f"--basetemp={tree.parent / 't'}"]
        sys.exit(int(pytest.main([*usual, *options, *chosen.files], plugins=[chosen])))

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(seconds)
    is_late = child.is_alive()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid or 0, signal.SIGKILL)
    child.join()
    if is_late:
        return "timed out", []
    if child.exitcode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return "survived", []
    failed = note.read_text(encoding="utf-8").splitlines() if note.exists() else []
    return "killed", failed or [f"pytest ends with {child.exitcode}"]


def try_mutant(tree: Path, mutant: Mutant, tests: list[str], seconds: float) -> tuple[str, str]:
    """Outcome of one mutant, and the test that killed it."""
    if not tests:
        return "survived", ""
    target = tree / mutant.file
    text, times = target.read_text(encoding="utf-8"), target.stat()
    try:
        target.write_text(mutant.applied(text), encoding="utf-8")
        outcome, failed = run_tests(tree, tests, seconds, "-x")
        return outcome, "".join(failed[:1])
    finally:
        target.write_text(text, encoding="utf-8")
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))  # its bytecode is valid again


def without_unsound(tree: Path, rows: list[dict]) -> list[dict]:
    """Tries without those whose killing test fails without a mutant too."""
    tests = [row["by"].split(" > ")[0] for row in rows if "::" in row["by"]]
    failed = run_tests(tree, sorted(set(tests)), 3600.0)[1] if tests else []
    for test in failed:
        print(f"# fails without a mutant, its tries are dropped: {test}", flush=True)
    return [row for row in rows if not row["by"] or row["by"].split(" > ")[0] not in failed]


def read_tries() -> list[dict]:
    """Every try, in order."""
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


def name_of(row: dict) -> str:
    """Identity of a try's mutant."""
    return f"{row['file']}:{row['line']}:{row['column']} {row['mutation']}"


def score(tries: Iterable[dict]) -> str:
    """Score of each folder, and the survivors of a folder with a low one, as text for the docs."""
    mutants: dict[str, list[dict]] = {}
    for row in tries:
        mutants.setdefault(name_of(row), []).append(row)
    if not mutants:
        return ""
    folders: dict[str, list[list[dict]]] = {}
    for rows in mutants.values():
        folders.setdefault(folder_of(rows[0]["file"]), []).append(rows)
    lines = ["| folder | mutants | killed | killed later | survive | killed at first, % |",
             "|---|---:|---:|---:|---:|---:|"]  # fmt: skip
    survivors = []
    for folder in [*sorted(folders), "all"]:
        inside = list(mutants.values()) if folder == "all" else folders[folder]
        killed = sum(rows[0]["outcome"] != "survived" for rows in inside)
        alive = [rows[-1] for rows in inside if rows[-1]["outcome"] == "survived"]
        share = 100 * killed / len(inside)
        counts = f"{len(inside)} | {killed} | {len(inside) - killed - len(alive)} | {len(alive)}"
        lines.append(f"| {folder} | {counts} | {share:.0f} |")
        if folder != "all" and share < GOOD and alive:
            survivors += ["", f"**{folder}**", ""]
            survivors += [f"* {name_of(row)}: {row.get('reason') or 'open'}" for row in alive]
    commits = sorted({(row["date"], row["commit"]) for rows in mutants.values() for row in rows})
    tried = ", ".join(f"{commit} ({date})" for date, commit in commits)
    return "\n".join([f"Commits: {tried}.", "", *lines, *survivors]) + "\n"


def with_score(text: str, tries: Iterable[dict]) -> str:
    """Text of the docs with the score between its markers."""
    return BLOCK.sub(lambda _: score(tries), text)


def candidates_of(tree: Path) -> dict[str, list[Mutant]]:
    """Mutants of each file of a tree that is mutated."""
    return {
        file: mutants_of(file, (tree / file).read_text(encoding="utf-8"))
        for file in git("ls-files", *FOLDERS).splitlines()
        if file.endswith((".py", ".sql"))
    }


def tests_since(commit: str, file: str) -> list[str]:
    """Files of tests that changed since a try, which its survivor has not met; those of SQL always."""
    changed = git("diff", "--name-only", "--diff-filter=d", commit, "HEAD", "--", "tests")
    files = [name for name in changed.splitlines() if Path(name).name.startswith("test_")]
    return [*SQL_TESTS] if file.endswith(".sql") else files


def main() -> None:
    """Try mutants until the count or the time is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60.0, help="after the map of the tests")
    parser.add_argument("--seed", default="", help="default: the commit")
    parser.add_argument(
        "--commits", type=int, default=100, help="the newest: their files count as changed"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="of tests for one mutant")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="that map the tests")
    parser.add_argument("--map", type=Path, help="folder that keeps which tests run which line")
    parser.add_argument("--only", default="", help="draw from files whose path begins so")
    parser.add_argument(
        "--again", action="store_true", help="try survivors on tests that changed since"
    )
    parser.add_argument("--score", action="store_true", help="only write the score")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="living-panel-mutants-") as folder:
        tree = Path(folder) / "tree"
        git("clone", "-q", ".", str(tree))
        (tree / ".venv").symlink_to(sys.prefix)
        tries = run(tree, options)
    RESULTS.write_text("", encoding="utf-8")
    add_results(RESULTS, tries)
    DOCS.write_text(with_score(DOCS.read_text(encoding="utf-8"), tries), encoding="utf-8")


def run(tree: Path, options: argparse.Namespace) -> list[dict]:
    """Tries of today's code, those of earlier runs first."""
    commit = git("rev-parse", "--short=10", "HEAD")
    seed = options.seed or commit
    candidates = candidates_of(tree)
    named = {mutant.name: mutant for mutants in candidates.values() for mutant in mutants}
    # a try of code that has changed since says nothing of today's
    before = [row for row in read_tries() if name_of(row) in named]
    last = {name_of(row): row for row in before}
    if options.score:
        sample = []
    elif options.again:
        sample = [named[name] for name, row in last.items() if row["outcome"] == "survived"]
    else:
        drawn_from = {
            file: candidates[file] for file in candidates if file.startswith(options.only)
        }
        sample = draw(drawn_from, changed_lines(options.commits), options.count, seed)
        sample = [mutant for mutant in sample if mutant.name not in last]
    print(f"{len(named)} mutants are possible, {len(sample)} are to be tried", flush=True)
    reach: Reach | None = None
    if any(mutant.file.endswith(".py") for mutant in sample) and not options.again:
        print("which tests run which line? (some minutes) …", flush=True)
        reach = map_reach(tree, options.map or tree.parent / "map", options.workers)
    for name in LOADED_ONCE if sample else ():
        importlib.import_module(name)
    end = time.monotonic() + 60 * options.minutes
    rows: list[dict] = []
    for mutant in sample:
        if time.monotonic() > end:
            break
        begun = time.monotonic()
        if options.again:
            tests, usual = tests_since(last[mutant.name]["commit"], mutant.file), 300.0
            if not tests:
                continue
        elif reach and mutant.file.endswith(".py"):
            text = (tree / mutant.file).read_text(encoding="utf-8")
            lines = () if runs_on_import(text, mutant.line) else mutant.lines
            tests = reach.tests(mutant.file, lines, options.seconds) or [FIRST_RUN]
            usual = sum(reach.seconds.get(test, 100.0) for test in tests)
        else:
            tests, usual = [*SQL_TESTS], 200.0
        outcome, by = try_mutant(tree, mutant, tests, 5 * usual + 120)
        row = {
            "commit": commit, "date": datetime.date.today().isoformat(), "seed": seed,
            "file": mutant.file, "line": mutant.line, "column": mutant.column,
            "mutation": mutant.name.split(" ", 1)[1], "outcome": outcome, "by": by,
            "tests": len(tests), "seconds": round(time.monotonic() - begun, 1),
        }  # fmt: skip
        if outcome == "survived" and "reason" in last.get(mutant.name, {}):
            row["reason"] = last[mutant.name]["reason"]
        print(
            f"{outcome:>9} {row['seconds']:6.1f} s {len(tests):4d} tests  {mutant.name}", flush=True
        )
        rows.append(row)
        add_results(RESULTS, [row])  # a run that is stopped keeps them
    return before + without_unsound(tree, rows)


if __name__ == "__main__":
    main()
