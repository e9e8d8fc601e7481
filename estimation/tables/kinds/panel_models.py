"""Panel models written as formulas, a column each (kind `panel_models`).

A column names its estimator, its formula in fixest's syntax and its covariance; the rows it rests
on are complete in the variables of that column. Every column's stars are earned by its own
covariance, which the table names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from living_panel.codes import Code
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT
from living_panel.estimation.econometrics.panel_models.covariance import Vcov, read_vcov
from living_panel.estimation.econometrics.panel_models.formula import Model, read_model, text_of
from living_panel.estimation.econometrics.panel_models.grammar import Effect
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.econometrics.shown import show
from living_panel.estimation.econometrics.statistic import Name, Statistic, statistic
from living_panel.estimation.estimators._by_name import (
    check_model,
    coefficients,
    coefficients_without_units,
    fit_model,
    influences_of,
)
from living_panel.estimation.estimators.dynamic import MomentChoice
from living_panel.estimation.panel.by_sample import columns_by_sample
from living_panel.estimation.panel.periods import period_text
from living_panel.estimation.panel.roles import Condition, Steps
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict, Variable
from living_panel.estimation.panel.where import condition_text, names_in
from living_panel.estimation.tables.builder import REFUSED, Builder, Points, named
from living_panel.estimation.tables.facts import Facts, fact_rows, head_row, inference_text
from living_panel.estimation.tables.regressions import (
    LEVEL,
    OUTCOME_MEAN,
    ComparedTable,
    df_fact,
    find_logged_weights,
)
from living_panel.estimation.tables.texts import (
    cell_places,
    column_places,
    estimate_text,
    legend_text,
    places_beside,
    statistic_rows,
    tested_text,
)
from living_panel.problems import Problem

SampleName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9]*$")]
DUMMY = re.compile(r"C\((\w+)\)\[T\.(.+)\]")
"""Name that a formula gives to the dummy of one value."""
ESTIMATORS = {
    "least_squares": "OLS",
    "2sls": "2SLS",
    "liml": "LIML",
    "first_differences": "First differences",
    "between": "Between",
    "swamy_arora": "RE, Swamy-Arora",
    "wallace_hussain": "RE, Wallace-Hussain",
    "amemiya": "RE, Amemiya",
    "wallace_hussain_unbiased": "RE, Wallace-Hussain (unbiased)",
    "amemiya_unbiased": "RE, Amemiya (unbiased)",
    "hausman_taylor": "Hausman-Taylor",
    "mean_group": "Mean group",
    "poisson": "Poisson",
    "logit": "Conditional logit",
    "gmm": "Two-step GMM",
    "difference_gmm": "Difference GMM",
    "system_gmm": "System GMM",
}
FOOTER = {
    "cragg_donald": ("Cragg-Donald F", "{:.2f}"),
    "kappa": ("LIML kappa", "{:.4f}"),
    "theta": ("Theta, mean", "{:.3f}"),
    "instruments": ("Instruments", "{:.0f}"),
}
TESTS = {
    "sargan": "Sargan (p)",
    "hansen": "Hansen (p)",
    "ar1": "AR(1) z (p)",
    "ar2": "AR(2) z (p)",
    "anderson_rubin": "Anderson-Rubin chi2 (p)",
}


def _may_be_declared(schema: dict[str, Any]) -> None:
    """Let an editor take a column that says `declared` in place of its model."""
    schema["properties"]["declared"] = {
        "type": "string",
        "description": "Printed column whose declaration in `paper.yml` gives estimator, model, covariance and rows.",
    }
    schema["required"] = ["id", "title"]


class Moments(Strict):
    """Instruments and steps of difference and system GMM."""

    lagged: dict[str, tuple[int, int | None]]
    """Variables whose lags are instruments of each period, with the first and the last lag; `null` for all lags."""
    plain: list[str]
    """Instruments without lags: in differences in the differenced equation, in levels in the level equation."""
    steps: Literal[1, 2]
    """1, or 2 for weights from the residuals of the first step."""
    collapse: bool
    """One instrument for each lag instead of each lag and period."""


class Column(Strict):
    """One model: its estimator, formula, covariance and, if needed, its own condition on rows.

    Or write `declared: <column of the printed table>`. The program then takes estimator, formula, covariance and rows
    from the entry of this column in `paper.yml`.
    """

    model_config = ConfigDict(json_schema_extra=_may_be_declared)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the column in results."""
    title: str
    """Heading of the column."""
    estimator: Literal[
        "least_squares", "2sls", "liml", "first_differences", "between", "swamy_arora",
        "wallace_hussain", "amemiya", "wallace_hussain_unbiased", "amemiya_unbiased", "hausman_taylor",
        "mean_group", "poisson", "logit", "gmm", "difference_gmm", "system_gmm",
    ]  # fmt: skip
    """Estimator; `docs/papers.md` says which effects and instruments each allows."""
    model: str
    """Formula: `y ~ x + z | unit + year | w ~ instrument`."""
    vcov: dict[str, Any]
    """Covariance, as a mapping of the keys of an inference."""
    weights: str | None = None
    """Positive variable in levels that weights the rows, for `least_squares`, `2sls` and `liml`."""
    moments: Moments | None = None
    """Instruments and steps of `difference_gmm` and `system_gmm`."""
    where: Condition = ""
    """Condition on the rows of this column, over variables before logarithms, `unit` and `year`."""

    @field_validator("model")
    @classmethod
    def _formula(cls, text: str) -> str:
        read_model(text)  # so that an error has the line of the formula
        return text

    @field_validator("vcov")
    @classmethod
    def _covariance(cls, way: dict[str, Any]) -> dict[str, Any]:
        read_vcov(way)  # so that an error has the line of the covariance
        return way

    @model_validator(mode="after")
    def _known(self) -> Column:
        check_model(self.formula, *self.chosen)
        if self.where:
            names_in(self.where)
        return self

    @property
    def formula(self) -> Model:
        """The model in its parts."""
        return read_model(self.model)

    @property
    def covariance(self) -> Vcov:
        """The covariance, checked."""
        return read_vcov(self.vcov)

    @property
    def chosen(self) -> tuple[str, Vcov, str | None, MomentChoice | None]:
        """Estimator, covariance, weights and instruments."""
        moments = self.moments
        given = (
            MomentChoice(moments.lagged, moments.plain, moments.steps, moments.collapse)
            if moments
            else None
        )
        return self.estimator, self.covariance, self.weights, given

    def roles(self, where: str | None = None) -> list[str]:
        """Variables of the model, its effects and its covariance, each once; with `where` those of conditions."""
        asked = () if where is None else (where, self.where)
        conditions = [name for text in asked if text for name in names_in(text)]
        model = self.formula
        weights = [] if self.weights is None else [self.weights]
        moments = self.chosen[-1]
        inside = moments.names if moments else []
        names = [
            *model.names, *model.effect_names, *weights, *self.covariance.columns, *inside, *conditions,
        ]  # fmt: skip
        return [name for name in dict.fromkeys(names) if name not in (UNIT, PERIOD)]


class Options(Strict):
    """Options of a table of panel models."""

    sample: Sample
    """Units and periods of the table."""
    interpolation: Interpolation
    """Cells that may be filled."""
    columns: list[Column] = Field(min_length=1)
    """Columns of the table, one model each."""
    samples: dict[SampleName, Condition] = {}
    """Condition on the rows of each sample, by its name; each column is estimated on each, as `<sample>_<id>`."""
    where: Condition = ""
    """Condition on the rows of every column, over variables before logarithms, `unit` and `year`."""
    printed: ComparedTable | None = None
    """Printed table to compare with."""

    @model_validator(mode="after")
    def _condition(self) -> Options:
        if self.where:
            names_in(self.where)
        return self

    @cached_property
    def models(self) -> list[Column]:
        """Columns as they are estimated, each once a sample."""
        if not self.samples:
            return self.columns
        return [Column.model_validate(c) for c in columns_by_sample(self.model_dump())]

    def find_wrong_roles(
        self, variables: Mapping[str, Variable]
    ) -> Iterator[tuple[Steps, Problem]]:
        """Names in formulas and clusters that are no variables, and weights in logs, with their place."""
        yield from find_logged_weights("columns", [c.weights for c in self.columns], variables)
        for number, column in enumerate(self.columns):
            if odd := [role for role in column.roles() if role not in variables]:
                allowed = [*variables, UNIT, PERIOD]
                yield (
                    ("columns", number, "model"),
                    Code.SPEC_ROLE(
                        "column {column}: this table has no variable {roles}",
                        "write one of {known}",
                        column=column.id,
                        roles=odd,
                        known=allowed,
                    ),
                )


def fill(table: Builder, options: Options) -> None:
    """y_it = x_it'b + effects + u_it, a column an estimator."""
    fits: dict[str, RegressionFit] = {}
    notes: list[str] = []
    for column in options.models:
        with table.refusing(column.id):
            sample = _sample(table, column, options)
            fit = _fitted(column, sample)
            table.add_sample(column.id, sample)
            fits[column.id] = fit
            if (
                column.formula.has_shifts
                and not column.moments
                and (lost := len(sample.frame) - fit.n_obs)
            ):
                notes.append(
                    f"{column.title}: {lost} rows are left out because they have no lag, lead or "
                    "difference."
                )
            table.add_facts(column.id, _facts(table, column, fit))
            table.estimates(column.id, _rows(fit), sample.figures_status)
            table.add_numbers(column.id, _numbers(fit))
    _grid(table, options, fits, notes)


def points(table: Builder, options: Options) -> Points:
    """Coefficients of every column that the rows allow."""
    for column in options.models:
        try:
            rows = _sample(table, column, options).frame
            slopes = coefficients(column.formula, rows, *column.chosen)
        except REFUSED:
            continue
        yield from named(column.id, slopes)


def without_units(table: Builder, options: Options) -> Iterator[tuple[str, pd.DataFrame]]:
    """Coefficients of every column without each unit in turn: a row a unit, a column a term."""
    for column in options.models:
        try:
            rows = _sample(table, column, options).frame
            model = column.formula
            yield column.id, coefficients_without_units(model, rows, *column.chosen)
        except REFUSED:
            continue


def influences(table: Builder, options: Options) -> Iterator[tuple[str, pd.DataFrame]]:
    """Influences of every column of a linear estimator on its rows."""
    for column in options.models:
        try:
            rows = _sample(table, column, options).frame
            found = influences_of(column.formula, rows, *column.chosen)
        except REFUSED:
            continue
        if found is not None:
            yield column.id, found


def _sample(table: Builder, column: Column, options: Options) -> Estimable:
    """Rows that are complete in the column's variables and that its conditions keep."""
    roles = column.roles(options.where)
    conditions = [text for text in (options.sample.where, options.where, column.where) if text]
    condition = " and ".join(f"({text})" for text in conditions)
    sample = options.sample.model_copy(update={"where": condition})
    return table.drawn(roles, sample, options.interpolation.of(roles))


def _fitted(column: Column, sample: Estimable) -> RegressionFit:
    return fit_model(column.formula, sample.frame, *column.chosen)


def _rows(fit: RegressionFit) -> list[dict[str, Any]]:
    rows = replace(fit, minimum_clusters=MINIMUM_CLUSTERS).rows(LEVEL)
    return [row | {"df": row["df"] if np.isfinite(row["df"]) else None} for row in rows]


def _numbers(fit: RegressionFit) -> dict[Name, Any]:
    names = ("f_statistic", "f_p_value")
    return {
        **dict(zip(names, fit.f_test() or (), strict=False)),
        "n_obs": fit.n_obs, "n_provinces": fit.n_units, "n_years": fit.n_periods,
        OUTCOME_MEAN: fit.outcome_mean,
        **{f"r_squared_{name}": value for name, value in fit.r_squared.items()}, **fit.statistics,
    }  # fmt: skip


def _facts(table: Builder, column: Column, fit: RegressionFit) -> Facts:
    """Facts of one column."""
    vcov = column.covariance
    return Facts(
        outcome=_label(table, text_of(column.formula.outcome)),
        estimator=ESTIMATORS[column.estimator],
        effects=tuple(_effect(table, effect) for effect in column.formula.absorbed),
        errors=vcov.label,
        clusters=tuple(_label(table, name) for name in vcov.names),
        n_clusters=fit.n_clusters if vcov.cluster else None,
        df=df_fact(fit),
        n_obs=fit.n_obs,
        n_units=fit.n_units,
        n_periods=fit.n_periods,
        r_squared=fit.r_squared,
        mean=fit.outcome_mean,
    )


def _effect(table: Builder, effect: Effect) -> str:
    """Labels of an effect's names."""
    return str(
        Effect(*(tuple(_label(table, n) for n in part) for part in (effect.names, effect.slopes)))
    )


def _grid(
    table: Builder,
    options: Options,
    fits: Mapping[str, RegressionFit],
    losses: Sequence[str],
) -> None:
    terms = list(dict.fromkeys(str(t) for fit in fits.values() for t in fit.params.index))
    printed = (
        options.printed.beside({c.id: c.id for c in options.models}) if options.printed else {}
    )
    facts = {column.id: table.facts.get(column.id) for column in options.models}
    rows: list[tuple[str, ...]] = [head_row(facts)]
    rules: list[int] = [0]
    places = {
        c.id: column_places(
            places_beside(printed.get((c.id, term), ""), row["precision"])
            for term in terms
            if (row := _row(table, fits.get(c.id), c, term))
        )
        for c in options.models
    }
    for term in sorted(terms, key=lambda name: name == CONSTANT):
        rules.append(len(rows))
        theirs = [printed.get((c.id, term), "") for c in options.models]
        pairs = zip(options.models, theirs, strict=True)
        cells = [_cell(table, fits.get(c.id), c, term, text, places[c.id]) for c, text in pairs]
        rows.append((_label(table, term), *cells))
        shown = [_row(table, fits.get(c.id), c, term) for c in options.models]
        digits = [
            cell_places(places_beside(p, r["precision"]), places[c.id]) if r else None
            for c, p, r in zip(options.models, theirs, shown, strict=True)
        ]
        rows += statistic_rows(table.spec.rows or ["se"], shown, digits)
        beside = any(theirs) and "printed" not in table.spec.hide
        rows += [("  printed", *theirs)] if beside else []
    rules.append(len(rows))
    rows += _footer(table, options, fits)
    stated = fact_rows(facts)
    of_columns = [0, *range(len(rows), len(rows) + len(stated))]
    rows += stated
    notes = [_inference(table, options), *(f"{c.title}: {c.model}" for c in options.models)]
    notes += [f"Rows with {_condition(table, options.where)}."] if options.where else []
    notes += [
        f"{c.title}: rows with {_condition(table, c.where)}." for c in options.models if c.where
    ]
    notes += [
        f"{c.title}: weighted by {_label(table, c.weights)}." for c in options.models if c.weights
    ]
    notes += losses
    dropped = [
        (c.title, fits[c.id].statistics.get("dropped")) for c in options.models if c.id in fits
    ]
    notes += [
        f"{title}: {n:.0f} rows are left out because their outcome does not vary within a group of the fixed "
        "effects."
        for title, n in dropped
        if n
    ]
    refused = [(c.title, table.reasons[c.id]) for c in options.models if c.id in table.reasons]
    notes += [f"{title}: not estimable: {reason}" for title, reason in refused]
    header = ("", *(c.title for c in options.models))
    table.grid(table.spec.title, header, rows, notes, rules, appendix=False, facts=of_columns)


def _cell(
    table: Builder,
    fit: RegressionFit | None,
    column: Column,
    term: str,
    printed: str,
    places: int | None,
) -> str:
    row = _row(table, fit, column, term)
    if row is None:
        return "" if fit else "not estimable"
    p = None if pd.isna(row["p_value"]) else row["p_value"]
    places = cell_places(places_beside(printed, row["precision"]), places)
    return estimate_text(row["estimate"], row["precision"], p, table.spec.stars, places)


def _row(
    table: Builder, fit: RegressionFit | None, column: Column, term: str
) -> Mapping[str, Any] | None:
    """The coefficient of a column as it is shown; None without an estimate."""
    row = table.row(column.id, term, column.covariance.label) if fit else None
    return show([row], "", "") if row else None


def _footer(
    table: Builder, options: Options, fits: Mapping[str, RegressionFit]
) -> list[tuple[str, ...]]:
    columns, numbers = options.models, table.numbers

    def row(label: str, cell: Callable[[Column], str]) -> tuple[str, ...]:
        return (label, *(cell(c) if c.id in fits else "" for c in columns))

    def number(name: Name, form: str) -> Callable[[Column], str]:
        return lambda c: form.format(numbers[c.id, name]) if (c.id, name) in numbers else ""

    def test(name: str) -> Callable[[Column], str]:
        return lambda c: (
            tested_text(numbers[c.id, name], numbers[c.id, f"{name}_p_value"])
            if (c.id, name) in numbers
            else ""
        )

    rows: list[tuple[str, ...]] = []
    endogenous = dict.fromkeys(
        name.term for _, key in numbers if (name := statistic(key)).name == "first_stage_f"
    )
    for w in endogenous:
        label = _label(table, w)
        f, share = (Statistic(f"first_stage_{name}", w) for name in ("f", "partial_r2"))
        rows.append(row(f"First-stage F, {label}", number(f, "{:.2f}")))
        rows.append(row(f"First-stage partial R², {label}", number(share, "{:.3f}")))
    rows += [row(label, number(name, form)) for name, (label, form) in FOOTER.items()]
    rows += [row(label, test(name)) for name, label in TESTS.items()]
    return [r for r in rows if any(r[1:])]


def _inference(table: Builder, options: Options) -> str:
    ways = dict.fromkeys(c.covariance.label for c in options.models)
    legend = legend_text(table.spec.stars, "the covariance of each column")
    return f"In brackets: standard error. Covariances: {'; '.join(map(inference_text, ways))}. {legend}"


def _condition(table: Builder, expression: str) -> str:
    """A condition on rows by labels; it compares levels, so that a variable in logarithms has its concept."""

    def label(name: str) -> str:
        variable = table.spec.variables.get(name)
        return variable.concept if variable and variable.log else _label(table, name)

    return condition_text(expression, label)


def _label(table: Builder, term: str) -> str:
    if term == CONSTANT:
        return "Constant"
    if (dummy := DUMMY.fullmatch(term)) is not None:
        value = period_text(int(dummy[2])) if dummy[1] == PERIOD else dummy[2]
        return f"{_label(table, dummy[1])} {value}"
    known = {UNIT: "{unit}", PERIOD: "{period}"}
    return table.label(term) if term in table.spec.variables else known.get(term, term)
