"""One regression by the textbook's panel estimators, column by column (kind `panel_estimators`).

Pooled, between, one- and two-way within and random effects are linearmodels'. The page has the errors
asked for first and the printed column beside each; the appendix those by every other way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from linearmodels.panel import BetweenOLS, PanelOLS, PooledOLS, RandomEffects
from pydantic import Field, model_validator
from scipy import stats

from estimation.panel.sample import Estimable
from estimation.panel.spec import Interpolation, Sample
from estimation.tables.builder import Builder, Points, Rows
from estimation.tables.builder import Options as Strict
from estimation.tables.regressions import Columns, Printed, Shown

Effects = Literal["none", "unit", "time", "both", "random", "between"]
Way = Literal["classical", "clustered", "driscoll_kraay"]
CONSTANT = "constant"
SHORT = {
    "classical": "classical",
    "clustered": "clustered by unit",
    "driscoll_kraay": "Driscoll-Kraay",
}
LEVEL = 0.95
NOTE = (
    "Between has one row a unit, so that errors clustered by unit are robust ones. Random effects: "
    "Swamy and Arora."
)


class Column(Strict):
    """One estimator: `effects` says which; `printed` is the printed column that stands beside it."""

    id: str
    title: str
    effects: Effects
    printed: str | None = None


class Options(Strict):
    """Options of the kind; `bandwidth` in years of Driscoll and Kraay's kernel.

    Between and random effects have no errors of Driscoll and Kraay: they are left out there.
    """

    dependent: str
    enter: list[str] = Field(min_length=1)
    columns: list[Column] = Field(min_length=1)
    inference: list[Way] = Field(min_length=1)
    primary: Way
    bandwidth: int
    printed: str | None
    sample: Sample
    interpolation: Interpolation

    @model_validator(mode="after")
    def _among(self) -> Options:
        if self.primary not in self.inference:
            raise ValueError(f"primary {self.primary!r} is not among the inference")
        return self


def fill(table: Builder, options: Options) -> None:
    """y_it = x_it'b + effects + u_it by every estimator asked for."""
    spec = table.spec
    table.samples["sample"] = sample = _sample(table, options)
    ways = dict.fromkeys((options.primary, *options.inference))
    columns = Columns(table, Shown(options.primary, {way: SHORT[way] for way in ways}))
    for column in options.columns:
        fits = _fits(sample, options, column.effects)
        rows = [row for way, fit in fits.items() for row in _rows(sample, way, fit)]
        numbers = _numbers(sample, column.effects, fits["classical"])
        shown = [row for row in rows if row["inference"] in ways]
        columns.put(column.id, column.title, shown, numbers, sample.figures_status)
    printed, record = {}, sample.record()
    if options.printed is not None:
        ours = {c.printed: c.id for c in options.columns if c.printed is not None}
        printed = Printed(paper=spec.paper, table=options.printed).beside(ours)
    years = f"{record['first_year']}-{record['last_year']}"
    notes = [f"Sample: {years}, {record['n_provinces']} units.", NOTE]
    terms = {**{r: table.label(r) for r in options.enter}, CONSTANT: "Constant"}
    footer = [
        columns.row("Observations", "n_obs", "{:.0f}"),
        columns.row("R², as the estimator maximises it", "r_squared.own", "{:.3f}"),
    ]
    columns.grid(spec.title, terms, footer, notes, printed, appendix=False, tested=options.enter)
    columns.grid(spec.title, terms, footer, notes, printed, errors=True)
    table.choices = {"inference": options.inference, "primary": options.primary}


def points(table: Builder, options: Options) -> Points:
    """Coefficients of every column."""
    sample = _sample(table, options)
    fits = {c.id: _fit(sample, options, c.effects)("classical") for c in options.columns}
    return {(name, str(t)): float(b) for name, fit in fits.items() for t, b in fit.params.items()}


def _sample(table: Builder, options: Options) -> Estimable:
    roles = (options.dependent, *options.enter)
    return table.drawn(roles, "enter", options.sample, options.interpolation)


def _fits(sample: Estimable, options: Options, effects: Effects) -> dict[Way, Any]:
    """Fits by every way of inference that the estimator has, the classical one always."""
    fit = _fit(sample, options, effects)
    ways = dict.fromkeys(("classical", *options.inference))
    averaged = effects in ("between", "random")
    return {way: fit(way) for way in ways if not (averaged and way == "driscoll_kraay")}


def _fit(sample: Estimable, options: Options, effects: Effects) -> Callable[[Way], Any]:
    """Fit of one estimator under a way of inference."""
    y, x = sample.frame[options.dependent], sample.frame[options.enter]
    if effects in ("unit", "time", "both"):
        model: Any = PanelOLS(
            y, x, entity_effects=effects != "time", time_effects=effects != "unit"
        )
    else:
        kinds = {"none": PooledOLS, "between": BetweenOLS, "random": RandomEffects}
        model = kinds[effects](y, x.assign(**{CONSTANT: 1.0}))

    def fit(way: Way) -> Any:
        if way == "classical":
            return model.fit(cov_type="unadjusted", debiased=True)
        if way == "driscoll_kraay":
            kernel: dict[str, Any] = {"kernel": "bartlett", "bandwidth": options.bandwidth}
            return model.fit(cov_type="kernel", debiased=True, **kernel)
        if effects == "between":  # one row a unit: clustered by unit is robust
            return model.fit(cov_type="robust", debiased=True)
        return model.fit(
            cov_type="clustered", cluster_entity=True, debiased=True, group_debias=True
        )

    return fit


def _rows(sample: Estimable, way: Way, fit: Any) -> Rows:
    units = sample.frame.index.get_level_values(0).nunique()
    years = sample.frame.index.get_level_values(1).nunique()
    # t with as many degrees as there are independent groups, less one
    groups = years if way == "driscoll_kraay" else units
    df = float(fit.df_resid) if way == "classical" else groups - 1.0
    quantile = float(stats.t.isf((1 - LEVEL) / 2, df))
    return [
        {
            "term": term, "inference": way, "estimate": b, "std_error": error,
            "statistic": b / error, "df": df, "p_value": float(2 * stats.t.sf(abs(b / error), df)),
            "ci_low": b - quantile * error, "ci_high": b + quantile * error, "n_obs": int(fit.nobs),
            "n_clusters": groups,
        }
        for term, b, error in zip(fit.params.index, fit.params, fit.std_errors, strict=True)
    ]  # fmt: skip


def _numbers(sample: Estimable, effects: Effects, fit: Any) -> dict[str, float]:
    numbers = {
        "n_obs": float(fit.nobs),
        "n_provinces": float(sample.frame.index.get_level_values(0).nunique()),
        "r_squared.own": float(fit.rsquared),
        "r_squared.within": float(fit.rsquared_within),
        "r_squared.between": float(fit.rsquared_between),
        "r_squared.overall": float(fit.rsquared_overall),
    }
    if effects == "random":
        numbers["variance.effects"] = float(fit.variance_decomposition["Effects"])
        numbers["variance.residual"] = float(fit.variance_decomposition["Residual"])
    return numbers
