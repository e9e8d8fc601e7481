"""Rules on the sample stated against the sample the printed extremes, means and sd reveal.

They need our figures; each says which province and year a printed number belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from estimation.audit.descriptive import lines
from estimation.audit.figures import coverage, in_years, matches, measure_cells, stated, where
from estimation.audit.registry import Evidence, Finding, Outcome, rule
from estimation.papers.rows import Number
from estimation.papers.schema import PrintedPaper, Variable

FAMILY = "sample revealed"
NEAR = 0.05  # a mean or sd this close counts as agreeing: revisions move them by less
ENOUGH = 0.95  # share of the stated cells that counts as published
COMPARABLE = 0.85  # share we must have to compare means: one or two years may lack
OUT_OF_SCALE = 3.0


def _extremes(
    paper: PrintedPaper, evidence: Evidence
) -> Iterator[tuple[Variable, str, str, Number, pd.DataFrame]]:
    """Printed extremes of variables for which we have any figure, with the cells that match."""
    for term, line in lines(paper).items():
        variable = paper.variables.get(term)
        if variable is None or not any(
            len(measure_cells(evidence, m)) for m in variable.compare.measures
        ):
            continue
        for name, number in (("min", line.low), ("max", line.high)):
            yield variable, name, line.place, number, matches(evidence, paper, variable, number)


@rule(FAMILY, needs=("cells",))
def extreme_of_excluded_unit(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An extreme that belongs to a unit said to be excluded.

    A printed minimum or maximum that equals the figure of an excluded unit, and of no included
    one, shows that the unit is in the sample.
    """
    for variable, name, place, number, cells in _extremes(paper, evidence):
        yield 1
        outside = cells[cells["province_code"].isin(list(paper.sample.excluded))]
        if len(outside) and len(outside) == len(cells):
            row = outside.iloc[0]
            message = (
                f"{variable.symbol}: {name} {number.text} is {where(evidence, row)}"
                f" ({row['measure']}), a unit the paper excludes"
            )
            yield Finding(
                place,
                "contradiction",
                message,
                {"province_code": row["province_code"], "year": int(row["year"])},
            )


@rule(FAMILY, needs=("cells",))
def extreme_is_surpassed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An extreme that is not the extreme of its own series.

    A printed extreme that equals one cell of a series whose stated sample has a cell beyond it
    shows that rows are missing, or that the series was joined from several.
    """
    for variable, name, place, number, cells in _extremes(paper, evidence):
        for measure, part in cells.groupby("measure"):
            yield 1
            series = stated(measure_cells(evidence, str(measure)), paper)
            if name == "max":
                beyond = series[series["value"] > part["value"].max() * (1 + 1e-6)]
            else:
                beyond = series[series["value"] < part["value"].min() * (1 - 1e-6)]
            if not len(beyond):
                continue
            row = beyond.loc[
                beyond["value"].idxmax() if name == "max" else beyond["value"].idxmin()
            ]
            message = (
                f"{variable.symbol}: {name} {number.text} is {where(evidence, part.iloc[0])}, but"
                f" {len(beyond)} stated cells lie beyond it, first {where(evidence, row)} with"
                f" {row['value'] * variable.compare.factor:,.2f} ({measure})"
            )
            yield Finding(place, "doubtful", message, {"beyond": len(beyond)})


@rule(FAMILY, needs=("cells",))
def extreme_out_of_scale(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A maximum out of scale with the official figures.

    A printed maximum several times the largest official figure of the same concept, or a small
    part of it, points to a wrong unit or a conversion made twice.
    """
    for variable, name, place, number, _ in _extremes(paper, evidence):
        series = [stated(measure_cells(evidence, m), paper) for m in variable.compare.measures]
        tops = [s["value"].max() * variable.compare.factor for s in series if len(s)]
        if name != "max" or not tops or number.value <= 0:
            continue
        yield 1
        ratios = [number.value / t for t in tops]
        if all(r > OUT_OF_SCALE or r < 1 / OUT_OF_SCALE for r in ratios):
            ratio = min(ratios, key=lambda r: abs(r - 1))
            message = (
                f"{variable.symbol}: max {number.text} is {ratio:.1f} times the largest official"
                f" figure of the stated sample{_rate_hint(evidence, number, max(tops))}"
            )
            yield Finding(place, "doubtful", message, {"ratio": ratio})


def _rate_hint(evidence: Evidence, number: Number, top: float) -> str:
    """Whether a division by the last year's rate brings the number to the size of our figures."""
    if not evidence.rates:
        return ""
    year = max(evidence.rates)
    divided = number.value / evidence.rates[year]
    if not 0.5 < divided / top < 1.5:
        return ""
    return (
        f"; divided by the rate of {year} it is {divided:,.0f}, the size of a figure that is in the"
        " table's currency already: converted twice?"
    )


@rule(FAMILY, needs=("cells",))
def mean_and_sd_differ(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Mean and deviation against the stated sample.

    Where the official series covers most of the stated sample, its mean and standard deviation are
    the printed ones up to revisions. Compared is the series its extremes trace to, or else the
    nearest of those a paper can have used.
    """
    for term, line in lines(paper).items():
        variable = paper.variables.get(term)
        if variable is None:
            continue
        traced = {
            str(m)
            for n in (line.low, line.high)
            for m in matches(evidence, paper, variable, n)["measure"]
        }
        usable = [
            m
            for m in variable.compare.measures
            if coverage(evidence, paper, m) >= COMPARABLE and (not traced or m in traced)
        ]
        candidates = []
        for measure in usable:
            cells = measure_cells(evidence, measure).drop_duplicates(
                ["province_code", "year"], keep="last"
            )
            for label, part in (
                ("as stated", stated(cells, paper)),
                ("with the excluded units", in_years(cells, paper)),
            ):
                values = part["value"] * variable.compare.factor
                gaps = (values.mean() / line.mean.value - 1, values.std() / line.sd.value - 1)
                candidates.append((max(map(abs, gaps)), measure, label, gaps))
        if not candidates:
            continue
        yield 2
        as_stated = [c for c in candidates if c[2] == "as stated"]
        best, nearest = min(as_stated), min(candidates)
        if best[0] > NEAR:
            message = (
                f"{variable.symbol}: our {best[1]} on the stated sample"
                f" ({coverage(evidence, paper, best[1]):.0%} of its cells) has a mean"
                f" {best[3][0]:+.1%} and sd {best[3][1]:+.1%} off the printed ones; nearest"
                f" is {nearest[1]} {nearest[2]} with {nearest[3][0]:+.1%} and {nearest[3][1]:+.1%}"
            )
            yield Finding(line.place, "doubtful", message, {"gap": best[0]})


@rule(FAMILY, needs=("cells",))
def figures_not_published(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Figures by unit that no known publication prints.

    A panel needs a figure for each stated unit and year. Where the publications a paper names are
    known to print none by unit, it must say where its own come from. What is published and only
    missing from our archive is no question to the paper.
    """
    known = [v for v in paper.variables.values() if v.compare.measures]
    yield len(known)
    for variable in (v for v in known if v.compare.unpublished):
        share = max(coverage(evidence, paper, m) for m in variable.compare.measures)
        if share < ENOUGH:
            message = f"{variable.symbol}: {variable.compare.unpublished}"
            yield Finding(variable.place, "doubtful", message, {"coverage": share})
