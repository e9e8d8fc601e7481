"""The push-down estimator against pyfixest and linearmodels: time and peak memory, with reading.

Run: `python benchmarks/pushdown.py` (`make bench`). Every measurement is a process of its own on
the same Parquet file; tools take turns within a round, and ratios are taken within rounds. Writes
RESULTS.md, pushdown.csv and pushdown.png next to this file.
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
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

PERIODS = 20
COLUMNS = ["unit", "time", "y", "x1", "x2"]
TOOLS = ("push-down", "pyfixest", "linearmodels", "bare scan")
# beyond these a peer does not fit the memory of an ordinary machine (4 GB and more at 10^7 rows)
MOST_ROWS = {"pyfixest": 2e7, "linearmodels": 2e7}
REQUIRED = {  # (tool, what): at most this share, at 10^7 rows
    ("pyfixest", "seconds"): 1 / 3,
    ("pyfixest", "peak_gb"): 1 / 5,
    ("linearmodels", "seconds"): 1 / 10,
}
REQUIRED_PEAK_GB = 4.0


def write_panel(path: Path, rows: int, memory_limit: str) -> None:
    """Unbalanced panel of about `rows` rows: units enter and leave, one cell in twenty is missing.

    True slopes .5 and -.25; both regressors move with unit and period effects; errors are serially
    dependent within units.
    """
    import duckdb

    units = round(rows / (PERIODS * 0.95 * 0.9))
    with duckdb.connect(config={"memory_limit": memory_limit}) as connection:
        connection.execute(
            f"""
            copy (
                with units as (
                    select
                        range as unit,
                        cast(hash(range) % 10 as integer) as late,
                        cast(hash(range + 7) % 10 as integer) as early,
                        (hash(range + 1) % 1000) / 200.0 as a,
                        (hash(range + 2) % 1000) / 500.0 as shock
                    from range({units})
                ),
                rows as (
                    select
                        unit, cast(2001 + p.range as integer) as time, a, shock,
                        hash(unit * 64 + p.range) as h,
                        p.range as p, late, early
                    from units cross join range({PERIODS}) as p
                ),
                regressors as (
                    select
                        unit, time, a, shock, p, h,
                        a + 0.1 * p + (h % 4093) / 2046.0 as x1,
                        0.5 * a - 0.05 * p + ((h // 4096) % 4093) / 2046.0 as x2
                    from rows
                    where p >= greatest(late - 5, 0) and p < {PERIODS} - greatest(early - 5, 0)
                        and (h // 65536) % 20 != 0
                )
                select
                    unit, time, x1, x2,
                    0.5 * x1 - 0.25 * x2 + a + 0.03 * p + shock * x1 / 10
                    + ((h // 16777216) % 4093) / 1023.0 as y
                from regressors
            ) to '{path}' (format parquet)
            """
        )


def push_down(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    from living_panel.estimation.pushdown import duckdb_engine, two_way

    with duckdb_engine(
        memory_limit=options.memory_limit, threads=options.threads, temp_directory=path.parent
    ) as engine:
        result = two_way(
            engine.read_parquet(path), "y", ["x1", "x2"], unit="unit", time="time",
            cov="clustered", cluster="unit", correction="reghdfe", df="t(G-1)",
        )  # fmt: skip
    return {"params": [*result.params], "std_errors": [*result.std_errors], "n": result.n_obs}


def pyfixest(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    import pyfixest as pf

    fit = pf.feols(
        "y ~ x1 + x2 | unit + time",
        data=pd.read_parquet(path, columns=COLUMNS),
        vcov={"CRV1": "unit"},
        store_data=False,
        copy_data=False,
        lean=True,
    )
    return {"params": [*fit.coef()], "std_errors": [*fit.se()], "n": int(fit._N)}


def linearmodels(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    from linearmodels.panel import PanelOLS

    data = pd.read_parquet(path, columns=COLUMNS).set_index(["unit", "time"])
    model = PanelOLS(data["y"], data[["x1", "x2"]], entity_effects=True, time_effects=True)
    fit = model.fit(cov_type="clustered", cluster_entity=True)
    # its convention counts all absorbed effects; taken to the others' so that they compare
    n, g, k = len(data), data.index.levels[0].size, 2
    own = n / (n - k - (g + PERIODS - 1))
    factor = g / (g - 1) * (n - 1) / (n - k - PERIODS)
    return {
        "params": [*fit.params],
        "std_errors": [*(fit.std_errors * np.sqrt(factor / own))],
        "n": n,
    }


def bare_scan(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Every value of the same columns read and added up: the least any tool has to do."""
    from living_panel.estimation.pushdown import duckdb_engine

    with duckdb_engine(memory_limit=options.memory_limit, threads=options.threads) as engine:
        table = engine.read_parquet(path)
        sums = table.agg(**{c: table[c].cast("float64").sum() for c in COLUMNS}, n=table.count())
        row = sums.execute().iloc[0]
    return {"params": [], "std_errors": [], "n": int(row["n"])}


WORKERS: dict[str, Callable[[Path, argparse.Namespace], dict[str, Any]]] = {
    "push-down": push_down,
    "pyfixest": pyfixest,
    "linearmodels": linearmodels,
    "bare scan": bare_scan,
}


def work(tool: str, path: Path, options: argparse.Namespace) -> None:
    """In a process of its own: warm up on a small file, then measure once; prints JSON."""
    WORKERS[tool](options.small, options)  # imports and just-in-time compilation
    start = time.perf_counter()
    found = WORKERS[tool](path, options)
    found["seconds"] = time.perf_counter() - start
    found["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps(found))


def measure(tool: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    command = [
        sys.executable, str(Path(__file__).resolve()), "--worker", tool, "--file", str(path),
        "--small", str(options.small), "--memory-limit", options.memory_limit,
        "--threads", str(options.threads),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        return {"failed": words[0]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def run(options: argparse.Namespace) -> pd.DataFrame:
    """All sizes, tools and rounds; one row a measurement."""
    records = []
    folder = Path(tempfile.mkdtemp(prefix="living-panel-bench-", dir=options.folder))
    try:
        options.small = folder / "small.parquet"
        write_panel(options.small, 5_000, options.memory_limit)
        for rows in options.rows:
            path = folder / f"panel-{rows:.0e}.parquet"
            write_panel(path, int(rows), options.memory_limit)
            size = path.stat().st_size / 1024**3
            for turn in range(options.rounds if rows <= 2e7 else options.rounds_large):
                for tool in TOOLS:
                    if rows > MOST_ROWS.get(tool, np.inf) or tool in options.without:
                        continue
                    found = measure(tool, path, options)
                    records.append(
                        {"rows": int(rows), "file_gb": size, "round": turn, "tool": tool, **found}
                    )
                    said = found.get("failed") or (
                        f"{found['seconds']:8.2f} s {found['peak_gb']:6.2f} GB"
                    )
                    print(f"{rows:8.0e} rows, round {turn + 1}: {tool:13s} {said}", flush=True)
            path.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return pd.DataFrame(records)


def differences(table: pd.DataFrame) -> tuple[float, float]:
    """Worst difference from the peers: slopes in standard errors, standard errors as a share."""
    worst = [0.0, 0.0]
    for _, part in table[table["tool"] != "bare scan"].groupby(["rows", "round"]):
        part = part[part["params"].notna()]
        own = part[part["tool"] == "push-down"]
        if own.empty:
            continue
        b, se = (np.array(own[c].iloc[0]) for c in ("params", "std_errors"))
        for peer in part[part["tool"] != "push-down"].itertuples():
            worst[0] = max(worst[0], float(np.max(np.abs(np.array(peer.params) - b) / se)))
            worst[1] = max(worst[1], float(np.max(np.abs(np.array(peer.std_errors) / se - 1))))
    return worst[0], worst[1]


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Push-down over each other tool, within rounds: median, smallest, largest."""
    rows = []
    usable = table[table["seconds"].notna()]
    for (size, tool), part in usable[usable["tool"] != "push-down"].groupby(["rows", "tool"]):
        own = usable[(usable["rows"] == size) & (usable["tool"] == "push-down")].set_index("round")
        other = part.set_index("round")
        for what in ("seconds", "peak_gb"):
            share = (own[what] / other[what]).dropna()
            rows.append(
                {
                    "rows": size,
                    "against": tool,
                    "what": what,
                    "median": share.median(),
                    "smallest": share.min(),
                    "largest": share.max(),
                    "required": REQUIRED.get((tool, what)) if size == 10**7 else None,
                }
            )
    return pd.DataFrame(rows)


def report(table: pd.DataFrame, options: argparse.Namespace) -> str:
    share, worst = ratios(table), differences(table)
    packages = ", ".join(
        f"{p} {version(p)}"
        for p in ("duckdb", "ibis-framework", "pyfixest", "linearmodels", "pandas", "numpy")
    )
    lines = [
        "# Push-down against its peers",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Python "
        f"{platform.python_version()}, {packages}.",
        f"Machine: {_processor()}, {os.cpu_count()} cores, "
        f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1024**3:.0f} GB, load "
        f"{options.load[0]:.1f} before and {os.getloadavg()[0]:.1f} after. DuckDB with "
        f"{options.threads} threads and memory_limit {options.memory_limit}. The absolute seconds "
        "depend on the machine and on who else uses it; ratios are taken within rounds, in which "
        "the tools take turns on the same file.",
        "",
        "Regression: y on x1, x2 with unit and period effects, standard errors clustered by unit "
        f"(`reghdfe`); unbalanced, {PERIODS} periods. Reading the Parquet file is in the time, "
        "imports and just-in-time compilation are not (warm-up on 5,000 rows). Memory is the "
        "peak of the whole process.",
        "",
        "## Time and memory",
        "",
        "| rows | file, GB | tool | seconds: median (smallest to largest) | peak, GB | rounds |",
        "|---|---|---|---|---|---|",
    ]
    for (rows, tool), part in table.groupby(["rows", "tool"], sort=False):
        head = f"| {rows:.0e} | {part['file_gb'].iloc[0]:.2f} | {tool} |"
        if part["seconds"].isna().all():
            lines.append(f"{head} failed: {part['failed'].iloc[0]} | | |")
            continue
        s = part["seconds"].dropna()
        lines.append(
            f"{head} {s.median():.2f} ({s.min():.2f} to {s.max():.2f}) | "
            f"{part['peak_gb'].max():.2f} | {len(s)} |"
        )
    lines += [
        "",
        "The bare scan reads and adds up the same columns of the same file: the roofline. pyfixest "
        "and linearmodels are not run beyond 2e7 rows; they hold the data in memory several times "
        "over.",
        "",
        "## Ratios: push-down over the other",
        "",
        "| rows | against | what | median (smallest to largest) | required |",
        "|---|---|---|---|---|",
    ]
    for row in share.itertuples():
        required = (
            ""
            if pd.isna(row.required)
            else f"at most {row.required:.2f}: "
            + (
                "kept"
                if row.largest <= row.required
                else "kept in the median"
                if row.median <= row.required
                else "NOT KEPT"
            )
        )
        what = "time" if row.what == "seconds" else "memory"
        lines.append(
            f"| {row.rows:.0e} | {row.against} | {what} | {row.median:.3f} ({row.smallest:.3f} to "
            f"{row.largest:.3f}) | {required} |"
        )
    own = table[(table["tool"] == "push-down") & table["seconds"].notna()]
    per_million = (
        own.groupby("rows")["seconds"].median() / own.groupby("rows")["rows"].first() * 1e6
    )
    growth = ", ".join(f"{r:.0e} rows: {s:.2f}" for r, s in per_million.items())
    peak = own.groupby("rows")["peak_gb"].max()
    largest, gigabytes = peak.index[-1], peak.iloc[-1]
    bound = "; 1e+08 rows were not run."
    if largest >= 10**8:
        kept = "kept" if gigabytes <= REQUIRED_PEAK_GB else "NOT KEPT"
        bound = f" (required: at most {REQUIRED_PEAK_GB:g}: {kept})."
    lines += [
        "",
        "## Growth and equality",
        "",
        f"- Seconds for a million rows: {growth}.",
        f"- Peak memory of the largest run: {gigabytes:.2f} GB at {largest:.0e} rows{bound}",
        f"- Worst difference from the peers: slopes {worst[0]:.1e} standard errors, standard "
        f"errors {worst[1]:.1e} of themselves (pyfixest demeans iteratively to a tolerance; "
        "linearmodels' convention is converted).",
        "",
        "![Time and memory against rows](pushdown.png)",
        "",
    ]
    return "\n".join(lines)


def draw(table: pd.DataFrame, path: Path) -> None:
    """Median time and peak memory against rows, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    marks = dict(zip(TOOLS, ("o", "s", "^", "x"), strict=True))
    for axis, what, label in zip(
        figure.subplots(1, 2), ("seconds", "peak_gb"), ("seconds", "peak memory, GB"), strict=True
    ):
        for tool, part in table[table["seconds"].notna()].groupby("tool"):
            middle = part.groupby("rows")[what].median()
            style = ":" if tool == "bare scan" else "-"
            axis.loglog(middle.index, middle, style, marker=marks[tool], label=tool)
        axis.set_xlabel("rows")
        axis.set_ylabel(label)
        axis.grid(True, which="major", color="0.9")
    axis.axhline(REQUIRED_PEAK_GB, color="0.6", linewidth=0.8, linestyle="--")
    axis.legend(frameon=False, fontsize=8)
    figure.suptitle("Two-way fixed effects, clustered by unit: from Parquet to standard errors")
    figure.savefig(path, dpi=130)


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        for line in cpu.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e6, 1e7, 1e8])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rounds-large", type=int, default=1, help="beyond 2e7 rows")
    parser.add_argument("--memory-limit", default="3GB")
    parser.add_argument("--threads", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("--folder", default=None, help="where the files are made and removed")
    parser.add_argument("--without", nargs="*", default=[], choices=TOOLS)
    parser.add_argument("--output", type=Path, default=HERE)
    parser.add_argument("--worker", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--small", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    options = parse()
    if options.worker:
        work(options.worker, options.file, options)
        return 0
    options.load = os.getloadavg()
    table = run(options)
    shown = table.drop(columns=["params", "std_errors"])
    shown.to_csv(options.output / "pushdown.csv", index=False, float_format="%.4g")
    draw(table, options.output / "pushdown.png")
    (options.output / "RESULTS.md").write_text(report(table, options))
    share = ratios(table).dropna(subset=["required"])
    missed = share[share["median"] > share["required"]]
    print(f"wrote {options.output / 'RESULTS.md'}")
    return 1 if len(missed) else 0


if __name__ == "__main__":
    sys.exit(main())
