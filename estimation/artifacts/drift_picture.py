"""The picture of a comparison of two states: the largest movements, split by part."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from estimation.artifacts.drift import PARTS
from estimation.artifacts.drift_words import WORDS, movers
from estimation.tables.pictures import picture

COLOURS = {
    "restated": "#4477aa", "filled_in": "#66ccee", "removed": "#ee6677", "rule": "#aa3377",
    "years": "#228833", "provinces": "#ccbb44", "interpolation": "#bbbbbb", "spec": "#994455",
    "code": "#222222",
}  # fmt: skip
LONGEST = 60  # characters of a name


def draw_drift(drift: pd.DataFrame, title: str, mark: str) -> bytes:
    """PNG with one bar a coefficient of `movers`, split by part; `mark` says the kind of figures."""
    moved = movers(drift)
    figure = Figure(figsize=(9, 2.0 + 0.32 * max(len(moved), 1)), layout="constrained")
    axes = figure.subplots()
    if moved.empty:
        axes.text(0.5, 0.5, "no coefficient moved", ha="center", va="center")
        axes.set_axis_off()
    names = [f"{r.table_id} {r.model} {r.term}" for r in moved.itertuples()]
    names = [n if len(n) <= LONGEST else n[: LONGEST - 1] + "…" for n in names]
    at = range(len(moved))
    right, left = [0.0] * len(moved), [0.0] * len(moved)
    for part in (*PARTS, "code"):
        values = moved[part].astype(float).fillna(0.0).tolist()
        if not any(abs(v) > 1e-12 for v in values):
            continue
        starts = [r if v >= 0 else s for v, r, s in zip(values, right, left, strict=True)]
        axes.barh(at, values, left=starts, color=COLOURS[part], label=WORDS[part])
        right = [r + max(v, 0.0) for r, v in zip(right, values, strict=True)]
        left = [s + min(v, 0.0) for s, v in zip(left, values, strict=True)]
    if not moved.empty:
        axes.plot(moved["change"], at, "k|", markersize=12, label="whole change")
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_yticks(at, names)
        axes.invert_yaxis()
        axes.legend(frameon=False, fontsize="small")
        axes.set_xlabel("change of the coefficient")
    axes.set_title(title, loc="left", fontsize="medium")
    figure.supxlabel(mark, fontsize="small", x=0.01, ha="left", wrap=True)
    return picture("drift", title, figure).png
