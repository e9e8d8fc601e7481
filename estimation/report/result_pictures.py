"""Figures of stored results: findings, estimates with the printed ones, true sizes of tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from living_panel.estimation.econometrics.drawing import (
    CROSS,
    DIAMOND,
    DOT,
    FOUR,
    INK,
    ONE,
    RIGHT,
    TICK_SPACE,
    TITLE,
    TWO,
    Plot,
    list_rows,
    tick_label,
)
from living_panel.estimation.report.axes import scale_axis
from living_panel.estimation.report.contents import table_name
from living_panel.estimation.report.estimate import short
from living_panel.estimation.report.finding import Finding
from living_panel.estimation.tables.texts import minus, places_to_show

SIZES = ("size_independent", "size_one_factor")
TESTS = {
    "llc": "Levin-Lin-Chu",
    "ht": "Harris-Tzavalis",
    "ips": "Im-Pesaran-Shin",
    "fisher": "Fisher ADF",
    "cips": "CIPS",
}
NOMINAL = 0.05
OURS = ["ci_low", "estimate", "ci_high"]
COLUMN, COEFFICIENT = "column of the table", "coefficient, 95\N{NO-BREAK SPACE}% interval"
"""Titles of the axes of a slope."""
STROKES = {DOT: 4.5, CROSS: 1, DIAMOND: 2.4}


def draw_beside(compared: pd.DataFrame, term: str, names: dict[str, str], official: str) -> Markup:
    """One slope in every printed column: printed and ours, each with its 95 % interval.

    `compared` is `reproduction.compare_slopes` of one printed table, `names` what its columns are called on
    the axis, `official` the series that is not simulated.
    """
    part = compared[compared["term"] == term]
    rows, models = pd.factorize(part["model"])
    labels = [names.get(m, m) for m in models]
    part = part.assign(row=rows)
    printed, is_ours = part.drop_duplicates("row"), part["series"] == official
    half = 1.96 * printed["printed_error"]
    printed = printed.assign(
        low=printed["printed_estimate"] - half, high=printed["printed_estimate"] + half
    )
    height = 36 + 2 * TITLE + 24.5 * len(models)
    width, left = 216, 8.6 + 6.1 * max(map(len, labels))
    looks = (
        (printed, ["low", "printed_estimate", "high"], DIAMOND, TWO, 1.6, -0.16),
        (part[is_ours], OURS, DOT, ONE, 1.9, 0.06),
        (part[~is_ours], OURS, CROSS, FOUR, 1, 0.26),
    )
    values = np.concatenate([lines[columns].to_numpy("float64") for lines, columns, *_ in looks])
    most = min(6, int((width - left - RIGHT) / TICK_SPACE))
    x, y = scale_axis([0, *values.ravel()], most, has_grid=True), list_rows(labels)
    plot = Plot(x, y, width, height, left, COLUMN, COEFFICIENT)
    plot.add_line([0, 0], [y.low, y.high], INK, 0.7)
    for lines, columns, mark, colour, stroke, shift in looks:
        low, value, high = lines[columns].to_numpy("float64").T
        places = lines["row"] + shift
        plot.add_spans(low, high, places, colour, stroke)
        plot.add_marks(value, places, mark, colour, STROKES[mark])
    estimates = part.loc[is_ours, ["row", "estimate", "places"]].dropna().drop_duplicates("row")
    ours = {
        row: minus(value, places_to_show(value, places))
        for row, value, places in estimates.itertuples(index=False)
    }
    spoken = "; ".join(
        f"{label} printed {text}, ours {ours.get(row, 'none')}"
        for row, (label, text) in enumerate(zip(labels, printed["printed"], strict=True))
    )
    first = part.iloc[0]
    return Markup(plot.to_svg(f"{first['label']}, {table_name(first['printed_table'])}: {spoken}"))


@dataclass(frozen=True)
class Bars:
    """Estimates as bars on one scale; places are per cent of the scale.

    `rows` are label, text, low end, width and point; `ticks` are place and label.
    """

    rows: tuple[tuple[str, str, float, float, float], ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float
    printed: float | None


def finding_bars(finding: Finding) -> Bars:
    """A finding's estimate, the choices that change it most and the printed value, on one scale."""
    points = [(label, p) for label, p in finding.points if not math.isnan(p.interval[0])]
    return scale_bars(
        [(label, short(p), *p.interval, p.value) for label, p in points], finding.printed
    )


def scale_bars(
    points: Sequence[tuple[str, str, float, float, float]], printed: float | None
) -> Bars:
    """Bars of estimates on one scale with zero and the printed value.

    `points` are label, text, the ends of the interval, and the estimate.
    """
    ends = [end for _, _, *numbers in points for end in numbers]
    ends += [0.0, *([] if printed is None else [printed])]
    ticks = MaxNLocator(4).tick_values(min(ends), max(ends))
    low, high = min(ticks[0], *ends), max(ticks[-1], *ends)

    def place(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    rows = []
    for label, text, low_end, high_end, value in points:
        left, right = place(low_end), place(high_end)
        rows.append((label, text, left, round(right - left, 2), place(value)))
    labels = tuple((place(tick), tick_label(tick)) for tick in ticks)
    return Bars(tuple(rows), labels, place(0.0), None if printed is None else place(printed))


def sizes_csv(statistics: pd.DataFrame) -> str:
    """Values of the chart of sizes as CSV."""
    frame = _sizes(statistics)
    names = {"term": "test", "inference": "p_value", "value": "rejections"}
    columns = ["model", "term", "inference", "statistic", "value"]
    return frame[columns].rename(columns=names).to_csv(index=False, lineterminator="\n")


def _sizes(statistics: pd.DataFrame) -> pd.DataFrame:
    """Rows of statistics that are the size of a unit-root test."""
    return statistics[statistics["statistic"].isin(SIZES) & statistics["term"].isin(list(TESTS))]


def draw_sizes(statistics: pd.DataFrame) -> Markup | None:
    """True size of each unit-root test at a nominal 5 %, one mark a series, form and deterministics.

    None if the statistics lack sizes.
    """
    cells = _sizes(statistics)
    if cells.empty:
        return None
    tests = [t for t in TESTS if (cells["term"] == t).any()]
    sizes, y = 100 * cells["value"], list_rows([TESTS[t] for t in tests])
    x = scale_axis([0, *sizes], 6, has_grid=True)
    plot = Plot(x, y, 691.2, 230.4 + 2 * TITLE, 82.8, "test", "rejections, per cent")
    looks = (
        ("asymptotic", "independent", TWO, DOT, -0.27),
        ("asymptotic", "one_factor", TWO, CROSS, -0.09),
        ("simulated", "independent", ONE, DOT, 0.09),
        ("simulated", "one_factor", ONE, CROSS, 0.27),
    )
    for values, design, colour, mark, shift in looks:
        part = cells[(cells["inference"] == values) & (cells["statistic"] == f"size_{design}")]
        rows = pd.Categorical(part["term"], tests).codes + shift
        plot.add_marks(sizes[part.index], rows, mark, colour, STROKES[mark], opacity=0.7)
    plot.add_line([0, 0], [y.low, y.high], INK, 0.7)
    plot.add_line([100 * NOMINAL] * 2, [y.low, y.high], INK, 1)
    return Markup(plot.to_svg("True size of each unit-root test at a nominal 5 per cent"))
