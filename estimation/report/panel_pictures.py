"""Pictures of the panel: which cells have a figure of which kind, and what the series look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle, groupby

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from estimation.audit.figures import NATIONAL
from estimation.panel.periods import QUARTER, period_text
from estimation.panel.release import Release
from estimation.report.drawing import (
    FIVE,
    FOUR,
    INK,
    ONE,
    THREE,
    TWO,
    new_figure,
    put_legend,
    to_svg,
)

STATUS = {
    "official": (ONE, "official, as published"),
    "authors": (ONE, "the authors' data"),
    "derived": (THREE, "derived: converted or computed"),
    "low": (TWO, "official, of low quality"),
    "interpolated": (FIVE, "filled in a table"),
    "simulated": (FOUR, "simulated"),
}


def cell_kinds(release: Release, filled: Iterable[tuple[str, str, int]]) -> pd.DataFrame:
    """Kind of every cell with a figure, or that a table interpolated: measure, province_code, year, kind."""
    key = ["measure", "province_code", "year"]
    cells = release.observations.dropna(subset=["value"])
    cells = cells[cells["province_code"] != NATIONAL]
    low = (cells["quality"] == "low") & (cells["status"] != "simulated")
    cells = cells.assign(kind=cells["status"].mask(low, "low"))[[*key, "kind"]]
    extra = pd.DataFrame(list(filled), columns=key).astype({"year": cells["year"].dtype})
    every = pd.concat([cells, extra.assign(kind="interpolated")], ignore_index=True)
    return every.drop_duplicates(key)


def draw_coverage(release: Release, cells: pd.DataFrame, measure: str, title: str) -> Markup:
    """Provinces by years of one measure, coloured by the kind of each cell."""
    part = cells[cells["measure"] == measure]
    units = release.provinces.sort_values("province_code")
    codes, names = list(units["province_code"]), list(units["province"])
    years = release.panel.index.get_level_values("year")
    figure, axes = new_figure(3.0, 2.5, left=0.95)
    for kind, (colour, _) in STATUS.items():
        blocks = _blocks(part[part["kind"] == kind], codes)
        patches = [Rectangle((x - 0.5, y - 0.5), width, height) for x, y, width, height in blocks]
        axes.add_collection(
            PatchCollection(patches, color=colour, linewidth=0.3)  # blocks touch
        )
    axes.set_xlim(years.min() - 0.5, years.max() + 0.5)
    axes.set_ylim(len(codes) - 0.5, -0.5)
    axes.set_yticks(range(0, len(codes), 5), names[::5])
    _name_periods(axes)
    n = len(part)
    return to_svg(
        figure, f"cover-{measure}", f"{title}: {n} cells of {len(codes) * years.nunique()}"
    )


def _name_periods(axes: Axes) -> None:
    """Ticks of the horizontal axis at whole periods, as they are written."""
    fewest = 5 if axes.get_xlim()[1] < QUARTER else 3
    axes.xaxis.set_major_locator(MaxNLocator(fewest, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: period_text(round(number))))


def region_colours(release: Release) -> dict[str, str]:
    """Colour of each group of units, groups in the order of their first unit's code."""
    groups = dict.fromkeys(release.provinces.sort_values("province_code")["region_three"])
    return dict(zip(groups, cycle((ONE, TWO, THREE, FOUR, FIVE)), strict=False))


def is_logarithmic(values: np.ndarray) -> bool:
    """Whether the range of the values asks for a logarithmic axis."""
    values = values[np.isfinite(values)]
    return bool(len(values) and values.min() > 0 and values.max() / values.min() > 30)


def draw_series(release: Release, measure: str, title: str, unit: str) -> Markup:
    """One line a province, coloured by region, with the median of each region."""
    wide = release.panel[measure].unstack("province_code").sort_index()
    regions = dict(
        zip(release.provinces["province_code"], release.provinces["region_three"], strict=True)
    )
    colours = region_colours(release)
    figure, axes = new_figure(3.0, 1.9, left=0.48)
    for region, colour in colours.items():
        members = wide[[c for c in wide.columns if regions[c] == region]]
        # one broken line: a row without a figure parts the provinces, a line each would take long
        parted = members.reindex([*wide.index, np.nan])
        years = np.tile(parted.index, parted.shape[1])
        axes.plot(years, parted.to_numpy().T.ravel(), color=colour, linewidth=0.6, alpha=0.38)
        axes.plot(wide.index, members.median(axis=1), color=colour, linewidth=2, zorder=3)
    if is_logarithmic(wide.to_numpy(dtype="float64")):
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(_short))
    axes.grid(axis="y")
    _name_periods(axes)
    return to_svg(figure, f"series-{measure}", f"{title}, {unit}, one line a province, by region")


def draw_revisions(revisions: pd.DataFrame, titles: dict[str, str]) -> Markup:
    """Relative revisions of every figure printed twice, by year of the figure and pair of editions."""
    figure, axes = new_figure(9.6, 3.4)
    steps = sorted(set(zip(revisions["edition_from"], revisions["edition_to"], strict=True)))
    for colour, (old, new) in zip((ONE, TWO, THREE, FOUR, FIVE) * 3, steps, strict=False):
        part = revisions[(revisions["edition_from"] == old) & (revisions["edition_to"] == new)]
        jitter = (part["province_code"].astype(int) // 10000 % 31) / 31 * 0.5 - 0.25
        axes.scatter(
            part["year"] + jitter, 100 * part["relative_difference"], s=9, color=colour, alpha=0.55,
            linewidths=0, label=f"edition {old} to {new}: {len(part)} figures",
        )  # fmt: skip
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.grid(axis="y")
    axes.set_ylabel("revision, per cent")
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    put_legend(axes, "best")
    names = ", ".join(titles.get(m, m) for m in sorted(revisions["measure"].unique()))
    return to_svg(figure, "revisions", f"Revisions in per cent by year of the figure: {names}")


def _blocks(part: pd.DataFrame, rows: Iterable[str]) -> Iterator[tuple[int, int, int, int]]:
    """Cells of one kind as rectangles (first year, first row, years, rows): few shapes, small page."""
    years = part.groupby("province_code")["year"].apply(sorted).to_dict()
    top = 0
    for runs, alike in groupby(rows, key=lambda code: _runs(years.get(code, []))):
        height = len(list(alike))
        yield from ((first, top, last - first + 1, height) for first, last in runs)
        top += height


def _runs(years: list[int]) -> list[tuple[int, int]]:
    """Unbroken runs of sorted years: (first, last)."""
    runs = np.split(years, np.flatnonzero(np.diff(years) > 1) + 1) if years else []
    return [(int(run[0]), int(run[-1])) for run in runs]


def _short(value: float, _: object = None) -> str:
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
