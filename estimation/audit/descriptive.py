"""Rules on descriptive statistics against each other: order and the bounds of the deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass

from estimation.audit.registry import Evidence, Finding, Outcome, rule
from estimation.papers.rows import Number
from estimation.papers.schema import PrintedPaper

FAMILY = "descriptive statistics"


@dataclass(frozen=True)
class Line:
    """One variable's printed descriptive statistics."""

    term: str
    place: str
    n: float
    mean: Number
    sd: Number
    low: Number
    high: Number


def lines(paper: PrintedPaper) -> dict[str, Line]:
    """Complete lines of the descriptive tables by variable."""
    found = {}
    for table in paper.of_content("descriptives"):
        for term in dict.fromkeys(c.term for c in table.cells):
            cells = {c.statistic: c for c in table.cells if c.term == term and c.estimate}
            if {"n_obs", "mean", "sd", "min", "max"} <= cells.keys():
                numbers = [cells[s].estimate for s in ("mean", "sd", "min", "max")]
                row = cells["mean"].place.rsplit(",", 1)[0]
                found[term] = Line(term, row, cells["n_obs"].value, *numbers)  # type: ignore[arg-type]
    return found


@rule(FAMILY)
def mean_outside_extremes(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Mean outside minimum and maximum.

    A mean lies between the smallest and the largest value.
    """
    all_lines = lines(paper)
    yield len(all_lines)
    yield from [
        Finding(x.place, "impossible", f"{t}: mean {x.mean.text} outside its extremes", {})
        for t, x in all_lines.items()
        if not x.low.low <= x.mean.high or not x.mean.low <= x.high.high
    ]


@rule(FAMILY)
def sd_against_extremes(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A standard deviation the extremes do not allow.

    With n values of the printed mean between the printed extremes, the variance is at most
    (max-mean)(mean-min) n/(n-1), and at least what one value at each extreme forces.
    """
    all_lines = lines(paper)
    yield len(all_lines)
    for term, x in all_lines.items():
        up, down = x.high.high - x.mean.low, x.mean.high - x.low.low
        most = math.sqrt(max(up * down, 0.0) * x.n / (x.n - 1))
        up, down = x.high.low - x.mean.high, x.mean.low - x.low.high
        forced = up**2 + down**2 + (up - down) ** 2 / max(x.n - 2, 1)
        least = math.sqrt(forced / (x.n - 1)) if min(up, down) > 0 else 0.0
        if not least <= x.sd.high or not x.sd.low <= most:
            message = (
                f"{term}: standard deviation {x.sd.text}; possible are {least:.4g} to {most:.4g}"
            )
            yield Finding(x.place, "impossible", message, {"least": least, "most": most})


@rule(FAMILY)
def units_not_printed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Variables without units.

    A level without its unit cannot be compared with any source.
    """
    described = [v for name, v in paper.variables.items() if name in lines(paper)]
    yield len(described)
    yield from [
        Finding(v.place, "form", f"{v.symbol}: no unit is printed", {})
        for v in described
        if not v.unit
    ]
