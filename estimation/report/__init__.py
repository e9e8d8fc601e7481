"""The report: one static page made from stored tables, a release and comparisons of releases."""

from __future__ import annotations

from estimation.report.gather import Inputs, StoredTable, read_tables
from estimation.report.page import build_page, verdict_markdown

__all__ = ["Inputs", "StoredTable", "build_page", "read_tables", "verdict_markdown"]
