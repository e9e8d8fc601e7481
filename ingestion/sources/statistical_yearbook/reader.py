"""The Bureau's annual database and its data site: which reader fits which format."""

from __future__ import annotations

from living_panel.ingestion.reading.readers import Reader
from living_panel.ingestion.sources.statistical_yearbook.easyquery import read_easyquery
from living_panel.ingestion.sources.statistical_yearbook.esdata import read_esdata
from living_panel.ingestion.sources.statistical_yearbook.site import list_omissions, read_site

__all__ = ["READERS", "list_omissions"]

READERS: dict[str, Reader] = {
    "nbs_esdata_json": read_esdata,
    "nbs_easyquery_json": read_easyquery,
    "nbs_site_csv": read_site,
    "nbs_site_xls": read_site,
}
