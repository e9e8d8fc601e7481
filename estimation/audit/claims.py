"""Rules on what the text claims: numbers, stars, orders and differences, against the tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from typing import NamedTuple

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, rule
from living_panel.estimation.audit.significance import (
    Range,
    critical,
    error_range,
    level_of,
    reach_of,
    revealed,
    scale_of,
    weaker,
)
from living_panel.estimation.papers.rows import SLACK, Cell, Claim, PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper, Table

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


def _inconsistency(
    claim: Claim, message: str, *cells: Cell | None, **evidence: object
) -> Inconsistency:
    places = "; ".join([claim.place, *dict.fromkeys(c.place for c in cells if c)])
    return Inconsistency(places, "contradiction", f"{claim.label}: {message}", evidence)


@rule(FAMILY)
def number_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A number in the text that the table does not have.

    A number quoted for a model and variable must equal the printed one, at the quoted precision. If it is quoted
    for several models, it must be right in each.
    """
    for claim in paper.claims_of("value"):
        quoted = PrintedNumber(claim.values[0])
        named = [c for _, _, c in _named(claim, paper.tables[claim.table])]
        yield len(named)
        wrong = [c for c in named if c is None or not _quotes(quoted, c)]
        if wrong:
            printed = ", ".join(c.text if c else "nothing" for c in wrong)
            where = f" in {len(wrong)} of {len(named)} models" if len(named) > 1 else ""
            message = f"text {quoted.text}, table {printed}{where}"
            inconsistency = _inconsistency(
                claim, message, *wrong, models=len(named), wrong=len(wrong)
            )
            sized = quoted.value >= 0
            values = [(abs(c.value) if sized else c.value) if c else math.nan for c in wrong]
            allowed = [_allowed(quoted, c) if c else 0.0 for c in wrong]
            yield inconsistency.assuming(
                f"all(not abs(v - {quoted.value}) <= a for v, a in zip({values}, {allowed}))",
                rounding=f"{quoted.decimals} decimals in the text",
            )  # fmt: skip


def _quotes(quoted: PrintedNumber, cell: Cell) -> bool:
    """Whether the text's number is the cell's, also rounded twice (.1546 to .155 to .16).

    A number quoted without its minus ("an elasticity of .355") is the size of the cell's.
    """
    value = abs(cell.value) if quoted.value >= 0 else cell.value
    return abs(value - quoted.value) <= _allowed(quoted, cell)


def _allowed(quoted: PrintedNumber, cell: Cell) -> float:
    shorter = quoted.decimals < cell.number.decimals
    return quoted.half_unit * (1.1 if shorter else 1.0) + SLACK


@rule(FAMILY)
def range_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A range in the text that is not the table's.

    A quoted range must run from the smallest to the largest of the printed values.
    """
    for claim in paper.claims_of("range"):
        cells = [c for _, _, c in _named(claim, paper.tables[claim.table]) if c]
        if not cells:
            continue
        yield len(cells)
        ends = (min(cells, key=lambda c: c.value), max(cells, key=lambda c: c.value))
        if all(not q.startswith(("-", "−")) for q in claim.values) and ends[1].value < 0:
            ends = (ends[1], ends[0])  # sizes of negative numbers
        for quoted, end in zip(claim.values, ends, strict=True):
            if not _quotes(PrintedNumber(quoted), end):
                inconsistency = _inconsistency(claim, f"text {quoted}, table {end.value:g}", *cells)
                number = PrintedNumber(quoted)
                value = abs(end.value) if number.value >= 0 else end.value
                yield inconsistency.assuming(
                    f"abs({value} - {number.value}) > {_allowed(number, end)}"
                )


def _by_size(cells: list[Cell]) -> list[Cell]:
    """Cells, and without their minus where all are negative: a text that orders effects speaks of sizes."""
    if not cells or not all(c.high < 0 for c in cells):
        return cells
    return [replace(c, estimate=PrintedNumber(c.number.text.lstrip("-−"))) for c in cells]


@rule(FAMILY)
def trend_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A rise or fall the table does not show.

    If the text says that a quantity rises (or falls) across columns, it must do so at every step.
    """
    for claim in paper.claims_of("trend"):
        cells = [c for _, _, c in _named(claim, paper.tables[claim.table]) if c]
        yield len(cells)
        steps = [
            [(a, b) if claim.relation == "rising" else (b, a) for a, b in pairwise(reading)]
            for reading in (cells, _by_size(cells))
        ]
        if any(not any(high.is_less_than(low) for low, high in reading) for reading in steps):
            continue
        for (low, high), (a, b) in zip(steps[0], pairwise(cells), strict=True):
            if high.is_less_than(low):
                inconsistency = _inconsistency(claim, f"{a.text} then {b.text}", a, b)
                yield inconsistency.assuming(
                    f"{high.high} <= {low.low} + 1e-9", direction=claim.relation
                )


@rule(FAMILY)
def significance_not_starred(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Called significant without the stars.

    A coefficient called positive must be positive. A coefficient called significant must have the stars of the
    named level, in every model that has it. 'All' means every printed coefficient.
    """
    for claim in paper.claims_of("significance"):
        table = paper.tables[claim.table]
        for model, term, cell in _named(claim, table):
            if cell is None and claim.relation != "all":
                continue  # the variable is not in this model
            yield 1
            if cell is None:
                if paper.is_whole(table):
                    inconsistency = _inconsistency(
                        claim, f"{term} has no printed estimate in model {model}"
                    )
                    yield inconsistency.assuming(f"{term!r} not in {[*table.terms(model)]}")
                continue
            if claim.relation in ("positive", "all") and cell.high <= 0:
                inconsistency = _inconsistency(
                    claim, f"{cell.row}, {cell.column}: {cell.text}", cell
                )
                yield inconsistency.assuming(f"{cell.high} <= 0")
                continue
            level = level_of(cell.stars, table.part_of(model).stars)
            if claim.level is not None and (level is None or level > claim.level):
                message = f"{cell.row}, {cell.column}: '{cell.text}' lacks the stars of"
                inconsistency = _inconsistency(
                    claim, f"{message} {claim.level:.0%}", cell, cell=cell.place, level=level
                )
                yield replace(inconsistency, fact=_lacking(cell)).assuming(
                    f"{level or 1.0} > {claim.level}", legend=table.stars
                )


@rule(FAMILY)
def significance_against_errors(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Called significant against the printed errors.

    The printed bracket gives |t|, whatever the stars say. Where |t| is below the normal critical value
    of the claimed level, the claim fails under every df.
    """
    for claim in paper.claims_of("significance"):
        table = paper.tables[claim.table]
        for _, _, cell in _named(claim, table) if claim.level is not None else ():
            part = table.part_of(cell.model) if cell else table
            reach = reach_of(part, cell, revealed(part)) if cell else None
            if cell is None or reach is None:
                continue
            yield 1
            needed = critical(claim.level, math.inf, part.sides)
            if reach.high < needed:
                message = f"{cell.row}, {cell.column}: |t| {reach.value:.3f}, needed {needed:.3f}"
                inconsistency = _inconsistency(claim, message, cell, abs_t=reach.value)
                yield replace(inconsistency, fact=_lacking(cell)).assuming(
                    f"{reach.high} < stats.norm.isf({claim.level} / {part.sides})",
                    distribution="normal", sides=part.sides, rounding=[reach.low, reach.high],
                )  # fmt: skip


def _lacking(cell: Cell) -> str:
    """The fact that a cell which the text calls significant is not."""
    return f"{cell.place}: called significant"


@rule(FAMILY)
def order_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An order the point estimates do not have.

    Models named from strongest to weakest must have falling estimates. 'Largest first' only requires that the first
    exceeds the rest.
    """
    for claim, _, _, cells in _across(paper, "order"):
        if len(cells) < 2:
            continue
        yield len(cells)
        first = claim.relation == "largest_first"
        readings = [
            [(r[0], c) for c in r[1:]] if first else [*pairwise(r)]
            for r in (cells, _by_size(cells))
        ]
        if all(any(a.is_less_than(b) for a, b in reading) for reading in readings):
            inconsistency = _inconsistency(claim, ", ".join(c.text for c in cells), *cells)
            ends = [(c.low, c.high) for c in cells]
            of = f"[({ends}[0], x) for x in {ends}[1:]]" if first else f"zip({ends}, {ends}[1:])"
            yield inconsistency.assuming(
                f"any(a[1] <= b[0] + 1e-9 for a, b in {of})", order=claim.relation
            )


@rule(FAMILY)
def difference_not_significant(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """'Significantly higher' against the printed errors.

    Estimates of disjoint groups are independent, so their difference has the error sqrt(se1² + se2²). A difference
    called significantly higher must exceed the normal's one-sided critical value at the named level. Stars in two
    columns do not make their difference significant. If the text only says that effects vary significantly, one
    significant pair is enough.
    """
    for claim, table, term, cells in _across(paper, "difference"):
        higher = claim.relation == "significantly_higher"
        pairs = _differences(table, cells, first_only=higher)
        yield len(pairs)
        # "higher" names the side, "different" does not
        needed = critical(claim.level or 0.10, math.inf, 1 if higher else 2)
        short = [p for p in pairs if (p.most if higher else abs(p.most)) < needed]
        if higher:
            yield from [_no_difference(claim, term, p, needed, sides=1) for p in short]
        elif pairs and len(short) == len(pairs):
            most = max(pairs, key=lambda p: abs(p.z))
            inconsistency = _no_difference(claim, term, most, needed, sides=2)
            yield replace(inconsistency, severity="doubtful")


class ClaimedDifference(NamedTuple):
    """Two estimates of disjoint groups, z of their difference, and the largest that rounding allows."""

    first: Cell
    second: Cell
    z: float
    most: float


def _differences(table: Table, cells: list[Cell], *, first_only: bool) -> list[ClaimedDifference]:
    """Differences of the cells, each from each or from the first; empty where an error is missing."""
    parts = [table.part_of(c.model) for c in cells]
    readings = [(c, revealed(p), scale_of(p)) for c, p in zip(cells, parts, strict=True)]
    errors = [e for reading in readings if (e := error_range(*reading))]
    if len(errors) < len(cells):
        return []
    pairs = combinations(zip(cells, errors, strict=True), 2)
    return [
        _difference(*one, *other) for one, other in pairs if one[0] is cells[0] or not first_only
    ]


def _difference(a: Cell, of_a: Range, b: Cell, of_b: Range) -> ClaimedDifference:
    gap, rounding = a.value - b.value, a.number.half_unit + b.number.half_unit
    least = math.hypot(of_a.low, of_b.low) or 1e-300
    most = (gap + math.copysign(rounding, gap)) / least
    return ClaimedDifference(a, b, gap / math.hypot(of_a.value, of_b.value), most)


def _no_difference(
    claim: Claim, term: str, pair: ClaimedDifference, needed: float, *, sides: int
) -> Inconsistency:
    first, second, z, most = pair
    message = (
        f"{term}: {first.text} less {second.text} is {first.value - second.value:+.3f} with"
        f" z = {z:.2f}; significance needs {needed:.3f}"
    )
    inconsistency = replace(
        _inconsistency(claim, message, first, second, z=z),
        fact=f"{first.place} against {second.place}: no significant difference",
    )
    size = f"abs({most})" if sides == 2 else f"{most}"
    return inconsistency.assuming(
        f"{size} < stats.norm.isf({claim.level or 0.10} / {sides})",
        distribution="normal", sides=sides, samples="independent", z_at_most=most,
    )  # fmt: skip


@rule(FAMILY)
def strength_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """'Most significant' against the printed stars and errors.

    Significance is ordered by stars, and by |t| among equal stars. 'Most significant' is wrong if another model has
    more stars. It is also wrong if another model has as many stars and a larger |t| under any rounding.
    """
    for claim, table, term, cells in _across(paper, "strength"):
        for cell in cells[1:]:
            yield 1
            both = [(table.part_of(c.model), c) for c in (cells[0], cell)]
            first, other = (reach_of(p, c, revealed(p)) for p, c in both)
            if weaker(cell, cells[0], table.stars) or not first or not other:
                continue
            if other.low > first.high or weaker(cells[0], cell, table.stars):
                sizes = f"|t| {first.value:g} and {other.value:g}"
                message = f"{term}: '{cells[0].text}' against '{cell.text}', {sizes}"
                inconsistency = _inconsistency(claim, message, cells[0], cell)
                fact = f"{cells[0].place} against {cell.place}: strength"
                levels = [level_of(c.stars, table.stars) for c in (cells[0], cell)]
                yield replace(inconsistency, fact=fact).assuming(
                    f"{other.low} > {first.high} or {levels[0]} > {levels[1]}",
                    order="stars, then |t|",
                )


@rule(FAMILY)
def wrong_table_named(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A reference to the wrong table.

    A table that the text names must exist and have the kind that the sentence says.
    """
    for claim in paper.claims_of("table_reference"):
        yield 1
        table = paper.tables.get(claim.table)
        if table is None and paper.is_whole():
            inconsistency = _inconsistency(claim, f"there is no table {claim.table}")
            yield inconsistency.assuming(f"{claim.table!r} not in {[*paper.tables]}")
        elif table is not None and table.content != claim.relation:
            message = f"table {claim.table} is '{table.title}' ({table.content})"
            inconsistency = _inconsistency(claim, f"{message}, not {claim.relation}")
            yield inconsistency.assuming(f"{table.content!r} != {claim.relation!r}")


@rule(FAMILY)
def facts_disagree(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Facts stated twice and differently.

    All statements of the sample, of the main estimator and of a variable's concept must agree. The rule takes the
    sample from the data section.
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
        alike = [c for c in claims if c.statistic == statistic]
        versions = {v: c.place for c in reversed(alike) for v in c.values}
        if statistic in known:
            versions.setdefault(known[statistic], "as the tables and the sample are")
        if len(versions) > 1:
            message = "; ".join(f"'{v}' ({place})" for v, place in versions.items())
            inconsistency = _inconsistency(alike[0], message, versions=list(versions))
            yield inconsistency.assuming(f"len(set({[*versions]})) > 1")


@rule(FAMILY)
def sign_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A sign in the text that the table does not have.

    A coefficient called positive (negative) must have this sign in every named model that has it.
    """
    for claim, _, term, cells in _across(paper, "sign"):
        for cell in cells:
            yield 1
            negative = claim.relation == "negative"
            if (cell.low >= 0 and negative) or (cell.high <= 0 and not negative):
                inconsistency = _inconsistency(
                    claim, f"{term} is called {claim.relation}: {cell.text}", cell
                )
                yield inconsistency.assuming(
                    f"{cell.low} >= 0" if negative else f"{cell.high} <= 0"
                )


@rule(FAMILY)
def size_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A size in the text that does not follow from the estimate.

    A sentence such as "ten per cent more x raise y by 3.1 per cent" quotes a factor and its product with the estimate
    (values: factor; product). The product follows from the printed estimate up to the rounding of both.
    """
    for claim, _, term, cells in _across(paper, "size"):
        factor, product = PrintedNumber(claim.values[0]), PrintedNumber(claim.values[1])
        for cell in cells:
            yield 1
            ends = sorted((factor.value * cell.low, factor.value * cell.high))
            if ends[1] < 0 and factor.value > 0 and product.value > 0:
                ends = [-ends[1], -ends[0]]  # "lowers y by 3.1 per cent"
            if product.high < ends[0] or product.low > ends[1]:
                message = (
                    f"{term}: {factor.text} x {cell.number.text} is {factor.value * cell.value:g},"
                    f" not {product.text}"
                )
                inconsistency = _inconsistency(claim, message, cell)
                yield inconsistency.assuming(
                    f"{product.high} < {ends[0]} or {product.low} > {ends[1]}", effect="linear"
                )


@rule(FAMILY)
def method_not_in_table(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A method in the text that is not the table's.

    The estimator that the text names for a column (values) must be the one that the table names.
    """
    for claim in paper.claims_of("method"):
        table = paper.tables[claim.table]
        for model in claim.models:
            named = [n for n in (table.estimator_of(model), table.subtype_of(model)) if n]
            yield int(bool(named))
            if named and not {v.lower() for v in claim.values} & {n.lower() for n in named}:
                message = f"text {' or '.join(claim.values)}, {table.place}, {model}: {named[-1]}"
                inconsistency = _inconsistency(claim, message)
                yield inconsistency.assuming(f"not set({[*claim.values]}) & set({named})")


@rule(FAMILY)
def role_differs(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A variable called core in one place and control in another.

    A variable has one role (values: core, control, dependent). The text must give the same role everywhere, and the
    same as the list of variables.
    """
    roles: dict[str, dict[str, str]] = {
        term: {v.role: v.place or "the list of variables"} for term, v in paper.variables.items()
    }
    for claim in paper.claims_of("role"):
        for term in claim.terms:
            yield 1
            known = roles.setdefault(term, {})
            role = claim.values[0]
            other = next((r for r in known if r != role), None)
            if other is not None:
                inconsistency = _inconsistency(
                    claim, f"{term} is {role} here and {other} ({known[other]})"
                )
                yield replace(inconsistency, fact=f"{term}: role").assuming(
                    f"{role!r} != {other!r}"
                )
            known.setdefault(role, claim.place)
