"""The figure of a specification curve: sorted estimates above, the choices of each below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from living_panel.estimation.econometrics.robustness.curve import Curve


def draw_curve(
    curve: Curve, outcome: str, *, title: str, words: Callable[[str], str] = str
) -> Figure:
    """Figure of one outcome that has estimates; `words` is how a choice's value is called."""
    part = curve.estimates[curve.estimates["outcome"] == outcome].sort_values("estimate")
    lines = [
        (f"{choice}: {words(v)}", taken[v].to_numpy())
        for choice, taken in choices_taken(part).items()
        for v in sorted(taken)
        if len(taken) > 1 or choice == "control"
    ]
    figure = Figure(figsize=(10, 3.2 + 0.19 * len(lines)), layout="constrained")
    upper, lower = figure.subplots(
        2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 0.19 * len(lines) + 0.4]}
    )
    at = np.arange(len(part))
    thin = max(0.3, 150 / len(part))  # points: where estimates are few, their bars are seen
    significant = (part["p_value"] < 0.05).to_numpy()
    _bars(upper, at, part["ci_low"], part["ci_high"], color="0.88", linewidth=2 * thin, zorder=1)
    # one scatter in the order of the curve: drawn apart, the second group would hide the first
    colours = np.where(significant, "C0", "0.45")
    upper.scatter(
        at, part["estimate"], s=max(2, 900 / len(part)), color=colours, linewidths=0, zorder=3
    )
    for colour, label, share in (
        ("0.45", "p >= .05", 1 - significant.mean()),
        ("C0", "p < .05", significant.mean()),
    ):
        upper.scatter([], [], s=3, color=colour, label=f"{label}: {share:.0%}")
    out = _limit(upper, part)
    upper.axhline(0, color="k", linewidth=0.6)
    upper.set_ylabel("estimate, 95 % interval")
    cut = f"; {out} of their intervals are cut off" if out else ""
    upper.set_title(f"{title}: {len(part):,} distinct estimates{cut}", fontsize=10)
    upper.legend(fontsize=8, markerscale=2, frameon=False)
    for row, (_, chosen) in enumerate(lines):
        here = at[chosen]
        _bars(lower, here, -row - 0.35, -row + 0.35, color="0.2", linewidth=thin, alpha=0.5)
    lower.set_yticks([-r for r in range(len(lines))], [name for name, _ in lines], fontsize=8)
    lower.set_xlabel("specifications, sorted by estimate")
    return figure


def _bars(axes: Axes, at: np.ndarray, low: ArrayLike, high: ArrayLike, **look: Any) -> None:
    """Vertical bars as one broken line: a path a bar costs a second where there are thousands."""
    ends = np.broadcast_arrays(low, high, np.full(at.shape, np.nan))
    axes.plot(np.repeat(at, 3), np.stack(ends, axis=1).ravel(), **look)


def _limit(axes: Axes, part: pd.DataFrame) -> int:
    """Show the estimates from 1 to 99 % with intervals of usual width; how many intervals are cut."""
    reach = 2 * ((part["ci_high"] - part["ci_low"]) / 2).median()
    low, high = part["estimate"].quantile(0.01) - reach, part["estimate"].quantile(0.99) + reach
    axes.set_ylim(max(low, part["ci_low"].min()), min(high, part["ci_high"].max()))
    return int(((part["ci_low"] < low) | (part["ci_high"] > high)).sum())


def choices_taken(estimates: pd.DataFrame) -> dict[str, dict[str, pd.Series]]:
    """By choice, each of its values with the estimates that took it."""
    masks = {
        choice: {v: estimates[choice] == v for v in dict.fromkeys(estimates[choice])}
        for choice in ("focal", "window", "exclusion", "interpolation")
    }
    rows = estimates["controls"].map(lambda row: row or ("none",))
    controls = sorted({control for row in rows for control in row})
    masks["control"] = {c: rows.map(lambda row, c=c: c in row) for c in controls}
    return masks
