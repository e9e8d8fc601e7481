"""Two-way fixed effects computed where the data lie: the public front of the push-down estimator.

One fit in one scan, ways of inference named as in memory, their corrections from counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from estimation.econometrics.fixed_effects import covariances, wild_bootstrap
from estimation.econometrics.fixed_effects.inference import (
    MINIMUM_CLUSTERS,
    ClusterKey,
    Inference,
    resolve,
    resolve_mapping,
)
from estimation.econometrics.fixed_effects.result import Constant, FixedEffectsResult, survival
from estimation.econometrics.fixed_effects.wild_bootstrap import wild_draws
from estimation.econometrics.fixed_effects.within import Floats
from estimation.pushdown import scores
from estimation.pushdown.cluster_moments import ClusterMoments, cluster_moments
from estimation.pushdown.design import Key, Terms, design
from estimation.pushdown.engine import Progress, execute
from estimation.pushdown.normal import (
    NormalEquations,
    check_degrees,
    check_identified,
    needs_polish,
    normal_equations,
    solve,
)
from estimation.pushdown.sums import Sums, sum_up

FAMILIES = (
    "classical", "hc0", "hc1", "clustered", "driscoll_kraay", "cr3", "wild_cluster_bootstrap",
)  # fmt: skip


@dataclass(frozen=True)
class PushdownFit:
    """Coefficients and the small matrices inference starts from; rows stay in the engine.

    Attributes
    ----------
    sums : Sums
    equations : NormalEquations
    params : ndarray, shape (k,)
    bread : ndarray, shape (k, k)
    r_squared : mapping
        The kinds of the in-memory estimator.
    nested : mapping
        Cluster key to (whether it nests the absorbed effect, whether the dummies' effect).
    """

    sums: Sums
    equations: NormalEquations
    params: Floats
    bread: Floats
    r_squared: Mapping[str, float]
    nested: Mapping[str, tuple[bool, bool]]


def two_way(
    table: Any,
    y: str,
    x: Terms,
    *,
    cov: str,
    correction: str,
    df: str,
    cluster: ClusterKey | Sequence[ClusterKey] | None = None,
    kernel: str | None = None,
    bandwidth: float | None = None,
    draws: int | None = None,
    seed: int | None = None,
    group_debias: bool = False,
    unit: Key = "province_code",
    time: Key = "year",
    weights: str | None = None,
    where: Callable[[Any], Any] | None = None,
    progress: Progress | None = None,
) -> FixedEffectsResult:
    """Regression of y on x with unit and time effects, by one scan, and one for clustered scores.

    Equal to `regression.two_way` on the same rows. The larger effect is absorbed by
    its means and the smaller kept as dummies, so the normal equations are exact on any panel.

    Parameters
    ----------
    table : ibis table
        DuckDB and Spark are tested.
    y, x, unit, time, weights, where
        As in `estimation.pushdown.design.design`.
    cov : str
        `classical`, `hc0`, `hc1`, `clustered`, `driscoll_kraay` (over `time`), `cr3:*` and
        `wild_cluster_bootstrap:*` (clusters that nest the absorbed effect).
    correction, df, kernel, bandwidth, draws, seed, group_debias
        As in memory; see `estimation.econometrics.fixed_effects.inference.RULES`.
    cluster : str or two of them
        Column names: unit, time or any other, nested or not.
    progress : Progress, optional

    Returns
    -------
    FixedEffectsResult
        `residuals`, `fitted` and `effects` are empty: rows stay in the engine.

    Raises
    ------
    InvalidOption, InvalidData, Infeasible
        As in memory.
    EngineFailure
        If the engine dies in the middle.
    """
    way = resolve(
        cov=cov, correction=correction, df=df, cluster=cluster, kernel=kernel, bandwidth=bandwidth,
        draws=draws, seed=seed, group_debias=group_debias,
    )  # fmt: skip
    with fitted(
        table, y, x, clusters=_cluster_names([way]), unit=unit, time=time, weights=weights,
        where=where, progress=progress,
    ) as fit:  # fmt: skip
        return infer(fit, way, progress=progress)


def inference_rows(
    table: Any,
    y: str,
    x: Terms,
    ways: Sequence[Mapping[str, Any]],
    *,
    level: float = 0.95,
    progress: Progress | None = None,
    **where: Any,
) -> pd.DataFrame:
    """Rows of results as `estimation.econometrics.fixed_effects.regression.inference_rows`, from one first scan.

    Parameters
    ----------
    table, y, x
        As in `two_way`.
    ways : sequence of mapping
        As in a spec.
    level : float
    progress : Progress, optional
    **where
        `unit`, `time`, `weights`, `where`.
    """
    resolved = [resolve_mapping(way) for way in ways]
    names = _cluster_names(resolved)
    with fitted(table, y, x, clusters=names, progress=progress, **where) as fit:
        results = [infer(fit, way, progress=progress) for way in resolved]
    out = pd.concat([result.to_frame(level) for result in results], ignore_index=True)
    out.attrs["notes"] = {result.label: list(result.notes) for result in results}
    return out


@contextmanager
def fitted(
    table: Any,
    y: str,
    x: Terms,
    *,
    clusters: Sequence[str] = (),
    unit: Key = "province_code",
    time: Key = "year",
    weights: str | None = None,
    where: Callable[[Any], Any] | None = None,
    progress: Progress | None = None,
) -> Iterator[PushdownFit]:
    """A fit whose sums stay in the engine until the block ends; parameters as in `two_way`."""
    plan = design(
        table, y, x, unit=unit, time=time, weights=weights, where=where, clusters=clusters
    )
    sums = sum_up(plan, progress)
    try:
        yield _fit(sums, progress)
    finally:
        sums.kept.release()


def infer(
    fit: PushdownFit, way: Inference, *, progress: Progress | None = None
) -> FixedEffectsResult:
    """One named way of inference on a fit; a scan of the rows unless it is `classical`.

    Raises
    ------
    InvalidOption
        For ways that need every row at hand (`hc3`, `cr2`).
    """
    if way.family not in FAMILIES:
        raise InvalidOption(
            f"cov={way.cov!r} needs every row's leverage and is not pushed down. Allowed here: "
            f"{', '.join(FAMILIES)}. Remedy: estimation.econometrics.fixed_effects.regression."
        )
    names = [str(key) for key in way.cluster]
    unknown = [name for name in names if name not in fit.sums.plan.clusters]
    if unknown:
        raise InvalidOption(f"clusters {unknown} were not named when the fit was made.")
    details: dict[str, Any] = {
        "inference": way,
        "df_resid": fit.equations.n_obs - fit.params.size - fit.equations.absorbed,
        "absorbed": fit.equations.absorbed,
    }
    joint, groups, params = _joint(fit, way, names, details, progress)
    return _assemble(fit, way, joint, groups, params, details)


def _fit(sums: Sums, progress: Progress | None) -> PushdownFit:
    equations = normal_equations(sums, progress)
    check_degrees(equations, sums)
    if needs_polish(equations):
        equations = replace(equations, within=scores.polished(sums, equations, progress))
    check_identified(equations, sums)
    params, bread = solve(equations.within)
    return PushdownFit(
        sums,
        equations,
        params,
        bread,
        _r_squared(sums, equations, params),
        _nested(sums, equations, progress),
    )


def _joint(
    fit: PushdownFit,
    way: Inference,
    names: Sequence[str],
    details: dict[str, Any],
    progress: Progress | None,
) -> tuple[Floats, int | None, Floats]:
    """Covariance of slopes and mean (k+1, k+1), number of clusters, refined slopes."""
    equations, k = fit.equations, fit.params.size
    n, weight = equations.n_obs, equations.weight
    bread = np.zeros((k + 1, k + 1))
    bread[:k, :k], bread[k, k] = fit.bread, 1.0 / weight
    used = k + equations.absorbed
    if way.family == "classical":
        within = equations.within
        slack = np.concatenate([[1.0], -fit.params])
        spare = n - (0 if way.correction == "none" else used)
        return float(slack @ within @ slack) / spare * bread, None, fit.params
    if way.family == "driscoll_kraay":
        return *_driscoll_kraay(fit, way, bread, progress), fit.params
    if way.family in ("cr3", "wild_cluster_bootstrap"):
        moments = cluster_moments(fit.sums, fit.sums.plan.clusters[names[0]], progress)
        joint, groups = _by_moments(fit, way, names, moments, bread, details)
        return joint, groups, fit.params
    keys: list[list[str]] = [[fit.sums.plan.clusters[name]] for name in names]
    if len(keys) == 2:
        keys.append([*keys[0], *keys[1]])
    # whole units in every cluster: a cheaper form of the same scores
    whole = bool(names) and len(names) == 1 and fit.nested[names[0]][0]
    found = scores.meats(fit.sums, equations, fit.params, keys or [[]], progress, centred=not whole)
    params = fit.params + fit.bread @ found[0].total[:k]  # a free step of refinement
    if not names:
        free = {"none": 0, "plm_sss": k}.get(way.correction, used)
        return covariances.sandwich(bread, n / (n - free) * found[0].matrix), None, params
    smallest = min(meat.groups for meat in found[: len(names)])
    if smallest < 2:
        raise Infeasible("one cluster: no covariance between clusters. Remedy: another key.")
    total = np.zeros_like(bread)
    for sign, meat in zip((1.0, 1.0, -1.0) if len(names) == 2 else (1.0,), found, strict=True):
        groups = smallest if way.correction == "reghdfe" else meat.groups
        total += sign * _factor(fit, way, groups, names) * meat.matrix
    return covariances.sandwich(bread, total), smallest, params


def _factor(fit: PushdownFit, way: Inference, groups: int, names: Sequence[str]) -> float:
    """Small-sample factor of a clustered sandwich, from counts; as `covariances.cluster_factor`."""
    n, k, absorbed = fit.equations.n_obs, fit.params.size, fit.equations.absorbed
    if way.correction == "linearmodels":
        scale = n / (n - k - absorbed)
        return scale * (groups / (groups - 1) * (n - 1) / n if way.group_debias else 1.0)
    if way.correction == "plm_sss":
        return groups / (groups - 1) * (n - 1) / (n - k)
    if way.correction == "reghdfe":
        return groups / (groups - 1) * (n - 1) / (n - _reghdfe_parameters(fit, names))
    return 1.0


def _reghdfe_parameters(fit: PushdownFit, names: Sequence[str]) -> int:
    """Parameters counted: an effect nested in any cluster key counts as one."""
    count = fit.params.size + fit.equations.absorbed
    for effect, size in enumerate((fit.equations.n_units, fit.equations.n_periods)):
        if any(fit.nested[name][effect] for name in names):
            count += 1 - size
    return count


def _nested(
    sums: Sums, equations: NormalEquations, progress: Progress | None
) -> dict[str, tuple[bool, bool]]:
    """For each key whether every unit, and every period, lies in one of its clusters."""
    plan = sums.plan
    out = {}
    for name, column in plan.clusters.items():
        if column == "unit":
            out[name] = (True, equations.single_periods)
        elif column == "period":
            out[name] = (equations.single_units, True)
    extra = plan.extra_clusters
    if extra:
        table = sums.kept.table
        table = table.mutate(is_unit=table.period.isnull())
        spread = {c: (table[f"low_{c}"] != table[f"high_{c}"]).cast("int64").max() for c in extra}
        frame = execute(table.group_by("is_unit").agg(**spread), "nesting of clusters", progress)
        frame = frame.set_index("is_unit")
        for name, column in plan.clusters.items():
            if column in extra:
                out[name] = (frame.loc[True, column] == 0, frame.loc[False, column] == 0)
    return out


def _driscoll_kraay(
    fit: PushdownFit, way: Inference, bread: Floats, progress: Progress | None
) -> tuple[Floats, int]:
    time = fit.sums.plan.time_column
    frame = scores.scores_by(fit.sums, fit.equations, fit.params, time, progress)
    periods = frame[time].to_list()
    assert way.kernel is not None and way.bandwidth is not None
    if way.bandwidth >= len(periods):
        raise Infeasible(
            f"bandwidth {way.bandwidth:g} with {len(periods)} periods: it must be smaller."
        )
    whole = pd.api.types.is_integer_dtype(frame[time])
    if way.bandwidth > 0 and not (whole and periods[-1] - periods[0] + 1 == len(periods)):
        raise Infeasible(
            "driscoll_kraay weighs neighbouring periods, and they are not whole numbers without "
            "gaps. Remedy: bandwidth=0, a window without gaps, or cov='clustered'."
        )
    sums_by_period = frame[[f"r{j}" for j in range(fit.params.size + 1)]].to_numpy(dtype=float)
    meat = covariances.driscoll_kraay_meat(sums_by_period, way.kernel, way.bandwidth)
    return _factor(fit, way, len(periods), []) * covariances.sandwich(bread, meat), len(periods)


def _by_moments(
    fit: PushdownFit,
    way: Inference,
    names: Sequence[str],
    moments: ClusterMoments,
    bread: Floats,
    details: dict[str, Any],
) -> tuple[Floats, int]:
    k, groups = fit.params.size, len(moments.levels)
    if groups < 2:
        raise Infeasible("one cluster: no covariance between clusters. Remedy: another key.")
    joint = np.zeros((k + 1, k + 1))
    form = way.cov.partition(":")[2]
    if way.family == "cr3":
        shifts = moments.leave_one_out(fit.sums.plan.terms)
        factor = {"jackknife": (groups - 1) / groups}.get(form, 1.0)
        if form == "pyfixest":
            factor = _factor(fit, replace(way, correction="reghdfe"), groups, names)
        joint[:k, :k] = factor * shifts.T @ shifts
        return joint, groups
    assert way.draws is not None and way.seed is not None
    draws = wild_draws(groups, form, way.draws, way.seed)
    tests = {term: moments.wild_test(j, draws) for j, term in enumerate(fit.sums.plan.terms)}
    details.update(wild_bootstrap.facts(tests, draws))
    own = moments.scores()
    joint[:k, :k] = covariances.sandwich(fit.bread, own.T @ own) * _factor(fit, way, groups, names)
    return joint, groups


def _assemble(
    fit: PushdownFit,
    way: Inference,
    joint: Floats,
    groups: int | None,
    params: Floats,
    details: dict[str, Any],
) -> FixedEffectsResult:
    equations, terms = fit.equations, pd.Index(fit.sums.plan.terms)
    k = terms.size
    cov, repaired = covariances.nearest_psd(joint[:k, :k])
    joint = covariances.nearest_psd(joint)[0]
    border = np.append(-equations.mean[1:], 1.0)
    estimates = np.append(params, equations.mean[0] - equations.mean[1:] @ params)
    errors = np.sqrt(np.append(np.diag(cov), max(float(border @ joint @ border), 0.0)))
    dfs = np.full(k + 1, _df(fit, way, groups))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = estimates / errors
    p_values = 2 * survival(np.abs(statistics), dfs)
    if "tests" in details:
        p_values = np.append([details["tests"][term].p_value() for term in terms], np.nan)
    notes = []
    if repaired:
        notes.append("the two-way covariance was not positive semi-definite and was repaired")
    if groups is not None and groups < MINIMUM_CLUSTERS:
        p_values = np.full(k + 1, np.nan)
        notes.append(f"{groups} clusters: too few for a p-value or an interval (six needed)")
    else:
        notes += wild_bootstrap.notes(details)
    if equations.singletons > 0:
        notes.append(f"{equations.singletons} singleton row(s) kept")
    if equations.blocks > 1:
        notes.append(f"the panel falls into {equations.blocks} blocks that never meet")

    def series(values: Floats, name: str) -> pd.Series:
        return pd.Series(values[:k], index=terms, name=name)

    empty = pd.Series(dtype=float)
    sizes = (equations.n_units, equations.n_periods)[:: -1 if fit.sums.plan.swapped else 1]
    return FixedEffectsResult(
        params=series(estimates, "estimate"),
        cov=pd.DataFrame(cov, index=terms, columns=terms),
        std_errors=series(errors, "std_error"),
        t_stats=series(statistics, "statistic"),
        p_values=series(p_values, "p_value"),
        df=series(dfs, "df"),
        residuals=empty.rename("residual"),
        fitted=empty.rename("fitted"),
        effects=empty.rename("effects"),
        r_squared=fit.r_squared,
        constant=Constant(*(float(v[k]) for v in (estimates, errors, statistics, dfs, p_values))),
        n_obs=equations.n_obs,
        n_units=sizes[0],
        n_periods=sizes[1],
        n_clusters=groups,
        label=way.label,
        repaired=repaired,
        singletons=max(equations.singletons, 0),
        dropped=(),
        notes=tuple(notes),
        details=details,
    )


def _df(fit: PushdownFit, way: Inference, groups: int | None) -> float:
    if way.df == "normal":
        return float("inf")
    if way.df == "t(G-1)":
        assert groups is not None
        return float(groups - 1)
    if way.df == "t(n-k-K)":
        return float(fit.equations.n_obs - fit.params.size - fit.equations.absorbed)
    return float("nan")


def _r_squared(sums: Sums, equations: NormalEquations, params: Floats) -> dict[str, float]:
    """The kinds of `estimation.econometrics.fixed_effects.regression`, from cross-products."""
    slack = np.concatenate([[1.0], -params])
    rss, total = float(slack @ equations.within @ slack), float(equations.centred[0, 0])
    alone = float(equations.within[0, 0])
    by_unit = equations.outcome_by_period if sums.plan.swapped else float(equations.by_unit[0, 0])
    index_variance = float(params @ equations.centred[1:, 1:] @ params)
    covariance = float(params @ equations.centred[1:, 0])
    # Σ(y - x'b)² and Σy² about zero: what is centred plus the means'
    off = (
        float(slack @ equations.centred @ slack)
        + equations.weight * float(slack @ equations.mean) ** 2
    )
    level = total + equations.weight * float(equations.mean[0]) ** 2
    return {
        "within_two_way": 1 - rss / alone,
        "within_xtreg": 1 - rss / by_unit,
        "overall": covariance**2 / (index_variance * total),
        "overall_uncentred": 1 - off / level,
        "inclusive": 1 - rss / total,
        "effects_alone": 1 - alone / total,
    }


def _cluster_names(ways: Sequence[Inference]) -> list[str]:
    names = [key for way in ways for key in way.cluster]
    if not all(isinstance(name, str) for name in names):
        raise InvalidOption("cluster= takes names of the table's columns here, not a Series.")
    return list(dict.fromkeys(str(name) for name in names))


__all__ = [
    "Infeasible", "InvalidData", "InvalidOption", "PushdownFit", "fitted", "infer",
    "inference_rows", "two_way",
]  # fmt: skip
