"""Two-way fixed effects computed where the data lie: the public front of the push-down estimator.

One fit in two scans, ways of inference named as in memory, their corrections from counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import WildTest, wild_draws
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import ClusterKey, Inference
from living_panel.estimation.econometrics.inference.engines import (
    covariance_on_moments,
    require_moments,
)
from living_panel.estimation.econometrics.inference.factors import Counts, EffectCounts
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.econometrics.inference.rows import FEWEST_FOR_ERROR
from living_panel.estimation.econometrics.inference.sums import sandwich
from living_panel.estimation.estimators._two_way import assembled
from living_panel.estimation.pushdown import scores, sentences
from living_panel.estimation.pushdown.cluster_moments import ClusterMoments, cluster_moments
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
    cluster: ClusterKey | Sequence[ClusterKey] | None = None,
    draws: int | None = None,
    seed: int | None = None,
    unit: str = "province_code",
    time: str = "year",
) -> RegressionFit:
    """Regression of y on x with unit and time effects, by two scans, and one for clustered scores.

    Equal to `lp.two_way` on the same rows. The larger effect is absorbed by
    its means and the smaller kept as dummies, so the normal equations are exact on any panel.

    Parameters
    ----------
    table : ibis table
        DuckDB and Spark are tested.
    y, x, unit, time
        As in `living_panel.estimation.pushdown.design.design`.
    cov, correction, df, draws, seed
        As in memory; see `living_panel.estimation.econometrics.inference`. For `cr3` and the bootstrap clusters
        nest the absorbed effect. A covariance that needs the rows is refused.
    cluster : str or two of them
        Column names: unit, time or any other, nested or not.

    Raises
    ------
    InvalidOption, InvalidData, Infeasible
        As in memory.
    EngineFailure
        If the engine dies in the middle.
    """
    way = resolve(
        cov=cov,
        correction=correction,
        df=df,
        cluster=cluster,
        draws=draws,
        seed=seed,
        usual=(unit,),
    )
    require_moments(way)
    if not all(isinstance(name, str) for name in way.cluster):
        raise InvalidOption(
            Code.COVARIANCE(
                "cluster= is a Series, but must be names", "give names of columns of the table"
            )
        )
    with fitted(table, y, x, clusters=way.names, unit=unit, time=time) as fit:
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


def infer(fit: PushdownFit, way: Inference) -> RegressionFit:
    """One named way of inference on a fit, by one more scan of the rows.

    Raises
    ------
    InvalidOption
        For a covariance that needs the rows, before any scan.
    """
    require_moments(way)
    plan, equations = fit.sums.plan, fit.equations
    unknown = [name for name in way.names if name not in plan.clusters]
    if unknown:
        raise InvalidOption(
            Code.COVARIANCE(
                "the fit was made without the clusters {unknown}",
                "name them as clusters when you make the fit",
                unknown=unknown,
            )
        )
    moments = EngineMoments(fit, way.names)
    estimate = covariance_on_moments(moments, way)
    k = fit.params.size
    joint = estimate.cov if len(estimate.cov) > k else np.pad(estimate.cov, (0, 1))
    sizes = (equations.n_units, equations.n_periods)[:: -1 if plan.swapped else 1]
    return assembled(
        way,
        pd.Series(moments.params, pd.Index(plan.terms)),
        equations.mean,
        replace(estimate, cov=joint),
        moments.tests(way) if way.rule.is_bootstrap else {},
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


class EngineMoments:
    """What the engine's sums give to a covariance; `params` are refined where scores were summed."""

    def __init__(self, fit: PushdownFit, names: Sequence[str]) -> None:
        self._fit, self._names = fit, names
        self.params = fit.params

    @property
    def bread(self) -> Floats:
        """Inverse of X'X, shape (k, k)."""
        return self._fit.bread

    @property
    def n_obs(self) -> int:
        """Rows."""
        return self._fit.equations.n_obs

    @property
    def residual_sum(self) -> float:
        """Sum of squared residuals."""
        slack = np.concatenate([[1.0], -self._fit.params])
        return float(slack @ self._fit.equations.within @ slack)

    def counts(self, groups: int) -> Counts:
        """Numbers of a small-sample factor."""
        fit, equations = self._fit, self._fit.equations
        effects = []
        for effect, size in enumerate((equations.n_units, equations.n_periods)):
            inside = [fit.nested[name][effect] for name in self._names]
            effects.append(EffectCounts(size, any(inside), bool(inside) and all(inside)))
        return Counts(equations.n_obs, fit.params.size, equations.absorbed, groups, tuple(effects))

    def score_sandwich(self) -> tuple[Floats, int]:
        """Clustered sandwich (k+1, k+1) of slopes and mean, and the clusters; the slopes are refined."""
        fit, names, k = self._fit, self._names, self._fit.params.size
        keys: list[list[str]] = [[fit.sums.plan.clusters[name]] for name in names]
        if len(keys) == 2:
            keys.append([*keys[0], *keys[1]])
        # whole units in every cluster: a cheaper form of the same scores
        whole = len(names) == 1 and fit.nested[names[0]][0]
        meats = scores.meats(fit.sums, fit.equations, fit.params, keys, centred=not whole)
        self.params = fit.params + fit.bread @ meats[0].total[:k]  # a free step of refinement
        groups = min(meat.groups for meat in meats[: len(names)])
        signs = (1.0, 1.0, -1.0)[: len(meats)]
        total = sum(sign * meat.matrix for sign, meat in zip(signs, meats, strict=True))
        bread = np.zeros((k + 1, k + 1))
        bread[:k, :k], bread[k, k] = fit.bread, 1.0 / fit.equations.n_obs
        if groups < FEWEST_FOR_ERROR:
            raise Infeasible(sentences.UNDER_THREE_CLUSTERS(groups=groups))
        return sandwich(bread, np.asarray(total)), groups

    @cached_property
    def _clusters(self) -> ClusterMoments:
        """Cross-products by cluster, from one scan."""
        sums = self._fit.sums
        moments = cluster_moments(sums, sums.plan.clusters[self._names[0]])
        if (groups := len(moments.levels)) < FEWEST_FOR_ERROR:
            raise Infeasible(sentences.UNDER_THREE_CLUSTERS(groups=groups))
        return moments

    def cluster_scores(self) -> Floats:
        """Scores summed within clusters, shape (G, k)."""
        return self._clusters.scores()

    def leave_one_out(self) -> Floats:
        """Shift of the slopes without each cluster, shape (G, k)."""
        return self._clusters.leave_one_out(self._fit.sums.plan.terms)

    def tests(self, way: Inference) -> dict[str, WildTest]:
        """Bootstrap test of each coefficient, by term."""
        assert way.draws is not None and way.seed is not None
        draws = wild_draws(len(self._clusters.levels), way.draws, way.seed)
        terms = self._fit.sums.plan.terms
        return {term: self._clusters.wild_test(j, draws) for j, term in enumerate(terms)}


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
    """The kinds of `living_panel.estimation.estimators._two_way`, from cross-products."""
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
