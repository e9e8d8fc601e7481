"""The statistical yearbook and the Bureau's annual database: which reader fits which format.

Only this source's forms. Requests, archiving and the schema have modules of their own.
"""

from __future__ import annotations

import pandas as pd

from ingestion.archive import Vintage
from ingestion.reading import Reader, landing, read_vintage

READERS: dict[str, Reader] = {"landing_csv": landing}


def extract(vintage: Vintage) -> pd.DataFrame:
    """Return the checked rows of one archived vintage of the yearbook; see `read_vintage`."""
    return read_vintage(vintage, READERS)
