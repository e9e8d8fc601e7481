"""Coefficients with their intervals as SVG, without another package."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from living_panel.estimation.econometrics.arguments import check_arguments

WIDTH, ROW, TOP, BOTTOM, RIGHT = 640, 26, 34, 36, 24
PATH_HEIGHT = 260
_LETTER = 7
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
    'role="img" font-family="sans-serif" font-size="12" fill="currentColor" stroke="none"><title>{title}</title>'
)


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
    terms = [str(term) for term in table.index]
    left = min(260, 16 + _LETTER * max(map(len, terms), default=0))
    height = TOP + ROW * len(terms) + BOTTOM
    low, high, ticks = _scale(table)

    def across(value: float) -> float:
        return left + (value - low) / (high - low) * (WIDTH - left - RIGHT)

    parts = _opening(title, height)
    bottom = height - BOTTOM
    for tick in ticks:
        x = across(tick)
        parts.append(_line(x, bottom, x, bottom + 4))
        parts.append(_text(x, bottom + 18, f"{tick:g}", "middle"))
    parts.append(_line(across(0.0), TOP - 8, across(0.0), bottom, dashed=True))
    parts.append(_line(left, bottom, WIDTH - RIGHT, bottom))
    for place, (term, row) in enumerate(zip(terms, _rows(table), strict=True)):
        estimate, start, end = row
        y = TOP + ROW * (place + 0.5)
        parts.append(_text(left - 10, y + 4, term, "end"))
        if math.isfinite(start) and math.isfinite(end):
            parts.append(_line(across(start), y, across(end), y, 2))
        if math.isfinite(estimate):
            parts.append(f'<circle cx="{across(estimate):.1f}" cy="{y:.1f}" r="4"/>')
    return Chart("".join([*parts, "</svg>"]))


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
    places = [float(term) for term in table.index]
    left, height = 60, PATH_HEIGHT
    bottom = height - BOTTOM
    low, high, ticks = _scale(table)
    first, last = min(places) - 0.5, max(places) + 0.5

    def across(value: float) -> float:
        return left + (value - first) / (last - first) * (WIDTH - left - RIGHT)

    def up(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - TOP)

    parts = _opening(title, height)
    for tick in ticks:
        parts.append(_line(left - 4, up(tick), left, up(tick)))
        parts.append(_text(left - 8, up(tick) + 4, f"{tick:g}", "end"))
    parts += [_line(left, TOP, left, bottom), _line(left, bottom, WIDTH - RIGHT, bottom)]
    parts.append(_line(left, up(0.0), WIDTH - RIGHT, up(0.0), dashed=True))
    every = max(1, math.ceil(len(places) / 15))
    for number, (place, row) in enumerate(zip(places, _rows(table), strict=True)):
        estimate, start, end = row
        x = across(place)
        if number % every == 0:
            parts.append(_text(x, bottom + 18, f"{place:g}", "middle"))
        if math.isfinite(start) and math.isfinite(end):
            parts.append(_line(x, up(start), x, up(end), 2))
        if math.isfinite(estimate):
            parts.append(f'<circle cx="{x:.1f}" cy="{up(estimate):.1f}" r="4"/>')
    return Chart("".join([*parts, "</svg>"]))


def _opening(title: str, height: int) -> list[str]:
    safe = html.escape(title)
    return [
        _HEAD.format(width=WIDTH, height=height, title=safe),
        f'<text x="{WIDTH / 2:.0f}" y="16" text-anchor="middle" font-weight="bold">{safe}</text>',
    ]


def _rows(table: pd.DataFrame) -> list[tuple[float, float, float]]:
    columns = (table[name].astype(float) for name in ("estimate", "ci_low", "ci_high"))
    return [*zip(*(column.tolist() for column in columns), strict=True)]


def _scale(table: pd.DataFrame) -> tuple[float, float, list[float]]:
    """Ends of an axis that has zero and every interval, and round ticks on it."""
    values = [value for row in _rows(table) for value in row if math.isfinite(value)] + [0.0]
    low, high = min(values), max(values)
    width = high - low or 1.0
    step = 10.0 ** math.floor(math.log10(width / 5))
    step *= next(m for m in (1, 2, 5, 10) if width / (m * step) <= 6)
    start, end = math.floor(low / step), math.ceil(high / step)
    end += end == start
    ticks = [round(number * step, 12) for number in range(start, end + 1)]
    return ticks[0], ticks[-1], ticks


def _line(
    x: float, y: float, to_x: float, to_y: float, width: int = 1, *, dashed: bool = False
) -> str:
    dashes = ' stroke-dasharray="3 3"' if dashed else ""
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="currentColor" '
        f'stroke-width="{width}"{dashes}/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'
