"""Rules on methods: integration order, feasibility, and the equation against the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.form import form_inconsistency
from living_panel.estimation.audit.known_tests import tested
from living_panel.estimation.audit.registry import Inconsistency, Outcome, rule
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import Effect, PrintedPaper, Table

FAMILY = "methods"
NEEDS_UNIT_ROOTS = ("fmols", "dols", "ccr")
# Least residual degrees of freedom a unit's long-run variance can be estimated from.
LEAST_RESIDUAL = 5


@dataclass(frozen=True)
class ReportedSeries:
    """A row of a table of unit-root tests: its first cell, and whether every test rejects one."""

    cell: Cell
    rejected: bool

    @property
    def term(self) -> str:
        """The variable."""
        return self.cell.term


def _series(paper: PrintedPaper, *, differenced: bool) -> list[ReportedSeries]:
    """Series in levels, or in differences, whose tests have a unit root as null."""
    rows: dict[tuple[str, str], list[Cell]] = {}
    for table, cell, test in tested(paper):
        if table.content == "unit_roots" and not test.null_supports_model:
            rows.setdefault((table.number, cell.row), []).append(cell)
    return [
        ReportedSeries(cells[0], all(c.stars for c in cells))
        for cells in rows.values()
        if cells[0].transform.startswith("diff") == differenced
    ]


@rule(FAMILY)
def unit_roots_misread(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Claims of the text about unit roots against the table.

    'Some level series have a unit root' needs a level series for which the tests do not reject. 'All differences
    are stationary' needs printed tests of all differences that reject.
    """
    levels, differences = (_series(paper, differenced=d) for d in (False, True))
    for claim in paper.claims_of("integration"):
        if claim.relation == "some_levels_not_rejected":
            yield len(levels)
            whole = all(paper.is_whole(paper.tables[s.cell.table]) for s in levels)
            if levels and whole and all(s.rejected for s in levels):
                message = f"all {len(levels)} level series printed are starred by every test"
                place = f"{claim.place}; {paper.tables[levels[0].cell.table].place}"
                inconsistency = Inconsistency(place, "contradiction", f"{claim.label}: {message}")
                yield inconsistency.assuming(f"all({[s.rejected for s in levels]})")
        if claim.relation == "all_differences_rejected":
            described = {s.term for s in (*levels, *differences)}
            yield len(described)
            absent = sorted(described - {s.term for s in differences})
            if absent and paper.is_whole():
                message = f"no differenced series is printed for {', '.join(absent)}"
                inconsistency = Inconsistency(
                    claim.place, "contradiction", f"{claim.label}: {message}"
                )
                yield inconsistency.assuming(f"len({absent}) > 0", transcription="all tables")


@rule(FAMILY)
def estimator_against_integration(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A cointegrating estimator on series the paper finds stationary.

    FMOLS, DOLS and CCR estimate a relation between series with unit roots; a series for which the paper's own tests
    reject a unit root does not belong into it. The rule checks the dependent variable, the printed terms, and the
    equation's regressors if the table says that controls are included.
    """
    uses: dict[str, set[str]] = {}
    for table, model in paper.columns():
        if (estimator := table.estimator_of(model)) in NEEDS_UNIT_ROOTS:
            for term in (paper.equation.lhs, *_regressors(paper, table, model)):
                uses.setdefault(term, set()).add(estimator)
    for series in _series(paper, differenced=False):
        yield int(series.term in uses)
        if series.term in uses and series.rejected:
            message = (
                f"{series.cell.row}: every test rejects a unit root in levels, yet it enters"
                f" {', '.join(sorted(uses[series.term]))}"
            )
            place = series.cell.row_place
            inconsistency = Inconsistency(place, "contradiction", message, {"term": series.term})
            yield inconsistency.assuming(f"{series.rejected}", tests="as the printed stars say")


@rule(FAMILY)
def mixed_integration(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Orders of integration mixed in one regression in levels.

    Some series are reported as stationary in levels, and others only in differences. The paper assumes that the
    second are integrated of order one. A regression in levels with both kinds needs an argument.
    """
    levels = _series(paper, differenced=False)
    tested, rejected = {s.term for s in levels}, {s.term for s in levels if s.rejected}
    only_differenced = {s.term for s in _series(paper, differenced=True)} - tested
    entered: dict[str, Cell] = {}
    for table in paper.of_content("regression"):
        for cell in table.estimates():
            if not cell.transform.startswith("diff"):
                entered.setdefault(cell.term, cell)
    yield len(entered.keys() & (tested | only_differenced))
    if paper.equation.lhs in rejected and paper.is_whole():
        for term in sorted(only_differenced & entered.keys()):
            message = f"{term}: tested only in differences, entered in levels together with stationary series"
            inconsistency = Inconsistency(entered[term].place, "doubtful", message, {"term": term})
            yield inconsistency.assuming(
                f"{term!r} not in {sorted(tested)}", tests="as the printed stars say"
            )


@rule(FAMILY)
def infeasible_estimator(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An estimator that the stated dimensions do not allow.

    Panel DOLS with unit-specific leads and lags estimates k(2+leads+lags)+1 parameters from
    T-1-leads-lags rows of each unit; FMOLS needs residuals of k+1 parameters from T-1 rows.
    Without at least five residual degrees of freedom there is no long-run variance.
    """
    for table, model in paper.columns():
        estimator = table.estimator_of(model)
        if estimator not in ("fmols", "dols"):
            continue
        yield 1
        k = len(_regressors(paper, table, model))
        dynamic = estimator == "dols"
        rows = paper.sample.periods - (3 if dynamic else 1)
        needed = (4 * k if dynamic else k) + 1
        if rows - needed < LEAST_RESIDUAL:
            message = (
                f"{model}: {k} regressors, {needed} parameters a unit on {rows} usable years"
                + (" (one lead, one lag)" if dynamic else "")
                + "; this matters if leads and lags are those of each unit"
            )
            seen = {"parameters": needed, "rows": rows, "regressors": k}
            inconsistency = Inconsistency(f"{table.place}, {model}", "doubtful", message, seen)
            yield inconsistency.assuming(
                f"{rows} - {needed} < {LEAST_RESIDUAL}",
                leads=int(dynamic), lags=int(dynamic), parameters="of each unit",
            )  # fmt: skip


def _regressors(paper: PrintedPaper, table: Table, model: str) -> set[str]:
    controls = paper.equation.regressors if table.has_flag(model, "controls") else ()
    return {*table.terms(model), *controls}


@rule(FAMILY)
def equation_against_tables(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Regressors of the tables that the equation does not have.

    The equation must name every regressor that the tables print, and the tables must print every regressor of the
    equation. The rule applies if the whole paper is transcribed. A table with undisclosed controls need not print
    every term.
    """
    if not paper.is_whole():
        return
    cells = [c for t in paper.of_content("regression") for c in t.cells]
    rows = {_factors(c.term): c.term for c in cells if c.statistic == "estimate"}
    rows.pop(_factors("constant"), None)
    printed = {_factors(c.term) for c in cells if c.statistic == "estimate" and c.estimate}
    terms = [*paper.equation.regressors, *("*".join(i) for i in paper.equation.interactions)]
    wanted = {_factors(term): term for term in terms}
    yield len(rows | wanted)
    for term in sorted(rows[key] for key in rows.keys() - wanted.keys()):
        tables = dict.fromkeys(paper.tables[c.table].place for c in cells if c.term == term)
        message = f"{term}: a row of {', '.join(tables)}, not in the equation"
        inconsistency = Inconsistency(
            paper.equation.place, "contradiction", message, {"term": term}
        )
        yield inconsistency.assuming(f"{term!r} not in {terms}", transcription="all tables")
    hidden = any(t.regressors != "printed" for t in paper.of_content("regression"))
    for term in () if hidden else sorted(wanted[key] for key in wanted.keys() - printed):
        message = f"{term}: in the equation, in no table"
        inconsistency = Inconsistency(
            paper.equation.place, "contradiction", message, {"term": term}
        )
        yield inconsistency.assuming(
            f"{term!r} in {terms}", transcription="all tables, all regressors"
        )


def _factors(term: str) -> frozenset[str]:
    """The variables of a term; those of a product in any order."""
    return frozenset(term.split("*"))


@rule(FAMILY)
def interaction_not_estimated(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An interaction claimed and not estimated.

    A joint or synergistic effect of two variables is the coefficient of a product (or a
    threshold); an equation that only adds them cannot show one.
    """
    printed = {_factors(c.term) for t in paper.tables.values() for c in t.cells}
    printed |= {frozenset(i) for i in paper.equation.interactions}
    for c in paper.claims_of("interaction"):
        yield 1
        if frozenset(c.terms) not in printed and paper.is_whole():
            product = " x ".join(c.terms)
            message = f"{c.label}: neither the equation nor a table has a term in {product}"
            place = f"{c.place}; {paper.equation.place}"
            inconsistency = Inconsistency(place, "contradiction", message, {"terms": list(c.terms)})
            yield inconsistency.assuming(
                f"set({[*c.terms]}) not in {[set(p) for p in printed if len(p) > 1]}",
                transcription="all tables",
            )


@rule(FAMILY)
def effects_against_equation(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Effects of the equation against those of the tables.

    Tables that use the equation's estimator must say Yes to each effect of the equation. The rule skips tables
    whose columns differ in their effects, and columns with their own formula.
    """
    for table, model in paper.columns():
        named = table.estimator_of(model) == "fixed_effects" and table.are_effects_known(model)
        whole = paper.tables[table.number]
        is_stated = whole.formula_of(model) is not None or not whole.have_same_effects(
            *whole.models
        )
        if not named or is_stated or table.subtype_of(model):
            continue
        yield 1
        for effect in paper.equation.effects:
            kinds = [kind for kind in get_args(Effect) if table.has_effect(model, kind)]
            if effect not in kinds:
                place = f"{table.place}, {model}"
                message = f"model {model}: {effect} effects of the equation are not in the table"
                inconsistency = Inconsistency(place, "contradiction", message, {"effect": effect})
                yield inconsistency.assuming(
                    f"{effect!r} not in {kinds}", estimator="fixed effects"
                )


@rule(FAMILY)
def transform_against_equation(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A variable transformed in the equation and not in a table.

    A row of a regression must have the transformation that the equation gives its variable. A coefficient of a
    level means something else than a coefficient of a logarithm.
    """
    cells = [c for t in paper.of_content("regression") for c in t.cells]
    rows = {(c.table, c.row): c for c in cells if c.statistic == "estimate"}
    for c in rows.values():
        if c.term not in paper.variables:
            continue
        yield 1
        stated = paper.equation.transform_of(c.term)
        if c.transform != stated:
            yield form_inconsistency(
                c, f"'{c.row}' is printed as {c.transform}, the equation says {stated}"
            )
