"""Runs every registered rule on a paper and lays the outcome out as one frame.

Importing this module registers all families. The frame is what the artifact stores.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from living_panel.estimation.audit import (  # noqa: F401  (importing a family registers its rules)
    adjusted,
    brackets,
    citations,
    claims,
    columns,
    counts,
    currency,
    descriptive,
    differences,
    fit,
    form,
    methods,
    parts,
    revealed,
    stars,
    statistics_of_tests,
)
from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import RULES, SEVERITIES, Inconsistency
from living_panel.estimation.papers.schema import PrintedPaper

COLUMNS = [
    "paper", "family", "rule", "title", "reason", "status", "applicable", "severity", "place",
    "inconsistency", "evidence", "fact", "assumes", "repeat",
]  # fmt: skip


def run_audit(paper: PrintedPaper, evidence: Evidence | None = None) -> pd.DataFrame:
    """Audit a printed paper; rules that need our values and lack them say so in `status`.

    Returns
    -------
    pandas.DataFrame
        One row an inconsistency, and one row a rule without any (inconsistency null). Columns: paper, family, rule,
        title, reason, status (found, silent, not applicable, or no evidence). Then applicable (cells the rule
        applied to), severity, place, inconsistency (in words), evidence (JSON), fact (equal where several are one
        fact), assumes (JSON: its assumptions). Last repeat (a Python expression over `stats` and `math` that is true
        where the inconsistency is there).
    """
    rows: list[dict[str, object]] = []
    for rule in RULES.values():
        result = rule(paper, evidence)
        head = {
            "paper": paper.id,
            "family": rule.family,
            "rule": rule.id,
            "title": rule.title,
            "reason": rule.reason,
            "status": result.status,
            "applicable": result.applicable,
        }
        rows += [head | _fields(inconsistency) for inconsistency in result.inconsistencies] or [
            head
        ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype({c: "int64" if c == "applicable" else "string" for c in COLUMNS})


def _fields(inconsistency: Inconsistency) -> dict[str, object]:
    return {
        "severity": inconsistency.severity,
        "place": inconsistency.place,
        "inconsistency": inconsistency.message,
        "evidence": _json(inconsistency.evidence),
        "fact": inconsistency.fact or f"{inconsistency.place}: {inconsistency.message}",
        "assumes": _json(inconsistency.assumes),
        "repeat": inconsistency.repeat,
    }


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(dict(content), ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    """A number of numpy's as a number; anything else in its own words."""
    return value.item() if hasattr(value, "item") else str(value)


def distinct_facts(audit: pd.DataFrame, severity: str) -> int:
    """Number of facts behind the inconsistencies of a severity."""
    return int(audit.loc[audit["severity"] == severity, "fact"].nunique())


def summary(audit: pd.DataFrame) -> pd.DataFrame:
    """One row a family: rules, rules that applied, applicable cells, distinct facts by severity."""
    rules = audit.drop_duplicates("rule").groupby("family", sort=False)["applicable"]
    tried = rules.agg(rules="size", applied=lambda cells: (cells > 0).sum(), applicable="sum")
    facts = audit.dropna(subset=["fact"]).drop_duplicates(["family", "severity", "fact"])
    by_severity = facts.groupby(["family", "severity"]).size().unstack(fill_value=0)
    by_severity = by_severity.reindex(index=tried.index, columns=list(SEVERITIES), fill_value=0)
    return tried.join(by_severity).reset_index()
