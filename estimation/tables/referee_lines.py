"""One line of the referee's block: the same elasticity under another estimator or sample.

Belongs here: the kinds of lines with their options, their samples, their estimates under every way
of inference that exists for them. Not here: the estimators, the table (`referee_table`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from scipy import stats

from estimation.econometrics.fixed_effects.inference import MINIMUM_CLUSTERS, resolve_mapping
from estimation.econometrics.fixed_effects.regression import fit_two_way, infer
from estimation.econometrics.robustness.common_effects import pooled_cce
from estimation.econometrics.robustness.dynamics import (
    HalfPanelJackknife,
    first_differences,
    half_panel_jackknife,
    long_difference,
)
from estimation.econometrics.robustness.ppml import ppml
from estimation.panel.errors import NotEstimable
from estimation.panel.release import Release
from estimation.panel.sample import Estimable, build_sample, grid
from estimation.panel.spec import Interpolation, Sample, Spec
from estimation.tables.regressions import slopes

Rows = list[dict[str, Any]]
JACKKNIFE = "cr3:jackknife:t(G-1)"
PARTS = ("estimate", "std_error", "statistic", "df", "p_value", "ci_low", "ci_high")


class _Line(BaseModel):
    """What every line states.

    `focal` is the regressor shown; `without_broken` are roles whose broken provinces are left out.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    dependent: str
    focal: str
    enter: list[str]
    sample: Sample
    interpolation: Interpolation
    without_broken: list[str]


class TwoWay(_Line):
    """Two-way effects; province effects are split at the breaks of `split_at_breaks_of`."""

    method: Literal["two_way"]
    split_at_breaks_of: list[str]


class FirstDifferences(_Line):
    """Annual differences; none across a gap or a break."""

    method: Literal["first_differences"]
    correction: Literal["none", "groups", "linearmodels"]


class LongDifference(_Line):
    """Change between two years; provinces with a break between them are left out."""

    method: Literal["long_difference"]
    first: int
    last: int
    cov: Literal["hc1", "hc3"]


class LaggedDependent(_Line):
    """Lagged dependent variable with the half-panel jackknife."""

    method: Literal["lagged_dependent"]


class Ppml(_Line):
    """Poisson pseudo-maximum likelihood of the level."""

    method: Literal["ppml"]
    correction: Literal["none", "groups", "all_parameters", "reghdfe"]


class CommonEffects(_Line):
    """Pooled common correlated effects."""

    method: Literal["pooled_cce"]
    cov: Literal["pesaran", "clustered"]


Line = Annotated[
    TwoWay | FirstDifferences | LongDifference | LaggedDependent | Ppml | CommonEffects,
    Field(discriminator="method"),
]


@dataclass
class Estimated:
    """A line's estimates.

    Attributes
    ----------
    rows : list of dict
        Coefficient rows without model; `conventional` names the way shown as conventional.
    n_obs, n_provinces : int
    years : (int, int)
    note : str
        What the reader must know beside the number.
    dynamics : HalfPanelJackknife or None
    """

    rows: Rows
    conventional: str
    n_obs: int
    n_provinces: int
    years: tuple[int, int]
    note: str = ""
    dynamics: HalfPanelJackknife | None = None
    numbers: dict[str, float] = field(default_factory=dict)


def line_sample(spec: Spec, release: Release, line: _Line) -> Estimable:
    """Rows of one line.

    Raises
    ------
    NotEstimable
        When a measure, a deflator or a head count does not cover the window, or no province is
        left without a break.
    """
    roles = {r: spec.variables[r] for r in (line.dependent, *line.enter)}
    cells = grid(release, line.sample)
    years = cells.get_level_values("year")
    provinces = cells.get_level_values("province_code").unique()
    every = pd.MultiIndex.from_product([provinces, range(years.min(), years.max() + 1)])
    for role, variable in roles.items():
        for measure, wanted in ((variable.per, cells), (variable.deflate_by, every)):
            if measure is None:
                continue
            if measure not in release.panel.columns:
                raise ValueError(f"variable {role!r} names unknown measure {measure!r}")
            missing = int(release.panel[measure].reindex(wanted).isna().sum())
            if missing:
                raise NotEstimable(
                    f"{variable.concept}: {measure} has no figure in {missing} of {len(wanted)} "
                    "cells"
                )
    sample = build_sample(release, roles, line.sample, line.interpolation)
    if not line.without_broken:
        return sample
    broken = broken_provinces(sample, line.without_broken)
    kept = ~sample.frame.index.get_level_values("province_code").isin(broken)
    if not kept.any():
        raise NotEstimable("every province has a documented break in the window")
    return replace(sample, frame=sample.frame[kept], levels=sample.levels[kept])


def breaks_of(sample: Estimable, roles: Sequence[str]) -> pd.DataFrame:
    """Documented breaks of the measures that play the roles, inside the window."""
    measures = {sample.choices[r].measure for r in roles if r in sample.choices}
    mine = [
        {"province_code": b["province_code"], "year": int(b["year"])}
        for b in sample.breaks
        if b["measure"] in measures
    ]
    frame = pd.DataFrame(mine, columns=["province_code", "year"])
    return frame.drop_duplicates().reset_index(drop=True)


def broken_provinces(sample: Estimable, roles: Sequence[str]) -> list[str]:
    """Provinces with a break of their own in one of the roles' measures inside the window."""
    return sorted(set(breaks_of(sample, roles)["province_code"]) - {""})


def regimes(index: pd.MultiIndex, breaks: pd.DataFrame) -> pd.MultiIndex:
    """Index with provinces cut at their breaks: `210000` becomes `210000:0`, `210000:1`.

    A break without a province cuts every province; the break's year opens the new regime.
    """
    provinces, years = index.get_level_values(0), index.get_level_values(1)
    count = np.zeros(len(index), int)
    for province, year in zip(breaks["province_code"], breaks["year"], strict=True):
        here = np.asarray(years >= year)
        count += here if province == "" else here & np.asarray(provinces == province)
    labels = [f"{p}:{c}" for p, c in zip(provinces, count, strict=True)]
    return pd.MultiIndex.from_arrays([labels, years], names=index.names)


def point_estimates(line: Line, sample: Estimable) -> pd.Series:
    """Slopes of a line alone."""
    y, x = _data(line, sample)
    return _estimator(line, sample)(y, x)


def estimate_line(line: Line, sample: Estimable, ways: Sequence[Mapping[str, Any]]) -> Estimated:
    """A line under every way of inference it has.

    The ways of the spec where the line is a two-way regression; otherwise the delete-one-province
    jackknife, t(G-1), and the estimator's own covariance.
    """
    y, x = _data(line, sample)
    if isinstance(line, TwoWay):
        return _two_way(line, sample, y, x, ways)
    if isinstance(line, LaggedDependent):
        return _lagged(y, x)
    estimator = _estimator(line, sample)
    breaks = breaks_of(sample, list(sample.choices))
    note = ""
    if isinstance(line, FirstDifferences):
        fit = first_differences(y, x, correction=line.correction, breaks=breaks)
        own, df = f"clustered:{line.correction}:t(G-1)", float(fit.n_clusters - 1)
        n_obs, groups, params, errors = fit.n_obs, fit.n_clusters, fit.params, fit.std_errors
        broken = sum("definition" in str(item["reason"]) for item in fit.lost)
        note = f"{broken} differences cross a break: not taken"
        used = fit.residuals.index
    elif isinstance(line, LongDifference):
        fit = long_difference(y, x, first=line.first, last=line.last, cov=line.cov, breaks=breaks)
        own, df = f"{line.cov}:t(n-k-1)", float(fit.n_obs - x.shape[1] - 1)
        n_obs, groups, params, errors = fit.n_obs, fit.n_clusters, fit.params, fit.std_errors
        note = f"{len(fit.lost)} provinces with a break left out"
        used = fit.residuals.index
    elif isinstance(line, Ppml):
        poisson = ppml(y, x, correction=line.correction)
        own, df = f"clustered:{line.correction}:t(G-1)", float(poisson.n_clusters - 1)
        n_obs, groups = poisson.n_obs, poisson.n_clusters
        params, errors, used = poisson.params, poisson.std_errors, poisson.fitted.index
        if poisson.dropped:
            note = f"left out, all zero: {', '.join(poisson.dropped)}"
    else:
        common = pooled_cce(y, x, cov=line.cov)
        own, df = f"{line.cov}:normal", float("inf")
        n_obs, groups = common.n_obs, common.n_units
        params, errors, used = common.params, common.std_errors, y.index
        note = f"{common.residual_df} residual degrees of freedom a province"
    rows = _rows(params, errors, df, own, n_obs, groups)
    if not isinstance(line, CommonEffects):
        # averages over provinces are part of that estimator: deleting one changes the model
        without = _without_each(estimator, y, x, used)
        deviations = without - params
        spread = np.sqrt((groups - 1) / groups * (deviations**2).sum())
        rows = _rows(params, spread, float(groups - 1), JACKKNIFE, n_obs, groups) + rows
    years = used.get_level_values("year")
    span = (int(years.min()), int(years.max()))
    if isinstance(line, LongDifference):
        span = (line.first, line.last)
    return Estimated(rows, own, n_obs, groups, span, note)


def _data(line: _Line, sample: Estimable) -> tuple[pd.Series, pd.DataFrame]:
    source = sample.levels if isinstance(line, Ppml) else sample.frame
    return source[line.dependent], sample.frame[line.enter]


def _estimator(line: Line, sample: Estimable) -> Callable[[pd.Series, pd.DataFrame], pd.Series]:
    breaks = breaks_of(sample, list(sample.choices))
    if isinstance(line, TwoWay):
        cuts = breaks_of(sample, line.split_at_breaks_of)

        def within(y: pd.Series, x: pd.DataFrame) -> pd.Series:
            index = regimes(y.index, cuts) if line.split_at_breaks_of else y.index
            return pd.Series(slopes(y.set_axis(index), x.set_axis(index)), x.columns)

        return within
    if isinstance(line, FirstDifferences):
        return lambda y, x: (
            first_differences(y, x, correction=line.correction, breaks=breaks).params
        )
    if isinstance(line, LongDifference):
        return lambda y, x: (
            long_difference(
                y, x, first=line.first, last=line.last, cov=line.cov, breaks=breaks
            ).params
        )
    if isinstance(line, LaggedDependent):
        return lambda y, x: half_panel_jackknife(y, x).params["jackknife"]
    if isinstance(line, Ppml):
        return lambda y, x: ppml(y, x, correction=line.correction).params
    return lambda y, x: pooled_cce(y, x, cov=line.cov).params


def _two_way(
    line: TwoWay,
    sample: Estimable,
    y: pd.Series,
    x: pd.DataFrame,
    ways: Sequence[Mapping[str, Any]],
) -> Estimated:
    note, numbers = "", {}
    cluster: Any = ["province_code"]
    if line.split_at_breaks_of:
        cuts = breaks_of(sample, line.split_at_breaks_of)
        index = regimes(y.index, cuts)
        true = pd.Series(y.index.get_level_values(0), index, name="province_code")
        y, x, cluster = y.set_axis(index), x.set_axis(index), true
        n_regimes = index.get_level_values(0).nunique()
        numbers["regimes"] = float(n_regimes)
        note = f"{n_regimes} province-regimes"
    fit = fit_two_way(y, x)
    if fit.singletons:
        note += f"{', ' if note else ''}{fit.singletons} singletons kept"
    rows: Rows = []
    labels = []
    for way in ways:
        result = infer(fit, resolve_mapping({**way, "cluster": cluster}))
        labels.append(result.label)
        rows += result.to_frame(0.95).to_dict("records")
    years = y.index.get_level_values("year")
    groups = int(rows[0]["n_clusters"])
    conventional = next((w for w in labels if w.startswith("clustered")), labels[-1])
    span = (int(years.min()), int(years.max()))
    return Estimated(rows, conventional, len(y), groups, span, note, numbers=numbers)


def _lagged(y: pd.Series, x: pd.DataFrame) -> Estimated:
    fit = half_panel_jackknife(y, x)
    df = float(fit.n_units - 1)
    rows = _rows(
        fit.params["jackknife"], fit.std_errors["jackknife"], df, JACKKNIFE, fit.n_obs, fit.n_units
    )
    uncorrected = "within, uncorrected: " + JACKKNIFE
    rows += _rows(
        fit.params["within"], fit.std_errors["within"], df, uncorrected, fit.n_obs, fit.n_units
    )
    years = y.index.get_level_values("year")
    lag = fit.params["jackknife"].iloc[0]
    words = "identified" if fit.long_run_identified else "not identified"
    note = f"lag {lag:.2f}, long run {words}"
    numbers = {
        "lag": float(lag),
        "long_run_identified": float(fit.long_run_identified),
    }
    for term, row in fit.long_run.iterrows():
        if fit.long_run_identified:
            numbers[f"long_run.{term}"] = float(row["estimate"])
            numbers[f"long_run.{term}.std_error"] = float(row["std_error"])
    span = (int(years.min()) + 1, int(years.max()))
    return Estimated(rows, "", fit.n_obs, fit.n_units, span, note, dynamics=fit, numbers=numbers)


def _without_each(
    estimator: Callable[[pd.Series, pd.DataFrame], pd.Series],
    y: pd.Series,
    x: pd.DataFrame,
    used: pd.Index,
) -> pd.DataFrame:
    """Estimates without each province that is in the estimate, one row each."""
    codes = y.index.get_level_values(0)
    return pd.DataFrame(
        [estimator(y[codes != p], x[codes != p]) for p in used.get_level_values(0).unique()]
    )


def _rows(
    params: pd.Series, errors: pd.Series, df: float, label: str, n_obs: int, groups: int
) -> Rows:
    """Rows under t with `df`; without p-values or intervals below six provinces."""
    statistic = params / errors
    few = groups < MINIMUM_CLUSTERS
    p_values = pd.Series(2 * stats.t.sf(statistic.abs(), df), params.index)
    reach = stats.t.ppf(0.975, df) * errors
    return [
        {
            "term": term,
            "inference": label,
            "estimate": float(params[term]),
            "std_error": float(errors[term]),
            "statistic": float(statistic[term]),
            "df": df,
            "p_value": None if few else float(p_values[term]),
            "ci_low": None if few else float(params[term] - reach[term]),
            "ci_high": None if few else float(params[term] + reach[term]),
            "n_obs": n_obs,
            "n_clusters": groups,
        }
        for term in params.index
    ]
