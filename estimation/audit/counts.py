"""Rules on counts: rows against units times years, factors, groups, and counts not printed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, Severity, rule
from living_panel.estimation.audit.significance import units_of
from living_panel.estimation.econometrics.row_names import UNIT
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import PrintedPaper, Table

FAMILY = "counts"


def _counts(paper: PrintedPaper) -> Iterator[tuple[Table, Cell]]:
    for table in paper.tables.values():
        for cell in table.cells:
            if cell.statistic == "n_obs" and cell.estimate is not None:
                yield table, cell


def smallest_factor(n: int) -> int:
    """Smallest divisor of n above 1; n itself where n is prime."""
    return next((d for d in range(2, int(n**0.5) + 1) if n % d == 0), n)


@rule(FAMILY)
def more_rows_than_the_panel(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """More rows than units times years.

    A panel with one row for each unit and year has at most units times years rows.
    """
    years = paper.sample.periods
    for table, cell in _counts(paper):
        units = units_of(paper, table, cell.model, evidence)
        if units is None or paper.sample.repeated or table.other_sample:
            continue
        yield 1
        most = units * years
        if cell.value > most:
            where = f"{cell.row} {cell.column}: {cell.text} rows"
            message = f"{where}, but {units} units x {years} years = {most}"
            seen = {"rows": cell.value, "most": most, "ratio": cell.value / most}
            fact = f"{cell.text} rows in a panel of {most}"
            inconsistency = Inconsistency(cell.place, "contradiction", message, seen, fact)
            yield inconsistency.assuming(
                f"{cell.value:g} > {units} * {years}", rows="one a unit and year"
            )


@rule(FAMILY)
def count_of_no_complete_panel(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A number of rows that no complete panel has.

    The rule applies if all variables and columns print the same number of rows (except in tables by group). In a
    complete panel this number is divisible by the stated units or years. A prime number of rows fits no panel. This
    is a contradiction if the paper says balanced, else a question of form. The rule does not apply if the paper
    says unbalanced.
    """
    whole = [t for t in paper.tables.values() if t.groups_of is None and not t.other_sample]
    cells = [c for t, c in _counts(paper) if t in whole]
    numbers = {int(c.value) for c in cells}
    unbalanced = paper.sample.balanced is False or paper.sample.repeated
    if unbalanced or len(numbers) != 1 or len(cells) < 2:
        return
    yield len(cells)
    n = numbers.pop()
    units, periods = paper.sample.units, paper.sample.periods
    if n % units == 0 or n % periods == 0:
        return
    factor = smallest_factor(n)
    shape = "it is prime" if factor == n else f"its smallest factor is {factor}"
    message = (
        f"{n} rows in all {len(cells)} places: divisible neither by {units} units nor by {periods}"
        f" years; {shape}"
    )
    place = f"{cells[0].place} and {len(cells) - 1} more"
    severity: Severity = "contradiction" if paper.sample.balanced else "form"
    if severity == "form":
        message += "; this matters if the panel is complete, which the paper does not say"
    inconsistency = Inconsistency(place, severity, message, {"rows": n, "factor": factor})
    yield inconsistency.assuming(f"{n} % {units} != 0 and {n} % {periods} != 0", panel="complete")


@rule(FAMILY)
def group_counts_do_not_add_up(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Groups that do not add up to the whole.

    If groups divide the sample, their counts must sum to the pooled count.
    """
    for table, whole, model in paper.by_group():
        pooled = whole.get(model, "n_obs")
        parts = [c.value for m in table.models if (c := table.get(m, "n_obs"))]
        if pooled is None or len(parts) < len(table.models):
            continue
        yield len(parts) + 1
        if sum(parts) != pooled.value:
            message = f"groups sum to {sum(parts):g} rows, the whole has {pooled.text}"
            inconsistency = Inconsistency(
                table.place, "contradiction", message, {"sum": sum(parts)}
            )
            yield inconsistency.assuming(
                f"sum({parts}) != {pooled.value:g}", groups="they divide the sample"
            )


@rule(FAMILY)
def group_units_do_not_add_up(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Units of the groups that do not add up.

    The printed numbers of units by group must sum to the stated number of units.
    """
    printed = [g.units for g in paper.groups.values() if g.units is not None]
    if not printed or len(printed) != len(paper.groups):
        return
    yield len(printed)
    total = sum(printed)
    if total != paper.sample.units:
        message = f"groups have {total} units, the sample {paper.sample.units}"
        inconsistency = Inconsistency(paper.sample.place, "contradiction", message, {"sum": total})
        yield inconsistency.assuming(
            f"{total} != {paper.sample.units}", groups="they divide the sample"
        )


def _dimensions(table: Table, model: str) -> tuple[Cell | None, Cell | None, Cell | None]:
    """Cells of rows, units and periods of a column."""
    names = ("n_obs", "n_groups", "n_periods")
    rows, units, periods = (table.get(model, name) for name in names)
    return rows, units, periods


def _is_whole(paper: PrintedPaper, table: Table, model: str) -> bool:
    """Whether a column declares that it has every row of a balanced panel: one with fewer may print all units."""
    return paper.sample.balanced is True and table.rests_on_all_rows(model)


@rule(FAMILY)
def rows_against_groups_and_periods(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Rows against printed units and periods.

    A column with so many units and so many periods (printed, else the sample's) has at most their product of rows,
    and at least one row for each unit. It has exactly their product if the paper says balanced, and if the column
    prints both and declares that it uses every row.
    """
    for table, model in paper.columns():
        rows, units, periods = _dimensions(table, model)
        if rows is None or units is None or paper.sample.repeated:
            continue
        stated = 0.0 if table.other_sample else float(paper.sample.periods)
        t = periods.value if periods else stated
        if not t:
            continue
        yield 1
        product = units.value * t
        exact = periods is not None and _is_whole(paper, table, model)
        if rows.value > product or rows.value < units.value or (exact and rows.value != product):
            message = f"{rows.column}: {rows.text} rows, {units.text} units x {t:g} periods"
            test = f"{rows.value:g} > {units.value:g} * {t:g} or {rows.value:g} < {units.value:g}"
            test += f" or ({exact} and {rows.value:g} != {units.value:g} * {t:g})"
            inconsistency = Inconsistency(
                rows.place, "contradiction", message, {"product": product}
            )
            yield inconsistency.assuming(test, rows="one a unit and period", balanced=exact)


@rule(FAMILY)
def differences_with_rows_of_levels(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """First differences with the number of rows of levels.

    The first period of each unit has no difference: a column of first differences has at most units times years
    less one rows. The inconsistency is doubtful if the column does not declare its rows: the authors may have used
    earlier years.
    """
    for table, model in paper.columns():
        rows, units, _ = _dimensions(table, model)
        differenced = table.estimator_of(model) == "first_differences"
        if rows is None or not differenced or paper.sample.repeated or table.other_sample:
            continue
        yield 1
        n_units, steps = units.value if units else paper.sample.units, paper.sample.periods - 1
        if rows.value > n_units * steps:
            declared = table.column(model).where is not None
            severity: Severity = "contradiction" if declared else "doubtful"
            message = f"{rows.column}: {rows.text} rows of differences, {n_units:g} units x {steps}"
            inconsistency = Inconsistency(rows.place, severity, message, {"most": n_units * steps})
            yield inconsistency.assuming(
                f"{rows.value:g} > {n_units:g} * {steps}",
                rows="one a unit and period", first_year=paper.sample.first_year,
            )  # fmt: skip


@rule(FAMILY)
def more_clusters_than_units(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """More clusters than rows, or than the units that they are.

    A cluster has at least one row. Clusters of units are at most as many as the units of the column; if the column
    does not declare its clusters, more of them are doubtful.
    """
    for table, model in paper.columns():
        cell = table.get(model, "n_clusters")
        rows, units, _ = _dimensions(table, model)
        if cell is None or (rows is None and units is None):
            continue
        yield 1
        named = table.column(model).clustered_by
        of_units = named == (UNIT,)
        for other, certain in ((rows, True), (units, of_units)):
            judged = other is rows or of_units or not named
            if other is None or not judged or cell.value <= other.value:
                continue
            severity: Severity = "contradiction" if certain else "doubtful"
            what = "rows" if other is rows else "units"
            message = f"{cell.column}: {cell.text} clusters, {other.text} {what}"
            inconsistency = Inconsistency(
                cell.place, severity, message, fact=f"{cell.place}: clusters"
            )
            yield inconsistency.assuming(f"{cell.value:g} > {other.value:g}", clusters=[*named])
            break


@rule(FAMILY)
def more_units_than_the_sample(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """More units in a column than the sample has.

    A column can have neither more units nor more clusters of units than the paper's stated sample.
    """
    for table, model in paper.columns():
        cell = table.get(model, "n_groups")
        if cell is None or table.other_sample:
            continue
        yield 1
        if cell.value > paper.sample.units:
            message = f"{cell.column}: {cell.text} units, the sample has {paper.sample.units}"
            inconsistency = Inconsistency(cell.place, "contradiction", message)
            yield inconsistency.assuming(
                f"{cell.value:g} > {paper.sample.units}", sample="as stated"
            )


@rule(FAMILY)
def rows_differ_in_balanced_panel(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Columns of a balanced panel with other numbers of rows.

    In a balanced panel a column that has some of another's regressors and no others cannot have fewer rows. It may
    have more rows if the other column uses lags. The rule applies where both columns declare the same rows.
    """
    if paper.sample.balanced is not True or paper.sample.repeated:
        return
    for table in paper.of_content("regression"):
        if table.groups_of or table.other_sample:
            continue
        for small, large in permutations(table.models, 2):
            fewer, more = table.get(small, "n_obs"), table.get(large, "n_obs")
            inside = set(table.terms(small)) <= set(table.terms(large))
            alike = table.estimator_of(small) == table.estimator_of(large)
            same = table.dependent_of(small) == table.dependent_of(large)
            known = table.is_disclosed(small) and table.is_disclosed(large)
            known = known and table.rest_on_the_same_rows(small, large)
            if not fewer or not more or not inside or not alike or not same or not known:
                continue
            yield 1
            if fewer.value < more.value:
                message = f"{fewer.column}: {fewer.text} rows, {more.column} with more: {more.text}"
                inconsistency = Inconsistency(
                    fewer.place, "contradiction", message, fact=f"{fewer.place}: rows"
                )
                yield inconsistency.assuming(
                    f"{fewer.value:g} < {more.value:g}", panel="balanced, as stated"
                )


@rule(FAMILY)
def count_not_printed(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """No number of rows printed.

    Without the number of rows a reader can check neither F, nor R², nor the stars; a panel said to
    be balanced gives it.
    """
    for table, model in paper.columns():
        yield 1
        given = table.get(model, "n_obs") is not None or paper.sample.balanced is True
        if not given and paper.is_whole(table):
            message = f"model {model} prints no number of observations"
            printed = sorted({c.statistic for c in table.cells if c.model == model and c.estimate})
            inconsistency = Inconsistency(f"{table.place}, {model}", "form", message)
            yield inconsistency.assuming(f"'n_obs' not in {printed}")
