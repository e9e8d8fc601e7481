"""`make faults`: as many faults as fit the time, seeded, added to those already tried.

Which cases there are, in which order, and the count. Cases never tried before come first, so that
runs with other seeds add up. Results: tools/faults/results.jsonl, one line a case.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from living_panel.orchestration.root.executor import DEFAULT
from tools.faults.bench import COMMANDS, PUBLISHED, Bench, Case
from tools.faults.faults import Point
from tools.results import add_results, read_results

RESULTS = Path(__file__).resolve().with_name("results.jsonl")
LATE = {"releases": "before_release", "artifacts": "before_release",
        "warehouse": "before_publication", "published": "before_publication"}  # fmt: skip
UNREADABLE = (
    "landing/*.csv", "landing/*.receipt.yml", "archive/*.csv", "archive/*receipt.yml",
    "extracted/*.parquet", "build/warehouse.duckdb", "build/made/builds.json",
    "state/release.json", "releases/*/panel.parquet", "releases/*/manifest.json",
    "state/current.json", "artifacts/*/manifest.json", "artifacts/*.parquet",
    "warehouse/*.duckdb", "ledger.jsonl", "archive/ledger.jsonl",
)  # fmt: skip
READ_ONLY = (
    "landing/*", "archive/*", "extracted/*", "build/*", "build/dbt/*", "build/warehouse.duckdb*",
    "releases/*", "artifacts/*", "artifacts/x_small/*", "warehouse/*", "warehouse.duckdb",
    ".warehouse.duckdb*", "ledger.jsonl", "archive/ledger.jsonl", "*",
)  # fmt: skip
CHAINED = ("kill before", "kill after", "kill within", "disk full", "disk error")
STOPS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("stopped", ("kill_before", "kill_after", "kill_half"), ()),
    ("on a full disk", ("full",), ("write", "create", "mkdir")),
    ("on a disk with errors", ("io_once",), ("write", "fsync", "rename")),
)
"""Faults of a command in words, with modes and calls; no calls are all calls."""
CHAIN = 10  # faults on one root before an undisturbed run
INSTANTS = 40
DECADE = 10 * 365 * 86400


def all_cases(points: list[Point], seconds: float, draw: random.Random) -> list[Case]:
    """Every case of one seed: kills around each write, random instants, and the other faults."""
    cases = []
    for point in points:
        dbt_own = point.path.startswith("build/dbt/")
        if dbt_own and draw.random() > 0.05:  # dbt's own logs and compiled files: a sample
            continue
        stage = LATE.get(point.room, "landed")
        if point.path in ("state/.release.json.*.tmp", "state/release.json"):
            stage = "before_release"
        cases.append(Case("kill before", "kill_before", point, stage))
        cases.append(Case("kill after", "kill_after", point, stage))
        if point.op == "write":
            cases.append(Case("kill within", "kill_half", point, stage))
        if point.op in ("write", "create", "mkdir") and not dbt_own:
            cases.append(Case("disk full", "full", point, stage))
        if point.op in ("write", "fsync", "rename") and not dbt_own:
            cases.append(Case("disk error", "io_once", point, stage))
    for _ in range(INSTANTS):
        instant = round(draw.uniform(0.2, seconds), 3)
        cases.append(Case("random instant", "off", kill_after=instant))
    for pattern in UNREADABLE:
        cases.append(Case("unreadable", "deny_read", Point("", pattern)))
    for pattern in READ_ONLY:
        cases.append(Case("read-only", "deny_write", Point("", pattern)))
    for path in ("build/refresh.lock", "archive/*", "build/warehouse.duckdb*", "artifacts/*"):
        for by in (-DECADE, DECADE):
            cases.append(Case("clock jump", "jump", Point("", path), by=by))
    for _ in range(8):
        cases.append(Case("memory limit", "off", memory=draw.randrange(600, 2600, 50) * 2**20))
    for _ in range(6):
        free = draw.randrange(0, 8 * 2**20, 4096)
        cases.append(Case("small disk", "off", room=str(free)))
    return cases


def command_cases(points_of: Mapping[str, list[Point]]) -> list[Case]:
    """Faults around each write of the commands that write besides a refresh, but for dbt's own files."""
    cases = []
    for command, points in points_of.items():
        for point in points:
            if "build/dbt/" in point.path or "-state/" in point.path:
                continue
            for words, modes, ops in STOPS:
                if point.op in ops or not ops:
                    cases += [
                        Case(f"{command} {words}", mode, point, PUBLISHED, command=command)
                        for mode in modes
                        if mode != "kill_half" or point.op == "write"
                    ]
    return cases


def in_chains(
    cases: list[Case], points: list[Point], tried: set[str], length: int, draw: random.Random
) -> list[list[Case]]:
    """Faults around writes, some to a chain that goes through the whole run; the others alone.

    Chains of cases never tried come first, so that runs add up; the rest is in random order.
    """
    place = {point: n for n, point in enumerate(points)}
    chains: list[list[Case]] = []
    for known in (False, True):
        ours = [case for case in cases if (case.name() in tried) is known]
        around = sorted(
            (c for c in ours if c.kind in CHAINED), key=lambda c: place[c.point] if c.point else -1
        )
        count = -(-len(around) // length)
        part = [around[n::count] for n in range(count)]
        part += [[case] for case in ours if case.kind not in CHAINED]
        draw.shuffle(part)
        chains += part
    return chains


def table(results: list[dict]) -> str:
    """Counts by kind of fault and executor: tried (and reached), survived, lost."""
    lines = ["| fault | tried | reached | survived | lost |", "|---|---:|---:|---:|---:|"]
    for kind in [*sorted({_kind(r) for r in results}), "all"]:
        rows = [r for r in results if kind in ("all", _kind(r))]
        lost = sum(bool(r["problems"]) for r in rows)
        reached = sum(r["hit"] for r in rows)
        lines.append(f"| {kind} | {len(rows)} | {reached} | {len(rows) - lost} | {lost} |")
    return "\n".join(lines)


def _kind(result: dict) -> str:
    executor = result.get("executor", DEFAULT)
    return result["kind"] if executor == DEFAULT else f"{result['kind']}, {executor}"


def _share_out(workers: int) -> int:
    """The same command once a worker, each with its part of the cases; 1 if any of them lost."""
    running = []
    for worker in range(1, workers + 1):
        options = ["--workers", "1", "--share", f"{worker}/{workers}"]  # what stands last counts
        command = [sys.executable, "-m", "tools.faults.campaign", *sys.argv[1:], *options]
        running.append(subprocess.Popen(command))
    codes = [process.wait() for process in running]
    print(table(read_results(RESULTS, "case")))
    return max(map(abs, codes))


def _record(results: list[dict], seed: int) -> None:
    for result in results:
        print(f"{'LOST' if result['problems'] else 'ok'}  {result['case']}  "
              f"({result['status']}, {result['seconds']} s)", *result["problems"],
              sep="\n     ", flush=True)  # fmt: skip
    add_results(RESULTS, (result | {"seed": seed} for result in results))


def main() -> int:
    """Run for the minutes given; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=28.0, help="time for the cases, after the preparation"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="print the table and end")
    parser.add_argument(
        "--workers", type=int, default=1, help="this many at once, each with its own folder"
    )
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--share", default="1/1", help="this worker's part of the cases: 1/2, 2/2")
    options = parser.parse_args()
    if options.list:
        print(table(read_results(RESULTS, "case")))
        return 0
    if options.workers > 1:
        return _share_out(options.workers)
    # one that was lost is tried again, to see that what was mended holds
    tried = {result["case"] for result in read_results(RESULTS, "case") if not result["problems"]}
    folder = Path(tempfile.mkdtemp(prefix="living-panel-faults-"))
    bench = Bench(folder)
    try:
        bench.prepare([name for name in COMMANDS if options.only.split(" ")[0] in ("", name)])
        started = time.monotonic()
        print(f"undisturbed: {bench.seconds} s, {len(bench.points)} kinds of write", flush=True)
        draw = random.Random(options.seed)
        cases = all_cases(bench.points, bench.seconds, draw) + command_cases(bench.points_of)
        if options.only:
            cases = [case for case in cases if options.only in case.name()]
        part, parts = map(int, options.share.split("/"))
        chains = in_chains(cases, bench.points, tried, CHAIN, draw)[part - 1 :: parts]
        new = sum(case.name() not in tried for chain in chains for case in chain)
        print(f"{sum(map(len, chains))} cases, {new} of them never tried", flush=True)
        lost, waiting = 0, deque(chains)
        while waiting and time.monotonic() - started < options.minutes * 60:
            chain = waiting.popleft()
            try:
                results = bench.try_chain(chain)
            except json.JSONDecodeError:  # the workshop was ended: not a case, so not counted
                print(f"again  {chain[0].name()}", flush=True)
                bench.open()
                continue
            if rest := chain[len(results) :]:
                waiting.appendleft(rest)
            lost += sum(bool(result["problems"]) for result in results)
            _record(results, options.seed)
    finally:
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)
    if options.share == "1/1":
        print(table(read_results(RESULTS, "case")))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
