"""Web pages of the sources: their encoding, their text, and their tables as grids.

Old yearbook pages are GB2312, today's are UTF-8. Nothing is executed, nothing is loaded.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

from ingestion.errors import refusal
from ingestion.formats.grid import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Grid, too_large

LARGEST_PAGE = 16 * 1024 * 1024
MOST_TABLES = 60
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_CHINESE = {"gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80"}
_REMEDY = "Save the page again from the browser as HTML, whole."
_BLANKS = re.compile(r"[\t\r\n]+")


def read_page(content: bytes, file: str) -> BeautifulSoup:
    """Return the parsed page, decoded by its declared charset, UTF-8 or GBK.

    Raises
    ------
    ExtractionError
        If it is empty, too large, in no such encoding, or has no closing tag of its document.
    """
    if len(content) > LARGEST_PAGE:
        raise refusal(file, "file", f"{len(content)} bytes", f"at most {LARGEST_PAGE}", _REMEDY)
    text = _decoded(content, file)
    if "<" not in text:
        raise refusal(file, "file", text[:60], "a web page", _REMEDY)
    lowered = text.lower()
    if "<html" in lowered and "</html" not in lowered:
        raise refusal(
            file, "end of file", text[-60:], "a page that ends with </html>: it may be cut", _REMEDY
        )
    try:
        return BeautifulSoup(text, "lxml")
    except (RecursionError, AssertionError, ValueError) as error:
        raise refusal(file, "file", error, "a page that can be parsed", _REMEDY) from error


def _decoded(content: bytes, file: str) -> str:
    if not content.strip():
        raise refusal(file, "file", "", "a web page, not an empty file", _REMEDY)
    found = _CHARSET.search(content[:4096])
    declared = found.group(1).decode("ascii").lower() if found else ""
    if declared in _CHINESE:
        order = ["gb18030"]
    elif declared in {"utf-8", "utf8"}:
        order = ["utf-8-sig"]
    elif not declared:
        order = ["utf-8-sig", "gb18030"]
    else:
        raise refusal(file, "charset", declared, "UTF-8 or a Chinese GB encoding", _REMEDY)
    for encoding in order:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            last = error
    raise refusal(
        file, f"byte {last.start}", content[last.start : last.start + 4].hex(" "),
        f"text in {declared or 'UTF-8 or GBK'}, as the page declares", _REMEDY,
    )  # fmt: skip


def read_html_grids(content: bytes, file: str) -> list[Grid]:
    """Return every table of a page, with the text lines before it as its first rows.

    A table's title, unit and notes often stand outside it; they become rows of one cell.
    """
    page = read_page(content, file)
    return page_grids(page, file)


def page_grids(page: BeautifulSoup, file: str) -> list[Grid]:
    """Return the innermost tables of a parsed page as grids; see `read_html_grids`."""
    tables = [table for table in page.find_all("table") if not table.find("table")]
    if len(tables) > MOST_TABLES:
        raise too_large(file, "page", f"{len(tables)} tables")
    grids = []
    for number, table in enumerate(tables, 1):
        name = f"table {number}"
        above = [[line] for line in _lines_before(table)]
        cells, headings = _cells(table, file, name)
        grids.append(Grid(name, above + cells, above + headings))
    return grids


def _lines_before(table: Tag) -> list[str]:
    """Return up to six lines of text between the previous table and this one."""
    lines: list[str] = []
    for node in table.find_all_previous(string=True, limit=60):
        parent = node.parent
        if parent is None or parent.name in {"script", "style", "title", "head"}:
            continue
        if parent.find_parent("table") is not None or parent.name == "table":
            break
        text = cell_text(node)
        if text:
            lines.append(text)
        if len(lines) == 6:
            break
    return lines[::-1]


def _cells(table: Tag, file: str, name: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the cells of a table, and the same with spans filled."""
    cells: list[list[str]] = []
    headings: list[list[str]] = []
    reaching: dict[int, tuple[int, str]] = {}
    total = 0
    for record in table.find_all("tr"):
        row: list[str] = []
        heading: list[str] = []
        for cell in record.find_all(["td", "th"]):
            _carry(row, heading, reaching)
            text = cell_text(cell.get_text())
            wide, deep = _span(cell, "colspan"), _span(cell, "rowspan")
            for i in range(wide):
                if deep > 1:
                    reaching[len(row)] = (deep - 1, text)
                row.append("" if i else text)
                heading.append(text)
            if len(row) > MOST_COLUMNS:
                raise too_large(file, name, f"more than {MOST_COLUMNS} columns")
        _carry(row, heading, reaching)
        total += len(row)
        cells.append(row)
        headings.append(heading)
        if len(cells) > MOST_ROWS or total > MOST_CELLS:
            raise too_large(file, name, f"more than {len(cells) - 1} rows")
    return cells, headings


def _carry(row: list[str], heading: list[str], reaching: dict[int, tuple[int, str]]) -> None:
    """Fill the places that cells of rows above reach down into."""
    while len(row) in reaching:
        left, text = reaching[len(row)]
        if left == 1:
            del reaching[len(row)]
        else:
            reaching[len(row)] = (left - 1, text)
        row.append("")
        heading.append(text)


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name) or "1").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return max(1, min(number, MOST_COLUMNS + 1 if name == "colspan" else MOST_ROWS))


def cell_text(text: str) -> str:
    """Return the text of a cell on one line; padding blanks inside it stay."""
    return _BLANKS.sub(" ", str(text)).strip()
