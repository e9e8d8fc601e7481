"""The declaration of a printed column: its model, sample, scale, errors and stars.

Estimation, comparison and audit read this one. Names of covariances and estimators are mapped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from living_panel.estimation.econometrics.inference.covariance import DEGREES
from living_panel.estimation.econometrics.inference.registry import COVARIANCES, WRITTEN
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.panel.former_names import ReadsFormerNames
from living_panel.estimation.panel.where import names_in

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
Effect = Literal["entity", "time"]
Covariance = Literal["unknown", "unnamed", "classical", "robust", "clustered", "other"]
RSquared = Literal["unnamed", "within", "between", "overall", "inclusive", "adjusted", "pseudo"]
Regressors = Literal["unknown", "printed", "some"]
Scale = Literal["unknown", "raw", "exponentiated", "standardised", "marginal_effects"]
Interval = Literal["unknown", "symmetric", "percentile"]
StarsBy = Literal["brackets", "other"]
ESTIMATOR_OF: dict[str, str] = {
    "ols": "least_squares",
    "fixed_effects": "least_squares",
    "two_stage_least_squares": "2sls",
    "liml": "liml",
    "first_differences": "first_differences",
    "between": "between",
    "random_effects": "swamy_arora",
    "hausman_taylor": "hausman_taylor",
    "mean_group": "mean_group",
    "poisson": "poisson",
    "logit": "logit",
}
"""Our estimator of a formula by the printed one."""
EFFECT_OF: dict[str, Effect] = {UNIT: "entity", PERIOD: "time"}


def covariance_kind(name: str) -> Covariance:
    """Printed kind of error of one of our covariances."""
    kinds: dict[str, Covariance] = {c.family: c.printed_as for c in COVARIANCES.values()}
    return kinds.get(name) or kinds.get(name.upper(), "other")  # long differences have `hc3`


def label_of(vcov: Mapping[str, Any]) -> str:
    """Label of a covariance as a spec writes it."""
    from living_panel.estimation.econometrics.panel_models.covariance import read_vcov

    return read_vcov(vcov).label


@dataclass(frozen=True)
class Formula:
    """What a declared formula says: outcome, slopes, effects, other effects, instruments.

    `slopes` is None where the formula does not give their number, as with the dummies of `C(x)`.
    """

    outcome: str
    slopes: int | None
    names: tuple[str, ...]
    effects: tuple[Effect, ...]
    other_effects: tuple[str, ...]
    has_constant: bool


@cache
def read_formula(text: str) -> Formula:
    """Read a formula as specs write it.

    Raises
    ------
    InvalidArgument
        For any other form.
    """
    # a formula is read only where one is declared: its package loads the estimators
    from living_panel.estimation.econometrics.panel_models.formula import read_model, text_of

    model = read_model(text)
    terms = [t for t in (*model.regressors, *model.endogenous) if t]
    names = tuple(text_of(t) for t in terms)
    many = any(name.startswith("C(") or ":C(" in name for name in names)
    return Formula(
        outcome=text_of(model.outcome),
        slopes=None if many else len(terms),
        names=names,
        effects=tuple(EFFECT_OF[e] for e in model.effects if e in EFFECT_OF),
        other_effects=tuple(e for e in model.effects if e not in EFFECT_OF),
        has_constant=len(terms) < len((*model.regressors, *model.endogenous)),
    )


class InferenceForm(BaseModel):
    """One inference: an entry of `inference`, or `vcov` of a column.

    The estimator checks which values are allowed together.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    cov: Annotated[str, Field(json_schema_extra={"enum": [*COVARIANCES]})]
    """Covariance of the coefficients, or the bootstrap in its place."""
    correction: Annotated[str, Field(json_schema_extra={"enum": list(WRITTEN)})]
    """Small-sample factor; `docs/papers.md` says which ones a covariance allows."""
    df: Annotated[str, Field(json_schema_extra={"enum": list(DEGREES)})]
    """Distribution of the t statistic; G clusters, T periods, N units. `none` for a bootstrap."""
    cluster: list[str] = []
    """Variables by which the errors are clustered, one or two, such as `[unit]`."""
    bandwidth: int | None = None
    """Bandwidth of Bartlett's kernel in periods, for `driscoll_kraay` and `newey_west`."""
    draws: int | None = None
    """Draws of the bootstrap, at least 99; usually 9999."""
    seed: int | None = None
    """Seed of the bootstrap."""
    location: list[str] = []
    """Variables of latitude and longitude in degrees, for `conley`."""
    cutoff: int | None = None
    """Kilometres within which rows of one period depend on each other, for `conley`."""
    effects: list[str] = []
    """Effects of a block of `fixed_effects` that the inference is for; by default all."""


class ColumnForm(ReadsFormerNames):
    """Declaration of one printed column.

    A missing key takes the table's value; if the table has none, the fact is undeclared.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = ""
    """Formula as a spec writes it: `y ~ x | unit + year`; it gives dependent variable, slopes and effects."""
    estimator: Estimator | None = None
    """Estimator of the column."""
    subtype: str = ""
    """Name of the estimator in more detail, such as `two-step GMM`."""
    where: str | None = None
    """Condition on the rows; empty for the paper's whole sample. Without the key, the rows are unknown."""
    scale: Scale | None = None
    """Scale of the coefficients: raw, exponentiated (odds or incidence rate ratios), standardised, or marginal
    effects.
    """
    vcov: dict[str, Any] = {}
    """Covariance as a spec writes it; it gives `covariance` and `cluster`."""
    covariance: Covariance | None = None
    """Kind of standard error."""
    cluster: list[str] = []
    """Variables by which the errors are clustered."""
    clusters: int | None = None
    """Number of clusters."""
    interval: Interval | None = None
    """Whether printed intervals are symmetric around the estimate or percentiles of a bootstrap."""
    level: float | None = Field(default=None, gt=0.5, lt=1)
    """Level of the printed intervals, such as 0.95."""
    brackets: Brackets | None = None
    """Statistic in brackets, where it differs from that of the table."""
    stars: dict[str, float] | None = None
    """Levels of the stars, by star, where they differ from those of the table."""
    sides: Literal[1, 2] | None = None
    """Whether the tests behind the stars are one- or two-sided."""
    stars_by: StarsBy | None = None
    """Whether the stars follow from the brackets, or from elsewhere, such as a bootstrap."""
    r_squared: RSquared | None = None
    """Kind of the printed R²."""
    regressors: Regressors | None = None
    """Whether every regressor has a printed row."""
    effects: list[Effect] | None = None
    """Effects of units (`entity`) and periods (`time`)."""
    dependent: str = ""
    """Dependent variable of the column, where it differs from that of the table."""
    difference_of: list[str] = Field(default=[], max_length=2)
    """Two columns whose difference this column prints."""
    samples: Literal["unknown", "independent"] = "unknown"
    """Whether the two columns of `difference_of` use different units."""

    @field_validator("model")
    @classmethod
    def _formula(cls, text: str) -> str:
        if text:
            read_formula(text)
        return text

    @field_validator("where")
    @classmethod
    def _condition(cls, text: str | None) -> str | None:
        if text:
            names_in(text)
        return text

    @field_validator("vcov")
    @classmethod
    def _covariance(cls, way: dict[str, Any]) -> dict[str, Any]:
        if way:
            from living_panel.estimation.econometrics.panel_models.covariance import read_vcov

            read_vcov(way)
        return way

    def over(self, other: ColumnForm) -> ColumnForm:
        """Return this declaration, with what it leaves out taken from another one."""
        return other.model_copy(
            update={name: getattr(self, name) for name in self.model_fields_set}
        )

    @property
    def formula(self) -> Formula | None:
        """The parts of its formula; None where it declares none."""
        return read_formula(self.model) if self.model else None

    @property
    def errors(self) -> Covariance | None:
        """Kind of error: as declared, else that of its covariance."""
        if self.covariance is None and self.vcov:
            return covariance_kind(str(self.vcov.get("cov")))
        return self.covariance

    @property
    def clustered_by(self) -> tuple[str, ...]:
        """Names of its clusters: as declared, else those of its covariance."""
        keys = self.cluster or self.vcov.get("cluster") or []
        return (keys,) if isinstance(keys, str) else tuple(map(str, keys))


def options_of(column: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of a spec's column that a printed column declares: estimator, model, vcov, where.

    An estimator of ours that the mapping does not have is left to the spec.
    """
    options = {key: column[key] for key in ("model", "vcov", "where") if column.get(key)}
    if ours := ESTIMATOR_OF.get(str(column.get("estimator"))):
        options["estimator"] = ours
    return options
