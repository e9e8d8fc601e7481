"""Speed of the panel unit-root tests, against plm where Rscript is installed.

Run `python -m benchmarks.unit_roots`. Prints seconds and ratios: LLC, HT, IPS and Fisher together at N=3000,
T=30 against one plm test. Also 10,000 Monte Carlo draws of IPS at N=29, T=18, and 10^5 units x 30 periods
with the memory.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from timeit import repeat

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from living_panel.estimation.panel_tests import unit_roots

PLM = """
suppressMessages(library(plm)); options(warn = -1)
y <- read.csv(commandArgs(TRUE)[1])[-1]
for (i in 1:2) took <- system.time(purtest(y, test = commandArgs(TRUE)[2], exo = "intercept", lags = 1))
cat(sum(took[c("user.self", "sys.self")]))
"""
"""The second of two calls, because the first one compiles."""
PLM_TESTS = ("levinlin", "ips", "madwu")


def panel(n: int, t: int) -> pd.DataFrame:
    y = np.random.default_rng(1).standard_normal((t, n)).cumsum(axis=0)
    return pd.DataFrame(y, index=range(t), columns=[f"u{j}" for j in range(n)])


def four(y: pd.DataFrame) -> None:
    unit_roots.llc(y, trend="c", lags=1, bandwidth=2)
    unit_roots.ht(y, trend="c")
    unit_roots.ips(y, trend="c", lags=1)
    unit_roots.fisher(y, trend="c", lags=1)


def has_plm() -> bool:
    """Whether R is here with plm."""
    program = ["Rscript", "-e", "quit(status = !requireNamespace('plm', quietly = TRUE))"]
    found = shutil.which("Rscript") is not None
    return found and subprocess.run(program, check=False).returncode == 0


def plm_seconds(y: pd.DataFrame, test: str) -> float:
    """Processor seconds of one test of plm, with one lag and constants."""
    with tempfile.TemporaryDirectory() as room:
        data, script = Path(room) / "y.csv", Path(room) / "plm.R"
        y.to_csv(data)
        script.write_text(PLM)
        done = subprocess.run(
            ["Rscript", str(script), str(data), test], capture_output=True, text=True, check=True
        )
    return float(done.stdout)


def monte_carlo(draws: int, n: int, t: int) -> float:
    """Share of 5 % rejections of IPS, in batches of 500 draws."""
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(draws // 500):
        y = rng.standard_normal((t, 500, n)).cumsum(axis=0)
        w = unit_roots._ips(unit_roots._adf_sums(y, "c", 1), t, "c")
        hits += int((w < -1.6449).sum())
    return hits / draws


def main() -> None:
    y = panel(3000, 30)
    ours = min(repeat(lambda: four(y), number=1, repeat=5, timer=time.process_time))
    print(f"N=3000, T=30, one lag, constant: four tests together {ours:.4f} s")
    for test in PLM_TESTS if has_plm() else ():
        seconds = plm_seconds(y, test)
        print(f"  plm {test} alone {seconds:.2f} s: {seconds / ours:.0f} times the four")
    seconds = min(repeat(lambda: monte_carlo(10_000, 29, 18), number=1, repeat=2))
    print(f"10,000 draws of IPS at N=29, T=18: {seconds:.2f} s")
    wide = panel(100_000, 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = min(repeat(lambda: four(wide), number=1, repeat=1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"10^5 units x 30 periods: four tests {seconds:.2f} s, peak {peak / 1e6:.2f} GB "
        f"({(peak - before) / 1e6:.2f} GB over the data)"
    )


if __name__ == "__main__":
    main()
