"""Speed of the panel unit-root tests, against plm where Rscript is installed.

Run `python benchmarks/unit_roots.py`. Prints seconds and ratios: LLC, HT, IPS and Fisher together at N=3000,
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
from pathlib import Path
from timeit import repeat

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from living_panel.estimation.econometrics import unit_roots
from living_panel.estimation.econometrics.unit_roots import kernels
from living_panel.estimation.econometrics.unit_roots.adf import adf_sums

PLM = """
suppressMessages(library(plm)); options(warn = -1)
y <- as.list(read.csv(commandArgs(TRUE)[1])[-1])
for (test in c("levinlin", "ips", "madwu")) {
  best <- Inf
  for (i in 1:2) best <- min(best, system.time(
    purtest(as.data.frame(y), test = test, exo = "intercept", lags = 1))[["elapsed"]])
  cat(test, best, "\\n")
}
"""


def panel(n: int, t: int) -> pd.DataFrame:
    y = np.random.default_rng(1).standard_normal((t, n)).cumsum(axis=0)
    return pd.DataFrame(y, index=range(t), columns=[f"u{j}" for j in range(n)])


def four(y: pd.DataFrame) -> None:
    unit_roots.llc(y, trend="c", lags=1, bandwidth=2, demean=False, finite_sample=False)
    unit_roots.ht(y, trend="c", demean=False, finite_sample=False)
    unit_roots.ips(y, trend="c", lags=1, demean=False, finite_sample=False)
    unit_roots.fisher(y, trend="c", lags=1, drift=False, demean=False, finite_sample=False)


def plm_seconds(y: pd.DataFrame) -> dict[str, float]:
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as room:
        data, script = Path(room) / "y.csv", Path(room) / "plm.R"
        y.to_csv(data)
        script.write_text(PLM)
        done = subprocess.run(
            ["Rscript", str(script), str(data)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        print("  plm did not run:", done.stderr.strip().splitlines()[-1:])
        return {}
    return {line.split()[0]: float(line.split()[1]) for line in done.stdout.splitlines()}


def monte_carlo(draws: int, n: int, t: int) -> float:
    """Share of 5 % rejections of IPS, in batches of 500 draws."""
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(draws // 500):
        y = rng.standard_normal((t, 500, n)).cumsum(axis=0)
        w = kernels.ips(adf_sums(y, "c", 1, augmented=False), t, "c")
        hits += int((w < -1.6449).sum())
    return hits / draws


def main() -> None:
    y = panel(3000, 30)
    ours = min(repeat(lambda: four(y), number=1, repeat=5))
    print(f"N=3000, T=30, one lag, constant: four tests together {ours:.4f} s")
    for test, seconds in plm_seconds(y).items():
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
