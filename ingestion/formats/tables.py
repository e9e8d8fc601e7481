"""Printed tables of provinces by columns: found by title, read by the layout of their edition.

A column counts only if the words over it are those of the layout, so a table that has changed fails
instead of giving another column's values. A table may come in pieces (续表), by rows or by columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, FailureCase, refusal
from living_panel.ingestion.evidence import (
    Contradiction,
    Said,
    Values,
    contradiction,
    spans_in,
    weigh,
    years_in,
)
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.formats.cities import city_evidence
from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.formats.headers import is_headed, units_of
from living_panel.ingestion.formats.layouts import (
    LayoutTable,
    aliases_of,
    is_continued,
    layouts,
    title_years,
)
from living_panel.ingestion.formats.pieces import (
    NOTES,
    REGION_HEADS,
    Piece,
    matching,
    no_table,
    year_of,
)
from living_panel.ingestion.provenance.catalog import source
from living_panel.ingestion.provinces import (
    NATIONAL,
    PROVINCES,
    OutsidePanel,
    UnknownProvince,
    province_code,
    region_label,
    regions_in,
)
from living_panel.ingestion.text import (
    NotANumber,
    is_period,
    narrow_digits,
    part_of_year,
    plain_label,
    printed_value,
    unclear_year,
    without_grouping_blanks,
    without_mark,
)
from living_panel.ingestion.units import proposal, unit_kind, unit_of, units_above

_PARTS = "东部 中部 西部 东北 华北 华东 华中 华南 西南 西北 中南 东部沿海 沿海 内陆".split()
GROUPS = frozenset(
    [f"{part}{end}" for part in _PARTS for end in ("", "地区", "合计", "地区合计", "小计")]
    + [
        f"{part}{end}"
        for part in "Eastern Central Middle Western Northeast Northeastern East West North-east".split()
        for end in ("", "Region", "Regions", "Area", "Areas", "China", "Provinces")
    ]
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
    tables: list[LayoutTable] | None = None,
) -> tuple[list[Figure], list[FailureCase]]:
    """Read every table whose title, and subtitle, a layout knows: the edition's, unless given.

    Raises
    ------
    ExtractionError
        If no grid has a known title, or the layouts do not know the edition.
    """
    tables = layouts(source_name, edition, file) if tables is None else tables
    aliases = aliases_of(source_name, tables)
    grids = [replace(grid, aliases=aliases) for grid in grids]
    matches = matching(grids, tables, file)
    if not matches:
        raise no_table(grids, tables, file)
    values: list[Figure] = []
    faults: list[FailureCase] = []
    for table, pieces in matches:
        try:
            rows, wrong = _Reading(table, source_name, file, edition).of(pieces)
        except ExtractionError as error:
            faults += error.cases
            continue
        values += rows
        faults += wrong
    return values, faults


def _is_word(text: str) -> bool:
    """Whether a cell between values holds words: no value, and no mark that there is none."""
    printed = narrow_digits(without_mark(text, figure=True)[0])
    try:
        printed_value(printed)
    except NotANumber:
        return bool(printed) and not any(c.isdigit() for c in printed)
    return False


class RowsBetween:
    """Meaning of the rows of a piece without a region: sums, or lines that change the rows below."""

    def __init__(self, piece: Piece, words: Iterable[str], skip: set[str]) -> None:
        self.piece, self.skip = piece, skip
        self.year_column, self.unit_column = piece.year_column(), piece.unit_column()
        self.last = piece.last()
        self.figured = piece.value_columns()
        texts = [*(piece.grid.text(row, piece.region) for row in piece.header), *words]
        self.headed = {plain_label(text) for text in texts if text.strip()} | REGION_HEADS
        self.above = set(piece.units_above())

    def change(self, row: int) -> str:
        """Return what a row says that holds for the rows below it; empty for a sum.

        A unit, a period, or words in a column of values: a header that is printed again.
        """
        grid, ignored = self.piece.grid, {self.year_column, self.unit_column}
        label = plain_label(without_mark(grid.text(row, self.piece.region))[0])
        texts = [
            text for i, text in enumerate(grid.cells[row]) if text.strip() and i not in ignored
        ]
        units = {unit for text in texts for unit in units_above(text)}
        if units:
            return "a unit" if units - self.above else ""
        if is_period(label) or any(is_period(text) and year_of(text) is None for text in texts):
            return "a period"
        if label in self.headed:
            return "words of the header"
        cells = [text for index in self.figured if (text := grid.text(row, index)).strip()]
        if any(map(_is_word, cells)):
            return "words in a column of values"
        is_sum = label in GROUPS or label in self.skip
        if cells and not is_sum and all(year_of(text) is not None for text in cells):
            return "years"
        return ""

    def repeats(self, row: int) -> bool:
        """Whether a row says the unit of the table again, and nothing else."""
        texts = [text for text in self.piece.grid.cells[row] if text.strip()]
        return bool(texts) and all(set(units_above(text)) & self.above for text in texts)

    def has_values(self, row: int) -> bool:
        """Whether a row has a value."""
        grid = self.piece.grid
        return any(c.isdigit() for index in self.figured for c in grid.text(row, index))


def is_passed_over(piece: Piece, row: int, between: RowsBetween) -> bool:
    """Whether a row among regions is a sum that a layout may name among those to skip."""
    label = plain_label(without_mark(piece.grid.text(row, piece.region))[0])
    return label not in GROUPS and between.has_values(row) and not between.change(row)


class _Reading:
    """One table read from its pieces; what they say together is checked at the end."""

    def __init__(self, table: LayoutTable, source_name: str, file: str, edition: int) -> None:
        self.table, self.file, self.edition = table, file, edition
        self.known = source(source_name).by_label()
        self.skip = {plain_label(text) for text in table.layout.regions.skip} | GROUPS
        self.values: list[Figure] = []
        self.faults: list[FailureCase] = []
        self.rows: dict[tuple[int, int], set[str]] = {}
        """(number of the column, year) -> the regions that have a row under it."""
        self.cells: dict[tuple[int, int, str], Figure] = {}
        self.units: dict[tuple[int, int], str] = {}
        self.used: set[tuple[int, int]] = set()
        self.title_year = 0
        """The year of the title, which holds for the parts that go on too."""
        self.year_column: int | None = None
        self.unit_column: int | None = None
        self.last, self.figured = -1, list[int]()
        self.twins: list[int] = []
        self.columns: list[tuple[Piece, _Column]] = []
        self.said: dict[Said, None] = {}
        """Every text about the table: those of one part speak of the others too."""
        self.passed: dict[str, str] = {}
        """Label of a row that the layout passes over, and names a province -> its place."""

    def of(self, pieces: list[Piece]) -> tuple[list[Figure], list[FailureCase]]:
        """Return the values of all pieces, and every fault."""
        previous: list[_Column] = []
        corner: list[str] = []
        note, width = "", 0
        for piece in pieces:
            if piece.start < 0 or (piece.grid.follows and self._is_complete()):
                continue
            self._refuse_cities(piece)
            self.said |= dict.fromkeys(piece.said())
            unit, unit_note = self._corner(piece)
            corner, note = unit or corner, unit_note or note
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
                        Code.READ_ROW, self.file, piece.grid.name, widths, "header rows of the same number of cells",
                        "Put the whole table into landing/.", "header",
                    )  # fmt: skip
                # the header of a piece by rows is often not printed again
                previous = columns
            elif piece.grid.follows and len(piece.grid.cells[piece.start]) == width:
                columns = previous
            else:
                continue
            self.columns += [(piece, column) for column in columns]
            self._read(piece, columns, width, note)
        self._check_columns(pieces)
        self._weigh()
        self._check_passed()
        self._check_provinces(pieces)
        return self.values, self.faults

    def _refuse_cities(self, piece: Piece) -> None:
        names = tuple(
            name for column in self.table.layout.columns for name in self._names_of(column.label)
        )
        if evidence := city_evidence(piece, names):
            raise refusal(
                Code.READ_REGION, self.file, piece.grid.name, evidence, "rows of provinces",
                "Put a table with rows of provinces into landing/.", "region",
            )  # fmt: skip

    def _names_of(self, label: str) -> tuple[str, ...]:
        series = self.known.get(label)
        return (label, *series.aliases, series.title) if series else (label,)

    def _fault(
        self, code: Code, place: str, column: str, value: str, wanted: str, remedy: str
    ) -> None:
        self.faults.append(FailureCase(self.file, place, column, value, wanted, remedy, code))

    # -- the header

    def _corner(self, piece: Piece) -> tuple[list[str], str]:
        """Return the units printed above the header, and the note on sampling, if any."""
        units = piece.units()
        note = next((text.strip() for text in piece.above() if "抽样比" in text), "")
        return units, note

    def _columns(self, piece: Piece, number: int, corner: list[str]) -> Iterator[_Column]:
        """Yield the columns of a piece that stand under the words of the layout."""
        layout = self.table.layout.columns[number]
        heads = [
            (index, words)
            for index in range(max(len(piece.grid.headings[row]) for row in piece.header))
            if index != piece.region
            and is_headed(layout.header, words := piece.words(index), layout.whole)
            and (layout.header or piece.has_years_alone(index))
        ]
        wanted = self._stated_year(piece, number)
        in_rows = piece.year_column() is not None
        dated = [(index, words, years_in(words)) for index, words in heads]
        if wanted is not None and len(dated) > 1:
            # the same words over several years: the one that is asked for
            dated = [entry for entry in dated if entry[2] == {wanted}] or dated
        if wanted is not None and len(dated) > 1:
            places = ", ".join(piece.grid.letters(index) for index, _, _ in dated)
            raise refusal(
                Code.READ_HEADER, self.file, piece.grid.name, f"columns {places}",
                f"one column headed {' > '.join(layout.header)} ({layout.label})",
                f"Also write the words above it, in {self._line(number, 'header')}.", "header",
            )  # fmt: skip
        for index, words, years in dated:
            place = f"{piece.grid.name} column {piece.grid.letters(index)}"
            shown = " > ".join(words)
            if part_of_year(shown) or (not years and unclear_year(words)):
                raise refusal(
                    Code.READ_YEAR, self.file, place, shown, "values of a whole year, printed with four digits",
                    "Put the table of the whole year into landing/, or complete the header.", "header",
                )  # fmt: skip
            if wanted is None and in_rows and not years:
                years = {0}
            if wanted is None and len(years) != 1:
                raise refusal(
                    Code.READ_YEAR, self.file, place, " > ".join(words), "one year in the header",
                    f"Correct {self._line(number, 'year')}.", "header",
                )  # fmt: skip
            spans = spans_in(">".join(words))
            if (
                wanted is not None
                and years
                and years != {wanted}
                and wanted not in {last for _, last in spans}
            ):
                raise self._other_year(place, " > ".join(words), wanted, number, "header")
            year = min(years) if wanted is None else wanted
            unit = self._unit(words, corner, number, place, piece.unit_column() is not None)
            yield _Column(number, layout.label, index, unit, year)

    def _stated_year(self, piece: Piece, number: int) -> int | None:
        """Return the year of a column by the layout and the title; None if its header says it."""
        stated = self.table.layout.columns[number].year
        if stated == "header" or stated == "row":
            return None
        if stated != "title":
            return stated if stated > 1000 else self.edition + stated
        title = next(iter(piece.above()), "")
        # a year often has a line of its own, or follows the unit
        years = title_years(title) or years_in(piece.periods())
        if not years and self.title_year and (is_continued(title) or piece.grid.follows):
            return self.title_year
        if len(years) != 1:
            remedy = f"Correct {self._line(number, 'year')}."
            raise refusal(
                Code.READ_YEAR, self.file, f"{piece.grid.name} title", title, "one year in the title", remedy, "title"
            )  # fmt: skip
        self.title_year = min(years)
        return self.title_year

    def _other_year(
        self, place: str, printed: str, wanted: int, number: int, column: str
    ) -> ExtractionError:
        line = self._line(number, "year")
        remedy = f"Put the file under the edition that prints that year, or correct {line}."
        return refusal(
            Code.READ_YEAR, self.file, place, printed, f"values of {wanted}", remedy, column
        )

    def _unit(
        self, words: list[str], corner: list[str], number: int, place: str, in_rows: bool
    ) -> str:
        """Return the unit in a column's header, else that above the table; refuse two that disagree.

        What is printed holds: the layout decides between two that are printed, or says what is not.
        With a unit in each row nothing else has to be printed.
        """
        layout = self.table.layout.columns[number]
        series = self.known.get(layout.label)
        known = series.units if series else ()
        inside, strange = units_of(words, known)
        above = [part for unit in corner for part in re.split("[、,;]", unit) if part]
        printed = [*inside, *strange, *above]
        if layout.unit:
            if printed and layout.unit not in printed:
                raise self._two_units(printed, f"{layout.unit}, as the layout says", number, place)
            if known and layout.unit not in known:
                raise self._unknown_unit(layout.unit, known, number, place)
            return layout.unit
        if strange and not inside:
            raise self._two_units([*strange, *above], f"one of {', '.join(known)}", number, place)
        if not printed:
            if in_rows:
                return ""
            raise refusal(
                Code.READ_UNIT, self.file, place, " > ".join(words), f"a printed unit, one of {', '.join(known)}",
                "Put the table with its line of units into landing/, or write the unit into "
                f"{self._line(number, 'header')} (unit: …).", "unit",
            )  # fmt: skip
        if not inside and len(corner) > 1:
            raise self._two_units(corner, "one unit above the table", number, place)
        chosen = inside[-1] if inside else "、".join(above)
        kind = unit_kind(chosen)
        for unit in printed:
            if unit != chosen and kind is not None and kind == unit_kind(unit):
                raise self._two_units(printed, "one unit", number, place)
        if known and chosen not in known:
            raise self._two_units(printed, f"one of {', '.join(known)}", number, place)
        return chosen

    def _unknown_unit(
        self, unit: str, known: tuple[str, ...], number: int, place: str
    ) -> ExtractionError:
        return refusal(
            Code.READ_UNIT, self.file, place, unit,
            f"a unit of {self.table.layout.columns[number].label}: {', '.join(known)}",
            f"Correct {self._line(number, 'unit')}, or add the unit to the series in the source's "
            "catalog.yml.", "unit",
        )  # fmt: skip

    def _two_units(
        self, printed: list[str], wanted: str, number: int, place: str
    ) -> ExtractionError:
        label = self.table.layout.columns[number].label
        known = self.known[label].units if label in self.known else ()
        ideas = [proposal(unit, known) for unit in printed if known and unit not in known]
        return refusal(
            Code.READ_UNIT, self.file, place, ", ".join(printed), f"{wanted} for {label}",
            f"Write the right unit into {self._line(number, 'header')} (unit: …), after looking at "
            "the values; or type them into a CSV file (data/README.md)."
            f"{''.join(f' {idea}.' for idea in ideas[:1])}", "unit",
        )  # fmt: skip

    def _line(self, number: int, key: str) -> str:
        return self.table.line("columns", number, key)

    # -- the rows

    def _read(self, piece: Piece, columns: list[_Column], width: int, note: str) -> None:
        self._set_rows(piece)
        for column in columns:
            key = column.number, column.year
            if self.units.setdefault(key, column.unit) != column.unit:
                raise self._two_units(
                    [self.units[key], column.unit], "one unit", column.number, piece.grid.name
                )
            self.used.add((id(piece), column.index))
        for row, label, code in self._regions(piece, columns):
            if len(piece.grid.cells[row]) != width:
                # a cell too few, and every later value would be under another header
                self._fault(
                    Code.READ_ROW, piece.grid.place(row, piece.region), label,
                    f"{len(piece.grid.cells[row])} cells", f"{width} cells, as the header has",
                    "Put the whole table into landing/.",
                )  # fmt: skip
                continue
            for column in columns:
                year = self._year_of_row(piece, row, column)
                if year is None:
                    continue
                self.rows.setdefault((column.number, year), set()).add(code)
                self._cell(piece, row, replace(column, year=year), label, code, note)

    def _set_rows(self, piece: Piece) -> None:
        """Look once a piece for the columns that print year and unit row by row, and its last region."""
        layout = self.table.layout
        words = [w for column in layout.columns for part in column.header for w in part.split("|")]
        texts = [*words, *(column.label for column in layout.columns), *layout.titles]
        self.rules = RowsBetween(piece, texts, self.skip)
        self.year_column, self.unit_column = self.rules.year_column, self.rules.unit_column
        self.last, self.figured = self.rules.last, self.rules.figured
        self.twins = piece.region_columns()

    def _year_of_row(self, piece: Piece, row: int, column: _Column) -> int | None:
        """Return the year that a row prints, else that of its column; a fault if the two differ."""
        if self.year_column is None:
            return column.year
        text = piece.grid.text(row, self.year_column)
        year = year_of(text)
        place = piece.grid.place(row, self.year_column)
        if year is None:
            if any(piece.grid.text(row, index).strip() for index in self.figured):
                self._fault(
                    Code.READ_YEAR, place, column.label, text,
                    "a year before the values", "Complete the row, or remove it.",
                )  # fmt: skip
            return None
        if column.year and year != column.year:
            self._fault(
                Code.READ_YEAR, place, column.label, text.strip(), f"values of {column.year}",
                f"The table prints the year of each row: set {self._line(column.number, 'year')} to `row`.",
            )  # fmt: skip
            return None
        return year

    def _regions(self, piece: Piece, columns: list[_Column]) -> Iterator[tuple[int, str, str]]:
        """Yield row, printed label and code of each region, until the notes begin."""
        grid = piece.grid
        header = [grid.cells[row] for row in piece.header]
        previous = ""
        for row in range(piece.start, piece.bottom):
            label = region_label(grid.text(row, piece.region))
            plain = plain_label(label)
            place = grid.place(row, piece.region)
            if grid.cells[row] in header:
                continue
            if (
                not plain
                and previous
                and year_of(grid.text(row, self.year_column or 0)) is not None
                and self.year_column is not None
            ):
                # the name of a region stands once over the rows of its years
                yield row, previous, grid.region(previous) or province_code(previous)
                continue
            if not plain and any(grid.text(row, column.index).strip() for column in columns):
                self._fault(
                    Code.READ_REGION, place, "region", "", "a region before the values",
                    "Complete the row, or remove it.",
                )  # fmt: skip
                continue
            if piece.code(row) is None and row < self.last and (change := self.rules.change(row)):
                shown = " | ".join(text for text in grid.cells[row] if text.strip())
                self._fault(
                    Code.READ_ROW, place, "row", shown, f"rows of regions up to row {self.last + 1}, not {change}",
                    "The rows below it may have another unit, year or column: put each part into "
                    "landing/ as its own table, or type the values into a CSV file (data/README.md).",
                )  # fmt: skip
                continue
            if plain in self.skip and piece.code(row) is None and regions_in(label):
                self.passed.setdefault(label, place)
            if not plain or plain in self.skip or row in piece.cities or self.rules.repeats(row):
                continue
            if row > self.last and not (regions_in(label) or self.rules.has_values(row)):
                continue  # a note, or the number of a page
            if label.startswith(NOTES):
                return
            try:
                code = grid.region(label) or province_code(label)
            except OutsidePanel:
                continue
            except UnknownProvince as error:
                kind = "`aliases`" if regions_in(label) else "`skip`, if it is no province,"
                self._fault(
                    Code.READ_REGION, place, "region", label, error.expectation,
                    f"Add it to {kind} in {self.table.line('regions')}.",
                )  # fmt: skip
                continue
            if not self._twins_agree(piece, row, label, code):
                continue
            previous = label
            yield row, label, code

    def _twins_agree(self, piece: Piece, row: int, label: str, code: str) -> bool:
        """Whether every other column of region names, as in English, has the same region; else a fault."""
        for column in self.twins:
            if piece.code(row, column) not in (code, None):
                self._fault(
                    Code.READ_CONTRADICTION, piece.grid.place(row, column), "region",
                    piece.grid.text(row, column), f"the region {label}, as the row begins",
                    "The columns may be shifted: put the table into landing/ as printed.",
                )  # fmt: skip
                return False
        return True

    def _cell(
        self, piece: Piece, row: int, column: _Column, label: str, code: str, note: str
    ) -> None:
        printed, mark = without_mark(piece.grid.text(row, column.index), figure=True)
        place, name = piece.grid.place(row, column.index), column.label
        if shared := piece.grid.heading(row, column.index).strip() if not printed else "":
            self._fault(
                Code.READ_ROW, place, name, shared, f"a value for {label} alone, not a shared value",
                "Type the values into a CSV file (data/README.md), each under its own province.",
            )  # fmt: skip
        if not printed:
            return
        printed = without_grouping_blanks(narrow_digits(printed))
        try:
            value = printed_value(printed)
        except NotANumber as error:
            remedy = "Correct the cell, or type the value into a CSV file (data/README.md)."
            self._fault(Code.READ_NUMBER, place, name, printed, error.expectation, remedy)
            return
        unit = self._unit_of_row(piece, row, column)
        if not unit:
            return
        notes = "; ".join(text for text in (note, f"marked {mark}" if mark else "") if text)
        figure = Figure(place, name, unit, label, code, column.year, printed, value, note=notes)
        earlier = self.cells.setdefault((column.number, column.year, code), figure)
        if earlier is figure:
            self.values.append(figure)
        elif earlier.value != value or earlier.unit != unit:
            self._fault(
                Code.READ_CONTRADICTION, place, name, printed,
                f"{earlier.value_printed}, as {earlier.location} prints it",
                "The file has the table twice, with differences: keep one of the two in the file.",
            )  # fmt: skip

    def _unit_of_row(self, piece: Piece, row: int, column: _Column) -> str:
        """Return the unit that a row prints, else that of its column; empty after a fault."""
        if self.unit_column is None:
            return column.unit
        text = piece.grid.text(row, self.unit_column).strip()
        unit = unit_of(text)
        series = self.known.get(column.label)
        wanted = ""
        if unit and column.unit and unit != column.unit:
            wanted = f"{column.unit}, as the header or the layout says"
        elif not (unit or column.unit) or (text and not unit):
            wanted = "a unit before the values"
        elif unit and series and unit not in series.units:
            wanted = f"one of {', '.join(series.units)}"
        if wanted:
            self._fault(
                Code.READ_UNIT, piece.grid.place(row, self.unit_column), "unit", text, wanted,
                "Correct the row, or type the values into a CSV file (data/README.md).",
            )  # fmt: skip
            return ""
        return unit or column.unit

    # -- the whole

    def _is_complete(self) -> bool:
        """Whether every column has been found with as many provinces as the layout expects."""
        numbers = {number for number, _ in self.rows}
        expect = self.table.layout.regions.expect
        return len(numbers) == len(self.table.layout.columns) and all(
            len(provinces - {NATIONAL}) >= expect for provinces in self.rows.values()
        )

    def _check_columns(self, pieces: list[Piece]) -> None:
        """Refuse a table that lacks a column of its layout, with the header that comes nearest."""
        with_rows = [piece for piece in pieces if piece.start >= 0]
        if not with_rows:
            raise refusal(
                Code.READ_REGION, self.file, pieces[0].grid.name, self.table.name,
                "rows of provinces below the header", "Put a file with the table into landing/.",
            )  # fmt: skip
        numbers = {number for number, _ in self.rows}
        for number, layout in enumerate(self.table.layout.columns):
            if number in numbers or self.faults:
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
                Code.READ_HEADER,
                self.file,
                f"{piece.grid.name} column {piece.grid.letters(paths.get(shown, 0))}",
                shown,
                f"the header {expected} ({layout.label})",
                f"The table differs from {self._line(number, 'header')}; correct it there, "
                "write a new draft with `make teach FILE=…`, or type the values into a CSV file (data/README.md).",
                "header",
            )

    def _weigh(self) -> None:
        """Hold the values against every text about the table: refuse a contradiction, mark what is in doubt."""
        name = Said(self.file.rsplit("/", 1)[-1].rsplit(".", 1)[0], "file name", self.file)
        said = [*self.said, name]
        of_cell: dict[str, tuple[Values, list[str]]] = {}
        for piece, column in self.columns:
            stated = self.table.layout.columns[column.number].year
            values = Values(
                column.label, self._names_of(column.label),
                f"{piece.grid.name} column {piece.grid.letters(column.index)}",
                piece.words(column.index), piece.heads(column.index),
                [piece.words(i) for i in piece.value_columns() if i != column.index], column.unit,
                frozenset({column.year} - {0} or {y for n, y in self.rows if n == column.number}),
                stated not in {"header", "row"}, self.edition,
            )  # fmt: skip
            if not values.is_stated:  # a line dates one of the columns
                values = replace(values, years=frozenset(y for _, y in self.rows))
            if odd := contradiction(values, said):
                line = self._line(column.number, "year")
                by_edition = (
                    f"Put the file under the edition that prints that year, or correct {line}."
                )
                is_of_layout = (
                    odd.code is Code.READ_YEAR and values.is_stated and odd.said.role == "title"
                )
                raise self._refused(replace(odd, fix=by_edition) if is_of_layout else odd)
            for row in range(piece.start, piece.bottom):
                place = piece.grid.place(row, column.index)
                of_cell[place] = values, [piece.grid.place(row, piece.region)]
        for number, figure in enumerate(self.values):
            weighed = weigh(figure, of_cell[figure.location][0], said, of_cell[figure.location][1])
            if isinstance(weighed, Contradiction):
                raise self._refused(weighed)
            self.values[number] = weighed

    def _refused(self, odd: Contradiction) -> ExtractionError:
        return refusal(
            odd.code, self.file, odd.said.place, odd.said.text.strip(), odd.wanted, odd.fix, odd.said.role
        )  # fmt: skip

    def _check_passed(self) -> None:
        """Report rows that the layout passes over although they name a province without another row."""
        with_values = {code for _, _, code in self.cells}
        for label, place in self.passed.items():
            if regions_in(label) - with_values:
                self._fault(
                    Code.READ_REGION, place, "region", label, "a sum; this is a province without another row",
                    f"Remove it from `skip` and add it to `aliases` in {self.table.line('regions')}.",
                )  # fmt: skip

    def _check_provinces(self, pieces: list[Piece]) -> None:
        expect = self.table.layout.regions.expect
        filled = {key[:2] for key in self.cells}
        for (number, year), regions in self.rows.items():
            provinces = regions - {NATIONAL}
            if (number, year) not in filled and not self.faults:
                self._fault(
                    Code.READ_EMPTY, pieces[0].grid.name, f"{self.table.layout.columns[number].label}, {year}",
                    "empty cells", "values below the header",
                    "Find the values; put the table with its header above them into landing/.",
                )  # fmt: skip
                return
            if len(provinces) == expect:
                continue
            lacking = ", ".join(p.short for p in PROVINCES if p.code not in provinces)
            self._fault(
                Code.READ_REGION, pieces[0].grid.name, f"{self.table.layout.columns[number].label}, {year}",
                f"{len(provinces)} provinces, without {lacking or 'none'}",
                "a row for each of 31 provinces" if expect == len(PROVINCES)
                else f"rows for {expect} provinces",
                "The table may be incomplete in this file: put the whole table into landing/. "
                f"If the table has another number of provinces, write it in {self.table.line('regions')} (expect: …).",
            )  # fmt: skip
            return
