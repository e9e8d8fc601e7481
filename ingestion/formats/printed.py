"""A file with printed tables as grids, and its figures by the layouts. Its bytes say which kind it is."""

from __future__ import annotations

from collections.abc import Collection

from ingestion.errors import FailureCase
from ingestion.figures import Figure
from ingestion.formats.csv import read_csv_grids
from ingestion.formats.grid import Grid
from ingestion.formats.layouts import layouts
from ingestion.formats.pdf import read_pdf_grids
from ingestion.formats.tables import read_tables
from ingestion.formats.workbook import read_workbook
from ingestion.formats.zip import is_archive_of_workbooks, read_archive_grids


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
    """Return the tables of a file; of an archive, those of the workbooks named by a title."""
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"PK") and is_archive_of_workbooks(content):
        return read_archive_grids(content, file, titles)
    if start.startswith(b"%PDF"):
        return read_pdf_grids(content, file)
    if start.startswith((b"<", b"PK", b"\xd0\xcf\x11\xe0")) or not start:
        return read_workbook(content, file)
    return read_csv_grids(content, file)
