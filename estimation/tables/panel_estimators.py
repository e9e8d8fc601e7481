"""One regression by the textbook's panel estimators, column by column (kind `panel_estimators`).

Pooled, between, one- and two-way within and random effects are linearmodels'; the printed column stands
beside each, and errors that allow for what panels have (dependence within units, within years) under it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd
from linearmodels.panel import BetweenOLS, PanelOLS, PooledOLS, RandomEffects
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy import stats

from estimation.panel.errors import NotEstimable
from estimation.panel.release import Release
from estimation.panel.sample import Estimable, build_sample
from estimation.panel.spec import Interpolation, Sample, Spec
from estimation.papers.printed import frame, load_paper
from estimation.tables.banner import banner
from estimation.tables.result import Block, TableResult, coefficient_frame, stars, statistic_frame

Effects = Literal["none", "unit", "time", "both", "random", "between"]
Way = Literal["classical", "clustered", "driscoll_kraay"]
CONSTANT = "constant"
SHORT = {
    "classical": "classical",
    "clustered": "clustered by unit",
    "driscoll_kraay": "Driscoll-Kraay",
}
LEVEL = 0.95


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Column(_Strict):
    """One estimator: `effects` says which; `printed` is the printed column that stands beside it."""

    id: str
    title: str
    effects: Effects
    printed: str | None = None


class Options(_Strict):
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


def estimate(spec: Spec, release: Release) -> TableResult:
    """y_it = x_it'b + effects + u_it by every estimator asked for.

    Raises
    ------
    NotEstimable
        Where the figures do not allow the sample.
    """
    options = Options.model_validate(spec.options)
    sample = _sample(spec, release, options)
    rows: list[dict[str, Any]] = []
    statistics: list[dict[str, Any]] = []
    for column in options.columns:
        for way in options.inference:
            rows += _rows(sample, options, column, way)
        statistics += _statistics(sample, options, column)
    coefficients = coefficient_frame(rows)
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficients,
        statistics=statistic_frame(statistics),
        blocks=(_grid(spec, options, sample, coefficients),),
        banner=banner(release, spec.variables, [sample]),
        choices={"inference": options.inference, "primary": options.primary},
        sample=sample.record(),
        figures_status=sample.figures_status,
    )


def points(spec: Spec, release: Release) -> pd.Series:
    """Point estimates alone, by (model, term)."""
    options = Options.model_validate(spec.options)
    try:
        sample = _sample(spec, release, options)
    except NotEstimable:
        return pd.Series(dtype="float64")
    fits = {c.id: _fit(sample, options, c.effects)("classical") for c in options.columns}
    return pd.concat({name: fit.params for name, fit in fits.items()}, names=["model", "term"])


def _sample(spec: Spec, release: Release, options: Options) -> Estimable:
    roles = {r: spec.variables[r] for r in (options.dependent, *options.enter)}
    return build_sample(release, roles, options.sample, options.interpolation)


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


def _rows(sample: Estimable, options: Options, column: Column, way: Way) -> list[dict[str, Any]]:
    if way == "driscoll_kraay" and column.effects in ("between", "random"):
        return []
    fit = _fit(sample, options, column.effects)(way)
    units = sample.frame.index.get_level_values(0).nunique()
    years = sample.frame.index.get_level_values(1).nunique()
    # t with as many degrees as there are independent groups, less one
    df = {
        "classical": float(fit.df_resid),
        "clustered": units - 1.0,
        "driscoll_kraay": years - 1.0,
    }[way]
    quantile = float(stats.t.isf((1 - LEVEL) / 2, df))
    return [
        {
            "model": column.id, "term": term, "inference": way, "estimate": b, "std_error": error,
            "statistic": b / error, "df": df, "p_value": float(2 * stats.t.sf(abs(b / error), df)),
            "ci_low": b - quantile * error, "ci_high": b + quantile * error, "n_obs": int(fit.nobs),
            "n_clusters": years if way == "driscoll_kraay" else units,
            "figures_status": sample.figures_status,
        }
        for term, b, error in zip(fit.params.index, fit.params, fit.std_errors, strict=True)
    ]  # fmt: skip


def _statistics(sample: Estimable, options: Options, column: Column) -> list[dict[str, Any]]:
    fit = _fit(sample, options, column.effects)("classical")
    numbers = {
        "n_obs": float(fit.nobs),
        "n_provinces": float(sample.frame.index.get_level_values(0).nunique()),
        "r_squared.own": float(fit.rsquared),
        "r_squared.within": float(fit.rsquared_within),
        "r_squared.between": float(fit.rsquared_between),
        "r_squared.overall": float(fit.rsquared_overall),
    }
    if column.effects == "random":
        numbers["variance.effects"] = float(fit.variance_decomposition["Effects"])
        numbers["variance.residual"] = float(fit.variance_decomposition["Residual"])
    return [{"model": column.id, "name": k, "value": v, "text": None} for k, v in numbers.items()]


def _grid(spec: Spec, options: Options, sample: Estimable, coefficients: pd.DataFrame) -> Block:
    found = coefficients.set_index(["model", "term", "inference"])
    printed = _printed(spec, options)
    rows: list[tuple[str, ...]] = []
    rules = []
    for term in (*options.enter, CONSTANT):
        rules.append(len(rows))
        label = spec.variables[term].label if term in spec.variables else "Constant"
        for way in (options.primary, *(w for w in options.inference if w != options.primary)):
            cells = [_cell(found, (c.id, term, way), spec.stars) for c in options.columns]
            rows.append((label if way == options.primary else "", *(b for b, _ in cells)))
            rows.append((f"  {SHORT[way]}", *(se for _, se in cells)))
            if way != options.primary:
                rows.pop(-2)
        theirs = [printed.get((c.printed, term), "") for c in options.columns]
        if any(theirs):
            rows.append(("  printed", *theirs))
    rules.append(len(rows))
    counts = [
        f"{found.loc[(c.id, options.enter[0], options.primary), 'n_obs']:.0f}"
        for c in options.columns
    ]
    rows.append(("Observations", *counts))
    first, last = sample.record()["first_year"], sample.record()["last_year"]
    legend = ", ".join(f"{m} p < {p:g}" for m, p in spec.stars.items()) or "No stars"
    notes = (
        f"Sample: {first}-{last}, {sample.record()['n_provinces']} units. In brackets: standard errors. "
        f"{legend}, by {SHORT[options.primary]} errors.",
        "Between has one row a unit, so that errors clustered by unit are robust ones. Random effects: "
        "Swamy and Arora.",
    )
    header = ("", *(c.title for c in options.columns))
    return Block(spec.title, header, tuple(rows), notes, frozenset(rules))


def _cell(
    found: pd.DataFrame, key: tuple[str, str, str], legend: Mapping[str, float]
) -> tuple[str, str]:
    if key not in found.index:
        return "", ""
    row = found.loc[key]
    return f"{row['estimate']:.3f}{stars(row['p_value'], legend)}", f"({row['std_error']:.3f})"


def _printed(spec: Spec, options: Options) -> dict[tuple[str | None, str], str]:
    """Printed cells of the spec's own paper by printed column and term."""
    if options.printed is None:
        return {}
    cells = frame(load_paper(spec.paper).tables[options.printed])
    cells = cells[(cells["statistic"] == "estimate") & (cells["text"] != "")]
    return {(str(r.model), str(r.term)): str(r.text) for r in cells.itertuples()}
