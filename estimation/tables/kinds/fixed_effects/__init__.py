"""Regressions with effects: variables entering one by one, or estimators side by side (kind `fixed_effects`).

The page holds the first block, and what the first variable's coefficient is in every other; the
appendix holds every block with every way of inference and every diagnostic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from living_panel.codes import Code
from living_panel.estimation.econometrics.fixed_effects import textbook
from living_panel.estimation.econometrics.fixed_effects.diagnostics import diagnostic_numbers
from living_panel.estimation.econometrics.fixed_effects.textbook import (
    CONSTANT,
    Effects,
    TextbookInference,
)
from living_panel.estimation.econometrics.inference.regression_arrays import two_way_regression
from living_panel.estimation.econometrics.inference_label import kind_of
from living_panel.estimation.econometrics.robustness.omitted_variables import (
    as_strong_as,
    partial_r2,
    robustness_value,
)
from living_panel.estimation.econometrics.statistic import Name, Statistic, column_of, statistic
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.former_names import FORMER_SIZES
from living_panel.estimation.panel.roles import Role
from living_panel.estimation.panel.spec import Strict, Variable
from living_panel.estimation.tables import sentences
from living_panel.estimation.tables.builder import REFUSED, Builder, Points, Rows, named
from living_panel.estimation.tables.facts import Facts, inference_text
from living_panel.estimation.tables.kinds.fixed_effects.effects import (
    ESTIMATORS,
    IN_WORDS,
    WITHIN,
    EffectsBlock,
    EffectsInferenceOptions,
    Misfit,
)
from living_panel.estimation.tables.kinds.fixed_effects.placebos import (
    Placebo,
    add_placebo_grid,
    placebo_rows,
)
from living_panel.estimation.tables.regressions import (
    OUTCOME_MEAN,
    SIGNIFICANT,
    Case,
    Columns,
    ComparedTable,
    checked_regression,
    find_logged_weights,
    points_by_block,
    regression,
    sampled,
    shown_row,
    slopes,
    t_rows,
)
from living_panel.estimation.tables.texts import (
    NONE,
    bracket_header,
    error_text,
    interval_text,
    legend_text,
    minus,
    p_text,
    result_cells,
    tested_text,
)

DIAGNOSTICS_NOTE = (
    "CD is computed from residuals with {unit} effects only, because {period} effects would bias it. Mundlak "
    "tests whether {unit} means of the regressors matter. It replaces Hausman's test, which is invalid with "
    "clustered errors. Wooldridge's test uses first differences and errors clustered by {unit}, without a "
    "small-sample factor. Its F has n - 2 denominator degrees of freedom, as in plm's pwfdtest. Stata's "
    "xtserial uses the factor G/(G-1) (n-1)/(n-2) and G - 1 degrees of freedom."
)
BETWEEN_ERRORS = (
    "The between estimator has one row for each {unit}, so errors clustered by {unit} equal "
    "heteroskedasticity-robust errors."
)
Entering = Case[EffectsBlock]


class Diagnostics(Strict):
    """Tests under every column."""

    lags: list[int]
    """Orders of serial correlation to test, in periods."""


class OmittedVariables(Strict):
    """Effect of an omitted control on the first variable's coefficient (Cinelli and Hazlett 2020).

    It refers to the last column of the first block.
    """

    roles: list[Role]
    """Controls with which the strength of the omitted control is compared (benchmarks)."""
    times: list[float]
    """Strengths of the omitted control, as multiples of the benchmark's: `[1, 2, 3]`."""


class Step(Strict):
    """One step from one column to another. The table shows how much it changes the first variable's coefficient."""

    title: str
    """Words for the choice that the step changes."""
    start: str = Field(alias="from")
    """Column before the step, `block.column`."""
    end: str = Field(alias="to")
    """Column after the step, `block.column`."""


class Change(Strict):
    """Steps from one column to another; each step changes one choice."""

    id: str
    """Name of the decomposition in results."""
    title: str
    """Heading of the decomposition."""
    steps: list[Step] = Field(min_length=1)
    """Steps in order; each begins where the one before ends."""


class Options(EffectsInferenceOptions):
    """Options of a table of regressions with effects.

    If every column has `effects: both`, `primary` and `errors` are fixed; docs/papers.md ('Effects') states them.
    """

    diagnostics: Diagnostics | None = None
    """Tests under every column of the first block; none without it."""
    printed: ComparedTable | None = None
    """Printed table to compare with."""
    omitted: OmittedVariables | None = None
    """Sensitivity to an omitted control; computed where this key is given."""
    changes: list[Change] = []
    """Decompositions of a change between two columns."""
    placebos: list[Placebo] = []
    """Placebos that exchange a variable between units."""

    def printed_values(self, block: EffectsBlock, model: str) -> dict[str, float]:
        """Printed coefficients that a column is tested against, by term."""
        column = column_of(model)
        theirs = (block.tested or {}).get(column)
        if block.tested is None and block.beside_printed:
            theirs = column
        if self.printed is None or theirs is None:
            return {}
        cells = self.printed.cells()
        cells = cells[(cells["model"].astype(str) == theirs) & (cells["statistic"] == "estimate")]
        known = cells.dropna(subset="estimate")
        return dict(zip(known["term"].astype(str), known["estimate"].astype(float), strict=True))

    def find_wrong_roles(self, variables: Mapping[str, Variable]) -> Iterator[Misfit]:
        """Weights that are logarithms, with their place."""
        yield from find_logged_weights("blocks", [b.weights for b in self.blocks], variables)

    def find_misfits(self) -> Iterator[Misfit]:
        """Options that do not go together."""
        misfits = list(super().find_misfits())
        yield from misfits
        is_two_way = self.used == ["both"] and (misfits or self.project_ways("both").inference)
        for name in ("diagnostics", "omitted", "placebos"):
            if getattr(self, name) and not is_two_way:
                yield (
                    (name,),
                    Code.SPEC_OPTIONS(
                        "option {option} is only for two-way effects with their own inference",
                        "remove this option",
                        option=name,
                    ),
                )
        others = self.blocks[0].enter[1:] if self.blocks else []
        if self.omitted is not None and (odd := set(self.omitted.roles) - set(others)):
            yield (
                ("omitted", "roles"),
                Code.SPEC_ROLE(
                    "{roles} has no control in addition to the first variable",
                    "write some of {known}",
                    roles=sorted(odd),
                    known=others,
                ),
            )
        known = {f"{b.id}.{key}" for b in self.blocks for key, *_ in b.columns(b.enter)}
        for number, listed in enumerate(self.exact):
            if listed.model not in known:
                yield ("exact", number), sentences.NO_SUCH_COLUMN(columns=[listed.model])
        for number, change in enumerate(self.changes):
            for place, step in enumerate(change.steps):
                if unknown := sorted({step.start, step.end} - known):
                    at = ("changes", number, "steps", place)
                    yield at, sentences.NO_SUCH_COLUMN(columns=unknown)
        with_term = {
            (f"{b.id}.{key}", role)
            for b in self.blocks
            for key, _, roles, _ in b.columns(b.enter)
            for role in roles
        }
        for number, placebo in enumerate(self.placebos):
            odd_columns = [m for m in placebo.models if (m, placebo.term) not in with_term]
            if odd_columns:
                yield ("placebos", number, "models"), sentences.NO_SUCH_COLUMN(columns=odd_columns)


def fill(table: Builder, options: Options) -> None:
    """y_it = x_it'b + effects + u_it, variables entering one by one or a column an estimator."""
    entering = [b for b in options.blocks if not b.side_by_side]
    summary: dict[str, tuple[str, ...]] = {b.id: (b.heading, NONE) for b in entering}
    tested = TestedRows(table, options)
    placebos: list[tuple[str, ...]] = []
    for case in sampled(table, options.blocks):
        columns, first = _columns(case, options), case.block is options.blocks[0]
        placebos += placebo_rows(table, columns, case.block.title, options.placebos)
        if case.block.side_by_side:
            _side_by_side(case, options, columns)
            continue
        _grids(case, options, columns, on_page=first)
        tested.add(case.block.title, columns)
        if first and options.omitted is not None:
            _omitted(case, options.omitted, columns)
        summary[case.block.id] = _summary_row(case, columns, entering[0].enter[0])
    add_placebo_grid(table, placebos)
    for change in options.changes:
        _change_grid(table, options, change)
    if len(summary) > 1 and table.samples:
        focal = table.label(entering[0].enter[0])
        bracket = bracket_header(options.primary)
        header = ("Sample", f"{focal} alone", bracket, "p", "All columns", bracket, "p", "Obs")
        note = "All columns: the estimate with every control that has values in the sample."
        title = f"{focal} in every sample"
        table.grid(title, header, summary.values(), [note], appendix=False)
    if entering:
        tested.add_grids(entering[0].enter[0])


def points(table: Builder, options: Options) -> Points:
    """Coefficients of every column."""
    return points_by_block(table, options.blocks, partial(_of_block, options=options), options)


def _of_block(case: Entering, options: Options) -> Points:
    for key, _, regressors, effects in case.block.columns(case.regressors):
        with suppress(*REFUSED):
            yield from _points(case, options, f"{case.block.id}.{key}", regressors, effects)


def _points(
    case: Entering, options: Options, model: str, regressors: Sequence[str], effects: Effects
) -> Points:
    x, weights = case.x[regressors], _weights(case)
    project, theirs = options.project_ways(effects), options.textbook(effects)[:1]
    if regressors and effects == "both" and weights is None:
        constant = options.constant and bool(project.inference or not theirs)
        yield from named(model, slopes(case.y, x, constant=constant))
    elif regressors:
        for fit in textbook.fits(case.y, x, effects, theirs, weights).values():
            shown = fit.params.drop([] if options.constant else CONSTANT, errors="ignore")
            yield from named(model, shown)


def influences(table: Builder, options: Options) -> Iterator[tuple[str, pd.DataFrame]]:
    """Influences of every unweighted column with both effects on its rows."""
    for case in sampled(table, options.blocks):
        for key, _, regressors, effects in case.block.columns(case.regressors):
            if regressors and effects == "both" and _weights(case) is None:
                with suppress(*REFUSED):
                    fit = checked_regression(case.y, case.x[regressors])
                    values = two_way_regression(fit).influences
                    frame = pd.DataFrame(values, case.y.index, list(regressors))
                    yield f"{case.block.id}.{key}", frame


def _columns(case: Entering, options: Options) -> Columns:
    columns, block = Columns(case.table, options), case.block
    for number, (key, header, regressors, effects) in enumerate(block.columns(case.regressors)):
        model = f"{block.id}.{key}"
        with columns.refusing(header, model):
            if not regressors:
                raise NotEstimable(*case.refusals[block.enter[number]])
            weights = [block.weights] if block.weights else []
            case.table.add_roles(model, [block.dependent, *regressors, *weights])
            _column(case, options, columns, (model, header), case.x[regressors], effects)
    return columns


def _column(
    case: Entering, options: Options, columns: Columns, head: tuple[str, str], x: pd.DataFrame,
    effects: Effects,
) -> None:  # fmt: skip
    """One column under the project's own ways of inference, the textbook's, or both."""
    (model, header), y = head, case.y
    project, theirs = options.project_ways(effects), options.textbook(effects)
    fits = textbook.fits(y, x, effects, theirs, _weights(case)) if theirs else {}
    if project.inference:
        fitted = regression(model, y, x, project, printed=options.printed_values(case.block, model))
        if (asked := _diagnostics(case, options)) is not None:
            numbers = diagnostic_numbers(fitted.fit, asked.lags)
            inflation = max(v for key, v in numbers.items() if statistic(key).name == "vif")
            fitted.numbers.update({**numbers, "largest_vif": inflation})
        columns.add(header, fitted, case.status)
    if theirs:
        sizes = textbook.numbers(y.index, effects, fits[theirs[0]]) | {
            OUTCOME_MEAN: float(y.mean())
        }
        rows = _textbook_rows(y.index, fits, constant=options.constant)
        stated = None if project.inference else _textbook_facts(case, options, effects, fits, sizes)
        shown: dict[Name, Any] = (
            {}
            if project.inference
            else {FORMER_SIZES.get(name, name): v for name, v in sizes.items()}
        )
        columns.put(model, header, rows, shown, case.status, stated)


def _diagnostics(case: Entering, options: Options) -> Diagnostics | None:
    """The tests of a block: the first one alone has them, the others vary its sample."""
    return options.diagnostics if case.block is options.blocks[0] else None


def _weights(case: Entering) -> pd.Series | None:
    return case.sample.frame[case.block.weights] if case.block.weights else None


def _weighted(case: Entering) -> list[str]:
    return [f"Weighted by {case.table.label(case.block.weights)}."] if case.block.weights else []


def _textbook_rows(
    index: pd.MultiIndex, fits: Mapping[TextbookInference, Any], *, constant: bool
) -> Rows:
    rows: Rows = []
    for way, fit in fits.items():
        df, groups = textbook.degrees(index, way, fit)
        rows += t_rows(fit.params, fit.std_errors, df, way.label, int(fit.nobs), groups)
    return [row for row in rows if row["term"] != CONSTANT or constant]


def _textbook_facts(
    case: Entering,
    options: Options,
    effects: Effects,
    fits: Mapping[TextbookInference, Any],
    sizes: Mapping[str, float],
) -> Facts:
    """Facts of a column of a textbook's estimator, with the inference of the stars."""
    by = {way.label: way for way in fits}
    primary, errors = (
        by.get(label, next(iter(fits))) for label in (options.primary, options.brackets)
    )
    df, _ = textbook.degrees(case.y.index, primary, fits[primary])
    _, groups = textbook.degrees(case.y.index, errors, fits[errors])
    clustered = errors.cov == "clustered" and effects != "between"
    robust = errors.cov == "clustered" and effects == "between"
    return Facts(
        outcome=case.table.label(case.block.dependent),
        estimator=ESTIMATORS[effects],
        effects=WITHIN.get(effects, ()),
        errors="robust" if robust else errors.label,
        clusters=("{unit}",) if clustered else (),
        n_clusters=groups if clustered else None,
        df=df,
        n_obs=int(sizes["n_obs"]),
        n_units=int(sizes["n_units"]),
        n_periods=int(sizes["n_periods"]),
        r_squared={kind: sizes[f"r_squared_{kind}"] for kind in textbook.R_SQUARED},
        mean=sizes[OUTCOME_MEAN],
    )


def _side_by_side(case: Entering, options: Options, columns: Columns) -> None:
    """Estimators in columns: on the page the errors asked for first, in the appendix all of them."""
    block, terms, printed = case.block, case.labels, _printed(options, case.block, columns)
    every = {**terms, CONSTANT: "Constant"} if options.constant else terms
    units = f"{len(case.sample.provinces)} {{units}}"
    between = "between" in block.effects and any(
        kind_of(w) == "clustered" for w in columns.ways.short
    )
    notes = [f"Sample: {block.years}, {units}.", *([BETWEEN_ERRORS] if between else [])]
    notes += _weighted(case)
    kinds = ("own", "within_two_way")
    columns.grid(
        block.heading, every, [], notes, printed, appendix=False, tested=list(terms), kinds=kinds
    )
    columns.grid(block.heading, every, [], notes, printed, errors=True)


def _grids(case: Entering, options: Options, columns: Columns, *, on_page: bool) -> None:
    block, terms, focal = case.block, case.labels, case.regressors[0]
    printed = _printed(options, block, columns)
    assert not isinstance(block.effects, dict), "estimators side by side have a grid of their own"
    effects = IN_WORDS[block.effects]
    if on_page:
        columns.page(block.heading, terms, [focal], [effects, *_weighted(case)], printed)
    footer = columns.leverage_rows(focal, terms[focal])
    notes = [f"Sample: {block.years}. {effects}", *_weighted(case)]
    if (asked := _diagnostics(case, options)) is not None:
        footer += _tests(columns, asked)
        notes.append(DIAGNOSTICS_NOTE)
    every = {**terms, "constant": "Constant"} if options.constant else terms
    columns.grid(block.heading, every, footer, notes, printed)


def _omitted(case: Entering, how: OmittedVariables, columns: Columns) -> None:
    """How strong a control that is not there would have to be, in the column with every variable."""
    table, block, enter = case.table, case.block, case.regressors
    focal, model = enter[0], f"{block.id}.{block.enter.index(enter[-1]) + 1}"
    if model not in columns.fits:
        return
    within = columns.fits[model].within
    y, x = within.y, within.x
    df = y.size - len(enter) - within.effects.absorbed
    r2 = float(partial_r2(y, x, df)[0])
    to_zero = robustness_value(r2, 1.0)
    numbers = {Statistic("omitted_r2", focal): r2, Statistic("omitted_to_zero", focal): to_zero}
    table.add_numbers(model, numbers)
    rows: list[tuple[str, ...]] = []
    for role in how.roles:
        for times in how.times if role in enter else ():
            often = "" if times == 1 else f"{times:g} times "
            head = (f"{often}as strong as {table.label(role)}",)
            try:
                bound = as_strong_as(
                    y, x, column=0, benchmark=enter.index(role), times=times, df=df
                )
            except ValueError:
                rows.append((*head, "would explain all remaining variation"))
                continue
            name = Statistic(f"omitted_times_{times:g}", role)
            table.add_numbers(model, {name: bound.estimate})
            shares = (bound.r2_with_regressor, bound.r2_with_outcome)
            rows.append((*head, *(f"{share:.1%}" for share in shares), f"{bound.estimate:.3f}"))
    label = table.label(focal)
    note = (
        "Method: Cinelli and Hazlett (2020). Each row assumes an omitted control as strong as a named control, "
        f"or a multiple of it. Strength is the explained share of the remaining variation of {label} and of "
        "the outcome. The last column moves the coefficient towards zero by the resulting bias. An omitted "
        f"control that explains {to_zero:.1%} of both would reduce the coefficient to zero."
    )
    header = ("Omitted control", f"R² with {label}", "R² with the outcome", f"{label} then")
    table.grid(f"{block.title}: omitted controls", header, rows, [note])


class TestedRows:
    """Printed coefficients tested against ours under both inferences, one row each."""

    def __init__(self, table: Builder, options: Options) -> None:
        self.table, self.options = table, options
        self.rows: dict[str, list[tuple[str, ...]]] = {}

    def add(self, block: str, columns: Columns) -> None:
        """Rows of the columns of one block."""
        ways = (self.options.primary, self.options.brackets)
        for (model, key), value in columns.numbers.items():
            name, term, _ = statistic(key)
            if name != "printed_value":
                continue
            by = {way: columns.rows[model, term, way] for way in dict.fromkeys(ways)}
            p = [columns.numbers[model, Statistic("printed_p_value", term, way)] for way in by]
            shown = shown_row(by, self.options)
            error = shown["second_error"] if shown["second_inference"] else shown["std_error"]
            row = (
                f"{block}, {columns.headers[model]}", self.table.label(term), f"{value:g}",
                result_cells(shown, self.table.spec.stars)[0], error_text(error),
                *(p_text(r["p_value"]) for r in by.values()),
                *(interval_text(r["ci_low"], r["ci_high"], shown["precision"]) for r in by.values()),
                *(p_text(each) for each in p),
                verdict_text(p),
            )  # fmt: skip
            self.rows.setdefault(term, []).append(row)

    def add_grids(self, focal: str) -> None:
        """Rows of one variable on the page, those of all in the appendix."""
        names = [
            self.options.short.get(way, way)
            for way in dict.fromkeys((self.options.primary, self.options.brackets))
        ]
        header = (
            "Sample, column", "Coefficient", "Printed", "Estimate", f"SE, {names[-1]}",
            *(f"p, {name}" for name in names),
            *(f"95 % interval, {name}" for name in names),
            *(f"p of the printed value, {name}" for name in names),
            "Printed value",
        )  # fmt: skip
        note = (
            "p of the printed value: two-sided test that the coefficient equals the printed value. In "
            f"parentheses: standard error, {inference_text(self.options.brackets)}. "
            f"{legend_text(self.table.spec.stars, self.options.primary)}"
        )
        title = "Each printed coefficient tested"
        if self.rows.get(focal):
            self.table.grid(title, header, self.rows[focal], [note], appendix=False)
        if others := [row for rows in self.rows.values() for row in rows]:
            self.table.grid(f"{title}, every variable", header, others, [note])


def verdict_text(p_values: Sequence[float]) -> str:
    """Whether a printed value is rejected at 5 %, or the inferences disagree."""
    if np.isnan(p_values).any():
        return NONE
    rejected = {p < SIGNIFICANT for p in p_values}
    if len(rejected) == 2:
        return "inferences disagree"
    return "rejected" if rejected == {True} else "not rejected"


def _change_grid(table: Builder, options: Options, change: Change) -> None:
    """How the first variable's coefficient changes step by step between columns of the table."""
    focal = options.blocks[0].enter[0]
    rows: list[tuple[str, ...]] = []
    for number, step in enumerate(change.steps, start=1):
        ends = [table.row(model, focal, options.primary) for model in (step.start, step.end)]
        if not all(ends):
            rows.append((step.title, NONE, NONE, NONE))
            continue
        before, after = (float(row["estimate"]) for row in ends if row)
        table.add_numbers(f"changes.{change.id}", {f"step_{number}": after - before})
        rows.append((step.title, *(minus(value, 3) for value in (before, after, after - before))))
    header = ("Step", "From", "To", "Change")
    table.grid(change.title, header, rows, [f"Coefficient of {table.label(focal)}."])


def _summary_row(case: Entering, columns: Columns, focal: str) -> tuple[str, ...]:
    """One variable's coefficient in the first column and in the last, where they have it."""
    there = [m for m in columns.headers if m not in columns.refusals]
    if not there:
        return (case.block.heading, NONE)
    ends = [columns.shown_cells(m, focal) for m in (there[0], there[-1])]
    if not any(ends):
        return (case.block.heading, *(NONE, "", "") * 2)
    cells = (cell for three in ends for cell in three or (NONE, "", ""))
    return (case.block.heading, *cells, f"{columns.numbers[there[-1], 'n_obs']:.0f}")


def _tests(columns: Columns, how: Diagnostics) -> list[tuple[str, ...]]:
    """Rows of the diagnostics: statistic with its p-value in brackets, `n.e.` without one."""
    tests = {
        "CD, residuals without {period} effects (p)": "cd",
        "Serial correlation, Wooldridge (p)": "wooldridge_fd",
        **{
            f"Serial correlation, lag {k}, Born-Breitung (p)": f"born_breitung_lag{k}"
            for k in how.lags
        },
        "Mundlak F (p)": "mundlak",
    }
    rows = [columns.row("Largest variance inflation", "largest_vif", "{:.1f}")]
    for label, name in tests.items():
        cells = []
        for model in columns.headers:
            value, p = (columns.numbers.get((model, n), np.nan) for n in (name, f"{name}_p_value"))
            cell = NONE if np.isnan(value) or np.isnan(p) else tested_text(value, p)
            cells.append("" if model in columns.refusals else cell)
        rows.append((label, *cells))
    return rows


def _printed(options: Options, block: EffectsBlock, columns: Columns) -> dict[tuple[str, str], str]:
    """Printed cells by (our model, term): for each column the printed one of its number or name."""
    if not block.beside_printed or options.printed is None:
        return {}
    return options.printed.beside({column_of(model): model for model in columns.headers})
