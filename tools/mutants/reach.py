"""Which fast tests run a line, in their own process or in one that they start, and how long each takes.

This module is also the plugin of pytest that names the present test to coverage. A process that a test starts finds
the name in its environment, where pytest writes it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from coverage import Coverage, CoverageData

FAST = "not slow and not long"
SQL_TESTS = ("tests/integration/test_dbt_project.py", "tests/integration/test_first_run.py")
"""Fast tests that run the dbt project, with its unit tests; coverage sees no SQL."""
SETTINGS = """\
[run]
source_pkgs = living_panel
parallel = true
sigterm = true
context = ${PYTEST_CURRENT_TEST}
disable_warnings = no-data-collected, module-not-imported, module-not-measured
"""


@dataclass
class Reach:
    """Tests by the line they run, and the seconds each takes without a mutant."""

    tree: Path
    data: CoverageData
    seconds: dict[str, float]
    of_file: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for test in self.seconds:
            self.of_file[test.split("::")[0]].add(test)
        self.measured = {str(Path(f).resolve()): f for f in self.data.measured_files()}
        self.contexts = cache(self.data.contexts_by_lineno)

    def tests(self, file: str, lines: Iterable[int], longest: float) -> list[str]:
        """Tests that run one of these lines (any line, without lines), the quickest first.

        All together take at most `longest` seconds, but the first is always there. A line that a fixture runs
        counts for every test of the fixture's file.
        """
        if file.endswith(".sql"):
            return [test for name in SQL_TESTS for test in sorted(self.of_file[name])]
        measured = self.measured.get(str((self.tree / file).resolve()))
        by_line = self.contexts(measured) if measured else {}
        reached = {
            test
            for line in lines or by_line
            for context in by_line.get(line, ())
            for test in self._tests_of(context)
        }
        chosen: list[str] = []
        spent = 0.0
        for test in sorted(reached, key=lambda t: (self.seconds[t], t)):
            spent += self.seconds[test]
            if chosen and spent > longest:
                break
            chosen.append(test)
        return chosen

    def _tests_of(self, context: str) -> set[str]:
        test, _, phase = context.rpartition(" ")
        tests = self.of_file.get(test.split("::")[0], set())
        return tests & {test} if phase == "(call)" else tests


def map_reach(tree: Path, workers: int) -> Reach:
    """Run the fast tests of a tree once under coverage; several minutes.

    Raises
    ------
    RuntimeError
        When the tests cannot be run. One that fails without any mutant is reported and left out.
    """
    data, settings, report = (tree.parent / name for name in ("coverage", "rc.ini", "tests.json"))
    settings.write_text(SETTINGS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "--dist", "loadfile",
         "-m", FAST, f"--basetemp={tree.parent / 't'}", "-p", __name__],
        cwd=tree, capture_output=True, text=True, check=False,
        env=os.environ | {
            "PYTHONPATH": str(tree), "COVERAGE_PROCESS_START": str(settings),
            "COVERAGE_FILE": str(data), "MUTANTS_REPORT": str(report),
        },
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the tests cannot be run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    coverage = Coverage(str(data), config_file=False)
    coverage.combine()
    told = json.loads(report.read_text(encoding="utf-8"))
    for test in told["failed"]:
        print(f"# fails without a mutant, left out: {test}", flush=True)
        told["seconds"].pop(test, None)
    return Reach(tree, coverage.get_data(), told["seconds"])


SECONDS: dict[str, float] = {}
FAILED: set[str] = set()


def _named(phase: str) -> Callable[[pytest.Item], Generator[None, object, object]]:
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def hook(item: pytest.Item) -> Generator[None, object, object]:
        if coverage := Coverage.current():
            coverage.switch_context(f"{item.nodeid} ({phase})")
        return (yield)

    return hook


pytest_runtest_setup, pytest_runtest_call = _named("setup"), _named("call")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what a test took; without its setup, which other tests may share."""
    if report.failed:
        FAILED.add(report.nodeid)
    elif report.when == "call" and report.passed:
        SECONDS[report.nodeid] = report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down tests and seconds, in the process that got all reports."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        told = {"seconds": SECONDS, "failed": sorted(FAILED)}
        Path(os.environ["MUTANTS_REPORT"]).write_text(json.dumps(told), encoding="utf-8")
