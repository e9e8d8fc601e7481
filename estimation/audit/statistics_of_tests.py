"""Rules on test statistics: each against its own null, alternative and degrees of freedom."""

from __future__ import annotations

from collections.abc import Iterator

import scipy

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.known_tests import KNOWN_TESTS, KnownTest, tested
from living_panel.estimation.audit.registry import Inconsistency, Outcome, Severity, found, rule
from living_panel.estimation.audit.significance import level_of, next_level, tested_by_f, weaker
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import PrintedPaper, Table

FAMILY = "test statistics"
FACTOR = 2.0
"""A p-value within this factor of its level may come from another approximation."""


def _with_p(
    paper: PrintedPaper,
) -> Iterator[tuple[Table, Cell, KnownTest, tuple[float, float]]]:
    """Statistics with a null distribution: least and greatest p-value that rounding allows."""
    for table, cell, test in tested(paper):
        if not test.tabulated and not test.may_be_another(cell):
            ends = [test.p_value(x, paper.sample.units) for x in (cell.low, cell.high)]
            yield table, cell, test, (min(ends), max(ends))


@rule(FAMILY)
def statistic_on_wrong_side(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars on the side where the test never rejects.

    A one-sided test rejects in one tail. A starred statistic with a p-value above one half lies in the other tail.
    """
    for _, cell, test, (least, _most) in _with_p(paper):
        yield int(bool(cell.stars))
        if cell.stars and least > 0.5:
            side = f"{test.name} rejects in the {test.tail} tail"
            message = f"{side}; '{cell.text}' has p = {least:.3f}"
            null = test.distribution(paper.sample.units)
            inconsistency = found(cell, "contradiction", message, p_value=least, distribution=null)
            yield inconsistency.assuming(
                f"{_p_value(test, cell, paper)} > 0.5", **_assumed(test, cell, paper)
            )


@rule(FAMILY)
def statistic_stars_too_many(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars that the statistic's own distribution does not give.

    Stars claim a p-value below a level. The rule computes the p-value from the null distribution with the stated
    number of units.
    """
    for table, cell, test, (least, _most) in _with_p(paper):
        yield int(bool(cell.stars))
        level = level_of(cell.stars, table.stars)
        if cell.stars and level is not None and level < least <= 0.5:
            message = (
                f"'{cell.text}' claims the {level:.0%} level;"
                f" {test.distribution(paper.sample.units)} gives p = {least:.4f}"
            )
            severity, message = _graded(message, least / level)
            inconsistency = found(cell, severity, message, p_value=least, level=level)
            yield inconsistency.assuming(
                f"{_p_value(test, cell, paper)} > {level}", **_assumed(test, cell, paper)
            )


@rule(FAMILY)
def statistic_stars_too_few(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Fewer stars than the statistic's own distribution gives.

    A statistic with a p-value below the next level, rounding allowed, must have that level's stars.
    """
    for table, cell, test, (_least, most) in _with_p(paper):
        yield int(bool(table.stars))
        denied = next_level(cell.stars, table.stars)
        if denied is not None and most < denied:
            message = f"'{cell.text}' has p = {most:.4f}, below {denied:.0%}, but lacks the stars of that level"
            severity, message = _graded(message, denied / max(most, 1e-300))
            inconsistency = found(cell, severity, message, p_value=most, level=denied)
            yield inconsistency.assuming(
                f"{_p_value(test, cell, paper, most=True)} < {denied}",
                **_assumed(test, cell, paper),
            )


@rule(FAMILY)
def statistic_below_tables(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars below every published critical value.

    The rule applies to tests with tabulated critical values. Starred statistics must exceed the smallest critical
    value that is published for their level or a laxer level.
    """
    for table, cell, test in tested(paper):
        if not cell.stars or not test.tabulated:
            continue
        yield 1
        level = level_of(cell.stars, table.stars) or 1.0
        needed = [value for at, value in test.tabulated.items() if at >= level]
        if needed and cell.high < min(needed):
            message = (
                f"'{cell.text}' claims the {level:.0%} level, but even the smallest published value"
                f" of {test.name} is {needed[0]}"
            )
            inconsistency = found(
                cell, "contradiction", message, statistic=cell.value, critical=needed[0]
            )
            yield inconsistency.assuming(
                f"{cell.high} < {min(needed)}", distribution=f"tables of {test.name}"
            )


@rule(FAMILY)
def statistic_out_of_range(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A statistic outside its range.

    A chi-squared, Jarque-Bera or Lc statistic is a sum of squares and cannot be negative.
    """
    for _, cell, test in tested(paper):
        yield int(test.is_sum_of_squares)
        if test.is_sum_of_squares and cell.high < 0:
            inconsistency = found(cell, "impossible", f"{test.name} cannot be {cell.text}")
            yield inconsistency.assuming(f"{cell.high} < 0", statistic="a sum of squares")


@rule(FAMILY)
def rejection_called_support(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A rejection called support.

    If the paper wants the null to hold (cointegration, normality), stars reject it. If the paper wants the null
    rejected, a statistic without stars does not reject it. Neither result supports the model.
    """
    for claim in paper.claims_of("support"):
        table = paper.tables[claim.table]
        for cell in table.cells:
            label = cell.statistic.removeprefix("test:")
            if label not in claim.terms or cell.model not in claim.models or cell.empty:
                continue
            yield 1
            test = KNOWN_TESTS[table.tests[label]]
            if bool(cell.stars) == test.null_supports_model:
                verb = "reject" if cell.stars else "do not reject"
                message = f"'{cell.text}' is called support, but its stars {verb} the null of"
                message = f"{message} {test.name}: {test.null}"
                seen = {"null": test.null, "stars": cell.stars}
                inconsistency = Inconsistency(
                    f"{claim.place}; {cell.place}", "contradiction", message, seen
                )
                yield inconsistency.assuming(
                    f"{bool(cell.stars)} == {test.null_supports_model}", null=test.null
                )


@rule(FAMILY)
def single_equation_test_on_panel(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A test of one equation applied to a panel.

    Some tests, and their critical values, are defined for one time series regression. On a panel, the paper must
    say how it combines them over units.
    """
    units = paper.sample.units
    for table, cell, test in tested(paper):
        yield 1
        if test.single_equation and units > 1:
            message = f"{test.name} is defined for one equation; how {units} units were combined"
            fact = f"{table.place}: {test.name} on a panel"
            inconsistency = found(cell, "doubtful", f"{message} is not said", fact, units=units)
            yield inconsistency.assuming(f"{units} > 1")


@rule(FAMILY)
def f_statistic_stars(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars on an F statistic that its degrees of freedom do not give.

    The p-value of F(k, N-k-1) is never below that of F(k, infinity); stars that need a smaller p-value are
    impossible for any N.
    """
    for table, model in paper.columns():
        cell = table.get(model, "f_statistic")
        counts = tested_by_f(paper, table, model, evidence)
        if not cell or not cell.stars or not counts[0] or not table.is_disclosed(model):
            continue
        yield 1
        p = min(float(scipy.stats.chi2.sf(cell.high * k, k)) for k in counts)
        level = level_of(cell.stars, table.stars)
        if level is not None and p > level:
            message = f"F {cell.text} with k = {counts[0]} has p >= {p:.3f}"
            inconsistency = found(cell, "contradiction", message, p_value=p)
            yield inconsistency.assuming(
                f"min(stats.chi2.sf({cell.high} * k, k) for k in {[*counts]}) > {level}",
                distribution="F(k, infinity)",
                regressors=[*counts],
            )


@rule(FAMILY)
def statistic_stars_not_monotone(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Fewer stars on a larger statistic of the same test.

    A test on the same sample has one null distribution. A statistic farther on the rejecting side cannot have fewer
    stars than a nearer one. The rule compares statistics of one test in one table, separately for levels and
    differences. They must differ by more than rounding. If the distribution depends on the sample, they must also
    differ by a twentieth of their size.
    """
    groups: dict[tuple[str, ...], list[tuple[Table, Cell, KnownTest]]] = {}
    for table, cell, test in tested(paper):
        if table.stars and not test.may_be_another(cell):
            kind = "differences" if cell.transform.startswith("diff") else "levels"
            groups.setdefault((table.number, cell.statistic, kind), []).append((table, cell, test))
    for members in groups.values():
        yield len(members) if len(members) > 1 else 0
        for table, cell, test in members:
            over = [c for _, c, _ in members if _is_farther(test, cell, c, table)]
            if over:
                other = over[0]
                message = f"'{cell.text}' has fewer stars than '{other.text}' ({other.row})"
                levels = [level_of(c.stars, table.stars) for c in (cell, other)]
                sign = -1 if test.tail == "lower" else 1
                inconsistency = found(cell, "contradiction", message, other=other.place)
                yield inconsistency.assuming(
                    f"{sign} * {cell.value} > {sign} * {other.value} and {levels[0]} > {levels[1]}",
                    sample="the same in both rows",
                    tail=test.tail,
                )


def _is_farther(test: KnownTest, cell: Cell, other: Cell, table: Table) -> bool:
    """Whether a cell lies farther on the rejecting side than another that claims a stricter level."""
    sign = -1 if test.tail == "lower" else 1
    gap = sign * (cell.value - other.value)
    slack = cell.number.half_unit + other.number.half_unit
    if not test.is_one_distribution:
        slack += 0.05 * abs(other.value)
    return weaker(cell, other, table.stars) and gap > slack


def _graded(message: str, ratio: float) -> tuple[Severity, str]:
    """A p-value near its level may be a simulated or small-sample one."""
    if ratio > FACTOR:
        return "contradiction", message
    return "doubtful", f"{message}; this holds if p-values are asymptotic"


def _p_value(test: KnownTest, cell: Cell, paper: PrintedPaper, *, most: bool = False) -> str:
    """The least p-value that rounding allows as an expression, or the greatest."""
    ends = ", ".join(test.expression(x, paper.sample.units) for x in (cell.low, cell.high))
    return f"{'max' if most else 'min'}({ends})"


def _assumed(test: KnownTest, cell: Cell, paper: PrintedPaper) -> dict[str, object]:
    return {
        "distribution": f"{test.distribution(paper.sample.units)}, asymptotic",
        "sides": f"one, {test.tail} tail",
        "rounding": [cell.low, cell.high],
        "units": paper.sample.units,
    }
