"""The commerce ministry's foreign direct investment by province: which reader fits which format."""

from __future__ import annotations

import pandas as pd

from ingestion.archive import Vintage
from ingestion.reading import Reader, landing, printed, read_vintage

READERS: dict[str, Reader] = {
    "landing_csv": landing,
    # the yearbook printed utilised investment by region until 2005
    **printed("commerce_fdi", "mofcom_pdf", "yearbook_html", "table"),
}


def extract(vintage: Vintage) -> pd.DataFrame:
    """Return the checked rows of one archived vintage of the bulletin; see `read_vintage`."""
    return read_vintage(vintage, READERS)
