"""Printed tables of provinces by columns: found by title, read by the layout of their edition.

A column counts only if the words over it are those of the layout, so a table that has changed fails
instead of giving another column's figures. A table may come in pieces (续表), by rows or by columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from ingestion.catalog import source
from ingestion.errors import ExtractionError, FailureCase, refusal
from ingestion.figures import Figure
from ingestion.formats.grid import Grid, column_letters
from ingestion.formats.headers import is_headed, units_of, years_in
from ingestion.formats.layouts import Table, layouts, title_years
from ingestion.formats.pieces import Piece, matching, no_table
from ingestion.provinces import NATIONAL, PROVINCES, OutsidePanel, UnknownProvince, province_code
from ingestion.text import (
    NotANumber,
    narrow_digits,
    part_of_year,
    plain_label,
    printed_value,
    unit_kind,
    units_in,
    without_mark,
)

_NOTES = ("注", "资料来源", "数据来源", "说明", "本表", "*", "Note", "Source", "a)", "①", "[1]")
_GROUPS = frozenset(
    f"{part}{end}" for part in ("东部", "中部", "西部", "东北") for end in ("", "地区")
)
"""Rows that sum provinces up, in any table."""


@dataclass(frozen=True)
class _Column:
    """A column of a piece that the layout knows."""

    number: int
    label: str
    index: int
    unit: str
    year: int


def read_tables(
    grids: list[Grid],
    source_name: str,
    file: str,
    edition: int,
    tables: list[Table] | None = None,
) -> tuple[list[Figure], list[FailureCase]]:
    """Read every table whose title, and subtitle, a layout knows: the edition's, unless given.

    Raises
    ------
    ExtractionError
        If no grid has a known title, or the layouts do not know the edition.
    """
    tables = layouts(source_name, edition, file) if tables is None else tables
    found = matching(grids, tables)
    if not found:
        raise no_table(grids, tables, file)
    figures: list[Figure] = []
    faults: list[FailureCase] = []
    for table, pieces in found:
        try:
            rows, wrong = _Reading(table, source_name, file, edition).of(pieces)
        except ExtractionError as error:
            faults += error.cases
            continue
        figures += rows
        faults += wrong
    return figures, faults


class _Reading:
    """One table read from its pieces; what they say together is checked at the end."""

    def __init__(self, table: Table, source_name: str, file: str, edition: int) -> None:
        self.table, self.file, self.edition = table, file, edition
        self.known = source(source_name).by_label()
        self.skip = {plain_label(text) for text in table.layout.regions.skip} | _GROUPS
        self.figures: list[Figure] = []
        self.faults: list[FailureCase] = []
        self.rows: dict[tuple[int, int], set[str]] = {}
        """(number of the column, year) -> the regions that have a row under it."""
        self.cells: dict[tuple[int, int, str], Figure] = {}
        self.units: dict[tuple[int, int], str] = {}
        self.used: set[tuple[int, int]] = set()

    def of(self, pieces: list[Piece]) -> tuple[list[Figure], list[FailureCase]]:
        """Return the figures of all pieces, and every fault."""
        previous: list[_Column] = []
        corner, note, width = "", "", 0
        for piece in pieces:
            if piece.start < 0 or (piece.grid.follows and self._whole()):
                continue
            own, own_note = self._corner(piece)
            corner, note = own or corner, own_note or note
            if piece.header:
                columns = [
                    column
                    for number in range(len(self.table.layout.columns))
                    for column in self._columns(piece, number, corner)
                ]
                width = piece.width()
                if columns and not width:
                    widths = [len(piece.grid.headings[row]) for row in piece.header]
                    raise refusal(
                        self.file, piece.grid.name, widths, "header rows of the same number of cells",
                        "Land the table whole.", "header",
                    )  # fmt: skip
                # the header of a piece by rows is often not printed again
                previous = columns
            elif piece.grid.follows and len(piece.grid.cells[piece.start]) == width:
                columns = previous
            else:
                continue
            self._read(piece, columns, width, note)
        self._check_columns(pieces)
        self._check_provinces(pieces)
        return self.figures, self.faults

    def _fault(self, place: str, column: str, value: str, wanted: str, remedy: str) -> None:
        self.faults.append(FailureCase(self.file, place, column, value, wanted, remedy))

    # -- the header

    def _corner(self, piece: Piece) -> tuple[str, str]:
        """Return the unit printed above the table, and the note on sampling, if any."""
        units: list[str] = []
        note = ""
        for text in piece.above():
            units += units_in(text)
            if "抽样比" in text and not note:
                note = text.strip()
        if len(set(units)) > 1:
            raise refusal(
                self.file, piece.grid.name, ", ".join(dict.fromkeys(units)),
                "one unit above the table", "Land the table with the line that holds for it.", "unit",
            )  # fmt: skip
        return (units[0] if units else ""), note

    def _columns(self, piece: Piece, number: int, corner: str) -> Iterator[_Column]:
        """Yield the columns of a piece that stand under the words of the layout."""
        layout = self.table.layout.columns[number]
        heads = [
            (index, words)
            for index in range(max(len(piece.grid.headings[row]) for row in piece.header))
            if index != piece.region and is_headed(layout.header, words := piece.words(index))
        ]
        wanted = self._stated_year(piece, number)
        dated = [(index, words, years_in(words)) for index, words in heads]
        if wanted is not None and len(dated) > 1:
            # the same words over several years: the one that is asked for
            dated = [entry for entry in dated if entry[2] == {wanted}] or dated
        if wanted is not None and len(dated) > 1:
            places = ", ".join(column_letters(index) for index, _, _ in dated)
            raise refusal(
                self.file, piece.grid.name, f"columns {places}",
                f"one column headed {' > '.join(layout.header)} ({layout.label})",
                f"Say the words above it too, in {self._line(number, 'header')}.", "header",
            )  # fmt: skip
        for index, words, years in dated:
            place = f"{piece.grid.name} column {column_letters(index)}"
            if wanted is None and len(years) != 1:
                raise refusal(
                    self.file, place, " > ".join(words), "one year in the header",
                    f"Correct {self._line(number, 'year')}.", "header",
                )  # fmt: skip
            if wanted is not None and years and wanted not in years:
                raise self._other_year(place, " > ".join(words), wanted, number, "header")
            year = min(years) if wanted is None else wanted
            unit = self._unit(words, corner, number, place)
            yield _Column(number, layout.label, index, unit, year)

    def _stated_year(self, piece: Piece, number: int) -> int | None:
        """Return the year of a column by the layout and the title; None if its header says it."""
        stated = self.table.layout.columns[number].year
        if stated == "header":
            return None
        title, periods = next(iter(piece.above()), ""), piece.periods()
        if odd := next(filter(part_of_year, periods), ""):
            raise refusal(
                self.file, f"{piece.grid.name} title", odd, "figures of a whole year",
                "Land the table of the year.", "title",
            )  # fmt: skip
        # a year often stands in a line of its own, or beside the unit
        printed = [title_years(title), years_in(periods)]
        place = f"{piece.grid.name} title"
        if stated == "title":
            said = printed[0] or printed[1]
            if len(said) != 1:
                remedy = f"Correct {self._line(number, 'year')}."
                raise refusal(self.file, place, title, "one year in the title", remedy, "title")
            return min(said)
        year = stated if stated > 1000 else self.edition + stated
        for text, said in zip((title, ", ".join(periods)), printed, strict=True):
            if said and year not in said:
                raise self._other_year(place, text.strip(), year, number, "title")
        return year

    def _other_year(
        self, place: str, printed: str, wanted: int, number: int, column: str
    ) -> ExtractionError:
        line = self._line(number, "year")
        remedy = f"Land it under the edition that prints that year, or correct {line}."
        return refusal(self.file, place, printed, f"figures of {wanted}", remedy, column)

    def _unit(self, words: list[str], corner: str, number: int, place: str) -> str:
        """Return the unit in a column's header, else that in the corner; refuse two that disagree."""
        layout = self.table.layout.columns[number]
        series = self.known.get(layout.label)
        known = series.units if series else ()
        inside, strange = units_of(words, known)
        printed = [*inside, *re.findall(r"[^、,;]+", corner)]
        if layout.unit:
            if printed and layout.unit not in printed:
                raise self._two_units(printed, f"{layout.unit}, as the layout says", number, place)
            return layout.unit
        if strange and not inside:
            raise self._two_units([*strange, *printed], f"one of {', '.join(known)}", number, place)
        if not printed:
            raise refusal(
                self.file, place, " > ".join(words), f"a printed unit, one of {', '.join(known)}",
                "Land the table with the line that states its unit, or state it in "
                f"{self._line(number, 'header')} (unit: …).", "unit",
            )  # fmt: skip
        kinds = [unit_kind(unit) for unit in printed]
        own = printed[len(inside) - 1] if inside else corner
        for unit, kind in zip(printed, kinds, strict=True):
            if unit != own and kind is not None and kind == unit_kind(own):
                raise self._two_units(printed, "one unit", number, place)
        if known and own not in known:
            raise self._two_units(printed, f"one of {', '.join(known)}", number, place)
        return own

    def _two_units(
        self, printed: list[str], wanted: str, number: int, place: str
    ) -> ExtractionError:
        return refusal(
            self.file, place, ", ".join(printed), f"{wanted} for {self.table.layout.columns[number].label}",
            f"Say which one holds in {self._line(number, 'header')} (unit: …), after looking at the "
            "figures, or land them in the CSV form.", "unit",
        )  # fmt: skip

    def _line(self, number: int, key: str) -> str:
        return self.table.line("columns", number, key)

    # -- the rows

    def _read(self, piece: Piece, columns: list[_Column], width: int, note: str) -> None:
        for column in columns:
            key = column.number, column.year
            if self.units.setdefault(key, column.unit) != column.unit:
                raise self._two_units(
                    [self.units[key], column.unit], "one unit", column.number, piece.grid.name
                )
            self.used.add((id(piece), column.index))
        for row, label, code in self._regions(piece, columns):
            if len(piece.grid.cells[row]) != width:
                # a cell too few, and every figure behind it would stand under another header
                self._fault(
                    piece.grid.place(row, piece.region), label,
                    f"{len(piece.grid.cells[row])} cells", f"{width} cells, as the header has",
                    "Land the table whole.",
                )  # fmt: skip
                continue
            for column in columns:
                self.rows.setdefault((column.number, column.year), set()).add(code)
                self._cell(piece, row, column, label, code, note)

    def _regions(self, piece: Piece, columns: list[_Column]) -> Iterator[tuple[int, str, str]]:
        """Yield row, printed label and code of each region, until the notes begin."""
        grid = piece.grid
        header = [grid.cells[row] for row in piece.header]
        for row in range(piece.start, piece.bottom):
            label = without_mark(grid.text(row, piece.region))[0]
            plain = plain_label(label)
            place = grid.place(row, piece.region)
            if not plain:
                if any(grid.text(row, column.index).strip() for column in columns):
                    self._fault(
                        place, "region", "", "a region in front of figures",
                        "Complete the row, or remove it.",
                    )  # fmt: skip
                continue
            if plain in self.skip or grid.cells[row] in header:
                continue
            if label.startswith(_NOTES):
                return
            try:
                yield row, label, province_code(label)
            except OutsidePanel:
                continue
            except UnknownProvince as error:
                self._fault(
                    place, "region", label, str(error),
                    f"If this is no province, add it to `skip` in {self.table.line('regions')}.",
                )  # fmt: skip

    def _cell(
        self, piece: Piece, row: int, column: _Column, label: str, code: str, note: str
    ) -> None:
        printed, mark = without_mark(piece.grid.text(row, column.index), figure=True)
        place, name = piece.grid.place(row, column.index), column.label
        if shared := piece.grid.heading(row, column.index).strip() if not printed else "":
            self._fault(
                place, name, shared, f"a figure of {label} alone, not one that it shares",
                "Land the figures in the CSV form, each under its own province.",
            )  # fmt: skip
        if not printed:
            return
        printed = narrow_digits(printed)
        try:
            value = printed_value(printed)
        except NotANumber as error:
            remedy = "Correct the cell, or land the figure in the CSV form."
            self._fault(place, name, printed, str(error), remedy)
            return
        notes = "; ".join(text for text in (note, f"marked {mark}" if mark else "") if text)
        figure = Figure(
            place, name, column.unit, label, code, column.year, printed, value, note=notes
        )
        earlier = self.cells.setdefault((column.number, column.year, code), figure)
        if earlier is figure:
            self.figures.append(figure)
        elif earlier.value != value:
            self._fault(
                place, name, printed, f"{earlier.value_printed}, as {earlier.location} prints it",
                "The table is printed twice and differs: land one of the two.",
            )  # fmt: skip

    # -- the whole

    def _whole(self) -> bool:
        """Whether every column has been found with as many provinces as the layout expects."""
        found = {number for number, _ in self.rows}
        expect = self.table.layout.regions.expect
        return len(found) == len(self.table.layout.columns) and all(
            len(codes - {NATIONAL}) >= expect for codes in self.rows.values()
        )

    def _check_columns(self, pieces: list[Piece]) -> None:
        """Refuse a table that lacks a column of its layout, with the header that comes nearest."""
        with_rows = [piece for piece in pieces if piece.start >= 0]
        if not with_rows:
            raise refusal(
                self.file, pieces[0].grid.name, self.table.layout.titles[0],
                "rows of provinces below the header", "Land the table itself.",
            )  # fmt: skip
        found = {number for number, _ in self.rows}
        for number, layout in enumerate(self.table.layout.columns):
            if number in found or self.faults:
                continue
            piece = with_rows[0]
            paths = {
                " > ".join(piece.words(index)): index
                for index in range(len(piece.grid.headings[piece.start]))
                if index != piece.region and (id(piece), index) not in self.used
            }
            expected = " > ".join(layout.header)
            near = get_close_matches(expected, paths, n=1, cutoff=0.0)
            shown = near[0] if near else ""
            raise refusal(
                self.file,
                f"{piece.grid.name} column {column_letters(paths.get(shown, 0))}",
                shown, f"the header {expected} ({layout.label})",
                f"The table differs from {self._line(number, 'header')}; correct it there, "
                "draft it anew with `make teach FILE=…`, or land the figures in the CSV form.",
                "header",
            )  # fmt: skip

    def _check_provinces(self, pieces: list[Piece]) -> None:
        expect = self.table.layout.regions.expect
        filled = {key[:2] for key in self.cells}
        for (number, year), codes in self.rows.items():
            provinces = codes - {NATIONAL}
            if (number, year) not in filled and not self.faults:
                self._fault(
                    pieces[0].grid.name, f"{self.table.layout.columns[number].label}, {year}",
                    "empty cells", "figures below the header",
                    "Look where the figures stand; land the table with its header over them.",
                )  # fmt: skip
                return
            if len(provinces) == expect:
                continue
            lacking = ", ".join(p.short for p in PROVINCES if p.code not in provinces)
            self._fault(
                pieces[0].grid.name, f"{self.table.layout.columns[number].label}, {year}",
                f"{len(provinces)} provinces, without {lacking or 'none'}",
                "a row for each of 31 provinces" if expect == len(PROVINCES)
                else f"rows for {expect} provinces",
                "The table may be cut, or go on in a part that is not in the file: land the whole "
                f"table. If it lists another number, say so in {self.table.line('regions')} (expect: …).",
            )  # fmt: skip
            return
