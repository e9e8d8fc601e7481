"""A printed paper's audit as a table (kind `audit`, x_audit): findings by rule, with what applied.

Belongs here: options of such a table, findings as named statistics, its two grids. Not here: the rules
and the printed paper (`audit`). Nothing printed is estimated from; our figures are evidence only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict

from estimation.audit import Evidence, distinct_facts, load_paper, run_audit
from estimation.audit import summary as by_family
from estimation.audit.registry import SEVERITIES
from estimation.panel.figures import joined, simulated_mark
from estimation.panel.release import Release
from estimation.panel.spec import Spec
from estimation.tables.result import Block, TableResult, coefficient_frame, statistic_frame

FINDING_FIELDS = ("severity", "place", "finding", "evidence", "fact")
ON_PAGE = {
    "impossible": "Cannot be true, whatever the data",
    "contradiction": "Contradicts itself, or the figures",
    "doubtful": "Unsupported as it stands",
}
MOST_FACTS = 12  # of one weight on the page
RULE_FIELDS = ("family", "title", "reason", "status")


class Options(BaseModel):
    """Options of an audit: the folder of the printed paper under `estimation/audit`."""

    model_config = ConfigDict(extra="forbid")

    paper: str


def estimate(spec: Spec, release: Release) -> TableResult:
    """Audit a printed paper against itself and against the release.

    Returns
    -------
    TableResult
        No coefficients. Statistics by rule (`model`): `applicable` (cells the rule applied to),
        `n_findings`, the rule's family, title, reason and status as text, and for each finding
        `finding_001.severity`, `.place`, `.finding`, `.evidence`, `.fact`.
    """
    options = Options.model_validate(spec.options)
    paper = load_paper(options.paper)
    audit = run_audit(paper, Evidence.from_release(release))
    statistics = [row for _, part in audit.groupby("rule", sort=False) for row in _statistics(part)]
    found = audit.dropna(subset=["finding"])
    units = release.provinces["province_code"].nunique()
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame([]),
        statistics=statistic_frame(statistics),
        blocks=(_families(audit), *_facts(found), *_findings(found), _silent(audit)),
        banner=_banner(release, options.paper),
        choices={"paper": options.paper, "rules": int(audit["rule"].nunique())},
        sample={
            "n_obs": int(audit.drop_duplicates("rule")["applicable"].sum()),
            "n_provinces": int(units),
            "dropped": [],
            "filled": [],
        },
        figures_status=joined(["simulated"] if release.simulated else []),
        notes=(
            "A rule that applied to nothing is not a pass. impossible: cannot be true whatever the data; "
            "contradiction: two printed things, or the stated sample and the figures, cannot both hold; "
            "doubtful: would need the conditions named; form: the reader lacks something needed.",
        ),
    )


def findings_of(statistics: pd.DataFrame) -> pd.DataFrame:
    """Findings out of the stored statistics of an audit: one row a finding, or a rule without one.

    Returns
    -------
    pandas.DataFrame
        rule, family, title, reason, status, applicable, severity, place, finding, evidence, fact.
    """
    rows: list[dict[str, Any]] = []
    for rule, part in statistics.groupby("model", sort=False):
        text = dict(zip(part["name"], part["text"], strict=True))
        value = dict(zip(part["name"], part["value"], strict=True))
        head = {
            "rule": str(rule),
            **{f: text[f] for f in RULE_FIELDS},
            "applicable": int(value["applicable"]),
        }
        count = int(value["n_findings"])
        rows += [
            {**head, **{f: text.get(f"finding_{n:03d}.{f}") for f in FINDING_FIELDS}}
            for n in range(1, count + 1)
        ] or [{**head, **dict.fromkeys(FINDING_FIELDS)}]
    return pd.DataFrame(rows, columns=["rule", *RULE_FIELDS, "applicable", *FINDING_FIELDS])


def _statistics(part: pd.DataFrame) -> list[dict[str, Any]]:
    first = part.iloc[0]
    found = part.dropna(subset=["finding"])
    rows: list[Mapping[str, Any]] = [
        {"name": "applicable", "value": float(first["applicable"]), "text": None},
        {"name": "n_findings", "value": float(len(found)), "text": None},
        *({"name": f, "value": None, "text": first[f]} for f in RULE_FIELDS),
    ]
    for number, row in enumerate(found.to_dict("records"), start=1):
        rows += [
            {"name": f"finding_{number:03d}.{f}", "value": None, "text": row[f]}
            for f in FINDING_FIELDS
        ]
    return [{"model": first["rule"], **row} for row in rows]


def _families(audit: pd.DataFrame) -> Block:
    counts = by_family(audit)
    rows = [
        (str(r["family"]), *(str(r[c]) for c in ("rules", "applied", "applicable", *SEVERITIES)))
        for r in counts.to_dict("records")
    ]
    totals = counts.drop(columns="family").sum()
    # one fact may be found by two families
    totals.update({s: distinct_facts(audit, s) for s in SEVERITIES})
    rows.append(
        ("all families", *(str(totals[c]) for c in ("rules", "applied", "applicable", *SEVERITIES)))
    )
    header = ("Family of rules", "Rules", "That applied", "Cells they applied to", *SEVERITIES)
    return Block(
        "What was checked, and what was found", header, tuple(rows), (), frozenset({len(rows) - 1})
    )


def _findings(found: pd.DataFrame) -> tuple[Block, ...]:
    blocks = []
    for severity in SEVERITIES:
        part = found[found["severity"] == severity]
        if len(part):
            rows = tuple((r["place"], r["title"], r["finding"]) for r in part.to_dict("records"))
            facts, cells = part["fact"].nunique(), len(part)
            title = f"{severity.capitalize()}: {facts} facts in {cells} findings"
            blocks.append(Block(title, ("Place", "Rule", "Finding"), rows, appendix=True))
    return tuple(blocks)


def _facts(found: pd.DataFrame) -> tuple[Block, ...]:
    """Distinct facts by weight, those found in most places first: place, arithmetic, more places."""
    blocks = []
    for severity, words in ON_PAGE.items():
        part = found[found["severity"] == severity]
        groups = sorted(part.groupby("fact", sort=False), key=lambda group: -len(group[1]))
        rows = tuple(
            (str(g["place"].iloc[0]), str(g["finding"].iloc[0]), f"{len(g)}") for _, g in groups
        )
        if rows:
            title = f"{words}: {len(rows)} {'fact' if len(rows) == 1 else 'facts'}"
            more = rows[MOST_FACTS:]
            note = (f"{len(more)} more in the appendix, each with its place.",) if more else ()
            blocks.append(Block(title, ("Place", "What", "Cells"), rows[:MOST_FACTS], note))
    return tuple(blocks)


def _silent(audit: pd.DataFrame) -> Block:
    quiet = audit[audit["finding"].isna()]
    rows = tuple((r["title"], r["status"], str(r["applicable"])) for r in quiet.to_dict("records"))
    header = ("Rule", "Status", "Cells it applied to")
    return Block("Rules without a finding", header, rows, appendix=True)


def _banner(release: Release, paper: str) -> tuple[str, ...]:
    printed = f"Audited are the figures printed in {paper}; none of them enters an estimate."
    if mark := simulated_mark(release):
        return (mark, printed + " Simulated figures are no evidence about it.")
    return (printed + f" Evidence: the official figures of release {release.release_id}.",)
