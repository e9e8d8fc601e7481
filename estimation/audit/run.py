"""Runs every registered rule on a paper and lays the outcome out as one frame.

Importing this module registers all families. The frame is what the artifact stores.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import pandas as pd

from estimation.audit import (  # noqa: F401  (importing a family registers its rules)
    brackets,
    citations,
    claims,
    columns,
    counts,
    currency,
    descriptive,
    fit,
    form,
    methods,
    revealed,
    stars,
    statistics_of_tests,
)
from estimation.audit.registry import RULES, SEVERITIES, Evidence, Rule, RuleResult
from estimation.papers.schema import PrintedPaper

COLUMNS = (
    "paper",
    "family",
    "rule",
    "title",
    "reason",
    "status",
    "applicable",
    "severity",
    "place",
    "finding",
    "evidence",
    "fact",
)


def results(
    paper: PrintedPaper, evidence: Evidence | None = None, rules: Iterable[Rule] | None = None
) -> list[RuleResult]:
    """Every rule's result on a paper, in the order of registration."""
    return [r(paper, evidence) for r in (rules or RULES.values())]


def run_audit(
    paper: PrintedPaper, evidence: Evidence | None = None, rules: Iterable[Rule] | None = None
) -> pd.DataFrame:
    """Audit a printed paper.

    Parameters
    ----------
    paper : PrintedPaper
    evidence : Evidence, optional
        Our figures; rules that need them and lack them say so in `status`.
    rules : iterable of Rule, optional
        Some rules instead of all.

    Returns
    -------
    pandas.DataFrame
        One row a finding, and one row a rule without findings (finding null). Columns: paper,
        family, rule, title, reason, status (found, silent, not applicable, or no evidence),
        applicable (cells the rule applied to), severity, place, finding, evidence (JSON), fact
        (equal where findings are one fact).
    """
    rows: list[dict[str, object]] = []
    for result in results(paper, evidence, rules):
        head = {
            "paper": paper.id,
            "family": result.family,
            "rule": result.rule,
            "title": result.title,
            "reason": result.reason,
            "status": result.status,
            "applicable": result.applicable,
        }
        blank: dict[str, object] = dict.fromkeys(COLUMNS[7:])
        rows += [
            {
                **head,
                "severity": f.severity,
                "place": f.place,
                "finding": f.message,
                "evidence": json.dumps(
                    f.evidence, ensure_ascii=False, sort_keys=True, default=float
                ),
                "fact": f.fact or f"{f.place}: {f.message}",
            }
            for f in result.findings
        ] or [{**head, **blank}]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = {c: "int64" if c == "applicable" else "string" for c in COLUMNS}
    return frame.astype(kinds)


def distinct_facts(audit: pd.DataFrame, severity: str) -> int:
    """Number of facts behind the findings of a severity."""
    return int(audit.loc[audit["severity"] == severity, "fact"].nunique())


def summary(audit: pd.DataFrame) -> pd.DataFrame:
    """One row a family: rules, rules that applied, applicable cells, distinct facts by severity."""
    rows = []
    for family, part in audit.groupby("family", sort=False):
        once = part.drop_duplicates("rule")
        row: dict[str, object] = {
            "family": family,
            "rules": len(once),
            "applied": int((once["applicable"] > 0).sum()),
            "applicable": int(once["applicable"].sum()),
        }
        row.update((str(s), distinct_facts(part, s)) for s in SEVERITIES)
        rows.append(row)
    return pd.DataFrame(rows)
