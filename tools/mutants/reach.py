"""Which tests run a line, and how long each takes: one run of the near layers under coverage."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from coverage import CoverageData

# layers without processes of their own, whose lines coverage sees
LAYERS = ("tests/unit", "tests/reference", "tests/integration/test_fetch_client.py",
          "tests/integration/test_fetch_database.py", "tests/integration/test_fetch_pages.py")  # fmt: skip
NEAR = "not long and not browser and not postgres"


@dataclass
class Reach:
    """Tests by the line they run, of each module, and the seconds each takes without a mutant."""

    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def tests(
        self, module: str, first: int, last: int, longest: float, on_import: bool
    ) -> list[str]:
        """Tests that run one of these lines, the quickest first, together within `longest` seconds.

        What a fixture runs counts for every test of its file, and a line that runs on import (a
        constant, a field's default) for every test of the module. The first test is always there.
        """
        by_line = self.lines.get(module, {})
        reached: set[str] = set()
        for line in range(first, last + 1):
            reached |= by_line.get(line, set())
        if on_import and by_line:
            reached = set().union(*by_line.values())
        chosen: list[str] = []
        spent = 0.0
        for test in sorted(reached, key=lambda t: (self.seconds.get(t, 0.0), t)):
            spent += self.seconds.get(test, 0.0)
            if chosen and spent > longest:
                break
            chosen.append(test)
        return chosen


def map_reach(tree: Path, folder: Path) -> Reach:
    """Run the near layers once under coverage, in a tree; several minutes.

    Raises
    ------
    RuntimeError
        When the tests cannot be run. One that fails without any mutant is reported and omitted.
    """
    data, report = folder / "reach.coverage", folder / "reach.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "logical", "--dist", "loadfile", "-m", NEAR,
         "--cov=living_panel", "--cov-context=test", "--cov-report=",
         f"--junitxml={report}", "-o", "junit_family=xunit1", *LAYERS],
        cwd=tree, env=os.environ | {"COVERAGE_FILE": str(data), "PYTHONPATH": str(tree)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the tests cannot be run:\n{done.stdout[-3000:]}")
    reach = Reach(seconds=_seconds(report))
    of_file = defaultdict(set)
    for test in reach.seconds:
        of_file[test.split("::")[0]].add(test)
    recorded = CoverageData(str(data))
    recorded.read()
    for measured in recorded.measured_files():
        reach.lines[measured.removeprefix("living_panel/")] = {
            line: {t for context in contexts for t in _tests_of(context, of_file)}
            for line, contexts in recorded.contexts_by_lineno(measured).items()
        }
    return reach


def _tests_of(context: str, of_file: dict[str, set[str]]) -> set[str]:
    test, _, phase = context.partition("|")
    if not test:
        return set()
    ours = of_file[test.split("::")[0]]
    return ours & {test} if phase == "run" else ours


def _seconds(report: Path) -> dict[str, float]:
    seconds = {}
    for case in ElementTree.parse(report).iter("testcase"):
        file, inner = str(case.get("file")), str(case.get("classname")).split(".")
        classes = inner[len(Path(file).with_suffix("").parts) :]
        test = "::".join([file, *classes, str(case.get("name"))])
        if case.find("failure") is not None or case.find("error") is not None:
            print(f"# fails without a mutant, left out: {test}", flush=True)
        elif case.find("skipped") is None:
            seconds[test] = float(case.get("time", 0))
    return seconds
