"""True sizes of three ways of inference on the actual regressors of the paper's window.

`python -m tools.simulate inference_sizes.csv` draws errors on the rows of the release in `data/releases`
that holds exports by origin, and writes the table of docs/decisions/2026-11-28-wild-bootstrap-is-primary.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics.fixed_effects.diagnostics import effective_of, leverage_of
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import wild_draws, wild_test
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    TwoWayEffects,
    fit_within,
)
from living_panel.estimation.estimators._two_way import fit_two_way
from living_panel.estimation.panel.release import Release, load_release
from tools.simulate.planted_study import CR1, CR3, errors_of

RELEASES = Path(__file__).resolve().parents[2] / "data" / "releases"
SEED, PANELS, WILD, LEVEL = 20251128, 2_000, 999, 0.05
SLOPE = 0.1  # an elasticity worth finding
WILD_BOOTSTRAP = "wild cluster bootstrap"
MEMORIES = (0.8, 0.95)
OUTCOME, FDI = "exports_origin_cny_100m", "fdi_cny_100m"
COLUMNS = {
    "FDI": [FDI],
    "FDI, GDP": [FDI, "gdp_cny_100m"],
    "all but CE": [
        FDI, "employed_10k", "rd_intramural_cny_10k", "patent_invention_applications",
        "schooling_years", "gdp_cny_100m",
    ],
}  # fmt: skip
WINDOW = (2005, 2021)
LEFT_OUT = ("540000", "650000")
"""Provinces that the paper leaves out."""


@dataclass(frozen=True)
class Design:
    """Rows and regressors of one column, and the standard deviation of each unit's residuals."""

    effects: TwoWayEffects
    x: Floats
    year: Ints
    scale: Floats
    effective: float

    def draw_errors(self, rng: np.random.Generator, memory: float, scale: Floats) -> Floats:
        """Stationary AR(1) errors by unit, scaled by unit; shape (n,)."""
        periods = int(self.year.max()) + 1
        shocks = rng.standard_normal((self.effects.n_units, periods))
        shocks[:, 1:] *= np.sqrt(1 - memory**2)
        for t in range(1, periods):
            shocks[:, t] += memory * shocks[:, t - 1]
        return (shocks * scale[:, None])[self.effects.unit, self.year]


def make_design(panel: pd.DataFrame, regressors: Sequence[str]) -> Design:
    """The rows of the paper's window with values of outcome and regressors, in logarithms."""
    index = panel.index
    inside = ~index.get_level_values(0).isin(LEFT_OUT)
    inside &= (index.get_level_values(1) >= WINDOW[0]) & (index.get_level_values(1) <= WINDOW[1])
    frame = np.log(panel.loc[inside, [OUTCOME, *regressors]].dropna().sort_index())
    fit = fit_two_way(frame[OUTCOME], frame[list(regressors)])
    within = fit.within
    scale = pd.Series(within.residuals, fit.y.index).groupby(level=0).std().to_numpy()
    year = fit.y.index.get_level_values(1).to_numpy() - WINDOW[0]
    effective = effective_of(leverage_of(fit)[regressors[0]])
    return Design(within.effects, fit.x.to_numpy(), year, scale, effective)


def rejection_rates(design: Design, memory: float, scale: Floats, slope: float) -> dict[str, float]:
    """Share of panels in which each inference rejects a zero first slope at 5 %."""
    rng, groups = np.random.default_rng(SEED), design.effects.n_units
    draws = wild_draws(groups, WILD, SEED)
    critical = stats.t.ppf(1 - LEVEL / 2, groups - 1)
    rejected = dict.fromkeys((CR1, CR3, WILD_BOOTSTRAP), 0)
    for _ in range(PANELS):
        y = slope * design.x[:, 0] + design.draw_errors(rng, memory, scale)
        fit = fit_within(design.effects, y, design.x)
        errors = errors_of(fit)
        for inference in (CR1, CR3):
            rejected[inference] += int(abs(fit.params[0]) > critical * errors[inference][0][0])
        p = wild_test(fit, design.effects.unit, 0, draws).p_value()
        rejected[WILD_BOOTSTRAP] += int(p < LEVEL)
    return {inference: count / PANELS for inference, count in rejected.items()}


def rows(panel: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """One row a column, kind of errors, memory, true slope and inference."""
    for columns, regressors in COLUMNS.items():
        design = make_design(panel, regressors)
        equal = np.full_like(design.scale, float(np.sqrt((design.scale**2).mean())))
        for variances, scale in (("equal", equal), ("by province", design.scale)):
            for memory in MEMORIES:
                for slope in (0.0, SLOPE) if memory == MEMORIES[0] else (0.0,):
                    rates = rejection_rates(design, memory, scale, slope)
                    for inference, rate in rates.items():
                        yield {
                            "window": "-".join(map(str, WINDOW)), "columns": columns,
                            "n_obs": design.effects.n_obs, "n_clusters": design.effects.n_units,
                            "effective_clusters": round(design.effective, 2),
                            "variances": variances, "memory": memory, "slope": slope,
                            "inference": inference, "rejected": rate, "panels": PANELS,
                        }  # fmt: skip


def newest_release() -> Release:
    """The newest release that holds exports by origin.

    Raises
    ------
    FileNotFoundError
        Where no release in `data/releases` holds them.
    """
    for folder in sorted(RELEASES.glob("*/"), key=lambda f: f.stat().st_mtime, reverse=True):
        release = load_release(folder)
        if OUTCOME in release.panel:
            return release
    raise FileNotFoundError(f"{RELEASES}: no release holds {OUTCOME}. Fix: make run.")


def table() -> pd.DataFrame:
    """Rejection rates on `newest_release`."""
    return pd.DataFrame(rows(newest_release().panel))
