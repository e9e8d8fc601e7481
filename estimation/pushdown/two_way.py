"""Two-way fixed effects computed where the data lie: the public front of the push-down estimator.

One fit in two scans, ways of inference named as in memory, their corrections from counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fixed_effects import covariances
from living_panel.estimation.econometrics.fixed_effects.inference import (
    ClusterKey,
    Inference,
    resolve,
)
from living_panel.estimation.econometrics.fixed_effects.result import FixedEffectsResult, assembled
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import WildTest, wild_draws
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.pushdown import codes, scores
from living_panel.estimation.pushdown.cluster_moments import cluster_moments
from living_panel.estimation.pushdown.design import design
from living_panel.estimation.pushdown.engine import execute
from living_panel.estimation.pushdown.normal import (
    NormalEquations,
    check_degrees,
    check_identified,
    needs_polish,
    normal_equations,
    solve,
)
from living_panel.estimation.pushdown.sums import Sums, sum_up


@dataclass(frozen=True)
class PushdownFit:
    """Coefficients and the small matrices inference starts from; rows stay in the engine.

    `params` (k,) and `bread` (k, k); `nested` takes a cluster key to whether it nests the absorbed effect,
    and whether the dummies' effect.
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
    x: Sequence[str],
    *,
    cov: str,
    correction: str,
    df: str,
    cluster: ClusterKey | Sequence[ClusterKey],
    draws: int | None = None,
    seed: int | None = None,
    unit: str = "province_code",
    time: str = "year",
) -> FixedEffectsResult:
    """Regression of y on x with unit and time effects, by two scans, and one for clustered scores.

    Equal to `regression.two_way` on the same rows. The larger effect is absorbed by
    its means and the smaller kept as dummies, so the normal equations are exact on any panel.

    Parameters
    ----------
    table : ibis table
        DuckDB and Spark are tested.
    y, x, unit, time
        As in `living_panel.estimation.pushdown.design.design`.
    cov, correction, df, draws, seed
        As in memory; see `living_panel.estimation.econometrics.fixed_effects.inference.RULES`. For `cr3` and the
        bootstrap clusters nest the absorbed effect.
    cluster : str or two of them
        Column names: unit, time or any other, nested or not.

    Raises
    ------
    InvalidOption, InvalidData, Infeasible
        As in memory.
    EngineFailure
        If the engine dies in the middle.
    """
    way = resolve(cov=cov, correction=correction, df=df, cluster=cluster, draws=draws, seed=seed)
    if not all(isinstance(name, str) for name in way.cluster):
        raise InvalidOption(codes.CLUSTER_FORM())
    names = [str(name) for name in way.cluster]
    with fitted(table, y, x, clusters=names, unit=unit, time=time) as fit:
        return infer(fit, way)


@contextmanager
def fitted(
    table: Any,
    y: str,
    x: Sequence[str],
    *,
    clusters: Sequence[str] = (),
    unit: str = "province_code",
    time: str = "year",
) -> Iterator[PushdownFit]:
    """A fit whose sums stay in the engine until the block ends; parameters as in `two_way`."""
    sums = sum_up(design(table, y, x, unit=unit, time=time, clusters=clusters))
    try:
        yield _fit(sums)
    finally:
        sums.kept.release()


def infer(fit: PushdownFit, way: Inference) -> FixedEffectsResult:
    """One named way of inference on a fit, by one more scan of the rows."""
    names = [str(key) for key in way.cluster]
    plan, equations = fit.sums.plan, fit.equations
    unknown = [name for name in names if name not in plan.clusters]
    if unknown:
        raise InvalidOption(codes.CLUSTER_NOT_NAMED(unknown=unknown))
    by_scores = _by_scores if way.family == "clustered" else _by_moments
    joint, groups, params, tests = by_scores(fit, way, names)
    sizes = (equations.n_units, equations.n_periods)[:: -1 if plan.swapped else 1]
    return assembled(
        way,
        pd.Series(params, pd.Index(plan.terms)),
        equations.mean,
        joint,
        groups,
        tests,
        singletons=equations.singletons,
        blocks=equations.blocks,
        n_obs=equations.n_obs,
        n_units=sizes[0],
        n_periods=sizes[1],
        r_squared=fit.r_squared,
    )


def _fit(sums: Sums) -> PushdownFit:
    equations = normal_equations(sums)
    check_degrees(equations, sums)
    if needs_polish(equations):
        equations = replace(equations, within=scores.polished(sums, equations))
    check_identified(equations, sums)
    params, bread = solve(equations.within)
    return PushdownFit(
        sums,
        equations,
        params,
        bread,
        _r_squared(sums, equations, params),
        _nested(sums, equations),
    )


def _enough(groups: int) -> int:
    if groups < 3:
        raise Infeasible(codes.UNDER_THREE_CLUSTERS(groups=groups))
    return groups


Parts = tuple[Floats, int, Floats, dict[str, WildTest]]
"""Covariance of slopes and mean (k+1, k+1), number of clusters, slopes, bootstrap tests."""


def _by_scores(fit: PushdownFit, way: Inference, names: Sequence[str]) -> Parts:
    """Clustered covariances; the slopes are refined."""
    k = fit.params.size
    keys: list[list[str]] = [[fit.sums.plan.clusters[name]] for name in names]
    if len(keys) == 2:
        keys.append([*keys[0], *keys[1]])
    # whole units in every cluster: a cheaper form of the same scores
    whole = len(names) == 1 and fit.nested[names[0]][0]
    found = scores.meats(fit.sums, fit.equations, fit.params, keys, centred=not whole)
    params = fit.params + fit.bread @ found[0].total[:k]  # a free step of refinement
    groups = _enough(min(meat.groups for meat in found[: len(names)]))
    signs = (1.0, 1.0, -1.0)[: len(found)]
    total = sum(sign * meat.matrix for sign, meat in zip(signs, found, strict=True))
    bread = np.zeros((k + 1, k + 1))
    bread[:k, :k], bread[k, k] = fit.bread, 1.0 / fit.equations.n_obs
    factor = _factor(fit, way, groups, names)
    return factor * covariances.sandwich(bread, np.asarray(total)), groups, params, {}


def _by_moments(fit: PushdownFit, way: Inference, names: Sequence[str]) -> Parts:
    """As `_by_scores`, for what takes clusters out or reweights them."""
    moments = cluster_moments(fit.sums, fit.sums.plan.clusters[names[0]])
    k, groups = fit.params.size, _enough(len(moments.levels))
    joint = np.zeros((k + 1, k + 1))
    if way.family == "cr3":
        joint[:k, :k] = covariances.cr3(moments.leave_one_out(fit.sums.plan.terms))
        return joint, groups, fit.params, {}
    assert way.draws is not None and way.seed is not None
    draws = wild_draws(groups, way.draws, way.seed)
    tests = {term: moments.wild_test(j, draws) for j, term in enumerate(fit.sums.plan.terms)}
    own = moments.scores()
    joint[:k, :k] = covariances.sandwich(fit.bread, own.T @ own) * _factor(fit, way, groups, names)
    return joint, groups, fit.params, tests


def _factor(fit: PushdownFit, way: Inference, groups: int, names: Sequence[str]) -> float:
    """Small-sample factor of a clustered sandwich; an effect nested in any key counts as one."""
    parameters = fit.params.size + fit.equations.absorbed
    for effect, size in enumerate((fit.equations.n_units, fit.equations.n_periods)):
        if any(fit.nested[name][effect] for name in names):
            parameters += 1 - size
    return covariances.cluster_factor(way.correction, fit.equations.n_obs, parameters, groups)


def _nested(sums: Sums, equations: NormalEquations) -> dict[str, tuple[bool, bool]]:
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
        frame = execute(table.group_by("is_unit").agg(**spread), "nesting of clusters")
        frame = frame.set_index("is_unit")
        for name, column in plan.clusters.items():
            if column in extra:
                out[name] = (frame.loc[True, column] == 0, frame.loc[False, column] == 0)
    return out


def _r_squared(sums: Sums, equations: NormalEquations, params: Floats) -> dict[str, float]:
    """The kinds of `living_panel.estimation.econometrics.fixed_effects.regression`, from cross-products."""
    slack = np.concatenate([[1.0], -params])
    rss, total = float(slack @ equations.within @ slack), float(equations.centred[0, 0])
    alone = float(equations.within[0, 0])
    by_unit = equations.outcome_by_period if sums.plan.swapped else float(equations.by_unit[0, 0])
    index_variance = float(params @ equations.centred[1:, 1:] @ params)
    covariance = float(params @ equations.centred[1:, 0])
    # Σ(y - x'b)² and Σy² about zero: what is centred plus the means'
    off = (
        float(slack @ equations.centred @ slack)
        + equations.n_obs * float(slack @ equations.mean) ** 2
    )
    level = total + equations.n_obs * float(equations.mean[0]) ** 2
    return {
        "within_two_way": 1 - rss / alone,
        "within_xtreg": 1 - rss / by_unit,
        "overall": covariance**2 / (index_variance * total),
        "overall_uncentred": 1 - off / level,
        "inclusive": 1 - rss / total,
        "effects_alone": 1 - alone / total,
    }
