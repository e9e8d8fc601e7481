"""Figures of the panel: which cells have a value of which kind, and what the series look like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, groupby

import numpy as np
import pandas as pd
from markupsafe import Markup

from living_panel.estimation.audit.figures import NATIONAL
from living_panel.estimation.econometrics.drawing import (
    DOT,
    FIVE,
    FOUR,
    INK,
    MARGIN,
    ONE,
    THREE,
    TITLE,
    TWO,
    Axis,
    Block,
    Legend,
    Plot,
    list_rows,
)
from living_panel.estimation.panel.periods import QUARTER, period_text
from living_panel.estimation.panel.release import Release
from living_panel.estimation.report.axes import scale_axis

STATUS = {
    "official": (ONE, "official, as published"),
    "authors": (ONE, "the authors' data"),
    "derived": (THREE, "derived: converted or computed"),
    "low": (TWO, "official, of low quality"),
    "interpolated": (FIVE, "filled in a table"),
    "simulated": (FOUR, "simulated"),
}

SUMMARISED = 0.75
"""Share of a region's units that a median rests on at least."""


def cell_kinds(release: Release, filled: Iterable[tuple[str, str, int]]) -> pd.DataFrame:
    """Kind of every cell with a value, or that a table interpolated: measure, province_code, year, kind."""
    key = ["measure", "province_code", "year"]
    cells = release.observations.dropna(subset=["value"])
    cells = cells[cells["province_code"] != NATIONAL]
    low = (cells["quality"] == "low") & (cells["status"] != "simulated")
    cells = cells.assign(kind=cells["status"].mask(low, "low"))[[*key, "kind"]]
    extra = pd.DataFrame(list(filled), columns=key).astype({"year": cells["year"].dtype})
    every = pd.concat([cells, extra.assign(kind="interpolated")], ignore_index=True)
    return every.drop_duplicates(key)


def draw_coverage(
    release: Release, cells: pd.DataFrame, measure: str, title: str, unit_words: str, period: str
) -> Markup:
    """Units by periods of one measure, coloured by the kind of each cell; the words for both title the axes."""
    part = cells[cells["measure"] == measure]
    units = release.provinces.sort_values("province_code")
    codes, names = list(units["province_code"]), list(units["province"])
    years = release.panel.index.get_level_values("year")
    ends = [years.min() - 0.5, years.max() + 0.5]
    plot = Plot(
        _period_axis(ends, margin=0),
        list_rows(names, step=max(5, len(names) // 10)),
        216,
        180 + 2 * TITLE,
        68.4,
        unit_words,
        period,
    )
    for kind, (colour, _) in STATUS.items():
        plot.add_blocks(_blocks(part[part["kind"] == kind], codes), colour)
    return Markup(plot.to_svg(f"{title}: {len(part)} cells of {len(codes) * years.nunique()}"))


def kinds_csv(release: Release, cells: pd.DataFrame, measure: str) -> str:
    """Kind of each cell of one measure as CSV, the values of the chart of its coverage."""
    part = cells[cells["measure"] == measure].sort_values(["province_code", "year"])
    named = part.assign(
        unit=part["province_code"].map(release.unit_names), period=part["year"].map(period_text)
    )
    columns = ["province_code", "unit", "period", "kind"]
    return named[columns].to_csv(index=False, lineterminator="\n")


def _period_axis(numbers: Sequence[float], margin: float = MARGIN) -> Axis:
    """Axis with ticks at whole periods, as they are written."""
    most = 5 if max(numbers) < QUARTER else 3
    return scale_axis(
        numbers, most, lambda number: period_text(round(number)), margin=margin, is_whole=True
    )


def region_colours(release: Release) -> dict[str, str]:
    """Colour of each group of units, groups in the order of their first unit's code."""
    groups = dict.fromkeys(release.provinces.sort_values("province_code")["region_three"])
    return dict(zip(groups, cycle((ONE, TWO, THREE, FOUR, FIVE)), strict=False))


def is_logarithmic(values: np.ndarray) -> bool:
    """Whether the range of the values asks for a logarithmic axis."""
    values = values[np.isfinite(values)]
    return bool(len(values) and values.min() > 0 and values.max() / values.min() > 30)


def draw_series(
    release: Release, measure: str, title: str, unit: str, unit_of_panel: str, period: str
) -> Markup:
    """One line a unit of the panel, coloured by region, with the median of each region.

    A median has no value where fewer than `SUMMARISED` of the region's units have one.
    """
    wide = release.panel[measure].unstack("province_code").sort_index()
    regions = dict(
        zip(release.provinces["province_code"], release.provinces["region_three"], strict=True)
    )
    values = wide.to_numpy(dtype="float64")
    y = scale_axis(values, 6, is_logarithmic=is_logarithmic(values), has_grid=True)
    plot = Plot(_period_axis(wide.index), y, 216, 147.8 + TITLE, 34.6, unit, period)
    medians = {}
    for region, colour in region_colours(release).items():
        members = wide[[c for c in wide.columns if regions[c] == region]]
        # one broken line: a row without a value separates the units
        parted = members.reindex([*wide.index, np.nan])
        years = np.tile(parted.index, parted.shape[1])
        plot.add_line(years, parted.to_numpy().T.ravel(), colour, 0.6, opacity=0.38)
        is_summarised = members.notna().mean(axis=1) >= SUMMARISED
        medians[colour] = members.median(axis=1).where(is_summarised)
    for colour, median in medians.items():
        plot.add_line(wide.index, median, colour, 2)
    return Markup(plot.to_svg(f"{title}, {unit}, one line for each {unit_of_panel}, by region"))


def draw_revisions(revisions: pd.DataFrame, titles: dict[str, str]) -> tuple[Markup, Legend]:
    """Relative revisions of every value printed twice, by year of the value and pair of editions."""
    jitter = (revisions["province_code"].astype(int) // 10000 % 31) / 31 * 0.5 - 0.25
    years, changes = revisions["year"] + jitter, 100 * revisions["relative_difference"]
    x = scale_axis(years, 10, lambda year: f"{year:.0f}", is_whole=True)
    y = scale_axis([0, *changes], 6, has_grid=True)
    plot = Plot(x, y, 691.2, 244.8 + 2 * TITLE, 36, "change, per cent", "year of the value")
    legend = []
    steps = revisions.groupby(["edition_from", "edition_to"], sort=True)
    for colour, ((old, new), part) in zip((ONE, TWO, THREE, FOUR, FIVE) * 3, steps, strict=False):
        plot.add_marks(years[part.index], changes[part.index], DOT, colour, 3, opacity=0.7)
        legend.append((colour, f"edition {old} to {new}: {len(part)} values"))
    plot.add_line([x.low, x.high], [0, 0], INK, 0.8)
    names = ", ".join(titles.get(m, m) for m in sorted(revisions["measure"].unique()))
    return Markup(plot.to_svg(f"Revisions in per cent by year of the value: {names}")), legend


def _blocks(part: pd.DataFrame, rows: Iterable[str]) -> Iterator[Block]:
    """Cells of one kind as rectangles: few shapes, small page."""
    years: dict[str, list[int]] = defaultdict(list)
    for code, year in sorted(zip(part["province_code"], part["year"], strict=True)):
        years[code].append(year)
    top = 0
    for runs, alike in groupby(rows, key=lambda code: _runs(years[code])):
        height = len(list(alike))
        ends = (top - 0.5, top + height - 0.5)
        yield from ((first - 0.5, ends[0], last + 0.5, ends[1]) for first, last in runs)
        top += height


def _runs(years: list[int]) -> list[tuple[int, int]]:
    """Unbroken runs of sorted years: (first, last)."""
    runs = np.split(years, np.flatnonzero(np.diff(years) > 1) + 1) if years else []
    return [(int(run[0]), int(run[-1])) for run in runs]
