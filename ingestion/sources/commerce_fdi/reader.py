"""The commerce ministry's foreign direct investment by province: which reader fits which format."""

from __future__ import annotations

import pandas as pd

from ingestion.archive import Vintage
from ingestion.errors import FailureCase
from ingestion.figures import Figure
from ingestion.reading import Reader, landing, read_vintage


def read_bulletin(
    content: bytes, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read the provincial table of the bulletin of one edition; refuse what is no such PDF."""
    # imported here: a refresh of CSV figures does not wait for parsers that it does not use
    from ingestion.formats.pdf import read_pdf_grids
    from ingestion.formats.tables import layouts, matching, read_tables

    tables = layouts("commerce_fdi", edition, file)
    grids = read_pdf_grids(content, file)
    found = [grid for grid, _ in matching(grids, tables)]
    return read_tables(found or grids, "commerce_fdi", file, edition)


def _page(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    from ingestion.formats.html import read_html_grids
    from ingestion.formats.tables import read_tables

    return read_tables(read_html_grids(content, file), "commerce_fdi", file, edition)


READERS: dict[str, Reader] = {
    "landing_csv": landing,
    "mofcom_pdf": read_bulletin,
    # the yearbook printed utilised investment by region until 2005
    "yearbook_html": _page,
}


def extract(vintage: Vintage) -> pd.DataFrame:
    """Return the checked rows of one archived vintage of the bulletin; see `read_vintage`."""
    return read_vintage(vintage, READERS)
