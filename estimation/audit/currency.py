"""Rules on currency and units: extremes that carry the trace of one year's exchange rate."""

from __future__ import annotations

from dataclasses import dataclass

from estimation.audit.descriptive import Line, lines
from estimation.audit.figures import coverage, measure_cells, stated, where
from estimation.audit.registry import Evidence, Finding, Outcome, rule
from estimation.papers.rows import Number
from estimation.papers.schema import PrintedPaper

FAMILY = "currency and units"
LIKELY_CHANCE = 1e-3
FEWEST = 100  # quotients below this are whole too easily


@dataclass(frozen=True)
class Quotient:
    """A printed number over a rate, if that is whole at some number of decimals."""

    value: float
    decimals: int
    chance: float


def whole_multiple(number: Number, rate: float, decimals: int = 0) -> Quotient | None:
    """Whether a number is a multiple of rate x 10^-decimals, rounding allowed.

    The chance is that of any number of this precision being one: the width of its rounding
    interval over the step of the grid.
    """
    step = 10.0**-decimals
    quotient = round(number.value / rate, decimals)
    chance = min(2 * number.half_unit / (rate * step), 1.0)
    if quotient < FEWEST * step or abs(quotient * rate - number.value) > number.half_unit:
        return None
    return Quotient(quotient, decimals, chance)


def _testable(line: Line, rate: float) -> bool:
    return all(
        n.value / rate >= FEWEST and 2 * n.half_unit / rate < 0.05 for n in (line.low, line.high)
    )


@rule(FAMILY, needs=("rates",))
def extremes_share_a_rate(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Both extremes are multiples of one year's exchange rate.

    A foreign-currency series converted year by year has its extremes at the rates of their own
    years. When minimum and maximum are both whole multiples of the same year's rate, by chance
    less than once in a thousand, either both fall in that year or one rate was applied to all.
    """
    rates = _sample_rates(paper, evidence)
    testable = [x for x in lines(paper).values() if all(_testable(x, r) for r in rates.values())]
    yield 2 * len(testable)
    for line in testable:
        for year, rate in rates.items():
            low, high = whole_multiple(line.low, rate), whole_multiple(line.high, rate)
            if low is None or high is None:
                continue
            chance = low.chance * high.chance * len(rates) * len(testable)
            if chance < LIKELY_CHANCE:
                yield _shared(paper, line, year, rate, (low, high), chance)


def _sample_rates(paper: PrintedPaper, evidence: Evidence) -> dict[int, float]:
    first, last = paper.sample.first_year, paper.sample.last_year
    return {y: r for y, r in evidence.rates.items() if first <= y <= last}


def _shared(
    paper: PrintedPaper,
    line: Line,
    year: int,
    rate: float,
    pair: tuple[Quotient, Quotient],
    chance: float,
) -> Finding:
    also = []
    for other in lines(paper).values():
        quotient = whole_multiple(other.high, rate, decimals=2)
        if other.term != line.term and quotient and quotient.value >= FEWEST:
            also.append(
                f"{other.term} max = {quotient.value:g} x {rate} (chance {quotient.chance:.2f})"
            )
    more = f"; also {', '.join(also)}" if also else ""
    message = (
        f"{line.term}: min {line.low.text} = {pair[0].value:.0f} x {rate} and max"
        f" {line.high.text} = {pair[1].value:.0f} x {rate}, the rate of {year} (by chance"
        f" {chance:.0e}){more}"
    )
    return Finding(
        line.place,
        "doubtful",
        message,
        {"year": year, "rate": rate, "quotients": [q.value for q in pair], "chance": chance},
    )


@rule(FAMILY, needs=("cells", "rates"))
def converted_twice(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A figure converted although it was in the currency already.

    A printed extreme that equals an official figure, already in the table's currency, times the
    rate of that figure's year was converted once too often. Applied where our series covers the
    stated sample.
    """
    for term, line in lines(paper).items():
        variable = paper.variables.get(term)
        for measure in variable.compare.measures if variable else ():
            if coverage(evidence, paper, measure) < 0.95:
                continue
            yield 2
            cells = stated(measure_cells(evidence, measure), paper)
            rate = cells["year"].map(evidence.rates).astype(float)
            twice = cells["value"] * variable.compare.factor * rate  # type: ignore[union-attr]
            for name, number in (("min", line.low), ("max", line.high)):
                if number.value / number.half_unit < 1e5:
                    continue  # too coarse to tell one cell from another
                hit = cells[(twice - number.value).abs() <= number.half_unit]
                for _, row in hit.iterrows():
                    message = (
                        f"{term}: {name} {number.text} is {where(evidence, row)} in the table's own"
                        f" currency times the rate {evidence.rates[int(row['year'])]}"
                    )
                    yield Finding(line.place, "contradiction", message, {})
