"""The form of a printed paper: what its YAML files may say, and the paper as it is read.

General enough for any paper with regression tables; nothing here knows a particular one. The cells
are in `rows`, reading files in `printed`, judging in the rule modules of the audit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, ConfigDict, Field, field_validator

from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.former_names import ReadsFormerNames, current_statistic
from living_panel.estimation.panel.periods import WORDS, Frequency, Period
from living_panel.estimation.panel.spec import Variable as Role
from living_panel.estimation.papers import codes
from living_panel.estimation.papers.rows import Cell, Citation, Claim, Reference

Content = Literal["descriptives", "unit_roots", "regression"]
Brackets = Literal[
    "standard_error", "t_statistic", "abs_t_statistic", "p_value", "confidence_interval", "none"
]
Estimator = Literal[
    "ols",
    "fixed_effects",
    "between",
    "random_effects",
    "first_differences",
    "two_stage_least_squares",
    "liml",
    "gmm",
    "fgls",
    "wls",
    "mean_group",
    "common_correlated_effects",
    "hausman_taylor",
    "poisson",
    "logit",
    "probit",
    "group_time",
    "fmols",
    "dols",
    "ccr",
    "other",
]
LEAST_SQUARES = ("ols", "fixed_effects")
Effect = Literal["entity", "time"]
Kept = Literal["whole", "part"]
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
    """The sample as the paper states it; `excluded` maps a unit's code to its name.

    `plural` is how texts call several units, `period` how they call a period. `frequency` is that of the
    periods; `numbers` are whole numbers, such as waves. `repeated`: a unit and period may have several rows.
    """

    unit: str
    plural: str = ""
    period: str = ""
    frequency: Frequency = "years"
    units: int
    first_year: Period
    last_year: Period
    excluded: dict[str, str]
    place: str
    balanced: bool | None = None
    repeated: bool = False

    @property
    def units_words(self) -> str:
        """How texts call several units."""
        return self.plural or f"{self.unit}s"

    @property
    def periods_words(self) -> str:
        """How texts call several periods."""
        return f"{self.period or WORDS[self.frequency]}s"

    @property
    def periods(self) -> int:
        """Number of periods stated."""
        return self.last_year - self.first_year + 1


class Group(Strict):
    """A group of units that has a column of its own; `units` is null where no count is printed."""

    name: str
    units: int | None


def _each_once(scheme: dict[str, list[str]]) -> dict[str, list[str]]:
    counts = Counter(code for codes in scheme.values() for code in codes)
    if twice := sorted(code for code, n in counts.items() if n > 1):
        raise InvalidSpec(codes.IN_TWO_REGIONS(twice=[*twice]))
    return scheme


Regions = Annotated[dict[str, list[str]], AfterValidator(_each_once)]


class Compare(Strict):
    """Our measures of a printed variable, and the factor that takes them into its unit.

    `unpublished` says why no publication has its values by unit, where that is known.
    """

    measures: list[str] = []
    proxies: list[str] = []
    factor: float = 1
    unpublished: str = ""


class PaperVariable(Strict):
    """A variable as printed."""

    symbol: str
    label: str
    role: str
    unit: str | None = None
    place: str = ""
    compare: Compare = Compare()


class Equation(Strict):
    """The estimated equation as written; `transforms` names terms unlike the common `transform`."""

    lhs: str
    regressors: list[str]
    interactions: list[list[str]] = []
    effects: list[str] = []
    transform: str = "level"
    transforms: dict[str, str] = {}
    place: str

    def transform_of(self, term: str) -> str:
        """The transformation the equation gives a term."""
        return self.transforms.get(term, self.transform)


class GroupsOf(Strict):
    """The column whose sample a table by groups splits."""

    table: str
    model: str


class TableForm(Strict):
    """A printed table: what its note says; its cells are in `printed/table_<number>.csv`.

    What the transcription does not say is not assumed: a rule of the audit that needs it does not run.

    Attributes
    ----------
    covariance
        `unnamed`: the paper does not say; `unknown`: the transcription does not.
    regressors
        `printed`: every regressor has a row; `some`: there are controls without a row.
    transcribed
        `whole` or `part`; by default the paper's.
    effects
        Effects named in heading or note, of every column or by column; a printed Yes says the same.
    clusters
        Number of clusters, of every column or by column.
    sides, stars_by
        Of the tests behind the stars; `other`: they come from elsewhere than the brackets (a
        bootstrap, adjusted p-values).
    unstarred
        Terms that carry no stars whatever their size.
    other_sample
        The table's rows are not those of the paper's sample.
    dependent
        Dependent variable, of every column or by column.
    subtypes
        The estimator of a column more precisely: 2SLS, two-step GMM, FGLS, ...
    remarks
        Ours; they are printed wherever the table is compared with ours.
    read_from
        Where the printed numbers come from. `page`: the page, or a document that quotes it, was open.
        `output`: typed from memory, and a program's printed output for the same data and model agrees.
        `memory`: typed from memory, page not checked.
    checked
        The document that was open, or the output that agrees.
    """

    title: str
    content: Content
    stars: dict[str, float] = {}
    brackets: Brackets = "none"
    tests: dict[str, TestName] = {}
    estimator: Estimator | None = None
    estimators: dict[str, Estimator] = {}
    subtypes: dict[str, str] = {}
    covariance: Literal["unknown", "unnamed", "classical", "robust", "clustered", "other"] = (
        "unknown"
    )
    r_squared: Literal[
        "unnamed", "within", "between", "overall", "inclusive", "adjusted", "pseudo"
    ] = "unnamed"
    regressors: Literal["unknown", "printed", "some"] = "unknown"
    transcribed: Kept | None = None
    effects: list[Effect] | dict[str, list[Effect]] | None = None
    clusters: int | dict[str, int] | None = None
    sides: Literal[1, 2] = 2
    stars_by: Literal["brackets", "other"] = "brackets"
    unstarred: list[str] = []
    other_sample: bool = False
    weighted: bool = False
    dependent: str | dict[str, str] = ""
    nested: list[str] = []
    groups_of: GroupsOf | None = None
    place: str = ""
    remarks: list[str] = []
    read_from: ReadFrom = "unstated"
    checked: str = ""


class Table(TableForm):
    """A printed table with its cells."""

    number: str
    cells: tuple[Cell, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models in the order printed."""
        return tuple(dict.fromkeys(c.model for c in self.cells if c.model))

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
        return self.estimators.get(model) in LEAST_SQUARES and not self.weighted

    def is_disclosed(self, model: str) -> bool:
        """Whether every regressor of a model has a printed row."""
        return self.regressors == "printed" and not self.has_flag(model, "controls")

    def clusters_of(self, model: str) -> int | None:
        """Number of clusters of a model, as declared or printed."""
        if (cell := self.get(model, "n_clusters")) is not None:
            return int(cell.value)
        return self.clusters.get(model) if isinstance(self.clusters, dict) else self.clusters

    def dependent_of(self, model: str) -> str:
        """Dependent variable of a model; empty where the transcription does not say."""
        dependent = self.dependent
        return dependent.get(model, "") if isinstance(dependent, dict) else dependent

    def terms(self, model: str) -> tuple[str, ...]:
        """Regressors with a printed estimate in a model, the constant left out."""
        return tuple(c.term for c in self.estimates(model) if c.term != "constant")

    def has_flag(self, model: str, name: str) -> bool:
        """True where a `flag:<name>` row prints Yes for the model."""
        texts = (c.text for c in self.cells if (c.model, c.statistic) == (model, f"flag:{name}"))
        return any(text.strip().lower() == "yes" for text in texts)

    def has_effect(self, model: str, kind: Effect) -> bool:
        """Whether a model has effects of units (entity) or years (time): by a row, heading or note."""
        declared = self.effects.get(model) if isinstance(self.effects, dict) else self.effects
        return kind in (declared or ()) or self.has_flag(model, f"{kind}_effects")

    def has_effects(self, model: str) -> bool:
        """True where the model has effects of units or of years."""
        return any(self.has_effect(model, kind) for kind in get_args(Effect))

    def are_effects_known(self, model: str) -> bool:
        """Whether the transcription says which effects a model has."""
        flags = {c.statistic for c in self.cells if c.model == model and not c.empty}
        named = {f"flag:{kind}_effects" for kind in get_args(Effect)}
        return self.effects is not None or bool(flags & named)


def _wholes_are_there(tables: dict[str, TableForm]) -> dict[str, TableForm]:
    for number, table in tables.items():
        if table.groups_of and table.groups_of.table not in tables:
            raise InvalidSpec(codes.UNKNOWN_GROUP_TABLE(number=number, table=table.groups_of.table))
    return tables


class PaperForm(Strict):
    """A paper: bibliography, question, sample, roles of the analysis, and the printed form of its tables.

    `regions` are schemes of its own in addition to the release's: units by region, by the scheme's name.
    `question`, `heading` and `remarks` are what its page says of it. `data`: whether the estimates rest
    on the authors' data; on other data they are a comparison and no reproduction. `data_of`: the work that the
    data come from, where this work prints a table of another one's data; then tables are reproduced, and the work
    itself is not. `transcribed`: whether
    every table, and every row of each, is in `printed/`.
    """

    paper: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    authors: list[str]
    year: int
    title: str
    question: str = ""
    heading: str = ""
    remarks: list[str] = []
    data: Literal["authors", "other"] = "authors"
    data_of: str = ""
    transcribed: Kept = "part"
    sample: PaperSample
    groups: dict[str, Group] = {}
    regions: dict[str, Regions] = {}
    roles: dict[str, Role] = {}
    variables: dict[str, PaperVariable]
    equation: Equation
    tables: Annotated[dict[str, TableForm], AfterValidator(_wholes_are_there)]


class PrintedPaper(PaperForm):
    """A paper with all that it prints."""

    tables: dict[str, Table]  # type: ignore[assignment]
    claims: tuple[Claim, ...] = ()
    references: tuple[Reference, ...] = ()
    citations: tuple[Citation, ...] = ()

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

    def of_content(self, *contents: str) -> Iterator[Table]:
        """Tables of the given contents, in the order printed."""
        return (t for t in self.tables.values() if t.content in contents)

    def columns(self) -> Iterator[tuple[Table, str]]:
        """Each column of each table of regressions: the table and the model."""
        return ((t, m) for t in self.of_content("regression") for m in t.models)

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
                yield table, self.tables[whole.table], whole.model

    def claims_of(self, kind: str) -> tuple[Claim, ...]:
        """Claims of a kind."""
        return tuple(c for c in self.claims if c.kind == kind)


class Beside(Strict):
    """Our table compared with a printed one: `models` lists ours by printed column, most wanted first.

    Attributes
    ----------
    form
        That of a unit-root table's series, such as `c.raw`.
    inference
        Beginning of the stored inference that the printed errors use, for every column or by column; by default the
        table's primary one.
    statistics
        Our name of a printed statistic: `{f_statistic: wald}`.
    terms, scale
        Our name of a printed term, and the factor that takes our coefficient into the printed unit.
    not_attempted
        Why a printed column is not estimated (`"*"`: any column).
    """

    table: str
    models: dict[str, list[str]] = {}
    form: str = ""
    inference: str | dict[str, str] = ""
    statistics: dict[str, str] = {}
    terms: dict[str, str] = {}
    scale: dict[str, float] = {}
    not_attempted: dict[str, str] = {}

    @field_validator("statistics")
    @classmethod
    def _by_current_names(cls, names: dict[str, str]) -> dict[str, str]:
        return {printed: current_statistic(name) for printed, name in names.items()}

    def inference_of(self, model: str) -> str:
        """How the stored way of inference of a printed column begins; empty for the primary one."""
        inference = self.inference
        return inference.get(model, "") if isinstance(inference, dict) else inference
