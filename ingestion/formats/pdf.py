"""The tables of a PDF as grids, by pdfplumber.

Each table gets the lines of text above it as its first rows, where title and unit stand.
"""

from __future__ import annotations

import io
import time
from typing import Any

import pdfplumber

from ingestion.errors import ExtractionError, refusal
from ingestion.formats.grid import Grid, check_size
from ingestion.formats.html import cell_text

MOST_PAGES = 400
MOST_SECONDS = 240.0
LINES_ABOVE = 4
_REMEDY = "Download the bulletin again, or land its table in the CSV form."


def read_pdf_grids(content: bytes, file: str) -> list[Grid]:
    """Return every table of a PDF, with the lines of text above it as its first rows."""
    if not content.lstrip()[:5].startswith(b"%PDF-"):
        raise refusal(file, "byte 0", content[:8].hex(" "), "a PDF document", _REMEDY)
    if b"%%EOF" not in content[-2048:]:
        raise refusal(file, "end of file", "no end mark", "a whole PDF: it may be cut", _REMEDY)
    until = time.monotonic() + MOST_SECONDS
    grids: list[Grid] = []
    try:
        with pdfplumber.open(io.BytesIO(content)) as document:
            if len(document.pages) > MOST_PAGES:
                pages = f"{len(document.pages)} pages"
                raise refusal(file, "file", pages, f"at most {MOST_PAGES}", _REMEDY)
            for page in document.pages:
                if time.monotonic() > until:
                    raise refusal(
                        file, f"page {page.page_number}", "not finished",
                        f"a document read within {MOST_SECONDS:.0f} s", _REMEDY,
                    )  # fmt: skip
                grids += _page_grids(page, file)
                page.close()
    except ExtractionError:
        raise
    except Exception as error:  # the library fails in many ways on damaged files
        cause = f"{type(error).__name__}: {' '.join(str(error).split())[:100]}"
        raise refusal(file, "file", cause, "a PDF that can be read", _REMEDY) from error
    return grids


def _page_grids(page: Any, file: str) -> list[Grid]:
    grids = []
    bottom = 0.0
    for number, table in enumerate(page.find_tables(), 1):
        name = f"page {page.page_number} table {number}"
        rows = [[cell_text(cell or "") for cell in row] for row in table.extract()]
        check_size(len(rows), max(map(len, rows), default=0), file, name)
        top = table.bbox[1]
        above: list[list[str]] = []
        if top - bottom > 1:
            strip = page.crop((page.bbox[0], max(bottom, page.bbox[1]), page.bbox[2], top))
            text = strip.extract_text() or ""
            above = [[cell_text(line)] for line in text.splitlines()[-LINES_ABOVE:] if line.strip()]
        bottom = table.bbox[3]
        grids.append(Grid(name, above + rows, above + rows))
    return grids
