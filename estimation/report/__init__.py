"""The report: one static page made from stored tables, a release and comparisons of releases."""

from __future__ import annotations

from estimation.report.chart_data import LIBRARY
from estimation.report.data_pages import DataInputs, data_pages
from estimation.report.gather import StoredTable, listed_papers, read_tables
from estimation.report.inputs import Inputs
from estimation.report.page import (
    answers_by_table,
    answers_markdown,
    build_page,
    verdict_markdown,
)
from estimation.report.papers_index import PaperEntry, build_index, entry_of

__all__ = [
    "LIBRARY",
    "DataInputs",
    "Inputs",
    "PaperEntry",
    "StoredTable",
    "answers_by_table",
    "answers_markdown",
    "build_index",
    "build_page",
    "data_pages",
    "entry_of",
    "listed_papers",
    "read_tables",
    "verdict_markdown",
]
