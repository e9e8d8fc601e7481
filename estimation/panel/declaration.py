"""The declaration of a printed column: its model, sample, scale, errors and stars.

Estimation, comparison and audit read this one. Names of covariances and estimators are mapped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

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
OURS_OF: dict[str, tuple[str, ...]] = {
    "classical": ("classical",),
    "robust": ("hc0", "hc1", "hc2", "hc3", "HC0", "HC1", "HC2", "HC3"),
    "clustered": ("clustered", "cr2", "cr3", "wild_cluster_bootstrap"),
}
"""Names of our covariances by the printed kind of error."""
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
    for kind, names in OURS_OF.items():
        if name in names:
            return kind  # type: ignore[return-value]
    return "other"


def label_of(vcov: Mapping[str, Any]) -> str:
    """Label of a covariance as a spec writes it."""
    from living_panel.estimation.econometrics.panel_models import read_vcov

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


class ColumnForm(ReadsFormerNames):
    """What one printed column declares; a key left out is the table's, or not declared.

    Attributes
    ----------
    model
        Formula as a spec writes it: `y ~ x + z | unit + year | w ~ instrument`. It gives the dependent variable,
        the number of slopes and the effects.
    estimator, subtype
        The estimator, and its name more precisely.
    where
        Condition on the rows; empty: every row of the paper's sample. Columns that do not declare it may rest on
        other rows.
    scale
        `raw` coefficients, `exponentiated` (odds ratios, incidence rate ratios), `standardised`, or
        `marginal_effects`.
    vcov
        The covariance as a spec writes it; it gives `covariance` and `cluster`.
    covariance, cluster, clusters
        Kind of error, names of the clusters, and their number.
    interval, level
        Printed intervals: `symmetric` around the estimate, or `percentile` of a bootstrap; their level, as .95.
    difference_of, samples
        The two columns whose difference this one prints, and whether they are of other units.
    brackets, stars, sides, stars_by, r_squared, regressors, effects, dependent
        As the table's keys of these names.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = ""
    estimator: Estimator | None = None
    subtype: str = ""
    where: str | None = None
    scale: Scale | None = None
    vcov: dict[str, Any] = {}
    covariance: Covariance | None = None
    cluster: list[str] = []
    clusters: int | None = None
    interval: Interval | None = None
    level: float | None = Field(default=None, gt=0.5, lt=1)
    brackets: Brackets | None = None
    stars: dict[str, float] | None = None
    sides: Literal[1, 2] | None = None
    stars_by: StarsBy | None = None
    r_squared: RSquared | None = None
    regressors: Regressors | None = None
    effects: list[Effect] | None = None
    dependent: str = ""
    difference_of: list[str] = Field(default=[], max_length=2)
    samples: Literal["unknown", "independent"] = "unknown"

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
            from living_panel.estimation.econometrics.panel_models import read_vcov

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
    found = {key: column[key] for key in ("model", "vcov", "where") if column.get(key)}
    if ours := ESTIMATOR_OF.get(str(column.get("estimator"))):
        found["estimator"] = ours
    return found
