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
from collections.abc import Callable, Container, Generator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from coverage import Coverage, CoverageData

FAST = "not slow and not long"
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

    data: CoverageData
    seconds: dict[str, float]
    of_file: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for test in self.seconds:
            self.of_file[test.split("::")[0]].add(test)
        self.contexts = cache(self.data.contexts_by_lineno)

    def tests(self, file: str, lines: Container[int], longest: float) -> list[str]:
        """Tests that run one of these lines (any line, without lines), the quickest first.

        All together take at most `longest` seconds, but the first is always there. A line that a fixture runs
        counts for every test of the fixture's file.
        """
        reached = {
            test
            for measured in self.data.measured_files()
            if measured.endswith(f"/{file}")
            for line, contexts in self.contexts(measured).items()
            if not lines or line in lines
            for context in contexts
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


def map_reach(tree: Path, folder: Path, workers: int) -> Reach:
    """Run the fast tests of a tree once under coverage, if a folder has no map of them; several minutes.

    Raises
    ------
    RuntimeError
        When the tests cannot be run. One that fails without any mutant is reported and left out.
    """
    data, settings, report = (folder / name for name in ("coverage", "rc.ini", "tests.json"))
    coverage = Coverage(str(data), config_file=False)
    if report.exists():
        coverage.load()
        return Reach(coverage.get_data(), json.loads(report.read_text(encoding="utf-8")))
    folder.mkdir(parents=True, exist_ok=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "--dist", "loadfile",
         "-m", FAST, f"--basetemp={tree.parent / 't'}", "-p", __name__],
        cwd=tree, capture_output=True, text=True, check=False,
        env=os.environ | {
            "PYTHONPATH": str(tree), "COVERAGE_PROCESS_START": str(settings),
            "COVERAGE_FILE": str(data), "MUTANTS_REPORT": str(report) + ".new",
        },
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the tests cannot be run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    coverage.combine()
    coverage.save()
    told = json.loads(Path(f"{report}.new").read_text(encoding="utf-8"))
    for test in told["failed"]:
        print(f"# fails without a mutant, left out: {test}", flush=True)
        told["seconds"].pop(test, None)
    report.write_text(json.dumps(told["seconds"]), encoding="utf-8")
    return Reach(coverage.get_data(), told["seconds"])


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
