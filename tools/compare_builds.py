"""Build two commits on this machine, and compare each coefficient and statistic to the last bit.

`python -m tools.compare_builds COMMIT [OTHER]` clones both (OTHER is HEAD by default), calls `make run` in each and
prints how many tables have the same bits, the same numbers within the stated tolerances, or different ones.
`--roots` compares two data roots that are built already.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pandas as pd

from living_panel.estimation.artifacts.comparison import (
    LEVELS,
    Comparison,
    cells_of,
    compare_cells,
    read_numbers,
)
from living_panel.orchestration.root.readers import read_current
from living_panel.orchestration.root.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[1]
LOCK = "requirements.lock"
SHOWN = 5
"""Different cells that are printed of a table."""


def cells_of_root(root: Path) -> dict[str, pd.DataFrame]:
    """Return the cells of each current table of a data root, as `cells_of` gives them."""
    current = read_current(Settings(root=root, state=root))
    return {t: cells_of(read_numbers(root / "artifacts" / t / i)) for t, i in current.items()}


def compare_tables(
    before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]
) -> dict[str, Comparison]:
    """Compare the cells of all tables of two builds; a table that only one has is different in each cell."""
    none = cells_of({})
    return {
        table: compare_cells(table, before.get(table, none), after.get(table, none))
        for table in sorted(before.keys() | after.keys())
    }


def report(comparisons: dict[str, Comparison]) -> list[str]:
    """Return the counts by level, then each table that is not the same to the last bit."""
    counts = Counter(comparison.level for comparison in comparisons.values())
    lines = [f"{counts[level]} tables: {level}" for level in LEVELS]
    for table, comparison in comparisons.items():
        if comparison.level == "same numbers":
            lines.append(f"{table}: largest relative difference {comparison.largest:.1e}")
        if comparison.cells:
            lines.append(f"{table}: {len(comparison.cells)} cells differ")
        for cell in comparison.cells[:SHOWN]:
            lines.append(f"  {cell.name}: {cell.stated} -> {cell.found}")
    return lines


def build(commit: str, folder: Path) -> Path:
    """Clone a commit, call `make run` there, and return its data root."""
    subprocess.run(["git", "clone", "-q", "--shared", str(REPOSITORY), str(folder)], check=True)
    subprocess.run(["git", "checkout", "-q", commit], cwd=folder, check=True)
    if (folder / LOCK).read_bytes() == (REPOSITORY / LOCK).read_bytes():
        (folder / ".venv").symlink_to(Path(sys.prefix))  # else make installs that commit's own
    subprocess.run(["make", "run"], cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return folder / "data"


def main() -> int:
    """Compare two builds; 1 if a number differs by more than its tolerance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", help="a commit, or a data root with --roots")
    parser.add_argument("after", nargs="?", default="HEAD")
    parser.add_argument("--roots", action="store_true", help="compare data roots that are there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.roots:
            roots = [Path(options.before), Path(options.after)]
        else:
            commits = [
                subprocess.run(
                    ["git", "rev-parse", f"{name}^{{commit}}"], cwd=REPOSITORY,
                    check=True, capture_output=True, text=True,
                ).stdout.strip()
                for name in (options.before, options.after)
            ]  # fmt: skip
            roots = [build(c, Path(folder) / str(n)) for n, c in enumerate(commits)]
        comparisons = compare_tables(*map(cells_of_root, roots))
    print("\n".join(report(comparisons)))
    return int(any(c.level == "different" for c in comparisons.values()))


if __name__ == "__main__":
    sys.exit(main())
