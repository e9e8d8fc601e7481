"""Figures of stored results: answers, estimates with the printed ones, true sizes of tests."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from estimation.report import verdict
from estimation.report.answers import Answer
from estimation.report.drawing import (
    FOUR,
    INK,
    MUTED,
    ONE,
    TWO,
    new_figure,
    put_legend,
    put_rows,
    to_svg,
)
from estimation.tables.texts import minus

SIZES = ("size_independent", "size_one_factor")
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

    `compared` is `side_by_side.compare` of one printed table, `names` what its columns are called on
    the axis, `official` the series that is not simulated.
    """
    part = compared[compared["term"] == term]
    models = list(dict.fromkeys(part["model"]))
    first = part.iloc[0]
    longest = max(len(names.get(m, m)) for m in models)
    figure, axes = new_figure(3.0, 0.5 + 0.34 * len(models), left=0.12 + 0.085 * longest)
    for row, model in enumerate(models):
        _draw_pair(axes, row, part[part["model"] == model], official)
    put_rows(axes, [names.get(m, m) for m in models], (-0.6, 0.4))
    spoken = "; ".join(_spoken(part[part["model"] == m], names.get(m, m), official) for m in models)
    name = f"beside-{first['printed_table']}-{term}"
    return to_svg(figure, name, f"{first['label']}, Table {first['printed_table']}: {spoken}")


def _draw_pair(axes: Axes, row: int, lines: pd.DataFrame, official: str) -> None:
    """A printed slope, and ours in each series below it."""
    value, error = lines[["printed_estimate", "printed_error"]].iloc[0]
    if error > 0:
        ends = [value - 1.96 * error, value + 1.96 * error]
        axes.plot(ends, [row - 0.16] * 2, color=TWO, linewidth=1.6)
    axes.plot([value], [row - 0.16], "D", color=TWO, markersize=4.5)
    for line in lines.dropna(subset=["estimate"]).to_dict("records"):
        simulated = line["series"] != official
        colour, at = (FOUR, row + 0.26) if simulated else (ONE, row + 0.06)
        mark, size, width = ("x", 3.5, 1) if simulated else ("o", 4.5, 1.9)
        axes.plot([line["ci_low"], line["ci_high"]], [at] * 2, color=colour, linewidth=width)
        axes.plot([line["estimate"]], [at], mark, color=colour, markersize=size)


@dataclass(frozen=True)
class Bars:
    """An answer's estimates as bars on one scale; places are per cent of the scale.

    `rows` are label, text, low end, width and point; `ticks` are place and label.
    """

    rows: tuple[tuple[str, str, float, float, float], ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float
    printed: float | None


def answer_bars(answer: Answer) -> Bars:
    """Each estimate of an answer with its interval, its variants and the printed value, on one scale."""
    ends = [end for _, point in answer.points for end in (*point.interval, point.value)]
    ends += [0.0, *([] if answer.printed is None else [answer.printed])]
    ticks = MaxNLocator(4).tick_values(min(ends), max(ends))
    low, high = min(ticks[0], *ends), max(ticks[-1], *ends)

    def place(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    rows = []
    for label, point in answer.points:
        left, right = (place(end) for end in point.interval)
        rows.append((label, verdict.short(point), left, round(right - left, 2), place(point.value)))
    printed = None if answer.printed is None else place(answer.printed)
    labels = tuple((place(tick), minus(tick, 10).rstrip("0").rstrip(".")) for tick in ticks)
    return Bars(tuple(rows), labels, place(0.0), printed)


def draw_sizes(statistics: pd.DataFrame) -> Markup | None:
    """True size of each unit-root test at a nominal 5 %, one mark a series, form and deterministics.

    None if the statistics lack sizes.
    """
    found = statistics[statistics["statistic"].isin(SIZES) & statistics["term"].isin(list(TESTS))]
    if found.empty:
        return None
    figure, axes = new_figure(9.6, 3.2, left=1.15, bottom=0.45)
    tests = [t for t in TESTS if (found["term"] == t).any()]
    looks = (
        ("asymptotic", "independent", TWO, "o", -0.27, "asymptotic p, independent provinces"),
        ("asymptotic", "one_factor", TWO, "x", -0.09, "asymptotic p, one common factor"),
        ("simulated", "independent", ONE, "o", 0.09, "simulated p, independent provinces"),
        ("simulated", "one_factor", ONE, "x", 0.27, "simulated p, one common factor"),
    )
    for values, design, colour, mark, shift, label in looks:
        part = found[(found["inference"] == values) & (found["statistic"] == f"size_{design}")]
        rows = [tests.index(t) + shift for t in part["term"]]
        axes.plot(
            100 * part["value"], rows, mark, color=colour, alpha=0.55, markersize=4, label=label
        )
    axes.axvline(100 * NOMINAL, color=INK, linewidth=1)
    axes.text(100 * NOMINAL, -0.5, " nominal 5 %", color=MUTED, fontsize=8, va="bottom")
    put_rows(axes, [TESTS[t] for t in tests], (-0.85, 0.4))
    axes.set_xlim(left=0)
    axes.set_xlabel("rejections of a true unit root, per cent, at this panel's N and T")
    put_legend(axes, "lower right")
    return to_svg(figure, "sizes", "True size of each unit-root test at a nominal 5 per cent")


def _spoken(lines: pd.DataFrame, name: str, official: str) -> str:
    estimates = lines.loc[lines["series"] == official, "estimate"].dropna()
    ours = f"{estimates.iloc[0]:.3f}" if len(estimates) else "none"
    return f"{name} printed {lines['printed'].iloc[0]}, ours {ours}"
