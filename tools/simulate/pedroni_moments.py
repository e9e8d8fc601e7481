"""Simulates the moments of Pedroni's statistics that have no printed source.

The functionals of Pedroni (1999, eq. 3 and Appendix; 2004, Proposition 1); printed rows stay as
printed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.wide_panel import off_deterministics
from tools.simulate import CRITICAL_VALUES

PATH = CRITICAL_VALUES / "pedroni_moments.csv"
STATISTICS = ("panel_v", "panel_rho", "panel_t", "group_rho", "group_t")
SEED = 19_990_653
SOURCE = "simulated: 100000 draws of 1000 steps, seed 19990653"


def simulate(
    regressors: int, trend: str, draws: int = 100_000, steps: int = 1_000, seed: int = SEED
) -> pd.DataFrame:
    """Mean and variance of the five limits.

    Q is a Brownian motion net of its projection on k others and deterministics, with coefficients
    b; the vector (∫Q², ∫QdQ, b'b) has means θ and covariance ψ. panel_v 1/θ1, panel_rho θ2/θ1,
    panel_t θ2/√(θ1(1+θ3)), variances by the delta method; group_rho ∫QdQ/∫Q² and group_t
    ∫QdQ/√(∫Q²(1+b'b)) directly.

    Parameters
    ----------
    regressors : int
        k.
    trend : {"c", "ct"}
        Deterministics.
    draws, steps, seed : int
        Of the simulation.

    Returns
    -------
    DataFrame
        Index `STATISTICS`, columns mean, variance.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, draws, 1_000):
        size = min(1_000, draws - start)
        walks = np.cumsum(rng.standard_normal((size, steps, regressors + 1)), axis=1)
        walks = off_deterministics(walks, trend)
        v, w = walks[..., :1], walks[..., 1:]
        wt = np.swapaxes(w, -1, -2)
        b = np.linalg.solve(wt @ w, wt @ v)
        q = (v - w @ b)[..., 0]
        square = (q[:, :-1] ** 2).sum(axis=1) / steps**2
        cross = (q[:, :-1] * np.diff(q, axis=1)).sum(axis=1) / steps
        parts.append(np.column_stack([square, cross, (b[..., 0] ** 2).sum(axis=1)]))
    return _moments(np.concatenate(parts))


def _moments(draws: np.ndarray) -> pd.DataFrame:
    one, two, three = draws.mean(axis=0)
    psi = np.cov(draws, rowvar=False)
    scale = np.sqrt(one * (1 + three))
    gradients = {
        "panel_v": (1 / one, [-1 / one**2, 0, 0]),
        "panel_rho": (two / one, [-two / one**2, 1 / one, 0]),
        "panel_t": (
            two / scale,
            [-two / (2 * one * scale), 1 / scale, -two / (2 * (1 + three) * scale)],
        ),
    }
    rows = {
        name: (mean, float(np.array(g) @ psi @ np.array(g)))
        for name, (mean, g) in gradients.items()
    }
    group_rho = draws[:, 1] / draws[:, 0]
    group_t = draws[:, 1] / np.sqrt(draws[:, 0] * (1 + draws[:, 2]))
    rows["group_rho"] = (group_rho.mean(), group_rho.var(ddof=1))
    rows["group_t"] = (group_t.mean(), group_t.var(ddof=1))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "variance"])


def table() -> pd.DataFrame:
    """`pedroni_moments.csv` with its simulated rows anew: one regressor with a trend."""
    printed = pd.read_csv(PATH)
    printed = printed[~printed["source"].str.startswith("simulated")]
    moments = simulate(1, "ct").round(3).loc[list(STATISTICS)].reset_index(names="statistic")
    rows = moments.assign(regressors=1, trend="ct", source=SOURCE)
    return pd.concat([printed, rows]).sort_values(["regressors", "trend"], kind="stable")
