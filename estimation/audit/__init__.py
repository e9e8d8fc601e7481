"""A printed paper held against itself and against the data.

Printed papers as data, the rules that read them, the frame of findings. Nothing printed here ever
enters an estimation.
"""

from __future__ import annotations

from estimation.audit.registry import RULES, SEVERITIES, Evidence, Finding, RuleResult
from estimation.audit.run import distinct_facts, run_audit, summary
from estimation.papers.printed import load_paper
from estimation.papers.schema import PrintedPaper

__all__ = [
    "RULES",
    "SEVERITIES",
    "Evidence",
    "Finding",
    "PrintedPaper",
    "RuleResult",
    "distinct_facts",
    "load_paper",
    "run_audit",
    "summary",
]
