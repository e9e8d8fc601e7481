"""Findings of the published warehouse for a terminal, one line each. Loads no Dagster."""

from __future__ import annotations

import math

from living_panel.codes import Code
from living_panel.estimation.findings.words import number
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.marked_yaml import nearest
from living_panel.estimation.report.estimate import bound
from living_panel.orchestration.commands import sentences
from living_panel.orchestration.root.readers import open_published, published_tables
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Refused

TABLE = "results.findings"
HEADS = ("paper", "state", "printed", "ours (95 % interval)", "choices", "reproduced", "claim")
QUERY = """
    select paper, coalesce(nullif(state, ''), '-'), printed, estimate, ci_low, ci_high, fragility, choices_agree,
        choices, numbers_reproduced, numbers_printed, claim
    from results.findings
    where ? is null or paper = ?
    order by paper, finding_order
"""


def list_findings(settings: Settings, paper: str | None = None) -> str:
    """Return a line for each published finding: state, printed and own number, fragility, reproduction, claim.

    Parameters
    ----------
    settings : Settings
        Data root.
    paper : str, optional
        Only the findings of this paper.

    Raises
    ------
    ValueError
        If nothing is published, if an earlier version published a warehouse without findings, or if the paper has
        no published finding.
    """
    if not settings.published.exists():
        raise Refused(sentences.NOT_PUBLISHED_YET(published=settings.published))
    with open_published(settings) as connection:
        if ("results", "findings") not in published_tables(connection):
            raise Refused(sentences.NOT_PUBLISHED_YET(published=TABLE))
        found = connection.execute(QUERY, [paper, paper]).fetchall()
        papers = connection.execute(f"select distinct paper from {TABLE}").fetchall()
    if paper and not found:
        known = nearest(paper, [name for (name,) in papers])
        raise InvalidSpec(
            Code.UNKNOWN_TABLE(
                "no finding of {paper!r} is published",
                "write one of {choices}",
                paper=paper,
                choices=known,
            )
        )
    lines = [HEADS, *(_cells(*row) for row in found)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(
    paper: str,
    state: str,
    printed: float | None,
    estimate: float | None,
    low: float | None,
    high: float | None,
    fragility: str,
    agree: int,
    choices: int,
    reproduced: int | None,
    numbers: int | None,
    claim: str,
) -> tuple[str, ...]:
    ours = "-" if estimate is None else number(estimate)
    if low is not None and high is not None and not math.isnan(low):
        ours += f" ({bound(low)} to {bound(high)})"
    return (
        paper,
        state,
        "-" if printed is None else f"{printed:g}".replace("-", "\N{MINUS SIGN}"),
        ours,
        f"{fragility} ({agree} of {choices})" if fragility else "-",
        f"{reproduced} of {numbers}" if numbers else "-",
        claim,
    )
