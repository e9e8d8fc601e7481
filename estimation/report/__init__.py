"""The report: static pages made from stored tables, a release and comparisons of releases."""

from __future__ import annotations

from living_panel.estimation.report.chart_data import LIBRARY
from living_panel.estimation.report.data_pages import DataInputs, data_pages
from living_panel.estimation.report.data_set_pages import (
    data_set_pages,
)
from living_panel.estimation.report.findings_index import PaperEntry, build_index, entry_of
from living_panel.estimation.report.gather import StoredTable, listed_papers, read_tables
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.report.page import (
    build_pages,
    findings_by_table,
    findings_markdown,
)

__all__ = [
    "LIBRARY",
    "DataInputs",
    "Inputs",
    "PaperEntry",
    "StoredTable",
    "build_index",
    "build_pages",
    "data_pages",
    "data_set_pages",
    "entry_of",
    "findings_by_table",
    "findings_markdown",
    "listed_papers",
    "read_tables",
]
