"""Compare the planted elasticities of the demo with the estimates of its tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from living_panel.orchestration.root import state
from living_panel.orchestration.simulated.firms import ELASTICITY, FIRMS
from living_panel.orchestration.simulated.planted import load_process

ONE, BY_REGION = "homogeneous", "regional"  # processes of the first and of the current release
CURRENT = "current"


@dataclass(frozen=True)
class Planted:
    """One planted elasticity, and the stored coefficient that estimates it."""

    words: str
    value: float
    vantage: str
    table: str
    model: str
    term: str


def planted(first: str) -> list[Planted]:
    """Return the planted elasticities; `first` is the vantage of the earlier release."""
    one, by_region = load_process(ONE).slopes, load_process(BY_REGION).slopes
    same = next(iter(one.values()))["fdi"]
    effects = [Planted("FDI, one elasticity", same, first, "t04_baseline", "headline.7", "fdi")]
    for region, slopes in by_region.items():
        model = f"three.{region}"
        effects.append(
            Planted(f"FDI, {region}", slopes["fdi"], CURRENT, "t06_regions", model, "fdi")
        )
    return [*effects, Planted("FDI of firms", ELASTICITY, CURRENT, FIRMS, "size", "ln_fdi")]


def planted_beside_estimated(root: Path, first: str) -> list[str]:
    """Name each planted elasticity with its estimate from the tables of a demo root.

    A coefficient that no table holds is listed as missing.
    """
    lines = []
    for asked in planted(first):
        estimate = _estimated(root, asked)
        shown = (
            "no estimate"
            if estimate is None
            else f"estimated {estimate[0]:.3f} ({estimate[1]:.3f})"
        )
        lines.append(f"{asked.words}: planted {asked.value:.3f}, {shown}")
    return lines


def _estimated(root: Path, asked: Planted) -> tuple[float, float] | None:
    """Estimate and standard error of a stored coefficient."""
    entries = {e["table_id"]: e["artifact_id"] for e in state.read(root, asked.vantage)}
    if asked.table not in entries:
        return None
    folder = root / "artifacts" / asked.table / entries[asked.table]
    rows = pd.read_parquet(folder / "coefficients.parquet")
    rows = rows[(rows["model"] == asked.model) & (rows["term"] == asked.term)]
    rows = rows.dropna(subset=["std_error"])
    return (
        None if rows.empty else (float(rows["estimate"].iloc[0]), float(rows["std_error"].iloc[0]))
    )
