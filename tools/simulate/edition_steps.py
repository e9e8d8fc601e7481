"""Sizes of the paired test of two editions: share of rejections at 5 % where the editions differ by noise alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.kernels import rule_bandwidth
from living_panel.estimation.findings.steps import paired_test
from tools.simulate import STORED_STUDIES

STORED = STORED_STUDIES / "edition_step_sizes.csv"
DRAWS, PERIODS, QUARTERS, NOISE = 2000, 8, 90, 0.5
UNITS = (100, 50, 20, 10)
MEMORIES = (0.0, 0.5, 0.7)


def run(draws: int = DRAWS) -> pd.DataFrame:
    """Return one row for each design: design, groups, memory, rejected (share), mc_std_error, draws.

    Panels have effects of units and periods, eight periods and memory .5 by unit in regressor and error; a single
    series has 90 quarters, and a memory in both. Each edition adds its own noise, half of their deviation, to
    regressor and outcome, so that both estimates have one limit.
    """
    designs = [("units", n, 0.5) for n in UNITS] + [("series", QUARTERS, m) for m in MEMORIES]
    rows = []
    for number, (design, groups, memory) in enumerate(designs):
        draw = np.random.default_rng([20261203, number])
        one = _units if design == "units" else _series
        share = float(np.mean([one(draw, groups, memory) < 0.05 for _ in range(draws)]))
        error = float(np.sqrt(share * (1 - share) / draws))
        rows.append((design, groups, memory, share, error, draws))
    columns = ["design", "groups", "memory", "rejected", "mc_std_error", "draws"]
    return pd.DataFrame(rows, columns=columns)


def _process(draw: np.random.Generator, memory: float, *shape: int) -> np.ndarray:
    """Stationary series with a first autocorrelation, along the last axis."""
    shocks = draw.standard_normal(shape)
    shocks[..., 0] /= np.sqrt(1 - memory**2)
    for t in range(1, shape[-1]):
        shocks[..., t] += memory * shocks[..., t - 1]
    return shocks


def _units(draw: np.random.Generator, groups: int, memory: float) -> float:
    """p-value of one draw of a panel in two editions."""
    shape = (groups, PERIODS)
    x = _process(draw, memory, *shape)
    y = x + _process(draw, memory, *shape)
    found = []
    for _ in range(2):
        seen = [v + NOISE * _process(draw, memory, *shape) for v in (x, y)]
        x_net, y_net = (
            v - v.mean(1, keepdims=True) - v.mean(0) + v.mean() for v in seen
        )  # without effects
        square = (x_net**2).sum()
        slope = (x_net * y_net).sum() / square
        influence = (x_net * (y_net - slope * x_net)).sum(1) / square
        found.append((float(slope), pd.Series(influence)))
    (old, of_old), (new, of_new) = found
    return paired_test(old, new, of_old, of_new).p_value


def _series(draw: np.random.Generator, length: int, memory: float) -> float:
    """p-value of one draw of a single series in two editions."""
    x = _process(draw, memory, length)
    y = x + _process(draw, memory, length)
    found = []
    for _ in range(2):
        x_seen, y_seen = (v + NOISE * _process(draw, memory, length) for v in (x, y))
        design = np.column_stack([np.ones(length), x_seen])
        bread = np.linalg.inv(design.T @ design)
        b = bread @ design.T @ y_seen
        influence = (design * (y_seen - design @ b)[:, None]) @ bread[1]
        found.append((float(b[1]), pd.Series(influence)))
    (old, of_old), (new, of_new) = found
    return paired_test(old, new, of_old, of_new, bandwidth=rule_bandwidth(length)).p_value
