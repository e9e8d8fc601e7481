"""`python -m tools.faults.attacks`: forged, endless, stopped and lost states, counted by kind.

Every kind is a set of tests; each test is a case with one expectation. Results: attacks.jsonl, one line a
case; a kind that is run again replaces its cases. `--list` prints the table of all that was tried;
`--kind` runs one kind.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

from tools.results import add_results, read_results

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).resolve().with_name("attacks.jsonl")
LEDGER, PUBLISH = "tests/integration/test_ledger.py", "tests/integration/test_publish.py"
FORGERIES = "tests/integration/test_forgeries.py"
OPERATIONS = "tests/integration/test_operations.py"
KINDS: dict[str, tuple[str, ...]] = {
    "refresh stopped at each stage, then `as_of`": ("tests/integration/test_stopped_refresh.py",),
    "publication stopped at the link; older roots": (
        f"{PUBLISH}::test_a_state_is_swapped_whole",
        f"{PUBLISH}::test_a_root_of_an_older_version_is_adopted",
    ),
    "published file written into": (
        f"{PUBLISH}::test_a_file_that_somebody_wrote_into_is_never_published_again",
        f"{PUBLISH}::test_a_changed_file_is_set_aside_and_nobody_is_led_back_to_it",
        f"{PUBLISH}::test_a_published_file_cannot_be_written_into",
    ),
    "any byte changed: manifests, receipts, logs, links": (
        f"{LEDGER}::test_what_was_changed_is_named_with_its_remedy",
    ),
    "published table changed, with a line of the ledger": (
        f"{LEDGER}::test_a_table_changed_with_its_line_of_the_ledger_is_named",
    ),
    "forgery without a line of the ledger": (
        f"{FORGERIES}::test_a_forgery_without_a_line_of_the_ledger_is_named",
    ),
    "forgery with a line of the ledger": (
        f"{FORGERIES}::test_a_forgery_with_a_line_of_the_ledger_is_named",
        f"{FORGERIES}::test_each_line_after_the_noted_one_is_said",
    ),
    "change of a published table": (
        "tests/unit/test_digest.py::test_each_change_of_a_table_changes_its_digest",
    ),
    "forged or malformed package": ("tests/integration/test_package_check.py",),
    "page of another site, foreign host": ("tests/e2e/test_ui_guard.py",),
    "formula that is a program, or without end": (
        "tests/unit/test_formula_grammar.py::test_an_attack_is_refused_at_once_by_its_code",
        "tests/unit/test_formula_grammar.py::test_a_condition_that_attacks_ends_at_once",
    ),
    "ledger shortened, emptied, deleted": (
        f"{LEDGER}::test_a_ledger_that_is_shorter_than_what_it_must_hold_is_named",
        f"{LEDGER}::test_a_tracked_ledger_is_held_to_the_receipts_and_to_the_commit",
        f"{LEDGER}::test_a_line_noted_elsewhere_is_looked_for",
    ),
    "damaged line of a ledger": (f"{LEDGER}::test_a_damaged_line_is_named_whatever_it_is",),
    "backfill over assets": (
        f"{OPERATIONS}::test_a_backfill_over_assets_says_what_to_press_instead",
    ),
    "endless or impossible YAML": ("tests/unit/test_limited_yaml.py",),
    "table without end or memory": ("tests/unit/test_limits.py",),
    "process of the pool that dies": ("tests/unit/test_processes.py",),
    "everything lost, restored from a backup; damaged backups": ("tests/unit/test_backup.py",),
    "second host, dead holders of the lock": ("tests/unit/test_refresh_lock.py",),
    "server stopped by a signal": ("tests/unit/test_serving.py",),
    "other hosts, hidden and outside files at the report server": (
        "tests/unit/test_report_server.py",
    ),
    "links, dates to come and clocks in the archive": ("tests/unit/test_archive.py",),
}


def main() -> int:
    """Run the kinds that were asked for; 1 if a case was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="print the table of all that was tried")
    parser.add_argument("--kind", help="run the kinds whose name holds this text")
    options = parser.parse_args()
    if not options.list:
        chosen = {k: tests for k, tests in KINDS.items() if (options.kind or "") in k}
        ran = list(_run(chosen))
        others = [row for row in read_results(RESULTS, "case") if row["kind"] not in chosen]
        RESULTS.write_text("", encoding="utf-8")
        add_results(RESULTS, [*others, *ran])
    results = read_results(RESULTS, "case")
    print(table(results))
    return int(any(not row["held"] for row in results))


def _run(kinds: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, object]]:
    """Run the tests of some kinds in one session, so that what they share is made once."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        tests = [test for of_kind in kinds.values() for test in of_kind]
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *tests]
        subprocess.run(command, cwd=REPOSITORY, check=False)
        for case in ElementTree.parse(report).iter("testcase"):
            if case.find("skipped") is None:
                is_passed = case.find("failure") is None and case.find("error") is None
                name = f"{case.get('classname')}::{case.get('name')}"
                yield {"case": name, "kind": _kind_of(name, kinds), "held": is_passed}


def _kind_of(case: str, kinds: Mapping[str, tuple[str, ...]]) -> str:
    """Kind whose test a case of a report is: `tests.unit.test_x::test_y[z]`."""
    module, _, test = case.partition("::")
    names = {
        f"{module.replace('.', '/')}.py",
        f"{module.replace('.', '/')}.py::{test.split('[')[0]}",
    }
    return next(kind for kind, tests in kinds.items() if names & set(tests))


def table(results: list[dict]) -> str:
    """Counts by kind: tried, named or kept, unnoticed or lost."""
    lines = ["| attack | tried | named or kept | unnoticed or lost |", "|---|---:|---:|---:|"]
    for kind in [*KINDS, "all"]:
        rows = [r for r in results if kind in ("all", r["kind"])]
        n_passed = sum(r["held"] for r in rows)
        lines.append(f"| {kind} | {len(rows)} | {n_passed} | {len(rows) - n_passed} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
