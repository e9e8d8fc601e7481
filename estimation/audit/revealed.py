"""Rules on the sample stated against the sample the printed extremes, means and sd reveal.

They need our values; each says which unit and year a printed number belongs to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from living_panel.estimation.audit.descriptive import Line, lines
from living_panel.estimation.audit.figures import KEY, Evidence, coverage, in_years, matches, stated
from living_panel.estimation.audit.registry import Inconsistency, Outcome, rule
from living_panel.estimation.papers.rows import PrintedNumber
from living_panel.estimation.papers.schema import PaperVariable, PrintedPaper

FAMILY = "sample revealed"
NEAR = 0.05  # a mean or sd this close counts as agreeing: revisions move them by less
ENOUGH = 0.95  # share of the stated cells that counts as published
COMPARABLE = 0.85  # share we must have to compare means: one or two years may lack
OUT_OF_SCALE = 3.0


def _extremes(
    paper: PrintedPaper, evidence: Evidence
) -> Iterator[tuple[PaperVariable, str, str, PrintedNumber, pd.DataFrame]]:
    """Printed extremes of variables for which we have any value, with the cells that match."""
    for term, line in lines(paper).items():
        variable = paper.variables.get(term)
        if variable and any(len(evidence.of_measure(m)) for m in variable.compare.measures):
            for name, number in (("min", line.low), ("max", line.high)):
                yield variable, name, line.place, number, matches(evidence, paper, variable, number)


@rule(FAMILY, needs=("cells",))
def extreme_of_excluded_unit(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An extreme that belongs to a unit that the paper excludes.

    The printed minimum or maximum equals a value of an excluded unit, and of no included unit. So the excluded unit
    is in the sample.
    """
    for variable, name, place, number, cells in _extremes(paper, evidence):
        yield 1
        if len(cells) and cells["province_code"].isin(list(paper.sample.excluded)).all():
            row = cells.iloc[0]
            message = (
                f"{variable.symbol}: {name} {number.text} is {evidence.where(row)}"
                f" ({row['measure']}), a unit the paper excludes"
            )
            seen = {"province_code": row["province_code"], "year": int(row["year"])}
            inconsistency = Inconsistency(place, "contradiction", message, seen)
            yield inconsistency.assuming(
                f"{row['province_code']!r} in {[*paper.sample.excluded]}",
                data="official values of this release",
            )


@rule(FAMILY, needs=("cells",))
def extreme_is_surpassed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An extreme that is not the extreme of its own series.

    A printed extreme equals one cell of a series, but the stated sample has a more extreme cell. So rows are
    missing, or the paper joined several series.
    """
    for variable, name, place, number, cells in _extremes(paper, evidence):
        sign = 1 if name == "max" else -1
        for measure, part in cells.groupby("measure"):
            yield 1
            series = stated(evidence, paper, str(measure))
            sizes, extreme = sign * series["value"], (sign * part["value"]).max()
            beyond = sizes[sizes > extreme + 1e-6 * abs(extreme)]
            if not len(beyond):
                continue
            row = series.loc[beyond.idxmax()]
            message = (
                f"{variable.symbol}: {name} {number.text} is {evidence.where(part.iloc[0])}, but"
                f" {len(beyond)} stated cells lie beyond it, first {evidence.where(row)} with"
                f" {row['value'] * variable.compare.factor:,.2f} ({measure})"
            )
            inconsistency = Inconsistency(place, "doubtful", message, {"beyond": len(beyond)})
            yield inconsistency.assuming(
                f"{len(beyond)} > 0", data="official values of this release"
            )


@rule(FAMILY, needs=("cells",))
def extreme_out_of_scale(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A maximum out of scale with the official values.

    The printed maximum is several times the largest official value of the same concept, or a small part of this
    value. So a unit may be wrong, or a conversion made twice.
    """
    for variable, name, place, number, _ in _extremes(paper, evidence):
        series = [stated(evidence, paper, m) for m in variable.compare.measures]
        tops = [
            s["value"].max() * variable.compare.factor for s in series if s["value"].gt(0).any()
        ]
        if name != "max" or not tops or number.value <= 0:
            continue
        yield 1
        ratios = [float(number.value / t) for t in tops]
        if all(r > OUT_OF_SCALE or r < 1 / OUT_OF_SCALE for r in ratios):
            ratio = min(ratios, key=lambda r: abs(math.log(r)))
            size = f"{ratio:.1f}" if ratio > 0.1 else f"{ratio:.1g}"
            message = (
                f"{variable.symbol}: max {number.text} is {size} times the largest official"
                f" value of the stated sample{_rate_hint(evidence, number, max(tops))}"
            )
            inconsistency = Inconsistency(place, "doubtful", message, {"ratio": ratio})
            yield inconsistency.assuming(
                f"all(r > {OUT_OF_SCALE} or r < 1 / {OUT_OF_SCALE} for r in {ratios})",
                data="official values of this release",
            )


def _rate_hint(evidence: Evidence, number: PrintedNumber, top: float) -> str:
    """Whether a division by the last year's rate brings the number to the size of our values."""
    if not evidence.rates:
        return ""
    year = max(evidence.rates)
    divided = number.value / evidence.rates[year]
    if not 0.5 < divided / top < 1.5:
        return ""
    return (
        f"; divided by the rate of {year} it is {divided:,.0f}, the size of a value that is in the"
        " table's currency already: converted twice?"
    )


@rule(FAMILY, needs=("cells",))
def mean_and_sd_differ(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Mean and deviation against the stated sample.

    The official series must cover most of the stated sample. Its mean and standard deviation should then equal the
    printed ones, apart from revisions. The rule compares the series whose cells equal the printed extremes. If there is
    none, it compares the nearest series that the paper can have used.
    """
    for term, line in lines(paper).items():
        variable = paper.variables.get(term)
        gaps = _gaps(paper, evidence, variable, line) if variable else []
        if variable is None or not gaps:
            continue
        yield 2
        off, measure, _, (mean, sd) = min(g for g in gaps if g[2] == "as stated")
        _, other, sample, (other_mean, other_sd) = min(gaps)
        if off > NEAR:
            message = (
                f"{variable.symbol}: our {measure} on the stated sample"
                f" ({coverage(evidence, paper, measure):.0%} of its cells) has a mean {mean:+.1%}"
                f" and sd {sd:+.1%} off the printed ones; nearest is {other} {sample} with"
                f" {other_mean:+.1%} and {other_sd:+.1%}"
            )
            inconsistency = Inconsistency(
                line.place, "doubtful", message, {"gap": max(abs(mean), abs(sd))}
            )
            yield inconsistency.assuming(
                f"{off} > {NEAR}",
                data="official values of this release",
                revisions=f"below {NEAR:.0%}",
            )


def _gaps(
    paper: PrintedPaper, evidence: Evidence, variable: PaperVariable, line: Line
) -> list[tuple[float, str, str, tuple[float, float]]]:
    """Series and samples to compare: the larger gap, the measure, the sample, gaps of mean and sd.

    The larger gap is what rounding leaves of it; those of mean and sd are from the printed digits.
    """
    extremes = [matches(evidence, paper, variable, n) for n in (line.low, line.high)]
    traced = {str(measure) for cells in extremes for measure in cells["measure"]}
    gaps = []
    for measure in variable.compare.measures:
        if coverage(evidence, paper, measure) < COMPARABLE or (traced and measure not in traced):
            continue
        for words, cells in (
            ("as stated", stated(evidence, paper, measure)),
            ("with the excluded units", in_years(evidence, paper, measure)),
        ):
            values = cells.drop_duplicates(KEY, keep="last")["value"] * variable.compare.factor
            pairs = ((values.mean(), line.mean), (values.std(), line.sd))
            beyond = [_beyond_rounding(ours, printed) for ours, printed in pairs]
            mean, sd = (ours / printed.value - 1 for ours, printed in pairs)
            gaps.append((max(beyond), measure, words, (mean, sd)))
    return gaps


def _beyond_rounding(ours: float, printed: PrintedNumber) -> float:
    """Distance of our number from all that round to the printed one, as a share of it."""
    nearest = min(max(ours, printed.low), printed.high)
    return abs(ours - nearest) / abs(printed.value)


@rule(FAMILY, needs=("cells",))
def figures_not_published(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Values by unit that no known publication prints.

    A panel needs a value for each stated unit and year. If the publications that a paper names print no values by
    unit, the paper must say where its values come from. A published file that only our archive lacks gives no
    inconsistency.
    """
    for variable in paper.variables.values():
        compared = variable.compare
        yield int(bool(compared.measures))
        if not compared.measures or not compared.unpublished:
            continue
        share = max(coverage(evidence, paper, m) for m in compared.measures)
        if share < ENOUGH:
            message = f"{variable.symbol}: {compared.unpublished}"
            inconsistency = Inconsistency(variable.place, "doubtful", message, {"coverage": share})
            yield inconsistency.assuming(f"{float(share)} < {ENOUGH}", data="known publications")
