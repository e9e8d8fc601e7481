"""Word: real tables whose header rows repeat on every page, the appendix after a page break."""

from __future__ import annotations

import io
from collections.abc import Iterable

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.shared import Cm, Pt

from estimation.tables.render.plain import printable
from estimation.tables.render.sheets import EPOCH, undated
from estimation.tables.result import Block, TableResult

WIDE = 6  # columns; a wider table turns the page on its side


def to_docx(table: TableResult) -> bytes:
    """Word document with the banner above its tables."""
    document = Document()
    document.core_properties.created = document.core_properties.modified = EPOCH
    for page in document.sections:
        page.left_margin = page.right_margin = Cm(1.8)
        if any(len(block.columns) > WIDE for block in table.blocks):
            page.orientation = WD_ORIENT.LANDSCAPE
            page.page_width, page.page_height = page.page_height, page.page_width
    document.add_heading(printable(table.title), level=1)
    for line in table.banner:
        document.add_paragraph(style="Intense Quote").add_run(printable(line))
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
    document.add_heading(printable(block.title), level=2)
    grid = document.add_table(rows=1, cols=len(block.columns), style="Light List")
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for number, row in enumerate((block.columns, *block.rows)):
        cells = grid.add_row().cells if number else grid.rows[0].cells
        for cell, text in zip(cells, row, strict=True):
            cell.paragraphs[0].add_run(printable(text)).font.size = Pt(8)
    _notes(document, block.notes)


def _notes(document: WordDocument, notes: Iterable[str]) -> None:
    for note in notes:
        document.add_paragraph(printable(note)).runs[0].font.size = Pt(8)
