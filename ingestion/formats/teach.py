"""A layout drafted from a file: its tables of provinces, their titles, headers, units and years.

Finds what the file prints, and reads the file by a drafted layout. Other facts are asked of a person elsewhere. Both
run in the child that parses files, so they take and give plain values.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.evidence import years_in
from living_panel.ingestion.formats.answers import written
from living_panel.ingestion.formats.cities import city_evidence
from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.formats.headers import (
    header_path,
    is_headed,
    other_values,
    units_of,
)
from living_panel.ingestion.formats.layouts import (
    aliases_of,
    is_continued,
    is_numbered,
    read_layout,
    title_of,
    title_years,
)
from living_panel.ingestion.formats.pieces import Piece, is_note, title_line
from living_panel.ingestion.formats.printed import read_grids
from living_panel.ingestion.formats.tables import RowsBetween, is_passed_over, read_tables
from living_panel.ingestion.provenance.catalog import source
from living_panel.ingestion.provinces import (
    NATIONAL,
    PROVINCES,
    nearest_province,
    region_label,
    regions_in,
)
from living_panel.ingestion.text import plain_label

FEWEST_PROVINCES = 5
_Row = tuple[str, list[str]]
"""Label and cells of a row."""
_SUM = re.compile(
    "合计|总计|小计|总数|平均|均值|地区$|区域$|经济[带区圈]$|部门|部属|中央|其[他它]|不分|未分|不明|各省|全部"
    "|total|sum|average|other|unallocated|notspecified|region$|regions$|areas?$",
    re.IGNORECASE,
)
"""Words of rows that are no province, such as 部门合计."""
ROWS_SHOWN = 3


def drafts(content: bytes, file: str, source_name: str) -> list[dict[str, Any]]:
    """Return what each table of provinces prints: title, columns with header, unit, year, rows."""
    aliases = aliases_of(source_name)
    grids = [replace(grid, aliases=aliases) for grid in read_grids(content, file)]
    groups = _joined([piece for grid in grids for piece in _pieces(grid)])
    titles = Counter(title_of(title_line(group[0].lines())) for group in groups)
    proposals = [_draft(group, source_name) for group in groups]
    for draft, group in zip(proposals, groups, strict=True):
        twins = [other for other in groups if other is not group]
        if titles[draft["title"]] > 1:
            draft["subtitle"] = _line_of_its_own(group, twins)
    return proposals


def _pieces(grid: Grid) -> list[Piece]:
    """Return the tables of a grid: a new one begins at a numbered line, or 续表, below rows of regions."""
    starts = [0]
    for row in range(1, len(grid.cells)):
        texts = [text for text in grid.cells[row] if text.strip()]
        begins = bool(texts) and (
            is_continued(texts[0]) or (len(texts) == 1 and is_numbered(texts[0]))
        )
        if begins and Piece(grid, starts[-1], row).start >= 0:
            starts.append(row)
    bounds = [*starts, len(grid.cells)]
    pieces = [Piece(grid, top, bounds[i + 1]) for i, top in enumerate(starts)]
    return [piece for piece in pieces if _is_table(piece)]


def _is_table(piece: Piece) -> bool:
    rows = _region_rows(piece)
    part = piece.grid.follows or any(map(is_continued, piece.lines()))
    return len(rows) >= (1 if part else FEWEST_PROVINCES)


def _joined(pieces: list[Piece]) -> list[list[Piece]]:
    """Return the pieces of each table: 续表, or what follows without a title, goes on with it."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        lines = piece.lines()
        goes_on = any(map(is_continued, lines)) or (piece.grid.follows and not title_line(lines))
        if groups and (goes_on or _repeats(groups[-1], piece)):
            groups[-1].append(piece)
        elif len(_region_rows(piece)) >= FEWEST_PROVINCES:
            groups.append([piece])
    return groups


def _repeats(group: list[Piece], piece: Piece) -> bool:
    """Whether a piece under the very same title lists other provinces."""
    title = title_line(piece.lines())
    same = bool(title) and title == title_line(group[0].lines())
    return same and not _codes([piece]) & _codes(group)


def _line_of_its_own(group: list[Piece], twins: list[list[Piece]]) -> str:
    """Return a line above a table that no table of the same title has."""
    others = {plain_label(line) for twin in twins for line in twin[0].lines()}
    lines = (line for line in group[0].lines() if plain_label(line) not in others)
    return next((line for line in lines if not is_numbered(line)), "")


def _region_rows(piece: Piece) -> list[int]:
    if piece.start < 0:
        return []
    return [row for row in range(piece.start, piece.bottom) if piece.code(row)]


def _codes(group: list[Piece]) -> set[str | None]:
    return {piece.code(row) for piece in group for row in _region_rows(piece)} - {NATIONAL}


def _draft(group: list[Piece], source_name: str) -> dict[str, Any]:
    piece, lines = group[0], group[0].lines()
    title = title_line(lines)
    corners = list(dict.fromkeys(unit for part in group for unit in part.units()))
    rows = _region_rows(piece)
    sums, unknown = _without_region(group)
    return {
        "place": piece.grid.name,
        "title": title_of(title),
        "title_year": sorted(title_years(title) or years_in(piece.periods())),
        "turned": piece.grid.turned is not None,
        "lines": lines,
        "subtitle": "",
        "unit": corners[0] if len(corners) == 1 else "",
        "units": corners,
        "units_in_rows": piece.unit_column() is not None,
        "years_in_rows": piece.year_column() is not None,
        "provinces": len(_codes(group)),
        "regions": sorted(str(code) for code in _codes(group)),
        "cities": next(filter(None, map(city_evidence, group)), ""),
        "skip": list(dict.fromkeys(plain_label(label) for label, _ in sums)),
        "skipped": [row for _, row in sums],
        "unknown": [label for label, _ in unknown],
        "unknown_rows": [row for _, row in unknown],
        "columns": list(_columns(group, source_name)),
        "rows": [_cells(piece, row) for row in _shown(rows)],
    }


def _shown(rows: list[int]) -> list[int]:
    """Return rows of the beginning, the middle and the end."""
    middle = (len(rows) - ROWS_SHOWN) // 2
    chosen = [*rows[:ROWS_SHOWN], *rows[max(middle, 0) : middle + ROWS_SHOWN], *rows[-ROWS_SHOWN:]]
    return list(dict.fromkeys(chosen))


def _cells(piece: Piece, row: int) -> list[str]:
    return [piece.grid.text(row, column) for column in range(len(piece.grid.cells[row]))]


def _without_region(group: list[Piece]) -> tuple[list[_Row], list[_Row]]:
    """Return the rows that are sums of provinces, and those of which a person says what they are.

    A label that contains the name of a province without a row of its own is never a sum. Where a
    province has no row, any label that no sum has may be a spelling of its name.
    """
    regions = {
        str(part.code(row)) for part in group for row in _region_rows(part) if part.has_values(row)
    }
    complete = len(regions - {NATIONAL}) == len(PROVINCES)
    sums: list[_Row] = []
    unknown: dict[str, list[str]] = {}
    for part in group:
        for label, cells, is_below in _sums(part):
            named = regions_in(label)
            others = {province.code for province in PROVINCES} - regions
            is_sum = complete or named or _SUM.search(plain_label(label))
            if named - regions or not (
                is_sum or (is_below and not nearest_province(label, others))
            ):
                unknown.setdefault(label, cells)
            else:
                sums.append((label, cells))
    return sums, list(unknown.items())


def _sums(piece: Piece) -> Iterator[tuple[str, list[str], bool]]:
    """Yield label and cells of each row that has values and names no region; whether all regions are above it.

    Only such a row may be passed over. Another may say what holds for the rows below it, so it stays
    unknown to the layout, and the reader stops at it.
    """
    rows, between = _region_rows(piece), RowsBetween(piece, (), set())
    for row in range(piece.start, piece.bottom):
        label = region_label(piece.grid.text(row, piece.region)).strip()
        if label and row not in rows and not is_note(label) and is_passed_over(piece, row, between):
            yield label, _cells(piece, row), row > between.last


# -- the columns -----------------------------------------------------------------------------------


def _columns(group: list[Piece], source_name: str) -> Iterator[dict[str, Any]]:
    """Yield each series of values: the words above it, its unit, and its years side by side."""
    seen: set[tuple[str, ...]] = set()
    for number, piece in enumerate(group, 1):
        if not piece.header:
            continue
        others = [
            part.words(index)
            for part in group
            if part is not piece
            for index in part.value_columns()
        ]
        for indices, header, whole in _series(piece, others):
            words = [piece.words(index) for index in indices]
            key = (*header, "" if header else "years")
            if key in seen:
                continue
            seen.add(key)
            years = {min(dated) for path in words if len(dated := years_in(path)) == 1}
            letters = [piece.grid.letters(index) for index in indices]
            name = letters[0] if number == 1 else f"{letters[0]}_{number}"
            yield {
                "column": name,
                "columns": letters,
                "header": header,
                "words": words[0],
                "whole": whole,
                "years": sorted(years) if len(years) == len(words) else [],
                **_likely(words[0], header, piece, source_name),
            }


def _series(piece: Piece, others: list[list[str]]) -> Iterator[tuple[list[int], list[str], bool]]:
    """Yield the columns of each series with the words that tell it from every other column.

    The fewest words that do: without parentheses and translation, else with both, else as printed.
    Columns that differ only in their year are one series.
    """
    width = max((len(piece.grid.cells[row]) for row in _region_rows(piece)), default=0)
    indices = piece.value_columns()
    all_words = {index: piece.words(index) for index in range(width)}
    columns = list(indices)
    while columns:
        index = columns[0]
        described = next(_described(index, indices, all_words, piece, others), ([index], [], False))
        columns = [other for other in columns if other not in described[0]]
        yield described


def _described(
    index: int,
    indices: list[int],
    words: dict[int, list[str]],
    piece: Piece,
    others: list[list[str]],
) -> Iterator[tuple[list[int], list[str], bool]]:
    """Yield the columns that a description of one column fits, if they differ only in their year.

    Of the columns of other parts of the table, it fits only one under the same words.
    """
    words_here = words[index]
    if piece.has_years_alone(index):
        alone = [other for other in indices if piece.has_years_alone(other)]
        if len({min(years_in(words[other])) for other in alone}) == len(alone):
            yield alone, [], False
        return
    raw = [plain_label(word) for word in words_here]
    paths = [raw] if other_values(words_here) else []
    paths += [header_path(words_here), header_path(words_here, chinese=False), raw]
    for path in paths:
        for whole in (False, True):
            if not path or not is_headed(tuple(path), words_here, whole):
                continue
            same = header_path(words_here, chinese=False)
            if any(
                is_headed(tuple(path), w, whole) and header_path(w, chinese=False) != same
                for w in others
            ):
                continue
            fits = [i for i in words if is_headed(tuple(path), words[i], whole) and i in indices]
            years = [tuple(sorted(years_in(words[i]))) for i in fits]
            dated = all(len(year) == 1 for year in years) and len(set(years)) == len(years)
            if fits == [index] or (index in fits and dated):
                yield fits, path, whole


def _likely(words: list[str], header: list[str], piece: Piece, source_name: str) -> dict[str, Any]:
    """Return the unit in a header, the series that it names, and others that come near."""
    entry = source(source_name)
    labels = {label: series for series in entry.series for label in (series.label, *series.aliases)}
    units = units_of(words, ())[0]
    title = title_of(title_line(piece.lines()))
    text = "".join(header) or title
    exact = [
        label
        for label, series in labels.items()
        if len(header) == 1
        and plain_label(label) in {header[0], *words}
        and not other_values(words) - other_values([label])
        and not set(units) - set(series.units)
    ]
    near = get_close_matches(text, labels, n=3, cutoff=0.3)
    english = {series.title: label for label, series in labels.items()}
    near += [english[text] for text in get_close_matches(text, english, n=2, cutoff=0.5)]
    return {
        "unit": units[-1] if units else "",
        "label": exact[0] if exact else "",
        "near": list(dict.fromkeys(near)),
    }


def preview(
    content: bytes, file: str, source_name: str, edition: int, layout: dict[str, Any]
) -> dict[str, Any]:
    """Return the values and faults of a file read by a drafted layout alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.yml"
        path.write_text(written(layout), encoding="utf-8")
        table = replace(read_layout(path), path=Path("the layout"))
    try:
        grids = read_grids(content, file, table.titles)
        values, faults = read_tables(grids, source_name, file, edition, [table])
    except ExtractionError as error:
        values, faults = [], list(error.cases)
    return {"figures": [astuple(f) for f in values], "faults": [str(fault) for fault in faults]}
