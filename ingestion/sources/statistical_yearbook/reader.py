"""The statistical yearbook and the Bureau's annual database: which reader fits which format."""

from __future__ import annotations

import pandas as pd

from ingestion.archive import Vintage
from ingestion.reading import Reader, landing, printed, read_vintage
from ingestion.sources.statistical_yearbook.easyquery import read_easyquery
from ingestion.sources.statistical_yearbook.esdata import read_esdata
from ingestion.sources.statistical_yearbook.site import read_site

READERS: dict[str, Reader] = {
    "landing_csv": landing,
    "nbs_esdata_json": read_esdata,
    "nbs_easyquery_json": read_easyquery,
    "nbs_site_csv": read_site,
    "nbs_site_xls": read_site,
    **printed(
        "statistical_yearbook",
        "yearbook_xls",
        "yearbook_xlsx",
        "yearbook_html",
        "yearbook_zip",
        "table",
    ),
}


def extract(vintage: Vintage) -> pd.DataFrame:
    """Return the checked rows of one archived vintage of the yearbook; see `read_vintage`."""
    return read_vintage(vintage, READERS)
