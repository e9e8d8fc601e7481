"""Checks of a printed paper: consistency, and agreement with the data.

Printed papers as data, the rules that read them, the frame of inconsistencies. Nothing printed here ever
enters an estimation.
"""

from __future__ import annotations

from living_panel.estimation.audit.alone import audit_table
from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import RULES, SEVERITIES
from living_panel.estimation.audit.run import distinct_facts, run_audit, summary
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.papers.schema import PrintedPaper

__all__ = [
    "RULES",
    "SEVERITIES",
    "Evidence",
    "PrintedPaper",
    "audit_table",
    "distinct_facts",
    "load_paper",
    "run_audit",
    "summary",
]
