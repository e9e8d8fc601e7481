"""The picture and the words of a comparison of two releases.

Belongs here: drawing what `drift` found, and its Markdown. Not here: finding it.
"""

from __future__ import annotations

import io

import pandas as pd
from matplotlib.figure import Figure

from estimation.artifacts.drift import PARTS, WORDS, in_words
from estimation.tables.render import escape_markdown

COLOURS = {
    "restated": "#4477aa", "filled_in": "#66ccee", "removed": "#ee6677", "rule": "#aa3377",
    "years": "#228833", "provinces": "#ccbb44", "interpolation": "#bbbbbb", "spec": "#994455",
    "code": "#222222",
}  # fmt: skip
SHOWN = 24


def draw_drift(drift: pd.DataFrame, title: str) -> bytes:
    """PNG with one bar a moved coefficient, split by part; the largest movements only."""
    moved = largest(drift)
    figure = Figure(figsize=(9, 1.6 + 0.32 * max(len(moved), 1)), layout="constrained")
    axes = figure.subplots()
    if moved.empty:
        axes.text(0.5, 0.5, "no coefficient moved", ha="center", va="center")
        axes.set_axis_off()
    names = [f"{r.table_id} {r.model} {r.term}" for r in moved.itertuples()]
    right, left = [0.0] * len(moved), [0.0] * len(moved)
    for part in (*PARTS, "code"):
        values = moved[part].fillna(0.0).tolist()
        if not any(abs(v) > 1e-12 for v in values):
            continue
        starts = [r if v >= 0 else s for v, r, s in zip(values, right, left, strict=True)]
        axes.barh(names, values, left=starts, color=COLOURS[part], label=WORDS[part])
        right = [r + max(v, 0.0) for r, v in zip(right, values, strict=True)]
        left = [s + min(v, 0.0) for s, v in zip(left, values, strict=True)]
    if not moved.empty:
        axes.plot(moved["change"], names, "k|", markersize=12, label="whole change")
        axes.axvline(0, color="black", linewidth=0.8)
        axes.invert_yaxis()
        axes.legend(frameon=False, fontsize="small")
        axes.set_xlabel("change of the coefficient")
    axes.set_title(title, loc="left", fontsize="medium")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()


def largest(drift: pd.DataFrame) -> pd.DataFrame:
    """Moved coefficients with a decomposition, the largest movements first, constants left out."""
    moved = drift[(drift["status"] == "moved") & (drift["term"] != "constant")].copy()
    if moved.empty:
        return moved
    order = moved["change"].abs().sort_values(ascending=False).index[:SHOWN]
    return moved.loc[order]


def to_text(drift: pd.DataFrame, cells: pd.DataFrame, old_name: str, new_name: str) -> str:
    """Markdown for people: what changed in the figures, stars gained or lost, movements."""
    lines = [f"## From {old_name} to {new_name}", "", "**Figures**", ""]
    lines.append(
        cells.to_markdown(index=False, floatfmt=".4g") if len(cells) else "no cell differs"
    )
    counts = drift["status"].where(
        drift["status"].isin(["moved", "unchanged", "appeared", "gone"]), "other"
    )
    lines += [
        "",
        "**Coefficients**: " + ", ".join(f"{n} {s}" for s, n in counts.value_counts().items()),
    ]
    starred = drift[drift["old_stars"].fillna("") != drift["new_stars"].fillna("")]
    both = starred[starred["old"].notna() & starred["new"].notna()]
    lines += ["", "**Stars gained or lost**", ""]
    lines += [f"- {escape_markdown(in_words(row))}" for row in both.to_dict("records")] or [
        "- none"
    ]
    lines += ["", "**Largest movements**", ""]
    lines += [
        f"- {escape_markdown(in_words(row))}" for row in largest(drift).to_dict("records")
    ] or ["- none"]
    other = drift[counts.isin(["appeared", "gone", "other"])]
    if len(other):
        lines += ["", "**Appeared, gone, or not decomposed**", ""]
        for (table, status), part in other.groupby(["table_id", "status"]):
            lines.append(f"- {table}: {len(part)} coefficients {status}")
    return "\n".join(lines) + "\n"
