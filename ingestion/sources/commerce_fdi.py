"""The commerce ministry's foreign direct investment by province: which reader fits which format.

Only this source's forms. Requests, archiving and the schema have modules of their own.
"""

from __future__ import annotations

import pandas as pd

from ingestion.archive import Vintage
from ingestion.errors import FailureCase
from ingestion.figures import Figure
from ingestion.reading import Reader, landing, read_vintage


def _bulletin(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    # imported here: a refresh of CSV figures does not wait for parsers that it does not use
    from ingestion.forms.bulletin_pdf import read_bulletin

    return read_bulletin(content, file, edition)


def _page(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    from ingestion.forms.html_page import read_html_grids
    from ingestion.forms.tables import read_tables

    return read_tables(read_html_grids(content, file), "commerce_fdi", file, edition)


READERS: dict[str, Reader] = {
    "landing_csv": landing,
    "mofcom_pdf": _bulletin,
    # the yearbook printed utilised investment by region until 2005
    "yearbook_html": _page,
}


def extract(vintage: Vintage) -> pd.DataFrame:
    """Return the checked rows of one archived vintage of the bulletin; see `read_vintage`."""
    return read_vintage(vintage, READERS)
