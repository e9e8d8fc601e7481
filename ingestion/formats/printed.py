"""A file with printed tables as grids, and its values by the layouts. Its bytes say which kind it is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from contextlib import suppress

from living_panel.ingestion.errors import FailureCase
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.formats.csv import read_csv_grids
from living_panel.ingestion.formats.docx import is_document, read_docx_grids
from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.formats.layouts import layouts
from living_panel.ingestion.formats.pdf import read_pdf_grids, scanned
from living_panel.ingestion.formats.tables import read_tables
from living_panel.ingestion.formats.turned import side_by_side, turned
from living_panel.ingestion.formats.workbook import read_workbook
from living_panel.ingestion.formats.zip import is_archive_of_workbooks, read_archive_grids

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
"""The first bytes of image files: PNG, JPEG, GIF, BMP, TIFF."""


def read_printed(
    content: bytes, source_name: str, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read every table of a file whose title a layout of the edition knows.

    Raises
    ------
    ExtractionError
        If the file cannot be read, no table has a known title, or no layout covers the edition.
    """
    tables = layouts(source_name, edition, file)
    titles = frozenset(title for table in tables for title in table.titles)
    return read_tables(read_grids(content, file, titles), source_name, file, edition)


def read_grids(content: bytes, file: str, titles: Collection[str] = ()) -> list[Grid]:
    """Return the tables of a file, regions in rows; of an archive, those of the workbooks named by a title.

    Raises
    ------
    ExtractionError
        If the file cannot be read, or is an image of a page.
    """
    return [
        part
        for grid in grids_as_printed(content, file, titles)
        for part in side_by_side(turned(grid))
    ]


def grids_as_printed(content: bytes, file: str, titles: Collection[str]) -> list[Grid]:
    """Return the tables of a file in their order."""
    content = _without_utf16(content)
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(_PICTURES) or start[4:8] == b"ftyp" or start[8:12] == b"WEBP":
        raise scanned(file, "file")
    if start.startswith(b"PK") and is_document(content):
        return read_docx_grids(content, file)
    if start.startswith(b"PK") and is_archive_of_workbooks(content):
        return read_archive_grids(content, file, titles)
    if start.startswith(b"%PDF"):
        return read_pdf_grids(content, file)
    if start.startswith((b"<", b"PK", b"\xd0\xcf\x11\xe0")) or not start:
        return read_workbook(content, file)
    return read_csv_grids(content, file)


def _without_utf16(content: bytes) -> bytes:
    """Return text in UTF-16, which Excel saves as Unicode text and sites name .xls, in UTF-8."""
    if not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content
    with suppress(UnicodeDecodeError):
        text = content.decode("utf-16")
        return re.sub(
            "(?i)((?:charset|encoding)=[\"']?)utf-16(?:le|be)?", r"\1utf-8", text
        ).encode()
    return content
