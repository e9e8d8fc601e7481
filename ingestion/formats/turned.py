"""Tables brought into the usual form: regions in rows, where they stand in columns, and one table below another."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.provinces import region_of

FEWEST = 5
"""Regions side by side that make a row a header of regions."""


def turned(grid: Grid) -> Grid:
    """Return a grid with its regions in rows; one that has them there already comes back as it is.

    The lines above stay. A place is still that of the file.
    """
    heads = [row for row in range(len(grid.cells)) if len(_regions(grid.cells[row])) >= FEWEST]
    if not heads or _most_in_a_column(grid) >= FEWEST:
        return grid
    top = heads[0]
    bottom = next(
        (row for row in range(top + 1, len(grid.cells)) if not _has_values(grid, row)),
        len(grid.cells),
    )
    if len(heads) > 1 or bottom == top + 1:
        return grid  # two such tables, or one whose header goes on: refused as it stands
    width = max(len(row) for row in grid.cells[top:bottom])
    block = range(top, bottom)
    cells = [[grid.text(row, column) for row in block] for column in range(width)]
    headings = [[grid.heading(row, column) for row in block] for column in range(width)]
    return replace(
        grid,
        cells=[*grid.cells[:top], *cells, *grid.cells[bottom:]],
        headings=[*grid.headings[:top], *headings, *grid.headings[bottom:]],
        turned=(top, top + width),
    )


def side_by_side(grid: Grid) -> list[Grid]:
    """Return the tables that stand next to each other, each with regions of its own, as one grid each.

    A column that names the same regions in the same rows is a translation, or part of one table.
    """
    width = max(map(len, grid.cells), default=0)
    codes = [[region_of(grid.text(row, c)) for row in range(len(grid.cells))] for c in range(width)]
    starts = [0]
    first: list[str | None] = []
    for column, of_column in enumerate(codes):
        if len(set(of_column)) <= FEWEST:
            continue
        same = sum(a == b for a, b in zip(first, of_column, strict=False) if a and b)
        beside = [
            row for row, code in enumerate(of_column) if code and _has_values(grid, row, column, 1)
        ]
        if first and beside and same * 2 < sum(code is not None for code in of_column):
            starts.append(column)
        if not first or starts[-1] == column:
            first = of_column
    bounds = [*starts, width]
    return [
        replace(
            grid,
            cells=[row[left:right] for row in grid.cells],
            headings=[row[left:right] for row in grid.headings],
            left=left,
            follows=grid.follows or left > 0,
        )
        for left, right in pairwise(bounds)
    ] if len(starts) > 1 else [grid]  # fmt: skip


def _regions(texts: list[str]) -> set[str]:
    return {code for text in texts if (code := region_of(text)) is not None}


def _most_in_a_column(grid: Grid) -> int:
    width = max((len(row) for row in grid.cells), default=0)
    columns = ([grid.text(row, c) for row in range(len(grid.cells))] for c in range(min(width, 4)))
    return max((len(_regions(column)) for column in columns), default=0)


def _has_values(grid: Grid, row: int, column: int = 0, fewest: int = 2) -> bool:
    return sum(any(c.isdigit() for c in text) for text in grid.cells[row][column + 1 :]) >= fewest
