"""Time of a refresh by part: all of it, one in which an edition arrives, one with nothing new; and of long commands.

Run: `python benchmarks/refresh.py` (`make bench`). In each round a data root is made from the bundled archive,
refreshed, refreshed again, and built by dbt alone; ratios are taken within rounds. The other commands follow on the
same root. A second root lacks one edition, is refreshed, and then has that edition in its inbox. A third one has 20
more papers, and a value of one of them then changes. Writes REFRESH.md next to this file.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
MOST_BESIDE_ESTIMATES = 4.0  # times `dbt build` alone
MOST_NOTHING_NEW = 0.5  # of a full refresh
DIFF = ("diff", "--from", "2024", "--to", "2026")
COMMANDS = {
    "make status": ("status",),
    "make verify": ("verify",),
    "make diff FROM=2024 TO=2026": DIFF,  # the state of 2024 is rebuilt first
    "make diff FROM=2024 TO=2026, again": DIFF,
}
"""Commands that are timed, in this order, by what the page calls them."""
ARRIVING = Path("customs/2025")
"""The edition that arrives: exports and imports by province of the newest year."""
COPIED, COPIES = "munnell_1990", 20
"""The paper with data of its own that is copied, and how often."""
VALUE = "28418", "28419"
"""A value of its data, and what it is changed to."""
KINDS = ("full", "edition", "one value", "nothing new")
"""Refreshes of a round."""
PARTS = ("comparing", "imports", "dbt", "estimates", "other stages", "rest")


def environment(folder: Path) -> dict[str, str]:
    """A root and a state of its own, and papers of its own if there are any."""
    others = (
        "LIVING_",
        "DAGSTER_",
        "DBT_",
        "PYTHONDONTWRITEBYTECODE",
    )  # the last one keeps no checks
    kept = {k: v for k, v in os.environ.items() if not k.startswith(others)}
    return kept | {
        "LIVING_PANEL_DATA": str(folder / "data"),
        "DAGSTER_STATE": str(folder / "state"),
        "PYTHONPATH": str(REPOSITORY),
        "OMP_NUM_THREADS": "1",
        **({"LIVING_PANEL_PAPERS": str(folder / "papers")} if (folder / "papers").exists() else {}),
    }


def command(folder: Path, *arguments: str) -> tuple[float, str]:
    """Seconds of one command by the clock, and what it printed."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "living_panel", *arguments],
        cwd=REPOSITORY, env=environment(folder), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return time.monotonic() - begun, done.stdout


def refresh(folder: Path) -> dict[str, float]:
    """Seconds of one refresh by part, as it says itself, and by the clock (`all`)."""
    spent, printed = command(folder, "run")
    seconds = {"all": spent}
    (line,) = re.findall(r"^Seconds: (.*)$", printed, re.MULTILINE)
    return seconds | {k: float(v) for k, v in (part.rsplit(" ", 1) for part in line.split(", "))}


def land(edition: Path, inbox: Path) -> None:
    """Put the files of an archived edition into an inbox, each with its receipt, as a person would."""
    inbox.mkdir(parents=True)
    for receipt in edition.glob("*/receipt.yml"):
        (file,) = (path for path in receipt.parent.iterdir() if path != receipt)
        shutil.copy(file, inbox / file.name)
        shutil.copy(receipt, inbox / f"{file.name}.receipt.yml")


def copy_papers(
    folder: Path, count: int = COPIES, beside: Sequence[str] | None = None
) -> list[str]:
    """Lay papers into a folder, all or those named `beside`, and one of them many times; return the copies' names."""
    papers, shipped = folder / "papers", REPOSITORY / "estimation" / "papers"
    for name in [path.name for path in shipped.iterdir()] if beside is None else beside:
        source = shipped / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        papers.mkdir(exist_ok=True)
        copy(source, papers / name)
    # papers find the data sets beside them
    shutil.copytree(REPOSITORY / "estimation" / "data_sets", folder / "data_sets")
    names = [f"copy_{number:02d}" for number in range(1, count + 1)]
    for name in names:
        copy = Path(shutil.copytree(shipped / COPIED, papers / name))
        for path in [path for path in copy.rglob("*") if path.is_file()]:
            text = path.read_text(encoding="utf-8").replace(COPIED, name)
            path.with_name(path.name.replace(COPIED, name)).write_text(text, encoding="utf-8")
            if COPIED in path.name:
                path.unlink()
    command(folder, "checksums", *names)
    return names


def dbt_build(folder: Path) -> float:
    """Seconds of dbt alone, on the same stage extracted, parsing included."""
    place = {
        "LIVING_PANEL_BUILD": str(folder / "alone.duckdb"),
        "DBT_TARGET_PATH": str(folder / "alone"),
        "DBT_LOG_PATH": str(folder / "alone"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    project = str(REPOSITORY / "dbt_project")
    begun = time.monotonic()
    subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "build", "--exclude-resource-type", "unit_test",
         "--project-dir", project, "--profiles-dir", project],
        env=environment(folder) | place, capture_output=True, check=True,
    )  # fmt: skip
    return time.monotonic() - begun


def one_round() -> dict[str, dict[str, float]]:
    """Full refresh, one with nothing new, dbt alone, the other commands; on another root, an edition arrives."""
    with new_root() as folder:
        full, again = refresh(folder), refresh(folder)
        alone = {"all": dbt_build(folder)}
        others = {name: command(folder, *line)[0] for name, line in COMMANDS.items()}
    with new_root() as folder:
        held = shutil.move(folder / "data" / "archive" / ARRIVING, folder / "arriving")
        refresh(folder)
        land(Path(held), folder / "data" / "landing" / ARRIVING)
        arrived = refresh(folder)
    with new_root() as folder:
        name, *_ = copy_papers(folder)
        refresh(folder)
        data = folder / "papers" / name / "data" / "panel.csv"
        data.write_text(data.read_text(encoding="utf-8").replace(*VALUE, 1), encoding="utf-8")
        command(folder, "checksums", name)
        changed = refresh(folder)
    return {
        "full": full, "edition": arrived, "one value": changed, "nothing new": again, "dbt": alone,
        "commands": others,
    }  # fmt: skip


@contextmanager
def new_root() -> Iterator[Path]:
    """A folder with a data root made of the bundled archive, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="living-panel-refresh-"))
    try:
        shutil.copytree(REPOSITORY / "data" / "archive", folder / "data" / "archive")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def page(rounds: list[dict[str, dict[str, float]]]) -> str:
    """The results as a page."""

    def spread(values: list[float]) -> str:
        return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"

    beside = [(r["full"]["all"] - r["full"]["estimates"]) / r["dbt"]["all"] for r in rounds]
    nothing = [r["nothing new"]["all"] / r["full"]["all"] for r in rounds]
    lines = [
        "# Where a refresh spends its time",
        "",
        f"Written by `python benchmarks/refresh.py` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, "
        f"{len(rounds)} rounds, Python {sys.version.split()[0]}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}.",
        "The environment is installed and has refreshed another data root, which is not measured; the data root "
        "is new. The first refresh of an environment also parses the dbt project, which takes about 1.5 s.",
        "",
        "| seconds: median (smallest to largest) | full | an edition arrives | one value changes | nothing new |",
        "|---|---:|---:|---:|---:|",
        *(
            "| "
            + " | ".join(
                [part, *(spread([r[kind].get(part, 0.0) for r in rounds]) for kind in KINDS)]
            )
            + " |"
            for part in (*PARTS, "all")
        ),
        "",
        f"The edition that arrives is {ARRIVING}; that refresh also compares every table with the state before.",
        f"The value that changes is one of a paper's own data, with {COPIES} more papers than the project has.",
        "",
        f"`dbt build` alone: {spread([r['dbt']['all'] for r in rounds])} s.",
        "",
        f"- Everything but the estimates over `dbt build` alone: {spread(beside)}, required at most "
        f"{MOST_BESIDE_ESTIMATES:g}: {_kept(beside, MOST_BESIDE_ESTIMATES)}.",
        f"- Nothing new over a full refresh: {statistics.median(nothing):.2f} ({min(nothing):.2f} to "
        f"{max(nothing):.2f}), required at most {MOST_NOTHING_NEW:g}: "
        f"{_kept(nothing, MOST_NOTHING_NEW)}. It compares every byte that a refresh reads "
        "or left with what the last one noted, and loads nothing that estimates or builds.",
        "",
        "| command, on the same root | seconds |",
        "|---|---:|",
        *(f"| `{name}` | {spread([r['commands'][name] for r in rounds])} |" for name in COMMANDS),
        "",
        "The first comparison rebuilds the state of 2024; the second finds it.",
        "",
    ]
    return "\n".join(lines)


def _kept(ratios: list[float], most: float) -> str:
    return "kept" if statistics.median(ratios) <= most else "NOT KEPT"


def main() -> int:
    """Measure and write; 1 if a requirement is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=HERE / "REFRESH.md")
    options = parser.parse_args()
    with new_root() as folder:
        refresh(folder)
    rounds = []
    for number in range(options.rounds):
        rounds.append(one_round())
        print(f"round {number + 1}: {rounds[-1]}", flush=True)
    text = page(rounds)
    options.output.write_text(text, encoding="utf-8")
    print(text)
    return int("NOT KEPT" in text)


if __name__ == "__main__":
    sys.exit(main())
