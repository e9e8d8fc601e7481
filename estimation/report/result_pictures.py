"""Pictures of stored results: answers, estimates beside the printed ones, true sizes of tests."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from estimation.report import verdict
from estimation.report.answers import Answer
from estimation.report.drawing import (
    FOUR,
    INK,
    MUTED,
    ONE,
    STYLE,
    TWO,
    new_figure,
    put_legend,
    to_svg,
)

SIZE = re.compile(r"^(\w+)\.(c|ct)\.(raw|demeaned)\.size_(asymptotic|simulated)\.(\w+)$")
TESTS = {
    "llc": "Levin-Lin-Chu",
    "ht": "Harris-Tzavalis",
    "ips": "Im-Pesaran-Shin",
    "fisher": "Fisher ADF",
    "cips": "CIPS",
}
NOMINAL = 0.05


def draw_beside(compared: pd.DataFrame, term: str, names: dict[str, str], official: str) -> Markup:
    """One slope in every printed column: printed and ours, each with its 95 % interval.

    Parameters
    ----------
    compared : pandas.DataFrame
        Of `side_by_side.compare`, one printed table.
    names : dict
        Printed column to what it is called on the axis.
    official : str
        The series that is not simulated.
    """
    part = compared[compared["term"] == term]
    models = list(dict.fromkeys(part["model"]))
    label, table = part["label"].iloc[0], part["printed_table"].iloc[0]
    longest = max(len(names.get(m, m)) for m in models)
    figure, axes = new_figure(3.0, 0.5 + 0.34 * len(models), left=0.12 + 0.085 * longest)
    for row, model in enumerate(models):
        own = part[part["model"] == model]
        first = own.iloc[0]
        error = first["printed_error"]
        if pd.notna(error) and error > 0:
            ends = [first["printed_estimate"] + s * 1.96 * error for s in (-1, 1)]
            axes.plot(ends, [row - 0.16] * 2, color=TWO, linewidth=1.6)
        axes.plot([first["printed_estimate"]], [row - 0.16], "D", color=TWO, markersize=4.5)
        for _, line in own[own["estimate"].notna()].iterrows():
            simulated = line["series"] != official
            colour, shift = (FOUR, 0.26) if simulated else (ONE, 0.06)
            if pd.notna(line["ci_low"]) and pd.notna(line["ci_high"]):
                ends = [line["ci_low"], line["ci_high"]]
                axes.plot(ends, [row + shift] * 2, color=colour, linewidth=1 if simulated else 1.9)
            mark, size = ("x", 3.5) if simulated else ("o", 4.5)
            axes.plot([line["estimate"]], [row + shift], mark, color=colour, markersize=size)
    axes.axvline(0, color=INK, linewidth=0.7)
    axes.set_yticks(range(len(models)), [names.get(m, m) for m in models])
    axes.set_ylim(len(models) - 0.4, -0.6)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    spoken = "; ".join(_spoken(part, m, names, official) for m in models)
    return to_svg(figure, f"beside-{table}-{term}", f"{label}, Table {table}: {spoken}")


def draw_answers(found: Sequence[Answer]) -> Markup:
    """Each answer's number with its interval and its variants, the printed value beside it.

    Parameters
    ----------
    found : sequence of Answer
        Those with points; one panel each, every panel on its own scale.
    """
    counts = [len(answer.points) for answer in found]
    height = 0.28 * sum(counts) + 0.85 * len(found)
    with rc_context(STYLE):
        figure = Figure(figsize=(10.8, height))
        axes = figure.subplots(len(found), 1, height_ratios=[c + 1 for c in counts], squeeze=False)
    figure.patch.set_alpha(0)
    for panel, answer in zip(axes[:, 0], found, strict=True):
        _draw_answer(panel, answer)
    figure.subplots_adjust(
        left=3.5 / 10.8, right=0.83, top=1 - 0.32 / height, bottom=0.3 / height, hspace=0.95
    )
    spoken = "; ".join(f"{a.asks} {a.says}" for a in found)
    return to_svg(figure, "answers", spoken)


def _draw_answer(axes: Axes, answer: Answer) -> None:
    for row, (_, point) in enumerate(answer.points):
        low, high = point.interval
        colour = ONE if row == 0 else MUTED
        axes.plot([low, high], [row, row], color=colour, linewidth=2 if row == 0 else 1.2)
        axes.plot([point.value], [row], "o", color=colour, markersize=5 if row == 0 else 4)
        said = verdict.short(point)
        axes.text(1.02, row, said, transform=axes.get_yaxis_transform(), va="center", color=colour)
    axes.axvline(0, color=INK, linewidth=0.7)
    if answer.printed is not None:
        axes.axvline(answer.printed, color=TWO, linewidth=1.4, linestyle="--")
    axes.set_yticks(range(len(answer.points)), [name for name, _ in answer.points])
    axes.set_ylim(len(answer.points) - 0.5, -0.5)
    axes.set_title(answer.asks, loc="left", fontsize=9, color=INK)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.patch.set_alpha(0)
    axes.set_axisbelow(True)


def draw_sizes(statistics: pd.DataFrame) -> Markup | None:
    """True size of each unit-root test at a nominal 5 %, one mark a series, form and deterministics.

    Returns
    -------
    Markup or None
        None where the statistics hold no sizes.
    """
    found = statistics["name"].str.extract(SIZE).dropna()
    if found.empty:
        return None
    found.columns = pd.Index(["test", "trend", "form", "values", "design"])
    found["size"] = statistics.loc[found.index, "value"]
    found = found.dropna(subset=["size"])
    figure, axes = new_figure(9.6, 3.2, left=1.15, bottom=0.45)
    tests = [t for t in TESTS if (found["test"] == t).any()]
    looks = (
        ("asymptotic", "independent", TWO, "o", -0.27, "asymptotic p, independent provinces"),
        ("asymptotic", "one_factor", TWO, "x", -0.09, "asymptotic p, one common factor"),
        ("simulated", "independent", ONE, "o", 0.09, "simulated p, independent provinces"),
        ("simulated", "one_factor", ONE, "x", 0.27, "simulated p, one common factor"),
    )
    for values, design, colour, mark, shift, label in looks:
        part = found[(found["values"] == values) & (found["design"] == design)]
        rows = [tests.index(t) + shift for t in part["test"]]
        axes.plot(
            100 * part["size"], rows, mark, color=colour, alpha=0.55, markersize=4, label=label
        )
    axes.axvline(100 * NOMINAL, color=INK, linewidth=1)
    axes.text(100 * NOMINAL, -0.5, " nominal 5 %", color=MUTED, fontsize=8, va="bottom")
    axes.set_yticks(range(len(tests)), [TESTS[t] for t in tests])
    axes.set_ylim(len(tests) - 0.4, -0.85)
    axes.set_xlim(left=0)
    axes.set_xlabel("rejections of a true unit root, per cent, at this panel's N and T")
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    put_legend(axes, "lower right")
    return to_svg(figure, "sizes", "True size of each unit-root test at a nominal 5 per cent")


def _spoken(part: pd.DataFrame, model: str, names: dict[str, str], official: str) -> str:
    row = part[(part["model"] == model) & (part["series"] == official)]
    if row.empty or pd.isna(row["estimate"].iloc[0]):
        return f"{names.get(model, model)} printed {part[part['model'] == model]['printed'].iloc[0]}, ours none"
    first = row.iloc[0]
    return f"{names.get(model, model)} printed {first['printed']}, ours {first['estimate']:.3f}"
