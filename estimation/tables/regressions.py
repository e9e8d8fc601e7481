"""Parts shared by every table of two-way regressions: samples, one fit a column, the grid of columns.

One inference gives the stars of every table that has it, so that they can be compared: the wild cluster bootstrap,
together with the jackknife's standard error (docs/decisions/2026-11-28-wild-bootstrap-is-primary.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import pandas as pd
from pydantic import Field
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects import wild_bootstrap
from living_panel.estimation.econometrics.fixed_effects.diagnostics import effective_of, leverage_of
from living_panel.estimation.econometrics.fixed_effects.exact_wild import ExactRule
from living_panel.estimation.econometrics.fixed_effects.regression_data import (
    check_frame,
    checked_fit,
    row_codes,
)
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    WithinFit,
    two_way_effects,
)
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.row_names import ROW_NAMES
from living_panel.estimation.econometrics.shown import has_error, show
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.estimators._two_way import (
    FixedEffectsFit,
    fit_two_way,
    infer,
)
from living_panel.estimation.panel import content_cache
from living_panel.estimation.panel.content_cache import by_content
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.periods import period_text, span_text
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.roles import Regressor, Steps
from living_panel.estimation.panel.sample import (
    Chosen,
    Estimable,
    build_sample,
    choose_measure,
    grid,
    what_is_read,
)
from living_panel.estimation.panel.spec import Interpolation, Sample, Spec, Strict, Variable
from living_panel.estimation.papers.printed import pairs, printed_table
from living_panel.estimation.tables.builder import (
    REFUSED,
    Builder,
    Points,
    Refusal,
    Rows,
    by_reason,
)
from living_panel.estimation.tables.facts import (
    JACKKNIFE,
    PRIMARY,
    SHORT,
    Facts,
    fact_rows,
    head_row,
    inference_text,
)
from living_panel.estimation.tables.texts import (
    NONE,
    bracket_text,
    bracket_words,
    cell_places,
    column_places,
    error_text,
    estimate_text,
    legend_text,
    p_text,
    places_beside,
    result_cells,
    statistic_rows,
    tested_text,
)
from living_panel.problems import Problem, problems_of

LEVEL = 0.95
SIGNIFICANT = 0.05
Texts = Mapping[str, str]
OUTCOME_MEAN = "outcome_mean"
"""Name of the mean of the dependent variable among the numbers of a column."""
UNSETTLED = "monte_carlo_error"
"""Text of a column where the bootstrap's Monte Carlo error decides about significance at its last draw."""


def find_logged_weights(
    key: str, weights: Sequence[str | None], variables: Mapping[str, Variable]
) -> Iterator[tuple[Steps, Problem]]:
    """Weights of a list in the options that are logarithms, with their place."""
    for number, role in enumerate(weights):
        if role is not None and role in variables and variables[role].log:
            yield (
                (key, number, "weights"),
                Code.SPEC_ROLE(
                    "the weights {role} are logarithms",
                    "under variables, add a variable of the same measures with log: false, and name it as the weights",
                    role=role,
                ),
            )


class RegressionBlock(Strict):
    """Regressions with one dependent variable and one sample. The table lists regressors in the order of `enter`."""

    id: str
    """Name of the block; the name of each of its columns in results begins with it."""
    title: str
    """Title of the block."""
    detail: str = ""
    """Words that the heading of the block adds to its title."""
    dependent: Regressor
    """Dependent variable."""
    enter: list[Regressor] = Field(min_length=1)
    """Regressors in the order of entry."""
    sample: Sample
    """Units and periods of the block."""
    interpolation: Interpolation
    """Cells that may be filled."""
    beside_printed: bool
    """Whether the printed cells are shown beside ours."""

    @property
    def needed(self) -> tuple[str, ...]:
        """Roles without which it says nothing."""
        return (self.dependent,)

    @property
    def roles(self) -> list[str]:
        """Variables of the regression and of the condition on its rows, each once."""
        return list(dict.fromkeys([*self.needed, *self.enter, *self.sample.conditions]))

    @property
    def heading(self) -> str:
        """Title with its detail."""
        return f"{self.title}. {self.detail}" if self.detail else self.title

    @property
    def years(self) -> str:
        """Window in words."""
        window = self.sample
        left = ", ".join(map(period_text, window.without_years))
        out = f" without {left}" if left else ""
        low = ", without cells of low quality" if window.without_low_quality else ""
        where = f", where {window.where}" if window.where else ""
        last = window.last_year
        whole = (
            f"{period_text(window.first_year)}-newest"
            if last == "newest"
            else span_text(window.first_year, last)
        )
        return f"{whole}{out}{low}{where}"


Asked = TypeVar("Asked", bound=RegressionBlock)


class ComparedTable(Strict):
    """The printed table whose cells are compared with ours."""

    paper: str
    """Name of the paper; the table's own."""
    table: str
    """Number of the printed table."""

    def cells(self) -> pd.DataFrame:
        """Cells in a long frame, as `living_panel.estimation.papers.printed.frame`."""
        return printed_table(self.paper, self.table)

    def beside(
        self, models: Mapping[str, str], statistics: Collection[str] = ("estimate",)
    ) -> dict[tuple[str, str], str]:
        """Printed cells by our model, for each printed one, and by our term or name of a statistic."""
        pair = pairs(self.paper).get(self.table)
        terms = pair.terms if pair else {}

        def name(cell: Any) -> str:
            return (
                terms.get(cell.term, cell.term) if cell.statistic == "estimate" else cell.statistic
            )

        return {
            (models[str(c.model)], str(name(c))): str(c.text)
            for c in self.cells().itertuples()
            if str(c.model) in models and c.statistic in statistics and c.text != ""
        }


class Detectable(Strict):
    """Level and power of the minimum detectable effect."""

    level: float = Field(gt=0, lt=1)
    """Level of the two-sided test; usually 0.05."""
    power: float = Field(gt=0, lt=1)
    """Probability of finding the effect; usually 0.80."""


class ExactTerm(Strict):
    """A coefficient whose bootstrap p-value and interval use all sign vectors."""

    model: str
    """Column of the coefficient, such as `main.2`."""
    term: str
    """Variable of the coefficient."""


class Inferred(Strict):
    """Inferences by label.

    `earned` is what `primary` must be for a kind of table.
    """

    inference: list[dict[str, Any]]
    """Inferences to compute, each a mapping of the keys of an inference."""
    primary: str
    """Label of the inference used for stars, p-value, interval and brackets."""
    errors: str | None = None
    """Label of the inference behind labelled standard errors, minimum detectable effect and joint tests; by
    default `primary`.
    """
    exact: list[ExactTerm] = []
    """Coefficients whose bootstrap always uses all sign vectors; others use them if p is close to 5 %."""
    earned: ClassVar[str] = PRIMARY

    @property
    def brackets(self) -> str:
        """Label of the inference of the labelled standard errors."""
        return self.errors or self.primary

    @property
    def named(self) -> set[str]:
        """Labels of the ways that the options name."""
        return {self.primary, self.brackets}

    def exact_rule(self, model: str) -> ExactRule:
        """Tests of a column that are counted over all sign vectors."""
        terms = frozenset(e.term for e in self.exact if e.model == model)
        return ExactRule(terms, near=SIGNIFICANT, level=LEVEL)

    def way(self, label: str) -> dict[str, Any]:
        """The way of inference with a label."""
        return next(way for way in self.inference if resolve_mapping(way).label == label)

    def check_named(self, table: str) -> None:
        """Refuse options that name a way they do not have; the error names it and those there are."""
        labels = [resolve_mapping(way).label for way in self.inference]
        if missing := sorted(self.named - set(labels)):
            raise InvalidSpec(
                Code.SPEC_INFERENCE(
                    "{table}: `inference` does not list {missing}",
                    "add it to `inference`, or write one of {labels}",
                    table=table,
                    missing=missing,
                    labels=labels,
                )
            )

    def check_earned(self, table: str) -> None:
        """Also refuse stars that another inference would earn; points of older specs may have them."""
        self.check_named(table)
        fixed = (("primary", self.primary, self.earned), ("errors", self.brackets, JACKKNIFE))
        wrong = [
            Code.SPEC_OPTIONS(
                "{table}: options.{name} is {found!r}, but must be {wanted!r} if all columns have two-way "
                "effects (docs/papers.md, 'Effects')",
                "write {name}: {wanted!r}, and the other covariance under `beside`",
                table=table,
                name=name,
                found=value,
                wanted=wanted,
            )
            for name, value, wanted in fixed
            if value != wanted
        ]
        if wrong:
            raise InvalidSpec(*wrong)


class InferenceOptions(Inferred):
    """Inferences of a table of columns."""

    beside: dict[str, str]
    """Names of further inferences, by their label in `inference`; the appendix shows them."""
    constant: bool
    """Whether the constant has a row."""

    @property
    def named(self) -> set[str]:
        """Labels of the ways that the options name."""
        return {self.primary, self.brackets, *self.beside}

    @property
    def short(self) -> dict[str, str]:
        """How each inference is called, the primary one first, then that of the errors."""
        first = {label: SHORT.get(label, label) for label in (self.primary, self.brackets)}
        return {**first, **self.beside}


@dataclass(frozen=True)
class Fitted:
    """One column of a regression table, fitted once: its rows by way and term, its named numbers."""

    model: str
    fit: FixedEffectsFit
    results: Mapping[str, RegressionFit]
    rows: Rows
    numbers: dict[Name, Any]


def block_sample(
    spec: Spec, release: Release, block: RegressionBlock
) -> tuple[Estimable, dict[str, Refusal]]:
    """Rows of one block, and the roles that the data do not allow with the reason.

    Raises
    ------
    NotEstimable
        When the dependent variable or every regressor is missing, or no row is complete.
    """
    good = spec.playing(block.roles)
    sample, rule = block.sample, block.interpolation
    cells = grid(release, sample, good)
    refusals: dict[str, Refusal] = {}
    chosen: dict[str, Chosen] = {}
    for role, variable in list(good.items()):
        try:
            chosen[role] = choose_measure(release, role, variable, cells, sample, rule)
        except NotEstimable as reason:
            refusals[role] = reason.problems
            del good[role]
    named = (*block.needed, *sample.conditions)
    lost = [refusals[role] for role in named if role in refusals]
    if lost or not set(good) & set(block.enter):
        raise NotEstimable(*chain.from_iterable(lost or refusals.values()))
    # without a refused role, an open window may end later
    complete = build_sample(release, good, sample, rule.of(good), None if refusals else chosen)
    return complete, refusals


@dataclass(frozen=True)
class Case(Generic[Asked]):
    """A block with the rows that the data allow; `refusals` are of the roles they do not allow."""

    table: Builder
    block: Asked
    sample: Estimable
    refusals: Mapping[str, Refusal]

    @property
    def regressors(self) -> list[str]:
        """Regressors that have values, in the order of entry."""
        return [role for role in self.block.enter if role not in self.refusals]

    @property
    def y(self) -> pd.Series:
        """Dependent variable."""
        return self.sample.frame[self.block.dependent]

    @property
    def x(self) -> pd.DataFrame:
        """Regressors."""
        return self.sample.frame[self.regressors]

    @property
    def labels(self) -> dict[str, str]:
        """How each regressor is called."""
        return {role: self.table.label(role) for role in self.regressors}

    @property
    def status(self) -> str:
        """Kind of values."""
        return self.sample.figures_status


def sampled(
    table: Builder, blocks: Iterable[Asked], needed: Sequence[str] = ()
) -> Iterator[Case[Asked]]:
    """Blocks that the data allow; one without a role of `needed` says nothing.

    Samples go to the table, the other blocks as refusals.
    """
    for block in blocks:
        with table.refusing(block.id, block.heading):
            sample, refusals = block_sample(table.spec, table.release, block)
            if lost := [problem for r in needed for problem in refusals.get(r, ())]:
                raise NotEstimable(*lost)
            table.add_sample(block.id, sample)
            yield Case(table, block, sample, refusals)


def points_by_block(
    table: Builder,
    blocks: Iterable[Asked],
    points_of: Callable[[Case[Asked]], Points],
    content: Any,
    needed: Sequence[str] = (),
) -> Points:
    """Points of each block that the data allow, made once for each content that they rest on.

    Parameters
    ----------
    points_of : callable
        Points of a block, from its options, its case and `content` alone.
    content : object
        What the points rest on beside the block and its rows.
    needed : sequence of str
        Roles without which a block says nothing.
    """

    def made(block: Asked) -> list[tuple[tuple[str, str], float]]:
        return [point for case in sampled(table, [block], needed) for point in points_of(case)]

    for block in blocks:
        roles = table.spec.playing(block.roles)
        read = what_is_read(table.release, roles, block.sample, block.interpolation)
        rests_on = (table.spec.kind, block.model_dump_json(), content, read)
        yield from content_cache.keep(rests_on, partial(made, block))


def checked_regression(y: pd.Series, x: pd.DataFrame) -> WithinFit:
    """Least squares of a two-way regression whose rows and regressors carry one; else refused."""
    check_frame(y, x)
    return checked_fit(two_way_effects(*row_codes(y.index)), y, x)


def fit_slopes(y: pd.Series, x: pd.DataFrame, *, constant: bool = False) -> pd.Series:
    """Two-way within slopes alone, and the constant where it is printed; refused as a regression is."""
    params = pd.Series(checked_regression(y, x).params, x.columns)
    if constant:
        params["constant"] = y.mean() - x.mean().to_numpy() @ params.to_numpy()
    return params


slopes = by_content(fit_slopes)


def regression(
    model: str,
    y: pd.Series,
    x: pd.DataFrame,
    ways: InferenceOptions,
    left_out: Callable[[], Floats | None] = lambda: None,
    printed: Mapping[str, float] = {},
) -> Fitted:
    """One column: one fit under every inference, with its numbers.

    Parameters
    ----------
    model : str
        Name of the column among the table's models.
    y, x
        Outcome and regressors by unit and year.
    ways : InferenceOptions
        Inferences, and which of them is primary.
    left_out : callable
        Gives that of `FixedEffectsFit`, where a regressor is made from the sample itself.
    printed : mapping of term to value
        Printed coefficients that are tested, each as the value of its own coefficient.

    Returns
    -------
    Fitted
        Its `numbers` hold `agreement` of the primary inference and that of the errors.
    """
    fit = replace(fit_two_way(y, x), left_out=left_out())
    results: dict[str, RegressionFit] = {}
    rows: Rows = []
    for way in ways.inference:
        nulls = {t: [value] for t, value in printed.items()}
        result = infer(fit, resolve_mapping(way), nulls, exact=ways.exact_rule(model))
        results[result.label] = result
        rows += result.rows(LEVEL)
        if ways.constant and not result.tests:
            rows.append(_constant_row(result))
    numbers: dict[Name, Any] = {
        "n_obs": len(y),
        "n_provinces": y.index.get_level_values("province_code").nunique(),
        "n_years": y.index.get_level_values("year").nunique(),
        "singletons": fit.singletons,
        OUTCOME_MEAN: float(y.mean()),
        **{f"r_squared_{kind}": value for kind, value in fit.r_squared.items()},
    }
    leverage = leverage_of(fit)
    for role in x.columns:
        numbers[Statistic("effective_clusters", role)] = effective_of(leverage[role])
        numbers[Statistic("largest_leverage", role)] = float(leverage[role].max())
        numbers[Statistic("largest_leverage_at", role)] = str(leverage[role].idxmax())
    numbers[UNSETTLED] = unsettled(results.values())
    numbers |= agreement(results, ways, printed)
    return Fitted(model, fit, results, rows, numbers)


def agreement(
    results: Mapping[str, RegressionFit], ways: Inferred, printed: Mapping[str, float]
) -> dict[Name, float]:
    """Tests against printed values, and where the two inferences of a table disagree at 5 %.

    Parameters
    ----------
    results : mapping of label to RegressionFit
    ways : Inferred
        Names the primary inference and that of the errors.
    printed : mapping of term to value

    Returns
    -------
    dict
        By term: `disagree_on_zero` is 1 where one inference rejects zero and the other does not, else 0.
        For a term with a printed value also `printed_value`, `printed_p_value` by inference and
        `disagree_on_printed`.
    """
    both = [results[w] for w in dict.fromkeys((ways.primary, ways.brackets)) if w in results]
    numbers: dict[Name, float] = {}

    def compare(name: Statistic, p_values: Sequence[float]) -> None:
        if len(p_values) == 2 and not np.isnan(p_values).any():
            first, second = (p < SIGNIFICANT for p in p_values)
            numbers[name] = float(first != second)

    for term in both[0].params.index if both else ():
        compare(Statistic("disagree_on_zero", term), [float(r.p_values[term]) for r in both])
        if term in printed:
            numbers[Statistic("printed_value", term)] = printed[term]
            for label, result in results.items():
                p = result.p_value_of(term, printed[term])
                numbers[Statistic("printed_p_value", term, label)] = p
            p_values = [r.p_value_of(term, printed[term]) for r in both]
            compare(Statistic("disagree_on_printed", term), p_values)
    return numbers


def t_rows(
    params: pd.Series, errors: pd.Series, df: float | Floats, way: str, n_obs: int, groups: int
) -> Rows:
    """Coefficient rows under t with `df`; without p-values or intervals below six clusters."""
    b, error = params.to_numpy(float), errors[params.index].to_numpy(float)
    rows_df = np.broadcast_to(np.asarray(df, dtype=np.float64), b.shape)
    law_df = rows_df if groups >= MINIMUM_CLUSTERS else np.full(b.shape, np.nan)
    statistics = b / error
    reach = stats.t.ppf((1 + LEVEL) / 2, law_df) * error
    p_values = 2 * stats.t.sf(np.abs(statistics), law_df)
    numbers = zip(b, error, statistics, p_values, b - reach, b + reach, rows_df, strict=True)
    names = ("estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high", "df")
    sizes = {"n_obs": n_obs, "n_clusters": groups, "inference": way}
    return [
        {"term": str(term), **dict(zip(names, map(float, row), strict=True)), **sizes}
        for term, row in zip(params.index, numbers, strict=True)
    ]


def unsettled(results: Collection[RegressionFit]) -> str | None:
    """Where the Monte Carlo error of a bootstrap leaves open on which side of a level its p-value lies."""
    notes = [note for r in results for note in wild_bootstrap.unsettled_notes(r.tests)]
    return "; ".join(notes) or None


def _constant_row(result: RegressionFit) -> dict[str, Any]:
    constant = result.constant
    assert constant is not None  # of a two-way regression
    return {
        "term": "constant", "inference": result.label, "estimate": constant.estimate,
        "std_error": constant.std_error, "statistic": constant.statistic, "df": constant.df,
        "p_value": constant.p_value, "ci_low": None, "ci_high": None, "n_obs": result.n_obs,
        "n_clusters": result.n_clusters,
    }  # fmt: skip


def _shown(value: Any, show: Callable[[Any], str]) -> str:
    """A text as it is, a test as every table says it, nothing where there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return tested_text(*value)
    return "" if value is None or pd.isna(value) else show(value)


@dataclass(frozen=True)
class ShownInference:
    """Inferences of a grid: the one that earns the stars, and how each is called."""

    primary: str
    short: Mapping[str, str]

    @property
    def brackets(self) -> str:
        """Label of the inference whose standard errors are shown."""
        return self.primary


@dataclass
class Columns:
    """The columns of one grid as they are estimated: headers, numbers, reasons.

    `texts` are the cells of a column that is printed elsewhere: estimate and number in brackets; `starless` are columns
    whose inference is not worth stars.
    """

    table: Builder
    ways: InferenceOptions | ShownInference
    headers: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    rows: dict[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)
    numbers: dict[tuple[str, Name], Any] = field(default_factory=dict)
    texts: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    starless: set[str] = field(default_factory=set)
    fits: dict[str, FixedEffectsFit] = field(default_factory=dict)
    places: dict[str, int | None] = field(default_factory=dict, init=False)

    def add(self, header: str, fitted: Fitted, status: str) -> None:
        """An estimated column: to the grid and to the table's frames."""
        self.fits[fitted.model] = fitted.fit
        facts = two_way_facts(self.table, fitted, self.ways)
        self.put(fitted.model, header, fitted.rows, fitted.numbers, status, facts)

    def put(
        self,
        model: str,
        header: str,
        rows: Rows,
        numbers: Mapping[Name, Any],
        status: str,
        facts: Facts | None = None,
    ) -> None:
        """Coefficient rows, named numbers and what a column states, whatever fitted it."""
        self.headers[model] = header
        if facts is not None:
            self.table.add_facts(model, facts)
        self.table.estimates(model, rows, status)
        self.rows |= {(model, r["term"], r["inference"]): r for r in rows}
        self.note(model, numbers)

    def note(self, model: str, numbers: Mapping[Name, Any]) -> None:
        """More numbers of a column."""
        self.table.add_numbers(model, numbers)
        self.numbers |= {(model, name): value for name, value in numbers.items()}

    def refuse(self, header: str, model: str, refusal: Refusal) -> None:
        """A column that the data do not allow."""
        self.headers[model] = header
        self.refusals[model] = refusal
        self.table.refuse(model, refusal)

    @contextmanager
    def refusing(self, header: str, model: str) -> Iterator[None]:
        """Refuse a column if what is done inside finds that the data do not allow it."""
        try:
            yield
        except REFUSED as why:
            self.refuse(header, model, problems_of(why))

    def row(self, label: str, name: Name, form: str | Callable[[Any], str]) -> tuple[str, ...]:
        """Footer row of one number, a text as it is; empty where a column has none."""
        show = form.format if isinstance(form, str) else form
        return (label, *(_shown(self.numbers.get((m, name)), show) for m in self.headers))

    def leverage_rows(self, role: str, label: str) -> list[tuple[str, ...]]:
        """On how few units a slope rests."""
        return [
            self.row(
                f"Effective clusters, {label}", Statistic("effective_clusters", role), "{:.1f}"
            ),
            self.row(
                f"Largest leverage of a {{unit}}, {label}",
                Statistic("largest_leverage", role),
                "{:.2f}",
            ),
        ]

    def page(
        self,
        title: str,
        terms: Mapping[str, str],
        tested: Sequence[str],
        notes: Sequence[str],
        printed: Mapping[tuple[str, str], str] = {},
        first: Sequence[tuple[str, ...]] = (),
    ) -> None:
        """The grid of a page: one p of the terms asked for, what each column states, one R²."""
        self.grid(title, terms, first, notes, printed, appendix=False, tested=tested,
                  kinds=("within_two_way",))  # fmt: skip

    def grid(
        self,
        title: str,
        terms: Mapping[str, str],
        footer: Sequence[tuple[str, ...]],
        notes: Sequence[str] = (),
        printed: Mapping[tuple[str, str], str] | None = None,
        *,
        appendix: bool = True,
        tested: Sequence[str] | None = None,
        errors: bool = False,
        kinds: tuple[str, ...] | None = None,
    ) -> None:
        """Grid with one column a model, what each column states under its coefficients.

        Parameters
        ----------
        terms : mapping
            Term to label, in the order of the rows.
        footer : sequence of rows
            Under the rule, before what each column states.
        printed : mapping of (model, term) to text, optional
            What a paper printed in that place, shown under ours, whose digits follow it.
        tested : sequence of str, optional
            Terms whose p-values are shown; by default all, by every inference.
        errors : bool
            Whether the standard error of every way is shown, not of the primary alone.
        kinds : tuple of str, optional
            Kinds of R² that are shown; by default all.
        """
        by = {model: self.table.facts.get(model) for model in self.headers}
        is_stated = any(by.values())
        self.places = self._places_by_column(terms, printed or {})
        rows = [head_row(by)] if is_stated else []
        rules = [0] if is_stated else []
        for term, label in terms.items():
            rules.append(len(rows))
            ways = self.ways.short if tested is None else self._page_ways
            shown = ways if tested is None or term in tested else {}
            beside = tested is None or term in tested
            rows += self._term(
                term,
                label,
                shown,
                printed or {},
                prefix=tested is None,
                errors=errors,
                beside=beside,
            )
        rules.append(len(rows))
        rows += [row for row in footer if any(row[1:])]
        stated = fact_rows(by, kinds) if is_stated else []
        facts = [0, *range(len(rows), len(rows) + len(stated))] if is_stated else []
        rows += stated
        remarks = [
            f"{', '.join(self.headers[m] for m in models)}: not estimable (n.e.): {why.rstrip('.')}."
            for why, models in by_reason(self.refusals).items()
        ]
        unsettled = {self.headers[m]: self.numbers.get((m, UNSETTLED)) for m in self.headers}
        remarks += [f"{header}: {text}." for header, text in unsettled.items() if text]
        legend = bracket_words(self.ways.primary, self.ways.brackets)
        asked = () if appendix else self.table.spec.rows
        if asked and asked != ["se"]:
            legend += f" t, p and interval: {inference_text(self.ways.primary)}."
        if not self.starless >= {model for model, _, _ in self.rows}:
            legend += f" {legend_text(self.table.spec.stars, self.ways.primary)}"
        header = ("", *self.headers.values())
        notes = (*notes, *remarks, legend)
        self.table.grid(title, header, rows, notes, rules, appendix=appendix, facts=facts)

    def _term(
        self, term: str, label: str, ways: Texts, printed: Mapping[tuple[str, str], str], *,
        prefix: bool, errors: bool, beside: bool,
    ) -> list[tuple[str, ...]]:  # fmt: skip
        cells = [self._cell(m, term, printed.get((m, term), "")) for m in self.headers]
        if not any(main for main, _ in cells):
            return []
        rows = [(label, *(main for main, _ in cells))]
        hidden, asked = ((), ()) if prefix else (self.table.spec.hide, self.table.spec.rows)
        if asked:
            shown = [self._shown(model, term) for model in self.headers]
            places = [
                self._places(m, printed.get((m, term), ""), r["precision"]) if r else None
                for m, r in zip(self.headers, shown, strict=True)
            ]
            rows += statistic_rows(asked, shown, places)
        elif any(error for _, error in cells):
            rows.append(("", *(error for _, error in cells)))
        for way, short in ways.items() if not asked and "p" not in hidden else ():
            by_column = [self.rows.get((model, term, way)) for model in self.headers]
            if not any(by_column):
                continue
            second = way == self.ways.brackets and not has_error(self.ways.primary)
            if has_error(way) and way != self.ways.primary and (errors or second):
                brackets = (
                    ""
                    if r is None
                    else error_text(r["std_error"], self._places(m, "", r["std_error"]))
                    for m, r in zip(self.headers, by_column, strict=True)
                )
                rows.append((f"  SE, {self.ways.short[way]}", *brackets))
            tests = ("" if r is None else p_text(r["p_value"]) for r in by_column)
            rows.append((f"  p, {short}" if prefix else f"  {short}", *tests))
        beside = beside and "printed" not in hidden
        theirs = [printed.get((model, term), "") if beside else "" for model in self.headers]
        return [*rows, ("  printed", *theirs)] if any(theirs) else rows

    def _cell(self, model: str, term: str, printed: str) -> tuple[str, str]:
        """Estimate with its stars, and what its brackets hold, as `show` decides.

        Where a paper printed something there, at the digits of that.
        """
        row = self._shown(model, term)
        if row is None:
            return self.texts.get((model, term), (NONE if model in self.refusals else "", ""))
        earned = model not in self.starless and row["inference"] == self.ways.primary
        p = row["p_value"] if earned else None
        places = self._places(model, printed, row["precision"])
        legend = self.table.spec.stars
        estimate = estimate_text(row["estimate"], row["precision"], p, legend, places)
        return estimate, bracket_text(row, places)

    def _places_by_column(
        self, terms: Iterable[str], printed: Mapping[tuple[str, str], str]
    ) -> dict[str, int | None]:
        """Decimals of each column of a grid."""
        shown = {m: {t: r for t in terms if (r := self._shown(m, t))} for m in self.headers}
        return {
            model: column_places(
                places_beside(printed.get((model, term), ""), row["precision"])
                for term, row in rows.items()
            )
            for model, rows in shown.items()
        }

    def _places(self, model: str, printed: str, error: float) -> int:
        """Decimals of a cell: those of its column, or more where its error would be shown as zero."""
        return cell_places(places_beside(printed, error), self.places.get(model))

    def _shown(self, model: str, term: str) -> dict[str, Any] | None:
        """The coefficient as it is shown; None without an estimate."""
        by = {
            way: self.rows[model, term, way]
            for way in (self.ways.primary, *self.ways.short)
            if (model, term, way) in self.rows
        }
        return shown_row(by, self.ways) if by else None

    def shown_cells(self, model: str, term: str) -> tuple[str, str, str] | None:
        """Estimate with its stars, what its brackets hold, p-value; None without an estimate."""
        if (model, term, self.ways.primary) not in self.rows:
            return None
        ways = (self.ways.primary, self.ways.brackets)
        by = {w: self.rows[model, term, w] for w in ways if (model, term, w) in self.rows}
        return result_cells(shown_row(by, self.ways), self.table.spec.stars)

    @property
    def _page_ways(self) -> dict[str, str]:
        """Inferences whose p-values a page shows, by what they are called."""
        if self.ways.brackets == self.ways.primary:
            return {self.ways.primary: "p"}
        return {w: f"p, {self.ways.short[w]}" for w in (self.ways.primary, self.ways.brackets)}


def two_way_facts(table: Builder, fitted: Fitted, ways: InferenceOptions | ShownInference) -> Facts:
    """Facts of a column of the project's two-way regression."""
    first = next(iter(fitted.results.values()))
    primary = fitted.results.get(ways.primary, first)
    words = dict(
        zip((*fitted.fit.y.index.names, *ROW_NAMES), 2 * ("{unit}", "{period}"), strict=True)
    )
    return Facts(
        outcome=label_of(table, fitted.fit.y.name),
        estimator="OLS",
        effects=("{unit}", "{period}"),
        errors=primary.label,
        clusters=tuple(words.get(key, str(key)) for key in primary.way.cluster),
        n_clusters=primary.n_clusters if primary.way.cluster else None,
        df=df_fact(primary),
        n_obs=primary.n_obs,
        n_units=int(fitted.numbers["n_provinces"]),
        n_periods=int(fitted.numbers["n_years"]),
        r_squared=fitted.fit.r_squared,
        mean=fitted.numbers[OUTCOME_MEAN],
    )


def df_fact(fit: RegressionFit) -> float | str:
    """Degrees of freedom as a column states them, or the name of another reference distribution."""
    if fit.way.df == "satterthwaite":
        return "Satterthwaite"
    return "bootstrap" if fit.way.rule.is_bootstrap else float(fit.df.iloc[0])


def label_of(table: Builder, role: object) -> str:
    """How a table calls a variable, or the name itself where it declares none."""
    return table.label(str(role)) if role in table.spec.variables else str(role)


def shown_row(
    by: Mapping[str, Mapping[str, Any]], ways: Inferred | ShownInference
) -> dict[str, Any]:
    """One coefficient as it is shown under the inferences that a table names.

    Parameters
    ----------
    by : mapping of label to row
        Rows of one coefficient.
    ways
        Names the primary inference and that of the errors.
    """
    return show([*by.values()], ways.primary, ways.brackets)
