"""The commerce ministry's foreign direct investment by province: which reader fits which format."""

from __future__ import annotations

from ingestion.readers import Reader, printed

# the yearbook printed utilised investment by region until 2005
READERS: dict[str, Reader] = printed("commerce_fdi", "mofcom_pdf", "yearbook_html")
