"""Push-down on a standalone Spark cluster against DuckDB, pyfixest and a bare scan of the same engine.

Run: `.venv-spark/bin/python benchmarks/cluster.py` (needs Java 17; pyfixest runs in `.venv`). Seconds of processor come
from Spark's event log and from the operating system, so that they hold on a machine that others use too. Writes
CLUSTER.md next to this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.pushdown import COLUMNS, MOST_ROWS, pyfixest, write_panel  # noqa: E402
from living_panel.estimation.pushdown import duckdb_engine, spark_engine, two_way  # noqa: E402

FILES = 8
Row = tuple[float, str, str, dict[str, float]]
"""Rows, engine, task, and what was measured."""
WAY: dict[str, Any] = {
    "cov": "clustered",
    "cluster": "unit",
    "correction": "reghdfe",
    "df": "t(G-1)",
}


def push_down(table: Any) -> float:
    """The regression of the push-down benchmark; the slope of x1."""
    return float(two_way(table, "y", ["x1", "x2"], unit="unit", time="time", **WAY).params["x1"])


def bare_scan(table: Any) -> float:
    """Read and add up the same columns."""
    return float(
        table.agg(**{c: table[c].cast("float64").sum() for c in COLUMNS}).execute().iloc[0, 2]
    )


TASKS = {"push-down": push_down, "bare scan": bare_scan}
DUCKDB, PYFIXEST = "DuckDB, 2 threads", "pyfixest, 2 threads"


def on_spark(folder: Path, small: Path, workers: int, task: str) -> dict[str, float]:
    """One task on a cluster of its own; what the event log says of its executors."""
    from spark.cluster import running_cluster  # pyfixest's environment has no Spark

    with tempfile.TemporaryDirectory(prefix="living-panel-bench-") as place:
        events = Path(place) / "events"
        events.mkdir()
        settings = {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": events.as_uri(),
            "spark.eventLog.compress": "false",
            "spark.executor.memory": "2g",
            "spark.sql.shuffle.partitions": "4",
            "spark.executor.metrics.pollingInterval": "500",
        }
        with running_cluster(Path(place) / "cluster", workers=workers, memory="2g") as cluster:
            with spark_engine(master=cluster.master, settings=settings) as engine:
                TASKS[task](engine.read_parquet(str(small)))  # classes loaded, code compiled
                begun_ms, begun = time.time() * 1000, time.monotonic()
                TASKS[task](engine.read_parquet(str(folder)))
                seconds = time.monotonic() - begun
        return read_events(events, begun_ms) | {"seconds": seconds}


def read_events(folder: Path, begun_ms: float) -> dict[str, float]:
    """Sums over the tasks that were launched after a moment, from Spark's event log."""
    cpu = shuffled = peak = 0.0
    for file in (p for p in folder.rglob("*") if p.is_file()):
        for line in file.read_text(encoding="utf-8").splitlines():
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("Event") != "SparkListenerTaskEnd":
                continue
            if event["Task Info"]["Launch Time"] < begun_ms:
                continue
            metrics = event.get("Task Metrics") or {}
            cpu += (
                metrics.get("Executor CPU Time", 0)
                + metrics.get("Executor Deserialize CPU Time", 0)
            ) / 1e9
            shuffled += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
            used = event.get("Task Executor Metrics") or {}
            peak = max(peak, used.get("JVMHeapMemory", 0) + used.get("JVMOffHeapMemory", 0))
    return {"cpu": cpu, "shuffled": shuffled, "peak": peak}


def in_a_process(python: str, folder: Path, small: Path, tool: str) -> dict[str, float]:
    """One tool on this machine, in a process of its own."""
    given = ["--worker", tool, "--file", str(folder), "--small", str(small)]
    command = [python, __file__, *given]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def work(tool: str, folder: Path, small: Path) -> None:
    """Warm up on a small file, then measure; prints JSON."""
    run_tool(tool, small)
    before, begun = processor_seconds(), time.monotonic()
    run_tool(tool, folder)
    seconds, cpu = time.monotonic() - begun, processor_seconds() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"cpu": cpu, "seconds": seconds, "shuffled": 0.0, "peak": peak}))


def run_tool(tool: str, folder: Path) -> None:
    """A task in DuckDB, or pyfixest."""
    if tool == "pyfixest":
        pyfixest(folder, argparse.Namespace())
        return
    with duckdb_engine(memory_limit="3GB", threads=2) as engine:
        TASKS[tool](engine.read_parquet(str(folder / "*.parquet")))


def processor_seconds() -> float:
    """Seconds of processor that this process has used, with all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e6, 1e7])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--peer-python", default=str(HERE.parent / ".venv" / "bin" / "python"))
    parser.add_argument("--append", action="store_true", help="add the run to the page")
    parser.add_argument("--output", type=Path, default=HERE / "CLUSTER.md")
    parser.add_argument("--worker", choices=[*TASKS, "pyfixest"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--small", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options.file, options.small)
        return
    load = os.getloadavg()[0]
    rows = measure(options)
    with options.output.open("a" if options.append else "w", encoding="utf-8") as page:
        page.write(section(rows, load) if options.append else INTRODUCTION + section(rows, load))


def write_small(folder: Path) -> None:
    """A panel of 5,000 rows in several files, so that every worker reads one and is warm."""
    folder.mkdir()
    whole = folder.with_suffix(".parquet")
    write_panel(whole, 5_000, "3GB")
    rows = pd.read_parquet(whole)
    for number in range(FILES):
        rows.iloc[number::FILES].to_parquet(folder / f"part-{number}.parquet", index=False)


def measure(options: argparse.Namespace) -> list[Row]:
    """All sizes, engines and tasks."""
    rows: list[Row] = []

    def add(size: float, engine: str, task: str, found: dict[str, float]) -> None:
        rows.append((size, engine, task, found))
        print(rows[-1], flush=True)

    with tempfile.TemporaryDirectory(prefix="living-panel-bench-") as place:
        small = Path(place) / "small"
        write_small(small)
        for size in options.rows:
            folder = Path(place) / f"{size:.0e}"
            folder.mkdir()
            write_panel(folder / "panel.parquet", int(size), "3GB")
            if size <= MOST_ROWS["pyfixest"]:
                found = in_a_process(options.peer_python, folder, small, "pyfixest")
                add(size, PYFIXEST, "push-down", found)
            for task in TASKS:
                add(size, DUCKDB, task, in_a_process(sys.executable, folder, small, task))
                for workers in options.workers:
                    name = f"Spark, {workers} worker{'s' * (workers > 1)}"
                    add(size, name, task, on_spark(folder, small, workers, task))
            shutil.rmtree(folder)
    return rows


INTRODUCTION = """# Push-down on a Spark cluster

Written by `benchmarks/cluster.py`: y on x1, x2 with unit and period effects, clustered by unit, on the unbalanced panel
of [RESULTS.md](RESULTS.md). Each worker is a process with one core and 2 GB; the master and the driver run on the same
machine. Classes are loaded and code is compiled on 5,000 rows before the clock starts.

Processor: the tasks of the executors (Spark), or the process. Memory: the largest executor with heap and off-heap
memory (Spark), or the process. The bare scan reads and adds up the same columns in the same engine.
"""


def section(rows: list[Row], load: float) -> str:
    """One run in Markdown."""
    cpu = {(size, engine, task): found["cpu"] for size, engine, task, found in rows}
    lines = [
        "",
        f"## Run of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "",
        f"Python {platform.python_version()}, Spark {version('pyspark')}, duckdb {version('duckdb')}, "
        f"{os.cpu_count()} cores. The load of the machine was {load:.1f} before and {os.getloadavg()[0]:.1f} after: "
        "with a load above the cores other programs used it. "
        "Compare seconds of processor and the ratios, which are of one run.",
        "",
        "| rows | engine | task | processor, s | clock, s | memory, GB | shuffled, MB | processor / bare scan "
        "| processor / DuckDB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for size, engine, task, found in rows:
        scan, duck = cpu.get((size, engine, "bare scan")), cpu[size, DUCKDB, task]
        against = f"{found['cpu'] / scan:.1f}" if scan and task != "bare scan" else ""
        lines.append(
            f"| {size:.0e} | {engine} | {'regression' if engine == PYFIXEST else task} | {found['cpu']:.2f} | "
            f"{found['seconds']:.1f} | {found['peak'] / 1024**3:.2f} | {found['shuffled'] / 1e6:.1f} | {against} | "
            f"{found['cpu'] / duck:.1f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
