"""The form of a printed paper: what its YAML files may say, and the paper as it is read.

General enough for any paper with regression tables; nothing here knows a particular one. The cells
are in `rows`, reading files in `printed`, judging in the rule modules of the audit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, ConfigDict, Field, field_validator

from living_panel.codes import Code
from living_panel.estimation.panel.declaration import (
    Brackets,
    ColumnForm,
    Covariance,
    Effect,
    Estimator,
    Formula,
    Interval,
    Regressors,
    RSquared,
    Scale,
    StarsBy,
)
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.former_names import FORMAT, ReadsFormerNames, current_statistic
from living_panel.estimation.panel.periods import WORDS, Frequency, Period
from living_panel.estimation.panel.spec import Variable as Role
from living_panel.estimation.panel.spec import plural_of
from living_panel.estimation.papers.rows import Cell, Citation, Claim, Reference

Content = Literal["descriptives", "unit_roots", "regression"]
LEAST_SQUARES = ("ols", "fixed_effects")
Kept = Literal["whole", "part"]
ValuesOf = Literal["binary", "counts", "measured"]
ReadFrom = Literal["unstated", "page", "output", "memory"]
TestName = Literal[
    "llc",
    "ht",
    "ips",
    "ips_w",
    "ht_z",
    "breitung",
    "fisher",
    "hadri",
    "hansen_lc",
    "jarque_bera",
    "kao",
    "pedroni_t",
]


class Strict(ReadsFormerNames):
    """A part of a YAML file, in which only known keys may stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PaperSample(Strict):
    """The sample as the paper states it."""

    unit: str
    """Word for one unit, such as `state`."""
    plural: str = ""
    """Word for several units; by default the unit with an s."""
    period: str = ""
    """Word for one period; by default that of the frequency."""
    frequency: Frequency = "years"
    """Frequency of the periods; `numbers` are whole numbers, such as waves."""
    units: int
    """Number of units that the paper states."""
    first_year: Period
    """First period of the paper's sample."""
    last_year: Period
    """Last period of the paper's sample."""
    excluded: dict[str, str]
    """Units that the paper leaves out: name by code; `{}` for none."""
    place: str
    """Place in the paper that states the sample."""
    balanced: bool | None = None
    """Whether every unit has every period, where the paper says so."""
    repeated: bool = False
    """Whether a unit and period may have several rows."""

    @property
    def units_words(self) -> str:
        """How texts call several units."""
        return self.plural or plural_of(self.unit)

    @property
    def periods_words(self) -> str:
        """How texts call several periods."""
        return f"{self.period or WORDS[self.frequency]}s"

    @property
    def periods(self) -> int:
        """Number of periods stated."""
        return self.last_year - self.first_year + 1


class Group(Strict):
    """A group of units with its own printed column."""

    name: str
    """Name of the group as printed."""
    units: int | None
    """Number of units of the group; `null` where none is printed."""


def _each_once(scheme: dict[str, list[str]]) -> dict[str, list[str]]:
    counts = Counter(code for codes in scheme.values() for code in codes)
    if twice := sorted(code for code, n in counts.items() if n > 1):
        raise InvalidSpec(
            Code.SPEC_REGIONS(
                "one scheme has {twice} in two regions", "keep it in one of them", twice=[*twice]
            )
        )
    return scheme


Regions = Annotated[dict[str, list[str]], AfterValidator(_each_once)]


class Compare(Strict):
    """Our measures of a printed variable, and the factor that converts them into its unit."""

    measures: list[str] = []
    """Columns of the panel that measure the printed variable, most wanted first."""
    proxies: list[str] = []
    """Proxies: measures of another concept that printed statistics are compared with too."""
    factor: float = 1
    """Factor that converts our measure into the printed unit."""
    unpublished: str = ""
    """Reason why no publication has values by unit, where that is known."""


class PaperVariable(Strict):
    """A variable as printed."""

    symbol: str
    """Symbol of the variable in the paper."""
    label: str
    """Name of the variable in the paper."""
    role: str
    """Role in the analysis that the paper states, such as `dependent`, `core` or `control`."""
    unit: str | None = None
    """Printed unit of the variable; `null` where none is printed."""
    place: str = ""
    """Place in the paper that defines the variable."""
    compare: Compare = Compare()
    """Our measures of the variable, to compare printed statistics with."""


class Equation(Strict):
    """The estimated equation as printed."""

    lhs: str
    """Variable on the left-hand side."""
    regressors: list[str]
    """Variables on the right-hand side."""
    interactions: list[list[str]] = []
    """Products on the right-hand side, each a list of variables."""
    effects: list[str] = []
    """Effects in the equation: `entity` for units, `time` for periods."""
    transform: str = "level"
    """Transformation of every term, such as `level` or `log`."""
    transforms: dict[str, str] = {}
    """Transformation of a term that differs from `transform`, by term."""
    place: str
    """Place in the paper of the equation."""

    def transform_of(self, term: str) -> str:
        """The transformation the equation gives a term."""
        return self.transforms.get(term, self.transform)


class GroupsOf(Strict):
    """The column whose sample this table splits into groups."""

    table: str
    """Number of the printed table with the whole sample."""
    model: str
    """Column of that table whose sample is split."""


class TableForm(Strict):
    """A printed table: facts of its heading and note. Its cells are in `printed/table_<number>.csv`.

    If a fact is missing, the audit does not guess it. Rules that need this fact do not run.
    """

    title: str
    """Title of the printed table."""
    content: Content
    """What the table prints: descriptive statistics, unit-root tests, or regressions."""
    stars: dict[str, float] = {}
    """Level of each star, as the table's legend states it."""
    brackets: Brackets = "none"
    """Statistic in the brackets under a coefficient."""
    tests: dict[str, TestName] = {}
    """Test behind each printed label of a test, such as `{LLC: llc}`."""
    estimator: Estimator | None = None
    """Estimator of every column."""
    estimators: dict[str, Estimator] = {}
    """Estimator by column, where columns differ."""
    subtypes: dict[str, str] = {}
    """Name of the estimator in more detail, by column: `{iv: 2SLS}`."""
    covariance: Covariance = "unknown"
    """Kind of standard error; `unnamed`: the paper does not say; `unknown`: the transcription does not say."""
    r_squared: RSquared = "unnamed"
    """Kind of the printed R²; `unnamed` where the paper does not say."""
    regressors: Regressors = "unknown"
    """`printed`: every regressor has a row; `some`: there are controls without a row."""
    transcribed: Kept | None = None
    """Whether the whole table or a part is transcribed; by default as for the paper."""
    effects: list[Effect] | dict[str, list[Effect]] | None = None
    """Effects that heading or note name, of every column or by column."""
    clusters: int | dict[str, int] | None = None
    """Number of clusters, of every column or by column."""
    sides: Literal[1, 2] = 2
    """Sides of the tests behind the stars: 1 or 2."""
    stars_by: StarsBy = "brackets"
    """Whether the stars follow from the brackets, or from elsewhere, such as a bootstrap."""
    unstarred: list[str] = []
    """Terms without stars, whatever their significance."""
    other_sample: bool = False
    """Whether the table's rows differ from the paper's sample."""
    weighted: bool = False
    """Whether the regressions are weighted."""
    dependent: str | dict[str, str] = ""
    """Dependent variable, of every column or by column."""
    nested: list[str] = []
    """Columns in which regressors enter one after another, smallest first."""
    groups_of: GroupsOf | None = None
    """Column whose sample this table splits by group."""
    columns: dict[str, ColumnForm] = {}
    """Declaration of each printed column, by column; `"*"` holds for every column. It overrides the table's keys."""
    values: dict[str, ValuesOf] = {}
    """Kind of values of a described variable: binary, counts (whole numbers), or measured."""
    place: str = ""
    """Place of the table in the paper; by default its number."""
    remarks: list[str] = []
    """Our remarks, printed wherever the table is compared with ours."""
    read_from: ReadFrom = "unstated"
    """Origin of the transcription: `page` was open; `output` of a program agrees; `memory` alone; `unstated`."""
    checked: str = ""
    """Document that was open, or output that agrees."""


NOTHING_DECLARED = ColumnForm()


class Table(TableForm):
    """A printed table with its cells."""

    number: str
    """Number of the table, as in the name of its file."""
    cells: tuple[Cell, ...] = ()
    """Printed cells, in the order of the file."""
    scale: Scale = "unknown"
    """Scale of the coefficients, of a part whose columns declare one."""
    interval: Interval = "unknown"
    """Kind of the printed intervals, of a part whose columns declare one."""

    def column(self, model: str) -> ColumnForm:
        """What a column declares, as far as it does."""
        if not self.columns:
            return NOTHING_DECLARED
        column, every = (self.columns.get(name, NOTHING_DECLARED) for name in (model, "*"))
        return column.over(every)

    def parts(self) -> tuple[Table, ...]:
        """The table, or a table for each group of columns that declare the same brackets, errors, R², scale, stars."""
        if not self.columns:
            return (self,)
        groups: dict[str, list[str]] = {}
        for model in self.models:
            groups.setdefault(repr(self._declared(model)), []).append(model)
        return tuple(self._part(models) for models in groups.values()) or (self,)

    def part_of(self, model: str) -> Table:
        """The part of the table that a column is in."""
        return next((part for part in self.parts() if model in part.models), self)

    def _declared(self, model: str) -> dict[str, object]:
        """Keys of a table that a column may declare for itself, as the column has them."""
        column = self.column(model)
        declared = {
            "brackets": column.brackets, "covariance": column.errors, "r_squared": column.r_squared,
            "sides": column.sides, "stars": column.stars, "stars_by": column.stars_by,
            "regressors": column.regressors, "scale": column.scale, "interval": column.interval,
        }  # fmt: skip
        return {
            key: getattr(self, key) if declared[key] is None else declared[key] for key in declared
        }

    def _part(self, models: list[str]) -> Table:
        cells = tuple(c for c in self.cells if c.model in models or not c.model)
        return self.model_copy(update={**self._declared(models[0]), "cells": cells})

    def r_squared_of(self, model: str) -> RSquared:
        """Kind of R² of a column."""
        return self.column(model).r_squared or self.r_squared

    def covariance_of(self, model: str) -> Covariance:
        """Kind of error of a column."""
        return self.column(model).errors or self.covariance

    def estimator_of(self, model: str) -> Estimator | None:
        """Estimator of a column."""
        return self.column(model).estimator or self.estimators.get(model)

    def subtype_of(self, model: str) -> str:
        """Estimator of a column more precisely; empty where the transcription does not say."""
        return self.column(model).subtype or self.subtypes.get(model, "")

    def formula_of(self, model: str) -> Formula | None:
        """Parts of the formula that a column declares; None without one."""
        return self.column(model).formula

    def rest_on_the_same_rows(self, *models: str) -> bool:
        """Whether columns declare one condition on their rows."""
        declared = {self.column(model).where for model in models}
        return len(declared) == 1 and None not in declared

    def rests_on_all_rows(self, model: str) -> bool:
        """Whether a column declares that it rests on every row of the sample."""
        return self.column(model).where == ""

    def slopes(self, model: str) -> int:
        """Number of slopes of a column: those of its formula, else those printed."""
        formula = self.formula_of(model)
        return len(self.terms(model)) if formula is None else (formula.slopes or 0)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models in the order printed."""
        return tuple(dict.fromkeys(c.model for c in self.cells if c.model))

    @property
    def column_names(self) -> dict[str, str]:
        """Name of each column as printed, by model; the first one where a model has several columns."""
        names: dict[str, str] = {}
        for cell in self.cells:
            if cell.model:
                names.setdefault(cell.model, cell.column or cell.model.replace("_", " "))
        return names

    def estimates(self, model: str | None = None) -> tuple[Cell, ...]:
        """Coefficient cells with a number, of one model or of all."""
        cells = (c for c in self.cells if c.statistic == "estimate" and c.estimate)
        return tuple(c for c in cells if model in (None, c.model))

    def get(self, model: str, statistic: str, term: str = "") -> Cell | None:
        """The printed cell of a model, or None if it is absent or without a number."""
        wanted = (model, statistic, term)
        cells = (c for c in self.cells if (c.model, c.statistic, c.term) == wanted)
        return next((c for c in cells if c.estimate), None)

    def by_least_squares(self, model: str) -> bool:
        """Whether the identities of least squares hold in a model: its residuals add up to zero."""
        is_raw = (self.column(model).scale or self.scale) in ("unknown", "raw")
        return self.estimator_of(model) in LEAST_SQUARES and not self.weighted and is_raw

    def is_disclosed(self, model: str) -> bool:
        """Whether every regressor of a model has a printed row."""
        if (formula := self.formula_of(model)) is not None:
            return formula.slopes == len(self.terms(model))
        regressors = self.column(model).regressors or self.regressors
        return regressors == "printed" and not self.has_flag(model, "controls")

    def clusters_of(self, model: str) -> int | None:
        """Number of clusters of a model, as declared or printed."""
        if (cell := self.get(model, "n_clusters")) is not None:
            return int(cell.value)
        if (declared := self.column(model).clusters) is not None:
            return declared
        return self.clusters.get(model) if isinstance(self.clusters, dict) else self.clusters

    def dependent_of(self, model: str) -> str:
        """Dependent variable of a model; empty where the transcription does not say."""
        if (formula := self.formula_of(model)) is not None:
            return formula.outcome
        dependent = self.dependent
        named = dependent.get(model, "") if isinstance(dependent, dict) else dependent
        return self.column(model).dependent or named

    def terms(self, model: str) -> tuple[str, ...]:
        """Regressors with a printed estimate in a model, the constant left out."""
        return tuple(c.term for c in self.estimates(model) if c.term != "constant")

    def has_flag(self, model: str, name: str) -> bool:
        """True where a `flag:<name>` row prints Yes for the model."""
        texts = (c.text for c in self.cells if (c.model, c.statistic) == (model, f"flag:{name}"))
        return any(text.strip().lower() == "yes" for text in texts)

    def _effects_of(self, model: str) -> Sequence[Effect] | None:
        """Effects that a column declares, or its table for it; None where neither does."""
        column = self.column(model)
        if column.formula is not None:
            return column.formula.effects
        if column.effects is not None:
            return column.effects
        return self.effects.get(model) if isinstance(self.effects, dict) else self.effects

    def has_effect(self, model: str, kind: Effect) -> bool:
        """Whether a model has effects of units (entity) or years (time): by a row, heading or note."""
        return kind in (self._effects_of(model) or ()) or self.has_flag(model, f"{kind}_effects")

    def has_other_effects(self, model: str) -> bool:
        """Whether the formula of a model has effects of another variable than unit and year."""
        formula = self.formula_of(model)
        return formula is not None and bool(formula.other_effects)

    def has_effects(self, model: str) -> bool:
        """True where the model has effects of units, of years, or of another variable."""
        return self.has_other_effects(model) or any(
            self.has_effect(model, kind) for kind in get_args(Effect)
        )

    def is_effect_known(self, model: str, kind: Effect) -> bool:
        """Whether the transcription says if a model has effects of this kind."""
        name = f"flag:{kind}_effects"
        printed = any(c.model == model and c.statistic == name and not c.empty for c in self.cells)
        return printed or self._effects_of(model) is not None

    def are_effects_known(self, model: str) -> bool:
        """Whether the transcription says of both kinds of effects if a model has them."""
        return all(self.is_effect_known(model, kind) for kind in get_args(Effect))

    def have_same_effects(self, *models: str) -> bool:
        """Whether models have the same effects, of both kinds as the transcription says."""
        combinations = {tuple(self.has_effect(m, k) for k in get_args(Effect)) for m in models}
        others = {f.other_effects if (f := self.formula_of(m)) else () for m in models}
        return len(combinations) == len(others) == 1 and all(map(self.are_effects_known, models))


def _wholes_are_there(tables: dict[str, TableForm]) -> dict[str, TableForm]:
    for number, table in tables.items():
        if table.groups_of and table.groups_of.table not in tables:
            raise InvalidSpec(
                Code.PRINTED_UNKNOWN(
                    "table {number} splits table {table} into groups, but the paper has no table {table}",
                    "write the number of a table of this paper",
                    number=number,
                    table=table.groups_of.table,
                )
            )
    return tables


class PaperForm(Strict):
    """A paper: bibliography, question, sample, roles of the analysis, and the printed form of its tables."""

    format: int = Field(default=1, ge=1, le=FORMAT)
    """Format of the paper's files: 2 today; 1 where the key is missing."""
    paper: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the paper: that of its folder, in lower case."""
    authors: list[str]
    """Authors, one entry each."""
    year: int
    """Year of publication."""
    title: str
    """Title of the paper."""
    question: str = ""
    """Question of the paper, at the top of its page."""
    heading: str = ""
    """Title of the page of the paper; by default `title`."""
    remarks: list[str] = []
    """Remarks that the paper's page prints."""
    data: Literal["authors", "other"] = "authors"
    """Whether the estimates use the authors' data; with other data they are a comparison, not a reproduction."""
    data_of: str = ""
    """Other work whose data this work's printed table uses."""
    transcribed: Kept = "part"
    """Whether all printed tables, with all rows, are in `printed/`."""
    sample: PaperSample
    """Sample as the paper states it."""
    groups: dict[str, Group] = {}
    """Groups of units with a printed column of their own, by column."""
    regions: dict[str, Regions] = {}
    """Region schemes of the paper, by name: each lists its units by region."""
    roles: dict[str, Role] = {}
    """Variables of the analysis, declared once: name, then measures, label, logarithm and concept."""
    variables: dict[str, PaperVariable]
    """Variables as printed, by name; `{}` for a study of one's own."""
    equation: Equation
    """Estimated equation as printed."""
    tables: Annotated[dict[str, TableForm], AfterValidator(_wholes_are_there)]
    """Printed tables by number; `{}` for a study of one's own."""


class PrintedPaper(PaperForm):
    """A paper with all that it prints."""

    tables: dict[str, Table]  # type: ignore[assignment]
    """Printed tables with their cells, by number."""
    claims: tuple[Claim, ...] = ()
    """Claims of the text, from `claims.csv`."""
    references: tuple[Reference, ...] = ()
    """List of references, from `references.csv`."""
    citations: tuple[Citation, ...] = ()
    """Citations in the text, from `citations.csv`."""

    @property
    def id(self) -> str:
        """Name of its folder."""
        return self.paper

    @property
    def design(self) -> str:
        """Kind of comparison of our estimates with the printed ones.

        `reproduction`; `tables`, of tables that the work prints of another one's data; `comparison`, on other data.
        """
        if self.data == "other":
            return "comparison"
        return "tables" if self.data_of else "reproduction"

    def is_whole(self, table: TableForm | None = None) -> bool:
        """Whether all of a table is transcribed, or of the paper."""
        is_transcribed = table.transcribed if table else None
        return (is_transcribed or self.transcribed) == "whole"

    def name_of(self, term: str) -> str:
        """Name of a variable: as printed, or of its role, or its own in words."""
        known, role = self.variables.get(term), self.roles.get(term)
        named = known.symbol if known else role.label if role else ""
        return named or term.replace("_", " ")

    def of_content(self, *contents: str) -> Iterator[Table]:
        """Tables of the given contents, in the order printed."""
        return (t for t in self.tables.values() if t.content in contents)

    def regressions(self) -> Iterator[Table]:
        """Tables of regressions, each in its parts of one declaration."""
        return (part for table in self.of_content("regression") for part in table.parts())

    def columns(self) -> Iterator[tuple[Table, str]]:
        """Each column of each table of regressions: the table, or its part of one declaration, and the model."""
        return ((part, m) for part in self.regressions() for m in part.models)

    def steps(self) -> Iterator[tuple[Table, str, str]]:
        """Neighbouring nested columns of least squares on the same rows: table, smaller, larger.

        The first column comes with an empty smaller one.
        """
        for table in self.of_content("regression"):
            for before, model in zip(["", *table.nested], table.nested, strict=False):
                rows = [n and n.text for n in (table.get(m, "n_obs") for m in (before, model))]
                nested = set(table.terms(before)) <= set(table.terms(model))
                if table.by_least_squares(model) and nested and (not before or rows[0] == rows[1]):
                    yield table, before, model

    def by_group(self) -> Iterator[tuple[Table, Table, str]]:
        """Tables whose columns are groups, each with the table and the model of the whole."""
        for table in self.of_content("regression"):
            if whole := table.groups_of:
                yield table, self.tables[whole.table].part_of(whole.model), whole.model

    def claims_of(self, kind: str) -> tuple[Claim, ...]:
        """Claims of a kind."""
        return tuple(c for c in self.claims if c.kind == kind)


class Beside(Strict):
    """Our table compared with a printed one."""

    table: str
    """Our table."""
    models: dict[str, list[str]] = {}
    """Our columns by printed column, most wanted first."""
    form: str = ""
    """Form of a unit-root table's series, such as `c.raw`."""
    inference: str | dict[str, str] = ""
    """Beginning of the stored inference for the printed errors, for every column or by column; by default the
    primary one.
    """
    statistics: dict[str, str] = {}
    """Our name of a printed statistic: `{f_statistic: wald}`."""
    terms: dict[str, str] = {}
    """Our name of a printed term: `{lnk: pcap}`."""
    scale: dict[str, float] = {}
    """Factor that converts our coefficient into the printed unit, by term."""
    not_attempted: dict[str, str] = {}
    """Reason why a printed column is not estimated, by column; `"*"` is any column."""
    also: list[Beside] = []
    """Further tables of ours, for other columns of the printed table."""

    @property
    def every(self) -> tuple[Beside, ...]:
        """Return this pair and the further ones."""
        return (self, *(pair for more in self.also for pair in more.every))

    def answering(self, model: str) -> Beside:
        """The pair that has a printed column, or says why it is not estimated; the first one by default."""
        named = (p for p in self.every if model in p.models or model in p.not_attempted)
        every = (p for p in self.every if "*" in p.models or "*" in p.not_attempted)
        return next(named, next(every, self))

    @field_validator("statistics")
    @classmethod
    def _by_current_names(cls, names: dict[str, str]) -> dict[str, str]:
        return {printed: current_statistic(name) for printed, name in names.items()}

    def our_term(self, term: str) -> tuple[str, float]:
        """Our name of a printed term, and the factor that converts our coefficient into the printed unit."""
        return self.terms.get(term, term), self.scale.get(term, 1.0)

    def inference_of(self, model: str) -> str:
        """How the stored way of inference of a printed column begins; empty for the primary one."""
        inference = self.inference
        return inference.get(model, "") if isinstance(inference, dict) else inference
