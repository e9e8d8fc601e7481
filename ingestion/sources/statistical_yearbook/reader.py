"""The statistical yearbook and the Bureau's annual database: which reader fits which format."""

from __future__ import annotations

import pandas as pd

from ingestion.archive import Vintage
from ingestion.errors import FailureCase
from ingestion.figures import Figure
from ingestion.reading import Reader, landing, read_vintage
from ingestion.sources.statistical_yearbook.easyquery import read_easyquery
from ingestion.sources.statistical_yearbook.esdata import read_esdata
from ingestion.sources.statistical_yearbook.site_csv import read_site_csv


def _workbook(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    # imported here: a refresh of CSV figures does not wait for parsers that it does not use
    from ingestion.formats.tables import read_tables
    from ingestion.formats.workbook import read_workbook

    return read_tables(read_workbook(content, file), "statistical_yearbook", file, edition)


def _page(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    from ingestion.formats.html import read_html_grids
    from ingestion.formats.tables import read_tables

    return read_tables(read_html_grids(content, file), "statistical_yearbook", file, edition)


def _archive(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    from ingestion.formats.zip import read_workbook_archive

    return read_workbook_archive(content, "statistical_yearbook", file, edition)


READERS: dict[str, Reader] = {
    "landing_csv": landing,
    "nbs_esdata_json": read_esdata,
    "nbs_easyquery_json": read_easyquery,
    "nbs_site_csv": read_site_csv,
    "yearbook_xls": _workbook,
    "yearbook_xlsx": _workbook,
    "yearbook_html": _page,
    "yearbook_zip": _archive,
}


def extract(vintage: Vintage) -> pd.DataFrame:
    """Return the checked rows of one archived vintage of the yearbook; see `read_vintage`."""
    return read_vintage(vintage, READERS)
