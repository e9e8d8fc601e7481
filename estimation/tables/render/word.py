"""Word: tables of three lines whose heads repeat on every page, the appendix after a page break."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import _Cell

from estimation.tables.render.plain import columns_of_words, printable
from estimation.tables.render.sheets import EPOCH, undated
from estimation.tables.result import Block, TableResult

THICK, THIN = 12, 6  # eighths of a point
WIDE = 6  # columns; a wider table turns the page on its side


def to_docx(table: TableResult) -> bytes:
    """Word document with the banner above its tables."""
    document = Document()
    cells = document.styles["Normal"]
    cells.font.size, cells.paragraph_format.space_after = Pt(8), Pt(0)
    document.core_properties.created = document.core_properties.modified = EPOCH
    for page in document.sections:
        page.left_margin = page.right_margin = Cm(1.8)
        if any(len(block.columns) > WIDE for block in table.blocks):
            page.orientation = WD_ORIENT.LANDSCAPE
            page.page_width, page.page_height = page.page_height, page.page_width
    document.add_heading(printable(table.title), level=1)
    for line in table.banner:
        document.add_paragraph(style="Intense Quote").add_run(printable(line)).font.size = Pt(10)
    for block in table.page:
        _grid(document, block)
    _notes(document, table.notes)
    if table.appendix or table.fine_print:
        document.add_page_break()
        document.add_heading("Appendix", level=1)
        _notes(document, table.fine_print)
        for block in table.appendix:
            _grid(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return undated(buffer.getvalue())


def _grid(document: WordDocument, block: Block) -> None:
    """A table of three lines: above and below its head, and at its end."""
    document.add_heading(printable(block.title), level=2)
    grid = document.add_table(rows=len(block.rows) + 1, cols=len(block.columns))
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    words = columns_of_words(block)
    every = [row.cells for row in grid.rows]
    for cells, row in zip(every, (block.columns, *block.rows), strict=True):
        for number, (cell, text) in enumerate(zip(cells, row, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(printable(text))
            if number and number not in words:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _rule(every[0], {"top": THICK, "bottom": THIN})
    _rule(every[-1], {"bottom": THICK})
    for number in block.rules - {0}:
        for cell in every[number + 1]:
            cell.paragraphs[0].paragraph_format.space_before = Pt(4)
    _notes(document, block.notes)


def _rule(cells: Iterable[_Cell], sides: Mapping[str, int]) -> None:
    """Draw lines along the cells of a row; widths are in eighths of a point."""
    for cell in cells:
        borders = OxmlElement("w:tcBorders")
        for side, width in sides.items():
            line = OxmlElement(f"w:{side}")
            for key, value in {"val": "single", "sz": width, "space": 0, "color": "auto"}.items():
                line.set(qn(f"w:{key}"), str(value))
            borders.append(line)
        cell._tc.get_or_add_tcPr().append(borders)


def _notes(document: WordDocument, notes: Iterable[str]) -> None:
    for note in notes:
        document.add_paragraph(printable(note)).paragraph_format.space_after = Pt(6)
