"""Rules on test statistics: each against its own null, alternative and degrees of freedom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scipy import stats

from estimation.audit.known_tests import KNOWN_TESTS, KnownTest
from estimation.audit.registry import Evidence, Finding, Outcome, Severity, rule
from estimation.audit.significance import level_of, next_level
from estimation.papers.rows import Cell
from estimation.papers.schema import PrintedPaper, Table

FAMILY = "test statistics"


def _tested(paper: PrintedPaper) -> Iterator[tuple[Table, Cell, KnownTest]]:
    for table in paper.tables.values():
        for cell in table.cells:
            kind, _, label = cell.statistic.partition(":")
            if kind == "test" and cell.estimate is not None and label in table.tests:
                yield table, cell, KNOWN_TESTS[table.tests[label]]


def _p_range(cell: Cell, test: KnownTest, units: int) -> tuple[float, float] | None:
    """Least and greatest p-value that rounding of the statistic allows."""
    number = cell.estimate
    if number is None:
        return None
    ends = [test.p_value(x, units) for x in (number.low, number.high)]
    if ends[0] is None or ends[1] is None:
        return None
    return min(ends[0], ends[1]), max(ends[0], ends[1])


def _df(test: KnownTest, units: int) -> str:
    return f"chi-squared({test.df(units)})" if test.df else test.distribution


Verdict = Callable[[Table, Cell, KnownTest, float, float], tuple[Severity, str, Any] | None]


def _judged(paper: PrintedPaper, verdict: Verdict, *, starred: bool = True) -> Outcome:
    """Statistics with a null distribution, by what a verdict says of their least and greatest p."""
    for table, cell, test in _tested(paper):
        if test.distribution == "tabulated" or not (cell.stars if starred else table.stars):
            continue
        yield 1
        p = _p_range(cell, test, paper.sample.units)
        if p and (said := verdict(table, cell, test, *p)):
            severity, message, evidence = said
            yield Finding(cell.place, severity, f"{cell.row}, {cell.column}: {message}", evidence)


@rule(FAMILY)
def statistic_on_wrong_side(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars on the side where the test never rejects.

    A one-sided test rejects in one tail; a starred statistic with a p-value above one half lies
    in the other.
    """

    def wrong(_: Table, cell: Cell, test: KnownTest, least: float, most: float) -> Any:
        message = f"{test.name} rejects in the {test.tail} tail; '{cell.text}' has p = {least:.3f}"
        said = {"p_value": least, "distribution": _df(test, paper.sample.units)}
        return ("impossible", message, said) if least > 0.5 else None

    return _judged(paper, wrong)


@rule(FAMILY)
def statistic_stars_too_many(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars the statistic's own distribution does not give.

    Stars claim a p-value below a level; the null distribution with the stated number of units
    gives the p-value.
    """

    def too_many(table: Table, cell: Cell, test: KnownTest, least: float, most: float) -> Any:
        level = level_of(cell.stars, table.stars)
        if level is None or not level < least <= 0.5:
            return None
        claim = f"'{cell.text}' claims the {level:.0%} level"
        message = f"{claim}; {_df(test, paper.sample.units)} gives p = {least:.4f}"
        return "impossible", message, {"p_value": least, "level": level}

    return _judged(paper, too_many)


@rule(FAMILY)
def statistic_stars_too_few(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Fewer stars than the statistic's own distribution gives.

    A p-value below the next level, rounding allowed, must carry that level's stars.
    """

    def too_few(table: Table, cell: Cell, test: KnownTest, least: float, most: float) -> Any:
        denied = next_level(cell.stars, table.stars)
        if denied is None or most >= denied:
            return None
        message = f"'{cell.text}' has p = {most:.4f}, below {denied:.0%}, which its stars deny"
        return "contradiction", message, {"p_value": most, "level": denied}

    return _judged(paper, too_few, starred=False)


@rule(FAMILY)
def statistic_below_tables(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars below every published critical value.

    For a test with tabulated critical values, stars need a statistic beyond at least the
    smallest one published for their level or a laxer level.
    """
    cells = [x for x in _tested(paper) if x[1].stars and x[2].tabulated]
    yield len(cells)
    for table, cell, test in cells:
        level = level_of(cell.stars, table.stars) or 1.0
        sign = 1 if test.tail == "upper" else -1
        needed = [v for at, v in test.tabulated.items() if at >= level]
        value = cell.value
        if needed and sign * value < sign * min(needed, key=lambda v: sign * v):
            yield Finding(
                cell.place,
                "impossible",
                f"{cell.row}, {cell.column}: '{cell.text}' claims the {level:.0%} level, but"
                f" even the smallest published value of {test.name} is {needed[0]}",
                {"statistic": value, "critical": needed[0]},
            )


@rule(FAMILY)
def statistic_out_of_range(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A statistic outside its range.

    A chi-squared, Jarque-Bera or Lc statistic is a sum of squares and cannot be negative.
    """
    cells = [x for x in _tested(paper) if x[2].lowest > float("-inf")]
    yield len(cells)
    yield from [
        Finding(c.place, "impossible", f"{c.row}, {c.column}: {test.name} cannot be {c.text}", {})
        for _, c, test in cells
        if c.value < test.lowest
    ]


@rule(FAMILY)
def rejection_called_support(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A rejection called support.

    Where the null is the thing wanted (cointegration, normality), stars reject it; where the
    null is the thing feared, the lack of stars leaves it standing. Neither supports the model.
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
                yield Finding(
                    f"{claim.place}; {cell.place}",
                    "contradiction",
                    f"'{cell.text}' is called support, but its stars {verb} the null of"
                    f" {test.name}: {test.null}",
                    {"null": test.null, "stars": cell.stars},
                )


@rule(FAMILY)
def single_equation_test_on_panel(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A test of one equation applied to a panel.

    Some tests are defined, and their critical values tabulated, for one time series regression;
    on a panel they need a stated combination over units.
    """
    cells = list(_tested(paper))
    yield len(cells)
    yield from [
        Finding(
            c.place,
            "doubtful",
            f"{c.row}, {c.column}: {test.name} is defined for one equation; how"
            f" {paper.sample.units} units were combined is not said",
            {"units": paper.sample.units},
        )
        for _, c, test in cells
        if test.single_equation and paper.sample.units > 1
    ]


@rule(FAMILY)
def f_statistic_stars(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Stars on an F statistic that its degrees of freedom do not give.

    The p-value of F(k, N-k-1) is never below that of F(k, infinity); stars beyond the latter
    are impossible whatever N.
    """
    for table in paper.of_content("regression"):
        for model in table.models:
            cell = table.get(model, "f_statistic")
            k = len(table.terms(model))
            if cell is None or cell.estimate is None or not cell.stars or not k:
                continue
            yield 1
            p = float(stats.chi2.sf(cell.estimate.high * k, k))
            level = level_of(cell.stars, table.stars)
            if level is not None and p > level:
                message = f"{cell.row}, {cell.column}: F {cell.text} with k = {k} has p >= {p:.3f}"
                yield Finding(cell.place, "impossible", message, {"p_value": p})
