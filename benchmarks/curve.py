"""The specification curve against a loop over linearmodels: time and equality in one run.

Run: `python benchmarks/curve.py [--specifications N]`; without N the whole curve is looped over.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from living_panel.estimation.econometrics.robustness.curve import Choices, Curve, run_curve
from living_panel.orchestration.simulated.planted import draw, load_process, regression_frame

REQUIRED_RATIO, REQUIRED_EQUALITY = 50.0, 1e-8


def demo_grid() -> tuple[dict[str, pd.DataFrame], Choices]:
    """A planted panel with gaps, with and without filling, and a grid of over 2,000 choices."""
    process = load_process("homogeneous")
    panel = regression_frame(process, draw(process, process.seed))
    gaps = panel.copy()
    gaps.loc[(slice(None), [2010, 2019]), "tec"] = np.nan
    gaps.loc[(["150000", "350000", "440000"], 2021), "fdi"] = np.nan
    codes = panel.index.get_level_values("province_code").unique()
    exclusions = {"all": [], "paper": ["540000", "650000"]}
    exclusions |= {f"paper, without {c}": ["540000", "650000", c] for c in codes[[8, 18, 28]]}
    windows = [(2005, 2022), (2008, 2018), (2008, 2020), (2005, 2015), (2010, 2022), (2016, 2022)]
    controls = {role: [role] for role in ("lab", "tec", "kn", "ed", "gdp")}
    choices = Choices(
        outcomes=["ex"],
        focal=["fdi", "ce"],
        controls=controls,
        windows=windows,
        exclusions=exclusions,
    )
    return {"none": gaps, "linear": gaps.groupby(level=0).transform(pd.Series.interpolate)}, choices


def loop(frames: dict[str, pd.DataFrame], choices: Choices, rows: pd.DataFrame) -> np.ndarray:
    """Estimate and reghdfe-corrected standard error of each row by linearmodels, shape (S, 2)."""
    out = np.empty((len(rows), 2))
    for s, row in enumerate(rows.itertuples()):
        first, last = map(int, row.window.split("-"))
        names = [row.focal] + ([] if row.controls == "none" else row.controls.split(" + "))
        data = frames[row.interpolation].loc[(slice(None), slice(first, last)), :]
        codes = data.index.get_level_values("province_code")
        data = data[~codes.isin(choices.exclusions[row.exclusion])][[row.outcome, *names]].dropna()
        fit = PanelOLS(data[row.outcome], data[names], entity_effects=True, time_effects=True).fit(
            cov_type="clustered", cluster_entity=True, debiased=True
        )
        n, k, g, t = len(data), len(names), row.n_clusters, fit.time_info.total
        # linearmodels counts every absorbed effect; reghdfe leaves out those nested in the cluster
        factor = g / (g - 1) * (n - 1) / (n - k - t) / (n / (n - k - (g + t - 1)))
        out[s] = fit.params[row.focal], fit.std_errors[row.focal] * np.sqrt(factor)
    return out


def compare(specifications: int | None) -> tuple[Curve, dict[str, float]]:
    """Time both and compare; the engine's time is for the whole curve, the loop's is scaled up."""
    frames, choices = demo_grid()
    run_curve(frames, choices)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        curve = run_curve(frames, choices)
        seconds.append(time.perf_counter() - start)
    rows = curve.estimates
    if specifications:
        rows = rows.iloc[np.linspace(0, len(rows) - 1, specifications).astype(int)]
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = loop(frames, choices, rows)
    per_estimate = (time.perf_counter() - start) / len(rows)
    error = rows["std_error"].to_numpy()
    return curve, {
        "estimates": len(curve.estimates),
        "compared": len(rows),
        "engine_seconds": min(seconds),
        "loop_seconds": per_estimate * len(curve.estimates),
        "ratio": per_estimate * len(curve.estimates) / min(seconds),
        "worst_estimate_in_std_errors": float(
            np.max(np.abs(rows["estimate"].to_numpy() - peer[:, 0]) / error)
        ),
        "worst_std_error_relative": float(np.max(np.abs(error / peer[:, 1] - 1))),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specifications", type=int, default=None)
    _, result = compare(parser.parse_args().specifications)
    for name, value in result.items():
        print(f"{name:32s} {value:.6g}")
    worst = max(result["worst_estimate_in_std_errors"], result["worst_std_error_relative"])
    kept = result["ratio"] >= REQUIRED_RATIO and worst <= REQUIRED_EQUALITY
    print("kept" if kept else f"NOT KEPT: ratio {REQUIRED_RATIO:g}, equality {REQUIRED_EQUALITY:g}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
