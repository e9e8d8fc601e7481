"""Rules on currency and units: extremes that carry the trace of one year's exchange rate."""

from __future__ import annotations

from dataclasses import dataclass

from living_panel.estimation.audit.descriptive import Line, lines
from living_panel.estimation.audit.figures import Evidence, coverage, stated
from living_panel.estimation.audit.registry import Inconsistency, Outcome, rule
from living_panel.estimation.papers.rows import PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper

FAMILY = "currency and units"
LIKELY_CHANCE = 1e-3
FEWEST = 100  # quotients below this are whole too easily


@dataclass(frozen=True)
class Quotient:
    """A printed number over a rate that is whole at some number of decimals, and the chance of that."""

    value: float
    chance: float


def whole_multiple(number: PrintedNumber, rate: float, decimals: int = 0) -> Quotient | None:
    """Whether a number is a multiple of rate x 10^-decimals, rounding allowed.

    The chance is that of any number of this precision being one: the width of its rounding
    interval over the step of the grid.
    """
    step = 10.0**-decimals
    quotient = round(number.value / rate, decimals)
    chance = min(2 * number.half_unit / (rate * step), 1.0)
    if quotient < FEWEST or abs(quotient * rate - number.value) > number.half_unit:
        return None
    return Quotient(quotient, chance)


def _testable(line: Line, rate: float) -> bool:
    return all(
        n.value / rate >= FEWEST and 2 * n.half_unit / rate < 0.05 for n in (line.low, line.high)
    )


@rule(FAMILY, needs=("rates",))
def extremes_share_a_rate(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Both extremes are multiples of one year's exchange rate.

    A foreign-currency series converted year by year has its extremes at the rates of their own years. Here minimum
    and maximum are both whole multiples of the same year's rate. By chance this happens less than once in a
    thousand. So either both values are of that year, or one rate was applied to all years.
    """
    first, last = paper.sample.first_year, paper.sample.last_year
    rates = {y: r for y, r in evidence.rates.items() if first <= y <= last}
    testable = [x for x in lines(paper).values() if all(_testable(x, r) for r in rates.values())]
    yield 2 * len(testable)
    for line in testable:
        for year, rate in rates.items():
            low, high = whole_multiple(line.low, rate), whole_multiple(line.high, rate)
            if low is None or high is None:
                continue
            chance = low.chance * high.chance * len(rates) * len(testable)
            if chance < LIKELY_CHANCE:
                message = (
                    f"{line.term}: min {line.low.text} = {low.value:.0f} x {rate} and max"
                    f" {line.high.text} = {high.value:.0f} x {rate}, the rate of {year} (by chance"
                    f" {chance:.0e}){_also(paper, line, rate)}"
                )
                quotients = [low.value, high.value]
                seen = {"year": year, "rate": rate, "quotients": quotients, "chance": chance}
                inconsistency = Inconsistency(
                    line.place, "doubtful", message, seen, f"{line.term}: rate of {year}"
                )
                ends = [(n.value, n.half_unit) for n in (line.low, line.high)]
                yield inconsistency.assuming(
                    f"all(abs(round(v / {rate}) * {rate} - v) <= h for v, h in {ends})",
                    chance=chance, rate=rate, year=year,
                )  # fmt: skip


def _also(paper: PrintedPaper, line: Line, rate: float) -> str:
    """Further maxima that are multiples of the rate with two decimals."""
    also = []
    for other in lines(paper).values():
        quotient = whole_multiple(other.high, rate, decimals=2)
        if other.term != line.term and quotient:
            addition = (
                f"{other.term} max = {quotient.value:g} x {rate} (chance {quotient.chance:.2f})"
            )
            also.append(addition)
    return f"; also {', '.join(also)}" if also else ""


@rule(FAMILY, needs=("cells", "rates"))
def converted_twice(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A value converted although it was in the table's currency already.

    A printed extreme equals an official value in this currency times the exchange rate of the value's year. So it
    was converted once too often. The rule applies where our series covers the stated sample.
    """
    for term, line in lines(paper).items():
        compared = paper.variables[term].compare if term in paper.variables else None
        for measure in compared.measures if compared else ():
            if compared is None or coverage(evidence, paper, measure) < 0.95:
                continue
            yield 2
            cells = stated(evidence, paper, measure)
            rate = cells["year"].map(evidence.rates).astype(float)
            twice = cells["value"] * compared.factor * rate
            for name, number in (("min", line.low), ("max", line.high)):
                if number.value / number.half_unit < 1e5:
                    continue  # too coarse to tell one cell from another
                hit = cells[(twice - number.value).abs() <= number.half_unit]
                for _, row in hit.iterrows():
                    message = (
                        f"{term}: {name} {number.text} is {evidence.where(row)} in the table's own"
                        f" currency times the rate {evidence.rates[int(row['year'])]}"
                    )
                    inconsistency = Inconsistency(line.place, "contradiction", message)
                    official = float(row["value"]) * compared.factor
                    used = evidence.rates[int(row["year"])]
                    yield inconsistency.assuming(
                        f"abs({official} * {used} - {number.value}) <= {number.half_unit}",
                        data="official values of this release",
                    )
