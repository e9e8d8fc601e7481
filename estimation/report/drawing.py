"""Figures as inline SVG whose colours are the page's own, so that one drawing is light and dark.

The palette, the plain look of axes, turning a figure into an element.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

INCHES_A_TICK = 0.5  # space for a label such as −0.016
# Marks that the page replaces by its own colours; as hex so that matplotlib takes them.
COLOURS = ("ink", "muted", "grid", "card", "one", "two", "three", "four", "five")
PAINT = {colour: f"#01020{number}" for number, colour in enumerate(COLOURS, start=1)}
INK, MUTED, GRID, CARD, ONE, TWO, THREE, FOUR, FIVE = PAINT.values()
MARK = r'<use (?:xlink:)?href="{}" x="[^"]*" y="[^"]*" style="{}"/>\s*'
MARKS = re.compile(MARK.format('([^"]*)', '([^"]*)') + "(?:" + MARK.format(r"\1", r"\2") + ")+")
STYLE: dict[Any, Any] = {
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.linewidth": 0.7,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 2.5,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
}


def new_figure(
    width: float, height: float, *, left: float = 0.5, bottom: float = 0.28
) -> tuple[Figure, Axes]:
    """Empty figure of the page's look; all in inches. Its title is the caption's, in HTML."""
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        axes = figure.subplots()
    # fixed margins: fitting them to the texts takes longer than all the drawing
    figure.subplots_adjust(
        left=left / width, right=1 - 0.2 / width, bottom=bottom / height, top=1 - 0.1 / height
    )
    return figure, axes


def put_rows(axes: Axes, labels: Sequence[str], ends: tuple[float, float]) -> None:
    """One row a label, downwards, with a margin at both ends, and a line at zero."""
    axes.axvline(0, color=INK, linewidth=0.7)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - ends[1], ends[0])
    width = axes.get_window_extent().width / axes.figure.dpi
    axes.xaxis.set_major_locator(MaxNLocator(min(6, int(width / INCHES_A_TICK))))
    axes.grid(axis="x")


def put_legend(axes: Axes, place: Any) -> None:
    """Legend without a frame, in the page's ink."""
    axes.legend(loc=place, fontsize=8, frameon=False, labelcolor=INK)


def to_svg(figure: Figure, name: str, label: str) -> Markup:
    """Inline SVG element with a text alternative; ids carry the name, so that none occurs twice."""
    buffer = io.StringIO()
    with rc_context({**STYLE, "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*<style[^>]*>[^<]*</style>\s*</defs>", "", text)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'\sid="(?!([mp][0-9a-f]{10}|C\d))[^"]*"', "", text)
    text = re.sub(r'\sid="([^"]+)"', rf' id="{name}-\1"', text)
    text = re.sub(r'(?:xlink:)?href="#([^"]+)"', rf'href="#{name}-\1"', text)
    text = text.replace("url(#", f"url(#{name}-")
    text = re.sub(r"(\d\.\d\d)\d+", r"\1", text)  # a hundredth of a point is enough
    text = re.sub(r"</g>\s*<g clip-path=\"[^\"]*\">\s*(?=<use)", "", text)  # marks share one frame
    text = MARKS.sub(_in_one_style, text)
    for colour, mark in PAINT.items():
        text = text.replace(mark, f"var(--{colour})")
    text = re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", text)
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', text)
    opening = f'<svg class="plot" role="img" aria-label="{escape(label)}"'
    if size:
        opening += f' style="--w:{float(size[1]) * 1.34:.0f}px"'
    view = re.search(r'viewBox="[^"]+"', text)
    body = text[text.index(">", text.index("<svg")) + 1 :]
    inner = re.sub(r"\s*\n\s*", " ", body).rstrip()
    return Markup(f"{opening} {view[0] if view else ''}>{inner}")


def _in_one_style(marks: re.Match[str]) -> str:
    """Marks that look the same in one group that holds their style."""
    bare = marks[0].replace(f' style="{marks[2]}"', "")
    return f'<g style="{marks[2]}">{bare}</g>'
