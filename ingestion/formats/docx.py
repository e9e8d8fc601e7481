"""Documents of Word as grids: each table with the lines of text above it as its first rows."""

from __future__ import annotations

import io

from docx import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, damaged, refusal
from living_panel.ingestion.evidence import STRUCK
from living_panel.ingestion.formats.grid import Grid, check_size, marked
from living_panel.ingestion.formats.html import cell_text
from living_panel.ingestion.formats.office_zip import check_office_zip, member_names
from living_panel.problems import Refused

MOST_TABLES = 200
MOST_UNPACKED = 64 * 1024 * 1024
LINES_ABOVE = 8
_MAIN = "word/document.xml"
_REMEDY = "Copy the table into a workbook, and put that file into landing."


def is_document(content: bytes) -> bool:
    """Whether a zip is a document of Word."""
    return _MAIN in member_names(content)


def read_docx_grids(content: bytes, file: str) -> list[Grid]:
    """Return every table of a document, with the lines of text before it as its first rows.

    Raises
    ------
    ExtractionError
        If it is damaged, a zip bomb, declares entities, or has more or larger tables than are printed.
    """
    try:
        check_office_zip(
            content, file, kind="document", most_unpacked=MOST_UNPACKED, remedy=_REMEDY
        )
        body = Document(io.BytesIO(content)).element.body
        grids: list[Grid] = []
        lines: list[str] = []
        for child in body.iterchildren():
            if child.tag == qn("w:p"):
                text = cell_text(_text(Paragraph(child, None)))  # type: ignore[arg-type]
                lines += [text] if text else []
            elif child.tag == qn("w:tbl"):
                if len(grids) == MOST_TABLES:
                    raise refusal(
                        Code.READ_LIMIT,
                        file,
                        "file",
                        f"more than {MOST_TABLES} tables",
                        "fewer",
                        _REMEDY,
                    )
                grids.append(_grid(Table(child, None), lines[-LINES_ABOVE:], len(grids) + 1, file))  # type: ignore[arg-type]
                lines = []
    except ExtractionError:
        raise
    except Exception as error:
        raise damaged(file, error, "a document that can be read", _REMEDY) from error
    return grids


def _grid(table: Table, above: list[str], number: int, file: str) -> Grid:
    """Return a table as a grid; a cell that spans others stands once, and heads all of them."""
    name = f"table {number}"
    rows: list[list[str]] = []
    headings: list[list[str]] = []
    seen: set[object] = set()
    for row in table.rows:
        texts: list[str] = []
        heads: list[str] = [""] * row.grid_cols_before
        texts += heads
        for cell in row.cells:
            text = cell_text(" ".join(_text(part) for part in cell.paragraphs))
            texts.append("" if cell._tc in seen else text)
            heads.append(text)
            seen.add(cell._tc)
        check_size(len(rows) + 1, len(texts), file, name)
        rows.append(texts)
        headings.append(heads)
    lines = [[line] for line in above]
    return Grid(name, lines + rows, lines + headings, follows=not lines and number > 1)


def _text(paragraph: Paragraph) -> str:
    """Return a line with raised characters marked, and without what is struck out, unless it is the whole number."""
    parts, struck, plain = [], "", ""
    for run in paragraph.runs:
        plain += run.text
        if run.font.strike or run.font.double_strike or run.font.hidden:
            struck += run.text if not run.font.hidden else ""
            continue
        parts.append(marked(run.text) if run.font.superscript else run.text)
    every = "".join(node.text or "" for node in paragraph._p.iter(qn("w:t"), qn("w:delText")))
    if "".join(every.split()) != "".join(plain.split()):
        raise Refused(
            Code.READ_ACTIVE(
                "the document has tracked changes, fields or links in {start!r}",
                "accept all changes and save the document without fields",
                start=every[:40],
            )
        )
    text = "".join(parts)
    return struck + STRUCK if not text.strip() and any(map(str.isdigit, struck)) else text
