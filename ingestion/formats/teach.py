"""A layout drafted from a file: its tables of provinces, their titles, headers, units and years.

Finds what the file prints, and reads the file by a drafted layout. What it cannot know, a person is
asked elsewhere. Both run in the child that parses files, so they take and give plain values.
"""

from __future__ import annotations

import tempfile
from dataclasses import astuple, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from ingestion.catalog import source
from ingestion.errors import ExtractionError
from ingestion.formats.grid import Grid, column_letters
from ingestion.formats.headers import header_path, units_of, years_in
from ingestion.formats.layouts import is_numbered, read_layout, title_of, title_years
from ingestion.formats.pieces import Piece
from ingestion.formats.printed import read_grids
from ingestion.formats.tables import read_tables
from ingestion.text import plain_label, units_in, without_mark

FEWEST_PROVINCES = 5
ROWS_SHOWN = 3


def drafts(content: bytes, file: str, source_name: str) -> list[dict[str, Any]]:
    """Return what each table of provinces prints: title, columns with header, unit, year, rows."""
    grids = read_grids(content, file)
    pieces = [piece for grid in grids for piece in _pieces(grid)]
    return [_draft(piece, source_name) for piece in pieces]


def _pieces(grid: Grid) -> list[Piece]:
    """Return the tables of a grid: a new one begins at a numbered line below rows of regions."""
    starts = [0]
    for row in range(1, len(grid.cells)):
        texts = [text for text in grid.cells[row] if text.strip()]
        if len(texts) == 1 and is_numbered(texts[0]) and Piece(grid, starts[-1], row).start >= 0:
            starts.append(row)
    bounds = [*starts, len(grid.cells)]
    pieces = [Piece(grid, top, bounds[i + 1]) for i, top in enumerate(starts)]
    return [piece for piece in pieces if len(_region_rows(piece)) >= FEWEST_PROVINCES]


def _region_rows(piece: Piece) -> list[int]:
    if piece.start < 0:
        return []
    return [row for row in range(piece.start, piece.bottom) if piece.code(row)]


def _draft(piece: Piece, source_name: str) -> dict[str, Any]:
    above = [text.strip() for text in piece.above()]
    in_header = {text.strip() for row in piece.header for text in piece.grid.cells[row]}
    lines = [text for text in above if text not in in_header]
    title = next(filter(is_numbered, lines), "") or next(filter(title_of, lines), "")
    corners = [unit for text in above for unit in units_in(text)]
    rows = _region_rows(piece)
    return {
        "place": piece.grid.name,
        "title": title_of(title),
        "title_year": sorted(title_years(title) or years_in(piece.periods())),
        "lines": lines,
        "unit": corners[0] if corners else "",
        "provinces": len({piece.code(row) for row in rows} - {"000000"}),
        "skip": [
            plain_label(without_mark(label)[0])
            for row in range(piece.start, max(rows) + 1)
            if (label := piece.grid.text(row, piece.region)).strip() and piece.code(row) is None
        ],
        "columns": [
            column
            for index in range(len(piece.grid.cells[piece.start]))
            if index != piece.region and (column := _column(piece, index, rows, source_name))
        ],
        "rows": [
            [piece.grid.text(row, column) for column in range(len(piece.grid.cells[row]))]
            for row in rows[:ROWS_SHOWN]
        ],
    }


def _column(piece: Piece, index: int, rows: list[int], source_name: str) -> dict[str, Any] | None:
    """Return what stands over a column of figures; None for a column without a digit."""
    if not any(c.isdigit() for row in rows for c in piece.grid.text(row, index)):
        return None
    words = piece.words(index)
    path = header_path(words)
    entry = source(source_name)
    labels = [label for series in entry.series for label in (series.label, *series.aliases)]
    exact = [label for label in labels if path and plain_label(label) in {path[-1], *words}]
    near = get_close_matches("".join(path), labels, n=3, cutoff=0.3)
    return {
        "column": column_letters(index),
        "header": path,
        "unit": next(iter(units_of(words, ())[0]), ""),
        "years": sorted(years_in(words)),
        "label": exact[0] if exact else "",
        "near": near,
    }


def preview(
    content: bytes, file: str, source_name: str, edition: int, layout: dict[str, Any]
) -> dict[str, Any]:
    """Return the figures and faults of a file read by a drafted layout alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.yml"
        path.write_text(written(layout), encoding="utf-8")
        table = replace(read_layout(path), path=Path("the layout"))
    try:
        grids = read_grids(content, file, table.titles)
        figures, faults = read_tables(grids, source_name, file, edition, [table])
    except ExtractionError as error:
        figures, faults = [], list(error.cases)
    return {"figures": [astuple(f) for f in figures], "faults": [str(fault) for fault in faults]}


def written(layout: dict[str, Any]) -> str:
    """Return a layout as its YAML file."""
    return yaml.safe_dump(layout, allow_unicode=True, sort_keys=False, width=100)
