"""The post bureau's express values: which reader fits which format."""

from __future__ import annotations

from living_panel.ingestion.errors import FailureCase
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.reading.readers import Reader


def _article(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    # imported here: a refresh of CSV values does not wait for parsers that it does not use
    from living_panel.ingestion.sources.postal_express.article import read_article

    return read_article(content, file, edition)


READERS: dict[str, Reader] = {"spb_html": _article}
