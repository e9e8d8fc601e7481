"""Plots of the page against matplotlib: the same places, ticks and labels, from the same values."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from living_panel.estimation.econometrics.drawing import (
    BOTTOM,
    CROSS,
    DOT,
    RIGHT,
    TITLE,
    TOP,
    Axis,
    Plot,
    draw_coefficients,
    draw_path,
    list_rows,
    tick_label,
)
from living_panel.estimation.report.axes import scale_axis

X, Y = [2005, 2006, 2007, 2009], [12.0, 180.0, 7.5, 4000.0]
WIDTH, HEIGHT, LEFT = 216.0, 136.8, 34.6


def numbers(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


def paths(svg: str, colour: str) -> list[str]:
    return re.findall(rf'd="([^"]*)" style="stroke:var\(--{colour}\)', svg)


@pytest.mark.parametrize("is_logarithmic", [False, True])
def test_places_and_ticks_are_those_of_matplotlib(is_logarithmic: bool) -> None:
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
    axes = figure.add_axes(
        (LEFT / WIDTH, BOTTOM / HEIGHT, 1 - (LEFT + RIGHT) / WIDTH, 1 - (BOTTOM + TOP) / HEIGHT)
    )
    axes.set_yscale("log" if is_logarithmic else "linear")
    axes.plot(X, Y)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_locator(LogLocator(numticks=6) if is_logarithmic else MaxNLocator(6))
    x = scale_axis(X, 5, is_whole=True)
    y = scale_axis(Y, 6, is_logarithmic=is_logarithmic)
    plot = Plot(x, y, WIDTH, HEIGHT, LEFT)
    plot.add_line(X, Y, "one", 1)
    axes.autoscale_view()
    expected = axes.transData.transform(np.column_stack([X, Y]))
    (path,) = paths(plot.to_svg(""), "one")
    found = np.array(numbers(path.removesuffix("h0"))).reshape(-1, 2)
    np.testing.assert_allclose(
        found, np.column_stack([expected[:, 0], HEIGHT - expected[:, 1]]), atol=0.06
    )
    for own, axis in ((x, axes.xaxis), (y, axes.yaxis)):
        low, high = axis.get_view_interval()
        inside = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
        np.testing.assert_allclose(own.ticks, inside)


def test_a_missing_point_breaks_a_line_and_has_no_mark() -> None:
    plot = Plot(Axis(0, 4, (), ()), Axis(0, 4, (), ()), 100 + RIGHT, 40 + TOP + BOTTOM, 0)
    plot.add_line([0, 1, 2, 3, 4], [0, 0, np.nan, 0, np.inf], "one", 1)
    plot.add_marks([0, np.nan, 4], [4, 4, 4], DOT, "two", 4)
    plot.add_spans([1, np.nan], [3, 3], [2, 2], "three", 1)
    plot.add_blocks([(1, 0, 2, 4)], "four")
    plot.add_marks([np.nan], [1], CROSS, "five", 1)
    svg = plot.to_svg("")
    assert paths(svg, "one") == ["M0 47.2 25 47.2h0M75 47.2h0"]
    assert paths(svg, "two") == ["M0 7.2h0M100 7.2h0"]
    assert paths(svg, "three") == ["M25 27.2 75 27.2"]
    assert paths(svg, "four") == ["M25 47.2 50 47.2 50 7.2 25 7.2z"]
    assert not paths(svg, "five")


def test_an_axis_of_one_value_has_a_width_and_rows_run_downwards() -> None:
    for value in (0.0, -3.0, 250.0):
        axis = scale_axis([value, np.nan], 5)
        assert axis.low < value < axis.high
    rows = list_rows("abcdef", step=5)
    assert [*rows.ticks] == [0, 5] and rows.labels == "af"
    assert rows.shares([0, 5])[0] > rows.shares([0, 5])[1]


def test_labels_are_short_and_texts_are_escaped() -> None:
    values = (0, -0.25, 0.1 + 0.2, 12_000, -3e6, 2.5e9)
    assert [tick_label(v) for v in values] == ["0", "−0.25", "0.3", "12k", "−3m", "2.5bn"]
    plot = Plot(Axis(0, 1, [0], ["<b>"]), list_rows(["R&D"]), 100, 100, 20)
    svg = plot.to_svg('a <line> & "more"')
    assert 'aria-label="a &lt;line&gt; &amp; &#34;more&#34;"' in svg
    assert ">&lt;b&gt;</text>" in svg and ">R&amp;D</text>" in svg


def test_a_plot_has_a_title_at_each_axis() -> None:
    axes = (Axis(0, 1, [0], ["0"]), Axis(0, 1, [0], ["0"]))
    plot = Plot(*axes, 100, 100, 20, measured="per <cent>", along="years")
    plot.add_line([0, 1], [1, 0], "one", 1)
    svg = plot.to_svg("")
    assert 'class="start title"' in svg and "per &lt;cent&gt;" in svg
    assert re.search(r'class="mid title" x="[^"]*" y="95">years</text>', svg)
    (line,) = paths(svg, "one")
    assert numbers(line)[1::2] == [TOP + TITLE, 100 - BOTTOM - TITLE]


def test_a_chart_for_a_file_needs_no_page() -> None:
    """It has a dot a term, an interval where both ends are known, and no variable or class of a page."""
    table = pd.DataFrame(
        {"estimate": [0.1, -0.2], "ci_low": [0.0, np.nan], "ci_high": [0.3, np.nan]}, index=[0, 1]
    )
    rows = draw_coefficients(table.set_axis(["a & b", "c"]), "Slopes of <y>").svg
    path = draw_path(table, "Path").svg
    for svg in (rows, path):
        assert "var(--" not in svg and "class=" not in svg and 'xmlns="http' in svg
        drawn = re.findall(r'd="([^"]*)" style="stroke:currentColor', svg)
        assert [line.count("M") for line in drawn] == [1, 1, 2]  # zero, one interval, two dots
    assert "<title>Slopes of &lt;y&gt;</title>" in rows and ">a &amp; b</text>" in rows
    x = [place for place, *_ in re.findall(r"M([\d.]+) ([\d.]+)h0", rows)]
    ticks = re.findall(r'<text x="([\d.]+)" y="[\d.]+" text-anchor="middle"[^>]*>([^<]*)<', rows)
    places = {text: float(place) for place, text in ticks}
    share = (float(x[-2]) - places["0"]) / (places["0.1"] - places["0"])
    assert share == pytest.approx(1, abs=0.02), "the dot of .1 stands at the tick .1"
