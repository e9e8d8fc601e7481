"""Word: tables of three lines, each at most one page with its caption and its notes; the appendix is another file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
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

from living_panel.estimation.tables.render.parts import (
    Page,
    line_of,
    parts,
    said_once,
    text_lines,
    widths,
)
from living_panel.estimation.tables.render.plain import columns_of_words, printable
from living_panel.estimation.tables.render.sheets import EPOCH, undated
from living_panel.estimation.tables.result import Block, TableResult

HEADING, CAPTION = "Heading1", "Heading2"
THICK, THIN = 12, 6  # eighths of a point
WIDE = 6  # columns above which the page is turned, as for a line that is too long for it upright
UPRIGHT, TURNED = Page(118, 54), Page(160, 34)
"""Room for a grid with its notes on a page of Letter, whose cells and notes have `SMALL` type."""
SMALL = 8.5
TEXT = 11


def to_docx(table: TableResult) -> bytes:
    """Word document of the page of a table; its appendix is a document of its own."""
    return _document(table, table.title, table.page, table.notes)


def to_docx_appendix(table: TableResult) -> bytes:
    """Word document of the parts that are read only on request."""
    title = f"{table.title}: appendix"
    return _document(table, title, table.appendix, table.fine_print)


def _document(
    table: TableResult, title: str, blocks: Sequence[Block], notes: Sequence[str]
) -> bytes:
    """Word document with the banner above its tables, which have at most one page each."""
    document = Document()
    cells = document.styles["Normal"]
    cells.font.size, cells.paragraph_format.space_after = Pt(TEXT), Pt(0)
    document.core_properties.created = document.core_properties.modified = EPOCH
    is_wide = any(
        len(block.columns) > WIDE or line_of(widths(block)) > UPRIGHT.characters for block in blocks
    )
    for page in document.sections:
        page.left_margin = page.right_margin = Cm(1.8)
        page.top_margin = page.bottom_margin = Cm(1.8)
        if is_wide:
            page.orientation = WD_ORIENT.LANDSCAPE
            page.page_width, page.page_height = page.page_height, page.page_width
    room = TURNED if is_wide else UPRIGHT
    _add(document, title, HEADING)
    for line in table.banner:
        _add(document, line, "IntenseQuote").runs[0].font.size = Pt(SMALL)
    for block in blocks:
        for part in _parts(block, room):
            _grid(document, part, is_named=part.title != table.title)
    _notes(document, notes)
    buffer = io.BytesIO()
    document.save(buffer)
    return undated(buffer.getvalue())


def _parts(block: Block, room: Page) -> list[Block]:
    """Parts of a grid, each with its caption and notes no longer than a page."""
    whole = said_once(block)
    used = 2 + text_lines(whole.notes, room.characters)
    return parts(whole, Page(room.characters, max(room.lines - used, room.lines // 2)))


def _grid(document: WordDocument, block: Block, *, is_named: bool) -> None:
    """A table of three lines, as wide as its page: above and below its head, and at its end."""
    if is_named:
        _add(document, block.title, CAPTION).paragraph_format.keep_with_next = True
    grid = document.add_table(rows=1, cols=len(block.columns))
    grid.autofit = True
    head, words = grid.rows[0], columns_of_words(block)
    for number, cell in enumerate(head.cells):
        paragraph = cell.paragraphs[0]
        paragraph.add_run().font.size = Pt(SMALL)
        paragraph.paragraph_format.keep_with_next = True
        if number and number not in words:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
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
        paragraph = _add(document, note)
        paragraph.paragraph_format.space_after = Pt(2)
        for run in paragraph.runs:
            run.font.size = Pt(SMALL)


def _add(document: WordDocument, text: str, style: str | None = None) -> Paragraph:
    """Add a paragraph; a style has its id here, as its name is searched among 160 every time."""
    paragraph = document.add_paragraph(printable(text))
    paragraph._p.style = style
    return paragraph
