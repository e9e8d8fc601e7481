"""The post bureau's express figures: which reader fits which format."""

from __future__ import annotations

import pandas as pd

from ingestion.archive import Vintage
from ingestion.errors import FailureCase
from ingestion.figures import Figure
from ingestion.reading import Reader, landing, printed, read_vintage


def _article(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    # imported here: a refresh of CSV figures does not wait for parsers that it does not use
    from ingestion.sources.postal_express.article import read_article

    return read_article(content, file, edition)


READERS: dict[str, Reader] = {
    "landing_csv": landing,
    "spb_html": _article,
    **printed("postal_express", "table"),
}


def extract(vintage: Vintage) -> pd.DataFrame:
    """Return the checked rows of one archived vintage of the notices; see `read_vintage`."""
    return read_vintage(vintage, READERS)
