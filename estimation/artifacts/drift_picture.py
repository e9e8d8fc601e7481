"""The figure of a comparison of two states: the largest movements, split by part."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from living_panel.estimation.artifacts.drift import PARTS
from living_panel.estimation.artifacts.drift_words import PLAIN, Order, movers, part_name
from living_panel.estimation.panel.spec import Unit
from living_panel.estimation.tables.result import Picture

COLOURS = {
    "restated": "#4477aa", "filled_in": "#66ccee", "removed": "#ee6677", "rule": "#aa3377",
    "years": "#228833", "provinces": "#ccbb44", "interpolation": "#bbbbbb", "spec": "#994455",
    "quality": "#ddaa33", "code": "#222222",
}  # fmt: skip
WIDEST, WIDEST_NAME = 120, 62  # characters of a line


def draw_drift(drift: pd.DataFrame, title: str, mark: str, order: Order = PLAIN) -> Picture:
    """Figure with one bar a coefficient of `movers`, split by part; `mark` says the kind of values.

    One panel a table, each on its own scale: a coefficient of few cells would dwarf all others.
    """
    moved = movers(drift, order)
    tables = {str(table): part for table, part in moved.groupby("table_id", sort=False)}
    counts = [len(part) for part in tables.values()]
    figure = Figure(figsize=(9, 1.6 + 0.34 * sum(counts) + 0.5 * len(counts)), layout="constrained")
    heading = f"{fill(title, WIDEST)}\n{fill(mark, WIDEST)}"
    figure.suptitle(heading, x=0.01, ha="left", fontsize="small")
    if moved.empty:
        figure.text(0.5, 0.5, "no coefficient moved", ha="center", va="center")
        return Picture("drift", title, figure)
    panels = figure.subplots(len(tables), 1, height_ratios=[n + 1 for n in counts], squeeze=False)
    drawn: dict[str, Any] = {}
    unit = order.unit_of(tables)
    for axes, (table, part) in zip(panels[:, 0], tables.items(), strict=True):
        drawn |= _draw_table(axes, table, part, unit)
    panels[-1, 0].set_xlabel("change of the coefficient")
    figure.legend(drawn.values(), drawn.keys(), loc="outside lower right", ncols=3, frameon=False,
                  fontsize="small")  # fmt: skip
    return Picture("drift", title, figure)


def _draw_table(axes: Axes, table: str, moved: pd.DataFrame, unit: Unit) -> dict[str, Any]:
    """Bars of one table's coefficients; returns what is drawn by what it is called."""
    at = range(len(moved))
    right, left = [0.0] * len(moved), [0.0] * len(moved)
    drawn: dict[str, Any] = {}
    for part in (*PARTS, "code"):
        values = moved[part].astype(float).fillna(0.0).tolist()
        if not any(abs(v) > 1e-12 for v in values):
            continue
        starts = [r if v >= 0 else s for v, r, s in zip(values, right, left, strict=True)]
        drawn[part_name(part, unit)] = axes.barh(at, values, left=starts, color=COLOURS[part])
        right = [r + max(v, 0.0) for r, v in zip(right, values, strict=True)]
        left = [s + min(v, 0.0) for s, v in zip(left, values, strict=True)]
    (drawn["whole change"],) = axes.plot(moved["change"], at, "k|", markersize=10)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_title(table, loc="left", fontsize="small")
    names = [f"{r.model} {r.term}" for r in moved.itertuples()]
    names = [fill(n, WIDEST_NAME, max_lines=2, placeholder=" …") for n in names]
    axes.set_yticks(at, names, fontsize="x-small")
    axes.tick_params(axis="x", labelsize="x-small")
    axes.locator_params(axis="x", nbins=6)
    axes.invert_yaxis()
    return drawn
