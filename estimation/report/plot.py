"""Plots as inline SVG in the colours of the page, so that one plot is light and dark.

Lengths are points. The page's HTML has the title and the legend of a plot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import ArrayLike, NDArray

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
TEXT = Markup('<text class="{}" x="{:g}" y="{:g}">{}</text>')
LINK = Markup(
    '<a href="{}"><title>{}</title><rect x="{:g}" y="{:g}" width="{:g}" height="{:g}"/></a>'
)
OPENING = Markup(
    '<svg class="plot" role="{}" aria-label="{}" style="--w:{:.0f}px" viewBox="0 0 {:g} {:g}">'
)
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
        return (places - ends[0]) / (ends[1] - ends[0])


def tick_label(value: float) -> str:
    """Short text of a tick: 12k, −0.25."""
    size, letter = next((pair for pair in LETTERS if abs(value) >= pair[0]), LETTERS[-1])
    return f"{value / size:g}{letter}".replace("-", "\N{MINUS SIGN}")


def scale_axis(
    values: ArrayLike,
    most: int,
    label: Callable[[float], str] = tick_label,
    *,
    is_logarithmic: bool = False,
    has_grid: bool = False,
    is_whole: bool = False,
    margin: float = MARGIN,
) -> Axis:
    """Axis around the finite values, with at most `most` intervals between its ticks.

    `margin` at both ends is a part of the axis. Ticks stand at whole numbers if `is_whole`.
    """
    numbers = np.asarray(values, dtype="float64")
    numbers = numbers[np.isfinite(numbers)]
    numbers = np.log10(numbers) if is_logarithmic else numbers
    low, high = numbers.min(), numbers.max()
    space = margin * ((high - low) or abs(high) or 1)
    low, high = low - space, high + space
    low, high = (10**low, 10**high) if is_logarithmic else (low, high)
    locator = LogLocator(numticks=most) if is_logarithmic else MaxNLocator(most, integer=is_whole)
    ticks = [float(tick) for tick in locator.tick_values(low, high) if low <= tick <= high]
    return Axis(low, high, ticks, [*map(label, ticks)], is_logarithmic, has_grid)


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
        self, x: ArrayLike, y: ArrayLike, colour: str, width: float, opacity: float = 1
    ) -> None:
        """Line through the points, broken where one is missing; a point alone is a dot."""
        runs = groupby(self._places(x, y), key=bool)
        self._add_path(
            (f"M{' '.join(run)}h0" for is_there, run in runs if is_there), colour, width, opacity
        )

    def add_spans(
        self, low: ArrayLike, high: ArrayLike, y: ArrayLike, colour: str, width: float
    ) -> None:
        """Horizontal lines from `low` to `high`, one a row."""
        ends = zip(self._places(low, y), self._places(high, y), strict=True)
        self._add_path((f"M{a} {b}" for a, b in ends if a and b), colour, width)

    def add_marks(
        self, x: ArrayLike, y: ArrayLike, mark: str, colour: str, width: float, opacity: float = 1
    ) -> None:
        """One mark a point, of the strokes' width."""
        places = (f"M{place}{mark}" for place in self._places(x, y) if place)
        self._add_path(places, colour, width, opacity)

    def add_blocks(self, blocks: Iterable[Block], colour: str) -> None:
        """Filled rectangles."""
        left, top, right, bottom = np.array([*blocks], dtype="float64").reshape(-1, 4).T
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        paths = zip(*(self._places(x, y) for x, y in corners), strict=True)
        self._add_path((f"M{' '.join(path)}z" for path in paths), colour, 0.3, fill=colour)

    def add_link(self, low: float, high: float, target: str, title: str) -> None:
        """Lead a click between two values of the horizontal axis, at any height, to an address."""
        left, right = self._across([low, high]).tolist()
        height = self._height - TOP
        self._elements.append(LINK.format(target, title, left, TOP, round(right - left, 1), height))
        self._role = "group"  # an image has no links for who does not see it

    def to_svg(self, label: str) -> Markup:
        """SVG element, as wide as it is readable, with a text for who does not see it."""
        opening = OPENING.format(self._role, label, self._width * 1.34, self._width, self._height)
        return opening + Markup("".join(self._elements) + "</svg>")

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
        self, paths: Iterable[str], colour: str, width: float, opacity: float = 1, fill: str = ""
    ) -> None:
        style = f"stroke:var(--{colour});stroke-width:{width:g}"
        style += f";fill:var(--{fill})" if fill else ""
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
            yield TEXT.format("start title", 1, TOP + 1, self._measured)
        if self._along:
            middle = round((self._left + self._right) / 2, 1)
            yield TEXT.format("mid title", middle, self._height - 5, self._along)
        ticks = "".join(f"M{x:g} {bottom}v2.5" for x in columns)
        yield f'<path d="M{left} {bottom}H{right}{ticks}"/>'
        for x, label in zip(columns, self._x.labels, strict=True):
            yield TEXT.format("mid", x, self._bottom + 12.9, label)
        for y, label in zip(rows, self._y.labels, strict=True):
            yield TEXT.format("end", self._left - 3.5, y + 3.4, label)
