"""Rules on methods: integration order, feasibility, and the equation against the tables."""

from __future__ import annotations

from estimation.audit.form import form_finding
from estimation.audit.known_tests import KNOWN_TESTS
from estimation.audit.registry import Evidence, Finding, Outcome, rule
from estimation.papers.rows import Cell
from estimation.papers.schema import PrintedPaper, Table

FAMILY = "methods"
NEEDS_UNIT_ROOTS = ("fmols", "dols", "ccr")
# Least residual degrees of freedom a unit's long-run variance can be estimated from.
LEAST_RESIDUAL = 5


def _unit_root_rows(table: Table) -> dict[str, list[Cell]]:
    rows: dict[str, list[Cell]] = {}
    for cell in table.cells:
        label = cell.statistic.removeprefix("test:")
        known = KNOWN_TESTS.get(table.tests.get(label, ""))
        if known and not known.null_supports_model and cell.estimate is not None:
            rows.setdefault(cell.row, []).append(cell)
    return rows


def _by_transform(paper: PrintedPaper, differenced: bool) -> list[tuple[Table, list[Cell]]]:
    return [
        (table, cells)
        for table in paper.of_content("unit_roots")
        for cells in _unit_root_rows(table).values()
        if cells[0].transform.startswith("diff") == differenced
    ]


@rule(FAMILY)
def unit_roots_misread(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """What the text says of unit roots against the table.

    'Some level series have a unit root' needs a level series the tests do not reject; 'all
    differences are stationary' needs the differences printed and rejected.
    """
    levels, differences = _by_transform(paper, False), _by_transform(paper, True)
    for claim in paper.claims_of("integration"):
        if claim.relation == "some_levels_not_rejected":
            yield len(levels)
            rejected = [cells for _, cells in levels if all(c.stars for c in cells)]
            if levels and len(rejected) == len(levels):
                message = f"all {len(levels)} level series printed are starred by every test"
                place = f"{claim.place}; {levels[0][0].place}"
                yield Finding(place, "contradiction", f"{claim.label}: {message}", {})
        if claim.relation == "all_differences_rejected":
            described = {c[0].term for _, c in (*levels, *differences)}
            yield len(described)
            printed = {cells[0].term for _, cells in differences}
            absent = sorted(described - printed)
            if absent:
                message = f"no differenced series is printed for {', '.join(absent)}"
                yield Finding(claim.place, "contradiction", f"{claim.label}: {message}", {})


@rule(FAMILY)
def estimator_against_integration(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A cointegrating estimator on series the paper finds stationary.

    FMOLS, DOLS and CCR estimate a relation between series with unit roots; a series for which the
    paper's own tests reject one has no place in it. Judged are the dependent variable, the terms
    printed, and the equation's regressors where the table says that controls are in.
    """
    uses: dict[str, set[str]] = {}
    for table in paper.of_content("regression"):
        for model in table.models:
            if (estimator := table.estimators.get(model)) in NEEDS_UNIT_ROOTS:
                for term in (paper.equation.lhs, *_regressors(paper, table, model)):
                    uses.setdefault(term, set()).add(estimator)
    levels = [(t, c) for t, c in _by_transform(paper, False) if c[0].term in uses]
    yield len(levels)
    for _, cells in levels:
        if all(c.stars for c in cells):
            place = cells[0].place.rsplit(",", 1)[0]
            message = (
                f"{cells[0].row}: every test rejects a unit root in levels, yet it enters"
                f" {', '.join(sorted(uses[cells[0].term]))}"
            )
            yield Finding(place, "contradiction", message, {"term": cells[0].term})


@rule(FAMILY)
def mixed_integration(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Orders of integration mixed in one regression in levels.

    Series reported stationary in levels beside series reported only in differences: the paper
    takes the second for integrated of order one, and a regression of one on the other in levels
    needs an argument.
    """
    levels, differences = _by_transform(paper, False), _by_transform(paper, True)
    rejected = {c[0].term for _, c in levels if all(x.stars for x in c)}
    only_differenced = {c[0].term for _, c in differences} - {c[0].term for _, c in levels}
    entered: dict[str, Cell] = {}
    for table in paper.of_content("regression"):
        for cell in table.estimates():
            if not cell.transform.startswith("diff"):
                entered.setdefault(cell.term, cell)
    tested = [
        t for t in entered if t in rejected | only_differenced | {c[0].term for _, c in levels}
    ]
    yield len(tested)
    if rejected and paper.equation.lhs in rejected:
        for term in sorted(only_differenced & entered.keys()):
            message = (
                f"{term}: tested only in differences, entered in levels beside stationary series"
            )
            yield Finding(entered[term].place, "doubtful", message, {"term": term})


def dols_parameters(regressors: int, leads: int = 1, lags: int = 1) -> int:
    """Parameters of one unit's DOLS with a constant: k (2 + leads + lags) + 1."""
    return regressors * (2 + leads + lags) + 1


@rule(FAMILY)
def infeasible_estimator(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An estimator that the stated dimensions do not allow.

    Panel DOLS with unit-specific leads and lags estimates k(2+leads+lags)+1 parameters from
    T-1-leads-lags rows of each unit; FMOLS needs residuals of k+1 parameters from T-1 rows.
    Without at least five residual degrees of freedom there is no long-run variance.
    """
    for table in paper.of_content("regression"):
        for model, estimator in table.estimators.items():
            if estimator not in ("fmols", "dols") or model not in table.models:
                continue
            yield 1
            k = len(_regressors(paper, table, model))
            periods = paper.sample.periods
            dynamic = estimator == "dols"
            rows = periods - (3 if dynamic else 1)
            needed = dols_parameters(k) if dynamic else k + 1
            if rows - needed < LEAST_RESIDUAL:
                message = (
                    f"{model}: {k} regressors, {needed} parameters a unit on {rows} usable years"
                    + (" (one lead, one lag)" if dynamic else "")
                    + "; only common leads and lags or fewer regressors can be estimated"
                )
                yield Finding(
                    f"{table.place}, {model}",
                    "doubtful",
                    message,
                    {"parameters": needed, "rows": rows, "regressors": k},
                )


def _regressors(paper: PrintedPaper, table: Table, model: str) -> set[str]:
    terms = set(table.terms(model))
    if table.has_flag(model, "controls"):
        terms |= set(paper.equation.regressors)
    return terms


@rule(FAMILY)
def equation_against_tables(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Regressors of the tables that the equation does not have.

    The equation names every regressor the tables print, and the tables print every regressor of
    the equation.
    """
    tables = [t for t in paper.of_content("regression")]
    rows = {c.term: c for t in tables for c in t.cells if c.statistic == "estimate"}
    rows.pop("constant", None)
    printed = {c.term for t in tables for c in t.estimates()}
    wanted = set(paper.equation.regressors) | {"*".join(i) for i in paper.equation.interactions}
    yield len(rows.keys() | wanted)
    for term in sorted(rows.keys() - wanted):
        where = ", ".join(t.place for t in tables if any(c.term == term for c in t.cells))
        message = f"{term}: a row of {where}, not in the equation"
        yield Finding(paper.equation.place, "contradiction", message, {"term": term})
    for term in sorted(wanted - printed):
        message = f"{term}: in the equation, in no table"
        yield Finding(paper.equation.place, "contradiction", message, {"term": term})


@rule(FAMILY)
def interaction_not_estimated(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An interaction claimed and not estimated.

    A joint or synergistic effect of two variables is the coefficient of a product (or a
    threshold); an equation that only adds them cannot show one.
    """
    claims = paper.claims_of("interaction")
    printed = {frozenset(c.term.split("*")) for t in paper.tables.values() for c in t.cells}
    printed |= {frozenset(i) for i in paper.equation.interactions}
    yield len(claims)
    yield from [
        Finding(
            f"{c.place}; {paper.equation.place}",
            "contradiction",
            f"{c.label}: neither the equation nor a table has a term in {' x '.join(c.terms)}",
            {"terms": list(c.terms)},
        )
        for c in claims
        if frozenset(c.terms) not in printed
    ]


@rule(FAMILY)
def effects_against_equation(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Effects of the equation against those of the tables.

    Tables by the equation's own estimator say Yes to each of its effects.
    """
    for table in paper.of_content("regression"):
        for model in table.models:
            if table.estimators.get(model) != "fixed_effects":
                continue
            yield 1
            for effect in paper.equation.effects:
                if not table.has_flag(model, f"{effect}_effects"):
                    place = f"{table.place}, {model}"
                    message = (
                        f"model {model}: {effect} effects of the equation are not in the table"
                    )
                    yield Finding(place, "contradiction", message, {"effect": effect})


@rule(FAMILY)
def transform_against_equation(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A variable transformed in the equation and not in a table.

    Rows of regressions carry the transformation the equation gives their variable; the same
    coefficient of a level and of a logarithm mean different things.
    """
    said = paper.equation.transform_of
    cells = {
        (t.number, c.row): c
        for t in paper.of_content("regression")
        for c in t.cells
        if c.statistic == "estimate" and c.term in paper.variables
    }
    yield len(cells)
    for c in cells.values():
        if c.transform != said(c.term):
            message = f"'{c.row}' is printed as {c.transform}, the equation says {said(c.term)}"
            yield form_finding(c, message)
