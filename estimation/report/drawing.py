"""Figures as inline SVG whose colours are the page's own, so that one drawing is light and dark.

The palette, the plain look of axes, turning a figure into an element.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree

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
BLANK = ("metadata", "style", "title")
"""Elements of a drawing that no page needs."""
KINDS = {
    "fill:var(--muted);stroke:var(--muted);stroke-width:0.8": "tick",
    "font-size:9px;text-anchor:end;fill:var(--muted)": "end",
    "font-size:9px;text-anchor:middle;fill:var(--muted)": "mid",
    "fill:none;stroke:var(--grid);stroke-width:0.7;stroke-linecap:square": "line",
    "fill:none;stroke:var(--muted);stroke-width:0.7;stroke-linejoin:miter;stroke-linecap:square": "edge",
}
"""Frequent styles of an axis, each with the class that page.css gives it."""
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
    text = re.sub(r'\sid="(?!([mp][0-9a-f]{10}|C\d))[^"]*"', "", text)
    text = _with_short_ids(text, name)
    text = re.sub(r"</g>\s*<g clip-path=\"[^\"]*\">\s*(?=<use)", "", text)  # marks share one frame
    root = ElementTree.fromstring(MARKS.sub(_in_one_style, text))
    width, view = root.attrib["width"], root.attrib["viewBox"]
    _thin(root)
    inner = "".join(ElementTree.tostring(part, "unicode") for part in root)
    inner = re.sub(r' xmlns="[^"]*"', "", inner)
    for colour, mark in PAINT.items():
        inner = inner.replace(mark, f"var(--{colour})")
    for style, kind in KINDS.items():
        inner = inner.replace(f'style="{style}"', f'class="{kind}"')
    opening = f'<svg class="plot" role="img" aria-label="{escape(label)}"'
    opening += f' style="--w:{float(width.removesuffix("pt")) * 1.34:.0f}px" viewBox="{view}">'
    return Markup(f"{opening}{inner}</svg>")


def _with_short_ids(text: str, name: str) -> str:
    """Drawing whose ids are short, and its own by a hash of its name."""
    short = "p" + sha256(name.encode()).hexdigest()[:6]
    for number, found in enumerate(re.findall(r'\sid="([^"]+)"', text)):
        text = text.replace(f'"{found}"', f'"{short}{number}"')
        text = text.replace(f"#{found}", f"#{short}{number}")
    return text.replace("xlink:href", "href")


def _thin(node: ElementTree.Element) -> None:
    """Take out of a drawing what does not show: bare groups, blank shapes, spaces, default values."""
    parts = []
    for part in node:
        part.tag = tag = part.tag.rpartition("}")[2]
        part.tail = None
        _thin(part)
        if tag == "g" and not part.attrib:
            parts += list(part)
        elif not (tag in BLANK or (tag in ("g", "defs") and not len(part)) or _is_blank(part)):
            parts.append(part)
    node[:] = parts
    node.text = node.text if node.tag == "text" else None
    style = re.sub(r"\s*([:;])\s*", r"\1", node.attrib.get("style", ""))
    if style:
        node.attrib["style"] = re.sub(r"font-family:[^;]*;?", "", style)
    if "rotate(-0 " in node.attrib.get("transform", ""):
        del node.attrib["transform"]
    for name in {"d", "x", "y", "transform"} & {*node.attrib}:  # a tenth of a point is enough
        node.attrib[name] = re.sub(r"\d+\.\d+", _in_tenths, node.attrib[name])
    if path := node.attrib.get("d"):
        node.attrib["d"] = _shorter(path)


def _in_tenths(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")


def _is_blank(node: ElementTree.Element) -> bool:
    """Whether an element is a shape without paint."""
    return node.tag == "path" and node.attrib.get("style") == "fill:none"


def _shorter(path: str) -> str:
    """Path without the spaces and repeated letters that SVG lets out."""
    words = path.split()
    if not {*"CQA"} & {*words}:  # after M and L, points without a letter are joined by lines
        last = ""
        points = []
        for word in words:
            if word == "L" and last in ("M", "L"):
                continue
            last = word if word.isalpha() else last
            points.append(word)
        words = points
    return re.sub(r"(?<=[A-Za-z]) | (?=[A-Za-z-])", "", " ".join(words))


def _in_one_style(marks: re.Match[str]) -> str:
    """Marks that look the same in one group that holds their style."""
    bare = marks[0].replace(f' style="{marks[2]}"', "")
    return f'<g style="{marks[2]}">{bare}</g>'
