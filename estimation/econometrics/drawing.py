"""Plots as SVG: axes, marks, and the charts of fitted models.

Lengths are points. `Plot` has the colours of the page that it stands on; `FilePlot` brings its own look.
Figures of tables are matplotlib's, since PNG and the text inside need its fonts; charts that a reader changes are
Vega's, since they need its signals.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from living_panel.estimation.econometrics.arguments import check_arguments

COLOURS = ("ink", "muted", "grid", "card", "one", "two", "three", "four", "five")
"""Variables of page.css."""
INK, MUTED, GRID, CARD, ONE, TWO, THREE, FOUR, FIVE = COLOURS
DOT = "h0"
CROSS = "m-1.7-1.7l3.4 3.4m0-3.4l-3.4 3.4"
DIAMOND = "m0-2l2 2-2 2-2-2z"
"""Marks as paths; a dot is a line without length, as wide as its stroke."""
TOP, RIGHT, BOTTOM = 7.2, 14.4, 20.2  # margins; fixed, as no text is measured
TITLE = 11  # of an axis: above a plot the vertical one, below its labels the horizontal one
MARGIN = 0.05  # of an axis, at both ends
TICK_SPACE = 36  # for a label such as −0.016
Block = tuple[float, float, float, float]
"""Left, top, right and bottom of a rectangle, in the values of the axes."""
Legend = list[tuple[str, str]]
"""Colours and what they stand for."""
PAGE_SCALE = 1.34
"""Pixels of a page for a point."""
ANCHORS = {"start title": "start", "mid title": "middle", "mid": "middle", "end": "end"}
"""Which end of a text stands at its place, by the text's class."""
LETTERS = ((1e9, "bn"), (1e6, "m"), (1e3, "k"), (1, ""))


@dataclass(frozen=True)
class Axis:
    """Ends of an axis, `low` at the left or at the bottom, and its ticks with their labels."""

    low: float
    high: float
    ticks: Sequence[float]
    labels: Sequence[str]
    is_logarithmic: bool = False
    has_grid: bool = False

    def shares(self, values: ArrayLike) -> NDArray[np.float64]:
        """Places of values between the ends, which are at 0 and 1."""
        places, ends = np.asarray(values, dtype="float64"), np.array([self.low, self.high])
        if self.is_logarithmic:
            places, ends = np.log10(places), np.log10(ends)
        return np.asarray((places - ends[0]) / (ends[1] - ends[0]))


def tick_label(value: float) -> str:
    """Short text of a tick: 12k, −0.25."""
    size, letter = next((pair for pair in LETTERS if abs(value) >= pair[0]), LETTERS[-1])
    return f"{value / size:g}{letter}".replace("-", "\N{MINUS SIGN}")


def list_rows(labels: Sequence[str], step: int = 1) -> Axis:
    """Vertical axis of rows, downwards, of which every `step`-th has its label."""
    return Axis(len(labels) - 0.5, -0.5, range(0, len(labels), step), labels[::step])


class Plot:
    """Marks on two axes, each drawn over those before it.

    `measured` and `along` are titles of the vertical and of the horizontal axis, with their units.
    """

    def __init__(
        self,
        x: Axis,
        y: Axis,
        width: float,
        height: float,
        left: float,
        measured: str = "",
        along: str = "",
    ) -> None:
        self._x, self._y, self._measured, self._along = x, y, measured, along
        self._width, self._height = width, height
        self._top = TOP + (TITLE if measured else 0)
        self._left, self._right = left, width - RIGHT
        self._bottom = height - BOTTOM - (TITLE if along else 0)
        self._elements = [*self._draw_axes()]
        self._role = "img"

    def add_line(
        self,
        x: ArrayLike,
        y: ArrayLike,
        colour: str,
        width: float,
        opacity: float = 1,
        dashes: str = "",
    ) -> None:
        """Line through the points, broken where one is missing; a point alone is a dot.

        Parameters
        ----------
        x, y : array_like
            Values of the axes.
        colour : str
            One of `COLOURS`.
        width, opacity : float
            Of the stroke: in points, from 0 to 1.
        dashes : str
            Lengths of dashes and gaps; "" for none.
        """
        runs = groupby(self._places(x, y), key=bool)
        lines = (f"M{' '.join(run)}h0" for is_there, run in runs if is_there)
        self._add_path(lines, colour, width, opacity, dashes=dashes)

    def add_spans(
        self, low: ArrayLike, high: ArrayLike, y: ArrayLike, colour: str, width: float
    ) -> None:
        """Horizontal lines, one a row.

        Parameters
        ----------
        low, high, y : array_like
            Ends and height of each, in the values of the axes; one with a missing end is left out.
        colour : str
            One of `COLOURS`.
        width : float
            Of the stroke, in points.
        """
        ends = zip(self._places(low, y), self._places(high, y), strict=True)
        self._add_path((f"M{a} {b}" for a, b in ends if a and b), colour, width)

    def add_marks(
        self, x: ArrayLike, y: ArrayLike, mark: str, colour: str, width: float, opacity: float = 1
    ) -> None:
        """One mark a point; a missing point has none.

        Parameters
        ----------
        x, y : array_like
            Values of the axes.
        mark : str
            `DOT`, `CROSS` or `DIAMOND`.
        colour : str
            One of `COLOURS`.
        width, opacity : float
            Of the stroke: in points, from 0 to 1.
        """
        places = (f"M{place}{mark}" for place in self._places(x, y) if place)
        self._add_path(places, colour, width, opacity)

    def add_blocks(self, blocks: Iterable[Block], colour: str) -> None:
        """Filled rectangles."""
        left, top, right, bottom = np.array([*blocks], dtype="float64").reshape(-1, 4).T
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        paths = zip(*(self._places(x, y) for x, y in corners), strict=True)
        self._add_path((f"M{' '.join(path)}z" for path in paths), colour, 0.3, fill=colour)

    def add_link(self, low: float, high: float, target: str, title: str) -> None:
        """Lead a click to an address.

        Parameters
        ----------
        low, high : float
            Values of the horizontal axis between which a click counts, at any height.
        target, title : str
            The address, and its words for a reader who points there.
        """
        left, right = self._across([low, high]).tolist()
        height = self._height - TOP
        self._elements.append(
            f'<a href="{_escaped(target)}"><title>{_escaped(title)}</title><rect x="{left:g}" y="{TOP:g}" '
            f'width="{round(right - left, 1):g}" height="{height:g}"/></a>'
        )
        self._role = "group"  # an image has no links for who does not see it

    def to_svg(self, label: str) -> str:
        """SVG element, as wide as it is readable, with a text for who does not see it."""
        return f"{self._opening(label)}{''.join(self._elements)}</svg>"

    def _opening(self, label: str) -> str:
        return (
            f'<svg class="plot" role="{self._role}" aria-label="{_escaped(label)}" '
            f'style="--w:{self._width * PAGE_SCALE:.0f}px" viewBox="0 0 {self._width:g} {self._height:g}">'
        )

    def _text(self, kind: str, x: float, y: float, text: str) -> str:
        return f'<text class="{kind}" x="{x:g}" y="{y:g}">{_escaped(text)}</text>'

    def _colour(self, colour: str) -> str:
        return f"var(--{colour})"

    def _across(self, x: ArrayLike) -> NDArray[np.float64]:
        return (self._left + self._x.shares(x) * (self._right - self._left)).round(1)

    def _down(self, y: ArrayLike) -> NDArray[np.float64]:
        return (self._bottom - self._y.shares(y) * (self._bottom - self._top)).round(1)

    def _places(self, x: ArrayLike, y: ArrayLike) -> list[str]:
        """Points in tenths, which are enough; "" where one is missing."""
        right, down = self._across(x), self._down(y)
        points = zip(right.tolist(), down.tolist(), np.isfinite(right + down), strict=True)
        return [f"{a:g} {b:g}" if is_there else "" for a, b, is_there in points]

    def _add_path(
        self,
        paths: Iterable[str],
        colour: str,
        width: float,
        opacity: float = 1,
        fill: str = "",
        dashes: str = "",
    ) -> None:
        style = f"stroke:{self._colour(colour)};stroke-width:{width:g}"
        style += f";fill:{self._colour(fill)}" if fill else ""
        style += f";stroke-dasharray:{dashes}" if dashes else ""
        style += f";opacity:{opacity:g}" if opacity < 1 else ""
        if path := "".join(paths):
            self._elements.append(f'<path d="{path}" style="{style}"/>')

    def _draw_axes(self) -> Iterator[str]:
        """Yield the grid, the line at the bottom, ticks and labels."""
        left, right, bottom = (f"{end:g}" for end in (self._left, self._right, self._bottom))
        columns, rows = self._across(self._x.ticks), self._down(self._y.ticks)
        grid = [f"M{x:g} {bottom}V{self._top:g}" for x in columns] if self._x.has_grid else []
        grid += [f"M{left} {y:g}H{right}" for y in rows] if self._y.has_grid else []
        yield f'<path class="line" d="{"".join(grid)}"/>' if grid else ""
        if self._measured:
            yield self._text("start title", 1, TOP + 1, self._measured)
        if self._along:
            middle = round((self._left + self._right) / 2, 1)
            yield self._text("mid title", middle, self._height - 5, self._along)
        ticks = "".join(f"M{x:g} {bottom}v2.5" for x in columns)
        yield f'<path d="M{left} {bottom}H{right}{ticks}"/>'
        for x, label in zip(columns, self._x.labels, strict=True):
            yield self._text("mid", x, self._bottom + 12.9, label)
        for y, label in zip(rows, self._y.labels, strict=True):
            yield self._text("end", self._left - 3.5, y + 3.4, label)


class FilePlot(Plot):
    """A plot that is a file or stands in a notebook: its look is in its elements, in the colour of the text around."""

    def _opening(self, label: str) -> str:
        width, height = self._width, self._height
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width * PAGE_SCALE:.0f}" height="{height * PAGE_SCALE:.0f}" role="{self._role}" fill="none" '
            'stroke="currentColor" stroke-width=".7" stroke-linejoin="round" stroke-linecap="round" '
            f'font-family="sans-serif" font-size="9"><title>{_escaped(label)}</title>'
        )

    def _text(self, kind: str, x: float, y: float, text: str) -> str:
        weight = ' font-weight="bold"' if kind == "start title" else ""
        return (
            f'<text x="{x:g}" y="{y:g}" text-anchor="{ANCHORS[kind]}" fill="currentColor" stroke="none"{weight}>'
            f"{_escaped(text)}</text>"
        )

    def _colour(self, colour: str) -> str:
        return "currentColor"


def _escaped(text: object) -> str:
    """Text for SVG; markup stays what it is. As markupsafe has it, which this distribution does without."""
    if hasattr(text, "__html__"):
        return str(text.__html__())
    return html.escape(str(text)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


# --- charts of fitted models ---

CHART_WIDTH, CHART_HEIGHT, ROW_HEIGHT, CHART_LEFT = 478, 194, 19.5, 45
LETTER, LONGEST_LABEL = 5.2, 195
"""Width of a letter, and the most that labels of rows take."""
DASHES = "3 4"


@dataclass(frozen=True)
class Chart:
    """A chart that a notebook shows.

    Attributes
    ----------
    svg : str
        The drawing.
    """

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    @check_arguments
    def save(self, path: str) -> None:
        """Write the drawing to a file."""
        Path(path).write_text(self.svg, encoding="utf-8")


@check_arguments
def draw_coefficients(table: pd.DataFrame, title: str) -> Chart:
    """A row for each term: the estimate as a dot, its interval as a line, and zero.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns estimate, ci_low and ci_high by term; an interval may be missing.
    title : str
        Of the chart.

    Returns
    -------
    Chart
    """
    terms, (estimate, low, high) = [str(term) for term in table.index], _columns(table)
    x, y = _axis_with_zero(low, high, estimate), list_rows(terms)
    left = min(LONGEST_LABEL, 12 + LETTER * max(map(len, terms), default=0))
    height = TOP + TITLE + ROW_HEIGHT * len(terms) + BOTTOM
    plot = FilePlot(x, y, CHART_WIDTH, height, left, title)
    plot.add_line([0, 0], [y.low, y.high], INK, 0.7, dashes=DASHES)
    plot.add_spans(low, high, range(len(terms)), INK, 1.5)
    plot.add_marks(estimate, range(len(terms)), DOT, INK, 6)
    return Chart(plot.to_svg(title))


@check_arguments
def draw_path(table: pd.DataFrame, title: str) -> Chart:
    """Estimates against a numeric term, such as the years since adoption, with their intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns estimate, ci_low and ci_high; the index holds numbers.
    title : str
        Of the chart.

    Returns
    -------
    Chart
    """
    places, (estimate, low, high) = [float(term) for term in table.index], _columns(table)
    labelled = places[:: max(1, math.ceil(len(places) / 15))]
    x = Axis(min(places) - 0.5, max(places) + 0.5, labelled, [*map(tick_label, labelled)])
    plot = FilePlot(
        x, _axis_with_zero(low, high, estimate), CHART_WIDTH, CHART_HEIGHT, CHART_LEFT, title
    )
    plot.add_line([x.low, x.high], [0, 0], INK, 0.7, dashes=DASHES)
    for place, start, end in zip(places, low, high, strict=True):
        if math.isfinite(start) and math.isfinite(end):
            plot.add_line([place, place], [start, end], INK, 1.5)
    plot.add_marks(places, estimate, DOT, INK, 6)
    return Chart(plot.to_svg(title))


def _columns(table: pd.DataFrame) -> list[list[float]]:
    return [table[name].astype(float).tolist() for name in ("estimate", "ci_low", "ci_high")]


def _axis_with_zero(*columns: Sequence[float]) -> Axis:
    """Axis that has zero and every interval, between round ticks."""
    values = [value for column in columns for value in column if math.isfinite(value)] + [0.0]
    low, high = min(values), max(values)
    width = high - low or 1.0
    step = 10.0 ** math.floor(math.log10(width / 5))
    step *= next(m for m in (1, 2, 5, 10) if width / (m * step) <= 6)
    start, end = math.floor(low / step), math.ceil(high / step)
    end += end == start
    ticks = [round(number * step, 12) for number in range(start, end + 1)]
    return Axis(ticks[0], ticks[-1], ticks, [*map(tick_label, ticks)])
