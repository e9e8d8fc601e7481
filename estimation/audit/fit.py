"""Rules on fit: R² against its name, its neighbours and t; F against R² and the number of rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

from living_panel.estimation.audit.figures import Evidence, log_matrix, two_way_rest
from living_panel.estimation.audit.registry import Inconsistency, Outcome, Severity, found, rule
from living_panel.estimation.audit.significance import (
    Range,
    reach_of,
    revealed,
    tested_by_f,
    units_of,
)
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import PrintedPaper, Table

FAMILY = "fit"
# A pooled fit that needs group-by-year effects to take more than this share is worth a question.
LARGE_SHARE = 0.5


def _condition(table: Table, model: str, *, level: bool) -> str:
    """Facts that an identity of F or t with R² needs and the table omits; empty where it gives them.

    `level`: it is of R² itself, not of its rise alone.
    """
    needs = [] if table.covariance_of(model) == "classical" else ["the errors are classical"]
    if level and table.has_effects(model) and table.r_squared_of(model) == "unnamed":
        needs.append("R² is the one within")
    return f"; this holds if {' and '.join(needs)}" if needs else ""


def _identity_holds(table: Table, model: str, *, level: bool) -> bool:
    """Whether F or t follows from an R² of this name, or may where errors and R² are not named."""
    if table.has_other_effects(model):
        return False  # how many degrees of freedom they take is not known
    others: set[str] = {"adjusted"}
    if table.has_effects(model):
        others |= {"overall", "inclusive"} if level else {"overall"}
    classical = table.covariance_of(model) in ("unnamed", "classical")
    known = table.is_disclosed(model) and table.are_effects_known(model)
    named = table.r_squared_of(model) not in {*others, "between", "pseudo"}
    return table.by_least_squares(model) and classical and known and named


def _allowed(
    paper: PrintedPaper, table: Table, model: str, evidence: Evidence
) -> tuple[float, float]:
    """Residual degrees of freedom the printed or stated rows allow, effects counted or not."""
    units = units_of(paper, table, model, evidence) or paper.sample.units
    years = paper.sample.periods
    printed = table.get(model, "n_obs")
    rows = printed.value if printed else units * years
    most = rows - table.slopes(model)  # with or without a constant
    effects = (units - 1) * table.has_effect(model, "entity")
    effects += (years - 1) * table.has_effect(model, "time")
    return (most - effects - 1 if printed else 0.0), most


@rule(FAMILY)
def f_against_r2(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """F against R² and the number of rows.

    With classical errors F = (R²/k) / ((1-R²)/df), so F, R² and k give the residual degrees of freedom. They must
    agree with the printed rows, or be at most those of the panel.
    """
    for table, model in paper.columns():
        f, r2 = table.get(model, "f_statistic"), table.get(model, "r_squared")
        tested = tested_by_f(paper, table, model, evidence)
        holds = _identity_holds(table, model, level=True)
        if not f or not r2 or not tested[0] or not holds or not 0 < r2.value < 1:
            continue
        yield 1
        least, most = _allowed(paper, table, model, evidence)
        low, high = f.low * (1 - r2.high) / r2.high, f.high * (1 - r2.low) / r2.low
        if all(high * k < least or low * k > most for k in tested):
            k, condition = tested[0], _condition(table, model, level=True)
            message = (
                f"{f.column}: F {f.text} and R² {r2.text} with {k} regressors imply {low * k:.0f} to"
                f" {high * k:.0f} residual degrees of freedom; the rows allow {least:.0f} to"
                f" {most:.0f}{condition}"
            )
            severity: Severity = "form" if condition else "contradiction"
            inconsistency = Inconsistency(
                f.place, severity, message, {"low": low * k, "high": high * k}
            )
            yield inconsistency.assuming(
                f"all({high} * k < {least} or {low} * k > {most} for k in {[*tested]})",
                rounding={"F": [f.low, f.high], "R2": [r2.low, r2.high]},
                errors="classical", regressors=[*tested],
            )  # fmt: skip


@rule(FAMILY)
def r2_out_of_range(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """R² outside 0 to 1.

    A share of variance lies between 0 and 1.
    """
    for table, model in paper.columns():
        if c := table.get(model, "r_squared"):
            yield 1
            if c.low > 1 or (c.high < 0 and _is_own_share(table, model)):
                inconsistency = Inconsistency(c.place, "impossible", f"{c.column}: R² {c.text}")
                yield inconsistency.assuming(f"{c.low} > 1 or {c.high} < 0")


@rule(FAMILY)
def r2_falls(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """R² that falls as regressors are added.

    On the same rows a further regressor cannot lower R² (unless it is the adjusted one).
    """
    for table, before, model in paper.steps():
        small, large = table.get(before, "r_squared"), table.get(model, "r_squared")
        kinds = {table.r_squared_of(m) for m in (before, model) if m}
        of_another = kinds == {"overall"} and table.has_effects(model)
        other_kind = bool(kinds & {"adjusted", "pseudo", "between"}) or of_another
        # effects that are added take variation out of an R² within
        same = kinds == {"inclusive"} or not before or table.have_same_effects(before, model)
        if not small or not large or other_kind or len(kinds) > 1 or not same:
            continue
        yield 1
        if large.is_less_than(small):
            message = f"{large.column}: R² {large.text} after {small.text} with fewer regressors"
            severity: Severity = "form" if "unnamed" in kinds else "contradiction"
            if severity == "form":
                message += "; this matters if R² is not the adjusted one"
            inconsistency = Inconsistency(large.place, severity, message)
            yield inconsistency.assuming(
                f"{large.high} < {small.low}", rows="the same in both columns"
            )


def _is_own_share(table: Table, model: str) -> bool:
    """Whether R² is the share that least squares itself explains, which cannot be negative.

    An adjusted one may be, and one of another kind than the model's: R² within of a model without effects.
    """
    known = table.by_least_squares(model) and table.are_effects_known(model)
    kinds = ("within", "inclusive") if table.has_effects(model) else ("overall", "inclusive")
    return known and table.r_squared in kinds


def _implied(small: Cell | None, large: Cell, t: Range) -> tuple[float, float] | None:
    """Degrees of freedom from t² = df (R²large - R²small) / (1 - R²large), rounding allowed."""
    gain_low = large.low - (small.high if small else 0.0)
    gain_high = large.high - (small.low if small else 0.0)
    if gain_high <= 0:
        return None
    least = t.low**2 * (1 - large.high) / gain_high
    most = t.high**2 * (1 - large.low) / gain_low if gain_low > 0 else math.inf
    return least, most


@rule(FAMILY)
def t_against_r2(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """T of an added regressor against the rise in R².

    With classical errors the square of the added regressor's t is df times the rise in R² over 1 - R². Errors
    clustered by unit change t by a factor, so with unnamed errors a difference is doubtful. A factor that jumps
    from column to column is no such factor. The rule compares a first column with an R² of zero; with effects, it
    does so only for the R² within.
    """
    for table, before, model in paper.steps():
        small, large = table.get(before, "r_squared"), table.get(model, "r_squared")
        added = set(table.terms(model)) - set(table.terms(before))
        cell = table.get(model, "estimate", added.pop()) if len(added) == 1 else None
        part = table.part_of(model)
        reach = reach_of(part, cell, revealed(part)) if cell else None
        if not large or not cell or not reach or (before and not small):
            continue
        df = _implied(small, large, reach)
        same = not before or table.have_same_effects(before, model)
        if df is None or not same or not _identity_holds(table, model, level=not before):
            continue
        yield 1
        least, most = _allowed(paper, table, model, evidence)
        if df[1] < least or df[0] > most:
            condition = _condition(table, model, level=not before)
            message = (
                f"|t| {reach.value:.2f} and R² "
                f"{small.text if small else '0'} to {large.text} imply {df[0]:.0f} to {df[1]:.0f}"
                f" degrees of freedom; the rows allow {least:.0f} to {most:.0f}{condition}"
            )
            severity: Severity = "form" if condition else "contradiction"
            inconsistency = found(cell, severity, message, low=df[0], high=df[1])
            yield inconsistency.assuming(
                f"{df[1]} < {least} or {df[0]} > {most}",
                errors="classical", formula="df = t² (1 - R²) / (R² - R² before)",
                rounding=[reach.low, reach.high],
            )  # fmt: skip


@rule(FAMILY)
def r2_below_t(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """R² below what one regressor alone explains.

    With classical errors t² = df (R² - R² without the regressor) / (1 - R²), so R² is at least t² / (t² + df), with
    any other regressors. The rule takes the greatest df that the rows allow.
    """
    for table, model in paper.columns():
        r2 = table.get(model, "r_squared")
        level_known = table.are_effects_known(model)
        kinds = ("within", "inclusive") if table.has_effects(model) else ("overall", "inclusive")
        classical = table.covariance == "classical" and table.by_least_squares(model)
        other = table.has_other_effects(model)
        if not r2 or not classical or not level_known or other or table.r_squared not in kinds:
            continue
        reading, most = revealed(table), _allowed(paper, table, model, evidence)[1]
        for cell in table.estimates(model):
            reach = reach_of(table, cell, reading) if cell.term != "constant" else None
            if reach is None or math.isinf(reach.low):
                continue
            yield 1
            needed = reach.low**2 / (reach.low**2 + most)
            if r2.high < needed:
                message = f"R² {r2.text} is below {needed:.3f}, what |t| {reach.value:.2f} needs"
                inconsistency = found(cell, "contradiction", message, needed=needed)
                yield inconsistency.assuming(
                    f"{r2.high} < {reach.low}**2 / ({reach.low}**2 + {most})",
                    errors="classical", df=most, rounding=[reach.low, reach.high],
                )  # fmt: skip


def _with_effects(paper: PrintedPaper) -> Iterator[tuple[Table, Cell]]:
    for table, model in paper.columns():
        cell = table.get(model, "r_squared")
        if cell and table.has_effect(model, "entity"):
            yield table, cell


@rule(FAMILY)
def r2_not_named(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An R² of a model with effects, whose kind is not named.

    With unit and year effects R² has at least four kinds (two-way within, within with year dummies, overall,
    inclusive), which differ by tenths. The table must name the kind that it prints.
    """
    unnamed = {}
    for table, cell in _with_effects(paper):
        yield 1
        if table.r_squared == "unnamed":
            unnamed[table.number] = cell
    for number, cell in unnamed.items():
        inconsistency = Inconsistency(
            cell.place, "form", f"table {number}: the kind of R² is not named"
        )
        yield inconsistency.assuming("'unnamed' == 'unnamed'")


@rule(FAMILY, needs=("cells",))
def r2_below_effects(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """R² below that of the effects alone.

    The inclusive (dummy-variable) R² is at least that of unit and year effects alone, computed from our values of
    the dependent variable. A lower R² must be of another kind.
    """
    matrix = log_matrix(evidence, paper)
    if matrix is None:
        return
    x = matrix.to_numpy()
    alone = 1 - two_way_rest(matrix) / float(((x - x.mean()) ** 2).sum())
    for table, cell in _with_effects(paper):
        of_all = table.groups_of is None and table.has_effect(cell.model, "time")
        if not of_all or table.r_squared not in ("inclusive", "unnamed"):
            continue
        yield 1
        if cell.high < alone:
            severity: Severity = "contradiction" if table.r_squared == "inclusive" else "form"
            message = (
                f"{cell.column}: R² {cell.text} is below {alone:.3f}, the R² of unit and year effects"
                " alone on our values: it cannot be the inclusive R²"
            )
            fact = f"{table.place}: R² is not the inclusive one"
            inconsistency = Inconsistency(
                cell.place, severity, message, {"effects_alone": alone}, fact
            )
            yield inconsistency.assuming(
                f"{cell.high} < {float(alone)}", data="our values of the dependent variable"
            )


@rule(FAMILY)
def pooled_r2_against_groups(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A pooled R² that the groups' R² do not allow.

    Separate regressions by group fit at least as closely as the pooled one. For a within R² far above every group's,
    group-by-year effects must take a large share of the pooled within variation: 1 - (1-R²pooled)/(1-max R²group).
    """
    for table, whole, model in paper.by_group():
        pooled, shared = whole.get(model, "r_squared"), set(whole.terms(model))
        parts = [c for m in table.models if (c := table.get(m, "r_squared"))]
        nested = all(shared <= set(table.terms(m)) for m in table.models)
        best = max((p.high for p in parts), default=1.0)  # at 1 groups allow any pooled fit
        if table.r_squared == "inclusive" or not pooled or best >= 1 or not nested:
            continue
        yield len(parts) + 1
        needed = 1 - (1 - pooled.low) / (1 - best)
        actual = _group_year_share(paper, table, evidence)
        limit = LARGE_SHARE if actual is None else min(actual + 0.1, 0.99)
        if needed > limit:
            known = "" if actual is None else f"; in our data they take {actual:.0%}"
            message = (
                f"pooled R² {pooled.text}, groups' at most {best:.3f}: group-by-year effects would"
                f" have to take at least {needed:.0%} of the pooled within variation{known}"
            )
            within = table.r_squared == whole.r_squared == "within"
            severity: Severity = "doubtful" if within or actual is not None else "form"
            inconsistency = Inconsistency(
                table.place, severity, message, {"needed": needed, "ours": actual}
            )
            yield inconsistency.assuming(
                f"1 - (1 - {pooled.low}) / (1 - {best}) > {limit}",
                share_of_group_by_year_effects=limit, r_squared="within",
            )  # fmt: skip


def _group_year_share(paper: PrintedPaper, table: Table, evidence: Evidence) -> float | None:
    """Share of the pooled within variation that group-by-year effects take in our data."""
    matrix = log_matrix(evidence, paper)
    names = [g.name for model, g in paper.groups.items() if model in table.models]
    if matrix is None or not evidence.groups.keys() >= set(names):
        return None
    parts = [matrix.loc[matrix.index.isin(evidence.groups[n])] for n in names]
    inside = sum(two_way_rest(p) for p in parts if len(p) > 1)
    return 1 - inside / two_way_rest(matrix)
