"""A printed paper's audit as a table (kind `audit`): inconsistencies by rule, with what applied.

The page has distinct facts by weight, the appendix every inconsistency. Nothing printed is estimated from;
our values are evidence only.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from living_panel.estimation.audit import Evidence, distinct_facts, load_paper, run_audit
from living_panel.estimation.audit import summary as by_family
from living_panel.estimation.audit.registry import SEVERITIES
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.panel.figures import AUTHORS, authors_measures, joined, simulated_mark
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.tables.builder import Builder
from living_panel.estimation.tables.result import Statement

INCONSISTENCY_FIELDS = (
    "severity",
    "place",
    "inconsistency",
    "evidence",
    "fact",
    "assumes",
    "repeat",
)
RULE_FIELDS = ("family", "title", "reason", "status")
ON_PAGE = {
    "impossible": "Impossible by arithmetic",
    "contradiction": "Contradicts another printed statement or the data, under stated assumptions",
    "doubtful": "Needs unusual conditions",
}
FAMILY_HEADER = ("Family of rules", "Rules", "Rules applied", "Cells checked", *SEVERITIES)
MOST_FACTS = 12  # of one weight on the page
NOTE = (
    "A rule that applied to no cell does not count as passed. impossible: the printed number is arithmetically "
    "impossible. contradiction: two printed statements, or the stated sample and the data, cannot both be "
    "true. This judgement uses the assumptions stored with the inconsistency. doubtful: the printed number is true "
    "only under the named conditions. form: a fact that the reader needs is missing, or the inconsistency depends on "
    "a fact that the paper does not state. The table results.audit has an expression that recomputes each "
    "inconsistency."
)


class Options(Strict):
    """Options of an audit."""

    paper: str
    """Name of the paper to audit, a folder of the papers."""


def fill(table: Builder, options: Options) -> None:
    """Whether a printed paper is consistent, and whether it agrees with the release.

    Statistics by rule (`model`): `applicable` (cells the rule applied to), `n_inconsistencies`, the rule's
    family, title, reason and status as text, and for each inconsistency, whose number is the term, its
    severity, place, inconsistency, evidence and fact.
    """
    release = table.release
    paper = load_paper(options.paper)
    # the authors' own data are no evidence against their paper: reproduction compares with them
    official = paper.data == "other"
    audit = run_audit(paper, Evidence.from_release(release) if official else Evidence())
    for rule, rows in groupby(audit.to_dict("records"), key=itemgetter("rule")):
        _add_rule(table, rule, list(rows))
    inconsistencies = audit.dropna(subset=["inconsistency"])
    checked = families(audit)
    title = "Checks and inconsistencies"
    table.grid(title, FAMILY_HEADER, checked, rules=[len(checked) - 1], appendix=False)
    _facts(table, inconsistencies)
    _inconsistencies(table, inconsistencies)
    _silent(table, audit[audit["inconsistency"].isna()])
    table.add_notes(NOTE)
    authors = authors_measures(release, release.panel.columns)
    kinds = {"simulated": release.simulated, AUTHORS: authors}
    status = joined(kind for kind, there in kinds.items() if there)
    banner = _banner(release, options.paper, official=official)
    table.describe_values(status=status, banner=banner)
    table.choose(rules=int(audit["rule"].nunique()))
    table.describe_sample(
        {
            "n_obs": int(audit.drop_duplicates("rule")["applicable"].sum()),
            "n_provinces": int(release.provinces["province_code"].nunique()),
            "dropped": [],
            "filled": [],
        }
    )


def inconsistencies_of(statistics: pd.DataFrame) -> pd.DataFrame:
    """Inconsistencies out of the stored statistics of an audit: one row an inconsistency, or a rule without one.

    Columns: rule, family, title, reason, status, applicable, severity, place, inconsistency, evidence, fact,
    assumes, repeat (empty in artifacts from before they were stored).
    """
    rules: dict[str, tuple[dict[Any, Any], dict[Any, Any]]] = {}
    columns = ["model", "statistic", "term", "text", "value"]
    for rule, name, term, words, number in statistics[columns].itertuples(index=False, name=None):
        texts, values = rules.setdefault(str(rule), ({}, {}))
        texts[name, term], values[name, term] = words, number
    rows: list[dict[str, Any]] = []
    for rule, (text, value) in rules.items():
        head = {"rule": rule, **{f: text[f, ""] for f in RULE_FIELDS}}
        head["applicable"] = int(value["applicable", ""])
        numbers = range(1, int(value["n_inconsistencies", ""]) + 1)
        fields = [{f: text.get((f, str(n)), "") for f in INCONSISTENCY_FIELDS} for n in numbers]
        rows += [head | inconsistency for inconsistency in fields] or [head]
    return pd.DataFrame(rows, columns=["rule", *RULE_FIELDS, "applicable", *INCONSISTENCY_FIELDS])


def _add_rule(table: Builder, rule: str, rows: list[dict[Any, Any]]) -> None:
    first, inconsistencies = rows[0], [row for row in rows if not pd.isna(row["inconsistency"])]
    table.add_numbers(
        rule, {"applicable": first["applicable"], "n_inconsistencies": len(inconsistencies)}
    )
    table.add_numbers(rule, {field: first[field] for field in RULE_FIELDS})
    for number, row in enumerate(inconsistencies, start=1):
        table.add_numbers(
            rule, {Statistic(field, str(number)): row[field] for field in INCONSISTENCY_FIELDS}
        )


def families(audit: pd.DataFrame) -> list[tuple[str, ...]]:
    """Rows of what was checked and found, as `FAMILY_HEADER`: one a family, and one of all of them."""
    counts = by_family(audit)
    totals = counts.drop(columns="family").sum()
    # one fact may be found by two families
    totals.update({s: distinct_facts(audit, s) for s in SEVERITIES})
    every = [*counts.to_dict("records"), {"family": "all families", **totals}]
    return [tuple(map(str, row.values())) for row in every]


def _facts(table: Builder, inconsistencies: pd.DataFrame) -> None:
    """Distinct facts by weight, those found in most places first: place, arithmetic, more places."""
    for severity, words in ON_PAGE.items():
        facts = inconsistencies[inconsistencies["severity"] == severity].groupby("fact", sort=False)
        groups = sorted((group for _, group in facts), key=lambda group: -len(group))
        rows = [(g["place"].iloc[0], g["inconsistency"].iloc[0], f"{len(g)}") for g in groups]
        if rows:
            title = f"{words}: {len(rows)} {'fact' if len(rows) == 1 else 'facts'}"
            more = len(rows) - MOST_FACTS
            note = f"The appendix lists {more} more facts with their places." if more > 0 else ""
            header = ("Place", "What", "Cells")
            table.grid(title, header, rows[:MOST_FACTS], [note], (), appendix=False)


def _inconsistencies(table: Builder, inconsistencies: pd.DataFrame) -> None:
    for severity in SEVERITIES:
        part = inconsistencies[inconsistencies["severity"] == severity]
        if len(part):
            rows = part[["place", "title", "inconsistency"]].itertuples(index=False, name=None)
            facts = part["fact"].nunique()
            title = (
                f"{severity.capitalize()}: {facts} {'fact' if facts == 1 else 'facts'} in {len(part)} "
                f"{'inconsistency' if len(part) == 1 else 'inconsistencies'}"
            )
            table.grid(title, ("Place", "Rule", "Inconsistency"), rows, rules=())


def _silent(table: Builder, quiet: pd.DataFrame) -> None:
    rows = quiet[["title", "status", "applicable"]].astype(str).itertuples(index=False, name=None)
    header = ("Rule", "Status", "Cells checked")
    table.grid("Rules without an inconsistency", header, rows, rules=())


def _banner(release: Release, paper: str, *, official: bool) -> tuple[Statement, ...]:
    printed = f"The audit checks the numbers printed in {paper}. No estimate uses these numbers."
    if mark := simulated_mark(release):
        about = (printed, "Simulated values cannot show whether the printed numbers are right.")
        return (Statement("simulated", (mark,)), Statement("printed", about))
    if not official:
        return (
            Statement(
                "printed",
                (printed, "The audit checks only whether they are consistent with each other."),
            ),
        )
    evidence = (
        f"The audit also compares them with the official values of release {release.release_id}."
    )
    return (Statement("printed", (printed, evidence)),)
