"""Workbooks as grids: `.xls` by xlrd, `.xlsx` by openpyxl, each with a second try; then calamine.

Bytes to grids, with the limits that hostile files need. Which cells mean what is the layouts'.
"""

from __future__ import annotations

import html
import io
import math
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msoffcrypto
import olefile
import openpyxl
import xlrd
from lxml import etree
from msoffcrypto.exceptions import DecryptionError, InvalidKeyError
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.styles.colors import COLOR_INDEX
from openpyxl.utils import column_index_from_string as index
from python_calamine import CalamineWorkbook

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, damaged, refusal
from living_panel.ingestion.evidence import HIDDEN, NOT_CALCULATED, STRUCK, TYPED, Said
from living_panel.ingestion.formats.grid import (
    MOST_ROWS,
    Areas,
    Cells,
    Channels,
    Grid,
    Texts,
    channels,
    check_size,
    column_letters,
    is_unseen,
    marked,
    sheets_as_grids,
    too_large,
)
from living_panel.ingestion.formats.html import read_html_grids
from living_panel.ingestion.formats.number_format import shown
from living_panel.ingestion.formats.office_zip import check_office_zip
from living_panel.ingestion.formats.spreadsheet_xml import NAMESPACE, read_spreadsheet_xml

MOST_UNPACKED = 32 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})[\"']"
)
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?r\s*=\s*[\"']([A-Z]+)([0-9]+)[\"']")
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\s(?![^>]*?\bt\s*=\s*[\"']str)[^>]*?\br\s*=\s*[\"']([A-Z]+[0-9]+)[^>]*>"
    rb"\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
"""A formula without a value: only a program that writes workbooks and calculates nothing leaves one."""
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s(?![^>]*?\bt\s*=\s*[\"']str)[^>]*?\br\s*=\s*[\"']([A-Z]+[0-9]+)[^>]*>"
    rb"\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*<(?:\w+:)?v>\s*([^<\s]+)\s*</(?:\w+:)?v>"
)
"""A formula with the number that the file keeps as its result."""
_STYLED = re.compile(rb"vertAlign|<(?:\w+:)?strike[\s/>]")
"""Styles of characters in a cell that change what they say."""
_TYPED_NUMBER = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\br\s*=\s*[\"']([A-Z]+[0-9]+)[^>]*>\s*<(?:\w+:)?f(?:\s[^>]*)?>"
    rb"[^<]*?(?:[*/+-]\s*|(?<![A-Za-z0-9$.])(?=[0-9.]+\s*[*/+-]))(?!10*(?![0-9.]))[0-9.]+(?![A-Za-z0-9.!:(])"
)
"""A formula with a number in it that is no power of ten: a change of the unit has one, an extrapolation another."""
_HIDDEN_PART = re.compile(
    rb"<(?:\w+:)?(row|col)\s(?=[^>]*?(?:\bhidden\s*=\s*[\"'](?:1|true)|\b(?:ht\s*=\s*[\"'][0-2]|width\s*=\s*[\"']0)(?:\.[0-9]*)?[\"']))([^>]*)>"
)
_NUMBERED = re.compile(rb"\b(r|min|max)\s*=\s*[\"']([0-9]+)")
_PAGE_HEADER = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)[^>]*>([^<]+)<")
_PAGE_CODES = re.compile(r"&(?:\"[^\"]*\"|[0-9]+|K[0-9A-Fa-f]{6}|.)")
"""Codes in the header of a printed page: place, font, size, colour, number of the page."""
_CALCULATE_ON_LOAD = re.compile(rb"<(?:\w+:)?calcPr\s[^>]*?\bfullCalcOnLoad\s*=\s*[\"'](?:1|true)")
_ZERO = re.compile(rb"-?0+(?:\.0*)?")
_STRICT = b"http://purl.oclc.org/ooxml/"
READABLE = "a workbook that can be read"
_REMEDY = "Open the file, save the table as a new workbook, and put that file into landing."
_EXCELS_OWN_PASSWORD = "VelvetSweatshop"
"""Excel encrypts a workbook whose structure is protected with this, and opens it without asking."""

Reader = Callable[[bytes, str], list[Grid]]


def read_workbook(content: bytes, file: str) -> list[Grid]:
    """Return the sheets of a workbook, merged cells filled.

    Raises
    ------
    ExtractionError
        If it is no workbook, damaged, protected by a password, holds macros, is a zip bomb, or is
        larger than any printed table.
    """
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") and NAMESPACE in content[:4096]:
        return read_spreadsheet_xml(content, file)
    if start.startswith(b"<"):
        # sites hand out web tables under the name .xls
        return read_html_grids(content, file)
    if not content:
        raise refusal(
            Code.READ_EMPTY,
            file,
            "file",
            "0 bytes",
            "a workbook",
            "Copy the file into landing/ again.",
        )
    readers: list[Reader] = []
    try:
        if content.startswith(_OLE):
            content = _opened(content, file)
            readers = [_xls, partial(_xls, encoding="gb18030"), _without_formats]
        if content.startswith(b"PK"):
            check_office_zip(
                content, file, kind="workbook", most_unpacked=MOST_UNPACKED, remedy=_REMEDY
            )
            content = _with_usual_names(content)
            readers = [_xlsx, _bare_xlsx, _without_formats]
    except ExtractionError:
        raise
    except Exception as error:
        raise damaged(file, error, READABLE, _REMEDY) from error
    if not readers:
        raise refusal(
            Code.READ_FORM,
            file,
            "byte 0",
            content[:8].hex(" "),
            "an .xls or .xlsx workbook",
            _REMEDY,
        )
    return _first_that_can(readers, content, file)


def _first_that_can(readers: list[Reader], content: bytes, file: str) -> list[Grid]:
    """Return what the first reader gives that does not fail; a limit that is exceeded stands."""
    failed: list[BaseException] = []
    for reader in readers:
        try:
            return reader(content, file)
        except ExtractionError:
            raise
        except BaseException as error:
            # a panic of calamine, which is written in Rust, is no Exception
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            failed.append(error)
    raise damaged(file, failed[0], READABLE, _REMEDY) from failed[0]


def _opened(content: bytes, file: str) -> bytes:
    """Return a workbook of the old container without encryption, if Excel's own password opens it."""
    with olefile.OleFileIO(content) as container:
        if any("VBA" in part.upper() for path in container.listdir() for part in path):
            raise refusal(
                Code.READ_ACTIVE, file, "file", "macros", "a workbook without macros", _REMEDY
            )
    office = msoffcrypto.OfficeFile(io.BytesIO(content))
    if not office.is_encrypted():
        return content
    plain = io.BytesIO()
    try:
        options = {"verify_password": True} if office.format == "ooxml" else {}
        office.load_key(password=_EXCELS_OWN_PASSWORD, **options)
        office.decrypt(plain)
    except (InvalidKeyError, DecryptionError) as error:
        raise refusal(
            Code.READ_DAMAGED, file, "file", "protected by a password", "a workbook that opens without one",
            "Open it with its password, save it without one, and put that file into landing.",
        ) from error  # fmt: skip
    return plain.getvalue()


# -- .xls ------------------------------------------------------------------------------------------


def _xls(content: bytes, file: str, encoding: str | None = None) -> list[Grid]:
    """Read a workbook; `encoding` where it names a code page that nobody knows."""
    book = xlrd.open_workbook(
        file_contents=content,
        formatting_info=True,
        logfile=io.StringIO(),
        encoding_override=encoding,
    )

    def read(number: int) -> tuple[Cells, Areas, Texts]:
        sheet = book.sheet_by_index(number)
        said = tuple(
            Said(note.text, "comment", f"sheet {number + 1} cell {column_letters(column)}{row + 1}")
            for (row, column), note in sheet.cell_note_map.items()
        )
        return _xls_cells(book, sheet, file), list(sheet.merged_cells), said

    return sheets_as_grids(file, book.sheet_names(), read)


def _xls_cells(book: xlrd.book.Book, sheet: xlrd.sheet.Sheet, file: str) -> Cells:
    hidden_columns = {c for c, info in sheet.colinfo_map.items() if info.hidden or info.width < 128}
    for row in range(sheet.nrows):
        info = sheet.rowinfo_map.get(row)
        is_hidden = sheet.visibility > 0 or bool(info and (info.hidden or info.height < 60))
        for column, cell in enumerate(sheet.row(row)):
            style = book.xf_list[cell.xf_index]
            font, ground = book.font_list[style.font_index], style.background
            colour = book.colour_map.get(font.colour_index) or (0, 0, 0)
            filling = (
                book.colour_map.get(ground.pattern_colour_index) if ground.fill_pattern else None
            )
            mark = STRUCK if font.struck_out else ""
            if (
                is_hidden
                or column in hidden_columns
                or is_unseen(colour, filling, font.height / 20)
            ):
                mark += HIDDEN
            if cell.ctype == xlrd.XL_CELL_NUMBER:
                pattern = book.format_map[style.format_key].format_str
                text = _number(cell.value, pattern, file, f"{sheet.name} row {row + 1}")
                yield row, column, text + mark
            elif cell.ctype == xlrd.XL_CELL_TEXT:
                runs = sheet.rich_text_runlist_map.get((row, column), [])
                if any(book.font_list[font].struck_out for _, font in runs):
                    mark = STRUCK
                text = _xls_text(book, str(cell.value), runs)
                yield row, column, _with_mark(text, mark)
            elif cell.ctype == xlrd.XL_CELL_DATE and 61 <= cell.value < 2_958_466:
                pattern = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
                day = xlrd.xldate_as_datetime(cell.value, book.datemode)
                yield row, column, _date(day, pattern)
            elif cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                # a truth value, an error or no date: never an observed value
                yield row, column, f"#{cell.ctype}"


def _with_mark(text: str, mark: str) -> str:
    """Return a typed value with the mark; words that are struck through are no value."""
    begins = text.strip().lstrip("+-")[:1]
    return f"{text}{mark}" if begins.isdigit() else text


def _xls_text(book: xlrd.book.Book, text: str, runs: list[tuple[int, int]]) -> str:
    """Return the text with raised characters marked: a raised 1 behind a value is no digit."""
    marked_text, stops = "", [start for start, _ in runs[1:]] + [len(text)]
    if not runs:
        return text
    marked_text = text[: runs[0][0]]
    for (start, font), stop in zip(runs, stops, strict=True):
        raised = book.font_list[font].escapement == 1
        marked_text += marked(text[start:stop]) if raised else text[start:stop]
    return marked_text


# -- .xlsx -----------------------------------------------------------------------------------------


def _xlsx(content: bytes, file: str) -> list[Grid]:
    # read-only: drawings, links and comments are not opened, cells come one by one
    book = openpyxl.load_workbook(
        io.BytesIO(content), read_only=True, data_only=True, keep_links=False, rich_text=True
    )
    sheets = book.worksheets
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        without_result = _never_calculated(archive, [sheet._worksheet_path for sheet in sheets])

        def read(number: int) -> tuple[Cells, Areas, Texts]:
            sheet = sheets[number]
            name = f"sheet {number + 1}"
            sheet.reset_dimensions()  # what the file says of its extent is often wrong
            part = archive.read(sheet._worksheet_path)
            if _STYLED.search(part):
                # the library flattens such strings: a raised 1 would become a digit
                raise refusal(
                    Code.READ_FORM, file, name, "raised characters or struck ones in cells",
                    "texts among the shared strings, as Excel keeps them", _REMEDY,
                )  # fmt: skip
            if match := _UNCALCULATED.search(part):
                raise refusal(
                    Code.READ_EMPTY, file, f"{name} cell {match[1].decode()}", "a formula without its value",
                    "cells with their values", _REMEDY,
                )  # fmt: skip
            marks = dict.fromkeys(without_result[number], NOT_CALCULATED)
            for match in _TYPED_NUMBER.finditer(part):
                marks.setdefault(match[1].decode(), TYPED)
            said = _texts_around(archive, sheet._worksheet_path, part, name)
            return _xlsx_cells(sheet, file, name, marks, part), _merged(part, file, name), said

        return sheets_as_grids(file, [sheet.title for sheet in sheets], read)


def _never_calculated(archive: zipfile.ZipFile, parts: Sequence[str]) -> list[set[str]]:
    """Return for each sheet the cells with a formula whose 0 is no result.

    Programs that write workbooks and calculate nothing keep a 0, and ask the next program to calculate. Without
    this request, only a 0 in every formula says so.
    """
    kept = [_FORMULA.findall(archive.read(part)) for part in parts]
    zeros = [{cell.decode() for cell, value in found if _ZERO.fullmatch(value)} for found in kept]
    count = sum(map(len, kept))
    is_asked = any(
        _CALCULATE_ON_LOAD.search(archive.read(name))
        for name in archive.namelist()
        if name.endswith("xl/workbook.xml")
    )
    is_calculated = not is_asked and (count < 2 or sum(map(len, zeros)) < count)
    return [set() for _ in parts] if is_calculated else zeros


def _texts_around(archive: zipfile.ZipFile, path: str, part: bytes, name: str) -> Texts:
    """Return the comments and text boxes of a sheet, and the header of its printed pages."""
    said: list[Said] = []
    for printed in _PAGE_HEADER.findall(part):
        text = html.unescape(printed.decode("utf-8", "replace"))
        if text := " ".join(_PAGE_CODES.sub(" ", text).split()):
            said.append(Said(text, "print header", f"{name} header of the printed page"))
    folder, file = posixpath.split(path)
    relations = f"{folder}/_rels/{file}.rels"
    targets = [] if relations not in archive.namelist() else [
        posixpath.normpath(posixpath.join("/", folder, entry.get("Target", ""))).lstrip("/")
        for entry in etree.fromstring(archive.read(relations))
    ]  # fmt: skip
    for target in targets:
        if not target.endswith(".xml") or target not in archive.namelist():
            continue
        root = etree.fromstring(archive.read(target))
        for comment in root.iterfind(".//{*}comment[@ref]"):
            text = "".join(comment.itertext("{*}t"))
            said.append(Said(text, "comment", f"{name} cell {comment.get('ref')}"))
        for box in root.iterfind(".//{*}txBody"):
            said.append(Said("".join(box.itertext("{*}t")), "text box", f"{name} text box"))
    return tuple(text for text in said if text.text.strip())


def _xlsx_cells(sheet: Any, file: str, name: str, marks: Mapping[str, str], part: bytes) -> Cells:
    hidden: dict[bytes, set[int]] = {b"row": set(), b"col": set()}
    for kind, attributes in _HIDDEN_PART.findall(part):
        numbers = [int(number) for _, number in _NUMBERED.findall(attributes)] or [0]
        hidden[kind] |= set(range(numbers[0], min(numbers[-1], MOST_ROWS) + 1))
    styles: dict[int, str] = {}
    for row in sheet.iter_rows():
        for cell in row:
            value = cell.value
            if value is None:
                continue
            at = cell.row - 1, cell.column - 1
            if cell._style_id not in styles:
                styles[cell._style_id] = _mark_of_style(cell)
            mark = styles[cell._style_id]
            is_hidden = sheet.sheet_state != "visible" or cell.row in hidden[b"row"]
            if (is_hidden or cell.column in hidden[b"col"]) and HIDDEN not in mark:
                mark += HIDDEN
            if isinstance(value, int | float) and not isinstance(value, bool):
                text = _number(value, cell.number_format, file, f"{name} row {cell.row}")
                yield *at, text + marks.get(cell.coordinate, "") + mark
            elif isinstance(value, datetime):
                yield *at, _date(value, cell.number_format)
            elif isinstance(value, CellRichText):
                if any(isinstance(piece, TextBlock) and piece.font.strike for piece in value):
                    mark = STRUCK
                yield *at, _with_mark(_unescaped("".join(map(_run, value))), mark)
            else:
                yield *at, _with_mark(_unescaped(str(value)), mark)


def _mark_of_style(cell: Any) -> str:
    """Return the marks of a number by the style of its cell: struck through, or in letters that nobody sees."""
    font, fill = cell.font, cell.fill
    colour = _channels(font.color) if font.color is not None else None
    ground = _channels(fill.fgColor) if fill.patternType == "solid" else None
    mark = HIDDEN if is_unseen(colour, ground, font.sz or 10) else ""
    return (STRUCK if font.strike else "") + mark


def _channels(colour: Any) -> Channels | None:
    """Return a colour of the file's own, of the palette, or white and black of the theme of office programs."""
    if colour.type == "rgb":
        return channels(str(colour.rgb))
    if colour.type == "indexed":
        return channels(COLOR_INDEX[colour.indexed]) if colour.indexed < len(COLOR_INDEX) else None
    return {0: (255, 255, 255), 1: (0, 0, 0)}.get(colour.theme)


def _unescaped(text: str) -> str:
    """Return a text with line ends that the file writes as `_x000D_`."""
    return re.sub("_x000[aAdD9]_", " ", text)


def _run(part: str | TextBlock) -> str:
    if isinstance(part, TextBlock):
        return marked(part.text) if part.font.vertAlign == "superscript" else part.text
    return part


def _merged(part: bytes, file: str, name: str) -> Areas:
    areas = []
    for match in _MERGED.finditer(part):
        left, top, right, bottom = (text.decode("ascii") for text in match.groups())
        area = (int(top) - 1, int(bottom), index(left) - 1, index(right))
        place = f"{name} area {left}{top}:{right}{bottom}"
        check_size(area[1] - area[0], area[3] - area[2], file, place)
        areas.append(area)
    return areas


def _bare_xlsx(content: bytes, file: str) -> list[Grid]:
    """Read a workbook whose styles or properties the library does not take, without them."""
    parts = {
        name: _number_formats(part) if name == "xl/styles.xml" else part
        for name, part in _parts(content).items()
        if not name.startswith("docProps/")
    }
    return _xlsx(_zipped(parts), file)


def _with_usual_names(content: bytes) -> bytes:
    """Return a workbook of the strict form of the standard with the names that every library knows."""
    parts = _parts(content)
    if not any(_STRICT in part[:4096] for part in parts.values()):
        return content
    names = re.compile(re.escape(_STRICT) + rb"(\w+)/(\w+)")
    usual = rb"http://schemas.openxmlformats.org/\1/2006/\2"
    return _zipped({name: names.sub(usual, part) for name, part in parts.items()})


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return stream.getvalue()


def _number_formats(styles: bytes) -> bytes:
    """Return a stylesheet that keeps nothing but the number format of each cell style."""
    root = etree.fromstring(styles)
    for part in root.findall("{*}*"):
        if etree.QName(part).localname not in {"numFmts", "cellXfs"}:
            root.remove(part)
    for style in root.iterfind("{*}cellXfs/{*}xf"):
        number = style.get("numFmtId", "0")
        style.clear()
        style.set("numFmtId", number)
    return bytes(etree.tostring(root))


# -- what neither library opens --------------------------------------------------------------------


def _without_formats(content: bytes, file: str) -> list[Grid]:
    """Read by calamine, which opens most, but does not tell how a number is shown."""
    if content.startswith(b"PK"):
        _refuse_far_cells(content, file)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    def read(number: int) -> tuple[Cells, Areas, Texts]:
        sheet = book.get_sheet_by_index(number)
        areas = [
            (first[0], last[0] + 1, first[1], last[1] + 1)
            for first, last in sheet.merged_cell_ranges or []
        ]
        return _calamine_cells(sheet, file, f"sheet {number + 1}"), areas, ()

    return sheets_as_grids(file, book.sheet_names, read)


def _calamine_cells(sheet: Any, file: str, name: str) -> Iterator[tuple[int, int, str]]:
    top, left = sheet.start or (0, 0)
    for row, values in enumerate(sheet.to_python(skip_empty_area=True), top):
        for column, value in enumerate(values, left):
            if isinstance(value, int | float) and not isinstance(value, bool):
                place = f"{name} row {row + 1}"
                if 0 < abs(value) < 2:  # a rate, a share or an index, if it is
                    raise refusal(
                        Code.READ_NUMBER, file, place, f"{value}, in a workbook whose number formats cannot be read",
                        "no number that may be shown as per cent", _REMEDY,
                    )  # fmt: skip
                yield row, column, _number(value, "General", file, place)
            elif value is not None:
                yield row, column, str(value)


def _refuse_far_cells(content: bytes, file: str) -> None:
    """Refuse a cell far out: calamine makes every cell before it, and ends the process."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            for letters, digits in _CELL.findall(archive.read(name)):
                if len(letters) > 2 or len(digits) > 7 or int(digits) > MOST_ROWS:
                    cell = f"a cell {letters.decode()[:9]}{digits.decode()[:9]}"
                    raise too_large(file, name, cell)


def _date(value: datetime, pattern: str) -> str:
    """Return a year or month that is typed as a date and shown as such; a day is never a period."""
    if "d" in pattern.lower():
        return str(value)
    return f"{value.year}年{value.month}月" if "m" in pattern.lower() else f"{value.year}年"


def _number(value: float, pattern: str, file: str, place: str) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise refusal(Code.READ_NUMBER, file, place, value, "a finite number", _REMEDY)
    return shown(value, pattern)
