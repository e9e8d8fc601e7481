"""Rules on what the text claims: numbers, stars, orders and differences, against the tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from typing import NamedTuple

from estimation.audit.figures import Evidence
from estimation.audit.registry import Finding, Outcome, rule
from estimation.audit.significance import (
    Range,
    critical,
    error_range,
    level_of,
    revealed,
    t_range,
    weaker,
)
from estimation.papers.rows import Cell, Claim, Number
from estimation.papers.schema import PrintedPaper, Table

FAMILY = "text against tables"


def _named(claim: Claim, table: Table) -> Iterator[tuple[str, str, Cell | None]]:
    """(model, term, cell or None) for each model and term of a claim, where the row exists."""
    for model in claim.models:
        for term in claim.terms or ("",):
            yield model, term, table.get(model, claim.statistic or "estimate", term)


def _across(paper: PrintedPaper, kind: str) -> Iterator[tuple[Claim, Table, str, list[Cell]]]:
    """Claims of a kind with each of their terms, and its estimates in the models they name."""
    for claim in paper.claims_of(kind):
        table = paper.tables[claim.table]
        for term in claim.terms:
            cells = (table.get(m, "estimate", term) for m in claim.models)
            yield claim, table, term, [c for c in cells if c]


def _finding(claim: Claim, message: str, *cells: Cell | None, **evidence: object) -> Finding:
    places = "; ".join([claim.place, *dict.fromkeys(c.place for c in cells if c)])
    return Finding(places, "contradiction", f"{claim.label}: {message}", evidence)


@rule(FAMILY)
def number_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A number in the text that the table does not have.

    A number quoted for a model and variable is the one printed there, at the precision quoted;
    quoted for several models, it holds in each.
    """
    for claim in paper.claims_of("value"):
        quoted = Number(claim.values[0])
        named = [c for _, _, c in _named(claim, paper.tables[claim.table])]
        yield len(named)
        wrong = [c for c in named if c is None or not _quotes(quoted, c)]
        if wrong:
            printed = ", ".join(c.text if c else "nothing" for c in wrong)
            where = f" in {len(wrong)} of {len(named)} models" if len(named) > 1 else ""
            message = f"text {quoted.text}, table {printed}{where}"
            yield _finding(claim, message, *wrong, models=len(named), wrong=len(wrong))


def _quotes(quoted: Number, cell: Cell) -> bool:
    """Whether the text's number is the cell's, also rounded twice (.1546 to .155 to .16)."""
    shorter = quoted.decimals < cell.number.decimals
    allowed = quoted.half_unit * (1.1 if shorter else 1.0)
    return abs(cell.value - quoted.value) <= allowed


@rule(FAMILY)
def range_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A range in the text that is not the table's.

    A quoted range runs from the smallest to the largest printed value it speaks of.
    """
    for claim in paper.claims_of("range"):
        cells = [c for _, _, c in _named(claim, paper.tables[claim.table]) if c]
        if not cells:
            continue
        yield len(cells)
        ends = (min(cells, key=lambda c: c.value), max(cells, key=lambda c: c.value))
        for quoted, end in zip(claim.values, ends, strict=True):
            if not _quotes(Number(quoted), end):
                yield _finding(claim, f"text {quoted}, table {end.value:g}", *cells)


@rule(FAMILY)
def trend_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A rise or fall the table does not show.

    A quantity said to rise (or fall) across columns does so at every step.
    """
    for claim in paper.claims_of("trend"):
        cells = [c for _, _, c in _named(claim, paper.tables[claim.table]) if c]
        yield len(cells)
        for a, b in pairwise(cells):
            low, high = (a, b) if claim.relation == "rising" else (b, a)
            if high.is_less_than(low):
                yield _finding(claim, f"{a.text} then {b.text}", a, b)


@rule(FAMILY)
def significance_not_starred(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Called significant without the stars.

    A coefficient called positive is positive; one called significant carries the stars of the
    level named, in every model it is in; 'all' means each of them, printed.
    """
    for claim in paper.claims_of("significance"):
        table = paper.tables[claim.table]
        for model, term, cell in _named(claim, table):
            if cell is None and claim.relation != "all":
                continue  # the variable is not in this model
            yield 1
            if cell is None:
                yield _finding(claim, f"{term} has no printed estimate in model {model}")
                continue
            if claim.relation in ("positive", "all") and cell.high <= 0:
                yield _finding(claim, f"{cell.row}, {cell.column}: {cell.text}", cell)
                continue
            level = level_of(cell.stars, table.stars)
            if claim.level is not None and (level is None or level > claim.level):
                message = f"{cell.row}, {cell.column}: '{cell.text}' lacks the stars of"
                yield _finding(claim, f"{message} {claim.level:.0%}", cell)


@rule(FAMILY)
def significance_against_errors(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Called significant against the printed errors.

    Whatever the stars, the printed bracket gives |t|; below the normal's critical value of the
    level named the claim does not hold under any df.
    """
    for claim in paper.claims_of("significance"):
        table = paper.tables[claim.table]
        for _, _, cell in _named(claim, table) if claim.level is not None else ():
            reach = t_range(cell, revealed(table)) if cell else None
            if cell is None or reach is None:
                continue
            yield 1
            needed = critical(claim.level, math.inf)
            if reach.high < needed:
                message = f"{cell.row}, {cell.column}: |t| {reach.value:.3f}, needed {needed:.3f}"
                yield _finding(claim, message, cell, abs_t=reach.value)


@rule(FAMILY)
def order_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An order the point estimates do not have.

    Models named from strongest to weakest have falling estimates; 'largest first' asks only
    that the first exceeds the rest.
    """
    for claim, _, _, cells in _across(paper, "order"):
        if len(cells) < 2:
            continue
        yield len(cells)
        first = claim.relation == "largest_first"
        held = [(cells[0], c) for c in cells[1:]] if first else pairwise(cells)
        if any(larger.is_less_than(other) for larger, other in held):
            yield _finding(claim, ", ".join(c.text for c in cells), *cells)


@rule(FAMILY)
def difference_not_significant(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """'Significantly higher' against the printed errors.

    Estimates of disjoint groups are independent, so their difference has the error
    sqrt(se1² + se2²). One called significantly higher must pass the normal's value at the level
    named; two starred columns do not make their difference significant. Where effects are only
    said to vary significantly, one pair that passes is enough.
    """
    for claim, table, term, cells in _across(paper, "difference"):
        higher = claim.relation == "significantly_higher"
        pairs = _differences(table, cells, first_only=higher)
        yield len(pairs)
        needed = critical(claim.level or 0.10, math.inf)
        short = [p for p in pairs if (p.most if higher else abs(p.most)) < needed]
        if higher:
            yield from [_no_difference(claim, term, p, needed) for p in short]
        elif pairs and len(short) == len(pairs):
            most = max(pairs, key=lambda p: abs(p.z))
            yield replace(_no_difference(claim, term, most, needed), severity="doubtful")


class Difference(NamedTuple):
    """Two estimates of disjoint groups, z of their difference, and the largest that rounding allows."""

    first: Cell
    second: Cell
    z: float
    most: float


def _differences(table: Table, cells: list[Cell], *, first_only: bool) -> list[Difference]:
    """Differences of the cells, each from each or from the first; none where an error is not printed."""
    reading = revealed(table)
    errors = [e for c in cells if (e := error_range(c, reading))]
    if len(errors) < len(cells):
        return []
    pairs = combinations(zip(cells, errors, strict=True), 2)
    return [
        _difference(*one, *other) for one, other in pairs if one[0] is cells[0] or not first_only
    ]


def _difference(a: Cell, of_a: Range, b: Cell, of_b: Range) -> Difference:
    gap, rounding = a.value - b.value, a.number.half_unit + b.number.half_unit
    least = math.hypot(of_a.low, of_b.low) or 1e-300
    most = (gap + math.copysign(rounding, gap)) / least
    return Difference(a, b, gap / math.hypot(of_a.value, of_b.value), most)


def _no_difference(claim: Claim, term: str, pair: Difference, needed: float) -> Finding:
    first, second, z, _ = pair
    message = (
        f"{term}: {first.text} less {second.text} is {first.value - second.value:+.3f} with"
        f" z = {z:.2f}, needed {needed:.3f}"
    )
    return _finding(claim, message, first, second, z=z)


@rule(FAMILY)
def strength_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """'Most significant' against the printed stars and errors.

    Significance is ordered by stars, and by |t| among equal stars. 'Most significant' and 'less
    significant' fail where another model has more stars, or as many and a |t| that is larger
    whatever rounding has done.
    """
    for claim, table, term, cells in _across(paper, "strength"):
        for cell in cells[1:]:
            yield 1
            first, other = (t_range(c, revealed(table)) for c in (cells[0], cell))
            if weaker(cell, cells[0], table.stars) or not first or not other:
                continue
            if other.low > first.high or weaker(cells[0], cell, table.stars):
                sizes = f"|t| {first.value:g} and {other.value:g}"
                message = f"{term}: '{cells[0].text}' against '{cell.text}', {sizes}"
                yield _finding(claim, message, cells[0], cell)


@rule(FAMILY)
def wrong_table_named(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A table said to show what another shows.

    A table named in the text exists and is of the kind the sentence says.
    """
    for claim in paper.claims_of("table_reference"):
        yield 1
        table = paper.tables.get(claim.table)
        if table is None:
            yield _finding(claim, f"there is no table {claim.table}")
        elif table.content != claim.relation:
            message = f"table {claim.table} is '{table.title}' ({table.content})"
            yield _finding(claim, f"{message}, not {claim.relation}")


@rule(FAMILY)
def facts_disagree(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Facts stated twice and differently.

    The sample, the main estimator and what a variable measures are the same wherever the paper
    says them, and the sample is the one its data section states.
    """
    claims = paper.claims_of("fact")
    known = {
        name: str(getattr(paper.sample, name)) for name in ("units", "first_year", "last_year")
    }
    if paper.groups:
        known["n_groups"] = str(len(paper.groups))
    for claim in claims:
        number = claim.statistic.removeprefix("n_tests:")
        if number in paper.tables:
            known[claim.statistic] = str(len(paper.tables[number].tests))
    yield len(claims)
    for statistic in dict.fromkeys(c.statistic for c in claims):
        said = [c for c in claims if c.statistic == statistic]
        versions = {v: c.place for c in reversed(said) for v in c.values}
        if statistic in known:
            versions.setdefault(known[statistic], "as the tables and the sample are")
        if len(versions) > 1:
            message = "; ".join(f"'{v}' ({place})" for v, place in versions.items())
            yield _finding(said[0], message, versions=list(versions))
