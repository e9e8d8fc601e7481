"""A file with printed tables, in whichever format, as grids, and its figures by the layouts.

Which format a receipt names decides the reader; `table` looks at the bytes.
"""

from __future__ import annotations

from collections.abc import Collection

from ingestion.errors import FailureCase
from ingestion.figures import Figure
from ingestion.formats.csv import read_csv_grids
from ingestion.formats.grid import Grid
from ingestion.formats.html import read_html_grids
from ingestion.formats.layouts import layouts
from ingestion.formats.pdf import read_pdf_grids
from ingestion.formats.tables import read_tables
from ingestion.formats.workbook import read_workbook
from ingestion.formats.zip import is_archive_of_workbooks, read_archive_grids

_READERS = {
    "yearbook_xls": read_workbook,
    "yearbook_xlsx": read_workbook,
    "yearbook_html": read_html_grids,
    "mofcom_pdf": read_pdf_grids,
}


def read_printed(
    content: bytes, source_name: str, form: str, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read every table of a file whose title a layout of the edition knows.

    Raises
    ------
    ExtractionError
        If the file is not of that format, no table has a known title, or no layout covers the
        edition.
    """
    tables = layouts(source_name, edition, file)
    titles = frozenset(title for table in tables for title in table.titles)
    return read_tables(read_grids(content, form, file, titles), source_name, file, edition)


def read_grids(content: bytes, form: str, file: str, titles: Collection[str] = ()) -> list[Grid]:
    """Return the tables of a file; of an archive, those of the workbooks named by a title."""
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if form == "yearbook_zip" or (form == "table" and is_archive_of_workbooks(content)):
        return read_archive_grids(content, file, titles)
    if form != "table":
        return _READERS[form](content, file)
    if start.startswith(b"%PDF"):
        return read_pdf_grids(content, file)
    if start.startswith((b"<", b"PK", b"\xd0\xcf\x11\xe0")) or not start:
        return read_workbook(content, file)
    return read_csv_grids(content, file)
