"""Word: tables of three lines whose heads repeat on every page, the appendix after a page break."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from copy import deepcopy

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph

from living_panel.estimation.tables.render.plain import columns_of_words, printable
from living_panel.estimation.tables.render.sheets import EPOCH, undated
from living_panel.estimation.tables.result import Block, TableResult

HEADING = "Heading1"
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
    _add(document, table.title, HEADING)
    for line in table.banner:
        _add(document, line, "IntenseQuote").runs[0].font.size = Pt(10)
    for block in table.page:
        _grid(document, block)
    _notes(document, table.notes)
    if table.appendix or table.fine_print:
        document.add_page_break()
        _add(document, "Appendix", HEADING)
        _notes(document, table.fine_print)
        for block in table.appendix:
            _grid(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return undated(buffer.getvalue())


def _grid(document: WordDocument, block: Block) -> None:
    """A table of three lines: above and below its head, and at its end."""
    _add(document, block.title, "Heading2")
    grid = document.add_table(rows=1, cols=len(block.columns))
    head, words = grid.rows[0], columns_of_words(block)
    for number, cell in enumerate(head.cells):
        cell.paragraphs[0].add_run()
        if number and number not in words:
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    rows = [head, *_copy_rows(grid, head, block)]
    for row, texts in zip(rows, (block.columns, *block.rows), strict=True):
        for run, text in zip(row._tr.iter(qn("w:r")), texts, strict=True):
            run.text = printable(text)
    head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _rule(head, {"top": THICK, "bottom": THIN})
    _rule(rows[-1], {"bottom": THICK})
    _notes(document, block.notes)


def _copy_rows(grid: Table, head: _Row, block: Block) -> list[_Row]:
    """Add the rows of a block as copies of its head, which takes a tenth of the time of new cells."""
    spaced = _Row(deepcopy(head._tr), grid)
    for cell in spaced.cells:
        cell.paragraphs[0].paragraph_format.space_before = Pt(4)
    after_rule = block.rules - {0}
    numbers = range(len(block.rows))
    copies = [deepcopy((spaced if n in after_rule else head)._tr) for n in numbers]
    grid._tbl.extend(copies)
    return [_Row(copy, grid) for copy in copies]


def _rule(row: _Row, sides: Mapping[str, int]) -> None:
    """Draw lines along a row; widths are in eighths of a point."""
    for cell in row.cells:
        borders = OxmlElement("w:tcBorders")
        for side, width in sides.items():
            line = OxmlElement(f"w:{side}")
            for key, value in {"val": "single", "sz": width, "space": 0, "color": "auto"}.items():
                line.set(qn(f"w:{key}"), str(value))
            borders.append(line)
        cell._tc.get_or_add_tcPr().append(borders)


def _notes(document: WordDocument, notes: Iterable[str]) -> None:
    for note in notes:
        _add(document, note).paragraph_format.space_after = Pt(6)


def _add(document: WordDocument, text: str, style: str | None = None) -> Paragraph:
    """Add a paragraph; a style has its id here, as its name is searched among 160 every time."""
    paragraph = document.add_paragraph(printable(text))
    paragraph._p.style = style
    return paragraph
