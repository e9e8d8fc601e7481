"""The tables of a PDF as grids, by pdfplumber.

Each table gets the lines of text above it as its first rows, where title and unit stand.
"""

from __future__ import annotations

import io
import time
from typing import Any

import pdfplumber

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, damaged, refusal
from living_panel.ingestion.formats.grid import Grid, check_size, marked
from living_panel.ingestion.formats.html import cell_text

MOST_PAGES = 400
MOST_SECONDS = 240.0
LINES_ABOVE = 6
GAP = 3.0
"""Points between two columns of a table without vertical rules, at least."""
_REMEDY = "Download the bulletin again, or type its table into a CSV file (data/README.md)."


def read_pdf_grids(content: bytes, file: str) -> list[Grid]:
    """Return every table of a PDF, with the lines of text above it as its first rows."""
    if not content.lstrip()[:5].startswith(b"%PDF-"):
        raise refusal(
            Code.READ_FORM, file, "byte 0", content[:8].hex(" "), "a PDF document", _REMEDY
        )
    if b"%%EOF" not in content[-2048:]:
        raise refusal(
            Code.READ_DAMAGED,
            file,
            "end of file",
            "no end mark",
            "a whole PDF; this file may be cut off",
            _REMEDY,
        )
    until = time.monotonic() + MOST_SECONDS
    grids: list[Grid] = []
    pictures: list[int] = []
    try:
        with pdfplumber.open(io.BytesIO(content)) as document:
            if len(document.pages) > MOST_PAGES:
                pages = f"{len(document.pages)} pages"
                raise refusal(
                    Code.READ_LIMIT, file, "file", pages, f"at most {MOST_PAGES}", _REMEDY
                )
            for page in document.pages:
                if time.monotonic() > until:
                    raise refusal(
                        Code.READ_LIMIT, file, f"page {page.page_number}", "not finished",
                        f"a document read within {MOST_SECONDS:.0f} s", _REMEDY,
                    )  # fmt: skip
                if page.images and not page.chars:
                    pictures.append(page.page_number)
                grids += _page_grids(page, file, len(grids))
                page.close()
    except ExtractionError:
        raise
    except Exception as error:
        raise damaged(file, error, "a PDF that can be read", _REMEDY) from error
    if pictures and not any(text.strip() for grid in grids for row in grid.cells for text in row):
        raise scanned(file, f"page {pictures[0]}")
    return grids


def scanned(file: str, place: str) -> ExtractionError:
    """Return the refusal of a scanned page, which has no text to read."""
    return refusal(
        Code.READ_EMPTY, file, place, "an image of a page", "readable text: the program guesses no digit from a scan",
        "Type the table into a CSV file (data/README.md), with the page in `compiled_from`; or put "
        "the authority's own workbook into landing/.",
    )  # fmt: skip


def _page_grids(page: Any, file: str, first: int) -> list[Grid]:
    """Return the tables of a page; the first may follow one of the page before (`first` > 0)."""
    _mark_raised(page)
    ruled = [(table.bbox, table.extract()) for table in page.find_tables()]
    grids: list[Grid] = []
    bottom = 0.0
    for number, (box, cells) in enumerate(ruled or _open_tables(page), 1):
        name = f"page {page.page_number} table {number}"
        rows = [[cell_text(cell or "") for cell in row] for row in cells]
        check_size(len(rows), max(map(len, rows)), file, name)
        above: list[list[str]] = []
        if box[1] - bottom > 1:
            strip = page.crop((page.bbox[0], max(bottom, page.bbox[1]), page.bbox[2], box[1]))
            text = strip.extract_text() or ""
            above = [[cell_text(line)] for line in text.splitlines()[-LINES_ABOVE:] if line.strip()]
        bottom = box[3]
        follows = (number == 1 and first > 0) or (number > 1 and not above)
        grids.append(Grid(name, above + rows, above + rows, follows))
    return grids


def _mark_raised(page: Any) -> None:
    """Mark small characters raised behind larger ones: a raised 1 behind a value is no digit."""
    base: dict[str, Any] | None = None
    end = 0.0
    for char in page.chars:
        if base and _is_raised(char, base) and -1 < char["x0"] - end < base["size"]:
            char["text"] = marked(char["text"])
        else:
            base = char
        end = char["x1"]


def _is_raised(char: dict[str, Any], base: dict[str, Any]) -> bool:
    size: float = base["size"]
    lifted: float = base["bottom"] - char["bottom"]
    return char["size"] < 0.85 * size and 0.15 * size < lifted < size


# -- tables without vertical rules -----------------------------------------------------------------


def _open_tables(page: Any) -> list[tuple[tuple[float, float, float, float], list[list[str]]]]:
    """Return three-line tables: rules above, below the header and at the end, none between columns.

    Columns are the stretches of the page that the words below the header leave unbroken; a word of
    the header belongs to every column that it stands over.
    """
    rules = _rules(page)
    if len(rules) < 3:
        return []
    tables = []
    for top, middle, end in _threes(rules):
        words = page.crop((page.bbox[0], top, page.bbox[2], end)).extract_words(x_tolerance=2)
        body = [word for word in words if word["top"] >= middle - 1]
        columns = _stretches(body)
        if len(columns) < 2:
            continue
        head = [word for word in words if word["top"] < middle - 1]
        rows = [_cells(line, columns) for line in [*_text_lines(head), *_text_lines(body)]]
        tables.append(((page.bbox[0], top, page.bbox[2], end), rows))
    return tables


def _rules(page: Any) -> list[float]:
    """Return the heights of the long horizontal rules of a page, from the top down."""
    long = 0.4 * float(page.width)
    lines = [*page.lines, *(rect for rect in page.rects if rect["height"] < 3)]
    heights = sorted(line["top"] for line in lines if line["width"] > long and line["height"] < 3)
    return [h for i, h in enumerate(heights) if i == 0 or h - heights[i - 1] > 2]


def _threes(rules: list[float]) -> list[tuple[float, float, float]]:
    """Return tables as their three rules; a header of two rows may have a rule inside it."""
    if len(rules) % 3 == 0:
        return [(rules[i], rules[i + 1], rules[i + 2]) for i in range(0, len(rules), 3)]
    return [(rules[0], rules[-2], rules[-1])]


def _stretches(words: list[dict[str, Any]]) -> list[tuple[float, float]]:
    stretches: list[tuple[float, float]] = []
    for left, right in sorted((word["x0"], word["x1"]) for word in words):
        if stretches and left <= stretches[-1][1] + GAP:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], right))
        else:
            stretches.append((left, right))
    return stretches


def _text_lines(words: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda word: (word["top"], word["x0"])):
        if lines and abs(word["top"] - lines[-1][0]["top"]) < 3:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _cells(line: list[dict[str, Any]], columns: list[tuple[float, float]]) -> list[str]:
    """Return the words of a line by columns; a word of the header may stand over several."""
    cells = [""] * len(columns)
    for word in sorted(line, key=lambda word: word["x0"]):
        for i, (x0, x1) in enumerate(columns):
            if word["x0"] < x1 and word["x1"] > x0:
                cells[i] = f"{cells[i]} {word['text']}".strip()
    return cells
