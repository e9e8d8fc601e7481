"""What one more paper, row or refresh costs: processor seconds by size, with the exponent of the growth.

Run: `python -m benchmarks.growth` (`--only NAME…` for some rows, `--most 20` for smaller sizes). Seconds are those of
the processor over all processes that a command starts, so that a busy machine changes them little. Writes GROWTH.md
next to this file; rows that were not asked for stay as they were.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmarks.refresh import (
    COPIED,
    HERE,
    REPOSITORY,
    VALUE,
    copy_papers,
    environment,
    new_root,
)

BESIDE = ("innovation_2026",)
"""Paper on the panel beside the copies: the others would only add what does not grow."""
FOLLOWING = "growth_editions_2026"
"""Paper whose table is estimated on each edition of its data set."""
YEARS = 20
"""Years of each firm of generated data."""
SUBREAPER = 36
"""Option of prctl: processes that outlive their parent become ours, so that their time counts."""


@dataclass(frozen=True)
class Spent:
    """Processor seconds of a measurement, and megabytes: of memory, or of files where the row is about these.

    `part` is the seconds of a part that the row names.
    """

    seconds: float
    megabytes: float
    part: float = math.nan


@dataclass(frozen=True)
class Row:
    """One row of the page: its sizes, what they count, and the measurement of all sizes in their order."""

    title: str
    unit: str
    sizes: tuple[int, ...]
    measure: Callable[[Sequence[int]], Iterator[Spent]]


def spend(folder: Path, *arguments: str) -> Spent:
    """Run one command on a root; of its memory, the peak of its main process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = subprocess.Popen(
        [sys.executable, "-m", "living_panel", *arguments], cwd=REPOSITORY, env=environment(folder),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    told = started.stderr.read() if started.stderr else ""
    _, status, usage = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RuntimeError(f"living-panel {' '.join(arguments)}: {told[-2_000:]}")
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)  # workers that outlived it
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(seconds, usage.ru_maxrss / 1_000)


def change_value(paper: Path) -> None:
    """Change one value of a copied paper's data, and change it back the next time."""
    data = paper / "data" / "panel.csv"
    text = data.read_text(encoding="utf-8")
    old, new = VALUE if VALUE[0] in text else VALUE[::-1]
    data.write_text(text.replace(old, new, 1), encoding="utf-8")


@contextmanager
def _with_papers(count: int, beside: Sequence[str] | None = BESIDE) -> Iterator[tuple[Path, str]]:
    """A published root with this many papers more, and the name of one of them; None has all papers beside."""
    with new_root() as folder:
        name, *_ = copy_papers(folder, count, beside)
        spend(folder, "run")
        yield folder, name


def one_value(sizes: Sequence[int]) -> Iterator[Spent]:
    """A refresh after one value of one paper changed, by number of papers more."""
    for count in sizes:
        with _with_papers(count) as (folder, name):
            change_value(folder / "papers" / name)
            spend(folder, "checksums", name)
            yield spend(folder, "run")


def verify(sizes: Sequence[int]) -> Iterator[Spent]:
    """`make verify`, by number of papers more."""
    for count in sizes:
        with _with_papers(count) as (folder, _):
            yield spend(folder, "verify")


def checksums(sizes: Sequence[int]) -> Iterator[Spent]:
    """`make checksums` of all copies in one call, by their number."""
    for count in sizes:
        with new_root() as folder:
            yield spend(folder, "checksums", *copy_papers(folder, count, BESIDE))


def history(sizes: Sequence[int]) -> Iterator[Spent]:
    """The last of some refreshes of all papers, one changed value each; the megabytes are those of `.dagster`."""
    with _with_papers(1, None) as (folder, name):
        for number in range(1, max(sizes) + 1):
            data = folder / "papers" / name / "data" / "panel.csv"
            text = data.read_text(encoding="utf-8")
            data.write_text(text.replace("AL,1970,28", f"AL,1970,{number}28", 1), encoding="utf-8")
            spend(folder, "checksums", name)
            spent = spend(folder, "run")
            data.write_text(text, encoding="utf-8")
            if number in sizes:
                kept = sum(p.stat().st_size for p in (folder / "state").rglob("*") if p.is_file())
                yield Spent(spent.seconds, kept / 1e6, seconds_of_model(folder, "sample_cells"))


def seconds_of_model(folder: Path, name: str) -> float:
    """Seconds that dbt took for one model in the last refresh of a root."""
    results = folder / "data" / "build" / "dbt" / "runs" / "next" / "run_results.json"
    found = json.loads(results.read_text(encoding="utf-8"))["results"]
    (seconds,) = (r["execution_time"] for r in found if r["unique_id"].endswith(f".{name}"))
    return float(seconds)


def editions(sizes: Sequence[int]) -> Iterator[Spent]:
    """`make editions` for the first time: one table on each edition of its data set, by number of editions."""
    for count in sizes:
        with new_root() as folder:
            copy_papers(folder, 1, [FOLLOWING])
            copy_editions(folder / "data_sets" / "penn_world_table", count)
            spend(folder, "run")
            yield spend(folder, "editions")


def copy_editions(data_set: Path, count: int) -> None:
    """Give a data set this many editions: those it has, and copies of the newest, each a month later."""
    listed = data_set / "editions.yml"
    content = yaml.safe_load(listed.read_text(encoding="utf-8"))
    newest = content["editions"][-1]
    released = pd.Period(newest["released"], "M")
    names = [f"{newest['name']}.{n}" for n in range(1, count - len(content["editions"]) + 1)]
    content["editions"] += [
        newest | {"name": name, "released": str(released + n)} for n, name in enumerate(names, 1)
    ]
    listed.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    for path in data_set.glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if "edition" in table:
            mine = table[table["edition"] == newest["name"]]
            copies = [table, *(mine.assign(edition=name) for name in names)]
            pd.concat(copies).to_csv(path, index=False, lineterminator="\n")


def try_rows(sizes: Sequence[int]) -> Iterator[Spent]:
    """`make try` of a model with two-way effects on a paper's own data, by rows."""
    for count in sizes:
        folder = Path(tempfile.mkdtemp(prefix="living-panel-growth-"))
        try:
            (folder / "data").mkdir()
            yield spend(folder, "try", str(write_firms(folder / "papers" / "firms", count)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def two_way(sizes: Sequence[int]) -> Iterator[Spent]:
    """Two-way effects with clustered errors on arrays in memory, by rows."""
    from living_panel.econometrics import two_way as fit

    for count in sizes:
        frame = draw_firms(count)
        fit("y ~ x", frame.head(100 * YEARS), unit="unit", time="year", cluster="unit")  # compiles
        begun = time.process_time()
        fit("y ~ x", frame, unit="unit", time="year", cluster="unit")
        yield Spent(time.process_time() - begun, math.nan)


def draw_firms(rows: int) -> pd.DataFrame:
    """Balanced firms by year: unit, year, y, x; the slope is a half."""
    rng = np.random.default_rng(1)
    unit, year = (axis.ravel() for axis in np.indices((rows // YEARS, YEARS)))
    x = rng.normal(size=len(unit)) + rng.normal(size=rows // YEARS)[unit]
    y = 0.5 * x + rng.normal(size=rows // YEARS)[unit] + rng.normal(size=len(unit))
    return pd.DataFrame({"unit": unit, "year": 2000 + year, "y": y, "x": x})


def write_firms(folder: Path, rows: int) -> Path:
    """Write a paper on generated firms; return its spec."""
    frame, name = draw_firms(rows), folder.name
    frame["unit"] = "u" + frame["unit"].astype(str).str.zfill(7)
    units = frame["unit"].unique()
    tables = {
        "panel": frame,
        "units": pd.DataFrame({"unit": units, "name": units, "group": "all"}),
        "measures": pd.DataFrame(
            {"measure": ["y", "x"], "title": ["Outcome", "Treatment"], "unit": "none", "description": ""}
        ),
    }  # fmt: skip
    years = {"first_year": 2000, "last_year": 1999 + YEARS}
    model = {
        "id": "first", "title": "First", "estimator": "least_squares", "model": "y ~ x | unit + year",
        "vcov": {"cov": "clustered", "cluster": ["unit"], "correction": "stata", "df": "t(G-1)"},
    }  # fmt: skip
    documents = {
        "data/source.yml": {
            "source": name, "edition": 2026, "obtained": "2026-11-30", "citation": "generated",
            "status": "simulated",
        },
        "paper.yml": {
            "format": 2, "paper": name, "authors": ["generated"], "year": 2026, "title": "Generated firms",
            "question": "What is the slope?",
            "sample": {"unit": "firm", "units": len(units), **years, "excluded": {}, "place": "panel.csv"},
            "roles": {m: {"label": m, "concept": m, "measures": [m], "log": False} for m in ("y", "x")},
            "variables": {}, "tables": {},
            "equation": {"lhs": "y", "regressors": ["x"], "effects": [], "transform": "level",
                         "place": "panel.csv"},
        },
        f"specs/{name}_first.yml": {
            "table": f"{name}_first", "kind": "panel_models", "title": "First table",
            "question": "What is the slope?", "stars": {"*": 0.1}, "variables": ["y", "x"],
            "options": {
                "sample": {"units": "all", **years, "without_years": [], "minimum_coverage": 0.01},
                "interpolation": {"method": "none"}, "columns": [model],
            },
        },
    }  # fmt: skip
    for part in ("data", "specs"):
        (folder / part).mkdir(parents=True)
    for table, content in tables.items():
        content.to_csv(folder / "data" / f"{table}.csv", index=False, lineterminator="\n")
    for path, document in documents.items():
        (folder / path).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return folder / "specs" / f"{name}_first.yml"


ROWS = {
    "one_value": Row("refresh after one changed value", "papers more", (5, 20, 60), one_value),
    "verify": Row("`make verify`", "papers more", (1, 5, 20), verify),
    "checksums": Row("`make checksums` in one call", "papers", (5, 20, 60), checksums),
    "history": Row(
        "refresh of all papers after one changed value (of it `results.sample_cells`); `.dagster`",
        "refreshes before",
        (2, 10, 30),
        history,
    ),
    "editions": Row("first `make editions` of one table", "editions", (12, 24, 60), editions),
    "try": Row("`make try`, own data", "rows", (10**4, 10**5, 10**6), try_rows),
    "two_way": Row("`two_way`, clustered by unit", "rows", (10**4, 10**5, 10**6), two_way),
}


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Slope of log cost on log size: 0 is flat, 1 is in proportion to the size."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(costs, 1e-6)), 1)[0])


def _with_part(spent: Spent) -> str:
    """Write seconds, and those of a part in brackets."""
    part = "" if math.isnan(spent.part) else f" ({spent.part:.2f})"
    return f"{spent.seconds:.1f}{part}"


def page(found: dict[str, dict[int, Spent]], before: str) -> str:
    """Return the results as a page; rows that are not among them are those of the page before."""
    stored = {line.split(" | ")[0]: line for line in before.splitlines() if line.startswith("| ")}
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M}, load {os.getloadavg()[0]:.0f}"
    lines = [
        "# What growth costs",
        "",
        f"Written by `python -m benchmarks.growth`, Python {sys.version.split()[0]}, {os.cpu_count()} cores; each row "
        "says when.",
        f"Seconds are those of the processor over all processes. Papers are copies of `{COPIED}`, beside {BESIDE[0]}.",
        "",
        "| what | size | seconds | one more costs, s | exponent | MB | measured, UTC |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for name, row in ROWS.items():
        if not (costs := found.get(name)):
            unknown = f"| {row.title} | {row.unit} | not measured | | | | |"
            lines.append(stored.get(f"| {row.title}", unknown))
            continue
        sizes, seconds = [*costs], [spent.seconds for spent in costs.values()]
        slope = f"{np.polyfit(sizes, seconds, 1)[0]:.2g}" if len(sizes) > 1 else ""
        power = f"{exponent(sizes, seconds):.2f}" if len(sizes) > 1 else ""
        used = [f"{s.megabytes:,.0f}" for s in costs.values() if not math.isnan(s.megabytes)]
        cells = [
            row.title, f"{' / '.join(f'{size:,}' for size in sizes)} {row.unit}",
            " / ".join(_with_part(spent) for spent in costs.values()), slope, power, " / ".join(used), now,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "An exponent of 0 means a flat cost, one of 1 a cost in proportion to the size.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=[*ROWS], default=[*ROWS])
    parser.add_argument("--most", type=float, default=math.inf, help="largest size")
    parser.add_argument("--output", type=Path, default=HERE / "GROWTH.md")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    found: dict[str, dict[int, Spent]] = {}
    before = options.output.read_text(encoding="utf-8") if options.output.exists() else ""
    for name in options.only:
        sizes = [size for size in ROWS[name].sizes if size <= options.most]
        for size, spent in zip(sizes, ROWS[name].measure(sizes), strict=True):
            found.setdefault(name, {})[size] = spent
            print(name, size, spent, flush=True)
            options.output.write_text(page(found, before), encoding="utf-8")


if __name__ == "__main__":
    main()
