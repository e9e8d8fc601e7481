"""A printed paper held against itself and against the data.

Belongs here: printed papers as data, the rules that read them, the frame of findings.
Does not: estimates of our own, the report. Nothing printed here ever enters an estimation.
"""

from __future__ import annotations

from estimation.audit.registry import RULES, Evidence, Finding, RuleResult
from estimation.audit.run import run_audit, summary
from estimation.papers.printed import load_paper
from estimation.papers.schema import PrintedPaper

__all__ = [
    "RULES",
    "Evidence",
    "Finding",
    "PrintedPaper",
    "RuleResult",
    "load_paper",
    "run_audit",
    "summary",
]
