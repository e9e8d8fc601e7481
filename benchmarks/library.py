"""The estimators of `living_panel.econometrics` beside their peers: processor seconds in the same run.

Run: `python -m benchmarks.library`. Tools take turns within a round; ratios are taken within rounds. Seconds are
those of the processor with one thread, so that a busy machine changes them little. A peer that is not installed is
marked as not measured: wildboottest is no dependency of this project, and plm is a package of R. Writes LIBRARY.md
next to this file.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}

import argparse
import importlib.metadata
import importlib.util
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import living_panel.econometrics as lp
from benchmarks.growth import draw_firms
from benchmarks.unit_roots import has_plm, plm_seconds

HERE = Path(__file__).resolve().parent
OURS, PEER = "living_panel.econometrics", "numpy, pandas, scipy"
PACKAGES = ("living-panel-econometrics", "pyfixest", "wildboottest", "numpy", "pandas", "scipy")
KEYS = {"unit": "unit", "time": "year"}


@dataclass(frozen=True)
class Row:
    """One line of the page.

    Attributes
    ----------
    title, peer : str
        What is computed, and by whom else; "" without a peer.
    make : callable
        Ours and the peer's, which compute the same; None for a peer that is not installed.
    most : float
        Wanted ratio at most; infinite for none.
    tells_seconds : bool
        Whether the peer is another program, which returns its own processor seconds.
    """

    title: str
    peer: str
    make: Callable[[], tuple[Callable[[], Any], Callable[[], Any] | None]]
    most: float = float("inf")
    tells_seconds: bool = False


def two_way() -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Both effects, clustered by unit, 10^6 rows in memory."""
    import pyfixest

    frame = draw_firms(10**6)
    return (
        lambda: lp.two_way("y ~ x", frame, **KEYS),
        lambda: pyfixest.feols("y ~ x | unit + year", frame, vcov={"CRV1": "unit"}),
    )


def wild() -> tuple[Callable[[], Any], Callable[[], Any] | None]:
    """The restricted wild bootstrap: 50 clusters of 20 rows, 9,999 draws, both effects; p-values alone."""
    import pyfixest

    frame = draw_firms(50 * 20)
    fit = lp.two_way("y ~ x", frame, **KEYS)
    if importlib.util.find_spec("wildboottest") is None:
        return lambda: fit.vcov("wild", draws=9_999, seed=1).p_values, None
    peer = pyfixest.feols("y ~ x + C(unit) + C(year)", frame, vcov={"CRV1": "unit"})
    return (
        lambda: fit.vcov("wild", draws=9_999, seed=1).p_values,
        lambda: peer.wildboottest(param="x", reps=9_999, cluster="unit", seed=1),
    )


def panel_test(name: str, plm: str = "", **options: Any) -> Row:
    """A panel unit-root test at N = 1,000, T = 100; where plm has it, beside plm's."""

    def make() -> tuple[Callable[[], Any], Callable[[], Any] | None]:
        rng = np.random.default_rng(1)
        wide = pd.DataFrame(rng.standard_normal((100, 1_000)).cumsum(axis=0))
        peer = (lambda: plm_seconds(wide, plm)) if plm and has_plm() else None
        return lambda: getattr(lp, name)(wide, **options), peer

    title = f"`{name}`, N = 1,000, T = 100{', one lag' if options else ''}"
    return Row(title, f"plm {plm}", make, 0.1, True) if plm else Row(title, "", make)


ROWS = {
    "two_way": Row("`two_way`, 10^6 rows, clustered by unit", "pyfixest", two_way, 1.3),
    "wild": Row("wild bootstrap, 50 clusters, 9,999 draws", "wildboottest", wild, 1.0),
    "llc": panel_test("llc", "levinlin", lags=1),
    "ips": panel_test("ips", "ips", lags=1),
    "fisher": panel_test("fisher", "madwu", lags=1),
    "breitung": panel_test("breitung"),
    "cips": panel_test("cips", lags=1),
}  # fmt: skip
IMPORT = Row("import of `living_panel.econometrics`", PEER, lambda: (lambda: None, None), 1.5)


def seconds_of(run: Callable[[], Any]) -> float:
    """Processor seconds of one call."""
    begun = time.process_time()
    run()
    return time.process_time() - begun


def import_seconds(names: str) -> float:
    """Processor seconds of a new Python that imports these packages, less one that imports none."""
    found = []
    for program in (f"import {names}", "pass"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", program], check=True, cwd=HERE.parent)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return found[0] - found[1]


def measure(row: Row, rounds: int) -> list[tuple[float, float | None]]:
    """Seconds of ours and the peer's by round; the first call of each compiles and is not measured."""
    if row is IMPORT:
        return [(import_seconds(OURS), import_seconds(PEER)) for _ in range(rounds)]
    ours, peer = row.make()
    for run in filter(None, (ours, None if row.tells_seconds else peer)):
        run()

    def of_peer() -> float | None:
        if peer is None:
            return None
        return float(peer()) if row.tells_seconds else seconds_of(peer)

    return [(seconds_of(ours), of_peer()) for _ in range(rounds)]


def line(row: Row, found: list[tuple[float, float | None]]) -> str:
    """One line of the table."""

    def spread(values: list[float], form: str = ".3f") -> str:
        low, middle, high = min(values), statistics.median(values), max(values)
        return f"{middle:{form}} ({low:{form}} to {high:{form}})"

    pairs = [(ours, peer) for ours, peer in found if peer is not None]
    theirs = spread([peer for _, peer in pairs]) if pairs else "not measured" if row.peer else ""
    ratios = [ours / peer for ours, peer in pairs]
    wanted = f"{row.most:g}" if np.isfinite(row.most) else ""
    cells = [row.title, spread([ours for ours, _ in found]), row.peer, theirs,
             spread(ratios, ".2f") if ratios else "", wanted]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def plm_words() -> str:
    """Say what is measured of plm."""
    if not has_plm():
        return "plm is not installed here."
    program = [
        "Rscript",
        "-e",
        "cat(as.character(packageVersion('plm')), as.character(getRversion()))",
    ]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    plm, r = done.stdout.split()
    return (
        f"plm {plm} runs in R {r}. Its seconds are those of the second call of `purtest` with one lag and constants. "
        "The start of R and reading the data are not counted."
    )


def page(found: dict[str, list[tuple[float, float | None]]], rounds: int) -> str:
    """Return the results as a page."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    rows = ROWS | {"import": IMPORT}
    return "\n".join([
        "# The estimators beside their peers",
        "",
        f"Written by `python -m benchmarks.library` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {rounds} rounds, Python "
        f"{sys.version.split()[0]}, {', '.join(versions)}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.",
        "Seconds are those of the processor with one thread: median (smallest to largest). Ratios are taken within "
        "rounds. Tests under `tests/reference` compare the numbers with those of other packages.",
        "",
        "| what | seconds | peer | its seconds | ratio | wanted at most |",
        "|---|---:|---|---:|---:|---:|",
        *(line(rows[name], measured) for name, measured in found.items()),
        "",
        plm_words(),
        "",
    ])  # fmt: skip


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=HERE / "LIBRARY.md")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found: dict[str, list[tuple[float, float | None]]] = {}
    for name, row in (ROWS | {"import": IMPORT}).items():
        found[name] = measure(row, options.rounds)
        print(line(row, found[name]), flush=True)
        options.output.write_text(page(found, options.rounds), encoding="utf-8")


if __name__ == "__main__":
    main()
