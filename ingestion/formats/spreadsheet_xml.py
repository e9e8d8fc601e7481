"""XML Spreadsheet 2003 as grids: one XML file, which sites and old programs hand out under the name .xls."""

from __future__ import annotations

from typing import Any

from lxml import etree

from living_panel.codes import Code
from living_panel.ingestion.errors import damaged, refusal
from living_panel.ingestion.evidence import HIDDEN, STRUCK, Said
from living_panel.ingestion.formats.grid import (
    Areas,
    Cells,
    Grid,
    Texts,
    channels,
    column_letters,
    is_unseen,
    sheets_as_grids,
)
from living_panel.ingestion.formats.number_format import shown

NAMESPACE = b"urn:schemas-microsoft-com:office:spreadsheet"
_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_FORMATS = {
    "General Number": "General", "Fixed": "0.00", "Standard": "#,##0.00", "Percent": "0.00%",
    "Scientific": "0.00E+00",
}  # fmt: skip
"""Number formats that these files name instead of writing them."""
_REMEDY = "Open the file, save the table as a new workbook, and put that file into landing."


def read_spreadsheet_xml(content: bytes, file: str) -> list[Grid]:
    """Return the sheets of a file, merged cells filled.

    Raises
    ------
    ExtractionError
        If it is damaged, declares entities, or is larger than any printed table.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise refusal(
            Code.READ_ACTIVE,
            file,
            "file",
            "a document type with entities",
            "plain XML",
            _REMEDY,
        )
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise damaged(file, error, "a file that can be read to its end", _REMEDY) from None
    styles = {str(style.get(f"{_SS}ID")): style for style in root.iterfind(f".//{_SS}Style")}
    sheets = root.findall(f"{_SS}Worksheet")
    names = [str(sheet.get(f"{_SS}Name")) for sheet in sheets]
    return sheets_as_grids(file, names, lambda number: _read(sheets[number], styles, number))


def _read(sheet: Any, styles: dict[str, Any], number: int) -> tuple[Cells, Areas, Texts]:
    name, said = f"sheet {number + 1}", list[Said]()
    for printed in sheet.iter("{*}Header", "{*}Footer"):
        if text := next((value for key, value in printed.items() if key.endswith("Data")), ""):
            said.append(Said(text, "print header", f"{name} header of the printed page"))
    is_hidden = (visible := sheet.find(".//{*}Visible")) is not None and "Hidden" in visible.text
    hidden = {c for c, column in _placed(sheet, "Table/Column") if _is_hidden(column)}
    cells, areas = list[tuple[int, int, str]](), Areas()
    for r, row in _placed(sheet, "Table/Row"):
        for c, cell in _placed(row, "Cell"):
            wide, deep = (int(cell.get(f"{_SS}Merge{way}") or 0) for way in ("Across", "Down"))
            areas += [(r, r + deep + 1, c, c + wide + 1)] if wide or deep else []
            if (comment := cell.find(f"{_SS}Comment")) is not None:
                place = f"{name} cell {column_letters(c)}{r + 1}"
                said.append(Said("".join(comment.itertext()), "comment", place))
            if (data := cell.find(f"{_SS}Data")) is not None:
                unseen = HIDDEN * (is_hidden or c in hidden or _is_hidden(row))
                style = styles.get(cell.get(f"{_SS}StyleID"))
                cells.append((r, c, _text(data, style, unseen)))
    return cells, areas, tuple(said)


def _placed(parent: Any, path: str) -> list[tuple[int, Any]]:
    """Return rows, columns or cells with their number from zero: each follows the one before, unless it says where."""
    placed, at = [], 0
    for element in parent.iterfind("/".join(f"{_SS}{step}" for step in path.split("/"))):
        at = int(element.get(f"{_SS}Index") or at + 1)
        placed.append((at - 1, element))
        for step in range(1, min(int(element.get(f"{_SS}Span") or 0), 4_000) + 1):
            placed.append((at - 1 + step, element))
        at += int(element.get(f"{_SS}Span") or 0) + int(element.get(f"{_SS}MergeAcross") or 0)
    return placed


def _is_hidden(element: Any) -> bool:
    return element.get(f"{_SS}Hidden") == "1" or "0" in {
        element.get(f"{_SS}Height"), element.get(f"{_SS}Width")
    }  # fmt: skip


def _text(data: Any, style: Any, mark: str) -> str:
    """Return what a cell shows: a number by its format, with the marks of its style."""
    pattern, text = "General", "".join(data.itertext())
    if style is not None:
        font, ground = style.find(f"{_SS}Font"), style.find(f"{_SS}Interior")
        if (number := style.find(f"{_SS}NumberFormat")) is not None:
            pattern = number.get(f"{_SS}Format") or pattern
        if font is not None:
            filling = None if ground is None else ground.get(f"{_SS}Color")
            size = float(font.get(f"{_SS}Size") or 10)
            colour = font.get(f"{_SS}Color") or ""
            if not mark and is_unseen(channels(colour), channels(filling or ""), size):
                mark = HIDDEN
            mark += STRUCK if font.get(f"{_SS}StrikeThrough") == "1" else ""
    kind = data.get(f"{_SS}Type")
    if kind == "Number":
        return shown(float(text), _FORMATS.get(pattern, pattern)) + mark
    return text if kind == "String" and not text[:1].isdigit() else text + mark
