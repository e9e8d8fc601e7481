"""The report: one static page made from stored tables, a release and comparisons of releases.

Belongs here: gathering what is stored, drawing it, laying it out. Not here: estimating anything, and
where the page is put (orchestration).
"""

from __future__ import annotations

from estimation.report.gather import Inputs, StoredTable, read_tables
from estimation.report.page import build_page

__all__ = ["Inputs", "StoredTable", "build_page", "read_tables"]
